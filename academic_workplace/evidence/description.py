"""What was measured, before any comparison: the mean of every arm (of a dose: of everyone)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure import (
    Reason,
    all_alike,
    enough_units,
    may_leave,
    why_withheld,
)
from academic_workplace.effects.result import Effect
from academic_workplace.linear import EPS
from academic_workplace.moments import ClusterMoments, SampleMoments
from academic_workplace.plan import EVERYONE, Plan


@dataclass(frozen=True, slots=True)
class Description:
    """The analysed pupils of one arm: how many, in how many clusters, and their mean.

    ones: for how many of them it holds, when the outcome is 0 or 1 for everyone; None otherwise.
    sizes: pupils of each cluster. alike: whether all of them have the same score.
    """

    outcome: str
    wave: str
    arm: str
    pupils: int
    clusters: int
    mean: float | None  # in the outcome's own units
    ones: int | None = None
    sizes: tuple[int, ...] = ()
    alike: bool = False


class Counted(Protocol):
    """A mean of pupils that may be a share of them."""

    @property
    def outcome(self) -> str: ...
    @property
    def wave(self) -> str: ...
    @property
    def arm(self) -> str: ...
    @property
    def pupils(self) -> int: ...
    @property
    def ones(self) -> int | None: ...
    @property
    def sizes(self) -> tuple[int, ...]: ...
    @property
    def alike(self) -> bool: ...


# ---------------------------------------------------------------- what may leave


def rare_share(ones: int, of: int) -> bool:
    """Whether something holds for too few pupils, or for all but too few: for none and for all too.

    Which of the two is never told apart: that would tell more than the number that stays inside.
    """
    return all_alike(ones, of) or any(n > 0 and not may_leave(n) for n in (ones, of - ones))


def rare(means: Iterable[Counted]) -> set[tuple[str, str]]:
    """Outcomes and waves that, in some arm, hold for too few pupils or for all but too few, or for
    which all pupils of an arm have the same score.

    Then no mean of them may leave: of none, of all, or (the other arms beside a total) of one arm.
    """
    return {(m.outcome, m.wave) for m in means if m.alike or _is_rare(m)}


def _is_rare(m: Counted) -> bool:
    return m.ones is not None and rare_share(m.ones, m.pupils)


def withheld_means(means: Iterable[Counted]) -> dict[tuple[str, str, str], tuple[Reason, ...]]:
    """Why a mean stays inside, by outcome, wave and arm; of those that may leave there is nothing.

    A mean of fewer pupils or clusters than the rules ask stays inside by itself: no effect of that
    arm leaves either (``why_effect``), so that nothing tells it. A mean in which one cluster has
    most pupils does have an effect that leaves, and beside it any other mean would tell that one:
    so all arms go. They all go as well where few have something, or all but few (``rare``).
    """
    found = list(means)
    scarce, out = rare(found), dict[tuple[str, str, str], tuple[Reason, ...]]()
    own = {(m.outcome, m.wave, m.arm): why_withheld(m.pupils, units=m.sizes) for m in found}
    most = {key[:2] for key, reasons in own.items() if reasons == (Reason.DOMINANCE,)}
    for key, reasons in own.items():
        more = (Reason.ALIKE,) if key[:2] in scarce else ()
        if key[:2] in most and not reasons:
            more = (*more, Reason.FOLLOWS)
        if reasons or more:
            out[key] = (*reasons, *more)
    return out


def why_effect(
    effect: Effect, cells: Sequence[Counted] = (), fitted: tuple[int, int] | None = None
) -> tuple[Reason, ...]:
    """Every reason why nothing of an effect may leave, by the rules that hold now; () when it may.

    An arm of too few pupils or clusters tells of a few pupils, or of one school. Of an outcome of 0
    and 1 the difference p1 - p0 = a / n1 - b / n0 in full precision gives a and b away, and so do
    the standard deviation, g and the errors that come from it: harmless unless a share is rare.
    With almost as many terms as pupils a model tells of pupils: pupils less terms are the degrees
    of freedom of the output guidelines of Statistics Netherlands (as ODISSEI's
    metasyn-disclosure-control sums them up: at least 10), not those of Satterthwaite.

    cells: the arms of its analysis, as far as known. fitted: pupils and terms of its model.
    """
    out = []
    earlier = [c.pupils for c in cells if c.wave != effect.wave]  # of other pupils, at the baseline
    if not may_leave(effect.pupils_arm, effect.pupils_comparison, *earlier):
        out.append(Reason.FEW)
    if not enough_units(np.ones(min(effect.clusters_arm, effect.clusters_comparison))):
        out.append(Reason.UNITS)
    if rare(cells):
        out.append(Reason.ALIKE)
    if fitted is not None:
        pupils, terms = fitted
        out += [r for r in why_withheld(pupils, terms=terms) if r is Reason.DEGREES]
    return tuple(out)


def spread_told(effect: Effect) -> bool:
    """Whether it may be told how alike pupils of one cluster are, and how much pupils differ.

    With two clusters in an arm these and the error of the difference give how far the two are
    apart, and with the mean of the arm that of each, but for which is which. So every arm needs a
    cluster more than the rules ask behind a number.
    """
    least = min(effect.clusters_arm, effect.clusters_comparison)
    return enough_units(np.ones(max(least - 1, 0)))


def ones_of(m: SampleMoments, at: int, cells: NDArray[np.bool_]) -> int | None:
    """How many pupils have 1 in a column that is 0 or 1 for all pupils; None when it is not.

    Then, and only then, the sum of its squares is its sum, within arms too. at: the column; cells:
    (C,) whose pupils are counted, whatever their weights.
    """
    if m.counted is not None:
        known = None if m.ones is None else m.ones[:, at]
        return None if known is None or np.isnan(known).any() else round(float(known[cells].sum()))
    o, n = m.origin[at], m.S[:, 0, 0]
    if not len(n):  # nobody was analysed
        return None
    total = m.S[:, 0, at] + n * o
    square = m.S[:, at, at] + 2 * o * m.S[:, 0, at] + n * o**2
    ones = float(total[cells].sum())
    near = 1e-6 * max(float(n.sum()), 1.0)
    binary = abs(float(square.sum() - total.sum())) < near and abs(ones - round(ones)) < near
    whole = bool(np.all((total > -near) & (total < n + near)))
    return round(ones) if binary and whole and abs(square - total).max() < near else None


def alike_of(m: SampleMoments, at: int, cells: NDArray[np.bool_]) -> bool:
    """Whether all pupils of some cells have the same value in a column, but for rounding.

    at: the column; cells: (C,). Of a single pupil that is no news.
    """
    n, total, square = m.S[cells][:, [0, 0, at], [0, at, at]].sum(axis=0)
    if n < 2:
        return False
    rounding = 64 * EPS * square + n * (8 * EPS * m.origin[at]) ** 2
    return bool(square - total**2 / n <= rounding)


def sizes_of(m: SampleMoments, cells: NDArray[np.bool_]) -> tuple[int, ...]:
    """How many pupils of some cells each cluster has. cells: (C,)."""
    each: dict[str, float] = {}
    for cluster, n in zip(np.array(m.clusters)[cells], m.pupils[cells], strict=True):
        each[cluster] = each.get(cluster, 0.0) + float(n)
    return tuple(round(n) for n in each.values() if n > 0.5)


def descriptions(moments: ClusterMoments, plan: Plan) -> tuple[Description, ...]:
    """One per analysis and arm, in their order. Means are weighted, counts are not.

    Where every wave has other pupils, those of the wave itself.
    """
    return _described((m.at(m.wave) if plan.repeated else m for m in moments.samples), plan)


def at_baseline(moments: ClusterMoments, plan: Plan) -> tuple[Description, ...]:
    """The same of the other pupils that a plan compares with: those at the baseline."""
    if not plan.repeated:
        return ()
    start = str(plan.baseline)
    return _described((replace(m.at(start), wave=start) for m in moments.samples), plan)


def _described(samples: Iterable[SampleMoments], plan: Plan) -> tuple[Description, ...]:
    out = []
    for m in samples:
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
            last = len(m.columns) - 1
            ones, alike = ones_of(m, last, inside), alike_of(m, last, inside)
            sizes = sizes_of(m, inside)
            out.append(
                Description(m.outcome, m.wave, arm, pupils, clusters, mean, ones, sizes, alike)
            )
    return tuple(out)
