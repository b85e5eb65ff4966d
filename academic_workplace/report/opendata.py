"""Dutch open data in words: what was read, and totals, shares and differences with their bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.report.numerals import NONE, count, decimal, interval

if TYPE_CHECKING:
    from academic_workplace.intake.duo.changes import SchoolChanges
    from academic_workplace.intake.duo.disadvantage import Disadvantage
    from academic_workplace.intake.duo.opendata import OpenData
    from academic_workplace.intake.duo.ranges import Bounds
    from academic_workplace.intake.duo.summaries import Ranges

SHOWN_GROUPS = 3
MANY_DIGITS = 9  # whole parts of a hundred are found after rounding away what is not in the data


def data_sentence(data: OpenData, language: str) -> str:
    """What a file of DUO holds, what is hidden in it, and what to mind."""
    from academic_workplace.intake.duo.layouts import TITLES, Kind

    hidden = int(data.hidden.sum())
    solved = int((data.hidden & data.counts.exact).sum())
    tighter = int((data.hidden & (data.counts.high - data.counts.low < 3)).sum())
    schools, cells = data.schools["school"].nunique(), len(data.unit)
    years, title = ", ".join(data.school_years), TITLES[data.kind][language]

    def number(n: int) -> str:
        return count(n, language)

    if dutch(language):
        said = [
            f"{title} {years} ({', '.join(data.sources)}): {number(schools)} scholen,"
            f" {number(cells)} aantallen."
        ]
        if hidden:
            said.append(
                f"Verborgen aantallen: {number(hidden)}. Dat zijn 1 tot en met 4 leerlingen, dus"
                " geen nul en niet onbekend."
            )
        if tighter:
            said.append(
                f"Het gepubliceerde totaal maakt er {number(tighter)} nauwer, en"
                f" {number(solved)} daarvan precies."
            )
        if data.regimes:
            said.append("Geteld is het definitieve advies;")
            said.append(" en ".join(regime.label.nl for regime in data.regimes) + ".")
        if data.kind is Kind.SCORES:
            said.append("Gemiddelden van verschillende aanbieders zijn niet te vergelijken.")
    else:
        said = [
            f"{title} {years} ({', '.join(data.sources)}): {number(schools)} schools,"
            f" {number(cells)} counts."
        ]
        if hidden:
            said.append(
                f"Hidden counts: {number(hidden)}. These are 1 to 4 pupils, so neither zero nor"
                " unknown."
            )
        if tighter:
            said.append(
                f"The published total makes {number(tighter)} of them narrower, and"
                f" {number(solved)} of these exact."
            )
        if data.regimes:
            said.append("Counted is the final advice;")
            said.append(" and ".join(regime.label.en for regime in data.regimes) + ".")
        if data.kind is Kind.SCORES:
            said.append("Averages of different providers cannot be compared.")
    return " ".join(said)


def ranges_sentence(ranges: Ranges, language: str) -> str:
    """The first groups with both bounds, and why there are two."""
    from academic_workplace.intake.duo.summaries import Quantity

    parts = _parts(ranges, language)
    if ranges.quantity is Quantity.DIFFERENCE:
        head = Text("Verschil in aandeel", "Difference in share")
    elif ranges.quantity is Quantity.SHARE:
        head = Text("Aandeel", "Share")
    else:
        head = Text("Aantal leerlingen", "Number of pupils")
    lines = [_group(ranges, row, language) for row in range(min(len(ranges), SHOWN_GROUPS))]
    more = len(ranges) - len(lines)
    text = f"{head[language]}{parts and ' '}{parts}: {'; '.join(lines)}."
    if more:
        text += (
            f" En nog {count(more, language)} groepen."
            if dutch(language)
            else f" And {count(more, language)} more groups."
        )
    if not ranges.value.exact.all():
        text += Text(
            " Er zijn twee getallen omdat DUO kleine aantallen verbergt: het echte getal ligt er"
            " niet buiten.",
            " There are two numbers because DUO hides small counts: the real one is not outside"
            " them.",
        )[language]
    return " ".join([text, *(note[language] for note in ranges.notes)])


def changes_sentence(changes: SchoolChanges, language: str) -> str:
    """How many schools stayed, went, came and changed their name."""
    merged = changes.merged["school"].nunique()

    def number(n: int) -> str:
        return count(n, language)

    same, renamed = number(changes.same), number(len(changes.renamed))
    gone, new = number(len(changes.gone)), number(len(changes.new))
    if dutch(language):
        text = (
            f"Van {changes.first} naar {changes.second}: {same} vestigingen staan in beide jaren"
            f" ({renamed} met een andere naam). Verdwenen: {gone}; nieuw: {new}."
        )
        if merged:
            text += (
                f" Misschien een fusie: {number(merged)}. Daar staat nu een andere vestiging op"
                " hetzelfde adres of met dezelfde instellingscode. Kijk dit na."
            )
        return text
    text = (
        f"From {changes.first} to {changes.second}: {same} locations stand in both years"
        f" ({renamed} under another name). Gone: {gone}; new: {new}."
    )
    if merged:
        text += (
            f" Perhaps a merger: {number(merged)}. Another location now has the same address or"
            " institution code. Look into it."
        )
    return text


def disadvantage_sentence(scores: Disadvantage, language: str) -> str:
    """Which scores were read, and that they are per pupil."""
    from academic_workplace.intake.duo.disadvantage import Threshold

    without = scores.threshold is Threshold.WITHOUT
    told = int(scores.schools["per_pupil"].notna().sum())
    n = count(told, language)
    if dutch(language):
        text = (
            f"Achterstandsscores van het CBS ({scores.source}, {scores.sheet}),"
            f" {'zonder' if without else 'met'} drempel, gedeeld door het aantal leerlingen:"
            f" {n} scholen. Hoger is meer achterstand."
        )
        if not without:
            text += " Met drempel is de score van veel scholen nul; vergelijk daarmee geen scholen."
        return text
    text = (
        f"Disadvantage scores of CBS ({scores.source}, {scores.sheet}),"
        f" {'without' if without else 'with'} threshold, divided by pupils: {n} schools. Higher is"
        " more disadvantage."
    )
    if not without:
        text += " With a threshold the score of many schools is zero; do not compare schools by it."
    return text


def _parts(ranges: Ranges, language: str) -> str:
    from academic_workplace.intake.duo.levels import AdviceLevel

    known = {level.value: level.label[language] for level in AdviceLevel}
    return ", ".join(known.get(part, part) for part in ranges.parts)


def _group(ranges: Ranges, row: int, language: str) -> str:
    from academic_workplace.intake.duo.summaries import EVERYONE, Quantity

    labels = [str(label) for label in ranges.groups.iloc[row]]
    minus = Text(" min ", " less ")[language]
    difference = ranges.quantity is Quantity.DIFFERENCE
    name = (minus if difference else ", ").join(labels) or EVERYONE[language]
    low, high = float(ranges.value.low[row]), float(ranges.value.high[row])
    if ranges.quantity is Quantity.TOTAL:
        said = _between(low, high, language)
    elif math.isnan(low):
        said = NONE
    else:
        said = _percent(low, high, language)
        said += Text(" procentpunt", " percentage points")[language] if difference else "%"
        if ranges.of is not None:
            of = _of(ranges.of, row, language)
            said += Text(f" van {of} leerlingen", f" of {of} pupils")[language]
    return f"{name} {said}"


def _of(of: Bounds, row: int, language: str) -> str:
    return _between(float(of.low[row]), float(of.high[row]), language)


def _between(low: float, high: float, language: str) -> str:
    if math.isinf(high):
        least = count(int(low), language)
        return Text(f"{least} of meer", f"{least} or more")[language]
    if low == high:
        return count(int(low), language)
    return interval(low, high, 0, language)


def _percent(low: float, high: float, language: str) -> str:
    """Out of a hundred, rounded outwards: the bounds on paper hold what the bounds hold."""
    a = math.floor(round(100 * low, MANY_DIGITS))
    b = math.ceil(round(100 * high, MANY_DIGITS))
    if low == high:
        return decimal(100 * low, 0, language)
    return interval(a, b, 0, language)
