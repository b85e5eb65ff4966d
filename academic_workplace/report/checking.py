"""The page of a check: do the data fit the plan, and if not, what is to be mended?"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from academic_workplace.errors import DataError, Fault, dutch
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text
from academic_workplace.plan import Plan
from academic_workplace.report.build import BRAND, BRAND_EN, LABELS
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
from academic_workplace.report.numerals import count, day


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
    nl = dutch(language)
    study = plan.study
    if isinstance(outcome, Pupils):
        message, blocks = _fits(outcome, language)
    else:
        message, blocks = _does_not_fit(outcome.faults, language)
    if warnings:
        blocks += [Notice(warning[language]) for warning in warnings]
    if notes:
        blocks.append(Heading("Wat we hebben aangenomen" if nl else "What was assumed", 2))
        blocks.append(Items(tuple(_sentence(note[language]) for note in notes)))
    mark = "Voorbeeld met verzonnen gegevens" if nl else "Example with invented data"
    parts = [study.title[language], file, day(date, language)]
    return Report(
        language="nl" if nl else "en",
        brand=BRAND if nl else BRAND_EN,
        mark=mark if study.synthetic else "",
        title="Passen de gegevens bij het plan?" if nl else "Do the data fit the plan?",
        subtitle=" · ".join(part for part in parts if part),
        date=date,
        description=message,
        page=(KeyMessage(message), *blocks),
        appendix_title="",
        appendix=(),
        footer=(
            "Op deze pagina staat nooit wat er in een cel staat, alleen waar."
            if nl
            else "This page never holds what stands in a cell, only where."
        ),
        labels=LABELS[language],
    )


def _fits(pupils: Pupils, language: str) -> tuple[str, list[Block]]:
    nl, plan = dutch(language), pupils.plan
    units = plan.study.cluster_label[language]
    n, clusters = count(len(pupils), language), count(len(pupils.clusters.names), language)
    message = (
        f"Ja. Er zijn {n} leerlingen in {clusters} {units}."
        if nl
        else f"Yes. There are {n} pupils in {clusters} {units}."
    )
    blocks: list[Block] = []
    if pupils.flow.unplaced:
        lost = count(pupils.flow.unplaced, language)
        blocks.append(
            Notice(
                f"Aantal rijen zonder school of groep: {lost}. Die tellen niet mee."
                if nl
                else f"Rows without a school or arm: {lost}. These do not count."
            )
        )
    if shows(pupils.flow):
        blocks += [
            flow_block(pupils.flow, plan, language),
            flow_table(pupils.flow, plan, language),
        ]
    if pupils.notes:
        blocks.append(Heading("Let op" if nl else "Please note", 2))
        blocks.append(Items(tuple(_sentence(note[language]) for note in pupils.notes)))
    return message, blocks


def _does_not_fit(faults: Sequence[Fault], language: str) -> tuple[str, list[Block]]:
    nl, n = dutch(language), len(faults)
    message = (
        f"Nog niet. Er {'is één ding' if n == 1 else f'zijn {n} dingen'} te verbeteren."
        if nl
        else f"Not yet. There {'is one thing' if n == 1 else f'are {n} things'} to mend."
    )
    lead = (
        "We noemen alles in één keer. De nummers van de rijen zijn die van het rekenblad. Achter"
        " het bolletje staat wat u kunt doen."
        if nl
        else "All is told at once. The numbers of the rows are those of the spreadsheet. Behind the"
        " bullet stands what to do."
    )
    blocks: list[Block] = [Paragraph(lead), Heading("Te verbeteren" if nl else "To mend", 2)]
    for column in dict.fromkeys(fault.column for fault in faults):
        blocks.append(Heading(column or ("Het bestand" if nl else "The file"), 3))
        for fault in faults:
            if fault.column == column:
                blocks.append(Paragraph(fault.rule[language] + _rows(fault, language)))
                blocks.append(Items((fault.remedy[language],)))
    return message, blocks


def _rows(fault: Fault, language: str) -> str:
    """Where it stands, as a sentence of its own."""
    if not fault.count:
        return ""
    nl, total = dutch(language), count(fault.count, language)
    if not fault.rows:
        return f" Aantal rijen: {total}." if nl else f" Number of rows: {total}."
    shown = ", ".join(str(row) for row in fault.rows)
    if fault.count > len(fault.rows):
        shown += f" … ({total} in totaal)" if nl else f" … ({total} in all)"
    one = fault.count == 1
    word = ("Rij" if one else "Rijen") if nl else ("Row" if one else "Rows")
    return f" {word}: {shown}."


def _sentence(words: str) -> str:
    """A note as a sentence; it may begin with the name of a column, so no capital is made."""
    return words if words.endswith(".") else f"{words}."
