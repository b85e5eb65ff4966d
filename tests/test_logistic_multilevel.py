"""A logistic model with a random intercept: lme4's values, integrals by brute force, and theory."""

import datetime
import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from documents import texts
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace.effects import Caution
from academic_workplace.effects.regression import ONE_CLUSTER
from academic_workplace.glm import Separation
from academic_workplace.glm import logistic as plain_logistic
from academic_workplace.language import Text
from academic_workplace.multilevel import logistic as model
from academic_workplace.report.build import build
from academic_workplace.report.logistic import shares_told
from academic_workplace.report.logistic_multilevel import appendix, sure
from academic_workplace.report.technique import method_texts

HERE = Path(__file__).parent / "reference"
KNOWN = json.loads((HERE / "logistic_multilevel.json").read_text())["expected"]


def rows(seed, *, clusters=8, size=6, s=1.0, level=-0.3):
    """X, y and clusters: half of the clusters treated, and a characteristic of pupils."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(clusters), rng.integers(2, 2 * size, clusters))
    x = rng.normal(size=len(g))
    X = np.column_stack([np.ones(len(g)), g % 2, x])
    eta = level + 0.5 * (g % 2) + 0.7 * x + s * rng.normal(size=clusters)[g]
    return X, (rng.random(len(g)) < special.expit(eta)).astype(float), g


def by_brute_force(X, y, g, b, s):
    """The log likelihood with every integral by scipy's adaptive quadrature."""
    total = 0.0
    for c in np.unique(g):
        eta, of = X[g == c] @ b, y[g == c]

        def density(z, eta=eta, of=of):
            p = special.expit(eta + s * z)
            return np.prod(np.where(of > 0, p, 1 - p)) * stats.norm.pdf(z)

        total += np.log(integrate.quad(density, -12, 12, epsabs=0, epsrel=1e-12, limit=500)[0])
    return total


@pytest.fixture(scope="module")
def bdf():
    table = pd.read_csv(HERE / "data" / "bdf_repeat.csv.gz")
    x = [table["IQ.ver.cen"], table["ses"] - table["ses"].mean(), table["sex"]]
    X = np.column_stack([np.ones(len(table)), *x]).astype(float)
    return X, (table["repeatgr"] > 0).to_numpy(float), pd.factorize(table["schoolNR"])[0]


@pytest.mark.proves("multilevel.logistic_intercept", "lme4 1.1.31 glmer, Laplace, bdf (A34)")
@pytest.mark.proves("multilevel.logistic_intercept", "lme4 1.1.31 glmer, 10 points, bdf (A34)")
@pytest.mark.parametrize(("name", "points"), [("laplace", 1), ("agq10", 10)])
def test_who_repeats_a_year_goes_with_the_same_as_in_lme4(bdf, name, points, agree):
    """Their search stops a little before the top: seen most with one point."""
    known = KNOWN[name]
    part = "Laplace" if points == 1 else "10 points"
    found = ml.logistic_intercept(*bdf, points=points)
    assert found.converged
    agree(found.beta, list(known["coef"].values()), rel=1e-3 if points == 1 else 1e-5, of=part)
    agree(found.tau2, known["var_school"], rel=1e-2 if points == 1 else 1e-4, of=part)
    agree(found.loglik, known["loglik"], rel=1e-5 if points == 1 else 1e-11, of=part)
    se = np.sqrt(np.diag(found.covariance))[:-1]
    agree(se, list(known["se"].values()), rel=1e-2 if points == 1 else 1e-5, of=part)


@pytest.mark.proves("multilevel.logistic_intercept", "scipy.integrate.quad, a cluster at a time")
@pytest.mark.parametrize("s", [0.2, 1.0, 3.0])
def test_with_many_points_the_likelihood_is_that_of_the_integral(s, agree):
    X, y, g = rows(3)
    b = np.array([-0.4, 0.6, 0.5])
    trials = model.trials_of(X, y, g)
    agree(model.likelihood(trials, b, s, 80)[0], by_brute_force(X, y, g, b, s), rel=1e-10)
    rough = [abs(model.likelihood(trials, b, s, k)[0] - by_brute_force(X, y, g, b, s))
             for k in (1, 5, 15)]  # fmt: skip
    assert rough[0] > rough[1] > rough[2]
    assert rough[2] < 1e-3


def test_the_fit_is_where_the_integral_is_highest():
    """The integral as a sum of four thousand steps."""
    X, y, g = rows(3, clusters=6, size=4)
    found = ml.logistic_intercept(X, y, g, points=41)
    assert not found.boundary
    z = np.linspace(-12, 12, 4001)

    def falls(theta):
        p = special.expit((X @ theta[:-1])[:, None] + theta[-1] * z)
        log = np.add.reduceat(np.log(np.where(y[:, None] > 0, p, 1 - p)), found.trials.first)
        return -np.log(np.exp(log) @ stats.norm.pdf(z) * (z[1] - z[0])).sum()

    best = optimize.minimize(falls, np.append(found.beta, found.s) + 0.02, method="Nelder-Mead",
                             options={"xatol": 1e-6, "fatol": 1e-11}).x  # fmt: skip
    assert -found.loglik == pytest.approx(falls(np.append(found.beta, found.s)), rel=1e-9)
    assert np.append(found.beta, found.s) == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("points", [1, 4, 15])
def test_the_gradient_is_that_of_the_likelihood(points):
    """Fourth-order differences; also of the sum that few points make."""
    X, y, g = rows(1)
    trials, theta = model.trials_of(X, y, g), np.array([-0.2, 0.4, 0.9, 0.8])
    gradient = model.likelihood(trials, theta[:-1], theta[-1], points)[1]
    for i, e in enumerate(np.eye(4)):
        f = [model.likelihood(trials, (theta + j * 1e-3 * e)[:-1], (theta + j * 1e-3 * e)[-1],
                              points)[0] for j in (-2, -1, 1, 2)]  # fmt: skip
        numeric = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / 12e-3
        assert gradient[i] == pytest.approx(numeric, rel=1e-7, abs=1e-8)


def test_the_covariance_is_the_inverse_of_the_second_derivatives(agree):
    X, y, g = rows(4, clusters=20)
    found = ml.logistic_intercept(X, y, g)
    trials, theta = model.trials_of(X, y, g), np.append(found.beta, found.s)
    H = np.zeros((4, 4))
    for i, e in enumerate(np.eye(4)):
        up, down = (model.likelihood(trials, t[:-1], t[-1], 15)[1]
                    for t in (theta + 1e-5 * e, theta - 1e-5 * e))  # fmt: skip
        H[i] = (up - down) / 2e-5
    agree(found.covariance, np.linalg.inv(-(H + H.T) / 2), rel=1e-5, abs=1e-7)
    assert np.abs(model.likelihood(trials, theta[:-1], theta[-1], 15)[1]).max() < 1e-6


# ---------------------------------------------------------------- theorems


def test_without_variance_it_is_plain_logistic_regression():
    X, y, g = rows(6, s=0.0)
    found, plain = ml.logistic_intercept(X, y, g), plain_logistic(X, y)
    assert found.boundary
    assert found.icc == 0
    assert found.beta == pytest.approx(plain.beta, rel=1e-12)
    assert found.loglik == plain.loglik
    V = plain.mu * (1 - plain.mu)
    expected = np.linalg.inv((X * V[:, None]).T @ X)
    assert found.covariance[:-1, :-1] == pytest.approx(expected, rel=1e-8)
    assert not found.covariance[-1].any()
    low, high = ml.latent_limits(found)
    assert low == 0 < high < 1
    mean, by = ml.averaged(found, X)
    assert mean == pytest.approx(plain.mu.mean(), rel=1e-12)
    assert by[:-1] == pytest.approx(X.T @ V / len(X), rel=1e-10)


def test_at_no_variance_the_likelihood_is_that_of_independent_pupils():
    X, y, g = rows(2)
    b = np.array([-0.3, 0.2, 0.5])
    p = special.expit(X @ b)
    for points in (1, 7):
        value, by = model.likelihood(model.trials_of(X, y, g), b, 0.0, points)
        assert value == pytest.approx(np.log(np.where(y > 0, p, 1 - p)).sum(), rel=1e-12)
        assert by[-1] == pytest.approx(0, abs=1e-12)
        assert by[:-1] == pytest.approx(X.T @ (y - p), abs=1e-10)


def test_whether_the_likelihood_rises_from_no_variance_on_is_seen():
    for seed in range(12):
        X, y, g = rows(seed, s=0.3)
        plain = plain_logistic(X, y)
        trials = model.trials_of(X, y, g)
        near = model.likelihood(trials, plain.beta, 0.02, 15)[0]
        assert model._rises(plain, g) is (near > plain.loglik)


def test_order_of_rows_and_names_of_clusters_do_not_matter():
    X, y, g = rows(8, clusters=12)
    found = ml.logistic_intercept(X, y, g)
    order = np.random.default_rng(1).permutation(len(y))
    again = ml.logistic_intercept(X[order], y[order], 11 - g[order])
    assert again.beta == pytest.approx(found.beta, rel=1e-6)
    assert again.s == pytest.approx(found.s, rel=1e-6)
    assert again.covariance == pytest.approx(found.covariance, rel=1e-4, abs=1e-8)


def test_parts_add_up(monkeypatch):
    X, y, g = rows(8, clusters=12)
    whole = model.likelihood(model.trials_of(X, y, g), np.array([0.1, 0.2, 0.3]), 0.7, 9)
    monkeypatch.setattr(model, "ROWS", 10)
    trials = model.trials_of(X, y, g)
    assert len(trials.parts) > 4
    parts = model.likelihood(trials, np.array([0.1, 0.2, 0.3]), 0.7, 9)
    assert parts[0] == pytest.approx(whole[0], rel=1e-13)
    assert parts[1] == pytest.approx(whole[1], rel=1e-10)


def test_clusters_whose_pupils_are_alike_are_one_row_and_the_same_answer():
    X, y, g = rows(8, clusters=14)
    X = X[:, :2]
    trials = model.trials_of(X, y, g)
    assert len(trials.y) == 14
    apart = model.trials_of(np.column_stack([X, np.arange(len(y)) * 1.0]), y, g)
    b = np.array([-0.2, 0.4])
    one = model.likelihood(trials, b, 0.9, 11)
    many = model.likelihood(apart, np.append(b, 0.0), 0.9, 11)
    assert one[0] == pytest.approx(many[0], rel=1e-12)
    assert one[1] == pytest.approx(many[1][[0, 1, 3]], rel=1e-9)


@pytest.mark.proves("multilevel.latent_limits", "the likelihood on a grid")
def test_the_limits_of_the_share_are_where_the_profile_is_192_lower(agree):
    for seed in (4, 5):
        X, y, g = rows(seed, clusters=16)
        found = ml.logistic_intercept(X, y, g)
        trials = model.trials_of(X, y, g)
        for limit in ml.latent_limits(found):
            if limit == 0:
                assert found.loglik - found.plain.loglik <= stats.chi2.ppf(0.95, 1) / 2
                continue
            s = np.sqrt(limit / (1 - limit) * np.pi**2 / 3)

            def f(b, s=s, trials=trials):
                value, by = model.likelihood(trials, b, s, 15)
                return -value, -by[:-1]

            best = -optimize.minimize(f, found.beta, jac=True, options={"gtol": 1e-8}).fun
            agree(found.loglik - best, stats.chi2.ppf(0.95, 1) / 2, rel=1e-4)


@pytest.mark.proves("multilevel.averaged", "scipy.integrate.quad, a pupil at a time")
@pytest.mark.parametrize("s", [0.5, 2.0, 8.0])
def test_the_mean_over_clusters_is_that_of_the_integral(s, agree):
    X, y, g = rows(4, clusters=20)
    found = ml.logistic_intercept(X, y, g)
    found = replace(found, s=s)

    def mean(beta, s):
        return np.mean([
            integrate.quad(lambda z, eta=eta: special.expit(eta + s * z) * stats.norm.pdf(z),
                           -12, 12, epsabs=0, epsrel=1e-12, limit=500)[0] for eta in X[:9] @ beta
        ])  # fmt: skip

    value, by = ml.averaged(found, X[:9])
    agree(value, mean(found.beta, s), rel=1e-9)
    for i, e in enumerate(np.eye(4) * 1e-4):
        up, down = (mean(found.beta + j * e[:-1], s + j * e[-1]) for j in (1, -1))
        agree(by[i], (up - down) / 2e-4, rel=1e-5, abs=1e-9)


def test_degrees_of_freedom_are_of_where_a_column_varies():
    X, _, g = rows(4, clusters=20)
    assert ml.between_within(X, g).tolist() == [18, 18, len(X) - 20 - 1]


def test_what_cannot_be_had_is_a_reason():
    X, y, g = rows(4)
    assert ml.logistic_intercept(X, y, np.arange(len(y))) is ml.NO_PAIRS
    same = (g % 3 == 0).astype(float)
    assert ml.logistic_intercept(X, same, g) is ml.ALL_SAME_INSIDE
    apart = ml.logistic_intercept(X, (X[:, 2] > 0).astype(float), g)
    assert isinstance(apart, Separation)
    assert apart.columns == (2,)
    assert isinstance(ml.logistic_intercept(X, np.ones(len(y)), g), Separation)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31), clusters=st.integers(3, 10), size=st.integers(2, 8),
    s=st.sampled_from([0.0, 1.0, 4.0]), level=st.sampled_from([-2.0, 0.0]),
)  # fmt: skip
def test_any_rows_give_numbers_or_a_reason(seed, clusters, size, s, level):
    X, y, g = rows(seed, clusters=clusters, size=size, s=s, level=level)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ml.logistic_intercept(X[:, :2], y, g)
    if isinstance(found, Separation | Text):
        return
    assert np.isfinite(found.beta).all()
    assert np.isfinite(found.covariance).all()
    assert found.loglik >= found.plain.loglik
    low, high = ml.latent_limits(found)
    assert 0 <= low <= found.icc <= high <= 1


# ---------------------------------------------------------------- the estimator

PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", covariates=("x",),
               method="logistic multilevel")  # fmt: skip


def pupils(seed, *, schools=16, size=12, s=0.9, t=0.6):
    X, _, g = rows(seed, clusters=schools, size=size)
    rng = np.random.default_rng(seed + 100)
    eta = -0.4 + t * X[:, 1] + 0.6 * X[:, 2] + s * rng.normal(size=schools)[g]
    y = (rng.random(len(g)) < special.expit(eta)).astype(int)
    table = pd.DataFrame({"t": g % 2, "x": X[:, 2], "y": y, "pair": g // 4})
    return table.assign(school=[f"s{i}" for i in g])


def estimated(table, plan=PLAN, **how):
    effects = aw.estimate(table, plan, **how)
    return effects, effects[0], effects.detail(effects[0])


@pytest.mark.proves("Inference.BETWEEN_WITHIN", "rows, the delta method by differences")
@pytest.mark.proves("Method.LOGISTIC_MULTILEVEL", "rows, integrals and derivatives by brute force")
def test_an_effect_is_the_difference_of_shares_over_pupils_and_clusters(agree):
    table = pupils(1)
    effects, effect, detail = estimated(table)
    X = np.column_stack([np.ones(len(table)), table[["t", "x"]]]).astype(float)
    y, g = table["y"].to_numpy(float), pd.factorize(table["school"])[0]
    z = np.linspace(-10, 10, 801)
    density = stats.norm.pdf(z) * (z[1] - z[0])

    def loglik(theta):
        p = special.expit((X @ theta[:-1])[:, None] + theta[-1] * z)
        first = np.flatnonzero(np.diff(g, prepend=-1))
        log = np.add.reduceat(np.log(np.where(y[:, None] > 0, p, 1 - p)), first)
        return np.log(np.exp(log) @ density).sum()

    def shares(theta):
        out = []
        for arm in (1, 0):
            eta = theta[0] + theta[1] * arm + theta[2] * X[:, 2]
            out.append((special.expit(eta[:, None] + theta[-1] * z) @ density).mean())
        return np.array(out)

    theta = np.append(effects.coefficients()["estimate"], np.sqrt(detail.tau2))
    agree(shares(theta), [detail.shares.share_arm, detail.shares.share_comparison], rel=1e-7)
    agree(effect.estimate, shares(theta) @ [1, -1], rel=1e-7)
    agree(detail.loglik, loglik(theta), rel=1e-7)
    h, e = 1e-3, np.eye(4)
    H = np.array([[(loglik(theta + h * (a + b)) - loglik(theta + h * (a - b))
                    - loglik(theta - h * (a - b)) + loglik(theta - h * (a + b))) / (4 * h * h)
                   for a in e] for b in e])  # fmt: skip
    slope = np.array([(shares(theta + h * a) - shares(theta - h * a)) @ [1, -1] for a in e]) / 2 / h
    agree(effect.se, np.sqrt(slope @ np.linalg.inv(-H) @ slope), rel=1e-4)
    assert effect.df == 14
    margin = stats.t.ppf(0.975, 14) * effect.se
    agree([effect.low, effect.high], [effect.estimate - margin, effect.estimate + margin])
    agree(detail.shares.odds_ratio, np.exp(theta[1]))
    logit = np.log(shares(theta) / (1 - shares(theta)))
    agree(effect.g, (logit @ [1, -1]) / 1.65, rel=1e-6)

    def cox(theta):
        return special.logit(shares(theta)) @ [1, -1] / 1.65

    slope = np.array([cox(theta + h * a) - cox(theta - h * a) for a in e]) / 2 / h
    wide = stats.t.ppf(0.975, 14) * np.sqrt(slope @ np.linalg.inv(-H) @ slope)
    agree([effect.g_low, effect.g_high], [effect.g - wide, effect.g + wide], rel=1e-4)
    assert detail.table().loc[0, "latent_icc"] == detail.icc
    assert effects.inference is aw.Inference.BETWEEN_WITHIN


def test_the_odds_ratio_within_schools_lies_further_from_1_and_the_shares_do_not():
    table = pupils(1, s=1.5)
    plain = aw.estimate(table, PLAN, method="logistic")
    _, effect, detail = estimated(table)
    assert detail.shares.odds_ratio > plain.detail(plain[0]).odds_ratio > 1
    assert effect.estimate == pytest.approx(plain[0].estimate, abs=0.06)


def test_without_differences_between_clusters_it_is_logistic_regression_with_cr2():
    table = pupils(3, s=0.0)
    _, effect, detail = estimated(table)
    plain = aw.estimate(table, PLAN, method="logistic", inference="CR2")[0]
    assert detail.boundary
    assert Caution.NO_LATENT_VARIANCE in effect.cautions
    assert effect.estimate == pytest.approx(plain.estimate, rel=1e-9)
    assert effect.se == pytest.approx(plain.se, rel=1e-9)
    assert effect.df == pytest.approx(min(plain.df, 14), rel=1e-6)
    assert effect.method.startswith("logistic regression (no variance between clusters)")
    assert "CR2" in effect.method
    assert "geen verschillen in kans die groter zijn dan toeval" in detail.explain("nl")


def test_order_of_rows_and_names_do_not_matter():
    table = pupils(5)
    _, effect, _ = estimated(table)
    other = table.sample(frac=1, random_state=2)
    other["school"] = other["school"].str.replace("s", "z")
    _, again, _ = estimated(other)
    numbers = (effect.estimate, effect.se, effect.df)
    assert (again.estimate, again.se, again.df) == pytest.approx(numbers, rel=1e-5)


def test_pupils_assigned_within_blocks_have_degrees_of_freedom_within_clusters():
    table = pupils(5)
    table["t"] = np.arange(len(table)) % 2
    plan = replace(PLAN, blocks=("pair",), assigned="pupil")
    _, effect, _ = estimated(table, plan)
    assert effect.df == len(table) - 16 - 2
    assert len(aw.estimate(table, plan).coefficients()) == 2


@pytest.mark.parametrize("inference", ["CR2", "Kenward-Roger", "wild bootstrap"])
def test_it_has_one_inference(inference):
    with pytest.raises(aw.PlanError) as told:
        aw.estimate(pupils(1), PLAN, inference=inference)
    assert "between-within" in told.value.faults[0].remedy.en


@pytest.mark.parametrize("wrong", [{"crossed": "pair"}, {"dose": True}, {"weights": "x"}])
def test_what_it_cannot_have_is_told(wrong):
    with pytest.raises(aw.PlanError) as told:
        replace(PLAN, **wrong)
    assert any(fault.column == "method" for fault in told.value.faults)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"classes": "pair"}, ("geen klassen in scholen", "‘logistic’", "‘multilevel’")),
        ({"varying": "t"}, ("één effect voor alle scholen", "CR2", "‘multilevel’")),
        ({"varying": "x"}, ("de onzekerheid te klein", "‘logistic’", "‘multilevel’")),
    ],
)
def test_levels_that_it_does_not_know_are_refused_by_name_with_what_does_know_them(asked, words):
    (column,) = asked
    for plan, how in ((PLAN, {}), (replace(PLAN, method=None), {"method": PLAN.method})):
        with pytest.raises(aw.PlanError) as told:
            aw.estimate(pupils(1), replace(plan, **asked), **how)
        (fault,) = told.value.faults
        assert fault.column == column
        assert all(word in f"{fault.rule.nl} {fault.remedy.nl}" for word in words)
    told = replace(PLAN, classes="pair", method="logistic")  # by school, with its classes in it
    without = replace(told, classes=None)
    table = pupils(1).assign(pair=lambda t: t.school + t.pair.astype(str))
    one, other = (aw.estimate(table, plan)[0] for plan in (told, without))
    assert (one.estimate, one.se) == (other.estimate, other.se)


@pytest.mark.parametrize("method", ["logistic", "negative binomial"])
def test_an_effect_that_differs_by_school_is_not_asked_of_a_model_that_has_one(method):
    with pytest.raises(aw.PlanError) as told:
        replace(PLAN, varying="t", method=method)
    (fault,) = told.value.faults
    assert fault.column == "varying"
    assert "CR2" in fault.remedy.en
    assert "te klein" not in fault.rule.nl  # by school it is not


@pytest.mark.parametrize("method", ["logistic multilevel", "logistic", "propensity weights"])
@pytest.mark.parametrize("asked", ["crossed", "weights"])
def test_the_reason_is_not_that_of_means_of_clusters(method, asked):
    with pytest.raises(aw.PlanError) as told:
        replace(PLAN, method=method, **{asked: "pair"})
    rules = [f.rule.en for f in told.value.faults if f.column == "method"]
    assert rules
    assert not any("means" in rule or "every cluster" in rule for rule in rules)
    with pytest.raises(aw.PlanError, match=r"gemiddelden van clusters|elk cluster of blok"):
        replace(PLAN, method="cluster means", covariates=(), **{asked: "pair"})


def test_another_outcome_than_0_and_1_is_refused_and_its_values_named():
    table = pupils(1)
    table["y"] += 1
    with pytest.raises(aw.PlanError, match="1 en 2"):
        aw.estimate(table, PLAN)
    with pytest.raises(aw.PlanError):
        aw.estimate(table.assign(y=np.arange(len(table)) / 7), PLAN)


def test_moments_alone_are_refused():
    with pytest.raises(aw.PlanError) as told:
        aw.estimate(aw.collect(pupils(1), PLAN), PLAN)
    assert told.value.faults[0].column == "method"


def test_an_arm_without_events_gives_the_plain_difference_and_says_why():
    table = pupils(1)
    table.loc[table["t"] == 1, "y"] = 0
    effects, effect, detail = estimated(table)
    line = aw.estimate(table, PLAN, method="adjusted", inference="CR2")[0]
    assert effect.estimate == pytest.approx(line.estimate)
    assert Caution.SEPARATED in effect.cautions
    assert "‘t’" in effect.reason.nl
    assert isinstance(detail.explain("en"), str)
    assert not effects.table()["estimate"].isna().any()


def test_schools_in_which_all_are_alike_are_no_trouble_unless_all_are():
    table = pupils(1)
    table.loc[table["school"] == "s3", "y"] = 1
    _, effect, _ = estimated(table)
    assert np.isfinite([effect.estimate, effect.low, effect.high]).all()
    table["y"] = table["school"].isin(["s0", "s1", "s2", "s7", "s11"]).astype(int)
    _, effect, detail = estimated(table)
    assert effect.estimate is None
    assert effect.reason is ml.ALL_SAME_INSIDE
    assert detail is None


def test_one_school_in_an_arm_has_no_limits():
    table = pupils(1)
    table["t"] = (table["school"] == "s0").astype(int)
    table.loc[table.index[:2], "y"] = [0, 1]
    _, effect, _ = estimated(table)
    assert effect.low is None
    assert effect.reason is ONE_CLUSTER


def test_a_search_that_does_not_settle_is_said(monkeypatch):
    monkeypatch.setattr(model, "POLISH", 0)
    _, effect, detail = estimated(pupils(1))
    assert not detail.converged
    assert effect.low is None
    assert Caution.NOT_CONVERGED in effect.cautions
    assert "did not come to rest" in detail.explain("en")
    appendix(detail, effect, PLAN, "nl")


def test_a_model_can_be_said_and_shown():
    table = pd.concat([pupils(seed).assign(n=seed) for seed in (1, 2, 4)])
    table["school"] += table["n"].astype(str)
    effects, effect, detail = estimated(table)
    evidence = aw.weigh(effects, PLAN)
    for language, edge in (("nl", "van de verschillen in kans"), ("en", "differences in chance")):
        assert edge not in " ".join(sure(detail, effect, PLAN, language))  # jargon
        blocks = appendix(detail, effect, PLAN, language)
        assert "π²/3" in blocks[-1].note
        assert len(blocks[-1].rows) == 1
        said = " ".join(method_texts(evidence, language))
        assert "Pinheiro" in said
        assert "Schluchter" in said
        document = build(evidence, language, datetime.date(2026, 11, 22), "")
        page = " ".join(texts(document.blocks))
        assert edge not in page
        assert edge in " ".join(texts(document.appendix))
        assert {"nl": "van elke 100 leerlingen", "en": "every 100 pupils"}[language] in page
    assert detail.explain("nl").count("100") == 2


def test_how_alike_pupils_are_stays_inside_where_there_are_few_schools():
    _, effect, detail = estimated(pupils(1))
    few = replace(effect, clusters_arm=2)
    inside, told = (" ".join(texts(appendix(detail, e, PLAN, "nl"))) for e in (few, effect))
    assert "verschillen in kans" not in inside
    assert "verschillen in kans" in told
    stuck = replace(detail, converged=False)
    assert "kwam niet tot rust" in " ".join(sure(stuck, effect, PLAN, "nl"))
    assert "kwam niet tot rust" not in " ".join(sure(stuck, few, PLAN, "nl"))
    assert all("π²/3" not in getattr(b, "note", "") for b in appendix(detail, few, PLAN, "nl"))


def test_shares_of_a_few_stay_inside():
    table = pupils(1)
    table["y"] = 0
    table.loc[table.index[[0, 30, 60, 90, 120]], "y"] = 1
    _, effect, detail = estimated(table)
    if effect.estimate is not None and detail.shares.share_arm is not None:
        assert shares_told(detail.shares) is None
        assert "vertellen we niet" in detail.explain("nl")
