"""For whom: effects in groups of pupils, and whether they differ."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import on_rows, schools
from scipy import stats

import academic_workplace as aw
from academic_workplace.disclosure import DUTCH_10, NCO, under
from academic_workplace.effects.subgroups import Sizes, subgroups
from academic_workplace.evidence.multiplicity import holm

HERE = Path(__file__).parent
STAR = json.loads((HERE / "reference" / "star.json").read_text())
PLAN = aw.Plan(
    outcome="after", treatment="offered", comparison="0", cluster="school", covariates=("before",),
    subgroups=("girl",),
)  # fmt: skip


def pupils_of_three(seed=1, **more):
    """Pupils with a group of their own: a, b or c."""
    table = schools(np.random.default_rng(seed), size=12, **more)
    return table.assign(group=np.array(list("abc"))[np.arange(len(table)) % 3])


def found(table, plan=PLAN, by=None, **more):
    return subgroups(aw.estimate(table, plan, **more), by)


# ---------------------------------------------------------------- against others


@pytest.mark.proves("effects.subgroups", "clubSandwich 0.5.8, STAR by place (A10)")
def test_subgroups_on_star_are_clubsandwichs(agree):
    table = pd.read_csv(HERE / "reference" / "data" / "star_first_grade.csv.gz")
    table["place"] = table["schoolk"].replace("inner-city", "urban")
    plan = aw.Plan(
        outcome="math1", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil", covariates=("place", "gender", "ethnicity", "lunchk"),
        subgroups=("place",),
    )  # fmt: skip
    expected = STAR["A10-cr2-star-moderation"]["expected"]
    each = {item.overall.arm: item for item in found(table, plan)}
    small, test = each["small"], expected["small_interaction"]
    agree([small.F, small.df1, small.df2, small.p_value],
          [test["F"], test["df1"], test["df2"], test["p"]])  # fmt: skip
    for arm, name in (("small", "starksmall"), ("regular+aide", "starkaide")):
        effects = dict(zip(each[arm].levels, each[arm].effects, strict=True))
        urban = effects["urban"]
        agree([urban.estimate, urban.se, urban.df],
              [expected[k][name] for k in ("coef", "se", "df")])  # fmt: skip
        for place in ("suburban", "rural"):
            apart = effects[place].estimate - urban.estimate
            agree(apart, expected["coef"][f"schoolk{place}:{name}"])


@pytest.mark.proves("effects.subgroups", "rows, dense CR2 of a model with interactions")
@pytest.mark.parametrize(("blocks", "weights"), [(0, False), (2, False), (2, True)])
def test_a_group_and_the_difference_are_those_of_the_rows(agree, blocks, weights):
    table = schools(np.random.default_rng(3), blocks=blocks, effect=0.5)
    plan = replace(PLAN, blocks=("block",) if blocks else ())
    if weights:
        table["w"] = np.random.default_rng(4).gamma(2, 1, len(table))
        plan = replace(plan, weights="w")
    table["in girls"] = table["offered"] * table["girl"]
    table["in boys"] = table["offered"] * (1 - table["girl"])
    more = {"block": "block" if blocks else "", "weight": "w" if weights else ""}
    item = found(table, plan)[0]
    apart = on_rows(table, "after", ["in boys", "in girls", "girl", "before"], "school", **more)
    for i, effect in enumerate(item.effects):
        se = apart.variance["CR2"][i, i] ** 0.5
        agree([effect.estimate, effect.se, effect.df], [apart.beta[i], se, apart.df["CR2"][i]],
              rel=1e-7)  # fmt: skip
    rows = on_rows(table, "after", ["in boys", "offered", "girl", "before"], "school", **more)
    d, se = item.difference, rows.variance["CR2"][0, 0] ** 0.5
    agree([d.estimate, d.se, d.df], [rows.beta[0], se, rows.df["CR2"][0]], rel=1e-7)


@pytest.mark.proves("effects.subgroups", "statsmodels, coefficients with interactions")
def test_the_effects_of_three_groups_are_the_coefficients_of_statsmodels(agree):
    table = pupils_of_three(5)
    plan = replace(PLAN, subgroups=("group",), covariates=("before", "girl"))
    item = found(table, plan)[0]
    fit = smf.ols("after ~ C(group) + C(group):offered + before + girl", table).fit()
    agree([e.estimate for e in item.effects],
          [fit.params[f"C(group)[{g}]:offered"] for g in item.levels])  # fmt: skip


def test_a_dose_has_a_slope_in_every_group():
    table = schools(np.random.default_rng(6))
    table["hours"] = table["school"].str[1:].astype(int) % 4 + 0.5
    plan = replace(PLAN, treatment="hours", dose=True, comparison=None)
    item = found(table, plan)[0]
    fit = smf.ols("after ~ girl + hours:C(girl) + before", table).fit()
    expected = [fit.params[f"hours:C(girl)[{g}]"] for g in (0.0, 1.0)]
    assert [e.estimate for e in item.effects] == pytest.approx(expected, rel=1e-8)
    assert len(item.sizes.arms) == 1
    assert item.gap is None
    assert int(item.sizes.pupils.sum()) == len(table)


# ---------------------------------------------------------------- theorems


def test_where_groups_are_whole_schools_each_has_the_regression_of_its_own_pupils():
    table = schools(np.random.default_rng(7), clusters=24, size=8)
    table["girl"] = (table["school"].str[1:].astype(int) % 3 == 0).astype(float)
    plan = replace(PLAN, covariates=())
    item = found(table, plan)[0]
    alone = [
        aw.estimate(table[table["girl"] == g], replace(plan, subgroups=()), inference="CR2")[0]
        for g in (0.0, 1.0)
    ]
    for one, other in zip(item.effects, alone, strict=True):
        for name in ("estimate", "se", "df", "low", "high", "pupils", "pupils_arm", "clusters_arm"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9)
    d = item.difference
    assert d.estimate == pytest.approx(alone[0].estimate - alone[1].estimate, rel=1e-9)
    assert d.se == pytest.approx(np.hypot(alone[0].se, alone[1].se), rel=1e-9)


def test_without_covariates_the_effect_in_a_group_is_its_difference_of_means():
    table = pupils_of_three(8)
    item = found(table, replace(PLAN, covariates=(), subgroups=("group",)))[0]
    means = table.groupby(["group", "offered"])["after"].mean().unstack()
    expected = (means[1] - means[0])[list(item.levels)]
    assert [e.estimate for e in item.effects] == pytest.approx(expected.tolist(), rel=1e-9)


def test_of_two_groups_the_joint_test_is_the_t_test_of_the_difference():
    item = found(schools(np.random.default_rng(9)))[0]
    d = item.difference
    assert pytest.approx((d.estimate / d.se) ** 2, rel=1e-8) == item.F
    assert (item.df1, item.df2) == (1, pytest.approx(d.df, rel=1e-8))
    assert item.p_value == pytest.approx(d.p_value, rel=1e-8)
    assert item.p_value == pytest.approx(2 * stats.t.sf(abs(d.estimate / d.se), d.df), rel=1e-8)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.permutations("abc"))
def test_neither_the_order_of_rows_nor_the_names_of_groups_matter(seed, names):
    table = pupils_of_three(seed % 50)
    plan = replace(PLAN, subgroups=("group",))
    one = found(table, plan)[0]
    mixed = table.sample(frac=1, random_state=seed % 2**31, ignore_index=True)
    mixed["group"] = mixed["group"].map(dict(zip("abc", names, strict=True)))
    other = found(mixed, plan)[0]
    there = dict(zip(other.levels, other.effects, strict=True))
    for level, effect in zip(one.levels, one.effects, strict=True):
        again = there[dict(zip("abc", names, strict=True))[level]]
        for name in ("estimate", "se", "df", "g", "g_low", "g_high"):
            assert getattr(again, name) == pytest.approx(getattr(effect, name), rel=1e-7)
    assert [other.F, other.df2, other.p_value] == pytest.approx(
        [one.F, one.df2, one.p_value], rel=1e-6
    )


def test_all_groups_share_the_divisor_of_the_whole():
    item = found(pupils_of_three(10), replace(PLAN, subgroups=("group",)))[0]
    scale = item.overall.g / item.overall.estimate
    for effect in item.effects:
        assert effect.g == pytest.approx(scale * effect.estimate, rel=1e-9)
        assert effect.sd == item.overall.sd


def test_a_column_that_is_adjusted_for_gives_the_same_groups():
    table = pupils_of_three(11)
    plan = replace(PLAN, subgroups=("group",))
    one, other = (found(table, p)[0] for p in (plan, replace(plan, covariates=("before", "group"))))
    assert [e.estimate for e in one.effects] == pytest.approx(
        [e.estimate for e in other.effects], rel=1e-9
    )


# ---------------------------------------------------------------- several columns


def test_planned_tests_are_adjusted_for_each_other_and_explored_ones_apart():
    table = pupils_of_three(12)
    table["late"] = (np.arange(len(table)) % 5 == 0).astype(float)
    plan = replace(PLAN, subgroups=("girl", "group"), balance=("late",))
    effects = aw.estimate(table, plan)
    planned = subgroups(effects)
    assert [x.planned for x in planned] == [True, True]
    assert [x.p_adjusted for x in planned] == pytest.approx(holm([x.p_value for x in planned]))
    one = subgroups(effects, by="girl")
    assert (len(one), one[0].p_adjusted) == (1, planned[0].p_adjusted)  # no smaller a family
    explored = subgroups(effects, by=["late"])[0]
    assert not explored.planned
    assert explored.p_adjusted == explored.p_value


def test_every_primary_outcome_and_arm_has_its_own():
    table = pupils_of_three(13, clusters=18)
    table["offered"] = table["school"].str[1:].astype(int) % 3
    table["later"] = np.random.default_rng(0).normal(size=len(table))
    plan = replace(PLAN, outcome=("after", "later"), primary=("after", "later"))
    items = found(table, plan)
    assert [x.key for x in items] == [(o, "", a) for o in ("after", "later") for a in ("1", "2")]
    assert [x.key[0] for x in found(table, replace(plan, primary=()))] == ["after", "after"]


# ---------------------------------------------------------------- the gap


@pytest.mark.parametrize(("more", "narrows"), [(2.0, True), (-2.0, False)])
def test_it_is_said_whether_the_gap_is_smaller_where_the_programme_is(more, narrows):
    table = schools(np.random.default_rng(14), clusters=30, size=20)
    table["after"] += -4 * table["girl"] + more * table["girl"] * table["offered"]
    item = found(table)[0]
    means = table[table["offered"] == 0].groupby("girl")["after"].mean()
    assert item.gap.estimate == pytest.approx(means[0] - means[1], rel=1e-9)
    assert item.clear
    assert item.narrows is narrows


def test_of_a_gap_that_is_not_clear_nothing_is_said():
    table = schools(np.random.default_rng(15), clusters=30, size=20)
    table["after"] += -0.3 * table["girl"] + 2.0 * table["girl"] * table["offered"]
    assert found(table)[0].narrows is None
    assert found(schools(np.random.default_rng(15)))[0].narrows is None


# ---------------------------------------------------------------- who is not known, what cannot be


def test_pupils_whose_group_is_not_known_are_counted_and_take_no_part():
    table = schools(np.random.default_rng(16))
    gone = np.arange(len(table)) % 7 == 0
    table.loc[gone, "girl"] = np.nan
    item = found(table)[0]
    assert int(item.sizes.unknown.sum()) == gone.sum()
    known = found(table[~gone])[0]
    assert [e.estimate for e in item.effects] == pytest.approx(
        [e.estimate for e in known.effects], rel=1e-9
    )


def test_a_group_that_is_in_one_arm_only_has_no_effect_and_the_others_do():
    table = pupils_of_three(17)
    table.loc[(table["group"] == "c") & (table["offered"] == 1), "group"] = "a"
    item = found(table, replace(PLAN, subgroups=("group",)))[0]
    of = dict(zip(item.levels, item.effects, strict=True))
    assert of["c"].estimate is None
    assert "Nobody" in of["c"].reason.en
    assert item.tested == ("a", "b")
    assert item.F is not None
    table.loc[(table["group"] == "b") & (table["offered"] == 1), "group"] = "a"
    item = found(table, replace(PLAN, subgroups=("group",)))[0]
    assert item.F is None
    assert "two groups" in item.reason.en


def test_a_group_in_one_school_of_an_arm_has_no_uncertainty():
    table = schools(np.random.default_rng(18))
    one = table.loc[table["offered"] == 1, "school"].iloc[0]
    table.loc[(table["offered"] == 1) & (table["school"] != one), "girl"] = 0.0
    item = found(table)[0]
    boys, girls = item.effects
    assert boys.se is not None
    assert girls.estimate is not None
    assert girls.se is None
    assert "only one school" in girls.reason.en
    assert item.difference is None


def test_all_pupils_in_one_group_leave_nothing_to_compare():
    table = schools(np.random.default_rng(19)).assign(girl=1.0)
    item = found(table, replace(PLAN, balance=("girl",)))[0]
    assert item.effects == ()
    assert "one group" in item.reason.en


def test_a_group_that_follows_from_the_blocks_is_told_in_words():
    table = schools(np.random.default_rng(20), blocks=2)
    table["girl"] = table["block"].astype(float)
    item = found(table, replace(PLAN, blocks=("block",)))[0]
    assert item.effects == ()
    assert item.reason is not None


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (replace(PLAN, method="multilevel"), "plain difference"),
        (replace(PLAN, method="cluster means"), "plain difference"),
        (replace(PLAN, crossed="label"), "two divisions"),
        (replace(PLAN, subgroups=("score",)), "more than 6"),
    ],
)
def test_what_cannot_be_had_is_named_as_not_done(plan, said):
    table = schools(np.random.default_rng(21))
    table["label"] = np.arange(len(table)) % 5
    table["score"] = table["before"].round(3)
    nothing = found(table, plan)
    assert len(nothing) == 0
    assert said in nothing.not_done[0].en
    with pytest.raises(aw.PlanError) as error:
        found(table, plan, by=plan.subgroups)
    assert said in error.value.faults[0].rule.en


def test_moments_alone_cannot_tell_groups():
    table = schools(np.random.default_rng(22))
    effects = aw.estimate(aw.collect(table, PLAN), PLAN)
    assert "table itself" in subgroups(effects).not_done[0].en


def test_columns_that_are_not_there_are_all_named():
    effects = aw.estimate(schools(np.random.default_rng(23)), PLAN)
    with pytest.raises(aw.PlanError) as error:
        subgroups(effects, by=("shoes", "girl", "hats"))
    assert [fault.column for fault in error.value.faults] == ["shoes", "hats"]
    for by in ((), 3):
        with pytest.raises(aw.PlanError):
            subgroups(effects, by=by)


def test_an_outcome_is_no_group_of_pupils():
    with pytest.raises(aw.PlanError, match="subgroups"):
        replace(PLAN, subgroups=("after",))


# ---------------------------------------------------------------- what may leave


def sizes_of(pupils, unknown, clusters=None):
    n = np.array(pupils)
    levels, arms = (tuple(str(i) for i in range(k)) for k in n.shape)
    c = np.full(n.shape, 5) if clusters is None else np.array(clusters)
    return Sizes(levels, arms, n, c, np.array(unknown))


COUNTS = st.integers(0, 25)


@settings(max_examples=300)
@given(
    st.integers(2, 6).flatmap(
        lambda k: st.tuples(
            st.lists(st.tuples(COUNTS, COUNTS), min_size=k, max_size=k), st.tuples(COUNTS, COUNTS)
        )
    )
)
def test_what_is_left_over_never_tells_of_few(drawn):
    pupils, unknown = drawn
    sizes = sizes_of(pupils, unknown)
    with under(DUTCH_10):
        rows, counts = sizes.withheld()
    n = sizes.pupils
    assert rows <= counts
    told = n.sum(axis=0) + sizes.unknown >= DUTCH_10.minimum
    for k, level in enumerate(sizes.levels):
        assert level in rows or np.all(n[k, told] >= DUTCH_10.minimum)
    assert len(rows) != 1
    gone = np.array([level in counts for level in sizes.levels])
    left = (n[gone].sum(axis=0) + sizes.unknown)[told]
    assert np.all((left == 0) | (left >= DUTCH_10.minimum)) or gone.all()


def test_of_two_groups_neither_is_shown_when_one_is_small():
    assert sizes_of([[40, 40], [40, 9]], [0, 0]).withheld()[0] == {"0", "1"}


def test_of_more_groups_the_next_smallest_goes_as_well():
    sizes = sizes_of([[60, 40], [12, 9], [20, 30], [40, 30]], [0, 0])
    assert sizes.withheld() == ({"1", "2"}, {"1", "2"})


def test_a_group_in_too_few_schools_is_not_shown_unless_the_rules_allow_it():
    sizes = sizes_of([[40, 40], [40, 40], [40, 40]], [0, 0], [[5, 5], [5, 1], [4, 4]])
    assert "1" in sizes.withheld()[0]
    with under(NCO):
        assert sizes.withheld() == (frozenset(), frozenset())


def test_a_few_of_unknown_group_hide_a_count_and_no_effect():
    assert sizes_of([[50, 50], [40, 40]], [3, 0]).withheld() == (frozenset(), {"1"})


def test_no_number_that_is_withheld_is_in_the_table():
    table = schools(np.random.default_rng(24), clusters=10)
    table.loc[table.index[table["offered"] == 1][8:], "girl"] = 0.0
    shown = found(table).table()
    assert shown["withheld"].all()
    assert shown.select_dtypes("number").isna().all(axis=None)
    assert "p_value" in shown
    told = found(schools(np.random.default_rng(24), clusters=14, size=20)).table()
    assert told.loc[~told["group"].str.contains(" - "), "p_value"].isna().all()
    assert told["p_value"].notna().sum() == 1
