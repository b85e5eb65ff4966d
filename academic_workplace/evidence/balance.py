"""How alike the arms were before the programme, in standard deviations."""

from __future__ import annotations

import math
from dataclasses import dataclass

from academic_workplace.moments import Baseline

START = ("start", "")


@dataclass(frozen=True, slots=True)
class Difference:
    """An arm minus the comparison, for one column known at the start.

    group: everyone at the start, or the pupils of one analysis. smd: the difference in means over
    ``sd``, the pooled standard deviation (n - 1) of the two arms; None when nothing varies.
    """

    group: tuple[str, str]
    column: str
    arm: str
    mean_arm: float
    mean_comparison: float
    smd: float | None
    sd: float | None
    n_arm: int
    n_comparison: int


def differences(baseline: Baseline, comparison: str) -> tuple[Difference, ...]:
    """Every column, arm and group: those at the start first."""
    out = []
    if comparison not in baseline.arms:
        return ()
    c = baseline.arms.index(comparison)
    mean, variance = baseline.mean, baseline.variance
    for g, group in enumerate(baseline.groups):
        for j, name in enumerate(baseline.columns):
            for a, arm in enumerate(baseline.arms):
                if a == c:
                    continue
                n1, n0 = baseline.n[g, a, j], baseline.n[g, c, j]
                smd = sd = None
                if n1 > 1 and n0 > 1:
                    pooled = (n1 - 1) * variance[g, a, j] + (n0 - 1) * variance[g, c, j]
                    sd = math.sqrt(pooled / (n1 + n0 - 2))
                    smd = float((mean[g, a, j] - mean[g, c, j]) / sd) if sd > 0 else None
                means = (float(mean[g, a, j]), float(mean[g, c, j]))
                out.append(Difference(group, name, arm, *means, smd, sd, round(n1), round(n0)))
    return tuple(out)


def largest(parts: tuple[Difference, ...]) -> float | None:
    """The largest standardised difference, without its sign."""
    return max((abs(part.smd) for part in parts if part.smd is not None), default=None)
