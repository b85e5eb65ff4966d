"""A map of small areas in words, a picture and a table: classes told apart in grey as well."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from academic_workplace.cohorts.boundaries import Area, place_for_words
from academic_workplace.cohorts.neighbourhoods import AreaShare, NeighbourhoodMap
from academic_workplace.errors import dutch
from academic_workplace.language import Text, default_language
from academic_workplace.report.document import (
    BAND,
    INK,
    PAPER,
    SOFT,
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
from academic_workplace.report.numerals import NONE, count, decimal, interval
from academic_workplace.report.schools import NAMED, bounded, joined, name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

Placed = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# One hue from light to dark: the order is that of grey. On the last two, words are white.
SHADES = ("#e3f0f2", "#abd2d8", "#6fb0ba", "#24788a", "#0b4553")
DARK = 3
LETTER = 0.066  # inches a letter takes, as drawn
TALLEST = {False: 5.6, True: 4.4}  # of the map itself, in inches
NO_REASON = Text(
    "De kaart laat zien waar verschillen zijn, en niet waar ze vandaan komen. Zij zegt niets over"
    " één leerling.",
    "The map shows where there are differences, and not where they come from. It says nothing about"
    " any one pupil.",
)
HIDDEN = Text("niet getoond", "not shown")
NOBODY = Text("geen leerlingen", "no pupils")
SEVERAL = Text("hangt af van verborgen aantallen", "depends on hidden counts")


def map_sentence(found: NeighbourhoodMap, language: str) -> str:
    """The share of all, how far areas lie apart, how they were drawn in, what is not shown."""
    nl, out = dutch(language), []
    event = name_of(found.event, found.labels, language)
    share = bounded(found.share, 100, 0, language)
    out.append(
        f"Van de 100 leerlingen geldt {event} voor {share}, over alle gebieden samen."
        if nl
        else f"Of 100 pupils {event} holds for {share}, over all areas together."
    )
    shown = [a.smoothed for a in found.shown if a.smoothed is not None]
    if shown and found.rho.high > 0:
        low = decimal(100 * min(float(b.low) for b in shown), 0, language)
        high = decimal(100 * max(float(b.high) for b in shown), 0, language)
        out.append(
            f"In de getoonde gebieden loopt dat van {low} tot {high}."
            if nl
            else f"In the areas that are shown it runs from {low} to {high}."
        )
    if shown and found.rho.high == 0:
        out.append(
            "De gebieden verschillen niet meer van elkaar dan door toeval: ze krijgen daarom"
            " allemaal hetzelfde getal."
            if nl
            else "The areas differ no more than by chance, so they all get the same number."
        )
    elif shown:
        out.append(
            "Elk gebied is naar het gemiddelde getrokken, en een gebied met weinig leerlingen het"
            " meest: over weinig leerlingen is weinig zeker."
            if nl
            else "Every area is drawn in to the average, most of all one with few pupils: little is"
            " sure about few pupils."
        )
    n = sum(a.withheld for a in found)
    if n:
        areas = ("1 gebied" if n == 1 else f"{count(n, language)} gebieden") if nl else (
            "1 area" if n == 1 else f"{count(n, language)} areas"
        )  # fmt: skip
        out.append(
            f"Over {areas} tonen we niets: dat zou iets zeggen over minder dan 10 leerlingen."
            if nl
            else f"Of {areas} nothing is shown: that would tell of fewer than 10 pupils."
        )
    return " ".join([*out, NO_REASON[language]])


def map_heading(found: NeighbourhoodMap, language: str) -> str:
    """Above the map."""
    event = name_of(found.event, found.labels, language)
    return (
        f"{event}: van de 100 leerlingen, per gebied (naar het gemiddelde getrokken)"
        if dutch(language)
        else f"{event}: of 100 pupils, per area (drawn in to the average)"
    )


def class_name(found: NeighbourhoodMap, i: int, language: str) -> str:
    """``10 tot 15``; the lowest and highest of given edges hold what lies beyond them too."""
    low, high = found.breaks[i], found.breaks[i + 1]
    digits = 0 if all(abs(100 * x - round(100 * x)) < 1e-9 for x in found.breaks) else 1
    return interval(100 * low, 100 * high, digits, language)


def map_figure(found: NeighbourhoodMap, language: str, *, narrow: bool = False) -> Figure:
    """The map with its classes below it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_size(found, language, narrow=narrow), facecolor=PAPER)
    _draw_map(figure.add_axes((0, 0, 1, 1)), found, language, narrow=narrow)
    return figure


def _heads(found: NeighbourhoodMap, language: str, *, narrow: bool) -> list[str]:
    return textwrap.wrap(map_heading(found, language), 50 if narrow else 104)


def _scale(
    found: NeighbourhoodMap, *, narrow: bool
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Inches per unit of x, and the corners of all areas together."""
    boxes = np.array([area.box for area in found.boundaries.areas])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    wide, tall = (high - low) * (1, found.boundaries.aspect)
    room = (NARROW if narrow else WIDE) - 0.04
    return float(min(room / wide, TALLEST[narrow] / tall)), low, high


def _size(found: NeighbourhoodMap, language: str, *, narrow: bool) -> tuple[float, float]:
    scale, low, high = _scale(found, narrow=narrow)
    tall = float(high[1] - low[1]) * found.boundaries.aspect * scale
    heads = 0.18 * len(_heads(found, language, narrow=narrow))
    rows = _legend_rows(found, language, narrow=narrow)
    return (NARROW if narrow else WIDE), heads + 0.12 + tall + 0.16 + 0.26 * len(rows)


def _kinds(found: NeighbourhoodMap, language: str) -> list[tuple[str, str, str]]:
    """The marks of the legend: face, hatch and words; only those there are."""
    out = [
        (_shade(found, i), "", class_name(found, i, language)) for i in range(len(found.breaks) - 1)
    ]
    if any(a.smoothed is not None and found.class_of(a) is None for a in found):
        out.append((BAND, "xx", SEVERAL[language]))
    if any(a.withheld for a in found):
        out.append((PAPER, "////", HIDDEN[language]))
    if any(a.empty for a in found):
        out.append((PAPER, "..", NOBODY[language]))
    return out


def _legend_rows(
    found: NeighbourhoodMap, language: str, *, narrow: bool
) -> list[list[tuple[float, str, str, str]]]:
    """Per row: where a mark starts, its face, hatch and words."""
    width = NARROW if narrow else WIDE
    rows: list[list[tuple[float, str, str, str]]] = [[]]
    x = 0.02
    for face, hatch, words in _kinds(found, language):
        needs = 0.34 + LETTER * len(words) + 0.16
        if x + needs > width and rows[-1]:
            rows.append([])
            x = 0.02
        rows[-1].append((x, face, hatch, words))
        x += needs
    return rows


def _shade(found: NeighbourhoodMap, i: int) -> str:
    """The colour of a class: as far apart as can be."""
    k = len(found.breaks) - 1
    places = {1: (1,), 2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4)}.get(k, tuple(range(5)))
    return SHADES[places[i]]


def _draw_map(ax: Axes, found: NeighbourhoodMap, language: str, *, narrow: bool) -> None:
    """In inches from the bottom left; y is stretched so that lengths are equal both ways."""
    from matplotlib.patches import PathPatch, Rectangle

    small, _ = SIZES[narrow]
    width, height = _size(found, language, narrow=narrow)
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.set_aspect("equal")
    ax.axis("off")
    for i, head in enumerate(_heads(found, language, narrow=narrow)):
        ax.text(0, height - 0.1 - 0.18 * i, head, size=small, color=SOFT, va="center")
    scale, low, high = _scale(found, narrow=narrow)
    rows = _legend_rows(found, language, narrow=narrow)
    aspect = found.boundaries.aspect
    left = (width - float(high[0] - low[0]) * scale) / 2
    bottom = 0.26 * len(rows) + 0.16

    def at(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((points - low) * (scale, scale * aspect) + (left, bottom))

    areas = {area.key: area for area in found.boundaries.areas}
    for one in found:
        face, hatch = _look(found, one)
        path = _path(areas[one.key], at)
        ax.add_patch(PathPatch(path, fc=face, ec=SOFT, lw=0, hatch=hatch or None, zorder=1))
        ax.add_patch(PathPatch(path, fc="none", ec=INK, lw=0.7, zorder=2))
    for one in found:
        _words(ax, found, one, areas[one.key], at, scale, language, small)
    for i, row in enumerate(rows):
        y = 0.26 * (len(rows) - 1 - i) + 0.05
        for x, face, hatch, words in row:
            ax.add_patch(Rectangle((x, y), 0.26, 0.15, fc=face, ec=SOFT, lw=0.6,
                                   hatch=hatch or None))  # fmt: skip
            ax.text(x + 0.33, y + 0.07, words, size=small, color=INK, va="center")


def _look(found: NeighbourhoodMap, one: AreaShare) -> tuple[str, str]:
    place = found.class_of(one)
    if place is not None:
        return _shade(found, place), ""
    if one.smoothed is not None:
        return BAND, "xx"
    return PAPER, ".." if one.empty else "////"


def _path(area: Area, at: Placed) -> Path:
    """All rings of an area as one path, so that holes stay open."""
    from matplotlib.path import Path

    points, codes = [], []
    for ring in (ring for rings in area.polygons for ring in rings):
        points.append(at(ring))
        codes += [Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY]
    return Path(np.concatenate(points), codes)


def _words(
    ax: Axes, found: NeighbourhoodMap, one: AreaShare, area: Area, at: Placed, scale: float,
    language: str, small: float,
) -> None:  # fmt: skip
    """In every part the name and the number where they fit, else the number, else nothing."""
    from matplotlib.patheffects import withStroke

    value = "" if one.smoothed is None else bounded(one.smoothed, 100, 0, language)
    shade, hatch = _look(found, one)
    halo = [withStroke(linewidth=2.6, foreground=PAPER)] if hatch else None
    for rings in area.polygons:
        x, y, reach = place_for_words(rings, found.boundaries.aspect)
        lines = _fitting(one.name, value, reach * scale)
        if lines:
            place = at(np.array([[x, y]]))[0]
            ax.text(float(place[0]), float(place[1]), "\n".join(lines), size=small,
                    color=PAPER if shade in SHADES[DARK:] else INK, ha="center", va="center",
                    linespacing=1.1, path_effects=halo, zorder=3)  # fmt: skip


def _fitting(name: str, value: str, room: float) -> list[str]:
    """The lines that fit within so many inches of their middle."""
    words = textwrap.wrap(name, max(8, int(2.2 * room / LETTER)), break_long_words=False)
    for lines in ([*words, value], words if not value else [], [value]):
        lines = [line for line in lines if line]
        wide = LETTER * max(map(len, lines), default=0) / 2
        if lines and wide <= 1.1 * room and 0.075 * len(lines) <= room:
            return lines
    return []


def map_alternative(found: NeighbourhoodMap, language: str) -> str:
    """What the map shows, for who cannot see it: every number of it, by class."""
    parts = [f"{map_heading(found, language)}."]
    for i in range(len(found.breaks) - 1):
        own = [
            f"{a.name} ({bounded(a.smoothed, 100, 0, language)})"
            for a in found.shown
            if found.class_of(a) == i
        ]
        if own:
            parts.append(f"{class_name(found, i, language)}: {joined(own, language)}.")
    rest = {
        SEVERAL: [
            f"{a.name} ({bounded(a.smoothed, 100, 0, language)})"
            for a in found.shown
            if found.class_of(a) is None
        ],
        HIDDEN: [a.name for a in found if a.withheld],
        NOBODY: [a.name for a in found if a.empty],
    }
    for words, own in rest.items():
        if own:
            word = words[language]
            parts.append(f"{word[:1].upper()}{word[1:]}: {joined(own, language)}.")
    return " ".join(parts)


def plot_map(found: NeighbourhoodMap, language: str, ax: Axes | None) -> Axes:
    """The wide map on axes of the caller's (or new ones)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=_size(found, language, narrow=False)).add_axes((0, 0, 1, 1))
    _draw_map(ax, found, language, narrow=False)
    return ax


def map_drawing(found: NeighbourhoodMap, language: str) -> Drawing:
    """For a notebook."""
    return Drawing(png(map_figure(found, language)), map_alternative(found, language))


def map_picture(found: NeighbourhoodMap, language: str) -> Picture:
    """For a report, wide and for a phone."""

    def draw(narrow: bool) -> Figure:
        return map_figure(found, language, narrow=narrow)

    return in_both_widths(draw, map_alternative(found, language), map_heading(found, language))


def map_table(found: NeighbourhoodMap, language: str) -> Table:
    """A row per area, by name."""
    nl = dutch(language)
    header = ("Gebied" if nl else "Area", "Leerlingen" if nl else "Pupils",
              "Geteld, van de 100" if nl else "Counted, of 100",
              "Op de kaart" if nl else "On the map", "95%-interval" if nl else "95% interval")  # fmt: skip
    rows = []
    for a in found:
        if a.smoothed is None:
            word = (NOBODY if a.empty else HIDDEN)[language]
            rows.append((a.name, word, NONE, NONE, NONE))
            continue
        span = NONE if a.low is None or a.high is None else interval(
            100 * a.low, 100 * a.high, 0, language
        )  # fmt: skip
        rows.append((a.name, bounded(a.pupils, 1, 0, language), bounded(a.share, 100, 0, language),
                     bounded(a.smoothed, 100, 0, language), span))  # fmt: skip
    note = (
        "Op de kaart: empirical Bayes (bèta-binomiaal, spreiding tussen gebieden uit momenten;"
        " Kleinman, 1973, zoals Marshall, 1991). Het interval neemt die spreiding als bekend."
        if nl
        else "On the map: empirical Bayes (beta-binomial, spread between areas from moments;"
        " Kleinman, 1973, as in Marshall, 1991). The interval takes that spread as known."
    )
    caption = "Gebieden op volgorde van naam" if nl else "Areas in order of name"
    return Table(caption, header, tuple(rows), (False, True, True, True, True), note)


def map_blocks(found: NeighbourhoodMap, language: str) -> list[Block]:
    """The sentences, the map and the table, for a report."""
    return [Paragraph(map_sentence(found, language)), map_picture(found, language),
            map_table(found, language)]  # fmt: skip


def map_notebook(found: NeighbourhoodMap) -> str:
    """The table below the sentences in a notebook."""
    nl, en = (map_table(found, language) for language in ("nl", "en"))
    head = [Text(a, b) for a, b in zip(nl.header, en.header, strict=True)]
    rows = (nl if default_language() == "nl" else en).rows
    more = (len(rows) - NAMED, Text("gebied", "area"), Text("gebieden", "areas"))
    return notebook_table(head, rows[:NAMED], more)
