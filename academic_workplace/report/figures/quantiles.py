"""The difference from low to high scores, each with its interval, against no difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academic_workplace.errors import dutch
from academic_workplace.report.figures.fitting import lines, widest
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, as_written
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal, digits_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TALL = {False: 2.3, True: 2.1}  # of the plot itself, in inches
FOOT, HEAD, LINE = 0.62, 0.42, 0.17  # below it; above it; for every further line of its title
EDGE = 0.12


@dataclass(frozen=True, slots=True)
class Point:
    """A quantile: where it stands (a share), how it is named there, the difference and its ends."""

    at: float
    name: str
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the picture beside its numbers."""

    title: str
    axis: str
    low: str
    high: str


def quantiles_picture(
    points: tuple[Point, ...], words: Words, language: str, *, narrow: bool = False
) -> Figure:
    """The points from the lowest scores to the highest."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    size, box = _box(points, words, language, narrow=narrow)
    figure = Figure(figsize=size, facecolor=house().paper)
    _draw(figure.add_axes(box), points, words, language, narrow=narrow)
    return figure


def quantiles_on(
    ax: Axes | None, points: tuple[Point, ...], words: Words, language: str
) -> Axes:  # fmt: skip
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        size, box = _box(points, words, language, narrow=False)
        ax = pyplot.figure(figsize=size).add_axes(box)
    with as_written(ax):
        _draw(ax, points, words, language, narrow=False)
    return ax


def _titles(words: Words, *, narrow: bool) -> list[str]:
    room = (NARROW if narrow else WIDE) - 2 * EDGE
    return lines(words.title, room, SIZES[narrow][1], bold=True)


def _ticks(points: tuple[Point, ...], language: str) -> tuple[list[float], list[str]]:
    """Where the heights are named, and how."""
    from matplotlib.ticker import MaxNLocator

    low, high = _ends(points)
    found = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high)  # named without a half
    at = [float(y) for y in found if low <= y <= high]
    digits = digits_for(10 * (at[1] - at[0])) if len(at) > 1 else 1
    return at, [decimal(y, digits, language) for y in at]


def _ends(points: tuple[Point, ...]) -> tuple[float, float]:
    low, high = min(0.0, *(p.low for p in points)), max(0.0, *(p.high for p in points))
    room = 0.08 * ((high - low) or 1.0)
    return low - room, high + room


def _box(
    points: tuple[Point, ...], words: Words, language: str, *, narrow: bool
) -> tuple[tuple[float, float], tuple[float, float, float, float]]:
    """The size of a picture in inches, and where in it the plot stands, as shares."""
    wide, (small, _) = NARROW if narrow else WIDE, SIZES[narrow]
    left = EDGE + 0.12 + widest(_ticks(points, language)[1], small)
    head = HEAD + LINE * len(_titles(words, narrow=narrow))
    tall = FOOT + TALL[narrow] + head
    return (wide, tall), (
        left / wide,
        FOOT / tall,
        (wide - left - EDGE) / wide,
        TALL[narrow] / tall,
    )


def _draw(
    ax: Axes, points: tuple[Point, ...], words: Words, language: str, *, narrow: bool
) -> None:
    (small, normal), now = SIZES[narrow], house()
    low, high = _ends(points)
    first, last = points[0].at, points[-1].at
    room = 0.1 * ((last - first) or 1.0)
    ax.set_xlim(first - room, last + room)
    ax.set_ylim(low, high)
    ax.axhline(0, color=now.soft, lw=0.9, ls=(0, (4, 3)), zorder=1)
    xs = [p.at for p in points]
    if len(points) > 1:
        ax.fill_between(xs, [p.low for p in points], [p.high for p in points], color=now.band, lw=0)
        ax.plot(xs, [p.estimate for p in points], color=now.accent, lw=1.2, zorder=3)
    for p in points:
        ax.plot([p.at] * 2, [p.low, p.high], color=now.accent, lw=2.2, solid_capstyle="round",
                zorder=3)  # fmt: skip
        ax.plot(p.at, p.estimate, "o", ms=6.5, color=now.accent, zorder=4)
    heights, names = _ticks(points, language)
    ax.set_yticks(heights, names)
    ax.set_xticks(xs, [p.name for p in points])
    ax.tick_params(colors=now.soft, labelsize=small, length=3, width=0.8, color=now.line)
    for name in ("top", "right"):
        ax.spines[name].set_visible(False)
    for name in ("left", "bottom"):
        ax.spines[name].set_color(now.line)
    left = -72 * ax.get_position().x0 * (NARROW if narrow else WIDE) + 72 * EDGE / 2
    where: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points",
                             "annotation_clip": False}  # fmt: skip
    grey: dict[str, Any] = {"size": small, "color": now.soft}
    title = "\n".join(_titles(words, narrow=narrow))
    ax.annotate(title, (0, 1), (left, 24), size=normal, color=now.ink, weight="bold", va="bottom",
                linespacing=1.1, **where)  # fmt: skip
    ax.annotate(words.axis, (0, 1), (left, 8), va="bottom", **grey, **where)
    ax.annotate(words.low, (0, 0), (0, -24), va="top", **grey, **where)
    ax.annotate(words.high, (1, 0), (0, -24), va="top", ha="right", **grey, **where)
