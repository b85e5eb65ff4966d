"""Levels of advice and track in a table: read, compared, and turned into numbers when asked.

The order itself is that of ``intake/duo/levels.py``. A number for a level is a choice that changes
results, so it has no default. Whether a pupil is below, on or above an advice is read from a matrix
and not from a subtraction.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import lists, nested
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, PlanError, chosen_of
from academic_workplace.intake.duo.levels import (
    LADDER,
    AdviceLevel,
    Track,
    is_no_advice,
    level_of,
    nearest,
    track_of,
)
from academic_workplace.intake.duo.regime import NO_TEST, Advice, Regime, regime_of, school_year
from academic_workplace.intake.facts import row_numbers
from academic_workplace.language import Text

__all__ = [
    "CBS_CODES", "LADDER", "NO_TEST", "Advice", "AdviceLevel", "Coded", "Mixed", "Move",
    "Numbering", "Regime", "Rule", "Track", "compare_levels", "comparison_matrix", "read_cohorts",
    "read_levels", "read_tracks", "regime_of", "to_number",
]  # fmt: skip

Codes = Mapping[str, AdviceLevel | Track | None]
SHOWN_WORDS = 12  # unknown spellings that a message lists
LONGEST = 40  # letters of one of them
YEARS = re.compile(r"\s*([0-9]{2}|[0-9]{4})\s*[-/–]\s*([0-9]{2}|[0-9]{4})\s*")
CENTURY = 70  # 70/71 and up are 1970 and later

CBS_CODES: Codes = {"80": AdviceLevel.NOT_POSSIBLE, "0": None}
"""The two codes of WPOADVIESVO that are no level: no specific advice possible, and no advice.

Its other codes are for who has the codebook to add: ``CBS_CODES | {"60": AdviceLevel.HAVO}``.
"""


# ---------------------------------------------------------------- numbers


class Numbering(StrEnum):
    """Three ways of turning a level into a number; results differ, so one of them is named."""

    LADDER = "ladder"  # pro 1, b 2, k 3, gt 4, havo 5, vwo 6: equal steps are a fiction
    ISLED = "isled"  # pro, b and k 29.34, gt 45.27, havo 62.30, vwo 71.92
    HAVO_UP = "havo up"  # 1 for havo and higher, 0 for lower


class Mixed(StrEnum):
    """What an advice for two levels, or a bridging class, counts as."""

    MEAN = "mean"  # halfway
    HIGHEST = "highest"  # gt/havo counts as havo
    LOWEST = "lowest"  # gt/havo counts as gt


_WHOLE = (
    AdviceLevel.PRO, AdviceLevel.VMBO_B, AdviceLevel.VMBO_K, AdviceLevel.VMBO_GT,
    AdviceLevel.HAVO, AdviceLevel.VWO,
)  # fmt: skip
_NUMBERS = {
    Numbering.LADDER: dict(zip(_WHOLE, (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), strict=True)),
    # As used in the evaluation of the National Programme Rotterdam South (NPRZ).
    Numbering.ISLED: dict(zip(_WHOLE, (29.34, 29.34, 29.34, 45.27, 62.30, 71.92), strict=True)),
    Numbering.HAVO_UP: dict(zip(_WHOLE, (0.0, 0.0, 0.0, 0.0, 1.0, 1.0), strict=True)),
}


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)


_OF_MIXED: dict[Mixed, Callable[[Sequence[float]], float]] = {
    Mixed.MEAN: _mean, Mixed.HIGHEST: max, Mixed.LOWEST: min,
}  # fmt: skip


def to_number(
    levels: Iterable[object], numbering: Numbering | str, *, mixed: Mixed | str
) -> NDArray[np.float64]:
    """(n,) levels (or spellings of them, or tracks) as numbers.

    One level alone is a row of one. mixed: what more than one level counts as; the ladder is
    usually read with MEAN (splits halfway), ISLED with MEAN or HIGHEST. HAVO_UP takes HIGHEST
    (gt/havo is havo) or LOWEST (it is not). NaN for what has no level: missing, no advice
    possible, vso, vavo, no school.

    Raises PlanError on another choice, and DataError naming every unknown spelling.

    >>> to_number(["vmbo-gt/havo", "vwo"], Numbering.LADDER, mixed=Mixed.MEAN).tolist()
    [4.5, 6.0]
    """
    way, of = chosen_of(Numbering, numbering, "numbering"), chosen_of(Mixed, mixed, "mixed")
    if way is Numbering.HAVO_UP and of is Mixed.MEAN:
        rule = Text("Half havo is geen antwoord op de vraag ‘havo of hoger’.",
                    "Half of havo is no answer to the question ‘havo or higher’.")  # fmt: skip
        remedy = Text(
            "Kies mixed=highest (gt/havo telt als havo) of lowest (telt niet).",
            "Choose mixed=highest (gt/havo counts as havo) or lowest (it does not).",
        )
        raise PlanError([Fault(rule, remedy, column="mixed")])
    numbers, combine = _NUMBERS[way], _OF_MIXED[of]

    def number(track: Track) -> float:
        return combine([numbers[level] for level in track.levels]) if track.levels else math.nan

    found = read_tracks(levels)
    return np.array([*map(number, found.levels), math.nan])[found.codes]


# ---------------------------------------------------------------- below, on, above


class Move(StrEnum):
    """Where a pupil sits, seen from an advice; also of one advice seen from another."""

    BELOW = "below"
    ON = "on"
    ABOVE = "above"


class Rule(StrEnum):
    """When something counts as on an advice, in case either of the two is mixed.

    LOWEST: the lowest level advised is the standard. With a gt/havo advice, gt is on and havo is
    above: the rule that the Inspectorate uses for the position in year 3. A bridging class that
    holds that level is on. EITHER: whatever both hold in common is on, so havo is on a gt/havo
    advice. HALF_STEPS: the order of the ladder, where gt/havo lies above gt and below havo; so
    reads the duty to adjust an advice when the test comes out half a step higher.
    """

    LOWEST = "lowest"
    EITHER = "either"
    HALF_STEPS = "half steps"


def compare_levels(
    advice: AdviceLevel | Track | str,
    position: AdviceLevel | Track | str,
    rule: Rule | str = Rule.LOWEST,
) -> Move | None:
    """Whether a position is below, on or above an advice; None where they cannot be compared.

    Either may be an advice, a track or a spelling. Vso, vavo and "no advice possible" are no
    levels: they compare with nothing. Raises PlanError on an unknown spelling.

    >>> compare_levels("gt/havo", "havo"), compare_levels("gt/havo", "gt")
    (<Move.ABOVE: 'above'>, <Move.ON: 'on'>)
    >>> compare_levels("gt/havo", "havo", Rule.EITHER)
    <Move.ON: 'on'>
    """
    way = chosen_of(Rule, rule, "rule")
    given = {"advice": advice, "position": position}
    known = {name: track_of(level) for name, level in given.items()}
    faults = [
        _unknown([str(given[name])], name)
        for name, track in known.items()
        if track is None and level_of(given[name]) is not AdviceLevel.NOT_POSSIBLE
    ]
    if faults:
        raise PlanError(faults)
    return move_of(known["advice"], known["position"], way)


def move_of(advice: Track | None, position: Track | None, rule: Rule) -> Move | None:
    """As ``compare_levels``, of tracks that are known; None is no level."""
    if advice is None or position is None or not advice.levels or not position.levels:
        return None
    if rule is Rule.HALF_STEPS:
        mine, theirs = advice.sorting[0], position.sorting[0]
        low, high, least, most = mine, mine, theirs, theirs
    else:
        places = [LADDER.index(level) for level in advice.levels]
        low, high = places[0], places[0] if rule is Rule.LOWEST else places[-1]
        least, most = (LADDER.index(position.levels[end]) for end in (0, -1))
    if most < low:
        return Move.BELOW
    return Move.ABOVE if least > high else Move.ON


def comparison_matrix(rule: Rule | str = Rule.LOWEST) -> pd.DataFrame:
    """Every advice (rows) against every position (columns): below, on, above or nothing."""
    way = chosen_of(Rule, rule, "rule")
    tracks = [track_of(level) for level in LADDER]
    names = [level.value for level in LADDER]
    return pd.DataFrame(
        [[move_of(a, p, way) for p in tracks] for a in tracks], index=names, columns=names
    )


# ---------------------------------------------------------------- reading a column


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column of levels. codes: (n,) the place of every row's level in ``levels``, -1: none.

    levels: from low to high; "no advice possible" (as the track None) does not occur in it, but
    ``not_possible`` says which rows have it. blank: (n,) rows in which nothing is filled in, or
    in which it says that there is no advice.
    """

    codes: NDArray[np.intp]
    levels: tuple[Track, ...]
    not_possible: NDArray[np.bool_]

    @property
    def blank(self) -> NDArray[np.bool_]:
        """(n,) rows in which nothing is filled in."""
        return (self.codes < 0) & ~self.not_possible


def read_levels(values: Iterable[object], *, column: str = "", codes: Codes | None = None) -> Coded:
    """A column of advice. codes: what a file's own codes mean (None: no advice).

    Blank cells and "geen advies" are missing. Raises DataError listing all unknown spellings.
    """
    return _read(values, column, codes, advice=True)


def read_tracks(values: Iterable[object], *, column: str = "", codes: Codes | None = None) -> Coded:
    """A column of places in secondary school. Arguments and errors as ``read_levels``."""
    return _read(values, column, codes, advice=False)


def read_cohorts(values: Iterable[object], *, column: str = "") -> pd.Series:
    """(n,) school years as ``2018-2019``; "2018/19", "18/19" and "2018/2019" mean the same.

    A single year is refused: it may be that of the start or of the end. Blank is refused too.
    """
    series = _series(values, column).astype(object)
    places, words = pd.factorize(series, use_na_sentinel=True)
    years = [_school_year(word) for word in words]
    blank = places < 0
    wrong = np.array([year is None for year in [*years, "blank"]])[places]
    faults = []
    remedy = Text("Schrijf het schooljaar van het advies als 2022-2023.",
                  "Write the school year of the advice as 2022-2023.")  # fmt: skip
    if wrong.any():
        bad = ", ".join(f"‘{str(w)[:LONGEST]}’" for w, y in zip(words, years, strict=True)
                        if y is None)  # fmt: skip
        rule = Text(f"Dit is geen schooljaar: {bad}.", f"This is no school year: {bad}.")
        faults.append(_of_rows(rule, remedy, column, wrong))
    if blank.any():
        rule = Text("Hier staat geen cohort.", "There is no cohort here.")
        faults.append(_of_rows(rule, remedy, column, blank))
    if faults:
        raise DataError(faults)
    return pd.Series(np.array(years, dtype=object)[places], dtype=object)


def start_of(word: object) -> int | None:
    """The year in which a school year starts; None for what is not written as one.

    >>> start_of("2018/2019"), start_of("18-19"), start_of("2018-2020")
    (2018, 2018, None)
    """
    found = YEARS.fullmatch(word) if isinstance(word, str) else None
    if found is None or len(found[1]) < len(found[2]):
        return None
    start = int(found[1])
    if len(found[1]) == 2:
        start += 1900 if start >= CENTURY else 2000
    return start if int(found[2]) in (start + 1, (start + 1) % 100) else None


def _school_year(word: object) -> str | None:
    start = start_of(word)
    return None if start is None else school_year(start)


def _series(values: object, column: str) -> pd.Series:
    """(n,) the cells; one text or number alone is one cell. Raises DataError on lists in cells."""
    if isinstance(values, pd.Series):
        series = values
    elif isinstance(values, str) or not isinstance(values, Iterable):
        series = pd.Series([values], dtype=object)
    else:
        series = pd.Series(list(values), dtype=object)
    if nested(series):
        raise DataError([lists(column)])
    return series


def _read(values: Iterable[object], column: str, codes: Codes | None, *, advice: bool) -> Coded:
    series = _series(values, column)
    places, words = pd.factorize(series.astype(object), use_na_sentinel=True)
    own = {_plain(code): meaning for code, meaning in (codes or {}).items()}
    meanings: list[Track | None] = []
    possible, unknown = np.ones(len(words) + 1, dtype=bool), np.zeros(len(words) + 1, dtype=bool)
    for i, word in enumerate(words):
        plain = _plain(word)
        given = own.get(plain, word)
        if given is None or plain == "" or (advice and is_no_advice(given)):
            meanings.append(None)
            continue
        level = None if isinstance(given, Track) else level_of(given)
        possible[i] = level is not AdviceLevel.NOT_POSSIBLE
        track = track_of(level) if advice and level is not None else track_of(given)
        unknown[i] = (level is None and advice and not isinstance(given, Track)) or (
            track is None and bool(possible[i])
        )
        meanings.append(track)
    if unknown.any():
        bad = [str(word) for word, is_bad in zip(words, unknown, strict=False) if is_bad]
        raise DataError([_unknown(bad, column, unknown[places])])
    levels = tuple(sorted({m for m in meanings if m is not None}, key=lambda m: m.sorting))
    place = {track: i for i, track in enumerate(levels)}
    at = np.array([*(-1 if m is None else place[m] for m in meanings), -1], dtype=np.intp)
    return Coded(at[places], levels, ~possible[places])


def _plain(word: object) -> str:
    """A code as text: padded, or a number that became one with decimals."""
    if isinstance(word, float) and word.is_integer():
        word = int(word)
    return str(word).strip()


def _unknown(words: list[str], column: str, where: NDArray[np.bool_] | None = None) -> Fault:
    """All spellings that are no level, each with the level that may have been meant."""
    shown = [word[:LONGEST] for word in words[:SHOWN_WORDS]]
    near = {word: _meant(word) for word in shown}

    def listed(suggest: str, more: str) -> str:
        said = [
            f"‘{word}’ ({suggest.format(found)})" if found else f"‘{word}’"
            for word, found in near.items()
        ]
        if len(words) > SHOWN_WORDS:
            said.append(more.format(len(words) - SHOWN_WORDS))
        return ", ".join(said)

    rule = Text(
        f"Dit is geen niveau dat we kennen: {listed('misschien ‘{}’?', 'en nog {} andere')}.",
        f"This is no level known here: {listed('perhaps ‘{}’?', 'and {} others')}.",
    )
    remedy = Text(
        "Verbeter het, of zeg wat het betekent: codes={…: AdviceLevel.HAVO} (None: geen).",
        "Correct it, or say what it means: codes={…: AdviceLevel.HAVO} (None: none).",
    )
    if where is None:
        return Fault(rule, remedy, column=column)
    return _of_rows(rule, remedy, column, where)


def _meant(word: str) -> str | None:
    level = nearest(word)
    if level is not None:
        return level.label.nl
    known = ["vavo", "vso", "pro", "vwo", "havo", "mavo", "gymnasium", "atheneum"]
    near = difflib.get_close_matches(word.strip().casefold(), known, n=1, cutoff=0.7)
    return near[0] if near else None


def located(faults: Iterable[Fault], table: pd.DataFrame) -> list[Fault]:
    """Faults of columns of a table: with its file, and rows numbered as its file numbers them.

    Rows that were counted stand nowhere in the file: their faults have no rows.
    """
    numbers, file = row_numbers(table), str(table.attrs.get("source", ""))
    if table.attrs.get("counted"):
        return [replace(fault, file=file, rows=(), count=0) for fault in faults]
    return [
        replace(fault, file=file, rows=tuple(int(numbers[row - 1]) for row in fault.rows))
        for fault in faults
    ]


def _of_rows(rule: Text, remedy: Text, column: str, where: NDArray[np.bool_]) -> Fault:
    rows = np.flatnonzero(where)
    shown = tuple(int(row) + 1 for row in rows[:SHOWN_ROWS])
    return Fault(rule, remedy, column=column, rows=shown, count=len(rows))
