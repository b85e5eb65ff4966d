"""Pupils in classes in schools: lme4's values, matrices as large as the data, and theory."""

import json
import warnings
from dataclasses import replace
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
    case_of,
    contrasts_agree,
    contrasts_are_alike,
    dummies,
    estimated,
    fit_agrees,
    in_parts,
    limits_are_on_the_profile,
    moments,
    none_is_lower,
    one_fault,
    two_ratios_give_the_criterion_of,
    two_slopes_are_those_of,
)
from scipy import stats

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace.effects import Caution
from academic_workplace.language import Text
from academic_workplace.linear import least_squares
from academic_workplace.multilevel import classes as nest
from academic_workplace.report.multilevel import alike_sentence, appendix, sure
from academic_workplace.report.technique import method_texts

HERE = Path(__file__).parent / "reference"
KNOWN = json.loads((HERE / "multilevel.json").read_text())
STAR = HERE.parents[2] / "shared" / "reference" / "data" / "star_plus.csv.gz"


def pupils(seed, *, schools=7, classes=3, size=5, tau=0.7, omega=0.5, even=False):
    """Pupils in classes in schools: half the schools treated, and a covariate."""
    rng = np.random.default_rng(seed)
    rows = []
    for school in range(schools):
        u = tau * rng.normal()
        for number in range(classes if even else rng.integers(1, classes + 1)):
            v = omega * rng.normal()
            n = size if even else rng.integers(1, size + 1)
            x = rng.normal(size=n) + 0.5 * rng.normal()
            y = 3 + 0.4 * (school % 2) + 0.5 * x + u + v + rng.normal(size=n)
            rows += [(f"s{school}", f"{number}", school % 2, school // 2 % 2, a, b)
                     for a, b in zip(x, y, strict=True)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["school", "group", "t", "block", "x", "y"])
    return table.assign(w=rng.uniform(0.3, 3, len(table)))


def fitted(table, y="y", x=("t", "x"), *, reml=True, block="", **how):
    m = moments(table, y, x, label="group", block=block, **how)
    fit = least_squares(m, list(x), absorb=bool(block))
    return nest.nested_intercepts(m, fit, absorb=bool(block), reml=reml)


def on_rows(table, x, theta, **how):
    school, of_class = dummies(table["school"]), dummies(table["school"] + "|" + table["group"])
    return Rows(table, "y", x, theta, [of_class @ of_class.T, school @ school.T], **how)


def effects_on_rows(rows, table, tau2):
    Z = dummies(table["school"])
    return rows.effects(Z, tau2 * np.eye(Z.shape[1]))


CASES = {  # options of pupils(), block, weight
    "all there": ({"seed": 4}, "", ""),
    "blocks": ({"seed": 6, "schools": 8}, "block", ""),
    "weights": ({"seed": 2, "schools": 9}, "", "w"),
    "classes alike": ({"seed": 1, "omega": 0.0}, "", ""),
    "schools alike": ({"seed": 2, "tau": 0.0, "omega": 1.0}, "", ""),
    "all alike": ({"seed": 2, "tau": 0.0, "omega": 0.0}, "", ""),
}
ZERO = {"classes alike": (True, False), "schools alike": (False, True), "all alike": (True, True)}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return case_of(request.param, CASES, pupils, fitted)


def theta_of(f):
    return f.sigma2, f.omega2, f.tau2


@pytest.mark.proves("multilevel.nested_intercepts", "rows, by brute force")
@pytest.mark.parametrize("reml", [True, False])
def test_the_fit_is_that_of_the_whole_covariance_matrix(case, reml, agree):
    _, table, x, how, found = case
    found = found if reml else fitted(table, x=x, reml=False, **how)
    rows = on_rows(table, x, theta_of(found), **how)
    fit_agrees(agree, found, rows, reml=reml)


@pytest.mark.parametrize("reml", [True, False])
def test_the_criterion_is_that_of_the_rows_at_any_ratios(case, reml):
    _, table, x, how, found = case
    two_ratios_give_the_criterion_of(
        lambda rho: nest.criterion(found.by_class, rho, reml=reml),
        lambda theta: on_rows(table, x, theta, **how),
        reml=reml,
    )


def test_no_other_ratios_have_a_lower_criterion(case):
    name, *_, found = case
    assert (found.classes_alike, found.boundary) == ZERO.get(name, (False, False))
    none_is_lower(lambda rho: nest.criterion(found.by_class, rho, reml=True), found.criterion, 40)


@pytest.mark.parametrize("reml", [True, False])
def test_the_slope_is_that_of_the_criterion(case, reml):
    s = case[-1].by_class
    two_slopes_are_those_of(lambda rho: nest.criterion(s, rho, reml=reml),
                            lambda rho: nest.slope(s, rho, reml=reml))  # fmt: skip


@pytest.mark.proves("Inference.SATTERTHWAITE", "rows, classes in schools, by brute force")
@pytest.mark.proves("Inference.KENWARD_ROGER", "rows, classes in schools, by brute force")
@pytest.mark.parametrize("inference", [KR, SATT])
def test_variance_and_degrees_of_freedom_are_those_of_the_rows(case, inference, agree):
    _, table, x, how, found = case
    rows = on_rows(table, x, theta_of(found), **how)
    contrasts_agree(agree, found, rows, inference, rel=1e-7, constant=not how["block"])


@pytest.mark.proves("multilevel.school_effects", "rows, by brute force")
def test_effects_of_schools_are_those_of_the_rows(case, agree):
    _, table, x, how, found = case
    u, se = nest.school_effects(found)
    if found.boundary:
        assert not u.any()
        assert not se.any()
        return
    rows = on_rows(table, x, theta_of(found), **how)
    expected_u, expected_se = effects_on_rows(rows, table, found.tau2)
    agree(u, expected_u, rel=1e-8, abs=1e-10)
    agree(se, expected_se, rel=1e-8)


@pytest.mark.proves(
    "multilevel.nested_intercepts", "lme4 1.1.31, teachers in schools, STAR (A46)", private=True
)
@pytest.mark.skipif(not STAR.exists(), reason="these data may not be committed")
def test_teachers_in_schools_have_the_variances_of_lme4(agree):
    """Their search stops where the criterion is flat: 1e-6 in a standard deviation."""
    known = KNOWN["A46-lmm-3level"]["expected"]
    table = pd.read_csv(STAR, dtype={"g1schid": str, "g1tchid": str}, low_memory=False)
    kept = (table["grade_at_entry"].astype(str) == "1") & table["g1tchid"].notna()
    table = table[kept & table["g1tmathss"].notna()]
    table = table.assign(y=table["g1tmathss"], small=(table["cond_at_entry"] == "small") * 1,
                         aide=(table["cond_at_entry"] == "regular+aide") * 1)  # fmt: skip
    m = moments(table, "y", ("small", "aide"), cluster="g1schid", label="g1tchid")
    found = nest.nested_intercepts(
        m, least_squares(m, ["small", "aide"], absorb=False), absorb=False
    )
    assert found.fit.pupils == known["nobs"]
    absent = 1  # R counts the label of rows whose grade is not known
    assert found.classes == known["teachers"] - absent
    assert len(found.fit.clusters) == known["schools"] - absent
    agree([found.omega2, found.tau2, found.sigma2], list(known["varcomp"].values()), rel=1e-5)
    agree(found.criterion, -2 * known["loglik"], rel=1e-10)
    estimate, variance, _ = all_of(found)
    agree(estimate, list(known["fixef"].values()), rel=1e-6)
    agree(np.sqrt(variance), list(known["se"].values()), rel=1e-6)


@pytest.mark.proves("multilevel.nested_intercepts", "statsmodels 0.15 MixedLM")
def test_statsmodels_comes_near(agree):
    """It stops early (performance.md)."""
    table = pupils(5, schools=12, classes=4, size=8)
    found = fitted(table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm("y ~ t + x", table, groups=table["school"], re_formula="1",
                            vc_formula={"g": "0 + C(group)"})  # fmt: skip
        fit = model.fit(method="bfgs", gtol=1e-8)
    agree(found.beta, fit.fe_params.iloc[1:], rel=1e-4)
    known = [fit.scale, float(fit.vcomp[0]), float(fit.cov_re.iloc[0, 0])]
    agree(theta_of(found), known, rel=2e-3)
    agree(found.criterion, -2 * fit.llf, rel=1e-7)


# ---------------------------------------------------------------- shares


@pytest.mark.proves("multilevel.shares", "the criterion on a fine grid")
def test_the_limits_of_a_share_are_where_the_profile_is_384_higher(case, agree):
    found = case[-1]
    told = nest.shares(found)
    limits_are_on_the_profile(
        agree,
        lambda rho: nest.criterion(found.by_class, rho, reml=True),
        found.criterion,
        (told.classes, told.schools),
    )


# ---------------------------------------------------------------- many classes


@pytest.mark.proves("multilevel.shares", "the search among all valleys, many classes")
@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("weight", ["", "w"])
def test_many_classes_have_the_estimates_and_limits_of_the_search_that_looks_everywhere(
    reml, weight, monkeypatch, agree
):
    table = pupils(7, schools=160, classes=5, size=6)
    quick = fitted(table, reml=reml, weight=weight)
    assert quick.classes > nest.MANY
    assert nest._valley(quick.by_class, reml=reml) is not None
    H = nest._bend_of(quick)
    assert H is not None
    assert all(nest._crossing(quick, i, H, 3.84, end) is not None for i in (0, 1) for end in (0, 1))
    near = nest.shares(quick)
    monkeypatch.setattr(nest, "MANY", 10**9)
    everywhere = fitted(table, reml=reml, weight=weight)
    agree(theta_of(quick), theta_of(everywhere), rel=1e-9)
    assert quick.criterion <= everywhere.criterion + 1e-9
    far = nest.shares(everywhere)
    for a, b in ((near.schools, far.schools), (near.classes, far.classes)):
        agree([a.icc, a.low, a.high], [b.icc, b.low, b.high], rel=1e-5)


def test_many_classes_that_hardly_differ_are_looked_for_everywhere():
    table = pupils(7, schools=160, classes=5, size=6, omega=0.0)
    found = fitted(table)
    assert nest._valley(found.by_class, reml=True) is None
    grid = [0, *np.logspace(-4, 1, 20)]
    lowest = min(nest.criterion(found.by_class, (c, s), reml=True) for c in grid for s in grid)
    assert found.criterion <= lowest + 1e-8


# ---------------------------------------------------------------- theorems


def test_a_balanced_design_gives_the_analysis_of_variance():
    table = pupils(3, schools=6, classes=4, size=5, even=True)
    found = fitted(table, x=("t",))
    of_class = table.groupby(["school", "group"])["y"]
    sigma2 = of_class.var().mean()
    means = of_class.mean()
    between_classes = means.groupby("school").var().mean()
    schools = means.groupby("school").mean()
    arm = table.groupby("school")["t"].first()
    between_schools = schools.groupby(arm).var().mean()
    assert found.sigma2 == pytest.approx(sigma2)
    assert found.omega2 == pytest.approx(between_classes - sigma2 / 5)
    assert found.tau2 == pytest.approx(between_schools - between_classes / 4)


@pytest.mark.proves("Inference.KENWARD_ROGER", "t on the means of equal schools with classes")
@pytest.mark.parametrize("inference", [KR, SATT])
def test_equal_schools_of_equal_classes_give_students_t_on_their_means(inference, agree):
    table = pupils(3, schools=6, classes=4, size=5, even=True)
    estimate, variance, df = ml.contrast(fitted(table, x=("t",)), np.ones(1), inference)
    means = table.groupby("school")[["y", "t"]].mean()
    known = stats.ttest_ind(means["y"][means["t"] == 1], means["y"][means["t"] == 0])
    agree(estimate / np.sqrt(variance), known.statistic)
    agree(df, known.df, rel=1e-6)


def test_without_variances_the_estimate_is_least_squares():
    found = fitted(pupils(2, tau=0.0, omega=0.0))
    assert found.boundary
    assert found.classes_alike
    assert found.beta == pytest.approx(found.fit.beta, rel=1e-14)


def test_without_variance_between_classes_it_is_a_random_intercept_per_school():
    table = pupils(1, omega=0.0)
    found = fitted(table)
    assert found.classes_alike
    m = moments(table, "y", ("t", "x"), label="group")
    plain = ml.random_intercept(m, found.fit, absorb=False)
    assert found.criterion == pytest.approx(plain.criterion, abs=1e-10)
    assert (found.tau2, found.sigma2) == pytest.approx((plain.tau2, plain.sigma2), rel=1e-9)
    assert found.beta == pytest.approx(plain.beta, rel=1e-10)
    u, se = nest.school_effects(found)
    known_u, known_se = ml.cluster_effects(plain)
    assert u == pytest.approx(known_u, rel=1e-8)
    assert se == pytest.approx(known_se, rel=1e-8)


def test_schools_alike_make_it_a_random_intercept_per_class():
    table = pupils(2, tau=0.0, omega=1.0)
    found = fitted(table)
    assert found.boundary
    per_class = table.assign(school=table["school"] + table["group"])
    m = moments(per_class, "y", ("t", "x"), label="group")
    plain = ml.random_intercept(m, least_squares(m, ["t", "x"], absorb=False), absorb=False)
    assert found.criterion == pytest.approx(plain.criterion, abs=1e-10)
    assert (found.omega2, found.sigma2) == pytest.approx((plain.tau2, plain.sigma2), rel=1e-9)


def test_order_and_partition_of_the_rows_and_names_of_classes_do_not_matter():
    table = pupils(9, schools=9)
    found = fitted(table)
    m = in_parts(table, "y", ("t", "x"), label="group")
    again = nest.nested_intercepts(m, least_squares(m, ["t", "x"], absorb=False), absorb=False)
    named = fitted(table.assign(group=table["school"] + "/" + table["group"]))
    contrasts_are_alike(found, again)
    contrasts_are_alike(found, named)
    u, other = (pd.Series(nest.school_effects(f)[0], f.fit.clusters) for f in (found, again))
    assert other[u.index].to_numpy() == pytest.approx(u.to_numpy(), rel=1e-6)


def test_other_units_rescale_and_nothing_else():
    table = pupils(10, schools=9)
    other = table.assign(y=1e4 + 10 * table["y"], x=5 - 1e-3 * table["x"])
    a, b = fitted(table), fitted(other)
    assert b.tau2 == pytest.approx(100 * a.tau2, rel=1e-6)
    assert b.omega2 == pytest.approx(100 * a.omega2, rel=1e-6)
    assert b.beta == pytest.approx(a.beta * [10, -1e4], rel=1e-7)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31), schools=st.integers(3, 9), classes=st.integers(1, 4),
    size=st.integers(1, 6), tau=st.sampled_from([0.0, 0.5, 3.0]),
    omega=st.sampled_from([0.0, 0.5, 3.0]),
)  # fmt: skip
def test_any_classes_give_numbers_or_a_reason(seed, schools, classes, size, tau, omega):
    table = pupils(seed, schools=schools, classes=classes, size=size, tau=tau, omega=omega)
    m = moments(table, "y", ("t",), label="group")
    found = nest.nested_intercepts(m, least_squares(m, ["t"], absorb=False), absorb=False)
    if isinstance(found, Text):
        assert found in (nest.CLASSES_NOT_TOLD, ml.NO_PAIRS, ml.ALL_ALIKE)
        return
    plain, adjusted = both_ways(found, np.ones(1))
    assert plain <= adjusted * (1 + 1e-9)
    told = nest.shares(found)
    for share in (told.schools, told.classes):
        assert 0 <= share.low <= share.icc <= share.high <= 1
    corner = nest.criterion(found.by_class, (0.0, 0.0), reml=True)
    assert corner >= found.criterion - 1e-9


# ---------------------------------------------------------------- the estimator

PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", classes="group", covariates=("x",),
               method="multilevel")  # fmt: skip


@pytest.mark.proves("Method.MULTILEVEL", "rows, classes in schools, the whole estimator")
def test_an_effect_is_that_of_the_model(agree):
    effects, effect, detail = estimated(pupils(4, schools=10), PLAN)
    table = pupils(4, schools=10)
    rows = on_rows(table, ("t", "x"), (detail.sigma2, detail.classes.omega2, detail.tau2))
    variance, df = rows.uncertainty(np.eye(3)[0], KR)
    agree([effect.estimate, effect.se, effect.df], [rows.beta[0], np.sqrt(variance), df], rel=1e-7)
    assert effect.method.startswith("multilevel model, random intercepts per cluster and class")
    total = detail.sigma2 + detail.classes.omega2 + detail.tau2
    agree([detail.icc, detail.classes.share], [detail.tau2 / total, detail.classes.omega2 / total])
    agree(detail.classes.same, detail.icc + detail.classes.share)
    u, u_se = effects_on_rows(rows, table, detail.tau2)
    agree(detail.u, u, rel=1e-6, abs=1e-8)
    agree(detail.u_se, u_se, rel=1e-6)
    assert detail.classes.classes == table.groupby("school")["group"].nunique().sum()
    assert detail.table().loc[0, "class_omega2"] == detail.classes.omega2
    assert effects.moments.samples[0].crossed


@pytest.mark.parametrize("method", ["difference", "adjusted", "cluster means", "site average"])
def test_other_methods_keep_to_schools(method):
    table = pupils(4, schools=10)
    plan = replace(PLAN, method=method)
    if method == "site average":
        plan = replace(plan, blocks=("block",))
    found = aw.estimate(table, plan)
    expected = aw.estimate(table, replace(plan, classes=None))
    assert found[0].estimate == pytest.approx(expected[0].estimate, rel=1e-12)
    assert found[0].se == pytest.approx(expected[0].se, rel=1e-10)
    assert found[0].df == pytest.approx(expected[0].df, rel=1e-10)


def test_other_ways_stand_beside_it():
    table = pupils(4, schools=10)
    found = aw.estimate(table, replace(PLAN, method="adjusted")).compare()
    alone = estimated(table, PLAN)[1]
    (row,) = [e for way, e in found.each()[0].items() if way is KR]
    assert (row.estimate, row.se, row.df) == (alone.estimate, alone.se, alone.df)


def test_one_class_per_school_is_the_model_without_classes_and_says_so():
    table = pupils(4, schools=10).assign(group="a")
    effects, effect, detail = estimated(table, PLAN)
    plain = aw.estimate(table, replace(PLAN, classes=None))[0]
    assert (effect.estimate, effect.se, effect.df) == (plain.estimate, plain.se, plain.df)
    assert detail.classes is None
    assert Caution.CLASSES_NOT_TOLD in effect.cautions
    assert effects.moments.samples[0].crossed
    lonely = table.assign(group=np.arange(len(table)).astype(str))
    assert Caution.CLASSES_NOT_TOLD in estimated(lonely, PLAN)[1].cautions


def test_every_boundary_is_said():
    for name, (classes, between) in ZERO.items():
        options = CASES[name][0]
        _, effect, detail = estimated(pupils(**options), PLAN)
        assert (Caution.NO_CLASS_VARIANCE in effect.cautions) is classes
        assert (Caution.NO_CLUSTER_VARIANCE in effect.cautions) is between
        edge = "geen verschillen die groter zijn dan toeval"
        assert detail.explain("nl").count(edge) == classes + between


def test_a_pupil_without_a_class_is_left_out_and_counted():
    table = pupils(4, schools=10)
    table["group"] = table["group"].astype(object)
    table.loc[table.index[:2], "group"] = None
    pupils_ = aw.check(table, PLAN)
    assert pupils_.flow.unplaced == 2
    assert len(pupils_) == len(table) - 2


def test_parts_of_a_file_add_up():
    table = pupils(4, schools=10)
    whole = aw.estimate(table, PLAN)[0]
    parts = aw.collect(table[::2], PLAN) + aw.collect(table[1::2], PLAN)
    found = aw.estimate(parts, PLAN)[0]
    assert (found.estimate, found.se) == pytest.approx((whole.estimate, whole.se), rel=1e-6)
    m = aw.collect(table, PLAN).samples[0]
    plain = aw.collect(table, replace(PLAN, classes=None)).samples[0]
    merged = m.without_crossed()
    assert merged.cells == plain.cells
    assert pytest.approx(plain.S, rel=1e-10, abs=1e-10) == merged.about(plain.origin).S
    assert plain.without_crossed() is plain


def test_a_model_can_be_said_and_shown():
    effects, effect, detail = estimated(pupils(4, schools=14, size=12), PLAN)
    effect = replace(effect, pupils_arm=100, pupils_comparison=100)
    assert (
        "between classes within schools"
        in appendix(detail, effect, PLAN, "en")[2].rows[1][0].lower()
    )
    nl = sure(detail, effect, PLAN, "nl")
    assert nl == [alike_sentence(detail, "nl", PLAN.study.cluster_label)]
    assert "Tussen klassen binnen scholen" in nl[0]
    _, paragraph, shown = appendix(detail, effect, PLAN, "nl")
    assert "liefst tien of meer" in paragraph.text
    assert len(shown.rows) == 3
    assert "Venzon" in shown.note
    assert appendix(detail, replace(effect, pupils_arm=9), PLAN, "nl") == []
    said = " ".join(method_texts(aw.weigh(effects, PLAN), "en"))
    assert "and within it ‘group’" in said


# ---------------------------------------------------------------- the plan


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"classes": ""}, "classes"),
        ({"classes": "school"}, "classes"),
        ({"classes": "y"}, "classes"),
        ({"classes": 3}, "classes"),
        ({"crossed": "street"}, "crossed"),
        ({"alone": ("0",), "pupil": "pupil"}, "alone"),
    ],
)
def test_what_a_plan_with_classes_cannot_have_is_told(change, column):
    one_fault(PLAN, change, column)


def test_a_plan_with_classes_comes_back_from_file_and_dictionary():
    text = """
    [design]
    cluster = "school"
    classes = "group"
    treatment = "t"
    covariates = ["x"]
    method = "multilevel"
    [[outcomes]]
    column = "y"
    """
    plan = aw.plan.parse_plan(text)
    assert plan.classes == plan.second == "group"
    assert aw.plan.plan_from_dict(plan.to_dict()) == plan
    without = replace(plan, classes=None)
    assert "classes" not in without.to_dict()
    assert without.fingerprint != plan.fingerprint


def test_moments_without_classes_are_not_those_of_a_plan_with_them():
    table = pupils(4)
    with pytest.raises(aw.PlanError):
        aw.estimate(aw.collect(table, replace(PLAN, classes=None)), PLAN)
