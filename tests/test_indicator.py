"""A missing indicator: pupils of whom something from beforehand is missing stay, after a lot."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.errors import DataError, PlanError
from academic_workplace.intake.pupils import with_indicators
from academic_workplace.plan import Inference, Method, Missing

PLAN = aw.Plan(
    outcome="after", treatment="programme", cluster="school", comparison="0", allocation="lot",
    baseline="before", covariates=("age", "home"), missing="missing indicator",
)  # fmt: skip


@pytest.fixture
def table():
    """Twenty schools, a lot among them; what was asked beforehand is often missing."""
    rng = np.random.default_rng(21)
    school = np.repeat(np.arange(20), 15)
    n = len(school)
    before = 500 + 10 * rng.normal(size=n) + rng.normal(size=20)[school]
    age = rng.integers(8, 12, n).astype(float)
    home = rng.choice(["low", "middle", "high"], n).astype(object)
    programme = rng.permutation(np.arange(20) % 2)[school]
    after = before + 5 * programme + age + 3 * rng.normal(size=n) + 2 * rng.normal(size=20)[school]
    out = pd.DataFrame({"school": school, "programme": programme, "before": before, "age": age,
                        "home": home, "after": after})  # fmt: skip
    out.loc[rng.random(n) < 0.2, "before"] = np.nan
    out.loc[rng.random(n) < 0.1, "age"] = np.nan
    out.loc[rng.random(n) < 0.1, "home"] = None
    out.loc[rng.random(n) < 0.05, "after"] = np.nan
    return out


def by_rows(table, fill):
    """The same regression on rows, whatever stands in the place of what is missing."""
    rows = table[table["after"].notna()]
    X = [np.ones(len(rows)), rows["programme"]]
    for name in ("before", "age"):
        X += [rows[name].fillna(fill).to_numpy(), rows[name].isna().to_numpy()]
    X += [(rows["home"] == level).to_numpy() for level in ("low", "middle", "high")]
    X = np.column_stack(X).astype(float)
    return np.linalg.lstsq(X, rows["after"].to_numpy(), rcond=None)[0][1], len(rows)


@pytest.mark.proves("effects.estimate, missing indicator", "rows")
def test_the_effect_is_that_of_rows_whatever_is_filled_in(agree, table):
    effect = aw.estimate(table, PLAN)[0]
    for fill in (0.0, 480.0, 510.0):
        expected, n = by_rows(table, fill)
        agree(effect.estimate, expected, rel=1e-9)
        assert effect.pupils == n


def test_nobody_with_an_outcome_is_left_out_and_without_gaps_nothing_changes(table):
    plain = replace(PLAN, missing="complete cases")
    flow = aw.collect(table, PLAN).flow.counts
    assert np.array_equal(flow[..., 1], flow[..., 2])
    assert aw.estimate(table, plain)[0].pupils < aw.estimate(table, PLAN)[0].pupils
    whole = table.dropna()
    one, other = (aw.estimate(whole, plan)[0].to_dict() for plan in (plain, PLAN))
    assert one == other
    assert with_indicators(aw.check(table, plain)).columns["age"] == ("age",)


@pytest.mark.parametrize("method", ["adjusted", "interacted", "cluster means", "multilevel"])
def test_parts_add_up_though_each_has_a_mean_of_its_own(table, method):
    ordered = table.sort_values("before")  # so that the parts differ much
    parts = [ordered[:90], ordered[90:200], ordered[200:]]
    moments = sum((aw.collect(p, PLAN) for p in parts[1:]), aw.collect(parts[0], PLAN))
    whole = aw.estimate(table, PLAN, method=method)[0]
    added = aw.estimate(moments, PLAN, method=method)[0]
    assert added.estimate == pytest.approx(whole.estimate, rel=1e-8)
    assert added.se == pytest.approx(whole.se, rel=1e-6)


def test_gaps_of_the_same_pupils_are_told_once(table):
    both = table.copy()
    both.loc[both["before"].isna(), "age"] = np.nan
    both.loc[both["before"].notna(), "age"] = 9.0
    both.loc[both["before"].notna(), "age"] += np.arange(both["before"].notna().sum()) % 3
    effects = aw.estimate(both, PLAN)
    terms = set(effects.coefficients()["term"])
    assert {"before=?", "before", "age"} <= terms
    assert "age=?" not in terms


def test_the_start_is_told_of_those_who_are_known(table):
    moments = aw.collect(table, PLAN)
    baseline = moments.baseline
    j = baseline.columns.index("before")
    known = table["before"].notna()
    for a, arm in enumerate(baseline.arms):
        here = known & (table["programme"].astype(str) == arm)
        assert baseline.n[0, a, j] == here.sum()
        assert baseline.mean[0, a, j] == pytest.approx(table.loc[here, "before"].mean())
    assert not any(name.endswith("=?") for name in baseline.columns)


@pytest.mark.parametrize("inference", [Inference.CR2, Inference.WILD, Inference.RANDOMISATION])
def test_every_inference_can_be_had(table, inference):
    plan = replace(PLAN, draws=199)
    rows = table.assign(programme=np.arange(len(table)) % 2)  # pupils are assigned again by rows
    by_pupil = aw.estimate(rows, replace(plan, assigned="pupil"), inference=inference)[0]
    assert by_pupil.p_value is not None
    effect = aw.estimate(table, plan, inference=inference)[0]
    assert effect.p_value is not None
    assert effect.estimate == pytest.approx(aw.estimate(table, PLAN)[0].estimate)


def test_a_column_that_is_missing_for_a_whole_arm_is_named(table):
    table.loc[table["programme"] == 1, "age"] = np.nan
    with pytest.raises(DataError) as error:
        aw.estimate(table, PLAN)
    assert [fault.column for fault in error.value.faults] == ["age"]


def test_it_is_refused_without_a_lot_and_says_who_found_why(table):
    with pytest.raises(PlanError, match="White en Thompson"):
        replace(PLAN, allocation="choice")
    for method in (Method.ENTROPY, Method.GROWTH):
        with pytest.raises(PlanError):
            replace(PLAN, method=method)
    with pytest.raises(PlanError):
        aw.estimate(table, PLAN, method="nearest neighbour")


def test_it_is_unbiased_where_complete_cases_are_too_and_surer():
    """After a lot, also where the weakest are those of whom nothing is known beforehand."""
    rng = np.random.default_rng(22)
    plan = replace(PLAN, covariates=())
    found = {missing: [] for missing in ("complete cases", "missing indicator")}
    for _ in range(60):
        school = np.repeat(np.arange(16), 12)
        before = rng.normal(size=192)
        programme = rng.permutation(np.arange(16) % 2)[school]
        after = before + 0.5 * programme + rng.normal(size=192)
        seen = np.where(rng.random(192) < 1 / (1 + np.exp(2 * before)), np.nan, before)
        table = pd.DataFrame({"school": school, "programme": programme, "before": seen,
                              "after": after})  # fmt: skip
        for missing, values in found.items():
            values.append(aw.estimate(table, replace(plan, missing=missing))[0].estimate)
    errors = {missing: np.array(values) - 0.5 for missing, values in found.items()}
    for values in errors.values():
        assert abs(values.mean()) < 3 * values.std() / 60**0.5
    assert errors["missing indicator"].std() < errors["complete cases"].std()


def test_what_is_not_known_has_words():
    plan = aw.Plan(outcome="y", treatment="t", cluster="s", covariates=("age",))
    assert plan.column_label("age=?").nl == "age: niet bekend"
    assert plan.missing is Missing.COMPLETE
