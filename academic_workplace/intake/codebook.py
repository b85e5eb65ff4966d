"""The codebook: what every column of a table means, and which codes stand for "missing".

It travels with the table in ``table.attrs["codebook"]`` and stands on disk as ``codebook.toml``.
"""

from __future__ import annotations

import difflib
import math
import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import tomli_w

from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.pupils import label_of
from academic_workplace.language import Text, same

CODEBOOK = "codebook"  # where it stands in DataFrame.attrs
WHOLE = 2**53  # whole numbers up to here are written without a decimal point
NOTHING = Text("", "")


class Form(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CATEGORY = "category"  # labels without an order
    ORDERED = "ordered"  # labels in order
    NUMBER = "number"
    DATE = "date"


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
    """A code as ``label_of`` writes it in a table of numbers: ``1``, ``1.0`` and ``01`` are not
    alike, for ``01`` is text, but ``1.0`` is ``1``.
    """
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
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        rule = Text("Dit codeboek kan niet geopend worden.", "This codebook cannot be opened.")
        remedy = Text("Controleer de naam en de map.", "Check the name and the folder.")
        raise DataError([Fault(rule, remedy, path.name)]) from None
    except UnicodeDecodeError:
        rule = Text("Dit codeboek is geen tekst in UTF-8.", "This codebook is not text in UTF-8.")
        remedy = Text("Sla het op als UTF-8.", "Save it as UTF-8.")
        raise DataError([Fault(rule, remedy, path.name)]) from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        line = re.search(r"line (\d+)", str(error))
        nl, en = (f"regel {line[1]}", f"line {line[1]}") if line else ("het einde", "the end")
        rule = Text(
            f"Dit codeboek is geen geldig TOML: er klopt iets niet bij {nl}.",
            f"This codebook is not valid TOML: something is wrong at {en}.",
        )
        remedy = Text(
            "Verbeter die regel; vaak ontbreekt een aanhalingsteken of een haakje, of staat een"
            " naam er twee keer.",
            "Mend that line; often a quotation mark or a bracket is missing, or a name stands"
            " there twice.",
        )
        raise DataError([Fault(rule, remedy, path.name)]) from None
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
            made.write_bytes(as_toml(codebook).encode())
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
