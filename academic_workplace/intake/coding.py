"""How values are written: codes that look like "missing", labels that look like each other.

Pure rules on distinct values; ``facts.py`` and ``streaming.py`` ask them of a table or a file.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from academic_workplace.intake import layout
from academic_workplace.intake.codebook import (
    Codebook,
    Form,
    as_number,
    levels_of,
    number_or_text,
)
from academic_workplace.intake.pupils import Floats, label_of
from academic_workplace.plan import Plan

# What people type for "not known" where answers are whole numbers.
CODES = (-9999, -999, -99, -98, -88, -9, -8, -1, 8, 9, 88, 98, 99, 888, 998, 999, 9999)
ONE_STEP = 1.0  # from one answer to the next; a code stands further than this from all others
FAR = 0.5  # of the spread of all others: a code stands further than this, too
LOW = 0.25  # of the lowest other value: a code below all others (9 among years) is less
BEGINS = (0.0, 2.0)  # where a scale begins to which 8 or 9 is added as a code
RARE = 0.05  # of the filled cells: the last answer of a scale is no rarer, that of a count is

# A date as text: 2024-05-31, 31-5-2024 or 31/5/2024, with or without a time.
DATE = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4})([T ][\d:.+Z]*)?\s*$")

HIDDEN = re.compile(r"[<>≤≥]=?\s*\d+")  # a number that is hidden: <5

# Ways to write the same two answers; a column in one file keeps to one of them.
SAME_ANSWERS = (
    ({"m", "v"}, {"m", "f"}, {"man", "vrouw"}, {"j", "m"}, {"jongen", "meisje"}, {"boy", "girl"},
     {"male", "female"}, {"1", "2"}, {"0", "1"}),
    ({"ja", "nee"}, {"j", "n"}, {"yes", "no"}, {"y", "n"}, {"waar", "onwaar"}, {"true", "false"},
     {"1", "0"}, {"1", "2"}),
)  # fmt: skip


def suspects(values: Floats, counts: NDArray[np.int64]) -> frozenset[float]:
    """Which values of a column look like a code for "missing": ``CODES`` far from all others.

    values: (v,) the different finite values in order, counts: (v,) their rows. Working outwards,
    a code that is near is an answer, and the first that is far is a code, as is all beyond it.
    """
    others = np.flatnonzero(~np.isin(values, CODES))
    if not len(others):
        return frozenset()
    low, high = int(others[0]), int(others[-1])
    while high + 1 < len(values) and not _is_code(values, counts, high + 1, low, high):
        high += 1
    while low > 0 and not _is_code(values, counts, low - 1, low, high):
        low -= 1
    return frozenset([*values[:low].tolist(), *values[high + 1 :].tolist()])


def _is_code(values: Floats, counts: NDArray[np.int64], i: int, low: int, high: int) -> bool:
    """Whether value i is far from the answers, which are the values from low to high.

    Below zero beside answers that never are, a code is one. 8 and 9 can be much else: marks, ages,
    times absent. They are codes beside a scale of answers only, not at the thin end of a count.
    """
    answers, end = values[low : high + 1], high if i > high else low
    code, least, spread = float(values[i]), float(answers[0]), float(answers[-1] - answers[0])
    gap = abs(code - float(values[end]))
    if gap <= ONE_STEP:
        return False
    most_chosen = counts[i] > counts[low : high + 1].max()
    far = gap > FAR * spread * (0.5 if most_chosen else 1.0)
    if code < least:
        return least >= 0 or far if code < 0 else far and code < LOW * least
    if not 0 < code < 10:
        return far
    complete = len(answers) == spread + 1 and bool((answers == np.round(answers)).all())
    thin = counts[i] <= counts[end] < RARE * counts.sum()
    return BEGINS[0] <= least <= BEGINS[1] and not thin and (far or complete)


def is_impossible_date(word: str) -> bool:
    """Whether a date that is written as text is before 1900, after today, or no day at all."""
    found = DATE.match(word)
    if found is None:
        return False
    a, b, c = (int(part) for part in re.findall(r"\d+", found[1]))
    year, orders = (a, [(b, c)]) if a > 31 else (c, [(b, a), (a, b)])
    days = []
    for month, day in orders:
        with suppress(ValueError):
            days.append(datetime.date(year, month, day))
    return not any(datetime.date(1900, 1, 1) <= day <= datetime.date.today() for day in days)


def limits_of(plan: Plan, book: Codebook | None) -> dict[str, tuple[float, float]]:
    """Column -> the lowest and highest value there can be: of the plan, otherwise the codebook."""
    given = {name: plan.measure(name).range for name in plan.outcomes}
    out = {name: limits for name, limits in given.items() if limits is not None}
    for name in layout.needed(plan) if book is not None else ():
        if book is not None and name in book and name not in out and name not in plan.categories:
            limits = book[name].range
            if limits is not None and book[name].type is Form.NUMBER:
                out[name] = limits
    return out


def answers_of(plan: Plan, book: Codebook | None) -> dict[str, frozenset[str]]:
    """Column -> every label or code that the codebook knows, for the categories of the plan."""
    out = {}
    for name in layout.needed(plan) if book is not None else ():
        if book is None or name not in book or name in layout.numeric(plan):
            continue
        column = book[name]
        if column.type in (Form.CATEGORY, Form.ORDERED) and column.levels:
            levels = levels_of(column)
            words = (word for text in levels.values() for word in (text.nl, text.en))
            out[name] = frozenset(label_of(word) for word in (*levels, *words) if word)
    return out


def alike(names: Iterable[str], *, letters: bool = False) -> list[tuple[str, ...]]:
    """Groups of names that differ only in capitals or spaces.

    letters: whether that holds for single letters as well, as it does for answers (m and M) and
    not for schools, which may be called a to z and A to Z.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault("".join(name.casefold().split()), []).append(name)
    return [
        tuple(each) for key, each in found.items() if len(each) > 1 and (letters or len(key) > 1)
    ]


def two_codings(levels: Iterable[str]) -> tuple[str, ...]:
    """The labels of a column that say the same in two ways: 1 and 2 beside jongen and meisje.

    Numbers may be other answers: they say the same only where nothing else stands beside them.
    """
    written = {number_or_text(level).casefold(): level for level in levels}
    found, twice = set(written), set[str]()
    for ways in SAME_ANSWERS:
        for way in ways:
            rest = found - way
            if not rest or not way <= found:
                continue
            for other in ways:
                numbers = any(word.isdigit() for word in way | other)
                if rest <= other and not way & other if numbers else rest & other:
                    twice |= way | (rest & other)
    return tuple(level for word, level in written.items() if word in twice)


def odd_labels(plan: Plan, book: Codebook | None, name: str, levels: Mapping[str, int]) -> set[str]:
    """Labels of arms or of a category that look like a code for "missing".

    That is a number such as 9 among words; among arms that are numbers, one far from the others.
    A label that the plan names is none. Where the codebook has the answers, another is unknown,
    and told as such. levels: label -> rows.
    """
    if name in answers_of(plan, book):
        return set()
    told = (*plan.study.arms, plan.comparison, *plan.alone) if name == plan.treatment else ()
    known = set(told)
    number = {label: as_number(label) for label in levels}
    codes = {label for label, x in number.items() if x in CODES and label not in known}
    words = sum(math.isnan(x) for x in number.values())
    if words:
        return codes if words == len(levels) - len(codes) else set()
    if name != plan.treatment:
        return set()
    arms = sorted(levels, key=number.__getitem__)
    far = suspects(np.array([number[arm] for arm in arms]), np.array([levels[arm] for arm in arms]))
    return {label for label in codes if number[label] in far}


def stray_labels(
    plan: Plan, book: Codebook | None, levels: Mapping[str, Mapping[str, int]]
) -> dict[str, set[str]]:
    """Background column -> labels that hold no number (``?``, ``<5``) where all others are one.

    Such a column is a measure with hidden or unknown cells, unless the plan calls it a category or
    the codebook names its answers. A label such as 6/7 or 6a makes groups of the others too.
    """
    told = answers_of(plan, book)
    out = {}
    for name, found in levels.items():
        if name in (plan.treatment, plan.wave, *plan.categories, *told):
            continue
        odd = {word for word in found if math.isnan(as_number(word.replace(",", ".")))}
        if len(odd) < len(found) / 2 and odd and all(_says_no_number(word) for word in odd):
            out[name] = odd
    return out


def _says_no_number(word: str) -> bool:
    return HIDDEN.fullmatch(word) is not None or not any(map(str.isdigit, word))
