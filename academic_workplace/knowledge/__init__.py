"""What is known of an action: local results and published research, and what is not known."""

from academic_workplace.knowledge.card import Bar, Card, Raise, Unknown, card, main_findings
from academic_workplace.knowledge.library import (
    Entry,
    Figure,
    Kind,
    Library,
    Measure,
    Read,
    read_library,
)
from academic_workplace.knowledge.local import (
    Fits,
    LocalFinding,
    LocalResult,
    check_results,
    local_results,
)

__all__ = [
    "Bar", "Card", "Entry", "Figure", "Fits", "Kind", "Library", "LocalFinding", "LocalResult",
    "Measure", "Raise", "Read", "Unknown", "card", "check_results", "local_results",
    "main_findings", "read_library",
]  # fmt: skip
