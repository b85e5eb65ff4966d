"""From a table of pupils: who goes where, per group and school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import names_of, readers_words
from academic_workplace.cohorts.counting import Cells, counted_rows
from academic_workplace.cohorts.levels import Advice, Codes, Rule, regime_of
from academic_workplace.cohorts.transitions.comparing import compared, of_advice, of_position
from academic_workplace.cohorts.transitions.reading import (
    ACROSS,
    BESIDE,
    Read,
    columns_of,
    read,
    refuse_request,
    two_regimes,
)
from academic_workplace.cohorts.transitions.result import Contrast, Matrix, Transitions
from academic_workplace.cohorts.transitions.shares import share_of_group
from academic_workplace.cohorts.transitions.withholding import decided
from academic_workplace.errors import PlanError, chosen_of
from academic_workplace.language import Text

Ints = NDArray[np.intp]


def transitions(
    table: pd.DataFrame | str | Path | Cells,
    *,
    cohort: str,
    advice: str | Mapping[Advice, str] | Mapping[str, str],
    position: Mapping[int, str] | None = None,
    which: Advice | str = Advice.FIRST,
    by: str | Sequence[str] = (),
    school: str | None = None,
    seen: Mapping[int, str] | None = None,
    rule: Rule | str = Rule.LOWEST,
    codes: Codes | None = None,
    across_regimes: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> Transitions:
    """Who goes where after primary school, and which share is below, on and above the advice.

    table: a row per pupil, or the path of a file (or its ``Cells``), which is then counted in one
    pass (``counting.py``); the other arguments name its columns. cohort: the school year of the
    advice (2018-2019). advice: a column per kind ({"first": ..., "test": ..., "final": ...}), or
    the one column of ``which``. position: a column per year of secondary school ({1: ..., 3: ...}).
    which: the advice that positions and test are compared with. by: columns that make groups
    (schools too). school: whose pupils are alike; intervals are then CR2 with Satterthwaite degrees
    of freedom on the logit, otherwise Wilson's, and it is said. seen: the school year in which a
    position was seen, per year. rule: when a position is on a mixed advice (``Rule``); two advices
    are compared by half steps. codes: what a file's own codes mean. labels: readers' words for the
    groups, by the value of a column of ``by``.

    A blank final advice means that the first one stands, when both columns are given. Cohort
    2019-2020 has no test: whatever needs one leaves it out. Counts of 1 to 9, and those that would
    tell them, are withheld; so is a group of which all pupils fall in one part. Tables by other
    groups, made from the same pupils, can together tell more than each does.

    Raises PlanError on columns that are not there and when cohorts of both regimes would be added
    up (``across_regimes=True`` does so knowingly, or name the cohort column in ``by``); DataError
    with every unknown spelling, blank school and impossible order of years.
    """
    kind, way = chosen_of(Advice, which, "which"), chosen_of(Rule, rule, "rule")
    names, words = names_of(by, "by"), readers_words(labels)
    columns = columns_of(advice, kind)
    mappings = (given for given in (position, seen) if isinstance(given, Mapping))
    others = [column for given in mappings for column in given.values()]
    known = counted_rows(table, (cohort, *columns.values(), *names, school, *others))
    rows = known.table
    refuse_request(rows, cohort, columns, position, kind, names, school, seen)
    data = read(rows, cohort, columns, dict(position or {}), names, school, seen or {}, codes)
    data = replace(data, pupils=known.pupils)
    regimes = tuple(dict.fromkeys(regime_of(year) for year in data.cohorts))
    pooled = len(regimes) == 1 or across_regimes
    if not pooled and cohort not in names:
        raise PlanError([two_regimes(cohort)])
    notes = data.notes
    if len(regimes) > 1:
        notes.append(ACROSS if across_regimes else BESIDE)
    notes += _no_pupils(data, names, cohort)
    whole = bool(names) and pooled
    asked = []
    for year, (at, tracks) in data.position.items():
        asked.append(of_position(data, kind, year, at, tracks, way, whole=whole))
        notes += _unseen(data, year, at)
    for contrast, moves in of_advice(data, kind, notes):
        asked.append(compared(data, contrast, 0, moves, whole=whole))
    groups = (*data.groups, ()) if whole else data.groups
    hidden, chosen = decided(asked, named=bool(names), whole=whole)
    shares = [
        share_of_group(each.contrast, each.year, group, move, each.of_schools[g],
               bool(kept[g, move] or kept[g, 3]), school is not None)
        for each, (kept, _) in zip(asked, hidden, strict=True)
        for g, group in enumerate(groups)
        for move in range(3)
    ]  # fmt: skip
    matrices = [
        Matrix(each.year, group, data.levels, each.tracks, counts, each.named_moves)
        for each, (_, kept) in zip(asked, hidden, strict=True)
        if each.contrast is Contrast.POSITION
        for group, counts in zip(groups, np.where(kept, np.nan, each.matrix), strict=True)
    ]
    return Transitions(
        kind, way, names, data.cohorts, regimes, across_regimes and len(regimes) > 1,
        tuple(shares), tuple(matrices), tuple(notes), words, chosen,
    )  # fmt: skip


def _no_pupils(data: Read, by: Sequence[str], cohort: str) -> list[Text]:
    """Groups without pupils in some cohort: named, for they make cohorts unlike."""
    if not by or list(by) == [cohort]:
        return []
    rest = [i for i, name in enumerate(by) if name != cohort]
    labels = list(dict.fromkeys(tuple(group[i] for i in rest) for group in data.groups))
    place = {label: i for i, label in enumerate(labels)}
    of = np.array([place[tuple(group[i] for i in rest)] for group in data.groups])[data.group]
    there = np.zeros((len(labels), len(data.cohorts)), dtype=bool)
    there[of, data.cohort] = True
    return [
        Text(f"Groep ‘{_named(labels[i])}’ heeft geen leerlingen in cohort {data.cohorts[c]}.",
             f"Group ‘{_named(labels[i])}’ has no pupils in cohort {data.cohorts[c]}.")
        for i, c in zip(*np.nonzero(~there), strict=True)
    ]  # fmt: skip


def _named(labels: tuple[str | None, ...]) -> str:
    return ", ".join("–" if label is None else label for label in labels)


def _unseen(data: Read, year: int, at: Ints) -> list[Text]:
    """Cohorts of which nobody's position is known."""
    known = np.bincount(data.cohort[at >= 0], minlength=len(data.cohorts))
    late = ", ".join(c for c, n in zip(data.cohorts, known, strict=True) if n == 0)
    if not late:
        return []
    return [
        Text(f"Van cohort {late} is de positie in leerjaar {year} van niemand bekend.",
             f"Of cohort {late} nobody's position in year {year} is known.")
    ]  # fmt: skip
