"""Segregation: how unevenly a group of pupils is spread over schools or neighbourhoods.

With x_j pupils of the group and y_j others in unit j, t_j = x_j + y_j, totals X, Y and T, p_j =
x_j / t_j and P = X / T:

    D   = sum |x_j / X - y_j / Y| / 2                     dissimilarity
    I   = sum (x_j / X) p_j,  exposure = 1 - I            isolation
    eta = (I - P) / (1 - P)                               isolation beyond the share
    H   = sum t_j (E(P) - E(p_j)) / (T E(P))              Theil's information index
    M   = H E(P)                                          mutual information (natural logarithm)
    G   = sum t_i t_j |p_i - p_j| / (2 T^2 P (1 - P))     Gini

Duncan & Duncan (1955); Massey & Denton (1988); Reardon & Firebaugh (2002). With small units all of
these are above 0 when pupils are placed by lot. ``expected`` is that value, exactly, given the size
of units and group (x_j hypergeometric); ``beyond_chance`` is Carrington & Troske's (1997)
(value - expected) / (1 - expected). ``corrected`` takes off the bias as a bootstrap finds it
(Allen, Burgess, Davidson & Windmeijer, 2015): 2 value - mean of draws, pupils of every unit drawn
again within it, and the interval is the basic one of the same draws. The units are taken as they
are, not as a sample of units. In simulations with shares from a beta distribution and 18 to 25
pupils a unit this took off five sixths of the bias of D or more, and the intervals held the truth
80 to 97 times in 100. Near no segregation a part of the bias stays, so that ``p_value`` says first
whether there is more of it than a lot would give; with units of two clear kinds there was hardly
a bias, and a little too much is taken off.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from academic_workplace.cohorts.columns import (
    labels,
    place_of,
    readers_words,
    refuse,
    require_columns,
    require_draws,
    unknown,
)
from academic_workplace.cohorts.contrasts import How
from academic_workplace.cohorts.counting import Cells, counted_rows
from academic_workplace.cohorts.ranges import Counts, counts_of
from academic_workplace.cohorts.samples import how_many
from academic_workplace.disclosure import may_leave
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.items import Items
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]

DRAWS = 999
INDICES = ("dissimilarity", "isolation", "exposure", "eta squared", "Theil's H",
           "mutual information", "Gini")  # fmt: skip
NO_MOST = ("exposure", "mutual information")  # they do not run from 0 to 1
TIE = 1e-12  # an index this near is as high
CELLS = 48  # along each side of the grid of totals on which bounds are made


@dataclass(frozen=True, slots=True)
class Index:
    """One index. What has no meaning (a correction of exposure, the mean Gini by lot) is None.

    p_value: of the ways to place the pupils by lot (``draws`` of them), the share in which the
    index is at least as high (exposure: as low).
    """

    name: str
    value: float
    expected: float | None
    beyond_chance: float | None
    corrected: float | None
    low: float | None
    high: float | None
    p_value: float | None

    def to_dict(self) -> dict[str, object]:
        """Every field under its own name, in full precision."""
        names = ("value", "expected", "beyond_chance", "corrected", "low", "high", "p_value")
        return {"index": self.name} | {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segregated:
    """The indices of one cohort ('' when there is but one). withheld: fewer than ten pupils in the
    group or outside it."""

    at: str
    units: int | None = None
    pupils: int | None = None
    share: float | None = None
    indices: tuple[Index, ...] = ()
    withheld: bool = False

    def __getitem__(self, name: str) -> Index:
        """An index by its name (``INDICES``). Raises KeyError."""
        for index in self.indices:
            if index.name == name:
                return index
        raise KeyError(name)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Segregation(Items[Segregated]):
    """Segregation of one group over units, per cohort."""

    unit: str
    group: str
    member: str
    lost: int
    draws: int
    seed: int
    labels: Mapping[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Segregation({len(self)} cohorts)"

    def table(self) -> pd.DataFrame:
        """A row per cohort and index, in full precision; a withheld cohort has one row without."""
        rows = []
        for one in self.items:
            nothing = Index("", math.nan, *(None,) * 6)
            for index in one.indices or (nothing,):
                about = {"at": one.at, "units": one.units, "pupils": one.pupils, "share": one.share}
                how = {"interval": How.WITHIN_UNITS.value, "withheld": one.withheld}
                rows.append(about | index.to_dict() | how)
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.gaps import segregation_sentence

        return segregation_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """Dissimilarity with its interval, over the cohorts, beside what chance gives."""
        from academic_workplace.report.gaps import plot_segregation

        return plot_segregation(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.gaps import segregation_drawing

        return segregation_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


@dataclass(frozen=True, slots=True, eq=False)
class SegregationBounds:
    """What the indices can be when counts are hidden: bounds of shape ()."""

    dissimilarity: Bounds
    isolation: Bounds
    exposure: Bounds
    theil_H: Bounds  # noqa: N815  # Theil's letter
    units: int

    def measures(self) -> Iterator[tuple[str, Bounds]]:
        """Every index by its name."""
        each = (self.dissimilarity, self.isolation, self.exposure, self.theil_H)
        yield from zip((*INDICES[:3], INDICES[4]), each, strict=True)

    def table(self) -> pd.DataFrame:
        """A row per index: the lowest and highest value."""
        return pd.DataFrame(
            [{"index": n, "low": float(b.low), "high": float(b.high)} for n, b in self.measures()]
        )

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.gaps import segregation_bounds_sentence

        return segregation_bounds_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def segregation(
    table: pd.DataFrame | str | Path | Cells,
    *,
    unit: str,
    group: str,
    member: object,
    cohort: str | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    labels: Mapping[str, Text] | None = None,
) -> Segregation:
    """Segregation of the pupils who are ``member`` of a group from all others, over units.

    table: a row per pupil, or a file (or its ``Cells``), which is counted in one pass. unit: school
    or neighbourhood. Pupils of whom unit, group or cohort is
    missing are left out (``lost``).

    Raises PlanError (unknown columns or member) and DataError (one unit; nobody or everybody a
    member in a cohort), naming every fault.
    """
    rows_of = counted_rows(table, (unit, group, cohort))
    table, pupils = rows_of.table, rows_of.pupils
    require_columns(table, {"unit": unit, "group": group, "cohort": cohort}, ("unit", "group"))
    refuse([unknown(c) for c in (unit, group, cohort) if c is not None and table[c].isna().all()])
    u, units = _labels(table, unit)
    g, groups = _labels(table, group)
    inside = g == place_of(member, groups, "member")
    at, places = (
        (np.zeros(len(table), dtype=np.intp), [""]) if cohort is None else _labels(table, cohort)
    )
    require_draws(draws, seed)
    known = (u >= 0) & (g >= 0) & (at >= 0)
    faults: list[Fault] = []
    items = []
    for t, place in enumerate(places):
        rows = known & (at == t)
        x, y = (
            np.bincount(u[who], None if pupils is None else pupils[who], len(units)).astype(float)
            for who in (rows & inside, rows & ~inside)
        )
        where = str(place)
        faults += _impossible(x, y, group, where)
        if not faults:
            items.append(_segregated(x, y, where, draws, seed))
    if faults:
        raise DataError(faults)
    return Segregation(tuple(items), unit, group, str(member), how_many(~known, pupils), draws,
                       seed, readers_words(labels))  # fmt: skip


_labels = labels  # the argument of the same name hides the function


def segregation_of_counts(x: Counts, y: Counts, *, draws: int = DRAWS, seed: int = 1) -> (
    Segregated
):  # fmt: skip
    """The same from counts per unit: x (n,) in the group, y (n,) others.

    Raises DataError for counts that cannot be, and for those that are not known exactly
    (``segregation_bounds`` is for these).
    """
    require_draws(draws, seed)
    a, b = _units(x, y)
    rule = Text("Dit zijn geen aantallen die precies bekend zijn.",
                "These are no counts that are known exactly.")  # fmt: skip
    remedy = Text(
        "Gebruik aw.cohorts.segregation_bounds: die geeft de laagste en de hoogste waarde.",
        "Use aw.cohorts.segregation_bounds: it gives the lowest and the highest value.",
    )
    refuse([Fault(rule, remedy, column=name) for name, each in (("x", a), ("y", b))
            if not each.exact.all()])  # fmt: skip
    refuse(_impossible(a.low, b.low, "x, y", ""))
    return _segregated(a.low, b.low, "", draws, seed)


def _units(x: Counts, y: Counts) -> tuple[Bounds, Bounds]:
    """(n,) counts of the group and of others per unit. Raises DataError for what is no count."""
    faults: list[Fault] = []
    a, b = counts_of(x, "x", faults), counts_of(y, "y", faults)
    refuse(faults)
    if a.low.size != b.low.size:
        raise DataError([_NO_COUNTS])
    return a, b


_NO_COUNTS = Fault(
    Text("Dit zijn geen aantallen per school: hele getallen van 0 of meer, even veel van beide.",
         "These are no counts per unit: whole numbers of 0 or more, as many of both."),
    Text("Geef per school het aantal binnen en buiten de groep.",
         "Give per unit how many are in the group and how many are not."),
    column="x, y",
)  # fmt: skip


def _impossible(x: Floats, y: Floats, column: str, where: str) -> list[Fault]:
    """A fault where there is nothing to be segregated."""
    nl, en = (f" in ‘{where}’", f" in ‘{where}’") if where else ("", "")
    remedy = Text("Neem dat cohort of die groep niet mee.", "Leave that cohort or group out.")
    if not (x + y).any():
        rule = Text(f"Er zijn geen leerlingen van wie alles bekend is{nl}.",
                    f"There are no pupils of whom all is known{en}.")  # fmt: skip
        return [Fault(rule, remedy, column=column)]
    if np.count_nonzero(x + y) < 2:
        rule = Text(f"Er is maar één school of buurt{nl}.", f"There is but one unit{en}.")
        return [Fault(rule, remedy, column=column)]
    if not x.any() or not y.any():
        rule = Text(f"Niemand of iedereen hoort bij de groep{nl}.",
                    f"Nobody or everybody belongs to the group{en}.")  # fmt: skip
        return [Fault(rule, remedy, column=column)]
    return []


def _segregated(x: Floats, y: Floats, at: str, draws: int, seed: int) -> Segregated:
    t = x + y
    x, y, t = x[t > 0], y[t > 0], t[t > 0]
    if not may_leave(int(x.sum()), int(y.sum())):
        return Segregated(at=at, withheld=True)
    value = _indices(x[None], t)[0]
    chance = _by_lot(x, t)
    drawn = _indices(_drawn(x, t, draws, seed), t)
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    rng = np.random.default_rng(seed)
    sizes, X = t.astype(np.int64), int(x.sum())
    lots = _indices(rng.multivariate_hypergeometric(sizes, X, draws, "marginals").astype(float), t)
    found = []
    for j, name in enumerate(INDICES):
        v, e = float(value[j]), chance[j]
        least, most = (0.0, math.log(2)) if name == "mutual information" else (0.0, 1.0)
        low, high = 2 * v - np.quantile(drawn[:, j], [0.975, 0.025])
        limits = np.clip([2 * v - drawn[:, j].mean(), low, high], least, most)
        beyond = (v - e) / (1 - e) if e is not None and e < 1 and name not in NO_MOST else None
        side = -1 if name == "exposure" else 1
        as_high = int(np.sum(side * lots[:, j] >= side * v - TIE))
        p = (as_high + 1) / (draws + 1)
        corrected, low, high = (float(c) for c in limits)
        found.append(Index(name, v, e, beyond, corrected, low, high, p))
    return Segregated(at=at, units=len(t), pupils=int(t.sum()), share=float(x.sum() / t.sum()),
                      indices=tuple(found))  # fmt: skip


def _drawn(x: Floats, t: Floats, draws: int, seed: int) -> Floats:
    """(draws, J) members per unit when the pupils of every unit are drawn with replacement."""
    rng = np.random.default_rng(seed)
    return rng.binomial(t.astype(np.int64), x / t, (draws, len(t))).astype(float)


def _indices(x: Floats, t: Floats) -> Floats:
    """(R, 7) the indices of R ways to fill units of sizes t (J,). x: (R, J) members."""
    y, X, T = t - x, x.sum(axis=1, keepdims=True), t.sum()
    Y = T - X
    with np.errstate(divide="ignore", invalid="ignore"):
        D = np.abs(x / X - y / Y).sum(axis=1) / 2
        isolation = (x / X * x / t).sum(axis=1)
        P = X[:, 0] / T
        E = (special.entr(P) + special.entr(1 - P)) * T
        own = (special.entr(x / t) + special.entr(y / t)) @ t
        H = 1 - own / E
        order = np.argsort(x / t, axis=1)
        p, size = np.take_along_axis(x / t, order, 1), t[order]
        below = np.cumsum(size, axis=1) - size
        gini = (size * p * (2 * below + size - T)).sum(axis=1) / (T**2 * P * (1 - P))
        eta = (isolation - P) / (1 - P)
    return np.column_stack([D, isolation, 1 - isolation, eta, H, H * E / T, gini])


def _by_lot(x: Floats, t: Floats) -> list[float | None]:
    """The exact mean of each index when X pupils are placed by lot in units of sizes t.

    Every index but the Gini is a sum over units, so that the distribution of one x_j is enough.
    """
    X, T = round(float(x.sum())), round(float(t.sum()))
    Y, P = T - X, X / T
    D = isolation = own = 0.0
    for size, times in zip(*np.unique(t, return_counts=True), strict=True):
        k = np.arange(max(0, int(size) - Y), min(int(size), X) + 1, dtype=float)
        chance = np.exp(_log_choose(X, k) + _log_choose(Y, size - k) - _log_choose(T, size))
        D += times * float(chance @ np.abs(k / X - (size - k) / Y)) / 2
        isolation += times * float(chance @ (k**2 / size)) / X
        own += times * float(chance @ (special.entr(k / size) + special.entr(1 - k / size))) * size
    E = float(special.entr(P) + special.entr(1 - P))
    H = 1 - own / (T * E)
    return [D, isolation, 1 - isolation, (isolation - P) / (1 - P), H, H * E, None]


def _log_choose(n: float, k: ArrayLike) -> Floats:
    k = np.asarray(k, dtype=float)
    return np.asarray(
        special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1), dtype=float
    )


# ---------------------------------------------------------------- hidden counts


def segregation_bounds(x: Counts, y: Counts) -> SegregationBounds:
    """What D, isolation, exposure and H can be when counts per unit are hidden (``<5``).

    x, y: (n,) pupils of the group and others per unit: ``Bounds``, or numbers and words such as
    ``<5`` and ``5-9``. The bounds hold for every completion in
    which both have pupils. Those of isolation are attained (also where there are no others). D and
    H are sums over units once the totals are given, and each term is smallest and largest at a
    corner of its unit's range; over a grid of totals (every pair where there are few) that gives
    bounds that may be a little wide.

    Raises DataError for ranges that cannot be.
    """
    x, y = _units(x, y)
    there = x.high + y.high > 0
    x, y = Bounds(x.low[there], x.high[there]), Bounds(y.low[there], y.high[there])
    refuse(_impossible(x.high, y.high, "x, y", ""))
    most = _most_isolation(x, y, 1)
    isolation = Bounds(min(-_most_isolation(x, y, -1), most), most)  # but for rounding
    D, H = [math.inf, -math.inf], [math.inf, -math.inf]
    all_y = [(Y, _given(y, Y)) for Y in _cells(y)]
    for X in _cells(x):
        a = _given(x, X)
        for Y, b in all_y:
            for found, (low, high) in (
                (D, _of_dissimilarity(a, b, X, Y)),
                (H, _of_information(a, b, X, Y)),
            ):
                found[0], found[1] = min(found[0], low), max(found[1], high)
    return SegregationBounds(
        _within(D), isolation, Bounds(1 - isolation.high, 1 - isolation.low), _within(H),
        int(there.sum()),
    )  # fmt: skip


def _within(found: list[float]) -> Bounds:
    low, high = (float(np.clip(v, 0, 1)) for v in found)
    return Bounds(min(low, high), high)


def _cells(counts: Bounds) -> Iterator[tuple[float, float]]:
    """The totals there can be, in at most ``CELLS`` pieces; (a, a) where each has its own."""
    low, high = max(float(counts.low.sum()), 1), float(counts.high.sum())
    if high - low < CELLS:
        for value in np.arange(low, high + 1):
            yield float(value), float(value)
        return
    edges = np.linspace(low, high, CELLS + 1)
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def _given(counts: Bounds, total: tuple[float, float]) -> Bounds:
    """The counts when their total is known to lie between these."""
    low = np.maximum(counts.low, total[0] - (counts.high.sum() - counts.high))
    high = np.minimum(counts.high, total[1] - (counts.low.sum() - counts.low))
    return Bounds(low, high)


def _of_dissimilarity(
    x: Bounds, y: Bounds, X: tuple[float, float], Y: tuple[float, float]
) -> tuple[float, float]:  # fmt: skip
    """D = sum of max(0, x_j/X - y_j/Y) = sum of max(0, y_j/Y - x_j/X), of each the extremes."""
    least, most = x.low / X[1] - y.high / Y[0], x.high / X[0] - y.low / Y[1]
    low = max(np.maximum(least, 0).sum(), np.maximum(-most, 0).sum())
    high = min(np.maximum(most, 0).sum(), np.maximum(-least, 0).sum())
    return float(low), float(max(high, low))


def _of_information(
    x: Bounds, y: Bounds, X: tuple[float, float], Y: tuple[float, float]
) -> tuple[float, float]:  # fmt: skip
    """H = sum of t_j KL(p_j | P) / (T E(P)): a convex term per unit, 0 where p_j = P.

    Its divisor rises with X and with Y; so does the sum of t_j E(p_j) with every count.
    """
    P = X[0] / (X[0] + Y[1]), X[1] / (X[1] + Y[0])
    corners = [(x.low, y.high), (x.high, y.low), (x.low, y.low), (x.high, y.high)]
    most = np.max([_kl(a, b, p) for a, b in corners for p in P], axis=0)
    below = _kl(x.high, y.low, P[0])  # all of the range below P: the nearest corner
    above = _kl(x.low, y.high, P[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        p_most = np.where(x.high + y.low > 0, x.high / (x.high + y.low), 1.0)
        p_least = np.where(x.low + y.high > 0, x.low / (x.low + y.high), 0.0)
    least = np.where(p_most < P[0], below, np.where(p_least > P[1], above, 0.0))
    divisor = [float(_kl_divisor(X[i], Y[i])) for i in (0, 1)]
    own_low = float((_kl_divisor(x.low, y.low)).sum())
    own_high = float((_kl_divisor(x.high, y.high)).sum())
    low = max(float(least.sum()) / divisor[1], 1 - own_high / divisor[0])
    high = min(float(most.sum()) / divisor[0], 1 - own_low / divisor[1])
    return low, max(high, low)


def _kl_divisor(x: ArrayLike, y: ArrayLike) -> Floats:
    """(x + y) E(x / (x + y))."""
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return np.asarray(
        special.xlogy(a + b, a + b) - special.xlogy(a, a) - special.xlogy(b, b), dtype=float
    )


def _kl(x: Floats, y: Floats, P: float) -> Floats:
    """(n,) t KL(p | P) of every unit."""
    t = x + y
    with np.errstate(invalid="ignore", divide="ignore"):
        first = np.where(x > 0, x * np.log(np.where(x > 0, x / t, 1) / P), 0)
        second = np.where(y > 0, y * np.log(np.where(y > 0, y / t, 1) / (1 - P)), 0)
    return np.asarray(first + second, dtype=np.float64)


def _most_isolation(x: Bounds, y: Bounds, side: int) -> float:
    """The highest isolation (side 1), or minus the lowest (side -1).

    sum x_j^2/t_j over sum x_j: fewest others for the highest. For a ratio N/X the best filling is
    that of N - c X at the best c (Dinkelbach, 1967), which is a matter of each unit alone.
    """
    others = y.low if side > 0 else y.high
    c = 0.0
    for _ in range(100):
        best_x, best_n = 0.0, 0.0
        top: Floats = np.full(len(others), -math.inf)
        chosen = x.low.copy()
        width = int((x.high - x.low).max())
        for step in range(width + 1) if side < 0 else (0, width):
            a = np.minimum(x.low + step, x.high)
            gain = side * _over(a, others) - c * a
            better = gain > top
            top, chosen = np.where(better, gain, top), np.where(better, a, chosen)
        if not chosen.any():  # nobody at all is no completion: the one pupil that costs least
            return _first_pupil(x, others, side)
        best_x, best_n = float(chosen.sum()), float(side * _over(chosen, others).sum())
        if abs(best_n / best_x - c) < 1e-14:
            break
        c = best_n / best_x
    return c


def _first_pupil(x: Bounds, others: Floats, side: int) -> float:
    """Where every count may be 0: the best single unit, with one pupil or with all."""
    some = x.high >= 1
    counts = np.concatenate([np.ones(int(some.sum())), x.high[some]])
    beside = np.tile(others[some], 2)
    return float(np.max(side * counts / (counts + beside)))


def _over(x: Floats, y: Floats) -> Floats:
    """x^2 / (x + y), 0 where nobody is."""
    t = x + y
    return np.asarray(np.where(t > 0, x**2 / np.where(t > 0, t, 1), 0.0), dtype=np.float64)
