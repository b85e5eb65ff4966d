"""Points over places in a row (cohorts, levels), with their limits: a panel a subject.

Names stand beside the last point of their line.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.report.figures.fitting import name_ends, room_for_names, short_year
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal, digits_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = {False: 2.35, True: 2.5}  # height of a panel, in inches
LABEL = {False: 1.8, True: 0.95}  # inches of a name beside a line
PLACE = 0.078  # inches of a letter under the axis


@dataclass(frozen=True, slots=True)
class Mark:
    """How a series or row looks. colour: of the house, by its name there."""

    colour: str
    marker: str = "o"
    filled: bool = True
    line: str = "-"
    hatch: str = ""

    @property
    def edge(self) -> str:
        """The colour in the house that holds now."""
        return str(getattr(house(), self.colour))

    @property
    def face(self) -> str:
        """What fills the mark."""
        return self.edge if self.filled else house().paper


@dataclass(frozen=True, slots=True)
class Series:
    """Points over places 0, 1, ...; NaN is no point. side: beside those of other series."""

    name: str
    y: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    mark: Mark
    side: bool = True


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. zero: whether nought belongs in it. unit: behind numbers on the axis."""

    title: str
    series: tuple[Series, ...]
    places: tuple[str, ...]
    unit: str
    zero: bool
    axis: str = ""


def series(name: str, found: Sequence[Estimate | None], by: float, mark: Mark) -> Series:
    """A series of estimates, times ``by``."""

    def each(part: str) -> list[float]:
        values = (None if e is None else getattr(e, part) for e in found)
        return [math.nan if x is None else by * x for x in values]

    return Series(name, each("value"), each("low"), each("high"), mark)


def panels_figure(panels: Sequence[Panel], nothing: str, language: str, *, narrow: bool) -> Figure:
    """All panels below each other. nothing: what is said when there are none."""
    from matplotlib.figure import Figure

    width, wears = (NARROW if narrow else WIDE), house()
    if not panels:
        figure = Figure(figsize=(width, 0.5), facecolor=wears.paper)
        figure.text(0.02, 0.5, textwrap.fill(nothing, 50 if narrow else 100),
                    size=SIZES[narrow][0], color=wears.ink, va="center")  # fmt: skip
        return figure
    heights = [_height(p, narrow) for p in panels]
    total = sum(heights)
    figure = Figure(figsize=(width, total), facecolor=wears.paper)
    done = 0.0
    for panel, height in zip(panels, heights, strict=True):
        names = [s.name for s in panel.series]
        left = 0.5
        right = room_for_names(names, LABEL[narrow], SIZES[narrow][0]) if narrow else 2.0
        top, foot = (
            0.36 + (len(_title(panel, narrow)) - 1) * 0.19,
            (0.72 if narrow else 0.55) if panel.axis else 0.38,
        )
        box = (left / width, (total - done - height + foot) / total,
               (width - left - right) / width, (height - top - foot) / total)  # fmt: skip
        _draw(figure.add_axes(box), panel, language, narrow=narrow)
        done += height
    return figure


def on_axes(ax: Axes | None, panel: Panel | None, nothing: str, language: str) -> Axes:
    """One panel on axes of the caller's, or on new ones; None where nothing may be shown."""
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, PANEL[False])).add_axes((0.07, 0.17, 0.65, 0.66))
    if panel is None:
        ax.set_axis_off()
        ax.text(0, 0.5, nothing, transform=ax.transAxes, size=SIZES[False][0])
        return ax
    _draw(ax, panel, language, narrow=False)
    return ax


def panels_alt(panels: Sequence[Panel], nothing: str, language: str) -> str:
    """Every point in words."""
    out = []
    for panel in panels:
        values = [y for s in panel.series for y in s.y if math.isfinite(y)]
        digits = digits_for(max(values) - min(values)) if len(values) > 1 else 1
        for s in panel.series:
            points = [
                f"{place} {decimal(y, digits, language)}{panel.unit}"
                for place, y in zip(panel.places, s.y, strict=True) if math.isfinite(y)
            ]  # fmt: skip
            out.append(f"{panel.title}, {s.name}: {'; '.join(points)}.")
    return " ".join(out) or nothing


def _title(panel: Panel, narrow: bool) -> list[str]:
    return textwrap.wrap(panel.title, 40 if narrow else 84) or [""]


def _height(panel: Panel, narrow: bool) -> float:
    extra = (0.34 if narrow else 0.17) if panel.axis else 0.0
    return PANEL[narrow] + extra + 0.19 * (len(_title(panel, narrow)) - 1)


def _draw(ax: Axes, panel: Panel, language: str, *, narrow: bool) -> None:
    small, normal = SIZES[narrow]
    wears = house()
    values = [x for s in panel.series for part in (s.y, s.low, s.high) for x in part
              if math.isfinite(x)] + [0.0] * panel.zero  # fmt: skip
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 1.0
    n, m = len(panel.places), len(panel.series)
    wide = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).width  # inches
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_ylim(low - room, high + room)
    if panel.zero:
        ax.axhline(0, color=wears.soft, lw=0.9, zorder=1)
    for i, s in enumerate(panel.series):
        # side by side, so that limits can be told apart; a mere line stays in its place
        x = np.arange(n) + ((i - (m - 1) / 2) * 0.13 if s.side else 0.0)
        y, there, colour = np.array(s.y), np.isfinite(np.array(s.y)), s.mark.edge
        if s.mark.line and there.sum() > 1:
            ax.plot(x[there], y[there], s.mark.line, color=colour, lw=1.3, zorder=2)
        for at, a, b in zip(x, s.low, s.high, strict=True):
            if math.isfinite(a) and math.isfinite(b):
                ax.plot([at, at], [a, b], color=colour, lw=1.4, zorder=3)
        ax.plot(x[there], y[there], marker=s.mark.marker, ms=22 if s.mark.marker == "_" else 6,
                zorder=4, color=colour, mfc=s.mark.face, mec=colour, mew=1.4, ls="none")  # fmt: skip
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(wears.line)
    ax.grid(axis="y", color=wears.line, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=wears.soft)
    most = 10 if narrow else 14
    shown = [p if len(p) <= most else p[: most - 1] + "…" for p in map(short_year, panel.places)]
    step = math.ceil(n * max(map(len, shown)) * PLACE / wide)
    first = (n - 1) % step  # so that the last has its name
    ax.set_xticks(range(first, n, step), shown[first::step])
    marks = [t for t in ax.get_yticks() if low - room <= t <= high + room]
    gap = marks[1] - marks[0] if len(marks) > 1 else 1.0
    digits = max(0, -math.floor(math.log10(gap) + 1e-9))
    digits += abs(gap * 10**digits - round(gap * 10**digits)) > 1e-6
    ax.set_yticks(marks, [decimal(t, digits, language) + panel.unit for t in marks])
    if panel.axis:
        ax.set_xlabel(textwrap.fill(panel.axis, 48 if narrow else 90), size=small,
                      color=wears.soft)  # fmt: skip
    for i, text in enumerate(reversed(_title(panel, narrow))):
        up = 9 + 3 * narrow + 13.7 * i
        ax.annotate(text, (0, 1), xycoords="axes fraction", size=normal, color=wears.ink,
                    weight="bold", xytext=(-30, up), textcoords="offset points")  # fmt: skip
    ends = [next((y for y in reversed(s.y) if math.isfinite(y)), low) for s in panel.series]
    named = [(end, s.name, s.mark.edge) for end, s in zip(ends, panel.series, strict=True)]
    name_ends(ax, named, LABEL[narrow], small)
