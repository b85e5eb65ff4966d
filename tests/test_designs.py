"""A dose, groups in one arm only, weights: everything equals the same done on the rows."""

import itertools
import math
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import on_rows, schools

import academic_workplace as aw
from academic_workplace import resampling
from academic_workplace.effects import OWN
from academic_workplace.effects.assignment import assigned_units
from academic_workplace.sizes.size import small_sample_factor

RTOL = 1e-8  # two routes to the same number, both in double precision
NUMBERS = ["estimate", "se", "df", "low", "high", "p_value", "g", "g_low", "g_high", "icc", "sd"]
COVARIATES = ("before", "girl")
ONE_DIVISION = [i for i in aw.Inference if i is not aw.Inference.TWO_WAY and i not in OWN]
DOSE = aw.Plan(
    outcome="after", treatment="hours", dose=True, cluster="school", covariates=COVARIATES
)


def numbers(effects):
    return effects.table()[NUMBERS].astype(float).to_numpy()


def spread_on_rows(y, X, cluster, w=None):
    """The divisor of g from matrices as large as the data: sd, shrink, df and icc."""
    root = np.sqrt(np.ones(len(y)) if w is None else np.array(w / np.mean(w)))[:, None]
    C = pd.get_dummies(cluster).to_numpy(float) * root
    y, X = y * root[:, 0], X * root

    def left(Z):
        return np.eye(len(y)) - Z @ np.linalg.pinv(Z)

    both, Q = np.column_stack([C, X]), left(X)
    n, a, rank = len(y), np.linalg.matrix_rank(X), np.linalg.matrix_rank(both)
    total, within, M = y @ Q @ y, y @ left(both) @ y, C.T @ Q @ C
    error = within / (n - rank)
    school = max((total - within - error * (rank - a)) / np.trace(M), 0)
    icc = school / (school + error)
    mean = (1 - icc) * (n - a) + icc * np.trace(M)
    half = (1 - icc) ** 2 * (n - a) + 2 * icc * (1 - icc) * np.trace(M) + icc**2 * np.trace(M @ M)
    return math.sqrt(total / (n - a)), math.sqrt(mean / (n - a)), mean**2 / half, icc


def assert_divided_by(effect, y, X, cluster, w=None):
    sd, shrink, df, icc = spread_on_rows(y, X, cluster, w)
    assert (effect.sd, effect.icc) == pytest.approx((sd, icc), rel=RTOL)
    g = small_sample_factor(df) * shrink / sd * effect.estimate
    assert effect.g == pytest.approx(g, rel=RTOL)


# ---------------------------------------------------------------- a dose


def dosed(seed, *, per_pupil=False, clusters=12, size=9, blocks=0):
    """Hours from 0 to 4, of schools or of pupils; each adds 0.3."""
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=clusters, size=size, blocks=blocks)
    hours = rng.integers(0, 9, clusters) / 2
    hours[:2] = 0, 4
    by_school = dict(zip(sorted(table["school"].unique()), hours, strict=True))
    table["hours"] = table["school"].map(by_school)
    if per_pupil:
        table["hours"] += rng.integers(0, 3, len(table))
    return table.assign(after=table["after"] + 0.3 * table["hours"])


def plan_of(per_pupil, **changes):
    return replace(DOSE, assigned="pupil" if per_pupil else "cluster", **changes)


per_school_or_pupil = pytest.mark.parametrize("per_pupil", [False, True])


@pytest.mark.proves("Plan.dose", "statsmodels 0.15, random schools")
@per_school_or_pupil
def test_a_dose_is_a_regression_on_it(agree, per_pupil):
    table = dosed(1, per_pupil=per_pupil)
    X = sm.add_constant(table[["hours", *COVARIATES]])
    fit = sm.OLS(table["after"], X).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(table["school"])[0]}
    )
    effects = aw.estimate(table, plan_of(per_pupil), inference="CR1S")
    agree(effects.coefficients()["estimate"], fit.params)
    agree(effects.coefficients()["se"], fit.bse)
    (effect,) = effects
    agree([effect.estimate, effect.se], [fit.params["hours"], fit.bse["hours"]])
    assert (effect.arm, effect.comparison) == ("more", "less")
    assert effect.pupils_arm == effect.pupils_comparison == effect.pupils == len(table)
    assert effect.clusters_arm == effect.clusters_comparison == effect.clusters == 12


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0, 3]))
def test_its_variance_and_degrees_of_freedom_are_those_of_the_rows(seed, per_pupil, blocks):
    table = dosed(seed, per_pupil=per_pupil, blocks=blocks)
    plan = plan_of(per_pupil, blocks=("block",) if blocks else ())
    expected = on_rows(table, "after", ["hours", *COVARIATES], "school", "block" if blocks else "")
    for kind in ("CR0", "CR2", "CR3"):
        effect = aw.estimate(table, plan, inference=kind)[0]
        se = math.sqrt(expected.variance[kind][0, 0])
        found = (effect.estimate, effect.se, effect.df)
        assert found == pytest.approx((expected.beta[0], se, expected.df[kind][0]), rel=RTOL)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_a_dose_of_0_or_1_is_an_arm(seed, per_pupil, in_blocks):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=10, size=8)
    place = {name: i for i, name in enumerate(sorted(table["school"].unique()))}
    table["block"] = table["school"].map(place) // 4
    table["offered"] = table["school"].map(place) % 2
    if per_pupil:
        table["offered"] = rng.integers(0, 2, len(table))
    arms = aw.Plan(
        outcome="after", treatment="offered", cluster="school",
        assigned="pupil" if per_pupil else "cluster", blocks=("block",) if in_blocks else (),
    )  # fmt: skip
    for method in ("difference", "cluster means"):
        one = aw.estimate(table, replace(arms, dose=True), method=method)
        other = aw.estimate(table, arms, method=method)
        if method == "cluster means" and per_pupil:  # the arms' own means, not the mean dose
            continue
        np.testing.assert_allclose(numbers(one), numbers(other), rtol=RTOL)


@pytest.mark.parametrize("assigned", ["cluster", "pupil"])
def test_a_dose_of_0_or_1_is_assigned_again_as_an_arm_is(assigned):
    table = schools(np.random.default_rng(3), clusters=8, size=8)
    if assigned == "pupil":
        table = table.groupby("school").head(2).reset_index(drop=True)
        table["offered"] = table.groupby("school").cumcount() % 2
    blocks = ("school",) if assigned == "pupil" else ()
    arms = aw.Plan(
        outcome="after", treatment="offered", cluster="school", assigned=assigned, blocks=blocks,
        covariates=("before",),
    )  # fmt: skip
    one = aw.estimate(table, replace(arms, dose=True), inference="randomisation")[0]
    other = aw.estimate(table, arms, inference="randomisation")[0]
    found, expected = ((e.estimate, e.p_value, e.low, e.high) for e in (one, other))
    assert found == pytest.approx(expected)


@per_school_or_pupil
def test_g_of_a_dose_is_divided_by_the_spread_given_the_dose(per_pupil):
    table = dosed(4, per_pupil=per_pupil)
    effect = aw.estimate(table, plan_of(per_pupil))[0]
    X = np.column_stack([np.ones(len(table)), table["hours"]])
    assert_divided_by(effect, table["after"].to_numpy(), X, table["school"])
    assert "given the dose" in effect.divided_by


def test_the_unit_and_the_zero_of_a_dose_do_not_matter():
    table = dosed(5)
    here = aw.estimate(table, DOSE)[0]
    minutes = aw.estimate(table.assign(hours=60 * table["hours"] + 1e8), DOSE)[0]
    scaled = [60 * minutes.estimate, 60 * minutes.se, 60 * minutes.g]
    assert scaled == pytest.approx([here.estimate, here.se, here.g], rel=RTOL)
    assert (minutes.df, minutes.sd) == pytest.approx((here.df, here.sd), rel=RTOL)


def test_cluster_means_of_a_dose_are_a_regression_of_means_on_mean_doses():
    table = dosed(6, per_pupil=True)
    means = table.groupby("school")[["after", "hours"]].mean()
    fit = sm.OLS(means["after"], sm.add_constant(means["hours"])).fit(cov_type="HC2")
    effect = aw.estimate(table, plan_of(True), method="cluster means")[0]
    assert (effect.estimate, effect.se) == pytest.approx((fit.params["hours"], fit.bse["hours"]))


@pytest.mark.parametrize("unit", [1e-7, 1.0, 1e7])
def test_a_dose_is_drawn_again_whatever_its_unit(unit):
    table = dosed(19)
    here, there = (
        aw.estimate(t, DOSE, inference="randomisation")[0]
        for t in (table, table.assign(hours=unit * table["hours"]))
    )
    assert there.p_value == pytest.approx(here.p_value)
    found = [unit * x for x in (there.estimate, there.low, there.high)]
    assert found == pytest.approx([here.estimate, here.low, here.high])


def test_permuted_doses_equal_refitting_the_rows():
    table = dosed(7, clusters=6, size=5, blocks=2)
    plan = replace(DOSE, blocks=("block",))
    names = sorted(table["school"].unique())
    block = [int(table.loc[table["school"] == name, "block"].iloc[0]) for name in names]
    given_dose = table.groupby("school")["hours"].first()[names].to_numpy()
    dummies = pd.get_dummies(table["block"]).to_numpy(float)

    def coefficient(dose):
        by_school = dict(zip(names, dose, strict=True))
        X = np.column_stack([table["school"].map(by_school), dummies, table[list(COVARIATES)]])
        return np.linalg.lstsq(X, table["after"], rcond=None)[0][0]

    within = [[i for i in range(6) if block[i] == b] for b in (0, 1)]
    each = []
    for first, second in itertools.product(*(itertools.permutations(w) for w in within)):
        dose = given_dose.copy()
        dose[within[0]], dose[within[1]] = given_dose[list(first)], given_dose[list(second)]
        each.append(dose)
    expected = np.array([coefficient(dose) for dose in each])
    m = aw.collect(table, plan).samples[0]
    units = assigned_units(m, plan, "more", "less", COVARIATES, None)
    spread = units.n * units.T - units.F @ (units.T @ units.F)
    found, _ = resampling._statistics(units, spread, np.array(each) - given_dose.mean())
    np.testing.assert_allclose(found, expected, rtol=1e-7)  # some coefficients are near 0
    p = np.mean(np.abs(expected) >= abs(coefficient(given_dose)) * (1 - 1e-9))
    effect = aw.estimate(table, plan, inference="randomisation")[0]
    assert effect.p_value == pytest.approx(p, abs=3 * math.sqrt(p * (1 - p) / plan.draws))


def test_the_interval_of_permuted_doses_holds_just_the_slopes_that_are_not_rejected():
    # of equal schools, so that no draw has less spread than the data have
    table = dosed(8, clusters=9).groupby("school").head(4)
    plan = replace(DOSE, covariates=())
    found = aw.estimate(table, plan, inference="randomisation")[0]

    def p_of(slope):
        less = table.assign(after=table["after"] - slope * table["hours"])
        return aw.estimate(less, plan, inference="randomisation")[0].p_value

    step = 1e-6 * (found.high - found.low)
    assert p_of(found.low + step) > 0.05 >= p_of(found.low - step)
    assert p_of(found.high - step) > 0.05 >= p_of(found.high + step)


def test_pupils_doses_are_permuted_with_the_rows_and_not_without():
    table = dosed(9, per_pupil=True)
    plan = plan_of(True, blocks=("school",))
    effect = aw.estimate(table, plan, inference="randomisation")[0]
    assert effect.low < effect.estimate < effect.high
    without = aw.estimate(aw.collect(table, plan), plan, inference="randomisation")[0]
    assert (without.estimate, without.p_value) == (pytest.approx(effect.estimate), None)


@pytest.mark.parametrize("inference", ["wild bootstrap", "cluster bootstrap", "jackknife"])
def test_every_way_of_inference_takes_a_dose(inference):
    effect = aw.estimate(dosed(10), DOSE, inference=inference)[0]
    assert effect.low < effect.estimate < effect.high
    assert 0 < effect.p_value <= 1


def test_whether_a_dose_matters_jointly_is_its_t_test():
    effects = aw.estimate(dosed(11), DOSE)
    row = aw.effects.joint_test(effects).iloc[0]
    assert row["F"] == pytest.approx((effects[0].estimate / effects[0].se) ** 2, rel=RTOL)


@pytest.mark.parametrize("kind", ["csv", "parquet", "semicolons"])
def test_a_streamed_dose_gives_the_same_answer(kind, tmp_path):
    table = dosed(12, per_pupil=True)
    table.loc[::17, "hours"] = np.nan
    path = tmp_path / "pupils"
    if kind == "parquet":
        with duckdb.connect() as engine:
            engine.register("frame", table)
            engine.execute(f"COPY (SELECT * FROM frame) TO '{path}' (FORMAT parquet)")
    else:
        comma = {"sep": ";", "decimal": ","} if kind == "semicolons" else {}
        table.to_csv(path, index=False, **comma)
    whole, streamed = (aw.estimate(x, plan_of(True)) for x in (table, path))
    np.testing.assert_allclose(numbers(streamed), numbers(whole), rtol=1e-10)
    assert streamed.flow.unplaced == whole.flow.unplaced == table["hours"].isna().sum()
    assert streamed.flow.table().equals(whole.flow.table())
    assert whole[0].pupils == table["hours"].notna().sum()


def test_a_dose_in_the_long_layout_is_that_of_the_wide_one():
    wide = dosed(13).assign(pupil=lambda t: np.arange(len(t)))
    long = pd.concat(
        [wide.assign(wave=w, score=wide[c]) for w, c in (("0", "before"), ("1", "after"))]
    )
    plan = replace(DOSE, outcome="score", wave="wave", baseline="0", waves=("1",), pupil="pupil",
                   covariates=("girl",))  # fmt: skip
    a, b = aw.estimate(long, plan), aw.estimate(wide, DOSE)
    np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-10)


def test_a_dose_may_be_told_after_the_rows_are_gone():
    table = dosed(14)
    arms = aw.Plan(outcome="after", treatment="offered", cluster="school", covariates=COVARIATES)
    blind = aw.collect(table, arms)
    with pytest.raises(aw.PlanError) as error:
        aw.estimate(blind, DOSE)
    assert error.value.faults[0].column == "hours"
    told = blind.with_cluster_column("hours", table.groupby("school")["hours"].first().to_dict())
    a, b = aw.estimate(told, DOSE), aw.estimate(table, DOSE)
    np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-10)


def test_one_school_with_another_dose_tells_no_uncertainty():
    table = dosed(15)
    table["hours"] = (table["school"] == "S03") * 2.0
    effect = aw.estimate(table, DOSE)[0]
    assert effect.estimate is not None
    assert (effect.se, effect.low, effect.p_value) == (None, None, None)
    assert "hangt aan één school" in effect.reason.nl
    table.loc[table["school"] == "S04", "hours"] = 1.0
    assert aw.estimate(table, DOSE)[0].se > 0


def test_a_dose_that_does_not_vary_within_the_blocks_is_named():
    table = dosed(16)
    table["block"] = table["hours"]
    with pytest.raises(aw.DataError) as error:
        aw.estimate(table, replace(DOSE, blocks=("block",)))
    assert [fault.column for fault in error.value.faults] == ["hours"]


WRONG_DOSE = {
    "text": (lambda t: t.assign(hours="veel"), "getallen"),
    "some text": (
        lambda t: t.assign(hours=t["hours"].astype(str).where(t.index > 0, "x")),
        "getal",
    ),
    "unknown": (lambda t: t.assign(hours=np.nan), "bij geen enkele"),
    "one amount": (lambda t: t.assign(hours=2.5), "even veel"),
    "endless": (
        lambda t: t.assign(hours=t["hours"].where(t["school"] != "S03", np.inf)),
        "oneindig",
    ),
    "different within schools": (lambda t: t.assign(hours=t["hours"] + t["girl"]), "even veel"),
}


@pytest.mark.parametrize(("change", "words"), WRONG_DOSE.values(), ids=WRONG_DOSE)
def test_what_is_wrong_with_a_dose_is_told_once_by_both_engines(change, words, tmp_path):
    table = change(dosed(17))
    table.replace(np.inf, "1e999").to_csv(tmp_path / "pupils.csv", index=False)
    for data in (table, tmp_path / "pupils.csv"):
        with pytest.raises(aw.DataError) as error:
            aw.estimate(data, DOSE)
        (fault,) = error.value.faults
        assert fault.column == "hours"
        assert words in fault.rule.nl.lower()
        assert fault.rule.en != fault.rule.nl


def test_a_dose_has_words_for_its_readers():
    effect = aw.estimate(dosed(18, clusters=30), DOSE)[0]
    assert "Leerlingen die meer kregen" in effect.explain("nl")
    assert "pupils who got less" in effect.explain("en")


# ---------------------------------------------------------------- groups in one arm only

MENTORS = aw.Plan(
    outcome="after", treatment="offered", cluster="group", pupil="pupil", alone=("0",),
    covariates=("before",),
)  # fmt: skip


def mentored(seed, *, groups=6, size=5, singles=25, schools=0):
    """Pupils with a mentor in groups of unequal size, and pupils without who stand alone."""
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(groups), rng.integers(2, 2 * size, groups))
    n = len(of) + singles
    table = pd.DataFrame({
        "pupil": rng.permutation(n) + 90_001,
        "group": [f"M{i}" for i in of] + [None] * singles,
        "offered": [1] * len(of) + [0] * singles,
        "before": rng.normal(size=n),
    })  # fmt: skip
    mentor = np.append(rng.normal(size=groups)[of], np.zeros(singles))
    table["after"] = 0.5 * table["before"] + 0.5 * mentor + rng.normal(size=n)
    if schools:
        table["school"] = rng.integers(0, schools, n)
    return table.sample(frac=1, random_state=seed, ignore_index=True)


def on_their_own(table):
    """The same with the clusters written out."""
    alone = "P" + table["pupil"].astype(str)
    return table.assign(unit=table["group"].where(table["offered"] == 1, alone))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 3]))
def test_who_stands_alone_is_a_cluster_of_one_pupil(seed, schools):
    table = on_their_own(mentored(seed, schools=schools))
    plan = replace(MENTORS, blocks=("school",) if schools else ())
    expected = on_rows(table, "after", ["offered", "before"], "unit", "school" if schools else "")
    for kind in ("CR0", "CR2", "CR3"):
        effect = aw.estimate(table, plan, inference=kind)[0]
        se = math.sqrt(expected.variance[kind][0, 0])
        found = (effect.estimate, effect.se, effect.df)
        assert found == pytest.approx((expected.beta[0], se, expected.df[kind][0]), rel=RTOL)


@pytest.mark.proves("Plan.alone", "statsmodels 0.15, mentor groups")
def test_groups_in_one_arm_are_clusters_and_the_others_singletons(agree):
    table = on_their_own(mentored(1))
    fit = sm.OLS(table["after"], sm.add_constant(table[["offered", "before"]])).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(table["unit"])[0]}
    )
    effect = aw.estimate(table, MENTORS, inference="CR1S")[0]
    agree([effect.estimate, effect.se], [fit.params["offered"], fit.bse["offered"]])
    assert (effect.clusters_arm, effect.clusters_comparison) == (6, 25)
    assert effect.pupils_comparison == 25


def test_both_arms_of_g_have_the_same_total_variance():
    table = on_their_own(mentored(2))
    effect = aw.estimate(table, MENTORS)[0]
    X = pd.get_dummies(table["offered"]).to_numpy(float)
    assert_divided_by(effect, table["after"].to_numpy(), X, table["unit"])


def test_the_clusters_of_who_stands_alone_are_ignored():
    table = mentored(3)
    here = aw.estimate(table, MENTORS)
    filled = table.assign(group=table["group"].fillna("M1"))  # among the pupils with a mentor
    np.testing.assert_array_equal(numbers(aw.estimate(filled, MENTORS)), numbers(here))
    with pytest.raises(aw.DataError) as error:
        aw.estimate(filled, replace(MENTORS, alone=()))
    assert "meer dan één groep" in error.value.faults[0].rule.nl


@pytest.mark.parametrize("inference", ["CR2", "wild bootstrap", "cluster bootstrap"])
@pytest.mark.parametrize("pupil", ["numbers", "words"])
def test_a_streamed_file_knows_who_stands_alone(inference, pupil, tmp_path):
    table = mentored(4)
    if pupil == "words":
        table["pupil"] = "é" + table["pupil"].astype(str)
    table.to_csv(tmp_path / "pupils.csv", index=False)
    whole, streamed = (
        aw.estimate(data, MENTORS, inference=inference) for data in (table, tmp_path / "pupils.csv")
    )
    found, expected = (
        e.table()[["estimate", "se", "low", "p_value", "g"]].astype(float)
        for e in (streamed, whole)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-8)  # bisection of an interval ends there
    assert set(streamed.flow.clusters) == set(whole.flow.clusters)


def test_parts_of_a_study_know_each_others_pupils():
    table = mentored(5).assign(later=lambda t: t["after"] + t["before"])
    plan = replace(MENTORS, outcome=("after", "later"))
    parts = [aw.collect(table.iloc[i::2], plan) for i in (0, 1)]
    np.testing.assert_allclose(
        numbers(aw.estimate(parts[0] + parts[1], plan)), numbers(aw.estimate(table, plan)),
        rtol=1e-10,
    )  # fmt: skip
    with pytest.raises(aw.PlanError):
        parts[0] + aw.collect(
            table.assign(group=on_their_own(table)["unit"]), replace(plan, alone=())
        )
    with pytest.raises(aw.PlanError):
        aw.estimate(parts[0] + parts[1], replace(plan, alone=()))


def test_who_is_missing_is_counted_in_both_arms():
    table = mentored(6)
    table.loc[table["offered"] == 0, "after"] = table["after"].where(table.index % 5 > 0)
    table.loc[3, "offered"] = np.nan  # neither arm nor cluster is known
    flow = aw.check(table, MENTORS).table().set_index(["arm", "stage"])
    left = table[table["after"].notna() & table["offered"].notna()]
    for arm, name in ((0, "0"), (1, "1")):
        rows, start = left[left["offered"] == arm], table[table["offered"] == arm]
        assert flow.loc[(name, "start"), "pupils"] == len(start)
        assert flow.loc[(name, "analysed"), "pupils"] == len(rows)
        units = rows["pupil"] if arm == 0 else rows["group"]
        assert flow.loc[(name, "analysed"), "clusters"] == units.nunique()


def test_groups_against_single_pupils_cannot_be_assigned_again():
    table = mentored(7)
    effect = aw.estimate(table, MENTORS, inference="randomisation")[0]
    assert (effect.p_value, effect.low) == (None, None)
    assert "niet opnieuw verdelen" in effect.reason.nl
    assert "cannot assign again" in effect.reason.en
    assert effect.estimate == pytest.approx(aw.estimate(table, MENTORS)[0].estimate)
    by_lot = replace(MENTORS, assigned="pupil")  # then it is known that pupils were assigned
    assert aw.estimate(table, by_lot, inference="randomisation")[0].p_value > 0
    assert "randomisation" in aw.estimate(table, MENTORS).compare().table()["inference"].tolist()


def test_one_group_is_too_few_and_two_are_not():
    table = mentored(8, groups=2)
    assert aw.estimate(table, MENTORS)[0].se > 0
    one = table[table["group"] != "M0"]
    effect = aw.estimate(one, MENTORS)[0]
    assert effect.se is None
    assert "maar één school" in effect.reason.nl


def test_no_pseudonym_and_no_label_leaves_the_house(tmp_path):
    table = mentored(9, singles=40)
    table["pupil"] = "wie" + table["pupil"].astype(str)  # no digits that a number has by chance
    plan = replace(MENTORS, smallest_effect=0.2)
    effects = aw.estimate(table, plan)
    labels = [c for c in effects.moments.samples[0].clusters if not c.startswith("M")]
    pseudonyms = table["pupil"].astype(str).tolist()
    assert len(labels) == 40
    assert not [p for p in pseudonyms for label in labels if p in label]
    aw.write(aw.weigh(effects, plan), tmp_path, language="nl")
    written = [file for file in tmp_path.rglob("*") if file.suffix in (".json", ".csv", ".html")]
    assert len(written) == 6
    for file in written:
        text = file.read_text(encoding="utf-8")
        assert not [secret for secret in (*labels, *pseudonyms) if secret in text]


@pytest.mark.parametrize("streamed", [False, True])
def test_in_the_long_layout_a_pupil_is_one_cluster_at_every_wave(streamed, tmp_path):
    wide = mentored(10)
    waves = (("0", "before"), ("1", "after"))
    long = pd.concat([wide.assign(wave=w, score=wide[c]) for w, c in waves], ignore_index=True)
    long.loc[long.index % 7 == 0, "offered"] = np.nan  # known from the other wave
    long.loc[long.index % 7 == 0, "group"] = "M0"
    plan = replace(MENTORS, outcome="score", wave="wave", baseline="0", waves=("1",), covariates=())
    long.to_csv(tmp_path / "pupils.csv", index=False)
    data = tmp_path / "pupils.csv" if streamed else long
    np.testing.assert_allclose(
        numbers(aw.estimate(data, plan)), numbers(aw.estimate(wide, MENTORS)), rtol=1e-10
    )


def with_holes(table):
    return table.assign(pupil=table["pupil"].where((table["offered"] == 1) | (table.index % 2 > 0)))


WRONG_ALONE = {
    "a pupil without a pseudonym": (with_holes, MENTORS, "pupil", "pseudoniem"),
    "an arm that is not there": (
        lambda t: t, replace(MENTORS, alone=("nee",)), "offered", "komt niet voor"
    ),
    "every arm alone": (
        lambda t: t, replace(MENTORS, alone=("0", "1")), "offered", "op zichzelf"
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "plan", "column", "words"), WRONG_ALONE.values(), ids=WRONG_ALONE
)
def test_what_is_wrong_with_who_stands_alone_is_told_by_both_engines(
    change, plan, column, words, tmp_path
):
    table = change(mentored(11))
    table.to_csv(tmp_path / "pupils.csv", index=False)
    counts = []
    for data in (table, tmp_path / "pupils.csv"):
        with pytest.raises(aw.DataError) as error:
            aw.estimate(data, plan)
        (fault,) = error.value.faults
        assert fault.column == column
        assert words in fault.rule.nl
        counts.append(fault.count)
    assert counts[0] == counts[1]


# ---------------------------------------------------------------- weights

WEIGHED = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=COVARIATES, weights="w"
)
PLAIN = replace(WEIGHED, weights=None)
X = ["offered", *COVARIATES]


def weighed(seed, *, blocks=0, **more):
    rng = np.random.default_rng(seed)
    table = schools(rng, blocks=blocks, **more)
    if blocks:
        place = {name: i for i, name in enumerate(sorted(table["school"].unique()))}
        table["block"] = table["school"].map(place) // 4
        table["offered"] = table["school"].map(place) % 2
    return table.assign(w=rng.gamma(2, 1, len(table)))


def wls(table, x, **how):
    return sm.WLS(table["after"], sm.add_constant(table[x].astype(float)), weights=table["w"]).fit(
        **how
    )


@pytest.mark.proves("Plan.weights", "statsmodels' WLS 0.15, random schools")
def test_weights_give_weighted_least_squares(agree):
    table = weighed(1)
    groups = {"groups": pd.factorize(table["school"])[0]}
    fit = wls(table, X, cov_type="cluster", cov_kwds=groups)
    found = aw.estimate(table, WEIGHED, inference="CR1S").coefficients()
    agree(found["estimate"], fit.params)
    agree(found["se"], fit.bse)
    plain = aw.estimate(table, WEIGHED, inference="classical").coefficients()
    agree(plain["se"], wls(table, X).bse)


@pytest.mark.proves("Plan.weights", "rows times the square root of their weight")
@pytest.mark.parametrize("blocks", [0, 3])
@pytest.mark.parametrize("seed", range(4))
def test_with_weights_variance_and_degrees_of_freedom_are_those_of_the_rows(agree, seed, blocks):
    table = weighed(seed, blocks=blocks)
    plan = replace(WEIGHED, blocks=("block",) if blocks else ())
    expected = on_rows(table, "after", X, "school", "block" if blocks else "", "w")
    for kind in ("CR0", "CR2", "CR3"):
        found = aw.estimate(table, plan, inference=kind).coefficients()
        found = found[found["term"] != "1"]
        agree(found["estimate"], expected.beta[:3])
        agree(found["se"], np.sqrt(np.diag(expected.variance[kind]))[:3])
        agree(found["df"], expected.df[kind])


def test_a_weighted_dose_is_that_of_the_rows():
    table = dosed(2, per_pupil=True).assign(w=weighed(2)["w"])
    plan = plan_of(True, weights="w")
    expected = on_rows(table, "after", ["hours", *COVARIATES], "school", "", "w")
    effect = aw.estimate(table, plan)[0]
    se = math.sqrt(expected.variance["CR2"][0, 0])
    found = (effect.estimate, effect.se, effect.df)
    assert found == pytest.approx((expected.beta[0], se, expected.df["CR2"][0]), rel=RTOL)
    given_dose = np.column_stack([np.ones(len(table)), table["hours"]])
    assert_divided_by(effect, table["after"].to_numpy(), given_dose, table["school"], table["w"])


@pytest.mark.parametrize("inference", ONE_DIVISION)
def test_weights_of_1_change_nothing_to_the_last_digit(inference):
    table = weighed(3).assign(w=1.0)
    found, expected = (aw.estimate(table, p, inference=inference) for p in (WEIGHED, PLAIN))
    np.testing.assert_array_equal(numbers(found), numbers(expected))
    assert found.coefficients().equals(expected.coefficients())


@pytest.mark.parametrize(
    "inference", ["CR1S", "CR2", "classical", "wild bootstrap", "randomisation"]
)
@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_scale_of_the_weights_does_not_matter(inference, scale):
    table = weighed(4)
    scaled = table.assign(w=scale * table["w"])
    found, expected = (aw.estimate(t, WEIGHED, inference=inference) for t in (scaled, table))
    np.testing.assert_allclose(numbers(found), numbers(expected), rtol=1e-7)  # as bisection ends


def test_whole_weights_give_the_estimates_of_repeated_rows():
    table = weighed(5)
    table["w"] = np.random.default_rng(5).integers(0, 4, len(table))
    again = table.loc[table.index.repeat(table["w"])]
    found, expected = aw.estimate(table, WEIGHED), aw.estimate(again, PLAIN)
    np.testing.assert_allclose(
        found.coefficients()["estimate"], expected.coefficients()["estimate"], rtol=RTOL
    )
    cr0 = [aw.estimate(t, p, inference="CR0")[0].se for t, p in ((table, WEIGHED), (again, PLAIN))]
    assert cr0[0] == pytest.approx(cr0[1], rel=RTOL)


def test_a_weight_of_0_is_nobody():
    table = weighed(6)
    table.loc[::3, "w"] = 0
    here, there = aw.estimate(table, WEIGHED), aw.estimate(table[table["w"] > 0], WEIGHED)
    # taken about another origin, so not the same to the last digit
    np.testing.assert_allclose(numbers(here), numbers(there), rtol=1e-10)
    left = int((table["w"] > 0).sum())
    assert here[0].pupils == here[0].pupils_arm + here[0].pupils_comparison == left
    assert here.moments.table()["pupils"].tolist() == [left]
    flow = here.flow.table().groupby("stage")["pupils"].sum()
    assert (flow["start"], flow["analysed"]) == (len(table), left)
    told = aw.weigh(here, WEIGHED).descriptions
    assert sum(d.pupils for d in told) == left
    for d in told:
        arm = table[table["offered"] == int(d.arm)]
        assert d.mean == pytest.approx(np.average(arm["after"], weights=arm["w"]))


def test_g_is_divided_by_the_spread_of_pupils_of_average_weight():
    table = weighed(7)
    effect = aw.estimate(table, WEIGHED)[0]
    arms = pd.get_dummies(table["offered"]).to_numpy(float)
    assert_divided_by(effect, table["after"].to_numpy(), arms, table["school"], table["w"])


def test_slopes_per_arm_are_compared_at_the_weighted_means():
    table = weighed(8)
    for name in COVARIATES:
        centre = table[name] - np.average(table[name], weights=table["w"])
        table[f"offered x {name}"] = table["offered"] * centre
    products = [f"offered x {name}" for name in COVARIATES]
    groups = {"groups": pd.factorize(table["school"])[0]}
    fit = wls(table, [*X, *products], cov_type="cluster", cov_kwds=groups)
    effect = aw.estimate(table, WEIGHED, method="interacted", inference="CR1S")[0]
    found, expected = (effect.estimate, effect.se), (fit.params["offered"], fit.bse["offered"])
    assert found == pytest.approx(expected, rel=RTOL)


def test_schools_are_assigned_again_with_their_weights():
    table = weighed(9, clusters=8, size=6)
    names = sorted(table["school"].unique())
    treated = int(table.groupby("school")["offered"].first().sum())

    def coefficient(offered):
        return wls(table.assign(offered=offered), X).params["offered"]

    each = [coefficient(table["school"].isin(s) * 1.0)
            for s in itertools.combinations(names, treated)]  # fmt: skip
    observed = coefficient(table["offered"])
    effect = aw.estimate(table, WEIGHED, inference="randomisation")[0]
    assert effect.estimate == pytest.approx(observed)
    assert effect.p_value == np.mean(np.abs(each) >= abs(observed) * (1 - 1e-9))


def test_pupils_are_assigned_again_with_their_weights():
    table = weighed(10, clusters=3, size=4).groupby("school").head(6).reset_index(drop=True)
    table["offered"] = table.groupby("school").cumcount() % 2
    plan = replace(WEIGHED, assigned="pupil", blocks=("school",), covariates=("before",))
    dummies = pd.get_dummies(table["school"]).to_numpy(float)

    def coefficient(offered):
        rows = np.column_stack([offered, dummies, table["before"]])
        return sm.WLS(table["after"], rows, weights=table["w"]).fit().params.iloc[0]

    effect = aw.estimate(table, plan, inference="randomisation")[0]
    rows = [np.flatnonzero(table["school"] == g) for g in sorted(table["school"].unique())]
    counts = [int(table["offered"].to_numpy()[i].sum()) for i in rows]
    each = []
    for chosen in itertools.product(*map(itertools.combinations, rows, counts)):
        offered = np.zeros(len(table))
        offered[list(itertools.chain(*chosen))] = 1
        each.append(coefficient(offered))
    observed = coefficient(table["offered"])
    assert effect.estimate == pytest.approx(observed)
    assert effect.p_value == np.mean(np.abs(each) >= abs(observed) * (1 - 1e-9))


def test_a_streamed_file_and_parts_of_it_have_the_same_weights(tmp_path):
    table = weighed(11)
    table.loc[::5, "w"] = 0
    table.to_csv(tmp_path / "pupils.csv", index=False)
    whole, streamed = (aw.estimate(data, WEIGHED) for data in (table, tmp_path / "pupils.csv"))
    np.testing.assert_allclose(numbers(streamed), numbers(whole), rtol=1e-10)
    parts = [aw.collect(table.iloc[i::3], WEIGHED) for i in range(3)]
    added = aw.estimate(parts[2] + parts[0] + parts[1], WEIGHED)
    np.testing.assert_allclose(numbers(added), numbers(whole), rtol=1e-10)
    assert added.table()["pupils"].tolist() == whole.table()["pupils"].tolist()
    with pytest.raises(aw.PlanError):
        parts[0] + aw.collect(table, PLAIN)
    with pytest.raises(aw.PlanError):
        aw.estimate(parts[0], PLAIN)


@pytest.mark.parametrize("baseline", ["0", None])
def test_in_the_long_layout_the_weight_at_the_start_counts(baseline):
    wide = weighed(12).assign(pupil=lambda t: np.arange(len(t)))
    plan = replace(WEIGHED, outcome="score", wave="wave", baseline=baseline, waves=("1",),
                   pupil="pupil", covariates=("girl",))  # fmt: skip
    last = wide.assign(wave="1", score=wide["after"], w=99.0 if baseline else wide["w"])
    joined = last.iloc[:2].assign(pupil=[-1, -2], w=np.nan) if baseline else last.iloc[:0]
    long = pd.concat([wide.assign(wave="0", score=wide["before"]), last, joined])
    as_wide = replace(WEIGHED, covariates=("before", "girl") if baseline else ("girl",))
    a, b = aw.estimate(long, plan), aw.estimate(wide, as_wide)
    np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-10)


@pytest.mark.parametrize("streamed", [False, True])
def test_without_a_baseline_a_pupil_has_one_weight(streamed, tmp_path):
    wide = weighed(17).assign(pupil=lambda t: np.arange(len(t)))
    long = pd.concat(
        [wide.assign(wave=w, after=wide["after"] + w, w=wide["w"] + w) for w in (1, 2)]
    )
    plan = replace(WEIGHED, wave="wave", waves=("1", "2"), pupil="pupil")
    long.to_csv(tmp_path / "pupils.csv", index=False)
    with pytest.raises(aw.DataError) as error:
        aw.collect(tmp_path / "pupils.csv" if streamed else long, plan)
    assert [(fault.column, fault.count) for fault in error.value.faults] == [("w", len(long))]


WRONG_WEIGHTS = {
    "below 0": (lambda t: t.assign(w=t["w"].where(t.index % 9 > 0, -1)), "nooit kleiner"),
    "text": (lambda t: t.assign(w="zwaar"), "getallen"),
    "missing": (lambda t: t.assign(w=t["w"].where(t.index > 3)), "geen gewicht"),
    "all 0": (lambda t: t.assign(w=0), "alle gewichten zijn 0"),
    "endless": (lambda t: t.assign(w=t["w"].where(t.index > 3, np.inf)), "oneindig"),
}


@pytest.mark.parametrize(("change", "words"), WRONG_WEIGHTS.values(), ids=WRONG_WEIGHTS)
def test_what_is_wrong_with_weights_is_told_by_both_engines(change, words, tmp_path):
    table = change(weighed(13))
    table.replace(np.inf, "1e999").to_csv(tmp_path / "pupils.csv", index=False)
    counts = []
    for data in (table, tmp_path / "pupils.csv"):
        with pytest.raises(aw.DataError) as error:
            aw.estimate(data, WEIGHED)
        (fault,) = error.value.faults
        assert fault.column == "w"
        assert words in fault.rule.nl.lower()
        counts.append(fault.count)
    assert counts[0] == counts[1]


def test_everything_wrong_with_weights_is_told_at_once_with_its_rows():
    table = weighed(14)
    table.loc[[2, 4], "w"] = -1.0
    table.loc[[5], "w"] = np.nan
    table.loc[[7], ["w", "after"]] = np.nan  # not measured: no weight is needed
    with pytest.raises(aw.DataError) as error:
        aw.check(table, WEIGHED)
    assert [fault.rows for fault in error.value.faults] == [(3, 5), (6,)]


@pytest.mark.parametrize("method", ["cluster means", "site average", "pupil average"])
def test_methods_with_weights_of_their_own_take_no_others(method):
    with pytest.raises(aw.PlanError) as error:
        aw.estimate(weighed(15), replace(WEIGHED, blocks=("girl",)), method=method)
    assert [fault.column for fault in error.value.faults] == ["method"]


@pytest.mark.parametrize("plan", [DOSE, WEIGHED])
def test_differences_per_block_are_between_arms_and_unweighted(plan):
    table = weighed(18, blocks=3).assign(hours=lambda t: t["offered"] * 2 + t["block"])
    effects = aw.estimate(table, replace(plan, blocks=("block",)))
    with pytest.raises(aw.PlanError) as error:
        aw.effects.multisite(effects)
    assert [fault.column for fault in error.value.faults] == ["dose" if plan.dose else "weights"]


def test_a_school_left_out_takes_its_weights_along():
    table = weighed(16)
    effects = aw.estimate(table, WEIGHED)
    without = aw.evidence.leave_one_out(effects)[0].without
    for w in without:
        rest = table[table["school"] != w.cluster]
        assert w.pupils == len(table) - len(rest)
        assert w.estimate == pytest.approx(aw.estimate(rest, WEIGHED)[0].estimate)
