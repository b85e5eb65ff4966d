"""Compared with whom: arms made alike by weights or by matching, when nobody drew lots.

Arrays in, values out. ``inputs.py`` says what is asked of the arrays, ``weighting.py`` makes
weights, ``matching.py`` looks for counterparts, ``doubly_robust.py`` models both who took part and
what would have been, ``balance.py`` says how alike the arms are then, and ``influence.py`` how sure
a weighted difference is.
"""

from academic_workplace.comparison.balance import (
    CovariateBalance,
    Overlap,
    balance_table,
    overlap,
)
from academic_workplace.comparison.doubly_robust import DoublyRobust, aipw, clustered_variance
from academic_workplace.comparison.influence import (
    Difference,
    Part,
    leave_one_out,
    of_balance,
    of_propensity,
    weighted_difference,
)
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
    "FLAGS", "Classes", "CovariateBalance", "Difference", "DoublyRobust", "Estimand", "Flag",
    "Matched", "Overlap", "Part", "Propensity", "SchoolsMatched", "Trimmed", "Weights", "aipw",
    "balance_table", "clustered_variance", "common_support", "effective", "entropy_balance",
    "exact_classes", "leave_one_out", "nearest", "normalised", "of_balance", "of_propensity",
    "optimal", "overlap", "propensity", "propensity_weights", "schools_first", "spread",
    "stable_weights", "subclasses", "trim", "weighted_difference",
]  # fmt: skip
