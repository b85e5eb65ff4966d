"""What makes an effect believable: the verdict, who is missing, how alike the arms were."""

from academic_workplace.evidence.attrition import Attrition, AttritionLevel, Boundary, attrition
from academic_workplace.evidence.weighing import Evidence, Finding, Verdict, weigh

__all__ = [
    "Attrition", "AttritionLevel", "Boundary", "Evidence", "Finding", "Verdict", "attrition",
    "weigh",
]  # fmt: skip
