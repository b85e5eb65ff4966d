"""Difference in differences: how much more one arm changed since the baseline than the other.

Pupils followed: the gain of every pupil is compared,

    y_wave - y_baseline = block + tau * arm + covariates' c + error,  errors alike within a cluster

(the adjusted difference with the coefficient of the baseline fixed at 1). Other pupils at every
wave (``Plan.repeated``): the arm x wave terms of

    y = wave + arm + tau_wave * arm x wave + covariates' c + error,  errors alike within a cluster

over the rows of all waves; a cluster is in it before and after. Both suppose that without the
programme the arms would have changed alike (Angrist & Pischke, 2009, Mostly Harmless Econometrics,
5.2). Waves before the baseline (``Plan.earlier``) show whether they did before it; of several waves
after it the last is compared with the first.

All waves together are one regression whose columns are per wave, so that their covariance is that
of clusters. For followed pupils it falls apart into the regressions of each wave: a pupil who
missed one wave counts in the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.effects.regression import (
    FEWEST_CLUSTERS,
    NO_SPREAD,
    ONE_CLUSTER,
    Arms,
    Interval,
    arms_of,
    column,
    compare_arms,
    covariate_columns,
    effect_of,
    interval,
    spread_of,
)
from academic_workplace.effects.result import Caution, Effect, Estimated
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.layout import earlier_samples, samples, waves_of
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.linear import Fit, Joint, joint, least_squares
from academic_workplace.moments import SampleMoments, moments_of
from academic_workplace.plan import Inference, Plan
from academic_workplace.sizes.size import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.multilevel.waves import PupilsInClusters
    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]

METHOD = "difference in differences, gains of the same pupils"
OTHERS = "difference in differences, other pupils at every wave"
GAIN = "gain"  # the outcome of all waves together
BEFORE = "before"  # what stands for the baseline of a plan without waves
AFTER = "after"  # the one later measurement of a plan that names no waves
LEVEL = "level"
COLUMNS = [
    "wave", "when", "mean_arm", "mean_comparison", "estimate", "se", "df", "low", "high",
    "p_value", "band_low", "band_high", "pupils_arm", "pupils_comparison", "clusters_arm",
    "clusters_comparison",
]  # fmt: skip

NOBODY_THEN = Text(
    "In een van de groepen is bij de voormeting of bij dit meetmoment niemand gemeten.",
    "In one of the groups nobody was measured at the baseline or at this wave.",
)
NOT_ASSIGNED = Text(
    "Bij elk meetmoment zijn er andere leerlingen. Deze berekening verdeelt of trekt hele scholen"
    " opnieuw, en kan dat hier niet.",
    "Every wave has other pupils. This calculation assigns or draws whole schools again, and cannot"
    " do so here.",
)


@dataclass(frozen=True, slots=True)
class Shift:
    """A difference between two differences, with its uncertainty; None where there is none."""

    estimate: float
    se: float | None
    df: float | None
    low: float | None
    high: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """What lies behind a difference in change: the means of both arms, wave by wave.

    rows: as ``table`` gives them, in order of time. followed: the same pupils, or other pupils at
    every wave. alike_before: the test that the arms did not move apart at any wave before the
    baseline; None without such waves, or with too few clusters. lasts: the difference at the last
    wave minus that at the first after the programme; None with one such wave. model: the variances,
    where a multilevel model was fitted. parts: the moments of each wave, its outcome last: of
    followed pupils those who were measured at the baseline as well. wave: '' without waves.
    """

    plan: Plan
    outcome: str
    wave: str
    arm: str
    comparison: str
    rows: pd.DataFrame
    followed: bool
    alike_before: Joint | None
    lasts: Shift | None
    model: PupilsInClusters | None
    parts: Mapping[str, SampleMoments]

    def table(self) -> pd.DataFrame:
        """A row per wave, in full precision.

        when: before, baseline or after. estimate: the difference between the arms in change since
        the baseline, by CR2 (or the model). band_low, band_high: limits within which all waves lie
        together (Bonferroni).
        """
        return self.rows.copy()

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.growth import growth_sentence

        return growth_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The mean of both arms by wave."""
        from academic_workplace.report.growth import plot_growth

        return plot_growth(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.growth import growth_drawing

        return growth_drawing(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.growth import told_rows

        return f"{both(self.explain)}{told_rows(self).to_html(index=False, border=0)}"


def growth(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Every arm against the comparison, in change since the baseline.

    Raises PlanError when the moments do not hold the baseline.
    """
    if plan.repeated:
        return _repeated(m, plan, inference)
    sample = next(s for s in samples(plan) if s.key == m.key)
    covariates = [c for c in covariate_columns(m, plan) if c != sample.baseline]
    gained = None
    if pupils is not None:  # a pupil is assigned again with the gain they had
        y = pupils.numbers[sample.y] - pupils.numbers[sample.baseline]
        gained = replace(pupils, numbers={**pupils.numbers, sample.y: y})
    changed = gains(m, sample.baseline)
    found = compare_arms(changed, plan, covariates, inference, METHOD, pupils=gained)
    arms = arms_of(m, plan)
    effects = _in_scores(found.effects, m, plan, arms, inference, METHOD)
    waves = waves_of_pupils(m, plan, pupils)
    details = _details(m, plan, arms, waves, _stacked(waves, plan, covariates))
    return Estimated(effects, found.coefficients, details)


def gains(m: SampleMoments, before: str) -> SampleMoments:
    """The same moments with the outcome less the baseline as outcome: A' S A."""
    at, q = m.columns.index(before), len(m.columns)
    A = np.eye(q)
    A[at, -1] = -1
    origin = m.origin.copy()
    origin[-1] -= origin[at]
    ones = m.ones
    if ones is not None:
        ones = ones.copy()
        ones[:, -1] = np.nan
    return replace(m, origin=origin, S=A.T @ m.S @ A, ones=ones)


def _in_scores(
    effects: Sequence[Effect], m: SampleMoments, plan: Plan, arms: Arms, inference: Inference,
    method: str,
) -> list[Effect]:  # fmt: skip
    """The effects with what they are compared to told of the scores, and not of the gains."""
    divisor = spread_of(m, plan, arms) if arms.able else None
    out = []
    for e in effects:
        found = None
        if e.estimate is not None:
            found = Interval(e.estimate, e.se, e.df, e.low, e.high, e.p_value)
        reason = e.reason or NO_SPREAD
        again = effect_of(m, plan, e.arm, arms, found, reason, divisor, inference, method)
        out.append(replace(again, cautions=e.cautions))
    return out


# ---------------------------------------------------------------- other pupils at every wave


def _repeated(m: SampleMoments, plan: Plan, inference: Inference) -> Estimated:
    """The rows of all waves: arm x wave, with a level of its own for every arm and every wave."""
    now, start = m.at(m.wave), m.at(str(plan.baseline))
    here, then = arms_of(now, plan), arms_of(start, plan)
    whole = _without(m, here, then)
    resampled = inference in (Inference.RANDOMISATION, Inference.BOOTSTRAP)
    way = Inference.CR2 if resampled else inference
    waves = {w: m.at(w) for w in waves_of(plan) if w in m.blocks}
    if whole is None:
        nobody = [
            effect_of(now, plan, arm, here, None, NOBODY_THEN, None, inference, OTHERS)
            for arm in here.others
        ]
        return Estimated(nobody, compare_arms(m, plan, [], way, OTHERS).coefficients[:0])
    covariates = covariate_columns(whole, plan)
    stacked = _crossed(whole, plan)
    renamed, given = _as_effect(stacked, plan, m.wave)
    found = compare_arms(renamed, plan, [*given, *covariates], way, OTHERS)
    effects = []
    for e in _in_scores(found.effects, now, plan, here, inference, OTHERS):
        few = min(then.clusters[a] for a in (e.arm, e.comparison)) < FEWEST_CLUSTERS
        able = then.pupils[e.arm] and here.pupils[e.arm]
        if not able:
            e = _bare(e, None, NOBODY_THEN)
        elif few or resampled:
            e = _bare(e, e.estimate, ONE_CLUSTER if few else NOT_ASSIGNED)
        elif e.estimate is not None and _come_and_go(now, start):
            more = (*e.cautions, Caution.CLUSTERS_COME_AND_GO)
            e = replace(e, cautions=more)
        effects.append(e)
    x = [c for c in (*_own(stacked, plan), *covariates) if c in stacked.columns]
    details = _details(now, plan, here, waves, _fitted(stacked, x, absorb=True))
    return Estimated(effects, found.coefficients, details)


def _at(m: SampleMoments, wave: str) -> NDArray[np.bool_]:
    return np.array([block == wave for block in m.blocks], dtype=bool)


def _bare(e: Effect, estimate: float | None, reason: Text) -> Effect:
    """An effect without its uncertainty, and without the estimate when there is none."""
    g = e.g if estimate is not None else None
    return replace(
        e, estimate=estimate, se=None, df=None, low=None, high=None, p_value=None,
        g=g, g_low=None, g_high=None, reason=reason,
    )  # fmt: skip


def _without(m: SampleMoments, here: Arms, then: Arms) -> SampleMoments | None:
    """The cells that can be compared: of arms with pupils before and now, at waves where the
    comparison has them; None when there is nothing to compare."""
    other = here.comparison
    both_times = {a for a in here.pupils if here.pupils[a] and then.pupils[a]}
    if other not in both_times or len(both_times) < 2:
        return None
    waves = {b for a, b in zip(m.arms, m.blocks, strict=True) if a == other}
    pairs = zip(m.arms, m.blocks, strict=True)
    return m.of(np.array([a in both_times and b in waves for a, b in pairs], dtype=bool))


def _come_and_go(now: SampleMoments, start: SampleMoments) -> bool:
    """Whether some cluster has pupils at only one of two waves."""
    return set(now.clusters) != set(start.clusters)


def _crossed(m: SampleMoments, plan: Plan) -> SampleMoments:
    """The moments with a column for every arm but the comparison at every wave but the baseline,
    and one for every such wave."""
    arms = arms_of(m, plan)
    out = m
    for wave in waves_of(plan):
        there = _at(m, wave).astype(float)
        if wave == plan.baseline or not there.any():
            continue
        out = out.with_product(_when(wave), there)
        for arm in arms.pupils:
            out = out.with_product(crossing(wave, plan, arm), there, column(plan, arm))
    return out


def _when(wave: str) -> str:
    return f"wave={wave}"


def crossing(wave: str, plan: Plan, arm: str) -> str:
    """The name of the column of an arm at a wave."""
    return f"{wave} × {column(plan, arm)}"


def _own(m: SampleMoments, plan: Plan) -> list[str]:
    """The columns of a stacked regression: levels of the arms, and arms at waves."""
    arms = arms_of(m, plan)
    levels = [column(plan, arm) for arm in arms.able]
    at = [crossing(w, plan, a) for w in waves_of(plan) for a in arms.able]
    return [*levels, *(c for c in at if c in m.columns and m.count(c).sum() > 0.5)]


def _as_effect(m: SampleMoments, plan: Plan, wave: str) -> tuple[SampleMoments, list[str]]:
    """The moments with the arms at one wave in the place of the arms; and the other columns."""
    arms = arms_of(m, plan)
    swap = {crossing(wave, plan, a): column(plan, a) for a in arms.pupils}
    swap |= {column(plan, a): f"{LEVEL} {column(plan, a)}" for a in arms.pupils}
    names = tuple(swap.get(c, c) for c in m.columns)
    given = [swap.get(c, c) for c in _own(m, plan)]
    given = [c for c in given if c not in {column(plan, a) for a in arms.pupils}]
    given += [c for c in names if c.startswith(_when("")) and m.count(c).sum() > 0.5]
    return replace(m, columns=names), given


# ---------------------------------------------------------------- all waves together


def waves_of_pupils(
    m: SampleMoments, plan: Plan, pupils: Pupils | None
) -> dict[str, SampleMoments]:
    """The moments of every wave before and after the baseline; without pupils only this one."""
    if pupils is None or plan.wave is None:
        return {m.wave or AFTER: m}
    wanted = [*earlier_samples(plan, m.outcome),
              *(s for s in samples(plan) if s.outcome == m.outcome)]  # fmt: skip
    found = {s.wave: m if s.key == m.key else moments_of(pupils, s) for s in wanted}
    return {w: found[w].without_crossed() for w in waves_of(plan) if w in found}


def _stacked(
    waves: Mapping[str, SampleMoments], plan: Plan, covariates: Sequence[str]
) -> Fit | None:
    """One regression of the gains of all waves, every column per wave; None where it has none."""
    parts, x = [], []
    for wave, m in waves.items():
        arms = arms_of(m, plan)
        if not arms.able:
            continue
        changed = gains(m, _baseline_column(m, plan))
        names = {column(plan, a): crossing(wave, plan, a) for a in arms.pupils}
        names |= {c: f"{wave} × {c}" for c in covariates}
        x += [names[column(plan, a)] for a in arms.able]
        x += [names[c] for c in covariates]
        keep = [i for i, c in enumerate(m.columns) if c in names or i in (0, len(m.columns) - 1)]
        labels = (f"{block} | {wave}" if plan.blocks else wave for block in m.blocks)
        parts.append(replace(
            changed,
            columns=("1", *(names[m.columns[i]] for i in keep[1:-1]), GAIN),
            origin=changed.origin[keep],
            S=changed.S[:, keep][:, :, keep],
            blocks=tuple(labels),
            ones=None,
        ))  # fmt: skip
    return _fitted(reduce(add, parts), x, absorb=True) if parts else None


def _baseline_column(m: SampleMoments, plan: Plan) -> str:
    known = [*samples(plan), *earlier_samples(plan, m.outcome)]
    return next(s.baseline for s in known if s.key == m.key)


def _fitted(m: SampleMoments, x: Sequence[str], *, absorb: bool) -> Fit | None:
    try:
        return least_squares(m, x, absorb=absorb)
    except DataError:  # at some wave a covariate is the same for all
        return None


def _details(
    m: SampleMoments,
    plan: Plan,
    arms: Arms,
    waves: Mapping[str, SampleMoments],
    fit: Fit | None,
) -> dict[tuple[str, str, str], Growth]:
    """A ``Growth`` for every arm that can be compared, by CR2."""
    if fit is None:
        return {}
    named = {name: i for i, name in enumerate(fit.names)}
    out = {}
    for arm in arms.able:
        at = {w: named.get(crossing(w, plan, arm)) for w in waves}
        contrasts = {w: np.eye(len(named))[i] for w, i in at.items() if i is not None}
        able = _able(waves, plan, arm, arms.comparison)
        found = {
            w: interval(fit, c, Inference.CR2) if w in able else Interval(float(c @ fit.beta))
            for w, c in contrasts.items()
        }
        before = [contrasts[w] for w in plan.earlier if w in contrasts and w in able]
        after = [w for w in plan.waves if w in contrasts and w in able]
        together = joint(fit, np.array(before), Inference.CR2) if before else None
        if together is not None and math.isnan(together.F):
            together = None
        lasts = None
        if len(after) > 1:
            c = contrasts[after[-1]] - contrasts[after[0]]
            lasts = shift_of(interval(fit, c, Inference.CR2))
        parts = parts_of(m, plan, waves)
        rows = rows_of(parts, plan, arm, arms.comparison, found)
        out[m.outcome, m.wave, arm] = Growth(
            plan, m.outcome, m.wave, arm, arms.comparison, rows, not plan.repeated, together,
            lasts, None, parts,
        )  # fmt: skip
    return out


def _able(waves: Mapping[str, SampleMoments], plan: Plan, arm: str, other: str) -> set[str]:
    """The waves at which both arms have two clusters: of the others there is no uncertainty."""
    enough = set()
    for wave, m in waves.items():
        n = arms_of(m, plan).clusters
        if min(n.get(arm, 0), n.get(other, 0)) >= FEWEST_CLUSTERS:
            enough.add(wave)
    return enough if not plan.repeated or plan.baseline in enough else set()


def parts_of(
    m: SampleMoments, plan: Plan, waves: Mapping[str, SampleMoments]
) -> dict[str, SampleMoments]:
    """The moments of every wave with its outcome last; the baseline's are of those at this wave."""
    if plan.repeated:
        return dict(waves)
    before = _baseline_column(m, plan)
    at, q = m.columns.index(before), len(m.columns)
    order = [*(i for i in range(q) if i != at), at]
    columns = tuple(m.columns[i] for i in order)
    start = replace(
        m, columns=columns, origin=m.origin[order], S=m.S[:, order][:, :, order],
        ones=None if m.ones is None else m.ones[:, order],
    )  # fmt: skip
    if plan.wave is None:
        return {BEFORE: start, AFTER: m}
    return {w: start if w == plan.baseline else waves[w]
            for w in waves_of(plan) if w == plan.baseline or w in waves}  # fmt: skip


def rows_of(
    parts: Mapping[str, SampleMoments], plan: Plan, arm: str, other: str,
    found: Mapping[str, Interval],
) -> pd.DataFrame:  # fmt: skip
    """A row per wave: means, numbers, and the difference in change with its limits."""
    rows = []
    baseline = BEFORE if plan.wave is None else str(plan.baseline)
    for wave, m in parts.items():
        when = "baseline" if wave == baseline else "before" if wave in plan.earlier else "after"
        arms, means = arms_of(m, plan), _means(m, plan)
        i = found.get(wave)
        low, high = _band(i, len(found))
        numbers = (None,) * 6 if i is None else (i.estimate, i.se, i.df, i.low, i.high, i.p_value)
        rows.append((
            wave, when, means.get(arm), means.get(other), *numbers, low, high,
            *(arms.pupils.get(a, 0) for a in (arm, other)),
            *(arms.clusters.get(a, 0) for a in (arm, other)),
        ))  # fmt: skip
    out = pd.DataFrame(rows, columns=COLUMNS)
    numbers_only = COLUMNS[2:12]
    out[numbers_only] = out[numbers_only].astype(float)
    return out


def _means(m: SampleMoments, plan: Plan) -> dict[str, float]:
    """The mean of the last column in every arm that has pupils."""
    out, whole = {}, m.S.sum(axis=0)
    for name in m.columns[1:-1]:
        arm = name.removeprefix(f"{plan.treatment}=")
        j = m.columns.index(name)
        n = float(m.totals[:, j].sum())
        if arm != name and n > 0:
            total = whole[j, -1] + m.origin[j] * whole[0, -1] + m.origin[-1] * n
            out[arm] = float(total) / n
    return out


def _band(one: Interval | None, several: int) -> tuple[float | None, float | None]:
    """Limits within which all of several differences lie together: Bonferroni's t."""
    if one is None or one.se is None or one.df is None:
        return None, None
    margin = t_quantile(one.df, 1 - 0.05 / max(several, 1)) * one.se
    return one.estimate - margin, one.estimate + margin


def shift_of(one: Interval) -> Shift:
    """A contrast as part of a detail."""
    return Shift(one.estimate, one.se, one.df, one.low, one.high, one.p_value)


def no_pupils() -> PlanError:
    """The error when a method over all waves is asked of moments alone."""
    rule = Text(
        "Een model over alle metingen heeft de tabel met leerlingen nodig.",
        "A model of all waves needs the table with pupils.",
    )
    remedy = Text("Geef estimate de tabel.", "Give estimate the table.")
    return PlanError([Fault(rule, remedy, column="method")])
