"""Dutch open data in words: what was read, and totals, shares and differences with their bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from academic_workplace.errors import dutch
from academic_workplace.language import Text, default_language, same
from academic_workplace.report.notebook import and_more, notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, interval

if TYPE_CHECKING:
    from academic_workplace.intake.duo.changes import SchoolChanges
    from academic_workplace.intake.duo.disadvantage import Disadvantage
    from academic_workplace.intake.duo.opendata import OpenData
    from academic_workplace.intake.duo.ranges import Bounds
    from academic_workplace.intake.duo.summaries import Ranges

SHOWN_GROUPS = 3
SHOWN_ROWS, SHOWN_PARTS = 20, 12  # of a table in a notebook
SHOWN_SCHOOLS = 5
GROUPS = Text("groep", "group"), Text("groepen", "groups")
SCHOOLS = Text("school", "school"), Text("scholen", "schools")
ROWS = Text("rij", "row"), Text("rijen", "rows")
ABOUT = {
    "school": Text("school", "school"),
    "name": Text("naam", "name"),
    "school_year": Text("schooljaar", "school year"),
    "pupil_postcode": Text("postcode van de leerlingen", "postcode of the pupils"),
}
GROUP_HEADS = {
    "group": Text("groep", "group"),
    "first": Text("groep", "group"),
    "second": Text("min groep", "less group"),
}
CHANGES = {
    "renamed": Text("andere naam", "renamed"),
    "gone": Text("verdwenen", "gone"),
    "new": Text("nieuw", "new"),
    "perhaps merged": Text("misschien een fusie", "perhaps merged"),
    "same postcode": Text("zelfde postcode", "same postcode"),
    "same BRIN": Text("zelfde instellingscode", "same institution code"),
}
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
                f"Het gepubliceerde totaal maakt er {number(tighter)} nauwer"
                f"{f', en {number(solved)} daarvan precies' if solved else ''}."
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
                f"The published total makes {number(tighter)} of them narrower"
                f"{f', and {number(solved)} of these exact' if solved else ''}."
            )
        if data.regimes:
            said.append("Counted is the final advice;")
            said.append(" and ".join(regime.label.en for regime in data.regimes) + ".")
        if data.kind is Kind.SCORES:
            said.append("Averages of different providers cannot be compared.")
    if notes := "; ".join(note[language] for note in data.notes):
        said.append(f"{'Bij het lezen' if dutch(language) else 'In reading'}: {notes}.")
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
        text += f" {and_more(more, *GROUPS, language)}"
    if (ranges.hidden[ranges.value.low < ranges.value.high] > 0).any():
        text += Text(
            " Er zijn twee getallen omdat DUO kleine aantallen verbergt: het echte getal ligt"
            " daartussen.",
            " There are two numbers because DUO hides small counts: the real one lies between"
            " them.",
        )[language]
    if (ranges.hidden[ranges.value.low < ranges.value.high] == 0).any():
        text += Text(
            " Waar een cel leeg is, is het aantal onbekend.",
            " Where a cell is empty, the count is not known.",
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
    said = f"{name} {_value(ranges, row, language)}"
    if ranges.of is None or math.isnan(ranges.value.low[row]):
        return said
    return said + Text(" van ", " of ")[language] + _pupils(ranges.of, row, language)


def _value(ranges: Ranges, row: int, language: str) -> str:
    """What is said of one group, within its bounds."""
    from academic_workplace.intake.duo.summaries import Quantity

    low, high = float(ranges.value.low[row]), float(ranges.value.high[row])
    if ranges.quantity is Quantity.TOTAL:
        return _between(low, high, language)
    difference = ranges.quantity is Quantity.DIFFERENCE
    if math.isnan(low):
        return (
            Text("niet te zeggen: een van beide heeft geen leerlingen",
                 "cannot be told: one of them has no pupils")
            if difference
            else Text("geen leerlingen", "no pupils")
        )[language]  # fmt: skip
    unit = Text(" procentpunt", " percentage points")[language] if difference else "%"
    return _percent(low, high, language) + unit


def _pupils(of: Bounds, row: int, language: str) -> str:
    low, high = float(of.low[row]), float(of.high[row])
    if math.isinf(high) and low == 0:
        return Text("een onbekend aantal leerlingen", "an unknown number of pupils")[language]
    return f"{_between(low, high, language)} {Text('leerlingen', 'pupils')[language]}"


def _between(low: float, high: float, language: str) -> str:
    if math.isinf(high) and low == 0:
        return Text("onbekend", "unknown")[language]
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


# ---------------------------------------------------------------- in a notebook


def data_html(data: OpenData) -> str:
    """The first schools with their counts, of the first parts."""
    from academic_workplace.intake.duo.layouts import Kind
    from academic_workplace.intake.duo.levels import AdviceLevel

    language, schools = default_language(), data.schools
    several = len(data.school_years) > 1
    about = [name for name in ABOUT if name in schools and (several or name != "school_year")]
    shown = [ABOUT[name] for name in about]
    for part in data.parts[:SHOWN_PARTS]:
        shown.append(AdviceLevel(part).label if data.kind is Kind.ADVICE else same(part or NONE))
    first = data.unit < SHOWN_SCHOOLS
    counted = {
        (unit, part): _between(low, high, language)
        for unit, part, low, high in zip(
            data.unit[first], data.part[first], data.counts.low[first], data.counts.high[first],
            strict=True,
        )
    }  # fmt: skip
    rows = [
        [str(schools.at[unit, name]) for name in about]
        + [counted.get((unit, part), NONE) for part in range(len(shown) - len(about))]
        for unit in range(min(len(schools), SHOWN_SCHOOLS))
    ]
    return notebook_table(shown, rows, (len(schools) - len(rows), *ROWS))


def ranges_html(ranges: Ranges) -> str:
    """A row per group: what is said of it, of how many pupils, schools and hidden counts."""
    from academic_workplace.intake.duo.opendata import MEANINGS
    from academic_workplace.intake.duo.summaries import EVERYONE, Quantity

    language = default_language()
    heads = MEANINGS | ABOUT | GROUP_HEADS
    named = [heads.get(each, same(each)) for each in map(str, ranges.groups)]
    what = {
        Quantity.TOTAL: Text("leerlingen", "pupils"),
        Quantity.SHARE: Text("aandeel", "share"),
        Quantity.DIFFERENCE: Text("verschil in aandeel", "difference in share"),
    }[ranges.quantity]
    head = [*(named or [Text("groep", "group")]), what]
    if ranges.of is not None:
        head.append(Text("van", "of"))
    head += [Text("scholen", "schools"), Text("verborgen aantallen", "hidden counts")]
    rows = []
    for row in range(min(len(ranges), SHOWN_ROWS)):
        labels = [str(label) for label in ranges.groups.iloc[row]] or [EVERYONE[language]]
        of = [] if ranges.of is None else [_pupils(ranges.of, row, language)]
        counts = [count(int(n[row]), language) for n in (ranges.units, ranges.hidden)]
        rows.append([*labels, _value(ranges, row, language), *of, *counts])
    return notebook_table(head, rows, (len(ranges) - len(rows), *GROUPS))


def changes_html(changes: SchoolChanges) -> str:
    """A row per change."""
    language, table = default_language(), changes.table()
    rows = [
        [CHANGES[what][language], *told, CHANGES[why][language] if why else ""]
        for what, *told, why in table.head(SHOWN_ROWS).itertuples(index=False)
    ]
    head = (
        Text("wat", "what"), Text("school", "school"), Text("naam", "name"),
        Text("school later", "later school"), Text("naam later", "later name"),
        Text("waarom", "why"),
    )  # fmt: skip
    return notebook_table(head, rows, (len(table) - len(rows), *SCHOOLS))


def disadvantage_html(scores: Disadvantage) -> str:
    """The first schools with their score per pupil."""
    language, schools = default_language(), scores.schools
    head = (
        Text("school", "school"), Text("leerlingen", "pupils"), Text("score", "score"),
        Text("score per leerling", "score per pupil"),
    )  # fmt: skip
    first = schools.head(SHOWN_SCHOOLS)
    figures = (first["pupils"], 0), (first["score"], 2), (first["per_pupil"], 2)
    told = [[decimal(float(x), digits, language) for x in column] for column, digits in figures]
    rows = [list(row) for row in zip(first["school"].astype(str), *told, strict=True)]
    return notebook_table(head, rows, (len(schools) - len(rows), *SCHOOLS))
