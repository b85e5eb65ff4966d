"""Group-time effects: a programme that starts in one period here and in another there.

    ATT(g, t) = E[Y_t - Y_b | start g] - E[Y_t - Y_b | not started]

for those who start in period g, at period t, against a base b before g (less the anticipation).
Callaway & Sant'Anna (2021, J. Econom. 225). Those compared with never start, or have not started
at t yet. A panel takes differences of the same units, repeated cross-sections four means. With
covariates both are doubly robust (Sant'Anna & Zhao, 2020, J. Econom. 219): D says who starts in g,
p = P(D = 1 | X) is logistic, m are least squares, a = p / (1 - p) among the others:

    panel     mean_D (dY - m(X)) - C,                             m fitted on the others' dY
    sections  mean_D (m_1t - m_0t - m_1b + m_0b) - (C_t - C_b),   m_ds on arm d in period s
    C         sum a r / sum a,   r = dY - m or, in period s, Y - m_0s

the traditional and the locally efficient form. An influence is what a cluster adds to an estimate's
error. With few clusters the sum of its squares is too small a variance:

- ``corrected`` divides a cluster's share of a mean by sqrt(1 - h), h its share of those in it, as
  CR2 does in a saturated model (Bell & McCaffrey, 2002);
- a mean of one cluster has no deviations at all. It is lent those of the clusters in other groups,
  over the same periods, as if alike (in the spirit of Conley & Taber, 2011, Rev. Econ. Stat. 93);
- how many start when is taken as given, not as a draw: with few clusters what a draw would add is
  mostly the noise that is already counted (simulated: with it 97 to 99 % of 95 % intervals hold);
- intervals use t, see ``estimates``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from academic_workplace.comparison.inputs import labels, matrix, standardised
from academic_workplace.comparison.weighting import propensity
from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text
from academic_workplace.over_time.estimates import Estimates, Moves, estimates
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Bools = NDArray[np.bool_]

ALL = 1 - 1e-12  # a share of a mean above this is all of it
COLLINEAR = 1e-10  # an eigenvalue of a correlation matrix below this is no information
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])  # of the four means: started at t, b; others at t, b


class Against(StrEnum):
    """With whom those who started are compared."""

    NEVER = "never"  # who never start
    NOT_YET = "not yet"  # who have not started yet, and who never do


class Base(StrEnum):
    """With which period those before the start are compared: the one before, or always the last."""

    VARYING = "varying"
    UNIVERSAL = "universal"


class Along(StrEnum):
    """Over which group-times is averaged (Callaway & Sant'Anna, 2021, section 3)."""

    SIMPLE = "simple"  # all after the start, by the size of the groups
    GROUP = "group"  # per group of start over its periods; then groups by their size
    DYNAMIC = "dynamic"  # per time since the start, groups by their size; then all from 0 on
    CALENDAR = "calendar"  # per period, groups by their size; then all periods


class Flag(StrEnum):
    """What a reader of the result must know; ``FLAGS`` has the words."""

    NO_NEVER = "nobody never starts"
    FROM_THE_FIRST = "started in the first period"
    LONE = "one cluster in a group"
    BETWEEN = "start between two periods"
    GAPS = "group-times without pupils"
    NOT_BALANCED = "units that are not always there"
    NONE_BEFORE = "no period to check"


FLAGS = {
    Flag.NO_NEVER: Text(
        "Alle scholen (clusters) starten. We vergelijken met wie nog niet begonnen was. Zodra de"
        " laatste begint, is er niemand meer om mee te vergelijken.",
        "All schools (clusters) start. We compare with those that had not started yet. Once the"
        " last one starts, there is nobody left to compare with.",
    ),
    Flag.FROM_THE_FIRST: Text(
        "Er zijn scholen (clusters) die bij de eerste meting al waren begonnen. Van hen is er geen"
        " meting vooraf, dus ze tellen niet mee.",
        "Some schools (clusters) had started at the first measurement. Nothing was measured before"
        " that, so they do not count.",
    ),
    Flag.LONE: Text(
        "Er is een start met maar één school (cluster). Hoe onzeker die uitkomst is, lenen we van"
        " de andere scholen.",
        "There is a start with only one school (cluster). How uncertain its result is, is borrowed"
        " from the other schools.",
    ),
    Flag.BETWEEN: Text(
        "Er is een start tussen twee metingen. Die telt vanaf de eerste meting daarna.",
        "There is a start between two measurements. It counts from the first one after it.",
    ),
    Flag.GAPS: Text(
        "Van sommige groepen ontbreekt een meting. Daar is geen uitkomst.",
        "Some groups miss a measurement. There is no result there.",
    ),
    Flag.NOT_BALANCED: Text(
        "Niet iedereen is bij elke meting gezien. Steeds telt wie er beide keren was.",
        "Not everyone was seen at every measurement. Each time those count who were there twice.",
    ),
    Flag.NONE_BEFORE: Text(
        "Er is maar één meting voor de start. Of de groepen voor de start gelijk opgingen, is niet"
        " te zien.",
        "There is only one measurement before the start. Whether the groups moved alike before the"
        " start cannot be seen.",
    ),
}


MISSING = Text("Hier ontbreekt een getal.", "A number is missing here.")
LEAVE_OUT = Text("Laat deze rijen weg.", "Leave these rows out.")
NOBODY_NEVER = Text(
    "Alle scholen (clusters) starten: niemand hoort bij wie nooit start.",
    "All schools (clusters) start: there are none that never do.",
)
NOBODY_LEFT = Text(
    "Er is nooit iemand om mee te vergelijken: niet voor de start en daarna.",
    "There is never anyone to compare with, before a start and after it.",
)
ALL_AT_FIRST = Text(
    "Iedereen was bij de eerste meting al begonnen: er is niets om mee te vergelijken.",
    "Everyone had started at the first measurement: there is nothing to compare with.",
)
NO_MODEL = Text(
    "Te weinig rijen voor zo veel kenmerken, of een kenmerk dat daar voor iedereen gelijk is.",
    "Too few rows for so many covariates, or one that is the same for everyone there.",
)
FEWER_COLUMNS = Text("Kies minder kenmerken.", "Choose fewer covariates.")


@dataclass(frozen=True, slots=True, eq=False)
class Atts:
    """Effects per group of start and period.

    group, period, base: (J,); what a start or a period is called is its number. effects: the ATTs,
    whose ``at`` is the period; what moves them has a row per cluster, and then what was lent.
    members: (R, K) rows (of a panel: units) per cluster and start, for the K in ``starts``. pupils,
    clusters: (J, 4) behind the four means: started at t and at b, the others at t and at b.
    """

    group: Floats
    period: Floats
    base: Floats
    effects: Estimates
    starts: Floats
    members: Floats
    pupils: NDArray[np.int64]
    clusters: NDArray[np.int64]
    against: Against
    corrected: bool
    flags: tuple[Flag, ...]

    @property
    def since(self) -> Floats:
        """(J,) periods since the start, below 0 before it."""
        return self.period - self.group


def group_times(
    y: ArrayLike,
    period: ArrayLike,
    start: ArrayLike,
    cluster: ArrayLike,
    *,
    X: ArrayLike | None = None,
    columns: Sequence[str] = (),
    unit: ArrayLike | None = None,
    against: Against | str = Against.NEVER,
    base: Base | str = Base.VARYING,
    anticipation: float = 0,
    corrected: bool = True,
) -> Atts:
    """Every ATT(g, t) that can be told. All (n,), a row per answer; X: (n, k).

    period: numbers. start: the period of the start, NaN or infinite for never; one between two
    periods counts from the next. unit: who is asked again, for a panel; X is then what was known at
    their first row, and a difference needs both of its rows. Without it every row is a new person.
    anticipation: how many periods before the start something may change already. corrected: for few
    clusters, see above; without it the squares are those of the plain influence function.

    Raises DataError on what is missing, on units with two starts or twice in a period, where nobody
    is left to compare with, and where a model with covariates cannot be fitted.
    """
    against, base = Against(against), Base(base)
    data = _data(y, period, start, cluster, X, columns, unit)
    if against is Against.NEVER and not np.isinf(data.start).any():
        raise DataError([_nobody(NOBODY_NEVER)])
    pairs = _pairs(data, against, base, anticipation)
    way = _panel if len(data.of_unit) else _sections
    if data.balanced and not data.X.shape[1]:  # of the same units, means say as much
        way, none = _by_means, np.zeros(0, dtype=np.intp)
        data = replace(data, y=np.zeros(0), t=none, piece=none, unit=none)  # all is in n and s
    with one_thread():
        found = way(data, pairs, corrected=corrected)
        return _together(data, pairs, found, against, corrected=corrected)


# ---------------------------------------------------------------- what is asked


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """Rows, and the pieces they belong to: a cluster, or its part with one start.

    y: (n,) above its minimum. t: (n,) places in times (T,). piece: (n,) among P, in order of start
    and cluster; start, cluster: (P,), of a piece. X: (n, k), k may be 0. unit: (n,) among U, in
    order of pieces, and of_unit: (U,) the piece of each; both empty without a panel. n, s: (T, P)
    rows, and sums of y. balanced: whether every unit is there in every period (or nobody is one).
    """

    y: Floats
    t: Codes
    piece: Codes
    times: Floats
    start: Floats
    cluster: Codes
    X: Floats
    columns: tuple[str, ...]
    unit: Codes
    of_unit: Codes
    n: Floats
    s: Floats
    balanced: bool
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A start, its period and base (places in ``times``), and the pieces that are compared."""

    g: float
    t: int
    b: int
    started: slice
    others: tuple[slice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What a way of comparing fills, a row per pair.

    influence: (J, P). pupils, clusters, alone: (J, 4) of the means; alone is the piece that is a
    mean all by itself, or -1. known: (J,) whether all four have somebody.
    """

    att: Floats
    influence: Floats
    pupils: NDArray[np.int64]
    clusters: NDArray[np.int64]
    alone: Codes
    known: Bools


def _data(
    y: ArrayLike,
    period: ArrayLike,
    start: ArrayLike,
    cluster: ArrayLike,
    X: ArrayLike | None,
    columns: Sequence[str],
    unit: ArrayLike | None,
) -> _Data:
    values, when, begin = (np.asarray(x, dtype=float) for x in (y, period, start))
    n = len(values)
    if not n or not len(when) == len(begin) == n:
        rule = Text("De kolommen zijn niet even lang, of leeg.", "The columns differ in length.")
        raise DataError([Fault(rule, Text("Geef één waarde per rij.", "Give one value a row."))])
    faults = [
        Fault(MISSING, LEAVE_OUT, column=name, count=int(np.sum(~np.isfinite(x))))
        for name, x in (("y", values), ("period", when))
        if not np.isfinite(x).all()
    ]
    if faults:
        raise DataError(faults)
    owner = labels(cluster, n, "cluster")
    times, t = _coded(when)
    starts, k = _coded(np.where(np.isnan(begin), np.inf, begin))
    place = np.searchsorted(times, starts)  # a start counts from the first period after it
    moved = np.append(times, np.inf)[place]
    flags = [Flag.BETWEEN] if np.any(np.isfinite(starts) & (moved != starts)) else []
    flags += [Flag.FROM_THE_FIRST] if place[0] == 0 else []
    width = int(owner.max()) + 1
    key, piece = _coded(place[k] * width + owner)
    of_start, of_cluster = np.divmod(key.astype(np.intp), width)
    covariates, names = matrix(np.zeros((n, 0)) if X is None else X, n, columns)
    nobody = np.zeros(0, dtype=np.intp)
    one, of_unit = nobody, nobody
    if unit is not None:
        one, of_unit = _units(owner if unit is cluster else labels(unit, n, "unit"), piece, t)
    above, P = values - values.min(), len(of_start)
    counts = _counted(above, t, piece, (len(times), P))
    balanced = not len(of_unit) or n == len(of_unit) * len(times)
    return _Data(
        above, t, piece, times, np.append(times, np.inf)[of_start], of_cluster,
        covariates, names, one, of_unit, *counts, balanced, tuple(flags),
    )  # fmt: skip


def _coded(x: Floats | Codes) -> tuple[Floats, Codes]:
    """The values there are, rising, and the place of each among them."""
    codes, found = pd.factorize(x, sort=True)
    return np.asarray(found, dtype=float), codes.astype(np.intp)


def _units(codes: Codes, piece: Codes, t: Codes) -> tuple[Codes, Codes]:
    """(n,) and (U,): units in order of their pieces, and the piece of each."""
    U, T = int(codes.max()) + 1, int(t.max()) + 1
    of_unit = np.zeros(U, dtype=np.intp)
    of_unit[codes] = piece
    two = np.unique(codes[of_unit[codes] != piece]).size
    twice = int(np.sum(np.bincount(codes * T + t) > 1))
    faults = []
    if two:
        rule = Text(
            "Iemand (unit) hoort bij twee scholen (clusters), of heeft twee startmomenten.",
            "Someone (unit) belongs to two clusters, or has two starts.",
        )
        remedy = Text("Kies per persoon één start.", "Choose one start per person.")
        faults.append(Fault(rule, remedy, column="unit", count=two))
    if twice:
        rule = Text(
            "Iemand (unit) staat twee keer bij dezelfde meting.",
            "Someone (unit) stands twice at the same measurement.",
        )
        faults.append(Fault(rule, Text("Houd één rij.", "Keep one row."), "", "unit", count=twice))
    if faults:
        raise DataError(faults)
    order = np.argsort(of_unit, kind="stable")
    rank = np.empty(U, dtype=np.intp)
    rank[order] = np.arange(U)
    return rank[codes], of_unit[order]


def _pairs(data: _Data, against: Against, base: Base, ahead: float) -> list[_Pair]:
    """Every start and period that has a base, and someone to compare with."""
    out = []
    for g in np.unique(data.start[np.isfinite(data.start)]).tolist():
        started = _between(data.start, g, g)
        last = int(np.searchsorted(data.times, g - ahead)) - 1  # the last period before it
        if last < 0:
            continue
        for t in range(len(data.times)):
            before = data.times[t] < g - ahead
            b = t - 1 if before and base is Base.VARYING else last
            if b < 0 or b == t:
                continue
            after = math.inf
            if against is Against.NOT_YET:
                after = float(np.nextafter(data.times[max(t, b)] + ahead, math.inf))
            rest = _between(data.start, after, math.inf)
            cut = [rest]
            if rest.start <= started.start < rest.stop:
                cut = [slice(rest.start, started.start), slice(started.stop, rest.stop)]
            others = tuple(part for part in cut if part.stop > part.start)
            if others:
                out.append(_Pair(g, t, b, started, others))
    if not out:
        first = bool(np.all(data.start <= data.times[0]))
        raise DataError([_nobody(ALL_AT_FIRST if first else NOBODY_LEFT)])
    return out


def _between(start: Floats, low: float, high: float) -> slice:
    """The pieces whose start lies between two (included)."""
    return slice(int(np.searchsorted(start, low)), int(np.searchsorted(start, high, side="right")))


# ---------------------------------------------------------------- four means


def _by_means(data: _Data, pairs: Sequence[_Pair], *, corrected: bool) -> _Found:
    """Without covariates: all that is needed are numbers and sums per piece and period."""
    n, s = data.n, data.s
    found = _empty(len(pairs), len(data.start))
    for j, pair in enumerate(pairs):
        for i, (sign, parts, t) in enumerate(_four(pair)):
            N = float(sum(n[t, part].sum() for part in parts))
            if N == 0:
                continue
            mean = float(sum(s[t, part].sum() for part in parts)) / N
            found.att[j] += sign * mean
            found.pupils[j, i] = round(N)
            for part in parts:
                here = n[t, part]
                e = s[t, part] - mean * here
                e *= sign / N
                share = here / N
                if corrected:
                    e *= _factor(share)
                found.influence[j, part] += e
                found.clusters[j, i] += np.count_nonzero(here)
                if share.size and share.max() > ALL:
                    found.alone[j, i] = part.start + int(share.argmax())
    found.known[:] = (found.pupils > 0).all(axis=1)
    return found


def _four(pair: _Pair) -> tuple[tuple[float, tuple[slice, ...], int], ...]:
    own = (pair.started,)
    return ((1.0, own, pair.t), (-1.0, own, pair.b),
            (-1.0, pair.others, pair.t), (1.0, pair.others, pair.b))  # fmt: skip


def _factor(share: Floats) -> Floats:
    """1 / sqrt(1 - share); 0 for what is a mean by itself, and so never deviates."""
    whole = share > ALL
    out: Floats = np.where(whole, 0.0, 1 / np.sqrt(np.where(whole, 1.0, 1 - share)))
    return out


def _empty(J: int, P: int) -> _Found:
    pupils, clusters = np.zeros((2, J, 4), dtype=np.int64)
    alone = np.full((J, 4), -1, dtype=np.intp)
    return _Found(np.zeros(J), np.zeros((J, P)), pupils, clusters, alone, np.zeros(J, dtype=bool))


# ---------------------------------------------------------------- differences of units


def _panel(data: _Data, pairs: Sequence[_Pair], *, corrected: bool) -> _Found:
    """Units seen twice; those with the same groups in every period share their models."""
    P, T, U = len(data.start), len(data.times), len(data.of_unit)
    Y = np.full((T, U), np.nan)
    Y[data.t, data.unit] = data.y
    X = _first(data, U)
    edge = np.searchsorted(data.of_unit, np.arange(P + 1))
    whole = bool(np.isfinite(Y).all())
    together: dict[object, list[int]] = {}
    for j, pair in enumerate(pairs):
        key = (pair.started.start, *((x.start, x.stop) for x in pair.others))
        together.setdefault(key if whole else j, []).append(j)
    found = _empty(len(pairs), P)
    for members in together.values():
        pair = pairs[members[0]]
        rows, treated = _rows(pair, edge)
        if not whole:
            both = np.isfinite(Y[pair.t, rows]) & np.isfinite(Y[pair.b, rows])
            rows, treated = rows[both], treated[both]
        n1 = int(treated.sum())
        if n1 == 0 or n1 == len(rows):
            continue
        dY = np.stack([Y[pairs[j].t, rows] - Y[pairs[j].b, rows] for j in members])
        with _named(data, pair):
            att, e, weight = _differences(dY, treated, X, rows, data.columns)
        piece = data.of_unit[rows]
        side = np.where(treated, 0, 2)
        e *= _sided(found, members, side, (0, 2), weight, piece, P, corrected=corrected)
        for j, value, own in zip(members, att, e, strict=True):
            found.att[j], found.known[j] = value, True
            found.influence[j] = np.bincount(piece, own, P)
            for a, b in ((0, 1), (2, 3)):  # the same units at t and at b
                found.pupils[j, b], found.clusters[j, b], found.alone[j, b] = (
                    found.pupils[j, a], found.clusters[j, a], found.alone[j, a]
                )  # fmt: skip
    return found


def _first(data: _Data, U: int) -> Floats:
    """(U, k) the covariates of each unit at its first row."""
    out = np.empty((U, data.X.shape[1]))
    late_first = np.argsort(-data.t, kind="stable")
    out[data.unit[late_first]] = data.X[late_first]  # the last one written stays
    return out


def _rows(pair: _Pair, edge: Codes) -> tuple[Codes, Bools]:
    """The rows of a pair, those who start first, and who these are. edge: (P + 1,)."""
    parts = [np.arange(edge[x.start], edge[x.stop]) for x in (pair.started, *pair.others)]
    rows = np.concatenate(parts)
    return rows, np.arange(len(rows)) < len(parts[0])


def _differences(
    dY: Floats, treated: Bools, X: Floats, rows: Codes, columns: Sequence[str]
) -> tuple[Floats, Floats, Floats]:
    """att (m,), influences (m, n) and weights (n,) of m differences dY (m, n) of the same units."""
    n1, others = int(treated.sum()), ~treated
    if not X.shape[1]:
        weight = np.where(treated, 1 / n1, 1 / (len(treated) - n1))
        mean1, mean0 = dY[:, treated].mean(axis=1), dY[:, others].mean(axis=1)
        left = dY - np.where(treated, mean1[:, None], mean0[:, None])
        return mean1 - mean0, left * np.where(treated, weight, -weight), weight
    model = _taking_part(X[rows], treated, columns)
    fit = _least_squares(dY, others, model.Z)
    A = float(model.a.sum())
    mean = fit.r[:, treated].mean(axis=1)
    C = fit.r @ model.a / A
    e = np.where(treated, fit.r - mean[:, None], 0.0) / n1
    off = model.a * (fit.r - C[:, None]) / A
    e -= off
    e += fit.through(model.Z.T @ model.a / A - model.Z[treated].mean(axis=0))
    e -= model.through(off @ model.Z)
    return mean - C, e, np.where(treated, 1 / n1, model.a / A)


# ---------------------------------------------------------------- other persons every period


def _sections(data: _Data, pairs: Sequence[_Pair], *, corrected: bool) -> _Found:
    """Different persons in every period, with covariates."""
    P = len(data.start)
    order = np.argsort(data.piece, kind="stable")
    t, piece, y, X = data.t[order], data.piece[order], data.y[order], data.X[order]
    edge = np.searchsorted(piece, np.arange(P + 1))
    found = _empty(len(pairs), P)
    for j, pair in enumerate(pairs):
        rows, treated = _rows(pair, edge)
        asked = (t[rows] == pair.t) | (t[rows] == pair.b)
        rows, treated = rows[asked], treated[asked]
        cell = np.where(treated, 0, 2) + (t[rows] == pair.b)
        if np.bincount(cell, minlength=4).min() == 0:
            continue
        with _named(data, pair):
            att, e, weight = _four_models(y[rows], cell, X[rows], data.columns)
        own = piece[rows]
        e *= _sided(found, [j], cell, (0, 1, 2, 3), weight, own, P, corrected=corrected)
        found.att[j], found.known[j] = att, True
        found.influence[j] = np.bincount(own, e, P)
    return found


def _four_models(
    y: Floats, cell: Codes, X: Floats, columns: Sequence[str]
) -> tuple[float, Floats, Floats]:
    """att, influences (n,) and weights (n,). cell: 0, 1 who start at t and b; 2, 3 the others."""
    treated = cell < 2
    n1 = int(treated.sum())
    model = _taking_part(X, treated, columns)
    middle = model.Z[treated].mean(axis=0)
    h, e = np.zeros(len(y)), np.zeros(len(y))
    weight = np.where(treated, 1.0, model.a)
    att = 0.0
    for i, sign in enumerate(SIGNS.tolist()):
        here = cell == i
        fit = _least_squares(y[None], here, model.Z)
        h += sign * fit.fitted[0]
        total = float(weight[here].sum())
        weight[here] /= total
        slope = sign * middle
        if i >= 2:
            a = np.where(here, weight, 0.0)
            C = float(fit.r[0] @ a)
            att += sign * C
            off = sign * a * (fit.r[0] - C)
            e += off + model.through((off @ model.Z)[None])[0]
            slope = slope - sign * (a @ model.Z)
        e += fit.through(slope)[0]
    mean = float(h[treated].mean())
    e += np.where(treated, h - mean, 0.0) / n1
    return att + mean, e, weight


# ---------------------------------------------------------------- the two models


@dataclass(frozen=True, slots=True, eq=False)
class _TakingPart:
    """Z: (n, q) with a constant. a: (n,) the odds among the others, 0 for those who start. off: D -
    p. inverse: (q, q) of the information.
    """

    Z: Floats
    a: Floats
    off: Floats
    inverse: Floats

    def through(self, gradient: Floats) -> Floats:
        """(m, n) what the model's own error adds, for gradients (m, q)."""
        out: Floats = (gradient @ self.inverse @ self.Z.T) * self.off
        return out


def _taking_part(X: Floats, treated: Bools, columns: Sequence[str]) -> _TakingPart:
    p = propensity(X, treated, columns).score
    Z = np.column_stack([np.ones(len(X)), standardised(X, columns)[0]])
    inverse = np.asarray(np.linalg.inv((Z.T * (p * (1 - p))) @ Z), dtype=float)
    return _TakingPart(Z, np.where(treated, 0.0, p / (1 - p)), treated - p, inverse)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Least squares of some rows, for all: fitted, r: (m, n) fitted values and what is left."""

    fitted: Floats
    r: Floats
    own: Bools
    Z: Floats
    inverse: Floats

    def through(self, gradient: Floats) -> Floats:
        """(m, n) what the coefficients' error adds, for a gradient (q,) or (m, q)."""
        out: Floats = np.where(self.own, self.r, 0.0) * (gradient @ self.inverse @ self.Z.T)
        return out


def _least_squares(Y: Floats, own: Bools, Z: Floats) -> _Fit:
    inside = Z[own]
    S = inside.T @ inside
    scale = np.sqrt(np.diag(S))
    told = np.linalg.eigvalsh(S / np.outer(scale, scale))[0] > COLLINEAR if scale.all() else False
    if len(inside) <= Z.shape[1] or not told:
        raise DataError([Fault(NO_MODEL, FEWER_COLUMNS, column="X", count=len(inside))])
    inverse = np.asarray(np.linalg.inv(S), dtype=float)
    fitted = (Y[:, own] @ inside @ inverse) @ Z.T
    return _Fit(fitted, Y - fitted, own, Z, inverse)


@contextmanager
def _named(data: _Data, pair: _Pair) -> Iterator[None]:
    """A fault inside says of which start and period it is."""
    try:
        yield
    except DataError as error:
        g, t = f"{pair.g:g}", f"{data.times[pair.t]:g}"
        where = Text(f"Start {g}, meting {t}: ", f"Start {g}, measurement {t}: ")
        raise DataError([
            replace(f, rule=Text(where.nl + f.rule.nl, where.en + f.rule.en)) for f in error.faults
        ]) from None  # fmt: skip


def _sided(
    found: _Found, members: Sequence[int], side: Codes, sides: tuple[int, ...], weight: Floats,
    piece: Codes, P: int, *, corrected: bool,
) -> Floats:  # fmt: skip
    """(n,) the factor of each row by its piece's share of a mean; counts what a mean rests on."""
    out = np.ones(len(side))
    for i in sides:
        here = side == i
        share: Floats = np.bincount(piece[here], weight[here], P).astype(float)
        count = np.bincount(piece[here], minlength=P)
        for j in members:
            found.pupils[j, i] = int(count.sum())
            found.clusters[j, i] = np.count_nonzero(count)
            if share.max() > ALL:
                found.alone[j, i] = int(share.argmax())
        if corrected:
            out[here] = _factor(share)[piece[here]]
    return out


# ---------------------------------------------------------------- all together


def _together(
    data: _Data, pairs: Sequence[_Pair], found: _Found, against: Against, *, corrected: bool
) -> Atts:
    """Pieces become clusters; what clusters that stand alone lack is lent to them."""
    known = found.known
    if not known.any():
        raise DataError([_nobody(NOBODY_LEFT)])
    if not known.all():
        pairs = [pair for pair, is_so in zip(pairs, known.tolist(), strict=True) if is_so]
        found = _Found(*(getattr(found, f.name)[known] for f in fields(found)))
    group = np.array([pair.g for pair in pairs])
    place = np.array([(pair.t, pair.b) for pair in pairs], dtype=np.intp)
    true = {
        Flag.NO_NEVER: not np.isinf(data.start).any(),
        Flag.LONE: bool((found.alone >= 0).any()),
        Flag.GAPS: not known.all(),
        Flag.NOT_BALANCED: not data.balanced,
        Flag.NONE_BEFORE: not (data.times[place[:, 0]] < group).any(),
    }
    part = np.zeros(len(data.start), dtype=bool)  # of any comparison
    for pair in pairs:
        for x in (pair.started, *pair.others):
            part[x] = True
    starts = np.unique(group)
    size = data.n.sum(axis=0)
    if len(data.of_unit):
        size = np.bincount(data.of_unit, minlength=len(part)).astype(float)
    members = np.where(data.start[part][:, None] == starts, size[part][:, None], 0.0)
    influence = (found.influence if part.all() else found.influence[:, part]).T
    owner, at = np.unique(data.cluster[part], return_inverse=True)
    mixed = len(owner) < len(at)  # clusters with several starts
    if mixed:
        influence, members = _summed(influence, at, len(owner)), _summed(members, at, len(owner))
    lent, lent_df = _lent(data, place, found.alone)
    if len(lent):
        influence = np.concatenate([influence, lent])
        members = np.concatenate([members, np.zeros((len(lent), len(starts)))])
    moves = Moves(influence, *_working(data, pairs, found.alone, part, lent_df, len(owner)))
    return Atts(
        group, data.times[place[:, 0]], data.times[place[:, 1]],
        estimates(data.times[place[:, 0]], found.att, moves), starts, members,
        found.pupils, found.clusters, against, corrected,
        tuple(flag for flag in Flag if flag in data.flags or true.get(flag)),
    )  # fmt: skip


def _counted(y: Floats, t: Codes, piece: Codes, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """(T, P) rows, and sums of y, per period and piece."""
    cell = t * shape[1] + piece
    n = np.bincount(cell, minlength=math.prod(shape)).reshape(shape).astype(float)
    return n, np.bincount(cell, y, math.prod(shape)).reshape(shape).astype(float)


def _summed(x: Floats, at: Codes, n: int) -> Floats:
    out = np.zeros((n, x.shape[1]))
    np.add.at(out, at, x)
    return out


def _working(
    data: _Data, pairs: Sequence[_Pair], alone: Codes, part: Bools, lent_df: float,
    clusters: int,
) -> tuple[Floats, Codes, Floats]:  # fmt: skip
    """Influences (M, J) in the working model, their strata (M,), and degrees of freedom (S,).

    A row per group of start and period, for its clusters together: the root of sum n_pt^2 over the
    rows of the means it is in. Starts of one cluster are a stratum together, and what is then still
    alone joins the largest. The last stratum is what was lent. With clusters that have several
    starts there is one stratum.
    """
    n, (_, group) = data.n, np.unique(data.start, return_inverse=True)
    K, T, J = int(group.max()) + 1, len(n), len(pairs)
    coefficient = np.zeros((2, K, T, J))
    for j, pair in enumerate(pairs):
        for i, (sign, parts, t) in enumerate(_four(pair)):
            N = sum(float(n[t, x].sum()) for x in parts)
            for x in parts:
                here = slice(group[x.start], group[x.stop - 1] + 1)
                coefficient[int(alone[j, i] >= 0), here, t, j] += sign / N
    square = np.stack([np.bincount(group, row**2, K) for row in n], axis=1)
    flat = (coefficient * np.sqrt(square)[:, :, None]).reshape(-1, J)
    size = np.bincount(group[part], minlength=K)
    code = np.where(size == 1, K, np.arange(K))
    if np.sum(size == 1) == 1:
        code[size == 1] = int(size.argmax())
    free = np.bincount(code, size, K + 2) - 1
    if clusters < part.sum():
        code, free = np.zeros(K, dtype=np.intp), np.full(K + 2, clusters - 1.0)
    free[K + 1] = lent_df
    of = np.repeat(np.stack([code, np.full(K, K + 1)]), T)
    some = flat.any(axis=1)
    order = np.flatnonzero(some)[np.argsort(of[some], kind="stable")]
    used, stratum = np.unique(of[order], return_inverse=True)
    return flat[order], stratum, free[used]


def _lent(data: _Data, place: Codes, alone: Codes) -> tuple[Floats, float]:
    """Rows (., J) for clusters that are a mean by themselves, and their degrees of freedom.

    d_pt = (mean of a piece in period t - that of its group) / sqrt(1 - its share) stands for the
    shock of a piece; D of them are known. A lone piece whose means enter with coefficients B (T, J)
    has variance sum over p of (d_p B)^2 / D. NaN when no other group has two clusters.
    """
    J = len(place)
    lone = np.unique(alone[alone >= 0])
    if not len(lone):
        return np.zeros((0, J)), 0.0
    n, s = data.n, data.s
    if data.X.shape[1]:
        n, s = _counted(_without(data), data.t, data.piece, (len(n), len(data.start)))
    _, group = np.unique(data.start, return_inverse=True)
    N, S = (np.stack([np.bincount(group, row)[group] for row in x]) for x in (n, s))
    with np.errstate(divide="ignore", invalid="ignore"):
        d = np.where((n > 0) & (n < N), (s / n - S / N) / np.sqrt(1 - n / N), np.nan).T
    rows, free = [], math.inf
    for p in lone.tolist():
        B = np.zeros((len(n), J))
        for i, sign in enumerate(SIGNS.tolist()):
            j = np.flatnonzero(alone[:, i] == p)
            np.add.at(B, (place[j, i % 2], j), sign)
        used = B.any(axis=1)
        lenders = np.isfinite(d[:, used]).all(axis=1)
        D, groups = int(lenders.sum()), len(np.unique(group[lenders]))
        if groups >= D:
            rows.append(np.where(B.any(axis=0), np.nan, 0.0)[None])
            continue
        free = min(free, float(D - groups))
        rows.append(np.linalg.qr(d[lenders][:, used] / math.sqrt(D), mode="r") @ B[used])
    return np.concatenate(rows), 0.0 if math.isinf(free) else free


def _without(data: _Data) -> Floats:
    """y less what its covariates tell within groups and periods."""
    _, group = np.unique(data.start, return_inverse=True)
    _, cell = np.unique(group[data.piece] * len(data.times) + data.t, return_inverse=True)
    Z = np.column_stack([data.X, data.y])
    count = np.bincount(cell)
    mean = np.column_stack([np.bincount(cell, z) / count for z in Z.T])
    W = Z - mean[cell]
    beta = np.linalg.lstsq(W[:, :-1], W[:, -1], rcond=None)[0]
    out: Floats = data.y - data.X @ beta
    return out


# ---------------------------------------------------------------- averages


def averages(found: Atts, along: Along | str) -> tuple[Estimates, Estimates]:
    """Averages of group-times, and the one over all (Callaway & Sant'Anna, 2021, section 3).

    Groups count by their rows (in a panel: units). That these are a sample too adds to the
    uncertainty, unless ``corrected``: then the sizes are taken as they are. SIMPLE has no parts:
    both are the same. DYNAMIC has the times before the start too; its overall counts every time
    from 0 on alike, as CALENDAR's every period.
    """
    along = Along(along)
    size = dict(zip(found.starts.tolist(), found.members.sum(axis=0).tolist(), strict=True))
    each = np.array([size[g] for g in found.group.tolist()])
    after = found.since >= 0
    by = {
        Along.SIMPLE: np.zeros(len(each)),
        Along.GROUP: found.group,
        Along.DYNAMIC: found.since,
        Along.CALENDAR: found.period,
    }[along]
    among = np.ones_like(after) if along is Along.DYNAMIC else after
    at = np.unique(by[among])
    K = np.searchsorted(found.starts, found.group)
    W = np.zeros((len(each), len(at)))
    shift = np.zeros((len(found.starts), len(at)))  # what one more row in a group would do
    for p, value in enumerate(at.tolist()):
        own = among & (by == value)
        W[own, p] = each[own] / each[own].sum()
        theta = float(W[:, p] @ found.effects.estimate)
        np.add.at(shift[:, p], K[own], (found.effects.estimate[own] - theta) / each[own].sum())
    parts = found.effects.estimate @ W
    w = np.where(at >= 0, 1.0, 0.0) if along is Along.DYNAMIC else np.ones(len(at))
    last = np.zeros((len(found.starts), 1))
    if along is Along.GROUP:  # the only one whose last step counts groups again
        w = np.array([size[g] for g in at.tolist()])
        last[np.searchsorted(found.starts, at), 0] = (parts - float(w @ parts) / w.sum()) / w.sum()
    w = (w / w.sum())[:, None]
    moves = found.effects.moves @ W
    if not found.corrected:
        moves = replace(moves, influence=moves.influence + found.members @ shift)
    whole = moves @ w
    if not found.corrected:
        whole = replace(whole, influence=whole.influence + found.members @ last)
    return estimates(at, parts, moves), estimates(np.zeros(1), parts @ w, whole)


def _nobody(rule: Text) -> Fault:
    remedy = Text(
        "Voeg scholen (clusters) toe die later of nooit starten, of een eerdere meting.",
        "Add schools (clusters) that start later or never, or an earlier measurement.",
    )
    return Fault(rule, remedy, column="start")
