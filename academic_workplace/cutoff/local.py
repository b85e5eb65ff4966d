"""Local polynomials on the sides of a cut-off, as weighted sums of outcomes.

    mu = sum a_i y_i                            the level at the cut-off: order p within h
    mu_bc = sum (a_i - (h/b)^(p+1) B c_i) y_i   less its leading bias: order q within b

with a_i the weights of the intercept, c_i those of the coefficient of order p + 1 and B the bias
that one unit of it makes. Calonico, Cattaneo & Titiunik (2014, Econometrica 82, section 4). Every
variance is then a sum of squares of weights times residuals, and that of mu_bc knows that the
correction is estimated too. Distances t >= 0 to the cut-off stand in for x - c, so that one side is
the mirror image of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.polynomial.polynomial import polyval

from academic_workplace.cutoff.sides import Floats, Rows, Side
from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text

MATCHES = 3  # nearest neighbours
AT_ONCE = 1 << 15  # different distances: so that little memory is needed beside the pupils
SINGULAR = 1e-12  # a pivot of the cross-products below this: fewer values than coefficients
ROUNDING = 1e-24  # of the squares of a covariate: what is left of one that everyone shares
NO_LINE = Fault(
    Text(
        "Zo dicht bij de grens zijn te weinig verschillende scores om een lijn te trekken.",
        "So near the cut-off there are too few different scores to draw a line.",
    ),
    Text("Neem een ruimere afstand (bandwidth).", "Take a wider distance (bandwidth)."),
)
SAME = Fault(
    Text(
        "Rond de grens is een kenmerk van vooraf voor iedereen gelijk, of het volgt uit de andere.",
        "Around the cut-off a covariate is the same for everyone, or it follows from the others.",
    ),
    Text("Laat dat kenmerk weg.", "Leave that covariate out."),
    column="covariates",
)


class Kernel(StrEnum):
    """How the weight of a pupil falls with the distance to the cut-off."""

    TRIANGULAR = "triangular"
    EPANECHNIKOV = "epanechnikov"
    UNIFORM = "uniform"


class Residuals(StrEnum):
    """Where the residuals of a variance come from."""

    NN = "nearest neighbours"
    HC0 = "HC0"
    HC1 = "HC1"
    HC2 = "HC2"
    HC3 = "HC3"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A weighted polynomial of one side in u = t / h.

    u: (n,) from 0 to 1. w: (n,) kernel weights. inverse: (order + 1, order + 1) of R'wR with R the
    powers of u, which are never written out. beta: (order + 1, m).
    """

    u: Floats
    w: Floats
    inverse: Floats
    beta: Floats
    h: float

    @property
    def order(self) -> int:
        """The highest power."""
        return len(self.inverse) - 1

    def weights_of(self, power: int) -> Floats:
        """(n,) with which the outcomes add up to the coefficient of u^power."""
        weights: Floats = self.w * polyval(self.u, self.inverse[power])
        return weights

    def bias(self, power: int) -> float:
        """How far the coefficient of u^power is off per unit of the first power left out."""
        return float(self.weights_of(power) @ self.u ** (self.order + 1))

    def left_over(self, side: Side, n: int) -> Floats:
        """(n, m) of the nearest n: what the curve does not say of y."""
        return side.y[:n] - polyval(side.t[:n] / self.h, self.beta).T

    @property
    def leverage(self) -> Floats:
        """(n,) the diagonal of the hat matrix."""
        square = [np.trace(self.inverse[::-1], k) for k in range(-self.order, self.order + 1)]
        given: Floats = self.w * polyval(self.u, square)
        return given


def weight(u: Floats, kernel: Kernel) -> Floats:
    """The kernel at 0 <= u <= 1, but for a constant: nothing here depends on one."""
    if kernel is Kernel.TRIANGULAR:
        return 1 - u
    return 1 - u**2 if kernel is Kernel.EPANECHNIKOV else np.ones_like(u)


def polynomial(side: Side, h: float, order: int, kernel: Kernel) -> Fit:
    """Fit a side within h; order 1 or more. Raises DataError when it has too few values there."""
    n = side.within(h, closed=kernel is Kernel.UNIFORM)
    u = side.t[:n] / h
    w = weight(u, kernel)
    sums, cross, at = [], [], w.copy()  # at: w u^k
    for k in range(2 * order + 1):
        sums.append(at.sum())
        if k <= order:
            cross.append(at @ side.y[:n])
        at *= u
    powers = np.arange(order + 1)
    inverse = _inverse(np.array(sums)[powers[:, None] + powers], NO_LINE)
    return Fit(u, w, inverse, inverse @ np.array(cross), h)


def _inverse(G: Floats, fault: Fault) -> Floats:
    """Of cross-products. Raises DataError with the fault when the columns say the same."""
    scale = np.sqrt(np.diag(G))
    if scale.min() > 0:
        try:
            L = np.linalg.cholesky(G / np.outer(scale, scale))
        except np.linalg.LinAlgError:
            L = np.zeros_like(G)
        if np.diag(L).min() ** 2 > SINGULAR:
            half = np.linalg.inv(L) / scale
            inverse: Floats = half.T @ half
            return inverse
    raise DataError([fault])


def slopes(fits: Sequence[tuple[Side, Fit]], outcomes: int, covariates: int) -> Floats:
    """(covariates, outcomes) slopes of the last columns, alike on all sides, given their curves.

    Calonico, Cattaneo, Farrell & Titiunik (2019, Rev. Econ. Stat. 101, section 3).
    """
    cross = np.zeros((covariates, outcomes + covariates))
    size = np.zeros(covariates)
    for side, fit in fits:
        y = side.y[: len(fit.w)]
        Z = fit.left_over(side, len(fit.w))[:, outcomes:]
        cross += (Z * fit.w[:, None]).T @ y
        size += fit.w @ y[:, outcomes:] ** 2
    if not covariates:
        return cross
    if np.any(np.diag(cross[:, outcomes:]) <= ROUNDING * size):
        raise DataError([SAME])
    return _inverse(cross[:, outcomes:], SAME) @ cross[:, :outcomes]


def residuals(side: Side, n: int, fit: Fit, how: Residuals) -> Floats:
    """(n, m) of the nearest n pupils, whose squares estimate their variances.

    NN: y less the mean of the three nearest others (and of all at the same distance as the last),
    times sqrt(J / (J + 1)) for J of them: Abadie & Imbens (2006, Econometrica 74), and without
    the fit. HC0-3: what the fit leaves, also beyond its window. Squared, HC1 is n / (n - k) times
    as much, HC2 and HC3 1 / (1 - leverage) and its square.
    """
    if how is Residuals.NN:
        return _from_neighbours(side, n)
    r = fit.left_over(side, n)
    inside = len(fit.w)
    if how is Residuals.HC1:
        r *= np.sqrt(inside / (inside - fit.order - 1))
    elif how is not Residuals.HC0:
        free = 1 - fit.leverage
        r[:inside] /= (np.sqrt(free) if how is Residuals.HC2 else free)[:, None]
    return r


def _from_neighbours(side: Side, n: int) -> Floats:
    M = int(np.searchsorted(side.start, n))
    start = np.append(side.start[:M], n)
    r: Floats = side.y[:n] - side.y[:n].mean(axis=0)
    total = np.zeros((n + 1, r.shape[1]))
    np.cumsum(r, axis=0, out=total[1:])
    for first in range(0, M, AT_ONCE):
        g = np.arange(first, min(first + AT_ONCE, M))
        low, high = _reach(g, side.t, start, side.rounding)
        each = start[g + 1] - start[g]
        J = np.repeat(start[high] - start[low] - 1, each)[:, None]
        sums = np.repeat(total[start[high]] - total[start[low]], each, axis=0)
        mine = r[start[g[0]] : start[g[-1] + 1]]
        mine -= (sums - mine) / J
        mine *= np.sqrt(J / (J + 1))
    return r


def _reach(g: Rows, t: Floats, start: Rows, rounding: float) -> tuple[Rows, Rows]:
    """Of distances g, from which to before which distance their neighbours reach.

    It grows by the nearer one, or by both when they are equally near, until it has enough.
    """
    M, n = len(start) - 1, int(start[-1])
    low, high = g.copy(), g + 1
    wanted = min(MATCHES, n - 1)
    at = np.flatnonzero(start[high] - start[low] - 1 < wanted)
    while len(at):
        lo, hi, here = low[at], high[at], t[start[g[at]]]
        down = np.where(lo > 0, here - t[start[np.maximum(lo - 1, 0)]], np.inf)
        up = np.where(hi < M, t[start[np.minimum(hi, M - 1)]] - here, np.inf)
        low[at] -= down <= up + rounding
        high[at] += up <= down + rounding
        at = at[start[high[at]] - start[low[at]] - 1 < wanted]
    return low, high
