"""Means and shares per cohort and group, as they are and at one composition.

The story that this is for: a gap that looks as if it narrowed, while the intake changed. Each group
gets the composition it had in the reference cohort, or that of all its pupils. From rows, with
intervals (``from_influence``); or from counts in which DUO's ``<5`` stands, with bounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import (
    labels,
    names_of,
    place_of,
    readers_words,
    refuse,
    require_columns,
)
from academic_workplace.cohorts.compare import Cell, covered, outside, tells
from academic_workplace.cohorts.contrasts import Doubt, Estimate, doubts
from academic_workplace.cohorts.counting import Cells, counted_rows
from academic_workplace.cohorts.influence import from_influence, mean_of, standardised_mean
from academic_workplace.cohorts.levels import located
from academic_workplace.cohorts.ranges import NO_COUNT, WRITE_COUNT, read_counts, wrong_rows
from academic_workplace.cohorts.samples import BESIDE, Sample, how_many, read_sample, regimes
from academic_workplace.disclosure import may_leave
from academic_workplace.errors import DataError, Fault, chosen_of
from academic_workplace.intake.duo.ranges import Bounds, share_of, split
from academic_workplace.items import Items
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]


class Standard(StrEnum):
    """Whose composition in the reference cohort a group gets."""

    OWN = "own group"  # each group keeps the composition it had
    ALL = "all pupils"  # every group gets that of everyone


# ---------------------------------------------------------------- standardised levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The mean (or share) of one cohort and group: as it is, and at the standard's composition.

    covered: the share of the standard's pupils in cells that this cohort has; None when the others
    are 1 to 9. outside: cells that one of them lacks. withheld: no number leaves.
    """

    cohort: str
    group: str
    pupils: int | None = None
    raw: Estimate | None = None
    standardised: Estimate | None = None
    covered: float | None = None
    outside: tuple[Cell, ...] = ()
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A gap between groups in a cohort (or its mean, without groups), and the change since the
    reference cohort: as it is, and at the standard's composition. intake: the part of the change
    that is gone at equal composition, ``raw_change - standardised_change``."""

    cohort: str
    since: str
    group: str
    reference_group: str
    raw: Estimate
    standardised: Estimate
    raw_change: Estimate | None
    standardised_change: Estimate | None
    intake: Estimate | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Standardised(Items[Level]):
    """Means per cohort and group, raw and standardised. shifts: gaps or means, and changes."""

    outcome: str
    cohort: str
    reference: str
    adjust: tuple[str, ...]
    group: str
    standard: Standard
    shifts: tuple[Shift, ...]
    share: bool
    lost: int
    doubts: tuple[Doubt, ...]
    notes: tuple[Text, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Standardised({len(self)} levels at the intake of {self.reference!r})"

    def level(self, cohort: object, group: object = "") -> Level:
        """One level. Raises PlanError when there is none."""
        names = [f"{x.cohort}, {x.group}" if x.group else x.cohort for x in self.items]
        asked = f"{cohort}, {group}" if str(group) else str(cohort)
        return self.items[place_of(asked, names, "cohort, group")]

    def table(self) -> pd.DataFrame:
        """A row per cohort and group, raw and standardised beside each other."""
        rows = []
        for x in self.items:
            row: dict[str, object] = {"outcome": self.outcome, "cohort": x.cohort,
                                      "group": x.group, "pupils": x.pupils}  # fmt: skip
            for kind, found in (("raw", x.raw), ("standardised", x.standardised)):
                each = (found or Estimate(math.nan)).to_dict()
                row |= {kind: each["value"]} | {
                    f"{kind}_{name}": each[name] for name in ("se", "df", "low", "high")
                }
            rows.append(row | {"covered": x.covered, "withheld": x.withheld})
        return pd.DataFrame(rows)

    def shifts_table(self) -> pd.DataFrame:
        """A row per cohort, pair of groups and number: gaps (or means) and their changes."""
        rows = []
        for s in self.shifts:
            name = {"outcome": self.outcome, "cohort": s.cohort, "since": s.since,
                    "group": s.group, "reference_group": s.reference_group}  # fmt: skip
            for what in ("raw", "standardised", "raw_change", "standardised_change", "intake"):
                each: Estimate | None = getattr(s, what)
                if each is not None:
                    rows.append(name | {"what": what} | each.to_dict())
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.cohorts.standardising import standardised_sentence

        return standardised_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The gap (or mean) per cohort, raw against standardised."""
        from academic_workplace.report.figures.cohorts import plot_standardised

        return plot_standardised(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.figures.cohorts import standardised_drawing

        return standardised_drawing(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.cohorts.standardising import standardised_notebook

        return both(self.explain) + standardised_notebook(self)


def standardise(
    table: pd.DataFrame | str | Path | Cells,
    *,
    outcome: str,
    cohort: str,
    reference: object,
    adjust: Sequence[str] | str,
    group: str | None = None,
    reference_group: object = None,
    standard: Standard | str = Standard.OWN,
    school: str | None = None,
    provider: str | None = None,
    labels: Mapping[str, Text] | None = None,
) -> Standardised:
    """Means (or shares) per cohort and group, as they are and at one composition.

    Arguments as in ``compare``. group: a column of groups; standard: whether each gets its own
    composition in the reference cohort, or that of all pupils there. reference_group: gaps are each
    group less this one (without groups, ``shifts`` are about the means). ``table`` of counts: see
    ``standardise_counts``. ``table`` as the path of a file (or its ``Cells``, with the outcome as
    their number) is counted in one pass; that needs schools.

    Raises as ``compare`` does; also when a group has no pupils in a cohort, or no cell in common
    with the standard.
    """
    whose = chosen_of(Standard, standard, "standard")
    adjust = names_of(adjust, "adjust")
    rows = counted_rows(table, (cohort, group, *adjust, school, provider), outcome, school)
    sample = read_sample(rows.table, outcome=outcome, part=cohort, school=school, group=group,
                         cells=adjust, provider=provider, pupils=rows.pupils)  # fmt: skip
    pupils = sample.pupils
    r = place_of(reference, sample.values, "reference")
    g0 = None if reference_group is None else place_of(
        reference_group, sample.groups, "reference_group"
    )  # fmt: skip
    y, scale, G, T = sample.y, float(np.ptp(sample.y)), len(sample.groups), len(sample.values)
    code = sample.part * G + sample.group
    size = np.bincount(code, minlength=G * T).reshape(T, G)  # of rows: whether there are pupils
    refuse(_empty(sample, size, group, cohort))
    levels, raws, stds, faults = [], {}, {}, []
    for t, g in product(range(T), range(G)):
        own = (sample.part == t) & (sample.group == g)
        base = (sample.part == r) & ((sample.group == g) | (whose is Standard.ALL))
        names = str(sample.values[t]), str(sample.values[r])
        shown = str(sample.groups[g])
        value, phi, shared = standardised_mean(y, sample.cell, own, base, pupils)
        if not shared.any():
            faults.append(_no_cell(names, shown, adjust))
            continue
        inside = shared[sample.cell]
        counts = [how_many(rows, pupils) for rows in (own, own & inside, base & inside)]
        if not may_leave(*counts) or (sample.share and tells(y, own, pupils=pupils)):
            levels.append(Level(cohort=names[0], group=shown, withheld=True))
            continue
        raws[t, g], stds[t, g] = mean_of(y, own, pupils), (value, phi)
        levels.append(Level(
            cohort=names[0], group=shown, pupils=counts[0],
            raw=from_influence(*raws[t, g], code, sample.school, scale, pupils),
            standardised=from_influence(value, phi, code, sample.school, scale, pupils),
            covered=covered(base, inside, pupils),
            outside=outside(sample, own, base, shared, names) if t != r else (),
        ))  # fmt: skip
    refuse(faults)

    def less(a: tuple[float, Floats], b: tuple[float, Floats]) -> tuple[float, Floats]:
        return a[0] - b[0], a[1] - b[1]

    def known(x: tuple[float, Floats]) -> Estimate:
        return from_influence(*x, code, sample.school, scale, pupils)

    pairs = [(0, None)] if group is None else [(g, g0) for g in range(G) if g != g0]
    shifts = []
    for t, (g, h) in product(range(T), pairs if group is None or g0 is not None else []):
        at = [(t, g), (r, g)] if h is None else [(t, g), (r, g), (t, h), (r, h)]
        if not all(key in raws for key in at):
            continue
        here, then = [
            [x[k, g] if h is None else less(x[k, g], x[k, h]) for x in (raws, stds)] for k in (t, r)
        ]
        moved = [less(a, b) for a, b in zip(here, then, strict=True)]
        changes = (None, None, None) if t == r else (
            known(moved[0]), known(moved[1]), known(less(*moved))
        )  # fmt: skip
        shifts.append(Shift(
            cohort=str(sample.values[t]), since=str(sample.values[r]), group=str(sample.groups[g]),
            reference_group="" if h is None else str(sample.groups[h]), raw=known(here[0]),
            standardised=known(here[1]), raw_change=changes[0], standardised_change=changes[1],
            intake=changes[2],
        ))  # fmt: skip
    each = [e for x in levels for e in (x.raw, x.standardised)]
    return Standardised(
        tuple(levels), outcome, cohort, str(sample.values[r]), tuple(adjust), group or "", whose,
        tuple(shifts), sample.share, sample.lost,
        doubts(*each, schools=sample.schools(np.ones(len(y), dtype=bool))),
        (BESIDE,) if len(regimes(sample.values)) > 1 else (), readers_words(labels),
    )  # fmt: skip


def _empty(sample: Sample, size: NDArray[Any], group: str | None, cohort: str) -> list[Fault]:
    return [
        _no_pupils(str(sample.groups[g]), str(sample.values[t]), group or cohort)
        for t, g in np.argwhere(size == 0).tolist()
    ]


def _no_pupils(group: str, cohort: str, column: str) -> Fault:
    name, of = group[:40], cohort[:40]
    rule = Text(f"Groep ‘{name}’ heeft geen leerlingen in cohort ‘{of}’.",
                f"Group ‘{name}’ has no pupils in cohort ‘{of}’.")  # fmt: skip
    remedy = Text("Neem die groep of dat cohort niet mee, of voeg groepen samen.",
                  "Leave that group or that cohort out, or join groups.")  # fmt: skip
    return Fault(rule, remedy, column=column)


def _no_cell(names: tuple[str, str], group: str, adjust: Sequence[str]) -> Fault:
    of = (f" van groep ‘{group[:40]}’", f" of group ‘{group[:40]}’") if group else ("", "")
    rule = Text(
        f"Cohort ‘{names[0][:40]}’{of[0]} heeft geen combinatie gemeen met ‘{names[1][:40]}’.",
        f"Cohort ‘{names[0][:40]}’{of[1]} has no combination in common with ‘{names[1][:40]}’.",
    )
    remedy = Text("Neem minder of grovere kolommen.", "Take fewer or coarser columns.")
    return Fault(rule, remedy, column=", ".join(adjust))


# ---------------------------------------------------------------- from counts with ranges


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StandardisedCounts:
    """Shares per cohort and group from counts, within bounds. keys: (cohort, group) of each;
    raw, standardised, change: (k,); change is standardised less the reference's own share.
    without: per key the cells that the standard has and this cohort lacks."""

    reference: str
    keys: tuple[tuple[str, str], ...]
    raw: Bounds
    standardised: Bounds
    change: Bounds
    without: tuple[tuple[tuple[str, ...], ...], ...]
    notes: tuple[Text, ...]

    def __repr__(self) -> str:
        return f"StandardisedCounts({len(self.keys)} levels at {self.reference!r})"

    def table(self) -> pd.DataFrame:
        """A row per cohort and group: lowest and highest, raw and standardised."""
        return pd.DataFrame({
            "cohort": [k[0] for k in self.keys], "group": [k[1] for k in self.keys],
            "raw_low": self.raw.low, "raw_high": self.raw.high,
            "standardised_low": self.standardised.low, "standardised_high": self.standardised.high,
            "change_low": self.change.low, "change_high": self.change.high,
            "cells_without": [len(w) for w in self.without],
        })  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.cohorts.standardising import counts_sentence

        return counts_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def standardise_counts(
    table: pd.DataFrame,
    *,
    cohort: str,
    reference: object,
    adjust: Sequence[str] | str,
    yes: str,
    pupils: str,
    group: str | None = None,
) -> StandardisedCounts:
    """Standardised shares from counts in which DUO's ``<5`` and -1 may stand.

    table: a row per cohort (group) and cell, or several, such as one per school. yes: how many have
    the outcome; pupils: how many there are; either may be a range (``5-9``). Every filling of
    hidden counts lies within the bounds; those of raw and standardised shares are the tightest
    there are, those of changes need not be.

    Raises PlanError on unknown names, DataError on what is no count, on counts that contradict each
    other, on groups without pupils in a cohort and on cohorts without a cell in common.
    """
    adjust = names_of(adjust, "adjust")
    require_columns(table, {"cohort": cohort, "yes": yes, "pupils": pupils, "group": group}
                    | {f"adjust[{i}]": c for i, c in enumerate(adjust)},
                    ("cohort", "yes", "pupils"))  # fmt: skip
    faults: list[Fault] = []
    x, n = _counted(table, yes, faults), _counted(table, pupils, faults)
    part, cohorts = labels(table, cohort)
    of, groups = (np.zeros(len(table), dtype=np.intp), [""]) if group is None else (
        labels(table, group)
    )  # fmt: skip
    cell = np.zeros(len(table), dtype=np.intp)
    names: list[tuple[str, ...]] = [()]
    for name in adjust:
        codes, values = labels(table, name)
        cell = np.where((codes < 0) | (cell < 0), -1, cell * len(values) + codes)
        names = [(*each, str(v)) for each in names for v in values]
    blank = (part < 0) | (of < 0) | (cell < 0)
    if blank.any():
        rule = Text("Bij een aantal ontbreekt cohort, groep of kenmerk.",
                    "A count lacks its cohort, group or characteristic.")  # fmt: skip
        remedy = Text("Vul het in of laat de rij weg.", "Fill it in or leave the row out.")
        faults.append(wrong_rows(rule, remedy, pupils, blank))
    refuse(located(faults, table))
    try:
        parts = split(x, Bounds(np.zeros(len(n.low)), n.high), n)
    except DataError:
        rule = Text("Er zijn meer leerlingen met de uitkomst dan leerlingen.",
                    "There are more pupils with the outcome than pupils.")  # fmt: skip
        remedy = Text("Controleer de aantallen.", "Check the counts.")
        more = wrong_rows(rule, remedy, yes, x.low > n.high)
        raise DataError(located([more], table)) from None
    r = place_of(reference, cohorts, "reference")
    T, G, K = len(cohorts), len(groups), len(names)
    at = (part * G + of) * K + cell
    rate = share_of(parts, at, T * G * K)
    low, high = (np.bincount(at, b, T * G * K).reshape(T, G, K)
                 for b in (parts.whole.low, parts.whole.high))  # fmt: skip
    raw = share_of(parts, part * G + of, T * G)
    rates = rate.low.reshape(T, G, K), rate.high.reshape(T, G, K)
    found, without, keys = [], [], []
    for t, g in product(range(T), range(G)):
        keys.append((str(cohorts[t]), str(groups[g])))
        here = high[t, g] > 0
        theirs = high[r, g] > 0
        if not here.any():
            faults.append(_no_pupils(keys[-1][1], keys[-1][0], group or cohort))
            continue
        if not (here & theirs).any():
            faults.append(_no_cell((keys[-1][0], str(cohorts[r])), keys[-1][1], adjust))
            continue
        without.append(tuple(names[c] for c in np.flatnonzero(theirs & ~here)))
        use = here & theirs  # a hidden count is at least 1: no cell is empty in some fillings only
        least = low[r, g][use]
        own = t == r  # its shares and its composition are one set of counts
        found.append((raw.low[t * G + g], raw.high[t * G + g]) if own else (
            _extreme(rates[0][t, g][use], least, high[r, g][use], 1.0),
            _extreme(rates[1][t, g][use], least, high[r, g][use], -1.0),
        ))  # fmt: skip
    refuse(faults)
    bounds = Bounds([f[0] for f in found], [f[1] for f in found])
    base = Bounds(
        np.tile(raw.low[r * G : (r + 1) * G], T), np.tile(raw.high[r * G : (r + 1) * G], T)
    )
    change = bounds - base
    same = np.repeat(np.arange(T) == r, G)
    change = Bounds(np.where(same, 0.0, change.low), np.where(same, 0.0, change.high))
    notes = (BESIDE,) if len(regimes(cohorts)) > 1 else ()
    return StandardisedCounts(str(cohorts[r]), tuple(keys), raw, bounds, change, tuple(without),
                              notes)  # fmt: skip


def _extreme(rate: Floats, low: Floats, high: Floats, sign: float) -> float:
    """The least (sign 1) or greatest (-1) of sum n r / sum n with low <= n <= high.

    A ratio of sums is least at a corner: the highest n where r is low, the lowest where it is high.
    """
    order = np.argsort(sign * rate, kind="stable")
    r, l, h = sign * rate[order], low[order], high[order]  # noqa: E741 (lower bounds)
    mass = np.cumsum(h) + l.sum() - np.cumsum(l)
    total = np.cumsum(h * r) + (l * r).sum() - np.cumsum(l * r)
    return sign * float(np.min(total[mass > 0] / mass[mass > 0]))


def _counted(table: pd.DataFrame, column: str, faults: list[Fault]) -> Bounds:
    """Counts as numbers, words or ranges. A fault for what is none."""
    found, bad = read_counts(table[column])
    if bad.any():
        faults.append(wrong_rows(NO_COUNT, WRITE_COUNT, column, bad))
    return found
