"""Pictures of cohorts compared: rows beside nought, gaps over cohorts, steps of a gap, a trend."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from academic_workplace.cohorts.compare import Comparisons
from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.cohorts.decompose import Decomposition, Kind
from academic_workplace.cohorts.parts import Element
from academic_workplace.cohorts.standardise import Standardised
from academic_workplace.cohorts.trend import Trend
from academic_workplace.report.cohorts.comparing import way_name
from academic_workplace.report.cohorts.decomposing import element_name, part_scale
from academic_workplace.report.cohorts.scale import Scale, nothing, scale_of, upper, word
from academic_workplace.report.document import Picture
from academic_workplace.report.figures.panels import (
    Mark,
    Panel,
    Series,
    on_axes,
    panels_alt,
    panels_figure,
    series,
)
from academic_workplace.report.figures.steps import Step, steps_figure, steps_on
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.numerals import NONE, decimal
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("cohorts")
MOST_COHORTS = 4  # beyond which only two ways are drawn
RAW = Mark("second", "s", False, "--")
SAME_INTAKE = Mark("accent", "o", True, "-")
TOTAL = Mark("ink", "D", False, "-")
LOOKS = {
    "raw": RAW, "standardised": SAME_INTAKE, "inverse odds": Mark("accent", "^"),
    "regression": Mark("accent", "D"),
}  # fmt: skip
BARS = {
    Element.EXPLAINED: Mark("accent"),
    Element.UNEXPLAINED: Mark("second", filled=False, hatch="////"),
    Element.INTERACTION: Mark("soft", filled=False, hatch="...."),
    Element.ONLY_GROUP: Mark("soft", filled=False),
    Element.ONLY_REFERENCE: Mark("soft", filled=False),
}


def _drawing(draw: Callable[[], Figure], alternative: str) -> Drawing:
    return Drawing(png(draw()), alternative)


def _percent(share: bool) -> tuple[float, str]:
    return (100.0, "%") if share else (1.0, "")


# ---------------------------------------------------------------- cohorts compared


def _comparison_steps(found: Comparisons, language: str) -> list[Step]:
    ways = list(LOOKS)[: 2 if len(found) > MOST_COHORTS else None]
    out = []
    for c in found:
        if c.withheld:
            continue
        cohort = word(found.labels, c.cohort, language)
        out.append(Step(SAY["picture.cohort"][language].format(cohort=cohort)))
        out += [Step(way_name(way, language), each, LOOKS[way])
                for way, each in c.ways() if way in ways]  # fmt: skip
    return out


def _comparison_scale(found: Comparisons, language: str) -> Scale:
    return scale_of([e for c in found for _, e in c.ways()], language, share=found.share)


def _axis(found: Comparisons, language: str) -> tuple[str, str]:
    """Below the lines: on a page, and on a phone, where the limits stand in brackets."""
    if found.share:
        return SAY["axis.points_wide"][language], SAY["axis.points_narrow"][language]
    return SAY["axis.difference_wide"][language], SAY["axis.difference_narrow"][language]


def comparisons_picture(found: Comparisons, language: str, *, narrow: bool = False) -> Figure:
    """Every cohort: the difference as it is, and at equal intake."""
    return steps_figure(_comparison_steps(found, language), _comparison_scale(found, language),
                        _axis(found, language), narrow=narrow, bars=False)  # fmt: skip


def plot_comparisons(found: Comparisons, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    return steps_on(ax, _comparison_steps(found, language), _comparison_scale(found, language),
                    _axis(found, language), bars=False)  # fmt: skip


def comparisons_alt(found: Comparisons, language: str) -> str:
    """The picture in words."""
    scale, out = _comparison_scale(found, language), []
    for step in _comparison_steps(found, language):
        if step.found is None:
            out.append(f"{step.name}:")
        else:
            span = scale.span(step.found)
            limits = f" ({span});" if span != NONE else ";"
            out.append(f"{step.name} {scale.signed(step.found.value)}{limits}")
    if not out:
        return nothing(language)
    reference = word(found.labels, found.reference, language)
    start = SAY["compare.caption"][language].format(reference=reference)
    return f"{start}. {' '.join(out)}"


def comparisons_drawing(found: Comparisons, language: str) -> Drawing:
    """The picture for a notebook."""
    return _drawing(lambda: comparisons_picture(found, language), comparisons_alt(found, language))


def comparisons_block(found: Comparisons, language: str) -> Picture:
    """The picture for a report, in both widths."""
    return in_both_widths(
        lambda narrow: comparisons_picture(found, language, narrow=narrow),
        comparisons_alt(found, language), SAY["picture.compare"][language],
    )  # fmt: skip


# ---------------------------------------------------------------- as it is and at one intake


def _standardised_panels(found: Standardised, language: str) -> list[Panel]:
    by, unit = _percent(found.share)
    names = (SAY["picture.raw"][language], SAY["picture.at_intake"][language].format(
        reference=word(found.labels, found.reference, language)))  # fmt: skip
    places = tuple(dict.fromkeys(x.cohort for x in found))
    gaps = bool(found.shifts) and bool(found.shifts[0].reference_group)
    out = []
    for group in dict.fromkeys(x.group for x in found):
        mine = [s for s in found.shifts if s.group == group] if gaps else []
        rows: dict[str, tuple[Estimate | None, Estimate | None]] = (
            {s.cohort: (s.raw, s.standardised) for s in mine} if gaps
            else {x.cohort: (x.raw, x.standardised) for x in found if x.group == group}
        )  # fmt: skip
        turn = 1.0
        if mine:  # above nought where the gap began, so that a smaller gap goes down
            first = next((s for s in mine if s.cohort == s.since), mine[0])
            turn = -1.0 if first.raw.value < 0 else 1.0
        drawn = tuple(
            series(names[i], [rows.get(p, (None, None))[i] for p in places], turn * by, mark)
            for i, mark in enumerate((RAW, SAME_INTAKE))
        )
        if not any(math.isfinite(y) for s in drawn for y in s.y):
            continue
        kind = "mean" if not mine and not group else "group" if not mine else (
            "gap_lower" if turn < 0 else "gap_higher")  # fmt: skip
        title = SAY[f"panel.{kind}"][language].format(
            outcome=upper(word(found.labels, found.outcome, language)),
            group=word(found.labels, group, language),
            other=word(found.labels, mine[0].reference_group, language) if mine else "",
        )
        shown = tuple(word(found.labels, p, language) for p in places)
        out.append(Panel(title, drawn, shown, unit, gaps))
    return out


def standardised_picture(found: Standardised, language: str, *, narrow: bool = False) -> Figure:
    """Per pair of groups the gap over cohorts, as it is and at the intake of the reference."""
    return panels_figure(_standardised_panels(found, language), nothing(language), language,
                         narrow=narrow)  # fmt: skip


def plot_standardised(found: Standardised, language: str, ax: Axes | None) -> Axes:
    """The first panel on axes of the caller's (or new ones)."""
    panels = _standardised_panels(found, language)
    return on_axes(ax, panels[0] if panels else None, nothing(language), language)


def standardised_alt(found: Standardised, language: str) -> str:
    """The picture in words."""
    return panels_alt(_standardised_panels(found, language), nothing(language), language)


def standardised_drawing(found: Standardised, language: str) -> Drawing:
    """The picture for a notebook."""
    return _drawing(lambda: standardised_picture(found, language),
                    standardised_alt(found, language))  # fmt: skip


def standardised_block(found: Standardised, language: str) -> Picture:
    """The picture for a report, in both widths."""
    reference = word(found.labels, found.reference, language)
    return in_both_widths(
        lambda narrow: standardised_picture(found, language, narrow=narrow),
        standardised_alt(found, language),
        SAY["picture.standardise"][language].format(reference=reference),
    )


# ---------------------------------------------------------------- the parts of a gap


def waterfall(found: Decomposition, language: str) -> list[Step]:
    """From the mean of the reference to that of the group, a step per part."""
    a, b = (word(found.labels, name, language) for name in (found.group, found.reference))
    at = found.mean_reference
    steps = [Step(b, start=at, total=True)]
    for p in found.parts:
        if p.element is Element.GAP or p.at is not None:
            continue
        name = element_name(found, p.element, language)
        steps.append(Step(name, p.estimate, BARS[p.element], at))
        at += p.estimate.value
    return [*steps, Step(a, start=found.mean, total=True)]


def _quantile_panel(found: Decomposition, language: str) -> Panel:
    levels = tuple(dict.fromkeys(p.at for p in found.parts if p.at is not None))
    by, unit = _percent(found.share)
    looks = {Element.GAP: TOTAL, Element.EXPLAINED: SAME_INTAKE, Element.UNEXPLAINED: RAW}
    whom = "cohorts" if found.cohorts else "groups"
    drawn = tuple(
        series(SAY[f"picture.short_{whom}"][language] if element is Element.EXPLAINED
               else element_name(found, element, language),
               [found.part(element, at) for at in levels], by, look)
        for element, look in looks.items()
    )  # fmt: skip
    title = SAY["panel.less"][language].format(
        outcome=upper(word(found.labels, found.outcome, language)),
        group=word(found.labels, found.group, language),
        other=word(found.labels, found.reference, language),
    )
    places = tuple(f"{decimal(100 * q, 0, language)}%" for q in levels)
    return Panel(title, drawn, places, unit, True, SAY["axis.quantiles"][language])


def _at_quantiles(found: Decomposition) -> bool:
    return found.kind is Kind.REWEIGHTED and any(p.at is not None for p in found.parts)


def _step_axis(language: str) -> tuple[str, str]:
    return SAY["axis.steps_wide"][language], SAY["axis.steps_narrow"][language]


def decomposition_picture(found: Decomposition, language: str, *, narrow: bool = False) -> Figure:
    """The steps from one mean to the other; of a reweighted one the parts per quantile."""
    if _at_quantiles(found):
        return panels_figure([_quantile_panel(found, language)], nothing(language), language,
                             narrow=narrow)  # fmt: skip
    return steps_figure(waterfall(found, language), part_scale(found, language),
                        _step_axis(language), narrow=narrow, bars=True)  # fmt: skip


def plot_decomposition(found: Decomposition, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    if _at_quantiles(found):
        return on_axes(ax, _quantile_panel(found, language), nothing(language), language)
    return steps_on(ax, waterfall(found, language), part_scale(found, language),
                    _step_axis(language), bars=True)  # fmt: skip


def decomposition_alt(found: Decomposition, language: str) -> str:
    """The picture in words."""
    if _at_quantiles(found):
        return panels_alt([_quantile_panel(found, language)], nothing(language), language)
    scale, out = part_scale(found, language), []
    for step in waterfall(found, language):
        if step.found is None:
            out.append(f"{step.name}: {scale.number(step.start)}")
        else:
            span = scale.span(step.found)
            limits = f" ({span})" if span != NONE else ""
            out.append(f"{step.name}: {scale.signed(step.found.value)}{limits}")
    return "; ".join(out) + "."


def decomposition_drawing(found: Decomposition, language: str) -> Drawing:
    """The picture for a notebook."""
    return _drawing(lambda: decomposition_picture(found, language),
                    decomposition_alt(found, language))  # fmt: skip


def decomposition_block(found: Decomposition, language: str) -> Picture:
    """The picture for a report, in both widths."""
    whom = "cohorts" if found.cohorts else "groups"
    how = "quantiles" if _at_quantiles(found) else "steps"
    return in_both_widths(
        lambda narrow: decomposition_picture(found, language, narrow=narrow),
        decomposition_alt(found, language), SAY[f"picture.{how}_{whom}"][language],
    )  # fmt: skip


# ---------------------------------------------------------------- trend


def _trend_panel(found: Trend, language: str) -> Panel:
    by, unit = _percent(found.share)
    means = series(SAY["picture.means"][language], [c.mean for c in found.cohorts], by,
                   Mark("accent", "o", True, ""))  # fmt: skip
    none = [math.nan] * len(found.cohorts)
    broken = [i for i, c in enumerate(found.cohorts) if c.cohort == found.break_at]
    first = broken[0] if broken else len(found.cohorts)
    runs: list[tuple[str, Sequence[int]]] = [(SAY["picture.line"][language], range(first))]
    if broken:
        runs = [(SAY["picture.line_before"][language], range(first)),
                (SAY["picture.line_after"][language],
                 range(first, len(found.cohorts)))]  # fmt: skip
    lines = []
    for i, (name, at) in enumerate(runs):
        y = [by * c.line if j in at else math.nan for j, c in enumerate(found.cohorts)]
        if i == 0 and broken and found.before is not None:
            y[first] = by * found.before  # where it was going
        marker = "_" if len(at) == 1 else ""  # one point is no line
        mark = Mark("ink" if i else "second", marker, True, "-" if i else "--")
        lines.append(Series(name, y, none, none, mark, side=False))
    title = upper(word(found.labels, found.outcome, language))
    places = tuple(word(found.labels, c.cohort, language) for c in found.cohorts)
    return Panel(title, (replace(means, side=False), *lines), places, unit, False)


def trend_picture(found: Trend, language: str, *, narrow: bool = False) -> Figure:
    """The means with their intervals, and the line before and after the break."""
    return panels_figure([_trend_panel(found, language)], nothing(language), language,
                         narrow=narrow)  # fmt: skip


def plot_trend(found: Trend, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    return on_axes(ax, _trend_panel(found, language), nothing(language), language)


def trend_alt(found: Trend, language: str) -> str:
    """The picture in words."""
    return panels_alt([_trend_panel(found, language)], nothing(language), language)


def trend_drawing(found: Trend, language: str) -> Drawing:
    """The picture for a notebook."""
    return _drawing(lambda: trend_picture(found, language), trend_alt(found, language))


def trend_block(found: Trend, language: str) -> Picture:
    """The picture for a report, in both widths."""
    how = "trend_broken" if found.break_at else "trend"
    return in_both_widths(
        lambda narrow: trend_picture(found, language, narrow=narrow), trend_alt(found, language),
        SAY[f"picture.{how}"][language],
    )  # fmt: skip
