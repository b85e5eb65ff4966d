"""Standardised effects: what a difference is divided by, and how sure that divisor is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


def small_sample_factor(df: float) -> float:
    """J(df), the exact factor that makes Hedges' g unbiased: about 1 - 3/(4 df - 1).

    Hedges (1981). df: degrees of freedom of the standard deviation, above 1.

    >>> round(small_sample_factor(8), 6)
    0.902703
    """
    return math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)


@dataclass(frozen=True, slots=True)
class Spread:
    """The pooled standard deviation within arms, all clusters together, and what it estimates.

    sd: as computed. shrink: the root of E(sd^2) / sigma_T^2: with few clusters the spread within
    arms is a little too small. df: Satterthwaite degrees of freedom of sd^2. icc: of the outcome.
    """

    sd: float
    shrink: float
    df: float
    icc: float


def total_spread(counts: Floats, within_ss: float, between_ss: float, rank: int) -> Spread:
    """The spread that a clustered outcome is divided by (Hedges, 2007, total variance).

    counts: (G, arms) pupils per cluster and arm. within_ss: residual sum of squares within
    clusters and arms; between_ss: the rest of that within arms. rank: of clusters and arms
    together (G when clusters were assigned, G + arms - 1 when pupils were).

    With M = diag(n_g) - sum_a n_a n_a'/N_a and a random intercept per cluster:
    E(SS) = sigma^2 [(1-icc)(N-A) + icc tr M], Var(SS) = 2 sigma^4 [(1-icc)^2 (N-A)
    + 2 icc (1-icc) tr M + icc^2 tr M^2]. For arms of whole clusters these are the n_U, A and B of
    Hedges (2007). The icc is Henderson's third method (analysis of variance), not below 0.
    """
    arms = counts.sum(axis=0)
    n, a, g = counts.sum(), int((arms > 0).sum()), int((counts.sum(axis=1) > 0).sum())
    size = counts.sum(axis=1)
    share = counts[:, arms > 0] / np.sqrt(arms[arms > 0])
    cross = share.T @ share
    trace = float(size.sum() - np.trace(cross))
    trace2 = float(size @ size - 2 * np.einsum("g,ga,ga->", size, share, share) + np.sum(cross**2))
    sd = math.sqrt((within_ss + between_ss) / (n - a))
    if g < 2 or n <= rank or rank <= a:
        return Spread(sd, 1.0, float(n - a), math.nan)
    error = within_ss / (n - rank)
    cluster = max((between_ss - error * (rank - a)) / trace, 0.0)
    icc = cluster / (cluster + error) if cluster + error > 0 else 0.0
    mean = (1 - icc) * (n - a) + icc * trace
    spread = (1 - icc) ** 2 * (n - a) + 2 * icc * (1 - icc) * trace + icc**2 * trace2
    return Spread(sd, math.sqrt(mean / (n - a)), float(mean**2 / spread), icc)


@dataclass(frozen=True, slots=True)
class Size:
    """A standardised effect with its interval, and what it was divided by."""

    g: float
    se: float | None
    low: float | None
    high: float | None
    divided_by: str
    factor: str


DIVIDED_BY = "total standard deviation within arms, clusters together (Hedges, 2007)"
FACTOR = "exact J with the Satterthwaite degrees of freedom of that standard deviation"


def clustered_g(estimate: float, se: float | None, quantile: float | None, spread: Spread) -> Size:
    """Hedges' g of a difference in a clustered design.

    quantile: of t with the degrees of freedom of the estimate, for the interval. The standard
    error joins that of the difference and that of the standard deviation:
    se_g^2 = (J shrink se / sd)^2 + g^2 / (2 df_sd).
    """
    scale = small_sample_factor(spread.df) * spread.shrink / spread.sd
    g = scale * estimate
    if se is None or quantile is None:
        return Size(g, None, None, None, DIVIDED_BY, FACTOR)
    se_g = math.hypot(scale * se, g / math.sqrt(2 * spread.df))
    return Size(g, se_g, g - quantile * se_g, g + quantile * se_g, DIVIDED_BY, FACTOR)


def above_average(g: float) -> float:
    """Cohen's U3: the share of the treated that lies above the mean of the comparison.

    >>> round(above_average(0.21), 2)
    0.58
    """
    return float(special.ndtr(g))
