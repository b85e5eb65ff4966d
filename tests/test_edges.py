"""Designs at the edge of what can be computed: no rounding is taken for a result."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rows import schools

import academic_workplace as aw
from academic_workplace.effects import OWN, Caution
from academic_workplace.resampling import _patterns

PLAN = aw.Plan(outcome="after", treatment="offered", cluster="school")
NOT = (aw.Inference.RANDOMISATION, aw.Inference.TWO_WAY, *OWN)  # the second needs two divisions
EVERY = [i for i in aw.Inference if i not in NOT]


def pairs(seed, schools_=6, size=12):
    """Matched pairs of schools of equal size."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools_), size)
    after = (
        rng.normal(size=schools_)[school] * 0.3 + 0.3 * (school % 2) + rng.normal(size=len(school))
    )
    return pd.DataFrame({
        "school": [f"S{i:02d}" for i in school], "offered": school % 2, "pair": school // 2,
        "after": after,
    })  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("n", [6, 10])
def test_pairs_give_the_wild_bootstrap_one_answer_whatever_the_order_of_rows(seed, n):
    table, plan = pairs(seed, n), replace(PLAN, blocks=("pair",), inference="wild bootstrap")
    here = aw.estimate(table, plan)[0]
    shuffled = aw.estimate(table.sample(frac=1, random_state=seed), plan)[0]
    means = aw.estimate(table, plan, method="cluster means")[0]  # the same: schools are equal
    assert shuffled.p_value == here.p_value == means.p_value
    assert [shuffled.low, shuffled.high] == pytest.approx([here.low, here.high], rel=1e-6)
    # draws whose signs are opposite in every pair have no standard error: they count
    assert here.p_value >= 2 ** (n // 2) / 2**n


def saturated():
    """Six schools and as many coefficients at the level of the school."""
    table = schools(np.random.default_rng(1), clusters=6, size=12)
    place = {name: i for i, name in enumerate(sorted(table["school"].unique()))}
    for i in range(4):
        level = np.random.default_rng(i).normal(size=6)
        table[f"q{i}"] = level[table["school"].map(place)]
    return table, replace(PLAN, covariates=("q0", "q1", "q2", "q3"))


@pytest.mark.parametrize("inference", [i for i in EVERY if i is not aw.Inference.CLASSICAL])
def test_a_model_with_a_coefficient_for_every_school_has_no_uncertainty(inference):
    table, plan = saturated()
    effect = aw.estimate(table, plan, inference=inference)[0]
    assert effect.estimate is not None
    assert (effect.se, effect.low, effect.p_value) == (None, None, None)
    assert effect.reason is not None


def test_nor_has_it_a_joint_test_or_draws_of_several_outcomes():
    table, plan = saturated()
    effects = aw.estimate(table, plan)
    for inference in ("CR2", "CR3", "classical"):
        level = table.groupby("school")["after"].transform("mean")  # nothing left for classical
        found = aw.effects.joint_test(
            aw.estimate(table.assign(after=level), plan, inference=inference)
        )
        assert found[["F", "p_value"]].isna().all(axis=None)
        assert "too few schools" in found["reason"][0]
    assert aw.effects.joint_test(effects)["F"].isna().all()
    assert aw.evidence.adjust(effects, "after", "romano-wolf")[0].adjusted is None


@pytest.mark.parametrize("inference", EVERY)
def test_an_outcome_that_is_the_programme_itself_has_no_uncertainty(inference):
    table = schools(np.random.default_rng(2), clusters=8)
    table["after"] = 0.1 * table["offered"] + 0.3
    effect = aw.estimate(table, PLAN, inference=inference)[0]
    assert effect.estimate == pytest.approx(0.1)
    assert (effect.se, effect.p_value) == (None, None)
    assert aw.weigh(aw.estimate(table, PLAN), PLAN).findings[0].low is None


def test_shares_that_are_equal_within_each_arm_leave_no_rounding_behind():
    rows = [("a", 1, 7, 14), ("b", 1, 1, 2), ("c", 0, 9, 28), ("d", 0, 18, 56)]
    table = pd.DataFrame([
        (school, offered, float(i < yes)) for school, offered, yes, n in rows for i in range(n)
    ], columns=["school", "offered", "after"])  # fmt: skip
    for inference in ("CR2", "wild bootstrap"):
        assert aw.estimate(table, PLAN, inference=inference)[0].p_value is None


def test_averages_over_blocks_that_share_schools_are_refused():
    table = schools(np.random.default_rng(3), clusters=8, size=12)
    table["grade"] = np.arange(len(table)) % 4
    plan = replace(PLAN, blocks=("grade",))
    for method in ("site average", "pupil average"):
        with pytest.raises(aw.PlanError, match="blok"):
            aw.estimate(table, plan, method=method)
    with pytest.raises(aw.PlanError):
        aw.effects.multisite(aw.estimate(table, plan))


def test_pupils_assigned_again_do_not_depend_on_the_order_of_rows():
    table = schools(np.random.default_rng(4), clusters=6, size=12)
    table["offered"] = np.arange(len(table)) % 3
    plan = replace(PLAN, assigned="pupil", blocks=("school",), covariates=("before",),
                   comparison="0", inference="randomisation")  # fmt: skip
    found = [
        [(e.p_value, e.low, e.high) for e in aw.estimate(rows, plan)]
        for rows in (table, *(table.sample(frac=1, random_state=i) for i in range(3)))
    ]
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-9)


def test_a_block_without_a_treated_school_is_no_obstacle():
    table = pairs(5, 7)  # the last school has no partner
    plan = replace(PLAN, blocks=("pair",))
    found = aw.estimate(table, plan, inference="randomisation")[0]
    means = table.groupby("school")["after"].mean().to_numpy()[:6].reshape(3, 2)
    apart = means[:, 1] - means[:, 0]
    signs = np.array(list(itertools.product([1, -1], repeat=3)))  # the treated one of each pair
    extreme = np.abs(signs @ apart) >= abs(apart.sum()) * (1 - 1e-9)
    assert found.estimate == pytest.approx(apart.mean())
    assert found.p_value == pytest.approx(extreme.mean())
    evidence = aw.weigh(aw.estimate(table, plan), plan)
    assert len(evidence.comparison.ways) == 4
    without = aw.evidence.leave_one_out(aw.estimate(pairs(5, 8), plan, inference="randomisation"))
    assert len(without[0].without) == 8


@pytest.mark.parametrize(("m", "t"), [(5, 0), (5, 2), (5, 5), (0, 0), (24, 2), (24, 0)])
def test_every_way_to_choose_is_there_once(m, t):
    found = _patterns(m, t)
    assert found.shape == (math.comb(m, t), m)
    assert (found.sum(axis=1) == t).all()
    assert len({row.tobytes() for row in found}) == len(found)


def test_all_arms_are_tested_together_after_the_jackknife_too():
    effects = aw.estimate(schools(np.random.default_rng(6)), PLAN, inference="jackknife")
    other = aw.estimate(effects.pupils, inference="CR3")
    assert aw.effects.joint_test(effects).equals(aw.effects.joint_test(other))


@pytest.mark.parametrize("level", [0.0, 1e6, 1e8, -1e8])
def test_scores_far_from_zero_are_not_taken_for_equal(level):
    table = schools(np.random.default_rng(7))
    table["after"] += level
    assert aw.estimate(table, PLAN)[0].cautions == ()
    table.loc[table["offered"] == 0, "after"] = level + 0.1
    assert Caution.NO_VARIATION in aw.estimate(table, PLAN)[0].cautions


def test_four_degrees_of_freedom_are_not_fewer_than_four():
    for seed in range(4):
        effect = aw.estimate(pairs(seed), PLAN)[0]
        assert effect.df == pytest.approx(4)
        assert effect.cautions == ()
    sites = aw.estimate(pairs(0), replace(PLAN, blocks=("pair",)), method="site average")[0]
    assert sites.cautions == (Caution.FEW_DEGREES_OF_FREEDOM,)


def test_blocks_that_hold_one_arm_each_are_the_fault_not_the_arm():
    table = schools(np.random.default_rng(8))
    with pytest.raises(aw.DataError) as error:
        aw.estimate(table, replace(PLAN, blocks=("school",)))
    assert [fault.column for fault in error.value.faults] == ["school"]
    assert "geen enkel blok" in error.value.explain("nl")


@pytest.mark.parametrize(("few", "many"), [(3, 7), (3, 8), (3, 11), (3, 12), (2, 9), (4, 9)])
def test_the_default_is_cr2_but_where_the_coverage_study_found_better(few, many):
    table = schools(np.random.default_rng(9), clusters=few + many, size=8)
    table["offered"] = (table["school"] < f"S{few:02d}") * 1
    chosen = aw.estimate(table, PLAN)
    better = few == 3 and 8 <= many <= 11
    assert chosen.inference is (aw.Inference.WILD if better else aw.Inference.CR2)
    assert ("wild cluster bootstrap" in chosen[0].method) == better
    turned = aw.estimate(table.assign(offered=1 - table["offered"]), PLAN)
    assert turned.inference is chosen.inference
    adjusted = aw.estimate(table, replace(PLAN, covariates=("before",)))
    assert adjusted.inference is aw.Inference.CR2
    asked = aw.estimate(table, replace(PLAN, inference="CR2"))
    assert asked.inference is aw.Inference.CR2


def test_what_are_no_effects_is_refused_in_words():
    for verb in (aw.effects.joint_test, aw.effects.multisite, aw.effects.compare):
        with pytest.raises(aw.PlanError, match="geen effecten"):
            verb(None)
