"""The invented studies of mentoring, parental involvement and reading time have their truths."""

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
    "extra-leestijd": ("metingen.csv", "pupils.csv"),
}
PLANS = [
    ("mentoring", "plan.toml"),
    ("mentoring", "plan-klassen.toml"),
    ("ouderbetrokkenheid", "plan.toml"),
    ("ouderbetrokkenheid", "plan-leerlingen.toml"),
    ("extra-leestijd", "plan.toml"),
    ("extra-leestijd", "plan-streefniveau.toml"),
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


@cache
def many_readers(seed):
    return script("extra-leestijd").make(np.random.default_rng(seed), times=12)


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


@pytest.mark.parametrize("study", ["mentoring", "ouderbetrokkenheid"])
def test_the_truth_of_a_twin_without_a_lot_is_that_of_those_who_took_part(study):
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


def reading(name="plan.toml"):
    return aw.read_plan(DATA / "extra-leestijd" / name)


def came_or_not(long):
    """How much better those who came read at the end than those of their schools who did not."""
    end = long[(long["meting"] == "eind") & (long["aanbod"] == "ja")]
    mean = end.groupby("meegedaan")["lezen"].mean()
    return mean[1] - mean[0]


@cache
def errors_of_reading(seed):
    """How far each estimate lies from its truth, in its own standard errors; 240 schools."""
    long, pupils, real = many_readers(seed)
    planned = aw.estimate(long, replace(reading(), outcome="lezen", subgroups=()))
    target = reading("plan-streefniveau.toml")
    days = replace(target, outcome="verzuim", method="negative binomial")
    end, part = real["lezen eind"], real["part"]
    told = {
        "the offer, at the end": (planned[0], end.mean()),
        "the offer, later": (planned[1], real["lezen half jaar later"].mean()),
        "taking part": (aw.effects.compliers(planned)[0].effect, end[part].mean()),
        "target level": (aw.estimate(pupils, target)[0], real["streefniveau"].mean()),
        "days absent": (aw.estimate(pupils, days)[0], real["verzuim"].mean()),
    }
    return {name: (found.estimate - true) / found.se for name, (found, true) in told.items()}


@pytest.mark.parametrize(
    "what",
    ["the offer, at the end", "the offer, later", "taking part", "target level", "days absent"],
)
def test_over_many_studies_of_reading_time_the_models_find_the_truth(what):
    # 1,440 schools: the mean of six numbers with standard deviation 1 has one of 0.4.
    errors = [errors_of_reading(seed)[what] for seed in range(1, 7)]
    assert abs(np.mean(errors)) < 1.0
    assert np.max(np.abs(errors)) < 3.5


@pytest.mark.parametrize("seed", range(1, 5))
def test_comparing_who_came_with_who_did_not_is_wrong_by_more_than_chance(seed):
    long, _, real = many_readers(seed)
    planned = aw.estimate(long, replace(reading(), outcome="lezen", subgroups=()))
    found, true = aw.effects.compliers(planned)[0].effect, real["lezen eind"][real["part"]].mean()
    wrong = came_or_not(long) - true
    assert wrong > 1.8
    assert wrong > 3 * found.se
    assert wrong > 1.5 * abs(found.estimate - true)


def test_the_planned_analyses_of_reading_time_find_the_truth():
    real, plan, target = truth("extra-leestijd"), reading(), reading("plan-streefniveau.toml")
    effects, facts = aw.estimate(aw.read(plan.data), plan), aw.read(target.data)
    known = [(e, real[f"{e.outcome} {e.wave}"]["offered"]) for e in effects[:2]]
    known.append((aw.effects.compliers(effects)[0].effect, real["lezen eind"]["taking_part"]))
    for method in ("logistic", "logistic multilevel"):
        effect = aw.estimate(facts, replace(target, method=method))[0]
        known.append((effect, real["streefniveau"]["offered"]))
    days = replace(target, outcome="verzuim", method="negative binomial")
    known.append((aw.estimate(facts, days)[0], real["verzuim"]["offered"]))
    share = real["pupils"]["take_part_when_offered"]
    groups = aw.effects.subgroups(effects)[0]
    for level, effect in zip(groups.levels, groups.effects, strict=True):
        known.append((effect, 20 * real["reading_by_education"][level] * share))
    assert len(known) == 9
    assert all(e.low < true < e.high for e, true in known)
    assert effects[0].low > 0


def test_in_many_studies_of_reading_time_the_effect_falls_with_education_and_with_time():
    long, _, real = many_readers(1)
    assert real["lezen half jaar later"] == pytest.approx(0.6 * real["lezen eind"])
    groups = aw.effects.subgroups(aw.estimate(long, replace(reading(), outcome="lezen")))[0]
    found = dict(zip(groups.levels, groups.effects, strict=True))
    for level, true in truth("extra-leestijd")["reading_by_education"].items():
        assert found[level].estimate == pytest.approx(
            20 * true * real["part"].mean(), abs=3 * found[level].se
        )
    assert found["laag"].estimate > found["hoog"].estimate + 1.96 * found["hoog"].se


def test_who_has_no_reading_score_follows_from_the_file_and_not_from_who_came():
    long, pupils, _ = many_readers(1)
    end = long[long["meting"] == "eind"].set_index("leerling")["lezen"].isna()
    rows = pupils.assign(gone=pupils["leerling"].map(end)).dropna(subset="lezen_start")
    shares = rows.groupby("aanbod")["gone"].mean()
    assert shares["nee"] > shares["ja"] + 0.01
    low = rows["lezen_start"] < rows["lezen_start"].median()
    assert rows["gone"][low].mean() > rows["gone"][~low].mean() + 0.03
    here = rows[rows["aanbod"] == "ja"]
    kinds = [pd.qcut(here["lezen_start"], 20), here["opleiding_ouders"]]
    apart = here[["meegedaan", "gone"]].astype(float)
    apart -= apart.groupby(kinds, observed=True).transform("mean")
    x, y = apart["meegedaan"].to_numpy(), apart["gone"].to_numpy()
    se = np.sqrt(np.sum((x * y) ** 2)) / (x @ x)
    assert abs(x @ y / (x @ x)) < 3 * se


def test_pupils_of_one_school_and_of_one_class_are_alike_in_reading():
    long, _, _ = many_readers(1)
    plan = replace(reading(), outcome="lezen", subgroups=(), method="multilevel", classes="klas",
                   baseline=None, waves=(), wave=None, main_wave=None, covariates=())  # fmt: skip
    start = long[long["meting"] == "start"]
    found = aw.estimate(start, plan)
    told = found.detail(found[0])
    assert told.icc == pytest.approx(0.05, abs=0.03)
    assert told.classes.share == pytest.approx(0.035, abs=0.02)
    assert not told.boundary
    assert not told.classes.boundary
