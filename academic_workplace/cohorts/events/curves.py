"""One curve: a group in a cohort, with its interval at every year that may be shown."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from academic_workplace.cohorts import survival
from academic_workplace.cohorts.contrasts import Estimate, How, estimate, on_scale, regress
from academic_workplace.cohorts.events.reading import Pupils
from academic_workplace.cohorts.events.result import Caution, Curve, Point
from academic_workplace.cohorts.events.withholding import shown_followed, shown_years
from academic_workplace.cohorts.survival import Followed, Risks, Statistic
from academic_workplace.disclosure import fewest, may_leave, shown_count

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]

UNSEEN = 0.1  # a share of pupils lost sight of above this is worth a word


def nobody_had(pupils: Followed, h: int) -> Bools:
    """(h + 1, K) whether no pupil of the whole table had that kind of event by that year."""
    none: Bools = _events(pupils, h) == 0
    return none


def _events(pupils: Followed, h: int) -> Counts:
    """(h + 1, K) how many had each kind of event by the end of each year."""
    years = np.arange(h + 1)[:, None]
    by = [np.sum(pupils.time[pupils.kind == k][None] <= years, axis=1) for k in range(pupils.kinds)]
    return np.column_stack(by).astype(np.int64)


def curve_of(here: Pupils, h: int, nobody: Bools, name: tuple[str, str]) -> Curve:
    """One group in one cohort."""
    group, cohort = name
    pupils, n = here.followed, len(here.followed)
    if not may_leave(n):
        return Curve(group=group, cohort=cohort, pupils=None, withheld=True)
    schools = None if here.school is None else len(np.unique(here.school))
    risks = survival.risk_sets(pupils)
    events, followed, gone, entered = _counts(pupils, h)
    cautions = []
    if gone[-1] > UNSEEN * n:
        cautions.append(Caution.OUT_OF_SIGHT)
    if (risks.n[risks.t <= h] < fewest()).any() and len(np.unique(pupils.entry)) > 1:
        return Curve(group=group, cohort=cohort, pupils=n, schools=schools, withheld=True,
                     cautions=(*cautions, Caution.FEW_AT_RISK))  # fmt: skip
    told, kinds_told, mean_told, lost_told = shown_years(events, followed, nobody)
    counted = shown_followed(followed, gone, entered, told)
    code = None if here.school is None else np.unique(here.school, return_inverse=True)[1]
    several = range(pupils.kinds) if pupils.kinds > 1 else range(1)
    points = []
    for y in range(h + 1):
        shares: tuple[Estimate, ...] = ()
        if kinds_told[y]:
            each = [survival.incidence(risks, y, k) for k in several]
            shares = tuple(share_with_limits(risks, of, code, of_event=True) for of in each)
        left = share_with_limits(risks, survival.survival(risks, y), code) if told[y] else None
        points.append(Point(y, int(followed[y]) if counted[y] else None, left, shares))
    mean = _mean(risks, survival.restricted_mean(risks, h), code) if mean_told else None
    lost = tuple(_mean(risks, survival.time_lost(risks, h, k), code)
                 for k in several) if lost_told else ()  # fmt: skip
    return Curve(
        group=group, cohort=cohort, pupils=n, schools=schools, points=tuple(points), mean=mean,
        lost=lost, events=tuple(shown_count(int(e)) if told[h] and kinds_told[h] else None
                                for e in events[h]),
        cautions=tuple(cautions), withheld=not told[h],
    )  # fmt: skip


def _counts(pupils: Followed, h: int) -> tuple[Counts, Counts, Counts, Counts]:
    """Events (h + 1, K), and (h + 1,) still followed without, lost sight of, and come in sight."""
    years = np.arange(h + 1)[:, None]
    none = pupils.kind < 0
    entered = np.sum(pupils.entry[None] <= years, axis=1)
    gone = np.sum((pupils.time[None] < years) & none, axis=1)
    events = _events(pupils, h)
    return events, entered - gone - events.sum(axis=1), gone, entered


def pseudo(risks: Risks, of: Statistic) -> Floats:
    """(n,) numbers with the statistic as their mean."""
    out: Floats = of.value + len(risks.kind) * survival.influence(risks, of)
    return out


def _mean(risks: Risks, of: Statistic, school: Rows | None) -> Estimate:
    """A statistic of a curve with its interval."""
    moves = survival.influence(risks, of)
    variance = float(moves @ moves)
    if school is None or not variance > 0:
        found = estimate(of.value, variance, math.inf, How.LIKELIHOOD)
        return replace(found, p_value=None)
    if len(np.unique(school)) < 2:
        return Estimate(of.value)
    found = regress(pseudo(risks, of), {}, school).contrast({}, 1.0)
    return replace(found, p_value=None)  # nobody asks whether a curve is 0


def share_with_limits(
    risks: Risks, of: Statistic, school: Rows | None, *, of_event: bool = False
) -> Estimate:  # fmt: skip
    """The same for a share, with limits on the scale of log(-log S); of F: those of 1 - F."""
    found = _mean(risks, of, school)
    S = 1 - found.value if of_event else found.value
    if found.se is None or not 0 < S < 1:
        return Estimate(found.value)
    turned = Estimate(S, found.se, found.df, how=found.how)
    limits = on_scale(turned, S, 1.0, lambda x: -math.log(-math.log(x)),
                      lambda z: math.exp(-math.exp(-z)))  # fmt: skip
    low, high = limits.low, limits.high
    if of_event and low is not None and high is not None:
        low, high = 1 - high, 1 - low
    return Estimate(found.value, found.se, found.df, low, high, None, found.how)
