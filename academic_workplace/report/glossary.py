"""What the words of a report mean, for who has not met them before."""

from __future__ import annotations

from academic_workplace.report.words import phrases

SAY = phrases("glossary")


def glossary(language: str) -> tuple[tuple[str, str], ...]:
    """Every term with its meaning in plain words, those of the page first.

    >>> dict(glossary("en"))["by lot"].split(".")[0]
    'A lot decided who took part'
    """
    names = [key.partition(".")[2] for key in SAY if key.startswith("term.")]
    return tuple((SAY[f"term.{n}"][language], SAY[f"meaning.{n}"][language]) for n in names)
