"""SPSS and Stata: what a file declares is kept, and nothing in it changes without a word."""

import base64
import datetime as dt
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from academic_workplace.errors import DataError
from academic_workplace.intake.codebook import Form, MissingCode
from academic_workplace.intake.files import statistical
from academic_workplace.intake.files.content import Content
from academic_workplace.intake.files.sav import DamagedError, dictionary_of
from academic_workplace.intake.files.statistical import START_BYTES, from_statistical, recognises
from academic_workplace.language import Text, same

often = settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
nan = np.nan
AGREE = {1: "oneens", 2: "eens", 8: "weet niet", 9: "wil niet zeggen"}


@pytest.fixture
def sav(tmp_path: Path):
    """Write columns as an SPSS file and read them."""

    def read(columns: dict[str, object], name: str = "a.sav", **options: object) -> Content:
        path = tmp_path / name
        pyreadstat.write_sav(pd.DataFrame(columns), path, **options)
        return from_statistical(path)

    return read


def said(content: Content) -> str:
    return "\n".join(note.nl for note in content.notes)


def column(content: Content, name: str):
    assert content.codebook is not None
    return content.codebook[name]


# ---------------------------------------------------------------- codes that mean missing


def test_codes_declared_missing_are_empty_and_stand_counted_in_the_codebook(sav):
    content = sav(
        {"vraag": [1.0, 2, 8, 9, 9, 99, nan]},
        missing_ranges={"vraag": [8, 9, 99]},
        variable_value_labels={"vraag": AGREE},
    )
    assert content.table["vraag"].astype("str").tolist()[:2] == ["oneens", "eens"]
    assert content.table["vraag"].isna().sum() == 5
    assert column(content, "vraag").missing == (
        MissingCode("8", same("weet niet"), 1),
        MissingCode("9", same("wil niet zeggen"), 2),
        MissingCode("99", same(""), 1),
    )
    assert list(column(content, "vraag").levels) == ["1", "2"]
    assert "1 kolom: codes die ‘ontbreekt’ betekenen zijn nu leeg: vraag (4 cellen)" in said(
        content
    )


def test_a_range_of_missing_codes_is_empty_and_kept_with_its_ends(sav):
    content = sav(
        {"x": [1.5, -1, -5, -5, 7, 99]},
        missing_ranges={"x": [{"lo": -1.7e308, "hi": -1}, 99]},
        variable_value_labels={"x": {-5: "ziek", -9: "vrijstelling"}},
    )
    np.testing.assert_array_equal(content.table["x"], [1.5, nan, nan, nan, 7, nan])
    told = column(content, "x")
    assert told.missing_ranges == ((-np.inf, -1.0),)
    assert {each.code: each.count for each in told.missing} == {
        "99": 1, "-9": 0, "-5": 2, "-1": 1,
    }  # fmt: skip
    assert told.levels == {}
    assert told.type is Form.NUMBER
    assert "(4 cellen)" in said(content)


def test_answers_within_a_range_that_is_missing_are_not_listed_but_are_counted(sav):
    answers = np.linspace(-9, -1, 30)
    content = sav({"x": [*answers, 4.0]}, missing_ranges={"x": [{"lo": -10, "hi": 0}]})
    assert content.table["x"].notna().sum() == 1
    assert column(content, "x").missing == ()
    assert "(30 cellen)" in said(content)
    content = sav({"x": [*range(-30, 0), 4]}, missing_ranges={"x": [{"lo": -99, "hi": 0}]})
    assert column(content, "x").missing == ()


def test_an_answer_with_decimals_is_no_code_even_within_a_range_that_is_missing(sav):
    content = sav({"x": [-2.5, -3.0, 4.0]}, missing_ranges={"x": [{"lo": -10, "hi": 0}]})
    assert content.table["x"].isna().tolist() == [True, True, False]
    assert column(content, "x").missing == ()


def test_text_that_is_declared_missing_is_empty(sav):
    content = sav(
        {"s": ["a", "X", "ZZ", "", "b"]},
        missing_ranges={"s": ["X", "ZZ"]},
        variable_value_labels={"s": {"X": "onbekend"}},
    )
    assert content.table["s"].isna().tolist() == [False, True, True, True, False]
    assert column(content, "s").missing == (
        MissingCode("X", same("onbekend"), 1),
        MissingCode("ZZ", same(""), 1),
    )


def test_a_code_that_is_not_declared_missing_stays(sav):
    content = sav({"x": [1.0, 2, 99]})
    assert content.table["x"].tolist() == [1, 2, 99]
    assert column(content, "x").missing == ()
    assert "leeg" not in said(content)


@often
@given(
    values=st.lists(st.sampled_from([nan, -3.0, -1.0, 0.0, 1.0, 2.5, 8.0, 9.0, 99.0]), min_size=1),
    codes=st.lists(st.sampled_from([8.0, 9.0, 99.0, -3.0]), unique=True, max_size=3),
)
def test_every_cell_is_either_kept_or_counted_as_missing(values, codes, tmp_path):
    path = tmp_path / "p.sav"
    pyreadstat.write_sav(pd.DataFrame({"x": values}), path, missing_ranges={"x": codes})
    content = from_statistical(path)
    kept = content.table["x"].tolist()
    emptied = sum(each.count or 0 for each in column(content, "x").missing)
    assert [v for v in values if v == v and v not in codes] == [v for v in kept if v == v]
    assert emptied == sum(v in codes for v in values)
    assert content.table["x"].isna().sum() == emptied + sum(v != v for v in values)


# ---------------------------------------------------------------- labels


@pytest.mark.parametrize(
    ("measure", "form", "ordered"),
    [("ordinal", Form.ORDERED, True), ("unknown", Form.ORDERED, True),
     ("nominal", Form.CATEGORY, False)],
)  # fmt: skip
def test_a_column_with_a_label_for_every_answer_is_a_category(sav, measure, form, ordered):
    content = sav(
        {"x": [2.0, 1, 1, nan]},
        variable_value_labels={"x": {3: "vaak", 1: "nooit", 2: "soms"}},
        variable_measure={"x": measure},
        column_labels={"x": "Hoe vaak?"},
    )
    values = content.table["x"]
    assert values.cat.ordered is ordered
    assert values.cat.categories.tolist() == ["nooit", "soms", "vaak"]  # in the order of the codes
    assert values.astype("str").tolist()[:3] == ["soms", "nooit", "nooit"]
    assert column(content, "x").type is form
    assert column(content, "x").meaning == same("Hoe vaak?")
    assert list(column(content, "x").levels.items()) == [
        ("1", same("nooit")), ("2", same("soms")), ("3", same("vaak")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "measure", "note"),
    [
        ({0: "slecht", 10: "goed"}, "ordinal", "niet elke waarde heeft een label"),
        ({0: "slecht", 5: "slecht", 10: "goed"}, "ordinal", "meer dan één code"),
        ({0: "slecht", 5: "matig", 10: "goed"}, "scale", ""),
    ],
)
def test_otherwise_codes_stay_numbers_and_the_labels_are_kept(sav, labels, measure, note):
    content = sav(
        {"x": [0.0, 5, 10]}, variable_value_labels={"x": labels}, variable_measure={"x": measure}
    )
    assert content.table["x"].tolist() == [0, 5, 10]
    assert column(content, "x").type is Form.NUMBER
    assert len(column(content, "x").levels) == len(labels)
    assert note in said(content)
    assert len(content.notes) == (2 if note else 1)


def test_labels_of_text_codes_are_categories_without_an_order(sav):
    content = sav(
        {"s": ["j", "m", "j"]}, variable_value_labels={"s": {"j": "jongen", "m": "meisje"}}
    )
    assert content.table["s"].tolist() == ["jongen", "meisje", "jongen"]
    assert column(content, "s").type is Form.CATEGORY
    assert not content.table["s"].cat.ordered


def test_codes_of_text_lose_their_padding_with_a_note(sav):
    content = sav(
        {"advies": [" 8", "10", "8", " "]}, variable_value_labels={"advies": {" 8": "havo"}}
    )
    assert content.table["advies"].tolist()[:3] == ["8", "10", "8"]
    assert content.table["advies"].isna().tolist() == [False, False, False, True]
    assert column(content, "advies").levels == {"8": same("havo")}
    assert "1 kolom: spaties om de tekst weggelaten: advies" in said(content)


def test_padding_that_tells_two_codes_apart_stays(sav):
    content = sav({"s": [" 8", "8"]}, variable_value_labels={"s": {" 8": "acht", "8": "8 oud"}})
    assert content.table["s"].tolist() == ["acht", "8 oud"]
    assert list(column(content, "s").levels) == [" 8", "8"]


def test_long_text_and_letters_of_all_kinds_come_through(sav):
    words = ["é" * 700, "’t Palet – Œuvre €", "x" * 300]
    content = sav({"lang": words, "geslacht_van_het_kind_bij_de_nulmeting": [1, 2, 3]})
    assert content.table["lang"].tolist() == words
    assert content.table.columns.tolist() == ["lang", "geslacht_van_het_kind_bij_de_nulmeting"]


def test_whole_numbers_without_a_gap_are_whole(sav):
    content = sav(
        {"a": [1.0, 2], "b": [1.0, nan], "c": [1.5, 2], "d": [2.0**53, 1], "e": [nan, nan]}
    )
    assert [str(each) for each in content.table.dtypes] == ["int64", *["float64"] * 4]


# ---------------------------------------------------------------- dates and times

SPSS_START = dt.datetime(1582, 10, 14)
DATE_FORMATS = ["DATE11", "ADATE10", "EDATE10", "JDATE7", "SDATE10", "MOYR8", "QYR6", "WKYR8",
                "DATETIME20", "YMDHMS19"]  # fmt: skip


@pytest.mark.parametrize("written", DATE_FORMATS)
def test_dates_are_datetimes_whatever_their_format(sav, written):
    moments = [
        dt.datetime(1899, 12, 31),
        dt.datetime(2024, 2, 29, 13, 5, 7),
        dt.datetime(1583, 1, 1),
    ]
    seconds = [(moment - SPSS_START).total_seconds() for moment in moments]
    content = sav({"d": [*seconds, nan]}, variable_format={"d": written})
    assert content.table["d"].tolist()[:3] == [pd.Timestamp(moment) for moment in moments]
    assert content.table["d"].isna().tolist() == [False, False, False, True]
    assert column(content, "d").type is Form.DATE


def test_a_length_of_time_stays_a_number_of_seconds(sav):
    content = sav({"t": [3723.0, 90000]}, variable_format={"t": "TIME8"})
    assert content.table["t"].tolist() == [3723, 90000]
    assert column(content, "t").unit == "s"
    assert "1 kolom: een tijdsduur, in seconden: t" in said(content)


def test_a_date_that_cannot_be_leaves_numbers_and_a_note(sav):
    content = sav({"d": [13797216000.0, 1e300]}, variable_format={"d": "EDATE10"})
    assert content.table["d"].tolist() == [13797216000.0, 1e300]
    assert "geen datum" in said(content)


def test_a_missing_code_among_dates_is_empty(sav):
    content = sav(
        {"d": [13797216000.0, 99]}, variable_format={"d": "EDATE10"}, missing_ranges={"d": [99]}
    )
    assert content.table["d"].isna().tolist() == [False, True]
    assert content.table["d"][0] == pd.Timestamp("2020-01-01")
    assert column(content, "d").missing == (MissingCode("99", same(""), 1),)


# ---------------------------------------------------------------- other things of SPSS


@pytest.mark.parametrize("options", [{}, {"row_compress": True}, {"compress": True}])
def test_every_way_to_press_a_file_gives_the_same(sav, options):
    columns = {"x": [1.0, 2, 9], "s": ["a", "bb", ""]}
    plain = sav(columns, missing_ranges={"x": [9]})
    other = sav(columns, name="b.zsav", missing_ranges={"x": [9]}, **options)
    pd.testing.assert_frame_equal(plain.table, other.table)
    assert plain.codebook == other.codebook


def set_weight(path: Path, place: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[76:80] = struct.pack("<i", place)
    path.write_bytes(raw)


def test_the_column_that_weighs_is_named(tmp_path):
    path = tmp_path / "w.sav"
    pyreadstat.write_sav(pd.DataFrame({"x": [1.0], "een_lang_gewicht": [2.0]}), path)
    set_weight(path, 2)
    assert "gewogen met ‘een_lang_gewicht’" in said(from_statistical(path))
    set_weight(path, 0)
    assert "gewogen" not in said(from_statistical(path))


# Made with PSPP 1.6: EXPORT of id, q1 (99 missing), q2 (LO THRU 0 and 999 missing), s, d.
PORTABLE = (
    "eNrFUllPwkAQfm/S/7AaD0Db2aMtrXe5tIoILd4HVqwIYq0Cioj+drduMDGRyJvz8M1mvm+OnV3byzoO8sqeh8p7bh"
    "UVnGIe/WL2hDpZsv+tIp7QZGksRSjTdCNtWnYmm8sXNrec7Z3ibmmvXHG96v7B4dHxiX9Vvw5uGrfN1l37PnyIHp86"
    "XVnqPb/0XwdIXUksDOdOz6dmUsnlCwWGi7O1tfXLpZmN+dVp0eJD+dGIn5VEEr+9n0064x8W7ylek20CxdQghFIDCC"
    "ayxLBG8rBZ2kdRJ4oQUQ2Vsm3om0bN0JSorrSbYa+vNMKepoOegTQGCk5OBw0wCPwKVYjOEYMsCW8yC7IWHDz5fgMF"
    "QShEVAeLe4EWVxEuS9tAwCNg8zSBpgmDgXi/NL81j+aIKXjhcuSrJYPYt3wKDMIg4LUseAmCLgqbQbdAOMvUAk/wv7"
    "+D41ZcI94jz+NyhXF21CpmXZzlHONsPJkNyBxxKfVkvMnSJ8qktpY="
)


def test_a_portable_file_keeps_its_missing_codes(tmp_path):
    path = tmp_path / "oud.por"
    path.write_bytes(zlib.decompress(base64.b64decode(PORTABLE)))
    assert recognises(path.read_bytes()[:START_BYTES])
    content = from_statistical(path)
    assert content.table.columns.tolist() == ["ID", "Q1", "Q2", "S", "D"]
    assert content.table["Q1"].astype("str").tolist()[::2] == ["ja", "nee"]
    np.testing.assert_array_equal(content.table["Q2"], [3.5, nan, nan])
    assert content.table["S"].isna().tolist() == [False, True, False]
    assert content.table["D"][1] == pd.Timestamp("2020-02-02")
    assert column(content, "Q1").missing == (MissingCode("99", same("weet niet"), 1),)
    assert column(content, "Q2").missing_ranges == ((-np.inf, 0.0),)
    assert column(content, "Q1").meaning == same("Vraag een")


def test_columns_that_differ_in_capitals_only_are_named(tmp_path):
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(pd.DataFrame({"Naam": [1.0], "naam": [2.0], "x": [3.0]}), path)
    content = from_statistical(path)
    assert content.table.columns.tolist() == ["Naam", "naam", "x"]
    assert "2 kolommen: namen die alleen in hoofdletters verschillen: Naam, naam" in said(content)


def test_a_wide_file_says_little(sav):
    wide = {f"v{i}": [1.0, 99.0] for i in range(400)}
    content = sav(
        wide,
        missing_ranges={name: [99] for name in wide},
        variable_value_labels={name: {2: "twee"} for name in wide},
    )
    assert len(content.notes) == 3
    assert "en nog 395 (400 cellen)" in said(content)
    assert content.notes[1].en.startswith("400 columns: ")
    assert content.notes[1].en.endswith(" and 395 more (400 cells)")


# ---------------------------------------------------------------- encodings


def recoded(path: Path, encoding: str, *, told: str) -> None:
    """The same file with its text in another encoding, which it may lie about."""
    raw = path.read_bytes()
    for word in ("één", "Zoë"):  # as long in both: padded with a space
        plain = word.encode()
        raw = raw.replace(plain, word.encode(encoding).ljust(len(plain)))
    record = struct.pack("<4i", 7, 20, 1, 5) + b"UTF-8"
    assert record in raw
    raw = raw.replace(record, struct.pack("<4i", 7, 20, 1, len(told)) + told.encode())
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("encoding", "told", "note"),
    [
        ("utf-8", "UTF-8", False),
        ("cp1252", "windows-1252", False),
        ("cp1252", "UTF-8", True),
        ("utf-8", "windows-1252", True),
        ("cp1252", "onzin", True),
    ],
)
def test_dutch_letters_come_through_whatever_the_file_says_of_them(tmp_path, encoding, told, note):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"naam": ["Zoë", "Jan"], "x": [1.0, 2.0]}),
        path,
        column_labels={"naam": "één"},
        variable_value_labels={"x": {1: "één", 2: "twee"}, "naam": {"Zoë": "één"}},
    )
    recoded(path, encoding, told=told)
    content = from_statistical(path)
    assert content.table["naam"].tolist() == ["Zoë", "Jan"]
    assert content.table["x"].tolist() == ["één", "twee"]
    assert column(content, "naam").meaning == same("één")
    assert column(content, "naam").levels == {"Zoë": same("één")}
    assert ("tekens gelezen als" in said(content)) == note


def test_text_that_fits_no_label_but_only_the_cells_is_found_out_too(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"naam": ["Zoë", "Jan"]}), path)
    recoded(path, "cp1252", told="UTF-8")
    content = from_statistical(path)
    assert content.table["naam"].tolist() == ["Zoë", "Jan"]
    assert "tekens gelezen als Windows (cp1252)" in said(content)


def test_a_character_that_was_cut_off_is_left_out_with_a_note(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"naam": ["Zoë", "Joé"], "x": [1.0, 2.0]}), path)
    raw = path.read_bytes()
    path.write_bytes(raw.replace("Zoë".encode(), b"Zo\xc3 "))
    content = from_statistical(path)
    assert content.table["naam"].tolist() == ["Zo", "Joé"]
    assert "1 kolom: een afgebroken teken aan het eind weggelaten: naam" in said(content)


# ---------------------------------------------------------------- Stata


@pytest.mark.parametrize("version", [8, 10, 12, 13, 14, 15])
def test_stata_of_every_age_keeps_labels_and_its_own_missing_codes(tmp_path, version):
    path = tmp_path / "a.dta"
    table = pd.DataFrame({"x": [1.0, 2.0, "a", "a", nan], "s": ["een", "", "b", "c", "d"]})
    pyreadstat.write_dta(
        table,
        path,
        version=version,
        column_labels={"x": "Vraag"},
        variable_value_labels={"x": {1: "ja", 2: "nee", "a": "weet niet"}},
        missing_user_values={"x": ["a", "b"]},
    )
    assert recognises(path.read_bytes()[:START_BYTES])
    content = from_statistical(path)
    assert content.table["x"].astype("str").tolist()[:2] == ["ja", "nee"]
    assert content.table["x"].isna().sum() == 3
    assert column(content, "x").missing == (MissingCode(".a", same("weet niet"), 2),)
    assert column(content, "x").meaning == same("Vraag")
    assert content.table["s"].isna().tolist() == [False, True, False, False, False]
    assert "(2 cellen)" in said(content)


STATA_START = pd.Timestamp("1960-01-01")


@pytest.mark.parametrize(
    ("written", "stored", "expected"),
    [
        ("%td", 23436, "2024-03-01"),
        ("%tdDD-NN-CCYY", -21915, "1899-12-31"),
        ("%d", 0, "1960-01-01"),
        ("%tc", 1.5, "1960-01-01 00:00:00.0015"),
        ("%tcDD/NN/CCYY_HH:MM", 2024870447250.0, "2024-03-01 00:00:47.25"),
        ("%tm", 770, "2024-03-01"),
        ("%tm", -1, "1959-12-01"),
        ("%tq", 257, "2024-04-01"),
        ("%th", 129, "2024-07-01"),
        ("%tw", 3329, "2024-01-08"),
    ],
)
def test_dates_of_stata_are_what_stata_shows(tmp_path, written, stored, expected):
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(
        pd.DataFrame({"d": [float(stored), nan]}), path, variable_format={"d": written}
    )
    content = from_statistical(path)
    assert content.table["d"][0] == pd.Timestamp(expected)
    assert content.table["d"].isna().tolist() == [False, True]
    assert column(content, "d").type is Form.DATE


@pytest.mark.parametrize("unit", ["D", "M", "Q", "W", "Y"])
def test_dates_of_stata_are_those_that_pandas_reads(tmp_path, unit):
    written = {"D": "%td", "M": "%tm", "Q": "%tq", "W": "%tw", "Y": "%ty"}[unit]
    stored = {"Y": 1999.0}.get(unit, 1999.0)
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(pd.DataFrame({"d": [stored, 17.0]}), path, variable_format={"d": written})
    found = from_statistical(path).table["d"]
    if unit == "Y":
        assert found.tolist() == [1999, 17]  # a year is a number
    else:
        assert found.tolist() == pd.read_stata(path)["d"].tolist()


def test_a_time_of_day_and_a_calendar_of_working_days_are_no_dates(tmp_path):
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(
        pd.DataFrame({"t": [3_600_000.0], "b": [12.0]}),
        path,
        variable_format={"t": "%tcHH:MM:SS", "b": "%tbschool"},
    )
    content = from_statistical(path)
    assert content.table.loc[0].tolist() == [3600, 12]
    assert column(content, "t").unit == "s"
    assert "werkdagen" in said(content)


def test_old_stata_with_windows_letters_and_with_unicode_are_both_read(tmp_path):
    path = tmp_path / "a.dta"
    table = pd.DataFrame({"naam": ["Zoë", "Jan"]})
    table.to_stata(path, version=114, write_index=False)  # writes latin-1
    content = from_statistical(path)
    assert content.table["naam"].tolist() == ["Zoë", "Jan"]
    assert len(content.notes) == 1
    pyreadstat.write_dta(table, path, version=10)  # writes UTF-8, which it should not
    content = from_statistical(path)
    assert content.table["naam"].tolist() == ["Zoë", "Jan"]
    assert "tekens gelezen als UTF-8" in said(content)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"$FL2@(#) SPSS DATA FILE", True),
        (b"$FL3@(#) SPSS DATA FILE", True),
        (b"<stata_dta><header><release>118", True),
        (b"r\x02\x01\x00\x05\x00", True),
        (b"naam;school\r\n1;2\r\n", False),
        (b"r\r\n1\r\n", False),
        (b"", False),
        (b"PK\x03\x04", False),
        (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14", True),
        (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", True),
    ],
)
def test_files_are_recognised_by_their_first_bytes(start, expected):
    assert recognises(start) is expected


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\0" * 12 + b"\xc2\xea\x81\x60" + b"\0" * 1000, "SAS"),
        (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "SAS"),
        (b"\x1c\0\0\0\0\0\0\0ENCRYPTEDSAV" + b"\1" * 100, "wachtwoord"),
        (b"$FL2" + b"\0" * 300, "beschadigd"),
        (b"<stata_dta><header>", "beschadigd"),
        (b"r\x02\x01\x00\xff\xff\xff\xff\xff\xff", "beschadigd"),
    ],
)
def test_a_refusal_says_what_to_do(tmp_path, start, words):
    path = tmp_path / "map" / "a.sav"
    path.parent.mkdir()
    path.write_bytes(start)
    assert recognises(start[:START_BYTES])
    with pytest.raises(DataError, match=words) as error:
        from_statistical(path)
    assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize("write", [pyreadstat.write_sav, pyreadstat.write_dta])
def test_a_file_with_only_a_header_is_empty(tmp_path, write):
    path = tmp_path / "leeg.sav"
    write(pd.DataFrame({"x": pd.Series([], dtype=float), "y": pd.Series([], dtype=float)}), path)
    with pytest.raises(DataError, match="geen rijen"):
        from_statistical(path)


def test_more_rows_than_can_stand_in_the_file_are_no_reason_to_take_all_memory(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"x": [1.0, 2.0]}), path, row_compress=True)
    raw = bytearray(path.read_bytes())
    raw[80:84] = struct.pack("<i", 2_000_000_000)
    path.write_bytes(raw)
    with pytest.raises(DamagedError):
        dictionary_of(path)
    with pytest.raises(DataError, match="beschadigd"):
        from_statistical(path)
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(pd.DataFrame({"x": [1.0, 2.0]}), path)
    raw = path.read_bytes().replace(b"<N>\2" + b"\0" * 7, b"<N>" + b"\0\0\0\x70" + b"\0" * 4)
    path.write_bytes(raw)
    with pytest.raises(DataError, match="beschadigd"):
        from_statistical(path)


def test_rows_that_were_lost_from_a_file_are_missed(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"x": [1.5] * 50, "y": [2.5] * 50}), path)
    raw = path.read_bytes()
    for size in (len(raw) - 16, len(raw) - 8, len(raw) - 1):
        path.write_bytes(raw[:size])
        with pytest.raises(DataError, match="beschadigd"):
            from_statistical(path)


def test_rows_beyond_those_that_the_file_counts_are_missed_too(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"x": [1.5] * 50, "y": [2.5] * 50}), path)
    raw = bytearray(path.read_bytes())
    raw[80:84] = struct.pack("<i", 10)
    path.write_bytes(raw)
    with pytest.raises(DataError, match="beschadigd"):
        from_statistical(path)


def test_a_name_that_stands_there_twice_is_damage(tmp_path):
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(pd.DataFrame({"xxx1": [1.5], "xxx2": [2.5]}), path)
    path.write_bytes(path.read_bytes().replace(b"xxx2", b"xxx1"))
    with pytest.raises(DataError, match="beschadigd"):
        from_statistical(path)


def test_no_message_tells_a_value_of_a_pupil(tmp_path, sav):
    secret = "Zoëzkowski"
    content = sav(
        {"naam": [secret, " a"], "x": [123456789.0, 5]},
        variable_value_labels={"naam": {"a": "een"}, "x": {5: "vijf"}},
    )
    assert secret not in said(content)
    assert "123456789" not in said(content)
    path = tmp_path / "a.sav"
    raw = path.read_bytes()
    for size in range(0, len(raw), 41):
        path.write_bytes(raw[:size])
        if recognises(raw[: min(size, START_BYTES)]):
            with pytest.raises(DataError) as error:
                from_statistical(path)
            assert secret not in str(error.value)


# Damage that ended the whole process in pyreadstat 1.3.7, for which the dictionary is looked
# through first. A process of its own, since a failure of this test would end the tests too.
FUZZ = """
import random, sys
from pathlib import Path
from academic_workplace.errors import DataError
from academic_workplace.intake.files.statistical import from_statistical
source, seed, times = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
raw = source.read_bytes()
path = source.with_name("kapot" + source.suffix)
read = refused = 0
for number in range(times):
    chance = random.Random(seed + number)
    damaged = bytearray(raw)
    if number % 3 == 0:
        del damaged[chance.randrange(len(raw)):]
    else:
        for _ in range(chance.choice([1, 1, 2, 8])):
            damaged[chance.randrange(len(raw))] = chance.choice([0, 1, 127, 128, 255])
    path.write_bytes(damaged)
    try:
        from_statistical(path)
        read += 1
    except DataError:
        refused += 1
print(f'{{"read": {read}, "refused": {refused}}}')
"""


@pytest.fixture
def awkward() -> dict[str, object]:
    return {
        "q": [1.0, 2, 9, 9] * 3,
        "s": ["a", "X", " 8", ""] * 3,
        "lang": ["é" * 300] * 12,
        "d": pd.to_datetime(["2020-01-01"] * 12),
    }


@pytest.mark.parametrize("name", ["a.sav", "b.sav", "c.zsav", "d.dta", "e.dta"])
def test_damage_never_ends_the_process(tmp_path, awkward, name):
    path, table = tmp_path / name, pd.DataFrame(awkward)
    labels = {"q": {1: "één", 2: "twee", 9: "weet niet"}, "s": {"a": "aap", "X": "onbekend"}}
    if path.suffix == ".dta":
        pyreadstat.write_dta(
            table.drop(columns="lang") if name == "e.dta" else table,
            path,
            version=12 if name == "e.dta" else 15,
            variable_value_labels={"q": labels["q"]},
        )
    else:
        pyreadstat.write_sav(
            table, path, variable_value_labels=labels, missing_ranges={"q": [9], "s": ["X"]},
            row_compress=name == "b.sav", compress=name == "c.zsav",
        )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", FUZZ, str(path), "20261122", "150"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    counted = json.loads(done.stdout)
    assert counted["refused"] > 30
    assert sum(counted.values()) == 150


@pytest.mark.parametrize(
    ("place", "value"),
    [("index of a label set", 0), ("index of a label set", 200),
     ("code of a label", 255), ("width of a variable", 98)],
)  # fmt: skip
def test_damage_that_would_end_the_process_is_refused_first(tmp_path, place, value):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"q": [1.0, 2], "s": ["a", "b"]}),
        path,
        variable_value_labels={"q": {1: "een"}, "s": {"a": "aap"}},
    )
    raw = bytearray(path.read_bytes())
    index = raw.index(struct.pack("<3i", 4, 1, 1)) + 8
    where = {
        "index of a label set": index,
        "code of a label": raw.index(b"a       \3aap"),
        "width of a variable": 180,
    }[place]
    raw[where] = value
    path.write_bytes(raw)
    if place == "code of a label":
        assert from_statistical(path).table["q"].tolist() == [1, 2]  # read as Windows letters
    else:
        with pytest.raises(DamagedError):
            dictionary_of(path)


def test_a_code_that_is_no_text_in_another_encoding_is_refused_first(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"s": ["a", "b"]}), path, variable_value_labels={"s": {"a": "aap"}}
    )
    recoded(path, "utf-8", told="windows-1250")
    path.write_bytes(path.read_bytes().replace(b"a       \3aap", b"\x83       \3aap"))
    assert from_statistical(path).table["s"].tolist() == ["a", "b"]


@often
@given(start=st.binary(max_size=700))
@example(start=b"$FL2" + b"\0" * 60 + b"\2\0\0\0" + b"\xff" * 200)
@example(start=b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>")
def test_any_bytes_are_read_or_refused(start, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(start)
    with pytest.raises(DataError):
        from_statistical(path)


def test_notes_are_in_both_languages(sav):
    every = [each for each in vars(statistical).values() if isinstance(each, statistical.What)]
    assert len(every) > 5
    assert all(what.nl and what.en and what.nl != what.en for what in every)
    assert all(isinstance(note, Text) for note in sav({"x": [1.0]}).notes)
