"""Where a table is: a connection string taken apart, and the choice among the tables found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from academic_workplace.engines import quote
from academic_workplace.errors import DataError
from academic_workplace.intake.files.content import refuse
from academic_workplace.intake.files.databases.refusals import damaged, failed
from academic_workplace.language import Text, same

POSTGRES = ("postgresql", "postgres")
FILES = ("duckdb", "sqlite")
SQLITE_START, DUCKDB_MARK = b"SQLite format 3\x00", b"DUCK"  # the mark of DuckDB is at byte 8
SHOWN_TABLES = 20


def is_connection(source: str) -> bool:
    """Whether this is a connection string (``sqlite:///...``) rather than the name of a file."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def recognises_database(start: bytes) -> bool:
    """Whether a file that starts like this is a database (20 bytes are enough)."""
    return start.startswith(SQLITE_START) or start[8:12] == DUCKDB_MARK


def name_of(connection: str) -> str:
    """What a database is called in messages: a file's name, or host/database; never a password."""
    address = address_of(connection)
    if address.path is not None:
        return address.path.name
    if address.scheme not in POSTGRES:
        return address.scheme
    before, _, options = address.rest.partition("?")
    place = re.sub(r":\w*", "", before.rpartition("@")[2]).rstrip("/")
    clear = "@" not in options and re.fullmatch(r"[\w.,-]+(/[\w.-]+)?", place)
    return place if clear else "PostgreSQL"


def source_name(source: Path | str) -> str:
    """What a file or a database is called in messages."""
    return source.name if isinstance(source, Path) else name_of(source)


@dataclass(frozen=True, slots=True)
class Address:
    """A connection string in parts; a path is that of a file. Not shown: it may hold a password."""

    scheme: str
    rest: str = field(repr=False)
    path: Path | None
    table: str | None


def address_of(connection: str) -> Address:
    if not is_connection(connection):
        return Address("", "", Path(connection), None)
    found = re.fullmatch(r"(.+)[?&]table=([^?&]+)", connection, re.DOTALL)
    source, table = (found[1], unquote(found[2])) if found else (connection, None)
    written, _, rest = source.partition("://")
    scheme = written.lower().partition("+")[0]  # postgresql+psycopg, as other tools write it
    path = Path(rest.removeprefix("/")) if scheme in FILES else None
    return Address(scheme, rest, path, table)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the database of this name: a table, a query, or neither."""

    source: str
    table: str | None
    query: str | None

    def choose(self, tables: Mapping[str, str]) -> tuple[str, str]:
        """SQL, and the name of its table ('' for a query). tables: name -> its name in SQL."""
        if self.query is not None:
            return self.query.strip().removesuffix(";"), ""
        only = next(iter(tables)) if len(tables) == 1 else None
        for name, quoted in tables.items():
            if self.table in (name, quoted.replace('"', "")) or (
                self.table is None and name == only
            ):
                return f"SELECT * FROM {quoted}", name
        names = ", ".join(f"‘{name}’" for name in list(tables)[:SHOWN_TABLES])
        names += ", …" if len(tables) > SHOWN_TABLES else ""
        if not tables:
            rule = Text("Deze database heeft geen tabellen.", "This database has no tables.")
            remedy = Text(
                "Controleer de naam van de database en wat u ervan mag lezen.",
                "Check the name of the database, and what you may read of it.",
            )
        elif self.table is None:
            rule = Text(
                "Deze database heeft meer dan één tabel.", "This database has more than one table."
            )
            remedy = Text(
                f"Noem er een, met table=… of met ‘?table=…’ achter de verbinding: {names}.",
                f"Name one, with table=… or with ‘?table=…’ after the connection: {names}.",
            )
        else:
            rule = Text("Deze tabel is er niet.", "There is no such table.")
            remedy = Text(f"Kies uit: {names}.", f"Choose from: {names}.")
        raise refuse(self.source, rule, remedy)

    def note(self, engine: str, table: str) -> Text:
        if not table:
            return same(f"{engine}, query")
        return Text(f"{engine}, tabel ‘{table}’", f"{engine}, table ‘{table}’")

    def failed(self) -> DataError:
        """A table that cannot be read is damaged; a query that was understood asked too much."""
        return damaged(self.source) if self.query is None else failed(self.source)


def by_name(tables: Sequence[tuple[str, str]], home: str) -> dict[str, str]:
    """Name -> name in SQL; a table outside the home schema carries its schema's name."""
    return {
        table if schema == home else f"{schema}.{table}": f"{quote(schema)}.{quote(table)}"
        for schema, table in tables
    }
