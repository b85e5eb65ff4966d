"""How the outcome of every arm moved from one measurement to the next: means, not effects."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from academic_workplace.errors import Fault, PlanError
from academic_workplace.evidence.description import alike_of, ones_of, sizes_of
from academic_workplace.intake.layout import samples
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.moments import ClusterMoments, SampleMoments
from academic_workplace.plan import Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

LEVEL = 0.975  # of one side of a 95 % interval
FIXED = 1e-10  # with 1 - n_g / N below this one cluster is the whole arm


@dataclass(frozen=True, slots=True)
class ArmMean:
    """The mean of the analysed pupils of one arm at one measurement.

    wave: "" is the measurement before the programme, of the pupils analysed at ``main_wave``; so it
    is in a plan without waves, whose one measurement after is named ``after``. low, high: 95 %
    limits by differences between clusters, None when there are fewer than two. ones: for how many
    it holds, when the outcome is 0 or 1 for everyone. sizes: pupils of each cluster. alike: whether
    all of them have the same score.
    """

    outcome: str
    wave: str
    arm: str
    pupils: int
    clusters: int
    mean: float
    se: float | None
    df: float | None
    low: float | None
    high: float | None
    ones: int | None = None
    sizes: tuple[int, ...] = ()
    alike: bool = False


INSIDE = ("ones", "sizes", "alike")  # what decides on what may leave, and never does itself


@dataclass(frozen=True, slots=True, repr=False)
class Change(Items[ArmMean]):
    """The means of every arm in order of time; a sequence of ``ArmMean``."""

    items: tuple[ArmMean, ...]
    plan: Plan

    def __repr__(self) -> str:
        return f"Change({len(self.items)} means)"

    def _repr_html_(self) -> str:
        return both(self.explain)

    def table(self) -> pd.DataFrame:
        """A row per outcome, arm and measurement, in the outcome's own units."""
        names = [f.name for f in fields(ArmMean) if f.name not in INSIDE]
        return pd.DataFrame([[getattr(m, n) for n in names] for m in self.items], columns=names)

    def explain(self, language: str = "nl") -> str:
        """How each arm moved, in words; what it does not say stands beside it."""
        from academic_workplace.report.change import change_sentences

        return change_sentences(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """A line per arm with its uncertainty, for the first outcome."""
        from academic_workplace.report.figures.change import plot_change

        return plot_change(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.change import change_drawing

        return change_drawing(self, language)


AFTER = "after"  # the one later measurement of a plan that names no waves


def change(moments: ClusterMoments, plan: Plan) -> Change:
    """The mean of every arm before the programme and at every later measurement.

    Who is analysed at a measurement is in its mean; before the programme it is who is analysed at
    the main one. A mean is that of pupils, its uncertainty that of clusters (``cluster_mean``).

    Raises PlanError when the plan has no measurement before the programme, or when arms are made
    alike by weights, follow a dose or start at different times: plain means would mislead there.
    """
    if not any(sample.baseline for sample in samples(plan)) or _cannot(plan):
        rule = Text(
            "Van dit plan is geen verandering per groep te tonen: er is geen voormeting, of gewone"
            " gemiddelden misleiden hier.",
            "No change per arm can be shown of this plan: nothing was measured before, or plain"
            " means would mislead here.",
        )
        remedy = Text("Kijk naar de effecten (estimate).", "Look at the effects (estimate).")
        raise PlanError([Fault(rule, remedy, column="baseline")])
    found: list[ArmMean] = []
    for sample in samples(plan):
        m = next(m for m in moments.samples if m.key == sample.key)
        later = sample.wave or AFTER
        if sample.baseline and sample.wave == plan.waves_in_order[0]:
            found += means_of(m, plan, "", sample.baseline)
        found += means_of(m, plan, later, m.columns[-1])
    order = {"": -1, AFTER: 0} | {wave: i for i, wave in enumerate(plan.waves)}
    return Change(
        tuple(sorted(found, key=lambda a: (plan.outcomes.index(a.outcome), order[a.wave]))), plan
    )


def _cannot(plan: Plan) -> bool:
    made_alike = plan.estimand is not None
    return plan.dose or made_alike or plan.period is not None or plan.running is not None


def means_of(m: SampleMoments, plan: Plan, wave: str, column: str) -> Iterable[ArmMean]:
    """The mean of every arm in one column of an analysis."""
    at = m.columns.index(column)
    for name in m.columns:
        arm = name.removeprefix(f"{plan.treatment}=")
        if arm == name:
            continue
        inside = m.count(name) > 0.5
        cells = m.of(inside)
        cluster = np.unique(np.array(cells.clusters), return_inverse=True)[1]
        n = np.bincount(cluster, cells.S[:, 0, 0]).astype(float)
        total = np.bincount(cluster, cells.totals[:, at]).astype(float)
        if not len(n) or not n.sum():
            continue
        mean, se, df = cluster_mean(n, total)
        low = high = None
        if se is not None and df is not None:
            half = float(stdtrit(df, LEVEL)) * se
            low, high = mean - half, mean + half
        pupils = round(float(cells.pupils.sum()))
        yield ArmMean(
            m.outcome, wave, arm, pupils, len(n), mean, se, df, low, high,
            ones_of(m, at, inside), sizes_of(m, inside), alike_of(m, at, inside),
        )  # fmt: skip


def cluster_mean(
    n: NDArray[np.float64], total: NDArray[np.float64]
) -> tuple[float, float | None, float | None]:
    """The mean of pupils in G clusters, its CR2 standard error and Satterthwaite's df.

    n: (G,) pupils (or weights); total: (G,) the sum of the outcome over each cluster. It is the
    regression on a constant alone. With h_g = n_g / N and e_g = total_g - n_g mean the variance is
    sum e_g^2 / (1 - h_g) / N^2. With d_g = h_g / (1 - h_g) and w_g = h_g / sqrt(1 - h_g) the df are
    (sum d_g - w_g^2)^2 / (sum d_g^2 - 2 sum d_g w_g^2 + (sum w_g^2)^2) (Bell and McCaffrey, 2002;
    Pustejovsky and Tipton, 2018, eq. 11). se and df are None with fewer than two clusters.

    >>> mean, se, df = cluster_mean(np.array([10.0, 10, 10]), np.array([20.0, 30, 40]))
    >>> mean, round(se, 6), round(df, 6)
    (3.0, 0.57735, 2.0)
    """
    N = float(n.sum())
    mean, h = float(total.sum()) / N, n / N
    if len(n) < 2 or (1 - h).min() < FIXED:
        return mean, None, None
    e = total - n * mean
    v = float((e**2 / (1 - h)).sum()) / N**2
    d, w2 = h / (1 - h), h**2 / (1 - h)
    square = float((d**2).sum() - 2 * (d * w2).sum() + w2.sum() ** 2)
    return mean, math.sqrt(v), float((d - w2).sum()) ** 2 / square
