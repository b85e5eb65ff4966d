"""The cells of one text file of DUO, looked at once per distinct word, and what is found there."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import SHOWN_ROWS, DataError, Fault
from academic_workplace.intake.duo.layouts import KNOWN, Layout, is_header
from academic_workplace.intake.duo.ranges import HIDDEN
from academic_workplace.intake.files.content import refuse
from academic_workplace.language import Text

SEPARATORS = (";", ",", "\t")
SEPARATOR_LINE = re.compile(r"sep=[;,\t]\r?\n")
START = 1 << 16  # characters in which the header stands
ENCODINGS = {"utf-8-sig": "UTF-8", "cp1252": "Windows (cp1252)", "latin-1": "ISO-8859-1"}
COUNT = re.compile(r"([0-9]{1,15})([.,]0{1,2})?")
HIDDEN_WORDS = frozenset({"<5", "< 5", "-1"})
MEAN = re.compile(r"[0-9]{1,9}([.,][0-9]+)?")
SHOWN_WORDS = 8  # of a list of words, as many are shown
NO_MEAN = frozenset({"", "<5", "< 5", "-1", "NA", "ND", "."})


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: per row the place of its word; -1 is an empty cell."""

    header: str
    codes: NDArray[np.intp]
    words: tuple[str, ...]

    def text(self) -> NDArray[np.object_]:
        """The words themselves; '' where a cell is empty."""
        return np.array([*self.words, ""], dtype=object)[self.codes]

    def each(self, meaning: Callable[[str], float | None]) -> NDArray[np.float64]:
        """What every cell means as a number, asked once per word; NaN where it means none."""
        values = [meaning(word) for word in (*self.words, "")]
        return np.array([np.nan if v is None else v for v in values])[self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The rows of a file without repeated headers and exact repeats; rows: as a spreadsheet."""

    file: str
    columns: dict[str, Column]
    rows: NDArray[np.intp]
    notes: tuple[Text, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def fault(
        self, rule: Text, remedy: Text, header: str = "", where: NDArray[np.bool_] | None = None
    ) -> Fault:
        """A fault in this file, with the rows in which it stands."""
        rows = self.rows[where] if where is not None else self.rows[:0]
        shown = tuple(int(row) for row in rows[:SHOWN_ROWS])
        return Fault(rule, remedy, file=self.file, column=header, rows=shown, count=len(rows))


@dataclass(frozen=True, slots=True)
class Log:
    """A file, its layout, the school year that was given, and the lists that fill up."""

    cells: Cells
    layout: Layout
    school_year: str = ""
    faults: list[Fault] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def column(self, meaning: str) -> Column | None:
        """The column with a meaning, when the file has it."""
        header = self.layout.columns.get(meaning)
        return None if header is None else self.cells.columns[header]

    def note(self, nl: str, en: str) -> None:
        """Remember what was guessed."""
        self.notes.append(Text(nl, en))

    def fault(
        self, rule: Text, remedy: Text, header: str = "", where: NDArray[np.bool_] | None = None
    ) -> None:
        """Remember what is wrong, and in which rows."""
        self.faults.append(self.cells.fault(rule, remedy, header, where))


def cells_of(path: Path) -> Cells:
    """Read a text file of DUO, every cell as text. Raises DataError when it is none."""
    encoding, text = _text(path)
    says = SEPARATOR_LINE.match(text)  # how Excel is told the separator
    text = "\n" + text[says.end() :] if says else text  # rows keep their numbers
    lines = re.split(r"[\r\n]+", text[:START])
    header = next((row for row in lines if row.strip(" ;,\t")), "")
    separator = max(SEPARATORS, key=header.count)
    names, numbers, cells = _rows(path, text, separator)
    turned = zip(*cells, strict=True)
    columns = {name: _column(name, column) for name, column in zip(names, turned, strict=True)}
    codes = np.column_stack([column.codes for column in columns.values()])
    headers = np.all(
        [
            column.codes == (column.words.index(name) if name in column.words else -2)
            for name, column in columns.items()
        ],
        axis=0,
    )
    repeats = pd.DataFrame(codes).duplicated().to_numpy() & ~headers
    shown = {"\t": "tab"}.get(separator, separator)
    notes = [
        Text(
            f"scheidingsteken ‘{shown}’, codering {ENCODINGS[encoding]}",
            f"separator ‘{shown}’, encoding {ENCODINGS[encoding]}",
        ),
        *_left_out(
            numbers[headers],
            Text("herhaalde kopregel in het bestand", "repeated header in the file"),
        ),
        *_left_out(
            numbers[repeats],
            Text(
                "rij die precies gelijk is aan een eerdere",
                "row that is precisely like an earlier one",
            ),
        ),
    ]
    keep = ~(headers | repeats)
    if not keep.any():
        raise _empty(path)
    kept = {
        name: Column(name, column.codes[keep], column.words) for name, column in columns.items()
    }
    return Cells(path.name, kept, numbers[keep], tuple(notes))


def unknown_layout(path: Path, headers: Sequence[str]) -> DataError:
    """The error for a table with these headers; none are told of what may be no header."""
    shown = ", ".join(headers[:SHOWN_WORDS]) + (", …" if len(headers) > SHOWN_WORDS else "")
    return refuse(
        path,
        Text(
            "Dit is geen indeling van DUO die hier bekend is. "
            + (f"De kolommen zijn: {shown}." if shown else "De eerste rij is geen kop van DUO."),
            "This is no layout of DUO that is known here. "
            + (f"Its columns are: {shown}." if shown else "The first row is no header of DUO."),
        ),
        Text(
            f"Bekend zijn {'; '.join(k.nl for k in KNOWN)}. De kop hoort op de eerste rij.",
            f"Known are {'; '.join(k.en for k in KNOWN)}. The header belongs on the first row.",
        ),
    )


def count_of(word: str) -> tuple[float, float] | None:
    """The lowest and highest count that a cell can mean; None when it is no count.

    An empty cell tells nothing: zero or more.

    >>> count_of("<5"), count_of("0"), count_of("")
    ((1.0, 4.0), (0.0, 0.0), (0.0, inf))
    """
    if word in HIDDEN_WORDS:
        return float(HIDDEN[0]), float(HIDDEN[1])
    if not word:
        return 0.0, np.inf
    found = COUNT.fullmatch(word)
    return (float(found[1]), float(found[1])) if found else None


def mean_of(word: str) -> float | None:
    """The average that a cell means, with a comma or a point; None when it means none."""
    return float(word.replace(",", ".")) if MEAN.fullmatch(word) else None


def _text(path: Path) -> tuple[str, str]:
    """The encoding of a file and its text. Raises DataError when it is no table as text."""
    try:
        content = path.read_bytes()
    except OSError:
        raise refuse(
            path,
            Text("Dit bestand kan niet geopend worden.", "This file cannot be opened."),
            Text("Controleer de naam en de map.", "Check the name and the folder."),
        ) from None
    start = content[:512].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if not start:
        raise _empty(path)
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise refuse(
            path,
            Text(
                "Dit is een webpagina en geen tabel: zo antwoordt DUO ook als een bestand niet"
                " meer op dat adres staat.",
                "This is a web page and no table: DUO answers so too when a file has left its"
                " address.",
            ),
            Text(
                "Open de pagina van DUO waar het bestand bij hoort, en haal het daar op.",
                "Open the page of DUO that the file belongs to, and fetch it there.",
            ),
        )
    if start.startswith((b"pk\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise refuse(
            path,
            Text("Dit is een werkmap (Excel of ODS).", "This is a workbook (Excel or ODS)."),
            Text(
                "Achterstandsscores van het CBS leest u met duo.read_disadvantage; haal een tabel"
                " van DUO op als CSV.",
                "Disadvantage scores of CBS are read with duo.read_disadvantage; fetch a table of"
                " DUO as CSV.",
            ),
        )
    if b"\x00" in content:
        raise refuse(
            path,
            Text("Dit bestand is geen gewone tekst.", "This file is no plain text."),
            Text("Haal het opnieuw op als CSV.", "Fetch it again as CSV."),
        )
    for encoding in ENCODINGS:
        try:
            return encoding, content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 reads any bytes")


def _rows(
    path: Path, text: str, separator: str
) -> tuple[list[str], NDArray[np.intp], list[list[str]]]:
    """The header, and the filled rows below it with their numbers; all as long as the header."""
    filled = _filled(path, text, separator)
    _, header = next(filled, (0, []))
    header = [cell.strip() for cell in header]
    while header and not header[-1]:  # a separator that closes the line
        header.pop()
    twice = [name for name, often in Counter(header).items() if often > 1]
    if twice or "" in header:
        raise DataError([
            Fault(
                Text(
                    "Deze kolomnaam komt meer dan eens voor, of is leeg.",
                    "This column name occurs more than once, or is empty.",
                ),
                Text("Geef elke kolom een eigen naam.", "Give every column a name of its own."),
                file=path.name,
                column=name,
            )
            for name in (twice if twice and is_header(header) else [""])
        ])  # fmt: skip
    if not is_header(header):
        raise unknown_layout(path, [])
    width, numbers, cells, odd = len(header), [], [], []
    for number, row in filled:
        if len(row) != width:
            if len(row) < width or any(cell.strip() for cell in row[width:]):
                odd.append(number)
            row = row[:width]
        numbers.append(number)
        cells.append(row)
    if odd:
        raise refuse(
            path,
            Text(
                f"Deze rijen hebben niet even veel cellen als de kopregel ({width}).",
                f"These rows do not have as many cells as the header ({width}).",
            ),
            Text("Haal het bestand opnieuw op.", "Fetch the file again."),
            odd,
        )
    if not cells:
        raise _empty(path)
    return header, np.array(numbers), cells


def _filled(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with something in them, numbered as a spreadsheet does."""
    number = 0
    lines = io.StringIO(text, newline="")
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=separator, strict=True), 1):
            if any(map(str.strip, row)):
                yield number, row
    except csv.Error:
        raise refuse(
            path,
            Text(
                "Bij deze rij klopt een aanhalingsteken niet.",
                "A quotation mark is wrong at this row.",
            ),
            Text("Haal het bestand opnieuw op.", "Fetch the file again."),
            [number + 1],
        ) from None


def _column(header: str, cells: Iterable[str]) -> Column:
    """Every distinct cell looked at once, without the spaces around it."""
    codes, found = pd.factorize(np.array([*cells], dtype=object))
    stripped = np.array([word.strip() or None for word in found], dtype=object)
    again, words = pd.factorize(stripped)
    return Column(header, again[codes], tuple(words))


def _empty(path: Path) -> DataError:
    return refuse(
        path,
        Text("Er staan geen gegevens in dit bestand.", "There are no data in this file."),
        Text("Haal het opnieuw op; er hoort een kopregel in te staan met rijen eronder.",
             "Fetch it again; it should hold a header with rows below it."),
    )  # fmt: skip


def _left_out(rows: NDArray[np.intp], what: Text) -> list[Text]:
    if not len(rows):
        return []
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    more = len(rows) > SHOWN_ROWS
    return [
        Text(
            f"{what.nl}: {len(rows)} weggelaten (rij {shown}{' en verder' if more else ''})",
            f"{what.en}: {len(rows)} left out (row {shown}{' and on' if more else ''})",
        )
    ]
