"""What was measured, before any comparison: the mean of every arm (of a dose: of everyone)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure import may_leave
from academic_workplace.moments import ClusterMoments, SampleMoments
from academic_workplace.plan import EVERYONE, Plan


@dataclass(frozen=True, slots=True)
class Description:
    """The analysed pupils of one arm: how many, in how many clusters, and their mean.

    ones: for how many of them it holds, when the outcome is 0 or 1 for everyone; None otherwise.
    """

    outcome: str
    wave: str
    arm: str
    pupils: int
    clusters: int
    mean: float | None  # in the outcome's own units
    ones: int | None = None


class Counted(Protocol):
    """A mean of pupils that may be a share of them."""

    @property
    def outcome(self) -> str: ...
    @property
    def wave(self) -> str: ...
    @property
    def pupils(self) -> int: ...
    @property
    def ones(self) -> int | None: ...


def rare(means: Iterable[Counted]) -> set[tuple[str, str]]:
    """Outcomes and waves that, in some arm, hold for too few pupils or for all but too few.

    Then no mean of them may leave: of none, of all, or (the other arms beside a total) of one arm.
    """
    return {
        (m.outcome, m.wave)
        for m in means
        if m.ones is not None and not may_leave(m.ones, m.pupils - m.ones)
    }


def ones_of(m: SampleMoments, at: int, cells: NDArray[np.bool_]) -> int | None:
    """How many pupils have 1 in a column that is 0 or 1 for all pupils; None when it is not.

    Then, and only then, the sum of its squares is its sum, within arms too. at: the column; cells:
    (C,) whose pupils are counted. None as well when pupils have weights.
    """
    if m.counted is not None:
        return None
    o, n = m.origin[at], m.S[:, 0, 0]
    total = m.S[:, 0, at] + n * o
    square = m.S[:, at, at] + 2 * o * m.S[:, 0, at] + n * o**2
    ones = float(total[cells].sum())
    near = 1e-6 * max(float(n.sum()), 1.0)
    binary = abs(float(square.sum() - total.sum())) < near and abs(ones - round(ones)) < near
    whole = bool(np.all((total > -near) & (total < n + near)))
    return round(ones) if binary and whole and abs(square - total).max() < near else None


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
            ones = ones_of(m, len(m.columns) - 1, inside)
            out.append(Description(m.outcome, m.wave, arm, pupils, clusters, mean, ones))
    return tuple(out)
