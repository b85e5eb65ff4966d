"""Two groups compared over their whole distribution: ranks and quantiles. Arrays only.

Ties count half throughout. Quantiles are of type 7 (numpy's default), with weights those of
the sample in which a pupil of weight 2 stands twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.cohorts.contrasts import Estimate, How, on_scale, regress
from academic_workplace.resampling import multiplicities

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

ROOT2 = math.sqrt(2.0)
AT_ONCE = 1 << 22  # numbers of a batch of draws
ENOUGH = 0.9  # of the draws must have both groups, or there is no interval


def v_of(auc: float) -> float:
    """V = sqrt(2) Phi^-1(AUC): the gap in standard deviations of normal scores with this overlap.

    Ho & Haertel (2006); Ho & Reardon (2012, J. Educ. Behav. Stat. 37, eq. 3). Infinite at 0 and 1.

    >>> round(v_of(0.351399142234409), 6)
    -0.539587
    """
    return ROOT2 * float(special.ndtri(auc))


def standing(y: Floats, others: Floats, weights: Floats | None) -> Floats:
    """(n,) for each y the (weighted) share of the others below it, ties counting half."""
    order = np.argsort(others, kind="stable")
    mass = np.ones(len(others)) if weights is None else weights[order]
    total = np.append(0.0, np.cumsum(mass))
    below, up_to = (np.searchsorted(others[order], y, side) for side in ("left", "right"))
    return np.asarray((total[below] + total[up_to]) / (2 * total[-1]), dtype=np.float64)


def superiority(
    y: Floats, member: NDArray[np.bool_], school: Rows | None, weights: Floats | None
) -> Estimate:
    """The chance that a member scores above one of the reference; ties count half.

    A is the mean of the members' standing u among the reference, and of 1 less the standing of the
    reference among members: its influence is that of the difference between the means of z = u for
    members and z = -(1 - u') for the reference. So CR2 of the regression of z on membership is the
    variance of A: with pupils as clusters that of Brunner & Munzel (2000), with schools that of
    Obuchowski (1997, Biometrics 53) but for the small-sample correction. Limits on the logit.
    """
    w1, w0 = (None, None) if weights is None else (weights[member], weights[~member])
    z = np.empty(len(y))
    z[member] = standing(y[member], y[~member], w0)
    z[~member] = standing(y[~member], y[member], w1) - 1
    A = float(np.average(z[member], weights=w1))
    if not 0 < A < 1:
        return Estimate(A)
    found = regress(z, {"member": member.astype(float)}, school, weights).contrast({"member": 1})
    centred = Estimate(A, found.se, found.df, how=found.how)
    return on_scale(centred, A, 1.0, special.logit, special.expit)


def v_statistic(auc: Estimate) -> Estimate:
    """V of a probability of superiority; its limits are those of the probability."""
    V = v_of(auc.value)
    if auc.se is None or auc.low is None or auc.high is None:
        return Estimate(V)
    slope = ROOT2 * math.sqrt(2 * math.pi) * math.exp(float(special.ndtri(auc.value)) ** 2 / 2)
    return Estimate(V, slope * auc.se, auc.df, v_of(auc.low), v_of(auc.high), None, auc.how)


# ---------------------------------------------------------------- quantiles


def quantiles(values: Floats, mass: Floats, levels: Floats) -> Floats:
    """(R, T) quantiles of R distributions on the same values. mass: (R, V), average weight 1."""
    total = np.cumsum(mass, axis=1)
    h = np.maximum((total[:, -1:] - 1) * levels, 0)
    floor = np.floor(h + 1e-9)
    part = np.maximum(h - floor, 0)
    places = np.concatenate([floor, floor + 1], axis=1) + 1e-9
    at = np.array([np.searchsorted(t, p, "right") for t, p in zip(total, places, strict=True)])
    both = values[np.minimum(at, len(values) - 1)].reshape(len(mass), 2, -1)
    return np.asarray(both[:, 0] + part * (both[:, 1] - both[:, 0]), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Spread:
    """Gaps between quantiles (member less reference), and the share of the reference below the
    median of the members (Cohen's U3, from ranks)."""

    quantiles: tuple[Estimate, ...]
    u3: Estimate
    draws: int


def over_distribution(
    y: Floats,
    member: NDArray[np.bool_],
    school: Rows | None,
    weights: Floats | None,
    levels: Sequence[float],
    draws: int,
    seed: int,
) -> Spread:
    """Quantile gaps and U3 with percentile intervals of a bootstrap.

    school: whole schools are drawn with replacement, pupils where it is None. A draw without one of
    the groups is left out; there is no interval when more than a tenth is.
    """
    at = np.array([*levels, 0.5])
    groups = [
        _group(
            y[of],
            None if school is None else school[of],
            None if weights is None else weights[of],
        )
        for of in (member, ~member)
    ]
    value, above = _compared([(g.values, g.weight[None]) for g in groups], at)
    rng, found, share = np.random.default_rng(seed), [], []
    G = 0 if school is None else int(school.max()) + 1
    size = max(1, AT_ONCE // max(G, *(len(g.values) for g in groups)))
    for start in range(0, draws, size):
        n = min(size, draws - start)
        if school is None:
            drawn = [_pupils_again(g, n, rng) for g in groups]
        else:
            times = multiplicities(np.zeros(G, dtype=np.intp), n, rng)
            drawn = [times[:, g.school] * g.weight for g in groups]
        there = (drawn[0].sum(axis=1) > 0) & (drawn[1].sum(axis=1) > 0)
        gaps, u3 = _compared([(g.values, d[there]) for g, d in zip(groups, drawn, strict=True)], at)
        found.append(gaps)
        share.append(u3)
    gaps, shares = np.concatenate(found), np.concatenate(share)
    how = How.DRAWN_PUPILS if school is None else How.DRAWN_SCHOOLS
    sure = len(gaps) >= max(ENOUGH * draws, 2) and (school is None or G > 1)
    each = tuple(
        _percentiles(float(value[0, t]), gaps[:, t], how, sure=sure) for t in range(len(levels))
    )
    return Spread(each, _percentiles(float(above[0]), shares, how, sure=sure), len(gaps))


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Pupils alike in score and school (or weight), in order of score: (C,) values, their weight
    together, how many pupils, and the code of the school (0 without)."""

    values: Floats
    weight: Floats
    pupils: Floats
    school: Rows


def _group(y: Floats, school: Rows | None, weights: Floats | None) -> _Group:
    w = np.ones(len(y)) if weights is None else weights / weights.mean()
    second = w if school is None else school.astype(float)
    order = np.lexsort((second, y))
    a, b = y[order], second[order]
    first = np.flatnonzero(np.append(True, (np.diff(a) != 0) | (np.diff(b) != 0)))
    pupils = np.diff(np.append(first, len(y))).astype(np.float64)
    code = np.zeros(len(first), dtype=np.intp) if school is None else school[order][first]
    return _Group(a[first], np.add.reduceat(w[order], first), pupils, code)


def _pupils_again(group: _Group, draws: int, rng: np.random.Generator) -> Floats:
    """(draws, C) the weight of every value when as many pupils are drawn with replacement."""
    n = group.pupils
    N = int(n.sum())
    if len(n) < N / 10:
        times = rng.multinomial(N, n / N, draws)
    else:  # hardly a score twice: quicker to draw pupils than values
        cell = np.repeat(np.arange(len(n)), n.astype(int))
        times = np.array([
            np.bincount(cell[rng.integers(0, N, N)], minlength=len(n)) for _ in range(draws)
        ])  # fmt: skip
    return np.asarray(times * (group.weight / n), dtype=np.float64)


def _compared(groups: Sequence[tuple[Floats, Floats]], at: Floats) -> tuple[Floats, Floats]:
    """(R, T) gaps between quantiles but the last, and (R,) U3 of the last, the median."""
    (v1, m1), (v0, m0) = groups
    q1, q0 = quantiles(v1, m1, at), quantiles(v0, m0, at)
    total = np.concatenate([np.zeros((len(m0), 1)), np.cumsum(m0, axis=1)], axis=1)
    rows = np.arange(len(m0))
    below, up_to = (np.searchsorted(v0, q1[:, -1], side) for side in ("left", "right"))
    u3 = (total[rows, below] + total[rows, up_to]) / (2 * total[:, -1])
    return (q1 - q0)[:, :-1], u3


def _percentiles(value: float, drawn: Floats, how: How, *, sure: bool) -> Estimate:
    if not sure:
        return Estimate(value)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(value, float(drawn.std(ddof=1)), None, float(low), float(high), None, how)
