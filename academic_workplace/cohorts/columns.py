"""What is asked of a table of pupils by the names of its columns: every fault at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import DataError, Fault, PlanError, not_known
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

SPREAD = 1e-12  # a spread below this times the size of the numbers is rounding


def require_columns(
    table: pd.DataFrame, named: Mapping[str, str | None], needed: Sequence[str] = ()
) -> None:
    """Raise PlanError naming every argument whose column is not in the table.

    needed: arguments that cannot be None.
    """
    if not isinstance(table, pd.DataFrame):
        rule = Text("Dit is geen tabel.", "This is no table.")
        remedy = Text("Geef een pandas-tabel met een rij per leerling.",
                      "Give a pandas table with a row per pupil.")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="table")])
    there = [str(c) for c in table.columns]
    rule = Text("Hier hoort de naam van één kolom.", "This takes the name of one column.")
    remedy = Text(
        f"Kies uit: {', '.join(there) or '–'}.", f"Choose from: {', '.join(there) or '–'}."
    )
    odd = [argument for argument, name in named.items() if not isinstance(name, str)
           and (name is not None or argument in needed)]  # fmt: skip
    faults = [Fault(rule, remedy, column=argument) for argument in odd]
    named = {argument: name for argument, name in named.items() if argument not in odd}
    faults += [
        not_known(argument, name, there)
        for argument, name in named.items()
        if name is not None and name not in there
    ]
    rule = Text("Deze kolom staat twee keer in de tabel.", "This column stands in the table twice.")
    remedy = Text("Geef elke kolom een eigen naam.", "Give every column a name of its own.")
    faults += [
        Fault(rule, remedy, column=name)
        for name in dict.fromkeys(named.values())
        if name is not None and there.count(name) > 1
    ]
    if faults:
        raise PlanError(faults)


def names_of(given: object, argument: str) -> tuple[str, ...]:
    """The names of columns in an argument that takes several; a text alone is one name.

    Raises PlanError on what is no row of names, and on a name that is there twice.
    """
    if isinstance(given, str):
        return (given,)
    rule = Text("Hier horen namen van kolommen.", "This takes names of columns.")
    if isinstance(given, Iterable) and not isinstance(given, Mapping):
        found = list(given)
        names = [name for name in found if isinstance(name, str)]
        if len(set(names)) == len(found):
            return tuple(names)
        if len(names) == len(found):
            rule = Text("Een kolom is twee keer genoemd.", "A column is named twice.")
    remedy = Text(f"Schrijf {argument}=[‘kolom’, ‘andere kolom’].",
                  f"Write {argument}=['column', 'other column'].")  # fmt: skip
    raise PlanError([Fault(rule, remedy, column=argument)])


def require_draws(draws: object, seed: object) -> None:
    """Raise PlanError for a number of draws or a seed that cannot be."""
    faults = []
    if not isinstance(draws, int) or not 99 <= draws <= 100_000:
        rule = Text(
            "Het aantal trekkingen ligt tussen 99 en 100.000.",
            "The number of draws lies between 99 and 100,000.",
        )
        faults.append(Fault(rule, Text("Neem 999.", "Take 999."), column="draws"))
    if not isinstance(seed, int) or seed < 0:
        rule = Text("Het startgetal is een heel getal van 0 of meer.",
                    "The seed is a whole number of 0 or more.")  # fmt: skip
        faults.append(Fault(rule, Text("Neem 1.", "Take 1."), column="seed"))
    if faults:
        raise PlanError(faults)


def numbers(table: pd.DataFrame, column: str, faults: list[Fault]) -> Floats:
    """(n,) numbers, NaN where missing; booleans as 0 and 1. A fault for text or infinity."""
    given = table[column]
    if pd.api.types.is_complex_dtype(given.dtype) or nested(given):
        given = given.astype(object).where(given.isna(), "?")
    converted = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.isnan(converted) & given.notna().to_numpy() | np.isinf(converted)
    if wrong.any():
        rule = Text("Hier staan niet alleen getallen.", "This holds more than numbers.")
        remedy = Text(
            "Zet de waarden eerst om in getallen; voor niveaus doet aw.cohorts.to_number dat.",
            "Turn the values into numbers first; aw.cohorts.to_number does so for levels.",
        )
        faults.append(Fault(rule, remedy, column=column, count=int(wrong.sum())))
    return np.asarray(np.where(wrong, np.nan, converted), dtype=np.float64)


def labels(table: pd.DataFrame, column: str) -> tuple[Rows, list[Any]]:
    """(n,) codes of the values, -1 where missing, and the values in their own order.

    Categories have theirs; other values go from low to high, or by the alphabet. Categories without
    pupils are left out.
    """
    given = table[column]
    if isinstance(given.dtype, pd.CategoricalDtype):
        given = given.cat.remove_unused_categories()
        own = np.asarray(given.cat.codes, dtype=np.intp)
        return own.reshape(-1), list(given.cat.categories)
    if nested(given):
        raise DataError([lists(column)])
    codes, values = pd.factorize(given, sort=not _mixed(given))
    return np.asarray(codes, dtype=np.intp).reshape(-1), list(values)


def nested(given: pd.Series[Any]) -> bool:
    """Whether cells hold lists and the like."""
    return given.dtype == object and any(
        isinstance(cell, list | dict | set | np.ndarray) for cell in given
    )


def lists(column: str) -> Fault:
    """The fault of a column with lists in its cells."""
    rule = Text("Hier staan lijsten in cellen.", "Here are lists in cells.")
    remedy = Text("Zet in elke cel één waarde.", "Put one value in every cell.")
    return Fault(rule, remedy, column=column)


def _mixed(given: pd.Series[Any]) -> bool:
    """Whether the values cannot be put in order, such as text beside numbers."""
    return pd.api.types.infer_dtype(given, skipna=True).startswith("mixed")


def place_of(value: object, values: Sequence[object], argument: str) -> int:
    """Where a value stands among others. Raises PlanError naming those there are."""
    for i, each in enumerate(values):
        if each == value and isinstance(each, bool) == isinstance(value, bool):
            return i
    shown = [str(each) for each in values]
    if str(value) in shown:
        return shown.index(str(value))
    raise PlanError([not_known(argument, str(value), shown)])


def weights_of(table: pd.DataFrame, column: str | None, faults: list[Fault]) -> Floats | None:
    """(n,) weights of 0 or more, or None. Missing weights are faults."""
    if column is None:
        return None
    w = numbers(table, column, faults)
    wrong = ~(w >= 0)
    if wrong.any() or not (w > 0).any():
        rule = Text(
            "Een gewicht is 0 of meer, ontbreekt niet, en niet alle gewichten zijn 0.",
            "A weight is 0 or more, is not missing, and not all weights are 0.",
        )
        remedy = Text("Kijk hoe de gewichten zijn gemaakt.", "See how the weights were made.")
        faults.append(Fault(rule, remedy, column=column, count=int(wrong.sum())))
    return w


def is_constant(y: Floats) -> bool:
    """Whether numbers have no spread but rounding."""
    return len(y) == 0 or float(np.ptp(y)) <= SPREAD * float(np.abs(y).max())


def unvaried(y: Floats, known: Bools, column: str) -> Fault | None:
    """The fault of an outcome (n,) without spread among those of whom all is known (n,).

    Three things that ask for something else: nobody has the outcome, nobody has all, all are alike.
    """
    if not np.isfinite(y).any():
        return unknown(column)
    if not known.any():
        rule = Text("Er zijn geen leerlingen van wie alles bekend is.",
                    "There are no pupils of whom all is known.")  # fmt: skip
        remedy = Text("Kijk welke kolommen leeg zijn.", "See which columns are empty.")
        return Fault(rule, remedy, column=column)
    return constant(column) if is_constant(y[known]) else None


def unknown(column: str) -> Fault:
    """The fault of a column that is empty for everyone."""
    rule = Text("Deze kolom is leeg: van geen enkele leerling is dit bekend.",
                "This column is empty: it is known of no pupil.")  # fmt: skip
    remedy = Text("Kies een andere kolom, of kijk of de gegevens goed zijn ingelezen.",
                  "Choose another column, or see whether the data were read well.")  # fmt: skip
    return Fault(rule, remedy, column=column)


def constant(column: str) -> Fault:
    """The fault of an outcome that is the same for everyone."""
    rule = Text("Deze uitkomst is voor iedereen gelijk.", "This outcome is the same for everyone.")
    remedy = Text("Kies een uitkomst die verschilt.", "Choose an outcome that differs.")
    return Fault(rule, remedy, column=column)


def as_columns(
    table: pd.DataFrame, names: Sequence[str], faults: list[Fault]
) -> tuple[dict[str, Floats], Bools]:
    """Numbers as they are, other columns as indicators (the first value left out), and (n,) who is
    complete."""
    out: dict[str, Floats] = {}
    known = np.ones(len(table), dtype=bool)
    for name in names:
        kind = table[name].dtype
        if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
            out[name] = numbers(table, name, faults)
            known &= ~np.isnan(out[name])
            continue
        codes, values = labels(table, name)
        known &= codes >= 0
        for j, value in enumerate(values[1:], 1):
            out[f"{name}={value}"] = (codes == j).astype(float)
    return out, known


def readers_words(labels: Mapping[str, Text] | None) -> dict[str, Text]:
    """The words for readers, by column or value. Raises PlanError for what is no ``Text``."""
    if labels is None:
        return {}
    odd = [str(name) for name, word in labels.items() if not isinstance(word, Text)] if isinstance(
        labels, Mapping) else [str(labels)]  # fmt: skip
    if odd:
        names = ", ".join(f"‘{name[:40]}’" for name in odd)
        rule = Text(f"Hier horen woorden in twee talen: {names}.",
                    f"This takes words in two languages: {names}.")  # fmt: skip
        remedy = Text("Geef labels={‘naam’: aw.Text(‘in het Nederlands’, ‘in English’)}.",
                      "Give labels={‘name’: aw.Text(‘in Dutch’, ‘in English’)}.")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="labels")])
    return {str(name): word for name, word in labels.items()}


def refuse(faults: Sequence[Fault]) -> None:
    """Raise DataError when there are faults."""
    if faults:
        raise DataError(faults)
