"""Questionnaires in words: what they are, their scores, their reliability, and agreement."""

from __future__ import annotations

import math

from academic_workplace.disclosure import fewest, may_leave, shown_count
from academic_workplace.errors import dutch
from academic_workplace.intake.scales.agreement import (
    Form,
    IntraclassCorrelation,
    IntraclassCorrelations,
    Kappa,
    Weights,
)
from academic_workplace.intake.scales.clusters import ClusterReliabilities, ClusterReliability
from academic_workplace.intake.scales.consistency import (
    EXTREME,
    Extremes,
    Reliabilities,
    Reliability,
    against,
)
from academic_workplace.intake.scales.declaration import (
    Informant,
    Instrument,
    Rounding,
    ScoreMethod,
    Subscale,
)
from academic_workplace.intake.scales.krippendorff import Krippendorff
from academic_workplace.intake.scales.scoring import Scored
from academic_workplace.language import Text, both, default_language
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, interval, of_hundred

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
MOST_FEW = 10  # groups of too few lists that are named; of more the names may be those of pupils
FEW_GROUPS = (
    Text("groep met te weinig lijsten", "group with too few lists"),
    Text("groepen met te weinig lijsten", "groups with too few lists"),
)
SPREAD = Text("spreiding (SD)", "spread (SD)")
TOO_FEW = Text("dat is te weinig om een getal te laten zien.", "that is too few to show a figure.")

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
    if n == 0:
        return f"{'geen' if dutch(language) else 'no'} {what[language]}"
    return f"{_few(n, language)} {what[language]}"


def _few(n: int, language: str) -> str:
    """A count; of fewer than ten only that."""
    few = Text(f"minder dan {fewest()}", f"fewer than {fewest()}")
    return few[language] if shown_count(n) is None else count(n, language)


# ---------------------------------------------------------------- scores


def scored_sentences(scored: Scored, language: str) -> list[str]:
    """Per subscale how many have a score, and what to know before it is used."""
    out = _about(scored, language)
    for each in scored.instrument.subscales:
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
    return out + _mind(scored, language)


def _about(scored: Scored, language: str) -> list[str]:
    """Which list it is, and how a missing answer counts."""
    one = scored.instrument
    out = [f"{_up(one.name[language])}."]
    if not one.validated:
        out.append(NOT_VALIDATED[language])
    if any(t.prorated for t in scored.tallies.values()):
        out.append(
            "Ontbreken er enkele antwoorden, dan tellen die als het gemiddelde van de rest."
            if dutch(language)
            else "Where some answers are missing, they count as the mean of the rest."
        )
    return out


def _mind(scored: Scored, language: str) -> list[str]:
    """What to look at before the scores are used."""
    out = []
    if found := scored.against():
        out.append(against(found)[language])
    for each in scored.instrument.subscales:
        ends = scored.extremes(each.key)
        if may_leave(ends.n) and (ends.at_floor or ends.at_ceiling):
            out.append(f"{_up(each.name[language])}: {_no_room(ends, language)}")
    return out + _unverified(scored.instrument, language)


def scored_html(scored: Scored) -> str:
    """What to know, and a row per score; no figure of fewer than ten."""
    language = default_language()
    rows = []
    for each in scored.instrument.subscales:
        t, values = scored.tallies[each.key], scored[each.key]
        figures = [decimal(float(x), 2, language) for x in (values.mean(), values.std())]
        rows.append([
            each.name[language],
            _few(t.scored, language),
            _few(t.too_few + t.empty, language),
            *(figures if may_leave(t.scored) else [NONE, NONE]),
            Text(" tot ", " to ")[language].join(plain(end, language) for end in each.range),
        ])  # fmt: skip
    head = (
        Text("score", "score"), Text("lijsten met score", "lists with a score"),
        Text("zonder", "without"), Text("gemiddelde", "mean"), SPREAD,
        Text("kan lopen van", "can run from"),
    )  # fmt: skip
    said = both(lambda code: " ".join(_about(scored, code) + _mind(scored, code)))
    return said + notebook_table(head, rows)


def extremes_sentence(ends: Extremes, language: str) -> str:
    """Which share has the lowest and highest score, and whether there is room left."""
    nl = dutch(language)
    if ends.floor is None or ends.ceiling is None:
        return "Er zijn geen scores." if nl else "There are no scores."
    if not may_leave(ends.n):
        return _too_few(ends.n, language)[0]
    low, high = (_share(x, ends.n, language) for x in (ends.floor, ends.ceiling))
    out = [
        f"De laagste score: {low}. De hoogste score: {high}. Dit gaat over"
        f" {pupils(ends.n, language)}."
        if nl
        else f"The lowest score: {low}. The highest score: {high}. This is about"
        f" {pupils(ends.n, language)}."
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


def _share(share: float, n: int, language: str) -> str:
    """So many in a hundred; when that is about few pupils, or about all but a few, only that."""
    nl, there = dutch(language), round(share * n)
    if shown_count(there) is None:
        return pupils(there, language)
    if n - there < fewest():
        return "alle leerlingen of bijna alle" if nl else "all pupils or almost all"
    return f"{of_hundred(share)} van de 100 leerlingen" if nl else (
        f"{of_hundred(share)} of every 100 pupils"
    )  # fmt: skip


def _no_room(ends: Extremes, language: str) -> str:
    nl = dutch(language)
    told = []
    for at, end in (
        (ends.at_floor, Text("laagste", "lowest")),
        (ends.at_ceiling, Text("hoogste", "highest")),
    ):
        if at:
            told.append(
                f"Let op: meer dan {of_hundred(EXTREME)} van de 100 leerlingen hebben de {end.nl}"
                " score die kan; aan die kant is verandering slecht te zien."
                if nl
                else f"Note: more than {of_hundred(EXTREME)} of every 100 pupils have the {end.en}"
                " score there is; change at that end is hard to see."
            )
    return " ".join(told)


# ---------------------------------------------------------------- reliability


def reliabilities_sentences(found: Reliabilities, language: str) -> list[str]:
    """Every scale as a whole, in one sentence its groups, and who belongs to none."""
    out: list[str] = []
    for place, each in enumerate(found):
        if each.group is None:
            own = []
            for other in found[place + 1 :]:
                if other.group is None:
                    break
                own.append(other)
            out += [*_reliability(each, language), *_groups(own, language)]
    return out + _of_all(found, language)


def _groups(found: list[Reliability], language: str) -> list[str]:
    nl = dutch(language)
    shown = [each for each in found if may_leave(each.n) and each.alpha is not None]
    few = [str(each.group) for each in found if not may_leave(each.n)]
    if len(few) > MOST_FEW:
        few = [f"{count(len(few), language)} {'groepen' if nl else 'groups'}"]
    flat = [str(each.group) for each in found if may_leave(each.n) and each.alpha is None]
    told = [f"{e.group} {_with_limits(e.alpha, e.low, e.high, language)}" for e in shown
            if e.alpha is not None]  # fmt: skip
    named = (
        (told, Text("Per groep", "By group")),
        (few, Text("Te weinig lijsten", "Too few lists")),
        (flat, Text("Niet te berekenen", "Cannot be told")),
    )
    minimum = f" (minder dan {fewest()})" if nl else f" (fewer than {fewest()})"
    return [
        f"{what[language]}{minimum if names is few else ''}: {'; '.join(names)}."
        for names, what in named
        if names
    ]


def _of_all(found: Reliabilities, language: str) -> list[str]:
    """Who is in no group, and that the list is not validated."""
    out = []
    if found.without_group:
        what = "Niet bij een groep" if dutch(language) else "In no group"
        out.append(f"{what}: {lists(found.without_group, language)}.")
    if any(each.validated is False for each in found):
        out.append(NOT_VALIDATED[language])
    return out


def reliabilities_html(found: Reliabilities) -> str:
    """What alpha and omega are, and a row per scale and group."""
    language = default_language()
    legend = Text(
        "Hoe hoger alpha en omega (tot 1), hoe meer de vragen samen hetzelfde meten. Tussen haakjes"
        " staat waar alpha waarschijnlijk tussen ligt.",
        "The higher alpha and omega (up to 1), the more the questions measure the same. Between"
        " brackets stands between which values alpha probably lies.",
    )
    grouped = any(each.group is not None for each in found)
    everyone = Text("allen", "all")[language]
    few = {each.group for each in found if each.group is not None and not may_leave(each.n)}
    left = few if len(few) > MOST_FEW else set()
    rows = []
    for each in found:
        if each.group in left and not may_leave(each.n):
            continue
        told, told_in = may_leave(each.n), [limit[language] for limit in each.limits]
        rows.append([
            each.scale[language] or NONE,
            *([each.group or everyone] if grouped else []),
            _few(each.n, language),
            _figure(each.alpha, each.low, each.high, told, language),
            _figure(each.omega, None, None, told, language),
            " ".join(told_in) if told else Text("te weinig lijsten", "too few lists")[language],
        ])  # fmt: skip
    head = [Text("schaal", "scale"), *([Text("groep", "group")] if grouped else []),
            Text("lijsten", "lists"), Text("alpha", "alpha"), Text("omega", "omega"),
            Text("let op", "note")]  # fmt: skip
    said = both(lambda code: " ".join([legend[code], *_of_all(found, code)]))
    return said + notebook_table(head, rows, (len(left), *FEW_GROUPS))


def reliability_html(found: Reliability) -> str:
    """A row per item; nothing of fewer than ten lists."""
    if not may_leave(found.n) or found.means is None:
        return ""
    language, table = default_language(), found.item_table()
    figures = table.drop(columns="item").astype(float)
    rows = [
        [item, *(decimal(x, 2, language) for x in row)]
        for item, row in zip(found.items, figures.to_numpy(), strict=True)
    ]
    head = (
        Text("vraag", "question"), Text("gemiddelde", "mean"), SPREAD,
        Text("samenhang met de rest", "correlation with the rest"),
        Text("alpha zonder deze vraag", "alpha without it"),
        Text("lading op één factor", "loading on one factor"),
    )  # fmt: skip
    return notebook_table(head, rows)


def _figure(
    value: float | None, low: float | None, high: float | None, told: bool, language: str
) -> str:
    """A value with its limits in a table; a dash when there is none, or none to be shown."""
    return NONE if value is None or not told else _with_limits(value, low, high, language)


def reliability_sentences(found: Reliability, language: str) -> list[str]:
    """Alpha with its interval, what that means, omega, split half, and every limit."""
    return _reliability(found, language) + _of_all(Reliabilities((found,)), language)


def _reliability(found: Reliability, language: str) -> list[str]:
    nl = dutch(language)
    name = found.scale[language] or ("deze schaal" if nl else "this scale")
    where = f" ({found.group})" if found.group is not None else ""
    if not may_leave(found.n):
        begin = Text(f"De betrouwbaarheid van {name}{where}", f"The reliability of {name}{where}")
        few = f"{begin[language]}: {lists(found.n, language)}, {TOO_FEW[language]}"
        return [few, *_incomplete(found, language)]
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
    return out + _incomplete(found, language) + [limit[language] for limit in found.limits]


def _incomplete(found: Reliability, language: str) -> list[str]:
    if not found.incomplete:
        return []
    why = "Weggelaten, want een antwoord ontbreekt" if dutch(language) else (
        "Left out, for an answer is missing"
    )  # fmt: skip
    return [f"{why}: {lists(found.incomplete, language)}."]


def cluster_sentences(found: ClusterReliability, language: str) -> list[str]:
    """How much classes differ, and how sure the mean of one is."""
    nl = dutch(language)
    name = found.scale[language] or ("deze score" if nl else "this score")
    if not may_leave(found.n):
        few = f"{_up(name)}: {pupils(found.n, language)}, {TOO_FEW[language]}"
        return [few, *_without(found, language)]
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
    who, where = pupils(found.n, language), _clusters(found.clusters, language)
    out.append(f"Dit gaat over {who} in {where}." if nl else f"This is about {who} in {where}.")
    return out + _without(found, language) + [limit[language] for limit in found.limits]


def _without(found: ClusterReliability, language: str) -> list[str]:
    if not found.left_out:
        return []
    why = "Weggelaten, zonder score of zonder klas" if dutch(language) else (
        "Left out, without a score or a class"
    )  # fmt: skip
    return [f"{why}: {pupils(found.left_out, language)}."]


def _clusters(n: int, language: str) -> str:
    one = Text("klas of school", "class or school")
    several = Text("klassen of scholen", "classes or schools")
    return f"{count(n, language)} {(one if n == 1 else several)[language]}"


def clusters_html(found: ClusterReliabilities) -> str:
    """What ICC1 and ICC2 are, and a row per score."""
    language = default_language()
    legend = Text(
        "ICC1 is het deel van de verschillen dat tussen klassen of scholen ligt (0 is niets, 1 is"
        " alles). ICC2 is de betrouwbaarheid van het gemiddelde van een klas of school.",
        "ICC1 is the share of the differences that lies between classes or schools (0 is nothing,"
        " 1 is all). ICC2 is the reliability of the mean of a class or school.",
    )
    rows = []
    for each in found:
        told = may_leave(each.n)
        rows.append([
            each.scale[language] or NONE,
            _few(each.n, language),
            count(each.clusters, language),
            _figure(each.icc1, each.icc1_low, each.icc1_high, told, language),
            _figure(each.icc2, each.icc2_low, each.icc2_high, told, language),
            " ".join(limit[language] for limit in each.limits) if told else "",
        ])  # fmt: skip
    head = (Text("score", "score"), Text("leerlingen", "pupils"),
            Text("klassen of scholen", "classes or schools"), Text("ICC1", "ICC1"),
            Text("ICC2", "ICC2"), Text("let op", "note"))  # fmt: skip
    return both(lambda code: legend[code]) + notebook_table(head, rows)


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
    if not may_leave(found.n):
        return [*_too_few(found.n, language), *_not_all(found.left_out, language)]
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
    return [*out, *_not_all(found.left_out, language), *(told[language] for told in found.limits)]


def kappa_sentences(found: Kappa, language: str) -> list[str]:
    """How often two raters agree, and kappa."""
    nl = dutch(language)
    if not may_leave(found.n):
        return [*_too_few(found.n, language), *_not_all(found.left_out, language)]
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
    return [*out, *_not_all(found.left_out, language), *(told[language] for told in found.limits)]


def krippendorff_sentences(found: Krippendorff, language: str) -> list[str]:
    """How alike any number of raters are."""
    nl = dutch(language)
    if not may_leave(found.units):
        return _too_few(found.units, language)
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


def iccs_html(found: IntraclassCorrelations) -> str:
    """A row per form; nothing of fewer than ten pupils."""
    if not may_leave(found[0].n):
        return ""
    language = default_language()
    rows = [
        [e.form.value, FORMS[e.form][language], _figure(e.value, e.low, e.high, True, language)]
        for e in found
    ]
    head = Text("vorm", "form"), Text("waarvan", "of what"), Text("waarde", "value")
    return notebook_table(head, rows)


def _too_few(n: int, language: str) -> list[str]:
    return [f"{_up(pupils(n, language))}: {TOO_FEW[language]}"]


def _not_all(n: int, language: str) -> list[str]:
    if not n:
        return []
    why = "Weggelaten, want een oordeel ontbreekt" if dutch(language) else (
        "Left out, for a rating is missing"
    )  # fmt: skip
    return [f"{why}: {pupils(n, language)}."]


def _with_limits(value: float, low: float | None, high: float | None, language: str) -> str:
    told = decimal(value, 2, language)
    return told if low is None else f"{told} ({interval(low, high, 2, language)})"


def _inside(value: float, low: float | None, high: float | None, language: str) -> str:
    """The same within brackets."""
    told = decimal(value, 2, language)
    return told if low is None else f"{told}; {interval(low, high, 2, language)}"
