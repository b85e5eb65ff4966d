"""Time to an event as steps with bands over the school years."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.cohorts.events import Curve, Point, TimeToEvent
from academic_workplace.disclosure import fewest
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.language import Text, same
from academic_workplace.report.document import Picture
from academic_workplace.report.figures.fitting import lines, widest
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.house import house
from academic_workplace.report.numerals import NONE, of_hundred, pupils_of
from academic_workplace.report.wording import capital, hundred, joined, years
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

SAY = phrases("events")
MOST = 4  # curves in one picture, and in the sentences
STUB = 0.22  # years that a curve goes on, so that its last step is seen
LIMITS = 0.5  # years in which the limits of several curves stand side by side
CUT = 0.3  # the axis starts higher when all limits lie above this
BANDS = 2  # more bands than this hide each other: limits then stand at the end only
ROW = 0.17  # inches of a line of type
APART = 0.05  # inches between two names at the end of curves
MARK = 0.2  # inches of the mark before such a name
BODY = {False: 2.45, True: 2.5}  # inches of the axes
LEFT = 0.5
NAMES = 2.3  # inches that names at the end of curves may take
SAMPLE = 0.44  # inches of a piece of a curve, and the room after it


def styles() -> tuple[dict[str, Any], ...]:
    """Curves told apart by lines and marks too."""
    now = house()
    return (
        {"color": now.accent, "ls": "-", "lw": 2.2, "marker": "o", "ms": 5, "mfc": now.accent},
        {"color": now.second, "ls": (0, (5, 2)), "lw": 1.8, "marker": "s", "ms": 4.6,
         "mfc": now.paper},
        {"color": now.ink, "ls": (0, (1.5, 1.5)), "lw": 1.7, "marker": "^", "ms": 5,
         "mfc": now.ink},
        {"color": now.soft, "ls": (0, (7, 2, 1.5, 2)), "lw": 1.6, "marker": "D", "ms": 4.2,
         "mfc": now.paper},
    )  # fmt: skip


# ---------------------------------------------------------------- what is drawn, in words


def chosen(result: TimeToEvent, kind: int | None = None) -> list[Curve]:
    """The curves that one picture can carry: with many cohorts the first and the last."""
    known = [c for c in result if _end(c, kind) is not None]
    if len(known) <= MOST:
        return known
    cohorts = list(dict.fromkeys(c.cohort for c in known))
    ends = [c for c in known if c.cohort in (cohorts[0], cohorts[-1])]
    return ends[:MOST]


def _end(curve: Curve, kind: int | None) -> Estimate | None:
    return None if curve.horizon is None else _of(curve.horizon, kind)


def _of(point: Point, kind: int | None) -> Estimate | None:
    if kind is None:
        return point.survival
    return point.incidence[kind] if len(point.incidence) > kind else None


def curve_name(curve: Curve, labels: Mapping[str, Text], language: str) -> str:
    """``praktisch, 2018``, or all pupils."""
    parts = [labels[p][language] if p in labels else p for p in (curve.group, curve.cohort) if p]
    return ", ".join(parts) or SAY["everyone"][language]


def still_words(result: TimeToEvent, language: str) -> str:
    """What pupils without the event do."""
    return (SAY["nothing_happened"] if result.still is None else result.still)[language]


def kind_words(result: TimeToEvent, k: int, language: str) -> str:
    """What a kind of event is called; the value of a column stands between quotes."""
    words = result.words[k]
    if words == same(result.kinds[k]):
        return SAY["kind"][language].format(kind=words[language])
    return words[language]


def title(result: TimeToEvent, kind: int | None, language: str) -> str:
    """What is counted, of a hundred pupils."""
    what = still_words(result, language) if kind is None else kind_words(result, kind, language)
    still = kind is None and result.still is not None
    return SAY["title.still" if still else "title.plain"][language].format(what=what)


def events_alternative(result: TimeToEvent, kind: int | None, language: str) -> str:
    """What the picture shows, in numbers."""
    told = []
    for curve in chosen(result, kind):
        steps = []
        for p in curve.points[1:]:
            found = _of(p, kind)
            if found is not None:
                n = str(of_hundred(found.value))
                if p.year == result.horizon:
                    n = hundred(found.value, found.low, found.high, language)
                said = SAY["picture.step"][language]
                steps.append(said.format(n=n, years=years(p.year, language)))
        name = capital(curve_name(curve, result.labels, language))
        told.append(SAY["picture.curve"][language].format(name=name, steps=joined(steps, language)))
    return SAY["picture.alternative"][language].format(
        title=title(result, kind, language), curves=" ".join(told)
    )


# ---------------------------------------------------------------- where everything stands


@dataclass(frozen=True, slots=True)
class Layout:
    """In inches. names: the lines beside each curve; note: those below the numbers."""

    width: float
    height: float
    right: float
    top: float
    foot: float
    title: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    note: tuple[str, ...]
    low: float
    high: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The axes, as parts of the figure."""
        return (LEFT / self.width, self.foot / self.height,
                (self.width - LEFT - self.right) / self.width,
                (self.height - self.top - self.foot) / self.height)  # fmt: skip


def _require(result: TimeToEvent, kind: int | None) -> list[Curve]:
    curves = chosen(result, kind)
    if not curves:
        nl, en = (SAY["no_picture"][each].format(minimum=fewest()) for each in ("nl", "en"))
        column = "kind" if kind is not None else ""
        raise PlanError([Fault(Text(nl, en), SAY["join"], column=column)])
    return curves


def _layout(
    result: TimeToEvent, curves: Sequence[Curve], kind: int | None, language: str, *, narrow: bool
) -> Layout:
    """Names need room at the right, or above the axes on a phone."""
    small, width = SIZES[narrow][0], NARROW if narrow else WIDE
    low, high = _range(curves, kind)
    said = title(result, kind, language)
    if low > 0:
        said = SAY["title.from"][language].format(title=said, cut=round(100 * low))
    heads = lines(said, width - 0.15, small, bold=True)
    room = width - SAMPLE - 0.15 if narrow else NAMES - MARK
    names = tuple(
        tuple(lines(_ending(c, result, kind, language), room, small, bold=not narrow, most=3))
        for c in curves
    )
    key = sum(map(len, names)) * ROW + 0.12 if narrow else 0.0
    top = 0.14 + ROW * len(heads) + key + 0.06
    longest = widest([line for each in names for line in each], small, bold=True)
    right = 0.12 if narrow else 0.12 + MARK + longest
    note = tuple(lines(_note(curves, kind, language), width - 0.15, small))
    foot = 0.62 + ROW * (len(curves) + len(note))
    body = max(BODY[narrow], 0.0 if narrow else _tall(names) + 0.2)
    return Layout(width, top + body + foot, right, top, foot, tuple(heads), names, note, low, high)


def _note(curves: Sequence[Curve], kind: int | None, language: str) -> str:
    """What a dash and a dotted line mean, where there are any."""
    known = [[p.year for p in c.points if _of(p, kind) is not None] for c in curves]
    said = [
        SAY["picture.hidden"][language]
        if any(p.followed is None for c in curves for p in c.points)
        else "",
        SAY["picture.dotted"][language]
        if any(b - a > 1 for each in known for a, b in pairwise(each))
        else "",
    ]
    return " ".join(each for each in said if each)


def _tall(names: Sequence[Sequence[str]]) -> float:
    """Inches that names at the end of curves take together."""
    return sum(ROW * len(each) + APART for each in names)


def _ending(curve: Curve, result: TimeToEvent, kind: int | None, language: str) -> str:
    end = _end(curve, kind)
    value = "" if end is None else str(of_hundred(end.value))
    return f"{value} · {curve_name(curve, result.labels, language)}"


def _range(curves: Sequence[Curve], kind: int | None) -> tuple[float, float]:
    """The axis: from 0, or from a round number below all limits when these lie far above it."""
    found = [e for c in curves for p in c.points if (e := _of(p, kind)) is not None]
    low = min(e.value if e.low is None else e.low for e in found)
    high = max(e.value if e.high is None else e.high for e in found)
    if kind is None:
        return (math.floor(low * 10) / 10 if low > CUT else 0.0), 1.0
    return 0.0, min(1.0, math.ceil(high * 10 + 1e-9) / 10)


# ---------------------------------------------------------------- drawing


def events_figure(
    result: TimeToEvent, kind: int | None, language: str, *, narrow: bool = False
) -> Figure:  # fmt: skip
    """The curves on a figure of their own."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    curves = _require(result, kind)
    at = _layout(result, curves, kind, language, narrow=narrow)
    figure = Figure(figsize=(at.width, at.height), facecolor=house().paper)
    _draw(figure.add_axes(at.box), result, curves, kind, language, narrow=narrow)
    return figure


def plot_events(
    result: TimeToEvent, kind: int | None, language: str, ax: Axes | None
) -> Axes:  # fmt: skip
    """The curves on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    curves = _require(result, kind)
    if ax is None:
        from matplotlib import pyplot

        at = _layout(result, curves, kind, language, narrow=False)
        ax = pyplot.figure(figsize=(at.width, at.height)).add_axes(at.box)
    _draw(ax, result, curves, kind, language, narrow=False)
    return ax


def events_drawing(result: TimeToEvent, kind: int | None, language: str) -> Drawing:
    """The curves, for a notebook."""
    figure = events_figure(result, kind, language)
    return Drawing(png(figure), events_alternative(result, kind, language))


def events_picture(result: TimeToEvent, kind: int | None, language: str) -> Picture:
    """The curves, for a report."""

    def draw(narrow: bool) -> Figure:
        return events_figure(result, kind, language, narrow=narrow)

    return in_both_widths(draw, events_alternative(result, kind, language),
                          title(result, kind, language))  # fmt: skip


def _draw(
    ax: Axes, result: TimeToEvent, curves: Sequence[Curve], kind: int | None, language: str, *,
    narrow: bool,
) -> None:  # fmt: skip
    now, small, h = house(), SIZES[narrow][0], result.horizon
    at = _layout(result, curves, kind, language, narrow=narrow)
    several = len(curves) > BANDS
    ax.set_xlim(-0.04 * h, h + (LIMITS if several else STUB))
    ax.set_ylim(at.low, at.high)
    for i, (curve, style) in enumerate(zip(curves, styles(), strict=False)):
        _steps(ax, curve, kind, style, h, band=not several)
        end = _end(curve, kind)
        if several and end is not None:
            x = h + LIMITS * (0.3 + 0.65 * i / len(curves))
            ax.plot([x, x], _limits(end), color=style["color"], lw=1.6, zorder=5)
            _mark(ax, [x], [end.value], style, 0.8)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(now.line)
    ax.grid(axis="y", color=now.line, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=now.soft)
    every = max(1, math.ceil(h / (8 if narrow else 14)))
    shown = [y for y in range(h + 1) if (h - y) % every == 0]
    ax.set_xticks(shown, [str(y) for y in shown])
    step = 20 if at.high - at.low > 0.6 else 10
    marks = [m for m in range(0, 101, step) if at.low <= m / 100 <= at.high + 1e-9]
    ax.set_yticks([m / 100 for m in marks], [str(m) for m in marks])
    words: dict[str, Any] = {"size": small, "color": now.ink, "textcoords": "offset points",
                             "annotation_clip": False, "parse_math": False}  # fmt: skip
    for i, line in enumerate(at.title):
        up = 72 * (at.top - 0.14 - ROW * i)
        ax.annotate(line, (0, 1), xycoords="axes fraction", xytext=(-30, up), weight="bold",
                    va="center", **words)  # fmt: skip
    ax.annotate(SAY["picture.years"][language], (1, 0), xycoords="axes fraction", xytext=(0, -25),
                ha="right", **(words | {"color": now.soft}))  # fmt: skip
    _numbers(ax, curves, shown, language, words, at.note)
    if narrow:
        _key(ax, at, words)
    else:
        _ends(ax, at, curves, kind, words)


def _mark(
    ax: Axes, x: Sequence[float], y: Sequence[float], style: Mapping[str, Any], size: float,
    **more: Any,
) -> None:  # fmt: skip
    ax.plot(x, y, ls="", color=style["color"], marker=style["marker"], ms=style["ms"] * size,
            mfc=style["mfc"], mec=style["color"], mew=1.3, clip_on=False,
            **({"zorder": 6} | more))  # fmt: skip


def _steps(
    ax: Axes, curve: Curve, kind: int | None, style: dict[str, Any], h: int, *, band: bool
) -> None:
    """A step at every year that is shown; over years that are not a thin straight line."""
    known = [(p.year, e) for p in curve.points if (e := _of(p, kind)) is not None]
    line = {k: style[k] for k in ("color", "ls", "lw")}
    for (x, a), (x2, b) in zip(known, [*known[1:], (h + STUB * band, known[-1][1])], strict=True):
        limits = [_limits(a), _limits(b)]
        if x2 - x > 1 + STUB:
            ax.plot([x, x2], [a.value, b.value], color=style["color"], lw=0.9, ls=(0, (1, 2)),
                    zorder=3)  # fmt: skip
            if band:
                ax.fill_between([x, x2], [p[0] for p in limits], [p[1] for p in limits],
                                color=style["color"], alpha=0.08, lw=0, zorder=1)  # fmt: skip
            continue
        ax.plot([x, x2, x2], [a.value, a.value, b.value], zorder=3, solid_joinstyle="miter", **line)
        if band:
            ax.fill_between([x, x2], [limits[0][0]] * 2, [limits[0][1]] * 2, color=style["color"],
                            alpha=0.14, lw=0, zorder=1)  # fmt: skip
    _mark(ax, [x for x, _ in known], [e.value for _, e in known], style, 1.0, zorder=4)


def _limits(e: Estimate) -> tuple[float, float]:
    return (e.value if e.low is None else e.low, e.value if e.high is None else e.high)


def _sample(ax: Axes, style: dict[str, Any], up: float, corner: int) -> None:
    """A piece of a curve at the left of the axes, up points above their foot (0) or top (1)."""
    place = _points_from(ax, 0, corner)
    ax.plot([-30.0, -10.0], [up] * 2, transform=place, clip_on=False, zorder=5,
            color=style["color"], lw=style["lw"] * 0.8, ls=style["ls"])  # fmt: skip
    _mark(ax, [-20.0], [up], style, 0.85, transform=place, zorder=5)


def _numbers(
    ax: Axes, curves: Sequence[Curve], shown: Sequence[int], language: str, words: dict[str, Any],
    note: Sequence[str],
) -> None:  # fmt: skip
    """How many pupils are still followed without event, under the years; a dash for too few."""
    quiet = words | {"color": house().soft}
    ax.annotate(SAY["picture.followed"][language], (0, 0), xycoords="axes fraction",
                xytext=(-30, -25), **quiet)  # fmt: skip
    for i, (curve, style) in enumerate(zip(curves, styles(), strict=False)):
        y = -25 - 72 * ROW * (i + 1) - 1
        _sample(ax, style, y + 3, 0)
        for p in curve.points:
            if p.year in shown:
                told = NONE if p.followed is None else pupils_of(p.followed, language)
                ax.annotate(told, (p.year, 0), xycoords=("data", "axes fraction"), xytext=(0, y),
                            ha="center", **words)  # fmt: skip
    for i, line in enumerate(note):
        y = -25 - 72 * ROW * (len(curves) + 1 + i) - 1
        ax.annotate(line, (0, 0), xycoords="axes fraction", xytext=(-30, y), **quiet)


def _key(ax: Axes, at: Layout, words: dict[str, Any]) -> None:
    """On a phone: the names above the picture, each with a piece of its line."""
    up = 72 * (0.12 + ROW * (sum(map(len, at.names)) - 0.5))
    for name, style in zip(at.names, styles(), strict=False):
        _sample(ax, style, up, 1)
        for line in name:
            ax.annotate(line, (0, 1), xycoords="axes fraction", xytext=(-4, up), va="center",
                        **(words | {"color": style["color"]}))  # fmt: skip
            up -= 72 * ROW


def _ends(
    ax: Axes, at: Layout, curves: Sequence[Curve], kind: int | None, words: dict[str, Any]
) -> None:
    """The value and name of each curve at its end, apart from each other."""
    inches = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).height
    unit = inches / (at.high - at.low)  # inches of the whole scale
    ends = [((e.value - at.low) * unit, name, style)
            for curve, name, style in zip(curves, at.names, styles(), strict=False)
            if (e := _end(curve, kind)) is not None]  # fmt: skip
    ends.sort(key=lambda each: -each[0])
    placed, under = [], math.inf
    for y, name, style in ends:
        half = (ROW * len(name) + APART) / 2
        y = min(y, under - half)
        placed.append((y, half, name, style))
        under = y - half
    lift = max(0.0, -under) if placed else 0.0
    for y, _, name, style in placed:
        up = 72 * (y + lift)
        for i, line in enumerate(name):
            down = 72 * ROW * (i - (len(name) - 1) / 2)
            ax.annotate(line, (1, 0), xycoords="axes fraction", xytext=(6 + 72 * MARK * 0.7, up - down),
                        va="center", weight="bold", **(words | {"color": style["color"]}))  # fmt: skip
        _end_mark(ax, up + 72 * ROW * (len(name) - 1) / 2, style)


def _end_mark(ax: Axes, up: float, style: Mapping[str, Any]) -> None:
    """The mark of a curve before its name, up points above the foot of the axes."""
    _mark(ax, [10.0], [up], style, 0.85, transform=_points_from(ax, 1, 0))


def _points_from(ax: Axes, x: int, y: int) -> Transform:
    """Coordinates in points from a corner of the axes: x, y are 0 (left, foot) or 1 (right, top)."""
    from matplotlib.transforms import Affine2D, ScaledTranslation

    corner = ScaledTranslation(x, y, ax.transAxes)  # type: ignore[arg-type]  # takes one too
    return Affine2D().scale(1 / 72) + ax.figure.dpi_scale_trans + corner
