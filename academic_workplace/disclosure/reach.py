"""An attacker who asks of a choice of what is hidden what each count could still be.

What falls short is told as a row: of every safe choice it must have at least 1 (the attacker's dual
of Fischetti and Salazar, 2001, Management Science 47, equations 13-18).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure.attack import (
    WHOLE,
    Piece,
    cheapest_moves,
    is_whole,
    programme,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]

NEAR = 1e-6
PASSING = 1e-3  # what it costs to change what is hidden already
SHORT = 12  # counts in a sum that is looked along as a whole for a change nearby
FELLOWS = 3  # of a longer sum


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Counts that hang together. All (k,): a the counts; shown_low, shown_high what is known of one
    that is shown; low, high of one that is hidden; up, down what it must be able to reach (NaN:
    nothing); apart how far these must lie apart (0: not asked); primary; cost, infinite for
    what cannot go as well."""

    piece: Piece
    a: Floats
    shown_low: Floats
    shown_high: Floats
    low: Floats
    high: Floats
    up: Floats
    down: Floats
    apart: Floats
    primary: Bools
    cost: Floats


class Attacker:
    """Knows what is shown of one piece, and remembers how low and high it has seen each count.

    That memory is why this is no function: what was seen stays true when more is hidden, and saves
    most of the linear programmes.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.columns = case.piece.A.tocsc()
        self.up, self.down, self.apart = case.up.copy(), case.down.copy(), case.apart.copy()
        self.hide(case.primary)

    def hide(self, hidden: Bools, *, more: bool = False, together: bool = True) -> None:
        """Look at another choice of what is hidden. more: it only adds to the one before.
        together: and see at once what can be seen of many counts."""
        case = self.case
        self.hidden = hidden.copy()
        self.low = np.where(hidden, case.low, case.shown_low)
        self.high = np.where(hidden, case.high, case.shown_high)
        if not more:
            self.seen_low, self.seen_high = case.a.copy(), case.a.copy()
            if together:
                self._see_together()

    def lacks(self, i: int) -> int | None:
        """1, -1: a count was not seen high or low enough; 0: not far enough apart; else None."""
        if self.seen_high[i] < self.up[i]:
            return 1
        if self.seen_low[i] > self.down[i]:
            return -1
        if self.seen_high[i] - self.seen_low[i] < self.apart[i]:
            return 0
        return None

    def settle(self, i: int) -> bool:
        """Ask of a count no more than can be had with all that is hidden now; whether that is less
        than was asked."""
        if self.lacks(i) is None:
            return False
        self._push(i, (1, -1))
        less = False
        while (lack := self.lacks(i)) is not None:
            less = True
            if lack > 0:
                self.up[i] = self.seen_high[i]
            elif lack < 0:
                self.down[i] = self.seen_low[i]
            else:
                self.apart[i] = self.seen_high[i] - self.seen_low[i]
        return less

    def reach(self, i: int, *, near: bool = True) -> Floats | None:
        """None when a count reaches all that it must; else a row that says what is lacking.

        Every safe choice has row @ hidden >= 1, and what is hidden now has not. near: look for a
        change nearby first, which is quick where it does reach.
        """
        if near and (lack := self.lacks(i)) is not None:
            self._step(i, lack or 1, self._near(i, self.hidden))
        while (lack := self.lacks(i)) is not None:
            signs = (lack,) if lack else (1, -1)
            ends = [self._end(i, sign) for sign in signs]
            wanted = self.wanted(i, lack)
            if wanted - sum(end.moved for end in ends) > WHOLE:
                need = max(wanted - sum(end.given for end in ends), WHOLE)
                row = np.clip(sum(end.row for end in ends) / need, 0.0, 1.0)
                row[~np.isfinite(self.case.cost)] = 0.0
                if row @ self.hidden < 1 - NEAR and row.sum() >= 1 - NEAR:
                    return row
            for sign in signs:  # a fraction was in the way
                if self.lacks(i) == lack:
                    self._step(i, sign, np.flatnonzero(self.hidden))
                if self.lacks(i) == lack:
                    self._step(i, sign, self._near(i, self.hidden), whole=True)
            if self.lacks(i) == lack:
                self._push(i, signs)
            if self.lacks(i) == lack:  # whole numbers do not get there: hide at least one more
                return np.where(np.isfinite(self.case.cost) & ~self.hidden, 1.0, 0.0)
        return None

    def blocked(self, i: int, choice: Bools) -> Floats:
        """The row of a count that falls short even when as much as can be is hidden besides.

        One at a time, dearest first, a count is hidden as well unless that would help: of all that
        is then left at least one has to go. That says far more than the first row.
        """
        left = np.flatnonzero(np.isfinite(self.case.cost) & ~choice)
        hidden = choice.copy()
        self.hide(hidden, together=False)
        row = self.reach(i)
        for j in left[np.argsort(-self.case.cost[left], kind="stable")]:
            hidden[j] = True
            if row is not None and row[j] == 0:  # the last row stays short whatever this one does
                continue
            self.hide(hidden, together=False)
            found = self.reach(i, near=False)
            if found is None:
                hidden[j] = False
            else:
                row = found
        return np.where(np.isfinite(self.case.cost) & ~hidden, 1.0, 0.0)

    def wanted(self, i: int, sign: int) -> float:
        """How far a count must be able to move up or down; 0: both together, or not at all."""
        aim = self.up[i] if sign > 0 else self.down[i] if sign < 0 else np.nan
        if np.isnan(aim):
            return float(self.apart[i]) if not sign else 0.0
        return float(sign * (aim - self.case.a[i]))

    def lines_of(self, i: int) -> Places:
        """The sums that a count stands in."""
        at = self.columns.indptr
        return np.asarray(self.columns.indices[at[i] : at[i + 1]])

    def _see(self, x: Floats | None) -> None:
        if x is not None and is_whole(x):
            np.minimum(self.seen_low, np.round(x), out=self.seen_low)
            np.maximum(self.seen_high, np.round(x), out=self.seen_high)

    def _see_together(self) -> None:
        """Fillings in which many counts are where they must be able to be."""
        gained = True
        while gained:
            gained = False
            for sign in (1, -1):
                left = self._left(sign)
                if left.sum() < 2:
                    continue
                top = np.where(left & (sign > 0), self.up, self.high)
                aim = np.where(left, -float(sign), 0.0)
                self._see(programme(self.case.piece, aim, self.low, top, whole=False))
                gained |= bool(self._left(sign).sum() < left.sum())

    def _left(self, sign: int) -> Bools:
        """(k,) which counts have not been seen high, or low, enough."""
        if sign > 0:
            return np.asarray(self.seen_high < self.up)
        return np.asarray(self.seen_low > self.down)

    def _capped(self, i: int, sign: int) -> tuple[Floats, Floats]:
        """The bounds, with those of one count no wider than it has to reach."""
        low, high, a = self.low.copy(), self.high.copy(), self.case.a[i]
        if sign > 0:
            high[i] = min(high[i], max(a, np.fmax(self.up[i], a + self.apart[i])))
        else:
            low[i] = max(low[i], min(a, np.fmin(self.down[i], a - self.apart[i])))
        return low, high

    def _near(self, i: int, among: Bools) -> Places:
        """Those of a choice in the short sums of a count and of its largest fellows in long ones,
        and in the short sums of these: in a table of groups, the same place in some other groups.
        """
        near, A = np.array([i]), self.case.piece.A
        for reach in range(3):
            found = [near]
            for line in np.unique(np.concatenate([self.lines_of(int(j)) for j in near])):
                cells = A.indices[A.indptr[line] : A.indptr[line + 1]]
                if len(cells) > SHORT:
                    if reach:
                        continue
                    cells = cells[among[cells]]
                    order = np.lexsort((-self.case.a[cells], ~self.hidden[cells]))
                    cells = cells[order[:FELLOWS]]
                found.append(cells)
            near = np.unique(np.concatenate(found))
            near = near[among[near]]
        return near

    def open_near(self, i: int) -> Bools:
        """What has to be hidden for a count to reach its ends through the counts nearby, cheaply:
        the counts along the cheapest change that takes it there."""
        used, choices = np.zeros(len(self.hidden), dtype=bool), np.isfinite(self.case.cost)
        among = self._near(i, self.hidden | choices)
        price = np.where(self.hidden, PASSING, self.case.cost)[among]
        for _ in range(3):
            if (lack := self.lacks(i)) is None:
                break
            moved = self._step(i, lack or 1, among, price)
            if moved is None:
                break
            used[among[np.abs(moved) > NEAR]] = True
            self.hide(self.hidden | used, more=True)
            if self.lacks(i) == lack:
                break
        return used

    def _step(
        self, i: int, sign: int, among: Places, price: Floats | None = None, *, whole: bool = False
    ) -> Floats | None:
        """The cheapest change of some counts that brings one where it must be able to be.

        Such a change is nearly always whole, where a vertex of all may not be. None: there is none.
        """
        from scipy.sparse import hstack

        step = sign * max(self.wanted(i, sign), self.apart[i])
        A = self.case.piece.A[:, among]
        A = A[np.diff(A.indptr) > 0]
        room, up = (self.case.a - self.case.low)[among], (self.case.high - self.case.a)[among]
        at, k = int(np.searchsorted(among, i)), len(among)
        if not -room[at] <= step <= up[at]:
            return None
        low, high = np.zeros(2 * k), np.concatenate([up, room])
        low[[at, k + at]] = high[[at, k + at]] = max(step, 0.0), max(-step, 0.0)
        costs = np.ones(k) if price is None else price
        found = cheapest_moves(
            np.concatenate([costs, costs]), hstack([A, -A]), low, high, whole=whole
        )
        if found is None:
            return None
        moved: Floats = found[0][:k] - found[0][k:]
        x = self.case.a.copy()
        x[among] += moved
        self._see(x)
        return moved

    def _push(self, i: int, signs: Sequence[int]) -> None:
        """The same in whole numbers, by branch and bound."""
        for sign in signs:
            aim = np.zeros(len(self.low))
            aim[i] = -sign
            self._see(programme(self.case.piece, aim, *self._capped(i, sign), whole=True))

    def _end(self, i: int, sign: int) -> _End:
        """The linear programme for one end of one count, no further than it has to reach."""
        case, (low, high) = self.case, self._capped(i, sign)
        aim = np.zeros(len(low))
        aim[i] = -sign
        found = cheapest_moves(aim, case.piece.A, low, high)
        if found is None:  # the counts themselves always fit
            raise ValueError("the counts do not add up")
        x, dual = found
        self._see(x)
        below, above = (np.where(side > NEAR, side, 0.0) for side in (dual, -dual))
        given = below @ (case.a - case.shown_low) + above @ (case.shown_high - case.a)
        row = below * (case.shown_low - case.low)
        up = above > 0
        row[up] += above[up] * (case.high - case.shown_high)[up]
        given += row[case.primary & np.isfinite(row)].sum()
        row[case.primary] = 0.0
        return _End(sign * float(x[i] - case.a[i]), row, float(given))


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """moved: how far from the count an end lies; given + row @ hidden is how far it can, by the
    dual (k,): hidden, a count may come down to its lowest value, or have any."""

    moved: float
    row: Floats
    given: float
