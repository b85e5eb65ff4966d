"""A row is not always a pupil: a report on parents speaks of parents, whatever the design."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from test_golden_texts import DAY, GOLDEN, lines

import academic_workplace as aw
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import Plan
from academic_workplace.report.build import build
from academic_workplace.report.document import Terms

PARENTS = Text("ouders", "parents")
PUPIL = {"nl": re.compile(r"leerling", re.IGNORECASE), "en": re.compile(r"\bpupil", re.IGNORECASE)}
ABOUT_PUPILS = {  # a norm for tests that pupils make stays one, whoever filled in
    "nl": "Gaat het om toetsscores van leerlingen,",
    "en": "If it is about test scores of pupils,",
}
DESIGNS = (
    "a_few_missing", "chance_to_take_part", "cutoff", "dose", "gain", "multilevel",
    "one_group_in_mentor_groups", "pupils_most_alike", "series", "staggered", "synthetic",
    "unlike_beforehand", "weighted", "wide_interval", "withheld",
)  # fmt: skip


def of_parents(plan: Plan) -> Plan:
    """The same plan about parents, in whose own words no pupil is left."""

    def told(text: Text) -> Text:
        return Text(text.nl.replace("leerlingen", "ouders"), text.en.replace("pupils", "parents"))

    study = plan.study
    arms = {
        name: replace(arm, label=told(arm.label), pupils=told(arm.pupils))
        for name, arm in study.arms.items()
    }
    return replace(plan, study=replace(study, people=PARENTS, arms=arms))


@pytest.mark.parametrize("name", DESIGNS)
def test_no_parent_is_called_a_pupil(name: str) -> None:
    table, plan = GOLDEN[name]()
    evidence = aw.weigh(aw.estimate(table, of_parents(plan)), of_parents(plan))
    for language in LANGUAGES:
        report = build(evidence, language, DAY, "")
        blocks = (*report.blocks, *report.appendix)
        terms = [
            meaning for block in blocks if isinstance(block, Terms) for _, meaning in block.terms
        ]
        told = lines(tuple(block for block in blocks if not isinstance(block, Terms)))
        said = [text.replace(ABOUT_PUPILS[language], "") for text in (*told, *terms, report.footer)]
        assert not [text for text in said if PUPIL[language].search(text)]
        assert any(PARENTS[language] in text for text in said)
        assert not [text for text in said if "{" in text]  # every gap is filled
