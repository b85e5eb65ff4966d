"""Difference between the arms in the means of their clusters; every cluster counts alike.

    ybar_g = block + tau * arm + error_g

tau is the effect over clusters, not over pupils: a small school counts as much as a large one. When
schools are the blocks and pupils were assigned, it is the average of the schools' own differences.
With CR2 a cluster of one mean is a singleton, so that this is Neyman's estimate with HC2. Of a dose
it is the slope of the means on the mean doses; of pupils who stand alone each is a mean.
"""

from __future__ import annotations

from academic_workplace.effects.regression import compare_arms
from academic_workplace.effects.result import Estimated
from academic_workplace.intake.pupils import Pupils
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan


def cluster_means(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Regress the means of the clusters on the arms."""
    method = "difference of cluster means"
    return compare_arms(m, plan, [], inference, method, pupils=pupils, fitted=m.means())
