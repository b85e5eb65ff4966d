"""Words, pictures and tables of what makes an effect believable: would it stand?"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academic_workplace.disclosure import fewest, may_leave, shown_count
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.evidence.attrition import Attrition, AttritionLevel
from academic_workplace.evidence.balance import START, Balance, BaselineVerdict
from academic_workplace.evidence.equivalence import Equivalence, NonInferiority, Shown
from academic_workplace.evidence.influence import Influence, Influences, Without
from academic_workplace.evidence.multiplicity import Multiplicity
from academic_workplace.evidence.specifications import Curve, Curves, Specification
from academic_workplace.evidence.weighing import Verdict
from academic_workplace.intake.layout import SEPARATES_WAVE
from academic_workplace.plan import Method, Plan
from academic_workplace.report.document import (
    ACCENT,
    BAND,
    INK,
    LINE,
    MARK_GROUND,
    PAPER,
    SOFT,
    SUN,
    Picture,
    Table,
)
from academic_workplace.report.figures.effects import (
    CLEAR,
    FOOT,
    GROUP,
    LABEL,
    NUMBER,
    RANGE,
    ROW,
    TOP,
    WORSE,
    colour_of,
    no_number,
    number,
)
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.findings import (
    characteristics,
    finding_sentence,
    how_far,
    per_step,
    shown,
    units_of,
)
from academic_workplace.report.numerals import NONE, decimal, digits_for, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# ---------------------------------------------------------------- who is missing


def attrition_sentence(found: Attrition, language: str) -> str:
    """How many are missing, how much that differs between the arms, and whether it is too much."""
    nl = dutch(language)
    lost = (found.assigned_t - found.analysed_t, found.assigned_c - found.analysed_c)
    told = may_leave(found.analysed_t, found.analysed_c) and None not in map(shown_count, lost)
    if told:
        limit = found.limit or 0.0
        points = decimal(found.differential, _digits(found.differential, limit), language)
        line = decimal(limit, 1, language)
        parts = [
            f"Van elke 100 ontbreken er {found.overall}. Tussen de groepen scheelt dat {points} van"
            " de 100."
            if nl
            else f"Of every 100, {found.overall} are missing. Between the groups this differs by"
            f" {points} of every 100."
        ]
        at = f" ({line} van de 100)" if nl else f" ({line} of every 100)"
    else:
        parts = [
            "In een van de groepen zijn de aantallen kleiner dan 10; die tonen we niet."
            if nl
            else "In one of the groups the counts are below 10; we do not show those."
        ]
        at = ""
    if found.limit is None:
        parts.append(
            "Er ontbreken er zo veel dat de uitval altijd hoog heet."
            if nl
            else "So many are missing that this always counts as high."
        )
    elif found.verdict is AttritionLevel.HIGH:
        parts.append(
            f"Dat verschil is groter dan de grens{at} van de What Works Clearinghouse: de uitval is"
            " hoog."
            if nl
            else f"That is above the limit{at} of the What Works Clearinghouse: attrition is high."
        )
    else:
        parts.append(
            f"Dat verschil is niet groter dan de grens{at} van de What Works Clearinghouse: de"
            " uitval is laag."
            if nl
            else f"That is not above the limit{at} of the What Works Clearinghouse: attrition is"
            " low."
        )
    if found.verdict is AttritionLevel.HIGH:
        parts.append(
            "Lees de uitkomst daarom voorzichtig." if nl else "So read the result with care."
        )
    return " ".join(parts)


def _digits(x: float, line: float) -> int:
    """One decimal, or as many more as show on which side of the line a number lies."""
    return next((d for d in (1, 2, 3) if round(x, d) != round(line, d)), 1)


# ---------------------------------------------------------------- how alike the arms were


def balance_sentence(balance: Balance, language: str) -> str:
    """Of how many characteristics the arms were equal: at the start, and among those compared."""
    nl = dutch(language)
    groups = list(dict.fromkeys(c.group for c in balance))
    chosen = [g for g in groups if g == START] + [g for g in groups if g != START][:1]
    parts = []
    for group in chosen:
        told = _alike(balance.within(group), language)
        start = ("Bij de start", "At the start")
        where = start if group == START else ("Bij wie is vergeleken", "Among those compared")
        parts += [f"{where[0 if nl else 1]}: {told}"] if told else []
    judged = {
        name
        for name, found in characteristics(balance).items()
        for c in found
        if c.group in chosen and c.standardised is not None
    }
    if parts and any("=" in c.column for c in balance):
        n = len(judged)
        what = ("kenmerk" if n == 1 else "kenmerken", "characteristic" + "s" * (n > 1))
        parts.insert(
            0,
            f"We vergeleken de groepen op {n} {what[0]} van vooraf (een kenmerk met meer waarden"
            " telt één keer)."
            if nl
            else f"We compared the groups on {n} {what[1]} known beforehand (one with several"
            " values counts once).",
        )
    if not parts:
        return (
            "We weten niet hoe goed de groepen vooraf op elkaar leken."
            if nl
            else "We do not know how alike the groups were beforehand."
        )
    return " ".join(parts)


def _alike(balance: Balance, language: str) -> str:
    nl = dutch(language)
    worst = [max(found, key=how_far) for found in characteristics(balance).values()]
    found = {v: [c for c in worst if c.verdict is v] for v in BaselineVerdict}
    words = {
        BaselineVerdict.SATISFIED: ("bijna gelijk", "almost equal"),
        BaselineVerdict.ADJUST: ("met een klein verschil", "with a small difference"),
        BaselineVerdict.NOT: ("met een groot verschil", "with a large difference"),
    }
    counts = [(len(found[v]), text[0 if nl else 1]) for v, text in words.items() if found[v]]
    if not counts:
        return ""
    several = counts[0][0] > 1
    noun = (
        ("kenmerken" if several else "kenmerk")
        if nl
        else ("characteristics" if several else "characteristic")
    )
    parts = [f"{n} {word}" for n, word in counts]
    parts[0] = f"{counts[0][0]} {noun} {counts[0][1]}"
    text = f"{_and(parts, nl=nl)}."
    unequal = [*found[BaselineVerdict.ADJUST], *found[BaselineVerdict.NOT]]
    known = [c.adjusted for c in unequal if c.adjusted is not None]
    if known and all(known):
        text += (
            " De berekening houdt daar rekening mee." if nl else " The estimate allows for this."
        )
    elif known:
        text += (
            " De berekening houdt niet met al deze verschillen rekening."
            if nl
            else " The estimate does not allow for all of these differences."
        )
    if found[BaselineVerdict.NOT]:
        text += " Lees de uitkomst voorzichtig." if nl else " Read the result with care."
    return text


def _and(parts: list[str], *, nl: bool) -> str:
    word = "en" if nl else "and"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


# ---------------------------------------------------------------- several outcomes at once

CHANCE = 0.05


def multiplicity_sentence(found: Multiplicity, language: str) -> str:
    """How many differences are clear alone, and how many when all that were looked at count."""
    nl = dutch(language)
    tested = [item for item in found if item.adjusted is not None]
    alone = sum((item.p_value or 0) < CHANCE for item in tested)
    together = sum((item.adjusted or 0) < CHANCE for item in tested)
    if not tested:
        return (
            "Over de belangrijkste uitkomsten kunnen we hier niets zeggen."
            if nl
            else "We cannot say anything here about the main outcomes."
        )
    if len(tested) == 1:
        return (
            "Er is één belangrijkste verschil. Daarom is er geen correctie nodig."
            if nl
            else "There is one main difference. So no adjustment is needed."
        )
    if nl:
        text = (
            f"We keken naar {len(tested)} belangrijke verschillen. Hoe meer verschillen, hoe"
            f" sneller er één opvalt door toeval. Los bekeken {_are(alone, nl=nl)} duidelijk."
        )
        left = f"{'blijven' if together > 1 else 'blijft'} er {together or 'geen'} over"
        return text + (f" Houden we daar rekening mee, dan {left}." if alone else "")
    text = (
        f"We looked at {len(tested)} main differences. The more differences, the sooner one stands"
        f" out by chance. Each alone, {_are(alone, nl=nl)} clear."
    )
    left = f"{together or 'none'} {'remain' if together > 1 else 'remains'}"
    return text + (f" When we allow for that, {left}." if alone else "")


def _are(n: int, *, nl: bool) -> str:
    if nl:
        return f"{'zijn' if n > 1 else 'is'} er {n or 'geen'}"
    return f"{n or 'none'} {'are' if n > 1 else 'is'}"


# ---------------------------------------------------------------- too small to matter, or not worse


def equivalence_sentence(found: Equivalence, language: str) -> str:
    """Whether a difference that matters is ruled out.

    The interval of the two tests (90 %) is not told: beside that of the effect it would confuse.
    """
    nl = dutch(language)
    line = decimal(found.margin, digits_for(found.margin), language)
    return {
        Shown.EQUIVALENT: (
            f"Het verschil is waarschijnlijk te klein om van belang te zijn (minder dan {line}).",
            f"The difference is probably too small to matter (less than {line}).",
        ),
        Shown.MATTERS: (
            f"Het verschil is waarschijnlijk groot genoeg om van belang te zijn (meer dan {line}).",
            f"The difference is probably large enough to matter (more than {line}).",
        ),
        Shown.NOT_SHOWN: (
            f"Of het verschil groot genoeg is om van belang te zijn (meer dan {line}), weten we nog"
            " niet.",
            f"Whether the difference is large enough to matter (more than {line}), we do not know"
            " yet.",
        ),
        Shown.NO_ANSWER: (_no_uncertainty(nl=True), _no_uncertainty(nl=False)),
    }[found.verdict][0 if nl else 1]


def noninferiority_sentence(found: NonInferiority, language: str) -> str:
    """Whether being worse by what matters is ruled out."""
    nl = dutch(language)
    if found.low is None:
        return _no_uncertainty(nl=nl)
    line = decimal(found.margin, digits_for(found.margin), language)
    if found.verdict is Shown.NOT_INFERIOR:
        return (
            "De uitkomst is niet ongunstiger, of hooguit zo weinig dat het niet van belang is"
            f" (minder dan {line})."
            if nl
            else "The result is not less favourable, or at most by too little to matter (less than"
            f" {line})."
        )
    return (
        f"We kunnen niet uitsluiten dat de uitkomst ongunstiger is ({line} of meer)."
        if nl
        else f"We cannot rule out that the result is less favourable (by {line} or more)."
    )


def _no_uncertainty(*, nl: bool) -> str:
    return (
        "Op deze vraag kunnen we nu geen antwoord geven: we weten niet hoe onzeker het verschil is."
        if nl
        else "We cannot answer this question now: we do not know how uncertain the difference is."
    )


# ---------------------------------------------------------------- without one of the clusters


def told(influence: Influence) -> list[Without]:
    """Those that may be told: of a cluster with fewer than 10 pupils its absence tells too much."""
    if not shown(influence.finding):
        return []
    return [w for w in influence.without if w.finding and may_leave(w.pupils) and shown(w.finding)]


def influence_sentence(influence: Influence, language: str) -> str:
    """The range without one of the clusters, and whether the conclusion stays; names none."""
    nl, effect, plan = dutch(language), influence.effect, influence.effect.plan
    found = [w.estimate for w in told(influence) if w.estimate is not None]
    if not found or influence.finding.verdict is Verdict.NO_ANSWER:
        return finding_sentence(influence.finding, plan, language)
    digits = _digits_of(effect, min(found), max(found))
    low, high, full = (
        decimal(x, digits, language) for x in (min(found), max(found), effect.estimate)
    )
    units, unit = plan.study.cluster_label[language], plan.measure(effect.outcome).unit[language]
    step = f" {per_step(plan, language)}" if plan.dose else ""
    changed, unanswered, n = (
        len(part) for part in (influence.changed, influence.unanswered, influence.without)
    )
    same_side = {_side(w.verdict) for w in influence.changed} == {_side(influence.finding.verdict)}
    large = influence.finding.verdict in (Verdict.MATTERS, Verdict.HARMS)
    smaller = changed and same_side and large and not unanswered
    one = units_of(plan, 1, language)
    if nl:
        parts = [
            f"Zonder één van de {units} ligt het verschil{step} tussen {low} en {high} {unit}. Met"
            f" alle {units} is het {full}."
        ]
        if smaller:
            parts.append(
                f"Laten we één {one} weg, dan blijft er een verschil. Bij {changed} van de {n}"
                f" {units} is dan niet meer zeker dat het groot genoeg is om van belang te zijn."
            )
        elif changed and same_side:
            parts.append(
                f"Bij {changed} van de {n} {units} verandert dan alleen hoe zeker we zijn dat het"
                " verschil van belang is."
            )
        elif changed:
            parts.append(f"Bij {changed} van de {n} {units} verandert dan de conclusie.")
        if unanswered:
            parts.append(f"Bij {unanswered} van de {n} {units} is er dan geen antwoord meer.")
        if not changed and not unanswered:
            parts.append("De conclusie blijft gelijk, welke we ook weglaten.")
        return " ".join(parts)
    parts = [
        f"Without one of the {units} the difference{step} lies between {low} and {high} {unit}."
        f" With all {units} it is {full}."
    ]
    if smaller:
        parts.append(
            f"When we leave out one {one}, a difference remains. For {changed} of the {n} {units}"
            " it is then no longer sure that it is large enough to matter."
        )
    elif changed and same_side:
        parts.append(
            f"For {changed} of the {n} {units} it then only changes how sure we are that the"
            " difference matters."
        )
    elif changed:
        parts.append(f"For {changed} of the {n} {units} the conclusion then changes.")
    if unanswered:
        parts.append(f"For {unanswered} of the {n} {units} there is no answer any more.")
    if not changed and not unanswered:
        parts.append("The conclusion stays the same, whichever is left out.")
    return " ".join(parts)


def _side(verdict: Verdict) -> str | Verdict:
    """Verdicts that differ only in how large a difference surely is, are on one side."""
    if verdict in CLEAR:
        return "worse" if verdict in WORSE else "better"
    return verdict


def _digits_of(effect: Effect, low: float, high: float) -> int:
    """How many decimals tell the interval of an effect, or else the range given."""
    width = math.inf if effect.low is None or effect.high is None else effect.high - effect.low
    return digits_for(width if math.isfinite(width) else high - low)


WORDS = {
    "nl": {
        "too small": "te klein om van\nbelang te zijn",
        "all": "met\nalle",
        "without": "zonder\néén",
        "worse": "← ongunstiger",
        "better": "gunstiger →",
        "hidden": "niet getoond (minder dan 10 leerlingen)",
        "no answer": "geen antwoord mogelijk",
        "up": "↑ gunstiger",
        "down": "↓ ongunstiger",
        "plan": "plan",
        "adjusted": "Rekening gehouden met",
        "nothing": "niets",
        "everything": "alles",
        "before": "de meting vooraf",
        "inference": "Onzekerheid volgens",
        "method": "Andere methode",
    },
    "en": {
        "too small": "too small\nto matter",
        "all": "with\nall",
        "without": "without\none",
        "worse": "← less favourable",
        "better": "more favourable →",
        "hidden": "not shown (fewer than 10 pupils)",
        "no answer": "no answer possible",
        "up": "↑ more favourable",
        "down": "↓ less favourable",
        "plan": "plan",
        "adjusted": "Adjusted for",
        "nothing": "nothing",
        "everything": "everything",
        "before": "the measurement before",
        "inference": "Uncertainty by",
        "method": "Other method",
    },
}


def influence_picture(influences: Influences, language: str, *, narrow: bool = False) -> Figure:
    """Every effect as a point, and a tick where it lies without each of the clusters."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    rows = _rows(influences, language)
    size = (NARROW if narrow else WIDE, _influence_height(rows, narrow=narrow))
    figure = Figure(figsize=size, facecolor=PAPER)
    _draw_influence(figure.add_axes((0, 0, 1, 1)), rows, language, narrow=narrow)
    return figure


def plot_influence(influences: Influences, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    rows = _rows(influences, language)
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _influence_height(rows, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    _draw_influence(ax, rows, language, narrow=False)
    return ax


def influence_drawing(influences: Influences, language: str) -> Drawing:
    """The picture for a notebook, with its alternative text."""
    picture = png(influence_picture(influences, language))
    return Drawing(picture, influence_alternative(influences, language))


def influence_block(influences: Influences, language: str) -> Picture:
    """The picture for a report."""
    nl = dutch(language)
    units = influences[0].effect.plan.study.cluster_label[language]
    caption = (
        f"Punt: het verschil met alle {units}. Streepjes: hetzelfde zonder één van de {units}."
        " Ruitje: dan is de conclusie anders. Getallen: met alle, en het bereik zonder één."
        if nl
        else f"Point: the difference with all {units}. Ticks: the same without one of the {units}."
        " Diamond: then the conclusion is another. Numbers: with all, and the range without one."
    )
    return in_both_widths(
        lambda narrow: influence_picture(influences, language, narrow=narrow),
        influence_alternative(influences, language),
        caption,
    )


def influence_alternative(influences: Influences, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    nl = dutch(language)
    parts = [
        "Figuur met per uitkomst het verschil, en het verschil zonder één van de"
        f" {influences[0].effect.plan.study.cluster_label[language]}."
        if nl
        else "Picture with, per outcome, the difference, and the difference without one of the"
        f" {influences[0].effect.plan.study.cluster_label[language]}."
    ]
    for item in influences:
        found = [w.finding.g for w in told(item) if w.finding and w.finding.g is not None]
        if found:
            value = decimal(item.finding.g, 2, language)
            span = interval(min(found), max(found), 2, language)
            without = "zonder één" if nl else "without one"
            numbers = f"{value} ({without}: {span})"
        else:
            numbers = "niet getoond of geen antwoord" if nl else "not shown or no answer"
        parts.append(f"{_name(item.effect, language)}: {numbers}.")
    parts.append(
        "De getallen staan ook in de tabel." if nl else "The numbers are also in the table."
    )
    return " ".join(parts)


def influence_table(influences: Influences, language: str) -> Table:
    """Every effect, its range without one cluster, and how often the conclusion changes."""
    nl = dutch(language)
    units = influences[0].effect.plan.study.cluster_label[language]
    header = (
        ("Uitkomst", "Moment", "Groep", "Verschil", "Zonder één", "g", "g zonder één",
         "Andere conclusie")
        if nl
        else ("Outcome", "Moment", "Group", "Difference", "Without one", "g", "g without one",
              "Other conclusion")
    )  # fmt: skip
    rows = []
    for item in influences:
        first = _cells(item.effect, language)
        found = [w.finding for w in told(item) if w.finding]
        estimates = [f.effect.estimate for f in found if f.effect.estimate is not None]
        sizes = [f.effect.g for f in found if f.effect.g is not None]
        if not estimates:
            rows.append((*first, *(NONE,) * 5))
            continue
        digits = _digits_of(item.effect, min(estimates), max(estimates))
        other = len(item.changed) + len(item.unanswered)
        of = "van" if nl else "of"
        rows.append((
            *first, decimal(item.effect.estimate, digits, language),
            interval(min(estimates), max(estimates), digits, language),
            decimal(item.effect.g, 2, language),
            interval(min(sizes), max(sizes), 2, language) if sizes else NONE,
            f"{other} {of} {len(item.without)}",
        ))  # fmt: skip
    caption = (
        f"Het verschil zonder één van de {units}"
        if nl
        else f"The difference without one of the {units}"
    )
    note = (
        f"Van laag naar hoog over alle {units}. Streepje: niet te berekenen, of minder dan"
        f" {fewest()} leerlingen in een groep; een kleinere telt niet mee in het bereik. Andere"
        " conclusie: ook als er geen antwoord meer is."
        if nl
        else f"From low to high over all {units}. Dash: cannot be computed, or fewer than {fewest()}"
        " pupils in a group; one smaller than that is left out of the range. Other conclusion:"
        " also when there is no answer any more."
    )
    return Table(caption, header, tuple(rows), (False,) * 3 + (True,) * 5, note)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the picture: the name of an outcome, or an effect under it."""

    name: str
    note: str = ""
    item: Influence | None = None


def _rows(influences: Influences, language: str) -> list[_Row]:
    """Outcomes in the order of the plan, waves in order of time, from top to bottom."""
    plan = influences[0].effect.plan
    several = len({item.effect.arm for item in influences}) > 1
    waves, arms = ("", *plan.waves), tuple(plan.study.arms)

    def place(item: Influence) -> tuple[int, int, int]:
        e = item.effect
        arm = arms.index(e.arm) if e.arm in arms else 0
        return plan.outcomes.index(e.outcome), waves.index(e.wave), arm

    out, last = [], None
    for item in sorted(influences, key=place):
        e = item.effect
        wave = plan.wave_label(e.outcome, e.wave)[language]
        head = (e.outcome, e.wave if several else "")
        if head != last:
            out.append(_Row(_title(e, language), wave if several else ""))
            last = head
        out.append(_Row(plan.arm(e.arm).label[language] if several else wave, "", item))
    return out


def _influence_height(rows: Sequence[_Row], *, narrow: bool) -> float:
    names = sum(row.item is None for row in rows)
    return TOP + names * GROUP + (len(rows) - names) * _step(rows, narrow=narrow) + FOOT


def _step(rows: Sequence[_Row], *, narrow: bool) -> float:
    """The height of a line: more on a phone, and where a label needs two lines."""
    longest = max(len(row.name) for row in rows if row.item is not None)
    if narrow:
        return ROW * (2.3 if longest > NARROW_LABEL else 1.75)
    return ROW * (1.35 if longest > LABEL else 1)


def _draw_influence(ax: Axes, rows: Sequence[_Row], language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    words, (small, normal) = WORDS[language], SIZES[narrow]
    width = NARROW if narrow else WIDE
    left, right = (0.08, width - 0.08) if narrow else (1.95, 5.05)
    items = [row.item for row in rows if row.item]
    smallest = items[0].effect.plan.smallest_effect
    points = [
        w.finding.g for item in items for w in told(item) if w.finding and w.finding.g is not None
    ]
    points += [i.finding.g for i in items if i.finding.g is not None and shown(i.finding)]
    at = _scale([-1.5 * smallest, 1.5 * smallest, *points], left, right)
    ax.set_xlim(0, width)
    ax.set_ylim(_influence_height(rows, narrow=narrow), 0)
    ax.axis("off")
    band = (at(-smallest), at(smallest))
    middle = min(max(at(0), left + 0.55), right - 0.55)
    grey: dict[str, Any] = {"size": small, "color": SOFT}
    ax.text(
        middle, TOP + 0.06, words["too small"], ha="center", va="bottom", linespacing=1.1, **grey
    )
    if not narrow:
        ax.text(NUMBER, TOP + 0.06, words["all"], ha="right", va="bottom", **grey)
        ax.text(RANGE, TOP + 0.06, words["without"], va="bottom", **grey)
    y, first, step = TOP, True, _step(rows, narrow=narrow)
    for i, row in enumerate(rows):
        if row.item is None:
            if not first:
                ax.plot([0, width], [y + 0.03] * 2, color=LINE, lw=0.8)
            y += GROUP
            name = ax.text(0, y - 0.1, row.name, size=normal, color=INK, weight="bold", va="center")
            if row.note:
                ax.annotate(row.note, (1, 0.5), xycoords=name, xytext=(5, 0), size=small,
                            textcoords="offset points", color=SOFT, va="center")  # fmt: skip
            first = False
            continue
        line_y = y + (step - 0.13 if narrow else step / 2)
        top = line_y - 0.13 if narrow else y
        ends_group = i + 1 == len(rows) or rows[i + 1].item is None
        bottom = y + step - (0.02 if ends_group else 0)
        ax.fill_between(band, top, bottom, color=BAND, lw=0)
        ax.plot([at(0)] * 2, [top, bottom], color=SOFT, lw=0.9)
        label = textwrap.fill(row.name, NARROW_LABEL if narrow else LABEL)
        label_y = y + 0.13 if narrow else line_y
        top_y, va = (y + 0.07, "top") if narrow else (line_y, "center")
        ax.text(0, top_y, label, va=va, linespacing=1.05, **grey)
        _influence_marks(ax, row.item, line_y, label_y, at, language, narrow=narrow)
        y += step
    turn = min(max(at(0), 1.18), width - 1.18)  # the words stay within the picture
    ax.text(turn - 0.07, y + 0.16, words["worse"], ha="right", va="center", **grey)
    ax.text(turn + 0.07, y + 0.16, words["better"], va="center", **grey)


def _influence_marks(
    ax: Axes,
    item: Influence,
    line_y: float,
    label_y: float,
    at: Callable[[float], float],
    language: str,
    *,
    narrow: bool,
) -> None:
    """The point of one effect, a tick for each cluster left out, and the numbers."""
    found = [(w, w.finding.g) for w in told(item) if w.finding and w.finding.g is not None]
    if not found or item.finding.g is None:
        no_number(ax, item.finding, WORDS[language], label_y, narrow=narrow)
        return
    clear, colour = item.finding.verdict in CLEAR, colour_of(item.finding)
    changed = {w.cluster for w in item.changed}
    ticks = [g for w, g in found if w.cluster not in changed]
    others = [g for w, g in found if w.cluster in changed]
    ends = [g for _, g in found]
    point_y, rug_y = line_y - 0.04, line_y + 0.07
    ax.plot([at(min(ends)), at(max(ends))], [point_y] * 2, color=colour, lw=1.6, zorder=3,
            solid_capstyle="round")  # fmt: skip
    ax.plot([at(g) for g in ticks], [rug_y] * len(ticks), "|", ms=5, mec=colour, mew=0.8,
            alpha=0.7, zorder=3)  # fmt: skip
    ax.plot([at(g) for g in others], [rug_y] * len(others), "D", ms=3.6, mfc=PAPER, mec=INK,
            mew=0.9, zorder=5)  # fmt: skip
    ax.plot(at(item.finding.g), point_y, "o", ms=7, mfc=colour if clear else PAPER, mec=colour,
            mew=1.5, zorder=4)  # fmt: skip
    value, span = decimal(item.finding.g, 2, language), interval(min(ends), max(ends), 2, language)
    number(ax, item.finding, value, span, line_y, label_y, narrow=narrow)


def _scale(values: Sequence[float], start: float, end: float) -> Callable[[float], float]:
    """From numbers to inches, with a little room at both ends."""
    low, high = min(values), max(values)
    margin = 0.06 * (high - low)
    low, high = low - margin, high + margin

    def at(x: float) -> float:
        return start + (x - low) / (high - low) * (end - start)

    return at


def _title(effect: Effect, language: str) -> str:
    """The outcome, named in its favourable direction."""
    measure = effect.plan.measure(effect.outcome)
    name = (measure.better_label if measure.better == "lower" else measure.label)[language]
    return name[:1].upper() + name[1:]


def _cells(effect: Effect, language: str) -> tuple[str, str, str]:
    """Outcome, moment and arm of a row of a table."""
    plan = effect.plan
    wave = plan.wave_label(effect.outcome, effect.wave)[language] or NONE
    return plan.measure(effect.outcome).label[language], wave, plan.arm(effect.arm).label[language]


def _name(effect: Effect, language: str) -> str:
    """Outcome, moment and arm in one run."""
    plan = effect.plan
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    parts = (_title(effect, language), wave, plan.arm(effect.arm).label[language])
    return ", ".join(part for part in parts if part)


# ---------------------------------------------------------------- under other choices

NARROW_LABEL = 24  # letters of a label that fit before the numbers on a phone
PANEL, CHOICE, HEAD = 1.9, 0.2, 0.3  # height of the estimates, of a choice, and of a group's name


def curve_sentence(curve: Curve, language: str) -> str:
    """The range over the specifications, and how often the conclusion is the same."""
    nl, effect, plan = dutch(language), curve.effect, curve.effect.plan
    span = curve.range
    verdict = curve.planned.finding.verdict
    if not shown(curve.planned.finding) or span is None or verdict is Verdict.NO_ANSWER:
        return finding_sentence(curve.planned.finding, plan, language)
    digits = _digits_of(effect, *span)
    low, high, middle, own = (
        decimal(x, digits, language) for x in (*span, curve.median, effect.estimate)
    )
    unit, n, same = (
        plan.measure(effect.outcome).unit[language],
        len(curve.specifications),
        curve.same,
    )
    step = f" {per_step(plan, language)}" if plan.dose else ""
    if nl:
        range_ = f"ligt dan tussen {low} en {high} {unit}; het middelste is {middle}"
        lies = range_ if low != high else f"is steeds {own} {unit}"
        stays = "De conclusie is steeds dezelfde."
        if same < n:
            way = f"{_way(curve, language)} Bij {same}" if verdict in CLEAR else ""
            stays = (
                f"{way or f'Bij {same} van de {n}'} is de conclusie dezelfde als volgens het plan."
            )
        plan_ = "" if low == high else f" Volgens het plan is het {own}."
        return f"We rekenden het op {n} manieren uit. Het verschil{step} {lies}.{plan_} {stays}"
    range_ = f"then lies between {low} and {high} {unit}; the middle one is {middle}"
    lies = range_ if low != high else f"is {own} {unit} each time"
    stays = "The conclusion is the same each time."
    if same < n:
        way = f"{_way(curve, language)} In {same}" if verdict in CLEAR else ""
        stays = f"{way or f'In {same} of the {n}'} the conclusion is that of the plan."
    plan_ = "" if low == high else f" By the plan it is {own}."
    return f"We computed it in {n} ways. The difference{step} {lies}.{plan_} {stays}"


def _way(curve: Curve, language: str) -> str:
    """In how many specifications the difference goes the way of the plan, and clearly so."""
    nl, verdict = dutch(language), curve.planned.finding.verdict
    found, worse = [s.finding for s in curve.specifications], verdict in WORSE
    n = len(found)
    way = sum(f.g is not None and (f.g < 0 if worse else f.g > 0) for f in found)
    clear = sum(_side(f.verdict) == _side(verdict) for f in found)
    if nl:
        kind = "ongunstig" if worse else "gunstig"
        many = f"Bij alle {n}" if way == n else f"Bij {way} van de {n}"
        if clear == way:
            return f"{many} is het verschil duidelijk {kind}."
        return f"{many} is het verschil {kind}; bij {clear} is dat duidelijk."
    kind = "unfavourable" if worse else "favourable"
    many = f"In all {n}" if way == n else f"In {way} of the {n}"
    if clear == way:
        return f"{many} the difference is clearly {kind}."
    return f"{many} the difference is {kind}; in {clear} clearly so."


def curve_picture(curve: Curve, language: str, *, narrow: bool = False) -> Figure:
    """Every estimate with its interval, and under it the choices that gave it."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    size = (NARROW if narrow else WIDE, _curve_height(curve, narrow=narrow))
    figure = Figure(figsize=size, facecolor=PAPER)
    _draw_curve(figure.add_axes((0, 0, 1, 1)), curve, language, narrow=narrow)
    return figure


def plot_curve(curve: Curve, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _curve_height(curve, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    _draw_curve(ax, curve, language, narrow=False)
    return ax


def curve_drawing(curve: Curve, language: str) -> Drawing:
    """The picture for a notebook, with its alternative text."""
    return Drawing(png(curve_picture(curve, language)), curve_alternative(curve, language))


def curve_block(curve: Curve, language: str) -> Picture:
    """The picture for a report."""
    nl = dutch(language)
    smallest = decimal(curve.effect.plan.smallest_effect, 2, language)
    caption = (
        f"{_name(curve.effect, language)}, op alle manieren uitgerekend. Boven: het verschil"
        " (standaardmaat) met de onzekerheid. Onder: de keuzes. Gekleurd: volgens het plan."
        " Dicht punt: duidelijk verschil. Het grijze vlak: een verschil kleiner dan"
        f" {smallest} is te klein om van belang te zijn."
        if nl
        else f"{_name(curve.effect, language)}, computed in every way. Above: the difference"
        " (standard measure) with its uncertainty. Below: the choices. Coloured: by the plan."
        f" Filled point: a clear difference. The grey band: a difference below {smallest} is too"
        " small to matter."
    )
    return in_both_widths(
        lambda narrow: curve_picture(curve, language, narrow=narrow),
        curve_alternative(curve, language),
        caption,
    )


def curve_alternative(curve: Curve, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    nl = dutch(language)
    start = (
        f"Figuur met {len(curve.specifications)} berekeningen van één verschil, van ongunstig naar"
        f" gunstig, en de keuzes per berekening. {_name(curve.effect, language)}."
        if nl
        else f"Picture with {len(curve.specifications)} computations of one difference, from less"
        f" to more favourable, and the choices of each. {_name(curve.effect, language)}."
    )
    end = "De getallen staan ook in de tabel." if nl else "The numbers are also in the table."
    return f"{start} {curve_sentence(curve, language)} {end}"


def curves_table(curves: Curves, language: str) -> Table:
    """Every effect: as planned, and the median and range over the specifications."""
    nl = dutch(language)
    header = (
        ("Uitkomst", "Moment", "Groep", "Volgens plan", "Mediaan", "Van laag naar hoog",
         "Zelfde conclusie")
        if nl
        else ("Outcome", "Moment", "Group", "As planned", "Median", "From low to high",
              "Same conclusion")
    )  # fmt: skip
    rows = []
    for curve in curves:
        span = curve.range
        if not shown(curve.planned.finding) or span is None:
            rows.append((*_cells(curve.effect, language), *(NONE,) * 4))
            continue
        digits = _digits_of(curve.effect, *span)
        own, middle = (decimal(x, digits, language) for x in (curve.effect.estimate, curve.median))
        same = f"{curve.same} {'van' if nl else 'of'} {len(curve.specifications)}"
        rows.append((*_cells(curve.effect, language), own, middle,
                     interval(*span, digits, language), same))  # fmt: skip
    caption = "Hetzelfde op andere manieren berekend" if nl else "The same computed in other ways"
    note = (
        "Verschillen in eigen eenheden. De manieren: gecorrigeerd voor niets, voor elk kenmerk"
        " apart of voor alle, met elke maat van onzekerheid; steeds dezelfde leerlingen."
        if nl
        else "Differences in their own units. The ways: adjusted for nothing, for each"
        " characteristic alone or for all, with each measure of uncertainty; on the same pupils."
    )
    return Table(caption, header, tuple(rows), (False,) * 3 + (True,) * 4, note)


def curve_table(curve: Curve, language: str) -> Table:
    """Every specification of one effect, in the order of the picture."""
    nl, plan = dutch(language), curve.effect.plan
    header = (
        ("Rekening gehouden met", "Onzekerheid", "Verschil", "95%-interval", "g",
         "95%-interval van g", "Zelfde conclusie")
        if nl
        else ("Adjusted for", "Uncertainty", "Difference", "95% interval", "g",
              "95% interval of g", "Same conclusion")
    )  # fmt: skip
    rows = []
    for s in curve.specifications if shown(curve.planned.finding) else ():
        e, words = s.effect, WORDS[language]
        adjusted = "; ".join(_control(plan, name, language) for name in s.covariates)
        if s.covariates == curve.controls and len(s.covariates) > 1:
            adjusted = words["everything"]
        low, high = (e.estimate or 0.0,) * 2 if curve.range is None else curve.range
        digits = _digits_of(curve.effect, low, high)
        alike = s.finding.verdict is curve.planned.finding.verdict
        rows.append((
            (adjusted or words["nothing"]) + (f" ({words['plan']})" if s.planned else ""),
            s.inference.value, decimal(e.estimate, digits, language),
            interval(e.low, e.high, digits, language), decimal(e.g, 2, language),
            interval(e.g_low, e.g_high, 2, language),
            ("ja" if nl else "yes") if alike else ("nee" if nl else "no"),
        ))  # fmt: skip
    numeric = (False, False, True, True, True, True, False)
    return Table(_name(curve.effect, language), header, tuple(rows), numeric)


def _control(plan: Plan, name: str, language: str) -> str:
    """What is adjusted for; an outcome's own baseline by its role."""
    if SEPARATES_WAVE in name or (name in plan.baselines and name not in plan.study.columns):
        return WORDS[language]["before"]
    return plan.column_label(name)[language]


@dataclass(frozen=True, slots=True)
class _Choices:
    """A group of choices under the curve: its name, and per choice who made it."""

    name: str
    choices: tuple[tuple[str, tuple[bool, ...]], ...]


def _choices(curve: Curve, language: str) -> list[_Choices]:
    words, plan = WORDS[language], curve.effect.plan
    found = curve.specifications
    adjusted = [
        (words["nothing"], tuple(not s.covariates for s in found)),
        *(
            (_control(plan, name, language), tuple(name in s.covariates for s in found))
            for name in curve.controls
        ),
    ]
    kinds = dict.fromkeys(s.inference for s in sorted(found, key=lambda s: s.inference.value))
    by = [(kind.value, tuple(s.inference is kind for s in found)) for kind in kinds]
    out = [_Choices(words["adjusted"], tuple(adjusted))] if curve.controls else []
    out.append(_Choices(words["inference"], tuple(by)))
    plain = (Method.DIFFERENCE, Method.ADJUSTED)
    others = dict.fromkeys(s.method for s in found if s.method not in plain)
    if others:
        made = [(m.value, tuple(s.method is m for s in found)) for m in others]
        out.append(_Choices(words["method"], tuple(made)))
    return out


def _curve_height(curve: Curve, *, narrow: bool) -> float:
    groups = _choices(curve, "nl")
    lines = sum(len(group.choices) for group in groups)
    return TOP + PANEL + len(groups) * HEAD + lines * CHOICE * (1.9 if narrow else 1) + 0.1


def _draw_curve(ax: Axes, curve: Curve, language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    words, (small, normal) = WORDS[language], SIZES[narrow]
    width = NARROW if narrow else WIDE
    left, right = (0.42, width - 0.1) if narrow else (2.2, width - 0.1)
    height = _curve_height(curve, narrow=narrow)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    grey: dict[str, Any] = {"size": small, "color": SOFT}
    found = [s for s in curve.specifications if s.finding.g is not None]
    if not found or not shown(curve.planned.finding):
        why = words["no answer"] if shown(curve.planned.finding) else words["hidden"]
        ax.text(width / 2, TOP + PANEL / 2, why, ha="center", va="center", **grey)
        return
    smallest = curve.effect.plan.smallest_effect
    ends = [x for s in found for x in (s.finding.low, s.finding.g, s.finding.high)
            if x is not None and math.isfinite(x)]  # fmt: skip
    at = _scale([-1.2 * smallest, 1.2 * smallest, *ends], TOP + PANEL, TOP)
    step = min((right - left) / len(curve.specifications), 0.5)
    places = [left + (i + 0.5) * step for i in range(len(curve.specifications))]
    own = next(x for x, s in zip(places, curve.specifications, strict=True) if s.planned)
    half = min(step / 2, 0.14)
    ax.fill_between([left, right], at(-smallest), at(smallest), color=BAND, lw=0)
    ax.fill_between([own - half, own + half], TOP, height - 0.04, color=MARK_GROUND, lw=0)
    ax.plot([left, right], [at(0)] * 2, color=SOFT, lw=0.9)
    placed: list[float] = []
    for g in (0.0, smallest, -smallest, max(ends), min(ends)):
        if all(abs(at(g) - y) >= 0.16 for y in placed):  # the numbers stay clear of each other
            number = decimal(g, 2 if g else 0, language)
            ax.text(left - 0.06, at(g), number, ha="right", va="center", **grey)
            placed.append(at(g))
    value = f"{words['plan']}: {decimal(curve.planned.finding.g, 2, language)}"
    inside = min(max(own, left + 0.35), right - 0.35)
    ax.text(inside, TOP - 0.05, value, size=small, color=ACCENT, weight="bold", ha="center",
            va="bottom")  # fmt: skip
    if not narrow:
        middle = min(max(at(0), TOP + 0.34), TOP + PANEL - 0.34)
        ax.text(0, middle, words["too small"], va="center", linespacing=1.1, **grey)
        ax.text(0, TOP + 0.06, words["up"], va="center", **grey)
        ax.text(0, TOP + PANEL - 0.06, words["down"], va="center", **grey)
    else:
        side = right if own < (left + right) / 2 else left
        ax.text(side, TOP - 0.05, words["up"], ha="right" if side == right else "left", va="bottom",
                **grey)  # fmt: skip
    for x, s in zip(places, curve.specifications, strict=True):
        _estimate(ax, s, x, at)
    y = TOP + PANEL
    for group in _choices(curve, language):
        ax.text(0, y + 0.2, group.name, size=normal, color=INK, weight="bold", va="center")
        y += HEAD
        for label, made in group.choices:
            label_y = y + CHOICE / 2
            dots_y = label_y + (CHOICE * 0.85 if narrow else 0)
            ax.text(0, label_y, textwrap.shorten(label, 34, placeholder=" …"), va="center", **grey)
            for x, s, so in zip(places, curve.specifications, made, strict=True):
                colour = (ACCENT if s.planned else SOFT) if so else LINE
                ax.plot(x, dots_y, "o", ms=4.6 if so else 2.2, color=colour, mec="none")
            y += CHOICE * (1.9 if narrow else 1)


def _estimate(ax: Axes, s: Specification, x: float, at: Callable[[float], float]) -> None:
    """One estimate of the curve; a limit without end runs to the edge and ends in an arrow."""
    finding = s.finding
    if finding.g is None:
        return
    clear = finding.verdict in CLEAR
    colour = (ACCENT if finding.verdict not in WORSE else SUN) if s.planned else SOFT
    if finding.low is not None and finding.high is not None:
        edges = {-math.inf: TOP + PANEL, math.inf: TOP}
        low, high = (edges[g] if g in edges else at(g) for g in (finding.low, finding.high))
        ax.plot([x, x], [low, high], color=colour, lw=2.6 if s.planned else 1.2, zorder=3,
                solid_capstyle="round")  # fmt: skip
        for g, marker in ((finding.low, "v"), (finding.high, "^")):
            if g in edges:
                ax.plot(x, edges[g], marker, ms=4, color=colour, zorder=3)
    ax.plot(x, at(finding.g), "o", ms=7 if s.planned else 4.6, mfc=colour if clear else PAPER,
            mec=colour, mew=1.4, zorder=4)  # fmt: skip
