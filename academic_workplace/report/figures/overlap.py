"""Who could have taken part: the chance of both groups, above and below a line."""

from __future__ import annotations

import itertools
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academic_workplace.comparison.balance import Overlap
from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.report.figures.balance import wide
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE
from academic_workplace.report.house import house, mixed
from academic_workplace.report.numerals import pupils_of
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("comparison")
TALLEST = 1.15  # of a bar, in inches
SIDE = 0.12  # of the picture, left and right
NAMED, COUNTED, AXIS = 0.2, 0.2, 0.5  # height of a line of words, of counts, and of the axis
NAME, NARROW_NAME = 80, 38  # letters on a line of a name
CHANCES = (0, 25, 50, 75, 100)
SAME = 1e-6  # weights that change a bar by no more than this share of the tallest change nothing
QUIET = 0.6  # of paper in the bars of the comparison: in grey lighter than those of who took part


@dataclass(frozen=True, slots=True)
class _Side:
    """One half of the overlap: its name, its bars (plain and weighted) over the highest, its note.

    up: -1 above the line, 1 below it.
    """

    name: list[str]  # lines of it
    note: str
    beside: bool  # whether the note fits beside the name, or comes below it
    counts: list[int]
    plain: list[float]
    weighted: list[float]
    up: int
    changed: bool  # whether weights make another outline

    @property
    def words(self) -> float:
        """How high its words are, in inches."""
        return NAMED * (len(self.name) + (not self.beside))

    @property
    def tall(self) -> float:
        return max(*self.plain, *self.weighted) * TALLEST


def _sides(
    found: Overlap, names: tuple[str, str], by: Text, language: str, *, narrow: bool
) -> tuple[_Side, _Side]:
    small, normal = SIZES[narrow]
    steps = [b - a for a, b in itertools.pairwise(found.edges.tolist())]
    counts = found.treated.tolist(), found.comparison.tolist()
    plain = [[n / sum(own) / w for n, w in zip(own, steps, strict=True)] for own in counts]
    shares = found.weight_treated.tolist(), found.weight_comparison.tolist()
    weighted = [[x / w for x, w in zip(own, steps, strict=True)] for own in shares]
    top = max(x for each in (*plain, *weighted) for x in each)
    changed = [differs(*each) for each in zip(plain, weighted, strict=True)]
    outlined = SAY["overlap.outlined"][language].format(by=by[language])
    notes = (
        f"▨ {SAY['overlap.alone'][language]}" if alone(found) else "",
        f"▭ {outlined}" if any(changed) else "",
    )
    room = (NARROW if narrow else WIDE) - 2 * SIDE - 0.2

    def side(i: int) -> _Side:
        fits = wide(names[i], normal, "bold") + wide(notes[i], small) < room
        name = textwrap.wrap(names[i], NARROW_NAME if narrow else NAME, max_lines=2)
        as_they_are, with_weights = ([x / top for x in each[i]] for each in (plain, weighted))
        return _Side(
            name, notes[i], len(name) == 1 and fits, counts[i], as_they_are, with_weights,
            (-1, 1)[i], changed[i],
        )  # fmt: skip

    return side(0), side(1)


def differs(plain: list[float], weighted: list[float]) -> bool:
    """Whether weights change any of these bars to the eye."""
    return any(abs(x - y) > SAME * max(plain) for x, y in zip(plain, weighted, strict=True))


def alone(found: Overlap) -> int:
    """How many of who took part have a chance that (almost) nobody in the comparison has."""
    return int(found.treated[found.comparison == 0].sum())


def overlap_picture(
    found: Overlap, names: tuple[str, str], by: Text, language: str, *, narrow: bool = False
) -> Figure:
    """Two histograms of the chance to take part: who did above the line, who did not below it.

    names: of the two groups. The area of a group is the same, whatever its size. The line around
    the bars is how much they count with weights.
    """
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    sides = _sides(found, names, by, language, narrow=narrow)
    height = sum(side.words + COUNTED + side.tall for side in sides) + AXIS
    figure = Figure(figsize=(NARROW if narrow else WIDE, height), facecolor=house().paper)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_ylim(height, 0)
    _draw_overlap(ax, found, sides, language, narrow=narrow)
    return figure


def _draw_overlap(
    ax: Axes, found: Overlap, sides: tuple[_Side, _Side], language: str, *, narrow: bool
) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    (small, normal), now = SIZES[narrow], house()
    above, below = sides
    width = NARROW if narrow else WIDE
    zero = above.words + COUNTED + above.tall
    foot = zero + below.tall + COUNTED
    ax.set_xlim(0, width)
    ax.axis("off")

    def at(chance: float) -> float:
        return SIDE + chance * (width - 2 * SIDE)

    edges = [at(edge) for edge in found.edges.tolist()]
    grey: dict[str, Any] = {"size": small, "color": now.soft, "va": "center"}
    for side, top in ((above, 0.0), (below, foot)):
        colour = now.accent if side is above else now.soft
        for i, line in enumerate(side.name):
            ax.text(at(0), top + NAMED * i + 0.1, line, size=normal, color=colour, weight="bold",
                    va="center")  # fmt: skip
        x, where = (at(1), "right") if side.beside else (at(0), "left")
        ax.text(x, top + side.words - 0.1, side.note, size=small, ha=where,
                color=now.second if side is above and alone(found) else now.ink, va="center")  # fmt: skip
        for b, n in enumerate(side.counts):
            if not n:
                continue
            ends = edges[b], edges[b + 1]
            _bar(ax, ends, zero, side.up * side.plain[b] * TALLEST, above=side is above,
                 alone=side is above and not below.counts[b])  # fmt: skip
            text, high = pupils_of(n, language), max(side.plain[b], side.weighted[b]) * TALLEST
            if wide(text, small) + 0.05 <= ends[1] - ends[0]:
                ax.text(sum(ends) / 2, zero + side.up * (high + 0.1), text, ha="center", **grey)
        if side.changed:
            steps = [zero + side.up * x * TALLEST for x in side.weighted for _ in (0, 1)]
            ax.plot([x for x in edges for _ in (0, 1)], [zero, *steps, zero], color=now.ink, lw=1.5,
                    zorder=4, solid_joinstyle="miter")  # fmt: skip
    ax.plot([at(0), at(1)], [zero] * 2, color=now.soft, lw=0.9, zorder=5)
    foot += below.words + 0.06
    ax.plot([at(0), at(1)], [foot] * 2, color=now.soft, lw=0.8)
    for chance in CHANCES:
        ax.plot([at(chance / 100)] * 2, [foot, foot + 0.04], color=now.soft, lw=0.8)
        ax.text(at(chance / 100), foot + 0.13, str(chance), ha="center", **grey)
    ax.text(0, foot + 0.32, SAY["overlap.small"][language], **grey)
    ax.text(width, foot + 0.32, SAY["overlap.large"][language], ha="right", **grey)


def _bar(
    ax: Axes, ends: tuple[float, float], zero: float, high: float, *, above: bool, alone: bool
) -> None:
    """One bar; of who has nobody to be compared with it is hatched."""
    from matplotlib.patches import Rectangle

    gap, now = 0.012, house()
    face = edge = now.accent if above else mixed(now.soft, now.paper, QUIET)
    face, edge = (now.paper, now.second) if alone else (face, edge)
    ax.add_patch(
        Rectangle((ends[0] + gap, zero), ends[1] - ends[0] - 2 * gap, high, facecolor=face,
                  edgecolor=edge, hatch="////" if alone else None, lw=0.8, zorder=2)
    )  # fmt: skip
