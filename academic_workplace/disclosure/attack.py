"""What somebody who has all that was released can work out of what was not.

Every count is a whole number between bounds: what is shown has none to spare, what is rounded lies
about what is printed, what is withheld is only known not to be negative. Tables, totals, earlier
editions and sister groups are sums of such counts, a printed share is an inequality between two of
them. For each count the least and the most it can then be is an integer programme of its own; its
linear relaxation almost always answers it, and where it does not, branch and bound does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from academic_workplace.disclosure.sums import Sum

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]
WHOLE = 1e-6  # a value this near a whole number is one
ROOM = 1e-9  # a share may have been rounded either way at its very edge


@dataclass(frozen=True, slots=True)
class Share:
    """A printed share: the count ``part`` is between low and high times the count ``whole``."""

    part: int
    whole: int
    low: float
    high: float


def printed_share(part: int, whole: int, percentage: float, decimals: int) -> Share:
    """What a percentage printed with so many decimals tells of two counts.

    >>> found = printed_share(0, 1, 33.3, 1)
    >>> round(found.low, 6), round(found.high, 6)
    (0.3325, 0.3335)
    """
    half = 0.5 * 10.0**-decimals
    return Share(part, whole, (percentage - half) / 100 - ROOM, (percentage + half) / 100 + ROOM)


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """(k,) the least and the most that each count can be; infinite when nothing bounds it."""

    low: Floats
    high: Floats

    @property
    def width(self) -> Floats:
        """(k,) of each range; 0 when the count can be worked out."""
        return self.high - self.low

    def spans(self, least: float, most: float) -> Bools:
        """(k,) whether a count can be ``least`` or lower, and ``most`` or higher."""
        return np.asarray((self.low <= least) & (self.high >= most))


def attack(
    low: ArrayLike, high: ArrayLike, sums: Sequence[Sum] = (), shares: Sequence[Share] = ()
) -> Ranges:
    """The range of every count, given the bounds that are known, the sums and the printed shares.

    low, high: (k,) whole numbers; equal for what is shown, low 1 and high infinite for what is
    withheld and not zero. A difference (of two editions, of a group and its sister) is a count of
    its own, with the sum that it is part of.

    Raises ValueError when no counts fit all that is known.

    >>> attack([1, 1, 20, 30], [np.inf, np.inf, 20, 30], [Sum(3, (0, 1, 2))]).high.tolist()
    [9.0, 9.0, 20.0, 30.0]
    """
    lows = np.array(low, dtype=float)
    highs = np.array(high, dtype=float)
    out = Ranges(lows.copy(), highs.copy())
    for piece in pieces(lows, highs, sums, shares):
        l, h = lows[piece.places], highs[piece.places]  # noqa: E741 (lower and upper bounds)
        least, most = np.full(len(l), np.inf), np.full(len(l), -np.inf)  # of the fillings so far
        for j, place in enumerate(piece.places):
            for sign in (1.0, -1.0):
                if (least[j] == l[j]) if sign > 0 else (most[j] == h[j]):
                    continue
                aim = np.zeros(len(l))
                aim[j] = sign
                found = filling(piece, aim, l, h)
                if found is None:
                    (least if sign > 0 else most)[j] = -sign * np.inf
                else:
                    least, most = np.minimum(least, found), np.maximum(most, found)
            out.low[place], out.high[place] = least[j], most[j]
    return out


# ---------------------------------------------------------------- what binds the counts


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Counts that are bound together and to nothing else: least <= A y <= most.

    places: (k,) of the counts y. A: (m, k), sparse. What is known is moved to the ends.
    """

    places: Places
    A: csr_array
    least: Floats
    most: Floats


def linked(
    k: int, sums: Sequence[Sum], shares: Sequence[Share] = ()
) -> tuple[csr_array, Floats, Floats]:
    """Sums and shares of k counts as rows of one matrix (m, k), between two ends (m,)."""
    from scipy.sparse import csr_array

    row, column, value = [], [], []
    most = [0.0] * len(sums) + [np.inf] * (2 * len(shares))
    for i, line in enumerate(sums):
        row += [i] * (len(line.parts) + 1)
        column += [line.total, *line.parts]
        value += [-1.0, *[1.0] * len(line.parts)]
    for i, share in enumerate(shares):
        for j, (sign, edge) in enumerate(((1.0, share.low), (-1.0, share.high))):
            row += [len(sums) + 2 * i + j] * 2
            column += [share.part, share.whole]
            value += [sign, -sign * edge]
    A = csr_array((value, (row, column)), shape=(len(most), k))
    return A, np.zeros(len(most)), np.array(most)


def pieces(
    low: Floats, high: Floats, sums: Sequence[Sum], shares: Sequence[Share] = ()
) -> list[Piece]:
    """What is not known, in pieces that do not bind each other.

    Raises ValueError when what is known contradicts itself.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if (low > high).any():
        raise ValueError("a lower bound is above its upper bound")
    A, least, most = linked(len(low), sums, shares)
    loose = np.flatnonzero(low < high)
    known = np.where(low == high, low, 0.0)
    told = A @ known
    least, most = least - told, most - told
    A = csr_array(A[:, loose])
    bound = np.diff(A.indptr) > 0
    if ((least > WHOLE) | (most < -WHOLE))[~bound].any():
        raise ValueError("the counts that are shown contradict each other")
    size = len(loose)
    B = abs(A[bound])
    count, label = connected_components(B.T @ B, directed=False) if size else (0, np.zeros(0))
    row_label = label[B.indices[B.indptr[:-1]]] if len(B.indptr) > 1 else np.zeros(0)
    rows = np.flatnonzero(bound)
    out = []
    order = np.argsort(label, kind="stable")
    starts = np.searchsorted(label[order], np.arange(count + 1))
    by_row = np.argsort(row_label, kind="stable")
    row_starts = np.searchsorted(row_label[by_row], np.arange(count + 1))
    for i in range(count):
        at = np.sort(order[starts[i] : starts[i + 1]])
        own = rows[np.sort(by_row[row_starts[i] : row_starts[i + 1]])]
        out.append(Piece(loose[at], csr_array(A[own][:, at]), least[own], most[own]))
    return out


def filling(piece: Piece, aim: Floats, low: Floats, high: Floats) -> Floats | None:
    """Whole numbers that fit a piece and make aim @ y least; None when nothing bounds that.

    low, high: (k,) of its counts. Raises ValueError when nothing fits.
    """
    found = programme(piece, aim, low, high, whole=False)
    if found is not None and not is_whole(found):
        found = programme(piece, aim, low, high, whole=True)
    return None if found is None else np.round(found)


def is_whole(values: Floats) -> bool:
    """Whether these are whole numbers, but for rounding errors."""
    return bool((np.abs(values - np.round(values)) < WHOLE).all())


UNBOUNDED = 3  # what milp returns as its status


def programme(
    piece: Piece, aim: Floats, low: Floats, high: Floats, *, whole: bool
) -> Floats | None:
    """Numbers (whole or not) that fit and make aim @ y least; None when nothing bounds it."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        aim,
        integrality=np.full(len(low), int(whole)),
        bounds=Bounds(low, high),
        constraints=LinearConstraint(piece.A, piece.least, piece.most) if len(piece.least) else (),
        options={"mip_rel_gap": 0.0} if whole else {},
    )
    if found.status == UNBOUNDED:
        return None
    if found.x is None:
        raise ValueError("no counts fit all that is known")
    return np.asarray(found.x, dtype=float)


def cheapest_moves(
    price: Floats, A: csr_array, low: Floats, high: Floats, *, whole: bool = False
) -> tuple[Floats, Floats] | None:
    """The x with A x = 0 between bounds that makes price @ x least, and its duals (one per bound,
    positive at the lower one); None when there is none. whole: whole numbers, without duals."""
    from scipy.optimize import linprog

    found = linprog(
        price,
        A_eq=A,
        b_eq=np.zeros(A.shape[0]),
        bounds=np.column_stack([low, high]),
        **({"method": "highs", "integrality": 1} if whole else {"method": "highs-ds"}),
    )  # type: ignore[call-overload]  # scipy takes sparse matrices, its types do not say so
    if found.x is None:
        return None
    x = np.asarray(found.x, dtype=float)
    if whole:
        return x, np.zeros(len(x))
    return x, np.asarray(found.lower.marginals) + np.asarray(found.upper.marginals)
