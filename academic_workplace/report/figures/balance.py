"""The love plot: how far apart the groups were per characteristic, and how far they are now."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from academic_workplace.errors import dutch
from academic_workplace.evidence.balance import (
    ADJUSTABLE,
    AT_THE_LINE,
    EQUAL,
    BaselineVerdict,
    baseline_verdict,
)
from academic_workplace.language import Text
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, as_written
from academic_workplace.report.house import house, mixed
from academic_workplace.report.numerals import decimal, hidden
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("comparison")
ZONES = {
    BaselineVerdict.SATISFIED: SAY["zone.satisfied"],
    BaselineVerdict.ADJUST: SAY["zone.adjust"],
    BaselineVerdict.NOT: SAY["zone.not"],
}
LEFT, RIGHT = 2.5, 5.62  # of the scale on a page, in inches
NARROW_LEFT, NARROW_RIGHT = 0.22, NARROW - 0.2  # and on a phone, where it has a line of its own
WITHOUT, WITH = 6.32, 7.0  # where the numbers end
LABEL, NARROW_LABEL = 36, 37  # letters on a line of a label
ONE_LINE, MORE_LINES = 0.24, 0.15  # of height, and for each further line of a label
APART = 0.06  # on a phone: room above a label, so that it belongs to the marks below it
MARKS = 0.22  # on a phone: height of the line of marks under a label
HEAD, NAMES, BELOW = 0.42, 0.24, 0.24  # words of the zones, names of the marks, numbers below
TALL = 0.135  # of a line of type
BEARING = 0.03  # of a letter at its sides
FARTHEST = 1.0  # of the scale: what lies beyond stands at the edge, with an arrow
LEAST = 0.4
GROUND = 0.18  # of the accent behind what is almost equal; a small difference has the lighter band
BESIDE = 0.06  # inches: marks nearer than this would hide each other


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the love plot: how far apart without and with weights, never below 0."""

    label: str
    before: float | None
    after: float | None
    hidden: bool = False


def near_a_limit(x: float | None, language: str) -> str:
    """Two decimals, or as many more as show on which side of a limit a difference lies."""
    near = (line for line in (EQUAL, ADJUSTABLE) if x is not None and round(abs(x), 2) == line)
    line = next(near, None)
    if x is None or line is None or abs(x) <= line + AT_THE_LINE:
        return decimal(x, 2, language)
    return decimal(x, next((d for d in (3, 4, 5) if round(abs(x), d) > line), 2), language)


def names_of(by: Text, language: str) -> tuple[str, str]:
    """What the two marks are called: without and with what made the groups alike."""
    before, after = (SAY[f"mark.{which}"][language] for which in ("before", "after"))
    return before.format(by=by[language]), after.format(by=by[language])


def _why(row: Line, language: str) -> str:
    """Why a row has no numbers."""
    return hidden(language) if row.hidden else SAY["mark.unknown"][language]


def love_picture(
    rows: Sequence[Line], by: Text | None, language: str, *, narrow: bool = False
) -> Figure:
    """How far apart the arms were per characteristic, and how far they are with weights.

    by: what made them alike; None when nothing did and there are no second marks.
    """
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    size = (NARROW if narrow else WIDE, _love_height(rows, by, narrow=narrow))
    figure = Figure(figsize=size, facecolor=house().paper)
    _draw_love(figure.add_axes((0, 0, 1, 1)), rows, by, language, narrow=narrow)
    return figure


def _label(row: Line, *, narrow: bool) -> list[str]:
    width = NARROW_LABEL if narrow else LABEL
    return textwrap.wrap(row.label, width, max_lines=2, placeholder=" …") or [""]


def _row_height(row: Line, *, narrow: bool) -> float:
    height = ONE_LINE + MORE_LINES * (len(_label(row, narrow=narrow)) - 1)
    if not narrow:
        return height
    return height + APART + (MARKS if _has_marks(row) else 0)


def _has_marks(row: Line) -> bool:
    return row.before is not None or row.after is not None


def _love_height(rows: Sequence[Line], by: Text | None, *, narrow: bool) -> float:
    return HEAD + (NAMES if by else 0.06) + sum(_row_height(r, narrow=narrow) for r in rows) + BELOW


def _draw_love(
    ax: Axes, rows: Sequence[Line], by: Text | None, language: str, *, narrow: bool
) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    small, now = SIZES[narrow][0], house()
    width, height = NARROW if narrow else WIDE, _love_height(rows, by, narrow=narrow)
    left, right = (NARROW_LEFT, NARROW_RIGHT) if narrow else (LEFT, RIGHT)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    values = [x for row in rows for x in (row.before, row.after) if x is not None]
    end = min(FARTHEST, max([LEAST, *(1.05 * x for x in values)]))

    def at(x: float) -> float:
        return left + min(x, end) / end * (right - left)

    grey: dict[str, Any] = {"size": small, "color": now.soft}
    bottom = height - BELOW
    if not narrow:
        _bands(ax, at, HEAD, bottom)
    for x in (EQUAL, ADJUSTABLE):
        ax.text(at(x), bottom + 0.12, decimal(x, 2, language), ha="center", va="center", **grey)
    _zones(ax, at, language, grey)
    if by and not narrow:
        for x, name, colour in zip(
            (WITHOUT, WITH), names_of(by, language), (now.soft, now.accent), strict=True
        ):
            _head(ax, x, name.replace(" ", "\n", 1), "right", size=small, color=colour)
    elif not narrow:
        _head(ax, WITHOUT, SAY["mark.difference"][language], "right", **grey)
    y = HEAD + (NAMES if by else 0.06)
    first = next((r for r in rows if r.before is not None and r.after is not None), None)
    if by and first is not None and first.before is not None and first.after is not None:
        _name_marks(ax, at(first.before), at(first.after), by, y - 0.1, width, language, small)
    for row in rows:
        step = _row_height(row, narrow=narrow)
        label = _label(row, narrow=narrow)
        line_y = y + (step - MARKS / 2 - 0.02 if narrow else step / 2)
        label_y = y + APART + 0.11 if narrow else line_y
        if narrow and _has_marks(row):  # no band behind the letters
            _bands(ax, at, line_y - MARKS / 2, line_y + MARKS / 2 - 0.01)
        ax.text(0, label_y if not narrow else y + APART + 0.05, "\n".join(label), size=small, color=now.ink,
                va="top" if narrow else "center", linespacing=1.1)  # fmt: skip
        _love_marks(ax, row, at, end, line_y)
        _love_numbers(ax, row, label_y, language, narrow=narrow)
        y += step


def _bands(ax: Axes, at: Callable[[float], float], top: float, bottom: float) -> None:
    """The three zones: almost equal, a small difference, a large one."""
    now = house()
    ground = mixed(now.paper, now.accent, GROUND)
    ax.fill_between([at(0), at(EQUAL)], top, bottom, color=ground, lw=0)
    ax.fill_between([at(EQUAL), at(ADJUSTABLE)], top, bottom, color=now.band, lw=0)
    for x in (0.0, EQUAL, ADJUSTABLE):
        ax.plot([at(x)] * 2, [top, bottom], color=now.line if x else now.soft, lw=0.9, zorder=1)


def _head(ax: Axes, x: float, text: str, side: str, **style: Any) -> None:
    """Words above the rows, their lowest line always at the same height."""
    for i, part in enumerate(reversed(text.split("\n"))):
        ax.text(x, HEAD - 0.08 - i * TALL, part, ha=side, va="baseline", **style)


@lru_cache(maxsize=4096)
def wide(text: str, size: float, weight: str = "normal") -> float:
    """How wide a text is, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    path = TextPath((0, 0), text, size=size, prop=FontProperties(weight=weight))
    return float(path.get_extents().width) / 72


def _zones(ax: Axes, at: Callable[[float], float], language: str, grey: dict[str, Any]) -> None:
    """The names of the zones above them; that of the narrow first one may reach to the left."""
    names = {v: zone[language].replace(" ", "\n") for v, zone in ZONES.items()}
    half = {v: max(wide(t, grey["size"]) for t in names[v].split("\n")) / 2 for v in names}
    middle = (at(EQUAL) + at(ADJUSTABLE)) / 2
    room = middle - half[BaselineVerdict.ADJUST] - 0.08 - half[BaselineVerdict.SATISFIED]
    first = max(min((at(0) + at(EQUAL)) / 2, room), half[BaselineVerdict.SATISFIED])
    _head(ax, first, names[BaselineVerdict.SATISFIED], "center", **grey)
    _head(ax, middle, names[BaselineVerdict.ADJUST], "center", **grey)
    _head(ax, at(ADJUSTABLE) + 0.08, names[BaselineVerdict.NOT], "left", **grey)


def _name_marks(
    ax: Axes, before: float, after: float, by: Text, y: float, width: float, language: str,
    size: float,
) -> None:  # fmt: skip
    """What the two marks are, above the first pair; the names keep clear of each other."""
    before_name, after_name = names_of(by, language)
    texts = {"before": f"○ {before_name}", "after": f"● {after_name}"}
    weights = {"before": "normal", "after": "bold"}
    half = {w: wide(text, size, weights[w]) / 2 + BEARING for w, text in texts.items()}
    order = ("after", "before") if after <= before else ("before", "after")
    first, second = _apart(
        (min(before, after), max(before, after)), (half[order[0]], half[order[1]]), width
    )
    now = house()
    for which, x in zip(order, (first, second), strict=True):
        ax.text(x, y, texts[which], size=size, ha="center", va="center", weight=weights[which],
                color=now.accent if which == "after" else now.soft, zorder=4,
                bbox={"facecolor": now.paper, "edgecolor": "none", "pad": 1})  # fmt: skip


def _apart(
    wanted: tuple[float, float], half: tuple[float, float], width: float
) -> tuple[float, float]:
    """The middles of two texts side by side, as near to where they are wanted as there is room."""
    need = half[0] + half[1] + 0.12
    push = max(0.0, need - (wanted[1] - wanted[0])) / 2
    first = max(wanted[0] - push, half[0])
    second = min(max(wanted[1] + push, first + need), width - half[1])
    return min(first, second - need), second


def _love_marks(ax: Axes, row: Line, at: Callable[[float], float], end: float, y: float) -> None:
    """An open mark without weights, a filled one with them, and the way between."""
    now, ring = house(), 7.0
    if row.before is not None and row.after is not None:
        ax.plot([at(row.before), at(row.after)], [y, y], color=now.soft, lw=1.1, zorder=2)
        if abs(at(row.before) - at(row.after)) < BESIDE:
            ring = 10.5  # around the other mark
    for x, filled in ((row.before, False), (row.after, True)):
        if x is None:
            continue
        far, colour = filled and _far(x), _colour(x) if filled else now.soft
        size = 5.8 if far else 7 if filled else ring
        ax.plot(at(x), y, "D" if far else "o", ms=size, mew=1.4, mec=colour,
                mfc=colour if filled else now.paper, zorder=4 if filled else 3)  # fmt: skip
        if x > end:
            ax.plot(at(x) + 0.14, y, ">", ms=4.5, color=colour, zorder=4)


def _far(x: float) -> bool:
    return baseline_verdict(x) is BaselineVerdict.NOT


def _colour(after: float | None) -> str:
    """Of what remains with weights: a large difference stands out."""
    return house().second if after is not None and _far(after) else house().accent


def _love_numbers(ax: Axes, row: Line, y: float, language: str, *, narrow: bool) -> None:
    """The numbers of a row: in two columns, or together on a phone."""
    small, soft = SIZES[narrow][0], house().soft
    style: dict[str, Any] = {"size": small, "ha": "right", "va": "center"}
    if row.before is None and row.after is None:
        ax.text(NARROW if narrow else WITH, y, _why(row, language), color=soft, **style)
        return
    before, after = (near_a_limit(x, language) for x in (row.before, row.after))
    colour = _colour(row.after)
    if narrow:
        text = f"{before} → {after}" if row.after is not None else before
        ax.text(NARROW, y, text, color=soft if row.after is None else colour, **style)
        return
    ax.text(WITHOUT, y, before, color=soft, **style)
    if row.after is not None:
        ax.text(WITH, y, after, color=colour, weight="bold", **style)


def love_on(ax: Axes | None, rows: Sequence[Line], by: Text | None, language: str) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _love_height(rows, by, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    with as_written(ax):
        _draw_love(ax, rows, by, language, narrow=False)
    return ax


def love_alternative(rows: Sequence[Line], by: Text | None, language: str) -> str:
    """What the love plot shows, for who cannot see it."""
    dutch(language)  # refuses any third language
    start = SAY["love.alt.both" if by else "love.alt.one"][language]
    before_name, after_name = names_of(by, language) if by else ("", "")
    parts = [start.format(before=before_name, after=after_name)]
    for row in rows:
        known = [near_a_limit(x, language) for x in (row.before, row.after) if x is not None]
        if len(known) > 1:
            told = SAY["love.alt.row"][language]
            parts.append(told.format(label=row.label, before=known[0], after=known[1]))
        else:
            what = known[0] if known else _why(row, language)
            parts.append(SAY["love.alt.row_of_one"][language].format(label=row.label, what=what))
    low, high = (decimal(x, 2, language) for x in (EQUAL, ADJUSTABLE))
    parts.append(SAY["love.alt.end"][language].format(low=low, high=high))
    return " ".join(parts)
