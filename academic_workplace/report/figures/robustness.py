"""Would it stand? An effect without each of the clusters, and under every other choice."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.evidence.influence import Influence, Influences, Without
from academic_workplace.evidence.specifications import Curve, Specification
from academic_workplace.evidence.weighing import Finding
from academic_workplace.intake.layout import SEPARATES_WAVE
from academic_workplace.plan import Method, Plan
from academic_workplace.report.comparing import WAYS
from academic_workplace.report.figures.effects import (
    FOOT,
    GROUP,
    LABEL,
    NUMBER,
    RANGE,
    ROW,
    TOP,
    Line,
    colour_of,
    no_number,
    number,
)
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE
from academic_workplace.report.findings import CLEAR, WORSE, shown
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal, interval
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("robustness")
EFFECTS = phrases("findings")
METHODS = {method: SAY[f"method.{method.name.lower()}"] for method in Method}
NARROW_LABEL = 24  # letters of a label that fit before the numbers on a phone
PANEL, CHOICE, HEAD = 1.9, 0.2, 0.3  # height of the estimates, of a choice, and of a group's name


def told(influence: Influence) -> list[Without]:
    """Those that may be told: of a cluster of too few pupils its absence tells too much."""
    if not shown(influence.finding):
        return []
    return [w for w in influence.without if w.finding and may_leave(w.pupils) and shown(w.finding)]


def _no_number(finding: Finding, language: str) -> dict[str, str]:
    """Why an effect has no number, for `no_number`."""
    people = finding.effect.plan.study.people[language]
    return {
        "hidden": EFFECTS["picture.hidden"][language].format(minimum=fewest(), people=people),
        "no answer": EFFECTS["picture.no_answer"][language],
    }


# ---------------------------------------------------------------- without one of the clusters


def influence_picture(influences: Influences, language: str, *, narrow: bool = False) -> Figure:
    """Every effect as a point, and a tick where it lies without each of the clusters."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    rows = _rows(influences, language)
    size = (NARROW if narrow else WIDE, _influence_height(rows, narrow=narrow))
    figure = Figure(figsize=size, facecolor=house().paper)
    _draw_influence(figure.add_axes((0, 0, 1, 1)), rows, language, narrow=narrow)
    return figure


def plot_influence(influences: Influences, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    rows = _rows(influences, language)
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _influence_height(rows, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    _draw_influence(ax, rows, language, narrow=False)
    return ax


def _rows(influences: Influences, language: str) -> list[Line[Influence]]:
    """Outcomes in the order of the plan, waves in order of time, from top to bottom."""
    plan = influences[0].effect.plan
    several = len({item.effect.arm for item in influences}) > 1
    waves, arms = ("", *plan.waves), tuple(plan.study.arms)

    def place(item: Influence) -> tuple[int, int, int]:
        e = item.effect
        arm = arms.index(e.arm) if e.arm in arms else 0
        return plan.outcomes.index(e.outcome), waves.index(e.wave), arm

    out: list[Line[Influence]] = []
    last = None
    for item in sorted(influences, key=place):
        e = item.effect
        wave = plan.wave_label(e.outcome, e.wave)[language]
        head = (e.outcome, e.wave if several else "")
        if head != last:
            out.append(Line(title_of(e, language), wave if several else ""))
            last = head
        out.append(Line(plan.arm(e.arm).label[language] if several else wave, "", item))
    return out


def _influence_height(rows: Sequence[Line[Influence]], *, narrow: bool) -> float:
    names = sum(row.item is None for row in rows)
    return TOP + names * GROUP + (len(rows) - names) * _step(rows, narrow=narrow) + FOOT


def _step(rows: Sequence[Line[Influence]], *, narrow: bool) -> float:
    """The height of a line: more on a phone, and where a label needs two lines."""
    longest = max(len(row.name) for row in rows if row.item is not None)
    if narrow:
        return ROW * (2.3 if longest > NARROW_LABEL else 1.75)
    return ROW * (1.35 if longest > LABEL else 1)


def _draw_influence(
    ax: Axes, rows: Sequence[Line[Influence]], language: str, *, narrow: bool
) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    now, (small, normal) = house(), SIZES[narrow]
    width = NARROW if narrow else WIDE
    left, right = (0.08, width - 0.08) if narrow else (1.95, 5.05)
    items = [row.item for row in rows if row.item]
    smallest = items[0].effect.plan.smallest_effect
    points = [
        w.finding.g for item in items for w in told(item) if w.finding and w.finding.g is not None
    ]
    points += [i.finding.g for i in items if i.finding.g is not None and shown(i.finding)]
    at = _scale([-1.5 * smallest, 1.5 * smallest, *points], left, right)
    ax.set_xlim(0, width)
    ax.set_ylim(_influence_height(rows, narrow=narrow), 0)
    ax.axis("off")
    band = (at(-smallest), at(smallest))
    middle = min(max(at(0), left + 0.55), right - 0.55)
    grey: dict[str, Any] = {"size": small, "color": now.soft}
    ax.text(
        middle,
        TOP + 0.06,
        EFFECTS["picture.too_small"][language],
        ha="center",
        va="bottom",
        linespacing=1.1,
        **grey,
    )
    if not narrow:
        ax.text(NUMBER, TOP + 0.06, SAY["without.with_all"][language], ha="right", va="bottom",
                **grey)  # fmt: skip
        ax.text(RANGE, TOP + 0.06, SAY["without.without_one"][language], va="bottom", **grey)
    y, first, step = TOP, True, _step(rows, narrow=narrow)
    for i, row in enumerate(rows):
        if row.item is None:
            if not first:
                ax.plot([0, width], [y + 0.03] * 2, color=now.line, lw=0.8)
            y += GROUP
            name = ax.text(
                0, y - 0.1, row.name, size=normal, color=now.ink, weight="bold", va="center"
            )
            if row.note:
                ax.annotate(row.note, (1, 0.5), xycoords=name, xytext=(5, 0), size=small,
                            textcoords="offset points", color=now.soft, va="center")  # fmt: skip
            first = False
            continue
        line_y = y + (step - 0.13 if narrow else step / 2)
        top = line_y - 0.13 if narrow else y
        ends_group = i + 1 == len(rows) or rows[i + 1].item is None
        bottom = y + step - (0.02 if ends_group else 0)
        ax.fill_between(band, top, bottom, color=now.band, lw=0)
        ax.plot([at(0)] * 2, [top, bottom], color=now.soft, lw=0.9)
        label = textwrap.fill(row.name, NARROW_LABEL if narrow else LABEL)
        label_y = y + 0.13 if narrow else line_y
        top_y, va = (y + 0.07, "top") if narrow else (line_y, "center")
        ax.text(0, top_y, label, va=va, linespacing=1.05, **grey)
        _influence_marks(ax, row.item, line_y, label_y, at, language, narrow=narrow)
        y += step
    turn = min(max(at(0), 1.18), width - 1.18)  # the words stay within the picture
    worse, better = (EFFECTS[f"picture.{way}"][language] for way in ("worse", "better"))
    ax.text(turn - 0.07, y + 0.16, worse, ha="right", va="center", **grey)
    ax.text(turn + 0.07, y + 0.16, better, va="center", **grey)


def _influence_marks(
    ax: Axes,
    item: Influence,
    line_y: float,
    label_y: float,
    at: Callable[[float], float],
    language: str,
    *,
    narrow: bool,
) -> None:
    """The point of one effect, a tick for each cluster left out, and the numbers."""
    found = [(w, w.finding.g) for w in told(item) if w.finding and w.finding.g is not None]
    if not found or item.finding.g is None:
        no_number(ax, item.finding, _no_number(item.finding, language), label_y, narrow=narrow)
        return
    now, clear, colour = house(), item.finding.verdict in CLEAR, colour_of(item.finding)
    changed = {w.cluster for w in item.changed}
    ticks = [g for w, g in found if w.cluster not in changed]
    others = [g for w, g in found if w.cluster in changed]
    ends = [g for _, g in found]
    point_y, rug_y = line_y - 0.04, line_y + 0.07
    ax.plot([at(min(ends)), at(max(ends))], [point_y] * 2, color=colour, lw=1.6, zorder=3,
            solid_capstyle="round")  # fmt: skip
    ax.plot([at(g) for g in ticks], [rug_y] * len(ticks), "|", ms=5, mec=colour, mew=0.8,
            alpha=0.7, zorder=3)  # fmt: skip
    ax.plot([at(g) for g in others], [rug_y] * len(others), "D", ms=3.6, mfc=now.paper, mec=now.ink,
            mew=0.9, zorder=5)  # fmt: skip
    ax.plot(at(item.finding.g), point_y, "o", ms=7, mfc=colour if clear else now.paper, mec=colour,
            mew=1.5, zorder=4)  # fmt: skip
    value, span = decimal(item.finding.g, 2, language), interval(min(ends), max(ends), 2, language)
    number(ax, item.finding, value, span, line_y, label_y, narrow=narrow)


def _scale(values: Sequence[float], start: float, end: float) -> Callable[[float], float]:
    """From numbers to inches, with a little room at both ends."""
    low, high = min(values), max(values)
    margin = 0.06 * (high - low)
    low, high = low - margin, high + margin

    def at(x: float) -> float:
        return start + (x - low) / (high - low) * (end - start)

    return at


def title_of(effect: Effect, language: str) -> str:
    """The outcome, named in its favourable direction."""
    measure = effect.plan.measure(effect.outcome)
    name = (measure.better_label if measure.better == "lower" else measure.label)[language]
    return name[:1].upper() + name[1:]


# ---------------------------------------------------------------- under other choices


def curve_picture(curve: Curve, language: str, *, narrow: bool = False) -> Figure:
    """Every estimate with its interval, and under it the choices that gave it."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    size = (NARROW if narrow else WIDE, _curve_height(curve, narrow=narrow))
    figure = Figure(figsize=size, facecolor=house().paper)
    _draw_curve(figure.add_axes((0, 0, 1, 1)), curve, language, narrow=narrow)
    return figure


def plot_curve(curve: Curve, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _curve_height(curve, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    _draw_curve(ax, curve, language, narrow=False)
    return ax


def control(plan: Plan, name: str, language: str) -> str:
    """What is adjusted for; an outcome's own baseline by its role."""
    if SEPARATES_WAVE in name or (name in plan.baselines and name not in plan.study.columns):
        return SAY["choices.before"][language]
    return plan.column_label(name)[language]


@dataclass(frozen=True, slots=True)
class _Choices:
    """A group of choices under the curve: its name, and per choice who made it."""

    name: str
    choices: tuple[tuple[str, tuple[bool, ...]], ...]


def _choices(curve: Curve, language: str) -> list[_Choices]:
    plan = curve.effect.plan
    found = curve.specifications
    adjusted = [
        (SAY["choices.nothing"][language], tuple(not s.covariates for s in found)),
        *(
            (control(plan, name, language), tuple(name in s.covariates for s in found))
            for name in curve.controls
        ),
    ]
    kinds = dict.fromkeys(s.inference for s in sorted(found, key=lambda s: s.inference.value))
    by = [(WAYS[kind][language], tuple(s.inference is kind for s in found)) for kind in kinds]
    out = [_Choices(SAY["choices.adjusted"][language], tuple(adjusted))] if curve.controls else []
    out.append(_Choices(SAY["choices.inference"][language], tuple(by)))
    plain = (Method.DIFFERENCE, Method.ADJUSTED)
    others = dict.fromkeys(s.method for s in found if s.method not in plain)
    if others:
        made = [(METHODS[m][language], tuple(s.method is m for s in found)) for m in others]
        out.append(_Choices(SAY["choices.method"][language], tuple(made)))
    return out


def _curve_height(curve: Curve, *, narrow: bool) -> float:
    groups = _choices(curve, "nl")
    lines = sum(len(group.choices) for group in groups)
    return TOP + PANEL + len(groups) * HEAD + lines * CHOICE * (1.9 if narrow else 1) + 0.1


def _draw_curve(ax: Axes, curve: Curve, language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    now, (small, normal) = house(), SIZES[narrow]
    width = NARROW if narrow else WIDE
    left, right = (0.42, width - 0.1) if narrow else (2.2, width - 0.1)
    height = _curve_height(curve, narrow=narrow)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    grey: dict[str, Any] = {"size": small, "color": now.soft}
    found = [s for s in curve.specifications if s.finding.g is not None]
    if not found or not shown(curve.planned.finding):
        main = curve.planned.finding
        why = _no_number(main, language)["no answer" if shown(main) else "hidden"]
        ax.text(width / 2, TOP + PANEL / 2, why, ha="center", va="center", **grey)
        return
    smallest = curve.effect.plan.smallest_effect
    ends = [x for s in found for x in (s.finding.low, s.finding.g, s.finding.high)
            if x is not None and math.isfinite(x)]  # fmt: skip
    at = _scale([-1.2 * smallest, 1.2 * smallest, *ends], TOP + PANEL, TOP)
    step = min((right - left) / len(curve.specifications), 0.5)
    places = [left + (i + 0.5) * step for i in range(len(curve.specifications))]
    own = next(x for x, s in zip(places, curve.specifications, strict=True) if s.planned)
    half = min(step / 2, 0.14)
    ax.fill_between([left, right], at(-smallest), at(smallest), color=now.band, lw=0)
    ax.fill_between([own - half, own + half], TOP, height - 0.04, color=now.mark_ground, lw=0)
    ax.plot([left, right], [at(0)] * 2, color=now.soft, lw=0.9)
    placed: list[float] = []
    for g in (0.0, smallest, -smallest, max(ends), min(ends)):
        if all(abs(at(g) - y) >= 0.16 for y in placed):  # the numbers stay clear of each other
            number = decimal(g, 2 if g else 0, language)
            ax.text(left - 0.06, at(g), number, ha="right", va="center", **grey)
            placed.append(at(g))
    planned = decimal(curve.planned.finding.g, 2, language)
    value = SAY["choices.plan_value"][language].format(value=planned)
    inside = min(max(own, left + 0.35), right - 0.35)
    ax.text(inside, TOP - 0.05, value, size=small, color=now.accent, weight="bold", ha="center",
            va="bottom")  # fmt: skip
    up, down = (SAY[f"choices.{way}"][language] for way in ("up", "down"))
    if not narrow:
        middle = min(max(at(0), TOP + 0.34), TOP + PANEL - 0.34)
        too_small = EFFECTS["picture.too_small"][language]
        ax.text(0, middle, too_small, va="center", linespacing=1.1, **grey)
        ax.text(0, TOP + 0.06, up, va="center", **grey)
        ax.text(0, TOP + PANEL - 0.06, down, va="center", **grey)
    else:
        side = right if own < (left + right) / 2 else left
        ax.text(side, TOP - 0.05, up, ha="right" if side == right else "left", va="bottom",
                **grey)  # fmt: skip
    for x, s in zip(places, curve.specifications, strict=True):
        _estimate(ax, s, x, at)
    y = TOP + PANEL
    for group in _choices(curve, language):
        ax.text(0, y + 0.2, group.name, size=normal, color=now.ink, weight="bold", va="center")
        y += HEAD
        for label, made in group.choices:
            label_y = y + CHOICE / 2
            dots_y = label_y + (CHOICE * 0.85 if narrow else 0)
            ax.text(
                0,
                label_y,
                textwrap.shorten(label, 48 if narrow else 31, placeholder=" …"),
                va="center",
                **grey,
            )
            for x, s, so in zip(places, curve.specifications, made, strict=True):
                colour = (now.accent if s.planned else now.soft) if so else now.line
                ax.plot(x, dots_y, "o", ms=4.6 if so else 2.2, color=colour, mec="none")
            y += CHOICE * (1.9 if narrow else 1)


def _estimate(ax: Axes, s: Specification, x: float, at: Callable[[float], float]) -> None:
    """One estimate of the curve; a limit without end runs to the edge and ends in an arrow."""
    finding = s.finding
    if finding.g is None:
        return
    now, clear = house(), finding.verdict in CLEAR
    colour = (now.accent if finding.verdict not in WORSE else now.second) if s.planned else now.soft
    if finding.low is not None and finding.high is not None:
        edges = {-math.inf: TOP + PANEL, math.inf: TOP}
        low, high = (edges[g] if g in edges else at(g) for g in (finding.low, finding.high))
        ax.plot([x, x], [low, high], color=colour, lw=2.6 if s.planned else 1.2, zorder=3,
                solid_capstyle="round")  # fmt: skip
        for g, marker in ((finding.low, "v"), (finding.high, "^")):
            if g in edges:
                ax.plot(x, edges[g], marker, ms=4, color=colour, zorder=3)
    ax.plot(x, at(finding.g), "o", ms=7 if s.planned else 4.6, mfc=colour if clear else now.paper,
            mec=colour, mew=1.4, zorder=4)  # fmt: skip
