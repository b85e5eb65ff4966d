"""Two curves: how far they are apart, also at equal background, and a model by school year."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from academic_workplace.cohorts import survival
from academic_workplace.cohorts.contrasts import Estimate, How, estimate, regress
from academic_workplace.cohorts.events.curves import pseudo
from academic_workplace.cohorts.events.reading import Pupils
from academic_workplace.cohorts.events.result import Apart, ByYear, Caution, Comparison, Curve
from academic_workplace.cohorts.survival import Risks, Statistic
from academic_workplace.disclosure import may_leave

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

EXPECTED = 5.0  # events that a group did not have, but would have: chance has that seldom (0.7 %)


def compared(
    one: Curve, other: Curve, h: int, pupils: Pupils,
    cells: tuple[tuple[int, int], tuple[int, int]], *, cox: bool,
) -> Comparison:  # fmt: skip
    """One curve less another, at the horizon."""
    (g, t), (g0, t0) = cells
    cohorts = t != t0
    of, than, at = (one.cohort, other.cohort, one.group) if cohorts else (
        one.group, other.group, one.cohort)  # fmt: skip
    name = Comparison(of=of, than=than, at=at, cohorts=cohorts, withheld=True)
    if one.horizon is None or other.horizon is None:
        return name
    pair = pupils.of(((pupils.group == g) & (pupils.at == t))
                     | ((pupils.group == g0) & (pupils.at == t0)))  # fmt: skip
    member = (pair.group == g) & (pair.at == t)
    kinds = bool(one.horizon.incidence and other.horizon.incidence)
    mean = one.mean is not None and other.mean is not None
    cautions = []
    risks = [survival.risk_sets(pair.followed.of(of)) for of in (member, ~member)]
    if not cohorts and max(survival.late_start(*risks), survival.late_start(*risks[::-1])) >= (
        EXPECTED
    ):
        cautions.append(Caution.IMMORTAL)
    raw = _apart(pair, member, h, {}, kinds=kinds)
    adjusted, n_adjusted, some = None, None, pair
    inside = member
    if pair.given:
        some, inside = pair.of(pair.complete), member[pair.complete]
        if not may_leave(int(inside.sum()), int((~inside).sum())):
            some = pair.of(np.zeros(len(member), dtype=bool))
        else:
            given = {k: x for k, x in some.given.items() if np.ptp(x) > 0}
            some = Pupils(some.followed, some.group, some.at, some.school, given, some.complete)
            n_adjusted = len(inside)
            adjusted = _apart(some, inside, h, given, kinds=kinds)
    by_year = hazard = None
    if len(some.followed) and kinds:
        by_year, doubt = _by_year(some, inside, h)
        cautions += [doubt] if doubt else []
        hazard = hazard_ratio_of(some, inside, h) if cox else None
    return Comparison(
        of=of, than=than, at=at, cohorts=cohorts, raw=_known(raw, mean=mean),
        adjusted=None if adjusted is None else _known(adjusted, mean=mean),
        pupils_adjusted=n_adjusted, by_year=by_year, hazard_ratio=hazard,
        cautions=tuple(cautions),
    )  # fmt: skip


def _known(apart: Apart, *, mean: bool) -> Apart:
    """Without the times that the curves themselves may not tell."""
    return apart if mean else Apart(apart.survival, None, apart.incidence)


def _apart(
    pair: Pupils, member: Bools, h: int, given: Mapping[str, Floats], *, kinds: bool
) -> Apart:
    """The differences between two curves, at equal ``given`` when there is any."""
    risks = [survival.risk_sets(pair.followed.of(of)) for of in (member, ~member)]

    def less(make: Callable[[Risks], Statistic]) -> Estimate:
        both_of = [make(each) for each in risks]
        value = both_of[0].value - both_of[1].value
        y = np.empty(len(member))
        for of, each, statistic in zip((member, ~member), risks, both_of, strict=True):
            y[of] = pseudo(each, statistic)
        if np.ptp(y) == 0:
            return Estimate(value)
        if not given and pair.school is None:
            moves = [survival.influence(*each) for each in zip(risks, both_of, strict=True)]
            variance = sum(float(m @ m) for m in moves)
            return estimate(value, variance, math.inf, How.LIKELIHOOD)
        columns = {"member": member.astype(float)} | dict(given)
        return regress(y, columns, pair.school).contrast({"member": 1.0})

    each = range(pair.followed.kinds) if kinds else range(0)
    return Apart(
        less(lambda r: survival.survival(r, h)),
        less(lambda r: survival.restricted_mean(r, h)),
        tuple(less(partial(survival.incidence, t=h, k=k)) for k in each),
        tuple(less(partial(survival.time_lost, horizon=h, k=k)) for k in each),
    )  # fmt: skip


def _by_year(pair: Pupils, member: Bools, h: int) -> tuple[ByYear | None, Caution | None]:
    """The logit by school year, or why there is none."""
    followed = pair.followed
    if np.any(followed.time % 1) or np.any(followed.entry % 1):
        return None, Caution.NOT_WHOLE
    X = np.column_stack([member.astype(float), *pair.given.values()])
    found = survival.logit_by_year(followed, X, pair.school, h)
    if found is None:
        return None, Caution.NO_MODEL
    how = How.PUPILS if pair.school is None else How.SCHOOLS
    share = estimate(*found.share, how)
    return ByYear(_ratio(estimate(*found.odds, how)), share, found.shares), None


def _ratio(log: Estimate) -> Estimate:
    """A ratio from its logarithm; the standard error is of the ratio (delta method)."""
    value = math.exp(log.value)
    if log.se is None or log.low is None or log.high is None:
        return Estimate(value)
    return Estimate(value, value * log.se, log.df, math.exp(log.low), math.exp(log.high),
                    log.p_value, log.how)  # fmt: skip


def hazard_ratio_of(pair: Pupils, member: Bools, h: int) -> Estimate | None:
    """The hazard ratio of the first kind until the horizon, by statsmodels.

    Pupils whose time holds no event are left out: they change nothing, and would have no residual.
    """
    from statsmodels.duration.hazard_regression import PHReg  # type: ignore[import-untyped]  # has no types

    followed = pair.followed
    status = (followed.kind == 0) & (followed.time <= h)
    t = np.unique(followed.time[status])
    stop = np.minimum(followed.time, h)
    seen = np.searchsorted(t, stop, side="right") > np.searchsorted(t, followed.entry, side="right")
    X = np.column_stack([member.astype(float), *pair.given.values()])[seen]
    X[:, 1:] = X[:, 1:] - X[:, 1:].mean(axis=0)
    code = np.arange(len(seen)) if pair.school is None else pair.school
    late = followed.entry[seen] if followed.entry.any() else None
    if not status.any() or min(np.bincount(member[status].astype(int), minlength=2)) == 0:
        return None
    model = PHReg(stop[seen], X, status[seen].astype(int), entry=late, ties="breslow")
    fit = model.fit(groups=code[seen])
    G = len(np.unique(code))
    if G < 2:
        return _ratio(Estimate(float(fit.params[0])))
    variance = float(np.asarray(model.robust_covariance(fit.params))[0, 0]) * G / (G - 1)
    how = How.PUPILS if pair.school is None else How.SCHOOLS
    return _ratio(estimate(float(fit.params[0]), variance, float(G - 1), how))
