"""How values are written: codes that look like "missing", labels that look like each other.

Pure rules on distinct values; ``facts.py`` and ``streaming.py`` ask them of a table or a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from academic_workplace.intake import layout
from academic_workplace.intake.codebook import Codebook, Form, levels_of
from academic_workplace.intake.pupils import Floats, label_of
from academic_workplace.plan import Plan

# What people type for "not known" where answers are whole numbers.
CODES = (-9999, -999, -99, -98, -88, -9, -8, -1, 8, 9, 88, 98, 99, 888, 998, 999, 9999)
FAR = 0.5  # of the spread of all other values: a code stands at least this far from them
ONE_STEP = 1.0  # ... and further than one answer is from the next

# Ways to write the same two answers; a column in one file keeps to one of them.
SAME_ANSWERS = (
    ({"m", "v"}, {"man", "vrouw"}, {"j", "m"}, {"jongen", "meisje"}, {"boy", "girl"},
     {"male", "female"}, {"1", "2"}, {"0", "1"}),
    ({"ja", "nee"}, {"j", "n"}, {"yes", "no"}, {"y", "n"}, {"waar", "onwaar"}, {"true", "false"},
     {"1", "0"}, {"1", "2"}),
)  # fmt: skip


def suspects(codes: Iterable[float], least: float, most: float) -> frozenset[float]:
    """Which of the ``CODES`` in a column look like "missing".

    codes: those that occur; least, most: of all other values. Working outwards, a code that is
    near is an answer, and the first that is far is a code, as is all beyond it.
    """
    there, found = list(codes), set[float]()
    for side in (1, -1):
        inner, outer = (least, most) if side > 0 else (most, least)
        outwards = sorted(side * code for code in there if side * code > side * outer)
        beyond = False
        for code in (side * each for each in outwards):
            gap = abs(code - outer)
            beyond = beyond or (gap > ONE_STEP and gap >= FAR * abs(outer - inner))
            if beyond:
                found.add(code)
            else:
                outer = code
    return frozenset(found)


def is_suspect(values: Floats, low: float, high: float) -> NDArray[np.bool_]:
    """Which values look like a code for "missing": 9, 99, 999 ... far from all others. NaN is not.

    low, high: the lowest and highest value. Not asked of a column of which the plan or the
    codebook gives the range.
    """
    if low in CODES or high in CODES:
        code = np.isin(values, CODES)
        others = values[~code & np.isfinite(values)]
        if len(others):
            found = suspects(np.unique(values[code]).tolist(), others.min(), others.max())
            return np.isin(values, list(found))
    return np.zeros(len(values), dtype=bool)


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


def alike(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of names that differ only in capitals or spaces.

    Of single letters nothing is said: schools may be called a to z and A to Z.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault("".join(name.casefold().split()), []).append(name)
    return [tuple(each) for key, each in found.items() if len(each) > 1 and len(key) > 1]


def two_codings(levels: Sequence[str]) -> bool:
    """Whether a column holds two answers written in two ways: 1 and 2 beside jongen and meisje."""
    found = {level.casefold() for level in levels}
    return any(
        way <= found and found > way and found - way <= other and not way & other
        for ways in SAME_ANSWERS
        for way in ways
        for other in ways
    )
