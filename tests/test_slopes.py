"""A slope that differs between schools: lme4's values, whole covariance matrices, and theory."""

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
from mixed import (
    KR,
    SATT,
    Rows,
    all_of,
    both_ways,
    contrasts_agree,
    differences,
    dummies,
    estimated,
    moments,
    one_fault,
)
from scipy import optimize, stats

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace.effects import Caution
from academic_workplace.effects.multilevel import NO_NUMBER, ONE_EFFECT
from academic_workplace.language import Text
from academic_workplace.linear import least_squares
from academic_workplace.multilevel import slopes
from academic_workplace.report.multilevel import alike_sentence, appendix, sure
from academic_workplace.report.numerals import significant
from academic_workplace.threads import one_thread

HERE = Path(__file__).parent / "reference"
KNOWN = json.loads((HERE / "multilevel.json").read_text())


@pytest.fixture(scope="module")
def bdf():
    return pd.read_csv(HERE / "data" / "bdf_schools.csv.gz")


def pupils(seed, *, schools=8, size=7, D=((0.5, 0.1), (0.1, 0.3)), even=False):
    """Pupils in schools, half of them treated within every school, with a covariate."""
    rng = np.random.default_rng(seed)
    n = np.full(schools, size) if even else rng.integers(3, 2 * size, schools)
    school = np.repeat(np.arange(schools), n)
    u = rng.multivariate_normal([0, 0], np.array(D), schools, method="eigh")
    t = (np.arange(len(school)) % 2).astype(float)
    x = rng.normal(size=len(school)) + 0.3 * rng.normal(size=schools)[school]
    y = 2 + 0.5 * x + 0.3 * t + u[school, 0] + u[school, 1] * t + rng.normal(size=len(school))
    return pd.DataFrame({"school": school, "t": t, "x": x, "y": y, "block": school // 2 % 2,
                         "w": rng.uniform(0.3, 3, len(school))})  # fmt: skip


def fitted(table, y="y", x=("t", "x"), by="t", *, reml=True, block="", **how):
    m = moments(table, y, x, block=block, **how)
    fit = least_squares(m, list(x), absorb=bool(block))
    return slopes.random_slope(m, fit, by, absorb=bool(block), reml=reml)


@pytest.mark.proves("multilevel.random_slope", "lme4 1.1.31, REML and ML, bdf (A05)")
@pytest.mark.parametrize("case", ["slope_ml", "slope_reml"])
def test_variances_and_likelihood_are_those_of_lme4(bdf, agree, case):
    """Its search stops earlier; its own tolerance here is 1e-4 and, of variances, 1e-3."""
    known = KNOWN["A05-lmm-bdf"]["expected"][case]
    x = list(known["fixef"])[1:]
    found = fitted(bdf, "langPOST", x, "IQ.ver.cen", reml=known["reml"], cluster="schoolNR")
    agree(found.criterion, -2 * known["loglik"], rel=1e-9)
    variances = [found.D[0, 0], found.D[1, 1], found.D[0, 1], found.sigma2]
    agree(variances, list(known["varcomp"].values()), rel=1e-3)
    agree(found.beta, list(known["fixef"].values())[1:], rel=1e-4)
    if known["reml"]:
        agree(np.sqrt(all_of(found)[1]), list(known["se"].values()), rel=1e-4)


@pytest.mark.proves("multilevel.random_slope", "lme4 1.1.31, Hox's classes (A43)")
@pytest.mark.parametrize("case", ["ml", "reml"])
def test_effects_of_sex_that_differ_by_class_are_those_of_lme4(agree, case):
    known = KNOWN["A43-lmm-popmis"]["expected"][case]
    table = pd.read_csv(HERE / "data" / "popmis.csv")
    table["tc"] = table["texp"] - table["texp"].mean()
    table["sex:tc"] = table["sex"] * table["tc"]
    found = fitted(table, "teachpop", ("sex", "tc", "sex:tc"), "sex", reml=known["reml"])
    agree(found.criterion, -2 * known["loglik"], rel=1e-9)
    variances = [found.D[0, 0], found.D[1, 1], found.D[0, 1], found.sigma2]
    agree(variances, list(known["varcomp"].values()), rel=1e-2)
    agree(found.beta, list(known["fixef"].values())[1:], rel=1e-4)


@pytest.mark.proves("multilevel.random_slope", "lmerTest 3.1.3, pbkrtest 0.5.2, bdf (A08)")
def test_degrees_of_freedom_are_those_of_r(bdf, agree):
    known = KNOWN["A08-satt-kr"]["expected"]
    x = ("IQ.ver.cen", "avg.IQ.ver.cen", "ses")
    found = fitted(bdf, "langPOST", x, "IQ.ver.cen", cluster="schoolNR")
    estimate, variance, df = all_of(found)
    agree(estimate, list(known["est"].values()), rel=1e-4)
    agree(np.sqrt(variance), list(known["se"].values()), rel=1e-4)
    agree(df, list(known["df_satt"].values()), rel=1e-3)
    _, adjusted, df = all_of(found, KR)
    agree(np.sqrt(adjusted), list(known["se_kr"].values()), rel=1e-4)
    agree(df, list(known["df_kr"].values()), rel=1e-3)


@pytest.mark.proves("multilevel.random_slope", "nlme 3.1.162, crossed levels, nlschools (A06)")
def test_a_slope_that_differs_and_goes_with_the_kind_of_class_is_that_of_nlme(agree):
    """IQ about the mean of its class, and whether classes hold two grades: MASS, help page."""
    known = KNOWN["A06-lmm-nlschools"]["expected"]
    table = pd.read_csv(HERE / "data" / "nlschools.csv.gz")
    mean = table.groupby("class")["IQ"].transform("mean")
    table = table.assign(IQave=mean, IQ=table["IQ"] - mean)
    for name in ("IQ", "IQave", "SES"):
        table[name] -= table[name].mean()
    table["IQ:COMB"] = table["IQ"] * table["COMB"]
    x = ("IQ", "COMB", "IQave", "SES", "IQ:COMB")
    found = fitted(table, "lang", x, "IQ", cluster="class")
    agree(found.criterion, -2 * known["loglik"], rel=1e-8)
    estimate, variance, _ = all_of(found)
    agree(estimate, list(known["fixef"].values()), rel=1e-4)
    agree(np.sqrt(variance), list(known["se"].values()), rel=1e-4)
    spread = np.sqrt([*np.diag(found.D), found.sigma2])
    agree(spread, [known["sd_intercept"], known["sd_slope"], known["sigma"]], rel=1e-3)
    agree(found.correlation, known["corr"], abs=5e-4)


# ---------------------------------------------------------------- matrices as large as the data


def on_rows(table, x, by, D, sigma2, **how):
    """D of x itself."""
    one, own = spread(table, by)
    cross = one @ own.T
    G = [one @ one.T, cross + cross.T, own @ own.T]
    return Rows(table, "y", x, (sigma2, D[0, 0], D[0, 1], D[1, 1]), G, **how)


def spread(table, by):
    one = dummies(table["school"])
    return one, one * table[by].to_numpy(float)[:, None]


def effects_on_rows(rows, table, by, D):
    both = np.column_stack(spread(table, by))
    size = both.shape[1] // 2
    return [each.reshape(2, size).T for each in rows.effects(both, np.kron(D, np.eye(size)))]


CASES = {  # seed and options of pupils(), block, weight, by
    "all there": ({"seed": 1, "schools": 12}, "", "", "t"),
    "a covariate": ({"seed": 2, "schools": 12}, "", "", "x"),
    "blocks": ({"seed": 3, "schools": 12}, "block", "", "t"),
    "weights": ({"seed": 4, "schools": 12}, "", "w", "t"),
    "together": ({"seed": 5, "D": ((0.5, 0.4), (0.4, 0.32))}, "", "", "t"),
    "nothing differs": ({"seed": 5, "D": ((0.0, 0.0), (0.0, 0.0))}, "", "", "t"),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    options, block, weight, by = CASES[request.param]
    table = pupils(**options)
    how = {"block": block, "weight": weight}
    return request.param, table, by, how, fitted(table, by=by, **how)


@pytest.mark.proves("multilevel.random_slope", "rows, by brute force")
@pytest.mark.parametrize("reml", [True, False])
def test_the_fit_is_that_of_the_whole_covariance_matrix(case, reml, agree):
    _, table, by, how, found = case
    found = found if reml else fitted(table, by=by, reml=False, **how)
    rows = on_rows(table, ("t", "x"), by, found.D, found.sigma2, **how)
    agree(found.criterion, rows.criterion(reml=reml), rel=1e-11)
    agree(found.beta, rows.beta[:2], rel=1e-9)


@pytest.mark.parametrize("reml", [True, False])
def test_the_slope_is_that_of_the_criterion(case, reml):
    s = case[-1].sums
    for lower in ([0.5, 0.1, 0.3], [0.2, -0.4, 0.05], [1.0, 0.0, 1.0]):
        at = np.array(lower)
        numeric = differences(lambda r: slopes.criterion(s, r, reml=reml), at, [1e-3] * 3)
        assert slopes.slope(s, at, reml=reml) == pytest.approx(numeric, rel=1e-6, abs=1e-6)


def test_no_other_covariance_has_a_lower_criterion(case):
    name, *_, found = case
    grid = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2.5]
    lowest = min(
        slopes.criterion(found.sums, np.array([a, b, c]), reml=True)
        for a in grid for b in [-x for x in grid] + grid for c in grid
    )  # fmt: skip
    assert lowest >= found.criterion - 1e-8
    assert found.boundary == (name in ("together", "nothing differs"))


@pytest.mark.proves("Inference.SATTERTHWAITE", "rows, a random slope, by brute force")
@pytest.mark.proves("Inference.KENWARD_ROGER", "rows, a random slope, by brute force")
@pytest.mark.parametrize("inference", [KR, SATT])
def test_variance_and_degrees_of_freedom_are_those_of_the_rows(case, inference, agree):
    _, table, by, how, found = case
    rows = on_rows(table, ("t", "x"), by, found.D, found.sigma2, **how)
    contrasts_agree(agree, found, rows, inference, rel=1e-6, constant=False, edge=found.boundary)


@pytest.mark.proves("multilevel.slope_effects", "rows, by brute force")
def test_effects_of_schools_are_those_of_the_rows(case, agree):
    _, table, by, how, found = case
    u, se = slopes.slope_effects(found)
    rows = on_rows(table, ("t", "x"), by, found.D, found.sigma2, **how)
    order = np.argsort([int(name) for name in found.fit.clusters])
    expected_u, expected_se = effects_on_rows(rows, table, by, found.D)
    agree(u[order], expected_u, rel=1e-6, abs=1e-8)
    agree(se[order], expected_se, rel=1e-6, abs=1e-6)


@pytest.mark.proves("multilevel.random_slope", "statsmodels 0.15 MixedLM")
def test_statsmodels_comes_near(agree):
    """It stops early (performance.md)."""
    table = pupils(1, schools=20, size=12)
    found = fitted(table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = smf.mixedlm("y ~ t + x", table, groups=table["school"], re_formula="t").fit(
            method="bfgs", gtol=1e-8
        )
    agree(found.beta, fit.fe_params.iloc[1:], rel=1e-4)
    agree(found.D, np.asarray(fit.cov_re), rel=5e-3)
    agree(found.criterion, -2 * fit.llf, rel=1e-7)


# ---------------------------------------------------------------- how sure a variance is


def lowest_given(table, x, by, variance, start, *, reml=True):
    """The lowest criterion on rows with the variance of the slope given, over all that is free."""

    def at(p):
        first, r = np.exp(p[1]), np.tanh(p[2]) * np.sqrt(np.exp(p[1]) * variance)
        D = np.array([[first, r], [r, variance]])
        return on_rows(table, x, by, D, np.exp(p[0])).criterion(reml=reml)

    options = {"xatol": 1e-5, "fatol": 1e-9}
    found = optimize.minimize(at, [*start, 0.2], method="Nelder-Mead", options=options)
    return found.fun


@pytest.mark.proves("multilevel.variance_limits", "rows, the profile by brute force")
@pytest.mark.parametrize(("seed", "reml"), [(3, True), (3, False)])
def test_the_limits_of_a_slopes_variance_are_where_the_profile_is_384_higher(seed, reml, agree):
    table = pupils(seed, schools=9, size=6, D=((0.5, 0.1), (0.1, 1.5)))
    found = fitted(table, reml=reml)
    with one_thread():
        low, high = ml.variance_limits(found)
    assert 0 < low < found.D[1, 1] < high
    start = np.log([found.sigma2, max(found.D[0, 0], 0.1)])
    for limit in (low, high):
        best = lowest_given(table, ("t", "x"), "t", limit, start, reml=reml)
        agree(best - found.criterion, stats.chi2.ppf(0.95, 1), rel=1e-4)


def test_a_slope_that_does_not_differ_has_a_limit_above_0_only():
    table = pupils(5, D=((0.0, 0.0), (0.0, 0.0)))
    found = fitted(table)
    with one_thread():
        low, high = ml.variance_limits(found)
    assert found.D[1, 1] == low == 0 < high < 5
    other = fitted(table.assign(t=100 * table["t"]))
    with one_thread():
        wide = np.array(ml.variance_limits(other))
    assert wide * 1e4 == pytest.approx((low, high), rel=1e-5)


# ---------------------------------------------------------------- theorems


@pytest.mark.parametrize("inference", [KR, SATT])
def test_equal_schools_give_students_t_on_their_differences(inference):
    """Half of every school treated: the effect is the mean of the schools' own differences."""
    table = pupils(3, schools=9, size=8, even=True)
    found = fitted(table, x=("t",))
    assert not found.boundary
    estimate, variance, df = ml.contrast(found, np.ones(1), inference)
    means = table.groupby(["school", "t"])["y"].mean().unstack()
    known = stats.ttest_1samp(means[1.0] - means[0.0], 0)
    assert estimate / np.sqrt(variance) == pytest.approx(known.statistic, rel=1e-6)
    assert df == pytest.approx(8, rel=1e-4)


def test_where_nothing_differs_it_is_least_squares():
    found = fitted(pupils(5, D=((0.0, 0.0), (0.0, 0.0))))
    assert found.rank == 0
    assert found.correlation is None
    assert found.beta == pytest.approx(found.fit.beta, rel=1e-14)
    assert not slopes.slope_effects(found)[0].any()


def test_an_l_without_slope_is_the_random_intercept():
    table = pupils(1)
    found = fitted(table)
    m = moments(table, "y", ("t", "x"))
    plain = ml.random_intercept(m, found.fit, absorb=False)
    lower = np.array([np.sqrt(plain.tau2 / plain.sigma2), 0.0, 0.0])
    assert slopes.criterion(found.sums, lower, reml=True) == pytest.approx(plain.criterion)
    assert found.criterion <= plain.criterion + 1e-9


def test_order_and_partition_of_the_rows_and_another_origin_do_not_matter():
    table = pupils(1, schools=12)
    found = fitted(table)
    shuffled = table.sample(frac=1, random_state=1)
    m = reduce(add, [moments(shuffled[i::3], "y", ("t", "x")) for i in range(3)])
    again = slopes.random_slope(m, least_squares(m, ["t", "x"], absorb=False), "t", absorb=False)
    np.testing.assert_allclose(again.D, found.D, rtol=1e-5)
    moved = fitted(table.assign(t=10 + 2 * table["t"]))
    back = np.array([[1, 10.0], [0, 2.0]])
    np.testing.assert_allclose(back @ moved.D @ back.T, found.D, rtol=1e-4, atol=1e-6)
    for c in np.eye(2):
        expected = np.array(ml.contrast(found, c, KR))
        assert np.array(ml.contrast(again, c, KR)) == pytest.approx(expected, rel=1e-5)


# ---------------------------------------------------------------- what cannot be had


def test_a_slope_that_no_school_can_show_has_a_reason():
    table = pupils(1)
    assert fitted(table.assign(t=table["school"] % 2)) is slopes.NOT_SEEN
    some = table.assign(t=np.where(table["school"] < 2, table["t"], 0.0))
    assert fitted(some) is slopes.NOT_SEEN
    two = table.groupby("school").head(2)
    assert fitted(two, x=("t",)) is ml.NO_PAIRS
    assert fitted(table, x=("t",), block="school") is ml.SAME_AS_BLOCKS
    assert fitted(table.assign(y=table["school"] * 1.0)) is ml.ALL_ALIKE
    three = table[table["school"] < 3]
    assert fitted(three, x=("t",)) is ml.MORE_THAN_CLUSTERS
    assert not isinstance(fitted(table[table["school"] < 4], x=("t",)), Text)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31), schools=st.integers(3, 12), size=st.integers(2, 9),
    spread=st.sampled_from([0.0, 0.5, 3.0]), share=st.sampled_from([-1.0, 0.0, 1.0]),
)  # fmt: skip
def test_any_schools_give_numbers_or_a_reason(seed, schools, size, spread, share):
    D = spread * np.array([[1.0, 0.5 * share], [0.5 * share, 0.25]])
    found = fitted(pupils(seed, schools=schools, size=size, D=D))
    if isinstance(found, Text):
        assert found in (slopes.NOT_SEEN, ml.NO_PAIRS, ml.MORE_THAN_CLUSTERS)
        return
    both_ways(found, np.eye(2)[0])
    assert np.linalg.eigvalsh(found.D)[0] >= -1e-9
    assert found.correlation is None or -1 <= found.correlation <= 1


# ---------------------------------------------------------------- the estimator

PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", covariates=("x",), varying="t",
               assigned="pupil", method="multilevel")  # fmt: skip


@pytest.mark.proves("Method.MULTILEVEL", "rows, a random slope, the whole estimator")
@pytest.mark.parametrize("varying", ["t", "x"])
def test_an_effect_is_that_of_the_model(varying, agree):
    table = pupils(1, schools=12, size=12)
    _, effect, detail = estimated(table, replace(PLAN, varying=varying))
    found = fitted(table, by=varying)
    rows = on_rows(table, ("t", "x"), varying, found.D, found.sigma2)
    variance, df = rows.uncertainty(np.eye(3)[0], KR, edge=found.boundary)
    agree([effect.estimate, effect.se, effect.df], [rows.beta[0], np.sqrt(variance), df], rel=1e-5)
    assert effect.method.startswith("multilevel model, random intercept and slope per cluster")
    column = {"t": "t=1", "x": "x"}[varying]
    assert detail.slope.column == column
    agree([detail.slope.variance, detail.sigma2], [found.D[1, 1], found.sigma2], rel=1e-5)
    agree(detail.slope.mean, rows.beta[{"t": 0, "x": 1}[varying]], rel=1e-6)
    assert (detail.low, detail.high) == (None, None)
    assert detail.table().loc[0, "slope_variance"] == detail.slope.variance
    assert len(detail.per_cluster()) == 12


def test_where_it_cannot_be_had_the_effect_says_why():
    table = pupils(1, schools=12)
    by_school = table.assign(t=table["school"] % 2)
    found = aw.estimate(by_school, replace(PLAN, assigned="cluster"))[0]
    assert (found.estimate, found.reason) == (None, slopes.NOT_SEEN)
    three = table.assign(t=np.arange(len(table)) % 3)
    found = aw.estimate(three, replace(PLAN, comparison="0"))
    assert {e.reason for e in found} == {ONE_EFFECT}
    words = table.assign(x=np.where(table["x"] > 0, "high", "low"))
    assert aw.estimate(words, replace(PLAN, varying="x"))[0].reason is NO_NUMBER


def test_the_edge_is_said():
    table = pupils(5, D=((0.0, 0.0), (0.0, 0.0)))
    plan = replace(PLAN, covariates=("x",))
    _, effect, detail = estimated(table, plan)
    assert effect.cautions.count(Caution.SLOPES_AT_THE_EDGE) == 1
    assert Caution.NO_CLUSTER_VARIANCE not in effect.cautions
    assert detail.slope.boundary
    assert "kan ook toeval zijn" in alike_sentence(detail, "nl", plan=plan)
    assert "‘x’" in alike_sentence(detail, "en", plan=replace(plan, varying="x"))
    shown = appendix(detail, replace(effect, pupils_arm=99, pupils_comparison=99), plan, "nl")[2]
    assert "niet te schatten" in shown.note
    _, effect, _ = estimated(pupils(1, schools=12, size=12), PLAN)
    assert Caution.SLOPES_AT_THE_EDGE not in effect.cautions


def test_a_model_can_be_said_and_shown():
    _, effect, detail = estimated(pupils(1, schools=12, size=14), PLAN)
    effect = replace(effect, pupils_arm=99, pupils_comparison=99)
    (said,) = sure(detail, effect, PLAN, "nl")
    least = detail.slope.mean - 1.2816 * np.sqrt(detail.slope.variance)
    assert "8 van de 10 scholen" in said
    assert f"tussen {significant(least, 'nl', 2)} en" in said
    _, paragraph, shown = appendix(detail, effect, PLAN, "en")
    assert "rough estimate" in paragraph.text
    assert "can be seen only where" in paragraph.text
    assert [row[0].split()[0] for row in shown.rows] == ["Between", "Slope", "Within"]
    assert "between" in detail.explain("en")
    other = replace(PLAN, varying="x")
    assert (
        "‘x’" in sure(estimated(pupils(1, schools=12, size=14), other)[2], effect, other, "nl")[0]
    )


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"varying": "y"}, "varying"),
        ({"varying": "school"}, "varying"),
        ({"varying": 1}, "varying"),
        ({"varying": "x", "categories": ("x",)}, "varying"),
        ({"crossed": "street"}, "crossed"),
        ({"classes": "group"}, "classes"),
        ({"alone": ("0",), "pupil": "pupil"}, "alone"),
    ],
)
def test_what_a_plan_with_varying_effects_cannot_have_is_told(change, column):
    one_fault(PLAN, change, column)


def test_a_plan_with_varying_effects_comes_back_from_file_and_dictionary():
    text = """
    [design]
    cluster = "school"
    varying = "t"
    treatment = "t"
    covariates = ["x"]
    assigned = "pupil"
    method = "multilevel"
    [[outcomes]]
    column = "y"
    """
    plan = aw.plan.parse_plan(text)
    assert plan.varying == "t"
    assert aw.plan.plan_from_dict(plan.to_dict()) == plan
    assert "varying" not in replace(plan, varying=None).to_dict()
