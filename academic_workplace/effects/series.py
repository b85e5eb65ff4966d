"""The line that schools who started followed before, gone on: interrupted time series.

    effect = mean over the periods from the start of (measured line - line that would have gone on)

A point is the mean of the means of the clusters that started; every cluster counts alike, and only
clusters that were measured in every period, so that no point changes because schools come and go.
Clusters that never start, where there are any, make the comparison series: what happened to both is
no effect. ``over_time/series.py`` has the arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest
from academic_workplace.effects.regression import (
    NO_SPREAD,
    Arms,
    Interval,
    effect_of,
    few_degrees,
    spread_of,
)
from academic_workplace.effects.result import TERMS, Effect, Estimated
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.layout import natural
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.over_time.series import FLAGS, Estimate, Flag, Interrupted, interrupted
from academic_workplace.plan import NEVER, NOT_STARTED, STARTED, Inference, Method, Plan
from academic_workplace.sizes import DIVIDED_BY, Spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

METHOD = "interrupted time series, mean over the periods from the start"
YEAR = re.compile(r"\s*(\d{4})(?!\d)")  # 2023, 2023/2024, 2023-24
WITHIN = DIVIDED_BY.replace("within arms", "within arms and periods")


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Means per cluster and period of the clusters that can be followed.

    m: the moments of those clusters. periods: T labels in order of time; times: (T,) when they were
    (years where the labels are years). start: how many come before it. means, pupils: (T, G).
    clusters: G names; started: (G,). left_out: clusters without a measurement in some period;
    early: those that had already started in the first one.
    """

    m: SampleMoments
    periods: tuple[str, ...]
    times: Floats
    start: int
    clusters: tuple[str, ...]
    means: Floats
    pupils: Counts
    started: NDArray[np.bool_]
    left_out: tuple[str, ...]
    early: tuple[str, ...]

    @property
    def treated(self) -> Floats:
        """(T,) the mean of the clusters that started."""
        return np.asarray(self.means[:, self.started].mean(axis=1), dtype=float)

    @property
    def others(self) -> Floats | None:
        """(T,) the mean of those that never did, if there are any."""
        if self.started.all():
            return None
        return np.asarray(self.means[:, ~self.started].mean(axis=1), dtype=float)

    @property
    def notes(self) -> tuple[Text, ...]:
        """What was left out."""
        out = []
        if self.left_out:
            n = len(self.left_out)
            out.append(
                Text(
                    "Scholen (clusters) die niet in elke periode zijn gemeten, tellen niet mee:"
                    f" {n}.",
                    f"Schools (clusters) not measured in every period do not take part: {n}.",
                )
            )
        if self.early:
            n = len(self.early)
            out.append(
                Text(
                    f"Scholen (clusters) die al in de eerste periode begonnen waren, tellen niet"
                    f" mee: {n}.",
                    f"Schools (clusters) that had already started in the first period do not take"
                    f" part: {n}.",
                )
            )
        return tuple(out)

    def arms(self) -> Arms:
        """Who counts as started (from the start on) and as not started (all else)."""
        n = self.pupils[self.start :, self.started].sum()
        rest = self.pupils.sum() - n
        few = int(self.started.sum())
        other = int((~self.started).sum()) or few
        return Arms(
            (STARTED,),
            NOT_STARTED,
            {STARTED: int(n), NOT_STARTED: int(rest)},
            {STARTED: few, NOT_STARTED: other},
        )

    def spread(self, plan: Plan) -> Spread:
        """Of pupils of the same start and the same period, clusters together."""
        m, cells = self.m, {}
        for arm, period in dict.fromkeys(zip(self.m.arms, self.m.blocks, strict=True)):
            there = [a == arm and b == period for a, b in zip(m.arms, m.blocks, strict=True)]
            name = f"{arm} / {period}"
            m = m.with_product(f"{plan.treatment}={name}", np.array(there, dtype=float))
            cells[name] = int(there.count(True))
        return spread_of(m, plan, Arms(tuple(cells), "", cells, cells))


def lines(m: SampleMoments, plan: Plan, pupils: Pupils | None, *, alone: Text) -> Lines:
    """Means per cluster and period. alone: the method's name, for who gives no pupils.

    Raises PlanError without pupils, DataError when clusters started in different periods, and where
    no cluster that started was measured in every period.
    """
    if pupils is None or pupils.periods is None:
        rule = Text(f"{alone.nl} heeft de tabel met leerlingen nodig.",
                    f"{alone.en} needs the table with pupils.")  # fmt: skip
        remedy = Text("Geef estimate de tabel.", "Give estimate the table.")
        raise PlanError([Fault(rule, remedy, column="method")])
    periods = tuple(name for name in pupils.periods.names if name in set(m.blocks))
    clusters = tuple(sorted(set(m.clusters), key=natural))
    means, counts = _table(m, periods, clusters)
    begins = _begins(m, periods, clusters)
    whole = (counts > 0).all(axis=0)
    inside = (begins > 0) & (begins < len(periods))
    starts = sorted(set(begins[inside].tolist()))
    _refuse_starts(starts, periods, plan)
    treated = inside & whole
    if not treated.any():
        rule = Text(
            "Geen enkele school (cluster) die begon, is in elke periode gemeten.",
            "No school (cluster) that started was measured in every period.",
        )
        remedy = Text(
            "Vul de metingen aan, of laat perioden weg.",
            "Add the measurements, or leave periods out.",
        )
        raise DataError([Fault(rule, remedy, column=str(plan.period))])
    keep = whole & (begins > 0)
    kept = {clusters[i] for i in np.flatnonzero(keep)}
    return Lines(
        m.of(np.array([name in kept for name in m.clusters])),
        periods,
        _times(periods),
        int(starts[0]),
        tuple(clusters[i] for i in np.flatnonzero(keep)),
        means[:, keep],
        counts[:, keep],
        treated[keep],
        tuple(clusters[i] for i in np.flatnonzero(~whole & (begins > 0))),
        tuple(clusters[i] for i in np.flatnonzero(begins == 0)),
    )


def _table(
    m: SampleMoments, periods: Sequence[str], clusters: Sequence[str]
) -> tuple[Floats, Counts]:
    """(T, G) means and pupils; NaN where nobody was measured."""
    total, n = (np.zeros((len(periods), len(clusters))) for _ in range(2))
    place = {name: i for i, name in enumerate(clusters)}
    at = [periods.index(b) for b in m.blocks], [place[c] for c in m.clusters]
    np.add.at(total, at, m.totals[:, -1])
    np.add.at(n, at, m.pupils)
    there = n > 0
    means = np.where(there, total / np.where(there, n, 1.0), np.nan)
    return means, np.round(n).astype(np.int64)


def _begins(m: SampleMoments, periods: Sequence[str], clusters: Sequence[str]) -> NDArray[np.int64]:
    """(G,) the place of each cluster's first period with the programme; T where it has none."""
    T = len(periods)
    of = dict(zip(m.clusters, m.arms, strict=True))

    def place(start: str) -> int:
        if start == NEVER:
            return T
        later = (i for i, name in enumerate(periods) if natural(name) >= natural(start))
        return periods.index(start) if start in periods else next(later, T)

    return np.array([place(of[name]) for name in clusters], dtype=np.int64)


def _refuse_starts(starts: Sequence[int], periods: Sequence[str], plan: Plan) -> None:
    if len(starts) == 1:
        return
    if starts:
        named = ", ".join(periods[i] for i in starts)
        rule = Text(
            f"De scholen (clusters) begonnen niet in dezelfde periode ({named}).",
            f"The schools (clusters) did not start in the same period ({named}).",
        )
        remedy = Text(
            f"Kies de methode ‘{Method.STAGGERED.value}’, of scholen met één start.",
            f"Choose the method ‘{Method.STAGGERED.value}’, or schools with one start.",
        )
    else:
        rule = Text(
            "Geen school (cluster) begint tussen de eerste en de laatste meting van deze uitkomst.",
            "No school (cluster) starts between the first and the last measurement of this"
            " outcome.",
        )
        remedy = Text(
            "Voeg perioden toe, of kies een andere uitkomst.",
            "Add periods, or choose another outcome.",
        )
    raise DataError([Fault(rule, remedy, column=plan.treatment)])


def _times(periods: Sequence[str]) -> Floats:
    """When the periods were: their years, where each label begins with a year of its own."""
    years = [YEAR.match(name) for name in periods]
    found = [float(year.group(1)) for year in years if year]
    if len(found) == len(periods) and all(b > a for a, b in pairwise(found)):
        return np.array(found)
    return np.arange(len(periods), dtype=float)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The line behind an effect: measured, and as it would have gone on.

    fit: the segmented regression. times: (T,) when the periods were. pupils, pupils_comparison:
    (T,) how many stand behind each point.
    clusters: how many started, and how many make the comparison series. left_out: their names.
    notes: what was left out, in words.
    """

    fit: Interrupted
    periods: tuple[str, ...]
    times: Floats
    pupils: Counts
    pupils_comparison: Counts | None
    clusters: tuple[int, int]
    left_out: tuple[str, ...]
    notes: tuple[Text, ...]

    @property
    def flags(self) -> tuple[Text, ...]:
        """What a reader must know, in both languages."""
        return tuple(FLAGS[flag] for flag in self.fit.flags) + self.notes

    @property
    def controlled(self) -> bool:
        """Whether there is a comparison series."""
        return Flag.UNCONTROLLED not in self.fit.flags

    def table(self) -> pd.DataFrame:
        """A row per period: measured, the line without the programme, and the effect from then."""
        fit = self.fit
        each = [Estimate(np.nan)] * fit.start + [fit.at(h) for h in range(fit.after)]
        other = self.pupils_comparison
        missing = np.full(len(self.periods), np.nan)
        return pd.DataFrame({
            "period": self.periods,
            "started": np.arange(len(self.periods)) >= fit.start,
            "measured": fit.y,
            "comparison": missing if fit.comparison is None else fit.comparison,
            "fitted": fit.fitted,
            "without": fit.counterfactual,
            "effect": [e.estimate for e in each],
            "se": [e.se for e in each],
            "low": [e.low for e in each],
            "high": [e.high for e in each],
            "pupils": self.pupils,
            "pupils_comparison": missing if other is None else other,
        }).astype(dict.fromkeys(("effect", "se", "low", "high"), float))  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.series import series_sentence

        return series_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The measured line, and how it would have gone on."""
        from academic_workplace.report.series import plot_series

        return plot_series(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.series import series_drawing

        return series_drawing(self, language)

    def _repr_html_(self) -> str:
        table = self.table()
        few = (table.filter(like="pupils") < fewest()).any(axis=1)
        return f"{both(self.explain)}{table[~few].to_html(index=False, border=0)}"


def series(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """One series of those that started, beside that of those that never do.

    Raises PlanError without pupils, DataError when starts differ or points are too few.
    """
    found = lines(m, plan, pupils, alone=Text("Een reeks", "A series"))
    fit = interrupted(found.treated, found.start, comparison=found.others, times=found.times)
    average = fit.average
    effect = effect_over_time(found, plan, _interval(average), NO_SPREAD, inference, METHOD)
    effect = replace(effect, cautions=few_degrees(effect))
    other = None if found.others is None else found.pupils[:, ~found.started].sum(axis=1)
    detail = Series(
        fit,
        found.periods,
        found.times,
        found.pupils[:, found.started].sum(axis=1),
        other,
        (int(found.started.sum()), int((~found.started).sum())),
        found.left_out,
        found.notes,
    )
    terms = []
    for name, c in zip(fit.names, np.eye(len(fit.names)), strict=True):
        e = fit.contrast(c)
        terms.append((m.outcome, m.wave, name, e.estimate, e.se, e.df, e.low, e.high, e.p_value))
    details = {(m.outcome, m.wave, STARTED): detail}
    return Estimated([effect], pd.DataFrame(terms, columns=TERMS), details)


def effect_over_time(
    found: Lines,
    plan: Plan,
    interval: Interval,
    reason: Text,
    inference: Inference,
    method: str,
) -> Effect:
    """An effect of those that started; its divisor is the spread within periods."""
    effect = effect_of(
        found.m,
        plan,
        STARTED,
        found.arms(),
        interval,
        reason,
        found.spread(plan),
        inference,
        method,
    )
    return replace(effect, divided_by=WITHIN)


def _interval(e: Estimate) -> Interval:
    return Interval(e.estimate, e.se, e.df, e.low, e.high, e.p_value)
