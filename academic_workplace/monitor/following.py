"""Every indicator of every action followed: what is known, how sure that is, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.agenda import Action, Agendas, Indicator, Theory
from academic_workplace.disclosure import fewest
from academic_workplace.errors import PlanError, not_known
from academic_workplace.language import both
from academic_workplace.monitor.charts import (
    Change,
    Chart,
    Progress,
    Side,
    State,
    change,
    chart,
    interval,
    progress,
)
from academic_workplace.monitor.release import Point, Told, release
from academic_workplace.monitor.values import Values, place_of

if TYPE_CHECKING:
    from academic_workplace.knowledge import LocalResult
    from academic_workplace.report.figures.style import Drawing

ASKED = 3  # questions for an action, at most


class Resolved(StrEnum):
    """What there is of an indicator or an action."""

    VALUE = "value"
    STUDY = "study"
    NOTHING = "no data yet"


class Unknown(StrEnum):
    """What is not known yet."""

    NO_INDICATOR = "no indicator"
    NO_VALUE = "no value"
    OLD = "no value of the newest period"
    HIDDEN = "too few to show"
    TOO_FEW = "too few periods"
    NO_TARGET = "no target"
    UNCLEAR = "target: too early to say"
    NO_STUDY = "no study"
    DRAFT = "theory not agreed"


class Ask(StrEnum):
    """A question for the next meeting, by what was found."""

    SIGNAL = "signal"
    WHO = "who hands in"
    BEHIND = "behind the target"
    WORSE = "worse"
    BETTER = "better"
    REACHED = "reached"
    UNCLEAR = "unclear"
    TARGET = "which target"
    COUNT = "what to count"
    STUDY = "a study"
    THEORY = "theory"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Followed:
    """One indicator. points: all its periods, as they may leave; everything else follows from them.

    change: since the period before, where both are told. progress: of the newest.
    """

    indicator: Indicator
    points: tuple[Point, ...]
    chart: Chart
    change: Change | None
    progress: Progress
    resolved: Resolved

    @property
    def newest(self) -> Point | None:
        """The last value handed in."""
        return self.points[-1] if self.points else None

    @property
    def before(self) -> Point | None:
        """The value that the newest is compared with."""
        return self.points[-2] if len(self.points) > 1 else None

    @property
    def state(self) -> State:
        """What it tells of chance. The chart is that of the newest value only when that is told."""
        if self.newest is not None and self.newest.number is None:
            return State.TOO_FEW
        return self.chart.state

    def explain(self, language: str = "nl") -> str:
        """What a workgroup reads of it: value, target, change, and whether it stands out."""
        from academic_workplace.report.monitor import indicator_sentences

        return " ".join(indicator_sentences(self, language))

    def picture(self, language: str = "nl") -> Drawing | None:
        """Its values over the periods, with their intervals and the target; None without any."""
        from academic_workplace.report.monitor import indicator_drawing

        return indicator_drawing(self, language) if self.points else None

    def table(self) -> pd.DataFrame:
        """A row per period, as it may leave; one row where there is no value."""
        return pd.DataFrame(list(_rows(self)))

    def _repr_html_(self) -> str:
        return both(self.explain)

    @property
    def moved(self) -> Side:
        """Whether it went the way it should (UP) since the period before, or the other."""
        if self.change is None:
            return Side.UNCLEAR
        turn = {Side.UP: Side.DOWN, Side.DOWN: Side.UP, Side.UNCLEAR: Side.UNCLEAR}
        better = self.change.side
        return better if self.indicator.direction == "higher" else turn[better]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FollowedAction:
    """One action: its indicators, and the studies that bear on it."""

    action: Action
    theory: Theory | None
    followed: tuple[Followed, ...]
    studies: tuple[LocalResult, ...]
    resolved: Resolved
    unknown: tuple[tuple[Unknown, Indicator | None], ...]
    questions: tuple[tuple[Ask, Indicator | None], ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Monitor:
    """All actions of all agendas. minimum: pupils behind every number that it tells.

    period: the newest of any value; empty when there are none.
    """

    agendas: Agendas
    values: Values
    studies: tuple[LocalResult, ...]
    actions: tuple[FollowedAction, ...]
    period: str
    minimum: int

    @property
    def synthetic(self) -> bool:
        """Whether anything in it is invented."""
        told = (self.agendas.synthetic, self.values.synthetic)
        return any(told) or any(study.synthetic for study in self.studies)

    @property
    def followed(self) -> Iterator[Followed]:
        """Every indicator once."""
        return (one for action in self.actions for one in action.followed)

    def action(self, key: str) -> FollowedAction:
        """The action of that key. Raises PlanError when there is none."""
        for one in self.actions:
            if one.action.key == key:
                return one
        raise PlanError([not_known("action", key, [one.action.key for one in self.actions])])

    def of_workgroup(self, key: str) -> tuple[FollowedAction, ...]:
        """The actions under its ambitions, and others of which it hands in an indicator.

        Raises PlanError when there is no such workgroup.
        """
        keys = [one.key for one in self.agendas.workgroups()]
        if key not in keys:
            raise PlanError([not_known("workgroup", key, keys)])
        own = {one.key for one in self.agendas.of_workgroup(key)}
        own |= {one.action for one in self.agendas.indicators if one.owner == key}
        return tuple(one for one in self.actions if one.action.key in own)

    def explain(self, language: str = "nl") -> str:
        """How many actions have numbers, and how many targets were reached."""
        from academic_workplace.report.monitor import monitor_sentences

        return monitor_sentences(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)

    def table(self) -> pd.DataFrame:
        """A row per indicator and period, as it may leave; one row where there is no value."""
        return pd.DataFrame([row for one in self.followed for row in _rows(one)])

    def __repr__(self) -> str:
        return f"Monitor({len(self.actions)} actions, {len(list(self.followed))} indicators)"


def follow(agendas: Agendas, values: Values, studies: Sequence[LocalResult] = ()) -> Monitor:
    """Follow every action of the agendas. studies: what reports of this workplace found.

    Everything in it is made from values as they may leave by the rules that hold now, so nothing
    in it tells more.
    """
    action_of = {one.key: one.action for one in agendas.indicators}
    points: dict[str, list[Point]] = {}
    for point in release(values, action_of):
        points.setdefault(point.value.indicator, []).append(point)
    periods = values.periods
    newest = periods[-1] if periods else ""
    actions = []
    for action in agendas.actions():
        own = tuple(one for one in studies if action.key in one.actions)
        followed = tuple(
            _followed(one, points.get(one.key, []), own)
            for one in agendas.indicators_of(action.key)
        )
        theory = agendas.theory(action.key)
        actions.append(
            FollowedAction(
                action=action, theory=theory, followed=followed, studies=own,
                resolved=_resolved(any(one.points for one in followed), own),
                unknown=tuple(_unknown(theory, followed, own, newest)),
                questions=tuple(_questions(theory, followed, own))[:ASKED],
            )
        )  # fmt: skip
    return Monitor(agendas=agendas, values=values, studies=tuple(studies), actions=tuple(actions),
                   period=newest, minimum=fewest())  # fmt: skip


def _resolved(value: bool, studies: Sequence[LocalResult]) -> Resolved:
    return Resolved.VALUE if value else Resolved.STUDY if studies else Resolved.NOTHING


def _followed(one: Indicator, points: list[Point], studies: Sequence[LocalResult]) -> Followed:
    points = sorted(points, key=lambda point: place_of(point.period))
    last = points[-1].number if points else None
    before = points[-2].number if len(points) > 1 else None
    return Followed(
        indicator=one,
        points=tuple(points),
        chart=chart([point.number for point in points if point.number is not None]),
        change=None if last is None or before is None else change(before, last),
        progress=Progress.NO_TARGET if one.target is None
        else Progress.UNCLEAR if last is None else progress(last, one.target, one.direction),
        resolved=_resolved(bool(points), studies),
    )  # fmt: skip


def _unknown(
    theory: Theory | None, followed: Sequence[Followed], studies: Sequence[LocalResult], newest: str
) -> Iterator[tuple[Unknown, Indicator | None]]:
    if not followed:
        yield Unknown.NO_INDICATOR, None
    for one in followed:
        last = one.newest
        if last is None:
            yield Unknown.NO_VALUE, one.indicator
            continue
        if place_of(last.period)[0] < place_of(newest)[0]:
            yield Unknown.OLD, one.indicator
        if last.told is Told.NOTHING:
            yield Unknown.HIDDEN, one.indicator
        if one.progress is Progress.NO_TARGET:
            yield Unknown.NO_TARGET, one.indicator
        elif one.progress is Progress.UNCLEAR and last.told is not Told.NOTHING:
            yield Unknown.UNCLEAR, one.indicator
    if any(one.points and one.chart.state is State.TOO_FEW for one in followed):
        yield Unknown.TOO_FEW, None
    if not studies:
        yield Unknown.NO_STUDY, None
    if theory is not None and theory.draft:
        yield Unknown.DRAFT, None


def _questions(
    theory: Theory | None, followed: Sequence[Followed], studies: Sequence[LocalResult]
) -> Iterator[tuple[Ask, Indicator | None]]:
    """Most pressing first."""
    if not followed:
        yield Ask.COUNT, None
    rules: tuple[tuple[Ask, Callable[[Followed], bool]], ...] = (
        (Ask.SIGNAL, lambda one: one.state is State.SIGNAL),
        (Ask.WHO, lambda one: one.newest is None),
        (Ask.BEHIND, lambda one: one.progress is Progress.NOT_REACHED),
        (Ask.WORSE, lambda one: one.moved is Side.DOWN and one.state is not State.SIGNAL),
        (Ask.BETTER, lambda one: one.moved is Side.UP and one.state is not State.SIGNAL),
        (Ask.REACHED, lambda one: one.progress is Progress.REACHED),
        (Ask.UNCLEAR, lambda one: one.newest is not None and one.progress is Progress.UNCLEAR),
        (Ask.TARGET, lambda one: one.newest is not None and one.progress is Progress.NO_TARGET),
    )  # fmt: skip
    for ask, holds in rules:
        yield from ((ask, one.indicator) for one in followed if holds(one))
    if not studies:
        yield Ask.STUDY, None
    if theory is not None and theory.draft:
        yield Ask.THEORY, None


def _rows(one: Followed) -> Iterator[dict[str, object]]:
    """What a site or a spreadsheet takes over: nothing that is withheld."""
    own = {"action": one.indicator.action, "indicator": one.indicator.key}
    if not one.points:
        yield own | {"period": None, "told": None, "low": None, "high": None, "of": None,
                     "interval_low": None, "interval_high": None, "source": None, "date": None,
                     "state": one.state.value, "progress": one.progress.value}  # fmt: skip
    for point in one.points:
        x, newest = point.number, point is one.newest
        low, high = (None, None) if x is None else interval(x)
        yield own | {
            "period": point.period, "told": point.told.value,
            "low": None if x is None else x.low, "high": None if x is None else x.high,
            "of": None if x is None else x.n, "interval_low": low, "interval_high": high,
            "source": point.value.source, "date": point.value.date.isoformat(),
            "state": one.state.value if newest else None,
            "progress": one.progress.value if newest else None,
        }  # fmt: skip
