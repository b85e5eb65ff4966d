"""Read a file into a table: the format is found from the content, not from the name.

Reading never changes a value silently: what was guessed stands in ``table.attrs["reading"]``.
"""

from __future__ import annotations

import codecs
import csv
import io
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from academic_workplace import engines
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.codebook import CODEBOOK
from academic_workplace.intake.content import Content, refuse
from academic_workplace.intake.numbers import (
    ABSENT,
    Kind,
    as_numbers,
    as_text,
    kind_of,
    shape_of,
    words_of,
)
from academic_workplace.language import Text

SEPARATORS = (";", ",", "\t", "|")
SAMPLE_LINES = 50
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows (cp1252)"}
START_CHARACTERS = 1 << 16
BLOCK_BYTES = 1 << 20
ROWS_AT_ONCE = 1 << 15
FIRST_ROW = 2  # the row of a spreadsheet below its header; a table's index counts from there
# What a damaged or disguised workbook makes openpyxl and its parsers raise.
DAMAGED = (BadZipFile, zlib.error, EOFError, OSError, SyntaxError, LookupError, ValueError,
           TypeError, AttributeError, RuntimeError)  # fmt: skip


class Form(Enum):
    """The kinds of file that can be read."""

    CSV = "CSV"
    EXCEL = "Excel"
    PARQUET = "Parquet"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file of text is written, and the names of its columns."""

    encoding: str
    separator: str
    names: tuple[str, ...]


def read(path: str | Path) -> pd.DataFrame:
    """Read CSV (any common separator, decimal comma or point), Excel (.xlsx) or Parquet.

    Returns one row per filled row of the file, with numbers where a whole column is numbers and
    text elsewhere; ``attrs["source"]`` is the file's name, ``attrs["reading"]`` what was guessed
    and ``attrs["decimal_comma"]`` whether numbers were written with a comma. The index plus two is
    the row in a spreadsheet.

    Raises DataError when the file is absent, empty, of an unknown kind or in a wrong encoding,
    when its rows are not equally long, or when a column name is repeated.
    """
    path = Path(path)
    form = form_of(path)
    readers = {Form.CSV: _from_csv, Form.EXCEL: _from_excel, Form.PARQUET: _from_parquet}
    content = readers[form](path)
    table = content.table
    if table.empty:
        raise empty(path)
    table.attrs["source"] = path.name
    table.attrs["reading"] = tuple(content.notes)
    table.attrs["decimal_comma"] = content.decimal_comma
    if content.codebook is not None:
        table.attrs[CODEBOOK] = content.codebook
    return table


def form_of(path: Path) -> Form:
    """What kind of table a file holds, from its bytes. Raises DataError as ``read`` does."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
            file.seek(max(0, file.seek(0, io.SEEK_END) - 4))
            end = file.read()
    except OSError:
        raise refuse(
            path,
            Text("Dit bestand kan niet geopend worden.", "This file cannot be opened."),
            Text("Controleer de naam en de map.", "Check the name and the folder."),
        ) from None
    if not start.strip():
        raise empty(path)
    if start.startswith(b"PAR1") and end == b"PAR1":
        return Form.PARQUET
    if start.startswith(b"PK\x03\x04"):
        return Form.EXCEL
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise refuse(
            path,
            Text(
                "Dit is een oud Excel-bestand (.xls), of er zit een wachtwoord op.",
                "This is an old Excel file (.xls), or it has a password.",
            ),
            Text(
                "Sla het in Excel op als .xlsx, zonder wachtwoord.",
                "Save it in Excel as .xlsx, without a password.",
            ),
        )
    if start.startswith((b"$FL2", b"$FL3")):
        raise refuse(
            path,
            Text(
                "Dit is een SPSS-bestand; dat kan hier nog niet gelezen worden.",
                "This is an SPSS file; it cannot be read here yet.",
            ),
            Text(
                "Bewaar het in SPSS als Excel (.xlsx) of als CSV, met waarden en niet met labels.",
                "Save it in SPSS as Excel (.xlsx) or as CSV, with values and not with labels.",
            ),
        )
    opening = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if opening.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise refuse(
            path,
            Text("Dit is een webpagina, geen tabel.", "This is a web page, not a table."),
            Text("Haal het bestand opnieuw op.", "Fetch the file again."),
        )
    return Form.CSV


def dialect_of(path: Path) -> Dialect:
    """How a file of text is written. Raises DataError as ``read`` does."""
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        start = file.read(START_CHARACTERS)
    if not start.strip():
        raise empty(path)
    separator = find_separator(start)
    header = next(_filled(path, encoding, separator), None)
    if header is None:
        raise empty(path)
    return Dialect(encoding, separator, _names(path, header[1]))


def encoding_of(path: Path) -> str:
    """UTF-8, UTF-16 with a mark, or cp1252: found by decoding the file block by block."""
    with path.open("rb") as file:
        marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
            file.seek(0)
            decoder = codecs.getincrementaldecoder(encoding)()
            try:
                while block := file.read(BLOCK_BYTES):
                    if "\x00" in decoder.decode(block):
                        break
                else:
                    decoder.decode(b"", final=True)
                    return encoding
            except UnicodeDecodeError:
                continue
    raise refuse(
        path,
        Text(
            "Dit bestand is geen tekst in UTF-8 of in de Windows-codering (cp1252).",
            "This file is not text in UTF-8 or in the Windows encoding (cp1252).",
        ),
        Text("Sla het op als ‘CSV UTF-8’.", "Save it as ‘CSV UTF-8’."),
    )


def find_separator(start: str) -> str:
    """The separator that gives the first lines most columns, and as many on every line."""
    lines = [line for line in io.StringIO(start, newline=None) if line.strip()][:SAMPLE_LINES]

    def score(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator))
        width, often = widths.most_common(1)[0]
        return (often if width > 1 else 0, width)

    return max(SEPARATORS, key=score)


def text_parts(path: Path, dialect: Dialect) -> Iterator[pd.DataFrame]:
    """The filled rows of a file of text, some at a time; every cell is text.

    Raises DataError, after the last row, when rows are longer or shorter than the header.
    """
    width, odd = len(dialect.names), []
    rows = _filled(path, dialect.encoding, dialect.separator)
    next(rows)  # the header
    while block := list(islice(rows, ROWS_AT_ONCE)):
        numbers, cells = zip(*block, strict=True)
        if any(len(row) != width for row in cells):
            cells = tuple(_without_surplus(row, width) for row in cells)
            odd += [n for n, row in zip(numbers, cells, strict=True) if len(row) != width]
        if not odd:
            index = np.array(numbers) - FIRST_ROW
            columns = dict(zip(dialect.names, zip(*cells, strict=True), strict=True))
            yield pd.DataFrame(columns, index=index, dtype="str")
    if odd:
        raise refuse(
            path,
            Text(
                f"Deze rijen hebben niet even veel cellen als de kopregel ({width}).",
                f"These rows do not have as many cells as the header ({width}).",
            ),
            Text(
                "Zet tekst (of een getal) met een scheidingsteken tussen aanhalingstekens, of"
                " bewaar de tabel als Excel-bestand (.xlsx).",
                "Put text (or a number) that holds the separator between quotation marks, or save"
                " the table as an Excel file (.xlsx).",
            ),
            odd,
        )


def _filled(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with something in them, numbered as a spreadsheet does; the first is the header."""
    number = 0
    with path.open(encoding=encoding, newline="") as file:
        try:
            rows = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
            for number, cells in enumerate(rows, 1):
                if "".join(cells).strip():
                    yield number, cells
        except csv.Error:
            raise refuse(
                path,
                Text(
                    "Bij deze rij klopt een aanhalingsteken niet.",
                    "A quotation mark is wrong at this row.",
                ),
                Text(
                    'Zet " aan beide kanten van de cel, of nergens; binnen de cel schrijft u "".',
                    'Put " on both sides of the cell, or nowhere; inside the cell write "".',
                ),
                [number + 1],
            ) from None


def _without_surplus(cells: list[str], width: int) -> list[str]:
    """The cells without the empty ones beyond the header, which a closing separator makes."""
    return cells[:width] if len(cells) > width and not any(map(str.strip, cells[width:])) else cells


def _names(path: Path, header: Sequence[object]) -> tuple[str, ...]:
    """Column names, stripped; one without a name gets its number. Raises DataError on repeats."""
    named = ["" if cell is None else str(cell).strip() for cell in header]
    names = tuple(name or f"#{i}" for i, name in enumerate(named, 1))
    repeated = [name for name, often in Counter(names).items() if often > 1]
    if repeated:
        raise DataError([_repeated_name(path, name) for name in repeated])
    return names


def sql_of(path: Path, dialect: Dialect) -> str:
    """SQL that reads a file of text, every cell as text."""
    return engines.scan_text(path, dialect.encoding, dialect.separator, dialect.names)


def is_regular(path: Path, dialect: Dialect) -> bool:
    """Whether the fast readers (pandas, DuckDB) read this file of text as ``text_parts`` does.

    Its header is the first line, its rows are as long as that, its quotes are closed, and no two
    names differ in case only (which DuckDB takes for the same).
    """
    with path.open(encoding=dialect.encoding, newline="") as file:
        first = file.readline().strip(dialect.separator + engines.WHITE)
    distinct = len({name.casefold() for name in dialect.names}) == len(dialect.names)
    return bool(first) and distinct and engines.can_read(sql_of(path, dialect))


def _regular_rows(path: Path, dialect: Dialect) -> pd.DataFrame | None:
    """The filled rows of a regular file of text, read fast; else None."""
    if not is_regular(path, dialect):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            rows = pd.read_csv(
                path, sep=dialect.separator, encoding=dialect.encoding, dtype="str", header=0,
                names=list(dialect.names), index_col=False, keep_default_na=False,
                skip_blank_lines=False, skipinitialspace=True,
            )  # fmt: skip
        except (pd.errors.ParserError, pd.errors.ParserWarning):
            return None
    filled = _without_blank_rows(rows)
    return None if filled.empty else _plain_index(filled)


def _without_blank_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with something in them, with the numbers they had."""
    first = rows.iloc[:, 0]
    maybe = rows[first.isin([word for word in first.unique() if not word.strip()])]
    blank = [not any(map(str.strip, cells)) for cells in maybe.to_numpy()]
    return rows.drop(index=maybe.index[blank]) if any(blank) else rows


def _from_csv(path: Path) -> Content:
    dialect = dialect_of(path)
    text = _regular_rows(path, dialect)
    if text is None:
        parts = list(text_parts(path, dialect))
        if not parts:
            raise empty(path)
        text = _plain_index(pd.concat(parts) if len(parts) > 1 else parts[0])
    shown = {"\t": "tab"}.get(dialect.separator, dialect.separator)
    encoding = ENCODINGS[dialect.encoding]
    notes = [
        Text(f"scheidingsteken ‘{shown}’", f"separator ‘{shown}’"),
        Text(f"codering {encoding}", f"encoding {encoding}"),
    ]
    return _convert(text, notes)


def _from_excel(path: Path) -> Content:
    try:
        rows = _cells_of_excel(path)
    except DAMAGED:
        raise refuse(
            path,
            Text("Dit Excel-bestand is niet te lezen.", "This Excel file cannot be read."),
            Text("Open het in Excel en sla het opnieuw op.", "Open it in Excel and save it again."),
        ) from None
    filled = [(n, row) for n, row in enumerate(rows, 1) if any(map(_as_cell, row))]
    if len(filled) < 2:
        raise empty(path)
    width = max(i for _, row in filled for i, cell in enumerate(row, 1) if _as_cell(cell))
    even = [[*row, *[None] * width][:width] for _, row in filled]
    names = _names(path, even[0])
    index = [number - FIRST_ROW for number, _ in filled[1:]]
    cells = _plain_index(pd.DataFrame(even[1:], index=index, columns=list(names), dtype=object))
    with_text = [
        name
        for name in names
        if any(isinstance(cell, str) and cell.strip() for cell in cells[name])
    ]
    text = cells[with_text].map(_as_cell).astype("str")
    converted = _convert(text, [Text("eerste werkblad", "first sheet")])
    plain = cells.drop(columns=with_text)
    plain = plain.where(plain.map(_as_cell) != "", None).infer_objects()
    table = pd.concat([plain, converted.table], axis=1)[list(names)]
    return Content(table, converted.notes, converted.decimal_comma)


def _cells_of_excel(path: Path) -> list[tuple[object, ...]]:
    """The values of the first sheet."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and menus, which are not read
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size may be wrong
            return list(sheet.iter_rows(values_only=True))


def _as_cell(cell: object) -> str:
    """A cell as text that reads back as the same number."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None or cell != cell else str(cell).strip()


def _from_parquet(path: Path) -> Content:
    try:
        return Content(engines.read_parquet(path), [Text("Parquet", "Parquet")])
    except ValueError:
        raise damaged_parquet(path) from None


def _plain_index(table: pd.DataFrame) -> pd.DataFrame:
    """The same table, counted from 0 when no row was left out."""
    whole = len(table) > 0 and table.index[0] == 0 and table.index[-1] == len(table) - 1
    return table.reset_index(drop=True) if whole else table


def _convert(text: pd.DataFrame, notes: list[Text]) -> Content:
    """Turn the columns that hold only numbers into numbers; empty text becomes missing."""
    columns = {name: words_of(text[name]) for name in text.columns}
    shapes = {name: shape_of(column.words) for name, column in columns.items()}
    dutch = any(shape.needs_comma for shape in shapes.values())
    out = {}
    for name, shape in shapes.items():
        kind, column = kind_of(shape, dutch=dutch), columns[name]
        if kind is Kind.TEXT:
            out[name] = as_text(column, text.index)
            if shape.ambiguous(dutch=dutch):
                notes.append(
                    Text(
                        f"{name}: tekst (de punt kan bij duizendtallen of decimalen horen)",
                        f"{name}: text (the point may mark thousands or decimals)",
                    )
                )
            continue
        out[name] = as_numbers(column, kind, text.index)
        if kind is Kind.COMMA:
            notes.append(Text(f"{name}: decimale komma", f"{name}: decimal comma"))
        if shape.absent:
            found = ", ".join(f"‘{word}’" for word in ABSENT if word in set(column.words))
            notes.append(
                Text(f"{name}: {found} telt als leeg", f"{name}: {found} taken as missing")
            )
    return Content(pd.DataFrame(out, index=text.index), notes, dutch)


def empty(path: Path) -> DataError:
    """The error for a file without rows."""
    return refuse(
        path,
        Text("Dit bestand is leeg.", "This file is empty."),
        Text("Controleer de export; er moet een kopregel zijn met rijen eronder.",
             "Check the export; there must be a header with rows below it."),
    )  # fmt: skip


def damaged_parquet(path: Path) -> DataError:
    """The error for a Parquet file that cannot be read."""
    return refuse(
        path,
        Text("Dit Parquet-bestand is beschadigd.", "This Parquet file is damaged."),
        Text("Maak het opnieuw.", "Make it again."),
    )


def _repeated_name(path: Path, name: str) -> Fault:
    return Fault(
        Text("Deze kolomnaam komt meer dan eens voor.", "This column name occurs more than once."),
        Text("Geef elke kolom een eigen naam.", "Give every column a name of its own."),
        file=path.name,
        column=name,
    )
