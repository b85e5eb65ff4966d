"""How counts hang together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sum:
    """One count of a table (or one column) is the sum of others, each named by its place."""

    total: int
    parts: tuple[int, ...]
