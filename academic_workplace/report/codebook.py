"""The codebook as a page to read: what every column means and holds, for who was not there.

The page may leave the house: a count that is too small is not told, and beside it the other counts
of the column are rounded to tens, so that nothing can be worked out by subtracting.
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
from academic_workplace.report.house import house
from academic_workplace.report.numerals import MINUS, NONE, count, day
from academic_workplace.report.words import phrases

SAY = phrases("codebook")
PAGE = phrases("page")
MOST_ROWS = 40  # columns that are listed one by one, also when they are of one kind
ALIKE = 3  # columns in a row with the same answers, which become one table
MOST_BESIDE = 5  # answers that fit beside each other in that table
MOST_LABELS = 60  # labels of one column that the page lists
NOTEBOOK_ROWS = 60  # columns that a notebook shows
LONGEST = 30  # characters of a name without spaces that a table has room for
UNITS = {name: SAY[f"unit.{name}"] for name in ("points", "years", "hours", "minutes")}


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
    from academic_workplace.report.writers.html import html
    from academic_workplace.report.writers.word import word

    if language not in LANGUAGES:
        rule = Text(*(SAY["unknown_language"][to].format(language=language) for to in LANGUAGES))
        raise ReportError([Fault(rule, SAY["choose_language"])])
    report = page(description, language, date or datetime.date.today())
    name = SAY["file_name"][language]
    files = {f"{name}.html": html(report).encode(), f"{name}.docx": word(report)}
    return write_files(Path(folder), files)


def page(description: Description, language: str, date: datetime.date) -> Report:
    """The codebook as a document."""
    d = description
    title = SAY["title_of" if d.source else "title"][language].format(source=d.source)
    parts = [_size(d, language), day(date, language)]
    groups, what = _groups(d.columns), SAY["what"][language]
    withheld = SAY["withheld"][language].format(minimum=fewest())
    blocks: list[Block] = [
        Paragraph(f"{what} {withheld}"),
        *_attention(d, language),
        Heading(SAY["all_columns"][language], 2),
        _overview(groups, language),
        Heading(SAY["by_column"][language], 2),
    ]
    for group in groups:
        blocks += _single(group[0], d, language) if len(group) == 1 else _group(group, d, language)
    return Report(
        language="nl" if dutch(language) else "en",
        brand=house().name[language],
        mark=PAGE["example"][language] if d.synthetic else "",
        title=title,
        subtitle=" · ".join(parts),
        date=date,
        description=what,
        page=tuple(blocks),
        appendix_title="",
        appendix=(),
        footer=title,
        labels=Labels(SAY["page_of"][language], "", "", ""),
    )


def sentences(description: Description, language: str) -> list[str]:
    """How large the table is, and what must still be looked at."""
    dutch(language)  # refuses any third language
    d = description
    table = SAY["table_of" if d.source else "table"][language]
    out = [table.format(source=d.source, size=_size(d, language))]
    nameless = [each for each in d.columns if not each.described.meaning]
    if nameless:
        said = SAY["nameless.one" if len(nameless) == 1 else "nameless.many"][language]
        out.append(said.format(n=count(len(nameless), language)))
    return out + _of_columns(d, language)


def _of_columns(d: Description, language: str) -> list[str]:
    """What may be wrong, column by column."""
    return [
        SAY["about"][language].format(column=facts.name, said=said)
        for facts in d.columns
        for said in _doubts(facts, language)
    ]


def notebook_html(description: Description) -> str:
    """What a notebook shows: the sentences in both languages, and a row per column."""
    language = default_language()
    columns = ("name", "meaning", "kind", "filled", "distinct")
    header = (SAY[f"column.{name}"][language] for name in columns)
    head = "".join(f'<th scope="col">{text}</th>' for text in header)
    rows = ""
    for facts in description.columns[:NOTEBOOK_ROWS]:
        cells = (
            facts.described.meaning[language] or NONE,
            FORMS[facts.described.type][language],
            _filled(facts, language),
            _distinct(facts, description, language),
        )
        rows += f'<tr><th scope="row">{markup.escape(facts.name)}</th>'
        rows += "".join(f"<td>{markup.escape(text)}</td>" for text in cells) + "</tr>"
    left = len(description.columns) - NOTEBOOK_ROWS
    more = ""
    if left > 0:
        said = SAY["more_columns.one" if left == 1 else "more_columns.many"][language]
        more = f"<p>{said.format(n=left)}</p>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"
    told = both(lambda each: " ".join(sentences(description, each)))
    return f'{told}<div lang="{language}">{table}</div>'


# ---------------------------------------------------------------- the whole table


def _size(d: Description, language: str) -> str:
    rows, columns = _few(d.rows, d.rows, language), count(len(d.columns), language)
    size = SAY["size.one" if len(d.columns) == 1 else "size.many"][language]
    out = size.format(rows=rows, n=columns)
    if d.pupils is None:
        return out
    pupils = _few(d.pupils, d.pupils, language)
    return SAY["size.pupils"][language].format(pupils=pupils, size=out)


def _attention(d: Description, language: str) -> list[Block]:
    """What a reader must not miss."""
    said, out = _of_columns(d, language), list[Block]()
    nameless = [each.name for each in d.columns if not each.described.meaning]
    if nameless and len(nameless) == len(d.columns):
        out.append(Notice(SAY["nameless.all"][language]))
    elif nameless:
        said.append(SAY["nameless.named"][language].format(names=", ".join(nameless)))
    if said:
        out += [Heading(SAY["mind"][language], 2), Items(tuple(said))]
    return out


def _doubts(facts: ColumnFacts, language: str) -> list[str]:
    """Sentences about codes that may mean "missing", and values that cannot be."""
    shown = _counter(facts, language)
    out = []
    for each in facts.suspicious:
        often = shown(each.count, each.pupils)
        code = SAY["doubt.code"][language]
        out.append(code.format(code=each.code, often=often, rule=each.rule[language]))
    more = facts.outside - sum(each.count for each in facts.suspicious)
    if facts.outside and more > 0:
        outside = SAY["doubt.others_outside" if facts.suspicious else "doubt.outside"][language]
        out.append(outside.format(often=shown(more, min(more, facts.outside_pupils))))
    if facts.others and facts.known and levels_of(facts.described):
        often = shown(facts.others, facts.others_pupils)
        out.append(SAY["doubt.unlabelled"][language].format(often=often))
    return out


def _overview(groups: Sequence[Sequence[ColumnFacts]], language: str) -> Table:
    header = tuple(SAY[f"column.{name}"][language] for name in ("name", "kind", "meaning"))
    rows = []
    every = sum(map(len, groups)) <= MOST_ROWS
    for group in [[facts] for one in groups for facts in one] if every else groups:
        described = group[0].described
        meaning = described.meaning[language] or NONE
        if len(group) > 1:
            n = count(len(group), language)
            meaning = SAY["alike"][language].format(n=n)
        rows.append((_names(group, language), FORMS[described.type][language], meaning))
    caption = SAY["overview"][language]
    left = 2 if all(row[2] == NONE for row in rows) else 3
    return Table(caption, header[:left], tuple(row[:left] for row in rows), (False,) * left)


def _names(group: Sequence[ColumnFacts], language: str) -> str:
    """The name of a column, or of the first and last of several; a very long one is cut."""
    first, last = _cut(group[0].name), _cut(group[-1].name)
    if len(group) == 1:
        return first
    return SAY["first_to_last"][language].format(first=first, last=last)


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
    filled = _line("filled", _filled_of(facts, d, language), language)
    lines = [*_common(facts.described, facts, language), filled]
    if not facts.levels:
        number = _distinct(facts, d, language)
        lines.append(_line("distinct", number, language))
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
        known = UNITS.get(described.unit)
        unit = known[language] if known else described.unit
        kind = SAY["with_unit"][language].format(kind=kind, unit=unit)
    out = [_line("kind", kind, language)]
    if described.range is not None:
        low, high = (_number(end, language) for end in described.range)
        endless = any(map(math.isinf, described.range))
        told = SAY["range.open" if endless else "range.closed"][language]
        out.append(_line("range", told.format(low=low, high=high), language))
    codes = _missing(described, facts, language)
    if codes:
        out.append(_line("empty", "; ".join(codes), language))
    return out


def _missing(described: Column, facts: ColumnFacts | None, language: str) -> list[str]:
    out = []
    for each in described.missing:
        told = [each.label[language]] if each.label else []
        if facts is not None and each.count is not None:
            often = _counter(facts, language)(each.count, each.count)
            told.append(SAY["often"][language].format(n=often))
        out.append(each.code + (f" ({', '.join(told)})" if told else ""))
    for ends in described.missing_ranges:
        low, high = (_number(end, language) for end in ends)
        out.append(SAY["range.closed"][language].format(low=low, high=high))
    return out


def _distinct(facts: ColumnFacts, d: Description, language: str) -> str:
    """How many different values; hidden in a table of too few pupils."""
    people = d.rows if d.pupils is None else d.pupils
    return _few(facts.distinct, people, language)


def _ends(facts: ColumnFacts, language: str) -> list[str]:
    if facts.low is None or facts.high is None:
        return []
    low, high = _number(facts.low, language), _number(facts.high, language)
    told = SAY["ends"][language].format(low=low, high=high)
    return [_line("ends", told, language)]


def _source(described: Column, language: str) -> list[str]:
    return [_line("source", described.source, language)] if described.source else []


def _answers(facts: ColumnFacts, language: str) -> list[Block]:
    """The labels with how often each stands there."""
    if not facts.levels:
        return []
    shown = _counter(facts, language)
    listed = facts.levels[:MOST_LABELS]
    coded = any(each.code != each.label[language] for each in listed)
    rows = [(each.code, each.label[language] or each.label.nl, shown(each.count, each.pupils))
            for each in listed]  # fmt: skip
    if facts.others:
        word = SAY["other_values"][language]
        rows.append(("", word, shown(facts.others, facts.others_pupils)) if coded
                    else (word, word, shown(facts.others, facts.others_pupils)))  # fmt: skip
    header = tuple(SAY[f"column.{name}"][language] for name in ("code", "answer", "count"))
    left = len(facts.levels) - len(listed)
    more = SAY["more_answers.one" if left == 1 else "more_answers.many"][language]
    note = more.format(n=left) if left else ""
    caption = SAY["answers"][language].format(column=facts.name)
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
    first = group[0]
    number = count(len(group), language)
    lines = _common(first.described, None, language) + _source(first.described, language)
    beside = 0 < len(first.levels) <= MOST_BESIDE
    if first.levels and not beside:
        answers = "; ".join(_answer(each.code, each.label[language]) for each in first.levels)
        lines.append(_line("answers", answers, language))
    meant = any(facts.described.meaning[language] for facts in group)
    names = [SAY["column.name"][language], SAY["column.meaning"][language]]
    header = names[: 1 + meant]
    if beside:
        header += [_answer(each.code, each.label[language]) for each in first.levels]
        header.append(SAY["column.empty"][language])
    else:
        header.append(SAY["column.filled"][language])
        if not first.levels:
            header.append(SAY["column.different"][language])
    rows = []
    for facts in group:
        shown = _counter(facts, language, missing=False)
        row = [facts.name, facts.described.meaning[language] or NONE][: 1 + meant]
        if beside:
            row += [shown(each.count, each.pupils) for each in facts.levels]
            row.append(shown(facts.empty, facts.empty_pupils))
        else:
            row.append(_filled(facts, language))
            row += [] if first.levels else [_distinct(facts, d, language)]
        rows.append(tuple(row))
    caption = SAY["alike"][language].format(n=number)
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
    """A number of rows, hidden when they are of too few pupils."""
    if rows and pupils < fewest():
        return f"<{fewest()}"
    if about and rows:
        return "±" + count(10 * math.floor(rows / 10 + 0.5), language)
    return count(rows, language)


def _filled(facts: ColumnFacts, language: str) -> str:
    """How many rows are filled in, as a word when it is all of them."""
    if not facts.empty and facts.filled:
        return SAY["filled.all"][language]
    if not facts.filled:
        return SAY["filled.none"][language]
    return _counter(facts, language)(facts.filled, facts.filled_pupils)


def _filled_of(facts: ColumnFacts, d: Description, language: str) -> str:
    if not facts.empty or not facts.filled:
        return _filled(facts, language)
    filled, rows = _filled(facts, language), _few(d.rows, d.rows, language)
    empty = _counter(facts, language)(facts.empty, facts.empty_pupils)
    return SAY["filled.some"][language].format(filled=filled, rows=rows, empty=empty)


def _number(x: float, language: str) -> str:
    """A limit as it was declared: 1 or 0,5."""
    if math.isinf(x):
        return SAY["no_limit"][language]
    written = f"{x:.10g}".replace("-", MINUS)
    return written.replace(".", ",") if dutch(language) else written


def _line(what: str, told: str, language: str) -> str:
    """A fact of a column, after what it is about."""
    return SAY[f"line.{what}"][language].format(told=told)
