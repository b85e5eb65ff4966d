"""Effects on what happens or not: the model on rows, other ways to the same, and what is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes import design, in_schools, one_of, report_of

import academic_workplace as aw
from academic_workplace import glm, sizes
from academic_workplace.disclosure import Profile, profile, under
from academic_workplace.effects import Caution
from academic_workplace.effects.logistic import Logistic
from academic_workplace.errors import PlanError
from academic_workplace.language import Text
from academic_workplace.report import logistic as said
from academic_workplace.report.details import PARTS
from academic_workplace.report.numerals import hidden

PLAN = aw.Plan(
    outcome="went", treatment="offered", cluster="school", covariates=("before", "kind"),
    categories=("kind",), method="logistic",
)  # fmt: skip


def pupils(seed=1, *, clusters=16, effect=1.0, by_pupil=False):
    """Pupils in schools, and whether they went on; half of the schools have the programme."""
    rng, table, level = in_schools(seed, clusters, by_pupil=by_pupil)
    eta = -0.4 + effect * table["offered"] + 0.7 * table["before"] + 0.3 * (table["kind"] == "b")
    eta = eta + 0.3 * level
    return table.assign(went=(rng.random(len(table)) < 1 / (1 + np.exp(-eta))).astype(int))


def one(table, plan=PLAN, **more):
    return one_of(table, plan, **more)


@pytest.mark.proves("Method.LOGISTIC", "statsmodels 0.15 Logit, standardised on rows")
def test_shares_and_odds_ratio_are_those_of_statsmodels(agree):
    table = pupils()
    effect, detail = one(table)
    X = design(table)
    other = sm.Logit(table["went"], X).fit(
        disp=0, method="newton", tol=1e-14, cov_type="cluster",
        cov_kwds={"groups": table["school"].to_numpy(), "use_correction": False},
    )  # fmt: skip
    shares = []
    for arm in (1.0, 0.0):
        X[:, 1] = arm
        shares.append(other.predict(X).mean())
    agree([detail.share_arm, detail.share_comparison], shares, rel=1e-9)
    agree(effect.estimate, shares[0] - shares[1], rel=1e-8)
    agree(detail.odds_ratio, np.exp(other.params.iloc[1]), rel=1e-9)
    plain, _ = one(table, inference="CR0")
    table_of = aw.estimate(table, PLAN, inference="CR0").coefficients().set_index("term")
    agree(table_of["se"].to_numpy(), other.bse, rel=1e-8)
    assert plain.estimate == effect.estimate
    assert plain.se < effect.se


@pytest.mark.proves("Method.LOGISTIC", "rows, the whole estimator")
def test_an_effect_is_that_of_its_model(agree):
    table = pupils(2)
    effect, detail = one(table)
    X = design(table)
    fit = glm.logistic(X, table["went"].to_numpy(float))
    found = glm.robust(fit, table["school"].to_numpy(), aw.Inference.CR2)
    (p, gp), (q, gq) = (glm.standardised(fit, {1: arm}) for arm in (1.0, 0.0))
    v, df = glm.contrast(found, gp - gq)
    agree([effect.estimate, effect.se, effect.df], [p - q, np.sqrt(v), df], rel=1e-8)
    gradient = (gp / (p * (1 - p)) - gq / (q * (1 - q))) / 1.65
    v, df = glm.contrast(found, gradient)
    reach = sizes.size.t_quantile(df) * np.sqrt(v)
    index = sizes.cox_index(p, q).g
    agree([effect.g, effect.g_low, effect.g_high], [index, index - reach, index + reach], rel=1e-8)
    assert effect.divided_by == sizes.cox_index(p, q).divided_by
    assert (detail.cox, detail.cox_low, detail.cox_high) == (effect.g, effect.g_low, effect.g_high)
    assert effect.method == (
        "logistic regression, standardised difference in shares; CR2, Satterthwaite"
    )


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 5_000), st.booleans())
def test_without_covariates_it_is_the_difference_of_shares(seed, by_pupil):
    table = pupils(seed, by_pupil=by_pupil)
    who = "pupil" if by_pupil else "cluster"
    plan = replace(PLAN, covariates=(), categories=(), assigned=who)
    effect, detail = one(table, plan)
    line = aw.estimate(table, plan, method="difference", inference="CR2")[0]
    shares = table.groupby("offered")["went"].mean()
    assert effect.estimate == pytest.approx(shares[1] - shares[0], rel=1e-9)
    assert (effect.estimate, effect.se) == pytest.approx((line.estimate, line.se), rel=1e-8)
    assert detail.linear.se == pytest.approx(line.se, rel=1e-12)


def test_the_other_outcome_has_the_opposite_effect():
    table = pupils(3)
    effect, detail = one(table)
    turned, other = one(table.assign(went=1 - table["went"]))
    assert turned.estimate == pytest.approx(-effect.estimate, rel=1e-9)
    assert (turned.low, turned.high) == pytest.approx((-effect.high, -effect.low), rel=1e-8)
    assert other.odds_ratio == pytest.approx(1 / detail.odds_ratio, rel=1e-9)
    assert other.odds_low == pytest.approx(1 / detail.odds_high, rel=1e-8)
    assert turned.g == pytest.approx(-effect.g, rel=1e-9)


def test_the_order_of_pupils_does_not_matter():
    table = pupils(4)
    effect, _ = one(table)
    again, _ = one(table.sample(frac=1, random_state=1))
    assert (again.estimate, again.se, again.df) == pytest.approx(
        (effect.estimate, effect.se, effect.df), rel=1e-9
    )


def test_several_arms_and_blocks_each_have_their_effect():
    table = pupils(5, clusters=18)
    table["offered"] = np.array(list("abc"))[table["school"] % 3]
    table["block"] = table["school"] // 3 % 2
    plan = replace(PLAN, comparison="a", blocks=("block",))
    effects = aw.estimate(table, plan)
    assert [e.arm for e in effects] == ["b", "c"]
    assert all(e.low < e.estimate < e.high for e in effects)
    assert all(Caution.SMALL_BLOCKS not in e.cautions for e in effects)
    assert set(effects.coefficients()["term"]) == {
        "offered=b", "offered=c", "before", "kind=b", "kind=c"
    }  # fmt: skip
    dummies = pd.get_dummies(table[["offered", "kind", "block"]].astype(str), drop_first=True)
    X = sm.add_constant(pd.concat([dummies.astype(float), table["before"]], axis=1))
    other = sm.Logit(table["went"], X).fit(disp=0)
    found = effects.coefficients().set_index("term")["estimate"]
    assert found["offered=c"] == pytest.approx(other.params["offered_c"], rel=1e-6)
    shares = {arm: other.predict(X.assign(offered_b=arm == "b", offered_c=arm == "c") * 1.0).mean()
              for arm in "abc"}  # fmt: skip
    assert [e.estimate for e in effects] == pytest.approx(
        [shares["b"] - shares["a"], shares["c"] - shares["a"]], rel=1e-6
    )


def test_few_pupils_a_block_are_a_caution():
    table = pupils(6, by_pupil=True, clusters=30)
    table["block"] = np.arange(len(table)) // 12
    table["went"] = np.where(np.arange(len(table)) % 12 == 0, 1, table["went"])
    table["went"] = np.where(np.arange(len(table)) % 12 == 1, 0, table["went"])
    effect, detail = one(table, replace(PLAN, blocks=("block",), assigned="pupil"))
    assert not detail.separated
    assert Caution.SMALL_BLOCKS in effect.cautions
    assert effect.low is not None


# ---------------------------------------------------------------- what cannot be had


def test_an_outcome_that_is_not_0_and_1_is_named():
    table = pupils(7).assign(score=lambda t: t["before"] * 2, coded=lambda t: t["went"] + 1)
    with pytest.raises(PlanError) as raised:
        aw.estimate(table, replace(PLAN, outcome=("score", "went", "coded")))
    score, coded = raised.value.faults
    assert (score.column, score.count) == ("score", len(table))
    assert (coded.column, coded.count) == ("coded", int((table["coded"] == 2).sum()))
    assert "1 en 2" in coded.rule.nl
    assert "recode" in coded.remedy.nl
    assert "0 and 1 alone." in score.rule.en
    assert not any(f"{value:g}" in score.rule.en for value in table["score"])


def test_moments_alone_are_not_enough():
    with pytest.raises(PlanError, match="leerlingen"):
        aw.estimate(aw.collect(pupils(), PLAN), PLAN)


@pytest.mark.parametrize("share", [0, 1])
def test_a_level_at_which_all_are_alike_gives_the_linear_difference_and_its_name(share):
    table = pupils(8)
    table.loc[table["kind"] == "c", "went"] = share
    plan = replace(PLAN, study=replace(PLAN.study, columns={"kind": Text("soort", "kind of")}))
    effect, detail = one(table, plan)
    line = aw.estimate(table, plan, method="adjusted")[0]
    assert detail.separated == ("kind=c",)
    assert "‘soort’" in effect.reason.nl
    assert "kind=c" not in effect.reason.nl
    assert (effect.estimate, effect.se, effect.g) == (line.estimate, line.se, line.g)
    assert effect.divided_by == line.divided_by
    assert Caution.SEPARATED in effect.cautions
    assert effect.method.startswith("linear probability")
    assert detail.odds_ratio is None
    assert detail.explain("nl") == effect.reason.nl
    assert not detail.table().isna().loc[0, "linear_estimate"]


def test_a_characteristic_that_predicts_the_outcome_is_named():
    table = pupils(9)
    table["went"] = (table["before"] > 0.2).astype(int)
    effect, detail = one(table)
    assert detail.separated == ("before",)
    assert "‘before’" in effect.reason.en


@pytest.mark.parametrize("share", [0, 1])
def test_an_arm_without_or_with_only_events_is_named(share):
    table = pupils(10)
    table.loc[table["offered"] == 1, "went"] = share
    effect, detail = one(table)
    assert detail.separated == ("offered=1",)
    assert {Caution.NO_VARIATION, Caution.SEPARATED} <= set(effect.cautions)
    assert effect.estimate is not None
    page, _ = report_of(table, PLAN, "nl")
    assert "van elke 100" not in page


def test_an_outcome_that_nobody_has_is_no_comparison():
    table = pupils(11)
    table["before"] = table["before"].where(table["went"] == 0)  # those who went are left out
    effect, detail = one(table)
    assert effect.reason is not None
    assert effect.low is None
    assert detail.share_arm is None


def test_a_block_of_which_all_are_alike_names_the_column_of_the_block_alone():
    table = pupils(12, by_pupil=True)
    table["town"] = np.where(table["school"] < 2, "Leiden", np.where(table["school"] < 8, "X", "Y"))
    table.loc[table["town"] == "Leiden", "went"] = 0
    effect, detail = one(table, replace(PLAN, blocks=("town",), assigned="pupil"))
    assert detail.separated != ()
    assert "‘town’" in effect.reason.nl
    assert "Leiden" not in effect.reason.nl


def test_one_school_in_an_arm_has_an_estimate_and_no_limits():
    table = pupils(13)
    table["offered"] = (table["school"] == 3).astype(int)
    effect, detail = one(table)
    assert effect.estimate is not None
    assert effect.low is None
    assert "maar één school" in effect.reason.nl
    assert detail.odds_low is None
    assert effect.g_low is None


def test_an_arm_without_pupils_has_no_effect():
    table = pupils(14).astype({"went": float})
    table.loc[table["offered"] == 1, "went"] = np.nan
    effect, detail = one(table)
    assert effect.estimate is None
    assert effect.reason is not None
    assert detail is None


# ---------------------------------------------------------------- what is said


def test_a_difference_is_told_of_a_hundred_pupils():
    table = pupils(15, effect=1.4)
    _, detail = one(table)
    page, appendix = report_of(table, PLAN, "nl")
    a, b = round(100 * detail.share_arm), round(100 * detail.share_comparison)
    assert f"geldt ‘went’ voor {a} van elke 100 leerlingen in groep ‘1’" in page
    assert f"Van elke 100 leerlingen zijn dat er {a - b} meer." in page
    assert "Het verschil is" in page
    assert "beter dan het gemiddelde" not in page
    assert f"{a} gekleurd; in de andere groep zouden het er {b} zijn" in page
    assert "Een eenvoudigere manier van rekenen" in page + appendix
    assert "odds ratio" in appendix
    assert "Cox-index" in appendix
    assert "Cohens U3" not in appendix
    english, _ = report_of(table, PLAN, "en")
    assert f"Of every 100 pupils that is {a - b} more." in english


def test_of_what_is_not_clear_only_the_range_is_told():
    page, _ = report_of(pupils(16, effect=0.0), PLAN, "nl")
    assert "We zien nog geen duidelijk verschil. Waarschijnlijk ligt het tussen" in page
    assert "geldt ‘went’ voor" not in page


def test_fewer_is_said_as_fewer():
    page, _ = report_of(pupils(17, effect=-1.5), PLAN, "nl")
    assert " minder. Waarschijnlijk" in page


@pytest.mark.parametrize("few", ["without", "with"])
def test_a_share_of_a_few_is_not_told(few):
    """Less than ten pupils of an arm have it, or less than ten have it not."""
    table = pupils(18, effect=0.0)
    arm = np.flatnonzero(table["offered"] == 1)
    table.loc[arm, "went"] = 1 if few == "without" else 0
    table.loc[arm[::50], "went"] = 0 if few == "without" else 1
    _, detail = one(table)
    assert said.shares_told(detail) is None
    assert "vertellen we niet" in detail.explain("nl")
    page, appendix = report_of(table, PLAN, "nl")
    assert "gekleurd" not in page
    assert "odds ratio" not in appendix
    effect, _ = one(table)
    shares = said.appendix(detail, effect, PLAN, "nl")[2].rows[:2]
    assert [row[1] for row in shares] == [hidden("nl")] * 2
    odds = said.appendix(detail, effect, PLAN, "nl")[2].rows[3]
    assert odds[1:] == (hidden("nl"),) * 2  # beside the difference it would tell both shares


def test_shares_are_rounded_as_the_rules_say():
    table = pupils(19)
    _, detail = one(table)
    rules = replace(profile(), rounding=5)
    assert isinstance(rules, Profile)
    with under(rules):
        told = said.shares_told(detail)
    cells = {cell.arm: cell for cell in detail.cells}
    assert told != (detail.share_arm, detail.share_comparison)
    assert told[0] == pytest.approx(detail.share_arm, abs=5 / cells["1"].pupils)


def test_what_lies_behind_it_can_be_shown():
    effect, detail = one(pupils(20))
    assert isinstance(detail, Logistic)
    row = detail.table().loc[0]
    assert row["share_arm"] - row["share_comparison"] == pytest.approx(effect.estimate)
    assert row["converged"]
    assert "van elke 100" in detail._repr_html_()
    assert PARTS[Logistic].page is None


def test_that_two_models_differ_is_said():
    effect, detail = one(pupils(21))
    assert "bijna hetzelfde" in said.line_sentence(detail, effect, "nl")
    line = replace(detail.linear, estimate=effect.estimate + 0.05)
    near = said.line_sentence(replace(detail, linear=line), effect, "en")
    assert "within the limits" in near
    assert "depends" not in near
    for told in (replace(line, estimate=effect.high + 0.01), replace(line, low=-0.1)):
        other = replace(detail, linear=told)
        assert "depends on the way of calculating" in said.line_sentence(other, effect, "en")
