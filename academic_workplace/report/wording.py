"""Small turns of phrase that the reports of cohorts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from academic_workplace.errors import dutch
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text
from academic_workplace.report.numerals import NONE, decimal, of_hundred
from academic_workplace.report.words import phrases

SAY = phrases("wording")


def joined(words: Sequence[str], language: str) -> str:
    """``a, b en c``."""
    if len(words) < 2:
        return "".join(words)
    return SAY["and"][language].format(first=", ".join(words[:-1]), last=words[-1])


def capital(words: str) -> str:
    """With which a sentence begins."""
    return words[:1].upper() + words[1:]


def name_of(word: str, labels: Mapping[str, Text], language: str) -> str:
    """A column or value in words for readers, or as it stands between quotes."""
    dutch(language)  # refuses any third language
    return labels[word][language] if word in labels else f"‘{word}’"


def span(low: str, high: str, language: str) -> str:
    """``2 tot 9``."""
    return SAY["range"][language].format(low=low, high=high)


def bounded(b: Bounds | None, times: float, digits: int, language: str) -> str:
    """``12``, or ``2 tot 9`` where counts are hidden."""
    if b is None:
        return NONE
    low, high = (decimal(float(x) * times, digits, language) for x in (b.low, b.high))
    return low if low == high else span(low, high, language)


def hundred(value: float, low: float | None, high: float | None, language: str) -> str:
    """``57 (43 tot 69)``: out of a hundred, with the limits where there are any."""
    if low is None or high is None:
        return str(of_hundred(value))
    return SAY["limits"][language].format(
        value=of_hundred(value), low=of_hundred(low), high=of_hundred(high)
    )


def years(n: int, language: str) -> str:
    """``4 jaar``."""
    return SAY["year" if n == 1 else "years"][language].format(n=n)
