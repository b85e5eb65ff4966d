"""What is wrong with data is told once, all of it, where it stands and what to do about it."""

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.cli import main
from academic_workplace.plan import parse_plan

PRIVATE = "geheim7"  # stands in cells of pupils: no message may hold it

PLAN = """
[design]
cluster = "school"
treatment = "programma"
pupil = "leerling"
covariates = ["voor"]

[[outcomes]]
column = "na"
"""


def put(rows, column, value):
    """A change: the value in these places of a column (from 0)."""

    def change(table):
        mixed = table.astype({column: object})
        mixed.loc[list(rows), column] = value
        return mixed

    return change


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong, and how it must be told. rows: as a spreadsheet numbers them."""

    change: object
    column: str
    nl: str
    en: str
    rows: tuple[int, ...] = ()
    count: int = 0


WRONG = {
    "a column is missing": Wrong(
        lambda t: t.rename(columns={"voor": "vor"}), "voor", "ontbreekt", "missing"
    ),
    "text among numbers": Wrong(put([2, 4], "na", PRIVATE), "na", "getallen", "Numbers", (4, 6), 2),
    "no numbers at all": Wrong(
        put(range(24), "na", PRIVATE), "na", "getallen", "Numbers", tuple(range(2, 12)), 24
    ),
    "an endless number": Wrong(
        put([0], "na", "1e999"), "na", "oneindig", "infinite", (2,), 1
    ),
    "a number beyond reckoning": Wrong(
        put([0], "na", "1e300"), "na", "zo groot of zo klein", "so large or so small", (2,), 1
    ),
    "a characteristic beyond reckoning": Wrong(
        put([3], "voor", -1e80), "voor", "zo groot of zo klein", "so large or so small", (5,), 1
    ),
    "an outcome in too large a unit": Wrong(
        lambda t: t.assign(na=t.na * 1e-200), "na", "zo klein", "so small"
    ),
    "treatment varies within a school": Wrong(
        put([5], "programma", 0), "programma", "meer dan één groep", "More than one arm",
        (6, 7, 8, 9), 4,
    ),
    "one arm only": Wrong(
        put(range(24), "programma", 1), "programma", "geen twee groepen", "no two arms"
    ),
    "an arm whose schools are not known": Wrong(
        lambda t: put([i for i in range(24) if t.programma[i]], "school", "")(t),
        "programma", "geen twee groepen", "no two arms",
    ),
    "an empty treatment": Wrong(
        put(range(24), "programma", ""), "programma", "geen twee groepen", "no two arms"
    ),
    "too many groups": Wrong(
        lambda t: pd.concat([t.assign(programma=f"g{i}", school=f"s{i}") for i in range(31)])
        .assign(leerling=range(31 * 24)),
        "programma", "31 verschillende waarden", "31 different values",
    ),
    "an empty outcome": Wrong(put(range(24), "na", ""), "na", "leeg", "empty"),
    "an outcome that is nowhere known": Wrong(put(range(24), "na", "NA"), "na", "leeg", "empty"),
    "a characteristic that is empty for an arm": Wrong(
        lambda t: put([i for i in range(24) if t.programma[i]], "voor", "")(t), "voor",
        "leeg voor iedereen in groep ‘1’", "empty for everyone in arm ‘1’",
    ),
    "a characteristic that nobody has": Wrong(
        put(range(24), "voor", ""), "voor", "van geen enkele leerling", "of no pupil"
    ),
    "a constant outcome": Wrong(put(range(24), "na", 7), "na", "voor iedereen gelijk", "the same"),
    "a code for missing among numbers": Wrong(
        put([1, 7], "na", 99), "na", "een code voor ‘ontbreekt’", "a code for ‘missing’", (3, 9), 2
    ),
    "a negative code in a characteristic": Wrong(
        put([4], "voor", -999), "voor", "een code voor ‘ontbreekt’", "a code for ‘missing’", (6,), 1
    ),
    "a school written in two ways": Wrong(
        put([6], "school", "SCHOOL  1"), "school", "hoofdletters of spaties", "capitals or spaces",
        (6, 7, 8, 9), 4,
    ),
    "an arm written in two codings": Wrong(
        lambda t: put(range(16, 24), "programma", "nee")(put(range(20, 24), "programma", "ja")(t)),
        "programma", "twee manieren", "in two ways",
    ),
    "a pupil twice": Wrong(
        put([3, 2], "leerling", PRIVATE), "leerling", "niet gelijk", "not alike", (4, 5), 2,
    ),
    "a row twice": Wrong(
        lambda t: pd.concat([t, t.iloc[[5]]], ignore_index=True), "leerling", "precies gelijk",
        "precisely alike", (7, 26), 2,
    ),
    "a number of a pupil in two schools": Wrong(
        put([3, 9], "leerling", PRIVATE), "leerling", "meer dan één cluster",
        "more than one cluster", (5, 11), 2,
    ),
    "a hidden count among numbers": Wrong(
        put([2, 4], "voor", "<5"), "voor", "verborgen", "hidden", (4, 6), 2
    ),
}  # fmt: skip
each_wrong = pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)


def faults_of(work):
    with pytest.raises(aw.DataError) as caught:
        work()
    return caught.value


@each_wrong
def test_a_fault_names_file_column_rows_and_remedy(wrong, pupils, plan, as_text, save):
    path = save(as_text(wrong.change(pupils)))
    error = faults_of(lambda: aw.check(aw.read(path), plan))
    (fault,) = [f for f in error.faults if f.column == wrong.column and wrong.nl in f.rule.nl]
    assert wrong.en in fault.rule.en
    assert fault.file == path.name
    assert (fault.rows, fault.count) == (wrong.rows, wrong.count)
    assert fault.remedy.nl
    assert fault.remedy.en
    assert PRIVATE not in error.explain("nl") + error.explain("en")


@each_wrong
def test_a_streamed_file_has_the_same_faults_without_row_numbers(
    wrong, pupils, plan, as_text, save
):
    path = save(as_text(wrong.change(pupils)))
    whole = faults_of(lambda: aw.collect(aw.read(path), plan))
    streamed = faults_of(lambda: aw.collect(path, plan))
    assert [replace(fault, rows=()) for fault in whole.faults] == list(streamed.faults)
    assert PRIVATE not in str(streamed)


@each_wrong
def test_a_table_in_memory_has_the_same_faults_with_its_rows_counted_from_1(wrong, pupils, plan):
    error = faults_of(lambda: aw.check(wrong.change(pupils), plan))
    (fault,) = [f for f in error.faults if f.column == wrong.column and wrong.nl in f.rule.nl]
    assert fault.file == ""
    assert fault.rows == tuple(row - 1 for row in wrong.rows)
    assert fault.count == wrong.count


@each_wrong
@pytest.mark.parametrize("command", ["check", "report"])
def test_the_command_line_ends_with_2_and_leaves_every_file_as_it_was(
    wrong, command, pupils, as_text, save, tmp_path, capsys
):
    data, plan = save(as_text(wrong.change(pupils))), save(PLAN, "plan.toml")
    made, new = tmp_path / "made", tmp_path / "new"
    made.mkdir()
    (made / "rapport.html").write_text("of last week")
    before = sorted(tmp_path.rglob("*"))
    for folder in (made, new):
        asked = [command, str(plan), "--data", str(data), "--out", str(folder)]
        assert main([*asked, "--language", "en"]) == 2
        if command == "check":
            page = (folder / "check.html").read_text("utf-8")
            assert wrong.en in page
            assert PRIVATE not in page
            (folder / "check.html").unlink()
    new.rmdir() if new.exists() else None
    said = capsys.readouterr()
    assert said.out == ""
    assert wrong.en in said.err
    assert f"[{data.name}] [{wrong.column}]" in said.err
    assert PRIVATE not in said.err
    assert "Traceback" not in said.err
    assert sorted(tmp_path.rglob("*")) == before
    assert (made / "rapport.html").read_text() == "of last week"


def everything_wrong(table):
    table = put([5], "programma", 0)(put([2, 4], "na", PRIVATE)(table))
    return put([3, 9], "leerling", "L00")(table).rename(columns={"voor": "vor"})


def test_every_fault_is_told_at_once(pupils, plan, as_text, save):
    path = save(as_text(everything_wrong(pupils)))
    error = faults_of(lambda: aw.check(aw.read(path), plan))
    assert [(fault.column, fault.count) for fault in error.faults] == [
        ("voor", 0), ("na", 2), ("leerling", 2), ("leerling", 3), ("programma", 4)
    ]  # fmt: skip
    said = error.explain("nl").splitlines()
    assert said[0] == "Er klopt iets niet in de gegevens:"
    assert said[1] == "1. [leerlingen.csv] [voor] Deze kolom ontbreekt."
    assert said[2] == "    → Bedoelt u ‘vor’? Pas het plan of het bestand aan."
    assert said[3].endswith("Rijen: 4, 6.")
    assert len(said) == 1 + 2 * 5


def test_the_real_command_ends_with_2_without_a_traceback(pupils, as_text, save, tmp_path):
    data, plan = save(as_text(everything_wrong(pupils))), save(PLAN, "plan.toml")
    command = Path(sys.executable).with_name("workplace")
    arguments = [command, "report", plan, "--data", data, "--out", tmp_path / "out"]
    done = subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "5. [leerlingen.csv] [programma]" in done.stderr
    assert "Traceback" not in done.stderr
    assert PRIVATE not in done.stderr
    assert not (tmp_path / "out").exists()


def test_messages_follow_the_language_asked_for(pupils, plan, monkeypatch):
    error = faults_of(lambda: aw.check(everything_wrong(pupils), plan))
    assert str(error) == error.explain("nl")
    monkeypatch.setenv("WORKPLACE_LANGUAGE", "en")
    assert str(error) == error.explain("en")
    for dutch, english in zip(error.faults, error.faults, strict=True):
        assert dutch.rule.nl != english.rule.en


def test_only_the_first_ten_rows_are_named_and_all_are_counted(pupils, plan, as_text, save):
    path = save(as_text(put(range(3, 20), "na", PRIVATE)(pupils)))
    error = faults_of(lambda: aw.check(aw.read(path), plan))
    assert "Rijen: 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 en meer (17 in totaal)." in error.explain("nl")
    assert "Rows: 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and more (17 in all)." in error.explain("en")
    streamed = faults_of(lambda: aw.collect(path, plan))
    assert "Aantal rijen: 17." in streamed.explain("nl")
    assert "Number of rows: 17." in streamed.explain("en")


def test_rows_are_numbered_as_in_the_spreadsheet_despite_empty_rows_and_breaks_in_cells(
    pupils, plan, as_text, save
):
    changed = put([7], "na", PRIVATE)(put([1], "school", "School\n0")(pupils))
    lines = as_text(changed).split("\n")
    lines[6:6] = ["", ",,,,"]
    path = save("\n".join(lines))
    assert faults_of(lambda: aw.check(aw.read(path), plan)).faults[0].rows == (11,)


def test_rows_keep_their_number_when_part_of_the_file_is_checked(pupils, plan, as_text, save):
    table = aw.read(save(as_text(put([7], "na", PRIVATE)(pupils))))
    part = table[table["school"] != "School 0"].sort_values("voor")
    assert faults_of(lambda: aw.check(part, plan)).faults[0].rows == (9,)


def test_in_a_column_of_text_only_the_cells_that_are_no_number_are_counted(pupils, plan):
    mixed = pupils.astype({"na": str})
    mixed.loc[[1, 2, 3, 4, 5], "na"] = [PRIVATE, "NA", "", " 7.5 ", "-"]
    assert faults_of(lambda: aw.check(mixed, plan)).faults[0].rows == (2, 6)


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (["2.5", "3,5", PRIVATE, "4", "NA"], (4,)),  # the word is wrong, not the numbers
        (["2.55", "3,5", "4.25", "4", "NA"], (2, 4)),  # the others are written with a comma
        (["2.555", "3.555", "4", "", "NA"], (2, 3)),  # thousands, or decimals?
    ],
)
def test_in_a_file_with_decimal_commas_the_cells_that_do_not_fit_are_counted(
    cells, rows, pupils, plan, as_text, save
):
    pupils = pupils.astype({"na": object})
    pupils["na"] = cells + [str(i) for i in range(19)]
    path = save(as_text(pupils, ";", ","))
    (fault,) = faults_of(lambda: aw.check(aw.read(path), plan)).faults
    assert (fault.column, fault.rows, fault.count) == ("na", rows, len(rows))
    (fault,) = faults_of(lambda: aw.collect(path, plan)).faults
    assert (fault.column, fault.rows, fault.count) == ("na", (), len(rows))


def test_a_misspelt_group_is_told_both_ways(pupils, as_text, save):
    words = PLAN + '[arms.ja]\nlabel = "wel"\n[arms.nee]\nlabel = "niet"\n'
    plan = aw.read_plan(save(words.replace("[[out", 'comparison = "nee"\n[[out', 1), "plan.toml"))
    table = pupils.assign(programma=np.where(pupils.programma == 1, "Ja", "nee"))
    said = faults_of(lambda: aw.check(table, plan)).explain("nl")
    assert "heeft dus geen clusters: ‘ja’. Wel gevonden: ‘Ja’, ‘nee’." in said
    assert "Deze groepen staan niet in het plan: ‘Ja’." in said


def test_values_that_may_be_pupils_are_never_listed(pupils, plan):
    """A column of names that is taken for the treatment."""
    table = pupils.assign(programma=[f"{PRIVATE} {i}" for i in range(24)], school=range(24))
    said = faults_of(lambda: aw.check(table, plan)).explain("nl")
    assert PRIVATE not in said
    assert "24 verschillende waarden" in said


@pytest.mark.parametrize("weight", [1e-300, 1e300])
def test_a_weight_beyond_reckoning_is_told_streamed_and_whole(weight, pupils, save):
    weighted = pupils.assign(gewicht=1.0)
    weighted.loc[5, "gewicht"] = weight
    plan = parse_plan(PLAN.replace("pupil =", 'weights = "gewicht"\npupil ='))
    path = save(weighted.to_csv(index=False))
    for work in (lambda: aw.check(weighted, plan), lambda: aw.collect(path, plan)):
        (fault,) = faults_of(work).faults
        assert (fault.column, fault.count) == ("gewicht", 1)
        assert "so large or so small" in fault.rule.en


def test_complex_and_endless_whole_numbers_are_no_measurements(pupils, plan):
    for value in (2 + 1j, 10**400):
        wrong = pupils.astype({"na": object})
        wrong["na"] = [value, *pupils["na"][1:]]
        wrong = wrong.infer_objects()
        (fault,) = faults_of(lambda table=wrong: aw.check(table, plan)).faults
        assert fault.column == "na"
        assert "Numbers belong here" in fault.rule.en


def test_a_table_of_waves_put_together_may_repeat_its_index(pupils):
    plan = parse_plan(PLAN.replace("pupil =", 'comparison = "0"\nalone = ["0"]\npupil ='))
    again = pupils.set_index(np.zeros(len(pupils), dtype=int))
    assert aw.estimate(again, plan)[0] == aw.estimate(pupils, plan)[0]


def test_a_table_without_rows_is_no_table(pupils, plan):
    (fault,) = faults_of(lambda: aw.check(pupils.head(0), plan)).faults
    assert fault.rule.nl == "Deze tabel heeft geen rijen."


def test_a_column_that_stands_twice_in_a_table_is_told(pupils, plan):
    twice = pd.concat([pupils, pupils[["na"]]], axis=1)
    (fault,) = faults_of(lambda: aw.check(twice, plan)).faults
    assert (fault.column, fault.rule.nl) == ("na", "Deze kolomnaam komt meer dan eens voor.")


def test_pupils_without_a_number_are_not_the_same_pupil(pupils, plan):
    assert len(aw.check(put([1, 2, 3], "leerling", None)(pupils), plan)) == len(pupils)


LONG = aw.Plan(
    outcome="score", treatment="programma", cluster="school", pupil="leerling", wave="moment",
    baseline="voor", waves=("na", "later"), covariates=("meisje",),
)  # fmt: skip


def long(pupils):
    """The same pupils with three rows each."""
    rng = np.random.default_rng(3)
    three = pupils.loc[pupils.index.repeat(3), ["leerling", "school", "programma"]]
    return three.assign(
        moment=["voor", "na", "later"] * len(pupils),
        meisje=np.repeat(rng.integers(0, 2, len(pupils)), 3),
        score=rng.normal(size=len(three)).round(2),
    ).reset_index(drop=True)


LONG_WRONG = {
    "a pupil twice at one wave": Wrong(
        put([5], "moment", "na"), "leerling", "hetzelfde meetmoment", "same wave", (6, 7), 2
    ),
    "a pupil who changes school": Wrong(
        put([4], "school", "School 4"), "school", "verschilt", "differs", (5, 6, 7), 3
    ),
    "a pupil who changes arm": Wrong(
        put([4], "programma", 1), "programma", "verschilt", "differs", (5, 6, 7), 3
    ),
    "a row without a pupil": Wrong(
        put([4, 5], "leerling", ""), "leerling", "leeg", "empty", (6, 7), 2
    ),
    "a row without a wave": Wrong(put([4], "moment", ""), "moment", "leeg", "empty", (6,), 1),
    "a wave that nobody has": Wrong(
        lambda t: t.replace({"moment": {"later": "Later"}}), "moment", "komt niet voor",
        "does not occur",
    ),
    "an outcome empty at one wave": Wrong(
        put(range(2, 72, 3), "score", ""), "score", "leeg (later)", "empty (later)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", LONG_WRONG.values(), ids=LONG_WRONG)
def test_the_long_layout_has_faults_of_its_own(wrong, pupils, as_text, save):
    path = save(as_text(wrong.change(long(pupils))))
    error = faults_of(lambda: aw.check(aw.read(path), LONG))
    (fault,) = [f for f in error.faults if f.column == wrong.column and wrong.nl in f.rule.nl]
    assert wrong.en in fault.rule.en
    assert (fault.rows, fault.count) == (wrong.rows, wrong.count)
    streamed = faults_of(lambda: aw.collect(path, LONG))
    assert [replace(f, rows=()) for f in error.faults] == list(streamed.faults)


def test_without_a_baseline_a_background_that_changes_is_told(pupils, as_text, save):
    table = long(pupils)
    table.loc[4, "meisje"] = 1 - table.loc[4, "meisje"]
    path = save(as_text(table))
    plan = replace(LONG, baseline=None)
    for work in (lambda: aw.check(aw.read(path), plan), lambda: aw.collect(path, plan)):
        (fault,) = faults_of(work).faults
        assert (fault.column, fault.count) == ("meisje", 3)
    assert len(aw.check(table, LONG)) == len(pupils)  # the baseline's counts


FILES = {
    "absent": (None, "geopend"),
    "empty": (b"", "leeg"),
    "blank": ("\ufeff \n;;\n".encode(), "leeg"),
    "header only": (b"school;programma;voor;na;leerling\n;;;;\n", "leeg"),
    "another encoding": (b"school;na\n\x81\x8d;1\n", "geen tekst in UTF-8"),
    "UTF-16 without a mark": ("school;na\n1;2\n".encode("utf-16-le"), "geen tekst in UTF-8"),
    "half a UTF-16 sign": ("school;na\n1;2\n".encode("utf-16") + b"a", "geen tekst in UTF-8"),
    "SPSS": (b"$FL2@(#) SPSS DATA FILE\x00\x00\x00", "beschadigd of niet heel"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "oud Excel-bestand (.xls), of"),
    "a web page": (b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>404", "webpagina"),
    "half an Excel file": (b"PK\x03\x04\x14\x00", "Excel-bestand is niet te lezen"),
    "a broken Parquet file": (b"PAR1\x15\x04PAR1", "Parquet-bestand is beschadigd"),
    "rows too long": (
        b"school,na\nA,1,5\nB,2\nC,1,5\n",
        "niet even veel cellen als de kopregel (2)",
    ),
    "rows too short": (b"a;b;c\n1;2;3\n1;2\n", "niet even veel cellen als de kopregel (3)"),
    "a repeated name": (b"na;school; na\n1;A;2\n", "meer dan eens"),
    "an open quotation mark": (b'a;b\n1;2\n3;"4\n5;6\n', "aanhalingsteken"),
    "a closed quotation mark too early": (b'a;b\n1;"2"3\n', "aanhalingsteken"),
}


@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_read_is_refused_the_same_way_everywhere(
    content, words, plan, save, tmp_path, capsys
):
    path = save(content) if content is not None else tmp_path / "leerlingen.csv"
    read = faults_of(lambda: aw.read(path))
    assert faults_of(lambda: aw.collect(path, plan)).faults == read.faults
    assert all(words in f.rule.nl and f.file == path.name and f.remedy.nl for f in read.faults)
    saved = save(PLAN, "plan.toml")
    out = tmp_path / "out"
    assert main(["report", str(saved), "--data", str(path), "--out", str(out)]) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


def test_rows_of_another_length_are_numbered_as_in_the_spreadsheet(save):
    path = save(b"\nschool,na\nA,1,5\n\nB,2\nC,1,5\n")
    (fault,) = faults_of(lambda: aw.read(path)).faults
    assert (fault.rows, fault.count) == ((3, 6), 2)


def test_an_open_quotation_mark_is_pointed_at(save):
    (fault,) = faults_of(lambda: aw.read(save('a;b\n1;"x\ny"\n3;"4\n5;6\n'))).faults
    assert fault.rows == (3,)


def test_a_folder_is_no_file(plan, tmp_path):
    assert "geopend" in str(faults_of(lambda: aw.read(tmp_path)))
    assert "geopend" in str(faults_of(lambda: aw.collect(tmp_path, plan)))


@pytest.mark.parametrize("code", [99, 0.5])
def test_a_value_outside_the_range_of_the_plan_is_named_streamed_and_whole(code, pupils, save):
    plan = parse_plan("""
    [design]
    treatment = "programma"
    cluster = "school"
    comparison = "0"
    [[outcomes]]
    column = "na"
    range = [1, 10]
    """)
    table = pupils.assign(na=pupils.na.clip(1, 10))
    aw.check(table, plan)
    table.loc[3, "na"] = code
    path = save(table.to_csv(index=False))
    (fault,) = faults_of(lambda: aw.check(aw.read(path), plan)).faults
    assert (fault.column, fault.rows, fault.count) == ("na", (5,), 1)
    assert "het bereik is 1 tot 10" in fault.rule.nl
    assert str(code) not in fault.rule.nl
    (streamed,) = faults_of(lambda: aw.collect(path, plan)).faults
    assert (streamed.column, streamed.rule, streamed.count) == ("na", fault.rule, 1)
