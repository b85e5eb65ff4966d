"""Databases: what stands in a table comes out as it was stored, and nothing is ever written.

PostgreSQL is tested against a server of its own, where its programs and psycopg are installed;
Arrow files where pyarrow is.
"""

import datetime as dt
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace import engines
from academic_workplace.intake.files.arrow import from_arrow, recognises_arrow
from academic_workplace.intake.files.databases import (
    embedded,
    from_database,
    is_connection,
    name_of,
    postgres,
    recognises_database,
)

SECRET = "gehe1m"


def plainly_read(path: Path) -> pd.DataFrame:
    """A Parquet file as DuckDB reads it."""
    return duckdb.sql(f"SELECT * FROM read_parquet({engines.literal(str(path))})").df()


def said(content) -> list[str]:
    return [note.nl for note in content.notes]


def refused(*given: str, **asked: str) -> str:
    """The words of the error, in both languages; a remedy is always there."""
    with pytest.raises(aw.DataError) as caught:
        from_database(*given, **asked)
    assert all(f.rule.nl and f.rule.en and f.remedy.nl and f.remedy.en for f in caught.value.faults)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.explain("nl") + caught.value.explain("en")


# ---------------------------------------------------------------- connections


@pytest.mark.parametrize(
    "source",
    [
        "sqlite:///a.db", "duckdb:////a/b.duckdb", "postgresql://h/d", "postgres://u:p@h:5432/d",
        "postgresql+psycopg://h/d",
    ],
)  # fmt: skip
def test_a_connection_is_told_from_a_file(source):
    assert is_connection(source)


@pytest.mark.parametrize("source", ["leerlingen.csv", "/data/a.db", r"C:\data\a.db", "a:b.csv", ""])
def test_a_file_is_told_from_a_connection(source):
    assert not is_connection(source)


@pytest.mark.parametrize(
    ("connection", "name"),
    [
        ("sqlite:////map/leerlingen.db?table=t", "leerlingen.db"),
        ("map/leerlingen.duckdb", "leerlingen.duckdb"),
        (f"postgresql://jan:{SECRET}@server:5432/school", "server/school"),
        (f"postgresql://jan:{SECRET}/{SECRET}@server/school", "server/school"),
        (f"postgresql://jan:{SECRET}?{SECRET}@server/school", "PostgreSQL"),
        (f"postgresql://server/school?password={SECRET}@{SECRET}", "PostgreSQL"),
        (f"postgresql://server/school?user=jan&password={SECRET}", "server/school"),
        (f"postgresql://server:{SECRET}/school", "server/school"),
        ("postgresql:///school", "PostgreSQL"),
        (f"mysql://jan:{SECRET}@server/school", "mysql"),
    ],
)
def test_a_database_is_named_without_its_password(connection, name):
    assert name_of(connection) == name


@given(st.text(alphabet="abc/?#@:%&=", max_size=12))
@settings(derandomize=True, database=None, deadline=None)
def test_whatever_signs_a_password_has_it_is_never_told(signs):
    secret = f"{SECRET}{signs}{SECRET}"
    told = name_of(f"postgresql://jan:{secret}@server/school")
    assert SECRET not in told
    assert SECRET not in name_of(f"postgresql://server/school?password={secret}")


def test_the_first_bytes_tell_a_database(tmp_path):
    duck, lite = tmp_path / "a.csv", tmp_path / "b.csv"
    duckdb.connect(duck).close()
    with sqlite3.connect(lite) as engine:
        engine.execute("CREATE TABLE t (a)")
    engine.close()
    assert recognises_database(duck.read_bytes()[:20])
    assert recognises_database(lite.read_bytes()[:20])
    assert not recognises_database(b"naam;score\n")
    assert not recognises_database(b"")


@pytest.mark.parametrize("source", [f"mysql://u:{SECRET}@h/d", "https://voorbeeld.nl/a.csv"])
def test_an_address_of_another_kind_is_refused_with_those_that_can_be_read(source):
    words = refused(source)
    assert "postgresql://" in words
    assert SECRET not in words


# ---------------------------------------------------------------- DuckDB and SQLite alike


def make_duckdb(path: Path, *statements: str) -> str:
    with duckdb.connect(path) as engine:
        for statement in statements:
            engine.execute(statement)
    return f"duckdb:///{path}"


def make_sqlite(path: Path, *statements: str) -> str:
    engine = sqlite3.connect(path)
    for statement in statements:
        engine.execute(statement)
    engine.commit()
    engine.close()
    return f"sqlite:///{path}"


@pytest.fixture(params=[make_duckdb, make_sqlite], ids=["duckdb", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., str]:
    """Fill a database of either kind in a folder with an awkward name."""
    folder = tmp_path / "map met ’# 100% [x]"
    folder.mkdir()
    return lambda *statements: request.param(folder / "leerlingen.db", *statements)


PUPILS = (
    "CREATE TABLE leerlingen (leerling VARCHAR, score DOUBLE, groep INTEGER)",
    "INSERT INTO leerlingen VALUES ('L1', 1.5, 7), ('L2', NULL, 8), (NULL, 2.5, 7)",
)


def test_the_only_table_is_taken(make):
    content = from_database(make(*PUPILS))
    expected = pd.DataFrame({
        "leerling": pd.Series(["L1", "L2", None], dtype="str"),
        "score": [1.5, np.nan, 2.5],
        "groep": [7, 8, 7],
    })  # fmt: skip
    pd.testing.assert_frame_equal(content.table, expected, check_dtype=False)
    assert content.table.index.tolist() == [0, 1, 2]
    assert said(content)[0].endswith("tabel ‘leerlingen’")


def test_a_plain_path_does_as_well(make):
    path = make(*PUPILS).partition("///")[2]
    assert len(from_database(path).table) == 3


def test_the_content_says_of_which_kind_a_file_is(make):
    scheme, _, path = make(*PUPILS).partition(":///")
    other = "sqlite" if scheme == "duckdb" else "duckdb"
    assert len(from_database(f"{other}:///{path}").table) == 3


def test_of_several_tables_one_is_named(make):
    connection = make(
        *PUPILS, "CREATE TABLE scholen (school VARCHAR)", "INSERT INTO scholen VALUES ('A')",
        "CREATE VIEW kort AS SELECT 1 AS een",
    )  # fmt: skip
    words = refused(connection)
    assert "‘kort’, ‘leerlingen’, ‘scholen’" in words
    assert "L1" not in words
    assert len(from_database(connection, table="scholen").table) == 1
    assert len(from_database(f"{connection}?table=leerlingen").table) == 3
    assert from_database(connection, table="kort").table["een"].tolist() == [1]
    assert "‘scholen’" in refused(connection, table="schoolen")


@pytest.mark.parametrize("name", ["met spatie", 'met " erin', "select", "Één; DROP TABLE x", "a.b"])
def test_a_table_may_have_any_name(name, make):
    quoted = engines.quote(name)
    connection = make(
        f"CREATE TABLE {quoted} (a INTEGER)", f"INSERT INTO {quoted} VALUES (1)",
        "CREATE TABLE x (b INTEGER)",
    )  # fmt: skip
    assert from_database(connection, table=name).table["a"].tolist() == [1]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("SELECT leerling FROM leerlingen WHERE groep = 7;", ["L1", None]),
        (
            "WITH x AS (SELECT leerling FROM leerlingen) SELECT * FROM x -- alles",
            ["L1", "L2", None],
        ),
        ("  \n select count(*) AS n from leerlingen", [3]),
    ],
)
def test_a_query_is_one_select(query, values, make):
    content = from_database(make(*PUPILS), query=query)
    found = content.table.iloc[:, 0]
    assert found.astype(object).where(found.notna(), None).tolist() == values
    assert said(content)[0].endswith("query")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM leerlingen", "DROP TABLE leerlingen", "SELECT 1; DROP TABLE leerlingen",
        "UPDATE leerlingen SET groep = 1", "INSERT INTO leerlingen VALUES ('x', 1, 1)",
        "CREATE TABLE kopie AS SELECT * FROM leerlingen", "ATTACH 'andere.db' AS andere",
        "PRAGMA user_version = 3", "VACUUM", "SELECT 1; SELECT 2", "", " ; ", "-- niets",
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_changes_nothing(query, make):
    connection = make(*PUPILS)
    path = Path(connection.partition("///")[2])
    before = path.read_bytes()
    assert "SELECT" in refused(connection, query=query)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_wrong_query_is_told_by_its_own_words(make):
    connection = make(*PUPILS)
    assert "leeftijd" in refused(connection, query="SELECT leeftijd FROM leerlingen")
    assert "selec" in refused(connection, query="selec 1")
    assert "kinderen" in refused(connection, query="SELECT * FROM kinderen")


def test_what_stands_in_a_cell_is_in_no_error(make):
    connection = make(*PUPILS)
    query = "SELECT leerling, abs(-9223372036854775807 - (groep - 6)) FROM leerlingen"
    assert "L1" not in refused(connection, query=query)


def test_a_table_and_a_query_together_are_refused(make):
    assert "query" in refused(make(*PUPILS), table="leerlingen", query="SELECT 1")


def test_no_rows_and_no_tables_are_refused(make):
    assert "geen rijen" in refused(make("CREATE TABLE t (a INTEGER)"))


def test_a_database_without_tables_says_so(make):
    assert "geen tabellen" in refused(make("CREATE TABLE t (a INTEGER)", "DROP TABLE t"))


def test_a_column_that_comes_twice_is_refused(make):
    words = refused(make(*PUPILS), query="SELECT groep, score, groep FROM leerlingen")
    assert "[groep]" in words
    assert "[score]" not in words


def test_names_that_differ_in_case_only_are_two_columns(make):
    table = from_database(
        make(*PUPILS), query='SELECT groep AS "i", 9 AS "I" FROM leerlingen'
    ).table
    assert table.columns.tolist() == ["i", "I"]
    assert table["I"].tolist() == [9, 9, 9]


def test_an_attachment_is_refused_by_the_name_of_its_column(make):
    connection = make(
        "CREATE TABLE t (a INTEGER, foto BLOB)", "INSERT INTO t VALUES (1, CAST('xyz' AS BLOB))"
    )
    assert "[foto]" in refused(connection)
    assert from_database(connection, query="SELECT a FROM t").table["a"].tolist() == [1]


def test_whole_numbers_keep_their_last_digit(make):
    large = 2**60 + 1
    table = from_database(make(
        "CREATE TABLE t (vol BIGINT, gaten BIGINT)",
        f"INSERT INTO t VALUES ({large}, {large}), (1, NULL)",
    )).table  # fmt: skip
    assert table["vol"].tolist() == [large, 1]
    assert table["gaten"].iloc[0] == large
    assert pd.isna(table["gaten"].iloc[1])


def test_booleans_are_booleans(make):
    table = from_database(make(
        "CREATE TABLE t (ja BOOLEAN, soms BOOLEAN)",
        "INSERT INTO t VALUES (true, true), (false, NULL)",
    )).table  # fmt: skip
    assert table["ja"].tolist() == [True, False]
    assert table["ja"].dtype == bool
    assert table["soms"].dtype == "boolean"


def test_an_absent_file_a_folder_and_a_file_of_another_kind_are_refused(make, tmp_path):
    assert "vier schuine strepen" in refused(f"sqlite:///{tmp_path}/niets.db")
    assert "niet geopend" in refused(f"duckdb:///{tmp_path}")
    (tmp_path / "a.db").write_text("naam;score\nJan;3\n")
    words = refused(f"sqlite:///{tmp_path}/a.db")
    assert "geen DuckDB- of SQLite-database" in words
    assert str(tmp_path) not in words


@pytest.mark.parametrize("keep", [20, 100, 2000, 5000])
def test_a_damaged_file_is_refused(keep, make):
    connection = make(*PUPILS, "CREATE TABLE t AS SELECT * FROM leerlingen")
    path = Path(connection.partition("///")[2])
    path.write_bytes(path.read_bytes()[:keep])
    assert "beschadigd" in refused(connection) or "geen tabellen" in refused(connection)


def test_a_file_that_another_program_writes_to_is_in_use(make, monkeypatch):
    monkeypatch.setattr(embedded, "PATIENCE", 0.1)
    connection = make(*PUPILS)
    path = connection.partition("///")[2]
    kind = "duckdb" if connection.startswith("duckdb") else "sqlite3"
    take = f"import {kind}; engine = {kind}.connect({path!r})"
    if kind == "sqlite3":
        take += "; engine.execute('BEGIN EXCLUSIVE')"
    command = [sys.executable, "-c", f"{take}; print('ready', flush=True); input()"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert "in gebruik" in refused(connection)
        other.communicate("\n")
    assert len(from_database(connection).table) == 3


@pytest.fixture(scope="module", params=[make_duckdb, make_sqlite], ids=["duckdb", "sqlite"])
def keep(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Keep columns in a database and read them back."""
    folder = tmp_path_factory.mktemp("eigenschappen")

    def back(columns: dict[str, tuple[str, list[object]]]) -> pd.DataFrame:
        path = folder / "t.db"
        path.unlink(missing_ok=True)
        kinds = ", ".join(f"{engines.quote(name)} {kind}" for name, (kind, _) in columns.items())
        request.param(path, f"CREATE TABLE t ({kinds})")
        engine = (duckdb if request.param is make_duckdb else sqlite3).connect(path)
        rows = list(zip(*(values for _, values in columns.values()), strict=True))
        engine.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(columns))})", rows)
        engine.commit()
        engine.close()
        return from_database(str(path)).table

    return back


CELLS = {
    "VARCHAR": st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9
    ),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "DOUBLE": st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    "BOOLEAN": st.booleans(),
}


@given(st.data())
@settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_what_was_stored_comes_back_the_same(keep, data):
    rows = data.draw(st.integers(1, 6))
    columns = {
        kind: (kind, data.draw(st.lists(st.none() | cell, min_size=rows, max_size=rows)))
        for kind, cell in CELLS.items()
    }
    table = keep(columns)
    for kind, (_, cells) in columns.items():
        found = [None if pd.isna(value) else value for value in table[kind].tolist()]
        assert found == cells


# ---------------------------------------------------------------- DuckDB


def test_duckdb_types_are_those_of_the_parquet_reader(tmp_path):
    sql = (
        "SELECT * FROM (VALUES (1::TINYINT, 2::UBIGINT, 1.5::FLOAT, 1.25::DECIMAL(9, 2), true, 'a',"
        " DATE '2024-05-01', TIMESTAMP '2024-05-01 10:00', TIMESTAMP_NS '2024-05-01 10:00',"
        " 7::HUGEINT), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL))"
    )  # fmt: skip
    connection = make_duckdb(
        tmp_path / "t.duckdb", f"CREATE TABLE t AS {sql}",
        f"COPY t TO {engines.literal(str(tmp_path / 't.parquet'))}",
    )  # fmt: skip
    found = from_database(connection)
    pd.testing.assert_frame_equal(found.table, plainly_read(tmp_path / "t.parquet"))
    assert said(found) == ["DuckDB, tabel ‘t’"]


def test_duckdb_values_that_pandas_would_change_are_text_and_said(tmp_path):
    connection = make_duckdb(
        tmp_path / "t.duckdb",
        "CREATE TABLE t AS SELECT * FROM (VALUES (9007199254740993::HUGEINT, 12345678901234567::"
        "DECIMAL(20, 0), 'infinity'::DATE, TIME '10:30', 'infinity'::TIMESTAMP_NS,"
        " TIMESTAMPTZ '2024-05-01 10:00+02'), (NULL, NULL, '2024-05-01', NULL, NULL, NULL))"
        " v (a, b, c, d, e, f)",
    )
    content = from_database(connection)
    assert content.table.iloc[0, :5].tolist() == [
        "9007199254740993", "12345678901234567", "infinity", "10:30:00", "infinity",
    ]  # fmt: skip
    assert content.table["f"].iloc[0] == pd.Timestamp("2024-05-01 08:00", tz="UTC")
    assert said(content)[1:] == [
        "a: getallen met meer dan 15 cijfers, als tekst gelezen",
        "b: getallen met meer dan 15 cijfers, als tekst gelezen",
        "c: DATE, als tekst gelezen", "d: TIME, als tekst gelezen",
        "e: TIMESTAMP_NS, als tekst gelezen", "f: tijden in UTC",
    ]  # fmt: skip


def test_duckdb_labels_are_ordered_categories(tmp_path):
    connection = make_duckdb(
        tmp_path / "t.duckdb", "CREATE TYPE niveau AS ENUM ('vmbo', 'havo', 'vwo')",
        "CREATE TABLE t AS SELECT unnest(['vwo', 'vmbo', NULL])::niveau AS advies",
    )  # fmt: skip
    advice = from_database(connection).table["advies"]
    assert advice.cat.categories.tolist() == ["vmbo", "havo", "vwo"]
    assert advice.cat.ordered
    assert advice.dropna().tolist() == ["vwo", "vmbo"]


def test_duckdb_columns_of_many_values_are_all_named(tmp_path):
    connection = make_duckdb(
        tmp_path / "t.duckdb",
        "CREATE TABLE t AS SELECT 1 AS a, [1] AS b, {'x': 1} AS c, MAP {1: 2} AS d",
    )
    words = refused(connection)
    assert [f"[{name}]" in words for name in "abcd"] == [False, True, True, True]


def test_duckdb_schemas_are_named_and_nothing_else_is_read(tmp_path):
    other = tmp_path / "geheim.csv"
    other.write_text("a\n1\n")
    connection = make_duckdb(
        tmp_path / "t.duckdb", "CREATE SCHEMA archief", "CREATE TABLE archief.t AS SELECT 2 AS a",
        "CREATE TABLE t AS SELECT 1 AS a",
        f"CREATE VIEW elders AS SELECT * FROM read_csv({engines.literal(str(other))})",
    )  # fmt: skip
    assert from_database(connection, table="t").table["a"].tolist() == [1]
    assert from_database(connection, table="main.t").table["a"].tolist() == [1]
    assert from_database(connection, table="archief.t").table["a"].tolist() == [2]
    assert "ander bestand" in refused(connection, table="elders")
    assert "ander bestand" in refused(connection, query=f"SELECT * FROM '{other}'")
    found = pd.DataFrame({"a": [3]})  # DuckDB would look for a variable of this name
    assert "found" in refused(connection, query="SELECT * FROM found")
    assert len(found) == 1


# ---------------------------------------------------------------- SQLite


def test_sqlite_columns_of_mixed_kinds_are_text_and_said(tmp_path):
    connection = make_sqlite(
        tmp_path / "t.db", "CREATE TABLE t (score, geheel)",
        "INSERT INTO t VALUES (1, 1), (2.5, 2.5), ('n.v.t.', 3), (NULL, NULL)",
    )  # fmt: skip
    content = from_database(connection)
    assert content.table["score"].tolist()[:3] == ["1", "2.5", "n.v.t."]
    assert content.table["geheel"].tolist()[:3] == [1, 2.5, 3]
    assert said(content)[1:] == [
        "score: getallen en tekst door elkaar (cellen met tekst: 1), als tekst gelezen"
    ]


def test_sqlite_dates_stay_as_they_stand_and_are_said(tmp_path):
    connection = make_sqlite(
        tmp_path / "t.db", "CREATE TABLE t (dag DATE, moment TIMESTAMP, ja BOOLEAN)",
        "INSERT INTO t VALUES ('2024-05-01', 1714557600, 2)",
    )  # fmt: skip
    content = from_database(connection)
    assert content.table.iloc[0].tolist() == ["2024-05-01", 1714557600, 2]
    assert said(content)[1:] == ["dag: datum als tekst", "moment: datum als getal"]


def test_a_large_whole_number_among_fractions_is_not_rounded(tmp_path):
    connection = make_sqlite(
        tmp_path / "t.db", "CREATE TABLE t (a)", f"INSERT INTO t VALUES (0.5), ({2**53 + 1})"
    )
    assert from_database(connection).table["a"].tolist() == ["0.5", "9007199254740993"]


def test_a_closed_sqlite_file_with_a_log_leaves_nothing_behind(tmp_path):
    connection = make_sqlite(tmp_path / "t.db", "PRAGMA journal_mode = wal", *PUPILS)
    assert len(from_database(connection).table) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["t.db"]


def test_what_is_still_in_the_log_of_sqlite_counts(tmp_path):
    engine = sqlite3.connect(tmp_path / "t.db")
    for statement in ("PRAGMA journal_mode = wal", *PUPILS):
        engine.execute(statement)
    engine.commit()
    assert len(from_database(f"sqlite:///{tmp_path}/t.db").table) == 3
    engine.close()


def test_text_of_sqlite_that_is_no_utf_8_is_refused_without_being_shown(tmp_path):
    connection = make_sqlite(
        tmp_path / "t.db", "CREATE TABLE t (naam TEXT)",
        "INSERT INTO t VALUES (CAST(x'4a6fe3' AS TEXT))",
    )  # fmt: skip
    assert "Jo" not in refused(connection)


# ---------------------------------------------------------------- PostgreSQL


def test_without_psycopg_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    words = refused(f"postgresql://jan:{SECRET}@localhost/school")
    assert 'pip install "academic-workplace[postgres]"' in words
    assert SECRET not in words


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server of our own on this machine, gone afterwards; its address."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (the extra postgres)")
    found = [shutil.which("initdb"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    programs = [Path(place).parent for place in found if place]
    if not programs:
        pytest.skip("there is no PostgreSQL server on this machine")
    user = None
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # which the server refuses to be
        import pwd

        names = {each.pw_name for each in pwd.getpwall()}
        user = "postgres" if "postgres" in names else "nobody"
    with tempfile.TemporaryDirectory(prefix="pg") as name, socket.socket() as free:
        folder = Path(name)

        def run(program: str, *options: str) -> None:
            command = [str(programs[0] / program), "-D", str(folder / "data"), *options]
            silent = subprocess.DEVNULL
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=silent, timeout=120)

        (folder / "wachtwoord").write_text(SECRET)
        if user:
            shutil.chown(folder, user)
            shutil.chown(folder / "wachtwoord", user)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        run("initdb", "-U", "jan", "-A", "scram-sha-256", "--pwfile", str(folder / "wachtwoord"),
            "-E", "UTF8", "--locale=C", "--no-sync")  # fmt: skip
        place = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        run("pg_ctl", "-l", str(folder / "log"), "-w", "-o", f"{place} -c fsync=off", "start")
        try:
            yield f"postgresql://jan:{SECRET}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")


@pytest.fixture
def fill(server: str) -> Iterator[Callable[..., str]]:
    """Run statements in an empty database, and give its address."""
    import psycopg

    def put(*statements: str) -> str:
        with psycopg.connect(server, autocommit=True) as engine:
            for statement in statements:
                engine.execute(statement)
        return server

    put("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    yield put
    put("DROP SCHEMA IF EXISTS archief CASCADE")


def test_postgres_gives_its_only_table(fill):
    connection = fill(
        "CREATE TABLE leerlingen (leerling text, score double precision, groep integer)", PUPILS[1]
    )
    content = from_database(connection)
    assert content.table["leerling"].tolist()[:2] == ["L1", "L2"]
    assert content.table["groep"].tolist() == [7, 8, 7]
    assert content.table["score"].isna().tolist() == [False, True, False]
    assert said(content) == ["PostgreSQL, tabel ‘leerlingen’"]
    assert SECRET not in repr(content.table.attrs)


def test_postgres_types_come_back_as_from_duckdb(fill, tmp_path):
    sql = (
        "SELECT * FROM (VALUES (1::BIGINT, 2::INTEGER, 1.5::REAL, 1.25::DECIMAL(9, 2), true,"
        " 'a'::VARCHAR, DATE '2024-05-01', TIMESTAMP '2024-05-01 10:00', TIMESTAMPTZ"
        " '2024-05-01 10:00+02'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL))"
        " v (a, b, c, d, e, f, g, h, i)"
    )
    expected = from_database(make_duckdb(tmp_path / "t.duckdb", f"CREATE TABLE t AS {sql}"))
    found = from_database(fill(f"CREATE TABLE t AS {sql}"))
    pd.testing.assert_frame_equal(found.table, expected.table, check_dtype=False)
    same = [name for name in "acdefghi" if name != "c"]  # REAL is wider here, INTEGER too
    assert found.table.dtypes[same].tolist() == expected.table.dtypes[same].tolist()
    assert said(found)[1:] == said(expected)[1:] == ["i: tijden in UTC"]


def test_postgres_values_that_pandas_would_change_are_text_and_said(fill):
    content = from_database(fill(
        "CREATE TABLE t (a numeric, b numeric, c date, d time, e uuid, f timestamptz)",
        "INSERT INTO t VALUES (9007199254740993, 3.14159265358979323846, 'infinity', '10:30',"
        " '00000000-0000-0000-0000-000000000001', '-infinity'), (NULL, 'NaN', '2024-05-01', NULL,"
        " NULL, NULL)",
    ))  # fmt: skip
    row = content.table.iloc[0]
    assert row["a"] == "9007199254740993"
    assert row["b"] == 3.14159265358979323846
    assert row["c":"f"].tolist() == [
        "infinity", "10:30:00", "00000000-0000-0000-0000-000000000001", "-infinity",
    ]  # fmt: skip
    assert [note.partition(":")[0] for note in said(content)[1:]] == ["a", "c", "d", "e", "f"]


def test_postgres_labels_are_ordered_categories(fill):
    connection = fill(
        "CREATE TYPE niveau AS ENUM ('vmbo', 'vwo')",
        "ALTER TYPE niveau ADD VALUE 'havo' BEFORE 'vwo'",
        "CREATE TABLE t (advies niveau)", "INSERT INTO t VALUES ('vwo'), (NULL), ('vmbo')",
    )  # fmt: skip
    advice = from_database(connection).table["advies"]
    fill("DROP TABLE t", "DROP TYPE niveau")
    assert advice.cat.categories.tolist() == ["vmbo", "havo", "vwo"]
    assert advice.cat.ordered
    assert advice.isna().tolist() == [False, True, False]


def test_postgres_tables_are_listed_by_name_and_schema(fill):
    connection = fill(
        "CREATE SCHEMA archief", "CREATE TABLE archief.oud AS SELECT 1 AS a",
        "CREATE TABLE nieuw AS SELECT 2 AS a",
        "CREATE TABLE delen (a integer) PARTITION BY LIST (a)",
        "CREATE TABLE deel PARTITION OF delen FOR VALUES IN (1)",
    )  # fmt: skip
    words = refused(connection)
    assert "‘delen’, ‘nieuw’, ‘archief.oud’" in words
    assert "‘deel’" not in words
    assert from_database(connection, table="archief.oud").table["a"].tolist() == [1]
    assert from_database(connection, table="public.nieuw").table["a"].tolist() == [2]
    assert from_database(f"{connection}?connect_timeout=5&table=nieuw").table["a"].tolist() == [2]
    assert "‘nieuw’" in refused(connection, table="niets")
    assert "geen rijen" in refused(connection, table="delen")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM t", "SELECT 1; DROP TABLE t",
        "SELECT 1) AS q; DROP TABLE t; SELECT * FROM (SELECT 1",
        "WITH weg AS (DELETE FROM t RETURNING a) SELECT * FROM weg", "COPY t TO '/nergens/x'",
        "SELECT nextval('teller')", "SET TRANSACTION READ WRITE", "COMMIT", "SELECT a FROM niets",
        "",
    ],
)  # fmt: skip
def test_postgres_is_never_written_to(query, fill):
    connection = fill("CREATE TABLE t AS SELECT 1 AS a", "CREATE SEQUENCE teller")
    assert SECRET not in refused(connection, query=query)
    assert from_database(connection, query="SELECT a FROM t -- alles").table["a"].tolist() == [1]


def test_postgres_columns_of_many_values_are_all_named(fill):
    words = refused(fill(
        "CREATE TABLE t AS SELECT 1 AS a, ARRAY[1] AS b, '{}'::jsonb AS c, 'x'::bytea AS d,"
        " int4range(1, 2) AS e"
    ))  # fmt: skip
    assert [f"[{name}]" in words for name in "abcde"] == [False, True, True, True, True]


def test_postgres_says_what_is_wrong_without_a_value_or_password(fill, server):
    connection = fill("CREATE TABLE t AS SELECT 'Jan'::text AS naam")
    assert "Jan" not in refused(connection, query="SELECT naam::integer FROM t")
    assert "leeftijd" in refused(connection, query="SELECT leeftijd FROM t")
    for wrong in (
        server.replace(SECRET, f"{SECRET}x"),
        server.replace("/postgres", "/nergens"),
        server.replace("127.0.0.1:", "127.0.0.1:1,127.0.0.2:"),
        f"{server}?onbekend={SECRET}",
    ):
        words = refused(wrong)
        assert "geen verbinding" in words
        assert SECRET not in words


def test_a_postgres_table_that_is_locked_is_in_use(fill, server, monkeypatch):
    import psycopg

    monkeypatch.setattr(postgres, "PATIENCE", 1)
    fill("CREATE TABLE t AS SELECT 1 AS a")
    with psycopg.connect(server) as other:
        other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        assert "in gebruik" in refused(server)


def test_a_postgres_table_that_may_not_be_read_is_not_there(fill, server):
    fill("CREATE TABLE t AS SELECT 1 AS a", "DROP ROLE IF EXISTS piet",
         f"CREATE ROLE piet LOGIN PASSWORD '{SECRET}'")  # fmt: skip
    connection = server.replace("jan:", "piet:")
    assert "geen tabellen" in refused(connection)
    assert "mag dit niet" in refused(connection, query="SELECT * FROM public.t")


# ---------------------------------------------------------------- Arrow


def test_without_pyarrow_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.feather").write_bytes(b"ARROW1\0\0")
    with pytest.raises(aw.DataError, match=r'pip install "academic-workplace\[arrow\]"'):
        from_arrow(tmp_path / "a.feather")


@pytest.fixture
def arrow(tmp_path: Path):
    """Write a table of Arrow to a file and read it back."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed (the extra arrow)")

    def back(columns, **options):
        from pyarrow import feather

        path = tmp_path / "a.feather"
        table = columns if isinstance(columns, pa.Table) else pa.table(columns)
        feather.write_feather(table, path, **options)
        assert recognises_arrow(path.read_bytes()[:20])
        return from_arrow(path)

    back.pa = pa
    return back


def test_arrow_types_are_those_of_the_parquet_reader(arrow, tmp_path):
    pa = arrow.pa
    from pyarrow import parquet

    table = pa.table({
        "a": pa.array([1, None], pa.int8()), "b": [True, None], "c": ["x", None],
        "d": pa.array(["x", None], pa.large_string()), "e": [1.5, None],
        "f": [dt.date(2024, 5, 1), None], "g": [dt.datetime(2024, 5, 1, 10), None], "h": [2**60, 1],
        "i": pa.array([None, None], pa.float32()),
    })  # fmt: skip
    parquet.write_table(table, tmp_path / "a.parquet")
    expected = plainly_read(tmp_path / "a.parquet")
    for compression in ("lz4", "zstd", "uncompressed"):
        pd.testing.assert_frame_equal(arrow(table, compression=compression).table, expected)


def test_arrow_labels_are_categories(arrow):
    pa = arrow.pa
    ordered = pa.DictionaryArray.from_arrays([1, None, 0], ["laag", "hoog"], ordered=True)
    table = arrow({"a": ordered, "b": pa.array(["x", "y", None]).dictionary_encode()}).table
    assert table["a"].cat.categories.tolist() == ["laag", "hoog"]
    assert [table[name].cat.ordered for name in "ab"] == [True, False]
    assert table["a"].dropna().tolist() == ["hoog", "laag"]


def test_arrow_columns_of_many_values_are_all_named(arrow):
    with pytest.raises(aw.DataError) as caught:
        arrow({"a": [1], "b": [[1]], "c": [{"x": 1}], "d": [b"x"]})
    assert [fault.column for fault in caught.value.faults] == ["b", "c", "d"]


def test_arrow_names_that_differ_in_case_only_are_two_columns(arrow):
    assert arrow({"i": [1], "I": [2]}).table.iloc[0].to_dict() == {"i": 1, "I": 2}


@pytest.mark.parametrize("keep", [8, 100, 300])
def test_a_damaged_arrow_file_is_refused(keep, arrow, tmp_path):
    arrow({"a": ["x"] * 100})
    path = tmp_path / "a.feather"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(aw.DataError, match="beschadigd"):
        from_arrow(path)
