"""One answer, whatever form the pupils come in."""

import pickle
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import schools

import academic_workplace as aw
from academic_workplace.effects import compare
from academic_workplace.intake.pupils import labels_of
from academic_workplace.linear import shifted
from academic_workplace.moments import cross_products
from academic_workplace.plan import NEEDS_PUPILS

RTOL = 1e-10  # sums in another order, in double precision
NUMBERS = ["estimate", "se", "df", "low", "high", "p_value", "g", "g_low", "g_high", "icc", "sd"]
COUNTS = ["pupils", "clusters", "pupils_arm", "pupils_comparison", "clusters_arm"]
PLAN = aw.Plan(
    outcome=("after", "later"),
    treatment="offered",
    cluster="school",
    blocks=("region",),
    covariates=("before", "girl", "parents"),
)


@pytest.fixture
def table():
    rng = np.random.default_rng(20261122)
    table = schools(rng, clusters=16, size=12)
    place = {name: i for i, name in enumerate(sorted(table["school"].unique()))}
    table["region"] = table["school"].map(lambda name: "north" if place[name] < 8 else "south")
    table["offered"] = table["school"].map(place) % 2
    table["parents"] = rng.choice(["low", "middle", "high"], len(table))
    table["later"] = table["after"] + rng.normal(size=len(table)) + 1e6
    for name in ("after", "later", "before"):
        table.loc[rng.random(len(table)) < 0.1, name] = np.nan
    return table


def assert_same(one, other):
    a, b = one.table(), other.table()
    assert a["outcome"].tolist() == b["outcome"].tolist()
    np.testing.assert_allclose(a[NUMBERS].astype(float), b[NUMBERS].astype(float), rtol=RTOL)
    assert a[COUNTS].equals(b[COUNTS])


def to_parquet(frame, path):
    with duckdb.connect() as engine:
        engine.register("frame", frame)
        engine.execute(f"COPY (SELECT * FROM frame) TO '{path}' (FORMAT parquet)")


def sorted_flow(effects):
    return effects.flow.table().sort_values(["outcome", "arm", "stage"]).reset_index(drop=True)


def assert_same_study(one, other):
    assert_same(one, other)
    assert sorted_flow(one).equals(sorted_flow(other))
    order = [other.baseline.arms.index(a) for a in one.baseline.arms]
    columns = [other.baseline.columns.index(c) for c in one.baseline.columns]
    for name in ("mean", "variance", "n"):
        theirs = getattr(other.baseline, name)[:, order][:, :, columns]
        np.testing.assert_allclose(getattr(one.baseline, name), theirs, rtol=RTOL, atol=1e-12)


def test_a_table_pupils_and_moments_give_the_same(table):
    whole = aw.estimate(table, PLAN)
    pupils = aw.check(table, PLAN)
    assert_same_study(aw.estimate(pupils, PLAN), whole)
    assert_same_study(aw.estimate(aw.collect(pupils), PLAN), whole)
    assert_same_study(aw.estimate(aw.collect(table, PLAN), PLAN), whole)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_pupils_may_arrive_in_any_order_and_in_any_parts(seed, parts):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=8, size=10)
    table["parents"] = rng.choice(["low", "middle", "high"], len(table), p=[0.05, 0.15, 0.8])
    plan = replace(PLAN, outcome="after", blocks=())
    whole = aw.estimate(table, plan)
    shuffled = table.iloc[rng.permutation(len(table))]
    assert_same_study(aw.estimate(shuffled, plan), whole)
    in_school = rng.permutation(sorted(table["school"].unique()))
    names = np.array_split(in_school, 2)
    halves = [shuffled[shuffled["school"].isin(part)] for part in names]
    if all(half["offered"].nunique() == 2 and half["parents"].nunique() > 0 for half in halves):
        first, second = (aw.collect(half, plan) for half in halves)
        assert_same_study(aw.estimate(first + second, plan), whole)
        assert_same_study(aw.estimate(second + first, plan), whole)
    pieces = np.array_split(rng.permutation(len(table)), parts)
    collected = [aw.collect(table.iloc[p], plan) for p in pieces
                 if table.iloc[p]["offered"].nunique() == 2]  # fmt: skip
    if len(collected) == parts:
        total = collected[0]
        for part in collected[1:]:
            total = total + part
        assert_same_study(aw.estimate(total, plan), whole)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_file_is_streamed_to_the_same_answer(table, tmp_path, kind):
    path = tmp_path / f"pupils.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        to_parquet(table, path)
    assert_same_study(aw.estimate(path, PLAN), aw.estimate(table, PLAN))


def test_a_file_of_many_parts_adds_up(tmp_path):
    rng = np.random.default_rng(1)
    table = schools(rng, clusters=300, size=600)
    assert len(table) > 130_000  # more than one part of the stream
    path = tmp_path / "many.parquet"
    to_parquet(table, path)
    plan = replace(PLAN, outcome="after", blocks=(), covariates=("before", "girl"))
    assert_same_study(aw.estimate(path, plan), aw.estimate(table, plan))


def test_complete_cases_of_one_outcome_never_shrink_another(table):
    effects = aw.estimate(table, PLAN)
    known = table[["before", "girl", "parents"]].notna().all(axis=1)
    for effect in effects:
        assert effect.pupils == int((known & table[effect.outcome].notna()).sum())
    assert len({effect.pupils for effect in effects}) == 2


def test_moments_may_be_taken_about_any_origin(table):
    moments = aw.collect(table, PLAN)
    rng = np.random.default_rng(3)
    moved = tuple(
        m.about(m.origin + np.append(0, rng.normal(size=len(m.origin) - 1)))
        for m in moments.samples
    )
    assert_same(aw.estimate(replace(moments, samples=moved), PLAN), aw.estimate(table, PLAN))


def test_what_a_school_was_offered_may_be_told_after_the_rows_are_gone(table):
    told = replace(PLAN, treatment="lot", comparison="no")
    lot = {name: "yes" if i % 3 else "no" for i, name in enumerate(sorted(set(table["school"])))}
    whole = aw.estimate(table.assign(lot=table["school"].map(lot)), told)
    blind = aw.collect(table, PLAN).with_cluster_column("lot", lot)
    assert_same(aw.estimate(blind, told), whole)


def test_a_number_of_the_school_may_be_told_after_the_rows_are_gone(table):
    weight = {name: 20.0 + i for i, name in enumerate(sorted(set(table["school"])))}
    more = replace(PLAN, covariates=(*PLAN.covariates, "weight"))
    whole = aw.estimate(table.assign(weight=table["school"].map(weight)), more)
    added = aw.collect(table, PLAN).with_cluster_column("weight", weight)
    assert_same(aw.estimate(added, more), whole)
    with pytest.raises(aw.PlanError):
        aw.collect(table, PLAN).with_cluster_column("weight", {"S00": 1.0})


def test_the_long_layout_gives_what_the_wide_one_gives():
    rng = np.random.default_rng(2)
    wide = schools(rng, clusters=12).assign(pupil=lambda t: np.arange(len(t)))
    wide["after"] = wide["after"].mask(rng.random(len(wide)) < 0.2)
    first = wide.assign(wave="start", score=wide["before"])
    second = wide.assign(wave="end", score=wide["after"])[wide["after"].notna()]
    long = pd.concat([second, first]).sample(frac=1, random_state=1)
    plan = aw.Plan(
        outcome="score", treatment="offered", cluster="school", pupil="pupil", wave="wave",
        baseline="start", waves=("end",), covariates=("girl",),
    )  # fmt: skip
    as_wide = aw.Plan(
        outcome="after", treatment="offered", cluster="school", baseline="before",
        covariates=("girl",),
    )  # fmt: skip
    a = aw.estimate(long, plan).table()[NUMBERS].astype(float)
    b = aw.estimate(wide, as_wide).table()[NUMBERS].astype(float)
    np.testing.assert_allclose(a, b, rtol=RTOL)


def test_who_came_later_is_counted_but_not_compared():
    rng = np.random.default_rng(2)
    wide = schools(rng, clusters=8).assign(pupil=lambda t: np.arange(len(t)))
    first = wide.iloc[:-5].assign(wave="start", score=wide["before"])
    second = wide.assign(wave="end", score=wide["after"])
    plan = aw.Plan(
        outcome="score", treatment="offered", cluster="school", pupil="pupil", wave="wave",
        baseline="start", waves=("end",),
    )  # fmt: skip
    effects = aw.estimate(pd.concat([first, second]), plan)
    assert effects[0].pupils == len(wide) - 5
    flow = effects.flow.table()
    assert flow[flow["stage"] == "joined"]["pupils"].sum() == 5


def test_pupils_are_never_pickled_and_effects_leave_them_behind(table):
    effects = aw.estimate(table, PLAN)
    assert effects.pupils is not None
    with pytest.raises(TypeError):
        pickle.dumps(effects.pupils)
    again = pickle.loads(pickle.dumps(effects))  # noqa: S301  # our own bytes
    assert again.pupils is None
    assert again.table().equals(effects.table())


def test_effects_can_be_put_in_a_table_with_the_same_columns_for_every_method(table):
    regressions = [m for m in aw.Method if m not in NEEDS_PUPILS]
    table["took"] = table["offered"] * (np.arange(len(table)) % 5 > 0)
    own = {
        aw.Method.GROWTH: replace(PLAN, baseline="before"),
        aw.Method.COMPLIER: replace(PLAN, took_part="took"),
    }
    found = {m: aw.estimate(table, own.get(m, PLAN), method=m) for m in regressions}
    assert len({tuple(effects.table().columns) for effects in found.values()}) == 1


def test_moments_of_another_plan_are_refused(table):
    moments = aw.collect(table, PLAN)
    with pytest.raises(aw.PlanError):
        aw.estimate(moments, replace(PLAN, cluster="region"))
    with pytest.raises(aw.PlanError):
        aw.estimate(moments, replace(PLAN, outcome="other"))
    with pytest.raises(aw.PlanError):
        aw.estimate(moments, replace(PLAN, covariates=("before", "height")))
    with pytest.raises(aw.PlanError):
        aw.estimate(aw.check(table, PLAN), replace(PLAN, covariates=("before",)))
    with pytest.raises(aw.PlanError):
        moments + aw.collect(table, replace(PLAN, outcome="after"))


# ---------------------------------------------------------------- something else


NO_DATA = {"nothing": None, "a dictionary": {}, "a column": pd.Series([1.0]), "an array": np.eye(2)}


@pytest.mark.parametrize("verb", [aw.check, aw.collect, aw.estimate])
@pytest.mark.parametrize("data", NO_DATA.values(), ids=NO_DATA)
def test_what_is_no_table_and_no_file_is_refused_in_words(verb, data):
    with pytest.raises(aw.DataError, match="geen gegevens"):
        verb(data, PLAN)


def test_what_is_no_plan_is_refused_in_words(table):
    checked = aw.check(table, PLAN)
    collected, effects = aw.collect(checked), aw.estimate(checked)
    for work in (
        lambda: aw.check(table, "plan.toml"),
        lambda: aw.collect(table, {}),
        lambda: aw.estimate(table, "plan.toml"),
        lambda: aw.estimate(checked, "plan.toml"),
        lambda: aw.estimate(collected, None),
        lambda: aw.weigh(effects, None),
    ):
        with pytest.raises(aw.PlanError, match="geen plan"):
            work()


def test_what_are_no_effects_is_refused_in_words():
    for work in (
        lambda: aw.weigh(None, PLAN),
        lambda: compare([]),
        lambda: aw.evidence.leave_one_out(None),
    ):
        with pytest.raises(aw.PlanError, match="geen effecten"):
            work()


@pytest.mark.parametrize("order", ["rising", "shuffled", "in two files"])
def test_a_large_table_in_the_order_of_its_schools_adds_up_as_in_any_other(order):
    rng = np.random.default_rng(11)
    n, G = 70_001, 190
    school = np.sort(rng.integers(0, G, n))
    if order == "shuffled":
        rng.shuffle(school)
    elif order == "in two files":
        school = np.roll(school, n // 3)
    x, y = rng.normal(5, 2, n), rng.normal(size=n)
    origin, S = cross_products([x, y], school, G)
    Z = np.column_stack([np.ones(n), x, y]) - np.append(0, origin[1:])
    expected = np.stack([Z[school == g].T @ Z[school == g] for g in range(G)])
    np.testing.assert_allclose(S, expected, rtol=1e-11, atol=1e-9)


@pytest.mark.parametrize("order", ["rising", "shuffled"])
def test_schools_that_are_numbers_are_coded_as_pandas_does(order):
    rng = np.random.default_rng(12)
    x = np.sort(rng.choice([-3, 4, 10**12, *range(50_000, 52_000)], 20_000))
    if order == "shuffled":
        rng.shuffle(x)
    codes, found = pd.factorize(x)
    labels = labels_of(pd.Series(x))
    assert labels.names == tuple(map(str, found))
    assert labels.codes.tolist() == codes.tolist()


def test_moments_about_another_origin_are_those_of_shifted_rows():
    rng = np.random.default_rng(13)
    Z = np.insert(rng.normal(size=(5, 40, 3)), 0, 1, axis=2)
    by = rng.normal(size=(5, 4))
    moved = Z.copy()
    moved[:, :, 1:] -= by[:, None, 1:]
    found = shifted(Z.swapaxes(1, 2) @ Z, by)
    np.testing.assert_allclose(found, moved.swapaxes(1, 2) @ moved, rtol=1e-12, atol=1e-12)
