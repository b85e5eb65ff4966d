"""Indicators over their periods, a panel each; and the newest of all beside their targets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from academic_workplace.report.figures.fitting import lines, width
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE
from academic_workplace.report.house import house, mixed
from academic_workplace.report.numerals import decimal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = {False: 3, True: 1}  # panels beside each other, on a page and on a phone
PLOT, TITLE, FOOT, GAP = 1.35, 0.2, 0.34, 0.45  # inches
FEW_PERIODS = 5  # of which each has its number beside it; of more only the newest has
ROW = {False: 0.27, True: 0.52}  # of the picture beside targets
LABEL = 0.16  # of the height of a panel: for the name of the target
LINE = 0.135  # between two lines of a title


@dataclass(frozen=True, slots=True)
class Shown:
    """One period: its number (None where only its bounds are told), and its interval.

    label: as it stands beside the mark.
    """

    period: str
    value: float | None
    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One indicator. points: None where nothing is told of a period.

    limits: per period between which numbers chance alone lies. target_label: beside its line.
    """

    title: str
    points: tuple[Shown | None, ...]
    periods: tuple[str, ...]
    target: float | None
    target_label: str
    limits: tuple[tuple[float, float] | None, ...]
    share: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator beside its target: shares of 100."""

    title: str
    value: float | None
    low: float
    high: float
    target: float
    label: str


def share_of_page(panels: int) -> float:
    """Which share of the width of a page so many panels take."""
    return {1: 0.5, 2: 0.72}.get(panels, 1.0)


def periods_figure(panels: Sequence[Panel], language: str, *, narrow: bool = False) -> Figure:
    """A panel per indicator: numbers with intervals over the periods, the target as a line."""
    from matplotlib.figure import Figure

    across = min(ACROSS[narrow], len(panels))
    down = math.ceil(len(panels) / across)
    wide = NARROW if narrow else WIDE * share_of_page(len(panels))
    each = (wide - 0.12 - GAP * across) / across
    titles = [lines(p.title, each + 0.3, SIZES[narrow][0], bold=True, most=3) for p in panels]
    heads = [TITLE + LINE * max(len(t) for t in titles[i * across : (i + 1) * across])
             for i in range(down)]  # fmt: skip
    high = sum(heads) + down * (PLOT + FOOT)
    figure = Figure(figsize=(wide, high), facecolor=house().paper)
    top = high
    for i, panel in enumerate(panels):
        row, column = divmod(i, across)
        if column == 0:
            top = high - sum(heads[:row]) - row * (PLOT + FOOT)
        left = GAP + column * (each + GAP)
        bottom = top - heads[row] - PLOT
        ax = figure.add_axes((left / wide, bottom / high, each / wide, PLOT / high))
        _panel(ax, panel, titles[i], language, narrow=narrow)
    return figure


def _panel(ax: Axes, panel: Panel, title: list[str], language: str, *, narrow: bool) -> None:
    now, small = house(), SIZES[narrow][0] - 0.8
    n, told = len(panel.points), [p for p in panel.points if p is not None]
    ends = [x for p in told for x in (p.low, p.high)]
    ends += [panel.target] if panel.target is not None else []
    ends += [x for pair in panel.limits if pair for x in pair]
    low, high = _range(ends, share=panel.share)
    middle = sum(p.low + p.high for p in told) / (2 * len(told)) if told else high
    above = (
        panel.target is not None and middle < panel.target
    )  # its name stands away from the marks
    if panel.target is not None:
        room = LABEL * (high - low)
        low, high = (
            min(low, panel.target - room * (not above)),
            max(high, panel.target + room * above),
        )
    ax.set_xlim(-0.6, n - 0.25)
    ax.set_ylim(low, high)
    for x, pair in enumerate(panel.limits):
        if pair is not None:
            ax.fill_between((x - 0.5, x + 0.5), *pair, step=None, lw=0, zorder=0,
                            color=mixed(now.soft, now.paper, 0.82))  # fmt: skip
    if panel.target is not None:
        ax.axhline(panel.target, color=now.second, lw=1.3, ls=(0, (4, 2.5)), zorder=1)
        ax.annotate(panel.target_label, (-0.55, panel.target), size=small, color=now.second,
                    xytext=(0, 2.5 if above else -2.5), textcoords="offset points",
                    va="bottom" if above else "top")  # fmt: skip
    marked = [(x, p.value) for x, p in enumerate(panel.points) if p is not None and p.value is not None]  # fmt: skip
    for (x, y), (later, then) in pairwise(marked):
        if later == x + 1:  # no line over a period of which nothing is told
            ax.plot([x, later], [y, then], color=now.accent, lw=1.1, zorder=2)
    last = max((x for x, p in enumerate(panel.points) if p is not None), default=0)
    for x, p in enumerate(panel.points):
        if p is None:
            continue
        if p.value is None:  # only a range is told: a bar without a point
            ax.plot([x, x], [p.low, p.high], color=mixed(now.accent, now.paper, 0.6), lw=5,
                    solid_capstyle="butt", zorder=2)  # fmt: skip
        else:
            ax.plot([x, x], [p.low, p.high], color=now.accent, lw=1.3, zorder=3)
            ax.plot([x], [p.value], "o", ms=5, color=now.accent, zorder=4)
        if n <= FEW_PERIODS or x == last:
            at = (p.low + p.high) / 2 if p.value is None else p.value
            after = next((y for later, y in marked if later > x), None)
            up = after is not None and p.value is not None and after > p.value
            shift, side = (0, "center") if after is None else (-2, "top") if up else (2, "bottom")
            ax.annotate(p.label, (x, at), xytext=(5, shift), textcoords="offset points", size=small,
                        color=now.ink, va=side, zorder=5)  # fmt: skip
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(now.line)
    ax.grid(axis="y", color=now.line, lw=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=now.soft, pad=3)
    ticks = _marks(low, high)
    times = 100 if panel.share else 1
    ax.set_yticks(ticks, [decimal(t * times, 0, language) for t in ticks])
    step = math.ceil(n / FEW_PERIODS)
    places = range((n - 1) % step, n, step)
    ax.set_xticks([*places], [_short(panel.periods[i]) for i in places])
    for i, line in enumerate(reversed(title)):
        ax.annotate(line, (0, 1), xycoords="axes fraction", weight="bold", size=small + 0.4,
                    color=now.ink, xytext=(-24, 8 + 72 * LINE * i), textcoords="offset points")  # fmt: skip


def _range(ends: Sequence[float], *, share: bool) -> tuple[float, float]:
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    least = 0.1 if share else 4.0
    room = max(0.12 * (high - low), least / 2)
    low, high = low - room, high + room
    if share:
        return max(low, -0.02), min(high, 1.03)
    return max(low, 0.0), high


def _marks(low: float, high: float) -> list[float]:
    """Two to four round values."""
    rough = (high - low) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s for s in (1, 2, 2.5, 5, 10) if s * power >= rough) * power
    return [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _short(period: str) -> str:
    """``2023-2024`` as ``23-24``: what fits under an axis."""
    return f"{period[2:4]}-{period[7:]}" if len(period) == 9 else period


# ---------------------------------------------------------------- beside the targets


def targets_figure(
    rows: Sequence[Row], axis: str, target: str, *, narrow: bool = False
) -> Figure:  # fmt: skip
    """The newest number of each indicator with its interval, and its target. axis, target: words."""
    from matplotlib.figure import Figure

    now, small = house(), SIZES[narrow][0]
    wide = NARROW if narrow else WIDE
    names = 0.1 if narrow else 2.75
    right, tall = 0.55, 0.12 if narrow else 0.27
    top, foot = 0.3, 0.42
    high = top + foot + ROW[narrow] * len(rows)
    figure = Figure(figsize=(wide, high), facecolor=now.paper)
    ax = figure.add_axes((names / wide, foot / high, (wide - names - right) / wide,
                          (high - top - foot) / high))  # fmt: skip
    ax.set_xlim(0, 100)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    for i, row in enumerate(rows):
        y = i + 0.3 if narrow else i
        ax.plot([0, 100], [y, y], color=now.line, lw=0.5, zorder=0)
        bare = row.value is None
        ax.plot([row.low, row.high], [y, y], zorder=2, solid_capstyle="butt",
                color=mixed(now.accent, now.paper, 0.6) if bare else now.accent,
                lw=5 if bare else 2.2)  # fmt: skip
        if row.value is not None:
            ax.plot([row.value], [y], "o", ms=5.5, color=now.accent, zorder=3)
        ax.plot([row.target] * 2, [y - tall, y + tall], color=now.second, lw=2.2, zorder=4)
        ax.annotate(row.label, (1, y), xycoords=("axes fraction", "data"), xytext=(5, 0),
                    textcoords="offset points", size=small, color=now.ink, va="center")  # fmt: skip
        room = wide - 0.2 if narrow else names - 0.15
        title = "\n".join(lines(row.title, room, small, most=2))
        if narrow:
            ax.annotate(title, (0, y - 0.16), size=small, color=now.ink, va="bottom",
                        linespacing=1.0)  # fmt: skip
        else:
            ax.annotate(title, (0, y), xytext=(-6, 0), size=small, textcoords="offset points",
                        color=now.ink, va="center", ha="right", linespacing=1.0)  # fmt: skip
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0, labelsize=small, labelcolor=now.soft)
    ax.set_yticks([])
    ax.set_xticks(range(0, 101, 25))
    ax.set_xlabel(axis, size=small, color=now.soft)
    first = rows[0].target
    left = width(target, small) / ((wide - names - right) / 100) / 2
    ax.annotate(target, (min(max(first, left), 100 - left), 1), xytext=(0, 4), size=small,
                xycoords=("data", "axes fraction"), textcoords="offset points", color=now.second,
                ha="center")  # fmt: skip
    return figure
