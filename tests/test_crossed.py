"""Two divisions that cross: matrices as large as the data, other software, and theory."""

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
    two_ratios_give_the_criterion_of,
    two_slopes_are_those_of,
)

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace.effects import Caution
from academic_workplace.effects.regression import ONE_LABEL
from academic_workplace.language import Text
from academic_workplace.linear import least_squares
from academic_workplace.multilevel import classes as nest
from academic_workplace.multilevel import crossed as cross
from academic_workplace.report.multilevel import appendix, sure
from academic_workplace.report.technique import method_texts

HERE = Path(__file__).parent / "reference"
KNOWN = json.loads((HERE / "crossed.json").read_text())["expected"]


def pupils(seed, *, schools=7, streets=5, size=6, tau=0.7, omega=0.5, even=False):
    """Pupils of schools who live in streets, wherever their school is."""
    rng = np.random.default_rng(seed)
    u, v = tau * rng.normal(size=schools), omega * rng.normal(size=streets)
    if even:
        school, street = (np.repeat(a.ravel(), size) for a in np.mgrid[:schools, :streets])
    else:
        school = np.repeat(np.arange(schools), rng.integers(2, 2 * size, schools))
        street = rng.integers(0, streets, len(school))
    x = rng.normal(size=len(school))
    y = 3 + 0.4 * (school % 2) + 0.5 * x + u[school] + v[street] + rng.normal(size=len(school))
    table = pd.DataFrame({"t": school % 2, "block": school // 2 % 2, "x": x, "y": y})
    table["school"] = [f"s{i}" for i in school]
    table["street"] = [f"h{i}" for i in street]
    return table.assign(w=rng.uniform(0.3, 3, len(table)))


def fitted(table, y="y", x=("t", "x"), *, reml=True, block="", label="street", **how):
    m = moments(table, y, x, block=block, label=label, **how)
    fit = least_squares(m, list(x), absorb=bool(block))
    return cross.crossed_intercepts(m, fit, absorb=bool(block), reml=reml)


def on_rows(table, x, theta, **how):
    Z = [dummies(table[name]) for name in ("school", "street")]
    return Rows(table, "y", x, theta, [z @ z.T for z in Z], **how)


def effects_on_rows(rows, table, name, variance):
    Z = dummies(table[name])
    return rows.effects(Z, variance * np.eye(Z.shape[1]))


CASES = {  # options of pupils(), block, weight
    "all there": ({"seed": 5}, "", ""),
    "more streets than schools": ({"seed": 5, "streets": 11}, "", ""),
    "blocks": ({"seed": 6, "schools": 8}, "block", ""),
    "weights": ({"seed": 2, "schools": 9}, "", "w"),
    "streets alike": ({"seed": 4, "omega": 0.0, "tau": 1.0}, "", ""),
    "schools alike": ({"seed": 5, "tau": 0.0, "omega": 1.0}, "", ""),
    "all alike": ({"seed": 2, "tau": 0.0, "omega": 0.0}, "", ""),
}
ZERO = {"streets alike": (False, True), "schools alike": (True, False), "all alike": (True, True)}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return case_of(request.param, CASES, pupils, fitted)


def theta_of(f):
    return f.sigma2, f.tau2, f.omega2


@pytest.mark.proves("multilevel.crossed_intercepts", "rows, by brute force")
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
        lambda rho: cross.criterion(found.sums, rho, reml=reml),
        lambda theta: on_rows(table, x, theta, **how),
        reml=reml,
    )


def test_no_other_ratios_have_a_lower_criterion(case):
    name, *_, found = case
    assert (found.boundary, found.labels_alike) == ZERO.get(name, (False, False))
    none_is_lower(lambda rho: cross.criterion(found.sums, rho, reml=True), found.criterion, 30)


@pytest.mark.parametrize("reml", [True, False])
def test_the_slope_is_that_of_the_criterion(case, reml):
    s = case[-1].sums
    two_slopes_are_those_of(lambda rho: cross.criterion(s, rho, reml=reml),
                            lambda rho: cross.slope(s, rho, reml=reml))  # fmt: skip


@pytest.mark.proves("Inference.SATTERTHWAITE", "rows, two divisions that cross, by brute force")
@pytest.mark.proves("Inference.KENWARD_ROGER", "rows, two divisions that cross, by brute force")
@pytest.mark.parametrize("inference", [KR, SATT])
def test_variance_and_degrees_of_freedom_are_those_of_the_rows(case, inference, agree):
    _, table, x, how, found = case
    rows = on_rows(table, x, theta_of(found), **how)
    contrasts_agree(agree, found, rows, inference, rel=1e-7, constant=not how["block"])


def test_the_information_is_of_pupils_schools_and_streets_in_that_order(case):
    _, table, x, how, found = case
    rows = on_rows(table, x, theta_of(found), **how)
    T = np.array([[np.trace(rows.P @ a @ rows.P @ b) for b in rows.G] for a in rows.G])
    assert found.information.expected == pytest.approx(T / 2, rel=1e-8)


@pytest.mark.proves("multilevel.crossed_effects", "rows, by brute force")
def test_effects_of_either_division_are_those_of_the_rows(case, agree):
    _, table, x, how, found = case
    rows = on_rows(table, x, theta_of(found), **how)
    of = (("school", found.tau2), ("street", found.omega2))
    for (name, variance), (u, se) in zip(of, cross.crossed_effects(found), strict=True):
        expected_u, expected_se = effects_on_rows(rows, table, name, variance)
        agree(u, expected_u, rel=1e-8, abs=1e-10)
        agree(se, expected_se, rel=1e-7, abs=1e-12)


@pytest.mark.proves("multilevel.crossed_shares", "the criterion on a fine grid")
def test_the_limits_of_a_share_are_where_the_profile_is_384_higher(case, agree):
    found = case[-1]
    told = cross.crossed_shares(found)
    limits_are_on_the_profile(
        agree,
        lambda rho: cross.criterion(found.sums, rho, reml=True),
        found.criterion,
        (told.clusters, told.labels),
    )


@pytest.mark.parametrize("streets", [5, 11])
def test_a_larger_study_has_the_same_limits_as_when_all_of_it_is_looked_at(streets, monkeypatch):
    """Two ways through the profile: from where it was, and from wherever it is lowest."""
    found = fitted(pupils(5, streets=streets))
    whole = cross.crossed_shares(found)
    monkeypatch.setattr(cross, "QUICK", 0)
    near = cross.crossed_shares(found)
    for a, b in ((whole.clusters, near.clusters), (whole.labels, near.labels)):
        assert (b.low, b.high) == pytest.approx((a.low, a.high), abs=1e-5)


@pytest.mark.proves("multilevel.crossed_intercepts", "mixedlm 1.3.0, districts by years (Michigan)")
@pytest.mark.parametrize("how", ["reml", "ml"])
def test_districts_and_years_have_the_variances_of_mixedlm(how, agree):
    """Which gives eight digits; its search stops before."""
    known = KNOWN[how]
    table = pd.read_csv(HERE / "data" / "mathpnl.csv.gz")
    found = fitted(table, "math4", ("lunch", "lenrol"), reml=how == "reml",
                   cluster="distid", label="year")  # fmt: skip
    agree(theta_of(found), [known[name] for name in ("sigma2", "tau2", "omega2")], rel=1e-4)
    agree(found.criterion, known["criterion"], rel=1e-9)
    agree(found.beta, known["beta"][1:], rel=1e-6)
    own = found.fit.L @ found.information.Phi[:2, :2] @ found.fit.L.T
    agree(np.sqrt(np.diag(own)), known["se"][1:], rel=1e-5)


@pytest.mark.proves("multilevel.crossed_intercepts", "statsmodels 0.15 MixedLM")
def test_statsmodels_comes_near(agree):
    """It stops early (performance.md)."""
    table = pupils(5, schools=10, streets=8, size=12, omega=0.8).assign(one=1)
    found = fitted(table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = {name: f"0 + C({name})" for name in ("school", "street")}
        model = smf.mixedlm("y ~ t + x", table, groups="one", vc_formula=parts)
        fit = model.fit(method="bfgs", gtol=1e-8)
    agree(found.beta, fit.fe_params.iloc[1:], rel=1e-4)
    agree(theta_of(found), [fit.scale, *fit.vcomp], rel=2e-3)
    agree(found.criterion, -2 * fit.llf, rel=1e-7)


# ---------------------------------------------------------------- theorems


def test_a_balanced_crossing_gives_the_analysis_of_variance():
    """With x 1 and -1 alike in every school and street: it takes a degree of freedom."""
    table = pupils(3, schools=6, streets=5, size=4, even=True)
    table["x"] = np.where(np.arange(len(table)) % 2, 1.0, -1.0)
    found = fitted(table, x=("x",))
    school, street = (table.groupby(name)["y"].mean() for name in ("school", "street"))
    rest = table["y"] - table["school"].map(school) - table["street"].map(street)
    rest += table["y"].mean() - table["x"] * (rest @ table["x"]) / len(table)
    sigma2 = rest @ rest / (len(table) - 6 - 5)
    assert found.sigma2 == pytest.approx(sigma2)
    assert found.tau2 == pytest.approx(school.var() - sigma2 / 20)
    assert found.omega2 == pytest.approx(street.var() - sigma2 / 24)


def test_without_variances_the_estimate_is_least_squares():
    found = fitted(pupils(2, tau=0.0, omega=0.0))
    assert found.boundary
    assert found.labels_alike
    assert found.beta == pytest.approx(found.fit.beta, rel=1e-14)


def test_one_variance_that_is_0_leaves_a_random_intercept_of_the_other_division():
    for name, by in (("streets alike", "school"), ("schools alike", "street")):
        table = pupils(**CASES[name][0])
        found = fitted(table)
        m = moments(table, "y", ("t", "x"), cluster=by, label="street")
        plain = ml.random_intercept(m, least_squares(m, ["t", "x"], absorb=False), absorb=False)
        assert found.criterion == pytest.approx(plain.criterion, abs=1e-10)
        assert found.tau2 + found.omega2 == pytest.approx(plain.tau2, rel=1e-9)
        assert found.beta == pytest.approx(plain.beta, rel=1e-9)


def test_a_second_division_within_the_first_is_that_of_classes():
    table = pupils(7, streets=3)
    table["street"] = table["school"] + table["street"]
    found, m = fitted(table), moments(table, "y", ("t", "x"), label="street")
    nested = nest.nested_intercepts(m, found.fit, absorb=False)
    assert theta_of(found) == pytest.approx((nested.sigma2, nested.tau2, nested.omega2), rel=1e-6)
    contrasts_are_alike(nested, found)


def test_which_division_is_the_first_does_not_matter():
    for streets in (4, 12):
        table = pupils(8, streets=streets)
        a, b = fitted(table), fitted(table, cluster="street", label="school")
        assert (b.tau2, b.omega2) == pytest.approx((a.omega2, a.tau2), rel=1e-6)
        assert b.criterion == pytest.approx(a.criterion, abs=1e-9)
        contrasts_are_alike(b, a)
        one, two = cross.crossed_effects(a), cross.crossed_effects(b)[::-1]
        orders = (a.fit.clusters, b.sums.names), (a.sums.names, b.fit.clusters)
        for (u, _), (v, _), (mine, theirs) in zip(one, two, orders, strict=True):
            same = pd.Series(v, theirs)[list(mine)].to_numpy()
            assert u == pytest.approx(same, rel=1e-5, abs=1e-8)


def test_order_and_partition_of_the_rows_do_not_matter():
    table = pupils(9, schools=9)
    m = in_parts(table, "y", ("t", "x"), label="street")
    again = cross.crossed_intercepts(m, least_squares(m, ["t", "x"], absorb=False), absorb=False)
    contrasts_are_alike(fitted(table), again)


def test_what_the_second_division_does_not_tell_is_said():
    table = pupils(4)
    for street in ("all", table["school"], np.arange(len(table)).astype(str)):
        assert fitted(table.assign(street=street)) is cross.CROSSED_NOT_TOLD
    assert fitted(table, x=("x",), block="school") is ml.SAME_AS_BLOCKS
    exact = table.assign(
        y=table["school"].str[1:].astype(int) + table["street"].str[1:].astype(int)
    )
    assert fitted(exact, x=("x",)) is ml.ALL_ALIKE


def test_too_many_labels_are_refused(monkeypatch):
    monkeypatch.setattr(cross, "MOST_LABELS", 3)
    assert fitted(pupils(4)) is cross.TOO_MANY_LABELS


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31), schools=st.integers(3, 9), streets=st.integers(1, 9),
    size=st.integers(2, 6), tau=st.sampled_from([0.0, 0.5, 3.0]),
    omega=st.sampled_from([0.0, 0.5, 3.0]),
)  # fmt: skip
def test_any_crossing_gives_numbers_or_a_reason(seed, schools, streets, size, tau, omega):
    table = pupils(seed, schools=schools, streets=streets, size=size, tau=tau, omega=omega)
    found = fitted(table, x=("t",))
    if isinstance(found, Text):
        assert found in (cross.CROSSED_NOT_TOLD, ml.SAME_AS_BLOCKS, ml.ALL_ALIKE)
        return
    plain, adjusted = both_ways(found, np.ones(1))
    assert plain <= adjusted * (1 + 1e-9)
    told = cross.crossed_shares(found)
    for share in (told.clusters, told.labels):
        assert 0 <= share.low <= share.icc <= share.high <= 1


# ---------------------------------------------------------------- the estimator

PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", crossed="street", covariates=("x",),
               method="multilevel")  # fmt: skip


@pytest.mark.proves("Method.MULTILEVEL", "rows, two divisions that cross, the whole estimator")
def test_an_effect_is_that_of_the_model(agree):
    table = pupils(4, schools=12, streets=8, size=8)
    effects, effect, detail = estimated(table, PLAN)
    rows = on_rows(table, ("t", "x"), (detail.sigma2, detail.tau2, detail.crossed.variance))
    variance, df = rows.uncertainty(np.eye(3)[0], KR)
    agree([effect.estimate, effect.se, effect.df], [rows.beta[0], np.sqrt(variance), df], rel=1e-7)
    assert effects.inference is KR
    assert effect.method.startswith("multilevel model, random intercepts per cluster and crossed")
    total = detail.sigma2 + detail.tau2 + detail.crossed.variance
    agree(detail.crossed.same, (detail.tau2 + detail.crossed.variance) / total)
    told = detail.crossed.table().set_index("label")
    assert told["pupils"].to_dict() == table["street"].value_counts().to_dict()
    of_streets, _ = effects_on_rows(rows, table, "street", detail.crossed.variance)
    agree(told["u"], of_streets, rel=1e-6, abs=1e-8)
    schools = pd.Series(detail.u, detail.clusters)[sorted(detail.clusters)]
    of_schools, _ = effects_on_rows(rows, table, "school", detail.tau2)
    agree(schools, of_schools, rel=1e-6, abs=1e-8)
    assert detail.table().loc[0, "crossed_variance"] == detail.crossed.variance


def test_other_ways_stand_beside_it_and_the_order_of_rows_does_not_matter():
    table = pupils(4, schools=12, streets=8, size=8)
    effects, effect, _ = estimated(table, PLAN)
    ways = [way.value for way in effects.compare().ways]
    assert ways == ["Kenward-Roger", "two-way CR1S", "wild bootstrap", "randomisation"]
    parts = aw.collect(table[::2], PLAN) + aw.collect(table[1::2], PLAN)
    found = aw.estimate(parts, PLAN)[0]
    assert (found.estimate, found.se) == pytest.approx((effect.estimate, effect.se), rel=1e-6)


def test_every_boundary_is_said():
    for name, (between, labels) in ZERO.items():
        _, effect, detail = estimated(pupils(**CASES[name][0]), PLAN)
        assert (Caution.NO_CLUSTER_VARIANCE in effect.cautions) is between
        assert (Caution.NO_LABEL_VARIANCE in effect.cautions) is labels
        edge = "geen verschillen die groter zijn dan toeval"
        assert detail.explain("nl").count(edge) == between + labels


@pytest.mark.parametrize("street", ["all", "school"])
def test_a_division_that_tells_nothing_leaves_a_random_intercept_and_says_so(street):
    table = pupils(4, schools=12)
    table["street"] = table[street] if street == "school" else street
    _, effect, detail = estimated(table, PLAN)
    plain = aw.estimate(table, replace(PLAN, crossed=None))[0]
    assert detail.crossed is None
    assert Caution.CROSSED_NOT_TOLD in effect.cautions
    if street == "school":
        assert (effect.estimate, effect.se, effect.df) == (plain.estimate, plain.se, plain.df)


def test_an_effect_that_hangs_on_one_label_has_no_limits():
    table = pupils(4, schools=12)
    table["street"] = np.where(table["t"] == 1, "h0", table["street"].replace("h0", "h1"))
    _, effect, _ = estimated(table, PLAN)
    assert effect.reason is ONE_LABEL
    assert effect.low is None


def test_a_model_of_two_divisions_can_be_said_and_shown():
    effects, effect, detail = estimated(pupils(4, schools=14, streets=9, size=12), PLAN)
    effect = replace(effect, pupils_arm=100, pupils_comparison=100)
    (nl,) = sure(detail, effect, PLAN, "nl")
    assert "hangt ook samen met ‘street’" in nl
    _, paragraph, shown = appendix(detail, effect, PLAN, "en")
    assert "groups of ‘street’" in paragraph.text
    assert [row[0] for row in shown.rows] == [
        "Between schools", "Between groups of ‘street’", "Rest"
    ]  # fmt: skip
    shares = [float(row[2]) for row in shown.rows]
    assert sum(shares) == pytest.approx(1, abs=2e-3)
    assert "Venzon" in shown.note
    assert appendix(detail, replace(effect, pupils_arm=9), PLAN, "nl") == []
    said = " ".join(method_texts(aw.weigh(effects, PLAN), "en"))
    assert "crossed with ‘street’" in said


@pytest.mark.parametrize("inference", ["CR2", "wild bootstrap", "two-way CR1S"])
def test_an_inference_that_does_not_go_with_the_model_is_refused(inference):
    with pytest.raises(aw.PlanError) as told:
        replace(PLAN, inference=inference)
    (fault,) = told.value.faults
    assert fault.column == "inference"
    assert "Kenward-Roger, Satterthwaite" in fault.remedy.en


def test_how_far_two_groups_are_apart_stays_inside():
    """The variance of two is just that; of three it may leave, as in an arm of three schools."""
    _, effect, detail = estimated(pupils(4, schools=14, streets=9, size=12), PLAN)
    effect = replace(effect, pupils_arm=100, pupils_comparison=100)
    few = replace(detail, crossed=replace(detail.crossed, labels=detail.crossed.labels[:2]))
    for language in ("nl", "en"):
        assert sure(detail, effect, PLAN, language)
        assert sure(few, effect, PLAN, language) == []
        assert appendix(few, effect, PLAN, language) == []
