"""Would the answer stand under other reasonable choices? The specification curve.

Simonsohn, Simmons & Nelson (2020, Nat. Hum. Behav. 4): every estimate that the choices allow, side
by side with the planned one. All on the same pupils: the complete cases of the plan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.effects import ESTIMATORS, Effect, Effects, estimate
from academic_workplace.effects.result import from_moments
from academic_workplace.errors import DataError
from academic_workplace.evidence.balance import adjusted_for
from academic_workplace.evidence.weighing import Finding, weigh_one
from academic_workplace.intake.layout import Sample, samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.items import Items
from academic_workplace.language import both
from academic_workplace.moments import ClusterMoments
from academic_workplace.plan import Inference, Method, Plan
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

INFERENCES = (Inference.CR1S, Inference.CR2, Inference.WILD)  # the field's, ours, and without a t
CROSSED = (Inference.TWO_WAY, Inference.WILD)


@dataclass(frozen=True, slots=True)
class Specification:
    """One set of choices and what it gives. covariates: the columns adjusted for, baseline first.

    planned: whether these are the choices of the plan itself.
    """

    covariates: tuple[str, ...]
    method: Method
    inference: Inference
    planned: bool
    finding: Finding

    @property
    def effect(self) -> Effect:
        return self.finding.effect


@dataclass(frozen=True, slots=True)
class Curve:
    """One effect under every specification, from the least to the most favourable.

    controls: every column that can be adjusted for.
    """

    planned: Specification
    specifications: tuple[Specification, ...]
    controls: tuple[str, ...]

    @property
    def effect(self) -> Effect:
        """As planned."""
        return self.planned.effect

    @property
    def median(self) -> float | None:
        """Of the estimates, in the outcome's own units."""
        found = self._estimates
        return median(found) if found else None

    @property
    def range(self) -> tuple[float, float] | None:
        """The smallest and the largest estimate, in the outcome's own units."""
        found = self._estimates
        return (min(found), max(found)) if found else None

    @property
    def same(self) -> int:
        """How many specifications give the verdict of the plan."""
        return sum(s.finding.verdict is self.planned.finding.verdict for s in self.specifications)

    @property
    def share_same(self) -> float:
        """The share of the specifications that gives the verdict of the plan (0 to 1)."""
        return self.same / len(self.specifications)

    @property
    def _estimates(self) -> list[float]:
        return [s.effect.estimate for s in self.specifications if s.effect.estimate is not None]

    def to_dict(self) -> dict[str, object]:
        """The summary as plain values."""
        low, high = self.range or (None, None)
        return {
            "outcome": self.effect.outcome,
            "wave": self.effect.wave,
            "arm": self.effect.arm,
            "planned": self.effect.estimate,
            "median": self.median,
            "lowest": low,
            "highest": high,
            "verdict": self.planned.finding.verdict.value,
            "specifications": len(self.specifications),
            "same": self.same,
        }

    def explain(self, language: str = "nl") -> str:
        """What other choices would have given, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.robustness import curve_sentence

        return curve_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """Every estimate with its interval, and under it the choices that gave it."""
        from academic_workplace.report.figures.robustness import plot_curve

        return plot_curve(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.robustness import curve_drawing

        return curve_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Curves(Items[Curve]):
    """A curve per effect of a study, in the order of the effects."""

    def __repr__(self) -> str:
        return f"Curves({len(self)} effects, {sum(len(c.specifications) for c in self)} estimates)"

    def table(self) -> pd.DataFrame:
        """A row per effect and specification, in full precision."""
        shown = ("outcome", "wave", "arm", "estimate", "se", "df", "low", "high", "p_value",
                 "g", "g_low", "g_high")  # fmt: skip
        rows = [
            {name: getattr(s.effect, name) for name in shown}
            | {
                "covariates": "; ".join(s.covariates),
                "method": s.method.value,
                "inference": s.inference.value,
                "planned": s.planned,
                "verdict": s.finding.verdict.value,
            }
            for curve in self
            for s in curve.specifications
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, object]:
        """The summary of every effect as plain values."""
        return {"effects": [curve.to_dict() for curve in self]}

    def explain(self, language: str = "nl") -> str:
        """What other choices would have given for the first effect."""
        return self[0].explain(language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The curve of the first effect."""
        return self[0].plot(ax, language=language)

    def picture(self, language: str = "nl") -> Drawing:
        """The curve of the first effect, for a notebook."""
        return self[0].picture(language)

    def _repr_html_(self) -> str:
        return self[0]._repr_html_()


def specification_curve(
    data: ClusterMoments | Pupils | Effects,
    plan: Plan | None = None,
    *,
    inferences: Sequence[Inference | str] | None = None,
) -> Curves:
    """Every effect of a plan under the choices that could also have been made.

    The choices: adjusted for nothing, for each characteristic alone, or for all (an outcome's own
    baseline is one of them), with each of the inferences; and the plan's own choices as they are.
    Characteristics that cannot be adjusted for (all the same within blocks, say) are left out.
    inferences: ``INFERENCES`` when left out; of a plan with two divisions ``CROSSED``.
    plan: needed for moments. Raises PlanError as ``estimate`` does.
    """
    planned = from_moments(data if isinstance(data, Effects) else estimate(data, plan))
    if inferences is None:
        inferences = INFERENCES if planned.plan.crossed is None else CROSSED
    kinds = [Inference(str(replace(planned.plan, inference=kind).inference)) for kind in inferences]
    with one_thread():
        found = [
            curve for sample in samples(planned.plan) for curve in _curves(planned, sample, kinds)
        ]
    by_key = {(c.effect.outcome, c.effect.wave, c.effect.arm): c for c in found}
    return Curves(tuple(by_key[e.outcome, e.wave, e.arm] for e in planned))


def _curves(planned: Effects, sample: Sample, kinds: Sequence[Inference]) -> list[Curve]:
    """The curve of every arm in one analysis."""
    plan = planned.plan
    (m,) = (m for m in planned.moments.samples if m.key == sample.key)
    before = (sample.baseline,) if sample.baseline else ()
    names = tuple(dict.fromkeys((*before, *plan.covariates)))
    inside = adjusted_for(planned)[sample.key]
    own = _choice(tuple(name for name in names if name in inside), planned.method)
    sets = dict.fromkeys([(), *((name,) for name in names), names])
    choices = [(*_choice(chosen), kind) for chosen in sets for kind in kinds]
    choices = [choice for choice in choices if choice != (*own, planned.inference)]
    out: dict[str, list[Specification]] = {
        e.arm: [Specification(*own, planned.inference, True, weigh_one(e))]
        for e in planned
        if (e.outcome, e.wave) == sample.key
    }
    for chosen, method, kind in choices:
        try:
            part = ESTIMATORS[method](m, _only(plan, chosen), kind, planned.pupils)
        except DataError:
            continue
        for effect in part.effects:
            out[effect.arm].append(Specification(chosen, method, kind, False, weigh_one(effect)))
    return [Curve(found[0], tuple(sorted(found, key=_favourable)), names) for found in out.values()]


def _choice(
    chosen: tuple[str, ...], method: Method = Method.ADJUSTED
) -> tuple[tuple[str, ...], Method]:
    """Adjusted for nothing is the difference."""
    plain = method in (Method.DIFFERENCE, Method.ADJUSTED)
    return chosen, (Method.ADJUSTED if chosen else Method.DIFFERENCE) if plain else method


def _only(plan: Plan, chosen: tuple[str, ...]) -> Plan:
    """The plan that adjusts for these alone."""
    covariates = tuple(name for name in plan.covariates if name in chosen)
    baseline = plan.baseline if set(chosen) - set(plan.covariates) else None
    categories = tuple(c for c in plan.categories if c in (*covariates, *plan.balance))
    return replace(plan, covariates=covariates, baseline=baseline, categories=categories)


def _favourable(s: Specification) -> tuple[float, bool]:
    """For sorting: the least favourable first, among equals the planned one first."""
    g = s.finding.g
    return (-math.inf if g is None else g), not s.planned
