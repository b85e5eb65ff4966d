"""Whether a new number says more than chance: control limits, runs, change and progress.

Three rules can give a signal, each of them at most once in a hundred new periods by chance alone
(``RARE``); a rule that cannot keep to that with so few periods is not used, and is told.

- OUTSIDE: beyond the limits of chance about the mean of all earlier periods: exact binomial for
  shares, Poisson for counts, each tail that of three standard deviations (Shewhart, 1931). Where
  the earlier periods differ more than chance makes them, the limits are wider by as much.
- SHIFT: the newest k periods all on one side of the median of all of them.
- TREND: the newest k periods each higher, or each lower, than the one before.

How often the last two happen by chance is counted exactly over all orders in which the numbers can
stand (``shift_chance``, ``trend_chance``), for no published table of so few periods could be read;
the counts agree with the Euler numbers of the OEIS (A000111). Anhøj and Olesen (2014, PLoS ONE 9,
e113825) found that the trend rule seldom sees a slow drift: its silence says little.

Numbers may be known within bounds (low, high); what is said then holds whatever they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.agenda import Direction
from academic_workplace.cohorts.transitions.shares import wilson
from academic_workplace.sizes.binary import risk_difference

Floats = NDArray[np.float64]

SIGMA = 3.0
TAIL = float(special.ndtr(-SIGMA))
LEVEL = 0.95
RARE = 0.01  # of new periods that may give a signal by chance, for each rule
ENOUGH = 5  # earlier periods about whose mean limits are drawn
TIMES = (
    4.0  # the earlier periods together hold at least so many times the newest: see outside_chance
)
EXPECTED = 5.0  # with the outcome, and without, in the newest: with fewer its tails are too coarse


class Rule(StrEnum):
    """What makes a signal."""

    OUTSIDE = "outside the limits"
    SHIFT = "a shift"
    TREND = "a trend"


class Side(StrEnum):
    """Which way something moved; UNCLEAR where chance can do as much."""

    UP = "up"
    DOWN = "down"
    UNCLEAR = "unclear"


class State(StrEnum):
    """What the numbers of an indicator tell of chance. There is no red, amber or green."""

    SIGNAL = "signal"
    WITHIN = "within what chance gives"
    TOO_FEW = "too few to say"
    NO_DATA = "no data"


class Progress(StrEnum):
    """Where an indicator stands beside its target, with its interval."""

    REACHED = "reached"
    NOT_REACHED = "not reached"
    UNCLEAR = "too early to say"
    NO_TARGET = "no target"


@dataclass(frozen=True, slots=True)
class Counted:
    """One number: from low to high counted, of n (None: a count of its own)."""

    low: int
    high: int
    n: int | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """The share, or the count itself."""
        of = 1 if self.n is None else self.n
        return self.low / of, self.high / of

    @property
    def each(self) -> range:
        """Every count that it can be."""
        return range(self.low, self.high + 1)


# ---------------------------------------------------------------- limits


def binomial_limits(n: int, share: float, tail: float = TAIL) -> tuple[int, int]:
    """The least and the most of n that are no rare chance: P(X < least) and P(X > most) <= tail.

    >>> binomial_limits(20, 0.5)
    (4, 16)
    """
    k = np.arange(n + 1, dtype=float)
    least = int((special.bdtr(k, n, share) <= tail).sum())
    return least, int((special.bdtrc(k, n, share) > tail).sum())


def poisson_limits(mean: float, tail: float = TAIL) -> tuple[int, int]:
    """The same of a count with this mean.

    >>> poisson_limits(25.0)
    (11, 41)
    """
    k = np.arange(math.ceil(mean + 12 * math.sqrt(mean + 1) + 12), dtype=float)
    least = int((special.pdtr(k, mean) <= tail).sum())
    return least, int((special.pdtrc(k, mean) > tail).sum())


def outside_chance(n: int, earlier: int, share: float) -> float:
    """How often a new period lies outside, though nothing changed, when the mean about which limits
    are drawn is itself that of ``earlier`` pupils: exact, over both counts.

    At most 0.7 % where ``earlier`` is ``TIMES`` n or more, and n holds ``EXPECTED`` of both kinds
    (n up to 500); with fewer it can be over 10 %.
    """
    now = _binomial(n, share)
    below = np.concatenate([[0.0], np.cumsum(now)])
    out = 0.0
    for x, chance in enumerate(_binomial(earlier, share)):
        if chance > 1e-12:
            least, most = binomial_limits(n, x / earlier)
            out += float(chance * (below[least] + 1 - below[min(most, n) + 1]))
    return out


def _binomial(n: int, p: float) -> Floats:
    """(n + 1,) the chance of each count."""
    k = np.arange(n + 1, dtype=float)
    logs = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return np.asarray(np.exp(logs + special.xlogy(k, p) + special.xlog1py(n - k, -p)))


# ---------------------------------------------------------------- runs


@cache
def shift_chance(periods: int, k: int) -> float:
    """How often the newest k of these periods all lie on one side of their median, by chance.

    All orders of different numbers are equally likely; half of them, rounded down, lie above.

    >>> round(shift_chance(10, 5), 4)
    0.0079
    """
    above = periods // 2
    if k > above:
        return 0.0
    return 2 * math.comb(periods - k, above - k) / math.comb(periods, above)


@cache
def trend_chance(k: int) -> float:
    """How often k numbers in a random order each lie above the one before, or each below."""
    return 2 / math.factorial(k)


@cache
def shortest_shift(periods: int) -> int | None:
    """The least k for which a shift is rare by chance; None when no k is with so few periods."""
    fits = (k for k in range(2, periods // 2 + 1) if shift_chance(periods, k) <= RARE)
    return next(fits, None)


@cache
def shortest_trend(periods: int) -> int | None:
    """The least k for which a trend is rare by chance; None when there are fewer periods."""
    k = next(k for k in range(2, 20) if trend_chance(k) <= RARE)
    return k if k <= periods else None


def first_possible() -> int:
    """The number of periods from which on any rule can give a signal."""
    return next(
        n for n in range(1, 100)
        if n > ENOUGH or shortest_trend(n) is not None or shortest_shift(n) is not None
    )  # fmt: skip


# ---------------------------------------------------------------- the chart


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers over periods, and what they tell of chance.

    centre: the mean of the earlier periods (low, high); None when there are none. limits: per
    number, as shares or counts; None where too few periods stand before. phi: how many times more
    the earlier periods vary than chance makes them, 1 at least. possible: the rules that so many
    periods allow. signals: those that were met, and which way. chance: how often one of the
    possible rules is met by chance alone in a new period, at most.
    """

    numbers: tuple[Counted, ...]
    centre: tuple[float, float] | None
    limits: tuple[tuple[float, float], ...] | None
    phi: float
    possible: tuple[Rule, ...]
    signals: tuple[tuple[Rule, Side], ...]
    chance: float

    @property
    def state(self) -> State:
        """What it comes to."""
        if not self.numbers:
            return State.NO_DATA
        if self.signals:
            return State.SIGNAL
        return State.WITHIN if self.possible else State.TOO_FEW


def chart(numbers: Sequence[Counted]) -> Chart:
    """The chart of the numbers of one indicator, earliest first; all shares or all counts."""
    numbers = tuple(numbers)
    earlier = numbers[:-1]
    centre = _centre(earlier) if earlier else None
    phi = 1.0 if centre is None or len(earlier) < 2 else _phi(earlier, centre)
    possible: list[Rule] = []
    signals: list[tuple[Rule, Side]] = []
    chance, limits = 0.0, None
    if centre is not None and len(earlier) >= ENOUGH and _holds(numbers[-1], earlier, centre):
        possible.append(Rule.OUTSIDE)
        chance += RARE
        counts = [_limits(one, centre, phi) for one in numbers]
        limits = tuple((a / (one.n or 1), b / (one.n or 1))
                       for (a, b), one in zip(counts, numbers, strict=True))  # fmt: skip
        least, most = counts[-1]
        signals += _found(Rule.OUTSIDE, numbers[-1].low > most, numbers[-1].high < least)
    if (k := shortest_shift(len(numbers))) is not None:
        possible.append(Rule.SHIFT)
        chance += shift_chance(len(numbers), k)
        ends = [one.bounds for one in numbers]
        low, high = median(a for a, _ in ends), median(b for _, b in ends)
        signals += _found(Rule.SHIFT, all(a > high for a, _ in ends[-k:]),
                          all(b < low for _, b in ends[-k:]))  # fmt: skip
    if (k := shortest_trend(len(numbers))) is not None:
        possible.append(Rule.TREND)
        chance += trend_chance(k)
        ends = [one.bounds for one in numbers[-k:]]
        pairs = list(pairwise(ends))
        signals += _found(Rule.TREND, all(b[0] > a[1] for a, b in pairs),
                          all(b[1] < a[0] for a, b in pairs))  # fmt: skip
    return Chart(numbers, centre, limits, phi, tuple(possible), tuple(signals), chance)


def _found(rule: Rule, up: bool, down: bool) -> list[tuple[Rule, Side]]:
    return [(rule, Side.UP)] if up else [(rule, Side.DOWN)] if down else []


def _centre(numbers: Sequence[Counted]) -> tuple[float, float]:
    """The share of all together, or the mean count."""
    of = sum(1 if one.n is None else one.n for one in numbers)
    return sum(one.low for one in numbers) / of, sum(one.high for one in numbers) / of


def _phi(numbers: Sequence[Counted], centre: tuple[float, float]) -> float:
    """Pearson's chi-square over its degrees of freedom, 1 at least; of hidden numbers no less than
    it can be, since every number and the mean are taken where they lie furthest apart."""
    counts = numbers[0].n is None
    least = min(m if counts else m * (1 - m) for m in centre)  # smallest at an end of the bounds
    if least <= 0:
        return math.inf  # nothing is known of chance: no limit is crossed
    square = 0.0
    for one in numbers:
        n = 1 if one.n is None else one.n
        far = max(one.high - n * centre[0], n * centre[1] - one.low)
        square += far**2 / (n * least)
    return max(1.0, square / (len(numbers) - 1))


def _holds(now: Counted, earlier: Sequence[Counted], centre: tuple[float, float]) -> bool:
    """Whether the limits about this centre give few false alarms: see ``outside_chance``."""
    if now.n is None:
        return centre[0] >= EXPECTED
    together = sum(one.n or 0 for one in earlier)
    return together >= TIMES * now.n and now.n * min(centre[0], 1 - centre[1]) >= EXPECTED


def _limits(one: Counted, centre: tuple[float, float], phi: float) -> tuple[int, int]:
    """Counts between which one lies by chance, whatever the centre is within its bounds."""
    tail = float(special.ndtr(-SIGMA * math.sqrt(phi)))
    if one.n is None:
        return poisson_limits(centre[0], tail)[0], poisson_limits(centre[1], tail)[1]
    return binomial_limits(one.n, centre[0], tail)[0], binomial_limits(one.n, centre[1], tail)[1]


# ---------------------------------------------------------------- one number, and two


def interval(one: Counted, level: float = LEVEL) -> tuple[float, float]:
    """Between which shares (or means) a number like this comes about by chance; widest of all that
    it can be.

    Shares: Wilson's (1927) score limits; counts: exact Poisson (Garwood, 1936, Biometrika 28). Each
    pupil counts as independent of the others.
    """
    if one.n is None:
        beyond = (1 - level) / 2
        low = float(special.gammaincinv(one.low, beyond)) if one.low else 0.0
        return low, float(special.gammaincinv(one.high + 1, 1 - beyond))
    return wilson(one.low, one.n, level)[0], wilson(one.high, one.n, level)[1]


@dataclass(frozen=True, slots=True)
class Change:
    """How far a number lies from the one before: a difference of shares, or times a count.

    least, most: of what was counted, alike when nothing is hidden. low, high: with chance, 95 %.
    """

    ratio: bool
    least: float
    most: float
    low: float
    high: float

    @property
    def side(self) -> Side:
        """Which way, when chance alone does not do as much."""
        still = 1.0 if self.ratio else 0.0
        return Side.UP if self.low > still else Side.DOWN if self.high < still else Side.UNCLEAR


def change(before: Counted, now: Counted, level: float = LEVEL) -> Change | None:
    """From one period to the next; None where it cannot be told (a count of 0 before).

    Two shares of different pupils: Newcombe (1998, Stat. Med. 17, method 10). Two counts: how many
    times as large, exact given their sum (Clopper & Pearson, 1934; Przyborowski & Wilenski, 1940).
    Of the same pupils counted twice the interval can be too wide or too narrow. Hidden numbers:
    the widest over all that they can be.
    """
    if now.n is None or before.n is None:
        if before.low == 0:
            return None
        low = _times(before.high, now.low, level)[0]
        high = _times(before.low, now.high, level)[1]
        return Change(True, now.low / before.high, now.high / before.low, low, high)
    found = [
        risk_difference(
            y / now.n, x / before.n, n_treated=now.n, n_comparison=before.n, level=level
        )
        for x, y in ((before.high, now.low), (before.low, now.high))
    ]
    lows = [size.low for size in found if size.low is not None]
    highs = [size.high for size in found if size.high is not None]
    return Change(False, found[0].value, found[1].value, min(lows), max(highs))


def _times(before: int, now: int, level: float) -> tuple[float, float]:
    """Limits of how many times as large: those of the share of ``now`` in both together."""
    beyond = (1 - level) / 2
    low = float(special.betaincinv(now, before + 1, beyond)) if now else 0.0
    high = float(special.betaincinv(now + 1, before, 1 - beyond))
    return low / (1 - low), high / (1 - high) if high < 1 else math.inf


def progress(one: Counted, target: float | None, direction: Direction) -> Progress:
    """Whether the whole interval lies on the good side of the target, or on the other."""
    if target is None:
        return Progress.NO_TARGET
    low, high = interval(one)
    if direction is Direction.LOWER:
        low, high, target = -high, -low, -target
    if low >= target:
        return Progress.REACHED
    return Progress.NOT_REACHED if high < target else Progress.UNCLEAR
