"""Difference between the arms, as they were measured.

    y = block + tau * arm + error,   errors alike within a cluster

tau is the mean of an arm minus that of the comparison, over pupils (within blocks when the plan
has them: then weighted by how much each block tells). When the treatment is a dose, tau is the
slope: the difference that goes with one unit more.
"""

from __future__ import annotations

from academic_workplace.effects.regression import compare_arms
from academic_workplace.effects.result import Estimated
from academic_workplace.intake.pupils import Pupils
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan


def difference(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Regress the outcome on the arms alone."""
    return compare_arms(m, plan, [], inference, "difference", pupils=pupils)
