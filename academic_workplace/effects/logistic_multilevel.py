"""An outcome that happens or not, where clusters differ: the difference in shares, by a logistic
model with a random intercept.

    logit P(y = 1 | u) = block + tau * arm + baseline b + covariates' c + u_cluster,
    u ~ N(0, tau2)

Fitted by maximum likelihood, its integrals by adaptive quadrature (``multilevel/logistic.py``). The
effect is the difference in shares over all clusters that there could be: what the model expects of
all analysed pupils if everybody were in the arm, less if everybody were in the comparison, averaged
over the distribution of u as well (g-computation). Its error is that of the delta method, with the
observed information of all parameters, tau2 among them; t has between-within degrees of freedom:
clusters less arms, and less whatever else is constant within clusters.

The odds ratio exp(tau) is that of pupils alike in all covariates and in one and the same cluster:
it lies further from 1 than that of ``logistic``. Where tau2 is 0 the estimate is that of logistic
regression; the model would then take pupils as independent, which few clusters cannot show. So the
limits are those of logistic regression with CR2, and the effect says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from academic_workplace.effects.likelihood import (
    Floats,
    Rows,
    by_line,
    cautions_on,
    interval_in,
    require_rows,
    rows_of,
)
from academic_workplace.effects.logistic import (
    FAR,
    LINEAR,
    Logistic,
    require_yes_or_no,
    separated_into_line,
)
from academic_workplace.effects.regression import (
    CONSTANT,
    NO_SPREAD,
    NOBODY,
    ONE_CLUSTER,
    Interval,
    arms_of,
    column,
    covariate_columns,
    effect_of,
    spread_of,
    with_t,
)
from academic_workplace.effects.result import CAUTIONS, TERMS, Caution, Detail, Effect, Estimated
from academic_workplace.glm import Robust, Separation, robust
from academic_workplace.glm import contrast as robust_contrast
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.multilevel import (
    LogisticMixed,
    averaged,
    between_within,
    latent_limits,
    logistic_intercept,
)
from academic_workplace.plan import Inference, Plan
from academic_workplace.sizes.binary import COX, DIVIDED_BY_COX
from academic_workplace.sizes.size import Factor

METHOD = (
    "logistic multilevel model, random intercept per cluster, standardised difference in shares"
)
AT_THE_EDGE = (
    "logistic regression (no variance between clusters), standardised difference in shares"
)


@dataclass(frozen=True, slots=True, eq=False)
class LogisticMultilevel:
    """The multilevel model behind a difference in shares.

    shares: the two shares, the odds ratio within a cluster, the Cox index, and the linear
    probability model beside them. tau2: variance between clusters, on the scale of the logit. icc,
    low, high: tau2 / (tau2 + pi^2 / 3) and its 95 % interval by profile likelihood. boundary: tau2
    is 0. points: of the quadrature. clusters: how many. loglik: log likelihood.
    """

    shares: Logistic
    tau2: float
    icc: float
    low: float
    high: float
    boundary: bool
    converged: bool
    points: int
    clusters: int
    loglik: float

    def table(self) -> pd.DataFrame:
        """What was worked out in a row, in full precision."""
        names = ("tau2", "icc", "low", "high", "boundary", "points", "clusters", "loglik")
        row = {f"latent_{n}" if n in ("icc", "low", "high") else n: getattr(self, n) for n in names}
        return pd.concat([self.shares.table(), pd.DataFrame([row])], axis=1)

    def explain(self, language: str = "nl") -> str:
        """The two shares, and how alike pupils of one cluster are, in Dutch or English."""
        from academic_workplace.report.logistic_multilevel import sentence

        return sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def logistic_multilevel(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """The difference in shares of one outcome, by a logistic model with a random intercept.

    Raises PlanError when moments are all there is, or when an outcome is not 0 and 1.
    """
    pupils = require_rows(pupils)
    require_yes_or_no(pupils, plan)
    arms = arms_of(m, plan)
    line = by_line(m, plan, Inference.CR2, pupils, LINEAR)
    if not arms.able:
        return Estimated([replace(e, reason=NOBODY) for e in line.effects], line.coefficients)
    rows = rows_of(pupils, m, plan, arms, covariate_columns(m, plan))
    fit = logistic_intercept(rows.X, rows.y, rows.clusters)
    if isinstance(fit, Separation):
        return separated_into_line(fit, rows, line, plan, arms)
    divisor = spread_of(m, plan, arms)
    if isinstance(fit, Text):
        none = [
            effect_of(m, plan, arm, arms, None, fit if arm in arms.able else NOBODY, divisor,
                      inference, METHOD) for arm in arms.others
        ]  # fmt: skip
        return Estimated(none, pd.DataFrame(columns=TERMS))
    by_cr2 = robust(fit.plain, rows.clusters, Inference.CR2) if fit.boundary else None
    certainty = _Certainty(fit, between_within(rows.X, rows.clusters), by_cr2)
    method, how = (AT_THE_EDGE, Inference.CR2) if fit.boundary else (METHOD, inference)
    icc = latent_limits(fit) if fit.converged else (0.0, 1.0)
    effects, untold = [], set()
    details: dict[tuple[str, str, str], Detail] = {}
    for arm, beside in zip(arms.others, line.effects, strict=True):
        if arm not in arms.able:
            effects.append(effect_of(m, plan, arm, arms, None, NOBODY, divisor, how, method))
            continue
        two = _two(fit, rows, arm)
        interval = certainty.of(two.difference, two.by_arm - two.by_other, rows.arm_at[arm])
        reason = NO_SPREAD
        if arms.few(arm) or not fit.converged:
            reason = ONE_CLUSTER if arms.few(arm) else CAUTIONS[Caution.NOT_CONVERGED]
            interval = Interval(two.difference)
            untold |= {column(plan, arm), CONSTANT}
        effect = effect_of(m, plan, arm, arms, interval, reason, divisor, how, method)
        shares = _shares(effect, two, certainty, rows, plan, interval_in(beside), fit)
        effect = replace(
            effect, g=shares.cox, g_low=shares.cox_low, g_high=shares.cox_high,
            divided_by=DIVIDED_BY_COX, factor=Factor.NONE.words,
        )  # fmt: skip
        known = cautions_on(effect, m, plan, arms, rows, how)
        effects.append(replace(effect, cautions=(*known, *_edges(fit))))
        details[m.outcome, m.wave, arm] = LogisticMultilevel(
            shares, fit.tau2, fit.icc, *icc, fit.boundary, fit.converged, fit.points,
            len(fit.trials.first), fit.loglik,
        )  # fmt: skip
    return Estimated(effects, _coefficients(m, rows, certainty, untold), details)


def _edges(fit: LogisticMixed) -> tuple[Caution, ...]:
    said = {
        Caution.NO_LATENT_VARIANCE: fit.boundary,
        Caution.NOT_CONVERGED: not fit.converged,
    }
    return tuple(caution for caution, holds in said.items() if holds)


@dataclass(frozen=True, slots=True, eq=False)
class _Two:
    """The share of all pupils in the arm, and in the comparison, with their gradients."""

    arm: float
    other: float
    by_arm: Floats
    by_other: Floats

    @property
    def difference(self) -> float:
        return self.arm - self.other


def _two(fit: LogisticMixed, rows: Rows, arm: str) -> _Two:
    X = rows.X.copy()
    X[:, list(rows.arm_at.values())] = 0.0
    other, by_other = averaged(fit, X)
    X[:, rows.arm_at[arm]] = 1.0
    share, by_arm = averaged(fit, X)
    return _Two(share, other, by_arm, by_other)


@dataclass(frozen=True, slots=True, eq=False)
class _Certainty:
    """How sure a function of the parameters is: by the model, or by CR2 where tau2 is 0.

    df: (k,) of every column, between or within clusters.
    """

    fit: LogisticMixed
    df: Floats
    robust: Robust | None

    def of(self, estimate: float, gradient: Floats, at: int) -> Interval:
        """gradient: (k + 1,) by (beta, s). at: the column whose degrees of freedom count."""
        df = float(self.df[at])
        if self.robust is None:
            return with_t(estimate, float(gradient @ self.fit.covariance @ gradient), df)
        v, own = robust_contrast(self.robust, gradient[:-1])
        return with_t(estimate, v, min(own, df)) if own > 0 else Interval(estimate)

    def coefficient(self, at: int) -> Interval:
        gradient = np.zeros(len(self.fit.beta) + 1)
        gradient[at] = 1.0
        return self.of(float(self.fit.beta[at]), gradient, at)


def _shares(
    effect: Effect,
    two: _Two,
    certainty: _Certainty,
    rows: Rows,
    plan: Plan,
    linear: Interval | None,
    fit: LogisticMixed,
) -> Logistic:
    """Shares, odds ratio and Cox index; without limits where the effect has none."""
    at = rows.arm_at[effect.arm]
    odds = certainty.coefficient(at)
    d = float(special.logit(two.arm) - special.logit(two.other)) / COX
    slope = two.by_arm / (two.arm * (1 - two.arm)) - two.by_other / (two.other * (1 - two.other))
    cox = certainty.of(d, slope / COX, at)
    if effect.low is None:
        odds, cox = Interval(odds.estimate), Interval(d)
    return Logistic(
        plan, effect.outcome, effect.wave, effect.arm, effect.comparison, two.arm, two.other,
        _exp(odds.estimate), _exp(odds.low), _exp(odds.high), d, cox.low, cox.high, linear,
        fit.converged, fit.steps, rows.blocks, cells=rows.cells,
    )  # fmt: skip


def _exp(x: float | None) -> float | None:
    return None if x is None else math.exp(min(x, FAR))


def _coefficients(
    m: SampleMoments, rows: Rows, certainty: _Certainty, untold: set[str]
) -> pd.DataFrame:
    """Every coefficient but those of blocks: logits, given u. untold: without uncertainty."""
    told = []
    for at, term in enumerate(rows.names[: len(rows.names) - (rows.blocks - 1)]):
        if at == 0 and rows.blocks > 1:
            continue
        i = certainty.coefficient(at)
        i = Interval(i.estimate) if term in untold else i
        told.append((m.outcome, m.wave, term, i.estimate, i.se, i.df, i.low, i.high, i.p_value))
    return pd.DataFrame(told, columns=TERMS)
