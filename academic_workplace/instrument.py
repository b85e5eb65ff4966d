"""Two-stage least squares with one instrument, from cross-products alone.

    y = block + tau d + X c + error,   d = block + pi z + X a + error

z is what was offered, d who took part. With one instrument W = [z, X] spans what the projected
regressors span, so that everything is a regression on W (``linear.py``): of y (slope rho of z), of
d (slope pi), and of y - theta d. tau = rho / pi; the residuals of y - tau d on W are those of the
structural equation, and its slope of z is 0. Hence, with the hat matrix of W,

    V(tau) = V(slope of z in y - tau d) / pi^2,

which is CR2 with the projected regressors (Pustejovsky & Tipton, 2018, J. Bus. Econ. Stat. 36), and
its Satterthwaite degrees of freedom are those of rho. The same slope, over its own standard error,
is the statistic of Anderson & Rubin (1949, Ann. Math. Stat. 20), that holds whatever pi is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from academic_workplace.linear import EPS, Fit, least_squares, variance
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference

Floats = NDArray[np.float64]

MOVES_NOBODY = 1e-10  # of the spread of d: an instrument that explains less of it moves nobody
LEVEL = 1e-12  # a term this small beside what it is the difference of is rounding


@dataclass(frozen=True, slots=True, eq=False)
class TwoStage:
    """The regressions on W = [z, X] within blocks; z comes first.

    reduced: of y. first: of d. structural: of y - tau d. estimate: tau. summed: of y + s d, with
    scale: s, so that both weigh as much.
    """

    reduced: Fit
    first: Fit
    structural: Fit
    estimate: float
    summed: Fit
    scale: float

    @property
    def moved(self) -> float:
        """pi: how much the instrument moves d."""
        return float(self.first.beta[0])

    @property
    def offered(self) -> float:
        """rho: how much it moves y."""
        return float(self.reduced.beta[0])


def two_stage(
    m: SampleMoments, z: str, d: str, x: Sequence[str], *, absorb: bool
) -> TwoStage | None:
    """Fit the three regressions; None when the instrument moves nobody, or d is one constant.

    Raises DataError, as ``least_squares`` does, where z or a column of x does not vary within the
    blocks or follows from the others.
    """
    names = [z, *x]
    reduced = least_squares(m, names, absorb=absorb)
    first = least_squares(with_outcome(m, {d: 1.0}), names, absorb=absorb)
    at = m.columns.index(d)
    n, square = float(m.S[:, 0, 0].sum()), float(m.S[:, at, at].sum())
    rounding = 64 * EPS * square + n * (8 * EPS * m.origin[at]) ** 2
    pi, size = float(first.beta[0]), float(first.L[0] @ first.L[0])
    if first.total_ss <= rounding or pi**2 / size <= MOVES_NOBODY * first.total_ss:
        return None
    tau = float(reduced.beta[0]) / pi
    scale = math.sqrt(reduced.total_ss / first.total_ss) or 1.0
    structural, summed = (
        least_squares(with_outcome(m, {m.columns[-1]: 1.0, d: by}), names, absorb=absorb)
        for by in (-tau, scale)
    )
    return TwoStage(reduced, first, structural, tau, summed, scale)


def with_outcome(m: SampleMoments, sums: dict[str, float]) -> SampleMoments:
    """The same moments with a weighted sum of columns in the place of the outcome."""
    q = len(m.columns)
    T = np.eye(q)
    T[:, -1] = 0.0
    for name, weight in sums.items():
        T[m.columns.index(name), -1] = weight
    return replace(m, origin=m.origin @ T, S=T.T @ m.S @ T)


def slope(k: int, j: int = 0) -> Floats:
    """The contrast that is slope j of k."""
    out: Floats = np.eye(k)[j]
    return out


def variance_of(two: TwoStage, inference: Inference) -> tuple[float, float]:
    """Variance of tau and its degrees of freedom; NaN where there is none but rounding."""
    v, df = variance(two.structural, slope(len(two.first.beta)), inference)
    return v / two.moved**2, df


def contrast_of(two: TwoStage, contrast: Floats) -> Floats:
    """A contrast of the structural equation's slopes, as one of the fit of y - tau d on W.

    contrast: (k,), or (k + 1,) with the weight of the constant last; d has the place of z. That tau
    was estimated from the same pupils is paid for in the weight of z.
    """
    k = len(two.first.beta)
    out = contrast.astype(float).copy()
    moved = float(contrast[1:k] @ two.first.beta[1:])
    out[0] = (contrast[0] - moved) / two.moved
    return out


def strength(two: TwoStage, inference: Inference) -> float:
    """F of the instrument in the first stage, robust as its variance is: with one instrument the
    effective F of Montiel Olea & Pflueger (2013, J. Bus. Econ. Stat. 31). Infinite where d follows
    wholly from W."""
    v, _ = variance(two.first, slope(len(two.first.beta)), inference)
    return two.moved**2 / v if v > 0 else math.inf


class Shape(StrEnum):
    """What a confidence set looks like."""

    INTERVAL = "interval"
    RAYS = "two rays"  # everything but the values between low and high
    LINE = "whole line"  # nothing can be ruled out


@dataclass(frozen=True, slots=True)
class Region:
    """The values of tau that a test does not reject: from low to high, outside them, or all."""

    shape: Shape
    low: float
    high: float

    def holds(self, theta: float) -> bool:
        """Whether a value is in the set."""
        inside = self.low <= theta <= self.high
        return {Shape.INTERVAL: inside, Shape.LINE: True}.get(
            self.shape, theta <= self.low or theta >= self.high
        )


def anderson_rubin(two: TwoStage, inference: Inference, quantile: float) -> Region | None:
    """The theta at which |rho - theta pi| is at most ``quantile`` standard errors of it.

    The variance of the slope of z in y - theta d is V_yy - 2 theta V_yd + theta^2 V_dd, so that the
    limits solve a quadratic: a theta^2 - 2 b theta + c <= 0. The estimate is always in the set.
    None where y itself has no variance but rounding.
    """
    return region_of(two.offered, two.moved, variances(two, inference), quantile)


def region_of(
    rho: float, pi: float, known: tuple[float, float, float], quantile: float
) -> Region | None:
    """The same, from the slopes of z in y and in d and their variances (``variances``)."""
    v_yy, v_yd, v_dd = known
    if not v_yy > 0:
        return None
    q = quantile**2
    a, b, c = pi**2 - q * v_dd, rho * pi - q * v_yd, rho**2 - q * v_yy
    if abs(a) <= LEVEL * pi**2:  # on the edge between an interval and two rays: one ray
        if abs(b) <= LEVEL * abs(rho * pi):
            return Region(Shape.LINE, -math.inf, math.inf)
        end = c / (2 * b)
        low, high = (end, math.inf) if b > 0 else (-math.inf, end)
        return Region(Shape.INTERVAL, low, high)
    inside = b**2 - a * c
    if a < 0 and inside <= 0:
        return Region(Shape.LINE, -math.inf, math.inf)
    root = math.sqrt(max(inside, 0.0))
    low, high = sorted(((b - root) / a, (b + root) / a))
    return Region(Shape.INTERVAL if a > 0 else Shape.RAYS, low, high)


def variances(two: TwoStage, inference: Inference) -> tuple[float, float, float]:
    """Of the slope of z in y, its covariance with that in d, and of that in d; 0 where d follows
    from W.

    A variance is quadratic in the outcome, so that V(y + s d) gives the covariance.
    """
    at = slope(len(two.first.beta))
    v_yy, _ = variance(two.reduced, at, inference)
    v_dd, _ = variance(two.first, at, inference)
    if not v_dd > 0 or math.isnan(v_yy):
        return v_yy, 0.0, 0.0
    v, _ = variance(two.summed, at, inference)
    v, s = 0.0 if math.isnan(v) else v, two.scale
    return v_yy, (v - v_yy - s**2 * v_dd) / (2 * s), v_dd
