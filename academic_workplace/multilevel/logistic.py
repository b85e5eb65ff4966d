"""An outcome of 0 and 1 in clusters: a logistic model with a random intercept, from the rows.

    logit P(y_ij = 1 | z_j) = x_ij'b + s z_j,   z_j ~ N(0, 1),   tau2 = s^2

The likelihood of a cluster is an integral over z that has no closed form. Adaptive Gauss-Hermite
quadrature takes its place (Pinheiro & Bates, 1995, J. Comput. Graph. Stat. 4): with the mode z^ of
the integrand exp h(z) and a = (-h''(z^))^-1/2,

    L_j = sqrt(2) a sum_k w_k exp(x_k^2) exp h(z^ + sqrt(2) a x_k) / sqrt(2 pi).

One point is Laplace's approximation. The gradient is that of this sum itself, the mode and a moving
along with b and s, so that the search ends where the sum is highest and not near it. The likelihood
is even in s: where it falls from s = 0 on, s is 0 and the model is plain logistic regression.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.glm import Glm, Separation
from academic_workplace.glm import logistic as plain_logistic
from academic_workplace.language import Text
from academic_workplace.multilevel.intercept import LEVEL, NO_PAIRS

Floats = NDArray[np.float64]
Function = Callable[[Floats], tuple[float, Floats]]  # a value and its gradient

POINTS = 15
LATENT = math.pi**2 / 3  # the variance of a standard logistic distribution
STARTS = (0.5, 1.5, 0.1)  # of s
NOTHING = 1e-4  # s: smaller is 0
CLOSER = 1e-9  # of the log likelihood: s = 0 is taken when it is as good
MODES, HALVINGS, STILL = 100, 30, 1e-13  # of the search for the modes
SHORT = 0.5  # a step times s: shorter ones never fall
APART = 1e-4  # of a standard error: for the second derivatives
ELSEWHERE = 1e-11  # the gain of a step from which on the second derivatives are others
POLISH, SETTLED = 12, 1e-9  # steps; the gain of a step, in log likelihood, that changes nothing
BESIDE = 0.3  # s: where an upper limit is first looked for, from the boundary
WIDEST = 30.0  # s: beyond it pupils of a cluster are all the same
ROWS = 1 << 13  # rows at a time: what is made of them stays in the cache
STEP, REACH, FINE = 0.25, 9.0, 0.7  # of the trapezium over z: its step, its ends, its step times s

ALL_SAME_INSIDE = Text(
    "Binnen elke school (cluster) is de uitkomst voor iedereen gelijk. Dan is niet te schatten"
    " hoeveel scholen van elkaar verschillen.",
    "Within every school (cluster) the outcome is the same for everybody. Then how much schools"
    " differ cannot be estimated.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Rows sorted by cluster: X (n, k), y (n,) how many had the outcome, of (n,) how many.

    first: (G,) the first row of every cluster. parts: rows and clusters of each part, from and to.
    """

    X: Floats
    y: Floats
    of: Floats
    first: NDArray[np.intp]
    parts: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class LogisticMixed:
    """A fitted logistic model with a random intercept.

    beta: (k,) of the columns of X, given z. s: the standard deviation between clusters. covariance:
    (k + 1, k + 1) of (beta, s), from the observed information; without s on the boundary, where it
    is that of plain logistic regression. plain: that regression. axes: (k, k), X axes are those of
    the search. points: of the quadrature. converged: whether the search settled. steps: looks at
    the likelihood.
    """

    trials: Trials
    beta: Floats
    s: float
    covariance: Floats
    loglik: float
    points: int
    converged: bool
    steps: int
    plain: Glm
    axes: Floats

    @property
    def tau2(self) -> float:
        """The variance between clusters, on the scale of the logit."""
        return self.s**2

    @property
    def boundary(self) -> bool:
        """Whether clusters differ no more than chance would make them: s is 0."""
        return self.s == 0

    @property
    def icc(self) -> float:
        """tau2 / (tau2 + pi^2 / 3): the correlation on the scale of the logit."""
        return self.tau2 / (self.tau2 + LATENT)


def logistic_intercept(
    X: Floats, y: Floats, clusters: NDArray[np.intp], *, points: int = POINTS
) -> LogisticMixed | Separation | Text:
    """Fit the model by maximum likelihood.

    X: (n, k) of full rank, the first column constant. y: (n,) of 0 and 1. clusters: (n,) codes from
    0, none empty. points: of the quadrature; 1 is Laplace's.

    Returns what separates where there is no maximum, or the reason where s cannot be had.
    """
    plain = plain_logistic(X, y)
    if isinstance(plain, Separation):
        return plain
    size, events = np.bincount(clusters), np.bincount(clusters, y)
    if size.max() == 1:
        return NO_PAIRS
    if np.all((events == 0) | (events == size)):
        return ALL_SAME_INSIDE
    trials = trials_of(plain.Z, y, clusters)
    T, k = plain.T, X.shape[1]
    gamma = np.asarray(np.linalg.solve(T, plain.beta), dtype=float)
    root = np.asarray(np.linalg.cholesky(plain.M), dtype=float)
    best, steps = _search(trials, gamma, root, points, rises=_rises(plain, clusters))
    if best is None or best.loglik <= plain.loglik + CLOSER:
        covariance = np.zeros((k + 1, k + 1))
        covariance[:k, :k] = T @ plain.M @ T.T
        return LogisticMixed(
            trials, plain.beta, 0.0, covariance, plain.loglik, points, plain.converged, steps,
            plain, T,
        )  # fmt: skip
    g, s, loglik, H, settled = best
    wide = np.eye(k + 1)
    wide[:k, :k] = T @ root
    covariance = wide @ np.linalg.pinv(-H, hermitian=True) @ wide.T
    beta = T @ (gamma + root @ g)
    return LogisticMixed(
        trials, beta, s, covariance, loglik, points, settled, steps, plain, T
    )  # fmt: skip


def trials_of(X: Floats, y: Floats, clusters: NDArray[np.intp]) -> Trials:
    """Rows by cluster; one per cluster where its pupils are alike in everything."""
    order = np.argsort(clusters, kind="stable")
    X, y, g = X[order], y[order].astype(float), clusters[order]
    first = np.flatnonzero(np.diff(g, prepend=-1))
    of = np.ones(len(y))
    size = np.diff(first, append=len(y))
    if np.array_equal(X, np.repeat(X[first], size, axis=0)):
        X, y, of = X[first], np.add.reduceat(y, first), size.astype(float)
        first = np.arange(len(first))
    ends = np.append(first, len(y))
    parts, start = [], 0
    while start < len(first):
        stop = max(int(np.searchsorted(ends, ends[start] + ROWS, side="right")) - 1, start + 1)
        parts.append((int(ends[start]), int(ends[stop]), start, stop))
        start = stop
    return Trials(X, y, of, first, tuple(parts))


# ---------------------------------------------------------------- the likelihood


def likelihood(trials: Trials, b: Floats, s: float, points: int) -> tuple[float, Floats]:
    """The log likelihood by quadrature, and its (k + 1,) gradient by b and s."""
    x, w = np.polynomial.hermite.hermgauss(points)
    value, gradient = 0.0, np.zeros(len(b) + 1)
    for start, stop, one, last in trials.parts:
        at = slice(start, stop)
        first = trials.first[one:last] - start
        part = _part(trials.X[at], trials.y[at], trials.of[at], first, b, s, x, w)
        value += part[0]
        gradient += part[1]
    return value, gradient


def _part(
    X: Floats,
    y: Floats,
    of: Floats,
    first: NDArray[np.intp],
    b: Floats,
    s: float,
    x: Floats,
    w: Floats,
) -> tuple[float, Floats]:
    """The same of some clusters."""
    eta = X @ b
    size = np.diff(first, append=len(y))

    def total(v: Floats) -> Floats:
        out: Floats = np.add.reduceat(v, first, axis=0)
        return out

    z = _modes(eta, y, of, first, size, s)
    mu = special.expit(eta + s * np.repeat(z, size))
    v = of * mu * (1 - mu)
    sum_v, sum_vx = total(v), total(v[:, None] * X)
    c = 1 + s**2 * sum_v
    a = 1 / np.sqrt(c)
    nodes = z[:, None] + math.sqrt(2) * a[:, None] * x  # (G, K)
    at = eta[:, None] + s * np.repeat(nodes, size, axis=0)
    small = np.exp(-np.abs(at))  # once, for log(1 + exp(at)) and for the chance
    h = total(y[:, None] * at - of[:, None] * (np.maximum(at, 0) + np.log1p(small)))
    h -= nodes**2 / 2
    terms = h + (np.log(w) + x**2)
    top = terms.max(axis=1, keepdims=True)
    share = np.exp(terms - top)
    sums = share.sum(axis=1)
    value = float(np.sum(np.log(sums) + top[:, 0] + np.log(a))) - len(first) * math.log(math.pi) / 2
    share /= sums[:, None]
    chance = np.where(at >= 0, 1.0, small) / (1 + small)
    rest = y[:, None] - of[:, None] * chance  # (n, K)
    weight = np.repeat(share, size, axis=0)
    by_b = X.T @ np.sum(weight * rest, axis=1)
    of_cluster = total(rest)
    by_s = float(np.sum(share * nodes * of_cluster))
    # the nodes move along with b and s
    uphill = s * of_cluster - nodes  # h'
    t = v * (1 - 2 * mu)
    dz_b = -s * sum_vx / c[:, None]
    dz_s = (total(y - of * mu) - s * z * sum_v) / c
    dc_b = s**2 * (total(t[:, None] * X) + s * total(t)[:, None] * dz_b)
    dc_s = 2 * s * sum_v + s**2 * total(t) * (z + s * dz_s)
    da = -0.5 * a / c  # da/dc
    moved = np.sum(share * uphill, axis=1)
    widened = math.sqrt(2) * np.sum(share * uphill * x, axis=1) + 1 / a
    by_b += moved @ dz_b + (widened * da) @ dc_b
    by_s += float(moved @ dz_s + (widened * da) @ dc_s)
    return value, np.append(by_b, by_s)


def _modes(
    eta: Floats, y: Floats, of: Floats, first: NDArray[np.intp], size: NDArray[np.intp], s: float
) -> Floats:
    """(G,) where every integrand is highest: Newton's steps, halved where it would fall."""
    z = np.zeros(len(first))

    def height(z: Floats) -> Floats:
        at = eta + s * np.repeat(z, size)
        out: Floats = np.add.reduceat(y * at - of * np.logaddexp(0, at), first) - z**2 / 2
        return out

    for _ in range(MODES):
        mu = special.expit(eta + s * np.repeat(z, size))
        up = s * np.add.reduceat(y - of * mu, first) - z
        step = up / (1 + s**2 * np.add.reduceat(of * mu * (1 - mu), first))
        furthest = np.abs(step).max()
        if furthest < STILL * (1 + np.abs(z).max()):
            return z + step
        if s * furthest > SHORT:
            now = height(z)
            for _ in range(HALVINGS):
                worse = height(z + step) < now - 1e-12 * np.abs(now)
                if not worse.any():
                    break
                step[worse] /= 2
        z = z + step
    return z


def _rises(plain: Glm, clusters: NDArray[np.intp]) -> bool:
    """Whether the likelihood rises from s = 0 on: twice its slope by s^2 is sum r_j^2 - sum v."""
    return bool(np.sum(np.bincount(clusters, plain.y - plain.mu) ** 2) > plain.V.sum())


class _Found(NamedTuple):
    """Where a search ended: b in its axes, s, and H (k + 1, k + 1) the second derivatives."""

    g: Floats
    s: float
    loglik: float
    H: Floats
    settled: bool


def _search(
    trials: Trials, gamma: Floats, root: Floats, points: int, *, rises: bool
) -> tuple[_Found | None, int]:
    """The highest likelihood with s above 0, in axes g with b = gamma + root g; None at s = 0."""
    from scipy.optimize import minimize

    looks = 0

    def f(theta: Floats) -> tuple[float, Floats]:
        nonlocal looks
        looks += 1
        value, by = likelihood(trials, gamma + root @ theta[:-1], float(theta[-1]), points)
        return -value, -np.append(root.T @ by[:-1], by[-1])

    found: list[_Found] = []
    for start in STARTS if rises else STARTS[:2]:
        theta = np.append(np.zeros(len(gamma)), start)
        theta = minimize(f, theta, jac=True, method="BFGS", options={"gtol": 1e-6}).x
        if not NOTHING < abs(theta[-1]) < WIDEST:
            continue
        theta, H, settled = _polished(f, theta)
        value = -f(theta)[0]
        found.append(_Found(theta[:-1], abs(float(theta[-1])), value, -H, settled))
        if rises and settled:
            break
    return max(found, key=lambda one: one.loglik, default=None), looks


def _polished(f: Function, theta: Floats) -> tuple[Floats, Floats, bool]:
    """Newton's steps by differences of the exact gradient; the last second derivatives."""
    H = _second(f, theta)
    for _ in range(POLISH):
        value, g = f(theta)
        w, axes = np.linalg.eigh(H)
        if w[0] <= 0:
            return theta, H, False
        step = axes @ ((axes.T @ g) / w)
        gain = float(g @ step)
        if gain < SETTLED**2 * max(1.0, abs(value)):
            return theta, H, True
        if f(theta - step)[0] > value + SETTLED * abs(value):
            return theta, H, False
        theta = theta - step
        if gain > ELSEWHERE:
            H = _second(f, theta)
    return theta, H, False


def _second(f: Function, theta: Floats) -> Floats:
    """(k + 1, k + 1) the second derivatives, by central differences of the gradient."""
    columns = []
    for e in np.eye(len(theta)):
        h = APART * max(abs(float(theta @ e)), 1.0)
        columns.append((f(theta + h * e)[1] - f(theta - h * e)[1]) / (2 * h))
    H = np.column_stack(columns)
    return (H + H.T) / 2


# ---------------------------------------------------------------- what is made of it


def latent_limits(fitted: LogisticMixed, level: float = LEVEL) -> tuple[float, float]:
    """Limits of the ICC on the scale of the logit, by profile likelihood (as ``shares``).

    An s is within them where the highest likelihood with that s lies less than half the chi-squared
    quantile below the highest of all. A lower limit of 0 is a little wide (Self & Liang, 1987).
    """
    from scipy.optimize import brentq

    wanted = math.sqrt(float(special.chdtri(1, 1 - level)))
    profile = _Profile(fitted, *_path(fitted))

    def beyond(s: float) -> float:  # a root is nearly a straight line
        return math.sqrt(max(2 * (fitted.loglik - profile.highest(s)), 0.0)) - wanted

    low = high = fitted.s
    step = 2 * float(np.sqrt(fitted.covariance[-1, -1])) if fitted.s > 0 else BESIDE
    if fitted.s > 0:
        inner, low = low, max(low - step, 0.0)
        while low > 0 and beyond(low) < 0:
            inner, low = low, max(low - step, 0.0)
        if low > 0 or beyond(0.0) > 0:
            low = float(brentq(beyond, low, inner, xtol=1e-5 * step))
    while True:
        inner, high = high, high + step
        if high > WIDEST:
            return _latent(low), 1.0
        if beyond(high) > 0:
            break
        step *= 1.6
    high = float(brentq(beyond, inner, high, xtol=1e-5 * step))
    return _latent(low), _latent(high)


def _latent(s: float) -> float:
    return s**2 / (s**2 + LATENT)


def _path(fitted: LogisticMixed) -> tuple[Floats, Floats, Floats]:
    """b in the axes of the search, how it moves with s, and a root of its covariance given s."""
    own = _in_axes(fitted, fitted.beta)
    V = _in_axes(fitted, _in_axes(fitted, fitted.covariance[:-1, :-1]).T)
    pace = np.zeros(len(own))
    if fitted.s > 0:
        pace = _in_axes(fitted, fitted.covariance[:-1, -1]) / fitted.covariance[-1, -1]
        V = V - np.outer(pace, pace) * fitted.covariance[-1, -1]
    return own, pace, np.asarray(np.linalg.cholesky(V), dtype=float)


def _in_axes(fitted: LogisticMixed, x: Floats) -> Floats:
    return np.asarray(np.linalg.solve(fitted.axes, x), dtype=float)


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The highest likelihood with a given s, sought from where b is expected to be by then."""

    fitted: LogisticMixed
    gamma: Floats
    pace: Floats
    root: Floats

    def highest(self, s: float) -> float:
        """The log likelihood with b at its best."""
        if s == 0:
            return self.fitted.plain.loglik
        from scipy.optimize import minimize

        trials, points = self.fitted.trials, self.fitted.points
        start = self.gamma + self.pace * (s - self.fitted.s)

        def f(g: Floats) -> tuple[float, Floats]:
            value, by = likelihood(trials, start + self.root @ g, s, points)
            return -value, -(self.root.T @ by[:-1])

        found = minimize(f, np.zeros(len(start)), jac=True, method="BFGS", options={"gtol": 1e-3})
        return -float(found.fun)


def averaged(fitted: LogisticMixed, X: Floats) -> tuple[float, Floats]:
    """The mean probability of rows X over pupils and over clusters, and its gradient by (beta, s).

    X: (n, k). The integral over z is a sum of even steps, whose error falls exponentially for a
    function as smooth as this one (Trefethen & Weideman, 2014, SIAM Rev. 56).
    """
    step = min(STEP, FINE / fitted.s) if fitted.s > 0 else REACH
    reach = math.ceil(REACH / step) if fitted.s > 0 else 0
    z = np.arange(-reach, reach + 1, dtype=float) * step
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    eta = X @ fitted.beta
    mean, by = 0.0, np.zeros(len(fitted.beta) + 1)
    for value, share in zip(z.tolist(), weight.tolist(), strict=True):
        mu = special.expit(eta + fitted.s * value)
        v = mu * (1 - mu)
        mean += share * float(mu.mean())
        by[:-1] += share * (v @ X) / len(X)
        by[-1] += share * value * float(v.mean())
    return mean, by


def between_within(X: Floats, clusters: NDArray[np.intp]) -> NDArray[np.float64]:
    """(k,) degrees of freedom of every column, between or within clusters.

    Schluchter & Elashoff (1990, J. Stat. Comput. Simul. 37), as in SAS. Of a column that is
    constant within clusters: clusters less such columns. Of any other: pupils less clusters less
    the others.
    """
    order = np.argsort(clusters, kind="stable")
    Z = X[order]
    first = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    size = np.diff(first, append=len(Z))
    same = np.all(np.repeat(Z[first], size, axis=0) == Z, axis=0)
    between = len(first) - int(same.sum())
    within = len(Z) - len(first) - int((~same).sum())
    return np.where(same, between, within).astype(float)
