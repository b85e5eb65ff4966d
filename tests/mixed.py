"""What the tests of multilevel models share: the moments of a table, and the model on its rows."""

from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace.moments import SampleMoments, cross_products

KR, SATT = aw.Inference.KENWARD_ROGER, aw.Inference.SATTERTHWAITE
HIGHER = stats.chi2.ppf(0.95, 1)  # what a profile may lie above its lowest


def moments(table, y, x, cluster="school", *, label="", block="", weight=""):
    """The moments of a table without arms. label: the column of a second division."""
    root = np.sqrt(table[weight].to_numpy(float)) if weight else None
    parts = [table[name].astype(str) if name else pd.Series("", index=table.index)
             for name in (cluster, block, label)]  # fmt: skip
    code, names = pd.factorize(parts[0] + "|" + parts[1] + "|" + parts[2])
    columns = [table[name].to_numpy(float) for name in (*x, y)]
    origin, S = cross_products(columns, code, len(names), root=root)
    clusters, blocks, labels = zip(*(name.split("|") for name in names), strict=True)
    counted = None if root is None else np.bincount(code).astype(float)
    none = ("",) * len(names)
    return SampleMoments(y, "", clusters, blocks, none, ("1", *x, y), origin, S, counted,
                         labels if label else ())  # fmt: skip


def dummies(labels):
    """(N, k) who is in which."""
    return pd.get_dummies(labels).to_numpy(float)


class Rows:
    """The model as the textbook has it: V, its inverse and every trace, N x N.

    G: the matrices that V is the sum of, times theta, after the one of the pupils themselves.
    """

    def __init__(self, table, y, x, theta, G, *, block="", weight=""):
        constant = pd.get_dummies(table[block]) if block else np.ones((len(table), 1))
        self.X = np.column_stack([table[list(x)], constant]).astype(float)
        self.y = table[y].to_numpy(float)
        w = table[weight].to_numpy(float) if weight else np.ones(len(table))
        self.G = [np.diag(1 / w), *G]
        self.V = sum(t * g for t, g in zip(theta, self.G, strict=True))
        self.V1 = np.linalg.inv(self.V)
        self.Phi = np.linalg.inv(self.X.T @ self.V1 @ self.X)
        self.beta = self.Phi @ self.X.T @ self.V1 @ self.y
        self.P = self.V1 - self.V1 @ self.X @ self.Phi @ self.X.T @ self.V1
        self.edge, self.logw = min(theta) <= 0, np.log(w).sum()

    def criterion(self, *, reml):
        n, p = self.X.shape
        value = np.linalg.slogdet(self.V)[1] + self.y @ self.P @ self.y + self.logw
        value -= np.linalg.slogdet(self.Phi)[1] if reml else 0
        return value + (n - p if reml else n) * np.log(2 * np.pi)

    def uncertainty(self, c, inference, *, edge=None):
        """Variance and degrees of freedom of c'beta, with W and every trace written out.

        edge: a variance is 0; told where theta does not.
        """
        G, P, Phi, X, V1 = self.G, self.P, self.Phi, self.X, self.V1
        T = np.array([[np.trace(P @ a @ P @ b) for b in G] for a in G])
        quad = np.array([[self.y @ P @ a @ P @ b @ P @ self.y for b in G] for a in G])
        W = np.linalg.inv(T / 2)
        adjusted = Phi.copy()
        for i, a in enumerate(G):
            for j, b in enumerate(G):
                Q = X.T @ V1 @ a @ V1 @ b @ V1 @ X
                PPhiP = X.T @ V1 @ a @ V1 @ X @ Phi @ X.T @ V1 @ b @ V1 @ X
                adjusted += 2 * W[i, j] * Phi @ (Q - PPhiP) @ Phi
        if inference is SATT and not (self.edge if edge is None else edge):
            W = np.linalg.inv(quad - T / 2)
        g = np.array([c @ Phi @ X.T @ V1 @ a @ V1 @ X @ Phi @ c for a in G])
        v = c @ Phi @ c
        return c @ (adjusted if inference is KR else Phi) @ c, 2 * v**2 / (g @ W @ g)

    def effects(self, Z, D):
        """The effects that Z (N, q) spreads over the rows, with covariance D (q, q): DZ'Py, and
        their prediction error."""
        u = D @ Z.T @ self.P @ self.y
        error = np.diag(D - D @ Z.T @ self.P @ Z @ D)
        return u, np.sqrt(np.maximum(error, 0))


def case_of(name, cases, pupils, fitted):
    """One of the cases: its name, table, columns, the block and weight, and the fit.

    cases: name -> options of ``pupils``, block, weight.
    """
    options, block, weight = cases[name]
    table, x = pupils(**options), ("x",) if block else ("t", "x")
    how = {"block": block, "weight": weight}
    return name, table, x, how, fitted(table, x=x, **how)


def in_parts(table, y, x, **how):
    """The moments of three parts of a table, its rows in another order, added up."""
    shuffled = table.sample(frac=1, random_state=1)
    return reduce(add, [moments(shuffled[i::3], y, x, **how) for i in range(3)])


def fit_agrees(agree, found, rows, *, reml):
    """Criterion and slopes are those of the rows."""
    agree(found.criterion, rows.criterion(reml=reml), rel=1e-11)
    agree(found.beta, rows.beta[: len(found.beta)], rel=1e-10)


def contrasts_are_alike(one, other, inference=KR, *, rel=1e-6):
    """Every slope of two fits of the same has one estimate, variance and df."""
    for c in np.eye(len(one.beta)):
        expected = ml.contrast(one, c, inference)
        assert ml.contrast(other, c, inference) == pytest.approx(expected, rel=rel)


def none_is_lower(criterion, found, points):
    """Of two ratios, on a grid of so many points each, and 0."""
    grid = [0, *np.logspace(-4, 3, points)]
    assert min(criterion((a, b)) for a in grid for b in grid) >= found - 1e-8


def all_of(found, inference=SATT):
    """Estimate, variance and df of the constant and the slopes, in this order."""
    weights = [np.append(-found.fit.mean_x, 1.0), *np.eye(len(found.beta))]
    return np.array([ml.contrast(found, w, inference) for w in weights]).T


def contrasts_agree(agree, found, rows, inference, *, rel, constant=True, edge=None):
    """Every slope, and the constant where there is one, has the variance and df of the rows."""
    last = rows.X.shape[1] - 1
    own = np.eye(last + 1)
    for j, c in enumerate(np.eye(len(found.beta))):
        _, variance, df = ml.contrast(found, c, inference)
        agree([variance, df], rows.uncertainty(own[j], inference, edge=edge), rel=rel)
    if constant:
        expected = (rows.beta[last], *rows.uncertainty(own[last], inference, edge=edge))
        agree(all_of(found, inference)[:, 0], expected, rel=rel)


def differences(f, at, h):
    """(k,) the slope of f at a point (k,), by fourth-order differences with steps h (k,)."""
    out = []
    for e in np.diag(h):
        v = [f(at + j * e) for j in (-2, -1, 1, 2)]
        out.append((v[0] - 8 * v[1] + 8 * v[2] - v[3]) / (12 * e.sum()))
    return np.array(out)


def two_slopes_are_those_of(criterion, slope):
    """Of a criterion of two ratios (2,)."""
    for rho in ((0.05, 0.3), (0.8, 0.1), (2.0, 2.0)):
        at = np.array(rho)
        numeric = differences(lambda r: criterion(tuple(r)), at, 1e-3 * at)
        assert slope(rho) == pytest.approx(numeric, rel=1e-6, abs=1e-6)


def two_ratios_give_the_criterion_of(criterion, on_rows, *, reml):
    """Also with a variance that is 0; sigma2 at its best is rss over the degrees of freedom."""
    for rho in ((0.0, 0.0), (0.3, 0.0), (0.0, 2.0), (0.5, 0.8)):
        unit = on_rows((1.0, *rho))
        left = len(unit.y) - (unit.X.shape[1] if reml else 0)
        sigma2 = unit.y @ unit.P @ unit.y / left
        rows = on_rows((sigma2, sigma2 * rho[0], sigma2 * rho[1]))
        assert criterion(rho) == pytest.approx(rows.criterion(reml=reml), rel=1e-11)


def limits_are_on_the_profile(agree, criterion, lowest, shares):
    """The profile by brute force: every other ratio on a fine grid. shares: one of each ratio."""
    for which, share in enumerate(shares):
        assert 0 <= share.low <= share.icc <= share.high <= 1
        for limit in (share.low, share.high):
            ratio = limit / (1 - limit)

            def at(t, which=which, ratio=ratio):
                other = np.exp(t)
                mine = ratio * (1 + other)
                return criterion((mine, other) if which == 0 else (other, mine))

            grid = np.linspace(-16, 5, 106)
            t = grid[np.argmin([at(t) for t in grid])]
            best = optimize.minimize_scalar(at, bounds=(t - 0.3, t + 0.3), method="bounded",
                                            options={"xatol": 1e-9}).fun  # fmt: skip
            if limit > 0:
                agree(best - lowest, HIGHER, rel=1e-4)
            else:
                assert best - lowest <= HIGHER + 1e-6


def both_ways(found, c):
    """A contrast has a variance and degrees of freedom in both ways; (2,) the variances."""
    (_, plain, df), (_, adjusted, kr) = (ml.contrast(found, c, i) for i in (SATT, KR))
    assert plain > 0
    assert adjusted > 0
    assert 0 < df < np.inf
    assert 0 < kr < np.inf
    return plain, adjusted


def estimated(table, plan):
    effects = aw.estimate(table, plan)
    return effects, effects[0], next(iter(effects.details.values()), None)


def one_fault(plan, change, column):
    """What a plan cannot have is told by one fault, of its column, in both languages."""
    with pytest.raises(aw.PlanError) as told:
        replace(plan, method=None, **change)
    (fault,) = told.value.faults
    assert fault.column == column
    assert all((fault.rule.nl, fault.rule.en, fault.remedy.nl, fault.remedy.en))
