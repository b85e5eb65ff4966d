"""Filling in for classes, taking part, subgroups and gains: every table by hand, and odd data."""

import datetime
import math
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from documents import texts
from test_imputed import PLAN, a_table

import academic_workplace as aw
from academic_workplace.effects.imputed import completed, filled_in
from academic_workplace.effects.result import Caution
from academic_workplace.errors import DataError, PlanError
from academic_workplace.instrument import Shape
from academic_workplace.intake.check import check
from academic_workplace.missing.pooling import pooled
from academic_workplace.plan import Method
from academic_workplace.report.build import build

DAY = datetime.date(2026, 11, 23)
CLASSES = replace(PLAN, classes="group", method="multilevel")
TOOK = replace(PLAN, took_part="joined", method="complier effect")
GROUPS = replace(PLAN, subgroups=("sex", "home"))
GAINS = replace(PLAN, method="difference in differences", covariates=())


def more(rng, **given):
    """The table of the other tests, with classes, who took part, and a second background column."""
    out = a_table(rng, **given)
    out["group"] = np.arange(len(out)) % (len(out) // out["school"].nunique()) // 8
    out["joined"] = (out["programme"] * (rng.random(len(out)) < 0.7)).astype(float)
    out["sex"] = rng.choice(["m", "f"], len(out)).astype(object)
    between = rng.normal(size=len(out))
    out["after"] += 0.5 * between[out["school"] * 10 + out["group"]]
    out.loc[rng.random(len(out)) < 0.1, "before"] = np.nan
    out.loc[rng.random(len(out)) < 0.1, "home"] = None
    return out


@pytest.fixture(scope="module")
def table():
    return more(np.random.default_rng(41), size=24)


def by_hand(values, errors, dfs):
    return pooled(values, np.square(errors).tolist(), float(np.mean(dfs)))


def tables(table, plan):
    """Every completed table as a frame, in the columns of the plan."""
    pupils = check(table, plan)
    out = []
    for one in completed(pupils):
        filled = {name: x for name, x in one.numbers.items() if name in table}
        for name, levels in one.columns.items():
            if len(levels) > 1:
                at = np.argmax(np.column_stack([one.numbers[c] for c in levels]), axis=1)
                filled[name] = np.array([c.removeprefix(f"{name}=") for c in levels])[at]
        out.append(table.assign(**filled))
    return out


# ---------------------------------------------------------------- classes in schools


@pytest.mark.proves("effects.estimate, multiple imputation", "classes in schools, pooled by hand")
@pytest.mark.parametrize("inference", ["Kenward-Roger", "Satterthwaite"])
def test_a_model_of_classes_is_what_pooling_the_tables_by_hand_gives(agree, table, inference):
    effects = aw.estimate(table, CLASSES, inference=inference)
    plain = replace(CLASSES, missing="complete cases")
    each = [aw.estimate(t, plain, inference=inference)[0] for t in tables(table, CLASSES)]
    answer = by_hand(*([getattr(e, n) for e in each] for n in ("estimate", "se", "df")))
    for name in ("estimate", "se", "df", "low", "high", "p_value"):
        agree(getattr(effects[0], name), getattr(answer, name), rel=1e-8)
    assert answer.lost > 0
    assert answer.df < np.mean([e.df for e in each])


@pytest.mark.parametrize("plan", [CLASSES, TOOK, GAINS], ids=lambda p: p.method)
def test_imputing_complete_data_changes_nothing(table, plan):
    whole = table.dropna()
    effects = aw.estimate(whole, plan)
    plain = aw.estimate(whole, replace(plan, missing="complete cases"))
    assert effects[0].to_dict() == plain[0].to_dict()
    pd.testing.assert_frame_equal(effects.coefficients(), plain.coefficients())


def test_effect_and_error_go_to_those_of_complete_data_as_less_is_missing():
    """By classes: the same scores, of which ever fewer are taken away (always the same first)."""
    rng = np.random.default_rng(42)
    whole = more(rng, size=24, gone=0)
    whole = whole.assign(before=whole["before"].fillna(0), home=whole["home"].fillna("low"))
    whole["after"] = whole["after"].fillna(pd.Series(rng.normal(size=len(whole))))
    plain = aw.estimate(whole, replace(CLASSES, missing="complete cases"))[0]
    order = rng.permutation(len(whole))
    apart = []
    for share in (0.4, 0.1, 0.01):
        gone = whole.copy()
        gone.loc[order[: int(share * len(whole))], "after"] = np.nan
        effect = aw.estimate(gone, replace(CLASSES, imputations=8))[0]
        apart.append((abs(effect.estimate - plain.estimate), abs(effect.se / plain.se - 1)))
    assert apart[2][0] < 0.1 * plain.se
    assert apart[2][1] < 0.05
    assert apart[2][0] < apart[0][0]


def test_classes_are_drawn_with_a_level_of_their_own(table):
    """Draws know the classes: without the column they are others."""
    known, plain = (filled_in(check(table, p)).found for p in (CLASSES, PLAN))
    assert not np.allclose(known.drawn["after"], plain.drawn["after"])
    nothing = replace(CLASSES, method="adjusted")
    effect = aw.estimate(table, nothing)[0]
    assert effect.method.startswith("adjusted")
    assert effect.se > 0


# ---------------------------------------------------------------- taking part


@pytest.fixture(scope="module")
def took(table):
    """The effects, and the detail of every completed table."""
    plain = replace(TOOK, missing="complete cases")
    each = [aw.estimate(t, plain) for t in tables(table, TOOK)]
    return aw.estimate(table, TOOK), [e.detail(e[0]) for e in each]


@pytest.mark.proves("effects.estimate, multiple imputation", "taking part by CR2, pooled by hand")
def test_taking_part_is_pooled_as_the_tables_by_hand(agree, took):
    effects, each = took
    effect, found = effects[0], effects.detail(effects[0]).behind
    for name in ("offered", "first", "effect"):
        parts = [getattr(x, name) for x in each]
        answer = by_hand([i.estimate for i in parts], [i.se for i in parts], [i.df for i in parts])
        mine = getattr(found, name)
        for number in ("estimate", "se", "df", "low", "high", "p_value"):
            agree(getattr(mine, number), getattr(answer, number), rel=1e-8)
    assert (effect.estimate, effect.low) == (found.effect.estimate, found.effect.low)
    assert found.joined == each[0].joined  # nothing of taking part was missing


def test_two_stages_of_statsmodels_on_the_same_tables_have_the_same_mean(table, took):
    from statsmodels.sandbox.regression.gmm import IV2SLS

    found = []
    for t in tables(table, TOOK):
        x = pd.get_dummies(t["home"], dtype=float).to_numpy()
        x = np.column_stack([x, t["before"]])
        X, Z = (np.column_stack([t[c], x]) for c in ("joined", "programme"))
        found.append(IV2SLS(t["after"].to_numpy(), X, Z).fit().params[0])
    assert took[0][0].estimate == pytest.approx(np.mean(found), rel=1e-8)


def test_the_region_is_that_of_rubins_total_variance(took):
    """At its ends |rho - theta pi| is t times the pooled error of just that number."""
    effects, each = took
    found = effects.detail(effects[0]).behind
    assert found.region.shape is Shape.INTERVAL
    for theta in (found.region.low, found.region.high):
        Q = [x.offered.estimate - theta * x.first.estimate for x in each]
        U = [yy - 2 * theta * yd + theta**2 * dd for yy, yd, dd in (x.slopes for x in each)]
        answer = pooled(Q, U, found.effect.df)
        t = (found.effect.high - found.effect.estimate) / found.effect.se
        assert abs(answer.estimate) / answer.se == pytest.approx(t, rel=1e-6)


def test_beside_the_offer_it_is_the_same_and_the_offer_is_the_effect(table, took):
    plan = replace(TOOK, method="adjusted")
    effects = aw.estimate(table, plan)
    evidence = aw.weigh(effects, plan)
    (beside,) = evidence.complier
    alone = took[0].detail(took[0][0]).behind
    assert beside.effect.estimate == pytest.approx(alone.effect.estimate, rel=1e-9)
    assert beside.offered.estimate == pytest.approx(effects[0].estimate, rel=1e-9)
    assert beside.offered.se == pytest.approx(effects[0].se, rel=1e-9)


def test_effects_kept_without_their_pupils_say_what_needs_the_table(table):
    plan = replace(TOOK, method="adjusted", subgroups=("sex",))
    kept = pickle.loads(pickle.dumps(aw.estimate(table, plan)))  # noqa: S301  # our own bytes
    evidence = aw.weigh(kept, plan)
    assert not evidence.complier
    assert not evidence.subgroups
    assert sum("de tabel zelf" in why.nl or "tabel zelf nodig" in why.nl
               for why in evidence.not_done) == 2  # fmt: skip
    with pytest.raises(PlanError, match="rij per leerling"):
        aw.effects.compliers(kept)


def test_who_took_part_is_filled_in_only_where_it_is_missing_and_is_named(table):
    gone = table.copy()
    gone.loc[gone.index % 6 == 0, "joined"] = np.nan
    effects = aw.estimate(gone, TOOK)
    named = {(g.column, g.arm): g.missing for g in effects.detail(effects[0]).gaps}
    for arm in (0, 1):
        lost = gone["joined"].isna() & (gone["programme"] == arm)
        assert named["joined", str(arm)] == lost.sum()
    for one in tables(gone, TOOK):
        assert set(one["joined"]) == {0.0, 1.0}
        assert one.loc[one["programme"] == 0, "joined"].sum() == 0
        known = gone["joined"].notna()
        assert (one["joined"] == gone["joined"])[known].all()
    report = build(aw.weigh(effects, TOOK), "nl", DAY, "")
    rows = [row for block in report.appendix for row in getattr(block, "rows", ())]
    assert any(row[:2] == ("joined", "niveaus") for row in rows)
    assert "vulden we" in " ".join(texts(report.blocks))


@pytest.mark.proves("effects.estimate, multiple imputation", "taking part known by the design")
def test_who_was_not_offered_it_could_not_take_part_and_is_analysed(agree, table):
    """Nothing else is missing: every table is the same, and all are in it."""
    whole = table.dropna().reset_index(drop=True)
    gone = whole.copy()
    gone.loc[(gone["programme"] == 0) & (gone.index % 3 == 0), "joined"] = np.nan
    effects, plain = aw.estimate(gone, TOOK), aw.estimate(whole, TOOK)
    for name in ("estimate", "se", "df", "low", "high"):
        agree(getattr(effects[0], name), getattr(plain[0], name), rel=1e-10)
    assert effects[0].pupils == len(whole)
    assert {g.column for g in effects.detail(effects[0]).gaps} == {"joined"}


def test_where_the_offer_is_weak_the_limits_are_those_of_the_region(table):
    rng = np.random.default_rng(43)
    joined = rng.random(len(table)) < 0.45 + 0.12 * table["programme"]
    weak = table.assign(joined=joined.astype(float))
    effects = aw.estimate(weak, TOOK)
    effect, found = effects[0], effects.detail(effects[0]).behind
    assert found.weak
    assert Caution.WEAK_INSTRUMENT in effect.cautions
    assert found.region.holds(effect.estimate)
    assert effect.estimate == pytest.approx(found.offered.estimate / found.first.estimate)
    assert effect.p_value == found.offered.p_value
    if found.region.shape is Shape.INTERVAL:
        assert (effect.low, effect.high) == (found.region.low, found.region.high)
    else:
        assert effect.low == -math.inf
        assert effect.reason is not None
    assert build(aw.weigh(effects, TOOK), "nl", DAY, "").blocks


# ---------------------------------------------------------------- for whom


@pytest.fixture(scope="module")
def by_group(table):
    return aw.effects.subgroups(aw.estimate(table, GROUPS))


@pytest.mark.proves("effects.subgroups", "statsmodels OLS on every completed table, mean")
def test_subgroups_are_those_of_statsmodels_on_the_same_tables(agree, table, by_group):
    import statsmodels.formula.api as smf

    values = []
    for t in tables(table, GROUPS):
        fit = smf.ols("after ~ C(sex) + programme:C(sex) + before + C(home)", t).fit()
        values.append([fit.params[f"programme:C(sex)[{g}]"] for g in "fm"])
    found = next(x for x in by_group if x.column == "sex")
    agree([e.estimate for e in found.effects], np.mean(values, axis=0), rel=1e-8)
    agree(found.difference.estimate, np.mean(values, axis=0) @ [1, -1], rel=1e-8)


@pytest.mark.proves("effects.subgroups", "each completed table, pooled by hand")
def test_subgroups_are_what_pooling_the_tables_by_hand_gives(agree, table, by_group):
    plain = replace(GROUPS, missing="complete cases")
    each = [aw.effects.subgroups(aw.estimate(t, plain)) for t in tables(table, GROUPS)]
    for k, found in enumerate(by_group):
        for j, effect in enumerate(found.effects):
            parts = [x[k].effects[j] for x in each]
            answer = by_hand(*([getattr(e, n) for e in parts] for n in ("estimate", "se", "df")))
            for name in ("estimate", "se", "df", "low", "high"):
                agree(getattr(effect, name), getattr(answer, name), rel=1e-8)
    sexes, homes = by_group
    parts = [x[0].difference for x in each]
    answer = by_hand(*([getattr(e, n) for e in parts] for n in ("estimate", "se", "df")))
    agree(sexes.difference.p_value, answer.p_value, rel=1e-8)
    agree(sexes.p_value, answer.p_value, rel=1e-8)  # D1 of one number is its square
    Q, U = (np.array([x[1].contrasts[i] for x in each]) for i in (0, 1))
    inverse, df2 = np.linalg.inv(U.mean(axis=0)), np.mean([x[1].df2 for x in each])
    r = (1 + 1 / 4) * np.trace(np.cov(Q.T, ddof=1) @ inverse) / 2
    wald = Q.mean(axis=0) @ inverse @ Q.mean(axis=0) / 2
    agree(homes.F, df2 / (df2 + 1) * wald / (1 + r), rel=1e-8)  # D1, as HTZ scales it
    lost = r / (1 + r)
    seen = (df2 + 1) / (df2 + 3) * df2 * (1 - lost)
    agree(homes.df2, 1 / (lost**2 / (2 * 3) + 1 / seen), rel=1e-8)
    assert homes.df1 == 2


def test_of_complete_data_the_groups_are_those_of_complete_cases(table):
    whole = table.dropna()
    found = aw.effects.subgroups(aw.estimate(whole, GROUPS))
    plain = aw.effects.subgroups(aw.estimate(whole, replace(GROUPS, missing="complete cases")))
    pd.testing.assert_frame_equal(found.table(), plain.table())


def test_what_is_filled_in_does_not_shrink_the_difference_between_groups():
    """Half of the scores are gone; girls gain 1 more, and still do where scores are filled in."""
    rng = np.random.default_rng(44)
    big = more(rng, size=64, gone=0)
    big["after"] = 0.5 * big["before"].fillna(0) + rng.normal(size=len(big))
    big["after"] += (big["programme"] * (big["sex"] == "f")).astype(float)
    big.loc[rng.random(len(big)) < 0.5, "after"] = np.nan
    plan = replace(GROUPS, subgroups=("sex",), imputations=6)
    (found,) = aw.effects.subgroups(aw.estimate(big, plan))
    assert found.difference.low < 1 < found.difference.high
    assert found.difference.estimate > 0.7
    assert found.clear


def test_sizes_are_those_of_pupils_who_were_measured(table, by_group):
    found = next(x for x in by_group if x.column == "sex")
    whole = table.dropna(subset=["after", "before", "home"])
    for level, effect in zip(found.levels, found.effects, strict=True):
        here = whole[whole["sex"] == level]
        assert effect.pupils_arm == (here["programme"] == 1).sum()
        assert effect.pupils_comparison == (here["programme"] == 0).sum()
        assert effect.clusters_arm == here.loc[here["programme"] == 1, "school"].nunique()


def test_an_arm_too_small_for_its_own_model_has_no_groups_and_says_so(table):
    few = table.copy()
    few.loc[(few["programme"] == 1) & (few.index % 30 != 0), "after"] = np.nan
    effects = aw.estimate(few, GROUPS)
    found = aw.effects.subgroups(effects)
    assert not len(found)
    assert "te klein" in found.not_done[0].nl
    with pytest.raises(PlanError, match="te klein"):
        aw.effects.subgroups(effects, "sex")


def test_numbers_as_groups_have_a_level_each_where_the_plan_names_them(table):
    rng = np.random.default_rng(45)
    step = np.where(rng.random(len(table)) < 0.1, np.nan, rng.integers(1, 4, len(table)))
    steps = table.assign(step=step)
    plan = replace(PLAN, subgroups=("step",))
    (found,) = aw.effects.subgroups(aw.estimate(steps, plan))
    assert found.levels == ("1", "2", "3")
    assert all(e.se > 0 for e in found.effects)
    bent = steps.assign(after=steps["after"] + 4 * (steps["step"] == 2) * steps["programme"])
    gone = bent["after"].isna() & (bent["programme"] == 1)
    means = []
    for one in completed(check(bent, plan)):
        assert set(one.numbers["step"]) == {1.0, 2.0, 3.0}
        means.append([one.numbers["after"][gone & (step == k)].mean() for k in (1, 2, 3)])
    first, second, third = np.mean(means, axis=0)
    assert second - (first + third) / 2 > 2.5  # one slope would draw it through the middle
    explored = aw.estimate(steps, replace(PLAN, balance=("step",)))
    with pytest.raises(PlanError, match="één helling"):
        aw.effects.subgroups(explored, "step")


# ---------------------------------------------------------------- gains


@pytest.mark.proves("effects.estimate, multiple imputation", "gains, each table pooled by hand")
def test_gains_are_filled_in_as_scores_and_then_taken(agree, table):
    effect = aw.estimate(table, GAINS)[0]
    plain = replace(GAINS, missing="complete cases")
    each = [aw.estimate(t, plain)[0] for t in tables(table, GAINS)]
    answer = by_hand(*([getattr(e, n) for e in each] for n in ("estimate", "se", "df")))
    for name in ("estimate", "se", "df", "low", "high", "p_value"):
        agree(getattr(effect, name), getattr(answer, name), rel=1e-8)
    assert effect.pupils == len(table)


def test_waves_in_rows_give_the_gains_of_waves_in_columns(table):
    """Who missed a wave is filled in; a pupil who missed the baseline was there at no start."""
    wide = table.dropna(subset=["before"]).reset_index(drop=True)
    wide = wide.assign(name=[f"p{i}" for i in range(len(wide))])
    parts = [wide.assign(wave=w, score=wide[c]) for w, c in ((0, "before"), (1, "after"))]
    long = pd.concat(parts, ignore_index=True).drop(columns=["before", "after"])
    plan = aw.Plan(
        outcome="score", treatment="programme", cluster="school", comparison="0", pupil="name",
        wave="wave", baseline="0", waves=("1",), method="difference in differences", seed=3,
        missing="multiple imputation", imputations=4,
    )  # fmt: skip
    rows, columns = aw.estimate(long, plan)[0], aw.estimate(wide, GAINS)[0]
    for name in ("estimate", "se", "df", "low", "high"):
        assert getattr(rows, name) == pytest.approx(getattr(columns, name), rel=1e-8)
    assert rows.pupils == len(wide)


@pytest.mark.proves(
    "effects.estimate, multiple imputation", "a logistic multilevel model, pooled by hand"
)
def test_a_logistic_multilevel_model_is_pooled_as_the_tables_by_hand(agree, table):
    passed = table.assign(after=(table["after"] > 0).astype(float).where(table["after"].notna()))
    plan = replace(PLAN, method="logistic multilevel")
    effect = aw.estimate(passed, plan)[0]
    plain = replace(plan, missing="complete cases")
    each = [aw.estimate(t, plain)[0] for t in tables(passed, plan)]
    answer = by_hand(*([getattr(e, n) for e in each] for n in ("estimate", "se", "df")))
    for name in ("estimate", "se", "df", "low", "high", "p_value"):
        agree(getattr(effect, name), getattr(answer, name), rel=1e-8)


# ---------------------------------------------------------------- what cannot be had, and odd data


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"crossed": "town"}, "tweede indeling"),
        ({"inference": "wild bootstrap"}, "vrijheidsgraden"),
        ({"inference": "randomisation"}, "vrijheidsgraden"),
        ({"method": "nearest neighbour"}, "Rubin"),
        ({"method": "negative binomial"}, "onder nul"),
        ({"varying": "before", "covariates": ("before",), "baseline": None,
          "method": "multilevel"}, "in elke school gelijk"),
        ({"wave": "wave", "baseline": "0", "waves": ("1",), "pupil": "name",
          "method": "multilevel over waves"}, "elke score die er is"),
        ({"wave": "wave", "baseline": "0", "waves": ("1",), "pupil": "name", "earlier": ("-1",),
          "method": "difference in differences"}, "echt is gemeten"),
        ({"wave": "wave", "baseline": "0", "waves": ("1",), "repeated": True,
          "method": "difference in differences"}, "niet in te vullen"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_filled_in_says_why_and_what_to_do_instead(change, why):
    with pytest.raises(PlanError) as error:
        replace(PLAN, **change)
    fault = next(f for f in error.value.faults if why in f.rule.nl)
    assert "complete cases" in fault.remedy.nl
    assert "complete cases" in fault.remedy.en


def odd(table, name):
    """A plan and a table that ask for trouble."""
    t, plan = table.copy(), CLASSES
    if name == "one class a school":
        t["group"] = 0
    elif name == "one pupil a class":
        t["group"] = np.arange(len(t))
    elif name == "classes without an answer":
        t.loc[t["group"] == 1, "after"] = np.nan
    elif name == "an arm without a column":
        t.loc[t["programme"] == 1, "sex"] = None
        plan = replace(plan, balance=("sex",))
    elif name == "a constant covariate":
        t["same"] = np.where(t.index % 5 == 0, np.nan, 1.0)
        plan = replace(plan, covariates=("same",))
    elif name == "an outcome of 0 and 1":
        t["after"] = (t["after"] > 0).astype(float).where(t["after"].notna())
    elif name == "an ordered outcome":
        t["after"] = t["after"].round().clip(-2, 2)
    elif name == "a constant outcome":
        t["after"] = t["after"] * 0 + 3
    elif name == "nobody took part":
        t["joined"], plan = 0.0, TOOK
    elif name == "all who were offered took part":
        t["joined"], plan = t["programme"].astype(float), TOOK
    elif name == "an amount of taking part":
        t["joined"] = (t["joined"] * (1 + t.index % 9)).where(t.index % 7 > 0)
        plan = TOOK
    elif name == "taking part is not known of an arm":
        t.loc[t["programme"] == 1, "joined"], plan = np.nan, TOOK
    return t, plan


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("one class a school", Caution.CLASSES_NOT_TOLD),
        ("one pupil a class", Caution.CLASSES_NOT_TOLD),
        ("classes without an answer", None),
        ("an arm without a column", "sex"),
        ("a constant covariate", "same"),
        ("an outcome of 0 and 1", None),
        ("an ordered outcome", None),
        ("a constant outcome", "after"),
        ("nobody took part", "veranderde niet wie meedeed"),
        ("all who were offered took part", None),
        ("an amount of taking part", None),
        ("taking part is not known of an arm", "joined"),
    ],
)
def test_odd_data_work_or_have_a_named_reason(table, name, told):
    t, plan = odd(table, name)
    if told in ("sex", "same", "after", "joined"):
        with pytest.raises(DataError) as error:
            aw.estimate(t, plan)
        assert [fault.column for fault in error.value.faults] == [told]
        return
    effect = aw.estimate(t, plan)[0]
    numbers = [getattr(effect, n) for n in ("estimate", "se", "df", "low", "high", "g")]
    assert not any(x is not None and math.isnan(x) for x in numbers)
    if isinstance(told, Caution):
        assert told in effect.cautions
    elif told is not None:
        assert told in effect.reason.nl
    else:
        assert effect.se > 0
        assert effect.low < effect.estimate < effect.high


def test_the_report_of_taking_part_puts_the_offer_beside_it(took):
    effects, _ = took
    page = build(aw.weigh(effects, TOOK), "nl", DAY, "")
    assert effects.method is Method.COMPLIER
    found = effects.detail(effects[0]).behind
    assert found.explain("nl") in " ".join(texts(page.page))


@pytest.mark.parametrize(
    ("plan", "word"), [(CLASSES, "Robitzsch"), (TOOK, "Anderson"), (GROUPS, "Raghunathan")]
)
def test_the_method_line_says_what_more_was_known_and_pooled(table, plan, word):
    said = " ".join(texts(build(aw.weigh(aw.estimate(table, plan), plan), "nl", DAY, "").appendix))
    assert word in said
    whole = table.dropna()
    plain = build(aw.weigh(aw.estimate(whole, plan), plan), "nl", DAY, "").appendix
    assert "Raghunathan" not in " ".join(texts(plain))
