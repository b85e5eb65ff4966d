"""How wrong would it have to be? How strong something hidden must be to explain a result away."""

from academic_workplace.evidence.sensitivity.evalue import EValue, Scale, e_value
from academic_workplace.evidence.sensitivity.omitted import (
    Benchmark,
    Bound,
    OmittedVariable,
    omitted_from_fit,
    omitted_variable,
)
from academic_workplace.evidence.sensitivity.placebo import Placebo, Placebos, Seen, placebo
from academic_workplace.evidence.sensitivity.rosenbaum import (
    Bias,
    RosenbaumBounds,
    Side,
    Statistic,
    matched_set_bounds,
    rosenbaum_bounds,
)
from academic_workplace.evidence.sensitivity.together import Sensitivity, sensitivities

__all__ = [
    "Benchmark", "Bias", "Bound", "EValue", "OmittedVariable", "Placebo", "Placebos",
    "RosenbaumBounds", "Scale", "Seen", "Sensitivity", "Side", "Statistic", "e_value",
    "matched_set_bounds", "omitted_from_fit", "omitted_variable", "placebo", "rosenbaum_bounds",
    "sensitivities",
]  # fmt: skip
