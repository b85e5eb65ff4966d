"""How wrong would it have to be: against published values, brute force, and as theorems."""

import html
import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from rows import schools
from scipy import optimize, stats

import academic_workplace as aw
from academic_workplace.effects.regression import arms_of, regress
from academic_workplace.evidence import sensitivity as room
from academic_workplace.evidence.sensitivity import (
    Benchmark,
    Scale,
    Seen,
    Side,
    Statistic,
    e_value,
    matched_set_bounds,
    omitted_from_fit,
    omitted_variable,
    placebo,
    rosenbaum_bounds,
    sensitivities,
)
from academic_workplace.linear import least_squares
from academic_workplace.moments import collect
from academic_workplace.plan import parse_plan
from academic_workplace.report import sensitivity as report

HERE = Path(__file__).parent / "reference"
KNOWN = json.loads((HERE / "sensitivity.json").read_text())
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before", "girl")
)
PRINTED = 0.5e-2  # numbers of two decimals


# ---------------------------------------------------------------- E-value


@pytest.mark.proves("evidence.e_value", "VanderWeele & Ding (2017), three examples")
@pytest.mark.parametrize("example", KNOWN["e-value"]["expected"])
def test_e_values_are_those_of_the_paper(example, agree):
    found = e_value(*example["given"])
    agree([found.value, found.limit], [example["value"], example["limit"]], rel=0, abs=PRINTED)


@pytest.mark.proves("evidence.e_value", "smallest confounder, searched for")
@pytest.mark.parametrize("ratio", [0.2, 0.8, 1.01, 1.7, 6.0])
def test_no_weaker_confounder_explains_the_ratio(ratio, agree):
    size = max(ratio, 1 / ratio)

    def short(a):  # the bias of a confounder a with either (Ding & VanderWeele, 2016)
        return a * a / (2 * a - 1) - size

    agree(e_value(ratio).value, optimize.brentq(short, 1, 100, xtol=1e-14), rel=1e-10)


def test_effects_of_other_kinds_become_risk_ratios_first():
    assert e_value(0.5, scale="standardised difference").ratio == math.exp(0.455)
    assert e_value(4.0, scale=Scale.ODDS_RATIO).ratio == 4
    assert e_value(4.0, scale=Scale.ODDS_RATIO, common=True).ratio == 2
    assert e_value(4.0, scale=Scale.HAZARD_RATIO).ratio == 4
    common = e_value(0.56, scale=Scale.HAZARD_RATIO, common=True).ratio
    assert common == pytest.approx((1 - 0.5**0.56**0.5) / (1 - 0.5 ** (1 / 0.56) ** 0.5))
    risks = e_value(0.1, scale=Scale.RISK_DIFFERENCE, base_risk=0.2)
    assert risks.ratio == pytest.approx(1.5)
    assert risks.value == pytest.approx(e_value(1.5).value)


@given(st.floats(-3, 3), st.floats(0.001, 2), st.floats(-2, 2))
def test_e_values_follow_the_interval(d, half, true):
    found = e_value(d, d - half, d + half, scale="standardised difference", true=true)
    holds = d - half <= true <= d + half
    assert (found.limit == 1) == (
        holds or e_value(math.exp(0.91 * (abs(d - true) - half))).value == 1
    )
    assert 1 <= found.limit <= found.value
    mirror = e_value(-d, -d - half, -d + half, scale="standardised difference", true=-true)
    assert mirror.value == pytest.approx(found.value)
    assert mirror.limit == pytest.approx(found.limit)
    ratio = e_value(math.exp(0.91 * (d - true)))
    assert found.value == pytest.approx(ratio.value)
    further = e_value(true + 2 * (d - true), scale="standardised difference", true=true)
    assert further.value >= found.value


def test_without_limits_there_is_no_e_value_of_a_limit():
    assert e_value(2.0).limit is None
    assert e_value(2.0, high=4.0).limit is None
    assert e_value(2.0, low=0.0).limit == 1
    endless = e_value(0.3, -math.inf, math.inf, scale="standardised difference")
    assert endless.limit == 1
    assert e_value(1.0, 0.5, 2.0).limit == e_value(1.0).value == 1


def test_impossible_ratios_are_named_all_at_once():
    with pytest.raises(aw.PlanError) as error:
        e_value(-1.0, math.nan, "9", true=0)
    assert [f.column for f in error.value.faults] == ["estimate", "low", "high", "true"]
    with pytest.raises(aw.PlanError, match="niet tussen de grenzen"):
        e_value(2.0, 2.5, 3.0)
    with pytest.raises(aw.PlanError, match="risk ratio"):
        e_value(2.0, scale="risk")
    with pytest.raises(aw.PlanError) as error:
        e_value(0.5, 0.1, 0.6, scale="risk difference")
    assert [f.column for f in error.value.faults] == ["base_risk", "low, high"]


# ---------------------------------------------------------------- Rosenbaum bounds


def lead():
    known = KNOWN["rosenbaum-lead"]
    return np.subtract(known["treated"], known["comparison"]), known["expected"]


@pytest.mark.proves("evidence.rosenbaum_bounds", "Rosenbaum (2002), lead in 33 pairs of children")
def test_bounds_of_lead_in_children_are_those_of_the_book(agree):
    d, expected = lead()
    found = rosenbaum_bounds(d, gammas=expected["gamma"], side="greater", exact=False)
    agree([b.p_high for b in found], expected["p_high"], rel=0, abs=0.5e-4)
    ends = [(b.estimate_low, b.estimate_high) for b in found]
    agree(ends, expected["estimates"], rel=1e-12)  # the estimates are printed whole
    assert found[0].p_low < 0.0001
    assert 4.25 < found.critical < 4.5


def enumerated(score, up, chance):
    """P(T >= t) over all signs."""
    t, total = score[up].sum(), 0.0
    for signs in itertools.product((False, True), repeat=len(score)):
        on = np.array(signs)
        if score[on].sum() >= t - 1e-9:
            total += chance ** on.sum() * (1 - chance) ** (~on).sum()
    return total


@pytest.mark.proves("evidence.rosenbaum_bounds", "all signs counted")
@pytest.mark.parametrize("d", [[1.5, -2, 3, 4, 0, 2, 2, -1], [5, 4, 3, 2, 1], [-3, 1, 1, -1, 7]])
def test_small_samples_are_counted_out(d, agree):
    d = np.array(d, dtype=float)
    ranks = stats.rankdata(np.abs(d))[d != 0]
    up = d[d != 0] > 0
    for bias in rosenbaum_bounds(d, gammas=[1, 1.7, 4], side=Side.GREATER):
        chance = bias.gamma / (1 + bias.gamma)
        agree(bias.p_high, enumerated(ranks, up, chance), rel=1e-12)
        agree(bias.p_low, enumerated(ranks, up, 1 - chance), rel=1e-12)


@pytest.mark.proves("evidence.rosenbaum_bounds", "scipy 1.17, wilcoxon and binomtest")
def test_without_bias_the_tests_are_those_of_scipy(agree):
    d = np.random.default_rng(3).normal(0.4, 1, 200).round(1)
    ours = rosenbaum_bounds(d, gammas=[1], side="greater", exact=False)
    assert (d == 0).any()
    scipy = stats.wilcoxon(d, zero_method="pratt", alternative="greater", method="asymptotic")
    agree(ours[0].p_high, scipy.pvalue, rel=1e-10)
    agree(ours[0].p_low, scipy.pvalue, rel=1e-10)
    whole = d[d != 0][:25] + np.arange(25) / 1000  # no ties
    exact = stats.wilcoxon(whole, alternative="two-sided", method="exact")
    agree(rosenbaum_bounds(whole, gammas=[1])[0].p_high, exact.pvalue, rel=1e-10)
    k, n = int(np.sum(d > 0)), int(np.sum(d != 0))
    for gamma in (1.0, 1.5):
        sign = rosenbaum_bounds(d, gammas=[gamma], statistic="sign", side="greater")
        test = stats.binomtest(k, n, gamma / (1 + gamma), alternative="greater")
        agree(sign[0].p_high, test.pvalue, rel=1e-10)
    walsh = [(d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d))]
    agree(ours[0].estimate_low, np.median(walsh), rel=1e-9)


def test_discordant_pairs_of_zeros_and_ones_make_mcnemars_test_whatever_the_statistic():
    # Hammond's smokers: of 122 pairs in which one died of lung cancer, in 110 the smoker
    d = np.repeat([1.0, -1.0, 0.0], [110, 12, 40])
    sign = rosenbaum_bounds(d, gammas=[4, 5, 6], statistic="sign", side="greater")
    assert [round(b.p_high, 3) for b in sign] == [0.002, 0.023, 0.097]
    rank = rosenbaum_bounds(d, gammas=[4, 5, 6], side="greater", exact=True)
    assert [b.p_high for b in rank] == pytest.approx([b.p_high for b in sign], rel=1e-9)
    assert sign[0].estimate_low is None
    assert sign.differing == 122


DIFFERENCES = st.lists(st.integers(-6, 8), min_size=2, max_size=14).filter(any)


@settings(max_examples=40)
@given(DIFFERENCES, st.sampled_from(list(Side)), st.sampled_from(list(Statistic)))
def test_more_bias_widens_every_bound(d, side, statistic):
    found = rosenbaum_bounds(d, gammas=[1, 1.3, 2, 5], side=side, statistic=statistic)
    high, low = ([getattr(b, name) for b in found] for name in ("p_high", "p_low"))
    tiny = 1e-12
    assert all(a <= b + tiny for a, b in itertools.pairwise(high))
    assert all(a >= b - tiny for a, b in itertools.pairwise(low))
    assert found[0].p_high == pytest.approx(found[0].p_low)
    if statistic is Statistic.SIGNED_RANK:
        ends = [(b.estimate_low, b.estimate_high) for b in found]
        assert all(a[0] >= b[0] - 1e-9 and a[1] <= b[1] + 1e-9 for a, b in itertools.pairwise(ends))
        assert ends[0][0] == pytest.approx(ends[0][1], abs=1e-9)
        mirror = rosenbaum_bounds(np.negative(d), gammas=[2], side=side)
        assert mirror[0].estimate_low == pytest.approx(-ends[2][1], abs=1e-9)
    order = rosenbaum_bounds(sorted(d), gammas=[1, 1.3, 2, 5], side=side, statistic=statistic)
    assert order.table().equals(found.table())


@settings(max_examples=30)
@given(DIFFERENCES.filter(lambda d: sum(d) > 0))
def test_at_the_critical_gamma_p_is_alpha(d):
    found = rosenbaum_bounds(d, side="greater", alpha=0.1)
    if found.critical is None:
        assert rosenbaum_bounds(d, gammas=[1], side="greater")[0].p_high > 0.1
        return
    at = rosenbaum_bounds(d, gammas=[found.critical], side="greater")
    assert at[0].p_high == pytest.approx(0.1, abs=1e-9)


def test_many_pairs_go_by_the_normal_distribution_that_is_close_by_then():
    d = np.random.default_rng(4).normal(0.5, 1, 55)
    exact, near = (rosenbaum_bounds(d, side="greater", exact=so) for so in (True, False))
    assert (exact.exact, near.exact) == (True, False)
    assert exact.critical == pytest.approx(near.critical, rel=0.02)
    large = rosenbaum_bounds(np.random.default_rng(5).normal(0.2, 1, 4000))
    assert not large.exact
    assert large.critical > 1


@pytest.mark.proves("evidence.matched_set_bounds", "every hidden bias of zeros and ones tried")
def test_the_worst_bias_of_a_matched_set_is_found(agree):
    rng = np.random.default_rng(6)
    treated = rng.normal(0.5, 1, 30)
    others = [rng.normal(size=k) for k in rng.integers(1, 5, 30)]
    gamma = 2.0
    mean = variance = 0.0
    for a, x in zip(treated, others, strict=True):
        r = np.append(x, a)
        q = [r[i] - np.delete(r, i).mean() for i in range(len(r))]
        best = (-math.inf, 0.0)
        for u in itertools.product((0, 1), repeat=len(r)):
            w = gamma ** np.array(u) / np.sum(gamma ** np.array(u))
            best = max(best, (w @ q, w @ np.square(q) - (w @ q) ** 2))
        mean, variance = mean + best[0], variance + best[1]
    total = sum(a - x.mean() for a, x in zip(treated, others, strict=True))
    expected = stats.norm.sf((total - mean) / math.sqrt(variance))
    agree(matched_set_bounds(treated, others, gammas=[gamma], side="greater")[0].p_high, expected)


def test_of_two_biases_as_bad_on_average_the_more_variable_one_counts(agree):
    # of scores 0, 2, 3 the mean under weights 1, w, 2 is 2 whatever w; the variance is largest at 1
    found = matched_set_bounds([3.0] * 5, [[0.0, 2.0]] * 5, gammas=[2], side="greater")
    variance = 1.5**2 * (4 + 0 + 2) / 4
    agree(found[0].p_high, stats.norm.sf((5 * 2 - 5 * 0.5) / math.sqrt(5 * variance)), rel=1e-12)


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=9).filter(lambda d: min(map(abs, d)) > 0.01))
def test_sets_of_two_are_pairs(d):
    pairs = rosenbaum_bounds(d, statistic="mean", gammas=[1, 2])
    sets = matched_set_bounds(d, [[0.0]] * len(d), gammas=[1, 2])
    for a, b in zip(pairs, sets, strict=True):
        assert (a.p_low, a.p_high) == pytest.approx((b.p_low, b.p_high))
    assert (pairs.critical or 0) == pytest.approx(sets.critical or 0)


def test_pairs_that_tell_nothing_are_refused_with_the_reason():
    with pytest.raises(aw.DataError, match="geen enkel paar"):
        rosenbaum_bounds([0, 0])
    with pytest.raises(aw.DataError, match="Aantal rijen: 1"):
        rosenbaum_bounds([1, math.nan])
    with pytest.raises(aw.DataError, match="een of meer"):
        matched_set_bounds([1, 2], [[1.0]])
    with pytest.raises(aw.DataError, match="geen enkel paar"):
        matched_set_bounds([1, 2], [[1.0], [2.0, 2.0]])
    with pytest.raises(aw.PlanError) as error:
        rosenbaum_bounds([1, 2], gammas=[0.5], alpha=0)
    assert [f.column for f in error.value.faults] == ["gammas", "alpha"]
    with pytest.raises(aw.PlanError, match="signed rank"):
        rosenbaum_bounds([1, 2], statistic="rank")


# ---------------------------------------------------------------- something left out


def compare(found, expected, agree):
    shown = expected["stats"]
    agree(found.partial_r2, shown["r2yd_x"])
    agree([found.robustness, found.robustness_alpha], [shown["rv_q"], shown["rv_qa"]])
    names = {
        "r2_treatment": "r2dz_x",
        "r2_outcome": "r2yz_dx",
        "estimate": "adjusted_estimate",
        "se": "adjusted_se",
    }
    assert len(found.bounds) == len(expected["bounds"])
    for bound, known in zip(found.bounds, expected["bounds"], strict=True):
        for ours, theirs in names.items():
            # shares are kept to 15 decimals
            agree(getattr(bound, ours), known[theirs], rel=1e-8, abs=1e-12)
        # its limits take df degrees of freedom, where its own robustness value takes df - 1
        limits = [known["adjusted_lower_CI"], known["adjusted_upper_CI"]]
        assert [bound.low, bound.high] == pytest.approx(limits, abs=1e-4 * known["adjusted_se"])


@pytest.mark.proves("evidence.omitted_variable", "sensemakr, Darfur (its vignette)")
def test_the_numbers_of_darfur_are_those_of_sensemakr(agree):
    expected = KNOWN["sensemakr-darfur"]["expected"]
    stats_, r2 = expected["stats"], expected["r2"]
    female = Benchmark("female", r2["dxj"], r2["yxj"])
    found = omitted_variable(
        estimate=stats_["estimate"], se=stats_["se"], df=783, benchmarks=[female]
    )
    compare(found, expected, agree)
    printed = [found.partial_r2, found.robustness, found.robustness_alpha]
    assert [round(100 * x, 2) for x in printed] == [2.19, 13.88, 7.63]


def lalonde():
    table = pd.read_csv(HERE / "data" / "lalonde.csv")
    for race in ("black", "hispan"):
        table[race] = (table.race == race).astype(float)
    names = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]
    plan = aw.Plan(outcome="re78", treatment="treat", cluster="row_id", covariates=tuple(names))
    (m,) = collect(table, plan).samples
    return least_squares(m, ["treat=1", *names], absorb=False)


@pytest.mark.proves("evidence.omitted_variable", "PySensemakr 0.0.8, lalonde, from moments")
def test_bounds_from_moments_are_those_of_sensemakr_on_rows(agree):
    fit = lalonde()

    def found(names, **more):
        return omitted_from_fit(fit, "treat=1", {name: [name] for name in names}, **more)

    whole = found(["black", "married", "re74"], times=[0.1, 0.2])
    compare(whole, KNOWN["sensemakr-lalonde"]["expected"], agree)
    half = found(["educ", "married", "re74"], q=0.5, alpha=0.1)
    bounds = [half.bound(b, kd, ky) for b in half.benchmarks for kd, ky in ((1, 1), (2, 3))]
    half = replace(half, bounds=tuple(bounds))
    compare(half, KNOWN["sensemakr-lalonde-half"]["expected"], agree)
    both = omitted_from_fit(fit, "treat=1", {"earnings": ["re74", "re75"]}, times=[1, 2])
    compare(both, KNOWN["sensemakr-lalonde-group"]["expected"], agree)


STRENGTH = st.floats(0.001, 0.6)


@given(st.floats(-2, 2).filter(lambda x: abs(x) > 0.01), st.floats(0.02, 1), st.floats(10, 900),
       st.floats(0.1, 1))  # fmt: skip
def test_adjusting_by_the_robustness_value_leaves_just_nothing(estimate, se, df, q):
    found = omitted_variable(estimate=estimate, se=se, df=df, q=q)
    left, *_ = found.adjusted(found.robustness, found.robustness)
    assert left == pytest.approx((1 - q) * estimate, abs=1e-7 * abs(estimate))
    assert 0 <= found.robustness_alpha <= found.robustness <= 1
    all_of_y, *_ = replace(found, q=1.0).adjusted(found.partial_r2, 1.0)
    assert all_of_y == pytest.approx(0, abs=1e-7 * abs(estimate))


@settings(max_examples=40)
@given(st.floats(0.01, 2), st.floats(0.02, 1), st.floats(10, 900), st.floats(1, 4),
       st.floats(2, 60))  # fmt: skip
def test_adjusting_by_the_robustness_value_of_the_limit_brings_the_limit_to_nothing(
    estimate, se, df, inflation, few
):
    clustered = {"clustered_se": inflation * se, "clustered_df": few}
    for more in ({}, clustered):
        found = omitted_variable(estimate=estimate, se=se, df=df, **more)
        low = found.adjusted(0.0, 0.0)[2]
        assert (found.robustness_alpha == 0) == (low <= 0)
        R = found.robustness_alpha
        if R == 0:
            continue
        # no Z of that strength or weaker with the outcome leaves a higher limit than the worst
        worst = min(found.adjusted(R, y)[2] for y in np.linspace(0, R, 1001))
        assert worst == pytest.approx(0, abs=1e-4 * estimate)


@given(st.floats(0.05, 2), st.floats(0.02, 1), st.floats(10, 900), st.floats(1, 4), STRENGTH)
def test_the_line_of_the_picture_is_where_the_estimate_or_its_limit_is_nothing(
    estimate, se, df, inflation, d
):
    found = omitted_variable(
        estimate=-estimate, se=se, df=df, clustered_se=inflation * se, clustered_df=9.0
    )
    y = found.outcome_needed(d)
    assert (y is None) == (found.adjusted(d, 1.0)[0] < -1e-12)
    if y is not None:
        assert found.adjusted(d, y)[0] == pytest.approx(0, abs=1e-7 * estimate)
    near = found.outcome_needed(d, limit=True)
    if near is None:
        assert max(found.adjusted(d, x)[3] for x in np.linspace(0, 1, 401)) < 0
    elif near > 0:
        assert found.adjusted(d, near)[3] == pytest.approx(0, abs=1e-6 * estimate)
        assert max(found.adjusted(d, x)[3] for x in np.linspace(0, near, 50)[:-1]) < 0
    else:
        assert found.adjusted(d, 0.0)[3] >= -1e-9


def with_hidden(seed=11):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=14, size=20, effect=0.5)
    z = 0.8 * table["offered"] + 0.3 * table["girl"] + rng.normal(size=len(table))
    return table.assign(z=z, after=table["after"] + 0.4 * z)


@pytest.mark.proves("evidence.omitted_variable", "the regression with the hidden column put in")
def test_with_the_true_strengths_the_adjusted_numbers_are_those_of_the_longer_regression(agree):
    table = with_hidden()

    def fit(names):
        (m,) = collect(table, replace(PLAN, covariates=names)).samples
        return least_squares(m, ["offered=1", *names], absorb=False)

    short, long = fit(("before", "girl")), fit(("before", "girl", "z"))
    (z,) = omitted_from_fit(long, "offered=1", {"z": ["z"]}).benchmarks
    found = omitted_from_fit(short, "offered=1", {})
    estimate, se, *_ = found.adjusted(z.r2_treatment, z.r2_outcome)
    longer = omitted_from_fit(long, "offered=1", {})
    agree([estimate, se], [longer.estimate, longer.se], rel=1e-9)


def test_a_category_is_one_benchmark_whatever_its_reference_level():
    table = with_hidden()
    kinds = pd.Series(np.arange(len(table)) % 3).map({0: "a", 1: "b", 2: "c"})
    table["kind"] = np.where(table["offered"] & (table["z"] > 0.5), "a", kinds)
    plan = replace(PLAN, covariates=("before", "kind"))
    (found,) = sensitivities(aw.estimate(table, plan))
    assert [b.name for b in found.omitted.benchmarks] == ["before", "kind"]
    table["kind"] = table["kind"].map({"a": "c", "b": "a", "c": "b"})
    (turned,) = sensitivities(aw.estimate(table, plan))
    for a, b in zip(found.omitted.benchmarks, turned.omitted.benchmarks, strict=True):
        assert (a.r2_treatment, a.r2_outcome) == pytest.approx((b.r2_treatment, b.r2_outcome))


@given(STRENGTH, STRENGTH, st.booleans())
def test_so_many_times_the_benchmark_is_just_enough(r2_d, r2_y, limit):
    benchmark = Benchmark("x", r2_d, r2_y)
    found = omitted_variable(estimate=0.5, se=0.1, df=200, benchmarks=[benchmark])
    k = found.times_needed(benchmark, limit=limit)
    before, after = (found.bound(benchmark, k * (1 + by)) for by in (-1e-6, 1e-6))

    def left(bound):  # the least that a Z so strong, or weaker with the outcome, leaves
        weaker = np.linspace(0, bound.r2_outcome, 300)
        return min(found.adjusted(bound.r2_treatment, y)[2 if limit else 0] for y in weaker)

    assert left(before) > 0
    assert after.estimate is None or left(after) <= 1e-4
    assert found.times_needed(benchmark, limit=True) <= found.times_needed(benchmark)


def test_what_does_not_go_with_the_programme_can_never_overturn_it():
    found = omitted_variable(estimate=0.5, se=0.1, df=200)
    assert found.times_needed(Benchmark("x", 0.0, 0.3)) is None
    assert found.times_needed(Benchmark("x", 0.3, 0.0)) is None
    unclear = omitted_variable(estimate=0.1, se=0.1, df=200)
    assert unclear.times_needed(Benchmark("x", 0.1, 0.1), limit=True) == 0
    assert found.bound(Benchmark("x", 0.6, 0.2), 1).estimate is None  # no Z is so strong
    assert found.bound(Benchmark("x", 0.1, 0.7), 1).capped


def test_impossible_numbers_of_a_regression_are_named_all_at_once():
    with pytest.raises(aw.PlanError) as error:
        omitted_variable(
            estimate=math.inf, se=0, df=1, clustered_se=-1, q=0, alpha=0.7, times=[0],
            benchmarks=[Benchmark("x", 1.0, 0.2)],
        )  # fmt: skip
    assert [f.column for f in error.value.faults] == [
        "estimate", "se", "df", "clustered_se", "clustered_se, clustered_df", "q", "alpha", "times",
        "benchmarks",
    ]  # fmt: skip
    with pytest.raises(aw.PlanError) as error:
        omitted_variable(estimate=1, se=1, df=9).adjusted(1.0, 2.0)
    assert [f.column for f in error.value.faults] == ["r2_treatment", "r2_outcome"]


# ---------------------------------------------------------------- of every effect


@pytest.fixture(scope="module")
def effects():
    return aw.estimate(with_hidden(), PLAN)


@pytest.mark.proves("evidence.sensitivities", "the parts, made by hand")
def test_every_effect_gets_what_can_be_said_of_it(effects, agree):
    (found,), effect, (m,) = sensitivities(effects), effects[0], effects.moments.samples
    own = e_value(effect.g, effect.g_low, effect.g_high, scale=Scale.STANDARDISED)
    agree([found.e_value.value, found.e_value.limit], [own.value, own.limit], rel=1e-15)
    fit = regress(m, PLAN, arms_of(m, PLAN), ["before", "girl"], interacted=False).fit
    by_hand = omitted_from_fit(
        fit, "offered=1", {"before": ["before"], "girl": ["girl"]}, clustered_se=effect.se,
        clustered_df=effect.df,
    )  # fmt: skip
    assert found.omitted == by_hand
    agree(found.omitted.estimate, effect.estimate)
    agree(found.omitted.adjusted(0.0, 0.0)[2], effect.low, rel=0.01)  # but for sqrt(df / (df - 1))
    assert found.pairs is None
    json.dumps(found.to_dict())


@pytest.mark.parametrize("inference", ["wild bootstrap", "randomisation", "CR2", "jackknife"])
def test_an_inference_without_degrees_of_freedom_takes_those_of_cr2(inference):
    table = with_hidden()
    plan = replace(PLAN, draws=99)
    found = sensitivities(aw.estimate(table, plan, inference=inference))[0].omitted
    own = aw.estimate(table, plan, inference=inference)[0]
    cr2 = aw.estimate(table, plan, inference="CR2")[0]
    expected = own if own.df is not None else cr2
    assert found.clustered_se == pytest.approx(expected.se)
    assert found.clustered_df == pytest.approx(expected.df)


def test_other_designs_get_what_fits_them():
    table = with_hidden()
    plain = sensitivities(aw.estimate(table, replace(PLAN, covariates=())))[0]
    assert plain.omitted.benchmarks == ()
    assert plain.omitted.robustness > 0
    means = sensitivities(aw.estimate(table, PLAN, method="cluster means"))[0]
    assert means.omitted is None
    assert means.e_value.value > 1
    table["block"] = pd.factorize(table["school"])[0] % 3
    blocks = sensitivities(aw.estimate(table, replace(PLAN, blocks=("block",))))[0]
    assert blocks.omitted.df == len(table) - 3 - 3
    few = table[table["school"].isin(sorted(table["school"].unique())[:4])]
    one = few[(few["offered"] == 0) | (few["school"] == few[few["offered"] == 1].school.min())]
    alone = sensitivities(aw.estimate(one, replace(PLAN, covariates=())))[0]
    assert alone.omitted is None
    assert alone.e_value.limit is None


def test_a_dose_weights_and_a_second_division_are_taken_as_they_are_estimated():
    table = with_hidden()
    rng = np.random.default_rng(2)
    table["hours"] = table["offered"] * (3 + pd.factorize(table["school"])[0] % 3)
    table["weight"] = rng.uniform(0.5, 2, len(table))
    table["street"] = rng.integers(0, 12, len(table))
    for more in (
        {"treatment": "hours", "dose": True}, {"weights": "weight"}, {"crossed": "street"},
        {"crossed": "street", "inference": "two-way CR1S"},
    ):  # fmt: skip
        effects = aw.estimate(table, replace(PLAN, draws=99, **more))
        (found,) = sensitivities(effects)
        assert found.omitted.estimate == pytest.approx(effects[0].estimate)
        own = effects[0].se
        assert found.omitted.clustered_se == pytest.approx(own)
        assert found.omitted.robustness > found.omitted.robustness_alpha > 0
        assert report.sure([found], "nl")


def test_scores_that_hardly_vary_within_the_arms_break_nothing():
    table = with_hidden()
    table["after"] = table["offered"] + 1e-4 * table["z"]
    (found,) = sensitivities(aw.estimate(table, PLAN))
    assert found.e_value is None
    assert found.omitted.robustness > 0.99
    table["after"] = table["offered"].astype(float)  # no spread at all
    (none,) = sensitivities(aw.estimate(table, PLAN))
    assert (none.e_value, none.omitted) == (None, None)
    assert report.appendix([none], "nl") == report.sure([none], "nl") == []


class Pairs:
    """A detail that has pairs."""

    pair_differences = np.array([1.0, math.nan, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1, 2, 3])

    def table(self):
        return pd.DataFrame()

    def explain(self, language="nl"):
        return language


PAIRED = Pairs.pair_differences[np.isfinite(Pairs.pair_differences)]


def test_a_detail_with_pairs_gets_rosenbaum_bounds(effects):
    detail = {("after", "", "1"): Pairs()}
    (found,) = sensitivities(replace(effects, details=detail))
    assert found.pairs.critical == rosenbaum_bounds(PAIRED).critical
    assert "differences" not in str(found.to_dict())


# ---------------------------------------------------------------- placebos


@pytest.mark.proves("evidence.placebo", "the same question of a table in which it is the outcome")
def test_a_placebo_outcome_is_the_same_plan_with_another_outcome(effects, agree):
    table = with_hidden()
    (found,) = placebo(effects, outcomes=["before"])
    own = aw.estimate(table, replace(PLAN, outcome="before", covariates=("girl",)))[0]
    for name in ("estimate", "se", "df", "low", "high", "p_value", "g"):
        agree(getattr(found.effect, name), getattr(own, name), rel=1e-9)
    moments = replace(effects, pupils=None)
    (again,) = placebo(moments, outcomes="before")
    agree(again.effect.estimate, own.estimate, rel=1e-9)
    agree(again.effect.se, own.se, rel=1e-9)


def test_the_baseline_is_the_placebo_when_none_is_named():
    table = with_hidden()
    plan = aw.Plan(outcome="after", treatment="offered", cluster="school", baseline="before",
                   covariates=("girl",), balance=("z",))  # fmt: skip
    effects = aw.estimate(table, plan)
    (found,) = placebo(effects)
    assert (found.outcome, found.kind.value) == ("before", "outcome")
    (z,) = placebo(effects, outcomes=["z"])
    own = replace(plan, outcome="z", baseline=None, covariates=("before", "girl"), balance=())
    assert z.effect.estimate == pytest.approx(aw.estimate(table, own)[0].estimate)
    assert z.seen is Seen.DIFFERENCE  # z was made to go with the programme
    with pytest.raises(aw.PlanError, match="z"):
        placebo(replace(effects, pupils=None), outcomes=["z"])


def test_in_the_long_layout_the_score_before_takes_the_place_of_the_outcome():
    table = with_hidden().reset_index(names="pupil")
    kept = ["pupil", "school", "offered", "girl"]
    long = pd.concat([
        table[kept].assign(wave=wave, score=table[name])
        for wave, name in (("start", "before"), ("end", "after"))
    ])  # fmt: skip
    plan = aw.Plan(outcome="score", treatment="offered", cluster="school", pupil="pupil",
                   wave="wave", baseline="start", waves=("end",), covariates=("girl",))  # fmt: skip
    effects = aw.estimate(long, plan)
    own = aw.estimate(table, replace(PLAN, outcome="before", covariates=("girl",)))[0]
    for known in (effects, replace(effects, pupils=None)):
        (found,) = placebo(known)
        assert found.effect.estimate == pytest.approx(own.estimate)
        assert found.label.nl == "score, start"


def test_a_category_can_be_a_placebo_by_its_level():
    table = with_hidden()
    table["kind"] = np.where(table["z"] > 0, "high", "low")
    effects = aw.estimate(table, replace(PLAN, covariates=("before", "kind")))
    for known in (effects, replace(effects, pupils=None)):
        (found,) = placebo(known, outcomes=["kind=high"])
        own = aw.estimate(
            table.assign(high=(table["kind"] == "high") * 1.0),
            replace(PLAN, outcome="high", covariates=("before",)),
        )[0]
        assert found.effect.estimate == pytest.approx(own.estimate)


def test_pupils_whom_the_programme_cannot_reach_are_asked_the_same(effects):
    rng = np.random.default_rng(12)
    others = schools(rng, clusters=40, size=60)
    plan = replace(PLAN, smallest_effect=0.6)
    (found,) = placebo(replace(effects, plan=plan), others=others)
    assert found.effect.estimate == aw.estimate(others, PLAN)[0].estimate
    assert found.kind.value == "group"
    assert found.seen is Seen.NOTHING
    worse = others.assign(after=others["after"] + others["offered"])
    (seen,) = placebo(effects, others=worse)
    assert seen.seen is Seen.DIFFERENCE
    (unsure,) = placebo(effects, others=schools(np.random.default_rng(14), clusters=8, size=6))
    assert unsure.seen is Seen.CANNOT_TELL


def test_what_cannot_be_a_placebo_is_named(effects):
    with pytest.raises(aw.PlanError, match="geen uitkomst"):
        placebo(effects)
    with pytest.raises(aw.PlanError) as error:
        placebo(effects, outcomes=["befor", "after"])
    assert len(error.value.faults) == 2
    assert "before" in str(error.value)
    with pytest.raises(aw.PlanError, match="geen effecten"):
        placebo(None)


# ---------------------------------------------------------------- words, picture, tables

NEVER = ("bewezen", "bewijst", "leidde", "proven", "proves", "led to", "significant", "nan", "inf")


def named(better="higher"):
    """The plan with words of its own."""
    text = """
    [design]
    treatment = "offered"
    cluster = "school"
    covariates = ["before", "girl"]
    [columns]
    girl = {nl = "meisje zijn", en = "being a girl"}
    before = {nl = "de score vooraf", en = "the score beforehand"}
    [[outcomes]]
    column = "after"
    label = {nl = "Rekenen", en = "Mathematics"}
    better = "BETTER"
    """
    return parse_plan(text.replace("BETTER", better))


def said(found, *parts):
    """Both sentences, with these parts in the Dutch one."""
    nl, en = found.explain("nl"), found.explain("en")
    assert nl != en
    for part in parts:
        assert part in nl
    for word in NEVER:
        assert word not in f"{nl} {en}".lower().split()
    with pytest.raises(aw.PlanError, match="taal"):
        found.explain("de")
    assert f"<p>{html.escape(nl, quote=False)}</p>" in found._repr_html_()
    return nl


def test_each_result_says_what_it_found_in_both_languages():
    said(e_value(3.9, 1.8, 8.7), "7,3 keer zo vaak", "Bij 3,0 keer")
    said(e_value(1.001), "1,03 keer")
    said(e_value(3.9, 0.8, 8.7), "kan toeval zijn")
    said(rosenbaum_bounds(np.arange(1, 13)), "meer dan", "keer zo veel kans")
    said(rosenbaum_bounds([1, -1, 2]), "kan toeval zijn")
    numbers = {"estimate": 0.09731582, "se": 0.02325654, "df": 783}
    female = Benchmark("vrouw", 0.009081065, 0.10903391)
    said(omitted_variable(**numbers, benchmarks=[female]), "Pas als dat 2,7", "‘vrouw’", "Bij 4,3")
    said(omitted_variable(**numbers), "14 procent")
    strong = Benchmark("x", 0.3, 0.5)
    said(omitted_variable(**numbers, benchmarks=[strong, female]), "Al als dat", "‘x’")
    weak = Benchmark("x", 0.0001, 0.0001)
    said(omitted_variable(**numbers, benchmarks=[weak]), "Ook als dat 20 keer zo sterk")
    said(omitted_variable(estimate=0.1, se=0.1, df=100), "kan toeval zijn")


def test_the_strongest_of_what_was_measured_is_named_by_its_label():
    (found,) = sensitivities(aw.estimate(with_hidden(), named()))
    k = {b.name: found.omitted.times_needed(b) for b in found.omitted.benchmarks}
    label = {"girl": "meisje zijn", "before": "de score vooraf"}[min(k, key=k.get)]
    text = said(found, f"‘{label}’")
    assert report.sure([found], "nl") == [text]
    assert report.sure([], "nl") == []


def test_what_is_not_clear_or_not_to_be_shown_has_no_item():
    table = with_hidden()
    dull = table.assign(after=np.random.default_rng(1).normal(size=len(table)))
    (unclear,) = sensitivities(aw.estimate(dull, named()))
    assert report.sure([unclear], "nl") == []
    said(unclear, "toeval")
    (found,) = sensitivities(aw.estimate(table, named()))
    hidden = replace(found, effect=replace(found.effect, pupils_arm=9))
    said(hidden, "minder dan 10 leerlingen")
    assert report.sure([hidden], "nl") == report.appendix([hidden], "nl") == []
    assert report.summary_table([hidden], "nl").rows[0][2:] == ("niet getoond",) * 5
    with pytest.raises(aw.PlanError, match="minstens 10"):
        hidden.picture()


def test_pairs_and_the_e_value_speak_where_no_regression_does(effects):
    (found,) = sensitivities(effects)
    pairs = replace(found, omitted=None, pairs=rosenbaum_bounds(PAIRED))
    said(pairs, "Van een paar")
    said(replace(found, omitted=None), "keer zo vaak voor")
    said(replace(found, omitted=None, e_value=None), "niet te zeggen")


def test_the_appendix_holds_every_number_of_its_picture():
    effects = aw.estimate(with_hidden(), named())
    (found,) = sensitivities(effects)
    found = replace(found, pairs=rosenbaum_bounds(PAIRED))
    for language in ("nl", "en"):
        blocks = report.appendix([found], language)
        kinds = [type(b).__name__ for b in blocks]
        assert kinds == ["Heading", "Paragraph", "Table", "Picture", "Table", "Table"]
        _, _, summary, picture, bounds, pairs = blocks
        assert len(summary.rows) == 1
        assert len(bounds.rows) == 6
        assert len(pairs.rows) == len(found.pairs)
        assert str(int(found.pairs.pairs)) not in pairs.caption  # beside who were left out it tells
        assert not any(block.wide for block in (summary, bounds, pairs))
        assert picture.alt.startswith(("Figuur", "Picture"))
        assert found.omitted.explain(language)[:20] in picture.alt
        assert picture.narrow_svg != picture.wide_svg
    row = report.appendix([found], "nl")[4].rows[0]
    low, high = found.omitted.bounds[0].low, found.omitted.bounds[0].high
    assert row[-1] == f"{low:.2f} tot {high:.2f}".replace(".", ",")
    capped = omitted_variable(estimate=1, se=0.1, df=50, benchmarks=[Benchmark("x", 0.1, 0.7)])
    assert report.omitted_table(capped, "nl").rows[0][-1] == "–"


def test_the_picture_shows_itself_alone_and_in_axes_of_the_caller(effects):
    (found,) = sensitivities(effects)
    for thing in (found, found.omitted):
        assert thing.picture("en").png.startswith(b"\x89PNG")
        texts = {t.get_text() for t in thing.plot(Figure().add_subplot()).texts}
        assert {"before", "girl"} <= texts
    plain = omitted_variable(estimate=1e-9, se=1, df=9)  # nothing at all to see
    assert report.omitted_picture(plain, "nl", narrow=True).axes
    many = [Benchmark("een heel lange naam van een kolom " * 3, 0.001 * i, 0.2) for i in range(9)]
    assert report.omitted_picture(
        omitted_variable(estimate=1, se=0.1, df=90, benchmarks=many), "nl"
    )


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_areas_have_their_names_within_them(language, narrow):
    benchmarks = [Benchmark("x", 0.02, 0.2), Benchmark("y", 0.001, 0.01)]
    inside = {"nl": "hier blijft niets over", "en": "nothing left here"}[language]
    for estimate, df in ((0.5, 200), (0.21, 50), (3.0, 400), (0.05, 30)):
        found = omitted_variable(estimate=estimate, se=0.1, df=df, benchmarks=benchmarks)
        (ax,) = report.omitted_picture(found, language, narrow=narrow).axes
        ax.figure.canvas.draw()
        boxes = [(t.get_text(), t.get_window_extent()) for t in ax.texts]
        for text, box in boxes:
            assert ax.bbox.x0 - 2 <= box.x0, text
            assert box.x1 <= ax.bbox.x1 + 2, text
        texts = [text for text, _ in boxes]
        named = sum(text in texts for text in (inside, *(
            {"nl": "vanaf deze lijn is er van het verschil niets over",
             "en": "from this line on nothing is left of the difference"}[language],)))  # fmt: skip
        assert named <= 1  # once: in the area, or above where there is no room


def test_placebos_say_whether_something_was_seen(effects):
    others = schools(np.random.default_rng(12), clusters=40, size=60)
    wide = replace(effects, plan=replace(PLAN, smallest_effect=0.6))
    said(placebo(wide, others=others), "ook (bijna) geen verschil")
    worse = others.assign(after=others["after"] + others["offered"])
    said(placebo(effects, others=worse), "toch een verschil (‘after’)", "voorzichtig")
    said(placebo(effects, outcomes=["before"]), "geen duidelijk verschil")
    both = placebo(effects, outcomes=["before"], others=worse)
    said(both, "bij 1 van de 2 vragen")
    for language in ("nl", "en"):
        assert len(report.placebo_table(both, language).rows) == 2
    hidden = replace(both, items=tuple(
        replace(x, effect=replace(x.effect, pupils_comparison=9)) for x in both
    ))  # fmt: skip
    said(hidden, "weten we niet")
    assert report.placebo_table(hidden, "nl").rows[0][2:] == ("niet getoond",) * 5


def test_the_room_lists_what_it_holds():
    assert all(hasattr(room, name) for name in room.__all__)
