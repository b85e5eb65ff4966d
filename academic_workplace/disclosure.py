"""What may leave the house. A number about fewer than ten pupils does not."""

from __future__ import annotations

MINIMUM = 10  # pupils behind any number that leaves (CBS output guidelines; domain practice)


def may_leave(*counts: int) -> bool:
    """Whether a result that rests on groups of these sizes may be shown."""
    return all(count >= MINIMUM for count in counts)


def shown_count(count: int) -> int | None:
    """A count, or None for 1 to 9, which could point at persons."""
    return None if 0 < count < MINIMUM else count
