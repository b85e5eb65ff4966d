"""Compare cohorts: the transition from primary to secondary school, and gaps in opportunity.

Functions take a table with a row per pupil and the names of its columns.
"""

from academic_workplace.cohorts.compare import Comparison, Comparisons, compare
from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.cohorts.counting import Cells, count
from academic_workplace.cohorts.decompose import Decomposition, Detail, Kind, Part, decompose
from academic_workplace.cohorts.events import TimeToEvent, time_to_event
from academic_workplace.cohorts.gaps import (
    Career,
    Change,
    Gap,
    Gaps,
    Step,
    cumulative_gap,
    gap,
)
from academic_workplace.cohorts.inequality import Inequality, Unequal, inequality
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
from academic_workplace.cohorts.neighbourhoods import (
    AreaShare,
    NeighbourhoodMap,
    neighbourhood_map,
)
from academic_workplace.cohorts.ordered import (
    Ordered,
    OrderedBounds,
    ordered_bounds,
    ordered_gap,
)
from academic_workplace.cohorts.parts import Coefficients, Element
from academic_workplace.cohorts.schools import (
    Funnel,
    FunnelPlace,
    FunnelSchool,
    Overdispersion,
    SchoolDoubt,
    SchoolOrder,
    SchoolValue,
    ValueAdded,
    funnel,
    value_added,
)
from academic_workplace.cohorts.segregation import (
    Segregated,
    Segregation,
    SegregationBounds,
    segregation,
    segregation_bounds,
    segregation_of_counts,
)
from academic_workplace.cohorts.shares import ChangeBounds, GapBounds, ShareGap, share_gap
from academic_workplace.cohorts.standardise import (
    Level,
    Shift,
    Standard,
    Standardised,
    StandardisedCounts,
    standardise,
    standardise_counts,
)
from academic_workplace.cohorts.story import Look, Story
from academic_workplace.cohorts.transitions import (
    Transitions,
    transitions,
    transitions_of_counts,
)
from academic_workplace.cohorts.trend import CohortMean, Trend, trend

__all__ = [
    "CBS_CODES", "Advice", "AdviceLevel", "AreaShare", "Career", "Cells", "Change",
    "ChangeBounds", "Coefficients", "CohortMean", "Comparison", "Comparisons", "Decomposition",
    "Detail", "Element", "Estimate", "Funnel", "FunnelPlace", "FunnelSchool", "Gap",
    "GapBounds", "Gaps", "Inequality", "Kind", "Level", "Look", "Mixed", "Move",
    "NeighbourhoodMap", "Numbering", "Ordered", "OrderedBounds", "Overdispersion", "Part",
    "Rule", "SchoolDoubt", "SchoolOrder", "SchoolValue", "Segregated", "Segregation",
    "SegregationBounds", "ShareGap", "Shift", "Standard", "Standardised", "StandardisedCounts",
    "Step", "Story", "TimeToEvent", "Transitions", "Trend", "Unequal", "ValueAdded", "compare",
    "compare_levels", "comparison_matrix", "count", "cumulative_gap", "decompose", "funnel",
    "gap", "inequality", "neighbourhood_map", "ordered_bounds", "ordered_gap", "segregation",
    "segregation_bounds", "segregation_of_counts", "share_gap", "standardise",
    "standardise_counts", "time_to_event", "to_number", "transitions", "transitions_of_counts",
    "trend", "value_added",
]  # fmt: skip
