"""The plan: question and design, written down before the outcomes are read.

``choices.py`` what a plan chooses from; ``values.py`` the small values it is made of; ``model.py``
the plan, its fingerprint and plain values; ``forms.py`` the form of every field; ``faults.py`` and
``designs.py`` every way in which it contradicts itself (``refusing.py`` what those share);
``reading.py`` the TOML file.
"""

from academic_workplace.plan.choices import (
    BY_LIKELIHOOD,
    COMPARING,
    MATCHING,
    MOST_QUANTILES,
    NEEDS_PUPILS,
    NEVER,
    NOT_KNOWN,
    OVER_TIME,
    OVER_WAVES,
    RESAMPLING,
    TWO_WAYS,
    Allocation,
    Boundary,
    Estimand,
    Inference,
    Level,
    Method,
    Missing,
    Norm,
)
from academic_workplace.plan.model import Plan, plan_from_dict, planned
from academic_workplace.plan.reading import parse_plan, read_plan, study_name
from academic_workplace.plan.values import (
    EVERYONE,
    EXPECTED,
    LESS,
    MORE,
    NOT_STARTED,
    STARTED,
    Arm,
    Comparing,
    Measure,
    Prior,
    Study,
)

__all__ = [
    "BY_LIKELIHOOD", "COMPARING", "EVERYONE", "EXPECTED", "LESS", "MATCHING", "MORE",
    "MOST_QUANTILES", "NEEDS_PUPILS", "NEVER", "NOT_KNOWN", "NOT_STARTED", "OVER_TIME",
    "OVER_WAVES", "RESAMPLING", "STARTED", "TWO_WAYS", "Allocation", "Arm", "Boundary",
    "Comparing", "Estimand", "Inference", "Level", "Measure", "Method", "Missing", "Norm", "Plan",
    "Prior", "Study", "parse_plan", "plan_from_dict", "planned", "read_plan", "study_name",
]  # fmt: skip
