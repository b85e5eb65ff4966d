"""The means that a reader sees on both sides of a cut-off."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from academic_workplace.cutoff.sides import Side, check_running, columns, sides
from academic_workplace.disclosure import fewest

MOST = 10  # points on a side


@dataclass(frozen=True, slots=True)
class Point:
    """The means of a group of pupils who stand next to each other, and how many they are."""

    x: float
    y: float
    pupils: int


def binned(
    y: ArrayLike, x: ArrayLike, cutoff: float, width: float
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Points below the cut-off, and at or above it, from left to right, of pupils within width.

    At most ten on a side, of about equally many pupils and never fewer than ten; pupils with the
    same score stay together. A side with fewer than ten pupils within width has none.
    """
    running = check_running(x, cutoff)
    two = sides(running, columns(y, len(running), "y"), cutoff)
    left, right = (_points(side, side.within(width, closed=True)) for side in two)
    below = tuple(Point(cutoff - p.x, p.y, p.pupils) for p in reversed(left))
    return below, tuple(Point(cutoff + p.x, p.y, p.pupils) for p in right)


def _points(side: Side, n: int) -> list[Point]:
    """The points of the nearest n, by distance."""
    wanted = min(MOST, n // fewest())
    if not wanted:
        return []
    start = side.start[side.start < n]
    first = [int(start[start * wanted // n == k][0]) for k in np.unique(start * wanted // n)]
    edges = [*first, n]
    while len(edges) > 2 and min(np.diff(edges)) < fewest():  # where many share a score
        small = int(np.argmin(np.diff(edges)))
        del edges[small if small else 1]
    spans = pairwise(edges)
    return [Point(float(side.t[a:b].mean()), float(side.y[a:b, 0].mean()), b - a) for a, b in spans]
