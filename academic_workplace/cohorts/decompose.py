"""A gap taken apart: how much goes with who the pupils are, and how much does not.

A is the group (or later cohort), B the reference; every gap is A less B and its parts add up to it.

    Kitagawa (1955)   sum (p_A - p_B)(m_A + m_B)/2  +  sum (m_A - m_B)(p_A + p_B)/2   over cells
    twofold           (x_A - x_B)'b*  +  x_A'(b_A - b*) + x_B'(b* - b_B)
    threefold         (x_A - x_B)'b_B  +  x_B'(b_A - b_B)  +  (x_A - x_B)'(b_A - b_B)
    Yun (2004)        the twofold of mean F(x'b), F the logistic curve, for shares
    reweighted        DiNardo, Fortin & Lemieux (1996): Q_A - Q_C and Q_C - Q_B, at quantiles; C is
                      A weighted to the intake of B

Oaxaca (1973), Blinder (1973); b*: see ``Coefficients``. Categories get coefficients that add up to
0 (Gardeazabal & Ugidos, 2004; Yun, 2005), so that no detail hangs on which one is left out.

None of this says where a gap comes from: what goes with intake need not come from it.

Intervals: the delta method on rows, shares and means of columns counting as uncertain (Jann, 2008);
then CR2 by school of the influences (``from_influence``). So the gap has the interval of the raw
difference, and parts that move together do so in their intervals too. The plain sandwich (CR0, CR1)
is too short with few schools and has no degrees of freedom to say so. The reweighted one draws
whole schools with replacement: a quantile has no smooth influence where many score alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import names_of, place_of, readers_words, refuse
from academic_workplace.cohorts.compare import Cell, outside, tells
from academic_workplace.cohorts.contrasts import Doubt, Estimate, How, doubts
from academic_workplace.cohorts.counting import Cells, counted_rows
from academic_workplace.cohorts.influence import from_influence, mean_of
from academic_workplace.cohorts.parts import (
    Coefficients,
    Design,
    Element,
    Fit,
    Moved,
    design_of,
    kitagawa,
    logistic,
    oaxaca,
    reweighted,
    yun,
)
from academic_workplace.cohorts.samples import (
    BESIDE,
    Sample,
    how_many,
    read_sample,
    refuse_small,
    regimes,
)
from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.errors import DataError, Fault, PlanError, chosen_of
from academic_workplace.language import Text, both
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
DRAWS = 499
ENOUGH = 0.9  # of the draws must give an answer
COLLINEAR = 1e-10  # a pivot of the correlations below this is no information


class Kind(StrEnum):
    """How a gap is taken apart."""

    KITAGAWA = "kitagawa"  # cells: composition and rates, the symmetric parts
    TWOFOLD = "twofold"  # Oaxaca and Blinder
    THREEFOLD = "threefold"  # the same with the interaction apart
    YUN = "yun"  # twofold for shares, on the logistic curve
    REWEIGHTED = "reweighted"  # DiNardo, Fortin and Lemieux, at quantiles


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the gap in the mean (``at`` is None) or at a quantile."""

    element: Element
    at: float | None
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Detail:
    """What one column (and category) contributes to a part; the constant has none.

    columns, levels: one each, of KITAGAWA as many as were given. estimate: None where it is
    withheld (fewer than ten pupils in a category, or one that would tell of it) or cannot be
    divided.
    """

    element: Element
    columns: tuple[str, ...]
    levels: tuple[str, ...]
    estimate: Estimate | None
    withheld: bool = False

    @property
    def column(self) -> str:
        """The columns as one name; '' for the constant."""
        return ", ".join(self.columns)

    @property
    def level(self) -> str:
        """The category as one name; '' for a number."""
        return ", ".join(self.levels)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Decomposition:
    """A gap and its parts, which add up to it. mean, mean_reference: of A and of B.

    coefficients: b* of a twofold one, None elsewhere. outside: cells that one of the two lacks.
    counterfactual: of a reweighted one, (at, A weighted to the intake of B). joined: cells of too
    few pupils without a counterpart, and the cell they were counted with.
    """

    kind: Kind
    outcome: str
    by: str
    group: str
    reference: str
    given: tuple[str, ...]
    coefficients: Coefficients | None
    parts: tuple[Part, ...]
    details: tuple[Detail, ...]
    mean: float
    mean_reference: float
    pupils: int
    pupils_reference: int
    schools: int | None
    share: bool
    lost: int
    outside: tuple[Cell, ...]
    counterfactual: tuple[tuple[float | None, float], ...]
    doubts: tuple[Doubt, ...]
    notes: tuple[Text, ...]
    cohorts: bool = False
    labels: Mapping[str, Text] = field(default_factory=dict)
    joined: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

    def part(self, element: Element | str, at: float | None = None) -> Estimate:
        """One part. Raises PlanError when there is none."""
        which = chosen_of(Element, element, "element")
        for part in self.parts:
            if part.element is which and part.at == at:
                return part.estimate
        rule = Text(
            f"Dit deel is er niet: {which.value}.", f"There is no such part: {which.value}."
        )
        raise PlanError([Fault(rule, Text("Kijk in table().", "See table()."), column="element")])

    @property
    def gap(self) -> Estimate:
        """The gap in the mean."""
        return self.part(Element.GAP)

    def of(self, element: Element | str) -> tuple[Detail, ...]:
        """The details of one part."""
        which = chosen_of(Element, element, "element")
        return tuple(d for d in self.details if d.element is which)

    def table(self) -> pd.DataFrame:
        """A row per part, then per detail, in full precision."""
        name = {"outcome": self.outcome, "group": self.group, "reference": self.reference,
                "kind": self.kind.value,
                "coefficients": self.coefficients.value if self.coefficients else ""}  # fmt: skip
        counts = {"pupils": self.pupils, "pupils_reference": self.pupils_reference,
                  "schools": self.schools}  # fmt: skip
        rows = [
            name | {"element": p.element.value, "at": p.at, "column": None, "level": None}
            | p.estimate.to_dict() | counts for p in self.parts
        ]  # fmt: skip
        rows += [
            name | {"element": d.element.value, "at": None, "column": d.column, "level": d.level}
            | (d.estimate or Estimate(math.nan)).to_dict() | counts for d in self.details
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.cohorts.decomposing import decomposition_sentence

        return decomposition_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """From one mean to the other in steps; at quantiles, the parts per level."""
        from academic_workplace.report.figures.cohorts import plot_decomposition

        return plot_decomposition(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.figures.cohorts import decomposition_drawing

        return decomposition_drawing(self, language)

    def __repr__(self) -> str:
        return f"Decomposition({self.kind.value!r}, {self.group!r} less {self.reference!r})"

    def _repr_html_(self) -> str:
        from academic_workplace.report.cohorts.decomposing import decomposition_notebook

        return both(self.explain) + decomposition_notebook(self)


# ---------------------------------------------------------------- at quantiles


def _drawn(
    sample: Sample, X: Floats, member: Bools, levels: Floats, draws: int, seed: int
) -> Floats:
    """(R, 3, 1 + q): whole schools drawn with replacement, or pupils within A and within B."""
    rng = np.random.default_rng(seed)
    n, found = len(member), []
    for _ in range(draws):
        if sample.school is None:
            mass = np.zeros(n)
            for rows in (np.flatnonzero(member), np.flatnonzero(~member)):
                mass += np.bincount(rng.choice(rows, len(rows)), minlength=n)
        else:
            unit = np.unique(sample.school, return_inverse=True)[1]
            G = int(unit.max()) + 1
            mass = np.bincount(rng.integers(G, size=G), minlength=G)[unit].astype(float)
        if not (mass[member].any() and mass[~member].any()):
            continue
        try:
            found.append(reweighted(sample.y, X, member, levels, mass))
        except DataError:
            continue
    return np.array(found).reshape(-1, 3, 1 + len(levels))


def _percentiles(value: float, drawn: Floats, draws: int, *, schools: bool) -> Estimate:
    if len(drawn) < ENOUGH * draws or np.ptp(drawn) == 0:
        return Estimate(value)
    low, high = np.quantile(drawn, (0.025, 0.975)).tolist()
    how = How.DRAWN_SCHOOLS if schools else How.DRAWN_PUPILS
    return Estimate(value, float(drawn.std(ddof=1)), None, low, high, None, how)


# ---------------------------------------------------------------- the public function


def decompose(
    table: pd.DataFrame | str | Path | Cells,
    *,
    outcome: str,
    reference: object,
    given: Sequence[str] | str,
    group: str | None = None,
    cohort: str | None = None,
    other: object = None,
    kind: Kind | str = Kind.TWOFOLD,
    coefficients: Coefficients | str = Coefficients.POOLED_WITH_GROUP,
    school: str | None = None,
    quantiles: Sequence[float] = LEVELS,
    draws: int = DRAWS,
    seed: int = 1,
    provider: str | None = None,
    across_regimes: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> Decomposition:
    """The gap between a group (or cohort) and the reference, in parts that add up to it.

    table: a row per pupil, or (with schools, and not for REWEIGHTED) a file that is counted in one
    pass, or its ``Cells`` with the outcome as their number. outcome: numbers, for YUN 0 and 1.
    group: the column that divides; or cohort, when cohorts are compared. With both, the groups are
    divided and the cohorts pooled, which takes ``across_regimes=True`` when they fall under two
    rules for advice. reference, other: two of its values; ``other`` may be left out when there are
    but two. given: what pupils are alike or unlike in: numbers as they are, other columns as
    categories; KITAGAWA takes all as categories and looks at their combinations. kind,
    coefficients: see ``Kind`` and ``Coefficients``. school: whose pupils are alike. quantiles,
    draws, seed: of REWEIGHTED. provider: whose test the outcome is a score of; more than one is
    refused. labels: the words for readers, by column or value.

    Details of categories with fewer than ten pupils on either side are not told.

    Details of KITAGAWA are of combinations; where fewer than ten pupils have no counterpart, they
    are counted with the combination most like theirs (``joined``).

    Raises PlanError (unknown names, options) and DataError (a group, or a share, of fewer than ten;
    columns that follow from others; no combination in common), naming every fault.
    """
    way = chosen_of(Kind, kind, "kind")
    which = chosen_of(Coefficients, coefficients, "coefficients")
    by, given = cohort if group is None else group, names_of(given, "given")
    if by is None or not given:
        name = "group" if by is None else "given"
        rule = Text(f"‘{name}’ ontbreekt.", f"‘{name}’ is missing.")
        remedy = Text("Noem een kolom van de tabel.", "Name a column of the table.")
        raise PlanError([Fault(rule, remedy, column=name)])
    _check(quantiles, draws)
    cells = tuple(given) if way is Kind.KITAGAWA else ()
    numbers = () if way is Kind.KITAGAWA else tuple(given)
    if way is Kind.REWEIGHTED and isinstance(table, str | Path | Cells):
        raise PlanError([_rows_only()])
    rows = counted_rows(table, (by, cohort, *given, school, provider), outcome, school)
    whole = read_sample(
        rows.table, outcome=outcome, part=by, school=school, cells=cells, given=numbers,
        provider=provider, group=cohort if group is not None else None,
        called="cohort" if group is None else "group", pupils=rows.pupils,
    )  # fmt: skip
    sample, a, b = _two(whole, by, reference, other)
    notes = _regime_notes(sample, a, b, cohort if group is not None else None,
                          across=across_regimes)  # fmt: skip
    member = sample.part == a
    if way is Kind.YUN and not sample.share:
        rule = Text("Deze uitkomst is niet 0 of 1.", "This outcome is not 0 or 1.")
        remedy = Text("Kies kind=‘twofold’, of maak er 0 en 1 van.",
                      "Choose kind=‘twofold’, or make it 0 and 1.")  # fmt: skip
        raise DataError([Fault(rule, remedy, column=outcome)])
    many = sample.pupils
    if sample.share and tells(sample.y, member, ~member, pupils=many):
        n = fewest()
        rule = Text(
            f"In een groep hebben minder dan {n} leerlingen de uitkomst, of juist niet.",
            f"In a group fewer than {n} pupils have the outcome, or fewer than {n} do not.",
        )
        remedy = Text("Voeg groepen of cohorten samen.", "Join groups or cohorts.")
        raise DataError([Fault(rule, remedy, column=outcome)])
    details: list[Detail] = []
    apart: tuple[Cell, ...] = ()
    counterfactual: tuple[tuple[float | None, float], ...] = ()
    joined: tuple[Joined, ...] = ()
    if way is Kind.REWEIGHTED:
        # a share is a mean; between 0 and 1 it has no quantiles
        at = () if sample.share else quantiles
        parts, counterfactual = _distribution(sample, member, at, draws, seed)
        notes = (*notes, NO_QUANTILES) if sample.share else notes
    elif way is Kind.KITAGAWA:
        sample, joined = _with_counterpart(sample, member, given)
        parts, details, apart = _kitagawa(sample, member, given, (a, b))
    else:
        parts, details = _columns(sample, member, way, which)
    schools = sample.schools(np.ones(len(member), dtype=bool))
    return Decomposition(
        way, outcome, by, str(sample.values[a]), str(sample.values[b]), tuple(given),
        which if way in (Kind.TWOFOLD, Kind.YUN) else None, tuple(parts), tuple(details),
        mean_of(sample.y, member, many)[0], mean_of(sample.y, ~member, many)[0],
        how_many(member, many), how_many(~member, many), schools, sample.share, whole.lost, apart,
        counterfactual,
        doubts(*(p.estimate for p in parts if p.element in _MAIN), schools=schools,
               drawn=way is Kind.REWEIGHTED),
        notes, group is None, readers_words(labels), joined,
    )  # fmt: skip


def _rows_only() -> Fault:
    rule = Text(
        "‘reweighted’ vergelijkt lage en hoge scores. Daarvoor is elke leerling apart nodig;"
        " aantallen en gemiddelden zijn niet genoeg.",
        "‘reweighted’ compares low and high scores. That takes every pupil apart; counts and means"
        " do not suffice.",
    )
    remedy = Text("Lees het bestand eerst met aw.read, of kies een andere kind.",
                  "Read the file with aw.read first, or choose another kind.")  # fmt: skip
    return Fault(rule, remedy, column="kind")


_MAIN = (Element.GAP, Element.EXPLAINED, Element.UNEXPLAINED, Element.INTERACTION)


def _check(quantiles: Sequence[float], draws: int) -> None:
    faults = []
    several = isinstance(quantiles, Sequence | np.ndarray) and not isinstance(quantiles, str)
    if not several or not all(isinstance(q, int | float) and 0 < q < 1 for q in quantiles):
        rule = Text("Een kwantiel ligt tussen 0 en 1.", "A quantile lies between 0 and 1.")
        remedy = Text("Geef bijvoorbeeld 0,25 voor het laagste kwart.",
                      "Give 0.25 for the lowest quarter, for instance.")  # fmt: skip
        faults.append(Fault(rule, remedy, column="quantiles"))
    if not isinstance(draws, int) or not 99 <= draws <= 100_000:
        rule = Text("Het aantal trekkingen ligt tussen 99 en 100.000.",
                    "The number of draws lies between 99 and 100,000.")  # fmt: skip
        faults.append(Fault(rule, Text("Neem 499.", "Take 499."), column="draws"))
    if faults:
        raise PlanError(faults)


def _two(whole: Sample, by: str, reference: object, other: object) -> tuple[Sample, int, int]:
    """The pupils of A and B, and their codes."""
    b = place_of(reference, whole.values, "reference")
    rest = [k for k in range(len(whole.values)) if k != b]
    if other is None and len(rest) != 1:
        shown = ", ".join(str(whole.values[k])[:40] for k in rest[:8])
        rule = Text(f"‘{by}’ heeft {len(rest) + 1} waarden.", f"‘{by}’ has {len(rest) + 1} values.")
        remedy = Text(f"Zeg met welke u vergelijkt: other=… ({shown}).",
                      f"Say which one to compare: other=… ({shown}).")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="other")])
    a = rest[0] if other is None else place_of(other, whole.values, "other")
    if a == b:
        rule = Text("Een groep is niet met zichzelf te vergelijken.",
                    "A group cannot be compared with itself.")  # fmt: skip
        remedy = Text("Kies een andere groep.", "Choose another group.")
        raise PlanError([Fault(rule, remedy, column="other")])
    refuse_small(whole, by, (a, b))
    return whole.rows(np.isin(whole.part, (a, b))), a, b


def _regime_notes(
    sample: Sample, a: int, b: int, pooled: str | None, *, across: bool
) -> tuple[Text, ...]:
    if pooled is None:
        return (BESIDE,) if len(regimes([sample.values[a], sample.values[b]])) > 1 else ()
    there = [sample.groups[k] for k in np.unique(sample.group)]
    if len(regimes(there)) < 2:
        return ()
    if across:
        return (POOLED,)
    raise PlanError([two_regimes("across_regimes")])


POOLED = Text(
    "Hier zijn cohorten van voor en vanaf 2023-2024 samengenomen. De regel voor bijstellen is toen"
    " veranderd: een advies betekent daarna iets anders.",
    "Here cohorts from before and from 2023-2024 are taken together. The rule for adjusting changed"
    " then: afterwards advice means something else.",
)


NO_QUANTILES = Text(
    "Deze uitkomst is 0 of 1. Er is dus een aandeel, en geen laagste of hoogste deel.",
    "This outcome is 0 or 1. So there is a share, and no lowest or highest part.",
)


def two_regimes(column: str) -> Fault:
    """The fault of taking cohorts under two rules for advice together without a word."""
    return Fault(
        Text("Cohorten van voor en vanaf 2023-2024 zijn niet zomaar samen te nemen: de regel voor"
             " bijstellen van adviezen is veranderd.",
             "Cohorts from before and from 2023-2024 cannot simply be taken together: the rule for"
             " adjusting advice has changed."),
        Text("Neem één van beide, of zeg across_regimes=True als de uitkomst geen advies is.",
             "Take one of the two, or say across_regimes=True when the outcome is no advice."),
        column=column,
    )  # fmt: skip


def _gap_part(sample: Sample, member: Bools) -> Part:
    (mA, fA), (mB, fB) = (mean_of(sample.y, who, sample.pupils) for who in (member, ~member))
    return Part(Element.GAP, None, _known(sample, mA - mB, fA - fB))


def _known(sample: Sample, value: float, phi: Floats) -> Estimate:
    scale = float(np.ptp(sample.y))
    return from_influence(value, phi, sample.part, sample.school, scale, sample.pupils)


Joined = tuple[tuple[str, ...], tuple[str, ...]]


def _with_counterpart(
    sample: Sample, member: Bools, given: Sequence[str]
) -> tuple[Sample, tuple[Joined, ...]]:
    """The same pupils, with cells of one side only joined to one of both where they hold so few
    pupils together that their part of the gap would tell of them.

    Each joins the cell with which it has most columns in common, of these the largest: so nobody
    is left out and no number is about them alone. Raises DataError without a cell in common.
    """
    K = len(sample.cells)
    many = np.ones(len(member)) if sample.pupils is None else sample.pupils
    n = [np.bincount(sample.cell[side], many[side], K) for side in (member, ~member)]
    shared = np.flatnonzero((n[0] > 0) & (n[1] > 0))
    if not len(shared):
        rule = Text("De groepen hebben geen enkele combinatie gemeen.",
                    "The groups have no combination in common.")  # fmt: skip
        remedy = Text("Neem minder of grovere kolommen.", "Take fewer or coarser columns.")
        raise DataError([Fault(rule, remedy, column=", ".join(given))])
    to, joined = np.arange(K), []
    for mine, theirs, side in ((n[0], n[1], member), (n[1], n[0], ~member)):
        alone = (mine > 0) & (theirs == 0)
        rows = side & alone[sample.cell]
        told = sample.share and tells(sample.y, rows, pupils=sample.pupils)
        enough = may_leave(how_many(rows, sample.pupils)) and not told
        for c in () if enough else np.flatnonzero(alone).tolist():
            alike = [sum(a == b for a, b in zip(sample.cells[c], sample.cells[k], strict=True))
                     for k in shared.tolist()]  # fmt: skip
            to[c] = shared[np.lexsort((-(n[0] + n[1])[shared], -np.array(alike)))[0]]
            joined.append((sample.cells[c], sample.cells[to[c]]))
    return replace(sample, cell=to[sample.cell]), tuple(joined)


def _kitagawa(
    sample: Sample, member: Bools, given: Sequence[str], codes: tuple[int, int]
) -> tuple[list[Part], list[Detail], tuple[Cell, ...]]:
    used, cell = np.unique(sample.cell, return_inverse=True)
    explained, unexplained, sides, shared = kitagawa(sample.y, cell, member, sample.pupils)
    parts = [_gap_part(sample, member)]
    for element, moved in ((Element.EXPLAINED, explained), (Element.UNEXPLAINED, unexplained)):
        parts.append(Part(element, None, _known(sample, float(moved.values.sum()),
                                                moved.phi.sum(axis=1))))  # fmt: skip
    for i, element in enumerate((Element.ONLY_GROUP, Element.ONLY_REFERENCE)):
        rows = member if i == 0 else ~member
        if np.any(rows & ~shared[cell]):
            parts.append(Part(element, None, _known(sample, float(sides.values[i]),
                                                    sides.phi[:, i])))  # fmt: skip
    names = [sample.cells[c] for c in used]
    many = np.ones(len(cell)) if sample.pupils is None else sample.pupils
    counts = np.minimum(*(np.bincount(cell[who], many[who], len(used))
                          for who in (member, ~member)))  # fmt: skip
    hidden = _hidden(np.rint(counts * shared).astype(np.intp), shared)
    details = [
        Detail(element, tuple(given), names[c], None if hidden[c] else
               _known(sample, float(moved.values[c]), moved.phi[:, c]), bool(hidden[c]))
        for element, moved in ((Element.EXPLAINED, explained), (Element.UNEXPLAINED, unexplained))
        for c in np.flatnonzero(shared).tolist()
    ]  # fmt: skip
    whole = replace(sample, cell=np.asarray(cell), cells=names)
    a, b = (str(sample.values[k]) for k in codes)
    return parts, details, outside(whole, member, ~member, shared, (a, b))


def _hidden(counts: NDArray[np.intp], there: Bools) -> Bools:
    """Which categories of one sum are not told: fewer than ten pupils, and one more where that one
    would follow from the others."""
    out = there & np.array([not may_leave(int(n)) for n in counts])
    left = np.flatnonzero(there & ~out)
    if out.sum() == 1 and len(left):
        out[left[np.argmin(counts[left])]] = True
    return np.asarray(out)


def _columns(
    sample: Sample, member: Bools, way: Kind, which: Coefficients
) -> tuple[list[Part], list[Detail]]:
    design = design_of(sample)
    _refuse_columns(design.X, sample, member, way)
    parts = [_gap_part(sample, member)]
    found: dict[Element, Moved | None]
    with one_thread():
        if way is Kind.YUN:
            shares = yun(sample.y, design, member, which, _logistic_or_refuse(sample))
            found = dict(zip((Element.EXPLAINED, Element.UNEXPLAINED), shares.details, strict=True))
            for i, element in enumerate(found):
                parts.append(Part(element, None, _known(sample, float(shares.parts.values[i]),
                                                        shares.parts.phi[:, i])))  # fmt: skip
        else:
            moved = oaxaca(sample.y, design, member, None if way is Kind.THREEFOLD else which)
            found = dict(moved)
            for element, each in moved.items():
                parts.append(Part(element, None, _known(sample, float(each.values.sum()),
                                                        each.phi.sum(axis=1))))  # fmt: skip
    hidden = _hidden_columns(design, member)
    details = [
        Detail(element, (column,) if column else (), (level,) if level else (),
               None if each is None or hidden[j] else
               _known(sample, float(each.values[j]), each.phi[:, j]), bool(hidden[j]))
        for element, each in found.items()
        for j, (column, level) in enumerate(design.names)
        if j > 0 or element is Element.UNEXPLAINED
    ]  # fmt: skip
    return parts, details


def _hidden_columns(design: Design, member: Bools) -> Bools:
    """Which names belong to a category with fewer than ten pupils, or would tell of one."""
    out = np.zeros(len(design.names), dtype=bool)
    for column in {c for c, level in design.names if c and level}:
        at = np.array([i for i, (c, _) in enumerate(design.names) if c == column])
        Z = design.Z[:, at]
        many = np.ones(len(Z)) if design.pupils is None else design.pupils
        n = np.minimum(*(many[who] @ Z[who] for who in (member, ~member)))
        out[at] = _hidden(np.rint(n).astype(np.intp), np.ones(len(at), dtype=bool))
    return out


def _refuse_columns(X: Floats, sample: Sample, member: Bools, way: Kind) -> None:
    """Name columns that do not vary, or follow from others, within A or within B."""
    faults = []
    names = list(sample.varying()[0])
    for k, rows in ((int(sample.part[member][0]), member), (int(sample.part[~member][0]), ~member)):
        A = X[rows, 1:] - X[rows, 1:].mean(axis=0)
        square = np.sqrt(np.sum(A**2, axis=0))
        group = str(sample.values[k])[:40]
        constants = square <= 1e-12 * np.abs(X[rows, 1:]).max(axis=0, initial=0) * math.sqrt(len(A))
        left = (A.T @ A) / np.outer(np.where(constants, 1, square), np.where(constants, 1, square))
        for j, name in enumerate(names):
            if constants[j] or left[j, j] < COLLINEAR:
                what = Text(f"‘{name}’ is voor heel ‘{group}’ gelijk.",
                            f"‘{name}’ is the same for all of ‘{group}’.") if constants[j] else (
                       Text(f"‘{name}’ volgt in ‘{group}’ uit de andere kolommen.",
                            f"‘{name}’ follows from the other columns in ‘{group}’."))  # fmt: skip
                faults.append(Fault(what, _LESS, column=sample.of[name][0]))
                continue
            left -= np.outer(left[:, j], left[j]) / left[j, j]
        if way is not Kind.YUN and how_many(rows, sample.pupils) <= len(names) + 1:
            what = Text(f"‘{group}’ heeft te weinig leerlingen voor zoveel kolommen.",
                        f"‘{group}’ has too few pupils for so many columns.")  # fmt: skip
            faults.append(Fault(what, _LESS, column="given"))
    refuse(faults)


_LESS = Text("Laat de kolom weg of voeg waarden samen.", "Leave the column out or join values.")


def _logistic_or_refuse(sample: Sample) -> Fit:
    """The logistic fit, or DataError where there is no maximum."""

    def fit(X: Floats, y: Floats, rows: Bools) -> tuple[Floats, Floats]:
        found = logistic(X, y, rows, sample.pupils)
        if found is not None:
            return found
        k = int(sample.part[rows][0])
        name = "" if rows.all() else str(sample.values[k])[:40]
        rule = Text(
            f"In ‘{name}’ voorspellen de kolommen de uitkomst van een deel van de leerlingen"
            " precies (alle 0 of alle 1). Een logistische lijn past daar niet.",
            f"In ‘{name}’ the columns predict the outcome of some pupils exactly (all 0 or all 1)."
            " No logistic curve fits there.",
        )
        raise DataError([Fault(rule, _LESS, column="given")])

    return fit


def _distribution(
    sample: Sample, member: Bools, quantiles: Sequence[float], draws: int, seed: int
) -> tuple[list[Part], tuple[tuple[float | None, float], ...]]:
    columns = list(sample.varying()[0].values())
    X = np.column_stack(columns) if columns else np.zeros((len(member), 0))
    levels = np.array(quantiles, dtype=float)
    with one_thread():
        A, C, B = reweighted(sample.y, X, member, levels)
        drawn = _drawn(sample, X, member, levels, draws, seed)
    parts = []
    of = {Element.GAP: (0, 2), Element.EXPLAINED: (0, 1), Element.UNEXPLAINED: (1, 2)}
    found = (A, C, B)
    for i, at in enumerate([None, *levels.tolist()]):
        for element, (one, two) in of.items():
            value = float(found[one][i] - found[two][i])
            parts.append(Part(element, at, _percentiles(
                value, drawn[:, one, i] - drawn[:, two, i], draws,
                schools=sample.school is not None,
            )))  # fmt: skip
    return parts, tuple(zip([None, *levels.tolist()], C.tolist(), strict=True))
