"""Weights that make the arms alike: against R, statsmodels and peers, and as theorems."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, linprog, minimize

from academic_workplace.comparison.inputs import Estimand, arms
from academic_workplace.comparison.weighting import (
    Flag,
    Weights,
    common_support,
    effective,
    entropy_balance,
    normalised,
    propensity,
    propensity_weights,
    stable_weights,
    trim,
)
from academic_workplace.errors import DataError, PlanError

HERE = Path(__file__).parent / "reference"
REFERENCE = json.loads((HERE / "comparison.json").read_text())
MATCHIT = REFERENCE["A16-match-lalonde"]["expected"]
GLM = 1e-5  # R's glm stops at a relative change of 1e-8 in the deviance
COLUMNS = ("age", "educ", "hispan", "white", "married", "nodegree", "re74", "re75")
BALANCING = (entropy_balance, stable_weights)


@pytest.fixture(scope="module")
def lalonde():
    table = pd.read_csv(HERE / "data" / "lalonde.csv")
    return table.assign(hispan=table["race"] == "hispan", white=table["race"] == "white")


def taken(table):
    return table[list(COLUMNS)].to_numpy(float), table["treat"].to_numpy()


def weighted_difference(y, weights):
    t = weights.treated
    return np.average(y[t], weights=weights.w[t]) - np.average(y[~t], weights=weights.w[~t])


def gap(X, weights, target):
    """How far the weighted means of either arm are from the target, in standard deviations."""
    means = [np.average(X[who], axis=0, weights=weights.w[who])
             for who in (weights.treated, ~weights.treated)]  # fmt: skip
    return max(float(np.abs((mean - target) / X.std(axis=0)).max()) for mean in means)


def pupils(seed, n=200, k=3):
    """Columns that overlap, and who took part."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, k)) * rng.uniform(0.1, 100, k) + rng.uniform(-50, 50, k)
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    return X, (rng.random(n) < 1 / (1 + np.exp(0.7 - 0.5 * z.sum(axis=1)))).astype(int)


seeds = st.integers(0, 10**6)


# ---------------------------------------------------------------- propensity


@pytest.mark.proves("comparison.propensity", "R's glm 4.2.2, LaLonde's data (A16)")
@pytest.mark.proves("comparison.propensity", "statsmodels 0.15.0 GLM, LaLonde's data")
def test_the_logistic_regression_is_that_of_glm(lalonde, agree):
    X, t = taken(lalonde)
    found = propensity(X, t, COLUMNS)
    agree(found.beta, list(MATCHIT["logit"].values()), rel=GLM, of="R's glm")
    binomial = sm.families.Binomial()
    fit = sm.GLM(t, sm.add_constant(X), family=binomial).fit(tol=1e-14, tol_criterion="params")
    agree(found.beta, fit.params, rel=1e-10, of="statsmodels")
    agree(found.score, fit.fittedvalues, rel=1e-10, of="statsmodels")


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_scores_of_the_likelihood_are_zero(seed):
    X, t = pupils(seed)
    residual = t - propensity(X, t).score
    assert np.abs(np.column_stack([np.ones(len(X)), X]).T @ residual).max() < 1e-7 * len(X)


def test_a_column_that_separates_the_arms_is_named():
    X, t = pupils(1)
    for alone in (np.where(t == 1, 5.0, 4.0), (t == 1) & (np.arange(len(t)) % 3 == 0)):
        with pytest.raises(DataError) as error:
            propensity(np.column_stack([X, alone]), t, ("a", "b", "c", "concern"))
        assert [fault.column for fault in error.value.faults] == ["concern"]


def test_columns_that_separate_the_arms_together_are_named():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 3))
    t = (X[:, 0] + X[:, 1] > 0.3).astype(int)
    with pytest.raises(DataError, match=r"\[a\]") as error:
        propensity(X, t, ("a", "b", "c"))
    assert {"a", "b"} <= {fault.column for fault in error.value.faults}


def test_columns_that_say_nothing_new_are_named():
    X, t = pupils(3)
    with pytest.raises(DataError, match=r"\[sum\]"):
        propensity(np.column_stack([X, X @ [1, 2, 3]]), t, ("a", "b", "c", "sum"))
    with pytest.raises(DataError, match=r"\[same\] .* iedereen gelijk"):
        propensity(np.column_stack([X, np.full(len(X), 0.1)]), t, ("a", "b", "c", "same"))


# ---------------------------------------------------------------- propensity weights


@pytest.mark.proves("comparison.propensity_weights", "R's glm and weighted.mean (A16)")
@pytest.mark.proves("comparison.effective", "R's glm and weighted.mean (A16)")
def test_weighting_is_that_of_r(lalonde, agree):
    X, t = taken(lalonde)
    y, score = lalonde["re78"].to_numpy(), propensity(X, t).score
    att, ate = (propensity_weights(score, t, estimand) for estimand in ("ATT", "ATE"))
    agree(weighted_difference(y, att), MATCHIT["att_ipw_hajek"], rel=GLM)
    agree(weighted_difference(y, ate), MATCHIT["ate_ipw_hajek"], rel=GLM)
    agree(att.ess, [185, MATCHIT["ess_control"]], rel=GLM)
    for name, expected in MATCHIT["smd_after_ipw"].items():
        x = lalonde[name].to_numpy(float)
        agree(weighted_difference(x, att) / x[t == 1].std(ddof=1), expected, rel=1e-4)


def test_weighting_comes_nearer_to_the_experiment_than_comparing_as_they_are(lalonde):
    X, t = taken(lalonde)
    y, experiment = lalonde["re78"].to_numpy(), REFERENCE["A17-rct-lalonde"]["expected"]["dim"]
    naive = y[t == 1].mean() - y[t == 0].mean()
    assert naive < 0 < experiment
    score = propensity(X, t).score
    for weights in (propensity_weights(score, t), entropy_balance(X, t), stable_weights(X, t)):
        found = weighted_difference(y, weights)
        assert 0 < found < experiment  # nearer, and still short of it: the known failure
        assert abs(found - experiment) < abs(naive - experiment) / 3


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_overlap_weights_of_a_logistic_regression_balance_every_column_exactly(seed):
    X, t = pupils(seed)
    weights = propensity_weights(propensity(X, t).score, t, Estimand.ATO)
    assert gap(X, weights, np.average(X[t == 1], axis=0, weights=weights.w[t == 1])) < 1e-9


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from(["ATT", "ATE", "ATO"]))
def test_weights_add_up_to_those_the_effect_is_for(seed, estimand):
    X, t = pupils(seed)
    p = propensity(X, t).score
    total = {"ATT": t.sum(), "ATE": len(t), "ATO": np.sum(p * (1 - p))}[estimand]
    every = [propensity_weights(p, t, estimand)]
    if estimand != "ATO":
        every += [way(X, t, estimand) for way in BALANCING]
    for weights in every:
        np.testing.assert_allclose([weights.w[t == a].sum() for a in (0, 1)], total, rtol=1e-12)
        assert np.all(weights.w >= 0)


@settings(max_examples=15, deadline=None)
@given(seeds, st.sampled_from(["ATT", "ATE"]))
def test_the_order_of_the_rows_does_not_matter(seed, estimand):
    X, t = pupils(seed)
    order = np.random.default_rng(seed).permutation(len(t))
    ways = [lambda X, t, e: propensity_weights(propensity(X, t).score, t, e), *BALANCING]
    for way in ways:
        expected = way(X, t, estimand).w[order]
        np.testing.assert_allclose(way(X[order], t[order], estimand).w, expected, atol=1e-8)


def test_other_units_give_the_same_weights():
    X, t = pupils(4)
    for way in (*BALANCING, lambda X, t: propensity_weights(propensity(X, t).score, t)):
        expected = way(X, t).w
        np.testing.assert_allclose(way(X * [1e6, -1e-6, 1] + [0, 3, 1e5], t).w, expected, atol=1e-7)


# ---------------------------------------------------------------- trimming


def test_who_is_trimmed_is_counted_and_has_no_weight():
    score = np.array([0.02, 0.2, 0.5, 0.95, 0.3, 0.9])
    t = np.array([0, 0, 0, 1, 1, 1])
    trimmed = trim(score, t)
    assert trimmed.keep.tolist() == [False, True, True, False, True, True]
    weights = propensity_weights(score, t, "ATE", keep=trimmed.keep)
    assert weights.trimmed == trimmed.removed == (1, 1)
    assert np.all((weights.w == 0) == weights.left_out)
    np.testing.assert_allclose([weights.w[t == a].sum() for a in (0, 1)], 4)


def test_common_support_is_where_both_arms_are():
    score, t = [0.1, 0.2, 0.6, 0.3, 0.5, 0.9], [0, 0, 0, 1, 1, 1]
    found = common_support(score, t)
    assert (found.low, found.high) == (0.3, 0.6)
    assert found.removed == (1, 2)


def test_no_overlap_is_refused():
    with pytest.raises(DataError, match=r"overlap|kans"):
        common_support([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    with pytest.raises(DataError, match="overlap"):
        trim([0.01, 0.02, 0.8, 0.85], [0, 0, 1, 1])
    with pytest.raises(PlanError):
        trim([0.1, 0.8], [0, 1], 0.9, 0.1)


# ---------------------------------------------------------------- entropy balancing


@pytest.mark.proves("comparison.entropy_balance", "ebal 1.0.0 (Python), LaLonde's data")
def test_entropy_balancing_is_that_of_ebal(lalonde, agree):
    X, t = taken(lalonde)
    expected = REFERENCE["ebal"]["expected"]
    weights = entropy_balance(X, t, "ATT", COLUMNS)
    agree(weighted_difference(lalonde["re78"].to_numpy(), weights), expected["att"])
    agree(weights.ess, [185, expected["ess"]])
    agree(weights.w[t == 0][:5] / 185, expected["first"])


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from(["ATT", "ATE"]), st.sampled_from(BALANCING))
def test_the_wanted_means_are_hit(seed, estimand, way):
    X, t = pupils(seed)
    weights = way(X, t, estimand)
    target = X[t == 1].mean(axis=0) if estimand == "ATT" else X.mean(axis=0)
    assert gap(X, weights, target) < 1e-8
    if estimand == "ATT":
        assert np.all(weights.w[t == 1] == 1)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_log_of_entropy_weights_is_linear_in_the_columns(seed):
    X, t = pupils(seed)
    z = np.column_stack([np.ones(len(X)), (X - X.mean(axis=0)) / X.std(axis=0)])[t == 0]
    log = np.log(entropy_balance(X, t).w[t == 0])
    assert np.abs(log - z @ np.linalg.lstsq(z, log)[0]).max() < 1e-8


# ---------------------------------------------------------------- stable balancing weights


def by_slsqp(X, t, delta):
    """The same programme by SciPy's general solver, with a weight (mean 1) per pupil."""
    z = ((X - X[t == 1].mean(axis=0)) / X.std(axis=0))[t == 0]
    m = len(z)
    one = LinearConstraint(np.ones(m) / m, 1, 1)
    near = LinearConstraint(z.T / m, -delta, delta)
    found = minimize(
        lambda w: w @ w / m, np.ones(m), jac=lambda w: 2 * w / m, method="SLSQP",
        bounds=[(0, None)] * m, constraints=[one, near], options={"ftol": 1e-13, "maxiter": 1000},
    )  # fmt: skip
    assert found.success
    return found.x


@pytest.mark.proves("comparison.stable_weights", "SciPy 1.17.1 SLSQP on every weight")
def test_stable_weights_are_those_of_a_general_solver(agree):
    for seed in range(6):
        X, t = pupils(seed, n=50)
        for delta in (0.0, 0.05, 0.3):
            solved = by_slsqp(X, t, delta)
            weights = stable_weights(X, t, tolerance=delta)
            agree(weights.ess[1], effective(solved), rel=1e-7)  # where SLSQP stops
            mine = weights.w[t == 0] * np.sum(t == 0) / t.sum()
            np.testing.assert_allclose(mine, solved, atol=1e-4)  # a root of that: it is flat there


def reachable(z, delta):
    """Whether weights >= 0 exist that bring the means of z within delta of 0."""
    m, k = z.shape
    A, b = np.vstack([z.T, -z.T]), np.full(2 * k, delta + 1e-12)
    return linprog(np.zeros(m), A, b, np.ones((1, m)), [1.0]).status == 0


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0, 0.5), st.integers(1, 6))
def test_stable_weights_obey_the_conditions_of_a_least_variance(seed, delta, k):
    """Karush, Kuhn & Tucker: w = (a + z'lambda)_+, and lambda pulls only at the limit."""
    X, t = pupils(seed, n=150, k=k)
    z = ((X - X[t == 1].mean(axis=0)) / X.std(axis=0))[t == 0]
    if not reachable(z, delta):
        with pytest.raises(DataError):
            stable_weights(X, t, tolerance=delta)
        return
    weights = stable_weights(X, t, tolerance=delta)
    w = weights.w[t == 0] / t.sum()
    moments = w @ z
    assert np.abs(moments).max() <= delta + 1e-8
    at_limit = np.abs(moments) > delta - 1e-8
    design, some = np.column_stack([np.ones(len(z)), z[:, at_limit]]), w > 1e-9
    lam = np.linalg.lstsq(design[some], w[some])[0]
    assert np.abs(np.maximum(design @ lam, 0) - w).max() < 1e-8
    if delta > 1e-6:
        assert np.all(lam[1:] * moments[at_limit] <= 1e-9)


def test_more_room_gives_weights_that_vary_less():
    X, t = pupils(7)
    room = [stable_weights(X, t, tolerance=delta).ess[1] for delta in (0, 0.1, 0.2, 5)]
    assert room == sorted(room)
    assert room[-1] == pytest.approx(np.sum(t == 0))
    assert stable_weights(X, t).ess[1] >= entropy_balance(X, t).ess[1]


def test_room_may_differ_by_column():
    X, t = pupils(8)
    weights = stable_weights(X, t, tolerance=(0.0, 0.1, 5.0))
    z = ((X - X[t == 1].mean(axis=0)) / X.std(axis=0))[t == 0]
    off = np.abs(np.average(z, axis=0, weights=weights.w[t == 0]))
    np.testing.assert_allclose(off[:2], [0, 0.1], atol=1e-8)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("way", BALANCING)
def test_a_column_without_overlap_is_named(way):
    X, t = pupils(9)
    with pytest.raises(DataError) as error:
        way(np.column_stack([X, np.arange(len(t)) + 1000 * t]), t, columns=("a", "b", "c", "d"))
    assert [fault.column for fault in error.value.faults] == ["d"]


@pytest.mark.parametrize("way", BALANCING)
def test_columns_that_overlap_apart_but_not_together_are_named(way):
    rng = np.random.default_rng(10)
    X = rng.uniform(-1, 1, size=(300, 3))
    t = (X[:, 0] + X[:, 1] > 0.8).astype(int)
    assert np.all(X[t == 0].max(axis=0) > X[t == 1].mean(axis=0))
    with pytest.raises(DataError) as error:
        way(X, t, columns=("a", "b", "c"))
    named = {fault.column for fault in error.value.faults}
    assert named & {"a", "b"}
    assert "c" not in named


def test_a_target_at_the_edge_is_out_of_reach_of_entropy_but_not_of_stable_weights():
    X, t = pupils(11)
    rare = ((t == 0) & (np.arange(len(t)) % 4 == 0)).astype(float)  # no treated pupil has it
    with pytest.raises(DataError, match=r"\[rare\]"):
        entropy_balance(np.column_stack([X, rare]), t, columns=("a", "b", "c", "rare"))
    weights = stable_weights(np.column_stack([X, rare]), t)
    assert np.all(weights.w[rare == 1] == pytest.approx(0, abs=1e-9))


def test_the_weight_of_one_pupil_is_flagged():
    score = np.r_[np.full(30, 0.3), 0.3, np.full(29, 0.02), 0.95]
    t = np.r_[np.ones(30), np.zeros(31)]
    weights = propensity_weights(score, t)
    assert weights.largest[1] > 0.9
    assert weights.ess[1] < 2
    assert weights.flags == (Flag.FEW_EFFECTIVE, Flag.ONE_PUPIL)
    even = propensity_weights(np.full(61, 0.3), t)
    assert even.flags == ()


def test_few_pupils_are_flagged_though_their_weights_are_equal():
    t = np.r_[np.ones(9), np.zeros(50)]
    assert propensity_weights(np.full(59, 0.2), t).flags == (Flag.FEW_EFFECTIVE,)
    assert Weights(np.zeros(4), arms([1, 0, 1, 0]), Estimand.ATT, np.ones(4, bool)).ess == (0, 0)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.floats(0.01, 100))
def test_the_effective_number_is_at_most_the_number_and_has_no_unit(w, factor):
    assert 1 - 1e-9 <= effective(w) <= len(w) + 1e-9
    assert effective(np.array(w) * factor) == pytest.approx(effective(w))


def test_weights_are_made_to_add_up_in_each_arm():
    w = normalised([1, 2, 3, 4], [1, 0, 1, 0], 10)
    np.testing.assert_allclose(w, [2.5, 10 / 3, 7.5, 20 / 3])


def test_bad_input_is_named():
    X, t = pupils(12)
    hole = X.copy()
    hole[3, 1] = np.nan
    with pytest.raises(DataError, match=r"\[x2\]"):
        entropy_balance(hole, t)
    for wrong in (np.ones(len(t)), np.where(t == 1, 2, 0), np.array(["ja"] * len(t))):
        with pytest.raises(DataError):
            propensity(X, wrong)
    with pytest.raises(DataError):
        propensity(X[:-1], t)
    with pytest.raises(DataError, match=r"\[score\]"):
        propensity_weights(np.r_[np.full(len(t) - 1, 0.5), 1.0], t)
    with pytest.raises(PlanError, match="ATT, ATE"):
        entropy_balance(X, t, "ATO")
    with pytest.raises(PlanError):
        propensity_weights(np.full(len(t), 0.5), t, "average")
    for wrong in (-0.1, (0.1, 0.1), np.nan):
        with pytest.raises(PlanError):
            stable_weights(X, t, tolerance=wrong)
