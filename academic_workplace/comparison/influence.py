"""How sure a weighted difference is when its weights were estimated: influence, and leaving out.

    tau of  min sum w (y - a - tau t - x'c)^2,     w = w(Z'theta) of the same pupils

Stacked with what defines the weights, every pupil has an influence on tau (Stefanski & Boos, 2002,
Am. Stat. 56): with l the row of tau in mean(w D D')^-1, times D = (1, t, x) and the residual,

    influence = w l + (that on theta)' mean(Z l dw/d(Z'theta)) + (on the scale) mean((1 - t) w l)

Logistic regression: theta from sum Z (t - e) = 0. Weights that hit moments (entropy, stable; ATT):
from sum (t - (1 - t) w) Z = 0, so that what remains is the residual of y on the balanced moments
(calibration: Deville & Saerndal, 1992, J. Am. Stat. Assoc. 87; Zhao & Percival, 2017, J. Causal
Inference 5). Taking weights for known is wrong both ways: often too careful, for what the weights
already explain is counted as noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from academic_workplace.comparison.doubly_robust import kinds_of
from academic_workplace.comparison.inputs import (
    Bools,
    Estimand,
    Floats,
    labels,
    matrix,
    numbers,
    standardised,
)
from academic_workplace.comparison.weighting import Propensity, Weights
from academic_workplace.errors import DataError
from academic_workplace.threads import one_thread

MOST = 40  # clusters of a kind that are left out one by one


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Coefficients theta (p,) that weights hang on. Z, influence: (n, p); slope: (n,) dw/d(Z't)."""

    Z: Floats
    influence: Floats
    slope: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A weighted difference and every pupil's influence on it, (n,) with mean 0."""

    estimate: float
    influence: Floats


def of_propensity(fitted: Propensity, X: ArrayLike, weights: Weights) -> tuple[Part, ...]:
    """What the logistic regression on X (n, k) leaves uncertain in its weights."""
    values, names = matrix(X, len(weights.w), fitted.columns)
    t, e, w = weights.treated, fitted.score, weights.w
    Z = np.column_stack([np.ones(len(w)), standardised(values, names)[0]])
    inverse = np.linalg.inv((Z.T * (e * (1 - e))) @ Z) * len(w)
    log_slope = {
        Estimand.ATT: np.where(t, 0.0, 1.0),
        Estimand.ATE: np.where(t, e - 1, e),
        Estimand.ATO: np.where(t, -e, 1 - e),
    }[weights.estimand]
    return (Part(Z, (t - e)[:, None] * Z @ inverse, w * log_slope),)


def of_balance(X: ArrayLike, weights: Weights, columns: Sequence[str] = ()) -> tuple[Part, ...]:
    """What hitting the means of X (n, k) leaves uncertain: weights exp(Z'theta), or (Z'theta)+.

    The slope is w for entropy weights, and 1 where w > 0 for stable weights of tolerance 0
    (``weights.linear``).
    """
    values, names = matrix(X, len(weights.w), columns)
    t, w, n = weights.treated, weights.w, len(weights.w)
    Z = np.column_stack([np.ones(n), standardised(values, names)[0]])
    target = t.astype(float) if weights.estimand is Estimand.ATT else np.ones(n)
    out = []
    for who in (~t,) if weights.estimand is Estimand.ATT else (~t, t):
        slope = np.where(who, (w > 0).astype(float) if weights.linear else w, 0.0)
        inverse = np.linalg.inv((Z.T * slope) @ Z) * n
        out.append(Part(Z, (target - who * w)[:, None] * Z @ inverse, slope))
    return tuple(out)


def weighted_difference(
    y: ArrayLike,
    weights: Weights,
    parts: Sequence[Part] = (),
    x: ArrayLike | None = None,
    columns: Sequence[str] = (),
) -> Difference:
    """The difference of y (n,) with weights, adjusted for x (n, q), and its influence.

    parts: what the weights hang on; without them they are taken for known. Raises DataError as
    ``standardised`` does.
    """
    t, w, n = weights.treated, weights.w, len(weights.w)
    outcome = numbers(y, n, "y")
    D = np.column_stack([np.ones(n), t])
    if x is not None:
        values, names = matrix(x, n, columns)
        D = np.column_stack([D, standardised(values, names)[0]]) if values.size else D
    with one_thread():
        inverse = np.linalg.inv((D.T * w) @ D) * n
        b = inverse @ (D.T @ (w * outcome)) / n
        l = (D @ inverse[1]) * (outcome - D @ b)  # noqa: E741  # as above
        influence = w * l
        scale = np.where(t, w, -w)
        for part in parts:
            influence += part.influence @ (part.Z.T @ (part.slope * l) / n)
            scale += part.influence @ (part.Z.T @ np.where(t, part.slope, -part.slope) / n)
        influence += scale * float(np.sum((w * l)[~t]) / w[~t].sum())
    return Difference(float(b[1]), influence)


def leave_one_out(
    estimate: Callable[[Bools], float],
    influence: Floats,
    cluster: ArrayLike,
    treated: Bools,
    most: int = MOST,
) -> tuple[float, float]:
    """Variance and degrees of freedom from leaving out one cluster (n,) at a time.

    estimate: of the rows that stay, (n,), everything done again, the weights too. Each kind of G_k
    clusters (``clustered_variance``) has V_k = (G_k - 1) / G_k sum (tau_-g - their mean)^2; one of
    more than ``most`` clusters takes V_k from the influence (n,), which is then as good. NaN where
    without some cluster nothing can be estimated.
    """
    g = labels(cluster, len(treated), "cluster")
    kind, _ = kinds_of(g, treated)
    sums = np.bincount(g, influence) / len(treated)
    V, G = [], []
    for k in np.unique(kind).tolist():
        own = np.flatnonzero(kind == k)
        G.append(len(own))
        if len(own) > most:
            V.append(len(own) / (len(own) - 1) * float(np.sum(sums[own] ** 2)))
            continue
        try:
            tau = np.array([estimate(g != i) for i in own.tolist()])
        except DataError:
            return math.nan, math.nan
        V.append((len(own) - 1) / len(own) * float(np.sum((tau - tau.mean()) ** 2)))
    total = math.fsum(V)
    spread = math.fsum(v**2 / (m - 1) for v, m in zip(V, G, strict=True))
    return total, total**2 / spread if spread > 0 else math.nan
