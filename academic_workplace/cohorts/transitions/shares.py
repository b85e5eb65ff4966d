"""Shares of pupils in schools, their limits, and counts by group: arrays in, arrays out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academic_workplace import linear
from academic_workplace.cohorts.transitions.result import MOVES, Basis, Caution, Contrast, Share
from academic_workplace.intake.duo.ranges import Sum
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
CERTAIN = 0.95
FEW = 4.0  # degrees of freedom below which a Satterthwaite interval is itself uncertain


def wilson(x: int, n: int, certain: float = CERTAIN) -> tuple[float, float]:
    """Limits of a share x / n of independent pupils. Wilson (1927, JASA 22), no correction."""
    from scipy.special import ndtri

    z, p = float(ndtri((1 + certain) / 2)), x / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low = 0.0 if x == 0 else middle - half
    return low, 1.0 if x == n else middle + half


@dataclass(frozen=True, slots=True)
class Clustered:
    """A share of pupils in schools. se: of the share; low, high: by way of the logit."""

    value: float
    se: float
    df: float
    low: float
    high: float


def clustered_share(x: Floats, n: Floats, certain: float = CERTAIN) -> Clustered:
    """The share sum(x) / sum(n) over G schools and its CR2 limits. x, n: (G,).

    Variance and degrees of freedom are those of the mean of x per pupil (``linear.py``). Limits are
    taken on the logit: logit(p) -+ t se / (p (1 - p)), so that they stay between 0 and 1 (Korn &
    Graubard 1998, Survey Methodology 24). NaN where schools do not differ or there is but one.
    """
    from scipy.special import expit, logit, stdtrit

    p = float(x.sum() / n.sum())
    S = np.empty((len(n), 2, 2))
    S[:, 0, 0], S[:, 0, 1], S[:, 1, 0], S[:, 1, 1] = n, x, x, x
    names = tuple(map(str, range(len(n))))
    blank = ("",) * len(n)
    m = SampleMoments("y", "", names, blank, blank, ("1", "y"), np.zeros(2), S)
    v, df = linear.variance(linear.least_squares(m, (), absorb=False), np.ones(1), Inference.CR2)
    if not (0 < p < 1 and v > 0 and df > 0):
        return Clustered(p, math.nan, math.nan, math.nan, math.nan)
    half = float(stdtrit(df, (1 + certain) / 2)) * math.sqrt(v) / (p * (1 - p))
    low, high = (float(expit(logit(p) + side * half)) for side in (-1, 1))
    return Clustered(p, math.sqrt(v), df, low, high)


def counted(
    moves: Ints, groups: Ints, schools: Ints, shape: tuple[int, int], pupils: Floats | None = None
) -> Floats:
    """(groups, schools, 3) pupils by move; a move, group or school below 0 counts nowhere.

    pupils: (n,) how many a row stands for; one when None.
    """
    G, C = shape
    keep = (moves >= 0) & (groups >= 0) & (schools >= 0)
    at = (groups[keep] * C + schools[keep]) * 3 + moves[keep]
    many = None if pupils is None else pupils[keep]
    return np.bincount(at, many, G * C * 3).reshape(G, C, 3).astype(float)


def crossed(
    advice: Ints,
    position: Ints,
    groups: Ints,
    shape: tuple[int, int, int],
    pupils: Floats | None = None,
) -> Floats:
    """(groups, R, P) pupils by advice and position, of whom both are known. pupils: as above."""
    G, R, P = shape
    keep = (advice >= 0) & (position >= 0) & (groups >= 0)
    at = (groups[keep] * R + advice[keep]) * P + position[keep]
    many = None if pupils is None else pupils[keep]
    return np.bincount(at, many, G * R * P).reshape(G, R, P).astype(float)


def with_totals(counts: Floats, axes: Sequence[int]) -> Floats:
    """The same counts with their sums added at the end of these axes."""
    for axis in axes:
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    return counts


def sums_along(places: Ints, axes: Sequence[int]) -> list[Sum]:
    """The sums in an array of places of counts, of which the last along each axis is the total."""
    out = []
    for axis in axes:
        for line in np.moveaxis(places, axis, -1).reshape(-1, places.shape[axis]):
            out.append(Sum(int(line[-1]), tuple(line[:-1].tolist())))
    return out


def share_of_group(
    contrast: Contrast,
    year: int,
    group: tuple[str | None, ...],
    move: int,
    of_schools: Floats,
    kept: bool,
    clustered: bool,
) -> Share:
    """One share with its interval. of_schools: (C, 3)."""
    n = of_schools.sum(axis=1)
    x, n = of_schools[n > 0, move], n[n > 0]
    pupils, count = round(float(n.sum())), round(float(x.sum()))
    low = high = df = None
    basis, cautions = Basis.NONE, []
    if pupils and not kept:
        if not clustered:
            (low, high), basis = wilson(count, pupils), Basis.PUPILS
            cautions.append(Caution.AS_IF_INDEPENDENT)
        elif len(n) == 1:
            cautions.append(Caution.ONE_SCHOOL)
        else:
            found = clustered_share(x, n)
            if math.isnan(found.low):
                cautions.append(Caution.NO_SPREAD)
            else:
                low, high, df, basis = found.low, found.high, found.df, Basis.SCHOOLS
                if df < FEW:
                    cautions.append(Caution.FEW_DEGREES_OF_FREEDOM)
    shown = not kept
    return Share(
        contrast=contrast, year=year, group=group, move=MOVES[move],
        pupils=pupils if shown else None, count=count if shown else None,
        value=count / pupils if shown and pupils else None,
        low=low, high=high, df=df, schools=len(n) if shown and clustered else None,
        basis=basis, cautions=tuple(cautions), withheld=kept,
    )  # fmt: skip
