"""Words and pictures for cohorts compared: raw against the same intake, parts of a gap, trends.

No sentence says what a difference comes from: what is gone at equal intake goes together with it.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from academic_workplace.cohorts.compare import Cell, Comparison, Comparisons
from academic_workplace.cohorts.contrasts import DOUBTS, Doubt, Estimate
from academic_workplace.cohorts.decompose import Decomposition, Kind
from academic_workplace.cohorts.parts import Coefficients, Element
from academic_workplace.cohorts.standardise import Shift, Standard, Standardised, StandardisedCounts
from academic_workplace.cohorts.trend import Trend
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
    Heading,
    Paragraph,
    Picture,
    Table,
)
from academic_workplace.report.figures.effects import LABEL
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, digits_for, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_SAID = 2  # comparisons in sentences; all are in the table
SAME = 0.15  # of a gap: a change below this is called about the same
MOST_COHORTS = 4  # in the picture of comparisons, beyond which only two ways are drawn
ROWS = 8  # details in a notebook's table

WAYS = {
    "raw": Text("zoals het is", "as it is"),
    "unadjusted": Text("zoals het is, zelfde leerlingen", "as it is, same pupils"),
    "standardised": Text("gelijke instroom (combinaties)", "equal intake (combinations)"),
    "inverse odds": Text("gelijke instroom (gewogen)", "equal intake (weighted)"),
    "regression": Text("gelijke instroom (regressie)", "equal intake (regression)"),
}
NO_CAUSE = Text(
    "Dit beschrijft het verschil. Het zegt niet waardoor het er is.",
    "This describes the difference. It does not say why it is there.",
)
KINDS = {
    Kind.KITAGAWA: Text("Kitagawa, symmetrische delen", "Kitagawa, symmetric parts"),
    Kind.TWOFOLD: Text("Oaxaca-Blinder, twee delen", "Oaxaca-Blinder, twofold"),
    Kind.THREEFOLD: Text("Oaxaca-Blinder, drie delen", "Oaxaca-Blinder, threefold"),
    Kind.YUN: Text("Yun, logistisch", "Yun, logistic"),
    Kind.REWEIGHTED: Text("herwegen (DiNardo, Fortin en Lemieux)",
                          "reweighting (DiNardo, Fortin and Lemieux)"),
}  # fmt: skip
VALUED = {
    Coefficients.GROUP: Text("coëfficiënten van de groep", "coefficients of the group"),
    Coefficients.REFERENCE: Text("coëfficiënten van de referentie",
                                 "coefficients of the reference"),
    Coefficients.POOLED: Text("coëfficiënten van beide samen", "pooled coefficients"),
    Coefficients.POOLED_WITH_GROUP: Text("coëfficiënten van beide samen, naast de groep",
                                         "pooled coefficients, beside the group"),
    Coefficients.COTTON: Text("gemiddelde van beide coëfficiënten (Cotton)",
                              "average of both coefficients (Cotton)"),
}  # fmt: skip


# ---------------------------------------------------------------- numbers and names


@dataclass(frozen=True, slots=True)
class _Scale:
    """How numbers of one outcome are written: shares as percentages, others with so many digits."""

    share: bool
    digits: int
    language: str

    def number(self, x: float | None) -> str:
        """A mean or a share."""
        if x is None or not math.isfinite(x):
            return NONE
        return f"{decimal(100 * x, self.digits, self.language)}%" if self.share else decimal(
            x, self.digits, self.language
        )  # fmt: skip

    def apart(self, x: float) -> str:
        """A difference, with its unit when it is one of shares."""
        if not self.share:
            return decimal(x, self.digits, self.language)
        written = decimal(100 * x, self.digits, self.language)
        several = "percentage point" if written == "1" else "percentage points"
        return f"{written} {'procentpunt' if dutch(self.language) else several}"

    def plain(self, x: float) -> str:
        """A difference without a unit."""
        return decimal(100 * x if self.share else x, self.digits, self.language)

    def signed(self, x: float) -> str:
        """A difference with its sign."""
        written = self.plain(x)
        return written if x < 0 or written.strip("0.,") == "" else f"+{written}"

    def span(self, found: Estimate | None) -> str:
        """The limits of a difference."""
        if found is None or found.low is None or found.high is None:
            return NONE
        by = 100 if self.share else 1
        return interval(by * found.low, by * found.high, self.digits, self.language)

    def told(self, found: Estimate) -> str:
        """A difference and its limits, in brackets."""
        if found.low is None:
            return self.apart(found.value)
        name = "95%-interval" if dutch(self.language) else "95% interval"
        return f"{self.apart(found.value)} ({name}: {self.span(found)})"


def _scale(found: Sequence[Estimate | None], language: str, *, share: bool) -> _Scale:
    dutch(language)  # refuses any third language
    by = 100 if share else 1
    widths = [by * (f.high - f.low) for f in found
              if f is not None and f.low is not None and f.high is not None]  # fmt: skip
    values = [by * abs(f.value) for f in found if f is not None and math.isfinite(f.value)]
    width = min(widths) if widths else max(values, default=1.0)
    return _Scale(share, digits_for(width), language)


def _word(words: Mapping[str, Text], name: str, language: str) -> str:
    return words[name][language] if name in words else name


def _named(words: Mapping[str, Text], names: Sequence[str], language: str) -> str:
    said = [_word(words, name, language) for name in names]
    if len(said) < 2:
        return "".join(said)
    return f"{', '.join(said[:-1])} {'en' if dutch(language) else 'and'} {said[-1]}"


def _ends(
    result_doubts: Sequence[Doubt], notes: Sequence[Text], language: str, *, lost: int = 0
) -> list[str]:
    """What to say after the numbers: who is missing, what is doubtful, that it only describes."""
    nl = dutch(language)
    out = []
    if lost >= 10:
        n = count(lost, language)
        out.append(f"Van {n} leerlingen is niet alles bekend; zij tellen niet mee." if nl
                   else f"Of {n} pupils not everything is known; they do not count.")  # fmt: skip
    out += [DOUBTS[each][language] for each in result_doubts]
    return [*out, *(note[language] for note in notes), NO_CAUSE[language]]


def _compared(x: float, scale: _Scale, language: str) -> str:
    nl = dutch(language)
    if scale.plain(abs(x)).strip("0.,") == "":
        return "even hoog als" if nl else "as high as"
    more = ("hoger" if nl else "higher") if x > 0 else ("lager" if nl else "lower")
    return f"{scale.apart(abs(x))} {more} {'dan' if nl else 'than'}"


# ---------------------------------------------------------------- comparisons: words


def comparisons_sentence(found: Comparisons, language: str) -> str:
    """Each cohort with the reference: as it is, and at equal intake."""
    nl = dutch(language)
    outcome = _word(found.labels, found.outcome, language)
    intake = _named(found.labels, (*found.adjust, *found.given), language)
    out: list[str] = []
    hidden = [c.cohort for c in found if c.withheld]
    told = [c for c in found if not c.withheld]
    for c in told[-MOST_SAID:]:
        if c.raw is None or c.standardised is None:
            continue
        scale = _scale([e for _, e in c.ways()], language, share=found.share)
        names = (
            _word(found.labels, c.cohort, language),
            _word(found.labels, c.reference, language),
        )
        high = _compared(c.raw.value, scale, language)
        span = _limits(c.raw, scale, language)
        out.append(f"Cohort {names[0]} is op ‘{outcome}’ gemiddeld {high} cohort {names[1]}{span}."
                   if nl else f"Cohort {names[0]} is on average {high} cohort {names[1]} on"
                   f" ‘{outcome}’{span}.")  # fmt: skip
        high = _compared(c.standardised.value, scale, language)
        span = _limits(c.standardised, scale, language)
        out.append(f"Bij gelijke instroom ({intake}) is cohort {names[0]} {high} cohort"
                   f" {names[1]}{span}." if nl else f"At equal intake ({intake}) cohort {names[0]}"
                   f" is {high} cohort {names[1]}{span}.")  # fmt: skip
        out += [t for t in (_what_intake_does(c, language), _outside_sentence(c, language)) if t]
    if len(told) > MOST_SAID:
        out.append("De andere cohorten staan in de tabel." if nl
                   else "The other cohorts are in the table.")  # fmt: skip
    if hidden:
        said = _named(found.labels, hidden, language)
        out.append(f"Niet getoond: {said}. Daar gaat het om minder dan 10 leerlingen." if nl
                   else f"Not shown: {said}. That is about fewer than 10 pupils.")  # fmt: skip
    each = list(dict.fromkeys(d for c in found for d in c.doubts))
    return " ".join([*out, *_ends(each, found.notes, language, lost=found.lost)])


def _limits(found: Estimate, scale: _Scale, language: str) -> str:
    if found.low is None:
        return ""
    name = "95%-interval" if dutch(language) else "95% interval"
    return f" ({name}: {scale.span(found)})"


def _what_intake_does(c: Comparison, language: str) -> str:
    """What becomes of the difference at equal intake, in words that name no cause."""
    if c.unadjusted is None or c.standardised is None or c.intake is None:
        return ""
    nl, raw, same = dutch(language), c.unadjusted.value, c.standardised.value
    if c.intake.low is None or c.intake.high is None:
        return ""
    if c.intake.low <= 0 <= c.intake.high:
        return ("Dat de instroom anders is, maakt voor dit verschil niet duidelijk uit." if nl
                else "That the intake differs does not clearly matter to this difference."
                )  # fmt: skip
    if raw * same < 0:
        return ("Bij gelijke instroom ligt het verschil de andere kant op." if nl
                else "At equal intake the difference goes the other way.")  # fmt: skip
    if abs(same) < abs(raw):
        return ("Een deel van het verschil hangt dus samen met een andere instroom." if nl
                else "So part of the difference goes together with another intake.")  # fmt: skip
    return ("Bij gelijke instroom is het verschil dus groter." if nl
            else "So at equal intake the difference is larger.")  # fmt: skip


def _outside_sentence(c: Comparison, language: str) -> str:
    if not c.outside:
        return ""
    return _no_counterpart(c.outside, language)


def _no_counterpart(cells: Sequence[Cell], language: str) -> str:
    nl = dutch(language)
    told = [cell for cell in cells if cell.pupils is not None]
    pupils = count(sum(cell.pupils or 0 for cell in told), language)
    n = len(cells)
    whom = f"{pupils} leerlingen" if nl else f"{pupils} pupils"
    if len(told) < n:
        whom = "te weinig leerlingen om te noemen" if nl and not told else (
            "too few pupils to tell" if not told else
            (f"{pupils} leerlingen en enkele groepjes onder de 10" if nl
             else f"{pupils} pupils and some groups below 10"))  # fmt: skip
    shown = "; ".join(f"{', '.join(cell.labels)} ({cell.only})" for cell in cells[:3])
    if nl:
        first = "Eén combinatie komt" if n == 1 else f"{n} combinaties komen"
        return (f"{first} maar aan één kant voor, zoals {shown}. Het gaat om {whom}. Voor hen is er"
                " niemand om mee te vergelijken.")  # fmt: skip
    first = "One combination occurs" if n == 1 else f"{n} combinations occur"
    return (f"{first} on one side only, such as {shown}. This is about {whom}. For them there is"
            " nobody to compare with.")  # fmt: skip


def _ways(c: Comparison) -> list[tuple[str, Estimate]]:
    """The differences that may be shown. With 1 to 9 pupils without a counterpart, the raw
    difference with and without them would tell of these."""
    few = c.covered is None or c.covered_reference is None
    return [(way, each) for way, each in c.ways() if not (few and way == "unadjusted")]


def comparisons_notebook(found: Comparisons) -> str:
    """The table below the sentences."""
    from academic_workplace.language import default_language

    language = default_language()
    rows = []
    for c in found:
        scale = _scale([e for _, e in c.ways()], language, share=found.share)
        for way, each in _ways(c):
            rows.append((_word(found.labels, c.cohort, language), WAYS[way][language],
                         scale.apart(each.value), scale.span(each)))  # fmt: skip
    head = (Text("Cohort", "Cohort"), Text("Vergelijking", "Comparison"),
            Text("Verschil", "Difference"), Text("95%-interval", "95% interval"))  # fmt: skip
    return notebook_table(head, rows) if rows else ""


def comparisons_table(found: Comparisons, language: str) -> Table:
    """Every difference, for a report."""
    nl = dutch(language)
    rows = []
    for c in found:
        if c.withheld:
            rows.append((_word(found.labels, c.cohort, language), NONE, NONE, NONE, NONE, "< 10"))
            continue
        scale = _scale([e for _, e in c.ways()], language, share=found.share)
        for way, each in _ways(c):
            rows.append((
                _word(found.labels, c.cohort, language), WAYS[way][language],
                scale.apart(each.value), scale.span(each), decimal(each.df, 1, language),
                count(c.pupils, language),
            ))  # fmt: skip
    header = (
        "Cohort", "Vergelijking" if nl else "Comparison", "Verschil" if nl else "Difference",
        "95%-interval" if nl else "95% interval", "df", "Leerlingen" if nl else "Pupils",
    )  # fmt: skip
    reference = _word(found.labels, found.reference, language)
    caption = f"Verschil met cohort {reference}" if nl else f"Difference with cohort {reference}"
    return Table(caption, header, tuple(rows), (False, False, True, True, True, True))


# ---------------------------------------------------------------- standardised: words


def standardised_sentence(found: Standardised, language: str) -> str:
    """How a gap (or mean) moved, and how it would have moved at the intake of the reference."""
    nl = dutch(language)
    out = []
    moved = [s for s in found.shifts if s.raw_change is not None]
    last: dict[str, Shift] = {s.group: s for s in moved}
    for s in last.values():
        out.append(_shift_sentence(found, s, language))
    if not moved:
        out.append(_levels_sentence(found, language))
    hidden = [f"{x.cohort} {x.group}".strip() for x in found if x.withheld]
    if hidden:
        said = _named(found.labels, hidden, language)
        out.append(f"Niet getoond: {said}. Daar gaat het om minder dan 10 leerlingen." if nl
                   else f"Not shown: {said}. That is about fewer than 10 pupils.")  # fmt: skip
    cells = [cell for x in found for cell in x.outside]
    if cells:
        out.append(_no_counterpart(cells, language))
    return " ".join([*out, *_ends(found.doubts, found.notes, language, lost=found.lost)])


def _of_whom(found: Standardised, s: Shift, language: str) -> str:
    """What moves: the gap between two groups, or the mean."""
    nl, outcome = dutch(language), _word(found.labels, found.outcome, language)
    if not s.reference_group:
        kind = ("het aandeel" if nl else "the share") if found.share else (
            "het gemiddelde" if nl else "the mean")  # fmt: skip
        return f"{kind} ‘{outcome}’"
    names = [_word(found.labels, g, language) for g in (s.group, s.reference_group)]
    return (f"het verschil in ‘{outcome}’ tussen {names[0]} en {names[1]}" if nl
            else f"the gap in ‘{outcome}’ between {names[0]} and {names[1]}")  # fmt: skip


def _shift_sentence(found: Standardised, s: Shift, language: str) -> str:
    nl = dutch(language)
    if s.raw_change is None or s.standardised_change is None or s.intake is None:
        return ""
    scale = _scale([s.raw, s.raw_change, s.standardised_change], language, share=found.share)
    start = s.raw.value - s.raw_change.value
    names = _word(found.labels, s.since, language), _word(found.labels, s.cohort, language)
    what, gap = _of_whom(found, s, language), bool(s.reference_group)
    intake = _named(found.labels, found.adjust, language)

    def size(x: float) -> str:
        return scale.apart(abs(x)) if gap else scale.number(x)

    looks = _moved(start, s.raw.value, gap, language)
    truly = _moved(start, s.standardised.value, gap, language)
    first = (f"In {names[0]} was {what} {size(start)}; in {names[1]} is het {size(s.raw.value)}."
             if nl else f"In {names[0]} {what} was {size(start)}; in {names[1]} it is"
             f" {size(s.raw.value)}.")  # fmt: skip
    if looks != truly:
        second = (f"Zo op het oog is het dus {looks}. Maar de instroom ({intake}) veranderde ook."
                  f" Bij de instroom van {names[0]} is het {size(s.standardised.value)}: {truly}."
                  if nl else f"So at first sight it is {looks}. But the intake ({intake}) changed as"
                  f" well. At the intake of {names[0]} it is {size(s.standardised.value)}:"
                  f" {truly}.")  # fmt: skip
    else:
        second = (f"Zo op het oog is het dus {looks}, ook bij de instroom ({intake}) van"
                  f" {names[0]}: dan is het {size(s.standardised.value)}." if nl
                  else f"So at first sight it is {looks}, at the intake ({intake}) of {names[0]}"
                  f" too: then it is {size(s.standardised.value)}.")  # fmt: skip
    raw, same, part = (
        _turned(e) if gap and start < 0 else e
        for e in (s.raw_change, s.standardised_change, s.intake)
    )
    third = (f"De verandering is {scale.told(raw)}; bij gelijke instroom {scale.told(same)}. Het"
             f" stuk {scale.told(part)} hangt samen met een andere instroom." if nl
             else f"The change is {scale.told(raw)}; at equal intake {scale.told(same)}. The part"
             f" {scale.told(part)} goes together with another intake.")  # fmt: skip
    if gap:
        third += " Min betekent: kleiner." if nl else " Minus means: smaller."
    if same.low is not None and same.high is not None and same.low <= 0 <= same.high:
        third += (" De verandering bij gelijke instroom kan ook toeval zijn." if nl
                  else " The change at equal intake may also be chance.")  # fmt: skip
    return f"{first} {second} {third}"


def _turned(found: Estimate) -> Estimate:
    """The same number seen from the other side."""
    low, high = (None if x is None else -x for x in (found.high, found.low))
    return replace(found, value=-found.value, low=low, high=high)


def _moved(start: float, end: float, gap: bool, language: str) -> str:
    """Smaller, larger or about the same; of a mean, lower or higher."""
    nl = dutch(language)
    a, b = (abs(start), abs(end)) if gap else (start, end)
    if gap and start * end < 0:
        return "omgekeerd" if nl else "turned round"
    if abs(b - a) < SAME * abs(a) if gap else b == a:
        return "ongeveer gelijk" if nl else "about the same"
    if gap:
        return ("kleiner" if nl else "smaller") if b < a else ("groter" if nl else "larger")
    return ("lager" if nl else "lower") if b < a else ("hoger" if nl else "higher")


def _levels_sentence(found: Standardised, language: str) -> str:
    nl, out = dutch(language), []
    for x in found:
        if x.raw is None or x.standardised is None:
            continue
        scale = _scale([x.raw], language, share=found.share)
        name = _word(found.labels, x.cohort, language)
        if x.group:
            name += f", {_word(found.labels, x.group, language)}"
        out.append(f"{name}: {scale.number(x.raw.value)}; bij gelijke instroom"
                   f" {scale.number(x.standardised.value)}." if nl else
                   f"{name}: {scale.number(x.raw.value)}; at equal intake"
                   f" {scale.number(x.standardised.value)}.")  # fmt: skip
    return " ".join(out)


def counts_sentence(found: StandardisedCounts, language: str) -> str:
    """Shares within bounds, as they are and at the intake of the reference."""
    nl, out = dutch(language), []
    for i, (cohort, group) in enumerate(found.keys):
        name = f"{cohort}, {group}" if group else cohort
        raw = _between(found.raw.low[i], found.raw.high[i], language)
        same = _between(found.standardised.low[i], found.standardised.high[i], language)
        text = (f"{name}: {raw}; bij de instroom van {found.reference} {same}." if nl
                else f"{name}: {raw}; at the intake of {found.reference} {same}.")  # fmt: skip
        n = len(found.without[i])
        if n:
            text += (f" Van {n} combinaties heeft dit cohort geen leerlingen." if nl
                     else f" Of {n} combinations this cohort has no pupils.")  # fmt: skip
        out.append(text)
    ends = ("De grenzen gelden voor elke mogelijke invulling van de verborgen aantallen." if nl
            else "The limits hold for every possible filling of the hidden counts.")  # fmt: skip
    return " ".join([*out, ends, *(note[language] for note in found.notes)])


def _between(low: float, high: float, language: str) -> str:
    if low == high:
        return f"{decimal(100 * low, 1, language)}%"
    return f"{interval(100 * low, 100 * high, 1, language)}%"


def standardised_notebook(found: Standardised) -> str:
    """The table below the sentences."""
    from academic_workplace.language import default_language

    language = default_language()
    scale = _scale([x.raw for x in found], language, share=found.share)
    rows = [
        (_word(found.labels, x.cohort, language), _word(found.labels, x.group, language),
         scale.number(x.raw.value), scale.number(x.standardised.value), count(x.pupils, language))
        for x in found if x.raw is not None and x.standardised is not None
    ]  # fmt: skip
    head = (Text("Cohort", "Cohort"), Text("Groep", "Group"), Text("Zoals het is", "As it is"),
            Text("Gelijke instroom", "Equal intake"), Text("Leerlingen", "Pupils"))  # fmt: skip
    return notebook_table(head, rows) if rows else ""


def standardised_table(found: Standardised, language: str) -> Table:
    """Every level, for a report."""
    nl = dutch(language)
    scale = _scale([x.raw for x in found], language, share=found.share)
    rows = []
    for x in found:
        name = (_word(found.labels, x.cohort, language), _word(found.labels, x.group, language))
        if x.raw is None or x.standardised is None:
            rows.append((*name, NONE, NONE, NONE, NONE, "< 10"))
            continue
        rows.append((*name, scale.number(x.raw.value), scale.span(x.raw),
                     scale.number(x.standardised.value), scale.span(x.standardised),
                     count(x.pupils, language)))  # fmt: skip
    header = (
        "Cohort", "Groep" if nl else "Group", "Zoals het is" if nl else "As it is",
        "95%-interval" if nl else "95% interval",
        "Gelijke instroom" if nl else "Equal intake", "95%-interval" if nl else "95% interval",
        "Leerlingen" if nl else "Pupils",
    )  # fmt: skip
    own = found.standard is Standard.OWN and bool(found.group)
    note = (
        f"Gelijke instroom: {'elke groep heeft' if own else 'iedereen heeft'} de samenstelling"
        f" ({_named(found.labels, found.adjust, language)}) van cohort {found.reference}."
        if nl
        else f"Equal intake: {'each group has' if own else 'everyone has'} the composition"
        f" ({_named(found.labels, found.adjust, language)}) of cohort {found.reference}."
    )
    outcome = _word(found.labels, found.outcome, language)
    caption = f"‘{outcome}’ per cohort" if nl else f"‘{outcome}’ by cohort"
    return Table(caption, header, tuple(rows), (False, False, True, True, True, True, True), note)


# ---------------------------------------------------------------- decomposition: words


def decomposition_sentence(found: Decomposition, language: str) -> str:
    """The gap, and which part of it goes together with another intake."""
    nl, gap = dutch(language), found.gap
    main = [p.estimate for p in found.parts if p.at is None]
    scale = _scale(main, language, share=found.share)
    outcome = _word(found.labels, found.outcome, language)
    a, b = (_word(found.labels, name, language) for name in (found.group, found.reference))
    intake = _named(found.labels, found.given, language)
    means = (scale.number(found.mean), scale.number(found.mean_reference))
    first = (f"Bij ‘{a}’ is ‘{outcome}’ gemiddeld {means[0]} en bij ‘{b}’ {means[1]}: een verschil"
             f" van {scale.told(gap)}." if nl else f"For ‘{a}’ the mean of ‘{outcome}’ is {means[0]}"
             f" and for ‘{b}’ {means[1]}: a difference of {scale.told(gap)}.")  # fmt: skip
    explained, rest = found.part(Element.EXPLAINED), found.part(Element.UNEXPLAINED)
    what = _intake(found, language)
    second = (f"Daarvan hangt {scale.told(explained)} samen met {what} ({intake}). Een deel van"
              f" {scale.told(rest)} hangt daar niet mee samen." if nl else
              f"Of that {scale.told(explained)} goes together with {what} ({intake}). A part of"
              f" {scale.told(rest)} does not.")  # fmt: skip
    out = [first, second]
    third = [p.estimate for p in found.parts if p.element is Element.INTERACTION]
    if third:
        out.append(f"Het deel {scale.told(third[0])} hoort bij beide tegelijk." if nl
                   else f"The part {scale.told(third[0])} belongs to both at once.")  # fmt: skip
    alone = [p for p in found.parts if p.element in (Element.ONLY_GROUP, Element.ONLY_REFERENCE)]
    if alone:
        total = sum(p.estimate.value for p in alone)
        out.append(f"De rest, {scale.apart(total)}, gaat over leerlingen zonder evenknie." if nl
                   else f"The rest, {scale.apart(total)}, is about pupils without a counterpart."
                   )  # fmt: skip
        out.append(_no_counterpart(found.outside, language))
    if explained.value * gap.value < 0 and abs(explained.value) > SAME * abs(gap.value):
        out.append("Een deel met een ander teken dan het verschil maakt het verschil kleiner dan"
                   " het zonder dat deel zou zijn." if nl else "A part of the other sign makes the"
                   " gap smaller than it would be without it.")  # fmt: skip
    return " ".join([*out, *_ends(found.doubts, found.notes, language, lost=found.lost)])


def _intake(found: Decomposition, language: str) -> str:
    nl = dutch(language)
    if found.cohorts:
        return "een andere instroom" if nl else "another intake"
    return "andere kenmerken van de leerlingen" if nl else "other characteristics of the pupils"


def _element(found: Decomposition, element: Element, language: str) -> str:
    nl = dutch(language)
    return {
        Element.GAP: "verschil" if nl else "gap",
        Element.EXPLAINED: (f"hangt samen met {_intake(found, language)}" if nl
                            else f"goes together with {_intake(found, language)}"),
        Element.UNEXPLAINED: "hangt daar niet mee samen" if nl else "does not",
        Element.INTERACTION: "hoort bij beide" if nl else "belongs to both",
        Element.ONLY_GROUP: "zonder evenknie in de referentie" if nl
                            else "without a counterpart in the reference",
        Element.ONLY_REFERENCE: "zonder evenknie in de groep" if nl
                                else "without a counterpart in the group",
    }[element]  # fmt: skip


def _rows(found: Decomposition, language: str) -> list[tuple[str, str, str]]:
    scale = _scale([p.estimate for p in found.parts], language, share=found.share)
    rows = []
    for p in found.parts:
        at = "" if p.at is None else f" ({_level(p.at, language)})"
        name = _element(found, p.element, language)
        rows.append((name[:1].upper() + name[1:] + at, scale.apart(p.estimate.value),
                     scale.span(p.estimate)))  # fmt: skip
    return rows


def _level(at: float, language: str) -> str:
    nl, written = dutch(language), decimal(100 * at, 0 if at * 100 == round(at * 100) else 1,
                                           language)  # fmt: skip
    return f"laagste {written}%" if nl else f"lowest {written}%"


HEAD = (Text("Deel", "Part"), Text("Grootte", "Size"), Text("95%-interval", "95% interval"))


def decomposition_notebook(found: Decomposition) -> str:
    """The table below the sentences."""
    from academic_workplace.language import default_language

    return notebook_table(HEAD, _rows(found, default_language()))


def decomposition_table(found: Decomposition, language: str) -> Table:
    """The parts, for a report."""
    how = KINDS[found.kind][language]
    if found.coefficients is not None:
        how += f"; {VALUED[found.coefficients][language]}"
    nl = dutch(language)
    note = f"{'Manier' if nl else 'Method'}: {how}."
    caption = "De delen van het verschil" if nl else "The parts of the gap"
    header = tuple(each[language] for each in HEAD)
    return Table(caption, header, tuple(_rows(found, language)), (False, True, True), note)


def details_table(found: Decomposition, language: str) -> Table:
    """What each column contributes to each part, for a report."""
    nl = dutch(language)
    scale = _scale([d.estimate for d in found.details], language, share=found.share)
    rows = []
    for d in found.details:
        column = _word(found.labels, d.column, language) if d.column else (
            "overig (constante)" if nl else "rest (constant)")  # fmt: skip
        level = _word(found.labels, d.level, language)
        size = NONE if d.estimate is None else scale.apart(d.estimate.value)
        rows.append((_element(found, d.element, language), column, level, size,
                     scale.span(d.estimate)))  # fmt: skip
    header = ("Deel" if nl else "Part", "Kenmerk" if nl else "Characteristic",
              "Waarde" if nl else "Value", "Grootte" if nl else "Size",
              "95%-interval" if nl else "95% interval")  # fmt: skip
    caption = "De delen per kenmerk" if nl else "The parts by characteristic"
    note = (f"{NONE}: niet getoond (minder dan 10 leerlingen) of niet te verdelen." if nl
            else f"{NONE}: not shown (fewer than 10 pupils) or not to be divided.")  # fmt: skip
    return Table(caption, header, tuple(rows), (False, False, False, True, True), note)


# ---------------------------------------------------------------- trend: words


def trend_sentence(found: Trend, language: str) -> str:
    """How fast it goes up or down, and what happens at the break."""
    nl = dutch(language)
    main = [e for e in (found.slope, found.step, found.slope_after) if e is not None]
    scale = _scale(main, language, share=found.share)
    outcome = _word(found.labels, found.outcome, language)
    place = _word(found.labels, found.break_at, language)
    up = _up(found.slope.value, scale, language)
    span = _limits(found.slope, scale, language)
    until = (f" Tot {place}" if nl else f" Until {place}") if found.break_at else ""
    first = (f"{until.strip()} gaat ‘{outcome}’ per cohort gemiddeld {up}{span}." if until and nl
             else f"{until.strip()} ‘{outcome}’ goes {up} per cohort on average{span}." if until
             else f"Per cohort gaat ‘{outcome}’ gemiddeld {up}{span}." if nl
             else f"Per cohort ‘{outcome}’ goes {up} on average{span}.")  # fmt: skip
    out = [first]
    if found.given:
        intake = _named(found.labels, found.given, language)
        out.append(f"Daarbij houden we gelijk: {intake}." if nl
                   else f"This holds equal: {intake}.")  # fmt: skip
    if found.step is not None:
        up, span = _up(found.step.value, scale, language), _limits(found.step, scale, language)
        out.append(f"In {place} ligt de lijn {up} ten opzichte van hoe ze liep{span}." if nl
                   else f"In {place} the line lies {up} from where it was going{span}."
                   )  # fmt: skip
        after = found.slope_after
        if after is not None:
            up, span = _up(after.value, scale, language), _limits(after, scale, language)
            out.append(f"Daarna gaat het per cohort {up}{span}." if nl
                       else f"After that it goes {up} per cohort{span}.")  # fmt: skip
        else:
            out.append("Na de breuk is er maar één cohort: of de lijn daarna anders loopt, is niet"
                       " te zeggen." if nl else "After the break there is but one cohort: whether"
                       " the line goes on differently cannot be told.")  # fmt: skip
    out.append("Wat in één jaar op alle scholen tegelijk speelde, zit niet in deze grenzen." if nl
               else "What all schools had in common in one year is not in these limits."
               )  # fmt: skip
    return " ".join([*out, *_ends(found.doubts, found.notes, language, lost=found.lost)])


def _up(x: float, scale: _Scale, language: str) -> str:
    nl = dutch(language)
    if scale.plain(abs(x)).strip("0.,") == "":
        return "niet omhoog of omlaag" if nl else "neither up nor down"
    side = ("omhoog" if nl else "up") if x > 0 else ("omlaag" if nl else "down")
    return f"{scale.apart(abs(x))} {side}"


def trend_table(found: Trend, language: str) -> Table:
    """The means of the cohorts and the line, for a report."""
    nl = dutch(language)
    scale = _scale([c.mean for c in found.cohorts], language, share=found.share)
    rows = [
        (_word(found.labels, c.cohort, language),
         scale.number(c.mean.value), scale.span(c.mean), scale.number(c.line),
         count(c.pupils, language))
        for c in found.cohorts
    ]  # fmt: skip
    header = ("Cohort", "Gemiddelde" if nl else "Mean", "95%-interval" if nl else "95% interval",
              "Lijn" if nl else "Line", "Leerlingen" if nl else "Pupils")  # fmt: skip
    caption = "Per cohort" if nl else "By cohort"
    return Table(caption, header, tuple(rows), (False, True, True, True, True))


# ---------------------------------------------------------------- pictures: points over cohorts


@dataclass(frozen=True, slots=True)
class _Series:
    """Points over places 0, 1, ...; NaN is no point. line: joined by a line of this style."""

    name: str
    y: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    colour: str
    marker: str
    filled: bool
    line: str = "-"
    side: bool = True


def _series(
    name: str, found: Sequence[Estimate | None], by: float, look: tuple[str, str, bool, str]
) -> _Series:
    def each(part: str) -> list[float]:
        values = (None if e is None else getattr(e, part) for e in found)
        return [math.nan if x is None else by * x for x in values]

    colour, marker, filled, line = look
    return _Series(name, each("value"), each("low"), each("high"), colour, marker, filled, line)


RAW = (SUN, "s", False, "--")
SAME_INTAKE = (ACCENT, "o", True, "-")
TOTAL = (INK, "D", False, "-")
PANEL = {False: 2.35, True: 2.5}  # height of a panel, in inches
KEY = 0.19  # of a line that names a series, on a phone


@dataclass(frozen=True, slots=True)
class _Panel:
    """One panel of points over cohorts. zero: whether nought belongs in it."""

    title: str
    series: tuple[_Series, ...]
    places: tuple[str, ...]
    unit: str
    zero: bool
    axis: str = ""


def _panels_figure(panels: Sequence[_Panel], language: str, *, narrow: bool) -> Figure:
    from matplotlib.figure import Figure

    width = NARROW if narrow else WIDE
    if not panels:  # nothing may be shown, and it says so
        figure = Figure(figsize=(width, 0.5), facecolor=PAPER)
        small = SIZES[narrow][0]
        figure.text(0.02, 0.5, textwrap.fill(_nothing(language), 50 if narrow else 100),
                    size=small, color=INK, va="center")  # fmt: skip
        return figure
    heights = [_panel_height(p, narrow) for p in panels]
    total = sum(heights)
    figure = Figure(figsize=(width, total), facecolor=PAPER)
    done = 0.0
    for panel, height in zip(panels, heights, strict=True):
        keys = KEY * len(panel.series) * narrow
        left, right = 0.5, 0.15 if narrow else 2.0
        top, foot = (
            0.36 + keys + _title_lines(panel, narrow) * 0.19,
            (0.72 if narrow else 0.55) if panel.axis else 0.38,
        )
        box = (left / width, (total - done - height + foot) / total,
               (width - left - right) / width, (height - top - foot) / total)  # fmt: skip
        ax = figure.add_axes(box)
        _draw_panel(ax, panel, language, narrow=narrow)
        done += height
    return figure


def _title_lines(panel: _Panel, narrow: bool) -> int:
    return len(_title(panel, narrow)) - 1


def _title(panel: _Panel, narrow: bool) -> list[str]:
    return textwrap.wrap(panel.title, 40 if narrow else 84) or [""]


def _panel_height(panel: _Panel, narrow: bool) -> float:
    extra = (0.34 if narrow else 0.17) if panel.axis else 0.0
    return PANEL[narrow] + extra + (KEY * len(panel.series)) * narrow + 0.19 * _title_lines(
        panel, narrow)  # fmt: skip


def _draw_panel(ax: Axes, panel: _Panel, language: str, *, narrow: bool) -> None:
    small, normal = SIZES[narrow]
    values = [x for s in panel.series for part in (s.y, s.low, s.high) for x in part
              if math.isfinite(x)] + [0.0] * panel.zero  # fmt: skip
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 1.0
    n, m = len(panel.places), len(panel.series)
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_ylim(low - room, high + room)
    if panel.zero:
        ax.axhline(0, color=SOFT, lw=0.9, zorder=1)
    for i, s in enumerate(panel.series):
        # side by side, so that limits can be told apart; a mere line stays in its place
        x = np.arange(n) + ((i - (m - 1) / 2) * 0.13 if s.side else 0.0)
        there = np.isfinite(np.array(s.y))
        if s.line and there.sum() > 1:
            ax.plot(x[there], np.array(s.y)[there], s.line, color=s.colour, lw=1.3, zorder=2)
        for at, a, b in zip(x, s.low, s.high, strict=True):
            if math.isfinite(a) and math.isfinite(b):
                ax.plot([at, at], [a, b], color=s.colour, lw=1.4, zorder=3)
        ax.plot(x[there], np.array(s.y)[there], marker=s.marker, ms=22 if s.marker == "_" else 6, zorder=4,
                color=s.colour, mfc=s.colour if s.filled else PAPER, mec=s.colour, mew=1.4,
                ls="none")  # fmt: skip
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(LINE)
    ax.grid(axis="y", color=LINE, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=SOFT)
    most = 10 if narrow else 14
    shown = [p if len(p) <= most else p[: most - 1] + "…" for p in map(_short, panel.places)]
    step = math.ceil(n * max(map(len, shown)) / (40 if narrow else 66))
    ax.set_xticks(range(0, n, step), shown[::step])
    marks = [t for t in ax.get_yticks() if low - room <= t <= high + room]
    gap = marks[1] - marks[0] if len(marks) > 1 else 1.0
    digits = max(0, -math.floor(math.log10(gap) + 1e-9))
    digits += abs(gap * 10**digits - round(gap * 10**digits)) > 1e-6
    ax.set_yticks(marks, [decimal(t, digits, language) + panel.unit for t in marks])
    if panel.axis:
        ax.set_xlabel(textwrap.fill(panel.axis, 48 if narrow else 90), size=small, color=SOFT)
    lines = _title(panel, narrow)
    keys = KEY * m * narrow
    for i, text in enumerate(reversed(lines)):
        ax.annotate(text, (0, 1), xycoords="axes fraction", size=normal, color=INK, weight="bold",
                    xytext=(-30, 9 + 3 * narrow + 72 * keys + 13.7 * i), textcoords="offset points")  # fmt: skip
    if narrow:
        for i, s in enumerate(panel.series):
            y = 11 + 72 * KEY * (m - 1 - i)
            ax.annotate(s.name, (0, 1), xycoords="axes fraction", size=small, color=s.colour,
                        xytext=(-10, y), textcoords="offset points", va="center")  # fmt: skip
            _key_mark(ax, s, y)
        return
    _end_labels(ax, panel, small)


def _key_mark(ax: Axes, s: _Series, y: float) -> None:
    """The mark of a series before its name, above the panel."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.figure
    move = ScaledTranslation(-20 / 72, y / 72, figure.dpi_scale_trans)
    ax.plot([0], [1], s.marker or "_", ms=6 if s.marker != "" else 9, mfc=s.colour if s.filled else PAPER, mec=s.colour, mew=1.4,
            transform=ax.transAxes + move, clip_on=False)  # fmt: skip


def _short(place: str) -> str:
    """``2018-2019`` as ``18-19``: a year that stands under an axis."""
    if len(place) == 9 and place[4] in "-/" and (place[:4] + place[5:]).isdigit():
        return f"{place[2:4]}-{place[7:]}"
    return place


def _end_labels(ax: Axes, panel: _Panel, small: float) -> None:
    """The name of each series beside its last point, moved apart where they would touch."""
    low, high = ax.get_ylim()
    wrapped = [textwrap.fill(s.name, LABEL) for s in panel.series]
    ends = [next((y for y in reversed(s.y) if math.isfinite(y)), low) for s in panel.series]
    height = (high - low) * 0.1
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    at = dict(enumerate(ends))
    for before, after in pairwise(order):
        lines = (wrapped[before].count("\n") + wrapped[after].count("\n") + 2) / 2
        at[after] = max(at[after], at[before] + height * lines)
    excess = max(at.values()) - high
    for i in at if excess > 0 else ():
        at[i] -= excess
    for i, s in enumerate(panel.series):
        ax.annotate(wrapped[i], (1, at[i]), xycoords=("axes fraction", "data"), xytext=(6, 0),
                    textcoords="offset points", size=small, color=s.colour, va="center",
                    annotation_clip=False, linespacing=1.05)  # fmt: skip


def _on_axes(ax: Axes | None, panel: _Panel | None, language: str) -> Axes:
    """One panel on axes of the caller's, or on new ones; None where nothing may be shown."""
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, PANEL[False])).add_axes((0.07, 0.17, 0.65, 0.66))
    if panel is None:
        ax.set_axis_off()
        ax.text(0, 0.5, _nothing(language), transform=ax.transAxes, size=SIZES[False][0])
        return ax
    _draw_panel(ax, panel, language, narrow=False)
    return ax


def _percent(share: bool) -> tuple[float, str]:
    return (100.0, "%") if share else (1.0, "")


# ---------------------------------------------------------------- raw against standardised


def _standardised_panels(found: Standardised, language: str) -> list[_Panel]:
    nl = dutch(language)
    by, unit = _percent(found.share)
    reference = _word(found.labels, found.reference, language)
    names = ("zoals het is" if nl else "as it is",
             f"bij de instroom van {reference}" if nl else f"at the intake of {reference}"
             )  # fmt: skip
    outcome = _word(found.labels, found.outcome, language)
    places = tuple(dict.fromkeys(x.cohort for x in found))
    out = []
    gaps = bool(found.shifts) and bool(found.shifts[0].reference_group)
    for group in dict.fromkeys(x.group for x in found):
        if gaps:
            rows: dict[str, tuple[Estimate | None, Estimate | None]] = {
                s.cohort: (s.raw, s.standardised) for s in found.shifts if s.group == group
            }
            other = found.shifts[0].reference_group
            pair = [_word(found.labels, g, language) for g in (group, other)]
            title = (f"{outcome}: verschil tussen {pair[0]} en {pair[1]}" if nl
                     else f"{outcome}: gap between {pair[0]} and {pair[1]}")  # fmt: skip
        else:
            rows = {x.cohort: (x.raw, x.standardised) for x in found if x.group == group}
            title = outcome if not group else f"{outcome}: {_word(found.labels, group, language)}"
        if not rows:
            continue
        title = title[:1].upper() + title[1:]
        series = tuple(
            _series(names[i], [rows.get(p, (None, None))[i] for p in places], by, look)
            for i, look in enumerate((RAW, SAME_INTAKE))
        )
        if not any(math.isfinite(y) for s in series for y in s.y):
            continue
        shown = tuple(_word(found.labels, p, language) for p in places)
        out.append(_Panel(title, series, shown, unit, gaps))
    return out


def _nothing(language: str) -> str:
    return ("Niet getoond: overal gaat het om minder dan 10 leerlingen." if dutch(language)
            else "Not shown: everywhere fewer than 10 pupils are concerned.")  # fmt: skip


def standardised_picture(found: Standardised, language: str, *, narrow: bool = False) -> Figure:
    """Per pair of groups the gap over cohorts, as it is and at the intake of the reference."""
    return _panels_figure(_standardised_panels(found, language), language, narrow=narrow)


def plot_standardised(found: Standardised, language: str, ax: Axes | None) -> Axes:
    """The first panel on axes of the caller's (or new ones)."""
    panels = _standardised_panels(found, language)
    return _on_axes(ax, panels[0] if panels else None, language)


def standardised_alt(found: Standardised, language: str) -> str:
    """The picture in words."""
    return _panels_alt(_standardised_panels(found, language), language)


def _panels_alt(panels: Sequence[_Panel], language: str) -> str:
    out = []
    for panel in panels:
        values = [y for s in panel.series for y in s.y if math.isfinite(y)]
        digits = digits_for(max(values) - min(values)) if len(values) > 1 else 1
        for s in panel.series:
            points = [
                f"{place} {decimal(y, digits, language)}{panel.unit}"
                for place, y in zip(panel.places, s.y, strict=True) if math.isfinite(y)
            ]  # fmt: skip
            out.append(f"{panel.title}, {s.name}: {'; '.join(points)}.")
    return " ".join(out) or _nothing(language)


def standardised_drawing(found: Standardised, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(standardised_picture(found, language)), standardised_alt(found, language))


def standardised_block(found: Standardised, language: str) -> Picture:
    """The picture for a report, in both widths."""
    reference = _word(found.labels, found.reference, language)
    caption = (
        f"Open vierkant: zoals het is. Dichte stip: als de instroom die van {reference} was"
        " gebleven. De lijntjes zijn 95%-intervallen."
        if dutch(language)
        else f"Open square: as it is. Filled dot: had the intake remained that of {reference}. The"
        " lines are 95% intervals."
    )
    return in_both_widths(
        lambda narrow: standardised_picture(found, language, narrow=narrow),
        standardised_alt(found, language), caption,
    )  # fmt: skip


# ---------------------------------------------------------------- comparisons: picture


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a picture of bars or points: a heading, or a name with its numbers."""

    name: str
    found: Estimate | None = None
    colour: str = INK
    marker: str = "o"
    filled: bool = True
    start: float = 0.0
    total: bool = False
    hatch: str = ""


HEIGHT, TOP, FOOT = 0.27, 0.12, 0.32  # of a line, above and below the lines, in inches
LOOKS = {
    "raw": (SUN, "s", False), "unadjusted": (SUN, "s", False),
    "standardised": (ACCENT, "o", True), "inverse odds": (ACCENT, "^", True),
    "regression": (ACCENT, "D", True),
}  # fmt: skip


def _comparison_rows(found: Comparisons, language: str) -> list[_Row]:
    ways: tuple[str, ...] = ("raw", "standardised", "inverse odds", "regression")
    if len(found) > MOST_COHORTS:
        ways = ways[:2]
    out = []
    for c in found:
        if c.withheld:
            continue
        out.append(_Row(f"Cohort {_word(found.labels, c.cohort, language)}"))
        for way, each in c.ways():
            if way in ways:
                out.append(_Row(WAYS[way][language], each, *LOOKS[way]))
    return out


def _rows_figure(
    rows: Sequence[_Row], scale: _Scale, axis: str, *, narrow: bool, bars: bool
) -> Figure:
    from matplotlib.figure import Figure

    width, height = (NARROW if narrow else WIDE), _rows_height(rows, narrow)
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    ax = figure.add_axes((0, 0, 1, 1))
    _draw_rows(ax, rows, scale, axis, narrow=narrow, bars=bars)
    return figure


def _step(row: _Row, narrow: bool) -> float:
    if row.found is None and not row.total:
        return HEIGHT * 1.15
    lines = len(_name_lines(row, narrow))
    return HEIGHT * (0.62 * lines + 1.05) if narrow else max(HEIGHT, 0.165 * lines + 0.1)


def _name_lines(row: _Row, narrow: bool) -> list[str]:
    """A name in lines that leave room for its numbers."""
    room = (40 if row.total else 27) if narrow else LABEL + 6
    return textwrap.wrap(row.name, room) or [""]


def _rows_height(rows: Sequence[_Row], narrow: bool) -> float:
    return TOP + sum(_step(row, narrow) for row in rows) + FOOT


def _draw_rows(
    ax: Axes, rows: Sequence[_Row], scale: _Scale, axis: str, *, narrow: bool, bars: bool
) -> None:
    """Draw in inches from the top left: a name, its mark and interval, its numbers."""
    small, normal = SIZES[narrow]
    width = NARROW if narrow else WIDE
    left, right = (0.1, width - 0.1) if narrow else (2.5, 4.95)
    ax.set_xlim(0, width)
    ax.set_ylim(_rows_height(rows, narrow), 0)
    ax.axis("off")
    found = [(r.start, r.found) for r in rows if r.found is not None]
    ends = [x for start, e in found for x in (e.value, e.low, e.high, 0.0) if x is not None
            for x in (start + x,)]  # fmt: skip
    if bars:  # intervals stand in numbers; in a waterfall they would hide the steps
        ends = [x for start, e in found for x in (start, start + e.value)]
    ends += [r.start for r in rows if r.total]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    margin = 0.08 * (high - low) or 1.0
    low, high = low - margin, high + margin

    def at(x: float) -> float:
        return left + (x - low) / (high - low) * (right - left)

    clear = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.5}  # no line runs through words
    y, previous = TOP, None
    for row in rows:
        step = _step(row, narrow)
        if row.found is None and not row.total:
            ax.text(0, y + step / 2 + 0.02, row.name, size=normal, color=INK, weight="bold",
                    va="center")  # fmt: skip
            y += step
            previous = None
            continue
        lines = _name_lines(row, narrow)
        line_y = y + step - 0.13 if narrow else y + step / 2
        name_y = y + (step - 0.26) / 2 + 0.02 if narrow else line_y
        weight = "bold" if row.total else "normal"
        ax.text(0, name_y, "\n".join(lines), size=small, color=INK if row.total else SOFT,
                va="center", linespacing=1.05, weight=weight, zorder=5, bbox=clear)  # fmt: skip
        if not bars:
            ax.plot([at(0)] * 2, [line_y - HEIGHT / 2, line_y + HEIGHT / 2], color=SOFT, lw=0.9)
        value, span = "", ""
        if row.total:
            ax.plot([at(row.start)] * 2, [line_y - 0.1, line_y + 0.1], color=INK, lw=2.4)
            value, end = scale.number(row.start), row.start
        else:
            e = row.found
            assert e is not None  # noqa: S101 (for the reader of types)
            end = row.start + e.value
            value, span = scale.signed(e.value), scale.span(e)
            if bars:
                a, b = sorted((at(row.start), at(end)))
                ax.barh(line_y, max(b - a, 0.01), left=a, height=0.17, zorder=3, lw=1.2,
                        color=row.colour if row.filled else PAPER, edgecolor=row.colour,
                        hatch=row.hatch)  # fmt: skip
            else:
                if e.low is not None and e.high is not None:
                    ax.plot([at(e.low), at(e.high)], [line_y] * 2, color=row.colour, lw=1.6,
                            zorder=3)  # fmt: skip
                ax.plot(at(e.value), line_y, row.marker, ms=6.5, mec=row.colour, mew=1.4, zorder=4,
                        mfc=row.colour if row.filled else PAPER)  # fmt: skip
        if bars and previous is not None:
            ax.plot([at(previous[0])] * 2, [previous[1] + 0.06, line_y - 0.06], color=SOFT, lw=0.8,
                    ls=":", zorder=2)  # fmt: skip
        previous = (end, line_y)
        if narrow:
            text = value if span in ("", NONE) else f"{value}  ({span})"
            ax.text(width, name_y, text, size=small, color=INK, va="center", ha="right",
                    weight=weight, zorder=5, bbox=clear)  # fmt: skip
        else:
            ax.text(5.62, line_y, value, size=normal, color=INK, va="center", ha="right",
                    weight=weight)  # fmt: skip
            ax.text(5.76, line_y, "" if span == NONE else span, size=small, color=SOFT,
                    va="center")  # fmt: skip
        y += step
    axis = axis.split(";")[0] if narrow else axis  # there the interval stands in brackets
    ax.text((left + right) / 2, y + 0.17, axis, size=small, color=SOFT, ha="center", va="center")


def _axis_word(share: bool, language: str) -> str:
    nl = dutch(language)
    if share:
        return "procentpunt verschil; rechts 95%-interval" if nl else (
            "percentage points of difference; on the right 95% interval")  # fmt: skip
    return "verschil; rechts 95%-interval" if nl else "difference; on the right 95% interval"


def _comparison_scale(found: Comparisons, language: str) -> _Scale:
    return _scale([e for c in found for _, e in c.ways()], language, share=found.share)


def comparisons_picture(found: Comparisons, language: str, *, narrow: bool = False) -> Figure:
    """Every cohort: the difference as it is, and at equal intake."""
    return _rows_figure(_comparison_rows(found, language), _comparison_scale(found, language),
                        _axis_word(found.share, language), narrow=narrow, bars=False)  # fmt: skip


def plot_comparisons(found: Comparisons, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    rows = _comparison_rows(found, language)
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _rows_height(rows, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    _draw_rows(ax, rows, _comparison_scale(found, language), _axis_word(found.share, language),
               narrow=False, bars=False)  # fmt: skip
    return ax


def comparisons_alt(found: Comparisons, language: str) -> str:
    """The picture in words."""
    scale, out = _comparison_scale(found, language), []
    for row in _comparison_rows(found, language):
        if row.found is None:
            out.append(f"{row.name}:")
        else:
            span = scale.span(row.found)
            out.append(f"{row.name} {scale.signed(row.found.value)}"
                       + (f" ({span});" if span != NONE else ";"))  # fmt: skip
    start = (f"Verschil met cohort {found.reference}. " if dutch(language)
             else f"Difference with cohort {found.reference}. ")  # fmt: skip
    return start + " ".join(out) if out else _nothing(language)


def comparisons_drawing(found: Comparisons, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(comparisons_picture(found, language)), comparisons_alt(found, language))


def comparisons_block(found: Comparisons, language: str) -> Picture:
    """The picture for a report, in both widths."""
    caption = (
        "Open vierkant: het verschil zoals het is. Dicht: bij gelijke instroom, op drie manieren"
        " berekend. De lijnen zijn 95%-intervallen."
        if dutch(language)
        else "Open square: the difference as it is. Filled: at equal intake, worked out in three"
        " ways. The lines are 95% intervals."
    )
    return in_both_widths(
        lambda narrow: comparisons_picture(found, language, narrow=narrow),
        comparisons_alt(found, language), caption,
    )  # fmt: skip


# ---------------------------------------------------------------- the parts of a gap: picture

BARS = {
    Element.EXPLAINED: (ACCENT, True, ""),
    Element.UNEXPLAINED: (SUN, False, "////"),
    Element.INTERACTION: (SOFT, False, "...."),
    Element.ONLY_GROUP: (SOFT, False, ""),
    Element.ONLY_REFERENCE: (SOFT, False, ""),
}


def _waterfall(found: Decomposition, language: str) -> list[_Row]:
    """From the mean of the reference to that of the group, a step per part."""
    a, b = (_word(found.labels, name, language) for name in (found.group, found.reference))
    rows, at = [_Row(b, None, start=found.mean_reference, total=True)], found.mean_reference
    for p in found.parts:
        if p.element is Element.GAP or p.at is not None:
            continue
        colour, filled, hatch = BARS[p.element]
        name = _element(found, p.element, language)
        rows.append(_Row(name, p.estimate, colour, "o", filled, at, hatch=hatch))
        at += p.estimate.value
    return [*rows, _Row(a, None, start=found.mean, total=True)]


def _short_element(found: Decomposition, element: Element, language: str) -> str:
    """A name that fits beside its line."""
    if element is not Element.EXPLAINED:
        return _element(found, element, language)
    nl = dutch(language)
    if found.cohorts:
        return "hangt samen met de instroom" if nl else "goes together with intake"
    return "hangt samen met kenmerken" if nl else "goes with characteristics"


def _quantile_panel(found: Decomposition, language: str) -> _Panel:
    nl = dutch(language)
    levels = tuple(dict.fromkeys(p.at for p in found.parts if p.at is not None))
    by, unit = _percent(found.share)
    looks = {Element.GAP: TOTAL, Element.EXPLAINED: SAME_INTAKE, Element.UNEXPLAINED: RAW}
    series = tuple(
        _series(_short_element(found, element, language), [found.part(element, at) for at in levels], by,
                look) for element, look in looks.items()
    )  # fmt: skip
    a, b = (_word(found.labels, name, language) for name in (found.group, found.reference))
    outcome = _word(found.labels, found.outcome, language)
    title = f"{outcome}: {a} min {b}" if nl else f"{outcome}: {a} less {b}"
    axis = ("van laag naar hoog: waar zoveel procent van de leerlingen onder zit" if nl
            else "from low to high: what so many per cent of pupils are below")  # fmt: skip
    places = tuple(f"{decimal(100 * q, 0, language)}%" for q in levels)
    return _Panel(title[:1].upper() + title[1:], series, places, unit, True, axis)


def _part_scale(found: Decomposition, language: str) -> _Scale:
    return _scale([p.estimate for p in found.parts if p.at is None], language, share=found.share)


def _step_word(language: str) -> str:
    return ("van het ene gemiddelde naar het andere; rechts 95%-interval" if dutch(language)
            else "from one mean to the other; on the right 95% interval")  # fmt: skip


def decomposition_picture(found: Decomposition, language: str, *, narrow: bool = False) -> Figure:
    """The steps from one mean to the other; of a reweighted one the parts per quantile."""
    if found.kind is Kind.REWEIGHTED and any(p.at is not None for p in found.parts):
        return _panels_figure([_quantile_panel(found, language)], language, narrow=narrow)
    return _rows_figure(_waterfall(found, language), _part_scale(found, language),
                        _step_word(language), narrow=narrow, bars=True)  # fmt: skip


def plot_decomposition(found: Decomposition, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    if found.kind is Kind.REWEIGHTED and any(p.at is not None for p in found.parts):
        return _on_axes(ax, _quantile_panel(found, language), language)
    rows = _waterfall(found, language)
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _rows_height(rows, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    _draw_rows(
        ax, rows, _part_scale(found, language), _step_word(language), narrow=False, bars=True
    )
    return ax


def decomposition_alt(found: Decomposition, language: str) -> str:
    """The picture in words."""
    if found.kind is Kind.REWEIGHTED and any(p.at is not None for p in found.parts):
        return _panels_alt([_quantile_panel(found, language)], language)
    scale, out = _part_scale(found, language), []
    for row in _waterfall(found, language):
        if row.found is None:
            out.append(f"{row.name}: {scale.number(row.start)}")
        else:
            span = scale.span(row.found)
            out.append(f"{row.name}: {scale.signed(row.found.value)}"
                       + (f" ({span})" if span != NONE else ""))  # fmt: skip
    return "; ".join(out) + "."


def decomposition_drawing(found: Decomposition, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(decomposition_picture(found, language)), decomposition_alt(found, language))


def decomposition_block(found: Decomposition, language: str) -> Picture:
    """The picture for a report, in both widths."""
    nl = dutch(language)
    what = _intake(found, language)
    if found.kind is Kind.REWEIGHTED:
        caption = ("Ruit: het hele verschil. Dichte stip: het deel dat samenhangt met"
                   f" {what}. Open vierkant: de rest. De lijntjes zijn 95%-intervallen." if nl else
                   f"Diamond: the whole gap. Filled dot: the part that goes together with {what}."
                   " Open square: the rest. The lines are 95% intervals.")  # fmt: skip
    else:
        caption = (f"Dichte balk: het deel dat samenhangt met {what}. Gestreept: de rest." if nl
                   else f"Filled bar: the part that goes together with {what}. Striped: the rest."
                   )  # fmt: skip
    return in_both_widths(
        lambda narrow: decomposition_picture(found, language, narrow=narrow),
        decomposition_alt(found, language), caption,
    )  # fmt: skip


# ---------------------------------------------------------------- trend: picture


def _trend_panel(found: Trend, language: str) -> _Panel:
    nl = dutch(language)
    by, unit = _percent(found.share)
    means = _series("gemiddelde per cohort" if nl else "mean by cohort",
                    [c.mean for c in found.cohorts], by, (ACCENT, "o", True, ""))  # fmt: skip
    means = replace(means, side=False)
    nothing = [math.nan] * len(found.cohorts)
    broken = [i for i, c in enumerate(found.cohorts) if c.cohort == found.break_at]
    first = broken[0] if broken else len(found.cohorts)
    runs = [("lijn" if nl else "line", range(first))]
    if broken:
        runs = [("lijn ervoor" if nl else "line before", range(first)),
                ("lijn erna" if nl else "line after", range(first, len(found.cohorts)))]  # fmt: skip
    lines = []
    for i, (name, at) in enumerate(runs):
        y = [by * c.line if j in at else math.nan for j, c in enumerate(found.cohorts)]
        if i == 0 and broken and found.before is not None:
            y[first] = by * found.before  # where it was going
        alone = len(at) == 1  # one point is no line
        lines.append(_Series(name, y, nothing, nothing, SUN if i == 0 else INK,
                             "_" if alone else "", True, "--" if i == 0 else "-", side=False)
                     )  # fmt: skip
    outcome = _word(found.labels, found.outcome, language)
    places = tuple(_word(found.labels, c.cohort, language) for c in found.cohorts)
    return _Panel(outcome[:1].upper() + outcome[1:], (means, *lines), places, unit, False)


def trend_picture(found: Trend, language: str, *, narrow: bool = False) -> Figure:
    """The means with their intervals, and the line before and after the break."""
    return _panels_figure([_trend_panel(found, language)], language, narrow=narrow)


def plot_trend(found: Trend, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    return _on_axes(ax, _trend_panel(found, language), language)


def trend_alt(found: Trend, language: str) -> str:
    """The picture in words."""
    return _panels_alt([_trend_panel(found, language)], language)


def trend_drawing(found: Trend, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(trend_picture(found, language)), trend_alt(found, language))


def trend_block(found: Trend, language: str) -> Picture:
    """The picture for a report, in both widths."""
    caption = (
        "De stippen zijn de gemiddelden met hun 95%-interval. De stippellijn is de trend (tot de"
        " breuk, en waar hij heen ging); de doorgetrokken lijn is wat erna komt."
        if dutch(language)
        else "The dots are the means with their 95% interval. The dashed line is the trend (up to"
        " the break, and where it was going); the solid line is what comes after."
    )
    return in_both_widths(
        lambda narrow: trend_picture(found, language, narrow=narrow),
        trend_alt(found, language), caption,
    )  # fmt: skip


# ---------------------------------------------------------------- for a report

Result = Comparisons | Standardised | Decomposition | Trend


def cohort_blocks(found: Result, language: str) -> tuple[Block, ...]:
    """A heading, the sentences and the picture of one result."""
    nl = dutch(language)
    if isinstance(found, Comparisons):
        title = "Cohorten vergeleken" if nl else "Cohorts compared"
        return (Heading(title, 2), Paragraph(comparisons_sentence(found, language)),
                comparisons_block(found, language))  # fmt: skip
    if isinstance(found, Standardised):
        title = "Bij gelijke instroom" if nl else "At equal intake"
        return (Heading(title, 2), Paragraph(standardised_sentence(found, language)),
                standardised_block(found, language))  # fmt: skip
    if isinstance(found, Decomposition):
        title = "Het verschil in delen" if nl else "The gap in parts"
        return (Heading(title, 2), Paragraph(decomposition_sentence(found, language)),
                decomposition_block(found, language))  # fmt: skip
    title = "Over de jaren" if nl else "Over the years"
    return (Heading(title, 2), Paragraph(trend_sentence(found, language)),
            trend_block(found, language))  # fmt: skip


def cohort_appendix(found: Result, language: str) -> tuple[Table, ...]:
    """The tables of one result."""
    if isinstance(found, Comparisons):
        return (comparisons_table(found, language),)
    if isinstance(found, Standardised):
        return (standardised_table(found, language),)
    if isinstance(found, Decomposition):
        details = (details_table(found, language),) if found.details else ()
        return (decomposition_table(found, language), *details)
    return (trend_table(found, language),)
