"""Two-way fixed effects: what is often done where starts are staggered, and why it misleads.

    Y = a_unit + b_period + tau * D + X c + error,   D = 1 once the unit has started

tau is a sum of the effects of every start and period with weights that add up to 1, of which some
are below 0: those who started long ago serve as the comparison of those who start now. When effects
grow or differ, tau may lie outside all of them (de Chaisemartin & D'Haultfoeuille, 2020, Am. Econ.
Rev. 110, theorem 1; Goodman-Bacon, 2021, J. Econom. 225).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from academic_workplace.comparison.inputs import labels, matrix, numbers
from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text
from academic_workplace.linear import Fit, least_squares, variance
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.plan import Inference
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

CERTAIN = 0.95
FAR = 1e-10  # of the treatment's spread: what the units and periods leave of it below this is none
STARTED = "started"


@dataclass(frozen=True, slots=True, eq=False)
class FixedEffects:
    """The estimate with its CR2 interval, and the weights of what it adds up.

    start, period, weight: (J,) of the treated groups and periods; weights add up to 1. fit: the
    regression, whose names are the columns, ``period=...`` and ``started``.
    """

    estimate: float
    se: float
    df: float
    low: float
    high: float
    p_value: float
    start: Floats
    period: Floats
    weight: Floats
    fit: Fit

    @property
    def negative(self) -> float:
        """The sum of the weights below 0, as a number above 0: 0 when there are none."""
        return float(-np.minimum(self.weight, 0).sum())


def two_way_fixed_effects(
    y: ArrayLike,
    period: ArrayLike,
    start: ArrayLike,
    cluster: ArrayLike,
    *,
    unit: ArrayLike | None = None,
    X: ArrayLike | None = None,
    columns: Sequence[str] = (),
) -> FixedEffects:
    """Least squares with a constant per unit (without one: per cluster) and per period; CR2.

    All (n,), X (n, k). start: the period of the start, NaN or infinite for never. Raises DataError
    where nothing is left of the treatment, and as ``least_squares`` does.
    """
    when, begin = (np.asarray(x, dtype=float) for x in (period, start))
    n = len(when)
    outcome, when = numbers(y, n, "y"), numbers(when, n, "period")
    begin = np.where(np.isnan(begin), np.inf, begin)
    D = (when >= begin).astype(float)
    values, names = matrix(np.zeros((n, 0)) if X is None else X, n, columns)
    X = np.column_stack([values, D])
    fit = within_units(outcome, cluster, X, (*names, STARTED), when, unit)
    contrast = np.zeros(len(fit.names))
    contrast[fit.names.index(STARTED)] = 1
    with one_thread():
        v, df = variance(fit, contrast, Inference.CR2)
    estimate, se = float(contrast @ fit.beta), float(np.sqrt(v))
    half = float(stdtrit(df, (1 + CERTAIN) / 2)) * se
    owner = labels(cluster if unit is None else unit, n, "unit")
    starts, periods, weight = _weights(D, when, owner, begin)
    p_value = 2 * float(stdtr(df, -abs(estimate) / se))
    return FixedEffects(
        estimate, se, df, estimate - half, estimate + half, p_value, starts, periods, weight, fit
    )


def within_units(
    y: Floats,
    cluster: ArrayLike,
    X: Floats,
    names: Sequence[str],
    period: Floats,
    unit: ArrayLike | None = None,
) -> Fit:
    """Least squares of y (n,) on X (n, k) with a constant per unit (or cluster) and per period."""
    n = len(y)
    g = labels(cluster, n, "cluster")
    b = g if unit is None else labels(unit, n, "unit")
    times, t = np.unique(period, return_inverse=True)
    width = int(b.max()) + 1
    pair, cell = np.unique(g * width + b, return_inverse=True)
    dummies = [(t == i).astype(float) for i in range(1, len(times))]
    terms = (*(f"period={x:g}" for x in times[1:]), *names)
    origin, S = cross_products([*dummies, *X.T, y], cell, len(pair))
    of, block = np.divmod(pair, width)
    m = SampleMoments(
        "y", "", tuple(str(x) for x in of.tolist()), tuple(str(x) for x in block.tolist()),
        ("",) * len(pair), ("1", *terms, "y"), origin, S,
    )  # fmt: skip
    with one_thread():
        return least_squares(m, terms, absorb=True)


def _weights(D: Floats, period: Floats, unit: Rows, start: Floats) -> tuple[Floats, Floats, Floats]:
    """Starts, periods and weights (J,) of the treated: the share of N times what is left of D.

    What is left, after the constants of units and periods: with N (U, T) rows, the period effects
    solve (diag(sum_u N) - N' diag(1 / N_u) N) b = N' (D - mean of D in the unit).
    """
    times, t = np.unique(period, return_inverse=True)
    U, T = int(unit.max()) + 1, len(times)
    N = np.bincount(unit * T + t, minlength=U * T).reshape(U, T).astype(float)
    d = np.bincount(unit * T + t, D, U * T).reshape(U, T)
    size = N.sum(axis=1)
    A = np.diag(N.sum(axis=0)) - N.T @ (N / size[:, None])
    b = np.linalg.pinv(A, rcond=FAR, hermitian=True) @ (
        d.sum(axis=0) - N.T @ (d.sum(axis=1) / size)
    )
    left = D - b[t] - ((d - N * b).sum(axis=1) / size)[unit]
    on = D > 0
    starts, g = np.unique(start[on], return_inverse=True)
    sums = np.bincount(g * T + t[on], left[on], len(starts) * T)
    there = np.bincount(g * T + t[on], minlength=len(starts) * T) > 0
    if abs(left[on].sum()) <= FAR * on.sum():
        rule = Text(
            "De start valt samen met de perioden of de scholen (clusters).",
            "The start coincides with the periods or the clusters.",
        )
        remedy = Text("Voeg scholen toe die later starten.", "Add clusters that start later.")
        raise DataError([Fault(rule, remedy, column="start")])
    at = np.flatnonzero(there)
    return starts[at // T], times[at % T], sums[there] / left[on].sum()
