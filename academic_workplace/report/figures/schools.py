"""Schools beside each other: overlapping intervals and a funnel. Never in order of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from academic_workplace.cohorts.places import by_name
from academic_workplace.cohorts.schools import (
    LIMITS,
    Funnel,
    FunnelPlace,
    FunnelSchool,
    SchoolOrder,
    SchoolValue,
    ValueAdded,
)
from academic_workplace.errors import dutch
from academic_workplace.report.document import Picture
from academic_workplace.report.figures.fitting import cut, cut_inside, lines, widest, width
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.house import house
from academic_workplace.report.numerals import (
    count,
    decimal,
    digits_for,
    hidden,
    interval,
    pupils_of,
)
from academic_workplace.report.wording import bounded, capital, joined, name_of
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

SAY = phrases("schools")
NAMED = 40  # schools that get a row with their name; more stand side by side, named in the table
LINE_OF = 0.18  # inches of a line of type
ROW, ABOVE = 0.215, 0.17  # inches of a row, and of a name above its interval
NAMES = {
    False: 3.1,
    True: 1.02,
}  # inches of names beside intervals; on a phone longer ones go above
TOLD = 12  # names in an alternative text
BODY = {False: 3.2, True: 2.7}  # inches of the axes of a funnel
LEFT, UNDER = 0.42, 0.54  # inches beside and below them


def shortened(names: Sequence[str], room: float, size: float) -> dict[str, str]:
    """Names that fit in so many inches: what all begin with is left out first, so that they can be
    told apart."""
    words = [name.split() for name in names]
    same = 0
    while len(names) > 1 and all(len(w) > same + 1 and w[same] == words[0][same] for w in words):
        same += 1
    if widest(list(names), size) <= room:
        return {name: name for name in names}
    rest = {name: " ".join(w[same:]) for name, w in zip(names, words, strict=True)}
    short = {name: cut(own, room, size) for name, own in rest.items()}
    told = list(short.values())
    return {
        name: each if told.count(each) == 1 else cut_inside(rest[name], room, size)
        for name, each in short.items()
    }


def _ticks(low: float, high: float, most: int = 7) -> tuple[list[float], int]:
    """Round numbers between two ends, 0 among them, and how many decimals they need."""
    from matplotlib.ticker import MaxNLocator

    ticks = [float(x) for x in MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high)]
    digits = next((d for d in range(9) if all(abs(x - round(x, d)) < 1e-9 for x in ticks)), 9)
    return [x for x in ticks if low <= x <= high], digits


# ---------------------------------------------------------------- value added


def value_heading(found: ValueAdded, order: SchoolOrder, language: str) -> str:
    """Above the picture."""
    dutch(language)  # refuses any third language
    outcome = name_of(found.outcome, found.labels, language)
    return SAY[f"value.heading.{order.value}"][language].format(outcome=outcome)


def in_order(found: ValueAdded, order: SchoolOrder) -> list[SchoolValue]:
    """By name, or by pupils (and then by name); those not shown last."""
    if order is SchoolOrder.NAME:
        return list(found)
    return sorted(found, key=lambda s: (s.pupils or float("inf"), by_name(s.school)))


def digits_of(s: SchoolValue) -> int:
    """How many decimals tell the interval of a school."""
    return 1 if s.low is None or s.high is None else digits_for(s.high - s.low)


def value_alternative(found: ValueAdded, order: SchoolOrder, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    named = len(found) <= NAMED
    shown = [s for s in in_order(found, order) if s.value is not None]
    told = []
    for s in shown if named else []:
        d = digits_of(s)
        span = f" ({interval(s.low, s.high, d, language)})" if s.low is not None else ""
        told.append(f"{s.school} {decimal(s.value, d, language)}{span}")
    gone = [s.school for s in found if s.withheld] if named else []
    if gone:
        told.append(SAY["value.not_shown"][language].format(schools=", ".join(gone)))
    if not told:
        told = [SAY["value.so_many"][language].format(n=count(len(shown), language))]
    one = found.pairs < 2
    return SAY["value.alternative_one_pair" if one else "value.alternative"][language].format(
        heading=value_heading(found, order, language), schools="; ".join(told),
        pairs=count(found.pairs, language), apart=count(found.apart, language),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows of schools stand, in inches from the top left.

    heads: lines above; top, bottom: of the rows; step: of one; left, right: of the intervals; above:
    whether names stand above their interval.
    """

    heads: tuple[str, ...]
    top: float
    bottom: float
    height: float
    step: float
    left: float
    right: float
    above: bool


def _rows(found: ValueAdded, order: SchoolOrder, language: str, *, narrow: bool) -> Rows:
    full, small = NARROW if narrow else WIDE, SIZES[narrow][0]
    heads = lines(value_heading(found, order, language), full - 0.18, small)
    top = LINE_OF * len(heads) + (0.06 if narrow else 0.24)
    wide = widest([s.school for s in found], small)
    above = len(found) <= NAMED and narrow and wide > NAMES[True]
    step = ROW + ABOVE * above
    body = step * len(found) if len(found) <= NAMED else 2.9
    left = 0.08 if above else 0.12 + min(wide, NAMES[narrow])
    right = full - 0.1 if narrow else full - 0.75
    return Rows(tuple(heads), top, top + body, top + body + 0.42, step, left, right, above)


def value_figure(
    found: ValueAdded, order: SchoolOrder, language: str, *, narrow: bool = False
) -> Figure:
    """A row per school with its interval; side by side when there are many."""
    from matplotlib.figure import Figure

    height = _rows(found, order, language, narrow=narrow).height
    figure = Figure(figsize=(NARROW if narrow else WIDE, height), facecolor=house().paper)
    _draw_value(figure.add_axes((0, 0, 1, 1)), found, order, language, narrow=narrow)
    return figure


def _draw_value(
    ax: Axes, found: ValueAdded, order: SchoolOrder, language: str, *, narrow: bool
) -> None:  # fmt: skip
    """In inches from the top left."""
    now, small = house(), SIZES[narrow][0]
    full, rows = NARROW if narrow else WIDE, _rows(found, order, language, narrow=narrow)
    ax.set_xlim(0, full)
    ax.set_ylim(rows.height, 0)
    ax.axis("off")
    words: dict[str, Any] = {"size": small, "color": now.soft, "va": "center", "parse_math": False}
    for i, head in enumerate(rows.heads):
        ax.text(0, 0.1 + LINE_OF * i, head, **words)
    schools = in_order(found, order)
    ends = [x for s in schools for x in (s.value, s.low, s.high) if x is not None]
    low, high = min([-1e-9, *ends]), max([1e-9, *ends])
    margin = 0.04 * (high - low)  # so that no end is cut off
    low, high = low - margin, high + margin
    if len(found) > NAMED:
        _draw_many(ax, schools, (low, high), rows, language, words, narrow=narrow)
        return
    left, right = rows.left, rows.right

    def at(x: float) -> float:
        return left + (x - low) / (high - low) * (right - left)

    ticks, digits = _ticks(low, high, 5 if narrow else 7)
    for tick in ticks:
        color = now.soft if tick == 0 else now.line
        ax.plot([at(tick)] * 2, [rows.top, rows.bottom], color=color, lw=0.9, zorder=1)
        ax.text(at(tick), rows.bottom + 0.11, decimal(tick, digits, language), ha="center", **words)
    average = SAY["value.average"][language]
    half = width(average, small) / 2 + 0.02
    ax.text(min(max(at(0), half), full - half), rows.bottom + 0.29, average, ha="center", **words)
    if not narrow:
        ax.text(full, rows.top - 0.08, SAY["value.pupils"][language], ha="right", **words)
    names = shortened([s.school for s in schools], full - 0.1 if rows.above else NAMES[narrow],
                      small)  # fmt: skip
    for i, s in enumerate(schools):
        y = rows.top + rows.step * (i + 1) - ROW / 2
        ground = {"facecolor": now.paper, "lw": 0, "pad": 0.6}  # over the lines of the scale
        ax.text(0, y - (ABOVE if rows.above else 0), names[s.school], bbox=ground, zorder=2,
                **(words | {"color": now.ink}))  # fmt: skip
        if s.value is None:
            box = {"facecolor": now.paper, "lw": 0, "pad": 1}
            ax.text(left + 0.06, y, hidden(language), bbox=box, **words)
            continue
        if s.low is not None and s.high is not None:
            ax.plot([at(s.low), at(s.high)], [y, y], color=now.accent, lw=2,
                    solid_capstyle="butt", zorder=2)  # fmt: skip
        ax.plot(at(s.value), y, "o", ms=5, mfc=now.paper, mec=now.accent, mew=1.4, zorder=3)
        if not narrow:
            ax.text(full, y, pupils_of(s.pupils, language), ha="right", **words)


def _draw_many(
    ax: Axes, schools: Sequence[SchoolValue], ends: tuple[float, float], rows: Rows, language: str,
    words: dict[str, Any], *, narrow: bool,
) -> None:  # fmt: skip
    """A standing line per school; the names are in the table."""
    now, (low, high) = house(), ends
    left, right = 0.42, (NARROW if narrow else WIDE) - 0.05
    shown = [s for s in schools if s.value is not None]

    def at(y: float) -> float:
        return rows.bottom - (y - low) / (high - low) * (rows.bottom - rows.top)

    ticks, digits = _ticks(low, high)
    for tick in ticks:
        color = now.soft if tick == 0 else now.line
        ax.plot([left, right], [at(tick)] * 2, color=color, lw=0.9, zorder=1)
        ax.text(left - 0.08, at(tick), decimal(tick, digits, language), ha="right", **words)
    step = (right - left) / max(len(shown), 1)
    for i, s in enumerate(shown):
        x = left + step * (i + 0.5)
        if s.low is not None and s.high is not None:
            ax.plot([x, x], [at(s.low), at(s.high)], color=now.accent, lw=min(1.6, 40 * step),
                    solid_capstyle="butt", zorder=2)  # fmt: skip
        if s.value is not None:
            ax.plot(x, at(s.value), "o", ms=min(3.2, 72 * step * 0.8), mfc=now.ink, mec=now.ink,
                    mew=0, zorder=3)  # fmt: skip
    said = SAY["value.many"][language].format(n=count(len(shown), language))
    ax.text(left, rows.bottom + 0.22, said, **words)


def plot_value(found: ValueAdded, order: SchoolOrder, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        height = _rows(found, order, language, narrow=False).height
        ax = pyplot.figure(figsize=(WIDE, height)).add_axes((0, 0, 1, 1))
    _draw_value(ax, found, order, language, narrow=False)
    return ax


def value_drawing(found: ValueAdded, order: SchoolOrder, language: str) -> Drawing:
    """For a notebook."""
    return Drawing(png(value_figure(found, order, language)),
                   value_alternative(found, order, language))  # fmt: skip


def value_picture(
    found: ValueAdded, language: str, order: SchoolOrder = SchoolOrder.NAME
) -> Picture:
    """For a report, wide and for a phone."""

    def draw(narrow: bool) -> Figure:
        return value_figure(found, order, language, narrow=narrow)

    return in_both_widths(draw, value_alternative(found, order, language),
                          value_heading(found, order, language))  # fmt: skip


# ---------------------------------------------------------------- funnel


def funnel_heading(found: Funnel, language: str) -> str:
    """Above the picture."""
    dutch(language)  # refuses any third language
    exact = found.share.exact and found.rho.exact and found.phi.exact
    said = SAY["funnel.heading" if exact else "funnel.heading_ranges"][language]
    return capital(said.format(event=name_of(found.event, found.labels, language)))


def funnel_alternative(found: Funnel, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    shown = found.shown
    parts = [f"{funnel_heading(found, language)}."]
    for place in (FunnelPlace.ABOVE, FunnelPlace.BELOW, FunnelPlace.UNKNOWN):
        names = [s.school for s in shown if s.place[LIMITS[0]] is place]
        if names:
            many = len(names) > TOLD
            told = count(len(names), language) if many else joined(names, language)
            said = SAY[f"funnel.alternative.{place.value}"][language]
            parts.append(said.format(schools=told))
    inner = sum(s.place[LIMITS[0]] is FunnelPlace.WITHIN for s in shown)
    within = "within_one" if inner == 1 else "within"
    parts.append(SAY[f"funnel.alternative.{within}"][language].format(n=count(inner, language)))
    ends = [s.share for s in shown if s.share is not None]
    if ends:
        low, high = min(float(b.low) for b in ends), max(float(b.high) for b in ends)
        span = interval(100 * low, 100 * high, 0, language)
        parts.append(SAY["funnel.alternative.range"][language].format(range=span))
    return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Frame:
    """Of a funnel, in inches. heads: lines above; notes: below."""

    width: float
    height: float
    left: float
    bottom: float
    right: float
    top: float
    heads: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The axes, as parts of the figure."""
        return (self.left / self.width, self.bottom / self.height,
                (self.width - self.left - self.right) / self.width,
                (self.height - self.bottom - self.top) / self.height)  # fmt: skip


def _frame(found: Funnel, language: str, *, narrow: bool) -> Frame:
    """The words on all sides fit, however many there are."""
    full, small = NARROW if narrow else WIDE, SIZES[narrow][0]
    heads = tuple(lines(funnel_heading(found, language), full - 0.18, small))
    ends = [_middle(found, language), *(_level(level, language) for level in LIMITS)]
    both = f"{ends[1]}, {ends[2]}"
    right = 0.14 + widest([*ends, both], small)
    said = _notes(found, language)
    names = _names(found, full - LEFT - right, BODY[narrow], small)
    if len(names) < sum(map(_is_out, found.shown)):
        said.append(SAY["funnel.note.unnamed"][language])
    notes = tuple(lines(" ".join(said), full - 0.18, small))
    bottom, top = UNDER + LINE_OF * len(notes), 0.12 + LINE_OF * len(heads)
    return Frame(full, bottom + BODY[narrow] + top, LEFT, bottom, right, top, heads, notes)


def _middle(found: Funnel, language: str) -> str:
    """What stands beside the line in the middle."""
    said = SAY["funnel.goal" if found.given else "funnel.all"][language]
    return said.format(share=bounded(found.share, 100, 0, language))


def _level(level: float, language: str) -> str:
    digits = 0 if level == LIMITS[0] else 1
    return SAY["funnel.level"][language].format(level=decimal(100 * level, digits, language))


def _is_out(s: FunnelSchool) -> bool:
    return any(s.place[level] in (FunnelPlace.BELOW, FunnelPlace.ABOVE) for level in LIMITS)


def _is_range(s: FunnelSchool) -> bool:
    return s.share is not None and float(s.share.high) > float(s.share.low)


def _notes(found: Funnel, language: str) -> list[str]:
    """What the marks mean, of those there are."""
    unknown = FunnelPlace.UNKNOWN
    dots = [s for s in found.shown if not _is_range(s)]
    marks = {
        "diamond": any(_is_out(s) for s in dots),
        "square": any(s.place[LIMITS[0]] is unknown and not _is_out(s) for s in dots),
        "bar": any(_is_range(s) for s in found.shown),
    }
    return [SAY[f"funnel.note.{mark}"][language] for mark, there in marks.items() if there]


def funnel_figure(found: Funnel, language: str, *, narrow: bool = False) -> Figure:
    """The schools between their limits."""
    from matplotlib.figure import Figure

    frame = _frame(found, language, narrow=narrow)
    figure = Figure(figsize=(frame.width, frame.height), facecolor=house().paper)
    _draw_funnel(figure.add_axes(frame.box), found, language, narrow=narrow)
    return figure


def _view(found: Funnel) -> tuple[Floats, float, float]:
    """Numbers of pupils along which the lines are drawn, and the ends of the other axis."""
    shown = found.shown
    sizes = [float(s.pupils.high) for s in shown if s.pupils is not None] or [10.0, 100.0]
    most = 1.06 * max(sizes)
    grid = np.unique(np.linspace(min(*sizes, 0.8 * most) * 0.9, most, 160).round())
    grid = grid[grid >= 2]
    tops = [100 * float(s.share.high) for s in shown if s.share is not None]
    lows = [100 * float(s.share.low) for s in shown if s.share is not None]
    outer = found.curves(grid, LIMITS[1])
    high = min(100.0, 1.04 * max([*tops, float(100 * np.quantile(outer[1].high, 0.9))]))
    low = max(0.0, 0.9 * min([*lows, float(100 * np.quantile(outer[0].low, 0.1))]))
    margin = 0.03 * (high - low)
    return grid, low - margin, high + margin


def _draw_funnel(ax: Axes, found: Funnel, language: str, *, narrow: bool) -> None:
    from matplotlib.patheffects import withStroke

    now, small = house(), SIZES[narrow][0]
    frame = _frame(found, language, narrow=narrow)
    words: dict[str, Any] = {"size": small, "color": now.soft, "parse_math": False,
                             "textcoords": "offset points", "annotation_clip": False}  # fmt: skip
    grid, low, high = _view(found)
    ends = []
    for level, style in zip(LIMITS, ((0, (4, 2)), "-"), strict=True):
        lower, upper = found.curves(grid, level)
        for side, line in ((-1, lower.low), (1, upper.high)):
            ax.plot(grid, 100 * line, color=now.soft, lw=1.1, ls=style, zorder=2)
            ends.append((float(100 * line[-1]), side * level, _level(level, language)))
    middle = [100 * float(found.share.low), 100 * float(found.share.high)]
    ax.fill_between(grid[[0, -1]], middle[0], middle[1], color=now.band, lw=0)
    ax.plot(grid[[0, -1]], [sum(middle) / 2] * 2, color=now.ink, lw=1, zorder=2)
    ends.append((sum(middle) / 2, 0.0, _middle(found, language)))
    ax.set_xlim(grid[0], grid[-1])
    ax.set_ylim(low, high)
    for s in found.shown:
        _point(ax, s)
    size = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    halo = [withStroke(linewidth=3, foreground=now.paper)]
    for x, y, name in _names(found, size.width, size.height, small):
        ax.annotate(name, (0, 0), xycoords="axes fraction", xytext=(72 * x, 72 * y), va="center",
                    zorder=5, path_effects=halo, **(words | {"color": now.ink}))  # fmt: skip
    inch = (high - low) / size.height
    for y, text in _apart(_together(ends), 0.155 * inch):
        ax.annotate(text, (grid[-1], y), xytext=(4, 0), va="center", **words)
    for edge in ("top", "right"):
        ax.spines[edge].set_visible(False)
    for edge in ("left", "bottom"):
        ax.spines[edge].set_color(now.line)
    ticks, digits = _ticks(low, high, 6)
    ax.set_yticks(ticks, [decimal(tick, digits, language) for tick in ticks])
    ticks, digits = _ticks(float(grid[0]), float(grid[-1]), 5 if narrow else 8)
    whole = [tick for tick in ticks if tick == round(tick)]
    ax.set_xticks(whole, [count(round(tick), language) for tick in whole])
    ax.tick_params(labelsize=small, labelcolor=now.soft, color=now.line, length=3)
    start = -72 * frame.left + 2
    ax.annotate(SAY["funnel.axis"][language], (0.5, 0), xycoords="axes fraction", xytext=(0, -25),
                ha="center", va="center", **words)  # fmt: skip
    for i, head in enumerate(frame.heads):
        up = 72 * (frame.top - 0.1 - LINE_OF * i)
        ax.annotate(head, (0, 1), xycoords="axes fraction", xytext=(start, up), va="center",
                    **words)  # fmt: skip
    for i, note in enumerate(frame.notes):
        down = -72 * (UNDER + LINE_OF * i)
        ax.annotate(note, (0, 0), xycoords="axes fraction", xytext=(start, down), va="center",
                    **words)  # fmt: skip


def _point(ax: Axes, s: FunnelSchool) -> None:
    """A school: a dot, a square where it cannot be told, a diamond beyond the lines, a bar where
    only a range is known."""
    if s.pupils is None or s.share is None:
        return
    now, out = house(), _is_out(s)
    x = float(s.pupils.low + s.pupils.high) / 2
    low, high = 100 * float(s.share.low), 100 * float(s.share.high)
    colour = now.second if out else now.accent
    if high > low:
        ax.plot([x, x], [low, high], color=colour, lw=2.2, alpha=0.65, solid_capstyle="butt",
                zorder=3)  # fmt: skip
        return
    unknown = s.place[LIMITS[0]] is FunnelPlace.UNKNOWN
    ax.plot(x, low, "D" if out else "s" if unknown else "o", ms=6 if out else 5.4,
            mfc=colour if out else now.paper, mec=colour, mew=1.3, zorder=4)  # fmt: skip


def _names(found: Funnel, wide: float, tall: float, small: float) -> list[tuple[float, float, str]]:
    """Names of schools beyond the lines, each where it covers no other school or name: where it
    begins and its middle, in inches of the axes. One that finds no room is left to the table."""
    grid, low, high = _view(found)
    dots = {}
    for s in found.shown:
        if s.pupils is not None and s.share is not None:
            x = (float(s.pupils.low + s.pupils.high) / 2 - grid[0]) / (grid[-1] - grid[0])
            y = (50 * float(s.share.low + s.share.high) - low) / (high - low)
            dots[s.school] = (x * wide, y * tall)
    out = sorted((s.school for s in found.shown if s.school in dots and _is_out(s)),
                 key=lambda name: -dots[name][1])  # fmt: skip
    names = shortened(out, 0.6 * wide, small)
    taken = [(x - 0.05, y - 0.05, x + 0.05, y + 0.05) for x, y in dots.values()]
    placed = []
    for school in out:
        (x, y), w, h = dots[school], width(names[school], small), 0.13
        right, left = (x + 0.08, y - h / 2), (x - 0.08 - w, y - h / 2)
        middle = min(max(x - w / 2, 0.02), wide - w - 0.02)
        sides = [left, right] if x > wide / 2 else [right, left]
        for a, b in (*sides, (middle, y + 0.07), (middle, y - 0.07 - h)):
            box = (a, b, a + w, b + h)
            inside = a >= 0 and box[2] <= wide and b >= 0 and box[3] <= tall + 0.1
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                placed.append((a, b + h / 2, names[school]))
                break
    return placed


def _meet(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float]
) -> bool:  # fmt: skip
    """Whether two boxes (left, bottom, right, top) overlap."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _together(ends: Sequence[tuple[float, float, str]]) -> list[tuple[float, str]]:
    """The words at the ends of lines from low to high; lines at one height share theirs."""
    out: list[tuple[float, str]] = []
    for y, _, text in sorted(ends, key=lambda each: each[:2]):
        if out and abs(out[-1][0] - y) < 1e-9:
            out[-1] = (y, ", ".join(sorted([out[-1][1], text])))
        else:
            out.append((y, text))
    return out


def _apart(ends: Sequence[tuple[float, str]], gap: float) -> list[tuple[float, str]]:
    """Words at the ends of lines, moved so that none covers another. ends: from low to high."""
    at = [y for y, _ in ends]
    for _ in range(100):
        moved = False
        for i in range(len(at) - 1):
            short = gap - (at[i + 1] - at[i])
            if short > 1e-9:
                at[i], at[i + 1], moved = at[i] - short / 2, at[i + 1] + short / 2, True
        if not moved:
            break
    return [(y, text) for y, (_, text) in zip(at, ends, strict=True)]


def plot_funnel(found: Funnel, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        frame = _frame(found, language, narrow=False)
        ax = pyplot.figure(figsize=(frame.width, frame.height)).add_axes(frame.box)
    _draw_funnel(ax, found, language, narrow=False)
    return ax


def funnel_drawing(found: Funnel, language: str) -> Drawing:
    """For a notebook."""
    return Drawing(png(funnel_figure(found, language)), funnel_alternative(found, language))


def funnel_picture(found: Funnel, language: str) -> Picture:
    """For a report, wide and for a phone."""

    def draw(narrow: bool) -> Figure:
        return funnel_figure(found, language, narrow=narrow)

    return in_both_widths(draw, funnel_alternative(found, language),
                          funnel_heading(found, language))  # fmt: skip
