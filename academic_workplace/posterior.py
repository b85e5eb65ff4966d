"""What is likely of an effect, given the data and what was known before: exact, without sampling.

    y = block + X b + u_cluster + error,   var(u) = tau2,  var(error) = sigma2,  rho = tau2 / sigma2

With flat b and log sigma2, both integrate out: given rho a slope is t, with n - p degrees of
freedom, about its generalised-least-squares estimate (Box & Tiao, 1973, Bayesian Inference in
Statistical Analysis, 2.7 and 5.2), and rho itself has the density prior(rho) exp(-criterion / 2),
the restricted likelihood (Harville, 1974, Biometrika 61). So the posterior of an effect is a
mixture of t distributions over rho: one integral, by Gauss-Legendre.

The prior of sqrt(rho) = tau / sigma is half-Cauchy (Gelman, 2006, Bayesian Anal. 1) with scale
``SCALE``: half of it lies below an intraclass correlation of 0.20, as at most schools, and none is
ruled out. sqrt(rho) = SCALE tan(a) makes it flat in a.

With classes in the clusters (var(v_class) = omega2) there are two ratios, rho and omega2 / sigma2:
omega / sigma has the same half-Cauchy prior, of its own, and the integral is over both. So of the
clusters' share tau2 / (tau2 + sigma2), and of the classes' share omega2 / (omega2 + sigma2), half
lies below 0.20.

A normal prior of the effect multiplies that mixture: the density is known but for its size, which
is a second integral, over the effect. Nothing is drawn, nothing is approximated but the integrals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.multilevel.classes import ClassSums, Nested
from academic_workplace.multilevel.intercept import Mixed, criterion, divided, given

Floats = NDArray[np.float64]

SCALE = 0.5  # of tau / sigma
LARGEST = 1e8  # rho times the mean cluster: beyond it schools differ by nothing but their level
LEVEL = 0.95
NEGLIGIBLE = 45.0  # log density below the highest, beyond which nothing is left to see
LOOK, ZOOM = 48, 4  # points of a look for where rho lies, and how often to look closer
NODES, PANELS = 12, 10  # of the integral over rho
BOTH_LOOK, BOTH_PANELS = 16, 4  # the same along either of two ratios
BLOCK = 1 << 15  # densities worked out at a time: as many as stay near the processor
FARTHEST = 1e100  # scales from the middle: beyond it a density falls no more
VAGUE = 1e8  # a prior so many times as wide as the data say says nothing
CERTAIN = 1e-9  # a prior that is sharper, of what there is to tell apart, leaves nothing to say
ENOUGH = 1e200  # more than the variance of any contrast
LEFT_OUT = 1e-17  # weight, of the largest: what has less tells nothing
POINTS = 20  # of the integral over the effect, in every panel
STEPS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 13.0, 17.0,
                  23.0, 32.0, 45.0, 70.0, 120.0, 300.0, 1e3, 1e4])  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """t distributions with ``df``, about ``centre`` with scale ``spread``, mixed by ``weight``.

    rho: (K,) the variance ratio of each. classes: (K,) the same of classes within clusters, None
    where the model knows none. All (K,); weight sums to 1.
    """

    rho: Floats
    weight: Floats
    centre: Floats
    spread: Floats
    df: float
    finite: bool = True  # whether the effect has a standard deviation: not with very few clusters
    classes: Floats | None = None

    def log_density(self, x: Floats) -> Floats:
        """At every x; from the largest part on, so that it has a number however far x is."""
        v, flat = self.df, np.ravel(x)
        with np.errstate(divide="ignore"):
            height = np.log(self.weight) - np.log(self.spread)
        out = np.empty(len(flat))
        step = max(1, BLOCK // len(height))
        for i in range(0, len(flat), step):
            z = np.minimum(np.abs(flat[i : i + step, None] - self.centre) / self.spread, FARTHEST)
            part = height - (v + 1) / 2 * np.log1p(z**2 / v)
            highest = part.max(axis=1)
            out[i : i + step] = highest + np.log(np.exp(part - highest[:, None]).sum(axis=1))
        constant = special.gammaln((v + 1) / 2) - special.gammaln(v / 2)
        return out.reshape(np.shape(x)) + constant - 0.5 * math.log(v * math.pi)

    def density(self, x: Floats) -> Floats:
        """At every x."""
        out: Floats = np.exp(self.log_density(x))
        return out

    def below(self, x: float) -> float:
        """The chance of less than x."""
        return float(special.stdtr(self.df, (x - self.centre) / self.spread) @ self.weight)

    @property
    def icc(self) -> float:
        """The mean share of what is left that lies between clusters."""
        return self._share(self.rho)

    @property
    def icc_classes(self) -> float | None:
        """The mean share that lies between classes of one cluster."""
        return None if self.classes is None else self._share(self.classes)

    def _share(self, own: Floats) -> float:
        other = 0.0 if self.classes is None else self.classes
        return float(self.weight @ (own / (1 + self.rho + other)))


def mixed_equally(several: Sequence[Mixture]) -> Mixture:
    """What several completed tables say, each for as much: their mixtures, mixed.

    Of one effect in tables with the same pupils, so that all have the same degrees of freedom
    (Rubin, 1987, Multiple Imputation for Nonresponse in Surveys, 3.2). Raises ValueError when not.
    """
    first = several[0]
    classes = [m.classes for m in several if m.classes is not None]
    if len({m.df for m in several}) > 1 or len(classes) not in (0, len(several)):
        raise ValueError("only mixtures of the same pupils and the same model can be mixed")
    if len(several) == 1:
        return first
    return Mixture(
        np.concatenate([m.rho for m in several]),
        np.concatenate([m.weight for m in several]) / len(several),
        np.concatenate([m.centre for m in several]),
        np.concatenate([m.spread for m in several]),
        first.df,
        all(m.finite for m in several),
        np.concatenate(classes) if classes else None,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an effect: a density without a name, by its summary.

    sd is None where it has no end (very few clusters).
    """

    mean: float
    sd: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What data, with or without a prior of the effect, say of it.

    known: mean, sd and the 95 % credible interval. above: the chance of more than each of the
    values asked, by value. mixture: of the data alone. prior: (mean, sd) of the normal prior, in
    the units of the effect, or None. density: of the effect, at any values.
    """

    known: Known
    above: dict[float, float]
    mixture: Mixture
    prior: tuple[float, float] | None
    density: Callable[[Floats], Floats]


def mixture_of(mixed: Mixed | Nested, contrast: Floats, scale: float | None = SCALE) -> Mixture:
    """The posterior of contrast'b under a flat prior of it. contrast: (k,) of the slopes.

    scale: of the half-Cauchy prior of tau / sigma (and of omega / sigma); None: flat in rho (for
    which there must be enough clusters), under which the mode of rho is the estimate by REML.
    """
    if isinstance(mixed, Nested):
        return _of_two(mixed, contrast, (scale, scale))
    s = mixed.sums
    k = len(mixed.beta)
    own = np.zeros(s.U.shape[1])
    own[:k] = contrast[:k] @ mixed.fit.L
    start = float(contrast[:k] @ mixed.fit.beta)
    of = _Angle(scale, float(s.n.mean()))

    def log_density(a: Floats) -> Floats:
        out = np.array([-criterion(s, float(r), reml=True) / 2 for r in of.rho(a)])
        return out + of.log_prior(a)

    at, weight = _nodes(log_density, 0.0, of.most)
    rho = of.rho(at)
    df = float(s.pupils - s.U.shape[1])
    centre, spread = np.empty(len(rho)), np.empty(len(rho))
    for i, r in enumerate(rho):
        delta, inverse, rss = given(s, float(r))
        centre[i] = start + own @ delta
        spread[i] = math.sqrt(rss / df * float(own @ inverse @ own))
    return Mixture(rho, weight, centre, spread, df, mixed.between > _needed(scale))


def _needed(scale: float | None) -> int:
    """Degrees of freedom between clusters above which the effect has a standard deviation."""
    return 4 if scale is None else 1


@dataclass(frozen=True, slots=True)
class _Angle:
    """sqrt(rho) = scale tan(a), under which a half-Cauchy prior with that scale is flat in a.

    scale: None for a flat prior of rho. size: of the mean cluster.
    """

    scale: float | None
    size: float

    @property
    def ratio(self) -> float:
        return SCALE if self.scale is None else self.scale

    @property
    def most(self) -> float:
        return math.atan(math.sqrt(LARGEST / self.size) / self.ratio)

    def rho(self, a: Floats) -> Floats:
        return (self.ratio * np.tan(a)) ** 2

    def at(self, rho: float) -> float:
        return math.atan(math.sqrt(rho) / self.ratio)

    def log_prior(self, a: Floats) -> Floats:
        """Of a, less a constant."""
        if self.scale is not None:
            return np.zeros_like(a)
        out: Floats = np.log(2 * self.ratio**2 * np.tan(a) / np.cos(a) ** 2)  # d rho / d a
        return out


# ---------------------------------------------------------------- classes in clusters


def _of_two(
    mixed: Nested, contrast: Floats, scales: tuple[float | None, float | None]
) -> Mixture:  # fmt: skip
    """The same with two ratios. scales: of classes, and of clusters."""
    s, k = mixed.by_class, len(mixed.beta)
    x = s.sums
    own = np.zeros(x.U.shape[1])
    own[:k] = contrast[:k] @ mixed.fit.L
    start = float(contrast[:k] @ mixed.fit.beta)
    df = float(x.pupils - x.U.shape[1])
    n = np.add.reduceat(x.n, s.first)
    c, g = _Angle(scales[0], float(x.n.mean())), _Angle(scales[1], float(n.mean()))

    def at(a: Floats, b: Floats) -> list[_Both]:
        rho = g.rho(b)
        return [_given_both(s, float(r), rho, own) for r in c.rho(a)]

    def log_density(a: Floats, b: Floats, parts: Sequence[_Both]) -> Floats:
        rows = np.stack([part.log_likelihood for part in parts])
        return rows + c.log_prior(a)[:, None] + g.log_prior(b)

    best = c.at(mixed.omega2 / mixed.sigma2), g.at(mixed.tau2 / mixed.sigma2)
    (a, b), area = _both_nodes(
        lambda a, b: log_density(a, b, at(a, b)), (c.most, g.most), best
    )  # fmt: skip
    parts = at(a, b)
    log = log_density(a, b, parts)
    weight = (area * np.exp(log - log.max())).ravel()
    kept = weight > LEFT_OUT * weight.max()
    weight = weight[kept] / weight[kept].sum()
    centre = start + np.concatenate([part.moved for part in parts])
    spread = np.sqrt(np.concatenate([part.rss * part.unit for part in parts]) / df)
    rc, rs = np.repeat(c.rho(a), len(b)), np.tile(g.rho(b), len(a))
    by_school = replace(
        x, n=n, U=np.add.reduceat(x.U, s.first), r=np.add.reduceat(x.r, s.first)
    )  # fmt: skip
    finite = divided(by_school)[1] > _needed(scales[1])
    return Mixture(rs[kept], weight, centre[kept], spread[kept], df, finite, rc[kept])


@dataclass(frozen=True, slots=True, eq=False)
class _Both:
    """The model at one ratio of classes and R of clusters, with sigma2 = 1.

    log_likelihood: (R,) restricted, less a constant. moved: (R,) how far the contrast lies from
    least squares; unit: (R,) its variance; rss: (R,) the residual squares.
    """

    log_likelihood: Floats
    moved: Floats
    unit: Floats
    rss: Floats


def _given_both(s: ClassSums, rc: float, rs: Floats, own: Floats) -> _Both:
    """As in ``multilevel/classes.py``, for many ratios of clusters at once. own: (p,)."""
    x, p = s.sums, s.sums.U.shape[1]
    of_size = 1 / (1 + rc * x.sizes)
    by_school = s.weighted(of_size[x.size])
    m, a = by_school[:, :-1], by_school[:, -1]
    opened = 1 + rs[:, None] * a
    # One more row than columns and residuals: the factor's last two rows are then all that is asked
    A = np.zeros((len(rs), p + 2, p + 2))
    A[:, :-1, :-1] = -rc * x.weighted(of_size) - (m.T * (rs[:, None] / opened)[:, None, :]) @ m
    A[:, np.arange(p), np.arange(p)] += 1
    A[:, p, p] += x.residual_ss
    A[:, p + 1, :p], A[:, p + 1, p + 1] = own, ENOUGH
    L = np.linalg.cholesky(A)
    t, u, rss = L[:, p, :p], L[:, p + 1, :p], L[:, p, p] ** 2
    logdet = 2 * np.log(L[:, np.arange(p), np.arange(p)]).sum(axis=1)
    covariance = float(x.times @ np.log1p(rc * x.sizes)) + np.log(opened).sum(axis=1)
    value = (x.pupils - p) * np.log(rss) + covariance + logdet
    return _Both(-value / 2, np.sum(u * t, axis=1), np.sum(u**2, axis=1), rss)


def _both_nodes(
    log: Callable[[Floats, Floats], Floats], most: tuple[float, float], best: tuple[float, float]
) -> tuple[tuple[Floats, Floats], Floats]:
    """Points along either axis, and the (A, B) areas of their pairs, where exp(log) has its mass.

    log: (A, B) of A and B points. best: where it is about highest, so that a look sees a narrow
    peak that lies aslant.
    """
    ends = [(1e-9 * m, (1 - 1e-9) * m) for m in most]
    for _ in range(ZOOM):
        grids = [
            np.unique([*np.linspace(low, high, BOTH_LOOK), *([b] if low < b < high else [])])
            for (low, high), b in zip(ends, best, strict=True)
        ]
        values = log(*grids)
        inside = values > values.max() - NEGLIGIBLE
        near = []
        for axis, grid in enumerate(grids):
            seen = np.flatnonzero(inside.any(axis=1 - axis))
            last = len(grid) - 1
            near.append((float(grid[max(seen[0] - 1, 0)]), float(grid[min(seen[-1] + 1, last)])))
        done = all(b - a > (d - c) / 2 for (a, b), (c, d) in zip(near, ends, strict=True))
        ends = near
        if done:
            break
    x, w = np.polynomial.legendre.leggauss(NODES)
    points, lengths = [], []
    for low, high in ends:
        edges = np.linspace(low, high, BOTH_PANELS + 1)
        half = np.diff(edges)[:, None] / 2
        points.append(((edges[:-1] + edges[1:])[:, None] / 2 + half * x).ravel())
        lengths.append((half * w).ravel())
    area: Floats = np.outer(*lengths)
    return (points[0], points[1]), area


# ---------------------------------------------------------------- one ratio


def _nodes(log: Callable[[Floats], Floats], low: float, high: float) -> tuple[Floats, Floats]:
    """Points and weights (that sum to 1) of the density exp(log) between low and high.

    Looks where it lies first, closer every time: with many clusters that is a narrow peak.
    """
    edge = 1e-9 * (high - low)
    low, high = low + edge, high - edge
    for _ in range(ZOOM):
        grid = np.linspace(low, high, LOOK)
        values = log(grid)
        inside = np.flatnonzero(values > values.max() - NEGLIGIBLE)
        first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, LOOK - 1)
        if last - first > LOOK // 2:
            break
        low, high = float(grid[first]), float(grid[last])
    x, w = np.polynomial.legendre.leggauss(NODES)
    ends = np.linspace(low, high, PANELS + 1)
    half = np.diff(ends)[:, None] / 2
    at = ((ends[:-1] + ends[1:])[:, None] / 2 + half * x).ravel()
    values = log(at)
    weight = (half * w).ravel() * np.exp(values - values.max())
    return at, weight / weight.sum()


def posterior(
    mixture: Mixture, prior: tuple[float, float] | None = None, values: Sequence[float] = ()
) -> Posterior:
    """The posterior of the effect, and the chance that it is more than each of ``values``.

    prior: mean and standard deviation (above 0) of a normal prior of the effect; None: flat. Raises
    ValueError when these are no such numbers.
    """
    if prior is not None and not (math.isfinite(prior[0]) and 0 < prior[1] < math.inf):
        raise ValueError("a prior has a mean, and a standard deviation above 0")
    if prior is None:
        return _flat(mixture, values)
    return _with_prior(mixture, prior, values)


def _flat(m: Mixture, values: Sequence[float]) -> Posterior:
    mean = float(m.weight @ m.centre)
    sd = None
    if m.df > 2 and m.finite:
        v = float(m.weight @ (m.spread**2 * m.df / (m.df - 2) + (m.centre - mean) ** 2))
        sd = math.sqrt(v) if math.isfinite(v) else None
    widest = float(m.weight @ m.spread)
    low, high = (_quantile(m.below, p, mean, widest) for p in _tails())
    above = {float(x): 1 - m.below(float(x)) for x in values}
    return Posterior(Known(mean, sd, low, high), above, m, None, m.density)


def _tails() -> tuple[float, float]:
    return (1 - LEVEL) / 2, (1 + LEVEL) / 2


def _quantile(below: Callable[[float], float], p: float, centre: float, scale: float) -> float:
    from scipy.optimize import brentq

    low, high = centre - 4 * scale, centre + 4 * scale
    while below(low) > p:
        low -= 2 * (high - low)
    while below(high) < p:
        high += 2 * (high - low)
    return float(brentq(lambda x: below(x) - p, low, high, xtol=1e-12 * scale, rtol=1e-13))


def _certain(m: Mixture, mu: float, s0: float, values: Sequence[float]) -> Posterior:
    """Of a prior so sharp that the data, whose density is even there, add nothing to it."""

    def density(x: Floats) -> Floats:
        z = np.minimum(np.abs(x - mu) / s0, FARTHEST)
        out: Floats = np.exp(-(z**2) / 2) / (s0 * math.sqrt(2 * math.pi))
        return out

    reach = s0 * float(special.ndtri((1 + LEVEL) / 2))
    above = {float(x): float(special.ndtr((mu - x) / s0)) for x in values}
    return Posterior(Known(mu, s0, mu - reach, mu + reach), above, m, (mu, s0), density)


def _with_prior(m: Mixture, prior: tuple[float, float], values: Sequence[float]) -> Posterior:
    mu, s0 = prior
    alone = _flat(m, values)
    flat = alone.known
    middle = (flat.low + flat.high) / 2
    wide = (flat.high - flat.low) / (2 * 1.96)
    if s0 > VAGUE * wide and abs(mu - middle) <= s0:
        return replace(alone, prior=prior)
    if s0 < CERTAIN * (abs(mu) + wide):
        return _certain(m, mu, s0, values)

    def log_unscaled(x: Floats) -> Floats:
        out: Floats = m.log_density(x) - ((x - mu) / s0) ** 2 / 2
        return out

    # Panels about both the data and the prior, and about where they agree on.
    agreed = wide * (s0 / math.hypot(wide, s0))
    best = middle * (agreed / wide) ** 2 + mu * (agreed / s0) ** 2
    ends = [float(x) for x in values]
    for centre, scale in ((middle, wide), (mu, s0), (best, agreed)):
        ends += [*(centre + scale * STEPS), *(centre - scale * STEPS)]
    edges = np.unique(ends)
    reach = np.abs(edges - mu) <= 40 * s0  # beyond it the prior leaves nothing
    edges = edges[reach]
    x, w = np.polynomial.legendre.leggauss(POINTS)
    half = np.diff(edges)[:, None] / 2
    at = (edges[:-1] + edges[1:])[:, None] / 2 + half * x
    log = log_unscaled(at)
    highest = float(log.max())
    f = np.exp(log - highest) * half * w
    size = float(f.sum())
    mean = float((f * at).sum() / size)
    sd = math.sqrt(float((f * (at - mean) ** 2).sum() / size))
    cumulative = np.append(0.0, np.cumsum(f.sum(axis=1)) / size)

    def below(value: float) -> float:
        if value <= edges[0]:
            return 0.0
        if value >= edges[-1]:
            return 1.0
        i = int(np.searchsorted(edges, value, side="right")) - 1
        part = (value - edges[i]) / 2
        inside = (value + edges[i]) / 2 + part * x
        return float(cumulative[i] + part * (np.exp(log_unscaled(inside) - highest) @ w) / size)

    def density(x: Floats) -> Floats:
        out: Floats = np.exp(log_unscaled(np.asarray(x, float)) - highest) / size
        return out

    low, high = (_quantile(below, p, mean, sd) for p in _tails())
    above = {float(value): 1 - below(float(value)) for value in values}
    return Posterior(Known(mean, sd, low, high), above, m, prior, density)
