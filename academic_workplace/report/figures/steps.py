"""Lines of a name, a mark and its numbers: differences beside nought, or steps of a waterfall."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.report.cohorts.scale import Scale
from academic_workplace.report.figures.panels import Mark
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE
from academic_workplace.report.house import house
from academic_workplace.report.numerals import NONE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LETTERS = 36  # of a name on a page
HEIGHT, TOP, FOOT = 0.27, 0.12, 0.32  # of a line, above and below the lines, in inches


@dataclass(frozen=True, slots=True)
class Step:
    """One line: a heading, a total (where it starts), or a name with its number."""

    name: str
    found: Estimate | None = None
    mark: Mark = Mark("ink")
    start: float = 0.0
    total: bool = False


def steps_figure(
    steps: Sequence[Step], scale: Scale, axis: tuple[str, str], *, narrow: bool, bars: bool
) -> Figure:
    """The lines below each other. axis: what stands below them, on a page and on a phone; bars:
    each starts where the one before ended."""
    from matplotlib.figure import Figure

    size = ((NARROW if narrow else WIDE), _height(steps, narrow))
    figure = Figure(figsize=size, facecolor=house().paper)
    _draw(figure.add_axes((0, 0, 1, 1)), steps, scale, axis[narrow], narrow=narrow, bars=bars)
    return figure


def steps_on(
    ax: Axes | None, steps: Sequence[Step], scale: Scale, axis: tuple[str, str], *, bars: bool
) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, _height(steps, False))).add_axes((0, 0, 1, 1))
    _draw(ax, steps, scale, axis[0], narrow=False, bars=bars)
    return ax


def _tall(step: Step, narrow: bool) -> float:
    if step.found is None and not step.total:
        return HEIGHT * 1.15
    lines = len(_name(step, narrow))
    return HEIGHT * (0.62 * lines + 1.05) if narrow else max(HEIGHT, 0.165 * lines + 0.1)


def _name(step: Step, narrow: bool) -> list[str]:
    """A name in lines that leave room for its numbers."""
    room = (40 if step.total else 27) if narrow else LETTERS
    return textwrap.wrap(step.name, room) or [""]


def _height(steps: Sequence[Step], narrow: bool) -> float:
    return TOP + sum(_tall(step, narrow) for step in steps) + FOOT


def _ends(steps: Sequence[Step], bars: bool) -> tuple[float, float]:
    """The lowest and highest number in the picture, with some room."""
    found = [(s.start, s.found) for s in steps if s.found is not None]
    if bars:  # intervals stand in numbers; in a waterfall they would hide the steps
        ends = [x for start, e in found for x in (start, start + e.value)]
    else:
        ends = [start + x for start, e in found for x in (e.value, e.low, e.high, 0.0)
                if x is not None]  # fmt: skip
    ends += [s.start for s in steps if s.total]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin


def _draw(
    ax: Axes, steps: Sequence[Step], scale: Scale, axis: str, *, narrow: bool, bars: bool
) -> None:
    """Draw in inches from the top left: a name, its mark and interval, its numbers."""
    small, normal = SIZES[narrow]
    wears, width = house(), (NARROW if narrow else WIDE)
    left, right = (0.1, width - 0.1) if narrow else (2.5, 4.95)
    ax.set_xlim(0, width)
    ax.set_ylim(_height(steps, narrow), 0)
    ax.axis("off")
    low, high = _ends(steps, bars)

    def at(x: float) -> float:
        return left + (x - low) / (high - low) * (right - left)

    # no line runs through words
    clear = {"facecolor": wears.paper, "edgecolor": "none", "pad": 0.5}
    y, previous = TOP, None
    for step in steps:
        tall = _tall(step, narrow)
        if step.found is None and not step.total:
            ax.text(0, y + tall / 2 + 0.02, step.name, size=normal, color=wears.ink,
                    weight="bold", va="center")  # fmt: skip
            y, previous = y + tall, None
            continue
        line_y = y + tall - 0.13 if narrow else y + tall / 2
        name_y = y + (tall - 0.26) / 2 + 0.02 if narrow else line_y
        weight = "bold" if step.total else "normal"
        ax.text(0, name_y, "\n".join(_name(step, narrow)), size=small, va="center",
                color=wears.ink if step.total else wears.soft, linespacing=1.05, weight=weight,
                zorder=5, bbox=clear)  # fmt: skip
        if not bars:
            ax.plot([at(0)] * 2, [line_y - HEIGHT / 2, line_y + HEIGHT / 2], color=wears.soft,
                    lw=0.9)  # fmt: skip
        value, span, end = scale.number(step.start), "", step.start
        if step.found is None:
            ax.plot([at(end)] * 2, [line_y - 0.1, line_y + 0.1], color=wears.ink, lw=2.4)
        else:
            e, mark = step.found, step.mark
            value, span, end = scale.signed(e.value), scale.span(e), step.start + e.value
            if bars:
                a, b = sorted((at(step.start), at(end)))
                ax.barh(line_y, max(b - a, 0.01), left=a, height=0.17, zorder=3, lw=1.2,
                        color=mark.face, edgecolor=mark.edge, hatch=mark.hatch)  # fmt: skip
            else:
                if e.low is not None and e.high is not None:
                    ax.plot([at(e.low), at(e.high)], [line_y] * 2, color=mark.edge, lw=1.6,
                            zorder=3)  # fmt: skip
                ax.plot(at(e.value), line_y, mark.marker, ms=6.5, mec=mark.edge, mew=1.4,
                        zorder=4, mfc=mark.face)  # fmt: skip
        if bars and previous is not None:
            ax.plot([at(previous[0])] * 2, [previous[1] + 0.06, line_y - 0.06], color=wears.soft,
                    lw=0.8, ls=":", zorder=2)  # fmt: skip
        previous = (end, line_y)
        if narrow:
            text = value if span in ("", NONE) else f"{value}  ({span})"
            ax.text(width, name_y, text, size=small, color=wears.ink, va="center", ha="right",
                    weight=weight, zorder=5, bbox=clear)  # fmt: skip
        else:
            ax.text(5.62, line_y, value, size=normal, color=wears.ink, va="center", ha="right",
                    weight=weight)  # fmt: skip
            ax.text(5.76, line_y, "" if span == NONE else span, size=small, color=wears.soft,
                    va="center")  # fmt: skip
        y += tall
    ax.text((left + right) / 2, y + 0.17, axis, size=small, color=wears.soft, ha="center",
            va="center")  # fmt: skip
