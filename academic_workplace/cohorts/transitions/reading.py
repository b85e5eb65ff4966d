"""A table of pupils with advice and positions, read as codes: every fault is named at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import lists, nested, require_columns
from academic_workplace.cohorts.levels import (
    Advice,
    Coded,
    Codes,
    Track,
    located,
    read_cohorts,
    read_levels,
    read_tracks,
)
from academic_workplace.errors import DataError, Fault, PlanError, not_known
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
YEARS = (1, 2, 3, 4, 5, 6)
SKIPPED = 1  # classes that a pupil may skip; two are a mistake


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What the columns of a table say, as codes; -1 is not known. pupils: per row, or None: one."""

    cohort: Ints
    cohorts: tuple[str, ...]
    levels: tuple[Track, ...]
    advice: dict[Advice, Ints]
    position: dict[int, tuple[Ints, tuple[Track, ...]]]
    group: Ints
    groups: tuple[tuple[str | None, ...], ...]
    school: Ints
    schools: int
    notes: list[Text]
    pupils: Floats | None = None


ACROSS = Text(
    "Hier zijn adviezen van voor en vanaf 2023-2024 bij elkaar geteld. De regel voor bijstellen is"
    " toen veranderd: het advies betekent daarna iets anders.",
    "Here advice from before and from 2023-2024 is added up. The rule for adjusting changed then:"
    " afterwards advice means something else.",
)
BESIDE = Text(
    "Vanaf 2023-2024 geldt een andere regel voor bijstellen. Een verschil over die grens is dus"
    " geen verschil tussen leerlingen alleen.",
    "From 2023-2024 another rule for adjusting holds. A difference across that line is not one"
    " between pupils alone.",
)


def columns_of(
    advice: str | Mapping[Advice, str] | Mapping[str, str], which: Advice
) -> dict[Advice, str]:
    """The column of every kind of advice. Raises PlanError on a kind that there is not."""
    given = {which: advice} if isinstance(advice, str) else advice
    if not isinstance(given, Mapping):
        rule = Text("Er staat niet bij welk advies in welke kolom staat.",
                    "It does not say which advice stands in which column.")  # fmt: skip
        remedy = Text("Schrijf advice={‘first’: ‘…’, ‘test’: ‘…’, ‘final’: ‘…’}.",
                      "Write advice={‘first’: ‘…’, ‘test’: ‘…’, ‘final’: ‘…’}.")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="advice")])
    known = [kind.value for kind in Advice]
    faults = [not_known("advice", str(kind), known) for kind in given if str(kind) not in known]
    if faults:
        raise PlanError(faults)
    return {Advice(kind): column for kind, column in given.items()}


def refuse_request(
    table: pd.DataFrame,
    cohort: str,
    advice: Mapping[Advice, str],
    position: Mapping[int, str] | None,
    which: Advice,
    by: Sequence[str],
    school: str | None,
    seen: Mapping[int, str] | None,
) -> None:
    """Every argument that cannot be, at once."""
    require_columns(table, {})
    faults = []
    years: dict[str, Mapping[int, str]] = {}
    for name, given in (("position", position), ("seen", seen)):
        if given is None:
            continue
        if not isinstance(given, Mapping):
            rule = Text("Er staat niet bij welk leerjaar dit is.",
                        "It does not say which year this is.")  # fmt: skip
            remedy = Text(f"Schrijf {name}={{3: ‘{given}’}} voor leerjaar 3.",
                          f"Write {name}={{3: ‘{given}’}} for year 3.")  # fmt: skip
            faults.append(Fault(rule, remedy, column=name))
            continue
        years[name] = given
        wrong = [year for year in given if year not in tuple(YEARS)]
        if wrong:
            listed = ", ".join(map(str, wrong))
            rule = Text(f"Dit is geen leerjaar: {listed}.", f"This is no year: {listed}.")
            remedy = Text("Kies uit 1 tot en met 6, als getal en zonder aanhalingstekens.",
                          "Choose from 1 to 6, as a number and without quotes.")  # fmt: skip
            faults.append(Fault(rule, remedy, column=name))
    if which not in advice:
        rule = Text(f"De kolom van het advies ‘{which.value}’ ontbreekt.",
                    f"The column of the ‘{which.value}’ advice is missing.")  # fmt: skip
        remedy = Text("Noem de kolom in advice, of kies een ander advies met which.",
                      "Name the column in advice, or choose another with which.")  # fmt: skip
        faults.append(Fault(rule, remedy, column="which"))
    named: dict[str, object] = {"cohort": cohort}
    named |= {f"advice[{kind.value}]": column for kind, column in advice.items()}
    named |= {f"{name}[{year}]": column for name, given in years.items()
              for year, column in given.items()}  # fmt: skip
    named |= {} if school is None else {"school": school}
    rule = Text("Hier hoort de naam van één kolom.", "This takes the name of one column.")
    remedy = Text("Schrijf de naam tussen aanhalingstekens.", "Write the name between quotes.")
    faults += [Fault(rule, remedy, column=argument) for argument, column in named.items()
               if not isinstance(column, str)]  # fmt: skip
    columns = [column for column in (*named.values(), *by) if isinstance(column, str)]
    known = [str(name) for name in table.columns]
    faults += [not_known(c, c, known) for c in dict.fromkeys(columns) if c not in table.columns]
    faults += [lists(c) for c in dict.fromkeys(columns) if known.count(c) == 1 and nested(table[c])]
    faults += _used_twice(advice, years)
    twice = [c for c in dict.fromkeys(columns) if (table.columns == c).sum() > 1]
    for column in twice:
        rule = Text("Deze kolom staat er twee keer.", "This column is there twice.")
        remedy = Text("Laat één van beide weg.", "Leave one of them out.")
        faults.append(Fault(rule, remedy, column=column))
    if not len(table):
        rule = Text("Deze tabel heeft geen rijen.", "This table has no rows.")
        remedy = Text("Geef een tabel met leerlingen.", "Give a table of pupils.")
        faults.append(Fault(rule, remedy))
    if faults:
        raise PlanError(faults)


def _used_twice(
    advice: Mapping[Advice, str], years: Mapping[str, Mapping[int, str]]
) -> list[Fault]:
    """Columns that stand for two things: everyone would be on the advice, or on time."""
    named = [*advice.values(), *(c for given in years.values() for c in given.values())]
    rule = Text("Deze kolom is voor twee dingen genoemd.", "This column is named for two things.")
    remedy = Text("Noem bij elk advies, leerjaar en schooljaar de eigen kolom.",
                  "Name the own column of every advice, year and school year.")  # fmt: skip
    words = [column for column in named if isinstance(column, str)]
    again = dict.fromkeys(column for column in words if words.count(column) > 1)
    return [Fault(rule, remedy, column=str(column)) for column in again]


def read(
    table: pd.DataFrame,
    cohort: str,
    advice: Mapping[Advice, str],
    position: Mapping[int, str],
    by: Sequence[str],
    school: str | None,
    seen: Mapping[int, str],
    codes: Codes | None,
) -> Read:
    """All columns as codes. Raises DataError naming what is wrong in any of them."""
    faults: list[Fault] = []
    notes: list[Text] = []
    coded: dict[Advice, Coded] = {}
    placed: dict[int, Coded] = {}
    years: pd.Series | None = None
    try:
        years = read_cohorts(table[cohort], column=cohort)
    except DataError as error:
        faults += error.faults
    for kind, column in advice.items():
        try:
            coded[kind] = read_levels(table[column], column=column, codes=codes)
        except DataError as error:
            faults += error.faults
    for year, column in sorted(position.items()):
        try:
            placed[year] = read_tracks(table[column], column=column, codes=codes)
        except DataError as error:
            faults += error.faults
    if years is not None:
        faults += _impossible(table, years, placed, seen)
    schools, clusters = np.zeros(len(table), dtype=np.intp), 1
    if school is not None:
        schools, found = pd.factorize(table[school])
        clusters = len(found)
        if (schools < 0).any():
            faults.append(rows_fault(
                Text("Van deze leerlingen is de school niet bekend.",
                     "The school of these pupils is not known."),
                Text("Vul de school in, of laat school= weg.",
                     "Fill in the school, or leave out school=."),
                school, schools < 0,
            ))  # fmt: skip
    if faults or years is None:
        raise DataError(located(faults, table))
    cohorts, names = pd.factorize(years, sort=True)
    levels = tuple(
        sorted({track for c in coded.values() for track in c.levels}, key=lambda t: t.sorting)
    )
    place = {track: i for i, track in enumerate(levels)}
    known = {
        kind: np.array([*(place[t] for t in c.levels), -1], dtype=np.intp)[c.codes]
        for kind, c in coded.items()
    }
    if Advice.FIRST in known and Advice.FINAL in known:
        stands = coded[Advice.FINAL].blank & (known[Advice.FIRST] >= 0)
        known[Advice.FINAL] = np.where(stands, known[Advice.FIRST], known[Advice.FINAL])
        if stands.any():
            notes.append(Text(
                "Waar geen definitief advies is ingevuld, geldt het eerste advies.",
                "Where no final advice is filled in, the first advice stands.",
            ))  # fmt: skip
    codes_of, labels = groups_of(table, by)
    return Read(
        cohorts, tuple(names), levels, known,
        {year: (c.codes, c.levels) for year, c in placed.items()},
        codes_of, labels, schools, clusters, notes,
    )  # fmt: skip


def groups_of(
    table: pd.DataFrame, by: Sequence[str]
) -> tuple[Ints, tuple[tuple[str | None, ...], ...]]:
    """The group of every row, and the groups in order; who lacks a label is a group as well."""
    if not by:
        return np.zeros(len(table), dtype=np.intp), ((),)
    frame = table[list(by)]
    odd = [c for c in by if pd.api.types.infer_dtype(frame[c], skipna=True).startswith("mixed")]
    frame = frame.assign(**{c: frame[c].map(str, na_action="ignore") for c in odd})
    codes = frame.groupby(list(by), dropna=False, observed=True, sort=True).ngroup().to_numpy()
    first = np.unique(codes, return_index=True)[1]
    labels = tuple(
        tuple(None if pd.isna(label) else str(label) for label in row)
        for row in frame.iloc[first].itertuples(index=False)
    )
    return codes.astype(np.intp), labels


def _impossible(
    table: pd.DataFrame,
    cohorts: pd.Series,
    placed: Mapping[int, Coded],
    seen: Mapping[int, str],
) -> list[Fault]:
    """Positions that were seen too early: before the advice, or before an earlier year."""
    faults: list[Fault] = []
    start = cohorts.str[:4].to_numpy(dtype=float)
    when: dict[int, Floats] = {}
    for year, column in sorted(seen.items()):
        cells = table[column]
        filled = cells.notna().to_numpy()
        found = np.full(len(table), np.nan)
        if filled.any():
            try:
                words = read_cohorts(cells[filled], column=column)
            except DataError as error:
                at = np.flatnonzero(filled) + 1
                faults += [
                    Fault(f.rule, f.remedy, column=column, count=f.count,
                          rows=tuple(int(at[row - 1]) for row in f.rows))
                    for f in error.faults
                ]  # fmt: skip
                continue
            found[filled] = words.str[:4].to_numpy(dtype=float)
        if year in placed:
            without = (placed[year].codes >= 0) & ~filled
            if without.any():
                faults.append(rows_fault(
                    Text(f"Hier staat een positie in leerjaar {year} zonder schooljaar.",
                         f"Here is a position in year {year} without a school year."),
                    Text("Vul het schooljaar in, of laat de positie leeg.",
                         "Fill in the school year, or leave the position empty."),
                    column, without,
                ))  # fmt: skip
        early = found < start + max(year - SKIPPED, 1)
        if early.any():
            faults.append(rows_fault(
                Text(f"Leerjaar {year} ligt hier te vroeg na het schooljaar van het advies.",
                     f"Year {year} comes too soon after the school year of the advice here."),
                Text("Kijk welk schooljaar klopt.", "See which school year is right."),
                column, early,
            ))  # fmt: skip
        for before, then in when.items():
            turned = (found < then + max(year - before - SKIPPED, 1)) & ~early
            if turned.any():
                faults.append(rows_fault(
                    Text(f"Leerjaar {year} komt hier niet na leerjaar {before}, of te snel.",
                         f"Year {year} does not come after year {before} here, or too soon."),
                    Text("Kijk of de schooljaren verwisseld zijn.",
                         "See whether the school years were swapped."),
                    column, turned,
                ))  # fmt: skip
        when[year] = found
    return faults


def rows_fault(rule: Text, remedy: Text, column: str, where: NDArray[np.bool_]) -> Fault:
    rows = np.flatnonzero(where)
    return Fault(rule, remedy, column=column, rows=tuple(int(r) + 1 for r in rows[:10]),
                 count=len(rows))  # fmt: skip


def two_regimes(cohort: str) -> Fault:
    return Fault(
        Text("Adviezen van voor en vanaf 2023-2024 zijn niet zomaar op te tellen: de regel voor"
             " bijstellen is veranderd.",
             "Advice from before and from 2023-2024 cannot simply be added up: the rule for"
             " adjusting has changed."),
        Text(f"Neem ‘{cohort}’ op in by, of zeg across_regimes=True.",
             f"Include ‘{cohort}’ in by, or say across_regimes=True."),
        column="across_regimes",
    )  # fmt: skip
