"""What a design can find, in words and a table: “we have 9 schools, what can we see?”"""

from __future__ import annotations

import math

from academic_workplace.errors import dutch
from academic_workplace.evidence.design import Comparison, Correction, Design, Sites
from academic_workplace.evidence.power import Prospect, Question, most, sized
from academic_workplace.evidence.simulation import SimulatedPower
from academic_workplace.language import LANGUAGES
from academic_workplace.plan import Level
from academic_workplace.report.document import Table
from academic_workplace.report.findings import SINGULAR
from academic_workplace.report.numerals import NONE, count, decimal, of_hundred, significant
from academic_workplace.report.words import phrases
from academic_workplace.sizes import above_average

SAY = phrases("planning")
USUAL = 0.75  # from this power on we say "usually"
RARE = 1.0  # standard deviations: larger effects hardly occur in education
APART = 0.05  # a formula that differs more from the simulation is named
CORRECTIONS = {
    Correction.BONFERRONI: "Bonferroni",
    Correction.HOLM: "Holm",
    Correction.WESTFALL_YOUNG: "Westfall-Young",
}
ONE = {SAY["groups"][language]: SAY["group"][language] for language in LANGUAGES}


# ---------------------------------------------------------------- words


def prospect_sentences(p: Prospect, language: str) -> list[str]:
    """The answer, what it means, and what was assumed: a sentence or two each."""
    answered = p.question is Question.CLUSTERS and p.clusters is not None
    design = sized(p.design, p.clusters or 0) if answered else p.design
    return [*answer_sentences(p, language), assumed(design, p.alpha, language)]


def answer_sentences(p: Prospect, language: str) -> list[str]:
    """The answer and what it means."""
    dutch(language)  # refuses any third language
    answers = {
        Question.EFFECT: _smallest,
        Question.POWER: _power,
        Question.CLUSTERS: _needed,
    }
    return answers[p.question](p, language)


def _smallest(p: Prospect, language: str) -> list[str]:
    d, who = p.design, _who(p.design, language)
    if p.effect is None:
        return [SAY["smallest.none"][language].format(who=who)]
    size, often = _named(d, p.effect, language, up=True), times(p.power, language)
    seen = SAY["smallest.seen" if p.power < USUAL else "smallest.seen_usually"][language]
    out = [seen.format(who=who, size=size, often=often), _meaning(d, p.effect, language)]
    if d.proportion is None and p.effect > RARE:
        out.append(SAY["smallest.rare"][language].format(units=units_of(d, language)))
    if d.outcomes is not None:
        out.append(_for_each(d, language))
    return [*out, *_matters(p, language)]


def _matters(p: Prospect, language: str) -> list[str]:
    """The smallest effect that matters, against what can be seen."""
    if p.smallest_effect is None or p.power_there is None:
        return []
    size = size_of(p.design, p.smallest_effect, language)
    units, often = units_of(p.design, language), times(p.power_there, language)
    seen = p.power_there >= p.power
    said = SAY["matters.seen" if seen else "matters.unseen"][language]
    out = [said.format(size=size, units=units, often=often)]
    if seen:
        return out
    if p.clusters is None:
        return [*out, _beyond(p.design, language)]
    number = count(p.clusters, language)
    return [*out, SAY["matters.takes"][language].format(n=number, units=units)]


def _power(p: Prospect, language: str) -> list[str]:
    d = p.design
    size, who = _named(d, p.effect or 0.0, language), _who(d, language)
    often = times(p.power, language)
    out = [SAY["power.seen"][language].format(size=size, who=who, often=often)]
    if d.outcomes is not None and p.at_least_one is not None and p.every_one is not None:
        one, every = times(p.at_least_one, language), times(p.every_one, language)
        several = SAY["power.several"][language]
        out += [
            _for_each(d, language),
            several.format(n=d.outcomes.number, one=one, every=every),
        ]
    return out


def _needed(p: Prospect, language: str) -> list[str]:
    d = p.design
    size, often = _named(d, p.effect or 0.0, language), times(p.power, language)
    if p.clusters is None:
        unseen = SAY["needed.unseen"][language].format(size=size)
        return [f"{unseen} {_beyond(d, language)}"]
    takes = SAY["needed.takes" if p.power < USUAL else "needed.takes_usually"][language]
    return [takes.format(size=size, often=often, who=_who(d, language, p.clusters))]


def _beyond(d: Design, language: str) -> str:
    largest = count(most(d), language)
    return SAY["beyond"][language].format(n=largest, units=units_of(d, language))


def simulated_sentences(s: SimulatedPower, language: str) -> list[str]:
    """How often the plan found the effect when it was acted out, and what the formula says."""
    dutch(language)  # refuses any third language
    d = s.design
    out = [
        SAY["acted.found"][language].format(
            done=count(s.replications, language), who=_who(d, language),
            size=size_of(d, s.effect, language), found=count(s.found, language),
            share=of_hundred(s.power), low=of_hundred(s.low), high=of_hundred(s.high),
        )
    ]  # fmt: skip
    if s.formula - s.power > APART and s.formula > s.high:
        said = SAY["acted.formula_kind"]
    elif s.power - s.formula > APART and s.formula < s.low:
        said = SAY["acted.formula_strict"]
    else:
        said = SAY["acted.formula"]
    out.append(said[language].format(share=of_hundred(s.formula)))
    if s.unanswered:
        none = SAY[f"acted.unanswered.{_form(s.unanswered)}"][language]
        out.append(none.format(n=count(s.unanswered, language)))
    return [*out, assumed(d, s.alpha, language)]


def times(share: float, language: str) -> str:
    """A chance in counts: ``8 van de 10 keer``, ``37 van de 100 keer``."""
    dutch(language)  # refuses any third language
    hundred = of_hundred(share)
    if hundred < 1 or hundred > 99:
        return SAY["times.never" if hundred < 1 else "times.always"][language]
    if hundred % 10 == 0:
        few = hundred // 10
        return SAY[f"times.ten.{_form(few)}"][language].format(n=few)
    return SAY[f"times.hundred.{_form(hundred)}"][language].format(n=hundred)


def _form(n: int) -> str:
    """Which words go with a number: for one, or for more."""
    return "one" if n == 1 else "many"


def assumed(d: Design, alpha: float, language: str) -> str:
    """What was assumed, in one line: the choices that move the answer."""
    dutch(language)  # refuses any third language
    parts = [_division(d, language)]

    def number(x: float) -> str:
        return decimal(x, 2, language)

    if not d.individual:
        icc, unit = number(d.icc), _unit(d, language)
        parts.append(SAY["assume.icc"][language].format(icc=icc, unit=unit))
    if d.icc_classes:
        parts.append(SAY["assume.icc_classes"][language].format(icc=number(d.icc_classes)))
    if d.blocks:
        icc = number(d.icc_blocks)
        parts.append(SAY["assume.blocks"][language].format(n=d.blocks, icc=icc))
    if d.heterogeneity:
        omega = number(d.heterogeneity)
        parts.append(SAY["assume.heterogeneity"][language].format(omega=omega))
    if d.cv:
        parts.append(SAY["assume.sizes"][language].format(cv=number(d.cv)))
    if d.reliability < 1:
        reliability = number(d.reliability)
        parts.append(SAY["assume.reliability"][language].format(reliability=reliability))
    if d.proportion is not None:
        share = of_hundred(d.proportion)
        parts.append(SAY["assume.proportion"][language].format(share=share))
    parts += _known_before(d, language)
    if g := d.covariates:
        of_pupils = d.assigned is Level.PUPIL and d.sites is not Sites.RANDOM
        whose = SAY["pupils"][language] if of_pupils else units_of(d, language)
        parts.append(SAY[f"assume.covariates.{_form(g)}"][language].format(n=g, whose=whose))
    chance = decimal(100 * alpha, 0 if round(100 * alpha, 6).is_integer() else 1, language)
    parts.append(SAY["assume.chance"][language].format(chance=chance))
    return SAY["assumed"][language].format(parts="; ".join(parts))


def _known_before(d: Design, language: str) -> list[str]:
    """What is adjusted for, which makes a design see more."""
    w, units, out = d.waves, units_of(d, language), []
    if d.r2_pupils or d.r2_clusters or d.r2_classes:
        explained = (
            (d.r2_pupils, SAY["assume.explained_pupils"]),
            (d.r2_classes, SAY["assume.explained_classes"]),
            (d.r2_clusters, SAY["assume.explained_clusters"]),
        )
        shares = [
            said[language].format(share=of_hundred(r2), units=units) for r2, said in explained if r2
        ]
        out.append(SAY["assume.explained"][language].format(shares=", ".join(shares)))
    if w is None:
        return out or [SAY["assume.nothing_before"][language]]
    told = SAY[f"assume.waves.{Comparison(w.comparison).value}"][language]
    c = decimal(w.correlation, 2, language)
    return [*out, told.format(before=w.before, after=w.after, correlation=c)]


def _division(d: Design, language: str) -> str:
    """How many are in each arm."""
    P = d.treated_share
    whole = d.pupils_in_all if d.assigned is Level.PUPIL or d.one_arm else d.clusters
    units = SAY["pupils"][language] if whole != d.clusters else units_of(d, language)
    treated = P * whole
    if abs(treated - round(treated)) < 1e-9:
        n_t, n_c = count(round(treated), language), count(round(whole - treated), language)
        return SAY["assume.division"][language].format(with_it=n_t, without=n_c, units=units)
    return SAY["assume.division_share"][language].format(share=of_hundred(P), units=units)


def _who(d: Design, language: str, clusters: int | None = None) -> str:
    """``9 scholen en 25 leerlingen per school``."""
    of = d.clusters if clusters is None else clusters
    J = count(of, language)
    if d.individual:
        n = count(round(d.pupils), language) if clusters is None else J
        return SAY["who.pupils"][language].format(n=n)
    whole = abs(d.pupils - round(d.pupils)) < 0.05  # to the decimal that is shown
    n = decimal(d.pupils, 0 if whole else 1, language)
    if d.cv != 0 or not float(d.pupils).is_integer():
        n = SAY["who.average"][language].format(n=n)
    if d.one_arm:
        singles = d.pupils * of
        others = count(round(singles * (1 - d.treated_share) / d.treated_share), language)
        return SAY["who.groups"][language].format(clusters=J, n=n, others=others)
    units = units_of(d, language)
    if d.classes > 1:
        in_classes = SAY["who.classes"][language]
        return in_classes.format(clusters=J, units=units, classes=d.classes, n=n)
    in_clusters = SAY["who.clusters"][language]
    return in_clusters.format(clusters=J, units=units, n=n, unit=_unit(d, language))


def size_of(d: Design, effect: float, language: str, *, up: bool = False) -> str:
    """An effect as a reader sees it. up: rounded up, as what can be seen must be.

    Two decimals (of a proportion: whole points); below 0.1 two figures, so that it is never 0.
    """
    x = math.ceil(100 * effect - 1e-9) / 100 if up else effect
    short = abs(x) >= 0.1 or abs(100 * x - round(100 * x)) < 1e-9
    if d.proportion is None:
        return decimal(x, 2, language) if short else significant(x, language, 2)
    points = decimal(100 * x, 0, language) if short else significant(100 * x, language, 2)
    return SAY["size.points"][language].format(points=points)


def _named(d: Design, effect: float, language: str, *, up: bool = False) -> str:
    """An effect with what it is counted in."""
    size = size_of(d, effect, language, up=up)
    if d.proportion is not None:
        return size  # of every 100 pupils
    return SAY["size.sd"][language].format(size=size)


def _meaning(d: Design, effect: float, language: str) -> str:
    """The same size, counted in pupils."""
    points = math.ceil(100 * effect - 1e-9)
    if d.proportion is not None:
        low = of_hundred(d.proportion)
        return SAY["meaning.share"][language].format(low=low, high=low + points)
    above, size = of_hundred(above_average(points / 100)), size_of(d, effect, language, up=True)
    return SAY["meaning.above"][language].format(size=size, above=above)


def _for_each(d: Design, language: str) -> str:
    """For how many outcomes this holds, and what was done about chance."""
    o = d.outcomes
    if o is None:
        return ""
    name = CORRECTIONS.get(Correction(o.correction))
    said = SAY["each.apart"] if name is None else SAY["each.corrected"]
    return said[language].format(n=o.number, name=name)


def units_of(d: Design, language: str) -> str:
    """What is counted: pupils, groups, or the clusters by their name."""
    if d.individual:
        return SAY["pupils"][language]
    return SAY["groups"][language] if d.one_arm else d.cluster_label[language]


def _unit(d: Design, language: str) -> str:
    units = units_of(d, language)
    return SINGULAR.get(units, ONE.get(units, units))


# ---------------------------------------------------------------- table


def curve_table(p: Prospect, language: str) -> Table:
    """The numbers of the picture: a row per number of clusters."""
    table, units = p.table(), units_of(p.design, language)
    header = (
        SAY["column.number"][language].format(units=units),
        SAY["column.pupils"][language],
        title_of(p, language),
    )
    columns = ("clusters", "pupils", "effect" if p.question is Question.EFFECT else "power")
    rows = tuple(
        (count(k, language), count(round(n), language), value_of(p, x, language))
        for k, n, x in zip(*(table[name].tolist() for name in columns), strict=True)
    )
    first = 1 if p.design.individual else 0  # the first two columns are then the same
    return Table(
        SAY["table"][language].format(units=units),
        header[first:],
        tuple(row[first:] for row in rows),
        (True,) * (3 - first),
    )


def table_lines(table: Table) -> list[str]:
    """The table as lines of plain text, columns set right."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.header))]
    return [
        "  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines
    ]


def title_of(p: Prospect, language: str) -> str:
    """What is told for every number of clusters."""
    if p.question is Question.EFFECT:
        what = "effect" if p.design.proportion is None else "share"
        often = "" if p.power < USUAL else "_usually"
        return SAY[f"title.{what}{often}"][language].format(often=times(p.power, language))
    size = size_of(p.design, p.effect or 0.0, language)
    return SAY["title.power"][language].format(size=size)


def value_of(p: Prospect, x: float | None, language: str) -> str:
    """A number of the curve as a reader sees it."""
    if x is None or math.isnan(x):
        return NONE
    if p.question is not Question.EFFECT:
        return str(of_hundred(x))
    if p.design.proportion is not None:
        return decimal(math.ceil(100 * x - 1e-9), 0, language)
    return decimal(math.ceil(100 * x - 1e-9) / 100, 2, language)


def alternative(p: Prospect, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    table = curve_table(p, language)
    points = "; ".join(f"{row[0]}: {row[-1]}" for row in table.rows)
    return SAY["picture.alt"][language].format(
        units=units_of(p.design, language), title=title_of(p, language), points=points
    )
