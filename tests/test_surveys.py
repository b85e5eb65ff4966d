"""Exports of survey tools: what the tool adds is known as such, and what was asked is kept."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.intake.codebook import Form, codebook_of
from academic_workplace.intake.files.reading import streams
from academic_workplace.intake.files.surveys import Survey

Save = Callable[..., Path]


def notes(table: pd.DataFrame) -> list[str]:
    return [note.nl for note in table.attrs["reading"]]


def text(rows: Sequence[Sequence[object]], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    return out.getvalue()


def meaning(table: pd.DataFrame, name: str) -> str:
    codebook = codebook_of(table)
    assert codebook is not None
    return codebook[name].meaning.nl


# ---------------------------------------------------------------- Qualtrics

NAMES = ["StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId",
         "DistributionChannel", "school", "Q1", "Q2_1"]  # fmt: skip
ASKED = ["Start Date", "End Date", "Response Type", "Progress", "Finished", "Recorded Date",
         "Response ID", "Distribution Channel", "Op welke school zit je?",
         "Hoe vaak, <b>gemiddeld</b>,<br/>\nvoel je je prettig op school?",
         "Ik durf iets te vragen"]  # fmt: skip
IDS = [f'{{"ImportId":"QID{i}","timeZone":"Europe/Amsterdam"}}' for i in range(len(NAMES))]
AT = "2026-03-02 10:00:00"


def answer(
    i: int, school: object, q1: object, q2: object, status: object = "IP Address",
    finished: object = "True", channel: str = "anonymous",
) -> list[object]:  # fmt: skip
    return [AT, AT, status, 100, finished, AT, f"R_{i:04d}", channel, school, q1, q2]


ANSWERS = [
    answer(1, "A", 4, 2, "Survey Preview"),
    answer(2, "A", 4, 2),
    answer(3, "B", -99, 3),
    answer(4, "B", 2, "", finished="False"),
    answer(5, "B", 1, 1, "Spam"),
    answer(6, "A", 5, 4),
    answer(7, "A", 5, 4, channel="preview"),
]


def test_a_qualtrics_export_has_three_header_rows(save):
    table = aw.read(save(text([NAMES, ASKED, IDS, *ANSWERS])))
    assert table["ResponseId"].tolist() == ["R_0002", "R_0003", "R_0004", "R_0006"]
    assert (table.index + 2).tolist() == [5, 6, 7, 9]
    assert {"export van Qualtrics", "3 kopregels"} <= set(notes(table))
    assert "rijen van een voorbeeld, test of spam weggelaten: 3" in notes(table)
    assert "rijen die niet zijn afgemaakt en wel meetellen: 1" in notes(table)


def test_the_question_of_qualtrics_is_the_meaning_and_its_code_for_seen_is_missing(save):
    table = aw.read(save(text([NAMES, ASKED, IDS, *ANSWERS])))
    assert table["Q1"].isna().tolist() == [False, True, False, False]
    assert table["Q1"].dropna().tolist() == [4, 2, 5]
    assert meaning(table, "Q1") == "Hoe vaak, gemiddeld, voel je je prettig op school?"
    column = codebook_of(table)["Q1"]
    assert [(each.code, each.count) for each in column.missing] == [("-99", 1)]
    assert column.type is Form.NUMBER
    assert codebook_of(table)["Q2_1"].missing == ()
    assert any(
        note.startswith("Q1: code -99 (gezien, niet beantwoord) telt") for note in notes(table)
    )


@pytest.mark.parametrize(
    ("status", "pupil"),
    [(0, True), (1, False), (2, False), (4, True), (8, False), (9, False), (16, True), (17, False),
     ("IP-adres", True), ("Enquêtevoorbeeld", False), ("Survey Test", False)],
)  # fmt: skip
def test_the_status_of_qualtrics_may_be_a_number_or_a_word(status, pupil, save):
    rows = [answer(1, "A", 4, 2), answer(2, "A", 3, 2, status)]
    assert len(aw.read(save(text([NAMES, ASKED, IDS, *rows])))) == 1 + pupil


def test_a_qualtrics_export_in_another_encoding_or_workbook_is_the_same(save):
    rows = [NAMES, ASKED, IDS, *ANSWERS]
    plain = aw.read(save(text(rows)))
    tabs = aw.read(save(text(rows, "\t"), "export.tsv", encoding="utf-16"))
    book = openpyxl.Workbook()
    for row in [NAMES, ASKED, *ANSWERS]:  # its workbooks have no third header row
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    sheet = aw.read(save(content.getvalue(), "export.xlsx"))
    pd.testing.assert_frame_equal(tabs, plain)
    pd.testing.assert_frame_equal(sheet.reset_index(drop=True), plain.reset_index(drop=True))
    assert meaning(sheet, "Q2_1") == meaning(tabs, "Q2_1") == "Ik durf iets te vragen"


def test_a_qualtrics_export_without_its_other_header_rows_is_one_all_the_same(save):
    table = aw.read(save(text([NAMES, *ANSWERS])))
    assert len(table) == 4
    assert table["Q1"].isna().sum() == 1
    assert not any("kopregels" in note for note in notes(table))


def test_a_survey_can_be_told_to_be_an_ordinary_table(save):
    path = save(text([NAMES, *ANSWERS]))
    for none in ("none", Survey.NONE):
        table = aw.read(path, survey=none)
        assert len(table) == len(ANSWERS)
        assert table["Q1"].tolist()[2] == -99


def test_a_table_can_be_told_to_be_a_survey(save):
    table = aw.read(save(text([["vraag", "school"], [-99, "A"], [3, "B"]])), survey="qualtrics")
    assert table["vraag"].isna().tolist() == [True, False]


# ---------------------------------------------------------------- LimeSurvey

LIME = ["id", "submitdate", "lastpage", "startlanguage", "seed", "G01Q01", "G01Q02[SQ001]"]
LIME_ROWS = [
    [1, AT, 3, "nl", 11, "A1", 3],
    [2, "", 1, "nl", 12, "A2", ""],
    [3, AT, 3, "nl", 13, "N/A", 2],
]


def test_limesurvey_tells_who_did_not_finish_and_which_questions_were_not_asked(save):
    table = aw.read(save(text([LIME, *LIME_ROWS], ";")))
    assert table["id"].tolist() == [1, 2, 3]
    assert "export van LimeSurvey" in notes(table)
    assert "rijen die niet zijn afgemaakt en wel meetellen: 1" in notes(table)
    assert table["G01Q01"].isna().tolist() == [False, False, True]
    (missing,) = codebook_of(table)["G01Q01"].missing
    assert (missing.code, missing.count) == ("N/A", 1)


def test_numbers_between_na_of_limesurvey_become_numbers(save):
    rows = [[i, AT, 3, "nl", 11, "N/A" if i == 2 else i, f"{i},5"] for i in range(1, 5)]
    table = aw.read(save(text([LIME, *rows], ";")))
    assert table["G01Q01"].dropna().tolist() == [1, 3, 4]
    assert table["G01Q02[SQ001]"].tolist() == [1.5, 2.5, 3.5, 4.5]
    assert codebook_of(table)["G01Q01"].type is Form.NUMBER


def test_headings_of_limesurvey_may_hold_code_and_question_in_dutch(save):
    names = ["id. Antwoord-ID", "submitdate. Datum ingestuurd", "lastpage. Laatste pagina",
             "startlanguage. Starttaal", "seed. Seed", "G01Q01. Hoe oud ben je?",
             "G01Q02[SQ001]. Ik durf iets te vragen."]  # fmt: skip
    table = aw.read(save(text([names, *LIME_ROWS], ";")))
    assert list(table.columns) == names
    assert meaning(table, "G01Q01. Hoe oud ben je?") == "Hoe oud ben je?"
    assert table[names[5]].isna().tolist() == [False, False, True]
    whole = ["Antwoord-ID", "Datum ingestuurd", "Laatste pagina", "Starttaal", "Seed", "Leeftijd",
             "Durf"]  # fmt: skip
    assert "rijen die niet zijn afgemaakt en wel meetellen: 1" in notes(
        aw.read(save(text([whole, *LIME_ROWS], ";")))
    )


# ---------------------------------------------------------------- Forms

FORMS = ["Id", "Begintijd", "Tijd van voltooien", "Op welke school zit je?",
         "Hoe prettig vind je het op school?"]  # fmt: skip
FORMS_ROWS = [[i, AT, AT, "De Kring", word] for i, word in enumerate(["Eens", "Oneens"], 1)]


def test_questions_of_forms_stay_the_names_and_are_the_meaning(save):
    table = aw.read(save(text([FORMS, *FORMS_ROWS], ";")))
    assert list(table.columns) == FORMS
    assert "export van Microsoft/Google Forms" in notes(table)
    assert meaning(table, FORMS[3]) == FORMS[3]


def test_short_names_are_given_when_asked_for(save):
    table = aw.read(save(text([FORMS, *FORMS_ROWS], ";")), short_names=True)
    assert list(table.columns) == ["Id", "Begintijd", "Tijd van voltooien", "v1", "v2"]
    assert meaning(table, "v2") == FORMS[4]
    assert "vragen met een korte naam: 2" in notes(table)
    plain = aw.read(save("code;Hoe gaat het?\n1;2\n"), short_names=True)
    assert list(plain.columns) == ["v1", "v2"]
    assert meaning(plain, "v2") == "Hoe gaat het?"


def test_google_forms_is_known_by_its_time_stamp_and_questions(save):
    names = ["Tijdstempel", "Op welke school zit je?", "Cijfer"]
    table = aw.read(save(text([names, [AT, "De Kring", 7], [AT, "Het Anker", 8]])))
    assert "export van Microsoft/Google Forms" in notes(table)
    table = aw.read(save(text([["timestamp", "school", "score"], [AT, "A", 7]])))
    assert not any("Forms" in note for note in notes(table))


# ---------------------------------------------------------------- the codebook beside it


def test_codes_that_a_codebook_beside_the_file_declares_missing_are_empty_and_counted(save):
    save('[columns.score]\nmeaning = "Cijfer"\ntype = "number"\n'
         'missing = [{ code = 99, label = "weet niet" }]\n[columns.elders]\ntype = "text"\n'
         '[columns.groep]\ntype = "text"\nmissing = ["onbekend"]\n', "codebook.toml")  # fmt: skip
    path = save("school;score;groep\nA;7,5;7\nB;99;onbekend\nC;99,0;8\nD;8;8\n")
    table = aw.read(path)
    assert table["score"].isna().tolist() == [False, True, True, False]
    assert table["groep"].dropna().tolist() == [7, 8, 8]
    codebook = codebook_of(table)
    assert [each.count for each in codebook["score"].missing] == [2]
    assert "elders" not in codebook
    assert "score: code 99 (weet niet) telt als leeg (2 keer)" in notes(table)
    save('[columns.score]\ntype = "number"\n', "leerlingen.codebook.toml")  # its own goes first
    assert aw.read(path)["score"].tolist() == [7.5, 99, 99, 8]


def test_a_file_with_codes_for_missing_is_the_same_study_streamed_and_whole(save, pupils, plan):
    pupils.loc[[3, 7], "na"] = 99
    path = save(pupils.to_csv(index=False))
    with pytest.raises(aw.DataError, match="code voor ‘ontbreekt’"):
        aw.collect(path, plan)
    save('[columns.na]\ntype = "number"\nmissing = [99]\n', "codebook.toml")
    assert not streams(path)
    streamed, read = aw.collect(path, plan), aw.collect(aw.read(path), plan)
    pd.testing.assert_frame_equal(streamed.flow.table(), read.flow.table())
    assert streamed.samples[0].S[:, 0, 0].sum() == len(pupils) - 2


# ---------------------------------------------------------------- any survey


@settings(max_examples=30, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    kinds=st.lists(st.sampled_from(["pupil", "preview", "spam", "unfinished", "seen"]), min_size=1,
                   max_size=12),
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)  # fmt: skip
def test_every_row_of_a_survey_is_kept_or_counted(kinds, separator, encoding, save):
    status = {"preview": "Survey Preview", "spam": "Spam"}
    rows = [
        answer(i, "A", -99 if kind == "seen" else i, 1, status.get(kind, "IP Address"),
               str(kind != "unfinished"))
        for i, kind in enumerate(kinds)
    ]  # fmt: skip
    path = save(text([NAMES, ASKED, IDS, *rows], separator), encoding=encoding)
    left = [i for i, kind in enumerate(kinds) if kind not in status]
    if not left:
        with pytest.raises(aw.DataError, match="leeg"):
            aw.read(path)
        return
    table = aw.read(path)
    assert table["ResponseId"].tolist() == [f"R_{i:04d}" for i in left]
    seen = kinds.count("seen")
    assert table["Q1"].isna().sum() == seen
    assert sum(each.count for each in codebook_of(table)["Q1"].missing) == seen
    gone = len(kinds) - len(left)
    assert (f"rijen van een voorbeeld, test of spam weggelaten: {gone}" in notes(table)) == bool(
        gone
    )
