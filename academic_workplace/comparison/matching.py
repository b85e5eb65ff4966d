"""Counterparts for who took part: nearest, optimal, schools first, and classes of the score.

A score is any number that tells how alike two pupils are, usually the logit of the propensity
(``weighting.Propensity.logit``). Matching is for the treated (ATT): those without a counterpart
are left out, and counted, so that the effect is of those that were matched.

Ties have one rule. The treated come by falling score, of equal scores the first row first. Each
takes the nearest comparison; of two equally near the one with the lower score, of equal scores the
first row. Where no scores or distances tie, the order of the rows does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from academic_workplace.comparison.inputs import (
    Bools,
    Estimand,
    Floats,
    Rows,
    arms,
    labels,
    numbers,
    option,
)
from academic_workplace.comparison.weighting import Weights
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.language import Text

CELLS = 1_000_000_000  # of the table of an optimal match: a quarter of a GB
PART = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Pairs of rows, the treated in the order in which they were served.

    treated, comparison: (m,) rows; with a ratio a treated row stands there more than once, with
    replacement a comparison row may. distance: (m,) of their scores. unmatched: (u,) treated rows
    without a counterpart. weights: 1 for a matched treated pupil; a comparison has 1 / (number of
    counterparts) for each time it is one, so that both arms add up to the matched treated.
    """

    treated: Rows
    comparison: Rows
    distance: Floats
    unmatched: Rows
    weights: Weights

    @property
    def total(self) -> float:
        """The sum of all distances."""
        return math.fsum(self.distance.tolist())

    @property
    def sets(self) -> Rows:
        """(n,) the treated row of the set that a pupil is in, -1 without one: a cluster of its own.

        With replacement a comparison belongs to the set that it came into last.
        """
        out = np.full(len(self.weights.w), -1, dtype=np.intp)
        out[self.treated] = self.treated
        out[self.comparison] = self.treated
        return out


def nearest(
    score: ArrayLike,
    treated: ArrayLike,
    *,
    ratio: int = 1,
    replacement: bool = False,
    caliper: float | None = None,
    exact: Sequence[ArrayLike] = (),
) -> Matched:
    """Nearest-neighbour matching on a score (n,), greedy, the largest score first.

    ratio: how many counterparts each gets; without replacement everyone gets the first before
    anyone gets the second. caliper: the largest distance, in standard deviations of the score
    (``spread``; 0.2 of the logit: Austin, 2011, Pharm. Stat. 10). exact: keys (n,) in which a pair
    must agree, such as school and grade. Memory is linear in n: per exact key the sorted distinct
    scores, with for each the nearest one that is not used up. Raises DataError when nobody is
    matched, PlanError on a ratio below 1 or a caliper that is not above 0.
    """
    arm = arms(treated)
    s = numbers(score, len(arm), "score")
    if ratio < 1:
        rule = Text("Er is geen evenknie gevraagd.", "No counterpart is asked for.")
        remedy = Text("Kies 1 of meer.", "Choose 1 or more.")
        raise PlanError([Fault(rule, remedy, column="ratio")])
    widest = _widest(s, arm, caliper)
    shelf = _shelf(s, arm, _strata(exact, len(arm)))
    pairs = _with_replacement if replacement else _without_replacement
    t, c = pairs(s, shelf, ratio, widest)
    return _matched(s, arm, t, c)


def optimal(
    score: ArrayLike,
    treated: ArrayLike,
    *,
    caliper: float | None = None,
    exact: Sequence[ArrayLike] = (),
) -> Matched:
    """Pairs of the least total distance, among all ways that match as many as possible.

    score, caliper, exact: as in ``nearest``. One comparison per treated pupil, none used twice
    (Rosenbaum, 1989, J. Am. Stat. Assoc. 84). On one score no two pairs need cross: uncrossing
    them makes neither the sum nor the largest of their distances grow. So the best pairs of the
    first i treated and the first j comparisons, both by rising score, follow from those of fewer:
    for every i a few passes over all j, and two bits of memory per (i, j), where an assignment
    problem needs a number and more time. Raises DataError when nobody is matched or that table
    has more than ``CELLS`` cells.
    """
    arm = arms(treated)
    s = numbers(score, len(arm), "score")
    widest = _widest(s, arm, caliper)
    order = np.argsort(s, kind="stable")
    groups = [order[rows] for rows in _groups(_strata(exact, len(arm))[order])]
    both = [(rows[arm[rows]], rows[~arm[rows]]) for rows in groups]
    if max(len(t) * len(c) for t, c in both) > CELLS:
        rule = Text(
            "Er zijn te veel leerlingen om de beste van alle paren te zoeken.",
            "There are too many pupils to look for the best of all pairs.",
        )
        remedy = Text(
            "Koppel binnen scholen of leerjaren (exact), of neem de naaste (nearest).",
            "Match within schools or grades (exact), or take the nearest.",
        )
        raise DataError([Fault(rule, remedy)])
    found = [(t[i], c[j]) for t, c in both for i, j in _best_pairs(s[t], s[c], widest)]
    t, c = np.array(found, dtype=np.intp).reshape(-1, 2).T
    served = np.lexsort((t, -s[t]))
    return _matched(s, arm, t[served], c[served])


def _best_pairs(t: Floats, c: Floats, widest: float) -> list[tuple[int, int]]:
    """Places (i, j) of the pairs of least total distance, for rising scores t and c.

    D_i(j) = min(D_i(j - 1), D_(i-1)(j - 1) + |t_i - c_j|, D_(i-1)(j) + price): comparison j is not
    used, or by i, or i stays alone, at a price that outweighs all distances.
    """
    if not (len(t) and len(c)):
        return []
    dearest = min(widest, float(max(t[-1], c[-1]) - min(t[0], c[0]))) or 1.0
    price = dearest * (min(len(t), len(c)) + 1)
    D = np.zeros(len(c) + 1)
    unused, used = [], []
    for mine in t:
        distance = np.abs(mine - c)
        distance[distance > widest] = math.inf
        paired, alone = D[:-1] + distance, D + price
        used.append(np.packbits(paired <= alone[1:]))
        np.minimum(alone[1:], paired, out=alone[1:])
        D = np.minimum.accumulate(alone)
        unused.append(np.packbits(D[:-1] <= alone[1:]))
    pairs, j = [], len(c)
    for i in range(len(t) - 1, -1, -1):
        while j and _bit(unused[i], j - 1):
            j -= 1
        if j and _bit(used[i], j - 1):
            j -= 1
            pairs.append((i, j))
    return pairs


def _bit(packed: NDArray[np.uint8], at: int) -> bool:
    return bool(packed[at >> 3] >> (7 - (at & 7)) & 1)


@dataclass(frozen=True, slots=True, eq=False)
class SchoolsMatched:
    """Pairs of schools (labels as given, and how far apart their means), and of their pupils."""

    pupils: Matched
    school_treated: tuple[object, ...]
    school_comparison: tuple[object, ...]
    school_distance: Floats


def schools_first(
    score: ArrayLike,
    treated: ArrayLike,
    school: ArrayLike,
    *,
    school_caliper: float | None = None,
    caliper: float | None = None,
    ratio: int = 1,
    replacement: bool = False,
    exact: Sequence[ArrayLike] = (),
) -> SchoolsMatched:
    """Whole schools took part: match schools on their mean score, then pupils within the pairs.

    school: (n,) labels. Schools are matched by ``optimal`` (school_caliper in standard deviations
    of the school means), pupils by ``nearest`` within a pair of schools. Raises DataError when a
    school has pupils in both arms: then match within schools (``nearest`` with exact=[school]).
    """
    arm = arms(treated)
    s = numbers(score, len(arm), "score")
    g = labels(school, len(arm), "school")
    size = np.bincount(g)
    part = np.bincount(g, arm)
    both = (part > 0) & (part < size)
    if both.any():
        rule = Text(
            "In een school deed een deel van de leerlingen mee: scholen koppelen kan dan niet.",
            "In a school only some pupils took part: then schools cannot be matched.",
        )
        remedy = Text(
            "Koppel leerlingen binnen scholen (exact op school).",
            "Match pupils within schools (exact on school).",
        )
        raise DataError([Fault(rule, remedy, column="school", count=int(size[both].sum()))])
    pairs = optimal(np.bincount(g, s) / size, part > 0, caliper=school_caliper)
    pair = np.full(len(size), -1)
    pair[pairs.treated] = pair[pairs.comparison] = np.arange(len(pairs.treated))
    inside = np.flatnonzero(pair[g] >= 0)
    keys = [pair[g][inside], *(labels(key, len(arm), "exact")[inside] for key in exact)]
    width = None if caliper is None else caliper * spread(s, arm) / spread(s[inside], arm[inside])
    found = nearest(
        s[inside], arm[inside], ratio=ratio, replacement=replacement, caliper=width, exact=keys
    )
    pupils = _matched(s, arm, inside[found.treated], inside[found.comparison])
    first = np.zeros(len(size), dtype=np.intp)
    first[g[::-1]] = np.arange(len(g))[::-1]
    given = np.asarray(school)
    t, c = (given[first[rows]].tolist() for rows in (pairs.treated, pairs.comparison))
    return SchoolsMatched(pupils, tuple(t), tuple(c), pairs.distance)


def spread(score: ArrayLike, treated: ArrayLike) -> float:
    """sqrt((s_t^2 + s_c^2) / 2) with n - 1: what a caliper is counted in (Austin, 2011).

    >>> spread([0, 2, 1, 3], [1, 1, 0, 0])
    1.4142135623730951
    """
    arm = arms(treated)
    s = numbers(score, len(arm), "score")
    two = [float(s[who].var(ddof=1)) for who in (arm, ~arm) if who.sum() > 1]
    return math.sqrt(math.fsum(two) / len(two)) if two else 0.0


# ---------------------------------------------------------------- classes


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Classes in which both arms occur. code: (n,) 0, 1, ...; -1 is left out.

    treated, comparison: how many of each per class.
    """

    code: Rows
    treated: tuple[int, ...]
    comparison: tuple[int, ...]
    weights: Weights


def subclasses(
    score: ArrayLike,
    treated: ArrayLike,
    number: int = 6,
    estimand: Estimand | str = Estimand.ATT,
) -> Classes:
    """Classes between quantiles (type 7) of the score: of the treated (ATT) or of all (ATE).

    Weights: see ``exact_classes``. Rosenbaum & Rubin (1984, J. Am. Stat. Assoc. 79). Equal scores
    are in one class, at a cut in the lower one. Raises DataError when a class has one arm only,
    PlanError on fewer than one class.
    """
    arm = arms(treated)
    for_whom = option(estimand, (Estimand.ATT, Estimand.ATE))
    s = numbers(score, len(arm), "score")
    if number < 1:
        rule = Text("Er is geen klasse gevraagd.", "No class is asked for.")
        remedy = Text("Kies 1 of meer.", "Choose 1 or more.")
        raise PlanError([Fault(rule, remedy, column="number")])
    of = s[arm] if for_whom is Estimand.ATT else s
    cuts = np.unique(np.quantile(of, np.arange(1, number) / number))
    code = np.searchsorted(cuts, s, side="left").astype(np.intp)
    t = np.bincount(code[arm], minlength=number)
    c = np.bincount(code[~arm], minlength=number)
    alone = (t > 0) != (c > 0)
    if alone.any():
        rule = Text(
            "In een klasse van de score staan alleen leerlingen die meededen, of alleen andere.",
            "A class of the score holds only pupils who took part, or only others.",
        )
        remedy = Text(
            "Kies minder klassen of laat leerlingen zonder evenknie weg.",
            "Choose fewer classes, or leave out pupils without a counterpart.",
        )
        alone_in = int((t + c)[alone].sum())
        raise DataError([Fault(rule, remedy, column="score", count=alone_in)])
    return _classes(code, arm, for_whom)


def exact_classes(
    keys: Sequence[ArrayLike], treated: ArrayLike, estimand: Estimand | str = Estimand.ATT
) -> Classes:
    """Classes of pupils that agree in every key (n,); a class with one arm only is left out.

    Weights, n_a of the n pupils of a class being in arm a: ATT 1 for the treated and n_t / n_c for
    the comparison; ATE n / n_a. Raises DataError when no class has both arms.
    """
    arm = arms(treated)
    for_whom = option(estimand, (Estimand.ATT, Estimand.ATE))
    return _classes(_strata(keys, len(arm)), arm, for_whom)


def _classes(code: Rows, arm: Bools, estimand: Estimand) -> Classes:
    t, c = (np.bincount(code[who], minlength=int(code.max()) + 1) for who in (arm, ~arm))
    both = (t > 0) & (c > 0)
    if not both.any():
        _refuse_empty()
    kept = both[code]
    n_t, n_c = t[code].astype(float), c[code].astype(float)
    own, wanted = np.where(arm, n_t, n_c), n_t if estimand is Estimand.ATT else n_t + n_c
    w = np.where(kept, wanted / own, 0.0)
    new = np.where(both, np.cumsum(both) - 1, -1)[code]
    in_both = tuple(t[both].tolist()), tuple(c[both].tolist())
    return Classes(new, *in_both, Weights(w, arm, estimand, ~kept))


# ---------------------------------------------------------------- how pairs are found


@dataclass(frozen=True, slots=True, eq=False)
class _Shelf:
    """The comparisons by stratum and score, equal scores together in a run.

    value: (R,) the scores; rows: (n_c,) in order; first: (R + 1,) where a run begins in rows.
    order: (n_t,) the treated rows by falling score; at: the first run that is not below its score;
    low, high: the runs of its own stratum.
    """

    value: Floats
    rows: Rows
    first: Rows
    order: Rows
    at: Rows
    low: Rows
    high: Rows


def _shelf(s: Floats, arm: Bools, stratum: Rows) -> _Shelf:
    rows = np.lexsort((s, stratum))  # stable: of equal scores the first row first
    rows = rows[~arm[rows]]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (np.diff(s[rows]) != 0) | (np.diff(stratum[rows]) != 0)
    first = np.append(np.flatnonzero(new), len(rows))
    order = np.flatnonzero(arm)
    order = order[np.argsort(-s[order], kind="stable")]
    # Treated before comparisons of the same score: as many runs as begin before them.
    merged = np.lexsort((~arm, s, stratum))
    begins = np.zeros(len(s), dtype=np.intp)
    begins[rows[new]] = 1
    before = np.empty(len(s), dtype=np.intp)
    before[merged] = np.cumsum(begins[merged])
    runs = np.bincount(stratum, begins, int(stratum.max()) + 1).astype(np.intp)
    end = np.cumsum(runs)
    own = stratum[order]
    return _Shelf(s[rows[new]], rows, first, order, before[order], (end - runs)[own], end[own])


def _without_replacement(s: Floats, shelf: _Shelf, ratio: int, widest: float) -> tuple[Rows, Rows]:
    """Each takes the nearest that is free. A run used up points to its neighbour on either side."""
    right = list(range(len(shelf.value) + 1))  # of run r: right[r], and left[r + 1]
    left = right.copy()
    value, rows, first = shelf.value.tolist(), shelf.rows.tolist(), shelf.first.tolist()
    following = first[:-1]  # whose turn it is in a run
    found_t, found_c = [], []
    for _ in range(ratio):
        chosen: list[int] = []
        for at, low, high, mine in _one_by_one(s, shelf):
            r = at
            while right[r] != r:  # halving the way for who comes next
                right[r] = r = right[right[r]]
            below = at
            while left[below] != below:
                left[below] = below = left[left[below]]
            below -= 1
            near = value[r] - mine if r < high else math.inf
            down = mine - value[below] if below >= low else math.inf
            if down <= near:
                near, r = down, below
            if near > widest or near == math.inf:
                chosen.append(-1)
                continue
            chosen.append(rows[following[r]])
            following[r] += 1
            if following[r] == first[r + 1]:
                right[r], left[r + 1] = r + 1, r
        c = np.array(chosen, dtype=np.intp)
        found_t.append(shelf.order[c >= 0])
        found_c.append(c[c >= 0])
    return np.concatenate(found_t), np.concatenate(found_c)


def _one_by_one(s: Floats, shelf: _Shelf) -> Iterator[tuple[int, int, int, float]]:
    """at, low, high and score of the treated, in parts, so that few stand in memory as objects."""
    for start in range(0, len(shelf.order), PART):
        part = slice(start, start + PART)
        places = (x[part].tolist() for x in (shelf.at, shelf.low, shelf.high))
        yield from zip(*places, s[shelf.order[part]].tolist(), strict=True)


def _with_replacement(s: Floats, shelf: _Shelf, ratio: int, widest: float) -> tuple[Rows, Rows]:
    """The nearest on either side, as often as asked; a run gives its rows in order."""
    start, stop = shelf.first[shelf.low], shelf.first[shelf.high]
    below, above = shelf.first[shelf.at] - 1, shelf.first[shelf.at].copy()
    run = np.repeat(np.arange(len(shelf.value)), np.diff(shelf.first))
    mine = s[shelf.order]
    found_t, found_c = [], []
    for _ in range(ratio):
        down, up = np.full(len(mine), np.inf), np.full(len(mine), np.inf)
        lower, upper = below >= start, above < stop
        down[lower] = mine[lower] - s[shelf.rows[below[lower]]]
        up[upper] = s[shelf.rows[above[upper]]] - mine[upper]
        down_first = down <= up
        some = np.minimum(down, up) <= widest
        some &= np.isfinite(np.minimum(down, up))
        place = np.where(down_first, below, above)
        place[~some] = 0
        r = run[place]
        # Going down, a run is met at its last row: turn it round.
        turned = shelf.first[r] + shelf.first[r + 1] - 1 - place
        place = np.where(down_first, turned, place)
        found_t.append(shelf.order[some])
        found_c.append(shelf.rows[place[some]])
        below = np.where(down_first & some, below - 1, below)
        above = np.where(~down_first & some, above + 1, above)
    return np.concatenate(found_t), np.concatenate(found_c)


def _matched(s: Floats, arm: Bools, t: Rows, c: Rows) -> Matched:
    if not len(t):
        _refuse_empty()
    n = len(arm)
    counterparts = np.bincount(t, minlength=n)
    w: Floats = np.bincount(c, 1 / counterparts[t], n).astype(float)
    w[arm] = counterparts[arm] > 0
    unmatched = np.flatnonzero(arm & (counterparts == 0))
    return Matched(
        t, c, np.abs(s[t] - s[c]), unmatched, Weights(w, arm, Estimand.ATT, w == 0)
    )  # fmt: skip


def _refuse_empty() -> None:
    rule = Text(
        "Na het koppelen blijft niemand over: bij geen enkele leerling die meedeed past een ander.",
        "Nobody is left after matching: no pupil who took part has a counterpart.",
    )
    remedy = Text(
        "Laat minder kenmerken precies gelijk zijn, of laat meer afstand toe.",
        "Let fewer features be exactly equal, or allow more distance.",
    )
    raise DataError([Fault(rule, remedy)])


def _widest(s: Floats, arm: Bools, caliper: float | None) -> float:
    if caliper is None:
        return math.inf
    if not caliper > 0:
        rule = Text("De grootste afstand is niet groter dan 0.", "The caliper is not above 0.")
        remedy = Text("Kies bijvoorbeeld 0,2.", "Choose 0.2, for instance.")
        raise PlanError([Fault(rule, remedy, column="caliper")])
    return caliper * spread(s, arm)


def _strata(keys: Sequence[ArrayLike], n: int) -> Rows:
    """(n,) codes of the combinations of all keys; all 0 without any."""
    code = np.zeros(n, dtype=np.intp)
    for key in keys:
        values = labels(key, n, "exact")
        code = code * (int(values.max()) + 1) + values
        code = np.unique(code, return_inverse=True)[1].astype(np.intp)
    return code


def _groups(code: Rows) -> list[Rows]:
    """The rows of each code, in order."""
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
