"""What taking part did, for readers: the offer first, then those who took part because of it."""

from __future__ import annotations

import math

from academic_workplace.effects.complier import Complier
from academic_workplace.effects.regression import Interval
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.instrument import Region, Shape
from academic_workplace.plan import Allocation, Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Table
from academic_workplace.report.findings import unit_after
from academic_workplace.report.numerals import (
    NONE,
    decimal,
    digits_for,
    hidden,
    interval,
    of_hundred,
    p_value,
    pupils_share,
    significant,
)
from academic_workplace.report.words import phrases

SAY = phrases("complier")

# ---------------------------------------------------------------- sentences


def complier_sentence(detail: Complier, language: str) -> str:
    """The offer with its number, who took part, the difference for them, and what it supposes."""
    return " ".join(_parts(detail, language))


def _parts(detail: Complier, language: str) -> list[str]:
    """The same in parts: the offer, those who took part because of it, what that supposes."""
    dutch(language)  # refuses any third language
    plan = detail.plan
    people = plan.study.people[language]
    if detail.rare:
        return [SAY["withheld"][language].format(people=people)]
    offer = [_offer(detail, language), _took(detail, language)]
    joined, supposed = list[str](), list[str]()
    found = detail.told
    if found is None or found.low is None or found.high is None:
        reason = detail.reason[language] if detail.reason is not None else ""
        joined = [SAY["no_answer"][language].format(reason=reason).strip()]
    elif not detail.everybody:
        if detail.weak:
            joined.append(SAY["weak"][language])
            joined += [SAY["fewer"][language]] if detail.fewer else []
        joined.append(_taking_part(detail, found, language))
        if detail.only_offered and detail.joined is not None:
            joined.append(SAY["all_who_took_part"][language])
        ends = detail.region is not None and detail.region.shape is not Shape.LINE
        if not detail.weak or ends:
            supposed = _supposes(detail, language)
    parts = (" ".join(filter(None, part)) for part in (offer, joined, supposed))
    return [part for part in parts if part]


def _supposes(detail: Complier, language: str) -> list[str]:
    """What makes the offer an instrument; without a lot also that it may have another cause."""
    out = [SAY["supposes.only"][language]]
    if not detail.only_offered:  # else nobody took part less because of the offer, as is seen
        out.append(SAY["supposes.nobody_less"][language])
    if detail.plan.allocation is not Allocation.LOT:
        out.append(SAY["chosen"][language])
    return out


def _offer(detail: Complier, language: str) -> str:
    i = detail.offered
    if i.low is None or i.high is None:
        return ""
    return SAY["offer"][language].format(**_numbers(detail, i, language))


def _numbers(detail: Complier, i: Interval, language: str) -> dict[str, str]:
    """Value, limits and unit; digits as the limits ask."""
    low, high = i.low, i.high
    width = high - low if low is not None and high is not None else math.nan
    digits = digits_for(width) if math.isfinite(width) else digits_for(abs(i.estimate))
    value, least, most = (decimal(x, digits, language) for x in (i.estimate, low, high))
    unit = unit_after(detail.plan.measure(detail.outcome).unit[language], value, language)
    return {"value": value, "low": least, "high": most, "unit": unit}


def _took(detail: Complier, language: str) -> str:
    """Which share of both arms took part, or how much of it they had."""
    if detail.joined is None:
        name = detail.plan.column_label(detail.plan.took_part or "")[language]
        took, others = (significant(x, language) for x in detail.took)
        return SAY["took.amount"][language].format(name=name, took=took, others=others)
    if detail.everybody:
        return SAY["took.everybody"][language]
    pairs = zip(detail.joined, detail.of, strict=True)
    share, other = (of_hundred(pupils_share(n, of)) for n, of in pairs)
    if detail.only_offered:
        return SAY["took.only"][language].format(took=share)
    return SAY["took.shares"][language].format(took=share, others=other)


def _taking_part(detail: Complier, found: Interval, language: str) -> str:
    """The difference for those who took part because of the offer, as far as it can be told."""
    region = detail.region
    if detail.weak and region is not None and region.shape is Shape.RAYS:
        ends = replaced(found, region)
        numbers = _numbers(detail, ends, language)
        return SAY["taking_part.rays"][language].format(
            low=numbers["low"], high=numbers["high"], unit=numbers["unit"]
        )
    if not (math.isfinite(found.low or 0.0) and math.isfinite(found.high or 0.0)):
        return SAY["taking_part.no_ends"][language]
    plan = detail.plan
    people = plan.study.people[language]
    numbers = _numbers(detail, found, language)
    if detail.joined is not None:
        return SAY["taking_part.yes_no"][language].format(people=people, **numbers)
    name = plan.column_label(plan.took_part or "")[language]
    return SAY["taking_part.amount"][language].format(people=people, name=name, **numbers)


def replaced(found: Interval, region: Region) -> Interval:
    """The estimate with the ends of a region."""
    return Interval(found.estimate, low=region.low, high=region.high)


# ---------------------------------------------------------------- the report


def page(detail: Complier, _effect: Effect, _plan: Plan, language: str) -> list[Block]:
    """The offer beside taking part, where taking part is what the study asked."""
    return [Heading(SAY["title"][language], 2), *map(Paragraph, _parts(detail, language))]


def sure(_: Complier, _effect: Effect, _plan: Plan, _language: str) -> list[str]:
    """Nothing more: the paragraph says what it supposes."""
    return []


def appendix(detail: Complier, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The numbers behind the sentences."""
    if detail.rare:
        return []
    title = SAY["table.caption"][language].format(
        measure=plan.measure(effect.outcome).label[language],
        arm=plan.arm(effect.arm).label[language],
    )
    return [table_of(detail, title, language)]


def leaving(evidence: Evidence) -> tuple[Complier, ...]:
    """What is told beside the effects of the offer: of effects that may themselves leave."""
    keys = {
        (f.effect.outcome, f.effect.wave, f.effect.arm) for f in evidence.findings if not f.withheld
    }
    return tuple(found for found in evidence.complier if found.key in keys)


def blocks(evidence: Evidence, key: tuple[str, str, str], language: str) -> list[Block]:
    """The short paragraph beside the main result: taking part as a second finding."""
    told = [found for found in leaving(evidence) if found.key == key]
    if not told:
        return []
    return [Heading(SAY["title"][language], 2), *map(Paragraph, _parts(told[0], language))]


def tables(evidence: Evidence, language: str) -> list[Block]:
    """For the appendix: a table for every outcome and arm."""
    plan, out = evidence.plan, list[Block]()
    for found in leaving(evidence):
        if found.rare:
            continue
        caption = SAY["table.caption"][language].format(
            measure=plan.measure(found.outcome).label[language],
            arm=plan.arm(found.arm).label[language],
        )
        out.append(table_of(found, caption, language))
    return [Heading(SAY["title"][language], 2), *out] if out else []


def table_of(detail: Complier, caption: str, language: str) -> Table:
    """The offer, what it did to taking part, and taking part, each with its interval."""
    named = (
        (SAY["row.offered"], detail.offered),
        (SAY["row.first"], detail.first),
        (SAY["row.effect"], detail.effect),
    )
    rows = [(said[language], *_cells(i, language)) for said, i in named if i is not None]
    if detail.region is not None and detail.effect is not None:
        ends = _ends(detail.region, language)
        p = p_value(detail.offered.p_value, language)
        rows.append((SAY["row.region"][language], NONE, ends, NONE, p))
    names = ("what", "difference", "interval", "df", "p")
    header = tuple(SAY[f"column.{name}"][language] for name in names)
    return Table(caption, header, tuple(rows), (False, *(True,) * 4), _note(detail, language))


def _cells(i: Interval, language: str) -> tuple[str, str, str, str]:
    """Difference, limits, degrees of freedom, p; without uncertainty a difference misleads."""
    if i.low is None or i.high is None:
        return (NONE,) * 4
    digits = max(2, digits_for(i.high - i.low))
    return (
        decimal(i.estimate, digits, language),
        interval(i.low, i.high, digits, language),
        decimal(i.df, 1, language),
        p_value(i.p_value, language),
    )


def _ends(region: Region, language: str) -> str:
    """The values that are left, in a cell."""
    if region.shape is Shape.LINE:
        return SAY["region.line"][language]
    digits = max(2, digits_for(region.high - region.low))
    if region.shape is Shape.INTERVAL:
        return interval(region.low, region.high, digits, language)
    low, high = (decimal(x, digits, language) for x in (region.low, region.high))
    return SAY["region.rays"][language].format(low=low, high=high)


def _note(detail: Complier, language: str) -> str:
    """How it was worked out, how strong the offer is, who took part."""
    notes = [_took(detail, language), SAY["note.how"][language].format(how=detail.inference.value)]
    if detail.F is not None and math.isfinite(detail.F):
        notes.append(SAY["note.strength"][language].format(F=decimal(detail.F, 1, language)))
        if detail.weak:
            notes.append(SAY["note.weak"][language])
        if detail.fewer:
            notes.append(SAY["note.fewer"][language])
    elif detail.F is not None:
        notes.append(SAY["note.perfect"][language])
    if detail.reason is not None:
        notes.append(detail.reason[language])
    return " ".join(notes) if not detail.rare else hidden(language)
