"""Estimators: one a file, and the table of which is which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from academic_workplace.effects.adjusted import adjusted
from academic_workplace.effects.cluster_means import cluster_means
from academic_workplace.effects.compare import Comparison, compare
from academic_workplace.effects.complier import Complier, complier, compliers
from academic_workplace.effects.counts import counts
from academic_workplace.effects.difference import difference
from academic_workplace.effects.discontinuity import discontinuity
from academic_workplace.effects.doubly_robust import doubly_robust
from academic_workplace.effects.gap import Gap, Together, gaps, joint_subgroups
from academic_workplace.effects.growth import growth
from academic_workplace.effects.imputed import (
    Estimator,
    imputed,
    needs_rows,
    require_known,
)
from academic_workplace.effects.interacted import interacted
from academic_workplace.effects.joint import joint_test
from academic_workplace.effects.logistic import logistic
from academic_workplace.effects.logistic_multilevel import logistic_multilevel
from academic_workplace.effects.matched import nearest_matched, optimal_matched, subclassified
from academic_workplace.effects.methods import CANNOT, CLAIMS, OWN, TAKES, Claim, methods
from academic_workplace.effects.multilevel import multilevel
from academic_workplace.effects.multisite import multisite, pupil_average, site_average
from academic_workplace.effects.quantiles import ByQuantile, Quantiles, quantiles
from academic_workplace.effects.regression import default_inference, with_why
from academic_workplace.effects.result import (
    CAUTIONS,
    TERMS,
    Caution,
    Detail,
    Effect,
    Effects,
    Estimated,
)
from academic_workplace.effects.series import series
from academic_workplace.effects.staggered import staggered
from academic_workplace.effects.subgroups import ByGroup, Subgroups, subgroups
from academic_workplace.effects.synthetic import synthetic
from academic_workplace.effects.waves import over_waves
from academic_workplace.effects.weighted import (
    entropy_weighted,
    propensity_weighted,
    stable_weighted,
)
from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.check import check
from academic_workplace.intake.layout import comparison_arm, samples
from academic_workplace.intake.pupils import Pupils, with_indicators
from academic_workplace.language import Text
from academic_workplace.moments import ClusterMoments, collect, other_plan
from academic_workplace.plan import (
    RESAMPLING,
    Comparing,
    Estimand,
    Inference,
    Method,
    Missing,
    Plan,
    planned,
)
from academic_workplace.threads import one_thread

__all__ = [
    "CANNOT", "CAUTIONS", "CLAIMS", "OWN", "ByGroup", "ByQuantile", "Caution", "Claim",
    "Comparison", "Complier", "Detail", "Effect", "Effects", "Estimated", "Gap", "Quantiles",
    "Subgroups", "Together", "compare", "compliers", "estimate", "gaps", "joint_subgroups",
    "joint_test", "methods", "multisite",
    "quantiles", "subgroups",
]  # fmt: skip

ESTIMATORS = {
    Method.DIFFERENCE: difference,
    Method.ADJUSTED: adjusted,
    Method.INTERACTED: interacted,
    Method.CLUSTER_MEANS: cluster_means,
    Method.SITE_AVERAGE: site_average,
    Method.PUPIL_AVERAGE: pupil_average,
    Method.MULTILEVEL: multilevel,
    Method.PROPENSITY: propensity_weighted,
    Method.ENTROPY: entropy_weighted,
    Method.STABLE: stable_weighted,
    Method.NEAREST: nearest_matched,
    Method.OPTIMAL: optimal_matched,
    Method.SUBCLASSES: subclassified,
    Method.DOUBLY_ROBUST: doubly_robust,
    Method.STAGGERED: staggered,
    Method.SERIES: series,
    Method.SYNTHETIC: synthetic,
    Method.DISCONTINUITY: discontinuity,
    Method.COMPLIER: complier,
    Method.LOGISTIC: logistic,
    Method.LOGISTIC_MULTILEVEL: logistic_multilevel,
    Method.COUNTS: counts,
    Method.GROWTH: growth,
    Method.WAVES: over_waves,
}


def estimate(
    data: pd.DataFrame | Pupils | ClusterMoments | str | Path,
    plan: Plan | None = None,
    *,
    method: Method | str | None = None,
    inference: Inference | str | None = None,
) -> Effects:
    """Estimate every effect of a plan.

    data: a DataFrame (checked first), Pupils, ClusterMoments, or the path of a file.
    plan: needed unless data are Pupils. method, inference: the plan's own unless given; by
    default the difference in differences when the plan has waves of other pupils, or before the
    baseline; else the adjusted difference when it has a baseline or covariates; and CR2 (for a
    plain difference with three clusters in one arm and eight to eleven in the other, and for a plan
    with a second division (``crossed``): the wild bootstrap).

    Returns Effects, primary outcome and main wave first. Raises DataError and PlanError.

    >>> import academic_workplace as aw, pandas as pd
    >>> table = pd.DataFrame({
    ...     "school": ["A", "A", "B", "B", "C", "C", "D", "D"],
    ...     "programme": [1, 1, 1, 1, 0, 0, 0, 0],
    ...     "after": [6, 8, 7, 9, 5, 6, 6, 7],
    ... })
    >>> plan = aw.Plan(outcome="after", treatment="programme", cluster="school")
    >>> effect = aw.estimate(table, plan)[0]
    >>> round(effect.estimate, 3), round(effect.se, 3), round(effect.df, 1)
    (1.5, 0.707, 2.0)
    """
    pupils: Pupils | None = None
    if isinstance(data, ClusterMoments):
        moments = data
        plan = planned(plan)
    elif isinstance(data, Pupils):
        pupils, plan = data, data.plan if plan is None else planned(plan)
        moments = collect(data, plan)
    else:
        plan = planned(plan)
        if isinstance(data, pd.DataFrame):
            pupils = check(data, plan)
            moments = collect(pupils)
        else:
            moments = collect(data, plan)
    asked = replace(
        plan,
        method=method if method is not None else plan.method or _default_method(plan),
        inference=inference if inference is not None else plan.inference,
    )  # raises PlanError, naming what there is, when asked for something else
    chosen = Method(str(asked.method))
    default = TAKES[chosen][0] if chosen in TAKES else None
    default = default or default_inference(moments.samples[0], plan, chosen)
    filled_in = plan.missing is Missing.IMPUTED
    if filled_in:
        default = Inference.CR2 if default in RESAMPLING else default
    how = Inference(str(asked.inference or default))
    if how in CANNOT[chosen]:
        raise _cannot(chosen, how)
    by_key = {m.key: m for m in moments.samples}
    wanted = [sample.key for sample in samples(plan)]
    collected = (moments.cluster, moments.crossed, set(moments.alone), moments.weights)
    fits = (collected == (plan.cluster, plan.second, set(plan.alone), plan.weights)
            and set(wanted) <= set(by_key)
            and (not plan.blocks or moments.block_columns == plan.blocks))  # fmt: skip
    if not fits:
        raise other_plan()
    _require_treatment(moments, plan)
    with one_thread():
        told = [by_key[key] for key in wanted]
        if plan.classes is not None and chosen is not Method.MULTILEVEL:
            told = [m.without_crossed() for m in told]
        if filled_in:
            if pupils is None:
                raise needs_rows()
            parts = [imputed(pupils, moments, plan, how, _by_cluster(plan, chosen))]
        else:
            require_known(told, plan)
            rows = None if pupils is None else with_indicators(pupils)
            parts = [ESTIMATORS[chosen](m, plan, how, rows) for m in told]
    effects = tuple(with_why(effect, moments.flow) for part in parts for effect in part.effects)
    filled = [part.coefficients for part in parts if len(part.coefficients)]
    coefficients = pd.concat(filled or [pd.DataFrame(columns=TERMS)], ignore_index=True)
    details = {key: detail for part in parts for key, detail in part.details.items()}
    return Effects(effects, plan, chosen, how, moments, coefficients, pupils, details)


def _by_cluster(plan: Plan, method: Method) -> Estimator:
    """The estimator; of a method that knows no classes, from moments without them."""
    found = ESTIMATORS[method]
    if plan.classes is None or method is Method.MULTILEVEL:
        return found
    return lambda m, *rest: found(m.without_crossed(), *rest)


def _default_method(plan: Plan) -> Method:
    if plan.period is not None:
        return Method.STAGGERED
    if plan.running is not None:
        return Method.DISCONTINUITY
    if plan.times:
        return Method.WAVES
    if plan.repeated or plan.earlier:
        return Method.GROWTH
    if plan.estimand is not None or plan.comparing != Comparing():
        return Method.PROPENSITY if plan.estimand is Estimand.ATO else Method.ENTROPY
    return Method.ADJUSTED if plan.covariates or plan.baseline is not None else Method.DIFFERENCE


def _require_treatment(moments: ClusterMoments, plan: Plan) -> None:
    """Raise PlanError when the arms (or the dose) are not among the columns collected."""
    if plan.dose:
        if all(plan.treatment in m.columns[1:-1] for m in moments.samples):
            return
        rule = Text(
            "De hoeveelheid (dose) van dit plan is niet verzameld.",
            "The amount (dose) of this plan was not collected.",
        )
        remedy = Text(
            "Verzamel opnieuw met dit plan (collect).", "Collect again with this plan (collect)."
        )
        raise PlanError([Fault(rule, remedy, column=plan.treatment)])
    start = f"{plan.treatment}="
    columns = {c for m in moments.samples for c in m.columns}
    arms = {c.removeprefix(start) for c in columns if c.startswith(start)}
    if plan.period is not None and arms:  # all may start at once: a series has no comparison arm
        return
    if comparison_arm(plan, arms) is None or len(arms) < 2:
        rule = Text(
            "De groepen van dit plan zijn niet verzameld.",
            "The arms of this plan were not collected.",
        )
        remedy = Text(
            "Voeg de verdeling toe met with_cluster_column(…, category=True).",
            "Add the assignment with with_cluster_column(…, category=True).",
        )
        raise PlanError([Fault(rule, remedy, column=plan.treatment)])


def _cannot(method: Method, inference: Inference) -> PlanError:
    no = (*CANNOT[method], Inference.TWO_WAY)  # which only a plan with two divisions can have
    fits = ", ".join(i.value for i in Inference if i not in no)
    rule = Text(
        f"‘{inference.value}’ kan niet bij de methode ‘{method.value}’.",
        f"‘{inference.value}’ cannot be had with the method ‘{method.value}’.",
    )
    remedy = Text(f"Kies uit: {fits}.", f"Choose from: {fits}.")
    return PlanError([Fault(rule, remedy, column="inference")])
