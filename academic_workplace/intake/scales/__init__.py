"""Questionnaires: what they are, their scores, how reliable these are, and who agrees with whom."""

from academic_workplace.intake.scales.agreement import (
    IntraclassCorrelation,
    IntraclassCorrelations,
    Kappa,
    Weights,
    icc,
    kappa,
    kappa_of_counts,
)
from academic_workplace.intake.scales.clusters import (
    ClusterReliabilities,
    ClusterReliability,
    cluster_reliabilities,
    cluster_reliability,
)
from academic_workplace.intake.scales.consistency import (
    Extremes,
    Reliabilities,
    Reliability,
    floor_and_ceiling,
    reliability,
    reliability_by,
)
from academic_workplace.intake.scales.declaration import (
    Informant,
    Instrument,
    Licence,
    Rounding,
    ScoreMethod,
    Subscale,
    Unverified,
    instrument,
    instruments,
    parse_instrument,
    read_instrument,
)
from academic_workplace.intake.scales.krippendorff import (
    Krippendorff,
    Metric,
    krippendorff_alpha,
)
from academic_workplace.intake.scales.scoring import Scored, Tally, score

__all__ = [
    "ClusterReliabilities", "ClusterReliability", "Extremes", "Informant", "Instrument",
    "IntraclassCorrelation", "IntraclassCorrelations", "Kappa", "Krippendorff", "Licence",
    "Metric", "Reliabilities", "Reliability", "Rounding", "ScoreMethod", "Scored", "Subscale",
    "Tally", "Unverified", "Weights", "cluster_reliabilities", "cluster_reliability",
    "floor_and_ceiling", "icc", "instrument", "instruments", "kappa", "kappa_of_counts",
    "krippendorff_alpha", "parse_instrument", "read_instrument", "reliability", "reliability_by",
    "score",
]  # fmt: skip
