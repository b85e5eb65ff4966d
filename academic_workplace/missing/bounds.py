"""How far the missing outcomes could move a difference: Lee's trimming, and the worst case.

``lee_bounds``: Lee (2009, Rev. Econ. Stud. 76). The programme may change who has an outcome, but
only in one direction (monotone): whoever has one in the arm with more missing would have had one in
the other arm too. In the arm with fewer missing, p = (q_more - q_less) / q_more of those measured
are then there only because of their arm. Nobody knows who; were they all at one end, the difference
for the others (measured in either arm) is at a bound. A pupil at the cut is counted in part, so
that the trimmed mass is exactly p: the same as the extremes over all weights from 0 to 1.

``worst_case``: Manski (1990, Am. Econ. Rev. 80), Horowitz & Manski (2000, J. Am. Stat. Assoc. 95).
It supposes nothing but the lowest and highest score there can be.

The two are about other pupils: Lee's about those who would be measured in either arm, the worst
case about all. So Lee's bounds need not lie inside the worst case (though they mostly do).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.language import Text

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.intp]

LEVEL = 0.95
TIE = 1e-12  # shares measured that differ less are equal: then nothing is trimmed
FEWEST = 2  # clusters in an arm: with one, nothing says how clusters differ

NOBODY = Text(
    "In een van de groepen is niemand gemeten.", "Nobody was measured in one of the groups."
)
BOTH_WAYS = Text(
    "In sommige delen vielen er meer weg in de ene groep, in andere in de andere groep. Dan past"
    " deze berekening niet per deel.",
    "In some parts more are missing from the one group, in others from the other. So this"
    " calculation does not fit part by part.",
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and highest a difference can be, given what the method supposes.

    se_low, se_high: of the two bounds, by clusters; ci_low, ci_high: covers the difference itself,
    wherever it lies between them, in 95 of 100 times (Imbens & Manski, 2004). None with fewer than
    two clusters in an arm. df: of the t in its place for few clusters, which is rough. trimmed: the
    share of those measured that was cut off (0 in the worst case), and of which arm: 1, 0, or None.
    cut: how many pupils that is.
    """

    low: float
    high: float
    se_low: float | None = None
    se_high: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    df: int | None = None
    trimmed: float = 0.0
    of: int | None = None
    cut: float = 0.0

    @property
    def width(self) -> float:
        """How far the bounds are apart."""
        return self.high - self.low


def between(
    low: float, high: float, se_low: float, se_high: float, df: float, level: float = LEVEL
) -> tuple[float, float]:
    """The interval that covers a value between two estimated bounds in ``level`` of all times.

    low - c se_low to high + c se_high with F(c + (high - low) / max(se)) - F(-c) = level, F of t
    with df: Imbens & Manski (2004, Econometrica 72), eq. 6-7. From the two-sided c, where the
    bounds are one, to the one-sided, where they are far apart.
    """
    from scipy.optimize import brentq

    largest = max(se_low, se_high)
    if not largest > 0:
        return low, high
    apart = max(high - low, 0.0) / largest

    def short(c: float) -> float:
        return float(special.stdtr(df, c + apart) - special.stdtr(df, -c)) - level

    one, two = (float(special.stdtrit(df, p)) for p in (level, (1 + level) / 2))
    c = two if short(one) < 0 and apart == 0 else one
    if short(one) < 0 < short(two):
        c = float(brentq(short, one, two, xtol=1e-13))
    elif short(one) < 0:
        c = two
    return low - c * se_low, high + c * se_high


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One bound in one cell: its value, and the influence of every pupil of the cell on it."""

    value: float
    influence: Floats


def _trimmed(y: Floats, keep: float, *, lowest: bool) -> tuple[float, float]:
    """The mean of the lowest (highest) ``keep`` of y, and the value at the cut."""
    x = np.sort(y) if lowest else -np.sort(-y)
    mass = keep * len(x)
    whole = min(int(mass + TIE * len(x)), len(x))
    part = mass - whole if whole < len(x) else 0.0
    cut = float(x[min(whole, len(x) - 1)]) if part > TIE * len(x) else float(x[whole - 1])
    return float((x[:whole].sum() + part * cut) / mass), cut


def _bound(y: Floats, arm: Bools, seen: Bools, trimmed: bool, *, lowest: bool) -> _Side:
    """The mean of the trimmed arm's lowest (highest) less that of the other arm, signed by arm.

    trimmed: which arm is trimmed. y: 0 where not seen. Influence: of the trimmed mean at a fixed
    share, plus (cut - mean) / share times the influence on that share.
    """
    n = len(y)
    t, c = arm == trimmed, arm != trimmed
    P_t, P_c = t.mean(), c.mean()
    q_t, q_c = seen[t].mean(), seen[c].mean()
    keep = min(q_c / q_t, 1.0)
    mean, cut = _trimmed(y[t & seen], keep, lowest=lowest)
    sign = 1.0 if lowest else -1.0
    inside = np.where(sign * y <= sign * cut, y - cut, 0.0)
    own = np.where(t & seen, inside / keep - (mean - cut), 0.0) / (P_t * q_t)
    share = np.where(c, (seen - q_c) / (q_t * P_c), 0.0)
    share -= np.where(t, (seen - q_t) * q_c / (q_t**2 * P_t), 0.0)
    if keep >= 1 - TIE:  # nothing is cut off: on the edge, where the share has no one slope
        share[:] = 0.0
    other = float(y[c & seen].mean())
    own += (cut - mean) / keep * share - np.where(c & seen, y - other, 0.0) / (P_c * q_c)
    way = 1.0 if trimmed else -1.0
    return _Side(way * (mean - other), way * own / n)


def lee_bounds(y: Floats, arm: Bools, clusters: Codes, cells: Codes | None = None) -> Bounds | Text:
    """Lee's bounds of the difference for pupils who would be measured in either arm.

    y: (n,) outcomes of everyone who started, NaN where missing (an outcome less what covariates
    known beforehand predict gives narrower bounds of the same difference, after a lot). arm: (n,)
    whether in the programme. clusters: (n,) codes. cells: (n,) codes of groups known beforehand
    within which to trim: the mean over cells, by those measured in the arm with more missing, never
    lies outside the bounds without cells (Lee, Proposition 1b), but rests on the same direction of
    loss in every cell.

    se from the influence of whole clusters, times G / (G - 1); with few clusters that is rough.
    Returns the reason where there are none.
    """
    y, arm, clusters = np.asarray(y, float), np.asarray(arm, bool), np.asarray(clusters)
    seen = ~np.isnan(y)
    filled = np.where(seen, y, 0.0)
    cells = np.zeros(len(y), dtype=np.intp) if cells is None else np.asarray(cells)
    shares = []
    for cell in np.unique(cells):
        here = cells == cell
        counts = [np.count_nonzero(here & seen & (arm == a)) for a in (True, False)]
        if not all(counts):
            return NOBODY
        q_t, q_c = (counts[i] / np.count_nonzero(here & (arm == a)) for i, a in ((0, 1), (1, 0)))
        shares.append(q_t - q_c)
    if min(shares) < -TIE and max(shares) > TIE:
        return BOTH_WAYS
    trimmed = bool(max(shares) > TIE)  # which arm loses some: the one with fewer missing
    equal = max(map(abs, shares)) <= TIE
    sides = []
    for lowest in (trimmed, not trimmed):  # the low bound keeps the lowest of the programme arm
        side = _over_cells(filled, arm, seen, cells, trimmed, lowest=lowest)
        sides.append(side)
    low, high = sides
    t_seen = (arm == trimmed) & seen
    kept = 1.0
    if not equal:
        kept = sum(
            np.count_nonzero(t_seen & (cells == cell))
            * min(_share(seen, arm != trimmed, cells == cell)
                  / _share(seen, arm == trimmed, cells == cell), 1.0)
            for cell in np.unique(cells)
        ) / np.count_nonzero(t_seen)  # fmt: skip
    return _with_interval(
        low.value, high.value, low.influence, high.influence, arm, clusters,
        1 - kept, None if equal else int(trimmed), (1 - kept) * np.count_nonzero(t_seen),
    )  # fmt: skip


def _share(seen: Bools, arm: Bools, here: Bools) -> float:
    return float(seen[arm & here].mean())


def _over_cells(
    y: Floats, arm: Bools, seen: Bools, cells: Codes, trimmed: bool, *, lowest: bool
) -> _Side:
    """The mean over cells, each by its share of those measured in the arm that is not trimmed."""
    other = (arm != trimmed) & seen
    value, influence, n = 0.0, np.zeros(len(y)), len(y)
    of_cell = np.zeros(len(y))
    for cell in np.unique(cells):
        here = cells == cell
        side = _bound(y[here], arm[here], seen[here], trimmed, lowest=lowest)
        weight = np.count_nonzero(other & here) / np.count_nonzero(other)
        value += weight * side.value
        influence[here] += weight * side.influence
        of_cell[here] = side.value
    influence += np.where(other, of_cell - value, 0.0) / (other.mean() * n)
    return _Side(value, influence)


def _with_interval(
    low: float, high: float, own_low: Floats, own_high: Floats, arm: Bools, clusters: Codes,
    trimmed: float, of: int | None, cut: float,
) -> Bounds:  # fmt: skip
    there = np.bincount(clusters) > 0
    G = int(there.sum())
    each = [np.count_nonzero(np.bincount(clusters[arm == a])) for a in (True, False)]
    low, high, trimmed, cut = (float(x) for x in (min(low, high), max(low, high), trimmed, cut))
    if min(each) < FEWEST or G <= FEWEST:
        return Bounds(low, high, trimmed=trimmed, of=of, cut=cut)
    factor = G / (G - 1)
    se_low, se_high = (
        math.sqrt(factor * float(np.sum(np.bincount(clusters, own) ** 2)))
        for own in (own_low, own_high)
    )
    df = G - 2
    ci = between(low, high, se_low, se_high, df)
    return Bounds(low, high, se_low, se_high, *ci, df, trimmed, of, cut)


def worst_case(
    weights: Floats, y: Floats, lowest: float, highest: float,
    variance: Callable[[Floats], float] | None = None, df: float | None = None,
) -> Bounds:  # fmt: skip
    """The least and most an estimate can be, whatever the missing outcomes were.

    weights: (n,) with estimate = weights'y in everyone: 1/n_1 and -1/n_0 for two means, or those of
    a regression. y: (n,), NaN where missing; no outcome lies outside lowest and highest. variance:
    of the estimate for a filled y; df: its degrees of freedom.

    Raises ValueError when an outcome lies outside the range.
    """
    w, y = np.asarray(weights, float), np.asarray(y, float)
    seen = ~np.isnan(y)
    if not lowest < highest or np.any((y[seen] < lowest) | (y[seen] > highest)):
        raise ValueError("an outcome lies outside the range")
    down = np.where(seen, y, np.where(w > 0, lowest, highest))
    up = np.where(seen, y, np.where(w > 0, highest, lowest))
    low, high = float(w @ down), float(w @ up)
    if variance is None or df is None:
        return Bounds(low, high)
    v_low, v_high = variance(down), variance(up)
    if not (v_low >= 0 and v_high >= 0 and df > 0):
        return Bounds(low, high)
    se_low, se_high = math.sqrt(v_low), math.sqrt(v_high)
    ci = between(low, high, se_low, se_high, df)
    return Bounds(low, high, se_low, se_high, *ci, round(df))
