"""Ways of inference side by side, and what makes an effect's uncertainty itself uncertain."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rows import schools

import academic_workplace as aw
from academic_workplace.effects import CAUTIONS, Caution
from academic_workplace.effects.compare import Comparison, believe, compare, disagree, rejects
from academic_workplace.effects.multilevel import multilevel
from academic_workplace.report.comparing import WAYS

PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before",),
    allocation="lot",
)  # fmt: skip
CR2, WILD, RANDOMISATION = aw.Inference.CR2, aw.Inference.WILD, aw.Inference.RANDOMISATION
KR, SATT = aw.Inference.KENWARD_ROGER, aw.Inference.SATTERTHWAITE


@pytest.fixture(scope="module")
def effects():
    return aw.estimate(schools(np.random.default_rng(1), clusters=10, effect=0.6), PLAN)


def made(effects, **p_values):
    """A comparison with other p-values: what the sentence makes of them."""
    ways = tuple(aw.Inference[name] for name in p_values)
    found = tuple((replace(effects[0], p_value=p),) for p in p_values.values())
    return Comparison(effects[0].plan, ways, found)


def test_every_way_gives_what_estimating_with_it_gives(effects):
    table = effects.compare().table()
    named = ["CR2", "wild bootstrap", "randomisation", "Kenward-Roger"]
    assert table["inference"].tolist() == named
    for row in table.to_dict("records")[:3]:
        alone = aw.estimate(effects.pupils, PLAN, inference=row["inference"])[0]
        assert (row["p_value"], row["low"]) == (alone.p_value, alone.low)
        assert row["estimate"] == pytest.approx(effects[0].estimate)


def test_the_way_that_was_used_is_always_among_them(effects):
    other = aw.estimate(effects.pupils, PLAN, inference="CR3").compare()
    assert other.ways[0] is aw.Inference.CR3
    sites = replace(PLAN, blocks=("pair",))
    table = schools(np.random.default_rng(2), clusters=10)
    table["pair"] = table["school"].map(lambda name: int(name[1:]) // 2)
    table["offered"] = table["school"].map(lambda name: int(name[1:]) % 2)
    only = aw.estimate(table, sites, method="site average").compare()
    assert only.ways == (CR2,)


def test_ways_that_agree_give_one_plain_sentence(effects):
    agreed = made(effects, CR2=0.01, WILD=0.02, RANDOMISATION=0.03)
    assert agreed.explain("nl") == "De manieren van rekenen zijn het eens: er is een verschil."
    unsure = made(effects, CR2=0.10, WILD=0.20, RANDOMISATION=0.30)
    assert unsure.explain("en") == "The ways of calculating agree: a difference is not certain."


def test_after_a_lot_the_randomisation_test_is_believed(effects):
    split = made(effects, CR2=0.03, WILD=0.06, RANDOMISATION=0.08)
    assert disagree(split.each()[0])
    assert believe(split.each()[0]) is RANDOMISATION
    assert "Ga af op de randomisatietoets: er is geloot" in split.explain("nl")
    assert "Go by the randomisation test" in split.explain("en")
    assert split.table()["believe"].tolist() == [False, False, True]


def test_after_a_lot_over_pupils_within_schools_cr2_is_believed(effects):
    plan = replace(PLAN, assigned="pupil")
    found = {
        CR2: replace(effects[0], p_value=0.06, df=60.0, plan=plan),
        RANDOMISATION: replace(effects[0], p_value=0.001, plan=plan),
    }
    assert believe(found) is CR2


def test_without_a_lot_the_degrees_of_freedom_decide(effects):
    chosen = [replace(e, plan=replace(PLAN, allocation="choice")) for e in effects]
    for df, way in ((9.0, CR2), (2.5, WILD)):
        found = {
            CR2: replace(chosen[0], p_value=0.04, df=df),
            WILD: replace(chosen[0], p_value=0.07),
            RANDOMISATION: replace(chosen[0], p_value=0.09),
        }
        assert believe(found) is way


def test_a_test_that_cannot_reject_is_said_and_not_believed():
    table = schools(np.random.default_rng(3), clusters=4, size=20, effect=4.0)
    comparison = aw.estimate(table, replace(PLAN, covariates=())).compare()
    found = comparison.each()[0]
    assert [rejects(e) for e in found.values()][1:3] == [None, None]
    assert believe(found) is CR2
    text = comparison.explain("nl")
    assert text.startswith("De manieren van rekenen zijn het eens: er is een verschil.")
    alone = compare(aw.estimate(table, replace(PLAN, covariates=())), comparison.ways[:3])
    assert alone.explain("nl").startswith("Alleen de robuuste methode (CR2)")
    assert "De wilde bootstrap en de randomisatietoets kunnen hier geen verschil aantonen" in text


def test_with_two_divisions_the_wild_bootstrap_is_believed_for_knowing_both(effects):
    """As the study of coverage found, also with few labels; not for there being few schools."""
    plan = replace(PLAN, allocation="choice", crossed="tester")
    two = aw.Inference.TWO_WAY
    split = {
        way: (replace(effects[0], p_value=p, plan=plan),) for way, p in ((two, 0.03), (WILD, 0.06))
    }
    comparison = Comparison(plan, tuple(split), tuple(split.values()))
    assert believe(comparison.each()[0]) is WILD
    assert "die rekent met beide indelingen" in comparison.explain("nl")
    assert "it counts with both divisions" in comparison.explain("en")
    assert "so few schools" not in comparison.explain("en")


def test_a_method_with_one_way_says_that_there_is_nothing_to_compare():
    table = schools(np.random.default_rng(5), clusters=10, effect=1.0)
    table["after"] = (table["after"] > table["after"].median()) * 1.0
    comparison = aw.estimate(table, replace(PLAN, method="logistic multilevel")).compare()
    assert len(comparison.ways) == 1
    assert comparison.explain("nl").startswith("Bij deze methode is er één manier van rekenen")
    assert "nothing to compare" in comparison.explain("en")


def test_with_one_school_in_an_arm_no_way_can_tell():
    table = schools(np.random.default_rng(4), clusters=5)
    table["offered"] = (table["school"] == "S00") * 1
    comparison = aw.estimate(table, PLAN).compare()
    assert comparison.table()["p_value"].isna().all()
    assert comparison.explain("en") == (
        "None of the ways of calculating can show a difference here."
    )


def test_every_way_has_a_name_in_both_languages():
    assert set(WAYS) == set(aw.Inference)


# ---------------------------------------------------------------- the multilevel model beside them


def modelled(effects, inference=KR):
    """The same effects by the multilevel model."""
    parts = [multilevel(m, effects.plan, inference) for m in effects.moments.samples]
    found = tuple(e for part in parts for e in part.effects)
    return replace(effects, items=found, method=aw.Method.MULTILEVEL, inference=inference)


def test_the_multilevel_model_stands_beside_a_regression_with_its_covariates(effects):
    (way,) = (found[KR] for found in effects.compare().each())
    assert way == modelled(effects)[0]
    plain = aw.estimate(effects.pupils, PLAN, method="difference")
    without = aw.estimate(effects.moments, replace(PLAN, covariates=()))
    (way,) = (found[KR] for found in plain.compare().each())
    assert way.estimate == pytest.approx(modelled(without)[0].estimate)
    assert way.estimate != pytest.approx(modelled(effects)[0].estimate)


def test_regressions_stand_beside_a_multilevel_model(effects):
    comparison = modelled(effects).compare()
    assert comparison.ways == (CR2, WILD, RANDOMISATION, KR)
    assert comparison.each()[0][CR2] == effects[0]
    other = compare(modelled(effects, SATT), (CR2, KR))
    assert other.ways == (SATT, CR2, KR)
    plain = aw.estimate(effects.moments, replace(PLAN, covariates=()))
    assert modelled(plain).compare().each()[0][CR2] == plain[0]


def test_the_model_is_left_out_where_it_cannot_be_had(effects):
    means = aw.estimate(effects.pupils, PLAN, method="cluster means").compare()
    assert KR not in means.ways
    table = schools(np.random.default_rng(2), clusters=8).assign(w=1.5)
    weighted = aw.estimate(table, replace(PLAN, weights="w")).compare()
    assert weighted.ways == (CR2, WILD, RANDOMISATION)
    table["offered"] = np.arange(len(table)) % 2
    table["kind"] = [f"K{i % 5}" for i in range(len(table))]
    sites = aw.estimate(table, replace(PLAN, blocks=("school",), assigned="pupil")).compare()
    assert sites.ways == (CR2, WILD, RANDOMISATION)
    crossed = aw.estimate(table, replace(PLAN, crossed="kind", assigned="pupil")).compare()
    assert KR not in crossed.ways


def test_the_model_is_believed_only_when_nothing_else_can_tell(effects):
    chosen = replace(effects[0], plan=replace(PLAN, allocation="choice"), p_value=0.04)
    silent = replace(chosen, p_value=None)
    assert believe({CR2: replace(chosen, df=9.0), WILD: chosen, KR: chosen}) is CR2
    assert believe({CR2: replace(chosen, df=2.0), WILD: chosen, KR: chosen}) is WILD
    assert believe({CR2: silent, WILD: silent, KR: chosen}) is KR
    assert believe({KR: chosen}) is KR


def test_a_model_that_disagrees_says_that_it_weighs_otherwise(effects):
    split = made(effects, CR2=0.06, RANDOMISATION=0.08, KENWARD_ROGER=0.03)
    text = split.explain("nl")
    assert "Volgens het multilevelmodel is er een verschil" in text
    assert "Ga af op de randomisatietoets" in text
    assert text.endswith("kleine scholen tellen er zwaarder in.")
    assert "small schools count for more in it" in split.explain("en")
    assert "kleine scholen" not in made(effects, CR2=0.06, WILD=0.03).explain("nl")


# ---------------------------------------------------------------- cautions


def test_few_degrees_of_freedom_are_said():
    table = schools(np.random.default_rng(5), clusters=4)
    effect = aw.estimate(table, PLAN)[0]
    assert effect.df < 4
    assert Caution.FEW_DEGREES_OF_FREEDOM in effect.cautions
    many = aw.estimate(schools(np.random.default_rng(5), clusters=20), PLAN)[0]
    assert many.cautions == ()


def test_more_coefficients_than_clusters_are_said():
    table = schools(np.random.default_rng(6), clusters=6, size=30)
    rng = np.random.default_rng(0)
    names = tuple(f"x{i}" for i in range(6))
    table = table.assign(**{name: rng.normal(size=len(table)) for name in names})
    effect = aw.estimate(table, replace(PLAN, covariates=names))[0]
    assert Caution.MORE_COEFFICIENTS_THAN_CLUSTERS in effect.cautions


def test_an_arm_in_which_everybody_scores_the_same_is_said():
    table = schools(np.random.default_rng(7), clusters=8)
    table.loc[table["offered"] == 1, "after"] = 3.25
    effect = aw.estimate(table, replace(PLAN, covariates=()))[0]
    assert Caution.NO_VARIATION in effect.cautions


def test_pupils_taken_as_independent_are_said_unless_they_are():
    table = schools(np.random.default_rng(8), clusters=8)
    assert aw.estimate(table, PLAN, inference="classical")[0].cautions == (
        Caution.AS_IF_INDEPENDENT,
    )
    alone = table.assign(school=np.arange(len(table)))
    plan = replace(PLAN, assigned="pupil")
    assert aw.estimate(alone, plan, inference="classical")[0].cautions == ()


def test_covariates_that_are_almost_the_same_are_said():
    table = schools(np.random.default_rng(11), clusters=10, size=20)
    noise = np.random.default_rng(0).normal(size=len(table))
    plan = replace(PLAN, covariates=("before", "again"))
    close = aw.estimate(table.assign(again=table["before"] + 1e-4 * noise), plan)[0]
    assert close.cautions == (Caution.NEARLY_COLLINEAR,)
    apart = aw.estimate(table.assign(again=table["before"] + 1e-2 * noise), plan)[0]
    assert apart.cautions == ()


def test_a_test_that_cannot_reject_carries_the_caution():
    table = schools(np.random.default_rng(9), clusters=6)
    effect = aw.estimate(
        table, replace(PLAN, covariates=()), method="cluster means", inference="randomisation"
    )[0]
    assert effect.cautions == (Caution.CANNOT_REJECT,)
    assert effect.to_dict()["cautions"] == "the test cannot reject"


def test_every_caution_has_words_in_both_languages():
    assert set(CAUTIONS) == set(Caution)
    assert all(text.nl and text.en for text in CAUTIONS.values())


def test_cautions_stand_under_the_table_of_the_report():
    table = schools(np.random.default_rng(10), clusters=4, size=20)
    evidence = aw.weigh(aw.estimate(table, PLAN), PLAN)
    from academic_workplace.report.build import effects_table

    note = effects_table(evidence, "nl").note
    assert "minder dan 4 vrijheidsgraden" in note
    assert isinstance(evidence.table(), pd.DataFrame)
