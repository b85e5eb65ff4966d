"""Would the answer stand without one of the clusters? Estimated again without each.

For the researcher: the result names the clusters. A report gives the range and names none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from academic_workplace.effects import ESTIMATORS, Effect, Effects
from academic_workplace.effects.multilevel import multilevel
from academic_workplace.effects.result import Estimated, from_moments
from academic_workplace.errors import DataError
from academic_workplace.evidence.weighing import Finding, Verdict, weigh_one
from academic_workplace.intake.pupils import ALONE
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Method
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

CANNOT = Text(
    "Zonder dit cluster is het verschil niet te berekenen.",
    "Without this cluster the difference cannot be computed.",
)


@dataclass(frozen=True, slots=True)
class Without:
    """An effect estimated again without one cluster. pupils: how many of it were analysed.

    finding: None when it could not be estimated, and ``reason`` says why.
    """

    cluster: str
    pupils: int
    finding: Finding | None
    reason: Text | None = None

    @property
    def estimate(self) -> float | None:
        return self.finding.effect.estimate if self.finding else None

    @property
    def verdict(self) -> Verdict:
        return self.finding.verdict if self.finding else Verdict.NO_ANSWER


@dataclass(frozen=True, slots=True)
class Influence:
    """One effect, and the same without each of its clusters."""

    finding: Finding
    without: tuple[Without, ...]

    @property
    def effect(self) -> Effect:
        return self.finding.effect

    @property
    def range(self) -> tuple[float, float] | None:
        """The smallest and largest estimate without a cluster, in the outcome's own units."""
        found = [w.estimate for w in self.without if w.estimate is not None]
        return (min(found), max(found)) if found else None

    @property
    def most(self) -> Without | None:
        """The cluster whose absence moves the estimate most."""
        full = self.effect.estimate
        moved = [
            (abs(w.estimate - full), w)
            for w in self.without
            if w.estimate is not None and full is not None
        ]
        return max(moved, key=lambda pair: pair[0])[1] if moved else None

    @property
    def changed(self) -> tuple[Without, ...]:
        """The clusters without which the verdict is another; those without an answer apart."""
        return tuple(
            w for w in self.without if w.verdict not in (self.finding.verdict, Verdict.NO_ANSWER)
        )

    @property
    def unanswered(self) -> tuple[Without, ...]:
        """The clusters without which there is no answer any more."""
        if self.finding.verdict is Verdict.NO_ANSWER:
            return ()
        return tuple(w for w in self.without if w.verdict is Verdict.NO_ANSWER)

    def to_dict(self) -> dict[str, object]:
        """The summary as plain values, naming the cluster that moves it most."""
        low, high = self.range or (None, None)
        return {
            "outcome": self.effect.outcome,
            "wave": self.effect.wave,
            "arm": self.effect.arm,
            "estimate": self.effect.estimate,
            "lowest": low,
            "highest": high,
            "most": self.most.cluster if self.most else None,
            "verdict": self.finding.verdict.value,
            "clusters": len(self.without),
            "changed": len(self.changed),
            "unanswered": len(self.unanswered),
        }

    def explain(self, language: str = "nl") -> str:
        """How far one cluster moves the answer; names none. Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.robustness import influence_sentence

        return influence_sentence(self, language)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Influences(Items[Influence]):
    """Every effect of a study without each of its clusters, in the order of the effects."""

    def __repr__(self) -> str:
        return f"Influences({len(self)} effects)"

    def table(self) -> pd.DataFrame:
        """A row per effect and cluster left out, in full precision."""
        rows = [
            {
                "outcome": item.effect.outcome,
                "wave": item.effect.wave,
                "arm": item.effect.arm,
                "without": w.cluster,
                "pupils": w.pupils,
                "estimate": w.estimate,
                "low": w.finding.effect.low if w.finding else None,
                "high": w.finding.effect.high if w.finding else None,
                "g": w.finding.effect.g if w.finding else None,
                "verdict": w.verdict.value,
            }
            for item in self
            for w in item.without
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, object]:
        """The summary of every effect as plain values."""
        return {"effects": [item.to_dict() for item in self]}

    def explain(self, language: str = "nl") -> str:
        """How far one cluster moves the first effect, in Dutch (``nl``) or English (``en``)."""
        return self[0].explain(language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """Every effect, and where it lies without each of the clusters."""
        from academic_workplace.report.figures.robustness import plot_influence

        return plot_influence(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.robustness import influence_drawing

        return influence_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def leave_one_out(effects: Effects) -> Influences:
    """Every effect estimated again without each cluster, by the same method and inference.

    Works from the moments: what needs rows (assigning pupils again) has no answer here. Summed
    over the clusters, the squared changes of a least-squares estimate are its CR3 variance.
    A pupil who stands alone (``Plan.alone``) is not left out: that would tell of one person.
    """
    effects = from_moments(effects)
    by_key = {m.key: m for m in effects.moments.samples}
    with one_thread():
        out = {key: _without_each(effects, by_key[key]) for key in _keys(effects)}
    return Influences(
        tuple(
            Influence(weigh_one(e), tuple(found[e.arm] for found in out[e.outcome, e.wave]))
            for e in effects
        )
    )


def _keys(effects: Effects) -> list[tuple[str, str]]:
    return list(dict.fromkeys((e.outcome, e.wave) for e in effects))


def _without_each(effects: Effects, m: SampleMoments) -> list[dict[str, Without]]:
    """Per cluster of an analysis: every arm's effect without it."""
    arms = [e.arm for e in effects if (e.outcome, e.wave) == m.key]
    label = np.array(m.clusters)
    alone = ALONE if effects.plan.alone else None
    names = [n for n in dict.fromkeys(m.clusters) if alone is None or not n.startswith(alone)]
    return [_one(effects, m, label != name, name, arms) for name in names]


def _one(
    effects: Effects, m: SampleMoments, keep: np.ndarray, name: str, arms: list[str]
) -> dict[str, Without]:
    pupils, rest = round(float(m.pupils[~keep].sum())), m.of(keep)
    try:
        part = _estimated(effects, rest)
    except DataError as error:  # a covariate that only this cluster made vary
        reason = error.faults[0].rule
        return {arm: Without(name, pupils, None, reason) for arm in arms}
    by_arm = {effect.arm: effect for effect in part.effects}
    return {arm: _told(name, pupils, by_arm.get(arm)) for arm in arms}


def _estimated(effects: Effects, rest: SampleMoments) -> Estimated:
    """By the same method; of a multilevel model the effects, as nothing behind them is asked."""
    if effects.method is Method.MULTILEVEL:
        return multilevel(rest, effects.plan, effects.inference, detailed=False)
    return ESTIMATORS[effects.method](rest, effects.plan, effects.inference, None)


def _told(name: str, pupils: int, effect: Effect | None) -> Without:
    if effect is None or effect.estimate is None:
        return Without(name, pupils, None, effect.reason if effect else CANNOT)
    return Without(name, pupils, weigh_one(effect), effect.reason)
