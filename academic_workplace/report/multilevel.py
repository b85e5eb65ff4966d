"""What a multilevel model adds to a report: how alike pupils of a school are, how it weighs."""

from __future__ import annotations

from academic_workplace.disclosure import may_leave
from academic_workplace.effects.multilevel import Multilevel
from academic_workplace.effects.result import Effect
from academic_workplace.language import Text
from academic_workplace.plan import Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Table
from academic_workplace.report.numerals import decimal, interval, of_hundred, significant
from academic_workplace.report.words import phrases

SAY = phrases("multilevel")


def alike_sentence(detail: Multilevel, language: str, clusters: Text = SAY["clusters"]) -> str:
    """Which part of the differences in scores lies between clusters, and between their classes."""
    inside = detail.classes
    said = SAY["alike" if inside is None else "alike_with_classes"]
    if detail.boundary:
        said = SAY["alike_at_the_edge"]
    out = said[language].format(
        clusters=clusters[language],
        share=of_hundred(detail.icc),
        least=of_hundred(detail.low),
        most=of_hundred(detail.high),
    )
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


def page(_: Multilevel, _effect: Effect, _plan: Plan, _language: str) -> list[Block]:
    """Nothing more: the key picture says it."""
    return []


def sure(detail: Multilevel, effect: Effect, plan: Plan, language: str) -> list[str]:
    """That clusters differ without the programme as well, and how much."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    return [alike_sentence(detail, language, plan.study.cluster_label)]


def appendix(detail: Multilevel, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The variances, and how the model weighs. No school is named."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    label = plan.study.cluster_label[language]
    columns = (SAY[f"table.{name}"][language] for name in ("variance", "share", "interval"))
    measure = plan.measure(effect.outcome).label[language]
    caption = SAY["table.caption"][language].format(clusters=label, measure=measure)
    people = plan.study.people[language]
    said = [alike_sentence(detail, language, plan.study.cluster_label)]
    said += [SAY["weighs"][language].format(people=people)]
    said += [SAY["believe"][language].format(clusters=label)]
    note = SAY["table.note"][language]
    if detail.classes is not None:
        said += [SAY["believe_classes"][language].format(clusters=label, people=people)]
        note = SAY["table.note_classes"][language].format(
            people=people, same=decimal(detail.classes.same, 3, language)
        )
    return [
        Heading(SAY["title"][language], 2),
        Paragraph(" ".join(said)),
        Table(
            caption, ("", *columns), _rows(detail, label, language), (False, True, True, True), note
        ),
    ]


def _rows(detail: Multilevel, label: str, language: str) -> tuple[tuple[str, ...], ...]:
    """The variances, from between clusters to within what is smallest."""
    inside = detail.classes
    total = detail.tau2 + detail.sigma2 + (inside.omega2 if inside else 0.0)
    parts: list[tuple[str, float, float, tuple[float, float] | None]] = [
        ("between", detail.tau2, detail.icc, (detail.low, detail.high))
    ]
    if inside is None:
        limits = 1 - detail.high, 1 - detail.low
        parts.append(("within", detail.sigma2, detail.sigma2 / total, limits))
    else:
        parts.append(("classes", inside.omega2, inside.share, (inside.low, inside.high)))
        parts.append(("pupils", detail.sigma2, detail.sigma2 / total, None))
    return tuple(
        (
            SAY[f"table.{name}"][language].format(clusters=label),
            significant(variance, language),
            decimal(share, 3, language),
            interval(*limits, 3, language) if limits else "",
        )
        for name, variance, share, limits in parts
    )
