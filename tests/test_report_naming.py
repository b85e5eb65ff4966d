"""Of which results a caution holds, and by which model each of them was worked out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
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
