"""Pupils in classes in schools: two random intercepts, from the sums of each class alone.

    y = block + X b + u_school + v_class + error,   var(u) = tau2,  var(v) = omega2,
    var(error) = sigma2;   rho_s = tau2 / sigma2,  rho_c = omega2 / sigma2

As in ``intercept.py`` the columns are Z with Z'Z = I. V = sigma2 (I + rho_c J_class + rho_s
J_school) is the identity on whatever sums to 0 in every class, and on values v that are one per
class it is undone by

    T v = d v - d w sum over the school of n d v,   d = 1 / (1 + rho_c n),  a = sum n d,
    w = rho_s / (1 + rho_s a)

(Woodbury, first by class and then by school), so that V^-1 = the identity within classes and T
between them: every trace is a sum over classes. A row per class is all that is ever held. REML and
ML: Harville (1977, J. Am. Stat. Assoc. 72); three levels: Goldstein (2011, Multilevel Statistical
Models, ch. 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.language import Text
from academic_workplace.linear import Fit
from academic_workplace.moments import SampleMoments, coded
from academic_workplace.multilevel.intercept import (
    ALIKE,
    ALL_ALIKE,
    LEVEL,
    MOST,
    NO_PAIRS,
    TOO_MANY_BLOCKS,
    Information,
    Ratio,
    Sums,
    divided,
    information_of,
    nothing_between,
    sums_of,
    sums_over,
)
from academic_workplace.multilevel.searching import (
    MANY,
    NOT_CONVERGED,
    NOTHING,
    Ratios,
    alone,
    crossing,
    lowest,
    ratios,
    turns,
)

Floats = NDArray[np.float64]

STEPS, WIDER = 30, 1.5  # of the search for a limit
FAR, WIDE = -20.0, np.arange(-8.0, 9.0)  # of the logarithm of a ratio: no further; looked at
NEAR = 5e-3  # of the distance between three points: how near the lowest is sought
SURE = 0.25  # a standard error of log(ratio): a valley surer than this lies far from 0
AHEAD, CLOSE = 1e-4, 1e-8  # of log(ratio): how far a slope looks ahead; when a search is done

CLASSES_NOT_TOLD = Text(
    "De klassen zeggen niets naast de scholen: er is één klas per school, of één leerling per klas."
    " Het multilevelmodel kent dan alleen verschillen tussen scholen.",
    "The classes tell nothing beside the schools: there is one class per school, or one pupil per"
    " class. The multilevel model then knows only differences between schools.",
)


@dataclass(frozen=True, slots=True, eq=False)
class ClassSums:
    """What the model needs of C classes, sorted by their S schools.

    sums: of every class. first: (S,) the first class of every school. school: (C,) whose it is. F:
    (C, p + 2) the sums of the columns and of the residuals, and n.
    """

    sums: Sums
    first: NDArray[np.intp]
    school: NDArray[np.intp]
    F: Floats

    def weighted(self, d: Floats) -> Floats:
        """(S, p + 2) the sums of d F over the classes of every school. d: (C,)."""
        from scipy.sparse import csr_array

        C, ends = len(d), np.append(self.first, len(d))
        by_school = csr_array((d, np.arange(C), ends), shape=(len(self.first), C))
        out: Floats = by_school @ self.F
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A fitted model of classes in schools.

    fit, beta, delta, criterion, reml, information: as of ``Mixed``, the variances in the
    order sigma2, omega2 (classes), tau2 (schools).
    """

    fit: Fit
    by_class: ClassSums
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
        """Whether schools differ no more than their classes would make them: tau2 is 0."""
        return self.tau2 == 0

    @property
    def classes_alike(self) -> bool:
        """Whether classes of a school differ no more than pupils would make them: omega2 is 0."""
        return self.omega2 == 0

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.by_class.school)


def nested_intercepts(
    m: SampleMoments, fit: Fit, *, absorb: bool, reml: bool = True
) -> Nested | Text:
    """Fit the model to the columns of a least-squares fit of the same moments.

    m: with the classes as its second labels (``crossed``); a label counts within its school, so
    that 6a of one school is not 6a of another. absorb, reml: as ``random_intercept``.

    Returns the reason where it cannot be had; ``CLASSES_NOT_TOLD`` where a random intercept per
    school is all that the data tell.
    """
    if len(fit.beta) + fit.blocks > MOST:
        return TOO_MANY_BLOCKS
    by_class = class_sums(m, fit, absorb=absorb)
    within, _, within_ss = divided(by_class.sums)
    in_schools, between, school_ss = divided(sums_of(m, fit, absorb=absorb))
    if between == 0:
        return nothing_between(fit)
    if in_schools == 0:
        return NO_PAIRS
    if school_ss <= ALIKE * fit.total_ss:
        return ALL_ALIKE
    if within in (0, in_schools):
        return CLASSES_NOT_TOLD
    if within_ss <= ALIKE * fit.total_ss:
        return ALL_ALIKE
    rho = _best(by_class, reml=reml)
    if rho is None:
        return NOT_CONVERGED
    at = _profile(by_class, rho)
    sigma2 = at.rss / _left(by_class.sums, reml=reml)
    k = len(fit.beta)
    return Nested(
        fit,
        by_class,
        fit.beta + fit.L @ at.delta[:k],
        at.delta,
        rho[1] * sigma2,
        rho[0] * sigma2,
        sigma2,
        criterion(by_class, rho, reml=reml),
        reml,
        _information(by_class, at, sigma2),
    )


def class_sums(m: SampleMoments, fit: Fit, *, absorb: bool) -> ClassSums:
    """The sums per class; schools in the order of ``fit.clusters``."""
    (_, school), (names, own) = coded(m.clusters), coded(m.crossed)
    code = school * len(names) + own
    used, c = np.unique(code, return_inverse=True)
    school = used // len(names)
    first = np.flatnonzero(np.diff(school, prepend=-1))
    sums = sums_over(m, fit, c, len(used), absorb=absorb)
    return ClassSums(sums, first, school, np.column_stack([sums.U, sums.r, sums.n]))


# ---------------------------------------------------------------- the search


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The model at one pair of ratios, with sigma2 = 1.

    d: (C,); a, w: (S,) as above. m: (S, p + 1) sums of d times the columns and the residuals, per
    school. inverse: (p, p) of Z'V^-1 Z.
    """

    rho: Ratios
    d: Floats
    a: Floats
    w: Floats
    m: Floats
    inverse: Floats
    logdet: float
    covariance_logdet: float
    delta: Floats
    rss: float


def _profile(s: ClassSums, rho: Ratios) -> _Profile:
    rc, rs = rho
    x, p = s.sums, s.sums.U.shape[1]
    of_size = 1 / (1 + rc * x.sizes)
    d = of_size[x.size]
    by_school = s.weighted(d)
    m, a = by_school[:, :-1], by_school[:, -1]
    w = rs / (1 + rs * a)
    A = -rc * x.weighted(of_size) - m.T @ (m * w[:, None])
    A[np.diag_indices(p)] += 1
    half = np.linalg.inv(np.linalg.cholesky(A[:p, :p]))
    t = half @ A[:p, p]
    return _Profile(
        rho, d, a, w, m, half.T @ half,
        -2 * float(np.log(np.diag(half)).sum()),
        float(x.times @ np.log1p(rc * x.sizes) + np.log1p(rs * a).sum()),
        half.T @ t, x.residual_ss + float(A[p, p]) - float(t @ t),
    )  # fmt: skip


def _left(s: Sums, *, reml: bool) -> int:
    return s.pupils - s.U.shape[1] if reml else s.pupils


def _value(s: ClassSums, at: _Profile, *, reml: bool) -> float:
    nu = _left(s.sums, reml=reml)
    value = nu * (1 + math.log(2 * math.pi * at.rss / nu)) + at.covariance_logdet
    return value + (at.logdet + s.sums.logdet if reml else 0.0)


def criterion(s: ClassSums, rho: Ratios, *, reml: bool) -> float:
    """-2 log (restricted) likelihood with b and sigma2 at their best. rho: classes, schools."""
    return _value(s, _profile(s, rho), reml=reml)


def slope(s: ClassSums, rho: Ratios, *, reml: bool) -> Floats:
    """(2,) the derivatives of ``criterion`` by the ratios of classes and of schools."""
    return _slope(s, _profile(s, rho), reml=reml)


def _slope(s: ClassSums, at: _Profile, *, reml: bool) -> Floats:
    """Of classes: F'V^-1 G V^-1 F = sum of y y', y = d F - n d w m of its school, by school."""
    p, of_size = s.sums.U.shape[1], 1 / (1 + at.rho[0] * s.sums.sizes)
    nd = s.sums.n * at.d
    by_school = s.weighted(nd * at.d)
    twice, h = by_school[:, :-1], by_school[:, -1]  # sums of n d^2 F, and of (n d)^2
    wm = at.m * at.w[:, None]
    crossed = twice.T @ wm
    of_classes = s.sums.weighted(of_size**2) - crossed - crossed.T
    of_classes += wm.T @ (wm * h[:, None])
    D = 1 - at.w * at.a
    of_schools = at.m.T @ (at.m * (D**2)[:, None])
    traces = (float(nd.sum() - h @ at.w), float(at.a @ D))
    e = np.append(-at.delta, 1.0)
    out = []
    for YY, trace in zip((of_classes, of_schools), traces, strict=True):
        value = trace - _left(s.sums, reml=reml) * float(e @ YY @ e) / at.rss
        if reml:
            value -= float(np.sum(at.inverse * YY[:p, :p]))
        out.append(value)
    return np.array(out)


def _best(s: ClassSums, *, reml: bool) -> Ratios | None:
    """The ratios with the lowest criterion, those with a 0 included; None when it did not settle.

    rho: of classes, of schools.
    """
    quick = _valley(s, reml=reml) if len(s.school) > MANY else None
    if quick is not None:
        return quick
    scale = np.array([s.sums.n.mean(), np.add.reduceat(s.sums.n, s.first).mean()])

    def value(rho: Ratios) -> float:
        return criterion(s, rho, reml=reml)

    def both(rho: Ratios) -> tuple[float, Floats]:
        at = _profile(s, rho)
        return _value(s, at, reml=reml), _slope(s, at, reml=reml)

    def along(which: int) -> list[Ratios]:
        found = turns(lambda x: float(slope(s, alone(x, which), reml=reml)[which]), scale[which])
        return [alone(x, which) for x in found]

    edges = [(0.0, 0.0), *along(0), *along(1)]
    return lowest(value, both, scale, [(value(rho), rho) for rho in edges])


def _valley(s: ClassSums, *, reml: bool) -> Ratios | None:
    """The valley near the analysis of variance, by Newton's steps; None where it is not sure.

    Of many classes in many schools there is one, and it is far from both edges.
    """
    x, total = s.sums, np.add.reduceat(s.sums.n, s.first)
    spread = float(np.sum(np.add.reduceat(x.n**2, s.first) / total))
    classes = float(np.sum(x.r**2 / x.n))
    schools = float(np.sum(np.add.reduceat(x.r, s.first) ** 2 / total))
    C, S, N = len(x.n), len(total), float(total.sum())
    if x.pupils <= C or spread >= N:
        return None
    sigma2 = (x.residual_ss - classes) / (x.pupils - C)
    omega2 = (classes - schools - (C - S) * sigma2) / (N - spread)
    tau2 = (schools - S * sigma2 - spread * omega2) / N
    if not min(sigma2, omega2, tau2) > 0:
        return None

    def gradient(u: Floats) -> Floats:
        out: Floats = slope(s, ratios(np.exp(u)), reml=reml) * np.exp(u)
        return out

    u = np.log(np.array([omega2, tau2]) / sigma2)
    g = gradient(u)
    for _ in range(STEPS):
        H = _bend(gradient, u, g)
        if not (np.all(np.isfinite(H)) and np.linalg.eigvalsh(H)[0] > 0):
            return None
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 1:
            return None
        u, g = u - step, gradient(u - step)
        if np.abs(step).max() < AHEAD:
            break
    else:
        return None
    if np.sqrt(2 * np.diag(np.linalg.inv(H))).max() > SURE:
        return None
    for _ in range(STEPS):  # as far as rounding lets it
        nearer = u - np.linalg.solve(H, g)
        then = gradient(nearer)
        if np.abs(then).max() >= np.abs(g).max():
            break
        u, g = nearer, then
    return ratios(np.exp(u))


def _bend(gradient: Callable[[Floats], Floats], u: Floats, g: Floats) -> Floats:
    """(2, 2) the second derivatives, from the slopes g at u and just ahead of it."""
    H = np.column_stack([(gradient(u + AHEAD * e) - g) / AHEAD for e in np.eye(2)])
    out: Floats = (H + H.T) / 2
    return out


# ---------------------------------------------------------------- how sure


def _information(s: ClassSums, at: _Profile, sigma2: float) -> Information:
    """Of theta = (sigma2, omega2, tau2); F stands for the columns and the residuals, side by side.

    With v = T F / n (T as above) and H = (v, n v, the school's sum of n v), that is G_i V^-1 F
    between classes: F'V^-1 G_i V^-1 F = v' N H_i and F'V^-1 G_i V^-1 G_j V^-1 F = H_i' N T H_j,
    plus F'F within classes where all G are the identity.
    """
    x, p, n, d = s.sums, s.sums.U.shape[1], s.sums.n, at.d
    C, of = len(n), s.school

    def total(v: Floats) -> Floats:
        out: Floats = np.add.reduceat(v, s.first, axis=0)
        return out

    def undone(v: Floats) -> Floats:
        spread: Floats = d[:, None] * (v - (at.w[:, None] * total((n * d)[:, None] * v))[of])
        return spread

    F = np.column_stack([x.U, x.r - x.U @ at.delta])
    mean = F / n[:, None]
    within = -F.T @ mean
    within[np.diag_indices(p)] += 1
    within[:p, p] -= at.delta
    within[p, :p] -= at.delta
    within[p, p] += x.residual_ss + at.delta @ at.delta
    v = undone(mean)
    H = [v, n[:, None] * v, total(n[:, None] * v)[of]]
    NT = [n[:, None] * undone(h) for h in H]
    first = np.stack([v.T @ (n[:, None] * h) for h in H])
    second = np.array([[h.T @ t for t in NT] for h in H])
    first[0] += within
    second[0, 0] += within
    return information_of(first, second, _traces(s, at, x.pupils - C), at.inverse, sigma2,
                          edge=0 in at.rho)  # fmt: skip


def _traces(s: ClassSums, at: _Profile, within: int) -> Floats:
    """(3, 3) of V^-1 G_i V^-1 G_j, with sigma2 = 1. within: pupils less classes."""
    n, d, w, D = s.sums.n, at.d, at.w, 1 - at.w * at.a

    def total(v: Floats) -> Floats:
        out: Floats = np.add.reduceat(v, s.first)
        return out

    powers = [total(n ** (i + 1) * d**2) for i in range(2)]
    K = np.zeros((3, 3))
    for i in range(2):
        for j in range(2):
            once = float(np.sum(n ** (i + j) * d**2))
            twice = float(w @ total(n ** (i + j + 1) * d**3))
            K[i, j] = once - 2 * twice + float(w**2 @ (powers[i] * powers[j]))
        K[i, 2] = K[2, i] = float(D**2 @ powers[i])
    K[0, 0] += within
    K[2, 2] = float(np.sum((at.a * D) ** 2))
    return K


@dataclass(frozen=True, slots=True)
class Shares:
    """Which part of the variance that is left lies between schools, and between their classes."""

    schools: Ratio
    classes: Ratio


def shares(fitted: Nested, level: float = LEVEL) -> Shares:
    """tau2, and omega2, over tau2 + omega2 + sigma2, with limits by profile likelihood.

    A share is within the limits where the best criterion with that share lies less than the
    chi-squared quantile above the lowest (Venzon & Moolgavkar, 1988, Appl. Stat. 37). Limits that
    are 0 are a little wide: there half of the chi-squared would do (Self & Liang, 1987).
    """
    total = fitted.tau2 + fitted.omega2 + fitted.sigma2
    higher = float(special.chdtri(1, 1 - level))
    above = fitted.criterion + higher
    many = fitted.classes > MANY and not (fitted.boundary or fitted.classes_alike)
    H = _bend_of(fitted) if many else None
    found = []
    for which, part in ((1, fitted.tau2), (0, fitted.omega2)):
        limits, share = [], part / total
        for end in (0.0, 1.0):
            quick = None if H is None else _crossing(fitted, which, H, higher, end)
            limits.append(_limit(fitted, which, share, above, end) if quick is None else quick)
        found.append(Ratio(share, *limits))
    return Shares(*found)


def _bend_of(fitted: Nested) -> Floats | None:
    """(2, 2) the second derivatives of the criterion by the log ratios, where these are sure."""
    u = np.log(np.array([fitted.omega2, fitted.tau2]) / fitted.sigma2)

    def gradient(u: Floats) -> Floats:
        out: Floats = slope(fitted.by_class, ratios(np.exp(u)), reml=fitted.reml) * np.exp(u)
        return out

    H = _bend(gradient, u, gradient(u))
    if not (np.all(np.isfinite(H)) and np.linalg.eigvalsh(H)[0] > 0):
        return None
    return H if np.sqrt(2 * np.diag(np.linalg.inv(H))).max() < SURE else None


def _crossing(fitted: Nested, which: int, H: Floats, higher: float, end: float) -> float | None:
    """The same limit by Newton's steps in both ratios (Venzon & Moolgavkar); None when they stray.

    With t the log of the other ratio and x the logit of the share, sought is where the criterion is
    ``higher`` than at its lowest and has no slope by t. H: its second derivatives by the log
    ratios, at its lowest; how the slope by t bends further on is learnt on the way (Broyden).
    """
    s, reml, other = fitted.by_class, fitted.reml, 1 - which
    u = np.log(np.array([fitted.omega2, fitted.tau2]) / fitted.sigma2)
    start = np.array([u[which] - np.logaddexp(0, u[other]), u[other]])

    def at(v: Floats) -> tuple[float, Floats]:
        w = float(special.expit(v[1]))
        pair = np.empty(2)
        pair[which], pair[other] = v[0] + np.logaddexp(0, v[1]), v[1]
        profile = _profile(s, ratios(np.exp(pair)))
        g = _slope(s, profile, reml=reml) * np.exp(pair)
        above = _value(s, profile, reml=reml) - fitted.criterion
        return above, np.array([g[which], g[other] + w * g[which]])

    T = np.zeros((2, 2))  # of the log ratios by (x, t)
    T[which], T[other, 1] = (1, float(special.expit(u[other]))), 1
    B = T.T @ H @ T
    curve = B[0, 0] - B[0, 1] ** 2 / B[1, 1]
    move = math.sqrt(2 * higher / curve) * (1 if end else -1)
    v, bend = start + move * np.array([1, -B[0, 1] / B[1, 1]]), B[1].copy()
    above, g = at(v)
    for _ in range(STEPS):
        if bend[1] <= 0 or (v[0] - start[0]) * g[0] <= 0:
            return None
        step = -np.linalg.solve(np.array([g, bend]), np.array([above - higher, g[1]]))
        if not np.abs(step).max() < 1:
            return None
        v, old = v + step, g[1]
        above, g = at(v)
        bend += (g[1] - old - bend @ step) * step / (step @ step)
        if np.abs(step).max() < CLOSE or (
            abs(above - higher) < CLOSE and g[1] ** 2 / bend[1] < CLOSE
        ):
            return float(special.expit(v[0]))
    return None


def _limit(fitted: Nested, which: int, share: float, above: float, end: float) -> float:
    """Where from the estimate to an end (0 or 1) the profile of a share crosses ``above``."""
    other = 1 - which
    theta = np.array([fitted.sigma2, fitted.omega2, fitted.tau2])
    known = theta[1 + other] / theta[0]
    start = math.log(max(known, NOTHING))
    pace = _pace(fitted, theta, 1 + other, np.array([1.0, 0.0, 0.0]))
    path = _Path(fitted, which, start, pace)
    step = 2 * _pace(fitted, theta, 1 + which, (np.arange(3) != 1 + which).astype(float))
    return crossing(lambda x: path.lowest(x) - above, share, end, step)


def _pace(fitted: Nested, theta: Floats, part: int, rest: Floats) -> float:
    """About how sure log(a variance / the sum of the rest) is: a step for a search, no more."""
    if theta[part] == 0:
        return 0.5
    g = -rest / float(rest @ theta)
    g[part] += 1 / theta[part]
    return float(np.clip(np.sqrt(g @ np.linalg.solve(fitted.information.expected, g)), 0.01, 0.5))


@dataclass(slots=True)
class _Path:
    """The lowest criterion with one variance a given number of times the other two together.

    Sought in the logarithm t of the other ratio, from where it was the last time, and at 0.
    """

    fitted: Nested
    which: int
    t: float
    pace: float

    def lowest(self, logit: float) -> float:
        """logit: of the share of all variance that is this one's."""
        from scipy.optimize import minimize_scalar

        s, reml, ratio = self.fitted.by_class, self.fitted.reml, math.exp(logit)

        def value(rho: float) -> float:
            mine = ratio * (1 + rho)
            pair = (mine, rho) if self.which == 0 else (rho, mine)
            return criterion(s, pair, reml=reml)

        def f(t: float) -> float:
            return value(math.exp(t))

        t, h = self.t, self.pace
        if self.fitted.classes <= MANY:  # there may be two valleys, of which either may be lower
            t, h = min((f(t), t) for t in (t, *WIDE))[1], 0.5
        y = [f(t - h), f(t), f(t + h)]
        for _ in range(STEPS):  # to three points with the lowest in the middle
            down = y[0] < y[2]
            if y[1] <= min(y[0], y[2]) or not FAR < (t - h if down else t + h) < -FAR:
                break
            t, middle = (t - h, y[0]) if down else (t + h, y[2])
            h *= WIDER
            y = [f(t - h), middle, f(t + h)]
        if y[1] <= min(y[0], y[2]):
            found = minimize_scalar(f, bounds=(t - h, t + h), method="bounded",
                                    options={"xatol": NEAR * h})  # fmt: skip
            t, y[1] = float(found.x), min(y[1], float(found.fun))
        self.t = t
        return min(y[1], value(0.0))


def school_effects(fitted: Nested) -> tuple[Floats, Floats]:
    """(S,) the empirical-Bayes estimate of every school's u, and its comparative standard error.

    u = rho_s D m_e with D = 1 / (1 + rho_s a); var(u - its estimate) = tau2 D (1 + rho_s D m Phi m'
    / sigma2), what the coefficients are not sure of included (Goldstein, 2011, 2.A).
    """
    u, D, m, Phi = _of_schools(fitted)
    rho = fitted.tau2 / fitted.sigma2
    spread = np.einsum("ga,ab,gb->g", m, Phi / fitted.sigma2, m)
    return u, np.sqrt(fitted.tau2 * D * (1 + rho * D * spread))


def school_covariance(fitted: Nested) -> tuple[Floats, Floats, Floats]:
    """(S,) the same estimates, (S, S) the covariance of their errors, and (S,) their reliability.

    cov(u_i - its estimate, u_j - its estimate) = tau2 D_i [i = j] + rho_s^2 D_i D_j m_i Phi m_j';
    reliability: 1 - D, which pupils in many small classes have more of than those in one.
    """
    u, D, m, Phi = _of_schools(fitted)
    A = (fitted.tau2 / fitted.sigma2) * D[:, None] * m
    C = A @ Phi @ A.T
    C[np.diag_indices_from(C)] += fitted.tau2 * D
    return u, C, 1 - D


def _of_schools(fitted: Nested) -> tuple[Floats, Floats, Floats, Floats]:
    """u, D, m (of the columns) and Phi."""
    rho = (fitted.omega2 / fitted.sigma2, fitted.tau2 / fitted.sigma2)
    at, p = _profile(fitted.by_class, rho), len(fitted.delta)
    D = 1 / (1 + rho[1] * at.a)
    m, e = at.m[:, :p], at.m[:, p] - at.m[:, :p] @ fitted.delta
    return rho[1] * D * e, D, m, fitted.sigma2 * at.inverse
