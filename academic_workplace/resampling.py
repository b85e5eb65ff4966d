"""Inference without a formula for the distribution: bootstrap of clusters, re-randomisation.

Everything here works from a ``Fit`` or from one sum per unit: a draw costs a few products with the
matrix of draws, whatever the number of pupils. A value under test is kept as an interval's limit
when its p-value is above ``ALPHA``; a limit that no value fails is infinite, never made up. Draws
that tie with what was observed count as at least as extreme.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from academic_workplace.linear import Fit, TwoWay
from academic_workplace.multilevel.redrawn import Axes, refitted
from academic_workplace.plan import Inference

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

ALPHA = 0.05
TIE = 1e-9  # relative: the same number along another route
FAR = 1e-9  # a variance below this times the largest is zero
AT_ONCE = 1 << 11  # draws per part, so that a part stays in the cache
COUNT_ALL = 1 << 20  # assignments that are counted, not drawn
COUNT_REFITS = 1 << 14  # the same where a model is fitted to each
SETTLED, TURNS = 1e-9, 40  # a limit that moves less (relatively) is found; looks at most
SMALL = 22  # units of which all subsets can be looked through
WEBB = np.sqrt([1.5, 1.0, 0.5])
MAMMEN = (1 - math.sqrt(5)) / 2, (1 + math.sqrt(5)) / (2 * math.sqrt(5))  # value, probability


@dataclass(frozen=True, slots=True)
class Resampled:
    """A p-value and an interval by inversion; limits may be infinite.

    draws: how many (counting mirror images); exact: all there are. smallest: the p-value that no
    data could go below.
    """

    p_value: float
    low: float
    high: float
    draws: int
    exact: bool
    smallest: float


# ---------------------------------------------------------------- wild cluster bootstrap


@dataclass(frozen=True, slots=True, eq=False)
class WildDraws:
    """Bootstrap t statistics as functions of the value under test.

    With theta = (c'beta - value) / c'Mc the bootstrap estimate of a draw is N0 + theta N1 and its
    squared standard error m0 + theta m1 + theta^2 m2. N: (2, R), m: (3, R). estimate, se: of the
    data (without the factors that cancel). unit: c'Mc. scale: (3,) of sum z^2 as a function
    of theta: what m is measured against. A draw without a standard error of its own (in pairs: all
    signs opposite; two-way: a variance below 0) counts as at least as extreme.
    """

    N: Floats
    m: Floats
    scale: Floats
    estimate: float
    se: float
    unit: float
    exact: bool

    @property
    def draws(self) -> int:
        """Mirror images counted."""
        return len(self.N[0]) * (2 if self.exact else 1)

    def t(self, value: float = 0.0) -> Floats:
        """(R,) the statistics when ``value`` is true; infinite without a standard error."""
        theta = (self.estimate - value) / self.unit
        square, none = self._square(theta)
        t: Floats = (self.N[0] + theta * self.N[1]) / np.sqrt(np.where(none, 1.0, square))
        return np.where(none, np.inf, t)

    def p_value(self, value: float = 0.0) -> float:
        """The share of draws at least as extreme as the data."""
        theta = (self.estimate - value) / self.unit
        square, none = self._square(theta)
        drawn = (self.N[0] + theta * self.N[1]) ** 2 * self.se**2
        extreme = drawn >= (self.estimate - value) ** 2 * square * (1 - TIE)
        return self._share(int(np.count_nonzero(extreme | none)))

    @property
    def smallest(self) -> float:
        """The p-value of a value infinitely far away."""
        far = self.m[2] <= FAR * self.scale[2]  # all signs alike: no longer grows with theta
        none = far & (self.m[0] <= FAR * self.scale[0]) | (self.m[2] < -FAR * self.scale[2])
        drawn = self.N[1] ** 2 * self.se**2 >= self.unit**2 * self.m[0] * (1 - TIE)
        return self._share(int(np.count_nonzero(far & drawn | none)))

    def _square(self, theta: float) -> tuple[Floats, NDArray[np.bool_]]:
        """(R,) the squared standard errors, and whether there is none but rounding."""
        powers = np.array([1.0, theta, theta**2])
        square: Floats = powers @ self.m
        return square, square <= FAR * float(powers @ self.scale)

    def _share(self, count: int) -> float:
        R = len(self.N[0])
        return count / R if self.exact else (count + 1) / (R + 1)


def wild_draws(
    fit: Fit,
    contrast: Floats,
    kind: Inference,
    draws: int,
    rng: np.random.Generator,
    among: tuple[Codes, int] | None = None,
) -> WildDraws:
    """The wild cluster bootstrap of a contrast, with the null imposed (WCR, CR1-type t).

    Residuals under the null are turned by one random weight per cluster: Rademacher (all sign
    vectors when there are no more than ``draws``), Webb's six points, or Mammen's two. Cameron,
    Gelbach & Miller (2008, Rev. Econ. Stat. 90); Roodman et al. (2019, Stata J. 19).

    In the axes of L~, with s_g the scores, K_g = L~'Z_g'Z_g L~ and v = L~'c: the scores under the
    null are s_g + theta K_g v, the bootstrap estimates D = sum w_g s_g, the influence of cluster g
    w_g v's_g - v'K_g D.

    among: the place of each cluster among all those weights are drawn for, and how many these
    are; several fits given the same ``rng`` state and number then share their draws.
    """
    s, a, v = _in_place(fit, contrast)
    at_cluster, G = (slice(None), len(s)) if among is None else among
    z0, z1 = s @ v, a @ v
    exact = kind is Inference.WILD and draws >= 2**G
    R = 2 ** (G - 1) if exact else draws
    features = np.hstack([s, a, z0[:, None] * a, z1[:, None] * a])
    squares = np.column_stack([z0**2, 2 * z0 * z1, z1**2])
    A = a.T @ a
    N, m = np.empty((2, R)), np.empty((3, R))
    at = 0
    for all_weights in _weights(kind, G, R, rng, exact=exact):
        w = all_weights[:, at_cluster]
        part = slice(at, at + len(w))
        at += len(w)
        D0, D1, E0, E1 = np.split(w @ features, 4, axis=1)
        N[0, part], N[1, part] = D0 @ v, D1 @ v
        turned = np.broadcast_to(squares.sum(axis=0), (len(w), 3))
        if kind is Inference.WILD_WEBB or kind is Inference.WILD_MAMMEN:
            turned = w**2 @ squares
        AD0, AD1 = D0 @ A, D1 @ A
        m[0, part] = turned[:, 0] + _dot(D0, AD0 - 2 * E0)
        m[1, part] = turned[:, 1] + 2 * _dot(D0, AD1 - E1) - 2 * _dot(D1, E0)
        m[2, part] = turned[:, 2] + _dot(D1, AD1 - 2 * E1)
    scale = squares.sum(axis=0)
    m[1:, m[2] <= FAR * scale[2]] = 0  # all signs alike: what is left is rounding
    k = len(fit.beta)
    return WildDraws(
        N, m, scale, float(contrast[:k] @ fit.beta), float(np.sqrt(z0 @ z0)), float(v @ v), exact
    )


def wild(
    fit: Fit, contrast: Floats, kind: Inference, draws: int, rng: np.random.Generator
) -> Resampled:
    """p-value of the contrast being 0, and the values that the test does not reject."""
    return inverted(wild_draws(fit, contrast, kind, draws, rng))


def inverted(drawn: WildDraws) -> Resampled:
    """The p-value of no difference, and the limits of the values that are not rejected."""
    low, high = (_edge(drawn, side) for side in (-1, 1))
    return Resampled(drawn.p_value(), low, high, drawn.draws, drawn.exact, drawn.smallest)


def two_way_draws(
    fit: TwoWay, contrast: Floats, kind: Inference, draws: int, rng: np.random.Generator
) -> WildDraws:
    """The wild bootstrap of a two-way t, with the null imposed and a weight per label of one way.

    That way is the one with the fewest labels (the clusters when there are as many): what the
    simulations of MacKinnon, Nielsen & Webb (2021, J. Bus. Econ. Stat. 39) favour. The statistic
    of every draw has the three-term variance of ``linear.two_way_variance``.

    Everything is linear in the weights w (R, G): with z_gx the sum of v's over the pupils of label
    g (of the way drawn) in part x of another division, the influence of x is

        sum_g w_g z_gx - v'K_x sum_g w_g s_g = w'U_x,

    so that the variance of a draw is w'Qw with Q = sum of -+ G/(G-1) UU', G x G for every power of
    theta, however many crossings there are.
    """
    s, a, v = _in_place(fit.cells, contrast)
    way = fit.first if fit.sizes[0] <= fit.sizes[1] else fit.second
    G = int(way.max()) + 1
    S0, S1 = _sums(s, way, G), _sums(a, way, G)
    z0, z1 = s @ v, a @ v
    Q, scale, square = np.zeros((3, G, G)), np.zeros(3), 0.0
    for codes, factor in fit.parts:
        K = _sums(a, codes, int(codes.max()) + 1)
        U0, U1 = -S0 @ K.T, -S1 @ K.T
        np.add.at(U0, (way, codes), z0)
        np.add.at(U1, (way, codes), z1)
        own = np.column_stack([np.bincount(codes, z0), np.bincount(codes, z1)])
        (z00, z01), (_, z11) = own.T @ own
        Q += factor * np.stack([U0 @ U0.T, 2 * U0 @ U1.T, U1 @ U1.T])
        scale += abs(factor) * np.array([z00, 2 * z01, z11])
        square += factor * z00
    exact = kind is Inference.WILD and draws >= 2**G
    R = 2 ** (G - 1) if exact else draws
    N, m = np.empty((2, R)), np.empty((3, R))
    at = 0
    for w in _weights(kind, G, R, rng, exact=exact):
        part = slice(at, at + len(w))
        at += len(w)
        N[0, part], N[1, part] = w @ (S0 @ v), w @ (S1 @ v)
        for power in range(3):
            m[power, part] = _dot(w, w @ Q[power])
    m[1:, np.abs(m[2]) <= FAR * scale[2]] = 0  # all signs alike: what is left is rounding
    estimate = float(contrast[: len(fit.cells.beta)] @ fit.cells.beta)
    return WildDraws(N, m, scale, estimate, math.sqrt(max(square, 0.0)), float(v @ v), exact)


def _sums(x: Floats, codes: Codes, G: int) -> Floats:
    """(G, p) the sums of the rows of x per code."""
    out = np.zeros((G, x.shape[1]))
    np.add.at(out, codes, x)
    return out


def _edge(drawn: WildDraws, side: int) -> float:
    """The outermost value on one side that is not rejected, to 1e-10 standard errors."""
    if drawn.smallest > ALPHA or drawn.se == 0:
        return side * math.inf

    def kept(x: float) -> bool:
        return drawn.p_value(drawn.estimate + side * x * drawn.se) > ALPHA

    inside, outside, rejected, x = 0.0, 0.0, 0, 0.5
    while rejected < 4:  # steps of a step function: one rejection may be followed by none
        if x > 1e9:
            return side * math.inf
        if kept(x):
            inside, rejected = x, 0
        else:
            outside = x if rejected == 0 else outside
            rejected += 1
        x *= 1.5
    while outside - inside > 1e-10 * outside:
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(middle) else (inside, middle)
    return drawn.estimate + side * inside * drawn.se


def _in_place(fit: Fit, contrast: Floats) -> tuple[Floats, Floats, Floats]:
    """(G, p) scores, (G, p) K_g v and (p,) v, with the carried blocks in columns of their own."""
    G, r = fit.scores.shape
    k = len(fit.beta)
    v = np.zeros(r)
    v[:k] = fit.L.T @ contrast[:k]
    scores = (fit.Q @ fit.scores[:, :, None])[:, :, 0]
    a = (fit.Q @ (fit.h * (v @ fit.Q))[:, :, None])[:, :, 0]
    if r == k:
        return scores, a, v
    used, at = np.unique(fit.block, return_inverse=True)
    at = at.reshape(fit.block.shape)
    out = []
    for x in (scores, a):
        wide = np.zeros((G, k + len(used)))
        wide[:, :k] = x[:, :k]
        wide[np.arange(G)[:, None], k + at] = x[:, k:]
        out.append(wide)
    return out[0], out[1], np.append(v[:k], np.zeros(len(used)))


def _weights(
    kind: Inference, G: int, R: int, rng: np.random.Generator, *, exact: bool
) -> Iterator[Floats]:
    """The weights of the clusters, part by part: (draws, G)."""
    at_once = max(1, min(AT_ONCE, (1 << 22) // G))
    for start in range(0, R, at_once):
        n = min(at_once, R - start)
        if exact:  # the last sign stays +: a vector and its mirror image have the same |t|
            numbers = np.arange(start, start + n)[:, None]
            yield 1.0 - 2.0 * ((numbers >> np.arange(G)) & 1).astype(float)
        elif kind is Inference.WILD_WEBB:
            points: Floats = np.concatenate([-WEBB, WEBB])
            yield points.take(rng.integers(0, 6, (n, G), dtype=np.uint8)).astype(float)
        elif kind is Inference.WILD_MAMMEN:
            value, probability = MAMMEN
            yield np.where(rng.random((n, G)) < probability, value, 1 - value)
        else:
            bytes_ = np.frombuffer(rng.bytes(n * ((G + 7) // 8)), np.uint8)
            bits = np.unpackbits(bytes_.reshape(n, -1), axis=1, count=G)
            yield bits.astype(float) * 2.0 - 1.0


def _dot(x: Floats, y: Floats) -> Floats:
    product: Floats = np.einsum("ri,ri->r", x, y)
    return product


# ---------------------------------------------------------------- bootstrap of whole clusters


def cluster_bootstrap(
    fit: Fit, contrast: Floats, strata: Codes, draws: int, rng: np.random.Generator
) -> tuple[float, Resampled]:
    """Draw whole clusters with replacement within strata; symmetric percentile-t.

    strata: (G,). Returns the standard deviation of the drawn estimates, and p-value and interval.
    Cameron, Gelbach & Miller (2008), "pairs cluster bootstrap-t". In the axes of L~ the drawn
    slopes solve (sum n_g K_g) d = sum n_g s_g, n_g being how often cluster g was drawn; so no row
    is touched. A draw in which the contrast cannot be estimated counts as infinitely extreme.
    """
    s, _, v = _in_place(fit, contrast)
    G, p = s.shape
    K = np.zeros((G, p, p))
    small = fit.Q @ (fit.h[:, :, None] * fit.Q.swapaxes(1, 2))
    place = _columns(fit)
    for g in range(G):
        K[g][np.ix_(place[g], place[g])] = small[g]
    z = s @ v
    estimate, se = float(contrast[: len(fit.beta)] @ fit.beta), float(np.sqrt(z @ z))
    moved, t = np.empty(draws), np.empty(draws)
    at_once = max(1, min(AT_ONCE, (1 << 22) // max(G, p * p)))
    for start in range(0, draws, at_once):
        n = min(at_once, draws - start)
        times = multiplicities(strata, n, rng)
        A = (times @ K.reshape(G, -1)).reshape(n, p, p)
        empty = np.einsum("rii->ri", A) < FAR
        A[:, np.arange(p), np.arange(p)] += empty
        inverse = np.linalg.pinv(A, rcond=FAR, hermitian=True)
        d = (inverse @ (times @ s)[:, :, None])[:, :, 0]
        direction = inverse @ v
        influence = direction @ s.T
        for g, at in enumerate(place):
            influence[:, g] -= _dot(direction[:, at], d[:, at] @ small[g])
        lost = np.abs(np.einsum("rij,rj->ri", A, direction) - v).max(axis=1) > 1e-6
        square = np.sum(times * influence**2, axis=1)
        moved[start : start + n] = np.where(lost, np.nan, d @ v)
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.abs(d @ v) / np.sqrt(square)
        t[start : start + n] = np.where(lost | (square <= FAR * se**2), np.inf, each)
    extreme = np.sort(t)
    most = math.floor(ALPHA * (draws + 1) - 1)  # draws that may lie beyond a limit
    bound = float(extreme[draws - most - 1]) if most >= 0 else math.inf
    count = int(np.count_nonzero(t >= abs(estimate) / se * (1 - TIE))) if se > 0 else draws
    smallest = (np.count_nonzero(np.isinf(t)) + 1) / (draws + 1)
    p_value = (count + 1) / (draws + 1)
    result = Resampled(
        p_value, estimate - bound * se, estimate + bound * se, draws, False, float(smallest)
    )
    return float(np.nanstd(moved, ddof=1)), result


def multiplicities(strata: Codes, draws: int, rng: np.random.Generator) -> Floats:
    """(draws, G) how often each cluster is drawn: as many as there are, within every stratum."""
    times = np.zeros((draws, len(strata)))
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        chosen = rng.integers(0, len(members), (draws, len(members)))
        for column in chosen.T:
            times[np.arange(draws), members[column]] += 1
    return times


def _columns(fit: Fit) -> Codes:
    """(G, r) where a cluster's columns stand among all p."""
    G, r = fit.scores.shape
    k = len(fit.beta)
    place = np.broadcast_to(np.arange(r), (G, r)).copy()
    if r > k:
        _, at = np.unique(fit.block, return_inverse=True)
        place[:, k:] = k + at.reshape(fit.block.shape)
    return place


# ---------------------------------------------------------------- re-randomisation


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What was assigned (clusters, or pupils), with the covariates and blocks swept out.

    a: (U,) sums of the outcome's residuals on covariates and blocks. n: (U,) pupils (with weights:
    their sum, and so are the sums). F: (U, f) so
    that T'diag(n)T - |F'T|^2 is what an assignment T has left after sweeping. T: (U,) the
    assignment there was, 0 or 1, or a dose. strata: (U,) the block within which was assigned; -1
    for units that no draw moves.
    """

    a: Floats
    n: Floats
    F: Floats
    T: Floats
    strata: Codes


def assignments_possible(T: Floats, strata: Codes) -> int:
    """In how many ways the same numbers could have been assigned within the strata."""
    return math.prod(math.comb(m, t) for m, t in _sizes(T, strata))


def randomisation(units: Units, draws: int, rng: np.random.Generator) -> Resampled:
    """Randomisation test of no effect for anyone, and the constant effects it does not reject.

    The statistic is the coefficient of the assignment in the regression on covariates and blocks:
    T'a / (T'diag(n)T - |F'T|^2). All assignments are counted when there are no more than
    ``COUNT_ALL`` (never for a dose), otherwise ``draws`` are drawn. Fisher (1935); Rosenbaum
    (2002, Stat. Sci. 17).

    Under a constant effect r a draw's statistic is b0 - r b1, linear in r, so that each draw
    itself says up to which r it is at least as extreme: the interval is exact for the draws. With
    units of unequal size |b1| may be above 1; such a draw counts as reaching everywhere, so that
    the interval errs on the wide side.
    """
    spread_T = units.n * units.T - units.F @ (units.T @ units.F)
    observed = float(units.T @ units.a / (units.T @ spread_T))
    arms = bool(np.isin(units.T, (0, 1)).all())
    exact = arms and assignments_possible(units.T, units.strata) <= COUNT_ALL
    parts = _all(units) if exact else _drawn(units, draws, rng)
    b0, b1 = (
        np.concatenate(part)
        for part in zip(*(_statistics(units, spread_T, T) for T in parts), strict=True)
    )
    R = len(b0)
    limits = _reach(observed, b0, b1)
    count = int(np.count_nonzero(np.abs(b0) >= abs(observed) * (1 - TIE)))
    extra = 0 if exact else 1  # a drawn test counts the assignment there was as well
    most = math.floor(ALPHA * (R + extra) + TIE) - extra  # draws that may reach beyond a limit
    low, high = (float(np.sort(x)[::-1][most]) if 0 <= most < R else math.inf for x in limits)
    never = int(np.count_nonzero(np.isinf(limits[0]) & np.isinf(limits[1])))
    return Resampled(
        (count + extra) / (R + extra),
        observed - low,
        observed + high,
        R,
        exact,
        (never + extra) / (R + extra),
    )


def randomisation_of_model(
    x: Axes, units: Units, draws: int, rng: np.random.Generator
) -> Resampled:
    """The same with the REML estimate of a random intercept, fitted again for every assignment.

    x: of the model without the assignment, of the same units (clusters, in the same order). All
    assignments are fitted when there are no more than ``COUNT_REFITS``.

    Under a constant effect r the outcome less r times the assignment there was is fitted again, so
    that tau2 is that of a draw under r. Given tau2 / sigma2 the statistic is linear in r: a limit
    is where the model, fitted at that limit, gives that limit. Where it goes to and fro between a
    few values the interval errs on the wide side.
    """
    arms = bool(np.isin(units.T, (0, 1)).all())
    exact = arms and assignments_possible(units.T, units.strata) <= COUNT_REFITS
    parts = list(_all(units) if exact else _drawn(units, draws, rng))
    observed = float(refitted(x, units.T[None], units.T).estimate[0])

    def drawn(effect: float) -> tuple[Floats, Floats]:
        fits = [refitted(x, T, units.T, effect) for T in parts]
        back = np.concatenate([each.back for each in fits])
        return np.concatenate([each.estimate for each in fits]) + effect * back, back

    b0, b1 = drawn(0.0)
    R, extra = len(b0), 0 if exact else 1
    least = abs(observed) * (1 - TIE) - TIE * float(np.std(b0[np.isfinite(b0)]))
    count = int(np.count_nonzero(np.abs(b0) >= least))
    most = math.floor(ALPHA * (R + extra) + TIE) - extra

    def limit(side: int) -> float:
        at, reach, seen = (b0, b1), 0.0, list[float]()
        for _ in range(TURNS):
            now = float(np.sort(_reach(observed, *at)[max(side, 0)])[::-1][most])
            seen.append(now)
            if not math.isfinite(now) or abs(now - reach) <= SETTLED * now:
                return observed + side * now
            reach, at = now, drawn(observed + side * now)
        return observed + side * max(seen[-TURNS // 2 :])

    low, high = (limit(s) if 0 <= most < R else s * math.inf for s in (-1, 1))
    never = int(np.count_nonzero(np.all(np.isinf(_reach(observed, b0, b1)), axis=0)))
    return Resampled(
        (count + extra) / (R + extra), low, high, R, exact, (never + extra) / (R + extra)
    )


def _reach(observed: float, b0: Floats, b1: Floats) -> tuple[Floats, Floats]:
    """How far below and above the estimate each draw is at least as extreme as the data."""
    near = np.abs(b1) < 1 - TIE
    with np.errstate(divide="ignore", invalid="ignore"):
        first = (observed - b0) / (1 - b1) - observed
        second = (observed + b0) / (1 + b1) - observed
    low = np.where(near, -np.minimum(first, second), np.inf)
    high = np.where(near, np.maximum(first, second), np.inf)
    return np.maximum(low, 0), np.maximum(high, 0)


def _statistics(units: Units, spread_T: Floats, T: Floats) -> tuple[Floats, Floats]:
    """(R,) the statistic of each assignment on the outcome, and on the assignment there was."""
    F = units.F
    whole = T**2 @ units.n
    left = whole - np.sum((T @ F) ** 2, axis=1)
    fixed = left <= FAR * whole  # swept out by the covariates: it has no statistic
    left = np.where(fixed, 1.0, left)
    return np.where(fixed, np.inf, T @ units.a / left), np.where(fixed, 0.0, T @ spread_T / left)


def _sizes(T: Floats, strata: Codes) -> list[tuple[int, int]]:
    """Units and treated units of every stratum."""
    return [
        (int(np.sum(strata == s)), int(T[strata == s].sum()))
        for s in np.unique(strata[strata >= 0])
    ]


def _all(units: Units) -> Iterator[Floats]:
    """Every assignment, part by part: (draws, U)."""
    strata = [np.flatnonzero(units.strata == s) for s in np.unique(units.strata) if s >= 0]
    patterns = [_patterns(m, t) for m, t in _sizes(units.T, units.strata)]
    total = math.prod(len(p) for p in patterns)
    for start in range(0, total, AT_ONCE):
        rest = np.arange(start, min(start + AT_ONCE, total))
        T = np.tile(units.T, (len(rest), 1))
        for members, pattern in zip(strata, patterns, strict=True):
            rest, which = np.divmod(rest, len(pattern))
            T[:, members] = pattern[which]
        yield T


def _patterns(m: int, t: int) -> NDArray[np.uint8]:
    """(comb(m, t), m) every way to choose t of m."""
    if m <= SMALL:
        numbers = np.arange(1 << m, dtype=np.uint32)
        numbers = numbers[np.bitwise_count(numbers) == t]
        bits: NDArray[np.uint8] = ((numbers[:, None] >> np.arange(m)) & 1).astype(np.uint8)
        return bits
    chosen = np.array(list(combinations(range(m), t)), dtype=np.intp)
    out = np.zeros((math.comb(m, t), m), dtype=np.uint8)
    np.put_along_axis(out, chosen.reshape(len(out), t), 1, axis=1)
    return out


def _drawn(units: Units, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Assignments at random, part by part: (draws, U)."""
    strata: Sequence[Codes] = [
        np.flatnonzero(units.strata == s) for s in np.unique(units.strata) if s >= 0
    ]
    at_once = max(1, min(AT_ONCE, (1 << 24) // len(units.T)))
    for start in range(0, draws, at_once):
        T = np.tile(units.T, (min(at_once, draws - start), 1))
        for members in strata:
            T[:, members] = _shuffled(T[:, members], rng)
        yield T


def _shuffled(T: Floats, rng: np.random.Generator) -> Floats:
    """Every row of T in an order of its own. T: (draws, m), all rows alike.

    Of zeros and ones the t units with the lowest of m random keys are chosen, which is quicker than
    putting all in order; where keys are alike at that border, the row is shuffled instead.
    """
    m, t = T.shape[1], int(T[0].sum()) if len(T) else 0
    if not (0 < t < m and np.isin(T[0], (0, 1)).all()):
        return rng.permuted(T, axis=1)
    keys = rng.integers(0, 1 << 32, T.shape, dtype=np.uint32)
    chosen = keys <= np.partition(keys, t - 1, axis=1)[:, t - 1 : t]
    out: Floats = chosen.astype(float)
    tied = np.count_nonzero(chosen, axis=1) != t
    out[tied] = rng.permuted(T[tied], axis=1)
    return out
