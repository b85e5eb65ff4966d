"""Under rules that round counts every count of people in an effect report is rounded, and every
share of counts is that of the counts printed."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_golden_texts import evidence_of
from test_voices import STEMMEN

from academic_workplace.disclosure import OPENSAFELY, PROFILES, rounded, rounded_share, under
from academic_workplace.evidence.attrition import attrition
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.intake.pupils import STAGES
from academic_workplace.report.build import build
from academic_workplace.report.document import Report, Table, walk
from academic_workplace.report.manifest import manifest, released_findings
from academic_workplace.report.released import published
from academic_workplace.report.robustness import attrition_sentence
from academic_workplace.report.voices import voices_report
from academic_workplace.report.writers.html import html
from academic_workplace.voices import read_voices

pytestmark = pytest.mark.usefixtures("words_alone")

DAY = datetime.date(2026, 11, 22)
COLUMNS = {
    "leerlingen", "ouders", "bij de start", "vergeleken", "ontbreekt", "later gekomen",
    "antwoorden", "aantal", "pupils", "parents", "at the start", "compared", "missing",
    "came later", "answers", "number",
}  # fmt: skip
COUNTS = ("pupils", "pupils_arm", "pupils_comparison")
STUDIES = (
    "too_many_missing", "a_few_missing", "planned_subgroups_not_clear", "dose", "weighted",
    "chance_to_take_part", "pupils_most_alike", "boundary_fit", "series",
    "staggered", "synthetic", "cutoff", "not_all_have_a_school",
)  # fmt: skip


def counted(report: Report) -> list[int]:
    """Every number in a column that counts people, and in the flow of pupils."""
    out = []
    for block in walk((*report.blocks, *report.appendix)):
        if not isinstance(block, Table):
            continue
        flow = block.header[0] in ("Stap", "Step")
        wanted = [
            i for i, head in enumerate(block.header) if (i and flow) or head.lower() in COLUMNS
        ]
        cells = [row[i] for row in block.rows for i in wanted]
        cells = [re.sub(r"\(.*?\)|< \d+|(minder dan|fewer than) \d+", "", cell) for cell in cells]
        out += [int(x) for cell in cells for x in re.findall(r"\d+", re.sub(r"[.,]", "", cell))]
    return out


def raw(evidence: Evidence) -> set[int]:
    """Counts of people as they are, of all analyses and arms, too large to be other numbers."""
    counts = evidence.effects.flow.counts[..., : STAGES.index("analysed") + 1]
    found = {int(n) for axis in (1, (1, 2)) for n in np.asarray(counts.sum(axis=axis)).ravel()}
    found |= {n for e in evidence.effects for n in (e.pupils, e.pupils_arm, e.pupils_comparison)}
    return {n for n in found if n >= 150 and n % 5}


def text_of(report: Report) -> str:
    page = re.sub(
        r"<style.*?</style>|<svg.*?</svg>|data:[^\"']*", " ", html(report), flags=re.DOTALL
    )
    words = " ".join(re.findall(r'alt="[^"]*"', page))
    return words + re.sub(r"<[^>]+>", " ", page)


@pytest.mark.parametrize("rules", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("name", STUDIES)
def test_every_count_of_people_in_an_effect_report_is_as_the_rules_print_it(name, rules):
    evidence = evidence_of(name)
    secret = raw(evidence)
    for language in ("nl", "en"):
        with under(rules):
            report = build(evidence, language, DAY, "")
        printed = counted(report)
        assert printed
        assert not [n for n in printed if n % rules.rounding]
        if rules.rounding > 1:
            plain = re.sub(r"(?<=\d)[.,](?=\d{3}\b)", "", text_of(report))
            told = {int(n) for n in re.findall(r"(?<![\d,.−])\d+(?![\d,.]*\d|%| %)", plain)}
            assert not secret & told
    with under(rules):
        made = manifest(evidence, "plan.toml")
        rows = [*released_findings(evidence), *made["results"]]
        places = published(evidence, made).edition.counts
    files = [row[key] for row in rows for key in COUNTS if row[key] is not None]
    assert not [n for n in (*files, *places.values()) if n % rules.rounding]


def test_shares_of_who_is_missing_are_those_of_the_counts_printed():
    evidence = evidence_of("too_many_missing")
    with under(OPENSAFELY):
        report = build(evidence, "nl", DAY, "")
        cells = [
            (row[3], row[5]) for block in report.appendix if isinstance(block, Table)
            for row in block.rows if "Ontbreekt" in block.header
        ]  # fmt: skip
    assert cells
    for start, missing in cells:
        if found := re.fullmatch(r"(\d+) \((\d+) %\)", missing):
            assert int(found[2]) == round(100 * int(found[1]) / int(start.replace(".", "")))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_how_many_are_missing_is_told_by_rounded_counts_or_not_at_all(language):
    """1 of 400 more or less is 0.25 points; the words never say the other side of the limit."""
    for lost in range(10, 60):
        counts = {"assigned_t": 402, "assigned_c": 397, "analysed_t": 402 - lost, "analysed_c": 386}
        found = attrition(**counts)
        with under(OPENSAFELY):
            said = attrition_sentence(found, language)
        near = attrition(**{name: rounded_to_5(n) for name, n in counts.items()})
        if re.search(r"\d", said):
            assert near.verdict is found.verdict
            assert said == attrition_sentence(near, language)


def rounded_to_5(n: int) -> int:
    with under(OPENSAFELY):
        return rounded(n)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_share_of_rounded_counts_is_between_none_and_all(x, y):
    count, of = min(x, y), max(x, y)
    for rules in PROFILES.values():
        with under(rules):
            share = rounded_share(count, of)
            assert share is None if not rounded(of) else 0 <= share <= 1
    assert rounded_share(count, of) == (count / of if of else None)


@pytest.mark.parametrize("rules", PROFILES.values(), ids=PROFILES)
def test_every_count_of_people_in_a_report_of_interviews_is_as_the_rules_print_it(rules):
    with under(rules):
        report = voices_report(read_voices(STEMMEN), "nl", DAY)
    printed = []
    for block in walk((*report.blocks, *report.appendix)):
        if isinstance(block, Table):
            wanted = ("Noemen het", "Gesproken", "Noemen beide")
            at = [i for i, head in enumerate(block.header) if head in wanted]
            printed += [int(row[i]) for row in block.rows for i in at if row[i].isdigit()]
    assert printed
    assert not [n for n in printed if n % rules.rounding]
