"""A map of small areas: classes told apart in grey as well, and every area named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from academic_workplace.cohorts.boundaries import Area, place_for_words
from academic_workplace.cohorts.neighbourhoods import AreaShare, NeighbourhoodMap
from academic_workplace.errors import dutch
from academic_workplace.report.document import Picture
from academic_workplace.report.figures.fitting import MORE, lines, widest, width
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.house import house
from academic_workplace.report.numerals import hidden, interval
from academic_workplace.report.wording import bounded, capital, joined, name_of
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

Floats = NDArray[np.float64]
Placed = Callable[[Floats], Floats]

SAY = phrases("neighbourhoods")
# One hue from light to dark: the order is that of grey. On the last two, words are white.
SHADES = ("#e3f0f2", "#abd2d8", "#6fb0ba", "#24788a", "#0b4553")
DARK = 3
TALLEST = {False: 5.6, True: 4.4}  # of the map itself, in inches
LINE_OF, LEGEND = 0.18, 0.26  # inches of a line of type and of a row of the legend
ACROSS = 1.95  # of the room about a place: how wide words may be
HALF_LINE = 0.07  # inches of half a line of words on the map
KEYED = 26  # areas that get a letter when their name does not fit; of more the table tells


def map_heading(found: NeighbourhoodMap, language: str) -> str:
    """Above the map."""
    dutch(language)  # refuses any third language
    event = name_of(found.event, found.labels, language)
    return capital(SAY["heading"][language].format(event=event))


def class_name(found: NeighbourhoodMap, i: int, language: str) -> str:
    """``10 tot 15``; the lowest and highest of given edges hold what lies beyond them too."""
    low, high = found.breaks[i], found.breaks[i + 1]
    digits = 0 if all(abs(100 * x - round(100 * x)) < 1e-9 for x in found.breaks) else 1
    return interval(100 * low, 100 * high, digits, language)


def _value(one: AreaShare, language: str) -> str:
    """The number of an area, or why it has none."""
    if one.empty:
        return SAY["nobody"][language]
    return hidden(language) if one.smoothed is None else bounded(one.smoothed, 100, 0, language)


def map_alternative(found: NeighbourhoodMap, language: str) -> str:
    """What the map shows, for who cannot see it: every number of it, by class."""

    def told(name: str, areas: Iterable[AreaShare], *, numbers: bool = True) -> list[str]:
        said = SAY["alternative.area"][language]
        own = [said.format(name=a.name, value=_value(a, language)) if numbers else a.name
               for a in areas]  # fmt: skip
        line = SAY["alternative.class"][language]
        return [line.format(**{"class": name, "areas": joined(own, language)})] if own else []

    parts = [f"{map_heading(found, language)}."]
    for i in range(len(found.breaks) - 1):
        here = [a for a in found.shown if found.class_of(a) == i]
        parts += told(class_name(found, i, language), here)
    several = [a for a in found.shown if found.class_of(a) is None]
    parts += told(capital(SAY["several"][language]), several)
    parts += told(capital(hidden(language)), [a for a in found if a.withheld], numbers=False)
    nobody = capital(SAY["nobody"][language])
    parts += told(nobody, [a for a in found if a.empty], numbers=False)
    return " ".join(parts)


# ---------------------------------------------------------------- where everything stands


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of words on the map. x, y: their middle, in units of the map."""

    x: float
    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A map in inches. scale: per unit of x; low: its corner; legend: rows of marks (where one
    starts, face, hatch, words); key: lines that name the areas with a letter; words: per area."""

    width: float
    height: float
    scale: float
    low: Floats
    left: float
    bottom: float
    heads: tuple[str, ...]
    legend: tuple[tuple[tuple[float, str, str, str], ...], ...]
    key: tuple[str, ...]
    words: Mapping[str, tuple[Words, ...]]


def _sheet(found: NeighbourhoodMap, language: str, *, narrow: bool) -> Sheet:
    full, small = NARROW if narrow else WIDE, SIZES[narrow][0]
    aspect = found.boundaries.aspect
    boxes = np.array([area.box for area in found.boundaries.areas])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    wide, tall = (high - low) * (1, aspect)
    scale = float(min((full - 0.04) / wide, TALLEST[narrow] / tall))
    heads = tuple(lines(map_heading(found, language), full - 0.18, small))
    legend = _legend(found, language, full, small)
    words, key = _words(found, language, scale, small)
    told = tuple(_packed(key, full - 0.18, small))
    bottom = LINE_OF * len(told) + (0.08 if told else 0) + LEGEND * len(legend) + 0.16
    height = LINE_OF * len(heads) + 0.12 + float(tall) * scale + bottom
    left = (full - float(wide) * scale) / 2
    return Sheet(full, height, scale, low, left, bottom, heads, legend, told, words)


def _packed(items: Sequence[str], room: float, small: float) -> list[str]:
    """As many items on a line as fit; one that is too long breaks."""
    out: list[str] = []
    for item in items:
        longer = f"{out[-1]} · {item}" if out else item
        if out and width(longer, small) <= room:
            out[-1] = longer
        else:
            out += lines(item, room, small)
    return out


def _legend(
    found: NeighbourhoodMap, language: str, full: float, small: float
) -> tuple[tuple[tuple[float, str, str, str], ...], ...]:
    """The marks there are, in rows."""
    paper = house().paper
    kinds = [
        (_shade(found, i), "", class_name(found, i, language)) for i in range(len(found.breaks) - 1)
    ]
    if any(a.smoothed is not None and found.class_of(a) is None for a in found):
        kinds.append((house().band, "xx", SAY["several"][language]))
    if any(a.withheld for a in found):
        kinds.append((paper, "////", hidden(language)))
    if any(a.empty for a in found):
        kinds.append((paper, "..", SAY["nobody"][language]))
    rows: list[list[tuple[float, str, str, str]]] = [[]]
    x = 0.02
    for face, hatch, words in kinds:
        needs = 0.34 + width(words, small) + 0.2
        if x + needs > full and rows[-1]:
            rows.append([])
            x = 0.02
        rows[-1].append((x, face, hatch, words))
        x += needs
    return tuple(map(tuple, rows))


def _shade(found: NeighbourhoodMap, i: int) -> str:
    """The colour of a class: as far apart as can be."""
    k = len(found.breaks) - 1
    places = {1: (1,), 2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4)}.get(k, tuple(range(5)))
    return SHADES[places[i]]


def _words(
    found: NeighbourhoodMap, language: str, scale: float, small: float
) -> tuple[dict[str, tuple[Words, ...]], list[str]]:
    """The words in every part of every area, and the names of those on which no name fits."""
    areas = {area.key: area for area in found.boundaries.areas}
    out: dict[str, tuple[Words, ...]] = {}
    key: list[str] = []
    unnamed = 0
    for one in found:
        value = "" if one.smoothed is None else _value(one, language)
        spots = [
            place_for_words(rings, found.boundaries.aspect) for rings in areas[one.key].polygons
        ]
        named = [_fitting(one.name, value, reach * scale, small) for _, _, reach in spots]
        if any(named):
            short = [own or _fitting("", value, reach * scale, small)
                     for own, (_, _, reach) in zip(named, spots, strict=True)]  # fmt: skip
        elif unnamed < KEYED:
            letter = ascii_lowercase[unnamed]
            said = SAY["key"][language]
            key.append(said.format(letter=letter, name=one.name, value=_value(one, language)))
            short = [_fitting(letter, value, reach * scale, small) or (letter,)
                     for _, _, reach in spots]  # fmt: skip
            unnamed += 1
        else:
            short = [_fitting("", value, reach * scale, small) for _, _, reach in spots]
            unnamed += 1
        out[one.key] = tuple(
            Words(x, y, told) for (x, y, _), told in zip(spots, short, strict=True) if told
        )
    if unnamed > KEYED:
        key.append(SAY["other_names"][language])
    return out, key


def _fitting(name: str, value: str, room: float, small: float) -> tuple[str, ...]:
    """Name and number within so many inches of their middle, on lines; none when they do not fit."""
    told = tuple(line for line in (*lines(name, ACROSS * room, small), value) if line)
    fits = widest(list(told), small) <= ACROSS * room and HALF_LINE * len(told) <= room
    return told if fits and not any(MORE in line for line in told) else ()


# ---------------------------------------------------------------- drawing


def map_figure(found: NeighbourhoodMap, language: str, *, narrow: bool = False) -> Figure:
    """The map with its classes below it."""
    from matplotlib.figure import Figure

    sheet = _sheet(found, language, narrow=narrow)
    figure = Figure(figsize=(sheet.width, sheet.height), facecolor=house().paper)
    _draw_map(figure.add_axes((0, 0, 1, 1)), found, language, narrow=narrow)
    return figure


def _draw_map(ax: Axes, found: NeighbourhoodMap, language: str, *, narrow: bool) -> None:
    """In inches from the bottom left; y is stretched so that lengths are equal both ways."""
    from matplotlib.patches import PathPatch, Rectangle

    now, small = house(), SIZES[narrow][0]
    sheet = _sheet(found, language, narrow=narrow)
    ax.set_xlim(0, sheet.width)
    ax.set_ylim(0, sheet.height)
    ax.set_aspect("equal")
    ax.axis("off")
    words: dict[str, Any] = {"size": small, "color": now.soft, "va": "center", "parse_math": False}
    for i, head in enumerate(sheet.heads):
        ax.text(0.02, sheet.height - 0.1 - LINE_OF * i, head, **words)

    def at(points: Floats) -> Floats:
        to = (sheet.scale, sheet.scale * found.boundaries.aspect)
        return np.asarray((points - sheet.low) * to + (sheet.left, sheet.bottom))

    areas = {area.key: area for area in found.boundaries.areas}
    for one in found:
        face, hatch = _look(found, one)
        path = _path(areas[one.key], at)
        ax.add_patch(PathPatch(path, fc=face, ec=now.soft, lw=0, hatch=hatch or None, zorder=1))
        ax.add_patch(PathPatch(path, fc="none", ec=now.ink, lw=0.7, zorder=2))
    for one in found:
        face, hatch = _look(found, one)
        ground = {"facecolor": now.paper, "lw": 0, "pad": 1} if hatch else None  # words, no lines
        colour = now.paper if face in SHADES[DARK:] else now.ink
        for told in sheet.words[one.key]:
            x, y = at(np.array([[told.x, told.y]]))[0]
            ax.text(float(x), float(y), "\n".join(told.lines), ha="center", linespacing=1.1,
                    bbox=ground, zorder=3, **(words | {"color": colour}))  # fmt: skip
    under = LINE_OF * len(sheet.key) + (0.08 if sheet.key else 0)
    for i, row in enumerate(sheet.legend):
        y = under + LEGEND * (len(sheet.legend) - 1 - i) + 0.05
        for x, face, hatch, said in row:
            ax.add_patch(Rectangle((x, y), 0.26, 0.15, fc=face, ec=now.soft, lw=0.6,
                                   hatch=hatch or None))  # fmt: skip
            ax.text(x + 0.33, y + 0.07, said, **(words | {"color": now.ink}))
    for i, line in enumerate(sheet.key):
        ax.text(0.02, LINE_OF * (len(sheet.key) - i - 0.5) + 0.02, line,
                **(words | {"color": now.ink}))  # fmt: skip


def _look(found: NeighbourhoodMap, one: AreaShare) -> tuple[str, str]:
    place = found.class_of(one)
    if place is not None:
        return _shade(found, place), ""
    if one.smoothed is not None:
        return house().band, "xx"
    return house().paper, ".." if one.empty else "////"


def _path(area: Area, at: Placed) -> Path:
    """All rings of an area as one path, so that holes stay open."""
    from matplotlib.path import Path

    points: list[Floats] = []
    codes: list[Any] = []
    for ring in (ring for rings in area.polygons for ring in rings):
        points.append(at(ring))
        codes += [Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY]
    return Path(np.concatenate(points), codes)


def plot_map(found: NeighbourhoodMap, language: str, ax: Axes | None) -> Axes:
    """The wide map on axes of the caller's (or new ones)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        sheet = _sheet(found, language, narrow=False)
        ax = pyplot.figure(figsize=(sheet.width, sheet.height)).add_axes((0, 0, 1, 1))
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
