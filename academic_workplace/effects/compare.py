"""The same effects by several ways of inference, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from academic_workplace.effects.methods import ESTIMATED, inferences
from academic_workplace.effects.multilevel import with_random_clusters
from academic_workplace.effects.regression import covariate_columns
from academic_workplace.effects.result import Effect, Effects, estimated
from academic_workplace.intake.layout import samples
from academic_workplace.language import both
from academic_workplace.plan import (
    COMPARING,
    TWO_WAYS,
    Allocation,
    Inference,
    Level,
    Method,
    Missing,
    Plan,
)
from academic_workplace.threads import one_thread

SIDE_BY_SIDE = (
    Inference.CR2, Inference.WILD, Inference.RANDOMISATION, Inference.KENWARD_ROGER,
)  # fmt: skip
MODEL = (Inference.KENWARD_ROGER, Inference.SATTERTHWAITE)  # ways of the multilevel model alone
BESIDE = (Method.DIFFERENCE, Method.ADJUSTED, Method.MULTILEVEL)  # which it may stand next to
REJECTS = 0.05
ROUGH = 4  # degrees of freedom below which CR2 is itself rough


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """Effects by several ways of inference: ``effects[i][j]`` is way i, effect j."""

    plan: Plan
    ways: tuple[Inference, ...]
    effects: tuple[tuple[Effect, ...], ...]

    def __repr__(self) -> str:
        return f"Comparison({', '.join(way.value for way in self.ways)})"

    def each(self) -> list[dict[Inference, Effect]]:
        """Per effect, its results by way of inference."""
        return [
            dict(zip(self.ways, found, strict=True)) for found in zip(*self.effects, strict=True)
        ]

    def table(self) -> pd.DataFrame:
        """A row per effect and way, in full precision. rejects: p at most 0.05; None without p."""
        rows = [
            {
                "outcome": e.outcome, "wave": e.wave, "arm": e.arm, "inference": way.value,
                "estimate": e.estimate, "se": e.se, "df": e.df, "low": e.low, "high": e.high,
                "p_value": e.p_value, "rejects": rejects(e), "believe": way is believe(found),
            }
            for found in self.each()
            for way, e in found.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """Whether the ways agree on the primary outcome, and which to believe otherwise."""
        from academic_workplace.report.comparing import comparison_sentence

        return comparison_sentence(self, language)

    def _repr_html_(self) -> str:
        table = self.table().map(lambda v: f"{v:.4g}" if isinstance(v, float) else v)
        shown = table.to_html(index=False, border=0)
        return f"{both(self.explain)}{shown}"


def rejects(effect: Effect) -> bool | None:
    """Whether the test rejects no difference at 5 %; None when it cannot ever, or has no p."""
    if effect.p_value is None or effect.reason is not None:
        return None
    return effect.p_value <= REJECTS


def disagree(found: dict[Inference, Effect]) -> bool:
    """Whether the ways that can tell come to different answers."""
    return len({rejects(e) for e in found.values()} - {None}) > 1


def believe(found: dict[Inference, Effect]) -> Inference | None:
    """Which way to go by, known before its answer is.

    After a lot over clusters, the randomisation test: its p-value supposes nothing but the lot
    (its limits suppose the same difference for everyone as well). Otherwise, also after a lot over
    pupils within schools, whose effects may differ from school to school: CR2, unless it has fewer
    than 4 degrees of freedom: then the wild bootstrap. Of arms made alike by weights: the
    jackknife, which makes the weights again without every cluster. Ways that cannot reject are
    passed over; None when none can.
    """
    able = [way for way, e in found.items() if rejects(e) is not None]
    first = next(iter(found.values()))
    plan = first.plan
    by_lot = plan.allocation is Allocation.LOT and plan.assigned is Level.CLUSTER
    if by_lot and Inference.RANDOMISATION in able:
        return Inference.RANDOMISATION
    if set(found) <= {*ESTIMATED, Inference.CR2} and set(found) & {*ESTIMATED}:
        order = [Inference.JACKKNIFE, Inference.CR2, Inference.INFLUENCE]
        return next((way for way in order if way in able), None)
    df = found[Inference.CR2].df if Inference.CR2 in found else None
    rough = df is None or df < ROUGH
    order = [Inference.WILD, Inference.CR2] if rough else [Inference.CR2, Inference.WILD]
    return next((way for way in (*order, *able) if way in able), None)


def compare(effects: Effects, ways: tuple[Inference, ...] = SIDE_BY_SIDE) -> Comparison:
    """Estimate again by each way of inference; ways that the method cannot have are left out.

    What it was estimated with comes first when it is none of ``ways``. Of arms made alike by
    weights or matching they are that method's own, whatever was asked. With a second division
    (``Plan.crossed``) the two-way variance takes the place of CR2. The multilevel model stands next
    to a difference or an adjusted one (with the same covariates), and they next to it; not with
    weights, nor where it cannot be had (blocks that are the clusters). Its estimate is its own: it
    weighs clusters by what their means tell.
    """
    from academic_workplace.effects import CANNOT, estimate

    effects = estimated(effects)
    plan, method = effects.plan, regression_of(effects)
    if method in COMPARING:  # CR2 beside another only where it counts that weights were estimated
        ways = tuple(w for w in inferences(method) if w in (*ESTIMATED, inferences(method)[0]))[:2]
    modelled = effects.method in BESIDE and plan.weights is None
    wanted = dict.fromkeys(
        way for way in ways if (modelled if way in MODEL else way not in CANNOT[method])
    )
    if plan.crossed is not None:
        instead = (Inference.TWO_WAY if w is Inference.CR2 else w for w in wanted)
        wanted = dict.fromkeys(w for w in instead if w in TWO_WAYS)
    if plan.missing is Missing.IMPUTED:  # other ways would be about other pupils
        wanted = {}
    if effects.inference not in wanted:
        wanted = {effects.inference: None} | wanted
    data = effects.moments if effects.pupils is None else effects.pupils
    found = {}
    for way in wanted:
        if way is effects.inference:
            found[way] = tuple(effects)
        elif way in MODEL:
            again = _modelled(effects, way)
            if any(e.estimate is not None for e in again):
                found[way] = again
        else:
            found[way] = tuple(estimate(data, plan, method=method, inference=way))
    return Comparison(plan, tuple(found), tuple(found.values()))


def regression_of(effects: Effects) -> Method:
    """The method whose inferences are compared: for a multilevel model the regression beside it."""
    if effects.method is not Method.MULTILEVEL:
        return effects.method
    plain = not effects.plan.covariates and effects.plan.baseline is None
    return Method.DIFFERENCE if plain else Method.ADJUSTED


def _modelled(effects: Effects, way: Inference) -> tuple[Effect, ...]:
    """The effects by the multilevel model, with the covariates that they had."""
    plan, by_key = effects.plan, {m.key: m for m in effects.moments.samples}
    out: list[Effect] = []
    with one_thread():
        for sample in samples(plan):
            m = by_key[sample.key]
            plain = effects.method is Method.DIFFERENCE
            covariates = [] if plain else covariate_columns(m, plan)
            out += with_random_clusters(m, plan, covariates, way).effects
    return tuple(out)
