"""How models with several variances look for the lowest criterion: over two ratios rho of variances
to sigma2, which may be 0, and along the profile of a share.

An estimate can lie on an edge, where a variance is 0; there a descent from inside may stop on a
ridge. So both edges are searched of themselves, and then what lies beside the lowest of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from academic_workplace.language import Text
from academic_workplace.multilevel.intercept import ALIKE, GRID

Floats = NDArray[np.float64]
Ratios = tuple[float, float]

COARSE = (0.1, 1.0, 10.0)  # of rho times the mean n: where the search starts
BESIDE = 0.1  # of the root of the same: how far beside an edge a search starts
NOTHING = 1e-7  # of the same: smaller is 0
CLOSER = 1e-9  # of the criterion: a fit with one variance less is taken when it is as good
FLAT = 1e-5  # the slope of the criterion by log rho at which a search has converged
TINY = 1e-8  # a share, and what it leaves, below which there is none
MANY = 300  # clusters, or classes, above which one valley is looked for

NOT_CONVERGED = Text(
    "De zoektocht naar de beste schatting van het multilevelmodel kwam niet tot rust. Er is daarom"
    " geen uitkomst.",
    "The search for the best estimate of the multilevel model did not settle. So there is no"
    " result.",
)


def ratios(x: Floats) -> Ratios:
    """(2,) as a pair."""
    return float(x[0]), float(x[1])


def alone(x: float, which: int) -> Ratios:
    """The ratios of which only one (0 or 1) is not 0."""
    return (x, 0.0) if which == 0 else (0.0, x)


def turns(slope: Callable[[float], float], n: float) -> list[float]:
    """The valleys of a criterion of one ratio: where its slope turns from below 0 to above.

    n: the mean pupils of what the ratio is of.
    """
    from scipy.optimize import brentq

    grid = GRID / n
    slopes = [slope(x) for x in grid]
    while slopes[-1] < 0 and grid[-1] * n < 1 / ALIKE:
        grid = np.append(grid, 10 * grid[-1])
        slopes.append(slope(grid[-1]))
    found = [i for i in range(len(grid) - 1) if slopes[i] < 0 <= slopes[i + 1]]
    return [float(brentq(slope, grid[i], grid[i + 1], xtol=1e-300, rtol=1e-14)) for i in found]


def lowest(
    value: Callable[[Ratios], float],
    both: Callable[[Ratios], tuple[float, Floats]],
    scale: Floats,
    edges: Sequence[tuple[float, Ratios]],
) -> Ratios | None:
    """The ratios with the lowest criterion, those with a 0 included; None when it did not settle.

    value: the criterion; both: with its (2,) derivatives. scale: (2,) the mean pupils of what
    either ratio is of. edges: the valleys where a ratio is 0, with their criterion.

    Searched from the best of a few points inside, and from beside the lowest edge. Where a 0 does
    as well, it is a 0.
    """
    from scipy.optimize import minimize

    def by_root(theta: Floats) -> tuple[float, Floats]:
        here, g = both(ratios(theta**2 / scale))
        return here, g * 2 * theta / scale

    at_edge, edge = min(edges, key=lambda each: each[0])
    inside = [(a / scale[0], b / scale[1]) for a in COARSE for b in COARSE]
    beside = np.sqrt(np.array(edge) * scale)
    for start in (np.sqrt(min(inside, key=value) * scale), np.where(beside > 0, beside, BESIDE)):
        found = minimize(by_root, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * 2,
                         options={"ftol": 1e-14, "gtol": 1e-7})  # fmt: skip
        theta = found.x
        if np.all(theta**2 > NOTHING):
            theta = polished(lambda t: by_root(t)[1], theta)
            here, g = by_root(theta)
            if here < at_edge - CLOSER:
                settled = np.abs(g * theta).max() < FLAT * max(1.0, abs(here))
                return ratios(theta**2 / scale) if settled else None
    steep = both(edge)[1] / scale
    unsettled = any(g < -FLAT for g, x in zip(steep, edge, strict=True) if x == 0)
    return None if unsettled else edge


def polished(gradient: Callable[[Floats], Floats], x: Floats) -> Floats:
    """Newton's steps by differences of an exact gradient: past where a criterion looks flat."""
    best, least = x, float(np.abs(gradient(x)).max())
    for _ in range(8):
        h = 1e-5 * np.maximum(np.abs(x), 1e-3)
        H = np.column_stack([
            (gradient(x + h * e) - gradient(x - h * e)) / (2 * h @ e) for e in np.eye(len(x))
        ])  # fmt: skip
        if not np.all(np.isfinite(H)) or np.linalg.matrix_rank(H) < len(x):
            break
        step = np.linalg.solve((H + H.T) / 2, gradient(x))
        if np.abs(step).max() > 0.1 * np.abs(x).max():  # far from a valley: Newton may leave it
            break
        x = x - step
        now = float(np.abs(gradient(x)).max())
        if now >= least:
            break
        best, least = x, now
    return best


def crossing(f: Callable[[float], float], share: float, end: float, step: float) -> float:
    """Where from a share to an end (0 or 1) f rises above 0; the end where it does not.

    f: of the logit of a share. step: of the logit, the first.
    """
    from scipy.optimize import brentq

    inner = outer = math.log(max(share, TINY) / max(1 - share, TINY))
    while True:
        inner, outer = outer, outer + (step if end else -step)
        step *= 1.6
        if abs(outer) > -math.log(TINY):
            return end
        if f(outer) > 0:
            break
    low, high = sorted((inner, outer))
    logit = float(brentq(f, low, high, xtol=1e-5 * step))
    return 1 / (1 + math.exp(-logit))
