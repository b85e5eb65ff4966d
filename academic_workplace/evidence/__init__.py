"""What makes an effect believable: the verdict, who is missing, how alike the arms were."""

from academic_workplace.evidence.attrition import Attrition, AttritionLevel, attrition
from academic_workplace.evidence.balance import (
    Balance,
    BaselineVerdict,
    Characteristic,
    balance,
    balance_from_summary,
)
from academic_workplace.evidence.change import ArmMean, Change, change
from academic_workplace.evidence.design import Design, Outcomes, Sites, Waves, design_of
from academic_workplace.evidence.equivalence import (
    Equivalence,
    NonInferiority,
    equivalence,
    equivalences,
    noninferiorities,
    noninferiority,
)
from academic_workplace.evidence.influence import Influence, Influences, leave_one_out
from academic_workplace.evidence.missing import MissingOutcome, MissingOutcomes, missing_outcomes
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
from academic_workplace.evidence.posterior import EffectPosterior, Posteriors, posterior
from academic_workplace.evidence.power import (
    Prospect,
    clusters_needed,
    design_effect,
    minimum_detectable_effect,
    power,
)
from academic_workplace.evidence.sensitivity import (
    EValue,
    OmittedVariable,
    Placebos,
    RosenbaumBounds,
    Sensitivity,
    e_value,
    matched_set_bounds,
    omitted_variable,
    placebo,
    rosenbaum_bounds,
    sensitivities,
)
from academic_workplace.evidence.simulation import SimulatedPower, simulated_power
from academic_workplace.evidence.specifications import Curve, Curves, specification_curve
from academic_workplace.evidence.weighing import Evidence, Finding, Verdict, weigh
from academic_workplace.plan import Boundary

__all__ = [
    "Adjustment", "ArmMean", "Attrition", "AttritionLevel", "Balance", "BaselineVerdict",
    "Boundary", "Change", "Characteristic", "Curve", "Curves", "Design", "EValue",
    "EffectPosterior", "Equivalence", "Evidence", "Finding", "Influence", "Influences",
    "MissingOutcome", "MissingOutcomes", "Multiplicity", "NonInferiority", "OmittedVariable",
    "Outcomes", "Placebos", "Posteriors", "Prospect", "RosenbaumBounds", "Sensitivity",
    "SimulatedPower", "Sites", "Verdict", "Waves", "adjust", "attrition", "balance",
    "balance_from_summary", "benjamini_hochberg", "benjamini_yekutieli", "bonferroni", "change",
    "clusters_needed", "design_effect", "design_of", "e_value", "equivalence", "equivalences",
    "hochberg", "holm", "leave_one_out", "matched_set_bounds", "minimum_detectable_effect",
    "missing_outcomes", "noninferiorities", "noninferiority", "omitted_variable", "placebo",
    "posterior", "power", "romano_wolf", "rosenbaum_bounds", "sensitivities", "simulated_power",
    "specification_curve", "weigh",
]  # fmt: skip
