"""The picture of a cut-off: means on both sides, the lines near it, and the jump between them."""

from __future__ import annotations

import math
import textwrap
from functools import partial
from typing import TYPE_CHECKING, Any

from academic_workplace.effects.discontinuity import Discontinuity
from academic_workplace.errors import dutch
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, as_written
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("discontinuity")
TALL = {False: 2.1, True: 2.0}  # of the plot itself, in inches: wide, and on a phone
ROOM = {False: (0.68, 0.14), True: (0.6, 0.1)}  # to the left and right of the plot
FOOT, HEAD, FURTHER = 0.5, 0.76, 0.17  # below it; above it; for every further line of its name
LETTERS = {False: 84, True: 38}  # of a name that fit on a line
TOUCHES = 0.05  # of the height: a jump smaller than that has no room for an arrow
WORD = 0.2  # how much of the width the word for the jump takes


def score(x: float, language: str) -> str:
    """A value of the running variable as it was written: 92, or 92,5."""
    digits = next((d for d in range(4) if round(x, d) == x), 4)
    return decimal(x, digits, language)


def running_name(detail: Discontinuity, language: str) -> str:
    """What the plan calls the score that decides."""
    return detail.plan.column_label(str(detail.plan.running))[language]


def jump_picture(detail: Discontinuity, language: str, *, narrow: bool = False) -> Figure:
    """Means on both sides, the lines within the bandwidth, and the jump between them."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    size, box = _box(detail, language, narrow=narrow)
    figure = Figure(figsize=size, facecolor=house().paper)
    _draw(figure.add_axes(box), detail, language, narrow=narrow)
    return figure


def _box(
    detail: Discontinuity, language: str, *, narrow: bool
) -> tuple[tuple[float, float], tuple[float, float, float, float]]:
    """The size of a picture in inches, and where in it the plot stands, as shares."""
    width = NARROW if narrow else WIDE
    left, right = ROOM[narrow]
    further = FURTHER * (len(_title(detail, language, narrow=narrow)) - 1)
    tall = FOOT + TALL[narrow] + HEAD + further
    box = (left / width, FOOT / tall, (width - left - right) / width, TALL[narrow] / tall)
    return (width, tall), box


def _title(detail: Discontinuity, language: str, *, narrow: bool) -> list[str]:
    """The name of the outcome, in lines."""
    name = detail.plan.measure(detail.outcome).label[language]
    return textwrap.wrap(name[:1].upper() + name[1:], LETTERS[narrow]) or [""]


def jump_on(ax: Axes | None, detail: Discontinuity, language: str) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        size, box = _box(detail, language, narrow=False)
        ax = pyplot.figure(figsize=size).add_axes(box)
    with as_written(ax):
        _draw(ax, detail, language, narrow=False)
    return ax


def _draw(ax: Axes, detail: Discontinuity, language: str, *, narrow: bool) -> None:
    (small, _), now = SIZES[narrow], house()
    c, h, (left, right) = detail.cutoff, detail.jump.bandwidths.h, detail.lines
    ends = _ends(detail)
    heights = [p.y for side in detail.points for p in side]
    for line, x in zip(detail.lines, ends, strict=True):
        heights += [line.level, line.level + line.slope * (x - c)]
    low, high = min(heights), max(heights)
    room = (high - low) or 1.0
    xs = [p.x for side in detail.points for p in side] + list(ends)
    reach = max(c - min(xs), max(xs) - c, h)
    ax.set_xlim(c - 1.04 * reach, c + 1.04 * reach)
    ax.set_ylim(low - 0.1 * room, high + 0.1 * room)
    ax.plot([c, c], ax.get_ylim(), color=now.soft, lw=0.9, ls=(0, (4, 3)), zorder=1)
    sides = zip(detail.points, detail.lines, ends, (detail.below, not detail.below), strict=True)
    for points, line, x, offered in sides:
        colour = now.accent if offered else now.soft
        ax.plot([p.x for p in points], [p.y for p in points], "o", ms=4.6 if narrow else 5.4,
                mfc=colour if offered else now.paper, mec=colour, mew=1.3, zorder=2)  # fmt: skip
        ax.plot([c, x], [line.level, line.level + line.slope * (x - c)], color=colour, lw=2.2,
                solid_capstyle="round", zorder=3)  # fmt: skip
    if left.level != right.level:
        head = abs(right.level - left.level) > TOUCHES * (high - low)
        style: dict[str, Any] = {"arrowstyle": "-|>" if head else "-", "color": now.second, "lw": 2.0,
                                 "shrinkA": 0, "shrinkB": 0}  # fmt: skip
        first, last = (right, left) if detail.below else (left, right)
        ax.annotate("", (c, last.level), (c, first.level), arrowprops=style, zorder=4)
    _words(ax, detail, language, narrow=narrow)
    ax.tick_params(colors=now.soft, labelsize=small, length=3, width=0.8, color=now.line)
    ax.locator_params(axis="x", nbins=5 if narrow else 8)
    ax.locator_params(axis="y", nbins=5)
    _ticks(ax, language)
    for name in ("top", "right"):
        ax.spines[name].set_visible(False)
    for name in ("left", "bottom"):
        ax.spines[name].set_color(now.line)


def _words(ax: Axes, detail: Discontinuity, language: str, *, narrow: bool) -> None:
    """Names of the axes and sides, of the cut-off, and of the jump."""
    (small, normal), now = SIZES[narrow], house()
    c = detail.cutoff
    where: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "annotation_clip": False,
    }
    grey: dict[str, Any] = {"size": small, "color": now.soft}
    title = "\n".join(_title(detail, language, narrow=narrow))
    ax.annotate(title, (0, 1), (-72 * ROOM[narrow][0], 38), size=normal, color=now.ink, weight="bold",
                va="bottom", linespacing=1.1, **where)  # fmt: skip
    words = tuple(SAY[f"picture.{who}"][language] for who in ("offered", "not_offered"))
    names = words if detail.below else words[::-1]
    for x, name, side, offered in ((0.25, names[0], "center", detail.below),
                                   (0.75, names[1], "center", not detail.below)):  # fmt: skip
        ax.annotate(name, (x, 1), (0, 22), size=small, color=now.accent if offered else now.soft,
                    weight="bold" if offered else "normal", ha=side, va="bottom", **where)  # fmt: skip
    cut = SAY["picture.cutoff"][language].format(at=score(c, language))
    ax.annotate(cut, (0.5, 1), (0, 4), ha="center", va="bottom", **grey, **where)
    running = textwrap.shorten(running_name(detail, language), LETTERS[narrow], placeholder="…")
    ax.set_xlabel(running, size=small, color=now.soft, labelpad=4)
    x, y = _free(ax, detail)
    ax.annotate(SAY["picture.jump"][language], (c, y), (7 * x, 0), textcoords="offset points",
                size=normal, color=now.second, weight="bold", va="center",
                ha="left" if x > 0 else "right", zorder=5,
                bbox={"fc": now.paper, "ec": "none", "alpha": 0.8, "pad": 0.6})  # fmt: skip


def _free(ax: Axes, detail: Discontinuity) -> tuple[int, float]:
    """Where the word for the jump hides least: on which side of the cut-off, and how high."""
    (x0, x1), (y0, y1) = sorted(ax.get_xlim()), sorted(ax.get_ylim())
    c, ends = detail.cutoff, _ends(detail)
    low, high = sorted(line.level for line in detail.lines)

    def nearest(place: tuple[int, float]) -> float:
        side, y = place
        i = side > 0
        line, reach = detail.lines[i], WORD * (x1 - x0)
        across = [c + side * reach * part for part in (0.15, 0.4, 0.7, 1.0)]
        marks = [(x, line.level + line.slope * (x - c)) for x in across
                 if abs(x - c) <= abs(ends[i] - c)]  # fmt: skip
        marks += [(p.x, p.y) for p in detail.points[i] if abs(p.x - c) <= reach]
        return min((abs(at - y) / (y1 - y0) for _, at in marks), default=1.0)

    heights = [low + part * (high - low) for part in (0.5, 0.35, 0.65, 0.2, 0.8)]
    return max(((side, y) for y in heights for side in (1, -1)), key=nearest)


def _ends(detail: Discontinuity) -> tuple[float, float]:
    """How far the lines are drawn: to the bandwidth, and not beyond what is seen."""
    c, h = detail.cutoff, detail.jump.bandwidths.h
    far = [[abs(p.x - c) for p in side] for side in detail.points]
    below, above = (min(h, max(side, default=h)) for side in far)
    return c - below, c + above


def _ticks(ax: Axes, language: str) -> None:
    """Numbers on the axes as the language writes them."""
    from matplotlib.ticker import FuncFormatter

    for axis in (ax.xaxis, ax.yaxis):
        ticks = axis.get_majorticklocs()
        step = abs(float(ticks[1] - ticks[0])) if len(ticks) > 1 else 1.0
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        digits += abs(step * 10**digits - round(step * 10**digits)) > 1e-6  # steps of 0.25
        axis.set_major_formatter(FuncFormatter(partial(_written, digits, language)))


def _written(digits: int, language: str, value: float, _: int) -> str:
    return decimal(value, digits, language)
