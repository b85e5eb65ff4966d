"""A table as pupils who are followed: every fault of its times and kinds is named at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts import survival
from academic_workplace.cohorts.columns import as_columns, labels, numbers, refuse, unknown
from academic_workplace.cohorts.survival import Followed
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

LONG = 60  # school years, or whatever the unit is: a longer picture is a mistake of the unit


@dataclass(frozen=True, slots=True, eq=False)
class Pupils:
    """The pupils of an analysis: (n,) each. group, at, school: codes. given: columns, and who has
    them all."""

    followed: Followed
    group: Rows
    at: Rows
    school: Rows | None
    given: dict[str, Floats]
    complete: Bools

    def of(self, rows: Bools) -> Pupils:
        return Pupils(
            self.followed.of(rows), self.group[rows], self.at[rows],
            None if self.school is None else self.school[rows],
            {name: x[rows] for name, x in self.given.items()}, self.complete[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """A table as it was understood."""

    pupils: Pupils
    groups: list[Any]
    places: list[Any]
    kinds: list[Any]
    lost: int
    never: int


def read_pupils(
    table: pd.DataFrame, named: Mapping[str, str | None], nothing: object,
    kinds: Mapping[Any, Text] | Sequence[Any] | None, given: Sequence[str],
) -> Read:  # fmt: skip
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
    pupils = Pupils(followed, group, at, school, X, complete).of(seen)
    return Read(pupils, groups, places, order, int(n - known.sum()), int(known.sum() - seen.sum()))


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
    if not values:
        faults.append(unknown(column))
    elif len({str(k) for k in order}) < len(order) or not order:
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


def named_kind(kind: object) -> str:
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


def horizon_of(
    pupils: Pupils, places: Sequence[Any], asked: int | None, cohort: str | None
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


def refuse_absent(
    pupils: Pupils, groups: Sequence[Any], places: Sequence[Any], group: str | None,
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
