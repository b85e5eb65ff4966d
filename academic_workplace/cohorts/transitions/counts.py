"""From public counts, some of them hidden: shares between bounds that hold for every filling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import names_of, readers_words, require_columns
from academic_workplace.cohorts.levels import Advice, Codes, Rule, located, move_of, regime_of
from academic_workplace.cohorts.ranges import NO_COUNT, WRITE_COUNT, read_counts
from academic_workplace.cohorts.transitions.comparing import code_of
from academic_workplace.cohorts.transitions.reading import (
    ACROSS,
    BESIDE,
    read,
    refuse_request,
    rows_fault,
    two_regimes,
)
from academic_workplace.cohorts.transitions.result import TransitionBounds
from academic_workplace.errors import DataError, Fault, PlanError, chosen_of
from academic_workplace.intake.duo.ranges import Bounds, Split, share_of, split
from academic_workplace.language import Text

Ints = NDArray[np.intp]
TOTALS = frozenset({"totaal", "total", "alle", "all"})


def transitions_of_counts(
    table: pd.DataFrame,
    *,
    cohort: str,
    advice: str,
    position: str,
    pupils: str,
    year: int,
    which: Advice | str = Advice.FIRST,
    by: str | Sequence[str] = (),
    rule: Rule | str = Rule.LOWEST,
    codes: Codes | None = None,
    across_regimes: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> TransitionBounds:
    """As ``transitions``, from public counts: a row per cohort, group, advice and position.

    pupils: the column of counts, in which ``<5`` and -1 are 1 to 4. A row with the position
    "totaal" (or "total") holds the published total of its advice. Combinations that have no row
    have no pupils; a total that says otherwise is a contradiction. The bounds are those of all ways
    of filling in the hidden counts that meet the totals, no wider. labels: readers' words for the
    groups.

    Raises PlanError and DataError as ``transitions`` does, and on counts below 0 or not whole, rows
    that are there twice, and totals that contradict their parts.
    """
    kind, way = chosen_of(Advice, which, "which"), chosen_of(Rule, rule, "rule")
    names, told = names_of(by, "by"), readers_words(labels)
    require_columns(table, {"pupils": pupils}, ("pupils",))
    if not isinstance(year, int):
        rule = Text("Dit is geen leerjaar.", "This is no year.")
        remedy = Text("Kies uit 1 tot en met 6, als getal.", "Choose from 1 to 6, as a number.")
        raise PlanError([Fault(rule, remedy, column="year")])
    refuse_request(table, cohort, {kind: advice}, {year: position}, kind, (*names, pupils), None,
                    None)  # fmt: skip
    words = table[position].astype(object)
    is_total = np.array([isinstance(w, str) and w.strip().casefold() in TOTALS for w in words])
    data = read(table.assign(**{position: words.mask(is_total)}), cohort, {kind: advice},
                 {year: position}, names, None, {}, codes)  # fmt: skip
    regimes = tuple(dict.fromkeys(regime_of(each) for each in data.cohorts))
    if len(regimes) > 1 and not across_regimes and cohort not in names:
        raise PlanError([two_regimes(cohort)])
    at, tracks = data.position[year]
    bounds, faults = _counts(table[pupils])
    blank = (data.advice[kind] < 0) | ((at < 0) & ~is_total)
    if blank.any():
        faults.append(rows_fault(
            Text("Bij dit aantal ontbreekt het advies of de positie.",
                 "This count lacks its advice or its position."),
            Text("Vul het in, of laat de rij weg.", "Fill it in, or leave out the row."),
            pupils, blank,
        ))  # fmt: skip
    # A total belongs to one cohort, group and advice.
    keys = np.column_stack([data.cohort, data.group, data.advice[kind]])
    _, unit = np.unique(keys, axis=0, return_inverse=True)
    unit = unit.reshape(-1)
    again = pd.DataFrame({"unit": unit, "at": np.where(is_total, -1, at)}).duplicated(keep=False)
    if again.any():
        faults.append(rows_fault(
            Text("Deze rijen tellen hetzelfde.", "These rows count the same."),
            Text("Laat er één staan, of noem in by waarin ze verschillen.",
                 "Keep one, or name in by in what they differ."),
            pupils, again.to_numpy(),
        ))  # fmt: skip
    if faults:
        raise DataError(located(faults, table))
    count = int(unit.max()) + 1
    moves = np.array([[code_of(move_of(a, p, way)) for p in (*tracks, None)] for a in data.levels])
    move = np.where(is_total, -2, moves[data.advice[kind], at])
    least, most = np.zeros(count), np.full(count, np.inf)
    least[unit[is_total]] = bounds.low[is_total]
    most[unit[is_total]] = bounds.high[is_total]
    total = Bounds(least, most)
    every = _added(bounds, unit, ~is_total, count)
    wrong = (every.low > total.high) | (every.high < total.low)
    if wrong.any():
        raise DataError(located([rows_fault(
            Text("Dit totaal past niet bij de aantallen waaruit het bestaat.",
                 "This total does not fit the counts that it is made of."),
            Text("Kijk welk aantal klopt. Wat geen rij heeft, telt als 0.",
                 "See which count is right. What has no row counts as 0."),
            pupils, is_total & wrong[unit],
        )], table))  # fmt: skip
    groups = np.zeros(count, dtype=np.intp)
    groups[unit] = data.group
    rest = _added(bounds, unit, move == -1, count)
    compared = Bounds(np.maximum(total.low - rest.high, 0), np.maximum(total.high - rest.low, 0))
    shares, whole = [], compared
    for i in range(3):
        inside = _added(bounds, unit, move == i, count)
        outside = _added(bounds, unit, (move >= 0) & (move != i), count)
        part: Split = split(inside, outside, compared)
        shares.append(share_of(part, groups, len(data.groups)))
        whole = part.whole
    hidden = (bounds.low < bounds.high) & ~is_total
    notes = data.notes
    if len(regimes) > 1:
        notes.append(ACROSS if across_regimes and cohort not in names else BESIDE)
    return TransitionBounds(
        year, kind, way, names, data.cohorts, regimes, data.groups,
        Bounds(np.stack([s.low for s in shares], 1), np.stack([s.high for s in shares], 1)),
        Bounds(np.bincount(groups, whole.low, len(data.groups)),
               np.bincount(groups, whole.high, len(data.groups))),
        np.bincount(data.group[hidden], minlength=len(data.groups)), tuple(notes), told,
    )  # fmt: skip


def _added(bounds: Bounds, unit: Ints, where: NDArray[np.bool_], count: int) -> Bounds:
    return Bounds(np.bincount(unit[where], bounds.low[where], count),
                  np.bincount(unit[where], bounds.high[where], count))  # fmt: skip


def _counts(column: pd.Series) -> tuple[Bounds, list[Fault]]:
    """Counts as text, numbers or ranges; what is none is a fault."""
    found, wrong = read_counts(column)
    bad = rows_fault(NO_COUNT, WRITE_COUNT, str(column.name), wrong)
    return found, [bad] if wrong.any() else []
