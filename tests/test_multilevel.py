"""The multilevel model: lme4's values, matrices as large as the data, and what theory says."""

import json
import warnings
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed import KR, SATT, Rows, all_of, contrasts_agree, differences, dummies, moments
from rows import schools
from scipy import optimize, stats

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace.effects import Caution
from academic_workplace.effects.multilevel import Multilevel, multilevel
from academic_workplace.language import Text
from academic_workplace.linear import least_squares
from academic_workplace.report.multilevel import SAY, alike_sentence, appendix, page, sure

HERE = Path(__file__).parent / "reference"
KNOWN = json.loads((HERE / "multilevel.json").read_text())
CRT = HERE.parents[2] / "shared" / "reference" / "data" / "eef_crt.csv"
STOPS = 2e-6  # lme4 leaves about 1e-7 in theta (performance.md), which the variances double
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before", "girl")
)


@pytest.fixture(scope="module")
def bdf():
    return pd.read_csv(HERE / "data" / "bdf_schools.csv.gz")


def fitted(table, y, x, cluster, *, block="", weight="", reml=True):
    m = moments(table, y, x, cluster, block=block, weight=weight)
    fit = least_squares(m, x, absorb=bool(block))
    return ml.random_intercept(m, fit, absorb=bool(block), reml=reml)


@pytest.mark.proves("Method.MULTILEVEL", "lme4 1.1.31, REML and ML, bdf (A05)")
@pytest.mark.parametrize("case", ["empty_ml", "empty_reml", "iq_ml", "within_between_ml"])
def test_variances_and_likelihood_are_those_of_lme4(bdf, agree, case):
    known = KNOWN["A05-lmm-bdf"]["expected"][case]
    x = list(known["fixef"])[1:]
    mixed = fitted(bdf, "langPOST", x, "schoolNR", reml=known["reml"])
    agree(mixed.criterion, -2 * known["loglik"], rel=1e-11)
    agree([mixed.tau2, mixed.sigma2], list(known["varcomp"].values()), rel=STOPS)
    centre = mixed.fit.mean_y + mixed.delta[len(x)] / np.sqrt(mixed.fit.weight)
    constant = centre - mixed.fit.mean_x @ mixed.beta
    agree([constant, *mixed.beta], list(known["fixef"].values()), rel=STOPS)
    if known["reml"]:
        agree(np.sqrt(all_of(mixed)[1]), list(known["se"].values()), rel=STOPS)


@pytest.mark.proves("Method.MULTILEVEL", "lme4 1.1.31, Hox's classes (A43)")
def test_teachers_ratings_of_popularity_have_the_variances_of_lme4(agree):
    known = KNOWN["A43-lmm-popmis"]["expected"]["empty_reml"]
    mixed = fitted(pd.read_csv(HERE / "data" / "popmis.csv"), "teachpop", [], "school")
    agree([mixed.tau2, mixed.sigma2], list(known["varcomp"].values()), rel=STOPS)
    agree(mixed.criterion, -2 * known["loglik"], rel=1e-11)
    estimate, variance, _ = all_of(mixed)
    agree([estimate[0], np.sqrt(variance[0])], [4.48405555723267, 0.0873761234130591], rel=STOPS)


@pytest.mark.proves("Method.MULTILEVEL", "lme4 1.1.31, EEF cluster trial (A03)", private=True)
@pytest.mark.skipif(not CRT.exists(), reason="these data may not be committed")
def test_a_cluster_trial_has_the_effect_and_variances_of_lme4(agree):
    known = KNOWN["A03-eef-crt"]["expected"]
    plan = aw.Plan(outcome="Posttest", treatment="Intervention", cluster="School",
                   covariates=("Prettest",))  # fmt: skip
    m = aw.collect(pd.read_csv(CRT), plan).samples[0]
    part = multilevel(m, plan, KR)
    (detail,) = part.details.values()
    agree(part.effects[0].estimate, known["beta"]["factor(Intervention)1"], rel=STOPS)
    agree(part.coefficients["estimate"], list(known["beta"].values()), rel=STOPS)
    found = [detail.tau2, detail.sigma2, detail.icc]
    agree(found, [known[name] for name in ("tau2", "sigma2", "icc")], rel=STOPS)


@pytest.mark.proves("multilevel.cluster_effects", "lme4 1.1.31, school effects, bdf (A35)")
def test_schools_have_the_empirical_bayes_estimates_of_lme4(bdf, agree):
    known = KNOWN["A35-school-effects"]["expected"]
    mixed = fitted(bdf, "langPOST", ["IQ.ver.cen", "ses"], "schoolNR")
    agree([mixed.tau2, mixed.sigma2], [known["tau2"], known["sigma2"]], rel=STOPS)
    u, se = ml.cluster_effects(mixed)
    by_name = dict(zip(mixed.fit.clusters, zip(u, se, mixed.sums.n, strict=True), strict=True))
    agree([by_name[name][0] for name in known["first5"]], list(known["first5"].values()), rel=1e-5)
    order = sorted(by_name, key=lambda name: by_name[name][0])
    assert order[:3] == known["bottom3"]
    assert order[:-4:-1] == known["top3"]
    for name, given_coefficients in known["se_first5"].items():  # lme4 takes these as known
        rho = mixed.tau2 / mixed.sigma2
        agree(np.sqrt(mixed.tau2 / (1 + rho * by_name[name][2])), given_coefficients, rel=1e-5)
        assert given_coefficients < by_name[name][1] < 1.1 * given_coefficients


@pytest.mark.proves("Inference.SATTERTHWAITE", "lmerTest 3.1.3, random slope, bdf (A08)")
@pytest.mark.proves("Inference.KENWARD_ROGER", "pbkrtest 0.5.2, random slope, bdf (A08)")
def test_degrees_of_freedom_and_adjusted_errors_are_those_of_r(bdf, agree):
    """Their model has a random slope too: the same formulas with four variances instead of two."""
    known = KNOWN["A08-satt-kr"]["expected"]
    X = np.column_stack([np.ones(len(bdf)), bdf[["IQ.ver.cen", "avg.IQ.ver.cen", "ses"]]])
    y, iq = bdf["langPOST"].to_numpy(float), bdf["IQ.ver.cen"].to_numpy()
    groups = [np.flatnonzero(bdf["schoolNR"] == name) for name in bdf["schoolNR"].unique()]

    def parts(i):
        one, x = np.ones(len(i)), iq[i]
        cross = np.outer(one, x)
        return np.stack([np.eye(len(i)), np.outer(one, one), cross + cross.T, np.outer(x, x)])

    G = [parts(i) for i in groups]

    def criterion(theta):
        s, a, b, c = theta
        L = np.array([[a, 0], [b, c]])  # of the random effects' covariance over sigma2
        D = L @ L.T
        t = np.array([1, D[0, 0], D[0, 1], D[1, 1]]) * np.exp(s)
        XX, Xy, yy, ld = 0, 0, 0, 0
        for i, g in zip(groups, G, strict=True):
            V = np.tensordot(t, g, 1)
            half = np.linalg.solve(np.linalg.cholesky(V), np.column_stack([X[i], y[i]]))
            A = half.T @ half
            XX, Xy, yy = XX + A[:4, :4], Xy + A[:4, 4], yy + A[4, 4]
            ld += np.linalg.slogdet(V)[1]
        return ld + np.linalg.slogdet(XX)[1] + yy - Xy @ np.linalg.solve(XX, Xy), t

    start = np.array([np.log(37.0), 0.5, -0.05, 0.05])
    search = {"method": "BFGS", "options": {"gtol": 1e-4}}
    best = optimize.minimize(lambda x: criterion(x)[0], start, **search)
    theta = criterion(best.x)[1]
    V1 = [np.linalg.inv(np.tensordot(theta, g, 1)) for g in G]
    Phi = np.linalg.inv(sum(X[i].T @ v @ X[i] for i, v in zip(groups, V1, strict=True)))
    beta = Phi @ sum(X[i].T @ v @ y[i] for i, v in zip(groups, V1, strict=True))
    r = range(4)
    P, Q, K = np.zeros((4, 4, 4)), np.zeros((4, 4, 4, 4)), np.zeros((4, 4))
    quad, left = np.zeros((4, 4)), np.zeros((4, 4))
    for i, v, g in zip(groups, V1, G, strict=True):
        a = v @ (y[i] - X[i] @ beta)
        for s in r:
            P[s] -= X[i].T @ v @ g[s] @ v @ X[i]
            left[s] += X[i].T @ v @ g[s] @ a
            for t in r:
                Q[s, t] += X[i].T @ v @ g[s] @ v @ g[t] @ v @ X[i]
                K[s, t] += np.trace(v @ g[s] @ v @ g[t])
                quad[s, t] += a @ g[s] @ v @ g[t] @ a
    T = np.array([[K[s, t] - 2 * np.trace(Phi @ Q[s, t]) + np.trace(Phi @ P[s] @ Phi @ P[t])
                   for t in r] for s in r])  # fmt: skip
    information = ml.Information(Phi, P, Q, T / 2, quad - left @ Phi @ left.T - T / 2)
    near = 1e-3  # both searches stop where the criterion is flat
    agree(np.sqrt(np.diag(Phi)), list(known["se"].values()), rel=near)
    found = np.sqrt(np.diag(ml.adjusted(information)))
    agree(found, list(known["se_kr"].values()), rel=near, of="pbkrtest")
    assert np.all(found / list(known["se_kr"].values()) - 1 < 0.1 * (
        np.array(list(known["se_kr"].values())) / list(known["se"].values()) - 1))  # fmt: skip
    for how, name, of in ((KR, "df_kr", "pbkrtest"), (SATT, "df_satt", "lmerTest")):
        df = [ml.degrees(information, c, how) for c in np.eye(4)]
        agree(df, list(known[name].values()), rel=near, of=of)


@pytest.mark.proves("Inference.SATTERTHWAITE", "lme-python 0.2.7, bdf")
@pytest.mark.proves("Inference.KENWARD_ROGER", "lme-python 0.2.7, bdf")
@pytest.mark.parametrize("schools_kept", ["all", "twelve"])
def test_degrees_of_freedom_of_a_random_intercept_are_those_of_another_program(
    bdf, schools_kept, agree
):
    known = KNOWN["lme-python"]["expected"][schools_kept]
    if schools_kept == "twelve":
        bdf = bdf[bdf["schoolNR"].isin(sorted(bdf["schoolNR"].unique())[:12])]
    mixed = fitted(bdf, "langPOST", ["IQ.ver.cen", "avg.IQ.ver.cen", "ses"], "schoolNR")
    estimate, variance, df = all_of(mixed)
    agree(mixed.criterion, known["reml"], rel=1e-9)
    agree(estimate, known["est"], rel=1e-5)  # where its search stops
    agree(np.sqrt(variance), known["se"], rel=1e-5)
    agree(df, known["df_satt"], rel=1e-5)
    agree(all_of(mixed, KR)[2], known["df_kr"], rel=1e-5)


@pytest.mark.proves("multilevel.intraclass", "psych 2.2.9, Shrout & Fleiss (1979) (A25)")
def test_the_interval_of_the_icc_is_that_of_shrout_and_fleiss(agree):
    scores = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    table = pd.DataFrame({"y": np.ravel(scores), "target": np.repeat(list("abcdef"), 4)})
    found = ml.intraclass(fitted(table, "y", [], "target"))
    known = KNOWN["A25-icc-shroutfleiss"]["expected"]["ICC1"]
    agree([found.icc, found.high], [known["ICC"], known["hi"]])
    assert known["lo"] < 0 == found.low


# ---------------------------------------------------------------- matrices as large as the data


def on_rows(table, y, x, cluster, tau2, sigma2, **how):
    Z = dummies(table[cluster])
    return Rows(table, y, x, (sigma2, tau2), [Z @ Z.T], **how)


def henderson(rows, Z, tau2):
    """Henderson's equations: the clusters' effects and their prediction error."""
    R1 = np.linalg.inv(rows.V - tau2 * rows.G[1])
    both = np.column_stack([rows.X, Z])
    A = both.T @ R1 @ both
    p = rows.X.shape[1]
    A[p:, p:] += np.eye(Z.shape[1]) / tau2
    inverse = np.linalg.inv(A)
    return (inverse @ both.T @ R1 @ rows.y)[p:], np.sqrt(np.diag(inverse)[p:])


CASES = {  # seed, options of schools(), block, weight
    "no blocks": (1, {"clusters": 9, "size": 5}, "", ""),
    "blocks of schools": (2, {"clusters": 9, "size": 5, "blocks": 3}, "block", ""),
    "blocks across schools": (3, {"clusters": 8, "size": 6}, "girl", ""),
    "no variance between": (5, {"clusters": 9, "size": 5}, "", ""),
    "weights": (6, {"clusters": 9, "size": 5}, "", "w"),
    "single pupils": (7, {"clusters": 30, "size": 2}, "", ""),
    "four schools": (8, {"clusters": 4, "size": 8}, "", ""),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    seed, options, block, weight = CASES[request.param]
    table = schools(np.random.default_rng(seed), effect=1.0, **options)
    table["w"] = np.random.default_rng(seed).uniform(0.3, 3, len(table))
    x = ["offered", "before"] if block == "girl" else ["offered", "before", "girl"]
    how = {"block": block, "weight": weight}
    return request.param, table, x, how, fitted(table, "after", x, "school", **how)


@pytest.mark.proves("Method.MULTILEVEL", "rows, by brute force")
def test_the_fit_is_that_of_the_whole_covariance_matrix(case, agree):
    _, table, x, how, mixed = case
    rows = on_rows(table, "after", x, "school", mixed.tau2, mixed.sigma2, **how)
    agree(mixed.criterion, rows.criterion(reml=True), rel=1e-11)
    agree(mixed.beta, rows.beta[: len(x)], rel=1e-10)
    other = fitted(table, "after", x, "school", reml=False, **how)
    rows = on_rows(table, "after", x, "school", other.tau2, other.sigma2, **how)
    agree(other.criterion, rows.criterion(reml=False), rel=1e-11)


@pytest.mark.proves("Inference.SATTERTHWAITE", "rows, by brute force")
@pytest.mark.proves("Inference.KENWARD_ROGER", "rows, by brute force")
@pytest.mark.parametrize("inference", [KR, SATT])
def test_variance_and_degrees_of_freedom_are_those_of_the_rows(case, inference, agree):
    _, table, x, how, mixed = case
    rows = on_rows(table, "after", x, "school", mixed.tau2, mixed.sigma2, **how)
    contrasts_agree(agree, mixed, rows, inference, rel=1e-9, constant=not how["block"])


@pytest.mark.proves("multilevel.cluster_effects", "rows, by Henderson's equations")
def test_effects_of_clusters_solve_hendersons_equations(case, agree):
    _, table, x, how, mixed = case
    u, se = ml.cluster_effects(mixed)
    if mixed.boundary:
        assert not u.any()
        assert not se.any()
        return
    rows = on_rows(table, "after", x, "school", mixed.tau2, mixed.sigma2, **how)
    expected_u, expected_se = henderson(rows, dummies(table["school"]), mixed.tau2)
    agree(u, expected_u, rel=1e-8, abs=1e-10)
    agree(se, expected_se, rel=1e-9)


@pytest.mark.parametrize("reml", [True, False])
def test_the_slope_is_that_of_the_criterion(case, reml):
    s = case[-1].sums
    for rho in (0.05, 0.3, 2.0):
        numeric = differences(lambda r: ml.criterion(s, float(r[0]), reml=reml),
                              np.array([rho]), [1e-3 * rho])  # fmt: skip
        assert ml.slope(s, rho, reml=reml) == pytest.approx(numeric[0], rel=1e-7, abs=1e-7)


def test_no_other_ratio_has_a_lower_criterion(case):
    name, _, _, _, mixed = case
    assert mixed.boundary == (name in ("no variance between", "four schools"))
    for rho in [0, *np.logspace(-5, 3, 60)]:
        assert ml.criterion(mixed.sums, rho, reml=True) >= mixed.criterion - 1e-9


def test_the_limits_of_the_icc_are_where_the_f_test_just_rejects(case):
    """F by projections on rows: between over within, in the metric of that limit."""
    _, table, x, how, mixed = case
    found = ml.intraclass(mixed)
    assert found.low <= found.high
    for limit, p in ((found.low, 0.975), (found.high, 0.025)):
        rho = limit / (1 - limit)
        rows = on_rows(table, "after", x, "school", rho, 1.0, **how)
        both = np.column_stack([rows.X, dummies(table["school"])])
        root = np.sqrt(np.diag(np.linalg.inv(rows.G[0])))
        fit = np.linalg.lstsq(both * root[:, None], rows.y * root, rcond=1e-10)
        within_ss = np.sum((rows.y * root - both * root[:, None] @ fit[0]) ** 2)
        rank, p_x = fit[2], rows.X.shape[1]
        F = (rows.y @ rows.P @ rows.y - within_ss) / (rank - p_x) * (len(table) - rank) / within_ss
        wanted = stats.f.ppf(p, rank - p_x, len(table) - rank)
        if limit > 0:
            assert pytest.approx(wanted, rel=1e-7) == F
        else:
            assert wanted >= F


@pytest.mark.proves("Method.MULTILEVEL", "statsmodels 0.15 MixedLM")
def test_statsmodels_comes_near(agree):
    """It stops early: in a search of this kind up to 1e-5 in a standard error (performance.md)."""
    table = schools(np.random.default_rng(21), clusters=14, size=12, effect=0.5)
    mixed = fitted(table, "after", ["offered", "before", "girl"], "school")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = smf.mixedlm("after ~ offered + before + girl", table, groups=table["school"]).fit(
            method="bfgs", gtol=1e-8
        )
    agree(mixed.beta, fit.fe_params.iloc[1:], rel=1e-5)
    agree([mixed.tau2, mixed.sigma2], [float(fit.cov_re.iloc[0, 0]), fit.scale], rel=1e-3)
    agree(mixed.criterion, -2 * fit.llf, rel=1e-8)
    agree(np.sqrt(all_of(mixed)[1, 1]), fit.bse_fe["offered"], rel=1e-4)


# ---------------------------------------------------------------- theorems


def balanced(rng, *, tau, clusters=8, size=6):
    """Schools of equal size, half of them treated, without covariates."""
    school = np.repeat(np.arange(clusters), size)
    y = tau * rng.normal(size=clusters)[school] + rng.normal(size=len(school))
    return pd.DataFrame({"school": school, "t": school % 2, "y": y + 0.5 * (school % 2)})


@pytest.mark.proves("Inference.KENWARD_ROGER", "t on the means of equal clusters")
@pytest.mark.proves("Inference.SATTERTHWAITE", "t on the means of equal clusters")
@pytest.mark.parametrize("inference", [KR, SATT])
def test_equal_clusters_give_students_t_on_their_means(inference, agree):
    table = balanced(np.random.default_rng(1), tau=1.0)
    mixed = fitted(table, "y", ["t"], "school")
    estimate, variance, df = ml.contrast(mixed, np.ones(1), inference)
    means = table.groupby("school")[["y", "t"]].mean()
    known = stats.ttest_ind(means["y"][means["t"] == 1], means["y"][means["t"] == 0])
    agree(estimate / np.sqrt(variance), known.statistic)
    agree(df, known.df)


@pytest.mark.parametrize("inference", [KR, SATT])
def test_equal_clusters_keep_their_degrees_of_freedom_where_tau2_is_0(inference):
    table = balanced(np.random.default_rng(1), tau=0.0)
    mixed = fitted(table, "y", ["t"], "school")
    assert mixed.boundary
    assert ml.contrast(mixed, np.ones(1), inference)[2] == pytest.approx(6)


def test_balanced_variances_are_those_of_the_analysis_of_variance():
    table = balanced(np.random.default_rng(3), tau=1.0)
    mixed = fitted(table, "y", ["t"], "school")
    of = table.groupby("school")
    within = of["y"].var().mean()
    means = of[["y", "t"]].mean()
    between = means.groupby("t")["y"].var().mean()
    assert mixed.sigma2 == pytest.approx(within)
    assert mixed.tau2 == pytest.approx(between - within / 6)


def test_without_variance_between_clusters_the_estimate_is_least_squares():
    table = schools(np.random.default_rng(5), clusters=9, size=5)
    mixed = fitted(table, "after", ["offered", "before", "girl"], "school")
    assert mixed.boundary
    assert mixed.beta == pytest.approx(mixed.fit.beta, rel=1e-14)


def test_order_and_partition_of_the_rows_do_not_matter():
    table = schools(np.random.default_rng(9), clusters=10, size=6, effect=1.0)
    mixed = fitted(table, "after", ["offered", "before", "girl"], "school")
    x = ["offered", "before", "girl"]
    m = reduce(add, [moments(table[i::3], "after", x, "school") for i in range(3)])
    again = ml.random_intercept(m, least_squares(m, mixed.fit.names, absorb=False), absorb=False)
    for c in np.eye(3):
        expected = ml.contrast(mixed, c, KR)
        assert ml.contrast(again, c, KR) == pytest.approx(expected, rel=1e-9)
    u, other = (pd.Series(ml.cluster_effects(f)[0], f.fit.clusters) for f in (mixed, again))
    assert other[u.index].to_numpy() == pytest.approx(u.to_numpy(), rel=1e-7)


def test_other_units_rescale_and_nothing_else():
    table = schools(np.random.default_rng(10), clusters=10, size=6, effect=1.0)
    other = table.assign(after=1e4 + 10 * table["after"], before=5 - 1e-3 * table["before"])
    x = ["offered", "before", "girl"]
    a, b = (all_of(fitted(t, "after", x, "school"), KR)[:, 1:] for t in (table, other))
    scale = np.array([10, -1e4, 10])
    assert b[0] == pytest.approx(a[0] * scale, rel=1e-8)
    assert b[1] == pytest.approx(a[1] * scale**2, rel=1e-8)
    assert b[2] == pytest.approx(a[2], rel=1e-7)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=3, max_size=12),
    seed=st.integers(0, 2**31),
    tau=st.sampled_from([0.0, 0.3, 2.0]),
)
def test_any_clusters_give_numbers_or_a_reason(sizes, seed, tau):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(len(sizes)), sizes)
    y = tau * rng.normal(size=len(sizes))[school] + rng.normal(size=len(school))
    table = pd.DataFrame({"school": school, "t": (school % 3 == 0) * 1.0, "y": y})
    mixed = fitted(table, "y", ["t"], "school")
    if isinstance(mixed, Text):
        assert mixed is ml.NO_PAIRS
        assert max(sizes) == 1
        return
    (_, plain, df), (_, adjusted, kr) = (ml.contrast(mixed, np.ones(1), i) for i in (SATT, KR))
    assert 0 < plain <= adjusted * (1 + 1e-9)
    assert 0 < df < np.inf
    assert 0 < kr <= mixed.between + mixed.within + 1e-6
    ratio = ml.intraclass(mixed)
    assert 0 <= ratio.low <= ratio.high <= 1
    assert ml.criterion(mixed.sums, 0, reml=True) >= mixed.criterion - 1e-9


@pytest.mark.parametrize(("seed", "low"), [(14, True), (6, False), (22, False), (45, False)])
def test_the_lower_of_two_valleys_is_found(seed, low):
    """Small schools far apart beside large ones that are alike: the criterion descends twice."""
    rng = np.random.default_rng(seed)
    G = rng.integers(4, 9)
    sizes = np.where(rng.random(G) < 0.5, rng.integers(1, 3, G), rng.integers(30, 200, G))
    school = np.repeat(np.arange(G), sizes)
    u = rng.standard_t(1.2, G) * np.where(sizes < 3, 3, 0.05)
    table = pd.DataFrame({"school": school, "y": u[school] + rng.normal(size=len(school))})
    mixed = fitted(table, "y", [], "school")
    grid = [0, *(np.logspace(-4, 4, 200) / mixed.sums.n.mean())]
    slopes = np.array([ml.slope(mixed.sums, rho, reml=True) for rho in grid])
    valleys = (slopes[0] >= 0) + np.sum((slopes[:-1] < 0) & (slopes[1:] >= 0))
    assert valleys == 2
    assert mixed.boundary == low
    assert mixed.criterion <= min(ml.criterion(mixed.sums, rho, reml=True) for rho in grid)


# ---------------------------------------------------------------- what cannot be had


def test_blocks_that_are_the_clusters_leave_nothing_to_estimate():
    table = schools(np.random.default_rng(12), clusters=6, size=8)
    table["offered"] = np.random.default_rng(0).integers(0, 2, len(table))
    assert fitted(table, "after", ["offered"], "school", block="school") is ml.SAME_AS_BLOCKS
    plan = replace(PLAN, blocks=("school",), assigned="pupil", covariates=())
    part = multilevel(aw.collect(table, plan).samples[0], plan, KR)
    assert (part.effects[0].estimate, part.effects[0].reason) == (None, ml.SAME_AS_BLOCKS)
    assert part.coefficients.empty
    assert not part.details


@pytest.mark.parametrize("more", [{}, {"classes": "group"}, {"varying": "offered"}])
def test_a_level_with_one_school_or_one_for_each_arm_is_said(more):
    """Nothing tells then how schools differ: no blocks are to blame, and nothing is made up."""
    table = schools(np.random.default_rng(12), clusters=2, size=8).assign(group="6a")
    one = table.assign(school="only", offered=np.arange(len(table)) % 2)
    for data, assigned in ((table, "cluster"), (one, "pupil")):
        plan = replace(PLAN, covariates=(), assigned=assigned, method="multilevel", **more)
        effects = aw.estimate(data, plan)
        assert effects[0].estimate is effects[0].se is effects[0].p_value is None
        assert effects[0].reason == ml.TOO_FEW_CLUSTERS
        assert "Er zijn te weinig scholen" in effects[0].reason.nl
        assert not effects.details


def test_very_many_blocks_are_refused_before_they_fill_the_memory():
    G = 2 * ml.MOST
    table = pd.DataFrame({"school": np.repeat(np.arange(G), 2), "y": np.arange(2.0 * G) ** 0.5})
    table = table.assign(pair=table["school"] // 2, t=table["school"] % 2)
    assert fitted(table, "y", ["t"], "school", block="pair") is ml.TOO_MANY_BLOCKS
    few = table[table["pair"] < 20]
    assert fitted(few, "y", ["t"], "school", block="pair").between == 19


def test_pupils_who_all_stand_alone_cannot_be_told_apart_from_schools():
    table = schools(np.random.default_rng(13)).assign(school=lambda t: np.arange(len(t)))
    assert fitted(table, "after", ["offered"], "school") is ml.NO_PAIRS


def test_schools_in_which_everybody_scores_the_same_have_no_model():
    table = schools(np.random.default_rng(14), clusters=8)
    table["after"] = table["school"].map(lambda name: float(int(name[1:]) ** 2))
    assert fitted(table, "after", ["offered"], "school") is ml.ALL_ALIKE
    assert fitted(table.assign(after=3.0), "after", ["offered"], "school") is ml.ALL_ALIKE


def test_maximum_likelihood_gives_no_degrees_of_freedom():
    mixed = fitted(schools(np.random.default_rng(1)), "after", ["offered"], "school", reml=False)
    with pytest.raises(ValueError, match="REML"):
        ml.contrast(mixed, np.ones(1), KR)


# ---------------------------------------------------------------- the estimator


def estimated(table, plan, inference=KR):
    return multilevel(aw.collect(table, plan).samples[0], plan, inference)


@pytest.mark.proves("Method.MULTILEVEL", "rows, the whole estimator")
def test_an_effect_is_that_of_the_model(agree):
    table = schools(np.random.default_rng(15), clusters=12, effect=1.0)
    part = estimated(table, PLAN)
    (effect,), (detail,) = part.effects, part.details.values()
    rows = on_rows(table, "after", ["offered", "before", "girl"], "school", detail.tau2,
                  detail.sigma2)  # fmt: skip
    variance, df = rows.uncertainty(np.eye(4)[0], KR)
    agree([effect.estimate, effect.se, effect.df], [rows.beta[0], np.sqrt(variance), df])
    margin = stats.t.ppf(0.975, df) * np.sqrt(variance)
    agree([effect.low, effect.high], [rows.beta[0] - margin, rows.beta[0] + margin])
    agree(effect.p_value, 2 * stats.t.sf(rows.beta[0] / np.sqrt(variance), df))
    assert effect.method == ("multilevel model, random intercept per cluster (REML); Kenward-Roger")
    assert list(part.details) == [("after", "", "1")]
    terms = part.coefficients.set_index("term")
    assert list(terms.index) == ["1", "offered=1", "before", "girl"]
    agree(terms["estimate"], rows.beta[[3, 0, 1, 2]])
    agree(terms["df"], [rows.uncertainty(c, KR)[1] for c in np.eye(4)[[3, 0, 1, 2]]])


def test_several_arms_a_dose_and_blocks_each_have_their_effect():
    table = schools(np.random.default_rng(16), clusters=12, size=8, blocks=2)
    table["offered"] = table["school"].map(lambda name: "abc"[int(name[1:]) % 3])
    plan = replace(PLAN, comparison="a", blocks=("block",))
    part = estimated(table, plan)
    assert [e.arm for e in part.effects] == ["b", "c"]
    assert set(part.details) == {("after", "", "b"), ("after", "", "c")}
    assert all(e.low < e.estimate < e.high for e in part.effects)
    assert "1" not in set(part.coefficients["term"])
    dose = table.assign(hours=table["school"].map(lambda name: int(name[1:]) % 5))
    (effect,) = estimated(dose, replace(PLAN, treatment="hours", dose=True)).effects
    assert effect.df > 4
    assert "per unit of dose" in effect.method


def test_one_school_in_an_arm_has_an_estimate_and_no_limits():
    table = schools(np.random.default_rng(4), clusters=5)
    table["offered"] = (table["school"] == "S00") * 1
    part = estimated(table, PLAN)
    (effect,) = part.effects
    assert effect.estimate is not None
    assert effect.low is None
    assert "maar één school" in effect.reason.nl
    assert part.coefficients.set_index("term")["se"].isna().tolist() == [True, True, False, False]


def test_an_arm_without_pupils_has_no_effect():
    table = schools(np.random.default_rng(4), clusters=6)
    table.loc[table["offered"] == 1, "after"] = np.nan
    part = estimated(table, PLAN)
    assert [e.estimate for e in part.effects] == [None]
    assert part.coefficients.empty


def test_the_edge_and_few_degrees_of_freedom_are_said():
    table = schools(np.random.default_rng(5), clusters=9, size=5)
    part = estimated(table, PLAN)
    assert part.effects[0].cautions == (Caution.NO_CLUSTER_VARIANCE,)
    few = estimated(schools(np.random.default_rng(8), clusters=4, size=8), PLAN)
    assert Caution.FEW_DEGREES_OF_FREEDOM in few.effects[0].cautions


def test_the_model_behind_an_effect_can_be_shown():
    table = schools(np.random.default_rng(17), clusters=12, size=12, effect=1.0)
    plan = replace(PLAN, study=replace(PLAN.study, cluster_label=Text("klassen", "classes")))
    part = estimated(table, plan)
    (effect,), (detail,) = part.effects, part.details.values()
    assert isinstance(detail, Multilevel)
    assert detail.table().loc[0, "icc"] == detail.tau2 / (detail.tau2 + detail.sigma2)
    names = detail.per_cluster()
    assert names["pupils"].sum() == len(table)
    assert np.all(names["u"].abs() < 4 * names["u_se"])
    assert "tussen scholen (clusters)" in detail.explain("nl")
    assert "lies between schools" in detail.explain("en")
    assert "<table" in detail._repr_html_()
    assert page(detail, effect, plan, "nl") == []
    assert sure(detail, effect, plan, "nl") == [
        alike_sentence(detail, "nl", plan.study.cluster_label)
    ]
    assert "tussen klassen" in sure(detail, effect, plan, "nl")[0]
    heading, paragraph, shown = appendix(detail, effect, plan, "en")
    assert heading.text == "Multilevel model"
    assert SAY["weighs"].en.format(people="pupils") in paragraph.text
    assert shown.rows[0][0] == "Between classes"
    assert all("S0" not in str(block) for block in (paragraph, shown))
    small = replace(effect, pupils_arm=9)
    assert appendix(detail, small, plan, "en") == sure(detail, small, plan, "en") == []


def test_nothing_is_told_of_a_pupil_who_stands_alone():
    table = schools(np.random.default_rng(18), clusters=8, size=10)
    table["pupil"] = [f"P{i}" for i in range(len(table))]
    table.loc[table["offered"] == 0, "school"] = None
    plan = replace(PLAN, alone=("0",), pupil="pupil", assigned="pupil")
    part = estimated(table, plan)
    (effect,), (detail,) = part.effects, part.details.values()
    assert effect.estimate is not None
    assert set(detail.clusters) == set(table["school"].dropna())
    assert len(detail.per_cluster()) == table["school"].nunique() < effect.clusters


def test_no_variance_between_schools_is_a_sentence_of_its_own():
    (detail,) = estimated(
        schools(np.random.default_rng(5), clusters=9, size=5), PLAN
    ).details.values()
    assert detail.boundary
    assert "groter zijn dan toeval" in detail.explain("nl")
    assert "up to 30%" in detail.explain("en")
