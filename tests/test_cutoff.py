"""The jump at a cut-off: against rdrobust, statsmodels and brute force, and as theorems."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from academic_workplace.cutoff import (
    Bandwidths,
    Flag,
    Kernel,
    Kind,
    Residuals,
    bandwidth_checks,
    check_running,
    count_test,
    covariate_checks,
    density_test,
    donut_check,
    fuzzy,
    placebo_checks,
    sharp,
)
from academic_workplace.cutoff.bandwidth import mserd
from academic_workplace.cutoff.checks import holm
from academic_workplace.cutoff.local import polynomial, residuals
from academic_workplace.cutoff.sides import sides
from academic_workplace.errors import DataError

HERE = Path(__file__).parent / "reference"
A19 = json.loads((HERE / "cutoff.json").read_text())["A19-rdd"]
EXPECTED, PUBLISHED = A19["expected"], A19["published"]
PRIVATE = Path(__file__).parents[2] / "shared/reference/data/rd_lso_synth.csv.gz"
SELECTED = 1e-2  # rdrobust's own steps towards a bandwidth; 1e-7 is seen
KERNELS = {
    Kernel.TRIANGULAR: lambda u: np.clip(1 - np.abs(u), 0, None),
    Kernel.EPANECHNIKOV: lambda u: np.clip(1 - u**2, 0, None),
    Kernel.UNIFORM: lambda u: (np.abs(u) <= 1).astype(float),
}
COVARIATES = ["class", "termshouse", "termssenate"]
seeds = st.integers(0, 10**6)


@pytest.fixture(scope="module")
def senate():
    return pd.read_csv(HERE / "data" / "rd_senate.csv")


@pytest.fixture(scope="module")
def elections(senate):
    return senate.dropna(subset=["vote", "margin"])


def pupils(seed, n=300, jump=0.5):
    """Scores around 0, who took part above it (most, and a few below), an outcome, and schools."""
    rng = np.random.default_rng(seed)
    school = rng.integers(0, 12, n)
    x = rng.normal(0.1, 1, n) + 0.2 * rng.normal(size=12)[school]
    d = (rng.random(n) < np.where(x >= 0, 0.95, 0.05)).astype(float)
    y = jump * d + 0.6 * x - 0.2 * x**2 + 0.3 * rng.normal(size=12)[school] + rng.normal(0, 0.7, n)
    return y, x, d, school


def design(x, h, order, kernel):
    """Rows, columns and weights of one regression with a curve on each side; the jump is last."""
    w = KERNELS[kernel](x / h)
    powers = np.vander(x, order + 1, increasing=True)
    right = (x >= 0)[:, None]
    return np.column_stack([powers * ~right, (powers * right)[:, 1:], right]) @ np.eye(
        2 * order + 2
    ), w


def jump_weights(x, h, b, kernel):
    """(n,) with which outcomes add up to the jump, without and with the correction, by brute force.

    Each side: intercept of a line, less h^2 B times the squared term of a curve (in x itself).
    """
    plain, corrected = np.zeros(len(x)), np.zeros(len(x))
    for sign, side in ((-1, x < 0), (1, x >= 0)):
        wh, wb = KERNELS[kernel](x / h) * side, KERNELS[kernel](x / b) * side
        line, curve = (np.vander(x, k, increasing=True) for k in (2, 3))
        of_line = np.linalg.solve((line.T * wh) @ line, line.T * wh)
        of_curve = np.linalg.solve((curve.T * wb) @ curve, curve.T * wb)
        bias = float(of_line[0] @ x**2)
        plain += sign * of_line[0]
        corrected += sign * (of_line[0] - bias * of_curve[2])
    return plain, corrected


def values_of(jump):
    return [jump.conventional, jump.estimate, jump.conventional_se, jump.se, jump.low, jump.high]


def expected_of(e):
    return [e["coef_conventional"], e["coef_biascorrected"], e["se_conventional"], e["se_robust"],
            *e["ci_robust"]]  # fmt: skip


# ---------------------------------------------------------------- rdrobust


@pytest.mark.proves("cutoff.sharp", "rdrobust 2.1.1, Senate, h = 10 and b = 20 (A19)")
def test_the_jump_and_its_interval_are_those_of_rdrobust(elections, agree):
    found = sharp(elections.vote, elections.margin, 0, bandwidths=Bandwidths(10, 20))
    e = EXPECTED["senate_fixed_h10"]
    agree(values_of(found), expected_of(e), rel=1e-10)
    agree(found.p_value, e["p_robust"], rel=1e-8)
    assert [list(found.n), list(found.within)] == [e["N"], e["N_h"]]


@pytest.mark.proves("cutoff.sharp", "rdrobust 2.1.1, Senate, its defaults (A19)")
def test_the_bandwidths_are_those_of_rdrobust(elections, agree):
    found = sharp(elections.vote, elections.margin, 0)
    e = EXPECTED["senate_default"]
    agree([found.bandwidths.h, found.bandwidths.b], [e["h"][0], e["b"][0]], rel=SELECTED)
    agree(values_of(found), expected_of(e), rel=SELECTED)
    agree(found.p_value, e["p_robust"], rel=SELECTED)
    assert abs(found.bandwidths.h / e["h"][0] - 1) < 1e-6  # closer than was promised
    assert [list(found.n), list(found.within)] == [e["N"], e["N_h"]]
    assert found.flags == ()


@pytest.mark.proves("cutoff.sharp", "rdrobust's illustration, with covariates (printed)")
def test_with_covariates_it_is_that_of_the_illustration(elections, agree):
    known = elections.dropna(subset=COVARIATES)
    (e,) = (v for k, v in PUBLISHED.items() if k.startswith("rdrobust"))
    found = sharp(
        known.vote, known.margin, 0, covariates=known[COVARIATES],
        bandwidths=Bandwidths(e["h"], e["b"]),
    )  # fmt: skip
    agree([found.conventional, found.conventional_se], [e["conventional"], e["se"]], rel=1e-4)


def test_the_bandwidths_with_covariates_are_those_of_the_illustration(elections, monkeypatch):
    """It was printed before the pilot counted different scores in the place of elections."""
    known = elections.dropna(subset=COVARIATES)
    (e,) = (v for k, v in PUBLISHED.items() if k.startswith("rdrobust"))
    two = sides(known.margin.to_numpy(), known[["vote", *COVARIATES]].to_numpy(float), 0.0)
    from academic_workplace.cutoff import bandwidth

    pilot = 2.576 * bandwidth.spread(two) * len(known) ** -0.2
    monkeypatch.setattr(bandwidth, "_pilot", lambda *_: pilot)
    found = mserd(two, covariates=3)
    np.testing.assert_allclose([found.h, found.b], [e["h"], e["b"]], rtol=3e-5)


@pytest.mark.proves("cutoff.sharp", "weighted least squares, Senate, h = 15 (A19)")
def test_without_correction_it_is_weighted_least_squares(elections, agree):
    e = EXPECTED["senate_loclin_triangular_h15"]
    found = sharp(
        elections.vote, elections.margin, 0, bandwidths=Bandwidths(15, 15), how=Residuals.HC0
    )
    agree([found.conventional, found.conventional_se], [e["est"], e["se_HC0"]], rel=1e-10)
    assert sum(found.within) == e["n"]


@pytest.mark.proves("cutoff.sharp", "weighted least squares, probation (A19)", private=True)
@pytest.mark.skipif(not PRIVATE.is_file(), reason="these data may not be committed")
def test_with_mass_points_it_is_weighted_least_squares_too(agree):
    e = EXPECTED["lso_loclin_triangular_h0.5_jump_at_or_above_0"]
    students = pd.read_csv(PRIVATE).dropna(subset=["nextGPA", "R"])
    found = sharp(
        students.nextGPA, students.R, 0, bandwidths=Bandwidths(0.5, 0.5), how=Residuals.HC0
    )
    agree([found.conventional, found.conventional_se], [e["est"], e["se_HC0"]], rel=1e-10)
    assert sum(found.within) == e["n"]
    assert found.flags == ()  # steps of 0.01: fifty different ones on each side


# ---------------------------------------------------------------- brute force


@pytest.mark.proves("cutoff.sharp", "rows")
@pytest.mark.parametrize("kernel", Kernel)
def test_the_estimates_are_weighted_sums_of_outcomes(kernel, agree):
    y, x, _, _ = pupils(3)
    h, b = 0.8, 1.3
    found = sharp(y, x, 0, bandwidths=Bandwidths(h, b), kernel=kernel)
    a, bc = jump_weights(x, h, b, kernel)
    agree([found.conventional, found.estimate], [a @ y, bc @ y], rel=1e-9)
    r = neighbours(x, y, max(h, b))
    agree([found.conventional_se, found.se], [np.sqrt(np.sum((w * r) ** 2)) for w in (a, bc)])


def neighbours(x, y, reach):
    """Residuals about the three nearest others of the same side, by looking at every pupil."""
    out = np.zeros(len(x))
    for side in (x < 0, x >= 0):
        inside = np.flatnonzero(side & (np.abs(x) < reach))
        for i in inside:
            others = inside[inside != i]
            apart = np.abs(x[others] - x[i])
            J = others[apart <= np.sort(apart)[2]]
            out[i] = np.sqrt(len(J) / (len(J) + 1)) * (y[i] - y[J].mean())
    return out


def test_neighbours_at_the_same_distance_all_count():
    x = np.array([0, 0, 1, 2, 2, 2, 4, 7, 9, 10, 11, 13], float)
    y = np.random.default_rng(1).normal(size=len(x))
    _, right = sides(np.append(-1.0, x), np.append(0.0, y)[:, None], 0.0)
    n = len(x)
    found = residuals(right, n, polynomial(right, 20.0, 1, Kernel.UNIFORM), Residuals.NN)[:, 0]
    reached = [(0, 6), (0, 6), (0, 6), (2, 6), (2, 6), (2, 6), (3, 7), (6, 10), (7, 11), (7, 12),
               (8, 12), (8, 12)]  # fmt: skip
    for i, (low, high) in enumerate(reached):
        others = [j for j in range(low, high) if j != i]
        J = len(others)
        assert found[i] == pytest.approx(np.sqrt(J / (J + 1)) * (y[i] - y[others].mean()))


def test_neighbours_in_parts_are_those_of_the_whole(monkeypatch):
    y, x, _, _ = pupils(2)
    x = np.round(x, 1)  # with pupils at the same distance
    whole = sharp(y, x, 0)
    monkeypatch.setattr("academic_workplace.cutoff.local.AT_ONCE", 4)
    np.testing.assert_allclose(values_of(sharp(y, x, 0)), values_of(whole), rtol=1e-12)


@pytest.mark.proves("cutoff.sharp", "statsmodels 0.15.0 WLS, HC0 to HC3, each side")
@pytest.mark.parametrize("kernel", Kernel)
def test_robust_variances_are_those_of_statsmodels(kernel, agree):
    y, x, _, _ = pupils(4)
    for how in list(Residuals)[1:]:
        found = sharp(y, x, 0, bandwidths=Bandwidths(0.9, 0.9), kernel=kernel, how=how)
        for order, estimate, se in (
            (1, found.conventional, found.conventional_se),
            (2, found.estimate, found.se),  # with b = h the correction is a curve instead of a line
        ):
            level, variance = [], 0.0
            for side in (x < 0, x >= 0):
                w = KERNELS[kernel](x / 0.9) * side
                R = np.vander(x[w > 0], order + 1, increasing=True)
                fit = sm.WLS(y[w > 0], R, weights=w[w > 0]).fit(cov_type=how.value)
                level.append(fit.params[0])
                variance += fit.bse[0] ** 2
            agree([estimate, se], [level[1] - level[0], np.sqrt(variance)], rel=1e-9)


@pytest.mark.proves("cutoff.sharp", "rows, clusters")
def test_the_clustered_variance_is_unbiased_when_pupils_are_independent(agree):
    y, x, _, school = pupils(5, n=120)
    h, b = 1.0, 1.6
    found = sharp(y, x, 0, bandwidths=Bandwidths(h, b), cluster=school)
    n = len(x)
    _, bc = jump_weights(x, h, b, Kernel.TRIANGULAR)
    M = np.zeros((n, n))  # residuals of a curve on each side
    for side in (x < 0, x >= 0):
        w = KERNELS[Kernel.TRIANGULAR](x / b) * side
        R = np.vander(x, 3, increasing=True) * side[:, None]
        M += np.diag(side.astype(float)) - R @ np.linalg.solve((R.T * w) @ R, R.T * w)
    A = (school[None] == np.arange(12)[:, None]) * bc
    P = A @ M @ M.T @ A.T
    psi = A @ M @ y
    V = np.sum(bc**2) / np.trace(P) * psi @ psi
    agree(found.se**2, V, rel=1e-9)
    agree(found.df, np.trace(P) ** 2 / np.sum(P**2), rel=1e-9)
    assert found.clusters == 12
    assert found.low < found.estimate < found.high


@pytest.mark.proves("cutoff.fuzzy", "rows")
def test_the_ratio_has_the_variance_of_the_delta_method(agree):
    y, x, d, _ = pupils(6, n=600)
    h, b = 0.9, 1.4
    found = fuzzy(y, d, x, 0, bandwidths=Bandwidths(h, b))
    a, bc = jump_weights(x, h, b, Kernel.TRIANGULAR)
    tau_y, tau_d = a @ y, a @ d
    s = np.array([1 / tau_d, -tau_y / tau_d**2])
    r = np.column_stack([neighbours(x, column, b) for column in (y, d)])
    for weights, se in ((a, found.ratio.conventional_se), (bc, found.ratio.se)):
        S = (r * weights[:, None]).T @ (r * weights[:, None])
        agree(se, np.sqrt(s @ S @ s))
    agree(found.ratio.conventional, tau_y / tau_d)
    agree(found.ratio.estimate, tau_y / tau_d - s @ [tau_y - bc @ y, tau_d - bc @ d])
    agree([found.first.estimate, found.offered.estimate], [bc @ d, bc @ y])
    agree(found.F, (found.first.estimate / found.first.se) ** 2)


def test_who_all_do_as_the_rule_says_are_no_ratio():
    y, x, _, school = pupils(7)
    for cluster in (None, school):
        one, other = sharp(y, x, 0, cluster=cluster), fuzzy(y, x >= 0, x, 0, cluster=cluster)
        np.testing.assert_allclose(values_of(other.ratio), values_of(one), rtol=1e-9)
        assert other.first.estimate == pytest.approx(1)
        assert (other.ratio.left, other.ratio.right) == (other.offered.left, other.offered.right)


@pytest.mark.proves("cutoff.sharp", "weighted least squares with covariates")
def test_covariates_have_one_slope_on_both_sides(agree):
    y, x, _, _ = pupils(8)
    Z = np.random.default_rng(8).normal(size=(len(x), 2)) + 0.5 * y[:, None]
    found = sharp(y, x, 0, covariates=Z, bandwidths=Bandwidths(0.9, 1.4))
    w = KERNELS[Kernel.TRIANGULAR](x / 0.9)
    right = x >= 0
    X = np.column_stack([right, np.ones(len(x)), x, x * right, Z])
    agree(found.conventional, sm.WLS(y, X, weights=w).fit().params[0], rel=1e-9)


def test_the_lines_meet_the_cut_off_at_the_levels():
    y, x, _, _ = pupils(9)
    found = sharp(y, x, 0, bandwidths=Bandwidths(1, 1))
    for side, line in ((x < 0, found.left), (x >= 0, found.right)):
        w = KERNELS[Kernel.TRIANGULAR](x[side])
        fit = sm.WLS(y[side], sm.add_constant(x[side]), weights=w).fit()
        np.testing.assert_allclose([line.level, line.slope], fit.params, rtol=1e-9)
    assert found.right.level - found.left.level == pytest.approx(found.conventional)


# ---------------------------------------------------------------- theorems


def assume_a_first_stage(y, d, x):
    """In a few samples the cut-off does not clearly change who takes part: those are refused."""
    try:
        fuzzy(y, d, x, 0)
    except DataError:
        assume(False)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_moving_the_scores_and_the_cut_off_together_changes_nothing(seed):
    y, x, d, school = pupils(seed)
    assume_a_first_stage(y, d, x)
    x = np.round(x * 1024) / 1024  # so that moving them loses no digit
    one, other = sharp(y, x, 0, cluster=school), sharp(y, x + 64, 64, cluster=school)
    np.testing.assert_allclose(values_of(other), values_of(one), rtol=1e-9)
    assert other.bandwidths.h == pytest.approx(one.bandwidths.h)
    moved, still = fuzzy(y, d, x + 64, 64).ratio, fuzzy(y, d, x, 0).ratio
    np.testing.assert_allclose(values_of(moved), values_of(still), rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from(list(Kernel)), st.sampled_from(list(Residuals)))
def test_turning_the_scores_round_turns_the_jump_round(seed, kernel, how):
    y, x, _, _ = pupils(seed)
    one, other = (sharp(y, each, 0, kernel=kernel, how=how) for each in (x, -x))
    np.testing.assert_allclose(
        [other.estimate, other.se, other.low, other.high, other.conventional],
        [-one.estimate, one.se, -one.high, -one.low, -one.conventional], rtol=1e-9,
    )  # fmt: skip
    assert other.within == one.within[::-1]
    turned = [other.left.level, other.left.slope]
    np.testing.assert_allclose(turned, [one.right.level, -one.right.slope], rtol=1e-9)
    turned, still = density_test(-x, 0), density_test(x, 0)
    np.testing.assert_allclose([turned.left, turned.z], [still.right, -still.z], rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seeds, st.floats(0.01, 100), st.floats(-50, 50))
def test_other_units_of_outcome_and_score_give_the_same_jump(seed, scale, shift):
    y, x, d, _ = pupils(seed)
    assume_a_first_stage(y, d, x)
    one, other = sharp(y, x, 0), sharp(scale * y + shift, 4 * x, 0)
    np.testing.assert_allclose(values_of(other), scale * np.array(values_of(one)), rtol=1e-6,
                               atol=1e-8 * (scale + abs(shift)))  # fmt: skip
    assert other.bandwidths.h == pytest.approx(4 * one.bandwidths.h, rel=1e-6)
    scaled, still = (fuzzy(each, d, x, 0) for each in (scale * y, y))
    np.testing.assert_allclose(scaled.F, still.F, rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_order_of_the_rows_does_not_matter(seed):
    y, x, d, school = pupils(seed)
    x = np.round(x, 2)
    assume_a_first_stage(y, d, x)
    order = np.random.default_rng(seed).permutation(len(x))
    for one, other in (
        (sharp(y, x, 0), sharp(y[order], x[order], 0)),
        (sharp(y, x, 0, cluster=school), sharp(y[order], x[order], 0, cluster=school[order])),
        (fuzzy(y, d, x, 0).ratio, fuzzy(y[order], d[order], x[order], 0).ratio),
    ):
        np.testing.assert_allclose(values_of(other), values_of(one), rtol=1e-9)
    assert density_test(x[order], 0).z == pytest.approx(density_test(x, 0).z)
    assert count_test(x[order], 0) == count_test(x, 0)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_lines_without_noise_have_the_jump_that_was_put_in(seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, 200)
    slopes = rng.normal(size=2)
    y = np.where(x < 0, slopes[0] * x, 0.3 + slopes[1] * x)
    found = sharp(y, x, 0, bandwidths=Bandwidths(0.5, 0.7))
    assert [found.conventional, found.estimate] == pytest.approx([0.3, 0.3])
    assert sharp(y, x, 0).estimate == pytest.approx(0.3)  # no noise, and yet a bandwidth


@pytest.mark.proves("cutoff.sharp", "simulation, coverage")
def test_the_intervals_hold_the_truth_as_often_as_they_say(agree):
    """400 draws: 95 % give or take three standard errors of 1.1 points."""
    held = {"one": 0, "schools": 0}
    draws = 400
    for seed in range(draws):
        rng = np.random.default_rng([2026, seed])
        school = np.repeat(np.arange(10), 40)
        x = rng.normal(size=400) + 0.3 * rng.normal(size=10)[school]
        y = 0.5 * x + 0.3 * x**2 + 0.2 * (x >= 0) + rng.normal(size=400)
        found = sharp(y, x, 0)
        held["one"] += found.low <= 0.2 <= found.high
        differs = 0.4 * rng.normal(size=10)[school] * (x >= 0)  # the effect, from school to school
        found = sharp(y + differs + 0.4 * rng.normal(size=10)[school], x, 0, cluster=school)
        held["schools"] += found.low <= 0.2 <= found.high
    agree([held["one"] / draws, held["schools"] / draws], [0.95, 0.95], abs=0.035, rel=0)


# ---------------------------------------------------------------- density and counts


@pytest.mark.proves("cutoff.density_test", "rddensity's illustration, Senate (printed)")
def test_the_density_test_is_that_of_rddensity(senate, agree):
    (e,) = (v for k, v in PUBLISHED.items() if k.startswith("rddensity"))
    found = density_test(senate.margin, 0, h=tuple(e["h"]))
    assert list(found.within) == e["within"]
    agree([found.z, found.p_value], [e["T"], e["p"]], rel=5e-4)


@pytest.mark.proves("cutoff.density_test", "rows")
def test_the_densities_are_slopes_of_the_shares(agree):
    x = np.round(np.random.default_rng(2).normal(0.2, 1, 150), 2)
    n, h = len(x), (0.9, 1.1)
    found = density_test(x, 0, h=h)
    g, f = np.zeros(n), []
    for sign, side, reach in ((-1, x < 0, h[0]), (1, x >= 0, h[1])):
        t = np.abs(x)
        inside = np.flatnonzero(side & (t < reach))
        share = [np.sum(side & (t <= t[i])) / n for i in inside]
        R = np.vander(t[inside], 4, increasing=True)
        w = 1 - t[inside] / reach
        of_slope = np.linalg.solve((R.T * w) @ R, R.T * w)[1]
        f.append(of_slope @ share)
        own = np.array([of_slope[t[inside] >= t[j]].sum() * side[j] for j in range(n)])
        assert own.mean() == pytest.approx(f[-1])  # the density is the mean of what each adds
        g += sign * own
    agree([found.left, found.right], f, rel=1e-8)
    agree(found.se, np.sqrt(np.mean((g - g.mean()) ** 2) / n), rel=1e-8)
    agree(found.z, (f[1] - f[0]) / found.se, rel=1e-8)


@pytest.mark.proves("cutoff.density_test", "simulation, size")
def test_where_nobody_was_moved_the_density_test_seldom_says_so(agree):
    rejected = [
        density_test(np.random.default_rng([7, seed]).normal(0.3, 1, 500), 0).p_value < 0.05
        for seed in range(300)
    ]
    agree(np.mean(rejected), 0.05, abs=0.04, rel=0)


def test_pupils_who_were_moved_over_the_cut_off_are_seen():
    rng = np.random.default_rng(3)
    x = rng.normal(size=1000)
    moved = np.where((x > -0.15) & (x < 0) & (rng.random(1000) < 0.7), -x, x)
    assert density_test(x, 0).p_value > 0.05
    assert count_test(x, 0).p_value > 0.05
    assert density_test(moved, 0).p_value < 0.01
    assert count_test(moved, 0).p_value < 0.01


@pytest.mark.proves("cutoff.count_test", "SciPy binomtest")
def test_the_nearest_pupils_are_counted_as_coins(agree):
    for seed in range(20):
        x = np.random.default_rng(seed).normal(0.2, 1, 200)
        found = count_test(x, 0)
        assert found.left + found.right == 40
        assert found.left == np.sum((x < 0) & (np.abs(x) <= found.width))
        agree(found.p_value, binomtest(found.left, 40).pvalue)


def test_whole_scores_are_counted_from_halfway_between_them():
    x = np.repeat(np.arange(-20, 20), 5)  # the cut-off itself belongs to the right
    found = count_test(x, 0)
    assert (found.left, found.right, found.p_value) == (20, 20, 1.0)
    assert found.width == 3.5


# ---------------------------------------------------------------- what makes it believable


@pytest.mark.proves("cutoff.covariate_checks", "statsmodels 0.15.0 multipletests, Holm")
def test_each_covariate_is_looked_at_and_the_number_of_looks_counts(agree):
    y, x, d, _ = pupils(10)
    X = np.column_stack([np.random.default_rng(1).normal(size=(len(x), 2)), y + x * d])
    found = covariate_checks(X, x, 0, names=("a", "b", "c"))
    assert [c.name for c in found] == ["a", "b", "c"]
    for check, column in zip(found, X.T, strict=True):
        assert check.kind is Kind.COVARIATE
        assert check.jump == sharp(column, x, 0)
    p = [c.jump.p_value for c in found]
    agree([c.p_holm for c in found], multipletests(p, method="holm")[1], rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_that_of_statsmodels(p):
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-12)


def test_a_covariate_that_is_the_same_for_everyone_has_a_reason():
    _, x, _, _ = pupils(11)
    (found,) = covariate_checks(np.full(len(x), 3.0), x, 0)
    assert found.jump is None
    assert found.p_holm is None
    assert "voor iedereen gelijk" in found.reason["nl"]


def test_placebo_cut_offs_use_one_side_only():
    y, x, _, _ = pupils(12, n=800, jump=50.0)
    for check, side in zip(placebo_checks(y * (x > 0), x, 0), (x < 0, x >= 0), strict=True):
        assert check.at == np.median(x[side])
        assert check.jump is None or sum(check.jump.n) == side.sum()
    below, above = placebo_checks(np.where(x < 0, 0.0, y), x, 0)
    assert below.jump is None  # the same for everyone there
    assert above.jump is not None


def test_other_bandwidths_and_a_donut_keep_the_rest_as_it_was():
    y, x, d, _ = pupils(13, n=600)
    chosen = Bandwidths(0.8, 1.2)
    half, double = bandwidth_checks(y, x, 0, chosen)
    assert half.jump == sharp(y, x, 0, bandwidths=Bandwidths(0.4, 0.6))
    assert double.jump == sharp(y, x, 0, bandwidths=Bandwidths(1.6, 2.4))
    donut = donut_check(y, x, 0, chosen, treated=d)
    rest = np.abs(x) > 0.08
    expected = fuzzy(y[rest], d[rest], x[rest], 0, bandwidths=chosen).ratio
    assert donut.jump == expected
    assert donut.at == pytest.approx(0.08)


def test_a_donut_takes_out_the_nearest_whole_score_of_both_sides():
    rng = np.random.default_rng(14)
    x = rng.integers(-30, 30, 900).astype(float)
    y = x / 30 + rng.normal(size=900)
    found = donut_check(y, x, 0, Bandwidths(8.0, 12.0))
    assert found.at == 1
    assert sum(found.jump.n) == np.sum(np.abs(x) > 1)


# ---------------------------------------------------------------- bad input


def test_everything_wrong_with_the_scores_is_said_at_once():
    with pytest.raises(DataError) as error:
        check_running([1.0, 2.0, np.nan, np.nan], 3.0, "toets")
    missing, outside = error.value.faults
    assert (missing.column, missing.count, outside.column) == ("toets", 2, "toets")
    assert "kant van de grens" in outside.rule["nl"]
    with pytest.raises(DataError, match="ontbreekt"):
        check_running([np.nan, np.nan], 0.0)
    with pytest.raises(DataError, match="geen scores"):
        check_running([], 0.0)
    with pytest.raises(DataError, match="kant van de grens"):
        check_running([1.0, 2.0], np.nan)


def test_too_few_different_scores_are_refused_with_another_way():
    rng = np.random.default_rng(1)
    x = rng.integers(-9, 20, 500).astype(float)
    with pytest.raises(DataError, match="9 onder de grens en 20 erop") as error:
        sharp(rng.normal(size=500), x, 0)
    assert "venster" in error.value.faults[0].remedy["nl"]


def test_mass_points_are_told_and_the_bandwidth_holds_ten_scores():
    rng = np.random.default_rng(2)
    x = rng.integers(-25, 25, 2000).astype(float)
    y = np.cos(x) * 5 + rng.normal(size=2000)  # a wild curve asks for a small bandwidth
    found = sharp(y, x, 0)
    assert Flag.MASS_POINTS in found.flags
    assert found.bandwidths.h > 10 - 1
    assert len(np.unique(x[(x < 0) & (x > -found.bandwidths.h)])) >= 10
    assert Flag.MASS_POINTS in density_test(x, 0).flags


def test_too_few_pupils_near_the_cut_off_give_no_answer():
    y, x, _, _ = pupils(15)
    with pytest.raises(DataError, match="minder dan tien leerlingen"):
        sharp(y, x, 0, bandwidths=Bandwidths(0.02, 0.5))
    with pytest.raises(DataError, match="minder dan tien leerlingen"):
        density_test(x, 0, h=(0.5, 0.02))


def test_missing_values_and_other_lengths_are_named():
    y, x, _, school = pupils(16)
    gone = np.where(np.arange(len(y)) < 3, np.nan, y)
    for call, name in (
        (lambda: sharp(gone, x, 0), "y"),
        (lambda: sharp(y[:-1], x, 0), "y"),
        (lambda: fuzzy(y, gone, x, 0), "treated"),
        (lambda: sharp(y, x, 0, covariates=gone), "covariates"),
        (lambda: sharp(y, x, 0, cluster=[None, *school[1:]]), "cluster"),
    ):
        with pytest.raises(DataError) as error:
            call()
        assert [fault.column for fault in error.value.faults] == [name]


def test_where_taking_part_does_not_change_there_is_no_ratio():
    y, x, _, _ = pupils(17)
    d = np.random.default_rng(1).integers(0, 2, len(x))
    with pytest.raises(DataError, match="niet duidelijk wie meedoet"):
        fuzzy(y, d, x, 0)
    with pytest.raises(DataError, match="niet duidelijk wie meedoet"):
        fuzzy(y, np.ones(len(x)), x, 0)


def test_a_weak_first_stage_and_few_schools_are_told():
    rng = np.random.default_rng(5)
    y, x, _, school = pupils(18, n=900)
    d = rng.random(900) < np.where(x >= 0, 0.55, 0.32)
    found = fuzzy(y, d, x, 0, bandwidths=Bandwidths(1.0, 1.5))
    assert 4 < found.F < 10
    assert Flag.WEAK in found.ratio.flags
    assert Flag.FEW_CLUSTERS in sharp(y, x, 0, cluster=school % 6).flags
    assert Flag.FEW_CLUSTERS not in sharp(y, x, 0, cluster=school).flags
