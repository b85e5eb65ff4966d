"""Several estimates that move together, and how sure they are when clusters are few.

An influence is what a cluster adds to an estimate's error, so that a variance is the sum of its
squares, and an estimate made of others has the influence made of theirs alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

CERTAIN = 0.95
ONE = 1.959963984540054  # the critical value of one estimate
MANY = 2_000  # clusters beyond which multiplied influences are normal: then that is drawn
AT_ONCE = 1 << 22  # multipliers per part
TIE = 1e-12  # relative: the same number along another route
WEBB = np.sqrt([1.5, 1.0, 0.5])[[0, 1, 2, 0, 1, 2]] * [1, 1, 1, -1, -1, -1]
MAMMEN = (1 - math.sqrt(5)) / 2, (1 + math.sqrt(5)) / (2 * math.sqrt(5))  # value, probability


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """What moves P estimates.

    influence: (R, P), a row per cluster. working: (M, P), the same if clusters were alike and
    equally large in every period; stratum: (M,) rising, freedom: (S,) degrees of freedom of each.
    """

    influence: Floats
    working: Floats
    stratum: Codes
    freedom: Floats

    def __matmul__(self, weights: Floats) -> Moves:
        """Of sums of the estimates. weights: (P, Q)."""
        made = self.influence @ weights, self.working @ weights
        return Moves(*made, self.stratum, self.freedom)


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Several estimates with their uncertainty; all (P,) but what moves them.

    at: the start, period or time since the start that an estimate belongs to. low, high: each by
    itself, 95 %, from t with ``df`` degrees of freedom. NaN where there is no telling.
    """

    at: Floats
    estimate: Floats
    moves: Moves
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    p_value: Floats


def estimates(at: Floats, value: Floats, moves: Moves) -> Estimates:
    """Values (P,) with their standard errors, intervals and p-values.

    With v_s the sums of squares of ``working`` by stratum: df = (sum v_s)^2 / sum (v_s^2 / df_s),
    Satterthwaite's (1946) in the working model of clusters that vary alike, as Bell & McCaffrey
    (2002) do it; a formula from the estimated variances would itself hang on few clusters.
    """
    V = np.einsum("rp,rp->p", moves.influence, moves.influence)
    edges = np.searchsorted(moves.stratum, np.arange(len(moves.freedom)))
    v = np.add.reduceat(moves.working**2, edges, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = v.sum(axis=0) ** 2 / np.nansum(v**2 / moves.freedom[:, None], axis=0)
        told = (V > 0) & (df > 0)
        se, df = np.where(told, np.sqrt(V), np.nan), np.where(told, df, np.nan)
        p_value = 2 * stdtr(df, -np.abs(value) / se)
    half = stdtrit(df, (1 + CERTAIN) / 2) * se
    return Estimates(at, value, moves, se, df, value - half, value + half, p_value)


def combined(several: Estimates, weights: Floats) -> Estimates:
    """Sums of estimates: weights (P, Q), numbered from 0."""
    at = np.arange(weights.shape[1], dtype=float)
    return estimates(at, several.estimate @ weights, several.moves @ weights)


# ---------------------------------------------------------------- all at once


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Limits within which all of several estimates lie together, 95 %.

    critical: of the largest |z| among them (for one alone: 1.96). low, high: (P,). p_value: of no
    effect in any of them; NaN where there is no telling.
    """

    critical: float
    low: Floats
    high: Floats
    p_value: float


class Multiplier(StrEnum):
    """By which random number a cluster is multiplied in a draw."""

    WEBB = "Webb"  # six points
    MAMMEN = "Mammen"  # two, skewed


def band(
    several: Estimates,
    draws: int,
    rng: np.random.Generator,
    kind: Multiplier | str = Multiplier.WEBB,
) -> Band:
    """Sup-t band of several estimates from the multiplier bootstrap of clusters.

    Callaway & Sant'Anna (2021, algorithm 1): every draw multiplies each cluster's influence by one
    random number for all estimates; the critical value is the 95 % point of the largest |draw| /
    se. A dozen clusters tell too little of how estimates hang together (simulated: such bands hold
    87 % of the time), so the same is drawn for clusters that vary alike, and the larger critical
    value and p-value count. An estimate's limit is that of t with its own degrees of freedom, at
    the level that the critical value has in the normal distribution.
    """
    able = np.isfinite(several.se) & (several.se > 0)
    low, high = np.full((2, len(able)), np.nan)
    if not able.any() or draws < 1:
        return Band(math.nan, low, high, math.nan)
    if able.sum() == 1:
        return Band(ONE, several.low, several.high, float(several.p_value[able][0]))
    value, se, df = (x[able] for x in (several.estimate, several.se, several.df))
    working = several.moves.working[:, able]
    alike = working / np.sqrt(np.sum(working**2, axis=0))
    seen = -ndtri(stdtr(df, -np.abs(value) / se)).max() * (1 - TIE)
    place = min(math.ceil((draws + 1) * CERTAIN), draws) - 1
    critical, p_value = ONE, 0.0
    for parts in (
        multiplied(several.moves.influence[:, able] / se, draws, rng, kind),
        _normal(alike, draws, rng),
    ):
        largest = np.concatenate([np.abs(part).max(axis=1) for part in parts])
        critical = max(critical, float(np.sort(largest)[place]))
        p_value = max(p_value, (int(np.count_nonzero(largest >= seen)) + 1) / (draws + 1))
    half = -stdtrit(df, ndtr(-critical)) * se
    low[able], high[able] = value - half, value + half
    return Band(critical, low, high, p_value)


def multiplied(
    influence: Floats, draws: int, rng: np.random.Generator, kind: Multiplier | str
) -> Iterator[Floats]:
    """Part by part (draws, P): sums of the influences (R, P), each cluster times a random number.

    The numbers have mean 0 and variance 1. Of more than ``MANY`` clusters the sums are normal, and
    are drawn as such with the same covariances.
    """
    kind, R = Multiplier(kind), len(influence)
    if R > MANY:
        yield from _normal(influence, draws, rng)
        return
    at_once = max(1, AT_ONCE // R)
    for start in range(0, draws, at_once):
        n = min(at_once, draws - start)
        if kind is Multiplier.WEBB:
            yield WEBB[rng.integers(0, 6, (n, R), dtype=np.uint8)] @ influence
        else:
            yield np.where(rng.random((n, R)) < MAMMEN[1], MAMMEN[0], 1 - MAMMEN[0]) @ influence


def _normal(influence: Floats, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Normal sums with the covariances of these influences."""
    w, Q = np.linalg.eigh(influence.T @ influence)
    root = (Q * np.sqrt(np.maximum(w, 0))).T
    at_once = max(1, AT_ONCE // len(root))
    for start in range(0, draws, at_once):
        yield rng.standard_normal((min(at_once, draws - start), len(root))) @ root
