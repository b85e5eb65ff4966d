"""Lines over time, named at their ends (in a key above them on a phone)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from academic_workplace.errors import dutch
from academic_workplace.report.figures.fitting import name_ends, room_for_names
from academic_workplace.report.figures.scale import round_numbers
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, as_written
from academic_workplace.report.house import house, mixed
from academic_workplace.report.numerals import decimal
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

SAY = phrases("series")
HEIGHT = {False: 3.0, True: 2.9}  # of a picture, in inches; on a phone
TICKS = 5  # about so many along the height
GREY = 0.7  # of paper in the area of placebos: seen, and not the point
LETTER = 0.085  # inches of a letter under the axis
NAMES = {False: 2.1, True: 0.95}  # inches of a name at the end of a line


class Kind(Enum):
    """What a line is; each has its own dash or mark, so that no colour is needed."""

    MEASURED = "measured"
    EXPECTED = "expected"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A line of a picture: (T,) values (NaN where it stops), and its name."""

    values: Floats
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """An area behind the lines: (T,) its lower and upper edge, and its name."""

    low: Floats
    high: Floats
    name: str

    @property
    def values(self) -> Floats:
        """Where its name stands."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Time:
    """The axis of a picture: T names and times, and the index of the first after the start."""

    periods: Sequence[str]
    times: Floats
    start: int

    @property
    def begin(self) -> float:
        """Halfway between the last before and the first after."""
        return float(self.times[self.start - 1] + self.times[self.start]) / 2


def line_picture(
    curves: Sequence[Curve], time: Time, language: str, *, band: Band | None = None,
    zero: bool = False, narrow: bool = False,
) -> Figure:  # fmt: skip
    """Lines over time. zero: whether nought is a line of its own."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    named = _named(curves, band)
    width, height = (NARROW if narrow else WIDE), HEIGHT[narrow]
    names, small = [one.name for one in named], SIZES[narrow][0]
    left, right = 0.42, room_for_names(names, NAMES[narrow], small)
    top, foot = 0.3 if narrow else 0.28, 0.3
    figure = Figure(figsize=(width, height), facecolor=house().paper)
    box = (left / width, foot / height, (width - left - right) / width,
           (height - top - foot) / height)  # fmt: skip
    ax = figure.add_axes(box)
    _draw(ax, curves, time, language, band=band, zero=zero, narrow=narrow)
    return figure


def lines_on(ax: Axes | None, curves: Sequence[Curve], time: Time, language: str) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, HEIGHT[False])).add_axes((0.07, 0.11, 0.6, 0.78))
    with as_written(ax):
        _draw(ax, curves, time, language, band=None, zero=False, narrow=False)
    return ax


def _named(curves: Sequence[Curve], band: Band | None) -> list[Curve | Band]:
    return [*curves, *([band] if band else [])]


def _style(kind: Kind) -> dict[str, Any]:
    """How a line is drawn, in the colours of the house that holds now."""
    now = house()
    if kind is Kind.MEASURED:
        return {"color": now.accent, "lw": 2.2, "marker": "o", "ms": 5.5, "zorder": 5}
    if kind is Kind.EXPECTED:
        return {"color": now.ink, "lw": 1.5, "ls": (0, (4, 2.5)), "zorder": 4}
    return {"color": now.second, "lw": 1.3, "marker": "s", "ms": 4.2, "mfc": now.paper, "zorder": 3}


def _ink(one: Curve | Band) -> str:
    """The colour of a name."""
    return str(_style(one.kind)["color"]) if isinstance(one, Curve) else house().soft


def _ground() -> str:
    now = house()
    return mixed(now.soft, now.paper, GREY)


def _draw(
    ax: Axes, curves: Sequence[Curve], time: Time, language: str, *, band: Band | None, zero: bool,
    narrow: bool,
) -> None:  # fmt: skip
    small, now, times = SIZES[narrow][0], house(), time.times
    low, high = _range(curves, band, zero=zero)
    edge = 0.03 * float(times[-1] - times[0])
    ax.set_xlim(float(times[0]) - edge, float(times[-1]) + edge)
    ax.set_ylim(low, high)
    ax.axvspan(time.begin, float(times[-1]) + edge, color=now.band, lw=0, zorder=0)
    ax.axvline(time.begin, color=now.soft, lw=0.9, zorder=2)
    ax.annotate(SAY["line.start"][language], (time.begin, 1), xycoords=("data", "axes fraction"),
                xytext=(0, 3), textcoords="offset points", size=small, color=now.soft,
                ha="center")  # fmt: skip
    if zero:
        ax.axhline(0, color=now.soft, lw=0.9, zorder=2)
    if band:
        ax.fill_between(times, band.low, band.high, color=_ground(), lw=0, zorder=1)
    for curve in curves:
        ax.plot(times, curve.values, **_style(curve.kind))
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(now.line)
    ax.grid(axis="y", color=now.line, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=now.soft)
    across = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).width  # inches
    most = int(across / (LETTER * (max(map(len, time.periods)) + 2)))
    shown = _ticks(len(time.periods), time.start, max(most, 1))
    ax.set_xticks([float(times[i]) for i in shown], [time.periods[i] for i in shown])
    marks, digits = round_numbers(low, high, TICKS)
    ax.set_yticks(marks, [decimal(y, digits, language) for y in marks])
    name_ends(ax, _ends(ax, _named(curves, band)), NAMES[narrow], small)


def _ends(ax: Axes, named: Sequence[Curve | Band]) -> list[tuple[float, str, str]]:
    """Where each line ends, its name and its colour; without those that have no end."""
    low, high = ax.get_ylim()
    found = []
    for one in named:
        known = np.flatnonzero(np.isfinite(one.values))
        if len(known):
            end = float(np.clip(one.values[known[-1]], low, high))
            found.append((end, one.name, _ink(one)))
    return found


def _range(curves: Sequence[Curve], band: Band | None, *, zero: bool) -> tuple[float, float]:
    """The lowest and highest value to show, and a little room."""
    each = [c.values for c in curves] + ([band.low, band.high] if band else [])
    values = [float(x) for one in each for x in one[np.isfinite(one)]] + [0.0] * zero
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


def _ticks(T: int, start: int, most: int) -> list[int]:
    """Which periods are named: the start, and as many others as fit."""
    step = max(1, math.ceil(T / most))
    return [i for i in range(T) if (i - start) % step == 0]
