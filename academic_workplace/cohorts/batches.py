"""The same pass over the batches of a Parquet file, as Arrow reads them. Needs pyarrow.

A text column is stored as places in a list of words. Those places make the number of a cell, and
``bincount`` adds up a batch at a time: nothing is sorted, no word is looked at twice, and what is
kept grows with the cells and not with the rows. Two threads read the row groups in turns.
"""

from __future__ import annotations

import importlib
import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.counting import Cells, cells_of, refuse_endless, unfolded

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

BATCH = 1 << 17  # rows
THREADS = 2
MOST = 1 << 26  # numbers that are kept, of all threads together: half a GiB
WIDEST = 1 << 12  # values of a column of whole numbers that are places themselves


@dataclass(slots=True)
class _Labels:
    """The labels of one column, in the order in which they were met; the last place is missing.

    lowest: of whole numbers that are places themselves; ``size`` is then how many. known: Arrow's
    array of the others. places: of the words of the last batch, among all; -1 is missing.
    """

    lowest: int | None
    size: int
    known: Any = None
    last: Any = None
    places: Ints = field(default_factory=lambda: np.array([-1]))

    def codes(self, column: Any) -> Any:
        """(n,) the place in the words of a batch; behind them where it is missing."""
        compute = importlib.import_module("pyarrow.compute")
        if self.lowest is not None:
            whole = column.cast("int64")
            filled = whole.fill_null(self.lowest + self.size) if column.null_count else whole
            return np.asarray(filled) - self.lowest
        if not hasattr(column, "dictionary"):
            column = column.dictionary_encode()
        words, indices = column.dictionary, column.indices
        if self.last is None or not words.equals(self.last):
            self.last = words
            new = words
            if self.known is not None:
                new = words.filter(compute.invert(compute.is_in(words, value_set=self.known)))
            if len(new):
                pa = importlib.import_module("pyarrow")
                self.known = new if self.known is None else pa.concat_arrays([self.known, new])
                self.size = len(self.known)
            found = compute.index_in(words, value_set=self.known)
            self.places = np.append(np.asarray(found), -1).astype(np.intp)
        if indices.null_count:
            indices = indices.fill_null(len(words))
        return np.asarray(indices)

    def values(self, kind: Any) -> Any:
        """The labels as the table of such a column has them."""
        if self.lowest is not None:
            return np.arange(self.lowest, self.lowest + self.size)
        kinds = importlib.import_module("pyarrow").types
        words: Any = [] if self.known is None else self.known.to_pylist()
        if kinds.is_integer(kind):
            return np.array(words, dtype=np.int64)
        return pd.array(words, dtype="boolean" if kinds.is_boolean(kind) else "str")


@dataclass(slots=True)
class _Sums:
    """What one thread adds up. total: (numbers kept, cells) with cells by ``caps``."""

    labels: list[_Labels]
    caps: list[int]
    total: Floats
    low: Floats
    high: Floats


class _TooWideError(Exception):
    """More cells than this way is for."""


def count_parquet(
    path: Path, by: Sequence[str], numbers: Sequence[str], origin: Floats
) -> Cells | None:
    """The cells of a Parquet file; None when its columns or its cells are not for this kernel."""
    parquet = importlib.import_module("pyarrow.parquet")
    pa = importlib.import_module("pyarrow")
    try:
        with parquet.ParquetFile(path) as file:
            plans = _plans(pa, file, by, numbers)
            groups = file.metadata.num_row_groups
            types = {name: file.schema_arrow.field(name).type for name in by}
    except (pa.ArrowException, OSError):
        return None  # DuckDB says what is wrong with it
    if plans is None:
        return None
    words = [name for name, lowest in zip(by, plans, strict=True) if lowest is None]
    work, lock = iter(range(groups)), threading.Lock()

    def run() -> _Sums:
        sums = _started(plans, len(numbers))
        columns = [*by, *numbers]
        with parquet.ParquetFile(path, read_dictionary=words) as file:
            while True:
                with lock:
                    group = next(work, None)
                if group is None:
                    return sums
                for batch in file.iter_batches(BATCH, [group], columns, use_threads=False):
                    _add(sums, batch, len(by), origin)

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            parts = [each.result() for each in [pool.submit(run) for _ in range(THREADS)]]
    except (_TooWideError, pa.ArrowException, OSError):
        return None
    for part in parts:
        refuse_endless(numbers, part.low, part.high, path.name)
    cells = [_cells(part, by, numbers, origin, types, path.name) for part in parts]
    return reduce(add, cells)


def _plans(
    pa: Any, file: Any, by: Sequence[str], numbers: Sequence[str]
) -> list[tuple[int, int] | None] | None:
    """Per label column the least and greatest of its whole numbers, None: through a dictionary.

    None in all: columns of a kind that is not read here.
    """
    kinds = pa.types
    if any(file.schema_arrow.names.count(name) != 1 for name in (*by, *numbers)):
        return None
    for name in numbers:
        kind = file.schema_arrow.field(name).type
        if not (kinds.is_integer(kind) or kinds.is_float32(kind) or kinds.is_float64(kind)
                or kinds.is_boolean(kind)):  # fmt: skip
            return None
    out: list[tuple[int, int] | None] = []
    leaves = {file.schema.column(i).path: i for i in range(len(file.schema))}
    for name in by:
        kind = file.schema_arrow.field(name).type
        if kinds.is_string(kind) or kinds.is_large_string(kind) or (
            kinds.is_dictionary(kind) and kinds.is_string(kind.value_type)
        ) or kinds.is_boolean(kind):  # fmt: skip
            out.append(None)
        elif kinds.is_integer(kind) and name in leaves:
            out.append(_range(file.metadata, leaves[name]))
        else:
            return None
    return out


def _range(metadata: Any, leaf: int) -> tuple[int, int] | None:
    """The ends that the file tells of a column of whole numbers, when they are near."""
    ends = []
    for group in range(metadata.num_row_groups):
        told = metadata.row_group(group).column(leaf).statistics
        if told is None or not told.has_min_max:
            return None
        ends.append((told.min, told.max))
    if not ends:
        return None
    low, high = min(a for a, _ in ends), max(b for _, b in ends)
    return (low, high) if high - low < WIDEST and abs(low) < 1 << 30 else None


def _started(plans: Sequence[tuple[int, int] | None], k: int) -> _Sums:
    labels = [_Labels(None, 0) if ends is None else _whole(*ends) for ends in plans]
    caps = [each.size + 1 for each in labels]
    kept = 1 + (1 + k + k * (k + 1) // 2 if k else 0)
    nothing = np.full(k, np.nan)
    return _Sums(labels, caps, _room(kept, caps), nothing, nothing.copy())


def _whole(low: int, high: int) -> _Labels:
    size = high - low + 1
    return _Labels(low, size, places=np.append(np.arange(size), -1))


def _room(kept: int, caps: Sequence[int]) -> Floats:
    whole = kept
    for cap in caps:
        whole *= cap
        if whole > MOST // THREADS:
            raise _TooWideError
    return np.zeros((kept, whole // kept))


def _add(sums: _Sums, batch: Any, labels: int, origin: Floats) -> None:
    """Add a batch to what is there."""
    codes = [each.codes(batch.column(j)) for j, each in enumerate(sums.labels)]
    if any(each.size >= cap for each, cap in zip(sums.labels, sums.caps, strict=True)):
        _grow(sums)
    places = _strided(sums)
    sizes = [len(each) for each in places]
    total, cells = sums.total, math.prod(sizes)
    if few := 4 * cells <= len(batch):  # words of the batch make the number of a cell
        at = codes[0].astype(np.int32)
        for code, size in zip(codes[1:], sizes[1:], strict=True):
            at *= size
            at += code
        total = np.zeros((len(sums.total), cells))
    else:
        at = np.take(places[0], codes[0], mode="clip")
        for code, place in zip(codes[1:], places[1:], strict=True):
            at += np.take(place, code, mode="clip")
    _products(sums, total, at.astype(np.intp, copy=False), batch, labels, origin)
    if few:
        to = reduce(np.add.outer, places).ravel()
        for whole, part in zip(sums.total, total, strict=True):
            whole[to] += part


def _strided(sums: _Sums) -> list[Ints]:
    """Per column what the words of the last batch add to the number of a cell."""
    out, stride = [], 1
    for each, cap in zip(reversed(sums.labels), reversed(sums.caps), strict=True):
        out.append(np.where(each.places < 0, cap - 1, each.places) * stride)
        stride *= cap
    return out[::-1]


def _products(
    sums: _Sums, total: Floats, at: Ints, batch: Any, labels: int, origin: Floats
) -> None:
    """Add the pupils of a batch, and the products of their numbers, to the cells ``at``."""
    _into(total[0], at)
    x = [_numbers(batch.column(j)) for j in range(labels, batch.num_columns)]
    if not x:
        return
    known = None
    for j, column in enumerate(x):
        low, high = np.fmin.reduce(column), np.fmax.reduce(column)
        sums.low[j], sums.high[j] = np.fmin(sums.low[j], low), np.fmax(sums.high[j], high)
        if np.isnan(np.add.reduce(column)):
            these = ~np.isnan(column)
            known = these if known is None else known & these
    if known is not None:
        at, x = at[known], [column[known] for column in x]
    d = [column - o for column, o in zip(x, origin[1:], strict=True)]
    rows = iter(total[1:])
    _into(next(rows), at)
    for one in d:
        _into(next(rows), at, one)
    for i, one in enumerate(d):
        for other in d[i:]:
            _into(next(rows), at, one * other)


def _into(total: Floats, at: Ints, weights: Floats | None = None) -> None:
    if len(total) <= 4 * len(at):
        total += np.bincount(at, weights, len(total))
    else:
        np.add.at(total, at, 1.0 if weights is None else weights)


def _numbers(column: Any) -> Floats:
    """A column of a batch, NaN where it is missing."""
    out = column.to_numpy(zero_copy_only=False)
    if out.dtype == object:  # booleans of which some are missing
        out = np.array([np.nan if value is None else value for value in out], dtype=float)
    return np.asarray(out, dtype=np.float64)


def _grow(sums: _Sums) -> None:
    """Room for twice the labels that were met."""
    caps = [
        cap if each.size < cap else 2 * each.size + 2
        for each, cap in zip(sums.labels, sums.caps, strict=True)
    ]
    kept = len(sums.total)
    total = _room(kept, caps)
    inside = tuple(slice(0, cap) for cap in sums.caps)
    new, old = total.reshape(kept, *caps), sums.total.reshape(kept, *sums.caps)
    new[(slice(None), *inside)] = old
    for axis, (cap, then) in enumerate(zip(caps, sums.caps, strict=True), 1):
        if cap != then:  # the last place, of the missing, moves along
            last = np.moveaxis(new, axis, 0)
            last[-1] = last[then - 1]
            last[then - 1] = 0
    sums.caps, sums.total = caps, total


def _cells(
    sums: _Sums, by: Sequence[str], numbers: Sequence[str], origin: Floats,
    types: dict[str, Any], source: str,
) -> Cells:  # fmt: skip
    used = np.flatnonzero(sums.total[0])
    codes = unfolded(used, [cap - 1 for cap in sums.caps])
    columns = {}
    for j, (name, each) in enumerate(zip(by, sums.labels, strict=True)):
        values = each.values(types[name])
        columns[name] = pd.api.extensions.take(values, codes[:, j], allow_fill=True)
    k = len(numbers)
    S = np.zeros((len(used), k + 1, k + 1))
    rows = iter(sums.total[1:, used] if k else sums.total[:, used])
    S[:, 0, 0] = next(rows)
    for i in range(k):
        S[:, 0, i + 1] = S[:, i + 1, 0] = next(rows)
    for i in range(k):
        for j in range(i, k):
            S[:, i + 1, j + 1] = S[:, j + 1, i + 1] = next(rows)
    pupils = np.rint(sums.total[0, used]).astype(np.int64)
    return cells_of(pd.DataFrame(columns), pupils, S, tuple(numbers), origin,
                    (sums.low, sums.high), source)  # fmt: skip
