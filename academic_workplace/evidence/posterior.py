"""What was known and what was measured, together: the chance that an effect matters.

The effect is that of a multilevel model with a level for every cluster (and for every class, where
the plan names classes), whatever the method of the effects: the same regression, clusters being
random (``posterior.py``). It supposes what that model supposes (clusters, and pupils, vary as much
in one arm as in the other), and of the effect only what the plan says was known before
(``Plan.prior``).

Where missing values were filled in, what every completed table says is mixed, each for as much; the
prior is joined with all of them together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from academic_workplace.effects.imputed import completed
from academic_workplace.effects.regression import (
    ONE_CLUSTER,
    arms_of,
    covariate_columns,
    regress,
    spread_of,
)
from academic_workplace.effects.result import Effect, Effects, estimated
from academic_workplace.errors import DataError
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.linear import Fit, fixed_by_one
from academic_workplace.moments import SampleMoments, collect, other_plan
from academic_workplace.multilevel import (
    CLASSES_NOT_TOLD,
    Mixed,
    Nested,
    nested_intercepts,
    random_intercept,
)
from academic_workplace.plan import Method, Missing, Plan, Prior, planned
from academic_workplace.posterior import Mixture, Posterior, mixed_equally, mixture_of
from academic_workplace.posterior import posterior as worked_out
from academic_workplace.sizes import clustered_g
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

FAR = 2.5  # a difference of more is seen once in eighty times by chance
REACH = 1.959963984540054  # standard deviations of a normal distribution that hold 95 %
TAKES = (Method.DIFFERENCE, Method.ADJUSTED, Method.MULTILEVEL)
NOT_THIS_PLAN = Text(
    "Bij deze opzet is niet uitgerekend hoe groot de kans op een verschil is. Dat kan alleen bij"
    " een verschil tussen groepen uit een gewone regressie of een multilevelmodel.",
    "For this design the chance of a difference was not worked out. It can be had only of a"
    " difference between groups by a plain regression or a multilevel model.",
)
CROSSES = Text(
    "De leerlingen horen hier bij twee indelingen tegelijk. Bij zo'n opzet rekenen we niet uit hoe"
    " groot de kans op een verschil is.",
    "Here pupils belong to two divisions at once. For such a design the chance of a difference is"
    " not worked out.",
)
DIFFERS = Text(
    "Volgens het plan mag het effect per school (cluster) verschillen. De kans op een verschil zou"
    " dan zekerder lijken dan ze is. Daarom rekenen we die kans niet uit.",
    "By the plan the effect may differ from school to school (cluster). The chance of a difference"
    " would then look surer than it is. So it is not worked out.",
)
NO_ROWS = Text(
    "Ontbrekende waarden zijn ingevuld, en de tabel met leerlingen is er niet meer bij. Dan is niet"
    " uit te rekenen hoe groot de kans op een verschil is.",
    "Missing values were filled in, and the table of pupils is no longer here. So the chance of a"
    " difference cannot be worked out.",
)
NOBODY = Text(
    "In een van de groepen is niemand gemeten.", "Nobody was measured in one of the groups."
)
NO_SPREAD = Text(
    "De score is voor iedereen gelijk. Dan is er geen maat voor wat ertoe doet.",
    "The score is the same for everybody. So nothing says what matters.",
)


@dataclass(frozen=True, slots=True, eq=False)
class EffectPosterior:
    """What is likely of one effect. Everything in standard deviations; above 0 is better.

    data: of these data alone, with a flat prior. together: with the prior as well; None where the
    plan names none for this outcome. unit: one standard deviation in units of the outcome, taken as
    known. same_model: whether the effect itself is by this model (else it stands beside it).
    tables: how many were filled in and mixed; 1 where nothing was.
    """

    effect: Effect
    prior: Prior | None
    data: Posterior
    together: Posterior | None
    unit: float
    same_model: bool = True
    tables: int = 1

    @property
    def classes(self) -> bool:
        """Whether every class has a level of its own in the model, beside every cluster."""
        return self.data.mixture.classes is not None

    @property
    def told(self) -> Posterior:
        """Together where there is a prior, else of the data alone."""
        return self.data if self.together is None else self.together

    @property
    def smallest(self) -> float:
        """The smallest effect that matters."""
        return self.effect.plan.smallest_effect

    @property
    def better(self) -> float:
        """The chance that the effect is better than none."""
        return self.told.above[0.0]

    @property
    def matters(self) -> float:
        """The chance that it is at least the smallest that matters."""
        return self.told.above[self.smallest]

    @property
    def negligible(self) -> float:
        """The chance that it lies between minus and plus the smallest that matters."""
        return self.told.above[-self.smallest] - self.told.above[self.smallest]

    @property
    def harms(self) -> float:
        """The chance that it is worse by at least the smallest that matters."""
        return 1 - self.told.above[-self.smallest]

    @property
    def shrinkage(self) -> float | None:
        """How far the mean moved from that of the data to that of the prior: 0 not, 1 wholly.

        None without a prior, or where the two means are the same.
        """
        if self.together is None or self.prior is None:
            return None
        way = self.prior.mean - self.data.known.mean
        if abs(way) < 1e-12 * (self.data.known.high - self.data.known.low):
            return None
        return (self.together.known.mean - self.data.known.mean) / way

    @property
    def apart(self) -> bool:
        """Whether prior and data lie further apart than either makes likely: together they then
        say little. By more than FAR standard deviations of their difference."""
        if self.prior is None:
            return False
        k = self.data.known
        spread = (k.high - k.low) / (2 * REACH)
        return abs(k.mean - self.prior.mean) > FAR * math.hypot(spread, self.prior.sd)

    def table(self) -> pd.DataFrame:
        """A row for the prior, the data and both together, in full precision."""
        rows: list[tuple[object, ...]] = []
        if self.prior is not None:
            reach = REACH * self.prior.sd
            low, high = self.prior.mean - reach, self.prior.mean + reach
            rows.append(("prior", self.prior.mean, self.prior.sd, low, high, None, None, None))
        for name, found in (("data", self.data), ("together", self.together)):
            if found is not None:
                k, above, m = found.known, found.above, self.smallest
                chances = (above[0.0], above[m], above[-m] - above[m])
                rows.append((name, k.mean, k.sd, k.low, k.high, *chances))
        columns = ["of", "mean", "sd", "low", "high", "better", "matters", "negligible"]
        return pd.DataFrame(rows, columns=columns)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.posterior import posterior_sentences

        return posterior_sentences(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """What was known, what was measured and both, against the smallest effect that matters."""
        from academic_workplace.report.posterior import plot_posterior

        return plot_posterior(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.posterior import posterior_drawing

        return posterior_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Posteriors(Items[EffectPosterior]):
    """The same of every effect of which it can be had. not_done: of which not, and why."""

    not_done: tuple[tuple[Effect | None, Text], ...] = ()

    def __repr__(self) -> str:
        return f"Posteriors({len(self)} effects)"

    def table(self) -> pd.DataFrame:
        """Their tables below each other, with the names of the effect."""
        parts = [
            x.table().assign(outcome=x.effect.outcome, wave=x.effect.wave, arm=x.effect.arm)
            for x in self
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def explain(self, language: str = "nl") -> str:
        """The sentences of every effect, and why some have none."""
        said = [x.explain(language) for x in self]
        said += dict.fromkeys(reason[language] for _, reason in self.not_done)
        return " ".join(said)

    def _repr_html_(self) -> str:
        return both(self.explain)


def posterior(effects: Effects, plan: Plan | None = None) -> Posteriors:
    """What is likely of every effect, from the moments; with the prior where the plan has one.

    The prior is about the primary outcome at the main wave; other effects are told of the data
    alone. Raises PlanError when the effects were estimated with another plan.
    """
    effects = estimated(effects)
    plan = effects.plan if plan is None else planned(plan)
    if plan.fingerprint != effects.plan.fingerprint:
        raise other_plan()
    tables = _tables(effects)
    if isinstance(tables, Text):
        return Posteriors((), ((None, tables),))
    found: list[EffectPosterior] = []
    not_done: list[tuple[Effect | None, Text]] = []
    main = effects[0].outcome, effects[0].wave
    with one_thread():
        for effect in effects:
            key = effect.outcome, effect.wave
            prior = plan.prior if key == main else None
            made = _of([by_key[key] for by_key in tables], effect, effects, prior)
            if isinstance(made, Text):
                not_done.append((effect, made))
            else:
                found.append(made)
    return Posteriors(tuple(found), tuple(not_done))


Table = dict[tuple[str, str], SampleMoments]


def _tables(effects: Effects) -> list[Table] | Text:
    """The moments of every analysis, of every completed table; or why there are none."""
    plan = effects.plan
    if plan.crossed is not None:
        return CROSSES
    if plan.period is not None or plan.running is not None or effects.method not in TAKES:
        return NOT_THIS_PLAN
    if plan.varying is not None:
        return DIFFERS
    of = [effects.moments]
    if plan.missing is Missing.IMPUTED:
        if effects.pupils is None:
            return NO_ROWS
        of = [collect(one) for one in completed(effects.pupils) or ()] or of
    return [{m.key: m for m in moments.samples} for moments in of]


def _of(
    several: Sequence[SampleMoments], effect: Effect, effects: Effects, prior: Prior | None
) -> EffectPosterior | Text:
    plan = effects.plan
    if effect.estimate is None:
        return effect.reason or NOBODY
    mixtures, units = [], []
    for m in several:
        made = _mixture(m, effect, effects)
        if isinstance(made, Text):
            return made
        mixtures.append(made[0])
        units.append(made[1])
    mixture = mixed_equally(mixtures)
    values = (0.0, plan.smallest_effect, -plan.smallest_effect)
    together = None
    if prior is not None:
        together = worked_out(mixture, (prior.mean, prior.sd), values)
    alone = worked_out(mixture, None, values)
    same = effects.method is Method.MULTILEVEL
    unit = float(np.mean(units))
    return EffectPosterior(effect, prior, alone, together, unit, same, len(mixtures))


def _mixture(m: SampleMoments, effect: Effect, effects: Effects) -> tuple[Mixture, float] | Text:
    """The posterior of the effect in one table, in standard deviations, and one of these."""
    plan, arms = effects.plan, arms_of(m, effects.plan)
    if effect.arm not in arms.able:
        return NOBODY
    covariates = [] if effects.method is Method.DIFFERENCE else covariate_columns(m, plan)
    try:
        model = regress(m, plan, arms, covariates, interacted=False)
    except DataError as error:
        return error.faults[0].rule
    contrast = model.contrasts[effect.arm]
    if fixed_by_one(model.fit, contrast) if plan.dose else arms.few(effect.arm):
        return ONE_CLUSTER
    mixed = _fitted(m, plan, model.fit)
    if isinstance(mixed, Text):
        return mixed
    spread = spread_of(m, plan, arms)
    if not (spread.sd > 0 and spread.df > 1):
        return NO_SPREAD
    unit = 1 / clustered_g(1.0, None, None, spread).g
    lower = plan.measure(effect.outcome).better == "lower"
    way = np.where(lower, -1.0, 1.0) / unit
    return mixture_of(mixed, contrast * way), unit


def _fitted(m: SampleMoments, plan: Plan, fit: Fit) -> Mixed | Nested | Text:
    """With a level for every class where these can be told from schools and from pupils."""
    if plan.classes is not None:
        found = nested_intercepts(m, fit, absorb=bool(plan.blocks))
        if found is not CLASSES_NOT_TOLD:
            return found
    return random_intercept(m, fit, absorb=bool(plan.blocks))
