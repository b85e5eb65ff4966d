"""What a multilevel model adds to a report: how alike pupils of a school are, how it weighs."""

from __future__ import annotations

import math

import numpy as np

from academic_workplace.disclosure import enough_units, may_leave
from academic_workplace.effects.multilevel import REDRAWN, BetweenLabels, BetweenSlopes, Multilevel
from academic_workplace.effects.result import Effect
from academic_workplace.language import Text
from academic_workplace.plan import Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Table
from academic_workplace.report.numerals import NONE, decimal, interval, of_hundred, significant
from academic_workplace.report.words import phrases

SAY = phrases("multilevel")
POOLED = phrases("imputed")  # of values filled in, the shares have no limits
ROUGH = 2  # figures of a rough estimate
EIGHT_OF_TEN = 1.2816  # standard deviations about the mean, of a normal distribution


def alike_sentence(
    detail: Multilevel,
    language: str,
    clusters: Text = SAY["clusters"],
    plan: Plan | None = None,
) -> str:
    """Which part of the differences in scores lies between clusters, and between their classes.

    With a second division: between its labels too. Of an effect that differs from cluster to cluster: how much. plan: has its name for readers.
    """
    if detail.slope is not None:
        return _slope_sentence(detail.slope, language, clusters, plan)
    inside = detail.classes
    if detail.low is None:
        return _without_limits(detail, language, clusters)
    alone = inside is None and detail.crossed is None
    said = SAY["alike" if alone else "alike_with_classes"]
    if detail.boundary:
        said = SAY["alike_at_the_edge"]
    out = said[language].format(
        clusters=clusters[language],
        share=of_hundred(detail.icc),
        least=_percent(detail.low),
        most=_percent(detail.high),
    )
    if detail.crossed is not None:
        return f"{out} {_crossed_sentence(detail.crossed, language, plan)}"
    if inside is None:
        return out
    said = SAY["between_classes_at_the_edge" if inside.boundary else "between_classes"]
    more = said[language].format(
        clusters=clusters[language],
        share=of_hundred(inside.share),
        least=of_hundred(inside.low),
        most=of_hundred(inside.high),
    )
    return f"{out} {more}"


def _without_limits(detail: Multilevel, language: str, clusters: Text) -> str:
    """The same of completed tables together."""
    inside, kind = detail.classes, "scores"
    if detail.boundary:
        kind = "scores_at_the_edge"
    elif inside is not None:
        kind = "scores_with_classes"
    parts = [(kind, detail.icc)]
    if inside is not None:
        parts.append(("classes_at_the_edge" if inside.boundary else "classes", inside.share))
    return " ".join(
        POOLED[f"alike.{key}"][language].format(
            clusters=clusters[language], share=of_hundred(share)
        )
        for key, share in parts
    )


def _crossed_sentence(crossed: BetweenLabels, language: str, plan: Plan | None) -> str:
    """Which part lies between the labels of the second division."""
    said = SAY["between_labels_at_the_edge" if crossed.boundary else "between_labels"]
    return said[language].format(
        name=_division(crossed, language, plan),
        share=of_hundred(crossed.share),
        least=of_hundred(crossed.low),
        most=of_hundred(crossed.high),
    )


def _division(crossed: BetweenLabels, language: str, plan: Plan | None) -> str:
    return crossed.column if plan is None else plan.column_label(crossed.column)[language]


def _percent(share: float | None) -> str:
    return "" if share is None else str(of_hundred(share))


def _slope_sentence(slope: BetweenSlopes, language: str, clusters: Text, plan: Plan | None) -> str:
    """Between what eight of ten clusters lie; that none is seen where the variance is 0."""
    name = _of_what(slope, language, plan)
    of_arms = plan is None or plan.varying == plan.treatment
    if slope.variance == 0:
        said = SAY["varies_no_more_than_chance" if of_arms else "varies_in_no_more_than_chance"]
        return said[language].format(name=name, clusters=clusters[language])
    reach = EIGHT_OF_TEN * math.sqrt(slope.variance)
    return SAY["varies" if of_arms else "varies_in"][language].format(
        clusters=clusters[language],
        name=name,
        least=significant(slope.mean - reach, language, ROUGH),
        most=significant(slope.mean + reach, language, ROUGH),
    )


def _of_what(slope: BetweenSlopes, language: str, plan: Plan | None) -> str:
    if plan is None or plan.varying is None:
        return slope.column
    if plan.varying == plan.treatment and not plan.dose:
        return plan.arm(slope.column.partition("=")[2]).label[language]
    return plan.column_label(plan.varying)[language]


def _told(detail: Multilevel, effect: Effect) -> bool:
    """Whether the variances may leave: that of two labels is how far the two are apart."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return False
    labels = detail.crossed.labels if detail.crossed is not None else None
    return labels is None or enough_units(np.ones(max(len(labels) - 1, 0)))


def page(_: Multilevel, _effect: Effect, _plan: Plan, _language: str) -> list[Block]:
    """Nothing more: the key picture says it."""
    return []


def sure(detail: Multilevel, effect: Effect, plan: Plan, language: str) -> list[str]:
    """That clusters differ without the programme as well, and how much."""
    if not _told(detail, effect):
        return []
    return [alike_sentence(detail, language, plan.study.cluster_label, plan)]


def appendix(detail: Multilevel, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The variances, and how the model weighs. No school is named."""
    if not _told(detail, effect):
        return []
    label = plan.study.cluster_label[language]
    columns = (SAY[f"table.{name}"][language] for name in ("variance", "share", "interval"))
    measure = plan.measure(effect.outcome).label[language]
    caption = SAY["table.caption"][language].format(clusters=label, measure=measure)
    people = plan.study.people[language]
    said = [alike_sentence(detail, language, plan.study.cluster_label, plan)]
    said += [SAY["weighs"][language].format(people=people)]
    if REDRAWN in effect.method:
        said += [SAY["believe_redrawn"][language].format(clusters=label, people=people)]
    else:
        said += [SAY["believe"][language].format(clusters=label)]
    note = SAY["table.note"][language]
    if detail.classes is not None:
        said += [SAY["believe_classes"][language].format(clusters=label, people=people)]
        note = SAY["table.note_classes"][language].format(
            people=people, same=decimal(detail.classes.same, 3, language)
        )
    if detail.crossed is not None:
        division = _division(detail.crossed, language, plan)
        said += [SAY["believe_crossed"][language].format(clusters=label, name=division)]
        note = SAY["table.note_crossed"][language].format(
            people=people, name=division, same=decimal(detail.crossed.same, 3, language)
        )
    if detail.slope is not None:
        name, r = _of_what(detail.slope, language, plan), detail.slope.correlation
        said += [SAY["believe_slopes"][language].format(clusters=label, people=people, name=name)]
        told = SAY["table.unknown"][language] if r is None else decimal(r, 2, language)
        note = SAY["table.note_slopes"][language].format(people=people, name=name, correlation=told)
    if _pooled(detail):
        note = _pooled_note(detail, plan, language)
    return [
        Heading(SAY["title"][language], 2),
        Paragraph(" ".join(said)),
        Table(
            caption, ("", *columns), _rows(detail, plan, language), (False, True, True, True), note
        ),
    ]


def _pooled(detail: Multilevel) -> bool:
    """Whether it is of completed tables together: only these have no limits at all."""
    if detail.slope is not None:
        return math.isnan(detail.slope.low)
    return detail.low is None


def _pooled_note(detail: Multilevel, plan: Plan, language: str) -> str:
    note = [POOLED["note.plain"][language]]
    if detail.classes is not None:
        people, same = plan.study.people[language], decimal(detail.classes.same, 3, language)
        note.append(POOLED["note.classes"][language].format(people=people, same=same))
    if detail.slope is not None:
        name, r = _of_what(detail.slope, language, plan), detail.slope.correlation
        told = SAY["table.unknown"][language] if r is None else decimal(r, 2, language)
        note.append(POOLED["note.slopes"][language].format(name=name, correlation=told))
    return " ".join(note)


def _limits(low: float, high: float, language: str) -> str:
    return NONE if math.isnan(low) else interval(low, high, 3, language)


def _rows(detail: Multilevel, plan: Plan, language: str) -> tuple[tuple[str, ...], ...]:
    """The variances, from between clusters to within what is smallest."""
    label = plan.study.cluster_label[language]
    inside, slope, crossed = detail.classes, detail.slope, detail.crossed
    total = detail.tau2 + detail.sigma2 + (inside.omega2 if inside else 0.0)
    total += crossed.variance if crossed else 0.0
    limits = rest = NONE if detail.low is None and slope is None else ""
    if detail.low is not None and detail.high is not None:
        limits = interval(detail.low, detail.high, 3, language)
        rest = interval(1 - detail.high, 1 - detail.low, 3, language)
    parts = [("between", detail.tau2, decimal(detail.icc, 3, language), limits)]
    if inside is not None:
        own = _limits(inside.low, inside.high, language)
        parts.append(("classes", inside.omega2, decimal(inside.share, 3, language), own))
    if crossed is not None:
        own = interval(crossed.low, crossed.high, 3, language)
        parts.append(("labels", crossed.variance, decimal(crossed.share, 3, language), own))
    if slope is not None:
        sure = _limits(slope.low, slope.high, language)
        parts.append(("slope", slope.variance, "", sure))
    smallest = "pupils" if inside else "within_both" if crossed else "within"
    within = decimal(detail.sigma2 / total, 3, language)
    parts.append((smallest, detail.sigma2, within, "" if inside or crossed else rest))
    name = "" if slope is None else _of_what(slope, language, plan)
    name = _division(crossed, language, plan) if crossed else name
    return tuple(
        (
            SAY[f"table.{part}"][language].format(clusters=label, name=name),
            significant(variance, language),
            share,
            between,
        )
        for part, variance, share, between in parts
    )
