"""A table with its codebook to a file: SPSS, Excel, Parquet or CSV; and the codebook back from it.

What a kind of file cannot hold is said in ``Saved.notes``; nothing is lost without a word.
"""

from __future__ import annotations

import html
import re
import tempfile
import tomllib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace import engines
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault
from academic_workplace.intake.codebook import (
    Codebook,
    Column,
    Form,
    MissingCode,
    as_number,
    as_toml,
    codebook_from_dict,
    codebook_of,
    labelled,
    levels_of,
    number_or_text,
    read_codebook,
    row_numbers,
    write_codebook,
)
from academic_workplace.intake.files.content import refuse
from academic_workplace.intake.files.numbers import (
    Kind,
    Words,
    as_numbers,
    as_text,
    kind_of,
    shape_of,
    words_of,
)
from academic_workplace.intake.files.statistical import SECONDS_TO_1970
from academic_workplace.language import Text, default_language, same

SHEET = "codebook"  # the second sheet of a workbook
KEY = "codebook.toml"  # where it stands in a Parquet file
BESIDE = ".codebook.toml"  # what the name of the codebook of a CSV file ends with
MOST_ROWS, MOST_COLUMNS, MOST_TEXT = 1_048_576, 16_384, 32_767  # of Excel; of SPSS the last too
FIRST_EXCEL_DAY = pd.Timestamp("1900-03-01")  # before it Excel counts a day that never was
MOST_CODES, MOST_WITH_RANGE = 3, 1  # missing codes of one column in SPSS
LABEL_BYTES, MEANING_BYTES, NAME_BYTES, CODE_BYTES = 120, 256, 64, 8  # of SPSS
LARGEST = 1e307  # of Excel; SPSS keeps the very largest for itself
RESERVED = ("ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH")
SPSS_NAME = re.compile(r"[^\W\d_][\w.$#@]*(?<!\.)")
# What Excel cannot hold: control characters. No file of text holds half of a character.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NOWHERE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a table stands now, and what that kind of file could not hold."""

    path: Path
    notes: tuple[Text, ...] = ()

    def explain(self, language: str) -> str:
        """The name of the file and what it does not hold, a line for each."""
        return "\n".join([self.path.name, *(note[language] for note in self.notes)])

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.explain(default_language())).replace(chr(10), '<br>')}</p>"


def save(table: pd.DataFrame, path: str | Path, *, overwrite: bool = False) -> Saved:
    """Write a table and its codebook to .sav, .zsav, .xlsx, .parquet or .csv, by the name's end.

    Read again it is the same table with the same codebook, as far as that kind of file can hold
    it. SPSS holds labels in one language (the Dutch), no units, ranges, sources and counts, three
    missing codes a column (one beside a range), and answers in the order of their codes. Excel
    holds the codebook on its second sheet, Parquet inside, CSV beside it in
    ``name.codebook.toml``: in full. Text loses the spaces around it, true and false become 1 and
    0, and rows are numbered anew.

    The file is there whole or not at all. Raises DataError when it exists (unless ``overwrite``),
    when it cannot be written, or when it cannot hold a name or a value: with every reason.
    """
    path = Path(path)
    writers = {
        ".sav": _to_spss, ".zsav": _to_spss, ".xlsx": _to_excel, ".parquet": _to_parquet,
        ".csv": _to_csv,
    }  # fmt: skip
    write = writers.get(path.suffix.lower())
    if write is None:
        raise refuse(
            path,
            Text("Dit soort bestand wordt niet geschreven.", "This kind of file is not written."),
            Text(f"Kies uit: {', '.join(writers)}.", f"Choose from: {', '.join(writers)}."),
        )
    files = [path, beside(path)] if write is _to_csv else [path]
    for file in files:
        if file.exists() and not overwrite:
            raise refuse(
                file,
                Text("Dit bestand bestaat al.", "This file exists already."),
                Text(
                    "Kies een andere naam, of geef overwrite=True.",
                    "Choose another name, or give overwrite=True.",
                ),
            )
    ready, book = _ready(table, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
            made = Path(folder) / path.name
            notes = write(ready, book, made)
            for file in reversed(files):  # the table last
                (made.parent / file.name).replace(file)
    except OSError:
        raise refuse(
            path,
            Text("Dit bestand kan hier niet geschreven worden.", "This file cannot be written."),
            Text(
                "Kies een andere map, of sluit het bestand als het nog open is.",
                "Choose another folder, or close the file when it is still open.",
            ),
        ) from None
    return Saved(path, tuple(notes))


# ---------------------------------------------------------------- the table as it will be


def _ready(table: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, Codebook]:
    """The table with plain columns, and a codebook that knows all of them."""
    names = list(table.columns)
    faults = [
        Fault(
            Text("Deze kolom heeft geen naam van tekst, of een naam die er twee keer staat.",
                 "This column has no name of text, or a name that stands there twice."),
            Text("Geef elke kolom een eigen naam.", "Give every column a name of its own."),
            file=path.name, column=str(name),
        )
        for name in dict.fromkeys(names)
        if not isinstance(name, str) or not name.strip() or names.count(name) > 1
    ]  # fmt: skip
    if faults or not names:
        raise (
            DataError(faults)
            if faults
            else refuse(
                path,
                Text("Deze tabel heeft geen kolommen.", "This table has no columns."),
                Text("Kies een andere tabel.", "Choose another table."),
            )
        )
    known = codebook_of(table)
    table = table.reset_index(drop=True)
    columns, told = {}, {}
    for name in names:
        described = known[name] if known is not None and name in known else Column()
        columns[name], told[name] = _plain(table[name], described)
    ready = pd.DataFrame(columns, copy=False)
    for name in names:
        faults += _forbidden(ready[name], NOWHERE, path)
    if faults:
        raise DataError(faults)
    return ready, Codebook(MappingProxyType(told))


def _plain(column: pd.Series, described: Column) -> tuple[pd.Series, Column]:
    """A column as number, text, category or datetime, and its description made to fit."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _plain_category(column, described)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("datetime64", "datetime", "date"):
        moments = pd.to_datetime(column)
        if isinstance(moments.dtype, pd.DatetimeTZDtype):
            moments = moments.dt.tz_localize(None)
        return moments.astype("datetime64[us]"), replace(described, type=Form.DATE)
    if kind in ("timedelta64", "timedelta"):
        seconds = pd.to_timedelta(column).dt.total_seconds()
        return seconds, replace(described, type=Form.NUMBER, unit="s")
    if kind in ("boolean", "integer", "floating", "mixed-integer-float", "decimal") or (
        kind == "empty" and pd.api.types.is_numeric_dtype(column.dtype)
    ):
        return pd.Series(_whole(column)), replace(described, type=Form.NUMBER)
    words = as_text(words_of(column.astype("str")), column.index)
    return words, replace(described, type=Form.TEXT)


def _whole(column: pd.Series) -> NDArray[Any]:
    """Numbers as they are read: whole numbers without a gap are whole."""
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        x = column.to_numpy()
        return x if x.dtype == np.uint64 else x.astype(np.int64)
    x = column.to_numpy(float, na_value=np.nan)
    whole = len(x) > 0 and bool((x == np.rint(x)).all()) and np.abs(x).max() < 2**53
    return x.astype(np.int64) if whole else x


def _plain_category(column: pd.Series, described: Column) -> tuple[pd.Series, Column]:
    labels = [str(each).strip() for each in column.cat.categories]
    form = Form.ORDERED if column.cat.ordered else Form.CATEGORY
    levels = levels_of(described)
    order = [label.nl.strip() for label in levels.values()]
    place = {label: i for i, label in enumerate(order)}
    places = [place.get(label, -1) for label in labels]
    fits = len(place) == len(order) and -1 not in places
    if not fits or (form is Form.ORDERED and places != sorted(places)):
        # The labels are others than the codebook knows: they get codes of their own.
        levels = {str(i): same(label) for i, label in enumerate(labels, 1)}
        order, places = labels, list(range(len(labels)))
        described = replace(described, missing=(), missing_ranges=())
    lookup = np.array([*places, -1], dtype=np.intp)
    values = pd.Categorical.from_codes(
        lookup[column.cat.codes],
        categories=pd.Index(order, dtype="str"),
        ordered=form is Form.ORDERED,
    )
    told = {code: Text(label.nl.strip(), label.en) for code, label in levels.items()}
    return pd.Series(values), replace(described, type=form, levels=MappingProxyType(told))


def _forbidden(column: pd.Series, signs: re.Pattern[str], path: Path) -> list[Fault]:
    """A fault when text holds what this kind of file cannot; never with the text."""
    if pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind == "M":
        return []
    codes, words = pd.factorize(column)
    bad = np.array([*(bool(signs.search(word)) for word in words), False])[codes]
    if not bad.any():
        return []
    return [_fault(
        column, bad, path,
        Text("Deze tekst heeft tekens die dit soort bestand niet kent.",
             "This text has characters that this kind of file does not know."),
        Text("Haal die tekens weg.", "Take those characters out."),
    )]  # fmt: skip


def _fault(
    column: pd.Series, bad: NDArray[np.bool_], path: Path, rule: Text, remedy: Text
) -> Fault:
    rows = row_numbers(column)[bad]
    shown = tuple(int(row) for row in rows[:SHOWN_ROWS])
    return Fault(rule, remedy, path.name, str(column.name), shown, len(rows))


def _check(
    table: pd.DataFrame, path: Path, signs: re.Pattern[str], most: Callable[[str], int]
) -> list[Fault]:
    """What neither SPSS nor Excel can hold: odd characters, endless text, infinite numbers."""
    faults = []
    for name in table.columns:
        column = table[name]
        faults += _forbidden(column, signs, path)
        if column.dtype.kind == "f":
            endless = np.abs(column.to_numpy(float)) > LARGEST
            rule = Text(
                "Deze getallen zijn oneindig of te groot.",
                "These numbers are infinite or too large.",
            )
            remedy = Text("Maak die cellen leeg.", "Empty those cells.")
        elif column.dtype == "str":
            codes, words = pd.factorize(column)
            endless = np.array([*(most(word) > MOST_TEXT for word in words), False])[codes]
            rule = Text(
                f"Deze tekst is langer dan {MOST_TEXT} tekens.",
                f"This text is longer than {MOST_TEXT} characters.",
            )
            remedy = Text("Kort de tekst in, of kies CSV.", "Shorten the text, or choose CSV.")
        else:
            continue
        if endless.any():
            faults.append(_fault(column, endless, path, rule, remedy))
    return faults


def _named(nl: str, en: str, names: Sequence[str]) -> list[Text]:
    """A note that names the first columns; none when there are none."""
    if not names:
        return []
    shown, more = ", ".join(names[:5]), len(names) - 5
    return [
        Text(
            f"{nl}: {shown}" + (f" en nog {more}" if more > 0 else ""),
            f"{en}: {shown}" + (f" and {more} more" if more > 0 else ""),
        )
    ]


# ---------------------------------------------------------------- SPSS


@dataclass(slots=True)
class _Spss:
    """The parts of an SPSS file, by column, and what did not fit."""

    cells: dict[str, pd.Series]
    labels: dict[str, dict[Any, str]]
    missing: dict[str, list[Any]]
    measure: dict[str, str]
    formats: dict[str, str]
    too_many: list[str]
    cut: list[str]
    order: list[str]


def _to_spss(table: pd.DataFrame, book: Codebook, path: Path) -> list[Text]:
    import pyreadstat

    faults = _spss_names(table.columns, path)
    faults += _check(table, path, NOWHERE, lambda word: len(word.encode(errors="replace")))
    if faults:
        raise DataError(faults)
    out = _Spss({}, {}, {}, {}, {}, [], [], [])
    meanings: dict[str, str | None] = {}
    for name, described in book.columns.items():
        _spss_column(name, table[name], described, out)
        meaning = _shortened(described.meaning.nl or described.meaning.en, MEANING_BYTES)
        if meaning:
            meanings[name] = meaning
        if meaning != (described.meaning.nl or described.meaning.en):
            out.cut.append(name)
    try:
        pyreadstat.write_sav(
            pd.DataFrame(out.cells), path, compress=path.suffix.lower() == ".zsav",
            row_compress=path.suffix.lower() == ".sav", column_labels=meanings,
            variable_value_labels=out.labels, missing_ranges=out.missing,
            variable_measure=out.measure, variable_format=out.formats,
        )  # fmt: skip
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError):
        raise refuse(
            path,
            Text("Een SPSS-bestand kan deze tabel niet bevatten.",
                 "An SPSS file cannot hold this table."),
            Text("Kies .parquet of .xlsx.", "Choose .parquet or .xlsx."),
        ) from None  # fmt: skip
    columns = book.columns
    other = [
        name
        for name, each in columns.items()
        if any(text.en not in ("", text.nl) for text in (each.meaning, *each.levels.values()))
    ]
    more = [n for n, each in columns.items()
            if each.unit or each.range is not None or each.source or each.note]  # fmt: skip
    return [
        *_named("SPSS heeft één taal; alleen het Nederlands staat erin",
                "SPSS has one language; only the Dutch is in it", other),
        *_named("eenheid, bereik, bron of opmerking staan niet in SPSS",
                "unit, range, source or note are not in SPSS", more),
        *_named("niet elke ontbrekende code past in SPSS",
                "not every missing code fits in SPSS", out.too_many),
        *_named("te lange tekst van een label is ingekort",
                "a label that is too long was shortened", out.cut),
        *_named("SPSS kent alleen de volgorde van de codes, niet die van de antwoorden",
                "SPSS knows the order of the codes only, not that of the answers", out.order),
    ]  # fmt: skip


def _spss_names(names: Iterable[Hashable], path: Path) -> list[Fault]:
    """A fault for each name that SPSS does not allow."""
    faults, seen = [], set[str]()
    for name in map(str, names):
        fits = SPSS_NAME.fullmatch(name) and len(name.encode(errors="replace")) <= NAME_BYTES
        if not fits or name.upper() in RESERVED or name.casefold() in seen:
            rule = Text("SPSS staat deze kolomnaam niet toe.", "SPSS does not allow this name.")
            remedy = Text(
                "Begin met een letter; gebruik letters, cijfers en _, hoogstens 64, en een naam die"
                " niet alleen in hoofdletters van een andere verschilt. Of kies .xlsx.",
                "Begin with a letter; use letters, digits and _, at most 64, and a name that"
                " differs from another in more than capitals. Or choose .xlsx.",
            )
            faults.append(Fault(rule, remedy, path.name, name))
        seen.add(name.casefold())
    return faults


def _spss_column(name: str, column: pd.Series, described: Column, out: _Spss) -> None:
    levels = levels_of(described)
    codes = [*levels, *(each.code for each in described.missing)]
    category = described.type in (Form.CATEGORY, Form.ORDERED)
    text = described.type is Form.TEXT or (
        category and any(np.isnan(as_number(number_or_text(code))) for code in codes)
    )
    code_of: Callable[[str], Any] = str if text else (lambda code: as_number(number_or_text(code)))
    if category:
        found = [code_of(code) for code in levels]
        if described.type is Form.ORDERED and not text and found != sorted(found):
            out.order.append(name)
        lookup = np.array([*found, "" if text else np.nan], dtype=object if text else float)
        cells = pd.Series(lookup[column.cat.codes])
    elif described.type is Form.DATE:
        cells, out.formats[name] = _spss_moments(column)
    elif text:
        cells = column.fillna("")
    else:
        whole = column.dtype.kind in "iu"
        cells = column.astype(float)
        if whole:
            out.formats[name] = "F11.0"
    out.cells[name] = cells
    labels = {code: label.nl or label.en for code, label in levels.items()}
    labels |= {each.code: each.label.nl or each.label.en for each in described.missing}
    short = {code_of(code): _shortened(label, LABEL_BYTES) for code, label in labels.items()
             if label and (text or not np.isnan(code_of(code)))}  # fmt: skip
    if any(len(label.encode()) > LABEL_BYTES for label in labels.values()):
        out.cut.append(name)
    if short and described.type is not Form.DATE:
        out.labels[name] = short
    _spss_missing(name, described, code_of, text=text, out=out)
    if category:
        out.measure[name] = "ordinal" if described.type is Form.ORDERED else "nominal"
    else:  # a scale: its labels, if it has any, do not make it a category
        out.measure[name] = "nominal" if text and not levels else "scale"


def _spss_missing(
    name: str, described: Column, code_of: Callable[[str], Any], *, text: bool, out: _Spss
) -> None:
    ranges = described.missing_ranges if not text else ()
    declared: list[Any] = [{"lo": low, "hi": high} for low, high in ranges[:1] if low < high]
    most = MOST_WITH_RANGE if declared else MOST_CODES
    codes = [code_of(each.code) for each in described.missing if not text or each.code]
    if text:
        alone = [code for code in codes if len(code.encode()) <= CODE_BYTES]
    else:
        codes += [low for low, high in ranges if low == high]
        codes = [
            c for c in codes if not any(low <= c <= high for low, high in ranges if low < high)
        ]
        alone = [code for code in codes if not np.isnan(code)]
    if len(alone) < len(codes) or len(alone) > most or len(ranges) > 1:
        out.too_many.append(name)
    if declared or alone:
        out.missing[name] = [*declared, *alone[:most]]


def _spss_moments(column: pd.Series) -> tuple[pd.Series, str]:
    """Seconds since 14 October 1582, and how SPSS should show them."""
    micro = column.to_numpy("datetime64[us]").astype(np.int64)
    empty = column.isna().to_numpy()
    whole, part = np.divmod(np.where(empty, 0, micro), 1_000_000)
    seconds = np.where(empty, np.nan, whole + SECONDS_TO_1970 + part / 1e6)
    days = bool((seconds[~empty] % 86_400 == 0).all())
    return pd.Series(seconds), "EDATE10" if days else "DATETIME23.2"


def _shortened(words: str, size: int) -> str:
    """As much of it as fits in so many bytes."""
    return words.encode(errors="replace")[:size].decode(errors="ignore")


# ---------------------------------------------------------------- Excel

NO_TEXT = Text("", "")
HEADER = ("kolom", "wat", "waarde", "tot", "nl", "en", "aantal")
MEANING, TYPE, UNIT, RANGE, LEVEL = "betekenis", "soort", "eenheid", "bereik", "antwoord"
MISSING, MISSING_RANGE, SOURCE, NOTE = "ontbreekt", "ontbreekt van-tot", "bron", "opmerking"


def _to_excel(table: pd.DataFrame, book: Codebook, path: Path) -> list[Text]:
    import openpyxl

    faults = _check(table, path, CONTROL, len)
    if len(table) >= MOST_ROWS or len(table.columns) > MOST_COLUMNS:
        rule = Text("Deze tabel is te groot voor Excel.", "This table is too large for Excel.")
        remedy = Text("Kies .parquet of .csv.", "Choose .parquet or .csv.")
        faults.append(Fault(rule, remedy, path.name))
    if faults:
        raise DataError(faults)
    early, returns = [], []
    columns = []
    for name in table.columns:
        column = table[name]
        if column.dtype.kind == "M" and (column < FIRST_EXCEL_DAY).any():
            early.append(str(name))
            column = column.map(_iso, na_action="ignore").astype("str")
        if column.dtype == "str" and column.str.contains("\r", regex=False).any():
            returns.append(str(name))
            column = column.str.replace("\r\n", "\n").str.replace("\r", "\n")
        columns.append(column)
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("gegevens")
    sheet.append([_cell(sheet, name) for name in table.columns])
    for row in zip(*(column.astype(object).tolist() for column in columns), strict=True):
        sheet.append([_cell(sheet, value) for value in row])
    sheet = workbook.create_sheet(SHEET)
    for line in sheet_of(book):
        sheet.append([_cell(sheet, value) for value in line])
    workbook.save(path)
    workbook.close()
    return [
        *_named("datums vóór maart 1900 kent Excel niet; ze staan er als tekst",
                "Excel does not know dates before March 1900; they stand there as text", early),
        *_named("regeleinden zijn gelijk gemaakt", "ends of lines were made the same", returns),
        *_empty_rows(table),
    ]  # fmt: skip


def _cell(sheet: Any, value: Any) -> Any:
    """A cell that holds the value itself: text that begins with = is no formula."""
    from openpyxl.cell import WriteOnlyCell

    if value is None or value != value:
        return None
    if isinstance(value, pd.Timestamp):
        made = WriteOnlyCell(sheet, value=value.to_pydatetime())
        midnight = value == value.normalize()
        made.number_format = "yyyy-mm-dd" if midnight else "yyyy-mm-dd hh:mm:ss.000"
        return made
    if isinstance(value, str) and value[:1] in ("=", "#"):
        made = WriteOnlyCell(sheet, value=value)
        made.data_type = "s"
        return made
    if isinstance(value, float) and float(f"{value:.16g}") != value:
        made = WriteOnlyCell(sheet, value=repr(value))  # openpyxl itself writes 16 digits
        made.data_type = "n"
        return made
    return value


def _iso(moment: pd.Timestamp) -> str:
    return moment.isoformat(sep=" ")


def _empty_rows(table: pd.DataFrame) -> list[Text]:
    """A note on rows with nothing in them, which no reader of cells sees."""
    empty = int(table.isna().all(axis=1).sum())
    if not empty:
        return []
    return [
        Text(
            f"{empty} lege rijen tellen niet mee als het bestand gelezen wordt",
            f"{empty} empty rows do not count when the file is read",
        )
    ]


def sheet_of(book: Codebook) -> list[tuple[object, ...]]:
    """The codebook as rows of cells, the header first: a row for each thing that it says."""
    rows: list[tuple[object, ...]] = [HEADER]

    def row(
        name: str,
        what: str,
        value: str | None = None,
        to: str | None = None,
        text: Text = NO_TEXT,
        count: int | None = None,
    ) -> None:
        rows.append((name, what, value, to, text.nl or None, text.en or None, count))

    for name, each in book.columns.items():
        row(name, TYPE, str(each.type))
        if each.meaning:
            row(name, MEANING, text=each.meaning)
        if each.unit:
            row(name, UNIT, each.unit)
        if each.range is not None:
            row(name, RANGE, repr(each.range[0]), repr(each.range[1]))
        for code, label in each.levels.items():
            row(name, LEVEL, code, text=label)
        for missing in each.missing:
            row(name, MISSING, missing.code, None, missing.label, missing.count)
        for low, high in each.missing_ranges:
            row(name, MISSING_RANGE, repr(low), repr(high))
        if each.source:
            row(name, SOURCE, each.source)
        if each.note:
            row(name, NOTE, text=each.note)
    return rows


def codebook_in_sheet(rows: Iterable[Sequence[object]]) -> Codebook | None:
    """The codebook that ``save`` wrote on the second sheet; None when the sheet is another one.

    rows: the cells of every row, the header too, as openpyxl or calamine gives them.
    """
    cells = [[_words(cell) for cell in row] for row in rows]
    if not cells or tuple(cells[0][: len(HEADER)]) != HEADER:
        return None
    out: dict[str, Column] = {}
    try:
        for row in cells[1:]:
            name, what, value, to, nl, en, count = [*row, *[""] * len(HEADER)][: len(HEADER)]
            if name:
                often = int(float(count)) if count else None
                out[name] = _with(out.get(name, Column()), what, value, to, Text(nl, en), often)
    except ValueError:
        return None
    return Codebook(MappingProxyType(out))


def _words(cell: object) -> str:
    if cell is None or cell != cell:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _with(column: Column, what: str, value: str, to: str, text: Text, count: int | None) -> Column:
    """The column with what one row says of it."""
    if what == MEANING:
        return replace(column, meaning=text)
    if what == TYPE:
        return replace(column, type=Form(value))
    if what == UNIT:
        return replace(column, unit=value)
    if what == RANGE:
        return replace(column, range=(float(value), float(to)))
    if what == LEVEL:
        return replace(column, levels=MappingProxyType({**column.levels, value: text}))
    if what == MISSING:
        return replace(column, missing=(*column.missing, MissingCode(value, text, count)))
    if what == MISSING_RANGE:
        ends = (float(value), float(to))
        return replace(column, missing_ranges=(*column.missing_ranges, ends))
    if what == SOURCE:
        return replace(column, source=value)
    if what == NOTE:
        return replace(column, note=text)
    return column


# ---------------------------------------------------------------- Parquet


def _to_parquet(table: pd.DataFrame, book: Codebook, path: Path) -> list[Text]:
    import duckdb

    folded = [str(name).casefold() for name in table.columns]
    faults = [
        Fault(
            Text("Deze naam verschilt alleen in hoofdletters van een andere.",
                 "This name differs from another in capitals only."),
            Text("Geef de kolom een andere naam.", "Give the column another name."),
            file=path.name, column=str(name),
        )
        for name in table.columns
        if folded.count(str(name).casefold()) > 1
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    told = engines.literal(as_toml(book))
    categories = [name for name in table.columns if table[name].dtype == "category"]
    plain = table.assign(**{name: table[name].astype("str") for name in categories})
    try:
        with engines.connect() as engine:
            engine.register("pupils", plain)
            engine.execute(
                f"COPY (SELECT * FROM pupils) TO {engines.literal(str(path))}"
                f" (FORMAT parquet, KV_METADATA {{{engines.literal(KEY)}: {told}}})"
            )
    except duckdb.Error:
        raise OSError from None
    return []


def codebook_in_parquet(path: Path) -> Codebook | None:
    """The codebook inside a Parquet file that ``save`` wrote; None when there is none."""
    import duckdb

    try:
        with engines.connect() as engine:
            found = engine.execute(
                f"SELECT value FROM parquet_kv_metadata({engines.pattern(path)})"
                " WHERE decode(key) = ?",
                [KEY],
            ).fetchone()
        return codebook_from_dict(tomllib.loads(bytes(found[0]).decode())) if found else None
    except (duckdb.Error, tomllib.TOMLDecodeError, UnicodeError, DataError):
        return None


# ---------------------------------------------------------------- CSV


def _to_csv(table: pd.DataFrame, book: Codebook, path: Path) -> list[Text]:
    """UTF-8, commas between the cells, points in the numbers; the codebook beside it."""
    written = {}
    for name in table.columns:
        column = table[name]
        if column.dtype.kind == "M":
            column = column.map(_iso, na_action="ignore").astype("str")
        written[name] = column
    pd.DataFrame(written).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    write_codebook(book, beside(path))
    return _empty_rows(table)


def beside(path: Path) -> Path:
    """Where the codebook of a CSV file stands: ``pupils.csv`` has ``pupils.codebook.toml``."""
    return path.with_name(path.stem + BESIDE)


def codebook_beside(path: Path) -> Codebook | None:
    """The codebook beside a CSV file; None when there is none.

    Raises DataError, with every fault, when it is there and cannot be read.
    """
    return read_codebook(beside(path)) if beside(path).exists() else None


# ---------------------------------------------------------------- a column as the codebook says


def typed(cells: pd.Series, described: Column) -> pd.Series | None:
    """A column of text cells (empty is missing) as the codebook says that it is.

    cells: text as it stands in a CSV file, or the values of a sheet or a Parquet file as text.
    Returns None when a cell does not fit, so that the reader guesses as it does without codebook.
    """
    words = words_of(cells)
    if described.type is Form.TEXT:
        return as_text(words, cells.index)
    if described.type is Form.NUMBER:
        return _numbers(words, cells.index)
    text = as_text(words, cells.index)
    if described.type is Form.DATE:
        try:
            return pd.to_datetime(text, format="ISO8601").astype("datetime64[us]")
        except ValueError:
            return None
    try:
        return labelled(text, described)
    except DataError:
        return None


def _numbers(words: Words, index: pd.Index) -> pd.Series | None:
    """The column as numbers, of more than 15 digits too; None when a cell is none."""
    shape = shape_of(words.words)
    kind = kind_of(shape, dutch=shape.needs_comma)
    if shape.absent:
        return None
    if kind is not Kind.TEXT:
        return as_numbers(words, kind, index)
    plain = pd.to_numeric(words.words, errors="coerce").to_numpy(float)
    if not np.isfinite(plain).all():
        return None
    return pd.Series(_whole(pd.Series(np.append(plain, np.nan)[words.codes])), index=index)


def as_described(
    table: pd.DataFrame, codebook: Codebook, cells: Mapping[str, pd.Series] | None = None
) -> pd.DataFrame:
    """The table with every column as the codebook says, where its cells fit that.

    cells: the same columns as text, when they were read as text (CSV, a sheet).
    """
    changed = {}
    for name in table.columns:
        if name in codebook:
            column = table[name] if cells is None else cells[name]
            again = cells is not None or (
                codebook[name].type is not Form.DATE and column.dtype in ("str", "object")
            )
            made = typed(column.astype("str"), codebook[name]) if again else column
            if made is not None:
                changed[name] = made
    return table.assign(**changed)
