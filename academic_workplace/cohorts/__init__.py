"""Compare cohorts: the transition from primary to secondary school, and gaps in opportunity.

Functions take a table with a row per pupil and the names of its columns.
"""

from academic_workplace.cohorts.levels import (
    CBS_CODES,
    Advice,
    AdviceLevel,
    Mixed,
    Move,
    Numbering,
    Rule,
    compare_levels,
    comparison_matrix,
    to_number,
)

__all__ = [
    "CBS_CODES", "Advice", "AdviceLevel", "Mixed", "Move", "Numbering", "Rule", "compare_levels",
    "comparison_matrix", "to_number",
]  # fmt: skip
