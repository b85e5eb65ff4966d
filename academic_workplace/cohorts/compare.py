"""Cohorts compared as they are, and as if their intake had been that of one of them.

    raw            mean of a cohort less that of the reference
    standardised   sum over cells of the reference's shares times the cohort's means: direct
                   standardisation (Keiding & Clayton, 2014, Stat. Sci. 29)
    inverse odds   the cohort weighted by the odds of being in the reference, given single columns
    regression     the coefficient of the cohort beside the same columns

The first two look at combinations of columns (cells), the last two at columns one by one. A cell
that only one of the two cohorts has is named and counted; its pupils are in no adjusted number.

How sure: every pupil has an influence on a number (the shares of the reference count as uncertain
too), and CR2 by school of the means of those influences gives its variance and degrees of freedom
(``from_influence``). For a raw difference that is CR2 of the regression on membership.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import names_of, place_of, readers_words, refuse
from academic_workplace.cohorts.contrasts import Doubt, Estimate, doubts, regress
from academic_workplace.cohorts.counting import Cells, counted_rows
from academic_workplace.cohorts.influence import from_influence, mean_of, standardised_mean
from academic_workplace.cohorts.samples import (
    BESIDE,
    Sample,
    how_many,
    read_sample,
    refuse_small,
    regimes,
)
from academic_workplace.comparison.inputs import standardised
from academic_workplace.comparison.weighting import propensity
from academic_workplace.disclosure import fewest, may_leave, shown_count
from academic_workplace.errors import DataError, Fault
from academic_workplace.items import Items
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

# ---------------------------------------------------------------- results


@dataclass(frozen=True, slots=True)
class Cell:
    """A combination that only one of two cohorts has. pupils: None for 1 to 9."""

    labels: tuple[str, ...]
    only: str
    pupils: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One cohort less the reference.

    raw: of all pupils. unadjusted: of those in cells that both have (``raw`` when that is all);
    standardised, inverse_odds, regression: of the same, at the reference's intake. intake:
    unadjusted less standardised. standardised_mean: of the cohort, at the reference's shares.
    outside: cells that one of them lacks; covered, covered_reference: the share of pupils in cells
    that both have, None where the others are too few to tell of. withheld: no number leaves.
    """

    cohort: str
    reference: str
    pupils: int | None = None
    pupils_reference: int | None = None
    schools: int | None = None
    mean: float | None = None
    mean_reference: float | None = None
    standardised_mean: float | None = None
    raw: Estimate | None = None
    unadjusted: Estimate | None = None
    standardised: Estimate | None = None
    inverse_odds: Estimate | None = None
    regression: Estimate | None = None
    intake: Estimate | None = None
    covered: float | None = None
    covered_reference: float | None = None
    outside: tuple[Cell, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    withheld: bool = False

    def ways(self) -> list[tuple[str, Estimate]]:
        """Every difference there is, by name."""
        found = {
            "raw": self.raw, "unadjusted": self.unadjusted, "standardised": self.standardised,
            "inverse odds": self.inverse_odds, "regression": self.regression,
        }  # fmt: skip
        return [(name, each) for name, each in found.items() if each is not None]

    def shown(self) -> list[tuple[str, Estimate]]:
        """Those that may leave: with few pupils without a counterpart, the raw difference with and
        without them would tell of these."""
        few = self.covered is None or self.covered_reference is None
        return [(way, each) for way, each in self.ways() if not (few and way == "unadjusted")]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparisons(Items[Comparison]):
    """Every cohort compared with the reference. notes: what to know beside the numbers."""

    outcome: str
    cohort: str
    reference: str
    adjust: tuple[str, ...]
    given: tuple[str, ...]
    share: bool
    lost: int
    notes: tuple[Text, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Comparisons({len(self)} cohorts with {self.reference!r})"

    def table(self) -> pd.DataFrame:
        """A row per cohort and way of comparing, in full precision."""
        rows = []
        for c in self.items:
            name = {"outcome": self.outcome, "cohort": c.cohort, "reference": c.reference}
            counts = {"pupils": c.pupils, "pupils_reference": c.pupils_reference,
                      "schools": c.schools, "covered": c.covered,
                      "covered_reference": c.covered_reference, "withheld": c.withheld,
                      "doubts": "; ".join(c.doubts)}  # fmt: skip
            for way, each in c.shown() or [("raw", Estimate(math.nan))]:
                rows.append(name | {"way": way} | each.to_dict() | counts)
        return pd.DataFrame(rows)

    def outside(self) -> pd.DataFrame:
        """A row per cell that only one of two cohorts has; 1 to 9 pupils are not told."""
        rows = [
            {"cohort": c.cohort, "only": cell.only, "pupils": cell.pupils}
            | dict(zip(self.adjust, cell.labels, strict=True))
            for c in self.items
            for cell in c.outside
        ]
        return pd.DataFrame(rows, columns=["cohort", "only", "pupils", *self.adjust])

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.cohorts.comparing import comparisons_sentence

        return comparisons_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """Raw against adjusted per cohort."""
        from academic_workplace.report.figures.cohorts import plot_comparisons

        return plot_comparisons(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.figures.cohorts import comparisons_drawing

        return comparisons_drawing(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.cohorts.comparing import comparisons_notebook

        return both(self.explain) + comparisons_notebook(self)


def compare(
    table: pd.DataFrame | str | Path | Cells,
    *,
    outcome: str,
    cohort: str,
    reference: object,
    adjust: Sequence[str] | str,
    given: Sequence[str] | str = (),
    school: str | None = None,
    provider: str | None = None,
    labels: Mapping[str, Text] | None = None,
) -> Comparisons:
    """Every cohort less the reference: raw, and at the reference's intake in three ways.

    table: a row per pupil, or (with schools) a file that is counted in one pass, or its ``Cells``
    with the outcome as their number; the rest names columns. outcome: numbers; 0 and 1 (or
    booleans) give differences of shares. reference: the cohort whose intake is the standard.
    adjust: columns of categories whose combinations make the cells. given: further columns (a test
    score) that only the inverse-odds weights and the regression use. school: whose pupils are
    alike. provider: whose test the outcome is a score of; more than one is refused. labels: the
    words for readers, by column or value.

    Raises PlanError (unknown names, several test providers) and DataError (text among numbers, no
    cell in common), naming every fault.
    """
    adjust, given = names_of(adjust, "adjust"), names_of(given, "given")
    rows = counted_rows(table, (cohort, *adjust, *given, school, provider), outcome, school)
    sample = read_sample(rows.table, outcome=outcome, part=cohort, school=school, cells=adjust,
                         given=given, provider=provider, pupils=rows.pupils)  # fmt: skip
    r = place_of(reference, sample.values, "reference")
    refuse_small(sample, cohort, [r])
    others = [k for k in range(len(sample.values)) if k != r]
    if not others:
        rule = Text("Er is maar één cohort.", "There is but one cohort.")
        remedy = Text("Geef twee of meer cohorten.", "Give two or more cohorts.")
        raise DataError([Fault(rule, remedy, column=cohort)])
    refuse(_apart(sample, r, others, adjust))
    notes = (BESIDE,) if len(regimes(sample.values)) > 1 else ()
    found = tuple(_comparison(sample, k, r) for k in others)
    return Comparisons(
        found, outcome, cohort, str(sample.values[r]), tuple(adjust), tuple(given), sample.share,
        sample.lost, notes, readers_words(labels),
    )  # fmt: skip


def _apart(sample: Sample, r: int, others: Sequence[int], adjust: Sequence[str]) -> list[Fault]:
    """A fault per cohort that has no cell in common with the reference."""
    theirs = set(sample.cell[sample.part == r].tolist())
    faults = []
    for k in others:
        mine = set(sample.cell[sample.part == k].tolist())
        if mine & theirs or not mine:
            continue
        name, other = str(sample.values[k])[:40], str(sample.values[r])[:40]
        n = len(mine), len(theirs)
        rule = Text(
            f"Cohort ‘{name}’ ({n[0]} combinaties) en ‘{other}’ ({n[1]} combinaties) hebben geen"
            " enkele combinatie gemeen. Er is niets om te vergelijken.",
            f"Cohort ‘{name}’ ({n[0]} combinations) and ‘{other}’ ({n[1]} combinations) have no"
            " combination in common. There is nothing to compare.",
        )
        remedy = Text("Neem minder of grovere kolommen.", "Take fewer or coarser columns.")
        faults.append(Fault(rule, remedy, column=", ".join(adjust)))
    return faults


def tells(y: Floats, *parts: Bools, pupils: Floats | None = None) -> bool:
    """Whether a share would tell of fewer than ten pupils, or of all."""
    counts = (how_many(rows & (y == v), pupils) for rows in parts for v in (0.0, 1.0))
    return min(counts) < fewest()


def outside(
    sample: Sample, one: Bools, other: Bools, shared: Bools, names: tuple[str, str]
) -> tuple[Cell, ...]:
    out = []
    for rows, name in ((one, names[0]), (other, names[1])):
        many = None if sample.pupils is None else sample.pupils[rows]
        counts = np.bincount(sample.cell[rows], many, len(shared))
        for c in np.flatnonzero((counts > 0) & ~shared).tolist():
            out.append(Cell(sample.cells[c], name, shown_count(int(counts[c]))))
    return tuple(out)


def covered(rows: Bools, inside: Bools, pupils: Floats | None = None) -> float | None:
    """The share of pupils inside; None when those outside are 1 to 9."""
    left, within = how_many(rows & ~inside, pupils), how_many(rows & inside, pupils)
    return None if shown_count(left) is None else within / (left + within)


def _told(sample: Sample, rows: Bools, inside: Bools) -> float | None:
    """The share of pupils inside; None also when the share of the others would tell of them."""
    left = rows & ~inside
    if sample.share and left.any() and tells(sample.y, left, pupils=sample.pupils):
        return None
    return covered(rows, inside, sample.pupils)


def _comparison(sample: Sample, k: int, r: int) -> Comparison:
    pair = sample.rows(np.isin(sample.part, (k, r)))
    one, ref = pair.part == k, pair.part == r
    names = str(sample.values[k]), str(sample.values[r])
    y, school, scale = pair.y, pair.school, float(np.ptp(sample.y))
    blank = Comparison(cohort=names[0], reference=names[1], withheld=True)
    many = pair.pupils
    n_one, n_ref = how_many(one, many), how_many(ref, many)
    if not may_leave(n_one, n_ref) or (sample.share and tells(y, one, ref, pupils=many)):
        return blank
    value, phi, shared = standardised_mean(y, pair.cell, one, ref, many)
    inside = shared[pair.cell]
    if not may_leave(how_many(one & inside, many), how_many(ref & inside, many)):
        return blank

    def known(x: float, influence: Floats) -> Estimate:
        return from_influence(x, influence, one.astype(np.intp), school, scale, many)

    mean, phi_mean = mean_of(y, one, many)
    mean_ref, phi_ref = mean_of(y, ref, many)
    raw = known(mean - mean_ref, phi_mean - phi_ref)
    mean_in, phi_in = mean_of(y, one & inside, many)
    ref_in, phi_ref_in = mean_of(y, ref & inside, many)
    some = pair.rows(inside)
    X = some.varying()[0]
    member = {"member": one[inside].astype(float)}
    fit = regress(some.y, member | X, some.school, pupils=some.pupils)
    regression = fit.contrast({"member": 1})
    found = Comparison(
        cohort=names[0], reference=names[1], pupils=n_one,
        pupils_reference=n_ref, schools=pair.schools(np.ones(len(y), dtype=bool)),
        mean=mean, mean_reference=mean_ref, standardised_mean=value, raw=raw,
        unadjusted=known(mean_in - ref_in, phi_in - phi_ref_in),
        standardised=known(value - ref_in, phi - phi_ref_in),
        intake=known(mean_in - value, phi_in - phi),
        inverse_odds=_inverse_odds(some, X, one[inside], scale), regression=regression,
        covered=_told(pair, one, inside), covered_reference=_told(pair, ref, inside),
        outside=outside(pair, one, ref, shared, names),
    )  # fmt: skip
    return _with_doubts(found)


def _with_doubts(found: Comparison) -> Comparison:
    each = [e for _, e in found.ways()]
    return replace(found, doubts=doubts(*each, schools=found.schools))


def _inverse_odds(
    some: Sample, X: Mapping[str, Floats], one: Bools, scale: float
) -> Estimate | None:
    """The cohort weighted by w = e / (1 - e), e the chance of being in the reference; less that.

    With m the weighted mean and n pupils a row, a pupil's influence on m is w (y - m) / sum n w,
    and through the coefficients of the logistic regression, as w moves by w z with them,
    (sum n w (y - m) z / sum n w)' (sum n e (1 - e) z z')^-1 z (t - e), t being the reference.
    None where columns separate the cohorts: then no such weights exist.
    """
    y, n = some.y, np.ones(len(one)) if some.pupils is None else some.pupils
    reference, phi = mean_of(y, ~one, some.pupils)
    if X:
        matrix = np.column_stack(list(X.values()))
        try:
            score = propensity(matrix, ~one, tuple(X), pupils=n)
        except DataError:
            return None
        e, t = score.score, ~one
        odds = np.where(one, n * e / (1 - e), 0.0)
        mean = float(np.average(y, weights=odds))
        Z = np.column_stack([np.ones(len(y)), standardised(matrix, tuple(X))[0]])
        through = np.linalg.solve((Z.T * (n * e * (1 - e))) @ Z, Z.T @ (odds * (y - mean)))
        own = odds / n * (y - mean) + (t - e) * (Z @ through)
        own /= odds.sum()
    else:
        mean, own = mean_of(y, one, some.pupils)
    return from_influence(mean - reference, own - phi, one.astype(np.intp), some.school, scale,
                          some.pupils)  # fmt: skip
