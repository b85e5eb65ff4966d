"""Doubly robust: who took part and what would have been are both modelled; one may be wrong.

    e = P(took part | X), logistic;   m_a = E(Y | X, arm a), linear, fitted in that arm
    ATE   mean(m_1 - m_0) + C_1 - C_0,          a_1 = t / e,  a_0 = (1 - t) / (1 - e)
    ATT   mean over the treated of (Y - m_0) - C_0,           a_0 = (1 - t) e / (1 - e)
    C_a   sum a (Y - m_a) / n (ATE) or / n_t (ATT); normalised: / sum a

Robins, Rotnitzky & Zhao (1994, J. Am. Stat. Assoc. 89); Lunceford & Davidian (2004, Stat. Med. 23);
normalised as in Sant'Anna & Zhao (2020, J. Econom. 219). With X = () in the outcome model the
normalised form is weighting alone.

The standard error is the sandwich of all estimating equations together (Stefanski & Boos, 2002,
Am. Stat. 56): a pupil's influence holds what it does to both models, and is added up by cluster.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from academic_workplace.comparison.inputs import (
    Bools,
    Estimand,
    Floats,
    Rows,
    arms,
    labels,
    matrix,
    numbers,
    option,
    standardised,
)
from academic_workplace.comparison.weighting import Weights, propensity, propensity_weights
from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text
from academic_workplace.threads import one_thread

CERTAIN = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class DoublyRobust:
    """A doubly robust effect.

    influence: (n,) of every pupil, mean 0; se^2 = sum over clusters of (sum of influence)^2 / n^2,
    times G / (G - 1). df: see ``clustered_variance``. clusters: those with treated pupils only,
    with others only, and with both. weights: of the propensity, with their flags.
    """

    estimand: Estimand
    estimate: float
    se: float
    df: float
    low: float
    high: float
    p_value: float
    influence: Floats
    clusters: tuple[int, int, int]
    weights: Weights


def aipw(
    y: ArrayLike,
    treated: ArrayLike,
    X: ArrayLike,
    cluster: ArrayLike,
    *,
    estimand: Estimand | str = Estimand.ATT,
    outcome_X: ArrayLike | None = None,
    normalised: bool = False,
    columns: Sequence[str] = (),
    outcome_columns: Sequence[str] = (),
) -> DoublyRobust:
    """Augmented inverse-propensity weighting of y (n,), with X (n, k) in both models.

    outcome_X: (n, q) for the outcome model when it is not X; q may be 0. cluster: (n,) labels. The
    interval has 95 %. Raises DataError as ``propensity`` does, on an arm in which the outcome
    model cannot be fitted, and on a single cluster or one in all of an arm.
    """
    arm = arms(treated)
    for_whom = option(estimand, (Estimand.ATT, Estimand.ATE))
    n = len(arm)
    outcome = numbers(y, n, "y")
    if outcome.min() == outcome.max():
        rule = Text("De uitkomst is voor iedereen gelijk.", "The outcome is the same for everyone.")
        remedy = Text("Kies een andere uitkomst.", "Choose another outcome.")
        raise DataError([Fault(rule, remedy, column="y")])
    codes = labels(cluster, n, "cluster")
    values, names = matrix(X, n, columns)
    if outcome_X is None:
        model, model_names = values, names
    else:
        model, model_names = matrix(outcome_X, n, outcome_columns)
    fitted = propensity(values, arm, names)
    e, t = fitted.score, arm.astype(float)
    with one_thread():
        Z = np.column_stack([np.ones(n), standardised(values, names)[0]])
        on_e = Z, (t - e)[:, None] * Z @ np.linalg.inv((Z.T * (e * (1 - e))) @ Z) * n
        m0, on_m0 = _outcome_model(outcome, ~arm, model, model_names)
        if for_whom is Estimand.ATT:
            a0, per = (1 - t) * e / (1 - e), None if normalised else t
            C0, of_C0 = _corrected(a0, a0, outcome - m0, per, on_e, on_m0)
            gain = t * (outcome - m0)
            mean = float(gain.sum() / t.sum())
            effect = mean - C0
            influence = (gain - t * mean - on_m0[1] @ (on_m0[0].T @ t / n)) / t.mean() - of_C0
        else:
            m1, on_m1 = _outcome_model(outcome, arm, model, model_names)
            a1, a0, per = t / e, (1 - t) / (1 - e), None if normalised else np.ones(n)
            C1, of_C1 = _corrected(a1, -a1 * (1 - e), outcome - m1, per, on_e, on_m1)
            C0, of_C0 = _corrected(a0, a0 * e, outcome - m0, per, on_e, on_m0)
            mean = float(np.mean(m1 - m0))
            effect = mean + C1 - C0
            influence = m1 - m0 - mean + of_C1 - of_C0
            influence += on_m1[1] @ on_m1[0].mean(axis=0) - on_m0[1] @ on_m0[0].mean(axis=0)
    variance, df, clusters = clustered_variance(influence, codes, arm)
    se = math.sqrt(variance)
    half = float(stdtrit(df, (1 + CERTAIN) / 2)) * se
    p_value = 2 * float(stdtr(df, -abs(effect) / se)) if se > 0 else math.nan
    weights = propensity_weights(e, arm, for_whom)
    return DoublyRobust(
        for_whom, effect, se, df, effect - half, effect + half, p_value, influence, clusters,
        weights,
    )  # fmt: skip


def _outcome_model(
    y: Floats, who: Bools, X: Floats, names: Sequence[str]
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Fitted values of all, their design W (n, q + 1), and the influence (n, q + 1) on its slopes.

    Columns are standardised in the arm of the model: the slopes are never shown.
    """
    n, q = X.shape
    if who.sum() <= q + 1:
        rule = Text(
            "In een groep zijn niet meer leerlingen dan kolommen van het model voor de uitkomst.",
            "An arm has no more pupils than the model of the outcome has columns.",
        )
        remedy = Text("Kies minder kolommen.", "Choose fewer columns.")
        raise DataError([Fault(rule, remedy, count=int(who.sum()))])
    _, mean, sd = standardised(X[who], names, Text("binnen een groep", "within an arm"))
    W: Floats = np.column_stack([np.ones(n), (X - mean) / sd])
    inverse = np.linalg.inv(W[who].T @ W[who])
    beta = inverse @ (W[who].T @ y[who])
    fitted: Floats = W @ beta
    influence: Floats = np.where(who, y - fitted, 0.0)[:, None] * W @ inverse * n
    return fitted, (W, influence)


def _corrected(
    a: Floats,
    slope: Floats,
    r: Floats,
    per: Floats | None,
    on_e: tuple[Floats, Floats],
    on_m: tuple[Floats, Floats],
) -> tuple[float, Floats]:
    """C = sum a r / sum per (None: per = a), and every pupil's influence (n,) on it.

    slope: (n,) da / d(logit e). on_e, on_m: a design and the influence on its coefficients.
    """
    n = len(a)
    below = a if per is None else per
    C = float(np.sum(a * r) / np.sum(below))
    (Z, of_e), (W, of_m) = on_e, on_m
    through_e = Z.T @ (slope * (r - C if per is None else r)) / n
    through_m = -W.T @ a / n
    influence = a * r - C * below + of_e @ through_e + of_m @ through_m
    return C, influence / float(below.mean())


def clustered_variance(
    influence: Floats, cluster: Rows, arm: Bools
) -> tuple[float, float, tuple[int, int, int]]:
    """Variance of a mean of influences (n,), its degrees of freedom, and how many clusters.

    Clusters are of three kinds: treated pupils only, others only, both. Each kind of G_k clusters
    has V_k = G_k / (G_k - 1) sum (sum of influence)^2 / n^2, so that V is the sandwich times
    G / (G - 1) where all are of one kind. Degrees of freedom: (sum V_k)^2 / sum V_k^2 / (G_k - 1),
    which is G - 1 for one kind, and Welch's where whole clusters took part: a few coordinators on
    one side are not made many by hundreds of pupils on the other. They count clusters, not how
    unequal these are: with fewer than some twenty, intervals are still too short now and then. A
    kind with one cluster only is counted with those of both arms. Raises DataError when an arm
    stands on a single cluster.
    """
    kind, counts = kinds_of(cluster, arm)
    sums = np.bincount(cluster, influence)
    merged = np.bincount(kind, minlength=3)
    some = merged > 0
    G = merged[some]
    V = np.bincount(kind, sums**2, 3)[some] * G / (G - 1) / len(influence) ** 2
    total = float(V.sum())
    df = total**2 / float(np.sum(V**2 / (G - 1))) if total > 0 else math.nan
    return total, df, counts


def kinds_of(cluster: Rows, arm: Bools) -> tuple[Rows, tuple[int, int, int]]:
    """(G,) the kind of every cluster: 0 treated pupils only, 1 others only, 2 both; how many.

    A kind with one cluster only is counted with those of both arms, when there are such. Raises
    DataError when an arm stands on a single cluster.
    """
    size, part = np.bincount(cluster), np.bincount(cluster, arm)
    kind = np.where(part == size, 0, np.where(part == 0, 1, 2))
    counts = [int(x) for x in np.bincount(kind, minlength=3)]
    for pure in (0, 1):
        if counts[pure] == 1 and counts[2]:
            kind[kind == pure] = 2
    merged = np.bincount(kind, minlength=3)
    if (merged == 1).any():
        rule = Text(
            "Een groep bestaat uit één cluster (school, klas of begeleider): dan is niet te zien "
            "hoe clusters verschillen.",
            "An arm is a single cluster (school, class or coordinator): how clusters differ cannot "
            "be seen then.",
        )
        remedy = Text(
            "Kies een kleinere eenheid als cluster, of zoek meer clusters.",
            "Choose a smaller unit as the cluster, or find more clusters.",
        )
        raise DataError([Fault(rule, remedy, column="cluster")])
    return kind, (counts[0], counts[1], counts[2])
