"""Local and published differences on one axis: beside each other, never taken together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academic_workplace.knowledge import Bar, Card
from academic_workplace.report.figures.fitting import lines
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal, interval
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("knowledge")
TYPE = 0.155  # the height of a line of type, in inches
GROUP, GAP = 0.26, 0.1  # of a heading, and above it
LINE = 0.2  # of a mark, on a phone below its words
TOP, FOOT = 0.36, 0.3  # room for the words above and below
LABELS, LEFT, RIGHT = 1.95, 2.15, 5.2  # inches: of labels, and where the axis begins and ends
NUMBER, RANGE = 5.75, 5.88  # where numbers end and ranges begin
EDGE = 0.08
LEAST = 0.2  # the axis goes at least so far to either side, in standard deviations
WORD, TURN = 0.6, 0.95  # half the width of the words above the axis, and of those below


@dataclass(frozen=True, slots=True)
class Row:
    """A heading (without a bar) or a difference, with its words cut to fit."""

    words: tuple[str, ...]
    below: tuple[str, ...] = ()
    bar: Bar | None = None


def knowledge_picture(card: Card, language: str, *, narrow: bool = False) -> Figure:
    """Every local difference with its interval, and every published one."""
    from matplotlib.figure import Figure

    rows = list(_rows(card, language, narrow=narrow))
    width = NARROW if narrow else WIDE
    high = TOP + sum(_height(row, narrow=narrow) for row in rows) + FOOT
    figure = Figure(figsize=(width, high), facecolor=house().paper)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, width)
    ax.set_ylim(high, 0)
    ax.axis("off")
    _draw(ax, rows, card, language, narrow=narrow)
    return figure


def _rows(card: Card, language: str, *, narrow: bool) -> Iterator[Row]:
    """From top to bottom: each local study with its outcomes, then what was published."""
    small, normal = SIZES[narrow]
    whole = (NARROW if narrow else WIDE) - 2 * EDGE
    room = 1.75 if narrow else LABELS
    last: object = card
    for bar in card.bars:
        if bar.local is not last:
            last = bar.local
            if bar.local is None:
                title, note = SAY["picture.elsewhere"][language], ""
            else:
                kind = "invented" if bar.local.synthetic else "here"
                title = SAY[f"picture.{kind}"][language].format(place=card.place[language])
                note = bar.local.title[language]
            yield Row(
                tuple(lines(title, whole, normal, bold=True)),
                tuple(lines(note, whole, small, most=2)),
            )
        label = bar.outcome[language]
        below = bar.entry.name(language) if bar.entry is not None else ""
        yield Row(
            tuple(lines(label[:1].upper() + label[1:], room, small)),
            tuple(lines(below, room if not narrow else whole, small)) if below else (),
            bar,
        )


def _height(row: Row, *, narrow: bool) -> float:
    text = TYPE * (len(row.words) + len(row.below))
    if row.bar is None:
        return GAP + GROUP - TYPE + text
    return text + (LINE + 0.1 if narrow else 0.1)


def _draw(
    ax: Axes, rows: Sequence[Row], card: Card, language: str, *, narrow: bool
) -> None:  # fmt: skip
    """Draw in inches from the top left, so that type and spacing never stretch."""
    colours, (small, normal) = house(), SIZES[narrow]
    width = NARROW if narrow else WIDE
    left, right = (EDGE, width - EDGE) if narrow else (LEFT, RIGHT)
    smallest = card.smallest_effect
    ends = [x for bar in card.bars for x in (bar.low, bar.value, bar.high) if x is not None]
    reach = max(LEAST, 2 * (smallest or 0))
    low, high = min(-reach, *ends), max(reach, *ends)
    low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    if smallest is not None:
        middle = min(max(at(0), left + WORD), right - WORD)
        ax.text(middle, TOP, SAY["picture.too_small"][language], size=small, color=colours.soft,
                ha="center", va="bottom", linespacing=1.1)  # fmt: skip
    if not narrow:
        ax.text(NUMBER, TOP, SAY["picture.difference"][language], size=small, color=colours.soft,
                ha="right", va="bottom")  # fmt: skip
        ax.text(RANGE, TOP, SAY["picture.margin"][language], size=small, color=colours.soft,
                va="bottom")  # fmt: skip
    y = TOP
    for place, row in enumerate(rows):
        high_row = _height(row, narrow=narrow)
        if row.bar is None:
            if place:
                ax.plot([0, width], [y + GAP / 2] * 2, color=colours.line, lw=0.8)
            _words(ax, row, y + GAP + 0.02, normal, small, bold=True)
        else:
            line_y = y + high_row - LINE / 2 - 0.04 if narrow else y + high_row / 2
            top, bottom = (line_y - LINE / 2, line_y + LINE / 2) if narrow else (y, y + high_row)
            if smallest is not None:
                ax.fill_between(
                    (at(-smallest), at(smallest)), top, bottom, color=colours.band, lw=0
                )
            ax.plot([at(0)] * 2, [top, bottom], color=colours.soft, lw=0.9)
            first = y + 0.02 if narrow else y + 0.05
            _words(ax, row, first, small, small, bold=False)
            _mark(ax, row.bar, at, line_y)
            _number(ax, row.bar, line_y, first + TYPE / 2, language, narrow=narrow)
        y += high_row
    turn = min(max(at(0), left + TURN), right - TURN)
    for side, x, words in (("right", turn - 0.07, "worse"), ("left", turn + 0.07, "better")):
        ax.text(x, y + 0.17, SAY["picture.worse" if words == "worse" else "picture.better"][language],
                size=small, color=colours.soft, ha=side, va="center")  # fmt: skip


def _words(
    ax: Axes, row: Row, y: float, size: float, small: float, *, bold: bool
) -> None:  # fmt: skip
    """The words of a row from its top, a line of type each."""
    colours = house()
    for line in row.words:
        ax.text(0, y + TYPE / 2, line, size=size, color=colours.ink, va="center",
                weight="bold" if bold else "normal")  # fmt: skip
        y += TYPE
    for line in row.below:
        ax.text(0, y + TYPE / 2, line, size=small, color=colours.soft, va="center")
        y += TYPE


def _mark(ax: Axes, bar: Bar, at: Callable[[float], float], y: float) -> None:
    """A dot for what was measured here, a diamond for what was published; the range as a line."""
    colours = house()
    local = bar.local is not None
    colour = colours.accent if local else colours.ink
    if bar.low is not None and bar.high is not None:
        ax.plot(
            [at(bar.low), at(bar.high)],
            [y, y],
            color=colour,
            lw=2.2,
            solid_capstyle="round",
            zorder=3,
        )
    filled = colour if local else colours.paper
    ax.plot([at(bar.value)], [y], "o" if local else "D", ms=7 if local else 6.5, mfc=filled, mec=colour,
            mew=1.5, zorder=4)  # fmt: skip


def _number(
    ax: Axes, bar: Bar, line_y: float, label_y: float, language: str, *, narrow: bool
) -> None:  # fmt: skip
    """The number and its range: in two columns, or together on a phone."""
    colours, (small, normal) = house(), SIZES[narrow]
    value = decimal(bar.value, 2, language)
    span = SAY["picture.not_read"][language]
    if bar.low is not None:
        span = interval(bar.low, bar.high, 2, language)
    if narrow:
        ax.text(NARROW, label_y, f"{value}  ({span})", size=small, color=colours.ink, ha="right",
                va="center")  # fmt: skip
        return
    ax.text(NUMBER, line_y, value, size=normal, color=colours.ink, ha="right", va="center",
            weight="bold")  # fmt: skip
    ax.text(RANGE, line_y, span, size=small, color=colours.soft, va="center")
