"""Too small to matter, or not clearly worse: tests against the smallest effect that matters."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import schools
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

import academic_workplace as aw
from academic_workplace.evidence.equivalence import (
    Shown,
    equivalences,
    margin_of,
    noninferiorities,
)
from academic_workplace.evidence.equivalence import equivalence as tost
from academic_workplace.evidence.equivalence import noninferiority as not_worse
from academic_workplace.plan import parse_plan

PLAN = aw.Plan(outcome="after", treatment="offered", cluster="school", smallest_effect=0.5)


def two_arms(seed):
    rng = np.random.default_rng(seed)
    t, c = rng.normal(0.1, 1, 40), rng.normal(0, 1, 55)
    df = len(t) + len(c) - 2
    pooled = ((len(t) - 1) * t.var(ddof=1) + (len(c) - 1) * c.var(ddof=1)) / df
    se = math.sqrt(pooled * (1 / len(t) + 1 / len(c)))
    return t, c, {"estimate": t.mean() - c.mean(), "se": se, "df": df}


@pytest.mark.proves("evidence.equivalence", "statsmodels 0.15, ttost_ind")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_one_sided_tests_are_those_of_statsmodels(seed, agree):
    t, c, numbers = two_arms(seed)
    means = CompareMeans(DescrStatsW(t), DescrStatsW(c))
    p, (above, below) = means.ttost_ind(-0.5, 0.5)
    found = tost(**numbers, margin=0.5)
    agree([found.p_value, found.p_above, found.p_below], [p, above[1], below[1]])
    agree([found.low, found.high], means.tconfint_diff(alpha=0.10))


@pytest.mark.proves("evidence.noninferiority", "scipy 1.17, ttest_ind of shifted scores")
@pytest.mark.parametrize("seed", [4, 5, 6])
def test_not_worse_is_a_one_sided_test_of_scores_moved_by_the_margin(seed, agree):
    t, c, numbers = two_arms(seed)
    shifted = stats.ttest_ind(t + 0.3, c, alternative="greater")
    found = not_worse(**numbers, margin=0.3)
    agree(found.p_value, shifted.pvalue)
    agree(found.low, shifted.confidence_interval(0.95).low - 0.3)


NUMBERS = {
    "estimate": st.floats(-3, 3),
    "se": st.floats(0.01, 3),
    "df": st.one_of(st.floats(1, 200), st.just(math.inf)),
    "margin": st.floats(0.01, 3),
}


@given(st.fixed_dictionaries(NUMBERS), st.sampled_from([0.01, 0.05, 0.1]))
def test_it_is_equivalent_just_when_the_90_percent_interval_lies_within_the_margins(n, alpha):
    found = tost(**n, alpha=alpha)
    reach = stats.t.ppf(1 - alpha, n["df"]) * n["se"]
    assert found.high - found.low == pytest.approx(2 * reach, rel=1e-9)
    if abs(abs(found.p_value - 0.5) - (0.5 - alpha)) < 1e-9:
        return  # at the line rounding decides
    inside = -n["margin"] < found.low and found.high < n["margin"]
    beyond = found.low > n["margin"] or found.high < -n["margin"]
    assert (found.verdict is Shown.EQUIVALENT) == inside == (found.p_value < alpha)
    assert (found.verdict is Shown.MATTERS) == beyond
    one_sided = not_worse(**n, alpha=alpha)
    assert (one_sided.verdict is Shown.NOT_INFERIOR) == (found.low > -n["margin"])
    assert one_sided.low == found.low


@given(st.fixed_dictionaries(NUMBERS))
def test_what_is_equivalent_is_not_worse_and_turning_the_sign_swaps_the_two_tests(n):
    found = tost(**n)
    turned = tost(**n | {"estimate": -n["estimate"]})
    assert (turned.p_above, turned.p_below) == (found.p_below, found.p_above)
    assert turned.verdict is found.verdict
    if found.verdict is Shown.EQUIVALENT:
        assert not_worse(**n).verdict is Shown.NOT_INFERIOR
        wider = tost(**n | {"margin": 2 * n["margin"]})
        assert wider.verdict is Shown.EQUIVALENT


def test_infinite_degrees_of_freedom_give_the_normal_test():
    found = tost(estimate=0.0, se=1.0, df=math.inf, margin=1.6448536269514722)
    assert found.p_value == pytest.approx(0.05, rel=1e-9)
    assert found.high == pytest.approx(1.6448536269514722, rel=1e-12)


def test_without_an_uncertainty_there_is_no_answer():
    for test in (tost, not_worse):
        found = test(estimate=0.2, se=None, df=None, margin=0.1)
        assert (found.verdict, found.p_value, found.low) == (Shown.NO_ANSWER, None, None)
        assert "geen antwoord" in found.explain("nl")
        assert "cannot answer" in found.explain("en")


def test_impossible_numbers_are_named_all_at_once():
    with pytest.raises(aw.PlanError) as error:
        not_worse(estimate=math.nan, se=0.0, df=-1.0, margin=0.0, alpha=0.5)
    named = [fault.column for fault in error.value.faults]
    assert named == ["estimate", "se", "df", "margin", "alpha"]


@pytest.fixture(scope="module")
def effects():
    return aw.estimate(schools(np.random.default_rng(7), clusters=20, size=20), PLAN)


def test_the_effects_of_a_study_are_held_against_its_own_smallest_effect(effects):
    effect, found = effects[0], equivalences(effects)[0]
    margin = 0.5 * effect.estimate / effect.g
    assert found == tost(estimate=effect.estimate, se=effect.se, df=effect.df, margin=margin)
    # the margin is half of what g is divided by: that spread is the outcome's, about
    assert margin == pytest.approx(0.5 * effect.sd, rel=0.05)
    nothing = replace(effect, estimate=0.0, g=0.0)
    assert margin_of(nothing) == 0.5 * effect.sd
    assert found.verdict is Shown.NOT_SHOWN


def test_where_lower_is_better_a_rise_is_what_is_worse():
    table = schools(np.random.default_rng(8), clusters=20, size=20, effect=2.0)
    text = """
    [design]
    treatment = "offered"
    cluster = "school"
    [[outcomes]]
    column = "after"
    better = "{}"
    """
    worse, better = (
        noninferiorities(aw.estimate(table, parse_plan(text.format(way))))[0]
        for way in ("lower", "higher")
    )
    assert worse.estimate == -better.estimate < 0
    assert (worse.verdict, better.verdict) == (Shown.NOT_SHOWN, Shown.NOT_INFERIOR)
    assert worse.margin == better.margin


def test_a_study_without_uncertainty_has_no_answer_either():
    table = schools(np.random.default_rng(9), clusters=6, size=15)
    only = table["school"].unique()[0]
    table["offered"] = (table["school"] == only).astype(int)
    effects = aw.estimate(table, PLAN)
    assert equivalences(effects)[0].verdict is Shown.NO_ANSWER
    assert noninferiorities(effects)[0].verdict is Shown.NO_ANSWER


def test_each_verdict_has_its_sentence_in_both_languages():
    words = {
        (0.02, 0.04): ("te klein om van belang", "too small to matter"),
        (0.02, 0.10): ("weten we nog niet", "(more than 0.10), we do not know yet"),
        (0.40, 0.10): ("groot genoeg om van belang te zijn (meer dan 0,10)", "enough to matter"),
    }
    for (estimate, se), (nl, en) in words.items():
        found = tost(estimate=estimate, se=se, df=10, margin=0.1)
        assert nl in found.explain("nl")
        assert en in found.explain("en")
        assert "<p>" in found._repr_html_()
        json.dumps(found.to_dict())
    fine = not_worse(estimate=0.02, se=0.04, df=10, margin=0.1)
    assert "niet ongunstiger" in fine.explain("nl")
    assert "too little to matter (less than 0.10)" in fine.explain("en")
    unsure = not_worse(estimate=-0.2, se=0.04, df=10, margin=0.1)
    assert "niet uitsluiten" in unsure.explain("nl")
    assert "cannot rule out" in unsure.explain("en")
    json.dumps(unsure.to_dict())
    assert "<p>" in unsure._repr_html_()


@pytest.mark.parametrize("x", ["x", [1], 1j, math.nan, np.array([1, 2])], ids=repr)
def test_what_is_no_number_is_named_and_not_tried(x):
    with pytest.raises(aw.PlanError) as refused:
        not_worse(estimate=x, se=x, df=x, margin=x, alpha=x)
    found = [fault.column for fault in refused.value.faults]
    assert found == ["estimate", "se", "df", "margin", "alpha"]
    with pytest.raises(aw.PlanError):
        tost(estimate=0, se=1, df=1, margin=None)
