"""Gaps between groups of pupils: how far apart they are, in several languages at once.

Every group is compared with the reference on the pupils of those two groups alone, so that a gap
does not depend on which other groups there are. Each cohort has its own gaps; how much a gap
changes comes from one regression on both cohorts, so that a school they share counts once.

A gap describes; it does not say where it comes from. The adjusted gap is that between pupils who
are alike in other columns (a test score), by a straight line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import (
    as_columns,
    is_constant,
    labels,
    names_of,
    numbers,
    place_of,
    readers_words,
    refuse,
    require_columns,
    require_draws,
    unknown,
    unvaried,
    weights_of,
)
from academic_workplace.cohorts.contrasts import Doubt, Estimate, How, doubts, regress
from academic_workplace.cohorts.counting import Cells, Counted, counted_rows, weighted_counts
from academic_workplace.cohorts.distribution import (
    over_distribution,
    quantiles,
    superiority,
    v_statistic,
)
from academic_workplace.cohorts.samples import how_many, refuse_providers
from academic_workplace.cohorts.shares import GapBounds, ShareGap, gap_of_counts, share_gap
from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.errors import Fault, PlanError, not_known
from academic_workplace.intake.files.reading import read
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.sizes.clustered import total_spread
from academic_workplace.sizes.size import exact_factor, t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
DRAWS = 999
BOTTOM = 0.25
ROUNDING = 1e-12  # a spread below this times the size of the numbers is none
MEASURES = (
    "raw", "raw, pupils with known background", "adjusted", "g", "V", "superiority", "U3", "bottom",
)  # fmt: skip
ADD = Text("Neem die groep of dat cohort niet mee, of voeg groepen samen.",
           "Leave that group or that cohort out, or join groups.")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One group less the reference, in one cohort (or arm); ``at`` is '' when there is but one.

    raw: the difference between the means (between shares of 0 to 1 for an outcome of 0 and 1).
    adjusted: at equal ``given``; unadjusted: the raw difference among those same pupils. g: Hedges'
    g, over the pooled standard deviation ``sd``. superiority: the chance that a pupil of the group
    is higher than one of the reference; V: of that. u3: the share of the reference below the
    group's median. bottom: the difference between the shares below the lowest quarter of all pupils
    (``bottom_share``, ``bottom_share_reference``; that mark is taken as given). quantiles: per
    level, but for ``levels_withheld``, where a group has fewer than ten pupils at that quantile or
    lower, or at it or higher: that is near its lowest or highest pupil. What cannot be given is
    None, and so is a share that tells of fewer than ten pupils.
    withheld: fewer than ten pupils; then there is no number.
    """

    group: str
    reference: str
    at: str
    pupils: int | None = None
    pupils_reference: int | None = None
    schools: int | None = None
    mean: float | None = None
    mean_reference: float | None = None
    sd: float | None = None
    raw: Estimate | None = None
    adjusted: Estimate | None = None
    unadjusted: Estimate | None = None
    pupils_adjusted: int | None = None
    g: Estimate | None = None
    V: Estimate | None = None
    superiority: Estimate | None = None
    u3: Estimate | None = None
    bottom: Estimate | None = None
    bottom_share: float | None = None
    bottom_share_reference: float | None = None
    quantiles: Mapping[float, Estimate] = field(default_factory=dict)
    levels_withheld: tuple[float, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    withheld: bool = False

    def measures(self) -> Iterator[tuple[str, float | None, Estimate]]:
        """Every number there is: its name, the level of a quantile, and its estimate."""
        each = (
            self.raw, self.unadjusted, self.adjusted, self.g, self.V, self.superiority, self.u3,
            self.bottom,
        )  # fmt: skip
        for name, found in zip(MEASURES, each, strict=True):
            if found is not None:
                yield name, None, found
        for level, found in self.quantiles.items():
            yield "quantile", level, found


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How much larger a gap is in one cohort (or arm) than in another: of raw and adjusted gaps."""

    group: str
    reference: str
    at: str
    since: str
    raw: Estimate
    adjusted: Estimate | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Gaps(Items[Gap]):
    """The gaps of one outcome: groups in their order, and cohorts within them.

    given: what was alike in the adjusted gap. over: the column of the cohorts or arms. lost: pupils
    left out since the outcome, group, school or cohort is missing. draws, seed: of the bootstrap.
    labels: the words for readers, by column or value.
    """

    outcome: str
    group: str
    given: tuple[str, ...]
    over: str
    changes: tuple[Change, ...]
    share: bool
    pupils: int
    lost: int
    draws: int
    seed: int
    labels: Mapping[str, Text] = field(default_factory=dict)
    programme: bool = False

    def __repr__(self) -> str:
        return f"Gaps({len(self)} gaps)"

    def table(self) -> pd.DataFrame:
        """A row per gap and measure, in full precision; a withheld gap has one row without."""
        rows: list[dict[str, object]] = []
        for gap in self.items:
            name = {"outcome": self.outcome, "group": gap.group, "reference": gap.reference,
                    "at": gap.at}  # fmt: skip
            counts = {"pupils": gap.pupils, "pupils_reference": gap.pupils_reference,
                      "schools": gap.schools, "withheld": gap.withheld,
                      "doubts": "; ".join(gap.doubts)}  # fmt: skip
            nothing = Estimate(math.nan).to_dict()
            found = list(gap.measures())
            for measure, level, each in found:
                rows.append(name | {"measure": measure, "level": level} | each.to_dict() | counts)
            if not found:
                rows.append(name | {"measure": "raw", "level": None} | nothing | counts)
        return pd.DataFrame(rows)

    def changes_table(self) -> pd.DataFrame:
        """A row per change of a gap and measure, in full precision."""
        rows = [
            {"outcome": self.outcome, "group": c.group, "reference": c.reference, "at": c.at,
             "since": c.since, "measure": measure} | each.to_dict()
            for c in self.changes
            for measure, each in (("raw", c.raw), ("adjusted", c.adjusted))
            if each is not None
        ]  # fmt: skip
        columns = ["outcome", "group", "reference", "at", "since", "measure"]
        return pd.DataFrame(rows, columns=[*columns, *Estimate(math.nan).to_dict()])

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.gaps import gaps_sentence

        return gaps_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The gaps with their intervals, over the cohorts when there are several."""
        from academic_workplace.report.gaps import plot_gaps

        return plot_gaps(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.gaps import gaps_drawing

        return gaps_drawing(self, language)

    def distribution(self, language: str = "nl") -> Drawing:
        """The gap at several levels of the distribution, of the last cohort."""
        from academic_workplace.report.gaps import distribution_drawing

        return distribution_drawing(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.gaps import gaps_notebook

        return both(self.explain) + gaps_notebook(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Pupils:
    """The pupils of an analysis: (n,) each. group, school, at: codes. given: columns and who has
    them all. pupils: how many a row stands for, and within the squares about their mean y; None:
    one."""

    y: Floats
    group: Rows
    school: Rows | None
    at: Rows
    weights: Floats | None
    given: dict[str, Floats]
    complete: Bools
    pupils: Floats | None = None
    within: Floats | None = None

    def of(self, rows: Bools) -> _Pupils:
        return _Pupils(
            self.y[rows], self.group[rows], None if self.school is None else self.school[rows],
            self.at[rows], None if self.weights is None else self.weights[rows],
            {name: x[rows] for name, x in self.given.items()}, self.complete[rows],
            None if self.pupils is None else self.pupils[rows],
            None if self.within is None else self.within[rows],
        )  # fmt: skip


@overload
def gap(
    table: pd.DataFrame | str | Path | Cells,
    *,
    outcome: str,
    group: str,
    reference: object,
    school: str | None = None,
    given: Sequence[str] | str = (),
    cohort: str | None = None,
    treatment: str | None = None,
    since: object = None,
    provider: str | None = None,
    weights: str | None = None,
    quantiles: Sequence[float] = QUANTILES,
    draws: int = DRAWS,
    seed: int = 1,
    pupils: None = None,
    published: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> Gaps: ...
@overload
def gap(
    table: pd.DataFrame | str | Path | Cells,
    *,
    outcome: str,
    group: str,
    reference: object,
    cohort: str | None = None,
    treatment: str | None = None,
    since: object = None,
    pupils: str,
    published: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> GapBounds: ...
def gap(
    table: pd.DataFrame | str | Path | Cells,
    *,
    outcome: str,
    group: str,
    reference: object,
    school: str | None = None,
    given: Sequence[str] | str = (),
    cohort: str | None = None,
    treatment: str | None = None,
    since: object = None,
    provider: str | None = None,
    weights: str | None = None,
    quantiles: Sequence[float] = QUANTILES,
    draws: int = DRAWS,
    seed: int = 1,
    pupils: str | None = None,
    published: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> Gaps | GapBounds:
    """Gaps in one outcome between groups of pupils and a reference group.

    table: a row per pupil, or the path of a file (or its ``Cells``, with the outcome as their
    number), which is counted in one pass; that needs schools, and gives raw and adjusted gaps and
    g, which counts suffice for. outcome: a column of numbers; 0 and 1 (or booleans) give
    differences of shares. group: the column of groups; reference: the one all others are compared
    with. school: intervals by school (CR2, Satterthwaite; quantiles and U3: bootstrap of whole
    schools with ``draws`` and ``seed``); without it pupils are taken as independent. given: columns
    held equal in the adjusted gap; what are no numbers become indicators. cohort: gaps per cohort,
    and how they differ from those in ``since`` (the first unless given). treatment: the same per
    arm of a programme, ``since`` being the comparison: the gap-by-treatment interaction. provider:
    whose test the outcome, or a score in ``given``, is of; more than one is refused. weights: for
    whom a pupil stands. quantiles: levels between 0 and 1.

    pupils: the table holds counts: in the column ``outcome`` how many have it, in ``pupils`` how
    many there are; both may be hidden (``<5``, -1) or ranges (``5-9``). Rows of a group and cohort
    add up. The result is the lowest and highest value of shares, gaps and changes over every
    filling of those counts (``GapBounds``), without anything of chance: ``school``, ``given``,
    ``weights`` and ``provider`` are of pupils, and refused. A share that would tell of fewer than
    ten pupils is withheld, unless the counts are ``published`` already.

    Raw and adjusted gaps: regression on membership. Hedges' g: J(n - 2) raw / sd, with n the pupils
    of both groups, sd their pooled standard deviation (weighted by n_group - 1), and the exact
    J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m - 1)/2)), not 1 - 3/(4m - 1); the same J with and
    without schools. Its standard error joins that of the raw gap and that of sd, with the degrees
    of freedom that clusters leave it (Hedges, 2007). V: Ho & Reardon (2012).

    Raises PlanError (a column, reference or option that is not known) and DataError (text among
    numbers, a constant or empty outcome, a group without pupils in a cohort, counts that cannot
    be), naming every fault.
    """
    if cohort is not None and treatment is not None:
        rule = Text(
            "Geef cohort of treatment, niet allebei.", "Give cohort or treatment, not both."
        )
        remedy = Text("Kies één cohort voor gaps per groep van het programma.",
                      "Choose one cohort for gaps per arm of a programme.")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="treatment")])
    over = cohort if cohort is not None else treatment
    given = names_of(given, "given")
    if pupils is not None:
        counts = _counts_of(table, school=school, given=given, weights=weights, provider=provider)
        return gap_of_counts(
            counts, outcome=outcome, pupils=pupils, group=group, reference=reference, over=over,
            since=since, words=readers_words(labels), programme=treatment is not None,
            published=published,
        )  # fmt: skip
    named = {"outcome": outcome, "group": group, "school": school, "weights": weights,
             "cohort": cohort, "treatment": treatment, "provider": provider}  # fmt: skip
    columns = (group, school, over, *given, provider)
    if weights is not None and isinstance(table, str | Path | Cells):
        raise PlanError([weighted_counts()])
    rows = counted_rows(table, columns, outcome, school)
    require_columns(rows.table, named | {f"given[{i}]": name for i, name in enumerate(given)},
                    ("outcome", "group"))  # fmt: skip
    if provider is not None:
        refuse_providers(rows.table.loc[rows.table[outcome].notna(), provider], provider)
    _check_quantiles(quantiles)
    require_draws(draws, seed)
    known, groups, places, lost = _pupils(rows, outcome, group, school, given, over, weights)
    r = place_of(reference, groups, "reference")
    first = 0 if since is None else place_of(since, places, "since")
    refuse(_absent(known.group, known.at, groups, places, group, over))
    share = bool(np.isin(known.y, (0.0, 1.0)).all())
    levels = () if share else tuple(quantiles)
    items, changes = [], []
    for g in range(len(groups)):
        if g == r:
            continue
        for t in range(len(places)):
            here = known.of(known.at == t)
            name = (str(groups[g]), str(groups[r]), str(places[t]) if over else "")
            items.append(_gap(here, g, r, name, levels, draws, seed, share=share))
        shown = {gap.at for gap in items if gap.group == str(groups[g]) and not gap.withheld}
        for t in range(len(places)):
            if t == first or not {str(places[t]), str(places[first])} <= shown:
                continue
            pair = known.of(np.isin(known.group, (g, r)) & np.isin(known.at, (t, first)))
            raw, adjusted = _change(pair, g, t)
            changes.append(Change(group=str(groups[g]), reference=str(groups[r]),
                                  at=str(places[t]), since=str(places[first]), raw=raw,
                                  adjusted=adjusted))  # fmt: skip
    return Gaps(
        tuple(items), outcome, group, tuple(given), over or "", tuple(changes), share,
        how_many(np.ones(len(known.y), dtype=bool), known.pupils), lost, draws, seed,
        readers_words(labels), treatment is not None,
    )  # fmt: skip


def _counts_of(
    table: pd.DataFrame | str | Path | Cells, *, school: str | None, given: tuple[str, ...],
    weights: str | None, provider: str | None,
) -> pd.DataFrame:  # fmt: skip
    """The table of counts. Raises PlanError naming what is asked of it and only pupils have."""
    asked = {"school": school, "given": given or None, "weights": weights, "provider": provider}
    rule = Text("Dit hoort bij een tabel met een rij per leerling, niet bij aantallen.",
                "This belongs to a table with a row per pupil, not to counts.")  # fmt: skip
    remedy = Text("Laat het weg; rijen van dezelfde groep tellen op.",
                  "Leave it out; rows of one group add up.")  # fmt: skip
    faults = [
        Fault(rule, remedy, column=name) for name, value in asked.items() if value is not None
    ]
    if isinstance(table, Cells):
        raise PlanError([*faults, Fault(rule, Text("Geef de tabel zelf.", "Give the table itself."),
                                        column="table")])  # fmt: skip
    if faults:
        raise PlanError(faults)
    return read(table) if isinstance(table, str | Path) else table


def _pupils(
    rows: Counted, outcome: str, group: str, school: str | None, given: Sequence[str],
    over: str | None, weights: str | None,
) -> tuple[_Pupils, list[Any], list[Any], int]:  # fmt: skip
    """The pupils with known outcome, group, school and cohort; groups, cohorts, how many were
    lost. Raises DataError naming every fault."""
    table, faults = rows.table, list[Fault]()
    y = numbers(table, outcome, faults)
    code, groups = labels(table, group)
    w = weights_of(table, weights, faults)
    X, complete = as_columns(table, given, faults)
    n = len(table)
    s, at, places = None, np.zeros(n, dtype=np.intp), [""]
    known = np.isfinite(y) & (code >= 0)
    if school is not None:
        s = labels(table, school)[0]
        known &= s >= 0
    if over is not None:
        at, places = labels(table, over)
        known &= at >= 0
    if w is not None:
        known &= w > 0
    if not any(f.column == outcome for f in faults):
        alike = unvaried(y, known, outcome)
        faults += [] if alike is None else [alike]
    others = [c for c in (group, school, over, *given) if c is not None]
    faults += [unknown(c) for c in others if table[c].isna().all()]
    if len(groups) == 1:
        rule = Text("Er is maar één groep.", "There is but one group.")
        remedy = Text("Kies een kolom met twee of meer groepen.",
                      "Choose a column with two or more groups.")  # fmt: skip
        faults.append(Fault(rule, remedy, column=group))
    refuse(faults)
    pupils = _Pupils(y, code, s, at, w, X, complete, rows.pupils, rows.within).of(known)
    return pupils, groups, places, how_many(~known, rows.pupils)


def _check_quantiles(quantiles: Sequence[float]) -> None:
    several = isinstance(quantiles, Sequence | np.ndarray) and not isinstance(quantiles, str)
    if not several or not all(isinstance(q, int | float) and 0 < q < 1 for q in quantiles):
        rule = Text("Een kwantiel ligt tussen 0 en 1.", "A quantile lies between 0 and 1.")
        remedy = Text("Geef bijvoorbeeld 0,25 voor het laagste kwart.",
                      "Give 0.25 for the lowest quarter, for instance.")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="quantiles")])


def _absent(
    code: Rows, at: Rows, groups: Sequence[object], places: Sequence[object], group: str,
    over: str | None,
) -> list[Fault]:  # fmt: skip
    """A fault per group and cohort in which it has no pupils."""
    counts = np.zeros((len(groups), len(places)), dtype=int)
    np.add.at(counts, (code, at), 1)
    faults = []
    for g, t in np.argwhere(counts == 0):
        where = (f" in ‘{places[t]}’", f" in ‘{places[t]}’") if over else ("", "")
        rule = Text(
            f"De groep ‘{groups[g]}’ heeft geen leerlingen met een bekende uitkomst{where[0]}.",
            f"The group ‘{groups[g]}’ has no pupils with a known outcome{where[1]}.",
        )
        faults.append(Fault(rule, ADD, column=group))
    return faults


def _gap(
    here: _Pupils, g: int, r: int, name: tuple[str, str, str], levels: Sequence[float], draws: int,
    seed: int, *, share: bool,
) -> Gap:  # fmt: skip
    """One group and the reference among the pupils of one cohort."""
    pair = here.of(np.isin(here.group, (g, r)))
    member = pair.group == g
    n1, n0 = how_many(member, pair.pupils), how_many(~member, pair.pupils)
    group, reference, at = name
    if not may_leave(n1, n0) or (share and _tells(pair.y, member, pair.pupils)):
        return Gap(group=group, reference=reference, at=at, withheld=True)
    y, school, w, many = pair.y, pair.school, pair.weights, pair.pupils
    codes = None if school is None else np.unique(school, return_inverse=True)[1]
    schools = None if codes is None else int(codes.max()) + 1
    fitted = regress(y, {"member": member.astype(float)}, codes, w, pupils=many)
    raw = fitted.contrast({"member": 1})
    stands = w if many is None else many
    means = [float(np.average(y[of], weights=None if stands is None else stands[of]))
             for of in (member, ~member)]  # fmt: skip
    adjusted = unadjusted = None
    n_adjusted = None
    if pair.given:
        some = pair.of(pair.complete)
        inside = some.group == g
        counts = how_many(inside, some.pupils), how_many(~inside, some.pupils)
        if may_leave(*counts):
            n_adjusted = sum(counts)
            columns = _spread({"member": inside.astype(float)} | some.given)
            adjusted = regress(some.y, columns, some.school, some.weights,
                               pupils=some.pupils).contrast({"member": 1})  # fmt: skip
            unadjusted = raw if n_adjusted == n1 + n0 else regress(
                some.y, {"member": inside.astype(float)}, some.school, some.weights,
                pupils=some.pupils,
            ).contrast({"member": 1})  # fmt: skip
    found = Gap(
        group=group, reference=reference, at=at, pupils=n1, pupils_reference=n0, schools=schools,
        mean=means[0], mean_reference=means[1], raw=raw, adjusted=adjusted, unadjusted=unadjusted,
        pupils_adjusted=n_adjusted, doubts=doubts(raw, adjusted, schools=schools),
    )  # fmt: skip
    if many is not None and not share:  # ranks and quantiles need every pupil's outcome
        sd, g_ = standardised(raw, y, member, codes, None, pair)
        alike = () if g_ is not None else (Doubt.ABOUT_ALIKE,)
        return replace(found, sd=sd, g=g_, doubts=(*found.doubts, *alike))
    return found if share else _with_distribution(
        found, pair, member, codes, here, levels, draws, seed
    )  # fmt: skip


def _tells(y: Floats, member: Bools, pupils: Floats | None) -> bool:
    """Whether a share would tell of fewer than ten pupils, or of all."""
    counts = [how_many(of & (y == v), pupils) for of in (member, ~member) for v in (0.0, 1.0)]
    return min(counts) < fewest()


def _spread(columns: dict[str, Floats]) -> dict[str, Floats]:
    """The columns that vary among these pupils; one that does not adjusts nothing."""
    return {name: x for name, x in columns.items() if name == "member" or not is_constant(x)}


def _with_distribution(
    gap: Gap, pair: _Pupils, member: Bools, codes: Rows | None, cohort: _Pupils,
    levels: Sequence[float], draws: int, seed: int,
) -> Gap:  # fmt: skip
    """What needs more than two means: g, ranks, quantiles."""
    y, w, raw = pair.y, pair.weights, gap.raw
    if raw is None:
        return gap
    A = superiority(y, member, codes, w)
    drawn = over_distribution(y, member, codes, w, levels, draws, seed)
    mark = np.quantile(cohort.y, BOTTOM) if cohort.weights is None else _mark(cohort)
    low = (y < mark).astype(float)
    if is_constant(low):
        bottom = None
    else:
        bottom = regress(low, {"member": member.astype(float)}, codes, w).contrast({"member": 1})
    shares = [float(np.average(low[of], weights=None if w is None else w[of]))
              for of in (member, ~member)]  # fmt: skip
    told = not _tells(low, member, None)
    below = y[~member] < np.median(y[member])  # of the reference: times its pupils, u3 is a count
    told_at = [q for q in levels
               if all(_many_on_both_sides(y[of], None if w is None else w[of], q)
                      for of in (member, ~member))]  # fmt: skip
    sd, g = standardised(raw, y, member, codes, w)
    flags = list(gap.doubts)
    flags += [d for d in doubts(*drawn.quantiles, schools=gap.schools, drawn=True)
              if d not in flags]  # fmt: skip
    if g is None:
        flags.append(Doubt.ABOUT_ALIKE)
    return replace(
        gap, sd=sd, g=g, V=v_statistic(A), superiority=A,
        u3=drawn.u3 if may_leave(int(below.sum()), int((~below).sum())) else None,
        bottom=bottom if told else None, bottom_share=shares[0] if told else None,
        bottom_share_reference=shares[1] if told else None,
        quantiles={q: e for q, e in zip(levels, drawn.quantiles, strict=True) if q in told_at},
        levels_withheld=tuple(q for q in levels if q not in told_at), doubts=tuple(flags),
    )  # fmt: skip


def _many_on_both_sides(y: Floats, weights: Floats | None, level: float) -> bool:
    """Whether enough pupils of a group stand at a quantile or below it, and at it or above."""
    if weights is None:
        mark = float(np.quantile(y, level))
    else:
        order = np.argsort(y, kind="stable")
        mass = (weights / weights.mean())[order][None]
        mark = float(quantiles(y[order], mass, np.array([level]))[0, 0])
    near = ROUNDING * max(abs(mark), 1.0)  # a quantile between two equal pupils is theirs
    return may_leave(int((y <= mark + near).sum()), int((y >= mark - near).sum()))


def _mark(cohort: _Pupils) -> float:
    w = np.ones(len(cohort.y)) if cohort.weights is None else cohort.weights
    order = np.argsort(cohort.y, kind="stable")
    mass = (w / w.mean())[order][None]
    return float(quantiles(cohort.y[order], mass, np.array([BOTTOM]))[0, 0])


def standardised(
    raw: Estimate,
    y: Floats,
    member: Bools,
    school: Rows | None,
    weights: Floats | None,
    counts: _Pupils | None = None,
) -> tuple[float | None, Estimate | None]:
    """The pooled standard deviation within the two groups, and Hedges' g with its interval.

    g = J(n - 2) raw / sd. se^2 = (J se / sd)^2 + g^2 / (2 df), with df of sd^2: n - 2, or with
    schools those that an intraclass correlation leaves (``sizes.clustered.total_spread``).
    """
    many = np.ones(len(y)) if counts is None or counts.pupils is None else counts.pupils
    inside = 0.0 if counts is None or counts.within is None else counts.within
    n, rest = round(float(many.sum())), np.empty(len(y))
    stands = many if weights is None else weights
    for of in (member, ~member):
        rest[of] = y[of] - np.average(y[of], weights=stands[of])
    squares = many * rest**2 + inside if weights is None else weights / weights.mean() * rest**2
    sd = math.sqrt(float(squares.sum()) / (n - 2))
    if not sd > ROUNDING * float(np.abs(y).max()):
        return None, None
    J = exact_factor(n - 2)
    g = J * raw.value / sd
    if raw.se is None or raw.df is None:
        return sd, Estimate(g)
    df = float(n - 2) if school is None else _spknowndf(rest, member, school, many, inside)
    se = math.hypot(J * raw.se / sd, g / math.sqrt(2 * df))
    reach = t_quantile(raw.df) * se
    return sd, Estimate(g, se, raw.df, g - reach, g + reach, None, raw.how)


def _spknowndf(
    rest: Floats, member: Bools, school: Rows, many: Floats, inside: Floats | float
) -> float:
    """Degrees of freedom of the pooled variance of residuals of pupils in schools.

    many: (n,) how many a row stands for; inside: the squares about their mean.
    """
    G = int(school.max()) + 1
    counts = np.zeros((G, 2))
    np.add.at(counts, (school, member.astype(int)), many)
    size = counts.sum(axis=1)
    totals = np.bincount(school, many * rest, G)
    between = float(np.sum(totals**2 / size))
    within = float(np.sum(many * rest**2 + inside)) - between
    return total_spread(counts, within, between, G + 1).df


def _change(pair: _Pupils, g: int, t: int) -> tuple[Estimate, Estimate | None]:
    """The raw and adjusted gap of group g at t less that at the other cohort, in one regression."""

    def fit(of: _Pupils, *, adjust: bool) -> Estimate:
        member, later = (of.group == g).astype(float), (of.at == t).astype(float)
        columns = {"member": member, "later": later, "both": member * later}
        if adjust:
            kept = {k: x for k, x in of.given.items() if not is_constant(x)}
            columns |= kept
        fitted = regress(of.y, columns, of.school, of.weights, pupils=of.pupils)
        return fitted.contrast({"both": 1})

    raw = fit(pair, adjust=False)
    if not pair.given:
        return raw, None
    some = pair.of(pair.complete)
    cells = [how_many(((some.group == g) == a) & ((some.at == t) == b), some.pupils)
             for a in (True, False) for b in (True, False)]  # fmt: skip
    return raw, fit(some, adjust=True) if may_leave(*cells) else None


# ---------------------------------------------------------------- over a school career


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A gap at one step of a school career (advice, year 1, year 3, diploma) of one cohort.

    known: among all pupils of whom this step is known. same: among the pupils of whom every step is
    known that this cohort has come to. pupils, of_start: of whom this and the first step are known
    (both groups). change: of the gap since the step before, among the same pupils, each step in
    its own pooled standard deviations (taken as given). g, V: as in ``Gap``, of all known.
    """

    step: str
    group: str
    reference: str
    cohort: str
    known: Gap | None
    same: Gap | None
    pupils: int | None
    of_start: int | None
    change: Estimate | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Career(Items[Step]):
    """Gaps over a school career: per cohort the steps in their order."""

    group: str
    steps: tuple[str, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Career({len(self)} steps)"

    def table(self) -> pd.DataFrame:
        """A row per step, in full precision; None where nobody is known (yet) or few are."""
        rows = []
        for s in self.items:
            row: dict[str, object] = {
                "cohort": s.cohort, "step": s.step, "group": s.group, "reference": s.reference,
                "pupils": s.pupils, "of_start": s.of_start,
            }  # fmt: skip
            for kind, one in (("known", s.known), ("same", s.same)):
                for name in ("raw", "g", "V"):
                    found: Estimate | None = getattr(one, name) if one is not None else None
                    for part in ("value", "low", "high"):
                        row[f"{kind}_{name}_{part}"] = found and getattr(found, part)
            for part in ("value", "se", "df", "low", "high"):
                row[f"change_{part}"] = s.change and getattr(s.change, part)
            rows.append(row)
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.gaps import career_sentence

        return career_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The gap at every step with its interval."""
        from academic_workplace.report.gaps import plot_career

        return plot_career(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.gaps import career_drawing

        return career_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def cumulative_gap(
    table: pd.DataFrame,
    *,
    steps: Sequence[str],
    group: str,
    of: object,
    reference: object,
    school: str | None = None,
    cohort: str | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    labels: Mapping[str, Text] | None = None,
) -> Career:
    """The gap between two groups at every step of a school career.

    steps: columns of numbers in the order of time, missing where a pupil was lost or is not there
    yet. of, reference: the two groups. school: the intervals are by this school (CR2). cohort: the
    same of every cohort (repeated cohorts); one that has not come to a step has no gap there.

    Raises PlanError and DataError as ``gap`` does; a step that nobody in any cohort has come to.
    """
    steps = names_of(steps, "steps")
    require_columns(
        table,
        {"group": group, "school": school, "cohort": cohort}
        | {f"steps[{i}]": name for i, name in enumerate(steps)},
        ("group",),
    )
    require_draws(draws, seed)
    if len(steps) < 2 or len(set(steps)) < len(steps):
        rule = Text("Geef twee of meer verschillende stappen.", "Give two or more different steps.")
        remedy = Text("Noem de kolommen in de volgorde van de tijd.",
                      "Name the columns in the order of time.")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="steps")])
    faults: list[Fault] = []
    values = np.column_stack([numbers(table, name, faults) for name in steps])
    for j, name in enumerate(steps):
        alike = unvaried(values[:, j], np.isfinite(values[:, j]), name)
        if alike is not None and not any(fault.column == name for fault in faults):
            faults.append(alike)
    refuse(faults)
    code, groups = _labels(table, group)
    g, r = place_of(of, groups, "of"), place_of(reference, groups, "reference")
    if g == r:
        raise PlanError([not_known("of", str(of), [str(x) for x in groups if x != groups[r]])])
    at, places = (np.zeros(len(table), dtype=np.intp), [""]) if cohort is None else _labels(
        table, cohort
    )  # fmt: skip
    s = None if school is None else _labels(table, school)[0]
    both_groups = np.isin(code, (g, r)) & (at >= 0) & (True if s is None else s >= 0)
    there = both_groups & np.isfinite(values).any(axis=1)
    refuse(_absent((code == r)[there].astype(int), at[there], (groups[g], groups[r]), places, group,
                   cohort))  # fmt: skip
    out: list[Step] = []
    for t, place in enumerate(places):
        here = both_groups & (at == t)
        who = (str(groups[g]), str(groups[r]), str(place))
        out += _career(values[here], code[here], None if s is None else s[here], g, r, who, steps,
                       draws, seed)  # fmt: skip
    return Career(tuple(out), group, tuple(steps), readers_words(labels))


_labels = labels  # the argument of the same name hides the function


def _career(
    values: Floats, code: Rows, school: Rows | None, g: int, r: int, name: tuple[str, str, str],
    steps: Sequence[str], draws: int, seed: int,
) -> list[Step]:  # fmt: skip
    """The steps of one cohort."""
    known = np.isfinite(values)
    reached: Bools = (
        np.sum(known, axis=0) > 0
    )  # a cohort that is young has not come to the last steps
    same: Bools = np.sum(known[:, reached], axis=1) == np.sum(reached)
    start = known[:, 0]
    out: list[Step] = []
    before: Floats | None = None
    for j, step in enumerate(steps):
        group, reference, cohort = name
        one = _step_gap(values[:, j], known[:, j], code, school, g, r, name, draws, seed)
        whole = _step_gap(values[:, j], same, code, school, g, r, name, draws, seed)
        n = int((known[:, j] & start).sum()) if reached[j] else 0
        shown = one is not None and not one.withheld
        change, z = None, None
        if reached[j] and whole is not None and not whole.withheld and whole.sd:
            z = values[same, j] / whole.sd
            if before is not None:
                member = (code[same] == g).astype(float)
                change = regress(
                    z - before, {"member": member}, None if school is None else school[same]
                ).contrast({"member": 1})  # fmt: skip
        before = z
        out.append(
            Step(step=step, group=group, reference=reference, cohort=cohort, known=one, same=whole,
                 pupils=n if shown else None, of_start=int(start.sum()) if shown else None,
                 change=change)
        )  # fmt: skip
    return out


def _step_gap(
    y: Floats, rows: Bools, code: Rows, school: Rows | None, g: int, r: int,
    name: tuple[str, str, str], draws: int, seed: int,
) -> Gap | None:  # fmt: skip
    """The gap at one step; None where nobody is known or all are alike."""
    if not rows.any() or is_constant(y[rows]):
        return None
    share = bool(np.isin(y[rows], (0.0, 1.0)).all())
    here = _Pupils(
        y[rows], code[rows], None if school is None else school[rows],
        np.zeros(int(rows.sum()), dtype=np.intp), None, {}, np.ones(int(rows.sum()), dtype=bool),
    )  # fmt: skip
    found = _gap(here, g, r, name, (), draws, seed, share=share)
    if share and found.raw is not None:  # a diploma beside a score: both in standard deviations
        member = here.group == g
        codes = None if here.school is None else np.unique(here.school, return_inverse=True)[1]
        sd, each = standardised(found.raw, here.y, member, codes, None)
        found = replace(found, sd=sd, g=each)
    return found


__all__ = [
    "DRAWS", "QUANTILES", "Career", "Change", "Gap", "GapBounds", "Gaps", "How", "ShareGap", "Step",
    "cumulative_gap", "gap", "share_gap",
]  # fmt: skip
