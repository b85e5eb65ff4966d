"""Estimates with their intervals over cohorts, steps or levels; one place only: a row each.

Lines are named at their ends, values where there is but one line.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.errors import dutch
from academic_workplace.report.document import Picture
from academic_workplace.report.figures.fitting import (
    name_ends,
    room_for_names,
    short_year,
    widest,
)
from academic_workplace.report.figures.scale import round_numbers
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    as_written,
    in_both_widths,
    png,
)
from academic_workplace.report.house import house
from academic_workplace.report.numerals import NONE, decimal, digits_for, hidden, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKS = ("o", "s", "^", "D", "v")
DASHES: tuple[Any, ...] = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), "-")
HEIGHT = {False: 3.0, True: 2.9}  # inches
TICKS = 5  # about so many along the height
NAMES = {False: 1.9, True: 0.95}  # inches of a name at the end of a line
HEAD, FOOT = 0.34, 0.32  # room for the heading and for the names below
LETTER = 0.072  # inches of a letter
APART = 0.09  # of the room between two places: how far two lines stand beside each other
STEP = 0.18  # inches between two names at the end of lines
YEAR = re.compile(r"\d{4}([-/]\d{2,4})?")
EDGE = 0.1  # inches left free at both sides of rows
ROW, TALL = 0.34, 0.52  # inches of a row; on a phone, where a name stands above its line


@dataclass(frozen=True, slots=True)
class Dots:
    """A line of estimates with intervals: a value per place, None where there is none.

    Of bounds the value is NaN: they have two ends and no middle.
    """

    name: str
    values: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """A picture: places from left to right, lines of estimates, a heading, the word at ``base``."""

    places: tuple[str, ...]
    lines: tuple[Dots, ...]
    heading: str
    zero: str
    times: float = 1.0
    least: float | None = None  # where the axis must begin
    base: float = 0.0  # where there is no difference, in the units of the picture
    joined: bool = True  # a line from value to value; bounds have caps instead

    @property
    def numbers(self) -> list[float]:
        """Every end and value, in the units of the picture."""
        known = [e for line in self.lines for e in line.values if e is not None]
        ends = [x for e in known for x in (e.value, e.low, e.high) if x is not None]
        return [x * self.times for x in ends if math.isfinite(x)]


def over_figure(over: Over, language: str, *, narrow: bool = False) -> Figure:
    """Estimates with intervals, over cohorts or levels; named at their ends."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    names = [line.name for line in over.lines if line.name]
    heads = textwrap.wrap(over.heading, 52 if narrow else 95)
    top = HEAD + 0.16 * (len(heads) - 1)
    width, height = (NARROW if narrow else WIDE), HEIGHT[narrow] + top - HEAD
    small, left = SIZES[narrow][0], 0.5
    right = room_for_names(names, NAMES[narrow], small)
    lines_below = _wrapped(over.places, (width - left - right) / len(over.places), small)
    foot = FOOT + 0.15 * (max(label.count("\n") for label in lines_below))
    figure = Figure(figsize=(width, height), facecolor=house().paper)
    box = (left / width, foot / height, (width - left - right) / width,
           (height - top - foot) / height)  # fmt: skip
    ax = figure.add_axes(box)
    _draw_over(ax, over, lines_below, language, narrow=narrow)
    for i, head in enumerate(heads):
        figure.text(
            0.02, 1 - (0.13 + 0.16 * i) / height, head, size=small, color=house().soft, va="center"
        )
    return figure


def _wrapped(places: Sequence[str], room: float, size: float) -> list[str]:
    """The names below, on as many lines as they need; school years shorter where they must be."""
    if widest(list(places), size) > room:
        places = [short_year(place) for place in places]
    letters = max(int(room / LETTER), 5)
    return [
        p.replace("/", "/\n", 1)
        if len(p) > letters and " " not in p
        else "\n".join(textwrap.wrap(p, letters, break_long_words=False)) or p
        for p in places
    ]


def _style(i: int) -> dict[str, Any]:
    """A line by its place: colour, dash and mark all differ, so that grey tells them apart too."""
    now, k = house(), i % len(MARKS)
    colour = (now.accent, now.second, now.ink, now.soft, now.accent)[k]
    return {"color": colour, "ls": DASHES[k], "marker": MARKS[k], "ms": 6, "lw": 1.6,
            "mfc": colour if k % 2 == 0 else now.paper, "mew": 1.4, "zorder": 4}  # fmt: skip


def _draw_over(ax: Axes, over: Over, names: Sequence[str], language: str, *, narrow: bool) -> None:
    small, n, now = SIZES[narrow][0], len(over.places), house()
    low, high = min([over.base, *over.numbers]), max([over.base, *over.numbers])
    room = 0.1 * (high - low) or 1.0
    low, high = low - (room if over.least is None else 0.02 * room), high + room
    ax.set_xlim(-0.45, n - 0.55)
    ax.set_ylim(low, high)
    ax.axhline(over.base, color=now.ink, lw=0.9, zorder=2)
    if over.zero:
        ax.annotate(over.zero, (_free(ax, over), over.base), xytext=(2, 3), size=small,
                    textcoords="offset points", color=now.soft, zorder=6,
                    bbox={"fc": now.paper, "ec": "none", "pad": 0.6, "alpha": 0.85})  # fmt: skip
    last: list[tuple[float, str, str]] = []
    for i, line in enumerate(over.lines):
        style = _style(i)
        shift = (i - (len(over.lines) - 1) / 2) * APART
        at = [j + shift for j, e in enumerate(line.values) if e is not None]
        found = [e for e in line.values if e is not None]
        y = [e.value * over.times for e in found]
        gaps = [math.nan if e is None else e.value * over.times for e in line.values]
        if over.joined:
            ax.plot([j + shift for j in range(n)], gaps, **(style | {"marker": "", "zorder": 3}))
        for x, e in zip(at, found, strict=True):
            if e.low is not None and e.high is not None:
                ends = [e.low * over.times, e.high * over.times]
                ax.plot([x, x], ends, color=style["color"], lw=1.4, solid_capstyle="butt",
                        marker="" if over.joined else "_", zorder=3)  # fmt: skip
        ax.plot(at, y, **(style | {"ls": ""}))
        if line.name and found:
            last.append((_middle(found[-1]) * over.times, line.name, style["color"]))
        if len(over.lines) == 1:
            digits = max((digits_of(e, over.times) for e in found), default=0)
            for x, e in zip(at, found, strict=True):
                told = _wrapped([_value(e, over.times, digits, language)], _place(ax, n), small)[0]
                ax.annotate(told, (x, _top(e) * over.times),
                            xytext=(0, 4), textcoords="offset points", size=small, color=now.ink,
                            ha="center", va="bottom", zorder=6,
                            bbox={"fc": now.paper, "ec": "none", "pad": 0.5, "alpha": 0.85})  # fmt: skip
    for j in range(n):
        if all(line.values[j] is None for line in over.lines):
            ax.text(j, low + 0.5 * (high - low), hidden(language), rotation=90, size=small,
                    color=now.soft, ha="center", va="center")  # fmt: skip
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(now.line)
    ax.grid(axis="y", color=now.line, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=now.soft)
    step = 1  # of years not every one needs its name; of levels each does
    if all(YEAR.fullmatch(place) for place in over.places):
        step = math.ceil((widest(list(names), small) + 0.05) / _place(ax, n))
    first = (n - 1) % step  # so that the last has its name
    ax.set_xticks(range(first, n, step), list(names)[first::step])
    marks, digits = round_numbers(low, high, TICKS)
    ax.set_yticks(marks, [decimal(m, digits, language) for m in marks])
    if last:
        name_ends(ax, last, NAMES[narrow], small)


def _place(ax: Axes, n: int) -> float:
    """Inches of one of n places."""
    return float(ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).width) / n


def _free(ax: Axes, over: Over) -> float:
    """Where on the line of no difference its word stands: where nothing is drawn, if there is."""
    n, (low, high) = len(over.places), ax.get_ylim()
    inches = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).height
    wide = LETTER * len(over.zero) / _place(ax, n)
    top = over.base + STEP / inches * (high - low)
    steps = int(max(n - wide, 0) / 0.1)
    for start in (-0.45 + 0.1 * i for i in range(steps + 1)):
        if not any(_crosses(over, i, start, start + wide, over.base, top)
                   for i in range(len(over.lines))):  # fmt: skip
            return start
    return -0.45


def _crosses(over: Over, i: int, left: float, right: float, low: float, high: float) -> bool:
    """Whether a line of estimates comes in a box of the picture."""
    shift = (i - (len(over.lines) - 1) / 2) * APART
    before: tuple[float, float] | None = None
    for j, e in enumerate(over.lines[i].values):
        if e is None:
            before = None
            continue
        x, values = j + shift, [v for v in (e.value, e.low, e.high) if v is not None]
        ends = [v * over.times for v in values if not math.isnan(v)]
        inside = left - 0.05 <= x <= right + 0.05
        if inside and min(ends) <= high and max(ends) >= low:
            return True
        here = (x, e.value * over.times)
        if before is not None and over.joined and not math.isnan(here[1] + before[1]):
            (a, p), (b, q) = before, here
            for step in range(21):
                part = step / 20
                if left <= a + part * (b - a) <= right and low <= p + part * (q - p) <= high:
                    return True
        before = here
    return False


def rows_figure(over: Over, language: str, *, narrow: bool = False) -> Figure:
    """One place only: a row per line of estimates, with its numbers at the right."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    step = TALL if narrow else ROW
    heads = textwrap.wrap(over.heading, 52 if narrow else 95)
    top = 0.12 + 0.16 * len(heads)
    width, height = (NARROW if narrow else WIDE), top + step * len(over.lines) + 0.3
    figure = Figure(figsize=(width, height), facecolor=house().paper)
    ax = figure.add_axes((0, 0, 1, 1))
    _draw_rows(ax, over, heads, language, narrow=narrow)
    return figure


def _draw_rows(ax: Axes, over: Over, heads: Sequence[str], language: str, *, narrow: bool) -> None:
    (small, normal), now = SIZES[narrow], house()
    step, top = (TALL if narrow else ROW), 0.12 + 0.16 * len(heads)
    width, height = (NARROW if narrow else WIDE), top + step * len(over.lines) + 0.3
    left, right = (0.1, width - 0.1) if narrow else (2.55, 5.1)
    ax.set_xlim(-EDGE, width + EDGE)
    ax.set_ylim(height, 0)
    ax.axis("off")
    low, high = min([over.base, *over.numbers]), max([over.base, *over.numbers])
    room = 0.06 * (high - low) or 1.0

    def at(x: float) -> float:
        return left + (x - low + room) / (high - low + 2 * room) * (right - left)

    for i, head in enumerate(heads):
        ax.text(0, 0.11 + 0.16 * i, head, size=small, color=now.soft, va="center")
    bottom = height - 0.28
    if not narrow:
        ax.plot([at(over.base)] * 2, [top, bottom], color=now.ink, lw=0.9)
    half = LETTER * len(over.zero) / 2
    ax.text(min(max(at(over.base), half), width - half), height - 0.14, over.zero, size=small, color=now.soft,
            ha="center", va="center")  # fmt: skip
    for i, line in enumerate(over.lines):
        y = top + step * i + (step - 0.13 if narrow else step / 2)
        label_y = y - 0.2 if narrow else y
        found, style = line.values[0], _style(i)
        if narrow:  # names and numbers stand between the lines
            ax.plot([at(over.base)] * 2, [y - 0.1, y + 0.12], color=now.ink, lw=0.9)
        ax.text(0, label_y, textwrap.shorten(line.name, 40, placeholder="…"), size=small, color=now.ink,
                va="center")  # fmt: skip
        if found is None:
            ax.text(width if narrow else 5.3, label_y, hidden(language), size=small, color=now.soft,
                    va="center", ha="right" if narrow else "left")  # fmt: skip
            continue
        if found.low is not None and found.high is not None:
            ends = [at(found.low * over.times), at(found.high * over.times)]
            ax.plot(ends, [y, y], color=style["color"], lw=1.6, solid_capstyle="butt",
                    marker="" if over.joined else "|")  # fmt: skip
        ax.plot(at(found.value * over.times), y, **(style | {"ls": ""}))
        d = digits_of(found, over.times)
        value = _value(found, over.times, d, language)
        span = spanned(found, over.times, d, language)
        if math.isnan(found.value):
            ax.text(width if narrow else 5.3, label_y, value, size=small, color=now.ink,
                    ha="right" if narrow else "left", va="center")  # fmt: skip
        elif narrow:
            told = value if span == NONE else f"{value}  ({span})"
            ax.text(width, label_y, told, size=small, color=now.ink, ha="right", va="center")
        else:
            ax.text(5.75, y, value, size=normal, color=now.ink, ha="right", va="center")
            ax.text(5.9, y, span, size=small, color=now.soft, va="center")


def _middle(e: Estimate) -> float:
    """Where the name of a line stands."""
    if math.isfinite(e.value) or e.low is None or e.high is None:
        return e.value
    return (e.low + e.high) / 2


def _top(e: Estimate) -> float:
    return max(x for x in (e.value, e.high) if x is not None and not math.isnan(x))


def _value(e: Estimate, times: float, digits: int, language: str) -> str:
    """A number, or both ends of bounds."""
    if math.isnan(e.value):
        return spanned(e, times, digits, language)
    return decimal(e.value * times, digits, language)


def digits_of(found: Estimate, times: float) -> int:
    """How many decimals an estimate has for readers."""
    if times > 1:
        return 0
    if found.low is None or found.high is None:
        return 1
    return min(digits_for(found.high - found.low), 2)


def spanned(found: Estimate, times: float, digits: int, language: str) -> str:
    if found.low is None or found.high is None:
        return NONE
    return interval(found.low * times, found.high * times, digits, language)


# ---------------------------------------------------------------- on a page, in a notebook


def figure(over: Over, language: str, *, narrow: bool = False) -> Figure:
    """The picture itself."""
    draw = rows_figure if len(over.places) == 1 else over_figure
    return draw(over, language, narrow=narrow)


def plot(over: Over, language: str, ax: Axes | None) -> Axes:
    """On axes of the caller's, or on new ones."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        new = figure(over, language)
        size = (float(new.get_figwidth()), float(new.get_figheight()))
        box = new.axes[0].get_position().bounds
        ax = pyplot.figure(figsize=size).add_axes(box)
    with as_written(ax):
        if len(over.places) == 1:
            _draw_rows(ax, over, textwrap.wrap(over.heading, 95), language, narrow=False)
        else:
            names = _wrapped(over.places, 5.0 / len(over.places), SIZES[False][0])
            _draw_over(ax, over, names, language, narrow=False)
            ax.set_title(over.heading, size=SIZES[False][0], color=house().soft, loc="left")
    return ax


def alternative(over: Over, language: str) -> str:
    """What a picture shows, for who cannot see it: every number of it."""
    told = []
    known = [e for line in over.lines for e in line.values if e is not None]
    d = max((digits_of(e, over.times) for e in known), default=0)
    for line in over.lines:
        values = []
        for place, e in zip(over.places, line.values, strict=True):
            value = hidden(language) if e is None else _value(e, over.times, d, language)
            span = NONE
            if e is not None and not math.isnan(e.value):
                span = spanned(e, over.times, d, language)
            values.append(f"{place} {value}{'' if span == NONE else f' ({span})'}".strip())
        told.append(f"{line.name}: {', '.join(values)}" if line.name else ", ".join(values))
    return f"{over.heading}. {'; '.join(told)}."


def drawing(over: Over, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(figure(over, language)), alternative(over, language))


def picture(over: Over, language: str) -> Picture:
    """The picture for a report, wide and for a phone."""

    def draw(narrow: bool) -> Figure:
        return figure(over, language, narrow=narrow)

    return in_both_widths(draw, alternative(over, language), over.heading)
