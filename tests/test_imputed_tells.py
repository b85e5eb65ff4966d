"""What a method tells of itself is told of filled-in values too: pooled, of complete cases, or not
told and said so. Every number that is pooled is what the completed tables give by hand."""

import datetime
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from documents import texts
from test_imputed import PLAN
from test_imputed_designs import by_hand, more, tables

import academic_workplace as aw
from academic_workplace.effects.together import Source, together
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import Method
from academic_workplace.plan.choices import IMPUTABLE
from academic_workplace.report.build import build
from academic_workplace.report.details import appendix_blocks, page_blocks, sure_sentences
from academic_workplace.report.document import Heading, Table
from academic_workplace.report.findings import how_sure
from academic_workplace.report.imputed import SAY
from academic_workplace.report.words import phrases

DAY = datetime.date(2026, 11, 23)
NUMBER = re.compile(r"−?\d+(?:[.,]\d+)*")
OWN = {  # what a method needs beside the plan of the other tests
    Method.MULTILEVEL: {"classes": "group"},
    Method.COMPLIER: {"took_part": "joined"},
    Method.GROWTH: {"covariates": ()},
}
SHARES = (Method.LOGISTIC, Method.LOGISTIC_MULTILEVEL)
# the two averages want blocks of their own, and tell nothing beside their effect
METHODS = [m for m in IMPUTABLE if m not in (Method.SITE_AVERAGE, Method.PUPIL_AVERAGE)]


def plan_of(method):
    allocation = "lot" if method is Method.COMPLIER else "choice"
    return replace(PLAN, method=method, allocation=allocation, **OWN.get(method, {}))


@pytest.fixture(scope="module")
def scores():
    return more(np.random.default_rng(41), schools=24, size=24)


def data_of(scores, method):
    if method not in SHARES:
        return scores
    return scores.assign(after=(scores["after"] > 0).astype(float).where(scores["after"].notna()))


def weighed(table, plan):
    return aw.weigh(aw.estimate(table, plan), plan)


def told(evidence, language):
    """Of its own design: sentences, and of tables and headings what does not depend on data."""
    effect = evidence.findings[0].effect
    said = set(sure_sentences(evidence, effect, language))
    for block in (*page_blocks(evidence, effect, language),
                  *appendix_blocks(evidence, effect, language)):  # fmt: skip
        if isinstance(block, Table):
            said |= {block.caption, block.note, *block.header, *(row[0] for row in block.rows)}
        elif isinstance(block, Heading):
            said.add(block.text)
        else:
            said |= set(texts((block,)))
    sentences = (s for text in said for s in re.split(r"(?<=[.!?]) ", text))
    return {NUMBER.sub("#", s) for s in sentences}


# What complete cases say and filled-in values do not, by how it begins; and what they say instead.
INSTEAD = {
    Method.GROWTH: {"nl": "Wie één van beide", "en": "Who misses", "keys": ("own.gains",)},
    Method.MULTILEVEL: {
        "nl": ("Ongeveer #% van die", "Tussen klassen binnen scholen zit", "Schatting: REML; int"),
        "en": ("About #% of those", "Between classes within schools lies", "Estimate: REML; int"),
        "keys": ("alike.scores_with_classes", "alike.classes", "note.plain"),
    },
    Method.LOGISTIC_MULTILEVEL: {
        "nl": ("Ongeveer #% van de", "Schatting: ", "Interval: "),
        "en": ("About #% of the", "Estimate: ", "Interval: "),
        "keys": ("alike.chances", "note.chances"),
    },
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_what_complete_cases_tell_is_told_of_filled_in_values_or_its_place_is_named(scores, method):
    table, plan = data_of(scores, method), plan_of(method)
    filled = weighed(table, plan)
    plain = weighed(table, replace(plan, missing="complete cases"))
    detail = filled.effects.detail(filled.findings[0].effect)
    instead = INSTEAD.get(method, {"nl": (), "en": (), "keys": ()})
    assert detail.source is not Source.LOST
    for language in LANGUAGES:
        found, known = told(filled, language), told(plain, language)
        assert not {s for s in known - found if not s.startswith(instead[language])}
        keys = [*instead["keys"], *(["own.counted"] if detail.source is Source.COMPLETE else [])]
        for key in keys:
            last = re.split(r"(?<=[.!?]) ", SAY[key][language])[-1]
            shape = re.sub(r"\\\{\w+\\\}", "(.+)", re.escape(last))
            assert any(re.fullmatch(shape, said) for said in found), key


@pytest.mark.parametrize("method", METHODS)
def test_complete_data_tell_the_same_as_without_filling_in(scores, method):
    table, plan = data_of(scores, method).dropna(), plan_of(method)
    effects = aw.estimate(table, plan)
    plain = aw.estimate(table, replace(plan, missing="complete cases"))
    found, known = (e.detail(e[0]) for e in (effects, plain))
    assert type(found) is type(known)
    if known is not None:
        pd.testing.assert_frame_equal(found.table(), known.table())
        assert found.explain("nl") == known.explain("nl")


# ---------------------------------------------------------------- pooled as by hand


def each_and_pooled(table, plan):
    effects = aw.estimate(table, plan)
    plain = replace(plan, missing="complete cases")
    done = [aw.estimate(t, plain) for t in tables(table, plan)]
    found = effects.detail(effects[0])
    assert found.source is Source.POOLED
    return effects[0], found.behind, done


@pytest.mark.proves("effects.estimate, multiple imputation", "shares, odds and lines, by hand")
@pytest.mark.parametrize("method", SHARES)
def test_shares_odds_and_the_line_beside_them_are_pooled_as_by_hand(agree, scores, method):
    effect, found, done = each_and_pooled(data_of(scores, method), plan_of(method))
    rows = [e.detail(e[0]).table().iloc[0] for e in done]
    row = found.table().iloc[0]
    for name in ("share_arm", "share_comparison"):
        agree(row[name], np.mean([r[name] for r in rows]), rel=1e-8)
    terms = [e.coefficients().query("term == 'programme=1'").iloc[0] for e in done]
    odds = by_hand(*([t[n] for t in terms] for n in ("estimate", "se", "df")))
    names = ("odds_ratio", "odds_low", "odds_high")
    for name, x in zip(names, (odds.estimate, odds.low, odds.high), strict=True):
        agree(row[name], math.exp(x), rel=1e-8)
    line = by_hand(*([r[f"linear_{n}"] for r in rows] for n in ("estimate", "se", "df")))
    for name in ("estimate", "se", "df", "low", "high"):
        agree(row[f"linear_{name}"], getattr(line, name), rel=1e-8)
    assert (row["cox"], row["cox_low"], row["cox_high"]) == (effect.g, effect.g_low, effect.g_high)
    if method is Method.LOGISTIC_MULTILEVEL:
        tau2 = np.mean([r["tau2"] for r in rows])
        agree(row["latent_icc"], tau2 / (tau2 + math.pi**2 / 3), rel=1e-8)


@pytest.mark.proves("effects.estimate, multiple imputation", "variances of a model, by hand")
def test_variances_are_means_and_their_shares_add_up(agree, scores):
    _, found, done = each_and_pooled(scores, plan_of(Method.MULTILEVEL))
    each = [e.detail(e[0]) for e in done]
    agree(found.tau2, np.mean([x.tau2 for x in each]), rel=1e-6)
    agree(found.sigma2, np.mean([x.sigma2 for x in each]), rel=1e-6)
    agree(found.classes.omega2, np.mean([x.classes.omega2 for x in each]), rel=1e-6)
    total = found.tau2 + found.sigma2 + found.classes.omega2
    agree(found.icc + found.classes.share + found.sigma2 / total, 1.0, rel=1e-12)
    agree(found.classes.same, found.icc + found.classes.share, rel=1e-12)
    assert found.low is found.high is None
    names = found.per_cluster()
    assert names["u"].to_numpy() == pytest.approx(np.mean([x.u for x in each], axis=0), abs=1e-6)
    assert (names["u_se"] ** 2 >= np.mean([x.u_se**2 for x in each], axis=0) - 1e-6).all()


@pytest.fixture(scope="module")
def waves():
    rng = np.random.default_rng(46)
    start = more(rng, schools=16, size=20)[["school", "programme"]]
    start = start.assign(name=[f"p{i}" for i in range(len(start))])
    level, parts = rng.normal(size=len(start)), []
    for wave in range(4):
        score = level + rng.normal(size=len(start)) + 0.3 * wave * start["programme"]
        gone = rng.random(len(start)) < 0.15 * (wave > 0)
        parts.append(start.assign(wave=wave, score=score.where(~gone)))
    return pd.concat(parts, ignore_index=True)


OVER = aw.Plan(
    outcome="score", treatment="programme", cluster="school", comparison="0", pupil="name",
    wave="wave", baseline="0", waves=("1", "2", "3"), method="difference in differences", seed=3,
    missing="multiple imputation", imputations=4, draws=199,
)  # fmt: skip


def test_every_wave_is_the_effect_of_that_wave_and_bands_are_wider(waves):
    effects = aw.estimate(waves, OVER)
    for effect in effects:
        found = effects.detail(effect).behind
        rows = found.rows.set_index("wave")
        for other in effects:
            for name in ("estimate", "se", "df", "low", "high"):
                assert rows.loc[other.wave, name] == pytest.approx(getattr(other, name), rel=1e-8)
        after = rows[rows["when"] == "after"]
        assert (after["band_low"] < after["low"]).all()
        assert (after["band_high"] > after["high"]).all()
        shift = rows.loc["3", "estimate"] - rows.loc["1", "estimate"]
        assert found.lasts.estimate == pytest.approx(shift, rel=1e-8)
        assert found.lasts.low < shift < found.lasts.high
        assert found.alike_before is None


def test_the_page_says_what_a_difference_in_change_supposes_and_of_whom_means_are(waves):
    page = build(weighed(waves, OVER), "nl", DAY, "")
    front = " ".join([*texts(page.summary), *texts(page.page)])
    assert "We nemen aan dat beide groepen zonder" in front
    assert "van wie we alles gemeten hebben" in front
    assert "telt op dat moment niet mee" not in " ".join(texts(page.appendix))


# ---------------------------------------------------------------- what cannot be told


def lost(evidence):
    """The same evidence where complete cases gave nothing to lay beside it."""
    effects = evidence.effects
    details = {k: replace(d, behind=None, source=Source.LOST, complete=None)
               for k, d in effects.details.items()}  # fmt: skip
    return replace(evidence, effects=replace(effects, details=details))


@pytest.mark.parametrize(
    ("method", "subject", "key"),
    [(Method.GROWTH, "growth", "assumes"), (Method.ENTROPY, "comparison", "not_measured")],
)
def test_what_is_supposed_is_told_where_nothing_else_can_be(scores, method, subject, key):
    evidence = lost(weighed(scores, plan_of(method)))
    effect = evidence.findings[0].effect
    for language in LANGUAGES:
        said = " ".join(sure_sentences(evidence, effect, language))
        assert phrases(subject)[key][language].partition("{")[0] in said
        assert SAY["own.lost"][language].partition("{")[0] in said


def test_the_first_page_says_how_alike_groups_were_where_the_design_does_not(scores):
    whole = weighed(scores, plan_of(Method.ENTROPY))
    for evidence, says in ((whole, False), (lost(whole), True)):
        assert any("Vooraf" in s for s in how_sure(evidence, "nl")) == says


def test_without_complete_cases_nothing_that_they_guard_is_told(scores):
    plan = plan_of(Method.LOGISTIC)
    effects = aw.estimate(data_of(scores, Method.LOGISTIC), plan)
    found = effects.detail(effects[0]).behind
    coefficients = effects.coefficients()
    assert together([found, found], None, effects[0], coefficients) == (None, Source.LOST)
    assert together([None, None], None, effects[0], coefficients) == (None, Source.NOTHING)
    assert together([found, None], found, effects[0], coefficients) == (found, Source.COMPLETE)


def test_a_table_in_which_something_separates_is_told_and_the_line_is_pooled(scores):
    plan = plan_of(Method.LOGISTIC)
    effects = aw.estimate(data_of(scores, Method.LOGISTIC), plan)
    effect, found = effects[0], effects.detail(effects[0]).behind
    why = Text("gescheiden", "apart")
    apart = replace(found, reason=why, share_arm=None, odds_ratio=None)
    told_one, source = together([found, apart], found, effect, effects.coefficients())
    assert source is Source.POOLED
    assert told_one.reason is why
    assert told_one.share_arm is None
    assert told_one.linear.estimate == pytest.approx(found.linear.estimate)


@pytest.mark.parametrize("method", [Method.MULTILEVEL, Method.ADJUSTED, Method.LOGISTIC])
def test_limits_of_taking_part_are_named_only_where_taking_part_is_told(scores, method):
    plan = replace(plan_of(method), allocation="lot", took_part="joined")
    page = build(weighed(data_of(scores, method), plan), "nl", DAY, "")
    said = " ".join(texts(page.appendix))
    assert ("Is het aanbod zwak" in said) == (method is Method.ADJUSTED)
    assert ("alleen mee bij het invullen" in said) == (method is not Method.ADJUSTED)


def test_complete_cases_in_one_school_tell_nothing_and_that_is_said(scores):
    known = scores["home"].where(scores["after"].isna() | (scores["school"] < 3))
    evidence = weighed(scores.assign(home=known), plan_of(Method.ENTROPY))
    effect = evidence.findings[0].effect
    assert evidence.effects.detail(effect).source is Source.COMPLETE
    assert not page_blocks(evidence, effect, "nl")
    said = " ".join(sure_sentences(evidence, effect, "nl"))
    for text in (phrases("comparison")["not_measured"]["nl"], SAY["own.lost"]["nl"]):
        assert text.partition("{")[0] in said
