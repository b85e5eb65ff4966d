"""How alike the arms were before the programme, as the What Works Clearinghouse judges it."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import schools

import academic_workplace as aw
from academic_workplace.comparison import nearest, propensity, propensity_weights
from academic_workplace.comparison.balance import balance_table
from academic_workplace.effects.weighted import Weighted
from academic_workplace.evidence.balance import (
    START,
    BaselineVerdict,
    Measure,
    balance_from_summary,
    baseline_verdict,
    differences,
    weighted_balance,
)
from academic_workplace.plan import Estimand, Method

MATCHIT = json.loads((Path(__file__).parent / "reference" / "comparison.json").read_text())
REFERENCE = json.loads((Path(__file__).parent / "reference" / "weighing.json").read_text())
DATA = Path(__file__).parents[1] / "data"
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before",),
    balance=("girl",),
)  # fmt: skip
KEY = ("after", "")


@pytest.fixture(scope="module")
def star():
    plan = aw.read_plan(DATA / "star" / "plan.toml")
    return aw.evidence.balance(aw.estimate(aw.read(plan.data), plan))


def found(balance, column, group=START):
    (one,) = [c for c in balance if c.column == column and c.group == group]
    return one


@pytest.mark.proves("evidence.balance", "R 4.2.2, STAR at the start (A39)")
def test_star_at_the_start_is_as_alike_as_in_the_reference(star, agree):
    expected = REFERENCE["A39-attrition-balance"]["expected"]
    small = star.within(START, "small")
    for column, name in (("lunchk=free", "free_lunch"), ("gender=female", "female")):
        seen, wanted = found(small, column), expected[name]
        agree(seen.mean_arm, wanted["p1"])
        agree(seen.mean_comparison, wanted["p0"])
        agree(seen.standardised, wanted["cox"])
        assert seen.measure is Measure.COX
        assert seen.verdict is BaselineVerdict.SATISFIED
        # the reference divides by the plain root mean square of the two arms, without n - 1
        apart = wanted["smd"] * math.sqrt(
            (wanted["p1"] * (1 - wanted["p1"]) + wanted["p0"] * (1 - wanted["p0"])) / 2
        )
        assert seen.mean_arm - seen.mean_comparison == pytest.approx(apart, rel=1e-8)


@pytest.mark.proves("evidence.balance_from_summary", "R 4.2.2, STAR at the start (A39)")
@pytest.mark.proves("evidence.balance_from_summary", "baselinr, worked examples")
def test_printed_numbers_give_the_worked_values(agree):
    black = REFERENCE["A39-attrition-balance"]["expected"]["black"]
    agree(
        balance_from_summary(mean_t=black["p1"], mean_c=black["p0"], n_t=99, n_c=99).standardised,
        black["cox"],
    )
    t, c = np.array([5.0, 6, 7]), np.array([4.0, 5, 6])
    seen = balance_from_summary(
        mean_t=t.mean(), mean_c=c.mean(), sd_t=t.std(ddof=1), sd_c=c.std(ddof=1), n_t=3, n_c=3
    )
    agree(seen.standardised, 0.8)
    assert (seen.measure, seen.variance_ratio) == (Measure.G, 1.0)
    cox = balance_from_summary(mean_t=2 / 3, mean_c=1 / 3, n_t=30, n_c=30)
    agree(cox.standardised, 0.8401784, rel=1e-7)  # as printed, seven decimals


@pytest.mark.parametrize(("n", "omega"), [(10, 0.903226), (20, 0.957746), (40, 0.980132)])
def test_the_small_sample_factor_is_that_of_the_handbook(n, omega):
    seen = balance_from_summary(mean_t=1, mean_c=0, sd_t=1, sd_c=1, n_t=n // 2, n_c=n // 2)
    assert seen.standardised == pytest.approx(omega, abs=5e-7)  # as printed


@pytest.mark.proves("evidence.balance", "rows")
def test_the_balance_of_an_analysis_is_that_of_its_own_pupils(agree):
    table = schools(np.random.default_rng(1), clusters=10, size=20)
    lost = (np.arange(len(table)) % 5 == 0) & (table["offered"] == 0)
    table["after"] = table["after"].mask(lost)
    balance = aw.evidence.balance(aw.estimate(table, PLAN))
    for group, rows in ((START, table), (KEY, table[~lost])):
        t, c = (rows.loc[rows["offered"] == arm, "before"] for arm in (1, 0))
        n = len(t) + len(c)
        sd = math.sqrt(((len(t) - 1) * t.var() + (len(c) - 1) * c.var()) / (n - 2))
        seen = found(balance, "before", group)
        agree(seen.standardised, (1 - 3 / (4 * n - 9)) * (t.mean() - c.mean()) / sd)
        agree(seen.variance_ratio, t.var() / c.var())
        agree(seen.sd, sd)
        assert (seen.n_arm, seen.n_comparison) == (len(t), len(c))
        p, q = (rows.loc[rows["offered"] == arm, "girl"].mean() for arm in (1, 0))
        cox = (math.log(p / (1 - p)) - math.log(q / (1 - q))) / 1.65
        seen = found(balance, "girl", group)
        agree(seen.standardised, cox)
        assert (seen.measure, seen.variance_ratio) == (Measure.COX, None)


@pytest.mark.parametrize(
    ("size", "verdict"),
    [
        (0.0, BaselineVerdict.SATISFIED),
        (0.05, BaselineVerdict.SATISFIED),
        (0.15 - 0.10, BaselineVerdict.SATISFIED),  # 0.04999999999999999
        (0.1 * 3 - 0.25, BaselineVerdict.SATISFIED),  # 0.050000000000000044
        (0.0501, BaselineVerdict.ADJUST),
        (0.25, BaselineVerdict.ADJUST),
        (0.2501, BaselineVerdict.NOT),
        (None, BaselineVerdict.UNKNOWN),
    ],
)
def test_the_verdict_changes_just_beyond_0_05_and_0_25(size, verdict):
    assert baseline_verdict(size) is verdict
    assert baseline_verdict(None if size is None else -size) is verdict


def test_equivalence_is_established_when_satisfied_or_adjusted_where_asked():
    small = balance_from_summary(mean_t=0.1, mean_c=0, sd_t=1, sd_c=1, n_t=200, n_c=200)
    assert small.verdict is BaselineVerdict.ADJUST
    assert [replace(small, adjusted=a).established for a in (True, False, None)] == [
        True, False, None,
    ]  # fmt: skip
    large = balance_from_summary(mean_t=0.5, mean_c=0, sd_t=1, sd_c=1, n_t=200, n_c=200)
    assert replace(large, adjusted=True).established is False
    equal = balance_from_summary(mean_t=0, mean_c=0, sd_t=1, sd_c=1, n_t=200, n_c=200)
    assert replace(equal, adjusted=False).established is True
    assert balance_from_summary(mean_t=1, mean_c=0.5, n_t=9, n_c=9).established is None


def test_only_the_analyses_say_for_what_they_adjust():
    table = schools(np.random.default_rng(2))
    table["kind"] = np.where(table["girl"] == 1, "x", "y")
    plan = replace(PLAN, covariates=("before", "kind"))
    balance = aw.evidence.balance(aw.estimate(table, plan))
    assert {c.adjusted for c in balance.within(START)} == {None}
    inside = {c.column: c.adjusted for c in balance.within(KEY)}
    assert inside == {"before": True, "kind=x": True, "kind=y": True, "girl": False}
    plain = aw.evidence.balance(aw.estimate(table, plan, method="difference"))
    assert {c.adjusted for c in plain.within(KEY)} == {False}


def test_effects_moments_and_baseline_give_the_same():
    effects = aw.estimate(schools(np.random.default_rng(3)), PLAN)
    tables = [
        aw.evidence.balance(*data).table().drop(columns=["adjusted", "established"])
        for data in ((effects,), (effects.moments, "0"), (effects.baseline, "0"))
    ]
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other)


def test_the_comparison_must_be_one_of_the_arms():
    moments = aw.collect(aw.check(schools(np.random.default_rng(4)), PLAN))
    for comparison in (None, "control"):
        with pytest.raises(aw.PlanError) as error:
            aw.evidence.balance(moments, comparison)
        assert "0, 1" in str(error.value)


def test_arms_told_after_the_rows_were_gone_have_no_known_balance():
    table = schools(np.random.default_rng(5))
    blind = aw.collect(table, PLAN)
    arm = 1 - table.groupby("school")["offered"].first()
    arm.iloc[:2] = [0, 1]
    arm = arm.map({0: "no", 1: "yes"})
    told = blind.with_cluster_column("given", arm.to_dict(), category=True)
    plan = replace(PLAN, treatment="given")
    balance = aw.evidence.balance(aw.estimate(told, plan))
    assert len(balance) == 0
    assert "weten niet" in balance.explain()
    assert balance.table().empty


@pytest.mark.parametrize(("p", "q"), [(0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.0, 1.0)])
def test_a_share_of_none_or_all_has_no_cox_index_and_says_so(p, q):
    seen = balance_from_summary(mean_t=p, mean_c=q, n_t=20, n_c=20)
    assert (seen.standardised, seen.verdict) == (None, BaselineVerdict.UNKNOWN)
    assert seen.reason is not None


def test_what_is_the_same_for_everyone_is_alike():
    for mean in (0.0, 1.0):
        seen = balance_from_summary(mean_t=mean, mean_c=mean, n_t=20, n_c=20)
        assert (seen.standardised, seen.verdict) == (0.0, BaselineVerdict.SATISFIED)
    apart = balance_from_summary(mean_t=3, mean_c=4, sd_t=0, sd_c=0, n_t=20, n_c=20)
    assert apart.verdict is BaselineVerdict.UNKNOWN
    assert apart.reason is not None


def test_a_column_known_of_one_pupil_in_an_arm_is_not_judged():
    table = schools(np.random.default_rng(6), clusters=6, size=10)
    known = table.index[table["offered"] == 1][0]
    table["girl"] = table["girl"].mask((table["offered"] == 1) & (table.index != known))
    seen = found(aw.evidence.balance(aw.estimate(table, PLAN)), "girl")
    assert (seen.n_arm, seen.standardised, seen.sd) == (1, None, None)
    assert "fewer than two" in seen.reason.en


def test_scores_between_zero_and_one_are_not_taken_for_zeros_and_ones():
    table = schools(np.random.default_rng(7))
    rng = np.random.default_rng(8)
    table["before"] = rng.choice([0.0, 0.5, 1.0], len(table))
    assert found(aw.evidence.balance(aw.estimate(table, PLAN)), "before").measure is Measure.G


def test_impossible_numbers_are_named_all_at_once():
    with pytest.raises(aw.PlanError) as error:
        balance_from_summary(mean_t=math.nan, mean_c=1, sd_t=-1, sd_c=None, n_t=1, n_c=2.5)
    named = [fault.column for fault in error.value.faults]
    assert named == ["n_t", "n_c", "mean_t", "sd_t", "sd_c"]
    with pytest.raises(aw.PlanError) as error:
        balance_from_summary(mean_t=47, mean_c=0.5, n_t=20, n_c=20)
    assert [fault.column for fault in error.value.faults] == ["mean_t"]


NUMBER = st.floats(-50, 50)
SPREAD = st.floats(0.1, 20)
COUNT = st.integers(2, 400)


@given(NUMBER, NUMBER, SPREAD, SPREAD, COUNT, COUNT, st.floats(0.01, 100), NUMBER)
def test_the_unit_of_a_characteristic_does_not_matter_and_arms_swap_the_sign(
    m_t, m_c, s_t, s_c, n_t, n_c, scale, shift
):
    first = balance_from_summary(mean_t=m_t, mean_c=m_c, sd_t=s_t, sd_c=s_c, n_t=n_t, n_c=n_c)
    other = balance_from_summary(
        mean_t=shift + scale * m_t, mean_c=shift + scale * m_c, sd_t=scale * s_t,
        sd_c=scale * s_c, n_t=n_t, n_c=n_c,
    )  # fmt: skip
    swapped = balance_from_summary(mean_t=m_c, mean_c=m_t, sd_t=s_c, sd_c=s_t, n_t=n_c, n_c=n_t)
    # shifting by 50 costs digits of a small difference
    assert other.standardised == pytest.approx(first.standardised, rel=1e-6, abs=1e-9)
    assert other.variance_ratio == pytest.approx(first.variance_ratio, rel=1e-9)
    assert swapped.standardised == pytest.approx(-first.standardised, rel=1e-9, abs=1e-12)
    assert swapped.variance_ratio == pytest.approx(1 / first.variance_ratio, rel=1e-9)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_cox_index_of_the_absent_is_that_of_the_present_with_the_sign_turned(p, q):
    first = balance_from_summary(mean_t=p, mean_c=q, n_t=50, n_c=50)
    other = balance_from_summary(mean_t=1 - p, mean_c=1 - q, n_t=50, n_c=50)
    assert other.standardised == pytest.approx(-first.standardised, rel=1e-9, abs=1e-12)


def test_the_parts_of_the_pooled_spread_stand_beside_it():
    effects = aw.estimate(schools(np.random.default_rng(9)), PLAN)
    for d in differences(effects.baseline, "0"):
        inside = (d.n_arm - 1) * d.sd_arm**2 + (d.n_comparison - 1) * d.sd_comparison**2
        assert inside == pytest.approx(d.sd**2 * (d.n_arm + d.n_comparison - 2), rel=1e-12)


def test_the_sentence_counts_each_characteristic_once_by_its_worst_level(star):
    # sex and year of birth alike; family income (two levels, two arms) differs by 0.06 in one arm
    assert "2 kenmerken bijna gelijk en 1 met een klein verschil" in star.explain("nl")
    assert "2 characteristics almost equal and 1 with a small difference" in star.explain("en")
    assert "niet met al deze verschillen" in star.explain("nl")


def test_the_sentence_asks_for_care_and_tells_of_no_small_group():
    table = schools(np.random.default_rng(10), clusters=8, size=20)
    table["before"] += 3.0 * table["offered"]
    effects = aw.estimate(table, replace(PLAN, balance=()))
    sentence = aw.evidence.balance(effects).explain("nl")
    assert "1 kenmerk met een groot verschil" in sentence
    assert "De berekening houdt daar rekening mee. Lees de uitkomst voorzichtig." in sentence
    few = aw.evidence.balance(aw.estimate(table.groupby("school").head(2), PLAN))
    assert few[0].standardised is not None
    assert "laten we niet zien" in few.explain("nl")


def test_the_balance_shows_itself(star):
    assert "<p>" in star._repr_html_()
    assert len(star.table()) == len(star) == 30
    assert star.to_dict()["characteristics"][0]["column"] == "gender=female"
    assert {c.group for c in star[:2]} == {START}
    json.dumps(star.to_dict())


@pytest.mark.parametrize("x", [None, "x", [1], 1j, 1e308, 10**400], ids=repr)
def test_what_is_no_number_is_named_and_not_tried(x):
    with pytest.raises(aw.PlanError) as refused:
        balance_from_summary(mean_t=x, mean_c=x, n_t=x, n_c=x, sd_t=x, sd_c=1)
    found = {fault.column for fault in refused.value.faults}
    assert found == {"mean_t", "mean_c", "n_t", "n_c", "sd_t"}


# ---------------------------------------------------------------- with weights


def detail_of(
    X, t, w, names, *, key=KEY, arm="1", estimand="ATT", adjusted=(), weighed=None,
    method=Method.PROPENSITY,
):  # fmt: skip
    """What lies behind a weighted effect, made from arrays."""
    t = np.asarray(t, bool)
    n = int(t.sum()), int((~t).sum())
    return Weighted(
        *key, arm, "0", method, Estimand(estimand), balance_table(X, t, w, names, estimand),
        len(names) if weighed is None else weighed, None, n, n, n, (0, 0), n, (0.0, 0.0), None,
        adjusted, (),
    )  # fmt: skip


@pytest.fixture(scope="module")
def lalonde():
    table = pd.read_csv(Path(__file__).parent / "reference" / "data" / "lalonde.csv")
    return table.assign(person=np.arange(len(table)))


LALONDE = aw.Plan(
    outcome="re78", treatment="treat", cluster="person",
    covariates=("age", "educ", "race", "married", "nodegree", "re74", "re75"),
)  # fmt: skip


def columns_of(table):
    """The columns of LaLonde's data as MatchIt names them: every level of race."""
    levels = {f"race={x}": (table["race"] == x).astype(float) for x in ("black", "hispan", "white")}
    plain = {x: table[x] for x in ("age", "educ", "married", "nodegree", "re74", "re75")}
    return pd.DataFrame(plain | levels)


@pytest.mark.proves("evidence.balance", "MatchIt 4.5.1, LaLonde's data (A16)")
@pytest.mark.proves(
    "evidence.balance", "MatchIt 4.5.1, LaLonde's data, matched (A16, loosely: ties)"
)
def test_without_and_with_weights_the_differences_are_those_of_matchit(lalonde, agree):
    expected, X = MATCHIT["A16-match-lalonde"]["expected"], columns_of(lalonde)
    t, key = lalonde["treat"] == 1, ("re78", "")
    fitted = propensity(X.drop(columns="race=black"), t)
    effects = aw.estimate(lalonde, LALONDE)
    w = propensity_weights(fitted.score, t, "ATT").w
    behind = detail_of(X, t, w, tuple(X.columns), key=key)
    seen = aw.evidence.balance(replace(effects, details={(*key, "1"): behind})).within(key)
    assert len(seen) == len(X.columns)
    for c in seen:
        name = c.column.replace("=", "")
        agree(c.weighted.smd_before, expected["smd_before"][name])
        if name in expected["smd_after_ipw"]:
            # there R's sd divides shares by n - 1 as well
            by = math.sqrt(t.sum() / (t.sum() - 1)) if c.measure is Measure.COX else 1.0
            agree(c.weighted.smd_after, expected["smd_after_ipw"][name] * by, rel=1e-5)
        if expected["var_ratio_before"][name] is None:
            assert c.variance_ratio is None
        else:
            agree(c.variance_ratio, expected["var_ratio_before"][name])
    everyone = X.assign(distance=fitted.score)
    with_all = detail_of(everyone, t, np.ones(len(t)), tuple(everyone.columns), key=key)
    (distance,) = [c for c in weighted_balance(with_all) if c.column == "distance"]
    agree(distance.weighted.smd_before, expected["smd_before"]["distance"], rel=1e-5)
    agree(distance.variance_ratio, expected["var_ratio_before"]["distance"], rel=1e-5)
    kept = nearest(fitted.score, t).weights.w  # which pairs depends on ties, as the note says
    for c in weighted_balance(detail_of(everyone, t, kept, tuple(everyone.columns))):
        wanted = expected["smd_after"][c.column.replace("=", "")]
        if c.column == "distance":
            agree(c.weighted.smd_after, wanted, rel=1e-3, of="matched")
        else:
            assert c.weighted.smd_after == pytest.approx(wanted, abs=0.05)


@pytest.mark.proves("evidence.balance", "rows, with weights")
def test_with_weights_only_the_means_change(lalonde, agree):
    X, t = columns_of(lalonde), (lalonde["treat"] == 1).to_numpy()
    w = np.random.default_rng(1).exponential(size=len(t))
    n = len(t)
    for c in weighted_balance(detail_of(X, t, w, tuple(X.columns))):
        x = X[c.column].to_numpy(float)
        m1, m0 = (np.average(x[who], weights=w[who]) for who in (t, ~t))
        if c.measure is Measure.COX:
            wanted = (math.log(m1 / (1 - m1)) - math.log(m0 / (1 - m0))) / 1.65
            assert c.weighted.variance_ratio is None
        else:
            v1, v0 = x[t].var(ddof=1), x[~t].var(ddof=1)
            sd = math.sqrt(((t.sum() - 1) * v1 + ((~t).sum() - 1) * v0) / (n - 2))
            wanted = (1 - 3 / (4 * n - 9)) * (m1 - m0) / sd
            spread = [np.cov(x[who], aweights=w[who]) for who in (t, ~t)]  # sum w - sum w^2 / sum w
            agree(c.weighted.variance_ratio, float(spread[0] / spread[1]))
        agree(c.weighted.standardised, wanted)
        assert c.weighted.verdict is baseline_verdict(wanted)


def test_what_lies_behind_an_effect_tells_the_same_as_its_moments(lalonde):
    X, t, key = columns_of(lalonde), lalonde["treat"] == 1, ("re78", "")
    behind = detail_of(X, t, np.ones(len(t)), tuple(X.columns), key=key)
    effects = replace(aw.estimate(lalonde, LALONDE), details={(*key, "1"): behind})
    from_moments = {c.column: c for c in aw.evidence.balance(effects).within(key)}
    for c in weighted_balance(behind):
        other = from_moments[c.column]
        assert (c.measure, c.verdict) == (other.measure, other.verdict)
        for name in ("standardised", "variance_ratio", "sd", "mean_arm"):
            wanted = getattr(other, name)
            assert getattr(c, name) == (wanted and pytest.approx(wanted, rel=1e-9))
        assert c.weighted.standardised == pytest.approx(c.standardised, rel=1e-9)  # weights of 1


def test_pupils_at_the_start_have_no_weights(lalonde):
    X, t, key = columns_of(lalonde), lalonde["treat"] == 1, ("re78", "")
    behind = detail_of(X, t, np.ones(len(t)), tuple(X.columns), key=key)
    effects = replace(aw.estimate(lalonde, LALONDE), details={(*key, "1"): behind})
    balance = aw.evidence.balance(effects)
    assert all(c.weighted is None for c in balance.within(START))
    assert all(c.weighted is not None for c in balance.within(key))
    plain = aw.evidence.balance(replace(effects, details={}))
    assert [c.standardised for c in plain] == [c.standardised for c in balance]
    table = balance.table()
    assert {"standardised_after", "smd_before", "smd_after", "verdict_after"} <= set(table)
    json.dumps(balance.to_dict())
    assert not any("_after" in name for name in plain.table())


def test_with_weights_equivalence_asks_for_the_model_of_the_outcome():
    t = np.arange(200) % 2 == 0
    x = np.random.default_rng(2).normal(size=200)
    x[t] += 0.15 + x[~t].mean() - x[t].mean()  # a small difference that these weights leave
    for adjusted, stands in (((), False), (("x",), True)):
        (c,) = weighted_balance(detail_of(x, t, np.ones(200), ("x",), adjusted=adjusted))
        assert c.weighted.verdict is BaselineVerdict.ADJUST
        assert (c.adjusted, c.established) == (True, stands)
    seen = detail_of(x, t, np.ones(200), ("x",), weighed=0)  # the weights did not see it
    assert weighted_balance(seen)[0].adjusted is False


@pytest.mark.parametrize("all_or_none", [0.0, 1.0])
def test_a_share_that_weights_make_all_or_none_in_both_arms_is_alike(all_or_none):
    t = np.arange(400) % 2 == 0
    x = np.where(np.arange(400) < 40, 1 - all_or_none, all_or_none)
    w = np.where(x == all_or_none, np.random.default_rng(3).exponential(size=400), 0.0)
    (c,) = weighted_balance(detail_of(x, t, w, ("x",)))
    assert (c.weighted.standardised, c.weighted.verdict) == (0.0, BaselineVerdict.SATISFIED)


def test_a_share_that_is_all_but_for_the_rounding_of_a_sum_is_all():
    x, t = np.arange(400) % 5 > 0, np.arange(400) % 2 == 0
    detail = detail_of(x, t, np.ones(400), ("x",))
    means = detail.balance.mean_comparison.copy()
    means[1] = 1 - 1e-15
    (c,) = weighted_balance(replace(detail, balance=replace(detail.balance, mean_comparison=means)))
    assert (c.weighted.mean_comparison, c.weighted.standardised) == (1.0, None)  # and no 21


def test_what_does_not_vary_stays_alike_whatever_the_weights():
    t, w = np.arange(60) % 2 == 0, np.random.default_rng(4).exponential(size=60)
    (c,) = weighted_balance(detail_of(np.full(60, 0.1), t, w, ("x",)))
    assert (c.weighted.standardised, c.weighted.variance_ratio) == (0.0, None)
