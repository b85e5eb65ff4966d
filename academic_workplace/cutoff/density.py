"""Whether scores were moved over the cut-off: as many pupils just below as just above?

    f = sum of w_i F_i     the slope, at the cut-off, of a polynomial through the shares F_i

F_i: pupils of this side at least as near as i, over all pupils. f is then a mean over all pupils j
of g_j = sum of the w_i that are not nearer than j, and its variance that of g. Cattaneo, Jansson &
Ma (2020, J. Am. Stat. Assoc. 115): polynomials of order 2 choose the bandwidths, those of order 3
make the test, so that what bias is left does not matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, ndtr

from academic_workplace.cutoff.bandwidth import BEYOND, PILOT, mass_points, spread
from academic_workplace.cutoff.local import Kernel, polynomial
from academic_workplace.cutoff.sides import (
    VALUES,
    Flag,
    Floats,
    Side,
    check_running,
    sides,
    too_few,
)
from academic_workplace.threads import one_thread

P, Q = 2, 3
NEAREST = 40  # pupils of the simple count
WIDER = 2.0  # the pilot is for a third derivative, which needs more room than a density
TRIANGULAR = Kernel.TRIANGULAR


@dataclass(frozen=True, slots=True)
class DensityTest:
    """The density of the scores on both sides of the cut-off, and whether it jumps.

    left, right: share of all pupils per unit of the score. se, z, p_value: of right minus left.
    h: the bandwidths; within: pupils within these. flags: mass points, for which it was not made.
    """

    left: float
    right: float
    se: float
    z: float
    p_value: float
    h: tuple[float, float]
    within: tuple[int, int]
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class CountTest:
    """The pupils nearest to the cut-off, and how many stand on each side.

    p_value: exact, of a fair coin for each (two-sided). width: how far the farthest stands.
    """

    left: int
    right: int
    p_value: float
    width: float


def density_test(
    x: ArrayLike, cutoff: float, *, h: tuple[float, float] | None = None
) -> DensityTest:
    """Test that the density of x (n,) does not jump at the cut-off. h: left and right.

    Raises DataError as ``check_running`` does, and when a side has fewer than ten pupils within h.
    """
    running = check_running(x, cutoff)
    n = len(running)
    left, right = (_shares(side, n) for side in sides(running, np.empty((n, 0)), cutoff))
    with one_thread():
        chosen = h or _bandwidths(left, right, n)
        within = left.within(chosen[0]), right.within(chosen[1])
        too_few(within)
        below, above = _density(left, chosen[0], Q, n), _density(right, chosen[1], Q, n)
    apart = above.f - below.f
    se = math.sqrt((below.squares + above.squares - apart**2) / n)
    z = apart / se
    few = left.few_values(chosen[0]) or right.few_values(chosen[1])
    flags = (Flag.MASS_POINTS,) if few else ()
    return DensityTest(below.f, above.f, se, z, 2 * float(ndtr(-abs(z))), chosen, within, flags)


def _shares(side: Side, n: int) -> Side:
    """With, as its one column, the share of all pupils that stands on this side and as near."""
    reached = np.repeat(side.start[1:], np.diff(side.start)) / n
    return Side(side.t, reached[:, None], side.rows, side.start, side.rounding)


@dataclass(frozen=True, slots=True)
class _Density:
    """A density f, the mean of squares of what pupils add to it, and its bias per h^order."""

    f: float
    squares: float
    bias: float
    coefficients: Floats


def _density(side: Side, h: float, order: int, n: int) -> _Density:
    fit = polynomial(side, h, order, TRIANGULAR)
    w = fit.weights_of(1) / h
    from_here = np.cumsum(w[::-1])[::-1]
    g = from_here[np.repeat(side.start[:-1], np.diff(side.start))[: len(w)]]
    return _Density(float(fit.beta[1, 0]) / h, float(g @ g) / n, fit.bias(1), fit.beta[:, 0])


def _bandwidths(left: Side, right: Side, n: int) -> tuple[float, float]:
    """Per side the middle one of three: the best for that side, for the difference, for the sum.

    The best has the smallest mean squared error: h^(2P + 1) = V / (2 P n B^2), with V / (n h) the
    variance and B h^P the bias of f, both from a pilot.
    """
    pilot = WIDER * PILOT[TRIANGULAR] * spread((left, right)) * n ** (-1 / (2 * P + 5))
    V, B = [], []
    for side in (left, right):
        least = float(side.values[min(VALUES, len(side.values)) - 1]) * BEYOND
        d = min(max(pilot, least), float(side.t[-1]) * BEYOND)
        around, bend = _density(side, d, P, n), _density(side, d, P + 2, n)
        V.append(d * (around.squares - around.f**2))
        B.append(around.bias * float(bend.coefficients[P + 1]) / d ** (P + 1))

    def best(variance: float, bias: float) -> float:
        return (variance / (2 * P * n * bias**2)) ** (1 / (2 * P + 1)) if bias else math.inf

    both = best(sum(V), B[1] - B[0]), best(sum(V), B[1] + B[0])
    chosen = [
        min(sorted((best(v, b), *both))[1], float(side.t[-1]))
        for v, b, side in zip(V, B, (left, right), strict=True)
    ]
    return chosen[0], chosen[1]


def count_test(x: ArrayLike, cutoff: float, *, nearest: int = NEAREST) -> CountTest:
    """Whether the nearest pupils are spread over both sides as by tossing a coin for each.

    Cattaneo, Titiunik & Vazquez-Bare (2017, J. Policy Anal. Manag. 36). All who stand as far as the
    last are counted too. With mass points, distances count from halfway between the nearest values
    of the sides. Raises DataError as ``check_running`` does.
    """
    running = check_running(x, cutoff)
    left, right = sides(running, np.empty((len(running), 0)), cutoff)
    shift = (right.t[0] - left.t[0]) / 2 if mass_points((left, right)) else 0.0
    below, above = left.t + shift, right.t - shift
    every = np.sort(np.concatenate([below, above]))
    width = float(every[min(nearest, len(every)) - 1])
    counts = [int(np.sum(t <= width + left.rounding)) for t in (below, above)]
    tail = float(bdtr(min(counts), sum(counts), 0.5))
    return CountTest(counts[0], counts[1], min(1.0, 2 * tail), width)
