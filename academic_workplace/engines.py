"""DuckDB, the embedded engine: files that need not fit in memory.

It answers what ``intake.check`` asks of a table and streams the pupils in parts; pandas answers
the same questions for a table in memory, and the same tests hold both to the same answers.
DuckDB's downloadable extensions stay off: nothing is ever fetched.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Engine

AT_START = "at start"  # in the wide form: whether the pupil has a row at the baseline wave
CHUNK_VECTORS = 60  # times 2,048 rows
ENCODINGS = {"utf-8-sig": "utf-8", "utf-16": "utf-16", "cp1252": "latin-1"}  # ours -> DuckDB's
# The characters that cp1252 has where latin-1 (which DuckDB reads) has control characters.
_HIGH = bytes(b for b in range(0x80, 0xA0) if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D))
LATIN_CONTROL, WINDOWS_SIGNS = _HIGH.decode("latin-1"), _HIGH.decode("cp1252")
# What Python strips from the ends of a cell, so that both engines strip the same.
WHITE = "".join(sign for sign in map(chr, range(1 << 14)) if sign.isspace())


def connect() -> Engine:
    """A fresh in-memory engine that never reaches outside."""
    import duckdb

    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        }
    )


def quote(name: str) -> str:
    """A column name, safe inside SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(words: str) -> str:
    """A piece of text, safe inside SQL."""
    return "'" + words.replace("'", "''") + "'"


def trim(cell: str) -> str:
    """SQL for text without the white space around it; most cells need only the quick trim."""
    odd = f"regexp_matches({cell}, '[^ -~]')"
    return f"CASE WHEN {odd} THEN trim({cell}, {literal(WHITE)}) ELSE trim({cell}) END"


def read_parquet(path: Path) -> pd.DataFrame:
    """A whole Parquet file. Raises ValueError when it is damaged."""
    import duckdb

    try:
        with connect() as engine, warnings.catch_warnings():
            # DuckDB 2.0 makes a time with a zone in a way that pandas is going to change.
            warnings.simplefilter("ignore", pd.errors.Pandas4Warning)
            return engine.execute(f"SELECT * FROM {scan(path)}").df()
    except duckdb.Error as error:
        raise ValueError(str(error)) from None


def scan(path: Path) -> str:
    """SQL that reads this one Parquet file as it is, whatever its name and folder look like."""
    return f"(SELECT * FROM read_parquet({pattern(path)}, hive_partitioning=false))"


def pattern(path: Path) -> str:
    """The name of one file, in which DuckDB sees no pattern."""
    name = "".join(f"[{sign}]" if sign in "[*?" else sign for sign in str(path.absolute()))
    return literal(name)


def metadata(path: Path) -> str:
    """SQL for what a Parquet file tells of its columns, a row per column and part."""
    return f"parquet_metadata({pattern(path)})"


def scan_text(path: Path, encoding: str, separator: str, names: Sequence[str]) -> str:
    """SQL that reads one file of text with every cell as text; the names replace its header.

    Rows with more or fewer cells than names, and quotes that are not closed, are errors.
    """
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    read = (
        f"read_csv({pattern(path)}, auto_detect=false, header=true, columns={{{columns}}},"
        f" delim={literal(separator)}, quote='\"', escape='\"', strict_mode=true,"
        f" null_padding=false, ignore_errors=false, encoding={literal(ENCODINGS[encoding])})"
    )
    cells_filled = (f"nullif({trim(quote(name))}, '')" for name in names)
    filled = f"coalesce({', '.join(cells_filled)}) IS NOT NULL"
    if encoding != "cp1252":
        return f"(SELECT * FROM {read} WHERE {filled})"
    signs = f"{literal(LATIN_CONTROL)}, {literal(WINDOWS_SIGNS)}"
    cells = ", ".join(f"translate({quote(c)}, {signs}) AS {quote(c)}" for c in names)
    return f"(SELECT {cells} FROM {read} WHERE {filled})"


def failures() -> type[Exception]:
    """What DuckDB raises."""
    import duckdb

    return duckdb.Error


def is_out_of_memory(error: Exception) -> bool:
    """Whether the fault is the machine's and not the file's."""
    import duckdb

    return isinstance(error, duckdb.OutOfMemoryException)


def can_read(table: str) -> bool:
    """Whether DuckDB gets through a piece of SQL from beginning to end."""
    with connect() as engine:
        try:
            engine.execute(f"SELECT count(COLUMNS(*)) FROM {table}").fetchall()
        except failures() as error:
            if is_out_of_memory(error):
                raise
            return False
    return True


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
