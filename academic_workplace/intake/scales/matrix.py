"""Answers or ratings as a matrix of numbers: what every statistic here begins with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from academic_workplace.disclosure import fewest
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, PlanError
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Table = pd.DataFrame | ArrayLike
NOTHING = 1e-12  # a share of what is there that is only rounding

REMEDY = Text("Geef alleen getallen; leeg is ‘ontbreekt’.", "Give numbers only; empty is missing.")


def few() -> Text:
    """What is said of too few pupils, by the rules that hold now."""
    return Text(
        f"Minder dan {fewest()} leerlingen: dit zegt weinig, en het mag niet naar buiten.",
        f"Fewer than {fewest()} pupils: this says little, and it may not leave the house.",
    )


def matrix_of(given: Table, argument: str) -> tuple[Floats, tuple[str, ...]]:
    """(rows, columns) numbers with NaN for missing, and the names of the columns.

    Raises DataError naming every column with text or infinite values, or when there is no matrix.
    """
    if isinstance(given, pd.DataFrame):
        table = given
    else:
        array = np.asarray(given)
        if array.ndim != 2:
            rule = Text("Dit is geen tabel met kolommen.", "This is no table with columns.")
            remedy = Text("Geef een rij per leerling.", "Give a row per pupil.")
            raise DataError([Fault(rule, remedy, column=argument)])
        table = pd.DataFrame(array, columns=[str(j + 1) for j in range(array.shape[1])])
    names = tuple(str(name) for name in table.columns)
    out = np.empty((len(table), len(names)))
    faults: list[Fault] = []
    for j, name in enumerate(names):
        column = table.iloc[:, j]
        try:
            if column.dtype.kind in "mMc":  # dates and complex numbers would pass as numbers
                raise TypeError
            out[:, j] = column.to_numpy(np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            rule = Text("Hier staan niet alleen getallen.", "This holds more than numbers.")
            faults.append(Fault(rule, REMEDY, column=name))
            continue
        if np.isinf(out[:, j]).any():
            rule = Text("Hier staan oneindige waarden.", "This holds infinite values.")
            faults.append(Fault(rule, REMEDY, column=name))
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        rule = Text("Deze naam staat boven meer kolommen.", "Several columns have this name.")
        remedy = Text("Geef elke kolom een eigen naam.", "Give every column a name of its own.")
        faults.append(Fault(rule, remedy, column=name))
    if not names:
        rule = Text("Deze tabel heeft geen kolommen.", "This table has no columns.")
        faults.append(Fault(rule, REMEDY, column=argument))
    if faults:
        raise DataError(faults)
    return out, names


def vector_of(given: ArrayLike, argument: str) -> Floats:
    """(rows,) numbers with NaN for missing. Raises DataError as ``matrix_of``."""
    column = given if isinstance(given, pd.Series) else pd.Series(np.asarray(given).ravel())
    return matrix_of(column.to_frame(argument), argument)[0][:, 0]


def turned(values: Floats, which: Sequence[int], limits: tuple[float, float]) -> Floats:
    """The matrix in which every reversed item x counts as low + high - x; twice is once."""
    out = values.copy()
    out[:, list(which)] = sum(limits) - out[:, list(which)]
    return out


def within(values: Floats, names: Sequence[str], limits: tuple[float, float]) -> None:
    """Raise DataError naming every column with values outside the limits, with rows and counts."""
    low, high = limits
    faults = []
    for j, name in enumerate(names):
        rows = np.flatnonzero((values[:, j] < low) | (values[:, j] > high)) + 1
        if len(rows):
            rule = Text(
                f"Hier staan waarden buiten {low:g} tot {high:g}.",
                f"This holds values outside {low:g} to {high:g}.",
            )
            remedy = Text(
                "Maak codes voor ‘ontbreekt’ (9, 99) leeg, of verbeter het bereik.",
                "Empty the codes for ‘missing’ (9, 99), or mend the range.",
            )
            first = tuple(int(row) for row in rows[:SHOWN_ROWS])
            faults.append(Fault(rule, remedy, column=name, rows=first, count=len(rows)))
    if faults:
        raise DataError(faults)


def index_of(given: object) -> pd.Index | None:
    """The labels of the rows, when there are any."""
    return given.index if isinstance(given, pd.Series | pd.DataFrame) else None


def same_rows(given: object, index: pd.Index | None, argument: str) -> None:
    """Raise DataError when labels say that these are other rows, or in another order."""
    labels = index_of(given)
    if index is not None and labels is not None and not labels.equals(index):
        rule = Text("Dit zijn andere rijen, of in een andere volgorde.",
                    "These are other rows, or in another order.")  # fmt: skip
        remedy = Text(
            "Neem alles uit dezelfde tabel. Klopt de volgorde toch? Geef dan een lijst"
            " (….tolist()).",
            "Take all from the same table. Is the order right after all? Then give a list"
            " (….tolist()).",
        )
        raise DataError([Fault(rule, remedy, column=argument)])


def grouping(
    by: object, n: int, argument: str, index: pd.Index | None = None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(rows,) the number of each row's group, -1 without one; and the groups' names, in order.

    by: a value per row, or a table of several columns, of which every combination is a group.
    index: the labels of the rows themselves. Raises DataError when the rows differ.
    """
    if isinstance(by, np.ndarray) and by.ndim == 2:
        by = pd.DataFrame(by)
    table = by if isinstance(by, pd.DataFrame) else pd.Series(by).to_frame()
    if len(table) != n:
        rule = Text(
            f"Hier staan {len(table)} waarden en in de tabel {n} rijen.",
            f"There are {len(table)} values here and {n} rows in the table.",
        )
        remedy = Text(
            'Geef één waarde per rij, zoals tabel["klas"].',
            'Give one value per row, such as table["class"].',
        )
        raise DataError([Fault(rule, remedy, column=argument)])
    same_rows(by, index, argument)
    plain = table.reset_index(drop=True)
    known = plain.notna().all(axis=1).to_numpy()
    codes = np.full(n, -1, dtype=np.int64)
    if not known.any():
        return codes, ()
    keys = [plain.iloc[known, j] for j in range(plain.shape[1])]
    grouped = keys[0].groupby(keys, sort=True, observed=True)
    codes[known] = grouped.ngroup().to_numpy()
    names = [key if isinstance(key, tuple) else (key,) for key in grouped.size().index]
    return codes, tuple(" / ".join(_label(part) for part in name) for name in names)


def _label(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def coverage(level: float) -> None:
    """Raise PlanError unless an interval can have this coverage."""
    if not (isinstance(level, int | float) and 0.5 <= level <= 0.9999):
        rule = Text(
            "Dit moet tussen 0,5 en 0,9999 liggen.", "This must lie between 0.5 and 0.9999."
        )
        remedy = Text("Kies bijvoorbeeld 0,95.", "Choose 0.95, for example.")
        raise PlanError([Fault(rule, remedy, column="level")])
