"""Counts as public tables hold them: whole numbers, ``<5`` or -1 (1 to 4), and ranges (``5-9``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from academic_workplace.errors import SHOWN_ROWS, Fault
from academic_workplace.intake.duo.cells import count_of
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text

Bools = NDArray[np.bool_]
Counts: TypeAlias = Bounds | ArrayLike | Iterable[object]

RANGE = re.compile(r"([0-9]{1,15})\s*(?:-|\u2013|t/m|to)\s*([0-9]{1,15})")
NO_COUNT = Text(
    "Dit zijn geen aantallen leerlingen: leeg, onder 0, niet heel, of een bereik dat niet kan.",
    "This is no number of pupils: empty, below 0, not whole, or a range that cannot be.",
)
WRITE_COUNT = Text(
    "Schrijf een heel getal, <5 (of -1) voor 1 tot en met 4, of een bereik als 5-9.",
    "Write a whole number, <5 (or -1) for 1 to 4, or a range such as 5-9.",
)


def range_of(word: object) -> tuple[float, float] | None:
    """The lowest and highest count that a cell can mean; None when it is no count.

    >>> range_of("<5"), range_of("5-9"), range_of(12.0), range_of("9-5"), range_of(-3)
    ((1.0, 4.0), (5.0, 9.0), (12.0, 12.0), None, None)
    """
    if isinstance(word, bool | np.bool_):
        return None
    if isinstance(word, float | np.floating) and float(word).is_integer():
        word = int(word)
    text = str(word).strip()
    found = RANGE.fullmatch(text)
    if found is None:
        return count_of(text) if text else None
    low, high = float(found[1]), float(found[2])
    return (low, high) if low <= high else None


def read_counts(words: Iterable[object]) -> tuple[Bounds, Bools]:
    """(n,) what every cell can mean, and (n,) which are no count; those are 0."""
    column = pd.Series([w if np.isscalar(w) or pd.api.types.is_scalar(w) else "?" for w in words],
                       dtype=object)  # fmt: skip
    codes, written = pd.factorize(column, use_na_sentinel=True)
    found = [range_of(word) for word in written] + [None]
    wrong = np.array([each is None for each in found])[codes]
    ends = np.array([each or (0.0, 0.0) for each in found], dtype=float)[codes]
    return Bounds(ends[:, 0], ends[:, 1]), wrong


def counts_of(given: Counts | None, argument: str, faults: list[Fault]) -> Bounds:
    """(n,) counts from bounds, numbers or words. A fault for what is no count.

    One count alone is a row of one. Bounds are counts when they are whole and have two ends.
    """
    if isinstance(given, Bounds):
        ends = np.stack([np.atleast_1d(given.low), np.atleast_1d(given.high)])
        whole = np.floor(np.where(np.isfinite(ends), ends, 0.5)) == ends
        wrong = ~(whole & (ends >= 0)).all(axis=0)
        bounds = Bounds(*np.where(wrong, 0.0, ends))
    else:
        words = (
            list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
        )
        bounds, wrong = read_counts(words)
    if wrong.any() or wrong.ndim > 1 or not wrong.size:
        faults.append(wrong_rows(NO_COUNT, WRITE_COUNT, argument, wrong))
    return bounds


def part_and_whole(
    table: pd.DataFrame, part: str, whole: str, faults: list[Fault]
) -> tuple[Bounds, Bounds]:
    """(n,) counts of two columns. A fault for what is no count, and for a part above its whole."""
    (x, bad_x), (n, bad_n) = (read_counts(table[column]) for column in (part, whole))
    for column, bad in ((part, bad_x), (whole, bad_n)):
        if bad.any():
            faults.append(wrong_rows(NO_COUNT, WRITE_COUNT, column, bad))
    more = (x.low > n.high) & ~bad_x & ~bad_n
    if more.any():
        rule = Text("Hier zijn er meer dan er leerlingen zijn.",
                    "This counts more than there are pupils.")  # fmt: skip
        remedy = Text("Kijk welk van beide aantallen klopt.", "See which of the two is right.")
        faults.append(wrong_rows(rule, remedy, part, more))
    return x, n


def wrong_rows(rule: Text, remedy: Text, column: str, where: Bools) -> Fault:
    """A fault of the rows that are marked, counted from 1."""
    at = np.flatnonzero(where)
    return Fault(rule, remedy, column=column, rows=tuple(int(i) + 1 for i in at[:SHOWN_ROWS]),
                 count=len(at))  # fmt: skip
