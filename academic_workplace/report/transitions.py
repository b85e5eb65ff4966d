"""From advice to position, for readers: sentences, the matrix as a table, and a picture of flows."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from academic_workplace.disclosure import fewest
from academic_workplace.errors import dutch
from academic_workplace.intake.duo.levels import AdviceLevel, Track
from academic_workplace.intake.duo.regime import Advice
from academic_workplace.language import Text, default_language, same
from academic_workplace.report.document import (
    ACCENT,
    INK,
    LINE,
    PAPER,
    SOFT,
    SUN,
    Block,
    Paragraph,
    Picture,
    Table,
)
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, of_hundred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from academic_workplace.cohorts.transitions import Matrix, Share, TransitionBounds, Transitions

ADVICE = {
    Advice.FIRST: Text("eerste advies", "first advice"),
    Advice.TEST: Text("toetsadvies", "test advice"),
    Advice.FINAL: Text("definitieve advies", "final advice"),
}
EVERYONE = Text("alle leerlingen", "all pupils")
UNKNOWN = Text("niet bekend", "not known")
MOST_GROUPS = 4  # of which the sentences tell
SHORT = {
    AdviceLevel.PRO: "pro",
    AdviceLevel.VMBO_B: "basis",
    AdviceLevel.VMBO_K: "kader",
    AdviceLevel.VMBO_GT: "gt",
}
ON = "#c9d1d8"  # ribbons of who is on the advice: a quiet grey that print keeps
WITHHELD = Text(
    f"Een getal staat er niet als het over minder dan {fewest()} leerlingen gaat, of als zo'n getal"
    " eruit te berekenen is.",
    f"A number is left out when it is about fewer than {fewest()} pupils, or when such a number"
    " could be worked out from it.",
)
NOT_DRAWN = Text(
    f"Niet getekend: stromen van minder dan {fewest()} leerlingen, of die zo'n aantal verraden.",
    f"Not drawn: flows of fewer than {fewest()} pupils, or that would tell such a number.",
)
RULES = {
    "lowest": Text(
        "Bij een dubbel advies telt het laagste niveau: met een advies gt/havo is gt ‘op’ en havo"
        " ‘boven’ het advies. Een brugklas waar dat niveau in zit, is ‘op’ het advies.",
        "With a double advice the lowest level counts: with a gt/havo advice gt is ‘on’ and havo is"
        " ‘above’. A bridging class that holds that level is ‘on’.",
    ),
    "either": Text(
        "Bij een dubbel advies zijn beide niveaus ‘op’ het advies.",
        "With a double advice both levels are ‘on’ the advice.",
    ),
    "half steps": Text(
        "Een dubbel advies ligt tussen zijn twee niveaus in: met een advies gt/havo is gt ‘onder’"
        " en havo ‘boven’ het advies.",
        "A double advice lies between its two levels: with a gt/havo advice gt is ‘below’ and havo"
        " is ‘above’.",
    ),
}


# ---------------------------------------------------------------- sentences


def transitions_sentences(result: Transitions, language: str) -> str:
    """Every comparison of all pupils (or of the first groups), and what to know beside it."""
    nl = dutch(language)
    everyone = [share for share in result.shares if share.group == ()]
    groups: Sequence[tuple[str | None, ...]] = [()] if everyone else result.groups[:MOST_GROUPS]
    said: list[str] = []
    for group in groups:
        shares = [share for share in result.shares if share.group == group]
        sets = [shares[i : i + 3] for i in range(0, len(shares), 3)]
        told = [line for each in sets if (line := _sentence(each, result, language))]
        if group:
            name = group_name(group, language)
            said.append(f"{name[:1].upper()}{name[1:]}:")
        said += told or [
            "Er zijn te weinig leerlingen om iets te laten zien."
            if nl
            else "There are too few pupils to show anything."
        ]
    more = len(result.groups) - len(groups) if not everyone else 0
    if more > 0:
        said.append(f"De tabel toont nog {count(more, language)} andere groepen." if nl else (
            f"The table shows {count(more, language)} other groups."
        ))  # fmt: skip
    if any(share.low is not None for share in result.shares):
        said.append(
            "Tussen haakjes staan de waarschijnlijke grenzen."
            if nl
            else "The likely limits are in brackets."
        )
    if result.matrices:
        said.append(RULES[result.rule.value][language])
    said += [note[language] for note in result.notes]
    said += _cautions([s for s in result.shares if s.group in groups], language)
    if any(share.withheld for share in result.shares) and WITHHELD[language] not in said:
        said.append(WITHHELD[language])
    return " ".join(said)


def _cautions(shares: Sequence[Share], language: str) -> list[str]:
    from academic_workplace.cohorts.transitions import CAUTIONS, Caution

    found = {c for share in shares for c in share.cautions} - {Caution.NO_SPREAD}
    return [CAUTIONS[caution][language] for caution in Caution if caution in found]


def _sentence(shares: Sequence[Share], result: Transitions, language: str) -> str:
    """One comparison in hundreds of pupils; '' when nothing of it may be shown."""
    nl = dutch(language)
    below, on, above = shares
    if above.value is None and below.value is None:
        return ""
    advice = ADVICE[result.which][language]
    kind, year = above.contrast.value, above.year

    def hundred(share: Share) -> str:
        return _hundred(share, language)

    if kind == "position":
        long = ("boven hun", "op hun", "onder hun") if nl else ("above their", "on their",
                                                                "below their")  # fmt: skip
        short = ("erboven", "erop", "eronder") if nl else ("above it", "on it", "below it")
        were = "" if nl else " were"
        parts: list[str] = []
        for share, first, next_ in zip((above, on, below), long, short, strict=True):
            if share.value is not None:
                word = next_ if parts else f"{were} {first} {advice}".strip()
                parts.append(f"{hundred(share)} {word}")
        lead = (f"In leerjaar {year} zaten van elke 100 leerlingen er" if nl else
                f"In year {year}, of every 100 pupils")  # fmt: skip
        return f"{lead} {_listed(parts, nl)}."
    if kind == "test":
        lower = (f"bij {hundred(below)} het {advice} lager dan de toets" if nl else
                 f"{hundred(below)} had a {advice} below the test")  # fmt: skip
        higher = f"bij {hundred(above)} hoger" if nl else f"{hundred(above)} one above it"
        said = [w for w, s in ((lower, below), (higher, above)) if s.value is not None]
        if nl:
            said = said if below.value is not None else [f"{higher} dan de toets"]
            return f"Van elke 100 leerlingen was {_listed(said, nl)}."
        said = said if below.value is not None else [f"{hundred(above)} had one above the test"]
        return f"Of every 100 pupils {_listed(said, nl)}."
    if above.value is None:
        return ""
    if kind == "revision":
        if nl:
            return f"Van elke 100 leerlingen ging bij {hundred(above)} het eerste advies omhoog."
        return f"Of every 100 pupils the first advice of {hundred(above)} went up."
    if nl:
        return (f"Van elke 100 leerlingen met een toets boven het eerste advies kregen er"
                f" {hundred(above)} een hoger advies.")  # fmt: skip
    return (
        f"Of every 100 pupils with a test above the first advice {hundred(above)} got a higher one."
    )


def _listed(parts: Sequence[str], nl: bool) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {'en' if nl else 'and'} {parts[-1]}"


def _hundred(share: Share, language: str) -> str:
    """``39 (37 tot 42)``: out of a hundred, with the limits where there are any."""
    if share.value is None:
        return NONE
    n = of_hundred(share.value)
    told = "minder dan 1" if dutch(language) else "fewer than 1"
    text = told if n == 0 and share.count else str(n)
    if share.low is None or share.high is None:
        return text
    word = "tot" if dutch(language) else "to"
    return f"{text} ({of_hundred(share.low)} {word} {of_hundred(share.high)})"


def group_name(group: tuple[str | None, ...], language: str) -> str:
    """The labels of a group; who lacks one is named as such."""
    labels = [UNKNOWN[language] if label is None else label for label in group]
    return ", ".join(labels) or EVERYONE[language]


def bounds_sentences(result: TransitionBounds, language: str) -> str:
    """The shares of the first groups between their bounds, and why there are two numbers."""
    nl = dutch(language)
    advice = ADVICE[result.which][language]
    said = []
    for g, group in enumerate(result.groups[:MOST_GROUPS]):
        low, high = result.value.low[g], result.value.high[g]
        name = group_name(group, language)
        if math.isnan(low[0]):
            said.append(f"{name}: geen leerlingen." if nl else f"{name}: no pupils.")
            continue
        words = ("onder", "op", "boven") if nl else ("below", "on", "above")
        parts = [f"{_outwards(low[i], high[i], language)} {words[i]}" for i in (2, 1, 0)]
        said.append(
            f"{name[:1].upper()}{name[1:]}: van elke 100 leerlingen zaten er in leerjaar"
            f" {result.year} {_listed(parts, nl)} het {advice}."
            if nl
            else f"{name[:1].upper()}{name[1:]}: of every 100 pupils, in year {result.year},"
            f" {_listed(parts, nl)} the {advice}."
        )
    more = len(result.groups) - MOST_GROUPS
    if more > 0:
        said.append(f"De tabel toont nog {count(more, language)} andere groepen." if nl else (
            f"The table shows {count(more, language)} other groups."
        ))  # fmt: skip
    if result.hidden.any():
        said.append(
            "Waar twee getallen staan, verbergt DUO kleine aantallen: het echte getal ligt"
            " daartussen."
            if nl
            else "Where there are two numbers, DUO hides small counts: the real one lies between."
        )
    said.append(RULES[result.rule.value][language])
    return " ".join([*said, *(note[language] for note in result.notes)])


def _outwards(low: float, high: float, language: str) -> str:
    a, b = math.floor(round(100 * low, 9)), math.ceil(round(100 * high, 9))
    if low == high:
        return decimal(100 * low, 0, language)
    return f"{a} {'tot' if dutch(language) else 'to'} {b}"


# ---------------------------------------------------------------- tables


def shares_table(result: Transitions, language: str) -> Table:
    """A row per group and comparison: of every hundred pupils below, on and above."""
    nl = dutch(language)
    shares = list(result.shares)
    rows: list[tuple[str, ...]] = []
    for i in range(0, len(shares), 3):
        below, on, above = shares[i : i + 3]
        told = [_hundred(share, language) for share in (below, on, above)]
        pupils = next((s.pupils for s in (below, on, above) if s.pupils is not None), None)
        rows.append((_what(above, result, language), group_name(above.group, language),
                     count(pupils, language), *told))  # fmt: skip
    header: tuple[str, ...] = (
        ("Vergelijking", "Groep", "Leerlingen", "Lager", "Gelijk", "Hoger")
        if nl
        else ("Comparison", "Group", "Pupils", "Lower", "Equal", "Higher")
    )
    keep = [i for i in range(len(header)) if i != 1 or result.by]
    header = tuple(header[i] for i in keep)
    rows = [tuple(row[i] for i in keep) for row in rows]
    caption = (
        "Van elke 100 leerlingen, met de waarschijnlijke grenzen"
        if nl
        else "Of every 100 pupils, with the likely limits"
    )
    hides = any(share.withheld for share in shares)
    numeric = tuple(i >= len(header) - 4 for i in range(len(header)))
    return Table(caption, header, tuple(rows), numeric, WITHHELD[language] if hides else "")


def _what(share: Share, result: Transitions, language: str) -> str:
    nl, advice = dutch(language), ADVICE[result.which][language]
    kind = share.contrast.value
    if kind == "position":
        return (f"leerjaar {share.year} naast het {advice}" if nl else
                f"year {share.year} beside the {advice}")  # fmt: skip
    if kind == "test":
        return f"{advice} naast de toets" if nl else f"{advice} beside the test"
    if kind == "revision":
        return "definitief naast eerste advies" if nl else "final beside first advice"
    return (
        "definitief naast eerste advies, bij een hogere toets"
        if nl
        else "final beside first advice, with a higher test"
    )


def matrix_table(matrix: Matrix, which: Advice, language: str, *, hundreds: bool = False) -> Table:
    """The matrix from high to low; an advice whose total is withheld shows nothing at all.

    hundreds: of every hundred pupils with that advice.
    """
    nl = dutch(language)
    order, columns = top_down(matrix.advice), top_down(matrix.position)
    advice = ADVICE[which][language]
    corner = f"{advice[:1].upper()}{advice[1:]}"
    total = "Alle" if nl else "All"
    header = (corner, *(label(matrix.position[j], language) for j in columns), total)
    rows = []
    for i in (*order, len(matrix.advice)):
        name = label(matrix.advice[i], language) if i < len(matrix.advice) else total
        whole = matrix.counts[i, -1]
        few = math.isnan(whole) and i < len(matrix.advice)  # then zeros would tell as well
        cells = [
            NONE if few else _number(matrix.counts[i, j], whole, language, hundreds=hundreds)
            for j in columns
        ]
        rows.append((name, *cells, NONE if math.isnan(whole) else count(int(whole), language)))
    caption = (
        f"Van het {advice} naar leerjaar {matrix.year}"
        if nl
        else f"From the {advice} to year {matrix.year}"
    )
    if hundreds:
        caption += ", van elke 100 leerlingen" if nl else ", of every 100 pupils"
    if matrix.group:
        caption += f" ({group_name(matrix.group, language)})"
    hides = bool(np.isnan(matrix.counts).any())
    numeric = (False, *[True] * (len(header) - 1))
    return Table(caption, header, tuple(rows), numeric, WITHHELD[language] if hides else "")


def _number(n: float, whole: float, language: str, *, hundreds: bool) -> str:
    if math.isnan(n):
        return NONE
    if not hundreds:
        return count(int(n), language)
    return NONE if not whole > 0 else str(of_hundred(n / whole))


def label(track: Track, language: str, *, short: bool = False) -> str:
    """The name of a track; short: without vmbo, for a phone."""
    if not short or not track.levels:
        return track.label[language]
    return "/".join(SHORT.get(level, level.value.lower()) for level in track.levels)


def top_down(tracks: tuple[Track, ...]) -> list[int]:
    """Places of tracks from high to low; outside secondary school last."""
    levels = [i for i, track in enumerate(tracks) if track.levels]
    return levels[::-1] + [i for i, track in enumerate(tracks) if not track.levels]


def transitions_html(result: Transitions) -> str:
    """The shares and the matrices of everyone as tables for a notebook."""
    language = default_language()
    tables = [shares_table(result, language)]
    tables += [matrix_table(m, result.which, language) for m in result.matrices if not m.group]
    return "".join(
        notebook_table([same(head) for head in table.header], table.rows) for table in tables
    )


def bounds_html(result: TransitionBounds) -> str:
    """A row per group: the bounds of the three shares, in hundreds."""
    language = default_language()
    head = (Text("groep", "group"), Text("onder", "below"), Text("op", "on"),
            Text("boven", "above"), Text("verborgen aantallen", "hidden counts"))  # fmt: skip
    rows = []
    for g, group in enumerate(result.groups):
        low, high = result.value.low[g], result.value.high[g]
        told = [NONE if math.isnan(a) else _outwards(a, b, language)
                for a, b in zip(low, high, strict=True)]  # fmt: skip
        rows.append([group_name(group, language), *told, count(int(result.hidden[g]), language)])
    return notebook_table(head, rows)


def transitions_blocks(result: Transitions, language: str) -> tuple[Block, ...]:
    """For a report: the sentences, the picture of the last year, and the numbers beside them."""
    blocks: list[Block] = [Paragraph(transitions_sentences(result, language))]
    whole = [matrix for matrix in result.matrices if not matrix.group]
    for matrix in sorted(whole, key=lambda m: -m.year)[:1]:
        if drawable(matrix):
            blocks.append(transitions_block(matrix, result, language))
        blocks.append(matrix_table(matrix, result.which, language))
    return (*blocks, shares_table(result, language))


# ---------------------------------------------------------------- the picture

GAP, LEAST = 0.07, 0.2  # between two nodes, and the room that a label needs, in inches
PER_PAGE = {False: 3.3, True: 3.0}  # height of all pupils together, in inches
HEAD, BOTTOM = 0.34, 0.06
KEY = {False: 0.34, True: 0.72}  # height of the key
EDGES = {False: (1.85, 5.2), True: (1.05, 2.46)}  # where the left and the right bars stand
BAR = 0.1
NOTE = {False: 0.24, True: 0.42}
THIN = 0.02  # the thinnest ribbon, in inches


@dataclass(frozen=True, slots=True)
class Node:
    """A bar of the picture: the place of its track, its top and height in inches, and its label."""

    track: int
    top: float
    height: float
    name: str
    pupils: int | None


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Who goes from one bar to another. top: where it leaves and where it arrives."""

    move: str
    left: float
    right: float
    height: float
    pupils: int


def drawable(matrix: Matrix) -> bool:
    """Whether any ribbon may be drawn."""
    return bool((np.nan_to_num(matrix.counts[:-1, :-1]) >= fewest()).any())


def plot_transitions(matrix: Matrix, result: Transitions, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)
    if ax is None:
        from matplotlib import pyplot

        height = _layout(matrix, language, narrow=False)[3]
        ax = pyplot.figure(figsize=(WIDE, height)).add_axes((0, 0, 1, 1))
    _draw(ax, matrix, result, language, narrow=False)
    return ax


def transitions_picture(
    matrix: Matrix, result: Transitions, language: str, *, narrow: bool = False
) -> Figure:
    """Ribbons from every advice to every position, the numbers beside the bars."""
    from matplotlib.figure import Figure

    dutch(language)
    height = _layout(matrix, language, narrow=narrow)[3]
    figure = Figure(figsize=(NARROW if narrow else WIDE, height), facecolor=PAPER)
    _draw(figure.add_axes((0, 0, 1, 1)), matrix, result, language, narrow=narrow)
    return figure


def transitions_drawing(matrix: Matrix, result: Transitions, language: str) -> Drawing:
    """The picture for a notebook."""
    drawn = png(transitions_picture(matrix, result, language))
    return Drawing(drawn, transitions_alternative(matrix, result, language))


def transitions_block(matrix: Matrix, result: Transitions, language: str) -> Picture:
    """The picture for a page, with its alternative text."""
    advice = ADVICE[result.which][language]
    caption = (
        f"Van het {advice} naar leerjaar {matrix.year}"
        if dutch(language)
        else f"From the {advice} to year {matrix.year}"
    )
    caption += f". {RULES[result.rule.value][language]}"
    return in_both_widths(
        lambda narrow: transitions_picture(matrix, result, language, narrow=narrow),
        transitions_alternative(matrix, result, language),
        caption,
    )


def transitions_alternative(matrix: Matrix, result: Transitions, language: str) -> str:
    """What the picture shows, in words: every ribbon that is drawn, from high to low."""
    nl, advice = dutch(language), ADVICE[result.which][language]
    said = [
        f"Van het {advice} (links) naar leerjaar {matrix.year} (rechts)."
        if nl
        else f"From the {advice} (left) to year {matrix.year} (right)."
    ]
    for i in top_down(matrix.advice):
        told = [
            f"{label(matrix.position[j], language)} {count(int(matrix.counts[i, j]), language)}"
            for j in top_down(matrix.position)
            if matrix.counts[i, j] >= fewest()
        ]
        total = matrix.counts[i, -1]
        if not told or math.isnan(total):
            continue
        name = label(matrix.advice[i], language)
        who = f"{count(int(total), language)} {'leerlingen' if nl else 'pupils'}"
        said.append(f"{name} ({who}): {', '.join(told)}.")
    said.append(NOT_DRAWN[language])
    return " ".join(said)


def _layout(
    matrix: Matrix, language: str, *, narrow: bool
) -> tuple[list[Node], list[Node], list[Ribbon], float]:
    """Bars left and right, the ribbons between them, and the height of the picture."""
    n = np.where(matrix.counts[:-1, :-1] >= fewest(), matrix.counts[:-1, :-1], 0.0)
    n[np.isnan(matrix.counts[:-1, -1])] = 0  # an advice without a total has no bar
    totals = (matrix.counts[:-1, -1], matrix.counts[-1, :-1])
    heights = [np.where(np.isnan(t) | (t < fewest()), n.sum(axis=1 - side), t)
               for side, t in enumerate(totals)]  # fmt: skip
    inch = PER_PAGE[narrow] / max(heights[0].sum(), heights[1].sum(), 1.0)
    sides, deepest = [], 0.0
    for side, tracks in enumerate((matrix.advice, matrix.position)):
        nodes, y = [], HEAD + KEY[narrow]
        for i in top_down(tracks):
            tall = float(heights[side][i] * inch)
            if tall == 0:
                continue
            room = max(tall, LEAST)
            known = None if math.isnan(totals[side][i]) else int(totals[side][i])
            name = label(tracks[i], language, short=narrow).partition(" (")[0]
            nodes.append(Node(i, y + (room - tall) / 2, tall, name, known))
            y += room + GAP
        sides.append(nodes)
        deepest = max(deepest, y - GAP)
    for side, nodes in enumerate(sides):  # the shorter side stands in the middle
        if nodes:
            last = nodes[-1]
            end = last.top + last.height / 2 + max(last.height, LEAST) / 2
            down = (deepest - end) / 2
            sides[side] = [Node(v.track, v.top + down, v.height, v.name, v.pupils) for v in nodes]
    left, right = sides
    at_right = {node.track: node.top for node in right}
    ribbons = []
    for node in left:
        y = node.top
        for j in top_down(matrix.position):
            tall = float(n[node.track, j] * inch)
            if tall == 0:
                continue
            move = matrix.moves[node.track][j]
            ribbons.append(Ribbon("none" if move is None else move.value, y, at_right[j], tall,
                                  int(n[node.track, j])))  # fmt: skip
            y += tall
            at_right[j] += tall
    return left, right, ribbons, deepest + BOTTOM + NOTE[narrow]


STYLES = {  # face, hatch, order: told apart by lightness and by lines too
    "on": (ON, "", 1),
    "none": (LINE, "....", 1),
    "above": (ACCENT, "", 2),
    "below": (SUN, "/////", 3),
}


def _draw(ax: Axes, matrix: Matrix, result: Transitions, language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    nl = dutch(language)
    small, normal = SIZES[narrow]
    left, right, ribbons, height = _layout(matrix, language, narrow=narrow)
    width, (start, end) = NARROW if narrow else WIDE, EDGES[narrow]
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    advice = ADVICE[result.which][language]
    head: dict[str, Any] = {"size": normal, "color": INK, "weight": "bold", "va": "center"}
    top = KEY[narrow] + 0.13
    ax.text(start + BAR, top, f"{advice[:1].upper()}{advice[1:]}", ha="right", **head)
    ax.text(end, top, f"{'Leerjaar' if nl else 'Year'} {matrix.year}", **head)
    words = {
        "above": "boven het advies" if nl else "above the advice",
        "on": "op het advies" if nl else "on the advice",
        "below": "onder het advies" if nl else "below the advice",
    }
    for i, (move, word) in enumerate(words.items()):
        x, y = (0.02, 0.12 + 0.22 * i) if narrow else (0.08 + 2.36 * i, 0.12)
        face, hatch, _ = STYLES[move]
        ax.add_patch(Rectangle((x, y - 0.06), 0.26, 0.12, facecolor=face, hatch=hatch,
                               edgecolor=PAPER, lw=0))  # fmt: skip
        share = _told(matrix, result, move, language)
        ax.text(x + 0.34, y, f"{word}{share}", size=small, color=SOFT,
                va="center")  # fmt: skip
    middle = (start + BAR + end) / 2
    for ribbon in ribbons:
        face, hatch, order = STYLES[ribbon.move]
        a, b, h = ribbon.left, ribbon.right, ribbon.height
        if h < THIN:  # a line that print keeps, without an edge that would eat it
            a, b, h = a + (h - THIN) / 2, b + (h - THIN) / 2, THIN
        x0, x1 = start + BAR + 0.02, end - 0.02
        path = Path(
            [(x0, a), (middle, a), (middle, b), (x1, b), (x1, b + h), (middle, b + h),
             (middle, a + h), (x0, a + h), (x0, a)],
            [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, Path.CURVE4,
             Path.CURVE4, Path.CURVE4, Path.CLOSEPOLY],
        )  # fmt: skip
        ax.add_patch(PathPatch(path, facecolor=face, hatch=hatch if h > THIN else "", edgecolor=PAPER, lw=0.5 if h > 2 * THIN else 0, zorder=order))  # fmt: skip
    for side, nodes in enumerate((left, right)):
        for node in nodes:
            x, middle_y = (start, end)[side], node.top + node.height / 2
            ax.add_patch(Rectangle((x, node.top), BAR, node.height, facecolor=INK, lw=0))
            number = "" if node.pupils is None else count(node.pupils, language)
            spot = (x - 0.07, middle_y) if side == 0 else (x + BAR + 0.07, middle_y)
            ax.text(*spot, f"{node.name}  {number}".rstrip(), size=small, color=INK,
                    ha="right" if side == 0 else "left", va="center", parse_math=False)  # fmt: skip
    note = textwrap.fill(NOT_DRAWN[language], 52) if narrow else NOT_DRAWN[language]
    ax.text(0.02 if narrow else 0.08, height - NOTE[narrow] / 2, note, size=small, color=SOFT,
            va="center")  # fmt: skip


def _told(matrix: Matrix, result: Transitions, move: str, language: str) -> str:
    """How many of every hundred make this move; '' when that may not be shown."""
    found = [s for s in result.shares
             if (s.contrast.value, s.year, s.group, s.move.value)
             == ("position", matrix.year, matrix.group, move)]  # fmt: skip
    if not found or found[0].value is None:
        return ""
    n = of_hundred(found[0].value)
    return f": {n} van 100" if dutch(language) else f": {n} of 100"
