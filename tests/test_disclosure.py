"""What may not leave, what goes with it, and what somebody who has the rest can work out."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from academic_workplace.disclosure import (
    DUTCH_5,
    DUTCH_10,
    NCO,
    OPENSAFELY,
    PROFILES,
    Profile,
    Reason,
    Sum,
    all_alike,
    dominated,
    enough_units,
    fewest,
    may_leave,
    profile_named,
    rounded,
    shown_count,
    under,
    why_withheld,
)
from academic_workplace.disclosure.attack import Share, attack, printed_share
from academic_workplace.disclosure.protect import (
    MOST_SMALL,
    Chosen,
    Protected,
    _answered,
    protect,
)
from academic_workplace.intake.scales.consistency import reliability

THREE = Profile("three", minimum=3, degrees_of_freedom=3, units=1, dominance=1.0)


# ---------------------------------------------------------------- the rules


def test_every_profile_has_the_name_it_is_found_by_and_none_is_below_the_floor():
    assert list(PROFILES) == ["dutch-10", "dutch-5", "nco", "opensafely"]
    for name, rules in PROFILES.items():
        assert profile_named(name) is rules
        assert rules.name == name
        assert rules.minimum >= DUTCH_5.minimum


def test_a_profile_that_is_not_there_is_refused_with_the_names_of_those_that_are():
    with pytest.raises(ValueError, match="dutch-10, dutch-5, nco, opensafely"):
        profile_named("dutch-1")


def test_no_house_can_go_below_five_pupils():
    with pytest.raises(ValueError, match="floor of 5"), under(THREE):
        pass
    assert fewest() == 10


@pytest.mark.parametrize("rules", PROFILES.values(), ids=PROFILES)
def test_a_count_leaves_from_the_minimum_on_and_so_does_zero(rules):
    with under(rules):
        n = rules.minimum
        assert [shown_count(x) for x in range(1, n)] == [None] * (n - 1)
        assert shown_count(0) == 0
        assert shown_count(n) == rounded(n)
        assert may_leave(n, n + 5)
        assert not may_leave(n, n - 1)


def test_of_five_pupils_the_cohort_study_tells_nothing_and_of_six_it_does():
    with under(NCO):
        assert (shown_count(5), shown_count(6)) == (None, 6)


def test_what_scales_say_of_too_few_pupils_follows_the_rules_that_hold():
    def said():
        found = reliability(np.random.default_rng(1).integers(1, 6, (8, 3)))
        return [text.en for text in found.limits if text.en.startswith("Fewer than")]

    assert "Fewer than 10 pupils" in said()[0]
    with under(replace(DUTCH_10, minimum=9)):
        assert "Fewer than 9 pupils" in said()[0]
    with under(OPENSAFELY):
        assert said() == []


@given(st.integers(-500, 500))
def test_a_rounded_count_is_a_multiple_at_most_half_a_step_away(n):
    with under(OPENSAFELY):
        assert rounded(n) % 5 == 0
        assert abs(rounded(n) - n) <= 2
    with under(DUTCH_10):
        assert rounded(n) == n


def test_what_opensafely_prints_of_eight_and_of_twelve_is_ten():
    """Its guidance: counts up to 7 go, and the others are printed as the nearest 5."""
    with under(OPENSAFELY):
        assert [shown_count(n) for n in (7, 8, 12, 13)] == [None, 10, 10, 15]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_a_cell_is_dominated_when_one_school_has_as_much_as_all_others(units):
    others = sum(units) - max(units)
    assert dominated(units, DUTCH_10) == (sum(units) > 0 and max(units) >= others)
    assert not dominated(units, NCO)  # one school may be all of it
    assert enough_units(units, DUTCH_10) == (sum(n > 0 for n in units) >= 2)


def test_every_reason_to_withhold_a_cell_is_named():
    assert why_withheld(60, of=90, units=[20, 20, 20]) == ()
    assert why_withheld(40, of=90, units=[20, 20]) == (Reason.DOMINANCE,)
    assert why_withheld(9) == (Reason.FEW,)
    assert why_withheld(0) == ()
    assert why_withheld(20, of=20) == (Reason.ALIKE,)
    assert why_withheld(0, of=20) == (Reason.ALIKE,)
    assert why_withheld(20, units=[20]) == (Reason.UNITS, Reason.DOMINANCE)
    assert why_withheld(30, units=[16, 14]) == (Reason.DOMINANCE,)
    assert why_withheld(19, terms=10) == (Reason.DEGREES,)
    assert why_withheld(20, terms=10) == ()
    assert not all_alike(0, 0, DUTCH_10)


# ---------------------------------------------------------------- the attacker


@st.composite
def linked(draw):
    """Up to four counts, a few of them shown, under random sums and a printed share."""
    truth = draw(st.lists(st.integers(0, 5), min_size=3, max_size=4))
    k = len(truth)
    sums = [Sum(k, tuple(range(k)))]
    truth = [*truth, sum(truth)]
    if draw(st.booleans()):
        parts = tuple(draw(st.sets(st.integers(0, k - 1), min_size=2, max_size=k)))
        truth.append(sum(truth[i] for i in parts))
        sums.append(Sum(k + 1, parts))
    shares = []
    if truth[k] and draw(st.booleans()):
        decimals = draw(st.integers(0, 1))
        shares.append(printed_share(0, k, round(100 * truth[0] / truth[k], decimals), decimals))
    shown = draw(st.lists(st.booleans(), min_size=len(truth), max_size=len(truth)))
    high = [
        n if seen else draw(st.integers(n, n + 3)) for n, seen in zip(truth, shown, strict=True)
    ]
    low = [
        n if seen else draw(st.integers(max(0, n - 3), n))
        for n, seen in zip(truth, shown, strict=True)
    ]
    return low, high, sums, shares


def fillings(low, high, sums, shares):
    """(n, k) every way of filling in the counts that fits: all combinations are tried."""
    ranges = [range(int(a), int(b) + 1) for a, b in zip(low, high, strict=True)]
    grids = np.meshgrid(*ranges, indexing="ij")
    all_of = np.stack([grid.ravel() for grid in grids], axis=1)
    fits = np.ones(len(all_of), dtype=bool)
    for line in sums:
        fits &= all_of[:, list(line.parts)].sum(axis=1) == all_of[:, line.total]
    for share in shares:
        part, whole = all_of[:, share.part], all_of[:, share.whole]
        fits &= (part >= share.low * whole - 1e-9) & (part <= share.high * whole + 1e-9)
    return all_of[fits]


@settings(max_examples=80, deadline=None)
@given(linked())
def test_the_attacker_finds_the_ends_that_trying_every_filling_finds(case):
    low, high, sums, shares = case
    found = attack(low, high, sums, shares)
    every = fillings(low, high, sums, shares)
    np.testing.assert_array_equal(found.low, every.min(axis=0))
    np.testing.assert_array_equal(found.high, every.max(axis=0))


def test_whole_numbers_bound_more_than_fractions_do():
    """Of x + y, y + z and x + z only odd sums of 3 are left: half a pupil each does not count."""
    sums = [Sum(3, (0, 1)), Sum(4, (1, 2)), Sum(5, (0, 2))]
    found = attack([0, 0, 0, 2, 2, 2], [9, 9, 9, 3, 3, 2], sums)
    every = fillings([0, 0, 0, 2, 2, 2], [9, 9, 9, 3, 3, 2], sums, [])
    np.testing.assert_array_equal(found.low, every.min(axis=0))
    np.testing.assert_array_equal(found.high, every.max(axis=0))


def test_a_percentage_with_decimals_tells_a_count_of_a_group_that_is_shown():
    """17.5 % of 40 is 7; 18 % is 7 as well; of 400 pupils 18 % leaves 70 to 73."""
    for percentage, decimals, whole, want in ((17.5, 1, 40, (7, 7)), (18, 0, 40, (7, 7)),
                                             (18, 0, 400, (70, 74))):  # fmt: skip
        found = attack([0, whole], [np.inf, whole], [], [printed_share(0, 1, percentage, decimals)])
        assert (found.low[0], found.high[0]) == want


def test_a_percentage_of_a_group_that_is_not_shown_tells_how_small_it_cannot_be():
    """33.3 % with one decimal is not of 2 pupils, nor is it of 4: 1 of 3 is the least."""
    found = attack([1, 1], [np.inf, np.inf], [], [printed_share(0, 1, 33.3, 1)])
    assert found.low.tolist() == [1, 3]
    assert np.isinf(found.high).all()


def test_an_earlier_edition_tells_what_came_in_between():
    """New = old + joined: 43 and 40 leave 3, whatever else is withheld."""
    found = attack([43, 40, 0], [43, 40, np.inf], [Sum(0, (1, 2))])
    assert (found.low[2], found.high[2]) == (3, 3)


def test_a_sister_group_tells_who_is_left():
    """Of 60 pupils 38 got mentors and 15 a course: 7 got neither, though no table says so."""
    found = attack([60, 38, 15, 0], [60, 38, 15, np.inf], [Sum(0, (1, 2, 3))])
    assert found.low[3] == found.high[3] == 7


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="contradict"):
        attack([5, 5, 11], [5, 5, 11], [Sum(2, (0, 1))])
    with pytest.raises(ValueError, match="no counts fit"):
        attack([6, 0, 5], [9, 9, 5], [Sum(2, (0, 1))])
    with pytest.raises(ValueError, match="lower bound"):
        attack([6], [5])


def test_nothing_bounds_a_count_that_stands_in_no_sum():
    found = attack([1, 4], [np.inf, 6])
    assert found.low.tolist() == [1, 4]
    assert found.high.tolist() == [math.inf, 6]
    assert found.width.tolist() == [math.inf, 2]


# ---------------------------------------------------------------- what goes as well


def table(inner):
    """Counts with their margins, and the sums among them."""
    counts = np.array(inner, dtype=float)
    for axis in range(counts.ndim):
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    places, sums = np.arange(counts.size).reshape(counts.shape), []
    for axis in range(counts.ndim):
        for line in np.moveaxis(places, axis, -1).reshape(-1, counts.shape[axis]):
            sums.append(Sum(int(line[-1]), tuple(line[:-1].tolist())))
    return counts.ravel(), sums


def known(counts, hidden, sums, rules):
    """What an attacker knows of each count, who also knows by which rules they were hidden: that
    a zero is only hidden in a total that is small."""
    small = (counts > 0) & (counts < rules.minimum)
    inside, waiting = set(), np.flatnonzero(small).tolist()
    while waiting:
        total = waiting.pop()
        fresh = {p for s in sums if s.total == total and len(s.parts) > 1 for p in s.parts} - inside
        inside |= fresh
        waiting += fresh
    least = np.ones(len(counts))
    least[list(inside)] = 0
    least[counts == 0] = 0
    return np.where(hidden, least, counts), np.where(hidden, np.inf, counts)


def is_safe(counts, hidden, sums, rules):
    """Whether each small count can be 1 and can be the most that the rules hide."""
    small = (counts > 0) & (counts < rules.minimum)
    found = attack(*known(counts, hidden, sums, rules), sums)
    return bool(found.spans(1, rules.minimum - 1)[small].all())


cells = st.sampled_from([0, 1, 2, 3, 4, 6, 9])
grids = st.integers(2, 3).flatmap(
    lambda columns: st.lists(
        st.lists(cells, min_size=columns, max_size=columns), min_size=2, max_size=3
    )
)


@settings(max_examples=60, deadline=None)
@given(grids)
def test_every_small_count_could_be_any_that_the_rules_hide(inner):
    """Every filling of what is withheld is tried, without any programme."""
    counts, sums = table(inner)
    hidden = protect(counts, sums, rules=THREE).hidden
    small = (counts > 0) & (counts < 3)
    assert hidden[small].all()
    shape = np.array(inner).shape
    low, high = known(counts, hidden, sums, THREE)
    inside = hidden.reshape(shape[0] + 1, shape[1] + 1)[:-1, :-1]
    assume(inside.sum() <= 5)
    values = np.array(list(itertools.product(range(12), repeat=int(inside.sum()))))
    filled = np.repeat(np.array(inner)[None], len(values), axis=0)
    filled[:, inside] = values.reshape(len(values), -1)
    filled = np.concatenate([filled, filled.sum(axis=1, keepdims=True)], axis=1)
    filled = np.concatenate([filled, filled.sum(axis=2, keepdims=True)], axis=2)
    filled = filled.reshape(len(values), -1)
    fits = filled[((filled >= low) & (filled <= high)).all(axis=1)]
    assert (fits.min(axis=0)[small] <= 1).all()
    assert (fits.max(axis=0)[small] >= 2).all()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=4),
    st.sampled_from([DUTCH_10, DUTCH_5, NCO]),
)
def test_the_whole_range_of_each_profile_is_left(inner, rules):
    counts, sums = table(inner)
    found = protect(counts, sums, rules=rules)
    assert is_safe(counts, found.hidden, sums, rules)
    assert (found.hidden == [reason is not None for reason in found.reasons]).all()
    assert not (found.secondary & (counts > 0) & (counts < rules.minimum)).any()


def price(counts, hidden, primary, rules):
    """What a choice costs, as ``protect`` counts it: the pupils, and as many again for each gap."""
    return float((rules.minimum + counts[hidden & ~primary]).sum())


SIX = replace(THREE, minimum=6)
two_columns = st.lists(st.lists(cells, min_size=2, max_size=2), min_size=2, max_size=3)
near = st.sampled_from([0, 1, 2, 5, 6, 7, 8, 15])
three_columns = st.lists(st.lists(near, min_size=3, max_size=3), min_size=3, max_size=3)


@settings(max_examples=20, deadline=None)
@given(st.one_of(st.tuples(two_columns, st.just(THREE)), st.tuples(three_columns, st.just(SIX))))
def test_no_cheaper_choice_is_safe(case):
    """Every choice of what could go as well is tried."""
    inner, rules = case
    counts, sums = table(inner)
    found = protect(counts, sums, rules=rules)
    assert found.exact
    primary = found.hidden & ~found.secondary
    free = np.flatnonzero(~primary & (counts > 0))
    assume(0 < len(free) <= 9)
    for chosen in itertools.product([False, True], repeat=len(free)):
        other = primary.copy()
        other[free[np.array(chosen)]] = True
        if (
            price(counts, other, primary, rules)
            < price(counts, found.hidden, primary, rules) - 1e-6
        ):
            assert not is_safe(counts, other, sums, rules)


def test_three_more_are_enough_where_row_by_row_four_would_go():
    """All 85 cheaper choices were tried once, and none is safe."""
    counts, sums = table([[14, 12, 11], [10, 3, 14], [18, 3, 10], [0, 10, 3]])
    found = protect(counts, sums)
    assert found.exact
    assert found.secondary.sum() == 3
    assert is_safe(counts, found.hidden, sums, DUTCH_10)
    assert price(counts, found.hidden, found.hidden & ~found.secondary, DUTCH_10) == 64


def test_two_small_counts_go_before_one_large_one():
    """With a cost per count instead of per pupil two times 900 would go: that is one count less."""
    counts, sums = table([[900, 900, 5], [12, 15, 20], [12, 2, 900]])
    found = protect(counts, sums)
    assert found.exact
    assert is_safe(counts, found.hidden, sums, DUTCH_10)
    assert sorted(counts[found.secondary]) == [12, 12, 15, 20, 900]


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10_000))
def test_a_table_too_large_to_weigh_every_choice_is_as_safe_and_says_so(seed):
    rng = np.random.default_rng(seed)
    counts, sums = table(rng.poisson(rng.gamma(0.7, 9, (4, 6, 8))))
    found = protect(counts, sums)
    assert not found.exact
    assert is_safe(counts, found.hidden, sums, DUTCH_10)


def test_what_hides_a_count_must_itself_be_able_to_take_it_up():
    """Of 3 and 4 together the most is 6 and they are told apart by nothing else: a third goes."""
    found = protect([3, 4, 20, 40, 67], [Sum(4, (0, 1, 2, 3))])
    assert found.hidden.tolist() == [True, True, True, False, False]
    assert found.reasons == (Reason.FEW, Reason.FEW, Reason.FOLLOWS, None, None)


def test_three_small_counts_that_make_ten_hide_their_total_too():
    """4 + 3 + 3 = 10: none of them could be 9 beside two others of 1 or more."""
    assert protect([10, 4, 3, 3], [Sum(0, (1, 2, 3))]).hidden.all()


def test_zeros_are_shown_but_in_a_group_of_a_few():
    few, _ = table([[3, 0], [20, 0], [30, 40]])
    found = protect(few, table([[3, 0], [20, 0], [30, 40]])[1])
    hidden = found.hidden.reshape(4, 3)
    assert hidden[0].all()
    assert not hidden[1, 1]
    assert found.reasons[1] is Reason.FEW


def test_counts_worth_least_go_first():
    counts, sums = [3, 30, 20, 40, 93], [Sum(4, (0, 1, 2, 3))]
    assert protect(counts, sums).hidden.tolist() == [True, False, True, False, False]
    worth = np.array([0, 0, 5, 5, 5])
    assert protect(counts, sums, worth=worth).hidden.tolist() == [True, True, False, False, False]


def test_what_is_withheld_for_another_reason_cannot_be_worked_out_either():
    """Nobody of the 30 pupils: neither this 0 nor the 30 may follow from the total."""
    counts, sums = table([[0, 30], [20, 25], [40, 50]])
    also = np.zeros(len(counts), dtype=bool)
    also[[0, 1]] = True
    found = protect(counts, sums, also=also)
    assert found.reasons[:2] == (Reason.ASKED, Reason.ASKED)
    ranges = attack(np.where(found.hidden, 0, counts), np.where(found.hidden, np.inf, counts), sums)
    assert (ranges.width[also] >= 9).all()
    assert found.hidden.sum() == 4


def test_a_table_without_small_counts_is_shown_and_nothing_is_loaded_for_it():
    counts, sums = table([[20, 30], [40, 50]])
    found = protect(counts, sums)
    assert isinstance(found, Protected)
    assert not found.hidden.any()
    assert found.exact


def test_rounded_totals_tell_less_so_that_less_has_to_go():
    counts, sums = [3, 20, 40, 63], [Sum(3, (0, 1, 2))]
    whole = Profile("whole", minimum=8, degrees_of_freedom=5, units=2, dominance=0.5)
    assert protect(counts, sums, rules=whole).hidden.sum() == 2
    assert protect(counts, sums, rules=OPENSAFELY).hidden.tolist() == [True, False, False, False]
    ranges = attack([0, 18, 38, 63], [np.inf, 22, 42, 67], sums)
    assert ranges.spans(1, 7)[0]


def test_the_same_total_in_two_tables_is_one_count():
    """The share of a sister table has the same whole: hidden in one, it is hidden in the other."""
    sums = [Sum(2, (0, 1)), Sum(5, (3, 4)), Sum(2, (5,))]
    found = protect([4, 30, 34, 17, 17, 34], sums)
    assert found.hidden[0]
    assert is_safe(np.array([4, 30, 34, 17, 17, 34.0]), found.hidden, sums, DUTCH_10)
    assert found.hidden.tolist() == [True, True, False, False, False, False]


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_what_goes_as_well_never_follows_from_one_sum(seed):
    """Then it would hide nothing: also where not every choice was weighed. (A zero may follow.)"""
    rng = np.random.default_rng(seed)
    counts, sums = table(rng.poisson(rng.gamma(0.7, 9, (4, 6, 8))))
    hidden = protect(counts, sums).hidden
    for line in sums:
        cells = np.array([line.total, *line.parts])
        left = cells[hidden[cells]]
        assert len(left) != 1 or counts[left[0]] == 0


def test_a_count_told_as_a_range_needs_more_beside_it():
    """3 and 8 are told to be 0 to 9, and their 11 together follows: 3 could not be 1."""
    counts, sums = [3, 8, 40, 50, 101], [Sum(4, (0, 1, 2, 3))]
    assert protect(counts, sums).hidden.tolist() == [True, True, False, False, False]
    told = np.array([True, True, False, False, False])
    assert protect(counts, sums, as_range=told).hidden.tolist() == [True, True, True, False, False]


def test_what_is_shown_whatever_is_never_hidden_and_it_is_said_when_that_tells():
    counts, sums = [4, 3, 3, 10], [Sum(3, (0, 1, 2))]
    free = protect(counts, sums)
    assert free.hidden.all()
    assert free.safe
    bound = protect(counts, sums, always=np.array([False, False, False, True]))
    assert bound.hidden.tolist() == [True, True, True, False]
    assert not bound.safe


def test_counts_that_do_not_add_up_are_refused():
    for counts in ([3, 20, 24], [2.5, 20.5, 23]):
        with pytest.raises(ValueError, match="add up"):
            protect(counts, [Sum(2, (0, 1))])


def test_a_choice_does_not_hang_on_the_order_of_the_sums():
    counts, sums = table([[3, 25, 14], [30, 2, 21], [16, 40, 33]])
    one = protect(counts, sums).hidden
    _answered.cache_clear()
    assert (one == protect(counts, sums[::-1]).hidden).all()


@settings(max_examples=40, deadline=None)
@given(grids, st.integers(0, 8), st.sampled_from([1, 2, 8]), st.sampled_from([THREE, SIX]))
def test_a_table_is_answered_as_if_the_one_before_it_was_never_asked(inner, where, more, rules):
    """Answers are kept by piece: a table with one other count, other rules or another wish is new.

    Asked once more it is answered alike.
    """
    protect(*table(inner), rules=THREE)
    changed = np.array(inner)
    changed.flat[where % changed.size] += more
    counts, sums = table(changed)
    also = counts == 4

    def asked():
        found = protect(counts, sums, rules=rules, also=also)
        return found.hidden.tolist(), found.exact, found.safe, found.reasons

    after = [asked(), asked()]
    _answered.cache_clear()
    assert after == [asked()] * 2


def test_a_share_is_printed_of_two_counts():
    assert printed_share(0, 1, 50, 0) == Share(0, 1, pytest.approx(0.495), pytest.approx(0.505))


@pytest.mark.parametrize("seed", range(6))
def test_in_a_very_large_table_no_small_count_follows_and_no_sum_tells_of_a_few(seed):
    rng = np.random.default_rng(seed)
    counts, sums = table(rng.poisson(rng.gamma(0.8, 8, (150, 5))))
    found = protect(counts, sums)
    small = (counts > 0) & (counts < 10)
    assert small.sum() > MOST_SMALL
    assert not found.exact
    assert found.safe  # the attacker was asked of each afterwards
    assert found.chosen is Chosen.ONE_BY_ONE
    assert is_safe(counts, found.hidden, sums, DUTCH_10)
    assert found.hidden[small].all()
    for line in sums:
        cells = [line.total, *line.parts]
        gone = np.array(cells)[found.hidden[cells]]
        assert len(gone) != 1
        parts = np.array(line.parts)[found.hidden[list(line.parts)]]
        if len(parts) and not found.hidden[line.total]:
            assert counts[parts].sum() >= 10
    seen = attack(np.where(found.hidden, 0, counts), np.where(found.hidden, np.inf, counts), sums)
    assert (seen.high > seen.low)[small].all()
