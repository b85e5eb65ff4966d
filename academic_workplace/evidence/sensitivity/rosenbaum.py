"""Rosenbaum bounds: how unequal may the chances of twins have been, before chance explains all?

Of two matched pupils one took part. Without hidden bias each was as likely to be that one; with a
hidden difference the odds may be Gamma to 1. In pair s a positive difference then has a chance
between 1 / (1 + Gamma) and Gamma / (1 + Gamma), and the p-value lies between two bounds
(Rosenbaum, 2002, Observational Studies, 2nd ed., sections 4.3 and 4.4).

Pairs are taken to be independent: that pupils of one school are alike is not in these p-values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from academic_workplace.errors import DataError, Fault, PlanError, chosen_of
from academic_workplace.evidence.attrition import real
from academic_workplace.items import Items
from academic_workplace.language import Text, both

Floats = NDArray[np.float64]

ALPHA = 0.05
GAMMAS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
EXACT = 60  # pairs up to which every outcome is counted; beyond, the normal distribution is close
MOST_GAMMA = 1e6  # odds beyond this are not looked for
HALVINGS = 80  # of an interval: more than a float has digits
NUMERICAL = 1e-9  # a count of Walsh averages this near to a whole number is that number


class Statistic(StrEnum):
    """What is added up over the pairs."""

    SIGNED_RANK = "signed rank"  # Wilcoxon's, zeros ranked and then left out (Pratt, 1959)
    SIGN = "sign"  # McNemar's, when differences are -1, 0 and 1
    MEAN = "mean"  # the differences themselves


class Side(StrEnum):
    """Of which kind of difference a p-value is asked."""

    TWO_SIDED = "two-sided"  # twice the smaller, at most 1
    GREATER = "greater"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Bias:
    """The p-values that a hidden bias of ``gamma`` allows, and the estimates.

    estimate_low, estimate_high: Hodges-Lehmann estimates of the shift; None for other statistics
    than the signed rank.
    """

    gamma: float
    p_low: float
    p_high: float
    estimate_low: float | None = None
    estimate_high: float | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RosenbaumBounds(Items[Bias]):
    """Bounds for every gamma asked.

    pairs: how many pairs (or sets); differing: those with a difference. exact: whether all
    outcomes were counted. critical: the largest gamma at which p is still at most ``alpha``; None
    when it is above alpha without any bias, infinite when no bias looked for brings it there.
    """

    pairs: int
    differing: int
    statistic: Statistic
    side: Side
    exact: bool
    alpha: float
    critical: float | None

    def __repr__(self) -> str:
        return f"RosenbaumBounds({self.pairs} pairs)"

    def table(self) -> pd.DataFrame:
        """A row per gamma, in full precision."""
        return pd.DataFrame([asdict(item) for item in self])

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return {
            "pairs": self.pairs,
            "differing": self.differing,
            "statistic": self.statistic.value,
            "side": self.side.value,
            "exact": self.exact,
            "alpha": self.alpha,
            "critical": self.critical,
            "bounds": [asdict(item) for item in self],
        }

    def explain(self, language: str = "nl") -> str:
        """How unequal the chances may have been, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.sensitivity import rosenbaum_sentence

        return rosenbaum_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def rosenbaum_bounds(
    differences: ArrayLike,
    *,
    gammas: Sequence[float] = GAMMAS,
    statistic: Statistic | str = Statistic.SIGNED_RANK,
    side: Side | str = Side.TWO_SIDED,
    alpha: float = ALPHA,
    exact: bool | None = None,
) -> RosenbaumBounds:
    """Bounds for matched pairs. differences: (S,) treated minus comparison.

    exact: count all outcomes, or use the normal distribution; left out, it depends on ``EXACT``
    (the sign statistic is always exact). Pairs without a difference say nothing of the direction.
    Raises DataError on missing numbers or when no pair differs, PlanError on an impossible gamma or
    alpha.

    >>> found = rosenbaum_bounds([3, 5, 4, 6, 2, 7, 1, 8], gammas=[1, 2])
    >>> [round(bias.p_high, 4) for bias in found], round(found.critical, 2)
    ([0.0078, 0.078], 1.71)
    """
    statistic = chosen_of(Statistic, statistic, "statistic")
    side = chosen_of(Side, side, "side")
    _refuse(gammas, alpha)
    d = _differences(differences)
    size: Floats = np.abs(d)
    if statistic is Statistic.SIGN:
        score: Floats = np.sign(size)
    else:
        score = size if statistic is Statistic.MEAN else _ranks(size)
    score, up = score[d != 0], d[d != 0] > 0
    counted = len(score) <= EXACT if exact is None else bool(exact)
    counted = (counted and statistic is Statistic.SIGNED_RANK) or statistic is Statistic.SIGN

    def tail(chance: float, positive: NDArray[np.bool_]) -> float:
        """P(T >= t) when every sign is positive with this chance."""
        t = float(score[positive].sum())
        if statistic is Statistic.SIGN:
            return float(special.bdtrc(t - 1, len(score), chance)) if t > 0 else 1.0
        if counted:
            return _at_least(np.rint(2 * score).astype(int), chance, round(2 * t))
        spread = math.sqrt(chance * (1 - chance) * float(score @ score))
        return float(special.ndtr(-(t - chance * float(score.sum())) / spread))

    p = _two_or_one(side, lambda chance: tail(chance, up), lambda chance: tail(chance, ~up))
    shifts = _hodges_lehmann(d) if statistic is Statistic.SIGNED_RANK else None
    found = []
    for gamma in map(float, gammas):
        high, low = gamma / (1 + gamma), 1 / (1 + gamma)
        ends = (shifts(high), shifts(low)) if shifts else (None, None)
        found.append(Bias(gamma, p(low), p(high), *ends))
    critical = _critical(lambda gamma: p(gamma / (1 + gamma)), alpha)
    return RosenbaumBounds(
        tuple(found), len(d), len(score), statistic, side, counted, alpha, critical
    )


def matched_set_bounds(
    treated: ArrayLike,
    others: Sequence[ArrayLike],
    *,
    gammas: Sequence[float] = GAMMAS,
    side: Side | str = Side.TWO_SIDED,
    alpha: float = ALPHA,
) -> RosenbaumBounds:
    """Bounds for matched sets: one treated pupil with one or more others, as many as there are.

    treated: (S,); others: S arrays. The statistic is the mean difference, with the normal
    distribution: within each set the bias that makes the expectation largest, and of those the
    variance (Gastwirth, Krieger & Rosenbaum, 2000, J. R. Stat. Soc. B 62). Good for many sets.
    Raises as ``rosenbaum_bounds``.
    """
    side = chosen_of(Side, side, "side")
    _refuse(gammas, alpha)
    own, rest = np.asarray(treated, dtype=float), [np.asarray(x, dtype=float) for x in others]
    fits = own.ndim == 1 and len(own) == len(rest) and all(x.ndim == 1 and len(x) for x in rest)
    if not fits:
        rule = Text(
            "Bij elke leerling met de aanpak horen een of meer andere leerlingen.",
            "With every treated pupil belong one or more other pupils.",
        )
        remedy = Text("Geef één lijst per leerling.", "Give one list per pupil.")
        raise DataError([Fault(rule, remedy, column="others")])
    d = _differences([a - x.mean() for a, x in zip(own, rest, strict=True)])
    sets = []
    for a, x in zip(own, rest, strict=True):
        r = np.append(x, a)
        q = (r - r.mean()) * len(r) / len(x)  # what the difference is if that pupil is the treated
        if np.ptp(q) > 0:
            sets.append(np.sort(q))
    if not sets:
        raise _nothing()
    total = float(d.sum())

    def tail(gamma: float, sign: int) -> float:
        moments = [_largest(np.sort(sign * q), gamma) for q in sets]
        mean, variance = (math.fsum(part) for part in zip(*moments, strict=True))
        return float(special.ndtr(-(sign * total - mean) / math.sqrt(variance)))

    p = _two_or_one(side, lambda gamma: tail(gamma, 1), lambda gamma: tail(gamma, -1))
    found = tuple(Bias(gamma, p(1 / gamma), p(gamma)) for gamma in map(float, gammas))
    critical = _critical(p, alpha)
    return RosenbaumBounds(found, len(own), len(sets), Statistic.MEAN, side, False, alpha, critical)


def _largest(q: Floats, gamma: float) -> tuple[float, float]:
    """Expectation and variance of the treated one's q (in order) under the worst hidden bias.

    The worst is 0 for the a lowest and 1 for the others, for some a; with gamma below 1 it is the
    best, and the expectation is the smallest.
    """
    m = len(q)
    weight = np.where(np.arange(m) >= np.arange(1, m)[:, None], gamma, 1.0)
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight @ q
    variance = weight @ q**2 - mean**2
    edge = mean.max() if gamma >= 1 else mean.min()
    near = np.isclose(mean, edge, rtol=1e-12, atol=1e-12 * float(np.abs(q).max()))
    return float(edge), float(variance[near].max())


def _two_or_one(
    side: Side, greater: Callable[[float], float], less: Callable[[float], float]
) -> Callable[[float], float]:
    if side is Side.GREATER:
        return greater
    if side is Side.LESS:
        return less
    return lambda x: min(1.0, 2 * min(greater(x), less(x)))


def _ranks(size: Floats) -> Floats:
    """Ranks from 1, equal ones sharing their mean."""
    _, at, n = np.unique(size, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(n) - (n - 1) / 2)[at]
    return ranks


def _at_least(scores: NDArray[np.intp], chance: float, t: int) -> float:
    """P(T >= t), T the sum of the scores (whole numbers) that fall, each with this chance."""
    total = int(scores.sum())
    density = np.zeros(total + 1)
    density[0] = 1.0
    for score in scores:
        moved = density[: total + 1 - score] * chance
        density *= 1 - chance
        density[score:] += moved
    return min(1.0, float(density[t:].sum()))


def _hodges_lehmann(d: Floats) -> Callable[[float], float]:
    """The shift at which as large a share of the Walsh averages lies above it as is asked.

    Those are (d_i + d_j) / 2, i <= j: the signed rank statistic of d - shift counts the ones above
    0. Where a whole stretch has that share, its middle.
    """
    d = np.sort(d)
    n = len(d)
    walsh = n * (n + 1) // 2

    def above(shift: float) -> int:
        """How many Walsh averages lie above the shift."""
        j = n - np.searchsorted(d, 2 * shift - d, side="right")
        pairs = int(j.sum())
        return (pairs + int(np.sum(d > shift))) // 2

    def first(enough: Callable[[int], bool]) -> float:
        """The smallest shift with so few above it."""
        if enough(above(float(d[0]))):
            return float(d[0])
        low, high = float(d[0]), float(d[-1])
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if enough(above(middle)) else (middle, high)
        return high

    def shift(share: float) -> float:
        count = share * walsh
        low = first(lambda n: n <= count + NUMERICAL)
        high = first(lambda n: n < count - NUMERICAL)
        return (low + high) / 2

    return shift


def _critical(p: Callable[[float], float], alpha: float) -> float | None:
    """The largest gamma with p at most alpha, to all digits."""
    if p(1.0) > alpha:
        return None
    low, high = 1.0, 2.0
    while p(high) <= alpha:
        if high > MOST_GAMMA:
            return math.inf
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if p(middle) <= alpha else (low, middle)
    return low


def _differences(given: ArrayLike) -> Floats:
    d = np.asarray(given, dtype=float)
    if d.ndim != 1 or not np.all(np.isfinite(d)):
        rule = Text("Van elk paar is één verschil nodig.", "Every pair needs one difference.")
        remedy = Text("Laat paren zonder meting weg.", "Leave out the pairs without a measurement.")
        wrong = int(np.sum(~np.isfinite(d))) if d.ndim == 1 else 0
        raise DataError([Fault(rule, remedy, column="differences", count=wrong)])
    if not np.any(d):
        raise _nothing()
    ordered: Floats = np.sort(d)  # so that the order of the pairs does not matter, to the last bit
    return ordered


def _nothing() -> DataError:
    rule = Text("In geen enkel paar is er een verschil.", "No pair has a difference.")
    remedy = Text("Kijk of de uitkomst klopt.", "See whether the outcome is right.")
    return DataError([Fault(rule, remedy, column="differences")])


def _refuse(gammas: Sequence[float], alpha: float) -> None:
    faults = []
    remedy = Text("Verbeter het getal.", "Mend the number.")
    if not all(1 <= real(gamma) <= MOST_GAMMA for gamma in gammas) or not len(gammas):
        rule = Text("Gamma is een getal van 1 of meer.", "Gamma is a number, at least 1.")
        faults.append(Fault(rule, remedy, column="gammas"))
    if not 0 < real(alpha) < 0.5:
        rule = Text("Dit moet tussen 0 en 0,5 liggen.", "This must lie between 0 and 0.5.")
        faults.append(Fault(rule, remedy, column="alpha"))
    if faults:
        raise PlanError(faults)
