"""Pupils within two divisions that cross (primary and secondary school): two random intercepts.

    y = block + X b + u_cluster + w_label + error,   var(u) = tau2,  var(w) = omega2,
    var(error) = sigma2;   rho = (tau2, omega2) / sigma2

As in ``intercept.py`` the columns are Z with Z'Z = I. What the model needs are their sums per
cluster and per label, and the (G, H) pupils that every cluster shares with every label. Of the two
divisions the larger is eliminated, for there its matrix is diagonal: with D = I + rho_1 N_1, B =
D^-1 N_12 and K = N_2 - rho_1 N_12'B,

    |V| / sigma2^n = |D| |M|,   M = I + rho_2 K,

so that one evaluation costs as much as the cube of the smaller division, whatever the number of
pupils. With Z_1, Z_2 the indicators and T_ij = Z_i'V^-1 Z_j (sigma2 = 1),

    T_22 = M^-1 K,   T_12 = B M^-1,   T_11 = D^-1 N_1 - rho_2 B M^-1 B',

and every trace is a sum over the smaller division: V^-1 = V^-2 + sum rho_i V^-1 Z_i Z_i'V^-1 gives
those with the identity. REML and ML: Harville (1977, J. Am. Stat. Assoc. 72); crossed effects of
schools: Raudenbush (1993, J. Educ. Stat. 18), Goldstein (2011, Multilevel Statistical Models, ch.
12).
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
from academic_workplace.multilevel import intercept
from academic_workplace.multilevel.intercept import (
    ALIKE,
    ALL_ALIKE,
    FREE,
    LEVEL,
    MOST,
    SAME_AS_BLOCKS,
    TOO_MANY_BLOCKS,
    Information,
    Ratio,
    Sums,
    information_of,
    sums_over,
)
from academic_workplace.multilevel.searching import (
    NOT_CONVERGED,
    NOTHING,
    Ratios,
    alone,
    crossing,
    lowest,
    turns,
)

Floats = NDArray[np.float64]

TOLD_APART = 1e-8  # the least eigenvalue of the correlations of what tells the three variances
FAR, WIDE = 20.0, np.arange(-8.0, 9.0)  # of the logarithm of a ratio: no further; looked at
QUICK = 300_000  # cells times labels below which all of it is looked at
SETTLED, STEPS = 1e-8, 15  # of a profile: how near to its lowest, and in how many steps
MOST_CELLS = 40_000_000  # clusters times labels
MOST_LABELS = 3_000  # of the smaller division

CROSSED_NOT_TOLD = Text(
    "De tweede indeling zegt niets naast de scholen: wie waar zit, valt samen met de school, of"
    " iedereen zit apart. Het multilevelmodel kent dan alleen verschillen tussen scholen.",
    "The second division tells nothing beside the schools: it goes together with the school, or"
    " everyone is apart. The multilevel model then knows only differences between schools.",
)
TOO_MANY_LABELS = Text(
    "Beide indelingen hebben te veel groepen om ze samen in één multilevelmodel te schatten.",
    "Both divisions have too many groups to estimate them together in one multilevel model.",
)


@dataclass(frozen=True, slots=True, eq=False)
class CrossedSums:
    """What the model needs of G clusters and H labels.

    clusters, labels: the sums over either. shared: (G, H) pupils (sum of weights) of both. names:
    the labels, in order.
    """

    clusters: Sums
    labels: Sums
    shared: Floats
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """A fitted model of two divisions that cross.

    fit, beta, delta, criterion, reml, information: as of ``Mixed``, the variances in the order
    sigma2, tau2 (clusters), omega2 (labels).
    """

    fit: Fit
    sums: CrossedSums
    beta: Floats
    delta: Floats
    tau2: float
    omega2: float
    sigma2: float
    criterion: float
    reml: bool
    information: Information

    @property
    def boundary(self) -> bool:
        """Whether clusters differ no more than chance would make them: tau2 is 0."""
        return self.tau2 == 0

    @property
    def labels_alike(self) -> bool:
        """Whether labels differ no more than chance would make them: omega2 is 0."""
        return self.omega2 == 0

    @property
    def rho(self) -> Ratios:
        """tau2 and omega2, to sigma2."""
        return self.tau2 / self.sigma2, self.omega2 / self.sigma2


def crossed_intercepts(
    m: SampleMoments, fit: Fit, *, absorb: bool, reml: bool = True
) -> Crossed | Text:
    """Fit the model to the columns of a least-squares fit of the same moments.

    m: with the labels of the second division (``crossed``). absorb, reml: as ``random_intercept``.

    Returns the reason where it cannot be had; ``CROSSED_NOT_TOLD`` where the data cannot tell the
    three variances from each other.
    """
    if len(fit.beta) + fit.blocks > MOST:
        return TOO_MANY_BLOCKS
    s = crossed_sums(m, fit, absorb=absorb)
    if min(s.shared.shape) > MOST_LABELS or s.shared.size > MOST_CELLS:
        return TOO_MANY_LABELS
    within, within_ss = _within(s)
    reason = _not_told(s)
    if reason is not None:
        return reason
    if within == 0:
        return CROSSED_NOT_TOLD
    if within_ss <= ALIKE * fit.total_ss:
        return ALL_ALIKE
    rho = _best(s, reml=reml)
    if rho is None:
        return NOT_CONVERGED
    at = _profile(s, rho)
    sigma2 = at.rss / _left(s, reml=reml)
    k = len(fit.beta)
    return Crossed(
        fit,
        s,
        fit.beta + fit.L @ at.delta[:k],
        at.delta,
        rho[0] * sigma2,
        rho[1] * sigma2,
        sigma2,
        _value(s, at, reml=reml),
        reml,
        _information(s, at, sigma2),
    )


def crossed_sums(m: SampleMoments, fit: Fit, *, absorb: bool) -> CrossedSums:
    """The sums per cluster, in the order of ``fit.clusters``, and per label."""
    names = tuple(sorted(set(m.crossed)))
    place = {name: i for i, name in enumerate(fit.clusters)}
    where = {name: i for i, name in enumerate(names)}
    g = np.array([place[name] for name in m.clusters], dtype=np.intp)
    h = np.array([where[name] for name in m.crossed], dtype=np.intp)
    shared = np.zeros((len(place), len(names)))
    np.add.at(shared, (g, h), m.S[:, 0, 0])
    clusters = sums_over(m, fit, g, len(place), absorb=absorb)
    return CrossedSums(clusters, sums_over(m, fit, h, len(names), absorb=absorb), shared, names)


def _columns(s: Sums) -> Floats:
    """The columns and the residuals, side by side."""
    return np.column_stack([s.U, s.r])


def _of_rows(s: Sums) -> Floats:
    """Their cross-products over all pupils."""
    p = s.U.shape[1]
    out = np.eye(p + 1)
    out[p, p] = s.residual_ss
    return out


def _within(s: CrossedSums) -> tuple[int, float]:
    """Degrees of freedom within both divisions, and the residual squares that are left there."""
    a, b, shared, _ = _larger_first(s, (0.0, 0.0))
    p, F = a.U.shape[1], _columns(a)
    root = 1 / np.sqrt(b.n)
    share = shared / a.n[:, None]
    w, axes = np.linalg.eigh(np.eye(len(b.n)) - root[:, None] * (shared.T @ share) * root)
    told = w > FREE
    rest = axes[:, told].T @ (root[:, None] * (_columns(b) - share.T @ F))
    A = _of_rows(a) - F.T @ (F / a.n[:, None]) - rest.T @ (rest / w[told][:, None])
    own, own_axes = np.linalg.eigh(A[:p, :p])
    free = own > FREE
    explained = float(np.sum((own_axes[:, free].T @ A[:p, p]) ** 2 / own[free]))
    within = a.pupils - len(a.n) - int(told.sum()) - int(free.sum())
    return within, max(float(A[p, p]) - explained, 0.0)


def _not_told(s: CrossedSums) -> Text | None:
    """Why clusters, labels and pupils cannot be told apart; None where they can.

    The variances can be had where I, Z_1 Z_1' and Z_2 Z_2', all but what the columns explain, do
    not follow from each other (Rao, 1971, J. Multivar. Anal. 1): their inner products.
    """
    at = _profile(s, (0.0, 0.0))
    inner = 2 * _information(s, at, 1.0).expected
    for which, reason in ((1, SAME_AS_BLOCKS), (2, CROSSED_NOT_TOLD)):
        n = (s.clusters, s.labels)[which - 1].n
        if inner[which, which] <= FREE * float(n @ n):
            return reason
    root = np.sqrt(np.diag(inner))
    least = float(np.linalg.eigvalsh(inner / np.outer(root, root))[0])
    return CROSSED_NOT_TOLD if least < TOLD_APART else None


# ---------------------------------------------------------------- the search


def _larger_first(s: CrossedSums, rho: Ratios) -> tuple[Sums, Sums, Floats, Ratios]:
    if len(s.labels.n) > len(s.clusters.n):
        return s.labels, s.clusters, s.shared.T, rho[::-1]
    return s.clusters, s.labels, s.shared, rho


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The model at one pair of ratios, with sigma2 = 1; 1 is the larger division, 2 the other.

    D: (G,) diagonal. B: (G, H); K, M: (H, H) as above; factor: of M. F1: (G, p + 1) sums; m: (H,
    p + 1) Z_2'V_1^-1 F. products: (p + 1, p + 1) F'V^-1 F. inverse: (p, p) of Z'V^-1 Z.
    """

    rho: Ratios
    D: Floats
    B: Floats
    K: Floats
    factor: tuple[Floats, bool]
    F1: Floats
    m: Floats
    n1: Floats
    products: Floats
    inverse: Floats
    logdet: float
    covariance_logdet: float
    delta: Floats
    rss: float


def _profile(s: CrossedSums, rho: Ratios) -> _Profile:
    from scipy.linalg import cho_factor, cho_solve

    a, b, shared, (r1, r2) = _larger_first(s, rho)
    p, F1 = a.U.shape[1], _columns(a)
    D = 1 + r1 * a.n
    B = shared / D[:, None]
    half_way = shared / np.sqrt(D)[:, None]
    K = -r1 * (half_way.T @ half_way)  # a product with itself takes half the time
    K[np.diag_indices(len(b.n))] += b.n
    M = r2 * K
    M[np.diag_indices(len(b.n))] += 1
    factor = cho_factor(M, lower=True, check_finite=False)
    m = _columns(b) - r1 * (B.T @ F1)
    A = _of_rows(a) - r1 * (F1.T @ (F1 / D[:, None]))
    A -= r2 * (m.T @ cho_solve(factor, m, check_finite=False))
    half = np.linalg.inv(np.linalg.cholesky(A[:p, :p]))
    t = half @ A[:p, p]
    return _Profile(
        (r1, r2), D, B, K, factor, F1, m, a.n, A, half.T @ half,
        -2 * float(np.log(np.diag(half)).sum()),
        float(np.log(D).sum() + 2 * np.log(np.diag(factor[0])).sum()),
        half.T @ t, float(A[p, p]) - float(t @ t),
    )  # fmt: skip


def _left(s: CrossedSums, *, reml: bool) -> int:
    return s.clusters.pupils - s.clusters.U.shape[1] if reml else s.clusters.pupils


def _value(s: CrossedSums, at: _Profile, *, reml: bool) -> float:
    nu = _left(s, reml=reml)
    value = nu * (1 + math.log(2 * math.pi * at.rss / nu)) + at.covariance_logdet
    return value + (at.logdet + s.clusters.logdet if reml else 0.0)


def criterion(s: CrossedSums, rho: Ratios, *, reml: bool) -> float:
    """-2 log (restricted) likelihood with b and sigma2 at their best. rho: clusters, labels."""
    return _value(s, _profile(s, rho), reml=reml)


def slope(s: CrossedSums, rho: Ratios, *, reml: bool) -> Floats:
    """(2,) the derivatives of ``criterion`` by the ratios of clusters and of labels."""
    return _slope(s, _profile(s, rho), reml=reml)


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """What either division sees: Z_i'V^-1 F, the trace of T_ii, M^-1, and E = B'B."""

    first: Floats
    second: Floats
    traces: tuple[float, float]
    M1: Floats
    E: Floats


def _sides(at: _Profile) -> _Sides:
    from scipy.linalg.lapack import dpotri

    lower = np.tril(dpotri(at.factor[0], lower=1)[0])
    M1 = lower + np.tril(lower, -1).T
    E = at.B.T @ at.B
    second = M1 @ at.m
    first = at.F1 / at.D[:, None] - at.rho[1] * (at.B @ second)
    trace = float(np.sum(at.n1 / at.D)) - at.rho[1] * float(np.sum(M1 * E))
    return _Sides(first, second, (trace, float(np.sum(M1 * at.K))), M1, E)


def _slope(s: CrossedSums, at: _Profile, *, reml: bool) -> Floats:
    sides, p = _sides(at), len(at.inverse)
    e = np.append(-at.delta, 1.0)
    out = []
    for Y, trace in zip((sides.first, sides.second), sides.traces, strict=True):
        value = trace - _left(s, reml=reml) * float(np.sum((Y @ e) ** 2)) / at.rss
        if reml:
            value -= float(np.sum(at.inverse * (Y[:, :p].T @ Y[:, :p])))
        out.append(value)
    flipped = len(s.labels.n) > len(s.clusters.n)
    return np.array(out[::-1] if flipped else out)


def _best(s: CrossedSums, *, reml: bool) -> Ratios | None:
    """The ratios with the lowest criterion, those with a 0 included; None when it did not settle.

    rho: of clusters, of labels.
    """
    scale = np.array([s.clusters.n.mean(), s.labels.n.mean()])

    def value(rho: Ratios) -> float:
        return criterion(s, rho, reml=reml)

    def both(rho: Ratios) -> tuple[float, Floats]:
        at = _profile(s, rho)
        return _value(s, at, reml=reml), _slope(s, at, reml=reml)

    def along(which: int) -> list[Ratios]:
        of = (s.clusters, s.labels)[which]
        found = turns(lambda x: intercept.slope(of, x, reml=reml), scale[which])
        return [alone(x, which) for x in found]

    edges = [(0.0, 0.0), *along(0), *along(1)]
    return lowest(value, both, scale, [(_on_edge(s, rho, reml=reml), rho) for rho in edges])


def _on_edge(s: CrossedSums, rho: Ratios, *, reml: bool) -> float:
    """The criterion with at most one ratio that is not 0: a random intercept of one division."""
    return intercept.criterion(s.labels if rho[1] else s.clusters, max(rho), reml=reml)


# ---------------------------------------------------------------- how sure


def _information(s: CrossedSums, at: _Profile, sigma2: float) -> Information:
    """Of theta = (sigma2, tau2, omega2); F stands for the columns and the residuals."""
    sides, (r1, r2) = _sides(at), at.rho
    p = len(at.inverse)
    turn = np.eye(p + 1)
    turn[:p, p] = -at.delta  # of least squares' residuals into those of this fit
    A1, A2 = sides.first @ turn, sides.second @ turn
    products = turn.T @ at.products @ turn
    M1, E, h = sides.M1, sides.E, at.n1 / at.D
    M1B = M1 @ (at.B.T @ A1)
    one, two = A1.T @ A1, A2.T @ A2
    S11 = A1.T @ (h[:, None] * A1) - r2 * (at.B.T @ A1).T @ M1B
    S12 = M1B.T @ A2
    S22 = A2.T @ (M1 @ (at.K @ A2))
    first = np.stack([products - r1 * one - r2 * two, one, two])
    inner = [[S11, S12], [S12.T, S22]]
    second = np.zeros((3, 3, p + 1, p + 1))
    ratios = (r1, r2)
    for i in range(2):
        for j in range(2):
            second[i + 1, j + 1] = inner[i][j]
        second[0, i + 1] = first[i + 1] - sum(ratios[j] * inner[j][i] for j in range(2))
        second[i + 1, 0] = second[0, i + 1].T
    second[0, 0] = first[0] - sum(ratios[i] * second[i + 1, 0] for i in range(2))
    M1E = M1 @ E
    K = np.zeros((3, 3))
    K[1, 1] = h @ h - 2 * r2 * float(np.sum(M1 * (at.B.T @ (h[:, None] * at.B))))
    K[1, 1] += r2**2 * float(np.sum(M1E * M1E.T))
    K[1, 2] = K[2, 1] = float(np.sum(M1E * M1))
    M1K = M1 @ at.K
    K[2, 2] = float(np.sum(M1K * M1K.T))
    for i, trace in enumerate(sides.traces):
        K[0, i + 1] = K[i + 1, 0] = trace - r1 * K[1, i + 1] - r2 * K[2, i + 1]
    whole = s.clusters.pupils - r1 * sides.traces[0] - r2 * sides.traces[1]  # of V^-1
    K[0, 0] = whole - r1 * K[0, 1] - r2 * K[0, 2]
    if len(s.labels.n) > len(s.clusters.n):
        order = [0, 2, 1]
        first, second, K = first[order], second[order][:, order], K[order][:, order]
    return information_of(first, second, K, at.inverse, sigma2, edge=0 in at.rho)


@dataclass(frozen=True, slots=True)
class CrossedShares:
    """Which part of the variance that is left lies between clusters, and between labels."""

    clusters: Ratio
    labels: Ratio


def crossed_shares(fitted: Crossed, level: float = LEVEL) -> CrossedShares:
    """tau2, and omega2, over all variance, with limits by profile likelihood.

    A share is within the limits where the best criterion with that share lies less than the
    chi-squared quantile above the lowest (Venzon & Moolgavkar, 1988, Appl. Stat. 37). Limits that
    are 0 are a little wide: there half of the chi-squared would do (Self & Liang, 1987).
    """
    total = fitted.tau2 + fitted.omega2 + fitted.sigma2
    above = fitted.criterion + float(special.chdtri(1, 1 - level))
    found = []
    for which, part in enumerate((fitted.tau2, fitted.omega2)):
        share = part / total
        low, high = (_limit(fitted, which, share, above, end) for end in (0.0, 1.0))
        found.append(Ratio(share, low, high))
    return CrossedShares(*found)


def _limit(fitted: Crossed, which: int, share: float, above: float, end: float) -> float:
    """Where from the estimate to an end (0 or 1) the profile of a share crosses ``above``."""
    path = _Path(fitted, which, math.log(max(fitted.rho[1 - which], NOTHING)))
    wanted = math.sqrt(above - fitted.criterion)

    def beyond(x: float) -> float:  # a root is nearly a straight line
        return math.sqrt(max(path.lowest(x) - fitted.criterion, 0.0)) - wanted

    return crossing(beyond, share, end, _pace(fitted, 1 + which))


def _pace(fitted: Crossed, part: int) -> float:
    """About two standard errors of the logit of a share: a step for a search, no more."""
    theta = np.array([fitted.sigma2, fitted.tau2, fitted.omega2])
    if theta[part] == 0:
        return 1.0
    rest = theta.sum() - theta[part]
    g = np.full(3, -1 / rest)
    g[part] = 1 / theta[part]
    return float(np.clip(2 * np.sqrt(g @ np.linalg.solve(fitted.information.expected, g)), 0.02, 1))


@dataclass(slots=True)
class _Path:
    """The lowest criterion with one variance a given number of times the other two together.

    Sought in the logarithm t of the other ratio, from where it was the last time, and at 0.
    """

    fitted: Crossed
    which: int
    t: float
    curve: float = 1.0  # the second derivative by t, where it was seen last

    def lowest(self, logit: float) -> float:
        """logit: of the share of all variance that is this one's."""
        from scipy.optimize import minimize_scalar

        s, reml, ratio = self.fitted.sums, self.fitted.reml, math.exp(logit)

        def pair(rho: float) -> Ratios:
            mine = ratio * (1 + rho)
            return (mine, rho) if self.which == 0 else (rho, mine)

        def value(t: float) -> float:
            return criterion(s, pair(math.exp(t)), reml=reml)

        def steep(t: float) -> tuple[float, float]:
            at, rho = _profile(s, pair(math.exp(t))), math.exp(t)
            g = _slope(s, at, reml=reml)
            along = g[1 - self.which] + ratio * g[self.which]
            return _value(s, at, reml=reml), rho * float(along)

        t = self.t
        if s.shared.size * min(s.shared.shape) <= QUICK:  # there may be two valleys
            t = min((value(t), t) for t in (t, *WIDE))[1]
        y, g = steep(t)
        for _ in range(STEPS):  # Newton's steps, the curve as the last two points have it
            move = float(np.clip(-g / self.curve if self.curve > 0 else -np.sign(g), -1, 1))
            if abs(g * move) < SETTLED or not abs(t + move) < FAR:
                break
            y_next, g_next = steep(t + move)
            if y_next > y + SETTLED:
                self.curve = max(2 * abs(self.curve), abs((g_next - g) / move))
                continue
            self.curve = (g_next - g) / move
            t, y, g = t + move, y_next, g_next
        else:
            found = minimize_scalar(value, bounds=(t - 2, t + 2), method="bounded")
            t, y = (float(found.x), float(found.fun)) if found.fun < y else (t, y)
        self.t = t
        return min(y, _on_edge(s, pair(0.0), reml=reml))


def crossed_effects(fitted: Crossed) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Of the clusters, and of the labels: the empirical-Bayes estimates and comparative errors.

    u = rho_i Z_i'V^-1 e; var(u - its estimate) = tau2_i (1 - rho_i (T_ii - what the coefficients
    take)), what they are not sure of included (Goldstein, 2011, 2.A). All are 0 where the variance
    is.
    """
    at = _profile(fitted.sums, fitted.rho)
    sides, p = _sides(at), len(fitted.delta)
    own1 = at.n1 / at.D - at.rho[1] * np.einsum("gh,gh->g", at.B @ sides.M1, at.B)
    own2 = np.einsum("gh,hg->g", sides.M1, at.K)
    e = np.append(-fitted.delta, 1.0)
    out = []
    for Y, own, rho in zip((sides.first, sides.second), (own1, own2), at.rho, strict=True):
        taken = np.einsum("ga,ab,gb->g", Y[:, :p], at.inverse, Y[:, :p])
        left = np.maximum(1 - rho * (own - taken), 0.0)
        out.append((rho * (Y @ e), np.sqrt(rho * fitted.sigma2 * left)))
    first, second = out
    flipped = len(fitted.sums.labels.n) > len(fitted.sums.clusters.n)
    return (second, first) if flipped else (first, second)
