"""A report of several looks at the same pupils: one message, a picture a question, tables apart."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from academic_workplace.cohorts.compare import Comparisons
from academic_workplace.cohorts.decompose import Decomposition
from academic_workplace.cohorts.events import TimeToEvent
from academic_workplace.cohorts.gaps import Career, Gaps
from academic_workplace.cohorts.inequality import Inequality
from academic_workplace.cohorts.neighbourhoods import NeighbourhoodMap
from academic_workplace.cohorts.schools import Funnel, ValueAdded
from academic_workplace.cohorts.segregation import Segregation, SegregationBounds
from academic_workplace.cohorts.standardise import Standardised, StandardisedCounts
from academic_workplace.cohorts.story import Look, Story
from academic_workplace.cohorts.transitions import TransitionBounds, Transitions
from academic_workplace.cohorts.trend import Trend
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.language import Text
from academic_workplace.report import (
    events,
    gaps,
    neighbourhoods,
    schools,
    transitions,
)
from academic_workplace.report.build import BRAND, BRAND_EN, LABELS, footer
from academic_workplace.report.cohorts import blocks as cohorts
from academic_workplace.report.document import (
    Block,
    Heading,
    Items,
    KeyMessage,
    Paragraph,
    Report,
    Table,
)
from academic_workplace.report.numerals import day


def _of_cohorts(found: cohorts.Result, language: str) -> Iterator[Block]:
    """Sentences, picture and tables; the heading is the question of the look."""
    for block in (
        *cohorts.cohort_blocks(found, language),
        *cohorts.cohort_appendix(found, language),
    ):
        if not isinstance(block, Heading):
            yield block


BLOCKS: dict[type, Callable[[Any, str], Iterable[Block]]] = {
    Transitions: transitions.transitions_blocks,
    Gaps: gaps.gaps_blocks,
    Career: gaps.career_blocks,
    Inequality: gaps.inequality_blocks,
    Segregation: gaps.segregation_blocks,
    **dict.fromkeys((Comparisons, Standardised, Decomposition, Trend), _of_cohorts),
    ValueAdded: schools.value_blocks,
    Funnel: schools.funnel_blocks,
    TimeToEvent: events.events_blocks,
    NeighbourhoodMap: neighbourhoods.map_blocks,
}
# What counts with ranges have to say stands in their sentences.
BOUNDS = (StandardisedCounts, SegregationBounds, TransitionBounds)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z‘])")
A_MESSAGE = 260  # characters; the rest stands below its own heading
A_PARAGRAPH = 420
GOES_ON = ("Maar", "But")  # a sentence that may not be cut from the one before


def build_story(story: Story, language: str, date: datetime.date, code: str) -> Report:
    """The report as a value. code: short fingerprints for the footer."""
    nl, study = dutch(language), story.study
    blocks = [(look, list(_blocks(look, language))) for look in story.looks]
    message = _message(story.looks[0].found.explain(language))
    mark = "Voorbeeld met verzonnen gegevens" if nl else "Example with invented data"
    title = study.question[language] or study.title[language] or story.looks[0].question[language]
    parts = [study.audience[language], day(date, language)]
    return Report(
        language="nl" if nl else "en",
        brand=BRAND if nl else BRAND_EN,
        mark=mark if study.synthetic else "",
        title=title,
        subtitle=" · ".join(part for part in parts if part),
        date=date,
        description=message,
        page=tuple(_page(story, blocks, message, language)),
        appendix_title="Technische bijlage" if nl else "Technical appendix",
        appendix=tuple(_appendix(story, blocks, language)),
        footer=footer(language, code),
        labels=LABELS[language],
    )


def _message(text: str, most: int = A_MESSAGE) -> str:
    """The first sentences: as many as are read at a glance, and never half of a "but"."""
    first, *others = SENTENCE.split(text)
    before = ""
    for sentence in others:
        whole = sentence.startswith(GOES_ON) or before.startswith(GOES_ON)  # and what follows it
        if len(first) + len(sentence) > most and not whole:
            break
        first, before = f"{first} {sentence}", sentence
    return first


def tables(story: Story, language: str) -> list[tuple[str, Table]]:
    """Question and table, as the report shows them: what may not leave is not in them."""
    return [
        (look.question[language], block)
        for look in story.looks
        for block in _blocks(look, language)
        if isinstance(block, Table)
    ]


def _blocks(look: Look, language: str) -> Iterable[Block]:
    make = BLOCKS.get(type(look.found))
    if make is None and type(look.found) in BOUNDS:
        return [Paragraph(look.found.explain(language))]
    if make is None:
        rule = Text(
            f"Van deze uitkomst ({type(look.found).__name__}) is geen rapport te maken.",
            f"No report can be made of this result ({type(look.found).__name__}).",
        )
        remedy = Text("Laat hem weg uit het verhaal.", "Leave it out of the story.")
        raise PlanError([Fault(rule, remedy, column="story")])
    return make(look.found, language)


def _page(
    story: Story, blocks: list[tuple[Look, list[Block]]], message: str, language: str
) -> list[Block]:
    nl, study = dutch(language), story.study
    out: list[Block] = [KeyMessage(message)]
    for look, found in blocks:
        out.append(Heading(look.question[language], 2))
        for block in found:
            if isinstance(block, Paragraph):
                text = block.text.removeprefix(message).strip()  # it stands above already
                out.append(Paragraph(_message(_plain(text or block.text, language), A_PARAGRAPH)))
            elif not isinstance(block, Table):
                out.append(block)
    person = (
        "We zien verschillen tussen groepen. Dat zegt niets over één bepaalde leerling."
        if nl
        else "We see differences between groups. That says nothing about one particular pupil."
    )
    cause = (
        "Niemand heeft geloot. Een verschil kan veel oorzaken hebben."
        if nl
        else "Nobody drew lots. A difference may have many causes."
    )
    out.append(Heading("Wat zegt dit niet?" if nl else "What does this not say?", 2))
    out.append(Items((person, cause, *(text[language] for text in study.caveats))))
    if study.discussion:
        out.append(Heading("Bespreek samen" if nl else "Discuss together", 2))
        out.append(Items(tuple(text[language] for text in study.discussion), ordered=True))
    return out


def _plain(text: str, language: str) -> str:
    """The same without the word for a range that the appendix uses."""
    name, plain = (
        ("95%-interval:", "waarschijnlijk") if dutch(language) else ("95% interval:", "probably")
    )
    return text.replace(name, plain)


def _belongs_below(block: Block) -> bool:
    """Tables, and the text of which the page told only the beginning."""
    if isinstance(block, Paragraph):
        return _message(block.text, A_PARAGRAPH) != block.text
    return isinstance(block, Table)


def _appendix(story: Story, blocks: list[tuple[Look, list[Block]]], language: str) -> list[Block]:
    nl = dutch(language)
    out: list[Block] = []
    for look, found in blocks:
        own = [block for block in found if _belongs_below(block)]
        if own:
            out += [Heading(look.question[language], 2), *own]
    source = story.study.source[language]
    if source:
        out += [Heading("Gegevens" if nl else "Data", 2), Paragraph(source)]
    out.append(Heading("Narekenen" if nl else "Checking", 2))
    out.append(
        Paragraph(
            "De map van dit rapport bevat manifest.json, met de versies van de programmatuur en een"
            " vingerafdruk van alle getallen. Wie het notebook opnieuw uitvoert, krijgt dezelfde"
            " vingerafdruk, of weet dat er iets is veranderd."
            if nl
            else "The folder of this report holds manifest.json, with the versions of the software and"
            " a fingerprint of all numbers. Who runs the notebook again gets the same fingerprint,"
            " or knows that something has changed."
        )
    )
    return out
