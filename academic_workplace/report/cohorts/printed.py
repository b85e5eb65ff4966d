"""A result of cohorts as the rules print it: where counts are rounded, a share is that of the
counts printed, so that none tells the count behind it. Rules that round nothing change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.cohorts.events import TimeToEvent
from academic_workplace.cohorts.events.result import Curve, Point
from academic_workplace.cohorts.gaps import Gap, Gaps
from academic_workplace.cohorts.neighbourhoods import AreaShare, NeighbourhoodMap
from academic_workplace.cohorts.schools import Funnel, FunnelSchool, ValueAdded
from academic_workplace.cohorts.standardise import Level, Shift, Standardised
from academic_workplace.cohorts.story import Story
from academic_workplace.cohorts.trend import Trend
from academic_workplace.disclosure import profile, rounded, rounded_share
from academic_workplace.intake.duo.ranges import Bounds

DIGITS = 2  # of a share: whole pupils of a hundred


def story_as_printed(story: Story) -> Story:
    """A story of which every look is as the rules print it."""
    if profile().rounding == 1:
        return story
    looks = tuple(replace(look, found=as_printed(look.found)) for look in story.looks)
    return replace(story, looks=looks)


def as_printed(found: Any) -> Any:
    """One result, of its own kind; what holds no shares of counts is the same object."""
    if profile().rounding == 1:
        return found
    if isinstance(found, Gaps) and found.share:
        return replace(found, items=tuple(map(_gap, found.items)))
    if isinstance(found, Standardised) and found.share:
        items = tuple(
            replace(x, raw=_share(x.raw, x.pupils), standardised=_share(x.standardised, x.pupils))
            for x in found.items
        )
        shifts = tuple(_shift(s, items) for s in found.shifts)
        return replace(found, items=items, shifts=shifts)
    if isinstance(found, Trend) and found.share:
        cohorts = tuple(replace(c, mean=_shared(c.mean, c.pupils)) for c in found.cohorts)
        return replace(found, cohorts=cohorts)
    if isinstance(found, TimeToEvent):
        return replace(found, items=tuple(map(_curve, found.items)))
    if isinstance(found, Funnel):
        return replace(found, items=tuple(map(_school, found.items)))
    if isinstance(found, NeighbourhoodMap):
        return replace(found, items=tuple(map(_area, found.items)))
    if isinstance(found, ValueAdded):
        told = (replace(s, pupils=None if s.pupils is None else rounded(s.pupils)) for s in found)
        return replace(found, items=tuple(told))
    return found


def _of(value: float, pupils: int | None) -> float:
    """A share, 0 to 1, of so many pupils."""
    told = rounded_share(round(value * pupils), pupils) if pupils else None
    return round(value, DIGITS) if told is None else told


def _share(found: Estimate | None, pupils: int | None) -> Estimate | None:
    """The same of a share that need not be there."""
    return None if found is None else _shared(found, pupils)


def _shared(found: Estimate, pupils: int | None) -> Estimate:
    """An estimated share. Its standard error would tell the share; its limits are whole pupils of a
    hundred, and hold it."""
    value, low, high = _of(found.value, pupils), found.low, found.high
    return replace(
        found, value=value, se=None,
        low=None if low is None else min(round(low, DIGITS), value),
        high=None if high is None else max(round(high, DIGITS), value),
    )  # fmt: skip


def _apart(found: Estimate | None, value: float | None) -> Estimate | None:
    """The same of a difference that need not be there."""
    return None if found is None else _at(found, value)


def _at(found: Estimate, value: float | None) -> Estimate:
    """The difference of two shares as they are printed; without these, in whole pupils of 100."""
    value = round(found.value, DIGITS) if value is None else value
    low, high = (None if x is None else round(x, DIGITS) for x in (found.low, found.high))
    return replace(
        found, value=value, se=None, low=None if low is None else min(low, value),
        high=None if high is None else max(high, value),
    )  # fmt: skip


def _gap(gap: Gap) -> Gap:
    if gap.raw is None or gap.mean is None or gap.mean_reference is None:
        return gap
    mean, other = _of(gap.mean, gap.pupils), _of(gap.mean_reference, gap.pupils_reference)
    sd = None if gap.sd is None else round(gap.sd, DIGITS)
    return replace(gap, mean=mean, mean_reference=other, sd=sd, raw=_apart(gap.raw, mean - other))


def _shift(shift: Shift, levels: Sequence[Level]) -> Shift:
    """Gaps and changes between the shares as they are printed."""

    def value(what: str, cohort: str) -> float | None:
        found = {(x.cohort, x.group): getattr(x, what) for x in levels}
        own, other = (found.get((cohort, g)) for g in (shift.group, shift.reference_group))
        if own is None or not shift.reference_group:
            return None if own is None else float(own.value)
        return None if other is None else float(own.value - other.value)

    def moved(what: str) -> float | None:
        now, then = value(what, shift.cohort), value(what, shift.since)
        return None if now is None or then is None else now - then

    raw, same = moved("raw"), moved("standardised")
    return replace(
        shift,
        raw=_at(shift.raw, value("raw", shift.cohort)),
        standardised=_at(shift.standardised, value("standardised", shift.cohort)),
        raw_change=_apart(shift.raw_change, raw),
        standardised_change=_apart(shift.standardised_change, same),
        intake=_apart(shift.intake, None if raw is None or same is None else raw - same),
    )


def _curve(curve: Curve) -> Curve:
    def point(p: Point) -> Point:
        incidence = tuple(_shared(each, curve.pupils) for each in p.incidence)
        followed = None if p.followed is None else rounded(p.followed)
        return replace(
            p, followed=followed, survival=_share(p.survival, curve.pupils),
            incidence=incidence,
        )  # fmt: skip

    return replace(
        curve, pupils=None if curve.pupils is None else rounded(curve.pupils),
        events=tuple(None if n is None else rounded(n) for n in curve.events),
        points=tuple(map(point, curve.points)),
    )  # fmt: skip


def _school(school: FunnelSchool) -> FunnelSchool:
    n, e = school.pupils, school.events
    if n is None or e is None or school.share is None:
        return school
    return replace(school, pupils=_whole(n), events=_whole(e), share=_between(school.share, n))


def _area(area: AreaShare) -> AreaShare:
    n, share, smoothed = area.pupils, area.share, area.smoothed
    if n is None or share is None or smoothed is None:
        return area
    drawn = Bounds(np.round(smoothed.low, DIGITS), np.round(smoothed.high, DIGITS))
    low, high = (None if x is None else round(x, DIGITS) for x in (area.low, area.high))
    return replace(area, pupils=_whole(n), share=_between(share, n), smoothed=drawn, low=low,
                   high=high)  # fmt: skip


def _between(share: Bounds, n: Bounds) -> Bounds:
    if share.exact and n.exact:
        return Bounds(_of(float(share.low), int(n.low)))
    return Bounds(np.round(share.low, DIGITS), np.round(share.high, DIGITS))


def _whole(n: Bounds) -> Bounds:
    return Bounds(rounded(int(n.low)), rounded(int(n.high)))
