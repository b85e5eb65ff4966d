"""The effect on low, middle and high scores: of the distribution, not of pupils.

    quantile tau of y  =  block + delta(tau) * arm + covariates' c(tau)

delta(tau) is how far the score below which a share tau of the pupils lies is higher in the arm than
in the comparison. It is not what the programme did to the pupils who score low without it: that it
would be only if everyone kept their place (Koenker, 2005, Quantile Regression, section 2.1). With
covariates low and high are among pupils of the same kind. Exact solutions, CR2 over clusters
(``quantiles.py``). Of a small arm nothing is told: the k-th score from below is a pupil's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.disclosure import enough_units, may_leave
from academic_workplace.effects.regression import NO_SPREAD, ONE_CLUSTER, Interval, with_t
from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.check import check
from academic_workplace.intake.layout import Sample, comparison_arm, samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.plan import MOST_QUANTILES, Missing, Plan, planned
from academic_workplace.quantiles import (
    Contrast,
    Quantile,
    all_equal,
    contrast_of,
    regression_quantile,
    within_groups,
)
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]

AT = (0.1, 0.25, 0.5, 0.75, 0.9)
PER_TERM = 20  # pupils for every term of the model, at least
FEWEST_SCORES = 5  # different ones: of fewer there are no quantiles to speak of
CLEAR = 0.05

FEW_SCORES = Text(
    "Er zijn te weinig verschillende scores om lage en hoge scores uit elkaar te houden.",
    "There are too few different scores to tell low and high scores apart.",
)
TOO_MANY_TERMS = Text(
    "Er zijn te veel kenmerken en blokken voor zo weinig leerlingen.",
    "There are too many covariates and blocks for so few pupils.",
)
FOLLOWS = Text(
    "Een van de kenmerken of blokken volgt uit de andere.",
    "One of the covariates or blocks follows from the others.",
)
NOT_FOUND = Text(
    "De berekening vond hier geen oplossing.", "The calculation found no solution here."
)
NOBODY = Text(
    "In een van de groepen is niemand gemeten.", "Nobody was measured in one of the groups."
)
NO_TEST = Text(
    "Er zijn te weinig scholen (clusters) om lage en hoge scores met elkaar te vergelijken.",
    "There are too few schools (clusters) to compare low and high scores with each other.",
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ByQuantile:
    """One arm against the comparison, at quantiles of one outcome.

    at: shares of pupils, counted from the lowest score. effects: at each. pupils, clusters: of the
    arm and of the comparison. adjusted: whether covariates, or blocks, are in the model. F, df1,
    df2, p_value: of the test that the effect is the same at all of them. reason: why something is
    not there.
    """

    plan: Plan
    outcome: str
    wave: str
    arm: str
    comparison: str
    at: tuple[float, ...]
    effects: tuple[Interval | None, ...]
    pupils: tuple[int, int]
    clusters: tuple[int, int]
    adjusted: bool
    F: float | None = None
    df1: int | None = None
    df2: float | None = None
    p_value: float | None = None
    reason: Text | None = None

    @property
    def hidden(self) -> tuple[bool, ...]:
        """Which quantiles are not shown, by the rules that hold now: below or above them an arm has
        too few pupils, or it stands in too few clusters."""
        if not enough_units(np.ones(min(self.clusters))):
            return (True,) * len(self.at)
        return tuple(
            not may_leave(
                *(math.floor(n * share + 1e-9) for n in self.pupils for share in (t, 1 - t))
            )
            for t in self.at
        )

    @property
    def shown(self) -> tuple[tuple[float, Interval], ...]:
        """The quantiles that are told, with an interval."""
        return tuple(
            (t, e)
            for t, e, away in zip(self.at, self.effects, self.hidden, strict=True)
            if e is not None and e.low is not None and not away
        )

    @property
    def clear(self) -> bool:
        """Whether the effect clearly differs between low and high scores."""
        return self.p_value is not None and self.p_value <= CLEAR


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quantiles(Items[ByQuantile]):
    """Effects at quantiles: by primary outcome and arm."""

    plan: Plan

    def __repr__(self) -> str:
        return f"Quantiles({len(self)} comparisons)"

    def table(self) -> pd.DataFrame:
        """A row per outcome, arm and quantile, in full precision; what may not leave is empty.

        F, df1, df2 and p_equal are of the test that the effect is the same at all quantiles.
        """
        names = [f.name for f in fields(Interval)]
        rows = []
        for item in self:
            test = dict(zip(("F", "df1", "df2", "p_equal"),
                            (item.F, item.df1, item.df2, item.p_value), strict=True))  # fmt: skip
            test = {} if len(item.shown) < 2 else test
            for t, e, away in zip(item.at, item.effects, item.hidden, strict=True):
                told = {} if e is None or away else {name: getattr(e, name) for name in names}
                what = {"outcome": item.outcome, "wave": item.wave, "arm": item.arm, "at": t}
                why = {"withheld": away, "reason": item.reason.en if item.reason else None}
                rows.append(what | told | test | why)
        first = ["outcome", "wave", "arm", "at"]
        last = ["F", "df1", "df2", "p_equal", "withheld", "reason"]
        return pd.DataFrame(rows, columns=[*first, *names, *last])

    def explain(self, language: str = "nl") -> str:
        """What it says of low and high scores, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.quantiles import quantiles_sentence

        return quantiles_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The effect by quantile with its intervals, of the first comparison."""
        from academic_workplace.report.quantiles import plot_quantiles

        return plot_quantiles(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.quantiles import drawing

        return drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def quantiles(
    data: Pupils | pd.DataFrame,
    plan: Plan | None = None,
    at: Sequence[float] = AT,
    *,
    adjusted: bool | None = None,
) -> Quantiles:
    """The effect of every arm at quantiles of the primary outcomes, at the main wave.

    data: Pupils, or a table (checked first). at: shares between 0 and 1, from the lowest score.
    adjusted: with the plan's covariates and baseline (by default when it has any); blocks are
    always in the model.

    Raises PlanError for shares that are none, and plans that it cannot have.
    """
    if not isinstance(data, Pupils):
        data = check(data, planned(plan))
    plan = data.plan
    shares = _shares(at)
    _refuse(plan)
    own = bool(plan.covariates) or plan.baseline is not None if adjusted is None else adjusted
    primary, main = plan.primary or plan.outcomes[:1], plan.waves_in_order[0]
    out: list[ByQuantile] = []
    with one_thread():
        for sample in samples(plan):
            if sample.outcome in primary and sample.wave == main:
                out += _of_sample(data, sample, shares, own)
    return Quantiles(tuple(out), plan)


def _shares(at: Iterable[float]) -> tuple[float, ...]:
    """Shares in order. Raises PlanError."""
    try:
        shares = tuple(sorted({float(t) for t in at}))
    except (TypeError, ValueError):
        shares = ()
    if 0 < len(shares) <= MOST_QUANTILES and all(0 < t < 1 for t in shares):
        return shares
    rule = Text("Dit zijn geen delen tussen 0 en 1.", "These are no shares between 0 and 1.")
    remedy = Text("Geef bijvoorbeeld (0.1, 0.5, 0.9).", "Give for example (0.1, 0.5, 0.9).")
    raise PlanError([Fault(rule, remedy, column="at")])


def _refuse(plan: Plan) -> None:
    """Raise PlanError naming everything in a plan that quantiles do not go with."""
    rule = Text(
        "Lage en hoge scores kunnen niet apart in een plan hiermee.",
        "Low and high scores cannot be told apart in a plan with it.",
    )
    remedy = Text("Haal het weg.", "Take it out.")
    named = ("dose", "crossed", "weights", "period", "running")
    faults = [Fault(rule, remedy, column=name) for name in named if getattr(plan, name)]
    if plan.missing is Missing.IMPUTED:
        faults.append(Fault(rule, remedy, column="missing"))
    if faults:
        raise PlanError(faults)


def _of_sample(
    pupils: Pupils, sample: Sample, at: tuple[float, ...], adjusted: bool
) -> list[ByQuantile]:
    """One analysis: a fit for every quantile, and from these every arm."""
    plan, keep = pupils.plan, pupils.analysed[sample.key]
    y = pupils.numbers[sample.y][keep]
    names = pupils.arms.names
    arm = pupils.arms.codes[keep]
    cluster = np.unique(pupils.clusters.codes[keep], return_inverse=True)[1]
    comparison = comparison_arm(plan, names) or ""
    n = {name: int(np.sum(arm == a)) for a, name in enumerate(names)}
    schools = {name: len(set(cluster[arm == a].tolist())) for a, name in enumerate(names)}
    ordered = [a for a in plan.study.arms if a in names]
    others = [a for a in dict.fromkeys((*ordered, *names)) if a != comparison]
    able = [a for a in others if n[a] and n.get(comparison)]

    X, more = _design(pupils, sample, keep, [names.index(a) for a in able], adjusted)

    def item(name: str, effects: Sequence[Interval | None], reason: Text | None) -> ByQuantile:
        return ByQuantile(
            plan=plan, outcome=sample.outcome, wave=sample.wave, arm=name, comparison=comparison,
            at=at, effects=tuple(effects), pupils=(n[name], n.get(comparison, 0)),
            clusters=(schools[name], schools.get(comparison, 0)), adjusted=adjusted or more,
            reason=reason,
        )  # fmt: skip

    nothing = [None] * len(at)
    reason = _cannot(X, y)
    if reason is not None:
        return [item(a, nothing, reason if a in able else NOBODY) for a in others]
    fits = [_fit(X, y, arm, [names.index(a) for a in (comparison, *able)], t) for t in at]
    out = []
    for name in others:
        if name not in able:
            out.append(item(name, nothing, NOBODY))
            continue
        told = contrast_of(X, y, cluster, fits, np.eye(X.shape[1])[1 + able.index(name)])
        if min(schools[name], schools[comparison]) < 2:
            out.append(item(name, [Interval(v) for v in told.values.tolist()], ONE_CLUSTER))
            continue
        found, why = _intervals(told)
        test = all_equal(told)
        made = item(name, found, why if test or why or len(at) == 1 else NO_TEST)
        if test is not None:
            p = float(special.fdtrc(test.df1, test.df2, test.F))
            made = replace(made, F=test.F, df1=test.df1, df2=test.df2, p_value=p)
        out.append(made)
    return out


def _intervals(told: Contrast) -> tuple[list[Interval | None], Text | None]:
    """The effect at every quantile, and why one of them, or how sure it is, is not there."""
    found = [
        None if math.isnan(v) else with_t(v, float(told.V[t, t]), float(told.df[t]))
        for t, v in enumerate(told.values.tolist())
    ]
    if any(e is None for e in found):
        return found, NOT_FOUND
    return found, NO_SPREAD if any(e is not None and e.se is None for e in found) else None


def _design(
    pupils: Pupils, sample: Sample, keep: NDArray[np.bool_], able: Sequence[int], adjusted: bool
) -> tuple[Floats, bool]:
    """(n, k) the constant, the arms, then covariates and blocks but their first; whether any."""
    arm, block = pupils.arms.codes[keep], pupils.blocks.codes[keep]
    columns = [np.ones(int(keep.sum())), *((arm == a).astype(float) for a in able)]
    more: list[Floats] = []
    if adjusted:
        groups: dict[str, list[Floats]] = {}
        for name in pupils.design(sample):
            groups.setdefault(name.split("=")[0], []).append(pupils.numbers[name][keep])
        for each in groups.values():
            present = [x for x in each if np.any(x)] if len(each) > 1 else each
            more += present[1:] if len(each) > 1 else present
    used = np.unique(block)
    more += [(block == b).astype(float) for b in used[1:]] if pupils.plan.blocks else []
    return np.column_stack([*columns, *more]), bool(more)


def _cannot(X: Floats, y: Floats) -> Text | None:
    """Why there are no quantiles; None when there are."""
    if len(np.unique(y)) < FEWEST_SCORES:
        return FEW_SCORES
    if X.shape[1] > 2 and len(y) < PER_TERM * X.shape[1]:
        return TOO_MANY_TERMS
    scale = np.sqrt(np.mean(X**2, axis=0))
    if not scale.all() or np.linalg.matrix_rank(X / scale) < X.shape[1]:
        return FOLLOWS
    return None


def _fit(
    X: Floats, y: Floats, arm: NDArray[np.intp], arms: Sequence[int], tau: float
) -> Quantile | None:
    """A quantile of every arm; a linear programme where there is more in the model."""
    if X.shape[1] > len(arms):
        return regression_quantile(X, y, tau)
    place = np.full(int(arm.max()) + 1, -1, dtype=np.intp)
    place[list(arms)] = np.arange(len(arms))
    own = within_groups(y, place[arm], tau)
    return Quantile(tau, np.append(own.b[0], own.b[1:] - own.b[0]), own.a)
