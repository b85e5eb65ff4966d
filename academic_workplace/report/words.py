"""From evidence to plain words: short sentences, uncertainty in counts, no cause without a lot."""

from __future__ import annotations

from academic_workplace.disclosure import may_leave
from academic_workplace.effects.result import Effect
from academic_workplace.evidence.attrition import Loss, overall
from academic_workplace.evidence.balance import START, largest
from academic_workplace.evidence.weighing import Evidence, Finding, Verdict, weigh_one
from academic_workplace.plan import Allocation, Level, Method, Plan
from academic_workplace.report.figures import in_time, shown
from academic_workplace.report.numerals import count, decimal, digits_for, interval, of_hundred
from academic_workplace.sizes import above_average

ALIKE, UNLIKE = 0.05, 0.25  # standard deviations (What Works Clearinghouse)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def primary(evidence: Evidence) -> Finding:
    """The finding that carries the key message: primary outcome, main wave, first arm."""
    arms = [a for a in evidence.plan.study.arms if a != evidence.findings[0].effect.comparison]
    first = evidence.findings[0].effect
    for finding in evidence.findings:
        effect = finding.effect
        if (effect.outcome, effect.wave) == (first.outcome, first.wave) and effect.arm in arms[:1]:
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
            if language == "nl":
                text += f" {wave} was dat nog niet te zien."
            else:
                text += f" {wave} this could not be seen yet."
    return text


def finding_sentence(finding: Finding, plan: Plan, language: str) -> str:
    """What one finding says, without numbers."""
    effect = finding.effect
    measure = plan.measure(effect.outcome)
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    arm = plan.arm(effect.arm).pupils[language]
    other = plan.arm(effect.comparison).pupils[language]
    better, label = measure.better_label[language], measure.label[language].lower()
    if not shown(finding):
        if language == "nl":
            return "We tonen deze uitkomst niet: in een van de groepen zitten minder dan 10 leerlingen."
        return "We do not show this result: one of the groups has fewer than 10 pupils."
    if finding.verdict is Verdict.NO_ANSWER:
        reason = effect.reason[language] if effect.reason else ""
        if language == "nl":
            return f"Op deze vraag kunnen we nu geen antwoord geven. {reason}"
        return f"We cannot answer this question now. {reason}"
    if language == "nl":
        at = f"{wave} " if wave else ""
        text = {
            Verdict.MATTERS: f"{at}hebben {arm} {better} dan {other}. Dat verschil is groot genoeg om"
            " van belang te zijn.",
            Verdict.FAVOURABLE: f"{at}hebben {arm} {better} dan {other}. Hoe groot dat verschil is,"
            " weten we niet precies.",
            Verdict.NEGLIGIBLE: f"{at}is er (bijna) geen verschil in {label} tussen {arm} en {other}."
            " Als er een verschil is, is het te klein om van belang te zijn.",
            Verdict.UNCLEAR: f"{at}is nog niet te zien of {arm} {better} hebben dan {other}.",
            Verdict.UNFAVOURABLE: f"{at}is het beeld voor {label} ongunstiger bij {arm} dan bij"
            f" {other}.",
        }[finding.verdict]
        return _capital(text)
    at = f"{wave}, " if wave else ""
    text = {
        Verdict.MATTERS: f"{at}{arm} have {better} than {other}. This difference is large enough to"
        " matter.",
        Verdict.FAVOURABLE: f"{at}{arm} have {better} than {other}. We do not know exactly how large"
        " this difference is.",
        Verdict.NEGLIGIBLE: f"{at}there is (almost) no difference in {label} between {arm} and"
        f" {other}. If there is a difference, it is too small to matter.",
        Verdict.UNCLEAR: f"{at}it cannot be seen yet whether {arm} have {better} than {other}.",
        Verdict.UNFAVOURABLE: f"{at}the picture for {label} is less favourable among {arm} than among"
        f" {other}.",
    }[finding.verdict]
    return _capital(text)


def effect_sentence(effect: Effect, language: str) -> str:
    """What one effect says, with its number and range."""
    finding = weigh_one(effect)
    numbers = number_sentence(finding, effect.plan, language)
    return f"{finding_sentence(finding, effect.plan, language)} {numbers}".strip()


def number_sentence(finding: Finding, plan: Plan, language: str) -> str:
    """The size of a finding in its own units and standardised, each with its likely range."""
    effect = finding.effect
    if not shown(finding) or effect.estimate is None or effect.low is None or effect.high is None:
        return ""
    sign = -1 if plan.measure(effect.outcome).better == "lower" else 1
    low, high = sorted((sign * effect.low, sign * effect.high))
    digits = digits_for(high - low)
    value = decimal(sign * effect.estimate, digits, language)
    span = interval(low, high, digits, language).replace(" tot ", " en ").replace(" to ", " and ")
    unit = plan.measure(effect.outcome).unit[language]
    size = decimal(finding.g, 2, language)
    if language == "nl":
        more = " (een getal boven 0 is gunstig)" if sign < 0 else ""
        return (
            f"Het verschil is {value} {unit}{more}; waarschijnlijk ligt het tussen {span}."
            f" Als standaardmaat is dat {size}."
        )
    more = " (above 0 is favourable)" if sign < 0 else ""
    return (
        f"The difference is {value} {unit}{more}; it probably lies between {span}."
        f" As a standardised measure this is {size}."
    )


def hundred(finding: Finding) -> tuple[int, int, int] | None:
    """Of 100 treated pupils, how many do better than the average pupil of the comparison."""
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
    arm, other = (plan.arm(a).pupils[language] for a in (effect.arm, effect.comparison))
    if language == "nl":
        return (
            f"Zet 100 {arm} naast {other}. Van die 100 doen er {middle} het beter dan het gemiddelde"
            f" van de andere groep. Zonder verschil zouden dat er 50 zijn. Het kunnen er ook {low} of"
            f" {high} zijn."
        )
    return (
        f"Put 100 {arm} beside {other}. Of those 100, {middle} do better than the average of the other"
        f" group. Without a difference this would be 50. It may also be {low} or {high}."
    )


def who_took_part(evidence: Evidence, language: str) -> list[str]:
    """Clusters and pupils, who is missing, and whether that differs between the arms."""
    plan = evidence.plan
    effect = primary(evidence).effect
    arms = [effect.arm, effect.comparison]
    parts = _losses(evidence, effect)
    if not parts:
        return []
    nl = language == "nl"
    units = plan.study.cluster_label[language]
    out = []
    if plan.assigned is Level.CLUSTER:
        counted = [
            f"{count(part.clusters_start, language)} {plan.arm(part.arm).label[language]}"
            for part in sorted(parts, key=lambda p: [*arms, p.arm].index(p.arm))
        ]
        total = count(sum(part.clusters_start for part in parts), language)
        joined = _and(counted, language)
        out.append(
            f"Er deden {total} {units} mee: {joined}."
            if nl
            else f"{total} {units} took part: {joined}."
        )
    else:
        total = count(len({*evidence.effects.flow.clusters}), language)
        out.append(
            f"Er deden {total} {units} mee. Op elke {_one(units)} zijn leerlingen over de groepen"
            " verdeeld."
            if nl
            else f"{total} {units} took part. Pupils were divided over the groups within each"
            f" {_one(units)}."
        )
    start, analysed = sum(p.start for p in parts), sum(p.analysed for p in parts)
    hidden = any(0 < p.lost < 10 for p in parts)
    share = overall(parts)
    if hidden or share is None:
        out.append(
            f"We konden {count(analysed, language)} leerlingen vergelijken. In ten minste één groep"
            " ontbreken minder dan 10 leerlingen."
            if nl
            else f"We could compare {count(analysed, language)} pupils. In at least one group fewer"
            " than 10 pupils are missing."
        )
        return out
    kept = of_hundred(1 - share)
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    when = f" ({wave})" if wave else ""
    out.append(
        f"Van de {count(start, language)} leerlingen bij de start konden we er"
        f" {count(analysed, language)} vergelijken{when}. Dat zijn er {kept} van de 100."
        if nl
        else f"Of the {count(start, language)} pupils at the start we could compare"
        f" {count(analysed, language)}{when}. That is {kept} of every 100."
    )
    per_arm = [
        f"{of_hundred(part.share or 0)} {'van de 100 bij' if nl else 'of every 100 in'}"
        f" {plan.arm(part.arm).label[language]}"
        for part in sorted(parts, key=lambda p: [*arms, p.arm].index(p.arm))
    ]
    out.append(
        f"We misten {_and(per_arm, language)}." if nl else f"We missed {_and(per_arm, language)}."
    )
    return out


def _losses(evidence: Evidence, effect: Effect) -> tuple[Loss, ...]:
    key = (effect.outcome, effect.wave)
    return tuple(p for p in evidence.losses if (p.outcome, p.wave) == key and p.start)


def _one(units: str) -> str:
    """The singular of the word for clusters, as far as the plan's words allow."""
    return {"scholen": "school", "schools": "school", "klassen": "klas", "classes": "class"}.get(
        units, units
    )


def _and(parts: list[str], language: str) -> str:
    word = "en" if language == "nl" else "and"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def how_sure(evidence: Evidence, language: str) -> list[str]:
    """Facts that make the answer more or less certain; never a stamp."""
    plan, finding = evidence.plan, primary(evidence)
    effect, nl = finding.effect, language == "nl"
    units = plan.study.cluster_label[language]
    who = units if plan.assigned is Level.CLUSTER else ("leerlingen" if nl else "pupils")
    out = []
    if plan.allocation is Allocation.LOT:
        out.append(
            f"De {who} zijn door loting verdeeld. Daardoor waren de groepen vooraf eerlijk te"
            " vergelijken, en kan een verschil aan de aanpak liggen."
            if nl
            else f"The {who} were divided by lot. That made the groups a fair comparison beforehand,"
            " so a difference can be due to the approach."
        )
    else:
        out.append(
            f"De {who} zijn niet door loting verdeeld. Een verschil kan dus ook een andere oorzaak"
            " hebben."
            if nl
            else f"The {who} were not divided by lot. So a difference may have another cause."
        )
    alike = largest(
        tuple(d for d in evidence.balance if d.group == START and d.arm == effect.arm
              and may_leave(d.n_arm, d.n_comparison))
    )  # fmt: skip
    if alike is not None:
        size = decimal(alike, 2, language)
        adjusted = evidence.effects.method is Method.ADJUSTED
        if alike <= ALIKE:
            nl_text = f"Vooraf waren de groepen bijna gelijk (grootste verschil {size})."
            en_text = f"Beforehand the groups were almost equal (largest difference {size})."
        elif alike <= UNLIKE:
            nl_text = f"Vooraf waren er kleine verschillen tussen de groepen (tot {size})."
            en_text = f"Beforehand there were small differences between the groups (up to {size})."
        else:
            nl_text = (
                f"Vooraf verschilden de groepen al (tot {size}). Lees de uitkomst voorzichtig."
            )
            en_text = (
                f"Beforehand the groups already differed (up to {size}). Read the result with care."
            )
        if adjusted and alike > ALIKE:
            nl_text += " Daar is in de berekening rekening mee gehouden."
            en_text += " The calculation takes this into account."
        out.append(nl_text if nl else en_text)
    if effect.se is not None:
        out.append(
            f"Het aantal {units} bepaalt hoe zeker we zijn: {count(effect.clusters, language)}. De"
            " streep in de figuur houdt daar rekening mee."
            if nl
            else f"How sure we are depends on the number of {units}: {count(effect.clusters, language)}."
            " The bar in the picture takes this into account."
        )
    looked = len(evidence.findings)
    if looked > 1:
        out.append(
            f"We keken naar {count(looked, language)} uitkomsten. Dan kan er één door toeval opvallen."
            if nl
            else f"We looked at {count(looked, language)} results. One of them may stand out by chance."
        )
    return out


def alternative(evidence: Evidence, language: str) -> str:
    """What the effects picture shows, for who cannot see it."""
    nl = language == "nl"
    parts = [
        "Figuur met per uitkomst het verschil tussen de groepen en de onzekerheid."
        if nl
        else "Picture with, per outcome, the difference between the groups and its uncertainty."
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
