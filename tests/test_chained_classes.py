"""Filling in with classes in clusters: a posterior by brute force, and classes stay as alike."""

import numpy as np
import pytest

from academic_workplace.missing.chained import (
    FLAT,
    SLOPE,
    Column,
    Kind,
    _conjugate,
    _Spread,
    _State,
    _Sums,
    _Target,
    chained,
    kind_of,
)


def columns_of(table, **kinds):
    return [
        Column(name, np.asarray(x, dtype=float), kinds.get(name, kind_of(np.asarray(x, float))))
        for name, x in table.items()
    ]


@pytest.mark.proves("missing.chained", "the posterior of classes in schools on a grid")
def test_a_drawn_number_follows_the_posterior_of_classes_in_schools(agree):
    rng = np.random.default_rng(21)
    school, group = np.repeat(np.arange(3), 8), np.tile(np.repeat([0, 1], 4), 3)
    n = len(school)
    unit = 2 * school + group
    x = rng.normal(size=n)
    y = 1 + x + np.array([0.8, -0.8, 0.2])[school] + np.array([1, -1, 0.7, -0.4, 0.2, 0])[unit]
    y += 0.5 * rng.normal(size=n)
    y[[0, 1, 5, 12, 13, 14, 15, 20]] = np.nan  # class 1 of school 1 has no answer at all
    seen = ~np.isnan(y)
    found = chained(columns_of({"x": x, "y": y}), school, classes=group, imputations=3000,
                    cycles=25, seed=1)  # fmt: skip
    mean, sd = y[seen].mean(), y[seen].std()
    X = np.column_stack([np.ones(n), (x - x.mean()) / x.std()])
    Zy = (y[seen] - mean) / sd
    alike, same = (school[:, None] == school).astype(float), (unit[:, None] == unit).astype(float)
    logs = np.meshgrid(np.linspace(-4, 1.5, 18), *[np.linspace(-4.5, 3, 18)] * 2, indexing="ij")
    s, tau, omega = (np.exp(a.ravel())[:, None, None] for a in logs)
    V = s * np.eye(n) + tau**2 * alike + omega**2 * same
    V += X @ np.diag([1e6, 0]) @ X.T + s / SLOPE * np.outer(X[:, 1], X[:, 1])
    A, B = V[:, seen][:, :, seen], V[:, ~seen][:, :, seen]
    w = np.linalg.solve(A, np.broadcast_to(Zy[:, None], (len(s), len(Zy), 1)))[:, :, 0]
    of_tau, of_omega = (np.log(a / (1 + a**2)).ravel() for a in (tau, omega))
    logp = -0.5 * (np.linalg.slogdet(A)[1] + w @ Zy) + of_tau + of_omega
    p = np.exp(logp - logp.max())
    p /= p.sum()
    means = (B @ w[:, :, None])[:, :, 0]
    own = np.diagonal(V, axis1=1, axis2=2)[:, ~seen]
    variances = own - (B * np.linalg.solve(A, B.swapaxes(1, 2)).swapaxes(1, 2)).sum(2)
    expected = p @ means
    spread = np.sqrt(p @ (variances + means**2) - expected**2)
    drawn = (found.drawn["y"] - mean) / sd
    agree(drawn.mean(axis=0), expected, rel=0, abs=6 * float(spread.max()) / 3000**0.5)
    of_known = [0, 1, 2, 7]  # of classes with answers; the other has heavy tails
    agree(drawn.std(axis=0)[of_known], spread[of_known], rel=0.1)


def a_sample(rng, lost, schools=40, each=3, size=12):
    """Scores of which a share is gone: as many of every class, by what is known beforehand."""
    n = schools * each * size
    school = np.repeat(np.arange(schools), each * size)
    group = np.tile(np.repeat(np.arange(each), size), schools)
    x = rng.normal(size=n)
    y = 0.5 * x + 0.4 * rng.normal(size=schools)[school] + rng.normal(size=n)
    y += 0.8 * rng.normal(size=schools * each)[school * each + group]
    gone = rng.random(n) < 2 * lost * (x > 0)
    return school, group, x, y, np.where(gone, np.nan, y)


def between_classes(y, x, school, group):
    """omega2 of balanced data by analysis of variance, what x tells taken off."""
    rest = y - np.polyval(np.polyfit(x, y, 1), x)
    each, size = 3, 12
    cells = rest.reshape(-1, each, size)
    within = cells.var(axis=2, ddof=1).mean()
    between = cells.mean(axis=2).var(axis=1, ddof=1).mean()
    return between - within / size


def test_classes_stay_as_alike_and_do_not_where_their_level_is_left_out():
    """omega2 is 0.64: the draws keep it with a level of classes, and lose a lot of it without."""
    rng = np.random.default_rng(22)
    found = {"whole": [], "classes": [], "schools": []}
    for seed in range(8):
        school, group, x, y, seen = a_sample(rng, 0.4)
        columns = columns_of({"x": x, "y": seen})
        found["whole"].append(between_classes(y, x, school, group))
        for name, classes in (("classes", group), ("schools", None)):
            drawn = chained(columns, school, classes=classes, imputations=4, seed=seed, cycles=10)
            found[name].append(np.mean([
                between_classes(drawn.filled(columns[1], k), x, school, group) for k in range(4)
            ]))  # fmt: skip
    kept, lost = (np.subtract(found[name], found["whole"]) for name in ("classes", "schools"))
    assert abs(kept.mean()) < 3 * kept.std(ddof=1) / 8**0.5 + 0.02
    assert lost.mean() < -0.25


@pytest.mark.parametrize("classes", ["one a school", "one pupil each"])
def test_classes_that_tell_nothing_change_no_draw(classes):
    """One class in every school, or one pupil in every class: the model has schools alone."""
    rng = np.random.default_rng(23)
    school = np.repeat(np.arange(6), 10)
    x = rng.normal(size=60)
    y = np.where(rng.random(60) < 0.3, np.nan, x + rng.normal(size=60))
    group = np.zeros(60, dtype=int) if classes == "one a school" else np.tile(np.arange(10), 6)
    columns = columns_of({"x": x, "y": y})
    plain = chained(columns, school, imputations=3, cycles=5)
    found = chained(columns, school, classes=group, imputations=3, cycles=5)
    np.testing.assert_allclose(found.drawn["y"], plain.drawn["y"], rtol=1e-9)


def test_levels_and_categories_know_their_classes_too():
    """A class in which all said yes is filled in with yes, whatever the rest of the school said."""
    rng = np.random.default_rng(24)
    school, group = np.repeat(np.arange(20), 30), np.tile(np.repeat([0, 1, 2], 10), 20)
    said = (group == 1).astype(float)
    sort = group.astype(float)
    name = rng.permutation(60).reshape(20, 3)[school, group]  # no order in the codes
    table = {"x": rng.normal(size=600), "said": said, "sort": sort}
    gone = {k: rng.random(600) < 0.3 for k in ("said", "sort")}
    columns = columns_of({"x": table["x"], **{k: np.where(g, np.nan, table[k])
                         for k, g in gone.items()}}, sort=Kind.CATEGORY)  # fmt: skip
    for one in (columns[:2], [columns[0], columns[2]]):
        truth = table[one[1].name][gone[one[1].name]]
        right = [
            (chained(one, school, classes=c, imputations=3, cycles=15).drawn[one[1].name] == truth)
            for c in (name, None)
        ]
        assert right[0].mean() > 0.85
        assert right[1].mean() < 0.7


def test_order_of_rows_and_names_of_classes_do_not_matter():
    rng = np.random.default_rng(25)
    school, group, x, _, seen = a_sample(rng, 0.3, schools=6)
    columns = columns_of({"x": x, "y": seen})
    first = chained(columns, school, classes=group, imputations=2, cycles=3)
    other = chained(columns, school, classes=3 * school + group, imputations=2, cycles=3)
    np.testing.assert_allclose(first.drawn["y"], other.drawn["y"], rtol=1e-9)


def test_slopes_and_levels_are_drawn_from_their_joint_normal_given_the_variances():
    """Mean and covariance of (beta, level of every class) against the full matrix on rows."""
    rng = np.random.default_rng(26)
    unit = np.repeat(np.arange(5), [3, 5, 2, 4, 4])
    above = np.array([0, 0, 1, 1, 1])
    n, U, b = len(unit), 5, 6000
    X = np.column_stack([np.ones(n), rng.normal(size=n) + unit])
    y = rng.normal(size=n) + unit
    s, omega2, tau2 = 0.7, 0.5, 1.3
    Z = (unit[:, None] == np.arange(U)).astype(float)
    K = omega2 * np.eye(U) + tau2 * (above[:, None] == above)
    # precision of (beta, level): the prior of beta is in units of sigma2
    W = np.column_stack([X, Z])
    P = W.T @ W / s
    P[:2, :2] += np.diag([FLAT, SLOPE]) / s
    P[2:, 2:] += np.linalg.inv(K)
    expected, cov = np.linalg.solve(P, W.T @ y / s), np.linalg.inv(P)
    wide = [np.repeat(a[None], b, axis=0)
            for a in (X.T @ X, X.T @ y, Z.T @ X, Z.T @ y)]  # fmt: skip
    empty, one = np.empty(0, dtype=np.intp), np.ones(b)
    t = _Target("y", Kind.NUMBER, empty, empty, np.arange(n), np.arange(2), np.arange(3.0), empty,
                unit, above, np.bincount(unit).astype(float))  # fmt: skip
    state = _State(np.zeros((b, 2)), np.zeros((b, U)), s * one, _Spread(omega2 * one, one),
                   _Spread(tau2 * one, one), np.zeros((b, 0)), np.zeros((b, 0)))  # fmt: skip
    rngs = [np.random.default_rng([1, k]) for k in range(b)]
    _conjugate(rngs, t, state, _Sums(*wide), np.full(b, y @ y))
    drawn = np.column_stack([state.beta, state.u])
    sd = np.sqrt(np.diag(cov))
    assert (np.abs(drawn.mean(axis=0) - expected) < 4 * sd / b**0.5).all()
    np.testing.assert_allclose(
        np.cov(drawn.T) / np.outer(sd, sd), cov / np.outer(sd, sd), atol=0.06
    )
