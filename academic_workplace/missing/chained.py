"""Fill in what is missing by chained equations with levels of clusters and classes, several times.

Every column with gaps has a model given all the others,

    y = X b + u_cluster + error,   u ~ N(0, tau2),   error ~ N(0, sigma2),

and with classes in clusters a level v_class ~ N(0, omega2) of their own as well,
and is drawn from it in turn, cycle after cycle, in m chains of their own (van Buuren & Groothuis-
Oudshoorn, 2011). Numbers in levels (0/1, a few whole numbers) are such a y that is cut at
thresholds (Albert & Chib, 1993), so that 0/1 stays 0/1 and a level stays a level; of a category
without an order, each has such a y and the largest is chosen. One model for all means that pupils
of one cluster are alike in what is filled in as they are in what was measured (Schafer & Yucel,
2002), whatever a column holds; and pupils of one class more than those of one cluster. A model with
fewer levels than the analysis would draw pupils who are less alike than those measured, and so
shrink omega2 (Lüdtke, Robitzsch & Grund, 2017, Psychol. Methods 22). Where the known values tell
classes from nothing (one class in every cluster, or one pupil in every class) their level is left
out, as the analysis does.

Numbers are drawn from the normal model and not taken from a pupil who looks alike: a match knows
no cluster that nobody answered in, and repeats the same few pupils where an arm is small. So a
drawn number may lie outside the range of a scale; cutting it off would shift means and shrink
spread, and it is never shown.

Priors, of columns scaled to sd 1: slopes N(0, 25 sigma2) (N(0, 6.25) under thresholds, which keeps
them finite where levels are perfectly separated), sigma2 flat on its log, tau half-Cauchy(1) (Huang
& Wand, 2013), thresholds flat. Slopes and levels of clusters are drawn together, and thresholds
with what they cut integrated out (``thresholds.py``), so that few cycles do.

Everything but the thresholds works from one cross-product matrix and sums per cluster, from which
the rows with a gap are taken off; all chains at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.errors import WHERE_EMPTY, DataError, Fault
from academic_workplace.language import Text
from academic_workplace.missing import thresholds
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

CYCLES, MOST_CYCLES = 20, 100
MOST_LEVELS = 7  # whole numbers with so many values or fewer are levels
TOO_FAR = 1.1  # R-hat above which chains have not come together
STUCK = 10  # turns in a row without a move, after which thresholds stand still
PER_TERM = 3  # known values per term that an arm needs for a model of its own
AT_ONCE = 2.5e7  # numbers of the chains in memory
SLOPE, CUT_SLOPE = 0.04, 0.16  # prior precisions, of columns scaled to sd 1
FLAT = 1e-8
EMPTY = (  # the rule that is broken, and its remedy
    Text(
        "Deze kolom is in een hele groep leeg. Dan is er niets om de waarden uit te schatten.",
        "This column is empty for a whole arm. Then there is nothing to estimate values from.",
    ),
    WHERE_EMPTY,
)


class Kind(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    LEVELS = "levels"  # in order; two levels are a special case
    CATEGORY = "category"  # no order


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column that may have gaps (NaN). values: (n,); of a category its codes 0, 1, ..."""

    name: str
    values: Floats
    kind: Kind

    @property
    def gaps(self) -> NDArray[np.bool_]:
        return np.isnan(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Chained:
    """What was drawn. It holds values of pupils, and is neither shown, pickled nor written.

    rows: column -> (k,) the rows with a gap. drawn: column -> (m, k) what they were filled with.
    rhat: column -> how far the chains stand apart (1: not at all; Gelman & Rubin, 1992), of the
    means of what was filled in over the second half of the cycles; NaN of one chain, and infinite
    where the thresholds of a chain stand still (``STUCK``), which means need not show. together:
    an arm had too few known values for a model of its own.
    """

    rows: Mapping[str, Codes] = field(repr=False)
    drawn: Mapping[str, Floats] = field(repr=False)
    rhat: Mapping[str, float]
    cycles: int
    together: bool

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("Imputed values are never pickled: they stand in for those of a person.")

    def filled(self, column: Column, chain: int) -> Floats:
        """(n,) a column as one of the chains completes it."""
        if column.name not in self.rows:
            return column.values
        out = column.values.copy()
        out[self.rows[column.name]] = self.drawn[column.name][chain]
        return out


def kind_of(values: Floats, *, category: bool = False) -> Kind:
    """What numbers hold: levels when they are few and whole (0/1, 1 to 5), otherwise numbers."""
    if category:
        return Kind.CATEGORY
    known = np.unique(values[~np.isnan(values)])
    few = 1 < len(known) <= MOST_LEVELS and bool((known == np.round(known)).all())
    return Kind.LEVELS if few or len(known) == 2 else Kind.NUMBER


def chained(
    columns: Sequence[Column],
    clusters: Codes,
    *,
    classes: Codes | None = None,
    known: Floats | None = None,
    arms: Codes | None = None,
    imputations: int = 20,
    cycles: int | None = None,
    seed: int | Sequence[int] = 0,
) -> Chained:
    """Fill every gap ``imputations`` times.

    columns: all that the model knows, with gaps or without. clusters: (n,) codes from 0. classes:
    (n,) codes of classes in the clusters (a code may come back in another cluster). known: (n, k)
    more that is known of everyone (indicators of blocks). arms: (n,) codes; every arm gets a
    model of its own, so that effects may differ for any kind of pupil (Sullivan et al., 2018,
    Stat. Methods Med. Res. 27); where one has too few known values for that, all arms share one.
    cycles: so many, after which chain k is the same whatever the number of chains; when left out
    20, and 20 more as long as the chains stand apart (``TOO_FAR``), up to 100.

    Raises DataError when a column is unknown for everybody (of an arm).
    """
    n = len(clusters)
    fixed = np.empty((n, 0)) if known is None else np.asarray(known, dtype=float)
    arm = np.zeros(n, dtype=np.intp) if arms is None else np.asarray(arms)
    each = np.unique(arm)
    gaps = {c.name: c.gaps for c in columns if c.gaps.any()}
    _all_known_somewhere(gaps, arm, each)
    terms = 1 + fixed.shape[1] + sum(_width(c) for c in columns)
    fewest = min(
        (int(np.count_nonzero(~g & (arm == a))) for a in each for g in gaps.values()), default=0
    )
    together = len(each) > 1 and bool(gaps) and fewest < PER_TERM * terms
    if together:
        fixed = np.column_stack([fixed, *(arm == a for a in each[1:])])
        arm, each = np.zeros(n, dtype=np.intp), each[:1] * 0
    rows = {name: np.flatnonzero(g) for name, g in gaps.items()}
    drawn = {name: np.empty((imputations, len(at))) for name, at in rows.items()}
    apart: dict[str, float] = {}
    done = 0
    with one_thread():
        for a in each if gaps else ():
            here = np.flatnonzero(arm == a)
            part = clusters[here] if classes is None else classes[here]
            here = here[np.lexsort((part, clusters[here]))]  # keeps the order of ties
            own = None if classes is None else classes[here]
            run = _Run(columns, clusters[here], own, fixed[here], here)
            parts: list[_Going] = []
            for first in range(0, imputations, step := run.chains_at_once(imputations)):
                chains = range(first, min(first + step, imputations))
                rngs = [_generator(seed, k, int(a)) for k in chains]
                going = run.start(rngs)
                run.draw(going, cycles or CYCLES)
                settled = cycles is not None or step < imputations  # of parts none is kept
                while not settled and len(going.means) < MOST_CYCLES:
                    settled = all(not r > TOO_FAR for r in run.apart([going]).values())
                    run.draw(going, 0 if settled else CYCLES)
                parts.append(going)
                for name, values in going.found.items():
                    at = np.searchsorted(rows[name], here[run.targets[name].gap])
                    drawn[name][first : first + len(rngs), at] = values
                going.Z = going.G = going.A = np.empty(0)
            done = max(done, len(parts[0].means))
            for name, r in run.apart(parts).items():
                apart[name] = max(apart.get(name, -math.inf), r)
    return Chained(rows, drawn, apart, done, together)


def gelman_rubin(means: Floats) -> float:
    """R-hat of a number over cycles (rows) and chains (columns), second half of the cycles.

    sqrt(((n - 1) / n W + B / n) / W): Gelman & Rubin (1992). 1 when nothing varies; NaN of one
    chain or cycle.
    """
    late = means[len(means) // 2 :]
    n, chains = late.shape
    if n < 2 or chains < 2:
        return math.nan
    W, over_n = float(late.var(axis=0, ddof=1).mean()), float(late.mean(axis=0).var(ddof=1))
    if W <= 0:
        return 1.0 if over_n <= 0 else math.inf
    return math.sqrt((n - 1) / n + over_n / W)


def _generator(seed: int | Sequence[int], chain: int, arm: int) -> np.random.Generator:
    entropy = [seed] if isinstance(seed, int) else list(seed)
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(chain, arm)))


def _all_known_somewhere(gaps: Mapping[str, NDArray[np.bool_]], arm: Codes, each: Codes) -> None:
    """Raise DataError for columns that nobody of an arm has a value of."""
    empty = [name for name, g in gaps.items() if any(g[arm == a].all() for a in each)]
    if empty:
        raise DataError([Fault(*EMPTY, column=name) for name in empty])


def _width(column: Column) -> int:
    """How many terms a column takes as a predictor."""
    if column.kind is not Kind.CATEGORY:
        return 1
    return max(int(np.nanmax(column.values, initial=0)), 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Target:
    """A column to be filled in. at: its places among the predictors; gap, seen: its rows.

    values: what its levels (or a category's codes) are; code: (len(seen),) the known ones. unit:
    (n,) the cluster of every row, or its class where classes have a level of their own; above: (U,)
    the cluster of every class, and None otherwise; size: (U,) known values. levels: of a column in
    (two or more) levels, which rows have which.
    """

    name: str
    kind: Kind
    at: Codes
    gap: Codes
    seen: Codes
    others: Codes
    values: Floats
    code: Codes
    unit: Codes
    above: Codes | None
    size: Floats
    levels: thresholds.Levels | None = None


@dataclass(slots=True, eq=False)
class _Spread:
    """The variance of a level in b chains, and the number that makes its prior half-Cauchy."""

    variance: Floats
    a: Floats

    def draw(self, rngs: Sequence[np.random.Generator], levels: Floats) -> None:
        """From what b chains of levels (b, U) tell of it."""
        gamma = np.array([g.standard_gamma((0.5 * (levels.shape[1] + 1), 1.0)) for g in rngs])
        scale = 0.5 * (levels**2).sum(1) + 1 / self.a
        self.variance = np.maximum(scale / gamma[:, 0], 1e-10)
        self.a = (1 / self.variance + 1) / gamma[:, 1]


@dataclass(slots=True, eq=False)
class _State:
    """Where the chains are in one model: b chains of slopes, levels of units, variances.

    u: (b, U) the level of every unit: of a class that of its cluster is in it. within: the variance
    of units (of classes in their cluster); above: of clusters, where units are classes. cuts:
    thresholds, of levels; still: (b,) for how many turns they have not moved. z: of a category,
    what it would have to be chosen by.
    """

    beta: Floats
    u: Floats
    sigma2: Floats
    within: _Spread
    above: _Spread
    cuts: Floats
    z: Floats
    still: Codes | int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """What the turn of a column starts from: the chains, and all columns (b, n, p).

    G, A: cross-products and sums per unit without the rows that have a gap; mine: (b, k, p) those
    rows; times: how often its model is drawn.
    """

    rngs: Sequence[np.random.Generator]
    Z: Floats
    G: Floats
    A: Floats
    mine: Floats
    times: int


@dataclass(slots=True, eq=False)
class _Going:
    """Chains on their way: all columns (b, n, p), their cross-products and sums per cluster, where
    every model is, what was drawn last, and the means (b, targets) of every cycle."""

    rngs: Sequence[np.random.Generator]
    Z: Floats
    G: Floats
    A: Floats
    states: dict[str, list[_State]]
    found: dict[str, Floats]
    means: list[Floats]


class _Run:
    """The pupils of one arm (or of all), sorted by cluster, and what never changes about them."""

    def __init__(
        self,
        columns: Sequence[Column],
        clusters: Codes,
        classes: Codes | None,
        fixed: Floats,
        here: Codes,
    ) -> None:
        """Rows are in order of cluster, and of class in it."""
        _, self.outer = np.unique(clusters, return_inverse=True)
        self.cluster = self.outer  # or the class: the finest unit of which sums are kept
        if classes is not None:
            new = (np.diff(clusters, prepend=-1) != 0) | (np.diff(classes, prepend=-1) != 0)
            self.cluster = np.cumsum(new) - 1
        self.C, self.n = int(self.cluster.max()) + 1, len(clusters)
        self.above = self.outer[np.flatnonzero(np.diff(self.cluster, prepend=-1))]
        parts: list[Floats] = [np.ones((self.n, 1)), _scaled(fixed)[0]]
        at = 1 + fixed.shape[1]
        terms = at + sum(_width(column) for column in columns)
        self.targets: dict[str, _Target] = {}
        self.centre: dict[str, tuple[Floats, Floats]] = {}
        for column in columns:
            x = column.values[here]
            shown, mean, sd = _scaled(_coded(column, x))
            parts.append(shown)
            places = np.arange(at, at + shown.shape[1])
            at += shown.shape[1]
            self.centre[column.name] = mean, sd
            if np.isnan(x).any():
                self.targets[column.name] = self._target(column, x, places, terms)
        self.Z = np.column_stack(parts)
        self.p = at

    def _target(self, column: Column, x: Floats, places: Codes, terms: int) -> _Target:
        gap, seen = np.flatnonzero(np.isnan(x)), np.flatnonzero(~np.isnan(x))
        others = np.setdiff1d(np.arange(terms), places)
        values, code = np.unique(x[seen], return_inverse=True)
        units = len(np.unique(self.cluster[seen]))
        nested = len(np.unique(self.outer[seen])) < units < len(seen)
        unit = self.cluster if nested else self.outer
        size = np.bincount(unit[seen], minlength=int(unit.max()) + 1).astype(float)
        levels = None
        if column.kind is Kind.LEVELS and len(values) > 1:
            levels = thresholds.levels_of(code)
        return _Target(column.name, column.kind, places, gap, seen, others, values, code, unit,
                       self.above if nested else None, size, levels)  # fmt: skip

    def by_unit(self, t: _Target, A: Floats) -> Floats:
        """(b, U, k) sums per finest unit as those of the units of a column."""
        if len(t.size) == self.C:
            return A
        return _grouped(A, self.above)

    def chains_at_once(self, imputations: int) -> int:
        return max(1, min(imputations, int(AT_ONCE / (self.n * self.p))))

    def sums(self, values: Floats, rows: Codes) -> Floats:
        """(b, C, k) sums per cluster of values (b, len(rows), k); rows are in order of cluster."""
        out = np.zeros((values.shape[0], self.C, values.shape[2]))
        if len(rows):
            cluster = self.cluster[rows]
            first = np.flatnonzero(np.diff(cluster, prepend=-1))
            out[:, cluster[first]] = np.add.reduceat(values, first, axis=1)
        return out

    def apart(self, parts: Sequence[_Going]) -> dict[str, float]:
        """R-hat of every target, over the chains of all parts."""
        means = np.concatenate([np.stack(part.means) for part in parts], axis=1)
        still = {n: max(int(np.max(p.states[n][0].still)) for p in parts) for n in self.targets}
        return {
            name: math.inf if still[name] >= STUCK else gelman_rubin(means[:, :, j])
            for j, name in enumerate(self.targets)
        }

    def start(self, rngs: Sequence[np.random.Generator]) -> _Going:
        """Chains that start from values that others have."""
        b = len(rngs)
        Z = np.repeat(self.Z[None], b, axis=0)
        for t in self.targets.values():
            picks = np.stack([g.choice(t.seen, len(t.gap)) for g in rngs])
            Z[:, t.gap[:, None], t.at] = self.Z[picks][:, :, t.at]
        G, A = Z.swapaxes(1, 2) @ Z, self.sums(Z, np.arange(self.n))
        states = {name: self._states(t, b) for name, t in self.targets.items()}
        return _Going(rngs, Z, G, A, states, {}, [])

    def draw(self, going: _Going, cycles: int) -> None:
        """Go on for so many cycles; ``going`` is changed."""
        rngs, Z, G, A, states = going.rngs, going.Z, going.G, going.A, going.states
        found, b = going.found, len(going.rngs)
        for _ in range(cycles):
            warm = 1 if going.means else 5
            means = np.empty((b, len(self.targets)))
            for j, (name, t) in enumerate(self.targets.items()):
                mine = np.ascontiguousarray(Z[:, t.gap])
                Go, Ao = G - mine.swapaxes(1, 2) @ mine, A - self.sums(mine, t.gap)
                turn = _Turn(rngs, Z, Go, self.by_unit(t, Ao), mine, warm)
                if len(t.values) == 1:  # everybody of whom it is known has the same
                    found[name] = np.full((b, len(t.gap)), t.values[0])
                    new = mine[:, :, t.at]
                elif t.kind is Kind.NUMBER:
                    found[name], new = self._number(t, states[name][0], turn)
                else:
                    draw = self._levels if t.kind is Kind.LEVELS else self._category
                    found[name], new = self._shown(t, draw(t, states[name], turn))
                means[:, j] = found[name].mean(axis=1)
                mine[:, :, t.at] = new
                Z[:, t.gap[:, None], t.at] = new
                c = mine.swapaxes(1, 2) @ new
                G[:, :, t.at] = Go[:, :, t.at] + c
                G[:, t.at] = G[:, :, t.at].swapaxes(1, 2)
                A[:, :, t.at] = Ao[:, :, t.at] + self.sums(new, t.gap)
            going.means.append(means)

    def _states(self, t: _Target, b: int) -> list[_State]:
        """Nothing known yet: no slopes, clusters alike, thresholds at the shares of the levels."""
        k = len(t.values)
        cuts = np.zeros((b, 0))
        if t.levels is not None:
            cuts = np.repeat(t.levels.at_shares[None], b, axis=0)
        out, one = [], np.ones(b)
        for level in range(k if t.kind is Kind.CATEGORY else 1):
            zeros = np.zeros((b, len(t.others))), np.zeros((b, len(t.size)))
            z = np.repeat(np.where(t.code == level, 0.5, -0.5)[None], b, axis=0)
            spread = _Spread(0.1 * one, one), _Spread(0.1 * one, one)
            out.append(_State(*zeros, one, *spread, cuts, z))
        return out

    def _shown(self, t: _Target, code: Codes) -> tuple[Floats, Floats]:
        """The values of drawn codes, and the same as predictors."""
        mean, sd = self.centre[t.name]
        values = t.values[code]
        levels = values[:, :, None] if t.kind is Kind.LEVELS else _dummies(values, len(t.at))
        return values, (levels - mean) / sd

    def _number(self, t: _Target, state: _State, turn: _Turn) -> tuple[Floats, Floats]:
        """Draw a number for every gap: the values in the column's own units, and scaled."""
        G, A, o, (j,) = turn.G, turn.A, t.others, t.at
        sums = _Sums(G[:, o][:, :, o], G[:, o, j], A[:, :, o], A[:, :, j])
        for _ in range(turn.times):
            _conjugate(turn.rngs, t, state, sums, G[:, j, j])
        new = _times(turn.mine[:, :, o], state.beta) + state.u[:, t.unit[t.gap]]
        new += np.sqrt(state.sigma2)[:, None] * _normal(turn.rngs, len(t.gap))
        mean, sd = self.centre[t.name]
        return mean[0] + sd[0] * new, new[:, :, None]

    def _levels(self, t: _Target, states: Sequence[_State], turn: _Turn) -> Codes:
        """(b, gaps) a level drawn for every gap."""
        (state,), levels = states, t.levels or thresholds.levels_of(t.code)
        for _ in range(turn.times):
            eta = self._expected(t, state, turn)
            state.cuts, moved = thresholds.draw(turn.rngs, levels, state.cuts, eta)
            state.still = np.where(moved, 0, state.still + 1).astype(np.intp)
            z = eta + _truncated(turn.rngs, *levels.limits(state.cuts, eta))
            self._of_latent(t, state, turn, z)
        latent = _latent(t, state, turn)
        code: Codes = (latent[:, :, None] > state.cuts[:, None]).sum(axis=2)
        return code

    def _category(self, t: _Target, states: Sequence[_State], turn: _Turn) -> Codes:
        """(b, gaps) a category drawn for every gap: the one whose latent number is largest."""
        for _ in range(turn.times):
            for k, state in enumerate(states):
                rivals = [other.z for other in states if other is not state]
                largest = np.max(rivals, axis=0)
                eta, own = self._expected(t, state, turn), t.code == k
                low = np.where(own, largest - eta, -np.inf)
                high = np.where(own, np.inf, largest - eta)
                # of another category the largest is the one chosen, which z stays below
                state.z = eta + _truncated(turn.rngs, low, high)
                self._of_latent(t, state, turn, state.z)
        code: Codes = np.argmax([_latent(t, state, turn) for state in states], axis=0)
        return code

    def _expected(self, t: _Target, state: _State, turn: _Turn) -> Floats:
        """(b, seen) X b + u of the known rows."""
        whole = np.zeros((len(turn.Z), self.p))
        whole[:, t.others] = state.beta
        eta: Floats = _times(turn.Z, whole)[:, t.seen] + state.u[:, t.unit[t.seen]]
        return eta

    def _of_latent(self, t: _Target, state: _State, turn: _Turn, z: Floats) -> None:
        """Draw slopes and levels of units of the latent numbers z (b, seen)."""
        o = t.others
        full = np.zeros((len(turn.Z), self.n))
        full[:, t.seen] = z
        Xz = _times(turn.Z.swapaxes(1, 2), full)[:, o]
        sz = self.by_unit(t, self.sums(z[:, :, None], t.seen))[:, :, 0]
        _conjugate(turn.rngs, t, state, _Sums(turn.G[:, o][:, :, o], Xz, turn.A[:, :, o], sz))


def _latent(t: _Target, state: _State, turn: _Turn) -> Floats:
    """(b, gaps) a latent number drawn for every gap."""
    latent = _times(turn.mine[:, :, t.others], state.beta) + state.u[:, t.unit[t.gap]]
    latent += _normal(turn.rngs, len(t.gap))
    return latent


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Of the known rows XX: (b, p, p) and Xy: (b, p); SX: (b, U, p) and sy: (b, U) per unit."""

    XX: Floats
    Xy: Floats
    SX: Floats
    sy: Floats


def _grouped(x: Floats, above: Codes) -> Floats:
    """(b, S, ...) sums over the units of every cluster; units are in order of cluster."""
    return np.add.reduceat(x, np.flatnonzero(np.diff(above, prepend=-1)), axis=1)


def _conjugate(
    rngs: Sequence[np.random.Generator],
    t: _Target,
    state: _State,
    sums: _Sums,
    yy: Floats | None = None,
) -> None:
    """Draw slopes and levels of units together, and then the variances; ``state`` is changed.

    With V = sigma2 I + tau2 J, J = 11' within a unit of n, sigma2 V^-1 = I - k J, k = tau2 /
    (sigma2 + n tau2). Where units are classes, d = sigma2 / (sigma2 + n omega2) is what V^-1 makes
    of 1, and with a level of clusters a further w dd' goes off, w = tau2 / (sigma2 + tau2 sum n d)
    (``multilevel/classes.py``). yy: (b,) of a number; of a latent one sigma2 is 1.
    """
    XX, Xy, SX, sy, size = sums.XX, sums.Xy, sums.SX, sums.sy, t.size
    p, C = XX.shape[1], len(size)
    sigma2, tau2 = state.sigma2[:, None], state.within.variance[:, None]
    weighed = SX * (tau2 / (sigma2 + size * tau2))[:, :, None]
    P = XX - weighed.swapaxes(1, 2) @ SX
    prior = np.full(p, CUT_SLOPE if yy is None else SLOPE)
    prior[0] = CUT_SLOPE if yy is None else FLAT
    P[:, np.arange(p), np.arange(p)] += prior
    q = Xy - _times(weighed.swapaxes(1, 2), sy)
    if t.above is not None:
        d, over2 = sigma2 / (sigma2 + size * tau2), state.above.variance[:, None]
        counted = _grouped(size * d, t.above)  # a cluster's pupils, as far as classes let them
        D, dy = _grouped(d[:, :, None] * SX, t.above), _grouped(d * sy, t.above)
        off = D * (over2 / (sigma2 + counted * over2))[:, :, None]
        P -= off.swapaxes(1, 2) @ D
        q -= _times(off.swapaxes(1, 2), dy)
    inverse = np.linalg.inv(np.linalg.cholesky(P))
    inner = _times(inverse, q) + np.sqrt(sigma2) * _normal(rngs, p)
    state.beta = beta = _times(inverse.swapaxes(1, 2), inner)
    rest = sy - _times(SX, beta)
    own, of_cluster = rest, None
    if t.above is not None:
        v = 1 / (counted / sigma2 + 1 / over2)
        of_cluster = v * _grouped(d * rest, t.above) / sigma2
        of_cluster += np.sqrt(v) * _normal(rngs, counted.shape[1])
        own = rest - size * of_cluster[:, t.above]
    v = 1 / (size / sigma2 + 1 / tau2)
    u = v * own / sigma2 + np.sqrt(v) * _normal(rngs, C)
    state.u = level = u if of_cluster is None else u + of_cluster[:, t.above]
    if yy is not None:
        rss = yy - 2 * (beta * Xy).sum(1) + (beta * _times(XX, beta)).sum(1)
        rss += (size * level**2 - 2 * level * rest).sum(1) + (prior * beta**2).sum(1)
        chi2 = np.array([g.chisquare(len(t.seen) + p - 1) for g in rngs])
        state.sigma2 = np.maximum(rss, 1e-10 * yy + 1e-300) / chi2
    state.within.draw(rngs, u)
    if of_cluster is not None:
        state.above.draw(rngs, of_cluster)


def _truncated(rngs: Sequence[np.random.Generator], low: Floats, high: Floats) -> Floats:
    """Standard normal numbers between limits (b, n)."""
    upper = low > 0
    a, b = np.where(upper, -high, low), np.where(upper, -low, high)
    Fa, Fb = special.ndtr(a), special.ndtr(b)
    U = np.stack([g.random(low.shape[1]) for g in rngs])
    e = special.ndtri(np.minimum(np.maximum(Fa + U * (Fb - Fa), 1e-300), 1 - 1e-16))
    e = np.minimum(np.maximum(e, a), b)
    out: Floats = np.where(upper, -e, e)
    return out


def _normal(rngs: Sequence[np.random.Generator], n: int) -> Floats:
    return np.stack([g.standard_normal(n) for g in rngs])


def _times(A: Floats, x: Floats) -> Floats:
    """(b, k) every matrix (b, k, p) times its vector (b, p)."""
    out: Floats = (A @ x[:, :, None])[:, :, 0]
    return out


def _coded(column: Column, x: Floats) -> Floats:
    """(n, k) a column as predictors: itself, or an indicator per level of a category but one."""
    if column.kind is not Kind.CATEGORY:
        return x[:, None]
    return _dummies(x, _width(column))


def _dummies(codes: Floats, k: int) -> Floats:
    """(..., k) indicators of the codes 1 to k; NaN where the code is."""
    out: Floats = (codes[..., None] == np.arange(1, k + 1)).astype(float)
    out[np.isnan(codes)] = np.nan
    return out


def _scaled(x: Floats) -> tuple[Floats, Floats, Floats]:
    """(n, k) columns less their known mean, over their known sd (1 where nothing varies)."""
    known = ~np.isnan(x)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, x, 0).sum(axis=0) / n
    sd = np.sqrt((np.where(known, x - mean, 0) ** 2).sum(axis=0) / n)
    sd = np.where(sd > 1e-12 * np.abs(mean), sd, 1.0)
    return (x - mean) / sd, mean, sd
