"""Outcomes of yes or no: outside references, theorems, and bad input."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

import academic_workplace as aw
from academic_workplace import sizes

SIZES = json.loads((Path(__file__).parent / "reference" / "sizes.json").read_text())
TABLES = [(16, 20, 10, 20), (3, 40, 9, 35), (110, 200, 90, 200), (1, 8, 7, 9)]
EDGES = [(0, 10, 4, 12), (10, 10, 4, 12), (0, 10, 0, 12), (10, 10, 0, 12)]

shares = st.floats(0.02, 0.98)
numbers = st.integers(3, 300)


def arms(a, n, b, m):
    return (a / n, b / m), {"n_treated": n, "n_comparison": m}


# ---- outside references ----


@pytest.mark.proves("sizes.cox_index", "WWC 4.0 formula in R 4.2.2 (A02)")
@pytest.mark.proves("sizes.cox_index", "baselinr 0.6.0, printed example")
def test_the_cox_index_is_that_of_the_clearinghouse(agree):
    older = sizes.cox_index(0.55, 0.45, n_treated=200, n_comparison=200, factor="wwc")
    agree(older.g, SIZES["A02-wwc-cluster"]["expected"]["cox_index"], rel=1e-11)
    printed = SIZES["baselinr"]["expected"]["cox_two_thirds_one_third"]
    agree(sizes.cox_index(2 / 3, 1 / 3).g, printed, rel=0, abs=5e-8)


@pytest.mark.proves("sizes.cox_index", "statsmodels 0.15, log odds ratio")
def test_the_cox_index_is_the_log_odds_ratio_over_its_constant(agree):
    for a, n, b, m in TABLES:
        table = Table2x2([[a, n - a], [b, m - b]])
        p, counts = arms(a, n, b, m)
        found = sizes.cox_index(*p, **counts)
        agree(found.g, table.log_oddsratio / 1.65, rel=1e-12)
        agree(found.se, table.log_oddsratio_se / 1.65, rel=1e-12)
        low, high = table.log_oddsratio_confint()
        agree([found.low, found.high], [low / 1.65, high / 1.65], rel=1e-11)


@pytest.mark.proves("sizes.risk_difference", "statsmodels 0.15, Newcombe")
def test_the_risk_difference_has_the_interval_of_newcombe(agree):
    for a, n, b, m in TABLES + EDGES:
        p, counts = arms(a, n, b, m)
        found = sizes.risk_difference(*p, **counts)
        agree(found.value, a / n - b / m, rel=1e-12)
        limits = confint_proportions_2indep(a, n, b, m, compare="diff", method="newcomb")
        agree([found.low, found.high], limits, rel=1e-11, abs=1e-12)


@pytest.mark.proves("sizes.risk_ratio", "statsmodels 0.15, log risk ratio")
def test_the_risk_ratio_has_the_interval_on_the_scale_of_the_logarithm(agree):
    for a, n, b, m in TABLES:
        table = Table2x2([[a, n - a], [b, m - b]])
        p, counts = arms(a, n, b, m)
        found = sizes.risk_ratio(*p, **counts)
        agree(found.value, table.riskratio, rel=1e-12)
        agree(found.se, table.log_riskratio_se, rel=1e-11)
        agree([found.low, found.high], table.riskratio_confint(), rel=1e-11)


@pytest.mark.proves("sizes.number_needed", "statsmodels 0.15, Newcombe, inverted (Altman, 1998)")
def test_the_number_needed_is_the_inverse_of_the_risk_difference(agree):
    for a, n, b, m in TABLES:
        p, counts = arms(a, n, b, m)
        found = sizes.number_needed(*p, **counts)
        agree(found.value, 1 / (a / n - b / m), rel=1e-11)
        low, high = confint_proportions_2indep(a, n, b, m, compare="diff", method="newcomb")
        if low < 0 < high:
            agree([found.more_from, found.fewer_from], [1 / high, -1 / low], rel=1e-10)
        else:
            agree([found.low, found.high], sorted([1 / low, 1 / high]), rel=1e-10)


# ---- theorems ----


@given(p=shares, q=shares, n=numbers, m=numbers)
def test_swapping_arms_turns_the_sizes_and_inverts_the_ratio(p, q, n, m):
    ours, theirs = {"n_treated": n, "n_comparison": m}, {"n_treated": m, "n_comparison": n}
    for size in (sizes.cox_index, sizes.risk_difference):
        a, b = size(p, q, **ours), size(q, p, **theirs)
        assert (b.value, b.low, b.high) == pytest.approx((-a.value, -a.high, -a.low), abs=1e-12)
    a, b = sizes.risk_ratio(p, q, **ours), sizes.risk_ratio(q, p, **theirs)
    assert (b.value, b.low, b.high) == pytest.approx((1 / a.value, 1 / a.high, 1 / a.low))


@given(p=shares, q=shares, n=numbers, m=numbers)
def test_counting_the_other_answer_turns_the_cox_index(p, q, n, m):
    counts = {"n_treated": n, "n_comparison": m}
    a, b = sizes.cox_index(p, q, **counts), sizes.cox_index(1 - p, 1 - q, **counts)
    assert (b.value, b.se) == pytest.approx((-a.value, a.se), rel=1e-9, abs=1e-12)


@given(p=st.floats(0, 1), q=st.floats(0, 1), n=numbers, m=numbers)
def test_the_interval_of_a_risk_difference_stays_between_minus_one_and_one(p, q, n, m):
    found = sizes.risk_difference(p, q, n_treated=n, n_comparison=m)
    assert -1 - 1e-12 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1 + 1e-12


@given(p=shares, q=shares, n=numbers, m=numbers)
def test_the_number_needed_never_gives_limits_around_zero(p, q, n, m):
    found = sizes.number_needed(p, q, n_treated=n, n_comparison=m)
    if found.caveat is None:
        assert found.low <= found.value * (1 + 1e-9)
        assert found.low * found.high > 0
        assert (found.more_from is None) != (found.fewer_from is None)
    else:
        assert found.low is found.high is None
        assert found.difference.low <= 0 <= found.difference.high
        assert found.more_from is None or found.more_from >= 1
        assert found.fewer_from is None or found.fewer_from >= 1


def test_with_equal_shares_infinitely_many_are_needed():
    found = sizes.number_needed(0.5, 0.5, n_treated=20, n_comparison=20)
    assert found.value == math.inf
    assert "infinity" in found.caveat["en"]
    assert found.to_dict()["divided_by"] == "1 divided by the risk difference"


def test_without_numbers_the_cox_index_says_why_it_has_no_interval():
    found = sizes.cox_index(0.6, 0.5)
    assert found.se is found.low is found.high is None
    assert "no interval" in found.caveat["en"]
    assert "1.65" in found.divided_by
    assert found.factor == "none"


def test_the_cox_index_can_carry_the_degrees_of_freedom_of_the_clusters():
    counts = {"n_treated": 100, "n_comparison": 100}
    few, many = (sizes.cox_index(0.6, 0.5, **counts, df=df) for df in (4, math.inf))
    assert (few.high - few.g) / (many.high - many.g) == pytest.approx(2.7764 / 1.95996, rel=1e-4)


def test_only_an_effect_in_standard_deviations_is_a_g():
    ratio = sizes.risk_ratio(0.6, 0.5, n_treated=100, n_comparison=100)
    assert not hasattr(ratio, "g")
    with pytest.raises(AttributeError, match=r"use \.value"):
        _ = ratio.g
    assert hasattr(sizes.cox_index(0.6, 0.5), "g")


# ---- bad input ----


def faults(call):
    with pytest.raises(aw.WorkplaceError) as caught:
        call()
    return {fault.column: fault.rule["en"] for fault in caught.value.faults}


@pytest.mark.parametrize("edge", [0, 1, 0.0, 1.0])
def test_with_all_or_none_there_is_no_cox_index(edge):
    assert "0 or 1" in faults(lambda: sizes.cox_index(edge, 0.5))["p_treated"]
    assert set(faults(lambda: sizes.cox_index(edge, edge))) == {"p_treated", "p_comparison"}


def test_numbers_that_cannot_be_are_named():
    nobody = {"n_treated": 0, "n_comparison": -1}
    names = {"n_treated", "n_comparison", "p_treated"}
    for size in (sizes.risk_difference, sizes.risk_ratio, sizes.number_needed):
        assert set(faults(lambda size=size: size(60, 0.5, **nobody))) == names
    assert set(faults(lambda: sizes.cox_index(math.nan, "a"))) == {"p_treated", "p_comparison"}
    counts = {"n_treated": 5, "n_comparison": 5}
    assert set(faults(lambda: sizes.risk_ratio(0.5, 0, **counts))) == {"p_comparison"}
    assert set(faults(lambda: sizes.cox_index(0.5, 0.4, factor="wwc"))) == {"factor"}
