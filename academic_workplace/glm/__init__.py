"""Models of what happens or not, and of counts, whose errors are alike within clusters."""

from academic_workplace.glm.existence import Separation, separation
from academic_workplace.glm.fitting import (
    Family,
    Glm,
    logistic,
    negative_binomial,
    poisson,
    standardised,
)
from academic_workplace.glm.robust import Robust, contrast, robust

__all__ = [
    "Family", "Glm", "Robust", "Separation", "contrast", "logistic", "negative_binomial", "poisson",
    "robust", "separation", "standardised",
]  # fmt: skip
