"""What a report says of values that were filled in: how, what it supposes, and how much."""

from __future__ import annotations

import math
from dataclasses import replace

from academic_workplace.disclosure import fewest, may_leave, shown_count
from academic_workplace.effects.imputed import Gap, Imputed
from academic_workplace.effects.result import Caution, Effect
from academic_workplace.effects.together import Source
from academic_workplace.effects.weighted import Weighted
from academic_workplace.errors import dutch
from academic_workplace.evidence.description import why_effect
from academic_workplace.missing.chained import TOO_FAR
from academic_workplace.plan import Estimand, Plan, Study
from academic_workplace.report import comparison, growth
from academic_workplace.report.document import Block, Heading, Paragraph, Table
from academic_workplace.report.numerals import (
    count,
    decimal,
    digits_for,
    hidden,
    of_hundred,
    pupils_share,
)
from academic_workplace.report.words import phrases

SAY = phrases("imputed")
PLAIN = Study()  # the words of a plan that gives none


def imputed_sentence(detail: Imputed, language: str, study: Study = PLAIN) -> str:
    """That values were filled in, what that supposes, and how much of what is unsure it makes."""
    dutch(language)  # refuses any third language
    people, units = study.people[language], study.cluster_label[language]
    said = SAY["filled_in"][language].format(
        m=count(detail.pooled.imputations, language), people=people, units=units
    )
    share = SAY["share"][language].format(
        share=of_hundred(detail.pooled.lost), people=people, units=units
    )
    return f"{said} {SAY['supposes'][language]} {share}"


def may_tell(detail: Imputed) -> Imputed:
    """The same, its method silent where what it tells is of complete cases that may not leave."""
    alone = detail.complete
    if detail.source is not Source.COMPLETE or (alone is not None and not why_effect(alone)):
        return detail
    return replace(detail, behind=None, source=Source.LOST)


def own_sentence(detail: Imputed, plan: Plan, language: str) -> str:
    """Of whom it is what the method tells more: of all tables, or of who is complete."""
    kind = "alike" if isinstance(detail.behind, Weighted) else "complete"
    if detail.source is Source.POOLED:
        kind = "pooled"
    return SAY[f"own.{kind}"][language].format(people=plan.study.people[language])


def counted_sentence(detail: Imputed, plan: Plan, language: str) -> str:
    """The same beside what a design says of how sure the answer is."""
    kind = "counted" if isinstance(detail.behind, Weighted) else "complete"
    return SAY[f"own.{kind}"][language].format(people=plan.study.people[language])


def of_the_measured(plan: Plan, language: str) -> str:
    """Of whom means are."""
    return SAY["means"][language].format(people=plan.study.people[language])


def sure(detail: Imputed, effect: Effect, plan: Plan, language: str) -> list[str]:
    """That the answer rests on values that were filled in; what the method supposes in any case."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    return [
        *supposed(detail, effect, plan, language),
        imputed_sentence(detail, language, plan.study),
    ]


def supposed(detail: Imputed, effect: Effect, plan: Plan, language: str) -> list[str]:
    """What the method supposes where it tells nothing more, and that it does not."""
    if detail.source is not Source.LOST:
        return []
    out = []
    if growth.in_change(effect):
        out = growth.supposed(plan, language)
    elif effect.estimand not in (None, Estimand.LATE):
        out = [comparison.SAY["not_measured"][language]]
    return [*out, SAY["own.lost"][language].format(people=plan.study.people[language])]


def appendix(detail: Imputed, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """How it was done, the answer of complete cases beside it, and how much was filled in."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    people, units = plan.study.people[language], plan.study.cluster_label[language]
    beside = _beside(detail, effect, people, language)
    first = plan.outcomes[0], plan.waves_in_order[0]
    if (effect.outcome, effect.wave) != first:  # how it was done is told once
        return [Paragraph(beside)]
    said = [
        imputed_sentence(detail, language, plan.study),
        _what_share_is(detail, people, language),
    ]
    model = SAY["one_model" if detail.together else "own_model"][language]
    said.append(model.format(people=people, units=units))
    if plan.classes is not None and Caution.CLASSES_NOT_TOLD not in effect.cautions:
        said.append(SAY["classes"][language])
    if detail.outside is not None and of_hundred(detail.outside):
        said.append(SAY["outside"][language].format(share=of_hundred(detail.outside)))
    return [
        Heading(SAY["title"][language], 2),
        Paragraph(" ".join([*said, of_the_measured(plan, language)])),
        _table(detail, plan, language),
        Paragraph(beside),
    ]


def _what_share_is(detail: Imputed, people: str, language: str) -> str:
    """That a share of the uncertainty is no share of the values, and what more imputations mend."""
    p = detail.pooled
    mended = of_hundred(p.between / p.imputations / p.total)
    more = SAY["again.some" if mended else "again.nothing"][language].format(mended=mended)
    return f"{SAY['not_of_values'][language].format(people=people)} {more}"


def _beside(detail: Imputed, effect: Effect, people: str, language: str) -> str:
    """The same difference of complete cases; only where these are as many as a number asks."""
    plan, alone = effect.plan, detail.complete
    measure = plan.measure(effect.outcome).label[language]
    if moment := plan.wave_label(effect.outcome, effect.wave)[language]:
        measure = SAY["beside.moment"][language].format(measure=measure, moment=moment)
    told = alone is not None and may_leave(alone.pupils_arm, alone.pupils_comparison)
    if alone is None or not told or alone.low is None or not math.isfinite(alone.low):
        return SAY["beside.no_answer"][language].format(people=people, measure=measure)
    numbers = (alone.estimate, alone.low, alone.high, effect.estimate, effect.low, effect.high)
    width = math.nan
    if effect.low is not None and effect.high is not None:
        width = effect.high - effect.low
    digits = max(2, digits_for(width))  # as in the tables
    value, low, high, filled, filled_low, filled_high = (
        "" if x is None else decimal(x, digits, language) for x in numbers
    )
    return SAY["beside.complete"][language].format(
        people=people, measure=measure, value=value, low=low, high=high,
        filled=filled, filled_low=filled_low, filled_high=filled_high,
    )  # fmt: skip


def _table(detail: Imputed, plan: Plan, language: str) -> Table:
    """A row per column: the share filled in of every arm, and whether it settled."""
    arms = list(dict.fromkeys(gap.arm for gap in detail.gaps))
    by_column: dict[str, list[Gap]] = {}
    for gap in detail.gaps:
        by_column.setdefault(gap.column, []).append(gap)
    people = plan.study.people[language]
    named = [people] if plan.dose else [plan.arm(arm).label[language] for arm in arms]
    header = (SAY["table.column"][language], SAY["table.kind"][language], *named,
              SAY["table.settled"][language])  # fmt: skip
    rows = tuple(
        (
            _column(plan, name, language), SAY[f"kind.{gaps[0].kind.value}"][language],
            *_shares(gaps, language), decimal(gaps[0].rhat, 2, language),
        )
        for name, gaps in by_column.items()
    )  # fmt: skip
    note = SAY["table.note"][language].format(
        limit=decimal(TOO_FAR, 1, language), minimum=fewest(), people=people
    )
    caption = SAY["table.caption"][language].format(people=people)
    return Table(caption, header, rows, (False, False, *(True for _ in arms), True), note)


def _column(plan: Plan, name: str, language: str) -> str:
    """A column as a reader knows it: an outcome by its measure, background by its label."""
    if name in plan.outcomes:
        return plan.measure(name).label[language]
    return plan.column_label(name)[language]


def _shares(gaps: list[Gap], language: str) -> list[str]:
    """The share of every arm; none where one of them would tell of a few."""
    few = any(
        shown_count(n) is None for gap in gaps for n in (gap.missing, gap.pupils - gap.missing)
    )
    if few:
        return [hidden(language)] * len(gaps)
    return [str(of_hundred(pupils_share(gap.missing, gap.pupils))) for gap in gaps]
