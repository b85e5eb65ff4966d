"""A report of several looks at the same pupils: one message, a picture a question, tables apart."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from academic_workplace.cohorts.compare import Comparisons
from academic_workplace.cohorts.contrasts import DOUBTS
from academic_workplace.cohorts.decompose import Decomposition
from academic_workplace.cohorts.events import TimeToEvent
from academic_workplace.cohorts.gaps import Career, Gaps
from academic_workplace.cohorts.inequality import Inequality
from academic_workplace.cohorts.neighbourhoods import NeighbourhoodMap
from academic_workplace.cohorts.ordered import Ordered, OrderedBounds
from academic_workplace.cohorts.schools import Funnel, ValueAdded
from academic_workplace.cohorts.segregation import Segregation, SegregationBounds
from academic_workplace.cohorts.shares import GapBounds, ShareGap
from academic_workplace.cohorts.standardise import Standardised, StandardisedCounts
from academic_workplace.cohorts.story import Look, Story
from academic_workplace.cohorts.transitions import TransitionBounds, Transitions
from academic_workplace.cohorts.trend import Trend
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.language import Text
from academic_workplace.report import events, gaps, neighbourhoods, schools, transitions
from academic_workplace.report.build import LABELS, footer
from academic_workplace.report.cohorts import blocks as cohorts
from academic_workplace.report.cohorts.printed import story_as_printed
from academic_workplace.report.document import (
    Block,
    Heading,
    Items,
    KeyMessage,
    Paragraph,
    Report,
    Table,
)
from academic_workplace.report.house import house
from academic_workplace.report.numerals import day, pupils_of
from academic_workplace.report.released import chosen_said, least_withheld
from academic_workplace.report.words import phrases

SAY = phrases("story")
PAGE = phrases("page")


def _of_cohorts(found: cohorts.Result, language: str) -> Iterator[Block]:
    """Sentences, picture and tables."""
    yield from cohorts.cohort_blocks(found, language)
    yield from cohorts.cohort_appendix(found, language)


def _sentences(found: StandardisedCounts | TransitionBounds, language: str) -> Iterator[Block]:
    """Of counts with ranges the sentences say it all."""
    yield Paragraph(found.explain(language))


BLOCKS: dict[type, Callable[[Any, str], Iterable[Block]]] = {
    Transitions: transitions.transitions_blocks,
    Gaps: gaps.gaps_blocks,
    GapBounds: gaps.bounds_blocks,
    ShareGap: gaps.share_gap_blocks,
    **dict.fromkeys((Ordered, OrderedBounds), gaps.ordered_blocks),
    Career: gaps.career_blocks,
    Inequality: gaps.inequality_blocks,
    Segregation: gaps.segregation_blocks,
    SegregationBounds: gaps.segregation_bounds_blocks,
    **dict.fromkeys((Comparisons, Standardised, Decomposition, Trend), _of_cohorts),
    **dict.fromkeys((StandardisedCounts, TransitionBounds), _sentences),
    ValueAdded: schools.value_blocks,
    Funnel: schools.funnel_blocks,
    TimeToEvent: events.events_blocks,
    NeighbourhoodMap: neighbourhoods.map_blocks,
}
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z‘])")
A_MESSAGE = 300  # characters; the rest stands below its own heading
A_PARAGRAPH = 420
GOES_ON = ("Maar", "But")  # a sentence that may not be cut from the one before
Told = list[tuple[Look, list[Block]]]


def build_story(story: Story, language: str, date: datetime.date, code: str) -> Report:
    """The report as a value. code: short fingerprints for the footer."""
    dutch(language)  # refuses any third language
    study, story = story.study, story_as_printed(story)
    told = [(look, list(_blocks(look, language))) for look in story.looks]
    message = _message(story.looks[0].found.explain(language))
    title = study.question[language] or study.title[language] or story.looks[0].question[language]
    parts = [study.audience[language], day(date, language)]
    return Report(
        language="nl" if language == "nl" else "en",
        brand=house().name[language],
        mark=PAGE["example"][language] if study.synthetic else "",
        title=title,
        subtitle=" · ".join(part for part in parts if part),
        date=date,
        description=message,
        page=tuple(_page(story, told, message, language)),
        appendix_title=PAGE["appendix"][language],
        appendix=tuple(_appendix(story, told, language)),
        footer=footer(language, code, study.people),
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


def _blocks(look: Look, language: str) -> Iterable[Block]:
    """What a look says and shows; its heading is its question."""
    make = BLOCKS.get(type(look.found))
    if make is None:
        kind = type(look.found).__name__
        rule = Text(*(SAY["no_report.rule"][each].format(kind=kind) for each in ("nl", "en")))
        raise PlanError([Fault(rule, SAY["no_report.remedy"], column="story")])
    return (each for each in make(look.found, language) if not isinstance(each, Heading))


def _page(story: Story, told: Told, message: str, language: str) -> list[Block]:
    study, pupils = story.study, cohorts.pupils_of(story.looks[0].found)
    whom = (
        "" if pupils is None else SAY["pupils"][language].format(pupils=pupils_of(pupils, language))
    )
    out: list[Block] = [KeyMessage(message, whom)]
    said = [message]
    for look, found in told:
        out.append(Heading(look.question[language], 2))
        for block in found:
            if isinstance(block, Paragraph):
                text = block.text.removeprefix(message).strip()  # it stands above already
                said.append(_message(text or block.text, A_PARAGRAPH))
                out.append(Paragraph(said[-1]))
            elif not isinstance(block, Table):
                out.append(block)
    items = [SAY["not_said.person"][language], SAY["not_said.cause"][language]]
    items += [each for each in _doubtful(story, language) if not any(each in text for text in said)]
    out.append(Heading(PAGE["says_not"][language], 2))
    out.append(Items((*items, *(text[language] for text in study.caveats))))
    if study.discussion:
        out.append(Heading(PAGE["discuss"][language], 2))
        out.append(Items(tuple(text[language] for text in study.discussion), ordered=True))
    return out


def _doubtful(story: Story, language: str) -> list[str]:
    """What makes any of the looks less sure than it seems, once."""
    out: list[Text] = []
    for look in story.looks:
        each_of = (look.found, *getattr(look.found, "items", ()))
        named = [doubt for one in each_of for doubt in getattr(one, "doubts", ())]
        out += [DOUBTS[doubt] for doubt in named if doubt in DOUBTS]
        if isinstance(look.found, Comparisons | Standardised | Decomposition | Trend):
            out += look.found.notes
    return list(dict.fromkeys(text[language] for text in out))


def _belongs_below(block: Block) -> bool:
    """Tables, and the text of which the page told only the beginning."""
    if isinstance(block, Paragraph):
        return _message(block.text, A_PARAGRAPH) != block.text
    return isinstance(block, Table)


def _appendix(story: Story, told: Told, language: str) -> list[Block]:
    out: list[Block] = []
    for look, found in told:
        own = [block for block in found if _belongs_below(block)]
        if own:
            out += [Heading(look.question[language], 2), *own]
    source = story.study.source[language]
    if source:
        out += [Heading(SAY["title.data"][language], 2), Paragraph(source)]
    files = "results-1.csv" if len(told) == 1 else f"results-1.csv … results-{len(told)}.csv"
    out.append(Heading(SAY["title.checking"][language], 2))
    out.append(Paragraph(SAY["checking"][language].format(files=files)))
    out.append(Paragraph(chosen_said(least_withheld(story), language)))
    return out
