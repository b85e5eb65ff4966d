"""What is found: curves by year, how far they are apart, and what makes them doubtful."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.cohorts.columns import place_of
from academic_workplace.cohorts.contrasts import Doubt, Estimate
from academic_workplace.items import Items
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing


class Caution(StrEnum):
    """What makes a curve or comparison doubtful; the report has the words."""

    OUT_OF_SIGHT = "many lost sight of"
    FEW_AT_RISK = "few at risk after a late entry"
    IMMORTAL = "a group that begins late"
    NOT_WHOLE = "times are not whole years"
    NO_MODEL = "no finite odds ratio"


@dataclass(frozen=True, slots=True)
class Point:
    """A curve at the end of a school year; what would tell of fewer than ten pupils is None.

    followed: pupils still followed without event. survival: the share without event. incidence:
    the share that had each kind of event, in the order of the kinds.
    """

    year: int
    followed: int | None
    survival: Estimate | None
    incidence: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A group in a cohort ('' where there is but one), at the end of each school year.

    points: year 0 to the horizon. mean: the mean time without event until the horizon (restricted
    mean). lost: the mean time that each kind of event takes of it. events: how many had each kind
    by the horizon, None for 1 to 9. withheld: fewer than ten pupils at the horizon, with or without
    the event; then nothing is told of the horizon.
    """

    group: str
    cohort: str
    pupils: int | None
    schools: int | None = None
    points: tuple[Point, ...] = ()
    mean: Estimate | None = None
    lost: tuple[Estimate, ...] = ()
    events: tuple[int | None, ...] = ()
    cautions: tuple[Caution, ...] = ()
    withheld: bool = False

    @property
    def horizon(self) -> Point | None:
        """The last point, when it may be shown."""
        return None if self.withheld or not self.points else self.points[-1]


@dataclass(frozen=True, slots=True)
class Apart:
    """One curve less another: the share without event and with each kind of event at the horizon,
    the mean time without event, and the mean time that each kind takes."""

    survival: Estimate
    mean: Estimate | None
    incidence: tuple[Estimate, ...] = ()
    lost: tuple[Estimate, ...] = ()

    def measures(self, kinds: Sequence[str]) -> Iterator[tuple[str, str, Estimate]]:
        """Every number: its name, the kind of event it is about, and its estimate."""
        yield "survival", "", self.survival
        if self.mean is not None:
            yield "restricted mean", "", self.mean
        for kind, found in zip(kinds, self.incidence, strict=False):
            yield "incidence", kind, found
        for kind, found in zip(kinds, self.lost, strict=False):
            yield "time lost", kind, found


@dataclass(frozen=True, slots=True)
class ByYear:
    """The logit by school year of the first kind of event.

    odds_ratio: of having it in a year, among who had none before, the same in every year. share:
    the difference in the share that had it by the horizon if all pupils of both were of the one and
    of the other (``shares``).
    """

    odds_ratio: Estimate
    share: Estimate
    shares: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A group less the reference in a cohort, or a cohort less an earlier one in a group.

    of, than: their labels; at: that of the cohort or group in which they are compared. adjusted: at
    equal ``given``. hazard_ratio: Cox, when asked.
    """

    of: str
    than: str
    at: str
    cohorts: bool
    raw: Apart | None = None
    adjusted: Apart | None = None
    pupils_adjusted: int | None = None
    by_year: ByYear | None = None
    hazard_ratio: Estimate | None = None
    cautions: tuple[Caution, ...] = ()
    withheld: bool = False

    def measures(self, kinds: Sequence[str]) -> Iterator[tuple[str, str, bool, Estimate]]:
        """Every number: its name, the kind of event, whether it is adjusted, and its estimate."""
        for apart, equal in ((self.raw, False), (self.adjusted, True)):
            if apart is not None:
                for name, kind, found in apart.measures(kinds):
                    yield name, kind, equal, found
        equal = self.adjusted is not None
        if self.by_year is not None:
            yield "odds ratio per year", kinds[0], equal, self.by_year.odds_ratio
            yield "standardised difference in share", kinds[0], equal, self.by_year.share
        if self.hazard_ratio is not None:
            yield "hazard ratio", kinds[0], equal, self.hazard_ratio


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TimeToEvent(Items[Curve]):
    """The curves, groups in their order and cohorts within them, and how far they are apart.

    kinds: labels of the kinds of event, the first is the one that models are about. still: what
    pupils without event do, in words. lost: pupils left out since something is missing;
    never_followed: since they were not followed at all.
    """

    time: str
    event: str
    group: str
    cohort: str
    given: tuple[str, ...]
    horizon: int
    kinds: tuple[str, ...]
    words: tuple[Text, ...]
    still: Text | None
    comparisons: tuple[Comparison, ...]
    pupils: int
    lost: int
    never_followed: int
    doubts: tuple[Doubt, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"TimeToEvent({len(self)} curves to year {self.horizon})"

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What there is to be careful about in any curve or comparison."""
        found = {c for each in self.items for c in each.cautions}
        found |= {c for each in self.comparisons for c in each.cautions}
        return tuple(c for c in Caution if c in found)

    def table(self) -> pd.DataFrame:
        """A row per curve, year and measure, in full precision; what is withheld has no value."""
        nothing = Estimate(math.nan)
        rows: list[dict[str, object]] = []
        for curve in self.items:
            name: dict[str, object] = {"group": curve.group, "cohort": curve.cohort,
                                       "pupils": curve.pupils}  # fmt: skip
            for p in curve.points:
                at: dict[str, object] = {"year": p.year, "followed": p.followed}
                rows.append(_row(name | at, "survival", "", p.survival or nothing))
                for kind, found in zip(self.kinds, p.incidence, strict=False):
                    rows.append(_row(name | at, "incidence", kind, found))
            at = {"year": self.horizon, "followed": None}
            if curve.mean is not None:
                rows.append(_row(name | at, "restricted mean", "", curve.mean))
            for kind, found in zip(self.kinds, curve.lost, strict=False):
                rows.append(_row(name | at, "time lost", kind, found))
            if not curve.points:
                rows.append(_row(name | at, "survival", "", nothing))
        table = pd.DataFrame(rows)
        table["withheld"] = table["value"].isna()
        return table

    def comparisons_table(self) -> pd.DataFrame:
        """A row per comparison and measure, in full precision."""
        columns = ["of", "than", "at", "cohorts", "measure", "kind", "adjusted", "withheld"]
        rows: list[dict[str, object]] = []
        for c in self.comparisons:
            name = {"of": c.of, "than": c.than, "at": c.at, "cohorts": c.cohorts}
            found = list(c.measures(self.kinds)) or [("survival", "", False, Estimate(math.nan))]
            for measure, kind, equal, each in found:
                told = {"adjusted": equal, "withheld": c.withheld}
                rows.append(_row(name, measure, kind, each) | told)
        return pd.DataFrame(rows, columns=[*columns, *Estimate(math.nan).to_dict()])

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.events import events_sentences

        return events_sentences(self, language)

    def plot(
        self, ax: Axes | None = None, *, kind: object = None, language: str = "nl"
    ) -> Axes:  # fmt: skip
        """The curves with their bands, and how many pupils are still followed.

        kind: the share that had this kind of event, instead of the share that had none.
        """
        from academic_workplace.report.events import plot_events

        return plot_events(self, self.place(kind), language, ax)

    def picture(self, language: str = "nl", *, kind: object = None) -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.events import events_drawing

        return events_drawing(self, self.place(kind), language)

    def place(self, kind: object) -> int | None:
        """Where a kind of event stands. Raises PlanError naming those there are."""
        return None if kind is None else place_of(str(kind), self.kinds, "kind")

    def _repr_html_(self) -> str:
        from academic_workplace.report.events import events_notebook

        return both(self.explain) + events_notebook(self)


def _row(
    name: Mapping[str, object], measure: str, kind: str, found: Estimate
) -> dict[str, object]:  # fmt: skip
    return dict(name) | {"measure": measure, "kind": kind} | found.to_dict()
