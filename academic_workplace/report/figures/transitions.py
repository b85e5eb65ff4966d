"""From advice to position as ribbons between two rows of bars."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from academic_workplace.disclosure import fewest
from academic_workplace.errors import dutch
from academic_workplace.intake.duo.levels import AdviceLevel, Track
from academic_workplace.language import Text
from academic_workplace.report.document import Picture
from academic_workplace.report.figures.fitting import lines, widest, width
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.house import house
from academic_workplace.report.numerals import of_hundred, pupils_of
from academic_workplace.report.wording import capital
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from academic_workplace.cohorts.transitions import Matrix, Transitions

SAY = phrases("transitions")
SHORT = {
    AdviceLevel.PRO: "pro",
    AdviceLevel.VMBO_B: "basis",
    AdviceLevel.VMBO_K: "kader",
    AdviceLevel.VMBO_GT: "gt",
}
MOVES = ("above", "on", "below")
GAP, LEAST = 0.07, 0.2  # between two bars, and the room that a label needs, in inches
PER_PAGE = {False: 3.3, True: 3.0}  # height of all pupils together, in inches
HEAD, BOTTOM = 0.34, 0.06
KEY = {False: 0.34, True: 0.72}  # height of the key
EDGES = {False: (1.85, 1.9), True: (0.6, 0.6)}  # the least room for words, left and right
BAR, APART = 0.1, 0.07  # of a bar, and between it and its words
LINE_OF = 0.17  # a further line of type
THIN = 0.02  # the thinnest ribbon, in inches
QUIET = "#c9d1d8"  # ribbons of who is on the advice: a grey that print keeps


@dataclass(frozen=True, slots=True)
class Node:
    """A bar of the picture: the place of its track, its top and height in inches, and its words."""

    track: int
    top: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Who goes from one bar to another. left, right: its top where it leaves and arrives."""

    move: str
    left: float
    right: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where all of it stands, in inches. start, end: the bars; note: lines below them."""

    left: tuple[Node, ...]
    right: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]
    start: float
    end: float
    head: tuple[str, ...]
    note: tuple[str, ...]
    height: float


def label(track: Track, language: str, *, short: bool = False) -> str:
    """The name of a track; short: without vmbo, for a phone."""
    if not short or not track.levels:
        return track.label[language]
    return "/".join(SHORT.get(level, level.value.lower()) for level in track.levels)


def top_down(tracks: tuple[Track, ...]) -> list[int]:
    """Places of tracks from high to low; outside secondary school last."""
    levels = [i for i, track in enumerate(tracks) if track.levels]
    return levels[::-1] + [i for i, track in enumerate(tracks) if not track.levels]


def drawable(matrix: Matrix) -> bool:
    """Whether any ribbon may be drawn."""
    return bool(_drawn(matrix).any())


def _drawn(matrix: Matrix) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(R, P) pupils of every ribbon, 0 where there is none."""
    return np.where(matrix.counts[:-1, :-1] >= fewest(), matrix.counts[:-1, :-1], 0.0)


def plot_transitions(matrix: Matrix, result: Transitions, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        height = _layout(matrix, result, language, narrow=False).height
        ax = pyplot.figure(figsize=(WIDE, height)).add_axes((0, 0, 1, 1))
    _draw(ax, matrix, result, language, narrow=False)
    return ax


def transitions_picture(
    matrix: Matrix, result: Transitions, language: str, *, narrow: bool = False
) -> Figure:
    """Ribbons from every advice to every position, the numbers beside the bars."""
    from matplotlib.figure import Figure

    dutch(language)  # refuses any third language
    height = _layout(matrix, result, language, narrow=narrow).height
    figure = Figure(figsize=(NARROW if narrow else WIDE, height), facecolor=house().paper)
    _draw(figure.add_axes((0, 0, 1, 1)), matrix, result, language, narrow=narrow)
    return figure


def transitions_drawing(matrix: Matrix, result: Transitions, language: str) -> Drawing:
    """The picture for a notebook."""
    drawn = png(transitions_picture(matrix, result, language))
    return Drawing(drawn, transitions_alternative(matrix, result, language))


def transitions_block(matrix: Matrix, result: Transitions, language: str) -> Picture:
    """The picture for a page, with its alternative text."""
    rule = SAY[f"rule.{result.rule.name.lower()}"][language]
    return in_both_widths(
        lambda narrow: transitions_picture(matrix, result, language, narrow=narrow),
        transitions_alternative(matrix, result, language),
        f"{_title(matrix, result, language)}. {rule}",
    )


def _title(matrix: Matrix, result: Transitions, language: str) -> str:
    said = SAY["matrix.caption_of_group" if matrix.group else "matrix.caption"][language]
    advice = SAY[f"advice.{result.which.value}"][language]
    return said.format(
        advice=advice, year=matrix.year, group=group_name(matrix.group, result.labels, language)
    )


def group_name(
    group: tuple[str | None, ...], labels: Mapping[str, Text], language: str
) -> str:  # fmt: skip
    """The labels of a group in readers' words; who lacks one is named as such."""
    parts = []
    for each in group:
        if each is None:
            parts.append(SAY["unknown"][language])
        else:
            parts.append(labels[each][language] if each in labels else each)
    return ", ".join(parts) or SAY["everyone"][language]


def transitions_alternative(matrix: Matrix, result: Transitions, language: str) -> str:
    """What the picture shows, in words: every ribbon that is drawn, from high to low."""
    of_group = "_of_group" if matrix.group else ""
    advice = SAY[f"advice.{result.which.value}"][language]
    said = [SAY[f"picture.alternative{of_group}"][language].format(advice=advice, year=matrix.year,
                                      group=group_name(matrix.group, result.labels, language))]  # fmt: skip
    n = _drawn(matrix)
    for i in top_down(matrix.advice):
        told = [f"{label(matrix.position[j], language)} {pupils_of(int(n[i, j]), language)}"
                for j in top_down(matrix.position) if n[i, j]]  # fmt: skip
        if told:
            name, whole = label(matrix.advice[i], language), matrix.counts[i, -1]
            if not math.isnan(whole):
                name = SAY["picture.pupils"][language].format(
                    name=name, pupils=pupils_of(int(whole), language)
                )
            flows = ", ".join(told)
            said.append(SAY["picture.flows"][language].format(name=name, flows=flows))
    parts = [_told(matrix, result, move, language) for move in MOVES]
    said.append(f"{capital('; '.join(parts))}.")
    return " ".join([*said, *_not_drawn(matrix, language)])


def _not_drawn(matrix: Matrix, language: str) -> list[str]:
    """How many pupils no ribbon stands for, and why; nothing when all are there."""
    whole, drawn = matrix.counts[-1, -1], float(_drawn(matrix).sum())
    if math.isnan(whole):
        return [SAY["picture.not_drawn"][language].format(minimum=fewest())]
    if whole == drawn:
        return []
    n = pupils_of(int(whole - drawn), language)
    return [SAY["picture.number_not_drawn"][language].format(n=n, minimum=fewest())]


def _told(matrix: Matrix, result: Transitions, move: str, language: str) -> str:
    """How many of every hundred make this move, or that it is not shown."""
    found = [s for s in result.shares
             if (s.contrast.value, s.year, s.group, s.move.value)
             == ("position", matrix.year, matrix.group, move)]  # fmt: skip
    if not found or found[0].value is None:
        return SAY[f"picture.hidden.{move}"][language]
    return SAY[f"picture.{move}"][language].format(n=of_hundred(found[0].value))


# ---------------------------------------------------------------- where everything stands


def _layout(matrix: Matrix, result: Transitions, language: str, *, narrow: bool) -> Layout:
    """Bars left and right, the ribbons between them, and the height of the picture."""
    small, normal = SIZES[narrow]
    full = NARROW if narrow else WIDE
    head = tuple(lines(capital(group_name(matrix.group, result.labels, language)), full - 0.1, normal, bold=True)
                 ) if matrix.group else ()  # fmt: skip
    note = tuple(line for said in _not_drawn(matrix, language)
                 for line in lines(said, full - 0.1, small))  # fmt: skip
    n = _drawn(matrix)
    totals = (matrix.counts[:-1, -1], matrix.counts[-1, :-1])
    heights = [np.where(np.isnan(t) | (t < fewest()), n.sum(axis=1 - side), t)
               for side, t in enumerate(totals)]  # fmt: skip
    inch = PER_PAGE[narrow] / max(heights[0].sum(), heights[1].sum(), 1.0)
    top = HEAD + KEY[narrow] + LINE_OF * len(head)
    sides: list[list[Node]] = []
    for tracks, tall, total in zip((matrix.advice, matrix.position), heights, totals, strict=True):
        sides.append(_bars(tracks, tall * inch, total, top, language, narrow=narrow))
    deepest = max([top, *(_bottom(nodes) for nodes in sides if nodes)])
    for side, nodes in enumerate(sides):  # the shorter side stands in the middle
        if nodes:
            down = (deepest - _bottom(nodes)) / 2
            sides[side] = [replace(node, top=node.top + down) for node in nodes]
    left, right = sides
    start = max(EDGES[narrow][0], APART + 0.03 + widest([v.words for v in left], small),
                width(_heads(matrix, result, language)[0], normal, bold=True) - BAR + 0.02)  # fmt: skip
    room = max(EDGES[narrow][1], APART + BAR + 0.03 + widest([v.words for v in right], small),
               width(_heads(matrix, result, language)[1], normal, bold=True) + 0.02)  # fmt: skip
    ribbons = _ribbons(matrix, n * inch, left, right)
    foot = BOTTOM + LINE_OF * len(note) + (0.08 if note else 0)
    return Layout(tuple(left), tuple(right), ribbons, start, full - room, head, note,
                  deepest + foot)  # fmt: skip


def _bars(
    tracks: tuple[Track, ...], tall: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    totals: np.ndarray[tuple[int, ...], np.dtype[np.float64]], top: float, language: str, *,
    narrow: bool,
) -> list[Node]:  # fmt: skip
    """The bars of one side, from high to low, the first at ``top``."""
    out, y = [], top
    for i in top_down(tracks):
        if tall[i] == 0:
            continue
        room = max(float(tall[i]), LEAST)
        name = label(tracks[i], language, short=narrow).partition(" (")[0]
        number = "" if math.isnan(totals[i]) else pupils_of(int(totals[i]), language)
        words = f"{name}  {number}".rstrip()
        out.append(Node(i, y + (room - float(tall[i])) / 2, float(tall[i]), words))
        y += room + GAP
    return out


def _bottom(nodes: list[Node]) -> float:
    last = nodes[-1]
    return last.top + last.height / 2 + max(last.height, LEAST) / 2


def _ribbons(
    matrix: Matrix, tall: np.ndarray[tuple[int, ...], np.dtype[np.float64]], left: list[Node],
    right: list[Node],
) -> tuple[Ribbon, ...]:  # fmt: skip
    """Ribbons leave and arrive from high to low, one below the other."""
    at_right = {node.track: node.top for node in right}
    out = []
    for node in left:
        y = node.top
        for j in top_down(matrix.position):
            h = float(tall[node.track, j])
            if h == 0:
                continue
            move = matrix.moves[node.track][j]
            out.append(Ribbon("none" if move is None else move.value, y, at_right[j], h))
            y += h
            at_right[j] += h
    return tuple(out)


def _heads(matrix: Matrix, result: Transitions, language: str) -> tuple[str, str]:
    """What stands above the bars."""
    advice = capital(SAY[f"advice.{result.which.value}"][language])
    return advice, SAY["picture.year"][language].format(year=matrix.year)


# ---------------------------------------------------------------- drawing


def _style(move: str) -> tuple[str, str, int]:
    """Face, hatch and order: told apart by lightness and by lines too."""
    now = house()
    return {
        "on": (QUIET, "", 1),
        "none": (now.line, "....", 1),
        "above": (now.accent, "", 2),
        "below": (now.second, "/////", 3),
    }[move]


def _draw(ax: Axes, matrix: Matrix, result: Transitions, language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    now, (small, normal) = house(), SIZES[narrow]
    at = _layout(matrix, result, language, narrow=narrow)
    ax.set_xlim(0, NARROW if narrow else WIDE)
    ax.set_ylim(at.height, 0)
    ax.axis("off")
    words: dict[str, Any] = {"size": small, "color": now.ink, "va": "center", "parse_math": False}
    head = words | {"size": normal, "weight": "bold"}
    down = LINE_OF * len(at.head)
    for i, line in enumerate(at.head):
        ax.text(0.02, 0.1 + LINE_OF * i, line, **head)
    top = down + KEY[narrow] + 0.13
    ax.text(at.start + BAR, top, _heads(matrix, result, language)[0], ha="right", **head)
    ax.text(at.end, top, _heads(matrix, result, language)[1], **head)
    for i, move in enumerate(MOVES):
        x, y = (0.02, 0.12 + 0.22 * i) if narrow else (0.08 + 2.36 * i, 0.12)
        face, hatch, _ = _style(move)
        ax.add_patch(Rectangle((x, down + y - 0.06), 0.26, 0.12, facecolor=face, hatch=hatch,
                               edgecolor=now.paper, lw=0))  # fmt: skip
        ax.text(x + 0.34, down + y, _told(matrix, result, move, language),
                **(words | {"color": now.soft}))  # fmt: skip
    middle = (at.start + BAR + at.end) / 2
    for ribbon in at.ribbons:
        face, hatch, order = _style(ribbon.move)
        a, b, h = ribbon.left, ribbon.right, ribbon.height
        if h < THIN:  # a line that print keeps, without an edge that would eat it
            a, b, h = a + (h - THIN) / 2, b + (h - THIN) / 2, THIN
        x0, x1 = at.start + BAR + 0.02, at.end - 0.02
        path = Path(
            [(x0, a), (middle, a), (middle, b), (x1, b), (x1, b + h), (middle, b + h),
             (middle, a + h), (x0, a + h), (x0, a)],
            [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, Path.CURVE4,
             Path.CURVE4, Path.CURVE4, Path.CLOSEPOLY],
        )  # fmt: skip
        ax.add_patch(PathPatch(path, facecolor=face, hatch=hatch if h > THIN else "",
                               edgecolor=now.paper, lw=0.5 if h > 2 * THIN else 0,
                               zorder=order))  # fmt: skip
    for x, nodes, side in ((at.start, at.left, "right"), (at.end, at.right, "left")):
        for node in nodes:
            ax.add_patch(Rectangle((x, node.top), BAR, node.height, facecolor=now.ink, lw=0))
            spot = x - APART if side == "right" else x + BAR + APART
            ax.text(spot, node.top + node.height / 2, node.words, ha=side, **words)
    for i, line in enumerate(at.note):
        y = at.height - BOTTOM - LINE_OF * (len(at.note) - i - 0.5)
        ax.text(0.02 if narrow else 0.08, y, line, **(words | {"color": now.soft}))
