"""Standardised effects in clusters: outside references, brute force, theorems, and bad input."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace import sizes

SIZES = json.loads((Path(__file__).parent / "reference" / "sizes.json").read_text())
A02 = SIZES["A02-wwc-cluster"]["expected"]
A03 = SIZES["A03-eef-crt"]["expected"]
A03B = SIZES["A03b-eef-srt"]["expected"]
ONE_ARM = SIZES["VIVECampbell-1arm"]["expected"]
SHARED = Path(__file__).parents[2] / "shared" / "reference" / "data"
EQUAL = {"clusters_treated": [20] * 10, "clusters_comparison": [20] * 10}

cluster_sizes = st.lists(st.integers(2, 12), min_size=2, max_size=6)
iccs = st.floats(0.01, 0.9)


def trial(name):
    """The rows of a trial that may not be committed."""
    file = SHARED / name
    if not file.is_file():
        pytest.skip("the pupils of this trial may not be committed")
    with file.open() as lines:
        return [row for row in csv.DictReader(lines) if all(row.values())]


def means(sizes_, arms):
    """(N, G) which pupil is in which cluster, (N, 2) which is in which arm."""
    cluster = np.repeat(np.arange(len(sizes_)), sizes_)
    arm = np.repeat(arms, sizes_)
    return np.eye(len(sizes_))[cluster], np.eye(2)[arm]


# ---- outside references ----


@pytest.mark.proves("sizes.clustered_effect", "Hedges (2007) in R 4.2.2, equal clusters (A02)")
def test_effects_over_the_total_and_the_within_spread_are_those_of_hedges(agree):
    expected = A02["hedges2007"]
    total = sizes.clustered_effect(5, sd=15, icc=0.2, factor="none", **EQUAL)
    within = sizes.clustered_effect(5, sd=13.4, icc=0.2, over="within", factor="none", **EQUAL)
    agree([total.value, total.se], [expected["d_total"], expected["se_total"]], rel=1e-12)
    agree([within.value, within.se], [expected["d_within"], expected["se_within"]], rel=1e-12)


@pytest.mark.proves(
    "sizes.clustered_effect", "Hedges (2007) in R 4.2.2, a trial (A03)", private=True
)
def test_unequal_clusters_are_as_in_the_analysis_of_a_trial(agree):
    rows = trial("eef_crt.csv")
    school = np.array([row["School"] for row in rows])
    treated = np.array([row["Intervention"] == "1" for row in rows])
    counts = [np.unique(school[treated == arm], return_counts=True)[1] for arm in (True, False)]
    beta = A03["beta"]["factor(Intervention)1"]
    for name, within, between in (
        ("hedges2007_cond", A03["sigma2"], A03["tau2"]),
        ("hedges2007_uncond", A03["sigma2_uncond"], A03["tau2_uncond"]),
    ):
        expected = A03[name]
        icc = between / (within + between)
        agree(icc, expected["icc"], rel=1e-12, of="A03")
        for over, sd in (("total", math.sqrt(within + between)), ("within", math.sqrt(within))):
            found = sizes.clustered_effect(
                beta, sd=sd, icc=icc, over=over, df=math.inf, factor="none",
                clusters_treated=counts[0], clusters_comparison=counts[1],
            )  # fmt: skip
            told = [expected[f"d_{over}"], expected[f"se_{over}"]]
            agree([found.value, found.se], told, 1e-12, of="A03")
            # they take 1.96 for the normal quantile 1.95996...
            limits = [expected[f"lo_{over}"], expected[f"hi_{over}"]]
            agree(
                [found.low, found.high], limits, rel=0, abs=5e-5 * expected[f"se_{over}"], of="1.96"
            )


@pytest.mark.proves("sizes.model_g", "lme4 1.1.31, ratios of a trial (A03)")
def test_a_model_effect_is_the_difference_over_the_variance_it_names(agree):
    beta, known = A03["beta"]["factor(Intervention)1"], {"se": 1.0, "df": 18, "df_sd": math.inf}
    for end in ("", "_uncond"):
        variances = {"within": A03["sigma2" + end], "between": A03["tau2" + end]}
        for over in ("within", "total"):
            found = sizes.model_g(beta, **known, **variances, over=over)
            agree(found.g, A03[f"es_{over}{end}"], rel=1e-12)


@pytest.mark.proves("sizes.model_g", "least squares in R 4.2.2, a trial (A03b)", private=True)
def test_an_adjusted_effect_without_clusters_is_that_of_the_trial(agree):
    rows = trial("eef_mst.csv")
    y, x, arm = (
        np.array([float(r[c]) for r in rows]) for c in ("Posttest", "Prettest", "Intervention")
    )
    X = np.column_stack([np.ones(len(y)), arm, x])
    beta, (rss,) = np.linalg.lstsq(X, y)[:2]
    se = math.sqrt(rss / (len(y) - 3) * np.linalg.inv(X.T @ X)[1, 1])
    agree(len(y), A03B["n"])
    known = {"se": se, "df": len(y) - 3, "df_sd": math.inf}
    cond = sizes.model_g(beta[1], within=rss / (len(y) - 3), **known)
    agree(cond.g, A03B["es_cond"], rel=1e-10)
    agree(sizes.model_g(beta[1], within=y.var(ddof=1), **known).g, A03B["es_uncond"], rel=1e-10)
    low, high = SIZES["A03b-eef-srt"]["published"]["ES_cond"][1:]
    assert (cond.low, cond.high) == pytest.approx((low, high), abs=0.006)  # two decimals


@pytest.mark.proves("sizes.wwc_correction", "WWC Procedures Handbook 4.1, app. F, in R (A02)")
def test_a_test_that_ignored_its_clusters_is_corrected_as_the_clearinghouse_does(agree):
    for name, icc in (("icc20", 0.20), ("icc10", 0.10), ("icc0", 0.0)):
        found = sizes.wwc_correction(t=3, n_treated=200, n_comparison=200, clusters=20, icc=icc)
        expected = A02[name]
        agree([found.t, found.df, found.p_value], [*map(expected.get, ("t_adj", "df", "p"))], 1e-11)


def test_a_reported_g_is_corrected_by_way_of_its_t():
    # formulas.md 3, as printed
    found = sizes.wwc_correction(g=0.30, n_treated=200, n_comparison=200, clusters=20, icc=0.20)
    assert found.reported == pytest.approx(2.98327, abs=5e-6)
    assert found.t == pytest.approx(1.34860, abs=5e-6)
    assert found.df == pytest.approx(231.6576, abs=5e-5)
    assert found.p_value == pytest.approx(0.178781, abs=5e-7)
    assert (sizes.ICC_ATTAINMENT, sizes.ICC_OTHER) == (0.20, 0.10)
    assert found.to_dict()["icc"] == 0.20


@pytest.mark.proves("sizes.pooled_df", "WWC Procedures Handbook 4.1, app. F, in R (A02)")
@pytest.mark.proves("sizes.pooled_df", "VIVECampbell, clusters in one arm, printed")
def test_degrees_of_freedom_of_the_pooled_spread_are_those_of_hedges(agree):
    agree(sizes.pooled_df([20] * 10, [20] * 10, icc=0.2), A02["icc20"]["df"], rel=1e-11, of="A02")
    for case in ONE_ARM["h"]:
        groups = [case["size"]] * (case["n_treated"] // case["size"])
        h = sizes.pooled_df(groups, icc=case["icc"], n_comparison=case["n_comparison"])
        agree(h, case["h"], rel=0, abs=0.05, of="VIVE")  # one decimal


@pytest.mark.proves("sizes.components_df", "Pustejovsky (2016) as printed in formulas.md")
def test_degrees_of_freedom_of_variance_components_are_those_of_pustejovsky(agree):
    agree(sizes.components_df([5] * 10, [5] * 10, icc=0.1), 92.2888, rel=0, abs=5e-5)
    n, M, rho = 12, 14, 0.3
    below = M * (1 + (n - 1) * rho) ** 2 + (M - 2) * (n - 1) * (1 - rho) ** 2
    found = sizes.components_df([n] * 6, [n] * 8, icc=rho)
    agree(found, n**2 * M * (M - 2) / below, rel=1e-12)


@pytest.mark.proves("sizes.one_arm_effect", "VIVECampbell, printed")
def test_clustering_in_one_arm_has_the_variance_of_hedges_and_citkowicz(agree):
    for case in ONE_ARM["half_variance"]:
        groups = [case["size"]] * (case["n_treated"] // case["size"])
        found = sizes.one_arm_effect(
            0, sd=1, icc=case["icc"], clusters_treated=groups, n_comparison=case["n_comparison"]
        )
        agree(found.se**2 / 2, case["W"], rel=0, abs=5e-5)  # four decimals


@pytest.mark.proves("sizes.clustered_g", "Hedges (2007) in R 4.2.2 (A02)")
@pytest.mark.proves("sizes.total_spread", "Hedges (2007) in R 4.2.2 (A02)")
def test_the_effect_of_an_estimate_is_that_of_hedges_times_the_factor(agree):
    counts = np.zeros((20, 2))
    counts[:10, 0] = counts[10:, 1] = 20
    icc, total = 0.2, 15.0**2 * 398  # the sums of squares whose analysis finds sd 15 and this icc
    trace = 2 * (200 - 20)
    share = (1 - icc) * 380 / ((1 - icc) * 398 + icc * trace)
    spread = sizes.total_spread(counts, share * total, (1 - share) * total, 20)
    agree([spread.sd, spread.icc, spread.df], [15, icc, A02["icc20"]["df"]], rel=1e-11)
    g = sizes.clustered_g(5, None, None, spread).g
    agree(g / sizes.small_sample_factor(spread.df), A02["hedges2007"]["d_total"], rel=1e-12)


# ---- against brute force on matrices ----


@given(t=cluster_sizes, c=cluster_sizes, icc=iccs)
def test_moments_of_the_spread_are_those_of_the_quadratic_form(t, c, icc):
    cluster, arm = means([*t, *c], [0] * len(t) + [1] * len(c))
    Sigma = (1 - icc) * np.eye(len(arm)) + icc * cluster @ cluster.T
    C = np.eye(len(arm)) - arm @ np.diag(1 / arm.sum(axis=0)) @ arm.T
    E, half_V = np.trace(C @ Sigma), np.trace(C @ Sigma @ C @ Sigma)
    assert sizes.pooled_df(t, c, icc=icc) == pytest.approx(E**2 / half_V, rel=1e-9)
    w = arm @ np.array([1 / sum(t), -1 / sum(c)])
    d = sizes.clustered_effect(
        0.7, sd=2, icc=icc, factor="none", clusters_treated=t, clusters_comparison=c
    )
    N = len(arm)
    assert d.value == pytest.approx(0.35 * math.sqrt(E / (N - 2)), rel=1e-9)
    expected = w @ Sigma @ w + d.value**2 * half_V / (2 * (N - 2) * E)
    assert d.se**2 == pytest.approx(expected, rel=1e-9)


@given(t=cluster_sizes, n_c=st.integers(2, 40), icc=iccs)
def test_clustering_in_one_arm_is_that_of_a_comparison_without_a_cluster_variance(t, n_c, icc):
    cluster, arm = means([*t, n_c], [0] * len(t) + [1])
    cluster = cluster[:, :-1]  # the comparison has no cluster effect
    Sigma = (1 - icc) * np.eye(len(arm)) + icc * cluster @ cluster.T
    C = np.eye(len(arm)) - arm @ np.diag(1 / arm.sum(axis=0)) @ arm.T
    E, half_V = np.trace(C @ Sigma), np.trace(C @ Sigma @ C @ Sigma)
    w = arm @ np.array([1 / sum(t), -1 / n_c])
    found = sizes.one_arm_effect(3, sd=6, icc=icc, clusters_treated=t, n_comparison=n_c)
    gamma = E / (len(arm) - 2)
    assert found.df_sd == pytest.approx(E**2 / half_V, rel=1e-9)
    J = sizes.small_sample_factor(found.df_sd)
    assert found.g == pytest.approx(J * math.sqrt(gamma) / 2, rel=1e-9)
    expected = w @ Sigma @ w + found.g**2 / (2 * found.df_sd)
    assert found.se**2 == pytest.approx(expected, rel=1e-9)


@given(t=cluster_sizes, c=cluster_sizes, icc=iccs)
def test_the_spread_of_cluster_means_is_corrected_for_the_pupils_in_them(t, c, icc):
    v = np.diag(icc + (1 - icc) / np.array([*t, *c]))
    arm = np.eye(2)[[0] * len(t) + [1] * len(c)]
    C = np.eye(len(v)) - arm @ np.diag(1 / arm.sum(axis=0)) @ arm.T
    E, half_V = np.trace(C @ v), np.trace(C @ v @ C @ v)
    found = sizes.clustered_effect(
        1, sd=1, icc=icc, over="between", factor="none", clusters_treated=t, clusters_comparison=c
    )
    # sd^2 estimates E/(M-2) of the total variance where the variance between clusters is icc
    assert found.value == pytest.approx(math.sqrt(E / (len(v) - 2) / icc), rel=1e-9)
    assert found.df_sd == pytest.approx(E**2 / half_V, rel=1e-9)
    variance = sum((1 - icc) / sum(n) + icc * np.dot(n, n) / sum(n) ** 2 for n in (t, c))
    expected = variance / icc + found.value**2 / (2 * found.df_sd)
    assert found.se**2 == pytest.approx(expected, rel=1e-9)


@given(t=cluster_sizes, c=cluster_sizes, icc=iccs)
def test_the_components_of_variance_have_the_uncertainty_of_their_mean_squares(t, c, icc):
    cluster, arm = means([*t, *c], [0] * len(t) + [1] * len(c))
    N, M = cluster.shape
    Sigma = (1 - icc) * np.eye(N) + icc * cluster @ cluster.T
    P, Q = (Z @ np.linalg.inv(Z.T @ Z) @ Z.T for Z in (cluster, arm))
    n0 = np.trace((P - Q) @ cluster @ cluster.T) / (M - 2)
    A = (np.eye(N) - P) * (1 - 1 / n0) / (N - M) + (P - Q) / (M - 2) / n0
    assert np.trace(A @ Sigma) == pytest.approx(1, rel=1e-9)  # it estimates the total variance
    expected = 1 / np.trace(A @ Sigma @ A @ Sigma)
    assert sizes.components_df(t, c, icc=icc) == pytest.approx(expected, rel=1e-7)


# ---- theorems ----


@given(n=st.integers(2, 30), m_t=st.integers(2, 9), m_c=st.integers(2, 9), icc=iccs)
def test_equal_clusters_give_the_printed_formulas(n, m_t, m_c, icc):
    N, M = n * (m_t + m_c), m_t + m_c
    arms = {"clusters_treated": [n] * m_t, "clusters_comparison": [n] * m_c}
    v = (1 + (n - 1) * icc) * (1 / (n * m_t) + 1 / (n * m_c))
    total = sizes.clustered_effect(1, sd=2, icc=icc, factor="none", **arms)
    # the root is in place: without it the effect is too small when icc and clusters are large
    root = math.sqrt(1 - 2 * (n - 1) * icc / (N - 2))
    assert total.value == pytest.approx(0.5 * root, rel=1e-9)
    assert total.value > 0.5 * root**2
    within = sizes.clustered_effect(1, sd=2, icc=icc, over="within", factor="none", **arms)
    assert within.se**2 == pytest.approx(v / (1 - icc) + 0.25 / (2 * (N - M)), rel=1e-9)
    between = sizes.clustered_effect(1, sd=2, icc=icc, over="between", factor="none", **arms)
    assert between.value == pytest.approx(0.5 * math.sqrt((1 + (n - 1) * icc) / (n * icc)))
    assert between.df_sd == pytest.approx(M - 2, rel=1e-9)
    assert total.df == within.df == between.df == M - 2


def test_the_cross_term_of_the_degrees_of_freedom_has_rho_and_not_its_square():
    N, n, rho = 100, 5, 0.1
    above = ((N - 2) - 2 * (n - 1) * rho) ** 2
    rest = (N - 2) * (1 - rho) ** 2 + n * (N - 2 * n) * rho**2
    found = sizes.pooled_df([n] * 10, [n] * 10, icc=rho)
    assert found == pytest.approx(94.4029, abs=5e-5)  # formulas.md 3
    assert found == pytest.approx(above / (rest + 2 * (N - 2 * n) * rho * (1 - rho)), rel=1e-12)
    assert found != pytest.approx(above / (rest + 2 * (N - 2 * n) * rho**2 * (1 - rho)), rel=1e-3)
    # one package printed 94.84 for clusters in one arm, with 2 where the size of a cluster belongs
    one_arm = sizes.pooled_df([5] * 12, icc=0.1, n_comparison=40)
    assert abs(one_arm - ONE_ARM["h_of_an_early_version"]) > 0.5


@given(t=cluster_sizes, c=cluster_sizes)
def test_without_an_icc_the_clusters_do_not_matter(t, c):
    n_t, n_c = sum(t), sum(c)
    arms = {"clusters_treated": t, "clusters_comparison": c}
    found = sizes.clustered_effect(1, sd=2, icc=0, **arms)
    plain = sizes.hedges_g_from_summary(mean_t=1, sd_t=2, n_t=n_t, mean_c=0, sd_c=2, n_c=n_c)
    assert found.g == pytest.approx(plain.g, rel=1e-9)
    near = sizes.clustered_effect(1, sd=2, icc=1e-9, **arms)
    assert (near.g, near.se) == pytest.approx((found.g, found.se), rel=1e-6)
    assert found.df_sd == pytest.approx(n_t + n_c - 2, rel=1e-9)
    one = sizes.one_arm_effect(1, sd=2, icc=0, clusters_treated=t, n_comparison=n_c)
    assert one.g == pytest.approx(plain.g, rel=1e-9)


@given(t=cluster_sizes, c=cluster_sizes, icc=iccs, over=st.sampled_from(list(sizes.Over)))
def test_swapping_arms_turns_a_clustered_effect_and_another_unit_leaves_it(t, c, icc, over):
    a = sizes.clustered_effect(
        3, sd=2, icc=icc, over=over, df=9, factor="none", clusters_treated=t, clusters_comparison=c
    )
    b = sizes.clustered_effect(
        -30, sd=20, icc=icc, over=over, df=9, factor="none",
        clusters_treated=c, clusters_comparison=t,
    )  # fmt: skip
    assert (b.value, b.se, b.low, b.high) == pytest.approx((-a.value, a.se, -a.high, -a.low))


def test_the_interval_carries_the_degrees_of_freedom_of_the_clusters():
    # a trial package takes 1.96 whatever the number of schools: six schools need 2.776
    six = {"clusters_treated": [20] * 3, "clusters_comparison": [20] * 3}
    found = sizes.clustered_effect(5, sd=15, icc=0.2, **six)
    assert (found.high - found.g) / found.se == pytest.approx(2.7764, abs=5e-5)
    normal = sizes.clustered_effect(5, sd=15, icc=0.2, df=math.inf, **six)
    assert (normal.high - normal.g) / normal.se == pytest.approx(1.95996, abs=5e-6)
    model = sizes.model_g(5, se=2, df=4, within=180, between=45, df_sd=60)
    assert (model.high - model.g) / model.se == pytest.approx(2.7764, abs=5e-5)


def test_the_model_effect_is_the_clustered_one_of_a_known_spread():
    found = sizes.model_g(3, se=1, df=7, within=16, between=9, df_sd=50)
    spread = sizes.Spread(5.0, 1.0, 50.0, 0.36)
    same = sizes.clustered_g(3, 1, 2.3646242515927853, spread)  # t with 7 degrees of freedom
    assert (found.g, found.se, found.low) == pytest.approx((same.g, same.se, same.low), rel=1e-9)
    between = sizes.model_g(3, se=1, df=7, within=16, between=9, df_sd=50, over="between")
    assert between.g == pytest.approx(sizes.small_sample_factor(50), rel=1e-12)


@given(groups=cluster_sizes, n_c=st.integers(3, 200), icc=iccs)
def test_a_few_mentor_groups_decide_how_sure_the_effect_is(groups, n_c, icc):
    found = sizes.one_arm_effect(1, sd=2, icc=icc, clusters_treated=groups, n_comparison=n_c)
    assert min(len(groups), n_c) - 1 <= found.df * (1 + 1e-9)
    assert found.df <= len(groups) + n_c - 2 + 1e-9


@pytest.mark.parametrize("over", list(sizes.Over))
def test_the_factor_multiplies_the_effect_and_its_error(over):
    g, wwc, d = (
        sizes.clustered_effect(5, sd=15, icc=0.2, over=over, factor=factor, **EQUAL)
        for factor in ("exact", "wwc", "none")
    )
    J = sizes.small_sample_factor(d.df_sd)
    assert (g.value, g.se, g.low) == pytest.approx((J * d.value, J * d.se, J * d.low), rel=1e-12)
    assert wwc.value == pytest.approx((1 - 3 / (4 * d.df_sd - 1)) * d.value, rel=1e-12)
    assert g.factor != wwc.factor != d.factor == "none"


def test_each_effect_says_what_it_is_divided_by():
    said = {
        sizes.clustered_effect(1, sd=1, icc=0.1, over=over, **EQUAL).divided_by
        for over in sizes.Over
    }
    assert len(said) == 3
    assert sizes.DIVIDED_BY in said
    assert "Hedges" not in sizes.model_g(1, se=1, df=9, within=1, df_sd=9).divided_by


# ---- bad input ----


def faults(call):
    with pytest.raises(aw.WorkplaceError) as caught:
        call()
    return {fault.column: fault.rule["en"] for fault in caught.value.faults}


def test_one_cluster_in_an_arm_gives_a_description_without_an_interval():
    for arms in ([20], [20]), ([20], [20, 20, 20]):
        found = sizes.clustered_effect(
            5, sd=15, icc=0.2, clusters_treated=arms[0], clusters_comparison=arms[1]
        )
        assert found.low is found.high is found.df is None
        assert "only one cluster" in found.caveat["en"]
        assert found.g > 0
    one = sizes.one_arm_effect(5, sd=15, icc=0.2, clusters_treated=[20], n_comparison=20)
    assert one.low is None
    assert one.caveat
    given_df = sizes.clustered_effect(
        5, sd=15, icc=0.2, df=5, clusters_treated=[20], clusters_comparison=[20]
    )
    assert given_df.low < given_df.g < given_df.high


def test_what_the_clusters_cannot_tell_is_a_named_error():
    alone = {"clusters_treated": [1, 1, 1], "clusters_comparison": [1, 1]}
    told = faults(lambda: sizes.clustered_effect(1, sd=1, icc=0.1, over="within", **alone))
    assert "too few" in told["clusters_treated, clusters_comparison"]
    one = {"clusters_treated": [9], "clusters_comparison": [9]}
    assert faults(lambda: sizes.clustered_effect(1, sd=1, icc=0.1, over="between", **one))
    assert faults(lambda: sizes.components_df([9], [9], icc=0.1))
    assert faults(lambda: sizes.pooled_df([1], [1], icc=0.1))


def test_numbers_that_cannot_be_are_named_together():
    told = faults(
        lambda: sizes.clustered_effect(
            math.nan, sd=0, icc=1.5, df=0, clusters_treated=[], clusters_comparison=["a"]
        )
    )
    names = {"difference", "sd", "icc", "df", "clusters_treated", "clusters_comparison"}
    assert set(told) == names
    assert set(faults(lambda: sizes.pooled_df([5, 0.5], [0], icc=0))) == {
        "clusters_treated", "clusters_comparison"
    }  # fmt: skip
    told = faults(lambda: sizes.model_g(1, se=-1, df=0, within=0, between=-1, df_sd=1))
    assert set(told) == {"se", "df", "within", "between", "df_sd"}


def test_a_correction_needs_t_or_g_and_more_than_one_cluster_in_some_arm():
    arms = {"n_treated": 200, "n_comparison": 200, "icc": 0.2}
    assert set(faults(lambda: sizes.wwc_correction(clusters=20, **arms))) == {"t, g"}
    assert set(faults(lambda: sizes.wwc_correction(t=1, g=1, clusters=20, **arms))) == {"t, g"}
    assert "no test" in faults(lambda: sizes.wwc_correction(t=1, clusters=2, **arms))["clusters"]
    assert (
        "more clusters"
        in faults(lambda: sizes.wwc_correction(t=1, clusters=500, **arms))["clusters"]
    )
