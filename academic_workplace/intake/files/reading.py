"""Read a file into a table: the format is found from the content, not from the name.

Reading never changes a value silently: what was guessed stands in ``table.attrs["reading"]``, is
shown by ``reading_of``, and can be told instead.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from academic_workplace import engines
from academic_workplace.errors import DataError, Fault, dutch
from academic_workplace.intake import identity
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    apply_codebook,
    codebook_of,
    read_codebook,
)
from academic_workplace.intake.codebook import Form as Holds
from academic_workplace.intake.files.arrow import from_arrow
from academic_workplace.intake.files.content import LEFT_OUT, Content, refuse
from academic_workplace.intake.files.databases import from_database, is_connection, name_of
from academic_workplace.intake.files.doubts import doubts
from academic_workplace.intake.files.formats import Format, format_of
from academic_workplace.intake.files.grid import LeftOut, as_cell
from academic_workplace.intake.files.numbers import (
    ABSENT,
    COMMA,
    DUTCH,
    Kind,
    as_numbers,
    as_text,
    kind_as_told,
    kind_of,
    shape_of,
    words_of,
)
from academic_workplace.intake.files.sheets import table_of_workbook
from academic_workplace.intake.files.statistical import from_statistical
from academic_workplace.intake.files.surveys import Found, Survey, answers, own_columns
from academic_workplace.intake.files.texts import (
    ENCODINGS,
    FIRST_ROW,
    Dialect,
    Told,
    dialect_of,
    is_regular,
    only_header,
    regular_rows,
    sql_of,
    text_parts,
)
from academic_workplace.intake.files.writing import as_described, codebook_in_parquet
from academic_workplace.intake.files.writing import beside as own_codebook
from academic_workplace.language import Text, both, same

__all__ = [
    "FIRST_ROW", "Dialect", "Form", "Reading", "codebook_beside", "damaged_parquet", "dialect_of",
    "form_of", "is_regular", "only_header", "read", "reading_of", "sql_of", "streams", "text_parts",
]  # fmt: skip


class Form(Enum):
    """How a file may be looked at: streamed as text, streamed as Parquet, or read whole."""

    CSV = "CSV"
    EXCEL = "whole"
    PARQUET = "Parquet"


# ---------------------------------------------------------------- what was read


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found and guessed when a table was read."""

    source: str
    notes: tuple[Text, ...]

    def explain(self, language: str = "nl") -> str:
        """Everything that was found, a line each."""
        lines = [note[language] for note in self.notes]
        start = "Bij het lezen aangenomen" if dutch(language) else "Assumed when reading"
        nothing = "niets" if dutch(language) else "nothing"
        name = f" ({self.source})" if self.source else ""
        return f"{start}{name}: " + ("; ".join(lines) or nothing) + "."

    def _repr_html_(self) -> str:
        return both(self.explain)


def reading_of(table: pd.DataFrame) -> Reading:
    """What was found and guessed when this table was read (nothing for one that was not)."""
    notes = table.attrs.get("reading", ())
    return Reading(str(table.attrs.get("source", "")), tuple(notes))


# ---------------------------------------------------------------- read


def read(
    source: str | Path,
    *,
    sheet: str | int | None = None,
    header: int | tuple[int, ...] | None = None,
    footer: int | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    survey: Survey | str | None = None,
    short_names: bool = False,
    table: str | None = None,
    query: str | None = None,
    keep: str | Sequence[str] = (),
) -> pd.DataFrame:
    """Read a file of text (CSV, TSV), a workbook (.xlsx, .xls, .ods), SPSS, Stata, Parquet, Arrow,
    or a table of a database (a DuckDB or SQLite file, or ``postgresql://...``).

    What a file does not say is found, and can be told instead: ``sheet`` (its name, or its number
    counted from 1), ``header`` (the number of its row, or of its rows; 0: there is none),
    ``footer`` (how many filled rows at the end are no data), ``separator``, ``decimal`` ("," or
    "."), ``encoding``, ``survey`` (the tool of an export, "none": it is an ordinary table),
    ``table`` or ``query`` of a database. ``short_names``: columns v1, v2, ... instead of whole
    questions, which are then their meaning in the codebook. ``keep``: columns that may stay
    although they identify a person; all other such columns are removed.

    Returns one row per filled row of the file, with numbers where a whole column is numbers and
    text elsewhere; ``attrs["source"]`` is the file's name, ``attrs["reading"]`` what was found (see
    ``reading_of``), ``attrs["decimal_comma"]`` whether numbers were written with a comma and
    ``attrs["codebook"]`` what is known of the columns: from the file, and from ``codebook.toml``
    or ``<name>.codebook.toml`` in its folder, of which the codes for "missing" are made empty. The
    index plus two is the row in a spreadsheet.

    Raises DataError when the file is absent, empty, of an unknown kind or in a wrong encoding,
    when its rows are not equally long, when a column name is repeated, when formulas have no
    outcome, and when something is told that does not fit the file.
    """
    told = _told(sheet, header, footer, separator, decimal, encoding, survey)
    wish = {"table": table, "query": query}
    if isinstance(source, str) and is_connection(source):
        _refuse_unfit(name_of(source), Format.DATABASE, told, wish)
        content, name = from_database(source, table=table, query=query), name_of(source)
    else:
        path = Path(source)
        form, name = format_of(path), path.name
        _refuse_unfit(name, form, told, wish)
        content = _content(path, form, told, wish)
    return _finished(content, name, keep, short_names=short_names)


def _content(path: Path, form: Format, told: Told, wish: Mapping[str, str | None]) -> Content:
    beside = codebook_beside(path)
    declared = read_codebook(beside) if beside else None
    if form is Format.TEXT:
        return _from_text(path, told, declared, own=beside is not None and _is_own(path, beside))
    if form is Format.WORKBOOK:
        return _from_workbook(path, told, declared)
    if form is Format.DATABASE:
        content = from_database(str(path), **wish)
    elif form is Format.ARROW:
        content = from_arrow(path)
    elif form is Format.STATISTICAL:
        content = from_statistical(path)
    else:
        content = _from_parquet(path)
    if content.table.empty:
        raise only_header(path)
    return _with_declared(content, declared)


def _finished(
    content: Content, name: str, keep: str | Sequence[str], *, short_names: bool
) -> pd.DataFrame:
    """The table as it leaves this room: without what identifies, and with what is known of it."""
    out, notes = content.table, list(content.notes)
    out.attrs["source"] = name
    out.attrs["decimal_comma"] = content.decimal_comma
    if content.codebook is not None:
        out.attrs[CODEBOOK] = content.codebook
    before = list(out.columns)
    out, removed = identity.remove(out, identity.find(out), keep)
    notes += removed
    if not out.shape[1]:
        rule = Text(
            "Elke kolom van dit bestand kan iemand aanwijzen; er blijft niets over.",
            "Every column of this file can identify a person; nothing is left.",
        )
        remedy = Text(
            "Noem bij keep de kolommen die mogen blijven.",
            "Name at keep the columns that may stay.",
        )
        raise DataError([Fault(rule, remedy, name)])
    out.attrs[LEFT_OUT] = tuple(name for name in before if name not in out.columns)
    if short_names:
        out, renamed = _short_names(out)
        notes += renamed
    out.attrs["reading"] = tuple(notes)
    return out


def streams(path: Path) -> bool:
    """Whether a file may be streamed and then gives what ``read`` gives; else it is read whole."""
    form = form_of(path)
    return form is Form.PARQUET or (form is Form.CSV and is_regular(path, dialect_of(path)))


def form_of(path: Path) -> Form:
    """How a file may be looked at. Raises DataError as ``read`` does."""
    form = format_of(path)
    if form not in (Format.TEXT, Format.PARQUET):
        return Form.EXCEL
    beside = codebook_beside(path)
    book = read_codebook(beside) if beside is not None else None
    described = book if beside is not None and _is_own(path, beside) else None
    if form is Format.PARQUET:
        described = codebook_in_parquet(path)
    if _changes(book, described):
        return Form.EXCEL
    return Form.CSV if form is Format.TEXT else Form.PARQUET


def _changes(declared: Codebook | None, described: Codebook | None) -> bool:
    """Whether cells are not taken as they stand: codes become empty, or get their labels."""
    columns = declared.columns.values() if declared is not None else ()
    labelled = described.columns.values() if described is not None else ()
    return any(column.missing or column.missing_ranges for column in columns) or any(
        column.levels and column.type in (Holds.CATEGORY, Holds.ORDERED) for column in labelled
    )


# ---------------------------------------------------------------- what is told


def _told(
    sheet: str | int | None,
    header: int | tuple[int, ...] | None,
    footer: int | None,
    separator: str | None,
    decimal: str | None,
    encoding: str | None,
    survey: Survey | str | None,
) -> Told:
    """What the user says, in one form. Raises DataError naming everything that cannot be."""
    faults: list[Fault] = []

    def fault(column: str, nl: str, en: str) -> None:
        rule = Text("Dit kan niet.", "This cannot be.")
        faults.append(Fault(rule, Text(nl, en), column=column))

    rows = (header,) if isinstance(header, int) else header
    if rows == (0,):
        rows = ()
    if rows is not None and (
        any(not isinstance(row, int) or row < 1 for row in rows) or list(rows) != sorted(set(rows))
    ):
        fault(
            "header",
            "Geef het nummer van de rij, zoals 4; van twee rijen (4, 5); of 0: geen kopregel.",
            "Give the number of the row, such as 4; of two rows (4, 5); or 0: no header.",
        )
    if footer is not None and (not isinstance(footer, int) or footer < 0):
        fault("footer", "Geef een aantal rijen, zoals 3.", "Give a number of rows, such as 3.")
    if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
        fault("separator", "Geef één teken, zoals ;", "Give one sign, such as ;")
    if decimal not in (None, ",", "."):
        fault("decimal", "Kies , of .", "Choose , or .")
    tool = None
    if survey is not None:
        try:
            tool = Survey(survey)
        except ValueError:
            names = ", ".join(Survey)
            fault("survey", f"Kies uit: {names}.", f"Choose from: {names}.")
    if faults:
        raise DataError(faults)
    return Told(sheet, rows, footer, separator, decimal, encoding, tool)


FITS = {
    Format.TEXT: ("header", "footer", "separator", "decimal", "encoding", "survey"),
    Format.WORKBOOK: ("sheet", "header", "footer", "decimal", "survey"),
    Format.DATABASE: ("table", "query"),
}


def _refuse_unfit(name: str, form: Format, told: Told, wish: Mapping[str, str | None]) -> None:
    """Raise DataError for what says nothing about a file of this kind."""
    given = {key: getattr(told, key) for key in Told.__slots__} | dict(wish)
    fits = FITS.get(form, ())
    rule = Text(
        "Dit hoort niet bij een bestand van deze soort.",
        "This does not belong to a file of this kind.",
    )
    remedy = Text("Laat het weg bij het lezen.", "Leave it out when reading.")
    unfit = [key for key, value in given.items() if value is not None and key not in fits]
    if unfit:
        raise DataError([Fault(rule, remedy, name, key) for key in unfit])


# ---------------------------------------------------------------- the kinds of file


def _from_text(path: Path, told: Told, declared: Codebook | None, *, own: bool) -> Content:
    """own: whether the codebook is of this file alone, as ``save`` writes it beside a CSV."""
    dialect = _as_saved(path, told, declared) if own and declared is not None else None
    dialect = dialect or dialect_of(path, told)
    text, left_out = regular_rows(path, dialect), LeftOut()
    if text is None:
        parts = list(text_parts(path, dialect, left_out))
        if not parts:
            raise only_header(path)
        text = pd.concat(parts) if len(parts) > 1 else parts[0]
    shown = {"\t": "tab"}.get(dialect.separator, dialect.separator)
    encoding = ENCODINGS.get(dialect.encoding, dialect.encoding)
    notes = [
        Text(f"scheidingsteken ‘{shown}’", f"separator ‘{shown}’"),
        Text(f"codering {encoding}", f"encoding {encoding}"),
        *dialect.head.notes,
        *left_out.notes,
    ]
    described = declared if own else None
    return _converted(path, text, notes, dialect.survey, told, declared, described)


def _as_saved(path: Path, told: Told, described: Codebook) -> Dialect | None:
    """How a file is written when its first row names what its own codebook describes; else None.

    Then nothing is searched for: a last row with one sentence in it is data.
    """
    if told.header is not None or told.survey is not None:
        return None
    try:
        footer = told.footer or 0
        first = dialect_of(path, replace(told, header=(1,), footer=footer, survey=Survey.NONE))
    except DataError:
        return None
    return first if all(name in described for name in first.names) else None


def _from_workbook(path: Path, told: Told, declared: Codebook | None) -> Content:
    found = table_of_workbook(path, told)
    return _converted(path, found.cells, found.notes, found.survey, told, declared, found.described)


def _from_parquet(path: Path) -> Content:
    try:
        table = engines.read_parquet(path)
    except ValueError:
        raise damaged_parquet(path) from None
    described = codebook_in_parquet(path)
    table = as_described(table, described) if described is not None else table
    return Content(table, [Text("Parquet", "Parquet")], codebook=described)


def damaged_parquet(path: Path) -> DataError:
    """The error for a Parquet file that cannot be read."""
    return refuse(
        path,
        Text("Dit Parquet-bestand is beschadigd.", "This Parquet file is damaged."),
        Text("Maak het opnieuw.", "Make it again."),
    )


# ---------------------------------------------------------------- from cells to values


def _converted(
    path: Path,
    cells: pd.DataFrame,
    notes: Sequence[Text],
    survey: Found,
    told: Told,
    declared: Codebook | None,
    described: Codebook | None,
) -> Content:
    """The table of these cells, without the rows of a survey that are no pupils.

    declared: the codebook beside the file. described: the codebook of this very table, which says
    what its columns hold; without it that is found from the cells.
    """
    cells, said, asked = answers(cells, survey)
    if cells.empty:
        raise only_header(path)
    cells = _plain_index(cells)
    found = _convert(cells, told.decimal)
    own = {**asked, **(described.columns if described else {})}
    own = {name: own[name] for name in own if name in cells}
    content = _with_declared(replace(found, notes=[], codebook=_codebook(own)), declared)
    if content.codebook is not None:
        emptied = (content.table.isna() & found.table.notna()).to_numpy()
        if emptied.any():  # without the codes a column may hold numbers only
            cells = cells.mask(emptied)
            found = _convert(cells, told.decimal)
    table = found.table
    if described is not None:
        texts = {str(n): cells[n].map(as_cell).astype("str") for n in cells if n in described}
        table = as_described(table, described, texts)
        notes = [*notes, Text("kolommen volgens het codeboek", "columns as in the codebook")]
    return Content(
        table,
        [*notes, *said, *found.notes, *content.notes, *doubts(table)],
        found.decimal_comma,
        _typed(content.codebook, asked, table),
    )


def _codebook(columns: Mapping[str, Column]) -> Codebook | None:
    return Codebook(MappingProxyType(dict(columns))) if columns else None


def _typed(
    codebook: Codebook | None, asked: Mapping[str, Column], table: pd.DataFrame
) -> Codebook | None:
    """The codebook with what the columns of a survey turned out to hold."""
    if codebook is None:
        return None
    columns = dict(codebook.columns)
    for name in asked:
        kind = table[name].dtype
        if pd.api.types.is_numeric_dtype(kind):
            columns[name] = replace(columns[name], type=Holds.NUMBER)
        elif pd.api.types.is_datetime64_any_dtype(kind):
            columns[name] = replace(columns[name], type=Holds.DATE)
    return _codebook(columns)


def _with_declared(content: Content, declared: Codebook | None) -> Content:
    """The content with the codebook beside its file; what that declares missing becomes empty."""
    own = dict(content.codebook.columns) if content.codebook else {}
    names = [name for name in content.table.columns if declared is not None and name in declared]
    columns = own | {
        name: _together(own.get(name), declared[name]) for name in names if declared is not None
    }
    if not columns:
        return content
    table = apply_codebook(content.table, Codebook(MappingProxyType(columns)))
    codebook = codebook_of(table)
    emptied = {
        n for n in columns if n in table and (table[n].isna() & content.table[n].notna()).any()
    }
    notes = [
        Text(
            f"{name}: code {each.code}{_in_brackets(each.label.nl)} telt als leeg"
            f" ({each.count} keer)",
            f"{name}: code {each.code}{_in_brackets(each.label.en)} taken as missing"
            f" ({each.count} times)",
        )
        for name, column in (codebook.columns if codebook else {}).items()
        for each in column.missing
        if name in emptied and each.count
    ]
    return Content(table, [*content.notes, *notes], content.decimal_comma, codebook)


def _in_brackets(words: str) -> str:
    return f" ({words})" if words else ""


def _together(own: Column | None, beside: Column) -> Column:
    """What the codebook beside a file says of a column, and what the file says of it besides."""
    if own is None:
        return beside
    codes = {each.code for each in beside.missing}
    return replace(
        beside,
        meaning=beside.meaning or own.meaning,
        range=beside.range or own.range,
        levels=beside.levels or own.levels,
        missing=(*beside.missing, *(each for each in own.missing if each.code not in codes)),
        missing_ranges=beside.missing_ranges or own.missing_ranges,
        source=beside.source or own.source,
    )


def codebook_beside(path: Path) -> Path | None:
    """The codebook that stands beside a file: of its name, or of its folder; None without one."""
    for beside in (own_codebook(path), path.with_name("codebook.toml")):
        if beside.is_file():
            return beside
    return None


def _is_own(path: Path, beside: Path) -> bool:
    return beside.name == own_codebook(path).name


def _short_names(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Text]]:
    """The table with columns v1, v2, ... for its questions, which become their meaning."""
    names = [str(name) for name in table.columns]
    codebook = codebook_of(table)
    tools = [tool for tool in Survey if tool is not Survey.NONE]
    own = set().union(*(own_columns(tool, names) for tool in tools))
    questions = [name for name in names if name not in own]
    new = {name: f"v{i}" for i, name in enumerate(questions, 1)}
    if any(name in names for name in new.values() if name not in new):
        return table, []
    columns = dict(codebook.columns) if codebook else {}
    columns = {new.get(name, name): column for name, column in columns.items()}
    for name, short in new.items():
        column = columns.get(short, Column())
        columns[short] = replace(column, meaning=column.meaning or same(name))
    out = table.rename(columns=new)
    out.attrs[CODEBOOK] = Codebook(MappingProxyType(columns))
    n = len(new)
    return out, [Text(f"vragen met een korte naam: {n}", f"questions with a short name: {n}")]


# ---------------------------------------------------------------- from cells to values


def _plain_index(table: pd.DataFrame) -> pd.DataFrame:
    """The same table, counted from 0 when no row was left out."""
    whole = len(table) > 0 and table.index[0] == 0 and table.index[-1] == len(table) - 1
    return table.reset_index(drop=True) if whole else table


def _convert(cells: pd.DataFrame, decimal: str | None) -> Content:
    """Turn the columns that hold only numbers into numbers; empty text becomes missing.

    cells: text, or (of a workbook) values and text. decimal: as it was told.
    """
    values = {name: _values(cells[name]) for name in cells.columns}
    words = {name: words_of(text) for name, (_, text, _) in values.items() if text is not None}
    shapes = {name: shape_of(column.words) for name, column in words.items()}
    dutch_file = any(shape.needs_comma for shape in shapes.values()) and decimal != "."
    dutch_file |= decimal == ","
    notes: list[Text] = []
    out: dict[str, pd.Series] = {}
    for name, (plain, _, mixed) in values.items():
        if plain is not None:
            out[name] = plain
            continue
        shape, column = shapes[name], words[name]
        told = kind_as_told(shape, decimal) if decimal else None
        kind = told or kind_of(shape, dutch=dutch_file)
        if kind is Kind.TEXT:
            out[name] = as_text(column, cells.index)
            if not decimal and shape.ambiguous(dutch=dutch_file):
                notes.append(
                    Text(
                        f"{name}: tekst (de punt kan bij duizendtallen of decimalen horen)",
                        f"{name}: text (the point may mark thousands or decimals)",
                    )
                )
            elif mixed:
                notes.append(
                    Text(
                        f"{name}: tekst, want er staan datums of tijden tussen andere cellen",
                        f"{name}: text, for there are dates or times between other cells",
                    )
                )
            continue
        out[name] = as_numbers(column, kind, cells.index)
        if kind is Kind.COMMA:
            notes.append(Text(f"{name}: decimale komma", f"{name}: decimal comma"))
        if kind is Kind.POINT and not told and 0 < shape.dotted == shape.thousands:
            notes.append(
                Text(
                    f"{name}: punt voor de decimalen (1.234 is hier net meer dan 1; is het ruim"
                    ' duizend, lees dan met decimal=",")',
                    f"{name}: point before the decimals (1.234 is just over 1 here; if it is over a"
                    ' thousand, read with decimal=",")',
                )
            )
        if kind is Kind.THOUSANDS:
            notes.append(
                Text(
                    f"{name}: punt bij duizendtallen, decimale komma",
                    f"{name}: point at thousands, decimal comma",
                )
            )
        if shape.absent:
            found = ", ".join(f"‘{word}’" for word in ABSENT if word in set(column.words))
            notes.append(
                Text(f"{name}: {found} telt als leeg", f"{name}: {found} taken as missing")
            )
    return Content(pd.DataFrame(out, index=cells.index), notes, dutch_file)


def _values(column: pd.Series) -> tuple[pd.Series | None, pd.Series | None, bool]:
    """A column as values that need nothing more, or as text; and whether it mixes days and more."""
    if column.dtype != object:
        return None, column, False
    if not any(isinstance(cell, str) and cell.strip() for cell in column):
        plain = column.where(column.map(as_cell) != "", None).infer_objects()
        if plain.dtype != object or plain.isna().all():
            return plain, None, False
    kinds = {type(cell) for cell in column if as_cell(cell) and not isinstance(cell, str)}
    times = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
    mixed = any(issubclass(kind, times) for kind in kinds)
    text = column.map(as_cell)
    if any(issubclass(kind, (int, float)) for kind in kinds) and _has_commas(column):
        real = [isinstance(cell, (int, float)) for cell in column]
        text = text.mask(np.array(real), text.str.replace(".", ",", regex=False))
    return None, text.astype("str"), mixed


def _has_commas(column: pd.Series) -> bool:
    """Whether all text is a number, with a decimal comma: numbers beside it are written so too."""
    text = [word for cell in column if isinstance(cell, str) and (word := cell.strip())]
    number = re.compile(f"{COMMA}|{DUTCH}").fullmatch
    return any("," in word for word in text) and all(map(number, text))
