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

A normal prior of the effect multiplies that mixture: the density is known but for its size, which
is a second integral, over the effect. Nothing is drawn, nothing is approximated but the integrals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.multilevel.intercept import Mixed, criterion, given

Floats = NDArray[np.float64]

SCALE = 0.5  # of tau / sigma
LARGEST = 1e8  # rho times the mean cluster: beyond it schools differ by nothing but their level
LEVEL = 0.95
NEGLIGIBLE = 45.0  # log density below the highest, beyond which nothing is left to see
LOOK, ZOOM = 48, 4  # points of a look for where rho lies, and how often to look closer
NODES, PANELS = 12, 10  # of the integral over rho
POINTS = 20  # of the integral over the effect, in every panel
STEPS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 13.0, 17.0,
                  23.0, 32.0, 45.0, 70.0, 120.0, 300.0, 1e3, 1e4])  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """t distributions with ``df``, about ``centre`` with scale ``spread``, mixed by ``weight``.

    rho: (K,) the variance ratio of each. All (K,); weight sums to 1.
    """

    rho: Floats
    weight: Floats
    centre: Floats
    spread: Floats
    df: float
    finite: bool = True  # whether the effect has a standard deviation: not with very few clusters

    def density(self, x: Floats) -> Floats:
        """At every x."""
        z = (x[..., None] - self.centre) / self.spread
        v = self.df
        log = special.gammaln((v + 1) / 2) - special.gammaln(v / 2) - 0.5 * math.log(v * math.pi)
        t = np.exp(log - (v + 1) / 2 * np.log1p(z**2 / v)) / self.spread
        out: Floats = t @ self.weight
        return out

    def below(self, x: float) -> float:
        """The chance of less than x."""
        return float(special.stdtr(self.df, (x - self.centre) / self.spread) @ self.weight)

    @property
    def icc(self) -> float:
        """The mean of the intraclass correlation."""
        return float(self.weight @ (self.rho / (1 + self.rho)))


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


def mixture_of(mixed: Mixed, contrast: Floats, scale: float | None = SCALE) -> Mixture:
    """The posterior of contrast'b under a flat prior of it. contrast: (k,) of the slopes.

    scale: of the half-Cauchy prior of tau / sigma; None: flat in rho (for which there must be
    enough clusters), under which the mode of rho is the estimate by REML.
    """
    s = mixed.sums
    k = len(mixed.beta)
    own = np.zeros(s.U.shape[1])
    own[:k] = contrast[:k] @ mixed.fit.L
    start = float(contrast[:k] @ mixed.fit.beta)
    ratio = SCALE if scale is None else scale

    def rho_at(a: Floats) -> Floats:
        return (ratio * np.tan(a)) ** 2

    def log_density(a: Floats) -> Floats:
        rho = rho_at(a)
        out = np.array([-criterion(s, float(r), reml=True) / 2 for r in rho])
        if scale is None:  # d rho / d a
            out += np.log(2 * ratio**2 * np.tan(a) / np.cos(a) ** 2)
        return out

    most = math.atan(math.sqrt(LARGEST / float(s.n.mean())) / ratio)
    at, weight = _nodes(log_density, 0.0, most)
    rho = rho_at(at)
    df = float(s.pupils - s.U.shape[1])
    centre, spread = np.empty(len(rho)), np.empty(len(rho))
    for i, r in enumerate(rho):
        delta, inverse, rss = given(s, float(r))
        centre[i] = start + own @ delta
        spread[i] = math.sqrt(rss / df * float(own @ inverse @ own))
    return Mixture(rho, weight, centre, spread, df, mixed.between > (4 if scale is None else 1))


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

    prior: mean and standard deviation of a normal prior of the effect; None: flat.
    """
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


def _with_prior(m: Mixture, prior: tuple[float, float], values: Sequence[float]) -> Posterior:
    mu, s0 = prior
    flat = _flat(m, ()).known
    middle = (flat.low + flat.high) / 2
    wide = (flat.high - flat.low) / (2 * 1.96)

    def log_unscaled(x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.log(m.density(x)) - ((x - mu) / s0) ** 2 / 2

    # Panels about both the data and the prior, and about where they agree on.
    agreed = 1 / math.sqrt(1 / wide**2 + 1 / s0**2)
    best = (middle / wide**2 + mu / s0**2) * agreed**2
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
