"""Which values may leave, and as what: the number, a range, or nothing.

Of a share both who counts and the rest must be so many; where one of them is fewer, only that is
told (from 0 to the minimum less one). What is told together must not give away another: sister
indicators that divide the same group, or of one action with almost the same number of it, or about
almost the same group. Another period is another count: what a value was, and became when it was
corrected, is for ``released``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, permutations

import numpy as np

from academic_workplace.disclosure import Sum, fewest, rounded
from academic_workplace.disclosure.protect import protect
from academic_workplace.monitor.charts import Counted
from academic_workplace.monitor.values import Value

MOST_SISTERS = 8  # indicators of one group of which all divisions are looked at


class Told(StrEnum):
    """How a value leaves the house."""

    NUMBER = "number"
    FEW = "few"  # fewer than the minimum
    NEARLY_ALL = "nearly all"  # all but fewer than the minimum
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Point:
    """A value as it may leave. number: None when nothing is told."""

    value: Value
    told: Told
    number: Counted | None

    @property
    def period(self) -> str:
        """Of when it is."""
        return self.value.period


def release(values: Iterable[Value], action_of: dict[str, str]) -> tuple[Point, ...]:
    """Every value as it may leave by the rules that hold now. action_of: of each indicator."""
    values = tuple(values)
    told = {(v.indicator, v.period): _alone(v) for v in values}
    groups: dict[tuple[str, int], list[Value]] = defaultdict(list)
    for v in values:
        if v.denominator is not None and told[v.indicator, v.period] is not Told.NOTHING:
            groups[v.period, v.denominator.low].append(v)
    for (_, n), sisters in groups.items():
        hidden = _follows(sisters, n, action_of)
        for i, v in enumerate(sisters):
            key = v.indicator, v.period
            # Where n itself follows, even a range beside it would tell.
            if hidden[0] or (hidden[1 + i] and told[key] is Told.NUMBER):
                told[key] = Told.NOTHING
    for v, w in _nearly_the_same(values, action_of):
        if Told.NOTHING not in (told[v.indicator, v.period], told[w.indicator, w.period]):
            told[w.indicator, w.period] = Told.NOTHING
    return tuple(_point(v, told[v.indicator, v.period]) for v in values)


def _nearly_the_same(
    values: Sequence[Value], action_of: dict[str, str]
) -> Iterator[tuple[Value, Value]]:
    """Pairs of an action and period of which the second is about a group that may be the first's,
    or those counted in it, but for a few: told together they would tell how many."""
    together: dict[tuple[str, str], list[Value]] = defaultdict(list)
    for v in values:
        together[action_of[v.indicator], v.period].append(v)
    for each in together.values():
        for v, w in permutations(each, 2):
            if v.denominator is None or w.denominator is None:
                continue
            n, counted, of = v.denominator.low, v.numerator.low, w.denominator.low
            if 0 < n - of < fewest() or 0 < abs(counted - of) < fewest():
                yield v, w


def _alone(v: Value) -> Told:
    """By itself."""
    least, n = fewest(), v.denominator
    if n is None:
        # None is few as well, as in a share: of a known group it tells that nobody did.
        return Told.FEW if v.numerator.high < least or not v.numerator.exact else Told.NUMBER
    if not n.exact or n.low < least:
        return Told.NOTHING
    few, rest = v.numerator.low < least, n.low - v.numerator.high < least
    if few and rest:
        return Told.NOTHING
    return Told.FEW if few else Told.NEARLY_ALL if rest else Told.NUMBER


def _point(v: Value, told: Told) -> Point:
    if told is Told.NOTHING:
        return Point(v, told, None)
    top, n = fewest() - 1, None if v.denominator is None else rounded(v.denominator.low)
    if told is Told.FEW:
        return Point(v, told, Counted(0, top, n))
    if told is Told.NEARLY_ALL and n is not None:
        return Point(v, told, Counted(n - top, n, n))
    x = rounded(v.numerator.low)
    return Point(v, told, Counted(x, x, n))


def _follows(sisters: Sequence[Value], n: int, action_of: dict[str, str]) -> list[bool]:
    """Whether n, and then each of the indicators that count parts of a group of n, would tell."""
    if len(sisters) < 2:
        return [False] * (1 + len(sisters))
    counts = _filled([v.numerator.low for v in sisters], [v.numerator.high for v in sisters], n)
    k = len(sisters)
    places = [n, *counts, *(n - x for x in counts)]
    sums = [Sum(0, (1 + i, 1 + k + i)) for i in range(k)]
    for size in range(2, min(k, MOST_SISTERS) + 1):
        for part in combinations(range(k), size):
            if sum(counts[i] for i in part) == n:
                sums.append(Sum(0, tuple(1 + i for i in part)))
    for i, j in combinations(range(k), 2):
        more, less = (i, j) if counts[i] >= counts[j] else (j, i)
        apart = counts[more] - counts[less]
        of_one = action_of[sisters[i].indicator] == action_of[sisters[j].indicator]
        if of_one and 0 < apart < fewest():
            places.append(apart)  # one may be a part of the other
            sums.append(Sum(1 + more, (1 + less, len(places) - 1)))
    also = np.array([i > 0 and x == 0 for i, x in enumerate(places)])
    told = np.array([i > 0 for i in range(len(places))])
    worth = np.array([2] + [1] * (len(places) - 1), dtype=np.intp)
    hidden = protect(places, sums, also=also, as_range=told, worth=worth).hidden
    return [bool(each) for each in hidden[: 1 + k]]


def _filled(low: list[int], high: list[int], n: int) -> list[int]:
    """Counts for those that are known within bounds: what others leave of n, where it is so."""
    out = list(low)
    for i, (a, b) in enumerate(zip(low, high, strict=True)):
        if a == b:
            continue
        others = [x for j, x in enumerate(low) if j != i and low[j] == high[j]]
        sums = {
            sum(part) for size in range(1, len(others) + 1) for part in combinations(others, size)
        }
        left = [n - s for s in sums if a <= n - s <= b]
        out[i] = left[0] if left else a
    return out
