"""Which years of a curve may be shown, so that no step between two of them is a few pupils."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest

Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]


def shown_years(events: Counts, followed: Counts, nobody: Bools) -> tuple[Bools, Bools, bool, bool]:
    """Which years of a curve may be shown, of its kinds, and whether its mean times may.

    events: (h + 1, K) by the end of each year; followed: (h + 1,); nobody: as events, whether it
    happened to no one in the whole table (then it tells of no group). A year is shown when ten or
    more had the event and ten or more are followed without, and when between two shown years
    nothing happened to 1 to 9 pupils. The horizon goes first. Kinds are shown all or none, since
    with the survival the last would follow from the others. From a mean one hidden year would
    follow, so that a second goes with it.
    """
    total = events.sum(axis=1, keepdims=True)
    told = _steps(total, np.all(nobody, axis=1)[:, None], followed >= fewest())
    h = len(told) - 1
    hidden = np.flatnonzero(~told[1:h]) + 1
    if told[h] and len(hidden) == 1:
        others = [y for y in range(1, h) if y != hidden[0]]
        if others:
            told[min(others, key=lambda y: abs(y - int(hidden[0])))] = False
    mean = bool(told[h]) and int(np.sum(~told[1:h])) != 1
    if events.shape[1] == 1:
        return told, told.copy(), mean, mean
    kinds = _steps(events, nobody, told)
    lost = mean and bool(kinds[h]) and int(np.sum(~kinds[1:h])) != 1
    return told, kinds, mean, lost


def _steps(events: Counts, nobody: Bools, possible: Bools) -> Bools:
    """(h + 1,) which years leave no step of 1 to 9 pupils, from the last one back; year 0 does."""
    out = np.zeros(len(events), dtype=bool)
    out[0] = True
    after = None
    for y in range(len(events) - 1, 0, -1):
        step = fewest() if after is None else events[after] - events[y]
        apart = np.all((step == 0) | (step >= fewest()))
        if possible[y] and apart and np.all((events[y] >= fewest()) | nobody[y]):
            out[y], after = True, y
    return out


def shown_followed(followed: Counts, gone: Counts, entered: Counts, told: Bools) -> Bools:
    """(h + 1,) where the number still followed tells of no 1 to 9 pupils who left sight or came.

    told: (h + 1,) where the curve itself is shown; elsewhere the number would tell it.
    """
    out = np.zeros(len(followed), dtype=bool)
    moves = np.column_stack([followed, gone, entered])
    after = None
    for y in range(len(followed) - 1, -1, -1):
        from_start = np.array([gone[y], entered[-1] - entered[y]])
        step = from_start if after is None else np.append(np.abs(moves[after] - moves[y]),
                                                          from_start)  # fmt: skip
        if told[y] and followed[y] >= fewest() and np.all((step == 0) | (step >= fewest())):
            out[y], after = True, y
    return out
