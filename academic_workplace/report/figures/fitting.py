"""Words that fit in a picture: how wide they are, where they break, what is cut off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE = 0.16  # inches from one line of small type to the next
AIR = 0.04  # inches between two names
POINTS = 72  # to the inch
MORE = "…"


@lru_cache(maxsize=4096)
def width(words: str, size: float, *, bold: bool = False) -> float:
    """Inches that words take in the type of the pictures. size: in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    if not words:
        return 0.0
    font = FontProperties(size=size, weight="bold" if bold else "normal")
    wide, _, _ = text_to_path.get_text_width_height_descent(words, font, ismath=False)
    return float(wide) / POINTS


def widest(words: list[str], size: float, *, bold: bool = False) -> float:
    """Inches of the longest; 0 when there are none."""
    return max((width(each, size, bold=bold) for each in words), default=0.0)


def cut(words: str, room: float, size: float, *, bold: bool = False) -> str:
    """The words, or as much as fits in so many inches and an ellipsis."""
    if width(words, size, bold=bold) <= room:
        return words
    end = len(words) - 1
    while end > 1 and width(words[:end].rstrip() + MORE, size, bold=bold) > room:
        end -= 1
    return words[:end].rstrip() + MORE


def cut_inside(words: str, room: float, size: float) -> str:
    """As ``cut``, with the ellipsis in the middle: for names that begin alike."""
    if width(words, size) <= room:
        return words
    told = MORE
    for kept in range(len(words) - 1, 1, -1):
        end = words[len(words) - kept // 2 :].lstrip()
        told = f"{words[: kept - kept // 2].rstrip()}{MORE}{end}"
        if width(told, size) <= room:
            break
    return told


def lines(
    words: str, room: float, size: float, *, bold: bool = False, most: int = 99
) -> list[str]:  # fmt: skip
    """The words on lines of so many inches; what does not fit on ``most`` lines is cut off."""
    out: list[str] = []
    for word in words.split():
        longer = f"{out[-1]} {word}" if out else word
        if out and width(longer, size, bold=bold) <= room:
            out[-1] = longer
        else:
            out.append(word)
    if len(out) > most:
        out = [*out[: most - 1], " ".join(out[most - 1 :])]
    return [cut(line, room, size, bold=bold) for line in out]


def short_year(place: str) -> str:
    """``2018-2019`` as ``18-19``: a school year that stands under an axis."""
    if len(place) == 9 and place[4] in "-/" and (place[:4] + place[5:]).isdigit():
        return f"{place[2:4]}-{place[7:]}"
    return place


def room_for_names(names: Sequence[str], most: float, size: float) -> float:
    """Inches beside a picture for the names of its lines, each broken within ``most`` inches."""
    told = [line for name in names for line in lines(name, most, size)]
    return 0.2 + widest(told, size) if told else 0.15


def name_ends(
    ax: Axes, ends: Sequence[tuple[float, str, str]], most: float, size: float
) -> None:  # fmt: skip
    """The name of every line beside its end, none over another. ends: value, name, colour."""
    low, high = ax.get_ylim()
    inches = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).height
    inch = (high - low) / inches  # in the units of the axis
    told = [lines(name, most, size, most=5) for _, name, _ in ends]
    heights = [(LINE * len(each) + AIR) * inch for each in told]
    centres = apart([value for value, _, _ in ends], heights, low - 0.1 * inch, high + 0.2 * inch)
    for y, each, (_, _, colour) in zip(centres, told, ends, strict=True):
        ax.annotate("\n".join(each), (1, y), xycoords=("axes fraction", "data"), xytext=(7, 0),
                    textcoords="offset points", size=size, color=colour, va="center",
                    annotation_clip=False, linespacing=1.1)  # fmt: skip


def apart(
    wanted: Sequence[float], heights: Sequence[float], low: float, high: float
) -> list[float]:
    """Centres near those wanted and between the limits, of things that do not stand in another.

    >>> apart([1.0, 1.0, 5.0], [1.0, 1.0, 1.0], 0.0, 9.0)
    [0.5, 1.5, 5.0]
    """
    blocks: list[tuple[float, float, list[int]]] = []  # centre, height, and whose
    for i in sorted(range(len(wanted)), key=lambda i: wanted[i]):
        half = heights[i] / 2
        blocks.append((min(max(wanted[i], low + half), high - half), heights[i], [i]))
        while len(blocks) > 1 and _touch(blocks[-2], blocks[-1]):
            (b, tall_b, of_b), (a, tall_a, of_a) = blocks.pop(), blocks.pop()
            tall = tall_a + tall_b
            centre = (a * len(of_a) + b * len(of_b)) / (len(of_a) + len(of_b))
            centre = max(min(centre, high - tall / 2), low + tall / 2)
            blocks.append((centre, tall, of_a + of_b))
    out = [0.0] * len(wanted)
    for centre, tall, members in blocks:
        at = centre - tall / 2
        for i in members:
            out[i] = at + heights[i] / 2
            at += heights[i]
    return out


def _touch(below: tuple[float, float, list[int]], above: tuple[float, float, list[int]]) -> bool:
    return below[0] + below[1] / 2 > above[0] - above[1] / 2 + 1e-12
