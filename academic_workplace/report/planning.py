"""What a design can find, in words, a picture and a table: “we have 9 schools, what can we see?”"""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.errors import dutch
from academic_workplace.evidence.design import Comparison, Correction, Design, Sites
from academic_workplace.evidence.power import POWER, Prospect, Question, most, sized
from academic_workplace.evidence.simulation import SimulatedPower
from academic_workplace.plan import Level
from academic_workplace.report.document import ACCENT, BAND, INK, LINE, PAPER, SOFT, SUN, Table
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, Drawing, png
from academic_workplace.report.findings import SINGULAR
from academic_workplace.report.numerals import NONE, count, decimal, of_hundred, significant
from academic_workplace.sizes import above_average

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

USUAL = 0.75  # from this power on we say "usually"
RARE = 1.0  # standard deviations: larger effects hardly occur in education
APART = 0.05  # a formula that differs more from the simulation is named
CORRECTIONS = {
    Correction.BONFERRONI: "Bonferroni",
    Correction.HOLM: "Holm",
    Correction.WESTFALL_YOUNG: "Westfall-Young",
}


# ---------------------------------------------------------------- words


def prospect_sentences(p: Prospect, language: str) -> list[str]:
    """The answer, what it means, and what was assumed: a sentence or two each."""
    answered = p.question is Question.CLUSTERS and p.clusters is not None
    design = sized(p.design, p.clusters or 0) if answered else p.design
    return [*answer_sentences(p, language), assumed(design, p.alpha, language)]


def answer_sentences(p: Prospect, language: str) -> list[str]:
    """The answer and what it means."""
    answers = {
        Question.EFFECT: _smallest,
        Question.POWER: _power,
        Question.CLUSTERS: _needed,
    }
    return answers[p.question](p, language)


def _smallest(p: Prospect, language: str) -> list[str]:
    nl, d = dutch(language), p.design
    who, usual = _who(d, language), _usual(p.power, language)
    if p.effect is None:
        return [
            f"Met {who} is zelfs het grootst mogelijke verschil niet goed te zien."
            if nl
            else f"With {who} even the largest possible difference cannot be seen well."
        ]
    size, how_often = _named(d, p.effect, language, up=True), times(p.power, language)
    out = [
        f"Met {who} kunt u een verschil van {size} of groter {usual}zien ({how_often})."
        if nl
        else f"With {who} you can {usual}see a difference of {size} or larger ({how_often}).",
        _meaning(d, p.effect, language),
    ]
    if d.proportion is None and p.effect > RARE:
        units = _units(d, language)
        out.append(
            f"Zo’n groot verschil komt in het onderwijs bijna nooit voor: dit zijn te weinig"
            f" {units}."
            if nl
            else "A difference this large hardly ever occurs in education: these are too few"
            f" {units}."
        )
    if d.outcomes is not None:
        out.append(_for_each(d, language))
    return [*out, *_matters(p, language)]


def _matters(p: Prospect, language: str) -> list[str]:
    """The smallest effect that matters, against what can be seen."""
    nl = dutch(language)
    if p.smallest_effect is None or p.power_there is None:
        return []
    size = _size(p.design, p.smallest_effect, language)
    units = _units(p.design, language)
    how_often = times(p.power_there, language)
    if p.power_there >= p.power:
        return [
            f"Ook het kleinste verschil dat ertoe doet ({size}) is met deze {units} te zien:"
            f" {how_often}."
            if nl
            else f"The smallest difference that matters ({size}) can be seen too with these"
            f" {units}: {how_often}."
        ]
    out = [
        f"Het kleinste verschil dat ertoe doet is {size}. Zo’n klein verschil is met deze {units}"
        f" niet goed te zien: {how_often}."
        if nl
        else f"The smallest difference that matters is {size}. A difference that small cannot be"
        f" seen well with these {units}: {how_often}."
    ]
    if p.clusters is None:
        out.append(_beyond(p.design, language))
    else:
        number = count(p.clusters, language)
        out.append(
            f"Daarvoor zijn ongeveer {number} {units} nodig."
            if nl
            else f"That takes about {number} {units}."
        )
    return out


def _power(p: Prospect, language: str) -> list[str]:
    nl, d = dutch(language), p.design
    size, who = _named(d, p.effect or 0.0, language), _who(d, language)
    how_often = times(p.power, language)
    out = [
        f"Stel: het verschil is in het echt {size}. Met {who} ziet u dat dan {how_often}."
        if nl
        else f"Suppose the difference really is {size}. With {who} you then see it {how_often}."
    ]
    if d.outcomes is not None and p.at_least_one is not None and p.every_one is not None:
        number = d.outcomes.number
        one, every = times(p.at_least_one, language), times(p.every_one, language)
        out += [
            _for_each(d, language),
            f"Ten minste één van de {number} ziet u {one}, alle {number} {every}."
            if nl
            else f"At least one of the {number} you see {one}, all {number} {every}.",
        ]
    return out


def _needed(p: Prospect, language: str) -> list[str]:
    nl, d = dutch(language), p.design
    size, how_often = _named(d, p.effect or 0.0, language), times(p.power, language)
    usual = _usual(p.power, language)
    if p.clusters is None:
        start = (
            f"Een verschil van {size} is niet goed te zien."
            if nl
            else f"A difference of {size} cannot be seen well."
        )
        return [f"{start} {_beyond(d, language)}"]
    who = _who(d, language, p.clusters)
    return [
        f"Om een verschil van {size} {usual}te zien ({how_often}) zijn {who} nodig."
        if nl
        else f"To {usual}see a difference of {size} ({how_often}) you need {who}."
    ]


def _beyond(d: Design, language: str) -> str:
    largest = count(most(d), language)
    units = _units(d, language)
    return (
        f"Zelfs {largest} {units} zijn daarvoor te weinig."
        if dutch(language)
        else f"Even {largest} {units} are too few for that."
    )


def simulated_sentences(s: SimulatedPower, language: str) -> list[str]:
    """How often the plan found the effect when it was acted out, and what the formula says."""
    nl, d = dutch(language), s.design
    who, size = _who(d, language), _size(d, s.effect, language)
    done, found = count(s.replications, language), count(s.found, language)
    low, high = of_hundred(s.low), of_hundred(s.high)
    share = of_hundred(s.power)
    out = [
        f"We hebben het onderzoek {done} keer nagespeeld met verzonnen leerlingen: {who}, en een"
        f" verschil van {size}. Het verschil was {found} keer te zien. Dat is {share} van de 100"
        f" keer; waarschijnlijk tussen {low} en {high}."
        if nl
        else f"We acted the study out {done} times with invented pupils: {who}, and a difference of"
        f" {size}. The difference was seen {found} times. That is {share} times out of 100;"
        f" probably between {low} and {high}."
    ]
    formula = of_hundred(s.formula)
    if s.formula - s.power > APART and s.formula > s.high:
        out.append(
            f"De formule zegt {formula} van de 100: dat is te gunstig voor dit plan."
            if nl
            else f"The formula says {formula} out of 100: that is too favourable for this plan."
        )
    elif s.power - s.formula > APART and s.formula < s.low:
        out.append(
            f"De formule zegt {formula} van de 100: dat is te streng voor dit plan."
            if nl
            else f"The formula says {formula} out of 100: that is too strict for this plan."
        )
    else:
        out.append(
            f"De formule zegt {formula} van de 100."
            if nl
            else f"The formula says {formula} out of 100."
        )
    if s.unanswered:
        none = count(s.unanswered, language)
        out.append(
            f"In {none} gevallen gaf de berekening geen antwoord."
            if nl
            else f"In {none} cases the calculation gave no answer."
        )
    return [*out, assumed(d, s.alpha, language)]


def times(share: float, language: str) -> str:
    """A chance in counts: ``8 van de 10 keer``, ``37 van de 100 keer``."""
    nl = dutch(language)
    hundred = of_hundred(share)
    if hundred < 1:
        return "minder dan 1 van de 100 keer" if nl else "less than once in 100"
    if hundred > 99:
        return "meer dan 99 van de 100 keer" if nl else "more than 99 times out of 100"
    if hundred % 10 == 0:
        few = hundred // 10
        return f"{few} van de 10 keer" if nl else f"{few} time{'s' * (few > 1)} out of 10"
    return f"{hundred} van de 100 keer" if nl else f"{hundred} time{'s' * (hundred > 1)} out of 100"


def assumed(d: Design, alpha: float, language: str) -> str:
    """What was assumed, in one line: the choices that move the answer."""
    nl = dutch(language)
    parts = [_division(d, language)]

    def number(x: float, digits: int = 2) -> str:
        return decimal(x, digits, language)

    def add(when: object, dutch: str, english: str) -> None:
        if when:
            parts.append(dutch if nl else english)

    one = _unit(d, language)
    add(not d.individual,
        f"ICC {number(d.icc)} (hoe sterk leerlingen van één {one} op elkaar lijken)",
        f"ICC {number(d.icc)} (how much pupils of one {one} are alike)")  # fmt: skip
    add(d.icc_classes, f"ICC van klassen {number(d.icc_classes)}",
        f"ICC of classes {number(d.icc_classes)}")  # fmt: skip
    add(d.blocks, f"verdeeld binnen {d.blocks} blokken (ICC {number(d.icc_blocks)})",
        f"divided within {d.blocks} blocks (ICC {number(d.icc_blocks)})")  # fmt: skip
    add(d.heterogeneity, f"het effect verschilt per plek (omega {number(d.heterogeneity)})",
        f"the effect differs between sites (omega {number(d.heterogeneity)})")  # fmt: skip
    add(d.cv, f"ongelijke grootte (variatie {number(d.cv)})", f"unequal sizes (CV {number(d.cv)})")
    add(d.reliability < 1, f"betrouwbaarheid {number(d.reliability)}",
        f"reliability {number(d.reliability)}")  # fmt: skip
    if d.proportion is not None:
        share = of_hundred(d.proportion)
        add(True, f"{share} van de 100 leerlingen zonder het programma",
            f"{share} of every 100 pupils without the programme")  # fmt: skip
    parts += _known_before(d, language)
    g, of_pupils = d.covariates, d.assigned is Level.PUPIL and d.sites is not Sites.RANDOM
    whose = ("leerlingen" if nl else "pupils") if of_pupils else _units(d, language)
    add(g, f"{g} {'kenmerk' if g == 1 else 'kenmerken'} van {whose} meegerekend",
        f"{g} covariate{'s' * (g > 1)} of {whose} counted")  # fmt: skip
    chance = decimal(100 * alpha, 0 if round(100 * alpha, 6).is_integer() else 1, language)
    add(True, f"is er geen verschil, dan ziet u er toch één in {chance} van de 100 keer",
        f"if there is no difference, you still see one {chance} times out of 100")  # fmt: skip
    return f"{'Aangenomen' if nl else 'Assumed'}: {'; '.join(parts)}."


def _known_before(d: Design, language: str) -> list[str]:
    """What is adjusted for, which makes a design see more."""
    nl, w, out = dutch(language), d.waves, []
    if d.r2_pupils or d.r2_clusters or d.r2_classes:
        shares = [
            f"{of_hundred(r2)} % {between}"
            for r2, between in (
                (d.r2_pupils, "tussen leerlingen" if nl else "between pupils"),
                (d.r2_classes, "tussen klassen" if nl else "between classes"),
                (
                    d.r2_clusters,
                    f"tussen {_units(d, language)}" if nl else f"between {_units(d, language)}",
                ),
            )
            if r2
        ]
        what = "wat vooraf bekend is verklaart" if nl else "what is known beforehand explains"
        out.append(f"{what} {', '.join(shares)}")
    if w is None:
        if not out:
            out.append("geen voormeting meegerekend" if nl else "no measurement before counted")
        return out
    c = decimal(w.correlation, 2, language)
    how = {
        Comparison.POST: ("gemiddelde erna", "mean after"),
        Comparison.CHANGE: ("verschil met vooraf", "change from before"),
        Comparison.ANCOVA: ("gecorrigeerd voor vooraf", "adjusted for before"),
    }[Comparison(w.comparison)][0 if nl else 1]
    out.append(
        f"metingen vooraf: {w.before}, erna: {w.after} (samenhang {c}; {how})"
        if nl
        else f"measurements before: {w.before}, after: {w.after} (correlation {c}; {how})"
    )
    return out


def _division(d: Design, language: str) -> str:
    """How many are in each arm."""
    nl, P = dutch(language), d.treated_share
    whole = d.pupils_in_all if d.assigned is Level.PUPIL or d.one_arm else d.clusters
    units = ("leerlingen" if nl else "pupils") if whole != d.clusters else _units(d, language)
    treated = P * whole
    if abs(treated - round(treated)) < 1e-9:
        n_t, n_c = count(round(treated), language), count(round(whole - treated), language)
        return (
            f"{n_t} {units} met en {n_c} zonder het programma"
            if nl
            else f"{n_t} {units} with and {n_c} without the programme"
        )
    share = of_hundred(P)
    return (
        f"{share} van elke 100 {units} met het programma"
        if nl
        else f"{share} of every 100 {units} with the programme"
    )


def _who(d: Design, language: str, clusters: int | None = None) -> str:
    """``9 scholen en 25 leerlingen per school``."""
    nl = dutch(language)
    J = count(d.clusters if clusters is None else clusters, language)
    average = "gemiddeld " if nl else "on average "
    exact = d.cv == 0 and float(d.pupils).is_integer()
    whole = abs(d.pupils - round(d.pupils)) < 0.05  # to the decimal that is shown
    n = f"{'' if exact else average}{decimal(d.pupils, 0 if whole else 1, language)}"
    pupils, units, unit = "leerlingen" if nl else "pupils", _units(d, language), _unit(d, language)
    if d.individual:
        return f"{count(round(d.pupils), language) if clusters is None else J} {pupils}"
    if d.one_arm:
        singles = d.pupils * (d.clusters if clusters is None else clusters)
        others = count(round(singles * (1 - d.treated_share) / d.treated_share), language)
        return (
            f"{J} groepen van {n} leerlingen en {others} leerlingen zonder groep"
            if nl
            else f"{J} groups of {n} pupils and {others} pupils without a group"
        )
    if d.classes > 1:
        return (
            f"{J} {units} met elk {d.classes} klassen van {n} leerlingen"
            if nl
            else f"{J} {units} with {d.classes} classes of {n} pupils each"
        )
    return (
        f"{J} {units} en {n} {pupils} per {unit}"
        if nl
        else f"{J} {units} and {n} {pupils} per {unit}"
    )


def _size(d: Design, effect: float, language: str, *, up: bool = False) -> str:
    """An effect as a reader sees it. up: rounded up, as what can be seen must be.

    Two decimals (of a proportion: whole points); below 0.1 two figures, so that it is never 0.
    """
    x = math.ceil(100 * effect - 1e-9) / 100 if up else effect
    short = abs(x) >= 0.1 or abs(100 * x - round(100 * x)) < 1e-9
    if d.proportion is None:
        return decimal(x, 2, language) if short else significant(x, language, 2)
    points = decimal(100 * x, 0, language) if short else significant(100 * x, language, 2)
    return f"{points} van de 100" if dutch(language) else f"{points} out of 100"


def _named(d: Design, effect: float, language: str, *, up: bool = False) -> str:
    """An effect with what it is counted in."""
    size = _size(d, effect, language, up=up)
    if d.proportion is not None:
        return size  # of every 100 pupils
    return f"{size} ({'in standaarddeviaties' if dutch(language) else 'in standard deviations'})"


def _meaning(d: Design, effect: float, language: str) -> str:
    """The same size, counted in pupils."""
    nl = dutch(language)
    size = _size(d, effect, language, up=True)
    if d.proportion is not None:
        low, high = (
            of_hundred(d.proportion),
            of_hundred(d.proportion) + math.ceil(100 * effect - 1e-9),
        )
        return (
            f"Dat is van {low} naar {high} van de 100 leerlingen."
            if nl
            else f"That is from {low} to {high} of every 100 pupils."
        )
    above = of_hundred(above_average(math.ceil(100 * effect - 1e-9) / 100))
    return (
        f"Bij een verschil van {size} doen van elke 100 leerlingen met het programma er {above} het"
        " beter dan het gemiddelde van de andere groep. Zonder verschil zijn dat er 50."
        if nl
        else f"With a difference of {size}, {above} of every 100 pupils with the programme do"
        " better than the average of the other group. Without a difference this is 50."
    )


def _for_each(d: Design, language: str) -> str:
    """For how many outcomes this holds, and what was done about chance."""
    o, nl = d.outcomes, dutch(language)
    if o is None:
        return ""
    name = CORRECTIONS.get(Correction(o.correction))
    if name is None:
        return (
            f"Dit geldt voor elk van de {o.number} uitkomsten apart. Er is geen rekening gehouden"
            " met toeval door vaker kijken."
            if nl
            else f"This holds for each of the {o.number} outcomes by itself. Chance from looking"
            " more often was not taken into account."
        )
    return (
        f"Dit geldt voor elk van de {o.number} uitkomsten; we houden rekening met toeval door vaker"
        f" kijken ({name})."
        if nl
        else f"This holds for each of the {o.number} outcomes; chance from looking more often is"
        f" taken into account ({name})."
    )


def _usual(power: float, language: str) -> str:
    return "" if power < USUAL else "meestal " if dutch(language) else "usually "


def _units(d: Design, language: str) -> str:
    if d.individual:
        return "leerlingen" if dutch(language) else "pupils"
    if d.one_arm:
        return "groepen" if dutch(language) else "groups"
    return d.cluster_label[language]


def _unit(d: Design, language: str) -> str:
    units = _units(d, language)
    one = {"groepen": "groep", "groups": "group"}
    return SINGULAR.get(units, one.get(units, units))


# ---------------------------------------------------------------- table


def curve_table(p: Prospect, language: str) -> Table:
    """The numbers of the picture: a row per number of clusters."""
    nl, table, units = dutch(language), p.table(), _units(p.design, language)
    header = (
        f"aantal {units}" if nl else f"number of {units}",
        "leerlingen in totaal" if nl else "pupils in all",
        _title(p, language),
    )
    columns = ("clusters", "pupils", "effect" if p.question is Question.EFFECT else "power")
    rows = tuple(
        (count(k, language), count(round(n), language), _value(p, x, language))
        for k, n, x in zip(*(table[name].tolist() for name in columns), strict=True)
    )
    caption = (
        "Wat er te zien is met meer of minder" if nl else "What can be seen with more or fewer"
    )
    first = 1 if p.design.individual else 0  # the first two columns are then the same
    return Table(
        f"{caption} {units}.",
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


def _title(p: Prospect, language: str) -> str:
    nl, usual = dutch(language), _usual(p.power, language)
    if p.question is Question.EFFECT:
        unit = (
            ""
            if p.design.proportion is None
            else ", van de 100 leerlingen"
            if nl
            else ", per 100 pupils"
        )
        often = times(p.power, language)
        return (
            f"kleinste verschil dat u {usual}ziet{unit} ({often})"
            if nl
            else f"smallest difference you {usual}see{unit} ({often})"
        )
    size = _size(p.design, p.effect or 0.0, language)
    return (
        f"hoe vaak u een verschil van {size} ziet, van de 100 keer"
        if nl
        else f"how often you see a difference of {size}, out of 100 times"
    )


def _value(p: Prospect, x: float | None, language: str) -> str:
    """A number of the curve as a reader sees it."""
    if x is None or math.isnan(x):
        return NONE
    if p.question is not Question.EFFECT:
        return str(of_hundred(x))
    if p.design.proportion is not None:
        return decimal(math.ceil(100 * x - 1e-9), 0, language)
    return decimal(math.ceil(100 * x - 1e-9) / 100, 2, language)


# ---------------------------------------------------------------- picture

HEIGHT = {False: 2.75, True: 2.55}  # inches, on a page and on a phone
LEFT, RIGHT, ABOVE, BELOW = 0.35, 0.45, 0.34, 0.52  # inches around the curve, without its title
ROOM = 0.42  # inches between two numbers
BESIDE, OVER, TYPE = 0.08, 0.09, 0.16  # inches: a number beside and over its point, its height
FLAT = 4.0  # times the answer: as high as the curve may go
LETTERS = 38  # of a title on a phone


@dataclass(frozen=True, slots=True)
class Point:
    """A number of clusters and what it gives, with its place on paper in inches."""

    clusters: int
    value: float
    x: float
    y: float
    own: bool  # the design asked about, or the answer
    told: bool  # with its numbers


def curve_picture(p: Prospect, language: str, *, narrow: bool = False) -> Figure:
    """The curve over the number of clusters, numbers beside the points."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    figure = Figure(figsize=(NARROW if narrow else WIDE, HEIGHT[narrow]), facecolor=PAPER)
    _draw(figure.add_axes((0, 0, 1, 1)), p, language, narrow=narrow)
    return figure


def plot_curve(p: Prospect, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, HEIGHT[False])).add_axes((0, 0, 1, 1))
    _draw(ax, p, language, narrow=False)
    return ax


def drawing(p: Prospect, language: str) -> Drawing:
    """The picture with its alternative text."""
    return Drawing(png(curve_picture(p, language)), alternative(p, language))


def alternative(p: Prospect, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    nl, table = dutch(language), curve_table(p, language)
    points = "; ".join(f"{row[0]}: {row[-1]}" for row in table.rows)
    units, title = _units(p.design, language), _title(p, language)
    return (
        f"Figuur met per aantal {units}: {title}. {points}. De getallen staan ook in de tabel."
        if nl
        else f"Picture with, per number of {units}: {title}. {points}. The numbers are also in the"
        " table."
    )


def _line(p: Prospect) -> float | None:
    """What the curve is held against: the smallest effect that matters, or the power wanted."""
    if p.question is Question.EFFECT:
        return p.smallest_effect
    return POWER if p.question is Question.POWER else p.power


def _points(p: Prospect, width: float, top_y: float) -> tuple[list[Point], float]:
    """Where the points lie, clusters on a logarithmic scale; and inches per unit upwards."""
    table, asked = p.table(), p.question is Question.EFFECT
    pairs = [(int(k), float(v)) for k, v in zip(
        table["clusters"], table["effect" if asked else "power"], strict=True
    ) if pd.notna(v)]  # fmt: skip
    mine = round(p.design.pupils) if p.design.individual else p.design.clusters
    if asked:  # so few clusters that the rest would lie flat stay in the table only
        flat = FLAT * dict(pairs).get(mine, math.inf)
        pairs = [(k, v) for k, v in pairs if v <= flat]
    top = max([v for _, v in pairs] + [_line(p) or 0.0]) if asked else 1.0
    rise = (top_y - BELOW) / (top or 1.0)
    own = {mine, p.clusters if p.question is Question.CLUSTERS else mine}
    ends = [math.log(pairs[i][0]) for i in (0, -1)] if pairs else [0.0, 1.0]
    span = (width - LEFT - RIGHT) / ((ends[1] - ends[0]) or 1.0)
    x = [LEFT + (math.log(k) - ends[0]) * span for k, _ in pairs]
    told = [x[i] for i, (k, _) in enumerate(pairs) if k in own]
    points = []
    for (k, value), at in zip(pairs, x, strict=True):
        if k not in own and min((abs(at - other) for other in told), default=ROOM) >= ROOM:
            told.append(at)
        points.append(Point(k, value, at, BELOW + value * rise, k in own, at in told))
    return points, rise


def _draw(ax: Axes, p: Prospect, language: str, *, narrow: bool) -> None:
    """Draw in inches from the bottom left, so that type and spacing never stretch."""
    small, normal = SIZES[narrow]
    width, height = NARROW if narrow else WIDE, HEIGHT[narrow]
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.axis("off")
    title, units = _title(p, language), _units(p.design, language)
    title = title[:1].upper() + title[1:]
    if narrow:  # never break within brackets or a count
        whole = re.sub(
            r"\(.*?\)|\S+ \S+ 100 \S+|\S+ 100 \S+", lambda m: m[0].replace(" ", "\u00a0"), title
        )
        title = textwrap.fill(whole, LETTERS)
    top_y = height - ABOVE - TYPE * (title.count("\n") + 1)
    ax.text(0, height - 0.05, title, size=normal, color=INK, va="top",
            weight="bold", linespacing=1.1)  # fmt: skip
    name = f"aantal {units}" if dutch(language) else f"number of {units}"
    ax.text(width - 0.05, 0.03, f"{name} →", size=small, color=SOFT, ha="right", va="bottom")
    points, rise = _points(p, width, top_y)
    ax.plot([0, width], [BELOW] * 2, color=LINE, lw=0.8)
    line = _line(p)
    if not points:
        none = (
            "geen verschil is groot genoeg" if dutch(language) else "no difference is large enough"
        )
        ax.text(width / 2, height / 2, none, size=normal, color=SOFT, ha="center")
    elif line is not None:
        _draw_line(ax, p, language, points, BELOW + line * rise, small, width, top_y)
    ax.plot([q.x for q in points], [q.y for q in points], color=SOFT, lw=1.4, zorder=2)
    falls = p.question is Question.EFFECT
    for q in points:
        weight, colour = ("bold", ACCENT) if q.own else ("normal", SOFT)
        ax.plot(q.x, q.y, "o", ms=8 if q.own else 5, mfc=ACCENT if q.own else PAPER, mew=1.4,
                mec=colour, zorder=3)  # fmt: skip
        if not q.told:
            continue
        # away from the curve, and below the point where the line would run through the number
        level = math.inf if line is None else BELOW + line * rise
        below = q.y + OVER - 0.03 < level < q.y + OVER + TYPE
        side = BESIDE if falls != below else -BESIDE
        ax.text(q.x + side, q.y + (-OVER if below else OVER), _value(p, q.value, language),
                size=normal if q.own else small, color=colour, weight=weight, ha="center",
                va="top" if below else "bottom", zorder=4)  # fmt: skip
        ax.text(q.x, BELOW - 0.06, count(q.clusters, language), size=small, color=colour,
                weight=weight, ha="center", va="top")  # fmt: skip


def _draw_line(
    ax: Axes, p: Prospect, language: str, points: list[Point], y: float, size: float,
    width: float, top_y: float,
) -> None:  # fmt: skip
    """The line that the curve is held against, named where the curve is not."""
    falls, nl = p.question is Question.EFFECT, dutch(language)
    line = _line(p) or 0.0
    edge = (BELOW, y) if falls else (y, top_y)
    ax.fill_between([0, width], *edge, color=BAND, lw=0)
    ax.plot([0, width], [y] * 2, color=SUN, lw=1.1, ls=(0, (4, 3)))
    if falls:
        size_of = _size(p.design, line, language)
        words = f"kleinste dat ertoe doet: {size_of}" if nl else f"smallest that matters: {size_of}"
        right = points[len(points) // 2].y < y  # the curve is above the line at the left
        below = not right and y - BELOW > TYPE + 0.06
    else:
        words = f"{_usual(line, language)}({times(line, language)})"
        right = below = points[0].y > y - TYPE
    ax.text(width - 0.03 if right else 0.03, y - 0.04 if below else y + 0.04, words, size=size,
            color=SUN, ha="right" if right else "left", va="top" if below else "bottom",
            zorder=4)  # fmt: skip
