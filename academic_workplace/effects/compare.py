"""The same effects by several ways of inference, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from academic_workplace.effects.result import Effect, Effects, estimated
from academic_workplace.language import both
from academic_workplace.plan import TWO_WAYS, Allocation, Inference, Level, Plan

SIDE_BY_SIDE = (Inference.CR2, Inference.WILD, Inference.RANDOMISATION)
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
    than 4 degrees of freedom: then the wild bootstrap. Ways that cannot reject are passed over;
    None when none can.
    """
    able = [way for way, e in found.items() if rejects(e) is not None]
    first = next(iter(found.values()))
    plan = first.plan
    by_lot = plan.allocation is Allocation.LOT and plan.assigned is Level.CLUSTER
    if by_lot and Inference.RANDOMISATION in able:
        return Inference.RANDOMISATION
    df = found[Inference.CR2].df if Inference.CR2 in found else None
    rough = df is None or df < ROUGH
    order = [Inference.WILD, Inference.CR2] if rough else [Inference.CR2, Inference.WILD]
    return next((way for way in (*order, *able) if way in able), None)


def compare(effects: Effects, ways: tuple[Inference, ...] = SIDE_BY_SIDE) -> Comparison:
    """Estimate again by each way of inference; ways that the method cannot have are left out.

    What it was estimated with comes first when it is none of ``ways``. With a second division
    (``Plan.crossed``) the two-way variance takes the place of CR2.
    """
    from academic_workplace.effects import CANNOT, estimate

    effects = estimated(effects)
    wanted = dict.fromkeys(w for w in ways if w not in CANNOT[effects.method])
    if effects.plan.crossed is not None:
        instead = (Inference.TWO_WAY if w is Inference.CR2 else w for w in wanted)
        wanted = dict.fromkeys(w for w in instead if w in TWO_WAYS)
    if effects.inference not in wanted:
        wanted = {effects.inference: None} | wanted
    data = effects.moments if effects.pupils is None else effects.pupils
    found = []
    for way in wanted:
        if way is effects.inference:
            found.append(tuple(effects))
        else:
            again = estimate(data, effects.plan, method=effects.method, inference=way)
            found.append(tuple(again))
    return Comparison(effects.plan, tuple(wanted), tuple(found))
