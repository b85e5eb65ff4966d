"""How an outcome moves over cohorts: a straight line, with a break where something changed.

    y = a + slope t + step [t >= T] + bend (t - T)[t >= T] + x'c

t counts cohorts; T is the first one after the break. Least squares on pupils, CR2 by school. What
all schools had in common in one year (a strike, an easier test) is in no interval: with few cohorts
nothing tells it from the trend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import names_of, place_of, readers_words, refuse
from academic_workplace.cohorts.compare import tells
from academic_workplace.cohorts.contrasts import Doubt, Estimate, doubts, regress
from academic_workplace.cohorts.counting import Cells, counted_rows
from academic_workplace.cohorts.decompose import POOLED, two_regimes
from academic_workplace.cohorts.influence import from_influence, mean_of
from academic_workplace.cohorts.samples import (
    Sample,
    how_many,
    read_sample,
    refuse_small,
    regimes,
    year_of,
)
from academic_workplace.disclosure import fewest
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.duo.regime import FIRST_OF_NEW_RULE
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST = 3  # cohorts for a line


@dataclass(frozen=True, slots=True)
class CohortMean:
    """The mean of a cohort, and where the line goes at the mean of the other columns. time: counted
    from the first cohort."""

    cohort: str
    time: float
    pupils: int
    mean: Estimate
    line: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trend:
    """The trend over cohorts.

    slope: per cohort (year), before the break when there is one. step: how far the line jumps at
    the break. bend: how much steeper it is afterwards, and slope_after; None without a break, or
    with one cohort after it. before: where the old line would be at the break.
    """

    outcome: str
    cohort: str
    given: tuple[str, ...]
    break_at: str
    slope: Estimate
    step: Estimate | None
    bend: Estimate | None
    slope_after: Estimate | None
    before: float | None
    cohorts: tuple[CohortMean, ...]
    pupils: int
    schools: int | None
    share: bool
    lost: int
    doubts: tuple[Doubt, ...]
    notes: tuple[Text, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Trend({self.outcome!r} over {len(self.cohorts)} cohorts)"

    def table(self) -> pd.DataFrame:
        """A row per number of the line, in full precision."""
        found = {"slope": self.slope, "step": self.step, "bend": self.bend,
                 "slope after": self.slope_after}  # fmt: skip
        rows = [
            {"outcome": self.outcome, "what": what} | each.to_dict()
            | {"pupils": self.pupils, "schools": self.schools}
            for what, each in found.items() if each is not None
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def cohorts_table(self) -> pd.DataFrame:
        """A row per cohort: its mean and the line."""
        rows = [
            {"cohort": c.cohort, "time": c.time, "pupils": c.pupils, "line": c.line}
            | {name: each for name, each in c.mean.to_dict().items() if name != "p_value"}
            for c in self.cohorts
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.cohorts.trend import trend_sentence

        return trend_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The means with their intervals, and the line."""
        from academic_workplace.report.figures.cohorts import plot_trend

        return plot_trend(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.figures.cohorts import trend_drawing

        return trend_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def trend(
    table: pd.DataFrame | str | Path | Cells,
    *,
    outcome: str,
    cohort: str,
    break_at: object = None,
    given: Sequence[str] | str = (),
    school: str | None = None,
    provider: str | None = None,
    across_regimes: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> Trend:
    """The trend of an outcome over three or more cohorts.

    table: a row per pupil, or (with schools) a file that is counted in one pass, or its ``Cells``
    with the outcome as their number; the rest names columns. outcome: numbers; 0 and 1 give shares.
    cohort: school years, numbers, or values in their order (categories), one step apart. break_at:
    the first cohort of a new situation, such as 2023-2024. With one cohort after it there is a
    step and no new slope. given: columns held equal. school: whose pupils are alike. provider: as
    in ``compare``. labels: the words for readers, by column or value.

    Raises PlanError (unknown names, several test providers; cohorts under two rules for advice
    without a break at 2023-2024 or ``across_regimes=True``) and DataError (fewer than three
    cohorts, or than two before a break; a cohort, or a share in it, of fewer than ten pupils, which
    the line would tell), naming every fault.
    """
    given = names_of(given, "given")
    rows = counted_rows(table, (cohort, *given, school, provider), outcome, school)
    sample = read_sample(rows.table, outcome=outcome, part=cohort, given=given, school=school,
                         provider=provider, pupils=rows.pupils)  # fmt: skip
    sample = _present(sample)
    times = _times(sample.values)
    T = None if break_at is None else times[place_of(break_at, sample.values, "break_at")]
    two = len(regimes(sample.values)) > 1
    at_rule = T is not None and year_of(break_at) == FIRST_OF_NEW_RULE
    if two and not at_rule and not across_regimes:
        raise PlanError([_unbroken()])
    _refuse_cohorts(times, T, cohort)
    _refuse_few(sample, outcome, cohort)
    start = times.min()
    t = times[sample.part] - start
    columns = {"slope": t}
    if T is not None:
        after = times[sample.part] >= T
        columns["step"] = after.astype(float)
        if np.sum(times >= T) > 1:
            columns["bend"] = np.where(after, times[sample.part] - T, 0.0)
    X = sample.varying()[0]
    renamed = {f"x {name}": x for name, x in X.items()}  # a column may be called slope
    fit = regress(sample.y, columns | renamed, sample.school, pupils=sample.pupils)
    found = {name: fit.contrast({name: 1}) for name in columns}
    later = fit.contrast({"slope": 1, "bend": 1}) if "bend" in columns else None
    b, mean_x = fit.least.beta, fit.least.mean_x
    k = len(columns)

    def line(time: float, broken: bool) -> float:
        row = {"slope": time - start, "step": float(broken),
               "bend": time - (T or 0.0) if broken else 0.0}  # fmt: skip
        return float(fit.least.mean_y + b[:k] @ (np.array([row[c] for c in columns]) - mean_x[:k]))

    order = np.argsort(times, kind="stable")
    means = tuple(
        _mean(sample, int(c), float(times[c] - start), line(times[c], T is not None
                                                            and times[c] >= T)) for c in order
    )  # fmt: skip
    everyone = np.ones(len(t), dtype=bool)
    schools = sample.schools(everyone)
    return Trend(
        outcome, cohort, tuple(given), "" if T is None else str(break_at), found["slope"],
        found.get("step"), found.get("bend"), later, None if T is None else line(T, False), means,
        how_many(everyone, sample.pupils), schools, sample.share, sample.lost,
        doubts(*found.values(), *(m.mean for m in means), schools=schools),
        (POOLED,) if two and not at_rule else (), readers_words(labels),
    )  # fmt: skip


def _present(sample: Sample) -> Sample:
    """The same pupils; cohorts without any are no values."""
    used, part = np.unique(sample.part, return_inverse=True)
    return replace(sample, part=np.asarray(part), values=[sample.values[k] for k in used])


def _times(values: Sequence[object]) -> Floats:
    """School years by the year in which they start, numbers as they are, others by their order."""
    years = [year_of(v) for v in values]
    if all(y is not None for y in years):
        return np.array(years, dtype=float)
    if all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in values):
        return np.array(values, dtype=float)
    return np.arange(len(values), dtype=float)


def _unbroken() -> Fault:
    fault = two_regimes("break_at")
    return Fault(
        fault.rule,
        Text("Zeg break_at=‘2023-2024’, of across_regimes=True als de uitkomst geen advies is.",
             "Say break_at=‘2023-2024’, or across_regimes=True when the outcome is no advice."),
        column=fault.column,
    )  # fmt: skip


def _refuse_cohorts(times: Floats, T: float | None, column: str) -> None:
    faults = []
    if len(times) < LEAST:
        rule = Text(f"Een trend vraagt ten minste {LEAST} cohorten.",
                    f"A trend takes at least {LEAST} cohorts.")  # fmt: skip
        faults.append(Fault(rule, Text("Gebruik compare().", "Use compare()."), column=column))
    elif T is not None and np.sum(times < T) < 2:
        rule = Text(
            "Voor de breuk zijn er geen twee cohorten: er is geen lijn om van af te wijken.",
            "There are no two cohorts before the break: there is no line to break.",
        )
        remedy = Text("Kies een latere breuk, of geen.", "Choose a later break, or none.")
        faults.append(Fault(rule, remedy, column="break_at"))
    refuse(faults)


def _refuse_few(sample: Sample, outcome: str, column: str) -> None:
    """The line and the other means together tell the mean of a cohort that is left out."""
    refuse_small(sample, column, range(len(sample.values)))
    told = [
        str(name)[:40]
        for k, name in enumerate(sample.values)
        if sample.share and tells(sample.y, sample.part == k, pupils=sample.pupils)
    ]
    if told:
        names, n = ", ".join(f"‘{name}’" for name in told), fewest()
        rule = Text(
            f"Minder dan {n} leerlingen hebben de uitkomst, of hebben die juist niet: {names}.",
            f"Fewer than {n} pupils have the outcome, or fewer than {n} do not: {names}.",
        )
        remedy = Text("Laat die cohorten weg, of voeg cohorten samen.",
                      "Leave those cohorts out, or join cohorts.")  # fmt: skip
        raise DataError([Fault(rule, remedy, column=outcome)])


def _mean(sample: Sample, k: int, time: float, line: float) -> CohortMean:
    rows = sample.part == k
    name = str(sample.values[k])
    pupils = sample.pupils
    value, phi = mean_of(sample.y, rows, pupils)
    scale = float(np.ptp(sample.y))
    found = from_influence(value, phi, sample.part, sample.school, scale, pupils)
    return CohortMean(name, time, how_many(rows, pupils), found, line)
