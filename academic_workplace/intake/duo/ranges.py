"""Counts that are known only within bounds, and what can be said of their sums and shares.

A hidden count (``<5``, or -1 in the other family of files) is 1, 2, 3 or 4: not zero and not
missing. Everything here holds for every way of filling in the hidden counts with whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from academic_workplace.disclosure.sums import Sum as Sum  # also read from here
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault
from academic_workplace.language import Text

Floats = NDArray[np.float64]
HIDDEN = (1, 4)  # the lowest and highest count that DUO hides
MOST_PASSES = 100  # a table needs two or three; stopping early leaves bounds wider, never wrong


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """The lowest and highest value that each number can have; arrays of one shape.

    An upper bound may be infinite (nothing is known), both may be NaN (there is no such number).
    Raises DataError when a lower bound lies above its upper bound (numbered from 1), on words, and
    on bounds that are not as many.

    >>> Bounds([1, 7], [4, 7]).sum()
    Bounds(low=8.0, high=11.0)
    """

    low: Floats
    high: Floats

    def __init__(self, low: ArrayLike, high: ArrayLike | None = None) -> None:
        try:
            lows = np.array(low, dtype=float)
            highs = lows if high is None else np.array(high, dtype=float)
        except (TypeError, ValueError):
            rule = Text("Een grens is hier geen getal.", "A bound is no number here.")
            remedy = Text("Geef getallen, zoals Bounds([1, 7], [4, 7]).",
                          "Give numbers, such as Bounds([1, 7], [4, 7]).")  # fmt: skip
            raise DataError([Fault(rule, remedy)]) from None
        if lows.shape != highs.shape:
            rule = Text("Er zijn niet even veel onder- als bovengrenzen.",
                        "There are not as many lower bounds as upper bounds.")  # fmt: skip
            remedy = Text("Geef ze per getal allebei.", "Give both for every number.")
            raise DataError([Fault(rule, remedy)])
        wrong = np.flatnonzero(~(lows <= highs) & ~(np.isnan(lows) & np.isnan(highs)))
        if len(wrong):
            rule = Text(
                "Een ondergrens ligt boven de bovengrens.",
                "A lower bound is above its upper bound.",
            )
            remedy = Text("Geef eerst de laagste waarde.", "Give the lowest value first.")
            wrong = np.unique(wrong // max(1, int(np.prod(lows.shape[1:]))))
            rows = tuple(int(row) + 1 for row in wrong[:SHOWN_ROWS])
            raise DataError([Fault(rule, remedy, rows=rows, count=len(wrong))])
        lows.flags.writeable = highs.flags.writeable = False
        object.__setattr__(self, "low", lows)
        object.__setattr__(self, "high", highs)

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Which numbers are known precisely."""
        return np.asarray(self.low == self.high)

    def sum(self) -> Bounds:
        """Of numbers that do not bind each other."""
        return Bounds(self.low.sum(), self.high.sum())

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Bounds) -> Bounds:
        """The difference of numbers that do not bind each other (two groups, or two years)."""
        return Bounds(self.low - other.high, self.high - other.low)

    def __repr__(self) -> str:
        return f"Bounds(low={self.low.tolist()}, high={self.high.tolist()})"


@dataclass(frozen=True, slots=True, eq=False)
class Tightened:
    """Bounds after all sums were used, and the rows in which no filling meets them.

    In a row with a contradiction the bounds are those that were given.
    """

    bounds: Bounds
    contradicted: NDArray[np.bool_]


def tighten(bounds: Bounds, sums: Sequence[Sum]) -> Tightened:
    """Interval propagation over the rows (n, k) of a table, repeated until nothing moves.

    A total lies between the sums of its parts' bounds; a part is at least the total less the upper
    bounds of the other parts, and at most the total less their lower bounds. With one sum the
    result is as tight as can be; with sums that share columns it is valid, not always tightest.
    """
    low, high = bounds.low.copy(), bounds.high.copy()
    bad = np.zeros(len(low), dtype=bool)
    for _ in range(MOST_PASSES):
        before = (low.copy(), high.copy())
        for each in sums:
            _propagate(low, high, each)
        bad |= (low > high).any(axis=1)
        low[bad], high[bad] = bounds.low[bad], bounds.high[bad]
        if (low == before[0]).all() and (high == before[1]).all():
            break
    return Tightened(Bounds(low, high), bad)


def _propagate(low: Floats, high: Floats, s: Sum) -> None:
    """One sum, in place."""
    parts = list(s.parts)
    l, h = low[:, parts], high[:, parts]  # noqa: E741 (lower and upper bounds)
    low[:, s.total] = np.maximum(low[:, s.total], l.sum(axis=1))
    high[:, s.total] = np.minimum(high[:, s.total], h.sum(axis=1))
    rest_low = l.sum(axis=1, keepdims=True) - l
    unbounded = np.isinf(h)
    known = np.where(unbounded, 0.0, h)
    others_unbounded = unbounded.sum(axis=1, keepdims=True) - unbounded > 0
    rest_high = np.where(others_unbounded, np.inf, known.sum(axis=1, keepdims=True) - known)
    low[:, parts] = np.maximum(l, low[:, [s.total]] - rest_high)
    high[:, parts] = np.minimum(h, high[:, [s.total]] - rest_low)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Of every unit (a school in a year): x inside, y outside, and x + y, each within bounds."""

    x: Bounds
    y: Bounds
    whole: Bounds


def split(x: Bounds, y: Bounds, whole: Bounds) -> Split:
    """Tighten x and y so that x + y can be the whole. Arrays of one shape (n,).

    The smallest x and the largest y that are left can be met together, as can the largest x and
    the smallest y: where the whole raised x, it leaves y its own upper bound.
    """
    return Split(
        Bounds(np.maximum(x.low, whole.low - y.high), np.minimum(x.high, whole.high - y.low)),
        Bounds(np.maximum(y.low, whole.low - x.high), np.minimum(y.high, whole.high - x.low)),
        Bounds(np.maximum(whole.low, x.low + y.low), np.minimum(whole.high, x.high + y.high)),
    )


def share_of(parts: Split, groups: NDArray[np.intp], count: int) -> Bounds:
    """The share x / (x + y) of every group of units, with the numerator inside the denominator.

    A share rises with x and falls with y, a unit can have its smallest x and largest y together,
    and units do not bind each other. So the bounds are those of all fillings, no wider. NaN where
    no filling has a pupil.
    """

    def summed(values: Floats) -> Floats:
        return np.bincount(groups, weights=values, minlength=count).astype(float)

    x_least, x_most = summed(parts.x.low), summed(parts.x.high)
    y_least, y_most = summed(parts.y.low), summed(parts.y.high)
    nobody = np.where((x_most == 0) & (y_most == 0), np.nan, 0.0)
    low = np.where(x_least + y_most > 0, _ratio(x_least, y_most), 1.0)  # y is 0: all are inside
    high = np.where(x_most + y_least > 0, _ratio(x_most, y_least), 0.0)  # x is 0: none is
    return Bounds(low + nobody, high + nobody)


def _ratio(x: Floats, y: Floats) -> Floats:
    """x / (x + y), 1 where x has no bound."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isinf(x), 1.0, x / (x + y))
