"""Several outcomes at once: p-values adjusted for each other."""

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import schools

import academic_workplace as aw
from academic_workplace.evidence.multiplicity import (
    Adjustment,
    adjust,
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    family,
    hochberg,
    holm,
    romano_wolf,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "weighing.json").read_text())
A38 = REFERENCE["A38-multiple-testing"]
WAYS = {
    "holm": holm,
    "hochberg": hochberg,
    "BH": benjamini_hochberg,
    "BY": benjamini_yekutieli,
    "bonferroni": bonferroni,
}
DATA = Path(__file__).parents[1] / "data"


def shuffled(values, seed=1):
    order = np.random.default_rng(seed).permutation(len(values))
    return order, np.asarray(values)[order]


@pytest.mark.proves("evidence.holm", "R 4.2.2 p.adjust (A38)")
@pytest.mark.proves("evidence.hochberg", "R 4.2.2 p.adjust (A38)")
@pytest.mark.proves("evidence.benjamini_hochberg", "R 4.2.2 p.adjust (A38)")
@pytest.mark.proves("evidence.benjamini_yekutieli", "R 4.2.2 p.adjust (A38)")
@pytest.mark.proves("evidence.bonferroni", "R 4.2.2 p.adjust (A38)")
def test_p_values_are_adjusted_as_in_r_in_whatever_order_they_come(agree):
    order, p = shuffled(A38["p"])
    for name, way in WAYS.items():
        agree(way(p), np.asarray(A38["expected"][name])[order])


@pytest.mark.proves("evidence.holm", "R 4.2.2, Baumann & Jones (A44)")
def test_two_reading_methods_are_adjusted_as_in_the_reference(agree):
    expected = REFERENCE["A44-ancova-smallrct"]["expected"]
    agree(holm(list(expected["p"].values())), list(expected["holm"].values()))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_missing_p_value_stays_missing_and_does_not_count(way):
    p = [0.01, None, 0.04, math.nan, 0.2]
    found = way(p)
    assert np.isnan(found[[1, 3]]).all()
    np.testing.assert_array_equal(found[[0, 2, 4]], way([0.01, 0.04, 0.2]))
    assert np.isnan(way([None, None])).all()
    assert way([]).shape == (0,)
    assert way([0.03]) == 0.03


@pytest.mark.parametrize(
    "wrong", [[0.2, 1.2], [-0.1], [[0.1, 0.2]], 0.05, None, "x", ["0.1"], [[1], 2], {}]
)
def test_what_is_no_row_of_p_values_is_refused(wrong):
    with pytest.raises(aw.PlanError):
        holm(wrong)


P = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(P)
def test_an_adjusted_p_value_is_never_smaller_and_the_ways_stand_in_order(p):
    found = {name: way(p) for name, way in WAYS.items()}
    slack = 1e-12
    assert (found["BH"] >= np.asarray(p) - slack).all()
    for smaller, larger in (("BH", "hochberg"), ("hochberg", "holm"), ("holm", "bonferroni"),
                            ("BH", "BY")):  # fmt: skip
        assert (found[smaller] <= found[larger] + slack).all()
    for values in found.values():
        order = np.argsort(p, kind="stable")
        assert (np.diff(values[order]) >= -slack).all()
        assert values.max() <= 1


@settings(deadline=None)  # the first example imports statsmodels
@given(P, st.sampled_from(sorted(WAYS)))
def test_every_adjusted_p_value_is_that_of_statsmodels_to_the_last_bit(p, name):
    from statsmodels.stats.multitest import multipletests

    there = {"holm": "holm", "hochberg": "simes-hochberg", "BH": "fdr_bh", "BY": "fdr_by",
             "bonferroni": "bonferroni"}  # fmt: skip
    for several in (p, [*p, *p[::2]]):  # without ties, and with
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("gc.collect", lambda: 0)  # of all tests that ran before
            expected = multipletests(several, method=there[name])[1]
        np.testing.assert_array_equal(WAYS[name](several), expected)


# ---------------------------------------------------------------- Romano and Wolf


def by_brute_force(t, draws, *, exact):
    """The definition, one hypothesis and one draw at a time."""
    left, out, before = list(range(len(t))), {}, 0.0
    while left:
        j = max(left, key=lambda k: abs(t[k]))
        count = sum(max(abs(row[k]) for k in left) >= abs(t[j]) for row in draws)
        p = count / len(draws) if exact else (count + 1) / (len(draws) + 1)
        before = max(before, p)
        out[j] = before
        left.remove(j)
    return [out[j] for j in range(len(t))]


@pytest.mark.proves("evidence.romano_wolf", "pyfixest 0.60.0, its step-down function")
@pytest.mark.proves("evidence.romano_wolf", "brute force from the definition")
def test_step_down_p_values_are_those_of_pyfixest_and_of_the_definition(agree):
    given_ = REFERENCE["romano-wolf"]
    i, j = np.ogrid[1:500, 1:7]
    u, c = (i * (7919 + 1049 * j) % 10007) / 10007, (i * 3571 % 10007) / 10007
    draws = np.tan(np.pi * (0.8 * (0.6 * u + 0.4 * c) - 0.4))
    agree(romano_wolf(given_["t"], draws), given_["expected"]["p"])
    for exact in (True, False):
        agree(
            romano_wolf(given_["t"], draws, exact=exact),
            by_brute_force(given_["t"], draws.tolist(), exact=exact),
        )


def test_independent_statistics_give_sidaks_step_down():
    # All combinations of three grids are exactly independent: P(max >= t) = 1 - prod(1 - p_k(t)).
    grids = [np.arange(1, 21) / 4, np.arange(1, 17) / 3, np.arange(1, 26) / 5]
    draws = np.array(list(itertools.product(*grids)))
    t = np.array([4.0, 5.3, 4.4])
    order = np.argsort(-t)
    steps = [
        1 - math.prod(1 - np.mean(grids[k] >= t[j]) for k in order[at:])
        for at, j in enumerate(order)
    ]
    expected = np.empty(3)
    expected[order] = np.maximum.accumulate(steps)
    np.testing.assert_allclose(romano_wolf(t, draws, exact=True), expected, rtol=1e-12)


def test_outcomes_that_move_as_one_cost_nothing():
    rng = np.random.default_rng(2)
    draws = np.repeat(rng.standard_normal((400, 1)), 5, axis=1)
    alone = romano_wolf([2.0], draws[:, :1])
    np.testing.assert_array_equal(romano_wolf([2.0] * 5, draws), np.repeat(alone, 5))


TS = st.lists(st.integers(0, 12), min_size=1, max_size=5)


@given(TS, st.integers(0, 2**32 - 1), st.booleans())
def test_step_down_lies_between_the_test_alone_and_bonferroni(t, seed, exact):
    # whole numbers, so that ties are common
    rng = np.random.default_rng(seed)
    draws = rng.integers(-12, 13, (60, len(t)))
    found = romano_wolf(t, draws, exact=exact)
    alone = [romano_wolf([x], draws[:, [k]], exact=exact)[0] for k, x in enumerate(t)]
    assert (found >= alone).all()
    assert found.max() <= 1
    order = np.argsort(-np.asarray(t), kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    more = 0 if exact else 1
    for k, x in enumerate(t):  # the union bound, which is Bonferroni's when all columns are alike
        bound = np.sum(np.abs(draws) >= x) + more
        assert found[k] <= bound / (len(draws) + more) + 1e-12
    np.testing.assert_allclose(found, by_brute_force(t, draws.tolist(), exact=exact), rtol=1e-12)


def test_the_order_of_outcomes_and_their_signs_do_not_matter():
    rng = np.random.default_rng(3)
    t, draws = rng.standard_normal(6) * 2, rng.standard_normal((300, 6))
    order = rng.permutation(6)
    found = romano_wolf(t, draws)
    np.testing.assert_array_equal(romano_wolf(t[order], draws[:, order]), found[order])
    np.testing.assert_array_equal(romano_wolf(-t, -draws), found)


def test_ties_with_what_was_observed_count_even_when_they_came_another_way():
    t = 0.1 + 0.2  # 0.30000000000000004
    assert romano_wolf([t], [[0.3], [-0.3], [0.1], [0.2]], exact=True) == 0.5


def test_a_missing_statistic_stays_missing_and_a_draw_without_one_counts():
    draws = np.array([[1.0, 9.0, 0.5], [0.2, 9.0, 0.1], [math.nan, 9.0, 0.1], [0.3, 9.0, 3.0]])
    found = romano_wolf([2.0, None, 0.4], draws, exact=True)
    np.testing.assert_array_equal(found, [0.5, math.nan, 0.5])


@pytest.mark.parametrize(
    ("t", "draws"), [([1.0, 2.0], [[1.0], [2.0]]), ([1.0], [1.0, 2.0]), ([1.0], np.empty((0, 1)))]
)
def test_draws_that_do_not_fit_the_statistics_are_refused(t, draws):
    with pytest.raises(aw.PlanError):
        romano_wolf(t, draws)


# ---------------------------------------------------------------- the outcomes of a plan


@pytest.fixture(scope="module")
def effects():
    """Two measures at two waves, and two arms beside the comparison."""
    rng = np.random.default_rng(4)
    table = schools(rng, clusters=15, size=12)
    arm = {name: "abc"[i % 3] for i, name in enumerate(sorted(table["school"].unique()))}
    table = table.assign(arm=table["school"].map(arm), pupil=np.arange(len(table)))
    waves = [
        table.assign(wave=wave, other=rng.normal(size=len(table)), after=table["after"] + noise)
        for wave, noise in (
            ("t1", rng.normal(size=len(table))),
            ("t2", 0.9 * (table["arm"] == "b") + rng.normal(size=len(table))),
        )
    ]
    plan = aw.Plan(
        outcome=("after", "other"), treatment="arm", comparison="c", cluster="school",
        pupil="pupil", wave="wave", waves=("t1", "t2"),
    )  # fmt: skip
    return aw.estimate(pd.concat(waves, ignore_index=True), plan)


def test_only_main_wave_effects_on_primary_outcomes_are_adjusted(effects):
    found = adjust(effects, primary=("after", "other"))
    inside = [e for e in effects if e.wave == "t2"]
    assert len(inside) == 4
    assert {(i.outcome, i.wave, i.arm) for i in found if i.adjusted is not None} == {
        (e.outcome, e.wave, e.arm) for e in inside
    }
    assert [i.adjusted for i in found if i.primary] == holm([e.p_value for e in inside]).tolist()
    assert {i.adjusted for i in found if i.wave == "t1"} == {None}
    assert [i.p_value for i in found] == [e.p_value for e in effects]
    assert found.tests == 4
    assert list(found.table()["adjusted"].notna()) == [i.primary for i in found]


def test_without_names_the_plans_first_outcome_is_primary(effects):
    found = adjust(effects)
    assert {i.outcome for i in found if i.primary} == {"after"}
    assert found[: len(found)] == adjust(effects, "after")[:]
    assert family(effects) == tuple(i for i, item in enumerate(found) if item.primary)
    both = replace(effects, plan=replace(effects.plan, primary=("other", "after")))
    assert {i.outcome for i in adjust(both) if i.primary} == {"after", "other"}
    assert {i.outcome for i in adjust(both, "other") if i.primary} == {"other"}


@pytest.mark.proves("evidence.adjust", "R 4.2.2 p.adjust (A38)")
def test_the_effects_of_a_study_with_the_references_p_values_are_adjusted_alike(effects, agree):
    names = tuple(f"y{i}" for i in range(len(A38["p"])))
    plan = replace(effects.plan, outcome=names)
    items = tuple(
        replace(effects[0], outcome=name, wave="t2", p_value=p, plan=plan)
        for name, p in zip(names, A38["p"], strict=True)
    )
    study = replace(effects, items=items, plan=plan)
    expected = {"holm": "holm", "hochberg": "hochberg", "benjamini-hochberg": "BH",
                "benjamini-yekutieli": "BY", "bonferroni": "bonferroni"}  # fmt: skip
    for method, name in expected.items():
        found = adjust(study, names, method)
        agree([item.adjusted for item in found], A38["expected"][name])


def test_romano_wolf_takes_its_draws_in_the_order_of_the_family(effects):
    members = family(effects, ("after", "other"))
    t = [effects[i].estimate / effects[i].se for i in members]
    draws = np.random.default_rng(5).standard_normal((199, len(members)))
    found = adjust(effects, ("after", "other"), "romano-wolf", draws=draws)
    assert [found[i].adjusted for i in members] == romano_wolf(t, draws).tolist()
    assert found.method is Adjustment.ROMANO_WOLF


def test_an_effect_without_a_p_value_is_left_out_of_the_count(effects):
    at = family(effects)[0]
    items = [replace(e, p_value=None) if i == at else e for i, e in enumerate(effects)]
    found = adjust(replace(effects, items=tuple(items)))
    assert (found[at].primary, found[at].adjusted) == (True, None)
    (other,) = [i for i in family(effects) if i != at]
    assert found[other].adjusted == effects[other].p_value


def test_every_unknown_name_is_refused_at_once(effects):
    with pytest.raises(aw.PlanError) as error:
        adjust(effects, ("after", "afer", "oter"), "holms")
    assert [fault.column for fault in error.value.faults] == ["method", "afer", "oter"]
    for wrong in ({"primary": ()}, {"draws": [[1.0, 1.0]]}):
        with pytest.raises(aw.PlanError):
            adjust(effects, **wrong)
    with pytest.raises(aw.PlanError):
        family(effects, "oter")


def test_the_sentence_counts_what_is_left_when_all_looks_count(effects):
    def of(*p):
        items = [replace(effects[i], p_value=value) for i, value in zip(MEMBERS, p, strict=True)]
        return adjust(replace(effects, items=tuple(items)), ("after", "other"))

    MEMBERS = family(effects, ("after", "other"))
    both = of(0.001, 0.04, 0.6, 0.7)
    assert "Los bekeken zijn er 2 duidelijk" in both.explain("nl")
    assert "dan blijft er 1 over" in both.explain("nl")
    assert "2 are clear. When we allow for that, 1 remains." in both.explain("en")
    assert "blijft er geen over" in of(0.04, 0.5, 0.6, 0.7).explain("nl")
    none = of(0.5, 0.5, 0.6, 0.7).explain("nl")
    assert "is er geen duidelijk" in none
    assert "over" not in none.split("geen duidelijk")[1]
    nothing = of(None, None, None, None)
    assert "niets zeggen" in nothing.explain("nl")
    one = of(0.02, None, None, None)
    assert "geen correctie nodig" in one.explain("nl")
    assert "<p>" in both._repr_html_()
    json.dumps(both.to_dict())


@pytest.mark.parametrize("wrong", [3, [None], [["a"]]])
def test_what_is_no_name_of_an_outcome_is_refused(wrong, effects):
    with pytest.raises(aw.PlanError):
        family(effects, wrong)
