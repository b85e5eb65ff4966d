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

import math
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pandas as pd

from academic_workplace.disclosure import fewest
from academic_workplace.effects.likelihood import (
    Cell,
    Floats,
    Rows,
    both_arms,
    by_line,
    cautions_on,
    coefficient,
    coefficients,
    interval_in,
    interval_of,
    require_rows,
    rows_of,
    what_separates,
)
from academic_workplace.effects.regression import (
    CONSTANT,
    NO_SPREAD,
    NOBODY,
    ONE_CLUSTER,
    Arms,
    Interval,
    arms_of,
    column,
    covariate_columns,
    effect_of,
    spread_of,
)
from academic_workplace.effects.result import Caution, Detail, Effect, Estimated
from academic_workplace.errors import Fault, PlanError
from academic_workplace.glm import Glm, Robust, Separation, robust
from academic_workplace.glm import logistic as fitted
from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan
from academic_workplace.sizes.binary import COX, DIVIDED_BY_COX
from academic_workplace.sizes.size import Factor

METHOD = "logistic regression, standardised difference in shares"
LINEAR = "linear probability"
FAR = 700.0  # of a logarithm

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
    arms = arms_of(m, plan)
    line = by_line(m, plan, inference, pupils, LINEAR)
    if not arms.able:
        return Estimated([replace(e, reason=NOBODY) for e in line.effects], line.coefficients)
    rows = rows_of(pupils, m, plan, arms, covariate_columns(m, plan))
    fit = fitted(rows.X, rows.y)
    if isinstance(fit, Separation):
        return separated_into_line(fit, rows, line, plan, arms)
    found = robust(fit, rows.clusters, inference)
    divisor = spread_of(m, plan, arms)
    effects, untold = [], set()
    details: dict[tuple[str, str, str], Detail] = {}
    for arm, beside in zip(arms.others, line.effects, strict=True):
        if arm not in arms.able:
            effects.append(effect_of(m, plan, arm, arms, None, NOBODY, divisor, inference, METHOD))
            continue
        shares = both_arms(fit, rows, arm)
        difference = shares.arm - shares.comparison
        interval = interval_of(found, difference, shares.of_arm - shares.of_comparison)
        reason = NO_SPREAD
        if arms.few(arm):
            interval, reason = Interval(difference), ONE_CLUSTER
            untold |= {column(plan, arm), CONSTANT}
        effect = effect_of(m, plan, arm, arms, interval, reason, divisor, inference, METHOD)
        detail = _detail(effect, fit, found, rows, plan, interval_in(beside))
        effect = replace(
            effect, g=detail.cox, g_low=detail.cox_low, g_high=detail.cox_high,
            divided_by=DIVIDED_BY_COX, factor=Factor.NONE.words,
        )  # fmt: skip
        stuck = () if fit.converged else (Caution.NOT_CONVERGED,)
        known = cautions_on(effect, m, plan, arms, rows, inference)
        effects.append(replace(effect, cautions=known + stuck))
        details[m.outcome, m.wave, arm] = detail
    return Estimated(effects, coefficients(m, rows, found, untold), details)


def _detail(
    effect: Effect, fit: Glm, found: Robust, rows: Rows, plan: Plan, linear: Interval | None
) -> Logistic:
    """Shares, odds ratio and Cox index; without limits where the effect has none."""
    s = both_arms(fit, rows, effect.arm)
    odds = coefficient(found, rows.arm_at[effect.arm])
    d = (_logit(s.arm) - _logit(s.comparison)) / COX
    cox = interval_of(found, d, (_slope(s.arm, s.of_arm) - _slope(s.comparison, s.of_comparison)))
    if effect.low is None:
        odds, cox = Interval(odds.estimate), Interval(d)
    return Logistic(
        plan, effect.outcome, effect.wave, effect.arm, effect.comparison, s.arm, s.comparison,
        _exp(odds.estimate), _exp(odds.low), _exp(odds.high), d, cox.low, cox.high, linear,
        fit.converged, fit.steps, rows.blocks, cells=rows.cells,
    )  # fmt: skip


def _logit(p: float) -> float:
    return math.log(p) - math.log1p(-p)


def _slope(p: float, gradient: Floats) -> Floats:
    """Of logit(p) / 1.65."""
    return gradient / (p * (1 - p) * COX)


def _exp(x: float | None) -> float | None:
    return None if x is None else math.exp(min(x, FAR))


def separated_into_line(
    apart: Separation, rows: Rows, line: Estimated, plan: Plan, arms: Arms
) -> Estimated:
    """The linear probability model in the place of the logistic one, and what separates."""
    names, reason = what_separates(apart, rows, plan)
    effects, details = [], {}
    for e in line.effects:
        if e.arm not in arms.able:
            effects.append(e)
            continue
        told = reason if e.reason is None else e.reason
        method = f"{e.method} (logistic: separated)"
        cautions = (*e.cautions, Caution.SEPARATED) if names else e.cautions
        effects.append(replace(e, method=method, reason=told, cautions=cautions))
        nothing = (None,) * 8
        details[e.outcome, e.wave, e.arm] = Logistic(
            plan, e.outcome, e.wave, e.arm, e.comparison, *nothing, interval_in(e), False, 0,
            rows.blocks, names, reason, rows.cells,
        )  # fmt: skip
    return Estimated(effects, line.coefficients, details)


def require_yes_or_no(pupils: Pupils, plan: Plan) -> None:
    """Raise PlanError when an outcome is not 0 and 1.

    Of a column with two values these are named where enough pupils have either: they are how it was
    coded, and tell of nobody.
    """
    faults = []
    for sample in samples(plan):
        y = pupils.numbers[sample.y][pupils.analysed[sample.key]]
        wrong = int(np.sum((y != 0) & (y != 1)))
        if not wrong:
            continue
        values, n = np.unique(y, return_counts=True)
        rule = YES_OR_NO
        if len(values) == 2 and n.min() >= fewest():
            low, high = (f"{v:g}" for v in values)
            rule = Text(
                f"{rule.nl} In deze kolom staan {low} en {high}.",
                f"{rule.en} This column holds {low} and {high}.",
            )
        faults.append(Fault(rule, MAKE_IT_SO, column=sample.y, count=wrong))
    if faults:
        raise PlanError(faults)
