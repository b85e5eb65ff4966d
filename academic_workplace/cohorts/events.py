"""How long it takes until something happens: staying on the track, leaving, reaching a diploma.

A curve tells of every school year who has had no event yet, and of each kind of event how many had
it. Curves, and what follows from them, suppose that who is no longer followed would have fared as
those who are. Between groups and cohorts: the difference at a stated horizon and in the mean time
until then, and a logit by school year, which is the natural model where things happen once a year.

Uncertainty by school: pseudo-values of the curve (``survival.py``) in a regression with CR2 and
Satterthwaite degrees of freedom, as everything else in this house. The sum of influences by school
is the sandwich of the infinitesimal jackknife; CR2 corrects what few schools take from it, and one
school in several curves counts once. Without schools: Greenwood, with the normal distribution.
Limits of shares lie on the scale of log(-log S).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts import survival
from academic_workplace.cohorts.columns import (
    as_columns,
    labels,
    numbers,
    place_of,
    readers_words,
    refuse,
    require_columns,
)
from academic_workplace.cohorts.contrasts import (
    Doubt,
    Estimate,
    How,
    doubts,
    estimate,
    on_scale,
    regress,
)
from academic_workplace.cohorts.survival import Followed, Risks, Statistic
from academic_workplace.disclosure import fewest, may_leave, shown_count
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.items import Items
from academic_workplace.language import Text, both, same

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

EXPECTED = 5.0  # events that a group did not have, but would have: chance has that seldom (0.7 %)
UNSEEN = 0.1  # a share of pupils lost sight of above this is worth a word
LONG = 60  # school years, or whatever the unit is: a longer picture is a mistake of the unit


class Caution(StrEnum):
    """What makes a curve or comparison doubtful; ``CAUTIONS`` has the words."""

    OUT_OF_SIGHT = "many lost sight of"
    FEW_AT_RISK = "few at risk after a late entry"
    IMMORTAL = "a group that begins late"
    NOT_WHOLE = "times are not whole years"
    NO_MODEL = "no finite odds ratio"


CAUTIONS = {
    Caution.OUT_OF_SIGHT: Text(
        "Meer dan een op de tien leerlingen is vóór het einde uit beeld geraakt. We nemen aan dat"
        " het hun net zo verging als de anderen.",
        "More than one in ten pupils was lost sight of before the end. We suppose that they fared"
        " as the others did.",
    ),
    Caution.FEW_AT_RISK: Text(
        "In een groep waren er in een jaar te weinig leerlingen in beeld, want velen kwamen later.",
        "In one of the groups too few pupils were in sight in some year, for many came later.",
    ),
    Caution.IMMORTAL: Text(
        "Bij een van de groepen gebeurt er in het begin opvallend weinig. Hoort een leerling pas"
        " later bij die groep, dan lijkt de groep beter dan ze is: wie eerder wegging, kon er niet"
        " bij komen.",
        "In one of the groups remarkably little happens at first. If a pupil only joins that group"
        " later, the group looks better than it is: who left before could not join.",
    ),
    Caution.NOT_WHOLE: Text(
        "Niet alle tijden zijn hele schooljaren. Daarom is er geen model per schooljaar.",
        "Not all times are whole school years. So there is no model by school year.",
    ),
    Caution.NO_MODEL: Text(
        "Het model per schooljaar geeft geen antwoord: een groep heeft iets altijd of nooit.",
        "The model by school year gives no answer: a group always or never has something.",
    ),
}  # fmt: skip


# ---------------------------------------------------------------- what is found


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


# ---------------------------------------------------------------- from a table


@dataclass(frozen=True, slots=True, eq=False)
class _Pupils:
    """The pupils of an analysis: (n,) each. group, at, school: codes. given: columns, and who has
    them all."""

    followed: Followed
    group: Rows
    at: Rows
    school: Rows | None
    given: dict[str, Floats]
    complete: Bools

    def of(self, rows: Bools) -> _Pupils:
        return _Pupils(
            self.followed.of(rows), self.group[rows], self.at[rows],
            None if self.school is None else self.school[rows],
            {name: x[rows] for name, x in self.given.items()}, self.complete[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    """A table as it was understood."""

    pupils: _Pupils
    groups: list[Any]
    places: list[Any]
    kinds: list[Any]
    lost: int
    never: int


def time_to_event(
    table: pd.DataFrame,
    *,
    time: str,
    event: str,
    nothing: object = 0,
    kinds: Mapping[Any, Text] | Sequence[Any] | None = None,
    group: str | None = None,
    reference: object = None,
    cohort: str | None = None,
    since: object = None,
    school: str | None = None,
    entry: str | None = None,
    horizon: int | None = None,
    given: Sequence[str] = (),
    cox: bool = False,
    still: Text | None = None,
    labels: Mapping[str, Text] | None = None,
) -> TimeToEvent:
    """Curves of the time to an event, per group and cohort, and how far apart they are.

    table: a row per pupil. time: school years from the start until the event, or until the pupil
    was followed no longer; a number above 0, as a rule whole. event: what happened then; the value
    ``nothing`` (0 or False unless given; None: an empty cell) says that nothing had. Every other
    value is a kind of event. kinds: those values, the first being what models are about, or their
    words for readers. Kinds compete: who left has no diploma later. To call a competitor
    ``nothing`` would suppose that who left would still have had the same chance of a diploma.

    group, cohort: a curve for each; reference: the group that others are compared with (the first
    unless given); since: the cohort that others are compared with (the first). school: intervals by
    school. entry: years from the start until the pupil came in sight (late entrants): such a pupil
    counts from then on. horizon: whole years, at most what the cohort with the shortest window was
    followed (that unless given). given: columns held equal in adjusted differences and models; what
    are no numbers become indicators. cox: also a hazard ratio by statsmodels, slow in large tables.
    still: what pupils without event do ("on the same track").

    The clock starts for all at the same moment, and group and ``given`` must be known then. Two
    traps: who gets a group for something that came later (a mentor in year 2, a resit) had to stay
    until then, and that time without event is a gift to the group (immortal time); and who is only
    in the table since they stayed (a register of year 3) belongs in it from ``entry`` on, not from
    the start. The first is looked for and told (``Caution.IMMORTAL``), but not all of it is seen.

    Survival: Kaplan-Meier; kinds: Aalen-Johansen; adjusted: regression of pseudo-values; odds ratio
    and standardised difference: ``survival.logit_by_year``; hazard ratio: Breslow's likelihood,
    which many ties in a year draw towards 1, with errors by school and G/(G - 1), t on G - 1.

    Raises PlanError (a column, value or option that is not known; a horizon beyond what a cohort
    was followed, and which) and DataError (times that are none, an event before entry, nobody
    followed, no event, a group without pupils in a cohort), naming every fault.
    """
    named = {"time": time, "event": event, "group": group, "cohort": cohort, "school": school,
             "entry": entry}  # fmt: skip
    require_columns(table, named | {f"given[{i}]": name for i, name in enumerate(given)})
    read = _read(table, named, nothing, kinds, given)
    pupils, groups, places = read.pupils, read.groups, read.places
    r = 0 if reference is None or group is None else place_of(reference, groups, "reference")
    first = 0 if since is None or cohort is None else place_of(since, places, "since")
    h = _horizon(pupils, places, horizon, cohort)
    _refuse_absent(pupils, groups, places, group, cohort)
    nobody = _nobody(pupils.followed, h)
    cells = {
        (g, t): _cell(pupils.of((pupils.group == g) & (pupils.at == t)), h, nobody,
                      (str(groups[g]) if group else "", str(places[t]) if cohort else ""))
        for g in range(len(groups)) for t in range(len(places))
    }  # fmt: skip
    pairs = [((g, t), (r, t)) for g in range(len(groups)) if g != r for t in range(len(places))]
    pairs += [((g, t), (g, first)) for g in range(len(groups)) for t in range(len(places))
              if t != first]  # fmt: skip
    compared = tuple(_compare(cells[a], cells[b], h, pupils, (a, b), cox=cox) for a, b in pairs)
    curves = tuple(cells.values())
    words = kinds.values() if isinstance(kinds, Mapping) else [same(_named(k)) for k in read.kinds]
    found = [c.mean for c in curves] + [x for c in compared if c.raw for x in (c.raw.survival,)]
    schools = None if pupils.school is None else len(np.unique(pupils.school))
    return TimeToEvent(
        curves, time, event, group or "", cohort or "", tuple(given), h,
        tuple(_named(k) for k in read.kinds), tuple(words), still, compared, len(pupils.followed),
        read.lost, read.never, doubts(*found, schools=schools), readers_words(labels),
    )  # fmt: skip


def _read(
    table: pd.DataFrame, named: Mapping[str, str | None], nothing: object,
    kinds: Mapping[Any, Text] | Sequence[Any] | None, given: Sequence[str],
) -> _Read:  # fmt: skip
    """The pupils with all that is asked. Raises DataError naming every fault."""
    faults: list[Fault] = []
    n = len(table)
    time_column, entry_column = str(named["time"]), named["entry"]
    stop = numbers(table, time_column, faults)
    start = np.zeros(n) if entry_column is None else numbers(table, entry_column, faults)
    code, values = labels(table, str(named["event"]))
    kind, order, known = _kinds(code, values, nothing, kinds, str(named["event"]), faults)
    group, groups, at, places = np.zeros(n, np.intp), [""], np.zeros(n, np.intp), [""]
    school = None
    if named["group"] is not None:
        group, groups = labels(table, named["group"])
    if named["cohort"] is not None:
        at, places = labels(table, named["cohort"])
    known = known & np.isfinite(stop) & np.isfinite(start) & (group >= 0) & (at >= 0)
    if named["school"] is not None:
        school = labels(table, named["school"])[0]
        known &= school >= 0
    X, complete = as_columns(table, given, faults)
    _check_times(stop, start, kind, known, time_column, entry_column, faults)
    seen = known & (stop > start)
    if not faults and not seen.any():
        rule = Text("Geen enkele leerling is gevolgd.", "Not one pupil was followed.")
        remedy = Text("Kijk of de tijd en de gebeurtenis goed zijn ingelezen.",
                      "See whether time and event were read well.")  # fmt: skip
        faults.append(Fault(rule, remedy, column=time_column))
    if not faults and not (kind[seen] >= 0).any():
        rule = Text("Bij geen enkele leerling gebeurt er iets.", "Nothing happens to any pupil.")
        remedy = Text(
            "Kijk of `nothing` de waarde is voor wie er niets gebeurde.",
            "See whether `nothing` is the value of those to whom nothing happened.",
        )
        faults.append(Fault(rule, remedy, column=str(named["event"])))
    refuse(faults)
    followed = Followed(start, stop, kind, len(order))
    pupils = _Pupils(followed, group, at, school, X, complete).of(seen)
    return _Read(pupils, groups, places, order, int(n - known.sum()), int(known.sum() - seen.sum()))


def _kinds(
    code: Rows, values: Sequence[Any], nothing: object,
    kinds: Mapping[Any, Text] | Sequence[Any] | None, column: str, faults: list[Fault],
) -> tuple[Rows, list[Any], Bools]:  # fmt: skip
    """(n,) the kind of event, -1 for none; the kinds in order; and (n,) where that is known."""
    none = [i for i, v in enumerate(values) if nothing is not None and _alike(v, nothing)]
    order = [v for i, v in enumerate(values) if i not in none] if kinds is None else list(kinds)
    if kinds is None and nothing is not None and not none and len(values) > 1:
        rule = Text(
            f"De waarde ‘{nothing}’, voor wie er niets gebeurde, komt hier niet voor.",
            f"The value ‘{nothing}’, of those to whom nothing happened, is not there.",
        )
        remedy = Text("Geef die waarde als nothing, of noem de gebeurtenissen in kinds.",
                      "Give that value as nothing, or name the events in kinds.")  # fmt: skip
        faults.append(Fault(rule, remedy, column=column))
    if len({str(k) for k in order}) < len(order) or not order:
        rule = Text(
            "Elke soort gebeurtenis staat er één keer.", "Each kind of event is there once."
        )
        remedy = Text("Geef de waarden van de kolom.", "Give the values of the column.")
        faults.append(Fault(rule, remedy, column="kinds"))
    place = np.full(len(values) + 1, -1)
    strange = []
    for i, value in enumerate(values):
        if i in none:
            continue
        at = [j for j, k in enumerate(order) if _alike(k, value)]
        if at:
            place[i] = at[0]
        else:
            strange.append(value)
    if strange:
        shown = ", ".join(f"‘{value}’" for value in strange[:5])
        rule = Text(
            f"Deze waarden zijn geen soort gebeurtenis en ook niet `nothing`: {shown}.",
            f"These values are no kind of event, nor `nothing`: {shown}.",
        )
        remedy = Text(
            "Noem ze in kinds. Wie iets anders overkomt, is niet zomaar uit beeld.",
            "Name them in kinds. Who has something else happen is not simply out of sight.",
        )
        faults.append(Fault(rule, remedy, column=column))
    kind = place[code]
    known = np.ones(len(code), dtype=bool) if nothing is None else code >= 0
    return np.asarray(kind, dtype=np.intp), order, known


def _alike(a: object, b: object) -> bool:
    return a == b or str(a) == str(b)


def _named(kind: object) -> str:
    """A whole number without its point."""
    return str(int(kind)) if isinstance(kind, float) and kind.is_integer() else str(kind)


def _check_times(
    stop: Floats, start: Floats, kind: Rows, known: Bools, time: str, entry: str | None,
    faults: list[Fault],
) -> None:  # fmt: skip
    """A fault per rule that times break."""
    again = Text("Kijk hoe de tijden zijn gemaakt.", "See how the times were made.")
    rules = [
        ((stop < 0) & known, time,
         Text("Een tijd is 0 of meer.", "A time is 0 or more.")),
        ((start < 0) & known, entry or time,
         Text("Een leerling komt in beeld na 0 jaar of later.",
              "A pupil comes in sight after 0 years or later.")),
        ((stop < start) & (stop >= 0) & known, time,
         Text("Een leerling is uit beeld voordat die in beeld kwam.",
              "A pupil is out of sight before coming in sight.")),
        ((stop == start) & (kind >= 0) & known, time,
         Text("De gebeurtenis is er al op het moment dat het volgen begint.",
              "The event is there at the very moment that following starts.")),
    ]  # fmt: skip
    for wrong, column, rule in rules:
        if wrong.any():
            faults.append(Fault(rule, again, column=column, count=int(wrong.sum())))


def _horizon(
    pupils: _Pupils, places: Sequence[Any], asked: int | None, cohort: str | None
) -> int:  # fmt: skip
    """The horizon. Raises PlanError naming every cohort that was not followed so long."""
    windows = []
    for t in range(len(places)):
        here = pupils.followed.of(pupils.at == t)
        windows.append(math.floor(here.time.max()) if len(here) else 0)
    shortest = min((w for w in windows if w), default=0)
    if asked is None and shortest >= 1:
        asked = min(shortest, LONG)
    whole = isinstance(asked, (int, np.integer)) and not isinstance(asked, bool)
    if asked is None or not whole or not 1 <= asked <= LONG:
        rule = Text(f"De horizon is een heel aantal jaren, van 1 tot en met {LONG}.",
                    f"The horizon is a whole number of years, from 1 to {LONG}.")  # fmt: skip
        remedy = Text("Meet de tijd in schooljaren.", "Measure time in school years.")
        raise PlanError([Fault(rule, remedy, column="horizon")])
    faults = []
    for t, window in enumerate(windows):
        if 0 < window < asked and not _all_ended(pupils.followed.of(pupils.at == t)):
            who = (f"Het cohort ‘{places[t]}’", f"The cohort ‘{places[t]}’") if cohort else (
                "De leerlingen", "The pupils")  # fmt: skip
            were = ("is", "was") if cohort else ("zijn", "were")
            rule = Text(f"{who[0]} {were[0]} maar {window} jaar gevolgd, niet {asked}.",
                        f"{who[1]} {were[1]} followed for {window} years only, not {asked}."
                        )  # fmt: skip
            remedy = Text(f"Neem een horizon van hooguit {shortest}, of laat dat cohort weg.",
                          f"Take a horizon of at most {shortest}, or leave that cohort out."
                          )  # fmt: skip
            faults.append(Fault(rule, remedy, column="horizon"))
    if faults:
        raise PlanError(faults)
    return int(asked)


def _all_ended(pupils: Followed) -> bool:
    """Whether the event had come to everyone, so that there was nobody left to follow."""
    risks = survival.risk_sets(pupils)
    return len(risks.S) > 0 and float(risks.S[-1]) == 0.0


def _refuse_absent(
    pupils: _Pupils, groups: Sequence[Any], places: Sequence[Any], group: str | None,
    cohort: str | None,
) -> None:  # fmt: skip
    """Raise DataError naming every group and cohort in which nobody was followed."""
    counts = np.zeros((len(groups), len(places)), dtype=int)
    np.add.at(counts, (pupils.group, pupils.at), 1)
    faults = []
    for g, t in np.argwhere(counts == 0):
        nl = " van ".join(f"‘{x}’" for x in (groups[g], places[t]) if x != "")
        en = " of ".join(f"‘{x}’" for x in (groups[g], places[t]) if x != "")
        rule = Text(f"Niemand is gevolgd: {nl}.", f"Nobody was followed: {en}.")
        remedy = Text("Neem die groep of dat cohort niet mee, of voeg groepen samen.",
                      "Leave that group or that cohort out, or join groups.")  # fmt: skip
        faults.append(Fault(rule, remedy, column=group or cohort or ""))
    if faults:
        raise DataError(faults)


# ---------------------------------------------------------------- one curve


def _nobody(pupils: Followed, h: int) -> Bools:
    """(h + 1, K) whether no pupil of the whole table had that kind of event by that year."""
    none: Bools = _events(pupils, h) == 0
    return none


def _events(pupils: Followed, h: int) -> NDArray[np.int64]:
    """(h + 1, K) how many had each kind of event by the end of each year."""
    years = np.arange(h + 1)[:, None]
    by = [np.sum(pupils.time[pupils.kind == k][None] <= years, axis=1) for k in range(pupils.kinds)]
    return np.column_stack(by).astype(np.int64)


def _cell(here: _Pupils, h: int, nobody: Bools, name: tuple[str, str]) -> Curve:
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
            shares = tuple(_share(risks, survival.incidence(risks, y, k), code, of_event=True)
                           for k in several)  # fmt: skip
        points.append(Point(
            y, int(followed[y]) if counted[y] else None,
            _share(risks, survival.survival(risks, y), code) if told[y] else None, shares,
        ))  # fmt: skip
    mean = _mean(risks, survival.restricted_mean(risks, h), code) if mean_told else None
    lost = tuple(_mean(risks, survival.time_lost(risks, h, k), code)
                 for k in several) if lost_told else ()  # fmt: skip
    return Curve(
        group=group, cohort=cohort, pupils=n, schools=schools, points=tuple(points), mean=mean,
        lost=lost, events=tuple(shown_count(int(e)) if told[h] and kinds_told[h] else None
                                for e in events[h]),
        cautions=tuple(cautions), withheld=not told[h],
    )  # fmt: skip


def _counts(
    pupils: Followed, h: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Events (h + 1, K), and (h + 1,) still followed without, lost sight of, and come in sight."""
    years = np.arange(h + 1)[:, None]
    none = pupils.kind < 0
    entered = np.sum(pupils.entry[None] <= years, axis=1)
    gone = np.sum((pupils.time[None] < years) & none, axis=1)
    events = _events(pupils, h)
    return events, entered - gone - events.sum(axis=1), gone, entered


def shown_years(
    events: NDArray[np.int64], followed: NDArray[np.int64], nobody: Bools
) -> tuple[Bools, Bools, bool, bool]:
    """Which years of a curve may be shown, of its kinds, and whether its mean times may.

    events: (h + 1, K) by the end of each year; followed: (h + 1,); nobody: as events, whether it
    happened to no one in the whole table (then it tells of no group). A year is shown when ten or
    more had the event and ten or more are followed without, and when between two shown years
    nothing happened to 1 to 9 pupils. The horizon goes first. Kinds are shown all or none, since
    with the survival the last would follow from the others. From a mean one hidden year would
    follow, so that a second goes with it.
    """
    total = events.sum(axis=1, keepdims=True)
    told = _steps(total, np.all(nobody, axis=1)[:, None], followed >= fewest())
    h = len(told) - 1
    hidden = np.flatnonzero(~told[1:h]) + 1
    if told[h] and len(hidden) == 1:
        others = [y for y in range(1, h) if y != hidden[0]]
        if others:
            told[min(others, key=lambda y: abs(y - int(hidden[0])))] = False
    mean = bool(told[h]) and int(np.sum(~told[1:h])) != 1
    if events.shape[1] == 1:
        return told, told.copy(), mean, mean
    kinds = _steps(events, nobody, told)
    lost = mean and bool(kinds[h]) and int(np.sum(~kinds[1:h])) != 1
    return told, kinds, mean, lost


def _steps(events: NDArray[np.int64], nobody: Bools, possible: Bools) -> Bools:
    """(h + 1,) which years leave no step of 1 to 9 pupils, from the last one back; year 0 does."""
    out = np.zeros(len(events), dtype=bool)
    out[0] = True
    after = None
    for y in range(len(events) - 1, 0, -1):
        step = fewest() if after is None else events[after] - events[y]
        apart = np.all((step == 0) | (step >= fewest()))
        if possible[y] and apart and np.all((events[y] >= fewest()) | nobody[y]):
            out[y], after = True, y
    return out


def shown_followed(
    followed: NDArray[np.int64], gone: NDArray[np.int64], entered: NDArray[np.int64], told: Bools
) -> Bools:
    """(h + 1,) where the number still followed tells of no 1 to 9 pupils who left sight or came.

    told: (h + 1,) where the curve itself is shown; elsewhere the number would tell it.
    """
    out = np.zeros(len(followed), dtype=bool)
    moves = np.column_stack([followed, gone, entered])
    after = None
    for y in range(len(followed) - 1, -1, -1):
        from_start = np.array([gone[y], entered[-1] - entered[y]])
        step = from_start if after is None else np.append(np.abs(moves[after] - moves[y]),
                                                          from_start)  # fmt: skip
        if told[y] and followed[y] >= fewest() and np.all((step == 0) | (step >= fewest())):
            out[y], after = True, y
    return out


def _pseudo(risks: Risks, of: Statistic) -> Floats:
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
    found = regress(_pseudo(risks, of), {}, school).contrast({}, 1.0)
    return replace(found, p_value=None)  # nobody asks whether a curve is 0


def _share(
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


# ---------------------------------------------------------------- two curves


def _compare(
    one: Curve, other: Curve, h: int, pupils: _Pupils,
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
            some = _Pupils(some.followed, some.group, some.at, some.school, given, some.complete)
            n_adjusted = len(inside)
            adjusted = _apart(some, inside, h, given, kinds=kinds)
    by_year = hazard = None
    if len(some.followed) and kinds:
        by_year, doubt = _by_year(some, inside, h)
        cautions += [doubt] if doubt else []
        hazard = _cox(some, inside, h) if cox else None
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
    pair: _Pupils, member: Bools, h: int, given: Mapping[str, Floats], *, kinds: bool
) -> Apart:
    """The differences between two curves, at equal ``given`` when there is any."""
    risks = [survival.risk_sets(pair.followed.of(of)) for of in (member, ~member)]

    def less(make: Callable[[Risks], Statistic]) -> Estimate:
        both_of = [make(each) for each in risks]
        value = both_of[0].value - both_of[1].value
        y = np.empty(len(member))
        for of, each, statistic in zip((member, ~member), risks, both_of, strict=True):
            y[of] = _pseudo(each, statistic)
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


def _by_year(pair: _Pupils, member: Bools, h: int) -> tuple[ByYear | None, Caution | None]:
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


def _cox(pair: _Pupils, member: Bools, h: int) -> Estimate | None:
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
