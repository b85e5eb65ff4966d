"""What the words of a report mean, for who has not met them before."""

from __future__ import annotations

from academic_workplace.language import Text
from academic_workplace.plan import Study
from academic_workplace.report.words import phrases

SAY = phrases("glossary")


def glossary(language: str, people: Text | None = None) -> tuple[tuple[str, str], ...]:
    """Every term with its meaning in plain words, those of the page first.

    people: who a row is; pupils when left out.

    >>> dict(glossary("en"))["by lot"].split(".")[0]
    'A lot decided who took part'
    """
    names = [key.partition(".")[2] for key in SAY if key.startswith("term.")]
    who = (people or Study().people)[language]
    return tuple(
        (SAY[f"term.{n}"][language], SAY[f"meaning.{n}"][language].format(people=who))
        for n in names
    )
