"""Whether a likelihood has a maximum: when the columns tell an outcome apart exactly, it has none.

There is none when some direction c of the coefficients never makes it worse and once makes it
better: for outcomes of 0 and 1, (2 y_i - 1) x_i'c >= 0 for all pupils and > 0 for some (Albert &
Anderson, 1984, Biometrika 71); for counts, x_i'c = 0 where y_i > 0 and <= 0 where it is 0 (Correia,
Guimaraes & Zylkin, 2020). Whether there is such a c is a linear programme (Konis, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TELLS = 1e-6  # of a direction, of which all entries lie between -1 and 1


@dataclass(frozen=True, slots=True)
class Separation:
    """The columns that tell an outcome apart. alone: whether each of them does so by itself."""

    columns: tuple[int, ...]
    alone: bool


def separation(X: Floats, y: Floats, *, binary: bool) -> Separation | None:
    """Which columns of X (the first constant) tell y apart; None when the maximum is there."""
    rows = np.unique(np.column_stack([X, y > 0]), axis=0)
    Z, some = rows[:, :-1], rows[:, -1] > 0
    direction = _direction(Z, some, binary=binary)
    if direction is None:
        return None
    named = [j for j in np.flatnonzero(np.abs(direction) > TELLS).tolist() if j > 0]
    single = [j for j in named if _direction(Z[:, [0, j]], some, binary=binary) is not None]
    return Separation(tuple(single or named), alone=bool(single))


def _direction(Z: Floats, some: NDArray[np.bool_], *, binary: bool) -> Floats | None:
    """A direction in which the likelihood rises for ever: as far as its bounds, or not at all."""
    from scipy.optimize import linprog

    signed = Z * np.where(some, 1.0, -1.0)[:, None]
    held = np.zeros(len(Z), dtype=bool) if binary else some
    found = linprog(
        -signed[~held].sum(axis=0),
        A_ub=-signed[~held],
        b_ub=np.zeros(int((~held).sum())),
        A_eq=Z[held] if held.any() else None,
        b_eq=np.zeros(int(held.sum())) if held.any() else None,
        bounds=(-1, 1),
        method="highs",
    )
    c = np.zeros(1) if found.x is None else np.asarray(found.x, dtype=float)
    return c if np.abs(c).max() > 0.5 else None
