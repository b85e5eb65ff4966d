"""Several effects at once: does any arm differ, and what do they look like under the same draws?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.effects.regression import (
    RESAMPLED,
    Arms,
    Model,
    arms_of,
    covariate_columns,
    generator,
    regress,
)
from academic_workplace.effects.result import Effects, estimated, measured
from academic_workplace.errors import Fault, PlanError
from academic_workplace.language import Text
from academic_workplace.linear import joint, variance
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Method
from academic_workplace.resampling import wild_draws
from academic_workplace.threads import one_thread

ADJUSTS = (Method.ADJUSTED, Method.INTERACTED)
INSTEAD = dict.fromkeys(RESAMPLED, Inference.CR2) | {Inference.JACKKNIFE: Inference.CR3}
TOO_FEW = Text(
    "Er zijn te weinig scholen (clusters) om zo veel groepen in één keer te toetsen.",
    "There are too few schools (clusters) to test so many arms at once.",
)
REGRESSIONS = (*ADJUSTS, Method.DIFFERENCE, Method.CLUSTER_MEANS)


def joint_test(effects: Effects) -> pd.DataFrame:
    """Test per outcome and wave that no arm differs from the comparison.

    Returns a row per analysis: outcome, wave, arms, F, df1, df2, p_value, reason; approximate
    Hotelling T-squared (``linear.joint``) by the effects' own inference; CR2 where that was
    resampling, CR3 for the jackknife. NaN, with the reason, where there are too few clusters for
    so many arms.

    Raises PlanError when the effects are averages over sites, or the plan has two divisions.
    """
    effects = estimated(effects)
    how = INSTEAD.get(effects.inference, effects.inference)
    rows = []
    for m in effects.moments.samples:
        arms, model = _again(effects, m)
        enough = [arm for arm in arms.able if not arms.few(arm)]
        if model is None or not enough:
            continue
        found = joint(model.fit, np.array([model.contrasts[arm] for arm in enough]), how)
        p = float(special.fdtrc(found.df1, found.df2, found.F))
        reason = TOO_FEW.en if np.isnan(p) else ""
        rows.append((*m.key, len(enough), found.F, found.df1, found.df2, p, reason))
    columns = ["outcome", "wave", "arms", "F", "df1", "df2", "p_value", "reason"]
    return pd.DataFrame(rows, columns=columns)


def draws_together(
    effects: Effects, members: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """The t statistics of some effects, and what the wild bootstrap makes of all of them at once.

    members: places in ``effects``. Every cluster gets one sign per draw for all outcomes, so that
    the draws hang together as the outcomes do. Returns t (m,), draws (R, m) under the null of each,
    and whether these are all there are; NaN for an effect without a test.
    Raises PlanError when the effects are averages over sites, or the plan has two divisions.
    """
    plan, kind = effects.plan, Inference.WILD
    by_key = {m.key: m for m in effects.moments.samples}
    chosen = [effects[i] for i in members]
    every = sorted({name for e in chosen for name in by_key[e.outcome, e.wave].clusters})
    place = {name: i for i, name in enumerate(every)}
    t: list[float] = []
    draws: list[NDArray[np.float64] | None] = []
    exact = False
    with one_thread():
        for e in chosen:
            arms, model = _again(effects, by_key[e.outcome, e.wave])
            if model is None or e.arm not in arms.able or arms.few(e.arm):
                t.append(np.nan)
                draws.append(None)
                continue
            at = np.array([place[name] for name in model.fit.clusters], dtype=np.intp)
            rng = generator(plan, "together")
            drawn = wild_draws(
                model.fit, model.contrasts[e.arm], kind, plan.draws, rng, (at, len(every))
            )
            exact = drawn.exact
            known = not np.isnan(variance(model.fit, model.contrasts[e.arm], Inference.CR1S)[0])
            t.append(drawn.estimate / drawn.se if known else np.nan)
            draws.append(drawn.t())
    length = max((len(d) for d in draws if d is not None), default=1)
    whole = [np.full(length, np.nan) if d is None else d for d in draws]
    return np.array(t), np.column_stack(whole), exact


def _again(effects: Effects, m: SampleMoments) -> tuple[Arms, Model | None]:
    """The regression that the effects came from; None when no arm can be compared."""
    effects = measured(effects)
    if effects.method not in REGRESSIONS:
        rule = Text("Dit hoort bij een regressie.", "This belongs to a regression.")
        remedy = Text(
            f"Schat met een van: {', '.join(m.value for m in REGRESSIONS)}.",
            f"Estimate with one of: {', '.join(m.value for m in REGRESSIONS)}.",
        )
        raise PlanError([Fault(rule, remedy, column="method")])
    if effects.plan.crossed is not None:
        rule = Text(
            "Verschillen samen toetsen kan hier alleen met één indeling. Het plan heeft er twee"
            " (crossed).",
            "Testing differences together can be done here with one division only. The plan has two"
            " (crossed).",
        )
        remedy = Text(
            "Toets elk verschil apart en corrigeer met Holm.",
            "Test every difference by itself and correct by Holm.",
        )
        raise PlanError([Fault(rule, remedy, column="crossed")])
    plan, arms = effects.plan, arms_of(m, effects.plan)
    if not arms.able:
        return arms, None
    covariates = covariate_columns(m, plan) if effects.method in ADJUSTS else []
    source = m.without_crossed().means() if effects.method is Method.CLUSTER_MEANS else m
    interacted = effects.method is Method.INTERACTED
    return arms, regress(source, plan, arms, covariates, interacted=interacted)
