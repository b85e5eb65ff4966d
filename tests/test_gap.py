"""Does it narrow the gap: two groups in both arms, and several columns at once."""

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from documents import texts
from rows import on_rows, schools

import academic_workplace as aw
from academic_workplace.disclosure import DUTCH_10, NCO, under
from academic_workplace.effects import gaps, joint_subgroups, subgroups
from academic_workplace.effects.gap import NOT_OF_A_DOSE, Change
from academic_workplace.effects.subgroups import TOO_FEW
from academic_workplace.report.build import build

HERE = Path(__file__).parent
A48 = json.loads((HERE / "reference/cohort_gaps.json").read_text())["A48-gap-treatment"]["expected"]
A10 = json.loads((HERE / "reference/star.json").read_text())["A10-cr2-star-moderation"]["expected"]
PLAN = aw.Plan(
    outcome="after", treatment="offered", comparison="0", cluster="school", subgroups=("girl",)
)


def narrowing(seed=1, gap=2.0, change=-1.5, **more):
    """Schools in which girls are ahead, and less so where the programme is."""
    table = schools(np.random.default_rng(seed), **({"clusters": 24, "size": 30} | more))
    return table.assign(after=table["after"] + table["girl"] * (gap + change * table["offered"]))


@pytest.mark.proves("effects.subgroups", "clubSandwich 0.5.8, gap by treatment, STAR (A48)")
def test_the_gap_of_star_in_both_kinds_of_class_is_clubsandwichs(agree):
    star = pd.read_csv(HERE / "reference/data/star_kindergarten.csv.gz")
    plan = aw.Plan(
        outcome="score", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil", subgroups=("ethnicity",),
    )  # fmt: skip
    effects = aw.estimate(star[star.ethnicity.isin(["afam", "cauc"])], plan)
    (gap,) = gaps(effects)
    agree([gap.comparison.estimate, gap.arm.estimate], [A48["gap_regular"], A48["gap_small"]])
    for found, at in ((gap.comparison, 2), (gap.change, 3)):
        agree([found.se, found.df, found.p_value], [A48[k][at] for k in ("se", "df", "p")])
    agree(gap.change.estimate, A48["est"]["small:black"])
    (item,) = subgroups(effects)
    agree([item.difference.estimate, item.difference.se], [gap.change.estimate, gap.change.se])
    assert gap.verdict is Change.UNCLEAR


@pytest.mark.proves("effects.joint_subgroups", "clubSandwich 0.5.8, STAR by place (A10)")
def test_of_one_column_it_is_the_test_of_its_groups_and_clubsandwichs(agree):
    table = pd.read_csv(HERE / "reference/data/star_first_grade.csv.gz")
    table["place"] = table["schoolk"].replace("inner-city", "urban")
    plan = aw.Plan(
        outcome="math1", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil", covariates=("place", "gender", "ethnicity", "lunchk"),
        subgroups=("place",),
    )  # fmt: skip
    effects = aw.estimate(table, plan)
    small = next(test for test in joint_subgroups(effects) if test.arm == "small")
    expected = A10["small_interaction"]
    agree([small.F, small.df1, small.df2, small.p_value],
          [expected[k] for k in ("F", "df1", "df2", "p")])  # fmt: skip
    both = joint_subgroups(effects, ("place", "gender"))
    assert [test.df1 for test in both] == [3, 3]


@pytest.mark.proves("effects.joint_subgroups", "rows, HTZ of two columns at once")
def test_two_columns_at_once_are_the_interactions_on_rows(agree):
    table = narrowing(2, clusters=14, size=10)
    table["big"] = (np.arange(len(table)) % 3 == 0).astype(float)
    plan = replace(PLAN, subgroups=("girl", "big"))
    (test,) = joint_subgroups(aw.estimate(table, plan))
    for name in ("girl", "big"):
        table[f"{name} on"] = table[name] * table["offered"]
    x = ["girl on", "big on", "offered", "girl", "big"]
    rows = on_rows(table, "after", x, "school")
    m = aw.collect(table, replace(PLAN, subgroups=(), covariates=("girl", "big"))).samples[0]
    assert m.columns[-1] == "after"
    V, beta = rows.variance["CR2"][:2, :2], rows.beta[:2]
    Q = beta @ np.linalg.solve(V, beta)
    eta = test.df2 + test.df1 - 1
    agree(test.F * eta * test.df1 / test.df2, Q, rel=1e-8)
    assert test.df1 == 2
    assert "samen" in test.explain("nl")
    assert len(test.table()) == 1


def test_gaps_are_differences_of_means_and_the_change_is_their_difference():
    table = narrowing(3)
    (gap,) = gaps(aw.estimate(table, PLAN))
    mean = table.groupby(["offered", "girl"])["after"].mean()
    for found, arm in ((gap.comparison, 0), (gap.arm, 1)):
        assert found.estimate == pytest.approx(mean[arm, 0] - mean[arm, 1])
    assert gap.change.estimate == pytest.approx(gap.arm.estimate - gap.comparison.estimate)
    turned = gaps(aw.estimate(table.sample(frac=1, random_state=1), PLAN))[0]
    assert turned.change.se == pytest.approx(gap.change.se)


@pytest.mark.parametrize(
    ("gap", "change", "verdict", "said"),
    [
        (2.0, -1.5, Change.SMALLER, "kleiner"),
        (1.0, 1.5, Change.LARGER, "groter"),
        (1.0, -2.5, Change.TURNED, "omgedraaid"),
        (2.0, 0.0, Change.UNCLEAR, "niet duidelijk anders"),
    ],
)
def test_the_verdict_and_its_words_follow_what_was_made(gap, change, verdict, said):
    (found,) = gaps(aw.estimate(narrowing(4, gap=gap, change=change), PLAN))
    assert found.verdict is verdict
    assert said in found.explain("nl")
    with pytest.raises(aw.PlanError):
        found.explain("fr")


def test_a_report_tells_the_gap_of_a_planned_column_and_of_no_other():
    table, plan = narrowing(5), replace(PLAN, covariates=("before",), allocation="lot")
    for language, title in (("nl", "Wordt de kloof kleiner?"), ("en", "Does the gap get smaller?")):
        evidence = aw.weigh(aw.estimate(table, plan), plan)
        page = build(evidence, language, datetime.date(2026, 11, 22), "")
        assert title in " ".join(texts(page.appendix))
    assert "gewone gemiddelden" in evidence.gaps[0].explain("nl")
    without = replace(plan, subgroups=())
    assert aw.weigh(aw.estimate(table, without), without).gaps == ()


def test_a_gap_with_a_group_of_few_stays_inside():
    table = narrowing(6, clusters=8, size=12)
    few = table["girl"].eq(1) & (table.groupby(["offered", "girl"]).cumcount() >= 6)
    table = table[~few]
    with under(DUTCH_10):
        (gap,) = gaps(aw.estimate(table, PLAN))
        assert gap.withheld
        assert gap.table()["estimate"].isna().all()
        assert not any(c.isdigit() for c in gap.explain("nl"))
        evidence = aw.weigh(aw.estimate(table, PLAN), PLAN)
        page = build(evidence, "nl", datetime.date(2026, 11, 22), "")
        assert "Wordt de kloof" not in " ".join(texts(page.appendix))
    with under(NCO):
        assert gaps(aw.estimate(table, PLAN))[0].comparison.se is not None


def test_what_cannot_be_had_is_named():
    table = narrowing(7)
    effects = aw.estimate(table, PLAN)
    for by in ("elsewhere", ("girl", "elsewhere")):
        with pytest.raises(aw.PlanError) as error:
            joint_subgroups(effects, by)
        assert [fault.column for fault in error.value.faults] == ["elsewhere"]
    plain = replace(PLAN, subgroups=())
    with pytest.raises(aw.PlanError):
        joint_subgroups(aw.estimate(table, plain))
    with pytest.raises(aw.PlanError):
        gaps(effects, "elsewhere")
    with pytest.raises(aw.PlanError):
        joint_subgroups(aw.estimate(aw.collect(table, PLAN), PLAN))
    three = table.assign(kind=np.array(list("abc"))[np.arange(len(table)) % 3])
    named = replace(PLAN, subgroups=("kind",))
    assert gaps(aw.estimate(three, named)) == ()


def test_where_groups_follow_from_a_covariate_or_of_a_dose_the_gap_has_a_reason():
    table = narrowing(9).assign(level=lambda t: 2 + 3 * t["girl"])
    plan = replace(PLAN, covariates=("level",))
    (gap,) = gaps(aw.estimate(table, plan))
    assert gap.change is None
    assert gap.reason.nl == "Deze kolom volgt uit de andere kolommen van het plan."
    assert gap.reason.nl in gap.explain("nl")
    assert gap.table()["reason"].unique() == [gap.reason.en]
    assert gap.verdict is Change.UNCLEAR
    evidence = aw.weigh(aw.estimate(table, plan), plan)
    page = build(evidence, "nl", datetime.date(2026, 11, 22), "")
    assert gap.explain("nl") in " ".join(texts(page.appendix))
    dose = replace(PLAN, dose=True, comparison=None)
    (gap,) = gaps(aw.estimate(table, dose))
    assert gap.reason is NOT_OF_A_DOSE


def test_too_few_schools_for_so_many_interactions_is_a_reason():
    table = narrowing(8, clusters=4, size=30)
    table["kind"] = np.array(list("abcdef"))[np.arange(len(table)) % 6]
    plan = replace(PLAN, subgroups=("girl", "kind"))
    (test,) = joint_subgroups(aw.estimate(table, plan))
    assert test.F is None
    assert test.reason == TOO_FEW
    assert test.explain("nl") == TOO_FEW.nl
