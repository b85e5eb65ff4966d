"""Effects of values that were filled in: pooled as by hand, no bias, nothing of a pupil told."""

import datetime
import math
import pickle
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from documents import texts

import academic_workplace as aw
from academic_workplace.effects.imputed import SEED, Gap, Imputed, _cautions
from academic_workplace.effects.result import Caution
from academic_workplace.errors import DataError, PlanError
from academic_workplace.evidence import leave_one_out
from academic_workplace.language import LANGUAGES
from academic_workplace.missing.chained import Column, Kind, chained, kind_of
from academic_workplace.missing.pooling import pooled
from academic_workplace.plan import Inference, Method, Missing, parse_plan, plan_from_dict
from academic_workplace.report.build import build
from academic_workplace.report.imputed import appendix, imputed_sentence, sure
from academic_workplace.report.manifest import released_findings
from academic_workplace.report.numerals import decimal

DAY = datetime.date(2026, 11, 22)
PLAN = aw.Plan(
    outcome="after", treatment="programme", cluster="school", comparison="0", allocation="lot",
    baseline="before", covariates=("home",), missing="multiple imputation", imputations=4, seed=3,
    draws=199,
)  # fmt: skip
COMPLETE = replace(PLAN, missing="complete cases")


def a_table(rng, schools=16, size=25, effect=0.5, gone=1.5):
    """A lot over schools; who scored low beforehand, with the programme, often has no answer."""
    school = np.repeat(np.arange(schools), size)
    n = len(school)
    home = rng.choice(["low", "middle", "high"], n).astype(object)
    before = rng.normal(size=n) + 0.3 * rng.normal(size=schools)[school]
    programme = rng.permutation(np.arange(schools) % 2)[school]
    after = 0.8 * before + effect * programme + 0.3 * (home == "high")
    after += 0.3 * rng.normal(size=schools)[school] + 0.6 * rng.normal(size=n)
    out = pd.DataFrame({"school": school, "programme": programme, "before": before, "home": home,
                        "after": after})  # fmt: skip
    lost = rng.random(n) < np.where(programme, 0.6 / (1 + np.exp(gone * 2 * before)), 0.2)
    out.loc[lost, "after"] = np.nan
    return out


@pytest.fixture
def table():
    rng = np.random.default_rng(31)
    out = a_table(rng)
    out.loc[rng.random(len(out)) < 0.1, "before"] = np.nan
    out.loc[rng.random(len(out)) < 0.1, "home"] = None
    return out


def test_complete_data_give_the_plain_answer_to_the_last_digit(table):
    whole = table.dropna()
    effects, plain = aw.estimate(whole, PLAN), aw.estimate(whole, COMPLETE)
    assert effects[0].to_dict() == plain[0].to_dict()
    pd.testing.assert_frame_equal(effects.coefficients(), plain.coefficients())
    assert effects.detail(effects[0]) is None


@pytest.mark.proves("effects.estimate, multiple imputation", "each completed table, pooled by hand")
@pytest.mark.parametrize("method", [Method.ADJUSTED, Method.MULTILEVEL, Method.DIFFERENCE])
def test_it_is_what_pooling_the_completed_tables_by_hand_gives(agree, table, method):
    effects = aw.estimate(table, PLAN, method=method)
    effect = effects[0]
    levels = ["high", "low", "middle"]
    home = table["home"].map({name: float(i) for i, name in enumerate(levels)})
    columns = [
        Column(name, x.to_numpy(float), kind)
        for name, x, kind in (("before", table["before"], Kind.NUMBER),
                              ("home", home, Kind.CATEGORY), ("after", table["after"], Kind.NUMBER))
    ]  # fmt: skip
    found = chained(columns, table["school"].to_numpy(), arms=table["programme"].to_numpy(),
                    imputations=4, seed=[3, SEED])  # fmt: skip
    each = []
    for k in range(4):
        filled = {c.name: found.filled(c, k) for c in columns}
        filled["home"] = np.array(levels)[filled["home"].astype(int)]
        each.append(aw.estimate(table.assign(**filled), COMPLETE, method=method)[0])
    assert len({e.estimate for e in each}) == 4
    by_hand = pooled([e.estimate for e in each], [e.se**2 for e in each],
                     float(np.mean([e.df for e in each])))  # fmt: skip
    for name in ("estimate", "se", "df", "low", "high", "p_value"):
        agree(getattr(effect, name), getattr(by_hand, name), rel=1e-8)
    agree(effect.g, np.mean([e.g for e in each]), rel=1e-8)
    assert effect.g_low < effect.g < effect.g_high
    assert effect.pupils == len(table)
    detail = effects.detail(effect)
    assert detail.pooled.fmi == pytest.approx(by_hand.fmi)
    alone = aw.estimate(table, COMPLETE, method=method)[0]
    assert detail.complete.estimate == alone.estimate
    row = detail.table().iloc[0]
    assert row["complete_pupils"] == alone.pupils < effect.pupils


def test_bias_of_complete_cases_goes_and_the_interval_keeps_its_word():
    """Unlike arms lose other pupils; only the table of who is complete is off."""
    rng = np.random.default_rng(32)
    plan = replace(PLAN, baseline=None, covariates=(), balance=("before", "home"),
                   method="difference")  # fmt: skip
    errors, plain, held = [], [], []
    for seed in range(40):
        one = a_table(rng, size=20)
        effects = aw.estimate(one, replace(plan, seed=seed))
        effect, alone = effects[0], effects.detail(effects[0]).complete
        errors.append(effect.estimate - 0.5)
        plain.append(alone.estimate - 0.5)
        held.append(effect.low < 0.5 < effect.high)
    assert abs(np.mean(errors)) < 3 * np.std(errors) / 40**0.5
    assert np.mean(plain) > 5 * np.std(plain) / 40**0.5
    assert np.mean(held) >= 0.87


def test_the_seed_decides_and_the_flow_stays_that_of_what_was_measured(table):
    one, again = (aw.estimate(table, PLAN) for _ in range(2))
    other = aw.estimate(table, replace(PLAN, seed=4))
    assert one[0].to_dict() == again[0].to_dict()
    assert one[0].estimate != other[0].estimate
    plain = aw.estimate(table, COMPLETE)
    assert np.array_equal(one.flow.counts, plain.flow.counts)
    assert one.baseline.n.sum() == plain.baseline.n.sum()


def test_a_column_that_is_missing_for_a_whole_arm_is_named(table):
    table.loc[table["programme"] == 1, "before"] = np.nan
    with pytest.raises(DataError) as error:
        aw.estimate(table, PLAN)
    assert [fault.column for fault in error.value.faults] == ["before"]


def test_rows_are_needed_and_a_method_that_can_be_pooled(table, tmp_path):
    with pytest.raises(PlanError, match="rij per leerling"):
        aw.estimate(aw.collect(table, PLAN), PLAN)
    table.to_csv(tmp_path / "pupils.csv", index=False)
    with pytest.raises(PlanError, match="rij per leerling"):
        aw.estimate(tmp_path / "pupils.csv", PLAN)
    with pytest.raises(PlanError, match="Kies uit: difference"):
        aw.estimate(table, PLAN, method="nearest neighbour")
    for wrong in (
        {"inference": "wild bootstrap"}, {"inference": "randomisation"}, {"imputations": 1},
        {"imputations": 10**6}, {"method": "interrupted time series"}, {"crossed": "town"},
        {"classes": "school"},
    ):  # fmt: skip
        with pytest.raises(PlanError):
            replace(PLAN, **wrong)


def test_the_default_is_one_that_has_degrees_of_freedom():
    rng = np.random.default_rng(33)
    one = a_table(rng, schools=12)
    one["programme"] = (one["school"] < 3).astype(int)
    plain = replace(COMPLETE, baseline=None, covariates=())
    assert aw.estimate(one, plain).inference is Inference.WILD
    effects = aw.estimate(one, replace(plain, missing="multiple imputation"))
    assert effects.inference is Inference.CR2
    assert effects[0].df > 0


def test_nothing_of_a_pupil_travels_with_the_effects(table):
    effects = aw.estimate(table, PLAN)
    back = pickle.loads(pickle.dumps(effects))  # noqa: S301  # our own bytes
    assert back.pupils is None
    assert isinstance(back.detail(back[0]), Imputed)
    assert max(len(str(v)) for v in effects.detail(effects[0]).table().iloc[0]) < 60


def test_too_few_imputations_and_chains_apart_are_said(table):
    effects = aw.estimate(table, replace(PLAN, imputations=60))
    assert Caution.FEW_IMPUTATIONS not in effects[0].cautions
    detail = effects.detail(effects[0])
    much = replace(detail, pooled=replace(detail.pooled, lost=0.65))
    assert Caution.FEW_IMPUTATIONS in _cautions(much)
    assert detail.rhat < 1.1
    gap = replace(detail.gaps[0], rhat=1.2)
    assert _cautions(replace(detail, gaps=(gap,))) == (Caution.CHAINS_APART,)
    assert _cautions(detail) == ()


def test_levels_stay_levels_and_a_logistic_model_is_pooled_too(table):
    table["after"] = (table["after"] > 0).astype(float).where(table["after"].notna())
    assert kind_of(table["after"].to_numpy()) is Kind.LEVELS
    effects = aw.estimate(table, PLAN, method="logistic")
    effect = effects[0]
    assert 0 < effect.estimate < 1
    assert effect.se > 0
    assert {gap.kind for gap in effects.detail(effect).gaps if gap.column == "after"} == {
        Kind.LEVELS
    }


@pytest.mark.parametrize(
    "change",
    [
        {"dose": True, "comparison": None},
        {"weights": "weight"},
        {"blocks": ("town",)},
        {"alone": ("0",), "pupil": "name"},
        {"method": "entropy balancing"},
        {"assigned": "pupil"},
    ],
    ids=str,
)
def test_other_plans_can_have_it(table, change):
    table["weight"] = 1.0 + np.arange(len(table)) % 3
    table["town"] = table["school"] // 8
    table["name"] = [f"p{i}" for i in range(len(table))]
    if "assigned" in change:
        table["programme"] = np.arange(len(table)) % 2
    effect = aw.estimate(table, replace(PLAN, **change))[0]
    assert effect.se > 0
    assert effect.low < effect.high


def test_what_moments_alone_would_tell_otherwise_is_not_told(table):
    effects = aw.estimate(table, PLAN)
    assert effects.compare().ways == (Inference.CR2,)
    for again in (leave_one_out, aw.effects.joint_test, aw.effects.multisite):
        with pytest.raises(PlanError, match="ingevuld"):
            again(effects)
    with pytest.raises(PlanError, match="ingevuld"):
        aw.effects.joint_subgroups(effects, "home")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_says_what_was_filled_in_and_what_that_supposes(table, language):
    effects = aw.estimate(table, PLAN)
    evidence = aw.weigh(effects, PLAN)
    report = build(evidence, language, DAY, "code")
    said = " ".join(texts((*report.summary, *report.page, *report.appendix)))
    word = {"nl": "vulden we", "en": "filled"}[language]
    assert said.count(word) >= 2
    assert "Barnard" in said
    detail = effects.detail(effects[0])
    assert imputed_sentence(detail, language) in said
    assert detail.explain(language) == imputed_sentence(detail, language)


def test_a_share_that_would_tell_of_a_few_stays_inside(table):
    effects = aw.estimate(table, PLAN)
    effect, detail = effects[0], effects.detail(effects[0])
    few = tuple(
        replace(gap, missing=3) if (gap.column, gap.arm) == ("after", "1") else gap
        for gap in detail.gaps
    )
    blocks = appendix(replace(detail, gaps=few), effect, PLAN, "en")
    rows = {row[0]: row for block in blocks for row in getattr(block, "rows", ())}
    assert set(rows["after"][2:4]) == {"not shown"}
    assert "not shown" not in rows["before"]
    tiny = replace(effect, pupils_arm=4)
    assert appendix(detail, tiny, PLAN, "en") == []
    assert sure(detail, tiny, PLAN, "en") == []


@pytest.mark.parametrize("dose", [False, True])
@pytest.mark.parametrize(("lost", "told"), [(3, False), (60, True)])
def test_how_many_there_were_is_told_only_where_it_tells_of_no_few(dose, lost, told):
    rng = np.random.default_rng(34)
    one = a_table(rng, gone=0)
    one["after"] = one["after"].fillna(rng.normal())
    for arm in (0, 1):
        rows = rng.choice(np.flatnonzero(one["programme"] == arm), lost, replace=False)
        one.loc[rows, "after"] = np.nan
    plan = replace(PLAN, dose=dose, comparison=None if dose else "0")
    evidence = aw.weigh(aw.estimate(one, plan), plan)
    (row,) = released_findings(evidence)
    assert (row["pupils"] == 400) is told
    report = build(evidence, "en", DAY, "code")
    printed = " ".join(texts((*report.summary, *report.page, *report.appendix)))
    assert bool(re.search(r"\b(400|200)\b", printed)) is told


def test_what_falls_outside_the_scale_is_said_and_not_cut_off(table):
    measure = replace(PLAN.measure("after"), range=(-1.0, 1.0))
    plan = replace(PLAN, study=replace(PLAN.study, measures={"after": measure}))
    narrow = aw.estimate(table.assign(after=table["after"].clip(-1, 1)), plan)
    detail = narrow.detail(narrow[0])
    assert 0 < detail.outside < 1
    told = appendix(detail, narrow[0], plan, "en")
    assert any("outside the scale" in getattr(block, "text", "") for block in told)


def test_without_an_uncertainty_there_is_none_and_the_reason_is_told(table):
    one = table.assign(school=table["programme"])
    effect = aw.estimate(one, PLAN)[0]
    assert effect.estimate is not None
    assert effect.se is None
    assert effect.reason is not None
    assert effect.low is None


def test_r_hat_is_that_of_the_worst_column():
    gaps = tuple(Gap("y", "1", Kind.NUMBER, 10, 2, r) for r in (1.0, 1.3))
    detail = Imputed(pooled([1, 2], [1, 1], 5), None, gaps, 20, False, None, None)
    assert detail.rhat == 1.3
    assert math.isnan(replace(detail, gaps=()).rhat)
    assert detail.table().loc[0, "complete_estimate"] is None


def test_a_plan_file_says_it_and_older_plans_keep_their_fingerprint():
    text = """
[design]
cluster = "school"
treatment = "programme"
comparison = "0"
{more}
[[outcomes]]
column = "after"
"""
    plain = parse_plan(text.format(more=""))
    assert parse_plan(text.format(more='missing = "complete cases"')).fingerprint == (
        plain.fingerprint
    )
    assert plain.to_dict()["missing"] == "complete cases"
    assert "imputations" not in plain.to_dict()
    asked = parse_plan(text.format(more='missing = "multiple imputation"\nimputations = 40'))
    assert (asked.missing, asked.imputations) == (Missing.IMPUTED, 40)
    assert plan_from_dict(asked.to_dict()) == asked
    with pytest.raises(PlanError, match="imputations"):
        parse_plan(text.format(more='imputations = "many"'))
    with pytest.raises(PlanError, match="missing indicator"):
        parse_plan(text.format(more='missing = "mean"'))


def test_a_school_without_a_complete_pupil_counts_where_values_are_filled_in(table):
    table.loc[table["school"] == 1, "after"] = np.nan
    evidence = aw.weigh(aw.estimate(table, PLAN), PLAN)
    assert evidence.effects[0].clusters == 16
    page = " ".join(texts(build(evidence, "nl", DAY, "").blocks))
    assert "Er deden 16 scholen mee" in page
    assert "Hier zijn het er 16." in page


def test_the_two_answers_have_the_decimals_of_the_table(table):
    evidence = aw.weigh(aw.estimate(table, PLAN), PLAN)
    effect, said = evidence.effects[0], build(evidence, "nl", DAY, "")
    beside = next(t for t in texts(said.appendix) if "van wie we alles weten, is het" in t)
    assert set(map(len, re.findall(r"\d,(\d+)", beside))) == {2}
    assert f"{decimal(effect.low, 2, 'nl')} tot {decimal(effect.high, 2, 'nl')}" in beside
