"""An effect in other words, and arms compared by order: references, theorems, and bad input."""

import csv
import json
import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.nonparametric import rank_compare_2indep

import academic_workplace as aw
from academic_workplace import sizes

REFERENCE = Path(__file__).parent / "reference"
SIZES = json.loads((REFERENCE / "sizes.json").read_text())
A01 = SIZES["A01-hedges-g"]["expected"]
MTCARS = SIZES["effectsize-mtcars"]
CARS = (MTCARS["data"]["automatic"], MTCARS["data"]["manual"])

effects = st.floats(-3, 3)
scores = st.lists(st.integers(0, 9), min_size=2, max_size=12)
G = sizes.Size(0.3, 0.1, 0.1, 0.5, "a spread", "a factor")

# Education Endowment Foundation, toolkit: (from, to, months)
TOOLKIT = [
    (0.00, 0.01, 0), (0.02, 0.09, 1), (0.10, 0.18, 2), (0.19, 0.26, 3), (0.27, 0.35, 4),
    (0.36, 0.44, 5), (0.45, 0.52, 6), (0.53, 0.61, 7), (0.62, 0.69, 8), (0.70, 0.78, 9),
    (0.79, 0.87, 10), (0.88, 0.95, 11), (0.96, 1.00, 12),
]  # fmt: skip


# ---- outside references ----


@pytest.mark.proves("sizes.improvement_index", "What Works Clearinghouse formula in R 4.2.2 (A02)")
def test_the_improvement_index_is_that_of_the_clearinghouse(agree):
    expected = SIZES["A02-wwc-cluster"]["expected"]["improvement_index_g025"]
    agree(sizes.improvement_index(0.25).value, expected, rel=1e-12)
    for g, printed in ((0.05, 2.0), (0.10, 4.0), (0.20, 7.9), (0.25, 9.9), (0.50, 19.1)):
        assert sizes.improvement_index(g).value == pytest.approx(printed, abs=0.05)


@pytest.mark.proves("sizes.u3", "normal distribution in R 4.2.2, bdf (A01)")
@pytest.mark.proves("sizes.above_average", "normal distribution in R 4.2.2, bdf (A01)")
@pytest.mark.proves("sizes.superiority", "normal distribution in R 4.2.2, bdf (A01)")
def test_shares_of_pupils_are_those_of_the_normal_distribution(agree):
    agree(sizes.u3(A01["d"]).value, A01["cohens_u3"], rel=1e-12)
    agree(sizes.above_average(A01["d"]), A01["cohens_u3"], rel=1e-12)
    agree(sizes.superiority(A01["d"]).value, A01["cles"], rel=1e-12)


@pytest.mark.proves("sizes.overlap", "Python's statistics.NormalDist.overlap")
def test_overlap_is_what_two_normal_distributions_share(agree):
    for g in (-1.3, -0.2, 0.05, 0.5, 2.0):
        agree(sizes.overlap(g).value, NormalDist().overlap(NormalDist(g)), rel=1e-12)


@pytest.mark.proves("sizes.months_of_progress", "EEF toolkit, table of months")
def test_months_of_progress_are_those_of_the_toolkit(agree):
    for low, high, months in TOOLKIT:
        for step in range(round(low * 100), round(high * 100) + 1):
            for sign in (1, -1):
                found = sizes.months_of_progress(sign * step / 100, outcome="attainment")
                agree(found.value, sign * months)


@pytest.mark.proves("sizes.superiority_by_ranks", "formula in R 4.2.2, bdf (A31)")
@pytest.mark.proves("sizes.superiority_by_ranks", "statsmodels 0.15, Brunner-Munzel")
def test_superiority_by_ranks_is_that_of_brunner_and_munzel(agree):
    with (REFERENCE / "data" / "bdf.csv").open() as file:
        rows = list(csv.DictReader(file))
    arms = [[float(r["langPOST"]) for r in rows if r["Minority"] == m] for m in "YN"]
    found = sizes.superiority_by_ranks(*arms)
    agree(found.value, SIZES["A31-gaps"]["expected"]["minority"]["auc"], rel=1e-12)
    for t, c in (arms, CARS, ([3, 4, 5, 7], [1, 2, 4, 6])):
        found, other = sizes.superiority_by_ranks(t, c), rank_compare_2indep(t, c)
        agree([found.value, found.df], [other.prob1, other.df], rel=1e-10)
        agree(found.se, math.sqrt(other.var_prob), rel=1e-10)


@pytest.mark.proves("sizes.rank_biserial", "effectsize 1.0, mtcars, two decimals")
@pytest.mark.proves("sizes.rank_biserial", "statsmodels 0.15, Somers' d")
def test_the_rank_biserial_correlation_is_that_of_effectsize(agree):
    found = sizes.rank_biserial(*CARS)
    agree(found.value, MTCARS["expected"]["rank_biserial"], rel=0, abs=0.005, of="mtcars")
    agree(found.value, rank_compare_2indep(*CARS).somersd1, rel=1e-12, of="Somers")


# ---- theorems ----


@given(g=effects)
def test_an_effect_and_its_mirror_add_up(g):
    for size, sum_ in (
        (sizes.improvement_index, 0),
        (sizes.u3, 1),
        (sizes.superiority, 1),
        (lambda x: sizes.months_of_progress(x, outcome="attainment"), 0),
    ):
        assert size(g).value + size(-g).value == pytest.approx(sum_, abs=1e-12)
    assert sizes.overlap(g).value == pytest.approx(sizes.overlap(-g).value, rel=1e-12)


@given(value=effects, below=st.floats(0.01, 2), above=st.floats(0.01, 2))
def test_the_interval_goes_along_and_stays_around_its_value(value, below, above):
    g = sizes.Size(value, 0.5, value - below, value + above, "a spread", "a factor", df=12)
    for size in (sizes.improvement_index, sizes.u3, sizes.superiority, sizes.overlap):
        found = size(g)
        assert found.low <= found.value <= found.high
        assert (found.divided_by, found.factor, found.df) == ("a spread", "a factor", 12)
        assert "normal" in found.caveat["en"]
        h = 1e-6
        slope = (size(value + h).value - size(value - h).value) / (2 * h)
        if abs(value) > 1e-3:  # overlap has a corner at 0
            assert found.se == pytest.approx(0.5 * abs(slope), rel=1e-4)
    if value - below < 0 < value + above:
        assert sizes.overlap(g).high == 1


def test_an_effect_from_pupils_goes_straight_into_other_words():
    g = sizes.hedges_g([5, 6, 7, 8], [4, 5, 6, 7])
    assert sizes.u3(g).value == sizes.above_average(g.g)
    assert sizes.u3(g).low == sizes.above_average(g.low)
    assert sizes.u3(g).divided_by == g.divided_by


def test_months_are_for_attainment_only_and_bring_their_caveat():
    found = sizes.months_of_progress(G, outcome=sizes.Outcome.ATTAINMENT)
    assert (found.value, found.low, found.high) == (4, 2, 6)
    assert "Key Stage 1" in found.caveat["en"]
    assert "may understate" in found.caveat["en"]
    assert "maanden" in found.caveat["nl"]
    with pytest.raises(aw.PlanError, match="5 tot 7 jaar"):
        sizes.months_of_progress(0.3, outcome="other")
    with pytest.raises(aw.PlanError, match="attainment"):
        sizes.months_of_progress(0.3, outcome="wellbeing")


def test_an_effect_between_two_steps_of_the_table_belongs_to_the_nearest():
    months = [
        sizes.months_of_progress(g, outcome="attainment").value
        for g in (0.014, 0.016, 0.094, 0.096, 0.184, 0.186, -0.186)
    ]
    assert months == [0, 1, 1, 2, 2, 3, -3]


def test_beyond_the_table_the_months_say_that_it_ends():
    end, beyond = (sizes.months_of_progress(g, outcome="attainment") for g in (1.0, 1.4))
    assert end.value == beyond.value == 12
    assert "table ends" not in end.caveat["en"]
    assert "table ends" in beyond.caveat["en"]


@given(t=scores, c=scores)
def test_superiority_by_ranks_is_the_share_of_pairs(t, c):
    pairs = [(a > b) + (a == b) / 2 for a in t for b in c]
    found = sizes.superiority_by_ranks(t, c)
    assert found.value == pytest.approx(np.mean(pairs), abs=1e-12)
    if found.caveat is None:
        assert 0 < found.low < found.value < found.high < 1
    else:
        assert found.se is found.low is found.high is None


@given(t=scores, c=scores)
def test_swapping_arms_turns_the_order_and_a_rising_scale_leaves_it(t, c):
    a, b = sizes.rank_biserial(t, c), sizes.rank_biserial(c, t)
    assert b.value == pytest.approx(-a.value, abs=1e-12)
    if a.caveat is None:
        assert (b.low, b.high) == pytest.approx((-a.high, -a.low), rel=1e-9, abs=1e-9)
    other = sizes.rank_biserial([math.exp(x) for x in t], [math.exp(x) for x in c])
    assert other == a


def test_the_interval_of_ranks_is_made_on_the_scale_of_the_logit():
    found, other = sizes.superiority_by_ranks(*CARS), rank_compare_2indep(*CARS)
    odds = [math.log(x / (1 - x)) for x in (found.low, found.value, found.high)]
    _, high = other.conf_int()  # t limits on the scale of the share itself
    reach = (high - other.prob1) / (other.prob1 * (1 - other.prob1))
    assert [odds[1] - odds[0], odds[2] - odds[1]] == pytest.approx([reach, reach], rel=1e-9)
    twice = sizes.rank_biserial(*CARS)
    assert (twice.se, twice.low) == pytest.approx((2 * found.se, 2 * found.low - 1), rel=1e-12)


def test_arms_that_do_not_touch_have_no_interval_and_say_so():
    found = sizes.superiority_by_ranks([5, 6, 7], [1, 2, 3])
    assert (found.value, found.low) == (1, None)
    assert "no interval" in found.caveat["en"]
    assert sizes.rank_biserial([5, 5], [5, 5]).value == 0


# ---- bad input ----


def test_what_is_no_effect_cannot_be_translated():
    for wrong in (math.nan, "large", None, math.inf):
        with pytest.raises(aw.DataError):
            sizes.improvement_index(wrong)
    with pytest.raises(aw.DataError, match="gestandaardiseerd"):
        sizes.u3(sizes.improvement_index(G))
    with pytest.raises(aw.DataError, match="ontbreken"):
        sizes.rank_biserial([1, math.nan], [1, 2])
