"""What stands on which sheet of a report of a study, and which counts stand beside each other."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import academic_workplace as aw
from academic_workplace.errors import PlanError
from academic_workplace.evidence.weighing import Evidence, Verdict
from academic_workplace.language import LANGUAGES
from academic_workplace.plan import Comparing, Norm, Plan, parse_plan, plan_from_dict
from academic_workplace.report.build import build, description_table, effects_table
from academic_workplace.report.details import pupils_told
from academic_workplace.report.document import (
    Block,
    Heading,
    Items,
    KeyMessage,
    Notice,
    Paragraph,
    Picture,
    Report,
    Table,
    lies,
    walk,
)
from academic_workplace.report.findings import (
    finding_sentence,
    how_sure,
    other_results,
    says_not,
    who_took_part,
)
from academic_workplace.report.manifest import released_findings
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.pdf import form

DATA = Path(__file__).parents[1] / "data"
# one outcome of which nobody is missing, by a design without more to tell: no second sheet
ALL_ON_ONE_SHEET = ("extra-leestijd/plan-streefniveau.toml",)
STUDIES = [str(path.relative_to(DATA)) for path in sorted(DATA.glob("*/plan*.toml"))]
DAY = datetime.date(2026, 11, 22)


def every_study(test: Callable[..., None]) -> Callable[..., None]:
    for name, values in (("name", STUDIES), ("language", LANGUAGES)):
        test = pytest.mark.parametrize(name, values)(test)
    return test


def weighed(plan: Plan) -> Evidence:
    return aw.weigh(aw.estimate(aw.read(plan.data), plan), plan)


@cache
def study(name: str) -> Evidence:
    return weighed(aw.read_plan(DATA / name))


@cache
def built(name: str, language: str) -> Report:
    return build(study(name), language, DAY, "plan 123456")


@cache
def matched() -> Evidence:
    """A comparison in which some pupils, and fewer than ten, find nobody who is like them."""
    plan = aw.read_plan(DATA / "mentoring" / "plan.toml")
    return weighed(
        replace(plan, method="nearest neighbour", comparing=Comparing(caliper=0.1), inference=None)
    )


# ---------------------------------------------------------------- counts


def test_no_count_tells_how_few_found_nobody_like_them() -> None:
    evidence = matched()
    told = [pupils_told(evidence, f.effect) for f in evidence.findings]
    assert any(None in pair for pair in told)
    assert any(n is not None for pair in told for n in pair)
    for row, (arm, comparison) in zip(released_findings(evidence), told, strict=True):
        assert (row["pupils_arm"], row["pupils_comparison"]) == (arm, comparison)
        assert (row["pupils"] is None) == (arm is None or comparison is None)
        assert row["estimate"] is not None
    table = effects_table(evidence, "en")
    shown = [row[table.header.index("Pupils")] for row in table.rows]
    expected = [" / ".join("not shown" if n is None else f"{n:,}" for n in pair) for pair in told]
    assert shown == expected
    assert "fewer than 10 pupils were left out" in table.note


# ---------------------------------------------------------------- what a plan may say


def test_a_plan_says_who_a_row_is_and_whose_norm_fits() -> None:
    text = """
        [study]
        people = { nl = "ouders", en = "parents" }
        [design]
        cluster = "school"
        treatment = "programme"
        [[outcomes]]
        column = "after"
        norm = "cohen"
    """
    plan = parse_plan(text)
    assert plan.study.people.en == "parents"
    assert Plan(outcome="a", treatment="b", cluster="c").study.people.en == "pupils"
    assert plan.measure("after").norm == Norm.COHEN
    again = plan_from_dict(plan.to_dict())
    assert again == plan
    earlier = plan.to_dict()
    del earlier["study"]["people"], earlier["study"]["measures"]["after"]["norm"]
    assert plan_from_dict(earlier).study.people.en == "pupils"
    with pytest.raises(PlanError, match="cohne"):
        parse_plan(text.replace('"cohen"', '"cohne"'))


def test_parents_are_called_parents_wherever_a_row_is_counted() -> None:
    evidence = study("ouderbetrokkenheid/plan.toml")
    for language, people, pupils in (("nl", "ouders", "eerlingen"), ("en", "parents", "upils")):
        report = build(evidence, language, DAY, "")
        assert f"10 {people}" in report.footer
        assert pupils not in report.footer
        tables = [block for block in report.appendix if isinstance(block, Table)]
        heads = " ".join(cell for table in tables for cell in table.header)
        assert people.capitalize() in heads
        assert pupils not in heads
        for table in (effects_table(evidence, language), description_table(evidence, language)):
            assert pupils not in " ".join((table.caption, table.note, *sum(table.rows, ())))
        few = replace(evidence.findings[0].effect, pupils_arm=4, pupils_comparison=4)
        finding = replace(evidence.findings[0], effect=few)
        assert f"10 {people}" in finding_sentence(finding, evidence.plan, language)


@every_study
def test_an_appendix_stands_upright(name: str, language: str) -> None:
    report = built(name, language)
    assert not lies(report.appendix)
    several = len(study(name).findings) > 1  # then a workgroup has its table before the appendix
    main = next(b for b in (report.page if several else report.appendix) if isinstance(b, Table))
    checking = next(b for b in report.appendix if isinstance(b, Table) and "SE" in b.header)
    assert len(main.rows) == len(checking.rows) == len(study(name).findings)


# ---------------------------------------------------------------- sheets


@every_study
def test_the_first_sheet_is_easy_on_the_eyes(name: str, language: str) -> None:
    report = built(name, language)
    found = form(report)
    assert found.fits
    assert found.size >= 9
    assert found.share == 1  # pictures as large as they are drawn
    assert bool(report.page) is (name not in ALL_ON_ONE_SHEET)


@every_study
def test_what_is_left_out_of_the_first_sheet_stands_on_the_next(name: str, language: str) -> None:
    evidence, report = study(name), built(name, language)
    first, then = (" ".join(told(blocks)) for blocks in (report.summary, report.page))
    sentences = [
        *who_took_part(evidence, language), *how_sure(evidence, language),
        *says_not(evidence, language), other_results(evidence, language),
    ]  # fmt: skip
    for sentence in filter(None, sentences):
        assert (sentence in first) != (sentence in then)
    assert len(list(told(report.summary))) < 20


@every_study
def test_a_sheet_asks_and_answers_in_the_order_of_a_meeting(name: str, language: str) -> None:
    blocks = list(walk(built(name, language).summary))
    assert isinstance(blocks[0], KeyMessage)
    assert isinstance(blocks[1], Picture)
    heads = [block.text for block in blocks if isinstance(block, Heading)]
    page = phrases("page")
    order = [page[key][language] for key in ("who", "how_sure", "says_not", "discuss")]
    assert heads[-4:] == order


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_less_favourable_is_told_at_once(language: str) -> None:
    evidence = study("star/plan.toml")
    worse = replace(evidence.findings[2], verdict=Verdict.HARMS)
    wave = replace(worse.effect, wave=evidence.findings[0].effect.wave)
    worse = replace(worse, effect=wave)
    others = (*evidence.findings[:2], worse, *evidence.findings[3:])
    report = build(replace(evidence, findings=others), language, DAY, "")
    first = " ".join(told(report.summary))
    assert phrases("findings")["seen.worse"][language] in first
    assert phrases("findings")["seen.worse"][language] not in " ".join(
        told(built("star/plan.toml", language).summary)
    )


def told(blocks: tuple[Block, ...]) -> Iterator[str]:
    """The sentences of some blocks, without those of pictures and tables."""
    for block in walk(blocks):
        match block:
            case Paragraph(text) | Notice(text):
                yield text
            case KeyMessage(text, small):
                yield from (text, small)
            case Items(items):
                yield from items
