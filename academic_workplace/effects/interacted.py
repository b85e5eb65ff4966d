"""Adjusted difference with slopes of their own in every arm.

    y = block + tau * arm + (x - mean)'b + arm * (x - mean)'d + error,   errors alike in a cluster

tau is the effect at the means of the covariates, over pupils. In a trial this never costs precision
in large samples and, unlike one common slope, is right when the programme works differently for
different pupils (Lin, 2013, Ann. Appl. Stat. 7, eq. 2). The means are taken as known.
"""

from __future__ import annotations

from academic_workplace.effects.regression import compare_arms, covariate_columns
from academic_workplace.effects.result import Estimated
from academic_workplace.intake.pupils import Pupils
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan


def interacted(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Regress the outcome on the arms, the covariates and all their products."""
    covariates = covariate_columns(m, plan)
    method = "adjusted difference, slopes per arm"
    return compare_arms(m, plan, covariates, inference, method, pupils=pupils, interacted=True)
