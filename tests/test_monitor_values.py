"""Values as they are handed in: the template, what is wrong with a file, and what may leave."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from monitors import DAY, YEARS, indicator, series, study, town, value, values

from academic_workplace.agenda import Direction, Measured
from academic_workplace.agenda.reading import read_agenda
from academic_workplace.disclosure import DUTCH_5, OPENSAFELY, fewest, under
from academic_workplace.errors import DataError, PlanError
from academic_workplace.monitor import (
    Ask,
    Count,
    Progress,
    Resolved,
    Side,
    State,
    Told,
    Unknown,
    Value,
    follow,
    read_values,
    release,
    template,
)
from academic_workplace.monitor.values import HEADINGS, period_of, place_of

ROOT = Path(__file__).parents[1]
SHARE, COUNT = "plan/1.1/mee", "plan/1.2/aantal"
TOWN = town(indicator(SHARE), indicator(COUNT, measured=Measured.COUNT))
HEAD = "sleutel;periode;teller;noemer;bron;datum"


def handed_in(folder: Path, *rows: str, name: str = "groep.csv", head: str = HEAD) -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def wrong(path: Path | list[Path], **more: bool) -> list[tuple[str, str, tuple[int, ...]]]:
    """File, column and rows of every fault."""
    with pytest.raises(DataError) as error:
        read_values(path, TOWN, today=DAY, **more)
    return [(fault.file, fault.column, fault.rows) for fault in error.value.faults]


# ---------------------------------------------------------------- periods


@pytest.mark.parametrize(
    ("word", "period"),
    [
        ("2023-2024", "2023-2024"), ("2023/2024", "2023-2024"), ("2023-24", "2023-2024"),
        ("1999/00", "1999-2000"), (" 2024-1 ", "2024-1"), ("2024", "2024"), ("2024.0", "2024"),
        ("2023-2025", None), ("2024-0", None), ("2024-12", None), ("23-24", None), ("", None),
        ("schooljaar 2024", None),
    ],
)  # fmt: skip
def test_a_period_has_one_of_three_forms(word: str, period: str | None) -> None:
    assert period_of(word) == period


def test_periods_stand_in_the_order_of_time() -> None:
    years = ["2023-2024", "2024-2025", "2025-2026"]
    parts = ["2023-1", "2023-2", "2024-1", "2024-3"]
    for found in (years, parts, ["2023", "2024"]):
        assert [*sorted({*found}, key=place_of)] == found


# ---------------------------------------------------------------- reading


def test_values_keep_their_source_and_date(tmp_path: Path) -> None:
    path = handed_in(
        tmp_path,
        f"{SHARE};2023-2024;31;40;Lijst van de scholen;1-7-2024",
        f"{COUNT};2023-2024;120;;Aanmeldingen;2024-07-01",
        f"{SHARE};2024-2025;;;;",
    )
    found = read_values(path, TOWN, today=DAY)
    assert [(v.indicator, v.numerator, v.denominator) for v in found] == [
        (SHARE, Count(31, 31), Count(40, 40)), (COUNT, Count(120, 120), None),
    ]  # fmt: skip
    assert {v.date for v in found} == {datetime.date(2024, 7, 1)}
    assert found[0].source == "Lijst van de scholen"
    assert not found.synthetic
    assert found.table()["numerator_low"].tolist() == [31, 120]


def test_english_headings_and_a_workbook_say_the_same(tmp_path: Path) -> None:
    english = handed_in(tmp_path, f"{SHARE},2023-2024,31,40,list,2024-07-01", name="en.csv",
                        head="Key,Period,Numerator,Denominator,Source,Date")  # fmt: skip
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([heading.nl for heading in HEADINGS.values()])
    sheet.append([SHARE, "a", "t", "d", "2023-2024", 31, 40, "list", datetime.date(2024, 7, 1)])
    sheet.append([SHARE, "a", "t", "d", "2024-2025", "<5", 40, "list", "1-7-2025"])
    book.save(tmp_path / "nl.xlsx")
    one, both = (read_values(p, TOWN, today=DAY) for p in (english, tmp_path / "nl.xlsx"))
    assert one[0].numbers == both[0].numbers
    assert one[0].date == both[0].date
    assert both[1].numerator == Count(1, 4)


def test_a_folder_holds_what_all_handed_in(tmp_path: Path) -> None:
    handed_in(tmp_path, f"{SHARE};2023-2024;31;40;x;1-7-2024", name="a.csv")
    handed_in(tmp_path, f"{SHARE};2024-2025;33;40;x;1-7-2025",
              f"{SHARE};2023-2024;31;40;y;1-7-2024", name="b.csv")  # fmt: skip
    (tmp_path / "README.md").write_text("niets")
    found = read_values(tmp_path, TOWN, today=DAY)
    assert found.periods == ("2023-2024", "2024-2025")
    assert len(found.of(SHARE)) == 2  # the same value twice is one
    (tmp_path / "leeg").mkdir()
    assert wrong(tmp_path / "leeg") == [("leeg", "", ())]


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    first = handed_in(
        tmp_path,
        f"{SHARE};2023-2024;41;40;x;1-7-2024",  # more than all
        "plan/1.1/mea;2023-2024;3;40;x;1-7-2024",  # unknown
        f"{SHARE};2023;3,5;40;;gisteren",  # no count, source or date
        f"{SHARE};24-25;;40;x;1-7-2024",  # no period, no number
        f"{COUNT};2023-2024;12;40;x;1-7-2027",  # a count of so many; a day to come
        f"{SHARE};2022-2023;0;0;x;1-7-2024",  # of nobody
        f"{SHARE};2021-2022;5;;x;1-7-2024",
        ";2021-2022;5;10;x;1-7-2024",
    )  # fmt: skip
    second = handed_in(tmp_path, "a;1", name="anders.csv", head="sleutel;teller")
    found = wrong([first, second, tmp_path / "weg.csv"])
    here = first.name
    assert (here, "teller", (2,)) in found
    assert (here, "sleutel", (3,)) in found
    assert (here, "teller", (4,)) in found
    assert (here, "bron", (4,)) in found
    assert (here, "datum", (4,)) in found
    assert (here, "periode", (5,)) in found
    assert (here, "teller", (5,)) in found
    assert (here, "noemer", (6,)) in found
    assert (here, "datum", (6,)) in found
    assert (here, "noemer", (7,)) in found
    assert (here, "noemer", (8,)) in found
    assert (here, "sleutel", (9,)) in found
    assert {column for file, column, _ in found if file == "anders.csv"} == {
        "periode", "bron", "datum",
    }  # fmt: skip
    assert any(file == "weg.csv" for file, _, _ in found)


def test_rows_with_one_fault_are_told_together_with_what_to_do(tmp_path: Path) -> None:
    path = handed_in(tmp_path, *(f"{SHARE};{y};x;40;b;1-7-2024" for y in YEARS[:12]))
    with pytest.raises(DataError) as error:
        read_values(path, TOWN, today=DAY)
    (fault,) = error.value.faults
    assert fault.count == 12
    assert "heel getal" in fault.remedy.nl
    assert "rijen: 2, 3" in str(error.value).lower()


@pytest.mark.parametrize("word", ["1.000", "1,000", "12.5", "-3", "ca. 12", "1e3", "veel"])
def test_what_may_be_one_or_a_thousand_is_no_count(tmp_path: Path, word: str) -> None:
    path = handed_in(tmp_path, f'"{SHARE}";2023-2024;{word};4000;b;1-7-2024')
    assert wrong(path) == [("groep.csv", "teller", (2,))]


def test_minus_one_is_a_range_only_where_that_is_said(tmp_path: Path) -> None:
    path = handed_in(tmp_path, f"{SHARE};2023-2024;-1;40;DUO;1-7-2024")
    assert wrong(path) == [("groep.csv", "teller", (2,))]
    (found,) = read_values(path, TOWN, today=DAY, minus_one=True)
    assert found.numerator == Count(1, 4)


@pytest.mark.parametrize(
    "words",
    ["Opgave van Fatima de Vries", "ParnasSys, juf Anja", "zonder groep 8b", "via mw. Boer"],
)
def test_a_name_or_a_class_in_a_source_or_a_note_is_refused(tmp_path: Path, words: str) -> None:
    head = f"{HEAD};opmerking"
    told = handed_in(tmp_path, f"{SHARE};2023-2024;30;100;LVS;1-7-2024;{words}", head=head)
    assert wrong(told) == [("groep.csv", "opmerking", (2,))]
    told = handed_in(tmp_path, f"{SHARE};2023-2024;30;100;{words};1-7-2024;", head=head)
    assert wrong(told) == [("groep.csv", "bron", (2,))]


@pytest.mark.parametrize(
    "words",
    ["Registratie van de jeugdgezondheidszorg", "Groep 5 tot en met 8", "JGZ Hollands Midden"],
)
def test_an_institution_is_a_source(tmp_path: Path, words: str) -> None:
    told = handed_in(tmp_path, f"{SHARE};2023-2024;30;100;{words};1-7-2024")
    assert [v.source for v in read_values(told, TOWN, today=DAY)] == [words]


def test_a_source_may_be_described_and_may_not_point_at_a_person(tmp_path: Path) -> None:
    source = "Wij telden dit zelf in de maand {}, met veel hulp van scholen"
    told = [f"{SHARE};{y};31;40;{source.format(i)};1-7-2024" for i, y in enumerate(YEARS[:10])]
    assert len(read_values(handed_in(tmp_path, *told), TOWN, today=DAY)) == 10
    for who in ("j.jansen@school.nl", "bel 06-12345678"):
        path = handed_in(tmp_path, *told[:3], f"{SHARE};2030-2031;31;40;{who};1-7-2024")
        assert wrong(path) == [("groep.csv", "bron", (5,))]
        with pytest.raises(DataError) as error:
            read_values(path, TOWN, today=DAY)
        assert who not in str(error.value)


def test_a_range_stays_inside_its_denominator(tmp_path: Path) -> None:
    path = handed_in(tmp_path, f"{SHARE};2023-2024;<5;3;b;1-7-2024",
                     f"{SHARE};2024-2025;2;<5;b;1-7-2024")  # fmt: skip
    found = read_values(path, TOWN, today=DAY)
    assert [v.numbers for v in found] == [
        (Count(1, 3), Count(3, 3)), (Count(2, 2), Count(2, 4)),
    ]  # fmt: skip


def test_a_period_twice_with_different_values_names_both_places(tmp_path: Path) -> None:
    one = handed_in(tmp_path, f"{SHARE};2023-2024;31;40;b;1-7-2024", name="a.csv")
    two = handed_in(tmp_path, f"{SHARE};2023/24;32;40;b;1-7-2024", name="b.csv")
    with pytest.raises(DataError, match=r"a\.csv, rij 2") as error:
        read_values([one, two], TOWN, today=DAY)
    assert error.value.faults[0].file == "b.csv"


def test_periods_of_one_indicator_have_one_form(tmp_path: Path) -> None:
    path = handed_in(tmp_path, f"{SHARE};2023-2024;31;40;b;1-7-2024",
                     f"{SHARE};2024-1;31;40;b;1-7-2024")  # fmt: skip
    assert wrong(path) == [("groep.csv", "periode", (3,))]


def test_an_empty_template_holds_no_values(tmp_path: Path) -> None:
    path = template(TOWN, "plan/groep", "2025-2026", tmp_path / "leeg.csv")
    assert len(read_values(path, TOWN, today=DAY)) == 0


# ---------------------------------------------------------------- the template


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_filled_in_is_read_back(tmp_path: Path, ending: str, language: str) -> None:
    path = template(TOWN, "plan/groep", "2025/26", tmp_path / f"a.{ending}", language=language)
    if ending == "xlsx":
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        assert sheet.freeze_panes == "A2"
        assert len(sheet.data_validations.dataValidation) == 3
        assert sheet.title in ("Waarden", "Values")
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(max_row=3)]
        for row, (x, n) in zip((2, 3), ((31, 40), (120, None)), strict=True):
            for column, cell in ((6, x), (7, n), (8, "Lijst"), (9, datetime.date(2026, 7, 1))):
                sheet.cell(row, column).value = cell
        book.save(path)
    else:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        for row, (x, n) in zip(rows[1:], ((31, 40), (120, "")), strict=True):
            row[5:9] = [str(x), str(n), "Lijst", "1-7-2026"]
        path.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8-sig")
    assert rows[0] == [heading[language] for heading in HEADINGS.values()]
    assert [row[0] for row in rows[1:]] == [SHARE, COUNT]
    found = read_values(path, TOWN, today=DAY)
    assert [(v.period, v.numerator.low) for v in found] == [("2025-2026", 31), ("2025-2026", 120)]


def test_a_template_is_explained_in_both_languages(tmp_path: Path) -> None:
    path = template(TOWN, "plan/groep", "2025-2026", tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(path).worksheets[1]
    told = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    for words in (
        "Zo vult u dit in",
        "How to fill this in",
        "geen noemer",
        "Leerlingen die meedoen",
    ):
        assert words in told


def test_a_template_says_everything_that_is_wrong_and_writes_over_nothing(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as error:
        template(TOWN, "plan/groap", "2025-2027", tmp_path / "a.docx")
    assert len(error.value.faults) == 3
    with pytest.raises(PlanError, match="geen indicatoren"):
        template(TOWN, "plan/ander", "2025-2026", tmp_path / "a.csv")
    path = template(TOWN, "plan/groep", "2025-2026", tmp_path / "a.csv")
    with pytest.raises(DataError, match="staat er al"):
        template(TOWN, "plan/groep", "2025-2026", path)


# ---------------------------------------------------------------- what may leave


def told(*found: Value, action: str = "plan/1.1") -> list[Told]:
    return [p.told for p in release(found, {v.indicator: action for v in found})]


def test_a_share_is_told_only_when_both_its_parts_are_large_enough() -> None:
    for x, n, expected in (
        (10, 20, Told.NUMBER), (9, 20, Told.FEW), (0, 20, Told.FEW), (11, 20, Told.NEARLY_ALL),
        (20, 20, Told.NEARLY_ALL), (7, 12, Told.NOTHING), (4, 8, Told.NOTHING),
        (Count(1, 4), 40, Told.FEW), (Count(1, 3), Count(3, 4), Told.NOTHING),
    ):  # fmt: skip
        assert told(value(SHARE, "2024", x, n)) == [expected]
    with under(DUTCH_5):
        assert told(value(SHARE, "2024", 9, 20)) == [Told.NUMBER]
        assert told(value(SHARE, "2024", Count(1, 4), 40)) == [Told.FEW]


def test_a_count_is_told_from_the_minimum_on_and_none_is_few() -> None:
    for x, expected in (
        (0, Told.FEW),
        (9, Told.FEW),
        (10, Told.NUMBER),
        (Count(1, 4), Told.FEW),
    ):
        assert told(value(COUNT, "2024", x)) == [expected]


def test_a_range_says_no_more_than_that_it_is_few() -> None:
    few, rest = release([value("a/x", "2024", 3, 40), value("b/x", "2024", 37, 40)],
                        {"a/x": "a", "b/x": "b"})  # fmt: skip
    assert few.number is not None
    assert rest.number is not None
    assert (few.number.low, few.number.high) == (0, 9)
    assert (rest.number.low, rest.number.high) == (31, 40)
    with under(OPENSAFELY):
        (rounded,) = release([value("a/x", "2024", 33, 61)], {"a/x": "a"})
        assert rounded.number is not None
        assert (rounded.number.low, rounded.number.n) == (35, 60)


def test_parts_of_one_group_do_not_tell_of_each_other() -> None:
    parts = [value(f"a/{i}", "2024", x, 100) for i, x in enumerate((4, 36, 60))]
    found = told(*parts)
    assert found[0] is Told.FEW
    assert Told.NOTHING in found[1:]  # or 100 - 36 - 60 would be known
    other_year = [value("a/0", "2024", 4, 100), *(value(f"a/{i}", "2025", x, 100)
                  for i, x in ((1, 36), (2, 60)))]  # fmt: skip
    assert Told.NOTHING not in told(*other_year)


@pytest.mark.parametrize(
    ("second", "told"),
    [((50, 97), False), ((50, 91), False), ((50, 90), True), ((30, 57), False), ((30, 60), True)],
)
def test_two_groups_of_one_action_with_few_between_them_are_not_both_told(
    second: tuple[int, int], told: bool
) -> None:
    # 60 of 100: a second group of 97 may be all but 3 of them, one of 57 all but 3 of those counted
    pair = [value("a/x", "2024", 60, 100), value("a/y", "2024", *second)]
    kinds = [p.told for p in release(pair, dict.fromkeys(("a/x", "a/y"), "a"))]
    assert kinds == [Told.NUMBER, Told.NUMBER if told else Told.NOTHING]
    kinds = [p.told for p in release(pair, {"a/x": "a", "a/y": "b"})]
    assert kinds == [Told.NUMBER, Told.NUMBER]  # of another action: another group


def test_a_part_that_a_source_hides_is_not_told_by_the_others() -> None:
    parts = [value("a/0", "2024", Count(1, 4), 100), value("a/1", "2024", 38, 100),
             value("a/2", "2024", 60, 100)]  # fmt: skip
    assert Told.NOTHING in told(*parts)


def test_indicators_of_one_action_that_differ_by_few_are_not_both_told() -> None:
    nested = [value("a/0", "2024", 60, 200), value("a/1", "2024", 57, 200)]
    assert told(*nested).count(Told.NUMBER) == 1
    apart = release(nested, {"a/0": "a", "a/1": "b"})
    assert [p.told for p in apart] == [Told.NUMBER, Told.NUMBER]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=4))
@example([9, 9, 9])  # three ranges that only the highest numbers fill
@example([0, 9, 18])
def test_no_small_part_can_be_worked_out(parts) -> None:
    n = sum(parts)
    if n < fewest():
        return
    found = release([value(f"a{i}/x", "2024", x, n) for i, x in enumerate(parts)],
                    {f"a{i}/x": f"a{i}" for i in range(len(parts))})  # fmt: skip
    spans = [
        range(p.number.low, p.number.high + 1) if p.number is not None else range(n + 1)
        for p in found
    ]  # fmt: skip
    fits = [f for f in itertools.product(*spans[:-1]) if n - sum(f) in spans[-1]]
    for i, x in enumerate(parts):
        could = {f[i] if i < len(parts) - 1 else n - sum(f) for f in fits}
        if 0 < x < fewest() or 0 < n - x < fewest():
            assert len(could) > 1


# ---------------------------------------------------------------- following


def test_every_indicator_is_a_value_a_study_or_nothing_yet() -> None:
    place = town(indicator(SHARE), indicator(COUNT), indicator("plan/2.1/x"))
    monitor = follow(place, values(*series(SHARE, (40,))), [study("plan/1.2")])
    assert [one.resolved for one in monitor.followed] == list(Resolved)
    assert [one.resolved for one in monitor.actions] == list(Resolved)
    assert monitor.action("plan/1.2").studies[0].study == "lessen"
    assert len(monitor.table()) == 3
    with pytest.raises(PlanError):
        monitor.action("plan/9")
    with pytest.raises(PlanError):
        monitor.of_workgroup("plan/9")


def test_every_indicator_of_the_town_resolves() -> None:
    agendas = read_agenda(ROOT / "data" / "agenda")
    found = read_values(ROOT / "data" / "monitor", agendas)
    monitor = follow(agendas, found)
    assert {one.indicator.key for one in monitor.followed} == {o.key for o in agendas.indicators}
    assert all(one.resolved in Resolved for one in monitor.followed)
    assert {one.action.key for one in monitor.actions} == {one.key for one in agendas.actions()}
    assert len(found.periods) == 3
    assert found.synthetic
    assert monitor.synthetic
    assert all(one.state in (State.TOO_FEW, State.NO_DATA) for one in monitor.followed)


def test_the_demonstration_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    folder = ROOT / "data" / "monitor"
    shutil.copy(folder / "make.py", tmp_path)
    subprocess.run([sys.executable, str(tmp_path / "make.py")], check=True)
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert made == {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    assert len(made) == 12


def test_a_workgroup_follows_its_actions_and_those_it_counts() -> None:
    place = town(indicator(SHARE), indicator("plan/2.1/x"))
    monitor = follow(place, values())
    own = [one.action.key for one in monitor.of_workgroup("plan/groep")]
    assert own == ["plan/1.1", "plan/1.2", "plan/2.1"]
    assert [one.action.key for one in monitor.of_workgroup("plan/ander")] == ["plan/2.1"]


def test_the_change_is_read_the_way_an_indicator_should_go() -> None:
    for direction, side in ((Direction.HIGHER, Side.UP), (Direction.LOWER, Side.DOWN)):
        place = town(indicator(SHARE, direction=direction, target=0.5, target_period="2026-2027"))
        (one,) = follow(place, values(*series(SHARE, (20, 52)))).followed
        assert one.moved is side
        assert one.progress is Progress.UNCLEAR
        (one,) = follow(place, values(*series(SHARE, (40, 45)))).followed
        assert one.moved is Side.UNCLEAR


def test_questions_and_gaps_follow_from_what_was_found() -> None:
    place = town(
        indicator(SHARE, target=0.9, target_period="2026-2027"), indicator("plan/1.1/y"),
        indicator(COUNT, measured=Measured.COUNT),
    )  # fmt: skip
    monitor = follow(place, values(*series(SHARE, (80, 40)), *series(COUNT, (50, 52), None)))
    first, second, third = monitor.actions
    assert [ask for ask, _ in first.questions] == [Ask.WHO, Ask.BEHIND, Ask.WORSE]
    kinds = [kind for kind, _ in first.unknown]
    assert kinds == [Unknown.NO_VALUE, Unknown.TOO_FEW, Unknown.NO_STUDY, Unknown.DRAFT]
    assert [ask for ask, _ in second.questions] == [Ask.TARGET, Ask.STUDY]
    assert [kind for kind, _ in third.unknown] == [Unknown.NO_INDICATOR, Unknown.NO_STUDY]
    assert third.questions[0] == (Ask.COUNT, None)
    old = follow(place, values(*series(SHARE, (80, 40)), *series(COUNT, (50,), None)))
    assert Unknown.OLD in [kind for kind, _ in old.action("plan/1.2").unknown]


def test_a_signal_is_asked_about_first() -> None:
    place = town(indicator(SHARE, target=0.9, target_period="2026-2027"))
    found = (50, 47, 52, 49, 51, 75)
    (one,) = follow(place, values(*series(SHARE, found))).followed
    assert one.state is State.SIGNAL
    monitor = follow(place, values(*series(SHARE, found)))
    assert monitor.actions[0].questions[0][0] is Ask.SIGNAL


def test_what_is_not_told_moves_nothing() -> None:
    place = town(indicator(SHARE, target=0.5, target_period="2026-2027"))
    (one,) = follow(place, values(*series(SHARE, (6, 7), 13))).followed
    assert one.newest is not None
    assert one.newest.told is Told.NOTHING
    assert (one.change, one.progress, one.state) == (None, Progress.UNCLEAR, State.TOO_FEW)
    hidden = {name: follow(place, values(*series(SHARE, x, 60))).table().to_csv(index=False)
              for name, x in (("a", (3, 2)), ("b", (8, 0)))}  # fmt: skip
    assert hidden["a"] == hidden["b"]  # all that is told hangs on what is told


# ---------------------------------------------------------------- where in a file the rows stand


def rules(path: Path) -> list[str]:
    """What every fault says."""
    with pytest.raises(DataError) as error:
        read_values(path, TOWN, today=DAY)
    return [fault.rule.nl for fault in error.value.faults]


def filled_book(path: Path) -> openpyxl.Workbook:
    """A template of which one row was filled in, to be made worse and saved."""
    book = openpyxl.load_workbook(template(TOWN, "plan/groep", "2025-2026", path))
    for column, cell in zip("FGHI", (55, 100, "Lijst", "31-12-2025"), strict=True):
        book.worksheets[0][f"{column}2"] = cell
    return book


@pytest.mark.parametrize("headed", [True, False])
def test_rows_on_a_second_sheet_are_not_left_out_in_silence(tmp_path: Path, headed: bool) -> None:
    book = filled_book(tmp_path / "a.xlsx")
    more = book.copy_worksheet(book.worksheets[0])
    more.title = "Vorig jaar"
    if not headed:
        more.delete_rows(1)
    book.save(tmp_path / "a.xlsx")
    (rule,) = rules(tmp_path / "a.xlsx")
    assert "Vorig jaar" in rule


def test_a_line_above_the_headings_and_another_sheet_first_are_one_fault(tmp_path: Path) -> None:
    book = filled_book(tmp_path / "a.xlsx")
    book.worksheets[0].insert_rows(1)
    book.worksheets[0]["A1"] = "Werkgroep Maatwerk"
    book.save(tmp_path / "a.xlsx")
    (rule,) = rules(tmp_path / "a.xlsx")
    assert "Boven de rij met de koppen" in rule
    book = filled_book(tmp_path / "b.xlsx")
    book.move_sheet(book.worksheets[1], -1)
    book.save(tmp_path / "b.xlsx")
    (rule,) = rules(tmp_path / "b.xlsx")
    assert "maar op ‘Waarden’" in rule
    text = (template(TOWN, "plan/groep", "2025-2026", tmp_path / "c.csv")).read_text("utf-8-sig")
    (tmp_path / "c.csv").write_text("Werkgroep Maatwerk;;\n" + text, "utf-8-sig")
    (rule,) = rules(tmp_path / "c.csv")
    assert "Boven de rij met de koppen" in rule
