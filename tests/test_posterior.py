"""What is likely of an effect, without sampling: held against integrals over the rows."""

import datetime
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import schools
from scipy import integrate, stats

import academic_workplace as aw
from academic_workplace.effects.regression import arms_of, regress
from academic_workplace.evidence import posterior as evidence_posterior
from academic_workplace.evidence.posterior import NOT_THIS_PLAN
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.multilevel import random_intercept
from academic_workplace.plan import Measure, Prior, Study, parse_plan, plan_from_dict
from academic_workplace.posterior import NODES, PANELS, SCALE, Mixture, mixture_of, posterior
from academic_workplace.report.build import build
from academic_workplace.report.document import Paragraph, Picture, Table, walk
from academic_workplace.report.posterior import chance_words, posterior_table

PRIOR = Prior(0.15, 0.10, "Inns e.a. (2019)")
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before",),
    allocation="lot",
)  # fmt: skip


def fitted(table, plan=PLAN):
    m = aw.collect(table, plan).samples[0]
    model = regress(m, plan, arms_of(m, plan), list(plan.covariates), interacted=False)
    mixed = random_intercept(m, model.fit, absorb=bool(plan.blocks))
    return mixed, model.contrasts["1"]


def a_table(seed=1, **kw):
    return schools(np.random.default_rng(seed), **({"clusters": 10, "size": 8, "effect": 0.5} | kw))


# ---------------------------------------------------------------- against the rows


def log_likelihood(table):
    """log density of the rows at (b, log sigma, rho), with the full covariance matrix."""
    X = np.column_stack([table["offered"], table["before"], np.ones(len(table))]).astype(float)
    y = table["after"].to_numpy()
    same = (table["school"].to_numpy()[:, None] == table["school"].to_numpy()).astype(float)
    own, axes = np.linalg.eigh(same)
    own = np.maximum(own, 0.0)
    Xr, yr = axes.T @ X, axes.T @ y

    def at(rho):
        d = 1 / (1 + rho * own)
        A = Xr.T @ (Xr * d[:, None])
        b = Xr.T @ (yr * d)
        return A, b, float(yr @ (yr * d)), float(np.log(d).sum())

    return at, len(y)


def by_brute_force(table, prior=None):
    """Mean, sd and chance above 0 of the effect, by integrals over rho, sigma and the effect.

    Of the other coefficients, whose prior is flat, the normal integral is taken by hand.
    """
    at, n = log_likelihood(table)
    mu, s0 = prior or (0.0, math.inf)
    x, w = np.polynomial.legendre.leggauss(80)
    log_sigma, w_sigma = 2.5 * x, 2.5 * w
    s2 = np.exp(2 * log_sigma)
    parts = []
    for angle, w_angle in zip((x + 1) * math.pi / 4, w * math.pi / 4, strict=True):
        A, b, yy, logdet = at((SCALE * math.tan(angle)) ** 2)
        best = np.linalg.solve(A, b)
        m, v = best[0], s2 * np.linalg.inv(A)[0, 0]  # the effect given rho and sigma is normal
        log = (logdet - np.linalg.slogdet(A)[1]) / 2 - (n - 3) * log_sigma
        log -= (yy - b @ best) / (2 * s2)
        if math.isfinite(s0):  # times the normal prior: a normal again
            log -= (m - mu) ** 2 / (2 * (v + s0**2)) + np.log(v + s0**2) / 2
            m, v = (m * s0**2 + mu * v) / (v + s0**2), v * s0**2 / (v + s0**2)
        above = stats.norm.sf(0, m, np.sqrt(v))
        parts.append((log, w_angle * w_sigma, m + 0 * v, v, above))
    log, weight, m, v, above = (np.array(part) for part in zip(*parts, strict=True))
    f = weight * np.exp(log - log.max())
    f /= f.sum()
    mean = (f * m).sum()
    return mean, math.sqrt((f * (v + m**2)).sum() - mean**2), (f * above).sum()


@pytest.mark.proves("posterior.mixture_of", "integrals over rho and sigma, full covariance of rows")
@pytest.mark.proves("posterior.posterior", "integrals over rho and sigma, full covariance of rows")
@pytest.mark.parametrize("prior", [None, (0.1, 0.2), (-1.0, 0.3), (0.3, 20.0)])
def test_it_is_what_integrals_over_the_rows_give(agree, prior):
    table = a_table(3, clusters=8, size=4)
    mixed, contrast = fitted(table)
    found = posterior(mixture_of(mixed, contrast), prior, (0.0,))
    expected = by_brute_force(table, prior)
    agree((found.known.mean, found.known.sd, found.above[0.0]), expected, rel=1e-8)


@pytest.mark.proves("posterior.density", "adaptive quadrature of scipy")
@pytest.mark.parametrize("prior", [None, (0.1, 0.05), (3.0, 0.1), (0.0, 50.0)])
def test_the_density_has_the_mean_the_limits_and_the_chances_that_are_told(agree, prior):
    mixed, contrast = fitted(a_table(5))
    found = posterior(mixture_of(mixed, contrast), prior, (0.0, 0.2))
    k = found.known
    points = [k.low, k.mean, k.high, 0.0, 0.2]

    def over(f, low, high):
        return integrate.quad(f, low, high, points=[p for p in points if low < p < high],
                              limit=400, epsabs=1e-13)[0]  # fmt: skip

    def f(x):
        return float(found.density(np.array(x)))

    reach = 60 * (k.high - k.low)
    agree(over(f, k.low - reach, k.high + reach), 1.0, rel=1e-5)
    agree(over(f, k.low, k.high), 0.95, rel=1e-8)
    agree(over(f, k.low, 0.2) + 0.025, 1 - found.above[0.2], rel=1e-6, abs=1e-9)


# ---------------------------------------------------------------- theorems


def density_of_the_ratio(found):
    """The posterior density of rho at its nodes: weight / (width of the node x d rho / d angle)."""
    angle = np.arctan(np.sqrt(found.rho) / SCALE).reshape(PANELS, NODES)
    x, w = np.polynomial.legendre.leggauss(NODES)
    half = (angle[:, -1] - angle[:, 0]) / (x[-1] - x[0])
    root = np.sqrt(found.rho)
    return found.weight / (half[:, None] * w).ravel() / (2 * root * (SCALE + found.rho / SCALE))


def restricted(at, n, rho):
    """The log restricted likelihood of rho, from the rows: of REML, less a constant."""
    A, b, yy, logdet = at(rho)
    rest = yy - b @ np.linalg.solve(A, b)
    return (logdet - np.linalg.slogdet(A)[1] - (n - len(b)) * math.log(rest)) / 2


@pytest.mark.proves("posterior.mixture_of", "REML, its profile and its optimum")
def test_under_flat_priors_the_density_of_the_ratio_is_the_profile_of_reml(agree):
    table = a_table(7, clusters=30)
    mixed, contrast = fitted(table)
    found = mixture_of(mixed, contrast, None)
    at, n = log_likelihood(table)
    profile = np.array([restricted(at, n, float(r)) for r in found.rho])
    best = float(profile.max())
    own, seen = density_of_the_ratio(found), profile > best - 20  # the rest is nothing
    total = integrate.quad(lambda r: math.exp(restricted(at, n, r) - best), 0, 60,
                           points=[0.1, 1, 5], limit=400, epsabs=1e-13)[0]  # fmt: skip
    agree(own[seen], np.exp(profile - best)[seen] / total, rel=1e-7)
    # so that its highest point is REML's estimate, and the effect there is REML's
    rho = mixed.tau2 / mixed.sigma2
    assert restricted(at, n, rho) >= best - 1e-9
    assert abs(math.log(found.rho[int(np.argmax(own))] / rho)) < 0.2
    agree(np.interp(rho, found.rho, found.centre), float(contrast @ mixed.beta), rel=1e-4)
    s2 = np.interp(rho, found.rho, found.spread) ** 2
    k = len(contrast)
    of_slopes = np.zeros(len(mixed.delta))
    of_slopes[:k] = contrast @ mixed.fit.L
    agree(s2, float(of_slopes @ mixed.information.Phi @ of_slopes), rel=1e-3)


def test_where_clusters_cannot_differ_it_is_the_t_of_least_squares():
    table = a_table(9)
    mixed, contrast = fitted(table)
    found = posterior(mixture_of(mixed, contrast, 1e-7), None, (0.0,))
    plan = replace(PLAN, inference="classical")
    (effect,) = aw.estimate(aw.check(table, plan), plan)
    assert found.known.mean == pytest.approx(effect.estimate, rel=1e-9)
    assert (found.known.low, found.known.high) == pytest.approx((effect.low, effect.high), rel=1e-8)
    assert found.above[0.0] == pytest.approx(
        1 - effect.p_value / 2 if effect.estimate > 0 else effect.p_value / 2, rel=1e-8
    )


def test_a_prior_of_no_worth_changes_nothing_and_a_certain_one_is_the_answer():
    mixed, contrast = fitted(a_table(11))
    mixture = mixture_of(mixed, contrast)
    flat = posterior(mixture, None, (0.0, 0.3))
    wide = posterior(mixture, (5.0, 1e6), (0.0, 0.3))
    for name in ("mean", "sd", "low", "high"):
        assert getattr(wide.known, name) == pytest.approx(getattr(flat.known, name), rel=1e-6)
    assert wide.above == pytest.approx(flat.above, rel=1e-6)
    sure = posterior(mixture, (0.25, 1e-5), (0.0,)).known
    assert (sure.mean, sure.sd) == pytest.approx((0.25, 1e-5), rel=1e-6)


@given(st.floats(-3, 3), st.floats(0.01, 5), st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_together_lies_between_the_two_and_is_surer_than_the_prior_seldom_less(mean, sd, seed):
    rng = np.random.default_rng(seed)
    mixture = Mixture(np.zeros(1), np.ones(1), rng.normal(size=1), rng.random(1) + 0.05, 1e10)
    found = posterior(mixture, (mean, sd), (0.0,))
    v, m = float(mixture.spread[0]) ** 2, float(mixture.centre[0])  # normal times normal
    expected = (m * sd**2 + mean * v) / (v + sd**2)
    assert found.known.mean == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert found.known.sd == pytest.approx(math.sqrt(v * sd**2 / (v + sd**2)), rel=1e-5)
    assert found.above[0.0] == pytest.approx(stats.norm.sf(0, expected, found.known.sd), abs=1e-5)


def test_order_of_rows_units_and_parts_do_not_matter():
    table = a_table(13)
    (one,) = evidence_posterior(aw.estimate(aw.check(table, PLAN), PLAN))
    other = table.sample(frac=1, random_state=2).assign(after=lambda t: 50 + 10 * t["after"])
    (two,) = evidence_posterior(aw.estimate(aw.check(other, PLAN), PLAN))
    a, b = one.data.known, two.data.known
    assert (a.mean, a.sd, a.low, a.high) == pytest.approx((b.mean, b.sd, b.low, b.high), rel=1e-7)
    assert one.better == pytest.approx(two.better, rel=1e-8)


def test_many_clusters_and_few():
    for clusters in (3, 4, 400):
        mixed, contrast = fitted(a_table(15, clusters=clusters))
        found = posterior(mixture_of(mixed, contrast), None, (0.0,))
        assert found.known.low < found.known.mean < found.known.high
        assert found.known.sd is None or found.known.sd > 0
        assert found.mixture.weight.sum() == pytest.approx(1)
    assert found.mixture.icc == pytest.approx(mixed.tau2 / (mixed.tau2 + mixed.sigma2), abs=0.01)


# ---------------------------------------------------------------- of the plan


@pytest.mark.proves("evidence.posterior", "posterior.posterior, in standard deviations")
def test_the_prior_is_in_standard_deviations_of_the_primary_outcome(agree):
    table = a_table(17, effect=2.0).assign(other=lambda t: t["after"] * 2 + 1)
    plan = replace(PLAN, outcome=("after", "other"), prior=PRIOR)
    effects = aw.estimate(aw.check(table, plan), plan)
    found = evidence_posterior(effects, plan)
    assert [x.prior for x in found] == [PRIOR, None]
    assert found[1].together is None
    assert found[1].shrinkage is None
    first = found[0]
    mixed, contrast = fitted(table)
    unit = effects[0].estimate / effects[0].g
    prior = (PRIOR.mean * unit, PRIOR.sd * unit)
    expected = posterior(mixture_of(mixed, contrast), prior, (0.1 * unit,))
    k = first.together.known
    agree(np.array([k.mean, k.sd, k.low, k.high]) * unit,
          (expected.known.mean, expected.known.sd, expected.known.low, expected.known.high),
          rel=1e-7)  # fmt: skip
    agree(first.matters, expected.above[0.1 * unit], rel=1e-7)
    assert 0 < first.shrinkage < 1
    assert first.better >= first.matters
    assert first.matters + first.negligible + first.harms == pytest.approx(1)
    assert list(found.table()["of"]) == ["prior", "data", "together", "data"]


def test_where_lower_is_better_the_prior_is_about_better():
    measure = Measure(Text("Last", "Trouble"), Text("minder", "less"), better="lower")
    plan = replace(PLAN, prior=PRIOR)
    lower = replace(plan, study=Study(measures={"after": measure}))
    table = a_table(19)
    (one,) = evidence_posterior(aw.estimate(aw.check(table, plan), plan))
    mirrored = table.assign(after=-table["after"])
    (two,) = evidence_posterior(aw.estimate(aw.check(mirrored, lower), lower))
    assert two.together.known.mean == pytest.approx(one.together.known.mean, rel=1e-9)
    assert two.matters == pytest.approx(one.matters, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "table", "said"),
    [
        ({"method": "cluster means"}, a_table(), NOT_THIS_PLAN.nl),
        ({"blocks": ("school",), "assigned": "pupil"}, None, "blokken"),
        ({}, a_table(clusters=2, size=30), "maar één school"),
    ],
)
def test_what_cannot_be_had_says_why(change, table, said):
    if table is None:
        table = a_table().assign(offered=lambda t: np.arange(len(t)) % 2)
    plan = replace(PLAN, **change)
    found = evidence_posterior(aw.estimate(aw.check(table, plan), plan))
    assert len(found) == 0
    assert said in found.explain()


def test_another_plan_is_refused():
    effects = aw.estimate(aw.check(a_table(), PLAN), PLAN)
    with pytest.raises(aw.PlanError):
        evidence_posterior(effects, replace(PLAN, prior=PRIOR))


# ---------------------------------------------------------------- reading the plan

TOML = """
[design]
treatment = "offered"
cluster = "school"
[[outcomes]]
column = "after"
[prior]
"""


def test_a_plan_keeps_its_prior_and_an_older_plan_its_fingerprint():
    plan = parse_plan(TOML + 'mean = 0.15\nsd = 0.1\nsource = "Inns e.a. (2019)"')
    assert plan.prior == PRIOR
    assert plan_from_dict(plan.to_dict()).fingerprint == plan.fingerprint
    assert plan_from_dict(plan.to_dict()).prior == PRIOR
    without = replace(plan, prior=None)
    assert "prior" not in without.to_dict()
    assert without.fingerprint != plan.fingerprint


@pytest.mark.parametrize(
    ("prior", "columns"),
    [
        (Prior(0.1, 0.0, "x"), ["prior.sd"]),
        (Prior(0.1, -1.0, "x"), ["prior.sd"]),
        (Prior(math.nan, math.inf, "x"), ["prior.mean", "prior.sd"]),
        (Prior(0.1, 0.1, "  "), ["prior.source"]),
        (Prior("a", True, None), ["prior.mean", "prior.sd", "prior.source"]),
    ],
)
def test_every_fault_of_a_prior_is_named(prior, columns):
    with pytest.raises(aw.PlanError) as caught:
        replace(PLAN, prior=prior)
    assert [fault.column for fault in caught.value.faults] == columns


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("mean = 0.1\nsd = 0.1", "source"),
        ('mean = 0.1\nsd = -0.1\nsource = "x"', "groter zijn dan 0"),
        ('mean = "a"\nsd = 0.1\nsource = "x"', "mean"),
        ('mean = 0.1\nsd = 0.1\nsource = "x"\nshape = "normal"', "shape"),
    ],
)
def test_faults_in_the_file_are_named(lines, said):
    with pytest.raises(aw.PlanError, match=said):
        parse_plan(TOML + lines)


def test_no_table_is_no_prior():
    with pytest.raises(aw.PlanError):
        replace(PLAN, prior={"mean": 0.1})


# ---------------------------------------------------------------- what is told


def report_of(table, plan, language="nl"):
    evidence = aw.weigh(aw.estimate(aw.check(table, plan), plan), plan)
    report = build(evidence, language, datetime.date(2026, 11, 22), "x")
    blocks = list(walk(report.appendix))
    captions = [b.caption for b in blocks if isinstance(b, Table | Picture)]
    return evidence, " ".join(b.text for b in blocks if isinstance(b, Paragraph)), captions


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_says_draws_and_counts_it_where_the_plan_asks(language):
    plan = replace(PLAN, prior=PRIOR)
    evidence, said, captions = report_of(a_table(21), plan, language)
    ((found,),) = evidence.posterior
    assert found.explain(language) in said
    assert PRIOR.source in said
    assert posterior_table(found, language).caption in captions
    assert found.picture(language).png
    assert found.plot(language=language)
    evidence, said, _ = report_of(a_table(21), PLAN, language)
    assert evidence.posterior == ()
    assert PRIOR.source not in said


def test_a_chance_is_told_in_tens_and_never_as_certain():
    told = [chance_words(p, "nl") for p in (0.0, 0.049, 0.06, 0.84, 0.86, 0.94, 0.951, 1.0)]
    assert told == [
        "kleiner dan 1 op de 20", "kleiner dan 1 op de 20", "ongeveer 1 op de 10",
        "ongeveer 8 op de 10", "ongeveer 9 op de 10", "ongeveer 9 op de 10",
        "groter dan 19 op de 20", "groter dan 19 op de 20",
    ]  # fmt: skip
    plan = replace(PLAN, prior=Prior(3.0, 0.01, "x"))
    ((found,),) = report_of(a_table(21), plan)[0].posterior
    assert "> 99%" in posterior_table(found, "nl").rows[-1]
    assert "100%" not in str(posterior_table(found, "nl").rows)
    assert "ver uit elkaar" in found.explain()


def test_two_schools_in_a_group_tell_nothing_of_it():
    plan = replace(PLAN, prior=PRIOR)
    evidence, _, captions = report_of(a_table(23, clusters=4, size=30), plan)
    ((found,),) = evidence.posterior
    assert "tonen we niet" in found.explain()
    assert posterior_table(found, "nl").caption not in captions
    with pytest.raises(aw.PlanError):
        found.picture()
