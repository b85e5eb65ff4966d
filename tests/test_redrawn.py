"""A random intercept fitted again for every assignment: rows draw by draw, and theory."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace import resampling as rs
from academic_workplace.effects.multilevel import ONLY_OF_CLUSTERS
from academic_workplace.linear import least_squares
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.report.technique import method_texts

RANDOM, SATT = aw.Inference.RANDOMISATION, aw.Inference.SATTERTHWAITE
PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", covariates=("x",), comparison="0",
               method="multilevel", inference="randomisation", allocation="lot",
               assigned="cluster")  # fmt: skip


def pupils(seed, *, schools=8, tau=0.5, effect=0.4, most=9):
    rng = np.random.default_rng(seed)
    n = rng.integers(2, most, schools)
    s = np.repeat(np.arange(schools), n)
    x = rng.normal(size=len(s)) + 0.3 * rng.normal(size=schools)[s]
    y = effect * (s % 2) + 0.5 * x + tau * rng.normal(size=schools)[s] + rng.normal(size=len(s))
    return pd.DataFrame({"school": [f"s{i:02}" for i in s], "block": (s // 4).astype(str), "x": x,
                         "y": y, "t": (s % 2).astype(float)})  # fmt: skip


def moments(table, x, *, absorb=False):
    blocks = table["block"] if absorb else pd.Series("", index=table.index)
    code, names = pd.factorize(table["school"] + "|" + blocks)
    origin, S = cross_products(
        [table[name].to_numpy(float) for name in (*x, "y")], code, len(names)
    )
    clusters, labels = zip(*(name.split("|") for name in names), strict=True)
    none = ("",) * len(names)
    return SampleMoments("y", "", clusters, labels, none, ("1", *x, "y"), origin, S)


def axes(table, *, absorb=False):
    m = moments(table, ("t", "x"), absorb=absorb)
    fit = least_squares(m, ["x"], absorb=absorb, apart=False)
    T = table.groupby("school")["t"].first().to_numpy(float)
    strata = table.groupby("school")["block"].first().astype(int).to_numpy(np.intp)
    strata = strata if absorb else np.zeros(len(T), dtype=np.intp)
    units = rs.Units(np.zeros(len(T)), np.ones(len(T)), np.zeros((len(T), 0)), T, strata)
    return ml.axes_of(ml.sums_of(m, fit, absorb=absorb)), units


def drawn_again(table, T):
    """The table with another assignment. T: (G,)"""
    return table.assign(
        t=table["school"].map(dict(zip(sorted(set(table["school"])), T, strict=True)))
    )


def by_itself(table, *, absorb=False):
    """Estimate, standard error, tau2 / sigma2 and sigma2 of one fit of its own."""
    m = moments(table, ("t", "x"), absorb=absorb)
    fit = ml.random_intercept(m, least_squares(m, ["t", "x"], absorb=absorb), absorb=absorb)
    estimate, variance, _ = ml.contrast(fit, np.array([1.0, 0.0]), SATT)
    return estimate, np.sqrt(variance), fit.tau2 / fit.sigma2, fit.sigma2


@pytest.mark.proves("multilevel.refitted", "a fit of its own for every assignment")
@pytest.mark.parametrize("absorb", [False, True])
@pytest.mark.parametrize(("seed", "tau"), [(1, 0.5), (2, 0.0), (3, 2.0)])
def test_every_assignment_is_fitted_as_if_it_were_the_only_one(seed, tau, absorb, agree):
    table = pupils(seed, tau=tau)
    x, units = axes(table, absorb=absorb)
    every = np.concatenate(list(rs._all(units)))
    found = ml.refitted(x, every, units.T)
    for i in range(0, len(every), 5):
        told = [found.estimate[i], found.se[i], found.rho[i], found.sigma2[i]]
        agree(told, by_itself(drawn_again(table, every[i]), absorb=absorb), rel=1e-7, abs=1e-9)
    assert {0.0} <= set(found.rho) or tau > 0


@pytest.mark.proves("Inference.RANDOMISATION", "statsmodels 0.15 MixedLM, every assignment of 6")
@pytest.mark.filterwarnings("ignore")
def test_statsmodels_fitted_to_every_assignment_gives_the_same_p(agree):
    """Of schools that differ much, for near a variance of 0 it stops above the lowest criterion."""
    table = pupils(5, schools=6, tau=2.0, effect=3.0, most=30)
    x, units = axes(table)
    every = np.concatenate(list(rs._all(units)))
    theirs = np.array([
        smf.mixedlm("y ~ t + x", a, groups=a["school"]).fit(method="bfgs", gtol=1e-9).fe_params["t"]
        for a in (drawn_again(table, T) for T in every)
    ])  # fmt: skip
    found = ml.refitted(x, every, units.T)
    agree(found.estimate, theirs, rel=1e-5)
    observed = theirs[np.all(every == units.T, axis=1)]
    p = np.mean(np.abs(theirs) >= abs(observed) * (1 - 1e-3))
    told = rs.randomisation_of_model(x, units, 10, np.random.default_rng(1))
    assert told.exact
    assert told.draws == 20
    agree(told.p_value, p)


def p_at(x, units, effect):
    """The p-value of an effect, from every assignment fitted again to the outcome without it."""
    every = np.concatenate(list(rs._all(units)))
    again = np.abs(ml.refitted(x, every, units.T, effect).estimate)
    observed = abs(ml.refitted(x, units.T[None], units.T, effect).estimate[0])
    return np.mean(again >= observed * (1 - 1e-9))


@pytest.mark.parametrize("seed", range(4))
def test_the_limits_are_where_the_test_begins_to_reject(seed):
    """An outcome less an effect is fitted as rows are; just outside the limits p is at most 5 %."""
    table = pupils(seed, schools=9, effect=0.8)
    x, units = axes(table)
    told = rs.randomisation_of_model(x, units, 10, np.random.default_rng(1))
    assert told.p_value == pytest.approx(p_at(x, units, 0.0))
    width = told.high - told.low
    for limit, out in ((told.low, -1), (told.high, 1)):
        assert p_at(x, units, limit - out * 1e-6 * width) > rs.ALPHA
        assert p_at(x, units, limit + out * 1e-6 * width) <= rs.ALPHA


def test_an_effect_taken_out_of_the_rows_is_taken_out_of_the_axes(agree):
    table = pupils(3)
    x, units = axes(table)
    less, _ = axes(table.assign(y=table["y"] - 0.7 * table["t"]))
    every = np.concatenate(list(rs._all(units)))
    here, there = ml.refitted(x, every, units.T, 0.7), ml.refitted(less, every, units.T)
    agree(here.estimate, there.estimate, rel=1e-8, abs=1e-9)
    agree(here.rho, there.rho, rel=1e-6, abs=1e-9)


@pytest.mark.proves("Inference.RANDOMISATION", "least squares, where schools do not differ")
def test_without_differences_between_schools_it_is_the_test_of_least_squares(agree):
    """Every tau2 is 0 then: schools have the same mean, but for what the arms and x tell."""
    table = pupils(4, tau=0.0, effect=0.0, most=30)
    mean = table.groupby("school")[["x", "y"]].transform("mean")
    table = table.assign(x=table["x"] - mean["x"], y=table["y"] - 0.95 * mean["y"])
    x, units = axes(table)
    every = np.concatenate(list(rs._all(units)))
    assert not ml.refitted(x, every, units.T).rho.any()
    plain = aw.estimate(table, replace(PLAN, method="adjusted"))[0]
    model = aw.estimate(table, PLAN)[0]
    agree([model.estimate, model.p_value], [plain.estimate, plain.p_value], rel=1e-8)
    agree([model.low, model.high], [plain.low, plain.high], rel=1e-7)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), schools=st.integers(4, 9), tau=st.sampled_from([0.0, 0.5, 3.0]))
def test_any_schools_give_limits_about_the_estimate(seed, schools, tau):
    table = pupils(seed, schools=schools, tau=tau)
    x, units = axes(table)
    told = rs.randomisation_of_model(x, units, 10, np.random.default_rng(1))
    estimate = ml.refitted(x, units.T[None], units.T).estimate[0]
    assert told.low <= estimate <= told.high
    assert told.smallest <= told.p_value <= 1


# ---------------------------------------------------------------- the estimator


def test_the_estimator_says_what_it_did():
    table = pupils(6, schools=10, effect=1.0)
    effects = aw.estimate(table, PLAN)
    effect, plain = effects[0], aw.estimate(table, replace(PLAN, inference=None))[0]
    assert effect.estimate == pytest.approx(plain.estimate)
    assert effect.se is effect.df is None
    assert effect.low < effect.estimate < effect.high
    x, units = axes(table)
    assert effect.p_value == pytest.approx(p_at(x, units, 0.0))
    assert "fitted again for every assignment; randomisation test" in effect.method
    assert effects.coefficients()["se"].isna().all()
    said = method_texts(aw.weigh(effects, PLAN), "en")
    assert any("fitting the model again for every assignment" in text for text in said)
    ways = effects.compare().ways
    assert ways[0] is RANDOM or RANDOM in ways
    (row,) = [e for way, e in effects.compare().each()[0].items() if way is RANDOM]
    assert row.p_value == effect.p_value


def test_blocks_are_kept_and_other_arms_stay_where_they_are():
    table = pupils(7, schools=12, effect=1.0)
    plan = replace(PLAN, blocks=("block",))
    effect = aw.estimate(table, plan)[0]
    x, units = axes(table, absorb=True)
    assert rs.assignments_possible(units.T, units.strata) == 6**3
    assert effect.p_value == pytest.approx(p_at(x, units, 0.0))
    school = table["school"].str[1:].astype(int)
    three = table.assign(t=school % 3)
    found = aw.estimate(three, PLAN)
    assert [e.arm for e in found] == ["1", "2"]
    for e in found:
        moved = (e.p_value * 70) % 1  # eight of twelve schools, four of them in the arm
        assert min(moved, 1 - moved) < 1e-6


@pytest.mark.parametrize(
    "change", [{"classes": "group"}, {"assigned": "pupil"}, {"varying": "x"}]
)  # fmt: skip
def test_where_it_cannot_be_had_it_says_so(change):
    table = pupils(8, schools=12, most=20)
    table = table.assign(group=(table.index % 3).astype(str))
    if change.get("assigned") == "pupil":
        table = table.assign(t=table.index % 2)
    effect = aw.estimate(table, replace(PLAN, **change))[0]
    assert effect.reason == ONLY_OF_CLUSTERS
    assert effect.estimate is not None
    assert effect.p_value is None


def test_two_schools_an_arm_cannot_reject():
    effect = aw.estimate(pupils(9, schools=4, effect=2.0), PLAN)[0]
    assert effect.p_value >= 2 / 6
    assert not np.isfinite([effect.low, effect.high]).any()
    assert effect.reason is not None
