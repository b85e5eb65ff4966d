"""Standardised differences of independent pupils: outside references, theorems, and bad input."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, special, stats

import academic_workplace as aw
from academic_workplace import sizes
from academic_workplace.sizes.size import noncentral_limits

REFERENCE = Path(__file__).parent / "reference"
SIZES = json.loads((REFERENCE / "sizes.json").read_text())
A01 = SIZES["A01-hedges-g"]["expected"]
MTCARS = SIZES["effectsize-mtcars"]
SEARCH = 1e-7  # effectsize and R's uniroot stop their search for a limit at about this distance
PRINTED = 0.005  # two decimals


@pytest.fixture(scope="module")
def girls_boys():
    """Language scores of girls and boys in bdf, and of pupils with a minority background or not."""
    with (REFERENCE / "data" / "bdf.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row["langPOST"]) for row in rows if row["sex"] == s]) for s in "10"]


values = arrays(float, st.integers(3, 8), elements=st.integers(-50, 50).map(float)).filter(
    lambda x: np.ptp(x) > 0
)


# ---- outside references ----


@pytest.mark.proves("sizes.hedges_g", "effectsize 0.8.3, bdf (A01)")
def test_hedges_g_and_its_interval_are_those_of_effectsize(agree, girls_boys):
    found = sizes.hedges_g(*girls_boys)
    agree(found.g, A01["effectsize_g"], rel=1e-12)
    agree([found.low, found.high], [A01["effectsize_g_lo"], A01["effectsize_g_hi"]], rel=SEARCH)
    agree([found.low, found.high], [A01["g_lo"], A01["g_hi"]], rel=SEARCH)
    d = sizes.hedges_g(*girls_boys, factor="none")
    agree(d.g, A01["effectsize_d"], rel=1e-12)
    agree([d.low, d.high], [A01["effectsize_d_lo"], A01["effectsize_d_hi"]], rel=SEARCH)


@pytest.mark.proves("sizes.hedges_g", "What Works Clearinghouse formulas, bdf (A01)")
@pytest.mark.proves("sizes.hedges_g", "baselinr 0.6.0, printed example")
def test_the_factor_and_error_of_the_clearinghouse_are_met(agree, girls_boys):
    agree(sizes.hedges_g(*girls_boys, factor="wwc").g, A01["g_wwc"], rel=1e-12)
    agree(sizes.hedges_g(*girls_boys).se, A01["se_wwc"], rel=1e-12)
    printed = SIZES["baselinr"]["expected"]["g_567_456_wwc"]
    agree(sizes.hedges_g([5, 6, 7], [4, 5, 6], factor="wwc").g, printed, rel=1e-12)


@pytest.mark.proves("sizes.hedges_g_from_summary", "effectsize 0.8.3, bdf (A01)")
def test_summary_numbers_give_the_same_g(agree, girls_boys):
    t, c = girls_boys
    found = sizes.hedges_g_from_summary(
        mean_t=t.mean(), sd_t=t.std(ddof=1), n_t=len(t),
        mean_c=c.mean(), sd_c=c.std(ddof=1), n_c=len(c),
    )  # fmt: skip
    agree(found.g, A01["effectsize_g"], rel=1e-12)
    agree([found.low, found.high], [A01["effectsize_g_lo"], A01["effectsize_g_hi"]], rel=SEARCH)


@pytest.mark.proves("sizes.glass_delta", "formula in R 4.2.2, bdf (A01)")
@pytest.mark.proves("sizes.glass_delta", "effectsize 1.0, mtcars, two decimals")
def test_glass_delta_is_that_of_effectsize(agree, girls_boys):
    agree(sizes.glass_delta(*girls_boys).value, A01["glass_delta"], rel=1e-12, of="A01")
    small = sizes.glass_delta(MTCARS["data"]["automatic"], MTCARS["data"]["manual"])
    agree(
        [small.value, small.low, small.high],
        MTCARS["expected"]["glass_delta"],
        0,
        PRINTED,
        "mtcars",
    )


@pytest.mark.proves("sizes.hedges_g", "effectsize 1.0, mtcars, two decimals")
def test_hedges_g_of_a_small_sample_is_that_of_effectsize(agree):
    small = sizes.hedges_g(MTCARS["data"]["automatic"], MTCARS["data"]["manual"])
    agree([small.g, small.low, small.high], MTCARS["expected"]["hedges_g"], 0, abs=PRINTED)


@pytest.mark.proves("sizes.small_sample_factor", "gamma function in R 4.2.2 (A01)")
def test_the_exact_factor_is_that_of_the_gamma_function(agree):
    agree(sizes.small_sample_factor(A01["n1"] + A01["n0"] - 2), A01["J"], rel=1e-12)


def test_the_approximate_factor_is_the_other_one():
    # N = 10, 20, 40: formulas.md 1, as printed
    for df, expected in ((8, 0.903226), (18, 0.957746), (38, 0.980132)):
        assert sizes.Factor.WWC.of(df) == pytest.approx(expected, abs=5e-7)
    assert sizes.Factor.WWC.of(A01["n1"] + A01["n0"] - 2) == pytest.approx(A01["J_approx"])


# ---- theorems ----


@given(
    t=st.integers(-300, 300).map(lambda tenths: tenths / 10),
    df=st.integers(1, 500),
    level=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.999]),
)
def test_the_limits_invert_the_noncentral_t(t, df, level):
    low, high = noncentral_limits(t, df, level)
    assert low < high
    # as seen by the tail that is computed reliably: the one away from zero
    sign = 1 if t >= 0 else -1
    near, far = (low, high) if t >= 0 else (-high, -low)
    assert stats.nct.cdf(sign * t, df, near) == pytest.approx((1 + level) / 2, abs=1e-9)
    assert stats.nct.cdf(sign * t, df, far) == pytest.approx((1 - level) / 2, abs=1e-9)


def test_far_out_the_limits_are_finite_and_in_order():
    for df in (1, 2, 10, 1e5):
        for t in (0, 1e-120, 1e-3, 100, 1e4, -1e4):
            for level in (0.5, 0.95, 0.999):
                low, high = noncentral_limits(t, df, level)
                assert -1e6 < low < high < 1e6
                if 0 <= t < 1e-100:
                    normal = stats.norm.ppf((1 + level) / 2)
                    assert (low, high) == pytest.approx((-normal, normal), rel=1e-9)


@given(t=values, c=values, scale=st.sampled_from([0.01, 3.0, 1e6]), shift=st.integers(-9, 9))
def test_another_unit_leaves_a_size_as_it_is(t, c, scale, shift):
    for size in (sizes.hedges_g, sizes.glass_delta):
        a, b = size(t, c), size(t * scale + shift, c * scale + shift)
        assert (b.value, b.se, b.low, b.high) == pytest.approx(
            (a.value, a.se, a.low, a.high), rel=1e-7, abs=1e-7
        )


@given(t=values, c=values)
def test_swapping_the_arms_turns_g_and_its_limits(t, c):
    a, b = sizes.hedges_g(t, c), sizes.hedges_g(c, t)
    assert (b.g, b.low, b.high) == pytest.approx((-a.g, -a.high, -a.low), rel=1e-9, abs=1e-9)


@given(t=values, c=values)
def test_the_interval_excludes_no_difference_exactly_when_the_t_test_does(t, c):
    found, p = sizes.hedges_g(t, c), stats.ttest_ind(t, c).pvalue
    if abs(p - 0.05) > 1e-6:
        assert (found.low > 0 or found.high < 0) == (p < 0.05)


def test_hedges_g_has_the_factor_and_cohens_d_has_not():
    # a trial package gives the name Hedges' g to an effect without the factor
    g, d = sizes.hedges_g([1, 2, 4], [0, 1, 2]), sizes.hedges_g([1, 2, 4], [0, 1, 2], factor="none")
    assert (g.name, d.name) == ("Hedges' g", "Cohen's d")
    assert g.g == pytest.approx(sizes.small_sample_factor(4) * d.g, rel=1e-12)
    assert (g.factor.split()[0], d.factor) == ("exact", "none")


def test_nothing_is_rounded():
    # another package rounds to two decimals on the way
    found = sizes.hedges_g([5.123, 6.2, 7.9], [4.4, 5.1, 6.3])
    for number in (found.g, found.se, found.low, found.high):
        assert number != round(number, 8)


def test_glass_delta_with_the_factor_is_closer_to_zero():
    plain, less = (sizes.glass_delta([5, 7, 9], [4, 5, 6], factor=f) for f in ("none", "exact"))
    assert less.value == pytest.approx(sizes.small_sample_factor(2) * plain.value)
    assert less.high < plain.high


def test_the_error_of_glass_delta_joins_that_of_both_its_parts():
    t, c = np.array([5.0, 7, 9, 9]), np.array([4.0, 5, 6])
    plain, less = (sizes.glass_delta(t, c, factor=f) for f in ("none", "exact"))
    J = sizes.small_sample_factor(2)
    of_difference = 1 / 3 + t.var(ddof=1) / 4  # over the variance of the comparison, which is 1
    assert plain.se**2 == pytest.approx(of_difference + plain.value**2 / 4, rel=1e-12)
    assert less.se**2 == pytest.approx(J**2 * of_difference + less.value**2 / 4, rel=1e-12)


def test_a_large_mean_costs_no_digits():
    t, c = np.array([1.0, 2, 4]), np.array([0.0, 1, 2])
    assert sizes.hedges_g(t + 1e8, c + 1e8).g == pytest.approx(sizes.hedges_g(t, c).g, rel=1e-7)


def test_a_size_shows_all_it_knows():
    found = sizes.hedges_g([1, 2, 4], [0, 1, 2])
    told = found.to_dict()
    assert told["value"] == found.g == float(found) == found.value
    assert told["divided_by"] == "pooled standard deviation within arms"
    assert told["df"] == 4
    assert json.dumps(told)


# ---- bad input ----


def faults(call):
    with pytest.raises(aw.WorkplaceError) as caught:
        call()
    return {fault.column: fault.rule["en"] for fault in caught.value.faults}


def test_every_fault_of_both_arms_is_named_at_once_with_how_many_are_missing():
    told = faults(lambda: sizes.hedges_g([1, math.nan, math.inf, 2], [3], level=2))
    assert told["treated"] == "Values are missing here: 2 of 4."
    assert told["comparison"].startswith("There are too few values here: 1.")
    assert set(told) == {"treated", "comparison", "level"}


@pytest.mark.parametrize(
    "column", [pd.Series([1, None, 3], dtype="Int64"), pd.Series([1.0, None, 3.0]), [1, None, 3]]
)
def test_missing_values_of_any_kind_are_refused(column):
    assert faults(lambda: sizes.hedges_g(column, [1, 2])) == {
        "treated": "Values are missing here: 1 of 3."
    }


def test_the_factor_of_glass_delta_needs_three_values():
    assert sizes.glass_delta([1, 2], [1, 2]).value == 0
    told = faults(lambda: sizes.glass_delta([1, 2], [1, 2], factor="exact"))
    assert "needed: 3" in told["comparison"].lower()


def test_text_is_no_number():
    assert set(faults(lambda: sizes.glass_delta(["a", "b"], [1, 2]))) == {"treated"}


@pytest.mark.parametrize("value", [0.1, 1e8, 0])
def test_without_spread_there_is_a_named_error(value):
    same = [value] * 3
    assert "no spread" in faults(lambda: sizes.hedges_g(same, same))["treated, comparison"]
    assert "no spread" in faults(lambda: sizes.glass_delta([1, 2], same))["comparison"]


def test_summary_numbers_that_cannot_be_are_named_together():
    told = faults(
        lambda: sizes.hedges_g_from_summary(
            mean_t=math.nan, sd_t=-1, n_t=1, mean_c=0, sd_c=1, n_c=2
        )
    )
    assert set(told) == {"mean_t", "sd_t", "n_t"}
    none = {"mean_t": 1, "sd_t": 0, "n_t": 3, "mean_c": 0, "sd_c": 0, "n_c": 3}
    assert set(faults(lambda: sizes.hedges_g_from_summary(**none))) == {"sd_t, sd_c"}


def test_an_unknown_factor_is_told_what_there_is():
    with pytest.raises(aw.PlanError, match="exact, wwc, none"):
        sizes.hedges_g([1, 2], [2, 4], factor="bessel")


def below(t, df, delta):
    """P(T <= t): Z integrated out by Phi, S (a chi over root df) by adaptive quadrature."""
    ends = [stats.chi.ppf(1e-15, df), stats.chi.isf(1e-15, df)]
    steep = [root * math.sqrt(df) for root in ((delta - 8) / t, delta / t, (delta + 8) / t)]
    return integrate.quad(
        lambda x: stats.chi.pdf(x, df) * special.ndtr(t * x / math.sqrt(df) - delta),
        *ends, points=[x for x in steep if ends[0] < x < ends[1]] or None, limit=500, epsrel=1e-11,
    )[0]  # fmt: skip


@pytest.mark.parametrize("df", [1, 2, 4, 18, 198, 2000])
@pytest.mark.parametrize("t", [3, 300, 5e4, 3e5, 1e9])
def test_the_limits_of_any_t_leave_as_much_below_as_above(df, t):
    for level in (0.5, 0.95, 0.9999):
        low, high = noncentral_limits(t, df, level)
        tail = (1 - level) / 2
        assert below(t, df, high) == pytest.approx(tail, rel=1e-7)
        assert 1 - below(t, df, low) == pytest.approx(tail, rel=1e-7)


def test_a_very_large_effect_has_an_interval_as_wide_as_its_spread_is_unsure():
    # of a known difference only the standard deviation is unsure: a chi with 198 df
    g = sizes.hedges_g_from_summary(mean_t=2e4, sd_t=1, n_t=100, mean_c=0, sd_c=1, n_c=100)
    chi = np.sqrt(stats.chi2.ppf([0.025, 0.975], 198) / 198)
    assert [g.low / g.value, g.high / g.value] == pytest.approx(chi, rel=1e-6)
    for size in (
        sizes.hedges_g([100, 100, 100.0001], [0, 0, 0.0001]),
        sizes.gain([1, 2, 3], [11.00001, 12, 13], scale="change"),
    ):
        assert 0 < size.low < size.value < size.high


@pytest.mark.parametrize("level", [1e-9, 0.4999, 1 - 1e-16, math.nan, "0.95", None, 10**400])
def test_a_level_that_no_reader_means_is_refused(level):
    with pytest.raises(aw.DataError) as refused:
        sizes.hedges_g([1, 2, 4], [2, 3, 3], level=level)
    assert [fault.column for fault in refused.value.faults] == ["level"]
    assert "0.5 and 0.9999" in refused.value.explain("en")


NO_NUMBER = [None, "3", math.nan, math.inf, 10**400, pd.NA, [1], 1j, 1e308]


@pytest.mark.parametrize("x", NO_NUMBER, ids=repr)
def test_what_is_no_ordinary_number_is_named_wherever_it_is_given(x):
    summary = {"mean_t": x, "sd_t": x, "n_t": x, "mean_c": x, "sd_c": x, "n_c": x, "level": x}
    with pytest.raises(aw.DataError) as refused:
        sizes.hedges_g_from_summary(**summary)
    assert {fault.column for fault in refused.value.faults} == set(summary)
    for call in (
        lambda: sizes.above_average(x),
        lambda: sizes.model_g(x, se=1, df=3, within=1, df_sd=9),
        lambda: sizes.risk_difference(0.3, 0.4, n_treated=x, n_comparison=9),
    ):
        with pytest.raises(aw.DataError):
            call()


@pytest.mark.parametrize("df", [0, 1, -1, math.nan, None, "8", 10**400, pd.NA], ids=repr)
def test_the_factor_needs_more_than_one_degree_of_freedom(df):
    with pytest.raises(aw.DataError):
        sizes.small_sample_factor(df)


@pytest.mark.parametrize("choice", [None, pd.NA, 3, ["exact"], np.array([1, 2])], ids=repr)
def test_what_is_no_text_is_no_choice(choice):
    with pytest.raises(aw.PlanError):
        sizes.hedges_g([1, 2, 4], [2, 3, 3], factor=choice)
    with pytest.raises(aw.PlanError):
        sizes.gain([1, 2, 4], [2, 3, 3], scale=choice)


def test_numbers_too_large_or_small_to_square_are_refused():
    with pytest.raises(aw.DataError):
        sizes.model_g(1e308, se=1, df=3, within=1e-308, df_sd=9)
    with pytest.raises(aw.DataError):
        sizes.hedges_g([1e308, 2e307, 0], [1, 2, 3])
    ratio = sizes.risk_ratio(1e-9, 0.5, n_treated=1, n_comparison=1)
    assert 0 <= ratio.low < ratio.value < ratio.high
