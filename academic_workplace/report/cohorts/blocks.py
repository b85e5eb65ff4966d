"""What one result about cohorts adds to a report: heading, sentences, picture; tables apart."""

from __future__ import annotations

from academic_workplace.cohorts.compare import Comparisons
from academic_workplace.cohorts.decompose import Decomposition
from academic_workplace.cohorts.standardise import Standardised
from academic_workplace.cohorts.trend import Trend
from academic_workplace.report.cohorts.comparing import comparisons_sentence, comparisons_table
from academic_workplace.report.cohorts.decomposing import (
    decomposition_sentence,
    decomposition_table,
    details_table,
)
from academic_workplace.report.cohorts.standardising import (
    changes_table,
    standardised_sentence,
    standardised_table,
)
from academic_workplace.report.cohorts.trend import trend_sentence, trend_table
from academic_workplace.report.document import Block, Heading, Paragraph, Table
from academic_workplace.report.figures.cohorts import (
    comparisons_block,
    decomposition_block,
    standardised_block,
    trend_block,
)
from academic_workplace.report.words import phrases

SAY = phrases("cohorts")
Result = Comparisons | Standardised | Decomposition | Trend


def cohort_blocks(found: Result, language: str) -> tuple[Block, ...]:
    """A heading, the sentences and the picture of one result."""
    if isinstance(found, Comparisons):
        title, said = SAY["title.compare"], comparisons_sentence(found, language)
        picture = comparisons_block(found, language)
    elif isinstance(found, Standardised):
        title, said = SAY["title.standardise"], standardised_sentence(found, language)
        picture = standardised_block(found, language)
    elif isinstance(found, Decomposition):
        title, said = SAY["title.decompose"], decomposition_sentence(found, language)
        picture = decomposition_block(found, language)
    else:
        title, said = SAY["title.trend"], trend_sentence(found, language)
        picture = trend_block(found, language)
    return Heading(title[language], 2), Paragraph(said), picture


def cohort_appendix(found: Result, language: str) -> tuple[Table, ...]:
    """The tables of one result."""
    if isinstance(found, Comparisons):
        return (comparisons_table(found, language),)
    if isinstance(found, Standardised):
        moved = any(s.raw_change is not None for s in found.shifts)
        changes = (changes_table(found, language),) if moved else ()
        return (*changes, standardised_table(found, language))
    if isinstance(found, Decomposition):
        details = (details_table(found, language),) if found.details else ()
        return (decomposition_table(found, language), *details)
    return (trend_table(found, language),)


def pupils_of(found: object) -> int | None:
    """How many pupils a result is about, where that is known of all and may be told."""
    if isinstance(found, Decomposition):
        return found.pupils + found.pupils_reference
    if isinstance(found, Trend):
        return found.pupils
    if isinstance(found, Standardised) and not any(x.withheld for x in found):
        return sum(x.pupils or 0 for x in found)
    return None
