"""How wrong would it have to be: what can be said of every effect of a study."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from academic_workplace.effects.regression import (
    arms_of,
    column,
    covariate_columns,
    interval,
    regress,
)
from academic_workplace.effects.result import Effect, Effects, estimated
from academic_workplace.errors import DataError
from academic_workplace.evidence.sensitivity.evalue import FAR, EValue, Scale, e_value
from academic_workplace.evidence.sensitivity.omitted import OmittedVariable, omitted_from_fit
from academic_workplace.evidence.sensitivity.rosenbaum import RosenbaumBounds, rosenbaum_bounds
from academic_workplace.language import both
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Method, Missing
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

BY_REGRESSION = (Method.DIFFERENCE, Method.ADJUSTED)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One effect, and how strong something hidden would have to be to explain it away.

    e_value: from g and its limits. omitted: of an effect that is a slope of a regression. pairs:
    of an effect whose detail has the differences of matched pairs. None where it cannot be had.
    """

    effect: Effect
    e_value: EValue | None
    omitted: OmittedVariable | None
    pairs: RosenbaumBounds | None

    def table(self) -> pd.DataFrame:
        """What was compared with, times how much (``OmittedVariable.table``); else one row."""
        if self.omitted is not None and self.omitted.bounds:
            return self.omitted.table()
        return pd.DataFrame([self.summary()])

    def summary(self) -> dict[str, object]:
        """One number of each, with the effect's names."""
        e, z, r = self.e_value, self.omitted, self.pairs
        return {
            "outcome": self.effect.outcome,
            "wave": self.effect.wave,
            "arm": self.effect.arm,
            "e_value": e.value if e else None,
            "e_value_limit": e.limit if e else None,
            "partial_r2": z.partial_r2 if z else None,
            "robustness": z.robustness if z else None,
            "robustness_alpha": z.robustness_alpha if z else None,
            "gamma": r.critical if r else None,
        }

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        parts = {"e_value": self.e_value, "omitted": self.omitted, "pairs": self.pairs}
        own = {name: part.to_dict() if part else None for name, part in parts.items()}
        return self.summary() | own

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.sensitivity import sensitivity_sentence

        return sensitivity_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The estimate that is left for every strength. Raises PlanError without a regression."""
        from academic_workplace.report.sensitivity import plot_sensitivity

        return plot_sensitivity(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.sensitivity import sensitivity_drawing

        return sensitivity_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def sensitivities(effects: Effects) -> tuple[Sensitivity, ...]:
    """What can be said of every effect, in their order.

    The E-value needs g. The bounds of a regression are made again from the moments, by the effect's
    own standard error and degrees of freedom (CR2 where its inference has none). Rosenbaum's bounds
    need a detail with ``pair_differences``; they take pairs as independent.
    """
    effects = estimated(effects)
    by_key = {m.key: m for m in effects.moments.samples}
    omitted: dict[tuple[str, str, str], OmittedVariable] = {}
    if effects.method in BY_REGRESSION and effects.plan.missing is not Missing.IMPUTED:
        with one_thread():
            for key in dict.fromkeys((e.outcome, e.wave) for e in effects):
                omitted |= _omitted(effects, by_key[key])
    return tuple(
        Sensitivity(e, _e_value(e), omitted.get((e.outcome, e.wave, e.arm)), _pairs(effects, e))
        for e in effects
    )


def _e_value(effect: Effect) -> EValue | None:
    g, limits = effect.g, (effect.g_low, effect.g_high)
    if g is None or any(FAR < abs(x) < math.inf for x in (g, *limits) if x is not None):
        return None
    return e_value(g, *limits, scale=Scale.STANDARDISED)


def _omitted(effects: Effects, m: SampleMoments) -> dict[tuple[str, str, str], OmittedVariable]:
    """By outcome, wave and arm."""
    plan = effects.plan
    names = covariate_columns(m, plan) if effects.method is Method.ADJUSTED else []
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name if name in plan.covariates else name.split("=")[0], []).append(name)
    arms = arms_of(m, plan)
    if not arms.able:
        return {}
    try:
        model = regress(m, plan, arms, names, interacted=False)
    except DataError:
        return {}
    out = {}
    for e in effects:
        if (e.outcome, e.wave) != m.key or e.arm not in arms.able or e.low is None:
            continue
        se, df = e.se, e.df
        if se is None or df is None:
            found = interval(model.fit, model.contrasts[e.arm], Inference.CR2, model.two_way)
            se, df = found.se, found.df
        found_z = omitted_from_fit(
            model.fit, column(plan, e.arm), groups, clustered_se=se, clustered_df=df
        )
        if found_z is not None:
            out[e.outcome, e.wave, e.arm] = found_z
    return out


def _pairs(effects: Effects, effect: Effect) -> RosenbaumBounds | None:
    detail = effects.details.get((effect.outcome, effect.wave, effect.arm))
    given = np.asarray(getattr(detail, "pair_differences", ()), dtype=float)
    known = given[np.isfinite(given)]
    return rosenbaum_bounds(known) if np.any(known) else None
