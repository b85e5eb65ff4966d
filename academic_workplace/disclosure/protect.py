"""Which counts stay inside, so that none that must can be worked out from what is shown.

First what may not be told by itself, then the cheapest others without which each of those could
still be any number that the rules hide. That is the cell suppression problem of Fischetti and
Salazar (2001, Management Science 47, 1008-1027): the attacker's two linear programmes for every
count, and for the choice of the others an integer programme whose rows are the attacker's duals.
Large tables are covered row by row, cheapest first, and checked by the same attacker; very large
ones sum by sum (`sum_by_sum.py`), and what that leaves too narrow is mended after the attack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from academic_workplace.disclosure.attack import WHOLE, is_whole, pieces
from academic_workplace.disclosure.profiles import Profile, Reason, profile
from academic_workplace.disclosure.reach import NEAR, Attacker, Case
from academic_workplace.disclosure.sum_by_sum import sum_by_sum
from academic_workplace.disclosure.sums import Sum

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]

MOST_SMALL = 250  # counts that must go, above which what goes as well is chosen sum by sum
MANY_ASKED = 170  # if the attacker has to ask more than this of them: zeros he does not ask about
MOST_ASKED = 2000  # and above which he asks about none afterwards
MOST_CHOICES = 60  # counts that might go as well: with more they are not weighed, but covered
MOST_PRUNED = 4000  # pairs of one that went as well and one that must: above it none comes back
MOST_ROUNDS = 30  # of choice and attack; then the best so far stays
FEWER_ROUNDS = 8  # where there is more to choose from
MANY_CHOICES = 40
MOST_NODES = 500
PLAIN_ROUNDS = 8  # after which stronger rows are looked for, as they take longer to find
MOST_ROWS = 3  # of these, a round
DEARER = 4.0  # what a count costs beside one that is worth one step less
MOST_KEPT = 64  # pieces of which the answer is kept


class Chosen(StrEnum):
    """How it was chosen what goes as well, to protect other counts."""

    LEAST = "solved"  # nothing cheaper protects as much
    ONE_BY_ONE = "heuristic"  # as safe, but perhaps more than is needed
    UNSURE = "sum by sum"  # no count follows, but some may be known to lie in part of their range


@dataclass(frozen=True, slots=True, eq=False)
class Protected:
    """(k,) which counts are not shown, and why.

    exact: whether nothing cheaper protects as much; otherwise the others were chosen one by one,
    and are as safe, but may be more than is needed. safe: whether all that is hidden could be all
    that it must, as far as was looked. reasons: None where a count is shown.
    """

    hidden: Bools
    exact: bool
    safe: bool
    reasons: tuple[Reason | None, ...]

    @property
    def chosen(self) -> Chosen:
        """How what goes as well was chosen."""
        if not self.safe:
            return Chosen.UNSURE
        return Chosen.LEAST if self.exact else Chosen.ONE_BY_ONE

    @property
    def secondary(self) -> Bools:
        """(k,) what is hidden only because another would follow from it."""
        return np.array([reason is Reason.FOLLOWS for reason in self.reasons], dtype=bool)


def protect(
    counts: ArrayLike,
    sums: Sequence[Sum],
    *,
    rules: Profile | None = None,
    also: Bools | None = None,
    beside: Bools | None = None,
    worth: NDArray[np.intp] | None = None,
    as_range: Bools | None = None,
    always: Bools | None = None,
) -> Protected:
    """Which of k linked counts are not shown.

    counts: (k,) whole numbers, totals among them. sums: which are the total of which others; a
    count may stand in several. also: (k,) counts to withhold for another reason. beside: (k,) those
    that go with these, zeros among them, of which no range is asked. worth: (k,), of counts that
    may go as well those worth least go first, and of these as few pupils as can be.
    as_range: (k,) in the place of which a reader is told, when they are below the minimum, that
    they are.

    Every count of 1 to minimum - 1 is hidden, and could be each end of that range for all that is
    shown; what ``also`` names could differ by as much. Where a total is so small its parts are
    hidden too, zeros among them, for they would tell of all of a few. Other zeros are shown.

    Raises ValueError when the counts are not whole or do not add up.

    >>> protect([3, 20, 40, 63], [Sum(3, (0, 1, 2))]).hidden.tolist()
    [True, True, False, False]
    """
    rules = rules or profile()
    given = np.asarray(counts, dtype=float)
    a: Floats = np.round(given)
    if not is_whole(given) or any(a[list(line.parts)].sum() != a[line.total] for line in sums):
        raise ValueError("the counts are not whole, or do not add up")
    asked = np.zeros(len(a), dtype=bool) if also is None else np.asarray(also, dtype=bool)
    worth = np.zeros(len(a), dtype=np.intp) if worth is None else worth
    first, of = _same(len(a), sums)
    lines = {Sum(int(of[s.total]), tuple(of[list(s.parts)].tolist())) for s in sums}
    kept = sorted((s for s in lines if s.parts != (s.total,)), key=lambda s: (s.total, s.parts))
    alike = np.zeros(len(first), dtype=bool)
    np.logical_or.at(alike, of, asked)
    near = np.zeros(len(first), dtype=bool)
    if beside is not None:
        np.logical_or.at(near, of, beside)
    value = np.zeros(len(first), dtype=np.intp)
    np.maximum.at(value, of, worth)
    told = np.zeros(len(first), dtype=bool)
    if as_range is not None:
        np.logical_or.at(told, of, as_range)
    stays = np.zeros(len(first), dtype=bool)
    if always is not None:
        np.logical_or.at(stays, of, always)
    found = _protect(a[first], kept, rules, alike, near, value, told, stays)
    reasons = tuple(found.reasons[i] for i in of)
    return Protected(found.hidden[of], found.exact, found.safe, reasons)


def _same(k: int, sums: Sequence[Sum]) -> tuple[Places, Places]:
    """(n,) the first of every n counts that are one and the same, and (k,) which of them each is.

    Counts of one part are the same: hiding one of them alone hides nothing.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    pairs = [(line.total, line.parts[0]) for line in sums if len(line.parts) == 1]
    if not pairs:
        return np.arange(k), np.arange(k)
    ends = np.array(pairs).T
    graph = csr_array((np.ones(len(pairs)), (ends[0], ends[1])), shape=(k, k))
    label = connected_components(graph, directed=False)[1]
    first, of = np.unique(label, return_index=True, return_inverse=True)[1:]
    return first, of.reshape(-1)


def _protect(
    a: Floats, sums: Sequence[Sum], rules: Profile, asked: Bools, beside: Bools, worth: Places,
    told: Bools, stays: Bools,
) -> Protected:  # fmt: skip
    """The same of counts that all differ."""
    small = (a > 0) & (a < rules.minimum)
    of_few = _inside_few(small, sums) | beside
    primary = small | asked | of_few
    reasons = np.full(len(a), None, dtype=object)
    reasons[asked | beside] = Reason.ASKED
    reasons[small | (of_few & ~beside)] = Reason.FEW
    if not primary.any():
        return Protected(primary, True, True, tuple(reasons))
    wanted = int((small | asked).sum())
    large = bool(primary.sum() > MOST_SMALL and wanted > MANY_ASKED)
    if large:
        safe = wanted <= MOST_ASKED
        # Sum by sum one dear count draws others after it. Where the attacker is asked afterwards,
        # they go only when he finds that nothing else will do.
        dear = (worth == worth.max()) & (worth > worth.min()) & safe
        hidden, exact = sum_by_sum(a, sums, primary, worth, stays | dear, rules.minimum), False
        if not safe:
            reasons[hidden & ~primary] = Reason.FOLLOWS
            return Protected(hidden, False, False, tuple(reasons))
    else:
        hidden, exact, safe = primary.copy(), True, True
    for case in _cases(a, sums, rules, primary, small, asked, of_few, worth, told, stays):
        found = _answered(_Asked(case, hidden[case.piece.places] if large else None))
        hidden[case.piece.places] |= found.hidden
        exact &= found.exact
        safe &= found.safe
    reasons[hidden & ~primary] = Reason.FOLLOWS
    return Protected(hidden, exact, safe, tuple(reasons))


def _inside_few(small: Bools, sums: Sequence[Sum]) -> Bools:
    """(k,) the parts of totals that are small, down to the last: zeros as well."""
    inside = np.zeros(len(small), dtype=bool)
    lines: dict[int, list[Sum]] = {}
    for line in sums:
        lines.setdefault(line.total, []).append(line)
    waiting = [int(i) for i in np.flatnonzero(small) if int(i) in lines]
    while waiting:
        for line in lines.get(waiting.pop(), ()):
            fresh = [part for part in line.parts if not inside[part]]
            inside[fresh] = True
            waiting += fresh
    return inside


# ---------------------------------------------------------------- one piece


def _cases(
    a: Floats,
    sums: Sequence[Sum],
    rules: Profile,
    primary: Bools,
    small: Bools,
    asked: Bools,
    of_few: Bools,
    worth: NDArray[np.intp],
    told: Bools,
    stays: Bools,
) -> list[Case]:
    """The pieces in which something has to be hidden."""
    most = rules.minimum - 1
    step = rules.rounding
    printed = (a + step // 2) // step * step if step > 1 else a
    below, above = (step // 2, (step - 1) // 2) if step > 1 else (0, 0)
    shown_low = np.where(a > 0, np.maximum(printed - below, np.minimum(a, most + 1)), 0.0)
    shown_high = np.where(a > 0, printed + above, 0.0)
    # A zero is never hidden but in a group of a few or where it was asked: elsewhere what is hidden
    # is known not to be zero.
    low = np.where((a == 0) | asked | of_few, 0.0, 1.0)
    high = np.where(told & (a <= most), float(most), np.inf)
    up = np.where(small, float(most), np.nan)
    down = np.where(small, 1.0, np.nan)
    apart = np.where(asked & ~small, float(most), 0.0)
    ranks = np.unique(worth, return_inverse=True)[1].reshape(-1)
    # The pupils that a reader is not told of, and as many as a count of few for each gap: with one
    # cost per count a large one would go for the sake of two small ones.
    cost = DEARER**ranks * (rules.minimum + a)
    cost[(a == 0) | primary | stays] = np.inf
    every = pieces(np.zeros(len(a)), np.full(len(a), np.inf), sums)
    out = []
    for piece in every:
        at = piece.places
        if primary[at].any():
            out.append(Case(piece, a[at], shown_low[at], shown_high[at], low[at],
                             high[at], up[at],
                             down[at], apart[at], primary[at], cost[at]))  # fmt: skip
    return out


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    hidden: Bools
    exact: bool
    safe: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A piece, and what was chosen sum by sum: alike when every number of them is the same.

    Both languages of a report, its site, a later edition and a file read in one pass ask about the
    same pieces again; each answer takes many linear programmes.
    """

    case: Case = field(compare=False)
    hidden: Bools | None = field(compare=False)
    numbers: bytes = field(init=False)

    def __post_init__(self) -> None:
        piece, A = self.case.piece, self.case.piece.A
        known = [getattr(self.case, one.name) for one in fields(Case) if one.name != "piece"]
        parts = [A.indptr, A.indices, A.data, piece.least, piece.most, *known]
        told = hashlib.blake2b()
        for part in [*parts, *([] if self.hidden is None else [self.hidden])]:
            told.update(f"{part.dtype.str}{part.shape}".encode())
            told.update(np.ascontiguousarray(part).data)
        object.__setattr__(self, "numbers", told.digest())


@lru_cache(maxsize=MOST_KEPT)
def _answered(asked: _Asked) -> _Solved:
    found = _solve(asked.case) if asked.hidden is None else _mended(asked.case, asked.hidden)
    found.hidden.flags.writeable = False  # it is given again
    return found


def _solve(case: Case) -> _Solved:
    """The cheapest safe choice where it can be weighed, else one that is safe."""
    choices = np.isfinite(case.cost)
    attacker = Attacker(case)
    attacker.hide(case.primary | choices)
    less = [attacker.settle(int(i)) for i in np.flatnonzero(case.primary)]  # of each, so no any()
    safe = not any(less)
    best, rows = _covered(case, attacker)
    if not (best & ~case.primary).any():
        return _Solved(best, True, safe)
    if choices.sum() > MOST_CHOICES:
        if (best & choices).sum() * case.primary.sum() <= MOST_PRUNED:
            best = _pruned(case, attacker, best)
        return _Solved(best, False, safe)
    for turn in range(MOST_ROUNDS if choices.sum() <= MANY_CHOICES else FEWER_ROUNDS):
        choice = _cheapest(case, rows)
        if choice is None:
            break
        if _price(case, choice) >= _price(case, best) - NEAR:
            return _Solved(best, True, safe)
        attacker.hide(choice)
        short = {int(i): row for i in np.flatnonzero(case.primary)
                 if (row := attacker.reach(int(i))) is not None}  # fmt: skip
        if not short:
            return _Solved(choice, True, safe)
        rows += short.values()
        if turn >= PLAIN_ROUNDS:
            for i in list(short)[:: max(len(short) // MOST_ROWS, 1)]:
                rows.append(attacker.blocked(i, choice))
        mended, more = _covered(case, attacker, choice)
        rows += more
        if _price(case, mended) < _price(case, best):
            best = mended
    return _Solved(_pruned(case, attacker, best), False, safe)


def _mended(case: Case, hidden: Bools) -> _Solved:
    """A choice made sum by sum, with more where a count could not be all that it must."""
    attacker = Attacker(case)
    attacker.hide(hidden)
    short = [int(i) for i in np.flatnonzero(case.primary) if attacker.reach(int(i)) is not None]
    if not short:
        return _Solved(hidden, False, True)
    attacker.hide(hidden | np.isfinite(case.cost))
    less = [attacker.settle(i) for i in short]  # of each, so no any()
    out = hidden.copy()
    attacker.hide(out)
    for i in short:
        out |= attacker.open_near(i)
        while (row := attacker.reach(i)) is not None:
            _add(case, row, out)
            attacker.hide(out, more=True)
    return _Solved(out, False, not any(less))


def _pruned(case: Case, attacker: Attacker, hidden: Bools) -> Bools:
    """Without what turns out not to be needed, dearest first."""
    primary, out = np.flatnonzero(case.primary), hidden.copy()
    extra = np.flatnonzero(hidden & ~case.primary)
    for j in extra[np.argsort(-case.cost[extra], kind="stable")]:
        out[j] = False
        attacker.hide(out)
        if any(attacker.reach(int(i)) is not None for i in primary):
            out[j] = True
    return out


def _price(case: Case, hidden: Bools) -> float:
    return float(case.cost[hidden & np.isfinite(case.cost)].sum())


def _covered(
    case: Case, attacker: Attacker, start: Bools | None = None
) -> tuple[Bools, list[Floats]]:
    """A safe choice, made row by row: what a count lacks is added, most for its cost first."""
    hidden, rows = (case.primary if start is None else start).copy(), list[Floats]()
    for i in np.flatnonzero(case.primary):
        for alone in _along_lines(case, attacker, int(i)):
            rows.append(alone)
            _add(case, alone, hidden)
    attacker.hide(hidden)
    large = np.isfinite(case.cost).sum() > MOST_CHOICES
    for i in np.flatnonzero(case.primary):
        if large:
            hidden |= attacker.open_near(int(i))
        while (row := attacker.reach(int(i))) is not None:
            rows.append(row)
            _add(case, row, hidden)
            attacker.hide(hidden, more=True)
    return _needed(case, hidden), rows


def _needed(case: Case, hidden: Bools) -> Bools:
    """Without what went as well and stands alone in a sum: that follows, and so hides nothing."""
    if (case.shown_low < case.shown_high).any():  # nothing follows from what is rounded
        return hidden
    A, out = case.piece.A, hidden.copy()
    while True:
        rows = np.flatnonzero(abs(A) @ out.astype(float) == 1)
        alone = abs(A[rows]).sum(axis=0) > 0
        alone &= out & ~case.primary
        if not alone.any():
            return out
        out &= ~alone


def _add(case: Case, row: Floats, hidden: Bools) -> None:
    """Hide what a row lacks, most for its cost first, in place."""
    while (lacking := 1 - row[hidden].sum()) > NEAR:
        gain = np.where(hidden, 0.0, np.minimum(row, lacking)) / case.cost
        hidden[int(np.argmax(gain))] = True


def _along_lines(case: Case, attacker: Attacker, i: int) -> Iterator[Floats]:
    """Rows that each sum by itself asks: what one count moves, others along it must take up."""
    A = case.piece.A
    for line in attacker.lines_of(i):
        at = A.indices[A.indptr[line] : A.indptr[line + 1]]
        sign = A.data[A.indptr[line] : A.indptr[line + 1]]
        same = sign == sign[at == i][0]  # parts beside i take up the opposite of what it moves
        for way in (1, -1):
            wanted = attacker.wanted(i, way)
            # A neighbour that has to fall can fall to its lowest; one that rises has no bound.
            falls = same if way > 0 else ~same
            room = np.where(falls, case.a[at] - case.low[at], case.high[at] - case.a[at])
            spare = np.where(falls, case.a[at] - case.shown_low[at],
                             case.shown_high[at] - case.a[at])  # fmt: skip
            others = at != i
            need = wanted - spare[others].sum()
            row = np.zeros(len(case.a))
            row[at[others]] = np.maximum(room - spare, 0.0)[others]
            need -= row[case.primary].sum()
            row[~np.isfinite(case.cost)] = 0.0
            if need > WHOLE and row.sum() >= need:
                yield np.minimum(row / need, 1.0)


def _cheapest(case: Case, rows: Sequence[Floats]) -> Bools | None:
    """The cheapest choice that meets every row; None when it was not found in so many branches."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    free = np.flatnonzero(np.isfinite(case.cost))
    found = milp(
        case.cost[free],
        integrality=np.ones(len(free), dtype=int),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.array(rows)[:, free], 1.0, np.inf),
        options={"node_limit": MOST_NODES, "mip_rel_gap": 0.0},
    )
    if found.status != 0:
        return None
    hidden = case.primary.copy()
    hidden[free[found.x > 0.5]] = True
    return hidden
