"""What fragments are coded with, and who coded what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, PlanError, not_known
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.toml import read_toml
from academic_workplace.voices.fragments import Fragments, Source, as_text, table_of
from academic_workplace.voices.traces import find

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "fragment": ("fragment", "fragmentnummer", "fragment_id", "id"),
    "coder": ("coder", "codeur", "beoordelaar", "lezer"),
    "codes": ("codes", "code"),
})  # fmt: skip
KEY = re.compile(r"[a-z][a-z0-9_-]*")
SPLITS = re.compile(r"[;,|\s]+")
ENTRY = ("label", "definition", "example")
YES, NO = (
    frozenset({"1", "1.0", "ja", "yes", "x", "true"}),
    frozenset({"0", "0.0", "nee", "no", "", "false"}),
)


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the codebook: what it is called, when it is given, and an example."""

    key: str
    label: Text
    definition: Text
    example: Text


def read_codes(path: str | Path) -> tuple[Code, ...]:
    """The codes of a TOML file, in its order: a table a code with label, definition and example,
    each in both languages.

    Raises PlanError naming every fault at once.
    """
    path = Path(path)
    raw = read_toml(path)
    if isinstance(raw, Fault):
        raise PlanError([raw])
    faults: list[Fault] = []
    out = []
    for key, entry in raw.items():
        if not KEY.fullmatch(key):
            rule = Text("De sleutel van een code bestaat uit kleine letters, cijfers en streepjes.",
                        "The key of a code is of small letters, digits and dashes.")  # fmt: skip
            remedy = Text("Geef een andere sleutel.", "Give another key.")
            faults.append(Fault(rule, remedy, path.name, f"[{key}]"))
            continue
        given = entry if isinstance(entry, dict) else {}
        faults += [
            not_known(f"{path.name} [{key}]", one, ENTRY) for one in given if one not in ENTRY
        ]
        texts = {one: text_of(given.get(one), path.name, f"[{key}] {one}", faults) for one in ENTRY}
        out.append(Code(key, **texts))
    if not out and not faults:
        rule = Text("Hier staat geen enkele code.", "There is not a single code here.")
        remedy = Text("Geef een tabel per code.", "Give a table per code.")
        faults.append(Fault(rule, remedy, path.name))
    if faults:
        raise PlanError(faults)
    return tuple(out)


def text_of(raw: object, file: str, where: str, faults: list[Fault]) -> Text:
    """A text in both languages; a fault is added when one is missing."""
    if isinstance(raw, dict) and set(raw) == set(LANGUAGES):
        nl, en = raw["nl"], raw["en"]
        if isinstance(nl, str) and isinstance(en, str) and nl.strip() and en.strip():
            return Text(nl.strip(), en.strip())
    rule = Text("Hier hoort een tekst in het Nederlands en het Engels.",
                "A text in Dutch and in English belongs here.")  # fmt: skip
    faults.append(
        Fault(rule, Text("Geef nl = … en en = ….", "Give nl = … and en = …."), file, where)
    )
    return Text("", "")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Codings:
    """Who gave which code to which fragment.

    given: (fragments, coders, codes) 1 given, 0 read and not given, nan not read by that coder.
    leading: the coder whose codes are counted; that coder read every fragment.
    """

    fragments: Fragments
    codes: tuple[Code, ...]
    coders: tuple[str, ...]
    leading: str
    given: NDArray[np.float64]

    def __repr__(self) -> str:
        return f"Codings({len(self.fragments)} x {len(self.coders)} x {len(self.codes)})"

    @property
    def counted(self) -> NDArray[np.bool_]:
        """(fragments, codes) what the leading coder gave."""
        return np.asarray(self.given[:, self.coders.index(self.leading)] == 1)

    @property
    def digest(self) -> str:
        """A fingerprint; the order of rows makes no difference."""
        from hashlib import sha256

        keys = "\0".join((*self.coders, "", *(code.key for code in self.codes), "", self.leading))
        return sha256(
            keys.encode() + np.nan_to_num(self.given, nan=2).astype("u1").tobytes()
        ).hexdigest()


def read_codings(
    source: Source,
    fragments: Fragments,
    codes: tuple[Code, ...],
    *,
    leading: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Codings:
    """Codings of a file or table: a row per fragment and coder, with either a column of codes (a
    list with commas, spaces or semicolons between them; empty: read and no code) or a column of
    0 and 1 for every code. Several rows of one fragment and coder are taken together.

    leading: whose codes are counted; without it the one who read most, if that is one.

    Raises DataError naming every fault at once: unknown fragments, unknown codes, what is no 0 or
    1, and fragments that the leading coder did not read.
    """
    table, name = table_of(source, sum(NAMES.values(), ()))
    low = {str(column).strip().lower(): column for column in table}
    own = columns or {}
    named = {
        kind: next((low[w.lower()] for w in (own.get(kind, ""), *known) if w.lower() in low), None)
        for kind, known in NAMES.items()
    }  # fmt: skip
    wide = {code.key: str(low[code.key]) for code in codes if code.key in low}
    faults = list(_absent(named, wide, name))
    if table.empty and not faults:
        rule = Text("Er is geen enkele codering.", "There is not a single coding.")
        remedy = Text("Geef een tabel met rijen.", "Give a table with rows.")
        faults.append(Fault(rule, remedy, name))
    if faults:
        raise DataError(faults)
    rows = pd.DataFrame(
        {"fragment": as_text(table[named["fragment"]]), "coder": as_text(table[named["coder"]])}
    )
    known = {one.key: i for i, one in enumerate(fragments)}
    strange = rows["fragment"].map(lambda key: key not in known)
    rule = Text("Dit fragment bestaat niet.", "This fragment does not exist.")
    faults += _unknown(rows, "fragment", strange, name, rule)
    rule = Text("Hier staat niet wie dit las.", "It is not said who read this.")
    faults += _unknown(rows, "coder", rows["coder"] == "", name, rule)
    places = {code.key: i for i, code in enumerate(codes)}
    if named["codes"] is not None:
        lists = as_text(table[named["codes"]]).map(
            lambda cell: tuple(x for x in SPLITS.split(cell.lower()) if x)
        )
        faults += list(_codes(lists, places, name))
    else:
        lists, more = _of_columns(table, rows, wide, name)
        faults += more
    if faults:
        raise DataError(faults)
    coders = tuple(sorted(set(rows["coder"])))
    given = np.full((len(fragments), len(coders), len(codes)), np.nan)
    who = {coder: i for i, coder in enumerate(coders)}
    for key, coder, found in zip(rows["fragment"], rows["coder"], lists, strict=True):
        cell = given[known[key], who[coder]]
        cell[np.isnan(cell)] = 0
        cell[[places[code] for code in found]] = 1
    return Codings(fragments, codes, coders, _leading(given, coders, leading, name), given)


def _absent(named: Mapping[str, object], wide: Mapping[str, object], name: str) -> Iterator[Fault]:
    remedy = Text(
        "Geef een kolom ‘fragment’, een kolom ‘codeur’ en een kolom ‘codes’ (of een per code).",
        "Give a column ‘fragment’, a column ‘coder’ and a column ‘codes’ (or one per code).",
    )
    for kind in ("fragment", "coder"):
        if named[kind] is None:
            rule = Text("Deze kolom ontbreekt.", "This column is missing.")
            yield Fault(rule, remedy, name, kind)
    if named["codes"] is None and not wide:
        rule = Text("Er is geen kolom met codes.", "There is no column with codes.")
        yield Fault(rule, remedy, name, "codes")


def _unknown(
    rows: pd.DataFrame, column: str, wrong: pd.Series, name: str, rule: Text
) -> list[Fault]:
    own = rows[wrong.astype(bool)]
    if own.empty:
        return []
    remedy = Text("Kijk na of dit een typefout is.", "See whether this is a typing error.")
    return [Fault(rule, remedy, name, column, _rows(own), len(own))]


def _codes(lists: pd.Series, places: Mapping[str, int], name: str) -> Iterator[Fault]:
    """A fault per unknown code; what looks like no key, or like a name, is not repeated."""
    strange = sorted({code for found in lists for code in found if code not in places})
    for code in strange:
        own = lists[[code in found for found in lists]].to_frame()
        plain = KEY.fullmatch(code) and not find(code)
        told = not_known("codes", code if plain else "?", [*places])
        yield Fault(told.rule, told.remedy, name, "codes", _rows(own), len(own))


def _of_columns(
    table: pd.DataFrame, rows: pd.DataFrame, wide: Mapping[str, str], name: str
) -> tuple[pd.Series, list[Fault]]:
    """The codes of every row, of columns of 0 and 1."""
    faults = []
    marks = {key: as_text(table[column]).str.lower() for key, column in wide.items()}
    for key, cells in marks.items():
        wrong = rows[~cells.isin(YES | NO)]
        if len(wrong):
            rule = Text("Hier hoort een 0 of een 1.", "A 0 or a 1 belongs here.")
            remedy = Text(
                "1: de code past; 0: de code past niet.", "1: the code fits; 0: it does not."
            )
            faults.append(Fault(rule, remedy, name, key, _rows(wrong), len(wrong)))
    yes = {key: cells.isin(YES) for key, cells in marks.items()}
    lists = [tuple(key for key in yes if yes[key].iloc[i]) for i in range(len(rows))]
    return pd.Series(lists, index=rows.index, dtype=object), faults


def _leading(
    given: NDArray[np.float64], coders: tuple[str, ...], wanted: str | None, name: str
) -> str:
    """The coder who counts. Raises DataError when nobody can, or they missed a fragment."""
    read = ~np.isnan(given[:, :, 0])
    most = int(np.argmax(read.sum(axis=0)))
    who = coders[most] if wanted is None else wanted
    if who not in coders:
        told = not_known("leading", who, coders)
        raise DataError([Fault(told.rule, told.remedy, name, "leading")])
    missed = int((~read[:, coders.index(who)]).sum())
    if missed:
        rule = Text(
            f"Wie telt, las {missed} fragmenten niet.",
            f"The coder who counts did not read {missed} fragments.",
        )
        remedy = Text(
            "Laat één codeur alle fragmenten lezen; zonder code is ook gelezen.",
            "Let one coder read all fragments; without a code is read as well.",
        )
        raise DataError([Fault(rule, remedy, name, "coder", (), missed)])
    return who


def _rows(rows: pd.DataFrame) -> tuple[int, ...]:
    return tuple(int(one) + 2 for one in rows.index.tolist()[:SHOWN_ROWS])
