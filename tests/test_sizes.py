"""Standardised effects against published formulas and values."""

import math

import numpy as np
import pandas as pd
import pytest
from rows import schools

import academic_workplace as aw
from academic_workplace import sizes
from academic_workplace.evidence.weighing import Verdict, verdict

PLAN = aw.Plan(outcome="after", treatment="offered", cluster="school")


def spread(m_t, n_t, m_c, n_c, icc):
    """The spread of a design with so many clusters of so many pupils, at a given icc.

    Mean squares are chosen so that the analysis of variance finds that icc exactly.
    """
    counts = np.zeros((m_t + m_c, 2))
    counts[:m_t, 0], counts[m_t:, 1] = n_t, n_c
    n = counts.sum()
    arms = counts.sum(axis=0)
    trace = n - (counts**2 / arms).sum()
    error, cluster = 1 - icc, icc
    within = error * (n - (m_t + m_c))
    between = cluster * trace + error * (m_t + m_c - 2)
    return sizes.total_spread(counts, within, between, m_t + m_c)


def test_the_small_sample_factor_is_the_exact_one():
    # N = 10, 20, 40 in two arms: formulas.md 1 (computed there from the gamma functions)
    for df, expected in ((8, 0.902703), (18, 0.957646), (38, 0.980110)):
        assert sizes.small_sample_factor(df) == pytest.approx(expected, abs=5e-7)  # as printed


def test_degrees_of_freedom_of_the_spread_are_hedges_for_equal_clusters():
    # N = 100, n = 5, icc = .1: h = 94.4029 (WWC F.1.3 and the direct derivation agree)
    assert spread(10, 5, 10, 5, 0.1).df == pytest.approx(94.4029, abs=5e-5)  # as printed
    # 200 + 200 pupils in 10 + 10 clusters, icc = .2: h = 231.6576
    assert spread(10, 20, 10, 20, 0.2).df == pytest.approx(231.6576, abs=5e-5)


def test_the_root_of_hedges_cluster_factor_is_in_place():
    n, clusters, icc = 20, 10, 0.3
    total = 2 * clusters * n
    expected = math.sqrt(1 - 2 * (n - 1) * icc / (total - 2))
    assert spread(clusters, n, clusters, n, icc).shrink == pytest.approx(expected, rel=1e-12)


def test_unequal_arms_follow_hedges_general_form():
    m_t, n_t, m_c, n_c, icc = 4, 12, 9, 7, 0.15
    total = m_t * n_t + m_c * n_c
    n_ut, n_uc = n_t, n_c  # equal within an arm: n_U is the size
    inside = (total - n_ut * m_t - n_uc * m_c) + n_ut + n_uc - 2
    found = spread(m_t, n_t, m_c, n_c, icc)
    assert found.shrink == pytest.approx(math.sqrt(1 - icc * inside / (total - 2)), rel=1e-12)
    assert found.icc == pytest.approx(icc, rel=1e-12)


def test_the_icc_is_that_of_the_analysis_of_variance_within_arms():
    table = schools(np.random.default_rng(1), clusters=10, size=12)
    effect = aw.estimate(table, PLAN)[0]
    by_school = table.groupby("school")["after"]
    n, means = by_school.size(), by_school.mean()
    within = (table["after"] - by_school.transform("mean")) ** 2
    arm = table.groupby("school")["offered"].first()
    arm_mean = table.groupby("offered")["after"].mean()
    between = (n * (means - arm.map(arm_mean)) ** 2).sum()
    msw = within.sum() / (len(table) - 10)
    msb = between / (10 - 2)
    arm_n = n.groupby(arm).sum()
    n0 = (len(table) - (n**2).groupby(arm).sum().div(arm_n).sum()) / (10 - 2)
    expected = (msb - msw) / (msb + (n0 - 1) * msw)
    assert effect.icc == pytest.approx(max(expected, 0), rel=1e-10)


def test_g_without_clustering_is_hedges_g():
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"school": np.arange(60), "offered": np.arange(60) % 2})
    table["after"] = rng.normal(size=60) + 0.5 * table["offered"]
    effect = aw.estimate(table, PLAN)[0]
    t, c = (table.loc[table["offered"] == arm, "after"] for arm in (1, 0))
    pooled = math.sqrt((29 * t.var() + 29 * c.var()) / 58)
    expected = sizes.small_sample_factor(58) * (t.mean() - c.mean()) / pooled
    assert effect.g == pytest.approx(expected, rel=1e-10)
    assert effect.sd == pytest.approx(pooled, rel=1e-10)


def test_the_interval_of_g_follows_from_the_parts_it_names():
    effect = aw.estimate(schools(np.random.default_rng(4), effect=1.0), PLAN)[0]
    scale = effect.g / effect.estimate
    width = (effect.g_high - effect.g_low) / (effect.high - effect.low)
    # never narrower than the difference alone, for the divisor is uncertain too
    assert width > scale
    assert effect.g_low < effect.g < effect.g_high
    assert "Hedges, 2007" in effect.divided_by
    assert "exact J" in effect.factor


def test_g_does_not_depend_on_the_unit():
    table = schools(np.random.default_rng(5))
    centimetres = table.assign(after=table["after"] * 100)
    a, b = (aw.estimate(t, PLAN)[0] for t in (table, centimetres))
    assert (a.g, a.g_low, a.g_high) == pytest.approx((b.g, b.g_low, b.g_high), rel=1e-10)


def test_the_share_above_average_is_the_normal_one():
    # improvement index 100 (Phi(g) - .5): .05 -> 2.0, .25 -> 9.9, .50 -> 19.1 (formulas.md 4)
    for g, expected in ((0.05, 2.0), (0.25, 9.9), (0.50, 19.1)):
        assert 100 * (sizes.above_average(g) - 0.5) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.11, 0.40, Verdict.MATTERS),
        (0.01, 0.40, Verdict.FAVOURABLE),
        (0.01, 0.09, Verdict.NEGLIGIBLE),
        (-0.09, 0.09, Verdict.NEGLIGIBLE),
        (-0.20, 0.30, Verdict.UNCLEAR),
        (-0.30, -0.05, Verdict.UNFAVOURABLE),
        (-0.30, -0.11, Verdict.HARMS),
        (None, None, Verdict.NO_ANSWER),
    ],
)
def test_an_interval_is_read_against_the_smallest_effect_that_matters(low, high, expected):
    assert verdict(low, high, 0.10) is expected


def test_a_size_shows_itself_with_what_it_is_divided_by():
    found = aw.sizes.hedges_g([5.0, 6, 7], [4.0, 5, 6])
    shown = found._repr_html_()
    assert found.name in shown
    assert found.divided_by in shown
    assert f"{found.low:.4g} to {found.high:.4g}" in shown
