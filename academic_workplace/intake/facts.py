"""What a table says of itself, as far as the plan asks: the answers of pandas.

``streaming.py`` asks the same of a file through DuckDB; ``check.py`` judges the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.engines import AT_START
from academic_workplace.errors import SHOWN_ROWS
from academic_workplace.intake import layout
from academic_workplace.intake.codebook import Codebook
from academic_workplace.intake.coding import (
    CODES,
    alike,
    answers_of,
    limits_of,
    odd_labels,
    stray_labels,
    suspects,
)
from academic_workplace.intake.files.content import LEFT_OUT
from academic_workplace.intake.files.numbers import (
    ABSENT,
    Kind,
    Shape,
    as_numbers,
    kind_of,
    shape_of,
    words_of,
)
from academic_workplace.intake.files.reading import FIRST_ROW
from academic_workplace.intake.layout import natural, samples
from academic_workplace.intake.pupils import Labels, alone_label, label_of, labels_of
from academic_workplace.plan import EVERYONE, Level, Plan

MOST_LEVELS = 30  # a category with more is a number, a name or a mistake
# Beyond these a product of four no longer fits in a floating-point number.
LARGEST, SMALLEST = 1e50, 1e-50
FIRST_DAY = pd.Timestamp("1900-01-01")
# What pandas calls a column of objects that holds only numbers.
NUMBERS = ("boolean", "integer", "floating", "mixed-integer-float", "decimal")


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows: the numbers of the first ten (none when the engine has no rows) and how many."""

    first: tuple[int, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What a table says of itself, as far as the plan asks."""

    source: str
    columns: tuple[str, ...]
    left_out: tuple[str, ...] = ()  # on reading, for they told who a pupil is
    doubled: tuple[str, ...] = ()
    blank: Mapping[str, Rows] = field(default_factory=dict)
    not_numbers: Mapping[str, Rows] = field(default_factory=dict)
    ambiguous: Mapping[str, Rows] = field(default_factory=dict)
    infinite: Mapping[str, Rows] = field(default_factory=dict)
    extreme: Mapping[str, Rows] = field(default_factory=dict)
    tiny: tuple[str, ...] = ()
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    outside: Mapping[str, Rows] = field(default_factory=dict)
    suspected: Mapping[str, Rows] = field(default_factory=dict)  # codes such as 99
    unknown: Mapping[str, Rows] = field(default_factory=dict)  # labels not in the codebook
    impossible: Mapping[str, Rows] = field(default_factory=dict)  # dates that cannot be
    alike: Mapping[str, Rows] = field(default_factory=dict)  # labels that differ in capitals only
    levels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # label -> rows
    too_many_levels: tuple[str, ...] = ()
    strays: Mapping[str, Rows] = field(default_factory=dict)  # words among numbers, such as <5
    repeated: Rows = Rows()  # of one pupil, and not alike
    exact: Rows = Rows()  # of one pupil, alike in all columns
    shared: Rows = Rows()  # of pupils with one number, in more than one cluster
    moved: Mapping[str, Rows] = field(default_factory=dict)
    mixed: Rows = Rows()
    spread: Mapping[tuple[str, str], tuple[int, float, float]] = field(default_factory=dict)
    empty: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column -> arms without it
    dose: tuple[int, float, float] | None = None  # how many are known, the lowest and the highest
    negative: Rows = Rows()
    unweighted: Rows = Rows()
    weightless: bool = False
    coded: Mapping[str, Labels] = field(default_factory=dict)  # with one row each: cluster and arm

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """The levels without their rows."""
        return {name: tuple(found) for name, found in self.levels.items()}


def facts_of_frame(
    table: pd.DataFrame, plan: Plan, book: Codebook | None = None
) -> tuple[pd.DataFrame, Facts]:
    """The facts of a table in memory, and the table with its numbers and labels made even."""
    source = str(table.attrs.get("source", ""))
    columns = [name for name in table.columns if isinstance(name, str)]
    present = [name for name in layout.needed(plan) if columns.count(name) == 1]
    # without the copy of all numbers that table[present] would make
    own = {name: table[name] for name in present}  # asking a table for a column costs something
    ready = pd.DataFrame(own, index=table.index, copy=False)
    boxed = [x for x, column in own.items() if column.dtype.kind in "Oc" and not _is_text(column)]
    objects = {name: _unboxed(own[name]) for name in boxed}
    ready = ready.assign(**objects) if objects else ready
    number, ready.index = row_numbers(table), pd.RangeIndex(len(table))
    kinds = {name: column.dtype for name, column in (own | objects).items()}
    text = [name for name, kind in kinds.items() if not pd.api.types.is_numeric_dtype(kind)]
    written = {name: ready[name].astype("str") for name in text if name in layout.numeric(plan)}
    words = {name: words_of(column) for name, column in written.items()}
    shapes = {name: shape_of(each.words) for name, each in words.items()}
    dutch = bool(table.attrs.get("decimal_comma")) or any(s.needs_comma for s in shapes.values())
    not_numbers, ambiguous, changed = {}, {}, {}
    for name, column in written.items():
        kind = number_kind(shapes[name], dutch=dutch)
        if kind is not Kind.TEXT:
            changed[name] = as_numbers(words[name], kind, ready.index)
            continue
        cells = column.str.strip()
        cells = cells.mask(cells.isin((*ABSENT, "")))
        if shapes[name].ambiguous(dutch=dutch):
            dotted = cells.str.contains(".", regex=False, na=False)
            ambiguous[name] = _rows(dotted.to_numpy(bool), number)
        else:
            good = cells.str.fullmatch(shapes[name].expected(dutch=dutch), na=True)
            not_numbers[name] = _rows(~good.to_numpy(bool), number)
    categories = categories_of(plan, set(text))
    for name in present:
        if name in (plan.wave, plan.period) or (name in text and name not in written):
            changed[name] = _as_labels(ready[name])
    ready = ready.assign(**changed) if changed else ready
    ready, nameless = _stand_alone(ready, plan)
    groups = (plan.cluster,) if plan.dose else (plan.cluster, plan.treatment)
    coded = {name: labels_of(ready[name]) for name in groups if name in ready}
    pairs = _pairs(coded, plan)
    levels = _levels_of_frame(ready, plan, categories, coded, pairs)
    limits = {name: each for name, each in limits_of(plan, book).items() if name not in categories}
    infinite, extreme, tiny, whole = {}, {}, [], set()
    suspected = {
        name: _rows(_as_labels(ready[name]).isin(odd).to_numpy(bool), number)
        for name, found in levels.items()
        if name not in (plan.wave, plan.period) and (odd := odd_labels(plan, book, name, found))
    }
    for name in numbers_of(plan, categories):
        found = ready.get(name)
        if found is not None and pd.api.types.is_numeric_dtype(found.dtype):
            x = found.to_numpy(float, na_value=np.nan)
            low, high = np.minimum.reduce(x, initial=np.inf), np.fmax.reduce(x, initial=-np.inf)
            if np.isnan(low):
                low = np.fmin.reduce(x, initial=np.inf)
            else:
                whole.add(name)
            if name not in (*limits, plan.weights) and (low in CODES or high in CODES):
                codes = suspects(*np.unique(x[np.isfinite(x)], return_counts=True))
                if codes:
                    suspected[name] = _rows(np.isin(x, list(codes)), number)
            largest = max(high, -low, 0.0)
            if name != plan.weights and 0 < largest < SMALLEST:
                tiny.append(name)
            if largest <= LARGEST and name != plan.weights:
                continue
            size = np.abs(x)
            if np.isinf(size).any():
                infinite[name] = _rows(np.isinf(size), number)
            far = (size > LARGEST) & np.isfinite(size)
            if name == plan.weights:
                far |= (size > 0) & (size < SMALLEST)
            if far.any():
                extreme[name] = _rows(far, number)
    unreadable = set(not_numbers) | set(ambiguous)
    (repeated, exact, shared), moved = _repeats(table, ready, plan, unreadable, number)
    negative, unweighted, weightless = _weights(ready, plan, unreadable, number)
    return ready, Facts(
        source=source,
        columns=tuple(columns),
        left_out=tuple(table.attrs.get(LEFT_OUT, ())),
        doubled=tuple(name for name in layout.needed(plan) if columns.count(name) > 1),
        blank={
            name: _rows(ready[name].isna().to_numpy(bool), number)
            for name in never_blank(plan)
            if name in ready and ready[name].isna().any()
        }
        or ({str(plan.pupil): _rows(nameless, number)} if nameless.any() else {}),
        not_numbers=not_numbers,
        ambiguous=ambiguous,
        infinite=infinite,
        extreme=extreme,
        tiny=tuple(tiny),
        limits=limits,
        outside=_outside(ready, limits, unreadable, number),
        suspected=suspected,
        unknown=_unknown(ready, plan, book, number),
        impossible=impossible_dates(table, [x for x in present if own[x].dtype.kind == "M"]),
        alike=_alike(ready, plan, categories, coded, number),
        levels=levels,
        too_many_levels=too_many(levels),
        strays={
            name: _rows(ready[name].isin(odd).to_numpy(bool), number)
            for name, odd in stray_labels(plan, book, levels).items()
        },
        repeated=repeated,
        exact=exact,
        shared=shared,
        moved=moved,
        mixed=_mixed(ready, plan, unreadable, number, coded, pairs),
        spread=_spread(ready, plan, unreadable),
        empty=_empty(ready, plan, unreadable | whole, coded),
        dose=_dose(ready, plan, unreadable),
        negative=negative,
        unweighted=unweighted,
        weightless=weightless,
        coded=coded if plan.wave is None else {},
    )


def _stand_alone(ready: pd.DataFrame, plan: Plan) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """The table with a cluster of their own for who stands alone; who of these has no pseudonym.

    Where the arm is not known, neither is the cluster.
    """
    names = (plan.pupil, plan.treatment, plan.cluster)
    if not plan.alone or any(name not in ready for name in names):
        return ready, np.zeros(len(ready), dtype=bool)
    pupil, arm, cluster = (_as_labels(ready[name]) for name in names)
    alone = arm.isin(plan.alone).to_numpy(bool)
    own = pupil.where(alone).map(alone_label, na_action="ignore")
    cluster = cluster.mask(arm.isna()).mask(alone, own)
    return ready.assign(**{plan.cluster: cluster}), alone & pupil.isna().to_numpy(bool)


def _unboxed(column: pd.Series) -> pd.Series:
    """A column of objects as numbers when it holds nothing else, otherwise as text.

    Complex numbers are no measurements, and become text.
    """
    if pd.api.types.infer_dtype(column, skipna=True) in NUMBERS:
        with suppress(OverflowError):  # a whole number of hundreds of digits
            return column.where(column.notna(), np.nan).astype(float)
    return column.map(label_of, na_action="ignore").astype("str")


def _is_text(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.StringDtype)


def _as_labels(column: pd.Series) -> pd.Series:
    """Every value as ``label_of`` writes it; an empty cell is missing."""
    if isinstance(column.dtype, pd.StringDtype):  # a million pseudonyms are as they should be
        cells = column.dropna().tolist()
        if all(cells) and list(map(str.strip, cells)) == cells:
            return column
    codes, found = pd.factorize(column)
    words = np.array([*(label_of(value) or None for value in found), None], dtype=object)
    return pd.Series(words[codes], index=column.index, dtype="str")


def row_numbers(table: pd.DataFrame) -> NDArray[np.int64]:
    """Of a spreadsheet when the table was read from a file, otherwise counted from 1."""
    if not table.attrs.get("source"):
        return np.arange(1, len(table) + 1)
    if pd.api.types.is_integer_dtype(table.index.dtype) and table.index.is_unique:
        return table.index.to_numpy(np.int64) + FIRST_ROW
    return np.arange(len(table)) + FIRST_ROW


def number_kind(shape: Shape, *, dutch: bool) -> Kind:
    """``kind_of`` for a column that must hold numbers: nothing but ``NA`` is empty."""
    return kind_of(shape, dutch=dutch) if shape.filled else Kind.EMPTY


def categories_of(plan: Plan, text: set[str]) -> list[str]:
    """The background columns that become indicators."""
    numbers = layout.numeric(plan)
    before = (name for name in layout.background(plan) if name not in numbers)
    return [name for name in before if name in text or name in plan.categories]


def numbers_of(plan: Plan, categories: Sequence[str]) -> list[str]:
    """The columns that are used as numbers."""
    arms = () if plan.dose else (plan.treatment,)
    labels = (plan.pupil, plan.wave, plan.period, plan.cluster, *plan.blocks, *arms)
    before = (name for name in layout.background(plan) if name not in (*categories, *labels))
    return list(dict.fromkeys((*layout.numeric(plan), *before)))


def never_blank(plan: Plan) -> tuple[str, ...]:
    """Without these a row of the long layout, or of a period, belongs nowhere."""
    if plan.period is not None:
        return (plan.period,)
    if plan.repeated:
        return (str(plan.wave),)
    return () if plan.wave is None else (str(plan.pupil), plan.wave)


def constant_columns(plan: Plan) -> tuple[str, ...]:
    """Columns that are alike on all rows of a pupil in the long layout."""
    second = (plan.second,) if plan.second else ()
    always = (plan.cluster, *second, plan.treatment, *plan.blocks)
    if plan.wave is None or plan.repeated:
        return ()
    always = (*always, *([plan.took_part] if plan.took_part else ()))
    if plan.baseline is None:  # nothing says which row's background counts
        weights = (plan.weights,) if plan.weights else ()
        always = (*always, *layout.background(plan), *weights)
    return tuple(dict.fromkeys(always))


def _pairs(coded: Mapping[str, Labels], plan: Plan) -> NDArray[np.intp] | None:
    """(G + 1, A + 1) rows of every cluster and arm, first who has none; None when not both are."""
    if plan.cluster not in coded or plan.treatment not in coded:
        return None
    cluster, arm = coded[plan.cluster], coded[plan.treatment]
    shape = len(cluster.names) + 1, len(arm.names) + 1
    place = (cluster.codes + 1) * shape[1]
    place += arm.codes
    place += 1
    return np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)


def _levels_of_frame(
    ready: pd.DataFrame,
    plan: Plan,
    categories: Sequence[str],
    coded: Mapping[str, Labels],
    pairs: NDArray[np.intp] | None,
) -> dict[str, dict[str, int]]:
    levels = {}
    for name in labelled(plan, categories):
        if name == plan.treatment and pairs is not None:
            arms = zip(coded[name].names, pairs[1:, 1:].sum(axis=0).tolist(), strict=True)
            levels[name] = in_order(arms)
        elif name in ready:
            levels[name] = in_order(ready[name].value_counts(sort=False).items())
    return levels


def in_order(found: Iterable[tuple[object, int]]) -> dict[str, int]:
    """Labels with their rows, in order; values that are one label add up."""
    rows: Counter[str] = Counter()
    for value, count in found:
        rows[label_of(value)] += int(count)
    return {label: rows[label] for label in sorted(rows, key=natural) if label and rows[label]}


def labelled(plan: Plan, categories: Sequence[str]) -> list[str]:
    """The columns of which every value counts: the arms, categories and waves."""
    arms = [] if plan.dose else [plan.treatment]
    return [*arms, *categories, *(name for name in (plan.wave, plan.period) if name)]


def too_many(levels: Mapping[str, Mapping[str, int]]) -> tuple[str, ...]:
    return tuple(name for name, found in levels.items() if len(found) > MOST_LEVELS)


def _rows(mask: NDArray[np.bool_], number: NDArray[np.int64]) -> Rows:
    places = np.flatnonzero(mask)
    return Rows(tuple(int(row) for row in number[places[:SHOWN_ROWS]]), len(places))


def _repeats(
    table: pd.DataFrame,
    ready: pd.DataFrame,
    plan: Plan,
    unreadable: set[str],
    number: NDArray[np.int64],
) -> tuple[tuple[Rows, Rows, Rows], dict[str, Rows]]:
    """Rows whose pupil (and wave, or period) stands there more often; pupils whose group changes.

    The first are those that are not alike, those that are, and those in more than one cluster:
    there every school may have numbered its own pupils, so nothing is said of what differs.
    """
    keys = [name for name in (plan.pupil, plan.wave, plan.period) if name]
    if plan.pupil is None or any(name not in ready for name in keys):
        return (Rows(), Rows(), Rows()), {}
    if len(keys) == 1:  # a set takes a third of the time of ``duplicated``
        known = ready[plan.pupil].dropna().tolist()
        if len(set(known)) == len(known):
            return (Rows(), Rows(), Rows()), {}
    twice = (ready.duplicated(keys, keep=False) & ready[keys].notna().all(axis=1)).to_numpy(bool)
    differ, exact, shared = (np.zeros(len(ready), dtype=bool) for _ in range(3))
    if twice.any():
        whole = table.iloc[np.flatnonzero(twice)].astype("str")
        found = ready[twice]
        cluster = pd.factorize(found[plan.cluster])[0] if plan.cluster in found else 0
        each = pd.DataFrame({"who": found.groupby(keys).ngroup().to_numpy(), "cluster": cluster})
        each["row"] = pd.util.hash_pandas_object(whole, index=False).to_numpy()
        places = each["cluster"].where(each["cluster"] >= 0).groupby(each["who"])
        within = each.groupby(["who", "cluster"])["row"]
        size, kinds = within.transform("size"), within.transform("nunique")
        shared[twice] = places.transform("nunique") > 1
        exact[twice] = (size > 1) & (kinds == 1)
        differ[twice] = ((size > 1) & (kinds > 1)) | ((size == 1) & ~shared[twice])
    moved = {}
    by_pupil = ready.groupby(plan.pupil, sort=False)
    own = ~ready[plan.pupil].isin(ready[plan.pupil][shared]) if shared.any() else True
    for name in constant_columns(plan):
        if name in ready and name not in unreadable:
            differs = (by_pupil[name].transform("nunique") > 1) & ready[name].notna() & own
            if differs.any():
                moved[name] = _rows(differs.to_numpy(bool), number)
    return (_rows(differ, number), _rows(exact, number), _rows(shared, number)), moved


def _mixed(
    ready: pd.DataFrame,
    plan: Plan,
    unreadable: set[str],
    number: NDArray[np.int64],
    coded: Mapping[str, Labels],
    pairs: NDArray[np.intp] | None,
) -> Rows:
    """Rows of clusters in which more than one arm (or dose) occurs."""
    readable = set(ready.columns) - unreadable
    if plan.assigned is Level.PUPIL or not {plan.cluster, plan.treatment} <= readable:
        return Rows()
    cluster = coded[plan.cluster].codes
    known = cluster >= 0
    if pairs is not None:
        mixed = np.append((pairs[1:, 1:] > 0).sum(axis=1) > 1, False)
        if mixed.any():
            known &= coded[plan.treatment].codes >= 0
    else:
        dose = pd.factorize(ready[plan.treatment])[0]
        known &= dose >= 0
        some = np.full(len(coded[plan.cluster].names) + 1, -1)  # a dose each; the last is nobody's
        some[np.where(known, cluster, -1)] = dose
        mixed = np.zeros(len(some), dtype=bool)
        mixed[cluster[known & (dose != some[cluster])]] = True
    return _rows(known & mixed[cluster], number) if mixed.any() else Rows()


def _outside(
    ready: pd.DataFrame,
    limits: Mapping[str, tuple[float, float]],
    unreadable: set[str],
    number: NDArray[np.int64],
) -> dict[str, Rows]:
    """Rows in which a value is outside the range that the plan or the codebook gives it."""
    out = {}
    for name, (low, high) in limits.items():
        if name in ready and name not in unreadable:
            values = ready[name].to_numpy(float, na_value=np.nan)
            wrong = ((values < low) | (values > high)) & np.isfinite(values)
            if wrong.any():
                out[name] = _rows(wrong, number)
    return out


def _unknown(
    ready: pd.DataFrame, plan: Plan, book: Codebook | None, number: NDArray[np.int64]
) -> dict[str, Rows]:
    """Rows with a label that the codebook does not know."""
    out = {}
    for name, answers in answers_of(plan, book).items():
        if name in ready:
            labels = _as_labels(ready[name])
            wrong = (labels.notna() & ~labels.isin(answers)).to_numpy(bool)
            if wrong.any():
                out[name] = _rows(wrong, number)
    return out


def named(plan: Plan, categories: Sequence[str]) -> dict[str, bool]:
    """Columns of which the values are names, and whether single letters are answers there."""
    cluster = () if plan.alone else (plan.cluster,)
    places = [name for name in (*cluster, plan.second, *plan.blocks) if name is not None]
    return dict.fromkeys(places, False) | dict.fromkeys(labelled(plan, categories), True)


def _alike(
    ready: pd.DataFrame, plan: Plan, categories: Sequence[str], coded: Mapping[str, Labels],
    number: NDArray[np.int64],
) -> dict[str, Rows]:  # fmt: skip
    """Rows with a name that also occurs with other capitals or spaces."""
    out = {}
    for name, letters in named(plan, categories).items():
        if name in ready and not pd.api.types.is_numeric_dtype(ready[name].dtype):
            found = coded[name].names if name in coded else ready[name].dropna().unique()
            pairs = [each for group in alike(found, letters=letters) for each in group]
            if pairs:
                out[name] = _rows(ready[name].isin(pairs).to_numpy(bool), number)
    return out


def _spread(
    ready: pd.DataFrame, plan: Plan, unreadable: set[str]
) -> dict[tuple[str, str], tuple[int, float, float]]:
    """Per outcome and wave: how many values, the lowest and the highest."""
    out = {}
    for sample in samples(plan):
        name = sample.outcome
        if name not in ready or name in unreadable or (plan.wave and plan.wave not in ready):
            continue
        values = ready[name].to_numpy(float, na_value=np.nan)
        if plan.wave is not None:
            values = values[(ready[plan.wave] == sample.wave).to_numpy(bool)]
        known = len(values) - int(np.count_nonzero(np.isnan(values)))
        low, high = (float(f.reduce(values)) if known else 0.0 for f in (np.fmin, np.fmax))
        out[sample.key] = (known, low, high)
    return out


def _empty(
    ready: pd.DataFrame, plan: Plan, passed: set[str], coded: Mapping[str, Labels]
) -> dict[str, tuple[str, ...]]:
    """Columns that a pupil must have, and the arms in which nobody has them.

    passed: columns of which nothing is said: they cannot be read, or everybody has them.
    """
    places = placed_by(plan)
    if any(name not in ready for name in (*places, *([plan.wave] if plan.wave else ()))):
        return {}
    asked = [name for name in layout.known_beforehand(plan) if name in ready and name not in passed]
    if not asked:
        return {}
    placed = np.ones(len(ready), dtype=bool)
    for name in places:
        placed &= coded[name].codes >= 0 if name in coded else ready[name].notna().to_numpy()
    arms = Labels((EVERYONE,), np.zeros(len(ready), dtype=np.intp))
    arms = arms if everyone_alike(plan) else coded[plan.treatment]
    place = np.where(placed, arms.codes + 1, 0)
    found = {}
    for name in asked:
        known, here, wave = ready[name].notna().to_numpy(), place, wave_of(plan, name)
        if known.all():
            continue
        if wave is not None:
            at = (ready[plan.wave] == wave).to_numpy(bool)
            known, here = known[at], here[at]
        n, k = (np.bincount(x, minlength=len(arms.names) + 1) for x in (here, here[known]))
        found[name] = dict(zip(("", *arms.names), zip(n.tolist(), k.tolist(), strict=True),
                               strict=True))  # fmt: skip
    return nowhere_known(plan, found)


def nowhere_known(
    plan: Plan, found: Mapping[str, Mapping[str, tuple[int, int]]]
) -> dict[str, tuple[str, ...]]:
    """Columns that nobody in some arm has; found: per arm how many rows, and how many have it.

    '' is the arm of rows without one. In the long layout another row of that pupil may tell the
    arm, so that nothing is said when such a row has it.
    """
    out = {}
    for name, arms in found.items():
        unplaced = arms.get("", (0, 0))[1] if plan.wave is not None and not plan.repeated else 0
        gone = tuple(arm for arm, (n, known) in arms.items() if arm and n and not known)
        if gone and not unplaced:
            out[name] = tuple(sorted(gone, key=natural))
    return out


def placed_by(plan: Plan) -> tuple[str, ...]:
    """The columns that say where a row belongs."""
    second = (plan.second,) if plan.second else ()
    return (plan.treatment, *dict.fromkeys((plan.cluster, *second, *plan.blocks)))


def everyone_alike(plan: Plan) -> bool:
    """Whether what is empty is so for everybody: of a dose, or where arms start one by one."""
    return plan.dose or plan.period is not None


def wave_of(plan: Plan, name: str) -> str | None:
    """The wave at which a column is known beforehand; None when every row tells."""
    return str(plan.baseline) if name in layout.at_the_start(plan) else None


def _dose(ready: pd.DataFrame, plan: Plan, unreadable: set[str]) -> tuple[int, float, float] | None:
    """The same of the dose, where the cluster is known."""
    if not plan.dose or not {plan.cluster, plan.treatment} <= set(ready.columns) - unreadable:
        return None
    dose = ready[plan.treatment].to_numpy(float, na_value=np.nan)
    dose = dose[~np.isnan(dose) & ready[plan.cluster].notna().to_numpy(bool)]
    low, high = (float(dose.min()), float(dose.max())) if len(dose) else (0.0, 0.0)
    return len(dose), low, high


def impossible_dates(table: pd.DataFrame, names: Iterable[str]) -> dict[str, Rows]:
    """Rows of these columns with a date before 1900 or after today."""
    out = {}
    for name in names:
        column = table[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            day = column.dt.tz_localize(None)
            wrong = ((day < FIRST_DAY) | (day >= tomorrow())).to_numpy(bool)
            if wrong.any():
                out[name] = _rows(wrong, row_numbers(table))
    return out


def tomorrow() -> pd.Timestamp:
    """The first moment that has not been."""
    return pd.Timestamp.now().normalize() + pd.Timedelta(days=1)


def _weights(
    ready: pd.DataFrame, plan: Plan, unreadable: set[str], number: NDArray[np.int64]
) -> tuple[Rows, Rows, bool]:
    """Rows with a weight below 0, rows without one that count, and whether all weights are 0."""
    readable = [name for name in ready.columns if name not in unreadable]
    if plan.weights not in readable:
        return Rows(), Rows(), False
    w = ready[plan.weights].to_numpy(float, na_value=np.nan)
    asked = [name for name in plan.outcomes if name in readable]
    counts = ready[asked].notna().any(axis=1)
    for name in (plan.cluster, plan.treatment):
        counts &= ready[name].notna() if name in readable else False
    if plan.baseline is not None and plan.wave in readable:  # the weight at the start counts
        counts &= ready[plan.wave] == plan.baseline
    known = w[~np.isnan(w)]
    weightless = len(known) > 0 and bool((known == 0).all())
    missing = np.isnan(w) & counts.to_numpy(bool)
    return _rows(w < 0, number), _rows(missing, number), weightless


def widen(ready: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """One row per pupil: who they were at the start, and every outcome at every wave."""
    if plan.wave is None:
        return ready
    wave = ready[plan.wave]
    if plan.repeated:
        return ready[wave.isin(layout.waves_of(plan))].reset_index(drop=True)
    by_wave = {name: ready[wave == name].set_index(plan.pupil) for name in wave.unique()}
    keep = [c for c in layout.needed(plan) if c not in (plan.pupil, plan.wave, *plan.outcomes)]
    wide = ready.groupby(plan.pupil, sort=False)[keep].first()  # the first that is known
    everyone = wide.index
    if plan.pupil in constant_columns(plan):  # every pupil is a cluster
        wide[plan.pupil] = everyone
    if plan.baseline is not None:
        start = by_wave[str(plan.baseline)]
        for name in set(keep) - set(
            constant_columns(plan)
        ):  # the others are known of who joined later
            wide[name] = start[name].reindex(everyone)
        wide[AT_START] = everyone.isin(start.index)
    for name, (outcome, value) in pivoted(plan).items():
        wide[name] = by_wave[value][outcome].reindex(everyone)
    return wide


def pivoted(plan: Plan) -> dict[str, tuple[str, str]]:
    """Wide name -> (outcome, wave), for outcomes after and before the programme."""
    out = {sample.y: (sample.outcome, sample.wave) for sample in samples(plan)}
    if plan.baseline is not None:
        before = str(plan.baseline)
        for wave in (before, *plan.earlier):
            out |= {layout.at_wave(name, wave): (name, wave) for name in plan.outcomes}
    return out
