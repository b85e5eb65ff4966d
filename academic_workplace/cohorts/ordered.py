"""Two groups of whom only counts per ordered level are known, such as advice in a public table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.cohorts.columns import readers_words, refuse
from academic_workplace.cohorts.contrasts import Estimate, How
from academic_workplace.cohorts.distribution import v_of
from academic_workplace.cohorts.ranges import Counts, counts_of
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text, both
from academic_workplace.sizes.size import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]

# What groups and an outcome are called that have no column to name them.
UNNAMED = {
    "outcome": Text("de uitkomst", "the outcome"),
    "group": Text("A", "A"),
    "reference": Text("B", "B"),
}


@dataclass(frozen=True, slots=True)
class Ordered:
    """The gap between two groups of whom only counts per ordered level are known.

    auc: the chance that a member stands higher, ties counting half; V_steps: V of it. V: of two
    normal distributions cut at the same places (maximum likelihood; Ho & Reardon, 2012), which does
    not shrink when there are few levels. sd: that of the members over the reference's. Sentences,
    picture and the table of a report tell nothing of groups of fewer than ten.
    """

    auc: float
    V_steps: float
    V: Estimate
    sd: float
    pupils: int
    pupils_reference: int
    labels: Mapping[str, Text] = field(default_factory=lambda: dict(UNNAMED))

    def table(self) -> pd.DataFrame:
        """A row per measure, in full precision."""
        rows = [("superiority", Estimate(self.auc)), ("V of steps", Estimate(self.V_steps)),
                ("V", self.V), ("sd ratio", Estimate(self.sd))]  # fmt: skip
        about = {"pupils": self.pupils, "pupils_reference": self.pupils_reference}
        return pd.DataFrame([{"measure": name} | each.to_dict() | about for name, each in rows])

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.gaps import ordered_sentence

        return ordered_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """V with its interval."""
        from academic_workplace.report.gaps import plot_ordered

        return plot_ordered(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.gaps import ordered_drawing

        return ordered_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


@dataclass(frozen=True, slots=True, eq=False)
class OrderedBounds:
    """The same within bounds, of shape (), when counts are hidden: ``auc, V = ordered_bounds()``.

    V has no end (infinite) where a filling leaves no overlap between the groups.
    """

    auc: Bounds
    V: Bounds
    labels: Mapping[str, Text] = field(default_factory=lambda: dict(UNNAMED))

    def __iter__(self) -> Iterator[Bounds]:
        return iter((self.auc, self.V))

    def table(self) -> pd.DataFrame:
        """A row per measure: the lowest and the highest value."""
        return pd.DataFrame([
            {"measure": name, "low": float(each.low), "high": float(each.high)}
            for name, each in (("superiority", self.auc), ("V of steps", self.V))
        ])  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.gaps import ordered_sentence

        return ordered_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """How often, of 100 times, a member stands higher: from the lowest to the highest."""
        from academic_workplace.report.gaps import plot_ordered

        return plot_ordered(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.gaps import ordered_drawing

        return ordered_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def ordered_gap(
    counts: Counts, reference: Counts, *, labels: Mapping[str, Text] | None = None
) -> Ordered:
    """V from the counts of pupils per ordered level (lowest first). counts, reference: (K,).

    With two levels the spreads are taken to be alike; with three the curve goes through both
    points. Pupils as if independent. labels: what readers call the ``group`` and the ``reference``.

    Raises DataError for counts that cannot be (another length, below 0, not whole, nobody) and for
    counts that are not known exactly: ``ordered_bounds`` is for those.
    """
    words = UNNAMED | readers_words(labels)
    faults: list[Fault] = []
    sides = _levels(counts, reference, faults)
    rule = Text("Dit zijn geen aantallen die precies bekend zijn.",
                "These are no counts that are known exactly.")  # fmt: skip
    remedy = Text(
        "Gebruik aw.cohorts.ordered_bounds: die geeft de laagste en de hoogste waarde.",
        "Use aw.cohorts.ordered_bounds: it gives the lowest and the highest value.",
    )
    faults += [Fault(rule, remedy, column=name) for name, side in zip(SIDES, sides, strict=True)
               if not side.exact.all()]  # fmt: skip
    refuse(faults)
    a, b = sides[0].low, sides[1].low
    N1, N0 = float(a.sum()), float(b.sum())
    auc = auc_of_counts(a, b)
    used = a + b > 0
    value, se, sd = _binormal(a[used], b[used])
    if se is None:
        V = Estimate(value)
    else:
        reach = t_quantile(math.inf) * se
        V = Estimate(value, se, math.inf, value - reach, value + reach, None, How.LIKELIHOOD)
    return Ordered(auc, v_of(auc), V, sd, round(N1), round(N0), words)


def auc_of_counts(a: Floats, b: Floats) -> float:
    """P(member higher) + P(same level) / 2 from counts per level."""
    below = np.cumsum(b) - b / 2
    return float(a @ below / (a.sum() * b.sum()))


def ordered_bounds(
    counts: Counts,
    reference: Counts,
    total: Counts | None = None,
    total_reference: Counts | None = None,
    *,
    labels: Mapping[str, Text] | None = None,
) -> OrderedBounds:
    """The lowest and highest AUC (ties counting half) and V of counts within bounds.

    counts, reference: (K,) of every level, lowest first: ``Bounds``, or numbers and words such as
    ``<5`` and ``5-9``. total, total_reference: of a group's pupils, in the same forms. For given
    pupils of one group the AUC is a mean of ranks that rise with the level, over the pupils of the
    other: its extremes fill the levels from one side. So they are among the fillings of both groups
    from one side, and all of those are tried. labels: as in ``ordered_gap``.

    Raises DataError for counts that cannot be, for totals that contradict their parts, and when
    there is nobody in a group in every filling.
    """
    words = UNNAMED | readers_words(labels)
    faults: list[Fault] = []
    a, b = _levels(counts, reference, faults)
    totals: list[Bounds | None] = []
    for name, given, side in (("total", total, a), ("total_reference", total_reference, b)):
        totals.append(None if given is None else _total(given, name, side, faults))
    refuse(faults)
    high = _extreme(a, b, *totals)
    low = min(high, 1 - _extreme(b, a, *totals[::-1]))  # but for rounding
    return OrderedBounds(Bounds(low, high), Bounds(v_of(low), v_of(high)), words)


def _total(given: Counts, argument: str, parts: Bounds, faults: list[Fault]) -> Bounds:
    """A published total of shape (). A fault when it is no count or contradicts its parts."""
    before = len(faults)
    found = counts_of(given, argument, faults)
    if len(faults) == before and (found.low.size != 1 or parts.low.sum() > found.high[0]
                                  or parts.high.sum() < found.low[0]):  # fmt: skip
        rule = Text("Een totaal past niet bij zijn delen.", "A total contradicts its parts.")
        remedy = Text("Controleer het totaal en de delen.", "Check the total and the parts.")
        faults.append(Fault(rule, remedy, column=argument))
    return Bounds(found.low.flat[0], found.high.flat[0]) if found.low.size else Bounds(0.0)


def _extreme(a: Bounds, b: Bounds, total_a: Bounds | None, total_b: Bounds | None) -> float:
    """The highest AUC: members as high as can be, the reference as low."""
    first = _fillings(a.low[::-1], a.high[::-1], total_a)[:, ::-1]
    second = _fillings(b.low, b.high, total_b)
    n1, n0 = first.sum(axis=1), second.sum(axis=1)
    first, n1 = first[n1 > 0], n1[n1 > 0]
    second, n0 = second[n0 > 0], n0[n0 > 0]
    if not len(first) or not len(second):
        raise DataError([_nobody("counts, reference")])
    below = np.cumsum(second, axis=1) - second / 2
    return float(np.max(first @ below.T / np.outer(n1, n0)))


def _fillings(low: Floats, high: Floats, total: Bounds | None) -> Floats:
    """Every filling that is full up to some level and empty beyond, and those that meet a total."""
    room = high - low
    least, most = float(low.sum()), float(high.sum())
    steps = least + np.append(0.0, np.cumsum(room))
    if total is not None:
        first, last = max(least, float(total.low)), min(most, float(total.high))
        steps = np.append(steps[(steps >= first) & (steps <= last)], [first, last])
    before = np.append(0.0, np.cumsum(room))[:-1]
    return np.asarray(low + np.clip(steps[:, None] - least - before, 0, room), dtype=np.float64)


SIDES = ("counts", "reference")


def _levels(counts: Counts, reference: Counts, faults: list[Fault]) -> tuple[Bounds, Bounds]:
    """Both groups by level, lowest first. A fault for what is no row of as many counts."""
    before = len(faults)
    a, b = (counts_of(given, name, faults) for name, given in zip(SIDES, (counts, reference),
                                                                 strict=True))  # fmt: skip
    if len(faults) > before:
        return a, b
    for name, side in zip(SIDES, (a, b), strict=True):
        if side.low.size < 2:
            rule = Text("Er is maar één niveau.", "There is but one level.")
            remedy = Text("Geef van elk niveau het aantal leerlingen.",
                          "Give the number of pupils of every level.")  # fmt: skip
            faults.append(Fault(rule, remedy, column=name))
        elif not side.high.any():
            faults.append(_nobody(name))
    if a.low.size != b.low.size:
        rule = Text("De groepen hebben niet evenveel niveaus.",
                    "The groups do not have as many levels.")  # fmt: skip
        remedy = Text("Geef ook niveaus met 0 leerlingen.", "Give levels with 0 pupils as well.")
        faults.append(Fault(rule, remedy, column="reference"))
    return a, b


def _nobody(column: str) -> Fault:
    rule = Text("In een groep is niemand.", "There is nobody in a group.")
    return Fault(rule, Text("Kies een groep met leerlingen.", "Choose a group with pupils."),
                 column=column)  # fmt: skip


def _binormal(a: Floats, b: Floats) -> tuple[float, float | None, float]:
    """V, its standard error and sd ratio by maximum likelihood; (K,) counts, no level empty.

    Reference N(0, 1), members N(m, s), cut at c_1 < ... < c_(K-1); V = m sqrt(2 / (1 + s^2)).
    """
    from scipy.optimize import minimize

    K = len(a)
    if K < 2:
        return 0.0, None, 1.0
    share0 = (np.cumsum(b) + 0.5)[:-1] / (b.sum() + 1)
    share1 = (np.cumsum(a) + 0.5)[:-1] / (a.sum() + 1)
    c = special.ndtri((share0 * b.sum() + share1 * a.sum()) / (a.sum() + b.sum()))
    m = float(np.mean(c - special.ndtri(share1)))
    free = K > 2 and min(np.count_nonzero(a), np.count_nonzero(b)) > 1
    start = np.array([c[0], *np.log(np.maximum(np.diff(c), 1e-6)), m, *([0.0] if free else [])])

    def places(p: Floats) -> tuple[Floats, float, float]:
        cuts = p[0] + np.append(0.0, np.cumsum(np.exp(np.clip(p[1 : K - 1], -40, 5))))
        return cuts, float(p[K - 1]), math.exp(float(np.clip(p[K], -5, 5))) if free else 1.0

    def cells(cuts: Floats) -> Floats:
        """Probabilities between cuts, from the tail in which they are not lost."""
        lower, upper = np.append(-np.inf, cuts), np.append(cuts, np.inf)
        flip = lower > 0
        first, last = np.where(flip, -upper, lower), np.where(flip, -lower, upper)
        return np.asarray(special.ndtr(last) - special.ndtr(first), dtype=np.float64)

    def density(cuts: Floats) -> Floats:
        return np.asarray(np.exp(-(cuts**2) / 2) / math.sqrt(2 * math.pi), dtype=np.float64)

    def minus(p: Floats) -> tuple[float, Floats]:
        cuts, mean, sd = places(p)
        z = (cuts - mean) / sd
        p0, p1 = np.maximum(cells(cuts), 1e-300), np.maximum(cells(z), 1e-300)
        value = -float(b @ np.log(p0) + a @ np.log(p1))
        d0 = density(cuts) * (b[:-1] / p0[:-1] - b[1:] / p0[1:])  # of the log-likelihood, per cut
        d1 = density(z) * (a[:-1] / p1[:-1] - a[1:] / p1[1:])
        per_cut = d0 + d1 / sd
        after = np.cumsum(per_cut[::-1])[::-1]
        gradient = [per_cut.sum(), *(after[1:] * np.exp(p[1 : K - 1])), -d1.sum() / sd]
        if free:
            gradient.append(-float(d1 @ z))
        return value, -np.array(gradient)

    found = minimize(minus, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 500})
    p = np.asarray(found.x, dtype=float)
    _, mean, sd = places(p)
    V = mean * math.sqrt(2 / (1 + sd**2))
    extreme = min(a[0] + b[0], a[-1] + b[-1]) == 0 or not np.all(np.abs(p) < 20)
    information = np.empty((len(p), len(p)))
    for j in range(len(p)):
        step = np.zeros(len(p))
        step[j] = 1e-5
        information[:, j] = (minus(p + step)[1] - minus(p - step)[1]) / 2e-5
    slope = np.zeros(len(p))
    slope[K - 1] = math.sqrt(2 / (1 + sd**2))
    if free:
        slope[K] = -V * sd**2 / (1 + sd**2)
    information = (information + information.T) / 2
    if extreme or np.linalg.eigvalsh(information)[0] <= 1e-8:
        return V, None, sd
    return V, math.sqrt(float(slope @ np.linalg.solve(information, slope))), sd
