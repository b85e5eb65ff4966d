"""Doubly robust effects: against all equations at once and statsmodels, and as theorems."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.treatment.treatment_effects import TreatmentEffect

from academic_workplace.comparison.doubly_robust import aipw, clustered_variance
from academic_workplace.comparison.weighting import Flag
from academic_workplace.errors import DataError, PlanError

HERE = Path(__file__).parent / "reference"
MATCHIT = json.loads((HERE / "comparison.json").read_text())["A16-match-lalonde"]["expected"]


def twins(seed, schools=14, size=40, effect=0.2, whole=False):
    """Pupils in schools; the more needy take part: y, treated, X, school."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), rng.integers(size // 2, size * 3 // 2, schools))
    n = len(school)
    common = rng.normal(size=(3, schools))[:, school]
    X = rng.normal(size=(n, 3)) + 0.3 * common[:1].T
    if whole:
        treated = rng.permutation(np.arange(schools) % 2)[school]
        X[:, 0] -= 0.3 * treated
    else:
        logit = 0.5 * common[1] - 1 - 0.6 * X[:, 0] - 0.3 * X[:, 1]
        treated = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int)
    y = X @ [0.5, 0.3, 0.2] + 0.3 * common[2] + rng.normal(size=n) + effect * treated
    return y, treated, X, school


def stacked(theta, y, t, X, Q, estimand, normalised):
    """(n, p) all estimating equations, of both models and the effect, one row per pupil."""
    n = len(y)
    Z, W = np.column_stack([np.ones(n), X]), np.column_stack([np.ones(n), Q])
    k, q = Z.shape[1], W.shape[1]
    alpha, b0, b1, (mean, C1, C0, effect) = np.split(theta, [k, k + q, k + 2 * q])
    e, m0, m1 = 1 / (1 + np.exp(-Z @ alpha)), W @ b0, W @ b1
    if estimand == "ATT":
        a1, a0, per = None, (1 - t) * e / (1 - e), t
        first, second = t * (y - m0 - mean), np.full(n, C1)
    else:
        a1, a0, per = t / e, (1 - t) / (1 - e), np.ones(n)
        first, second = m1 - m0 - mean, a1 * (y - m1) - C1 * (a1 if normalised else per)
    return np.column_stack([
        Z * (t - e)[:, None],
        W * ((1 - t) * (y - m0))[:, None],
        W * (t * (y - m1))[:, None],
        first,
        second,
        a0 * (y - m0) - C0 * (a0 if normalised else per),
        np.full(n, mean + C1 - C0 - effect),
    ])  # fmt: skip


def brute_force(y, t, X, Q, estimand, normalised):
    """The effect and every pupil's influence on it, by numeric derivatives of all equations."""
    p = X.shape[1] + 1 + 2 * (Q.shape[1] + 1) + 4

    def equations(theta):
        return stacked(theta, y, t, X, Q, estimand, normalised)

    def jacobian(theta):
        steps = 1e-5 * np.maximum(1, np.abs(theta))
        return np.column_stack([
            (equations(theta + d).mean(axis=0) - equations(theta - d).mean(axis=0)) / (2 * d.sum())
            for d in np.diag(steps)
        ])  # fmt: skip

    theta = np.zeros(p)
    for _ in range(25):
        theta = theta - np.linalg.solve(jacobian(theta), equations(theta).mean(axis=0))
    influence = -np.linalg.solve(jacobian(theta), equations(theta).T).T[:, -1]
    return theta[-1], influence


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
@pytest.mark.proves("comparison.aipw", "rows: numeric derivatives of all estimating equations")
def test_influence_is_that_of_all_equations_together(estimand, normalised, agree):
    y, t, X, school = twins(1)
    Q = X[:, :2]
    effect, influence = brute_force(y, t, X, Q, estimand, normalised)
    found = aipw(y, t, X, school, estimand=estimand, outcome_X=Q, normalised=normalised)
    agree(found.estimate, effect, rel=1e-8)
    # central differences keep about ten digits
    np.testing.assert_allclose(found.influence, influence, atol=1e-7 * np.abs(influence).max())
    G = school.max() + 1
    sums = np.array([influence[school == g].sum() for g in range(G)])
    agree(found.se, np.sqrt(G / (G - 1) * np.sum(sums**2)) / len(y), rel=1e-7)
    assert found.df == pytest.approx(G - 1)
    half = stats.t.ppf(0.975, G - 1) * found.se
    agree([found.low, found.high], [found.estimate - half, found.estimate + half], rel=1e-7)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.estimate / found.se), G - 1))


@pytest.mark.proves("comparison.aipw", "statsmodels 0.15.0 TreatmentEffect, LaLonde's data")
@pytest.mark.proves("comparison.aipw", "statsmodels 0.15.0, its standard errors (loosely)")
def test_aipw_and_weighting_are_those_of_statsmodels(agree):
    table = pd.read_csv(HERE / "data" / "lalonde.csv")
    table = table.assign(hispan=table["race"] == "hispan", white=table["race"] == "white")
    columns = ["age", "educ", "hispan", "white", "married", "nodegree", "re74", "re75"]
    X, t = table[columns].to_numpy(float), table["treat"].to_numpy()
    X = (X - X.mean(axis=0)) / X.std(axis=0)  # earnings in units would stop its search early
    y, each = table["re78"].to_numpy() / 1000, np.arange(len(t))
    design = sm.add_constant(X)
    chances = sm.Logit(t, design).fit(disp=0, tol=1e-14)
    peer = TreatmentEffect(sm.OLS(y, design), t, results_select=chances)
    nothing = np.zeros((len(t), 0))
    weighted = aipw(y, t, X, each, estimand="ATE", outcome_X=nothing, normalised=True)
    for way, found in ((peer.aipw, aipw(y, t, X, each, estimand="ATE")), (peer.ipw, weighted)):
        agree(found.estimate, np.atleast_1d(way(return_results=False))[0], of="TreatmentEffect")
        # its standard errors come after a search that stops early
        plain = np.sqrt(np.sum(found.influence**2)) / len(t)
        agree(plain, way(disp=False).results_gmm.bse[0], rel=1e-3, of="standard errors")


@pytest.mark.proves("comparison.aipw", "R's glm and weighted.mean (A16)")
def test_without_an_outcome_model_it_is_weighting_alone(agree):
    table = pd.read_csv(HERE / "data" / "lalonde.csv")
    table = table.assign(hispan=table["race"] == "hispan", white=table["race"] == "white")
    columns = ["age", "educ", "hispan", "white", "married", "nodegree", "re74", "re75"]
    X, t, y = (table[x].to_numpy(float) for x in (columns, "treat", "re78"))
    nothing, each = np.zeros((len(t), 0)), np.arange(len(t))
    for estimand, expected in (("ATT", "att_ipw_hajek"), ("ATE", "ate_ipw_hajek")):
        found = aipw(
            y, t, X, each, estimand=estimand, outcome_X=nothing, normalised=True
        )  # fmt: skip
        agree(found.estimate, MATCHIT[expected], rel=1e-5)


# ---------------------------------------------------------------- theorems


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_an_outcome_that_is_linear_is_recovered_whoever_took_part(estimand):
    _, t, X, school = twins(2)
    y = X @ [1.0, -2.0, 0.5] + 3 + 0.7 * t
    found = aipw(y, t, X, school, estimand=estimand)
    assert found.estimate == pytest.approx(0.7, abs=1e-10)
    assert found.se == pytest.approx(0, abs=1e-9)


def test_one_wrong_model_does_no_harm_two_do():
    rng = np.random.default_rng(3)
    x = rng.normal(size=60_000)
    right, wrong = np.column_stack([x, np.exp(x / 2)]), rng.normal(size=(len(x), 1))
    logit = -1 + x - 0.3 * np.exp(x / 2)
    t = (rng.random(len(x)) < 1 / (1 + np.exp(-logit))).astype(int)
    y = x + np.exp(x / 2) + 0.5 * t + rng.normal(size=len(x))
    school = np.arange(len(x)) % 500

    def estimate(first, second):
        return aipw(y, t, first, school, outcome_X=second).estimate

    assert estimate(right, wrong) == pytest.approx(0.5, abs=0.05)
    assert estimate(wrong, right) == pytest.approx(0.5, abs=0.05)
    assert estimate(wrong, wrong) > 0.7


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_rows_in_another_order_and_other_units_change_nothing(estimand):
    y, t, X, school = twins(4)
    order = np.random.default_rng(4).permutation(len(y))
    a = aipw(y, t, X, school, estimand=estimand)
    b = aipw(
        100 * y[order] + 7, t[order], X[order] * [1e5, 1, -1] + 3,
        [f"school {g}" for g in school[order]], estimand=estimand,
    )  # fmt: skip
    np.testing.assert_allclose([b.estimate, b.se, b.df], [100 * a.estimate, 100 * a.se, a.df])
    np.testing.assert_allclose(b.influence, 100 * a.influence[order], atol=1e-7)
    assert a.influence.mean() == pytest.approx(0, abs=1e-10)


def test_estimated_weights_and_models_change_the_standard_error():
    """Knowing the models is not the same as estimating them."""
    y, t, X, school = twins(5)
    nothing = np.zeros((len(y), 0))
    found = aipw(y, t, X, school, outcome_X=nothing, normalised=True)
    w = found.weights.w
    mean0 = np.average(y[t == 0], weights=w[t == 0])
    known = np.where(t == 1, y - y[t == 1].mean(), -w * (y - mean0)) / t.mean()
    se = np.sqrt(clustered_variance(known, school, t == 1)[0])
    assert abs(found.se / se - 1) > 0.02


# ---------------------------------------------------------------- degrees of freedom


def test_where_all_clusters_hold_both_arms_there_are_one_less_degrees_of_freedom():
    rng = np.random.default_rng(6)
    influence, cluster, arm = rng.normal(size=60), np.arange(60) // 6, np.arange(60) % 2 == 0
    variance, df, kinds = clustered_variance(influence, cluster, arm)
    sums = np.bincount(cluster, influence)
    assert variance == pytest.approx(10 / 9 * np.sum(sums**2) / 3600)
    assert df == pytest.approx(9)
    assert kinds == (0, 0, 10)


@pytest.mark.proves("comparison.clustered_variance", "SciPy's Welch test of cluster means")
def test_whole_clusters_of_one_size_give_welch(agree):
    rng = np.random.default_rng(7)
    means = rng.normal(size=17)
    arm = np.arange(17) < 5
    centred = np.where(arm, means - means[arm].mean(), means - means[~arm].mean())
    scaled = np.where(arm, centred / (5 / 17), -centred / (12 / 17))
    variance, df, kinds = clustered_variance(np.repeat(scaled, 3), np.repeat(np.arange(17), 3),
                                             np.repeat(arm, 3))  # fmt: skip
    welch = stats.ttest_ind(means[arm], means[~arm], equal_var=False)
    agree(df, welch.df, rel=1e-10)
    agree(np.sqrt(variance), (means[arm].mean() - means[~arm].mean()) / welch.statistic, rel=1e-10)
    assert kinds == (5, 12, 0)


def test_hundreds_of_pupils_alone_do_not_make_few_coordinators_many():
    rng = np.random.default_rng(8)
    y, t, X, _ = twins(8)
    coordinator = np.where(t == 1, rng.integers(0, 6, len(t)), 100 + np.arange(len(t)))
    y = y + np.where(t == 1, rng.normal(size=6)[coordinator % 6], 0)
    found = aipw(y, t, X, coordinator)
    assert found.clusters == (6, int(np.sum(t == 0)), 0)
    assert found.df < 7


def test_an_arm_that_is_one_cluster_is_refused():
    y, t, X, _ = twins(9)
    with pytest.raises(DataError, match=r"\[cluster\]"):
        aipw(y, t, X, np.where(t == 1, 0, 1 + np.arange(len(t)) % 9))
    with pytest.raises(DataError, match=r"\[cluster\]"):
        aipw(y, t, X, np.zeros(len(t)))


def test_one_cluster_of_a_kind_counts_with_those_of_both_arms():
    rng = np.random.default_rng(10)
    cluster = np.arange(60) // 6
    arm = (np.arange(60) % 2 == 0) & (cluster > 0)
    influence = rng.normal(size=60)
    _, df, kinds = clustered_variance(influence, cluster, arm)
    assert kinds == (0, 1, 9)
    assert df == pytest.approx(9)


# ---------------------------------------------------------------- coverage and bad input


@pytest.mark.parametrize("whole", [False, True])
def test_intervals_of_few_clusters_cover_the_effect(whole):
    """200 draws of 12 schools: below 0.90 in fewer than one of a thousand seeds when it is 0.95."""
    covered, naive = 0, []
    for seed in range(200):
        y, t, X, school = twins(1000 + seed, schools=12, size=30, whole=whole)
        found = aipw(y, t, X, school, normalised=True)
        covered += found.low <= 0.2 <= found.high
        naive.append(y[t == 1].mean() - y[t == 0].mean())
    assert np.mean(naive) < 0.1  # as they are, the programme seems to do less
    assert 0.90 <= covered / 200 <= 0.99


def test_doubtful_weights_are_flagged():
    rng = np.random.default_rng(11)
    x = np.r_[rng.normal(1.5, 1, 60), rng.normal(-1.5, 1, 60)]
    t = np.r_[np.ones(60), np.zeros(60)]
    found = aipw(x + rng.normal(size=120), t, x, np.arange(120) % 12)
    assert Flag.FEW_EFFECTIVE in found.weights.flags


def test_bad_input_is_named():
    y, t, X, school = twins(12)
    with pytest.raises(PlanError, match="ATT, ATE"):
        aipw(y, t, X, school, estimand="ATO")
    with pytest.raises(DataError, match=r"\[y\]"):
        aipw(np.where(np.arange(len(y)) == 3, np.nan, y), t, X, school)
    with pytest.raises(DataError, match=r"\[cluster\]"):
        aipw(y, t, X, school[:-1])
    with pytest.raises(DataError, match=r"\[y\]"):
        aipw(np.ones(len(y)), t, X, school)
    some = np.flatnonzero(t == 0)[:3]
    rows = np.r_[np.flatnonzero(t == 1), some]
    with pytest.raises(DataError):
        aipw(y[rows], t[rows], X[rows][:, :1], school[rows], outcome_X=X[rows])
    rare = ((t == 1) & (np.arange(len(t)) % 5 == 0)).astype(float)
    with pytest.raises(DataError, match=r"\[rare\].*(groep|arm)"):
        aipw(y, t, X, school, outcome_X=rare, outcome_columns=("rare",))
