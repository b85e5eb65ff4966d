"""What is written and read again is the same table with the same codebook."""

import csv
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academic_workplace import engines
from academic_workplace.errors import DataError
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    Form,
    MissingCode,
    levels_of,
)
from academic_workplace.intake.files import writing
from academic_workplace.intake.files.statistical import from_statistical
from academic_workplace.intake.files.writing import (
    as_described,
    codebook_beside,
    codebook_in_parquet,
    codebook_in_sheet,
    save,
    sheet_of,
    typed,
)
from academic_workplace.language import Text, same

often = settings(
    max_examples=30, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
nan = np.nan
SUFFIXES = [".sav", ".zsav", ".xlsx", ".parquet", ".csv"]
FULL = [".xlsx", ".parquet", ".csv"]  # these hold all of a codebook


def read(path: Path) -> tuple[pd.DataFrame, Codebook]:
    """What is in a file, through what this room gives the reader."""
    if path.suffix in (".sav", ".zsav"):
        content = from_statistical(path)
        assert content.codebook is not None
        return content.table, content.codebook
    if path.suffix == ".parquet":
        book = codebook_in_parquet(path)
        table = duckdb.sql(f"SELECT * FROM read_parquet({engines.literal(str(path))})").df()
        assert book is not None
        return as_described(table, book), book
    if path.suffix == ".csv":
        book = codebook_beside(path)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    else:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        book = codebook_in_sheet(workbook[writing.SHEET].iter_rows(values_only=True))
        rows = [
            ["" if cell is None else _text(cell) for cell in row]
            for row in workbook.worksheets[0].iter_rows(values_only=True)
        ]
        workbook.close()
    assert book is not None
    width = len(rows[0])
    even = [[*row, *[""] * width][:width] for row in rows[1:]]
    filled = [row for row in even if any(row)]
    cells = pd.DataFrame(filled, columns=rows[0], dtype="str")
    return as_described(cells, book, {name: cells[name] for name in cells.columns}), book


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def with_codebook(table: pd.DataFrame, **columns: Column) -> pd.DataFrame:
    table.attrs[CODEBOOK] = Codebook(MappingProxyType(columns))
    return table


@pytest.fixture
def study() -> pd.DataFrame:
    """One of everything."""
    answers = ["nooit", "soms", "vaak"]
    levels = MappingProxyType({str(i): same(word) for i, word in enumerate(answers, 1)})
    table = pd.DataFrame({
        "leerling": ["0012", "NA", "’t \"Één\", =1+1", "=SUM(A1)"],
        "cijfer": [6.5, nan, 1 / 3, -1e-9],
        "klas": [1, 2, 3, 4],
        "vraag": pd.Categorical(["soms", None, "nooit", "soms"], answers, ordered=True),
        "school": pd.Categorical(["Zuid", "Zuid", None, "Één"], ["Één", "Zuid"]),
        "dag": pd.to_datetime(["2024-02-29", None, "2020-01-01", "1999-12-31"]),
        "moment": pd.to_datetime(
            ["2024-02-29 13:05:07", None, "2020-01-01 00:00:00", "1999-12-31 23:59:59"]
        ),
        "schaal": [0.0, 10.0, 5.0, nan],
    })  # fmt: skip
    return with_codebook(
        table,
        leerling=Column(same("Nummer van de leerling")),
        cijfer=Column(same("Rapportcijfer"), Form.NUMBER, missing=(
            MissingCode("99", same("onbekend"), 1), MissingCode("-9", Text("", ""), 0),
        )),
        klas=Column(Text("", ""), Form.NUMBER),
        vraag=Column(same("Hoe vaak?"), Form.ORDERED, levels=levels,
                     missing=(MissingCode("8", same("weet niet"), 1),)),
        school=Column(Text("", ""), Form.CATEGORY,
                      levels=MappingProxyType({"a1": same("Één"), "b": same("Zuid")})),
        dag=Column(Text("", ""), Form.DATE),
        moment=Column(Text("", ""), Form.DATE),
        schaal=Column(Text("", ""), Form.NUMBER,
                      levels=MappingProxyType({"0": same("slecht"), "5": same("matig"),
                                               "10": same("goed")}),
                      missing_ranges=((-np.inf, -1.0),)),
    )  # fmt: skip


def uncounted(book: Codebook) -> dict[str, Column]:
    """What SPSS holds of a codebook: one language, and codes without their counts."""

    def spss(column: Column) -> Column:
        return replace(
            column,
            meaning=same(column.meaning.nl),
            levels={code: same(text.nl) for code, text in levels_of(column).items()},
            missing=tuple(replace(m, label=same(m.label.nl), count=0) for m in column.missing),
            unit="", range=None, source="", note=Text("", ""),
        )  # fmt: skip

    return {name: spss(column) for name, column in book.columns.items()}


def plain(book: Codebook) -> dict[str, Column]:
    return {name: replace(each, levels=dict(each.levels)) for name, each in book.columns.items()}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_comes_back_with_its_codebook(study, tmp_path, suffix):
    path = tmp_path / f"studie{suffix}"
    saved = save(study, path)
    assert saved.path == path
    assert saved.notes == ()
    table, book = read(path)
    pd.testing.assert_frame_equal(table, study, check_dtype=True)
    expected = study.attrs[CODEBOOK]
    if suffix in FULL:
        assert plain(book) == plain(expected)
    else:
        assert uncounted(book) == uncounted(expected)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
        [path.name, *(["studie.codebook.toml"] if suffix == ".csv" else [])]
    )


# ---------------------------------------------------------------- any table

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs", "Cn", "Co")),
    min_size=1, max_size=12,
) | st.sampled_from(["NA", "0012", "12", "1,5", "1.234", "=1+1", "#N/A", "nan", 'a"b;c,d', "a b",
                     "True", "2020-01-01", "e\nf", "-", "1e5", "  ".strip() or "x"])  # fmt: skip
floats = st.floats(-1e307, 1e307) | st.sampled_from([nan, 0.1, 1 / 3, -0.5])
moments = st.datetimes(
    min_value=pd.Timestamp("1900-03-01").to_pydatetime(),
    max_value=pd.Timestamp("2200-01-01").to_pydatetime(),
).map(lambda moment: moment.replace(microsecond=0))


@st.composite
def columns(draw: st.DrawFn, rows: int) -> tuple[pd.Series, Column]:
    """A column of any kind, with what a codebook can say of it."""
    form = draw(st.sampled_from(list(Form)))
    meaning = same(draw(words))
    labels = draw(st.lists(words, min_size=1, max_size=5, unique_by=str.strip))
    labels = [label.strip() or "leeg" for label in labels]
    labels = list(dict.fromkeys(labels))
    codes = draw(
        st.lists(st.integers(-50, 7), min_size=len(labels), max_size=len(labels), unique=True)
    )
    levels = MappingProxyType(
        {str(c): same(label) for c, label in zip(sorted(codes), labels, strict=True)}
    )
    outside = draw(st.lists(st.sampled_from(["97", "98", "99"]), unique=True, max_size=3))
    missing = tuple(
        MissingCode(code, same(draw(words)), draw(st.integers(0, 9))) for code in sorted(outside)
    )
    if form in (Form.CATEGORY, Form.ORDERED):
        values = draw(st.lists(st.sampled_from([*labels, None]), min_size=rows, max_size=rows))
        column = pd.Series(pd.Categorical(values, labels, ordered=form is Form.ORDERED))
        return column, Column(meaning, form, levels=levels, missing=missing)
    if form is Form.NUMBER:
        kind = draw(st.sampled_from([floats, st.integers(-(2**52), 2**52)]))
        numbers = np.array(draw(st.lists(kind, min_size=rows, max_size=rows)), dtype=float)
        numbers[np.isin(numbers, [97, 98, 99])] = 1.5
        whole = bool((numbers == np.rint(numbers)).all()) and np.abs(numbers).max() < 2**53
        told = draw(st.sampled_from([levels, MappingProxyType({})]))
        column = pd.Series(numbers.astype(np.int64) if whole else numbers)
        return column, Column(meaning, form, levels=told, missing=missing)
    if form is Form.DATE:
        values = draw(st.lists(moments | st.none(), min_size=rows, max_size=rows))
        return pd.Series(pd.to_datetime(values)).astype("datetime64[us]"), Column(meaning, form)
    values = draw(st.lists(words | st.none(), min_size=rows, max_size=rows))
    stripped = [value.strip() or None if value is not None else None for value in values]
    return pd.Series(stripped, dtype="str"), Column(meaning, form)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(1, 6))
    many = draw(st.integers(1, 4))
    made = {f"kolom_{i}": draw(columns(rows)) for i in range(many)}
    table = pd.DataFrame({"nummer": np.arange(rows), **{n: c for n, (c, _) in made.items()}})
    told = {name: described for name, (_, described) in made.items()}
    return with_codebook(table, nummer=Column(type=Form.NUMBER), **told)


@pytest.mark.parametrize("suffix", SUFFIXES)
@often
@given(table=tables())
def test_any_table_comes_back_with_its_codebook(suffix, table, tmp_path):
    path = tmp_path / f"a{suffix}"
    save(table, path, overwrite=True)
    found, book = read(path)
    pd.testing.assert_frame_equal(found, table, check_exact=True)
    expected = table.attrs[CODEBOOK]
    if suffix in FULL:
        assert plain(book) == plain(expected)
    else:
        assert uncounted(book) == uncounted(expected)


texts = st.builds(Text, words, words)


@often
@given(
    st.dictionaries(
        words,
        st.builds(
            Column,
            meaning=texts,
            type=st.sampled_from(list(Form)),
            unit=words,
            range=st.none() | st.tuples(st.floats(-9, 0), st.floats(0, 9)),
            levels=st.dictionaries(st.integers().map(str), texts, max_size=3),
            missing=st.lists(
                st.builds(MissingCode, words, texts, st.none() | st.integers(0, 9)), max_size=3
            ).map(tuple),
            missing_ranges=st.lists(
                st.tuples(st.floats(-np.inf, 0), st.floats(0, np.inf)), max_size=2
            ).map(tuple),
            source=words,
            note=texts,
        ),
        max_size=3,
    )
)
def test_a_codebook_comes_back_from_its_sheet(told):
    book = Codebook(MappingProxyType(told))
    assert codebook_in_sheet(sheet_of(book)) == book


def test_a_sheet_of_something_else_is_no_codebook():
    assert codebook_in_sheet([]) is None
    assert codebook_in_sheet([("naam", "school"), ("a", "b")]) is None
    assert codebook_in_sheet([writing.HEADER, ("x", writing.TYPE, "onzin")]) is None


# ---------------------------------------------------------------- what a file cannot hold


def test_what_spss_cannot_hold_is_said(tmp_path):
    levels = MappingProxyType({"3": Text("laag", "low"), "1": Text("hoog", "high")})
    table = with_codebook(
        pd.DataFrame({
            "x": [1.0, 2.5],
            "y": pd.Categorical(["laag", "hoog"], ["laag", "hoog"], ordered=True),
        }),
        x=Column(same("x" * 300), Form.NUMBER, unit="cm", missing=tuple(
            MissingCode(str(code)) for code in (96, 97, 98, 99)
        )),
        y=Column(type=Form.ORDERED, levels=levels),
    )  # fmt: skip
    said = save(table, tmp_path / "a.sav").explain("nl")
    for words in (
        "alleen het Nederlands staat erin: y",
        "staan niet in SPSS: x",
        "niet elke ontbrekende code past in SPSS: x",
        "ingekort: x",
        "niet die van de antwoorden: y",
    ):
        assert words in said
    assert save(table, tmp_path / "a.parquet").notes == ()
    for note in save(table, tmp_path / "b.sav").notes:
        assert note.nl != note.en


def test_a_missing_code_within_a_range_is_declared_by_the_range_only(tmp_path):
    told = Column(type=Form.NUMBER, missing_ranges=((-np.inf, -1.0),), missing=(
        MissingCode("-9", same("ziek"), 2), MissingCode("99", same("weet niet"), 1),
    ))  # fmt: skip
    path = tmp_path / "a.sav"
    assert save(with_codebook(pd.DataFrame({"x": [1.5, nan]}), x=told), path).notes == ()
    _, book = read(path)
    assert book["x"].missing_ranges == ((-np.inf, -1.0),)
    assert {each.code: each.label.nl for each in book["x"].missing} == {
        "-9": "ziek", "99": "weet niet",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["1e", "_x", "met spatie", "x" * 65, "all", "a-b", "eind.", "é" * 33, "(jaar)"]
)
def test_a_name_that_spss_does_not_allow_is_refused(tmp_path, name):
    table = pd.DataFrame({"goed": [1], name: [2]})
    with pytest.raises(DataError, match="SPSS staat deze kolomnaam niet toe") as error:
        save(table, tmp_path / "a.sav")
    assert [fault.column for fault in error.value.faults] == [name]
    assert list(tmp_path.iterdir()) == []
    save(table, tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("suffix", "value"),
    [(".sav", "a\0b"), (".csv", "a\0b"), (".parquet", "a\ud800b"), (".xlsx", "a\x07b"),
     (".sav", "x" * 32_768), (".xlsx", "x" * 32_768), (".sav", np.inf), (".xlsx", -np.inf),
     (".sav", np.finfo(float).max)],
)  # fmt: skip
def test_a_value_that_a_file_cannot_hold_is_refused_without_telling_it(tmp_path, suffix, value):
    table = pd.DataFrame(
        {"goed": [1.0, 2.0], "fout": [value if isinstance(value, float) else "b", value]}
    )
    with pytest.raises(DataError) as error:
        save(table, tmp_path / f"a{suffix}")
    (fault,) = error.value.faults
    assert fault.column == "fout"
    assert fault.rows[-1] == 2
    assert "xxx" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_rows_with_nothing_in_them_are_said_to_be_lost(tmp_path, suffix):
    saved = save(pd.DataFrame({"x": [1.5, nan], "s": ["a", None]}), tmp_path / f"a{suffix}")
    assert "1 lege rijen" in saved.explain("nl")


def test_old_dates_stand_in_excel_as_text_and_come_back_as_dates(tmp_path):
    table = pd.DataFrame({"dag": pd.to_datetime(["1899-12-31", "2020-01-01", "1583-05-06"])})
    saved = save(table, tmp_path / "a.xlsx")
    assert "vóór maart 1900" in saved.explain("nl")
    found, _ = read(tmp_path / "a.xlsx")
    assert found["dag"].tolist() == table["dag"].tolist()


def test_no_cell_of_excel_is_a_formula(tmp_path):
    save(pd.DataFrame({"=kop": ["=1+1", "#REF!"]}), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert [[cell.data_type for cell in row] for row in sheet.iter_rows()] == [["s"], ["s"], ["s"]]
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["=kop", "=1+1", "#REF!"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_digit_of_a_number_is_lost(tmp_path, suffix):
    table = pd.DataFrame({"x": [0.1 + 0.2, 13510798882109932.0, 5e-324, -1 / 3, nan], "y": 1})
    save(table, tmp_path / f"a{suffix}")
    pd.testing.assert_frame_equal(read(tmp_path / f"a{suffix}")[0], table, check_exact=True)


def test_names_that_parquet_takes_for_the_same_are_refused(tmp_path):
    with pytest.raises(DataError) as error:
        save(pd.DataFrame({"A": [1], "a": [2], "b": [3]}), tmp_path / "a.parquet")
    assert [fault.column for fault in error.value.faults] == ["A", "a"]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_not_written_over_unless_asked(tmp_path, suffix):
    path = tmp_path / "map" / f"a{suffix}"
    save(pd.DataFrame({"x": [1]}), path)
    before = path.read_bytes()
    with pytest.raises(DataError, match="bestaat al"):
        save(pd.DataFrame({"x": [2]}), path)
    assert path.read_bytes() == before
    save(pd.DataFrame({"x": [2]}), path, overwrite=True)
    assert read(path)[0]["x"].tolist() == [2]


def test_a_codebook_beside_is_not_written_over_either(tmp_path):
    (tmp_path / "a.codebook.toml").write_text("eigen werk")
    with pytest.raises(DataError, match="bestaat al"):
        save(pd.DataFrame({"x": [1]}), tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"a{suffix}"
    save(pd.DataFrame({"x": [1]}), path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def fails(self: Path, target: Path) -> None:
        raise OSError(28, "vol")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(DataError, match="niet geschreven"):
        save(pd.DataFrame({"x": [2]}), path, overwrite=True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_unknown_kind_and_a_table_without_columns_are_refused(tmp_path):
    with pytest.raises(DataError, match="Kies uit"):
        save(pd.DataFrame({"x": [1]}), tmp_path / "a.sas7bdat")
    with pytest.raises(DataError, match="geen kolommen"):
        save(pd.DataFrame(), tmp_path / "a.csv")
    with pytest.raises(DataError, match="twee keer"):
        save(pd.DataFrame([[1, 2]], columns=["a", "a"]), tmp_path / "a.csv")
    with pytest.raises(DataError, match="geen naam van tekst"):
        save(pd.DataFrame({1: [1]}), tmp_path / "a.csv")


# ---------------------------------------------------------------- other tables


def test_a_table_without_a_codebook_is_described_by_what_it_holds(tmp_path):
    table = pd.DataFrame({
        "ja": [True, False], "deel": pd.to_timedelta([90, 30], unit="s"),
        "dag": [pd.Timestamp("2020-01-01").date(), None],
        "zone": pd.to_datetime(["2020-01-01", "2020-01-02"]).tz_localize("Europe/Amsterdam"),
        "heel": pd.array([1, None], dtype="Int64"), "door": ["a", 1],
        "soort": pd.Categorical([10, 20]),
    }, index=[5, 9])  # fmt: skip
    for suffix in SUFFIXES:
        path = tmp_path / f"a{suffix}"
        save(table, path)
        found, book = read(path)
        assert found["ja"].tolist() == [1, 0]
        assert found["deel"].tolist() == [90, 30]
        assert found["dag"][0] == found["zone"][0] == pd.Timestamp("2020-01-01")
        assert found["heel"][0] == 1
        assert found["door"].tolist() == ["a", "1"]
        assert found["soort"].tolist() == ["10", "20"]
        assert [each.type for each in book.columns.values()] == [
            Form.NUMBER, Form.NUMBER, Form.DATE, Form.DATE, Form.NUMBER, Form.TEXT, Form.CATEGORY,
        ]  # fmt: skip


def test_labels_that_the_codebook_does_not_know_get_codes_of_their_own(tmp_path):
    told = Column(type=Form.ORDERED, levels=MappingProxyType({"1": same("oud")}))
    table = with_codebook(
        pd.DataFrame({"x": pd.Categorical(["b", "a"], ["b", "a"], ordered=True)}), x=told
    )
    save(table, tmp_path / "a.sav")
    found, book = read(tmp_path / "a.sav")
    assert found["x"].tolist() == ["b", "a"]
    assert book["x"].levels == {"1": same("b"), "2": same("a")}


def test_answers_that_were_put_in_another_order_keep_it(tmp_path):
    levels = MappingProxyType({"1": same("laag"), "2": same("hoog")})
    answers = pd.Categorical(["laag", "hoog"], ["hoog", "laag"], ordered=True)
    table = with_codebook(pd.DataFrame({"x": answers}), x=Column(type=Form.ORDERED, levels=levels))
    for suffix in SUFFIXES:
        save(table, tmp_path / f"a{suffix}")
        pd.testing.assert_frame_equal(read(tmp_path / f"a{suffix}")[0], table)


def test_the_table_itself_is_not_changed(study, tmp_path):
    before, attrs = study.copy(), dict(study.attrs)
    for suffix in SUFFIXES:
        save(study, tmp_path / f"a{suffix}")
    pd.testing.assert_frame_equal(study, before)
    assert study.attrs == attrs


@pytest.mark.parametrize(
    ("form", "cells"),
    [(Form.NUMBER, ["1", "NA"]), (Form.NUMBER, ["een"]), (Form.DATE, ["gisteren"]),
     (Form.ORDERED, ["nieuw"])],
)  # fmt: skip
def test_a_cell_that_does_not_fit_the_codebook_leaves_the_guess_to_the_reader(form, cells):
    levels = MappingProxyType({"1": same("ja")})
    assert typed(pd.Series(cells, dtype="str"), Column(type=form, levels=levels)) is None


def test_a_file_without_a_codebook_has_none(tmp_path):
    assert codebook_beside(tmp_path / "a.csv") is None
    with engines.connect() as engine:
        engine.execute(f"COPY (SELECT 1 AS x) TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)")
    assert codebook_in_parquet(tmp_path / "a.parquet") is None
    (tmp_path / "b.parquet").write_bytes(b"PAR1 niets PAR1")
    assert codebook_in_parquet(tmp_path / "b.parquet") is None
