"""An outcome that happens or not: the difference in shares, from a logistic regression.

    logit P(y = 1) = block + tau * arm + baseline b + covariates' c,   errors alike within a cluster

The effect is the risk difference by standardisation: the share that the model expects of all
analysed pupils if everybody were in the arm, less the share if everybody were in the comparison
(g-computation). It is in the outcome's own units and, unlike the odds ratio, it does not change
with what else is in the model. Without covariates it is the plain difference of shares.

g is the Cox index of the two standardised shares, [logit(p_t) - logit(p_c)] / 1.65, with limits by
the delta method. The odds ratio exp(tau) is that of pupils who are alike in all covariates. Beside
them stands the linear probability model on the same pupils: where the two differ, the model matters
and not only the data. Blocks are indicators, for they cannot be absorbed in a logit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import special

from academic_workplace.disclosure import fewest
from academic_workplace.effects.likelihood import (
    Analysis,
    Cell,
    Floats,
    Model,
    Rows,
    Standardised,
    analysis_of,
    both_arms,
    coefficient,
    difference_of,
    effects_of,
    interval_in,
    interval_of,
    ratio_of,
    require_outcomes,
    require_rows,
    separated_into_line,
)
from academic_workplace.effects.regression import Interval
from academic_workplace.effects.result import Caution, Effect, Estimated
from academic_workplace.glm import Glm, Separation, robust
from academic_workplace.glm import logistic as fitted
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.multilevel import LogisticMixed
from academic_workplace.plan import Inference, Plan
from academic_workplace.sizes.binary import COX, DIVIDED_BY_COX
from academic_workplace.sizes.size import Factor

METHOD = "logistic regression, standardised difference in shares"
LINEAR = "linear probability"

YES_OR_NO = Text(
    "Deze methode is voor een uitkomst die gebeurt of niet: alleen 0 en 1.",
    "This method is for an outcome that happens or not: 0 and 1 alone.",
)
MAKE_IT_SO = Text(
    "Maak er 0 en 1 van (recode), of kies ‘adjusted’ als methode.",
    "Make 0 and 1 of it (recode), or choose ‘adjusted’ as the method.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """What lies behind a difference in shares.

    share_arm, share_comparison: of all pupils, if everybody were in that arm; the effect is their
    difference. odds_ratio, its limits: of pupils alike in the covariates; None where something
    separates. cox, its limits: the Cox index. linear: the difference by the linear probability
    model, on the same pupils. separated: the columns that tell the outcome apart; the effect is
    then the linear one. converged, steps: of the fit. cells: the pupils of every arm.
    """

    plan: Plan
    outcome: str
    wave: str
    arm: str
    comparison: str
    share_arm: float | None
    share_comparison: float | None
    odds_ratio: float | None
    odds_low: float | None
    odds_high: float | None
    cox: float | None
    cox_low: float | None
    cox_high: float | None
    linear: Interval | None
    converged: bool
    steps: int
    blocks: int
    separated: tuple[str, ...] = ()
    reason: Text | None = None
    cells: tuple[Cell, ...] = field(default=(), repr=False)

    def table(self) -> pd.DataFrame:
        """What was worked out in a row, in full precision."""
        names = ("share_arm", "share_comparison", "odds_ratio", "odds_low", "odds_high", "cox",
                 "cox_low", "cox_high", "converged", "steps", "blocks")  # fmt: skip
        row: dict[str, object] = {name: getattr(self, name) for name in names}
        row |= {f"linear_{k}": v for k, v in asdict(self.linear).items()} if self.linear else {}
        return pd.DataFrame([row | {"separated": ", ".join(self.separated)}])

    def explain(self, language: str = "nl") -> str:
        """The two shares in a sentence, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.logistic import shares_sentence

        return shares_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def logistic(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """The difference in shares of one outcome, by logistic regression.

    Raises PlanError when moments are all there is, or when an outcome is not 0 and 1.
    """
    pupils = require_rows(pupils)
    require_yes_or_no(pupils, plan)
    a = analysis_of(m, plan, inference, pupils, LINEAR)
    if isinstance(a, Estimated):
        return a
    fit = fitted(a.rows.X, a.rows.y)
    if isinstance(fit, Separation):
        return separated_into_line(a, fit, "logistic", partial(shares_separated, a))
    found = robust(fit, a.rows.clusters, inference)
    shares = {arm: both_arms(fit, a.rows, arm) for arm in a.arms.able}

    def behind(effect: Effect, linear: Interval | None) -> tuple[Effect, Logistic]:
        odds = coefficient(found, a.rows.arm_at[effect.arm])
        cox = cox_index(shares[effect.arm], partial(interval_of, found))
        detail = shares_behind(effect, shares[effect.arm], odds, cox, fit, a.rows, linear)
        return sized_by_cox(effect, detail), detail

    model = Model(
        method=METHOD,
        inference=inference,
        difference=lambda arm: difference_of(found, shares[arm]),
        coefficient=partial(coefficient, found),
        behind=behind,
        cautions=() if fit.converged else (Caution.NOT_CONVERGED,),
    )
    return effects_of(a, model)


def cox_index(s: Standardised, interval: Callable[[float, Floats], Interval]) -> Interval:
    """[logit(p_t) - logit(p_c)] / 1.65 of two shares.

    interval: an estimate and its gradient by the coefficients -> its interval (delta method).
    """
    d = float(special.logit(s.arm) - special.logit(s.comparison)) / COX
    slope = s.of_arm / (s.arm * (1 - s.arm)) - s.of_comparison / (s.comparison * (1 - s.comparison))
    return interval(d, slope / COX)


def shares_behind(
    effect: Effect,
    s: Standardised,
    odds: Interval,
    cox: Interval,
    fit: Glm | LogisticMixed,
    rows: Rows,
    linear: Interval | None,
) -> Logistic:
    """Shares, odds ratio and Cox index; without limits where the effect has none.

    odds: the coefficient of the arm, a log odds ratio.
    """
    if effect.low is None:
        odds, cox = Interval(odds.estimate), Interval(cox.estimate)
    return Logistic(
        effect.plan, effect.outcome, effect.wave, effect.arm, effect.comparison, s.arm,
        s.comparison, *ratio_of(odds), cox.estimate, cox.low, cox.high, linear, fit.converged,
        fit.steps, rows.blocks, cells=rows.cells,
    )  # fmt: skip


def sized_by_cox(effect: Effect, shares: Logistic) -> Effect:
    """An effect with the Cox index as its g."""
    return replace(
        effect, g=shares.cox, g_low=shares.cox_low, g_high=shares.cox_high,
        divided_by=DIVIDED_BY_COX, factor=Factor.NONE.words,
    )  # fmt: skip


def shares_separated(a: Analysis, effect: Effect, names: tuple[str, ...], reason: Text) -> Logistic:
    """Of a model without an answer: only the linear difference, and why."""
    nothing = (None,) * 8
    return Logistic(
        a.plan, effect.outcome, effect.wave, effect.arm, effect.comparison, *nothing,
        interval_in(effect), False, 0, a.rows.blocks, names, reason, a.rows.cells,
    )  # fmt: skip


def require_yes_or_no(pupils: Pupils, plan: Plan) -> None:
    """Raise PlanError when an outcome is not 0 and 1."""
    require_outcomes(pupils, plan, lambda y: (y == 0) | (y == 1), _asked, MAKE_IT_SO)


def _asked(y: Floats) -> Text:
    """What is asked of an outcome.

    Of a column with two values these are named where enough pupils have either: they are how it was
    coded, and tell of nobody.
    """
    values, n = np.unique(y, return_counts=True)
    if len(values) != 2 or n.min() < fewest():
        return YES_OR_NO
    low, high = (f"{v:g}" for v in values)
    return Text(
        f"{YES_OR_NO.nl} In deze kolom staan {low} en {high}.",
        f"{YES_OR_NO.en} This column holds {low} and {high}.",
    )
