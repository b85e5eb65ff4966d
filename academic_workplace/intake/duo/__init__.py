"""Dutch open data: files of DUO and CBS that the user brings, with hidden counts as bounds.

>>> Bounds([1], [4]) + Bounds([7])  # "<5" and 7
Bounds(low=[8.0], high=[11.0])
"""

from academic_workplace.intake.duo.changes import SchoolChanges, compare_schools
from academic_workplace.intake.duo.disadvantage import (
    Disadvantage,
    Threshold,
    read_disadvantage,
)
from academic_workplace.intake.duo.layouts import Family, Kind
from academic_workplace.intake.duo.levels import (
    LADDER,
    AdviceLevel,
    Place,
    Track,
    at_least,
    ladder,
    level_of,
    nearest,
    track_of,
)
from academic_workplace.intake.duo.opendata import OpenData, together
from academic_workplace.intake.duo.ranges import Bounds, Sum, tighten
from academic_workplace.intake.duo.reading import read
from academic_workplace.intake.duo.regime import Advice, Regime, regime_of
from academic_workplace.intake.duo.summaries import Quantity, Ranges, difference, share, total
from academic_workplace.intake.duo.whose import school_key

__all__ = [
    "LADDER", "Advice", "AdviceLevel", "Bounds", "Disadvantage", "Family", "Kind", "OpenData",
    "Place", "Quantity", "Ranges", "Regime", "SchoolChanges", "Sum", "Threshold", "Track",
    "at_least", "compare_schools", "difference", "ladder", "level_of", "nearest", "read",
    "read_disadvantage", "regime_of", "school_key", "share", "tighten", "together", "total",
    "track_of",
]  # fmt: skip
