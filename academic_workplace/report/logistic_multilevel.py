"""What a logistic multilevel model adds to a report: shares, and how much clusters differ in them."""

from __future__ import annotations

import math

from academic_workplace.disclosure import may_leave
from academic_workplace.effects.logistic_multilevel import LogisticMultilevel
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.evidence.description import spread_told
from academic_workplace.plan import Plan
from academic_workplace.report import logistic
from academic_workplace.report.document import Block, Paragraph, Table
from academic_workplace.report.numerals import NONE, decimal, interval, of_hundred, significant
from academic_workplace.report.words import phrases

SAY = phrases("logistic_multilevel")
POOLED = phrases("imputed")  # of values filled in, the share has no limits


def sentence(detail: LogisticMultilevel, language: str) -> str:
    """The two shares, and how much clusters differ."""
    return f"{logistic.shares_sentence(detail.shares, language)} {alike(detail, language)}"


def alike(detail: LogisticMultilevel, language: str) -> str:
    """Which part of the differences in chance lies between clusters; that none is seen."""
    dutch(language)  # refuses any third language
    if not detail.converged:
        return SAY["alike.not_known"][language]
    said = SAY["alike.at_the_edge" if detail.boundary else "alike.between"][language]
    if math.isnan(detail.low):
        said = POOLED["alike.chances_at_the_edge" if detail.boundary else "alike.chances"][language]
    return said.format(
        clusters=detail.shares.plan.study.cluster_label[language],
        share=of_hundred(detail.icc),
        least="" if math.isnan(detail.low) else of_hundred(detail.low),
        most="" if math.isnan(detail.high) else of_hundred(detail.high),
    )


def told(effect: Effect) -> bool:
    """Whether how alike pupils of a cluster are may leave."""
    return may_leave(effect.pupils_arm, effect.pupils_comparison) and spread_told(effect)


def large(detail: LogisticMultilevel, effect: Effect, language: str, *, clear: bool) -> list[Block]:
    """How large the difference is, in pupils."""
    return logistic.large(detail.shares, effect, language, clear=clear)


def sure(detail: LogisticMultilevel, effect: Effect, plan: Plan, language: str) -> list[str]:
    """Whether a simpler model says the same; that it did not come to rest. The rest: appendix."""
    said = logistic.sure(detail.shares, effect, plan, language)
    return said if detail.converged or not told(effect) else [*said, alike(detail, language)]


def appendix(detail: LogisticMultilevel, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The logistic model, and under it the variance between clusters. No cluster is named."""
    blocks = logistic.appendix(detail.shares, effect, plan, language)
    people, label = plan.study.people[language], plan.study.cluster_label[language]
    said = [SAY["averaged"][language].format(clusters=label)]
    said += [SAY["odds_inside"][language].format(people=people)]
    said += [SAY["believe"][language].format(clusters=label)]
    if not told(effect):
        return [*blocks, Paragraph(" ".join(said))]
    said = [alike(detail, language), *said]
    if not detail.converged:
        return [*blocks, Paragraph(" ".join(said))]
    columns = (SAY[f"table.{name}"][language] for name in ("variance", "share", "interval"))
    measure = plan.measure(effect.outcome).label[language]
    row = (
        SAY["table.between"][language].format(clusters=label),
        significant(detail.tau2, language),
        decimal(detail.icc, 3, language),
        NONE if math.isnan(detail.low) else interval(detail.low, detail.high, 3, language),
    )
    note = SAY["table.note"][language].format(points=detail.points)
    if math.isnan(detail.low):
        note = POOLED["note.chances"][language]
    return [
        *blocks,
        Paragraph(" ".join(said)),
        Table(
            SAY["table.caption"][language].format(clusters=label, measure=measure),
            ("", *columns), (row,), (False, True, True, True),
            note,
        ),
    ]  # fmt: skip
