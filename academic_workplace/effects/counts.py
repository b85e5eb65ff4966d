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

from dataclasses import asdict, dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    ratio_of,
    require_outcomes,
    require_rows,
    separated_into_line,
)
from academic_workplace.effects.regression import Interval
from academic_workplace.effects.result import Caution, Effect, Estimated
from academic_workplace.glm import Robust, Separation, negative_binomial, robust
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan

METHOD = "negative binomial regression, standardised difference in means"
LINEAR = "linear difference"
MOST = 100_000  # of what can be counted of a pupil

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
    require_outcomes(pupils, plan, _counted, lambda _: WHOLE, OTHERWISE)
    a = analysis_of(m, plan, inference, pupils, LINEAR)
    if isinstance(a, Estimated):
        return a
    fit = negative_binomial(a.rows.X, a.rows.y)
    if isinstance(fit, Separation):
        return separated_into_line(a, fit, "negative binomial", partial(_separated, a))
    found = robust(fit, a.rows.clusters, inference)
    means = {arm: both_arms(fit, a.rows, arm) for arm in a.arms.able}
    said = {
        Caution.NO_EXTRA_SPREAD: fit.boundary,
        Caution.NOT_CONVERGED: not fit.converged and not fit.boundary,
    }
    model = Model(
        method=METHOD,
        inference=inference,
        difference=lambda arm: difference_of(found, means[arm]),
        coefficient=partial(coefficient, found),
        behind=lambda e, linear: (e, _behind(e, found, means[e.arm], a.rows, linear)),
        cautions=tuple(caution for caution, holds in said.items() if holds),
    )
    return effects_of(a, model)


def _counted(y: Floats) -> NDArray[np.bool_]:
    """(n,) which values are counts."""
    fits: NDArray[np.bool_] = (y >= 0) & (y <= MOST) & (y == np.round(y))
    return fits


def _behind(
    effect: Effect, found: Robust, means: Standardised, rows: Rows, linear: Interval | None
) -> Counts:
    """Means, rate ratio and dispersion; without limits where the effect has none."""
    fit, rate = found.fit, coefficient(found, rows.arm_at[effect.arm])
    if effect.low is None:
        rate = Interval(rate.estimate)
    return Counts(
        effect.plan, effect.outcome, effect.wave, effect.arm, effect.comparison, means.arm,
        means.comparison, *ratio_of(rate), fit.alpha, fit.boundary, linear,
        fit.converged or fit.boundary, fit.steps, rows.blocks, cells=rows.cells,
    )  # fmt: skip


def _separated(a: Analysis, effect: Effect, names: tuple[str, ...], reason: Text) -> Counts:
    """Of a model without an answer: only the linear difference, and why."""
    nothing = (None,) * 6
    return Counts(
        a.plan, effect.outcome, effect.wave, effect.arm, effect.comparison, *nothing, False,
        interval_in(effect), False, 0, a.rows.blocks, names, reason, a.rows.cells,
    )  # fmt: skip
