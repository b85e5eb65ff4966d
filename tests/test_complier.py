"""Taking part, with the offer as its instrument: two-stage least squares from moments."""

import datetime
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from documents import texts
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import schools
from scipy import stats
from statsmodels.sandbox.regression.gmm import IV2SLS

import academic_workplace as aw
from academic_workplace.disclosure import DUTCH_10, under
from academic_workplace.effects import compliers
from academic_workplace.effects.complier import FEWER, MOVED_NOBODY, NO_ENDS, PERHAPS_FEWER
from academic_workplace.effects.result import Caution
from academic_workplace.evidence.weighing import TAKING_PART_NOT_BESIDE
from academic_workplace.instrument import Region, Shape, two_stage, with_outcome
from academic_workplace.report.build import build, effects_table
from academic_workplace.report.complier import table_of

HERE = Path(__file__).parent
A29 = json.loads((HERE / "reference/instrument.json").read_text())["A29-iv-card"]["expected"]
PLAN = aw.Plan(
    outcome="after", treatment="offered", comparison="0", cluster="school", took_part="took",
    covariates=("before",), method="complier effect",
)  # fmt: skip
PLAIN = replace(PLAN, covariates=())
FEW = settings(max_examples=12, deadline=None)


def offered(seed=1, *, effect=0.8, keep=0.7, also=0.1, **more):
    """Schools with an offer that most took, some of the others too; who did was not chance."""
    rng = np.random.default_rng(seed)
    table = schools(rng, **({"clusters": 14, "size": 14} | more))
    hidden = rng.normal(size=len(table))
    bar = np.where(table["offered"] == 1, stats.norm.ppf(1 - keep), stats.norm.ppf(1 - also))
    took = (hidden > bar).astype(float)
    return table.assign(took=took, after=table["after"] + effect * took + 0.5 * hidden)


def found(table, plan=PLAN, **more):
    """The effect and what lies behind it."""
    effects = aw.estimate(table, plan, **more)
    return effects[0], effects.detail(effects[0])


def on_rows_2sls(table, covariates, *, block="", d="took", z="offered"):
    """2SLS on rows: N x N matrices, CR2 with the projected regressors, Satterthwaite."""
    n = len(table)
    dummies = pd.get_dummies(table[block]).to_numpy(float) if block else np.ones((n, 1))
    X = np.column_stack([table[[*covariates]].to_numpy(float), dummies])
    R, W = (np.column_stack([table[c].to_numpy(float), X]) for c in (d, z))
    y = table["after"].to_numpy(float)
    hat = W @ np.linalg.pinv(W.T @ W) @ W.T @ R
    M = np.linalg.pinv(hat.T @ hat)
    beta = M @ hat.T @ y
    e = y - R @ beta
    H = hat @ M @ hat.T
    residual = np.eye(n) - H
    out = {"beta": beta}
    for kind, power in (("CR0", 0.0), ("CR2", 0.5)):
        influence, P = [], []
        for school in table["school"].unique():
            i = np.flatnonzero(table["school"] == school)
            w, U = np.linalg.eigh(np.eye(len(i)) - H[np.ix_(i, i)])
            kept = np.where(w > 1e-9, np.where(w > 1e-9, w, 1) ** -power, 0.0 if power else 1.0)
            left = M @ hat[i].T @ (U * kept) @ U.T
            influence.append(left @ e[i])
            P.append(left @ residual[i])
        influence, P = np.array(influence), np.array(P)
        out[kind] = np.sqrt(np.sum(influence**2, axis=0))
        Q = [P[:, j] @ P[:, j].T for j in range(len(beta))]
        out[f"df {kind}"] = np.array([np.trace(q) ** 2 / np.sum(q**2) for q in Q])
    return out


# ---------------------------------------------------------------- against others


@pytest.mark.proves("Method.COMPLIER", "AER 1.2.10, returns to schooling (A29)")
def test_schooling_by_a_college_nearby_is_aers(agree):
    table = pd.read_csv(HERE / "reference/data/card.csv.gz")
    region = tuple(f"reg66{i}" for i in range(2, 10))
    plan = aw.Plan(
        outcome="lwage", treatment="nearc4", comparison="0", cluster="id", took_part="educ",
        covariates=("exper", "expersq", "black", "smsa", "south", "smsa66", *region),
        method="complier effect", inference="classical",
    )  # fmt: skip
    effect, detail = found(table, plan)
    agree([effect.estimate, effect.se], [A29["iv"], A29["iv_se"]], rel=1e-6)
    agree([detail.first.estimate, detail.first.se, detail.F],
          [A29["first_stage"], A29["first_stage_se"], A29["first_stage_F"]], rel=1e-6)  # fmt: skip
    assert effect.pupils == A29["n"]
    effect, detail = found(table, plan, inference="CR0")  # clusters of one: White's
    agree([effect.estimate, effect.se], [A29["iv"], A29["iv_se_HC0"]], rel=1e-6)
    assert detail.joined is None  # years of schooling are an amount


@pytest.mark.proves("Method.COMPLIER", "statsmodels, IV2SLS")
def test_estimate_and_plain_errors_of_every_term_are_those_of_statsmodels(agree):
    table = offered(2)
    effects = aw.estimate(table, PLAN, inference="classical")
    X, Z = (table[[c, "before"]].assign(one=1.0)[["one", c, "before"]] for c in ("took", "offered"))
    other = IV2SLS(table["after"], X, Z).fit()
    told = effects.coefficients().set_index("term").loc[["1", "took", "before"]]
    agree(told["estimate"], other.params)
    agree(told["se"], other.bse)


@pytest.mark.proves("Method.COMPLIER", "rows, dense CR2 with projected regressors")
@pytest.mark.parametrize("blocks", [0, 3])
@pytest.mark.parametrize("covariates", [(), ("before", "girl")])
def test_cr2_and_its_degrees_of_freedom_are_those_of_full_matrices(agree, blocks, covariates):
    table = offered(3, blocks=blocks, clusters=18, size=7)
    plan = replace(PLAN, covariates=covariates, blocks=("block",) if blocks else ())
    rows = on_rows_2sls(table, covariates, block="block" if blocks else "")
    for way in ("CR2", "CR0"):
        effects = aw.estimate(table, plan, inference=way)
        terms = effects.coefficients().set_index("term").loc[["took", *covariates]]
        k = len(terms)
        agree(terms["estimate"], rows["beta"][:k])
        agree(terms["se"], rows[way][:k])
        agree(terms["df"], rows[f"df {way}"][:k], rel=1e-7)


def test_several_arms_are_each_their_own_instrument(agree):
    table = offered(4, clusters=24)
    school = table["school"].str[1:].astype(int)
    table["offered"] = np.where(table["offered"] == 1, 1 + school % 2, 0)
    effects = aw.estimate(table, PLAN)
    plain = aw.estimate(table, replace(PLAN, method=None, took_part=None))
    first = aw.estimate(table, replace(PLAN, method=None, took_part=None, outcome="took"))
    for e, offer, moved in zip(effects, plain, first, strict=True):
        agree(e.estimate, offer.estimate / moved.estimate)
        detail = effects.detail(e)
        agree([detail.offered.estimate, detail.offered.se, detail.offered.df],
              [offer.estimate, offer.se, offer.df])  # fmt: skip
        agree([detail.first.estimate, detail.first.se], [moved.estimate, moved.se])
    assert set(effects.coefficients()["term"]) == {"took (1)", "took (2)"}


# ---------------------------------------------------------------- theorems


@FEW
@given(st.integers(0, 10**6), st.booleans())
def test_where_all_take_what_is_offered_it_is_the_effect_of_the_offer(seed, adjusts):
    table = schools(np.random.default_rng(seed))
    table["took"] = table["offered"]
    plan = PLAN if adjusts else PLAIN
    effect, detail = found(table, plan)
    offer = aw.estimate(table, replace(plan, method=None, took_part=None), inference="CR2")[0]
    for name in ("estimate", "se", "df", "low", "high", "p_value"):
        assert getattr(effect, name) == pytest.approx(getattr(offer, name), rel=1e-9)
    assert detail.everybody
    assert math.inf == detail.F
    assert detail.first.se is None
    assert (detail.region.low, detail.region.high) == pytest.approx((effect.low, effect.high))


@FEW
@given(st.integers(0, 10**6), st.booleans())
def test_it_is_the_effect_of_the_offer_over_what_it_did_to_taking_part(seed, adjusts):
    table, plan = offered(seed), PLAN if adjusts else PLAIN
    effect, detail = found(table, plan)
    without = replace(plan, method=None, took_part=None)
    offer = aw.estimate(table, without, inference="CR2")[0]
    moved = aw.estimate(table, replace(without, outcome="took"), inference="CR2")[0]
    assert effect.estimate == pytest.approx(offer.estimate / moved.estimate)
    assert detail.offered.se == pytest.approx(offer.se)
    assert pytest.approx((moved.estimate / moved.se) ** 2) == detail.F
    by_arm = table.groupby("offered")["took"].mean()
    assert detail.took == pytest.approx((by_arm[1], by_arm[0]))
    assert effect.df == pytest.approx(offer.df)


@FEW
@given(st.integers(0, 10**6), st.sampled_from([0.013, 3.7, 41.3]))
def test_the_unit_of_taking_part_and_the_order_of_rows_do_not_matter(seed, by):
    table = offered(seed)
    effect, detail = found(table)
    scaled, more = found(table.assign(took=table["took"] * by))
    assert scaled.estimate * by == pytest.approx(effect.estimate)
    assert scaled.se * by == pytest.approx(effect.se)
    assert pytest.approx(detail.F) == more.F
    assert more.region.shape is detail.region.shape
    assert [by * more.region.low, by * more.region.high] == pytest.approx(
        [detail.region.low, detail.region.high], rel=1e-6
    )
    turned, _ = found(table.sample(frac=1, random_state=seed % 1000))
    assert turned.se == pytest.approx(effect.se, rel=1e-9)


@FEW
@given(st.integers(0, 10**6), st.floats(0.02, 0.9))
def test_the_region_holds_the_estimate_and_what_the_test_leaves(seed, keep):
    table = offered(seed, keep=keep, also=0.05)
    plan = replace(PLAN, method=None, took_part=None)
    effect, detail = found(table)
    if detail.region is None:
        return
    region = detail.region
    assert region.holds(effect.estimate)
    m = aw.collect(table, PLAN).samples[0]
    grid = effect.estimate + np.array([-30, -3, -1, -0.3, 0.3, 1, 3, 30])
    for theta in grid:
        moved = table.assign(after=table["after"] - theta * table["took"])
        test = aw.estimate(moved, plan, inference="CR2")[0]
        if abs(test.p_value - 0.05) > 1e-6:
            assert region.holds(theta) == (test.p_value > 0.05)
    assert pytest.approx(m.S) == with_outcome(m, {"after": 1.0}).S


def test_with_a_strong_offer_the_region_is_nearly_the_t_interval():
    table = offered(5, clusters=60, size=60, keep=0.95, also=0.01)
    effect, detail = found(table)
    width = effect.high - effect.low
    assert detail.F > 1000
    assert detail.region.shape is Shape.INTERVAL
    ends = (detail.region.low, detail.region.high)
    assert ends == pytest.approx((effect.low, effect.high), abs=0.02 * width)


@FEW
@given(st.integers(0, 10**6), st.floats(-5, 5))
def test_adding_a_multiple_of_taking_part_to_the_outcome_moves_only_the_estimate(seed, by):
    table = offered(seed)
    effect, detail = found(table)
    moved, more = found(table.assign(after=table["after"] + by * table["took"]))
    assert moved.estimate - by == pytest.approx(effect.estimate, abs=1e-8)
    assert moved.se == pytest.approx(effect.se, rel=1e-7)
    assert [more.region.low - by, more.region.high - by] == pytest.approx(
        [detail.region.low, detail.region.high], rel=1e-5, abs=1e-6
    )


# ---------------------------------------------------------------- weak, and none


def weak(seed=8):
    return offered(seed, keep=0.22, also=0.14, clusters=16)


def test_a_weak_offer_is_said_and_gets_the_limits_of_anderson_and_rubin():
    shapes = set()
    for seed in range(40):
        effect, detail = found(offered(seed, keep=0.3, also=0.15))
        if detail.F >= 10:
            continue
        assert Caution.WEAK_INSTRUMENT in effect.cautions
        assert Caution.CANNOT_REJECT not in effect.cautions
        assert effect.p_value == detail.offered.p_value
        shapes.add(detail.region.shape)
        if detail.region.shape is Shape.INTERVAL:
            assert (effect.low, effect.high) == (detail.region.low, detail.region.high)
        else:
            assert (effect.low, effect.high) == (-math.inf, math.inf)
            assert effect.reason == NO_ENDS
        for language in () if detail.rare else ("nl", "en"):
            said = detail.explain(language)
            assert {"nl": "veranderde maar weinig", "en": "changed little"}[language] in said
            assert "inf" not in said
            assert "nan" not in said
    assert Shape.LINE in shapes
    assert Shape.INTERVAL in shapes


def test_two_rays_are_told_in_words():
    _, detail = found(weak())
    rays = replace(detail, region=Region(Shape.RAYS, -3.0, 2.0), F=2.0)
    assert "niet tussen −3,0 en 2,0" in rays.explain("nl")
    assert "not lie between −3.0 and 2.0" in rays.explain("en")
    table = table_of(rays, "", "nl")
    assert any("tot −3,00, en vanaf 2,00" in cell for row in table.rows for cell in row)
    assert rays.table()["region"].iloc[0] == "two rays"


@pytest.mark.parametrize("value", [0.0, 1.0, 12.5])
def test_an_offer_that_moves_nobody_has_a_reason_and_no_number(value):
    table = offered(6).assign(took=value)
    effect, detail = found(table)
    assert effect.estimate is None
    assert effect.reason == MOVED_NOBODY
    assert detail.effect is None
    assert detail.offered.se > 0
    assert "veranderde niet wie meedeed" in detail.explain("nl")
    evidence = aw.weigh(aw.estimate(table, PLAN), PLAN)
    assert "did not change who took part" in evidence.explain("en")
    build(evidence, "nl", __import__("datetime").date(2026, 11, 22), "")


def test_an_offer_that_balances_out_moves_nobody():
    table = schools(np.random.default_rng(1), clusters=12)
    table["took"] = table.groupby("offered").cumcount() % 2
    even = table.groupby("offered")["took"].transform("mean") == 0.5
    if not even.all():  # as many who do as who do not, in both arms
        n = table.groupby("offered")["took"].transform("size")
        table = table[~((table.groupby("offered").cumcount() == n - 1) & (n % 2 == 1))]
    effect, _ = found(table, PLAIN)
    assert effect.reason == MOVED_NOBODY


def test_an_arm_in_one_school_gets_a_number_and_no_uncertainty():
    table = offered(7)
    one = table["school"].eq("S00") | (table["offered"] == 0)
    table = table[one].assign(offered=lambda t: (t["school"] == "S00").astype(int))
    effect, detail = found(table)
    assert effect.se is None
    assert effect.reason is not None
    assert detail.F is None
    assert detail.explain("nl")


# ---------------------------------------------------------------- an offer after which fewer did

REVERSED = {
    "the column": lambda t: t.assign(took=1 - t["took"]),
    "the column, wholly": lambda t: t.assign(took=1 - t["offered"]),
    "the arms": lambda t: t.assign(offered=1 - t["offered"]),
    "an amount": lambda t: t.assign(took=10 - 4 * t["took"] - t["girl"]),
}


@pytest.mark.parametrize("turned", REVERSED.values(), ids=REVERSED)
@pytest.mark.parametrize("inference", ["CR2", "classical"])
def test_an_offer_after_which_fewer_took_part_has_a_reason_and_no_effect(turned, inference):
    table = turned(offered(6, clusters=24))
    effects = aw.estimate(table, PLAN, inference=inference)
    effect, detail = effects[0], effects.detail(effects[0])
    assert (effect.estimate, effect.low, effect.g) == (None, None, None)
    assert effect.reason == FEWER
    assert detail.effect is detail.region is detail.slopes is None
    assert detail.first.estimate < 0
    assert detail.offered.se > 0
    assert effects.coefficients().empty
    assert "zijn verwisseld" in detail.explain("nl")
    assert "took part because of the offer the difference is" not in detail.explain("en")
    evidence = aw.weigh(effects, effects.plan)
    assert "juist minder mee" in evidence.explain("nl")
    for language in ("nl", "en"):
        build(evidence, language, __import__("datetime").date(2026, 11, 22), "")


@FEW
@given(st.integers(0, 10**6), st.floats(0.02, 0.9))
def test_of_the_two_arms_only_one_has_an_effect_of_taking_part(seed, keep):
    table = offered(seed, keep=keep, also=0.05, clusters=10)
    swapped = table.assign(offered=1 - table["offered"])
    for one in (table, swapped):
        effect, detail = found(one, PLAIN)
        if detail.first is None or detail.first.estimate > 0:
            continue
        if detail.first.high is not None and detail.first.high >= 0:
            assert effect.reason in (PERHAPS_FEWER, FEWER)
            assert effect.estimate is None or (effect.low, effect.high) == (-math.inf, math.inf)
        else:
            assert (effect.estimate, effect.reason) == (None, FEWER)


@pytest.mark.parametrize("method", ["complier effect", None])
def test_pooled_over_completed_tables_it_has_the_same_reason(method):
    table = offered(6, clusters=24).assign(pupil=lambda t: [f"p{i}" for i in range(len(t))])
    table.loc[::7, "after"] = np.nan
    table["took"] = 1 - table["took"]
    plan = replace(PLAN, method=method, pupil="pupil", missing="multiple imputation", imputations=3)
    effects = aw.estimate(table, plan)
    if method:
        assert (effects[0].estimate, effects[0].reason) == (None, FEWER)
        assert "juist minder mee" in aw.weigh(effects, plan).explain("nl")
        return
    (detail,) = compliers(effects)
    assert detail.reason == FEWER
    assert detail.effect is detail.region is None
    assert detail.first.high < 0
    assert "zijn verwisseld" in detail.explain("nl")


def test_an_offer_after_which_perhaps_fewer_took_part_says_so():
    table = offered(3, keep=0.4, also=0.45, clusters=16, size=20)
    effect, detail = found(table)
    assert detail.first.estimate < 0 < detail.first.high
    assert (effect.low, effect.high) == (-math.inf, math.inf)
    assert effect.reason == PERHAPS_FEWER
    assert Caution.WEAK_INSTRUMENT in effect.cautions
    assert "eerder minder mee dan meer" in detail.explain("nl")
    assert "less rather than more" in detail.explain("en")
    assert "eerste trap is negatief" in table_of(detail, "", "nl").note


def test_in_one_school_an_offer_after_which_fewer_took_part_has_no_number_either():
    table = offered(7)
    one = table["school"].eq("S00") | (table["offered"] == 0)
    table = table[one].assign(offered=lambda t: (t["school"] == "S00").astype(int))
    effect, detail = found(table.assign(took=1.0 - table["offered"]))
    assert (effect.estimate, effect.reason) == (None, PERHAPS_FEWER)
    assert detail.effect is None


def test_an_outcome_that_follows_from_the_offer_has_variances_of_0_and_no_nan():
    table = offered(6, clusters=24)
    table["after"] = table["offered"].astype(float)
    _, detail = found(table, PLAIN)
    assert detail.slopes[:2] == (0, 0)
    assert detail.slopes[2] == pytest.approx(detail.first.se**2)
    assert detail.region is None
    again = detail.together([detail], None)
    assert pytest.approx(detail.F) == again.F  # and not infinite: taking part did not follow
    _, wholly = found(table.assign(took=table["offered"]), PLAIN)
    assert wholly.slopes is None or np.isfinite(wholly.slopes).all()


# ---------------------------------------------------------------- data


def test_who_is_not_known_to_have_taken_part_is_counted_in_the_flow():
    table = offered(9)
    table.loc[:4, "took"] = np.nan
    pupils = aw.check(table, PLAN)
    flow = pupils.flow.table().groupby("stage")["pupils"].sum()
    assert flow["answered"] - flow["analysed"] == 5
    effect, _ = found(table)
    assert effect.pupils == len(table) - 5


def test_parts_of_a_file_and_the_long_layout_give_the_same(tmp_path, agree):
    table = offered(10).assign(pupil=lambda t: [f"p{i}" for i in range(len(t))])
    effect, _ = found(table)
    file = tmp_path / "t.csv"
    table.to_csv(file, index=False)
    agree(aw.estimate(file, PLAN)[0].se, effect.se)
    first = table.assign(wave="t0", after=table["before"], took=np.nan)
    long = pd.concat([first, table.assign(wave="t1")])[
        ["pupil", "school", "offered", "took", "after", "wave"]
    ]
    plan = aw.Plan(
        outcome="after", treatment="offered", comparison="0", cluster="school", pupil="pupil",
        took_part="took", wave="wave", baseline="t0", waves=("t1",), method="complier effect",
    )  # fmt: skip
    agree([found(long, plan)[0].estimate, found(long, plan)[0].se], [effect.estimate, effect.se])
    long.to_csv(file, index=False)
    agree(aw.estimate(file, plan)[0].se, effect.se)


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"took_part": None}, "took_part"),
        ({"took_part": "before"}, "took_part"),
        ({"took_part": "school"}, "took_part"),
        ({"took_part": "after"}, "took_part"),
        ({"took_part": 3}, "took_part"),
        ({"weights": "w"}, "weights"),
        ({"crossed": "place"}, "crossed"),
        ({"estimand": "LATE"}, "estimand"),
        ({"inference": "wild bootstrap"}, "inference"),
        ({"dose": True, "comparison": None}, "dose"),
    ],
)
def test_a_plan_that_cannot_ask_it_is_refused_by_name(more, column):
    with pytest.raises(aw.PlanError) as error:
        aw.estimate(offered(), replace(PLAN, **more))
    assert column in {fault.column for fault in error.value.faults}


def test_words_where_numbers_should_be_are_named():
    table = offered().assign(took="soms")
    with pytest.raises(aw.DataError) as error:
        aw.estimate(table, PLAN)
    assert error.value.faults[0].column == "took"


def test_the_plan_reads_it_from_toml_and_keeps_older_fingerprints():
    text = """[design]
treatment = "offered"
cluster = "school"
comparison = "0"
took_part = "took"
[[outcomes]]
column = "after"
"""
    plan = aw.plan.parse_plan(text)
    assert plan.took_part == "took"
    assert "took_part" not in replace(plan, took_part=None).to_dict()
    assert aw.plan.plan_from_dict(plan.to_dict()).fingerprint == plan.fingerprint


# ---------------------------------------------------------------- as a second finding


def second(table, **more):
    plan = replace(PLAN, method=None, allocation="lot", **more)
    return aw.weigh(aw.estimate(table, plan), plan)


def test_beside_a_plain_regression_it_is_a_second_finding_and_the_offer_stays_the_first(agree):
    table = offered(11, also=0.12, clusters=20)
    evidence = second(table)
    (found_,) = evidence.complier
    effect, _ = found(table)
    agree([found_.effect.estimate, found_.effect.se], [effect.estimate, effect.se])
    offer = evidence.findings[0].effect
    agree([found_.offered.estimate, found_.offered.se], [offer.estimate, offer.se])
    assert evidence.effects.method is aw.Method.ADJUSTED
    (plain,) = compliers(aw.estimate(table, replace(evidence.plan, method="difference")))
    assert plain.effect.estimate == pytest.approx(found(table, PLAIN)[0].estimate)
    with pytest.raises(aw.PlanError):
        compliers(aw.estimate(table, replace(PLAN, method=None, took_part=None)))
    with pytest.raises(aw.PlanError):
        compliers(aw.estimate(table, replace(PLAN, method="interacted")))


def test_few_who_did_not_take_part_keep_it_inside():
    table = offered(12, keep=0.99, also=0.0, clusters=20, size=30)
    table.loc[table["offered"] == 0, "took"] = 0.0
    with under(DUTCH_10):
        evidence = second(table)
        (told,) = evidence.complier
        assert 0 < told.of[0] - told.joined[0] < 10
        assert told.rare
        assert "te weinig leerlingen" in told.explain("nl")
        assert not any(c.isdigit() for c in told.explain("nl"))
        assert "<table" not in told._repr_html_()
        plan = replace(PLAN, allocation="lot")
        main = aw.weigh(aw.estimate(table, plan), plan)
        assert main.findings[0].withheld


def test_what_is_said_puts_the_offer_first_and_names_whom_it_is_about():
    table = offered(13, clusters=24, also=0.0)
    table.loc[table["offered"] == 0, "took"] = 0.0
    plan = replace(PLAN, allocation="choice")
    effects = aw.estimate(table, plan)
    detail = effects.detail(effects[0])
    said = {language: detail.explain(language) for language in ("nl", "en")}
    assert said["nl"].index("die het aanbod kreeg") < said["nl"].index("door het aanbod meededen")
    assert "van de anderen niemand" in said["nl"]
    assert "everyone who did" in said["en"]
    assert "juist minder" not in said["nl"]  # which nobody could have, without the offer
    assert "juist minder" in found(offered(13))[1].explain("nl")
    assert "niet geloot" in said["nl"]
    assert "door het aanbod meededen" in effects[0].explain("nl")
    with pytest.raises(aw.PlanError):
        detail.explain("fr")
    lessons = table.assign(took=table["took"] * np.arange(1, len(table) + 1) % 7)
    _, amount = found(lessons)
    assert amount.joined is None
    assert "voor elke 1 erbij op ‘took’" in amount.explain("nl")


def test_the_same_numbers_come_from_moments_alone_and_the_room_refuses_what_does_not_vary():
    table = offered(14)
    effect, _ = found(table)
    assert aw.estimate(aw.collect(table, PLAN), PLAN)[0] == effect
    m = aw.collect(table, PLAN).samples[0]
    with pytest.raises(aw.DataError):
        two_stage(m, "1", "took", [], absorb=False)
    assert two_stage(m, "offered=1", "offered=1", [], absorb=False).estimate == pytest.approx(
        aw.estimate(table, replace(PLAIN, method=None, took_part=None))[0].estimate
    )


DAY = datetime.date(2026, 11, 22)


def first_page(table, plan, language="nl"):
    found = aw.weigh(aw.estimate(table, plan), plan)
    return " ".join(texts(build(found, language, DAY, "").summary))


def test_the_first_page_speaks_of_those_who_took_part_because_of_the_offer():
    plan = replace(PLAIN, allocation="lot")
    table = offered(5, effect=1.5, clusters=30, size=20)
    nl, en = (first_page(table, plan, code) for code in ("nl", "en"))
    who = "leerlingen die door het aanbod meededen"
    assert nl.startswith(who.capitalize())
    assert "dan vergelijkbare leerlingen zonder het aanbod" in nl
    assert f"Zet 100 {who} naast vergelijkbare leerlingen zonder het aanbod." in nl
    assert "Zet 100 leerlingen in groep" not in nl
    assert f"het verschil voor {who}" in nl
    assert en.startswith("Pupils who took part because of the offer")
    led = "leidde bij hen dus waarschijnlijk tot dit verschil. Dat klopt alleen als meedoen"
    assert led in nl  # what it supposes stands beside the cause
    assert "only through taking part" in en
    evidence = aw.weigh(aw.estimate(table, plan), plan)
    tables = effects_table(evidence, "nl"), effects_table(evidence, "en")
    assert all("aanbod" in t.caption or "the offer" in t.caption for t in tables)
    assert tables[0].note.startswith(f"Elk getal is het verschil voor {who}.")
    chosen = first_page(table, replace(plan, allocation="choice"))
    assert "leidde" not in chosen
    assert who.capitalize() in chosen


def test_of_an_amount_the_first_page_speaks_of_one_more():
    table = offered(5, effect=1.5, clusters=30, size=20)
    table["took"] *= 2 + np.arange(len(table)) % 3
    nl = first_page(table, replace(PLAIN, allocation="lot"))
    assert nl.startswith("Leerlingen die door het aanbod meer meededen")
    assert "Het verschil per stap van 1 in ‘took’ is" in nl
    assert "Zet 100" not in nl


@pytest.mark.parametrize("method", ["multilevel", "interacted", "cluster means"])
def test_beside_a_method_that_knows_no_taking_part_it_is_told_as_not_done(method):
    table, plan = offered(2), replace(PLAN, method=method)
    for language in ("nl", "en"):
        evidence = aw.weigh(aw.estimate(table, plan), plan)
        assert evidence.complier == ()
        page = build(evidence, language, datetime.date(2026, 11, 23), "")
        assert TAKING_PART_NOT_BESIDE[language] in " ".join(texts(page.summary))
        only = {"nl": "elk verschil gaat over het aanbod", "en": "is about the offer"}[language]
        assert only in " ".join(texts(page.appendix))
    for known in (PLAN, replace(PLAN, method="adjusted")):
        assert TAKING_PART_NOT_BESIDE not in aw.weigh(aw.estimate(table, known), known).not_done
