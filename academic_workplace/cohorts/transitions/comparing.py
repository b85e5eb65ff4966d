"""One comparison, counted: a position seen from an advice, or one advice seen from another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from academic_workplace.cohorts.levels import NO_TEST, Advice, Move, Rule, Track, move_of
from academic_workplace.cohorts.transitions.reading import Read
from academic_workplace.cohorts.transitions.result import MOVES, Contrast
from academic_workplace.cohorts.transitions.shares import counted, crossed, with_totals
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
WITHOUT_TEST = Text(
    "Cohort 2019-2020 telt niet mee waar een toets nodig is: de eindtoets ging dat jaar niet door.",
    "Cohort 2019-2020 does not count where a test is needed: the final test was cancelled.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One comparison, counted.

    of_schools: (G, C, 3) pupils by move, everyone last when groups are added up; known: (n,) who
    has both sides. Of a position also the matrix with its totals, (G, R + 1, P + 1), the move of
    every cell, (R, P) with -1 for none, and who is in it.
    """

    contrast: Contrast
    year: int
    of_schools: Floats
    known: NDArray[np.bool_]
    matrix: Floats
    tracks: tuple[Track, ...]
    moves: Ints
    inside: NDArray[np.bool_]

    @property
    def parts(self) -> Floats:
        """(G, 4) pupils by move, and together."""
        return with_totals(self.of_schools.sum(axis=1), (1,))

    @property
    def named_moves(self) -> tuple[tuple[Move | None, ...], ...]:
        """(R, P) the moves of the cells of the matrix."""
        return tuple(tuple(None if m < 0 else MOVES[m] for m in row) for row in self.moves.tolist())


def compared(data: Read, contrast: Contrast, year: int, moves: Ints, *, whole: bool) -> Asked:
    """One advice seen from another. moves: (n,)."""
    of_schools = counted(moves, data.group, data.school, (len(data.groups), data.schools),
                         data.pupils)  # fmt: skip
    nobody = np.zeros(len(moves), dtype=bool)
    return Asked(
        contrast, year, with_totals(of_schools, (0,) if whole else ()), moves >= 0,
        np.zeros((len(data.groups) + whole, 0, 0)), (), np.zeros((0, 0), dtype=np.intp), nobody,
    )  # fmt: skip


def of_position(
    data: Read,
    which: Advice,
    year: int,
    at: Ints,
    tracks: tuple[Track, ...],
    rule: Rule,
    *,
    whole: bool,
) -> Asked:
    """The position in one year, seen from the advice."""
    mine, R, P = data.advice[which], len(data.levels), len(tracks)
    moves = np.full((R + 1, P + 1), -1, dtype=np.intp)  # the last ones: not known
    for i, a in enumerate(data.levels):
        moves[i, :P] = [code_of(move_of(a, p, rule)) for p in tracks]
    found = compared(data, Contrast.POSITION, year, moves[mine, at], whole=whole)
    cells = crossed(mine, at, data.group, (len(data.groups), R, P), data.pupils)
    matrix = with_totals(cells, (0, 1, 2) if whole else (1, 2))
    inside = (mine >= 0) & (at >= 0)
    return replace(found, matrix=matrix, tracks=tracks, moves=moves[:R, :P], inside=inside)


def code_of(move: Move | None) -> int:
    """The place of a move in ``MOVES``; -1 for none."""
    return -1 if move is None else MOVES.index(move)


def of_advice(data: Read, which: Advice, notes: list[Text]) -> list[tuple[Contrast, Ints]]:
    """(n,) the move of every pupil, for the comparisons of one advice with another."""
    R = len(data.levels)
    half = np.full((R + 1, R + 1), -1, dtype=np.intp)
    for i, a in enumerate(data.levels):
        for j, b in enumerate(data.levels):
            half[i, j] = code_of(move_of(a, b, Rule.HALF_STEPS))
    out = []
    first, test, final = (data.advice.get(kind) for kind in (Advice.FIRST, Advice.TEST,
                                                             Advice.FINAL))  # fmt: skip
    if test is not None:
        cancelled = np.array([year == NO_TEST for year in data.cohorts])[data.cohort]
        if cancelled.any():
            notes.append(WITHOUT_TEST)
        test = np.where(cancelled, -1, test)
        if which is not Advice.TEST:
            out.append((Contrast.TEST, half[test, data.advice[which]]))
    if first is not None and final is not None:
        out.append((Contrast.REVISION, half[first, final]))
        if test is not None:
            higher = half[first, test] == MOVES.index(Move.ABOVE)
            out.append((Contrast.HEEDED, np.where(higher, half[first, final], -1)))
    return out
