"""Gaps in words, pictures and tables: of groups, of background, over schools, over a career.

A gap is described and not explained: no sentence here says what it comes from.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academic_workplace.cohorts.contrasts import DOUBTS, Estimate
from academic_workplace.cohorts.gaps import Career, Gap, Gaps, Step
from academic_workplace.cohorts.inequality import Inequality
from academic_workplace.cohorts.segregation import Segregated, Segregation, SegregationBounds
from academic_workplace.disclosure import shown_count
from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.report.document import (
    ACCENT,
    INK,
    LINE,
    PAPER,
    SOFT,
    SUN,
    Block,
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
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    digits_for,
    interval,
    of_hundred,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Labels = Mapping[str, Text]

NOT_WHY = Text(
    "Dit laat zien hoe groot het verschil is, niet waar het vandaan komt.",
    "This shows how large the difference is, not where it comes from.",
)
CHANCE = Text("Dit verschil kan ook toeval zijn.", "This difference may also be chance.")
HIDDEN = Text(
    "Over {} tonen we niets: dat zou over minder dan 10 leerlingen gaan.",
    "Of {} nothing is shown: that would be about fewer than 10 pupils.",
)
MEASURE = {
    "raw": Text("verschil", "difference"),
    "raw, pupils with known background": Text(
        "verschil, leerlingen met bekende kenmerken", "difference, pupils with known background"
    ),
    "adjusted": Text("verschil bij gelijke kenmerken", "difference at equal background"),
    "g": Text("in standaardmaten (g)", "in standard deviations (g)"),
    "V": Text("volgens de volgorde (V)", "by order (V)"),
    "superiority": Text("hoger, van de 100 paren", "higher, of 100 pairs"),
    "U3": Text("onder het midden van de groep, van de 100", "below the group's middle, of 100"),
    "bottom": Text("meer in het laagste kwart, van de 100", "more in the lowest quarter, of 100"),
    "quantile": Text("verschil bij {}", "difference at {}"),
}
OF_HUNDRED = ("superiority", "U3", "bottom")  # shares, whatever the outcome is
SAME_PUPILS = "raw, pupils with known background"
IN_UNITS = ("raw", SAME_PUPILS, "adjusted", "quantile")
INDEX = {
    "slope index": Text("van laagste tot hoogste (SII)", "from lowest to highest (SII)"),
    "relative index": Text("hoogste gedeeld door laagste (RII)", "highest over lowest (RII)"),
    "concentration index": Text("concentratie-index (C)", "concentration index (C)"),
    "Erreygers index": Text("concentratie-index volgens Erreygers", "Erreygers' index"),
    "Wagstaff index": Text("concentratie-index volgens Wagstaff", "Wagstaff's index"),
    "gradient": Text("per standaardmaat achtergrond", "per standard deviation of background"),
    "dissimilarity": Text("ongelijke verdeling (D)", "dissimilarity (D)"),
    "isolation": Text("eigen groep op school", "isolation"),
    "exposure": Text("andere groep op school", "exposure"),
    "eta squared": Text("eigen groep boven het aandeel (eta²)", "isolation beyond share (eta²)"),
    "Theil's H": Text("informatie-index (H)", "information index (H)"),
    "mutual information": Text("gedeelde informatie (M)", "mutual information (M)"),
    "Gini": Text("Gini", "Gini"),
}

# ---------------------------------------------------------------- words and numbers


def _name(word: str, labels: Labels, language: str) -> str:
    """A column or value in words for readers, or as it stands between quotes."""
    return labels[word][language] if word in labels else f"‘{word}’"


def _digits(found: Estimate, times: float) -> int:
    if found.low is None or found.high is None:
        return 0 if times > 1 else 1
    return 0 if times > 1 else min(digits_for(found.high - found.low), 2)


def _moved(x: float, digits: int, language: str, words: tuple[Text, Text, Text]) -> str:
    """``5,1 lager``. words: below, above and equal."""
    below, above, equal = words
    if round(abs(x), digits) == 0:
        return equal[language]
    return f"{decimal(abs(x), digits, language)} {(above if x > 0 else below)[language]}"


HEIGHT_WORDS = (
    Text("lager", "lower"),
    Text("hoger", "higher"),
    Text("even hoog", "no different"),
)
COUNT_WORDS = (Text("minder", "fewer"), Text("meer", "more"), Text("evenveel", "as many"))
SPREAD_WORDS = (
    Text("omlaag", "down"),
    Text("omhoog", "up"),
    Text("gelijk", "level"),
)


def _range(
    found: Estimate, times: float, digits: int, language: str, words: tuple[Text, Text, Text]
) -> str:
    """``(waarschijnlijk tussen 0,4 en 9,7 lager)``, or nothing where there are no limits."""
    if found.low is None or found.high is None:
        return ""
    low, high = found.low * times, found.high * times
    nl = dutch(language)
    first, last = (_moved(x, digits, language, words) for x in (low, high))
    if low > 0 or high < 0:  # one side of no difference: the word once, the smallest first
        near, far = sorted((abs(low), abs(high)))
        side = words[1 if low > 0 else 0][language]
        first = decimal(near, digits, language)
        last = f"{decimal(far, digits, language)} {side}"
    told = f"tussen {first} en {last}" if nl else f"between {first} and {last}"
    return f" ({'waarschijnlijk' if nl else 'probably'} {told})"


def _may_be_chance(found: Estimate) -> bool:
    return found.low is not None and found.high is not None and found.low <= 0 <= found.high


def _join(words: Sequence[str], language: str) -> str:
    last = " en " if dutch(language) else " and "
    return last.join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def gaps_sentence(gaps: Gaps, language: str) -> str:
    """Per group: the gap (in the last cohort), how it changed, at equal background, how sure."""
    dutch(language)  # refuses any third language
    out: list[str] = []
    for group in dict.fromkeys(gap.group for gap in gaps):
        own = [gap for gap in gaps if gap.group == group]
        shown = [gap for gap in own if not gap.withheld]
        for gap in own:
            if gap.withheld:
                out.append(HIDDEN[language].format(_who(gap, gaps, language)))
        if shown:
            last = shown if gaps.programme else shown[-1:]
            out += [_one(gap, gaps, language) for gap in last]
            out += [_change(c.raw, c.at, c.since, gap_of(shown, c.at), gap_of(shown, c.since),
                            gaps, language)
                    for c in gaps.changes if c.group == group and (gaps.programme
                    or c.at == last[0].at)]  # fmt: skip
    doubts = dict.fromkeys(d for gap in gaps for d in gap.doubts)
    return " ".join([*out, *(DOUBTS[d][language] for d in doubts), NOT_WHY[language]])


def gap_of(gaps: Sequence[Gap], at: str) -> Gap:
    """The gap of one cohort."""
    return next(gap for gap in gaps if gap.at == at)


def _who(gap: Gap, gaps: Gaps, language: str) -> str:
    group = _name(gap.group, gaps.labels, language)
    if not gap.at:
        return group
    return f"{group} ({_name(gap.at, gaps.labels, language).strip('‘’')})"


def _one(gap: Gap, gaps: Gaps, language: str) -> str:
    """The sentences of one gap."""
    nl, raw = dutch(language), gap.raw
    group = _name(gap.group, gaps.labels, language)
    reference = _name(gap.reference, gaps.labels, language)
    outcome = _name(gaps.outcome, gaps.labels, language)
    if raw is None or gap.mean is None or gap.mean_reference is None:
        return HIDDEN[language].format(_who(gap, gaps, language))
    at = _name(gap.at, gaps.labels, language).strip("‘’")
    where = f"In {at}: " if gap.at and not gaps.programme else f"{at}: " if gap.at else ""
    times = 100.0 if gaps.share else 1.0
    words = COUNT_WORDS if gaps.share else HEIGHT_WORDS
    digits = _digits(raw, times)
    span = _range(raw, times, digits, language, words)
    if gaps.share:
        first, second = of_hundred(gap.mean), of_hundred(gap.mean_reference)
        moved = _moved(raw.value * 100, 0, language, words)
        told = (
            f"Van de 100 leerlingen in de groep {group} geldt {outcome} voor {first}, in de groep"
            f" {reference} voor {second}: {moved}{span}."
            if nl
            else f"Of 100 pupils in the group {group}, {outcome} holds for {first}, in the group"
            f" {reference} for {second}: {moved}{span}."
        )
    else:
        moved = _moved(raw.value, digits, language, words)
        told = (
            f"Leerlingen in de groep {group} staan bij {outcome} gemiddeld {moved} dan leerlingen in"
            f" de groep {reference}{span}."
            if nl
            else f"Pupils in the group {group} stand {moved} on average than pupils in the group"
            f" {reference} for {outcome}{span}."
        )
        if moved == words[2][language]:
            told = told.replace(" dan leerlingen in", " als leerlingen in")
    parts = [where + (told[:1].lower() + told[1:] if where else told)]
    if _may_be_chance(raw):
        parts.append(CHANCE[language])
    if gap.superiority is not None:
        n = of_hundred(gap.superiority.value)
        parts.append(
            f"Kies steeds één leerling uit elke groep: dan staat de leerling uit de groep {group}"
            f" {n} van de 100 keer hoger."
            if nl
            else f"Take one pupil from each group, time and again: the pupil from the group {group}"
            f" stands higher {n} times in 100."
        )
    if gap.adjusted is not None:
        given = _join([_name(x, gaps.labels, language) for x in gaps.given], language)
        d = _digits(gap.adjusted, times)
        moved = _moved(gap.adjusted.value * times, d, language, words)
        per = (" per 100 leerlingen" if nl else " per 100 pupils") if gaps.share else ""
        parts.append(
            f"Bij leerlingen met een gelijke waarde voor {given} is het verschil {moved}{per}"
            f"{_range(gap.adjusted, times, d, language, words)}."
            if nl
            else f"Among pupils alike in {given} the difference is {moved}{per}"
            f"{_range(gap.adjusted, times, d, language, words)}."
        )
    return " ".join(parts)


def _change(
    found: Estimate, at: str, since: str, now: Gap, before: Gap, gaps: Gaps, language: str
) -> str:
    """How a gap differs between two cohorts or arms."""
    if now.raw is None or before.raw is None:
        return ""
    nl, times = dutch(language), 100.0 if gaps.share else 1.0
    d = _digits(found, times)
    a, b = (_name(x, gaps.labels, language).strip("‘’") for x in (at, since))
    size = abs(abs(now.raw.value) - abs(before.raw.value)) * times
    smaller = abs(now.raw.value) < abs(before.raw.value)
    same_side = now.raw.value * before.raw.value > 0
    per = (" per 100 leerlingen" if nl else " per 100 pupils") if gaps.share else ""
    if same_side:
        word = ("kleiner" if smaller else "groter") if nl else ("smaller" if smaller else "larger")
        told = (
            f"In {a} is het verschil {decimal(size, d, language)}{per} {word} dan in {b}"
            if nl
            else f"In {a} the difference is {decimal(size, d, language)}{per} {word} than in {b}"
        )
    else:
        told = (
            f"In {a} ligt het verschil aan de andere kant dan in {b}"
            if nl
            else f"In {a} the difference lies on the other side than in {b}"
        )
    if _may_be_chance(found):
        doubt = "; dat kan ook toeval zijn" if nl else "; that may also be chance"
        return f"{told}{doubt}."
    if found.low is None:
        return f"{told}. {'Hoe zeker dat is, weten we niet.' if nl else 'How sure that is, is not known.'}"
    return f"{told}{'; dat is meer dan toeval' if nl else '; that is more than chance'}."


def inequality_sentence(found: Inequality, language: str) -> str:
    """How the outcome runs from the lowest to the highest background, in the last cohort."""
    nl, out = dutch(language), []
    outcome = _name(found.outcome, found.labels, language)
    background = _name(found.background, found.labels, language)
    hidden = [one for one in found if one.withheld]
    for one in hidden:
        out.append(HIDDEN[language].format(f"{outcome} {one.at}".strip()))
    shown = [one for one in found if one.slope_index is not None]
    if shown:
        one = shown[-1]
        sii = one.slope_index
        if sii is None:
            return " ".join(out)
        share = found.bounds == (0.0, 1.0)
        times = 100.0 if share else 1.0
        d = _digits(sii, times)
        span = _range(sii, times, d, language, SPREAD_WORDS)
        where = f"In {one.at}: " if one.at else ""
        size = decimal(abs(sii.value) * times, d, language)
        per = (" van de 100" if nl else " of 100") if share else ""
        side = SPREAD_WORDS[1 if sii.value > 0 else 0][language]
        out.append(
            f"{where}Van de laagste naar de hoogste {background} loopt {outcome} gemiddeld"
            f" {size}{per} {side}{span}."
            if nl
            else f"{where}From the lowest to the highest {background}, {outcome} goes {side} by"
            f" {size}{per} on average{span}."
        )
        if _may_be_chance(sii):
            out.append(CHANCE[language])
    doubts = dict.fromkeys(d for one in found for d in one.doubts)
    return " ".join([*out, *(DOUBTS[d][language] for d in doubts), NOT_WHY[language]])


def segregation_sentence(found: Segregation, language: str) -> str:
    """What an even spread would ask, what chance gives, and whom a pupil meets."""
    nl, out = dutch(language), []
    group = _name(found.member, found.labels, language)
    for one in found:
        if one.withheld:
            out.append(HIDDEN[language].format(f"{group} {one.at}".strip()))
    shown = [one for one in found if not one.withheld]
    if not shown:
        return " ".join(out)
    one = shown[-1]
    D, mine = one["dissimilarity"], one["isolation"]
    where = f"In {one.at}: " if one.at else ""
    expected = of_hundred(D.expected or 0)
    out.append(
        f"{where}{of_hundred(D.value)} van de 100 leerlingen in de groep {group} zouden naar een"
        f" andere plek moeten om de groep gelijk over de {one.units} plekken te verdelen. Bij een"
        f" verdeling door loting zou dat al voor {expected} van de 100 gelden."
        if nl
        else f"{where}{of_hundred(D.value)} of 100 pupils in the group {group} would have to move to"
        f" spread the group evenly over the {one.units} units. With a spread by lot that would"
        f" already hold for {expected} of 100."
    )
    if D.p_value is not None and D.p_value > 0.05:
        out.append(
            "Het verschil met loting kan toeval zijn."
            if nl
            else "The difference from a lot may be chance."
        )
    elif D.corrected is not None and D.low is not None and D.high is not None:
        c, low, high = (of_hundred(x) for x in (D.corrected, D.low, D.high))
        out.append(
            f"Zonder het toeval van kleine aantallen schatten we {c} van de 100 (waarschijnlijk"
            f" tussen {low} en {high})."
            if nl
            else f"Without the chance of small numbers the estimate is {c} of 100 (probably between"
            f" {low} and {high})."
        )
    out.append(
        f"Op de plek van een leerling in deze groep hoort gemiddeld {of_hundred(mine.value)} van de"
        f" 100 leerlingen bij de groep; overal samen is dat {of_hundred(one.share or 0)} van de 100."
        if nl
        else f"At the unit of a pupil in this group {of_hundred(mine.value)} of 100 pupils belong to"
        f" the group on average; everywhere together that is {of_hundred(one.share or 0)} of 100."
    )
    return " ".join(out)


def segregation_bounds_sentence(found: SegregationBounds, language: str) -> str:
    """Between what the spread lies when counts are hidden."""
    low, high = (of_hundred(float(x)) for x in (found.dissimilarity.low, found.dissimilarity.high))
    if dutch(language):
        return (
            "Een deel van de aantallen is niet bekend (minder dan 5). Daarom weten we alleen:"
            f" minstens {low} en hoogstens {high} van de 100 leerlingen in de groep zouden naar een"
            " andere plek moeten voor een gelijke verdeling."
        )
    return (
        "Some of the counts are not known (fewer than 5). So all that is known is: at least"
        f" {low} and at most {high} of 100 pupils in the group would have to move for an even"
        " spread."
    )


def career_sentence(career: Career, language: str) -> str:
    """The gap at the first and the last step, and how many pupils are still known."""
    nl, out = dutch(language), []
    for cohort in dict.fromkeys(s.cohort for s in career):
        own = [s for s in career if s.cohort == cohort]
        shown = [s for s in own if s.known is not None and s.known.g is not None]
        if len(shown) < len(own):
            missing = [_name(s.step, career.labels, language) for s in own if s not in shown]
            out.append(
                f"Niet getoond of nog niet bekend{f' in {cohort}' if cohort else ''}:"
                f" {_join(missing, language)}."
                if nl
                else f"Not shown or not yet known{f' in {cohort}' if cohort else ''}:"
                f" {_join(missing, language)}."
            )
        if shown:
            out.append(_steps(shown, career, cohort, language))
    doubts = dict.fromkeys(d for s in career if s.known for d in s.known.doubts)
    return " ".join([*out, *(DOUBTS[d][language] for d in doubts), NOT_WHY[language]])


def _steps(shown: Sequence[Step], career: Career, cohort: str, language: str) -> str:
    nl, told = dutch(language), []
    several = len({s.cohort for s in career}) > 1
    for s in [shown[0], *shown[1:][-1:]] if several else shown:
        g = s.known.g if s.known else None
        if g is not None:
            d = 2
            told.append(
                f"{_name(s.step, career.labels, language)}"
                f" {_moved(g.value, d, language, HEIGHT_WORDS)}"
                f"{_range(g, 1.0, d, language, HEIGHT_WORDS)}"
            )
    group = _name(shown[0].group, career.labels, language)
    reference = _name(shown[0].reference, career.labels, language)
    where = f"{cohort}: " if cohort else ""
    text = (
        f"{where}zo veel standaardmaten hoger of lager staat de groep {group} dan {reference}:"
        f" {'; '.join(told)}."
        if nl
        else f"{where}so many standard deviations higher or lower the group {group} stands than"
        f" {reference}: {'; '.join(told)}."
    )
    text = text[:1].upper() + text[1:]
    last = shown[-1]
    if last.pupils is not None and last.of_start:
        n = of_hundred(last.pupils / last.of_start)
        text += (
            f" Van de 100 leerlingen van de eerste stap is er bij de laatste stap van {n} een"
            " uitkomst bekend."
            if nl
            else f" Of 100 pupils at the first step, the outcome at the last step is known of {n}."
        )
    return text


# ---------------------------------------------------------------- pictures

MARKS = ("o", "s", "^", "D", "v")
COLOURS = (ACCENT, SUN, INK, SOFT, ACCENT)
DASHES: tuple[Any, ...] = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), "-")
HEIGHT = {False: 3.0, True: 2.9}  # inches, without the key of a phone
KEY = 0.2  # inches of a row of that key
HEAD, FOOT = 0.34, 0.32  # room for the heading and for the names below
LETTER = 0.072  # inches of a letter
APART = 0.09  # of the room between two places: how far two lines stand beside each other
STEP = 0.18  # inches between two names at the end of lines
ROW, TALL = 0.34, 0.52  # inches of a row; on a phone, where a name stands above its line


@dataclass(frozen=True, slots=True)
class Dots:
    """A line of estimates with intervals: a value per place, None where there is none."""

    name: str
    values: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """A picture: places from left to right, lines of estimates, a heading, the word at zero."""

    places: tuple[str, ...]
    lines: tuple[Dots, ...]
    heading: str
    zero: str
    times: float = 1.0
    least: float | None = None  # where the axis must begin


def over_figure(over: Over, language: str, *, narrow: bool = False) -> Figure:
    """Estimates with intervals, over cohorts or levels; named at their ends, or in a key."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    several = [line for line in over.lines if line.name]
    heads = textwrap.wrap(over.heading, 52 if narrow else 95)
    top = HEAD + 0.16 * (len(heads) - 1) + (KEY * len(several) if narrow else 0)
    width, height = (NARROW if narrow else WIDE), HEIGHT[narrow] + top - HEAD
    longest = max((len(line.name) for line in several), default=0)
    left = 0.5
    right = 0.12 if narrow else 0.2 + LETTER * min(longest, 26)
    lines_below = _wrapped(over.places, (width - left - right) / len(over.places))
    foot = FOOT + 0.15 * (max(label.count("\n") for label in lines_below))
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    box = (left / width, foot / height, (width - left - right) / width,
           (height - top - foot) / height)  # fmt: skip
    ax = figure.add_axes(box)
    _draw_over(ax, over, lines_below, language, narrow=narrow)
    small = SIZES[narrow][0]
    for i, head in enumerate(heads):
        figure.text(0.02, 1 - (0.13 + 0.16 * i) / height, head, size=small, color=SOFT, va="center")
    if narrow:
        for i, line in enumerate(several):
            y = 1 - (0.13 + 0.16 * len(heads) + KEY * i) / height
            ax.plot([0.02, 0.12], [y, y], transform=figure.transFigure, clip_on=False, **_style(i))
            figure.text(0.15, y, line.name, size=small, color=_style(i)["color"], va="center")
    return figure


def _wrapped(places: Sequence[str], room: float) -> list[str]:
    """The names below, on as many lines as they need."""
    letters = max(int(room / LETTER), 5)
    return [
        p.replace("/", "/\n", 1)
        if len(p) > letters and " " not in p
        else "\n".join(textwrap.wrap(p, letters, break_long_words=False)) or p
        for p in places
    ]


def _style(i: int) -> dict[str, Any]:
    """A line by its place: colour, dash and mark all differ, so that grey tells them apart too."""
    k = i % len(MARKS)
    return {"color": COLOURS[k], "ls": DASHES[k], "marker": MARKS[k], "ms": 6, "lw": 1.6,
            "mfc": COLOURS[k] if k % 2 == 0 else PAPER, "mew": 1.4, "zorder": 4}  # fmt: skip


def _draw_over(ax: Axes, over: Over, names: Sequence[str], language: str, *, narrow: bool) -> None:
    small, n = SIZES[narrow][0], len(over.places)
    known = [e for line in over.lines for e in line.values if e is not None]
    ends = [x * over.times for e in known for x in (e.value, e.low, e.high) if x is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = 0.1 * (high - low) or 1.0
    low, high = low - (room if over.least is None else 0.02 * room), high + room
    ax.set_xlim(-0.45, n - 0.55)
    ax.set_ylim(low, high)
    ax.axhline(0, color=INK, lw=0.9, zorder=2)
    if over.zero:
        ax.annotate(over.zero, (-0.45, 0), xytext=(2, 3), textcoords="offset points", size=small,
                    color=SOFT, zorder=6,
                    bbox={"fc": PAPER, "ec": "none", "pad": 0.6, "alpha": 0.85})  # fmt: skip
    last: list[tuple[float, str, str]] = []
    for i, line in enumerate(over.lines):
        style = _style(i)
        shift = (i - (len(over.lines) - 1) / 2) * APART
        at = [j + shift for j, e in enumerate(line.values) if e is not None]
        found = [e for e in line.values if e is not None]
        y = [e.value * over.times for e in found]
        gaps = [math.nan if e is None else e.value * over.times for e in line.values]
        ax.plot([j + shift for j in range(n)], gaps, **(style | {"marker": "", "zorder": 3}))
        for x, e in zip(at, found, strict=True):
            if e.low is not None and e.high is not None:
                ax.plot([x, x], [e.low * over.times, e.high * over.times], color=style["color"],
                        lw=1.4, solid_capstyle="butt", zorder=3)  # fmt: skip
        ax.plot(at, y, **(style | {"ls": ""}))
        if line.name and y:
            last.append((y[-1], line.name, style["color"]))
        if len(over.lines) == 1:
            digits = max((_digits(e, over.times) for e in found), default=0)
            for x, e in zip(at, found, strict=True):
                above = e.value if e.high is None else max(e.high, e.value)
                ax.annotate(decimal(e.value * over.times, digits, language),
                            (x, above * over.times), xytext=(0, 4), textcoords="offset points",
                            size=small, color=INK, ha="center", va="bottom", zorder=6,
                            bbox={"fc": PAPER, "ec": "none", "pad": 0.5, "alpha": 0.85})  # fmt: skip
    for j in range(n):
        if all(line.values[j] is None for line in over.lines):
            ax.text(j, low + 0.5 * (high - low), "niet getoond" if dutch(language) else "not shown",
                    rotation=90, size=small, color=SOFT, ha="center", va="center")  # fmt: skip
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(LINE)
    ax.grid(axis="y", color=LINE, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=SOFT)
    ax.set_xticks(range(n), names)
    marks, digits = _marks(low, high)
    ax.set_yticks(marks, [decimal(m, digits, language) for m in marks])
    if not narrow:
        _name_ends(ax, last, small)


def _name_ends(ax: Axes, last: Sequence[tuple[float, str, str]], small: float) -> None:
    """The names at the ends of the lines, apart from each other."""
    low, high = ax.get_ylim()
    inches = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).height
    per_line = STEP / inches * (high - low)
    above = math.inf
    for value, name, colour in sorted(last, reverse=True):
        told = textwrap.fill(name, 26)
        height = per_line * (1 + told.count("\n"))
        y = min(value, above - height / 2)
        above = y - height / 2
        ax.annotate(told, (1, y), xycoords=("axes fraction", "data"), xytext=(7, 0),
                    textcoords="offset points", size=small, color=colour, va="center",
                    annotation_clip=False)  # fmt: skip


def _marks(low: float, high: float) -> tuple[list[float], int]:
    """Round values from low to high, 1, 2 or 5 apart, and their decimals."""
    rough = (high - low) / 5
    power = math.floor(math.log10(rough))
    step = next(s for s in (1, 2, 5, 10) if s * 10.0**power >= rough) * 10.0**power
    first, last = math.ceil(low / step), math.floor(high / step)
    return [i * step for i in range(first, last + 1)], max(0, -math.floor(math.log10(step) + 1e-9))


def rows_figure(over: Over, language: str, *, narrow: bool = False) -> Figure:
    """One place only: a row per line of estimates, with its numbers at the right."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    step = TALL if narrow else ROW
    heads = textwrap.wrap(over.heading, 52 if narrow else 95)
    top = 0.12 + 0.16 * len(heads)
    width, height = (NARROW if narrow else WIDE), top + step * len(over.lines) + 0.3
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    ax = figure.add_axes((0, 0, 1, 1))
    _draw_rows(ax, over, heads, language, narrow=narrow)
    return figure


def _draw_rows(ax: Axes, over: Over, heads: Sequence[str], language: str, *, narrow: bool) -> None:
    small, normal = SIZES[narrow]
    step, top = (TALL if narrow else ROW), 0.12 + 0.16 * len(heads)
    width, height = (NARROW if narrow else WIDE), top + step * len(over.lines) + 0.3
    left, right = (0.1, width - 0.1) if narrow else (2.55, 5.1)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    known = [line.values[0] for line in over.lines if line.values[0] is not None]
    ends = [x * over.times for e in known for x in (e.value, e.low, e.high) if x is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = 0.06 * (high - low) or 1.0

    def at(x: float) -> float:
        return left + (x - low + room) / (high - low + 2 * room) * (right - left)

    for i, head in enumerate(heads):
        ax.text(0, 0.11 + 0.16 * i, head, size=small, color=SOFT, va="center")
    bottom = height - 0.28
    if not narrow:
        ax.plot([at(0)] * 2, [top, bottom], color=INK, lw=0.9)
    half = LETTER * len(over.zero) / 2
    ax.text(min(max(at(0), half), width - half), height - 0.14, over.zero, size=small, color=SOFT,
            ha="center", va="center")  # fmt: skip
    for i, line in enumerate(over.lines):
        y = top + step * i + (step - 0.13 if narrow else step / 2)
        label_y = y - 0.2 if narrow else y
        found, style = line.values[0], _style(i)
        if narrow:  # names and numbers stand between the lines
            ax.plot([at(0)] * 2, [y - 0.1, y + 0.12], color=INK, lw=0.9)
        ax.text(0, label_y, textwrap.shorten(line.name, 40, placeholder="…"), size=small, color=INK,
                va="center")  # fmt: skip
        if found is None:
            why = "niet getoond" if dutch(language) else "not shown"
            ax.text(right if narrow else 5.3, label_y, why, size=small, color=SOFT, va="center",
                    ha="right" if narrow else "left")  # fmt: skip
            continue
        if found.low is not None and found.high is not None:
            ends = [at(found.low * over.times), at(found.high * over.times)]
            ax.plot(ends, [y, y], color=style["color"], lw=1.6, solid_capstyle="butt")
        ax.plot(at(found.value * over.times), y, **(style | {"ls": ""}))
        d = _digits(found, over.times)
        value = decimal(found.value * over.times, d, language)
        span = _interval(found, over.times, d, language)
        if narrow:
            ax.text(width, label_y, f"{value}  ({span})", size=small, color=INK, ha="right",
                    va="center")  # fmt: skip
        else:
            ax.text(5.75, y, value, size=normal, color=INK, ha="right", va="center")
            ax.text(5.9, y, span, size=small, color=SOFT, va="center")


def _interval(found: Estimate, times: float, digits: int, language: str) -> str:
    if found.low is None or found.high is None:
        return NONE
    return interval(found.low * times, found.high * times, digits, language)


# ---------------------------------------------------------------- which picture of what


def gaps_over(gaps: Gaps, language: str) -> Over:
    """Raw gaps over the cohorts; with one group also the adjusted ones."""
    nl = dutch(language)
    places = tuple(dict.fromkeys(gap.at for gap in gaps))
    groups = tuple(dict.fromkeys(gap.group for gap in gaps))
    lines = []
    for group in groups:
        own = [gap for gap in gaps if gap.group == group]
        name = _name(group, gaps.labels, language)
        adjusted = bool(gaps.given) and len(groups) == 1
        several = len(groups) > 1 or adjusted or len(places) == 1
        told = ("alle leerlingen" if nl else "all pupils") if adjusted else name
        lines.append(Dots(told if several else "", tuple(gap.raw for gap in own)))
        if adjusted:
            given = _join([_name(x, gaps.labels, language) for x in gaps.given], language)
            told = f"bij gelijke {given}" if nl else f"at equal {given}"
            lines.append(Dots(told, tuple(gap.adjusted for gap in own)))
    reference = _name(gaps[0].reference, gaps.labels, language)
    who = f"{_name(groups[0], gaps.labels, language)}: " if len(groups) == 1 else ""
    unit = (" per 100 leerlingen" if nl else " per 100 pupils") if gaps.share else ""
    heading = (
        f"{who}hoger (+) of lager (−) dan {reference}{unit}, met waarschijnlijke grenzen"
        if nl
        else f"{who}higher (+) or lower (−) than {reference}{unit}, with likely limits"
    )
    stops = any(e is None for line in lines for e in line.values)
    if stops and len(places) > 1:
        heading += " (waar een lijn stopt: niet getoond)" if nl else " (no mark: not shown)"
    heading = heading[:1].upper() + heading[1:]
    names = tuple(_name(p, gaps.labels, language).strip("‘’") for p in places)
    zero = "geen verschil" if nl else "no difference"
    return Over(names, tuple(lines), heading, zero, 100.0 if gaps.share else 1.0)


def distribution_over(gaps: Gaps, language: str) -> Over:
    """The gaps at several levels of the distribution, in the last cohort that is shown."""
    nl = dutch(language)
    shown = [gap for gap in gaps if gap.quantiles]
    last = [gap for gap in shown if gap.at == shown[-1].at] if shown else []
    levels = tuple(last[0].quantiles) if last else ()
    several = len(last) > 1
    lines = tuple(
        Dots(_name(g.group, gaps.labels, language) if several else "", tuple(g.quantiles.values()))
        for g in last
    )
    places = tuple(_level(level, language) for level in levels)
    reference = _name(gaps[0].reference, gaps.labels, language)
    at = f" ({last[0].at})" if last and last[0].at else ""
    who = f"{_name(last[0].group, gaps.labels, language)}: " if len(last) == 1 else ""
    heading = (
        f"{who}hoger (+) of lager (−) dan {reference}, van de laagste tot de hoogste leerlingen van"
        f" elke groep{at}"
        if nl
        else f"{who}higher (+) or lower (−) than {reference}, from the lowest to the highest pupils"
        f" of each group{at}"
    )
    heading = heading[:1].upper() + heading[1:]
    return Over(places, lines, heading, "geen verschil" if nl else "no difference")


def _level(level: float, language: str) -> str:
    """``laagste 10%``, ``midden``, ``hoogste 10%``."""
    nl = dutch(language)
    if math.isclose(level, 0.5):
        return "midden" if nl else "middle"
    low = level < 0.5
    part = decimal(
        100 * min(level, 1 - level), 0 if round(level * 100, 9) % 1 == 0 else 1, language
    )
    word = ("laagste" if low else "hoogste") if nl else ("lowest" if low else "highest")
    return f"{word} {part}%"


def career_over(career: Career, language: str) -> Over:
    """The gap in standard deviations at every step: per cohort, or known and same pupils."""
    nl = dutch(language)
    cohorts = tuple(dict.fromkeys(s.cohort for s in career))
    lines = []
    for cohort in cohorts:
        own = [s for s in career if s.cohort == cohort]
        known = tuple(s.known.g if s.known else None for s in own)
        if len(cohorts) > 1:
            lines.append(Dots(cohort, known))
            continue
        lines.append(Dots("alle bekende leerlingen" if nl else "all pupils known", known))
        same = tuple(s.same.g if s.same else None for s in own)
        lines.append(Dots("steeds dezelfde leerlingen" if nl else "the same pupils", same))
    group = _name(career[0].group, career.labels, language)
    reference = _name(career[0].reference, career.labels, language)
    heading = (
        f"{group}: hoeveel standaardmaten hoger (+) of lager (−) dan {reference}"
        if nl
        else f"{group}: how many standard deviations higher (+) or lower (−) than {reference}"
    )
    heading = heading[:1].upper() + heading[1:]
    names = tuple(_name(s, career.labels, language).strip("‘’") for s in career.steps)
    return Over(names, tuple(lines), heading, "geen verschil" if nl else "no difference")


def inequality_over(found: Inequality, language: str) -> Over:
    """The slope index over the cohorts."""
    nl, share = dutch(language), found.bounds == (0.0, 1.0)
    outcome = _name(found.outcome, found.labels, language)
    background = _name(found.background, found.labels, language)
    per = (", van de 100 leerlingen" if nl else ", of 100 pupils") if share else ""
    heading = (
        f"Hoeveel {outcome} oploopt van de laagste naar de hoogste {background}{per}"
        if nl
        else f"How much {outcome} rises from the lowest to the highest {background}{per}"
    )
    line = Dots("" if len(found) > 1 else outcome, tuple(one.slope_index for one in found))
    places = tuple(one.at for one in found)
    zero = "geen verschil" if nl else "no difference"
    return Over(places, (line,), heading, zero, 100.0 if share else 1.0)


def segregation_over(found: Segregation, language: str) -> Over:
    """Dissimilarity, corrected for chance, beside what chance alone gives."""
    nl = dutch(language)
    group = _name(found.member, found.labels, language)
    heading = (
        f"Hoeveel van de 100 leerlingen in {group} naar een andere plek zouden moeten voor een"
        " gelijke verdeling"
        if nl
        else f"How many of 100 pupils in {group} would have to move for an even spread"
    )
    names = (
        ("geschat zonder het toeval van kleine aantallen", "geteld", "wat loting al zou geven")
        if nl
        else ("estimated without the chance of small numbers", "counted",
              "what a lot would already give")
    )  # fmt: skip
    lines = tuple(
        Dots(name, tuple(None if one.withheld else of(one) for one in found))
        for name, of in zip(names, (_corrected, _counted, _chance), strict=True)
    )
    return Over(tuple(one.at for one in found), lines, heading,
                "gelijk verdeeld" if nl else "even", 100.0, 0.0)  # fmt: skip


def _counted(one: Segregated) -> Estimate:
    return Estimate(one["dissimilarity"].value)


def _corrected(one: Segregated) -> Estimate:
    D = one["dissimilarity"]
    value = D.value if D.corrected is None else D.corrected
    return Estimate(value, None, None, D.low, D.high)


def _chance(one: Segregated) -> Estimate:
    return Estimate(one["dissimilarity"].expected or 0.0)


def _figure(over: Over, language: str, *, narrow: bool = False) -> Figure:
    draw = rows_figure if len(over.places) == 1 else over_figure
    return draw(over, language, narrow=narrow)


def _plot(over: Over, language: str, ax: Axes | None) -> Axes:
    """On axes of the caller's, or on new ones."""
    if ax is None:
        from matplotlib import pyplot

        figure = _figure(over, language)
        size = (float(figure.get_figwidth()), float(figure.get_figheight()))
        box = figure.axes[0].get_position().bounds
        ax = pyplot.figure(figsize=size).add_axes(box)
    dutch(language)  # refuses any third language
    if len(over.places) == 1:
        _draw_rows(ax, over, textwrap.wrap(over.heading, 95), language, narrow=False)
    else:
        _draw_over(ax, over, _wrapped(over.places, 5.0 / len(over.places)), language, narrow=False)
        ax.set_title(over.heading, size=SIZES[False][0], color=SOFT, loc="left")
    return ax


def alternative(over: Over, language: str) -> str:
    """What a picture shows, for who cannot see it: every number of it."""
    told = []
    d = max((_digits(e, over.times) for line in over.lines for e in line.values if e), default=0)
    for line in over.lines:
        values = []
        for place, e in zip(over.places, line.values, strict=True):
            if e is None:
                values.append(
                    f"{place} {'niet getoond' if dutch(language) else 'not shown'}".strip()
                )
                continue
            span = _interval(e, over.times, d, language)
            value = decimal(e.value * over.times, d, language)
            values.append(f"{place} {value}{'' if span == NONE else f' ({span})'}".strip())
        told.append(f"{line.name}: {', '.join(values)}" if line.name else ", ".join(values))
    return f"{over.heading}. {'; '.join(told)}."


def _drawing(over: Over, language: str) -> Drawing:
    return Drawing(png(_figure(over, language)), alternative(over, language))


def picture(over: Over, language: str) -> Picture:
    """The picture for a report, wide and for a phone."""

    def draw(narrow: bool) -> Figure:
        return _figure(over, language, narrow=narrow)

    return in_both_widths(draw, alternative(over, language), over.heading)


def plot_gaps(gaps: Gaps, language: str, ax: Axes | None) -> Axes:
    """The gaps on axes of the caller's (or new ones)."""
    return _plot(gaps_over(gaps, language), language, ax)


def gaps_drawing(gaps: Gaps, language: str) -> Drawing:
    """The gaps, for a notebook."""
    return _drawing(gaps_over(gaps, language), language)


def distribution_drawing(gaps: Gaps, language: str) -> Drawing:
    """The gap over the distribution, for a notebook. Raises PlanError where there is none."""
    _require_quantiles(gaps)
    return _drawing(distribution_over(gaps, language), language)


def _require_quantiles(gaps: Gaps) -> None:
    from academic_workplace.errors import Fault, PlanError

    if any(gap.quantiles for gap in gaps):
        return
    rule = Text(
        "Er is geen verdeling om te tonen: de uitkomst is 0 of 1, of alles is achtergehouden.",
        "There is no distribution to show: the outcome is 0 or 1, or all is withheld.",
    )
    remedy = Text("Gebruik picture().", "Use picture().")
    raise PlanError([Fault(rule, remedy, column="quantiles")])


def plot_career(career: Career, language: str, ax: Axes | None) -> Axes:
    """The gap at every step on axes of the caller's (or new ones)."""
    return _plot(career_over(career, language), language, ax)


def career_drawing(career: Career, language: str) -> Drawing:
    """The gap at every step, for a notebook."""
    return _drawing(career_over(career, language), language)


def plot_inequality(found: Inequality, language: str, ax: Axes | None) -> Axes:
    """The slope index on axes of the caller's (or new ones)."""
    return _plot(inequality_over(found, language), language, ax)


def inequality_drawing(found: Inequality, language: str) -> Drawing:
    """The slope index, for a notebook."""
    return _drawing(inequality_over(found, language), language)


def plot_segregation(found: Segregation, language: str, ax: Axes | None) -> Axes:
    """Dissimilarity on axes of the caller's (or new ones)."""
    return _plot(segregation_over(found, language), language, ax)


def segregation_drawing(found: Segregation, language: str) -> Drawing:
    """Dissimilarity, for a notebook."""
    return _drawing(segregation_over(found, language), language)


# ---------------------------------------------------------------- tables and blocks


def gaps_table(gaps: Gaps, language: str) -> Table:
    """Every measure of every gap that may be shown."""
    nl = dutch(language)
    header = ("Groep" if nl else "Group", "Wanneer of waar" if nl else "When or where",
              "Maat" if nl else "Measure", "Waarde" if nl else "Value",
              "95%-interval" if nl else "95% interval", "Leerlingen" if nl else "Pupils")  # fmt: skip
    rows = []
    for gap in gaps:
        group = _name(gap.group, gaps.labels, language)
        at = _name(gap.at, gaps.labels, language).strip("‘’") if gap.at else NONE
        if gap.withheld:
            hidden = "niet getoond" if nl else "not shown"
            rows.append((group, at, hidden, NONE, NONE, NONE))
        left = (gap.pupils or 0) + (gap.pupils_reference or 0) - (gap.pupils_adjusted or 0)
        for measure, level, e in gap.measures():
            if measure == SAME_PUPILS and shown_count(left) is None:
                continue  # the raw gap with and without them would tell of these few
            times = 100.0 if measure in OF_HUNDRED or (gaps.share and measure in IN_UNITS) else 1.0
            d = 2 if measure in ("g", "V") else _digits(e, times)
            word = MEASURE[measure][language]
            told = word.format(_level(level, language)) if level is not None else word
            pupils = f"{count(gap.pupils, language)} / {count(gap.pupils_reference, language)}"
            rows.append((group, at, told, decimal(e.value * times, d, language),
                         _interval(e, times, d, language), pupils))  # fmt: skip
    note = (
        f"Vergeleken met {_name(gaps[0].reference, gaps.labels, language)}. Leerlingen: groep /"
        " vergelijking. Van een niet getoonde groep zijn er te weinig leerlingen."
        if nl
        else f"Compared with {_name(gaps[0].reference, gaps.labels, language)}. Pupils: group /"
        " comparison. Of a group that is not shown there are too few pupils."
    )
    caption = "Verschillen tussen groepen" if nl else "Gaps between groups"
    return Table(caption, header, tuple(rows), (False, False, False, True, True, True), note)


def index_table(found: Inequality | Segregation, language: str) -> Table:
    """The indices of inequality or segregation, per cohort."""
    nl, rows = dutch(language), []
    for one in found:
        at = one.at or NONE
        if one.withheld:
            rows.append((at, "niet getoond" if nl else "not shown", NONE, NONE))
        elif isinstance(one, Segregated):
            for index in one.indices:
                span = interval(index.low, index.high, 2, language)
                rows.append((at, INDEX[index.name][language], decimal(index.value, 2, language),
                             f"{decimal(index.corrected, 2, language)} ({span})"))  # fmt: skip
        else:
            for name, e in one.measures():
                d = 2 if e.low is None or e.high is None else max(2, digits_for(e.high - e.low))
                rows.append((at, INDEX[name][language], decimal(e.value, d, language),
                             _interval(e, 1.0, d, language)))  # fmt: skip
    last = "95%-interval" if nl else "95% interval"
    if isinstance(found, Segregation):
        last = "Zonder toeval (interval)" if nl else "Without chance (interval)"
    header = ("Wanneer" if nl else "When", "Maat" if nl else "Measure",
              "Waarde" if nl else "Value", last)  # fmt: skip
    caption = "Ongelijkheid" if nl else "Inequality"
    if isinstance(found, Segregation):
        caption = "Verdeling over scholen of buurten" if nl else "Spread over schools or areas"
    return Table(caption, header, tuple(rows), (False, False, True, True))


def career_table(career: Career, language: str) -> Table:
    """The steps: the gap of all known and of the same pupils, and how many are still known."""
    nl, rows = dutch(language), []
    for s in career:
        known, same = (one.g if one is not None else None for one in (s.known, s.same))
        cells = [
            NONE if e is None else f"{decimal(e.value, 2, language)}"
            f" ({_interval(e, 1.0, 2, language)})"
            for e in (known, same)
        ]  # fmt: skip
        left = NONE
        if s.pupils is not None and s.of_start:
            left = count(of_hundred(s.pupils / s.of_start), language)
        rows.append((s.cohort or NONE, _name(s.step, career.labels, language), *cells, left))
    header = ("Cohort", "Stap" if nl else "Step", "Alle bekende leerlingen" if nl else "All known",
              "Dezelfde leerlingen" if nl else "The same pupils",
              "Nog bekend, van de 100" if nl else "Still known, of 100")  # fmt: skip
    caption = (
        "Verschil in standaardmaten tijdens de schoolloopbaan"
        if nl
        else "Gap in standard deviations over the school career"
    )
    return Table(caption, header, tuple(rows), (False, False, True, True, True))


def gaps_blocks(gaps: Gaps, language: str) -> list[Block]:
    """The sentences, the pictures and the table, for a report."""
    out: list[Block] = [Paragraph(gaps_sentence(gaps, language))]
    if not all(gap.withheld for gap in gaps):
        out.append(picture(gaps_over(gaps, language), language))
    if any(gap.quantiles for gap in gaps):
        out.append(picture(distribution_over(gaps, language), language))
    return [*out, gaps_table(gaps, language)]


def _blocks(text: str, over: Over, table: Table, language: str) -> list[Block]:
    shown = any(e is not None for line in over.lines for e in line.values)
    return [Paragraph(text), *([picture(over, language)] if shown else []), table]


def inequality_blocks(found: Inequality, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    return _blocks(inequality_sentence(found, language), inequality_over(found, language),
                   index_table(found, language), language)  # fmt: skip


def segregation_blocks(found: Segregation, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    return _blocks(segregation_sentence(found, language), segregation_over(found, language),
                   index_table(found, language), language)  # fmt: skip


def career_blocks(career: Career, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    return _blocks(career_sentence(career, language), career_over(career, language),
                   career_table(career, language), language)  # fmt: skip


def gaps_notebook(gaps: Gaps) -> str:
    """The table below the sentences in a notebook."""
    tables = {language: gaps_table(gaps, language) for language in ("nl", "en")}
    head = [Text(a, b) for a, b in zip(tables["nl"].header, tables["en"].header, strict=True)]
    from academic_workplace.language import default_language

    return notebook_table(head, tables[default_language()].rows[:40])
