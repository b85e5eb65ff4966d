"""Cluster moments: all that the estimators may know about the pupils.

Write z = (1, x_1 - o_1, ..., x_k - o_k) for a pupil. For every cell (the pupils of one cluster,
block and arm) ``S`` holds the sum of z z': its corner is the number of pupils, its first row holds
the sums, and every X'X, X'y and y'y is a block of it. Parts of a file, or of a city, add up with
``+``.

With weights w (``Plan.weights``) S is the sum of w z z', so that its corner is the sum of weights.

Medians, ranks and logistic regression need the rows and cannot be had from here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.check import check, check_file
from academic_workplace.intake.layout import Sample, measured_before, samples
from academic_workplace.intake.pupils import (
    Floats,
    Flow,
    Labels,
    Pupils,
    complete,
    label_of,
    with_indicators,
)
from academic_workplace.language import Text
from academic_workplace.plan import NOT_KNOWN, Plan, planned
from academic_workplace.threads import one_thread

ROWS_AT_ONCE = 1 << 14  # rows copied at a time: a column's part stays in the cache
ROWS_SORTED = 1 << 16  # rows sorted by cell at a time, so that gathering stays near
CLUSTER_AT_LEAST = 64  # rows of a cluster per such part on average
PADDED = 1.25  # times the shortest of the runs that are multiplied at once is the longest at most
THIN = 4096  # rows whose mean serves as origin
ROUND = float(np.finfo(float).eps)  # of one addition, relative


@dataclass(frozen=True, slots=True, eq=False)
class SampleMoments:
    """The moments of one analysis (an outcome at a wave): its complete cases only.

    clusters, blocks, arms: C labels, one triple per cell (arms as they were collected; ``with_
    cluster_column`` may tell others). columns: q names, the first is the constant and the last the
    outcome; an arm is an indicator ``treatment=arm``, a dose the column ``treatment`` itself.
    origin: (q,) what was subtracted before multiplying; origin[0] == 0. S: (C, q, q).
    counted: (C,) pupils per cell where they have weights; otherwise the corner of S.
    crossed: C labels of the plan's second division of the pupils (``Plan.second``); empty when it
    has none.
    """

    outcome: str
    wave: str
    clusters: tuple[str, ...]
    blocks: tuple[str, ...]
    arms: tuple[str, ...]
    columns: tuple[str, ...]
    origin: Floats
    S: NDArray[np.float64]
    counted: Floats | None = None
    crossed: tuple[str, ...] = ()
    ones: Floats | None = None  # with weights: (C, q) pupils with 1; NaN where not all are 0 or 1
    filled: tuple[tuple[str, float], ...] = ()  # columns and what stands where they are not known

    @property
    def key(self) -> tuple[str, str]:
        return self.outcome, self.wave

    @property
    def cells(self) -> list[tuple[str, str, str, str]]:
        """The cluster, block, arm and crossed label ('' where there is none) of every cell."""
        crossed = self.crossed or ("",) * len(self.clusters)
        return list(zip(self.clusters, self.blocks, self.arms, crossed, strict=True))

    @property
    def totals(self) -> Floats:
        """(C, q) the (weighted) sum of every column over the pupils of each cell."""
        n = self.S[:, :1, 0]
        totals: Floats = self.S[:, 0] + n * self.origin
        return totals

    @property
    def pupils(self) -> Floats:
        """(C,) how many pupils each cell has, whatever their weights."""
        return self.S[:, 0, 0] if self.counted is None else self.counted

    def count(self, name: str) -> Floats:
        """(C,) how many pupils of each cell have an indicator (of an arm, or a category's level).

        With weights: of cells in which all have it, or nobody.
        """
        counts: Floats = self.totals[:, self.columns.index(name)]
        return counts if self.counted is None else counts / self.S[:, 0, 0] * self.counted

    def about(self, origin: Floats) -> SampleMoments:
        """The same moments taken about another origin: T' S T."""
        T = np.eye(len(self.columns))
        T[0] += self.origin - origin
        return replace(self, origin=origin, S=T.T @ self.S @ T)

    def __add__(self, other: SampleMoments) -> SampleMoments:
        """The moments of both groups of pupils together; an absent indicator is 0."""
        *x, y = self.columns
        columns = (*x, *(c for c in other.columns[1:-1] if c not in x), y)
        first = self._with(columns)
        second = other._with(columns)._filled_as(self.filled).about(first.origin)
        cells = dict.fromkeys([*self.cells, *other.cells])
        place = {cell: i for i, cell in enumerate(cells)}
        S = np.zeros((len(cells), len(columns), len(columns)))
        for part in (first, second):
            np.add.at(S, [place[cell] for cell in part.cells], part.S)
        clusters, blocks, arms, crossed = zip(*cells, strict=True) if cells else ((), (), (), ())
        crossed = crossed if self.crossed or other.crossed else ()
        counted = None
        if self.counted is not None or other.counted is not None:
            counted = np.zeros(len(cells))
            for part in (self, other):
                np.add.at(counted, [place[cell] for cell in part.cells], part.pupils)
        ones = None
        if first.ones is not None and second.ones is not None:
            ones = np.zeros((len(cells), len(columns)))
            for part, own in ((first, first.ones), (second, second.ones)):
                np.add.at(ones, [place[cell] for cell in part.cells], own)
        return replace(
            first,
            clusters=clusters,
            blocks=blocks,
            arms=arms,
            S=S,
            counted=counted,
            crossed=crossed,
            ones=ones,
            filled=tuple((dict(other.filled) | dict(self.filled)).items()),
        )

    def _filled_as(self, filled: tuple[tuple[str, float], ...]) -> SampleMoments:
        """The same moments with other numbers where a column is not known: x + d (not known)."""
        T, origin = np.eye(len(self.columns)), self.origin.copy()
        for name, value in filled:
            unknown = f"{name}={NOT_KNOWN}"
            if name in dict(self.filled):
                d = value - dict(self.filled)[name]
                x, gap = self.columns.index(name), self.columns.index(unknown)
                T[gap, x] = d
                origin[x] += d * self.origin[gap]
        return replace(self, origin=origin, S=T.T @ self.S @ T)

    def _with(self, columns: tuple[str, ...]) -> SampleMoments:
        """The same moments with columns added that are 0 for all these pupils."""
        at = np.array([columns.index(name) for name in self.columns])
        S = np.zeros((len(self.S), len(columns), len(columns)))
        S[:, at[:, None], at] = self.S
        origin = np.zeros(len(columns))
        origin[at] = self.origin
        ones = None
        if self.ones is not None:
            ones = np.zeros((len(self.S), len(columns)))
            ones[:, at] = self.ones
        return replace(self, columns=columns, origin=origin, S=S, ones=ones)

    def of(self, keep: NDArray[np.bool_]) -> SampleMoments:
        """The moments of some of the cells. keep: (C,)."""
        at = np.flatnonzero(keep)
        clusters, blocks, arms = (
            tuple(labels[i] for i in at) for labels in (self.clusters, self.blocks, self.arms)
        )
        counted = None if self.counted is None else self.counted[at]
        crossed = tuple(self.crossed[i] for i in at) if self.crossed else ()
        return replace(
            self,
            clusters=clusters,
            blocks=blocks,
            arms=arms,
            S=self.S[at],
            counted=counted,
            crossed=crossed,
            ones=None if self.ones is None else self.ones[at],
        )

    def at(self, block: str) -> SampleMoments:
        """The moments of one block: of a wave, where every wave has other pupils."""
        return self.of(np.array([name == block for name in self.blocks], dtype=bool))

    def without_crossed(self) -> SampleMoments:
        """The same moments without the second labels; cells that differed in nothing else are one.

        Of classes in clusters, for whatever counts a cell as a cluster.
        """
        if not self.crossed:
            return self
        one = replace(self, crossed=())
        return one.of(np.zeros(len(self.S), dtype=bool)) + one

    def means(self) -> SampleMoments:
        """Every cell as one pupil with the cell's means: all clusters count alike."""
        z = self.S[:, 0] / self.S[:, :1, 0]
        return replace(self, S=z[:, :, None] * z[:, None, :], counted=None, ones=None)

    def with_cluster_column(self, name: str, values: Mapping[str, float]) -> SampleMoments:
        """Add a column that is constant within clusters; it comes before the outcome."""
        return self.with_product(name, np.array([float(values[c]) for c in self.clusters]))

    def with_product(self, name: str, value: Floats, column: str = "1") -> SampleMoments:
        """Add a column that is, in every cell, ``value`` times an existing one less its origin.

        value: (C,). It comes before the outcome.
        """
        at = self.columns.index(column)
        row = value[:, None] * self.S[:, at]
        corner = (value**2 * self.S[:, at, at])[:, None, None]
        S = np.block([[self.S, row[:, :, None]], [row[:, None, :], corner]])
        q = len(self.columns)
        order = [*range(q - 1), q, q - 1]
        columns = (*self.columns, name)
        origin = np.append(self.origin, 0.0)[order]
        S = S[:, order][:, :, order]
        ones = None
        if self.ones is not None:
            ones = np.insert(self.ones, q - 1, np.nan, axis=1)
        return replace(
            self, columns=tuple(columns[i] for i in order), origin=origin, S=S, ones=ones
        )


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """How the arms looked at the start: per background column and arm, n, mean and variance.

    groups: ("start",) and the keys of the analyses. n, s1, s2: (groups, arms, columns): count, sum
    and sum of squares of (x - origin).
    """

    groups: tuple[tuple[str, str], ...]
    arms: tuple[str, ...]
    columns: tuple[str, ...]
    origin: Floats
    n: Floats
    s1: Floats
    s2: Floats

    def __add__(self, other: Baseline) -> Baseline:
        """The baseline of both groups of pupils together."""
        if self.columns != other.columns or self.arms != other.arms:
            arms = tuple(dict.fromkeys(self.arms + other.arms))
            columns = tuple(dict.fromkeys(self.columns + other.columns))
            return self._over(arms, columns) + other._over(arms, columns)
        shift = other.origin - self.origin
        s1 = self.s1 + other.s1 + other.n * shift
        s2 = self.s2 + other.s2 + 2 * other.s1 * shift + other.n * shift**2
        return replace(self, n=self.n + other.n, s1=s1, s2=s2)

    def _over(self, arms: tuple[str, ...], columns: tuple[str, ...]) -> Baseline:
        """The same over more arms and columns; a category's new level was 0 for all of these."""
        a = [arms.index(name) for name in self.arms]
        c = [columns.index(name) for name in self.columns]
        shape = (len(self.groups), len(arms), len(columns))
        n, s1, s2 = (np.zeros(shape) for _ in range(3))
        for new, old in ((n, self.n), (s1, self.s1), (s2, self.s2)):
            new[np.ix_(range(shape[0]), a, c)] = old
        origin = np.zeros(len(columns))
        origin[c] = self.origin
        for j, name in enumerate(columns):  # the level's category was known of as many pupils
            siblings = [k for k in c if columns[k].split("=")[0] == name.split("=")[0]]
            if j not in c and siblings:
                n[:, :, j] = n[:, :, siblings[0]]
        return Baseline(self.groups, arms, columns, origin, n, s1, s2)

    @property
    def mean(self) -> Floats:
        """(groups, arms, columns); NaN where an arm has nobody."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.origin + self.s1 / self.n

    @property
    def variance(self) -> Floats:
        """Within each arm, with n - 1; 0, and not the rounding of sums, where all are the same."""
        rounding = 64 * ROUND * self.s2 + self.n * (8 * ROUND * self.origin) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            squares = self.s2 - self.s1**2 / self.n
            return np.where(squares <= rounding, 0.0, squares) / (self.n - 1)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClusterMoments:
    """Everything the estimators may know: one ``SampleMoments`` per analysis, flow and baseline.

    Complete cases of one outcome never shrink another. alone: the arms whose pupils were collected
    as clusters of their own. weights: the column by whose square root each pupil was multiplied.
    crossed: the column of the second division, if any.
    """

    treatment: str
    cluster: str
    block_columns: tuple[str, ...]
    samples: tuple[SampleMoments, ...]
    flow: Flow
    baseline: Baseline
    alone: tuple[str, ...] = ()
    weights: str | None = None
    crossed: str | None = None

    def __repr__(self) -> str:
        clusters = len({name for s in self.samples for name in s.clusters})
        return f"ClusterMoments({len(self.samples)} analyses, {clusters} clusters)"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>{self.table().to_html(index=False, border=0)}"

    def table(self) -> pd.DataFrame:
        """A row per analysis: pupils, clusters and columns."""
        rows = [
            (*s.key, round(float(s.pupils.sum())), len(set(s.clusters)), ", ".join(s.columns))
            for s in self.samples
        ]
        return pd.DataFrame(rows, columns=["outcome", "wave", "pupils", "clusters", "columns"])

    def __add__(self, other: ClusterMoments) -> ClusterMoments:
        """The moments of both groups of pupils together. Raises PlanError on different plans."""
        keys = {s.key: s for s in other.samples}
        mine, theirs = (
            (x.treatment, x.cluster, x.crossed, x.block_columns, x.alone, x.weights, set(keys))
            for x, keys in ((self, (s.key for s in self.samples)), (other, keys))
        )
        if mine != theirs:
            rule = Text(
                "Deze delen horen bij verschillende plannen.",
                "These parts come from different plans.",
            )
            remedy = Text("Verzamel ze met hetzelfde plan.", "Collect them with the same plan.")
            raise PlanError([Fault(rule, remedy)])
        return replace(
            self,
            samples=tuple(s + keys[s.key] for s in self.samples),
            flow=self.flow + other.flow,
            baseline=self.baseline + other.baseline,
        )

    def with_cluster_column(
        self, name: str, values: Mapping[object, object], *, category: bool = False
    ) -> ClusterMoments:
        """Add a column that is constant within clusters, after the rows are gone.

        values: cluster label -> value. Text becomes one indicator ``name=level`` per level, as
        does anything when ``category`` is true (an assignment, for example).
        Raises PlanError when a cluster has no value.
        """
        by_label = {label_of(key): value for key, value in values.items()}
        absent = sorted({c for s in self.samples for c in s.clusters} - set(by_label))
        if absent:
            rule = Text(
                f"Voor {len(absent)} clusters is er geen waarde.",
                f"There is no value for {len(absent)} clusters.",
            )
            remedy = Text("Geef elk cluster een waarde.", "Give every cluster a value.")
            raise PlanError([Fault(rule, remedy, column=name)])
        if category or any(isinstance(value, str) for value in by_label.values()):
            labels = {key: label_of(value) for key, value in by_label.items()}
            columns = {
                f"{name}={level}": {key: float(label == level) for key, label in labels.items()}
                for level in sorted(set(labels.values()))
            }
        else:
            columns = {name: {key: float(str(value)) for key, value in by_label.items()}}
        new = self.samples
        for column, numbers in columns.items():
            new = tuple(s.with_cluster_column(column, numbers) for s in new)
        return replace(self, samples=new)


def collect(data: Pupils | pd.DataFrame | str | Path, plan: Plan | None = None) -> ClusterMoments:
    """Moments of pupils, of a table (checked first), or of a file (streamed where it can be).

    data: Pupils, a DataFrame, the path of a file, or a connection string (as ``read`` takes them).
    Streamed are Parquet and a regular CSV; read whole is everything else, such as a CSV in cp1252
    with signs such as ’ or € (which DuckDB refuses).
    plan: needed unless data are Pupils.

    Raises DataError when table or file do not fit the plan, or when data are something else.
    """
    if isinstance(data, Pupils):
        if plan not in (None, data.plan) and plan.fingerprint != data.plan.fingerprint:
            raise other_plan()
        return _collect(data)
    plan = planned(plan)
    if not isinstance(data, str | Path):
        return _collect(check(data, plan))
    return reduce(add, (_collect(part) for part in check_file(data, plan)))


@lru_cache(maxsize=4)  # the labels of an analysis are asked for again and again
def coded(labels: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The different labels in order, and the place of each among them (not to be written in)."""
    names, code = np.unique(np.array(labels, dtype=str), return_inverse=True)
    code.flags.writeable = False
    return tuple(names.tolist()), code


def summed(x: Floats, code: NDArray[np.intp], groups: int) -> Floats:
    """(groups, ...) the sums of the rows of x per code, in their order: a quick ``np.add.at``."""
    from scipy.sparse import csc_array

    rows, wide = len(x), math.prod(x.shape[1:])
    if rows == groups and np.bincount(code, minlength=groups).max(initial=0) == 1:
        own = np.empty(x.shape)
        own[code] = x
        return own
    places = csc_array((np.ones(rows), code, np.arange(rows + 1)), shape=(groups, rows))
    out: Floats = np.asarray(places @ x.reshape(rows, wide), dtype=float)
    return out.reshape(groups, *x.shape[1:])


def other_plan() -> PlanError:
    """The error for data, moments or effects that belong to another plan."""
    rule = Text(
        "Dit hoort bij een ander plan dan het plan dat nu gegeven is.",
        "This belongs to another plan than the one given now.",
    )
    remedy = Text(
        "Gebruik hetzelfde plan, of begin opnieuw bij de tabel (check).",
        "Use the same plan, or start again from the table (check).",
    )
    return PlanError([Fault(rule, remedy)])


def _collect(pupils: Pupils) -> ClusterMoments:
    with one_thread():
        return _collect_parts(pupils)


def moments_of(pupils: Pupils, sample: Sample) -> SampleMoments:
    """The moments of one analysis, also of one that gives no effect (a wave before the start)."""
    keep = complete(pupils, sample)
    return _sample_moments(pupils, sample, keep, _cells(pupils), _root(pupils))


def _cells(pupils: Pupils) -> NDArray[np.intp]:
    """(n,) the cell of every pupil, as one number."""
    cells = pupils.clusters.codes
    for labels in (pupils.blocks, pupils.arms, *([pupils.crossed] if pupils.crossed else [])):
        if len(labels.names) != 1:  # one label splits nothing
            cells = cells * len(labels.names)
            cells += labels.codes
    return cells


def _root(pupils: Pupils) -> Floats | None:
    """(n,) the square root of every pupil's weight; None without weights."""
    if pupils.plan.weights is None:
        return None
    root: Floats = np.sqrt(np.fmax(pupils.numbers[pupils.plan.weights], 0))
    return root


def _collect_parts(pupils: Pupils) -> ClusterMoments:
    cells, root = _cells(pupils), _root(pupils)
    parts, masks, filled = [], {}, with_indicators(pupils)
    for sample in samples(pupils.plan):
        keep = pupils.analysed[sample.key]
        masks[sample.key] = keep
        m = _sample_moments(filled, sample, keep, cells, root)
        parts.append(replace(m, filled=_filled_with(pupils, filled, m)))
    baseline = _baseline(pupils, masks, parts)
    plan = pupils.plan
    return ClusterMoments(
        plan.treatment,
        plan.cluster,
        plan.blocks,
        tuple(parts),
        pupils.flow,
        baseline,
        plan.alone,
        plan.weights,
        plan.second,
    )


def _filled_with(pupils: Pupils, filled: Pupils, m: SampleMoments) -> tuple[tuple[str, float], ...]:
    """What stands in a number of these moments where it is not known."""
    out = []
    for name in m.columns[1:-1]:
        if f"{name}={NOT_KNOWN}" in m.columns:
            row = int(np.argmax(np.isnan(pupils.numbers[name])))
            out.append((name, float(filled.numbers[name][row])))
    return tuple(out)


def _sample_moments(
    pupils: Pupils,
    sample: Sample,
    keep: NDArray[np.bool_],
    cells: NDArray[np.intp],
    root: Floats | None,
) -> SampleMoments:
    treatment, arms = (
        pupils.plan.treatment,
        [f"{pupils.plan.treatment}={name}" for name in pupils.arms.names],
    )
    dose = [treatment] if pupils.plan.dose else []
    names = pupils.design(sample)
    names += (pupils.plan.took_part,) if pupils.plan.took_part is not None else ()
    columns = [pupils.numbers[name] for name in (*dose, *names, sample.y)]
    rows = None if keep.all() else np.flatnonzero(keep)
    code = cells if rows is None else cells[rows]
    second = () if pupils.crossed is None else (pupils.crossed,)
    labels = (pupils.clusters, pupils.blocks, pupils.arms, *second)
    shape = tuple(len(x.names) for x in labels)
    used, code = _compact(code, math.prod(shape))
    origin, S = cross_products(columns, code, len(used), rows, root=root)
    g, b, a, *c = np.unravel_index(used, shape)
    before = 1 if dose else 1 + len(arms)
    if not dose:
        origin, S = _with_arms(origin, S, a, len(arms))

    def named(of: Labels, at: NDArray[np.intp]) -> tuple[str, ...]:
        return tuple(map(of.names.__getitem__, at.tolist()))

    return SampleMoments(
        sample.outcome,
        sample.wave,
        named(pupils.clusters, g),
        named(pupils.blocks, b),
        named(pupils.arms, a),
        ("1", *(dose or arms), *names, sample.y),
        origin,
        S,
        None if root is None else np.bincount(code, minlength=len(used)).astype(float),
        tuple(name for x, at in zip(second, c, strict=True) for name in named(x, at)),
        None if root is None else _ones(columns, code, len(used), rows, before),
    )


def _ones(
    columns: list[Floats],
    code: NDArray[np.intp],
    cells: int,
    rows: NDArray[np.intp] | None,
    before: int,
) -> Floats:
    """(cells, before + k) pupils with 1, whatever their weight; NaN where not all are 0 or 1.

    before: columns that come first (the constant, the arms), which are not looked at.
    """
    out = np.full((cells, before + len(columns)), np.nan)
    for j, column in enumerate(columns, before):
        x = column if rows is None else column[rows]
        if np.isin(x, (0.0, 1.0)).all():
            out[:, j] = np.bincount(code, x, minlength=cells)
    return out


def _with_arms(
    origin: Floats, S: Floats, arm: NDArray[np.intp], arms: int
) -> tuple[Floats, Floats]:
    """Add an indicator per arm after the constant: within a cell it is nothing but 0 or 1."""
    cells, q = S.shape[:2]
    rest, own = np.array([0, *range(arms + 1, arms + q)]), np.arange(cells)
    wide = np.zeros((cells, arms + q, arms + q))
    wide[:, 0, rest], wide[:, rest[1:], 0] = S[:, 0], S[:, 1:, 0]
    wide[:, arms + 1 :, arms + 1 :] = S[:, 1:, 1:]
    wide[own, arm + 1] = wide[:, 0]
    wide[own, :, arm + 1] = wide[:, :, 0]
    wide[own, arm + 1, arm + 1] = S[:, 0, 0]
    wide[own, 0, arm + 1] = wide[own, arm + 1, 0] = S[:, 0, 0]
    told = np.zeros(arms + q)
    told[rest] = origin
    return told, wide


def _compact(code: NDArray[np.intp], most: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The codes that occur, in order, and every code's place among them."""
    if most > 4 * len(code):  # many clusters times many blocks: a table of all would not fit
        place, used = pd.factorize(code, sort=True)
        return used, place
    used = np.flatnonzero(np.bincount(code, minlength=most))
    place = np.zeros(most, dtype=np.intp)
    place[used] = np.arange(len(used))
    return used, place[code]


def cross_products(
    columns: list[Floats],
    code: NDArray[np.intp],
    cells: int,
    rows: NDArray[np.intp] | None = None,
    *,
    root: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Sums of (1, x - o)(1, x - o)' per cell.

    columns: k arrays; code: (n,) the cell of each row; rows: which rows of the columns these are
    (all when None); root: as the columns, the square root of each row's weight.
    Returns the origin (k + 1,) and S (cells, k + 1, k + 1). The origin is the mean of a thin
    sample: any constant near the mean keeps all digits, raw sums would lose twice those of
    mean / sd.
    """
    n, q = len(code), len(columns) + 1
    S = np.zeros((cells, q, q))
    origin = np.zeros(q)
    if n == 0:
        return origin, S
    thin = slice(None, None, max(1, n // THIN))
    for j, column in enumerate(columns, 1):
        origin[j] = column[thin if rows is None else rows[thin]].mean()
    in_order = n > ROWS_SORTED and not np.any(code[1:] < code[:-1])
    few = min(ROWS_SORTED, n // 4)  # so that little memory is needed beside a small table
    part = few if in_order else min(n, max(few, CLUSTER_AT_LEAST * cells, 1))
    Z, room = np.empty((part + 1, q)), np.empty((math.ceil(PADDED * part) + 1, q))
    for a in range(0, n, part):
        m = min(part, n - a)
        z = Z[:m]
        z[:, 0] = 1
        _fill(z, columns, origin, slice(a, a + m) if rows is None else rows[a : a + m], root)
        cell, order = code[a : a + m], None
        if not in_order and np.any(cell[1:] < cell[:-1]):
            small = cell.astype(np.uint16) if cells < 1 << 16 else cell
            order = np.argsort(small, kind="stable")
            cell = cell[order]
            order = np.append(order, m)
        first = np.append(0, np.flatnonzero(cell[1:] != cell[:-1]) + 1)
        size = np.diff(first, append=m)
        Z[m] = 0
        by_size = np.argsort(size, kind="stable")
        for some in _alike(size[by_size]):
            runs = by_size[some]
            S[cell[first[runs]]] += _products(Z[: m + 1], order, first[runs], size[runs], room)
    return origin, (S + S.swapaxes(1, 2)) / 2


def _alike(size: NDArray[np.intp]) -> Iterator[slice]:
    """Stretches of sizes, in rising order, of which the last is at most PADDED times the first."""
    at = 0
    while at < len(size):
        end = int(np.searchsorted(size, max(size[at] * PADDED, size[at]), side="right"))
        yield slice(at, end)
        at = end


def _products(
    z: Floats,
    order: NDArray[np.intp] | None,
    first: NDArray[np.intp],
    size: NDArray[np.intp],
    room: Floats,
) -> NDArray[np.float64]:
    """(G, q, q) the cross-products of G runs of rows, all multiplied at once.

    z: (n + 1, q), its last row 0, with which shorter runs are filled up. order: (n + 1,) rows, run
    after run, and n; None where z lies so. first, size: (G,) of the runs, shortest first. room: (>=
    G times the longest run, q), to write in.
    """
    n, longest = len(z) - 1, int(size[-1])
    steps = np.arange(longest)
    at = first[:, None] + steps
    if size[0] < longest:
        at[steps >= size[:, None]] = n
    rows = at.ravel() if order is None else order[at.ravel()]
    runs = np.take(z, rows, axis=0, out=room[: len(rows)], mode="clip")
    runs = runs.reshape(-1, longest, z.shape[1])
    products: Floats = np.matmul(runs.swapaxes(1, 2), runs)
    return products


def _fill(
    z: Floats,
    columns: list[Floats],
    origin: Floats,
    rows: slice | NDArray[np.intp],
    root: Floats | None,
) -> None:
    """Write (1, x - o) of some rows into z, a row each, so that a row is near in memory."""
    for a in range(0, len(z), ROWS_AT_ONCE):
        block = z[a : a + ROWS_AT_ONCE]
        b = a + len(block)
        at = slice(rows.start + a, rows.start + b) if isinstance(rows, slice) else rows[a:b]
        for j, column in enumerate(columns, 1):
            np.subtract(column[at], origin[j], out=block[:, j])
        if root is not None:
            block[:, 0] = root[at]
            block[:, 1:] *= block[:, :1]


def _baseline(
    pupils: Pupils,
    masks: Mapping[tuple[str, str], NDArray[np.bool_]],
    parts: Sequence[SampleMoments],
) -> Baseline:
    """Counts, sums and sums of squares per group, arm and background column.

    What an analysis knows of its own pupils stands in its moments; only the pupils and columns
    that are missing there are looked at row by row (all of them when the moments have weights).
    """
    names = tuple(
        column
        for known in measured_before(pupils.plan)
        for column in pupils.columns.get(known, (known,))
    )
    origin = np.array([_near_mean(pupils.numbers[name]) for name in names])
    groups = (("start", ""), *masks)
    sums = np.zeros((3, len(groups), len(pupils.arms.names), len(names)))

    def add(g: int, mask: NDArray[np.bool_], inside: list[int]) -> None:
        columns = [pupils.numbers[names[j]] for j in inside]
        sums[:, g][:, :, inside] += _sums_of_rows(pupils.arms, columns, origin[inside], mask)

    whole = list(range(len(names)))
    for g, part in enumerate(parts, 1):
        unknown = {c.partition("=")[0] for c in part.columns if c.endswith(f"={NOT_KNOWN}")}
        told = [name not in unknown and name.split("=")[0] not in unknown for name in names]
        inside = [j for j in whole if part.counted is None and names[j] in part.columns and told[j]]
        outside = [j for j in whole if j not in inside]
        own = _sums_of_moments(part, pupils.arms.names, [names[j] for j in inside], origin[inside])
        sums[:, g][:, :, inside] = own
        add(g, masks[part.key], outside)
        if g == 1:
            sums[:, 0][:, :, inside] = own
            add(0, pupils.at_start & ~masks[part.key], inside)
            add(0, pupils.at_start, outside)
    return Baseline(groups, pupils.arms.names, names, origin, *sums)


def _sums_of_moments(
    m: SampleMoments, arms: Sequence[str], names: Sequence[str], origin: Floats
) -> Floats:
    """(3, arms, K) pupils, and the sums of (x - origin) and of its square, of one analysis."""
    at = [m.columns.index(name) for name in names]
    place = {arm: i for i, arm in enumerate(arms)}
    arm = np.fromiter(map(place.__getitem__, m.arms), np.intp, len(m.arms))
    T = np.eye(len(m.columns))
    T[0, at] += m.origin[at] - origin
    S = T.T @ summed(m.S, arm, len(arms)) @ T
    return np.stack([np.repeat(S[:, :1, 0], len(at), axis=1), S[:, 0, at], S[:, at, at]])


def _sums_of_rows(
    arms: Labels, columns: Sequence[Floats], origin: Floats, mask: NDArray[np.bool_]
) -> Floats:
    """The same of the pupils in a mask, part by part; a missing value counts nowhere."""
    K, A = len(columns), len(arms.names)
    total = np.zeros((A, 3 * K))
    rows = np.flatnonzero(mask) if K else np.empty(0, np.intp)
    for a in range(0, len(rows), ROWS_AT_ONCE):
        at = rows[a : a + ROWS_AT_ONCE]
        values = np.empty((3, K, len(at)))
        for j, x in enumerate(columns):
            known, first, second = values[:, j]
            np.subtract(x[at], origin[j], out=first)
            missing = np.isnan(first)
            known[:] = ~missing
            first[missing] = 0
            np.multiply(first, first, out=second)
        arm = arms.codes[at] == np.arange(A)[:, None]
        total += arm.astype(float) @ values.reshape(3 * K, -1).T
    return total.reshape(A, 3, K).swapaxes(0, 1)


def _near_mean(x: Floats) -> float:
    """The mean of a thin sample of the known values; 0 when there are none."""
    thin = x[:: max(1, len(x) // THIN)]
    known = thin[~np.isnan(thin)]
    return float(known.mean()) if len(known) else 0.0
