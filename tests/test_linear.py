"""Everything from moments equals the same thing done on the rows it never saw."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import on_rows, schools
from scipy import stats

import academic_workplace as aw

RTOL = 1e-8  # two routes to the same number, both in double precision
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before", "girl")
)
X = ["offered", "before", "girl"]


def assert_as_on_rows(table, plan, block="", x=X):
    expected = on_rows(table, "after", x, "school", block)
    for kind in ("CR0", "CR2", "CR3"):
        found = aw.estimate(table, plan, inference=kind).coefficients()
        found = found[found["term"] != "1"]
        np.testing.assert_allclose(found["estimate"], expected.beta[: len(x)], rtol=RTOL)
        se = np.sqrt(np.diag(expected.variance[kind]))[: len(x)]
        np.testing.assert_allclose(found["se"], se, rtol=RTOL)
        np.testing.assert_allclose(found["df"], expected.df[kind], rtol=RTOL)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(5, 14), st.integers(3, 12))
def test_estimate_variance_and_degrees_of_freedom_are_those_of_the_rows(seed, clusters, size):
    table = schools(np.random.default_rng(seed), clusters=clusters, size=size)
    assert_as_on_rows(table, PLAN)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_blocks_of_several_schools_are_absorbed_as_if_they_were_dummies(seed):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=12)
    pair = {name: i // 4 for i, name in enumerate(sorted(table["school"].unique()))}
    table["block"] = table["school"].map(pair)
    offered = {name: i % 2 for i, name in enumerate(sorted(pair))}
    table["offered"] = table["school"].map(offered)
    assert_as_on_rows(table, replace(PLAN, blocks=("block",)), "block")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_schools_may_be_the_blocks_when_pupils_were_assigned(seed):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=9, size=12)
    table["offered"] = rng.integers(0, 2, len(table))
    plan = replace(PLAN, blocks=("school",), assigned="pupil")
    assert_as_on_rows(table, plan, "school")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_blocks_may_cross_the_schools(seed):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=10, size=12)
    table["block"] = rng.integers(0, 3, len(table))
    assert_as_on_rows(table, replace(PLAN, blocks=("block",)), "block")


def test_a_block_with_one_school_is_no_help_and_no_harm():
    rng = np.random.default_rng(4)
    table = schools(rng, clusters=7)
    order = sorted(table["school"].unique())
    table["block"] = table["school"].map({name: min(i // 2, 2) for i, name in enumerate(order)})
    table.loc[table["school"] == order[6], "block"] = 3
    table["offered"] = table["school"].map({name: i % 2 for i, name in enumerate(order)})
    assert_as_on_rows(table, replace(PLAN, blocks=("block",)), "block")


@pytest.mark.proves("Inference.CR1S", "statsmodels 0.15, random schools")
@pytest.mark.proves("Method.ADJUSTED", "statsmodels 0.15, random schools")
def test_cr1s_is_what_statsmodels_calls_cluster(agree):
    table = schools(np.random.default_rng(3))
    fit = sm.OLS(table["after"], sm.add_constant(table[X].astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(table["school"])[0]}
    )
    found = aw.estimate(table, PLAN, inference="CR1S").coefficients()
    agree(found["estimate"], fit.params)
    agree(found["se"], fit.bse)


def test_cr3_is_the_leave_one_school_out_jackknife():
    table = schools(np.random.default_rng(6))
    effect = aw.estimate(table, PLAN, inference="CR3")[0]
    without = [
        aw.estimate(table[table["school"] != g], PLAN)[0].estimate for g in set(table["school"])
    ]
    moved = np.sum((np.array(without) - effect.estimate) ** 2)
    assert effect.se**2 == pytest.approx(moved, rel=RTOL)


def test_equal_schools_without_covariates_give_welchs_t_on_school_means():
    school, offered = np.repeat(np.arange(11), 6), np.repeat(np.arange(11) < 4, 6) * 1
    after = np.random.default_rng(2).normal(size=66) * (1 + offered)
    table = pd.DataFrame({"school": school, "offered": offered, "after": after})
    effect = aw.estimate(table, replace(PLAN, covariates=()))[0]
    means = after.reshape(11, 6).mean(axis=1)
    welch = stats.ttest_ind(means[:4], means[4:], equal_var=False)
    assert effect.estimate / effect.se == pytest.approx(welch.statistic, rel=RTOL)
    bell_mccaffrey = (1 / 4 + 1 / 7) ** 2 / (1 / (4**2 * 3) + 1 / (7**2 * 6))
    assert effect.df == pytest.approx(bell_mccaffrey, rel=RTOL)


def test_the_interval_and_p_value_are_those_of_t():
    effect = aw.estimate(schools(np.random.default_rng(8)), PLAN)[0]
    low, high = stats.t.interval(0.95, effect.df, effect.estimate, effect.se)
    assert (effect.low, effect.high) == pytest.approx((low, high), rel=RTOL)
    p = 2 * stats.t.sf(abs(effect.estimate) / effect.se, effect.df)
    assert effect.p_value == pytest.approx(p, rel=RTOL)


def test_a_mean_of_a_hundred_million_costs_no_digits():
    table = schools(np.random.default_rng(9), clusters=10, size=20)
    # numbers that are exact in double precision before and after the shift
    for name in ("before", "after"):
        table[name] = np.round(table[name] * 2**20) / 2**20
    shifted = table.assign(before=table["before"] + 1e8, after=table["after"] + 1e8)
    assert shifted["after"].mean() / shifted["after"].std() > 5e7
    here, there = (aw.estimate(t, PLAN)[0] for t in (table, shifted))
    for name in ("estimate", "se", "df", "g", "sd", "icc"):
        # the shift itself rounds the last of 27 bits: 1e8 needs 27, 2**-20 another 20
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=RTOL)


def test_units_do_not_matter():
    table = schools(np.random.default_rng(10))
    scaled = table.assign(before=table["before"] * 1e9, after=table["after"] * 1e-7)
    here, there = (aw.estimate(t, PLAN)[0] for t in (table, scaled))
    assert there.estimate == pytest.approx(here.estimate * 1e-7, rel=RTOL)
    assert there.se == pytest.approx(here.se * 1e-7, rel=RTOL)
    assert (there.df, there.g) == pytest.approx((here.df, here.g), rel=RTOL)


def test_a_covariate_that_follows_from_others_is_named():
    table = schools(np.random.default_rng(11))
    table["twice"] = 2 * table["before"] - table["girl"]
    with pytest.raises(aw.DataError) as error:
        aw.estimate(table, replace(PLAN, covariates=("before", "girl", "twice")))
    assert [fault.column for fault in error.value.faults] == ["twice"]


def test_a_covariate_that_does_not_vary_is_named():
    table = schools(np.random.default_rng(12)).assign(year=0.1)
    with pytest.raises(aw.DataError) as error:
        aw.estimate(table, replace(PLAN, covariates=("before", "year")))
    assert [fault.column for fault in error.value.faults] == ["year"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-1e6, 1e6))
def test_a_covariate_that_does_not_vary_within_the_blocks_is_named(seed, level):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=12, size=6)
    order = {name: i for i, name in enumerate(sorted(table["school"].unique()))}
    table["block"] = table["school"].map(order) // 4
    table["offered"] = table["school"].map(order) % 2
    table["region"] = level + 2.3 * table["block"] * rng.normal()
    plan = replace(PLAN, blocks=("block",), covariates=("before", "region"))
    with pytest.raises(aw.DataError) as error:
        aw.estimate(table, plan)
    assert [fault.column for fault in error.value.faults] == ["region"]


@pytest.mark.slow
def test_ninety_five_per_cent_intervals_cover_the_truth():
    rng, replications, truth = np.random.default_rng(5), 600, 0.5
    draws = (schools(rng, clusters=10, size=8, effect=truth) for _ in range(replications))
    covered = np.mean([e.low <= truth <= e.high for e in (aw.estimate(t, PLAN)[0] for t in draws)])
    three_standard_errors = 3 * np.sqrt(0.95 * 0.05 / replications)
    assert covered == pytest.approx(0.95, abs=three_standard_errors)
