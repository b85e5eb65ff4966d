"""Difference in differences: how much more one arm changed since the baseline than the other.

Pupils followed: the gain of every pupil is compared,

    y_wave - y_baseline = block + tau * arm + covariates' c + error,  errors alike within a cluster

(the adjusted difference with the coefficient of the baseline fixed at 1). Other pupils at every
wave (``Plan.repeated``): the arm x wave terms of

    y = wave + arm + tau_wave * arm x wave + covariates' c + error,  errors alike within a cluster

over the rows of all waves; a cluster is in it before and after. Both suppose that without the
programme the arms would have changed alike (Angrist & Pischke, 2009, Mostly Harmless Econometrics,
5.2). Waves before the baseline (``Plan.earlier``) show whether they did; waves after the first one
whether the difference lasts.
"""

from __future__ import annotations

from academic_workplace.effects.result import Estimated
from academic_workplace.intake.pupils import Pupils
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan

METHOD = "difference in differences, gains of the same pupils"


def growth(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Every arm against the comparison, in change since the baseline."""
    raise NotImplementedError
