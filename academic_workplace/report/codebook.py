"""The codebook as a page to read: what every column means and holds, for who was not there.

The page may leave the house: a count below ten is not told, and beside it the other counts of the
column are rounded to tens, so that nothing can be worked out by subtracting.
"""

from __future__ import annotations

import datetime
import html as markup
import math
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from academic_workplace.disclosure import fewest
from academic_workplace.errors import Fault, ReportError, dutch
from academic_workplace.intake.codebook import FORMS, Column, levels_of
from academic_workplace.intake.description import ColumnFacts, Description
from academic_workplace.language import LANGUAGES, Text, both, default_language
from academic_workplace.report.document import (
    Block,
    Heading,
    Items,
    Labels,
    Notice,
    Paragraph,
    Report,
    Table,
)
from academic_workplace.report.numerals import MINUS, count, day

NAMES = {"nl": "codeboek", "en": "codebook"}
BRAND = Text(
    "Academische werkplaats · Kansrijk Onderwijs Leiden",
    "Academic workplace · Kansrijk Onderwijs Leiden",
)
MARK = Text("Voorbeeld met verzonnen gegevens", "Example with invented data")
MOST_ROWS = 40  # columns that are listed one by one, also when they are of one kind
ALIKE = 3  # columns in a row with the same answers, which become one table
MOST_BESIDE = 5  # answers that fit beside each other in that table
MOST_LABELS = 60  # labels of one column that the page lists
NOTEBOOK_ROWS = 60  # columns that a notebook shows
LONGEST = 30  # characters of a name without spaces that a table has room for
UNITS = {"points": "punten", "years": "jaar", "hours": "uren", "minutes": "minuten"}


def write_codebook_page(
    description: Description,
    folder: str | Path,
    language: str = "nl",
    *,
    date: datetime.date | None = None,
) -> tuple[Path, ...]:
    """Write the codebook as HTML and Word; the two languages can share a folder.

    Returns the two paths. Raises ReportError when the folder cannot be written.
    """
    from academic_workplace.report import write_files
    from academic_workplace.report.html import html
    from academic_workplace.report.word import word

    if language not in LANGUAGES:
        rule = Text(
            f"De taal ‘{language}’ is onbekend.", f"The language ‘{language}’ is not known."
        )
        raise ReportError([Fault(rule, Text("Kies nl of en.", "Choose nl or en."))])
    report = page(description, language, date or datetime.date.today())
    name = NAMES[language]
    files = {f"{name}.html": html(report).encode(), f"{name}.docx": word(report)}
    return write_files(Path(folder), files)


def page(description: Description, language: str, date: datetime.date) -> Report:
    """The codebook as a document."""
    nl, d = dutch(language), description
    source = f" van {d.source}" if nl else f" for {d.source}"
    title = ("Codeboek" if nl else "Codebook") + (source if d.source else "")
    parts = [_size(d, language), day(date, language)]
    groups = _groups(d.columns)
    blocks: list[Block] = [
        Paragraph(f"{_what_it_is(language)} {_hidden(language)}"),
        *_attention(d, language),
        Heading("Alle kolommen" if nl else "All columns", 2),
        _overview(groups, language),
        Heading("Kolom voor kolom" if nl else "Column by column", 2),
    ]
    for group in groups:
        blocks += _single(group[0], d, language) if len(group) == 1 else _group(group, d, language)
    return Report(
        language="nl" if nl else "en",
        brand=BRAND[language],
        mark=MARK[language] if d.synthetic else "",
        title=title,
        subtitle=" · ".join(parts),
        date=date,
        description=_what_it_is(language),
        page=tuple(blocks),
        appendix_title="",
        appendix=(),
        footer=title,
        labels=Labels("pagina {page} van {pages}" if nl else "page {page} of {pages}", "", "", ""),
    )


def sentences(description: Description, language: str) -> list[str]:
    """How large the table is, and what must still be looked at."""
    nl, d = dutch(language), description
    file = f" ({d.source})" if d.source else ""
    out = [f"Deze tabel{file} heeft {_size(d, language)}." if nl
           else f"This table{file} has {_size(d, language)}."]  # fmt: skip
    nameless = [each for each in d.columns if not each.described.meaning]
    if nameless:
        n = count(len(nameless), language)
        out.append(
            f"Van {n} {'kolom' if len(nameless) == 1 else 'kolommen'} staat de betekenis nog niet"
            " in het codeboek."
            if nl
            else f"The codebook does not say yet what {n}"
            f" {'column means' if len(nameless) == 1 else 'columns mean'}."
        )
    return out + [
        f"{facts.name}: {said}" for facts in d.columns for said in _doubts(facts, language)
    ]


def notebook_html(description: Description) -> str:
    """What a notebook shows: the sentences in both languages, and a row per column."""
    language = default_language()
    header = (
        ("Kolom", "Betekenis", "Soort", "Ingevuld", "Verschillende waarden")
        if dutch(language)
        else ("Column", "Meaning", "Kind", "Filled in", "Different values")
    )
    head = "".join(f'<th scope="col">{text}</th>' for text in header)
    rows = ""
    for facts in description.columns[:NOTEBOOK_ROWS]:
        cells = (
            facts.described.meaning[language] or "–",
            FORMS[facts.described.type][language],
            _filled(facts, language),
            _distinct(facts, description, language),
        )
        rows += f'<tr><th scope="row">{markup.escape(facts.name)}</th>'
        rows += "".join(f"<td>{markup.escape(text)}</td>" for text in cells) + "</tr>"
    left = len(description.columns) - NOTEBOOK_ROWS
    more = ""
    if left > 0:
        more = f"<p>En nog {left} kolommen.</p>" if dutch(language) else (
            f"<p>And {left} more columns.</p>"
        )  # fmt: skip
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"
    said = both(lambda each: " ".join(sentences(description, each)))
    return f'{said}<div lang="{language}">{table}</div>'


# ---------------------------------------------------------------- the whole table


def _size(d: Description, language: str) -> str:
    nl = dutch(language)
    rows, columns = _few(d.rows, d.rows, language), count(len(d.columns), language)
    one = len(d.columns) == 1
    out = (
        f"{rows} rijen en {columns} {'kolom' if one else 'kolommen'}"
        if nl
        else f"{rows} rows and {columns} {'column' if one else 'columns'}"
    )
    if d.pupils is not None:
        pupils = _few(d.pupils, d.pupils, language)
        out = (f"{pupils} leerlingen, " if nl else f"{pupils} pupils, ") + out
    return out


def _what_it_is(language: str) -> str:
    return (
        "Dit codeboek zegt van elke kolom wat hij betekent, wat er kan staan en hoe vaak het er"
        " staat."
        if dutch(language)
        else "This codebook says of every column what it means, what it can hold and how often it"
        " does."
    )


def _hidden(language: str) -> str:
    return (
        f"Aantallen onder {fewest()} laten we niet zien (<{fewest()}), zodat niemand te herkennen"
        " is. Met ± is een aantal afgerond op tientallen."
        if dutch(language)
        else f"We do not show counts below {fewest()} (<{fewest()}), so that nobody can be"
        " recognised. With ± a count is rounded to tens."
    )


def _attention(d: Description, language: str) -> list[Block]:
    """What a reader must not miss."""
    nl = dutch(language)
    said = [f"{facts.name}: {each}" for facts in d.columns for each in _doubts(facts, language)]
    out: list[Block] = []
    nameless = [each.name for each in d.columns if not each.described.meaning]
    if nameless and len(nameless) == len(d.columns):
        out.append(
            Notice(
                "Van geen enkele kolom staat de betekenis al in het codeboek. Vul codebook.toml"
                " aan."
                if nl
                else "The codebook does not say yet what any column means. Complete codebook.toml."
            )
        )
    elif nameless:
        names = ", ".join(nameless)
        said.append(
            f"Van deze kolommen staat de betekenis nog niet in het codeboek: {names}."
            if nl
            else f"The codebook does not say yet what these columns mean: {names}."
        )
    if said:
        out += [Heading("Let op" if nl else "Please note", 2), Items(tuple(said))]
    return out


def _doubts(facts: ColumnFacts, language: str) -> list[str]:
    """Sentences about codes that may mean "missing", and values that cannot be."""
    nl = dutch(language)
    shown = _counter(facts, language)
    out = []
    for each in facts.suspicious:
        often = shown(each.count, each.pupils)
        out.append(
            f"de code {each.code} ({often} keer) betekent misschien ‘ontbreekt’: {each.rule.nl}."
            if nl
            else f"the code {each.code} ({often} times) may mean ‘missing’: {each.rule.en}."
        )
    more = facts.outside - sum(each.count for each in facts.suspicious)
    if facts.outside and more > 0:
        often = shown(more, min(more, facts.outside_pupils))
        out.append(
            f"andere waarden buiten het bereik: {often} keer."
            if nl and facts.suspicious
            else f"waarden buiten het bereik: {often} keer."
            if nl
            else f"{'other ' if facts.suspicious else ''}values outside the range: {often} times."
        )
    if facts.others and facts.known and levels_of(facts.described):
        often = shown(facts.others, facts.others_pupils)
        out.append(
            f"waarden zonder label: {often} keer."
            if nl
            else f"values without a label: {often} times."
        )
    return out


def _overview(groups: Sequence[Sequence[ColumnFacts]], language: str) -> Table:
    nl = dutch(language)
    header = ("Kolom", "Soort", "Betekenis") if nl else ("Column", "Kind", "Meaning")
    rows = []
    every = sum(map(len, groups)) <= MOST_ROWS
    for group in [[facts] for one in groups for facts in one] if every else groups:
        described = group[0].described
        meaning = described.meaning[language] or "–"
        if len(group) > 1:
            n = count(len(group), language)
            meaning = f"{n} kolommen van dezelfde soort" if nl else f"{n} columns of the same kind"
        rows.append((_names(group, language), FORMS[described.type][language], meaning))
    caption = "In de volgorde van de tabel" if nl else "In the order of the table"
    left = 2 if all(row[2] == "–" for row in rows) else 3
    return Table(caption, header[:left], tuple(row[:left] for row in rows), (False,) * left)


def _names(group: Sequence[ColumnFacts], language: str) -> str:
    """The name of a column, or of the first and last of several; a very long one is cut."""
    first, last = _cut(group[0].name), _cut(group[-1].name)
    if len(group) == 1:
        return first
    return f"{first} tot en met {last}" if dutch(language) else f"{first} to {last}"


def _long(name: str) -> bool:
    return max(map(len, name.split()), default=0) > LONGEST


def _cut(name: str) -> str:
    """The beginning and the end of a name that does not break; its own block has it whole."""
    return f"{name[: LONGEST // 2]}…{name[-LONGEST // 3 :]}" if _long(name) else name


# ---------------------------------------------------------------- one column


def _single(facts: ColumnFacts, d: Description, language: str) -> list[Block]:
    """A column: its name, what it means, what is known of it, and its answers."""
    meaning = facts.described.meaning[language]
    out: list[Block] = [Heading(facts.name, 3)]
    out += [Paragraph(meaning)] if meaning and meaning != facts.name else []
    filled = _line("Ingevuld", "Filled in", _filled_of(facts, d, language), language)
    lines = [*_common(facts.described, facts, language), filled]
    if not facts.levels:
        number = _distinct(facts, d, language)
        lines.append(_line("Verschillende waarden", "Different values", number, language))
    lines += _ends(facts, language) + _source(facts.described, language)
    if facts.levels:
        return [*out, _run_on(lines), *_answers(facts, language)]
    return [*out, Items(tuple(lines))]


def _run_on(lines: Sequence[str]) -> Paragraph:
    """Facts one after the other, above a table."""
    return Paragraph(" ".join(f"{line}." for line in lines))


def _common(described: Column, facts: ColumnFacts | None, language: str) -> list[str]:
    """Kind, range and missing codes; with counts when they are of one column."""
    kind = FORMS[described.type][language]
    if described.unit:
        unit = UNITS.get(described.unit, described.unit) if dutch(language) else described.unit
        kind += f" ({unit})"
    out = [_line("Soort", "Kind", kind, language)]
    if described.range is not None:
        low, high = (_number(end, language) for end in described.range)
        word = "tot en met" if dutch(language) else "to"
        if math.isinf(described.range[0]) or math.isinf(described.range[1]):
            word = "tot" if dutch(language) else "to"
        out.append(_line("Kan zijn", "Can be", f"{low} {word} {high}", language))
    codes = _missing(described, facts, language)
    if codes:
        out.append(_line("Telt als leeg", "Counts as empty", "; ".join(codes), language))
    return out


def _missing(described: Column, facts: ColumnFacts | None, language: str) -> list[str]:
    nl = dutch(language)
    out = []
    for each in described.missing:
        told = [each.label[language]] if each.label else []
        if facts is not None and each.count is not None:
            often = _counter(facts, language)(each.count, each.count)
            told.append(f"{often} keer" if nl else f"{often} times")
        out.append(each.code + (f" ({', '.join(told)})" if told else ""))
    for low, high in described.missing_ranges:
        a, b = _number(low, language), _number(high, language)
        out.append(f"{a} tot en met {b}" if nl else f"{a} to {b}")
    return out


def _distinct(facts: ColumnFacts, d: Description, language: str) -> str:
    """How many different values; hidden in a table of fewer than ten pupils."""
    people = d.rows if d.pupils is None else d.pupils
    return _few(facts.distinct, people, language)


def _ends(facts: ColumnFacts, language: str) -> list[str]:
    if facts.low is None or facts.high is None:
        return []
    low, high = _number(facts.low, language), _number(facts.high, language)
    word = "en" if dutch(language) else "and"
    name = Text("Laagste en hoogste antwoord", "Lowest and highest answer")
    return [_line(name.nl, name.en, f"{low} {word} {high}", language)]


def _source(described: Column, language: str) -> list[str]:
    return [_line("Bron", "Source", described.source, language)] if described.source else []


def _answers(facts: ColumnFacts, language: str) -> list[Block]:
    """The labels with how often each stands there."""
    if not facts.levels:
        return []
    nl, shown = dutch(language), _counter(facts, language)
    listed = facts.levels[:MOST_LABELS]
    coded = any(each.code != each.label[language] for each in listed)
    rows = [(each.code, each.label[language] or each.label.nl, shown(each.count, each.pupils))
            for each in listed]  # fmt: skip
    if facts.others:
        word = "andere waarden" if nl else "other values"
        rows.append(("", word, shown(facts.others, facts.others_pupils)) if coded
                    else (word, word, shown(facts.others, facts.others_pupils)))  # fmt: skip
    header = ("Code", "Antwoord", "Aantal") if nl else ("Code", "Answer", "Count")
    left = len(facts.levels) - len(listed)
    note = ""
    if left:
        note = f"En nog {left} antwoorden." if nl else f"And {left} more answers."
    caption = f"Antwoorden bij {facts.name}" if nl else f"Answers to {facts.name}"
    if coded:
        return [Table(caption, header, tuple(rows), (False, False, True), note)]
    plain = tuple((code, often) for code, _, often in rows)
    return [Table(caption, header[1:], plain, (False, True), note)]


# ---------------------------------------------------------------- columns that are alike


def _groups(columns: Sequence[ColumnFacts]) -> list[list[ColumnFacts]]:
    """Columns in a row that are of one kind: the same answers, range and missing codes."""
    out: list[list[ColumnFacts]] = []
    for _, run in groupby(columns, key=_kind):
        group = list(run)
        out += [group] if len(group) >= ALIKE else [[facts] for facts in group]
    return out


def _kind(facts: ColumnFacts) -> tuple[object, ...]:
    """What columns of one kind have in common; one with a very long name stands alone."""
    described = facts.described
    return (
        facts.name if _long(facts.name) else "",
        described.type, described.unit, described.range, described.source,
        tuple((each.code, each.label) for each in facts.levels),
        tuple((each.code, each.label) for each in described.missing), described.missing_ranges,
    )  # fmt: skip


def _group(group: Sequence[ColumnFacts], d: Description, language: str) -> list[Block]:
    """Columns of one kind as one table: a row each."""
    nl, first = dutch(language), group[0]
    number = count(len(group), language)
    lines = _common(first.described, None, language) + _source(first.described, language)
    beside = 0 < len(first.levels) <= MOST_BESIDE
    if first.levels and not beside:
        answers = "; ".join(_answer(each.code, each.label[language]) for each in first.levels)
        lines.append(_line("Antwoorden", "Answers", answers, language))
    meant = any(facts.described.meaning[language] for facts in group)
    names = ["Kolom", "Betekenis"] if nl else ["Column", "Meaning"]
    header = names[: 1 + meant]
    if beside:
        header += [_answer(each.code, each.label[language]) for each in first.levels]
        header.append("Leeg" if nl else "Empty")
    else:
        header.append("Ingevuld" if nl else "Filled in")
        if not first.levels:
            header.append("Verschillend" if nl else "Different")
    rows = []
    for facts in group:
        shown = _counter(facts, language, missing=False)
        row = [facts.name, facts.described.meaning[language] or "–"][: 1 + meant]
        if beside:
            row += [shown(each.count, each.pupils) for each in facts.levels]
            row.append(shown(facts.empty, facts.empty_pupils))
        else:
            row.append(_filled(facts, language))
            row += [] if first.levels else [_distinct(facts, d, language)]
        rows.append(tuple(row))
    caption = (
        f"{number} kolommen van dezelfde soort" if nl else f"{number} columns of the same kind"
    )
    numeric = tuple(i > meant for i in range(len(header)))
    return [
        Heading(_names(group, language), 3),
        _run_on(lines),
        Table(caption, tuple(header), tuple(rows), numeric),
    ]


def _answer(code: str, label: str) -> str:
    return code if label in (code, "") else f"{code} = {label}"


# ---------------------------------------------------------------- numbers and words


def _counter(
    facts: ColumnFacts, language: str, *, missing: bool = True
) -> Callable[[int, int], str]:
    """How a count of this column is written: all of them rounded when one is hidden.

    missing: whether the missing codes stand beside it, with their counts.
    """
    counts = [(each.count, each.pupils) for each in facts.levels]
    counts += [(each.count, each.pupils) for each in facts.suspicious]
    counts += [(each.count, each.pupils) for each in facts.missing if missing]
    counts += [
        (facts.others, facts.others_pupils),
        (facts.outside, facts.outside_pupils),
        (facts.empty, facts.empty_pupils),
        (facts.filled, facts.filled_pupils),
    ]
    hidden = any(rows and pupils < fewest() for rows, pupils in counts)
    return lambda rows, pupils: _few(rows, pupils, language, about=hidden)


def _few(rows: int, pupils: int, language: str, *, about: bool = False) -> str:
    """A number of rows, hidden when they are of fewer than ten pupils."""
    if rows and pupils < fewest():
        return f"<{fewest()}"
    if about and rows:
        return "±" + count(10 * math.floor(rows / 10 + 0.5), language)
    return count(rows, language)


def _filled(facts: ColumnFacts, language: str) -> str:
    """How many rows are filled in, as a word when it is all of them."""
    if not facts.empty and facts.filled:
        return "alles" if dutch(language) else "all"
    if not facts.filled:
        return "niets" if dutch(language) else "none"
    return _counter(facts, language)(facts.filled, facts.filled_pupils)


def _filled_of(facts: ColumnFacts, d: Description, language: str) -> str:
    nl = dutch(language)
    if not facts.empty or not facts.filled:
        return _filled(facts, language)
    filled, rows = _filled(facts, language), _few(d.rows, d.rows, language)
    empty = _counter(facts, language)(facts.empty, facts.empty_pupils)
    return (
        f"{filled} van {rows} rijen; leeg: {empty}"
        if nl
        else f"{filled} of {rows} rows; empty: {empty}"
    )


def _number(x: float, language: str) -> str:
    """A limit as it was declared: 1 or 0,5."""
    if math.isinf(x):
        return "geen grens" if dutch(language) else "no limit"
    written = f"{x:.10g}".replace("-", MINUS)
    return written.replace(".", ",") if dutch(language) else written


def _line(nl: str, en: str, text: str, language: str) -> str:
    return f"{nl if dutch(language) else en}: {text}"
