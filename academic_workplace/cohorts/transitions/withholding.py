"""What of all comparisons together stays inside, so that none tells what another withholds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from academic_workplace.cohorts.transitions.comparing import Asked
from academic_workplace.cohorts.transitions.result import Contrast
from academic_workplace.cohorts.transitions.shares import sums_along
from academic_workplace.cohorts.withheld import withheld
from academic_workplace.disclosure import profile
from academic_workplace.disclosure.protect import Chosen
from academic_workplace.intake.duo.ranges import Sum

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


def decided(
    asked: Sequence[Asked], *, named: bool, whole: bool
) -> tuple[list[tuple[NDArray[np.bool_], NDArray[np.bool_]]], Chosen]:
    """Per comparison what is withheld: (G, 4) of its parts, and of its matrix; and how what goes to
    protect others was chosen.

    All of them together, for they tell of one another: a move is the sum of cells of the matrix,
    and two comparisons of the same pupils have the same totals.
    """
    sums: list[Sum] = []
    places: list[tuple[Ints, Ints]] = []
    start, margin = 0, (0,) if whole else ()
    for each in asked:
        of_parts = start + np.arange(each.parts.size).reshape(each.parts.shape)
        start += of_parts.size
        of_matrix = start + np.arange(each.matrix.size).reshape(each.matrix.shape)
        start += of_matrix.size
        places.append((of_parts, of_matrix))
        sums += sums_along(of_parts, (*margin, 1))
        if each.contrast is Contrast.POSITION:
            sums += sums_along(of_matrix, (*margin, 1, 2)) + _joined(each, of_parts, of_matrix)
    for i, j in itertools.combinations(range(len(asked)), 2):
        if np.array_equal(asked[i].known, asked[j].known):
            pairs = zip(places[i][0][:, 3], places[j][0][:, 3], strict=True)
            sums += [Sum(int(a), (int(b),)) for a, b in pairs]
        if asked[i].inside.any() and np.array_equal(asked[i].inside, asked[j].inside):
            ends = (places[k][1][:, :-1, -1].ravel() for k in (i, j))
            sums += [Sum(int(a), (int(b),)) for a, b in zip(*ends, strict=True)]
    pieces = [(each.parts, each.matrix) for each in asked]
    if not pieces:
        return [], Chosen.LEAST
    counts = np.concatenate([cells.ravel() for pair in pieces for cells in pair])
    also, beside = np.zeros((2, len(counts)), dtype=bool)
    worth = np.zeros(len(counts), dtype=np.intp)
    for (parts, matrix), (of_parts, of_matrix) in zip(pieces, places, strict=True):
        also[of_parts.ravel()] = _all_alike(parts, named, whole)
        also[of_matrix.ravel()], beside[of_matrix.ravel()] = _one_way(matrix)
        worth[of_parts.ravel()] = DEAR
        worth[of_matrix.ravel()] = _worth(matrix.shape, (*margin, 1, 2))
    kept = withheld(counts, sums, also=also, beside=beside, worth=worth)
    hidden = kept.hidden
    return [(hidden[of_parts], hidden[of_matrix]) for of_parts, of_matrix in places], kept.chosen


DEAR = 9  # what a share is worth beside a cell of a matrix


def _joined(each: Asked, of_parts: Ints, of_matrix: Ints) -> list[Sum]:
    """A move is the sum of its cells; the matrix holds who is on no side (vso, vavo) as well."""
    sums = []
    for parts, matrix in zip(of_parts, of_matrix, strict=True):
        inner = matrix[:-1, :-1]
        for move in range(3):
            cells = inner[each.moves == move].tolist()
            if cells:
                sums.append(Sum(int(parts[move]), tuple(cells)))
        apart = inner[each.moves < 0].tolist()
        sums.append(Sum(int(matrix[-1, -1]), (int(parts[3]), *apart)))
    return sums


def _worth(shape: tuple[int, ...], axes: Sequence[int]) -> Ints:
    """(k,) of how many sums each count is the total: totals are what a reader needs most."""
    worth = np.zeros(shape, dtype=np.intp)
    for axis in axes if worth.size else ():
        np.moveaxis(worth, axis, -1)[..., -1] += 1
    return worth.ravel()


def _one_way(matrix: Floats) -> tuple[Bools, Bools]:
    """The cell of an advice where everyone with it went: it would tell of all of them. And the
    zeros beside it, which would tell as much."""
    full, zeros = np.zeros((2, *matrix.shape), dtype=bool)
    if matrix.size and not profile().extremes:
        cells, whole = matrix[:, :-1, :-1], matrix[:, :-1, -1:]
        full[:, :-1, :-1] = (cells == whole) & (whole > 0)
        zeros = full.any(axis=2, keepdims=True) & ~full
        zeros[:, :, -1] = False
    return full.ravel(), zeros.ravel()


def _all_alike(parts: Floats, named: bool, whole: bool) -> NDArray[np.bool_]:
    """All parts of a group whose pupils fall in one of them: it would tell of everyone in it."""
    alike = np.zeros(parts.shape, dtype=bool)
    if named and not profile().extremes:
        one = ((parts[:, :-1] == parts[:, -1:]) & (parts[:, -1:] > 0)).any(axis=1)
        alike[one, :-1] = True
        if whole:
            alike[-1] = False
    return alike.ravel()
