"""Questionnaires in words: what they are, their scores, their reliability, and agreement."""

from __future__ import annotations

import math

from academic_workplace.disclosure import MINIMUM, shown_count
from academic_workplace.errors import dutch
from academic_workplace.intake.scales.agreement import (
    Form,
    IntraclassCorrelation,
    Kappa,
    Krippendorff,
    Weights,
)
from academic_workplace.intake.scales.clusters import ClusterReliability
from academic_workplace.intake.scales.consistency import Extremes, Reliabilities, Reliability
from academic_workplace.intake.scales.declaration import (
    Informant,
    Instrument,
    Rounding,
    ScoreMethod,
    Subscale,
)
from academic_workplace.intake.scales.scoring import Scored
from academic_workplace.language import Text
from academic_workplace.report.numerals import count, decimal, interval, of_hundred

INFORMANTS = {
    Informant.SELF: Text("de leerling zelf", "the pupil"),
    Informant.PARENT: Text("een ouder", "a parent"),
    Informant.TEACHER: Text("een leerkracht", "a teacher"),
    Informant.OTHER: Text("iemand anders", "somebody else"),
}
NOT_VALIDATED = Text(
    "Deze lijst is niet gevalideerd: het is niet aangetoond wat hij meet.",
    "This list is not validated: it was not shown what it measures.",
)

# ---------------------------------------------------------------- what it is


def instrument_sentences(one: Instrument, language: str) -> list[str]:
    """What it measures and by whom, how it is scored, its terms, and what was not verified."""
    nl = dutch(language)
    measures = one.measures[language]
    about = (f" gaat over {measures}" if nl else f" is about {measures}") if measures else ""
    join = (" en" if nl else " and") if about else ""
    by = INFORMANTS[one.informant][language]
    filled = f"{join} wordt ingevuld door {by}" if nl else f"{join} is filled in by {by}"
    out = [f"{_up(one.name[language])}{about}{filled}{_ages(one, language)}."]
    if not one.validated:
        out.append(NOT_VALIDATED[language])
    low, high = (plain(end, language) for end in one.range)
    items, turned = len(one.items), len(one.reversed)
    out.append(
        f"De lijst heeft {items} vragen met antwoorden van {low} tot {high};"
        f" {turned or 'geen'} daarvan {'zijn' if turned > 1 else 'is'} omgekeerd."
        if nl
        else f"The list has {items} questions with answers from {low} to {high}; {turned or 'none'}"
        f" of them {'is' if turned == 1 else 'are'} reversed."
    )
    names: dict[str, list[str]] = {}
    for each in one.subscales:
        names.setdefault(_how(one, each, language), []).append(each.name[language])
    out += [f"{_up(', '.join(named))}: {how}." for how, named in names.items()]
    out.append(f"{'Bron' if nl else 'Source'}: {one.source}.")
    out += _terms(one, language)
    return out + _unverified(one, language)


def _unverified(one: Instrument, language: str) -> list[str]:
    told = "; ".join(each.why[language] for each in one.unverified)
    say = Text("Niet nagegaan bij de bron", "Not verified with the source")[language]
    return [f"{say}: {told}."] if told else []


def _ages(one: Instrument, language: str) -> str:
    if one.ages is None:
        return ""
    nl, (young, old) = dutch(language), one.ages
    if math.isinf(old):
        return f", vanaf {young:g} jaar" if nl else f", from age {young:g}"
    return f", van {young:g} tot en met {old:g} jaar" if nl else f", ages {young:g} to {old:g}"


def _how(one: Instrument, s: Subscale, language: str) -> str:
    """How a score is made: what stands behind its name."""
    nl, k = dutch(language), len(s.items)
    low, high = (plain(end, language) for end in s.range)
    ends = f"{low} tot {high}" if nl else f"{low} to {high}"
    if s.sum_of:
        names = ", ".join(each.name[language] for each in one.subscales if each.key in s.sum_of)
        return f"{ends}, de som van {names}" if nl else f"{ends}, the sum of {names}"
    made = {
        ScoreMethod.SUM: Text(f"de som van {k} vragen", f"the sum of {k} questions"),
        ScoreMethod.MEAN: Text(f"het gemiddelde van {k} vragen", f"the mean of {k} questions"),
    }[s.method][language]
    if s.t_values:
        made += ", als T-waarde" if nl else ", as a T-value"
    elif (s.times, s.plus) != (1.0, 0.0):
        made += f" {'maal' if nl else 'times'} {plain(s.times, language)}"
        made += f" plus {plain(s.plus, language)}" if s.plus else ""
    if s.minimum == k:
        every = "alle vragen moeten beantwoord zijn" if nl else "all must be answered"
        return f"{ends}, {made}; {every}"
    rule = (
        f"minstens {s.minimum} moeten beantwoord zijn, en wat ontbreekt telt als het gemiddelde van"
        " de rest"
        if nl
        else f"at least {s.minimum} must be answered, and what is missing counts as the mean of the"
        " rest"
    )
    if s.rounding is Rounding.HALF_UP:
        rule += (
            " (afgerond op een heel getal, een half naar boven)"
            if nl
            else " (rounded to a whole number, a half upwards)"
        )
    return f"{ends}, {made}; {rule}"


def _terms(one: Instrument, language: str) -> list[str]:
    nl, terms = dutch(language), one.licence
    named = (
        ("Voorwaarden" if nl else "Terms", terms.terms),
        ("Toegestaan" if nl else "Permitted", terms.permits),
        ("Niet toegestaan" if nl else "Not permitted", terms.forbids),
    )
    return [f"{word}: {text[language]}." for word, text in named if text]


def _up(words: str) -> str:
    return words[:1].upper() + words[1:]


def plain(x: float, language: str) -> str:
    """A number of a declaration, with no more decimals than it has."""
    return decimal(x, 0 if float(x).is_integer() else 2, language)


def pupils(n: int, language: str) -> str:
    """So many pupils; of fewer than ten only that."""
    return _so_many(n, Text("leerlingen", "pupils"), language)


def lists(n: int, language: str) -> str:
    """So many lists filled in, for a row may be a pupil at one wave; of few only that."""
    return _so_many(n, Text("lijsten", "lists"), language)


def _so_many(n: int, what: Text, language: str) -> str:
    nl = dutch(language)
    if shown_count(n) is None:
        few = f"minder dan {MINIMUM}" if nl else f"fewer than {MINIMUM}"
        return f"{few} {what[language]}"
    if n == 0:
        return f"{'geen' if nl else 'no'} {what[language]}"
    return f"{count(n, language)} {what[language]}"


# ---------------------------------------------------------------- scores


def scored_sentences(scored: Scored, language: str) -> list[str]:
    """Per subscale how many have a score, and what to know before it is used."""
    nl, one = dutch(language), scored.instrument
    out = [f"{_up(one.name[language])}."]
    if not one.validated:
        out.append(NOT_VALIDATED[language])
    if any(t.prorated for t in scored.tallies.values()):
        out.append(
            "Ontbreken er enkele antwoorden, dan tellen die als het gemiddelde van de rest."
            if nl
            else "Where some answers are missing, they count as the mean of the rest."
        )
    for each in one.subscales:
        t = scored.tallies[each.key]
        parts = [
            (t.complete, Text("compleet", "complete")),
            (t.prorated, Text("met enkele antwoorden minder", "with some answers missing")),
            (t.too_few, Text("zonder score (te weinig antwoorden)", "without a score (too few)")),
            (t.empty, Text("zonder enig antwoord", "without any answer")),
        ]
        told = [f"{lists(n, language)} {word[language]}" for n, word in parts if n]
        nothing = lists(0, language)
        out.append(f"{_up(each.name[language])}: {', '.join(told) or nothing}.")
        ends = scored.extremes(each.key)
        if ends.at_floor or ends.at_ceiling:
            out.append(_no_room(ends, language))
    return out + _unverified(one, language)


def extremes_sentence(ends: Extremes, language: str) -> str:
    """Which share has the lowest and highest score, and whether there is room left."""
    nl = dutch(language)
    if ends.floor is None or ends.ceiling is None:
        return "Er zijn geen scores." if nl else "There are no scores."
    low, high = of_hundred(ends.floor), of_hundred(ends.ceiling)
    out = [
        f"Van elke 100 leerlingen hebben er {low} de laagste score en {high} de hoogste"
        f" ({pupils(ends.n, language)})."
        if nl
        else f"Of every 100 pupils, {low} have the lowest score and {high} the highest"
        f" ({pupils(ends.n, language)})."
    ]
    if ends.missing:
        out.append(
            f"Zonder score: {pupils(ends.missing, language)}."
            if nl
            else f"Without a score: {pupils(ends.missing, language)}."
        )
    if ends.at_floor or ends.at_ceiling:
        out.append(_no_room(ends, language))
    return " ".join(out)


def _no_room(ends: Extremes, language: str) -> str:
    nl = dutch(language)
    told = []
    for at, share, end in (
        (ends.at_floor, ends.floor, Text("laagste", "lowest")),
        (ends.at_ceiling, ends.ceiling, Text("hoogste", "highest")),
    ):
        if at and share is not None:
            told.append(
                f"Let op: {of_hundred(share)} van de 100 leerlingen hebben de {end.nl} score die"
                " kan; aan die kant is verandering slecht te zien."
                if nl
                else f"Note: {of_hundred(share)} of every 100 pupils have the {end.en} score there"
                " is; change at that end is hard to see."
            )
    return " ".join(told)


# ---------------------------------------------------------------- reliability


def reliabilities_sentences(found: Reliabilities, language: str) -> list[str]:
    """All of them, and who belongs to no group."""
    nl = dutch(language)
    out = [sentence for each in found for sentence in reliability_sentences(each, language)]
    if found.without_group:
        out.append(
            f"Niet bij een groep: {lists(found.without_group, language)}."
            if nl
            else f"In no group: {lists(found.without_group, language)}."
        )
    return out


def reliability_sentences(found: Reliability, language: str) -> list[str]:
    """Alpha with its interval, what that means, omega, split half, and every limit."""
    nl = dutch(language)
    name = found.scale[language] or ("deze schaal" if nl else "this scale")
    where = f" ({found.group})" if found.group is not None else ""
    out = []
    if found.alpha is not None:
        a, ends = decimal(found.alpha, 2, language), interval(found.low, found.high, 2, language)
        out.append(
            f"De betrouwbaarheid van {name}{where} is {a} (alpha; {ends}), bij"
            f" {lists(found.n, language)} waarop alle {len(found.items)} vragen zijn"
            " beantwoord."
            if nl
            else f"The reliability of {name}{where} is {a} (alpha; {ends}), from"
            f" {lists(found.n, language)} with all {len(found.items)} questions answered."
        )
        if found.alpha > 0:
            share = of_hundred(found.alpha)
            out.append(
                f"Van de verschillen tussen leerlingen komt dan ongeveer {share} van de 100 door"
                " wat de vragen samen meten; de rest is toeval."
                if nl
                else f"Of the differences between pupils about {share} in 100 then come from what"
                " the questions measure together; the rest is chance."
            )
        more = [
            (Text("omega", "omega"), found.omega),
            (Text("in helften gedeeld", "split in halves"), found.split_half),
        ]
        told = [f"{w[language]} {decimal(x, 2, language)}" for w, x in more if x is not None]
        if told:
            say = "Anders berekend" if nl else "Worked out in other ways"
            out.append(f"{say}: {', '.join(told)}.")
    else:
        out.append(
            f"De betrouwbaarheid van {name}{where} is niet te berekenen."
            if nl
            else f"The reliability of {name}{where} cannot be told."
        )
    if found.incomplete:
        out.append(
            f"Weggelaten, want een antwoord ontbreekt: {lists(found.incomplete, language)}."
            if nl
            else f"Left out, for an answer is missing: {lists(found.incomplete, language)}."
        )
    out += [limit[language] for limit in found.limits]
    if found.validated is False:
        out.append(NOT_VALIDATED[language])
    return out


def cluster_sentences(found: ClusterReliability, language: str) -> list[str]:
    """How much classes differ, and how sure the mean of one is."""
    nl = dutch(language)
    name = found.scale[language] or ("deze score" if nl else "this score")
    out = []
    if found.icc1 is not None:
        share = of_hundred(max(found.icc1, 0.0))
        one = _inside(found.icc1, found.icc1_low, found.icc1_high, language)
        out.append(
            f"Van de verschillen in {name} ligt ongeveer {share} van de 100 tussen klassen of"
            f" scholen (ICC1 {one})."
            if nl
            else f"Of the differences in {name} about {share} in 100 lie between classes or schools"
            f" (ICC1 {one})."
        )
    if found.icc2 is not None:
        two = _with_limits(found.icc2, found.icc2_low, found.icc2_high, language)
        out.append(
            f"De betrouwbaarheid van het gemiddelde van een klas of school (ICC2) is {two}."
            if nl
            else f"The reliability of the mean of a class or school (ICC2) is {two}."
        )
    who, where = pupils(found.n, language), count(found.clusters, language)
    out.append(
        f"Dit gaat over {who} in {where} klassen of scholen."
        if nl
        else f"This is about {who} in {where} classes or schools."
    )
    if found.left_out:
        out.append(
            f"Weggelaten, zonder score of zonder klas: {pupils(found.left_out, language)}."
            if nl
            else f"Left out, without a score or a class: {pupils(found.left_out, language)}."
        )
    return out + [limit[language] for limit in found.limits]


# ---------------------------------------------------------------- agreement

FORMS = {
    Form.ONE_WAY: Text(
        "één oordeel, van steeds andere beoordelaars", "one rating, by raters who differ per pupil"
    ),
    Form.TWO_WAY: Text("één oordeel, met hun niveau erbij", "one rating, their level included"),
    Form.FIXED: Text("één oordeel, alleen de volgorde", "one rating, the order only"),
    Form.ONE_WAY_MEAN: Text(
        "het gemiddelde van steeds andere beoordelaars", "the mean of raters who differ per pupil"
    ),
    Form.TWO_WAY_MEAN: Text(
        "het gemiddelde van allen, met hun niveau erbij", "the mean of all, their level included"
    ),
    Form.FIXED_MEAN: Text("het gemiddelde van allen, alleen de volgorde", "the mean, order only"),
}


def icc_sentences(found: IntraclassCorrelation, language: str) -> list[str]:
    """How alike the ratings of several informants are."""
    nl = dutch(language)
    out = []
    if found.value is not None:
        told = _with_limits(found.value, found.low, found.high, language)
        out.append(
            f"De overeenstemming tussen {found.k} beoordelaars is {told}: {found.form.value},"
            f" {FORMS[found.form].nl}. Dit gaat over {pupils(found.n, language)}. Bij 1 zijn"
            " ze het helemaal eens, bij 0 niet meer dan bij toeval."
            if nl
            else f"The agreement of {found.k} raters is {told}: {found.form.value},"
            f" {FORMS[found.form].en}. This is about {pupils(found.n, language)}. At 1 they agree"
            " wholly, at 0 no more than by chance."
        )
    if found.left_out:
        out.append(_not_all(found.left_out, language))
    return out + [limit[language] for limit in found.limits]


def kappa_sentences(found: Kappa, language: str) -> list[str]:
    """How often two raters agree, and kappa."""
    nl = dutch(language)
    out = []
    if found.observed is not None and found.expected is not None:
        seen, chance = of_hundred(found.observed), of_hundred(found.expected)
        alike = found.weights is Weights.UNWEIGHTED
        nl_kind = "" if alike else " (bijna eens telt voor een deel)"
        en_kind = "" if alike else " (almost agreeing counts in part)"
        out.append(
            f"De twee beoordelaars zijn het bij {seen} van de 100 leerlingen eens{nl_kind}; bij"
            f" toeval zouden dat er {chance} zijn. Dit gaat over {pupils(found.n, language)}."
            if nl
            else f"The two raters agree on {seen} of every 100 pupils{en_kind}; by chance that"
            f" would be {chance}. This is about {pupils(found.n, language)}."
        )
    if found.value is not None:
        told = _with_limits(found.value, found.low, found.high, language)
        out.append(f"Kappa is {told}.")
    if found.left_out:
        out.append(_not_all(found.left_out, language))
    return out + [limit[language] for limit in found.limits]


def krippendorff_sentences(found: Krippendorff, language: str) -> list[str]:
    """How alike any number of raters are."""
    nl = dutch(language)
    out = []
    if found.value is not None:
        told = _with_limits(found.value, found.low, found.high, language)
        out.append(
            f"De overeenstemming tussen de beoordelaars is {told} (alpha van Krippendorff), bij"
            f" {pupils(found.units, language)} met twee of meer oordelen. Bij 1 zijn ze het"
            " helemaal eens, bij 0 niet meer dan bij toeval."
            if nl
            else f"The agreement of the raters is {told} (Krippendorff's alpha), among"
            f" {pupils(found.units, language)} with two or more ratings. At 1 they agree wholly, at"
            " 0 no more than by chance."
        )
    if found.single:
        out.append(
            f"Weggelaten, met minder dan twee oordelen: {pupils(found.single, language)}."
            if nl
            else f"Left out, with fewer than two ratings: {pupils(found.single, language)}."
        )
    return out + [limit[language] for limit in found.limits]


def _not_all(n: int, language: str) -> str:
    return (
        f"Weggelaten, want een oordeel ontbreekt: {pupils(n, language)}."
        if dutch(language)
        else f"Left out, for a rating is missing: {pupils(n, language)}."
    )


def _with_limits(value: float, low: float | None, high: float | None, language: str) -> str:
    told = decimal(value, 2, language)
    return told if low is None else f"{told} ({interval(low, high, 2, language)})"


def _inside(value: float, low: float | None, high: float | None, language: str) -> str:
    """The same within brackets."""
    told = decimal(value, 2, language)
    return told if low is None else f"{told}; {interval(low, high, 2, language)}"
