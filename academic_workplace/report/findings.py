"""From evidence to plain words: short sentences, uncertainty in counts, no cause without a lot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

from academic_workplace.disclosure import Reason, fewest, may_leave, shown_count
from academic_workplace.effects.complier import PER_UNIT
from academic_workplace.effects.counts import LINEAR as LINEAR_COUNT
from academic_workplace.effects.counts import METHOD as BY_COUNT
from academic_workplace.effects.imputed import Imputed
from academic_workplace.effects.logistic import LINEAR as LINEAR_SHARE
from academic_workplace.effects.logistic import METHOD as BY_LOGIT
from academic_workplace.effects.logistic_multilevel import AT_THE_EDGE
from academic_workplace.effects.logistic_multilevel import METHOD as OVER_CLUSTERS
from academic_workplace.effects.methods import carries_cause
from academic_workplace.effects.result import Effect
from academic_workplace.effects.together import Source
from academic_workplace.errors import dutch
from academic_workplace.evidence.attrition import Attrition, AttritionLevel, Loss, attrition
from academic_workplace.evidence.balance import START, Balance, BaselineVerdict, Characteristic
from academic_workplace.evidence.description import withheld_means
from academic_workplace.evidence.weighing import Evidence, Finding, Verdict, weigh_one
from academic_workplace.intake.pupils import ALONE
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import (
    BY_LIKELIHOOD,
    EXPECTED,
    NEEDS_PUPILS,
    NEVER,
    OVER_WAVES,
    Allocation,
    Estimand,
    Level,
    Method,
    Missing,
    Plan,
    Study,
)
from academic_workplace.report import growth
from academic_workplace.report.comparison import FOR_WHOM
from academic_workplace.report.imputed import may_tell
from academic_workplace.report.numerals import (
    MINUS,
    count,
    decimal,
    digits_for,
    interval,
    of_hundred,
    pupils_of,
    pupils_share,
    significant,
)
from academic_workplace.report.withheld import (
    KEYS,
    cell,
    finding_said,
    first_of,
    stands_in_one,
    why_characteristic,
)
from academic_workplace.report.words import phrases
from academic_workplace.sizes import above_average

SAY = phrases("findings")
BETTER = (Verdict.MATTERS, Verdict.FAVOURABLE)
WORSE = (Verdict.UNFAVOURABLE, Verdict.HARMS)
CLEAR = (*BETTER, *WORSE)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def primary(evidence: Evidence) -> Finding:
    """The finding that carries the key message: primary outcome, main wave, first arm.

    When the plan names no arms, the first that may be shown: a stray code in a few rows is no arm.
    """
    arms = [a for a in evidence.plan.study.arms if a != evidence.findings[0].effect.comparison]
    first = evidence.findings[0].effect
    here = [
        f
        for f in evidence.findings
        if (f.effect.outcome, f.effect.wave) == (first.outcome, first.wave)
    ]
    for finding in here:
        if finding.effect.arm in arms[:1] or (not arms and shown(finding)):
            return finding
    return evidence.findings[0]


def key_message(evidence: Evidence, language: str) -> str:
    """One sentence with the answer; one more for every other wave that does not show it clearly."""
    finding = primary(evidence)
    parts = [finding_sentence(finding, evidence.plan, language)]
    if finding.verdict in BETTER and shown(finding):
        others = [
            f.effect
            for f in in_time(evidence)
            if f.effect.outcome == finding.effect.outcome
            and f.effect.arm == finding.effect.arm
            and f.effect.wave != finding.effect.wave
            and f.verdict in (Verdict.UNCLEAR, Verdict.NEGLIGIBLE)
            and shown(f)
        ]
        order = ("", *evidence.plan.waves)
        for effect in others:
            wave = _capital(evidence.plan.wave_label(effect.outcome, effect.wave)[language])
            earlier = order.index(effect.wave) < order.index(finding.effect.wave)
            said = SAY["not_yet_then" if earlier else "not_clear_later"]
            parts.append(said[language].format(moment=wave))
    return " ".join(parts)


def in_time(evidence: Evidence) -> list[Finding]:
    """The findings per outcome in order of time, and per arm in the plan's order."""
    plan = evidence.plan
    order = ("", *plan.waves)
    place = {arm: i for i, arm in enumerate(plan.study.arms)}
    return sorted(
        evidence.findings,
        key=lambda f: (
            plan.outcomes.index(f.effect.outcome),
            order.index(f.effect.wave),
            place.get(f.effect.arm, 0),
        ),
    )


def shown(finding: Finding) -> bool:
    """Whether a finding may be shown, by all the rules that hold now."""
    return not finding.withheld


def says_why(finding: Finding) -> bool:
    """Whether the reason that an estimator gives may be told: of a result that stays inside only
    that an arm is one school, as the design says and no score does, or that nobody of an arm could
    be compared, which tells of no pupil."""
    one = finding.withheld == (Reason.UNITS,) and finding.effect.plan.period is None
    return (
        shown(finding) or (one and finding.verdict is Verdict.NO_ANSWER) or _nobody(finding.effect)
    )


def _nobody(effect: Effect) -> bool:
    """Whether an arm had nobody to compare, and the effect says why."""
    empty = 0 in (effect.pupils_arm, effect.pupils_comparison)
    return empty and effect.estimate is None and effect.reason is not None


def finding_sentence(finding: Finding, plan: Plan, language: str) -> str:
    """What one finding says, without numbers."""
    dutch(language)  # refuses any third language
    effect, verdict = finding.effect, finding.verdict
    if Reason.FEW in finding.withheld and not _nobody(effect):
        said = SAY["withheld.dose" if plan.dose else "withheld.groups"]
        return said[language].format(minimum=fewest(), people=plan.study.people[language])
    if not shown(finding) and not says_why(finding):
        return finding_said(finding, plan, language)
    if verdict is Verdict.NO_ANSWER:
        reason = effect.reason[language] if effect.reason else ""
        return SAY["no_answer"][language].format(reason=reason).strip()
    measure = plan.measure(effect.outcome)
    other, than = compared_with(plan, effect, language)
    moment = _moment(plan, effect, language)
    when = "at" if moment else "plain"
    stepwise = by_step(effect)
    said = {
        Verdict.UNCLEAR: SAY[f"unclear.{when}"],
        Verdict.NEGLIGIBLE: SAY[f"none_per_step.{when}"] if stepwise else SAY[f"none.{when}"],
        **dict.fromkeys(BETTER, SAY[f"better.{when}"]),
        **dict.fromkeys(
            WORSE, SAY[f"worse.{when}"] if than == other else SAY[f"worse_than_expected.{when}"]
        ),
    }[verdict]
    if growth.in_change(effect):
        said = {
            Verdict.UNCLEAR: SAY[f"changed_unclear.{when}"],
            Verdict.NEGLIGIBLE: SAY[f"changed_alike.{when}"],
            **dict.fromkeys(BETTER, SAY[f"changed_better.{when}"]),
            **dict.fromkeys(WORSE, SAY[f"changed_worse.{when}"]),
        }[verdict]
    step = per_step(plan, language) if stepwise else ""
    text = said[language].format(
        moment=moment, arm=whose(plan, effect, language), step=step,
        better=measure.better_label[language], measure=_small(measure.label[language]),
        other=other if verdict is Verdict.NEGLIGIBLE else than,
    )  # fmt: skip
    parts = [_capital(text)]
    if verdict in CLEAR:
        sure = "enough" if verdict in (Verdict.MATTERS, Verdict.HARMS) else "unsure"
        said = SAY[f"matters_per_step.{sure}"] if stepwise else SAY[f"matters.{sure}"]
        parts.append(_capital(said[language].format(step=step)))
    # For whom the effect holds, when arms were made alike. By the offer the sentence says it.
    if effect.estimand not in (None, Estimand.LATE):
        whom = FOR_WHOM[effect.estimand][language]
        parts.append(whom.format(people=effect.plan.study.people[language]))
    return " ".join(parts)


def by_step(effect: Effect) -> bool:
    """Whether an effect is that of one unit: of a dose, or of taking part where that is an amount."""
    return effect.plan.dose or effect.method.startswith(PER_UNIT)


def whose(plan: Plan, effect: Effect, language: str) -> str:
    """Of whom an effect is: the pupils of the arm, or those of them who took part by the offer."""
    if effect.estimand is not Estimand.LATE:
        return plan.arm(effect.arm).pupils[language]
    said = SAY[
        "by_the_offer.arm_more" if effect.method.startswith(PER_UNIT) else "by_the_offer.arm"
    ]
    return said[language].format(people=plan.study.people[language])


def compared_with(plan: Plan, effect: Effect, language: str) -> tuple[str, str]:
    """What the arm is compared with: beside it, and after "than".

    Schools that start are compared with how they would have changed: who started may have more than
    before and still less than the others. So the others are not named there.
    """
    if effect.estimand is Estimand.LATE:  # not all of the comparison: who would have taken part
        alike = SAY["by_the_offer.other"][language].format(people=plan.study.people[language])
        return alike, alike
    if plan.period is None or plan.method is Method.SYNTHETIC:
        other = plan.arm(effect.comparison).pupils[language]
        return other, other
    expected = EXPECTED[Method.SERIES]
    return expected.pupils[language], expected.label[language]


def _moment(plan: Plan, effect: Effect, language: str) -> str:
    """When it was measured, and of whom it speaks when only pupils near a cut-off are compared."""
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    if plan.running is None or not wave:
        return near_cutoff(plan, wave, language)
    return SAY["moment_near_the_cutoff"][language].format(moment=wave)


def near_cutoff(plan: Plan, text: str, language: str) -> str:
    """A text with "close to the cut-off" after it, when only pupils there are compared."""
    if plan.running is None:
        return text
    return SAY["near_the_cutoff"][language].format(text=text).strip()


def per_step(plan: Plan, language: str) -> str:
    """What the effect of a dose is for: one unit of it, named as the plan names the column.

    Of taking part, where that is an amount: one unit of that.
    """
    column = plan.took_part if plan.took_part is not None and not plan.dose else plan.treatment
    return SAY["per_step"][language].format(name=plan.column_label(column)[language])


def other_results(evidence: Evidence, language: str) -> str:
    """What else was seen at the same moment, so that one result is not taken for all."""
    plan, main = evidence.plan, primary(evidence)
    several = len({f.effect.arm for f in evidence.findings}) > 1
    also = main.verdict in BETTER and shown(main)
    better = SAY["seen.also_better" if also else "seen.better"]
    kinds = (better, SAY["seen.worse"], SAY["seen.none"])
    groups: dict[str, list[str]] = {kind[language]: [] for kind in kinds}
    for finding in in_time(evidence):
        effect, verdict = finding.effect, finding.verdict
        if finding is main or not shown(finding) or finding.low is None:
            continue
        if plan.wave is not None and effect.wave != main.effect.wave:
            continue
        measure, clear = plan.measure(effect.outcome), verdict in BETTER
        name = (measure.better_label if clear else measure.label)[language]
        when = plan.wave is None or (clear and _earlier_unclear(evidence, finding))
        wave = plan.wave_label(effect.outcome, effect.wave)[language] if when else ""
        arm = plan.arm(effect.arm).label[language] if several else ""
        more = ", ".join(part for part in (wave, arm) if part)
        kind = kinds[0 if clear else 1 if verdict in WORSE else 2]
        groups[kind[language]].append(_small(name) + (f" ({more})" if more else ""))
    return " ".join(f"{kind}: {'; '.join(told)}." for kind, told in groups.items() if told)


def less_favourable(evidence: Evidence) -> bool:
    """Whether another result than the main one, at the same moment, is less favourable."""
    main = primary(evidence)
    return any(
        f.verdict in WORSE and f is not main and shown(f) and f.effect.wave == main.effect.wave
        for f in evidence.findings
    )


def _earlier_unclear(evidence: Evidence, finding: Finding) -> bool:
    """Whether the same outcome was not clear at another moment: then the moment must be told."""
    effect = finding.effect
    return any(
        (f.effect.outcome, f.effect.arm) == (effect.outcome, effect.arm)
        and f.effect.wave != effect.wave
        and f.verdict in (Verdict.UNCLEAR, Verdict.NEGLIGIBLE)
        and shown(f)
        for f in evidence.findings
    )


def effect_sentence(effect: Effect, language: str) -> str:
    """What one effect says, with its number and range."""
    finding = weigh_one(effect)
    numbers = number_sentence(finding, effect.plan, language)
    return f"{finding_sentence(finding, effect.plan, language)} {numbers}".strip()


def number_sentence(finding: Finding, plan: Plan, language: str) -> str:
    """The size of a finding in its own units and standardised, each with its likely range."""
    effect = finding.effect
    if not shown(finding) or finding.low is None or effect.low is None or effect.high is None:
        return ""
    times = 100 if of_shares(effect) else 1
    digits = digits_for(times * (effect.high - effect.low))
    low, value, high = (
        decimal(times * (x or 0.0), digits, language)
        for x in (effect.low, effect.estimate, effect.high)
    )
    measure = plan.measure(effect.outcome)
    said = (
        SAY[f"number_per_step.{measure.better}"]
        if by_step(effect)
        else SAY[f"number.{measure.better}"]
    )
    if of_shares(effect):
        said = SAY[f"number_of_hundred.{measure.better}"]
    number = said[language].format(
        step=per_step(plan, language) if by_step(effect) else "", value=value, low=low, high=high,
        unit=unit_after(measure.unit[language], value, language),
        people=plan.study.people[language],
    )  # fmt: skip
    size = decimal(finding.g, 2, language)
    standard = SAY[f"standard_measure.{measure.better}"][language].format(size=size)
    return f"{number} {standard}"


def unit_after(unit: str, value: str, language: str) -> str:
    """The unit after a number: 1 point, 2 points."""
    one, many = (SAY[f"unit.{n}"][language] for n in ("one", "many"))
    first, space, rest = unit.partition(" ")
    single = value.removeprefix(MINUS) == "1" and first == many
    return f"{one}{space}{rest}" if single else unit


def of_shares(effect: Effect) -> bool:
    """Whether an effect is a difference in shares of pupils, by the model for it."""
    return effect.method.startswith((BY_LOGIT, OVER_CLUSTERS, AT_THE_EDGE, LINEAR_SHARE))


def of_counts(effect: Effect) -> bool:
    """Whether an effect is a difference in counts, by the model for it."""
    return effect.method.startswith((BY_COUNT, LINEAR_COUNT))


def hundred(finding: Finding) -> tuple[int, int, int] | None:
    """Of 100 treated pupils, how many do better than the average pupil of the comparison.

    None for a dose, or an amount of taking part: there are no two groups. None for what happens or not, and for counts, of which
    nobody is above average in that way: their own model says it (report/details.py).
    """
    if by_step(finding.effect) or of_shares(finding.effect) or of_counts(finding.effect):
        return None
    if finding.g is None or finding.low is None or finding.high is None or not shown(finding):
        return None
    middle, low, high = (
        of_hundred(above_average(x)) for x in (finding.g, finding.low, finding.high)
    )
    return middle, low, high


def hundred_sentence(finding: Finding, plan: Plan, language: str) -> str:
    """The same size, counted in pupils; of what is not clear only the range."""
    numbers = hundred(finding)
    if numbers is None:
        return ""
    middle, low, high = numbers
    effect = finding.effect
    arm = near_cutoff(plan, whose(plan, effect, language), language)
    other, _ = compared_with(plan, effect, language)
    average = "group" if plan.period is None else "expected"
    if growth.in_change(effect):  # who changed less may still have more
        average = "changed"
    if finding.verdict is Verdict.UNCLEAR:
        return SAY[f"hundred.unclear_{average}"][language].format(
            arm=arm, other=other, low=low, high=high
        )
    text = SAY[f"hundred.{average}"][language].format(arm=arm, other=other, middle=middle)
    how_sure_it_is = SAY["hundred.between" if low < high else "hundred.sure"][language]
    return f"{text} {how_sure_it_is.format(low=low, high=high)}"


def who_took_part(evidence: Evidence, language: str) -> list[str]:
    """Clusters and pupils, who is missing, and whether that differs between the arms."""
    effect = primary(evidence).effect
    if evidence.plan.period is not None:
        return _who_over_time(evidence, effect, language)
    if evidence.plan.repeated:
        return growth.who(evidence.effects.details, effect, language)
    arms = [effect.arm, effect.comparison]
    parts = sorted(_losses(evidence, effect), key=lambda p: [*arms, p.arm].index(p.arm))
    if not parts:
        return []
    return [
        _clusters(evidence, parts, language),
        *_pupils(evidence, effect, parts, language),
        *_known_or_not(evidence.plan, language),
    ]


def _who_over_time(evidence: Evidence, effect: Effect, language: str) -> list[str]:
    """How many clusters started, how many never, and how many answers there are of how many years."""
    plan, flow = evidence.plan, evidence.effects.flow
    there = (flow.counts[flow.samples.index(_key(effect)), :, :, 2] > 0).sum(axis=0)
    per_start = dict(zip(flow.arms, there.tolist(), strict=True))
    never = per_start.pop(NEVER, 0)
    started = sum(per_start.values())
    total = started + never
    found = next(m for m in evidence.effects.moments.samples if m.key == _key(effect))
    answers = SAY["answers"][language].format(
        answers=pupils_of(round(float(found.pupils.sum())), language), years=len(set(found.blocks))
    )
    units = units_of(plan, total, language)
    if total == 1:
        return [SAY["joined.alone.one"][language].format(n=total, units=units), answers]
    at_once = sum(n > 0 for n in per_start.values()) == 1
    how = "and_not" if never else "all_at_once" if at_once else "all_in_turn"
    who = SAY[f"started.{how}"][language].format(n=total, units=units, started=started, never=never)
    return [who, answers]


def _clusters(evidence: Evidence, parts: list[Loss], language: str) -> str:
    """How many clusters took part, and how the arms lie in them."""
    plan = evidence.plan
    total = len(_groups(plan, evidence.effects.flow.clusters))
    units, one = units_of(plan, total, language), units_of(plan, 1, language)
    several, people = "one" if total == 1 else "many", plan.study.people[language]
    if plan.alone:
        all_units, hidden = plan.study.cluster_label[language], hidden_losses(evidence)
        alone = [p for p in parts if p.arm in plan.alone]
        told = all(may_leave(p.start, p.analysed) for p in parts)
        # Beside how many are compared, how many there were would read as the same number.
        counted = told and not any(p.arm in hidden for p in parts)
        n = pupils_of(sum(p.start for p in alone), language)
        said = SAY[f"joined.counted_pupils.{several}"] if counted else (
            SAY[f"joined.and_pupils.{several}"]
        )  # fmt: skip
        return said[language].format(n=total, units=units, all=all_units, pupils=n, people=people)
    if plan.assigned is Level.CLUSTER and not plan.dose:
        arms = _and([_clusters_of(plan, p, language) for p in parts], language)
        return SAY[f"joined.per_arm.{several}"][language].format(n=total, units=units, arms=arms)
    text = [SAY[f"joined.alone.{several}"][language].format(n=total, units=units)]
    if plan.dose:
        if plan.assigned is Level.PUPIL:
            inside = plan.study.cluster_label[language]
            text.append(SAY["not_as_much"][language].format(units=inside))
        text += _how_much(evidence, language)
    else:
        within = plan.allocation is Allocation.LOT
        divided = SAY["within" if within else "mixed"][language]
        text.append(_capital(divided.format(unit=one, people=people)))
    return " ".join(text)


def _clusters_of(plan: Plan, part: Loss, language: str) -> str:
    """How many clusters an arm has: ‘1 school met de lessen’."""
    label, units = plan.arm(part.arm).label[language], plan.study.cluster_label[language]
    if part.clusters_start == 1:
        label = label.replace(units, units_of(plan, 1, language), 1)
    named = "named" if part.arm in plan.study.arms else "unnamed"
    return SAY[f"clusters_of_arm.{named}"][language].format(n=part.clusters_start, arm=label)


def _how_much(evidence: Evidence, language: str) -> list[str]:
    """The mean dose of those compared for the main result; nothing when they are too few."""
    plan, effect = evidence.plan, primary(evidence).effect
    if withheld_means(primary(evidence).cells):
        return []
    found = next(m for m in evidence.effects.moments.samples if m.key == _key(effect))
    total = found.totals.sum(axis=0)
    mean = significant(total[found.columns.index(plan.treatment)] / total[0], language)
    name = _capital(plan.column_label(plan.treatment)[language])
    return [SAY["on_average"][language].format(name=name, mean=mean)]


def _key(effect: Effect) -> tuple[str, str]:
    return effect.outcome, effect.wave


def _groups(plan: Plan, clusters: Iterable[str]) -> set[str]:
    """The clusters, without the pupils who are each a cluster of their own."""
    return {c for c in clusters if not (plan.alone and c.startswith(ALONE))}


def groups_analysed(evidence: Evidence, effect: Effect) -> int:
    """How many groups (schools) an effect rests on; pupils who stand alone do not count.

    Where values are filled in, those of everybody who was there at the start; where every score
    counts, those of everybody who has one.
    """
    flow = evidence.effects.flow
    if evidence.plan.missing is Missing.IMPUTED:
        there = flow.counts[flow.samples.index(_key(effect)), :, :, 0].sum(axis=1) > 0
        names = (name for name, some in zip(flow.clusters, there.tolist(), strict=True) if some)
        return len(_groups(evidence.plan, names))
    if evidence.effects.method is Method.WAVES:
        return effect.clusters
    found = next(m for m in evidence.effects.moments.samples if m.key == _key(effect))
    return len(_groups(evidence.plan, found.clusters))


def _pupils(evidence: Evidence, effect: Effect, parts: list[Loss], language: str) -> list[str]:
    """How many pupils there were, how many are compared, and how many are missing per arm."""
    plan, people = evidence.plan, evidence.plan.study.people[language]
    start, analysed = sum(p.start for p in parts), sum(p.analysed for p in parts)
    if not all(may_leave(p.analysed) for p in parts):
        said = SAY["few.dose" if plan.dose else "few.groups"]
        return [said[language].format(minimum=fewest(), people=people)]
    every_score = evidence.effects.method is Method.WAVES
    if any(p.arm in hidden_losses(evidence) for p in parts):
        arms = _and([_pupils_of_arm(plan, p, language) for p in parts], language)
        said = SAY["compared.by_arm" if plan.alone else "compared.plain"]
        if plan.missing is Missing.IMPUTED:
            said = SAY["filled_in.plain"]
        if every_score:
            said = SAY["compared.both"]
        return [said[language].format(n=pupils_of(analysed, language), people=people, arms=arms)]
    if start == analysed:
        joined = "joined" if any(p.joined for p in parts) else "all"
        said = SAY[f"all_scored.{'known' if evidence.effects.flow.unplaced else joined}"]
        return [said[language].format(n=pupils_of(start, language), people=people)]
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    said = SAY["kept.at" if wave else "kept.plain"]
    if plan.missing is Missing.IMPUTED:
        said = SAY["filled_in.of_start"]
    if every_score:
        said = SAY["kept_more.at" if wave else "kept_more.plain"]
    kept = said[language].format(
        start=pupils_of(start, language), analysed=pupils_of(analysed, language), moment=wave, people=people,
        share=of_hundred(1 - pupils_share(start - analysed, start)),
    )  # fmt: skip
    missed = [
        SAY["missed_one" if every_score else "missed"][language].format(
            share=of_hundred(pupils_share(part.lost, part.start)),
            arm=plan.arm(part.arm).label[language],
        )
        for part in parts
        if not plan.dose
    ]
    return [kept, " ".join([*missed, SAY["low_scores_missing"][language].format(people=people)])]


def _known_or_not(plan: Plan, language: str) -> list[str]:
    """That who misses something from beforehand counts too, where the plan has it so."""
    if plan.missing is not Missing.INDICATOR:
        return []
    return [SAY["filled_in.mean"][language].format(people=plan.study.people[language])]


def _pupils_of_arm(plan: Plan, part: Loss, language: str) -> str:
    """How many pupils of an arm are compared: ‘163 leerlingen met een mentor’."""
    who = plan.arm(part.arm).pupils[language]
    return SAY["pupils_of_arm"][language].format(n=pupils_of(part.analysed, language), arm=who)


def hidden_losses(evidence: Evidence) -> set[str]:
    """The arms of which nothing may tell how many they had at the start, or how many are missing.

    In some analysis they miss too few, or have too few left. Who was there at the start is the same
    in every analysis, and how many were compared is told: so one number missing, a zero or ‘fewer
    than ten’ would tell the others. Or they stand in one school: then its loss is that of the school.
    """
    return {
        loss.arm
        for loss in evidence.losses
        if shown_count(loss.lost) is None
        or shown_count(loss.analysed) is None
        or of_one_cluster(loss)
    }


def of_one_cluster(loss: Loss) -> bool:
    """Whether the pupils of a loss stand in too few clusters, at the start or later."""
    return stands_in_one(loss.clusters_start) or stands_in_one(loss.clusters_analysed)


def attrition_told(evidence: Evidence, effect: Effect) -> tuple[Attrition, ...]:
    """What may be told of whether too many are missing: nothing, one judgement, or both it can be.

    Beside the pupils compared a judgement narrows down a hidden number. So where an arm hides its
    losses this judges every number they could be, of both arms; what is judged the same for all may
    be told. Else one of each level comes out: then it is not told which.
    """
    found = evidence.attrition.get((effect.outcome, effect.wave, effect.arm))
    if found is None or hidden_losses(evidence).isdisjoint((effect.arm, effect.comparison)):
        return () if found is None else (found,)
    starts = product(
        _could_start(evidence, effect.arm, found.assigned_t),
        _could_start(evidence, effect.comparison, found.assigned_c),
    )
    levels: dict[AttritionLevel, Attrition] = {}
    for t, c in starts:
        could = attrition(
            assigned_t=t, assigned_c=c, analysed_t=found.analysed_t, analysed_c=found.analysed_c,
            boundary=found.boundary,
        )  # fmt: skip
        levels.setdefault(could.verdict, could)
    return tuple(levels.values())


def _could_start(evidence: Evidence, arm: str, start: int) -> list[int]:
    """How many an arm could have had at the start, for who knows only how many were compared.

    Nobody is missing where most were compared only if few are in another analysis. What it was
    comes last, for the losses may also be hidden for another reason than that they are few.
    """
    if arm not in hidden_losses(evidence):
        return [start]
    compared = {p.analysed for p in evidence.losses if p.arm == arm}
    most = max(compared)
    least = 0 if any(shown_count(most - n) is None for n in compared) else 1
    return [*range(most + least, most + fewest()), start]


def _losses(evidence: Evidence, effect: Effect) -> tuple[Loss, ...]:
    here = (p for p in evidence.losses if (p.outcome, p.wave) == _key(effect))
    return tuple(p for p in here if p.start)


SINGULAR = {  # of both languages
    SAY[f"units.{name}.many"][language]: SAY[f"units.{name}.one"][language]
    for name in ("schools", "classes", "groups", "mentor_groups")
    for language in LANGUAGES
}


def units_of(plan: Plan, n: int, language: str) -> str:
    """The word for clusters, in the singular for one as far as the word is known."""
    units = plan.study.cluster_label[language]
    return SINGULAR.get(units, units) if n == 1 else units


def _and(parts: list[str], language: str) -> str:
    if len(parts) == 1:
        return parts[0]
    return SAY["and"][language].format(first=", ".join(parts[:-1]), last=parts[-1])


def how_sure(evidence: Evidence, language: str) -> list[str]:
    """What makes the answer more or less certain, what weighs most first; empty without an answer."""
    plan, finding = evidence.plan, primary(evidence)
    effect = finding.effect
    if not shown(finding) or finding.low is None:
        return []
    out = [f"{_divided(evidence, language)} {cause_sentence(evidence, language)}"]
    if warned := _too_many_missing(evidence, effect):
        out.append(SAY[f"warned.{warned}"][language].format(people=plan.study.people[language]))
    out += growth.warning(evidence.effects.detail(effect), language)
    balance = told_balance(evidence)
    own = balance.within((effect.outcome, effect.wave))
    alike = [*balance.within(START), *own]
    found = characteristics(Balance(tuple(alike)))
    if plan.dose:  # it is not told how alike those were who got more and less
        adjusted = evidence.effects.method is Method.ADJUSTED
        said = SAY["more_got.adjusted" if adjusted else "more_got.plain"][language]
        out.append(_capital(said.format(people=plan.study.people[language])))
    elif plan.repeated or _tells_of_itself(evidence, effect):
        pass  # (report/details.py)
    elif not any(c.standardised is not None for told in found.values() for c in told):
        out.append(_nothing_told_of_before(evidence, effect, language))
    else:
        out.append(_alike(found, language, warned=bool(warned)))
    n, units = groups_analysed(evidence, effect), plan.study.cluster_label[language]
    out.append(
        SAY["how_many.one" if n == 1 else "how_many.many"][language].format(
            n=count(n, language), units=units, unit=units_of(plan, 1, language)
        )
    )
    if plan.weights is not None:
        weight = plan.column_label(plan.weights)[language]
        out.append(SAY["weights"][language].format(weight=weight))
    looked, main = len(evidence.findings), evidence.multiplicity.tests
    if looked > 1:
        out.append(SAY["looked_at"][language].format(n=count(looked, language)))
    if main > 1:
        out[-1] += f" {SAY['looked_together'][language].format(n=count(main, language))}"
    return out


def _tells_of_itself(evidence: Evidence, effect: Effect) -> bool:
    """Whether the design says how alike the arms were; where values were filled in it may not."""
    method, detail = evidence.effects.method, evidence.effects.detail(effect)
    of_pupils = method in NEEDS_PUPILS and method not in BY_LIKELIHOOD
    lost = isinstance(detail, Imputed) and may_tell(detail).source is Source.LOST
    return of_pupils and not lost


def _too_many_missing(evidence: Evidence, effect: Effect) -> str:
    """Which words warn that too many are missing, or may be; '' where they need none."""
    levels = {judged.verdict for judged in attrition_told(evidence, effect)}
    if AttritionLevel.HIGH not in levels:
        return ""
    return "many_missing" if len(levels) == 1 else "maybe_missing"


def may_name_cause(evidence: Evidence, finding: Finding) -> bool:
    """Whether the design carries a cause: as its method claims, and few enough are missing.

    What a design found against itself (``flags`` of its detail) takes it away.
    """
    effect = finding.effect
    if not carries_cause(evidence.effects.method, Allocation(evidence.plan.allocation)):
        return False
    detail = evidence.effects.detail(effect)
    flagged = bool(getattr(detail, "flags", ())) if detail is not None else False
    return not flagged and not _too_many_missing(evidence, effect)


def cause_sentence(evidence: Evidence, language: str) -> str:
    """Whether the programme led to the difference, or went with it; without one: what may be."""
    plan, finding = evidence.plan, primary(evidence)
    may = may_name_cause(evidence, finding)
    if finding.verdict not in CLEAR:
        if may:
            return " ".join([SAY["may_be_the_approach"][language], *_supposed(finding, language)])
        return _another_cause(evidence, finding, language)
    if may:
        sharp = getattr(evidence.effects.detail(finding.effect), "sharp", True)
        what = "offered" if sharp else "got"
        if finding.effect.estimand is Estimand.LATE:
            what = "took_part"
        near = plan.running is not None
        said = SAY[f"cause_near_the_cutoff.{what}"] if near else SAY[f"cause.{what}"]
        told = said[language].format(
            programme=plan.study.programme[language], people=plan.study.people[language]
        )
        return " ".join([told, *_supposed(finding, language)])
    if plan.allocation is Allocation.LOT and (
        warned := _too_many_missing(evidence, finding.effect)
    ):
        said = SAY[f"went_with.{warned}"]
    else:
        said = SAY["went_with.plain"]
    return said[language].format(
        programme=plan.study.programme[language], people=plan.study.people[language]
    )


def _supposed(finding: Finding, language: str) -> list[str]:
    """What the cause rests on, where that is more than the lot: an offer is only an offer."""
    late = finding.effect.estimand is Estimand.LATE
    return [SAY["only_by_taking_part"][language]] if late else []


def _another_cause(evidence: Evidence, finding: Finding, language: str) -> str:
    """That what is not clear may have another cause; after a lot or a cut-off, in spite of that."""
    plan = evidence.plan
    drawn = plan.allocation is Allocation.LOT
    warned = _too_many_missing(evidence, finding.effect) if drawn else ""
    how = warned or ("yet" if drawn or plan.running is not None else "so")
    return SAY[f"may_be_another_cause.{how}"][language].format(people=plan.study.people[language])


def _divided(evidence: Evidence, language: str) -> str:
    """Whether a lot decided who got the programme, or how much of it."""
    plan = evidence.plan
    if plan.running is not None:
        name = plan.column_label(plan.running)[language]
        return SAY["divided_by_cutoff"][language].format(name=name)
    units = units_of(plan, primary(evidence).effect.clusters, language)
    who = units if plan.assigned is Level.CLUSTER else plan.study.people[language]
    lot = "lot" if plan.allocation is Allocation.LOT else "chosen"
    if plan.period is not None:
        said = SAY[f"divided.start.{lot}"]
    elif plan.dose:
        said = SAY[f"divided.dose.{lot}"]
    else:
        said = SAY[f"divided.groups.{lot}"] if plan.alone else SAY[f"divided.arms.{lot}"]
    return said[language].format(who=who)


def told_balance(evidence: Evidence) -> Balance:
    """How alike the arms were, as far as it may be told: of one school not even how far it was is.

    Nor of who were there at the start where an arm hides how many they were.
    """
    why = _why_not_told(evidence)
    return Balance(tuple(c for c in evidence.balance if not why(c)))


def _why_not_told(evidence: Evidence) -> Callable[[Characteristic], tuple[Reason, ...]]:
    """Why nothing of a characteristic may be told among some pupils; () where it may.

    Another analysis of the same arm says nothing of it: a wave at which one school was measured
    hides that wave, and by what is lost until then the start.
    """
    flow, few = evidence.effects.flow, hidden_losses(evidence)
    other = evidence.findings[0].effect.comparison
    one = {
        ((f.effect.outcome, f.effect.wave), f.effect.arm)
        for f in evidence.findings
        if Reason.UNITS in f.withheld
    }
    more = {f.effect.arm for f in evidence.findings if Reason.UNITS not in f.withheld}

    def why(c: Characteristic) -> tuple[Reason, ...]:
        found = {Reason.UNITS} & {*why_characteristic(flow, c, other)}
        found |= {Reason.UNITS} if (c.group, c.arm) in one or c.arm not in more else set()
        found |= {Reason.FOLLOWS} if c.group == START and few & {c.arm, other} else set()
        found |= set() if may_leave(c.n_arm, c.n_comparison) else {Reason.FEW}
        return first_of(tuple(found))

    return why


def _nothing_told_of_before(evidence: Evidence, effect: Effect, language: str) -> str:
    """That nothing was measured beforehand; or why it is not told, or not to be worked out."""
    plan, why = evidence.plan, _why_not_told(evidence)
    here = [c for c in evidence.balance if c.group in (START, _key(effect))]
    if not here:
        return SAY["nothing_beforehand"][language]
    flow, other = evidence.effects.flow, effect.comparison
    found = {r for c in here for r in (*why(c), *why_characteristic(flow, c, other))}
    inside = first_of(tuple(found - {Reason.DOMINANCE}))  # which hides means, not how far apart
    said = SAY[f"inside_beforehand.{KEYS[inside[0]]}" if inside else "unclear_beforehand"]
    return said[language].format(
        people=plan.study.people[language], unit=units_of(plan, 1, language)
    )


def characteristics(balance: Balance) -> dict[str, list[Characteristic]]:
    """Those that may be told, the levels of a category and the arms together."""
    out: dict[str, list[Characteristic]] = {}
    for c in balance:
        if may_leave(c.n_arm, c.n_comparison):
            out.setdefault(c.column.split("=")[0], []).append(c)
    return out


def how_far(c: Characteristic) -> float:
    """The size of a difference; one that is not known is the smallest."""
    return -1.0 if c.standardised is None else abs(c.standardised)


def _alike(found: dict[str, list[Characteristic]], language: str, *, warned: bool) -> str:
    """How alike the arms were, each characteristic at its worst; the numbers are in the appendix.

    warned: whether the reader was already asked to take care.
    """
    worst = {name: max(told, key=how_far).verdict for name, told in found.items()}
    far = sum(verdict is BaselineVerdict.NOT for verdict in worst.values())
    unequal = [
        name for name, v in worst.items() if v in (BaselineVerdict.ADJUST, BaselineVerdict.NOT)
    ]
    if not unequal:
        return SAY["beforehand.equal"][language]
    if far:
        said = SAY["beforehand.far.one" if far == 1 else "beforehand.far.many"]
        parts = [said[language].format(n=far)]
    else:
        parts = [SAY["beforehand.near"][language]]
    if any(c.adjusted is not None for name in unequal for c in found[name]):
        allowed = [any(c.adjusted for c in found[name]) for name in unequal]
        parts.append(_allows(allowed, far=far > 0)[language])
    if far and not warned:
        parts.append(SAY["with_care"][language])
    return " ".join(parts)


def _allows(allowed: list[bool], *, far: bool) -> Text:
    """Which of the differences the estimate is adjusted for."""
    if all(allowed):
        return SAY["allows.all_but_far" if far else "allows.all"]
    if not any(allowed):
        return SAY["allows.none"]
    return SAY["allows.most" if 2 * sum(allowed) > len(allowed) else "allows.part"]


def says_not(evidence: Evidence, language: str) -> list[str]:
    """What a reader must not conclude: always the same cautions, then the plan's own."""
    plan = evidence.plan
    people = plan.study.people
    pupils = plan.period is None and people == Study().people
    whom = "dose" if plan.dose else "groups" if pupils else "plain"
    out = [SAY[f"not_one.{whom}"][language].format(people=people[language])]
    if not any(shown(f) and f.low is not None for f in evidence.findings):
        out = [SAY["no_answer_is_not"][language]]  # no differences are seen, or shown
    elif plan.dose:
        out.append(SAY["steps_alike"][language])
    if any(f.verdict is Verdict.UNCLEAR and shown(f) for f in evidence.findings):
        seen = _seen_nothing(evidence)[language]
        out.append(SAY["not_does_not_work"][language].format(seen=seen))
    if evidence.effects.flow.unplaced:
        said = SAY["unplaced.dose" if plan.dose else "unplaced.groups"][language]
        out.append(said.format(people=people[language]))
    return [*out, *(text[language] for text in (*plan.study.caveats, *evidence.not_done))]


def _seen_nothing(evidence: Evidence) -> Text:
    """The words this page itself has for a difference that is not clear."""
    not_yet = SAY["seen.not_yet"]
    said = not_yet.nl.lower() in key_message(evidence, "nl")
    return not_yet if said else SAY["seen.none"]


def discussion(evidence: Evidence, language: str) -> tuple[str, ...]:
    """The questions of the plan; without any, those that go with what was found."""
    plan, finding = evidence.plan, primary(evidence)
    if plan.study.discussion:
        return tuple(text[language] for text in plan.study.discussion)
    if not shown(finding) or finding.low is None:
        asked = SAY["discuss.no_answer"], SAY["discuss.no_answer_now"]
    elif finding.verdict in BETTER:
        asked = SAY["discuss.better"], SAY["discuss.better_go_on"]
    elif finding.verdict in WORSE:
        asked = SAY["discuss.worse"], SAY["discuss.worse_stop"]
    elif finding.verdict is Verdict.NEGLIGIBLE:
        asked = SAY["discuss.none"], SAY["discuss.none_change"]
    else:
        asked = SAY["discuss.unclear"], SAY["discuss.unclear_more"]
    return tuple(text[language].format(units=plan.study.cluster_label[language]) for text in asked)


def difference(plan: Plan, language: str) -> str:
    """What a point of the picture is: the difference between the groups, or per step of a dose."""
    if plan.dose:
        return SAY["difference.step"][language].format(step=per_step(plan, language))
    if plan.method is Method.COMPLIER:
        people = plan.study.people[language]
        return SAY["difference.took_part"][language].format(people=people)
    if plan.method in OVER_WAVES or plan.repeated or plan.earlier:
        return SAY["difference.change"][language]
    return SAY["difference.groups" if plan.period is None else "difference.expected"][language]


def alternative(evidence: Evidence, language: str) -> str:
    """What the effects picture shows, for who cannot see it."""
    plan = evidence.plan
    parts = [SAY["picture.alt"][language].format(difference=difference(plan, language))]
    several = len({f.effect.arm for f in evidence.findings}) > 1
    for finding in in_time(evidence):
        effect = finding.effect
        measure = plan.measure(effect.outcome)
        name = (measure.better_label if measure.better == "lower" else measure.label)[language]
        wave = plan.wave_label(effect.outcome, effect.wave)[language]
        arm = plan.arm(effect.arm).label[language]
        named = ", ".join(part for part in (_capital(name), wave, arm if several else "") if part)
        numbers = SAY["picture.no_answer"][language]
        if not shown(finding):
            numbers = cell(finding.withheld, plan, language)
        elif finding.low is not None:
            value = decimal(finding.g, 2, language)
            numbers = f"{value} ({interval(finding.low, finding.high, 2, language)})"
        parts.append(f"{named}: {numbers}.")
    return " ".join([*parts, SAY["picture.alt_end"][language]])
