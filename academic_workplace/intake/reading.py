"""Read a file into a table: the format is found from the content, not from the name.

Reading never changes a value silently: what was guessed stands in ``table.attrs["reading"]``.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from enum import Enum
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd

from academic_workplace.engines import read_parquet
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.numbers import Kind, as_numbers, distinct_words, kind_of, shape_of
from academic_workplace.language import Text

SEPARATORS = (";", ",", "\t", "|")
SAMPLE_LINES = 50
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows (cp1252)"}
START_BYTES = 1 << 16


class Form(Enum):
    """The kinds of file that can be read."""

    CSV = "CSV"
    EXCEL = "Excel"
    PARQUET = "Parquet"


def read(path: str | Path) -> pd.DataFrame:
    """Read CSV (any common separator, decimal comma or point), Excel (.xlsx) or Parquet.

    Returns one row per line of the file, with numbers where a whole column is numbers and text
    elsewhere; ``attrs["source"]`` is the file's name and ``attrs["reading"]`` what was guessed.

    Raises DataError when the file is absent, empty, of an unknown kind or in a wrong encoding.
    """
    path = Path(path)
    form = form_of(path)
    readers = {Form.CSV: _from_csv, Form.EXCEL: _from_excel, Form.PARQUET: _from_parquet}
    table, notes = readers[form](path)
    if table.empty:
        raise _empty(path)
    table.attrs["source"] = path.name
    table.attrs["reading"] = tuple(notes)
    return table


def form_of(path: Path) -> Form:
    """What kind of table a file holds, from its first bytes. Raises DataError as ``read`` does."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError:
        raise _refuse(
            path,
            Text("Dit bestand kan niet geopend worden.", "This file cannot be opened."),
            Text("Controleer de naam en de map.", "Check the name and the folder."),
        ) from None
    if not start.strip():
        raise _empty(path)
    if start.startswith(b"PAR1"):
        return Form.PARQUET
    if start.startswith(b"PK"):
        return Form.EXCEL
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refuse(
            path,
            Text("Dit is een oud Excel-bestand (.xls).", "This is an old Excel file (.xls)."),
            Text("Sla het in Excel op als .xlsx.", "Save it in Excel as .xlsx."),
        )
    if start.lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise _refuse(
            path,
            Text("Dit is een webpagina, geen tabel.", "This is a web page, not a table."),
            Text("Haal het bestand opnieuw op.", "Fetch the file again."),
        )
    return Form.CSV


def decode(path: Path, content: bytes) -> tuple[str, str]:
    """The text of a file and the encoding it was in: UTF-8, UTF-16 with a mark, or cp1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, encoding
    raise _refuse(
        path,
        Text(
            "Dit bestand is geen tekst in UTF-8 of in de Windows-codering (cp1252).",
            "This file is not text in UTF-8 or in the Windows encoding (cp1252).",
        ),
        Text("Sla het op als ‘CSV UTF-8’.", "Save it as ‘CSV UTF-8’."),
    )


def start_of(path: Path) -> str:
    """The first lines of a file of text, to find its separator."""
    with path.open("rb") as file:
        return file.read(START_BYTES).decode("utf-8", errors="replace")


def find_separator(text: str) -> str:
    """The separator that gives the first lines most columns, and as many on every line."""
    lines = [line for line in text.splitlines()[:SAMPLE_LINES] if line.strip()]

    def score(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator))
        width, often = widths.most_common(1)[0]
        return (often if width > 1 else 0, width)

    return max(SEPARATORS, key=score)


def _from_csv(path: Path) -> tuple[pd.DataFrame, list[Text]]:
    text, encoding = decode(path, path.read_bytes())
    separator = find_separator(text)
    header = next(csv.reader(io.StringIO(text), delimiter=separator))
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise DataError([_repeated_name(path, name) for name in repeated])
    try:
        rows = pd.read_csv(
            io.StringIO(text), sep=separator, dtype=str, keep_default_na=False, skip_blank_lines=True,
            index_col=False, on_bad_lines="error",
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        widths = [len(row) for row in csv.reader(io.StringIO(text), delimiter=separator)]
        odd = tuple(i for i, width in enumerate(widths, 1) if width > len(header))
        raise _refuse(
            path,
            Text(
                f"Sommige rijen hebben meer dan {len(header)} kolommen.",
                f"Some rows have more than {len(header)} columns.",
            ),
            Text(
                "Zet tekst met een scheidingsteken tussen aanhalingstekens.",
                "Put text that holds the separator between quotation marks.",
            ),
            odd,
        ) from None
    rows.columns = [str(name).strip() for name in rows.columns]
    shown = {"\t": "tab"}.get(separator, separator)
    notes = [
        Text(f"scheidingsteken ‘{shown}’", f"separator ‘{shown}’"),
        Text(f"codering {ENCODINGS[encoding]}", f"encoding {ENCODINGS[encoding]}"),
    ]
    return _convert(rows, notes)


def _from_excel(path: Path) -> tuple[pd.DataFrame, list[Text]]:
    try:
        cells = pd.read_excel(path, dtype=object, keep_default_na=False, engine="openpyxl")
    except (BadZipFile, KeyError, ValueError, OSError):
        raise _refuse(
            path,
            Text("Dit Excel-bestand is niet te lezen.", "This Excel file cannot be read."),
            Text("Open het in Excel en sla het opnieuw op.", "Open it in Excel and save it again."),
        ) from None
    cells.columns = [str(name).strip() for name in cells.columns]
    words = {name: cells[name].map(_as_cell).astype("str") for name in cells}
    with_text = [
        n for n in cells if cells[n].map(lambda cell: isinstance(cell, str) and cell).any()
    ]
    converted, notes = _convert(
        pd.DataFrame({name: words[name] for name in with_text}, index=cells.index),
        [Text("eerste werkblad", "first sheet")],
    )
    plain = cells.drop(columns=with_text).replace("", None).infer_objects()
    table = pd.concat([plain, converted], axis=1)[list(cells.columns)]
    return table, notes


def _as_cell(cell: object) -> str:
    """A cell as text that reads back as the same number."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None or cell != cell else str(cell)


def _from_parquet(path: Path) -> tuple[pd.DataFrame, list[Text]]:
    try:
        return read_parquet(path), [Text("Parquet", "Parquet")]
    except ValueError:
        raise _refuse(
            path,
            Text("Dit Parquet-bestand is beschadigd.", "This Parquet file is damaged."),
            Text("Maak het opnieuw.", "Make it again."),
        ) from None


def _convert(text: pd.DataFrame, notes: list[Text]) -> tuple[pd.DataFrame, list[Text]]:
    """Turn the columns that hold only numbers into numbers; empty text becomes missing."""
    words = {name: distinct_words(text[name]) for name in text.columns}
    shapes = {name: shape_of(distinct) for name, distinct in words.items()}
    dutch = any(shape.needs_comma for shape in shapes.values())
    out = {}
    for name, shape in shapes.items():
        kind = kind_of(shape, dutch=dutch)
        if kind is Kind.TEXT:
            stripped = text[name].str.strip()
            out[name] = stripped.mask(stripped == "")
            continue
        out[name] = as_numbers(text[name], words[name], kind)
        if kind is Kind.COMMA:
            notes.append(Text(f"{name}: decimale komma", f"{name}: decimal comma"))
        if shape.absent:
            notes.append(Text(f"{name}: ‘NA’ is ontbrekend", f"{name}: ‘NA’ taken as missing"))
    return pd.DataFrame(out, index=text.index), notes


def _refuse(path: Path, rule: Text, remedy: Text, rows: tuple[int, ...] = ()) -> DataError:
    return DataError([Fault(rule, remedy, file=path.name, rows=rows[:10], count=len(rows))])


def _empty(path: Path) -> DataError:
    return _refuse(
        path,
        Text("Dit bestand is leeg.", "This file is empty."),
        Text("Controleer de export; er moet een kopregel zijn met rijen eronder.",
             "Check the export; there must be a header with rows below it."),
    )  # fmt: skip


def _repeated_name(path: Path, name: str) -> Fault:
    return Fault(
        Text("Deze kolomnaam komt meer dan eens voor.", "This column name occurs more than once."),
        Text("Geef elke kolom een eigen naam.", "Give every column a name of its own."),
        file=path.name,
        column=name,
    )
