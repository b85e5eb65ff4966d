"""Project STAR against results computed in R (and printed in the sources), by named inference."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import academic_workplace as aw

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "reference" / "star.json").read_text())
RTOL = 1e-8  # the project's own bound; the stored values carry 15 digits

ARMS = {"small": "small", "regular+aide": "regular+aide"}


@pytest.fixture(scope="module")
def table():
    return aw.read(HERE.parent / "data" / "star" / "pupils.csv")


def plan(outcome, **more):
    return aw.Plan(
        outcome=outcome,
        treatment="stark",
        comparison="regular",
        cluster="schoolidk",
        assigned="pupil",
        **more,
    )


def by_arm(effects):
    return {effect.arm: effect for effect in effects}


@pytest.mark.proves("Inference.CR2", "clubSandwich 0.5.8, STAR (A09)")
@pytest.mark.proves("Method.DIFFERENCE", "clubSandwich 0.5.8, STAR (A09)")
def test_first_grade_mathematics_with_cr2_is_as_in_clubsandwich(table, agree):
    expected = REFERENCE["A09-cr2-star"]["expected"]
    effects = aw.estimate(table, plan("math1"), inference="CR2")
    terms = effects.coefficients().set_index("term")
    for term, name in {"1": "(Intercept)", **{f"stark={a}": f"stark{a}" for a in ARMS}}.items():
        found = terms.loc[term]
        agree(found["estimate"], expected["coef"][name])
        agree(found["se"], expected["se_CR2"][name])
        agree(found["df"], expected["df"][name])
        # a p of 1e-85 carries 60 times the relative error of its t
        assert found["p_value"] == pytest.approx(expected["p"][name], rel=1e-6)
        assert found["low"] == pytest.approx(expected["ci_lo"][name], rel=RTOL)
        assert found["high"] == pytest.approx(expected["ci_hi"][name], rel=RTOL)
    for arm, effect in by_arm(effects).items():
        assert effect.estimate == pytest.approx(expected["coef"][f"stark{arm}"], rel=RTOL)
        assert (effect.pupils, effect.clusters) == (expected["n"], expected["clusters"])


@pytest.mark.parametrize("inference", ["CR0", "CR1", "CR1S", "CR2", "CR3"])
@pytest.mark.proves("Inference.CR0", "clubSandwich 0.5.8, STAR (A09)")
@pytest.mark.proves("Inference.CR1", "clubSandwich 0.5.8, STAR (A09)")
@pytest.mark.proves("Inference.CR1S", "clubSandwich 0.5.8, STAR (A09)")
@pytest.mark.proves("Inference.CR3", "clubSandwich 0.5.8, STAR (A09)")
def test_the_standard_error_of_the_small_class_is_as_in_clubsandwich(table, inference, agree):
    expected = REFERENCE["A09-cr2-star"]["expected"]["se_small"][inference]
    effects = aw.estimate(table, plan("math1"), inference=inference)
    agree(by_arm(effects)["small"].se, expected)


def test_kindergarten_without_schools_gives_stock_and_watsons_coefficients(table):
    expected = REFERENCE["A11-star-hc1"]["expected"]["grade_k"]
    effects = aw.estimate(table, plan("totalk"))
    terms = effects.coefficients().set_index("term")["estimate"]
    assert terms["1"] == pytest.approx(expected["coef"]["(Intercept)"], rel=RTOL)
    assert terms["stark=small"] == pytest.approx(expected["coef"]["xsmall"], rel=RTOL)
    assert terms["stark=regular+aide"] == pytest.approx(expected["coef"]["xregular+aide"], rel=RTOL)
    assert effects[0].pupils == expected["n"]
    assert round(by_arm(effects)["small"].estimate, 2) == 13.90  # as printed


def test_kindergarten_within_schools_is_as_in_clubsandwich(table):
    expected = REFERENCE["A12-star-schoolfe"]["expected"]
    within = plan("totalk", blocks=("schoolidk",))
    effects = by_arm(aw.estimate(table, within, inference="CR2"))
    for arm, effect in effects.items():
        assert effect.estimate == pytest.approx(expected["coef"][f"x{arm}"], rel=RTOL)
        assert effect.se == pytest.approx(expected["se_CR2"][f"x{arm}"], rel=RTOL)
        assert effect.df == pytest.approx(expected["df_CR2"][f"x{arm}"], rel=RTOL)
    for arm, effect in by_arm(aw.estimate(table, within, inference="CR1S")).items():
        assert effect.se == pytest.approx(expected["se_CR1S_dummies"][f"x{arm}"], rel=RTOL)
    small = effects["small"]
    assert (round(small.estimate, 2), round(small.se, 2), round(small.df, 1)) == (16.02, 4.09, 69.2)


def test_the_studys_own_plan_asks_for_the_comparison_within_schools(table):
    own = aw.read_plan(HERE.parent / "data" / "star" / "plan.toml")
    expected = REFERENCE["A12-star-schoolfe"]["expected"]
    effects = aw.estimate(table, own)
    assert (effects[0].outcome, effects[0].arm) == ("totalk", "small")
    assert effects[0].estimate == pytest.approx(expected["coef"]["xsmall"], rel=RTOL)
    assert {e.arm for e in effects} == {"small", "regular+aide"}
    without = aw.estimate(table, replace(own, blocks=()))
    assert without[0].estimate == pytest.approx(13.8989944586175, rel=RTOL)
