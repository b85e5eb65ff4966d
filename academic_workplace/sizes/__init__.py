"""Standardised effects: what a difference is divided by, and how sure that divisor is.

Every size says what it is divided by and with which small-sample factor. ``clustered.py`` is for
programmes that whole schools, classes or mentor groups take part in; the other files take pupils
as independent.
"""

from academic_workplace.sizes.binary import (
    NumberNeeded,
    cox_index,
    number_needed,
    risk_difference,
    risk_ratio,
)
from academic_workplace.sizes.change import (
    ReliableChange,
    Scale,
    dppc1,
    dppc1_from_summary,
    dppc2,
    dppc2_from_summary,
    gain,
    gain_difference,
    gain_from_summary,
    reliable_change,
)
from academic_workplace.sizes.clustered import (
    DIVIDED_BY,
    FACTOR,
    ICC_ATTAINMENT,
    ICC_OTHER,
    Corrected,
    Over,
    Spread,
    clustered_effect,
    clustered_g,
    components_df,
    model_g,
    one_arm_effect,
    pooled_df,
    total_spread,
    wwc_correction,
)
from academic_workplace.sizes.ranks import rank_biserial, superiority_by_ranks
from academic_workplace.sizes.size import Factor, Size, Unit, small_sample_factor
from academic_workplace.sizes.standardised import glass_delta, hedges_g, hedges_g_from_summary
from academic_workplace.sizes.translations import (
    Outcome,
    above_average,
    improvement_index,
    months_of_progress,
    overlap,
    superiority,
    u3,
)

__all__ = [
    "DIVIDED_BY", "FACTOR", "ICC_ATTAINMENT", "ICC_OTHER", "Corrected", "Factor", "NumberNeeded",
    "Outcome", "Over", "ReliableChange", "Scale", "Size", "Spread", "Unit", "above_average",
    "clustered_effect", "clustered_g", "components_df", "cox_index", "dppc1", "dppc1_from_summary",
    "dppc2", "dppc2_from_summary", "gain", "gain_difference", "gain_from_summary", "glass_delta",
    "hedges_g", "hedges_g_from_summary", "improvement_index", "model_g", "months_of_progress",
    "number_needed", "one_arm_effect", "overlap", "pooled_df", "rank_biserial", "reliable_change",
    "risk_difference", "risk_ratio", "small_sample_factor", "superiority", "superiority_by_ranks",
    "total_spread", "u3", "wwc_correction",
]  # fmt: skip
