"""Two groups compared over their whole distribution: ranks, quantiles, ordered counts. Arrays only.

Ties count half throughout. Quantiles are of type 7 (numpy's default), with weights those of
the sample in which a pupil of weight 2 stands twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from academic_workplace.cohorts.contrasts import Estimate, How, on_scale, regress
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text
from academic_workplace.resampling import multiplicities
from academic_workplace.sizes.size import t_quantile

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


# ---------------------------------------------------------------- ordered counts


@dataclass(frozen=True, slots=True)
class Ordered:
    """The gap between two groups of whom only counts per ordered level are known.

    auc: the chance that a member stands higher, ties counting half; V_steps: V of it. V: of two
    normal distributions cut at the same places (maximum likelihood; Ho & Reardon, 2012), which does
    not shrink when there are few levels. sd: that of the members over the reference's.
    """

    auc: float
    V_steps: float
    V: Estimate
    sd: float
    pupils: int
    pupils_reference: int


def ordered_gap(counts: ArrayLike, reference: ArrayLike) -> Ordered:
    """V from the counts of pupils per ordered level (lowest first). counts, reference: (K,).

    With two levels the spreads are taken to be alike; with three the curve goes through both
    points. Pupils as if independent.

    Raises DataError for counts that cannot be: another length, below 0, not whole, nobody.
    """
    a, b = _counts(counts, reference)
    N1, N0 = float(a.sum()), float(b.sum())
    auc = auc_of_counts(a, b)
    used = a + b > 0
    a1, b1 = a[used], b[used]
    value, se, sd = _binormal(a1, b1)
    if se is None:
        V = Estimate(value)
    else:
        reach = t_quantile(math.inf) * se
        V = Estimate(value, se, math.inf, value - reach, value + reach, None, How.LIKELIHOOD)
    return Ordered(auc, v_of(auc), V, sd, round(N1), round(N0))


def auc_of_counts(a: Floats, b: Floats) -> float:
    """P(member higher) + P(same level) / 2 from counts per level."""
    below = np.cumsum(b) - b / 2
    return float(a @ below / (a.sum() * b.sum()))


def ordered_bounds(
    counts: Bounds,
    reference: Bounds,
    total: Bounds | None = None,
    total_reference: Bounds | None = None,
) -> tuple[Bounds, Bounds]:
    """The lowest and highest AUC (ties counting half) and V of counts within bounds.

    counts, reference: bounds of shape (K,), lowest level first. total, total_reference: bounds of
    shape () of a group's pupils. For given pupils of one group the AUC is a mean of ranks that rise
    with the level, over the pupils of the other: its extremes fill the levels from one side. So
    they are among the fillings of both groups from one side, and all of those are tried.
    """
    high = _extreme(counts, reference, total, total_reference)
    low = min(high, 1 - _extreme(reference, counts, total_reference, total))  # but for rounding
    return Bounds(low, high), Bounds(v_of(low), v_of(high))


def _extreme(a: Bounds, b: Bounds, total_a: Bounds | None, total_b: Bounds | None) -> float:
    """The highest AUC: members as high as can be, the reference as low."""
    first = _fillings(a.low[::-1], a.high[::-1], total_a)[:, ::-1]
    second = _fillings(b.low, b.high, total_b)
    n1, n0 = first.sum(axis=1), second.sum(axis=1)
    first, n1 = first[n1 > 0], n1[n1 > 0]
    second, n0 = second[n0 > 0], n0[n0 > 0]
    if not len(first) or not len(second):
        raise DataError([_NOBODY])
    below = np.cumsum(second, axis=1) - second / 2
    return float(np.max(first @ below.T / np.outer(n1, n0)))


def _fillings(low: Floats, high: Floats, total: Bounds | None) -> Floats:
    """Every filling that is full up to some level and empty beyond, and those that meet a total."""
    room = high - low
    least, most = float(low.sum()), float(high.sum())
    steps = least + np.append(0.0, np.cumsum(room))
    if total is not None:
        first, last = max(least, float(total.low)), min(most, float(total.high))
        if first > last:
            raise DataError([_CONTRADICTION])
        steps = np.append(steps[(steps >= first) & (steps <= last)], [first, last])
    before = np.append(0.0, np.cumsum(room))[:-1]
    return np.asarray(low + np.clip(steps[:, None] - least - before, 0, room), dtype=np.float64)


_NOBODY = Fault(
    Text("In een groep is niemand.", "There is nobody in a group."),
    Text("Kies een groep met leerlingen.", "Choose a group with pupils."),
)
_CONTRADICTION = Fault(
    Text("Een totaal past niet bij zijn delen.", "A total contradicts its parts."),
    Text("Controleer het totaal en de delen.", "Check the total and the parts."),
)


def _counts(counts: ArrayLike, reference: ArrayLike) -> tuple[Floats, Floats]:
    faults, found = [], []
    for name, given in (("counts", counts), ("reference", reference)):
        x = np.asarray(given, dtype=float)
        if x.ndim != 1 or len(x) < 2 or not np.all(np.isfinite(x) & (x >= 0)) or np.any(x % 1):
            rule = Text(
                "Dit zijn geen aantallen per niveau (hele getallen van 0 of meer, twee of meer).",
                "These are no counts per level (whole numbers of 0 or more, two or more).",
            )
            remedy = Text("Geef van elk niveau het aantal leerlingen.",
                          "Give the number of pupils of every level.")  # fmt: skip
            faults.append(Fault(rule, remedy, column=name))
        elif x.sum() == 0:
            faults.append(Fault(_NOBODY.rule, _NOBODY.remedy, column=name))
        found.append(x)
    if not faults and len(found[0]) != len(found[1]):
        rule = Text("De groepen hebben niet evenveel niveaus.",
                    "The groups do not have as many levels.")  # fmt: skip
        remedy = Text("Geef ook niveaus met 0 leerlingen.", "Give levels with 0 pupils as well.")
        faults.append(Fault(rule, remedy, column="reference"))
    if faults:
        raise DataError(faults)
    return found[0], found[1]


def _binormal(a: Floats, b: Floats) -> tuple[float, float | None, float]:
    """V, its standard error and sd ratio by maximum likelihood; (K,) counts, no level empty.

    Reference N(0, 1), members N(m, s), cut at c_1 < ... < c_(K-1); V = m sqrt(2 / (1 + s^2)).
    """
    from scipy.optimize import minimize

    K = len(a)
    if K < 2:
        return 0.0, None, 1.0
    share0 = (np.cumsum(b) + 0.5)[:-1] / (b.sum() + 1)
    share1 = (np.cumsum(a) + 0.5)[:-1] / (a.sum() + 1)
    c = special.ndtri((share0 * b.sum() + share1 * a.sum()) / (a.sum() + b.sum()))
    m = float(np.mean(c - special.ndtri(share1)))
    free = K > 2 and min(np.count_nonzero(a), np.count_nonzero(b)) > 1
    start = np.array([c[0], *np.log(np.maximum(np.diff(c), 1e-6)), m, *([0.0] if free else [])])

    def places(p: Floats) -> tuple[Floats, float, float]:
        cuts = p[0] + np.append(0.0, np.cumsum(np.exp(np.clip(p[1 : K - 1], -40, 5))))
        return cuts, float(p[K - 1]), math.exp(float(np.clip(p[K], -5, 5))) if free else 1.0

    def cells(cuts: Floats) -> Floats:
        """Probabilities between cuts, from the tail in which they are not lost."""
        lower, upper = np.append(-np.inf, cuts), np.append(cuts, np.inf)
        flip = lower > 0
        first, last = np.where(flip, -upper, lower), np.where(flip, -lower, upper)
        return np.asarray(special.ndtr(last) - special.ndtr(first), dtype=np.float64)

    def density(cuts: Floats) -> Floats:
        return np.asarray(np.exp(-(cuts**2) / 2) / math.sqrt(2 * math.pi), dtype=np.float64)

    def minus(p: Floats) -> tuple[float, Floats]:
        cuts, mean, sd = places(p)
        z = (cuts - mean) / sd
        p0, p1 = np.maximum(cells(cuts), 1e-300), np.maximum(cells(z), 1e-300)
        value = -float(b @ np.log(p0) + a @ np.log(p1))
        d0 = density(cuts) * (b[:-1] / p0[:-1] - b[1:] / p0[1:])  # of the log-likelihood, per cut
        d1 = density(z) * (a[:-1] / p1[:-1] - a[1:] / p1[1:])
        per_cut = d0 + d1 / sd
        after = np.cumsum(per_cut[::-1])[::-1]
        gradient = [per_cut.sum(), *(after[1:] * np.exp(p[1 : K - 1])), -d1.sum() / sd]
        if free:
            gradient.append(-float(d1 @ z))
        return value, -np.array(gradient)

    found = minimize(minus, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 500})
    p = np.asarray(found.x, dtype=float)
    _, mean, sd = places(p)
    V = mean * math.sqrt(2 / (1 + sd**2))
    extreme = min(a[0] + b[0], a[-1] + b[-1]) == 0 or not np.all(np.abs(p) < 20)
    information = np.empty((len(p), len(p)))
    for j in range(len(p)):
        step = np.zeros(len(p))
        step[j] = 1e-5
        information[:, j] = (minus(p + step)[1] - minus(p - step)[1]) / 2e-5
    slope = np.zeros(len(p))
    slope[K - 1] = math.sqrt(2 / (1 + sd**2))
    if free:
        slope[K] = -V * sd**2 / (1 + sd**2)
    information = (information + information.T) / 2
    if extreme or np.linalg.eigvalsh(information)[0] <= 1e-8:
        return V, None, sd
    return V, math.sqrt(float(slope @ np.linalg.solve(information, slope))), sd
