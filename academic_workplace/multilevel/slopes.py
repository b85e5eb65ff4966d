"""A slope that differs between schools: random intercept and slope, from the sums of each school.

    y = block + X b + u0_school + u1_school x + error,   cov(u0, u1) = D,  var(error) = sigma2

With W = (1, x) of a school and D = sigma2 L L' (L lower triangular),

    V^-1 = I - W B W',   B = L (I + L'K L)^-1 L',   K = W'W        (Woodbury)

so that a school enters by K (2 x 2) and W'(Z, residuals) alone, and D may be singular: a variance
of 0 or a correlation of 1 or -1 is a point like any other. The search is in L, with an exact slope
(Pinheiro & Bates, 1996, Stat. Comput. 6), over every D of full rank, of rank 1 and 0. x is taken
about its mean and over its spread, and D is told of x itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.language import Text
from academic_workplace.linear import Fit
from academic_workplace.moments import SampleMoments
from academic_workplace.multilevel.intercept import (
    ALIKE,
    ALL_ALIKE,
    LEVEL,
    MOST,
    NO_PAIRS,
    TOO_MANY_BLOCKS,
    Information,
    divided,
    information_of,
    nothing_between,
    sums_of,
)
from academic_workplace.multilevel.searching import (
    CLOSER,
    FLAT,
    MANY,
    NOT_CONVERGED,
    NOTHING,
    polished,
)

Floats = NDArray[np.float64]

OF_SCHOOLS = 3  # what is sought of schools: two variances, and how they go together
VARIES_IN = 3  # schools in which x must differ between pupils
STARTS = (
    (1.0, 0.0, 0.3),
    (0.3, 0.0, 0.3),
    (0.5, 0.3, 0.1),
    (0.5, -0.3, 0.1),
)  # of L, times 1/sqrt(n)
TURNS = (-1.0, 0.0, 1.0)  # angles between L21 and L22 where a search starts as well
SMALL = 1e-9  # the share of a spread below which it is none but rounding

NOT_SEEN = Text(
    "Of dit van school tot school (cluster) verschilt, is niet te zien: in te weinig scholen"
    " verschillen leerlingen hierin van elkaar.",
    "Whether this differs from school to school (cluster) cannot be seen: in too few schools do"
    " pupils differ in it.",
)
MORE_THAN_CLUSTERS = Text(
    "Het model zoekt drie dingen over scholen (clusters): hoeveel hun niveau verschilt, hoeveel hun"
    " effect verschilt, en hoe die samengaan. Daarvoor zijn er te weinig scholen.",
    "The model seeks three things of schools (clusters): how much their levels differ, how much"
    " their effects differ, and how these go together. For that there are too few schools.",
)


@dataclass(frozen=True, slots=True, eq=False)
class SlopeSums:
    """What the model needs of G schools.

    K: (G, 2, 2) = W'W of W = (1, (x - centre) / scale). f: (G, 2, p + 1) = W'(Z, residuals).
    residual_ss, pupils, logdet: as of ``Sums``.
    """

    K: Floats
    f: Floats
    residual_ss: float
    pupils: int
    logdet: float
    centre: float
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Sloped:
    """A fitted model with a random intercept and slope.

    fit, beta, delta, criterion, reml, information: as of ``Mixed``, the variances in the order
    sigma2, D11, D12, D22 (of x about its centre, over its scale). column: of x. D: (2, 2)
    of x itself: at x = 0, and per unit of x. centred: (2, 2) the same with x about its mean. rank:
    of D.
    """

    fit: Fit
    sums: SlopeSums
    column: str
    beta: Floats
    delta: Floats
    D: Floats
    centred: Floats
    rank: int
    sigma2: float
    criterion: float
    reml: bool
    information: Information

    @property
    def boundary(self) -> bool:
        """Whether a variance is 0, or intercepts and slopes go together wholly."""
        return self.rank < 2

    @property
    def correlation(self) -> float | None:
        """Of intercept (at x = 0) and slope over schools; None where a variance is 0."""
        spread = math.sqrt(self.D[0, 0] * self.D[1, 1])
        return float(np.clip(self.D[0, 1] / spread, -1, 1)) if spread > 0 else None


def random_slope(
    m: SampleMoments, fit: Fit, column: str, *, absorb: bool, reml: bool = True
) -> Sloped | Text:
    """Fit the model to the columns of a least-squares fit of the same moments.

    column: x, one of the columns of the moments. absorb, reml: as ``random_intercept``. Returns the
    reason where it cannot be had.
    """
    if len(fit.beta) + fit.blocks > MOST:
        return TOO_MANY_BLOCKS
    within, between, within_ss = divided(sums_of(m, fit, absorb=absorb))
    if between == 0:
        return nothing_between(fit)
    if within_ss <= ALIKE * fit.total_ss and within > 0:
        return ALL_ALIKE
    s = slope_sums(m, fit, column, absorb=absorb)
    if s is None:
        return NOT_SEEN
    if len(s.K) <= OF_SCHOOLS:
        return MORE_THAN_CLUSTERS
    inside = s.K[:, 1, 1] - s.K[:, 0, 1] ** 2 / s.K[:, 0, 0]
    varies = inside > SMALL * s.K[:, 1, 1].max()
    if varies.sum() < VARIES_IN:
        return NOT_SEEN
    if s.pupils - len(s.K) - int(varies.sum()) - len(fit.beta) < 1:
        return NO_PAIRS
    lower = _best(s, reml=reml)
    if lower is None:
        return NOT_CONVERGED
    at = _profile(s, lower)
    if at.rss <= ALIKE * fit.total_ss:
        return ALL_ALIKE
    sigma2 = at.rss / _left(s, reml=reml)
    back = np.array([[1.0, -s.centre / s.scale], [0.0, 1 / s.scale]])
    mean = np.diag([1.0, 1 / s.scale])
    D, k = sigma2 * at.L @ at.L.T, len(fit.beta)
    return Sloped(
        fit, s, column, fit.beta + fit.L @ at.delta[:k], at.delta,
        back @ D @ back.T, mean @ D @ mean,
        int(lower[0] != 0 or lower[1] != 0) + int(lower[2] != 0), sigma2,
        _value(s, at, reml=reml), reml, _information(s, at, sigma2),
    )  # fmt: skip


def slope_sums(m: SampleMoments, fit: Fit, column: str, *, absorb: bool) -> SlopeSums | None:
    """The sums per cluster, in the order of ``fit.clusters``; None where x is the same for all."""
    at = m.columns.index(column)
    columns = [0, *(m.columns.index(name) for name in fit.names), len(m.columns) - 1]
    place = {name: i for i, name in enumerate(fit.clusters)}
    g = np.array([place[name] for name in m.clusters], dtype=np.intp)
    group = m.blocks if absorb else ("",) * len(m.clusters)
    block, b = np.unique(np.array(group), return_inverse=True)
    G, B, k = len(place), len(block), len(fit.names)
    n, x, xx = m.S[:, 0, 0], m.S[:, 0, at], m.S[:, at, at]
    centre = x.sum() / n.sum()
    spread = float(np.sum(xx - 2 * centre * x + centre**2 * n) / n.sum())
    if spread <= SMALL * float(np.sum(xx) / n.sum()):
        return None
    scale = math.sqrt(spread)
    total, cross = m.S[:, 0, columns], m.S[:, at, columns]
    of_block = np.zeros((B, k + 2))
    np.add.at(of_block, b, total)
    n_b = of_block[:, 0]
    mean = (of_block / n_b[:, None])[b]
    mean[:, 0] = 0
    about = cross - centre * total - mean * (x - centre * n)[:, None]
    W = np.stack([total - n[:, None] * mean, about / scale], axis=1)
    cells = np.zeros((len(g), 2, k + B + 1))
    cells[:, :, :k] = W[:, :, 1:-1] @ fit.L
    cells[np.arange(len(g)), :, k + b] = W[:, :, 0] / np.sqrt(n_b)[b][:, None]
    cells[:, :, -1] = W[:, :, -1] - W[:, :, 1:-1] @ fit.beta
    shifted = (x - centre * n) / scale
    own = np.stack([n, shifted, shifted, (xx - 2 * centre * x + centre**2 * n) / spread], axis=1)
    f, K = np.zeros((G, 2, k + B + 1)), np.zeros((G, 4))
    np.add.at(f, g, cells)
    np.add.at(K, g, own)
    logdet = float(np.log(n_b).sum() - 2 * np.linalg.slogdet(fit.L)[1])
    return SlopeSums(K.reshape(G, 2, 2), f, fit.residual_ss, fit.pupils, logdet,
                     float(centre + m.origin[at]), scale)  # fmt: skip


# ---------------------------------------------------------------- the search


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The model at one L, with sigma2 = 1. B: (G, 2, 2). J: (G, 2, 2) = I - K B."""

    L: Floats
    B: Floats
    J: Floats
    inverse: Floats
    logdet: float
    covariance_logdet: float
    delta: Floats
    rss: float


def _profile(s: SlopeSums, lower: Floats) -> _Profile:
    L = np.array([[lower[0], 0.0], [lower[1], lower[2]]])
    p = s.f.shape[2] - 1
    core = np.eye(2) + L.T @ s.K @ L
    B = L @ np.linalg.inv(core) @ L.T
    A = -_joined(s.f, B @ s.f)
    A[np.diag_indices(p)] += 1
    half = np.linalg.inv(np.linalg.cholesky(A[:p, :p]))
    t = half @ A[:p, p]
    return _Profile(
        L, B, np.eye(2) - s.K @ B, half.T @ half, -2 * float(np.log(np.diag(half)).sum()),
        float(np.log(np.linalg.det(core)).sum()), half.T @ t,
        s.residual_ss + float(A[p, p]) - float(t @ t),
    )  # fmt: skip


def _joined(a: Floats, b: Floats) -> Floats:
    """(p, q) the sum over schools of a'b. a: (G, 2, p); b: (G, 2, q)."""
    out: Floats = a.reshape(-1, a.shape[2]).T @ b.reshape(-1, b.shape[2])
    return out


def _left(s: SlopeSums, *, reml: bool) -> int:
    return s.pupils - (s.f.shape[2] - 1) if reml else s.pupils


def _value(s: SlopeSums, at: _Profile, *, reml: bool) -> float:
    nu = _left(s, reml=reml)
    value = nu * (1 + math.log(2 * math.pi * at.rss / nu)) + at.covariance_logdet
    return value + (at.logdet + s.logdet if reml else 0.0)


def criterion(s: SlopeSums, lower: Floats, *, reml: bool) -> float:
    """-2 log (restricted) likelihood with b and sigma2 at their best. lower: (3,) L11, L21, L22."""
    return _value(s, _profile(s, lower), reml=reml)


def slope(s: SlopeSums, lower: Floats, *, reml: bool) -> Floats:
    """(3,) the derivatives of ``criterion`` by L11, L21 and L22."""
    return _slope(s, _profile(s, lower), reml=reml)


def _slope(s: SlopeSums, at: _Profile, *, reml: bool) -> Floats:
    return _by_lower(s, at, _left(s, reml=reml) / at.rss, reml=reml)


def _by_lower(s: SlopeSums, at: _Profile, precision: float, *, reml: bool) -> Floats:
    """(3,) the derivatives by L11, L21 and L22 where 1 / sigma2 is ``precision``."""
    Y = at.J @ s.f  # W'V^-1 (Z, residuals)
    p = s.f.shape[2] - 1
    e = Y[:, :, p] - Y[:, :, :p] @ at.delta
    by_D = (at.J @ s.K).sum(axis=0) - precision * (e.T @ e)
    if reml:
        X = Y[:, :, :p]
        by_D -= ((X @ at.inverse) @ X.swapaxes(1, 2)).sum(axis=0)
    by_L = 2 * by_D @ at.L
    return np.array([by_L[0, 0], by_L[1, 0], by_L[1, 1]])


def variance_limits(fitted: Sloped, level: float = LEVEL) -> tuple[float, float]:
    """Between what the variance of the slope lies, of x itself, by profile likelihood.

    It lies within the limits where the best criterion with that variance is less than the
    chi-squared quantile above the lowest (Venzon & Moolgavkar, 1988, Appl. Stat. 37). A limit of 0
    is a little wide: there half of the chi-squared would do (Self & Liang, 1987).
    """
    from scipy.optimize import brentq

    s, higher = fitted.sums, float(special.chdtri(1, 1 - level))
    top = fitted.criterion + higher
    found = float(fitted.D[1, 1]) * s.scale**2
    path = _given(fitted)
    known = fitted.information.expected
    pace = math.sqrt(float(np.linalg.pinv(known, hermitian=True)[3, 3]))
    pace = min(max(pace, 1e-3 * fitted.sigma2 * len(s.K) / s.pupils), max(found, pace))
    high, step = found, 2 * pace
    while path.lowest(high) < top:
        found_at, high, step = high, high + step, 2 * step
    upper = float(brentq(lambda v: path.lowest(v) - top, found_at, high, xtol=1e-6 * pace))
    lower, path = 0.0, _given(fitted)
    flat = _descend(s, np.array([path.start[0], 0.0, 0.0]), 1, reml=fitted.reml)
    if found > 0 and criterion(s, flat, reml=fitted.reml) > top:
        inside, outside = found, max(found - 2 * pace, found / 4)
        while path.lowest(outside) < top:
            inside, outside = outside, outside / 4
        lower = float(brentq(lambda v: path.lowest(v) - top, outside, inside, xtol=1e-7 * outside))
    return lower / s.scale**2, upper / s.scale**2


@dataclass(slots=True)
class _Given:
    """The lowest criterion with the variance of the slope given, each sought from the last.

    start: L11, the angle between L21 and L22, and log sigma2. L21 and L22 are together as long as
    the variance over sigma2 asks.
    """

    s: SlopeSums
    reml: bool
    start: Floats

    def lowest(self, variance: float) -> float:
        """variance: of x about its centre, over its scale."""
        from scipy.optimize import minimize

        s, nu = self.s, _left(self.s, reml=self.reml)
        constant = nu * math.log(2 * math.pi) + (s.logdet if self.reml else 0.0)

        def both(x: Floats) -> tuple[float, Floats]:
            sigma2, long = math.exp(x[2]), math.sqrt(variance) * math.exp(-x[2] / 2)
            turn = np.array([math.sin(x[1]), math.cos(x[1])])
            at = _profile(s, np.array([x[0], *(long * turn)]))
            value = constant + nu * x[2] + at.rss / sigma2 + at.covariance_logdet
            value += at.logdet if self.reml else 0.0
            by = _by_lower(s, at, 1 / sigma2, reml=self.reml)
            across = long * float(by[1] * turn[1] - by[2] * turn[0])
            along = -long / 2 * float(by[1:] @ turn)
            return value, np.array([by[0], across, nu - at.rss / sigma2 + along])

        first, angle, size = self.start
        turns = (angle, *TURNS) if len(s.K) <= MANY else (angle,)  # there may be several valleys
        bounds = [(0, None), (-math.pi / 2, math.pi / 2), (size - 2, size + 2)]
        found = min(
            (minimize(both, np.array([first, turn, size]), jac=True, method="L-BFGS-B",
                      bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-8}) for turn in turns),
            key=lambda each: float(each.fun),
        )  # fmt: skip
        self.start = found.x
        return float(found.fun)


def _given(fitted: Sloped) -> _Given:
    s = fitted.sums
    D11, D22, D12 = fitted.centred[[0, 1, 0], [0, 1, 1]]
    first, spread = math.sqrt(D11 / fitted.sigma2), math.sqrt(D11 * D22)
    angle = math.asin(float(np.clip(D12 / spread, -0.99, 0.99))) if spread > 0 else 0.0
    small = math.sqrt(NOTHING * len(s.K) / s.pupils)
    start = np.array([max(first, small), angle, math.log(fitted.sigma2)])
    return _Given(s, fitted.reml, start)


def _best(s: SlopeSums, *, reml: bool) -> Floats | None:
    """L with the lowest criterion; None when no search settled. Less rank where it does as well."""
    near = math.sqrt(len(s.K) / s.pupils)
    full = [_descend(s, np.array(start) * near, 3, reml=reml) for start in STARTS]
    one = [_descend(s, np.array(start) * near, 2, reml=reml) for start in STARTS]
    found = min(full, key=lambda x: criterion(s, x, reml=reml))
    single = min(one, key=lambda x: criterion(s, x, reml=reml))
    best = np.zeros(3)
    for other in (single, found):
        if criterion(s, other, reml=reml) < criterion(s, best, reml=reml) - CLOSER:
            best = other
    steep = slope(s, best, reml=reml)
    size = max(1.0, abs(criterion(s, best, reml=reml)))
    free = best != 0
    settled = bool(np.abs(steep * best)[free].max(initial=0) < FLAT * size)
    return best if settled else None


def _descend(s: SlopeSums, start: Floats, free: int, *, reml: bool) -> Floats:
    """A valley from a start, over the first ``free`` of L11, L21 and L22; the rest is 0."""
    from scipy.optimize import minimize

    rest = np.zeros(3 - free)

    def both(x: Floats) -> tuple[float, Floats]:
        at = _profile(s, np.append(x, rest))
        return _value(s, at, reml=reml), _slope(s, at, reml=reml)[:free]

    bounds = [(0, None), (None, None), (0, None)][:free]
    found = minimize(both, start[:free], jac=True, method="L-BFGS-B", bounds=bounds,
                     options={"ftol": 1e-15, "gtol": 1e-7, "maxiter": 200})  # fmt: skip
    x = np.asarray(found.x, dtype=float)
    x[x**2 * s.pupils / len(s.K) < NOTHING] = 0
    kept = x != 0
    if kept.any():

        def gradient(some: Floats) -> Floats:
            every = np.zeros(free)
            every[kept] = some
            out: Floats = both(every)[1][kept]
            return out

        moved = np.zeros(free)
        moved[kept] = polished(gradient, x[kept])
        if both(moved)[0] <= both(x)[0] + CLOSER:
            x = moved
    return np.append(x, rest)


# ---------------------------------------------------------------- how sure


def _information(s: SlopeSums, at: _Profile, sigma2: float) -> Information:
    """Of theta = (sigma2, D11, D12, D22): V = theta1 I + W E_i W' theta_i, F = (Z, residuals).

    W'V^-a F = J^a f, F'V^-1 G_i V^-1 F = (J f)' E_i (J f), and so on: all of two columns a school.
    """
    p = s.f.shape[2] - 1
    E = np.array([[[1, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]]], dtype=float)
    f = s.f.copy()
    f[:, :, p] -= f[:, :, :p] @ at.delta
    FF = np.eye(p + 1)
    FF[:p, p] = FF[p, :p] = -at.delta
    FF[p, p] = s.residual_ss + at.delta @ at.delta

    def inner(a: Floats, M: Floats, b: Floats) -> Floats:
        return _joined(a, M @ b)

    f1 = at.J @ f
    f2 = at.J @ f1
    first_power = FF - inner(f, at.B, f)
    second_power = first_power - inner(f1, at.B, f)
    third_power = second_power - inner(f2, at.B, f)
    M = at.J @ s.K  # W'V^-1 W
    M2 = at.J @ M  # W'V^-2 W
    G = np.ones((len(f), 1, 1))
    first = np.stack([second_power, *(inner(f1, e * G, f1) for e in E)])
    second = np.empty((4, 4, p + 1, p + 1))
    second[0, 0] = third_power
    K = np.empty((4, 4))
    BK = at.B @ s.K
    K[0, 0] = s.pupils - 2 * np.einsum("gii->", BK) + np.einsum("gij,gji->", BK, BK)
    for i, e in enumerate(E, 1):
        second[0, i] = inner(f2, e * G, f1)
        second[i, 0] = second[0, i].T
        K[0, i] = K[i, 0] = np.einsum("ij,gji->", e, M2)
        for j, d in enumerate(E, 1):
            second[i, j] = inner(f1, e @ M @ d, f1)
            K[i, j] = np.einsum("gij,gji->", e @ M, d @ M)
    return information_of(first, second, K, at.inverse, sigma2,
                          edge=bool(np.linalg.det(at.L) == 0))  # fmt: skip


def slope_effects(fitted: Sloped) -> tuple[Floats, Floats]:
    """(G, 2) empirical-Bayes estimates of every school's u0 (at x = 0) and u1, and (G, 2) errors.

    u = D W'P y; var(u - its estimate) = D - D W'P W D, what the coefficients are not sure of
    included (Goldstein, 2011, Multilevel Statistical Models, 2.A).
    """
    s = fitted.sums
    back = np.array([[1.0, -s.centre / s.scale], [0.0, 1 / s.scale]])
    forth = np.linalg.inv(back)
    D = forth @ fitted.D @ forth.T / fitted.sigma2
    B = D @ np.linalg.inv(np.eye(2) + s.K @ D)
    J = np.eye(2) - s.K @ B
    p = s.f.shape[2] - 1
    Y = J @ s.f
    e = Y[:, :, p] - Y[:, :, :p] @ fitted.delta
    WPW = J @ s.K - Y[:, :, :p] @ (fitted.information.Phi / fitted.sigma2) @ Y[:, :, :p].swapaxes(
        1, 2
    )
    spread = back @ (fitted.sigma2 * (D - D @ WPW @ D)) @ back.T
    u = (back @ D @ e[:, :, None])[:, :, 0]
    return u, np.sqrt(np.maximum(np.einsum("gii->gi", spread), 0))
