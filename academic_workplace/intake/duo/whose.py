"""Whose counts these are: the key of a school, its school year, and what is told of it."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.intake.duo.cells import SHOWN_WORDS, Column, Log
from academic_workplace.intake.duo.layouts import DESCRIBING, Kind
from academic_workplace.intake.duo.regime import is_school_year, school_year
from academic_workplace.language import Text

SCHOOL = re.compile(r"[0-9]{2}[A-Z]{2}[0-9]{2}")
BRIN = re.compile(r"([0-9]{1,2})([A-Z]{2})")
MUNICIPALITY = re.compile(r"(?:GM)?([0-9]{1,4})")
AUGUST = 8  # in which a school year starts
NAMED_YEARS = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?:[-_](20[0-9]{2}))?(?![0-9])")
DATES = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>(?:19|20)[0-9]{2})-?(?P<month>[0-9]{2})-?(?P<day>[0-9]{2})",
        r"(?P<day>[0-9]{1,2})[-/](?P<month>[0-9]{1,2})[-/](?P<year>(?:19|20)[0-9]{2})",
    )
)
Words = NDArray[np.object_]


def school_key(brin: str, location: str) -> str | None:
    """The six characters of a school's location: zero-padded; None when they cannot be made.

    >>> school_key("2QZ", "0"), school_key("02QZ", "02QZ00"), school_key("", "02qz01")
    ('02QZ00', '02QZ00', '02QZ01')
    """
    brin, location = brin.upper().replace(" ", ""), location.upper().replace(" ", "")
    found = BRIN.fullmatch(brin)
    first = found[1].zfill(2) + found[2] if found else ""
    if first and re.fullmatch(r"[0-9]{1,2}", location):
        return first + location.zfill(2)
    agrees = first == location[:4] if brin else True
    return location if SCHOOL.fullmatch(location) and agrees else None


def described(log: Log) -> pd.DataFrame:
    """A row per row of the file: school, school year, and all that the file tells of the school."""
    out = {"school": _schools(log), "school_year": _years(log)}
    for meaning in DESCRIBING:
        column = log.column(meaning)
        if column is None:
            continue
        words = column.words
        if meaning.endswith("postcode"):
            words = tuple(word.replace(" ", "").upper() for word in words)
        elif meaning.endswith("municipality"):
            words = _municipalities(log, column)
        elif meaning == "sector":
            words = tuple(word.upper() for word in words)
        out[meaning] = np.array([*words, ""], dtype=object)[column.codes]
    return pd.DataFrame(out, dtype="str")


def _schools(log: Log) -> Words:
    brin, location = log.column("brin"), log.column("location") or log.column("six")
    assert location is not None  # noqa: S101 (a layout has one)
    brins, locations = ("",) if brin is None else (*brin.words, ""), (*location.words, "")
    pair = location.codes % len(locations)  # -1, an empty cell, is the last word
    if brin is not None:
        pair = pair + len(locations) * (brin.codes % len(brins))
    pairs, codes = np.unique(pair, return_inverse=True)
    keys = [school_key(brins[p // len(locations)], locations[p % len(locations)]) for p in pairs]
    if any(len(word) == 1 for word in locations):
        log.note(
            f"{location.header}: aangevuld tot twee cijfers",
            f"{location.header}: filled up to two digits",
        )
    wrong = np.array([key is None for key in keys])[codes]
    if wrong.any():
        log.fault(
            Text(
                "Van deze code is geen vestiging te maken (twee cijfers, twee letters, twee"
                " cijfers, zoals 02QZ00).",
                "No location can be made of this code (two digits, two letters, two digits, as in"
                " 02QZ00).",
            ),
            Text(
                "Bewaar codes als tekst; laat regels met totalen of voetnoten weg.",
                "Keep codes as text; leave out lines with totals or footnotes.",
            ),
            location.header,
            wrong,
        )
    return np.array([key or "" for key in keys], dtype=object)[codes]


def _years(log: Log) -> Words:
    given, n = log.school_year, len(log.cells)
    own = _own_years(log)
    if given:
        told = [] if own is None else sorted(set(own) - {"", given})
        if told:
            listed = ", ".join(told[:SHOWN_WORDS])
            log.note(
                f"schooljaar {given} is opgegeven; in het bestand staat {listed}",
                f"school year {given} was given; the file says {listed}",
            )
        return np.full(n, given, dtype=object)
    if own is not None:
        return own
    named = _named_year(log)
    if named:
        log.note(
            f"schooljaar {named}: uit de naam van het bestand",
            f"school year {named}: from the name of the file",
        )
    else:
        log.fault(
            Text(
                "Het schooljaar staat nergens in dit bestand.",
                "The school year stands nowhere in this file.",
            ),
            Text(
                'Geef het erbij: read(…, school_year="2018-2019").',
                'Give it: read(…, school_year="2018-2019").',
            ),
        )
    return np.full(n, named, dtype=object)


def _own_years(log: Log) -> Words | None:
    """The school years that the rows tell; '' where one does not."""
    column = log.column("school_year") or log.column("measured") or log.column("year")
    if column is None:
        return None
    years = np.array([*map(year_of, column.words), ""], dtype=object)[column.codes]
    wrong = years == ""
    if wrong.any() and not log.school_year:
        log.fault(
            Text("Hier is geen schooljaar uit te lezen.", "No school year can be read from this."),
            Text(
                "Verwacht wordt een jaar (2018) of een datum (20181001).",
                "A year (2018) or a date (20181001) is expected.",
            ),
            column.header,
            wrong,
        )
    if wrong.any() or log.school_year:
        return years
    if column is log.column("year"):
        first = min(years)
        log.note(
            f"{column.header} {first[:4]} is gelezen als schooljaar {first}",
            f"{column.header} {first[:4]} was read as school year {first}",
        )
    named, told = years_in(log.cells.file), ", ".join(sorted(set(years))[:SHOWN_WORDS])
    if "-" in named and set(years) != {named}:
        log.note(
            f"de naam van het bestand zegt {named}, het bestand zelf {told}; dat laatste geldt",
            f"the name of the file says {named}, the file itself {told}; the latter counts",
        )
    return years


def _named_year(log: Log) -> str:
    written = years_in(log.cells.file)
    if not written or "-" in written:
        return written
    # Funded pupils are counted on 1 February of that year, all others on 1 October.
    return school_year(int(written) - (log.layout.kind is Kind.PUPILS))


def years_in(name: str) -> str:
    """``2018-2019`` or ``2018`` as the name of a file has it; '' when it names none, or several."""
    found = list(NAMED_YEARS.finditer(name))
    pairs = [m for m in found if m[2] and int(m[2]) == int(m[1]) + 1]
    if pairs:
        return f"{pairs[0][1]}-{pairs[0][2]}"
    return found[0][1] if len(found) == 1 and not found[0][2] else ""


def year_of(word: str) -> str:
    """The school year of a year, a school year or a date; '' when it is none of them.

    >>> year_of("2018"), year_of("20190417"), year_of("2018/2019"), year_of("op den duur")
    ('2018-2019', '2018-2019', '2018-2019', '')
    """
    if is_school_year(word.replace("/", "-")):
        return word.replace("/", "-")
    if found := re.fullmatch(r"((?:19|20)[0-9]{2})(\.0+)?", word):
        return school_year(int(found[1]))
    for pattern in DATES:
        if found := pattern.fullmatch(word):
            try:
                day = datetime.date(*(int(found[part]) for part in ("year", "month", "day")))
            except ValueError:
                return ""
            return school_year(day.year - (day.month < AUGUST))
    return ""


def _municipalities(log: Log, column: Column) -> tuple[str, ...]:
    found = [MUNICIPALITY.fullmatch(word.upper()) for word in column.words]
    wrong = np.array([*(match is None for match in found), False])[column.codes]
    if wrong.any():
        log.fault(
            Text(
                "Een gemeentecode heeft hoogstens vier cijfers.",
                "A municipality code has four digits at most.",
            ),
            Text("Bewaar codes als tekst, zoals 0546.", "Keep codes as text, such as 0546."),
            column.header,
            wrong,
        )
    if any(match and len(match[1]) < 4 for match in found):
        log.note(
            f"{column.header}: aangevuld tot vier cijfers",
            f"{column.header}: filled up to four digits",
        )
    return tuple(match[1].zfill(4) if match else "" for match in found)
