"""What partners agreed to do for children: ambitions, workgroups, actions, how they are followed.

Everything here is data of one place (data/agenda/*.toml); another city replaces the files. Every
key carries that of its agenda (``actieplan/1``), for two agendas may both have a first ambition.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from academic_workplace.language import Text, default_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The document that an entry was taken from.

    dated: when the document is of, as far as it says so itself. taken: the day it was taken over.
    invented: what is taken from it was made up, to show the way of working.
    """

    key: str
    document: Text
    dated: str = ""
    taken: datetime.date
    address: str = ""
    invented: bool = False


class Direction(StrEnum):
    """Which way an indicator should go."""

    HIGHER = "higher"
    LOWER = "lower"


class Measured(StrEnum):
    """What an indicator is."""

    SHARE = "share"  # numerator of denominator
    COUNT = "count"  # how many were reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """How an action is followed.

    numerator, denominator: who is counted; a count has no denominator. origin: where the numbers
    come from. wave: when they are counted. target: a share from 0 to 1, or a count; None when none
    was agreed. target_period: by when. owner: the key of the workgroup that hands in the values.
    """

    key: str
    action: str
    title: Text
    definition: Text
    measured: Measured
    numerator: Text
    denominator: Text
    origin: Text
    wave: Text
    direction: Direction
    target: float | None
    target_period: str
    owner: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Theory:
    """How an action is to help (theory of change), a sentence or two each.

    draft: whether the workgroup still has to agree with it.
    """

    action: str
    input: Text
    activity: Text
    reach: Text
    output: Text
    short: Text
    long: Text
    draft: bool
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambition:
    """What an agenda is after. number: its place in the agenda, from 1."""

    key: str
    number: int
    title: Text
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A subject under which interventions stand."""

    key: str
    title: Text
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Workgroup:
    """Who carries ambitions (their keys)."""

    key: str
    title: Text
    ambitions: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is done: an action of an ambition, or an intervention of a theme.

    under: the key of its ambition or theme; an intervention may have none.
    """

    key: str
    title: Text
    under: str
    intervention: bool
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A partner, a supporting measure or the aim of a project: something with a name."""

    key: str
    title: Text
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project with its aims."""

    key: str
    title: Text
    aims: tuple[Named, ...]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """One document that partners agreed on.

    partners_note: what to know of its list of partners, such as how many more there are.
    """

    key: str
    title: Text
    period: str
    ambitions: tuple[Ambition, ...]
    workgroups: tuple[Workgroup, ...]
    themes: tuple[Theme, ...]
    actions: tuple[Action, ...]
    projects: tuple[Project, ...]
    partners: tuple[Named, ...]
    measures: tuple[Named, ...]
    source: Source
    partners_note: Text = Text("", "")


class Activity(StrEnum):
    """What a professional can take part in."""

    TRAINING = "training"
    CONFERENCE = "conference"
    WORK_SESSION = "work session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An activity of the calendar for professionals; times are those of the place.

    under: keys of ambitions, themes or actions. material: what there is to read, with its address
    or an empty one. hours: what taking part counts for when a study uses it as a dose.
    """

    key: str
    kind: Activity
    title: Text
    start: datetime.datetime
    end: datetime.datetime
    place: Text
    audience: Text
    under: tuple[str, ...]
    material: tuple[tuple[Text, str], ...]
    hours: float
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Agendas:
    """All agendas of a place, with how their actions are followed and the calendar.

    place: the town or region, for titles. synthetic: whether any of it is invented.
    """

    place: Text
    timezone: str
    agendas: tuple[Agenda, ...]
    theories: tuple[Theory, ...]
    indicators: tuple[Indicator, ...]
    events: tuple[Event, ...]
    synthetic: bool

    def __repr__(self) -> str:
        return f"Agendas({self.place.nl}: {len(self.agendas)}, {len(list(self.actions()))} actions)"

    def table(self) -> pd.DataFrame:
        """A row per action: what it stands under, its title, and how it is followed."""
        language = default_language()
        titles = {one.key: one.title[language] for one in self.ambitions()}
        titles |= {one.key: one.title[language] for one in self.themes()}
        rows = [
            (one.key, titles.get(one.under, ""), one.title[language],
             "; ".join(each.title[language] for each in self.indicators_of(one.key)))
            for one in self.actions()
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["key", "under", "title", "indicators"])

    def explain(self, language: str = "nl") -> str:
        """How many actions there are, and of how many it was agreed what to count."""
        from academic_workplace.report.agenda import agendas_sentences

        return agendas_sentences(self, language)

    def _repr_html_(self) -> str:
        return str(self.table().to_html(index=False))

    def ambitions(self) -> Iterator[Ambition]:
        """Those of all agendas, in their order."""
        return (one for agenda in self.agendas for one in agenda.ambitions)

    def themes(self) -> Iterator[Theme]:
        """Those of all agendas."""
        return (one for agenda in self.agendas for one in agenda.themes)

    def workgroups(self) -> Iterator[Workgroup]:
        """Those of all agendas."""
        return (one for agenda in self.agendas for one in agenda.workgroups)

    def actions(self) -> Iterator[Action]:
        """Actions and interventions of all agendas."""
        return (one for agenda in self.agendas for one in agenda.actions)

    def of_workgroup(self, key: str) -> Iterator[Action]:
        """The actions under the ambitions that a workgroup carries."""
        (group,) = (one for one in self.workgroups() if one.key == key)
        return (one for one in self.actions() if one.under in group.ambitions)

    def action(self, key: str) -> Action | None:
        """The action of that key."""
        return next((one for one in self.actions() if one.key == key), None)

    def theory(self, action: str) -> Theory | None:
        """How that action is to help; None when nobody wrote it down."""
        return next((one for one in self.theories if one.action == action), None)

    def indicators_of(self, action: str) -> tuple[Indicator, ...]:
        """How that action is followed."""
        return tuple(one for one in self.indicators if one.action == action)
