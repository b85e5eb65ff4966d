"""Plans over periods and at a cut-off: what ``check`` makes of their tables, and refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.plan import NEVER, NOT_STARTED, STARTED

PLAN = aw.Plan(outcome="welbevinden", treatment="begin", cluster="school", period="jaar")
YEARS = [2021, 2022, 2023, 2024]


def answers(starts=(2022, 2023, None, None), each=12):
    """Answers of other people every year, in schools that start in some year or never."""
    rng = np.random.default_rng(1)
    rows = [
        (f"S{i}", year, start, rng.normal())
        for i, start in enumerate(starts)
        for year in YEARS
        for _ in range(each)
    ]
    return pd.DataFrame(rows, columns=["school", "jaar", "begin", "welbevinden"])


def faults_of(table, plan=PLAN):
    with pytest.raises(aw.DataError) as caught:
        aw.check(table, plan)
    return [(fault.column, fault.rule.en) for fault in caught.value.faults]


def test_every_row_is_an_answer_in_a_period_of_a_school_with_one_start():
    table = answers()
    pupils = aw.check(table, PLAN)
    assert len(pupils) == len(table)
    assert pupils.periods.names == ("2021", "2022", "2023", "2024")
    assert pupils.arms.names == ("2022", "2023", NEVER)
    assert np.array(pupils.periods.names)[pupils.periods.codes].tolist() == list(
        map(str, table.jaar)
    )
    (moments,) = aw.collect(pupils).samples
    assert set(moments.blocks) == set(map(str, YEARS))
    assert len(moments.S) == 4 * len(YEARS)


@pytest.mark.parametrize("word", ["nooit", "Never", " n.v.t. ", "", None])
def test_a_school_that_never_starts_may_say_so_in_words(word):
    table = answers().astype({"begin": object})
    table.loc[table.begin.isna(), "begin"] = word
    table["begin"] = table["begin"].map(lambda x: str(int(x)) if isinstance(x, float) else x)
    assert aw.check(table, PLAN).arms.names == ("2022", "2023", NEVER)


def test_a_school_with_two_starts_is_told_with_its_rows():
    table = answers()
    table.loc[3, "begin"] = 2024
    ((column, rule),) = faults_of(table)
    assert column == "begin"
    assert "started" in rule


def test_nobody_is_treated_and_untreated_in_the_same_period():
    plan = replace(PLAN, pupil="kind")
    table = answers().assign(kind=lambda t: [f"K{i}" for i in range(len(t))])
    assert aw.check(table, plan).persons.max() == len(table) - 1
    table.loc[1, "kind"] = table.loc[0, "kind"]
    ((column, _),) = faults_of(table, plan)
    assert column == "kind"
    table.loc[1, ["kind", "jaar"]] = [table.loc[0, "kind"], 2022]  # a pupil may come back
    assert aw.check(table, plan).persons.max() == len(table) - 2


def test_a_row_without_a_period_belongs_nowhere():
    table = answers()
    table.loc[2, "jaar"] = np.nan
    ((column, rule),) = faults_of(table)
    assert (column, "period" in rule) == ("jaar", True)


@pytest.mark.parametrize("starts", [(2021, 2021, None), (None, None), (2030, None)])
def test_some_school_must_start_after_the_first_period(starts):
    (fault,) = faults_of(answers(starts))
    assert fault[0] == "begin"


def test_all_may_start_in_a_year_that_was_not_measured():
    table = answers((2022.5, None))
    assert aw.check(table, PLAN).arms.names == ("2022.5", NEVER)


@pytest.mark.parametrize("odd", ["21/22", "sinds 2021", 2022])
def test_a_start_that_is_not_written_as_a_school_year_is_told(odd):
    labels = {year: f"{year}/{year - 1999}" for year in YEARS}
    table = answers().astype({"begin": object}).replace({"jaar": labels, "begin": labels})
    assert aw.check(table, PLAN).arms.names == ("2022/23", "2023/24", NEVER)
    table.loc[table.school == "S1", "begin"] = odd
    ((column, rule),) = faults_of(table)
    assert column == "begin"
    assert f"‘{odd}’" in rule


def test_one_period_tells_nothing_over_time():
    table = answers()
    found = faults_of(table[table.jaar == 2022])
    assert "jaar" in {column for column, _ in found}


def test_a_file_of_periods_is_read_as_the_table_is(tmp_path):
    answers().to_csv(tmp_path / "antwoorden.csv", index=False)
    here, there = (
        aw.collect(tmp_path / "antwoorden.csv", PLAN),
        aw.collect(aw.check(answers(), PLAN)),
    )
    assert here.samples[0].S.sum() == pytest.approx(there.samples[0].S.sum(), rel=1e-9)


def test_the_arms_over_time_have_names_in_both_languages():
    for arm in (STARTED, NOT_STARTED, NEVER, "2022"):
        assert PLAN.arm(arm).label.nl != PLAN.arm(arm).label.en
    assert PLAN.arm("2022").pupils.nl == "leerlingen waar het in 2022 begon"


def test_who_has_no_score_that_decides_is_not_analysed():
    plan = aw.Plan(outcome="na", treatment="hulp", cluster="school", assigned="pupil",
                   running="score", cutoff=5, below=True)  # fmt: skip
    rng = np.random.default_rng(3)
    score = np.round(rng.normal(5, 2, 200), 2)
    table = pd.DataFrame({
        "na": rng.normal(size=200), "hulp": (score < 5).astype(int), "score": score,
        "school": rng.integers(0, 8, 200),
    })  # fmt: skip
    table.loc[:9, "score"] = np.nan
    pupils = aw.check(table, plan)
    assert pupils.analysed["na", ""].sum() == 190
    assert np.isnan(pupils.numbers["score"]).sum() == 10
    ((column, _),) = faults_of(table.assign(score="hoog"), plan)
    assert column == "score"


def test_columns_that_must_agree_travel_as_labels():
    plan = aw.Plan(outcome="na", treatment="hulp", cluster="school", assigned="pupil",
                   covariates=("voor",), comparing=aw.Comparing(exact=("groep",)))  # fmt: skip
    rng = np.random.default_rng(3)
    table = pd.DataFrame({
        "na": rng.normal(size=60), "voor": rng.normal(size=60), "hulp": np.arange(60) % 2,
        "school": np.arange(60) % 5, "groep": np.arange(60) % 3 + 5,
    })  # fmt: skip
    table.loc[0, "groep"] = np.nan
    pupils = aw.check(table, plan)
    assert sorted(pupils.exact["groep"].names) == ["5", "6", "7"]
    assert not pupils.analysed["na", ""][0]
    assert "groep" in {c for c, _ in faults_of(table.drop(columns="groep"), plan)}
