"""From advice to placement in year 1 and position in year 3: who goes where, up, down and as said.

Every comparison has three parts, below, on and above, and a share of each: of a position seen from
an advice (flow), of the advice seen from the test (under- and over-advice), of the final advice
seen from the first (adjustment). Advice means three things and since 2023-2024 another thing than
before, so which one and which rule always stand in the result.
"""

from academic_workplace.cohorts.transitions.counts import transitions_of_counts
from academic_workplace.cohorts.transitions.pupils import transitions
from academic_workplace.cohorts.transitions.result import (
    Basis,
    Caution,
    Contrast,
    Matrix,
    Share,
    TransitionBounds,
    Transitions,
)

__all__ = [
    "Basis", "Caution", "Contrast", "Matrix", "Share", "TransitionBounds", "Transitions",
    "transitions", "transitions_of_counts",
]  # fmt: skip
