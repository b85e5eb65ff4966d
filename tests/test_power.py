"""What a design can find: outside references, theorems, brute force, words and pictures."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import proportion_confint
from test_designs import DOSE, dosed, mentored
from test_designs import MENTORS as MENTORED

import academic_workplace as aw
from academic_workplace.evidence import (
    Design,
    Outcomes,
    Waves,
    clusters_needed,
    design_effect,
    design_of,
    minimum_detectable_effect,
    power,
    simulated_power,
)
from academic_workplace.evidence.power import _draws, curve, exceeds, precision
from academic_workplace.evidence.simulation import _pupils, _sizes
from academic_workplace.language import Text
from academic_workplace.report import planning
from academic_workplace.report.figures.planning import curve_picture
from academic_workplace.report.figures.style import NARROW, WIDE, png

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "reference" / "power.json").read_text())
A41 = REFERENCE["A41-power"]["expected"]
FORMULAS = REFERENCE["formulas"]["expected"]
BLOCKED = REFERENCE["PowerUpR-blocked"]["expected"]
CLUSTERPOWER = REFERENCE["clusterPower"]["expected"]
PUMP = REFERENCE["PUMP"]["expected"]
RTOL = 1e-8  # the stored values carry 15 digits; R's own pt is good to about 1e-12
Z = special.ndtri(0.975) + special.ndtri(0.80)

NINE = Design(clusters=9, pupils=25, icc=0.10)
FORTY = Design(clusters=40, pupils=20, icc=0.20, r2_pupils=0.5, r2_clusters=0.6, covariates=1)
SAXON = Design(
    clusters=83, classes=2, pupils=10, icc=0.18, icc_classes=0.06, share=0.4, covariates=1,
    r2_pupils=0.55, r2_classes=0.50, r2_clusters=0.45,
)  # fmt: skip
SITES = Design(
    clusters=20, pupils=15, icc=0.17, assigned="pupil", sites="random", heterogeneity=0.5
)
PUPILS = Design(clusters=1, pupils=250, icc=0, assigned="pupil")
MENTORS = Design(clusters=12, pupils=6, icc=0.15, one_arm=True)
DIPLOMAS = Design(
    clusters=45, blocks=15, pupils=258, icc=0.05, icc_blocks=0.4, r2_pupils=0.1, r2_clusters=0.7,
    covariates=3,
)  # fmt: skip


def smallest(design, **asked):
    """By the rule, as the software that we compare with."""
    return minimum_detectable_effect(design, **asked).by_rule


# ---------------------------------------------------------------- outside references


@pytest.mark.proves("evidence.minimum_detectable_effect", "PowerUpR 1.1.0, five designs (A41)")
def test_the_smallest_effect_is_that_of_powerupr(agree):
    agree(smallest(PUPILS), A41["individual_n250"], rel=RTOL)
    agree(smallest(FORTY), A41["cra2_J40_n20_icc20_R2w50_R2b60_g1"], rel=RTOL)
    few = Design(clusters=20, pupils=4, icc=0.20)
    agree(smallest(few, alpha=0.01), A41["cra2_J20_n4_icc20_alpha01"], rel=RTOL)
    agree(smallest(SAXON), A41["cra3_saxon"], rel=RTOL)
    agree(smallest(SITES), A41["blocked_random_J20_n15_icc17_om50"], rel=RTOL)


@pytest.mark.proves("evidence.power", "PowerUpR 1.1.0, clusters and three levels (A41)")
def test_power_is_that_of_powerupr(agree):
    agree(power(SAXON, 0.23).power, A41["cra3_saxon_power_es23"], rel=RTOL)
    design = Design(clusters=40, pupils=25, icc=0.15, r2_clusters=0.5, covariates=1)
    agree(power(design, 0.25).power, A41["cra2_power_es25_J40_n25_icc15_R2b50_g1"], rel=RTOL)


@pytest.mark.proves("evidence.clusters_needed", "PowerUpR 1.1.0 (A41)")
def test_the_number_of_schools_is_that_of_powerupr_before_it_rounds(agree):
    found = clusters_needed(FORTY, 0.25)
    agree(round(found.solution), A41["schools_needed_es25_icc20_n20_R2w50_R2b60_g1"], rel=0)
    # 52 schools have a power of .798: we give the first number that has the power asked for
    assert found.clusters == 53
    assert power(replace(FORTY, clusters=52), 0.25).power < 0.80 <= found.reached


@pytest.mark.proves("evidence.design_effect", "R 4.2.2 (A41)")
def test_the_design_effect_is_the_ratio_of_the_variances(agree):
    agree(design_effect(25, 0.20), A41["deff_n25_icc20"], rel=1e-12)
    for cv in (0.0, 0.7):
        design = Design(clusters=10, pupils=25, icc=0.20, cv=cv)
        alone = Design(clusters=1, pupils=250, icc=0, assigned="pupil")
        ratio = (precision(design)[0] / precision(alone)[0]) ** 2
        assert ratio == pytest.approx(design_effect(25, 0.20, cv=cv), rel=1e-12)


@pytest.mark.proves("evidence.minimum_detectable_effect", "worked values of the formula")
def test_worked_values_are_met(agree):
    twelve = Design(clusters=12, pupils=50, icc=0.15)
    as_printed = 7e-6  # five decimals
    agree(smallest(twelve), FORMULAS["mdes_12"], rel=as_printed)
    more = replace(twelve, r2_pupils=0.5, r2_clusters=0.6, covariates=1)
    agree(smallest(more), FORMULAS["mdes_12_covariates"], rel=2 * as_printed)


def test_few_schools_need_the_noncentral_t_and_not_the_normal_distribution():
    for schools in (6, 12):
        found = power(Design(clusters=schools, pupils=50, icc=0.15), 0.60)
        assert round(found.power, 2) == FORMULAS[f"power_{schools}"]
        normal = special.ndtr(0.60 / found.se - special.ndtri(0.975))
        assert round(normal, 2) == FORMULAS[f"normal_{schools}"]  # the fault of another tool


@pytest.mark.proves("evidence.power", "PowerUpR 1.1.0 manual, blocks of schools")
def test_blocked_designs_are_those_of_powerupr(agree):
    fixed = Design(clusters=220, blocks=5, pupils=20, icc=0.10, sites="fixed")
    agree(power(fixed, 0.145).power, BLOCKED["bcra3f2_power"], rel=7e-4)  # three decimals
    agree(power(fixed, 0.145).df, 5 * (44 - 2), rel=0)
    varied = Design(
        clusters=144, blocks=24, pupils=10, icc=0.10, icc_blocks=0.13, sites="random",
        heterogeneity=0.4,
    )  # fmt: skip
    agree(smallest(varied), BLOCKED["bcra3r2_mdes"], rel=2.1e-3)  # three decimals
    for sites, df in (("constant", 20 * 14 - 1), ("fixed", 20 * 13)):
        inside = Design(clusters=20, pupils=15, icc=0, assigned="pupil", sites=sites)
        agree(smallest(inside), BLOCKED["bira2_mdes"], rel=1.6e-3)  # three decimals
        assert precision(inside)[1] == df


@pytest.mark.proves("evidence.power", "clusterPower 0.7.0 manual, clusters and change")
def test_power_is_that_of_clusterpower(agree):
    # clusterPower leaves out the other tail: 1e-6 here
    design = Design(clusters=32, pupils=10, icc=0.1)
    agree(power(design, 1 / math.sqrt(5)).power, CLUSTERPOWER["normal_power"], rel=2e-6)
    change = Waves(correlation=0.7, correlation_clusters=0.5, comparison="change")
    ten = Design(clusters=10, pupils=100, icc=0.05, waves=change)
    arm = CLUSTERPOWER["did_clusters"]  # not whole, so by hand
    se, df = precision(ten)[0] * math.sqrt(5 / arm), 2 * (arm - 1)
    agree(exceeds(0.5 / se, df, special.stdtrit(df, 0.975)), 0.80, rel=2e-6)


@pytest.mark.proves("evidence.minimum_detectable_effect", "clusterPower 0.7.0 manual, yes or no")
def test_a_difference_of_proportions_has_the_standard_error_of_clusterpower(agree):
    difference = CLUSTERPOWER["binary_p2"] - 0.1
    design = Design(clusters=76, pupils=10, icc=0.1, proportion=0.1)
    agree(Z * precision(design, difference)[0], difference, rel=1e-5)  # six decimals
    found = minimum_detectable_effect(design)
    agree(found.effect, (found.effect / found.se) * precision(design, found.effect)[0], rel=1e-9)
    assert found.effect > difference  # by t, not by the normal distribution


@pytest.mark.proves("evidence.power", "clusterPower 0.7.0 manual, one arm in groups")
def test_one_arm_in_groups_has_the_variance_of_hedges_and_citkowicz(agree):
    # clusterPower gives single pupils variance 1, we the variance within groups: 0.9 as many do
    singles = 0.9 * CLUSTERPOWER["irgtt_controls"]
    design = Design(clusters=10, pupils=10, icc=0.1, one_arm=True, share=100 / (100 + singles))
    agree(Z * precision(design)[0], 0.5, rel=1e-5)
    a, b = 0.1 / 10 + 0.9 / 100, 0.9 / singles
    df = (a + b) ** 2 / (a**2 / 9 + b**2 / (singles - 1))  # Satterthwaite, of both arms
    agree(precision(design)[1], df, rel=1e-12)
    # variance = N / (N_T N_C) * eta, eta = 1 + (n N_C / N - 1) rho
    N_t, n, N = 100, 10, 100 + singles
    eta = 1 + (n * singles / N - 1) * 0.1
    agree(precision(design)[0] ** 2, N / (N_t * singles) * eta, rel=1e-12)


@pytest.mark.proves("evidence.power", "statsmodels 0.15, pupils by lot")
def test_power_for_pupils_is_that_of_statsmodels(agree):
    for share in (0.5, 0.3):
        design = Design(clusters=1, pupils=200, icc=0, assigned="pupil", share=share)
        ratio = (1 - share) / share
        other = TTestIndPower().power(0.4, 200 * share, 0.05, ratio)
        agree(power(design, 0.4).power, other, rel=1e-9)


@pytest.mark.proves("evidence.power", "PUMP 1.0.0 vignette, five outcomes by Holm")
def test_several_outcomes_are_those_of_pump(agree):
    # two decimals, 20,000 draws, and PUMP shifts a central t where we draw the noncentral one
    holm = Outcomes(number=5, correlation=0.4, correction="holm")
    found = power(replace(DIPLOMAS, outcomes=holm), 0.10)
    agree(power(DIPLOMAS, 0.10).power, PUMP["none"], rel=0.005)
    agree(found.power, PUMP["holm"], rel=0.01)
    agree(found.at_least_one, PUMP["holm_at_least_one"], rel=0.025)
    larger = replace(DIPLOMAS, clusters=63, blocks=21, outcomes=holm)
    agree(smallest(larger), PUMP["holm_mdes"], rel=0.01)


# ---------------------------------------------------------------- the arithmetic


def by_integral(ncp, df, t):
    """P(|T| <= t), integrating the normal over the distribution of the standard deviation."""

    def density(s):
        log = (df - 1) * math.log(s) - df * s * s / 2 + df / 2 * math.log(df / 2)
        inside = special.ndtr(t * s - ncp) - special.ndtr(-t * s - ncp)
        return inside * 2 * math.exp(log - special.gammaln(df / 2))

    end = 1 + 14 / math.sqrt(df)
    breaks = sorted({x for x in (ncp / t, (ncp + 6) / t, (ncp - 6) / t, 1.0) if 0 < x < end})
    return integrate.quad(density, 0, end, points=breaks, limit=400, epsabs=1e-13)[0]


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01, 0.001])
@pytest.mark.parametrize("df", [1, 2, 4, 7.5, 40, 1000])
def test_the_noncentral_t_is_right_in_its_tails_and_never_nan(alpha, df):
    t = float(special.stdtrit(df, 1 - alpha / 2))
    for ncp in (0.0, 0.1, 1.0, 2.8, 5.0, 7.43, 7.9, 8.3, 10.0, 30.0, 60.0, 500.0):
        found = exceeds(ncp, df, t)
        assert found == exceeds(-ncp, df, t)
        assert 1 - found == pytest.approx(by_integral(ncp, df, t), abs=1e-11)
    assert exceeds(0.0, df, t) == pytest.approx(alpha, rel=1e-9)


def test_far_out_only_the_standard_deviation_decides():
    t = float(special.stdtrit(1, 1 - 1e-5 / 2))
    far, farther = exceeds(1.0e5, 1, t), exceeds(1.1e5, 1, t)  # nctdtr gives NaN for the second
    assert math.isnan(special.nctdtr(1, -1.1e5, -t))
    assert far < farther < far + 0.05
    assert 1 - farther == pytest.approx(by_integral(1.1e5, 1, t), abs=1e-9)
    assert exceeds(1e9, 5, 2.6) == 1.0


designs = st.builds(
    Design,
    clusters=st.integers(4, 60),
    pupils=st.integers(1, 200),
    icc=st.floats(0, 0.9),
    cv=st.floats(0, 1.5),
    r2_clusters=st.floats(0, 0.9),
    r2_pupils=st.floats(0, 0.9),
    reliability=st.floats(0.3, 1),
)


@given(designs, st.floats(0.01, 3), st.floats(0.1, 0.95))
@settings(max_examples=60, deadline=None)
def test_power_grows_with_the_effect_and_the_smallest_effect_has_the_power_wanted(
    d, effect, wanted
):
    assert power(d, 0.0).power == pytest.approx(0.05, rel=1e-9)
    assert power(d, effect).power == power(d, -effect).power
    rounding = 1e-12  # near certainty
    assert power(d, effect).power <= power(d, 1.1 * effect).power + rounding
    twice = replace(d, clusters=2 * d.clusters)
    assert power(d, effect).power <= power(twice, effect).power + rounding
    found = minimum_detectable_effect(d, power=wanted)
    assert power(d, found.effect).power == pytest.approx(wanted, abs=1e-9)


@given(st.integers(1, 40), st.floats(0.1, 0.9), st.floats(0.2, 1.5))
@settings(max_examples=40, deadline=None)
def test_the_number_needed_is_the_first_that_has_the_power(pupils, icc, effect):
    d = Design(clusters=6, pupils=pupils, icc=icc, share=0.5)
    found = clusters_needed(d, effect)
    assert found.reached == power(replace(d, clusters=found.clusters), effect).power >= 0.80
    if found.clusters > 4:
        assert power(replace(d, clusters=found.clusters - 1), effect).power < 0.80


@pytest.mark.parametrize("alpha", [0.0001, 0.05, 0.5])
@pytest.mark.parametrize("wanted", [0.01, 0.5001, 0.9999])
def test_the_smallest_effect_is_found_at_the_edges_of_what_may_be_asked(alpha, wanted):
    for design in (replace(NINE, clusters=4), replace(NINE, clusters=5, covariates=2), PUPILS):
        if wanted > alpha:
            found = minimum_detectable_effect(design, power=wanted, alpha=alpha)
            t = float(special.stdtrit(found.df, 1 - alpha / 2))
            there = exceeds(found.effect / found.se, found.df, t)
            assert there == pytest.approx(wanted, rel=1e-6)


def test_blocks_grow_whole_and_too_many_schools_is_no_answer():
    pairs = Design(clusters=12, blocks=6, pupils=20, icc=0.1)
    found = clusters_needed(pairs, 0.3)
    assert found.clusters % 2 == 0
    assert found.reached >= 0.80
    uneven = Design(clusters=9, blocks=4, pupils=20, icc=0.1, sites="fixed")
    assert 9 in curve(uneven)["clusters"].to_list()  # with 8 schools in 4 blocks there is no test
    assert clusters_needed(uneven, 1.0).reached >= 0.80
    none = clusters_needed(NINE, 0.01)
    assert (none.clusters, none.solution, none.reached) == (None, None, None)
    assert clusters_needed(PUPILS, A41["individual_n250"]).clusters == 250


def test_unequal_sizes_count_as_the_variance_of_a_mean_over_pupils():
    sizes = np.array([5, 10, 15, 40, 60])
    n, cv = sizes.mean(), sizes.std() / sizes.mean()
    rho, N = 0.2, sizes.sum()
    # an arm's mean: cluster effects weigh n_i / N, pupils 1 / N
    arm = rho * np.sum((sizes / N) ** 2) + (1 - rho) / N
    found = precision(Design(clusters=10, pupils=n, icc=rho, cv=cv))[0] ** 2
    assert found == pytest.approx(2 * arm, rel=1e-12)


@given(st.integers(1, 4), st.integers(1, 4), st.floats(0, 0.95))
@settings(max_examples=40, deadline=None)
def test_waves_follow_from_their_covariance_matrix(before, after, c):
    R = np.full((before + after, before + after), c) + (1 - c) * np.eye(before + after)
    a = np.r_[np.zeros(before), np.full(after, 1 / after)]
    b = np.r_[np.full(before, 1 / before), np.zeros(after)]
    expected = {
        "post": a @ R @ a,
        "change": (a - b) @ R @ (a - b),
        "ancova": a @ R @ a - (a @ R @ b) ** 2 / (b @ R @ b),  # what b leaves of a
    }
    one = precision(NINE)[0] ** 2
    for comparison, factor in expected.items():
        waves = Waves(before=before, after=after, correlation=c, comparison=comparison)
        found = precision(replace(NINE, waves=waves))[0] ** 2
        assert found == pytest.approx(one * factor, rel=1e-9)


def test_ancova_on_means_is_teerenstras_formula():
    n, rho, c_pupils, c_clusters = 25, 0.1, 0.6, 0.8
    waves = Waves(correlation=c_pupils, correlation_clusters=c_clusters)
    r = n * rho / (1 + (n - 1) * rho) * c_clusters + (1 - rho) / (1 + (n - 1) * rho) * c_pupils
    ratio = (precision(replace(NINE, waves=waves))[0] / precision(NINE)[0]) ** 2
    assert ratio == pytest.approx(1 - r**2, rel=1e-12)
    assert precision(replace(NINE, waves=waves))[1] == precision(NINE)[1] - 1


def test_a_yes_or_no_outcome_varies_most_in_the_middle_and_may_have_no_answer():
    effects = [smallest(Design(clusters=20, pupils=25, icc=0.05, proportion=p)) for p in (0.1, 0.4)]
    assert effects[0] < effects[1]
    none = minimum_detectable_effect(Design(clusters=6, pupils=25, icc=0.3, proportion=0.9))
    assert (none.effect, none.by_rule, none.se) == (None, None, None)


# ---------------------------------------------------------------- several outcomes


def test_independent_outcomes_follow_from_the_power_of_one():
    # many degrees of freedom, so that the tests themselves are independent
    d = Design(clusters=1, pupils=20_000, icc=0, assigned="pupil")
    effect, m = 2.5 * precision(d)[0], 4
    single, strict = (power(d, effect, alpha=a).power for a in (0.05, 0.05 / m))
    outcomes = Outcomes(number=m, correlation=0.0, correction="none")
    found = power(replace(d, outcomes=outcomes), effect)
    error = 3 * math.sqrt(0.25 / outcomes.draws)
    assert found.power == single
    assert found.at_least_one == pytest.approx(1 - (1 - single) ** m, abs=error)
    assert found.every_one == pytest.approx(single**m, abs=error)
    for correction in ("bonferroni", "holm"):
        found = power(replace(d, outcomes=replace(outcomes, correction=correction)), effect)
        assert found.at_least_one == pytest.approx(1 - (1 - strict) ** m, abs=error)
    # two outcomes by Holm: found at the first step, or at the second after the other was found
    strict = power(d, effect, alpha=0.025).power
    two = power(replace(d, outcomes=replace(outcomes, number=2, correction="holm")), effect)
    assert two.power == pytest.approx(strict + (single - strict) * strict, abs=error)


def test_few_schools_and_outcomes_that_hang_together_agree_with_brute_force():
    rng, J, r, R = np.random.default_rng(5), 6, 0.6, 40_000
    L = np.linalg.cholesky(np.array([[1, r], [r, 1]]))
    means = rng.standard_normal((R, J, 2)) @ L.T
    arm = np.arange(J) % 2 == 1
    means[:, arm] += 2.0
    difference = means[:, arm].mean(axis=1) - means[:, ~arm].mean(axis=1)
    pooled = (means[:, arm].var(axis=1, ddof=1) + means[:, ~arm].var(axis=1, ddof=1)) / 2
    t = np.abs(difference) / np.sqrt(pooled * 2 / 3)
    first, second = special.stdtrit(4, 1 - 0.05 / np.array([4, 2]))
    large, small = t.max(axis=1), t.min(axis=1)
    one = large > first
    every = one & (small > second)
    outcomes = Outcomes(number=2, correlation=r, draws=40_000)
    found = power(Design(clusters=J, pupils=1, icc=0, outcomes=outcomes), 2.0)
    error = 3 * math.sqrt(2 * 0.25 / R)  # two simulations
    assert found.at_least_one == pytest.approx(one.mean(), abs=error)
    assert found.every_one == pytest.approx(every.mean(), abs=error)
    assert found.power == pytest.approx((one.mean() + every.mean()) / 2, abs=error)


def test_standard_deviations_are_right_on_average_with_fewer_degrees_of_freedom_than_outcomes():
    for df in (2, 3.5, 30):
        Z, s = _draws(Outcomes(number=5, correlation=0.5), df)
        error = 4 * math.sqrt(2 / df / len(s))
        assert (s**2).mean(axis=0) == pytest.approx(np.ones(5), abs=error)
        assert np.corrcoef(Z.T)[0, 4] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("clusters", [4, 12])  # 2 degrees of freedom for 3 outcomes, and 10
def test_westfall_young_keeps_the_level_and_gains_most_when_outcomes_hang_together(clusters):
    d = replace(NINE, clusters=clusters)
    close = Outcomes(number=3, correlation=0.9, correction="westfall-young")
    level = power(replace(d, outcomes=close), 0.0).at_least_one
    assert level == pytest.approx(0.05, abs=1e-3)
    by_holm = power(replace(d, outcomes=replace(close, correction="holm")), 0.8)
    assert power(replace(d, outcomes=close), 0.8).power > by_holm.power
    assert power(replace(d, outcomes=replace(close, correction="none")), 0.0).at_least_one > 0.06


def test_the_smallest_effect_with_several_outcomes_has_the_power_wanted_for_each():
    for correction in ("bonferroni", "holm", "westfall-young"):
        d = replace(NINE, outcomes=Outcomes(number=3, correction=correction))
        found = minimum_detectable_effect(d)
        assert power(d, found.effect).power == pytest.approx(0.80, abs=1e-3)
        assert found.effect > minimum_detectable_effect(NINE).effect


# ---------------------------------------------------------------- acting the plan out


def three_errors(share, replications):
    return 3 * math.sqrt(share * (1 - share) / replications)


@pytest.mark.proves("evidence.simulated_power", "noncentral t, balanced designs")
def test_a_balanced_plan_acted_out_agrees_with_the_noncentral_t(agree):
    replications = 250
    cases = [
        (Design(clusters=8, pupils=10, icc=0.1), 0.8),
        (Design(clusters=8, pupils=10, icc=0.1, waves=Waves(correlation=0.6)), 0.6),
        (MENTORS, 0.6),
        (Design(clusters=10, pupils=20, icc=0.05, proportion=0.3), 0.25),
    ]
    for design, effect in cases:
        found = simulated_power(design, effect, replications=replications, seed=11)
        room = three_errors(found.formula, replications)
        agree(found.power, found.formula, rel=0, abs=room)
        assert found.formula == power(design, effect).power
        assert found.low <= found.power <= found.high


@pytest.mark.proves("evidence.simulated_power", "statsmodels 0.15, Clopper-Pearson interval")
def test_the_interval_of_a_simulated_share_is_clopper_and_pearsons(agree):
    for effect in (0.8, 0.0, 9.0):
        found = simulated_power(NINE, effect, replications=30)
        other = proportion_confint(found.found, 30, method="beta")
        agree([found.low, found.high], other, rel=1e-12)
    assert found.high == 1.0


def test_acting_out_runs_the_method_and_inference_of_the_plan_under_its_seed():
    plan = aw.Plan(
        outcome="x", treatment="t", cluster="c", method="difference", inference="CR1S", seed=7
    )
    found = simulated_power(NINE, 0.8, plan=plan, replications=20)
    assert "CR1S" in found.method
    assert found.seed == 7
    assert found == simulated_power(NINE, 0.8, plan=plan, replications=20)
    other = simulated_power(NINE, 0.8, plan=plan, replications=20, seed=8)
    assert other.found != found.found
    normal = simulated_power(NINE, 0.8, replications=20, seed=7)
    assert "CR2" in normal.method


def test_acting_out_says_how_far_it_is():
    seen = []
    simulated_power(NINE, 0.5, replications=5, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(i, 5) for i in range(1, 6)]


def test_a_formula_that_flatters_the_plan_is_named():
    # 3 of 12 schools: CR2 has far fewer degrees of freedom than the formula
    lopsided = Design(clusters=12, pupils=10, icc=0.1, share=0.25)
    effect = minimum_detectable_effect(lopsided).effect
    cr2 = aw.Plan(outcome="y", treatment="arm", cluster="school", inference="CR2")
    found = simulated_power(lopsided, effect, plan=cr2, replications=300, seed=2)
    assert found.high < found.formula
    assert "te gunstig voor dit plan" in found.explain("nl")
    assert "too favourable for this plan" in found.explain("en")


def test_invented_pupils_have_the_spread_that_the_design_says():
    rng = np.random.default_rng(3)
    d = Design(
        clusters=400, classes=3, pupils=20, icc=0.15, icc_classes=0.05, blocks=100, icc_blocks=0.10
    )
    table = _pupils(d, 0.0, _sizes(d), rng)
    assert len(table) == 400 * 60
    assert table["outcome"].var() == pytest.approx(1.0, rel=0.05)
    between = table.groupby("cluster")["outcome"].mean()
    assert between.var() == pytest.approx(0.25 + 0.05 / 3 + 0.70 / 60, rel=0.2)
    block = table.groupby("block")["outcome"].mean().var()
    assert block == pytest.approx(0.10 + 0.15 / 4 + 0.05 / 12 + 0.70 / 240, rel=0.5)
    arms = table.groupby("cluster")["arm"].first().groupby(np.arange(400) * 100 // 400).mean()
    assert (arms == 0.5).all()  # by lot within every block
    mentors = Design(clusters=300, pupils=6, icc=0.3, one_arm=True)
    table = _pupils(mentors, 0.0, _sizes(mentors), rng)
    singles, grouped = (table[table["arm"] == arm] for arm in (0, 1))
    assert singles["cluster"].nunique() == len(singles) == 1800
    assert grouped["cluster"].nunique() == 300
    assert singles["outcome"].var() == pytest.approx(0.7, rel=0.1)  # they share nothing
    assert grouped["outcome"].var() == pytest.approx(1.0, rel=0.1)
    yes = Design(clusters=600, pupils=30, icc=0.2, proportion=0.3)
    answers = _pupils(yes, 0.2, _sizes(yes), rng)
    means = answers.groupby(["arm", "cluster"])["outcome"].mean().groupby("arm")
    assert means.mean().to_list() == pytest.approx([0.3, 0.5], abs=0.04)
    expected = [p * (1 - p) * (0.2 + 0.8 / 30) for p in (0.3, 0.5)]
    assert means.var().to_list() == pytest.approx(expected, rel=0.2)


def test_invented_covariates_and_waves_explain_what_the_design_says():
    rng = np.random.default_rng(4)
    d = Design(
        clusters=400, pupils=30, icc=0.2, r2_pupils=0.4, r2_clusters=0.5, reliability=0.8,
        covariates=2,
    )  # fmt: skip
    table = _pupils(d, 0.0, _sizes(d), rng)
    y = table["outcome"]
    assert np.cov(y, table["pupil"])[0, 1] == pytest.approx(math.sqrt(0.4 * 0.8), abs=0.03)
    assert np.cov(y, table["school"])[0, 1] == pytest.approx(math.sqrt(0.5 * 0.2), abs=0.05)
    assert abs(np.corrcoef(y, table["noise0"])[0, 1]) < 0.1
    rest = y - math.sqrt(0.4 * 0.8) * table["pupil"]
    within = rest.groupby(table["cluster"]).var().mean()
    assert within == pytest.approx(0.8 * 0.6 / 0.8, rel=0.05)
    waves = Waves(before=2, after=1, correlation=0.5, correlation_clusters=0.9)
    d = Design(clusters=600, pupils=30, icc=0.2, waves=waves)
    table = _pupils(d, 0.0, _sizes(d), rng)
    inside = table[["before", "outcome"]] - table.groupby("cluster")[
        ["before", "outcome"]
    ].transform("mean")
    expected = 0.5 / math.sqrt((1 + 0.5) / 2)  # of one wave with the mean of two
    assert inside.corr().iloc[0, 1] == pytest.approx(expected, abs=0.03)
    means = table.groupby("cluster")[["before", "outcome"]].mean()
    assert means.cov().iloc[0, 1] == pytest.approx(0.2 * 0.9 + 0.8 * 0.5 / 30, rel=0.2)
    change = replace(waves, before=1, comparison="change")
    table = _pupils(replace(d, waves=change), 0.0, _sizes(d), rng)
    assert table["outcome"].var() == pytest.approx(0.2 * 0.2 + 0.8 * 1.0, rel=0.1)


def test_effects_of_invented_sites_vary_as_the_design_says():
    d = Design(
        clusters=300, pupils=60, icc=0.3, assigned="pupil", sites="random", heterogeneity=0.5
    )
    table = _pupils(d, 0.4, _sizes(d), np.random.default_rng(6))
    means = table.groupby(["cluster", "arm"])["outcome"].mean().unstack()
    effects = means[1] - means[0]
    assert effects.mean() == pytest.approx(0.4, abs=0.1)
    assert effects.var() == pytest.approx(0.3 * 0.5 + 0.7 * 4 / 60, rel=0.25)


def test_invented_schools_have_the_sizes_asked_for():
    assert _sizes(Design(clusters=8, pupils=24.5, icc=0.1)).sum() == 8 * 24.5
    sizes = _sizes(Design(clusters=40, pupils=50, icc=0.1, cv=0.5))
    assert sizes.mean() == pytest.approx(50, rel=0.01)
    assert sizes.std() / sizes.mean() == pytest.approx(0.5, rel=0.01)


def test_what_cannot_be_acted_out_is_said():
    waves = Waves(correlation=0.5)
    with pytest.raises(aw.PlanError) as refused:
        simulated_power(
            Design(clusters=8, pupils=10, icc=0.1, proportion=0.3, waves=waves), 0.1, replications=0
        )
    assert [f.column for f in refused.value.faults] == ["replications", "proportion"]


# ---------------------------------------------------------------- the design of a plan


def test_the_design_of_a_plan_counts_its_pupils():
    plan = aw.read_plan(HERE.parent / "data" / "levensvaardigheden" / "plan.toml")
    pupils = aw.check(aw.read(plan.data), plan)
    d = design_of(plan, pupils, icc=0.1)
    sizes = np.bincount(pupils.clusters.codes[pupils.at_start])
    assert (d.clusters, d.treated_share, d.blocks) == (12, 0.5, 0)
    assert d.pupils == pytest.approx(sizes.mean())
    assert d.cv == pytest.approx(sizes.std() / sizes.mean())
    assert d.covariates == 1  # schoolweging; the other covariates vary within schools
    assert d.icc == 0.1


def test_the_design_of_a_plan_by_pupil_takes_schools_as_sites():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({
        "school": np.repeat(np.arange(5), 8), "arm": np.tile([0, 0, 0, 1], 10),
        "after": rng.normal(size=40),
    })  # fmt: skip
    plan = aw.Plan(
        outcome="after", treatment="arm", cluster="school", blocks="school", assigned="pupil"
    )
    d = design_of(plan, aw.check(table, plan), icc=0.2)
    assert (d.clusters, d.pupils, d.treated_share, d.cv) == (5, 8, 0.25, 0)
    assert (str(d.assigned), str(d.sites), d.blocks) == ("pupil", "random", 0)
    one = design_of(plan, aw.check(table[table["school"] == 0], plan), icc=0.2)
    assert one.individual
    assert one.icc == 0


def test_blocks_and_several_primary_outcomes_are_counted_too():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({
        "school": np.repeat(np.arange(8), 4), "arm": np.repeat([0, 1] * 4, 4),
        "pair": np.repeat(np.arange(4), 8), "a": rng.normal(size=32), "b": rng.normal(size=32),
    })  # fmt: skip
    plan = aw.Plan(
        outcome=("a", "b"), primary=("a", "b"), treatment="arm", cluster="school", blocks="pair"
    )
    d = design_of(plan, aw.check(table, plan), icc=0.1)
    assert (d.clusters, d.blocks, d.outcomes.number) == (8, 4, 2)


@pytest.mark.parametrize("assigned", ["cluster", "pupil"])
def test_where_the_comparison_stands_alone_only_the_groups_are_counted(assigned):
    table = mentored(1, groups=8, singles=40)
    plan = replace(MENTORED, assigned=assigned)
    d = design_of(plan, aw.check(table, plan), icc=0.15)
    sizes = table.groupby("group").size()
    assert (d.one_arm, d.clusters, str(d.assigned)) == (True, 8, "cluster")
    assert (d.pupils, d.cv) == pytest.approx((sizes.mean(), sizes.std(ddof=0) / sizes.mean()))
    assert d.treated_share == pytest.approx(table["offered"].mean())
    assert d.pupils_in_all == pytest.approx(len(table))


def test_what_no_design_of_two_arms_can_hold_is_refused_in_one_sentence():
    hours = aw.check(dosed(1), DOSE)
    assert columns(lambda: design_of(DOSE, hours, icc=0.1)) == ["dose"]
    table = mentored(1)
    turned = table.assign(offered=1 - table["offered"])
    plan = replace(MENTORED, alone=("1",))
    pupils = aw.check(turned, plan)
    assert columns(lambda: design_of(plan, pupils, icc=0.1)) == ["alone"]


# ---------------------------------------------------------------- bad input


def columns(call):
    with pytest.raises(aw.PlanError) as refused:
        call()
    return [fault.column for fault in refused.value.faults]


def test_every_fault_of_a_design_is_named_at_once():
    wrong = {
        "clusters": 2.5, "pupils": math.nan, "icc": 1.0, "share": 0, "assigned": "school",
        "sites": "all", "cv": -1, "heterogeneity": math.inf, "reliability": 0, "proportion": 1,
        "blocks": -1, "covariates": True, "classes": "2", "r2_pupils": 1, "icc_blocks": -0.1,
    }  # fmt: skip
    assert sorted(columns(lambda: Design(**wrong))) == sorted(wrong)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"clusters": 3}, ["clusters"]),
        ({"clusters": 9, "share": 0.2}, ["clusters"]),
        ({"clusters": 1}, ["clusters"]),
        ({"clusters": 1, "one_arm": True}, ["clusters"]),
        ({"icc": 0.6, "icc_classes": 0.4, "classes": 2}, ["icc"]),
        ({"icc_classes": 0.1}, ["icc_classes"]),
        ({"icc_blocks": 0.1}, ["icc_blocks"]),
        ({"blocks": 5}, ["blocks"]),
        ({"heterogeneity": 0.1}, ["heterogeneity"]),
        ({"sites": "random"}, ["sites"]),
        ({"assigned": "pupil", "pupils": 1}, ["pupils"]),
        ({"assigned": "pupil", "clusters": 1}, ["icc"]),
        ({"assigned": "pupil", "blocks": 3, "classes": 2, "one_arm": True},
         ["blocks", "classes", "one_arm", "one_arm", "one_arm"]),
        ({"covariates": 7}, ["clusters"]),
        ({"blocks": 3, "sites": "random", "covariates": 2}, ["clusters"]),
        ({"clusters": 3, "icc": 0.5, "icc_classes": 0.6, "sites": "fixed"},
         ["clusters", "icc", "icc_classes", "sites"]),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_a_fault(fields, expected):
    assert columns(lambda: Design(**{"clusters": 9, "pupils": 25, "icc": 0.1} | fields)) == expected


def test_waves_and_outcomes_that_cannot_be_are_faults():
    assert columns(lambda: Waves(correlation=1, before=-1, after=0, comparison="did")) == [
        "comparison", "before", "after", "correlation",
    ]  # fmt: skip
    assert columns(lambda: Waves(correlation=0.5, before=0)) == ["before"]
    assert Waves(correlation=0.5, before=0, comparison="post").before == 0
    wrong = {"correction": "tukey", "number": 21, "draws": 9, "seed": -1, "correlation": 1}
    assert columns(lambda: Outcomes(**wrong)) == list(wrong)


def test_questions_that_cannot_be_asked_are_faults():
    assert columns(lambda: power(NINE, math.nan, alpha=0)) == ["alpha", "effect"]
    assert columns(lambda: clusters_needed(NINE, 0, power=1)) == ["power", "effect"]
    assert columns(lambda: minimum_detectable_effect(NINE, power=0.04)) == ["power"]
    share = replace(NINE, proportion=0.9)
    assert columns(lambda: power(share, 0.2)) == ["effect"]
    found = columns(lambda: minimum_detectable_effect(NINE, smallest_effect=-1))
    assert found == ["smallest_effect"]


NO_NUMBER = [None, "x", [1], math.nan, 1e300, 10**400, 1j]


@pytest.mark.parametrize("x", NO_NUMBER, ids=repr)
def test_what_is_no_ordinary_number_is_named_in_every_field(x):
    needed = [
        "clusters", "pupils", "icc", "classes", "icc_classes", "blocks", "icc_blocks", "cv",
        "covariates", "r2_pupils", "r2_classes", "r2_clusters", "r2_effect", "reliability",
        "heterogeneity",
    ]  # fmt: skip
    assert sorted(columns(lambda: Design(**dict.fromkeys(needed, x)))) == sorted(needed)
    assert columns(lambda: design_effect(x, x, cv=x)) == ["pupils", "icc", "cv"]
    assert columns(lambda: minimum_detectable_effect(NINE, power=x, alpha=x)) == ["alpha", "power"]
    assert columns(lambda: simulated_power(NINE, 0.3, replications=x)) == ["replications"]


def test_another_kind_of_thing_is_named():
    wrong = {"waves": 0.5, "outcomes": "x", "one_arm": 1, "cluster_label": "schools"}
    assert columns(lambda: Design(clusters=9, pupils=25, icc=0.1, **wrong)) == list(wrong)
    assert columns(lambda: power("x", 0.3)) == ["design"]
    assert columns(lambda: Design(clusters=9, pupils=25, icc=0.1, assigned=[1])) == ["assigned"]
    faults = columns(lambda: simulated_power(NINE, 0.3, plan=1, seed=-1, progress=1))
    assert faults == ["plan", "seed", "progress"]
    assert columns(lambda: Design(clusters=9, pupils=25, icc=0.1, reliability=1e-308)) == [
        "reliability"
    ]
    assert simulated_power(NINE, 0.3, replications=2.0).replications == 2


def test_faults_are_told_in_both_languages():
    with pytest.raises(aw.PlanError) as refused:
        Design(clusters=3, pupils=25, icc=2)
    assert "zijn ten minste 2 scholen nodig, dus samen minstens 4." in refused.value.explain("nl")
    assert "a number from 0 and below 1" in refused.value.explain("en")


# ---------------------------------------------------------------- words


def test_the_question_is_answered_the_users_way_round():
    found = minimum_detectable_effect(NINE)
    assert found.explain("nl").startswith(
        "Met 9 scholen en 25 leerlingen per school kunt u een verschil van 0,81 (in"
        " standaarddeviaties) of groter meestal zien (8 van de 10 keer)."
    )
    assert found.explain("en").startswith(
        "With 9 schools and 25 pupils per school you can usually see a difference of 0.81 (in"
        " standard deviations) or larger (8 times out of 10)."
    )
    assert "4 scholen met en 5 zonder het programma; ICC 0,10" in found.explain("nl")


def test_what_readers_are_told_keeps_its_promise_with_few_schools():
    # the rule gives 1.98, which 4 schools see 77 times out of 100
    four = minimum_detectable_effect(replace(NINE, clusters=4))
    assert four.by_rule < four.effect
    assert round(power(four.design, four.by_rule).power, 2) == 0.77
    assert "2,09" in four.explain("nl")
    assert ("4", "100", "2,09") in planning.curve_table(four, "nl").rows


def test_an_effect_that_education_hardly_has_takes_more_schools():
    four = minimum_detectable_effect(replace(NINE, clusters=4))
    nl = "Zo’n groot verschil komt in het onderwijs bijna nooit voor: dit zijn te weinig scholen."
    en = "hardly ever occurs in education: these are too few schools."
    assert nl in four.explain("nl")
    assert en in four.explain("en")
    assert nl not in minimum_detectable_effect(NINE).explain("nl")
    yes = minimum_detectable_effect(Design(clusters=24, pupils=25, icc=0.05, proportion=0.1))
    assert "standaarddeviaties" not in yes.explain("nl")
    assert "dan ziet u er toch één in 5 van de 100 keer." in four.explain("nl")
    assert "if there is no difference, you still see one 5 times out of 100." in four.explain("en")


def test_what_can_be_seen_is_rounded_up_and_never_down():
    # 0.30 exactly would be seen a little less often than promised
    for effect, expected in ((0.3001, "0,31"), (0.30, "0,30"), (0.2999, "0,30")):
        assert planning.size_of(NINE, effect, "nl", up=True) == expected


def test_a_difference_that_matters_but_cannot_be_seen_is_said_with_the_schools_it_takes():
    found = minimum_detectable_effect(NINE, smallest_effect=0.30)
    assert found.power_there == power(NINE, 0.30).power
    assert found.clusters == clusters_needed(NINE, 0.30).clusters
    assert "Zo’n klein verschil is met deze scholen niet goed te zien: 18 van de 100 keer." in (
        found.explain("nl")
    )
    assert f"Daarvoor zijn ongeveer {found.clusters} scholen nodig." in found.explain("nl")
    assert "cannot be seen well with these schools: 18 times out of 100." in found.explain("en")
    large = minimum_detectable_effect(NINE, smallest_effect=0.90)
    assert "Ook het kleinste verschil dat ertoe doet (0,90) is met deze scholen te zien" in (
        large.explain("nl")
    )


def test_every_design_has_its_own_words():
    cases = {
        "Met 250 leerlingen": PUPILS,
        "Met 12 groepen van 6 leerlingen en 72 leerlingen zonder groep": MENTORS,
        "Met 83 scholen met elk 2 klassen van 10 leerlingen": SAXON,
        "Met 9 klassen en gemiddeld 25 leerlingen per klas": replace(
            NINE, cv=0.2, cluster_label=Text("klassen", "classes")
        ),
    }
    for start, design in cases.items():
        assert minimum_detectable_effect(design).explain("nl").startswith(start)
    yes = minimum_detectable_effect(Design(clusters=24, pupils=25, icc=0.05, proportion=0.1))
    assert "Dat is van 10 naar 23 van de 100 leerlingen." in yes.explain("nl")
    none = minimum_detectable_effect(Design(clusters=6, pupils=25, icc=0.3, proportion=0.9))
    assert "zelfs het grootst mogelijke verschil niet goed te zien" in none.explain("nl")


def test_covariates_that_cost_degrees_of_freedom_are_named():
    one = power(replace(NINE, covariates=1), 0.5)
    assert "; 1 kenmerk van scholen meegerekend;" in one.explain("nl")
    assert "; 1 covariate of schools counted;" in one.explain("en")
    two = replace(PUPILS, covariates=2)
    assert "; 2 kenmerken van leerlingen meegerekend;" in power(two, 0.5).explain("nl")
    assert "; 2 covariates of pupils counted;" in power(two, 0.5).explain("en")
    assert "kenmerk" not in power(NINE, 0.5).explain("nl")


def test_a_small_effect_is_never_said_to_be_nothing():
    many = Design(clusters=100_000, pupils=25, icc=0.1)
    found = power(many, 0.0001)
    assert "really is 0.00010 (in standard deviations)." in found.explain("en")
    needed = clusters_needed(many, 0.0001)
    assert needed.clusters is None
    assert "Even 100,000 schools are too few" in needed.explain("en")
    assert clusters_needed(many, 0.008).clusters > 10_000  # it has so many itself
    yes = Design(clusters=40, pupils=25, icc=0.1, proportion=0.3)
    assert "0,10 van de 100" in power(yes, 0.001).explain("nl")


def test_an_average_of_pupils_is_shown_as_it_was_used():
    half = Design(clusters=9, pupils=2.5, icc=0.1)
    assert "9 scholen en gemiddeld 2,5 leerlingen" in power(half, 0.5).explain("nl")


def test_power_and_numbers_needed_are_said_in_counts():
    assert "ziet u dat dan 42 van de 100 keer." in power(NINE, 0.5).explain("nl")
    assert "you then see it 42 times out of 100." in power(NINE, 0.5).explain("en")
    needed = clusters_needed(NINE, 0.5).explain("nl")
    assert "zijn 20 scholen en 25 leerlingen per school nodig." in needed
    assert "10 scholen met en 10 zonder het programma" in needed
    assert "Zelfs 10.000 scholen zijn daarvoor te weinig." in clusters_needed(NINE, 0.01).explain()
    several = power(replace(NINE, outcomes=Outcomes(number=3)), 0.5).explain("nl")
    assert "elk van de 3 uitkomsten" in several
    assert "(Holm)" in several
    assert "Ten minste één van de 3" in several


@pytest.mark.parametrize(
    ("share", "nl", "en"),
    [
        (0.8, "8 van de 10 keer", "8 times out of 10"),
        (0.1, "1 van de 10 keer", "1 time out of 10"),
        (0.37, "37 van de 100 keer", "37 times out of 100"),
        (0.01, "1 van de 100 keer", "1 time out of 100"),
        (0.001, "minder dan 1 van de 100 keer", "less than once in 100"),
        (0.9999, "meer dan 99 van de 100 keer", "more than 99 times out of 100"),
    ],
)
def test_a_chance_is_a_count(share, nl, en):
    assert planning.times(share, "nl") == nl
    assert planning.times(share, "en") == en


ANSWERS = [
    minimum_detectable_effect(NINE, smallest_effect=0.3),
    minimum_detectable_effect(NINE, smallest_effect=0.9),
    minimum_detectable_effect(SITES),
    minimum_detectable_effect(Design(clusters=6, pupils=25, icc=0.3, proportion=0.9)),
    power(replace(NINE, outcomes=Outcomes(number=3, draws=500)), 0.5),
    power(NINE, 2.0),
    clusters_needed(NINE, 0.5),
    clusters_needed(NINE, 0.01),
    clusters_needed(PUPILS, 0.2),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_an_answer_shows_itself_without_a_number_that_is_none(answer):
    for language in ("nl", "en"):
        words = answer.explain(language)
        assert "nan" not in words.lower()
        assert "None" not in words
        assert "bewezen" not in words
        table = planning.curve_table(answer, language)
        assert all(row[0] in planning.alternative(answer, language) for row in table.rows)
    assert answer.explain("nl") in answer._repr_html_()
    plain = answer.to_dict()
    assert plain["design_icc"] == answer.design.icc
    assert json.loads(json.dumps(plain)) == plain


# ---------------------------------------------------------------- picture and table


def test_the_table_asks_the_same_question_for_other_numbers_of_schools():
    table = minimum_detectable_effect(NINE).table()
    assert list(table.columns) == ["clusters", "pupils", "se", "df", "effect", "power"]
    assert 9 in table["clusters"].to_list()
    row = table[table["clusters"] == 12].iloc[0]
    twelve = replace(NINE, clusters=12)
    assert row["effect"] == minimum_detectable_effect(twelve).effect
    assert (row["se"], row["df"], row["pupils"]) == (*precision(twelve), 300)
    chances = clusters_needed(NINE, 0.5).table()
    assert (
        chances.set_index("clusters")["power"][20] == power(replace(NINE, clusters=20), 0.5).power
    )
    pairs = curve(Design(clusters=12, blocks=6, pupils=20, icc=0.1))
    assert (pairs["clusters"] % 2 == 0).all()
    assert (pairs["df"] == pairs["clusters"] / 2 - 1).all()
    far = clusters_needed(NINE, 0.03)
    assert far.clusters > 1000
    assert far.table()["clusters"].max() < 100  # too far off for the picture


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.parametrize("narrow", [False, True])
def test_the_picture_names_its_points_and_no_word_leaves_it(answer, narrow):
    for language in ("nl", "en"):
        figure = curve_picture(answer, language, narrow=narrow)
        assert figure.get_size_inches()[0] == (NARROW if narrow else WIDE)
        figure.canvas.draw()
        edge = figure.bbox
        texts = figure.axes[0].texts
        for text in texts:
            box = text.get_window_extent()
            assert edge.x0 - 1 <= box.x0 <= box.x1 <= edge.x1 + 1, text.get_text()
            assert edge.y0 - 1 <= box.y0 <= box.y1 <= edge.y1 + 1, text.get_text()
        shown = {text.get_text() for text in texts}
        table = planning.curve_table(answer, language)
        mine = "250" if answer.design.individual else str(answer.design.clusters)
        own = [row for row in table.rows if row[0] == mine]
        if answer.effect is not None:
            assert {own[0][0], own[0][-1]} <= shown


def test_numbers_in_the_picture_do_not_lie_on_each_other():
    for answer in ANSWERS:
        figure = curve_picture(answer, "nl", narrow=True)
        figure.canvas.draw()
        numbers = [t for t in figure.axes[0].texts if t.get_text().replace(",", "").isdigit()]
        boxes = [t.get_window_extent() for t in numbers]
        apart = [a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i]]
        assert not any(apart)


def test_a_picture_is_drawn_on_given_axes_and_for_a_notebook():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    found = minimum_detectable_effect(NINE)
    assert found.plot(ax, language="en") is ax
    picture = found.picture("nl")
    assert picture.png == png(curve_picture(found, "nl"))
    assert picture.alt.startswith("Figuur met per aantal scholen: kleinste verschil")
    assert "9: 0,81" in picture.alt
