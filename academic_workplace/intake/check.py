"""Does the table fit the plan? Every fault at once; then pupils, one row each.

Two engines answer the same questions of a table (``Facts``): pandas for one in memory, DuckDB for
a file that need not fit. One function judges the answers.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace import engines
from academic_workplace.engines import AT_START
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault
from academic_workplace.intake import layout
from academic_workplace.intake.layout import comparison_arm, samples
from academic_workplace.intake.numbers import (
    ABSENT,
    COMMA,
    NO_SHAPE,
    POINT,
    THOUSANDS,
    Kind,
    Shape,
    as_numbers,
    distinct_words,
    kind_of,
    shape_of,
)
from academic_workplace.intake.pupils import Pupils, label_of, pupils_from_wide
from academic_workplace.intake.reading import (
    FIRST_ROW,
    Dialect,
    Form,
    damaged_parquet,
    dialect_of,
    empty,
    form_of,
    read,
    shapes_of,
    text_parts,
)
from academic_workplace.language import Text, same
from academic_workplace.plan import Level, Plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Engine

MOST_LEVELS = 30  # a category with more is a number, a name or a mistake
# What pandas calls a column of objects that holds only numbers.
NUMBERS = ("boolean", "integer", "floating", "mixed-integer-float", "decimal")
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
NUMBER_TYPES = (*WHOLE, *(f"U{kind}" for kind in WHOLE), "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN")


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
    doubled: tuple[str, ...] = ()
    blank: Mapping[str, Rows] = field(default_factory=dict)
    not_numbers: Mapping[str, Rows] = field(default_factory=dict)
    ambiguous: Mapping[str, Rows] = field(default_factory=dict)
    infinite: Mapping[str, Rows] = field(default_factory=dict)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    too_many_levels: tuple[str, ...] = ()
    repeated: Rows = Rows()
    moved: Mapping[str, Rows] = field(default_factory=dict)
    mixed: Rows = Rows()
    spread: Mapping[tuple[str, str], tuple[int, float, float]] = field(default_factory=dict)


def check(table: pd.DataFrame, plan: Plan) -> Pupils:
    """Check a table against its plan.

    table: one row per pupil, or (with ``plan.wave``) one row per pupil and wave.
    Returns Pupils with the flow of who was lost where.

    Raises DataError naming every fault at once, with file, column, rows and remedy.
    """
    if table.empty:
        rule = Text("Deze tabel heeft geen rijen.", "This table has no rows.")
        remedy = Text("Controleer hoe de tabel is gemaakt.", "Check how the table was made.")
        raise DataError([Fault(rule, remedy, str(table.attrs.get("source", "")))])
    ready, facts = facts_of_frame(table, plan)
    faults = judge(facts, plan)
    if faults:
        raise DataError(faults)
    return pupils_from_wide(_widen(ready, plan), plan, facts.levels)


def check_file(path: Path, plan: Plan) -> Iterator[Pupils]:
    """Check a Parquet or CSV file without loading it, and give its pupils in parts.

    Parts add up (``ClusterMoments`` and ``Flow`` have ``+``). Other kinds of file are read whole.
    Raises DataError as ``check`` does, without row numbers.
    """
    import duckdb

    form = form_of(path)
    dialect = dialect_of(path) if form is Form.CSV else None
    if form is Form.EXCEL or (dialect and _differ_in_case_only(dialect.names)):
        yield check(read(path), plan)
        return
    try:
        with engines.connect() as engine:
            typed, facts = facts_of_file(engine, path, dialect, plan)
            faults = judge(facts, plan)
            if faults:
                raise DataError(faults)
            for part in engines.stream(engine, f"SELECT * FROM {_widen_sql(typed, plan)}"):
                yield pupils_from_wide(part, plan, facts.levels)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        if form is Form.PARQUET:
            raise damaged_parquet(path) from None
        raise


def _differ_in_case_only(names: Sequence[str]) -> bool:
    """Whether DuckDB, which takes ``A`` and ``a`` for the same, cannot hold these columns."""
    return len({name.casefold() for name in names}) < len(names)


# ---------------------------------------------------------------- what pandas answers


def facts_of_frame(table: pd.DataFrame, plan: Plan) -> tuple[pd.DataFrame, Facts]:
    """The facts of a table in memory, and the table with its numbers and labels made even."""
    source = str(table.attrs.get("source", ""))
    columns = [name for name in table.columns if isinstance(name, str)]
    present = [name for name in layout.needed(plan) if columns.count(name) == 1]
    ready = table[present]
    objects = {name: _unboxed(ready[name]) for name in present if ready[name].dtype == object}
    ready = ready.assign(**objects) if objects else ready
    number = _row_numbers(table)
    text = [name for name in present if not pd.api.types.is_numeric_dtype(ready[name].dtype)]
    written = {name: ready[name].astype("str") for name in text if name in layout.numeric(plan)}
    words = {name: distinct_words(column) for name, column in written.items()}
    shapes = {name: shape_of(distinct) for name, distinct in words.items()}
    dutch = bool(table.attrs.get("decimal_comma")) or any(s.needs_comma for s in shapes.values())
    not_numbers, ambiguous, changed = {}, {}, {}
    for name, column in written.items():
        kind = number_kind(shapes[name], dutch=dutch)
        if kind is not Kind.TEXT:
            changed[name] = as_numbers(column, words[name], kind)
            continue
        cells = column.str.strip()
        cells = cells.mask(cells.isin((*ABSENT, "")))
        if shapes[name].ambiguous(dutch=dutch):
            dotted = cells.str.contains(".", regex=False, na=False)
            ambiguous[name] = _rows(dotted.to_numpy(bool), number)
        else:
            good = cells.str.fullmatch(shapes[name].expected(dutch=dutch), na=True)
            not_numbers[name] = _rows(~good.to_numpy(bool), number)
    categories = _categories(plan, set(text))
    for name in present:
        if name == plan.wave or (name in text and name not in written):
            changed[name] = _as_labels(ready[name])
    ready = ready.assign(**changed) if changed else ready
    levels = _levels_of_frame(ready, plan, categories)
    infinite = {}
    for name in _numbers(plan, categories):
        if name in ready and pd.api.types.is_float_dtype(ready[name].dtype):
            values = ready[name].to_numpy(float, na_value=np.nan)
            if np.isinf(values).any():
                infinite[name] = _rows(np.isinf(values), number)
    repeated, moved = _repeats(ready, plan, number)
    return ready, Facts(
        source=source,
        columns=tuple(columns),
        doubled=tuple(name for name in layout.needed(plan) if columns.count(name) > 1),
        blank={
            name: _rows(ready[name].isna().to_numpy(bool), number)
            for name in _never_blank(plan)
            if name in ready and ready[name].isna().any()
        },
        not_numbers=not_numbers,
        ambiguous=ambiguous,
        infinite=infinite,
        levels=levels,
        too_many_levels=_too_many(levels),
        repeated=repeated,
        moved=moved,
        mixed=_mixed(ready, plan, number),
        spread=_spread(ready, plan, set(not_numbers) | set(ambiguous)),
    )


def _unboxed(column: pd.Series) -> pd.Series:
    """A column of objects as numbers when it holds nothing else, otherwise as text."""
    if pd.api.types.infer_dtype(column, skipna=True) in NUMBERS:
        return column.where(column.notna(), np.nan).astype(float)
    return column.map(label_of, na_action="ignore").astype("str")


def _as_labels(column: pd.Series) -> pd.Series:
    """Every value as ``label_of`` writes it; an empty cell is missing."""
    codes, found = pd.factorize(column)
    words = np.array([*(label_of(value) or None for value in found), None], dtype=object)
    return pd.Series(words[codes], index=column.index, dtype="str")


def _row_numbers(table: pd.DataFrame) -> NDArray[np.int64]:
    """Of a spreadsheet when the table was read from a file, otherwise counted from 1."""
    if not table.attrs.get("source"):
        return np.arange(1, len(table) + 1)
    if pd.api.types.is_integer_dtype(table.index.dtype) and table.index.is_unique:
        return table.index.to_numpy(np.int64) + FIRST_ROW
    return np.arange(len(table)) + FIRST_ROW


def number_kind(shape: Shape, *, dutch: bool) -> Kind:
    """``kind_of`` for a column that must hold numbers: nothing but ``NA`` is empty."""
    return kind_of(shape, dutch=dutch) if shape.filled else Kind.EMPTY


def _categories(plan: Plan, text: set[str]) -> list[str]:
    """The background columns that become indicators."""
    numbers = layout.numeric(plan)
    before = (name for name in layout.background(plan) if name not in numbers)
    return [name for name in before if name in text or name in plan.categories]


def _numbers(plan: Plan, categories: Sequence[str]) -> list[str]:
    """The columns that are used as numbers."""
    before = (name for name in layout.background(plan) if name not in categories)
    return list(dict.fromkeys((*layout.numeric(plan), *before)))


def _never_blank(plan: Plan) -> tuple[str, ...]:
    """Without these a row of the long layout belongs nowhere."""
    return () if plan.wave is None else (str(plan.pupil), plan.wave)


def _constant(plan: Plan) -> tuple[str, ...]:
    """Columns that are alike on all rows of a pupil in the long layout."""
    always = (plan.cluster, plan.treatment, *plan.blocks)
    if plan.wave is None:
        return ()
    if plan.baseline is None:  # nothing says which row's background counts
        always = (*always, *layout.background(plan), *plan.subgroups)
    return tuple(dict.fromkeys(always))


def _levels_of_frame(
    ready: pd.DataFrame, plan: Plan, categories: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    levels = {}
    for name in [plan.treatment, *categories, *([plan.wave] if plan.wave else [])]:
        if name in ready:
            column = ready[name]
            if name == plan.treatment and plan.cluster in ready:
                column = column[ready[plan.cluster].notna()]
            found = {label_of(value) for value in column.dropna().unique()} - {""}
            levels[name] = tuple(sorted(found, key=_natural))
    return levels


def _too_many(levels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(name for name, found in levels.items() if len(found) > MOST_LEVELS)


def _natural(label: str) -> tuple[int, float, str]:
    """Numbers in order of size, then words."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def _rows(mask: NDArray[np.bool_], number: NDArray[np.int64]) -> Rows:
    places = np.flatnonzero(mask)
    return Rows(tuple(int(row) for row in number[places[:SHOWN_ROWS]]), len(places))


def _repeats(
    ready: pd.DataFrame, plan: Plan, number: NDArray[np.int64]
) -> tuple[Rows, dict[str, Rows]]:
    """Rows whose pupil (and wave) stands there more than once; pupils whose group changes."""
    keys = [name for name in (plan.pupil, plan.wave) if name]
    if plan.pupil is None or any(name not in ready for name in keys):
        return Rows(), {}
    twice = ready.duplicated(keys, keep=False) & ready[keys].notna().all(axis=1)
    moved = {}
    by_pupil = ready.groupby(plan.pupil, sort=False)
    for name in _constant(plan):
        if name in ready:
            differs = (by_pupil[name].transform("nunique") > 1) & ready[name].notna()
            if differs.any():
                moved[name] = _rows(differs.to_numpy(bool), number)
    return _rows(twice.to_numpy(bool), number), moved


def _mixed(ready: pd.DataFrame, plan: Plan, number: NDArray[np.int64]) -> Rows:
    """Rows of clusters in which more than one arm occurs."""
    if plan.assigned is Level.PUPIL or not {plan.cluster, plan.treatment} <= set(ready.columns):
        return Rows()
    cluster, _ = pd.factorize(ready[plan.cluster])
    arm, arms = pd.factorize(ready[plan.treatment])
    known = (cluster >= 0) & (arm >= 0)
    counts = np.zeros((cluster.max(initial=-1) + 1, len(arms)), dtype=bool)
    counts[cluster[known], arm[known]] = True
    mixed = counts.sum(axis=1) > 1
    return _rows(known & mixed[cluster], number) if mixed.any() else Rows()


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
        values = values[~np.isnan(values)]
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
        out[sample.key] = (len(values), low, high)
    return out


def _widen(ready: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """One row per pupil: who they were at the start, and every outcome at every wave."""
    if plan.wave is None:
        return ready
    wave = ready[plan.wave]
    by_wave = {name: ready[wave == name].set_index(plan.pupil) for name in wave.unique()}
    keep = [c for c in layout.needed(plan) if c not in (plan.pupil, plan.wave, *plan.outcomes)]
    wide = ready.groupby(plan.pupil, sort=False)[keep].first()  # the first that is known
    everyone = wide.index
    if plan.baseline is not None:
        start = by_wave[str(plan.baseline)]
        for name in set(keep) - set(_constant(plan)):  # the others are known of who joined later
            wide[name] = start[name].reindex(everyone)
        wide[AT_START] = everyone.isin(start.index)
    for name, (outcome, value) in _pivoted(plan).items():
        wide[name] = by_wave[value][outcome].reindex(everyone)
    return wide


def _pivoted(plan: Plan) -> dict[str, tuple[str, str]]:
    """Wide name -> (outcome, wave), for outcomes after and before the programme."""
    out = {sample.y: (sample.outcome, sample.wave) for sample in samples(plan)}
    if plan.baseline is not None:
        before = str(plan.baseline)
        out |= {layout.at_wave(name, before): (name, before) for name in plan.outcomes}
    return out


# ---------------------------------------------------------------- what DuckDB answers


def facts_of_file(
    engine: Engine, path: Path, dialect: Dialect | None, plan: Plan
) -> tuple[str, Facts]:
    """The facts of a file, and SQL for it with its numbers converted and its labels as text.

    dialect: of a file of text, which is put into the engine; None for a Parquet file.
    """
    if dialect is None:
        table, shapes = engines.scan(path), None
    else:
        table, shapes = engines.TABLE, _load(engine, path, dialect, plan)
    types = engines.columns_of(engine, table)
    columns = dialect.names if dialect else tuple(types)
    if not int(str(engines.ask(engine, ["count(*)"], table)[0])):
        raise empty(path)
    present = [name for name in layout.needed(plan) if name in types]
    if not present:
        return "", Facts(path.name, columns)
    text = [name for name in present if not _is_number_type(types[name])]
    if shapes is None:  # in a file with types only what must be numbers is read as such
        numeric = [name for name in text if name in layout.numeric(plan)]
        shapes = {name: _ask_shape(engine, table, name) for name in numeric}
    dutch = any(shape.needs_comma for shape in shapes.values())
    kinds = {name: kind_of(shapes[name], dutch=dutch) for name in text if name in shapes}
    for name in set(kinds) & set(layout.numeric(plan)):
        kinds[name] = number_kind(shapes[name], dutch=dutch)
    still_text = {name for name in text if kinds.get(name, Kind.TEXT) is Kind.TEXT}
    categories = _categories(plan, still_text)
    numbers = set(_numbers(plan, categories))
    numbers -= {plan.pupil, plan.wave, plan.cluster, plan.treatment, *plan.blocks}
    typed: list[str] = []
    not_numbers: dict[str, Rows] = {}
    ambiguous: dict[str, Rows] = {}
    for name in present:
        cell = engines.quote(name)
        if name in still_text:
            when = "::TIMESTAMP" if types[name] == "DATE" else ""  # as pandas has it
            value = engines.trim(f"CAST({cell}{when} AS VARCHAR)")
            sql = "NULL::DOUBLE" if name in numbers else f"nullif({value}, '')"
        else:
            value = _number_sql(cell, kinds.get(name))
            sql = value if name in numbers else _label_sql(cell, value, types[name])
        typed.append(f"{sql} AS {cell}")
        if name in numbers and name in still_text:
            shape = shapes[name]
            unclear = shape.ambiguous(dutch=dutch)
            good = f"regexp_full_match({value}, '{shape.expected(dutch=dutch)}')"
            bad = f"contains({value}, '.')" if unclear else f"NOT {good}"
            filled = f"{value} <> '' AND NOT {_is_absent(value)}"
            count = engines.ask(engine, [f"count(*) FILTER ({filled} AND {bad})"], table)[0]
            (ambiguous if unclear else not_numbers)[name] = Rows((), int(str(count)))
    sql = f"(SELECT {', '.join(typed)} FROM {table})"
    levels = _ask_levels(engine, sql, plan, present, categories)
    return sql, Facts(
        source=path.name,
        columns=columns,
        blank=_ask_counts(engine, sql, present, _never_blank(plan), "{} IS NULL"),
        not_numbers=not_numbers,
        ambiguous=ambiguous,
        infinite=_ask_counts(engine, sql, present, sorted(numbers), "isinf({})"),
        levels=levels,
        too_many_levels=_too_many(levels),
        repeated=_ask_repeated(engine, sql, plan, present),
        moved=_ask_moved(engine, sql, plan, present),
        mixed=_ask_mixed(engine, sql, plan, present),
        spread=_ask_spread(engine, sql, plan, present, set(not_numbers) | set(ambiguous)),
    )


def _is_number_type(kind: str) -> bool:
    return kind.partition("(")[0] in NUMBER_TYPES and not kind.endswith("]")


def _load(engine: Engine, path: Path, dialect: Dialect, plan: Plan) -> dict[str, Shape]:
    """Put what the plan needs of a file of text into the engine; the shapes of all its columns."""
    shapes = dict.fromkeys(dialect.names, NO_SHAPE)

    def counted() -> Iterator[pd.DataFrame]:
        for part in text_parts(path, dialect):
            for name, shape in shapes_of(part).items():
                shapes[name] += shape
            yield part

    wanted = [name for name in layout.needed(plan) if name in shapes]
    engines.load(engine, counted(), wanted or dialect.names[:1])
    return shapes


def _number_sql(cell: str, kind: Kind | None) -> str:
    """A number, NULL where there is none. kind: of a column of text, None when it has a type."""
    if kind is Kind.EMPTY:
        return "NULL::DOUBLE"
    words = engines.trim(f"CAST({cell} AS VARCHAR)")
    plain = {None: cell, Kind.POINT: words, Kind.COMMA: f"replace({words}, ',', '.')"}[kind]
    number = f"TRY_CAST({plain} AS DOUBLE)"
    return f"CASE WHEN isnan({number}) THEN NULL ELSE {number} END"


def _label_sql(cell: str, number: str, kind: str) -> str:
    """``label_of`` in SQL for a column of numbers: 1, 1.0 and true are all '1'."""
    if kind.endswith("INT") or kind.endswith("INTEGER"):
        return f"CAST({cell} AS VARCHAR)"
    whole = f"{number} = floor({number}) AND abs({number}) < 1e38"
    as_whole = f"CAST(TRY_CAST({number} AS HUGEINT) AS VARCHAR)"
    return (
        f"CASE WHEN {number} IS NULL THEN NULL WHEN {whole} THEN {as_whole}"
        f" ELSE CAST({number} AS VARCHAR) END"
    )


def _is_absent(words: str) -> str:
    return f"{words} IN ({', '.join(engines.literal(word) for word in ABSENT)})"


def _ask_shape(engine: Engine, table: str, name: str) -> Shape:
    words = engines.trim(f"CAST({engines.quote(name)} AS VARCHAR)")
    filled = f"{words} <> '' AND NOT {_is_absent(words)}"

    def count(condition: str) -> str:
        return f"count(*) FILTER ({condition})"

    def like(pattern: str) -> str:
        return count(f"{filled} AND regexp_full_match({words}, '{pattern}')")

    row = engines.ask(
        engine,
        [
            count(filled),
            like(POINT),
            like(COMMA),
            like(f"({POINT})|({COMMA})"),
            count(f"{filled} AND contains({words}, '.')"),
            like(THOUSANDS),
            count(f"{filled} AND contains({words}, ',')"),
            count(_is_absent(words)),
        ],
        table,
    )
    return Shape(*(int(str(value)) for value in row))


def _ask_counts(
    engine: Engine, sql: str, present: Sequence[str], names: Sequence[str], condition: str
) -> dict[str, Rows]:
    """How many rows of each column are so; the columns without any are left out."""
    asked = [name for name in names if name in present]
    counts = [f"count(*) FILTER ({condition.format(engines.quote(name))})" for name in asked]
    found = engines.ask(engine, counts, sql) if asked else ()
    return {
        name: Rows((), n) for name, n in zip(asked, map(int, map(str, found)), strict=True) if n
    }


def _ask_levels(
    engine: Engine, sql: str, plan: Plan, present: Sequence[str], categories: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    levels = {}
    for name in [plan.treatment, *categories, *([plan.wave] if plan.wave else [])]:
        if name in present:
            cell, known = engines.quote(name), f"{engines.quote(name)} IS NOT NULL"
            if name == plan.treatment and plan.cluster in present:
                known += f" AND {engines.quote(plan.cluster)} IS NOT NULL"
            found = engine.execute(f"SELECT DISTINCT {cell} FROM {sql} WHERE {known}").fetchall()
            levels[name] = tuple(sorted((str(row[0]) for row in found), key=_natural))
    return levels


def _ask_repeated(engine: Engine, sql: str, plan: Plan, present: list[str]) -> Rows:
    keys = [name for name in (plan.pupil, plan.wave) if name]
    if plan.pupil is None or any(name not in present for name in keys):
        return Rows()
    grouped = ", ".join(engines.quote(name) for name in keys)
    known = " AND ".join(f"{engines.quote(name)} IS NOT NULL" for name in keys)
    twice = (
        f"(SELECT count(*) AS n FROM {sql} WHERE {known} GROUP BY {grouped} HAVING count(*) > 1)"
    )
    return Rows((), int(str(engines.ask(engine, ["coalesce(sum(n), 0)"], twice)[0])))


def _ask_moved(engine: Engine, sql: str, plan: Plan, present: list[str]) -> dict[str, Rows]:
    if plan.pupil not in present:
        return {}
    counts = {
        name: _ask_varying(engine, sql, str(plan.pupil), name)
        for name in _constant(plan)
        if name in present
    }
    return {name: Rows((), count) for name, count in counts.items() if count}


def _ask_mixed(engine: Engine, sql: str, plan: Plan, present: list[str]) -> Rows:
    if plan.assigned is Level.PUPIL or not {plan.cluster, plan.treatment} <= set(present):
        return Rows()
    return Rows((), _ask_varying(engine, sql, plan.cluster, plan.treatment))


def _ask_varying(engine: Engine, sql: str, group: str, column: str) -> int:
    """How many rows stand in groups within which the column has more than one value."""
    g, c = engines.quote(group), engines.quote(column)
    groups = (
        f"(SELECT count({c}) AS n FROM {sql} WHERE {g} IS NOT NULL"
        f" GROUP BY {g} HAVING count(DISTINCT {c}) > 1)"
    )
    return int(str(engines.ask(engine, ["coalesce(sum(n), 0)"], groups)[0]))


def _ask_spread(
    engine: Engine,
    sql: str,
    plan: Plan,
    present: list[str],
    unreadable: set[str],
) -> dict[tuple[str, str], tuple[int, float, float]]:
    out = {}
    for sample in samples(plan):
        if sample.outcome not in present or sample.outcome in unreadable:
            continue
        cell, only = engines.quote(sample.outcome), ""
        if plan.wave is not None:
            if plan.wave not in present:
                continue
            only = f" FILTER ({engines.quote(plan.wave)} = {engines.literal(sample.wave)})"
        asked = [f"{f}({cell}){only}" for f in ("count", "min", "max")]
        count, low, high = engines.ask(engine, asked, sql)
        out[sample.key] = (int(str(count)), float(str(low or 0)), float(str(high or 0)))
    return out


def _widen_sql(sql: str, plan: Plan) -> str:
    if plan.wave is None:
        return sql
    start = str(plan.baseline) if plan.baseline is not None else None
    named = (plan.pupil, plan.wave, *_constant(plan), *plan.outcomes)
    return engines.widen(
        sql,
        pupil=str(plan.pupil),
        wave=plan.wave,
        start=start,
        always=_constant(plan),
        keep=[c for c in layout.needed(plan) if c not in named],
        outcomes=_pivoted(plan),
    )


# ---------------------------------------------------------------- the judge


def judge(facts: Facts, plan: Plan) -> list[Fault]:
    """Every way in which the facts do not fit the plan."""
    faults: list[Fault] = []

    def fault(rule: Text, remedy: Text, column: str = "", rows: Rows = Rows()) -> None:
        faults.append(Fault(rule, remedy, facts.source, column, rows.first, rows.count))

    for name in layout.needed(plan):
        if name not in facts.columns:
            near = difflib.get_close_matches(name, facts.columns, n=1, cutoff=0.6)
            fault(
                Text("Deze kolom ontbreekt.", "This column is missing."),
                Text(
                    f"Bedoelt u ‘{near[0]}’? Pas het plan of het bestand aan."
                    if near
                    else "Voeg de kolom toe of pas het plan aan.",
                    f"Do you mean ‘{near[0]}’? Change the plan or the file."
                    if near
                    else "Add the column or change the plan.",
                ),
                name,
            )
    for name in facts.doubled:
        fault(
            Text(
                "Deze kolomnaam komt meer dan eens voor.", "This column name occurs more than once."
            ),
            Text("Geef elke kolom een eigen naam.", "Give every column a name of its own."),
            name,
        )
    for name, rows in facts.blank.items():
        fault(
            Text(
                "Deze cellen zijn leeg; zonder leerling en meetmoment telt een rij nergens mee.",
                "These cells are empty; without a pupil and a wave a row counts nowhere.",
            ),
            Text("Vul ze in of haal de rijen weg.", "Fill them in or take the rows out."),
            name,
            rows,
        )
    for name, rows in facts.ambiguous.items():
        fault(
            Text(
                "De punt in deze getallen is niet duidelijk: 1.234 kan 1234 zijn, of 1,234.",
                "The point in these numbers is not clear: 1.234 may be 1234, or 1.234 exactly.",
            ),
            Text(
                "Haal de punten weg, of schrijf een komma voor de decimalen.",
                "Take the points out, or write a comma before the decimals.",
            ),
            name,
            rows,
        )
    for name, rows in facts.not_numbers.items():
        fault(
            Text("Hier horen getallen; er staat tekst.", "Numbers belong here; there is text."),
            Text(
                "Maak er getallen van; laat een cel leeg als een getal ontbreekt.",
                "Make them numbers; leave a cell empty when a number is missing.",
            ),
            name,
            rows,
        )
    for name, rows in facts.infinite.items():
        fault(
            Text("Hier staat een oneindig getal.", "There is an infinite number here."),
            Text("Maak de cel leeg, of verbeter het getal.", "Empty the cell, or mend it."),
            name,
            rows,
        )
    for name in facts.too_many_levels:
        count = len(facts.levels[name])
        fault(
            Text(
                f"Deze kolom heeft {count} verschillende waarden; dat is te veel voor groepen.",
                f"This column has {count} different values; that is too many for groups.",
            ),
            Text(
                "Maak er getallen van, of deel ze in groepen in.",
                "Make them numbers, or sort them into groups.",
            ),
            name,
        )
    if facts.repeated.count:
        fault(
            Text(
                "Sommige leerlingen staan meer dan één keer in de tabel"
                + (" bij hetzelfde meetmoment." if plan.wave else "."),
                "Some pupils stand in the table more than once"
                + (" at the same wave." if plan.wave else "."),
            ),
            Text(
                "Houd per leerling één rij over" + (" per meetmoment." if plan.wave else "."),
                "Keep one row per pupil" + (" and wave." if plan.wave else "."),
            ),
            plan.pupil or "",
            facts.repeated,
        )
    for name, rows in facts.moved.items():
        fault(
            Text(
                "Bij sommige leerlingen verschilt deze waarde tussen de meetmomenten.",
                "For some pupils this value differs between the waves.",
            ),
            Text(
                "Zet in elke rij de waarde van de start (wie van school wisselt, telt mee waar"
                " hij of zij begon).",
                "Give every row the value at the start (a pupil who changes school counts where"
                " they began).",
            ),
            name,
            rows,
        )
    if facts.mixed.count:
        fault(
            Text(
                "In sommige clusters komt meer dan één groep voor. Volgens het plan zijn hele"
                " clusters ingedeeld.",
                "More than one arm occurs within some clusters, although the plan says that whole"
                " clusters were assigned.",
            ),
            Text(
                'Verbeter de waarden, of schrijf in het plan assigned = "pupil".',
                'Mend the values, or write assigned = "pupil" in the plan.',
            ),
            plan.treatment,
            facts.mixed,
        )
    faults += _arm_faults(facts, plan)
    faults += _wave_faults(facts, plan)
    for (outcome, wave), (count, low, high) in facts.spread.items():
        at = f" ({wave})" if wave else ""
        if count == 0:
            fault(
                Text(f"De uitkomst is leeg{at}.", f"The outcome is empty{at}."),
                Text(
                    "Vul de kolom in, of haal de uitkomst uit het plan.",
                    "Fill it in or take it out of the plan.",
                ),
                outcome,
            )
        elif low == high:
            fault(
                Text(
                    f"De uitkomst is voor iedereen gelijk{at}.",
                    f"The outcome is the same for everyone{at}.",
                ),
                Text(
                    "Controleer de kolom; zo valt er niets te vergelijken.",
                    "Check the column; like this there is nothing to compare.",
                ),
                outcome,
            )
    return faults


def _arm_faults(facts: Facts, plan: Plan) -> list[Fault]:
    found = facts.levels.get(plan.treatment)
    if found is None or plan.treatment in facts.too_many_levels:
        return []
    faults: list[Fault] = []

    def fault(rule: Text, remedy: Text) -> None:
        faults.append(Fault(rule, remedy, facts.source, plan.treatment))

    shown = _shown(found)
    expected = tuple(plan.study.arms) or found
    if plan.comparison is not None:
        expected = tuple(dict.fromkeys((*expected, plan.comparison)))
    absent = [arm for arm in expected if arm not in found]
    unknown = [arm for arm in found if arm not in expected]
    mend = Text("Verbeter de kolom of het plan.", "Mend the column or the plan.")
    if absent:
        lacking = _shown(absent)
        fault(
            Text(
                f"Deze groep heeft geen enkel cluster: {lacking.nl}. Wel gevonden: {shown.nl}.",
                f"This arm has no cluster at all: {lacking.en}. Found: {shown.en}.",
            ),
            mend,
        )
    elif len(found) < 2:
        fault(
            Text(
                f"Er zijn geen twee groepen met clusters. Wel gevonden: {shown.nl}.",
                f"There are no two arms with clusters. Found: {shown.en}.",
            ),
            Text(
                "Vul de kolom aan; zonder twee groepen is er niets te vergelijken.",
                "Complete the column; without two arms there is nothing to compare.",
            ),
        )
    elif comparison_arm(plan, found) is None:
        fault(
            Text(
                f"Het plan zegt niet welke groep de vergelijkingsgroep is ({shown.nl}).",
                f"The plan does not say which arm is the comparison ({shown.en}).",
            ),
            Text('Schrijf in het plan comparison = "…".', 'Write comparison = "…" in the plan.'),
        )
    if unknown and plan.study.arms:
        there = _shown(unknown)
        fault(
            Text(
                f"Deze groepen staan niet in het plan: {there.nl}.",
                f"These arms are not in the plan: {there.en}.",
            ),
            mend,
        )
    return faults


def _wave_faults(facts: Facts, plan: Plan) -> list[Fault]:
    if plan.wave is None or plan.wave not in facts.levels:
        return []
    found = facts.levels[plan.wave]
    asked = ([str(plan.baseline)] if plan.baseline is not None else []) + list(plan.waves)
    shown = _shown(found)
    return [
        Fault(
            Text(
                f"Het meetmoment ‘{wave}’ komt niet voor. Wel gevonden: {shown.nl}.",
                f"The wave ‘{wave}’ does not occur. Found: {shown.en}.",
            ),
            Text(
                "Verbeter [waves] in het plan, of de kolom.",
                "Mend [waves] in the plan, or the column.",
            ),
            facts.source,
            plan.wave,
        )
        for wave in asked
        if wave not in found
    ]


def _shown(labels: Sequence[str]) -> Text:
    """The names of groups or waves; so many that they may be pupils are only counted."""
    if not labels:
        return Text("niets", "nothing")
    if len(labels) > SHOWN_ROWS:
        return Text(f"{len(labels)} verschillende waarden", f"{len(labels)} different values")
    return same(", ".join(f"‘{label}’" for label in labels))
