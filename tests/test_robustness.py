"""Would the answer stand without one of the schools, and under other choices?"""

import importlib
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import schools
from test_designs import MENTORS, mentored

import academic_workplace as aw
from academic_workplace.effects import ESTIMATORS
from academic_workplace.evidence import influence
from academic_workplace.evidence.influence import leave_one_out
from academic_workplace.evidence.specifications import specification_curve
from academic_workplace.evidence.weighing import Verdict
from academic_workplace.plan import Inference, Method, parse_plan
from academic_workplace.report import robustness
from academic_workplace.report.document import Picture, Table
from academic_workplace.report.figures import robustness as pictures_of
from academic_workplace.report.figures.style import Drawing

DATA = Path(__file__).parents[1] / "data"
STAR = json.loads((Path(__file__).parent / "reference" / "star.json").read_text())
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before", "girl")
)
LANGUAGES = ("nl", "en")


def study(name):
    plan = aw.read_plan(DATA / name / "plan.toml")
    return aw.estimate(aw.read(plan.data), plan)


@pytest.fixture(scope="module")
def twin():
    return study("levensvaardigheden")


@pytest.fixture(scope="module")
def star():
    return study("star")


@pytest.fixture(scope="module")
def items(twin):
    return leave_one_out(twin)


@pytest.fixture(scope="module")
def curves(twin):
    return specification_curve(twin)


# ---------------------------------------------------------------- without one of the clusters


@pytest.mark.proves("evidence.leave_one_out", "rows")
@pytest.mark.parametrize(
    ("method", "blocks"), [("difference", 0), ("adjusted", 0), ("adjusted", 3)]
)
def test_leaving_a_school_out_is_the_same_as_never_having_had_its_pupils(method, blocks, agree):
    table = schools(np.random.default_rng(1), clusters=12, size=12, blocks=blocks)
    plan = replace(PLAN, blocks=("block",) if blocks else (), method=method)
    if blocks:  # an arm in every block, whoever is left out
        table["offered"] = (table["school"].str[1:].astype(int) // 3) % 2
    found = leave_one_out(aw.estimate(table, plan))[0]
    assert sorted(w.cluster for w in found.without) == sorted(table["school"].unique())
    for w in found.without:
        rest = table[table["school"] != w.cluster]
        again = aw.estimate(rest, plan)[0]
        agree(
            [w.estimate, w.finding.effect.low, w.finding.effect.high, w.finding.effect.g],
            [again.estimate, again.low, again.high, again.g],
        )
        assert w.pupils == len(table) - len(rest)
        assert w.finding.effect.clusters == again.clusters == 11


def test_a_pupil_who_stands_alone_is_not_left_out():
    table = mentored(1, groups=8, singles=40)
    found = leave_one_out(aw.estimate(table, MENTORS))
    groups = sorted(table["group"].dropna().unique())
    assert sorted(w.cluster for w in found[0].without) == groups
    assert found[0].to_dict()["clusters"] == 8
    for w in found[0].without:
        rest = table[table["group"] != w.cluster]
        assert w.estimate == pytest.approx(aw.estimate(rest, MENTORS)[0].estimate, rel=1e-9)


@pytest.mark.proves("evidence.leave_one_out", "clubSandwich 0.5.8, STAR (A09): its CR3")
def test_the_changes_without_each_school_add_up_to_the_cr3_variance_of_clubsandwich(agree):
    plan = aw.Plan(
        outcome="math1", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil",
    )  # fmt: skip
    effects = aw.estimate(aw.read(DATA / "star" / "pupils.csv"), plan)
    (small,) = (item for item in leave_one_out(effects) if item.effect.arm == "small")
    moved = [w.estimate - small.effect.estimate for w in small.without]
    agree(math.sqrt(np.sum(np.square(moved))), STAR["A09-cr2-star"]["expected"]["se_small"]["CR3"])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-2, 2))
def test_the_range_holds_every_estimate_and_the_most_influential_one_moves_it_furthest(seed, shift):
    table = schools(np.random.default_rng(seed), clusters=8, size=8, effect=shift)
    found = leave_one_out(aw.estimate(table, PLAN))[0]
    estimates = [w.estimate for w in found.without]
    assert found.range == (min(estimates), max(estimates))
    moved = [abs(x - found.effect.estimate) for x in estimates]
    assert abs(found.most.estimate - found.effect.estimate) == max(moved)
    verdicts = [w.verdict for w in found.without]
    assert len(found.changed) + len(found.unanswered) == sum(
        v is not found.finding.verdict for v in verdicts
    )


@pytest.mark.parametrize(
    "choice", [{}, {"classes": "group"}, {"varying": "offered"}, {"crossed": "street"}], ids=str
)
def test_no_limit_of_a_variance_is_worked_out_without_a_school(monkeypatch, choice):
    rng = np.random.default_rng(7)
    table = schools(rng, clusters=6, size=20, effect=0.8)
    table["group"] = rng.choice(["a", "b"], len(table))
    table["street"] = rng.choice(list("klmnopq"), len(table))
    table["offered"] = rng.integers(0, 2, len(table))
    plan = replace(PLAN, method="multilevel", assigned="pupil", **choice)
    effects = aw.estimate(table, plan)
    with monkeypatch.context() as never:
        of_levels = importlib.import_module("academic_workplace.effects.multilevel")
        never.setattr(of_levels, "detail_of", None)  # which has the limits
        found = leave_one_out(effects)
    full = ESTIMATORS[Method.MULTILEVEL]
    monkeypatch.setattr(influence, "multilevel", lambda *given, **_: full(*given))
    whole = leave_one_out(effects)
    pd.testing.assert_frame_equal(found.table(), whole.table(), check_exact=True)
    assert [w.finding for w in found[0].without] == [w.finding for w in whole[0].without]


def test_one_odd_school_is_found_and_named_in_the_result_only():
    table = schools(np.random.default_rng(2), clusters=10, size=20)
    odd = table.loc[table["offered"] == 1, "school"].iloc[0]
    table.loc[table["school"] == odd, "after"] += 30
    items = leave_one_out(aw.estimate(table, replace(PLAN, covariates=())))
    assert items[0].most.cluster == odd
    assert items[0].to_dict()["most"] == odd
    told = [items.explain(language) for language in LANGUAGES]
    told += [robustness.influence_alternative(items, language) for language in LANGUAGES]
    told += [str(robustness.influence_table(items, language)) for language in LANGUAGES]
    told += [robustness.influence_block(items, language).caption for language in LANGUAGES]
    for text in told:
        assert not [name for name in table["school"].unique() if name in text]


def test_without_one_of_two_schools_in_an_arm_there_is_no_answer_any_more():
    table = schools(np.random.default_rng(3), clusters=8, size=20, effect=3.0)
    chosen = table["school"].unique()[:2]
    table["offered"] = table["school"].isin(chosen).astype(int)
    table["after"] += 6 * table["offered"]
    found = leave_one_out(aw.estimate(table, replace(PLAN, inference="CR0")))[0]
    assert found.finding.verdict is not Verdict.NO_ANSWER
    assert {w.cluster for w in found.unanswered} == set(chosen)
    assert not set(chosen) & {w.cluster for w in found.changed}
    assert all(w.reason is not None for w in found.unanswered)
    assert "Bij 2 van de 8 scholen is er dan geen antwoord meer" in found.explain("nl")
    assert "For 2 of the 8 schools there is no answer any more" in found.explain("en")


def test_without_the_only_school_of_an_arm_there_is_no_estimate_and_a_reason():
    table = schools(np.random.default_rng(4), clusters=6, size=15)
    only = table["school"].unique()[0]
    table["offered"] = (table["school"] == only).astype(int)
    found = leave_one_out(aw.estimate(table, PLAN))[0]
    (without,) = (w for w in found.without if w.cluster == only)
    assert (without.estimate, without.finding) == (None, None)
    assert "Nobody" in without.reason.en
    assert found.unanswered == found.changed == ()
    assert "geen antwoord" in found.explain("nl")


def test_a_characteristic_that_only_one_school_makes_vary_is_a_reason_not_a_failure():
    # eight schools of eight pupils and four ones: every sum is exact, so that no spread is 0
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"school": np.repeat([f"S{i}" for i in range(8)], 8)})
    table["offered"] = np.repeat([0, 1] * 4, 8)
    table[["before", "after"]] = rng.normal(size=(64, 2))
    only = "S3"
    table["girl"] = ((table["school"] == only) & (table.index % 2 == 0)).astype(float)
    items = leave_one_out(aw.estimate(table, PLAN))
    (without,) = (w for w in items[0].without if w.cluster == only)
    assert without.estimate is None
    assert "same for everyone" in without.reason.en
    assert items[0].range is not None
    row = items.table().set_index("without").loc[only]
    assert (row["verdict"], row["pupils"]) == ("no answer", int((table["school"] == only).sum()))


def test_the_sentence_says_whether_the_conclusion_or_only_its_strength_changes(items, star):
    # STAR: from "matters" to "favourable" without some schools: the same direction
    first = leave_one_out(star)[0]
    assert {w.verdict for w in first.changed} == {Verdict.FAVOURABLE}
    n = len(first.changed)
    nl = f"dan blijft er een verschil. Bij {n} van de 79 scholen is dan niet meer zeker dat"
    assert nl in first.explain("nl")
    assert "leave out one school, a difference remains" in first.explain("en")
    # the other way round it is only said how sure we are
    other = replace(first, finding=replace(first.finding, verdict=Verdict.FAVOURABLE))
    other = replace(other, without=tuple(
        replace(w, finding=replace(w.finding, verdict=Verdict.MATTERS)) for w in first.without
    ))  # fmt: skip
    assert "alleen hoe zeker we zijn" in other.explain("nl")
    assert "only changes how sure we are" in other.explain("en")
    # the twin's third outcome: from "favourable" to "unclear"
    fifth = items[4]
    assert {w.verdict for w in fifth.changed} == {Verdict.UNCLEAR}
    assert "Bij 10 van de 12 scholen verandert dan de conclusie" in fifth.explain("nl")
    assert "For 10 of the 12 schools the conclusion then changes" in fifth.explain("en")
    same = items[0]
    assert "tussen 0,15 en 0,19" in same.explain("nl")
    assert "De conclusie blijft gelijk" in same.explain("nl")
    assert "stays the same" in same.explain("en")


def test_a_school_with_few_pupils_does_not_show_in_the_range():
    table = schools(np.random.default_rng(6), clusters=10, size=30)
    small = table["school"].unique()[0]
    few = pd.concat([table[table["school"] != small], table[table["school"] == small].head(4)])
    few.loc[few["school"] == small, "after"] += 40
    found = leave_one_out(aw.estimate(few, replace(PLAN, covariates=())))[0]
    assert found.most.cluster == small
    assert [w.cluster for w in robustness.told(found)] == [
        w.cluster for w in found.without if w.cluster != small
    ]


def test_a_group_of_fewer_than_ten_pupils_is_not_told():
    table = schools(np.random.default_rng(7), clusters=10, size=4).groupby("school").head(1)
    effects = aw.estimate(table, replace(PLAN, covariates=()))
    assert max(effects[0].pupils_arm, effects[0].pupils_comparison) < 10
    items, curves = leave_one_out(effects), specification_curve(effects)
    for language, words, withheld in (
        ("nl", "minder dan 10", "niet getoond"), ("en", "fewer than 10", "not shown"),
    ):  # fmt: skip
        assert words in items.explain(language)
        assert words in curves.explain(language)
        assert withheld in robustness.influence_table(items, language).rows[0]
        assert withheld in robustness.curves_table(curves, language).rows[0]
        assert robustness.curve_table(curves[0], language).rows == ()
        for figure in (pictures_of.influence_picture(items, language),
                       pictures_of.curve_picture(curves[0], language)):  # fmt: skip
            shown = [text.get_text() for text in figure.axes[0].texts]
            assert any(words in text for text in shown)
            assert not any("0" in text and "10" not in text for text in shown)


# ---------------------------------------------------------------- under other choices


def same_pupils(table, plan):
    """The complete cases of the whole plan."""
    return table.dropna(subset=[*plan.outcomes, *plan.covariates])


@pytest.mark.proves("evidence.specification_curve", "rows")
def test_every_specification_is_the_estimate_of_a_plan_with_those_choices(agree):
    table = schools(np.random.default_rng(8), clusters=12, size=15, effect=0.4)
    table["kind"] = np.random.default_rng(9).choice(["x", "y", "z"], len(table))
    table.loc[::7, "before"] = np.nan
    plan = replace(PLAN, covariates=("before", "girl", "kind"))
    curve = specification_curve(aw.estimate(table, plan))[0]
    kinds = (Inference.CR1S, Inference.CR2, Inference.WILD)
    sets = [(), ("before",), ("girl",), ("kind",), ("before", "girl", "kind")]
    assert {(s.covariates, s.inference) for s in curve.specifications} == {
        (chosen, kind) for chosen in sets for kind in kinds
    }
    assert len(curve.specifications) == 15
    for s in curve.specifications:
        method = "adjusted" if s.covariates else "difference"
        own = replace(plan, covariates=s.covariates, method=method, inference=s.inference)
        again = aw.estimate(same_pupils(table, plan), own)[0]
        agree(
            [s.effect.estimate, s.effect.se, s.effect.low, s.effect.high, s.effect.g],
            [again.estimate, again.se, again.low, again.high, again.g],
        )
        assert s.effect.pupils == again.pupils
    (planned,) = (s for s in curve.specifications if s.planned)
    assert (planned.covariates, planned.inference) == (plan.covariates, Inference.CR2)
    assert planned is curve.planned


def test_median_range_and_share_summarise_the_curve(curves):
    for curve in curves:
        estimates = [s.effect.estimate for s in curve.specifications]
        assert curve.median == pytest.approx(np.median(estimates), rel=1e-15)
        assert curve.range == (min(estimates), max(estimates))
        same = [s.finding.verdict is curve.planned.finding.verdict for s in curve.specifications]
        assert curve.share_same == pytest.approx(np.mean(same))
        assert curve.same == sum(same)
        favourable = [s.finding.g for s in curve.specifications]
        assert favourable == sorted(favourable)
        assert len(curve.specifications) == 7 * 3


def test_each_outcome_is_adjusted_for_its_own_measurement_before(twin, curves):
    for curve in curves:
        outcome = curve.effect.outcome
        assert curve.controls == (f"{outcome} @ voormeting", *twin.plan.covariates)
        assert (f"{outcome} @ voormeting",) in {s.covariates for s in curve.specifications}


def test_in_the_wide_layout_the_baseline_is_one_of_the_choices():
    table = schools(np.random.default_rng(10), clusters=10, size=12)
    plan = replace(PLAN, baseline="before", covariates=("girl",))
    curve = specification_curve(aw.estimate(table, plan))[0]
    by_set = {s.covariates: s.effect.estimate for s in curve.specifications}
    assert set(by_set) == {(), ("before",), ("girl",), ("before", "girl")}
    for chosen, own in (
        (("before",), replace(plan, covariates=())),
        (("girl",), replace(plan, baseline=None)),
    ):
        assert by_set[chosen] == pytest.approx(aw.estimate(table, own)[0].estimate, rel=1e-12)


def test_moments_pupils_and_effects_give_the_same_curve():
    table = schools(np.random.default_rng(11), clusters=8, size=10)
    pupils = aw.check(table, PLAN)
    tables = [
        specification_curve(*data, inferences=["CR2"]).table()
        for data in ((aw.estimate(pupils),), (pupils,), (aw.collect(pupils), PLAN))
    ]
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other)
    with pytest.raises(aw.PlanError):
        specification_curve(aw.collect(pupils))
    with pytest.raises(aw.PlanError) as error:
        specification_curve(pupils, inferences=["CR9"])
    assert "CR9" in str(error.value)


@pytest.mark.parametrize("method", ["difference", "interacted", "cluster means"])
def test_a_plan_that_chose_its_method_stands_once_among_the_others(method):
    table = schools(np.random.default_rng(12), clusters=12, size=15)
    plan = replace(PLAN, method=method, inference="CR3")
    effects = aw.estimate(table, plan)
    curve = specification_curve(effects)[0]
    (planned,) = (s for s in curve.specifications if s.planned)
    assert planned.effect == effects[0]
    assert (planned.method.value, planned.inference) == (method, Inference.CR3)
    assert len(curve.specifications) == 4 * 3 + 1
    assert planned.covariates == (("before", "girl") if method == "interacted" else ())
    others = {s.method for s in curve.specifications if not s.planned}
    assert others == {Method.DIFFERENCE, Method.ADJUSTED}


def test_what_cannot_be_adjusted_for_is_left_out():
    table = schools(np.random.default_rng(13), clusters=12, size=15)
    table["region"] = 1.0
    plan = replace(PLAN, covariates=("before", "region"), method="difference")
    curve = specification_curve(aw.estimate(table, plan))[0]
    assert {s.covariates for s in curve.specifications} == {(), ("before",)}


def test_the_sentence_tells_the_range_and_how_often_the_conclusion_is_the_same(curves, star):
    first = curves[0]
    assert "op 21 manieren" in first.explain("nl")
    assert "tussen 0,15 en 0,17" in first.explain("nl")
    favourable = sum(s.finding.g > 0 for s in first.specifications)
    clear = sum(s.finding.low > 0 for s in first.specifications)
    assert (favourable, clear) == (21, 20)
    said = f"Bij alle 21 is het verschil gunstig; bij 20 is dat duidelijk. Bij {first.same} is de"
    assert said in first.explain("nl")
    assert "In all 21 the difference is favourable; in 20 clearly so." in first.explain("en")
    assert "in 21 ways" in first.explain("en")
    steady = specification_curve(star)[0]
    assert "is steeds 16 punten" in steady.explain("nl")
    assert "The conclusion is the same each time" in steady.explain("en")


@pytest.mark.parametrize(
    ("signs", "verdict", "nl", "en"),
    [
        ((1, 1, 1), Verdict.MATTERS, "Bij alle 3 is het verschil duidelijk gunstig. Bij 1 is",
         "In all 3 the difference is clearly favourable. In 1 the"),
        ((1, 1, -1), Verdict.MATTERS, "Bij 2 van de 3 is het verschil duidelijk gunstig.",
         "In 2 of the 3 the difference is clearly favourable."),
        ((-1, -1, 1), Verdict.HARMS, "Bij 2 van de 3 is het verschil duidelijk ongunstig.",
         "In 2 of the 3 the difference is clearly unfavourable."),
    ],
)  # fmt: skip
def test_the_way_of_every_specification_is_counted(star, signs, verdict, nl, en):
    curve = specification_curve(star)[0]
    weaker = {1: Verdict.FAVOURABLE, -1: Verdict.UNFAVOURABLE}
    changed = [
        replace(s, finding=replace(s.finding, g=sign * 0.3, verdict=weaker[sign]))
        for s, sign in zip(curve.specifications, signs, strict=True)
    ]
    changed[0] = replace(changed[0], finding=replace(changed[0].finding, verdict=verdict))
    curve = replace(curve, planned=changed[0], specifications=tuple(changed))
    assert nl in curve.explain("nl")
    assert en in curve.explain("en")


def test_where_lower_is_better_the_curve_runs_towards_lower():
    table = schools(np.random.default_rng(14), clusters=12, size=15, effect=-1.0)
    plan = parse_plan("""
    [design]
    treatment = "offered"
    cluster = "school"
    covariates = ["before", "girl"]
    [[outcomes]]
    column = "after"
    better = "lower"
    """)
    curve = specification_curve(aw.estimate(table, plan))[0]
    estimates = [s.effect.estimate for s in curve.specifications]
    assert estimates == sorted(estimates, reverse=True)


# ---------------------------------------------------------------- pictures and tables


def leaning(effect):
    """A study with only a large effect to one side, at a moment with a long name."""
    table = schools(np.random.default_rng(16), clusters=12, size=20, effect=effect)
    plan = parse_plan("""
    [design]
    treatment = "offered"
    cluster = "school"
    covariates = ["before", "girl"]
    [[outcomes]]
    column = "after"
    wave = { nl = "aan het eind van het tweede schooljaar", en = "at the end of the second year" }
    """)
    return aw.estimate(table, plan)


@pytest.fixture(scope="module", params=["twin", "star", 3.0, -3.0])
def pictures(request):
    given_ = request.param
    effects = request.getfixturevalue(given_) if isinstance(given_, str) else leaning(given_)
    items, curves = leave_one_out(effects), specification_curve(effects)
    last = curves[len(curves) - 1]
    out = {}
    for language in LANGUAGES:
        for narrow in (False, True):
            out["influence", language, narrow] = pictures_of.influence_picture(
                items, language, narrow=narrow
            )
            out["curve", language, narrow] = pictures_of.curve_picture(
                last, language, narrow=narrow
            )
    return out


def test_the_words_of_a_picture_stay_within_it_and_clear_of_each_other_and_of_the_marks(pictures):
    for name, figure in pictures.items():
        figure.canvas.draw()
        edge, axes = figure.bbox.padded(1), figure.axes[0]
        boxes = [(t.get_text(), t.get_window_extent()) for t in axes.texts]
        marks = np.concatenate([
            axes.transData.transform(line.get_xydata())
            for line in axes.lines
            if line.get_marker() != "None" and len(line.get_xdata())
        ])  # fmt: skip
        for i, (first, a) in enumerate(boxes):
            assert edge.contains(*a.min), (name, first)
            assert edge.contains(*a.max), (name, first)
            assert not [xy for xy in marks if a.padded(3).contains(*xy)], (name, first)
            for other, b in boxes[i + 1 :]:
                apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1
                assert apart, (name, first, other)


def test_a_school_leaves_one_mark_per_effect(items):
    axes = pictures_of.influence_picture(items, "nl").axes[0]
    marks = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() in ("|", "D"))
    assert marks == sum(len(item.without) for item in items)
    diamonds = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == "D")
    assert diamonds == sum(len(item.changed) for item in items)


def test_a_specification_leaves_one_point_and_its_choices_under_it(curves):
    curve = curves[0]
    axes = pictures_of.curve_picture(curve, "nl").axes[0]
    points = [line for line in axes.lines if line.get_marker() == "o"]
    made = [line for line in points if line.get_markersize() == pytest.approx(4.6)]
    planned = [line for line in points if line.get_markersize() == pytest.approx(7)]
    n = len(curve.specifications)
    adjusted = sum(max(len(s.covariates), 1) for s in curve.specifications)
    assert len(planned) == 1
    assert len(made) == (n - 1) + adjusted + n  # other estimates, covariates, inferences


def test_a_limit_without_end_is_an_arrow_at_the_edge(curves):
    curve = curves[0]
    endless = [
        s if s.planned else replace(s, finding=replace(s.finding, low=-math.inf, high=math.inf))
        for s in curve.specifications
    ]
    axes = pictures_of.curve_picture(replace(curve, specifications=tuple(endless)), "nl").axes[0]
    assert {"v", "^"} <= {line.get_marker() for line in axes.lines}
    assert not {"v", "^"} & {
        line.get_marker() for line in pictures_of.curve_picture(curve, "nl").axes[0].lines
    }


def test_blocks_drawings_and_plots_can_be_had_in_both_languages(items, curves):
    for block in (robustness.influence_block(items, "nl"),
                  robustness.curve_block(curves[0], "en")):  # fmt: skip
        assert isinstance(block, Picture)
        assert block.wide_svg.lstrip().startswith("<?xml")
        assert block.narrow_svg != block.wide_svg
        assert block.png.startswith(b"\x89PNG")
        assert block.caption
    for drawing in (items.picture("en"), curves.picture("nl")):
        assert isinstance(drawing, Drawing)
        assert drawing.alt
    for axes in (items.plot(), curves.plot(language="en")):
        assert axes.has_data()
    nl, en = (robustness.influence_alternative(items, language) for language in LANGUAGES)
    assert "0,39 (zonder één: 0,35 tot 0,44)" in nl
    assert "0.39 (without one: 0.35 to 0.44)" in en
    nl, en = (robustness.curve_alternative(curves[0], language) for language in LANGUAGES)
    assert "21 berekeningen" in nl
    assert "21 computations" in en


def test_the_tables_hold_the_numbers_of_the_pictures(items, curves):
    for language in LANGUAGES:
        for table, rows in (
            (robustness.influence_table(items, language), len(items)),
            (robustness.curves_table(curves, language), len(curves)),
            (robustness.curve_table(curves[0], language), 21),
        ):
            assert isinstance(table, Table)
            assert len(table.rows) == rows
    first = robustness.influence_table(items, "nl").rows[0]
    assert first[3:] == ("0,17", "0,15 tot 0,19", "0,39", "0,35 tot 0,44", "0 van 12")
    planned = [row for row in robustness.curve_table(curves[0], "nl").rows if "(plan)" in row[0]]
    assert [row[0] for row in planned] == ["alles (plan)"]


def test_of_a_dose_the_difference_is_told_per_step():
    table = schools(np.random.default_rng(5), clusters=12, size=12)
    table["hours"] = table["school"].str[1:].astype(int) % 4
    plan = replace(PLAN, treatment="hours", dose=True)
    effects = aw.estimate(table, plan)
    for result in (leave_one_out(effects), specification_curve(effects)):
        assert "verschil per stap van 1 in ‘hours’" in result.explain("nl")
        assert "difference per step of 1 in ‘hours’" in result.explain("en")


def test_every_result_shows_itself(twin, items, curves):
    for result in (items, curves, curves[0]):
        assert "<p>" in result._repr_html_()
        json.dumps(result.to_dict())
    assert repr(items) == "Influences(6 effects)"
    assert repr(curves) == "Curves(6 effects, 126 estimates)"
    assert len(items.table()) == 6 * 12
    assert len(curves.table()) == 126
    assert curves.table()["planned"].sum() == 6
    assert [item.effect for item in items] == [curve.effect for curve in curves] == list(twin)
    assert len(items[:2]) == len(curves[:2]) == 2
