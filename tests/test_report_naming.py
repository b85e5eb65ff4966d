"""Of which results a caution holds, and by which model each of them was worked out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from rows import schools

import academic_workplace as aw
from academic_workplace.disclosure import Reason
from academic_workplace.effects.result import CAUTIONS, Caution
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import Measure, Study
from academic_workplace.report.build import effects_table
from academic_workplace.report.findings import shown
from academic_workplace.report.multilevel import appendix
from academic_workplace.report.technique import method_texts

EDGE = Caution.NO_CLUSTER_VARIANCE
MEASURES = {
    "after": Measure(
        Text("Rekenen", "Arithmetic"),
        Text("beter rekenen", "better arithmetic"),
        wave=Text("na een jaar", "after a year"),
    ),
    "later": Measure(Text("AVI-niveau", "AVI level"), Text("beter lezen", "better reading")),
}
PLAN = aw.Plan(
    outcome=("after", "later"), treatment="offered", comparison="0", cluster="school",
    covariates=("girl",), allocation="lot", study=Study(measures=MEASURES),
)  # fmt: skip


@cache
def weighed(clusters: int = 16) -> Evidence:
    table = schools(np.random.default_rng(12), clusters=clusters, size=20, effect=1.0)
    table["later"] = np.random.default_rng(1).normal(size=len(table))
    return aw.weigh(aw.estimate(table, PLAN), PLAN)


def with_cautions(evidence: Evidence, *cautions: tuple[Caution, ...]) -> Evidence:
    """The same results, each with these cautions."""
    both = zip(evidence.findings, cautions, strict=True)
    found = tuple(replace(f, effect=replace(f.effect, cautions=c)) for f, c in both)
    return replace(evidence, findings=found)


def note(evidence: Evidence, language: str) -> str:
    return effects_table(evidence, language).note


def test_a_caution_names_the_result_of_which_it_holds():
    evidence = with_cautions(weighed(), (EDGE,), ())
    said = "Bij rekenen, na een jaar: het multilevelmodel ziet geen verschil tussen scholen"
    assert said in note(evidence, "nl")
    assert "For arithmetic, after a year: the multilevel model sees no" in note(evidence, "en")


def test_an_abbreviation_keeps_its_capitals():
    assert "Bij AVI-niveau: het multi" in note(with_cautions(weighed(), (), (EDGE,)), "nl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_caution_on_all_results_names_none(language):
    told = note(with_cautions(weighed(), (EDGE,), (EDGE,)), language)
    assert f". {CAUTIONS[EDGE][language]}" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stays_inside_is_neither_named_nor_counted(language):
    evidence = with_cautions(weighed(), (EDGE,), (Caution.CANNOT_REJECT,))
    first, second = evidence.findings
    few = replace(second, effect=replace(second.effect, pupils_arm=3))
    assert Reason.FEW in few.withheld
    assert shown(first)
    told = note(replace(evidence, findings=(first, few)), language)
    assert f". {CAUTIONS[EDGE][language]}" in told  # of all that is shown
    assert CAUTIONS[Caution.CANNOT_REJECT][language] not in told
    assert "AVI" not in told


def test_a_reason_names_the_result_too():
    evidence = weighed()
    first, second = evidence.findings
    why = Text("Er is te weinig gemeten.", "Too little was measured.")
    bare = replace(
        second.effect, se=None, df=None, low=None, high=None, p_value=None, reason=why
    )  # fmt: skip
    found = replace(evidence, findings=(first, replace(second, effect=bare)))
    assert "Bij AVI-niveau: er is te weinig gemeten." in note(found, "nl")
    assert "For AVI level: too little was measured." in note(found, "en")


# ---------------------------------------------------------------- how it was worked out


def texts_of(table: pd.DataFrame, plan: aw.Plan, language: str = "nl") -> list[str]:
    return method_texts(aw.weigh(aw.estimate(table, plan), plan), language)


def lines_of(table: pd.DataFrame, plan: aw.Plan, begins: str = "Schatting") -> list[str]:
    return [text for text in texts_of(table, plan) if text.startswith(begins)]


@cache
def pupils() -> pd.DataFrame:
    """Two outcomes that happen or not, the second of no girl at all."""
    table = schools(np.random.default_rng(12), clusters=16, size=20, effect=1.0)
    rng = np.random.default_rng(5)
    table["after"] = (rng.random(len(table)) < 0.3 + 0.2 * table["offered"]).astype(int)
    table["later"] = (rng.random(len(table)) < 0.4).astype(int) * (1 - table["girl"])
    table["class"] = table["school"] + "-" + pd.Series(np.arange(len(table)) % 2).astype(str)
    table["street"] = "s" + pd.Series(np.arange(len(table)) % 5).astype(str)
    return table


@pytest.mark.parametrize("method", ["logistic", "logistic multilevel", "negative binomial"])
def test_the_linear_model_is_named_for_the_outcome_that_needs_it(method):
    first, second = lines_of(pupils(), replace(PLAN, method=method))
    assert first.startswith("Schatting bij rekenen, na een jaar: ")
    assert "lineair" not in first
    assert second.startswith("Schatting bij AVI-niveau: ")
    assert "uit een lineair model (kleinste kwadraten)" in second
    assert "gestandaardiseerd" not in second


def test_the_measure_is_named_for_the_outcome_that_has_it():
    first, second = lines_of(pupils(), replace(PLAN, method="logistic"), "Standaardmaat")
    assert "bij rekenen, na een jaar: de Cox-index" in first
    assert "bij AVI-niveau: Hedges’ g" in second


def test_one_model_is_named_once_and_for_no_outcome():
    plan = replace(PLAN, method="logistic", outcome="later")
    (only,) = lines_of(pupils(), plan)
    assert only.startswith("Schatting: verschil in aandelen uit een lineair model")


def test_without_differences_between_clusters_the_limits_are_those_of_cr2():
    plan = replace(PLAN, method="logistic multilevel", outcome="after")
    found = aw.estimate(pupils(), plan)[0]
    assert Caution.NO_LATENT_VARIANCE in found.cautions
    (estimate,), (sure,) = (lines_of(pupils(), plan, s) for s in ("Schatting", "Onzekerheid"))
    assert "uit een logistische regressie" in estimate
    assert "CR2 van de logistische regressie" in sure
    assert "deltamethode" not in sure


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"varying": "girl"}, "een eigen niveau en een eigen helling van ‘girl’ voor elk cluster"),
        ({"varying": "offered", "assigned": "pupil"}, "een eigen verschil tussen de groepen"),
        ({"classes": "class"}, "voor elk cluster, en voor elke groep van ‘class’ daarbinnen"),
        ({"crossed": "street"}, "voor elk cluster, en voor elke groep van ‘street’ (REML)"),
    ],
)
def test_what_may_differ_in_a_multilevel_model_is_told(change, said):
    table = pupils()
    if "assigned" in change:
        table = table.assign(offered=np.arange(len(table)) % 2)
    plan = replace(PLAN, method="multilevel", outcome="after", **change)
    (line,) = lines_of(table, plan)
    assert said in line


def test_classes_that_tell_nothing_are_in_no_line():
    plan = replace(PLAN, method="multilevel", outcome="after", classes="class")
    said = " ".join(texts_of(pupils().assign(**{"class": pupils()["school"]}), plan))
    assert "met een eigen niveau voor elk cluster (REML)" in said
    assert "class" not in said


@pytest.mark.parametrize("method", ["difference", "cluster means"])
def test_characteristics_that_are_not_used_are_not_named(method):
    assert "girl" not in " ".join(texts_of(pupils(), replace(PLAN, method=method)))
    assert "girl" in " ".join(texts_of(pupils(), replace(PLAN, method="adjusted")))


def test_a_test_that_was_not_done_is_not_said_to_be():
    plan = replace(PLAN, method="multilevel", inference="randomisation", outcome="after")
    (line,) = lines_of(pupils(), plan, "Onzekerheid")
    assert "hele clusters opnieuw verdelen" in line
    (line,) = lines_of(pupils(), replace(plan, classes="class"), "Onzekerheid")
    assert line == "Onzekerheid: niet berekend. Waarom staat onder de tabel met verschillen."


def test_limits_of_assigning_again_rest_on_the_lot_alone():
    plan = replace(PLAN, method="multilevel", outcome="after")
    for way, said in ((None, "De grenzen houden daar rek"), ("randomisation", "alleen op de ver")):
        found = aw.estimate(pupils(), replace(plan, inference=way))
        paragraph = appendix(found.detail(found[0]), found[0], plan, "nl")[1]
        assert said in paragraph.text


def test_counts_that_vary_no_more_than_chance_are_of_poisson():
    table = pupils().assign(after=np.arange(len(pupils())) % 2)
    plan = replace(PLAN, method="negative binomial", outcome="after")
    assert Caution.NO_EXTRA_SPREAD in aw.estimate(table, plan)[0].cautions
    assert "dispersie 0 (Poisson)" in lines_of(table, plan)[0]


def test_an_offer_that_moves_few_has_the_limits_of_anderson_and_rubin():
    rng = np.random.default_rng(2)
    joined = (rng.random(len(pupils())) < 0.3 + 0.06 * pupils()["offered"]).astype(int)
    table = pupils().assign(joined=joined)
    plan = replace(PLAN, method="complier effect", outcome="after", took_part="joined")
    found = aw.estimate(table, plan)[0]
    assert Caution.WEAK_INSTRUMENT in found.cautions
    (line,) = lines_of(table, plan, "Onzekerheid")
    assert "Anderson en Rubin (1949)" in line


def test_nothing_is_said_to_be_filled_in_where_nothing_was_missing():
    plan = replace(PLAN, outcome="after", missing="multiple imputation", imputations=2)
    assert "Er ontbrak niets. Daarom is er niets ingevuld." in texts_of(pupils(), plan)
    gap = pupils()["after"].where(np.arange(len(pupils())) % 7 > 0)
    assert any("2 keer ingevuld" in text for text in texts_of(pupils().assign(after=gap), plan))


def test_completed_tables_without_an_answer_are_told_of():
    table = pupils().assign(girl=lambda t: t["girl"].where(np.arange(len(t)) % 7 > 0))
    plan = replace(
        PLAN, outcome="later", method="logistic", missing="multiple imputation", imputations=2
    )
    (line,) = lines_of(table, plan)
    assert "waar dat model geen antwoord heeft: verschil in aandelen uit een lineair" in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_model_of_what_stays_inside_is_not_told(language):
    plan = replace(PLAN, method="logistic")
    evidence = aw.weigh(aw.estimate(pupils(), plan), plan)
    inside = [replace(f, effect=replace(f.effect, pupils_arm=3)) for f in evidence.findings]
    for found in ((evidence.findings[0], inside[1]), tuple(inside)):
        said = " ".join(method_texts(replace(evidence, findings=found), language))
        assert "linea" not in said
        assert "AVI" not in said


def test_other_pupils_at_every_wave_are_told_of():
    early = pupils().assign(year="before", score=np.arange(len(pupils())) % 9)
    late = pupils().assign(year="after", score=np.arange(len(pupils())) % 7)
    table = pd.concat([early, late], ignore_index=True)
    plan = aw.Plan(
        outcome="score", treatment="offered", comparison="0", cluster="school", wave="year",
        baseline="before", waves=("after",), method="difference in differences",
        repeated=True,
    )  # fmt: skip
    (line,) = lines_of(table, plan)
    assert "bij andere leerlingen op elk moment" in line
