"""SPSS (.sav, .zsav, .por) and Stata (.dta): values, labels, and the codes declared missing.

pyreadstat reads the cells; what they mean is decided here, column by column, from its distinct
values. Nothing changes silently: what was done is counted in the notes, a line per kind.
"""

from __future__ import annotations

import codecs
import re
import struct
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import DataError
from academic_workplace.intake.codebook import WHOLE, Codebook, Column, Form, MissingCode
from academic_workplace.intake.files.content import Content, refuse
from academic_workplace.intake.files.sav import DamagedError, dictionary_of
from academic_workplace.intake.pupils import label_of
from academic_workplace.language import Text, same

START_BYTES = 512  # of a file, in which it can be recognised
NAMED = 5  # columns named in a note; the others are counted
MOST_CODES = 20  # whole numbers in a range of missing codes that are listed one by one
LATIN = "ISO-8859-1"  # every byte is one character: reads anything, to be mended after
MENDED = (None, "utf-8", "cp1252", "iso8859-1")  # what files call themselves, rightly or not
PORTABLE = b"SPSSPORT"
SAS = (b"\0" * 12 + b"\xc2\xea\x81\x60", b"HEADER RECORD*******LIB")
ENCRYPTED = b"ENCRYPTEDSAV"
SECONDS_TO_1970 = 12_219_379_200  # SPSS counts seconds from 14 October 1582
DAYS_TO_1970 = 3_653  # Stata counts from 1 January 1960
LAST_YEAR = 9999
DAY = 86_400
# SPSS: what is a moment (seconds since 1582), and what a length of time.
MOMENTS = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "MOYR", "QYR", "WKYR", "DATETIME", "YMDHMS")
LENGTHS = ("TIME", "DTIME", "MTIME")
# Stata: months, quarters, half-years and weeks since 1960, by the letter of the format.
MONTHS_EACH = {"m": 1, "q": 3, "h": 6}
WEEKS_A_YEAR = 52  # in Stata; the last one is longer

Floats = NDArray[np.float64]


class Kind(Enum):
    """The kinds of file read here."""

    SAV = "SPSS (.sav)"
    PORTABLE = "SPSS portable (.por)"
    STATA = "Stata (.dta)"
    SAS = "SAS"
    ENCRYPTED = "SPSS, with a password"


class Meta(Protocol):
    """What pyreadstat tells besides the values."""

    column_names: list[str]
    column_names_to_labels: dict[str, str | None]
    variable_value_labels: dict[str, dict[Any, str]]
    missing_ranges: dict[str, list[dict[str, Any]]]
    variable_measure: dict[str, str]
    original_variable_types: dict[str, str | None]
    readstat_variable_types: dict[str, str]
    number_rows: int | None


def recognises(start: bytes) -> bool:
    """Whether the first 512 bytes of a file are those of SPSS, Stata or SAS (which is refused)."""
    return _kind(start) is not None


def _kind(start: bytes) -> Kind | None:
    if start[:4] in (b"$FL2", b"$FL3"):
        return Kind.SAV
    if start.startswith(b"<stata_dta>"):
        return Kind.STATA
    if len(start) > 4 and 102 <= start[0] <= 115 and start[1] in (1, 2) and start[2] == 1:
        return Kind.STATA
    if ENCRYPTED in start[:32]:
        return Kind.ENCRYPTED
    if start.startswith(SAS):
        return Kind.SAS
    plain = start.translate(None, b"\r\n")
    return Kind.PORTABLE if plain[456:480].find(PORTABLE) >= 0 else None


def from_statistical(path: Path) -> Content:
    """Read an SPSS or Stata file: the table, its codebook, and what was done on the way.

    A code that the file declares missing is empty in the table; code, label and count stand in the
    codebook. A column whose filled values all have a label of their own becomes a category (in the
    order of its codes, unless the file calls it nominal), except when the file calls it a scale.
    Whole numbers without a gap are whole numbers, dates are datetimes.

    Raises DataError when the file is damaged, has no rows, or is of SAS.
    """
    with path.open("rb") as file:
        kind = _kind(file.read(START_BYTES))
    if kind is Kind.SAS:
        raise refuse(
            path,
            Text("Dit is een bestand van SAS.", "This is a file of SAS."),
            Text("Bewaar het als CSV of als SPSS-bestand.", "Save it as CSV or as an SPSS file."),
        )
    if kind is Kind.ENCRYPTED:
        raise refuse(
            path,
            Text("Op dit SPSS-bestand zit een wachtwoord.", "This SPSS file has a password."),
            Text("Bewaar het zonder wachtwoord.", "Save it without a password."),
        )
    if kind is None:
        raise _damaged(path)
    done = Done()
    cells, meta, weight = _read(path, kind, done)
    if not meta.column_names or not len(cells):
        raise refuse(
            path,
            Text(
                "Dit bestand is leeg: er zijn geen rijen.",
                "This file is empty: there are no rows.",
            ),
            Text("Controleer de export.", "Check the export."),
        )
    values, columns = {}, {}
    for name in meta.column_names:
        values[name], columns[name] = _column(cells[name], name, meta, kind, done)
    table = pd.DataFrame(values, copy=False)
    if weight:
        done.said.append(
            Text(
                f"het bestand is gewogen met ‘{weight}’; die weging is hier niet toegepast",
                f"the file is weighted by ‘{weight}’; that weighting is not applied here",
            )
        )
    alike = _alike(meta.column_names)
    if alike:
        done.columns[ALIKE] = alike
    notes = [same(kind.value), *done.notes()]
    return Content(table, notes, codebook=Codebook(MappingProxyType(columns)))


# ---------------------------------------------------------------- what was done


@dataclass(frozen=True, slots=True)
class What:
    """One kind of thing that was done, in words that take columns (and cells)."""

    nl: str
    en: str


CODES = What(
    "codes die ‘ontbreekt’ betekenen zijn nu leeg", "codes that mean missing are empty now"
)
PARTLY = What(
    "niet elke waarde heeft een label; de codes blijven staan",
    "not every value has a label; the codes stay",
)
DOUBLE = What(
    "een label hoort bij meer dan één code; de codes blijven staan",
    "a label belongs to more than one code; the codes stay",
)
SPACES = What("spaties om de tekst weggelaten", "spaces around the text left out")
DURATION = What("een tijdsduur, in seconden", "a length of time, in seconds")
LEAP = What("tijd met schrikkelseconden (%tC), gelezen als gewone tijd",
            "time with leap seconds (%tC), read as plain time")  # fmt: skip
BUSINESS = What("een kalender van werkdagen (%tb) blijft een getal",
                "a calendar of working days (%tb) stays a number")  # fmt: skip
NO_DATE = What(
    "er staan waarden die geen datum zijn; het blijven getallen",
    "some values are no dates; they stay numbers",
)
CUT = What(
    "een afgebroken teken aan het eind weggelaten",
    "a character that was cut off left out at the end",
)
ALIKE = What("namen die alleen in hoofdletters verschillen", "names that differ in capitals only")


@dataclass(slots=True)
class Done:
    """What was done while reading: sentences, and columns by what was done to them."""

    said: list[Text] = field(default_factory=list)
    columns: dict[What, list[str]] = field(default_factory=dict)
    cells: dict[What, int] = field(default_factory=dict)

    def to(self, name: str, what: What, cells: int = 0) -> None:
        self.columns.setdefault(what, []).append(name)
        self.cells[what] = self.cells.get(what, 0) + cells

    def notes(self) -> list[Text]:
        """A line for each kind of thing, whatever the number of columns."""
        return self.said + [_note(what, names, self.cells.get(what, 0))
                            for what, names in self.columns.items()]  # fmt: skip


def _note(what: What, names: Sequence[str], cells: int) -> Text:
    shown, more = ", ".join(names[:NAMED]), len(names) - NAMED
    nl = f"{len(names)} kolom{'men' if len(names) > 1 else ''}: {what.nl}: {shown}"
    en = f"{len(names)} column{'s' if len(names) > 1 else ''}: {what.en}: {shown}"
    if more > 0:
        nl, en = f"{nl} en nog {more}", f"{en} and {more} more"
    if cells:
        nl = f"{nl} ({cells} cel{'len' if cells > 1 else ''})"
        en = f"{en} ({cells} cell{'s' if cells > 1 else ''})"
    return Text(nl, en)


def _alike(names: Iterable[str]) -> list[str]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.casefold(), []).append(name)
    return [name for each in found.values() if len(each) > 1 for name in each]


# ---------------------------------------------------------------- the cells


def _read(path: Path, kind: Kind, done: Done) -> tuple[pd.DataFrame, Meta, str]:
    """The cells as they stand in the file, and the column that it is weighted by."""
    weight, told = "", None
    try:
        if kind is Kind.SAV:
            found = dictionary_of(path)
            weight, told = found.weight, found.encoding
            if told not in MENDED and not _fits(told, found.texts):
                told = None
        elif kind is Kind.STATA:
            told = "cp1252" if _stata_release(path) < FIRST_UNICODE else "utf-8"
        encoding = LATIN if told in MENDED and kind is not Kind.PORTABLE else None
        try:
            cells, meta = _parse(path, kind, encoding)
        except UndecodableError:
            if encoding or kind is Kind.PORTABLE:
                raise
            told, encoding = None, LATIN
            cells, meta = _parse(path, kind, encoding)
    except (DamagedError, UndecodableError):
        raise _damaged(path) from None
    except OSError:
        raise refuse(
            path,
            Text("Dit bestand kan niet geopend worden.", "This file cannot be opened."),
            Text("Controleer de naam en de map.", "Check the name and the folder."),
        ) from None
    names = meta.column_names
    if encoding and all(names):
        cells, meta = _mended(cells, meta, told, done)
        names = meta.column_names
    if not all(names) or len(set(names)) < len(names):
        raise _damaged(path)
    return cells, meta, weight


class UndecodableError(ValueError):
    """Text that is none in the encoding that the file names."""


def _parse(path: Path, kind: Kind, encoding: str | None) -> tuple[pd.DataFrame, Meta]:
    """What pyreadstat makes of it. Raises DamagedError or UndecodableError."""
    import pyreadstat
    from pyreadstat._readstat_parser import (
        parser_entry_point,
    )

    options: dict[str, Any] = {
        "user_missing": True,  # otherwise codes would vanish without a word
        "disable_datetime_conversion": True,  # it knows some of the dates only
    }
    if encoding:
        options["encoding"] = encoding
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings(
            "error", message=".*is duplicated"
        )  # a name that stands there twice
        try:
            if kind is Kind.SAV:
                found = pyreadstat.read_sav(path, **options)
            elif kind is Kind.STATA:
                found = pyreadstat.read_dta(path, **options)
            else:  # read_por has no user_missing, what it calls has
                found = parser_entry_point(path, parser_format="por", **options)
        except UnicodeError:
            raise UndecodableError from None
        except pyreadstat.ReadstatError as error:
            raise (UndecodableError if "encoding" in str(error) else DamagedError) from None
        except (pyreadstat.PyreadstatError, UserWarning, ValueError, TypeError, OverflowError,
                LookupError, MemoryError, SystemError):  # fmt: skip
            raise DamagedError from None
    cells, meta = found
    return cells, meta


FIRST_UNICODE = 118  # release of Stata's format from which text is UTF-8


def _stata_release(path: Path) -> int:
    """The release of the format. Raises DamagedError when more is promised than can stand there."""
    with path.open("rb") as file:
        start = file.read(START_BYTES)
    size = path.stat().st_size
    if not start.startswith(b"<stata_dta>"):
        release, order = start[0], "<" if start[1] == 2 else ">"
        columns, rows = struct.unpack(order + "HI", start[4:10].ljust(6, b"\0"))
    else:
        found = re.match(
            rb"<stata_dta><header><release>(\d{3})</release><byteorder>([LM])SF</byteorder><K>",
            start,
        )
        if not found:
            raise DamagedError
        release, order = int(found[1]), "<" if found[2] == b"L" else ">"
        wide, long = ("H" if release < 119 else "I"), ("I" if release < 118 else "Q")
        where, gap = found.end() + struct.calcsize(f"={wide}"), len(b"</K><N>")
        try:
            columns = struct.unpack_from(order + wide, start, found.end())[0]
            rows = struct.unpack_from(order + long, start, where + gap)[0]
        except struct.error:
            raise DamagedError from None
    if rows * max(columns, 1) > size:
        raise DamagedError
    return int(release)


def _damaged(path: Path) -> DataError:
    return refuse(
        path,
        Text("Dit bestand is beschadigd of niet heel.", "This file is damaged or not whole."),
        Text(
            "Bewaar het opnieuw in SPSS of Stata, of vraag het bestand nog eens.",
            "Save it again in SPSS or Stata, or ask for the file once more.",
        ),
    )


# ---------------------------------------------------------------- characters


def _fits(encoding: str | None, texts: Iterable[bytes]) -> bool:
    """Whether the texts are in the encoding that the file names."""
    try:
        for each in texts:
            each.decode(encoding or "ascii")
    except UnicodeError:
        return False
    return encoding is not None


def _mended(
    cells: pd.DataFrame, meta: Meta, told: str | None, done: Done
) -> tuple[pd.DataFrame, Meta]:
    """Text that was read byte by byte, each in the encoding that it is in: UTF-8 or else cp1252.

    Text in cp1252 is as good as never UTF-8 by accident. At its end a text in UTF-8 may have been
    cut within a character, for which "ë" in cp1252 can be taken: only where other text is UTF-8.
    """
    texts = [name for name in cells.columns if meta.readstat_variable_types[name] == "string"]
    words = {name: pd.factorize(cells[name]) for name in texts}
    every = [*meta.column_names, *(word for _, found in words.values() for word in found)]
    every += [label for label in meta.column_names_to_labels.values() if label]
    for labels in meta.variable_value_labels.values():
        every += [each for pair in labels.items() for each in pair if isinstance(each, str)]
    high = [word.encode(LATIN) for word in every if not word.isascii()]
    if not high:
        return cells, meta
    unicode = any(map(_is_utf8, high))
    used: set[str] = set()

    def mend(word: Any) -> Any:
        if not isinstance(word, str) or word.isascii():
            return word
        raw = word.encode(LATIN)
        if _is_utf8(raw):
            used.add("utf-8")
            return raw.decode("utf-8")
        with suppress(UnicodeError):
            if unicode:
                whole = codecs.getincrementaldecoder("utf-8")().decode(raw)
                used.add("cut")
                return whole
        used.add("cp1252")
        with suppress(UnicodeError):
            return raw.decode("cp1252")
        return word

    for name, (codes, found) in words.items():
        mended = np.array([*map(mend, found), None], dtype=object)
        cells[name] = pd.Series(mended[codes], index=cells.index, dtype="str")
        if "cut" in used:
            done.to(name, CUT)
            used.remove("cut")
    cells.columns = pd.Index([mend(name) for name in cells.columns])
    meta.column_names = [mend(name) for name in meta.column_names]
    meta.column_names_to_labels = _each(mend, meta.column_names_to_labels)
    meta.variable_value_labels = {
        mend(name): _each(mend, labels) for name, labels in meta.variable_value_labels.items()
    }
    meta.missing_ranges = {
        mend(name): [_each(mend, ends) for ends in ranges]
        for name, ranges in meta.missing_ranges.items()
    }
    meta.variable_measure = _each(mend, meta.variable_measure)
    meta.original_variable_types = _each(mend, meta.original_variable_types)
    meta.readstat_variable_types = _each(mend, meta.readstat_variable_types)
    for name in sorted(used - {"cut", told or "", *(["cp1252"] if told == "iso8859-1" else [])}):
        shown = {"utf-8": "UTF-8", "cp1252": "Windows (cp1252)"}[name]
        done.said.append(
            Text(
                f"tekens gelezen als {shown}; het bestand zegt daar niets of iets anders over",
                f"characters read as {shown}; the file says nothing or something else of them",
            )
        )
    return cells, meta


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode("utf-8")
    except UnicodeError:
        return False
    return True


def _each(mend: Callable[[Any], Any], content: Mapping[Any, Any]) -> dict[Any, Any]:
    return {mend(key): mend(value) for key, value in content.items()}


# ---------------------------------------------------------------- one column


@dataclass(frozen=True, slots=True)
class Declared:
    """What the file declares of a column: labels by code, and which codes mean missing."""

    labels: Mapping[Any, str]
    missing: tuple[Any, ...]
    ranges: tuple[tuple[float, float], ...]
    numeric: bool

    def is_letter(self, code: Any) -> bool:
        """Whether a code is one of Stata's .a to .z: a letter in a column of numbers."""
        return self.numeric and isinstance(code, str)

    def is_missing(self, code: Any) -> bool:
        if not self.numeric or self.is_letter(code):
            return code in self.missing or self.numeric
        return code in self.missing or any(low <= code <= high for low, high in self.ranges)


def _declared(name: str, meta: Meta, clean: Callable[[Any], Any]) -> Declared:
    labels = {
        clean(code): label.strip()
        for code, label in meta.variable_value_labels.get(name, {}).items()
        if label.strip()
    }
    missing, ranges = [], []
    for ends in meta.missing_ranges.get(name, []):
        low, high = clean(ends["lo"]), clean(ends["hi"])
        if low == high:
            missing.append(low)
        elif not isinstance(low, str):
            ranges.append((_limit(low), _limit(high)))
    numeric = meta.readstat_variable_types[name] != "string"
    return Declared(labels, tuple(dict.fromkeys(missing)), tuple(ranges), numeric)


def _limit(end: float) -> float:
    """LOWEST and HIGHEST are the last numbers that SPSS can write."""
    return float(np.copysign(np.inf, end)) if abs(end) > 1e300 else float(end)


def _column(
    cells: pd.Series, name: str, meta: Meta, kind: Kind, done: Done
) -> tuple[pd.Series, Column]:
    meaning = same((meta.column_names_to_labels.get(name) or "").strip())
    if meta.readstat_variable_types[name] == "string":
        return _texts(cells, name, meta, meaning, done)
    return _numbers(cells, name, meta, kind, meaning, done)


def _texts(
    cells: pd.Series, name: str, meta: Meta, meaning: Text, done: Done
) -> tuple[pd.Series, Column]:
    codes, raw = pd.factorize(cells)
    words = [word.rstrip() for word in raw]
    labels = meta.variable_value_labels.get(name, {})
    if any(word != word.strip() for word in words) and _stays_apart(labels):
        done.to(name, SPACES)
        clean = _strip
    else:
        clean = _strip_right
    declared = _declared(name, meta, clean)
    again, distinct = pd.factorize(np.array([clean(word) for word in words], dtype=object))
    codes = np.append(again, -1)[codes]
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    empty = np.array([not word or declared.is_missing(word) for word in distinct], dtype=bool)
    count = {word: int(often) for word, often in zip(distinct, counts, strict=True)}
    missing = _missing_codes(declared, count, done, name)
    keep = np.append(~empty, False)
    filled = [word for word, out in zip(distinct, empty, strict=True) if not out]
    levels = {code: label for code, label in declared.labels.items()
              if code and not declared.is_missing(code)}  # fmt: skip
    form = _form(levels, filled, meta.variable_measure.get(name, "unknown"), done, name)
    if form is not None:
        form = Form.ORDERED if meta.variable_measure.get(name) == "ordinal" else Form.CATEGORY
        values = _category(np.where(keep[codes], codes, -1), list(distinct), levels, form)
    else:
        lookup = np.array([*distinct, None], dtype=object)
        lookup[~keep] = None
        values = pd.Series(lookup[codes], dtype="str")
    told = Column(meaning, form or Form.TEXT, levels=_told(levels), missing=missing)
    return values, told


def _strip(word: Any) -> Any:
    return word.strip() if isinstance(word, str) else word


def _strip_right(word: Any) -> Any:
    return word.rstrip() if isinstance(word, str) else word


def _stays_apart(labels: Mapping[Any, str]) -> bool:
    """Whether codes with a label are still different ones without spaces around them."""
    return len({_strip(code) for code in labels}) == len({_strip_right(code) for code in labels})


def _numbers(
    cells: pd.Series, name: str, meta: Meta, kind: Kind, meaning: Text, done: Done
) -> tuple[pd.Series, Column]:
    declared = _declared(name, meta, lambda code: code)
    x, tags = _floats(cells)
    missing: tuple[MissingCode, ...] = ()
    levels: dict[Any, str] = {}
    form = None
    if declared.labels or declared.missing or declared.ranges or tags:
        codes, distinct = pd.factorize(x)
        counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
        count: dict[Any, int] = dict(zip(distinct.tolist(), counts.tolist(), strict=True)) | tags
        missing = _missing_codes(declared, count, done, name)
        empty = np.array([declared.is_missing(code) for code in distinct.tolist()], dtype=bool)
        if empty.any():
            x = x.copy()
            x[np.append(empty, False)[codes]] = np.nan
        known = [code for code in declared.labels if not isinstance(code, str)]
        levels = {code: declared.labels[code] for code in sorted(known)
                  if not declared.is_missing(code)}  # fmt: skip
        filled = distinct[~empty].tolist()
    written = meta.original_variable_types.get(name) or ""
    moment = _moments(x, written, kind, done, name)
    if moment is not None:
        return moment, Column(meaning, Form.DATE, levels=_told(levels), missing=missing,
                              missing_ranges=declared.ranges)  # fmt: skip
    unit = ""
    if _is_length(written, x, kind):
        x, unit = (x / 1000 if kind is Kind.STATA else x), "s"
        done.to(name, DURATION)
    elif levels:
        form = _form(levels, filled, meta.variable_measure.get(name, "unknown"), done, name)
    if form is not None:
        places = np.where(np.append(~empty, False)[codes], codes, -1)
        values = _category(places, distinct.tolist(), levels, form)
    else:
        values = pd.Series(_whole(x))
    told = Column(meaning, form or Form.NUMBER, unit, levels=_told(levels), missing=missing,
                  missing_ranges=declared.ranges)  # fmt: skip
    return values, told


def _floats(cells: pd.Series) -> tuple[Floats, dict[Any, int]]:
    """The numbers, and how often Stata's .a to .z stand among them (by letter)."""
    if cells.dtype != object:
        return cells.to_numpy(np.float64), {}
    codes, distinct = pd.factorize(cells)
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    letters = {word: int(often) for word, often in zip(distinct, counts, strict=True)
               if isinstance(word, str)}  # fmt: skip
    numbers = [np.nan if isinstance(value, str) else float(value) for value in distinct]
    return np.array([*numbers, np.nan])[codes], letters


def _whole(x: Floats) -> NDArray[np.float64] | NDArray[np.int64]:
    """Whole numbers without a gap are whole, as they are in a file of text."""
    if x[0] != np.rint(x[0]) or not (x == np.rint(x)).all() or np.abs(x).max() >= WHOLE:
        return x
    return x.astype(np.int64)


def _missing_codes(
    declared: Declared, count: Mapping[Any, int], done: Done, name: str
) -> tuple[MissingCode, ...]:
    """Every code that means missing, with its label and how often it stood there."""
    found = [code for code in (*declared.labels, *count) if declared.is_missing(code)]
    bare = {
        code
        for code in found
        if not declared.is_letter(code) and code not in {*declared.labels, *declared.missing}
    }
    # A code is a whole number; what is more than that is an answer that the file does not want.
    many = len(bare) > MOST_CODES or any(code % 1 for code in bare)
    listed = [code for code in found if not (many and code in bare)]
    blank = [code for code in declared.labels if code == ""]  # a cell without text is empty anyhow
    every = dict.fromkeys([*declared.missing, *sorted(set(listed), key=_order), *blank])
    cells = sum(count.get(code, 0) for code in {*every, *found})
    if cells:
        done.to(name, CODES, cells)
    return tuple(
        MissingCode(
            f".{code}" if declared.is_letter(code) else _code(code),
            same(declared.labels.get(code, "")),
            count.get(code, 0),
        )
        for code in every
    )


def _order(code: Any) -> tuple[bool, Any]:
    """Numbers in order, then letters."""
    return isinstance(code, str), code


def _form(
    levels: Mapping[Any, str], filled: Sequence[Any], measure: str, done: Done, name: str
) -> Form | None:
    """What kind of category a column is; None when its codes are to stay as they are."""
    if not levels or measure == "scale":
        return None
    if any(code not in levels for code in filled):
        done.to(name, PARTLY)
        return None
    if len(set(levels.values())) < len(levels):
        done.to(name, DOUBLE)
        return None
    return Form.CATEGORY if measure == "nominal" else Form.ORDERED


def _category(
    codes: NDArray[np.intp], distinct: Sequence[Any], levels: Mapping[Any, str], form: Form
) -> pd.Series:
    place = {code: i for i, code in enumerate(levels)}
    lookup = np.array([*(place.get(code, -1) for code in distinct), -1], dtype=np.intp)
    values = pd.Categorical.from_codes(
        lookup[codes],
        categories=pd.Index(list(levels.values()), dtype="str"),
        ordered=form is Form.ORDERED,
    )
    return pd.Series(values)


def _told(levels: Mapping[Any, str]) -> Mapping[str, Text]:
    return MappingProxyType({_code(code): same(label) for code, label in levels.items()})


def _code(code: Any) -> str:
    """A code as it is written: 1, 1.5, or the text itself."""
    return code if isinstance(code, str) else label_of(float(code))


# ---------------------------------------------------------------- dates and times


def _moments(x: Floats, written: str, kind: Kind, done: Done, name: str) -> pd.Series | None:
    """The column as datetimes; None when it holds none, or what is no date."""
    seconds = _seconds(x, written, kind)
    if seconds is None:
        if kind is Kind.STATA and re.match(r"%-?tb", written):
            done.to(name, BUSINESS)
        return None
    known = seconds[~np.isnan(seconds)]
    first, last = np.datetime64("0001-01-01", "s"), np.datetime64(f"{LAST_YEAR}-12-31", "s")
    if known.size and not first.astype(float) <= known.min() <= known.max() <= last.astype(float):
        done.to(name, NO_DATE)
        return None
    if kind is Kind.STATA and re.match(r"%-?tC", written):
        done.to(name, LEAP)
    whole = np.floor(seconds)
    # A double that counts seconds since 1582 knows no more than five decimals.
    part = np.rint((seconds - whole) * 1e5) * 10
    empty = np.isnan(seconds)
    micro = np.where(empty, 0, whole).astype(np.int64) * 1_000_000
    micro += np.where(empty, 0, part).astype(np.int64)
    moments = micro.view("datetime64[us]")
    moments[empty] = np.datetime64("NaT")
    return pd.Series(moments)


def _seconds(x: Floats, written: str, kind: Kind) -> Floats | None:
    """Seconds since 1970; None when the format is not that of a date."""
    if kind is not Kind.STATA:
        return x - SECONDS_TO_1970 if _base(written) in MOMENTS else None
    found = re.match(r"%-?(?:t([cCdwmqh])|(d))", written)
    if not found or _is_length(written, x, kind):
        return None
    unit = found[1] or "d"
    if unit in "cC":
        return np.asarray(x / 1000 - DAYS_TO_1970 * DAY)
    if unit == "d":
        return np.asarray((np.floor(x) - DAYS_TO_1970) * DAY)
    if unit == "w":
        year, week = np.divmod(np.floor(x), WEEKS_A_YEAR)
        return np.asarray(_first_days(year * 12) + week * 7 * DAY)
    return _first_days(np.floor(x) * MONTHS_EACH[unit])


def _first_days(months: Floats) -> Floats:
    """The first day of months counted from January 1960, in seconds since 1970."""
    empty = np.isnan(months) | (np.abs(months) > 12 * 1e5)
    whole = np.where(empty, 0, months).astype(np.int64) - 120
    days = whole.view("datetime64[M]").astype("datetime64[D]").astype(np.float64)
    return np.where(np.isnan(months), np.nan, np.where(empty, np.inf, days * DAY))


def _base(written: str) -> str:
    found = re.match(r"[A-Z]+", written)
    return found[0] if found else ""


def _is_length(written: str, x: Floats, kind: Kind) -> bool:
    """Whether a column is a time of day or a length of time, and no moment."""
    if kind is not Kind.STATA:
        return _base(written) in LENGTHS
    clock = re.match(r"%-?t[cC](?:[Hh]{2}|MM|[^A-Za-z])", written)
    known = x[~np.isnan(x)]
    return bool(clock and known.size and known.min() >= 0 and known.max() < DAY * 1000)
