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
    Instrument,
    Rounding,
    ScoreMethod,
    Subscale,
)
from academic_workplace.intake.scales.krippendorff import Krippendorff
from academic_workplace.intake.scales.scoring import Scored
from academic_workplace.language import both, default_language
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, hidden, interval, of_hundred
from academic_workplace.report.wording import capital, span
from academic_workplace.report.words import phrases

SAY = phrases("questionnaires")
MOST_FEW = 10  # groups of too few lists that are named; of more the names may be those of pupils

# ---------------------------------------------------------------- what it is


def instrument_sentences(one: Instrument, language: str) -> list[str]:
    """What it measures and by whom, how it is scored, its terms, and what was not verified."""
    dutch(language)  # refuses any third language
    measures, ages = one.measures[language], _ages(one, language)
    said = SAY["list.about" if measures else "list.plain"]
    if ages:
        said = SAY["list.about_aged" if measures else "list.aged"]
    name, by = capital(one.name[language]), SAY[f"by.{one.informant.name.lower()}"][language]
    out = [said[language].format(name=name, by=by, measures=measures, ages=ages)]
    if not one.validated:
        out.append(SAY["not_validated"][language])
    low, high = (plain(end, language) for end in one.range)
    items, turned = len(one.items), len(one.reversed)
    many = "none" if turned == 0 else "one" if turned == 1 else "many"
    asks = SAY[f"items.{many}"][language]
    out.append(asks.format(n=items, low=low, high=high, turned=turned))
    names: dict[str, list[str]] = {}
    for each in one.subscales:
        names.setdefault(_how(one, each, language), []).append(each.name[language])
    for how, named in names.items():
        out.append(SAY["scores"][language].format(names=capital(", ".join(named)), how=how))
    out.append(SAY["source"][language].format(source=one.source))
    out += _terms(one, language)
    return out + _unverified(one, language)


def _unverified(one: Instrument, language: str) -> list[str]:
    told = "; ".join(each.why[language] for each in one.unverified)
    return [SAY["unverified"][language].format(what=told)] if told else []


def _ages(one: Instrument, language: str) -> str:
    if one.ages is None:
        return ""
    young, old = one.ages
    said = SAY["ages.upwards" if math.isinf(old) else "ages.between"][language]
    return said.format(young=f"{young:g}", old=f"{old:g}")


def _how(one: Instrument, s: Subscale, language: str) -> str:
    """How a score is made: what stands behind its name."""
    k, ends = len(s.items), _ends(s, language)
    if s.sum_of:
        names = ", ".join(each.name[language] for each in one.subscales if each.key in s.sum_of)
        return SAY["how.sum_of"][language].format(ends=ends, names=names)
    made = SAY["made.sum" if s.method is ScoreMethod.SUM else "made.mean"][language].format(n=k)
    if s.t_values:
        made = SAY["made.t_value"][language].format(made=made)
    elif (s.times, s.plus) != (1.0, 0.0):
        turned = SAY["made.times_plus" if s.plus else "made.times"][language]
        times, plus = plain(s.times, language), plain(s.plus, language)
        made = turned.format(made=made, times=times, plus=plus)
    if s.minimum == k:
        rule = SAY["rule.all"]
    elif s.rounding is Rounding.HALF_UP:
        rule = SAY["rule.some_rounded"]
    else:
        rule = SAY["rule.some"]
    asked = rule[language].format(n=s.minimum)
    return SAY["how.made"][language].format(ends=ends, made=made, rule=asked)


def _ends(s: Subscale, language: str) -> str:
    """Between which scores it can lie."""
    low, high = (plain(end, language) for end in s.range)
    return span(low, high, language)


def _terms(one: Instrument, language: str) -> list[str]:
    terms = one.licence
    named = (
        (SAY["terms"], terms.terms),
        (SAY["permits"], terms.permits),
        (SAY["forbids"], terms.forbids),
    )
    return [said[language].format(terms=text[language]) for said, text in named if text]


def plain(x: float, language: str) -> str:
    """A number of a declaration, with no more decimals than it has."""
    return decimal(x, 0 if float(x).is_integer() else 2, language)


def pupils(n: int, language: str) -> str:
    """So many pupils; of too few only that."""
    said = SAY["pupils.none" if n == 0 else "pupils.many"][language]
    return said.format(n=_few(n, language))


def lists(n: int, language: str) -> str:
    """So many lists filled in, for a row may be a pupil at one wave; of few only that."""
    said = SAY["lists.none" if n == 0 else "lists.many"][language]
    return said.format(n=_few(n, language))


def _few(n: int, language: str) -> str:
    """A count; of too few only that."""
    few = SAY["few"][language].format(minimum=fewest())
    return few if shown_count(n) is None else count(n, language)


# ---------------------------------------------------------------- scores


def scored_sentences(scored: Scored, language: str) -> list[str]:
    """Per subscale how many have a score, and what to know before it is used."""
    out = _about(scored, language)
    for each in scored.instrument.subscales:
        t = scored.tallies[each.key]
        parts = [
            (t.complete, SAY["scored_as.complete"]),
            (t.prorated, SAY["scored_as.prorated"]),
            (t.too_few, SAY["scored_as.too_few"]),
            (t.empty, SAY["scored_as.empty"]),
        ]
        told = ", ".join(word[language].format(lists=lists(n, language)) for n, word in parts if n)
        name = capital(each.name[language])
        out.append(SAY["scored"][language].format(name=name, told=told or lists(0, language)))
    return out + _mind(scored, language)


def _about(scored: Scored, language: str) -> list[str]:
    """Which list it is, and how a missing answer counts."""
    one = scored.instrument
    out = [SAY["named"][language].format(name=capital(one.name[language]))]
    if not one.validated:
        out.append(SAY["not_validated"][language])
    if any(t.prorated for t in scored.tallies.values()):
        out.append(SAY["prorated"][language])
    return out


def _mind(scored: Scored, language: str) -> list[str]:
    """What to look at before the scores are used."""
    out = []
    if found := scored.against():
        out.append(against(found)[language])
    for each in scored.instrument.subscales:
        ends = scored.extremes(each.key)
        if may_leave(ends.n) and (ends.at_floor or ends.at_ceiling):
            name = capital(each.name[language])
            out.append(SAY["about"][language].format(name=name, told=_no_room(ends, language)))
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
            *(figures if may_leave(t.scored) else [hidden(language)] * 2),
            _ends(each, language),
        ])  # fmt: skip
    head = (
        SAY["column.score"], SAY["column.lists_scored"], SAY["column.without"],
        SAY["column.mean"], SAY["column.sd"], SAY["column.ends"],
    )  # fmt: skip
    said = both(lambda code: " ".join(_about(scored, code) + _mind(scored, code)))
    return said + notebook_table(head, rows)


def extremes_sentence(ends: Extremes, language: str) -> str:
    """Which share has the lowest and highest score, and whether there is room left."""
    dutch(language)  # refuses any third language
    if ends.floor is None or ends.ceiling is None:
        return SAY["no_scores"][language]
    if not may_leave(ends.n):
        return _too_few(ends.n, language)[0]
    low, high = (_share(x, ends.n, language) for x in (ends.floor, ends.ceiling))
    about = pupils(ends.n, language)
    out = [SAY["ends"][language].format(low=low, high=high, pupils=about)]
    if ends.missing:
        missing = pupils(ends.missing, language)
        out.append(SAY["ends_missing"][language].format(pupils=missing))
    if ends.at_floor or ends.at_ceiling:
        out.append(_no_room(ends, language))
    return " ".join(out)


def _share(share: float, n: int, language: str) -> str:
    """So many in a hundred; when that is about few pupils, or about all but a few, only that."""
    there = round(share * n)
    if shown_count(there) is None:
        return pupils(there, language)
    if n - there < fewest():
        return SAY["almost_all"][language]
    return SAY["share"][language].format(n=of_hundred(share))


def _no_room(ends: Extremes, language: str) -> str:
    at = (
        (ends.at_floor, SAY["no_room.floor"]),
        (ends.at_ceiling, SAY["no_room.ceiling"]),
    )
    return " ".join(said[language].format(n=of_hundred(EXTREME)) for there, said in at if there)


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
    shown = [each for each in found if may_leave(each.n) and each.alpha is not None]
    few = [str(each.group) for each in found if not may_leave(each.n)]
    if len(few) > MOST_FEW:
        few = [SAY["groups.number"][language].format(n=count(len(few), language))]
    flat = [str(each.group) for each in found if may_leave(each.n) and each.alpha is None]
    told = [
        SAY["group"][language].format(
            group=e.group, value=_with_limits(e.alpha, e.low, e.high, language)
        )
        for e in shown
        if e.alpha is not None
    ]
    named = (
        (told, SAY["groups.told"]),
        (few, SAY["groups.few"]),
        (flat, SAY["groups.flat"]),
    )
    return [
        said[language].format(groups="; ".join(names), minimum=fewest())
        for names, said in named
        if names
    ]


def _of_all(found: Reliabilities, language: str) -> list[str]:
    """Who is in no group, and that the list is not validated."""
    out = []
    if found.without_group:
        without = lists(found.without_group, language)
        out.append(SAY["groups.none"][language].format(lists=without))
    if any(each.validated is False for each in found):
        out.append(SAY["not_validated"][language])
    return out


def reliabilities_html(found: Reliabilities) -> str:
    """What alpha and omega are, and a row per scale and group."""
    language = default_language()
    grouped = any(each.group is not None for each in found)
    everyone = SAY["all"][language]
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
            " ".join(told_in) if told else SAY["few_lists"][language],
        ])  # fmt: skip
    head = [
        SAY["column.scale"], *([SAY["column.group"]] if grouped else []), SAY["column.lists"],
        SAY["column.alpha"], SAY["column.omega"], SAY["column.note"],
    ]  # fmt: skip
    said = both(lambda code: " ".join([SAY["reliability.legend"][code], *_of_all(found, code)]))
    more = SAY["few_groups.one"], SAY["few_groups.many"]
    return said + notebook_table(head, rows, (len(left), *more))


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
        SAY["column.question"], SAY["column.mean"], SAY["column.sd"], SAY["column.rest"],
        SAY["column.alpha_without"], SAY["column.loading"],
    )  # fmt: skip
    return notebook_table(head, rows)


def _figure(
    value: float | None, low: float | None, high: float | None, told: bool, language: str
) -> str:
    """A value with its limits in a table; a dash when there is none."""
    if not told:
        return hidden(language)
    return NONE if value is None else _with_limits(value, low, high, language)


def reliability_sentences(found: Reliability, language: str) -> list[str]:
    """Alpha with its interval, what that means, omega, split half, and every limit."""
    return _reliability(found, language) + _of_all(Reliabilities((found,)), language)


def _reliability(found: Reliability, language: str) -> list[str]:
    dutch(language)  # refuses any third language
    name = found.scale[language] or SAY["reliability.this"][language]
    if found.group is not None:
        name = SAY["reliability.in_group"][language].format(name=name, group=found.group)
    if not may_leave(found.n):
        what = SAY["reliability.of"][language].format(name=name)
        few = SAY["too_few"][language].format(what=what, so_many=lists(found.n, language))
        return [few, *_incomplete(found, language)]
    out = []
    if found.alpha is not None:
        out.append(
            SAY["reliability.alpha"][language].format(
                name=name,
                alpha=decimal(found.alpha, 2, language),
                span=interval(found.low, found.high, 2, language),
                lists=lists(found.n, language),
                items=len(found.items),
            )
        )
        if found.alpha > 0:
            share = of_hundred(found.alpha)
            out.append(SAY["reliability.meaning"][language].format(share=share))
        omega, halves = found.omega, found.split_half
        if omega is not None or halves is not None:
            said = SAY["reliability.halves" if omega is None else "reliability.omega"]
            if omega is not None and halves is not None:
                said = SAY["reliability.omega_and_halves"]
            one, other = (decimal(x, 2, language) for x in (omega, halves))
            out.append(said[language].format(omega=one, halves=other))
    else:
        out.append(SAY["reliability.none"][language].format(name=name))
    return out + _incomplete(found, language) + [limit[language] for limit in found.limits]


def _incomplete(found: Reliability, language: str) -> list[str]:
    if not found.incomplete:
        return []
    so_many = lists(found.incomplete, language)
    return [SAY["left_out.answer"][language].format(so_many=so_many)]


def cluster_sentences(found: ClusterReliability, language: str) -> list[str]:
    """How much classes differ, and how sure the mean of one is."""
    dutch(language)  # refuses any third language
    name = found.scale[language] or SAY["clusters.this"][language]
    about = pupils(found.n, language)
    if not may_leave(found.n):
        few = SAY["too_few"][language].format(what=capital(name), so_many=about)
        return [few, *_without(found, language)]
    out = []
    if found.icc1 is not None:
        share = of_hundred(max(found.icc1, 0.0))
        one = _inside(found.icc1, found.icc1_low, found.icc1_high, language)
        out.append(SAY["clusters.icc1"][language].format(name=name, share=share, value=one))
    if found.icc2 is not None:
        two = _with_limits(found.icc2, found.icc2_low, found.icc2_high, language)
        out.append(SAY["clusters.icc2"][language].format(value=two))
    where = SAY["clusters.one" if found.clusters == 1 else "clusters.many"][language]
    clusters = where.format(n=count(found.clusters, language))
    out.append(SAY["clusters.about"][language].format(pupils=about, clusters=clusters))
    return out + _without(found, language) + [limit[language] for limit in found.limits]


def _without(found: ClusterReliability, language: str) -> list[str]:
    if not found.left_out:
        return []
    return [SAY["left_out.class"][language].format(so_many=pupils(found.left_out, language))]


def clusters_html(found: ClusterReliabilities) -> str:
    """What ICC1 and ICC2 are, and a row per score."""
    language = default_language()
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
    head = (
        SAY["column.score"], SAY["column.pupils"], SAY["column.clusters"],
        SAY["column.icc1"], SAY["column.icc2"], SAY["column.note"],
    )  # fmt: skip
    return both(lambda code: SAY["clusters.legend"][code]) + notebook_table(head, rows)


# ---------------------------------------------------------------- agreement


def icc_sentences(found: IntraclassCorrelation, language: str) -> list[str]:
    """How alike the ratings of several informants are."""
    dutch(language)  # refuses any third language
    if not may_leave(found.n):
        return [*_too_few(found.n, language), *_not_all(found.left_out, language)]
    out = []
    if found.value is not None:
        out.append(
            SAY["agreement.icc"][language].format(
                k=found.k,
                value=_with_limits(found.value, found.low, found.high, language),
                form=found.form.value,
                what=_form(found.form, language),
                pupils=pupils(found.n, language),
            )
        )
    return [*out, *_not_all(found.left_out, language), *(told[language] for told in found.limits)]


def _form(form: Form, language: str) -> str:
    return SAY[f"form.{form.name.lower()}"][language]


def kappa_sentences(found: Kappa, language: str) -> list[str]:
    """How often two raters agree, and kappa."""
    dutch(language)  # refuses any third language
    if not may_leave(found.n):
        return [*_too_few(found.n, language), *_not_all(found.left_out, language)]
    out = []
    if found.observed is not None and found.expected is not None:
        seen, chance = of_hundred(found.observed), of_hundred(found.expected)
        plainly = found.weights is Weights.UNWEIGHTED
        said = SAY["agreement.alike" if plainly else "agreement.almost_alike"][language]
        out.append(said.format(seen=seen, chance=chance, pupils=pupils(found.n, language)))
    if found.value is not None:
        told = _with_limits(found.value, found.low, found.high, language)
        out.append(SAY["agreement.kappa"][language].format(value=told))
    return [*out, *_not_all(found.left_out, language), *(told[language] for told in found.limits)]


def krippendorff_sentences(found: Krippendorff, language: str) -> list[str]:
    """How alike any number of raters are."""
    dutch(language)  # refuses any third language
    if not may_leave(found.units):
        return _too_few(found.units, language)
    out = []
    if found.value is not None:
        told = _with_limits(found.value, found.low, found.high, language)
        about = pupils(found.units, language)
        out.append(SAY["agreement.krippendorff"][language].format(value=told, pupils=about))
    if found.single:
        single = pupils(found.single, language)
        out.append(SAY["left_out.single"][language].format(so_many=single))
    return out + [limit[language] for limit in found.limits]


def iccs_html(found: IntraclassCorrelations) -> str:
    """A row per form; nothing of fewer than ten pupils."""
    if not may_leave(found[0].n):
        return ""
    language = default_language()
    rows = [
        [e.form.value, _form(e.form, language), _figure(e.value, e.low, e.high, True, language)]
        for e in found
    ]
    head = SAY["column.form"], SAY["column.of_what"], SAY["column.value"]
    return notebook_table(head, rows)


def _too_few(n: int, language: str) -> list[str]:
    return [SAY["too_few_only"][language].format(so_many=capital(pupils(n, language)))]


def _not_all(n: int, language: str) -> list[str]:
    return [SAY["left_out.rating"][language].format(so_many=pupils(n, language))] if n else []


def _with_limits(value: float, low: float | None, high: float | None, language: str) -> str:
    told = decimal(value, 2, language)
    if low is None:
        return told
    ends = interval(low, high, 2, language)
    return SAY["with_limits"][language].format(value=told, span=ends)


def _inside(value: float, low: float | None, high: float | None, language: str) -> str:
    """The same within brackets."""
    told = decimal(value, 2, language)
    if low is None:
        return told
    ends = interval(low, high, 2, language)
    return SAY["within_limits"][language].format(value=told, span=ends)
