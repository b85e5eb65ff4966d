"""Databases that are one file: DuckDB and SQLite."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from academic_workplace.engines import literal
from academic_workplace.errors import DataError
from academic_workplace.intake.files.content import Content, refuse
from academic_workplace.intake.files.databases.address import (
    DUCKDB_MARK,
    Wish,
    by_name,
    recognises_database,
)
from academic_workplace.intake.files.databases.columns import (
    EXACT,
    as_long_text,
    as_text,
    booleans,
    in_utc,
    judge_columns,
    numbers,
    table_of,
    texts,
)
from academic_workplace.intake.files.databases.refusals import (
    damaged,
    in_use,
    no_select,
    wrong_query,
)
from academic_workplace.language import Text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Engine

START_BYTES = 20
PATIENCE = 5  # seconds that what is in use is waited for
WAL = 2  # byte 18 of a SQLite file: changes may stand in a file beside it
MAY = (  # what a query may do in SQLite
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
)  # fmt: skip
CLOSED: dict[str, str | bool | int | float | list[str]] = {  # DuckDB reads nothing but this file
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "enable_external_access": "false",
}
PLAIN = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER",
         "UBIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "VARCHAR", "ENUM", "INTERVAL")  # fmt: skip
LONG = ("HUGEINT", "UHUGEINT", "DECIMAL")
NOTHING = '"NULL"'  # what DuckDB calls a column that never held a value
ZONED = "TIMESTAMP WITH TIME ZONE"
NANOSECONDS = "TIMESTAMP_NS"
DAYS = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", NANOSECONDS, ZONED)
MANY = ("STRUCT", "MAP", "UNION", "VARIANT", "BLOB", "GEOMETRY")


def from_file(path: Path, wish: Wish) -> Content:
    """A table of a file; its first bytes say of which kind, whatever the connection says."""
    try:
        with path.open("rb") as file:
            start = file.read(START_BYTES)
    except OSError:
        raise refuse(
            path,
            Text("Deze database kan niet geopend worden.", "This database cannot be opened."),
            Text(
                "Controleer de naam en de map; voor een volledig pad staan vier schuine strepen"
                " (sqlite:////map/naam.db).",
                "Check the name and the folder; before a full path stand four slashes"
                " (sqlite:////folder/name.db).",
            ),
        ) from None
    if not recognises_database(start):
        raise refuse(
            path,
            Text(
                "Dit bestand is geen DuckDB- of SQLite-database.",
                "This file is no DuckDB or SQLite database.",
            ),
            Text("Controleer de naam van het bestand.", "Check the name of the file."),
        )
    if start[8:12] == DUCKDB_MARK:
        return _from_duckdb(path, wish)
    return _from_sqlite(path, wish, wal=start[18:19] == bytes([WAL]))


def _from_duckdb(path: Path, wish: Wish) -> Content:
    import duckdb

    try:
        engine = duckdb.connect(str(path.absolute()), read_only=True, config=CLOSED)
    except duckdb.Error as error:
        # By another program, or by this one (which DuckDB calls another configuration).
        busy = "lock" in str(error) or isinstance(error, duckdb.ConnectionException)
        raise (in_use if busy else damaged)(wish.source) from None
    with engine:
        try:
            engine.execute("SET TimeZone = 'UTC'")
            engine.execute("SET lock_configuration = true")
            found = engine.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal UNION ALL"
                " SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
                " ORDER BY ALL"
            ).fetchall()
            sql, table = wish.choose(by_name(found, "main"))
            statements = engine.extract_statements(sql)
            if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
                raise no_select(wish.source)
            notes = [wish.note("DuckDB", table)]
            return Content(frame_of(engine, sql, wish.source, notes), notes)
        except duckdb.OutOfMemoryException:
            raise  # the machine's fault and not the file's
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            raise wrong_query(wish.source, str(error)) from None
        except duckdb.PermissionException:
            raise refuse(
                wish.source,
                Text(
                    "Deze tabel of query leest een ander bestand; dat gebeurt hier niet.",
                    "This table or query reads another file; that is not done here.",
                ),
                Text("Lees dat bestand zelf in.", "Read that file itself."),
            ) from None
        except duckdb.Error:
            raise wish.failed() from None


def frame_of(
    engine: Engine, sql: str, source: str, notes: list[Text], names: Sequence[str] = ()
) -> pd.DataFrame:
    """What DuckDB answers, with the types of the Parquet reader; what was changed is noted.

    names: of the columns, when they are others than in the SQL. Raises DataError on a repeated
    name, and on a column with more than one value per cell.
    """
    described = engine.execute(f"DESCRIBE {sql}").fetchall()
    names = names or [str(row[0]) for row in described]
    types = [str(row[1]) for row in described]
    kinds = [each.partition("(")[0] for each in types]
    many = [
        name
        for name, kind, written in zip(names, kinds, types, strict=True)
        if kind in MANY or written.endswith("]")
    ]
    judge_columns(source, names, many)
    # By place, for DuckDB takes names that differ in case only for the same.
    cells = [f"c{i}" for i in range(len(names))]
    asked = f"(\n{sql}\n) AS asked({', '.join(cells)})"
    doubts = {}
    for cell, kind in zip(cells, kinds, strict=True):
        if kind in LONG:
            doubts[cell] = f"abs({cell}) > {EXACT}"
        elif kind in DAYS:  # in nanoseconds nearly three centuries fit
            far = f"NOT {cell} BETWEEN '0001-01-01' AND '9999-12-31'"
            doubts[cell] = f"isinf({cell})" if kind == NANOSECONDS else far
    counts = ", ".join(f"count(*) FILTER ({doubt})" for doubt in doubts.values())
    found = engine.execute(f"SELECT {counts or 1} FROM {asked} LIMIT 1").fetchone() or ()
    doubtful = {cell for cell, count in zip(doubts, found, strict=False) if count}
    taken = []
    for cell, name, kind in zip(cells, names, kinds, strict=True):
        known = kind in (*PLAIN, *LONG, *DAYS) and cell not in doubtful
        taken.append(cell if known else f"CAST({cell} AS VARCHAR) AS {cell}")
        if not known and kind != NOTHING:
            notes.append(as_long_text(name) if kind in LONG else as_text(name, kind))
        elif kind == ZONED:
            notes.append(in_utc(name))
    with warnings.catch_warnings():
        # DuckDB 2.0 makes a time with a zone in a way that pandas is going to change.
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)
        table = engine.execute(f"SELECT {', '.join(taken)} FROM {asked}").df()
    table.columns = pd.Index(names)
    return table


def _from_sqlite(path: Path, wish: Wish, *, wal: bool) -> Content:
    # Nobody who writes to such a file does so without one beside it, and reading would leave one.
    alone = wal and not path.with_name(f"{path.name}-wal").exists()
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE)) as engine:
            engine.execute("PRAGMA trusted_schema = OFF")
            found = engine.execute(
                "SELECT 'main', name FROM sqlite_master WHERE type IN ('table', 'view')"
                " AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
            ).fetchall()
            sql, table = wish.choose(by_name(found, "main"))
            about = engine.execute(f"PRAGMA table_info({literal(table)})").fetchall()
            engine.set_authorizer(_may)
            answer = engine.execute(sql)
            if answer.description is None:
                raise no_select(wish.source)
            names = [str(column[0]) for column in answer.description]
            rows = answer.fetchall()
    except sqlite3.Warning:  # more than one statement, in Python 3.11
        raise no_select(wish.source) from None
    except sqlite3.Error as error:
        raise _refusal(error, wish) from None
    except UnicodeError:  # in the name of a column
        raise damaged(wish.source) from None
    declared = {row[1]: str(row[2]).upper() for row in about}
    cells: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * len(names)
    held = [set(map(type, column)) - {type(None)} for column in cells]
    judge_columns(wish.source, names, [n for n, h in zip(names, held, strict=True) if bytes in h])
    notes = [wish.note("SQLite", table)]
    columns = [
        _stored(name, column, types, declared.get(name, ""), notes)
        for name, column, types in zip(names, cells, held, strict=True)
    ]
    return Content(table_of(names, columns), notes)


def _may(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in MAY else sqlite3.SQLITE_DENY


def _stored(
    name: str, cells: tuple[Any, ...], held: Collection[type], declared: str, notes: list[Text]
) -> pd.Series:
    """A column of SQLite, in which every cell has a type of its own."""
    day = "DATE" in declared or "TIMESTAMP" in declared
    if day and held:
        notes.append(
            Text(f"{name}: datum als tekst", f"{name}: date as text")
            if str in held
            else Text(f"{name}: datum als getal", f"{name}: date as number")
        )
    if str not in held:
        if "BOOL" in declared and set(cells) <= {0, 1, None}:
            return booleans([None if cell is None else bool(cell) for cell in cells])
        return numbers(name, cells, notes)
    if len(held) > 1:
        count = sum(isinstance(cell, str) for cell in cells)
        notes.append(
            Text(
                f"{name}: getallen en tekst door elkaar (cellen met tekst: {count}), als tekst"
                " gelezen",
                f"{name}: numbers and text mixed (cells with text: {count}), read as text",
            )
        )
    return texts(cells)


def _refusal(error: sqlite3.Error, wish: Wish) -> DataError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what only refines it
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return in_use(wish.source)
    if code == sqlite3.SQLITE_AUTH or isinstance(error, sqlite3.ProgrammingError):
        return no_select(wish.source)
    if wish.query is not None and str(error).startswith(("no such ", "near ", "ambiguous ")):
        return wrong_query(wish.source, str(error))
    return wish.failed()
