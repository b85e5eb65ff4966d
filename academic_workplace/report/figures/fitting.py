"""Words that fit in a picture: how wide they are, where they break, what is cut off."""

from __future__ import annotations

from functools import lru_cache

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
