"""Does any arm differ? One test of all arms of an analysis at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from academic_workplace.effects.regression import (
    RESAMPLED,
    arms_of,
    covariate_columns,
    regress,
)
from academic_workplace.effects.result import Effects
from academic_workplace.errors import Fault, PlanError
from academic_workplace.language import Text
from academic_workplace.linear import joint
from academic_workplace.plan import Inference, Method

ADJUSTS = (Method.ADJUSTED, Method.INTERACTED)
REGRESSIONS = (*ADJUSTS, Method.DIFFERENCE, Method.CLUSTER_MEANS)


def joint_test(effects: Effects) -> pd.DataFrame:
    """Test per outcome and wave that no arm differs from the comparison.

    Returns a row per analysis: outcome, wave, arms, F, df1, df2, p_value; approximate Hotelling
    T-squared (``linear.joint``) by the effects' own inference, or CR2 where that was resampling.
    NaN where there are too few clusters for so many arms.

    Raises PlanError when the effects are averages over sites.
    """
    if effects.method not in REGRESSIONS:
        rule = Text("Deze toets hoort bij een regressie.", "This test belongs to a regression.")
        remedy = Text(
            f"Schat met een van: {', '.join(m.value for m in REGRESSIONS)}.",
            f"Estimate with one of: {', '.join(m.value for m in REGRESSIONS)}.",
        )
        raise PlanError([Fault(rule, remedy, column="method")])
    how = Inference.CR2 if effects.inference in RESAMPLED else effects.inference
    plan, rows = effects.plan, []
    for m in effects.moments.samples:
        arms = arms_of(m, plan)
        enough = [arm for arm in arms.able if not arms.few(arm)]
        if not enough:
            continue
        covariates = covariate_columns(m, plan) if effects.method in ADJUSTS else []
        source = m.means() if effects.method is Method.CLUSTER_MEANS else m
        interacted = effects.method is Method.INTERACTED
        model = regress(source, plan, arms, covariates, interacted=interacted)
        found = joint(model.fit, np.array([model.contrasts[arm] for arm in enough]), how)
        p = float(special.fdtrc(found.df1, found.df2, found.F))
        rows.append((*m.key, len(enough), found.F, found.df1, found.df2, p))
    columns = ["outcome", "wave", "arms", "F", "df1", "df2", "p_value"]
    return pd.DataFrame(rows, columns=columns)
