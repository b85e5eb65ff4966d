"""Pupils beside their counterparts: nearest, optimal, or in classes of the chance to take part.

    y = set or class + tau * arm + covariates' c + error,   weights of ``comparison/matching.py``

Matching chooses whom to compare and never looks at the outcome; the regression then takes away what
is still different between counterparts (Ho, Imai, King & Stuart, 2007, Polit. Anal. 15). It is for
the treated that found a counterpart.

Uncertainty is CR2 by the plan's clusters; where every pupil is a cluster, by matched pair (without
replacement). It takes the matches for given. That is right without replacement when the regression
holds what the pairs were matched on (Abadie & Spiess, 2022, J. Am. Stat. Assoc. 117), and near with
replacement, where a comparison that serves often weighs much; a bootstrap of matches is not
(Abadie & Imbens, 2008, Econometrica 76). Pairs that cross schools tie these together; what the
covariates do not explain of that is not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from academic_workplace.comparison.inputs import Bools, Estimand, Floats, Rows
from academic_workplace.comparison.matching import (
    Classes,
    Matched,
    exact_classes,
    nearest,
    optimal,
    schools_first,
    subclasses,
)
from academic_workplace.effects.result import Estimated
from academic_workplace.effects.weighted import (
    Found,
    TwoArms,
    chance,
    chances,
    made_alike,
    of_everyone,
    regressed,
)
from academic_workplace.intake.pupils import Pupils
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Method, Plan

DIGITS = 10  # of a logit: pupils who are alike in every column are equally near

Match = Callable[[TwoArms, Floats, Plan], Matched]


def nearest_matched(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """The nearest counterparts, one after the other; or schools first and then their pupils."""
    return made_alike(m, plan, inference, pupils, Method.NEAREST, _by(_nearest))


def optimal_matched(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """The pairs of the least total distance."""
    return made_alike(m, plan, inference, pupils, Method.OPTIMAL, _by(_optimal))


def subclassified(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Classes of pupils with a like chance to take part, and who agree in what must be exact."""
    return made_alike(m, plan, inference, pupils, Method.SUBCLASSES, _by_classes)


def _nearest(two: TwoArms, logit: Floats, plan: Plan) -> Matched:
    c, exact = plan.comparing, [two.stratum]
    if not c.schools_first:
        return nearest(
            logit, two.t, ratio=c.ratio, replacement=c.replacement, caliper=c.caliper, exact=exact
        )
    return schools_first(
        logit, two.t, two.cluster, caliper=c.caliper, ratio=c.ratio, replacement=c.replacement,
        exact=exact,
    ).pupils  # fmt: skip


def _optimal(two: TwoArms, logit: Floats, plan: Plan) -> Matched:
    return optimal(logit, two.t, caliper=plan.comparing.caliper, exact=[two.stratum])


def _by(match: Match) -> Callable[[TwoArms, Plan, Estimand, Inference], Found]:
    def way(two: TwoArms, plan: Plan, _: Estimand, inference: Inference) -> Found:
        keep, inside, logit, score = _scored(two, plan)
        pairs = match(inside, logit, plan)
        w, c = pairs.weights.w, plan.comparing
        cluster, by = inside.cluster, ""
        if not c.replacement and _alone(inside.cluster, w):
            cluster, by = np.where(pairs.sets < 0, 0, pairs.sets), " by matched pair"
        one_to_one = c.ratio == 1 and not c.replacement
        apart = inside.y[pairs.treated] - inside.y[pairs.comparison] if one_to_one else None
        estimate, v, df, names = regressed(inside, w, cluster, inference, adjusted=True)
        return Found(
            estimate,
            of_everyone(pairs.weights, keep, two.t),
            lambda: (v, df),
            score,
            f"{inference.value}{by}, Satterthwaite, matches as given",
            len(np.unique(pairs.treated)),
            names,
            apart,
        )

    return way


def _by_classes(two: TwoArms, plan: Plan, estimand: Estimand, inference: Inference) -> Found:
    keep, inside, logit, score = _scored(two, plan)
    classes: Classes
    if np.ptp(logit) == 0:  # whoever is exactly alike has the same score
        classes = exact_classes([inside.stratum], inside.t, estimand)
    else:
        found = subclasses(logit, inside.t, plan.comparing.classes, estimand)
        classes = exact_classes([found.code, inside.stratum], inside.t, estimand)
    w = classes.weights.w
    estimate, v, df, names = regressed(
        replace(inside, stratum=classes.code), w, inside.cluster, inference, adjusted=True
    )
    return Found(
        estimate,
        of_everyone(classes.weights, keep, two.t),
        lambda: (v, df),
        score,
        f"{inference.value}, Satterthwaite, classes as given",
        len(classes.treated),
        names,
    )


def _scored(two: TwoArms, plan: Plan) -> tuple[Bools, TwoArms, Floats, Floats | None]:
    """Who stays, their arrays, their logits to match on, and the scores of all.

    Columns that must agree have no part in the score: they are equal between counterparts.
    """
    found = chances(two, plan.comparing.trim, strata=False)
    inside = two.of(found.keep)
    fitted = found.fitted or chance(inside, strata=False)  # which says what is wrong
    return found.keep, inside, np.round(fitted.logit, DIGITS), found.score


def _alone(cluster: Rows, w: Floats) -> bool:
    """Whether every pupil with a weight is a cluster."""
    used = cluster[w > 0]
    return len(np.unique(used)) == len(used)
