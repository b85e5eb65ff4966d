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
    """Which part of the differences in scores lies between clusters."""
    said = SAY["alike_at_the_edge" if detail.boundary else "alike"]
    return said[language].format(
        clusters=clusters[language],
        share=of_hundred(detail.icc),
        least=of_hundred(detail.low),
        most=of_hundred(detail.high),
    )


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
    total = detail.tau2 + detail.sigma2
    columns = (SAY[f"table.{name}"][language] for name in ("variance", "share", "interval"))
    rows = (
        (
            SAY["table.between"][language].format(clusters=label),
            significant(detail.tau2, language),
            decimal(detail.icc, 3, language),
            interval(detail.low, detail.high, 3, language),
        ),
        (
            SAY["table.within"][language].format(clusters=label),
            significant(detail.sigma2, language),
            decimal(detail.sigma2 / total, 3, language),
            interval(1 - detail.high, 1 - detail.low, 3, language),
        ),
    )
    measure = plan.measure(effect.outcome).label[language]
    caption = SAY["table.caption"][language].format(clusters=label, measure=measure)
    alike = alike_sentence(detail, language, plan.study.cluster_label)
    return [
        Heading(SAY["title"][language], 2),
        Paragraph(f"{alike} {SAY['weighs'][language].format(people=plan.study.people[language])}"),
        Table(
            caption, ("", *columns), rows, (False, True, True, True), SAY["table.note"][language]
        ),
    ]
