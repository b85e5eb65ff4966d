"""Pupils: checked, one row each, as arrays; and the flow of who was lost where."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.engines import AT_START
from academic_workplace.intake.layout import (
    Sample,
    earlier_samples,
    measured_before,
    samples,
    waves_of,
)
from academic_workplace.language import Text, both
from academic_workplace.plan import EVERYONE, NOT_KNOWN, Missing, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
ALONE, ALONE_DIGITS = "alone#", 16  # of a hash: 6 million pupils meet by chance once in a million
NEAR_TOP = 1 << 14  # rows from the top in which most labels occur
STAGES = ("start", "answered", "analysed", "joined")


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """A column of labels as codes; -1 is missing."""

    names: tuple[str, ...]
    codes: Codes


NOT_CODED: Mapping[str, Labels] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """How many pupils of every cluster and arm were there at each stage of each analysis.

    counts: (samples, clusters, arms, stages), stages as in STAGES: there at the start; of those,
    who answered; of those, whose background is known too (analysed); and who joined later.
    unplaced: rows left out because their cluster (or crossed label), block or arm (or dose) is not
    known.
    """

    samples: tuple[tuple[str, str], ...]
    clusters: tuple[str, ...]
    arms: tuple[str, ...]
    counts: NDArray[np.int64]
    unplaced: int

    def __add__(self, other: Flow) -> Flow:
        """The flow of both groups of pupils together."""
        clusters = tuple(dict.fromkeys(self.clusters + other.clusters))
        arms = tuple(dict.fromkeys(self.arms + other.arms))
        place = {name: i for i, name in enumerate(clusters)}
        counts = np.zeros((len(self.samples), len(clusters), len(arms), len(STAGES)), np.int64)
        for part in (self, other):
            g = [place[name] for name in part.clusters]
            a = [arms.index(name) for name in part.arms]
            order = [part.samples.index(key) for key in self.samples]
            counts[np.ix_(range(len(self.samples)), g, a)] += part.counts[order]
        return Flow(self.samples, clusters, arms, counts, self.unplaced + other.unplaced)

    def table(self) -> pd.DataFrame:
        """A row per analysis, arm and stage: pupils and clusters."""
        pupils = self.counts.sum(axis=1)
        clusters = (self.counts > 0).sum(axis=1)
        rows = [
            (*key, arm, stage, int(pupils[s, a, i]), int(clusters[s, a, i]))
            for s, key in enumerate(self.samples)
            for a, arm in enumerate(self.arms)
            for i, stage in enumerate(STAGES)
        ]
        columns = ["outcome", "wave", "arm", "stage", "pupils", "clusters"]
        return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pupils:
    """Checked pupils, one row each. Only ``collect`` turns them into something that may leave.

    numbers: wide column name -> (n,) values, NaN where missing; a category ``c`` stands here as
    one indicator ``c=level`` per level. columns: background column -> its names in ``numbers``.
    A dose is a number, and everyone is then in one arm; weights stand here too. crossed: the labels
    of the plan's second division (``Plan.second``); None when it has none. notes: what ``check``
    did and did not do. analysed: who is, in every analysis (``complete``). periods, persons: of a
    plan over periods (persons only when it names the pupil; -1 is not known); where every wave has
    other pupils the periods are the waves. exact: columns that
    must agree.
    """

    plan: Plan
    clusters: Labels
    blocks: Labels
    arms: Labels
    at_start: NDArray[np.bool_]
    numbers: Mapping[str, Floats]
    columns: Mapping[str, tuple[str, ...]]
    flow: Flow
    crossed: Labels | None = None
    notes: tuple[Text, ...] = ()
    analysed: Mapping[tuple[str, str], NDArray[np.bool_]] = field(default_factory=dict)
    periods: Labels | None = None
    persons: Codes | None = None
    exact: Mapping[str, Labels] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.at_start)

    def __repr__(self) -> str:
        return f"Pupils({len(self)} pupils in {len(self.clusters.names)} clusters)"

    def _repr_html_(self) -> str:
        said = (both(note.__getitem__) for note in self.notes)
        return f"<p>{self!r}</p>{''.join(said)}{self.table().to_html(index=False, border=0)}"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Pupils are never pickled: they hold what was measured of a person.")

    def table(self) -> pd.DataFrame:
        """The flow of pupils: a row per analysis, arm and stage; first those who were asked."""
        table, asked = self.flow.table(), self.plan.asked
        if not asked:
            return table
        first = table[table.stage == STAGES[0]]
        first = first[first.arm.isin(asked)].assign(
            stage="asked", pupils=lambda t: t.arm.map(asked).astype(int)
        )
        return pd.concat([first, table]).sort_index(kind="stable").reset_index(drop=True)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """Draw who was there and who could be compared, per arm."""
        from academic_workplace.report.flow import plot_flow

        return plot_flow(self.flow, self.plan, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.flow import flow_drawing

        return flow_drawing(self.flow, self.plan, language)

    def design(self, sample: Sample) -> tuple[str, ...]:
        """The columns that an analysis adjusts for: its baseline, then the covariates."""
        name = sample.baseline
        before = self.columns.get(name, (name,)) if name else ()
        covariates = (name for c in self.plan.covariates for name in self.columns[c])
        return tuple(dict.fromkeys((*before, *covariates)))


def label_of(value: object) -> str:
    """A label as text: 1, 1.0 and True are all ``1``."""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, float | np.floating):
        number = float(value)
        if number.is_integer() and abs(number) < 1e38:
            return str(int(number))
    return str(value).strip()


def alone_label(pseudonym: str) -> str:
    """The cluster that a pupil who stands alone is: the same in every part, and not the pseudonym.

    ``streaming.py`` writes the same in SQL.
    """
    return ALONE + hashlib.sha256(pseudonym.encode()).hexdigest()[:ALONE_DIGITS]


def labels_of(column: pd.Series, names: Sequence[str] | None = None) -> Labels:
    """Codes for a column of labels, in order of first appearance (or of the names given)."""
    codes, found = _whole_numbers(column) or pd.factorize(column, use_na_sentinel=True)
    if column.dtype == np.int64:  # as label_of writes them, without asking each what it is
        words = list(map(str, np.asarray(found).tolist()))
    else:
        words = [label_of(value) for value in found]
    unique = tuple(dict.fromkeys(words)) if names is None else tuple(names)
    return _renamed(codes, tuple(words), unique)


def _whole_numbers(column: pd.Series) -> tuple[Codes, Sequence[object]] | None:
    """The same as ``factorize`` for whole numbers in rising order, and for small ones that all
    occur near the top; None for others."""
    if column.dtype != np.int64 or len(column) <= NEAR_TOP:
        return None
    x = column.to_numpy()
    if not np.any(x[1:] < x[:-1]):  # a table in the order of its schools
        first = np.append(0, np.flatnonzero(x[1:] != x[:-1]) + 1)
        return np.repeat(np.arange(len(first)), np.diff(first, append=len(x))), x[first].tolist()
    if x.min() < 0 or (highest := x.max()) >= NEAR_TOP:
        return None
    _, found = pd.factorize(x[:NEAR_TOP])
    code = np.full(int(highest) + 1, -1, dtype=np.intp)
    code[found] = np.arange(len(found))
    codes = code[x]
    return (codes, found.tolist()) if codes.min() >= 0 else None


def _renamed(codes: Codes, words: tuple[str, ...], names: tuple[str, ...]) -> Labels:
    """Codes into words as codes into names; a word that is no name is missing."""
    if words == names:
        return Labels(names, codes)
    place = {name: i for i, name in enumerate(names)}
    lookup = np.array([*(place.get(word, -1) for word in words), -1], dtype=np.intp)
    return Labels(names, lookup[codes])


def joint(parts: Sequence[Labels], n: int) -> Labels:
    """One label for several columns together; a single one of no name when there are none."""
    if not parts:
        return Labels(("",), np.zeros(n, dtype=np.intp))
    if len(parts) == 1:
        return parts[0]
    width = [max(len(part.names), 1) for part in parts]
    code = np.ravel_multi_index([np.maximum(p.codes, 0) for p in parts], width)
    used, codes = np.unique(code, return_inverse=True)
    where = np.unravel_index(used, width)
    names = [
        " | ".join(p.names[i] for p, i in zip(parts, combination, strict=True))
        for combination in zip(*where, strict=True)
    ]
    missing = np.any([part.codes < 0 for part in parts], axis=0)
    return Labels(tuple(names), np.where(missing, -1, codes))


def pupils_from_wide(
    wide: pd.DataFrame,
    plan: Plan,
    levels: Mapping[str, Sequence[str]],
    coded: Mapping[str, Labels] = NOT_CODED,
) -> Pupils:
    """Pupils from a checked table with one row each.

    levels: the values of the treatment (unless it is a dose) and of every background column that
    is a category; the same for every part of a file, so that the parts add up. coded: columns of
    labels of which the codes are known.
    """
    n = len(wide)
    clusters = coded.get(plan.cluster) or labels_of(wide[plan.cluster])
    blocks = joint([labels_of(wide[name]) for name in plan.blocks], n)
    periods = None
    if plan.period is not None:
        blocks = periods = labels_of(wide[plan.period], levels[plan.period])
    if plan.repeated:
        blocks = periods = labels_of(wide[plan.wave], waves_of(plan))
    person = plan.pupil if plan.period is not None else None
    persons = None if person is None else pd.factorize(wide[person])[0]
    exact = {name: labels_of(wide[name]) for name in plan.comparing.exact}
    crossed = None if plan.second is None else labels_of(wide[plan.second])
    numbers: dict[str, Floats] = {}
    if plan.dose:
        dose = wide[plan.treatment].to_numpy(float, na_value=np.nan)
        numbers[plan.treatment] = dose
        arms = Labels((EVERYONE,), np.where(np.isnan(dose), -1, 0))
    else:
        arms = coded.get(plan.treatment) or labels_of(wide[plan.treatment])
        arms = _renamed(arms.codes, arms.names, tuple(levels[plan.treatment]))
    start = wide[AT_START].to_numpy(bool) if AT_START in wide else np.ones(n, dtype=bool)
    columns: dict[str, tuple[str, ...]] = {}
    for name in measured_before(plan):
        if name in levels:
            found = labels_of(wide[name], levels[name])
            missing = found.codes < 0
            names = tuple(f"{name}={level}" for level in found.names)
            for i, column in enumerate(names):
                numbers[column] = np.where(missing, np.nan, (found.codes == i).astype(float))
            columns[name] = names
        else:
            numbers[name] = wide[name].to_numpy(float, na_value=np.nan)
            columns[name] = (name,)
    if plan.weights is not None:
        numbers[plan.weights] = wide[plan.weights].to_numpy(float, na_value=np.nan)
    if plan.running is not None:
        numbers[plan.running] = wide[plan.running].to_numpy(float, na_value=np.nan)
    if plan.took_part is not None:
        numbers[plan.took_part] = wide[plan.took_part].to_numpy(float, na_value=np.nan)
    before = [sample for outcome in plan.outcomes for sample in earlier_samples(plan, outcome)]
    for sample in (*samples(plan), *before):
        numbers[sample.y] = wide[sample.y].to_numpy(float, na_value=np.nan)
    known = (clusters.codes >= 0) & (blocks.codes >= 0) & (arms.codes >= 0)
    known = known if crossed is None else known & (crossed.codes >= 0)
    if not known.all():
        clusters, blocks, arms = (Labels(x.names, x.codes[known]) for x in (clusters, blocks, arms))
        crossed = None if crossed is None else Labels(crossed.names, crossed.codes[known])
        periods = None if periods is None else blocks
        persons = None if persons is None else persons[known]
        exact = {name: Labels(x.names, x.codes[known]) for name, x in exact.items()}
        start, numbers = start[known], {k: v[known] for k, v in numbers.items()}
    empty = Flow((), (), (), np.zeros((0, 0, 0, len(STAGES)), np.int64), 0)
    pupils = Pupils(plan, clusters, blocks, arms, start, numbers, columns, empty, crossed,
                    periods=periods, persons=persons, exact=exact)  # fmt: skip
    pupils = replace(pupils, analysed={s.key: complete(pupils, s) for s in samples(plan)})
    return replace(pupils, flow=flow_of(pupils, unplaced=n - int(known.sum())))


def complete(pupils: Pupils, sample: Sample) -> NDArray[np.bool_]:
    """Who is analysed: there at the start, with an answer, a known background, and a weight."""
    keep = pupils.at_start & ~np.isnan(pupils.numbers[sample.y])
    if pupils.plan.weights is not None:
        keep &= pupils.numbers[pupils.plan.weights] > 0
    asked = (name for name in (pupils.plan.running, pupils.plan.took_part) if name is not None)
    filled = pupils.plan.missing is Missing.INDICATOR
    for name in (*(() if filled else pupils.design(sample)), *asked):
        unknown = np.isnan(pupils.numbers[name])
        if unknown.any():
            keep &= ~unknown
    for labels in pupils.exact.values():
        keep &= labels.codes >= 0
    return keep


def with_indicators(pupils: Pupils) -> Pupils:
    """What is not known of baselines and covariates filled in, and an indicator of it added.

    A number becomes the mean of those known, of a category no level holds; ``c=?`` is 1 where c is
    not known. With the indicator in the model it does not matter what is filled in. The pupils
    themselves unless the plan has it so (``Missing.INDICATOR``).
    """
    plan = pupils.plan
    if plan.missing is not Missing.INDICATOR:
        return pupils
    numbers, columns = dict(pupils.numbers), dict(pupils.columns)
    before = [sample.baseline for sample in samples(plan) if sample.baseline]
    for known in dict.fromkeys((*before, *plan.covariates)):
        gaps = np.isnan(numbers[columns[known][0]]) if columns[known] else np.zeros(0, bool)
        if not gaps.any():
            continue
        for name in columns[known]:
            x = numbers[name]
            number = name == known and not gaps.all()
            numbers[name] = np.where(gaps, float(np.mean(x[~gaps])) if number else 0.0, x)
        unknown = f"{known}={NOT_KNOWN}"
        numbers[unknown], columns[known] = gaps.astype(float), (*columns[known], unknown)
    return replace(pupils, numbers=numbers, columns=columns)


def flow_of(pupils: Pupils, unplaced: int) -> Flow:
    """Count pupils per cluster, arm and stage, for every analysis.

    Where every wave has other pupils, an analysis counts those of its own wave: nobody of another
    wave is lost.
    """
    shape = (len(pupils.clusters.names), len(pupils.arms.names))
    place = pupils.clusters.codes * shape[1] + pupils.arms.codes

    def count(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        chosen = place if mask.all() else place[mask]
        return np.bincount(chosen, minlength=shape[0] * shape[1]).reshape(shape)

    start, late = count(pupils.at_start), ~pupils.at_start
    nobody = not late.any()
    counts = []
    for sample in samples(pupils.plan):
        answered = ~np.isnan(pupils.numbers[sample.y])
        there, keep = answered & pupils.at_start, pupils.analysed[sample.key]
        if pupils.plan.repeated:
            now = pupils.blocks.codes == pupils.blocks.names.index(sample.wave)
            start, there, keep = count(now), there & now, keep & now
        n = np.count_nonzero(there)
        here = start if nobody and n == len(there) else count(there)
        stages = [
            start,
            here,
            here if np.count_nonzero(keep) == n else count(keep),  # who is analysed was there
            np.zeros_like(start) if nobody else count(answered & late),
        ]
        counts.append(np.stack(stages, axis=-1))
    keys = tuple(sample.key for sample in samples(pupils.plan))
    return Flow(keys, pupils.clusters.names, pupils.arms.names, np.stack(counts), unplaced)
