"""What goes as well in a very large table: sum by sum, without an attacker's linear programmes.

Along every sum two or more counts go, together at least the minimum, and no small count follows
from all sums taken together. That is quick for thousands of counts, and less than `protect.py`
promises: a count may be known to lie in part of its range. So it asks the attacker afterwards, up
to as many counts as can be asked in time, and says so where it did not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure.sums import Sum

Bools = NDArray[np.bool_]
SEED = 20231128  # of one random direction; any will do
FIXED = 1e-6  # a count that moves less in that direction follows from the sums


def sum_by_sum(
    counts: NDArray[np.float64],
    sums: Sequence[Sum],
    small: Bools,
    worth: NDArray[np.intp],
    stays: Bools,
    minimum: int,
) -> Bools:
    """(k,) which of k linked counts are not shown.

    counts: (k,) whole numbers, totals among them. small: (k,) those that must go. worth: (k,) of
    those that may go as well, those worth least go first. stays: (k,) those that may not.
    """
    hidden = small.copy()
    free = (counts > 0) & ~stays
    lines_of: list[list[int]] = [[] for _ in counts]
    for i, line in enumerate(sums):
        for cell in (line.total, *line.parts):
            lines_of[cell].append(i)
    cells = [np.array([*line.parts, line.total]) for line in sums]
    waiting = list(range(len(sums)))
    while True:
        while waiting:
            line = sums[waiting.pop()]
            while (
                more := _next(counts, hidden, line, lines_of, cells, worth, free, minimum)
            ) is not None:
                hidden[more] = True
                waiting.extend(lines_of[more])
        told = np.flatnonzero(small & _follows(hidden, sums))
        beside = (_beside(counts, hidden, cells, lines_of, free, cell) for cell in told.tolist())
        fresh = [cell for cell in set(beside) if cell is not None]
        if not fresh:
            return hidden
        hidden[fresh] = True
        waiting = sorted({line for cell in fresh for line in lines_of[cell]})


def _next(
    counts: NDArray[np.float64],
    hidden: Bools,
    line: Sum,
    lines_of: list[list[int]],
    cells: list[NDArray[np.intp]],
    worth: NDArray[np.intp],
    free: Bools,
    minimum: int,
) -> int | None:
    """A count that has to be withheld as well for the sake of one sum; None when it is safe."""
    parts = np.array(line.parts)
    out = parts[hidden[parts]]
    if hidden[line.total]:
        if len(out) or counts[line.total] == 0:
            return None
    elif not len(out) or (len(out) > 1 and counts[out].sum() >= minimum):
        return None
    shown = parts[~hidden[parts] & free[parts]]
    may = free[line.total] and not hidden[line.total]
    if may and (not len(shown) or worth[line.total] < worth[shown].min()):
        return line.total
    if not len(shown):
        return None
    # Each other sum in which it would be alone costs about as much again.
    alone = np.array([sum(not hidden[cells[i]].any() for i in lines_of[cell]) for cell in shown])
    return int(shown[np.lexsort((counts[shown] * (1 + alone), worth[shown]))[0]])


def _follows(hidden: Bools, sums: Sequence[Sum]) -> Bools:
    """(k,) which withheld counts follow from the sums and from what is shown.

    A count follows when no change of the withheld counts that leaves all sums alone touches it: a
    random vector loses it altogether when it is projected on those changes.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import lsmr

    at = np.flatnonzero(hidden)
    if not len(at):
        return hidden
    place = {cell: i for i, cell in enumerate(at.tolist())}
    row, column, sign = [], [], []
    for i, line in enumerate(sums):
        for cell, s in ((line.total, -1.0), *((part, 1.0) for part in line.parts)):
            if cell in place:
                row.append(i)
                column.append(place[cell])
                sign.append(s)
    A = csr_matrix((sign, (row, column)), shape=(len(sums), len(at)))
    z = np.random.default_rng(SEED).uniform(1, 2, len(at))
    x = lsmr(A, np.asarray(A @ z), atol=1e-13, btol=1e-13, maxiter=20 * len(at) + 100)[0]
    out = np.zeros_like(hidden)
    out[at] = np.abs(z - x) < FIXED
    return out


def _beside(
    counts: NDArray[np.float64],
    hidden: Bools,
    cells: list[NDArray[np.intp]],
    lines_of: list[list[int]],
    free: Bools,
    cell: int,
) -> int | None:
    """The smallest count still shown in the sums of a count, or in those that these lead to."""
    lines = set(lines_of[cell])
    while True:
        near = np.unique(np.concatenate([cells[line] for line in lines]))
        shown = near[~hidden[near] & free[near]]
        if len(shown):
            return int(shown[np.argmin(counts[shown])])
        wider = {line for each in near.tolist() for line in lines_of[each]}
        if wider <= lines:
            return None
        lines |= wider
