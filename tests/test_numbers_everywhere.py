"""Every number that a report tells stands in all of its files, and follows from the result."""

from __future__ import annotations

import html as markup
import io
import re
from collections.abc import Iterator
from pathlib import Path

import docx
import pypdf
import pytest
from documents import texts
from docx.document import Document
from docx.table import Table as WordTable
from docx.table import _Cell
from test_golden_texts import DAY, GOLDEN, evidence_of, rules_of

import academic_workplace as aw
from academic_workplace.disclosure import under
from academic_workplace.language import LANGUAGES
from academic_workplace.report.build import build
from academic_workplace.report.document import (
    Block,
    KeyMessage,
    Report,
    Table,
)
from academic_workplace.report.findings import primary
from academic_workplace.report.numerals import decimal, interval, p_said
from academic_workplace.report.writers.html import html
from academic_workplace.report.writers.pdf import pdf
from academic_workplace.report.writers.word import word

pytestmark = pytest.mark.usefixtures("words_alone")

NUMBER = re.compile(r"[−-]?\d+(?:[.,]\d+)*")
SOME = ("gain", "harm", "null", "late_effect", "several_groups", "dose", "weighted", "withheld")


def written(blocks: tuple[Block, ...]) -> Iterator[str]:
    """What a reader reads: no alternative text, which only a screen reader tells."""
    return texts(blocks, alternative=False)


def numbers_of(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def in_html(report: Report) -> str:
    page = re.sub(r"<(style|svg|script)\b.*?</\1>", " ", html(report), flags=re.DOTALL)
    return markup.unescape(re.sub(r"<[^>]+>", " ", page))


def in_pdf(report: Report) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf(report))).pages
    return " ".join(page.extract_text() for page in pages)


def in_word(report: Report) -> str:
    return " ".join(_paragraphs(docx.Document(io.BytesIO(word(report)))))


def _paragraphs(place: Document | _Cell) -> Iterator[str]:
    for block in place.iter_inner_content():
        if isinstance(block, WordTable):
            for row in block.rows:
                for cell in row.cells:
                    yield from _paragraphs(cell)
        else:
            yield block.text


@pytest.fixture(scope="module", params=[(name, code) for name in SOME for code in LANGUAGES],
                ids=lambda param: "-".join(param))  # fmt: skip
def report(request: pytest.FixtureRequest) -> Report:
    name, language = request.param
    return build(evidence_of(name), language, DAY, "")


@pytest.mark.parametrize("reading", [in_html, in_pdf, in_word])
def test_every_number_of_the_document_is_read_back_from_every_file(report, reading, request):
    told = " ".join(written((*report.blocks, *report.appendix)))
    name = request.node.callspec.params["report"][0]
    assert len(numbers_of(told)) > (13 if name == "withheld" else 15)  # nearly all stays inside
    missing = numbers_of(told) - numbers_of(reading(report))
    assert not missing


@pytest.mark.parametrize("name", [name for name in GOLDEN if name != "withheld"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_of_the_answer_are_those_of_the_result(name, language):
    evidence = evidence_of(name)
    finding = primary(evidence)
    with under(rules_of(name)):
        if finding.low is None or finding.g is None or finding.withheld:
            pytest.skip("there is no answer, and so no number")  # the golden texts say why
        report = build(evidence, language, DAY, "")
    effect = finding.effect
    told = numbers_of(next(b for b in report.blocks if isinstance(b, KeyMessage)).small)
    known = [finding.g, finding.low, finding.high, effect.estimate, effect.low, effect.high]
    assert {decimal(finding.g, 2, language)} <= told
    for number in {number for number in told if "," in number or "." in number}:
        assert any(x is not None and is_rounded(number, x) for x in known), number
    tables = " ".join(" ".join(sum(b.rows, ())) for b in report.appendix if isinstance(b, Table))
    limits = interval(effect.g_low, effect.g_high, 2, language)  # without "lower is better"
    assert {decimal(effect.g, 2, language), *numbers_of(limits)} <= numbers_of(tables)


def is_rounded(told: str, x: float) -> bool:
    """Whether a number as it is told is this one, or its size, with fewer digits."""
    whole, _, digits = told.replace("−", "-").replace(",", ".").partition(".")
    near = 0.5 * 10 ** -len(digits) + 1e-12
    return min(abs(float(f"{whole}.{digits}") - y) for y in (x, -x)) <= near


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_gives_a_p_value_two_signs(language):
    assert p_said(0.0301, language).startswith("= 0")
    assert p_said(0.0001, language).startswith("< 0")
    assert p_said(None, language) == "= –"
    words = Path(aw.__file__).parent / "report/words"
    wrong = [f.name for f in sorted(words.glob("*.toml")) if "p = {p}" in f.read_text()]
    assert wrong == []
