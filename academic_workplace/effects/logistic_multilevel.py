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

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from academic_workplace.effects.likelihood import (
    Analysis,
    Floats,
    Model,
    Rows,
    Standardised,
    analysis_of,
    effects_of,
    require_rows,
    separated_into_line,
)
from academic_workplace.effects.logistic import (
    LINEAR,
    Logistic,
    cox_index,
    require_yes_or_no,
    shares_behind,
    shares_separated,
    sized_by_cox,
)
from academic_workplace.effects.regression import NOBODY, Interval, effect_of, spread_of, with_t
from academic_workplace.effects.result import CAUTIONS, TERMS, Caution, Effect, Estimated
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
    a = analysis_of(m, plan, Inference.CR2, pupils, LINEAR)
    if isinstance(a, Estimated):
        return a
    rows = a.rows
    fit = logistic_intercept(rows.X, rows.y, rows.clusters)
    if isinstance(fit, Separation):
        return separated_into_line(a, fit, "logistic", partial(shares_separated, a))
    if isinstance(fit, Text):
        return _none(a, fit, inference)
    by_cr2 = robust(fit.plain, rows.clusters, Inference.CR2) if fit.boundary else None
    certainty = _Certainty(fit, between_within(rows.X, rows.clusters), by_cr2)
    method, how = (AT_THE_EDGE, Inference.CR2) if fit.boundary else (METHOD, inference)
    icc = latent_limits(fit) if fit.converged else (0.0, 1.0)
    shares = {arm: _both_arms(fit, rows, arm) for arm in a.arms.able}

    def difference(arm: str) -> Interval:
        s = shares[arm]
        return certainty.of(s.arm - s.comparison, s.of_arm - s.of_comparison, rows.arm_at[arm])

    def behind(effect: Effect, linear: Interval | None) -> tuple[Effect, LogisticMultilevel]:
        s, at = shares[effect.arm], rows.arm_at[effect.arm]
        cox = cox_index(s, partial(certainty.of, at=at))
        told = shares_behind(effect, s, certainty.coefficient(at), cox, fit, rows, linear)
        return sized_by_cox(effect, told), LogisticMultilevel(
            told, fit.tau2, fit.icc, *icc, fit.boundary, fit.converged, fit.points,
            len(fit.trials.first), fit.loglik,
        )  # fmt: skip

    model = Model(
        method=method,
        inference=how,
        difference=difference,
        coefficient=certainty.coefficient,
        behind=behind,
        unsure=None if fit.converged else CAUTIONS[Caution.NOT_CONVERGED],
        cautions=_edges(fit),
    )
    return effects_of(a, model)


def _none(a: Analysis, reason: Text, inference: Inference) -> Estimated:
    """No arm has an effect, for one reason."""
    divisor = spread_of(a.m, a.plan, a.arms)
    effects = [
        effect_of(a.m, a.plan, arm, a.arms, None, reason if arm in a.arms.able else NOBODY,
                  divisor, inference, METHOD) for arm in a.arms.others
    ]  # fmt: skip
    return Estimated(effects, pd.DataFrame(columns=TERMS))


def _edges(fit: LogisticMixed) -> tuple[Caution, ...]:
    said = {
        Caution.NO_LATENT_VARIANCE: fit.boundary,
        Caution.NOT_CONVERGED: not fit.converged,
    }
    return tuple(caution for caution, holds in said.items() if holds)


def _both_arms(fit: LogisticMixed, rows: Rows, arm: str) -> Standardised:
    """All pupils in the arm, and all pupils in the comparison, over clusters too."""
    X = rows.X.copy()
    X[:, list(rows.arm_at.values())] = 0.0
    other, of_comparison = averaged(fit, X)
    X[:, rows.arm_at[arm]] = 1.0
    share, of_arm = averaged(fit, X)
    return Standardised(share, other, of_arm, of_comparison)


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
        """Of one column: a logit, given u."""
        gradient = np.zeros(len(self.fit.beta) + 1)
        gradient[at] = 1.0
        return self.of(float(self.fit.beta[at]), gradient, at)
