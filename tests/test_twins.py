"""The invented studies of mentoring and of parental involvement have the truths they claim."""

import importlib.util
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.comparison import entropy_balance
from academic_workplace.over_time.group_time import Against, Along, averages, group_times

DATA = Path(__file__).parents[1] / "data"
FILES = {
    "mentoring": ("pupils.csv", "classes.csv"),
    "ouderbetrokkenheid": ("parents.csv", "pupils.csv", "asked.csv"),
}
PLANS = [
    ("mentoring", "plan.toml"),
    ("mentoring", "plan-klassen.toml"),
    ("ouderbetrokkenheid", "plan.toml"),
    ("ouderbetrokkenheid", "plan-leerlingen.toml"),
]
BEFORE = ["meisje", "opleiding_ouders", "advies", "bezorgdheid", "schoolweging",
          "zelfvertrouwen_groep8", "studievaardigheden_groep8"]  # fmt: skip


@cache
def script(study):
    """The module that makes a study."""
    name = f"make_{study}"
    spec = importlib.util.spec_from_file_location(name, DATA / study / "make.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@cache
def truth(study):
    return tomllib.loads((DATA / study / "truth.toml").read_text(encoding="utf-8"))


@cache
def many_mentors():
    return script("mentoring").make(np.random.default_rng(1), times=25)


@cache
def many_schools():
    return script("ouderbetrokkenheid").make(np.random.default_rng(1), times=12)


@pytest.mark.parametrize("study", FILES)
def test_a_twin_is_what_its_script_makes(study, tmp_path):
    made = shutil.copy(DATA / study / "make.py", tmp_path)
    subprocess.run([sys.executable, made], check=True, capture_output=True)
    for name in (*FILES[study], "truth.toml"):
        assert (tmp_path / name).read_bytes() == (DATA / study / name).read_bytes()


@pytest.mark.parametrize("study", FILES)
def test_the_codebook_of_a_twin_describes_every_column_of_its_files(study):
    book = tomllib.loads((DATA / study / "codebook.toml").read_text(encoding="utf-8"))["columns"]
    seen = set()
    for name in FILES[study]:
        table = aw.read(DATA / study / name)
        seen |= set(table.columns)
        for column in table:
            entry, values = book[column], table[column].dropna()
            assert entry["meaning"]["nl"]
            assert entry["meaning"]["en"]
            if "range" in entry:
                assert values.between(*entry["range"]).all()
            if entry["type"] == "category":
                assert {str(value) for value in values.unique()} <= set(entry["levels"])
    assert seen == set(book)


@pytest.mark.parametrize(("study", "name"), PLANS)
def test_the_plan_of_a_twin_fits_its_data_and_says_that_they_are_invented(study, name):
    plan = aw.read_plan(DATA / study / name)
    pupils = aw.check(aw.read(plan.data), plan)
    assert len(pupils) > 500
    assert plan.study.synthetic
    assert "erzonnen" in plan.study.source.nl
    assert truth(study)["estimand"] == "ATT"


def test_the_mentoring_twin_has_the_shape_of_leiden():
    table = aw.read(DATA / "mentoring" / "pupils.csv")
    mentored = table[table["mentor"] == "ja"]
    assert (len(table), len(mentored), table["school"].nunique()) == (1400, 180, 14)
    assert mentored["coordinator"].value_counts().tolist() == [15] * 12
    assert table.loc[table["mentor"] == "nee", "coordinator"].isna().all()
    assert (table.loc[table["mentor"] == "nee", "uren"] == 0).all()
    assert mentored["uren"].between(3, 75).all()
    classes = aw.read(DATA / "mentoring" / "classes.csv")
    assert (classes["klas"].nunique(), classes["school"].nunique()) == (24, 8)
    assert (classes.groupby("klas")["klassenmentoren"].nunique() == 1).all()
    assert (classes.groupby("school")["klassenmentoren"].nunique() == 2).all()


def test_who_gets_a_mentor_follows_from_what_was_known_before():
    make = script("mentoring")
    table = aw.read(DATA / "mentoring" / "pupils.csv")
    chance = make.chance(table[BEFORE])  # no other column is needed
    treated = (table["mentor"] == "ja").to_numpy()
    assert chance.sum() == pytest.approx(treated.sum(), abs=3 * np.sqrt(chance @ (1 - chance)))
    assert chance[treated].mean() > 2 * chance[~treated].mean()
    assert chance.max() < 0.8  # there is always someone to compare with


@pytest.mark.parametrize("outcome", ["zelfvertrouwen", "studievaardigheden", "positie_leerjaar3"])
def test_the_plain_comparison_of_mentoring_has_the_wrong_sign_and_the_adjusted_one_the_truth(
    outcome,
):
    # 35,000 pupils: the standard error of the weighted difference is about 0.02.
    table, scores = many_mentors()
    points = {o.name: o.points for o in script("mentoring").OUTCOMES}[outcome]
    with_mentor, without = (score / points for score in scores[outcome])
    treated, y = (table["mentor"] == "ja").to_numpy(), table[outcome].to_numpy() / points
    seen = ~np.isnan(y)
    true = (with_mentor - without)[treated & seen].mean()
    assert true == pytest.approx(0.1 if outcome == "positie_leerjaar3" else 0.2, abs=0.03)
    assert y[treated & seen].mean() - y[~treated & seen].mean() < -0.3
    X = pd.get_dummies(table[BEFORE], drop_first=True).to_numpy(float)[seen]
    w = np.asarray(entropy_balance(X, treated[seen]).w)
    mean = {arm: np.average(y[seen][treated[seen] == arm], weights=w[treated[seen] == arm])
            for arm in (True, False)}  # fmt: skip
    assert mean[True] - mean[False] == pytest.approx(true, abs=0.06)


def test_what_the_arms_of_mentoring_differ_is_the_effect_and_the_selection():
    make = script("mentoring")
    table, scores = make.make(np.random.default_rng(make.SEED))
    treated = (table["mentor"] == "ja").to_numpy()
    for outcome, found in truth("mentoring")["pupils"]["outcomes"].items():
        y = np.where(treated, *scores[outcome])
        plain = y[treated].mean() - y[~treated].mean()
        assert found["att"]["points"] + found["selection"]["points"] == pytest.approx(
            plain, abs=2e-4
        )
        assert plain < 0 < found["att"]["points"]
        kept = table[outcome].notna().to_numpy()
        assert np.allclose(table[outcome][kept], y[kept])
        assert 0.02 < 1 - kept.mean() < 0.16


def test_classes_that_get_mentors_are_alike_within():
    """Counting pupils makes an analysis about twice as sure as it may be."""
    plan = aw.read_plan(DATA / "mentoring" / "plan-klassen.toml")
    effects = aw.estimate(aw.read(plan.data), plan)
    for effect in effects:
        points = truth("mentoring")["classes"]["outcomes"][effect.outcome]["att"]["points"]
        assert effect.low < points < effect.high
        assert effect.clusters == 24
    table, _ = script("mentoring").make_classes(np.random.default_rng(2), times=20)
    rest = table["zelfvertrouwen"] - table.groupby("school")["zelfvertrouwen"].transform("mean")
    between = rest.groupby(table["klas"]).mean().var() - rest.var() / 23
    assert between / rest.var() > 0.04


def group_time(survey, *, covariates):
    table = many_schools()[survey.name][0]
    seen = table[survey.outcome].notna()
    table = table[seen]
    start = np.where(table["start"] == 6, np.nan, table["start"].astype(float))
    X = (table["thuistaal"] == "anders").to_numpy(float)[:, None] if covariates else None
    school = pd.factorize(table["school"])[0]
    found = group_times(table[survey.outcome], table["year"], start, school, X=X,
                        against=Against.NOT_YET)  # fmt: skip
    return averages(found, Along.SIMPLE)[1].estimate[0]


@pytest.mark.parametrize("survey", [0, 1])
def test_two_way_fixed_effects_find_less_than_sixty_per_cent_and_group_times_the_truth(survey):
    # 192 schools: the standard error of the average is about 0.016 points.
    make = script("ouderbetrokkenheid")
    survey = make.SURVEYS[survey]
    table = many_schools()[survey.name][0]
    true = make.true_effects(table)
    assert true["two_way"] < 0.6 * min(true["average"], true["over_starts"])
    seen = table[survey.outcome].notna().to_numpy()
    found = make.two_way_fixed_effects(table[seen], table[survey.outcome].to_numpy()[seen])
    assert found < 0.65 * true["average"]
    assert group_time(survey, covariates=True) == pytest.approx(true["average"], abs=0.035)


def test_two_way_fixed_effects_is_the_regression_on_schools_and_years():
    make = script("ouderbetrokkenheid")
    table = make.make(np.random.default_rng(3))["parents"][0]
    table = table[table["betrokkenheid"].notna()]
    on = (table["year"] >= table["start"]).to_numpy(float)
    groups = pd.get_dummies(table[["school", "year"]].astype(str)).to_numpy(float)
    beta = np.linalg.lstsq(np.column_stack([on, groups]), table["betrokkenheid"], rcond=None)[0]
    found = make.two_way_fixed_effects(table, table["betrokkenheid"].to_numpy())
    assert found == pytest.approx(beta[0], rel=1e-9)


def test_other_parents_answer_after_the_start_and_the_truth_is_missed_without_their_language():
    survey = script("ouderbetrokkenheid").SURVEYS[0]
    table, counts = many_schools()["parents"]
    counts = counts.merge(table[["school", "start"]].drop_duplicates())
    answered = table.groupby(["school", "year", "thuistaal"]).size().rename("answered")
    rows = counts.join(answered, on=["school", "year", "thuistaal"]).fillna({"answered": 0})
    rows["since"] = rows["year"] >= rows["start"]
    sums = rows.groupby(["thuistaal", "since"])[["answered", "parents"]].sum()
    share = sums["answered"] / sums["parents"]
    assert share["Nederlands", False] == pytest.approx(0.62, abs=0.02)
    assert share["Nederlands", True] == pytest.approx(0.62, abs=0.02)
    assert share["anders", False] == pytest.approx(0.30, abs=0.02)
    assert share["anders", True] == pytest.approx(0.44, abs=0.02)
    assert group_time(survey, covariates=True) > group_time(survey, covariates=False) + 0.005


def test_schools_start_in_three_years_or_never_and_are_asked_six_years():
    for name in ("parents.csv", "pupils.csv"):
        table = aw.read(DATA / "ouderbetrokkenheid" / name)
        start = table.groupby("school")["start"].agg(lambda x: x.iloc[0] if x.notna().all() else "")
        assert start.value_counts().to_dict() == dict.fromkeys(
            ("", "2022-2023", "2023-2024", "2024-2025"), 4
        )
        assert (table.groupby("school")["schooljaar"].nunique() == 6).all()
    asked = aw.read(DATA / "ouderbetrokkenheid" / "asked.csv")
    answers = aw.read(DATA / "ouderbetrokkenheid" / "parents.csv")
    keys = ["school", "schooljaar", "thuistaal"]
    both = asked.set_index(keys)["parents"] - answers.groupby(keys).size()
    assert (both.dropna() >= 0).all()


def test_the_planned_analysis_of_mentoring_finds_the_truth_and_the_plain_one_the_wrong_sign():
    plan = aw.read_plan(DATA / "mentoring" / "plan.toml")
    table = aw.read(plan.data)
    plain = replace(plan, method="difference", estimand=None, covariates=(), baseline=None)
    for planned, naive in zip(aw.estimate(table, plan), aw.estimate(table, plain), strict=True):
        true = truth("mentoring")["pupils"]["outcomes"][planned.outcome]
        assert planned.low < true["att_in_general"]["points"] < planned.high
        assert planned.estimate > 0 > naive.high
        assert planned.clusters_arm == 12


def test_the_planned_analysis_of_parental_involvement_finds_the_truth_and_fixed_effects_half():
    for survey, name in (("parents", "plan.toml"), ("pupils", "plan-leerlingen.toml")):
        plan = aw.read_plan(DATA / "ouderbetrokkenheid" / name)
        effects = aw.estimate(aw.read(plan.data), plan)
        true = truth("ouderbetrokkenheid")[survey][plan.outcomes[0]]
        assert effects[0].low < true["average_over_starts"]["points"] < effects[0].high
        detail = effects.detail(effects[0])
        for row in detail.of("since").query("since >= 0").itertuples():
            assert row.low < true["by_years_since"][str(row.since)]["points"] < row.high
        found = detail.fixed
        expected = true["two_way_fixed_effects"]["points"]
        assert found.low < expected < found.high
        assert found.estimate < 0.6 * effects[0].estimate
        assert found.negative > 0
