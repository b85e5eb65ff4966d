"""Limits, runs, change and progress against formulas and against every possible order."""

from __future__ import annotations

import itertools
import math
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson

from academic_workplace.agenda import Direction
from academic_workplace.monitor import (
    Counted,
    Progress,
    Rule,
    Side,
    State,
    change,
    chart,
    interval,
    progress,
)
from academic_workplace.monitor.charts import (
    ENOUGH,
    EXPECTED,
    RARE,
    TAIL,
    TIMES,
    binomial_limits,
    first_possible,
    outside_chance,
    poisson_limits,
    shift_chance,
    shortest_shift,
    shortest_trend,
    trend_chance,
)


def shares(*counts: int, n: int = 100) -> list[Counted]:
    return [Counted(x, x, n) for x in counts]


def counts(*found: int) -> list[Counted]:
    return [Counted(x, x) for x in found]


# ---------------------------------------------------------------- limits


@pytest.mark.proves("monitor.binomial_limits", "binomial formula, term by term")
def test_limits_of_a_share_are_those_of_the_binomial_formula(agree) -> None:
    found, expected = [], []
    for n, p in itertools.product((5, 12, 40, 97), (0.03, 0.2, 0.5, 0.81)):
        terms = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        below = max(a for a in range(n + 1) if sum(terms[:a]) <= TAIL)
        above = min(b for b in range(n + 1) if sum(terms[b + 1 :]) <= TAIL)
        found.append(binomial_limits(n, p))
        expected.append((below, above))
    agree(found, expected)


@pytest.mark.proves("monitor.poisson_limits", "scipy.stats.poisson")
def test_limits_of_a_count_are_those_of_poisson(agree) -> None:
    means = (0.5, 5.0, 25.0, 160.0, 2400.0)
    expected = []
    for mean in means:
        low = int(stats.poisson.ppf(TAIL, mean))
        low += stats.poisson.cdf(low, mean) <= TAIL
        expected.append((low, int(stats.poisson.isf(TAIL, mean))))
    agree([poisson_limits(mean) for mean in means], expected)


@pytest.mark.proves("monitor.outside_chance", "every pair of counts")
def test_the_chance_of_lying_outside_counts_every_pair(agree) -> None:
    n, earlier, p = 12, 30, 0.3
    total = 0.0
    for x in range(earlier + 1):
        least, most = binomial_limits(n, x / earlier)
        out = [k for k in range(n + 1) if not least <= k <= most]
        total += stats.binom.pmf(x, earlier, p) * sum(stats.binom.pmf(k, n, p) for k in out)
    agree(outside_chance(n, earlier, p), total)


@pytest.mark.parametrize("n", [10, 25, 50, 100, 300])
def test_a_new_period_is_seldom_outside_by_chance(n: int) -> None:
    for p in (0.03, 0.1, 0.2, 0.35, 0.5, 0.8):
        if n * min(p, 1 - p) >= EXPECTED:
            assert outside_chance(n, int(TIMES * n), p) < 0.7 * RARE
    assert outside_chance(20, 40, 0.02) > 10 * RARE  # why so many must stand before


@pytest.mark.parametrize("mean", [5, 10, 60, 300])
def test_a_new_count_is_seldom_outside_by_chance(mean: int) -> None:
    together = ENOUGH * mean
    out = 0.0
    for x in range(int(stats.poisson.ppf(1e-9, together)), int(stats.poisson.isf(1e-9, together))):
        if x / ENOUGH >= EXPECTED:
            least, most = poisson_limits(x / ENOUGH)
            beyond = stats.poisson.cdf(least - 1, mean) + stats.poisson.sf(most, mean)
            out += stats.poisson.pmf(x, together) * beyond
    assert 0 < out < 0.7 * RARE


# ---------------------------------------------------------------- runs


def orders(periods: int) -> np.ndarray:
    return np.array(list(itertools.permutations(range(periods))))


@pytest.mark.proves("monitor.shift_chance", "every order of up to eight numbers")
@pytest.mark.proves("monitor.trend_chance", "every order of up to eight numbers")
def test_runs_are_as_rare_as_over_every_order(agree) -> None:
    for periods in range(2, 9):
        every = orders(periods)
        middle = np.median(every, axis=1)[:, None]
        for k in range(2, periods + 1):
            last = every[:, -k:]
            shift = ((last > middle).all(axis=1) | (last < middle).all(axis=1)).mean()
            steps = np.diff(last)
            trend = ((steps > 0).all(axis=1) | (steps < 0).all(axis=1)).mean()
            agree(shift_chance(periods, k), shift)
            agree(trend_chance(k), trend)


@pytest.mark.proves("monitor.trend_chance", "OEIS A000111 (Euler numbers)")
def test_orders_without_a_trend_of_three_are_the_alternating_ones(agree) -> None:
    # OEIS A000111, read: 1, 1, 1, 2, 5, 16, 61, 272, 1385; twice as many orders alternate.
    for periods, euler in zip(range(3, 9), (2, 5, 16, 61, 272, 1385), strict=True):
        steps = np.sign(np.diff(orders(periods)))
        trends = (steps[:, 1:] == steps[:, :-1]).any(axis=1)
        agree((~trends).sum(), 2 * euler)
        agree((steps[:, -1] == steps[:, -2]).mean(), trend_chance(3))


@pytest.mark.parametrize("periods", range(1, 40))
def test_a_rule_is_used_only_when_it_is_rare(periods: int) -> None:
    k = shortest_shift(periods)
    assert k is None or shift_chance(periods, k) <= RARE
    assert k is None or k == 2 or shift_chance(periods, k - 1) > RARE
    k = shortest_trend(periods)
    assert (k is None) == (periods < 6)
    assert k is None or trend_chance(k) <= RARE < trend_chance(k - 1)


def test_three_periods_can_give_no_signal_whatever_they_are() -> None:
    assert first_possible() == ENOUGH + 1
    for numbers in (shares(1, 50, 99), shares(99, 2, 98), counts(10, 500, 2000)):
        found = chart(numbers)
        assert found.state is State.TOO_FEW
        assert not found.possible
        assert found.limits is None
    assert chart([]).state is State.NO_DATA


# ---------------------------------------------------------------- the chart


def test_a_share_far_from_all_earlier_ones_gives_a_signal() -> None:
    before = (50, 47, 52, 49, 51)
    assert chart(shares(*before, 70)).signals == ((Rule.OUTSIDE, Side.UP),)
    assert chart(shares(*before, 30)).signals == ((Rule.OUTSIDE, Side.DOWN),)
    still = chart(shares(*before, 60))
    assert still.state is State.WITHIN
    assert still.centre == (0.498, 0.498)
    least, most = binomial_limits(100, 0.498)
    assert still.limits is not None
    assert still.limits[-1] == (least / 100, most / 100)


def test_a_count_far_from_all_earlier_ones_gives_a_signal() -> None:
    assert chart(counts(90, 104, 98, 101, 107, 150)).signals == ((Rule.OUTSIDE, Side.UP),)
    assert chart(counts(90, 104, 98, 101, 107, 112)).state is State.WITHIN


def test_limits_are_wider_where_years_differ_more_than_chance() -> None:
    calm, restless = (chart(shares(*x, 68)) for x in ((50, 49, 51, 50, 50), (35, 65, 40, 62, 48)))
    assert calm.phi == 1
    assert restless.phi > 5
    assert (calm.state, restless.state) == (State.SIGNAL, State.WITHIN)


def test_a_hidden_number_lies_outside_only_when_it_does_whatever_it_is() -> None:
    before = shares(50, 47, 52, 49, 51)
    assert chart([*before, Counted(0, 9, 100)]).signals == ((Rule.OUTSIDE, Side.DOWN),)
    assert chart([*before, Counted(60, 75, 100)]).state is State.WITHIN
    assert chart([Counted(40, 60, 100), *before, Counted(64, 66, 100)]).state is State.WITHIN
    assert chart([*shares(50), *before, Counted(66, 66, 100)]).state is State.SIGNAL
    # Five hidden numbers may lie far apart, and then years differ more than chance makes them.
    assert chart([*[Counted(35, 65, 100)] * 5, Counted(85, 85, 100)]).state is State.WITHIN
    assert chart(shares(35, 65, 35, 65, 50, 85)).state is State.WITHIN


@pytest.mark.proves("monitor.Chart", "scipy.stats.chi2_contingency")
def test_phi_is_chi_square_over_its_degrees_of_freedom(agree) -> None:
    x, n = np.array([35, 65, 40, 62, 48]), np.array([90, 110, 100, 95, 100])
    numbers = [Counted(a, a, b) for a, b in zip(x.tolist(), n.tolist(), strict=True)]
    found = stats.chi2_contingency(np.array([x, n - x]), correction=False)
    agree(chart([*numbers, Counted(50, 50, 100)]).phi, found.statistic / found.dof)


def test_too_small_earlier_periods_draw_no_limits() -> None:
    found = chart([*shares(5, 6, 5, 4, 6, n=10), Counted(90, 90, 100)])
    assert Rule.OUTSIDE not in found.possible
    assert found.state is not State.SIGNAL
    assert Rule.OUTSIDE not in chart(shares(1, 0, 2, 1, 1, 9)).possible


def test_shifts_and_trends_need_as_many_periods_as_chance_asks() -> None:
    steps = chart(shares(40, 41, 42, 43, 44, 45))
    assert (Rule.TREND, Side.UP) in steps.signals
    assert (Rule.TREND, Side.DOWN) in chart(shares(45, 44, 43, 42, 41, 40)).signals
    assert chart(shares(40, 41, 42, 42, 44, 45)).state is State.WITHIN  # a tie is no rise
    high = chart(shares(50, 48, 51, 49, 47, 55, 57, 54, 56, 55))
    assert (Rule.SHIFT, Side.UP) in high.signals
    assert (Rule.SHIFT, Side.UP) not in chart(
        shares(50, 48, 56, 49, 47, 55, 57, 54, 46, 55)
    ).signals


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(0, 11), st.integers(0, 9))
def test_a_signal_with_ranges_holds_for_every_number_they_can_be(found, place, width) -> None:
    place = min(place, len(found) - 1)
    bounded = shares(*found, n=60)
    top = min(60, found[place] + width)
    bounded[place] = Counted(found[place], top, 60)
    signals = set(chart(bounded).signals)
    for x in (found[place], top):
        exact = list(bounded)
        exact[place] = Counted(x, x, 60)
        assert signals <= set(chart(exact).signals)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(20, 80), min_size=6, max_size=9))
def test_turned_upside_down_everything_is_as_it_was(found) -> None:
    turned = chart(shares(*(100 - x for x in found)))
    other = {Side.UP: Side.DOWN, Side.DOWN: Side.UP}
    assert {(rule, other[side]) for rule, side in turned.signals} == set(
        chart(shares(*found)).signals
    )


# ---------------------------------------------------------------- one number, and two


@pytest.mark.proves("monitor.interval", "statsmodels proportion_confint, confint_poisson")
def test_intervals_are_those_of_statsmodels(agree) -> None:
    for x, n in ((0, 12), (3, 40), (57, 90), (90, 90)):
        agree(interval(Counted(x, x, n)), proportion_confint(x, n, method="wilson"), abs=1e-12)
    for x in (1, 10, 166, 5000):
        agree(interval(Counted(x, x)), confint_poisson(x, 1, method="exact-c"))


@pytest.mark.proves("monitor.change", "statsmodels confint_proportions_2indep (newcomb)")
def test_a_change_of_shares_is_newcombes(agree) -> None:
    for x, n, y, m in ((30, 80, 55, 90), (56, 70, 48, 80), (12, 30, 28, 31)):
        found = change(Counted(x, x, n), Counted(y, y, m))
        expected = confint_proportions_2indep(y, m, x, n, method="newcomb", compare="diff")
        assert found is not None
        agree((found.low, found.high), expected)
        agree((found.least, found.most), (y / m - x / n,) * 2)


@pytest.mark.proves("monitor.change", "scipy.stats.binomtest")
def test_a_change_of_counts_is_exact_given_their_sum(agree) -> None:
    for x, y in ((92, 166), (40, 12), (5, 5)):
        found = change(Counted(x, x), Counted(y, y))
        limits = stats.binomtest(y, x + y).proportion_ci(method="exact")
        assert found is not None
        agree((found.low, found.high), [p / (1 - p) for p in limits])


def test_nothing_to_nothing_is_no_change() -> None:
    assert change(Counted(0, 0), Counted(12, 12)) is None
    gone = change(Counted(12, 12), Counted(0, 0))
    assert gone is not None
    assert gone.side is Side.DOWN


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9), st.integers(0, 9))
def test_a_change_with_ranges_covers_every_number_they_can_be(x, y, more_x, more_y) -> None:
    wide = change(Counted(x, x + more_x, 50), Counted(y, y + more_y, 50))
    assert wide is not None
    for a, b in itertools.product((x, x + more_x), (y, y + more_y)):
        one = change(Counted(a, a, 50), Counted(b, b, 50))
        assert one is not None
        assert wide.low <= one.low + 1e-12
        assert one.high <= wide.high + 1e-12
        assert wide.side in (Side.UNCLEAR, one.side)
    low, high = interval(Counted(x, x + more_x, 50))
    assert low <= interval(Counted(x, x, 50))[0]
    assert high >= interval(Counted(x + more_x, x + more_x, 50))[1]


@pytest.mark.parametrize(
    ("x", "higher", "lower"),
    [
        (90, Progress.REACHED, Progress.NOT_REACHED),
        (72, Progress.UNCLEAR, Progress.UNCLEAR),
        (50, Progress.NOT_REACHED, Progress.REACHED),
    ],
)
def test_a_target_is_reached_only_when_the_whole_interval_is(x, higher, lower) -> None:
    one = Counted(x, x, 100)
    assert progress(one, 0.7, Direction.HIGHER) is higher
    assert progress(one, 0.7, Direction.LOWER) is lower
    assert progress(one, None, Direction.HIGHER) is Progress.NO_TARGET


def test_a_target_of_a_count() -> None:
    assert progress(Counted(166, 166), 150, Direction.HIGHER) is Progress.UNCLEAR
    assert progress(Counted(300, 300), 150, Direction.HIGHER) is Progress.REACHED
    assert progress(Counted(0, 9, 60), 0.5, Direction.HIGHER) is Progress.NOT_REACHED


def test_chances_of_possible_rules_are_added() -> None:
    found = chart(shares(50, 48, 51, 49, 47, 52))
    assert found.possible == (Rule.OUTSIDE, Rule.TREND)
    assert found.chance == pytest.approx(RARE + 2 / math.factorial(6))
