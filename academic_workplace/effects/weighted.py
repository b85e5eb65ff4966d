"""A programme that nobody assigned by lot: the arms are weighted until they are alike.

    tau = sum w y / sum w of who took part - the same of the comparison

Weights of propensity, of entropy balancing, or stable ones (``comparison/weighting.py``), of the
outcome's own baseline and the covariates; columns that must agree (``Comparing.exact``, blocks) are
among them as indicators, and pupils whose kind is in one arm only are left out. Every arm is
compared with the comparison by itself. Nothing is adjusted for on top: that is what ``doubly
robust`` does.

How sure that is (benchmarks/COMPARING.md). Entropy and stable weights hit every mean, so that a
regression on the same columns has the same slope: its CR2 is theirs, from residuals on what was
balanced, and that is how the weights being estimated counts. Propensity weights miss the means a
little: their CR2 takes the weights for known, which is too careful. The influence of all equations
together (INFLUENCE) is a little too bold below some twenty clusters; leaving out one cluster at a
time, weights and all (JACKKNIFE), is right there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from academic_workplace import weighted as least
from academic_workplace.comparison.balance import (
    CovariateBalance,
    Overlap,
    balance_table,
    overlap,
)
from academic_workplace.comparison.doubly_robust import clustered_variance
from academic_workplace.comparison.influence import (
    leave_one_out,
    of_balance,
    of_propensity,
    weighted_difference,
)
from academic_workplace.comparison.inputs import COLLINEAR, Bools, Estimand, Floats, Rows
from academic_workplace.comparison.weighting import (
    Flag,
    Propensity,
    Weights,
    entropy_balance,
    propensity,
    propensity_weights,
    stable_weights,
    trim,
)
from academic_workplace.disclosure import shown_count
from academic_workplace.effects.regression import (
    FEWEST_CLUSTERS,
    NO_SPREAD,
    NOBODY,
    ONE_CLUSTER,
    Interval,
    arms_of,
    effect_of,
    few_degrees,
    spread_of,
    with_t,
)
from academic_workplace.effects.result import TERMS, Caution, Detail, Effect, Estimated
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import Pupils, joint
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Comparing, Inference, Method, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

KEPT_INSIDE = ("weights", "pair_differences")  # of pupils: never shown, pickled or written
KNOWS = {  # for whom a method can tell the effect
    Method.PROPENSITY: (Estimand.ATT, Estimand.ATE, Estimand.ATO),
    Method.ENTROPY: (Estimand.ATT, Estimand.ATE),
    Method.STABLE: (Estimand.ATT, Estimand.ATE),
    Method.NEAREST: (Estimand.ATT,),
    Method.OPTIMAL: (Estimand.ATT,),
    Method.SUBCLASSES: (Estimand.ATT, Estimand.ATE),
    Method.DOUBLY_ROBUST: (Estimand.ATT, Estimand.ATE),
}
USES = {  # what of ``Comparing`` a method uses, beside exact and trim
    Method.NEAREST: ("caliper", "ratio", "replacement", "schools_first"),
    Method.OPTIMAL: ("caliper",),
    Method.SUBCLASSES: ("classes",),
}
DONE_BY = {
    Inference.INFLUENCE: "influence function, estimated weights and models included",
    Inference.JACKKNIFE: "leave-one-cluster-out jackknife, weights and models estimated again"
    " (above 40 clusters of a kind their influence)",
}
NEEDS_ROWS = Text(
    "Deze methode vergelijkt leerlingen en heeft de tabel met leerlingen nodig.",
    "This method compares pupils and needs the table with pupils.",
)
MOST_APART = 0.25  # standard deviations: the line of the What Works Clearinghouse
CANNOT_MISS = Text(
    "Zonder een van de scholen (clusters) is er niets meer te vergelijken. Hoe zeker dit verschil"
    " is, weten we dan niet.",
    "Without one of the schools (clusters) nothing can be compared any more. How sure this"
    " difference is, we then do not know.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Weighted:
    """How an arm and the comparison were made alike, and how well that went.

    balance: of every column in the weights (own baseline, covariates, all levels of a category),
    before and after; then of the columns in ``Plan.balance``, which the weights did not see.
    weighed: how many of the columns of ``balance`` the weights saw; they come first.
    overlap: of the chance to take part; None when no logistic regression can tell it.
    Pairs are (treated, comparison): pupils there were; used: of those with a weight; left_out:
    trimmed, or without a counterpart; ess: the effective numbers; largest: the largest share of an
    arm's weight that one pupil has. clusters: those of the pupils used. sets: matched pairs or
    classes, None for weights. adjusted: the columns that the regression adjusts for on top.
    flags: what a reader must know first (``comparison.FLAGS``). most: the largest share of an arm,
    of its pupils or of their weight, that one cluster has.
    weights, pair_differences ((m,) treated minus counterpart, of matched pairs one to one; None
    otherwise): of pupils. They are not shown, pickled or written, and are None after pickling.
    """

    outcome: str
    wave: str
    arm: str
    comparison: str
    method: Method
    estimand: Estimand
    balance: CovariateBalance
    weighed: int
    overlap: Overlap | None
    pupils: tuple[int, int]
    used: tuple[int, int]
    clusters: tuple[int, int]
    left_out: tuple[int, int]
    ess: tuple[float, float]
    largest: tuple[float, float]
    sets: int | None
    adjusted: tuple[str, ...]
    flags: tuple[Flag, ...]
    plan: Plan | None = field(default=None, repr=False)  # for the words of its columns
    most: tuple[float, float] = (0.0, 0.0)
    weights: Weights | None = None
    pair_differences: Floats | None = None

    def __repr__(self) -> str:
        return f"Weighted({self.method.value}, {self.estimand}, {sum(self.used)} pupils)"

    def __reduce__(self) -> tuple[object, ...]:
        kept = (getattr(self, f.name) for f in fields(self) if f.name not in KEPT_INSIDE)
        return Weighted, tuple(kept)

    def table(self) -> pd.DataFrame:
        """A row per column, before and after weighting, in full precision."""
        return self.balance.table()

    def explain(self, language: str = "nl") -> str:
        """How alike the arms are now, and what to mind, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.comparison import weighted_sentence

        return weighted_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The love plot: how far apart the arms were and are, per column."""
        from academic_workplace.report.comparison import plot_balance

        return plot_balance(self, language, ax, self.plan)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.comparison import balance_drawing

        return balance_drawing(self, language, self.plan)

    def _repr_html_(self) -> str:
        return both(self.explain)


# ---------------------------------------------------------------- two arms


@dataclass(frozen=True, slots=True, eq=False)
class TwoArms:
    """The analysed pupils of an arm and of the comparison.

    t, y, cluster, stratum: (n,); stratum: which combination of the columns that ``must`` agree.
    X: (n, k) with names, the columns to make alike: of a category all levels but the first.
    shown: (n, K) with labels, the columns of which the balance is told: first the ``weighed`` ones,
    with every level, then those of ``Plan.balance``, in which values may be missing.
    """

    t: Bools
    y: Floats
    cluster: Rows
    stratum: Rows
    X: Floats
    names: tuple[str, ...]
    shown: Floats
    labels: tuple[str, ...]
    weighed: int
    must: tuple[str, ...]

    def of(self, keep: Bools) -> TwoArms:
        """Some of the pupils. keep: (n,)."""
        rows = {name: getattr(self, name)[keep] for name in ("t", "y", "cluster", "stratum", "X")}
        return replace(self, shown=self.shown[keep], **rows)

    @property
    def in_both(self) -> Bools:
        """(n,) whose stratum occurs in both arms. Raises DataError when nobody's does."""
        width = int(self.stratum.max()) + 1
        counts = [np.bincount(self.stratum[who], minlength=width) for who in (self.t, ~self.t)]
        keep: Bools = np.all(np.array(counts) > 0, axis=0)[self.stratum]
        if not keep.any():
            rule = Text(
                "Wie hierin precies gelijk is, zit steeds in dezelfde groep: er is niemand om mee"
                " te vergelijken.",
                "Who is exactly alike in this is always in the same arm: there is nobody to"
                " compare with.",
            )
            remedy = Text(
                "Laat minder kolommen precies gelijk zijn, of voeg waarden samen.",
                "Let fewer columns be exactly equal, or join values.",
            )
            raise DataError([Fault(rule, remedy, column=", ".join(self.must))])
        return keep

    def design(self, *, strata: bool) -> tuple[Floats, tuple[str, ...]]:
        """The columns of X that vary within strata; strata: with indicators of these before."""
        varies = _spread_within(self.X, self.stratum) > 0
        X = self.X[:, varies]
        names = [name for name, some in zip(self.names, varies, strict=True) if some]
        if not strata:
            return X, tuple(names)
        codes = np.unique(self.stratum)[1:]
        X = np.hstack([(self.stratum[:, None] == codes).astype(float), X])
        return X, (*(f"{', '.join(self.must)}: {code}" for code in codes.tolist()), *names)

    def telling(self) -> tuple[Floats, tuple[str, ...]]:
        """The columns of X that vary within strata and do not follow from those before them."""
        spread = _spread_within(self.X, self.stratum)
        some = np.flatnonzero(spread > 0)
        Z = _within(self.X[:, some], self.stratum) / spread[some]
        left, keep = Z.T @ Z / max(len(Z), 1), []
        for j, column in enumerate(some.tolist()):
            if left[j, j] > COLLINEAR:
                keep.append(column)
                left = left - np.outer(left[:, j], left[j]) / left[j, j]
        return self.X[:, keep], tuple(self.names[j] for j in keep)


def _within(X: Floats, stratum: Rows) -> Floats:
    """X about the means of its strata."""
    size = np.bincount(stratum)
    total = np.array([np.bincount(stratum, x) for x in X.T]).reshape(X.shape[1], len(size))
    return X - (total / np.maximum(size, 1)).T[stratum]


def _spread_within(X: Floats, stratum: Rows) -> Floats:
    """(k,) standard deviations within strata; 0 where only rounding is left."""
    sd = np.sqrt(np.mean(_within(X, stratum) ** 2, axis=0))
    return np.where(sd > COLLINEAR * np.abs(X).max(axis=0, initial=0.0), sd, 0.0)


def two_arms(m: SampleMoments, plan: Plan, pupils: Pupils, arm: str, comparison: str) -> TwoArms:
    """The pupils of one analysis in these two arms, as arrays."""
    sample = next(s for s in samples(pupils.plan) if s.key == m.key)
    t, c = (pupils.arms.codes == pupils.arms.names.index(name) for name in (arm, comparison))
    rows = np.flatnonzero(pupils.analysed[sample.key] & (t | c))
    parts = [*pupils.exact.values(), *([pupils.blocks] if plan.blocks else [])]
    stratum = np.unique(joint(parts, len(t)).codes[rows], return_inverse=True)[1]

    def column(name: str) -> Floats:
        return pupils.numbers[name][rows]

    def present(names: tuple[str, ...]) -> list[str]:
        return [name for name in names if np.nanmax(column(name), initial=0.0) > 0]

    alike, told = ([sample.baseline] if sample.baseline else []), []
    told += alike
    for known in plan.covariates:
        levels = pupils.columns[known]
        category = levels != (known,)
        levels = tuple(present(levels)) if category else levels
        told += levels
        alike += levels[1:] if category else levels
    told = list(dict.fromkeys(told))
    weighed = len(told)
    for known in plan.balance:
        levels = pupils.columns[known]
        told += present(levels) if levels != (known,) else levels
    told = list(dict.fromkeys(told))
    alike = list(dict.fromkeys(alike))

    def stacked(names: list[str]) -> Floats:
        return np.column_stack([column(name) for name in names] or [np.empty((len(rows), 0))])

    return TwoArms(
        t[rows],
        column(sample.y),
        np.unique(pupils.clusters.codes[rows], return_inverse=True)[1],
        stratum,
        stacked(alike),
        tuple(alike),
        stacked(told),
        tuple(told),
        weighed,
        (*pupils.exact, *plan.blocks),
    )


# ---------------------------------------------------------------- what all such estimators share


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What one way of comparing makes of two arms.

    weights: of all n pupils, 0 for who is left out. variance: of the estimate, and its degrees of
    freedom. score: (n,) the chance to take part, NaN where it was not asked; None when it cannot
    be had. how: how the variance is had, when not by the name of the inference alone.
    """

    estimate: float
    weights: Weights
    variance: Callable[[], tuple[float, float]]
    score: Floats | None
    how: str = ""
    sets: int | None = None
    adjusted: tuple[str, ...] = ()
    pair_differences: Floats | None = None


Way = Callable[[TwoArms, Plan, Estimand, Inference], Found]


def made_alike(
    m: SampleMoments,
    plan: Plan,
    inference: Inference,
    pupils: Pupils | None,
    method: Method,
    way: Way,
) -> Estimated:
    """Every arm against the comparison, by a way that makes the two alike.

    Raises PlanError when moments are all there is, on an estimand that the method does not know,
    and on a wish of ``Plan.comparing`` that it does not use; DataError as the way does.
    """
    faults = [*_not_for_whom(plan, method), *_not_used(plan, method)]
    if pupils is None:
        remedy = Text("Geef leerlingen (check) of een tabel.", "Give pupils (check) or a table.")
        faults.append(Fault(NEEDS_ROWS, remedy, column="method"))
    if faults or pupils is None:
        raise PlanError(faults)
    estimand = Estimand(plan.estimand or Estimand.ATT)
    arms = arms_of(m, plan)
    divisor = spread_of(m, plan, arms) if arms.able else None
    effects: list[Effect] = []
    details: dict[tuple[str, str, str], Detail] = {}
    for arm in arms.others:
        if arm not in arms.able:
            label = method.value
            effects.append(
                effect_of(m, plan, arm, arms, None, NOBODY, divisor, inference, label)
            )  # fmt: skip
            continue
        two = two_arms(m, plan, pupils, arm, arms.comparison)
        instead = False
        with _named(m, plan, two):
            found = way(two, plan, estimand, inference)
            detail = replace(_detail(m, arm, arms.comparison, method, two, found), plan=plan)
            interval, reason = Interval(found.estimate), ONE_CLUSTER
            if np.ptp(two.y) == 0:
                interval, reason = Interval(0.0), NO_SPREAD
            elif min(detail.clusters) >= FEWEST_CLUSTERS:
                interval = with_t(found.estimate, *found.variance())
                if interval.se is None and inference is Inference.JACKKNIFE:
                    found = way(two, plan, estimand, Inference.INFLUENCE)
                    interval = with_t(found.estimate, *found.variance())
                    instead = True
                reason = CANNOT_MISS if inference is Inference.JACKKNIFE else NO_SPREAD
        effect = effect_of(m, plan, arm, arms, interval, reason, divisor, inference, "")
        by = Inference.INFLUENCE if instead else inference
        how = found.how or DONE_BY.get(by, f"{by.value}, Satterthwaite")
        effect = replace(
            effect,
            pupils=sum(detail.used),
            pupils_arm=detail.used[0],
            pupils_comparison=detail.used[1],
            clusters=len(np.unique(two.cluster[found.weights.w > 0])),
            clusters_arm=detail.clusters[0],
            clusters_comparison=detail.clusters[1],
            estimand=estimand,
            method=f"{method.value}, {estimand}{' within blocks' if plan.blocks else ''}; {how}",
        )
        alike = any(np.ptp(two.y[who]) == 0 for who in (two.t, ~two.t))
        cautions = few_degrees(effect) + ((Caution.NO_VARIATION,) if alike else ())
        cautions += tuple(Caution(flag.value) for flag in detail.flags)
        cautions += (Caution.CANNOT_MISS,) if instead else ()
        cautions += (Caution.FAR_APART,) if _far_apart(detail) else ()
        effects.append(replace(effect, cautions=cautions))
        details[m.outcome, m.wave, arm] = detail
    return Estimated(effects, pd.DataFrame(columns=TERMS), details)


def _far_apart(detail: Weighted) -> bool:
    """Whether a column that was to be made alike is not: beyond the line of the Clearinghouse."""
    after = np.abs(detail.balance.smd[1, : detail.weighed])
    return bool(np.any(after > MOST_APART))


@contextmanager
def _named(m: SampleMoments, plan: Plan, two: TwoArms) -> Iterator[None]:
    """Faults by the names of the plan's columns."""
    score = ", ".join(two.names)
    own = {"y": m.outcome, "cluster": plan.cluster, "school": plan.cluster, "score": score}
    try:
        yield
    except DataError as error:
        faults = [replace(f, column=own.get(f.column, f.column)) for f in error.faults]
        raise DataError(faults) from None


def _not_for_whom(plan: Plan, method: Method) -> list[Fault]:
    if plan.estimand is None or plan.estimand in KNOWS[method]:
        return []
    asked = str(plan.estimand)
    rule = Text(
        f"De methode ‘{method.value}’ kent het effect voor deze groep ({asked}) niet.",
        f"The method ‘{method.value}’ does not know the effect for this group ({asked}).",
    )
    own = ", ".join(KNOWS[method])
    others = ", ".join(way.value for way, known in KNOWS.items() if asked in known)
    remedy = Text(
        f"Kies {own}, of een methode die {asked} kent: {others}.",
        f"Choose {own}, or a method that knows {asked}: {others}.",
    )
    return [Fault(rule, remedy, column="estimand")]


def _not_used(plan: Plan, method: Method) -> list[Fault]:
    known, plain = ("exact", "trim", *USES.get(method, ())), Comparing()
    rule = Text(
        f"De methode ‘{method.value}’ gebruikt dit niet.",
        f"The method ‘{method.value}’ does not use this.",
    )
    return [
        Fault(rule, Text("Haal het weg.", "Take it out."), column=f"comparing.{f.name}")
        for f in fields(Comparing)
        if f.name not in known and getattr(plan.comparing, f.name) != getattr(plain, f.name)
    ]


def _detail(
    m: SampleMoments, arm: str, comparison: str, method: Method, two: TwoArms, found: Found
) -> Weighted:
    weights, t = found.weights, two.t
    some = weights.w > 0
    balance = balance_table(two.shown, t, weights.w, two.labels, weights.estimand)
    seen = None
    if found.score is not None and two.X.shape[1]:
        known = ~np.isnan(found.score)
        for who, lost in zip((t, ~t), weights.trimmed, strict=True):
            if shown_count(lost) is None:  # beside the number of those used they could be counted
                known &= some | ~who
        seen = overlap(found.score[known], t[known], weights.w[known])
    count = [(int(np.sum(t & of)), int(np.sum(~t & of))) for of in (np.ones_like(t), some)]
    clusters = [len(np.unique(two.cluster[some & who])) for who in (t, ~t)]
    most = [max(_largest_share(two.cluster[who], x[who]) for x in (np.ones(len(t)), weights.w))
            for who in (t, ~t)]  # fmt: skip
    return Weighted(
        m.outcome, m.wave, arm, comparison, method, weights.estimand, balance, two.weighed, seen,
        count[0], count[1], (clusters[0], clusters[1]), weights.trimmed, weights.ess,
        weights.largest, found.sets, found.adjusted, weights.flags, None, (most[0], most[1]),
        weights, found.pair_differences,
    )  # fmt: skip


def _largest_share(cluster: Rows, weight: Floats) -> float:
    """The largest part of the weight of some pupils that is of one cluster; 0 without weight."""
    each = np.bincount(cluster, weight)
    whole = float(each.sum())
    return float(each.max()) / whole if whole > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """Who is compared (n,), and the chance to take part.

    score: (n,) of all before trimming, NaN for kinds in one arm only; None where it cannot be had.
    fitted: of those kept; None where it cannot be had.
    """

    keep: Bools
    score: Floats | None
    fitted: Propensity | None


def chances(two: TwoArms, cut: float | None, *, strata: bool) -> Chances:
    """Leave out kinds in one arm only and scores near 0 and 1; estimate the score on the others.

    cut: scores below it or above 1 less it go. strata: whether the strata have indicators. Raises
    DataError when nobody is left, and, where something is to be cut, as ``propensity`` does.
    """
    keep = two.in_both
    score = np.full(len(keep), np.nan)
    try:
        fitted = chance(two.of(keep), strata=strata)
    except DataError:
        if cut is not None:
            raise
        return Chances(keep, None, None)
    score[keep] = fitted.score
    if cut is not None:
        inside = keep.copy()
        inside[keep] = trim(fitted.score, two.t[keep], cut, 1 - cut).keep
        keep = inside.copy()
        keep[inside] = two.of(inside).in_both
        fitted = chance(two.of(keep), strata=strata)
    return Chances(keep, score, fitted)


def chance(two: TwoArms, *, strata: bool) -> Propensity:
    """The chance to take part, from what varies within strata (and their indicators)."""
    X, names = two.design(strata=strata)
    return propensity(X, two.t, names)


def of_everyone(weights: Weights, keep: Bools, t: Bools) -> Weights:
    """The weights (of those kept) in their places among all pupils: 0 for the others."""
    w, out = np.zeros(len(keep)), ~keep
    w[keep] = weights.w
    out[keep] = weights.left_out
    return replace(weights, w=w, treated=t, left_out=out)


def regressed(
    two: TwoArms, w: Floats, cluster: Rows, inference: Inference, *, adjusted: bool
) -> tuple[float, float, float, tuple[str, ...]]:
    """The slope of the arm by weighted least squares within strata, its variance and df.

    adjusted: for the columns of X that tell something among pupils with a weight; their names are
    the last of the answer. cluster: (n,) codes.
    """
    some = w > 0
    two = two.of(some)
    X, names = two.telling() if adjusted else (np.empty((len(two.t), 0)), ())
    columns = {"t": two.t.astype(float)} | {f"x{j}": x for j, x in enumerate(X.T)}
    stratum = two.stratum if adjusted else np.zeros(len(two.t), dtype=np.intp)
    m = least.weighted_moments(columns | {"y": two.y}, cluster[some], w[some], stratum)
    fit = least.fit(m, list(columns), "y")
    contrast = (np.arange(len(columns)) == 0).astype(float)
    return float(fit.least.beta[0]), *least.variance(fit, contrast, inference), names


# ---------------------------------------------------------------- weights


def propensity_weighted(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Weights from the chance to take part (logistic regression)."""
    return made_alike(m, plan, inference, pupils, Method.PROPENSITY, by_propensity)


def entropy_weighted(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Weights nearest to equal that make every mean the same (entropy balancing)."""

    def way(two: TwoArms, plan: Plan, estimand: Estimand, inference: Inference) -> Found:
        return _by_balance(two, plan, estimand, inference, entropy_balance)

    return made_alike(m, plan, inference, pupils, Method.ENTROPY, way)


def stable_weighted(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Weights of the least variance that make every mean the same (stable balancing weights)."""

    def way(two: TwoArms, plan: Plan, estimand: Estimand, inference: Inference) -> Found:
        return _by_balance(two, plan, estimand, inference, stable_weights)

    return made_alike(m, plan, inference, pupils, Method.STABLE, way)


def by_propensity(two: TwoArms, plan: Plan, estimand: Estimand, inference: Inference) -> Found:
    cut = plan.comparing.trim

    def weigh(two: TwoArms) -> tuple[Chances, Propensity, Weights]:
        found = chances(two, cut, strata=True)
        fitted = found.fitted or chance(two.of(found.keep), strata=True)  # which says what is wrong
        t = two.t[found.keep]
        return found, fitted, propensity_weights(fitted.score, t, estimand)

    found, fitted, weights = weigh(two)
    keep, inside = found.keep, two.of(found.keep)

    def again(rows: Bools) -> float:
        fewer, _, weights = weigh(two.of(rows))
        return weighted_difference(two.y[rows][fewer.keep], weights).estimate

    def variance() -> tuple[float, float]:
        if inference not in DONE_BY:
            return regressed(inside, weights.w, inside.cluster, inference, adjusted=False)[1:3]
        parts = of_propensity(fitted, inside.design(strata=True)[0], weights)
        influence = weighted_difference(inside.y, weights, parts).influence
        return of_estimated(two, keep, influence, again, inference)

    estimate = weighted_difference(inside.y, weights).estimate
    how = "" if inference in DONE_BY else f"{inference.value}, Satterthwaite, weights as if known"
    return Found(estimate, of_everyone(weights, keep, two.t), variance, found.score, how)


def _by_balance(
    two: TwoArms,
    plan: Plan,
    estimand: Estimand,
    inference: Inference,
    balance: Callable[..., Weights],
) -> Found:
    cut = plan.comparing.trim

    def weigh(two: TwoArms, keep: Bools) -> tuple[TwoArms, Weights]:
        inside = two.of(keep)
        X, names = inside.design(strata=True)
        return inside, balance(X, inside.t, estimand, names)

    found = chances(two, cut, strata=True)
    keep = found.keep
    inside, weights = weigh(two, keep)

    def again(rows: Bools) -> float:
        fewer = two.of(rows)
        kept = fewer.in_both if cut is None else chances(fewer, cut, strata=True).keep
        inside, weights = weigh(fewer, kept)
        return weighted_difference(inside.y, weights).estimate

    def variance() -> tuple[float, float]:
        if inference not in DONE_BY:
            return regressed(inside, weights.w, inside.cluster, inference, adjusted=True)[1:3]
        X, names = inside.design(strata=True)
        influence = weighted_difference(inside.y, weights, of_balance(X, weights, names)).influence
        return of_estimated(two, keep, influence, again, inference)

    estimate = weighted_difference(inside.y, weights).estimate
    return Found(estimate, of_everyone(weights, keep, two.t), variance, found.score)


def of_estimated(
    two: TwoArms,
    keep: Bools,
    influence: Floats,
    again: Callable[[Bools], float],
    inference: Inference,
) -> tuple[float, float]:
    """Variance and degrees of freedom from the influence of those kept, or from leaving out.

    Whom to keep is taken as given by the influence, and decided again by leaving out.
    """
    cluster, t = np.unique(two.cluster[keep], return_inverse=True)[1], two.t[keep]
    if inference is Inference.INFLUENCE:
        return clustered_variance(influence, cluster, t)[:2]
    own = two.cluster[keep]

    def without(stay: Bools) -> float:
        return again(two.cluster != own[~stay][0])

    return leave_one_out(without, influence, cluster, t)
