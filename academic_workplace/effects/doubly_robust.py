"""Doubly robust: weights and a model of the outcome together, of which one may be wrong.

The arithmetic and its sources are in ``comparison/doubly_robust.py`` (normalised weights, the own
baseline and covariates in both models, indicators of exact columns and blocks too). Uncertainty is
that of all equations together; below some twenty clusters it is a little too bold, and leaving out
one cluster at a time (JACKKNIFE) is right (benchmarks/COMPARING.md).
"""

from __future__ import annotations

import numpy as np

from academic_workplace.comparison.doubly_robust import DoublyRobust, aipw
from academic_workplace.comparison.inputs import Bools, Estimand
from academic_workplace.effects.result import Estimated
from academic_workplace.effects.weighted import (
    Found,
    TwoArms,
    by_propensity,
    chances,
    made_alike,
    of_estimated,
    of_everyone,
)
from academic_workplace.intake.pupils import Pupils
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Method, Plan


def doubly_robust(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Augmented inverse-propensity weighting with normalised weights."""
    return made_alike(m, plan, inference, pupils, Method.DOUBLY_ROBUST, _by_both)


def _by_both(two: TwoArms, plan: Plan, estimand: Estimand, inference: Inference) -> Found:
    if np.ptp(two.y) == 0:  # nothing to model
        return by_propensity(two, plan, estimand, inference)
    cut = plan.comparing.trim

    def answer(two: TwoArms, keep: Bools) -> DoublyRobust:
        inside = two.of(keep)
        X, names = inside.design(strata=True)
        each = np.arange(len(inside.t))  # clusters come in with the variance
        return aipw(
            inside.y, inside.t, X, each, estimand=estimand, normalised=True, columns=names
        )  # fmt: skip

    first = chances(two, cut, strata=True)
    keep = first.keep
    found = answer(two, keep)

    def again(rows: Bools) -> float:
        fewer = two.of(rows)
        kept = fewer.in_both if cut is None else chances(fewer, cut, strata=True).keep
        return answer(fewer, kept).estimate

    def variance() -> tuple[float, float]:
        return of_estimated(two, keep, found.influence, again, inference)

    adjusted = two.of(keep).design(strata=False)[1]
    weights = of_everyone(found.weights, keep, two.t)
    return Found(found.estimate, weights, variance, first.score, adjusted=adjusted)
