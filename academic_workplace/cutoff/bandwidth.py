"""The bandwidth with the smallest mean squared error of the jump, one for both sides.

    h = (sum V / ((B_+ - B_-)^2 + sum R))^(1 / (2p + 3))

V: variance, B: leading bias, R: what keeps the denominator from 0 where the bias is hardly known
(three times its variance). A pilot from the spread of the scores gives V; a bandwidth of the same
form for the derivative of order q + 1 gives the bias of that for b, and b the bias of that for h.
Calonico, Cattaneo & Titiunik (2014, Econometrica 82, section 5); Imbens & Kalyanaraman (2012, Rev.
Econ. Stud. 79) for R; Calonico, Cattaneo & Farrell (2020, Econom. J. 23).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from academic_workplace.cutoff.local import Kernel, Residuals, polynomial, residuals, slopes
from academic_workplace.cutoff.sides import MASS, VALUES, Side

PILOT = {Kernel.TRIANGULAR: 2.576, Kernel.EPANECHNIKOV: 2.34, Kernel.UNIFORM: 1.843}
NORMAL_IQR = 1.349  # of the quartiles of a normal distribution, in standard deviations
CERTAINTY = 3.0  # variances of the bias in R
BEYOND = 1 + 1e-8  # times a distance: so that the last value counts


@dataclass(frozen=True, slots=True)
class Bandwidths:
    """How far from the cut-off pupils count, in units of the running variable.

    h: for the lines; b: for the correction. pilot: what the choice began with; None when given.
    """

    h: float
    b: float
    pilot: float | None = None


def mserd(
    two: tuple[Side, Side],
    *,
    covariates: int = 0,
    p: int = 1,
    q: int = 2,
    kernel: Kernel = Kernel.TRIANGULAR,
    how: Residuals = Residuals.NN,
) -> Bandwidths:
    """The bandwidths for a jump in the first column. covariates: how many columns follow it.

    Mass points: the pilot counts different values in the place of pupils; where a fifth of the
    pupils of a side repeat a value, no bandwidth has fewer than ten values on a side. Raises
    DataError when a side has too few values for curves of order q + 2.
    """
    least, widest = _limits(two)
    c = max(min(_pilot(two, kernel), widest), least)

    def best(order: int, nu: int, next_order: int, within: tuple[float, float]) -> float:
        regular = order <= q
        left, right = (
            _errors(side, c, order, nu, next_order, h, covariates, kernel, how, regular=regular)
            for side, h in zip(two, within, strict=True)
        )
        apart = right.B - (-1) ** nu * left.B
        against = apart**2 + left.R + right.R
        if not against > 0:  # the curve is a line to the last digit
            return widest
        found = ((left.V + right.V) / against) ** (1 / (2 * order + 3))
        return float(max(min(found, widest), least)) if found > 0 else widest

    left, right = (float(side.t[-1]) * BEYOND for side in two)
    d = best(q + 1, q + 1, q + 2, (left, right))
    b = best(q, p + 1, q + 1, (d, d))
    return Bandwidths(best(p, 0, q, (b, b)), b, c)


def mass_points(two: tuple[Side, Side]) -> bool:
    """Whether a fifth of the pupils of a side have a value that another has too."""
    return max(side.repeated for side in two) >= MASS


def _limits(two: tuple[Side, Side]) -> tuple[float, float]:
    """The smallest bandwidth that has enough values where there are mass points, and the widest."""
    widest = max(float(side.t[-1]) for side in two)
    if not mass_points(two):
        return 0.0, widest
    enough = (float(side.values[min(VALUES, len(side.values)) - 1]) for side in two)
    return max(enough) * BEYOND, widest


def spread(two: tuple[Side, Side]) -> float:
    """Of the scores: the standard deviation, or that of a normal with the same quartiles."""
    x = np.concatenate([-two[0].t, two[1].t])
    quartiles = np.percentile(x, [25, 75], method="averaged_inverted_cdf")
    between = float(quartiles[1] - quartiles[0]) / NORMAL_IQR
    sd = float(x.std(ddof=1))
    return min(sd, between) if between > 0 else sd


def _pilot(two: tuple[Side, Side], kernel: Kernel) -> float:
    """A rule of thumb: the spread of the scores and how many different ones there are."""
    different = sum(len(side.values) for side in two)
    return float(PILOT[kernel] * spread(two) * different ** (-1 / 5))


@dataclass(frozen=True, slots=True)
class _Errors:
    """What a side adds to the mean squared error: variance, bias, and how unsure the bias is."""

    V: float
    B: float
    R: float


def _errors(
    side: Side,
    c: float,
    order: int,
    nu: int,
    next_order: int,
    h: float,
    covariates: int,
    kernel: Kernel,
    how: Residuals,
    *,
    regular: bool,
) -> _Errors:
    """Of the coefficient nu of a curve of this order within c; its bias from one within h."""
    fit = polynomial(side, c, order, kernel)
    s = np.append(1.0, -slopes([(side, fit)], 1, covariates)[:, 0])
    r = residuals(side, len(fit.w), fit, how) @ s
    V = (2 * nu + 1) * c * float(np.sum((fit.weights_of(nu) * r) ** 2))
    factor = 2 * (order + 1 - nu) * fit.bias(nu) ** 2
    bend = polynomial(side, h, next_order, kernel)
    scale = h ** -(order + 1)
    B = math.sqrt(2 * (order + 1 - nu)) * fit.bias(nu) * float(bend.beta[order + 1] @ s) * scale
    if not regular:
        return _Errors(V, B, 0.0)
    left = residuals(side, len(bend.w), bend, how) @ s
    unsure = float(np.sum((bend.weights_of(order + 1) * left) ** 2)) * scale**2
    return _Errors(V, B, CERTAINTY * factor * unsure)
