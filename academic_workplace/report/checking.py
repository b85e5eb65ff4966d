"""The page of a check: do the data fit the plan, and if not, what is to be mended?"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from academic_workplace.errors import DataError, Fault, dutch
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text
from academic_workplace.plan import Plan
from academic_workplace.report.build import LABELS
from academic_workplace.report.document import (
    Block,
    Heading,
    Items,
    KeyMessage,
    Notice,
    Paragraph,
    Report,
)
from academic_workplace.report.flow import flow_block, flow_table, shows
from academic_workplace.report.house import house
from academic_workplace.report.numerals import count, day
from academic_workplace.report.words import phrases

SAY = phrases("checking")
PAGE = phrases("page")


def check_page(
    plan: Plan,
    outcome: Pupils | DataError,
    language: str,
    date: datetime.date,
    *,
    file: str,
    notes: Sequence[Text] = (),
    warnings: Sequence[Text] = (),
) -> Report:
    """The page as a value. notes: what was assumed; warnings: what will have no answer."""
    study = plan.study
    if isinstance(outcome, Pupils):
        message, blocks = _fits(outcome, language)
    else:
        message, blocks = _does_not_fit(outcome.faults, language)
    if warnings:
        blocks += [Notice(warning[language]) for warning in warnings]
    if notes:
        blocks.append(Heading(SAY["assumed"][language], 2))
        blocks.append(Items(tuple(_sentence(note[language]) for note in notes)))
    parts = [study.title[language], file, day(date, language)]
    return Report(
        language="nl" if dutch(language) else "en",
        brand=house().name[language],
        mark=PAGE["example"][language] if study.synthetic else "",
        title=SAY["title"][language],
        subtitle=" · ".join(part for part in parts if part),
        date=date,
        description=message,
        page=(KeyMessage(message), *blocks),
        appendix_title="",
        appendix=(),
        footer=SAY["footer"][language],
        labels=LABELS[language],
    )


def _fits(pupils: Pupils, language: str) -> tuple[str, list[Block]]:
    plan = pupils.plan
    message = SAY["fits"][language].format(
        n=count(len(pupils), language),
        clusters=count(len(pupils.clusters.names), language),
        units=plan.study.cluster_label[language],
    )
    blocks: list[Block] = []
    if pupils.flow.unplaced:
        lost = count(pupils.flow.unplaced, language)
        blocks.append(Notice(SAY["unplaced"][language].format(n=lost)))
    if shows(pupils.flow):
        blocks += [
            flow_block(pupils.flow, plan, language),
            flow_table(pupils.flow, plan, language),
        ]
    if pupils.notes:
        blocks.append(Heading(SAY["mind"][language], 2))
        blocks.append(Items(tuple(_sentence(note[language]) for note in pupils.notes)))
    return message, blocks


def _does_not_fit(faults: Sequence[Fault], language: str) -> tuple[str, list[Block]]:
    n = len(faults)
    message = SAY["not_yet.one" if n == 1 else "not_yet.many"][language].format(n=n)
    blocks: list[Block] = [
        Paragraph(SAY["how_to_read"][language]),
        Heading(SAY["to_mend"][language], 2),
    ]
    for column in dict.fromkeys(fault.column for fault in faults):
        blocks.append(Heading(column or SAY["file"][language], 3))
        for fault in faults:
            if fault.column == column:
                blocks.append(Paragraph(f"{fault.rule[language]} {_rows(fault, language)}".strip()))
                blocks.append(Items((fault.remedy[language],)))
    return message, blocks


def _rows(fault: Fault, language: str) -> str:
    """Where it stands, as a sentence of its own."""
    if not fault.count:
        return ""
    n, shown = count(fault.count, language), ", ".join(str(row) for row in fault.rows)
    if not fault.rows:
        return SAY["rows.number"][language].format(n=n)
    if fault.count > len(fault.rows):
        return SAY["rows.more"][language].format(rows=shown, n=n)
    return SAY["rows.one" if fault.count == 1 else "rows.many"][language].format(rows=shown)


def _sentence(words: str) -> str:
    """A note as a sentence; it may begin with the name of a column, so no capital is made."""
    return words if words.endswith(".") else f"{words}."
