"""DuckDB, the embedded engine: files that need not fit in memory.

It answers what ``intake.check`` asks of a table and streams the pupils in parts; pandas answers
the same questions for a table in memory, and the same tests hold both to the same answers.
DuckDB's downloadable extensions stay off: nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Engine

AT_START = "at start"  # in the wide form: whether the pupil has a row at the baseline wave
CHUNK_VECTORS = 60  # times 2,048 rows
TABLE = "pupils"  # a file of text, once it is in the engine
# What Python strips from the ends of a cell, so that both engines strip the same.
WHITE = "".join(sign for sign in map(chr, range(1 << 14)) if sign.isspace())


def connect() -> Engine:
    """A fresh in-memory engine that never reaches outside."""
    import duckdb

    return duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


def quote(name: str) -> str:
    """A column name, safe inside SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(words: str) -> str:
    """A piece of text, safe inside SQL."""
    return "'" + words.replace("'", "''") + "'"


def trim(cell: str) -> str:
    """SQL for text without the white space around it."""
    return f"trim({cell}, {literal(WHITE)})"


def read_parquet(path: Path) -> pd.DataFrame:
    """A whole Parquet file. Raises ValueError when it is damaged."""
    import duckdb

    try:
        with connect() as engine:
            return engine.execute(f"SELECT * FROM {scan(path)}").df()
    except duckdb.Error as error:
        raise ValueError(str(error)) from None


def scan(path: Path) -> str:
    """SQL that reads this one Parquet file as it is, whatever its name and folder look like."""
    name = "".join(f"[{sign}]" if sign in "[*?" else sign for sign in str(path.absolute()))
    return f"(SELECT * FROM read_parquet({literal(name)}, hive_partitioning=false))"


def load(engine: Engine, parts: Iterable[pd.DataFrame], columns: Sequence[str]) -> None:
    """Put some columns of the parts of a file of text into ``TABLE``, which must not be there."""
    names = ", ".join(map(quote, columns))
    engine.execute(f"CREATE TABLE {TABLE} ({', '.join(f'{quote(c)} VARCHAR' for c in columns)})")
    for part in parts:
        engine.register("part", part[list(columns)])
        engine.execute(f"INSERT INTO {TABLE} SELECT {names} FROM part")
        engine.unregister("part")


def columns_of(engine: Engine, table: str) -> dict[str, str]:
    """Column names and DuckDB types of a piece of SQL."""
    rows = engine.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def ask(engine: Engine, expressions: Sequence[str], table: str) -> tuple[object, ...]:
    """One row of aggregates."""
    row = engine.execute(f"SELECT {', '.join(expressions)} FROM {table}").fetchone()
    return tuple(row or ())


def widen(
    table: str, *, pupil: str, wave: str, start: str | None, always: Sequence[str],
    keep: Sequence[str], outcomes: Mapping[str, tuple[str, str]],
) -> str:  # fmt: skip
    """SQL for one row per pupil from one row per pupil and wave.

    always: columns that are alike on all rows of a pupil. keep: columns taken from the row of
    wave ``start`` (from any row when None). outcomes: new name -> (column, wave).
    """
    at_start = f" FILTER ({quote(wave)} = {literal(start)})" if start is not None else ""
    alike = [f"any_value({quote(c)}) AS {quote(c)}" for c in always]
    kept = [f"any_value({quote(c)}){at_start} AS {quote(c)}" for c in keep]
    pivoted = [
        f"max({quote(column)}) FILTER ({quote(wave)} = {literal(value)}) AS {quote(name)}"
        for name, (column, value) in outcomes.items()
    ]
    present = f"bool_or({quote(wave)} = {literal(start)})" if start is not None else "true"
    parts = ", ".join([*alike, *kept, *pivoted, f"{present} AS {quote(AT_START)}"])
    return f"(SELECT {parts} FROM {table} WHERE {quote(pupil)} IS NOT NULL GROUP BY {quote(pupil)})"


def stream(engine: Engine, query: str) -> Iterator[pd.DataFrame]:
    """The rows of a query in parts; the whole is never in memory."""
    engine.execute(query)
    while True:
        part = engine.fetch_df_chunk(CHUNK_VECTORS)
        if part.empty:
            return
        yield part
