"""Linear mixed models from the moments of clusters: arrays only.

``intercept.py`` pupils in schools, and what every model here shares; ``classes.py`` pupils in
classes in schools; ``slopes.py`` a slope that differs between schools; ``crossed.py`` two divisions
that cross; ``searching.py`` how the last three look for the lowest criterion; ``logistic.py`` an
outcome of 0 and 1 (from rows).
"""

from academic_workplace.multilevel.classes import (
    CLASSES_NOT_TOLD,
    ClassSums,
    Nested,
    Shares,
    nested_intercepts,
    school_covariance,
    school_effects,
    shares,
)
from academic_workplace.multilevel.crossed import (
    CROSSED_NOT_TOLD,
    TOO_MANY_LABELS,
    Crossed,
    CrossedShares,
    CrossedSums,
    crossed_effects,
    crossed_intercepts,
    crossed_shares,
)
from academic_workplace.multilevel.intercept import (
    ALL_ALIKE,
    LEVEL,
    MOST,
    NO_PAIRS,
    SAME_AS_BLOCKS,
    TOO_FEW_CLUSTERS,
    TOO_MANY_BLOCKS,
    Fitted,
    Information,
    Mixed,
    Ratio,
    Sums,
    adjusted,
    cluster_effects,
    contrast,
    criterion,
    degrees,
    intraclass,
    random_intercept,
    slope,
    sums_of,
)
from academic_workplace.multilevel.logistic import (
    ALL_SAME_INSIDE,
    LogisticMixed,
    averaged,
    between_within,
    latent_limits,
    logistic_intercept,
)
from academic_workplace.multilevel.redrawn import Axes, Refits, axes_of, refitted
from academic_workplace.multilevel.searching import NOT_CONVERGED
from academic_workplace.multilevel.slopes import (
    MORE_THAN_CLUSTERS,
    NOT_SEEN,
    Sloped,
    SlopeSums,
    random_slope,
    slope_effects,
    variance_limits,
)

__all__ = [
    "ALL_ALIKE", "ALL_SAME_INSIDE", "CLASSES_NOT_TOLD", "CROSSED_NOT_TOLD", "LEVEL",
    "MORE_THAN_CLUSTERS", "MOST", "NOT_CONVERGED", "NOT_SEEN", "NO_PAIRS", "SAME_AS_BLOCKS",
    "TOO_FEW_CLUSTERS", "TOO_MANY_BLOCKS", "TOO_MANY_LABELS", "Axes", "ClassSums", "Crossed",
    "CrossedShares", "CrossedSums", "Fitted", "Information", "LogisticMixed", "Mixed", "Nested",
    "Ratio", "Refits", "Shares", "SlopeSums", "Sloped", "Sums", "adjusted", "averaged",
    "axes_of", "between_within", "cluster_effects", "contrast", "criterion", "crossed_effects",
    "crossed_intercepts", "crossed_shares", "degrees", "intraclass", "latent_limits",
    "logistic_intercept", "nested_intercepts", "random_intercept", "random_slope", "refitted",
    "school_covariance", "school_effects", "shares", "slope", "slope_effects", "sums_of",
    "variance_limits",
]  # fmt: skip
