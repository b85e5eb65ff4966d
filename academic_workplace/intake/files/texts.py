"""Files of text: how they are written, and their rows, every cell as text.

A regular file is read by pandas and streamed by DuckDB, both fast; any other goes row by row, which
can say what is wrong and where.
"""

from __future__ import annotations

import codecs
import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path

import numpy as np
import pandas as pd

from academic_workplace import engines
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.files.content import refuse
from academic_workplace.intake.files.grid import (
    LOOKED_AT,
    Head,
    LeftOut,
    Row,
    columns_of,
    find_head,
    head_as_told,
    pupils_only,
    repeated_in,
)
from academic_workplace.intake.files.surveys import NO_SURVEY, Found, Survey, recognise
from academic_workplace.language import Text

SEPARATORS = (";", ",", "\t", "|")
SAMPLE_LINES = 50
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows (cp1252)"}
START_CHARACTERS = 1 << 16
END_BYTES = 1 << 14
BLOCK_BYTES = 1 << 20
ROWS_AT_ONCE = 1 << 15
FIRST_ROW = 2  # the row of a spreadsheet below its header; a table's index counts from there


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of how a file is written; None where it is to be found.

    header: the numbers of its rows; none of them: there is no header. footer: how many filled rows
    at the end are no data. sheet: its name, or its number counted from 1.
    """

    sheet: str | int | None = None
    header: tuple[int, ...] | None = None
    footer: int | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    survey: Survey | None = None


NOTHING_TOLD = Told()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file of text is written, and the names of its columns.

    said: whether its first line is ``sep=;``, which spreadsheets do not count as a row.
    """

    encoding: str
    separator: str
    names: tuple[str, ...]
    head: Head = field(default_factory=lambda: Head((1,), ()))
    said: bool = False
    footer: int | None = None
    survey: Found = NO_SURVEY


def dialect_of(path: Path, told: Told = NOTHING_TOLD) -> Dialect:
    """How a file of text is written. Raises DataError as ``read`` does."""
    encoding = encoding_of(path) if told.encoding is None else _encoding_as_told(path, told)
    with path.open(encoding=encoding, newline="") as file:
        start = file.read(START_CHARACTERS)
    if not start.strip():
        raise empty(path)
    said = _said_separator(start)
    separator = told.separator or said or find_separator(start)
    rows = _first_rows(start, separator, bool(said))
    if not rows:
        raise empty(path)
    if told.header is None:
        head = find_head(rows)
    else:
        head = head_as_told(rows, told.header) or no_such_header(path, told.header)
    survey = recognise(head, rows, told.survey)
    names = columns_of(head.names)
    if repeated := repeated_in(names):
        raise DataError([repeated_name(path, name) for name in repeated])
    return Dialect(encoding, separator, names, head, bool(said), told.footer, survey)


def _said_separator(start: str) -> str | None:
    """The separator in a first line ``sep=;``, as Excel takes it."""
    line = start.splitlines()[0].strip().strip('"')
    if line[:4].lower() != "sep=" or len(line) > 5:
        return None
    return line[4:] or "\t"


def _first_rows(start: str, separator: str, said: bool) -> list[Row]:
    """The filled rows at the start of a file, as far as they are whole."""
    # A quotation mark that is not closed may swallow the rest; the strict reader will say so.
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator, skipinitialspace=True)
    rows: list[Row] = []
    for number, cells in enumerate(reader, 0 if said else 1):
        if number and "".join(cells).strip():
            rows.append((number, cells))
            if len(rows) > LOOKED_AT:
                break
    cut_off = len(start) == START_CHARACTERS and len(rows) <= LOOKED_AT
    return rows[:-1] if cut_off and len(rows) > 1 else rows


def no_such_header(path: Path, rows: Sequence[int]) -> Head:
    """Raise DataError for a header where there is none."""
    shown = ", ".join(map(str, rows))
    raise refuse(
        path,
        Text(f"Op rij {shown} staat geen kopregel.", f"There is no header on row {shown}."),
        Text(
            f"Geef bij header een rij van de eerste {LOOKED_AT}, of header=0 als er geen kopregel"
            " is.",
            f"Give at header one of the first {LOOKED_AT} rows, or header=0 when there is no"
            " header.",
        ),
    )


def _encoding_as_told(path: Path, told: Told) -> str:
    """The encoding that was told. Raises DataError when there is none, or it does not fit."""
    try:
        name = codecs.lookup(str(told.encoding)).name
        name = {"utf-8": "utf-8-sig"}.get(name, name)
        if _fits(path, name):
            return name
    except (LookupError, ValueError):
        pass
    raise refuse(
        path,
        Text(
            "Dit bestand is geen tekst in de opgegeven codering.",
            "This file is not text in the encoding that was given.",
        ),
        Text(
            "Laat encoding weg, of kies utf-8, utf-16 of cp1252.",
            "Leave encoding out, or choose utf-8, utf-16 or cp1252.",
        ),
    )


def _fits(path: Path, encoding: str) -> bool:
    """Whether a file decodes, block by block, without a sign that is in no text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK_BYTES):
                if "\x00" in decoder.decode(block):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def encoding_of(path: Path) -> str:
    """UTF-8, UTF-16 with a mark, or cp1252: found by decoding the file block by block."""
    with path.open("rb") as file:
        marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        if _fits(path, encoding):
            return encoding
    raise refuse(
        path,
        Text(
            "Dit bestand is geen tekst in UTF-8 of in de Windows-codering (cp1252).",
            "This file is not text in UTF-8 or in the Windows encoding (cp1252).",
        ),
        Text("Sla het op als ‘CSV UTF-8’.", "Save it as ‘CSV UTF-8’."),
    )


def find_separator(start: str) -> str:
    """The separator that gives most lines after one another the same columns, and most columns.

    Lines without it, as titles are, may not be more than those with it; unless these stand
    together, and it is no comma, which may stand in any sentence.
    """
    lines = [line for line in io.StringIO(start, newline=None) if line.strip()][:SAMPLE_LINES]

    def score(separator: str) -> tuple[int, int, int]:
        found = [len(row) for row in csv.reader(lines, delimiter=separator)]
        runs = [(len(list(run)), width) for width, run in groupby(found) if width > 1]
        longest, width = max(runs, default=(0, 1))
        often = sum(n for n, _ in runs)
        enough = often >= found.count(1) or (separator != "," and longest > 1)
        return (longest, often, width) if enough else (0, 0, 1)

    return max(SEPARATORS, key=score)


# ---------------------------------------------------------------- row by row


def text_parts(
    path: Path, dialect: Dialect, left_out: LeftOut | None = None
) -> Iterator[pd.DataFrame]:
    """The rows of pupils in a file of text, some at a time; every cell is text.

    left_out: gets the numbers of the rows below the header that are no pupils.
    Raises DataError, after the last row, when rows are longer or shorter than the header.
    """
    width, odd = len(dialect.names), []
    filled = _filled(path, dialect)
    header, last = [], max((*dialect.head.rows, *dialect.survey.below), default=0)
    while last:
        number, row = next(filled)
        header += [row] if number in dialect.head.rows else []
        if number >= last:
            break
    pupils = pupils_only(filled, header, width, left_out or LeftOut(), dialect.footer)
    while block := list(islice(pupils, ROWS_AT_ONCE)):
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


def _filled(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The rows with something in them, numbered as a spreadsheet does."""
    number = start = 0 if dialect.said else 1
    with path.open(encoding=dialect.encoding, newline="") as file:
        try:
            rows = csv.reader(file, delimiter=dialect.separator, skipinitialspace=True, strict=True)
            for number, cells in enumerate(rows, start):
                if number and "".join(cells).strip():
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


# ---------------------------------------------------------------- fast


def sql_of(path: Path, dialect: Dialect) -> str:
    """SQL that reads a file of text, every cell as text."""
    return engines.scan_text(path, dialect.encoding, dialect.separator, dialect.names)


def is_regular(path: Path, dialect: Dialect) -> bool:
    """Whether the fast readers (pandas, DuckDB) read this file of text as ``text_parts`` does.

    Its header is the first line and does not return, nothing stands below the table, its rows are
    as long as the header, its quotes are closed, no number has a thousands point, and no two names
    differ in case only (which DuckDB takes for the same).
    """
    if dialect.head.rows != (1,) or dialect.said or dialect.footer or dialect.survey.changes:
        return False
    with path.open(encoding=dialect.encoding, newline="") as file:
        first = file.readline().strip(dialect.separator + engines.WHITE)
    distinct = len({name.casefold() for name in dialect.names}) == len(dialect.names)
    plain = bool(first) and distinct and dialect.encoding in engines.ENCODINGS
    return plain and not _may_end_in_footer(path, dialect) and _is_sound(path, dialect)


def _may_end_in_footer(path: Path, dialect: Dialect) -> bool:
    """Whether the last filled line may be a footer; when in doubt it may."""
    if len(dialect.names) < 2 or dialect.footer == 0:
        return False
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        start = max(0, size - END_BYTES) // 2 * 2  # a sign of UTF-16 has two bytes or four
        file.seek(0)
        mark = file.read(2)
        file.seek(start)
        end = file.read()
    marked = mark if dialect.encoding == "utf-16" and start else b""
    lines = (marked + end).decode(dialect.encoding, errors="replace").splitlines()
    around = dialect.separator + '"' + engines.WHITE
    last = next((line for line in reversed(lines) if line.strip(around)), "")
    if last.count('"') % 2 or dialect.separator not in last.strip(around):
        return True
    cells = next(csv.reader([last], delimiter=dialect.separator, skipinitialspace=True))
    left_out = LeftOut()
    return not list(pupils_only([(1, cells)], [], len(dialect.names), left_out))


def _is_sound(path: Path, dialect: Dialect) -> bool:
    """Whether DuckDB gets through the file, and finds its header nowhere else in it."""
    table = sql_of(path, dialect)
    cells = [engines.quote(name) for name in dialect.names]
    names = dialect.head.names if len(cells) > 1 else ()
    named = [
        f"lower({engines.trim(cell)}) = lower({engines.literal(name)})"
        for cell, name in zip(cells, names, strict=False)
        if name
    ]
    maybe = [
        f"contains(lower({cells[i]}), lower({engines.literal(name)}))"
        for i, name in enumerate(names)
        if name
    ][:1]
    surely = [" AND ".join(named)] * len(maybe)
    with engines.connect() as engine:
        try:
            # What may be is quickly asked; only what is so is looked at again.
            asked = [*map(_how_many, maybe), "count(COLUMNS(*))"]
            found = engines.ask(engine, asked, table)
            again = [_how_many(each) for each, n in zip(surely, found, strict=False) if n]
            return not again or not any(engines.ask(engine, again, table))
        except engines.failures() as error:
            if engines.is_out_of_memory(error):
                raise
            return False


def _how_many(condition: str) -> str:
    return f"count(*) FILTER ({condition})"


def regular_rows(path: Path, dialect: Dialect) -> pd.DataFrame | None:
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
    return None if filled.empty else filled


def _without_blank_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with something in them, with the numbers they had."""
    maybe = rows[[not word for word in map(str.strip, rows.iloc[:, 0].tolist())]]
    blank = [not any(map(str.strip, cells)) for cells in maybe.to_numpy()]
    return rows.drop(index=maybe.index[blank]) if any(blank) else rows


# ---------------------------------------------------------------- faults


def empty(path: Path) -> DataError:
    """The error for a file without rows."""
    return refuse(
        path,
        Text("Dit bestand is leeg.", "This file is empty."),
        Text("Controleer de export; er moet een kopregel zijn met rijen eronder.",
             "Check the export; there must be a header with rows below it."),
    )  # fmt: skip


def only_header(path: Path) -> DataError:
    """The error for a file with names of columns and nothing below them."""
    return refuse(
        path,
        Text("Dit bestand is leeg: er staat alleen een kopregel.",
             "This file is empty: there is only a header."),
        Text("Controleer de export; onder de kopregel moeten rijen staan.",
             "Check the export; there must be rows below the header."),
    )  # fmt: skip


def repeated_name(path: Path, name: str) -> Fault:
    """The fault of a column name that occurs more than once."""
    return Fault(
        Text("Deze kolomnaam komt meer dan eens voor.", "This column name occurs more than once."),
        Text("Geef elke kolom een eigen naam.", "Give every column a name of its own."),
        file=path.name,
        column=name,
    )
