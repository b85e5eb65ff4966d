"""DuckDB, the embedded engine: files that need not fit in memory.

It answers what ``intake.check`` asks of a table and streams the pupils in parts; pandas answers
the same questions for a table in memory, and the same tests hold both to the same answers.
DuckDB's downloadable extensions stay off: nothing is ever fetched.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Engine

AT_START = "at start"  # in the wide form: whether the pupil has a row at the baseline wave
CHUNK_VECTORS = 60  # times 2,048 rows
BLOCK_BYTES = 1 << 20
# The characters that cp1252 has where latin-1 (which DuckDB reads) has control characters.
_HIGH = bytes(b for b in range(0x80, 0xA0) if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D))
LATIN_CONTROL, WINDOWS_SIGNS = _HIGH.decode("latin-1"), _HIGH.decode("cp1252")


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


def read_parquet(path: Path) -> pd.DataFrame:
    """A whole Parquet file. Raises ValueError when it is damaged."""
    import duckdb

    try:
        with connect() as engine:
            return engine.execute("SELECT * FROM read_parquet(?)", [str(path)]).df()
    except duckdb.Error as error:
        raise ValueError(str(error)) from None


def encoding_of(path: Path) -> str:
    """``utf-8`` or ``cp1252``, found by decoding the file block by block."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def scan(path: Path, *, separator: str | None) -> str:
    """SQL that reads a file: Parquet as it is, CSV (a separator is given) with all cells as text."""
    if separator is None:
        return f"(SELECT * FROM read_parquet({literal(str(path))}))"
    encoding = encoding_of(path)
    read = (
        f"read_csv({literal(str(path))}, delim={literal(separator)}, header=true, all_varchar=true,"
        f" quote='\"', escape='\"', strict_mode=true, null_padding=false,"
        f" encoding={literal('utf-8' if encoding == 'utf-8' else 'latin-1')})"
    )
    if encoding == "utf-8":
        return f"(SELECT * FROM {read})"
    swap = f"translate(c, {literal(LATIN_CONTROL)}, {literal(WINDOWS_SIGNS)})"
    return f"(SELECT {swap.replace('c,', 'COLUMNS(*),', 1)} FROM {read})"


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
