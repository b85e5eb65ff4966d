"""Two divisions of the pupils at once: everything from moments equals the same done on the rows."""

import datetime
import itertools
import json
import math
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import schools

import academic_workplace as aw
from academic_workplace import resampling
from academic_workplace.effects import compare, joint_test, multisite
from academic_workplace.effects.regression import NOT_TWO_WAY, ONE_LABEL, arms_of, regress
from academic_workplace.evidence import Adjustment, adjust
from academic_workplace.evidence.specifications import CROSSED
from academic_workplace.report.build import build

HERE = Path(__file__).parent / "reference"
REFERENCE = json.loads((HERE / "two_way.json").read_text())["expected"]
PLAN = aw.Plan(
    outcome="after",
    treatment="offered",
    cluster="school",
    crossed="tester",
    covariates=("before", "girl"),
)
X = ["offered", "before", "girl"]
TWO_WAY = aw.Inference.TWO_WAY
NUMBERS = ["estimate", "se", "df", "low", "high", "p_value", "g", "g_low", "g_high"]


def pupils(seed, *, clusters=9, labels=5, size=10, effect=0.0, blocks=0):
    """Pupils in schools, each tested by someone who sees pupils of every school."""
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=clusters, size=size, effect=effect, blocks=blocks)
    tester = rng.integers(0, labels, len(table))
    table["tester"] = [f"T{i}" for i in tester]
    table["after"] += 0.6 * rng.normal(size=labels)[tester]
    return table


def one(table, plan=PLAN, inference=TWO_WAY, **more):
    return aw.estimate(table, plan, inference=inference, **more)[0]


def numbers(effects):
    return effects.table()[NUMBERS].astype(float).to_numpy()


# ---------------------------------------------------------------- on the rows


def design(table, x=X, block="", weight=""):
    dummies = pd.get_dummies(table[block]).to_numpy(float) if block else np.ones((len(table), 1))
    root = np.sqrt(table[weight].to_numpy(float)) if weight else np.ones(len(table))
    Z = np.column_stack([table[list(x)].to_numpy(float), dummies]) * root[:, None]
    return table["after"].to_numpy() * root, Z


def variance_on_rows(y, Z, table, columns=("school", "tester"), factor=True):
    """V_A + V_B - V_AB, with matrices as large as the data."""
    M = np.linalg.pinv(Z.T @ Z)
    beta = M @ Z.T @ y
    u = Z * (y - Z @ beta)[:, None]
    V = np.zeros_like(M)
    for sign, by in ((1, columns[:1]), (1, columns[1:]), (-1, columns)):
        code = table.groupby(list(by)).ngroup().to_numpy()
        G = code.max() + 1
        sums = np.array([u[code == g].sum(axis=0) for g in range(G)])
        V += sign * G / (G - 1) * M @ sums.T @ sums @ M
    n, p = len(y), np.linalg.matrix_rank(Z)
    return beta, V * ((n - 1) / (n - p) if factor else 1.0)


def wild_on_rows(table, weights, value, block="", column="tester", weight=""):
    """Impose the null, turn the residuals label by label, fit again; no variance: infinite."""
    y, Z = design(table, block=block, weight=weight)
    null = y - value * Z[:, 0]
    W = Z[:, 1:]
    fitted = W @ np.linalg.lstsq(W, null, rcond=None)[0]
    names = sorted(table[column].unique())
    w = table[column].map(dict(zip(names, weights, strict=True))).to_numpy(float)
    drawn = value * Z[:, 0] + fitted + w * (null - fitted)
    beta, V = variance_on_rows(drawn, Z, table, factor=False)
    some = V[0, 0] > 1e-12
    return (beta[0] - value) / math.sqrt(V[0, 0]) if some else math.inf


def draws_of(table, plan, kind=aw.Inference.WILD, draws=9_999, seed=0):
    m = aw.collect(table, plan).samples[0]
    model = regress(m, plan, arms_of(m, plan), plan.covariates, interacted=False)
    (contrast,) = model.contrasts.values()
    rng = np.random.default_rng(seed)
    return resampling.two_way_draws(model.two_way, contrast, kind, draws, rng)


@pytest.mark.proves("Inference.TWO_WAY", "rows, with and without blocks and weights")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("block", ["", "pair", "grade", "school", "tester"])
def test_variance_and_degrees_of_freedom_are_those_of_the_rows(agree, block, weighted):
    table = pupils(1, clusters=10)
    table["pair"] = table["school"].map(lambda name: int(name[1:]) // 4)
    table["grade"] = np.arange(len(table)) % 3
    table["w"] = np.random.default_rng(2).uniform(0.2, 3, len(table))
    table["offered"] = np.random.default_rng(3).integers(0, 2, len(table))
    plan = replace(
        PLAN,
        assigned="pupil",
        blocks=(block,) if block else (),
        weights="w" if weighted else None,
    )
    y, Z = design(table, block=block, weight="w" if weighted else "")
    beta, V = variance_on_rows(y, Z, table)
    found = aw.estimate(table, plan, inference="two-way CR1S").coefficients()
    found = found[found["term"] != "1"]
    agree(found["estimate"], beta[:3], rel=1e-10)
    agree(found["se"], np.sqrt(np.diag(V)[:3]), rel=1e-10)
    assert set(found["df"]) == {4.0}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 12), st.integers(3, 12))
def test_whatever_the_schools_and_testers_the_variance_is_that_of_the_rows(seed, clusters, labels):
    table = pupils(seed, clusters=clusters, labels=labels)
    _, V = variance_on_rows(*design(table), table)
    found = one(table)
    if found.se is None:
        assert V[0, 0] < 1e-12 or found.reason is ONE_LABEL
    else:
        assert found.se == pytest.approx(math.sqrt(V[0, 0]), rel=1e-9)
        sizes = [table[name].nunique() for name in ("school", "tester")]
        assert found.df == min(sizes) - 1


@pytest.mark.proves("Inference.TWO_WAY", "statsmodels 0.15.0, cov_type cluster, two groups")
def test_the_variance_is_that_of_statsmodels(agree):
    table = pupils(4, clusters=14, labels=8)
    groups = np.column_stack([pd.factorize(table[c])[0] for c in ("school", "tester")])
    fit = sm.OLS(table["after"], sm.add_constant(table[X].astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    found = aw.estimate(table, PLAN, inference=TWO_WAY).coefficients()
    agree(found["estimate"], fit.params)
    agree(found["se"], fit.bse)


@pytest.mark.proves("Inference.TWO_WAY", "pyfixest 0.60.0, Project STAR by school and day")
@pytest.mark.parametrize("form", ["pooled", "within"])
def test_project_star_gives_the_numbers_of_pyfixest(agree, form):
    star = pd.read_csv(HERE / "data" / "star_first_grade.csv.gz")
    star = star.assign(
        day=star.index // 110,
        small=(star["stark"] == "small").astype(int),
        girl=(star["gender"] == "female").astype(int),
        free=(star["lunchk"] == "free").astype(int),
    )
    plan = aw.Plan(
        outcome="math1", treatment="small", cluster="schoolidk", crossed="day", assigned="pupil",
        covariates=("girl", "free"), blocks=("schoolidk",) if form == "within" else (),
    )  # fmt: skip
    found = aw.estimate(star, plan, inference=TWO_WAY).coefficients()
    found = found[found["term"] != "1"]
    agree(found["estimate"], REFERENCE[form]["estimate"])
    agree(found["se"], REFERENCE[form]["se"])
    agree(found["p_value"], REFERENCE[form]["p"], abs=1e-14)


@pytest.mark.proves("Inference.WILD", "rows, two divisions, every sign vector")
@pytest.mark.parametrize("value", [0.0, 0.7])
@pytest.mark.parametrize("block", ["", "grade", "pair", "tester"])
@pytest.mark.parametrize(("clusters", "labels"), [(9, 5), (6, 8)])
def test_the_bootstrap_over_all_sign_vectors_equals_refitting_the_rows(
    agree, clusters, labels, block, value
):
    table = pupils(31, clusters=clusters, labels=labels)
    table["grade"] = np.arange(len(table)) % 3
    table["pair"] = table["school"].map(lambda name: int(name[1:]) // 3)
    table["offered"] = np.random.default_rng(6).integers(0, 2, len(table))
    plan = replace(PLAN, blocks=(block,) if block else (), assigned="pupil")
    drawn = draws_of(table, plan)
    column = "school" if clusters <= labels else "tester"
    fewest = min(clusters, labels)
    signs = itertools.product([1.0, -1.0], repeat=fewest - 1)
    each = [wild_on_rows(table, [*s[::-1], 1.0], value, block, column) for s in signs]
    assert np.isfinite(each).any()
    # an estimate that cancels to rounding has an absolute room
    agree(drawn.t(value), each, rel=1e-10, abs=1e-10)
    beta, V = variance_on_rows(*design(table, block=block), table, factor=False)
    observed = abs(beta[0] - value) / math.sqrt(V[0, 0])
    p = np.mean(np.abs(each) >= observed * (1 - 1e-9))
    assert drawn.p_value(value) == pytest.approx(p)
    assert drawn.draws == 2**fewest
    assert drawn.exact


@pytest.mark.proves("Inference.WILD_WEBB", "rows, two divisions, 150 draws")
@pytest.mark.proves("Inference.WILD_MAMMEN", "rows, two divisions, 150 draws")
@pytest.mark.parametrize("kind", [aw.Inference.WILD_WEBB, aw.Inference.WILD_MAMMEN])
def test_webbs_and_mammens_draws_equal_refitting_the_rows(agree, kind):
    table = pupils(7)
    table["w"] = np.random.default_rng(8).uniform(0.5, 2, len(table))
    drawn = draws_of(table, replace(PLAN, weights="w"), kind, 150, 3)
    weights = next(resampling._weights(kind, 5, 150, np.random.default_rng(3), exact=False))
    for value in (0.0, -0.4):
        each = [wild_on_rows(table, w, value, weight="w") for w in weights]
        agree(drawn.t(value), each, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("kind", [aw.Inference.WILD, aw.Inference.WILD_WEBB])
def test_the_interval_holds_just_the_values_that_are_not_rejected(kind):
    table = pupils(9, clusters=10, labels=8, effect=0.5)
    drawn = draws_of(table, PLAN, kind, 999)
    found = resampling.inverted(drawn)
    step = 1e-6 * (found.high - found.low)
    assert drawn.p_value(found.low + step) > 0.05 >= drawn.p_value(found.low - step)
    assert drawn.p_value(found.high - step) > 0.05 >= drawn.p_value(found.high + step)
    assert drawn.smallest == pytest.approx(drawn.p_value(drawn.estimate + 1e6 * drawn.se))


def test_a_draw_without_a_variance_counts_as_extreme():
    rng = np.random.default_rng(40)
    table = checkerboard().assign(before=rng.normal(size=128), girl=rng.integers(0, 2, 128))
    table["after"] += 0.8 * rng.normal(size=8)[table["school"]]
    drawn = draws_of(table, PLAN)
    signs = itertools.product([1.0, -1.0], repeat=3)
    each = np.array([wild_on_rows(table, [*s[::-1], 1.0], 0.0) for s in signs])
    none = np.isinf(each)
    assert 0 < none.sum() < len(each)
    np.testing.assert_allclose(drawn.t(), each, rtol=1e-9)
    beta, V = variance_on_rows(*design(table), table, factor=False)
    extreme = np.abs(each) >= abs(beta[0]) / math.sqrt(V[0, 0]) * (1 - 1e-9)
    assert drawn.p_value() == pytest.approx(np.mean(extreme | none))
    # a variance that falls below zero far away, whatever the estimate of the draw
    m, N = np.array([[1.0], [0.0], [-1.0]]), np.zeros((2, 1))
    falls = replace(drawn, m=m, N=N, scale=np.ones(3))
    assert falls.smallest == falls.p_value(1e6) == 1.0


def test_an_estimate_carries_the_two_way_error_and_the_p_value_of_the_draws():
    table = pupils(9, clusters=10, labels=8, effect=0.5)
    found, by_t = one(table, inference="wild bootstrap"), one(table)
    assert found.p_value == draws_of(table, PLAN).p_value()
    assert (found.se, found.df) == (by_t.se, None)
    assert found.method.endswith("two-way t")


# ---------------------------------------------------------------- theorems


def same(found, expected, rel=1e-9):
    for name in ("estimate", "se", "low", "high", "p_value"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=rel), name


@pytest.mark.parametrize("inference", ["wild bootstrap", "wild bootstrap, Webb"])
def test_a_second_division_that_is_the_first_changes_nothing(inference):
    table = pupils(10, effect=0.4)
    table["tester"] = table["school"] + "!"
    alone = replace(PLAN, crossed=None)
    expected = aw.estimate(table, alone, inference="CR1S")[0]
    found = one(table)
    assert found.se == pytest.approx(expected.se)
    assert found.df == 8
    drawn = draws_of(table, PLAN, aw.Inference(inference), 500)
    m = aw.collect(table, alone).samples[0]
    model = regress(m, alone, arms_of(m, alone), alone.covariates, interacted=False)
    rng = np.random.default_rng(0)
    one_way = resampling.wild(model.fit, model.contrasts["1"], aw.Inference(inference), 500, rng)
    twice = resampling.inverted(drawn)
    assert twice.p_value == one_way.p_value
    assert (twice.low, twice.high) == pytest.approx((one_way.low, one_way.high), rel=1e-8)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_which_division_comes_first_does_not_matter(seed):
    table = pupils(seed, clusters=8, labels=6)
    table["offered"] = np.random.default_rng(seed).integers(0, 2, len(table))
    plan = replace(PLAN, assigned="pupil")
    other = replace(plan, cluster="tester", crossed="school")
    for inference in (TWO_WAY, "wild bootstrap"):
        first, second = one(table, plan, inference), one(table, other, inference)
        assert (first.se is None) == (second.se is None)
        if first.se is not None:
            same(first, second, 1e-7)


def test_pupils_with_a_label_each_leave_the_uncertainty_of_the_schools():
    table = pupils(11)
    table["tester"] = [f"P{i}" for i in range(len(table))]
    found = one(table)
    expected = aw.estimate(table, replace(PLAN, crossed=None), inference="CR1S")[0]
    assert (found.se, found.df) == (pytest.approx(expected.se), 8)


def test_pupils_with_two_labels_of_their_own_have_robust_errors():
    table = pupils(12)
    table["school"] = [f"S{i}" for i in range(len(table))]
    table["tester"] = [f"P{i}" for i in range(len(table))]
    fit = sm.OLS(table["after"], sm.add_constant(table[X].astype(float))).fit(cov_type="HC1")
    assert one(table).se == pytest.approx(fit.bse["offered"])


@pytest.mark.parametrize("inside", [True, False])
def test_a_division_within_the_other_leaves_the_coarser_one(inside):
    table = pupils(13, clusters=12)
    board = table["school"].map(lambda name: int(name[1:]) // 2)
    table["offered"] = board % 2
    table["tester"] = board if not inside else table["school"] + table["girl"].astype(str)
    coarse = "school" if inside else "tester"
    alone = replace(PLAN, crossed=None, cluster=coarse)
    found, expected = one(table), aw.estimate(table, alone, inference="CR1S")[0]
    assert found.se == pytest.approx(expected.se)
    assert found.df == table[coarse].nunique() - 1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_pupils_may_arrive_in_any_order_and_in_any_parts(seed, parts):
    rng = np.random.default_rng(seed)
    table = pupils(14, effect=0.3)
    whole = aw.estimate(table, PLAN, inference="wild bootstrap")
    mixed = table.iloc[rng.permutation(len(table))]
    part = rng.integers(0, parts, len(table))
    pieces = [
        aw.collect(mixed[part == i], replace(PLAN, assigned="pupil"))
        for i in range(parts)
        if (part == i).sum()
    ]
    plan = replace(PLAN, assigned="pupil")
    found = aw.estimate(reduce(add, pieces), plan, inference="wild bootstrap")
    np.testing.assert_allclose(numbers(found), numbers(whole), rtol=1e-7)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("label", ["text", "number"])
def test_a_streamed_file_has_the_same_divisions(kind, label, tmp_path):
    table = pupils(15)
    if label == "number":
        table["tester"] = table["tester"].str[1:].astype(float)
    table.loc[[3, 50], "tester"] = np.nan
    path = tmp_path / f"pupils.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        duckdb.from_df(table).write_parquet(str(path))
    found, expected = aw.collect(path, PLAN), aw.collect(table, PLAN)
    assert set(found.samples[0].cells) == set(expected.samples[0].cells)
    assert found.flow.unplaced == expected.flow.unplaced == 2
    known = aw.estimate(table.dropna(subset="tester"), PLAN)
    for moments in (found, expected):
        np.testing.assert_allclose(numbers(aw.estimate(moments, PLAN)), numbers(known), rtol=1e-9)


def test_without_a_second_division_the_cells_are_those_of_before():
    table = pupils(16)
    m = aw.collect(table, replace(PLAN, crossed=None)).samples[0]
    assert m.crossed == ()
    assert len(m.clusters) == table["school"].nunique()
    some = np.arange(len(m.clusters)) < 3
    crossed = aw.collect(table, PLAN).samples[0]
    assert crossed.of(np.arange(len(crossed.clusters)) < 3).crossed == crossed.crossed[:3]
    assert m.of(some).crossed == ()


def test_in_the_long_layout_a_pupil_has_one_label():
    table = pupils(17)
    table["pupil"] = [f"P{i}" for i in range(len(table))]
    long = pd.concat([table.assign(wave=0, after=table["before"]), table.assign(wave=1)])
    plan = replace(PLAN, pupil="pupil", wave="wave", waves=("1",), covariates=("before", "girl"))
    wide = replace(PLAN, pupil="pupil")
    found, expected = (
        aw.estimate(*given, inference=TWO_WAY) for given in ((long, plan), (table, wide))
    )
    np.testing.assert_allclose(numbers(found), numbers(expected), rtol=1e-9)
    moved = long.copy()
    moved.iloc[0, moved.columns.get_loc("tester")] = "someone else"
    with pytest.raises(aw.DataError) as told:
        aw.check(moved, plan)
    assert [fault.column for fault in told.value.faults] == ["tester"]


# ---------------------------------------------------------------- what is done by default, and not


@pytest.mark.parametrize(
    ("labels", "inference"), [(8, "wild bootstrap"), (4, "wild bootstrap, Webb")]
)
def test_the_default_is_a_bootstrap_that_can_reject(labels, inference):
    table = pupils(18, labels=labels, clusters=12, effect=3.0)
    effects = aw.estimate(table, PLAN)
    assert effects.inference.value == inference
    assert effects[0].p_value <= 0.05
    assert math.isfinite(effects[0].low)


def test_with_few_labels_signs_cannot_reject_and_say_so():
    found = one(pupils(18, labels=4, effect=3.0), inference="wild bootstrap")
    assert found.p_value == pytest.approx(2 / 2**4)
    assert found.low == -math.inf
    assert "the test cannot reject" in found.cautions


def test_assigning_again_does_not_see_the_second_division():
    table = pupils(19, effect=0.4)
    found = one(table, inference="randomisation")
    alone = aw.estimate(table, replace(PLAN, crossed=None), inference="randomisation")[0]
    assert found.p_value == alone.p_value
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))


def test_ways_side_by_side_are_those_that_know_two_divisions():
    effects = aw.estimate(pupils(20, clusters=10, labels=7), PLAN)
    assert [way.value for way in effects.compare().ways] == [
        "two-way CR1S", "wild bootstrap", "randomisation",
    ]  # fmt: skip
    assert aw.weigh(effects, PLAN).comparison.ways[0] is TWO_WAY
    one_way = (aw.Inference.CR3, aw.Inference.JACKKNIFE, aw.Inference.WILD)
    assert compare(effects, one_way).ways == (aw.Inference.WILD,)


@pytest.mark.parametrize("method", ["difference", "adjusted", "interacted"])
def test_methods_by_regression_take_two_divisions(method):
    table = pupils(21, labels=7)
    found = one(table, method=method)
    plan = replace(PLAN, crossed=None)
    assert found.estimate == pytest.approx(aw.estimate(table, plan, method=method)[0].estimate)
    assert found.se > 0


def test_a_dose_and_pupils_who_stand_alone_take_two_divisions():
    table = pupils(22, labels=6)
    table["hours"] = table["offered"] * 3.0 + np.random.default_rng(1).integers(0, 3, len(table))
    dose = replace(PLAN, treatment="hours", dose=True, assigned="pupil")
    beta, V = variance_on_rows(*design(table, ["hours", "before", "girl"]), table)
    assert one(table, dose).estimate == pytest.approx(beta[0])
    assert one(table, dose).se == pytest.approx(math.sqrt(V[0, 0]))
    table["pupil"] = [f"P{i}" for i in range(len(table))]
    single = table.assign(school=table["school"].where(table["offered"] == 1, table["pupil"]))
    plan = replace(PLAN, pupil="pupil", alone=("0",))
    _, V = variance_on_rows(*design(single), single)
    assert one(table, plan).se == pytest.approx(math.sqrt(V[0, 0]))


def checkerboard():
    """Cells that differ, in schools and testers that hardly do: V_A + V_B < V_AB."""
    school, tester, pupil = (x.ravel() for x in np.indices((8, 4, 4)))
    cell = np.where((school // 2 + tester) % 2, 1.0, -1.0)
    return pd.DataFrame({
        "school": school, "tester": tester, "offered": school % 2,
        "after": cell + 0.02 * (school % 3) + 0.1 * (pupil % 2),
    })  # fmt: skip


@pytest.mark.parametrize("inference", ["two-way CR1S", "wild bootstrap", "wild bootstrap, Webb"])
def test_a_variance_that_is_not_above_zero_is_said_and_not_mended(inference):
    table, plan = checkerboard(), replace(PLAN, covariates=())
    _, V = variance_on_rows(*design(table, ["offered"]), table)
    assert V[0, 0] < 0
    found = one(table, plan, inference)
    assert found.reason is NOT_TWO_WAY
    assert found.estimate is not None
    assert found.se is found.low is found.p_value is None
    assert one(table, plan, "randomisation").p_value is not None


@pytest.mark.parametrize("labels", ["alone", "by arm", "one"])
def test_a_label_that_decides_alone_tells_no_uncertainty(labels):
    table = pupils(23)
    if labels == "one":
        table["tester"] = "T0"
    else:
        table.loc[table["offered"] == 1, "tester"] = "T9"
        if labels == "by arm":
            table.loc[table["offered"] == 0, "tester"] = "T8"
    for inference in ("two-way CR1S", "wild bootstrap"):
        found = one(table, inference=inference)
        assert found.reason is ONE_LABEL
        assert found.se is found.p_value is None


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"crossed": "school"}, "crossed"),
        ({"crossed": "after"}, "crossed"),
        ({"crossed": ""}, "crossed"),
        ({"crossed": "pupil", "pupil": "pupil"}, "crossed"),
        ({"crossed": "w", "weights": "w"}, "crossed"),
        ({"crossed": None, "inference": "two-way CR1S"}, "crossed"),
        ({"method": "cluster means"}, "method"),
        ({"method": "site average"}, "method"),
        *(
            ({"inference": way}, "inference")
            for way in ("CR0", "CR1", "CR1S", "CR2", "CR3", "jackknife", "cluster bootstrap")
        ),
        ({"inference": "classical"}, "inference"),
    ],
)
def test_what_two_divisions_cannot_have_is_told_once(change, column):
    with pytest.raises(aw.PlanError) as told:
        replace(PLAN, **change)
    assert [fault.column for fault in told.value.faults] == [column]
    (fault,) = told.value.faults
    assert all((fault.rule.nl, fault.rule.en, fault.remedy.nl, fault.remedy.en))


def test_tests_of_several_effects_at_once_are_refused_in_words():
    table = pupils(24, blocks=2)
    table["offered"] = np.random.default_rng(5).integers(0, 2, len(table))
    plan = replace(PLAN, blocks=("school",), assigned="pupil")
    effects = aw.estimate(table, plan)
    for verb in (
        joint_test,
        multisite,
        lambda e: adjust(e, method=Adjustment.ROMANO_WOLF),
    ):
        with pytest.raises(aw.PlanError, match="crossed"):
            verb(effects)


def test_moments_of_one_division_are_not_those_of_two():
    table = pupils(25)
    for collected, asked in ((PLAN, replace(PLAN, crossed=None)), (None, PLAN)):
        moments = aw.collect(table, collected or replace(PLAN, crossed=None))
        with pytest.raises(aw.PlanError):
            aw.estimate(moments, asked)
    with pytest.raises(aw.PlanError):
        aw.collect(table, PLAN) + aw.collect(table, replace(PLAN, crossed=None))


def test_a_plan_with_two_divisions_comes_back_from_file_and_dictionary():
    text = """
    [design]
    cluster = "school"
    crossed = "tester"
    treatment = "offered"
    covariates = ["before", "girl"]
    [[outcomes]]
    column = "after"
    """
    plan = aw.plan.parse_plan(text)
    assert plan.crossed == "tester"
    assert aw.plan.plan_from_dict(plan.to_dict()) == plan


@pytest.mark.parametrize("inference", ["two-way CR1S", "wild bootstrap"])
def test_a_report_tells_of_both_divisions(inference):
    effects = aw.estimate(pupils(26, clusters=14, labels=7, size=20), PLAN, inference=inference)
    evidence = aw.weigh(effects, PLAN)
    for language, words in (("nl", "gekruist met ‘tester’"), ("en", "crossed with ‘tester’")):
        text = repr(build(evidence, language, datetime.date(2026, 11, 22), ""))
        assert words in text
        assert "Miller, 2011" in text


def test_what_a_study_can_see_is_not_reckoned_with_one_division_when_there_are_two(pupils):
    crossed = aw.Plan(outcome="na", treatment="programma", cluster="school", crossed="wijk")
    table = pupils.assign(wijk=[f"w{i % 3}" for i in range(len(pupils))])
    with pytest.raises(aw.PlanError, match="crossed"):
        aw.evidence.design_of(crossed, aw.check(table, crossed), icc=0.1)
    design = aw.evidence.Design(clusters=8, pupils=10, icc=0.1)
    with pytest.raises(aw.PlanError, match="crossed"):
        aw.evidence.simulated_power(design, 1.0, plan=crossed, replications=1)


def test_the_choices_beside_a_plan_with_two_divisions_know_both(pupils):
    crossed = aw.Plan(
        outcome="na", treatment="programma", cluster="school", crossed="wijk", covariates=("voor",)
    )
    many = pd.concat([pupils.assign(school=pupils.school + f"{i}", na=pupils.na + i / 9)
                      for i in range(4)])  # fmt: skip
    table = many.assign(wijk=[f"w{i * 7 % 11}" for i in range(len(many))])
    (curve,) = aw.evidence.specification_curve(aw.estimate(table, crossed))
    assert {each.inference for each in curve.specifications} == set(CROSSED)
