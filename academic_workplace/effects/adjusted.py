"""Difference between the arms, adjusted for what was measured before the programme.

    y = block + tau * arm + baseline b + covariates' c + error,   errors alike within a cluster

tau is the effect of being offered the programme (or of one unit more of a dose), over pupils.
Adjusting buys precision; how the arms came about, not the model, is what may make tau causal
(Lin, 2013, Ann. Appl. Stat. 7).
"""

from __future__ import annotations

from academic_workplace.effects.regression import compare_arms, covariate_columns
from academic_workplace.effects.result import Estimated
from academic_workplace.intake.pupils import Pupils
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan


def adjusted(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Regress the outcome on the arms, its own baseline and the covariates."""
    covariates = covariate_columns(m, plan)
    return compare_arms(m, plan, covariates, inference, "adjusted difference", pupils=pupils)
