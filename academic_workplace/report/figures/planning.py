"""What a design can find, over the number of schools: the curve and what it is held against."""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.errors import dutch
from academic_workplace.evidence.power import POWER, Prospect, Question
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    drawn,
    drawn_on,
    png,
)
from academic_workplace.report.house import house
from academic_workplace.report.numerals import count
from academic_workplace.report.planning import (
    USUAL,
    alternative,
    size_of,
    times,
    title_of,
    units_of,
    value_of,
)
from academic_workplace.report.wording import capital
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("planning")
HEIGHT = {False: 2.75, True: 2.55}  # inches, on a page and on a phone
LEFT, RIGHT, ABOVE, BELOW = 0.35, 0.45, 0.34, 0.52  # inches around the curve, without its title
ROOM = 0.42  # inches between two numbers
BESIDE, OVER, TYPE = 0.08, 0.09, 0.16  # inches: a number beside and over its point, its height
FLAT = 4.0  # times the answer: as high as the curve may go
LETTERS = 38  # of a title on a phone


@dataclass(frozen=True, slots=True)
class Point:
    """A number of clusters and what it gives, with its place on paper in inches."""

    clusters: int
    value: float
    x: float
    y: float
    own: bool  # the design asked about, or the answer
    told: bool  # with its numbers


def curve_picture(p: Prospect, language: str, *, narrow: bool = False) -> Figure:
    """The curve over the number of clusters, numbers beside the points."""
    dutch(language)  # refuses any third language
    return drawn(
        lambda axes: _draw(axes, p, language, narrow=narrow), HEIGHT[narrow], narrow=narrow
    )


def plot_curve(p: Prospect, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    return drawn_on(ax, lambda axes: _draw(axes, p, language, narrow=False), HEIGHT[False])


def drawing(p: Prospect, language: str) -> Drawing:
    """The picture with its alternative text."""
    return Drawing(png(curve_picture(p, language)), alternative(p, language))


def _line(p: Prospect) -> float | None:
    """What the curve is held against: the smallest effect that matters, or the power wanted."""
    if p.question is Question.EFFECT:
        return p.smallest_effect
    return POWER if p.question is Question.POWER else p.power


def _points(p: Prospect, width: float, top_y: float) -> tuple[list[Point], float]:
    """Where the points lie, clusters on a logarithmic scale; and inches per unit upwards."""
    table, asked = p.table(), p.question is Question.EFFECT
    pairs = [(int(k), float(v)) for k, v in zip(
        table["clusters"], table["effect" if asked else "power"], strict=True
    ) if pd.notna(v)]  # fmt: skip
    mine = round(p.design.pupils) if p.design.individual else p.design.clusters
    if asked:  # so few clusters that the rest would lie flat stay in the table only
        flat = FLAT * dict(pairs).get(mine, math.inf)
        pairs = [(k, v) for k, v in pairs if v <= flat]
    top = max([v for _, v in pairs] + [_line(p) or 0.0]) if asked else 1.0
    rise = (top_y - BELOW) / (top or 1.0)
    own = {mine, p.clusters if p.question is Question.CLUSTERS else mine}
    ends = [math.log(pairs[i][0]) for i in (0, -1)] if pairs else [0.0, 1.0]
    span = (width - LEFT - RIGHT) / ((ends[1] - ends[0]) or 1.0)
    x = [LEFT + (math.log(k) - ends[0]) * span for k, _ in pairs]
    told = [x[i] for i, (k, _) in enumerate(pairs) if k in own]
    points = []
    for (k, value), at in zip(pairs, x, strict=True):
        if k not in own and min((abs(at - other) for other in told), default=ROOM) >= ROOM:
            told.append(at)
        points.append(Point(k, value, at, BELOW + value * rise, k in own, at in told))
    return points, rise


def _draw(ax: Axes, p: Prospect, language: str, *, narrow: bool) -> None:
    """Draw in inches from the bottom left, so that type and spacing never stretch."""
    now, (small, normal) = house(), SIZES[narrow]
    width, height = NARROW if narrow else WIDE, HEIGHT[narrow]
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.axis("off")
    title, units = capital(title_of(p, language)), units_of(p.design, language)
    if narrow:  # never break within brackets or a count
        whole = re.sub(
            r"\(.*?\)|\S+ \S+ 100 \S+|\S+ 100 \S+", lambda m: m[0].replace(" ", "\u00a0"), title
        )
        title = textwrap.fill(whole, LETTERS)
    top_y = height - ABOVE - TYPE * (title.count("\n") + 1)
    ax.text(0, height - 0.05, title, size=normal, color=now.ink, va="top",
            weight="bold", linespacing=1.1)  # fmt: skip
    name = SAY["picture.axis"][language].format(units=units)
    ax.text(width - 0.05, 0.03, name, size=small, color=now.soft, ha="right", va="bottom")
    points, rise = _points(p, width, top_y)
    ax.plot([0, width], [BELOW] * 2, color=now.line, lw=0.8)
    line = _line(p)
    if not points:
        none = SAY["picture.none"][language]
        ax.text(width / 2, height / 2, none, size=normal, color=now.soft, ha="center")
    elif line is not None:
        _draw_line(ax, p, language, points, BELOW + line * rise, small, width, top_y)
    ax.plot([q.x for q in points], [q.y for q in points], color=now.soft, lw=1.4, zorder=2)
    falls = p.question is Question.EFFECT
    for q in points:
        weight, colour = ("bold", now.accent) if q.own else ("normal", now.soft)
        ax.plot(q.x, q.y, "o", ms=8 if q.own else 5, mfc=now.accent if q.own else now.paper, mew=1.4,
                mec=colour, zorder=3)  # fmt: skip
        if not q.told:
            continue
        # away from the curve, and below the point where the line would run through the number
        level = math.inf if line is None else BELOW + line * rise
        below = q.y + OVER - 0.03 < level < q.y + OVER + TYPE
        side = BESIDE if falls != below else -BESIDE
        ax.text(q.x + side, q.y + (-OVER if below else OVER), value_of(p, q.value, language),
                size=normal if q.own else small, color=colour, weight=weight, ha="center",
                va="top" if below else "bottom", zorder=4)  # fmt: skip
        ax.text(q.x, BELOW - 0.06, count(q.clusters, language), size=small, color=colour,
                weight=weight, ha="center", va="top")  # fmt: skip


def _draw_line(
    ax: Axes, p: Prospect, language: str, points: list[Point], y: float, small: float,
    width: float, top_y: float,
) -> None:  # fmt: skip
    """The line that the curve is held against, named where the curve is not."""
    now, falls = house(), p.question is Question.EFFECT
    line = _line(p) or 0.0
    edge = (BELOW, y) if falls else (y, top_y)
    ax.fill_between([0, width], *edge, color=now.band, lw=0)
    ax.plot([0, width], [y] * 2, color=now.second, lw=1.1, ls=(0, (4, 3)))
    if falls:
        size = size_of(p.design, line, language)
        words = SAY["picture.smallest"][language].format(size=size)
        right = points[len(points) // 2].y < y  # the curve is above the line at the left
        below = not right and y - BELOW > TYPE + 0.06
    else:
        said = SAY["picture.often" if line < USUAL else "picture.usually"][language]
        words = said.format(often=times(line, language))
        right = below = points[0].y > y - TYPE
    ax.text(width - 0.03 if right else 0.03, y - 0.04 if below else y + 0.04, words, size=small,
            color=now.second, ha="right" if right else "left", va="top" if below else "bottom",
            zorder=4)  # fmt: skip
