"""Other names and other labels, as a plan declares them: ``[rename]`` and ``[recode.<column>]``.

Nothing is changed in place; the codebook goes along.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    Form,
    MissingCode,
    as_number,
    codebook_of,
    factorized,
    levels_of,
    number_or_text,
    words_to_codes,
)
from academic_workplace.intake.coding import HIDDEN
from academic_workplace.intake.files.numbers import Kind, kind_of, shape_of, words_of
from academic_workplace.intake.pupils import label_of
from academic_workplace.language import Text, same

EMPTY = ""  # the new label of what becomes missing


@dataclass(frozen=True, slots=True)
class Recoded:
    """What a recode did to a column, in rows.

    changed: old value as the plan names it -> rows that held it (0: it does not occur).
    kept: filled rows whose value is not named, and stayed; kept_values: how many different ones.
    """

    column: str
    changed: Mapping[str, int]
    kept: int
    kept_values: int

    def to_dict(self) -> dict[str, object]:
        """The counts as plain values."""
        return {
            "column": self.column, "changed": dict(self.changed),
            "kept": self.kept, "kept_values": self.kept_values,
        }  # fmt: skip

    def notes(self) -> tuple[Text, ...]:
        """What a reader of the plan must know: how much changed, and what was not named."""
        rows, one = sum(self.changed.values()), self.kept == 1
        nl, en = ("cel kreeg", "cell was") if rows == 1 else ("cellen kregen", "cells were")
        out = [Text(f"{self.column}: {rows} {nl} een nieuwe waarde",
                    f"{self.column}: {rows} {en} given a new value")]  # fmt: skip
        absent = ", ".join(f"‘{old}’" for old, count in self.changed.items() if not count)
        if absent:
            out.append(Text(f"{self.column}: {absent} komt niet voor",
                            f"{self.column}: {absent} does not occur"))  # fmt: skip
        if self.kept:
            several = self.kept_values > 1
            nl = f" ({self.kept_values} verschillende waarden)" if several else ""
            en = f" ({self.kept_values} different values)" if several else ""
            out.append(
                Text(
                    f"{self.column}: {self.kept} {'cel' if one else 'cellen'} met een waarde die"
                    f" het plan niet noemt, {'bleef' if one else 'bleven'} gelijk{nl}",
                    f"{self.column}: {self.kept} {'cell' if one else 'cells'} with a value that the"
                    f" plan does not name stayed the same{en}",
                )
            )
        return tuple(out)


# ---------------------------------------------------------------- names


def rename(table: pd.DataFrame, mapping: Mapping[str, str]) -> pd.DataFrame:
    """The table with other names for columns: old name -> new name.

    Raises DataError with every fault at once: a name that is not there, or that would be double.
    """
    if faults := _rename_faults(table, mapping):
        raise DataError(faults)
    out = table.rename(columns=dict(mapping))
    codebook = codebook_of(table)
    if codebook is not None:
        renamed = {mapping.get(name, name): each for name, each in codebook.columns.items()}
        out.attrs[CODEBOOK] = Codebook(MappingProxyType(renamed))
    return out


def _rename_faults(table: pd.DataFrame, mapping: Mapping[str, str]) -> list[Fault]:
    file, columns = str(table.attrs.get("source", "")), list(table.columns)
    faults = []
    for old, new in mapping.items():
        absent = _absent(old, columns, file)
        if absent is not None and old not in columns and new in columns:
            remedy = Text(
                f"De naam ‘{new}’ staat al in het bestand: haal de regel uit [rename].",
                f"The name ‘{new}’ is in the file already: take the line out of [rename].",
            )
            absent = replace(absent, remedy=remedy)
        faults += [absent] if absent is not None else []
    news = [new for old, new in mapping.items() if old in columns]
    stay = [name for name in columns if name not in mapping]
    for old, new in mapping.items():
        if not isinstance(new, str) or not new.strip():
            rule = Text("De nieuwe naam is leeg.", "The new name is empty.")
            remedy = Text("Geef een naam.", "Give a name.")
            faults.append(Fault(rule, remedy, file, str(old)))
        elif old in columns and (new in stay or news.count(new) > 1):
            rule = Text(
                f"De nieuwe naam ‘{new}’ zou meer dan eens voorkomen.",
                f"The new name ‘{new}’ would occur more than once.",
            )
            remedy = Text("Kies een andere naam.", "Choose another name.")
            faults.append(Fault(rule, remedy, file, str(old)))
    return faults


def _absent(name: object, columns: Sequence[object], file: str) -> Fault | None:
    """The fault of a column that is not there, or more than once."""
    often = columns.count(name)
    if often == 1:
        return None
    if often:
        rule = Text(
            "Deze kolomnaam komt meer dan eens voor.", "This column name occurs more than once."
        )
        remedy = Text("Geef elke kolom een eigen naam.", "Give every column a name of its own.")
        return Fault(rule, remedy, file, str(name))
    near = difflib.get_close_matches(str(name), [str(each) for each in columns], n=1)
    rule = Text("Deze kolom ontbreekt.", "This column is missing.")
    remedy = Text(
        f"Bedoelt u ‘{near[0]}’?" if near else "Haal de regel uit het plan.",
        f"Do you mean ‘{near[0]}’?" if near else "Take the line out of the plan.",
    )
    return Fault(rule, remedy, file, str(name))


# ---------------------------------------------------------------- values


def recode(
    table: pd.DataFrame, column: str, mapping: Mapping[str, str | Text]
) -> tuple[pd.DataFrame, Recoded]:
    """The table with other values in one column: old code or label -> new label.

    Numbers and text are named alike (``"1"`` is 1, 1.0 and ``1``). A new label that is empty
    makes the cell missing, and the codebook keeps the code. What is not named stays as it is.
    All changes are made at once: ``{"1": "2", "2": "1"}`` swaps.

    A column of numbers stays one as long as every new value is a number (or the label of a code);
    categories stay categories, in the order of the codebook. Text becomes numbers when that is
    all that is left of it without the words that became empty (``{"?": ""}``) or were hidden
    (``{"<5": "2"}``).

    Returns the table and what changed. Raises DataError with every fault at once.
    """
    if faults := _recode_faults(table, column, mapping):
        raise DataError(faults)
    codebook, cells = codebook_of(table), table[column]
    described = _described(table, column)
    words = words_to_codes(described)
    named = {_canonical(old, words): old for old in mapping}
    target = {code: _new_label(mapping[old]) for code, old in named.items()}
    to_code = {code: words.get(label.nl, label.nl) for code, label in target.items()}
    places, found = factorized(cells)
    codes = [_canonical(value, words) for value in found]
    often = np.bincount(places[places >= 0], minlength=len(found))
    changed = dict.fromkeys(mapping, 0)
    kept = kept_values = 0
    for code, count in zip(codes, often, strict=True):
        if code in named:
            changed[named[code]] += int(count)
        else:
            kept, kept_values = kept + int(count), kept_values + 1
    done = Recoded(column, MappingProxyType(changed), kept, kept_values)
    counts = {code: changed[old] for code, old in named.items()}
    rest = [label_of(value) for value, code in zip(found, codes, strict=True) if code not in named]
    dutch = bool(table.attrs.get("decimal_comma"))
    left = None if described.levels else _kind_of_rest(cells, rest, dutch=dutch)
    gone = [code for code in codes if code in named and math.isnan(as_number(code))]
    if not gone or not all(to_code[code] == EMPTY or HIDDEN.fullmatch(code) for code in gone):
        left = None  # those words said something, so they were groups
    numeric = (pd.api.types.is_numeric_dtype(cells.dtype) or left is not None) and all(
        not math.isnan(as_number(code)) for code in to_code.values() if code != EMPTY
    )
    after = _described_after(described, target, to_code, counts, numbers=numeric)
    if numeric:
        if left is Kind.COMMA:
            found = [label_of(value).replace(",", ".") for value in found]
        numbers = [as_number(to_code[c]) if c in to_code else float(x)
                   for c, x in zip(codes, found, strict=True)]  # fmt: skip
        values = np.array([*numbers, math.nan])[places]
        whole = bool((values == np.round(values)).all()) and np.abs(values).max(initial=0) < 2**53
        new = pd.Series(values.astype("int64") if whole else values, index=cells.index)
    else:
        labels = {code: label.nl for code, label in levels_of(after).items()}
        fresh = {code: labels.get(to_code[code], label.nl) for code, label in target.items()}
        spoken = [
            fresh.get(code, labels.get(code, label_of(value)))
            for code, value in zip(codes, found, strict=True)
        ]
        lookup = np.array([*(word or None for word in spoken), None], dtype=object)
        new = pd.Series(lookup[places], index=cells.index, dtype="str")
        if isinstance(cells.dtype, pd.CategoricalDtype):
            order = list(dict.fromkeys([*labels.values(), *filter(None, spoken)]))
            ordered = bool(cells.cat.ordered) and after.type is not Form.CATEGORY
            new = new.astype(pd.CategoricalDtype(order, ordered=ordered))
    out = table.assign(**{column: new})
    if codebook is not None and column in codebook:
        out.attrs[CODEBOOK] = Codebook(MappingProxyType({**codebook.columns, column: after}))
    return out, done


def _kind_of_rest(cells: pd.Series, rest: Sequence[str], *, dutch: bool) -> Kind | None:
    """How numbers are written that are all that is left of a column of text; None: they are not."""
    if not rest or not isinstance(cells.dtype, pd.StringDtype):
        return None
    words = words_of(pd.Series(rest, dtype="str")).words
    kind = kind_of(shape_of(words), dutch=dutch)
    return kind if kind in (Kind.POINT, Kind.COMMA) else None


def recode_all(
    table: pd.DataFrame,
    names: Mapping[str, str],
    values: Mapping[str, Mapping[str, str | Text]],
) -> tuple[pd.DataFrame, tuple[Recoded, ...]]:
    """First the new names, then the new values (of columns by their new names).

    Raises DataError with the faults of all of them at once.
    """
    faults = _rename_faults(table, names)
    renamed = table if faults else rename(table, names)
    known = renamed.rename(columns=dict(names)) if faults else renamed
    for column, mapping in values.items():
        faults += _recode_faults(known, column, mapping)
    if faults:
        raise DataError(faults)
    done = []
    for column, mapping in values.items():
        renamed, one = recode(renamed, column, mapping)
        done.append(one)
    return renamed, tuple(done)


def _described(table: pd.DataFrame, column: str) -> Column:
    """What the codebook says of a column; the categories when it says nothing."""
    codebook, dtype = codebook_of(table), table[column].dtype
    if codebook is not None and column in codebook:
        return codebook[column]
    if not isinstance(dtype, pd.CategoricalDtype):
        return Column()
    levels = {label_of(each): same(label_of(each)) for each in dtype.categories}
    return Column(type=Form.ORDERED if dtype.ordered else Form.CATEGORY, levels=levels)


def _canonical(value: object, words: Mapping[str, str]) -> str:
    """The code of a cell or of a name in the plan; what has no code is its own."""
    word = number_or_text(label_of(value))
    return words.get(word, word)


def _new_label(new: str | Text) -> Text:
    return new if isinstance(new, Text) else same(label_of(new))


def _recode_faults(
    table: pd.DataFrame, column: str, mapping: Mapping[str, str | Text]
) -> list[Fault]:
    file = str(table.attrs.get("source", ""))
    if absent := _absent(column, list(table.columns), file):
        return [absent]
    faults: list[Fault] = []

    def fault(rule: Text, remedy: Text) -> None:
        faults.append(Fault(rule, remedy, file, column))

    if not mapping:
        fault(
            Text("Er staat niet welke waarden anders worden.", "No values are named to change."),
            Text('Schrijf bijvoorbeeld "1" = "ja".', 'Write for example "1" = "yes".'),
        )
    words = words_to_codes(_described(table, column))
    first: dict[str, str] = {}
    for old, new in mapping.items():
        if isinstance(new, bool) or not isinstance(new, str | Text | int | float):
            fault(
                Text(
                    f"De nieuwe waarde van ‘{old}’ is geen tekst.",
                    f"The new value of ‘{old}’ is no text.",
                ),
                Text('Schrijf de nieuwe waarde tussen "".', 'Write the new value between "".'),
            )
        code = _canonical(old, words)
        if code in first:
            fault(
                Text(
                    f"‘{first[code]}’ en ‘{old}’ zijn dezelfde waarde.",
                    f"‘{first[code]}’ and ‘{old}’ are the same value.",
                ),
                Text("Noem elke waarde één keer.", "Name every value once."),
            )
        first.setdefault(code, str(old))
    return faults


def _described_after(
    before: Column,
    target: Mapping[str, Text],
    to_code: Mapping[str, str],
    counts: Mapping[str, int],
    *,
    numbers: bool,
) -> Column:
    """What the codebook says afterwards.

    A code whose label is no longer in the table goes; a new label takes the place of the first
    code that gets it. Labels that were not neighbours and become one have no order any more.
    """
    levels = levels_of(before)
    emptied = tuple(
        MissingCode(code, levels.get(code, Text("", "")), counts[code])
        for code, label in target.items()
        if label.nl == EMPTY
    )
    form = before.type
    if numbers:
        left = {to_code.get(code, code) for code in levels} | set(to_code.values())
        levels = {code: label for code, label in levels.items() if code in left}
    elif levels or form is Form.NUMBER:
        levels, neighbours = _levels_after(levels, target, to_code)
        form = Form.ORDERED if form is Form.ORDERED and neighbours else Form.CATEGORY
    gone = {number_or_text(each.code) for each in emptied}
    declared = tuple(each for each in before.missing if number_or_text(each.code) not in gone)
    return replace(
        before,
        type=form,
        range=before.range if numbers else None,
        levels=MappingProxyType(levels),
        missing=(*declared, *emptied),
    )


def _levels_after(
    levels: Mapping[str, Text], target: Mapping[str, Text], to_code: Mapping[str, str]
) -> tuple[dict[str, Text], bool]:
    """The labels afterwards, and whether those that became one were neighbours."""
    order = [*levels, *(code for code in target if code not in levels)]
    stays = {code for code in levels if code not in target}
    stays |= {code for code in to_code.values() if code in levels}
    out: dict[str, Text] = {}
    neighbours = True
    placed: set[str] = set()
    for place, code in enumerate(order):
        if code in stays:
            out[code] = levels[code]
        label = target.get(code)
        if label is None or label.nl in (EMPTY, *placed) or to_code[code] in levels:
            continue
        placed.add(label.nl)
        alike = [i for i, c in enumerate(order) if c in target and target[c].nl == label.nl]
        neighbours &= len(alike) == max(alike) - place + 1
        out[code if code not in stays else label.nl] = label
    return out, neighbours
