"""Time to an event: curves with the influence of every pupil on them, and a logit by school year.

    S(t) = prod_{t_j <= t} (1 - h_j),   F_k(t) = sum_{t_j <= t} S(t_j-) h_kj,   h_kj = d_kj / n_j

(Kaplan & Meier, 1958; Aalen & Johansen, 1978), n_j being those of whom entry < t_j <= time: an
event comes before the end of following in the same year, and who enters later counts from then on.

Give pupil i the weight w_i. The derivative of a statistic with respect to w_i (infinitesimal
jackknife; Efron, 1982) is for all of them

    IF_i = sum_l [ -a_l (dN_il - Y_il h_l) / (n_l (1 - h_l)) + b_l (dN_kil - Y_il h_kl) / n_l ],

with a and b below. The squares of S add up to Greenwood's variance exactly, when all enter at 0.
The pseudo-values theta + n IF_i have the statistic as their mean, so that everything the house can
do with means (schools, small numbers, covariates) holds for curves (Andersen, Klein & Rosthøj,
2003; with this derivative: Parner, Andersen & Overgaard, 2023).

Arrays only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace import linear
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.plan import Inference
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

STEPS = 40  # of Newton's method
CLOSE = 1e-10  # a step smaller than this changes nothing
FAR = 15.0  # a logit beyond this is a chance of 0 or 1: no model


# ---------------------------------------------------------------- curves


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """Pupils and how long each was followed.

    entry, time: (n,) from and to when, entry < time. kind: (n,) which event ended it, -1 for none.
    kinds: how many kinds of event there are.
    """

    entry: Floats
    time: Floats
    kind: Rows
    kinds: int

    def __len__(self) -> int:
        return len(self.time)

    def of(self, rows: Bools) -> Followed:
        return Followed(self.entry[rows], self.time[rows], self.kind[rows], self.kinds)


@dataclass(frozen=True, slots=True, eq=False)
class Risks:
    """The risk sets. t: (J,) times with events. n: (J,) at risk. d: (J, K) events of each kind.
    S: (J,) and before: (J,), the share without event after and just before t. first, last: (n,)
    pupil i is at risk at t[first:last]. own: (n,) where in t its event is. kind: (n,)."""

    t: Floats
    n: Floats
    d: Floats
    S: Floats
    before: Floats
    first: Rows
    last: Rows
    own: Rows
    kind: Rows


def risk_sets(pupils: Followed) -> Risks:
    """The risk sets of these pupils."""
    ended = pupils.kind >= 0
    t = np.unique(pupils.time[ended])
    first = np.searchsorted(t, pupils.entry, side="right")
    last = np.searchsorted(t, pupils.time, side="right")
    J = len(t)
    n = np.cumsum(np.bincount(first, minlength=J + 1) - np.bincount(last, minlength=J + 1))[:J]
    own = np.where(ended, last - 1, -1)
    d = np.zeros((J, pupils.kinds))
    np.add.at(d, (own[ended], pupils.kind[ended]), 1)
    S = np.cumprod(1 - d.sum(axis=1) / n)
    return Risks(t, n.astype(float), d, S, np.append(1.0, S)[:J], first, last, own, pupils.kind)


@dataclass(frozen=True, slots=True, eq=False)
class Statistic:
    """A number, and the a and b (J,) of its influence; k: the kind of event that b is about."""

    value: float
    a: Floats
    b: Floats
    k: int


def survival(risks: Risks, t: float) -> Statistic:
    """S(t): a_l = S(t) for t_l <= t."""
    past = risks.t <= t
    value = float(risks.S[past][-1]) if past.any() else 1.0
    return Statistic(value, np.where(past, value, 0.0), np.zeros(len(risks.t)), 0)


def incidence(risks: Risks, t: float, k: int) -> Statistic:
    """F_k(t), with other kinds as competitors: a_l = F_k(t) - F_k(t_l), b_l = S(t_l-)."""
    F, past = _cumulative(risks, k), risks.t <= t
    value = float(F[past][-1]) if past.any() else 0.0
    return Statistic(
        value, np.where(past, value - F, 0.0), np.where(past, risks.before, 0.0), k
    )  # fmt: skip


def restricted_mean(risks: Risks, horizon: float) -> Statistic:
    """The integral of S to the horizon: a_l is what of it lies after t_l."""
    after = _area(risks, risks.S, horizon)
    start = min(float(risks.t[0]), horizon) if len(risks.t) else horizon
    value = start + (float(after[0]) if len(after) else 0.0)
    return Statistic(value, after, np.zeros(len(after)), 0)


def time_lost(risks: Risks, horizon: float, k: int) -> Statistic:
    """The integral of F_k to the horizon: the mean time that kind k takes (Andersen, 2013).

    a_l: the integral of F_k - F_k(t_l) after t_l; b_l = S(t_l-) (horizon - t_l).
    """
    F = _cumulative(risks, k)
    left = np.clip(horizon - risks.t, 0, None)
    area = _area(risks, F, horizon)
    return Statistic(
        float(area[0]) if len(area) else 0.0, area - F * left, risks.before * left, k
    )  # fmt: skip


def influence(risks: Risks, of: Statistic) -> Floats:
    """(n,) the derivative of a statistic with respect to the weight of every pupil."""
    h = risks.d.sum(axis=1) / risks.n
    # Where everyone at risk has the event S is 0 from there on, whatever a pupil weighs.
    left = np.where(h < 1, risks.n * (1 - h), np.inf)
    m, b = of.a / left, of.b / risks.n
    had, chance = (risks.own >= 0), np.append(0.0, np.cumsum(m * h))
    out = chance[risks.last] - chance[risks.first]
    out[had] -= m[risks.own[had]]
    if of.b.any():
        own = risks.kind == of.k
        chance = np.append(0.0, np.cumsum(b * risks.d[:, of.k] / risks.n))
        out -= chance[risks.last] - chance[risks.first]
        out[own] += b[risks.own[own]]
    return np.asarray(out, dtype=np.float64)


def _cumulative(risks: Risks, k: int) -> Floats:
    """(J,) F_k at the times with events."""
    out: Floats = np.cumsum(risks.before * risks.d[:, k] / risks.n)
    return out


def _area(risks: Risks, curve: Floats, horizon: float) -> Floats:
    """(J,) the area under a step function from each time to the horizon. curve: (J,) from t on."""
    ends = np.append(risks.t[1:], np.inf)
    width = np.clip(np.minimum(ends, horizon) - np.minimum(risks.t, horizon), 0, None)
    out: Floats = np.cumsum((curve * width)[::-1])[::-1]
    return out


def late_start(one: Risks, other: Risks) -> float:
    """How many events one group would have had before its first, at the rate of the other.

    Many where a pupil had to come so far to be counted in that group: immortal time.
    """
    until = one.t[0] if len(one.t) else np.inf
    past = other.t < until
    # Who is at risk in the first group just before its own first event, or at its end.
    at_risk = float(one.n[0]) if len(one.n) else float(len(one.kind))
    return at_risk * float(np.sum(other.d[past].sum(axis=1) / other.n[past]))


# ---------------------------------------------------------------- a logit by school year


@dataclass(frozen=True, slots=True, eq=False)
class YearModel:
    """log odds of the event in a school year = a_year + X b, among those who have had none before.

    odds: b of the first column, its variance and degrees of freedom. share: the same of the
    standardised difference in the share with the event by the horizon.
    shares: those shares when all pupils were of the one and of the other group.
    years: person-years the model rests on.
    """

    odds: tuple[float, float, float]
    share: tuple[float, float, float]
    shares: tuple[float, float]
    years: int


def logit_by_year(
    pupils: Followed, X: Floats, school: Rows | None, horizon: int
) -> YearModel | None:
    """A logit of the first kind of event per school year, and what it says of the horizon.

    X: (n, k), first the group (0 or 1) that is told. Times and entries are whole years. Where other
    kinds compete, a second logit is fitted at once, of those among who did not have the first: the
    chances of a year are then h1 and (1 - h1) h2, and F_1 = sum_t S(t - 1) h1(t) with
    S(t) = prod (1 - h1)(1 - h2), averaged over all pupils with the group set to 1 and to 0.

    Errors: CR2 by school (by pupil without), with the weights of the last step of Newton's method
    as inverse variances and Satterthwaite degrees of freedom (Pustejovsky & Tipton, 2018, for
    generalised linear models as in clubSandwich); of the difference by the delta method, the
    pupils themselves taken as given. None where the model has no finite estimate.

    Allison (1982); Singer & Willett (1993); competing kinds: Tutz & Schmid (2016, ch. 8).
    """
    X = X.copy()
    X[:, 1:] = (X[:, 1:] - X[:, 1:].mean(axis=0)) / np.where(
        np.ptp(X[:, 1:], 0) > 0, X[:, 1:].std(0), 1
    )
    stages = 2 if pupils.kinds > 1 else 1
    who, year = _person_years(pupils, horizon)
    ends = (pupils.time[who] == year) & (pupils.kind[who] >= 0)
    first = ends & (pupils.kind[who] == 0)
    y, Z, rows, place = [], [], [], []
    k = X.shape[1]
    level = np.zeros((stages, horizon))  # the hazard of years in which it is 0 or 1 for all
    width = 0
    for stage in range(stages):
        at = np.arange(len(who)) if stage == 0 else np.flatnonzero(~first)
        event = (first if stage == 0 else ends)[at].astype(float)
        count = np.bincount(year[at] - 1, minlength=horizon)
        had = np.bincount(year[at] - 1, event, horizon)
        varies = (had > 0) & (had < count)
        level[stage] = np.where(varies, np.nan, np.where(had > 0, 1.0, 0.0))
        if stage > 0 and not varies.any():
            break
        keep = varies[year[at] - 1]
        column = np.full(horizon, -1)
        column[varies] = width + np.arange(int(varies.sum()))
        y.append(event[keep])
        rows.append(at[keep])
        place.append((column, width + int(varies.sum())))
        width += int(varies.sum()) + k
    if not y or not len(y[0]):
        return None
    for stage, at in enumerate(rows):
        z = np.zeros((len(at), width))
        column, slopes = place[stage]
        z[np.arange(len(at)), column[year[at] - 1]] = 1
        z[:, slopes : slopes + k] = X[who[at]]
        Z.append(z)
    design, outcome = np.concatenate(Z), np.concatenate(y)
    beta = _newton(design, outcome)
    if beta is None:
        return None
    code = who if school is None else school[who]
    fit = _working(design, outcome, beta, code[np.concatenate(rows)])
    if fit is None:
        return None
    slope = place[0][1]
    one, years = np.zeros(width), np.ones(width, dtype=bool)
    one[slope] = 1
    for _, at_slopes in place:
        years[at_slopes : at_slopes + k] = False
    sides = [_shares(beta, X, level, place, k, value) for value in (1.0, 0.0)]
    gradient = sides[0][1] - sides[1][1]
    apart = sides[0][0] - sides[1][0]
    return YearModel(
        (float(beta[slope]), *_variance(fit, one, years)),
        (apart, *_variance(fit, gradient, years)),
        (sides[0][0], sides[1][0]),
        len(who),
    )


def _person_years(pupils: Followed, horizon: int) -> tuple[Rows, Rows]:
    """Whose row it is, and which year: from the one after entry to the last followed."""
    start = pupils.entry.astype(np.intp)
    stop = np.minimum(pupils.time, horizon).astype(np.intp)
    many = np.maximum(stop - start, 0)
    who = np.repeat(np.arange(len(pupils)), many)
    before = np.cumsum(many) - many
    return who, np.arange(len(who)) - before[who] + start[who] + 1


def _newton(X: Floats, y: Floats) -> Floats | None:
    """The coefficients of a logit; None where there is none that is finite."""
    beta = np.zeros(X.shape[1])
    with one_thread():
        for _ in range(STEPS):
            p = special.expit(X @ beta)
            H = (X * (p * (1 - p))[:, None]).T @ X
            if np.linalg.cond(H) > 1 / linear.COLLINEAR:
                return None
            step = np.linalg.solve(H, X.T @ (y - p))
            beta += step
            if np.abs(beta).max() > FAR:
                return None
            if np.abs(step).max() < CLOSE:
                return beta
    return None


def _working(X: Floats, y: Floats, beta: Floats, code: Rows) -> linear.Fit | None:
    """The weighted regression that the last step of Newton's method is; its constant is absorbed.

    The indicators of the years add up to the constant of their stage, so the first goes.
    """
    eta = X @ beta
    p = special.expit(eta)
    w = p * (1 - p)
    z = eta + (y - p) / w
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    _, g = np.unique(code, return_inverse=True)
    G = int(g.max()) + 1
    if G < 2:
        return None
    columns = [np.ascontiguousarray(x) for x in X.T[1:]]
    with one_thread():
        origin, S = cross_products([*columns, z], g, G, root=np.sqrt(w))
        nothing = ("",) * G
        m = SampleMoments("", "", tuple(f"{c:09d}" for c in range(G)), nothing, nothing,
                          ("1", *names[1:], ""), origin, S,
                          np.bincount(g).astype(float))  # fmt: skip
        return linear.least_squares(m, names[1:], absorb=False)


def _variance(fit: linear.Fit, contrast: Floats, years: Bools) -> tuple[float, float]:
    """Variance and degrees of freedom of a contrast of all coefficients, the first included.

    years: (p,) which columns are indicators: together they are the constant that was absorbed, so
    that each is the constant and what it differs from it.
    """
    constant = float(contrast[years].sum())
    c = np.append(contrast[1:] - constant * fit.mean_x, constant)
    return linear.variance(fit, c, Inference.CR2)


def _shares(
    beta: Floats, X: Floats, level: Floats, place: list[tuple[Rows, int]], k: int, value: float
) -> tuple[float, Floats]:
    """The mean share with the first event by the horizon when all are of one group; its gradient.

    level: (stages, years), the hazard where no coefficient tells it.
    """
    n, stages, years = len(X), *level.shape
    x = X.copy()
    x[:, 0] = value
    S, F = np.ones(n), np.zeros(n)
    dS, dF = np.zeros((n, len(beta))), np.zeros((n, len(beta)))
    for t in range(years):
        for stage in range(stages):
            h = np.full(n, level[stage, t])
            dh = np.zeros((n, len(beta)))
            if stage < len(place) and place[stage][0][t] >= 0:
                column, slopes = place[stage]
                h = special.expit(beta[column[t]] + x @ beta[slopes : slopes + k])
                rate = h * (1 - h)
                dh[:, column[t]] = rate
                dh[:, slopes : slopes + k] = rate[:, None] * x
            if stage == 0:
                F = F + S * h
                dF = dF + dS * h[:, None] + S[:, None] * dh
            dS = dS * (1 - h)[:, None] - S[:, None] * dh
            S = S * (1 - h)
    return float(F.mean()), dF.mean(axis=0)
