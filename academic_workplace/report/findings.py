"""From evidence to plain words: short sentences, uncertainty in counts, no cause without a lot."""

from __future__ import annotations

from collections.abc import Iterable

from academic_workplace.disclosure import may_leave, shown_count
from academic_workplace.effects.methods import carries_cause
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.evidence.attrition import AttritionLevel, Loss, overall
from academic_workplace.evidence.balance import START, Balance, BaselineVerdict, Characteristic
from academic_workplace.evidence.weighing import Evidence, Finding, Verdict, weigh_one
from academic_workplace.intake.pupils import ALONE
from academic_workplace.plan import (
    EXPECTED,
    NEEDS_PUPILS,
    NEVER,
    Allocation,
    Level,
    Method,
    Plan,
)
from academic_workplace.report.comparison import FOR_WHOM
from academic_workplace.report.numerals import (
    count,
    decimal,
    digits_for,
    interval,
    of_hundred,
    significant,
)
from academic_workplace.sizes import above_average


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
    """One sentence with the answer; a second one when an earlier wave showed nothing yet."""
    finding = primary(evidence)
    text = finding_sentence(finding, evidence.plan, language)
    if finding.verdict in (Verdict.MATTERS, Verdict.FAVOURABLE) and shown(finding):
        earlier = [
            f
            for f in in_time(evidence)
            if f.effect.outcome == finding.effect.outcome
            and f.effect.arm == finding.effect.arm
            and f.effect.wave != finding.effect.wave
            and f.verdict in (Verdict.UNCLEAR, Verdict.NEGLIGIBLE)
        ]
        for f in earlier:
            wave = _capital(evidence.plan.wave_label(f.effect.outcome, f.effect.wave)[language])
            if dutch(language):
                text += f" {wave} was dat nog niet te zien."
            else:
                text += f" {wave} this could not be seen yet."
    return text


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
    """Whether a finding rests on enough pupils to be shown."""
    return may_leave(finding.effect.pupils_arm, finding.effect.pupils_comparison)


def finding_sentence(finding: Finding, plan: Plan, language: str) -> str:
    """What one finding says, without numbers."""
    dutch(language)  # refuses any third language
    effect = finding.effect
    measure = plan.measure(effect.outcome)
    wave = _moment(plan, effect, language)
    arm = plan.arm(effect.arm).pupils[language]
    other, than = compared_with(plan, effect, language)
    better, label = measure.better_label[language], measure.label[language].lower()
    if not shown(finding):
        if plan.dose:
            return (
                "We tonen deze uitkomst niet: het gaat om minder dan 10 leerlingen."
                if dutch(language)
                else "We do not show this result: it is about fewer than 10 pupils."
            )
        if dutch(language):
            return "We tonen deze uitkomst niet: in een van de groepen zitten minder dan 10 leerlingen."
        return "We do not show this result: one of the groups has fewer than 10 pupils."
    if finding.verdict is Verdict.NO_ANSWER:
        reason = effect.reason[language] if effect.reason else ""
        if dutch(language):
            return f"Op deze vraag kunnen we nu geen antwoord geven. {reason}"
        return f"We cannot answer this question now. {reason}"
    expected = than != other
    if dutch(language):
        at_other = than if expected else f"bij {other}"
        have = f"{wave} hebben {arm} {better}" if wave else f"{arm} hebben {better}"
        be = f"{wave} is" if wave else "Het is"
        none = f"{wave} is er" if wave else "Er is"
        look = f"{wave} is het beeld voor {label}" if wave else f"Het beeld voor {label} is"
        enough = "Dat verschil is groot genoeg om van belang te zijn."
        unsure = "Of het verschil groot genoeg is om van belang te zijn, weten we nog niet."
        small = (
            f"{none} (bijna) geen verschil in {label} tussen {arm} en {other}. Als er een verschil"
            " is, is het te klein om van belang te zijn."
        )
        if plan.dose:
            step = per_step(plan, language)
            enough = f"{_capital(step)} is het verschil al groot genoeg om van belang te zijn."
            unsure = f"Of het verschil {step} van belang is, weten we nog niet."
            small = (
                f"{none} {step} (bijna) geen verschil in {label}. Als er een verschil is, is het te"
                " klein om van belang te zijn. Meer stappen samen kunnen wel van belang zijn."
            )
        text = {
            Verdict.MATTERS: f"{have} dan {than}. {enough}",
            Verdict.FAVOURABLE: f"{have} dan {than}. {unsure}",
            Verdict.NEGLIGIBLE: small,
            Verdict.UNCLEAR: f"{be} nog niet te zien of {arm} {better} hebben dan {than}.",
            Verdict.UNFAVOURABLE: f"{look} ongunstiger bij {arm} dan {at_other}. {unsure}",
            Verdict.HARMS: f"{look} ongunstiger bij {arm} dan {at_other}. {enough}",
        }[finding.verdict]
        return _capital(text) + _for_whom(effect, language)
    at = f"{wave}, " if wave else ""
    enough = "This difference is large enough to matter."
    unsure = "Whether it is large enough to matter, we do not know yet."
    at_other = than if expected else f"among {other}"
    look = f"{at}the picture for {label} is less favourable among {arm} than {at_other}."
    small = (
        f"{at}there is (almost) no difference in {label} between {arm} and {other}. If there is a"
        " difference, it is too small to matter."
    )
    if plan.dose:
        step = per_step(plan, language)
        enough = f"{_capital(step)} the difference is already large enough to matter."
        unsure = f"Whether the difference {step} matters, we do not know yet."
        small = (
            f"{at}there is (almost) no difference in {label} {step}. If there is a difference, it is"
            " too small to matter. More steps together may still matter."
        )
    text = {
        Verdict.MATTERS: f"{at}{arm} have {better} than {than}. {enough}",
        Verdict.FAVOURABLE: f"{at}{arm} have {better} than {than}. {unsure}",
        Verdict.NEGLIGIBLE: small,
        Verdict.UNCLEAR: f"{at}it cannot be seen yet whether {arm} have {better} than {than}.",
        Verdict.UNFAVOURABLE: f"{look} {unsure}",
        Verdict.HARMS: f"{look} {enough}",
    }[finding.verdict]
    return _capital(text) + _for_whom(effect, language)


def _for_whom(effect: Effect, language: str) -> str:
    """For whom the effect holds, when arms were made alike; '' otherwise."""
    return f" {FOR_WHOM[effect.estimand][language]}" if effect.estimand is not None else ""


def compared_with(plan: Plan, effect: Effect, language: str) -> tuple[str, str]:
    """What the arm is compared with: beside it, and after "than".

    Schools that start are compared with how they would have changed: who started may have more than
    before and still less than the others. So the others are not named there.
    """
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
    comma = "," if dutch(language) else ""  # in English one follows already
    return f"{wave}, {near_cutoff(plan, '', language)}{comma}"


def near_cutoff(plan: Plan, text: str, language: str) -> str:
    """A text with "close to the cut-off" after it, when only pupils there are compared."""
    if plan.running is None:
        return text
    here = "vlak bij de grens" if dutch(language) else "close to the cut-off"
    return f"{text} {here}".strip()


def per_step(plan: Plan, language: str) -> str:
    """What the effect of a dose is for: one unit of it, named as the plan names the column."""
    name = plan.column_label(plan.treatment)[language]
    return f"per stap van 1 in ‘{name}’" if dutch(language) else f"per step of 1 in ‘{name}’"


def other_results(evidence: Evidence, language: str) -> str:
    """What else was seen at the same moment, so that one result is not taken for all."""
    plan, main = evidence.plan, primary(evidence)
    several = len({f.effect.arm for f in evidence.findings}) > 1
    groups: dict[str, list[str]] = {}
    for finding in in_time(evidence):
        effect = finding.effect
        if finding is main or not shown(finding) or finding.low is None:
            continue
        if plan.wave is not None and effect.wave != main.effect.wave:
            continue
        measure = plan.measure(effect.outcome)
        clear = finding.verdict in (Verdict.MATTERS, Verdict.FAVOURABLE)
        name = (measure.better_label if clear else measure.label)[language]
        when = plan.wave is None or (clear and _earlier_unclear(evidence, finding))
        wave = plan.wave_label(effect.outcome, effect.wave)[language] if when else ""
        arm = plan.arm(effect.arm).label[language] if several else ""
        more = ", ".join(part for part in (wave, arm) if part)
        groups.setdefault(_kind(finding.verdict, language), []).append(
            f"{name[:1].lower()}{name[1:]}" + (f" ({more})" if more else "")
        )
    order = [_kind(v, language) for v in (Verdict.MATTERS, Verdict.HARMS, Verdict.UNCLEAR)]
    return " ".join(f"{kind}: {'; '.join(groups[kind])}." for kind in order if kind in groups)


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


def _kind(verdict: Verdict, language: str) -> str:
    nl = dutch(language)
    if verdict in (Verdict.MATTERS, Verdict.FAVOURABLE):
        return "Ook gunstig" if nl else "Also favourable"
    if verdict in (Verdict.UNFAVOURABLE, Verdict.HARMS):
        return "Ongunstiger" if nl else "Less favourable"
    return "Geen duidelijk verschil" if nl else "No clear difference"


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
    digits = digits_for(effect.high - effect.low)
    value = decimal(effect.estimate, digits, language)
    low, high = (decimal(x, digits, language) for x in (effect.low, effect.high))
    unit, size = plan.measure(effect.outcome).unit[language], decimal(finding.g, 2, language)
    lower = plan.measure(effect.outcome).better == "lower"
    step = f" {per_step(plan, language)}" if plan.dose else ""
    if dutch(language):
        note = " (lager is gunstig)" if lower else ""
        return (
            f"Het verschil{step} is {value} {unit}{note}; waarschijnlijk ligt het tussen {low} en {high}."
            f" Om uitkomsten te vergelijken gebruiken we één maat; daarop is het {size}."
        )
    note = " (lower is favourable)" if lower else ""
    return (
        f"The difference{step} is {value} {unit}{note}; it probably lies between {low} and {high}."
        f" To compare results we use one measure; on it this is {size}."
    )


def hundred(finding: Finding) -> tuple[int, int, int] | None:
    """Of 100 treated pupils, how many do better than the average pupil of the comparison.

    None for a dose: there are no two groups.
    """
    if finding.effect.plan.dose:
        return None
    if finding.g is None or finding.low is None or finding.high is None or not shown(finding):
        return None
    middle, low, high = (
        of_hundred(above_average(x)) for x in (finding.g, finding.low, finding.high)
    )
    return middle, low, high


def hundred_sentence(finding: Finding, plan: Plan, language: str) -> str:
    """The same size, counted in pupils."""
    numbers = hundred(finding)
    if numbers is None:
        return ""
    middle, low, high = numbers
    effect = finding.effect
    arm = near_cutoff(plan, plan.arm(effect.arm).pupils[language], language)
    other, _ = compared_with(plan, effect, language)
    group = plan.period is None
    if dutch(language):
        average = "het gemiddelde van de andere groep" if group else "het verwachte gemiddelde"
        return (
            f"Zet 100 {arm} naast {other}. Van die 100 doen er {middle} het beter dan {average}."
            f" Zonder verschil zouden dat er 50 zijn. Waarschijnlijk zijn het er tussen {low} en"
            f" {high}."
        )
    average = "the average of the other group" if group else "the expected average"
    return (
        f"Put 100 {arm} beside {other}. Of those 100, {middle} do better than {average}."
        f" Without a difference this would be 50. It is probably between {low} and {high}."
    )


def who_took_part(evidence: Evidence, language: str) -> list[str]:
    """Clusters and pupils, who is missing, and whether that differs between the arms."""
    effect = primary(evidence).effect
    if evidence.plan.period is not None:
        return _who_over_time(evidence, effect, language)
    arms = [effect.arm, effect.comparison]
    parts = sorted(_losses(evidence, effect), key=lambda p: [*arms, p.arm].index(p.arm))
    if not parts:
        return []
    return [_clusters(evidence, parts, language), *_pupils(evidence, effect, parts, language)]


def _who_over_time(evidence: Evidence, effect: Effect, language: str) -> list[str]:
    """How many clusters started, how many never, and how many answers there are of how many years."""
    plan, flow, nl = evidence.plan, evidence.effects.flow, dutch(language)
    there = (flow.counts[flow.samples.index(_key(effect)), :, :, 2] > 0).sum(axis=0)
    per_start = dict(zip(flow.arms, there.tolist(), strict=True))
    never = per_start.pop(NEVER, 0)
    started = sum(per_start.values())
    at_once = sum(n > 0 for n in per_start.values()) == 1
    total = started + never
    units = units_of(plan, total, language)
    found = next(m for m in evidence.effects.moments.samples if m.key == _key(effect))
    years, answers = len(set(found.blocks)), count(round(float(found.pupils.sum())), language)
    if nl:
        if total == 1:
            return [
                f"Er deed 1 {units} mee.",
                f"We gebruiken {answers} antwoorden uit {years} jaren.",
            ]
        first = f"Er deden {total} {units} mee: {started} begonnen"
        apart = "." if at_once else ", niet allemaal in hetzelfde jaar."
        first += f" en {never} niet." if never else apart
        return [first, f"We gebruiken {answers} antwoorden uit {years} jaren."]
    if total == 1:
        return [f"1 {units} took part.", f"We use {answers} answers from {years} years."]
    first = f"{total} {units} took part: {started} started"
    apart = "." if at_once else ", not all in the same year."
    first += f" and {never} did not." if never else apart
    return [first, f"We use {answers} answers from {years} years."]


def _clusters(evidence: Evidence, parts: list[Loss], language: str) -> str:
    plan, nl = evidence.plan, dutch(language)
    total = len(_groups(plan, evidence.effects.flow.clusters))
    units = units_of(plan, total, language)
    did = "deed" if total == 1 else "deden"
    joined_in = f"Er {did} {total} {units} mee" if nl else f"{total} {units} took part"
    if plan.alone:
        return _and_alone(evidence, joined_in, parts, language)
    if plan.dose:
        text = f"{joined_in}."
        if plan.assigned is Level.PUPIL:
            inside = plan.study.cluster_label[language]
            text += (
                f" Binnen de {inside} kreeg niet iedereen even veel."
                if nl
                else f" Within the {inside} not everyone got as much."
            )
        return text + _how_much(evidence, language)
    if plan.assigned is Level.CLUSTER:
        joined = _and(
            [f"{p.clusters_start} {_arm_label(plan, p, language)}" for p in parts], language
        )
        return f"{joined_in}: {joined}."
    one = units_of(plan, 1, language)
    if plan.allocation is not Allocation.LOT:
        return (
            f"{joined_in}. Leerlingen van dezelfde {one} kunnen in verschillende groepen zitten."
            if nl
            else f"{joined_in}. Pupils of the same {one} may be in different groups."
        )
    return (
        f"{joined_in}. Op elke {one} zijn leerlingen over de groepen verdeeld."
        if nl
        else f"{joined_in}. Pupils were divided over the groups within each {one}."
    )


def _how_much(evidence: Evidence, language: str) -> str:
    """The mean dose of those compared for the main result; '' when they are too few."""
    plan, effect = evidence.plan, primary(evidence).effect
    if not may_leave(effect.pupils):
        return ""
    found = next(m for m in evidence.effects.moments.samples if m.key == _key(effect))
    total = found.totals.sum(axis=0)
    mean = significant(total[found.columns.index(plan.treatment)] / total[0], language)
    name = _capital(plan.column_label(plan.treatment)[language])
    return f" {name}: gemiddeld {mean}." if dutch(language) else f" {name}: {mean} on average."


def _key(effect: Effect) -> tuple[str, str]:
    return effect.outcome, effect.wave


def _and_alone(evidence: Evidence, groups: str, parts: list[Loss], language: str) -> str:
    """The groups that took part, and the pupils who each stand alone: how many, where it may."""
    plan, hidden = evidence.plan, hidden_losses(evidence)
    alone = [p for p in parts if p.arm in plan.alone]
    told = all(may_leave(p.start, p.analysed) for p in parts)
    told = told and not any(p.arm in hidden for p in alone)
    n = f"{count(sum(p.start for p in alone), language)} " if told else ""
    units = plan.study.cluster_label[language]
    if dutch(language):
        return f"{groups}, en {n}leerlingen die niet in {units} zaten."
    return f"{groups}, and {n}pupils who were not in {units}."


def _groups(plan: Plan, clusters: Iterable[str]) -> set[str]:
    """The clusters, without the pupils who are each a cluster of their own."""
    return {c for c in clusters if not (plan.alone and c.startswith(ALONE))}


def groups_analysed(evidence: Evidence, effect: Effect) -> int:
    """How many groups (schools) an effect rests on; pupils who stand alone do not count."""
    found = next(m for m in evidence.effects.moments.samples if m.key == _key(effect))
    return len(_groups(evidence.plan, found.clusters))


def _pupils(evidence: Evidence, effect: Effect, parts: list[Loss], language: str) -> list[str]:
    plan, nl = evidence.plan, dutch(language)
    start, analysed = sum(p.start for p in parts), sum(p.analysed for p in parts)
    share = overall(tuple(parts)) or 0.0
    if not all(may_leave(p.analysed) for p in parts):
        where_nl, where_en = "In een van de groepen zitten", "One of the groups has"
        if plan.dose:
            where_nl, where_en = "Er zijn", "There are"
        return [
            f"{where_nl} minder dan 10 leerlingen. Daarom geven we geen aantallen."
            if nl
            else f"{where_en} fewer than 10 pupils, so we give no counts."
        ]
    if any(p.arm in hidden_losses(evidence) for p in parts):
        text = (
            f"We konden {count(analysed, language)} leerlingen vergelijken."
            if nl
            else f"We could compare {count(analysed, language)} pupils."
        )
        if any(shown_count(p.lost) is None for p in parts):
            where_nl, where_en = "In ten minste één groep", "In at least one group fewer"
            if plan.dose:
                where_nl, where_en = "Er", "Fewer"
            text += (
                f" {where_nl} ontbreken minder dan 10 leerlingen."
                if nl
                else f" {where_en} than 10 pupils are missing."
            )
        return [text]
    if start == analysed:
        return [
            f"Van alle {count(start, language)} leerlingen in het bestand is er een score. Wie niet in"
            " het bestand staat, kennen we niet."
            if nl
            else f"All {count(start, language)} pupils in the file have a score. We do not know who is"
            " not in the file."
        ]
    kept = of_hundred(1 - share)
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    when = f" ({wave})" if wave else ""
    per_arm = [
        f"{of_hundred(part.share or 0)} {'van de 100 bij' if nl else 'of every 100 in'}"
        f" {plan.arm(part.arm).label[language]}"
        for part in parts
    ]
    missed = f"{'We misten' if nl else 'We missed'} {_and(per_arm, language)}. "
    missed = "" if plan.dose else missed
    if nl:
        return [
            f"Van de {count(start, language)} leerlingen bij de start konden we er"
            f" {count(analysed, language)} vergelijken{when}. Dat zijn er {kept} van de 100.",
            f"{missed}Ontbreken vooral leerlingen met lage scores, dan klopt het beeld minder"
            " goed.",
        ]
    return [
        f"Of the {count(start, language)} pupils at the start we could compare"
        f" {count(analysed, language)}{when}. That is {kept} of every 100.",
        f"{missed}If mainly pupils with low scores are missing, the picture is less accurate.",
    ]


def hidden_losses(evidence: Evidence) -> set[str]:
    """The arms of which some loss is hidden: then nothing may tell how many they had at the start."""
    return {loss.arm for loss in evidence.losses if shown_count(loss.lost) is None}


def _losses(evidence: Evidence, effect: Effect) -> tuple[Loss, ...]:
    here = (p for p in evidence.losses if (p.outcome, p.wave) == _key(effect))
    return tuple(p for p in here if p.start)


SINGULAR = {
    "scholen": "school", "schools": "school", "klassen": "klas", "classes": "class",
    "groepen": "groep", "groups": "group", "mentorgroepen": "mentorgroep",
    "mentor groups": "mentor group",
}  # fmt: skip


def units_of(plan: Plan, n: int, language: str) -> str:
    """The word for clusters, in the singular for one as far as the word is known."""
    units = plan.study.cluster_label[language]
    return SINGULAR.get(units, units) if n == 1 else units


def _arm_label(plan: Plan, part: Loss, language: str) -> str:
    """The name of an arm after its number of clusters: ‘1 school met de lessen’."""
    label, units = plan.arm(part.arm).label[language], plan.study.cluster_label[language]
    one = units_of(plan, 1, language)
    return label.replace(units, one, 1) if part.clusters_start == 1 else label


def _and(parts: list[str], language: str) -> str:
    word = "en" if dutch(language) else "and"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def how_sure(evidence: Evidence, language: str) -> list[str]:
    """Facts that make the answer more or less certain; never a stamp. Empty without an answer."""
    plan, finding = evidence.plan, primary(evidence)
    effect, nl = finding.effect, dutch(language)
    if not shown(finding) or finding.low is None:
        return []
    out = [f"{_divided(evidence, language)}. {cause_sentence(evidence, language)}"]
    own = evidence.balance.within((effect.outcome, effect.wave))
    alike = [*evidence.balance.within(START), *own]
    found = characteristics(Balance(tuple(alike)))
    if plan.dose:
        adjusted = evidence.effects.method is Method.ADJUSTED
        out.append(_who_got_more(adjusted, language))
    elif evidence.effects.method in NEEDS_PUPILS:
        pass  # the design tells of itself (report/details.py)
    elif not any(c.standardised is not None for told in found.values() for c in told):
        out.append(
            "Er is geen meting van vooraf. We weten dus niet hoe goed de groepen op elkaar leken."
            if nl
            else "There was no measurement beforehand. So we do not know how alike the groups were."
        )
    else:
        out.append(_alike(found, language))
    out.append(_how_many(evidence, effect, language))
    if plan.weights is not None:
        weight = plan.column_label(plan.weights)[language]
        out.append(
            f"Niet elke leerling telt even zwaar. Wie preciezer is gemeten, telt zwaarder (‘{weight}’)."
            if nl
            else "Not every pupil counts alike. Who was measured more precisely counts for more"
            f" (‘{weight}’)."
        )
    lost = evidence.attrition.get((effect.outcome, effect.wave, effect.arm))
    if lost is not None and lost.verdict is AttritionLevel.HIGH:
        out.append(
            "Er ontbreken veel leerlingen, of in de ene groep meer dan in de andere. Een bekende norm"
            " vindt dat te veel. Lees de uitkomst voorzichtig."
            if nl
            else "Many pupils are missing, or more in one group than in the other. A well-known standard"
            " calls that too many. Read the result with care."
        )
    looked, main = len(evidence.findings), evidence.multiplicity.tests
    if looked > 1:
        out.append(
            f"We keken naar {count(looked, language)} verschillen. Dan kan er één duidelijk lijken door"
            " toeval."
            if nl
            else f"We looked at {count(looked, language)} differences. Then one may seem clear by"
            " chance."
        )
    if main > 1:
        out[-1] += (
            f" Voor de {count(main, language)} belangrijkste staat in de bijlage hoe zeker ze samen zijn."
            if nl
            else f" For the {count(main, language)} main ones the appendix says how sure they are together."
        )
    return out


def _how_many(evidence: Evidence, effect: Effect, language: str) -> str:
    """How many groups (schools) it rests on; of one alone the bar cannot tell how others differ."""
    plan, n = evidence.plan, groups_analysed(evidence, effect)
    units = plan.study.cluster_label[language]
    if n == 1:
        one = units_of(plan, 1, language)
        return (
            f"We keken naar 1 {one}. Hoe het op andere {units} gaat, weten we niet. Dat zit ook niet"
            " in de streep in de figuur."
            if dutch(language)
            else f"We looked at 1 {one}. How it goes at other {units} we do not know. Nor is that in"
            " the bar in the picture."
        )
    number = count(n, language)
    return (
        f"Hoe meer {units}, hoe zekerder. Hier zijn het er {number}. De streep in de figuur houdt"
        " daar rekening mee."
        if dutch(language)
        else f"The more {units}, the surer. Here there are {number}. The bar in the picture takes this"
        " into account."
    )


CLEAR = (Verdict.MATTERS, Verdict.FAVOURABLE, Verdict.UNFAVOURABLE, Verdict.HARMS)


def may_name_cause(evidence: Evidence, finding: Finding) -> bool:
    """Whether the design carries a cause: as its method claims, and few enough are missing.

    What a design found against itself (``flags`` of its detail) takes it away.
    """
    effect = finding.effect
    if not carries_cause(evidence.effects.method, Allocation(evidence.plan.allocation)):
        return False
    lost = evidence.attrition.get((effect.outcome, effect.wave, effect.arm))
    detail = evidence.effects.detail(effect)
    flagged = bool(getattr(detail, "flags", ())) if detail is not None else False
    return not flagged and (lost is None or lost.verdict is not AttritionLevel.HIGH)


def cause_sentence(evidence: Evidence, language: str) -> str:
    """Whether the programme led to the difference, or went with it; without one: what may be."""
    plan, finding, nl = evidence.plan, primary(evidence), dutch(language)
    programme = plan.study.programme[language]
    may = may_name_cause(evidence, finding)
    if finding.verdict in CLEAR:
        if may:
            near = plan.running is not None
            offered = getattr(evidence.effects.detail(finding.effect), "sharp", True)
            if nl:
                where = " bij leerlingen rond de grens" if near else ""
                what = "aanbieden" if offered else "krijgen"
                return (
                    f"Het {what} van {programme} leidde{where} dus waarschijnlijk tot dit verschil."
                )
            where = ", for pupils around the cut-off" if near else ""
            what = "offering" if offered else "getting"
            return f"So {what} {programme} probably led to this difference{where}."
        return (
            f"Dit verschil hing samen met {programme}. Het kan ook een andere oorzaak hebben."
            if nl
            else f"This difference went with {programme}. It may have another cause."
        )
    if may:
        return (
            "Daarom kan een verschil aan de aanpak liggen."
            if nl
            else "So a difference can be due to the approach."
        )
    return (
        "Een verschil kan dus ook een andere oorzaak hebben."
        if nl
        else "So a difference may have another cause."
    )


def _divided(evidence: Evidence, language: str) -> str:
    """Whether a lot decided who got the programme, or how much of it."""
    plan, nl = evidence.plan, dutch(language)
    units = units_of(plan, primary(evidence).effect.clusters, language)
    who = units if plan.assigned is Level.CLUSTER else ("leerlingen" if nl else "pupils")
    lot = plan.allocation is Allocation.LOT
    if plan.running is not None:
        name = plan.column_label(plan.running)[language]
        return (
            f"Een grens in ‘{name}’ bepaalde wie mee mocht doen"
            if nl
            else f"A cut-off in ‘{name}’ decided who was offered a place"
        )
    if plan.period is not None:
        no = "" if lot else "niet " if nl else "not "
        return (
            f"Wie wanneer begon, is {no}door loting bepaald"
            if nl
            else f"Who started when was {no}decided by lot"
        )
    if nl:
        by_lot = "door loting" if lot else "niet door loting"
        if plan.dose:
            return f"Hoeveel de {who} kregen, is {by_lot} bepaald"
        if plan.alone:
            return f"Wie in welke groep kwam, is {by_lot} bepaald"
        return f"De {who} zijn {by_lot} verdeeld"
    no = "" if lot else "not "
    if plan.dose:
        return f"How much the {who} got was {no}decided by lot"
    if plan.alone:
        return f"Who came into which group was {no}decided by lot"
    return f"The {who} were {no}divided by lot"


def _who_got_more(adjusted: bool, language: str) -> str:
    """Of a dose it is not told how alike those who got more and less were."""
    if dutch(language):
        more = " De berekening houdt rekening met wat vooraf bekend was." if adjusted else ""
        return f"Misschien waren leerlingen die meer kregen vooraf al anders.{more}"
    more = " The calculation allows for what was known beforehand." if adjusted else ""
    return f"Pupils who got more may have been different beforehand.{more}"


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


def _alike(found: dict[str, list[Characteristic]], language: str) -> str:
    """How alike the arms were, each characteristic at its worst; the numbers are in the appendix."""
    nl = dutch(language)
    worst = {name: max(told, key=how_far).verdict for name, told in found.items()}
    far = sum(verdict is BaselineVerdict.NOT for verdict in worst.values())
    unequal = [
        name for name, v in worst.items() if v in (BaselineVerdict.ADJUST, BaselineVerdict.NOT)
    ]
    if not unequal:
        return (
            "Vooraf waren de groepen bijna gelijk."
            if nl
            else "Beforehand the groups were almost equal."
        )
    parts = [_apart(far, language)]
    if any(c.adjusted is not None for name in unequal for c in found[name]):
        allowed = [any(c.adjusted for c in found[name]) for name in unequal]
        parts.append(_allows(allowed, far=far > 0, language=language))
    if far:
        parts.append("Lees de uitkomst voorzichtig." if nl else "Read the result with care.")
    return " ".join(parts)


def _apart(far: int, language: str) -> str:
    """That the arms differed, and in how many characteristics much."""
    if dutch(language):
        if not far:
            return "Vooraf waren er kleine verschillen tussen de groepen."
        which = "één kenmerk" if far == 1 else f"{far} kenmerken"
        return f"Vooraf verschilden de groepen, bij {which} veel."
    if not far:
        return "Beforehand there were small differences between the groups."
    which = "one characteristic" if far == 1 else f"{far} characteristics"
    return f"Beforehand the groups differed, much so in {which}."


def _allows(allowed: list[bool], *, far: bool, language: str) -> str:
    """Which of the differences the estimate is adjusted for."""
    nl = dutch(language)
    if all(allowed):
        well = (" zo goed mogelijk", " as well as it can") if far else ("", "")
        return (
            f"De berekening houdt daar{well[0]} rekening mee."
            if nl
            else f"The calculation allows for this{well[1]}."
        )
    if not any(allowed):
        return (
            "De berekening houdt daar geen rekening mee."
            if nl
            else "The calculation does not allow for this."
        )
    most = 2 * sum(allowed) > len(allowed)
    if nl:
        which = "de meeste verschillen" if most else "een deel van de verschillen"
        return f"De berekening houdt met {which} rekening, niet met alle."
    return (
        f"The calculation allows for {'most' if most else 'part'} of the differences, not for all."
    )


def says_not(evidence: Evidence, language: str) -> list[str]:
    """What a reader must not conclude: always the same cautions, then the plan's own."""
    plan, nl = evidence.plan, dutch(language)
    out = [
        "We zien een verband bij veel leerlingen samen. Dat zegt niets over één bepaalde leerling."
        if nl and plan.dose
        else "We see a link among many pupils together. That says nothing about one particular pupil."
        if plan.dose
        else "We zien verschillen tussen groepen. Dat zegt niets over één bepaalde"
        f" {'leerling' if plan.period is None else 'persoon'}."
        if nl
        else "We see differences between groups. That says nothing about one particular"
        f" {'pupil' if plan.period is None else 'person'}."
    ]
    if plan.dose:
        out.append(
            "We rekenen alsof elke stap even veel telt. Of dat zo is, weten we niet."
            if nl
            else "We calculate as if every step counts alike. Whether that is so, we do not know."
        )
    if any(f.verdict is Verdict.UNCLEAR and shown(f) for f in evidence.findings):
        out.append(
            f"‘{_seen_nothing(evidence, language)}’ is iets anders dan ‘werkt niet’."
            if nl
            else f"‘{_seen_nothing(evidence, language)}’ is not the same as ‘does not work’."
        )
    if evidence.effects.flow.unplaced and plan.dose:
        out.append(
            "Van sommige leerlingen weten we de school niet, of hoeveel ze kregen. Zij tellen niet mee."
            if nl
            else "Of some pupils the school is not known, or how much they got. They do not count."
        )
    elif evidence.effects.flow.unplaced:
        out.append(
            "Van sommige leerlingen is de school of de groep niet bekend. Zij tellen niet mee."
            if nl
            else "Of some pupils the school or the group is not known. They do not count."
        )
    return [*out, *(text[language] for text in (*plan.study.caveats, *evidence.not_done))]


def _seen_nothing(evidence: Evidence, language: str) -> str:
    """The words this page itself has for a difference that is not clear."""
    if "nog niet te zien" not in key_message(evidence, "nl"):
        return _kind(Verdict.UNCLEAR, language)
    return "Nog niet te zien" if dutch(language) else "Not yet visible"


def difference(plan: Plan, language: str) -> str:
    """What a point of the picture is: the difference between the groups, or per step of a dose."""
    nl = dutch(language)
    if plan.dose:
        return f"{'het verschil' if nl else 'the difference'} {per_step(plan, language)}"
    if plan.period is not None:
        return (
            "het verschil met wat we zonder de start verwachten"
            if nl
            else "the difference from what we expect without the start"
        )
    return "het verschil tussen de groepen" if nl else "the difference between the groups"


def alternative(evidence: Evidence, language: str) -> str:
    """What the effects picture shows, for who cannot see it."""
    nl = dutch(language)
    between = difference(evidence.plan, language)
    parts = [
        f"Figuur met per uitkomst {between} en de onzekerheid."
        if nl
        else f"Picture with, per outcome, {between} and its uncertainty."
    ]
    several = len({f.effect.arm for f in evidence.findings}) > 1
    for finding in in_time(evidence):
        effect, plan = finding.effect, evidence.plan
        measure = plan.measure(effect.outcome)
        name = (measure.better_label if measure.better == "lower" else measure.label)[language]
        wave = plan.wave_label(effect.outcome, effect.wave)[language]
        arm = plan.arm(effect.arm).label[language]
        named = ", ".join(part for part in (_capital(name), wave, arm if several else "") if part)
        if shown(finding) and finding.low is not None:
            value = decimal(finding.g, 2, language)
            numbers = f"{value} ({interval(finding.low, finding.high, 2, language)})"
        else:
            numbers = "niet getoond of geen antwoord" if nl else "not shown or no answer"
        parts.append(f"{named}: {numbers}.")
    parts.append(
        "De getallen staan ook in de tabel." if nl else "The numbers are also in the table."
    )
    return " ".join(parts)
