"""What was measured, before any comparison: the mean of every arm (of a dose: of everyone)."""

from __future__ import annotations

from dataclasses import dataclass

from academic_workplace.moments import ClusterMoments
from academic_workplace.plan import EVERYONE, Plan


@dataclass(frozen=True, slots=True)
class Description:
    """The analysed pupils of one arm: how many, in how many clusters, and their mean."""

    outcome: str
    wave: str
    arm: str
    pupils: int
    clusters: int
    mean: float | None  # in the outcome's own units


def descriptions(moments: ClusterMoments, plan: Plan) -> tuple[Description, ...]:
    """One per analysis and arm, in their order. Means are weighted, counts are not."""
    out = []
    for m in moments.samples:
        totals, whole = m.totals, m.S.sum(axis=0)
        for j, name in enumerate(m.columns):
            arm = EVERYONE if j == 0 and plan.dose else name.removeprefix(f"{plan.treatment}=")
            if arm == name:
                continue
            inside = m.count(name) > 0.5
            pupils, n = round(float(m.count(name).sum())), float(totals[:, j].sum())
            total = float(whole[j, -1] + m.origin[j] * whole[0, -1] + m.origin[-1] * n)
            clusters = len({c for c, here in zip(m.clusters, inside, strict=True) if here})
            mean = total / n if n else None
            out.append(Description(m.outcome, m.wave, arm, pupils, clusters, mean))
    return tuple(out)
