"""What if the groups would not have moved alike after the start either?

    theta_hat = theta + l'delta,   delta_s: how far the groups would have moved apart by time s

Rambachan & Roth (2023, Rev. Econ. Stud. 90) bound delta after the start (s = 0, 1, ...) by what was
seen before it, with delta = 0 at the last period before the start:

    relative     |delta_s - delta_(s-1)| <= M * the largest such step before the start
    smooth       |(delta_(s+1) - delta_s) - (delta_s - delta_(s-1))| <= M

The intervals here are not theirs. They are simpler, and never too short where theirs are right:

- relative: for each step before the start the interval of the estimate less, and plus, M times what
  that step may grow to; then all of these together (the union that their section 2.4.1 allows,
  with two one-sided t tests in the place of their conditional ones, and without the condition that
  this step is the largest);
- smooth: their fixed-length interval, but with the shortest among a few estimates, one for each
  number of last steps whose mean is carried on as a straight line, and not among all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from academic_workplace.over_time.estimates import (
    CERTAIN,
    Estimates,
    Moves,
    combined,
    estimates,
)

Floats = NDArray[np.float64]

CLOSE = 1e-10  # relative, of a search
Bounds = Callable[["_Line", float], tuple[float, float]]
FAR = 1e6  # times where the search begins: beyond it there is no answer


@dataclass(frozen=True, slots=True)
class Honest:
    """An average effect and how large a deviation would overturn it.

    estimate, low, high: when the groups would have moved alike. steps: how many were seen before
    the start; largest: the largest of these, as estimated. breakdown: the least M with which the
    relative interval holds 0 (0 when it does so already, infinite when none does); plain: the same
    if nothing were uncertain. straight: limits if the last difference in trend had gone on in a
    straight line (M = 0 of the smooth form); bend: the least M with which the smooth interval holds
    0, in units of the outcome per period squared. NaN where nothing was seen before.
    """

    estimate: float
    low: float
    high: float
    steps: int
    largest: float
    breakdown: float
    plain: float
    straight: tuple[float, float]
    bend: float


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Estimates before (K,) in order of time up to the last but one, the average, and its size.

    all: K steps towards the last period before the start, oldest first, and then the average.
    weight: (S,), l, of the periods after the start.
    """

    all: Estimates
    weight: Floats

    @property
    def steps(self) -> int:
        return len(self.all.estimate) - 1


def honest(
    dynamic: Estimates, weights: Floats | None = None, average: Estimates | None = None
) -> Honest:
    """Judge an average over the time since the start.

    dynamic: a row per time since the start (``at``), of group-times with a universal base, so that
    at the last time before the start (which is not among them) the effect is 0 by construction.
    weights: (S,) of the times from 0 on; alike when None. average: the average itself, when it is
    not just that sum of these times (one that counts groups otherwise, say).
    """
    line = _line(dynamic, weights, average)
    value = float(line.all.estimate[-1])
    low, high = float(line.all.low[-1]), float(line.all.high[-1])
    if not line.steps or not math.isfinite(low):
        nan = math.nan
        return Honest(value, low, high, line.steps, nan, nan, nan, (nan, nan), nan)
    largest = float(np.abs(line.all.estimate[:-1]).max())
    reach = _reach(line.weight)
    plain = abs(value) / (largest * reach) if largest > 0 else math.inf
    return Honest(
        value, low, high, line.steps, largest, _least(line, _relative, plain),
        plain, _smooth(line, 0.0), _least(line, _smooth, abs(value)),
    )  # fmt: skip


def relative_bounds(
    dynamic: Estimates, M: float, weights: Floats | None = None, average: Estimates | None = None
) -> tuple[float, float]:
    """The interval when steps after the start are at most M times the largest before it."""
    return _relative(_line(dynamic, weights, average), M)


def smooth_bounds(
    dynamic: Estimates, M: float, weights: Floats | None = None, average: Estimates | None = None
) -> tuple[float, float]:
    """The interval when the difference in trend bends by at most M from period to period."""
    return _smooth(_line(dynamic, weights, average), M)


def _line(dynamic: Estimates, weights: Floats | None, average: Estimates | None = None) -> _Line:
    """Steps before the start and the average after it; only times that follow each other count."""
    at = dynamic.at
    after = np.flatnonzero(at >= 0)
    weight = np.full(len(after), 1 / len(after)) if weights is None else weights
    chain: list[int] = []
    for i in np.flatnonzero(at < -1)[::-1].tolist():
        if at[i] != -2 - len(chain):
            break
        chain.insert(0, i)
    A = np.zeros((len(at), len(chain) + 1))
    for k, i in enumerate(chain):  # delta_(s+1) - delta_s; the last ends in the reference, 0
        A[i, k] = -1
        if k + 1 < len(chain):
            A[chain[k + 1], k] = 1
    A[after, -1] = weight
    made = combined(dynamic, A)
    if average is not None:
        made = _with_last(made, average)
    if np.isfinite(made.moves.influence).all():  # the same squares in a few rows
        short: Floats = np.linalg.qr(made.moves.influence).R
        made = replace(made, moves=replace(made.moves, influence=short))
    return _Line(made, weight)


def _with_last(several: Estimates, last: Estimates) -> Estimates:
    """The last of several estimates replaced by another of the same clusters."""
    value = np.append(several.estimate[:-1], last.estimate)
    first, one = several.moves, last.moves
    moves = Moves(
        np.hstack([first.influence[:, :-1], one.influence]),
        np.hstack([first.working[:, :-1], one.working]),
        first.stratum,
        first.freedom,
    )
    return estimates(several.at, value, moves)


def _reach(weight: Floats) -> float:
    """How far steps of at most 1 can move the average: sum over r of |sum of l_s, s >= r|."""
    return float(np.abs(np.cumsum(weight[::-1])).sum())


def _relative(line: _Line, M: float) -> tuple[float, float]:
    K, far = line.steps, M * _reach(line.weight)
    steps = np.vstack([np.eye(K), np.zeros(K)])
    own = np.append(np.zeros(K), 1.0)[:, None]
    found = combined(line.all, np.hstack([own - far * steps, own + far * steps]))
    return float(found.low.min()), float(found.high.max())


def _smooth(line: _Line, M: float) -> tuple[float, float]:
    K, S = line.steps, len(line.weight)
    ahead = np.arange(1, S + 1)
    L = float(line.weight @ ahead)
    bend = sum(abs(float(line.weight[r:] @ ahead[: S - r])) for r in range(S))
    A = np.zeros((K + 1, K))
    A[-1] = 1
    for k in range(1, K + 1):  # the mean of the last k steps
        A[K - k : K, k - 1] = -L / k
    found = combined(line.all, A)
    bias = M * (bend + abs(L) * np.arange(K) / 2)
    half = np.array([
        _folded(b / se, df) * se for b, se, df in zip(bias, found.se, found.df, strict=True)
    ])  # fmt: skip
    k = int(half.argmin())
    return float(found.estimate[k] - half[k]), float(found.estimate[k] + half[k])


def _folded(b: float, df: float) -> float:
    """c with P(|T + b| <= c) = 95 %, T of Student: how far an estimate with a bias may be off."""
    low, high = 0.0, b + float(stdtrit(df, (1 + CERTAIN) / 2))
    while high - low > CLOSE * high:
        c = (low + high) / 2
        inside = float(stdtr(df, c - b) - stdtr(df, -c - b))
        low, high = (low, c) if inside >= CERTAIN else (c, high)
    return high


def _least(
    line: _Line, bounds: Callable[[_Line, float], tuple[float, float]], first: float
) -> float:
    """The least M whose interval holds 0; infinite when none does. first: where to begin."""

    def holds(M: float) -> bool:
        low, high = bounds(line, M)
        return low <= 0 <= high

    if holds(0.0):
        return 0.0
    inside, outside = (first if 0 < first < math.inf else 1.0), 0.0
    limit = inside * FAR
    while not holds(inside):
        if inside > limit:
            return math.inf
        inside, outside = 2 * inside, inside
    while inside - outside > CLOSE * inside:
        M = (inside + outside) / 2
        inside, outside = (M, outside) if holds(M) else (inside, M)
    return inside
