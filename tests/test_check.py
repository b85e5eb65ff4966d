"""A table is held against its codebook; what the plan declares is done first, and counted."""

import datetime

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    Form,
    MissingCode,
    write_codebook,
)
from academic_workplace.intake.coding import alike, is_suspect, suspects, two_codings
from academic_workplace.language import Text, same


def book(**columns):
    return Codebook(columns)


def faults(work):
    with pytest.raises(aw.DataError) as caught:
        work()
    return {fault.column: fault for fault in caught.value.faults}


# ---------------------------------------------------------------- codes that mean "missing"


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1, 2, 3, 4, 5, 9], [9]),
        ([1, 2, 3, 4, 88, 99], [88, 99]),
        ([0, 1, 1, 9], [9]),
        ([8, 9, 10, 11, 99], [99]),
        ([412.5, 530, 610, 999], [999]),
        ([1, 2, 3, -1], [-1]),
        ([-9, 0.5, 1, 99], [-9, 99]),
        ([5, 6, 7, 8, 9], []),  # marks
        ([1, 2, 3, 4, 5, 6, 7, 9], []),
        ([90, 95, 97, 98, 99], []),
        ([-2.1, -1, 0.3, 1.4], []),  # z-scores
        ([1, 2, 3, 45], []),  # far, but no code
        ([99, 99, 99], []),  # nothing to be far from
        ([], []),
    ],
)
def test_a_code_is_a_usual_code_far_from_all_other_values(values, codes):
    x = np.array([*values, np.nan])
    found = is_suspect(x, np.fmin.reduce(x, initial=np.inf), np.fmax.reduce(x, initial=-np.inf))
    assert x[found].tolist() == codes


def test_codes_at_both_ends_are_told_by_their_own_distance():
    assert suspects([-9, 8, 9, 99], 1, 7) == {-9, 99}
    assert suspects([99], 0, 98.5) == set()


@pytest.mark.parametrize("given", ["plan", "codebook"])
def test_a_range_says_which_numbers_there_can_be_so_nothing_is_suspected(given, pupils, plan):
    table = pupils.assign(na=pupils.na.mask(pupils.index == 3, 99.0))
    assert "een code voor ‘ontbreekt’" in faults(lambda: aw.check(table, plan))["na"].rule.nl
    wide = Column(type=Form.NUMBER, range=(0, 100))
    if given == "codebook":
        assert len(aw.check(table, plan, codebook=book(na=wide))) == 24
        narrow = Column(type=Form.NUMBER, range=(0, 20))
        fault = faults(lambda: aw.check(table, plan, codebook=book(na=narrow)))["na"]
        assert "0 tot 20" in fault.rule.nl
        assert (fault.rows, fault.count) == ((4,), 1)
    else:
        text = (
            '[design]\ncluster = "school"\ntreatment = "programma"\n[[outcomes]]\ncolumn = "na"\n'
        )
        from academic_workplace.plan import parse_plan

        assert len(aw.check(table, parse_plan(text + "range = [0, 100]"))) == 24


def test_a_codebook_given_by_hand_empties_what_it_declares_missing_and_says_how_many(pupils, plan):
    table = pupils.assign(na=pupils.na.mask(pupils.index.isin([3, 8]), 99.0))
    declared = Column(type=Form.NUMBER, missing=(MissingCode("99", same("weet niet")),))
    checked = aw.check(table, plan, codebook=book(na=declared))
    assert np.isnan(checked.numbers["na"]).sum() == 2
    assert "na: 2 cellen met een code voor ‘ontbreekt’ zijn nu leeg" in [
        note.nl for note in checked.notes
    ]


# ---------------------------------------------------------------- labels


def test_answers_that_the_codebook_does_not_know_are_a_fault_with_their_rows(pupils, plan):
    plan = aw.Plan(
        outcome="na", treatment="programma", cluster="school", covariates=("voor", "groep")
    )
    table = pupils.assign(groep=["5", "6", "zes", "vijf", "?", "6"] * 4)
    levels = {"5": Text("vijf", "five"), "6": Text("zes", "six")}
    described = book(groep=Column(type=Form.ORDERED, levels=levels))
    fault = faults(lambda: aw.check(table, plan, codebook=described))["groep"]
    assert (fault.rows, fault.count) == ((5, 11, 17, 23), 4)
    assert "?" not in fault.explain("nl") + fault.explain("en")


def test_an_outcome_with_labels_is_reckoned_with_by_its_codes(pupils, plan):
    levels = {str(i): same(word) for i, word in enumerate(("nooit", "soms", "vaak", "altijd"), 1)}
    numbers = pd.Series(np.arange(24) % 4 + 1.0)
    labels = pd.Categorical([levels[str(int(i))].nl for i in numbers], ordered=True,
                            categories=[each.nl for each in levels.values()])  # fmt: skip
    table = pupils.assign(na=labels)
    table.attrs[CODEBOOK] = book(na=Column(type=Form.ORDERED, levels=levels))
    assert aw.check(table, plan).numbers["na"].tolist() == numbers.tolist()


@pytest.mark.parametrize(
    ("levels", "wrong"),
    [
        (("1", "2", "jongen", "meisje"), True),
        (("Jongen", "meisje", "m"), True),
        (("ja", "nee", "1"), True),
        (("ja", "nee"), False),
        (("0", "1", "2"), False),
        (("m", "v", "x"), False),
        (("1", "2", "3", "jongen"), False),
        (("ja", "nee", "weet niet"), False),
    ],
)
def test_two_codings_in_one_column_are_seen(levels, wrong):
    assert two_codings(levels) is wrong


def test_names_that_differ_in_capitals_or_spaces_are_alike_but_single_letters_are_not():
    assert alike(["De Ark", "de ark", "De  Ark ", "Boom", "a", "A"]) == [
        ("De Ark", "de ark", "De  Ark ")
    ]


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize("day", ["1867-03-01", "tomorrow"])
def test_a_date_that_cannot_be_is_told_and_stops_only_what_needs_the_column(day, pupils, plan):
    tomorrow = datetime.date.today() + datetime.timedelta(days=1)
    when = pd.Series([pd.Timestamp("2026-03-01")] * 24)
    when[5] = pd.Timestamp(tomorrow if day == "tomorrow" else day)
    checked = aw.check(pupils.assign(afname=when), plan)
    assert any(
        note.nl.startswith("afname: Hier staan datums die niet kunnen") for note in checked.notes
    )
    needs = aw.Plan(outcome="na", treatment="programma", cluster="school", balance=("afname",))
    fault = faults(lambda: aw.check(pupils.assign(afname=when), needs))["afname"]
    assert (fault.rows, fault.count) == ((6,), 1)


def test_today_is_a_date_that_can_be(pupils, plan):
    today = pd.Series([pd.Timestamp.now()] * 24)
    assert not any(
        "datums" in note.nl for note in aw.check(pupils.assign(afname=today), plan).notes
    )


# ---------------------------------------------------------------- what the plan declares


def test_renames_and_recodes_of_the_plan_are_done_before_anything_else_and_counted(pupils, plan):
    raw = pupils.rename(columns={"na": "Vraag 12"}).assign(
        programma=pupils.programma.map({0: "geen lessen", 1: "lessen"})
    )
    raw.loc[3, "programma"] = "Lessen"
    declared = aw.Plan(
        outcome="na",
        treatment="programma",
        cluster="school",
        pupil="leerling",
        covariates=("voor",),
        rename={"Vraag 12": "na"},
        recode={"programma": {"geen lessen": "nee", "lessen": "ja", "Lessen": "nee"}},
    )
    checked = aw.check(raw, declared)
    assert set(checked.arms.names) == {"ja", "nee"}
    plain = aw.estimate(pupils, plan)[0]
    assert aw.estimate(raw, declared)[0].estimate == plain.estimate
    assert any("programma: 24 cellen" in note.nl for note in checked.notes)


def test_a_file_is_read_with_the_same_renames_and_recodes(pupils, as_text, save):
    raw = pupils.rename(columns={"na": "Vraag 12"})
    declared = aw.Plan(
        outcome="na", treatment="programma", cluster="school", rename={"Vraag 12": "na"},
        recode={"programma": {"1": "ja", "0": "nee"}},
    )  # fmt: skip
    streamed = aw.estimate(aw.collect(save(as_text(raw)), declared), declared)[0]
    assert streamed.estimate == aw.estimate(raw, declared)[0].estimate


def test_a_rename_or_recode_of_a_column_that_is_not_there_is_a_fault(pupils):
    declared = aw.Plan(
        outcome="na", treatment="programma", cluster="school", rename={"Vraag 12": "extra"},
        recode={"groep": {"1": "een"}},
    )  # fmt: skip
    assert set(faults(lambda: aw.check(pupils, declared))) == {"Vraag 12", "groep"}


# ---------------------------------------------------------------- the codebook that was lost


def test_check_says_that_there_is_no_codebook_and_takes_it_back(pupils, plan, tmp_path):
    described = book(na=Column(type=Form.NUMBER, range=(0, 8)))
    pupils.attrs[CODEBOOK] = described
    assert "na" in faults(lambda: aw.check(pupils, plan))
    merged = pupils.merge(pd.DataFrame({"school": pupils.school.unique(), "wijk": 1}), on="school")
    merged.attrs.clear()  # as most merges do
    (note,) = aw.check(merged, plan).notes
    assert "geen codeboek" in note.nl
    assert "no codebook" in note.en
    assert "na" in faults(lambda: aw.check(merged, plan, codebook=described))
    path = write_codebook(described, tmp_path / "codebook.toml")
    assert "na" in faults(lambda: aw.check(merged, plan, codebook=path))


def test_a_note_tells_of_an_arm_with_one_school(pupils, plan):
    few = pupils[pupils.school.isin(["School 0", "School 1", "School 2"])]
    notes = [note.nl for note in aw.check(few, plan).notes]
    assert "groep ‘1’ heeft maar één cluster (scholen): toetsen kan dan niet" in notes
    assert not any("‘0’" in note for note in notes)
