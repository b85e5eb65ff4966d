"""Workbooks (.xlsx, .xls, .ods): the table in a sheet, wherever it stands, cell by cell.

openpyxl reads .xlsx, for it keeps the errors in cells; python-calamine reads .xls, and what
openpyxl refuses (the styles of the CBS), in a program of its own, which damage may end. An .ods is
read here, for only so are its merged and hidden cells known.
"""

from __future__ import annotations

import datetime
import pickle
import re
import subprocess
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.codebook import Codebook
from academic_workplace.intake.files import apart
from academic_workplace.intake.files.content import refuse
from academic_workplace.intake.files.formats import damaged_workbook
from academic_workplace.intake.files.grid import (
    LeftOut,
    Merged,
    Row,
    as_cell,
    columns_of,
    find_head,
    head_as_told,
    pupils_only,
    repeated_in,
    shown_rows,
)
from academic_workplace.intake.files.surveys import Found, Survey, recognise
from academic_workplace.intake.files.texts import (
    FIRST_ROW,
    Told,
    empty,
    no_such_header,
    only_header,
    repeated_name,
)
from academic_workplace.intake.files.writing import SHEET as CODEBOOK_SHEET
from academic_workplace.intake.files.writing import codebook_in_sheet
from academic_workplace.language import Text

# What a damaged or disguised workbook makes openpyxl and other parsers raise.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError, LookupError, ValueError,
           TypeError, AttributeError, RuntimeError, ArithmeticError, MemoryError)  # fmt: skip
LARGEST_PART = 1 << 30  # bytes of one sheet; more is a trap, or belongs in another kind of file
LARGEST_ODS = 1 << 28  # it is read in one go
LARGEST_GRID = 1 << 24  # cells of an .ods, which may say that one stands there many times
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14  # of any spreadsheet
SHOWN_SHEETS = 10
PATIENCE = 120  # seconds
# Tags may have a prefix, as some programs write them.
ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*>")
COLUMN = re.compile(rb"<(?:\w+:)?col\b[^<>]*>")
ERROR = re.compile(rb'<(?:\w+:)?c\b[^<>]*\bt="e"')
MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^<>]*\bref="([A-Z]{1,3})([0-9]{1,7}):'
                   rb'([A-Z]{1,3})([0-9]{1,7})"')  # fmt: skip
FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
NUMBER = re.compile(rb'\br="([0-9]{1,7})"')
ENDS = re.compile(rb'\b(min|max)="([0-9]{1,5})"')
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
WORDS = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The cells of a sheet from its first row on, and what else the file says of it.

    unstored: the cells (row, column) with a formula of which the outcome was not stored. errors:
    how many cells held an error that is now empty; None when that cannot be known.
    """

    rows: Sequence[Sequence[object]]
    merged: tuple[Merged, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    unstored: tuple[tuple[int, int], ...] = ()
    errors: int | None = 0


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The names of the sheets of a workbook, which are in sight, and how to read one of them."""

    names: tuple[str, ...]
    visible: tuple[bool, ...]
    read: Callable[[int], Sheet]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table in a sheet: its cells as they stand there, and what was found on the way.

    described: the codebook on another sheet, as ``save`` writes it.
    """

    cells: pd.DataFrame
    notes: list[Text]
    survey: Found
    described: Codebook | None = None


def table_of_workbook(path: Path, told: Told) -> Table:
    """The table in a workbook. Raises DataError as ``read`` does."""
    try:
        with ExitStack() as opened:
            book = _open(path, opened)
            chosen, sheet = _choose(path, book, told)
            described = _described(book, chosen)
            notes = _notes_on_sheets(book, chosen, described)
            if described is not None and _is_as_saved(sheet, described, told):
                told = replace(told, header=(1,), footer=told.footer or 0, survey=Survey.NONE)
            return replace(_table(path, sheet, notes, told), described=described)
    except DAMAGED:
        raise damaged_workbook(path) from None


def _open(path: Path, opened: ExitStack) -> Book:
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return _book_of_calamine(path)
    archive = opened.enter_context(zipfile.ZipFile(path))
    names = archive.namelist()
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise refuse(
            path,
            Text("Op dit bestand zit een wachtwoord.", "This file has a password."),
            Text("Sla het op zonder wachtwoord.", "Save it without a password."),
        )
    most = LARGEST_ODS if "content.xml" in names else LARGEST_PART
    if max(part.file_size for part in archive.infolist()) > most:
        raise refuse(
            path,
            Text("Dit werkboek is te groot om te lezen.", "This workbook is too large to read."),
            Text("Bewaar de tabel als CSV of Parquet.", "Save the table as CSV or Parquet."),
        )
    if "content.xml" in names:
        return _book_of_ods(path, archive)
    return _book_of_excel(path, archive, opened)


# ---------------------------------------------------------------- which sheet


def _choose(path: Path, book: Book, told: Told) -> tuple[int, Sheet]:
    """The sheet that was asked for, or the first with a table: more rows and columns than one.

    Sheets out of sight come last; without a table, a column with rows below each other is one.
    """
    if not book.names:
        raise empty(path)
    if told.sheet is not None:
        chosen = _asked(path, book, told.sheet)
        return chosen, book.read(chosen)
    order = sorted(range(len(book.names)), key=lambda i: not book.visible[i])
    second, headed = None, False
    for i in order:
        sheet = book.read(i)
        filled = [sum(map(bool, map(as_cell, row))) for row in sheet.rows]
        rows, width = sum(map(bool, filled)), max(filled, default=0)
        headed |= rows > 0
        if rows > 1 and width > 1:
            return i, sheet
        if rows > 1 and second is None:
            second = i, sheet
    if second is None:
        raise only_header(path) if headed else empty(path)
    return second


def _asked(path: Path, book: Book, sheet: str | int) -> int:
    """Which sheet has this name, or this number counted from 1."""
    if sheet in book.names:
        return book.names.index(str(sheet))
    if isinstance(sheet, int) and not isinstance(sheet, bool) and 0 < sheet <= len(book.names):
        return sheet - 1
    shown = _shown(book.names)
    raise refuse(
        path,
        Text("Dit werkblad is er niet.", "There is no such sheet."),
        Text(f"Kies uit: {shown}.", f"Choose from: {shown}."),
    )


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(f"‘{name}’" for name in names[:SHOWN_SHEETS])
    return shown + ", …" if len(names) > SHOWN_SHEETS else shown


def _described(book: Book, chosen: int) -> Codebook | None:
    """The codebook that stands on another sheet; None when there is none."""
    if CODEBOOK_SHEET not in book.names or book.names[chosen] == CODEBOOK_SHEET:
        return None
    return codebook_in_sheet(book.read(book.names.index(CODEBOOK_SHEET)).rows)


def _is_as_saved(sheet: Sheet, described: Codebook, told: Told) -> bool:
    """Whether the first row names what the codebook describes: then nothing is searched for."""
    if told.header is not None or told.survey is not None or not sheet.rows:
        return False
    return all(name in described for name in map(as_cell, sheet.rows[0]) if name)


def _notes_on_sheets(book: Book, chosen: int, described: Codebook | None) -> list[Text]:
    names = [name for name in book.names if described is None or name != CODEBOOK_SHEET]
    if len(names) == 1:
        return [Text("eerste werkblad", "first sheet")]
    name = book.names[chosen]
    others = _shown([other for other in names if other != name])
    return [Text(f"werkblad ‘{name}’, en niet {others}", f"sheet ‘{name}’, and not {others}")]


# ---------------------------------------------------------------- .xlsx


def _book_of_excel(path: Path, archive: zipfile.ZipFile, opened: ExitStack) -> Book:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and menus, which are not read
        try:
            file = opened.enter_context(path.open("rb"))  # a name may end in anything
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except DAMAGED:
            if archive.testzip() is None:  # nothing is damaged, so it is the taste of openpyxl
                return _book_of_calamine(path, archive)
            raise
    opened.callback(book.close)
    parts = _parts(archive)
    sheets = book.worksheets

    def read(i: int) -> Sheet:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheets[i].reset_dimensions()  # what the file says of its own size may be wrong
            rows = list(islice(sheets[i].iter_rows(values_only=True), MOST_ROWS + 1))
        if len(rows) > MOST_ROWS:  # a row may say that it is number two thousand million
            raise damaged_workbook(path)
        part = parts.get(sheets[i].title)
        return _with_extras(rows, archive.read(part)) if part else Sheet(rows)

    visible = tuple(sheet.sheet_state == "visible" for sheet in sheets)
    return Book(tuple(str(sheet.title) for sheet in sheets), visible, read)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of a sheet -> the part of the archive that holds it."""
    names = set(archive.namelist())
    book = next(iter(sorted(n for n in names if re.fullmatch(r"xl/workbook\d*\.xml", n))), "")
    links = f"xl/_rels/{book.removeprefix('xl/')}.rels"
    if not book or links not in names:
        return {}
    targets = {link.get("Id"): str(link.get("Target")) for link in _xml(archive, links)}
    out = {}
    for sheet in _xml(archive, book).iterfind(".//{*}sheet"):
        named = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        target = targets.get(named, "")
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if part in names:
            out[str(sheet.get("name"))] = part
    return out


def _xml(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """A part of the archive. Expat itself stops entities that grow without end."""
    content = archive.read(part)
    if b"<!DOCTYPE" in content[:1000]:
        raise ValueError(part)
    return ElementTree.fromstring(content)  # noqa: S314  # expat limits what entities grow to


def _with_extras(rows: Sequence[Sequence[object]], xml: bytes) -> Sheet:
    """The sheet with what openpyxl does not tell when it reads row by row."""
    hidden_rows = [
        int(number[1])
        for row in ROW.findall(xml)
        if HIDDEN.search(row) and (number := NUMBER.search(row))
    ]
    hidden_columns: list[int] = []
    for column in COLUMN.findall(xml):
        ends = {key: int(value) for key, value in ENDS.findall(column)}
        if HIDDEN.search(column) and len(ends) == 2:
            hidden_columns += range(ends[b"min"], min(ends[b"max"], MOST_COLUMNS) + 1)
    merged = [
        Merged(int(top), _column(left), int(bottom), _column(right))
        for left, top, right, bottom in MERGE.findall(xml)
    ]
    # An outcome that is an empty text is stored as nothing, too.
    unstored = [
        (int(place[2]), _column(place[1]))
        for attributes in FORMULA.findall(xml)
        if b't="str"' not in attributes and (place := PLACE.search(attributes))
    ]
    return Sheet(rows, tuple(merged), tuple(hidden_rows), tuple(hidden_columns), tuple(unstored))


def _column(letters: bytes) -> int:
    """The number of a column, counted from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# ---------------------------------------------------------------- through calamine


def _book_of_calamine(path: Path, archive: zipfile.ZipFile | None = None) -> Book:
    """An .xls; or an .xlsx, with the archive that it is."""
    listed = _apart(path)
    parts = _parts(archive) if archive else {}

    def read(i: int) -> Sheet:
        cells, ranges = _apart(path, i)
        rows = [[_plain(cell) for cell in row] for row in cells]
        merged = tuple(
            Merged(top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in ranges
        )
        if archive is None:
            return Sheet(rows, merged, errors=None)
        xml = archive.read(parts[listed[i][0]])
        return replace(_with_extras(rows, xml), errors=len(ERROR.findall(xml)))

    return Book(tuple(name for name, _ in listed), tuple(seen for _, seen in listed), read)


def _apart(path: Path, sheet: int | None = None) -> Any:
    """What calamine says of a workbook, in a program of its own (``apart.py``)."""
    command = [sys.executable, "-P", apart.__file__, str(path.absolute())]
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            [*command, "" if sheet is None else str(sheet)],
            capture_output=True, check=False, timeout=PATIENCE, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise damaged_workbook(path) from None
    if done.returncode == apart.PASSWORD:
        raise refuse(
            path,
            Text("Op dit bestand zit een wachtwoord.", "This file has a password."),
            Text("Sla het op zonder wachtwoord.", "Save it without a password."),
        )
    if done.returncode:
        raise damaged_workbook(path)
    return pickle.loads(done.stdout)  # noqa: S301  # from our own program


def _plain(cell: object) -> object:
    """A cell as openpyxl gives it."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, datetime.date) and not isinstance(cell, datetime.datetime):
        return datetime.datetime.combine(cell, datetime.time())
    return None if cell == "" else cell


# ---------------------------------------------------------------- .ods


def _book_of_ods(path: Path, archive: zipfile.ZipFile) -> Book:
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise refuse(
            path,
            Text("Op dit bestand zit een wachtwoord.", "This file has a password."),
            Text("Sla het op zonder wachtwoord.", "Save it without a password."),
        )
    content = _xml(archive, "content.xml")
    tables = list(content.iter(f"{TABLE}table"))
    hidden = {
        style.get("{urn:oasis:names:tc:opendocument:xmlns:style:1.0}name")
        for style in content.iter("{urn:oasis:names:tc:opendocument:xmlns:style:1.0}style")
        if any(part.get(f"{TABLE}display") == "false" for part in style)
    }
    names = tuple(str(table.get(f"{TABLE}name", i)) for i, table in enumerate(tables, 1))
    visible = tuple(table.get(f"{TABLE}style-name") not in hidden for table in tables)
    return Book(names, visible, lambda i: _sheet_of_ods(path, tables[i]))


def _sheet_of_ods(path: Path, table: ElementTree.Element) -> Sheet:
    rows: list[list[object]] = []
    merged: list[Merged] = []
    hidden_rows: list[int] = []
    hidden_columns: list[int] = []
    column = room = 0
    for part in table.iter(f"{TABLE}table-column"):
        times = _times(part, "columns", MOST_COLUMNS)
        if part.get(f"{TABLE}visibility") in ("collapse", "filter"):
            hidden_columns += range(column + 1, column + times + 1)
        column += times
    number = 0
    for part in table.iter(f"{TABLE}table-row"):
        times = _times(part, "rows", MOST_ROWS)
        cells: list[object] = []
        for cell in part:
            if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            covered = cell.tag == f"{TABLE}covered-table-cell"
            value = None if covered else _value(cell)
            down, across = (_spanned(cell, each) for each in ("rows", "columns"))
            if down > 1 or across > 1:
                left = len(cells) + 1
                merged.append(Merged(number + 1, left, number + down, left + across - 1))
            cells += [value] * _times(cell, "columns", MOST_COLUMNS - len(cells))
        while cells and cells[-1] is None:
            cells.pop()
        if part.get(f"{TABLE}visibility") in ("collapse", "filter") and cells:
            hidden_rows += range(number + 1, number + times + 1)
        if cells:
            room += times * len(cells)
            if number + times > MOST_ROWS or room > LARGEST_GRID:
                raise damaged_workbook(path)
            rows += [[] for _ in range(number - len(rows))]
            rows += [cells] * times
        number += times
    return Sheet(rows, tuple(merged), tuple(hidden_rows), tuple(hidden_columns))


def _times(part: ElementTree.Element, what: str, most: int) -> int:
    return max(1, min(int(part.get(f"{TABLE}number-{what}-repeated", "1")), most))


def _spanned(cell: ElementTree.Element, what: str) -> int:
    return min(int(cell.get(f"{TABLE}number-{what}-spanned", "1")), MOST_ROWS)


def _value(cell: ElementTree.Element) -> object:
    """The value of a cell of an .ods, as openpyxl gives it; an error is its text."""
    kind = cell.get(f"{OFFICE}value-type", "")
    shown = "\n".join("".join(_signs(part)) for part in cell if part.tag == f"{WORDS}p")
    if kind in ("float", "percentage", "currency") and not re.match(r"#|Err:", shown):
        return _plain(float(cell.get(f"{OFFICE}value", "")))
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    if kind == "date":
        return datetime.datetime.fromisoformat(cell.get(f"{OFFICE}date-value", ""))
    return shown or cell.get(f"{OFFICE}string-value") or None


def _signs(part: ElementTree.Element) -> Iterator[str]:
    """The text of a paragraph, with the spaces and breaks that have tags of their own."""
    yield part.text or ""
    for inner in part:
        if inner.tag == f"{WORDS}s":
            yield " " * min(int(inner.get(f"{WORDS}c", "1")), 1000)
        elif inner.tag == f"{WORDS}tab":
            yield "\t"
        elif inner.tag == f"{WORDS}line-break":
            yield "\n"
        elif inner.tag in (f"{WORDS}span", f"{WORDS}a"):
            yield from _signs(inner)
        yield inner.tail or ""


# ---------------------------------------------------------------- the table in the sheet


def _table(path: Path, sheet: Sheet, notes: list[Text], told: Told) -> Table:
    filled: list[Row] = [
        (number, row) for number, row in enumerate(sheet.rows, 1) if any(map(as_cell, row))
    ]
    if not filled:
        raise empty(path)
    if told.header is None:
        head = find_head(filled, sheet.merged)
    else:
        head = head_as_told(filled, told.header, sheet.merged) or no_such_header(path, told.header)
    survey = recognise(head, filled, told.survey)
    last = max((*head.rows, *survey.below), default=0)
    header = [row for number, row in filled if number in head.rows]
    # A footer may be wider than the table, but what has neither name nor cell is no column.
    left_out = LeftOut()
    below = [row for row in filled if row[0] > last]
    width = max((i for _, row in (*below, (0, head.names)) for i, c in enumerate(row, 1)
                 if as_cell(c)), default=0)  # fmt: skip
    pupils = list(pupils_only(below, header, width, left_out, told.footer))
    columns = columns_of([*head.names, *[""] * width][:width])
    _refuse_unstored(path, sheet, last, left_out, columns)
    if not pupils:
        raise only_header(path)
    cells = [[*row, *[None] * width][:width] for _, row in pupils]
    rows = [number for number, _ in pupils]
    names = [*head.names, *[""] * width][:width]
    kept = [i for i in range(width) if names[i] or any(as_cell(row[i]) for row in cells)]
    if repeated := repeated_in(columns[i] for i in kept):
        raise DataError([repeated_name(path, name) for name in repeated])
    notes = [*notes, *head.notes, *left_out.notes]
    notes += _filled_in(sheet, rows, columns, cells) + _notes_on(sheet, rows, columns)
    index = [number - FIRST_ROW for number in rows]
    frame = pd.DataFrame(cells, index=index, columns=range(width), dtype=object)
    frame = frame[kept].set_axis([columns[i] for i in kept], axis=1)
    return Table(frame, notes, survey)


def _filled_in(
    sheet: Sheet, rows: Sequence[int], columns: Sequence[str], cells: list[list[object]]
) -> list[Text]:
    """Give every row its share of a cell that was merged over rows; change ``cells``."""
    at = {number: i for i, number in enumerate(rows)}
    given: dict[int, int] = {}
    for m in sheet.merged:
        if m.left != m.right or m.bottom == m.top or m.left > len(columns) or m.top not in at:
            continue
        value = cells[at[m.top]][m.left - 1]
        for number in range(m.top + 1, min(m.bottom, rows[-1]) + 1):
            if number in at and as_cell(value) and not as_cell(cells[at[number]][m.left - 1]):
                cells[at[number]][m.left - 1] = value
                given[m.left - 1] = given.get(m.left - 1, 0) + 1
    return [
        Text(
            f"{columns[i]}: gevuld uit samengevoegde cellen ({n})",
            f"{columns[i]}: filled from merged cells ({n})",
        )
        for i, n in sorted(given.items())
    ]


def _notes_on(sheet: Sheet, rows: Sequence[int], columns: Sequence[str]) -> list[Text]:
    """What a reader of the sheet would not see: hidden rows and columns, errors that are lost."""
    notes, read = [], set(rows)
    hidden = [number for number in sheet.hidden_rows if number in read]
    if hidden:
        shown = shown_rows(hidden)
        notes.append(
            Text(
                f"verborgen rijen meegelezen: {len(hidden)} (rij {shown.nl})",
                f"hidden rows read as well: {len(hidden)} (row {shown.en})",
            )
        )
    unseen = [columns[i - 1] for i in sheet.hidden_columns if i <= len(columns)]
    if unseen:
        shown_names = ", ".join(unseen)
        notes.append(
            Text(
                f"verborgen kolommen meegelezen: {shown_names}",
                f"hidden columns read as well: {shown_names}",
            )
        )
    if sheet.errors is None:
        notes.append(
            Text(
                "oud Excel (.xls): een cel met een fout (zoals #DIV/0!) telt als leeg",
                "old Excel (.xls): a cell with an error (such as #DIV/0!) counts as empty",
            )
        )
    elif sheet.errors:
        notes.append(
            Text(
                f"cellen met een fout (zoals #DIV/0!) tellen als leeg: {sheet.errors}",
                f"cells with an error (such as #DIV/0!) count as empty: {sheet.errors}",
            )
        )
    return notes


def _refuse_unstored(
    path: Path, sheet: Sheet, last: int, left_out: LeftOut, columns: Sequence[str]
) -> None:
    """Raise DataError for formulas among the pupils without a stored outcome, for each column."""
    found: dict[str, list[int]] = {}
    for number, column in sheet.unstored:
        pupils = number > last and number not in (*left_out.totals, *left_out.footers)
        if pupils:
            name = columns[column - 1] if column <= len(columns) else f"#{column}"
            found.setdefault(name, []).append(number)
    if found:
        rule = Text(
            "Hier staan formules waarvan de uitkomst niet in het bestand staat.",
            "There are formulas here of which the file does not hold the outcome.",
        )
        remedy = Text(
            "Open het bestand in Excel, sla het op, en lees het opnieuw.",
            "Open the file in Excel, save it, and read it again.",
        )
        raise DataError(
            [
                Fault(rule, remedy, path.name, name, tuple(numbers[:10]), len(numbers))
                for name, numbers in found.items()
            ]
        )
