"""Difference in change by a multilevel model of all waves: every score that there is counts.

    y_it = block_t + beta_t * arm + covariates' c_t + u_cluster + v_pupil + error

fitted by REML (``multilevel/waves.py``); the effect at a wave is beta_wave - beta_baseline: how
much more the arm changed. The arms may differ at the baseline, also after a lot. A pupil who missed
a wave stays in, which is right when whether a score is missing depends only on what was measured.
Pupils who were not there at the start are not in it. With every score there the effect is that of
``growth`` on the same pupils. Blocks have a level of their own at every wave, so that changes are
compared within them.

With ``Plan.times`` a pupil has a pace beside a level: v_pupil + w_pupil * time, the two going
together as they do (``multilevel/paces.py``). Who grows fast and who slowly is then no longer taken
for chance at every wave anew, which counts for what a missed score tells of the others.

The model lets clusters differ in level and not in how much they change. So how sure the effect is
is told by CR2 from how clusters did change, with the model as working model; Kenward & Roger and
Satterthwaite take the model at its word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.effects.growth import (
    AFTER,
    BEFORE,
    NOBODY_THEN,
    Growth,
    crossing,
    no_pupils,
    parts_of,
    rows_of,
    shift_of,
    waves_of_pupils,
)
from academic_workplace.effects.multilevel import interval
from academic_workplace.effects.regression import (
    FEWEST_CLUSTERS,
    NO_SPREAD,
    ONE_CLUSTER,
    Arms,
    Interval,
    arms_of,
    cautions_of,
    covariate_columns,
    effect_of,
    spread_of,
)
from academic_workplace.effects.regression import interval as by_clusters
from academic_workplace.effects.result import TERMS, Caution, Effect, Estimated
from academic_workplace.intake.layout import Sample, earlier_samples, samples, waves_of
from academic_workplace.intake.pupils import Pupils, complete
from academic_workplace.language import Text
from academic_workplace.linear import Fit, Joint, joint
from academic_workplace.moments import SampleMoments, moments_of
from academic_workplace.multilevel import (
    MOST,
    SAME_AS_BLOCKS,
    TOO_FEW_CLUSTERS,
    TOO_MANY_BLOCKS,
    Mixed,
    Nested,
)
from academic_workplace.multilevel.paces import Paced
from academic_workplace.multilevel.waves import (
    PupilsInClusters,
    Wave,
    WaveModel,
    along,
    described,
    measurements,
    sandwich,
)
from academic_workplace.plan import Inference, Plan

Floats = NDArray[np.float64]

MODEL = (Inference.KENWARD_ROGER, Inference.SATTERTHWAITE)
METHOD = "multilevel model of all waves, random intercepts per cluster and pupil (REML)"
IN_BLOCK = " in block "  # of a column: the level of a block at a wave
WITH_PACES = f"{METHOD}, and a slope over time per pupil"


def over_waves(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Every arm against the comparison, in change since the baseline.

    Raises PlanError without pupils; DataError where a covariate does not vary at some wave.
    """
    if pupils is None:
        raise no_pupils()
    sample = next(s for s in samples(plan) if s.key == m.key)
    measured = _samples(plan, sample)
    keep = {w: complete(pupils, s) for w, s in measured.items()}
    arms, start, now = _arms(m, plan, pupils, keep), _first(plan), sample.wave or AFTER
    model, at = None, dict[tuple[str, str], int]()
    many = bool(plan.blocks) and len(pupils.blocks.names) * len(measured) > MOST
    if arms.able and not many:
        covariates = [c for c in covariate_columns(m, plan) if c != sample.baseline]
        waves = _waves(plan, pupils, arms, measured, keep, covariates)
        cluster = pupils.clusters
        model = measurements(waves, cluster.codes, cluster.names)
        place = {name: i for i, name in enumerate(model.fit.names)}
        at = {(w, a): place[c] for w in measured for a in arms.able
              if (c := crossing(w, plan, a)) in place}  # fmt: skip
    fitted = _fitted(model)
    divisor = spread_of(m, plan, arms_of(m, plan)) if arms_of(m, plan).able else None
    told = parts_of(m, plan, waves_of_pupils(m, plan, pupils))
    parts = {w: moments_of(pupils, s).without_crossed() for w, s in measured.items()}
    method = WITH_PACES if plan.times else METHOD
    effects: list[Effect] = []
    details = {}
    for arm in arms.others:
        found, reason = None, TOO_MANY_BLOCKS if many else NOBODY_THEN
        if model is not None and {(start, arm), (now, arm)} <= set(at):
            reason = model.fitted if isinstance(model.fitted, Text) else NO_SPREAD
            reason = SAME_AS_BLOCKS if plan.blocks and reason is TOO_FEW_CLUSTERS else reason
        if fitted is not None and reason is NO_SPREAD:
            found = fitted.interval(_apart(fitted.model, at, arm, start, now), inference)
            if _few(parts, plan, (arm, arms.comparison), (start, now)):
                found, reason = Interval(found.estimate), ONE_CLUSTER
        e = effect_of(m, plan, arm, arms, found, reason, divisor, inference, method)
        if model is not None:
            e = replace(e, pupils=model.pupils, clusters=len(model.fit.clusters))
        if fitted is not None and e.estimate is not None:
            more = cautions_of(e, m, fitted.model.fit, inference) + _edges(described(fitted.model))
            e = replace(e, cautions=more)
            details[m.outcome, m.wave, arm] = _detail(
                m, plan, arms, arm, fitted, at, parts, told, start, inference
            )
        effects.append(e)
    return Estimated(effects, _coefficients(m, fitted, inference), details)


def _samples(plan: Plan, sample: Sample) -> dict[str, Sample]:
    """Every wave as an analysis of its own, in order of time."""
    if plan.wave is None:
        before = Sample(sample.outcome, BEFORE, sample.baseline, "")
        return {BEFORE: before, AFTER: replace(sample, baseline="")}
    known = {s.wave: s for s in (*samples(plan), *earlier_samples(plan, sample.outcome))
             if s.outcome == sample.outcome}  # fmt: skip
    known[str(plan.baseline)] = Sample(sample.outcome, str(plan.baseline), sample.baseline, "")
    return {w: replace(known[w], baseline="") for w in waves_of(plan)}


def _first(plan: Plan) -> str:
    return BEFORE if plan.wave is None else str(plan.baseline)


def _arms(
    m: SampleMoments, plan: Plan, pupils: Pupils, keep: Mapping[str, NDArray[np.bool_]]
) -> Arms:
    """The arms, with everybody who has some score."""
    known = arms_of(m, plan)
    anyone = np.any(list(keep.values()), axis=0)
    n, clusters = {}, {}
    for i, arm in enumerate(pupils.arms.names):
        inside = anyone & (pupils.arms.codes == i)
        n[arm] = int(inside.sum())
        clusters[arm] = len(np.unique(pupils.clusters.codes[inside]))
    return Arms(known.others, known.comparison, n, clusters)


def _waves(
    plan: Plan, pupils: Pupils, arms: Arms, measured: Mapping[str, Sample],
    keep: Mapping[str, NDArray[np.bool_]], covariates: Sequence[str],
) -> list[Wave]:  # fmt: skip
    """The scores of every wave at which the comparison has some, and the columns of each.

    Blocks come first: of columns that follow from others the last is told.
    """
    out = []
    for wave, sample in measured.items():
        rows = np.flatnonzero(keep[wave])
        arm = pupils.arms.codes[rows]
        there = [a for a in arms.able if np.any(arm == pupils.arms.names.index(a))]
        if not np.any(arm == pupils.arms.names.index(arms.comparison)):
            continue
        block = pupils.blocks.codes[rows]
        inside = np.unique(block)[1:].tolist() if plan.blocks else []
        x = [(block == b).astype(float) for b in inside]
        x += [(arm == pupils.arms.names.index(a)).astype(float) for a in there]
        x += [pupils.numbers[c][rows] for c in covariates]
        columns = (
            *(f"{wave}{IN_BLOCK}{pupils.blocks.names[b]}" for b in inside),
            *(crossing(wave, plan, a) for a in there),
            *(f"{wave} × {c}" for c in covariates),
        )
        y = pupils.numbers[sample.y][rows]
        X = np.column_stack(x) if x else np.zeros((len(rows), 0))
        out.append(Wave(wave, rows, y, X, columns, plan.times.get(wave)))
    return out


def _apart(
    model: WaveModel, at: Mapping[tuple[str, str], int], arm: str, start: str, wave: str
) -> Floats:
    """The contrast of an arm at a wave with the same arm at another."""
    c = np.zeros(len(model.fit.names))
    c[at[wave, arm]] += 1
    c[at[start, arm]] -= 1
    return c


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """A fitted model, and its variances by clusters."""

    model: WaveModel
    fitted: Nested | Mixed | Paced
    robust: Fit

    def interval(self, c: Floats, inference: Inference) -> Interval:
        """A contrast of the slopes with its t interval."""
        if inference in MODEL:
            return interval(self.fitted, c, inference)
        return by_clusters(self.robust, self.own(c), inference)

    def own(self, c: Floats) -> Floats:
        """Contrasts in the axes of the robust fit."""
        return along(self.model.fit, c, len(self.fitted.delta))


def _edges(own: PupilsInClusters | None) -> tuple[Caution, ...]:
    if own is None:
        return ()
    said = {
        Caution.NO_CLUSTER_VARIANCE: own.tau2 == 0,
        Caution.NO_PUPIL_VARIANCE: own.omega2 == 0,
        Caution.PACES_AT_THE_EDGE: own.pace is not None and own.pace.boundary,
    }
    return tuple(caution for caution, holds in said.items() if holds)


def _fitted(model: WaveModel | None) -> _Model | None:
    robust = None if model is None else sandwich(model)
    if model is None or robust is None or isinstance(model.fitted, Text):
        return None
    return _Model(model, model.fitted, robust)


def _few(
    parts: Mapping[str, SampleMoments], plan: Plan, arms: Sequence[str], waves: Sequence[str]
) -> bool:
    """Whether an arm has too few clusters at one of these waves to know how clusters differ."""
    each = [arms_of(parts[w], plan).clusters for w in waves]
    return any(n.get(arm, 0) < FEWEST_CLUSTERS for n in each for arm in arms)


def _detail(
    m: SampleMoments, plan: Plan, arms: Arms, arm: str, fitted: _Model,
    at: Mapping[tuple[str, str], int], parts: Mapping[str, SampleMoments],
    told: Mapping[str, SampleMoments], start: str, inference: Inference,
) -> Growth:  # fmt: skip
    contrasts = {
        w: _apart(fitted.model, at, arm, start, w) for w in parts if w != start and (w, arm) in at
    }
    pair = (arm, arms.comparison)
    able = {w for w in contrasts if not _few(parts, plan, pair, (start, w))}
    found = {
        w: fitted.interval(c, inference) if w in able else Interval(float(c @ fitted.fitted.beta))
        for w, c in contrasts.items()
    }
    before: Joint | None = None
    earlier = [contrasts[w] for w in plan.earlier if w in able]
    if earlier:
        before = joint(fitted.robust, fitted.own(np.array(earlier)), Inference.CR2)
        before = None if math.isnan(before.F) else before
    after = [w for w in plan.waves if w in able]
    lasts = None
    if len(after) > 1:
        c = contrasts[after[-1]] - contrasts[after[0]]
        lasts = shift_of(fitted.interval(c, inference))
    rows = rows_of(parts, plan, arm, arms.comparison, found)
    own = described(fitted.model)
    return Growth(
        plan, m.outcome, m.wave, arm, arms.comparison, rows, True, before, lasts, own, told
    )


def _coefficients(m: SampleMoments, fitted: _Model | None, inference: Inference) -> pd.DataFrame:
    """Every coefficient of the model but levels of blocks: of arms and slopes, per wave."""
    if fitted is None:
        return pd.DataFrame(columns=TERMS)
    names, rows = fitted.model.fit.names, []
    for term, c in zip(names, np.eye(len(names)), strict=True):
        if IN_BLOCK in term:
            continue
        i = fitted.interval(c, inference)
        rows.append((m.outcome, m.wave, term, i.estimate, i.se, i.df, i.low, i.high, i.p_value))
    return pd.DataFrame(rows, columns=TERMS)
