"""How sure a weighted difference is when the weights were estimated: brute force and theorems."""

import numpy as np
import pytest
from test_doubly_robust import twins

from academic_workplace.comparison import (
    aipw,
    clustered_variance,
    entropy_balance,
    leave_one_out,
    of_balance,
    of_propensity,
    propensity,
    propensity_weights,
    stable_weights,
    weighted_difference,
)
from academic_workplace.errors import DataError

BALANCING = {"entropy": entropy_balance, "stable": stable_weights}


def of_logit(theta, y, t, X, x, estimand):
    """(n, p) the equations of the chance, of the scale of the comparison, and of the regression."""
    n, k = len(y), X.shape[1] + 1
    Z, D = np.column_stack([np.ones(n), X]), np.column_stack([np.ones(n), t, x])
    alpha, s, b = theta[:k], theta[k], theta[k + 1 :]
    e = 1 / (1 + np.exp(-Z @ alpha))
    h = {"ATT": e, "ATE": np.ones(n), "ATO": e * (1 - e)}[estimand]
    h = h / np.where(t == 1, e, 1 - e)
    w = h * np.where(t == 1, 1, s)
    score = D * (w * (y - D @ b))[:, None]
    return np.column_stack([Z * (t - e)[:, None], np.where(t == 1, h, -s * h), score])


def of_moments(theta, y, t, X, x, estimand, kind):
    """(n, p) the equations of the moments, of one arm or both, and of the regression."""
    n, k = len(y), X.shape[1] + 1
    Z, D = np.column_stack([np.ones(n), X]), np.column_stack([np.ones(n), t, x])
    curve = {"entropy": np.exp, "stable": lambda u: np.maximum(u, 0)}[kind]
    w0 = curve(Z @ theta[:k])
    if estimand == "ATT":
        equations, b = [Z * (t - (1 - t) * w0)[:, None]], theta[k:]
        w = np.where(t == 1, 1, w0)
    else:
        w1, b = curve(Z @ theta[k : 2 * k]), theta[2 * k :]
        equations = [Z * (1 - (1 - t) * w0)[:, None], Z * (1 - t * w1)[:, None]]
        w = np.where(t == 1, w1, w0)
    return np.column_stack([*equations, D * (w * (y - D @ b))[:, None]])


def solved(equations, theta):
    """The root near theta, and every pupil's influence on it, by numeric derivatives."""

    def jacobian(theta):
        steps = 1e-6 * np.maximum(1, np.abs(theta))
        return np.column_stack([
            (equations(theta + d).mean(axis=0) - equations(theta - d).mean(axis=0)) / (2 * d.sum())
            for d in np.diag(steps)
        ])  # fmt: skip

    for _ in range(30):
        theta = theta - np.linalg.solve(jacobian(theta), equations(theta).mean(axis=0))
    assert np.abs(equations(theta).mean(axis=0)).max() < 1e-10
    return theta, -np.linalg.solve(jacobian(theta), equations(theta).T).T


def regression(y, t, x, w):
    D = np.column_stack([np.ones(len(y)), t, x])
    return np.linalg.lstsq(D * np.sqrt(w)[:, None], y * np.sqrt(w), rcond=None)[0]


@pytest.mark.parametrize("adjusted", [0, 2])
@pytest.mark.parametrize("estimand", ["ATT", "ATE", "ATO"])
@pytest.mark.proves("comparison.of_propensity", "rows: numeric derivatives of all equations")
@pytest.mark.proves("comparison.weighted_difference", "rows: numeric derivatives of all equations")
def test_the_influence_is_that_of_all_equations_of_a_propensity(estimand, adjusted, agree):
    y, t, X, _ = twins(21)
    x, fitted = X[:, 1 : 1 + adjusted] ** 2, propensity(X, t)
    weights = propensity_weights(fitted.score, t, estimand)
    start = np.r_[fitted.beta, 1.0, regression(y, t, x, weights.w)]
    theta, influence = solved(lambda at: of_logit(at, y, t, X, x, estimand), start)
    found = weighted_difference(y, weights, of_propensity(fitted, X, weights), x)
    at = X.shape[1] + 3
    agree(found.estimate, theta[at])
    # central differences keep about eight digits
    agree(found.influence, influence[:, at], rel=0, abs=1e-6 * np.abs(influence[:, at]).max())


@pytest.mark.parametrize("adjusted", [0, 2])
@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
@pytest.mark.parametrize("kind", BALANCING)
@pytest.mark.proves("comparison.of_balance", "rows: numeric derivatives of all equations")
def test_the_influence_is_that_of_all_equations_of_moments(kind, estimand, adjusted, agree):
    y, t, X, _ = twins(22)
    x, weights = X[:, 1 : 1 + adjusted] ** 2, BALANCING[kind](X, t, estimand)
    Z = np.column_stack([np.ones(len(y)), X])
    start = []
    for who in (t == 0,) if estimand == "ATT" else (t == 0, t == 1):
        some = who & (weights.w > 0)
        u = np.log(weights.w[some]) if kind == "entropy" else weights.w[some]
        start.append(np.linalg.lstsq(Z[some], u, rcond=None)[0])
    start = np.concatenate([*start, regression(y, t, x, weights.w)])
    theta, influence = solved(lambda at: of_moments(at, y, t, X, x, estimand, kind), start)
    found = weighted_difference(y, weights, of_balance(X, weights), x)
    at = len(theta) - 1 - adjusted
    agree(found.estimate, theta[at])
    agree(found.influence, influence[:, at], rel=0, abs=1e-6 * np.abs(influence[:, at]).max())


# ---------------------------------------------------------------- theorems


def test_entropy_weights_leave_the_residual_of_the_outcome_on_the_balanced_columns():
    y, t, X, _ = twins(23)
    weights = entropy_balance(X, t)
    Z, c = np.column_stack([np.ones(len(y)), X]), t == 0
    root = np.sqrt(weights.w[c])
    beta = np.linalg.lstsq(Z[c] * root[:, None], y[c] * root, rcond=None)[0]
    r = y - Z @ beta
    tau = r[t == 1].mean()
    expected = np.where(t == 1, r - tau, -weights.w * r) / t.mean()
    found = weighted_difference(y, weights, of_balance(X, weights))
    assert found.estimate == pytest.approx(tau, abs=1e-9)
    np.testing.assert_allclose(found.influence, expected, atol=1e-7)


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_adjusting_for_what_is_balanced_already_changes_nothing(estimand):
    y, t, X, _ = twins(24)
    for way in BALANCING.values():
        weights = way(X, t, estimand)
        plain = weighted_difference(y, weights).estimate
        assert weighted_difference(y, weights, (), X).estimate == pytest.approx(plain, abs=1e-8)


def test_an_outcome_that_the_weights_balance_is_known_for_certain():
    _, t, X, _ = twins(25)
    y = X @ [1.0, -2.0, 0.5] + 3 + 0.7 * t
    for way in BALANCING.values():
        weights = way(X, t)
        found = weighted_difference(y, weights, of_balance(X, weights))
        assert found.estimate == pytest.approx(0.7, abs=1e-8)
        assert np.abs(found.influence).max() < 1e-6
        assert np.abs(weighted_difference(y, weights).influence).max() > 1


def test_a_propensity_without_an_outcome_model_is_aipw_without_one():
    y, t, X, school = twins(26)
    nothing, fitted = np.zeros((len(y), 0)), propensity(X, t)
    for estimand in ("ATT", "ATE"):
        weights = propensity_weights(fitted.score, t, estimand)
        found = weighted_difference(y, weights, of_propensity(fitted, X, weights))
        other = aipw(
            y, t, X, school, estimand=estimand, outcome_X=nothing, normalised=True
        )  # fmt: skip
        assert found.estimate == pytest.approx(other.estimate)
        np.testing.assert_allclose(found.influence, other.influence, atol=1e-9)


def test_equal_weights_are_the_plain_difference_and_its_variance():
    y, t, _, _ = twins(27)
    weights = propensity_weights(np.full(len(y), 0.5), t)
    found = weighted_difference(y, weights)
    a, b = y[t == 1], y[t == 0]
    assert found.estimate == pytest.approx(a.mean() - b.mean())
    v = np.sum(found.influence**2) / len(y) ** 2
    assert v == pytest.approx(a.var() / len(a) + b.var() / len(b))


# ---------------------------------------------------------------- leaving out


def test_leaving_out_is_the_jackknife_and_many_clusters_take_the_influence():
    y, t, X, school = twins(28)

    def again(rows):
        weights = entropy_balance(X[rows], t[rows])
        return weighted_difference(y[rows], weights).estimate

    weights = entropy_balance(X, t)
    influence = weighted_difference(y, weights, of_balance(X, weights)).influence
    v, df = leave_one_out(again, influence, school, t == 1)
    without = np.array([again(school != g) for g in range(14)])
    assert v == pytest.approx(13 / 14 * np.sum((without - without.mean()) ** 2))
    assert df == pytest.approx(13)
    expected = clustered_variance(influence, school, t == 1)[:2]
    assert leave_one_out(again, influence, school, t == 1, 13) == pytest.approx(expected)
    assert 0.7 < v / expected[0] < 1.5  # two answers to one question


def test_each_kind_of_cluster_has_its_own_mean_and_degrees_of_freedom():
    y, t, X, school = twins(29, whole=True)

    def again(rows):
        return weighted_difference(y[rows], entropy_balance(X[rows], t[rows])).estimate

    v, df = leave_one_out(again, np.zeros(len(y)), school, t == 1)
    arm = np.array([t[school == g][0] for g in range(14)]) == 1
    without = np.array([again(school != g) for g in range(14)])
    V = [6 / 7 * np.sum((part - part.mean()) ** 2) for part in (without[arm], without[~arm])]
    assert v == pytest.approx(sum(V))
    assert df == pytest.approx(sum(V) ** 2 / (V[0] ** 2 / 6 + V[1] ** 2 / 6))


def test_where_one_cluster_cannot_be_missed_there_is_no_variance():
    y, t, _, school = twins(30)

    def again(rows):
        if rows[school == 3].sum() == 0:
            raise DataError([])
        return 0.0

    assert np.isnan(leave_one_out(again, np.zeros(len(y)), school, t == 1)).all()
