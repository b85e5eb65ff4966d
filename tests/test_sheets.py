"""Workbooks: the table is found wherever it stands, and what a reader of the sheet sees is read.

The awkward files are made here, cell by cell; one old workbook (.xls) stands in reference/data.
"""

import datetime
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

import academic_workplace as aw

OLD = Path(__file__).parent / "reference" / "data" / "voor-en-na.xls"
BODY = [[f"P{i:02d}", f"S{i % 3}", i + 0.5, i % 2] for i in range(6)]
HEAD = ["code", "school", "score", "programma"]
DAY = datetime.datetime(2026, 1, 1)
Save = Callable[..., Path]


def notes(table: pd.DataFrame) -> list[str]:
    return [note.nl for note in table.attrs["reading"]]


def said(table: pd.DataFrame) -> str:
    return "; ".join(notes(table))


def kept(book: openpyxl.Workbook, save: Save, name: str = "meting.xlsx") -> Path:
    content = io.BytesIO()
    book.save(content)
    return save(content.getvalue(), name)


def sheet_with(rows: Sequence[Sequence[object]]) -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book, book.active


def changed(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same workbook with one of its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, change(content) if name == part else content)
    return path


# ---------------------------------------------------------------- an .ods, written by hand

ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:automatic-styles><style:style style:name="off" style:family="table">
<style:table-properties table:display="false"/></style:style></office:automatic-styles>
<office:body><office:spreadsheet>{}</office:spreadsheet></office:body>
</office:document-content>"""
COVERED = "<table:covered-table-cell/>"


def ods_cell(value: object, more: str = "") -> str:
    if value is None:
        return f"<table:table-cell {more}/>"
    if isinstance(value, bool):
        kind = f'boolean" office:boolean-value="{str(value).lower()}'
    elif isinstance(value, int | float):
        kind = f'float" office:value="{value!r}'
    elif isinstance(value, datetime.datetime):
        kind = f'date" office:date-value="{value.isoformat()}'
    else:
        kind = "string"
    text = escape(str(value))
    return (
        f'<table:table-cell office:value-type="{kind}" {more}><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


def ods_row(cells: Sequence[object], more: str = "") -> str:
    inside = "".join(c if isinstance(c, str) and c[:1] == "<" else ods_cell(c) for c in cells)
    return f"<table:table-row {more}>{inside}</table:table-row>"


def ods(save: Save, *tables: str, manifest: str = "") -> Path:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format("".join(tables)))
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return save(content.getvalue(), "meting.ods")


def ods_table(rows: Sequence[str], name: str = "Blad1", more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{"".join(rows)}</table:table>'


# ---------------------------------------------------------------- where the table stands


def test_titles_above_and_sources_below_are_left_out_and_rows_keep_their_numbers(save):
    titles = [["Taaltoets groep 8"], ["Schooljaar 2025-2026"], []]
    below = [[], ["Bron: leerlingvolgsysteem"], ["Verzonnen cijfers, alleen als voorbeeld"]]
    book, sheet = sheet_with([*titles, HEAD, [], *BODY, *below])
    sheet.merge_cells("A1:D1")
    table = aw.read(kept(book, save))
    assert table.to_dict("list") == pd.DataFrame(BODY, columns=HEAD).to_dict("list")
    assert (table.index + 2).tolist() == list(range(6, 12))
    assert "kopregel op rij 4" in notes(table)
    assert "2 regels erboven weggelaten" in notes(table)
    assert "2 voetregels weggelaten (rij 13, 14)" in notes(table)


def test_a_fault_below_titles_is_pointed_at_where_it_stands(save, pupils, plan):
    rows = [["Verslag"], [], list(pupils.columns), *pupils.to_numpy().tolist()]
    rows[9][-1] = "zeven"
    with pytest.raises(aw.DataError) as caught:
        aw.check(aw.read(kept(sheet_with(rows)[0], save)), plan)
    assert caught.value.faults[0].rows == (10,)


def test_a_header_of_two_rows_is_one_as_far_as_its_cells_were_merged(save):
    rows = [
        ["Resultaten"], [],
        ["leerling", "school", "Voormeting", None, "Nameting", None, "opmerking"],
        [None, None, "score", "klas", "score", "klas", None],
        ["P1", "S1", 1.5, 7, 2.5, 8, None], ["P2", "S2", 2.5, 7, 3.5, 8, "ziek"],
    ]  # fmt: skip
    book, sheet = sheet_with(rows)
    for place in ("A1:G1", "A3:A4", "B3:B4", "C3:D3", "E3:F3", "G3:G4"):
        sheet.merge_cells(place)
    table = aw.read(kept(book, save), keep=("opmerking",))
    assert list(table.columns) == [
        "leerling", "school", "Voormeting score", "Voormeting klas", "Nameting score",
        "Nameting klas", "opmerking",
    ]  # fmt: skip
    assert table["Nameting score"].tolist() == [2.5, 3.5]
    assert "kopregels op rij 3–4" in notes(table)
    assert (table.index + 2).tolist() == [5, 6]


def test_a_title_over_the_whole_table_is_no_group(save):
    book, sheet = sheet_with([["Alle uitkomsten"], HEAD, *BODY])
    sheet.merge_cells("A1:D1")
    assert list(aw.read(kept(book, save)).columns) == HEAD


def test_a_group_over_a_part_of_the_columns_goes_before_their_names_only(save):
    book, sheet = sheet_with([[None, None, "Taal"], HEAD, *BODY])
    sheet.merge_cells("C1:D1")
    table = aw.read(kept(book, save))
    assert list(table.columns) == ["code", "school", "Taal score", "Taal programma"]


def test_the_header_can_be_told(save):
    path = kept(sheet_with([["Groep", "Taal"], HEAD, *BODY])[0], save)
    assert list(aw.read(path, header=2).columns) == HEAD
    table = aw.read(path, header=(1, 2))
    assert list(table.columns) == ["Groep code", "Taal school", "Taal score", "Taal programma"]
    assert len(aw.read(path, header=0)) == 8
    assert aw.read(path, header=2, footer=2)["code"].tolist() == ["P00", "P01", "P02", "P03"]
    with pytest.raises(aw.DataError, match="rij 40"):
        aw.read(path, header=40)


def test_totals_are_no_pupil_unless_they_are_a_category(save):
    path = kept(sheet_with([HEAD, *BODY, ["Totaal", None, 18, 3]])[0], save)
    table = aw.read(path)
    assert len(table) == 6
    assert "1 regel met totalen weggelaten (rij 8)" in notes(table)
    assert len(aw.read(path, footer=0)) == 7
    rows = [[g, j, 3] for j in (2024, 2025) for g in ("jongens", "meisjes", "totaal")]
    grouped = aw.read(kept(sheet_with([["groep", "jaar", "aantal"], *rows])[0], save))
    assert len(grouped) == 6


def test_a_last_pupil_with_nothing_but_a_code_is_a_pupil(save):
    for last in ([["P99"]], [[], ["P99"]]):
        table = aw.read(kept(sheet_with([HEAD, *BODY, *last])[0], save))
        assert table["code"].tolist()[-1] == "P99"
        assert "weggelaten" not in said(table)


def test_a_header_that_returns_is_left_out_each_time(save):
    book, _ = sheet_with([HEAD, *BODY[:2], HEAD, *BODY[2:4], [], HEAD, *BODY[4:]])
    table = aw.read(kept(book, save))
    assert table["score"].tolist() == [row[2] for row in BODY]
    assert "2 herhaalde kopregels weggelaten (rij 4, 8)" in notes(table)


def test_a_title_above_a_header_that_returns_is_left_out_with_it(save):
    blocks = [["School: De Ark"], [], HEAD, *BODY[:3], ["P99"], [], ["School: Singel"], [], HEAD]
    table = aw.read(kept(sheet_with([*blocks, *BODY[3:]])[0], save))
    assert table["code"].tolist() == [*(row[0] for row in BODY[:3]), "P99",
                                      *(row[0] for row in BODY[3:])]  # fmt: skip
    assert "1 titel boven een herhaalde kopregel weggelaten (rij 9)" in notes(table)


def test_a_header_that_returns_may_be_written_with_other_capitals(save):
    again = [name.upper() for name in HEAD]
    table = aw.read(kept(sheet_with([HEAD, *BODY[:3], again, *BODY[3:]])[0], save))
    assert len(table) == 6
    assert "1 herhaalde kopregel weggelaten (rij 5)" in notes(table)
    text = "\n".join(";".join(map(str, row)) for row in [HEAD, *BODY[:3], again, *BODY[3:]])
    table = aw.read(save(text))
    assert len(table) == 6
    assert "1 herhaalde kopregel weggelaten (rij 5)" in notes(table)


def test_totals_between_the_pupils_are_read_and_told(save):
    rows = [*BODY[:3], ["Gemiddelde De Ark", None, 1.5, None], *BODY[3:]]
    table = aw.read(kept(sheet_with([HEAD, *rows])[0], save))
    assert len(table) == 7
    assert "1 regel met totalen tussen de leerlingen telt mee (rij 5)" in notes(table)


def test_a_table_may_start_in_any_column_and_have_empty_ones(save):
    rows = [[None, None, *HEAD[:2], None, *HEAD[2:]]]
    rows += [[None, None, *row[:2], None, *row[2:]] for row in BODY]
    table = aw.read(kept(sheet_with(rows)[0], save))
    assert list(table.columns) == HEAD
    assert table["score"].tolist() == [row[2] for row in BODY]


# ---------------------------------------------------------------- sheets


def three_sheets(save: Save) -> Path:
    book, sheet = sheet_with([["Uitleg bij deze cijfers"], ["Zie het volgende blad"]])
    sheet.title = "Leeswijzer"
    for name, first in (("Meting", "P"), ("Oud", "Q")):
        added = book.create_sheet(name)
        for row in [HEAD, *([first + str(row[0])[1:], *row[1:]] for row in BODY)]:
            added.append(row)
    return kept(book, save)


def test_the_first_sheet_with_a_table_is_read_and_the_others_are_named(save):
    table = aw.read(three_sheets(save))
    assert table["code"].tolist()[0] == "P00"
    assert notes(table)[0] == "werkblad ‘Meting’, en niet ‘Leeswijzer’, ‘Oud’"


@pytest.mark.parametrize("sheet", ["Oud", 3])
def test_a_sheet_can_be_asked_by_name_or_number(sheet, save):
    assert aw.read(three_sheets(save), sheet=sheet)["code"].tolist()[0] == "Q00"


@pytest.mark.parametrize("sheet", ["oud?", 0, 4, -1, True])
def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(sheet, save):
    with pytest.raises(aw.DataError, match="Kies uit: ‘Leeswijzer’, ‘Meting’, ‘Oud’"):
        aw.read(three_sheets(save), sheet=sheet)


def test_a_hidden_sheet_comes_after_those_in_sight(save):
    book, sheet = sheet_with([["oud", "waarde"], [1, 2]])
    sheet.sheet_state = "hidden"
    added = book.create_sheet("Meting")
    for row in [HEAD, *BODY]:
        added.append(row)
    assert list(aw.read(kept(book, save)).columns) == HEAD


def test_a_header_without_rows_below_a_title_is_no_table(save):
    rows = [["Resultaten groep 8"], [], HEAD]
    with pytest.raises(aw.DataError, match="leeg"):
        aw.read(kept(sheet_with(rows)[0], save))


def test_a_workbook_of_empty_sheets_is_empty(save):
    book = openpyxl.Workbook()
    book.create_sheet("Blad2")["A1"] = "alleen een woord"
    with pytest.raises(aw.DataError, match="leeg"):
        aw.read(kept(book, save))


# ---------------------------------------------------------------- cells


def test_numbers_stored_as_text_become_numbers_with_a_decimal_comma(save):
    rows = [["a", "b", "c"], ["1,5", "1.234,5", "1,5"], ["2", "12", "x"], [3, "7,25", 2.5]]
    table = aw.read(kept(sheet_with(rows)[0], save))
    assert table["a"].tolist() == [1.5, 2, 3]
    assert table["b"].tolist() == [1234.5, 12, 7.25]
    assert table["c"].tolist() == ["1,5", "x", "2.5"]
    assert {"a: decimale komma", "b: punt bij duizendtallen, decimale komma"} <= set(notes(table))
    assert table.attrs["decimal_comma"]


def test_numbers_beside_text_with_a_decimal_comma_are_numbers_too(save):
    marks = [6.5, "7,25", None, 8, "5,5", 6.125]
    rows = [[code, mark, school] for (code, school, *_), mark in zip(BODY, marks, strict=True)]
    table = aw.read(kept(sheet_with([["code", "cijfer", "school"], *rows])[0], save))
    assert table["cijfer"].dropna().tolist() == [6.5, 7.25, 8, 5.5, 6.125]
    assert "cijfer: decimale komma" in said(table)
    unclear = [6.5, "7,25", None, 8, "5.5", 6.125]  # text in two ways of writing
    rows = [[row[0], mark, row[2]] for row, mark in zip(rows, unclear, strict=True)]
    table = aw.read(kept(sheet_with([["code", "cijfer", "school"], *rows])[0], save))
    assert table["cijfer"].dropna().tolist() == ["6.5", "7,25", "8", "5.5", "6.125"]


def test_a_day_is_a_day_and_a_number_under_datum_is_said_to_be_one_perhaps(save):
    rows = [["dag", "afnamedatum", "gemengd"], [DAY, 46023, DAY], [DAY, 46024, 46024]]
    table = aw.read(kept(sheet_with(rows)[0], save))
    assert table["dag"].tolist() == [DAY, DAY]
    assert table["afnamedatum"].tolist() == [46023, 46024]
    assert any(note.startswith("afnamedatum: getallen die dagnummers") for note in notes(table))
    assert table["gemengd"].tolist() == ["2026-01-01 00:00:00", "46024"]
    assert any(note.startswith("gemengd: tekst, want er staan datums") for note in notes(table))


def test_times_of_the_day_are_text(save):
    rows = [["tijd", "duur"], [datetime.time(8, 30), datetime.timedelta(hours=30)], [None, None]]
    table = aw.read(kept(sheet_with([*rows, [datetime.time(9, 0), None]])[0], save))
    assert table["tijd"].tolist() == ["08:30:00", "09:00:00"]


@pytest.mark.parametrize(
    ("name", "codes", "doubt"),
    [
        ("leerlingnummer", [12345, 1234, 54321, 23456, 999, 34567, 77777, 88888], 2),
        ("vestiging", [0, 1, 0, 2], 4),
        ("GEMEENTENUMMER", [546, 1200, 1900, 363], 2),
        ("volgnummer", list(range(990, 1100)), 0),  # they follow one another
        ("code", [1234, 5678, 2345, 9999, 1111], 0),
        ("score", [12345, 1234, 54321, 23456, 999, 34567, 77777, 88888], 0),
    ],
)
def test_codes_that_may_have_lost_leading_zeros_are_counted(name, codes, doubt, save):
    rows = [[name, "x"], *([code, "a"] for code in codes)]
    table = aw.read(kept(sheet_with(rows)[0], save), keep=(name,))
    assert table[name].tolist() == codes
    found = [note for note in notes(table) if "nullen vooraan" in note]
    assert [f"andere: {doubt};" in note for note in found] == ([True] if doubt else [])


def test_a_school_code_that_became_a_number_is_said(save):
    table = aw.read(kept(sheet_with([["BRIN", "x"], ["02QZ", 1], [200000, 2]])[0], save))
    assert table["BRIN"].tolist() == ["02QZ", "200000"]
    assert any(note.startswith("BRIN: getallen tussen de codes: 1") for note in notes(table))


def test_hidden_rows_and_columns_are_read_and_said(save):
    book, sheet = sheet_with([HEAD, *BODY])
    sheet.row_dimensions[3].hidden = sheet.row_dimensions[5].hidden = True
    sheet.row_dimensions[40].hidden = True
    sheet.column_dimensions["C"].hidden = True
    table = aw.read(kept(book, save))
    assert len(table) == 6
    assert "verborgen rijen meegelezen: 2 (rij 3, 5)" in notes(table)
    assert "verborgen kolommen meegelezen: score" in notes(table)


def test_a_cell_merged_over_rows_holds_for_each_of_them(save):
    rows = [["school", "score"], *([None, i] for i in range(6))]
    rows[1][0], rows[4][0] = "De Kring", "Het Anker"
    book, sheet = sheet_with(rows)
    sheet.merge_cells("A2:A4")
    sheet.merge_cells("A5:A7")
    table = aw.read(kept(book, save))
    assert table["school"].tolist() == ["De Kring"] * 3 + ["Het Anker"] * 3
    assert "school: gevuld uit samengevoegde cellen (4)" in notes(table)


def test_a_formula_without_a_stored_outcome_is_refused_where_it_stands(save):
    rows = [["a", "b"], [1, 2], [3, "=A3*2"], [5, "=A4*2"], ["Totaal", "=1+1"]]
    book, _ = sheet_with(rows)
    path = kept(book, save)
    with pytest.raises(aw.DataError) as caught:
        aw.read(path)
    (fault,) = caught.value.faults
    assert (fault.column, fault.rows, fault.count) == ("b", (3, 4), 2)
    assert "formules" in fault.rule.nl

    def stored(xml: bytes) -> bytes:
        return re.sub(rb"(<f>[^<]*</f>)<v ?/?>(</v>)?", rb"\1<v>6</v>", xml)

    table = aw.read(changed(path, "xl/worksheets/sheet1.xml", stored))
    assert table["b"].tolist() == [2, 6, 6]


def test_a_formula_with_an_empty_text_as_outcome_has_an_outcome(save):
    path = kept(sheet_with([["a", "b"], [1, "x"], [2, '=""']])[0], save)

    def stored(xml: bytes) -> bytes:
        return re.sub(rb'<c r="B3"[^>]*>(<f>[^<]*</f>)<v ?/?>(</v>)?',
                      rb'<c r="B3" t="str">\1<v></v>', xml)  # fmt: skip

    table = aw.read(changed(path, "xl/worksheets/sheet1.xml", stored))
    assert table["b"].isna().tolist() == [False, True]


def test_whole_numbers_and_truth_stay_what_they_are(save):
    rows = [["heel", "half", "waar"], [1, 1.5, True], [2, 2.0, False]]
    kinds = [str(kind) for kind in aw.read(kept(sheet_with(rows)[0], save)).dtypes]
    assert kinds == ["int64", "float64", "bool"]


# ---------------------------------------------------------------- .ods and .xls


def test_an_open_document_is_read_like_a_workbook(save):
    span = 'table:number-columns-spanned="2"'
    rows = [
        ods_row(["Taaltoets"]),
        ods_row([], 'table:number-rows-repeated="2"'),
        ods_row(["leerling", ods_cell("Voor", span), COVERED, ods_cell("Na", span), COVERED]),
        ods_row([None, "score", "dag", "score", "ja"]),
        *(ods_row([f"P{i}", f"{i},5", DAY, i + 0.25, i > 1]) for i in range(4)),
        ods_row(["P8", "8,5", DAY, ods_cell(9, 'table:number-columns-repeated="1"'), True],
                'table:visibility="collapse"'),
        ods_row([ods_cell(None, 'table:number-columns-repeated="1024"')],
                'table:number-rows-repeated="1048000"'),
    ]  # fmt: skip
    table = aw.read(ods(save, ods_table(rows)))
    assert list(table.columns) == ["leerling", "Voor score", "Voor dag", "Na score", "Na ja"]
    assert table["Voor score"].tolist() == [0.5, 1.5, 2.5, 3.5, 8.5]
    assert table["Voor dag"].tolist() == [DAY] * 5
    assert table["Na score"].tolist() == [0.25, 1.25, 2.25, 3.25, 9]
    assert table["Na ja"].tolist() == [False, False, True, True, True]
    assert (table.index + 2).tolist() == [6, 7, 8, 9, 10]
    assert "verborgen rijen meegelezen: 1 (rij 10)" in notes(table)


def test_repeated_cells_and_rows_of_an_open_document_are_that_many(save):
    rows = [
        ods_row(["a", "b", "c"]),
        ods_row([ods_cell(3, 'table:number-columns-repeated="3"')],
                'table:number-rows-repeated="4"'),
    ]  # fmt: skip
    table = aw.read(ods(save, ods_table(rows)))
    assert table.to_dict("list") == {"a": [3] * 4, "b": [3] * 4, "c": [3] * 4}


def test_the_text_of_an_open_document_is_whole_and_without_its_remarks(save):
    cell = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>let op</text:p>'
        '</office:annotation><text:p>De<text:s text:c="2"/>Kring<text:line-break/>'
        "<text:span>Leiden</text:span> e.o.</text:p></table:table-cell>"
    )
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">'
        "<text:p>#DEEL/0!</text:p></table:table-cell>"
    )
    rows = [ods_row(["school", "x"]), ods_row([cell, 1]), ods_row(["Anker", error])]
    table = aw.read(ods(save, ods_table(rows)))
    assert table["school"].tolist() == ["De  Kring\nLeiden e.o.", "Anker"]
    assert table["x"].tolist() == ["1", "#DEEL/0!"]


def test_sheets_of_an_open_document_that_are_out_of_sight_come_last(save):
    hidden = ods_table([ods_row(["x", "y"]), ods_row([1, 2])], "Weg", 'table:style-name="off"')
    seen = ods_table([ods_row(["a", "b"]), ods_row([3, 4])], "Blad")
    path = ods(save, hidden, seen)
    assert list(aw.read(path).columns) == ["a", "b"]
    assert list(aw.read(path, sheet="Weg").columns) == ["x", "y"]


def test_an_open_document_that_claims_endless_cells_is_refused(save):
    row = ods_row([ods_cell(1, 'table:number-columns-repeated="16000"')],
                  'table:number-rows-repeated="1000000"')  # fmt: skip
    with pytest.raises(aw.DataError, match="niet te lezen"):
        aw.read(ods(save, ods_table([row])))


def test_an_old_workbook_is_read_like_a_new_one():
    table = aw.read(OLD)
    assert list(table.columns) == [
        "leerling", "Voormeting score", "Voormeting klas", "Nameting score", "Nameting klas",
        "dag", "fout",
    ]  # fmt: skip
    assert table["Voormeting score"].tolist() == [i + 0.5 for i in range(6)]
    assert table["Voormeting klas"].tolist() == [7] * 6
    assert table["dag"].tolist() == [DAY + datetime.timedelta(days=i) for i in range(6)]
    assert (table.index + 2).tolist() == list(range(5, 11))
    assert notes(table)[0] == "werkblad ‘Data’, en niet ‘Uitleg’"
    assert {"kopregels op rij 3–4", "1 voetregel weggelaten (rij 12)"} <= set(notes(table))
    assert any("een cel met een fout" in note for note in notes(table))
    assert [str(table[name].dtype) for name in ("Voormeting klas", "fout")] == ["int64", "float64"]


def refused_by_openpyxl(save: Save, rows: Sequence[Sequence[object]]) -> Path:
    """A workbook as the CBS makes them: sound, but with styles that openpyxl refuses."""
    path = kept(sheet_with(rows)[0], save)
    path = changed(path, "xl/styles.xml", lambda xml: re.sub(rb"<fill>.*?</fill>", b"<fill/>", xml))
    with path.open("rb") as file, pytest.raises(TypeError, match="fills"):
        openpyxl.load_workbook(file)
    return path


def test_a_workbook_with_styles_that_openpyxl_refuses_is_read_all_the_same(save):
    titles = [["Tabel 2"], ["zonder drempel"], []]
    rows = [*titles, ["vestigingsnummer", "aantal leerlingen", "score", "dag"], []]
    rows += [["00ZR00", 120, 35.5, DAY], ["02QZ01", 80, "#N/A", DAY], ["03AB00", 15, 3.25, DAY]]
    table = aw.read(refused_by_openpyxl(save, rows))
    assert table["vestigingsnummer"].tolist() == ["00ZR00", "02QZ01", "03AB00"]
    assert table["aantal leerlingen"].tolist() == [120, 80, 15]
    assert table["score"].isna().tolist() == [False, True, False]
    assert "kopregel op rij 4" in notes(table)
    assert "cellen met een fout (zoals #DIV/0!) tellen als leeg: 1" in notes(table)


def test_a_row_with_a_number_beyond_any_sheet_does_not_fill_the_memory(save):
    path = kept(sheet_with([HEAD, *BODY])[0], save)

    def far(xml: bytes) -> bytes:
        return xml.replace(b'<row r="7"', b'<row r="2147483648"')

    with pytest.raises(aw.DataError, match="niet te lezen"):
        aw.read(changed(path, "xl/worksheets/sheet1.xml", far))


def test_a_cell_far_away_does_not_fill_the_memory(save):
    path = refused_by_openpyxl(save, [HEAD, *BODY])

    def far(xml: bytes) -> bytes:
        return xml.replace(b'r="A7"', b'r="XFD1048576"')

    with pytest.raises(aw.DataError, match="niet te lezen"):
        aw.read(changed(path, "xl/worksheets/sheet1.xml", far))


# ---------------------------------------------------------------- what is no workbook


def zipped(**parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return content.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
NO_TABLE = {
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "a photograph": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "afbeelding"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "afbeelding"),
    "a Word document": (zipped(word__document_xml="<w/>"), "tekstdocument"),
    "an old Word document": (OLE + "WordDocument".encode("utf-16-le"), "tekstdocument"),
    "an open document of text": (
        zipped(mimetype="application/vnd.oasis.opendocument.text"), "tekstdocument"),
    "a presentation": (zipped(ppt__presentation_xml="<p/>"), "presentatie"),
    "another kind of workbook": (zipped(xl__workbook_bin="x"), ".xlsb"),
    "a zip of files": (zipped(leerlingen_csv="a;b\n1;2\n"), "ingepakt"),
    "a packed file": (b"\x1f\x8b\x08\x00", "ingepakt"),
    "a workbook behind a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "wachtwoord"),
    "half an old workbook": (OLE + "Workbook".encode("utf-16-le"), "niet te lezen"),
    "a page that calls itself Excel": (b"<html><table><tr><td>a</td></tr></table>", "webpagina"),
    "XML": (b'<?xml version="1.0"?><Workbook/>', "webpagina"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), NO_TABLE.values(), ids=NO_TABLE)
def test_what_is_no_table_is_refused_with_one_clear_error(content, words, save):
    with pytest.raises(aw.DataError, match=re.escape(words)) as caught:
        aw.read(save(content, "leerlingen.xlsx"))
    (fault,) = caught.value.faults
    assert fault.file == "leerlingen.xlsx"
    assert fault.remedy.nl != fault.remedy.en


def test_an_open_document_behind_a_password_is_refused(save):
    path = ods(save, ods_table([]), manifest="<manifest:encryption-data/>")
    with pytest.raises(aw.DataError, match="wachtwoord"):
        aw.read(path)


# ---------------------------------------------------------------- any table

word = st.text("abcdé ;,'’\n", min_size=1, max_size=6).map(lambda t: f"w{t}w")
cell = st.one_of(
    word, st.integers(-10**6, 10**6), st.floats(-1e6, 1e6, allow_subnormal=False), st.none(),
    st.booleans(), st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2050, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)),
)  # fmt: skip
some = settings(
    max_examples=30, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip


@some
@given(
    data=st.data(),
    above=st.lists(word, max_size=3),
    spacer=st.booleans(),
    below=st.sampled_from([(), ("Bron: verzonnen",), ("Let op: niet echt", "* met een ster")]),
    left=st.integers(0, 2),
    kind=st.sampled_from(["xlsx", "ods"]),
)
def test_a_table_is_found_wherever_it_stands(data, above, spacer, below, left, kind, save):
    """Columns of one kind each: a column that mixes kinds is text, which is told."""
    n, width = data.draw(st.integers(1, 5)), data.draw(st.integers(2, 5))
    kinds = [word, st.integers(-99, 99), st.floats(-99, 99).map(lambda x: round(x, 3) + 0.0),
             st.booleans(), st.datetimes(DAY, datetime.datetime(2050, 1, 1)).map(
                 lambda moment: moment.replace(microsecond=0))]  # fmt: skip
    columns = [data.draw(st.lists(data.draw(st.sampled_from(kinds)), min_size=n, max_size=n))
               for _ in range(width)]  # fmt: skip
    names = [f"kolom {i}" for i in range(width)]
    pad = [None] * left
    gap = [[]] if spacer or above else []
    body = [[*pad, *row] for row in zip(*columns, strict=True)]
    titles, sources = [[t] for t in above], [[t] for t in below]
    rows = [*titles, *gap, [*pad, *names], *body, *gap, *sources]
    if kind == "xlsx":
        path = kept(sheet_with(rows)[0], save)
    else:
        path = ods(save, ods_table([ods_row(row) for row in rows]))
    table = aw.read(path, keep=names)
    assert list(table.columns) == names
    for name, column in zip(names, columns, strict=True):
        expected = [x.strip() if isinstance(x, str) else x for x in column]
        assert table[name].tolist() == expected
    first = len(above) + len(gap) + 2
    assert (table.index + 2).tolist() == list(range(first, first + n))


def survives(path: Path) -> None:
    said = ["read"]
    try:
        aw.read(path)
    except aw.DataError as error:
        said = [error.explain("nl"), error.explain("en")]
    assert all(said)


def damage(draw: Callable, content: bytes) -> bytes:
    raw = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw) - 1))
        new = draw(st.binary(min_size=1, max_size=4))
        raw[at : at + len(new)] = new
    return bytes(raw[: draw(st.none() | st.integers(0, len(raw)))])


@some
@given(data=st.data())
def test_a_damaged_old_workbook_is_read_or_refused(data, save):
    survives(save(damage(data.draw, OLD.read_bytes()), "oud.xls"))


@some
@given(data=st.data())
def test_a_damaged_open_document_is_read_or_refused(data, save):
    rows = [ods_row(["a", "b", "c"]), *(ods_row([f"P{i}", i, DAY]) for i in range(3))]
    path = ods(save, ods_table(rows))
    whole = path.read_bytes()
    changed(path, "content.xml", lambda xml: damage(data.draw, xml))
    survives(path)
    path.write_bytes(damage(data.draw, whole))
    survives(path)
