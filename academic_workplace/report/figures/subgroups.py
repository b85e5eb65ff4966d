"""The effect in groups of pupils, each beside that of all.

No group looks surer than another: what counts is how far they are apart, and not which of them
leaves zero out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academic_workplace.errors import dutch
from academic_workplace.evidence.weighing import Finding
from academic_workplace.report.figures.effects import NUMBER, RANGE
from academic_workplace.report.figures.fitting import lines, width
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, drawn, drawn_on
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal, interval
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOP, FOOT = 0.4, 0.3  # room for the words above and below the lines, in inches
TITLE, GAP = 0.27, 0.1  # of the name of a column; between two columns
ROW, LINE = 0.29, 0.16  # of a group; of a line of type
LEFT, RIGHT = 2.3, 5.05  # where the bars are, on a page
PHONE = 0.26  # from the name of a group to its bar, on a phone

SAY = phrases("findings")


@dataclass(frozen=True, slots=True)
class Row:
    """A group. why: what stands in the place of its numbers, where there are none."""

    name: str
    finding: Finding | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """The groups of one column. whole: the effect of all, on a row of its own."""

    title: str
    note: str
    whole: Row
    groups: tuple[Row, ...]


def subgroups_picture(
    panels: Sequence[Panel], smallest: float, language: str, *, narrow: bool = False
) -> Figure:
    """The columns below each other, on one scale."""
    dutch(language)  # refuses any third language
    return drawn(
        lambda axes: _draw(axes, panels, smallest, language, narrow=narrow),
        _height(panels, narrow=narrow),
        narrow=narrow,
    )


def subgroups_on(ax: Axes | None, panels: Sequence[Panel], smallest: float, language: str) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    return drawn_on(
        ax,
        lambda axes: _draw(axes, panels, smallest, language, narrow=False),
        _height(panels, narrow=False),
    )


def _title(panel: Panel, *, narrow: bool) -> list[str]:
    room = NARROW if narrow else WIDE
    return lines(panel.title, room, SIZES[narrow][1], bold=True)


def _noted_below(panel: Panel, *, narrow: bool) -> bool:
    """Whether the note does not fit behind the last line of the title."""
    last = width(_title(panel, narrow=narrow)[-1], SIZES[narrow][1], bold=True)
    room = NARROW if narrow else WIDE
    return last + 0.1 + width(panel.note, SIZES[narrow][0]) > room


def _name(row: Row, *, narrow: bool) -> list[str]:
    """The name of a group on its lines: before the bars, or above them with the numbers behind."""
    room = NARROW - 1.45 if narrow else LEFT - 0.15
    return lines(row.name, room, SIZES[narrow][0])


def _step(row: Row, *, narrow: bool) -> float:
    more = LINE * (len(_name(row, narrow=narrow)) - 1)
    return ROW + more + (PHONE - 0.04 if narrow else 0)


def _head(panel: Panel, *, narrow: bool) -> float:
    below = LINE if _noted_below(panel, narrow=narrow) else 0
    return TITLE + LINE * (len(_title(panel, narrow=narrow)) - 1) + below


def _height(panels: Sequence[Panel], *, narrow: bool) -> float:
    """Of the picture, in inches."""
    rows = (row for p in panels for row in (p.whole, *p.groups))
    heads = sum(_head(p, narrow=narrow) for p in panels) + GAP * (len(panels) - 1)
    return TOP + heads + sum(_step(row, narrow=narrow) for row in rows) + FOOT


def _draw(
    ax: Axes, panels: Sequence[Panel], smallest: float, language: str, *, narrow: bool
) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    now, (small, normal) = house(), SIZES[narrow]
    grey: dict[str, Any] = {"size": small, "color": now.soft}
    wide = NARROW if narrow else WIDE
    left, right = (0.08, wide - 0.08) if narrow else (LEFT, RIGHT)
    ax.set_xlim(0, wide)
    ax.set_ylim(_height(panels, narrow=narrow), 0)
    ax.axis("off")
    found = [row.finding for p in panels for row in (p.whole, *p.groups) if row.finding]
    ends = [x for f in found for x in (f.low, f.high, f.g) if x is not None]
    low, high = min([-2 * smallest, *ends]), max([2 * smallest, *ends])
    margin = 0.06 * (high - low)
    low, high = low - margin, high + margin

    def at(g: float) -> float:
        return left + (g - low) / (high - low) * (right - left)

    middle = min(max(at(0), left + 0.55), right - 0.55)  # words stay within the picture
    ax.text(middle, TOP, SAY["picture.too_small"][language], ha="center", va="bottom",
            linespacing=1.1, **grey)  # fmt: skip
    if not narrow:
        ax.text(NUMBER, TOP, SAY["picture.difference"][language], ha="right", va="bottom",
                linespacing=1.1, **grey)  # fmt: skip
        ax.text(RANGE, TOP, SAY["picture.range"][language], va="bottom", **grey)
    y = TOP
    for i, panel in enumerate(panels):
        if i:
            ax.plot([0, wide], [y + GAP / 2] * 2, color=now.line, lw=0.8)
            y += GAP
        for line in _title(panel, narrow=narrow):
            name = ax.text(0, y + 0.16, line, size=normal, color=now.ink, weight="bold",
                           va="center")  # fmt: skip
            y += LINE
        y += TITLE - LINE
        if _noted_below(panel, narrow=narrow):
            ax.text(0, y + 0.05, panel.note, va="center", **grey)
            y += LINE
        else:
            ax.annotate(panel.note, (1, 0.5), xycoords=name, xytext=(5, 0), va="center",
                        textcoords="offset points", **grey)  # fmt: skip
        whole = panel.whole.finding
        for row in (panel.whole, *panel.groups):
            step = _step(row, narrow=narrow)
            label_y = y + 0.13 if narrow else y + step / 2
            bar_y = y + step - 0.12 if narrow else y + step / 2
            top = bar_y - 0.12 if narrow else y
            ax.fill_between((at(-smallest), at(smallest)), top, y + step, color=now.band, lw=0)
            ax.plot([at(0)] * 2, [top, y + step], color=now.soft, lw=0.9)
            if whole is not None and whole.g is not None:
                ax.plot([at(whole.g)] * 2, [top, y + step], color=now.ink, lw=0.9, ls=(0, (1, 2)))
            label = _name(row, narrow=narrow)
            for k, line in enumerate(label):
                place = label_y + LINE * (k - (0 if narrow else (len(label) - 1) / 2))
                ax.text(0, place, line, size=small, color=now.ink, va="center")
            _bar(ax, row, (label_y, bar_y), at, language, narrow=narrow, all_of=row is panel.whole)
            y += step
    turn = min(max(at(0), left + 1.1), right - 1.1)
    ax.text(turn - 0.07, y + 0.16, SAY["picture.worse"][language], ha="right", va="center", **grey)
    ax.text(turn + 0.07, y + 0.16, SAY["picture.better"][language], va="center", **grey)


def _bar(
    ax: Axes, row: Row, ys: tuple[float, float], at: Any, language: str, *, narrow: bool,
    all_of: bool,
) -> None:  # fmt: skip
    """A group's interval, point and numbers, or why there are none. ys: of words, of the bar."""
    now, (small, normal) = house(), SIZES[narrow]
    label_y, bar_y = ys
    f = row.finding
    if f is None or f.g is None or f.low is None or f.high is None:
        x = NARROW if narrow else NUMBER
        ax.text(x, label_y, row.why, size=small, color=now.soft, va="center", ha="right")
        return
    colour = now.ink if all_of else now.accent
    ax.plot([at(f.low), at(f.high)], [bar_y] * 2, color=colour, lw=1.4 if all_of else 2.2,
            solid_capstyle="round", zorder=3)  # fmt: skip
    ax.plot(at(f.g), bar_y, "D" if all_of else "o", ms=6 if all_of else 7,
            mfc=now.paper if all_of else colour, mec=colour, mew=1.5, zorder=4)  # fmt: skip
    value, span = decimal(f.g, 2, language), interval(f.low, f.high, 2, language)
    if narrow:
        ax.text(NARROW, label_y, f"{value}  ({span})", size=small, color=colour, va="center",
                ha="right")  # fmt: skip
    else:
        ax.text(NUMBER, label_y, value, size=normal, color=colour, va="center", ha="right")
        ax.text(RANGE, label_y, span, size=small, color=now.soft, va="center")
