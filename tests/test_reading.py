"""Reading: what stands in a file comes out as it was meant, and what was guessed is said.

A file that is streamed through the engine and the same file read whole are one study.
"""

import csv
import datetime
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace import engines
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    MissingCode,
    codebook_of,
)
from academic_workplace.intake.codebook import Form as Holds
from academic_workplace.intake.files.reading import reading_of, streams
from academic_workplace.intake.files.writing import save as save_table
from academic_workplace.language import Text, same

RTOL = 1e-10  # the same sums, added in another order
NAMES = ("’t Palet", "Café de Één", "École", "Sint-Jan", "Zuid €", "De Œuvre")
often = settings(max_examples=150, deadline=None, derandomize=True, database=None)
some = settings(
    max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


def notes(table: pd.DataFrame) -> list[str]:
    return [note.nl for note in table.attrs["reading"]]


# ---------------------------------------------------------------- text

WRITTEN = [
    (separator, decimal, encoding)
    for separator in ",;\t|"
    for decimal in ".,"
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16")
    if separator != decimal
]


@pytest.mark.parametrize(("separator", "decimal", "encoding"), WRITTEN)
def test_text_is_read_the_same_however_it_is_written(
    separator, decimal, encoding, pupils, plan, as_text, save
):
    pupils["school"] = [NAMES[int(name[-1])] for name in pupils["school"]]
    path = save(as_text(pupils, separator, decimal), encoding=encoding)
    table = aw.read(path)
    pd.testing.assert_frame_equal(table, pupils)
    said = " ".join(notes(table))
    assert f"‘{'tab' if separator == chr(9) else separator}’" in said
    assert {"utf-8-sig": "UTF-8", "cp1252": "Windows"}.get(encoding, encoding.upper()) in said
    assert ("na: decimale komma" in notes(table)) == (decimal == ",")
    assert table.attrs["source"] == path.name
    assert_same_study(path, plan)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_empty_ones_do_not_count(ends, pupils, as_text, save):
    text = as_text(pupils, ";", ",").replace("\n", ends)
    first, rest = text.split(ends, 1)
    spread = ends + first + ends * 3 + rest + ends * 2 + ";;;;" + ends + "  " + ends
    pd.testing.assert_frame_equal(
        aw.read(save(spread)).reset_index(drop=True), pupils, check_like=True
    )
    mixed = text.replace(ends, "\r\n", 7)
    pd.testing.assert_frame_equal(aw.read(save(mixed)), pupils)


@pytest.mark.parametrize("row", [";;;;", " ;; ;;", '"";" ";;;', "\t;\xa0;;;"])
def test_a_row_with_nothing_in_it_is_no_pupil(row, pupils, plan, as_text, save):
    path = save(as_text(pupils, ";") + row + "\n")
    assert len(aw.read(path)) == len(pupils)
    assert assert_same_study(path, plan).flow.unplaced == 0


def test_codes_with_leading_zeros_stay_text(save):
    table = aw.read(save("brin,vestiging,groep\n00AB,01,7\n01CD,00,8\n"))
    assert table["brin"].tolist() == ["00AB", "01CD"]
    assert table["vestiging"].tolist() == ["01", "00"]
    assert table["groep"].tolist() == [7, 8]


def test_a_code_too_long_for_a_number_keeps_its_last_digits(save):
    codes = ["12345678901234567", "12345678901234568", ""]
    table = aw.read(save("pgn;score\n" + "\n".join(f"{code};1" for code in codes)))
    assert table["pgn"].dropna().tolist() == codes[:2]


@pytest.mark.parametrize("word", ["NA", "NaN", "nan", "#N/A", "."])
def test_na_between_numbers_is_missing_and_said(word, save):
    table = aw.read(save(f"score;soort\n3;{word}\n{word};ja\n4;nee\n"))
    assert table["score"].tolist()[::2] == [3, 4]
    assert table["score"].isna().tolist() == [False, True, False]
    assert table["soort"].tolist() == [word, "ja", "nee"]  # between words it is a word
    assert f"score: ‘{word}’ telt als leeg" in notes(table)
    assert not any(note.startswith("soort") for note in notes(table))


AMBIGUOUS = "school;programma;weging;score\n" + "".join(
    f"S{i};{i % 2};{i},5;{1 + i}.{100 + i}\n" for i in range(9)
)


def test_a_point_that_may_mark_thousands_stays_text_in_a_file_with_the_decimal_comma(save):
    path = save(AMBIGUOUS)
    table = aw.read(path)
    assert table["score"].tolist()[0] == "1.100"
    assert "score: tekst (de punt kan bij duizendtallen of decimalen horen)" in notes(table)
    assert table["weging"].tolist()[0] == 0.5
    plan = aw.Plan(outcome="score", treatment="programma", cluster="school")
    for work in (lambda: aw.check(table, plan), lambda: aw.collect(path, plan)):
        with pytest.raises(aw.DataError, match="punt in deze getallen") as caught:
            work()
        (fault,) = caught.value.faults
        assert (fault.column, fault.count) == ("score", 9)


def test_a_point_is_a_decimal_point_where_no_column_has_a_comma(save):
    assert aw.read(save(AMBIGUOUS.replace(",", "")))["score"].tolist()[0] == 1.1
    once = AMBIGUOUS.replace("1.100", "1.10")  # two decimals: no thousands
    assert aw.read(save(once))["score"].tolist()[0] == 1.1


@pytest.mark.parametrize(
    "cells",
    [("1,5", "2.5"), ("1.234,5", "2.5"), ("1.234", "2,5"), ("1 234", "2"), ("3-4", "2"),
     ("1.2345,6", "2"), ("1.234.56", "2"), ("0.123,4", "2"), ("5 punten", "2"), (".5", "2"),
     ("5.", "2"), ("−5", "2"), ("1e", "2"), ("٣", "2"), ("True", "1"), ("1_0", "2")],
)  # fmt: skip
def test_what_is_not_surely_a_number_stays_as_it_is(cells, save):
    table = aw.read(save("naam;score\n" + "".join(f"x;{cell}\n" for cell in cells)))
    assert table["score"].tolist() == list(cells)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [(("1,5", "2"), (1.5, 2)), (("+3", "-4"), (3, -4)), (("1e3", "2.5E-1"), (1000, 0.25)),
     ((" 8", "9 "), (8, 9)), (("1.234,5", "2"), (1234.5, 2)), (("-1.234.567", "8"), (-1234567, 8)),
     (("1.000", "12,5", "1.234,50"), (1000, 12.5, 1234.5)), (("0", "-0.0"), (0, 0)),
     (("1,50", "1,5"), (1.5, 1.5))],
)  # fmt: skip
def test_what_is_surely_a_number_is_one(cells, numbers, save):
    table = aw.read(save("naam;score\n" + "".join(f"x;{cell}\n" for cell in cells)))
    assert table["score"].tolist() == list(numbers)


def test_whole_numbers_without_a_gap_stay_whole(save):
    table = aw.read(save("a;b;c\n1;1;1.0\n2;;2.0\n"))
    assert [str(kind) for kind in table.dtypes] == ["int64", "float64", "int64"]


def test_quoted_cells_may_hold_separators_quotes_and_breaks(save):
    cells = ["De Kring; Leiden", 'Het "Anker"', "De\nPoort", ' "s" ', "it's"]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    table = aw.read(save("school;score\n" + "".join(f"{cell};1\n" for cell in quoted)))
    assert table["school"].tolist() == [cell.strip() for cell in cells]
    for more in ("", "\n", "  \n"):  # an empty row may take another way through the reader
        spaced = aw.read(save('school; score\nHet "Anker"; "1"\n' + more))
        assert spaced.to_dict("list") == {"school": ['Het "Anker"'], "score": [1]}


@pytest.mark.parametrize("row", ["", "\n", ";;;;\n"], ids=["no", "an empty", "a blank"])
def test_a_space_after_a_quote_does_no_harm_with_any_row_below(row, pupils, plan, as_text, save):
    spaced = as_text(pupils, ";").replace("School 1;", '"School 1" ;') + row
    assert_same_moments(assert_same_study(save(spaced), plan), aw.collect(pupils, plan))


def test_a_number_in_quotes_may_hold_a_decimal_comma(save):
    assert aw.read(save('school,score\nA,"1,5"\nB,2\n'))["score"].tolist() == [1.5, 2.0]


def test_a_closing_separator_adds_no_column(save):
    table = aw.read(save("school;score\nA;1;\nB;2;\n"))
    assert table.to_dict("list") == {"school": ["A", "B"], "score": [1, 2]}


def test_a_column_without_a_name_gets_its_number(save):
    table = aw.read(save(";school;;score\n1;A;;3\n2;B;;4\n"))
    assert list(table.columns) == ["#1", "school", "#3", "score"]


def test_one_column_is_a_table(save):
    assert aw.read(save("score\n1\n2\n"))["score"].tolist() == [1, 2]


def test_a_file_is_known_by_its_content_not_by_its_name(pupils, as_text, save):
    assert len(aw.read(save(as_text(pupils), "leerlingen.xlsx"))) == len(pupils)
    assert aw.read(save("PK;PAR1\n1;2\n"))["PK"].tolist() == [1]
    assert aw.read(save("PAR1;PK\n1;2\n"))["PAR1"].tolist() == [1]
    assert len(aw.read(workbook(save, [["a"], [1]], "leerlingen.csv"))) == 1


@pytest.mark.parametrize("last", ["", "\n"], ids=["regular", "with an empty row"])
def test_reading_keeps_every_row_in_order_beyond_one_block(last, save):
    n = 70_000
    table = aw.read(save("nr;naam\n" + "".join(f"{i};L{i}\n" for i in range(n)) + last))
    assert table["nr"].tolist() == list(range(n))
    assert isinstance(table.index, pd.RangeIndex)


# ---------------------------------------------------------------- where the table stands

ROWS = "".join(f"P{i:02d};S{i % 3};{i},5;{i % 2}\n" for i in range(6))
NAMED = "code;school;score;programma\n"


def first_row(table: pd.DataFrame) -> int:
    return int(table.index[0]) + 2


def test_a_first_line_that_names_the_separator_is_no_row(save):
    for said in ("sep=;", '"sep=;"', "SEP=;"):
        table = aw.read(save(f"{said}\n{NAMED}{ROWS}"))
        assert table["score"].tolist() == [i + 0.5 for i in range(6)]
        assert first_row(table) == 2  # a spreadsheet shows the header on its first row
    odd = aw.read(save("sep=~\na~b\n1;2~3\n"))
    assert odd.to_dict("list") == {"a": ["1;2"], "b": [3]}


@pytest.mark.parametrize("pad", [";;;", ""], ids=["padded", "bare"])
@pytest.mark.parametrize("gap", [True, False], ids=["apart", "close"])
def test_titles_above_and_sources_below_are_left_out_and_told(pad, gap, save, plan):
    blank = f"{pad}\n" if gap else ""
    above = f"Toetsen groep 8{pad}\nSchooljaar 2025-2026{pad}\n{blank}"
    below = f"{blank}Bron: leerlingvolgsysteem{pad}\n* voorlopig{pad}\n"
    path = save(above + NAMED + ROWS + below)
    table = aw.read(path)
    assert table["score"].tolist() == [i + 0.5 for i in range(6)]
    assert first_row(table) == 4 + gap
    row = 10 + 2 * gap
    assert {
        f"kopregel op rij {3 + gap}", "2 regels erboven weggelaten",
        f"2 voetregels weggelaten (rij {row}, {row + 1})",
    } <= set(notes(table))  # fmt: skip
    plan = aw.Plan(outcome="score", treatment="programma", cluster="code")
    assert_same_study(path, plan)


@pytest.mark.parametrize("lines", [
    NAMED + ROWS + "Totaal;;18;3\n", NAMED + ROWS + ";Gemiddelde;3;0,5\n",
    NAMED + ROWS + "Bron: verzonnen;;;\n", NAMED + ROWS + NAMED + ROWS.replace("P", "Q"),
    NAMED + ROWS + "P99;;;\n", NAMED + ROWS.replace("2,5", "1.002,5"), "sep=;\n" + NAMED + ROWS,
])  # fmt: skip
def test_what_is_no_pupil_is_none_streamed_and_whole(lines, save):
    plan = aw.Plan(outcome="score", treatment="programma", cluster="code")
    n = lines.count("\nP") + lines.count("\nQ") - lines.count("P99")
    moments = assert_same_study(save(lines), plan)
    assert moments.samples[0].S[:, 0, 0].sum() == n


def test_a_last_pupil_of_whom_nothing_is_known_is_a_pupil(save):
    for last in ("P99;;;\n", "P 99;;;\n", ";;;\nP99;;;\n"):
        table = aw.read(save(NAMED + ROWS + last))
        assert table["code"].tolist()[-1].replace(" ", "") == "P99"
        assert not any("weggelaten" in note for note in notes(table))


def test_a_header_with_few_names_is_a_header_above_numbers(save):
    table = aw.read(save(";;;score\n1;A;x;3\n2;B;y;4\n"))
    assert list(table.columns) == ["#1", "#2", "#3", "score"]


def test_a_header_that_returns_is_left_out_each_time(save):
    table = aw.read(save(NAMED + ROWS + "\n" + NAMED + ROWS + NAMED))
    assert table["score"].tolist() == [i + 0.5 for i in range(6)] * 2
    assert "2 herhaalde kopregels weggelaten (rij 9, 16)" in notes(table)


def test_a_header_of_two_rows_in_text_is_one(save):
    groups = ";Voormeting;;Nameting;\nleerling;score;klas;score;klas\n"
    table = aw.read(save(groups + "P1;1;7;2;8\nP2;2;7;3;8\n"))
    assert list(table.columns) == [
        "leerling", "Voormeting score", "Voormeting klas", "Nameting score", "Nameting klas"
    ]  # fmt: skip
    assert "kopregels op rij 1–2" in notes(table)


def test_what_was_found_can_be_told_otherwise(save):
    path = save("Kop;van;het;bestand\n" + NAMED + ROWS + "Bron: verzonnen;;;\n")
    assert list(aw.read(path, header=2).columns) == ["code", "school", "score", "programma"]
    assert len(aw.read(path, header=2, footer=0)) == 7
    assert len(aw.read(path, header=2, footer=3)) == 4
    assert list(aw.read(path, header=0).columns) == ["#1", "#2", "#3", "#4"]
    assert aw.read(path, header=2, decimal=".")["score"].tolist()[0] == "0,5"
    odd = save("naam~x\n1.500~é\n2.500~y\n", encoding="cp1252")
    table = aw.read(odd, separator="~", decimal=",", encoding="cp1252", keep="naam")
    assert table["naam"].tolist() == [1500, 2500]
    assert table["x"].tolist() == ["é", "y"]


@pytest.mark.parametrize(
    ("told", "column"),
    [({"header": -1}, "header"), ({"header": (2, 1)}, "header"), ({"footer": -1}, "footer"),
     ({"separator": ";;"}, "separator"), ({"decimal": "komma"}, "decimal"),
     ({"survey": "monkey"}, "survey"), ({"sheet": 1}, "sheet"), ({"table": "x"}, "table"),
     ({"encoding": "klingon"}, ""), ({"encoding": "utf-16"}, ""), ({"header": 9}, ""),
     ({"keep": "bestaat niet"}, "bestaat niet")],
)  # fmt: skip
def test_what_is_told_and_cannot_be_is_refused(told, column, save):
    with pytest.raises(aw.DataError) as caught:
        aw.read(save(NAMED + ROWS.replace("S1", "é")), **told)
    assert caught.value.faults[0].column == column


def test_what_was_read_can_be_shown_in_two_languages(save):
    shown = reading_of(aw.read(save("Titel;;;\n" + NAMED + ROWS)))
    assert shown.explain("nl") == (
        "Bij het lezen aangenomen (leerlingen.csv): scheidingsteken ‘;’; codering UTF-8; kopregel"
        " op rij 2; 1 regel erboven weggelaten; score: decimale komma."
    )
    assert "header on row 2" in shown.explain("en")
    assert "<p lang='en'>Assumed when reading (leerlingen.csv)" in shown._repr_html_()
    assert reading_of(pd.DataFrame({"a": [1]})).explain() == "Bij het lezen aangenomen: niets."


def test_columns_that_identify_are_left_out_unless_they_may_stay(save):
    path = save("email;score\njan@school.nl;7\npiet@school.nl;8\n")
    table = aw.read(path)
    assert list(table.columns) == ["score"]
    assert notes(table)[-1].startswith("email: weggelaten")
    assert not any("@" in note for note in notes(table))
    assert list(aw.read(path, keep="email").columns) == ["email", "score"]
    with pytest.raises(aw.DataError, match="er blijft niets over"):
        aw.read(save("email\njan@school.nl\npiet@school.nl\n"))


def test_only_a_plain_file_streams(save, pupils):
    assert streams(save(NAMED + ROWS))
    assert streams(parquet(pupils, save("", "leerlingen.parquet")))
    assert not streams(save("Titel;;;\n" + NAMED + ROWS))
    assert not streams(workbook(save, [["a", "b"], [1, 2]]))


# ---------------------------------------------------------------- Excel


def workbook(save: Callable[..., Path], rows: list, name: str = "leerlingen.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return save(content.getvalue(), name)


def test_excel_cells_come_out_as_they_were_typed(save):
    days = [datetime.datetime(2026, 1, 1), datetime.datetime(2026, 2, 1)]
    rows = [
        ["getal", "heel", "tekstgetal", "code", "leeg", "dag", "ja", "naam", "na"],
        [1.5, 3, "1,5", "007", None, days[0], True, "Café", "NA"],
        [2, 4, "2", "010", None, days[1], False, " ’t Palet ", 4],
    ]
    table = aw.read(workbook(save, rows))
    assert table["getal"].tolist() == [1.5, 2.0]
    assert table["heel"].tolist() == [3, 4]
    assert table["tekstgetal"].tolist() == [1.5, 2.0]
    assert table["code"].tolist() == ["007", "010"]
    assert table["leeg"].isna().all()
    assert table["dag"].tolist() == days
    assert table["ja"].tolist() == [True, False]
    assert table["naam"].tolist() == ["Café", "’t Palet"]
    assert table["na"].isna().tolist() == [True, False]
    assert notes(table) == [
        "eerste werkblad", "tekstgetal: decimale komma", "na: ‘NA’ telt als leeg"
    ]  # fmt: skip


def test_excel_rows_keep_their_number(pupils, plan, save):
    rows = [[], list(pupils.columns), *pupils.to_numpy().tolist()]
    rows[5:5] = [[], []]
    rows[10][-1] = "zeven"
    path = workbook(save, rows)
    assert len(aw.read(path)) == len(pupils)
    for work in (lambda: aw.check(aw.read(path), plan), lambda: aw.collect(path, plan)):
        with pytest.raises(aw.DataError) as caught:
            work()
        assert caught.value.faults[0].rows == (11,)


def test_an_error_in_an_excel_cell_is_no_number(save):
    table = aw.read(workbook(save, [["a", "b"], ["#DIV/0!", "#N/A"], [2, 3]]))
    assert table["a"].tolist() == ["#DIV/0!", "2"]
    assert table["b"].isna().tolist() == [True, False]


@pytest.mark.parametrize("rows", [[], [["a", "b"]], [["a"], [None], ["  "]]])
def test_an_excel_file_without_rows_is_refused(rows, save):
    with pytest.raises(aw.DataError, match="leeg"):
        aw.read(workbook(save, rows))


def test_repeated_names_in_excel_are_refused(save):
    with pytest.raises(aw.DataError, match="meer dan eens"):
        aw.read(workbook(save, [["na", " na", "voor"], [1, 2, 3]]))


def test_excel_and_text_of_the_same_pupils_are_one_study(pupils, plan, as_text, save):
    book = workbook(save, [list(pupils.columns), *pupils.to_numpy().tolist()])
    assert_same_moments(aw.collect(book, plan), aw.collect(save(as_text(pupils)), plan))
    assert_same_study(book, plan)


# ---------------------------------------------------------------- Parquet


def parquet(table: pd.DataFrame, path: Path, select: str = "*") -> Path:
    with duckdb.connect() as engine:
        engine.register("pupils", table)
        engine.execute(f"COPY (SELECT {select} FROM pupils) TO '{path}' (FORMAT parquet)")
    return path


def test_parquet_comes_out_as_it_is(pupils, tmp_path):
    table = aw.read(parquet(pupils, tmp_path / "leerlingen.parquet"))
    pd.testing.assert_frame_equal(table, pupils)
    assert notes(table) == ["Parquet"]


def test_a_file_stands_for_itself_whatever_its_name_and_folder(pupils, plan, tmp_path):
    folder = tmp_path / "cohort=2026"
    folder.mkdir()
    other = pupils.assign(na=pupils.na + 100)
    parquet(other, folder / "groep1.parquet")
    parquet(other, folder / "groep 2.parquet")
    for name in ("groep[1].parquet", "groep*.parquet", "groep ?.parquet", "groep{1}.parquet"):
        path = parquet(pupils, folder / name)
        assert list(aw.read(path).columns) == list(pupils.columns)
        assert_same_study(path, plan)
        assert_same_moments(aw.collect(path, plan), aw.collect(pupils, plan))


TYPED = {
    "text": "CAST(na AS VARCHAR) AS na, CAST(programma AS VARCHAR) AS programma",
    "text with a comma": "replace(CAST(na AS VARCHAR), '.', ',') AS na",
    "text with NA": "if(voor > 7, 'NA', CAST(na AS VARCHAR)) AS na",
    "white space": "' ' || school || chr(9) AS school",
    "white space in arms": "if(voor > 6, 'nee', 'nee' || chr(9)) AS programma",
    "empty text": "if(voor > 7, '', school) AS school",
    "logical": "programma = 1 AS programma",
    "logical with a gap": "if(voor > 7, NULL, programma = 1) AS programma",
    "logical outcome": "na > 7 AS na",
    "floats": "CAST(programma AS DOUBLE) AS programma, CAST(right(school, 1) AS FLOAT) AS school",
    "floats that are no number": "if(voor > 7, 'nan'::DOUBLE, na) AS na,"
    " if(voor < 5, 'nan'::DOUBLE, programma) AS programma",
    "odd floats": "CAST(right(school, 1) AS DOUBLE) + 0.1 AS school",
    "decimals": "CAST(programma AS DECIMAL(9, 2)) AS programma, CAST(na AS DECIMAL(9, 3)) AS na",
    "huge integers": "CAST(right(school, 1) AS HUGEINT) AS school",
    "gaps": "if(voor > 7, NULL, na) AS na, if(voor < 5, NULL, school) AS school",
    "dates": "DATE '2026-01-01' + CAST(right(school, 1) AS INTEGER) AS school",
    "dates as outcome": "DATE '2026-01-01' + CAST(programma AS INTEGER) AS na",
    "an endless number": "if(voor > 7, 'inf'::DOUBLE, na) AS na",
    "words as outcome": "if(voor > 7, 'zeven', CAST(na AS VARCHAR)) AS na",
    "lists": "[na] AS na",
    "lists of decimals": "[CAST(na AS DECIMAL(9, 2))] AS na",
    "nothing known": "CAST(NULL AS VARCHAR) AS na, CAST(NULL AS INTEGER) AS programma",
    "mixed schools": "CAST(voor > 6 AS INTEGER) AS programma",
}


@pytest.mark.parametrize("columns", TYPED.values(), ids=TYPED)
def test_whatever_the_type_of_a_column_streamed_and_whole_are_one_study(
    columns, pupils, plan, tmp_path
):
    path = parquet(pupils, tmp_path / "leerlingen.parquet", f"* REPLACE ({columns})")
    assert_same_study(path, plan)


def test_a_parquet_file_without_rows_or_without_our_columns_is_refused(pupils, plan, tmp_path):
    path = parquet(pupils.head(0), tmp_path / "leerlingen.parquet")
    for work in (lambda: aw.read(path), lambda: aw.collect(path, plan)):
        with pytest.raises(aw.DataError, match="leeg"):
            work()
    assert_same_study(parquet(pupils.rename(columns="x_{}".format), path), plan)


# ---------------------------------------------------------------- streamed and whole


def assert_same_moments(a: aw.ClusterMoments, b: aw.ClusterMoments) -> None:
    """Equal to RTOL, whatever the order of the clusters and the origins."""
    assert [s.key for s in a.samples] == [s.key for s in b.samples]
    for x, y in zip(a.samples, b.samples, strict=True):
        assert x.columns == y.columns
        order = sorted(range(len(x.cells)), key=x.cells.__getitem__)
        other = sorted(range(len(y.cells)), key=y.cells.__getitem__)
        assert [x.cells[i] for i in order] == [y.cells[i] for i in other]
        x, y = x.about(np.zeros(len(x.columns))), y.about(np.zeros(len(y.columns)))
        largest = np.abs(x.S).max(initial=1)
        np.testing.assert_array_equal(x.S[order][:, 0, 0].round(9), y.S[other][:, 0, 0].round(9))
        np.testing.assert_allclose(x.S[order], y.S[other], rtol=RTOL, atol=RTOL * largest)
    pd.testing.assert_frame_equal(a.flow.table(), b.flow.table())
    assert a.flow.unplaced == b.flow.unplaced
    assert a.baseline.columns == b.baseline.columns
    np.testing.assert_array_equal(a.baseline.n, b.baseline.n)
    np.testing.assert_allclose(a.baseline.mean, b.baseline.mean, rtol=RTOL, atol=RTOL)


def assert_same_study(path: Path, plan: aw.Plan) -> aw.ClusterMoments | None:
    """Streamed and read whole: the same moments, or the same faults; the moments if any."""

    def outcome(work):
        try:
            return work()
        except aw.DataError as error:
            return [replace(fault, rows=()) for fault in error.faults]

    whole = outcome(lambda: aw.collect(aw.read(path), plan))
    streamed = outcome(lambda: aw.collect(path, plan))
    if isinstance(whole, list) or isinstance(streamed, list):
        assert streamed == whole
        return None
    assert_same_moments(streamed, whole)
    return streamed


LABELS = {
    "words": lambda i: f"{NAMES[i % 6]} {i}",
    "integers": lambda i: i,
    "floats": lambda i: f"{i}.0",
    "with a comma": lambda i: f"{i},0",
    "signed": lambda i: f"+{i}",
    "leading zeros": lambda i: f"{i:03d}",
    "with NA": lambda i: "NA" if i == 1 else i,
    "with a gap": lambda i: "" if i == 1 else i,
    "padded": lambda i: f" S{i} ",
    "exponents": lambda i: f"{i}e3",
    "fractions": lambda i: i + 0.5,
    "long": lambda i: f"1234567890123456{i}",
    "huge": lambda i: f"{i + 1}e40",
}


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_clusters_have_the_same_names_streamed_and_whole(label, pupils, plan, as_text, save):
    pupils["school"] = [label(int(name[-1])) for name in pupils["school"]]
    moments = assert_same_study(save(as_text(pupils, ";")), plan)
    known = {name for name in pupils["school"].astype(str) if name not in ("", "NA")}
    assert len(set(moments.samples[0].clusters)) == len(known)


ARMS = {
    "integers": (0, 1), "floats": ("0.0", "1.0"), "commas": ("0,0", "1,0"), "words": ("nee", "ja"),
    "logical": ("False", "True"), "codes": ("00", "01"), "gap": (0, ""), "other numbers": (1, 2),
}  # fmt: skip


@pytest.mark.parametrize("arms", ARMS.values(), ids=ARMS)
def test_arms_are_the_same_streamed_and_whole(arms, pupils, plan, as_text, save):
    pupils["programma"] = [arms[value] for value in pupils["programma"]]
    assert_same_study(save(as_text(pupils, ";")), plan)
    assert_same_study(save(as_text(pupils, ";")), replace(plan, comparison=str(arms[0])))


LEVELS = {
    "words": ("laag", "midden", "hoog"), "integers": (1, 2, 3), "commas": ("1,0", "2", ""),
    "gap": ("a", "", "NA"), "unclear points": ("1.100", "1.200", "2"), "points": (0.5, 1.5, "NA"),
}  # fmt: skip


@pytest.mark.parametrize("values", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("named", [True, False], ids=["named", "not named"])
def test_categories_are_the_same_streamed_and_whole(values, named, pupils, plan, as_text, save):
    pupils["niveau"] = [values[i % 3] for i in range(len(pupils))]
    pupils["na"] = [f"{value}".replace(".", ",") for value in pupils["na"]]
    path = save(as_text(pupils, ";"))
    plan = replace(plan, covariates=("niveau",), categories=("niveau",) if named else ())
    moments = assert_same_study(path, plan)
    if named or "laag" in values:
        assert any(column.startswith("niveau=") for column in moments.samples[0].columns)
    as_is = aw.read(path)
    assert_same_study(parquet(as_is, path.with_suffix(".parquet")), plan)


def boxed(column: pd.Series) -> pd.Series:
    """A column of Python objects, with the first cell empty."""
    return pd.Series([None, *column.tolist()[1:]], dtype=object)


KINDS = {
    "objects": lambda t: t.assign(na=boxed(t.na), voor=boxed(t.voor), programma=boxed(t.programma)),
    "logical objects": lambda t: t.assign(programma=boxed(t.programma == 1)),
    "nullable": lambda t: t.convert_dtypes().mask(pd.Series(t.index == 0)),
    "pandas categories": lambda t: t.astype({"school": "category", "programma": "category"}),
    "text": lambda t: t.astype({"na": str}),
    "text with a comma": lambda t: t.assign(na=t.na.astype(str).str.replace(".", ",")),
    "padded text": lambda t: t.assign(school=t.school + [" ", ""] * 12),
    "another order": lambda t: t.sample(frac=1, random_state=1),
}


@pytest.mark.parametrize("change", KINDS.values(), ids=KINDS)
def test_a_table_in_memory_may_hold_its_values_in_any_type(change, pupils, plan):
    table = change(pupils)
    expected = pupils.loc[pupils.index != 0] if table.isna().any(axis=None) else pupils
    moments, plain = aw.collect(table, plan), aw.collect(expected, plan)
    for x, y in zip(moments.samples, plain.samples, strict=True):
        assert sorted(x.clusters) == sorted(y.clusters)
        x, y = x.about(np.zeros(len(x.columns))), y.about(np.zeros(len(y.columns)))
        np.testing.assert_allclose(x.S.sum(axis=0), y.S.sum(axis=0), rtol=RTOL)


def test_the_school_of_a_pupil_may_stand_on_a_later_row_only(save):
    """Streamed and whole both take the first that is known."""
    lines = ["l;s;p;w;na"]
    for i in range(12):
        lines += [f"l{i};{'' if i % 3 else f's{i % 4}'};{i % 2};0;{i}.5"]
        lines += [
            f"l{i};s{i % 4};{'' if i % 5 else i % 2};{wave};{i * wave % 7}" for wave in (1, 2)
        ]
    moments = assert_same_study(save("\n".join(lines)), replace(LONG, covariates=(), categories=()))
    assert moments.flow.unplaced == 0
    assert moments.samples[0].S[:, 0, 0].sum() == 12


def test_names_that_differ_in_case_only_are_two_columns(pupils, plan, as_text, save):
    pupils["NA"] = pupils["na"] ** 2
    plan = replace(plan, outcome=("na", "NA"))
    moments = assert_same_study(save(as_text(pupils)), plan)
    assert_same_moments(moments, aw.collect(pupils, plan))


def test_a_column_beside_the_plan_decides_on_the_comma_for_both(pupils, plan, as_text, save):
    pupils["voor"] = [f"{i % 3 + 1}.{i:03d}" for i in range(len(pupils))]
    plan = replace(plan, outcome="voor", covariates=())
    assert assert_same_study(save(as_text(pupils)), plan) is not None
    pupils["weging"] = "3,5"
    assert assert_same_study(save(as_text(pupils)), plan) is None


@pytest.mark.parametrize("last", ["", "\n"], ids=["regular", "with an empty row"])
def test_one_school_in_many_parts_of_a_file_is_one_school(last, plan, save, monkeypatch):
    monkeypatch.setattr(engines, "CHUNK_VECTORS", 1)  # times 2,048 rows
    n = 9_000
    lines = [f"L{i};S{i % 8};{i % 2};{i % 11},5;{i * 7 % 13},25\n" for i in range(n)]
    path = save("leerling;school;programma;voor;na\n" + "".join(lines) + last)
    moments = assert_same_study(path, plan)
    assert moments.samples[0].S[:, 0, 0].sum() == n
    assert len(moments.samples[0].clusters) == 8
    assert_same_study(parquet(aw.read(path), path.with_suffix(".parquet")), plan)


cell = st.one_of(
    st.sampled_from(["", " ", "NA", ".", "0", "1", "1.0", "1,0", "+1", "01", "x", "1.234", "2.5"]),
    st.integers(-5, 5).map(str),
    st.floats(-9, 9).map(lambda value: f"{value:.3g}"),
    st.floats(-9, 9).map(lambda value: f"{value:.2f}".replace(".", ",")),
)
WIDE = aw.Plan(outcome="na", treatment="p", cluster="s", covariates=("voor", "c"), blocks=("b",))
LONG = aw.Plan(
    outcome="na", treatment="p", cluster="s", pupil="l", wave="w", baseline="0", waves=("1", "2"),
    covariates=("c",), categories=("c",),
)  # fmt: skip
RANDOM = {
    "wide": (WIDE, WIDE), "by pupil": (replace(WIDE, assigned="pupil"),) * 2,
    "long": (LONG, replace(LONG, baseline=None)),
}  # fmt: skip


@st.composite
def tables(draw) -> list[list[str]]:
    """Mostly sound pupils, with a few cells that may be anything."""
    n = draw(st.integers(4, 12))
    rows = []
    for i in range(n):
        pupil, school = i // 3, i // 3 % 4
        start = [f"l{pupil}", f"s{school}", str(school % 2), str(i % 3), "1"]
        rows.append([*start, str(i % 4 / 2), str(i % 7), "abc"[pupil % 3]])
    for column in draw(st.sets(st.sampled_from([4, 5, 6, 7]), max_size=2)):
        values = draw(st.lists(cell, min_size=n, max_size=n))
        for row, value in zip(rows, values, strict=True):
            row[column] = value
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.integers(0, n - 1))
        rows[row][draw(st.integers(0, 7))] = draw(cell)
    return rows


@pytest.mark.parametrize("plans", RANDOM.values(), ids=RANDOM)
@settings(some, max_examples=4)
@given(rows=tables())
def test_any_table_is_the_same_study_streamed_and_whole(plans, rows, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    table = pd.DataFrame(rows, columns=["l", "s", "p", "w", "b", "voor", "na", "c"], dtype="str")
    text = folder / "any.csv"
    text.write_text(table.to_csv(index=False, sep=";"), encoding="utf-8")
    typed = aw.read(text)
    for plan in plans:
        assert_same_study(text, plan)
        assert_same_study(parquet(table, folder / "any.parquet"), plan)
        assert_same_study(parquet(typed, folder / "any.parquet"), plan)


sign = st.sampled_from(";,\t|\"'\r\n \\#xé’0\x0b\x1c\x85\u2028\xa0\ufeff") | st.characters(
    exclude_categories=["Cs"], exclude_characters="\x00"
)
SIMPLE = aw.Plan(outcome="na", treatment="p", cluster="s")


@some
@given(
    cells=st.lists(st.text(sign, max_size=6), min_size=8, max_size=8),
    separator=st.sampled_from(";,\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    gap=st.booleans(),
)
def test_whatever_stands_in_a_cell_is_read_as_it_was_written(
    cells, separator, quoting, encoding, gap, tmp_path_factory
):
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator, quoting=quoting, lineterminator="\r\n")
    writer.writerows([["s", "p", "na"], *([f"x{c}", i % 2, i % 3] for i, c in enumerate(cells))])
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    path.write_bytes((written.getvalue() + "\r\n" * gap).encode(encoding))
    assert aw.read(path)["s"].tolist() == [f"x{cell}".strip() for cell in cells]
    assert_same_study(path, SIMPLE)


# ---------------------------------------------------------------- any table, any way of writing

word = st.text("abcé ;,\t|'\"\n’-", max_size=8).map(lambda text: f"w{text}w")
held_as = {
    "word": word, "whole": st.integers(-999, 999), "gap": st.none() | st.integers(0, 9),
    "part": st.floats(-99, 99).map(lambda x: round(x, 2) + 0.5**12),
    "large": st.integers(1, 9**9).map(lambda x: x + 0.25),
}  # fmt: skip


def as_written(kind: str, value: object, sign: str) -> str:
    """A cell with this sign before its decimals; with a comma, thousands have a point."""
    if kind == "large" and sign == ",":
        return f"{value:,.2f}".translate({ord(","): ".", ord("."): ","})
    return "" if value is None else repr(value).replace(".", sign) if kind != "word" else str(value)


@some
@given(
    data=st.data(),
    separator=st.sampled_from(";,\t|"),
    sign=st.sampled_from(",."),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    ends=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    above=st.lists(st.sampled_from(["Verslag", "Toetsen groep 8, leerjaar 8"]), max_size=2),
    below=st.sampled_from([(), ("Bron: verzonnen",), ("Let op: verzonnen", "* voorlopig")]),
    said=st.booleans(),
)
def test_any_table_comes_back_however_it_is_written(
    data, separator, sign, encoding, ends, quoting, above, below, said, tmp_path_factory
):
    n, kinds = data.draw(st.integers(2, 6)), list(held_as)
    held = ["word", "whole", *data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4))]
    columns = [data.draw(st.lists(held_as[kind], min_size=n, max_size=n)) for kind in held]
    names = [f"kolom {i}" for i in range(len(held))]
    cells = [
        [as_written(kind, value, sign) for value in column]
        for kind, column in zip(held, columns, strict=True)
    ]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=ends)
    titles, sources = [[title] for title in above], [[source] for source in below]
    writer.writerows([*titles, names, *zip(*cells, strict=True), *sources])
    path = tmp_path_factory.getbasetemp() / "any way.csv"
    before = f"sep={separator}{ends}" if said else ""
    path.write_bytes((before + out.getvalue()).encode(encoding))
    table = aw.read(path, keep=names)
    assert list(table.columns) == names
    assert (table.index + 2).tolist() == list(range(len(above) + 2, len(above) + 2 + n))
    for kind, name, column in zip(held, names, columns, strict=True):
        if kind == "word":
            assert table[name].tolist() == column
        else:
            found = table[name].astype(float)
            assert found.isna().tolist() == [value is None for value in column]
            np.testing.assert_array_equal(found, np.array(column, dtype=float))


KEPT = {
    "word": (word.map(lambda text: " ".join(text.split())), Holds.TEXT, "str"),
    "code": (st.from_regex("0[0-9]{3}", fullmatch=True), Holds.TEXT, "str"),
    "whole": (st.integers(-(10**6), 10**6), Holds.NUMBER, "int64"),
    "part": (st.integers(-(10**9), 10**9).map(lambda x: x + 1 / 3), Holds.NUMBER, "float64"),
    "day": (st.dates(datetime.date(1950, 1, 1), datetime.date(2025, 1, 1)).map(pd.Timestamp),
            Holds.DATE, "datetime64[us]"),
}  # fmt: skip


@some
@given(data=st.data(), suffix=st.sampled_from([".csv", ".xlsx", ".parquet"]))
def test_what_was_saved_is_read_again_the_same_with_its_codebook(data, suffix, tmp_path_factory):
    n = data.draw(st.integers(1, 5))
    held = data.draw(st.lists(st.sampled_from(list(KEPT)), min_size=1, max_size=5))
    columns = {"nr": pd.Series(range(n), dtype="int64")}
    described = {"nr": Column(same("Nummer"), Holds.NUMBER)}
    for i, kind in enumerate(held):
        values, holds, dtype = KEPT[kind]
        cells = data.draw(st.lists(values, min_size=n, max_size=n))
        columns[f"{kind} {i}"] = pd.Series(cells, dtype=dtype)
        described[f"{kind} {i}"] = Column(Text(f"kolom {i}", f"column {i}"), holds)
    answers = ["nooit", "soms", "vaak"]
    levels = {str(i): same(answer) for i, answer in enumerate(answers)}
    picked = data.draw(st.lists(st.sampled_from([*answers, None]), min_size=n, max_size=n))
    columns["vraag"] = pd.Series(pd.Categorical(picked, answers, ordered=True))
    described["vraag"] = Column(same("Hoe vaak?"), Holds.ORDERED, levels=levels,
                                missing=(MissingCode("9", same("weet niet"), 2),))  # fmt: skip
    table = pd.DataFrame(columns)
    table.attrs[CODEBOOK] = Codebook(described)
    path = tmp_path_factory.getbasetemp() / f"bewaard{suffix}"
    save_table(table, path, overwrite=True)
    again = aw.read(path, keep=tuple(columns))
    pd.testing.assert_frame_equal(again, table)
    found = codebook_of(again)
    assert {name: replace(found[name], levels=dict(found[name].levels)) for name in described} == (
        described
    )


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_in_a_saved_table_nothing_is_searched_for(suffix, tmp_path):
    """Without its codebook the last row would be taken for a note below the table."""
    words = ["een woord", "Let op: dit is geen voetregel, maar een antwoord"]
    table = pd.DataFrame({"antwoord": pd.Series(words, dtype="str"), "score": [7.5, np.nan]})
    columns = {"antwoord": Column(), "score": Column(type=Holds.NUMBER)}
    table.attrs[CODEBOOK] = Codebook(columns)
    path = save_table(table, tmp_path / f"antwoorden{suffix}").path
    pd.testing.assert_frame_equal(aw.read(path, keep="antwoord"), table)
    assert not streams(path) or suffix == ".csv"
    labelled = table.assign(antwoord=pd.Categorical(words))
    levels = {"1": same(words[0]), "2": same(words[1])}
    labelled.attrs[CODEBOOK] = Codebook(
        {"antwoord": Column(type=Holds.CATEGORY, levels=levels), "score": columns["score"]}
    )
    for name in (f"labels{suffix}", "labels.parquet"):
        assert not streams(save_table(labelled, tmp_path / name).path)


# ---------------------------------------------------------------- anything at all

PLAN = aw.Plan(outcome="a", treatment="b", cluster="c")
pieces = st.lists(
    st.sampled_from(["a", "b", "c", "1", "2,5", ";", ",", "\t", "\n", "\r", '"', '""', "NA", " ",
                     "\ufeff", "\x00", "é", "’", "\u2028", "\x85", "=", "#", "<html"]),
    max_size=40,
).map("".join)  # fmt: skip


def survives(folder: Path, content: bytes) -> None:
    """Every route gives an answer or a DataError."""
    path = folder / "anything"
    path.write_bytes(content)
    said = []
    for work in (lambda: aw.read(path), lambda: aw.collect(path, PLAN)):
        try:
            work()
        except aw.DataError as error:
            said.append(error.explain("nl") + error.explain("en"))
    assert all(said)


@often
@given(content=st.binary(max_size=200))
@example(content=b"\xff\xfe")
@example(content=b"\xef\xbb\xbf")
@example(content=b"PK\x03\x04")
@example(content=b"PAR1PAR1")
def test_any_bytes_are_read_or_refused(content, tmp_path_factory):
    survives(tmp_path_factory.getbasetemp(), content)


@often
@given(text=st.one_of(pieces, st.text(max_size=60)), header=st.booleans(),
       encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]))  # fmt: skip
def test_any_text_is_read_or_refused(text, header, encoding, tmp_path_factory):
    whole = ("a;b;c\n" if header else "") + text
    survives(tmp_path_factory.getbasetemp(), whole.encode(encoding, errors="replace"))


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """The same bytes, some of them changed or cut off."""
    change = st.tuples(st.integers(0, len(content) - 1), st.binary(min_size=1, max_size=4))
    changes = st.lists(change, min_size=1, max_size=4)

    def apply(changes: list[tuple[int, bytes]], cut: int | None) -> bytes:
        raw = bytearray(content)
        for at, new in changes:
            raw[at : at + len(new)] = new
        return bytes(raw[:cut])

    return st.builds(apply, changes, st.none() | st.integers(0, len(content)))


@pytest.fixture(scope="module")
def workbook_parts() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for row in (
        ["a", "b", "c"],
        [1.5, "x", 1],
        [2, "y", None],
        ["3,5", "x", datetime.date.today()],
    ):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    with zipfile.ZipFile(content) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name, part in parts.items():
            target.writestr(name, part)
    return content.getvalue()


@some
@given(data=st.data())
def test_a_damaged_excel_file_is_read_or_refused(data, workbook_parts, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    survives(folder, data.draw(damaged(zipped(workbook_parts))))
    name = data.draw(st.sampled_from(sorted(workbook_parts)))
    survives(folder, zipped(workbook_parts | {name: data.draw(damaged(workbook_parts[name]))}))
    survives(folder, zipped({k: v for k, v in workbook_parts.items() if k != name}))


@some
@given(data=st.data())
def test_a_damaged_parquet_file_is_read_or_refused(data, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    table = pd.DataFrame({"a": [1.5, 2, 3, 4], "b": [0, 0, 1, 1], "c": list("stuv")})
    content = parquet(table, folder / "sound.parquet").read_bytes()
    survives(folder, data.draw(damaged(content)))


def test_a_column_with_a_time_zone_is_read_without_a_warning(tmp_path):
    path = tmp_path / "t.parquet"
    zoned = "SELECT TIMESTAMPTZ '2024-05-01 10:00+02' AS moment, 1 AS a"
    duckdb.sql(f"COPY ({zoned}) TO '{path}'")
    assert aw.read(path)["a"].tolist() == [1]


def test_thousands_points_in_parquet_are_read_alike_whole_and_streamed(pupils, plan, tmp_path):
    path = parquet(
        pupils.assign(na=[f"1.{200 + i},5" for i in range(len(pupils))]), tmp_path / "t.parquet"
    )
    whole, streamed = aw.estimate(aw.read(path), plan)[0], aw.estimate(path, plan)[0]
    assert whole.estimate == pytest.approx(streamed.estimate, rel=1e-12)
    assert aw.check(aw.read(path), plan).numbers["na"][0] == 1200.5


def test_signs_that_look_like_digits_are_no_numbers_of_a_person(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n9999¹999,1\n1234²5,2\n", encoding="utf-8")
    assert aw.read(path)["b"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("cells", "told"), [(["1.234", "987", "2.500"], True), (["1.234", "0.987", "2.500"], False)]
)
def test_a_point_that_may_mark_thousands_is_told_when_it_is_read_as_a_decimal_point(
    cells, told, save
):
    path = save("".join(f"{row}\n" for row in ["school;leerlingen", *(f"A;{x}" for x in cells)]))
    table = aw.read(path)
    assert table["leerlingen"].tolist() == [float(cell) for cell in cells]
    said = aw.reading_of(table)
    assert ("leerlingen: punt voor de decimalen" in said.explain("nl")) is told
    assert ("leerlingen: point before the decimals" in said.explain("en")) is told
    whole = aw.read(path, decimal=",") if told else table
    assert whole["leerlingen"].max() == (2500 if told else 2.5)


@pytest.mark.parametrize("content", ["school;leerlingen\n", "school,leerlingen", "school\r\n"])
def test_a_file_with_only_a_header_is_told_from_an_empty_one(content, save):
    with pytest.raises(aw.DataError, match="alleen een kopregel"):
        aw.read(save(content))
    with pytest.raises(aw.DataError, match="is leeg"):
        aw.read(save("\n \n", "leeg.csv"))


def test_counts_that_open_data_hide_are_named_with_the_way_to_read_them():
    folder = Path(__file__).parents[1] / "data" / "duo-voorbeeld"
    said = reading_of(aw.read(folder / "04-leerlingen-bo-sbo-schooladviezen-2024-2025.csv"))
    assert "aw.duo.read" in said.explain("nl")
    assert "that is 1 to 4" in said.explain("en")


def test_a_table_without_hidden_counts_says_nothing_of_them(pupils, as_text, save):
    assert "duo" not in reading_of(aw.read(save(as_text(pupils)))).explain("nl")
