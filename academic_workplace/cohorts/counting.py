"""One pass over many pupils: how many there are in every cell, and sums and products of numbers.

A cell is a combination of labels, such as a cohort, group, school and level. What rests on counts
(transitions, standardised shares, gaps by school) needs no more than this, so that a file of any
size is read once and never held in memory. DuckDB counts and adds (``grouping.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace import engines
from academic_workplace.cohorts.columns import labels as labels_of
from academic_workplace.cohorts.columns import numbers as numbers_of
from academic_workplace.cohorts.columns import refuse, require_columns
from academic_workplace.cohorts.grouping import FIRST, describes_itself, grouped, near
from academic_workplace.errors import DataError, Fault, PlanError, not_known
from academic_workplace.intake.files.databases import is_connection
from academic_workplace.intake.files.formats import Format, format_of
from academic_workplace.intake.files.reading import (
    Form,
    codebook_beside,
    damaged_parquet,
    dialect_of,
    only_header,
    read,
    streams,
)
from academic_workplace.intake.streaming import NUMBER_TYPES, as_read
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Source = pd.DataFrame | str | Path

MOST_CELLS = 1 << 21  # combinations; a pupil number among the labels makes more


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cells:
    """How many pupils every combination of labels has; C combinations, k numbers.

    labels: per column of ``by`` its values in order; codes: (C, len(by)) which of them, -1 where it
    is missing. pupils: (C,). S: (C, k + 1, k + 1) the sum of z z' with z = (1, x - origin) over the
    pupils of whom every number is known; origin: (k + 1,), the first is 0. low, high: (k,) of all
    numbers. Parts add up with ``+``. Cells may hold few pupils: this is no table to give away.
    """

    by: tuple[str, ...]
    numbers: tuple[str, ...]
    labels: tuple[pd.Index[Any], ...]
    codes: Ints
    pupils: NDArray[np.int64]
    origin: Floats
    S: Floats
    low: Floats
    high: Floats
    source: str = ""

    def __len__(self) -> int:
        return len(self.pupils)

    def __repr__(self) -> str:
        return f"Cells({len(self)} cells by {', '.join(self.by)}; {self.pupils.sum()} pupils)"

    @property
    def known(self) -> NDArray[np.int64]:
        """(C,) pupils of whom every number is known."""
        return np.rint(self.S[:, 0, 0]).astype(np.int64)

    @property
    def sums(self) -> Floats:
        """(C, k) the sum of every number."""
        return np.asarray(self.S[:, 0, 1:] + self.S[:, :1, 0] * self.origin[1:])

    @property
    def within(self) -> Floats:
        """(C, k, k) products about the means of the cell; its diagonal: squares."""
        n = np.maximum(self.S[:, 0, 0], 1)[:, None, None]
        return np.asarray(self.S[:, 1:, 1:] - self.S[:, 1:, :1] * self.S[:, :1, 1:] / n)

    def about(self, origin: Floats) -> Cells:
        """The same taken about another origin (k + 1,)."""
        if np.array_equal(origin, self.origin):
            return self
        T = np.eye(len(origin))
        T[0] += self.origin - origin
        return replace(self, origin=origin, S=T.T @ self.S @ T)

    def table(self) -> pd.DataFrame:
        """A row per cell: labels (missing ones stay missing), pupils, and with numbers ``known``,
        their sums, and ``within``: squares and products about the means of the cell."""
        out = pd.DataFrame({name: self._column(j) for j, name in enumerate(self.by)})
        out["pupils"] = self.pupils
        if not self.numbers:
            return out
        out["known"] = self.known
        within = self.within
        for j, name in enumerate(self.numbers):
            out[f"sum {name}"] = self.sums[:, j]
        for i, one in enumerate(self.numbers):
            for j, other in enumerate(self.numbers[i:], i):
                out[f"within {one}" if i == j else f"within {one}, {other}"] = within[:, i, j]
        return out

    def _column(self, j: int) -> Any:
        return pd.api.extensions.take(self.labels[j].array, self.codes[:, j], allow_fill=True)

    def __add__(self, other: Cells) -> Cells:
        """The cells of both parts together. Raises PlanError on cells of other columns."""
        if (self.by, self.numbers) != (other.by, other.numbers):
            rule = Text("Deze delen tellen andere kolommen.", "These parts count other columns.")
            remedy = Text("Tel elk deel op dezelfde manier.", "Count each part in the same way.")
            raise PlanError([Fault(rule, remedy, column="by")])
        there = other.about(self.origin)
        tables = [self.table(), there.table()]
        both = pd.concat([t[list(self.by)] for t in tables], ignore_index=True)
        for j, name in enumerate(self.by):
            both[name] = _one_kind(both[name], self.labels[j], other.labels[j])
        return cells_of(
            both, np.append(self.pupils, other.pupils), np.append(self.S, there.S, axis=0),
            self.numbers, self.origin,
            (np.fmin(self.low, other.low), np.fmax(self.high, other.high)), self.source,
        )  # fmt: skip

    def over(self, by: Sequence[str] | str) -> Cells:
        """The same pupils by fewer columns. Raises PlanError on a column that was not counted."""
        by = (by,) if isinstance(by, str) else tuple(by)
        faults = [not_known("by", str(name), self.by) for name in by if name not in self.by]
        if faults:
            raise PlanError(faults)
        return cells_of(self.table()[list(by)], self.pupils, self.S, self.numbers, self.origin,
                        (self.low, self.high), self.source)  # fmt: skip


def count(source: Source, *, by: Sequence[str] | str, numbers: Sequence[str] | str = ()) -> (
    Cells
):  # fmt: skip
    """Pupils per combination of labels, and sums, squares and products of numbers, in one pass.

    source: a table with a row per pupil, or a file, of which only these columns are read: Parquet
    and a regular CSV in parts, other files whole. A missing label is a label of its own (missing);
    a pupil who lacks a number counts in ``pupils`` and not in ``known``.

    Raises PlanError on columns that are not there, DataError on a file that cannot be read, text
    among numbers, numbers without end, and more combinations than counting is for.
    """
    names, x = _strings(by, "by"), _strings(numbers, "numbers")
    both = [name for name in x if name in names]
    if both:
        rule = Text("Deze kolom staat in by en in numbers.", "This column is in by and in numbers.")
        remedy = Text("Kies één van beide.", "Choose one of them.")
        raise PlanError([Fault(rule, remedy, column=name) for name in both])
    if isinstance(source, pd.DataFrame):
        return _of_frame(source, names, x)
    if isinstance(source, str) and is_connection(source):
        return _of_frame(read(source), names, x)
    path = Path(source)
    form = _form(path)
    if form is None:
        return _of_frame(read(path), names, x)
    try:
        found = _of_file(path, form, names, x)
    except engines.failures() as error:
        if form is Form.CSV or engines.is_out_of_memory(error):
            raise  # a regular file of text has been read to its end before
        raise damaged_parquet(path) from None
    return _of_frame(read(path), names, x) if found is None else found


def _form(path: Path) -> Form | None:
    """How a file is streamed; None when it is of another kind, or has a codebook beside it."""
    if codebook_beside(path) is not None:
        return None
    if format_of(path) is Format.PARQUET:
        return Form.PARQUET
    return Form.CSV if streams(path) else None


def _strings(given: Sequence[str] | str, argument: str) -> tuple[str, ...]:
    found = (given,) if isinstance(given, str) else tuple(given)
    if len(set(found)) == len(found) and (found or argument != "by"):
        return found
    rule = Text("Noem een of meer kolommen, elk één keer.", "Name one or more columns, each once.")
    remedy = Text("Schrijf by=(‘cohort’, ‘school’).", "Write by=('cohort', 'school').")
    raise PlanError([Fault(rule, remedy, column=argument)])


# ---------------------------------------------------------------- from a table


def _of_frame(table: pd.DataFrame, by: tuple[str, ...], numbers: tuple[str, ...]) -> Cells:
    require_columns(
        table,
        {f"by[{i}]": c for i, c in enumerate(by)} | {f"numbers[{i}]": c for i, c in
                                                     enumerate(numbers)},
    )  # fmt: skip
    faults: list[Fault] = []
    x = [numbers_of(table, name, faults) for name in numbers]
    refuse(faults)
    coded = [labels_of(table, name) for name in by]
    place, at = compact([code for code, _ in coded], [len(values) for _, values in coded])
    _refuse_many(len(place), by)
    origin = np.array([0.0, *(near(column[:: max(1, len(column) // FIRST)]) for column in x)])
    pupils = np.bincount(at, minlength=len(place)).astype(np.int64)
    S, low, high = products(at, len(place), x, origin)
    return Cells(
        by, numbers, tuple(_index(table[name], values) for name, (_, values) in
                           zip(by, coded, strict=True)),
        unfolded(place, [len(values) for _, values in coded]), pupils, origin, S, low, high,
        str(table.attrs.get("source", "")),
    )  # fmt: skip


def _index(column: pd.Series[Any], values: list[Any]) -> pd.Index[Any]:
    """Labels with the type of their column."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.CategoricalIndex(values, categories=values, ordered=column.dtype.ordered)
    index: pd.Index[Any] = pd.Index(values, dtype=column.dtype)
    return index


def compact(codes: Sequence[Ints], sizes: Sequence[int]) -> tuple[Ints, Ints]:
    """Which combinations of codes (-1: missing) occur, and which of them every row is.

    A combination is one number: the code of a column is its place among ``sizes + 1``, the last
    being missing.
    """
    at = np.zeros(len(codes[0]), dtype=np.intp)
    whole = 1
    for code, size in zip(codes, sizes, strict=True):
        if whole * (size + 1) > 1 << 62:
            raise _too_many(())
        at = at * (size + 1) + np.where(code < 0, size, code)
        whole *= size + 1
    if whole > 1 << 24:
        place, found = np.unique(at, return_inverse=True)
        return place, found.reshape(-1)
    there = np.bincount(at, minlength=whole) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[at]


def unfolded(place: Ints, sizes: Sequence[int]) -> Ints:
    """(C, columns) codes from numbers made by ``compact``."""
    out = np.empty((len(place), len(sizes)), dtype=np.intp)
    for j, size in reversed(list(enumerate(sizes))):
        place, code = np.divmod(place, size + 1)
        out[:, j] = np.where(code == size, -1, code)
    return out


def products(
    at: Ints, cells: int, x: Sequence[Floats], origin: Floats
) -> tuple[Floats, Floats, Floats]:
    """The sums of z z' per cell, and the ends of the numbers. at: (n,) the cell of every row.

    Rows that lack a number are left out; the ends are of every number apart.
    """
    low, high = (
        np.array([f.reduce(column) if len(column) else np.nan for column in x], dtype=float)
        for f in (np.fmin, np.fmax)
    )
    known = np.ones(len(at), dtype=bool)
    for column in x:
        known &= ~np.isnan(column)
    z = [np.ones(int(known.sum())), *(c[known] - o for c, o in zip(x, origin[1:], strict=True))]
    S = np.zeros((cells, len(z), len(z)))
    for i, one in enumerate(z):
        for j, other in enumerate(z[i:], i):
            S[:, i, j] = S[:, j, i] = np.bincount(at[known], one * other, cells)
    return S, low, high


def cells_of(
    table: pd.DataFrame,
    pupils: NDArray[np.int64],
    S: Floats,
    numbers: tuple[str, ...],
    origin: Floats,
    ends: tuple[Floats, Floats],
    source: str,
) -> Cells:
    """Cells from rows of labels (R, columns of ``table``), of which several may be alike."""
    by = tuple(str(name) for name in table.columns)
    coded = [labels_of(table, name) for name in by]
    sizes = [len(values) for _, values in coded]
    place, at = compact([code for code, _ in coded], sizes)
    _refuse_many(len(place), by)
    added, count_ = np.zeros((len(place), *S.shape[1:])), np.zeros(len(place), dtype=np.int64)
    np.add.at(added, at, S)
    np.add.at(count_, at, pupils)
    labels = tuple(_index(table[name], values) for name, (_, values) in
                   zip(by, coded, strict=True))  # fmt: skip
    return Cells(by, numbers, labels, unfolded(place, sizes), count_, origin, added, *ends, source)


def _one_kind(column: pd.Series[Any], *kinds: pd.Index[Any]) -> pd.Series[Any]:
    """Categories of both parts, where both have them."""
    if not all(isinstance(kind, pd.CategoricalIndex) for kind in kinds):
        return column
    values = list(dict.fromkeys(v for kind in kinds for v in kind))
    ordered = all(isinstance(k, pd.CategoricalIndex) and k.ordered for k in kinds)
    return column.astype(pd.CategoricalDtype(values, ordered=ordered))


def _refuse_many(cells: int, by: Sequence[str]) -> None:
    if cells > MOST_CELLS:
        raise _too_many(by)


def _too_many(by: Sequence[str]) -> DataError:
    rule = Text("Deze kolommen geven te veel combinaties om te tellen.",
                "These columns give too many combinations to count.")  # fmt: skip
    remedy = Text("Laat kolommen weg waarin bijna elke leerling verschilt, of rond ze af.",
                  "Leave out columns in which most pupils differ, or round them.")  # fmt: skip
    return DataError([Fault(rule, remedy, column=", ".join(by))])


# ---------------------------------------------------------------- from a file


def _of_file(path: Path, form: Form, by: tuple[str, ...], numbers: tuple[str, ...]) -> Cells | None:
    """None when a codebook inside the file says how to read it."""
    with engines.connect() as engine:
        if form is Form.PARQUET and describes_itself(engine, path):
            return None
        if form is Form.CSV:
            table = as_read(engine, path, dialect_of(path), (*by, *numbers))
        else:
            table = engines.scan(path)
        types = engines.columns_of(engine, table)
        faults = [not_known(name, name, list(types)) for name in (*by, *numbers)
                  if name not in types]  # fmt: skip
        if faults:
            raise PlanError(faults)
        rule = Text("Hier staan niet alleen getallen.", "This holds more than numbers.")
        remedy = Text("Zet de waarden eerst om in getallen.", "Turn the values into numbers first.")
        refuse([
            Fault(rule, remedy, path.name, name)
            for name in numbers if types[name].partition("(")[0] not in NUMBER_TYPES
        ])  # fmt: skip
        parquet = path if form is Form.PARQUET else None
        found = grouped(engine, table, parquet, types, by, numbers)
    labels = found.labels
    # As ``read`` has them: booleans that may be missing, whole numbers of a file of text whole.
    yes_or_no = [name for name in by if types[name] == "BOOLEAN"]
    labels = labels.astype({c: "boolean" if labels[c].hasnans else bool for c in yes_or_no})
    of_text = [name for name in by if form is Form.CSV and labels[name].dtype == float]
    labels = labels.astype({c: np.int64 for c in of_text if (labels[c] % 1 == 0).all()})
    cells = cells_of(labels, found.pupils, found.S, numbers, found.origin, found.ends, path.name)
    words = tuple(
        pd.Index(list(values), dtype="str") if isinstance(values, pd.CategoricalIndex) else values
        for values in cells.labels
    )
    return _judged(replace(cells, labels=words), path)


def _judged(cells: Cells, path: Path) -> Cells:
    """Cells without rows, or with numbers that have no end, are refused."""
    if not len(cells):
        raise only_header(path)
    refuse_endless(cells.numbers, cells.low, cells.high, path.name)
    return cells


def refuse_endless(numbers: Sequence[str], low: Floats, high: Floats, source: str) -> None:
    """Raise DataError naming the numbers of which an end is infinite."""
    rule = Text("Hier staat een getal zonder einde.", "Here is a number without end.")
    remedy = Text("Haal het weg uit het bestand.", "Take it out of the file.")
    refuse([
        Fault(rule, remedy, source, name)
        for name, a, b in zip(numbers, low, high, strict=True) if np.isinf(a) or np.isinf(b)
    ])  # fmt: skip


# ---------------------------------------------------------------- what counts suffice for


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A table of which a row stands for ``pupils`` (n,) pupils who are alike in it; None: for one.

    within: (n,) squares of the number about its mean, for a row holds the mean; None without.
    ends: the least and greatest number of all.
    """

    table: pd.DataFrame
    pupils: Floats | None = None
    within: Floats | None = None
    ends: tuple[float, float] | None = None


def weighted_counts() -> Fault:
    """The fault of weights beside counts."""
    rule = Text("Gewichten horen bij leerlingen, niet bij aantallen.",
                "Weights belong to pupils, not to counts.")  # fmt: skip
    remedy = Text("Lees het bestand eerst met aw.read.", "Read the file with aw.read first.")
    return Fault(rule, remedy, column="weights")


def counted_rows(
    source: pd.DataFrame | str | Path | Cells,
    columns: Iterable[str | None],
    number: str | None = None,
    school: str | None = None,
) -> Counted:
    """The rows that counts give; a table with a row per pupil stays as it is.

    columns: what is counted by; None is passed over. number: an outcome. When it is 0 or 1 its rows
    are those with 0 and those with 1; otherwise the mean of those alike stands in the row. Who
    lacks it has a row of their own, without. school: with a number, by which intervals are made.

    Raises as ``count`` does; PlanError on a number without schools.
    """
    if not isinstance(source, str | Path | Cells):
        return Counted(source)
    if number is not None and school is None:
        rule = Text("Zonder scholen rusten de grenzen op elke leerling apart, niet op aantallen.",
                    "Without schools limits rest on every pupil apart, not on counts.")  # fmt: skip
        remedy = Text("Noem school, of lees het bestand eerst met aw.read.",
                      "Name school, or read the file with aw.read first.")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="school")])
    by = tuple(dict.fromkeys(name for name in columns if name is not None and name != number))
    if isinstance(source, Cells):
        cells = source
        if number is not None and cells.numbers != (number,):
            raise PlanError([not_known("numbers", number, cells.numbers)])
        cells = cells.over(by)
    else:
        cells = count(source, by=by, numbers=() if number is None else (number,))
    table = cells.table()[list(by)]
    table.attrs = {"source": cells.source, "counted": True}
    if number is None:
        return Counted(table, cells.pupils.astype(float))
    n, total, within = cells.S[:, 0, 0], cells.sums[:, 0], cells.within[:, 0, 0]
    squares = cells.about(np.zeros(2)).S[:, 1, 1]
    two = bool(cells.low[0] >= 0 and cells.high[0] <= 1 and np.array_equal(total, squares))
    if two:
        parts = [(0.0, n - total), (1.0, total), (np.nan, cells.pupils - n)]
        filled = [(np.full(len(n), value), m) for value, m in parts]
    else:
        filled = [(total / np.maximum(n, 1), n), (np.full(len(n), np.nan), cells.pupils - n)]
    pupils = np.concatenate([m for _, m in filled])
    keep = pupils > 0
    whole = pd.concat([table] * len(filled), ignore_index=True)
    whole[number] = np.concatenate([y for y, _ in filled])
    inside = np.zeros(len(pupils))
    if not two:
        inside[: len(n)] = np.maximum(within, 0)
    out = whole[keep].reset_index(drop=True)
    out.attrs = dict(table.attrs)
    ends = float(cells.low[0]), float(cells.high[0])
    return Counted(out, pupils[keep].astype(float), inside[keep], ends)
