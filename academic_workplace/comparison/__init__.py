"""Compared with whom: arms made alike by weights or by matching, when nobody drew lots.

Arrays in, values out. ``inputs.py`` says what is asked of the arrays, ``weighting.py`` makes
weights, ``matching.py`` looks for counterparts, ``doubly_robust.py`` models both who took part and
what would have been.
"""

from academic_workplace.comparison.doubly_robust import DoublyRobust, aipw, clustered_variance
from academic_workplace.comparison.inputs import Estimand
from academic_workplace.comparison.matching import (
    Classes,
    Matched,
    SchoolsMatched,
    exact_classes,
    nearest,
    optimal,
    schools_first,
    spread,
    subclasses,
)
from academic_workplace.comparison.weighting import (
    FLAGS,
    Flag,
    Propensity,
    Trimmed,
    Weights,
    common_support,
    effective,
    entropy_balance,
    normalised,
    propensity,
    propensity_weights,
    stable_weights,
    trim,
)

__all__ = [
    "FLAGS", "Classes", "DoublyRobust", "Estimand", "Flag", "Matched", "Propensity",
    "SchoolsMatched", "Trimmed", "Weights", "aipw", "clustered_variance", "common_support",
    "effective", "entropy_balance", "exact_classes", "nearest", "normalised", "optimal",
    "propensity", "propensity_weights", "schools_first", "spread", "stable_weights", "subclasses",
    "trim",
]  # fmt: skip
