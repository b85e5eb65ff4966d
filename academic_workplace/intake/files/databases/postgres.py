"""Tables of a PostgreSQL server, through the extra ``postgres`` (psycopg 3)."""

from __future__ import annotations

import importlib
import re
from contextlib import closing
from typing import Any

import pandas as pd

from academic_workplace.errors import DataError
from academic_workplace.intake.files.content import Content, refuse
from academic_workplace.intake.files.databases.address import Wish, by_name
from academic_workplace.intake.files.databases.columns import (
    as_text,
    booleans,
    days,
    judge_columns,
    numbers,
    table_of,
    texts,
)
from academic_workplace.intake.files.databases.refusals import (
    extra,
    failed,
    in_use,
    no_select,
    wrong_query,
)
from academic_workplace.language import Text, same

PATIENCE = 10  # seconds that a server, or a table in use, is waited for
# The numbers (oid) of its own types.
BOOLEAN, WHOLE, REAL, NUMERIC, ZONED = 16, (20, 21, 23, 26), (700, 701), 1700, 1184
DAYS, TIMES = (1082, 1114, ZONED), (1083, 1266, 1186)
MANY = (17, 114, 142, 3802)  # bytea, json, xml, jsonb
SELECT = re.compile(r"([\s(]|--.*\n|/\*(?s:.*?)\*/)*(select|with|values|table)\b", re.IGNORECASE)
TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT c.relispartition
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY n.nspname <> 'public', 1, 2"""
KINDS = """
    SELECT oid, typname, typcategory::text, ARRAY(
        SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
    FROM pg_type t WHERE oid = ANY(%s)"""


def from_postgres(address: str, wish: Wish) -> Content:
    psycopg = extra("psycopg", "postgres", same("PostgreSQL"))
    from_text = importlib.import_module("psycopg.types.string").TextLoader
    try:
        server = psycopg.connect(address, connect_timeout=PATIENCE, client_encoding="utf8")
    except (psycopg.Error, UnicodeError):
        raise refuse(
            wish.source,
            Text(
                "Er komt geen verbinding met deze PostgreSQL-database.",
                "There is no connection with this PostgreSQL database.",
            ),
            Text(
                "Controleer of de server aan staat, de naam van de database, de gebruiker en het"
                " wachtwoord (dat hoort in PGPASSWORD of in ~/.pgpass).",
                "Check that the server is on, the name of the database, the user and the"
                " password (which belongs in PGPASSWORD or in ~/.pgpass).",
            ),
        ) from None
    with closing(server):
        server.read_only = True
        server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for oid in (*DAYS, *TIMES):
            server.adapters.register_loader(oid, from_text)
        try:
            server.execute(
                "SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC';"
                f" SET LOCAL lock_timeout = '{PATIENCE}s'"
            )
            found = server.execute(TABLES).fetchall()
            sql, table = wish.choose(by_name(found, "public"))
            if not SELECT.match(sql):
                raise no_select(wish.source)
            # Inside brackets and prepared, it can be nothing but one SELECT.
            answer = server.execute(f"SELECT * FROM (\n{sql}\n) AS asked", prepare=True)
            names = [column.name for column in answer.description]
            types = [column.type_code for column in answer.description]
            kinds = {row[0]: row[1:] for row in server.execute(KINDS, [types]).fetchall()}
            many = [
                name
                for name, oid in zip(names, types, strict=True)
                if oid in MANY or kinds[oid][1] in "ACGR"  # array, composite, geometric, range
            ]
            judge_columns(wish.source, names, many)
            rows = answer.fetchall()
        except psycopg.Error as error:
            raise _refusal(error, wish) from None
        except UnicodeError:  # a database without an encoding
            raise failed(wish.source) from None
    cells: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * len(names)
    notes = [wish.note("PostgreSQL", table)]
    columns = []
    for name, oid, column in zip(names, types, cells, strict=True):
        kind, category, labels = kinds[oid]
        if oid == BOOLEAN:
            columns.append(booleans(column))
        elif oid in (*WHOLE, *REAL, NUMERIC):
            columns.append(numbers(name, column, notes))
        elif oid in DAYS:
            columns.append(days(name, column, notes, zoned=oid == ZONED))
        elif labels:
            columns.append(pd.Series(pd.Categorical(column, categories=labels, ordered=True)))
        else:
            if category != "S":
                notes.append(as_text(name, kind))
            columns.append(texts(column))
    return Content(table_of(names, columns), notes)


def _refusal(error: Any, wish: Wish) -> DataError:
    code = str(error.sqlstate or "")
    if code == "55P03":
        return in_use(wish.source)
    if code == "25006":
        return no_select(wish.source)
    if code == "42501":
        return refuse(
            wish.source,
            Text("U mag dit niet lezen.", "You may not read this."),
            Text("Vraag de beheerder om leesrecht.", "Ask the keeper for the right to read it."),
        )
    if code.startswith("42"):
        return wrong_query(wish.source, str(error.diag.message_primary))
    return failed(wish.source)
