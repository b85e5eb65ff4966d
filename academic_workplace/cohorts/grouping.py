"""What DuckDB's GROUP BY gives of a file, in one pass: pupils, sums and products per cell.

Words are slow to group by, and a large Parquet file keeps those of a column in a list, with a place
in it per pupil. Where the words are known beforehand DuckDB turns places into numbers, and a cell
is a place in a table. So they are learnt from a few rows of the file; if a word was missed (the
file tells how many pupils have none), they are learnt from all rows and the pass is made again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace import engines
from academic_workplace.intake.files.writing import KEY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Engine

Floats = NDArray[np.float64]

FIRST = 10_000  # rows whose mean serves as origin
BITS = 24  # of an origin: what is subtracted from whole numbers leaves no rounding
MANY = 1 << 19  # rows from which words are learnt first
SPOTS, SPOT = 4, 1 << 14  # where in the file, and how many rows each
OFTEN = 32  # times a word is met there on average; fewer: it is learnt from all rows
MOST_WORDS = 1 << 16
ROOM = 1 << 28  # bytes for the places of all cells, of all threads together
INTEGERS = {
    f"{u}{kind}" for kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT") for u in ("", "U")
}


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The cells that occur. labels: a row per cell; learnt words are categories, by the alphabet.

    pupils, S, origin, ends: as in ``Cells``. missed: a word that was not learnt. not_a_number: a
    sum, which DuckDB tells from missing.
    """

    labels: pd.DataFrame
    pupils: NDArray[np.int64]
    S: Floats
    origin: Floats
    ends: tuple[Floats, Floats]
    missed: bool
    not_a_number: bool


def describes_itself(engine: Engine, parquet: Path) -> bool:
    """Whether a Parquet file holds a codebook."""
    notes = f"parquet_kv_metadata({engines.pattern(parquet)})"
    asked = f"{notes} WHERE decode(key) = {engines.literal(KEY)}"
    return engines.ask(engine, ["count(*)"], asked) != (0,)


def grouped(
    engine: Engine, table: str, parquet: Path | None, types: Mapping[str, str],
    by: Sequence[str], numbers: Sequence[str],
) -> Grouped:  # fmt: skip
    """Group ``table`` (SQL) by labels. parquet: the file, when it is one. types: of its columns."""
    told = {} if parquet is None else _told(engine, parquet)
    asked = _Asked(
        tuple(_Label(name, engines.quote(name), told.get(name, _Told())) for name in by),
        tuple(_number(name, types[name], told.get(name, _Told())) for name in numbers),
    )
    if numbers:
        asked = replace(asked, origin=_origin(engine, table, asked))
    for labels in _ways(engine, parquet, types, asked):
        asked = replace(asked, labels=labels)
        found = _group(engine, table, asked)
        if not found.missed:
            break
    if found.not_a_number:
        found = _group(engine, table, replace(asked, numbers=tuple(map(_careful, asked.numbers))))
    return found


# ---------------------------------------------------------------- what is asked


@dataclass(frozen=True, slots=True)
class _Told:
    """What a Parquet file tells of a column: rows, how many lack it, its ends, whether it keeps a
    list of its words."""

    rows: int = 0
    without: int | None = None
    ends: tuple[float, float] | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class _Label:
    """A column of labels and SQL for it. words: SQL gives a category, missing for other words."""

    name: str
    sql: str
    told: _Told
    words: bool = False


@dataclass(frozen=True, slots=True)
class _Number:
    """A column of numbers: SQL for it, whether every pupil has it, and its ends when told."""

    name: str
    sql: str
    complete: bool = False
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    labels: tuple[_Label, ...]
    numbers: tuple[_Number, ...]
    origin: Floats = field(default_factory=lambda: np.zeros(1))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return [(i, j) for i in range(len(self.numbers)) for j in range(i, len(self.numbers))]

    @property
    def width(self) -> int:
        """Bytes of a cell, at most: a count of 8, a sum or an end of 16."""
        k = len(self.numbers)
        return 16 * (1 + 3 * k + len(self.pairs)) if k else 8


def _told(engine: Engine, path: Path) -> dict[str, _Told]:
    low, high = ("TRY_CAST(stats_min_value AS DOUBLE)", "TRY_CAST(stats_max_value AS DOUBLE)")
    rows = engine.execute(
        "SELECT path_in_schema, sum(num_values)::BIGINT,"
        " CASE WHEN count(stats_null_count) = count(*) THEN sum(stats_null_count)::BIGINT END,"
        f" CASE WHEN count({low}) = count(*) AND count({high}) = count(*) THEN min({low}) END,"
        f" max({high}), bool_and(encodings::VARCHAR LIKE '%DICTIONARY%')"
        f" FROM {engines.metadata(path)} GROUP BY path_in_schema"
    ).fetchall()
    return {
        str(name): _Told(
            n, without, None if a is None or math.isnan(a) or math.isnan(b) else (a, b), listed
        )
        for name, n, without, a, b, listed in rows
    }


def _number(name: str, kind: str, told: _Told) -> _Number:
    sql = engines.quote(name) if kind == "DOUBLE" else f"{engines.quote(name)}::DOUBLE"
    return _Number(name, sql, told.without == 0, told.ends)


def _careful(number: _Number) -> _Number:
    return _Number(number.name, f"nullif({number.sql}, 'nan'::DOUBLE)")


def _origin(engine: Engine, table: str, asked: _Asked) -> Floats:
    cells = ", ".join(_careful(number).sql for number in asked.numbers)
    first = engine.execute(f"SELECT {cells} FROM (SELECT * FROM {table} LIMIT {FIRST})").df()
    return np.array([0.0, *map(near, first.to_numpy(dtype=float, na_value=np.nan).T)])


def near(x: Floats) -> float:
    """A number near the mean with few digits: 0 for numbers that are themselves near 0."""
    x = x[np.isfinite(x)]
    if not x.size:
        return 0.0
    mean = float(x.mean())
    if abs(mean) <= 4 * float(np.abs(x - mean).max()):
        return 0.0  # the raw sums lose nothing, and those of 0 and 1 stay whole
    part, power = np.frexp(mean)
    return float(np.ldexp(np.rint(np.ldexp(part, BITS)), int(power) - BITS))


# ---------------------------------------------------------------- words as places


def _ways(
    engine: Engine, parquet: Path | None, types: Mapping[str, str], asked: _Asked
) -> Iterator[tuple[_Label, ...]]:
    """Labels with words from a few rows, with those of all rows, and as they stand.

    One label is as quick as it stands: DuckDB looks each word of a list up once.
    """
    rows = asked.labels[0].told.rows
    if parquet is not None and rows >= MANY and len(asked.labels) > 1:
        for everywhere in ("file_row_number" in types, True):
            labels = _placed(engine, parquet, types, asked, everywhere)
            if labels is None:
                break
            yield labels
    yield asked.labels


def _placed(
    engine: Engine, path: Path, types: Mapping[str, str], asked: _Asked, everywhere: bool
) -> tuple[_Label, ...] | None:
    """The labels as small numbers; None when there is one that cannot be, or no room for them."""
    rows, kinds = asked.labels[0].told.rows, [types[label.name] for label in asked.labels]
    (threads,) = engines.ask(engine, ["current_setting('threads')"], "range(1)")
    most = min(rows, ROOM // (asked.width * int(str(threads)))).bit_length() - 1
    bits = 0
    for label, kind in zip(asked.labels, kinds, strict=True):
        told = label.told
        if kind == "BOOLEAN":
            bits += 9  # DuckDB makes room for a byte
        elif kind in INTEGERS and told.ends is not None:
            bits += (int(told.ends[1] - told.ends[0]) + 2).bit_length()
        elif kind != "VARCHAR" or not told.listed or told.without is None:
            return None
    text = [label for label, kind in zip(asked.labels, kinds, strict=True) if kind == "VARCHAR"]
    step = (rows - SPOT) // (SPOTS - 1)
    spots = " OR ".join(
        f"file_row_number BETWEEN {at * step} AND {at * step + SPOT - 1}" for at in range(SPOTS)
    )
    source = f"read_parquet({engines.pattern(path)}, hive_partitioning=false"
    met: list[list[str]] = [[] for _ in text]
    if text and not everywhere:
        lists = [f"list(DISTINCT {c.sql}) FILTER ({c.sql} IS NOT NULL)" for c in text]
        some = f"{source}, file_row_number=true) WHERE {spots}"
        found = cast("tuple[list[str] | None, ...]", engines.ask(engine, lists, some))
        met = [list(words or ()) for words in found]
    if bits + sum((len(words) + 1).bit_length() for words in met) > most:
        return None
    out = {}
    for j, (label, words) in enumerate(zip(text, met, strict=True)):
        if everywhere or len(words) * OFTEN > SPOTS * SPOT:
            words = [str(word) for (word,) in engine.execute(
                f"SELECT DISTINCT {label.sql} FROM {source}) WHERE {label.sql} IS NOT NULL"
                f" LIMIT {MOST_WORDS + 1}"
            ).fetchall()]  # fmt: skip
        bits += (len(words) + 1).bit_length()
        if bits > most or not words or len(words) > MOST_WORDS:
            return None
        listed = ", ".join(map(engines.literal, sorted(words)))
        engine.execute(f"CREATE OR REPLACE TEMP TYPE words{j} AS ENUM ({listed})")
        out[label.name] = replace(label, sql=f"TRY_CAST({label.sql} AS words{j})", words=True)
    engine.execute(f"SET perfect_ht_threshold = {bits}")
    whole = {
        label.name: replace(label, sql=f"{label.sql}::UTINYINT")
        for label, kind in zip(asked.labels, kinds, strict=True) if kind == "BOOLEAN"
    }  # fmt: skip
    return tuple((out | whole).get(label.name, label) for label in asked.labels)


# ---------------------------------------------------------------- the pass


def _group(engine: Engine, table: str, asked: _Asked) -> Grouped:
    k = len(asked.numbers)
    missing = [number for number in asked.numbers if not number.complete]
    whole = " AND ".join(f"{number.sql} IS NOT NULL" for number in missing)
    names = [f"l{j}" for j in range(len(asked.labels))]
    columns = [f"{label.sql} AS l{j}" for j, label in enumerate(asked.labels)]
    sums, ends = ["count(x0)"] if missing else [], []
    for j, (number, o) in enumerate(zip(asked.numbers, asked.origin[1:].tolist(), strict=True)):
        x = f"{number.sql} - {o!r}" if o else number.sql
        # One number says itself who lacks it; a CASE costs as much as a sum.
        alone = k == 1 or not missing
        columns.append(f"{x if alone else f'CASE WHEN {whole} THEN {x} END'} AS x{j}")
        if number.ends is None:
            columns.append(f"{number.sql} AS e{j}")
            ends += [f"min(e{j})", f"max(e{j})"]
    sums += [f"sum(x{j})" for j in range(k)] + [f"sum(x{i} * x{j})" for i, j in asked.pairs]
    asks = ", ".join([*names, "count(*)", *sums, *ends])
    rows = engine.execute(
        f"SELECT {asks} FROM (SELECT {', '.join(columns)} FROM {table}) GROUP BY {', '.join(names)}"
    ).df()
    labels = rows.iloc[:, : len(names)].set_axis([label.name for label in asked.labels], axis=1)
    values = rows.iloc[:, len(names) :].to_numpy(dtype=float, na_value=np.nan)
    pupils = values[:, 0].astype(np.int64)
    known, added = values[:, int(bool(missing))], values[:, 1 + bool(missing) :]
    wrong = bool(np.isnan(added[known > 0, : len(sums) - bool(missing)]).any())
    S = np.zeros((len(rows), k + 1, k + 1))
    S[:, 0, 0] = known
    added = np.where(known[:, None] > 0, added, 0.0)
    S[:, 0, 1:] = S[:, 1:, 0] = added[:, :k]
    for at, (i, j) in enumerate(asked.pairs, k):
        S[:, i + 1, j + 1] = S[:, j + 1, i + 1] = added[:, at]
    outer = iter(values[:, 1 + len(sums) :].T)
    low, high = np.full(k, np.nan), np.full(k, np.nan)
    for j, number in enumerate(asked.numbers):
        if number.ends is not None:
            low[j], high[j] = number.ends
        elif len(rows):
            low[j], high[j] = np.fmin.reduce(next(outer)), np.fmax.reduce(next(outer))
    missed = any(
        int(pupils[labels[label.name].isna().to_numpy()].sum()) != label.told.without
        for label in asked.labels if label.words
    )  # fmt: skip
    return Grouped(labels, pupils, S, asked.origin, (low, high), missed, wrong)
