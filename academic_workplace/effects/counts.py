"""Counts, such as days absent: the difference in means, from a negative binomial regression.

    log E(y) = block + tau * arm + baseline b + covariates' c,   var(y) = mu + alpha mu^2

Days absent are whole numbers with many zeros and a few very large ones; a variance that grows with
the mean weighs them better than least squares does. The effect is the difference by
standardisation: the mean that the model expects of all analysed pupils if everybody were in the
arm, less the mean if everybody were in the comparison. It is in the outcome's own units (days).
exp(tau) is how many times as many there are, the rate ratio, at whatever covariates.

The errors are cluster-robust, so that alpha need not be right for them to hold; it counts as known.
Where counts vary no more than chance makes them, alpha is 0 and the model is Poisson's. g is the
difference divided by the standard deviation within arms, as for every other method: so results of
counts stand beside others. Blocks are indicators.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pandas as pd

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
    require_outcomes,
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
from academic_workplace.glm import Glm, Robust, Separation, negative_binomial, robust
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan

METHOD = "negative binomial regression, standardised difference in means"
LINEAR = "linear difference"
MOST = 100_000  # of what can be counted of a pupil
FAR = 700.0  # of a logarithm

WHOLE = Text(
    "Deze methode is voor aantallen: hele getallen van 0 tot en met 100.000.",
    "This method is for counts: whole numbers from 0 up to 100,000.",
)
OTHERWISE = Text(
    "Verbeter deze waarden, of kies ‘adjusted’ als methode.",
    "Mend these values, or choose ‘adjusted’ as the method.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What lies behind a difference in counts.

    mean_arm, mean_comparison: of all pupils, if everybody were in that arm; the effect is their
    difference. rate_ratio, its limits: the one as a multiple of the other. dispersion: alpha, in
    var = mu + alpha mu^2. boundary: whether it is 0, as in a Poisson regression. linear: the
    difference by least squares, on the same pupils. separated: the columns at some value of which
    nobody has any; the effect is then the linear one. zero: the share of pupils with none, in the
    arm and in the comparison. cells: the pupils of every arm.
    """

    plan: Plan
    outcome: str
    wave: str
    arm: str
    comparison: str
    mean_arm: float | None
    mean_comparison: float | None
    rate_ratio: float | None
    rate_low: float | None
    rate_high: float | None
    dispersion: float | None
    boundary: bool
    linear: Interval | None
    converged: bool
    steps: int
    blocks: int
    separated: tuple[str, ...] = ()
    reason: Text | None = None
    cells: tuple[Cell, ...] = field(default=(), repr=False)

    @property
    def zero(self) -> tuple[float, float]:
        """The share of pupils with none, in the arm and in the comparison."""
        by_arm = {cell.arm: cell.zeros / cell.pupils for cell in self.cells}
        return by_arm[self.arm], by_arm[self.comparison]

    def table(self) -> pd.DataFrame:
        """What was worked out in a row, in full precision."""
        names = ("mean_arm", "mean_comparison", "rate_ratio", "rate_low", "rate_high",
                 "dispersion", "boundary", "converged", "steps", "blocks")  # fmt: skip
        row: dict[str, object] = {name: getattr(self, name) for name in names}
        row |= {f"linear_{k}": v for k, v in asdict(self.linear).items()} if self.linear else {}
        row |= dict(zip(("zero_arm", "zero_comparison"), self.zero, strict=True))
        return pd.DataFrame([row | {"separated": ", ".join(self.separated)}])

    def explain(self, language: str = "nl") -> str:
        """The two means in a sentence, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.counts import means_sentence

        return means_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def counts(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """The difference in counts of one outcome, by negative binomial regression.

    Raises PlanError when moments are all there is, or when an outcome is no count.
    """
    pupils = require_rows(pupils)
    require_outcomes(pupils, plan, _counted, WHOLE, OTHERWISE)
    arms = arms_of(m, plan)
    line = by_line(m, plan, inference, pupils, LINEAR)
    if not arms.able:
        return Estimated([replace(e, reason=NOBODY) for e in line.effects], line.coefficients)
    rows = rows_of(pupils, m, plan, arms, covariate_columns(m, plan))
    fit = negative_binomial(rows.X, rows.y)
    if isinstance(fit, Separation):
        return _separated(fit, rows, line, plan, arms)
    found = robust(fit, rows.clusters, inference)
    divisor = spread_of(m, plan, arms)
    effects, untold = [], set()
    details: dict[tuple[str, str, str], Detail] = {}
    for arm, beside in zip(arms.others, line.effects, strict=True):
        if arm not in arms.able:
            effects.append(effect_of(m, plan, arm, arms, None, NOBODY, divisor, inference, METHOD))
            continue
        means = both_arms(fit, rows, arm)
        difference = means.arm - means.comparison
        interval = interval_of(found, difference, means.of_arm - means.of_comparison)
        reason = NO_SPREAD
        if arms.few(arm):
            interval, reason = Interval(difference), ONE_CLUSTER
            untold |= {column(plan, arm), CONSTANT}
        effect = effect_of(m, plan, arm, arms, interval, reason, divisor, inference, METHOD)
        said = {
            Caution.NO_EXTRA_SPREAD: fit.boundary,
            Caution.NOT_CONVERGED: not fit.converged and not fit.boundary,
        }
        known = cautions_on(effect, m, plan, arms, rows, inference)
        more = tuple(caution for caution, holds in said.items() if holds)
        effects.append(replace(effect, cautions=known + more))
        details[m.outcome, m.wave, arm] = _detail(
            effect, fit, found, rows, plan, interval_in(beside)
        )
    return Estimated(effects, coefficients(m, rows, found, untold), details)


def _counted(y: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    fits: np.ndarray[tuple[int], np.dtype[np.bool_]] = (y >= 0) & (y <= MOST) & (y == np.round(y))
    return fits


def _detail(
    effect: Effect, fit: Glm, found: Robust, rows: Rows, plan: Plan, linear: Interval | None
) -> Counts:
    """Means, rate ratio and dispersion; without limits where the effect has none."""
    means = both_arms(fit, rows, effect.arm)
    ratio = coefficient(found, rows.arm_at[effect.arm])
    if effect.low is None:
        ratio = Interval(ratio.estimate)
    return Counts(
        plan, effect.outcome, effect.wave, effect.arm, effect.comparison, means.arm,
        means.comparison, _exp(ratio.estimate), _exp(ratio.low), _exp(ratio.high), fit.alpha,
        fit.boundary, linear, fit.converged or fit.boundary, fit.steps, rows.blocks,
        cells=rows.cells,
    )  # fmt: skip


def _exp(x: float | None) -> float | None:
    return None if x is None else math.exp(min(x, FAR))


def _separated(apart: Separation, rows: Rows, line: Estimated, plan: Plan, arms: Arms) -> Estimated:
    """The linear difference in the place of the model, and what separates."""
    names, reason = what_separates(apart, rows, plan)
    effects, details = [], {}
    for e in line.effects:
        if e.arm not in arms.able:
            effects.append(e)
            continue
        told = reason if e.reason is None else e.reason
        method = f"{e.method} (negative binomial: separated)"
        cautions = (*e.cautions, Caution.SEPARATED) if names else e.cautions
        effects.append(replace(e, method=method, reason=told, cautions=cautions))
        nothing = (None,) * 6
        details[e.outcome, e.wave, e.arm] = Counts(
            plan, e.outcome, e.wave, e.arm, e.comparison, *nothing, False, interval_in(e), False, 0,
            rows.blocks, names, reason, rows.cells,
        )  # fmt: skip
    return Estimated(effects, line.coefficients, details)
