"""The codebook: what every column of a table means, and which codes stand for "missing".

It travels with the table in ``table.attrs["codebook"]`` and stands on disk as ``codebook.toml``.
"""

from __future__ import annotations

import difflib
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import tomli_w
from numpy.typing import NDArray

from academic_workplace.errors import SHOWN_ROWS, DataError, Fault
from academic_workplace.intake.files.numbers import POINT
from academic_workplace.intake.pupils import label_of
from academic_workplace.language import Text, same
from academic_workplace.toml import read_toml

CODEBOOK = "codebook"  # where it stands in DataFrame.attrs
WHOLE = 2**53  # whole numbers up to here are written without a decimal point


class Form(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CATEGORY = "category"  # labels without an order
    ORDERED = "ordered"  # labels in order
    NUMBER = "number"
    DATE = "date"


FORMS = {
    Form.TEXT: Text("tekst", "text"),
    Form.CATEGORY: Text("keuze", "choice"),
    Form.ORDERED: Text("keuze, op volgorde", "choice, in order"),
    Form.NUMBER: Text("getal", "number"),
    Form.DATE: Text("datum", "date"),
}


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A code that means "missing": how it is written, what it means, and how often it stood there.

    count: None when it was not counted (a codebook written by hand).
    """

    code: str
    label: Text = Text("", "")
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """What one column means.

    range: lowest and highest value there can be. levels: code as it stands in the file -> label,
    in order; the table of a category holds the (Dutch) labels, that of a number the codes.
    missing: codes declared missing, which are empty in the table. missing_ranges: whole ranges of
    such codes (SPSS), ends included. note: what the user still has to look at.
    """

    meaning: Text = Text("", "")
    type: Form = Form.TEXT
    unit: str = ""
    range: tuple[float, float] | None = None
    levels: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    missing: tuple[MissingCode, ...] = ()
    missing_ranges: tuple[tuple[float, float], ...] = ()
    source: str = ""
    note: Text = Text("", "")

    def __reduce__(self) -> tuple[object, ...]:
        return _column_again, (column_to_dict(self),)


@dataclass(frozen=True, slots=True)
class Codebook:
    """Column name -> what it means."""

    columns: Mapping[str, Column]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __deepcopy__(self, memo: object) -> Codebook:
        """Itself: pandas copies ``attrs`` with every operation, and nothing here changes."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return codebook_from_dict, (self.to_dict(),)

    def to_dict(self) -> dict[str, object]:
        """The codebook as plain values, as in ``codebook.toml``; what is not known is left out."""
        return {"columns": {name: column_to_dict(each) for name, each in self.columns.items()}}


def codebook_of(table: pd.DataFrame) -> Codebook | None:
    """The codebook that travels with a table; None when it was lost (as after a merge)."""
    found = table.attrs.get(CODEBOOK)
    return found if isinstance(found, Codebook) else None


# ---------------------------------------------------------------- to plain values and back


def column_to_dict(column: Column) -> dict[str, object]:
    """One column as plain values, as in ``codebook.toml``."""
    out: dict[str, object] = {"meaning": _words(column.meaning), "type": str(column.type)}
    if column.unit:
        out["unit"] = column.unit
    if column.range is not None:
        out["range"] = [_short(limit) for limit in column.range]
    if column.levels:
        out["levels"] = {code: _words(label) for code, label in column.levels.items()}
    if column.missing:
        out["missing"] = [_missing_to_dict(each) for each in column.missing]
    if column.missing_ranges:
        out["missing_ranges"] = [[_short(end) for end in ends] for ends in column.missing_ranges]
    if column.source:
        out["source"] = column.source
    if column.note:
        out["note"] = _words(column.note)
    return out


def _missing_to_dict(missing: MissingCode) -> dict[str, object]:
    out: dict[str, object] = {"code": missing.code}
    if missing.label:
        out["label"] = _words(missing.label)
    return out if missing.count is None else out | {"count": missing.count}


def _words(text: Text) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en}


def _short(number: float) -> int | float:
    """1.0 as 1, which is how people write it."""
    return int(number) if abs(number) < WHOLE and float(number).is_integer() else float(number)


def _column_again(content: Mapping[str, Any]) -> Column:
    """What unpickling a column calls."""
    return codebook_from_dict({"columns": {"": content}})[""]


def codebook_from_dict(content: Mapping[str, Any], *, file: str = "") -> Codebook:
    """The codebook that ``to_dict`` gave these values, or that ``codebook.toml`` holds.

    content: ``{"columns": {name: {"meaning": ..., "type": ..., ...}}}``. A text is
    ``{"nl": ..., "en": ...}``, or plain, and then it counts for both languages; a missing code may
    be the code alone. file: the name that faults carry.

    Raises DataError with every fault at once.
    """
    faults: list[Fault] = []
    out: dict[str, Column] = {}
    for key in content:
        if key != "columns":
            faults.append(_unknown("", key, ["columns"]))
    columns = content.get("columns", {})
    if not isinstance(columns, Mapping):
        faults.append(_wrong_form("", "columns", '[columns.naam] meaning = "…"'))
        columns = {}
    for name, raw in columns.items():
        out[str(name)] = _column(str(name), raw, faults)
    if faults:
        raise DataError([replace(fault, file=file) for fault in faults])
    return Codebook(MappingProxyType(out))


_TEXT_FORM = '{nl = "…", en = "…"}'


def _text(value: Any) -> Text:
    if isinstance(value, str):
        return same(value)
    if set(value) <= {"nl", "en"} and value and all(isinstance(v, str) for v in value.values()):
        only = next(iter(value.values()))  # one language is better than none
        return Text(value.get("nl", only), value.get("en", only))
    raise ValueError


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _type(value: Any) -> Form:
    return Form(_string(value))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise ValueError
    return float(value)


def _ends(value: Any) -> tuple[float, float]:
    low, high = (_number(end) for end in value)
    if low > high or isinstance(value, str | Mapping):
        raise ValueError
    return low, high


def _each_ends(value: Any) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError
    return tuple(_ends(each) for each in value)


def _code(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError
    return value if isinstance(value, str) else label_of(value)


def _levels(value: Any) -> Mapping[str, Text]:
    return MappingProxyType({str(code): _text(label) for code, label in value.items()})


def _missing(value: Any) -> tuple[MissingCode, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError
    return tuple(_missing_code(each) for each in value)


def _missing_code(value: Any) -> MissingCode:
    if not isinstance(value, Mapping):
        return MissingCode(_code(value))
    count = value.get("count")
    whole = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    if not set(value) <= {"code", "label", "count"} or not (count is None or whole):
        raise ValueError
    return MissingCode(_code(value["code"]), _text(value.get("label", "")), count)


# Key of a column -> what takes its value, and the form it must have.
_KEYS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "meaning": (_text, f"meaning = {_TEXT_FORM}"),
    "type": (_type, " / ".join(f'type = "{form}"' for form in Form)),
    "unit": (_string, 'unit = "…"'),
    "range": (_ends, "range = [1, 4]"),
    "levels": (_levels, f"levels = {{1 = {_TEXT_FORM}}}"),
    "missing": (_missing, f'missing = [{{code = "99", label = {_TEXT_FORM}}}]'),
    "missing_ranges": (_each_ends, "missing_ranges = [[90, 99]]"),
    "source": (_string, 'source = "…"'),
    "note": (_text, f"note = {_TEXT_FORM}"),
}


def _column(name: str, raw: object, faults: list[Fault]) -> Column:
    """One column of the file; what is wrong with it is added to the faults."""
    if not isinstance(raw, Mapping):
        faults.append(_wrong_form(name, name, f"meaning = {_TEXT_FORM}"))
        return Column()
    taken: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in _KEYS:
            faults.append(_unknown(name, str(key), list(_KEYS)))
            continue
        take, form = _KEYS[key]
        try:
            taken[key] = take(value)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
            faults.append(_wrong_form(name, key, form))
    column = Column(**taken)
    for key, codes in (
        ("levels", list(column.levels)),
        ("missing", [each.code for each in column.missing]),
    ):
        for code in _twice([number_or_text(code) for code in codes]):
            rule = Text(
                f"De code ‘{code}’ staat meer dan eens bij ‘{key}’.",
                f"The code ‘{code}’ stands in ‘{key}’ more than once.",
            )
            remedy = Text("Noem elke code één keer.", "Name every code once.")
            faults.append(Fault(rule, remedy, column=name))
    return column


def number_or_text(code: str) -> str:
    """A code as ``label_of`` writes it in a table: ``1.0`` is ``1``, but ``01`` is text."""
    word = code.strip()
    return label_of(float(word)) if re.fullmatch(r"-?(0|[1-9]\d{0,14})\.\d+", word) else word


def _twice(codes: Sequence[str]) -> list[str]:
    return [code for code in dict.fromkeys(codes) if codes.count(code) > 1]


def _wrong_form(column: str, key: str, form: str) -> Fault:
    return Fault(
        column=column,
        rule=Text(
            f"‘{key}’ heeft in het codeboek de verkeerde vorm.",
            f"‘{key}’ has the wrong form in the codebook.",
        ),
        remedy=Text(f"Schrijf: {form}", f"Write: {form}"),
    )


def _unknown(column: str, key: str, known: list[str]) -> Fault:
    near = difflib.get_close_matches(key, known, n=1)
    return Fault(
        column=column,
        rule=Text(f"‘{key}’ is in een codeboek onbekend.", f"‘{key}’ is not known in a codebook."),
        remedy=Text(
            f"Bedoelt u ‘{near[0]}’?" if near else f"Kies uit: {', '.join(known)}.",
            f"Do you mean ‘{near[0]}’?" if near else f"Choose from: {', '.join(known)}.",
        ),
    )


# ---------------------------------------------------------------- codebook.toml


def read_codebook(path: str | Path) -> Codebook:
    """Read a codebook from ``codebook.toml``.

    Raises DataError with every unknown key and wrong form, or when the file cannot be read.
    """
    path = Path(path)
    raw = read_toml(path)
    if isinstance(raw, Fault):
        raise DataError([raw])
    return codebook_from_dict(raw, file=path.name)


def write_codebook(codebook: Codebook, path: str | Path) -> Path:
    """Write ``codebook.toml``, whole or not at all: first under another name, then renamed.

    Returns the path. Raises DataError when the folder cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as new:
            made = Path(new) / "codebook.toml"
            made.write_bytes(as_toml(codebook).encode(errors="replace"))
            made.replace(path)
    except OSError:
        rule = Text(
            "Het codeboek kan hier niet geschreven worden.", "The codebook cannot be written here."
        )
        remedy = Text(
            "Kies een andere map, of sluit het bestand als het nog open is.",
            "Choose another folder, or close the file when it is still open.",
        )
        raise DataError([Fault(rule, remedy, path.name)]) from None
    return path


def as_toml(codebook: Codebook) -> str:
    """The text of ``codebook.toml``: a block for every column, a line for every code."""
    return "\n".join(_block(name, each) for name, each in codebook.columns.items())


def _block(name: str, column: Column) -> str:
    plain = column_to_dict(column)
    levels = plain.pop("levels", None)
    lines = [f"[columns.{_key(name)}]"]
    lines += [f"{key} = {_value(value)}" for key, value in plain.items()]
    if isinstance(levels, Mapping):
        lines += ["", f"[columns.{_key(name)}.levels]"]
        lines += [f"{_key(code)} = {_value(label)}" for code, label in levels.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """A value on one line, as people write it; tomli_w spreads tables and lists."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        return "[\n" + "".join(f"  {_value(each)},\n" for each in value) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").removesuffix("\n")


def _key(name: str) -> str:
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")


# ---------------------------------------------------------------- codes, labels, missing


def apply_codebook(table: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The table with this codebook: codes that it declares missing become empty, and are counted.

    For a codebook written by hand; a reader has done it already for what its file declares.
    """
    columns, emptied = dict(codebook.columns), {}
    for name, described in codebook.columns.items():
        if name in table and isinstance(table[name], pd.Series):
            codes = declared_missing(table[name], described)
            if codes.any():
                emptied[name] = table[name].mask(codes)
                columns[name] = _counted(table[name], described)
    out = table.assign(**emptied)
    out.attrs[CODEBOOK] = Codebook(MappingProxyType(columns))
    return out


def _counted(column: pd.Series, described: Column) -> Column:
    found = {
        each.code: int(declared_missing(column, Column(missing=(each,))).sum())
        for each in described.missing
    }
    return replace(
        described,
        missing=tuple(
            replace(each, count=found[each.code] or each.count) for each in described.missing
        ),
    )


def declared_missing(column: pd.Series, described: Column) -> NDArray[np.bool_]:
    """Which cells hold a code (or its label) that the codebook declares missing."""
    if not described.missing and not described.missing_ranges:
        return np.zeros(len(column), dtype=bool)
    words = {number_or_text(each.code) for each in described.missing}
    if pd.api.types.is_numeric_dtype(column.dtype):
        x = column.to_numpy(float, na_value=np.nan)
        found = np.isin(x, [number for word in words if not math.isnan(number := as_number(word))])
        for low, high in described.missing_ranges:
            found |= (x >= low) & (x <= high)
        return found
    words |= _spoken(each.label for each in described.missing) - _spoken(described.levels.values())
    codes, cells = factorized(column)
    flags = [
        (word := label_of(cell)) in words
        or any(low <= as_number(word) <= high for low, high in described.missing_ranges)
        for cell in cells
    ]
    return np.array([*flags, False], dtype=bool)[codes]


def factorized(column: pd.Series) -> tuple[NDArray[np.intp], Any]:
    """Codes into the different values; lists and the like, which cannot be told apart, as text."""
    try:
        return pd.factorize(column)
    except TypeError:
        return pd.factorize(column.astype("str"))


def _spoken(labels: Iterable[Text]) -> set[str]:
    """The labels as they can stand in a cell, in both languages."""
    return {word for each in labels for word in (each.nl.strip(), each.en.strip()) if word}


def as_number(word: str) -> float:
    """The number that a code is; NaN when it is a word."""
    return float(word) if re.fullmatch(POINT, word) else math.nan


def levels_of(described: Column) -> dict[str, Text]:
    """Code -> label of what is not missing, in order; a code without a label is its own."""
    missing = {number_or_text(each.code) for each in described.missing}
    levels = {number_or_text(code): label or same(code) for code, label in described.levels.items()}

    def valid(code: str) -> bool:
        ranges = described.missing_ranges
        return code not in missing and not any(a <= as_number(code) <= b for a, b in ranges)

    return {code: label for code, label in levels.items() if valid(code)}


def words_to_codes(described: Column) -> dict[str, str]:
    """What can stand in a cell -> its code: Dutch labels, codes, English labels.

    A word that is a label as well as a code is the label in a category, and the code in a column
    of numbers, as the table holds them.
    """
    levels = levels_of(described)
    dutch = {label.nl: code for code, label in reversed(levels.items())}
    own = {code: code for code in levels}
    english = {label.en: code for code, label in reversed(levels.items())}
    category = described.type in (Form.CATEGORY, Form.ORDERED)
    words = english | own | dutch if category else english | dutch | own
    return {word.strip(): code for word, code in words.items() if word}


def coded(column: pd.Series, described: Column) -> pd.Series:
    """The codes of a column as numbers: labels go back to their codes, missing codes become empty.

    Returns floating-point numbers on the same index.
    Raises DataError when a code is no number, or a cell is neither a label, a code nor a number.
    """
    left_out = declared_missing(column, described)
    if pd.api.types.is_numeric_dtype(column.dtype):
        x = column.to_numpy(float, na_value=np.nan)
        return pd.Series(np.where(left_out, np.nan, x), index=column.index, name=column.name)
    code = words_to_codes(described)
    places, cells = factorized(column.mask(left_out))
    words = [label_of(cell) for cell in cells]
    numbers = np.array([*(as_number(code.get(word, word)) for word in words), np.nan])
    faults = []
    if named := [c for c in levels_of(described) if math.isnan(as_number(c))]:
        shown = ", ".join(f"‘{c}’" for c in named)
        rule = Text(
            f"Deze codes zijn geen getallen: {shown}. Er is niet mee te rekenen.",
            f"These codes are no numbers: {shown}. They cannot be reckoned with.",
        )
        remedy = Text(
            "Geef de antwoorden in het codeboek getallen als code.",
            "Give the answers numbers as codes in the codebook.",
        )
        faults.append(_of(column, rule, remedy))
    odd = [word not in code and math.isnan(as_number(word)) for word in words]
    faults += _strange(column, np.array([*odd, False])[places])
    if faults:
        raise DataError(faults)
    return pd.Series(numbers[places], index=column.index, name=column.name)


def labelled(column: pd.Series, described: Column, *, language: str = "nl") -> pd.Series:
    """The labels of a column as categories, in the order of the codebook.

    They are ordered unless the codebook calls the column a category; codes and labels (in Dutch or
    English) are both understood, and codes that mean missing become empty.
    Raises DataError when a cell is neither, or two codes have the same label.
    """
    levels = levels_of(described)
    names = [label[language] or label.nl or label.en for label in levels.values()]
    faults = []
    if twice := _twice([name.strip() for name in names]):
        shown = ", ".join(f"‘{name}’" for name in twice)
        rule = Text(
            f"Dit label hoort bij meer dan één code: {shown}.",
            f"This label belongs to more than one code: {shown}.",
        )
        remedy = Text("Geef elke code een eigen label.", "Give every code a label of its own.")
        faults.append(_of(column, rule, remedy))
    code, place = words_to_codes(described), {each: i for i, each in enumerate(levels)}
    places, cells = factorized(column.mask(declared_missing(column, described)))
    lookup = np.array(
        [*(place.get(code.get(label_of(cell), ""), -1) for cell in cells), -1], dtype=np.intp
    )
    found = lookup[places]
    faults += _strange(column, (found < 0) & (places >= 0))
    if faults:
        raise DataError(faults)
    ordered = described.type is not Form.CATEGORY
    values = pd.Categorical.from_codes(found, categories=pd.Index(names), ordered=ordered)
    return pd.Series(values, index=column.index, name=column.name)


def _strange(column: pd.Series, odd: NDArray[np.bool_]) -> list[Fault]:
    """A fault for cells that the codebook does not know; never with what stands in them."""
    if not odd.any():
        return []
    rule = Text(
        "Hier staan waarden die in het codeboek geen label en geen code zijn.",
        "There are values here that are no label and no code in the codebook.",
    )
    remedy = Text(
        "Vul het codeboek aan (levels), of verbeter de cellen.",
        "Complete the codebook (levels), or mend the cells.",
    )
    rows = row_numbers(column)[odd]
    shown = tuple(int(row) for row in rows[:SHOWN_ROWS])
    return [replace(_of(column, rule, remedy), rows=shown, count=len(rows))]


def _of(column: pd.Series, rule: Text, remedy: Text) -> Fault:
    return Fault(rule, remedy, str(column.attrs.get("source", "")), str(column.name))


def row_numbers(data: pd.Series | pd.DataFrame) -> NDArray[np.int64]:
    """Of a spreadsheet when the data were read from a file, otherwise counted from 1."""
    from academic_workplace.intake.files.reading import FIRST_ROW  # reading imports this file

    if not data.attrs.get("source"):
        return np.arange(1, len(data) + 1)
    if pd.api.types.is_integer_dtype(data.index.dtype) and data.index.is_unique:
        return data.index.to_numpy(np.int64) + FIRST_ROW
    return np.arange(len(data)) + FIRST_ROW


# ---------------------------------------------------------------- two waves, one codebook


def merge(
    codebooks: Sequence[Codebook | None], files: Sequence[str] = ()
) -> tuple[Codebook, tuple[Fault, ...]]:
    """One codebook of several (waves, files), and every way in which they contradict each other.

    files: what the codebooks are called in the faults. None (a table without a codebook) adds
    nothing. Where two contradict each other the first one holds; counts of missing codes add up.
    """
    names = [*files, *(f"{i}" for i in range(len(files) + 1, len(codebooks) + 1))]
    faults: list[Fault] = []
    out: dict[str, Column] = {}
    came_from: dict[str, str] = {}
    for codebook, file in zip(codebooks, names, strict=False):
        for name, column in codebook.columns.items() if codebook else ():
            if name not in out:
                out[name], came_from[name] = column, file
                continue
            found = _contradictions(out[name], column, came_from[name])
            faults += [replace(fault, file=file, column=name) for fault in found]
            out[name] = _union(out[name], column)
    return Codebook(MappingProxyType(out)), tuple(faults)


_ALIKE = Text(
    "Maak de codering gelijk: [recode] in het plan, of het codeboek van één van de twee.",
    "Make the coding the same: [recode] in the plan, or the codebook of one of the two.",
)


def _contradictions(one: Column, two: Column, first: str) -> list[Fault]:
    """What the second says otherwise; ``first`` is the name of the file of the first."""
    faults: list[Fault] = []

    def fault(nl: str, en: str) -> None:
        faults.append(Fault(Text(nl, en), _ALIKE))

    if one.type is not two.type:
        fault(
            f"In deze kolom staat hier ‘{FORMS[two.type].nl}’ en in {first}"
            f" ‘{FORMS[one.type].nl}’.",
            f"This column holds ‘{FORMS[two.type].en}’ here and ‘{FORMS[one.type].en}’ in {first}.",
        )
    if one.unit and two.unit and one.unit != two.unit:
        fault(
            f"De eenheid is hier ‘{two.unit}’ en in {first} ‘{one.unit}’.",
            f"The unit is ‘{two.unit}’ here and ‘{one.unit}’ in {first}.",
        )
    if one.range is not None and two.range is not None and one.range != two.range:
        (a, b), (c, d) = ((f"{_short(end)}" for end in each.range or ()) for each in (one, two))
        fault(
            f"Het bereik is hier {c} tot {d} en in {first} {a} tot {b}.",
            f"The range is {c} to {d} here and {a} to {b} in {first}.",
        )
    mine, other = levels_of(one), levels_of(two)
    for code in mine:
        then, now = mine[code], other.get(code, mine[code])
        if then.nl != now.nl:
            fault(
                f"De code ‘{code}’ betekent hier ‘{now.nl}’ en in {first} ‘{then.nl}’.",
                f"The code ‘{code}’ means ‘{now.en}’ here and ‘{then.en}’ in {first}.",
            )
    at_first = {label.nl: code for code, label in mine.items()}
    for code, answer in other.items():
        elsewhere = at_first.get(answer.nl, code)
        if elsewhere != code:
            fault(
                f"‘{answer.nl}’ heeft hier de code ‘{code}’ en in {first} ‘{elsewhere}’.",
                f"‘{answer.en}’ has the code ‘{code}’ here and ‘{elsewhere}’ in {first}.",
            )
    for code in [*_missing_against(one, other), *_missing_against(two, mine)]:
        fault(
            f"De code ‘{code}’ betekent in één van de twee ‘ontbreekt’ en in de andere niet"
            f" ({first}).",
            f"The code ‘{code}’ means missing in one of the two and not in the other ({first}).",
        )
    return faults


def _missing_against(column: Column, levels: Mapping[str, Text]) -> list[str]:
    """Codes that are missing here and have a label (as an answer) there."""
    codes = [number_or_text(each.code) for each in column.missing]
    return [code for code in codes if code in levels]


def _union(one: Column, two: Column) -> Column:
    known = {number_or_text(code) for code in one.levels}
    labels = {label.nl for label in one.levels.values() if label.nl}
    more = {
        code: label
        for code, label in two.levels.items()
        if number_or_text(code) not in known and label.nl not in labels
    }
    counts = {number_or_text(each.code): each for each in two.missing}
    missing = []
    for each in one.missing:
        other = counts.pop(number_or_text(each.code), None)
        if other is None:
            missing.append(each)
            continue
        known_counts = [c for c in (each.count, other.count) if c is not None]
        count = sum(known_counts) if known_counts else None
        missing.append(replace(each, label=each.label or other.label, count=count))
    return replace(
        one,
        meaning=one.meaning or two.meaning,
        unit=one.unit or two.unit,
        range=one.range if one.range is not None else two.range,
        levels=MappingProxyType({**one.levels, **more}),
        missing=(*missing, *counts.values()),
        missing_ranges=tuple(dict.fromkeys((*one.missing_ranges, *two.missing_ranges))),
        source=one.source or two.source,
        note=one.note or two.note,
    )
