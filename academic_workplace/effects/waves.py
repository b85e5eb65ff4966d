"""The difference in change by a multilevel model of all waves: full information."""

from __future__ import annotations

from academic_workplace.effects.result import Estimated
from academic_workplace.intake.pupils import Pupils
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan


def over_waves(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Every arm against the comparison, in change since the baseline."""
    raise NotImplementedError
