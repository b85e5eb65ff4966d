"""What makes an effect believable: the verdict, who is missing, how alike the arms were."""

from academic_workplace.evidence.attrition import Attrition, AttritionLevel, Boundary, attrition
from academic_workplace.evidence.balance import (
    Balance,
    BaselineVerdict,
    Characteristic,
    balance,
    balance_from_summary,
)
from academic_workplace.evidence.equivalence import (
    Equivalence,
    NonInferiority,
    equivalence,
    equivalences,
    noninferiorities,
    noninferiority,
)
from academic_workplace.evidence.multiplicity import (
    Adjustment,
    Multiplicity,
    adjust,
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    hochberg,
    holm,
    romano_wolf,
)
from academic_workplace.evidence.weighing import Evidence, Finding, Verdict, weigh

__all__ = [
    "Adjustment", "Attrition", "AttritionLevel", "Balance", "BaselineVerdict", "Boundary",
    "Characteristic", "Equivalence", "Evidence", "Finding", "Multiplicity", "NonInferiority",
    "Verdict", "adjust", "attrition", "balance", "balance_from_summary", "benjamini_hochberg",
    "benjamini_yekutieli", "bonferroni", "equivalence", "equivalences", "hochberg", "holm",
    "noninferiorities", "noninferiority", "romano_wolf", "weigh",
]  # fmt: skip
