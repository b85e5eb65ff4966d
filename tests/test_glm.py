"""Logistic, Poisson and negative binomial: R's and Stata's values, whole matrices, and theory."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import on_rows as least_squares_on_rows
from scipy import stats

from academic_workplace import glm
from academic_workplace.plan import Inference

HERE = Path(__file__).parent / "reference"
KNOWN = json.loads((HERE / "glm.json").read_text())
CR0, CR1, CR2, CR3 = Inference.CR0, Inference.CR1, Inference.CR2, Inference.CR3
STATA = 1e-6  # stops when the log likelihood changes by less than 1e-7 of itself


@pytest.fixture(scope="module")
def bdf():
    """Who repeated a year, the constant and three characteristics, and the school."""
    table = pd.read_csv(HERE / "data" / "bdf_repeat.csv.gz")
    ses = table["ses"] - table["ses"].mean()
    X = np.column_stack([np.ones(len(table)), table["IQ.ver.cen"], ses, table["sex"]])
    return X, (table["repeatgr"] > 0).to_numpy(float), pd.factorize(table["schoolNR"])[0]


@pytest.fixture(scope="module")
def ships():
    table = pd.read_csv(HERE / "data" / "ships.csv")
    X = np.column_stack([np.ones(len(table)), table["yr_con"], table["op_75_79"]])
    return X, table["accident"].to_numpy(float), table["ship"].to_numpy() - 1, table["service"]


def errors(fit, clusters, way):
    """Standard errors and degrees of freedom of every coefficient."""
    found = glm.robust(fit, clusters, way)
    v = np.array([glm.contrast(found, c) for c in np.eye(len(fit.beta))])
    return np.sqrt(v[:, 0]), v[:, 1]


def last_weights_of_r(X, y):
    """The inverse information at the step before the last, from R's start and by R's rule.

    ``glm`` keeps the weights with which it found its last step: clubSandwich's errors rest on them.
    """
    mu, before = (y + 0.5) / 2, np.inf
    eta = np.log(mu / (1 - mu))
    while True:
        w = mu * (1 - mu)
        M = np.linalg.inv((X * w[:, None]).T @ X)
        eta = X @ (M @ (X.T @ (w * eta + y - mu)))
        mu = 1 / (1 + np.exp(-eta))
        deviance = -2 * np.sum(np.log(np.where(y > 0, mu, 1 - mu)))
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            return M
        before = deviance


@pytest.mark.proves("glm.logistic", "R 4.2.2 glm, bdf (A34)")
def test_coefficients_of_a_logistic_regression_are_those_of_r(bdf, agree):
    X, y, _ = bdf
    known = KNOWN["A34-glmm"]["expected"]["coef"]
    fit = glm.logistic(X, y)
    assert fit.converged
    agree(fit.beta, list(known.values()), rel=1e-8)  # R stops there


@pytest.mark.proves("glm.robust", "clubSandwich 0.5.8 CR0, bdf (A34)")
def test_its_robust_errors_are_those_of_clubsandwich_with_the_weights_that_r_keeps(bdf, agree):
    X, y, school = bdf
    known = list(KNOWN["A34-glmm"]["expected"]["se_CR0"].values())
    fit = glm.logistic(X, y)
    inside = np.linalg.inv(fit.T)
    kept = replace(fit, M=inside @ last_weights_of_r(X, y) @ inside.T)
    agree(errors(kept, school, CR0)[0], known, rel=1e-9)
    np.testing.assert_allclose(errors(fit, school, CR0)[0], known, rtol=3e-5)  # at the maximum


@pytest.mark.proves("glm.poisson", "Stata poisson, ships (McCullagh & Nelder, 1989)")
@pytest.mark.proves("glm.robust", "Stata vce(cluster), CR1, ships")
@pytest.mark.parametrize("exposure", [False, True])
def test_counts_and_their_robust_errors_are_those_of_stata(ships, agree, exposure):
    X, y, ship, service = ships
    known = KNOWN["ships"]["poisson_exposure" if exposure else "poisson"]
    fit = glm.poisson(X, y, np.log(service.to_numpy()) if exposure else None)
    order = [1, 2, 0]
    agree(fit.beta[order], known["params"], rel=STATA)
    agree(errors(fit, ship, CR1)[0][order], known["se"], rel=STATA)


@pytest.mark.proves("glm.negative_binomial", "Stata nbreg, ships (McCullagh & Nelder, 1989)")
@pytest.mark.parametrize("exposure", [False, True])
def test_a_negative_binomial_regression_is_that_of_stata(ships, agree, exposure):
    X, y, _, service = ships
    known = KNOWN["ships"]["negative_binomial_exposure" if exposure else "negative_binomial"]
    fit = glm.negative_binomial(X, y, np.log(service.to_numpy()) if exposure else None)
    assert fit.converged
    agree(fit.beta[[1, 2, 0]], known["params"][:3], rel=1e-5)
    agree(fit.alpha, known["params"][-1], rel=1e-5)
    agree(fit.loglik, known["loglik"], rel=1e-10)


@pytest.mark.proves("glm.negative_binomial", "Stata nbreg, RAND health insurance experiment")
def test_visits_to_a_doctor_have_the_dispersion_of_stata(agree):
    known = KNOWN["randhie"]
    data = sm.datasets.randhie.load_pandas()
    X = np.column_stack([np.ones(len(data.endog)), data.exog.to_numpy(float)])
    fit = glm.negative_binomial(X, data.endog.to_numpy(float))
    agree([*fit.beta[1:], fit.beta[0], fit.alpha], known["params"], rel=1e-5)
    agree(fit.loglik, known["loglik"], rel=1e-12)


# ---------------------------------------------------------------- made data


def made(seed, *, clusters=8, counts=False, by_pupil=False):
    """Pupils in schools; an arm, two characteristics, and an outcome."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(clusters), rng.integers(6, 16, clusters))
    n = len(school)
    arm = rng.permutation(n) % 2 if by_pupil else school % 2
    X = np.column_stack([np.ones(n), arm, rng.normal(size=n), rng.integers(0, 3, n)]).astype(float)
    eta = X @ [-0.2, 0.5, 0.4, -0.3] + 0.4 * rng.normal(size=clusters)[school]
    if counts:
        return X, rng.negative_binomial(1.5, 1.5 / (1.5 + np.exp(1 + eta))).astype(float), school
    return X, (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float), school


def root(S, power):
    w, U = np.linalg.eigh(S)
    return (U * np.where(w > 1e-9, np.abs(w) ** power, 0)) @ U.T


def on_rows(fit, X, clusters, power):
    """Variance of the coefficients, and the degrees of freedom of each, by whole matrices.

    Pustejovsky & Tipton (2018): the design is d X, the weights 1 / V and the working model V.
    """
    D = X * fit.d[:, None]
    W, Phi = np.diag(1 / fit.V), np.diag(fit.V)
    M = np.linalg.inv(D.T @ W @ D)
    IH = np.eye(len(X)) - D @ M @ D.T @ W
    rows = []
    for g in np.unique(clusters):
        i = np.flatnonzero(clusters == g)
        A = np.eye(len(i))
        root_phi = np.sqrt(Phi[np.ix_(i, i)])
        if power == 0.5:
            B = root_phi @ IH[i] @ Phi @ IH[i].T @ root_phi
            A = root_phi @ root(B, -0.5) @ root_phi
        elif power == 1:
            A = np.linalg.inv(IH[np.ix_(i, i)])
        rows.append(M @ D[i].T @ W[np.ix_(i, i)] @ A @ IH[i])
    influence = np.array(rows)  # (G, k, n): of the errors of all pupils
    r = fit.y - fit.mu
    plain = influence @ r  # IH r = r at the maximum
    V = plain.T @ plain
    df = []
    for j in range(X.shape[1]):
        P = influence[:, j] @ Phi @ influence[:, j].T
        df.append(np.trace(P) ** 2 / np.sum(P**2))
    return np.sqrt(np.diag(V)), np.array(df)


@pytest.mark.proves("glm.robust", "rows")
@pytest.mark.proves("glm.contrast", "rows")
@pytest.mark.parametrize("way", [CR0, CR2, CR3])
@pytest.mark.parametrize("counts", [False, True])
def test_variance_and_degrees_of_freedom_are_those_of_whole_matrices(agree, way, counts):
    X, y, school = made(3, counts=counts, by_pupil=True)
    fit = (glm.negative_binomial if counts else glm.logistic)(X, y)
    se, df = on_rows(fit, X, school, {CR0: 0, CR2: 0.5, CR3: 1}[way])
    found = errors(fit, school, way)
    agree(found[0], se, rel=1e-8)
    agree(found[1], df, rel=1e-8)


def test_pupils_who_are_the_same_count_as_one_row():
    X, y, school = made(5)
    X = X[:, [0, 1, 3]]  # few different pupils
    fit = glm.logistic(X, y)
    se, df = on_rows(fit, X, school, 0.5)
    np.testing.assert_allclose(errors(fit, school, CR2), [se, df], rtol=1e-8)


def test_a_direction_that_one_school_fixes_has_no_weight():
    X, y, school = made(6)
    alone = np.column_stack([X, school == 2])
    fit = glm.logistic(alone, y)
    se, df = on_rows(fit, alone, school, 0.5)
    np.testing.assert_allclose(errors(fit, school, CR2), [se, df], rtol=1e-7)


@pytest.mark.proves("glm.logistic", "statsmodels 0.15 Logit")
@pytest.mark.proves("glm.robust", "statsmodels 0.15 Logit, clusters")
def test_a_logistic_regression_is_that_of_statsmodels(agree):
    X, y, school = made(7)
    fit = glm.logistic(X, y)
    other = sm.Logit(y, X).fit(
        disp=0, method="newton", tol=1e-14, cov_type="cluster",
        cov_kwds={"groups": school, "use_correction": False},
    )  # fmt: skip
    agree(fit.beta, other.params, rel=1e-9)
    agree(fit.loglik, other.llf, rel=1e-12)
    agree(errors(fit, school, CR0)[0], other.bse, rel=1e-9)


@pytest.mark.proves("glm.poisson", "statsmodels 0.15 GLM")
@pytest.mark.proves("glm.negative_binomial", "statsmodels 0.15 GLM, alpha given")
def test_counts_are_those_of_statsmodels(agree):
    X, y, school = made(8, counts=True)
    plain, fit = glm.poisson(X, y), glm.negative_binomial(X, y)
    for found, family in (
        (plain, sm.families.Poisson()),
        (fit, sm.families.NegativeBinomial(alpha=fit.alpha)),
    ):
        other = sm.GLM(y, X, family).fit(
            tol=1e-14, maxiter=100, cov_type="cluster",
            cov_kwds={"groups": school, "use_correction": False},
        )  # fmt: skip
        agree(found.beta, other.params, rel=1e-8)
        if found is plain:  # of the log link statsmodels takes the observed information
            agree(errors(found, school, CR0)[0], other.bse, rel=1e-8)
    n = 1 / fit.alpha
    agree(fit.loglik, stats.nbinom.logpmf(y, n, n / (n + fit.mu)).sum(), rel=1e-10)


@pytest.mark.proves("glm.standardised", "rows")
def test_a_standardised_share_and_its_gradient_are_those_of_a_small_step(agree):
    X, y, _ = made(9)
    fit = glm.logistic(X, y)
    share, gradient = glm.standardised(fit, {1: 1.0})
    everybody = X.copy()
    everybody[:, 1] = 1

    def mean(beta):
        return np.mean(1 / (1 + np.exp(-everybody @ beta)))

    agree(share, mean(fit.beta), rel=1e-12)
    step = 1e-6 * np.eye(4)
    slopes = [(mean(fit.beta + h) - mean(fit.beta - h)) / 2e-6 for h in step]
    agree(gradient, slopes, rel=1e-8)


# ---------------------------------------------------------------- what theory says


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_without_covariates_it_is_the_linear_probability_model(seed, by_pupil):
    """Shares, CR0, CR2 and CR3, whoever was assigned; not the degrees of freedom.

    All pupils of an arm then have the same weight, and an arm has nothing to do with the other.
    """
    X, y, school = made(seed, by_pupil=by_pupil)
    X = X[:, :2]
    table = pd.DataFrame({"y": y, "arm": X[:, 1], "school": school})
    means = table.groupby("arm")["y"].mean()
    if means.min() == 0 or means.max() == 1:
        return
    fit, line = glm.logistic(X, y), least_squares_on_rows(table, "y", ["arm"], "school")
    (p1, g1), (p0, g0) = (glm.standardised(fit, {1: x}) for x in (1.0, 0.0))
    np.testing.assert_allclose([p0, p1], means, rtol=1e-10)
    for way in (CR0, CR2, CR3):
        found = glm.contrast(glm.robust(fit, school, way), g1 - g0)[0]
        np.testing.assert_allclose(found, line.variance[way.value][0, 0], rtol=1e-8)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_order_of_rows_and_which_of_the_two_is_called_1_do_not_matter(seed):
    X, y, school = made(seed)
    fit = glm.logistic(X, y)
    if isinstance(fit, glm.Separation):
        return
    shuffled = np.random.default_rng(seed).permutation(len(y))
    again, turned = glm.logistic(X[shuffled], y[shuffled]), glm.logistic(X, 1 - y)
    np.testing.assert_allclose(again.beta, fit.beta, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(turned.beta, -fit.beta, rtol=1e-9, atol=1e-12)
    known = errors(fit, school, CR2)
    np.testing.assert_allclose(errors(again, school[shuffled], CR2), known, rtol=1e-8)
    np.testing.assert_allclose(errors(turned, school, CR2), known, rtol=1e-8)


def test_units_and_places_of_columns_do_not_matter():
    X, y, school = made(12)
    moved = X.copy()
    moved[:, 2] = 1e6 + 1e3 * X[:, 2]
    fit, far = glm.logistic(X, y), glm.logistic(moved, y)
    assert far.beta[2] * 1e3 == pytest.approx(fit.beta[2], rel=1e-8)
    np.testing.assert_allclose(errors(far, school, CR2)[0][[1, 3]],
                               errors(fit, school, CR2)[0][[1, 3]], rtol=1e-7)  # fmt: skip


def test_counts_that_vary_no_more_than_chance_are_poisson():
    rng = np.random.default_rng(13)
    X = np.column_stack([np.ones(200), rng.normal(size=200)])
    y = rng.binomial(6, 1 / (1 + np.exp(-0.3 * X[:, 1]))).astype(float)  # less than chance
    fit, plain = glm.negative_binomial(X, y), glm.poisson(X, y)
    assert fit.boundary
    assert fit.alpha == 0
    np.testing.assert_allclose(fit.beta, plain.beta, rtol=1e-12)
    assert fit.loglik == pytest.approx(stats.poisson.logpmf(y, fit.mu).sum(), rel=1e-12)


def test_no_other_dispersion_is_more_likely():
    X, y, _ = made(14, counts=True)
    fit = glm.negative_binomial(X, y)
    for factor in (0.8, 0.98, 1.02, 1.3):
        n = 1 / (factor * fit.alpha)
        assert stats.nbinom.logpmf(y, n, n / (n + fit.mu)).sum() < fit.loglik


# ---------------------------------------------------------------- no maximum


def test_a_column_that_tells_the_outcome_apart_is_named():
    X, y, _ = made(15)
    level = (np.arange(len(y)) % 7 == 0).astype(float)
    y = np.where(level > 0, 1.0, y)
    found = glm.logistic(np.column_stack([X, level]), y)
    assert found == glm.Separation((4,), alone=True)


def test_columns_that_tell_it_apart_together_are_named():
    X, _, _ = made(16)
    y = (X[:, 2] + X[:, 3] > 0.7).astype(float)
    found = glm.logistic(X, y)
    assert isinstance(found, glm.Separation)
    assert {2, 3} <= set(found.columns)
    assert not found.alone


def test_an_outcome_that_is_the_same_for_all_is_no_model():
    X, y, _ = made(17)
    assert glm.logistic(X, np.ones(len(y))) == glm.Separation((0,), alone=True)
    assert glm.poisson(X, np.zeros(len(y))) == glm.Separation((0,), alone=True)


def test_a_group_without_any_count_is_named():
    X, y, _ = made(18, counts=True)
    found = glm.negative_binomial(X, np.where(X[:, 1] > 0, 0.0, y))
    assert found == glm.Separation((1,), alone=True)


def test_a_rare_outcome_that_nothing_tells_apart_has_its_maximum():
    rng = np.random.default_rng(19)
    x = rng.normal(size=4000)
    y = np.zeros(4000)
    y[[3, 5]] = 1
    x[[3, 5]] = [2.9, -2.9]
    fit = glm.logistic(np.column_stack([np.ones(4000), x]), y)
    assert isinstance(fit, glm.Glm)
    assert fit.converged
    assert fit.mu.sum() == pytest.approx(2, rel=1e-9)
