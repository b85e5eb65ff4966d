"""Pupils in clusters as a random intercept, from the sums of each cluster alone.

    y = block + X b + u_cluster + error,   var(u) = tau2,  var(error) = sigma2,  rho = tau2 / sigma2

Least squares within blocks comes first (``linear.least_squares``). In the axes of its columns, Z =
[X L, 1_b / sqrt(n_b)], Z'Z is the identity, and blocks are columns like any other. V_g = sigma2 (I
+ rho 1 1') has but one direction of its own in every cluster, so that, with d_g = 1 / (1 + rho n_g)
and U_g the sums of a cluster's columns,

    Z' V^-a Z = sigma2^-a (I - U' diag((1 - d^a) / n) U)   for any power a,

and b and sigma2 can be profiled out: what is left is a search in rho, with an exact slope. REML and
ML: Harville (1977, J. Am. Stat. Assoc. 72). Degrees of freedom: Giesbrecht & Burns (1985,
Biometrics 41) after Satterthwaite; Kenward & Roger (1997, Biometrics 53), whose letters these are.

With weights (``Plan.weights``) the variance of the error is sigma2 / w; n_g is then the sum of the
weights, and the criterion lacks the sum of their logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.language import Text
from academic_workplace.linear import Fit
from academic_workplace.moments import SampleMoments, coded, summed
from academic_workplace.plan import Inference

Floats = NDArray[np.float64]

GRID = np.array([0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 1000])  # of rho times the mean n
FREE = (
    1e-10  # the share of a column's spread within clusters below which there is none but rounding
)
ALIKE = 1e-10  # the same of the residuals: then tau2 / sigma2 has no end
MOST = 300  # columns: blocks are columns here, and everything is as large as their square
LEVEL = 0.95
STEPS, CLOSE = 20, 1e-12  # Newton's; the last of them, of rho

SAME_AS_BLOCKS = Text(
    "De blokken verklaren de verschillen tussen de scholen (clusters) al helemaal. Dan is er voor"
    " het multilevelmodel niets meer te schatten.",
    "The blocks already explain all differences between the schools (clusters). So there is nothing"
    " left for the multilevel model to estimate.",
)
TOO_FEW_CLUSTERS = Text(
    "Er zijn te weinig scholen (clusters). Na wat het model vergelijkt, blijft er tussen scholen"
    " geen verschil over om te schatten.",
    "There are too few schools (clusters). After what the model compares, no difference between"
    " schools is left to estimate.",
)
TOO_MANY_BLOCKS = Text(
    "Er zijn te veel blokken om elk blok in het multilevelmodel een eigen niveau te geven.",
    "There are too many blocks to give each a level of its own in the multilevel model.",
)
NO_PAIRS = Text(
    "Er zijn te weinig leerlingen per school (cluster) om verschillen binnen scholen en tussen"
    " scholen uit elkaar te houden.",
    "There are too few pupils per school (cluster) to tell differences within schools from those"
    " between schools.",
)
ALL_ALIKE = Text(
    "Binnen de scholen (clusters) verschilt de score niet. Een multilevelmodel kan dan niet.",
    "Within the schools (clusters) the score does not differ. So there can be no multilevel model.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What the model needs of G clusters, in axes in which the p columns Z have Z'Z = I.

    n: (G,) pupils (sum of weights). U: (G, p) sums of the columns, slopes first and then a column
    per block. r: (G,) sums of the least-squares residuals; residual_ss: the sum of their squares.
    pupils: how many. logdet: log |X'X| of the slopes and block indicators themselves. sizes: (D,)
    the different n; size: (G,) which of them a cluster has; times: (D,) how often. squares: (D, (p
    + 1)^2) the sum of FF', F = (U, r), over clusters of that size: what is asked of it goes by n.
    """

    n: Floats
    U: Floats
    r: Floats
    residual_ss: float
    pupils: int
    logdet: float
    sizes: Floats
    size: NDArray[np.intp]
    times: Floats
    squares: Floats

    def weighted(self, weight: Floats) -> Floats:
        """(p + 1, p + 1) the sum over clusters of the weight of their size and FF'. weight: (D,)"""
        q = self.U.shape[1] + 1
        out: Floats = (weight @ self.squares).reshape(q, q)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Information:
    """What a linear mixed model tells of its r variances theta (V = sum theta_i G_i).

    Phi: (p, p) = (X'V^-1 X)^-1. P: (r, p, p) = -X'V^-1 G_i V^-1 X. Q: (r, r, p, p) = X'V^-1 G_i
    V^-1 G_j V^-1 X. expected, observed: (r, r), of theta by REML. edge: whether a variance is 0.
    """

    Phi: Floats
    P: Floats
    Q: Floats
    expected: Floats
    observed: Floats
    edge: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """A fitted random-intercept model.

    fit: the least-squares fit that it started from (names, clusters, axes). beta: (k,) slopes.
    delta: (p,) how far the coefficients moved, in the axes of ``sums``. criterion: -2 log
    (restricted) likelihood. between, within: degrees of freedom between and within clusters;
    within_ss: residual sum of squares within them.
    """

    fit: Fit
    sums: Sums
    beta: Floats
    delta: Floats
    tau2: float
    sigma2: float
    criterion: float
    reml: bool
    information: Information
    between: int
    within: int
    within_ss: float

    @property
    def boundary(self) -> bool:
        """Whether clusters differ no more than pupils of one cluster would make them: tau2 is 0."""
        return self.tau2 == 0


class Fitted(Protocol):
    """What a contrast asks of a fitted model, whatever its random part."""

    @property
    def fit(self) -> Fit: ...
    @property
    def beta(self) -> Floats: ...
    @property
    def delta(self) -> Floats: ...
    @property
    def reml(self) -> bool: ...
    @property
    def information(self) -> Information: ...


@dataclass(frozen=True, slots=True)
class Ratio:
    """The intraclass correlation tau2 / (tau2 + sigma2), with its limits."""

    icc: float
    low: float
    high: float


def random_intercept(
    m: SampleMoments, fit: Fit, *, absorb: bool, reml: bool = True
) -> Mixed | Text:
    """Fit the model to the columns of a least-squares fit of the same moments.

    absorb: as the fit had it (blocks as fixed effects). reml: or maximum likelihood, whose
    ``information`` is none: degrees of freedom belong to REML.

    Returns the reason where rho cannot be had: blocks that are the clusters, no more clusters than
    are needed to compare them, clusters of one pupil only, no spread within clusters, more than
    ``MOST`` blocks.
    """
    if len(fit.beta) + fit.blocks > MOST:
        return TOO_MANY_BLOCKS
    sums = sums_of(m, fit, absorb=absorb)
    within, between, within_ss = divided(sums)
    if between == 0:
        return nothing_between(fit)
    if within == 0:
        return NO_PAIRS
    if within_ss <= ALIKE * fit.total_ss:
        return ALL_ALIKE
    rho = _best(sums, reml=reml)
    at = _profile(sums, rho)
    sigma2 = at.rss / _left(sums, reml=reml)
    k = len(fit.beta)
    return Mixed(
        fit,
        sums,
        fit.beta + fit.L @ at.delta[:k],
        at.delta,
        rho * sigma2,
        sigma2,
        criterion(sums, rho, reml=reml),
        reml,
        _information(sums, at, sigma2),
        between,
        within,
        within_ss,
    )


def nothing_between(fit: Fit) -> Text:
    """Why no degree of freedom is left between clusters: the blocks, or too few clusters."""
    return SAME_AS_BLOCKS if fit.blocks > 1 else TOO_FEW_CLUSTERS


def sums_of(m: SampleMoments, fit: Fit, *, absorb: bool) -> Sums:
    """The sums per cluster, in the order of ``fit.clusters``."""
    names, g = coded(m.clusters)
    return sums_over(m, fit, g, len(names), absorb=absorb)


def sums_over(m: SampleMoments, fit: Fit, g: NDArray[np.intp], G: int, *, absorb: bool) -> Sums:
    """The sums over G groups of cells. g: (C,) the group of each."""
    columns = [0, *(m.columns.index(name) for name in fit.names), len(m.columns) - 1]
    group = m.blocks if absorb else ("",) * len(m.clusters)
    block, b = coded(tuple(group))
    B, k = len(block), len(fit.names)
    total = m.S[:, 0, columns]
    of_block = summed(total, b, B)
    n_b = of_block[:, 0]
    total = total - total[:, :1] * (of_block / n_b[:, None])[b] * (np.arange(k + 2) > 0)
    sums = summed(total, g, G)
    U = np.zeros((G, k + B))
    U[:, :k] = sums[:, 1:-1] @ fit.L
    U[:, k:] = summed(total[:, 0] / np.sqrt(n_b)[b], g * B + b, G * B).reshape(G, B)
    logdet = float(np.log(n_b).sum() - 2 * np.linalg.slogdet(fit.L)[1])
    r = sums[:, -1] - sums[:, 1:-1] @ fit.beta
    n, F = sums[:, 0], np.column_stack([U, r])
    sizes, size = np.unique(n, return_inverse=True)
    times = np.bincount(size)
    by_size = np.split(F[np.argsort(size, kind="stable")], np.cumsum(times)[:-1])
    squares = np.stack([(x.T @ x).ravel() for x in by_size])
    return Sums(n, U, r, fit.residual_ss, fit.pupils, logdet, sizes, size,
                times.astype(float), squares)  # fmt: skip


def divided(s: Sums) -> tuple[int, int, float]:
    """Degrees of freedom within and between clusters, and the residual squares within."""
    G, p = s.U.shape
    own, axes = np.linalg.eigh(np.eye(p) - s.U.T @ (s.U / s.n[:, None]))
    free = own > FREE
    b = axes[:, free].T @ (s.U.T @ (s.r / s.n))
    left = s.residual_ss - float(np.sum(s.r**2 / s.n)) - float(np.sum(b**2 / own[free]))
    within = s.pupils - G - int(free.sum())
    return within, s.pupils - p - within, max(left, 0.0)


# ---------------------------------------------------------------- the search


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The model at one rho, with sigma2 = 1. inverse: (p, p)."""

    rho: float
    inverse: Floats
    logdet: float
    delta: Floats
    rss: float


def _profile(s: Sums, rho: float) -> _Profile:
    A = -s.weighted(rho / (1 + rho * s.sizes))
    p = len(A) - 1
    A.flat[: p * (p + 2) : p + 2] += 1  # the diagonal of what the columns are
    C = np.linalg.cholesky(A[:p, :p])
    half = np.linalg.inv(C)
    t = half @ A[:p, p]
    rss = s.residual_ss + float(A[p, p]) - float(t @ t)
    logdet = 2 * float(np.log(np.diag(C)).sum())
    return _Profile(rho, half.T @ half, logdet, half.T @ t, rss)


def given(s: Sums, rho: float) -> tuple[Floats, Floats, float]:
    """At one rho: how far the coefficients move from least squares, (Z'V^-1 Z)^-1 with sigma2 = 1,
    and the residual squares about them."""
    at = _profile(s, rho)
    return at.delta, at.inverse, at.rss


def _left(s: Sums, *, reml: bool) -> int:
    return s.pupils - s.U.shape[1] if reml else s.pupils


def criterion(s: Sums, rho: float, *, reml: bool) -> float:
    """-2 log (restricted) likelihood with b and sigma2 at their best for this rho."""
    at, nu = _profile(s, rho), _left(s, reml=reml)
    value = nu * (1 + math.log(2 * math.pi * at.rss / nu))
    value += float(s.times @ np.log1p(rho * s.sizes))
    return value + (at.logdet + s.logdet if reml else 0.0)


def slope(s: Sums, rho: float, *, reml: bool) -> float:
    """The derivative of ``criterion`` by rho."""
    at, nu = _profile(s, rho), _left(s, reml=reml)
    d, p = 1 / (1 + rho * s.sizes), s.U.shape[1]
    D, e = s.weighted(d**2), np.append(-at.delta, 1.0)
    value = float(s.times @ (s.sizes * d)) - nu * float(e @ D @ e) / at.rss
    if reml:
        value -= float(np.sum(at.inverse * D[:p, :p]))
    return value


def _slopes(s: Sums, rho: Floats, *, reml: bool) -> Floats:
    """(R,) ``slope`` at several rho at once."""
    q, p = s.U.shape[1] + 1, s.U.shape[1]
    d = 1 / (1 + rho[:, None] * s.sizes)
    A = -((rho[:, None] * d) @ s.squares).reshape(-1, q, q)
    A[:, np.arange(p), np.arange(p)] += 1
    D = (d**2 @ s.squares).reshape(-1, q, q)
    inverse = np.linalg.inv(A[:, :p, :p])
    delta = (inverse @ A[:, :p, p:])[:, :, 0]
    e = np.append(-delta, np.ones((len(rho), 1)), axis=1)
    rss = s.residual_ss + A[:, p, p] - np.einsum("ra,ra->r", delta, A[:, :p, p])
    falls = np.einsum("ra,rab,rb->r", e, D, e)
    out: Floats = d @ (s.times * s.sizes) - _left(s, reml=reml) * falls / rss
    return out - (np.einsum("rab,rab->r", inverse, D[:, :p, :p]) if reml else 0.0)


def _best(s: Sums, *, reml: bool) -> float:
    """The rho with the lowest criterion, 0 included: every descent that turns is looked into."""
    from scipy.optimize import brentq

    def f(rho: float) -> float:
        return known[rho] if rho in known else slope(s, rho, reml=reml)

    known: dict[float, float] = {}
    grid = GRID / s.n.mean()
    slopes = list(_slopes(s, grid, reml=reml))
    while slopes[-1] < 0 and grid[-1] * s.n.mean() < 1 / ALIKE:
        grid = np.append(grid, 10 * grid[-1])
        slopes.append(f(grid[-1]))
    known |= zip(grid.tolist(), slopes, strict=True)
    turns = [i for i in range(len(grid) - 1) if slopes[i] < 0 <= slopes[i + 1]]
    found = [float(brentq(f, grid[i], grid[i + 1], xtol=1e-300, rtol=1e-14)) for i in turns]
    if slopes[0] >= 0 or not found:
        found = [0.0, *found]
    return found[0] if len(found) == 1 else min(found, key=lambda x: criterion(s, x, reml=reml))


# ---------------------------------------------------------------- how sure


def _information(s: Sums, at: _Profile, sigma2: float) -> Information:
    """Of theta = (sigma2, tau2): G_1 is the identity, G_2 joins the pupils of a cluster."""
    n, U, G, p = s.n, s.U, len(s.n), s.U.shape[1]
    d, e = 1 / (1 + at.rho * n), s.r - U @ at.delta

    def power(weight: Floats) -> Floats:
        out: Floats = U.T @ (U * weight[:, None])
        return out

    Phi = sigma2 * at.inverse
    P = -np.stack([np.eye(p) - power((1 - d**2) / n), power(d**2)]) / sigma2**2
    Q12 = power(d**3)
    Q = np.array([[np.eye(p) - power((1 - d**3) / n), Q12], [Q12, power(n * d**3)]]) / sigma2**3
    K12 = n @ d**2
    K = np.array([[s.pupils - G + d @ d, K12], [K12, n**2 @ d**2]]) / sigma2**2
    PhiP = Phi @ P
    T = K - 2 * np.einsum("ab,ijba->ij", Phi, Q) + np.einsum("iab,jba->ij", PhiP, PhiP)
    a = d * e / sigma2  # sums of V^-1 times the residuals
    w = at.rho * d
    squares = (s.residual_ss + at.delta @ at.delta - w @ e**2 - w @ (d * e**2)) / sigma2**2
    v = np.stack([-(w * a) @ U, (d * a) @ U]) / sigma2  # X'V^-1 G_i V^-1 residuals
    y12 = d @ a**2
    y = np.array([[squares - w @ a**2, y12], [y12, (n * d) @ a**2]]) / sigma2 - v @ Phi @ v.T
    return Information(Phi, P, Q, T / 2, y - T / 2, edge=at.rho == 0)


def information_of(
    first: Floats, second: Floats, K: Floats, inverse: Floats, sigma2: float, *, edge: bool
) -> Information:
    """Of what a model of r variances, sigma2 first, makes of F = (columns, residuals), sigma2 = 1.

    first: (r, p + 1, p + 1) = F'V^-1 G_i V^-1 F; second: (r, r, p + 1, p + 1) = F'V^-1 G_i V^-1 G_j
    V^-1 F; K: (r, r) traces of V^-1 G_i V^-1 G_j. inverse: (p, p) of Z'V^-1 Z.
    """
    p = len(inverse)
    Phi, P, Q = sigma2 * inverse, -first[:, :p, :p] / sigma2**2, second[:, :, :p, :p] / sigma2**3
    PhiP = Phi @ P
    T = K / sigma2**2 - 2 * np.einsum("ab,ijba->ij", Phi, Q)
    T += np.einsum("iab,jba->ij", PhiP, PhiP)
    v = first[:, :p, p] / sigma2**2
    y = second[:, :, p, p] / sigma2**3 - v @ Phi @ v.T
    return Information(Phi, P, Q, T / 2, y - T / 2, edge=edge)


def adjusted(i: Information) -> Floats:
    """(p, p) the covariance of the coefficients, also for what the variances are not sure of.

    Phi + 2 Phi [sum W_ij (Q_ij - P_i Phi P_j)] Phi, W the inverse of the expected information.
    """
    W = np.linalg.inv(i.expected)
    inner = i.Q - np.einsum("iab,bc,jcd->ijad", i.P, i.Phi, i.P)
    out: Floats = i.Phi + 2 * i.Phi @ np.einsum("ij,ijab->ab", W, inner) @ i.Phi
    return out


def degrees(i: Information, contrast: Floats, inference: Inference) -> float:
    """Degrees of freedom of contrast'coefficients: 2 v^2 / (g' W g), v = contrast' Phi contrast.

    contrast: (p,); g: the gradient of v. KENWARD_ROGER takes W from the expected information (for
    one contrast its F has no factor and just these degrees of freedom); SATTERTHWAITE from the
    observed, but where a variance is 0: there no slope is 0 and the expected one is taken as well.
    """
    own = i.Phi @ contrast
    g = -np.einsum("a,iab,b->i", own, i.P, own)
    information = i.expected
    if inference is Inference.SATTERTHWAITE and not i.edge and _above_zero(i.observed):
        information = i.observed
    return float(2 * (contrast @ own) ** 2 / (g @ np.linalg.solve(information, g)))


def _above_zero(A: Floats) -> bool:
    return bool(np.linalg.eigvalsh(A)[0] > 0)


def contrast(mixed: Fitted, weights: Floats, inference: Inference) -> tuple[float, float, float]:
    """A contrast of the slopes: its estimate, variance and degrees of freedom.

    weights: (k,), or (k + 1,) with the weight of the constant last when there is one block.
    SATTERTHWAITE: the variance Phi; KENWARD_ROGER: the adjusted one. Raises ValueError when the
    model was fitted by maximum likelihood, whose variances are too small for few clusters.
    """
    if not mixed.reml:
        raise ValueError("degrees of freedom need a fit by REML")
    fit, k = mixed.fit, len(mixed.beta)
    estimate = float(weights[:k] @ mixed.beta)
    own = np.zeros(len(mixed.delta))
    own[:k] = weights[:k] @ fit.L
    if len(weights) > k:
        own[k] = weights[k] / math.sqrt(fit.weight)
        estimate += float(weights[k] * fit.mean_y + own[k] * mixed.delta[k])
    i = mixed.information
    Phi = adjusted(i) if inference is Inference.KENWARD_ROGER else i.Phi
    return estimate, float(own @ Phi @ own), degrees(i, own, inference)


def intraclass(mixed: Mixed, level: float = LEVEL) -> Ratio:
    """The intraclass correlation with exact limits, given what is in the model.

    F(rho) = (rss(rho) - within_ss) / between / (within_ss / within) has an F distribution at the
    true rho, however unequal the clusters, and falls with rho (Harville & Fenech, 1985, Biometrics
    41; Wald, 1940). A limit below 0 is 0.
    """
    from scipy.optimize import brentq

    s = mixed.sums
    unit = mixed.between * mixed.within_ss / mixed.within

    def ratio(rho: float) -> float:
        return max(_profile(s, rho).rss - mixed.within_ss, 0.0) / unit

    def quick(wanted: float) -> float | None:
        """Newton's steps for 1 / F, which is a line in rho where clusters are equally large."""
        rho = 0.0
        for _ in range(STEPS):
            at = _profile(s, rho)
            e, found = np.append(-at.delta, 1.0), at.rss - mixed.within_ss
            falls = float(e @ s.weighted((1 + rho * s.sizes) ** -2) @ e)
            if not (found > 0 and falls > 0):
                return None
            step = found * (found / (wanted * unit) - 1) / falls
            rho += step
            if rho < 0:
                return None
            if abs(step) <= CLOSE * rho:
                return rho
        return None

    def limit(p: float) -> float:
        wanted = float(special.fdtri(mixed.between, mixed.within, p))
        if first <= wanted:
            return 0.0
        near = quick(wanted)
        if near is not None and near * s.n.mean() < 1 / ALIKE:
            return near / (1 + near)
        high = 1 / s.n.mean()
        while ratio(high) > wanted and high * s.n.mean() < 1 / ALIKE:
            high *= 8
        if ratio(high) > wanted:
            return 1.0
        rho = float(brentq(lambda x: ratio(x) - wanted, 0.0, high, xtol=1e-14 * high, rtol=1e-12))
        return rho / (1 + rho)

    first = ratio(0.0)
    icc = mixed.tau2 / (mixed.tau2 + mixed.sigma2)
    return Ratio(icc, limit((1 + level) / 2), limit((1 - level) / 2))


def cluster_effects(mixed: Mixed) -> tuple[Floats, Floats]:
    """(G,) the empirical-Bayes estimate of every cluster's u, and its comparative standard error.

    u = rho d e; var(u - its estimate) = tau2 d (1 + rho d U Phi U' / sigma2), what the
    coefficients are not sure of included (Goldstein, 2011, Multilevel Statistical Models, 2.A). All
    are 0 where tau2 is.
    """
    s, rho = mixed.sums, mixed.tau2 / mixed.sigma2
    d = 1 / (1 + rho * s.n)
    spread = np.sum((s.U @ (mixed.information.Phi / mixed.sigma2)) * s.U, axis=1)
    e = s.r - s.U @ mixed.delta
    return rho * d * e, np.sqrt(mixed.tau2 * d * (1 + rho * d * spread))
