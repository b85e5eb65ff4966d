"""Words, a picture and tables of how wrong it would have to be."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from academic_workplace.disclosure import may_leave
from academic_workplace.effects.result import Effect
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.evidence.sensitivity import (
    Benchmark,
    EValue,
    OmittedVariable,
    Placebos,
    RosenbaumBounds,
    Seen,
    Sensitivity,
)
from academic_workplace.intake.layout import SEPARATES_WAVE
from academic_workplace.language import Text
from academic_workplace.plan import Plan
from academic_workplace.report.document import (
    ACCENT,
    BAND,
    INK,
    LINE,
    MARK_GROUND,
    PAPER,
    SOFT,
    SUN,
    Block,
    Heading,
    Paragraph,
    Picture,
    Table,
)
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.numerals import NONE, decimal, digits_for, interval, p_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MANY = 20.0  # times as strong as anything measured: a larger number says no more
NAMED = 6  # of the benchmarks that have a name in the picture
BEFORE = Text("de meting vooraf", "the measurement beforehand")
Name = Callable[[str], str]

# ---------------------------------------------------------------- sentences


def e_value_sentence(found: EValue, language: str) -> str:
    """What something hidden would have to do to both groups."""
    nl = dutch(language)
    value, limit = _times(found.value, language), found.limit
    if limit == 1:
        return _chance(language)
    text = (
        "Misschien verschilden de groepen in iets wat we niet maten. Komt dat in de ene groep"
        f" {value} keer zo vaak voor, en is een goede uitkomst daarmee ook {value} keer zo"
        " waarschijnlijk? Pas dan blijft er van dit verschil niets over."
        if nl
        else "Perhaps the groups differed in something that we did not measure. Is that"
        f" {value} times as common in one group, and a good outcome {value} times as likely with"
        " it? Only then is nothing left of this difference."
    )
    if limit is not None:
        near = _times(limit, language)
        text += (
            f" Bij {near} keer kan het al toeval zijn."
            if nl
            else f" At {near} times it may already be chance."
        )
    return text


def omitted_sentence(found: OmittedVariable, language: str, name: Name | None = None) -> str:
    """How strong something hidden would have to be, beside the strongest of what was measured.

    name: what a reader is told of a column; the column itself when left out.
    """
    nl = dutch(language)
    if found.robustness_alpha == 0:
        return _chance(language)
    start = (
        "Misschien verschilden de groepen in iets wat we niet maten."
        if nl
        else "Perhaps the groups differed in something that we did not measure."
    )
    strongest = _strongest(found)
    if strongest is None:
        share = _percent(found.robustness, language)
        return start + (
            f" Dat zou {share} moeten verklaren van wie meedeed én van de uitkomst. Pas dan blijft"
            " er van dit verschil niets over."
            if nl
            else f" It would have to explain {share} of who took part and of the outcome. Only then"
            " is nothing left of this difference."
        )
    benchmark, whole = strongest
    near = found.times_needed(benchmark, limit=True)
    label = f"‘{(name or str)(benchmark.name)}’"
    if near is None or near > MANY:
        much = decimal(MANY, 0, language)
        return start + (
            f" Ook als dat {much} keer zo sterk was als {label}, blijft er een verschil over."
            if nl
            else f" Even if that were {much} times as strong as {label}, a difference remains."
        )
    first, last = _times(near, language), _times(whole, language)
    only = near >= 1
    if nl:
        text = f"{start} {'Pas' if only else 'Al'} als dat {first} keer zo sterk is als {label},"
        if first == last:
            return f"{text} blijft er van dit verschil niets over."
        text += " kan dit verschil toeval zijn."
        return text if whole > MANY else f"{text} Bij {last} keer blijft er niets van over."
    text = f"{start} {'Only if that is' if only else 'If that is only'} {first} times as strong as"
    text += f" {label},"
    if first == last:
        rest = "is nothing left" if only else "nothing is left"
        return f"{text} {rest} of this difference."
    text += " may this difference be chance." if only else " this difference may already be chance."
    return text if whole > MANY else f"{text} At {last} times nothing is left of it."


def rosenbaum_sentence(found: RosenbaumBounds, language: str) -> str:
    """How unequal the chances of two like pupils may have been."""
    nl = dutch(language)
    if found.critical is None:
        return _chance(language)
    odds = _times(min(found.critical, 1000.0), language)
    return (
        "Van twee leerlingen die op elkaar lijken deed er één mee. Misschien had die daar meer kans"
        " op, door iets wat we niet maten. Pas bij meer dan"
        f" {odds} keer zo veel kans kan dit verschil toeval zijn."
        if nl
        else "Of two pupils who are alike one took part. Perhaps that one had a better chance to,"
        f" through something that we did not measure. Only with more than {odds} times the chance"
        " may this difference be chance."
    )


def placebo_sentence(found: Placebos, language: str) -> str:
    """Whether there was a difference where the programme cannot have made one."""
    nl = dutch(language)
    told = [x for x in found if _told(x.effect) and x.seen is not Seen.NO_ANSWER]
    if not told:
        return (
            "Of er een verschil is waar de aanpak niets kon doen, weten we niet."
            if nl
            else "Whether there is a difference where the approach could do nothing, we do not"
            " know."
        )
    n, seen = len(told), [x for x in told if x.seen is Seen.DIFFERENCE]
    where = "Waar de aanpak niets kon doen" if nl else "Where the approach could do nothing"
    if seen:
        named = _and(list(dict.fromkeys(f"‘{x.label[language]}’" for x in seen)), nl=nl)
        several = (
            f" bij {len(seen)} van de {n} vragen" if nl else f" in {len(seen)} of {n} questions"
        )
        often = several if n > 1 else ""
        return (
            f"{where}, zien we{often} toch een verschil ({named}). De groepen leken dus niet genoeg"
            " op elkaar. Lees de uitkomst voorzichtig."
            if nl
            else f"{where}, we do see a difference{often} ({named}). So the groups were not alike"
            " enough. Read the result with care."
        )
    if all(x.seen is Seen.NOTHING for x in told):
        return (
            f"{where}, zien we ook (bijna) geen verschil. Dat past bij groepen die op elkaar leken."
            if nl
            else f"{where}, we see (almost) no difference either. That fits groups that were alike."
        )
    return (
        f"{where}, zien we geen duidelijk verschil. Of de groepen echt op elkaar leken, weten we"
        " daarmee nog niet."
        if nl
        else f"{where}, we see no clear difference. Whether the groups were really alike, we do not"
        " know yet."
    )


def sensitivity_sentence(found: Sensitivity, language: str) -> str:
    """The one sentence for a workgroup: by what was measured, else by pairs, else the E-value."""
    nl = dutch(language)
    if not _told(found.effect):
        return (
            "We tonen dit niet: het gaat om minder dan 10 leerlingen in een groep."
            if nl
            else "We do not show this: it is about fewer than 10 pupils in a group."
        )
    if not _clear(found):
        return _chance(language)
    if found.omitted is not None and _strongest(found.omitted) is not None:
        return omitted_sentence(found.omitted, language, _name(found.effect.plan, language))
    if found.pairs is not None and found.pairs.critical is not None:
        return rosenbaum_sentence(found.pairs, language)
    if found.e_value is not None:
        return e_value_sentence(found.e_value, language)
    return (
        "Hoe sterk iets verborgens zou moeten zijn, is hier niet te zeggen."
        if nl
        else "How strong something hidden would have to be, cannot be told here."
    )


def _chance(language: str) -> str:
    return (
        "Dit verschil kan toeval zijn. Daar is niets verborgens voor nodig."
        if dutch(language)
        else "This difference may be chance. Nothing hidden is needed for that."
    )


def _clear(found: Sensitivity) -> bool:
    """Whether the effect's own interval leaves 0 out, and so does what is told of it."""
    low, high = found.effect.low, found.effect.high
    own = low is not None and high is not None and (low > 0 or high < 0)
    return own and (found.omitted is None or found.omitted.robustness_alpha > 0)


def _told(effect: Effect) -> bool:
    return may_leave(effect.pupils_arm, effect.pupils_comparison)


def _strongest(found: OmittedVariable) -> tuple[Benchmark, float] | None:
    """What was measured of which the fewest times are needed to leave nothing of the estimate."""
    needed = [(b, found.times_needed(b)) for b in found.benchmarks]
    known = [(b, k) for b, k in needed if k is not None]
    return min(known, key=lambda pair: pair[1]) if known else None


def _name(plan: Plan, language: str) -> Name:
    """What a reader is told of a column; a baseline of the outcome by its role."""

    def name(column: str) -> str:
        before = SEPARATES_WAVE in column or column in plan.baselines
        if before and column not in plan.study.columns:
            return BEFORE[language]
        return plan.column_label(column)[language]

    return name


def _times(x: float, language: str) -> str:
    """How many times, with one decimal below 10; two just above 1."""
    if x < 0.1:
        return f"{'minder dan' if dutch(language) else 'less than'} {decimal(0.1, 1, language)}"
    digits = 2 if 1 <= x < 1.1 else 1 if x < 10 else 0
    return decimal(x, digits, language)


def _percent(share: float, language: str, digits: int = 0) -> str:
    return (
        f"{decimal(100 * share, digits, language)}{' procent' if dutch(language) else ' per cent'}"
    )


def _and(parts: list[str], *, nl: bool) -> str:
    word = "en" if nl else "and"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


# ---------------------------------------------------------------- for the report


def sure(found: Sequence[Sensitivity], language: str) -> list[str]:
    """The item for "How sure is this?" of the first effect; nothing when it is not clear anyhow."""
    dutch(language)
    first = found[0] if found else None
    if first is None or not _told(first.effect) or not _clear(first):
        return []
    return [sensitivity_sentence(first, language)]


def appendix(found: Sequence[Sensitivity], language: str) -> list[Block]:
    """A table of all effects, and of the first what a hidden variable would do, with its picture."""
    nl = dutch(language)
    told = [x for x in found if _told(x.effect) and (x.e_value or x.omitted or x.pairs)]
    if not told:
        return []
    lead = (
        "Er is niet geloot. Dit rekent uit hoe sterk iets wat niet is gemeten zou moeten zijn om de"
        " uitkomst te veranderen. Of er zoiets was, zeggen deze getallen niet."
        if nl
        else "There was no lot. This works out how strong something that was not measured would have"
        " to be to change the result. Whether there was such a thing, these numbers do not say."
    )
    title = "Hoe fout zou het moeten zijn?" if nl else "How wrong would it have to be?"
    blocks: list[Block] = [Heading(title, 3), Paragraph(lead), summary_table(told, language)]
    first = found[0]
    if _told(first.effect) and first.omitted is not None and first.omitted.bounds:
        name = _name(first.effect.plan, language)
        blocks += [omitted_block(first, language), omitted_table(first.omitted, language, name)]
    if _told(first.effect) and first.pairs is not None:
        blocks.append(pairs_table(first.pairs, language))
    return blocks


def summary_table(found: Sequence[Sensitivity], language: str) -> Table:
    """Every effect: E-values, robustness values and the largest Gamma."""
    nl = dutch(language)
    header = (
        ("Uitkomst", "Moment", "Groep", "E-waarde", "E-waarde van de grens", "RV (nul)",
         "RV (grens)", "Gamma")
        if nl
        else ("Outcome", "Moment", "Group", "E-value", "E-value of the limit", "RV (zero)",
              "RV (limit)", "Gamma")
    )  # fmt: skip
    rows = []
    for x in found:
        effect, plan = x.effect, x.effect.plan
        e, z, r = x.e_value, x.omitted, x.pairs
        names = (
            plan.measure(effect.outcome).label[language],
            plan.wave_label(effect.outcome, effect.wave)[language] or NONE,
            plan.arm(effect.arm).label[language],
        )
        if not _told(effect):
            rows.append((*names, *(NONE,) * 5))
            continue
        rows.append((
            *names,
            decimal(e.value if e else None, 2, language),
            decimal(e.limit if e else None, 2, language),
            decimal(z.robustness if z else None, 3, language),
            decimal(z.robustness_alpha if z else None, 3, language),
            decimal(r.critical if r else None, 2, language),
        ))  # fmt: skip
    caption = (
        "Hoe sterk iets verborgens zou moeten zijn"
        if nl
        else "How strong something hidden would have to be"
    )
    note = (
        "E-waarde (VanderWeele en Ding, 2017): zo veel keer moet iets verborgens samengaan met"
        " meedoen én met de uitkomst; g is omgerekend met exp(0,91 g). RV (Cinelli en Hazlett,"
        " 2020): het deel dat het moet verklaren van wie meedeed én van de uitkomst, tot het"
        " verschil nul is of het interval nul bevat. De RV van de grens gaat uit van de"
        " standaardfout van het verschil zelf, alsof het verborgene niet verandert hoeveel"
        " leerlingen van een school op elkaar lijken. Gamma (Rosenbaum, 2002): tot deze"
        " kansverhouding binnen een paar blijft p onder 0,05; paren tellen als onafhankelijk."
        if nl
        else "E-value (VanderWeele and Ding, 2017): so many times something hidden must go with"
        " taking part and with the outcome; g was converted by exp(0.91 g). RV (Cinelli and"
        " Hazlett, 2020): the share it must explain of who took part and of the outcome, before the"
        " difference is zero or the interval holds zero. The RV of the limit takes the standard"
        " error of the difference itself, as if what is hidden did not change how alike pupils of a"
        " school are. Gamma (Rosenbaum, 2002): up to these odds within a pair p stays below 0.05;"
        " pairs count as independent."
    )
    return Table(caption, header, tuple(rows), (False,) * 3 + (True,) * 5, note)


def omitted_table(found: OmittedVariable, language: str, name: Name | None = None) -> Table:
    """What something hidden would leave of the estimate, so many times as strong as each."""
    nl = dutch(language)
    header = (
        ("Zo sterk als", "Keer", "R² met meedoen", "R² met de uitkomst", "Verschil dat blijft",
         "95%-interval")
        if nl
        else ("As strong as", "Times", "R² with taking part", "R² with the outcome",
              "Difference left", "95% interval")
    )  # fmt: skip
    low, high = found.adjusted(0.0, 0.0)[2:]
    digits, rows = digits_for(high - low), []
    for bound in found.bounds:
        no = bound.estimate is None
        rows.append((
            (name or str)(bound.benchmark),
            decimal(bound.treatment_times, 0 if bound.treatment_times % 1 == 0 else 1, language),
            NONE if no else decimal(bound.r2_treatment, 3, language),
            NONE if no else decimal(bound.r2_outcome, 3, language),
            decimal(bound.estimate, digits, language),
            NONE if bound.capped else interval(bound.low, bound.high, digits, language),
        ))  # fmt: skip
    caption = (
        "Wat er overblijft als we ook rekening hielden met iets verborgens"
        if nl
        else "What is left if we also adjusted for something hidden"
    )
    now = decimal(found.estimate, digits, language)
    note = (
        f"Nu is het verschil {now}. Het verborgene neemt in deze rekening altijd iets van het"
        " verschil af. R²: het deel dat het verklaart van wat de andere kenmerken overlaten."
        " Streepje: zo sterk kan niets zijn, of het zou alles van de uitkomst verklaren."
        if nl
        else f"The difference now is {now}. What is hidden always takes away from the difference"
        " here. R²: the share it explains of what the other characteristics leave. Dash: nothing"
        " can be so strong, or it would explain all of the outcome."
    )
    return Table(caption, header, tuple(rows), (False,) + (True,) * 5, note)


def pairs_table(found: RosenbaumBounds, language: str) -> Table:
    """Per gamma the p-values and the estimates."""
    nl = dutch(language)
    header = (
        ("Gamma", "p, laagste", "p, hoogste", "Verschil, laagste", "Verschil, hoogste")
        if nl
        else ("Gamma", "p, lowest", "p, highest", "Difference, lowest", "Difference, highest")
    )
    ends = [e for b in found for e in (b.estimate_low, b.estimate_high) if e is not None]
    digits = digits_for(max(ends) - min(ends)) if ends else 2
    rows = tuple(
        (
            decimal(b.gamma, 2, language),
            p_value(b.p_low, language),
            p_value(b.p_high, language),
            decimal(b.estimate_low, digits, language),
            decimal(b.estimate_high, digits, language),
        )
        for b in found
    )
    pairs = decimal(float(found.pairs), 0, language)
    caption = (
        f"Als de kansen binnen een paar ongelijk waren ({pairs} paren)"
        if nl
        else f"If the chances within a pair were unequal ({pairs} pairs)"
    )
    note = (
        "Gamma: hoeveel keer zo veel kans de een had om degene te zijn die meedeed. Paren tellen"
        " als onafhankelijk van elkaar."
        if nl
        else "Gamma: how many times the chance one had to be the one who took part. Pairs count as"
        " independent of each other."
    )
    return Table(caption, header, rows, (True,) * 5, note)


def placebo_table(found: Placebos, language: str) -> Table:
    """Every placebo with its interval."""
    nl = dutch(language)
    header = (
        ("Waar niets kan zijn", "Groep", "Verschil", "95%-interval", "g", "95%-interval van g",
         "Wat we zien")
        if nl
        else ("Where nothing can be", "Group", "Difference", "95% interval", "g",
              "95% interval of g", "What we see")
    )  # fmt: skip
    words = {
        Seen.NOTHING: Text("(bijna) niets", "(almost) nothing"),
        Seen.DIFFERENCE: Text("een verschil", "a difference"),
        Seen.CANNOT_TELL: Text("niet duidelijk", "not clear"),
        Seen.NO_ANSWER: Text("geen antwoord", "no answer"),
    }
    rows = []
    for x in found:
        e = x.effect
        names = (x.label[language], e.plan.arm(e.arm).label[language])
        if not _told(e):
            rows.append((*names, *(NONE,) * 5))
            continue
        digits = digits_for((e.high or 0.0) - (e.low or 0.0))
        rows.append((
            *names,
            decimal(e.estimate, digits, language),
            interval(e.low, e.high, digits, language),
            decimal(e.g, 2, language),
            interval(e.g_low, e.g_high, 2, language),
            words[x.seen][language],
        ))  # fmt: skip
    caption = (
        "Dezelfde vraag waar de aanpak niets kon doen"
        if nl
        else "The same question where the approach could do nothing"
    )
    note = (
        "Van elke 20 zulke vragen is er één naar verwachting door toeval niet nul."
        if nl
        else "Of every 20 such questions one is expected to be other than zero by chance."
    )
    return Table(caption, header, tuple(rows), (False, False, *(True,) * 4, False), note)


# ---------------------------------------------------------------- the picture

WORDS = {
    "nl": {
        "x": "deel dat het verklaart van wie meedeed",
        "y": "deel dat het verklaart van de uitkomst",
        "zero": "vanaf deze lijn is er van het verschil niets over",
        "chance": "vanaf deze lijn kan het verschil toeval zijn",
        "point": "zo sterk is wat we wel maten",
    },
    "en": {
        "x": "share it explains of who took part",
        "y": "share it explains of the outcome",
        "zero": "from this line on nothing is left of the difference",
        "chance": "from this line on the difference may be chance",
        "point": "so strong is what we did measure",
    },
}
HEIGHT = {False: 4.15, True: 4.3}  # of the picture, in inches
STEP = 0.17  # between lines of type
SHARES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
APART = {True: 0.5, False: 0.25}  # the least room between two of them, across and upwards
LETTER = 0.064  # the width of a letter of the small type


def omitted_picture(
    found: OmittedVariable, language: str, name: Name | None = None, *, narrow: bool = False
) -> Figure:
    """What is left of the estimate for every strength of something hidden."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    size = (NARROW if narrow else WIDE, HEIGHT[narrow])
    figure = Figure(figsize=size, facecolor=PAPER)
    _draw(figure.add_axes((0, 0, 1, 1)), found, language, name or str, narrow=narrow)
    return figure


def plot_omitted(
    found: OmittedVariable, language: str, ax: Axes | None, name: Name | None = None
) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, HEIGHT[False])).add_axes((0, 0, 1, 1))
    _draw(ax, found, language, name or str, narrow=False)
    return ax


def omitted_drawing(found: OmittedVariable, language: str) -> Drawing:
    """The picture for a notebook, with its alternative text."""
    return Drawing(png(omitted_picture(found, language)), omitted_alternative(found, language))


def plot_sensitivity(found: Sensitivity, language: str, ax: Axes | None) -> Axes:
    """The picture of an effect, with the names of its plan."""
    return plot_omitted(_omitted(found), language, ax, _name(found.effect.plan, language))


def sensitivity_drawing(found: Sensitivity, language: str) -> Drawing:
    """The same for a notebook."""
    name = _name(found.effect.plan, language)
    z = _omitted(found)
    return Drawing(png(omitted_picture(z, language, name)), omitted_alternative(z, language, name))


def omitted_block(found: Sensitivity, language: str) -> Picture:
    """The picture for a report."""
    nl, z, plan = dutch(language), _omitted(found), found.effect.plan
    name, label = _name(plan, language), plan.measure(found.effect.outcome).label[language]
    caption = (
        f"{label}: wat er van het verschil overblijft als er iets verborgens was, hoe sterk ook."
        " Wie verder naar rechts en naar boven gaat, denkt aan iets sterkers. De punten: zo sterk"
        " zijn de kenmerken die wel zijn gemeten. Kleine aandelen staan verder uit elkaar dan grote."
        if nl
        else f"{label}: what is left of the difference if something was hidden, however strong."
        " Further to the right and up is something stronger. The points: so strong are the"
        " characteristics that were measured. Small shares lie further apart than large ones."
    )
    return in_both_widths(
        lambda narrow: omitted_picture(z, language, name, narrow=narrow),
        omitted_alternative(z, language, name),
        caption,
    )


def omitted_alternative(found: OmittedVariable, language: str, name: Name | None = None) -> str:
    """What the picture shows, for who cannot see it."""
    nl = dutch(language)
    start = (
        "Figuur: naar rechts hoe sterk iets verborgens samengaat met meedoen, naar boven hoe sterk"
        " met de uitkomst. Lijnen tonen vanaf waar het verschil toeval kan zijn en vanaf waar er"
        " niets van over is. Punten tonen wat wel is gemeten."
        if nl
        else "Picture: to the right how strongly something hidden goes with taking part, upwards"
        " how strongly with the outcome. Lines show from where the difference may be chance and"
        " from where nothing is left of it. Points show what was measured."
    )
    end = "De getallen staan ook in de tabel." if nl else "The numbers are also in the table."
    return f"{start} {omitted_sentence(found, language, name)} {end}"


def _omitted(found: Sensitivity) -> OmittedVariable:
    """Of an effect that has it. Raises PlanError."""
    if found.omitted is not None and _told(found.effect):
        return found.omitted
    rule = Text(
        "Van dit verschil is deze figuur niet te maken.",
        "Of this difference this picture cannot be made.",
    )
    remedy = Text(
        "Kies een verschil uit een regressie met minstens 10 leerlingen per groep.",
        "Choose a difference from a regression, with at least 10 pupils a group.",
    )
    raise PlanError([Fault(rule, remedy)])


def _draw(ax: Axes, found: OmittedVariable, language: str, name: Name, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    words, (small, _) = WORDS[language], SIZES[narrow]
    width, height = NARROW if narrow else WIDE, HEIGHT[narrow]
    left, right, top, bottom = 0.5, width - 0.12, 1.0 if narrow else 0.92, height - 0.52
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    grey: dict[str, Any] = {"size": small, "color": SOFT}
    points = sorted(
        (b for b in (found.bound(x, 1.0) for x in found.benchmarks) if b.estimate is not None),
        key=lambda b: -(b.r2_treatment or 0.0) * (b.r2_outcome or 0.0),
    )
    x_end, y_end = (
        min(1.0, max(0.02, 1.7 * found.robustness, 1.25 * max(ends, default=0.0)))
        for ends in (
            [b.r2_treatment or 0.0 for b in points],
            [b.r2_outcome or 0.0 for b in points],
        )
    )

    def at(x: float, y: float) -> tuple[float, float]:
        across, up = math.sqrt(x / x_end), math.sqrt(y / y_end)  # small shares lie apart
        return left + across * (right - left), bottom - up * (bottom - top)

    ax.fill_between([left, right], top, bottom, color=PAPER, lw=0)
    for limit, ground, colour, style in (
        (True, BAND, ACCENT, "--"), (False, MARK_GROUND, SUN, "-"),
    ):  # fmt: skip
        strengths = x_end * np.linspace(0, 1, 800, endpoint=False) ** 2
        curve = [(float(x), found.outcome_needed(float(x), limit=limit)) for x in strengths]
        inside = [(x, y) for x, y in curve if y is not None and y <= y_end]
        if not inside:
            continue
        # a Z of that strength or weaker: left of the first point no outcome is enough
        line = [at(inside[0][0], y_end), *(at(x, y) for x, y in inside)]
        xs, ys = zip(*line, strict=True)
        ax.fill_between(xs, ys, top, color=ground, lw=0, zorder=1)
        ax.plot(xs, ys, color=colour, lw=2.2, ls=style, zorder=3)
    _axes(ax, at, (x_end, y_end), language, small)
    ax.text((left + right) / 2, height - 0.1, words["x"] + " →", ha="center", va="center", **grey)
    ax.text(0.02, top - 0.16, "↑ " + words["y"], va="center", **grey)
    keys = (("zero", SUN, "-"), ("chance", ACCENT, "--"))
    for i, (key, colour, style) in enumerate(keys):
        y = 0.12 + 0.2 * i
        ax.plot([0.02, 0.34], [y, y], color=colour, lw=2.2, ls=style)
        ax.text(0.42, y, words[key], va="center", size=small, color=INK)
    y = 0.12 + 0.2 * len(keys)
    if points:
        ax.plot(0.18, y, "o", ms=6, mfc=INK, mec=PAPER, mew=0.8)
        ax.text(0.42, y, words["point"], va="center", size=small, color=INK)
    _points(ax, [(at(b.r2_treatment or 0.0, b.r2_outcome or 0.0), name(b.benchmark))
                 for b in points], right, bottom, small, narrow=narrow)  # fmt: skip


def _axes(
    ax: Axes,
    at: Callable[[float, float], tuple[float, float]],
    ends: tuple[float, float],
    language: str,
    size: float,
) -> None:
    """The two axes with a few shares."""
    x_end, y_end = ends
    grey: dict[str, Any] = {"size": size, "color": SOFT}
    ax.plot(*zip(at(0, y_end), at(0, 0), at(x_end, 0), strict=True), color=SOFT, lw=0.9, zorder=2)
    for horizontal, end in ((True, x_end), (False, y_end)):
        last = -math.inf
        for share in (s for s in SHARES if s <= end):
            x, y = at(share, 0) if horizontal else at(0, share)
            place = x if horizontal else -y
            if place - last < APART[horizontal]:
                continue
            last = place
            text = decimal(100 * share, 0 if share in (0.0, *SHARES[4:]) else 1, language) + "%"
            if horizontal:
                ax.plot([x, x], [y, y + 0.04], color=SOFT, lw=0.9)
                ax.text(x, y + 0.13, text, ha="center", va="center", **grey)
            elif share:
                ax.plot([x - 0.04, x], [y, y], color=SOFT, lw=0.9)
                ax.plot([x, at(x_end, 0)[0]], [y, y], color=LINE, lw=0.5, zorder=1.5)
                ax.text(x - 0.07, y, text, ha="right", va="center", **grey)


def _points(
    ax: Axes,
    points: Sequence[tuple[tuple[float, float], str]],
    right: float,
    bottom: float,
    size: float,
    *,
    narrow: bool,
) -> None:
    """A point for each benchmark; the strongest have their names beside them, never overlapping."""
    for (x, y), _ in points:
        ax.plot(x, y, "o", ms=6, mfc=INK, mec=PAPER, mew=0.8, zorder=5, clip_on=False)
    back = {"fc": PAPER, "ec": "none", "alpha": 0.75, "pad": 0.8}
    free = bottom - 0.11  # names are set from the lowest upwards, the rightmost of a height first
    for (x, y), label in sorted(points[:NAMED], key=lambda p: (-round(p[0][1] / STEP), -p[0][0])):
        line = min(y, free)
        text = textwrap.shorten(label, 24 if narrow else 40, placeholder=" …")
        fits = x + 0.16 + LETTER * len(text) <= right
        side, edge = ("left", x + 0.16) if fits else ("right", x - 0.16)
        ax.plot([x, edge - math.copysign(0.03, edge - x)], [y, line], color=INK, lw=0.6, zorder=4)
        ax.text(edge, line, text, size=size, color=INK, ha=side, va="center", zorder=6, bbox=back)
        free = line - STEP
