"""Counting the batches of a Parquet file, as Arrow reads them. Needs pyarrow.

A text column is stored as places in a list of words. Those places make the number of a cell, and
``bincount`` adds up a batch at a time: no word is looked at twice, nothing is sorted, and what is
kept grows with the cells and not with the rows. Two threads read the row groups in turns. Sums of
numbers are left to DuckDB, whose reader of numbers takes half the time of Arrow's.
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

from academic_workplace.cohorts.counting import (
    NO_ENDS,
    NOWHERE,
    Cells,
    cells_of,
    of_pupils,
    unfolded,
)

Ints = NDArray[np.intp]

BATCH = 1 << 17  # rows
THREADS = 2
MOST = 1 << 25  # counts that are kept, of all threads together: a quarter of a GiB
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
class _Counts:
    """What one thread counts. total: pupils per cell, which are numbered by ``caps``."""

    labels: list[_Labels]
    caps: list[int]
    total: Ints


class _TooWideError(Exception):
    """More cells than this way is for."""


def count_parquet(path: Path, by: Sequence[str]) -> Cells | None:
    """The cells of a Parquet file; None when its columns or its cells are not for this kernel."""
    parquet = importlib.import_module("pyarrow.parquet")
    pa = importlib.import_module("pyarrow")
    try:
        with parquet.ParquetFile(path) as file:
            plans = _plans(pa, file, by)
            groups = file.metadata.num_row_groups
            types = {name: file.schema_arrow.field(name).type for name in by}
    except (pa.ArrowException, OSError):
        return None  # DuckDB says what is wrong with it
    if plans is None:
        return None
    words = [name for name, lowest in zip(by, plans, strict=True) if lowest is None]
    work, lock = iter(range(groups)), threading.Lock()

    def run() -> _Counts:
        counts = _started(plans)
        with parquet.ParquetFile(path, read_dictionary=words) as file:
            while True:
                with lock:
                    group = next(work, None)
                if group is None:
                    return counts
                for batch in file.iter_batches(BATCH, [group], by, use_threads=False):
                    _add(counts, batch)

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            parts = [each.result() for each in [pool.submit(run) for _ in range(THREADS)]]
    except (_TooWideError, pa.ArrowException, OSError):
        return None
    return reduce(add, (_cells(part, by, types, path.name) for part in parts))


def _plans(pa: Any, file: Any, by: Sequence[str]) -> list[tuple[int, int] | None] | None:
    """Per label column the least and greatest of its whole numbers, None: through a dictionary.

    None in all: columns of a kind that is not read here.
    """
    kinds = pa.types
    if any(file.schema_arrow.names.count(name) != 1 for name in by):
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


def _started(plans: Sequence[tuple[int, int] | None]) -> _Counts:
    labels = [_Labels(None, 0) if ends is None else _whole(*ends) for ends in plans]
    caps = [each.size + 1 for each in labels]
    return _Counts(labels, caps, _room(caps))


def _whole(low: int, high: int) -> _Labels:
    size = high - low + 1
    return _Labels(low, size, places=np.append(np.arange(size), -1))


def _room(caps: Sequence[int]) -> Ints:
    if math.prod(caps) > MOST // THREADS:
        raise _TooWideError
    return np.zeros(math.prod(caps), dtype=np.intp)


def _add(counts: _Counts, batch: Any) -> None:
    """Add a batch to what is there."""
    codes = [each.codes(batch.column(j)) for j, each in enumerate(counts.labels)]
    if any(each.size >= cap for each, cap in zip(counts.labels, counts.caps, strict=True)):
        _grow(counts)
    places = _strided(counts)
    sizes = [len(each) for each in places]
    if 4 * math.prod(sizes) <= len(batch):  # words of the batch make the number of a cell
        at = codes[0].astype(np.int32)
        for code, size in zip(codes[1:], sizes[1:], strict=True):
            at *= size
            at += code
        to = reduce(np.add.outer, places).ravel()
        counts.total[to] += np.bincount(at, minlength=len(to))
        return
    at = np.take(places[0], codes[0], mode="clip")
    for code, place in zip(codes[1:], places[1:], strict=True):
        at += np.take(place, code, mode="clip")
    if len(counts.total) <= 4 * len(at):
        counts.total += np.bincount(at, minlength=len(counts.total))
    else:
        np.add.at(counts.total, at, 1)


def _strided(counts: _Counts) -> list[Ints]:
    """Per column what the words of the last batch add to the number of a cell."""
    out, stride = [], 1
    for each, cap in zip(reversed(counts.labels), reversed(counts.caps), strict=True):
        out.append(np.where(each.places < 0, cap - 1, each.places) * stride)
        stride *= cap
    return out[::-1]


def _grow(counts: _Counts) -> None:
    """Room for twice the labels that were met; the last place, of the missing, moves along."""
    caps = [
        cap if each.size < cap else 2 * each.size + 2
        for each, cap in zip(counts.labels, counts.caps, strict=True)
    ]
    total = _room(caps)
    new, old = total.reshape(caps), counts.total.reshape(counts.caps)
    new[tuple(slice(0, cap) for cap in counts.caps)] = old
    for axis, (cap, then) in enumerate(zip(caps, counts.caps, strict=True)):
        if cap != then:
            last = np.moveaxis(new, axis, 0)
            last[-1] = last[then - 1]
            last[then - 1] = 0
    counts.caps, counts.total = caps, total


def _cells(counts: _Counts, by: Sequence[str], types: dict[str, Any], source: str) -> Cells:
    used = np.flatnonzero(counts.total)
    codes = unfolded(used, [cap - 1 for cap in counts.caps])
    columns = {
        name: pd.api.extensions.take(each.values(types[name]), codes[:, j], allow_fill=True)
        for j, (name, each) in enumerate(zip(by, counts.labels, strict=True))
    }
    pupils = counts.total[used].astype(np.int64)
    return cells_of(pd.DataFrame(columns), pupils, of_pupils(pupils), (), NOWHERE, NO_ENDS, source)
