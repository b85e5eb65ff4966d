"""Dutch open data in words: what was read, and totals, shares and differences with their bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from academic_workplace.errors import dutch
from academic_workplace.language import default_language, same
from academic_workplace.report.notebook import and_more, notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, interval
from academic_workplace.report.wording import joined
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from academic_workplace.intake.duo.changes import SchoolChanges
    from academic_workplace.intake.duo.disadvantage import Disadvantage
    from academic_workplace.intake.duo.opendata import OpenData
    from academic_workplace.intake.duo.ranges import Bounds
    from academic_workplace.intake.duo.summaries import Ranges

SAY = phrases("opendata")
SHOWN_GROUPS = 3
SHOWN_ROWS, SHOWN_PARTS = 20, 12  # of a table in a notebook
SHOWN_SCHOOLS = 5
GROUPS = SAY["more.group"], SAY["more.groups"]
SCHOOLS = SAY["more.school"], SAY["more.schools"]
ROWS = SAY["more.row"], SAY["more.rows"]
ABOUT = {
    name: SAY[f"column.{name}"] for name in ("school", "name", "school_year", "pupil_postcode")
}
GROUP_HEADS = {
    "group": SAY["column.group"],
    "first": SAY["column.group"],
    "second": SAY["column.less"],
}
CHANGES = {
    "renamed": SAY["change.renamed"],
    "gone": SAY["change.gone"],
    "new": SAY["change.new"],
    "perhaps merged": SAY["change.merged"],
    "same postcode": SAY["change.postcode"],
    "same BRIN": SAY["change.institution"],
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

    said = [
        SAY["read"][language].format(
            title=title, years=years, sources=", ".join(data.sources),
            schools=number(schools), n=number(cells),
        )
    ]  # fmt: skip
    if hidden:
        said.append(SAY["hidden"][language].format(n=number(hidden)))
    if tighter:
        narrower = SAY["tighter_and_solved" if solved else "tighter"][language]
        said.append(narrower.format(n=number(tighter), solved=number(solved)))
    if data.regimes:
        rules = joined([regime.label[language] for regime in data.regimes], language)
        said.append(SAY["final_advice"][language].format(rules=rules))
    if data.kind is Kind.SCORES:
        said.append(SAY["providers"][language])
    if notes := "; ".join(note[language] for note in data.notes):
        said.append(SAY["in_reading"][language].format(notes=notes))
    return " ".join(said)


def ranges_sentence(ranges: Ranges, language: str) -> str:
    """The first groups with both bounds, and why there are two."""
    dutch(language)  # refuses any third language
    parts, what = _parts(ranges, language), SAY[f"quantity.{ranges.quantity.name.lower()}"]
    groups = [_group(ranges, row, language) for row in range(min(len(ranges), SHOWN_GROUPS))]
    said = [
        SAY["ranges_of" if parts else "ranges"][language].format(
            what=what[language], parts=parts, groups="; ".join(groups)
        )
    ]
    if more := len(ranges) - len(groups):
        said.append(and_more(more, *GROUPS, language))
    unsure = ranges.hidden[ranges.value.low < ranges.value.high]
    if (unsure > 0).any():
        said.append(SAY["two_numbers"][language])
    if (unsure == 0).any():
        said.append(SAY["empty_cell"][language])
    return " ".join([*said, *(note[language] for note in ranges.notes)])


def changes_sentence(changes: SchoolChanges, language: str) -> str:
    """How many schools stayed, went, came and changed their name."""
    dutch(language)  # refuses any third language
    said = SAY["changes"][language].format(
        first=changes.first,
        second=changes.second,
        same=count(changes.same, language),
        renamed=count(len(changes.renamed), language),
        gone=count(len(changes.gone), language),
        new=count(len(changes.new), language),
    )
    merged = changes.merged["school"].nunique()
    if not merged:
        return said
    return f"{said} {SAY['merged'][language].format(n=count(merged, language))}"


def disadvantage_sentence(scores: Disadvantage, language: str) -> str:
    """Which scores were read, and that they are per pupil."""
    from academic_workplace.intake.duo.disadvantage import Threshold

    dutch(language)  # refuses any third language
    without = scores.threshold is Threshold.WITHOUT
    told = int(scores.schools["per_pupil"].notna().sum())
    said = SAY["scores.without" if without else "scores.with"][language]
    return said.format(source=scores.source, sheet=scores.sheet, n=count(told, language))


def _parts(ranges: Ranges, language: str) -> str:
    from academic_workplace.intake.duo.levels import AdviceLevel

    known = {level.value: level.label[language] for level in AdviceLevel}
    return ", ".join(known.get(part, part) for part in ranges.parts)


def _group(ranges: Ranges, row: int, language: str) -> str:
    from academic_workplace.intake.duo.summaries import EVERYONE, Quantity

    labels = [str(label) for label in ranges.groups.iloc[row]]
    name = ", ".join(labels) or EVERYONE[language]
    if ranges.quantity is Quantity.DIFFERENCE:
        name = SAY["minus"][language].format(first=labels[0], second=labels[1])
    value = _value(ranges, row, language)
    if ranges.of is None or math.isnan(ranges.value.low[row]):
        return SAY["value"][language].format(name=name, value=value)
    pupils = _pupils(ranges.of, row, language)
    return SAY["value_of"][language].format(name=name, value=value, pupils=pupils)


def _value(ranges: Ranges, row: int, language: str) -> str:
    """What is said of one group, within its bounds."""
    from academic_workplace.intake.duo.summaries import Quantity

    low, high = float(ranges.value.low[row]), float(ranges.value.high[row])
    if ranges.quantity is Quantity.TOTAL:
        return _between(low, high, language)
    difference = ranges.quantity is Quantity.DIFFERENCE
    if math.isnan(low):
        return SAY["no_difference" if difference else "no_pupils"][language]
    said = SAY["points" if difference else "percent"][language]
    return said.format(value=_percent(low, high, language))


def _pupils(of: Bounds, row: int, language: str) -> str:
    low, high = float(of.low[row]), float(of.high[row])
    if math.isinf(high) and low == 0:
        return SAY["pupils_unknown"][language]
    return SAY["pupils"][language].format(n=_between(low, high, language))


def _between(low: float, high: float, language: str) -> str:
    if math.isinf(high) and low == 0:
        return SAY["unknown"][language]
    if math.isinf(high):
        return SAY["at_least"][language].format(n=count(int(low), language))
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
        Quantity.TOTAL: SAY["column.pupils"],
        Quantity.SHARE: SAY["column.share"],
        Quantity.DIFFERENCE: SAY["column.difference"],
    }[ranges.quantity]
    head = [*(named or [SAY["column.group"]]), what]
    if ranges.of is not None:
        head.append(SAY["column.of"])
    head += [SAY["column.schools"], SAY["column.hidden"]]
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
        SAY["column.what"], SAY["column.school"], SAY["column.name"],
        SAY["column.later_school"], SAY["column.later_name"], SAY["column.why"],
    )  # fmt: skip
    return notebook_table(head, rows, (len(table) - len(rows), *SCHOOLS))


def disadvantage_html(scores: Disadvantage) -> str:
    """The first schools with their score per pupil."""
    language, schools = default_language(), scores.schools
    head = (
        SAY["column.school"], SAY["column.pupils"], SAY["column.score"],
        SAY["column.per_pupil"],
    )  # fmt: skip
    first = schools.head(SHOWN_SCHOOLS)
    figures = (first["pupils"], 0), (first["score"], 2), (first["per_pupil"], 2)
    told = [[decimal(float(x), digits, language) for x in column] for column, digits in figures]
    rows = [list(row) for row in zip(first["school"].astype(str), *told, strict=True)]
    return notebook_table(head, rows, (len(schools) - len(rows), *SCHOOLS))
