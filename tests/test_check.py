"""A table is held against its codebook; what the plan declares is done first, and counted."""

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace import engines
from academic_workplace.cli import main
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    Form,
    MissingCode,
    write_codebook,
)
from academic_workplace.intake.coding import (
    alike,
    is_impossible_date,
    odd_labels,
    stray_labels,
    suspects,
    two_codings,
)
from academic_workplace.language import Text, same
from academic_workplace.plan import Plan


def book(**columns):
    return Codebook(columns)


def faults(work):
    with pytest.raises(aw.DataError) as caught:
        work()
    return {fault.column: fault for fault in caught.value.faults}


# ---------------------------------------------------------------- codes that mean "missing"


def suspected(*often):
    """often: value, its number of rows, and so on."""
    values, counts = np.array(often[::2], float), np.array(often[1::2])
    return sorted(suspects(values, counts))


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        ([1, 30, 2, 50, 3, 60, 4, 40, 5, 20, 9, 1], [9]),
        ([1, 30, 2, 50, 3, 40, 4, 20, 88, 2, 99, 3], [88, 99]),
        ([1, 9, 2, 8, 3, 7, 4, 9, 5, 8, 6, 9, 7, 9, 9, 2], [9]),  # seven answers
        ([0, 9, 1, 9, 9, 1], [9]),
        ([1, 190, 2, 30, 3, 10, 4, 5, 5, 2, 9, 3], [9]),  # hardly anyone at the end of the scale
        ([1.25, 1, 2.5, 1, 4.75, 1, 9, 5], [9]),  # means of a scale
        ([10, 9, 11, 9, 99, 1], [99]),
        ([0, 4, 35, 5, 70, 6, 99, 12], [99]),  # a test: far enough for what so many have
        ([412.5, 1, 530, 1, 610, 1, 999, 1], [999]),
        ([99, 1, 501, 9, 550, 9], [99]),
        ([9, 1, 2009, 9, 2010, 9], [9]),  # a year
        ([-1, 1, 1, 9, 2, 9, 10, 9], [-1]),
        ([-9, 1, 0, 9, 50, 9, 100, 9], [-9]),
        ([-99, 1, -9, 1, 1, 9, 2, 9, 3, 9, 99, 1], [-99, -9, 99]),
    ],
)
def test_a_usual_code_that_is_no_answer_is_suspected(column, codes):
    assert suspected(*column) == codes


@pytest.mark.parametrize(
    "column",
    [
        [5, 9, 6, 20, 7, 20, 9, 3],  # marks
        [5.5, 9, 6.1, 20, 7, 20, 9, 3],
        [8, 1, 11, 60, 12, 80, 13, 2],  # ages
        [4, 60, 8, 60],  # years of school
        [5, 60, 6, 60, 8, 60],
        [0, 140, 1, 40, 2, 30, 3, 15, 4, 9, 5, 4, 6, 1, 9, 1],  # times absent
        [2, 20, 3, 70, 4, 100, 5, 35, 6, 13, 7, 1, 9, 1],  # people at home
        [2, 2, 4, 5, 5, 6, 6, 5, 8, 1],  # 0 to 10, in a small group
        [60, 9, 80, 9, 95, 9, 99, 1],  # percentages
        [99, 1, 112, 9, 139, 9],
        [99, 20, 190, 20, 400, 20],  # pupils of a school
        [-9, 1, -6, 9, 0, 9, 12, 9],  # progress
        [-2.1, 1, -1, 1, 0.3, 1, 1.4, 1],
        [1, 9, 2, 9, 3, 9, 45, 1],  # far, but no code
        [99, 9],  # nothing to be far from
        [8, 9, 9, 9],
        [],
    ],
)
def test_an_honest_number_is_not_taken_for_a_code(column):
    assert suspected(*column) == []


@pytest.mark.parametrize(
    ("levels", "odd"),
    [
        (("jongen", "meisje", "9"), {"9"}),
        (("ja", "nee", "99", "-1"), {"99", "-1"}),
        (("1", "2", "9"), set()),  # a number may be any answer of a category
        (("1", "jongen", "9"), set()),  # two codings: told as such
        (("ja", "nee"), set()),
    ],
)
def test_a_number_among_the_words_of_a_category_is_suspected_unless_the_codebook_has_it(
    levels, odd
):
    plan = aw.Plan(outcome="na", treatment="programma", cluster="school", covariates=("wie",))
    rows = dict.fromkeys(levels, 20)
    assert odd_labels(plan, None, "wie", rows) == odd
    known = book(wie=Column(type=Form.CATEGORY, levels={each: same(each) for each in levels}))
    assert odd_labels(plan, known, "wie", rows) == set()
    some = book(wie=Column(type=Form.CATEGORY, levels={"ja": same("ja")}))
    assert odd_labels(plan, some, "wie", rows) == set()  # told as unknown, and told once


@pytest.mark.parametrize("named", [(), ("9",)])
def test_a_third_arm_that_is_a_code_is_suspected_unless_the_plan_names_it(named):
    plan = aw.Plan(outcome="na", treatment="t", cluster="school", pupil="p", alone=named)
    assert odd_labels(plan, None, "t", {"0": 50, "1": 50, "9": 20}) == {"9"} - set(named)
    assert odd_labels(plan, None, "t", {"0": 50, "1": 50, "2": 9}) == set()


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
    ("levels", "twice"),
    [
        (("1", "2", "jongen", "meisje"), ("1", "2", "jongen", "meisje")),
        (("1.0", "2.0", "jongen", "meisje"), ("1.0", "2.0", "jongen", "meisje")),
        (("Jongen", "meisje", "m"), ("Jongen", "meisje", "m")),
        (("j", "m", "v"), ("j", "m", "v")),  # is m a meisje or a man?
        (("m", "v", "man", "onbekend"), ("m", "v", "man")),
        (("m", "v", "man", "Piet de Vries"), ("m", "v", "man")),  # what is no coding is not shown
        (("m", "v", "f"), ("m", "v", "f")),
        (("ja", "nee", "1"), ("ja", "nee", "1")),
        (("ja", "nee"), ()),
        (("0", "1", "2"), ()),
        (("m", "v", "x"), ()),
        (("1", "2", "3", "jongen"), ()),
        (("ja", "nee", "weet niet"), ()),
    ],
)
def test_two_codings_in_one_column_are_seen(levels, twice):
    assert two_codings(levels) == twice


def test_names_that_differ_in_capitals_or_spaces_are_alike_but_single_letters_are_not():
    assert alike(["De Ark", "de ark", "De  Ark ", "Boom", "a", "A"]) == [
        ("De Ark", "de ark", "De  Ark ")
    ]


@pytest.mark.parametrize("answers", [["laag", "Laag", "hoog"], ["m", "M", "v"]])
def test_answers_and_waves_that_differ_in_capitals_are_no_other_answers(answers, pupils, plan):
    assert alike(answers, letters=True) == [tuple(answers[:2])]
    table = pupils.assign(wie=answers * 8)
    asked = replace(plan, covariates=("wie",))
    fault = faults(lambda: aw.check(table, asked))["wie"]
    assert ("hoofdletters" in fault.rule.nl, fault.count) == (True, 16)
    waves = pd.concat([pupils.assign(ronde=ronde) for ronde in ("voor", "na", "Na")])
    fault = faults(lambda: aw.check(waves, replace(plan, wave="ronde", waves=("na",))))["ronde"]
    assert ("hoofdletters" in fault.rule.nl, fault.count) == (True, 48)


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


@pytest.mark.parametrize(
    ("word", "wrong"),
    [
        ("2024-05-31", False), ("31-5-2024", False), ("5/31/2024 10:00", False),
        ("1867-03-01", True), ("31-02-2024", True), ("2099-01-01T00:00", True), ("1-1-2099", True),
        ("0000-00-00", True), ("geen datum", False), ("", False),
    ],
)  # fmt: skip
def test_a_date_as_text_is_read_in_every_usual_order(word, wrong):
    assert is_impossible_date(word) is wrong


def test_dates_that_are_text_are_looked_at_too(pupils, plan):
    days = pupils.assign(afname=["31-05-2024", None] * 11 + ["31-02-2024", "x"])
    days = days.astype({"afname": "str"})
    assert any(
        note.nl.startswith("afname: Hier staan datums") for note in aw.check(days, plan).notes
    )
    fine = days.assign(afname=days.afname.str.replace("-02-", "-01-"))
    assert not any("datums" in note.nl for note in aw.check(fine, plan).notes)


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


def test_a_codebook_of_another_study_is_not_taken_for_that_of_these_data(pupils, plan):
    other = book(iets=Column(type=Form.NUMBER))
    notes = [note.nl for note in aw.check(pupils, plan, codebook=other).notes]
    assert "in het codeboek staat geen kolom van dit plan: hoort het bij deze gegevens?" in notes
    own = book(na=Column(type=Form.NUMBER))
    assert not any("codeboek" in note.nl for note in aw.check(pupils, plan, codebook=own).notes)


def test_what_is_no_codebook_is_refused(pupils, plan):
    for wrong in ({"columns": {}}, 3, pupils):
        with pytest.raises(aw.DataError, match="geen codeboek"):
            aw.check(pupils, plan, codebook=wrong)


def test_answers_that_are_words_are_reckoned_with_by_their_codes(pupils, plan):
    levels = {str(i): same(word) for i, word in enumerate(("nooit", "soms", "vaak", "altijd"), 1)}
    table = pupils.assign(na=["nooit", "soms", "vaak", "4"] * 6)
    described = book(na=Column(type=Form.ORDERED, levels=levels))
    assert aw.check(table, plan, codebook=described).numbers["na"].tolist() == [1, 2, 3, 4] * 6


def test_the_number_asked_is_of_an_arm_that_is_there_and_no_smaller_than_who_came(pupils, plan):
    asked = replace(plan, asked={"0": 40, "1": 11})
    (note,) = (n for n in aw.check(pupils, asked).notes if "gevraagd" in n.nl)
    assert note.nl.startswith("groep ‘1’")
    assert "11" not in note.nl
    nobody = replace(plan, asked={"ja": 40})
    assert "‘ja’" in faults(lambda: aw.check(pupils, nobody))["programma"].rule.nl


@pytest.mark.parametrize("index", ["leerling", "school"])
def test_a_column_that_is_the_index_as_well_is_a_column(index, pupils, plan):
    assert len(aw.check(pupils.set_index(index, drop=False), plan)) == 24


def test_a_column_that_stands_twice_is_told_when_there_is_a_codebook_too(pupils, plan):
    levels = {"1": same("ja")}
    twice = pd.concat([pupils, pupils[["na"]]], axis=1)
    described = book(na=Column(type=Form.CATEGORY, levels=levels))
    fault = faults(lambda: aw.check(twice, plan, codebook=described))["na"]
    assert "meer dan eens" in fault.rule.nl


NAME = "Jan de Vries"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_value_in_few_rows_may_be_of_a_pupil_and_is_only_counted(
    streamed, pupils, plan, as_text, save
):
    """A column of remarks, taken for the treatment or the wave."""
    said = [f"{NAME} {i}" if i < 6 else "nee" for i in range(24)]
    remarks = pupils.assign(programma=said, ronde=said)
    named = replace(plan, comparison="geen", assigned="pupil")
    waves = replace(named, wave="ronde", waves=("na",), baseline="voor", outcome="na")
    path = save(as_text(remarks))
    for each in (named, waves):
        with pytest.raises(aw.DataError) as caught:
            aw.collect(path, each) if streamed else aw.check(remarks, each)
        said = caught.value.explain("nl") + caught.value.explain("en")
        assert NAME not in said
        assert "‘nee’, 6 waarden (elk in minder dan 10 rijen)" in said
        assert "‘nee’, 6 values (each in fewer than 10 rows)" in said


# ---------------------------------------------------------------- empty for a whole arm

MISSING = ("complete cases", "missing indicator", "multiple imputation")


def halves(n=10):
    """Six schools of ten; programma is 1 in the last three."""
    school = np.repeat(np.arange(6), n)
    return pd.DataFrame({
        "school": [f"S{i}" for i in school], "programma": (school > 2) * 1, "voor": school * 1.5,
        "wie": np.where(np.arange(6 * n) % 2, "meisje", "jongen"), "deed": (school > 2) * 1.0,
        "na": np.arange(6 * n) % 7 + 1.0, "leerling": [f"P{i}" for i in range(6 * n)],
    })  # fmt: skip


HALVES = Plan(outcome="na", treatment="programma", comparison="0", cluster="school",
              pupil="leerling", allocation="lot")  # fmt: skip
IN_WAVES = {"wave": "ronde", "waves": ("na", "later"), "baseline": "voor"}


def in_waves(table):
    """The same pupils at three waves."""
    rounds = ("voor", "na", "later")
    return pd.concat([table.assign(ronde=r, na=table.na + i) for i, r in enumerate(rounds)],
                     ignore_index=True)  # fmt: skip


def both_engines(table, plan, save):
    """The faults of a table, and of the same table in a file that is streamed."""
    path = save(table.to_csv(index=False))
    here, there = faults(lambda: aw.estimate(table, plan)), faults(lambda: aw.collect(path, plan))
    told = [{name: (f.rule, f.remedy) for name, f in each.items()} for each in (here, there)]
    assert told[0] == told[1]
    return here


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("name", ["voor", "wie"])
def test_a_column_that_is_empty_for_an_arm_is_named_with_the_arm(name, missing, save):
    table = halves()
    table[name] = table[name].mask(table.programma == 1)
    told = both_engines(table, replace(HALVES, covariates=(name,), missing=missing), save)
    assert list(told) == [name]
    assert "leeg voor iedereen in groep ‘1’" in told[name].rule.nl
    assert "vul hem aan bij de bron" in told[name].remedy.nl


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("nothing", [None, np.nan, ""])
def test_a_column_that_nobody_has_is_a_fault_of_the_data_not_of_the_plan(nothing, missing, save):
    plan = replace(HALVES, covariates=("voor",), missing=missing)
    told = both_engines(halves().assign(voor=nothing), plan, save)
    assert list(told) == ["voor"]
    assert told["voor"].rule.nl == "Deze kolom is leeg: van geen enkele leerling is dit bekend."


def test_every_empty_column_is_told_at_once_and_only_those_that_the_analysis_needs(save):
    table = halves().assign(voor=None, wie=None, leeg=None, deed=np.nan)
    plan = replace(HALVES, baseline="voor", took_part="deed", balance=("leeg",))
    assert set(both_engines(table, plan, save)) == {"voor", "deed"}
    without = replace(HALVES, balance=("leeg",))
    assert aw.estimate(table, without)[0].reason is None


@pytest.mark.parametrize(("arms", "words"), [((1,), "groep ‘1’"), ((0, 1), "geen enkele leerling")])
def test_a_baseline_wave_that_is_empty_is_named_with_the_wave(arms, words, save):
    table = in_waves(halves())
    gone = (table.ronde == "voor") & table.programma.isin(arms)
    told = both_engines(table.assign(na=table.na.mask(gone)), replace(HALVES, **IN_WAVES), save)
    assert list(told) == ["na"]
    assert "bij het meetmoment ‘voor’" in told["na"].rule.nl
    assert words in told["na"].rule.nl
    assert "baseline" in told["na"].remedy.nl


def test_what_is_known_at_the_baseline_alone_is_known(save):
    table = in_waves(halves())
    table["wie"] = table.wie.mask(table.ronde != "voor")
    plan = replace(HALVES, **IN_WAVES, covariates=("wie",))
    assert aw.estimate(table, plan)[0].pupils == 60
    assert aw.collect(save(table.to_csv(index=False)), plan).samples[0].pupils.sum() == 60


def test_an_arm_that_stands_in_later_rows_alone_is_not_taken_for_an_empty_one(save):
    table = in_waves(halves())
    first = (table.ronde == "voor") & (table.programma == 1)
    one = table.leerling == "P30"
    table["programma"] = table.programma.mask(first & ~one)
    table["na"] = table.na.mask(first & one)
    plan = replace(HALVES, **IN_WAVES)
    assert aw.estimate(table, plan)[0].pupils_arm == 29
    assert aw.collect(save(table.to_csv(index=False)), plan).samples[0].pupils.sum() == 59


def test_columns_that_an_arm_never_has_together_are_the_reason_also_of_moments_alone(save):
    """Each is known of half of the arm, and both of nobody."""
    table = halves()
    even, there = np.arange(len(table)) % 2 == 0, table.programma == 1
    table["voor"], table["deed"] = table.voor.mask(there & even), table.deed.mask(there & ~even)
    plan = replace(HALVES, baseline="voor", took_part="deed")
    for data in (table, aw.collect(save(table.to_csv(index=False)), plan)):
        for method in ("adjusted", "complier effect"):
            (effect,) = aw.estimate(data, plan, method=method)
            assert effect.estimate is None
            assert "niemand alles bekend" in effect.reason.nl
            assert effect.reason.nl.endswith(": voor, deed.")


def test_an_arm_of_which_nobody_counts_is_told_of_its_weights():
    table = halves().assign(gewicht=lambda t: 1.0 - t.programma)
    (effect,) = aw.estimate(table, replace(HALVES, weights="gewicht"))
    assert effect.reason.nl.endswith(": gewicht.")


def test_an_outcome_that_is_empty_for_an_arm_leaves_the_other_outcomes():
    table = halves().assign(ook=lambda t: t.na.mask(t.programma == 1))
    first, second = aw.estimate(table, replace(HALVES, outcome=("na", "ook")))
    assert first.reason is None
    assert second.reason.nl == "In een van de groepen is niemand gemeten."


def test_a_wave_without_pupils_is_one_fault(save):
    table = in_waves(halves())
    told = both_engines(table[table.ronde != "later"], replace(HALVES, **IN_WAVES), save)
    assert list(told) == ["ronde"]


# ---------------------------------------------------------------- two engines, one judge

NUMBERS = ([1, 2, 3, 4, 5], [1, 2, 3, 9], [0.5, 1.5, 9], [10, 20, 99], [-9, 1, 2], [0, 1, 8])
WORDS = (
    ["jongen", "meisje"], ["m", "v", "man"], ["ja", "nee", "9"], ["1", "jongen", "2"],
    ["laag", "Laag"], ["0", "1", "9"], ["1.0", "2", "01"], ["nooit", "2", "vaak"],
    ["2020-01-01", "2090-01-01"],
)  # fmt: skip
BOOKS = (
    {},
    {"voor": Column(type=Form.NUMBER, range=(1, 5)), "wie": Column(type=Form.CATEGORY)},
    {"wie": Column(type=Form.CATEGORY, levels={"1": same("jongen"), "2": same("meisje")})},
    {"wie": Column(type=Form.CATEGORY, levels={"j": same("jongen")})},
    {"programma": Column(type=Form.CATEGORY, levels={"0": same("nee"), "1": same("ja")})},
    {"na": Column(type=Form.ORDERED, levels={"1": same("nooit"), "3": same("vaak")})},
    {"na": Column(type=Form.NUMBER, missing=(MissingCode("9"),))},
)


@st.composite
def tables(draw):
    """Pupils of six schools, with numbers and words of all kinds, some cells empty."""
    n = draw(st.integers(12, 20))

    def cells(*pools):
        pool = draw(st.sampled_from(pools))
        return draw(st.lists(st.sampled_from([*pool, None]), min_size=n, max_size=n))

    arms = ["ja" if i % 2 else "nee" for i in range(n)]
    table = pd.DataFrame({
        "school": [f"S{i % 6}" for i in range(n)],
        "programma": draw(st.sampled_from([arms, cells(*WORDS)])),
        "voor": cells(*NUMBERS), "wie": cells(*WORDS, *NUMBERS), "na": cells(*NUMBERS, *WORDS),
    })  # fmt: skip
    if draw(st.booleans()):
        table["wie"] = pd.to_datetime(cells(["2020-01-01", "2090-05-06", "1850-01-01"]))
    return table


@settings(max_examples=60, deadline=None)
@given(table=tables(), columns=st.sampled_from(BOOKS), parquet=st.booleans())
def test_a_file_that_is_streamed_has_the_faults_of_its_table(
    tmp_path_factory, table, columns, parquet
):
    folder = tmp_path_factory.mktemp("engines")
    (folder / "plan.toml").write_text(
        '[design]\ncluster = "school"\ntreatment = "programma"\ncovariates = ["voor", "wie"]\n'
        '[[outcomes]]\ncolumn = "na"\n'
    )
    write_codebook(book(**columns), folder / "codebook.toml")
    path = folder / ("pupils.parquet" if parquet else "pupils.csv")
    if parquet:
        words = {name: "str" for name in table if table[name].dtype == object}
        with engines.connect() as engine:
            engine.register("pupils", table.astype(words))
            engine.execute(f"COPY pupils TO {engines.literal(str(path))} (FORMAT parquet)")
    else:
        table.to_csv(path, index=False)
    plan = aw.read_plan(folder / "plan.toml")
    assert told(lambda: aw.check(aw.read(path), plan)) == told(lambda: aw.collect(path, plan))


def told(work):
    """Which faults, in which columns, of how many rows."""
    try:
        work()
    except aw.DataError as error:
        return {(fault.column, fault.rule, fault.count) for fault in error.faults}
    return set()


@settings(max_examples=40, deadline=None)
@given(
    who=st.lists(st.integers(1, 6), min_size=12, max_size=16),
    schools=st.lists(st.sampled_from("abc"), min_size=16, max_size=16),
    marks=st.lists(st.integers(1, 3), min_size=16, max_size=16),
    long=st.booleans(),
)
def test_a_pupil_who_stands_in_a_file_twice_has_the_faults_of_its_table(
    tmp_path_factory, who, schools, marks, long
):
    folder, n = tmp_path_factory.mktemp("twice"), len(who)
    table = pd.DataFrame({"nr": who, "school": schools[:n], "na": marks[:n]})
    table["programma"] = (table.school == "a").map({True: "ja", False: "nee"})
    table["meting"] = [f"t{i % 2}" for i in range(n)]
    waves = {"wave": "meting", "baseline": "t0", "waves": ("t1",)} if long else {}
    plan = Plan(outcome="na", treatment="programma", cluster="school", pupil="nr", **waves)
    table.to_csv(folder / "pupils.csv", index=False)
    whole = told(lambda: aw.check(aw.read(folder / "pupils.csv"), plan))
    assert whole == told(lambda: aw.collect(folder / "pupils.csv", plan))


def test_numbers_that_every_school_gives_itself_are_one_fault_with_a_remedy_that_works(tmp_path):
    rows = [(nr, school) for school in ("De Ark", "Singel", "Kompas") for nr in range(1, 13)]
    table = pd.DataFrame(rows * 2, columns=["nr", "school"])
    table["programma"] = (table.school == "De Ark").map({True: "ja", False: "nee"})
    table["meting"] = ["t0"] * 36 + ["t1"] * 36
    table["na"] = [i * 7 % 10 / 2 for i in range(72)]
    table.to_csv(tmp_path / "leerlingen.csv", index=False)
    plan = Plan(
        outcome="na", treatment="programma", cluster="school", pupil="nr",
        wave="meting", baseline="t0", waves=("t1",),
    )  # fmt: skip
    (fault,) = faults(lambda: aw.check(aw.read(tmp_path / "leerlingen.csv"), plan)).values()
    asked = "workplace pseudonymise --id nr --id school --keep school"
    assert asked in fault.remedy.nl
    assert asked in fault.remedy.en
    aw.new_key(tmp_path / "key")
    files = [str(tmp_path / name) for name in ("leerlingen.csv", "key", "namen.csv")]
    asked = [*asked.split()[1:], files[0], "--key", files[1], "--out", files[2]]
    assert main(asked) == 0
    assert len(aw.check(aw.read(files[2]), plan)) == 36


@pytest.mark.parametrize("alone", [True, False])
def test_rows_that_are_alike_are_told_when_no_pupil_is_named_unless_they_are_many(
    alone, pupils, plan
):
    nobody = replace(plan, pupil=None)
    again = pupils.drop(columns="leerling").iloc[[4] if alone else range(12)]
    table = pd.concat([pupils.drop(columns="leerling")] * 1 + [again], ignore_index=True)
    told = [note for note in aw.check(table, nobody).notes if "precies gelijk" in note.nl]
    assert [note.en[:42] for note in told] == (
        ["2 rows are precisely like another row (row"] if alone else []
    )


@pytest.mark.parametrize(
    ("words", "stray"),
    [
        (["6", "7", "8", "<5"], {"<5"}),
        (["6", "7,5", "8.25", "?", "onbekend"], {"?", "onbekend"}),
        (["6", "7", "8", "6/7"], set()),  # groups of pupils
        (["6a", "6b", "7"], set()),
        (["laag", "midden", "1"], set()),
    ],
)
def test_words_among_numbers_are_strays_unless_the_plan_calls_the_column_a_category(words, stray):
    levels = {"groep": dict.fromkeys(words, 12)}
    plan = Plan(outcome="na", treatment="programma", cluster="school", covariates=("groep",))
    assert stray_labels(plan, None, levels).get("groep", set()) == stray
    named = replace(plan, categories=("groep",))
    assert stray_labels(named, None, levels) == {}


def test_a_second_and_third_row_of_the_header_can_be_told(pupils, plan, save):
    more = pd.DataFrame([["code", "naam", "0/1", "vooraf", "achteraf"], ["open"] * 5])
    more.columns = pupils.columns
    path = save(pd.concat([more, pupils]).to_csv(index=False))
    told = faults(lambda: aw.check(aw.read(path), plan))["na"]
    assert "header=(1, 2, 3)" in told.remedy.nl
    assert "header=(1, 2, 3)" in told.remedy.en
    table = aw.read(path, header=(1, 2, 3))
    assert [name.split()[-1] for name in table.columns] == ["open"] * 5
    assert len(table) == len(pupils)
    assert table.iloc[:, -1].tolist() == pupils["na"].tolist()
