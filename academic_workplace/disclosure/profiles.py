"""Named rules for what may leave the house, and the one that holds now.

The rule holds for a whole report or notebook, not for one table: it is asked for, never passed on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """One set of rules.

    minimum: pupils behind any number that leaves. degrees_of_freedom: the least a model keeps.
    units: schools or classes per cell, so that no teacher is told of. dominance: the largest share
    of one school in a cell. extremes: whether 0 % or 100 % of a group may be told. rounding: counts
    are rounded to multiples of this; 1 leaves them.
    """

    name: str
    minimum: int
    degrees_of_freedom: int
    units: int
    dominance: float
    extremes: bool = False
    rounding: int = 1


DUTCH_10 = Profile("dutch-10", minimum=10, degrees_of_freedom=10, units=2, dominance=0.5)
_now: ContextVar[Profile] = ContextVar("profile", default=DUTCH_10)


def profile() -> Profile:
    """The rules that hold now."""
    return _now.get()


@contextmanager
def under(rules: Profile) -> Iterator[None]:
    """Let other rules hold within a ``with`` block."""
    token = _now.set(rules)
    try:
        yield
    finally:
        _now.reset(token)


def fewest() -> int:
    """The least pupils behind a number that leaves, by the rules that hold now."""
    return profile().minimum


def may_leave(*counts: int) -> bool:
    """Whether a result that rests on groups of these sizes may be shown."""
    return all(count >= fewest() for count in counts)


def shown_count(count: int) -> int | None:
    """A count, or None when it is of so few (but not none) that it could point at persons."""
    return None if 0 < count < fewest() else count
