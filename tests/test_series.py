"""Interrupted time series: by brute force, against statsmodels, and where it must fail aloud."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic_workplace.errors import DataError, PlanError
from academic_workplace.over_time.series import (
    Bandwidth,
    Errors,
    Flag,
    Interrupted,
    Shape,
    Small,
    durbin_watson,
    interrupted,
    ljung_box,
    working_rho,
)


def line(
    seed: int, before: int = 12, after: int = 6, level: float = 1.5, slope: float = 0.3
) -> np.ndarray:
    """A series whose errors follow each other."""
    rng = np.random.default_rng(seed)
    t = np.arange(before + after) - before
    e = rng.normal(size=len(t))
    for i in range(1, len(t)):
        e[i] += 0.4 * e[i - 1]
    return 20 + 0.5 * t + (t >= 0) * (level + slope * t) + e


def columns(before: int, after: int) -> np.ndarray:
    t = np.arange(before + after) - before
    return np.column_stack([np.ones(len(t)), t, t >= 0, (t >= 0) * t]).astype(float)


# ---------------------------------------------------------------- the coefficients


@pytest.mark.proves("over_time.interrupted", "two lines fitted apart (brute force)")
def test_level_and_slope_are_two_lines_fitted_apart(agree) -> None:
    y, before = line(1), 12
    t = np.arange(len(y)) - before
    first = np.polynomial.Polynomial.fit(t[:before], y[:before], 1).convert()
    second = np.polynomial.Polynomial.fit(t[before:], y[before:], 1).convert()
    found = interrupted(y, before)
    for later in range(6):
        agree(found.at(later).estimate, second(later) - first(later))
    agree(found.counterfactual, first(t))
    agree(found.fitted[before:], second(t[before:]))
    assert found.slope is not None
    agree(found.slope.estimate, second.coef[1] - first.coef[1])


def test_the_average_effect_is_the_mean_of_those_of_all_periods() -> None:
    found = interrupted(line(2), 12)
    each = [found.at(later).estimate for later in range(found.after)]
    np.testing.assert_allclose(found.average.estimate, np.mean(each), rtol=1e-12)
    apart = (found.fitted - found.counterfactual)[12:]
    np.testing.assert_allclose(apart, each, rtol=1e-10)


def test_a_slope_that_stays_leaves_one_jump() -> None:
    y = line(3)
    X = columns(12, 6)[:, :3]
    expected = np.linalg.lstsq(X, y, rcond=None)[0]
    found = interrupted(y, 12, shape="level")
    np.testing.assert_allclose(found.beta, expected, rtol=1e-10)
    assert found.slope is None
    np.testing.assert_allclose(found.at(5).estimate, expected[2], rtol=1e-10)


@pytest.mark.proves("over_time.interrupted", "difference in differences of means (theorem)")
@pytest.mark.parametrize("small", list(Small))
def test_steps_beside_a_comparison_are_difference_in_differences(agree, small) -> None:
    y, c, before = line(4), line(5, level=0.4), 12
    found = interrupted(y, before, comparison=c, shape=Shape.STEP, small=small)
    change = [s[before:].mean() - s[:before].mean() for s in (y, c)]
    agree(found.average.estimate, change[0] - change[1], rel=1e-12)


def test_two_periods_of_means_are_difference_in_differences() -> None:
    """Every period before alike and every period after alike: the saturated two-period case."""
    y, c = np.repeat([3.0, 7.0], [3, 2]), np.repeat([2.0, 4.5], [3, 2])
    found = interrupted(y, 3, comparison=c, shape=Shape.STEP)
    np.testing.assert_allclose(found.average.estimate, (7 - 3) - (4.5 - 2), rtol=1e-12)


@pytest.mark.proves("over_time.interrupted", "both series in one model with every product (rows)")
def test_the_difference_of_series_is_the_model_with_every_product(agree) -> None:
    y, c, before = line(6), line(7, level=-0.5, slope=0.1), 12
    X = columns(before, 6)
    both = np.block([[X, X], [X, np.zeros_like(X)]])
    expected = np.linalg.lstsq(both, np.concatenate([y, c]), rcond=None)[0][4:]
    found = interrupted(y, before, comparison=c)
    agree(found.beta, expected)
    agree(found.fitted, (both @ np.linalg.lstsq(both, np.append(y, c), rcond=None)[0])[:18]
          + c - X @ np.linalg.lstsq(X, c, rcond=None)[0])  # fmt: skip


def test_what_hits_both_series_alike_changes_nothing() -> None:
    y, c = line(8), line(9)
    shock = np.random.default_rng(1).normal(0, 50, len(y))
    one, two = (interrupted(y + s, 12, comparison=c + s) for s in (0, shock))
    np.testing.assert_allclose(one.beta, two.beta, atol=1e-10)
    np.testing.assert_allclose(one.average.se, two.average.se, rtol=1e-10)


@pytest.mark.proves("over_time.interrupted", "two lines over uneven times (brute force)")
def test_a_year_without_a_measurement_keeps_its_place_in_time(agree) -> None:
    y, when = line(19, 9, 4), np.array([2008, *range(2010, 2022)], dtype=float)
    first = np.polynomial.Polynomial.fit(when[:9], y[:9], 1).convert()
    second = np.polynomial.Polynomial.fit(when[9:], y[9:], 1).convert()
    found = interrupted(y, 9, times=when)
    agree(found.at(3).estimate, second(2021) - first(2021), rel=1e-7)
    agree(found.average.estimate, np.mean(second(when[9:]) - first(when[9:])), rel=1e-7)
    assert Flag.UNEVEN in found.flags
    even = interrupted(y, 9, times=2 * np.arange(13))
    agree(even.average.estimate, interrupted(y, 9).average.estimate)
    assert Flag.UNEVEN not in even.flags
    with pytest.raises(DataError, match="loopt niet op"):
        interrupted(y, 9, times=when[::-1])


def test_seasons_that_return_are_taken_out() -> None:
    season = ["autumn", "spring"] * 9
    wave = np.array([0.0, 3.0] * 9)
    t = np.arange(18) - 12
    y = 5 + 0.2 * t + (t >= 0) * 1.25 + wave + 1e-3 * np.random.default_rng(2).normal(size=18)
    assert interrupted(y, 12, season=season).level.estimate == pytest.approx(1.25, abs=0.01)
    assert interrupted(y, 12).level.se > 50 * interrupted(y, 12, season=season).level.se


# ---------------------------------------------------------------- the errors, against statsmodels


def ols(y: np.ndarray, X: np.ndarray, **how):
    import statsmodels.api as sm

    return sm.OLS(y, X).fit(**how)


@pytest.mark.proves("over_time.interrupted", "statsmodels 0.15 OLS, cov_type HAC")
@pytest.mark.proves("Inference.NEWEY_WEST", "statsmodels 0.15 OLS, cov_type HAC")
@pytest.mark.parametrize(("small", "corrected"), [(Small.DEGREES, True), (Small.NONE, False)])
@pytest.mark.parametrize("lags", [0, 1, 3])
def test_newey_west_is_that_of_statsmodels(agree, small, corrected, lags) -> None:
    y, X = line(10), columns(12, 6)
    how = {"maxlags": lags, "use_correction": corrected}
    theirs = ols(y, X, cov_type="HAC", cov_kwds=how, use_t=True)
    ours = interrupted(y, 12, bandwidth=lags, small=small)
    agree(ours.beta, theirs.params, rel=1e-10)
    agree(ours.covariance, theirs.cov_params(), rel=1e-9)
    agree(ours.level.se, theirs.bse[2], rel=1e-10)
    agree([ours.level.low, ours.level.high], theirs.conf_int()[2], rel=1e-10)
    agree(ours.level.p_value, theirs.pvalues[2], rel=1e-8)
    test = theirs.t_test([0, 0, 1, 2.5])
    agree([ours.average.estimate, ours.average.se], [test.effect[0], test.sd.item()], rel=1e-10)


def test_the_rule_of_lags_is_the_one_of_its_name() -> None:
    y = line(11, 60, 40)
    assert interrupted(y, 60).lags == 4
    assert interrupted(y, 60, bandwidth="0.75 T^(1/3)").lags == 3
    assert interrupted(line(11), 12).lags == 2
    assert next(iter(Bandwidth)).value == "4 (T/100)^(2/9)"


@pytest.mark.proves("over_time.ljung_box", "statsmodels 0.15 acorr_ljungbox")
def test_ljung_box_is_that_of_statsmodels(agree) -> None:
    from statsmodels.stats.diagnostic import acorr_ljungbox

    e = np.random.default_rng(3).normal(size=30).cumsum()
    for lags in (1, 4, 7):
        theirs = acorr_ljungbox(e, lags=[lags]).iloc[0]
        agree(ljung_box(e, lags), [theirs["lb_stat"], theirs["lb_pvalue"]], rel=1e-10)
    assert ljung_box(e) == ljung_box(e, 6)


@pytest.mark.proves("over_time.durbin_watson", "statsmodels 0.15 durbin_watson")
def test_durbin_watson_is_that_of_statsmodels(agree) -> None:
    from statsmodels.stats.stattools import durbin_watson as theirs

    y = line(12)
    found = interrupted(y, 12)
    agree(found.durbin_watson, theirs(ols(y, columns(12, 6)).resid))
    agree(durbin_watson([3.0, 1.0, -2.0]), theirs(np.array([3.0, 1.0, -2.0])))


@pytest.mark.proves("over_time.interrupted", "statsmodels 0.15 GLS with that AR(1)")
def test_prais_winsten_is_generalised_least_squares(agree) -> None:
    import statsmodels.api as sm

    y, X = line(13), columns(12, 6)
    ours = interrupted(y, 12, errors=Errors.PRAIS_WINSTEN)
    t = np.arange(18)
    theirs = sm.GLS(y, X, sigma=ours.rho ** np.abs(t[:, None] - t)).fit(use_t=True)
    agree(ours.beta, theirs.params, rel=1e-9)
    agree([ours.level.se, ours.level.p_value], [theirs.bse[2], theirs.pvalues[2]], rel=1e-8)
    e = y - X @ ours.beta  # rho is the one that its own residuals give
    agree(e[1:] @ e[:-1] / (e[:-1] @ e[:-1]), ours.rho, rel=1e-9)


# ---------------------------------------------------------------- the short series


@pytest.mark.proves("over_time.interrupted", "mean and variance of the quadratic form, simulated")
@pytest.mark.proves("Inference.NEWEY_WEST", "mean and variance of the quadratic form, simulated")
def test_the_working_model_gives_the_bias_and_the_degrees_of_freedom(agree) -> None:
    """E and Var of the uncorrected variance, over 200,000 draws: two decimals."""
    rng, T = np.random.default_rng(4), 14
    X, found = columns(9, 5), interrupted(line(14, 9, 5), 9)
    rho, t = found.rho, np.arange(T)
    S = rho ** np.abs(t[:, None] - t)
    U = np.linalg.cholesky(S) @ rng.normal(size=(T, 200_000))
    E = U - X @ np.linalg.solve(X.T @ X, X.T @ U)
    p = X @ np.linalg.solve(X.T @ X, [0, 0, 1, 2])
    K = np.maximum(1 - np.abs(t[:, None] - t) / (found.lags + 1), 0)
    v = np.einsum("tr,ts,sr->r", E, p[:, None] * K * p, E)
    plain = interrupted(line(14, 9, 5), 9, small=Small.NONE).average
    factor = (found.average.se / plain.se) ** 2
    agree(factor, float(p @ S @ p) / v.mean(), rel=2e-2)
    agree(found.average.df, 2 * v.mean() ** 2 / v.var(), rel=2e-2)


def test_the_working_rho_undoes_that_residuals_are_less_alike_than_errors() -> None:
    rng, X = np.random.default_rng(5), columns(12, 6)
    t = np.arange(18)
    root = np.linalg.cholesky(0.5 ** np.abs(t[:, None] - t))
    seen, solved = [], []
    for _ in range(400):
        u = root @ rng.normal(size=18)
        e = u - X @ np.linalg.lstsq(X, u, rcond=None)[0]
        seen.append(e[1:] @ e[:-1] / (e @ e))
        solved.append(working_rho(X, e))
    assert np.mean(seen) < 0.25
    assert 0.35 < np.mean(solved) < 0.6
    assert 0 <= min(solved) <= max(solved) <= 0.95


def test_short_series_are_covered_where_the_usual_correction_is_not() -> None:
    """Ninety-five of a hundred, of errors with rho 0.3 in eight periods before and five after."""
    rng = np.random.default_rng(6)
    t = np.arange(13)
    root = np.linalg.cholesky(0.3 ** np.abs(t[:, None] - t))
    inside = dict.fromkeys((Small.WORKING, Small.DEGREES), 0)
    for _ in range(300):
        u = root @ rng.normal(size=13)
        for small in inside:
            found = interrupted(u, 8, small=small).average
            inside[small] += found.low <= 0 <= found.high
    assert inside[Small.WORKING] >= 0.91 * 300
    assert inside[Small.DEGREES] <= 0.82 * 300


# ---------------------------------------------------------------- what changes nothing


@given(
    st.integers(0, 1000), st.floats(-1e3, 1e3), st.floats(0.01, 100), st.floats(-5, 5)
)  # fmt: skip
def test_units_and_a_straight_line_change_nothing(seed, shift, scale, slope) -> None:
    y = line(seed)
    one = interrupted(y, 12).average
    two = interrupted(shift + scale * y + slope * np.arange(18), 12).average
    np.testing.assert_allclose(two.estimate, scale * one.estimate, rtol=1e-7, atol=1e-9 * scale)
    np.testing.assert_allclose(two.se, scale * one.se, rtol=1e-6)
    np.testing.assert_allclose(two.df, one.df, rtol=1e-5)


def test_a_large_mean_keeps_its_digits() -> None:
    one, two = (interrupted(line(15) + m, 12).level for m in (0, 1e8))
    np.testing.assert_allclose(two.estimate, one.estimate, atol=1e-6)
    np.testing.assert_allclose(two.se, one.se, rtol=1e-6)


# ---------------------------------------------------------------- what must be said


def test_few_points_are_flagged_and_too_few_refused() -> None:
    found = interrupted(line(16, 5, 2), 5)
    assert found.flags[:3] == (Flag.FEW_BEFORE, Flag.FEW_AFTER, Flag.UNCONTROLLED)
    assert Flag.FEW_BEFORE not in interrupted(line(16, 8, 3), 8).flags
    assert Flag.FEW_AFTER not in interrupted(line(16, 8, 3), 8).flags
    for before, after in ((2, 5), (5, 1), (0, 7), (7, 0)):
        with pytest.raises(DataError, match="te weinig voor een lijn"):
            interrupted(np.arange(before + after) ** 2.0, before)
    with pytest.raises(DataError, match="te weinig"):
        interrupted(np.arange(7.0), -2)


def test_as_many_coefficients_as_periods_are_refused() -> None:
    with pytest.raises(DataError, match="5 metingen voor 5 getallen"):
        interrupted([1, 4, 2, 5, 3], 3, season=["a", "b", "a", "b", "a"])
    assert interrupted([1, 4, 2, 5, 3], 3).df == 1


def test_errors_that_follow_each_other_are_flagged() -> None:
    walk = np.random.default_rng(8).normal(size=80).cumsum()
    assert Flag.AUTOCORRELATED in interrupted(walk, 50).flags
    noise = np.random.default_rng(8).normal(size=80)
    assert Flag.AUTOCORRELATED not in interrupted(noise, 50).flags


def test_points_precisely_on_the_line_have_no_uncertainty_that_can_be_told() -> None:
    t = np.arange(12.0)
    for errors in Errors:
        found = interrupted(3 + 0.1 * t + 2 * (t >= 8), 8, errors=errors)
        assert Flag.NO_SPREAD in found.flags
        assert found.level.estimate == pytest.approx(2)
        assert found.level.se is None
        assert found.level.p_value is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"y": [1, 2, np.nan, 4, 5, 6, 7]}, "geen getal"),
        ({"y": [1, 2, 3, np.inf, 5, 6, 7]}, "geen getal"),
        ({"y": [1, 2, "drie", 4, 5, 6, 7]}, "geen getal"),
        ({"y": [[1, 2, 3, 4, 5, 6, 7]]}, "goede lengte"),
        ({"comparison": [1, 2, 3]}, "goede lengte"),
        ({"season": ["a", "b"]}, "goede lengte"),
        ({"season": ["a"] * 4 + ["b"] * 3}, "seizoenen"),
    ],
)
def test_what_is_no_series_is_refused(change, word) -> None:
    given = {"y": [1, 3, 2, 5, 4, 7, 6]} | change
    with pytest.raises(DataError, match=word):
        interrupted(start=4, **given)


@pytest.mark.parametrize(
    "change",
    [{"shape": "curve"}, {"errors": "white"}, {"bandwidth": "much"}, {"bandwidth": 18},
     {"bandwidth": -1}, {"small": "big"}, {"start": 12.5}, {"start": "twaalf"}],
)  # fmt: skip
def test_a_name_that_is_not_known_is_a_fault_of_the_plan(change) -> None:
    with pytest.raises(PlanError):
        interrupted(line(17), **({"start": 12} | change))


def test_no_effect_is_told_beyond_the_last_period() -> None:
    found: Interrupted = interrupted(line(18), 12)
    for later in (-1, 6):
        with pytest.raises(PlanError, match="Er is geen meting"):
            found.at(later)
