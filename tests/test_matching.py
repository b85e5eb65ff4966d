"""Counterparts: against a peer, R and brute force, and as theorems."""

import json
import math
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from academic_workplace.comparison.inputs import Estimand
from academic_workplace.comparison.matching import (
    exact_classes,
    nearest,
    optimal,
    schools_first,
    spread,
    subclasses,
)
from academic_workplace.comparison.weighting import propensity
from academic_workplace.errors import DataError, PlanError

HERE = Path(__file__).parent / "reference"
REFERENCE = json.loads((HERE / "comparison.json").read_text())
PEER = REFERENCE["pymatchit"]
GATHERS = [HealthCheck.function_scoped_fixture]  # `agree` remembers the largest of all examples


@st.composite
def arrays(draw, most=24):
    """Scores (with or without ties), arms and a key."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    n = int(rng.integers(3, most))
    treated = rng.random(n) < rng.uniform(0.2, 0.7)
    assume(0 < treated.sum() < n)
    tied = draw(st.booleans())
    score = rng.integers(0, 6, n) / 4 if tied else rng.normal(size=n)
    return score, treated.astype(int), rng.integers(0, draw(st.integers(1, 3)), n)


def pairs(matched):
    return list(zip(matched.treated.tolist(), matched.comparison.tolist(), strict=True))


def by_hand(score, treated, key, ratio, replacement, widest):
    """The rule of ``nearest``, looking at every comparison every time."""
    rows = range(len(score))
    served = sorted((i for i in rows if treated[i]), key=lambda i: (-score[i], i))
    out, gone = [], set()
    for _ in range(ratio):
        for i in served:
            near = sorted(
                (abs(score[j] - score[i]), score[j], j)
                for j in rows
                if not treated[j] and key[j] == key[i] and abs(score[j] - score[i]) <= widest
                and (i, j) not in gone and (replacement or j not in gone)
            )  # fmt: skip
            if near:
                j = near[0][2]
                out.append((i, j))
                gone |= {(i, j), j}
    return out


@settings(max_examples=150, deadline=None, suppress_health_check=GATHERS)
@given(arrays(), st.integers(1, 3), st.booleans(), st.sampled_from([None, 0.3, 1.0]))
@pytest.mark.proves("comparison.nearest", "rows: every comparison looked at every time")
def test_the_nearest_is_found_as_by_hand(agree, drawn, ratio, replacement, caliper):
    score, treated, key = drawn
    widest = math.inf if caliper is None else caliper * spread(score, treated)
    expected = by_hand(score, treated, key, ratio, replacement, widest)
    options = {"ratio": ratio, "replacement": replacement, "caliper": caliper, "exact": [key]}
    if not expected:
        with pytest.raises(DataError, match=r"koppelen|matching"):
            nearest(score, treated, **options)
        return
    found = nearest(score, treated, **options)
    agree(pairs(found), expected, rel=0)
    t = treated == 1
    assert found.weights.w[t].sum() == pytest.approx(found.weights.w[~t].sum())
    assert found.weights.w[t].sum() == len(set(found.treated)) == t.sum() - len(found.unmatched)
    assert set(found.unmatched) == set(np.flatnonzero(t)) - set(found.treated)
    assert np.array_equal(found.weights.left_out, found.weights.w == 0)


def least(score, treated, key, widest):
    """The largest number of pairs, and the least total distance of so many, over all ways."""
    t, c = np.flatnonzero(treated), [*np.flatnonzero(treated == 0), *[-1] * treated.sum()]
    best = (0, 0.0)
    for chosen in set(permutations(c, len(t))):
        made = [(i, j) for i, j in zip(t, chosen, strict=True) if j >= 0]
        if any(key[i] != key[j] or abs(score[i] - score[j]) > widest for i, j in made):
            continue
        total = math.fsum(abs(score[i] - score[j]) for i, j in made)
        best = min(best, (-len(made), total))
    return -best[0], best[1]


@settings(max_examples=40, deadline=None, suppress_health_check=GATHERS)
@given(arrays(most=8), st.sampled_from([None, 0.4, 1.0]))
@pytest.mark.proves("comparison.optimal", "rows: all ways to make pairs")
def test_no_way_of_pairing_has_a_smaller_total_distance(agree, drawn, caliper):
    score, treated, key = drawn
    assume(treated.sum() <= 4)
    widest = math.inf if caliper is None else caliper * spread(score, treated)
    count, total = least(score, treated, key, widest)
    if not count:
        with pytest.raises(DataError):
            optimal(score, treated, caliper=caliper, exact=[key])
        return
    found = optimal(score, treated, caliper=caliper, exact=[key])
    assert len(found.treated) == len(set(found.comparison)) == count
    assert np.all(found.distance <= widest)
    agree(found.total, total, abs=1e-12)


@settings(max_examples=60, deadline=None, suppress_health_check=GATHERS)
@given(arrays(most=60), st.sampled_from([None, 0.2, 0.6]))
@pytest.mark.proves("comparison.optimal", "SciPy 1.17.1 linear_sum_assignment")
def test_the_total_distance_is_that_of_an_assignment_problem(agree, drawn, caliper):
    score, treated, key = drawn
    t, c = np.flatnonzero(treated), np.flatnonzero(treated == 0)
    distance = np.abs(score[t][:, None] - score[c])
    widest = math.inf if caliper is None else caliper * spread(score, treated)
    allowed = (distance <= widest) & (key[t][:, None] == key[c])
    i, j = linear_sum_assignment(np.where(allowed, distance, 1e4))
    pair = allowed[i, j]
    if not pair.any():
        with pytest.raises(DataError):
            optimal(score, treated, caliper=caliper, exact=[key])
        return
    found = optimal(score, treated, caliper=caliper, exact=[key])
    assert len(found.treated) == pair.sum()
    assert len(set(found.comparison)) == len(set(found.treated)) == len(found.treated)
    assert np.all(key[found.treated] == key[found.comparison])
    agree(found.total, math.fsum(distance[i, j][pair]), rel=1e-9, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(arrays(most=60))
def test_optimal_pairs_are_never_farther_apart_than_the_nearest(drawn):
    score, treated, _ = drawn
    a, b = optimal(score, treated), nearest(score, treated)
    assert len(a.treated) == len(b.treated)
    assert a.total <= b.total + 1e-12


@pytest.mark.proves("comparison.nearest", "pymatchit-causal 0.6.1")
@pytest.mark.proves("comparison.optimal", "pymatchit-causal 0.6.1, total distance")
def test_pairs_are_those_of_pymatchit(agree):
    rng = np.random.default_rng(5)
    x = rng.normal(size=400)
    treated = (rng.random(400) < 1 / (1 + np.exp(1.2 - x))).astype(int)
    score, key = x + 0.3 * rng.normal(size=400), np.arange(400) % 3
    found = {
        "nearest": nearest(score, treated),
        "replacement": nearest(score, treated, replacement=True),
        "two": nearest(score, treated, ratio=2),
        "exact": nearest(score, treated, exact=[key]),
        "optimal": optimal(score, treated),
        "optimal_exact": optimal(score, treated, exact=[key]),
    }
    for name, matched in found.items():
        expected = PEER["expected"][name]
        agree([len(matched.treated), matched.total], [expected["pairs"], expected["total"]])
    for name, first in PEER["first_pairs"].items():
        assert sorted(pairs(found[name]))[: len(first)] == [tuple(pair) for pair in first]


@pytest.mark.proves("comparison.nearest", "MatchIt 4.5.1, LaLonde's data (A16, loosely: ties)")
def test_matching_on_the_propensity_is_near_that_of_matchit(agree):
    table = pd.read_csv(HERE / "data" / "lalonde.csv")
    table = table.assign(racehispan=table["race"] == "hispan", racewhite=table["race"] == "white")
    columns = ["age", "educ", "racehispan", "racewhite", "married", "nodegree", "re74", "re75"]
    t = table["treat"].to_numpy() == 1
    score = propensity(table[columns].to_numpy(float), t).score
    found, expected = nearest(score, t), REFERENCE["A16-match-lalonde"]["expected"]
    assert len(found.treated) + len(found.comparison) == expected["n_matched"]
    kept = found.comparison
    for name, values in {
        "distance": score,
        **{x: table[x].to_numpy(float) for x in columns},
    }.items():
        shares = set(values) == {0, 1}  # MatchIt divides those by sqrt(p (1 - p))
        sd = values[t].std(ddof=0 if shares else 1)
        agree((values[t].mean() - values[~t].mean()) / sd, expected["smd_before"][name], rel=1e-5)
        after = (values[t].mean() - values[kept].mean()) / sd
        if name == "distance":
            agree(after, expected["smd_after"][name], rel=1e-3)
        else:
            assert after == pytest.approx(expected["smd_after"][name], abs=0.05)


# ---------------------------------------------------------------- theorems


@settings(max_examples=40, deadline=None)
@given(arrays(), st.booleans(), st.integers(0, 10**6))
def test_the_order_of_the_rows_does_not_matter_without_ties(drawn, replacement, seed):
    score, treated, key = drawn
    assume(len(np.unique(score)) == len(score))
    order = np.random.default_rng(seed).permutation(len(score))
    try:
        found = nearest(score, treated, replacement=replacement, exact=[key])
    except DataError:
        assume(False)
    again = nearest(score[order], treated[order], replacement=replacement, exact=[key[order]])
    assert pairs(found) == [(order[i], order[j]) for i, j in pairs(again)]
    a, b = optimal(score, treated, exact=[key]), optimal(score[order], treated[order],
                                                         exact=[key[order]])  # fmt: skip
    assert a.total == pytest.approx(b.total, abs=1e-12)


def test_ties_go_to_the_first_row_and_the_lower_score():
    score = np.array([1.0, 1.0, 0.5, 1.5, 0.5, 1.0])
    treated = np.array([1, 1, 0, 0, 0, 0])
    assert pairs(nearest(score, treated)) == [(0, 5), (1, 2)]
    assert pairs(nearest(score, treated, ratio=3, replacement=True))[::2] == [
        (0, 5),
        (0, 2),
        (0, 4),
    ]


def test_everyone_gets_the_first_before_anyone_gets_the_second():
    score = [5.0, 4.0, 4.9, 4.8, 0.0]
    assert pairs(nearest(score, [1, 1, 0, 0, 0], ratio=2)) == [(0, 2), (1, 3), (0, 4)]
    weights = nearest(score, [1, 1, 0, 0, 0], ratio=2).weights
    assert weights.w.tolist() == [1, 1, 0.5, 1, 0.5]


def test_a_key_may_be_text_and_several_must_agree():
    school, grade = ["a", "a", "b", "a", "b"], [7, 8, 8, 7, 8]
    found = nearest([1, 2, 3, 4, 5], [1, 1, 1, 0, 0], exact=[school, grade])
    assert pairs(found) == [(2, 4), (0, 3)]
    assert found.unmatched.tolist() == [1]
    assert found.sets.tolist() == [0, -1, 2, 0, 2]


def test_a_caliper_is_counted_in_standard_deviations():
    score, treated = np.array([0.0, 2.0, 1.0, 3.6]), [1, 1, 0, 0]
    sd = math.sqrt((2 + 2.6**2 / 2) / 2)
    assert spread(score, treated) == pytest.approx(sd)
    assert pairs(nearest(score, treated, caliper=1.01 / sd)) == [(1, 2)]
    with pytest.raises(DataError):
        nearest(score, treated, caliper=0.99 / sd)


def test_many_pupils_with_few_scores_stay_fast():
    """Runs of equal scores that are used up are stepped over at once."""
    n = 20_000
    treated = np.arange(n) % 2
    found = nearest(np.zeros(n), treated)
    assert pairs(found)[:2] == [(1, 0), (3, 2)]
    assert len(found.treated) == n / 2


# ---------------------------------------------------------------- schools first


def schools(rng, n=6, size=8, apart=10.0):
    school = np.repeat([f"S{i}" for i in range(n)], size)
    treated = np.repeat(np.arange(n) % 2, size)
    score = np.repeat(np.arange(n) // 2 * apart, size) + rng.normal(size=n * size)
    return score, treated, school


def test_schools_are_matched_first_and_pupils_within_their_pairs():
    score, treated, school = schools(np.random.default_rng(1))
    found = schools_first(score, treated, school)
    made = dict(zip(found.school_treated, found.school_comparison, strict=True))
    assert made == {"S1": "S0", "S3": "S2", "S5": "S4"}
    assert len(found.pupils.weights.w) == len(score)
    means = pd.Series(score).groupby(school).mean()
    expected = [abs(means[a] - means[b]) for a, b in made.items()]
    np.testing.assert_allclose(sorted(found.school_distance), sorted(expected))


def test_pupils_are_matched_within_pairs_of_schools_that_look_alike():
    score, treated, school = schools(np.random.default_rng(7), apart=0.2)
    found = schools_first(score, treated, school)
    made = dict(zip(found.school_treated, found.school_comparison, strict=True))
    assert all(made[school[i]] == school[j] for i, j in pairs(found.pupils))
    elsewhere = nearest(score, treated)
    assert not all(made[school[i]] == school[j] for i, j in pairs(elsewhere))


def test_the_caliper_of_pupils_is_counted_in_the_spread_of_all_pupils():
    score, treated, school = schools(np.random.default_rng(8), n=8, apart=1.0)
    score = score + 30 * (school == "S7")  # no school is near this one
    found = schools_first(score, treated, school, school_caliper=0.5, caliper=0.1)
    assert "S7" not in found.school_treated
    widest = 0.1 * spread(score, treated)
    inside = np.isin(school, found.school_treated + found.school_comparison)
    assert widest > 0.2 * spread(score[inside], treated[inside])
    assert found.pupils.distance.max() <= widest
    wider = schools_first(score, treated, school, school_caliper=0.5)
    assert len(found.pupils.treated) < len(wider.pupils.treated)
    expected = [
        len(
            nearest(score[of], treated[of], caliper=widest / spread(score[of], treated[of])).treated
        )
        for a, b in zip(found.school_treated, found.school_comparison, strict=True)
        for of in [(school == a) | (school == b)]
    ]
    assert len(found.pupils.treated) == sum(expected)


def test_pupils_of_schools_without_a_counterpart_are_left_out():
    score, treated, school = schools(np.random.default_rng(2))
    out = school != "S0"
    found = schools_first(score[out], treated[out], school[out], caliper=5)
    assert len(found.school_treated) == 2
    assert set(school[out][found.pupils.unmatched]) >= {"S1", "S3", "S5"} - set(
        found.school_treated
    )


def test_a_school_in_both_arms_cannot_be_matched_as_a_school():
    score, treated, school = schools(np.random.default_rng(3))
    treated[0] = 1
    with pytest.raises(DataError, match=r"\[school\]"):
        schools_first(score, treated, school)


# ---------------------------------------------------------------- classes


@settings(max_examples=40, deadline=None, suppress_health_check=GATHERS)
@given(arrays(most=60), st.sampled_from(["ATT", "ATE"]))
@pytest.mark.proves("comparison.exact_classes", "rows: a mean of differences per class")
def test_weights_of_classes_give_the_mean_of_their_differences(agree, drawn, estimand):
    score, treated, key = drawn
    try:
        found = exact_classes([key], treated, estimand)
    except DataError:
        return
    t, w = treated == 1, found.weights.w
    differences, sizes = [], []
    for value in np.unique(key):
        a, b = score[t & (key == value)], score[~t & (key == value)]
        if len(a) and len(b):
            differences.append(a.mean() - b.mean())
            sizes.append(len(a) if estimand == "ATT" else len(a) + len(b))
    assert w[t].sum() == pytest.approx(sum(sizes))
    assert w[~t].sum() == pytest.approx(sum(sizes))
    estimate = np.average(score[t], weights=w[t]) - np.average(score[~t], weights=w[~t])
    agree(estimate, np.average(differences, weights=sizes), rel=1e-9, abs=1e-9)
    assert np.all((found.code < 0) == (w == 0))


@pytest.mark.proves("comparison.subclasses", "pandas' qcut of the treated, counted by class")
def test_subclasses_lie_between_quantiles_of_the_treated(agree):
    rng = np.random.default_rng(4)
    treated = np.arange(600) % 3 == 0
    score = rng.normal(size=600) + treated
    found = subclasses(score, treated, 5)
    cuts = pd.qcut(score[treated], 5, retbins=True)[1][1:-1]
    code = np.searchsorted(cuts, score)
    agree(found.code, code, rel=0)
    agree(found.treated, np.bincount(code[treated]), rel=0)
    agree(found.comparison, np.bincount(code[~treated]), rel=0)
    expected = exact_classes([code], treated).weights.w
    agree(found.weights.w, expected, rel=0)
    assert subclasses(score, treated, 4, "ATE").weights.estimand is Estimand.ATE


def test_a_score_at_a_cut_is_in_the_lower_class():
    score = np.repeat([1.0, 2.0, 3.0], 4)
    found = subclasses(score, np.arange(12) % 2, 2)
    assert found.code.tolist() == [0] * 8 + [1] * 4


def test_a_class_of_one_arm_is_refused():
    score = np.r_[np.arange(10.0), 100 + np.arange(10.0)]
    with pytest.raises(DataError, match=r"klasse|class"):
        subclasses(score, np.r_[np.ones(10), 0, np.ones(5), np.zeros(4)], 4, "ATE")


def test_more_subclasses_leave_less_bias():
    rng = np.random.default_rng(6)
    x = rng.normal(size=4000)
    treated = rng.random(4000) < 1 / (1 + np.exp(-x))
    left = []
    for number in (1, 2, 5, 10):
        w = subclasses(x, treated, number).weights.w
        left.append(x[treated].mean() - np.average(x[~treated], weights=w[~treated]))
    assert left == sorted(left, reverse=True)
    assert left[2] < 0.2 * left[0]  # five classes take away most of it: Cochran (1968)


# ---------------------------------------------------------------- bad input


def test_bad_input_is_named():
    score, treated = [0.1, 0.2, 0.3, 0.4], [1, 0, 1, 0]
    with pytest.raises(DataError, match=r"koppelen|matching"):
        nearest(score, treated, exact=[["a", "b", "a", "b"]])
    with pytest.raises(DataError, match=r"koppelen|matching"):
        exact_classes([["a", "b", "a", "b"]], treated)
    for missing in (None, np.nan, pd.NA):
        with pytest.raises(DataError, match=r"\[exact\]"):
            nearest(score, treated, exact=[["a", missing, "a", "b"]])
    with pytest.raises(DataError, match=r"\[exact\]"):
        nearest(score, treated, exact=[["a", "a", "b"]])
    with pytest.raises(DataError, match=r"\[score\]"):
        nearest([0.1, np.nan, 0.3, 0.4], treated)
    with pytest.raises(DataError):
        optimal(score, [1, 1, 1, 1])
    for wrong in ({"ratio": 0}, {"caliper": 0.0}, {"caliper": math.nan}):
        with pytest.raises(PlanError):
            nearest(score, treated, **wrong)
    with pytest.raises(PlanError):
        subclasses(score, treated, 0)
    with pytest.raises(PlanError):
        subclasses(score, treated, 2, "ATO")


def test_a_table_of_distances_that_would_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr("academic_workplace.comparison.matching.CELLS", 3)
    with pytest.raises(DataError, match=r"te veel|too many"):
        optimal([1.0, 2, 3, 4], [1, 1, 0, 0])
