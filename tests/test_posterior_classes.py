"""What is likely of an effect where classes differ as well: against integrals over the rows."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import academic_workplace as aw
from academic_workplace import posterior as module
from academic_workplace.effects.regression import arms_of, regress
from academic_workplace.multilevel import CLASSES_NOT_TOLD, nested_intercepts, random_intercept
from academic_workplace.multilevel.classes import criterion
from academic_workplace.posterior import SCALE, Mixture, mixed_equally, mixture_of, posterior
from academic_workplace.threads import one_thread

PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", classes="group",
    covariates=("before",), allocation="lot",
)  # fmt: skip
REFINED = 1e-8  # of the width of the interval: how far a finer grid may move a number


def a_table(seed=1, *, schools=8, classes=3, size=4, tau=0.5, omega=0.4):
    """Pupils in classes of unequal size; every other school is offered the programme."""
    rng = np.random.default_rng(seed)
    n = rng.integers(max(2, size - 2), size + 3, schools * classes)
    own = np.repeat(np.arange(schools * classes), n)
    school = own // classes
    before = rng.normal(size=len(own))
    after = 0.4 * (school % 2) + 0.5 * before + rng.normal(size=len(own))
    after += tau * rng.normal(size=schools)[school] + omega * rng.normal(size=n.size)[own]
    table = pd.DataFrame({
        "school": [f"S{i:03d}" for i in school], "group": [f"G{i % classes}" for i in own],
        "offered": school % 2, "before": before, "after": after,
    })  # fmt: skip
    return table.sample(frac=1, random_state=seed, ignore_index=True)


def fitted(table, plan=PLAN, model=nested_intercepts):
    m = aw.collect(table, plan).samples[0]
    regression = regress(m, plan, arms_of(m, plan), list(plan.covariates), interacted=False)
    return model(m, regression.fit, absorb=bool(plan.blocks)), regression.contrasts["1"]


# ---------------------------------------------------------------- against the rows


def on_rows(table, rho_c, rho_s):
    """X'V^-1 X, X'V^-1 y, y'V^-1 y and log|V| of the rows, with sigma2 = 1."""
    X = np.column_stack([table["offered"], table["before"], np.ones(len(table))]).astype(float)
    y = table["after"].to_numpy()
    school = table["school"].to_numpy()
    own = (table["school"] + "/" + table["group"]).to_numpy()
    V = np.eye(len(y)) + rho_s * (school[:, None] == school) + rho_c * (own[:, None] == own)
    undone = np.linalg.solve(V, np.column_stack([X, y]))
    sides = np.column_stack([X, y]).T @ undone
    return sides[:3, :3], sides[:3, 3], float(sides[3, 3]), float(np.linalg.slogdet(V)[1])


def by_brute_force(table, prior=None):
    """Mean, sd, chance above 0 and share of schools, by integrals over both ratios and sigma.

    Of the other coefficients, whose prior is flat, the normal integral is taken by hand.
    """
    mu, s0 = prior or (0.0, math.inf)
    x, w = np.polynomial.legendre.leggauss(24)
    angle, w_angle = (x + 1) * math.pi / 4, w * math.pi / 4
    t, w_sigma = np.polynomial.legendre.leggauss(60)
    log_sigma = 2.0 * t
    s2, n = np.exp(2 * log_sigma), len(table)
    parts = []
    for a, wa in zip(angle, w_angle, strict=True):
        for b, wb in zip(angle, w_angle, strict=True):
            rc, rs = (SCALE * math.tan(a)) ** 2, (SCALE * math.tan(b)) ** 2
            A, c, yy, logdet = on_rows(table, rc, rs)
            best = np.linalg.solve(A, c)
            m, v = best[0], s2 * np.linalg.inv(A)[0, 0]  # given all three the effect is normal
            log = -(logdet + np.linalg.slogdet(A)[1]) / 2 - (n - 3) * log_sigma
            log -= (yy - c @ best) / (2 * s2)
            if math.isfinite(s0):
                log -= (m - mu) ** 2 / (2 * (v + s0**2)) + np.log(v + s0**2) / 2
                m, v = (m * s0**2 + mu * v) / (v + s0**2), v * s0**2 / (v + s0**2)
            above, share = stats.norm.sf(0, m, np.sqrt(v)), rs / (1 + rs + rc)
            parts.append((log, wa * wb * w_sigma, m + 0 * v, v, above, share + 0 * v))
    log, weight, m, v, above, share = (np.array(part) for part in zip(*parts, strict=True))
    f = weight * np.exp(log - log.max())
    f /= f.sum()
    mean = (f * m).sum()
    sd = math.sqrt((f * (v + m**2)).sum() - mean**2)
    return mean, sd, (f * above).sum(), (f * share).sum()


@pytest.mark.proves(
    "posterior.mixture_of", "integrals over both ratios and sigma, full covariance of rows"
)
@pytest.mark.parametrize("prior", [None, (-0.5, 0.3)])
def test_it_is_what_integrals_over_the_rows_give(agree, prior):
    table = a_table(3, schools=7, classes=2, size=3)
    mixed, contrast = fitted(table)
    mixture = mixture_of(mixed, contrast)
    found = posterior(mixture, prior, (0.0,))
    mean, sd, above, share = by_brute_force(table, prior)
    agree((found.known.mean, found.known.sd, found.above[0.0]), (mean, sd, above), rel=1e-7)
    if prior is None:
        agree(mixture.icc, share, rel=1e-7)


@pytest.mark.proves("posterior.mixture_of", "REML with classes, its profile and its optimum")
def test_under_flat_priors_the_density_of_both_ratios_is_the_profile_of_reml(agree, monkeypatch):
    """weight / (the rectangle of a node, in both ratios) is exp(-criterion / 2) but for its size,
    and its highest point is what REML estimates, with REML's effect and variance."""
    monkeypatch.setattr(module, "LEFT_OUT", -1.0)  # every node, so that their widths are known
    mixed, contrast = fitted(a_table(5, schools=60, classes=3, size=8))
    found = mixture_of(mixed, contrast, None)
    mode = mixed.omega2 / mixed.sigma2, mixed.tau2 / mixed.sigma2
    profile = np.array([
        -criterion(mixed.by_class, pair, reml=True) / 2
        for pair in zip(found.classes, found.rho, strict=True)
    ])  # fmt: skip
    points = module.BOTH_PANELS * module.NODES
    x, w = np.polynomial.legendre.leggauss(module.NODES)
    sides = []
    for ratios in (found.classes[::points], found.rho[:points]):
        angles = np.arctan(np.sqrt(ratios) / SCALE).reshape(-1, module.NODES)
        half = (angles[:, -1] - angles[:, 0]) / (x[-1] - x[0])
        per_angle = 2 * np.sqrt(ratios) * (SCALE + ratios / SCALE)  # d rho / d angle
        sides.append((half[:, None] * w).ravel() * per_angle)
    density = np.log(found.weight) - np.log(np.outer(*sides)).ravel()
    seen = profile > profile.max() - 20
    here = int(profile.argmax())
    agree(density[seen] - density[here], profile[seen] - profile[here], rel=1e-7, abs=1e-7)
    best = -criterion(mixed.by_class, mode, reml=True) / 2
    assert best - 0.5 < profile.max() <= best + 1e-9
    own = np.zeros(len(mixed.delta))
    own[: len(contrast)] = contrast @ mixed.fit.L
    at = module._given_both(mixed.by_class, mode[0], np.array([mode[1]]), own)
    start = float(contrast @ mixed.fit.beta)
    agree(start + at.moved[0], float(contrast @ mixed.beta), rel=1e-10)
    df = mixed.by_class.sums.pupils - len(mixed.delta)
    agree(at.rss[0] * at.unit[0] / df, float(own @ mixed.information.Phi @ own), rel=1e-10)


# ---------------------------------------------------------------- theorems


@pytest.mark.parametrize(
    "shape",
    [
        {"schools": 4, "classes": 2, "size": 4},  # very few: heavy tails
        {"schools": 12, "tau": 0.0, "omega": 0.0},  # both on the boundary
        {"schools": 40, "size": 20, "omega": 0.0},
        {"schools": 300, "classes": 4, "size": 20},  # narrow peaks
    ],
)
def test_a_finer_grid_gives_the_same_numbers(monkeypatch, shape):
    mixed, contrast = fitted(a_table(1, **shape))
    told = []
    for panels in (module.BOTH_PANELS, 7):
        monkeypatch.setattr(module, "BOTH_PANELS", panels)
        with one_thread():
            mixture = mixture_of(mixed, contrast)
        found = posterior(mixture, None, (0.0, 0.2))
        k = found.known
        width = k.high - k.low
        told.append([k.mean / width, k.low / width, k.high / width, *found.above.values(),
                     mixture.icc, mixture.icc_classes])  # fmt: skip
    assert told[0] == pytest.approx(told[1], rel=0, abs=REFINED)


def test_where_classes_cannot_differ_it_is_the_posterior_of_one_ratio():
    table = a_table(7)
    nested, contrast = fitted(table)
    plain, _ = fitted(table, model=random_intercept)
    both = posterior(module._of_two(nested, contrast, (1e-6, SCALE)), None, (0.0,))
    one = posterior(mixture_of(plain, contrast), None, (0.0,))
    for name in ("mean", "sd", "low", "high"):
        assert getattr(both.known, name) == pytest.approx(getattr(one.known, name), rel=1e-7)
    assert both.above[0.0] == pytest.approx(one.above[0.0], rel=1e-7)
    assert both.mixture.icc == pytest.approx(one.mixture.icc, rel=1e-7)
    assert both.mixture.icc_classes == pytest.approx(0, abs=1e-7)


def test_where_schools_cannot_differ_it_is_that_of_classes_as_clusters():
    table = a_table(9)
    nested, contrast = fitted(table)
    apart = table.assign(school=table["school"] + table["group"])
    plain, _ = fitted(apart, replace(PLAN, classes=None), random_intercept)
    both = posterior(module._of_two(nested, contrast, (SCALE, 1e-6)), None, (0.0,))
    one = posterior(mixture_of(plain, contrast), None, (0.0,))
    for name in ("mean", "sd", "low", "high"):
        assert getattr(both.known, name) == pytest.approx(getattr(one.known, name), rel=1e-7)


def test_one_class_per_school_tells_nothing_beside_the_school():
    assert fitted(a_table(11, classes=1, size=9))[0] is CLASSES_NOT_TOLD


def test_blocks_and_weights_change_no_rule():
    """With blocks, against the same blocks as columns of the model."""
    table = a_table(13, schools=12).assign(block=lambda t: (t["school"] > "S005").astype(int))
    blocks, contrast = fitted(table, replace(PLAN, blocks=("block",)))
    own = replace(PLAN, covariates=("before", "block"))
    columns, weights = fitted(table, own)
    one = posterior(mixture_of(blocks, contrast), None, (0.0,))
    two = posterior(mixture_of(columns, weights), None, (0.0,))
    assert one.known.mean == pytest.approx(two.known.mean, rel=1e-8)
    assert (one.known.low, one.known.high) == pytest.approx(
        (two.known.low, two.known.high), rel=1e-8
    )


# ---------------------------------------------------------------- several tables


def test_mixtures_that_are_the_same_mix_to_themselves():
    mixed, contrast = fitted(a_table(15))
    one = mixture_of(mixed, contrast)
    assert mixed_equally([one]) is one
    alone, three = (posterior(x, None, (0.0,)) for x in (one, mixed_equally([one] * 3)))
    assert three.known.mean == pytest.approx(alone.known.mean, rel=1e-12)
    assert three.known.sd == pytest.approx(alone.known.sd, rel=1e-12)
    assert three.above[0.0] == pytest.approx(alone.above[0.0], rel=1e-10)
    assert three.mixture.icc_classes == pytest.approx(one.icc_classes, rel=1e-12)


def test_the_variance_of_mixed_tables_is_that_within_and_that_between_them():
    rng = np.random.default_rng(2)
    several = [
        Mixture(np.zeros(1), np.ones(1), rng.normal(size=1), rng.random(1) + 0.5, 30.0)
        for _ in range(5)
    ]
    found = posterior(mixed_equally(several), None).known
    centres = [float(m.centre[0]) for m in several]
    within = [float(m.spread[0]) ** 2 * 30 / 28 for m in several]
    assert found.mean == pytest.approx(np.mean(centres))
    assert found.sd**2 == pytest.approx(np.mean(within) + np.var(centres))


def test_what_is_not_of_the_same_pupils_is_not_mixed():
    one = Mixture(np.zeros(1), np.ones(1), np.zeros(1), np.ones(1), 30.0)
    with pytest.raises(ValueError, match="same pupils"):
        mixed_equally([one, replace(one, df=29.0)])
    with pytest.raises(ValueError, match="same model"):
        mixed_equally([one, replace(one, classes=np.zeros(1))])


# ---------------------------------------------------------------- priors that say all or nothing


@cache
def of_schools(schools):
    return mixture_of(*fitted(a_table(17, schools=schools)))


@pytest.mark.parametrize("prior", [
    (0.0, 1e-300), (0.3, 1e-12), (0.3, 1e-8), (0.3, 1e300), (1e300, 1e300), (1e300, 1.0),
    (10.0, 1e-6), (-10.0, 0.01), (5.0, 1e9), (0.0, 1e308),
])  # fmt: skip
@pytest.mark.parametrize("schools", [4, 12])
def test_no_prior_is_too_sharp_or_too_vague_for_a_number(schools, prior):
    mixture = of_schools(schools)
    found = posterior(mixture, prior, (0.0, 0.2))
    k = found.known
    assert all(math.isfinite(x) for x in (k.mean, k.low, k.high, k.sd or 0.0))
    assert all(0 <= p <= 1 for p in found.above.values())
    if prior[1] < 1e-3:
        assert k.mean == pytest.approx(prior[0], rel=1e-3, abs=1e-3)
        assert found.density(np.array([prior[0]])) > 1
    if prior[1] >= 1e9:
        assert k.mean == pytest.approx(posterior(mixture).known.mean)


@pytest.mark.parametrize("prior", [(0.0, 0.0), (0.0, -1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_what_is_no_prior_is_refused(prior):
    with pytest.raises(ValueError, match="standard deviation"):
        posterior(of_schools(4), prior)
