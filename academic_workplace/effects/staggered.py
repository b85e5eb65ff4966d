"""A staggered start: effects per start and period, and their average over the groups of starters.

The effect is the group average of Callaway & Sant'Anna (2021, section 3): for each start the mean
over its periods, and then the starts by their answers. Those compared with have not started (yet).
Periods count in their order; before the start they are compared with the last one before it. With
``plan.pupil``, and pupils who come back, it follows the same pupils; otherwise every row is another
one. ``over_time/group_time.py`` has the arithmetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest
from academic_workplace.effects.regression import (
    NO_SPREAD,
    Arms,
    Interval,
    covariate_columns,
    effect_of,
    few_degrees,
    generator,
    spread_of,
)
from academic_workplace.effects.result import TERMS, Estimated
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.layout import natural, samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.over_time.estimates import Estimates, band
from academic_workplace.over_time.fixed_effects import FixedEffects, two_way_fixed_effects
from academic_workplace.over_time.group_time import (
    FLAGS,
    Against,
    Along,
    Atts,
    Base,
    averages,
    group_times,
)
from academic_workplace.over_time.honest import Honest, honest
from academic_workplace.plan import NEVER, NOT_STARTED, STARTED, Inference, Plan
from academic_workplace.sizes import DIVIDED_BY, Spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

METHOD = "group-time effects, averaged over starts (Callaway & Sant'Anna, 2021)"
ROBUST = f"{METHOD}, doubly robust"
WITHIN = DIVIDED_BY.replace("within arms", "within starts and periods")
LIMITS = ["estimate", "se", "df", "low", "high"]
COLUMNS = [
    "what", "start", "period", "since", *LIMITS, "p_value", "band_low", "band_high",
    "pupils_started", "pupils_comparison", "fewest",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class GroupTimes:
    """What lies behind an effect of a staggered start.

    rows: as ``table`` gives them. periods: their labels in order. moved_before: the p-value of no
    difference at any time before the start, all at once (NaN when there is one time only). honest:
    how large a deviation would overturn the effect. fixed: what two-way fixed effects would have
    said, or None. panel: whether the same pupils were followed. flags: what a reader must know.
    """

    rows: pd.DataFrame
    periods: tuple[str, ...]
    moved_before: float
    honest: Honest
    fixed: FixedEffects | None
    panel: bool
    flags: tuple[Text, ...]

    def table(self) -> pd.DataFrame:
        """A row per effect: ``what`` is group-time, since, start or period.

        low, high: each by itself; band_low, band_high: all of one kind together. pupils_started,
        pupils_comparison: answers in that period; fewest: of the smallest mean it rests on.
        """
        return self.rows.copy()

    def of(self, what: str) -> pd.DataFrame:
        """The rows of one kind."""
        return self.rows[self.rows.what == what].reset_index(drop=True)

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.over_time import over_time_sentence

        return over_time_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The effect by time since the start."""
        from academic_workplace.report.over_time import plot_over_time

        return plot_over_time(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.over_time import over_time_drawing

        return over_time_drawing(self, language)

    def _repr_html_(self) -> str:
        since = self.of("since")
        enough = since[since.fewest >= fewest()]
        return f"{both(self.explain)}{enough.to_html(index=False, border=0)}"


def staggered(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """The average over starts, started against not started (yet).

    Raises PlanError without pupils; DataError where someone had started and not started in one
    period, and as ``group_times`` does.
    """
    if pupils is None or pupils.periods is None:
        rule = Text(
            "Een gespreide start heeft de tabel met leerlingen nodig.",
            "A staggered start needs the table with pupils.",
        )
        remedy = Text("Geef estimate de tabel.", "Give estimate the table.")
        raise PlanError([Fault(rule, remedy, column="method")])
    who = _who(m, plan, pupils)
    names = covariate_columns(m, plan)
    X = np.column_stack([pupils.numbers[name][who.rows] for name in names]) if names else None
    found = group_times(
        who.y, who.period, who.start, who.cluster, X=X, columns=names, unit=who.unit,
        against=Against.NOT_YET, base=Base.UNIVERSAL,
    )  # fmt: skip
    detail, overall = _detail(m, plan, found, who, X, names)
    used = _used(m, pupils.periods.names)
    effect = effect_of(
        used, plan, STARTED, _arms(found, who), _interval(overall), NO_SPREAD,
        _spread(used, plan), inference, ROBUST if names else METHOD,
    )  # fmt: skip
    effect = replace(effect, divided_by=WITHIN, cautions=few_degrees(effect))
    terms = [
        (m.outcome, m.wave, f"{row.start} @ {row.period}", *row[LIMITS], row.p_value)
        for _, row in detail.of("group-time").iterrows()
    ]
    details = {(m.outcome, m.wave, STARTED): detail}
    return Estimated([effect], pd.DataFrame(terms, columns=TERMS), details)


@dataclass(frozen=True, slots=True, eq=False)
class _Who:
    """The rows of an analysis: start and period are places in the order of periods."""

    rows: NDArray[np.intp]
    y: Floats
    period: Floats
    start: Floats
    cluster: NDArray[np.object_]
    unit: NDArray[np.intp] | None
    periods: tuple[str, ...]


def _who(m: SampleMoments, plan: Plan, pupils: Pupils) -> _Who:
    sample = next(s for s in samples(plan) if s.key == m.key)
    rows = np.flatnonzero(pupils.analysed[sample.key])
    periods = pupils.periods
    if periods is None:
        raise ValueError("a plan with periods has them")
    start = np.array([place(name, periods.names) for name in pupils.arms.names])
    begin, when = start[pupils.arms.codes[rows]], periods.codes[rows].astype(float)
    cluster = np.array(pupils.clusters.names, dtype=object)[pupils.clusters.codes[rows]]
    unit = None
    if pupils.persons is not None:
        person = pupils.persons[rows]
        _refuse_both(person, when, begin, plan)
        unit = _units(person, pupils.clusters.codes[rows])
    y = pupils.numbers[sample.y][rows]
    return _Who(rows, y, when, begin, cluster, unit, tuple(periods.names))


def place(start: str, periods: tuple[str, ...]) -> float:
    """Where a start stands among the periods: between two when it is none, infinite when never.

    One before the first counts from the first.

    >>> place("2024", ("2023", "2024")), place("2023.5", ("2023", "2024"))
    (1.0, 0.5)
    """
    if start == NEVER:
        return math.inf
    if start in periods:
        return float(periods.index(start))
    before = sum(natural(name) < natural(start) for name in periods)
    return max(before - 0.5, 0.0) if before < len(periods) else math.inf


def _refuse_both(person: NDArray[np.intp], when: Floats, begin: Floats, plan: Plan) -> None:
    """Nobody can have started and not started in the same period."""
    known = person >= 0
    table = pd.DataFrame({"who": person[known], "when": when[known], "on": (when >= begin)[known]})
    several = table.groupby(["who", "when"]).on.agg(["min", "max"])
    both_ways = int((several["min"] != several["max"]).sum())
    if both_ways:
        rule = Text(
            "Een leerling staat in dezelfde periode op een school die is begonnen en op een school"
            " die niet is begonnen.",
            "A pupil stands in the same period at a school that has started and at one that has"
            " not.",
        )
        remedy = Text("Houd per leerling en periode één rij.", "Keep one row per pupil and period.")
        raise DataError([Fault(rule, remedy, column=str(plan.pupil), count=both_ways)])


def _units(person: NDArray[np.intp], cluster: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """A pupil at a school; who is not known is new every time. None when nobody comes back."""
    width = int(cluster.max()) + 1
    key = np.where(person >= 0, person * width + cluster, -1 - np.arange(len(person)))
    unit = pd.factorize(key)[0].astype(np.intp)
    return unit if len(unit) and unit.max() + 1 < len(unit) else None


def _used(m: SampleMoments, periods: tuple[str, ...]) -> SampleMoments:
    """The moments without those that had started in the first period."""
    first = {name for name in set(m.arms) if place(name, periods) <= 0}
    return m.of(np.array([arm not in first for arm in m.arms])) if first else m


def _arms(found: Atts, who: _Who) -> Arms:
    """How many answers and clusters had started, and how many had not."""
    inside = who.start > 0
    on = inside & (who.period >= who.start)
    off = inside & ~on
    clusters = [
        len(set(who.cluster[x].tolist())) for x in (on, off & (who.start > found.group.min()))
    ]
    return Arms(
        (STARTED,),
        NOT_STARTED,
        {STARTED: int(on.sum()), NOT_STARTED: int(off.sum())},
        {STARTED: clusters[0], NOT_STARTED: clusters[1]},
    )


def _spread(m: SampleMoments, plan: Plan) -> Spread:
    """Of pupils of the same start and the same period, clusters together."""
    cells = {}
    arms, blocks = np.array(m.arms), np.array(m.blocks)
    for arm, period in sorted(set(zip(m.arms, m.blocks, strict=True))):
        there = (arms == arm) & (blocks == period)
        name = f"{arm} / {period}"
        m = m.with_product(f"{plan.treatment}={name}", there.astype(float))
        cells[name] = int(there.sum())
    return spread_of(m, plan, Arms(tuple(cells), "", cells, cells))


def _interval(one: Estimates) -> Interval:
    numbers = (one.estimate, one.se, one.df, one.low, one.high, one.p_value)
    estimate, *rest = (float(x[0]) for x in numbers)
    if not math.isfinite(rest[0]):
        return Interval(estimate)
    return Interval(estimate, *rest)


def _detail(
    m: SampleMoments, plan: Plan, found: Atts, who: _Who, X: Floats | None, names: list[str]
) -> tuple[GroupTimes, Estimates]:
    rng = generator(plan, "group-times", m.outcome, m.wave)
    by = {along: averages(found, along) for along in (Along.DYNAMIC, Along.GROUP, Along.CALENDAR)}
    since, overall = by[Along.DYNAMIC][0], by[Along.GROUP][1]
    label = [*who.periods]
    frames = [
        _frame("group-time", found.effects, found, np.eye(len(found.group), dtype=bool), plan, rng)
        .assign(start=found.group, period=found.period, since=found.since)
    ]  # fmt: skip
    for what, along, value in (
        ("since", Along.DYNAMIC, found.since),
        ("start", Along.GROUP, found.group),
        ("period", Along.CALENDAR, found.period),
    ):
        each = by[along][0]
        among = value[:, None] == each.at
        if along is not Along.DYNAMIC:
            among &= (found.since >= 0)[:, None]
        frames.append(_frame(what, each, found, among, plan, rng).assign(**{what: each.at}))
    rows = pd.concat(frames, ignore_index=True).reindex(columns=COLUMNS)
    for column in ("start", "period"):
        rows[column] = [label[int(x)] if math.isfinite(x) else "" for x in rows[column]]
    rows["since"] = rows.since.astype("Int64")
    before = _some(since, since.at < 0)
    moved = band(before, plan.draws, rng).p_value if len(before.at) > 1 else math.nan
    if len(before.at) == 1:
        moved = float(before.p_value[0])
    fixed = _fixed(who, X, names)
    flags = tuple(FLAGS[flag] for flag in found.flags)
    told = honest(since, _weights(found, since), overall)
    panel = who.unit is not None
    return GroupTimes(rows, who.periods, moved, told, fixed, panel, flags), overall


def _some(several: Estimates, keep: Bools) -> Estimates:
    """Some of several estimates."""
    pick = np.eye(len(keep))[:, keep]
    numbers = (several.se, several.df, several.low, several.high, several.p_value)
    return Estimates(
        several.at[keep], several.estimate[keep], several.moves @ pick, *(x[keep] for x in numbers)
    )


def _weights(found: Atts, since: Estimates) -> Floats:
    """(S,) how much the average over starts counts each time since the start."""
    size = dict(zip(found.starts.tolist(), found.members.sum(axis=0).tolist(), strict=True))
    total = math.fsum(size.values())
    out = np.zeros(int(np.sum(since.at >= 0)))
    for g, n in size.items():
        own = found.since[(found.group == g) & (found.since >= 0)]
        out[np.searchsorted(since.at[since.at >= 0], own)] += n / total / max(len(own), 1)
    return out


def _frame(
    what: str, several: Estimates, found: Atts, among: Bools, plan: Plan, rng: np.random.Generator
) -> pd.DataFrame:
    """A row per estimate, with its band and how many answers it rests on. among: (J, P)."""
    together = band(several, plan.draws, rng)
    started = np.stack([found.pupils[own, :2].sum(axis=0) for own in among.T])
    others = np.stack([found.pupils[own, 2:].max(axis=0) for own in among.T])
    return pd.DataFrame({
        "what": what,
        **{name: getattr(several, name) for name in (*LIMITS, "p_value")},
        "band_low": together.low,
        "band_high": together.high,
        "pupils_started": started[:, 0],
        "pupils_comparison": others[:, 0],
        "fewest": np.minimum(started, others).min(axis=1),
    })  # fmt: skip


def _fixed(who: _Who, X: Floats | None, names: list[str]) -> FixedEffects | None:
    """What two-way fixed effects would have said of these rows; None where there are none."""
    kept = who.start > 0
    try:
        return two_way_fixed_effects(
            who.y[kept], who.period[kept], who.start[kept], who.cluster[kept],
            unit=None if who.unit is None else who.unit[kept],
            X=None if X is None else X[kept], columns=names,
        )  # fmt: skip
    except DataError:
        return None
