"""What a file says of itself, as far as the plan asks: the answers of DuckDB, never loading it.

The same questions as in ``facts.py``; the same tests hold both to the same answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from academic_workplace import engines
from academic_workplace.intake import layout
from academic_workplace.intake.codebook import Codebook, as_number
from academic_workplace.intake.coding import (
    CODES,
    alike,
    answers_of,
    limits_of,
    odd_labels,
    stray_labels,
    suspects,
)
from academic_workplace.intake.facts import (
    FIRST_DAY,
    LARGEST,
    SMALLEST,
    Facts,
    Rows,
    categories_of,
    constant_columns,
    everyone_alike,
    in_order,
    labelled,
    named,
    never_blank,
    nowhere_known,
    number_kind,
    numbers_of,
    pivoted,
    placed_by,
    tomorrow,
    too_many,
    wave_of,
)
from academic_workplace.intake.files.numbers import (
    ABSENT,
    COMMA,
    DUTCH,
    GROUPED,
    POINT,
    THOUSANDS,
    Kind,
    Shape,
    kind_of,
)
from academic_workplace.intake.files.reading import Dialect, only_header, sql_of
from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import ALONE, ALONE_DIGITS
from academic_workplace.plan import EVERYONE, Level, Plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Engine

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
ROW, PLACE = '"row of the file"', '"place of the row"'  # columns of our own
NUMBER_TYPES = (*WHOLE, *(f"U{kind}" for kind in WHOLE), "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN")


def facts_of_file(
    engine: Engine, path: Path, dialect: Dialect | None, plan: Plan, book: Codebook | None = None
) -> tuple[str, Facts]:
    """The facts of a file, and SQL for it with its numbers converted and its labels as text.

    dialect: of a file of text; None for a Parquet file.
    """
    table = engines.scan(path) if dialect is None else sql_of(path, dialect)
    types = engines.columns_of(engine, table)
    columns = dialect.names if dialect else tuple(types)
    if not int(str(engines.ask(engine, ["count(*)"], table)[0])):
        raise only_header(path)
    present = [name for name in layout.needed(plan) if name in types]
    if not present:
        return "", Facts(path.name, columns)
    text = [name for name in present if not _is_number_type(types[name])]
    # In a file with types only what must be numbers is read as such; in a file of text every
    # column is looked at, for one of them may tell that it has the decimal comma.
    looked_at = [n for n in text if n in layout.numeric(plan)] if dialect is None else columns
    shapes = {name: _ask_shape(engine, table, name) for name in looked_at}
    dutch = any(shape.needs_comma for shape in shapes.values())
    kinds = {name: kind_of(shapes[name], dutch=dutch) for name in text if name in shapes}
    for name in set(kinds) & set(layout.numeric(plan)):
        kinds[name] = number_kind(shapes[name], dutch=dutch)
    still_text = {name for name in text if kinds.get(name, Kind.TEXT) is Kind.TEXT}
    categories = categories_of(plan, still_text)
    numbers = set(numbers_of(plan, categories))
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
    if plan.alone and {plan.pupil, plan.treatment, plan.cluster} <= set(present):
        sql = _stand_alone(sql, plan)
    levels = _ask_levels(engine, sql, plan, present, categories)
    readable = [name for name in present if name not in (*not_numbers, *ambiguous)]
    negative, unweighted, weightless = _ask_weights(engine, sql, plan, readable)
    per_key = _per_key(
        f"(SELECT {', '.join(typed)}, hash(whole) AS {ROW} FROM {table} AS whole)", plan, present
    )
    repeated, exact, shared = _ask_repeated(engine, sql, per_key, plan, present)
    limits = {name: each for name, each in limits_of(plan, book).items() if name not in categories}
    return sql, Facts(
        source=path.name,
        columns=columns,
        blank=_ask_counts(engine, sql, present, never_blank(plan), "{} IS NULL")
        or _ask_nameless(engine, sql, plan, present),
        not_numbers=not_numbers,
        ambiguous=ambiguous,
        infinite=_ask_counts(engine, sql, present, sorted(numbers), "isinf({})"),
        extreme=_ask_extreme(engine, sql, plan, present, numbers),
        tiny=_ask_tiny(engine, sql, plan, present, numbers),
        limits=limits,
        outside=_ask_outside(engine, sql, limits, present),
        suspected=_ask_odd(engine, sql, plan, book, levels)
        | _ask_suspected(engine, sql, sorted(numbers - {*limits, plan.weights}), readable),
        unknown=_ask_unknown(engine, sql, plan, book, present, numbers),
        impossible=_ask_impossible(engine, table, types, present),
        alike=_ask_alike(engine, sql, plan, categories, present),
        levels=levels,
        too_many_levels=too_many(levels),
        strays={
            name: Rows((), sum(levels[name][word] for word in odd))
            for name, odd in stray_labels(plan, book, levels).items()
        },
        repeated=repeated,
        exact=exact,
        shared=shared,
        moved=_ask_moved(engine, sql, plan, present, per_key if shared.count else ""),
        mixed=_ask_mixed(engine, sql, plan, present),
        spread=_ask_spread(engine, sql, plan, present, set(not_numbers) | set(ambiguous)),
        empty=_ask_empty(engine, sql, plan, readable),
        dose=_ask_dose(engine, sql, plan, readable),
        negative=negative,
        unweighted=unweighted,
        weightless=weightless,
    )


def as_read(engine: Engine, path: Path, dialect: Dialect, names: Sequence[str]) -> str:
    """SQL for columns of a regular file of text as ``read`` gives them: numbers where a whole
    column is numbers, text without white space elsewhere, NULL where a cell is empty."""
    table = sql_of(path, dialect)
    shapes = {name: _ask_shape(engine, table, name) for name in dialect.names}
    dutch = any(shape.needs_comma for shape in shapes.values())
    cells = []
    for name in dict.fromkeys(name for name in names if name in shapes):
        cell, kind = engines.quote(name), kind_of(shapes[name], dutch=dutch)
        text = f"nullif({engines.trim(cell)}, '')"
        cells.append(f"{text if kind is Kind.TEXT else _number_sql(cell, kind)} AS {cell}")
    return f"(SELECT {', '.join(cells) or '*'} FROM {table})"


def _stand_alone(sql: str, plan: Plan) -> str:
    """SQL with a cluster of their own for who stands alone (``alone_label``)."""
    pupil, arm, cluster = map(engines.quote, (str(plan.pupil), plan.treatment, plan.cluster))
    own = f"{engines.literal(ALONE)} || left(sha256({pupil}), {ALONE_DIGITS})"
    case = f"CASE WHEN {_in_arm_alone(plan)} THEN {own} WHEN {arm} IS NOT NULL THEN {cluster} END"
    return f"(SELECT * REPLACE ({case} AS {cluster}) FROM {sql})"


def _in_arm_alone(plan: Plan) -> str:
    names = ", ".join(engines.literal(name) for name in plan.alone)
    return f"{engines.quote(plan.treatment)} IN ({names})"


def _ask_nameless(engine: Engine, sql: str, plan: Plan, present: list[str]) -> dict[str, Rows]:
    if not plan.alone or plan.treatment not in present:
        return {}
    condition = f"{{}} IS NULL AND {_in_arm_alone(plan)}"
    return _ask_counts(engine, sql, present, [str(plan.pupil)], condition)


def _is_number_type(kind: str) -> bool:
    return kind.partition("(")[0] in NUMBER_TYPES and not kind.endswith("]")


def _number_sql(cell: str, kind: Kind | None) -> str:
    """A number, NULL where there is none. kind: of a column of text, None when it has a type."""
    if kind is Kind.EMPTY:
        return "NULL::DOUBLE"
    if kind is None:
        return f"nullif(TRY_CAST({cell} AS DOUBLE), 'nan'::DOUBLE)"
    plain = f"CAST({cell} AS VARCHAR)"
    if kind is Kind.THOUSANDS:
        plain = f"replace({plain}, '.', '')"
    if kind in (Kind.COMMA, Kind.THOUSANDS):
        plain = f"replace({plain}, ',', '.')"
    tries = [f"TRY_CAST({words} AS DOUBLE)" for words in (plain, engines.trim(plain))]
    return (
        f"nullif(coalesce({', '.join(tries)}), 'nan'::DOUBLE)"  # the second try is for odd spaces
    )


def _label_sql(cell: str, number: str, kind: str) -> str:
    """``label_of`` in SQL for a column of numbers: 1, 1.0 and true are all '1'."""
    if kind.endswith("INT") or kind.endswith("INTEGER"):
        return f"CAST({cell} AS VARCHAR)"
    whole = f"{number} = floor({number}) AND abs({number}) < 1e38"
    as_whole = f"CAST(TRY_CAST({number} AS HUGEINT) AS VARCHAR)"
    label = f"CASE WHEN {whole} THEN {as_whole} ELSE CAST({number} AS VARCHAR) END"
    if kind != "VARCHAR":
        return label
    plain = f"regexp_full_match({cell}, '0|[1-9][0-9]{{0,14}}')"  # by far the most common
    return f"CASE WHEN {plain} THEN {cell} ELSE {label} END"


def _is_absent(words: str) -> str:
    return f"{words} IN ({', '.join(engines.literal(word) for word in ABSENT)})"


def _ask_shape(engine: Engine, table: str, name: str) -> Shape:
    distinct = f"(SELECT DISTINCT CAST({engines.quote(name)} AS VARCHAR) AS raw FROM {table})"
    words = "w"
    filled = f"w <> '' AND NOT {_is_absent(words)}"

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
            like(GROUPED),
            like(DUTCH),
        ],
        f"(SELECT {engines.trim('raw')} AS w FROM {distinct})",
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


def _ask_extreme(
    engine: Engine, sql: str, plan: Plan, present: list[str], numbers: set[str]
) -> dict[str, Rows]:
    out: dict[str, Rows] = {}
    for name in sorted(numbers):
        far = f"isfinite({{0}}) AND (abs({{0}}) > {LARGEST}"
        near = f" OR ({{0}} <> 0 AND abs({{0}}) < {SMALLEST})" if name == plan.weights else ""
        out |= _ask_counts(engine, sql, present, [name], f"{far}{near})")
    return out


def _ask_tiny(
    engine: Engine, sql: str, plan: Plan, present: list[str], numbers: set[str]
) -> tuple[str, ...]:
    asked = [name for name in sorted(numbers) if name in present and name != plan.weights]
    sizes = [f"max(abs({engines.quote(name)}))" for name in asked]
    found = engines.ask(engine, sizes, sql) if asked else ()
    return tuple(
        name
        for name, size in zip(asked, found, strict=True)
        if size is not None and 0 < float(str(size)) < SMALLEST
    )


def _ask_outside(
    engine: Engine, sql: str, limits: Mapping[str, tuple[float, float]], present: list[str]
) -> dict[str, Rows]:
    out: dict[str, Rows] = {}
    for name, (low, high) in limits.items():
        outside = f"isfinite({{0}}) AND ({{0}} < {low} OR {{0}} > {high})"
        out |= _ask_counts(engine, sql, present, [name], outside)
    return out


def _ask_odd(
    engine: Engine, sql: str, plan: Plan, book: Codebook | None,
    levels: Mapping[str, Mapping[str, int]],
) -> dict[str, Rows]:  # fmt: skip
    out: dict[str, Rows] = {}
    for name, found in levels.items():
        if name != plan.wave and (odd := odd_labels(plan, book, name, found)):
            words = ", ".join(map(engines.literal, sorted(odd)))
            out |= _ask_counts(engine, sql, [name], [name], f"{{0}} IN ({words})")
    return out


def _ask_suspected(
    engine: Engine, sql: str, names: Sequence[str], readable: Sequence[str]
) -> dict[str, Rows]:
    asked = [name for name in names if name in readable]
    ends = [f"{f}({engines.quote(name)})" for name in asked for f in ("min", "max")]
    found = iter(engines.ask(engine, ends, sql) if asked else ())
    out: dict[str, Rows] = {}
    for name, low, high in zip(asked, found, found, strict=True):
        if low in CODES or high in CODES:
            cell = engines.quote(name)
            values = engine.execute(
                f"SELECT {cell} AS v, count(*) AS n FROM {sql} WHERE isfinite({cell})"
                f" GROUP BY {cell} ORDER BY {cell}"
            ).fetchnumpy()
            codes = suspects(np.asarray(values["v"], float), np.asarray(values["n"], np.int64))
            if codes:
                condition = f"{{0}} IN ({', '.join(map(str, sorted(codes)))})"
                out |= _ask_counts(engine, sql, readable, [name], condition)
    return out


def _ask_unknown(
    engine: Engine, sql: str, plan: Plan, book: Codebook | None, present: list[str],
    numbers: set[str],
) -> dict[str, Rows]:  # fmt: skip
    out: dict[str, Rows] = {}
    for name, answers in answers_of(plan, book).items():
        codes = [word for word in answers if not math.isnan(as_number(word))]
        known = ", ".join(codes if name in numbers else map(engines.literal, sorted(answers)))
        wrong = f"{{0}} NOT IN ({known})" if known else "{0} IS NOT NULL"
        out |= _ask_counts(engine, sql, present, [name], wrong)
    return out


def _ask_impossible(
    engine: Engine, table: str, types: Mapping[str, str], present: list[str]
) -> dict[str, Rows]:
    dates = [name for name in present if types[name].startswith(("DATE", "TIMESTAMP"))]
    first, end = (engines.literal(str(day.date())) for day in (FIRST_DAY, tomorrow()))
    day = "CAST({0} AS TIMESTAMP)"
    return _ask_counts(engine, table, present, dates, f"{day} < {first} OR {day} >= {end}")


def _ask_alike(
    engine: Engine, sql: str, plan: Plan, categories: Sequence[str], present: list[str]
) -> dict[str, Rows]:
    out: dict[str, Rows] = {}
    for name, letters in named(plan, categories).items():
        if name in present:
            cell = engines.quote(name)
            rows = engine.execute(
                f"SELECT DISTINCT {cell} FROM {sql} WHERE {cell} IS NOT NULL"
            ).fetchall()
            pairs = [
                each
                for group in alike((str(row[0]) for row in rows), letters=letters)
                for each in group
            ]
            if pairs:
                words = ", ".join(map(engines.literal, pairs))
                out |= _ask_counts(engine, sql, present, [name], f"{{0}} IN ({words})")
    return out


def _ask_levels(
    engine: Engine, sql: str, plan: Plan, present: Sequence[str], categories: Sequence[str]
) -> dict[str, dict[str, int]]:
    levels = {}
    for name in labelled(plan, categories):
        if name in present:
            cell, known = engines.quote(name), f"{engines.quote(name)} IS NOT NULL"
            if name == plan.treatment and plan.cluster in present:
                known += f" AND {engines.quote(plan.cluster)} IS NOT NULL"
            found = engine.execute(
                f"SELECT {cell}, count(*) FROM {sql} WHERE {known} GROUP BY {cell}"
            ).fetchall()
            levels[name] = in_order(found)
    return levels


def _per_key(whole: str, plan: Plan, present: list[str]) -> str:
    """SQL for the rows of each pupil (and wave) in each cluster, for pupils who stand there twice.

    n: how many, kinds: how many of them differ; all: in every cluster, clusters: in how many.
    whole: SQL for the table with ``ROW``, which is equal for rows that are.
    """
    if plan.alone and {plan.pupil, plan.treatment, plan.cluster} <= set(present):
        whole = _stand_alone(whole, plan)
    keys = [engines.quote(name) for name in (plan.pupil, plan.wave) if name]
    cluster = engines.quote(plan.cluster) if plan.cluster in present else "0"
    by, known = ", ".join(keys), " AND ".join(f"{key} IS NOT NULL" for key in keys)
    each = (
        f"SELECT {by}, {cluster} AS {PLACE}, count(*) AS n, count(DISTINCT {ROW}) AS kinds"
        f" FROM {whole} WHERE {known} GROUP BY {by}, {PLACE}"
    )
    over = f"OVER (PARTITION BY {by})"
    windows = f"sum(n) {over} AS in_all, count({PLACE}) {over} AS clusters"
    return f"(SELECT * FROM (SELECT *, {windows} FROM ({each})) WHERE in_all > 1)"


def _ask_repeated(
    engine: Engine, sql: str, per_key: str, plan: Plan, present: list[str]
) -> tuple[Rows, Rows, Rows]:
    keys = [name for name in (plan.pupil, plan.wave) if name]
    if plan.pupil is None or any(name not in present for name in keys):
        return Rows(), Rows(), Rows()
    grouped = ", ".join(engines.quote(name) for name in keys)
    known = " AND ".join(f"{engines.quote(name)} IS NOT NULL" for name in keys)
    twice = f"(SELECT 1 FROM {sql} WHERE {known} GROUP BY {grouped} HAVING count(*) > 1 LIMIT 1)"
    if not int(str(engines.ask(engine, ["count(*)"], twice)[0])):
        return Rows(), Rows(), Rows()
    differ = "(n > 1 AND kinds > 1) OR (n = 1 AND clusters < 2)"
    sums = [
        f"coalesce(sum(n) FILTER ({condition}), 0)"
        for condition in (differ, "n > 1 AND kinds = 1", "clusters > 1")
    ]
    differ_n, exact, shared = map(int, map(str, engines.ask(engine, sums, per_key)))
    return Rows((), differ_n), Rows((), exact), Rows((), shared)


def _ask_moved(
    engine: Engine, sql: str, plan: Plan, present: list[str], per_key: str
) -> dict[str, Rows]:
    """per_key: when pupils share a number; of these nothing is said."""
    if plan.pupil not in present:
        return {}
    if per_key:
        pupil = engines.quote(str(plan.pupil))
        theirs = f"(SELECT {pupil} FROM {per_key} WHERE clusters > 1)"
        sql = f"(SELECT * FROM {sql} WHERE {pupil} NOT IN {theirs})"
    counts = {
        name: _ask_varying(engine, sql, str(plan.pupil), name)
        for name in constant_columns(plan)
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
    readable = [s for s in samples(plan) if s.outcome in present and s.outcome not in unreadable]
    if not readable or (plan.wave is not None and plan.wave not in present):
        return {}
    asked = []
    for sample in readable:
        cell, only = engines.quote(sample.outcome), ""
        if plan.wave is not None:
            only = f" FILTER ({engines.quote(plan.wave)} = {engines.literal(sample.wave)})"
        asked += [f"{f}({cell}){only}" for f in ("count", "min", "max")]
    found = iter(engines.ask(engine, asked, sql))
    return {
        sample.key: (int(str(n)), float(str(low or 0)), float(str(high or 0)))
        for sample, (n, low, high) in zip(
            readable, zip(found, found, found, strict=True), strict=True
        )
    }


def _ask_weights(
    engine: Engine, sql: str, plan: Plan, readable: list[str]
) -> tuple[Rows, Rows, bool]:
    if plan.weights not in readable:
        return Rows(), Rows(), False
    w = engines.quote(plan.weights)
    asked = [f"{engines.quote(name)} IS NOT NULL" for name in plan.outcomes if name in readable]
    counts = [f"({' OR '.join(asked) or 'false'})"] + [
        f"{engines.quote(name)} IS NOT NULL" if name in readable else "false"
        for name in (plan.cluster, plan.treatment)
    ]
    if plan.baseline is not None and plan.wave in readable:
        start = engines.literal(str(plan.baseline))
        counts.append(f"{engines.quote(plan.wave)} = {start}")
    expressions = [
        f"count(*) FILTER ({w} < 0)",
        f"count(*) FILTER ({w} IS NULL AND {' AND '.join(counts)})",
        f"coalesce(bool_and({w} = 0), false)",
    ]
    negative, missing, weightless = engines.ask(engine, expressions, sql)
    return Rows((), int(str(negative))), Rows((), int(str(missing))), bool(weightless)


def _ask_empty(
    engine: Engine, sql: str, plan: Plan, readable: list[str]
) -> dict[str, tuple[str, ...]]:
    places = placed_by(plan)
    asked = [name for name in layout.known_beforehand(plan) if name in readable]
    if not asked or not {*places, *([plan.wave] if plan.wave else ())} <= set(readable):
        return {}
    placed = " AND ".join(f"{engines.quote(name)} IS NOT NULL" for name in places)
    own = engines.literal(EVERYONE) if everyone_alike(plan) else engines.quote(plan.treatment)
    counts = []
    for name in asked:
        wave = wave_of(plan, name)
        at = (
            "true" if wave is None else f"{engines.quote(str(plan.wave))} = {engines.literal(wave)}"
        )
        counts += [f"count({each}) FILTER ({at})" for each in ("*", engines.quote(name))]
    rows = engine.execute(
        f"SELECT CASE WHEN {placed} THEN {own} ELSE '' END AS arm, {', '.join(counts)}"
        f" FROM {sql} GROUP BY arm"
    ).fetchall()
    found = {
        name: {str(row[0]): (int(row[2 * i + 1]), int(row[2 * i + 2])) for row in rows}
        for i, name in enumerate(asked)
    }
    return nowhere_known(plan, found)


def _ask_dose(
    engine: Engine, sql: str, plan: Plan, readable: list[str]
) -> tuple[int, float, float] | None:
    if not plan.dose or not {plan.cluster, plan.treatment} <= set(readable):
        return None
    dose, known = engines.quote(plan.treatment), f"{engines.quote(plan.cluster)} IS NOT NULL"
    asked = [f"{f}({dose}) FILTER ({known})" for f in ("count", "min", "max")]
    n, low, high = engines.ask(engine, asked, sql)
    return int(str(n)), float(str(low or 0)), float(str(high or 0))


def widen_sql(sql: str, plan: Plan) -> str:
    if plan.wave is None:
        return sql
    start = str(plan.baseline) if plan.baseline is not None else None
    named = (plan.pupil, plan.wave, *constant_columns(plan), *plan.outcomes)
    return engines.widen(
        sql,
        pupil=str(plan.pupil),
        wave=plan.wave,
        start=start,
        always=constant_columns(plan),
        keep=[c for c in layout.needed(plan) if c not in named],
        outcomes=pivoted(plan),
    )
