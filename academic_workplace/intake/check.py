"""Does the table fit the plan? Every fault at once; then pupils, one row each.

Two engines answer the same questions of a table (``Facts``): pandas for one in memory, DuckDB for
a file that need not fit. One function judges the answers.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
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
from academic_workplace.intake.reading import Form, find_separator, form_of, read, start_of
from academic_workplace.language import Text
from academic_workplace.plan import Level, Plan

if TYPE_CHECKING:
    from academic_workplace.engines import Engine

MOST_LEVELS = 30  # a category with more is a number, a name or a mistake


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
    not_numbers: Mapping[str, Rows] = field(default_factory=dict)
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
    form = form_of(path)
    if form is Form.EXCEL:
        yield check(read(path), plan)
        return
    separator = find_separator(start_of(path)) if form is Form.CSV else None
    with engines.connect() as engine:
        table = engines.scan(path, separator=separator)
        typed, facts = facts_of_file(engine, table, plan, path.name)
        faults = judge(facts, plan)
        if faults:
            raise DataError(faults)
        query = f"SELECT * FROM {_widen_sql(typed, plan)}"
        for part in engines.stream(engine, query):
            yield pupils_from_wide(part, plan, facts.levels)


# ---------------------------------------------------------------- what pandas answers


def facts_of_frame(table: pd.DataFrame, plan: Plan) -> tuple[pd.DataFrame, Facts]:
    """The facts of a table in memory, and the table with its numbers converted."""
    source = str(table.attrs.get("source", ""))
    first_row = 2 if source else 1  # a spreadsheet's first row is its header
    present = [name for name in layout.needed(plan) if name in table.columns]
    ready = table[present]
    text = [name for name in present if not _is_number(ready[name])]
    shapes = {name: shape_of(distinct_words(ready[name].astype("str"))) for name in text}
    dutch = any(shape.needs_comma for shape in shapes.values())
    not_numbers: dict[str, Rows] = {}
    levels: dict[str, tuple[str, ...]] = {}
    changed: dict[str, pd.Series] = {}
    categories = _categories(plan, set(text))
    for name in text:
        if name in layout.numeric(plan):
            words = ready[name].astype("str")
            kind = kind_of(shapes[name], dutch=dutch)
            if kind is Kind.TEXT:
                bad = ~words.str.strip().str.fullmatch(POINT, na=True)
                not_numbers[name] = _rows(bad.to_numpy(bool), first_row)
            else:
                changed[name] = as_numbers(words, distinct_words(words), kind)
    too_many = []
    for name in [plan.treatment, *categories, *([plan.wave] if plan.wave else [])]:
        if name in ready:
            found = {label_of(v) for v in ready[name].dropna().unique()} - {""}
            levels[name] = tuple(sorted(found, key=_natural))
            if len(found) > MOST_LEVELS:
                too_many.append(name)
    ready = ready.assign(**changed) if changed else ready
    infinite = {}
    for name in present:
        if pd.api.types.is_float_dtype(ready[name].dtype):
            values = ready[name].to_numpy(float, na_value=np.nan)
            if np.isinf(values).any():
                infinite[name] = _rows(np.isinf(values), first_row)
    repeated, moved = _repeats(ready, plan, first_row)
    return ready, Facts(
        source=source,
        columns=tuple(str(name) for name in table.columns),
        not_numbers=not_numbers,
        infinite=infinite,
        levels=levels,
        too_many_levels=tuple(too_many),
        repeated=repeated,
        moved=moved,
        mixed=_mixed(ready, plan, first_row),
        spread=_spread(ready, plan, set(not_numbers)),
    )


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype)


def _categories(plan: Plan, text: set[str]) -> list[str]:
    return [c for c in layout.background(plan) if c in text or c in plan.categories]


def _natural(label: str) -> tuple[int, float, str]:
    """Numbers in order of size, then words."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def _rows(mask: NDArray[np.bool_], first_row: int) -> Rows:
    places = np.flatnonzero(mask)
    return Rows(tuple(int(i) + first_row for i in places[:SHOWN_ROWS]), len(places))


def _repeats(ready: pd.DataFrame, plan: Plan, first_row: int) -> tuple[Rows, dict[str, Rows]]:
    """Rows whose pupil (and wave) stands there more than once; pupils whose group changes."""
    keys = [name for name in (plan.pupil, plan.wave) if name]
    if plan.pupil is None or any(name not in ready for name in keys):
        return Rows(), {}
    repeated = _rows(ready.duplicated(keys, keep=False).to_numpy(bool), first_row)
    moved = {}
    if plan.wave is not None:
        by_pupil = ready.groupby(plan.pupil, sort=False)
        for name in (plan.cluster, plan.treatment):
            if name in ready:
                differs = by_pupil[name].transform("nunique").to_numpy() > 1
                if differs.any():
                    moved[name] = _rows(differs, first_row)
    return repeated, moved


def _mixed(ready: pd.DataFrame, plan: Plan, first_row: int) -> Rows:
    """Rows of clusters in which more than one arm occurs."""
    if plan.assigned is Level.PUPIL or not {plan.cluster, plan.treatment} <= set(ready.columns):
        return Rows()
    cluster, _ = pd.factorize(ready[plan.cluster])
    arm, arms = pd.factorize(ready[plan.treatment])
    known = (cluster >= 0) & (arm >= 0)
    counts = np.zeros((cluster.max(initial=-1) + 1, len(arms)), dtype=bool)
    counts[cluster[known], arm[known]] = True
    mixed = counts.sum(axis=1) > 1
    return _rows(known & mixed[cluster], first_row) if mixed.any() else Rows()


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
            values = values[(ready[plan.wave].map(label_of) == sample.wave).to_numpy(bool)]
        values = values[~np.isnan(values)]
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
        out[sample.key] = (len(values), low, high)
    return out


def _widen(ready: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """One row per pupil: who they were at the start, and every outcome at every wave."""
    if plan.wave is None:
        return ready
    wave = ready[plan.wave].map(label_of)
    by_wave = {name: ready[wave == name].set_index(plan.pupil) for name in set(wave.dropna())}
    keep = [c for c in layout.needed(plan) if c not in (plan.pupil, plan.wave, *plan.outcomes)]
    everyone = pd.Index(ready[plan.pupil].dropna().unique())
    if plan.baseline is None:
        wide = ready.drop_duplicates(plan.pupil).set_index(plan.pupil)[keep].reindex(everyone)
    else:
        start = by_wave[str(plan.baseline)]
        who = ready.drop_duplicates(plan.pupil).set_index(plan.pupil)
        wide = start[keep].reindex(everyone)
        for name in (plan.cluster, plan.treatment, *plan.blocks):  # also known of who joined later
            wide[name] = who[name].reindex(everyone)
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


def facts_of_file(engine: Engine, table: str, plan: Plan, source: str) -> tuple[str, Facts]:
    """The facts of a file, and SQL for it with its numbers converted and its labels as text."""
    q = engines.quote
    types = engines.columns_of(engine, table)
    present = [name for name in layout.needed(plan) if name in types]
    text = [name for name in present if types[name] == "VARCHAR"]
    shapes = {name: _ask_shape(engine, table, name) for name in text}
    dutch = any(shape.needs_comma for shape in shapes.values())
    kinds = {name: kind_of(shape, dutch=dutch) for name, shape in shapes.items()}
    labels = {plan.pupil, plan.wave, plan.cluster, plan.treatment, *plan.blocks}
    still_text = {name for name in text if kinds[name] is Kind.TEXT}
    categories = _categories(plan, still_text)
    not_numbers, typed = {}, []
    for name in present:
        cell = q(name)
        if name in labels or name in categories or name in plan.subgroups:
            typed.append(f"{_label_sql(cell, types[name])} AS {cell}")
        elif name in still_text:
            bad = f"count(*) FILTER (trim({cell}) <> '' AND NOT regexp_full_match(trim({cell}), '{POINT}'))"
            not_numbers[name] = Rows((), int(str(engines.ask(engine, [bad], table)[0])))
            typed.append(f"NULL::DOUBLE AS {cell}")
        else:
            plain = f"replace(trim({cell}), ',', '.')" if kinds.get(name) is Kind.COMMA else cell
            cast = f"TRY_CAST({plain} AS DOUBLE)"
            typed.append(f"CASE WHEN isnan({cast}) THEN NULL ELSE {cast} END AS {cell}")
    sql = f"(SELECT {', '.join(typed)} FROM {table})"
    levels: dict[str, tuple[str, ...]] = {}
    too_many = []
    for name in [plan.treatment, *categories, *([plan.wave] if plan.wave else [])]:
        if name in present:
            many = f"SELECT DISTINCT {q(name)} FROM {sql} WHERE {q(name)} IS NOT NULL"
            found = [str(row[0]) for row in engine.execute(many).fetchall()]
            levels[name] = tuple(sorted(found, key=_natural))
            if len(found) > MOST_LEVELS:
                too_many.append(name)
    infinite = {}
    for name in present:
        if name not in labels and name not in categories and name not in plan.subgroups:
            count = engines.ask(engine, [f"count(*) FILTER (isinf({q(name)}))"], sql)[0]
            if count:
                infinite[name] = Rows((), int(str(count)))
    return sql, Facts(
        source=source,
        columns=tuple(types),
        not_numbers=not_numbers,
        infinite=infinite,
        levels=levels,
        too_many_levels=tuple(too_many),
        repeated=_ask_repeated(engine, sql, plan, present),
        moved=_ask_moved(engine, sql, plan, present),
        mixed=_ask_mixed(engine, sql, plan, present),
        spread=_ask_spread(engine, sql, plan, present, set(not_numbers)),
    )


def _label_sql(cell: str, kind: str) -> str:
    """``label_of`` in SQL: 1, 1.0 and true are all '1'; an empty cell is missing."""
    if kind == "BOOLEAN":
        return f"CAST(CAST({cell} AS INTEGER) AS VARCHAR)"
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"{cell} = floor({cell}) AND NOT isinf({cell})"
        return f"CASE WHEN {whole} THEN CAST(CAST({cell} AS HUGEINT) AS VARCHAR) WHEN isnan({cell}) THEN NULL ELSE CAST({cell} AS VARCHAR) END"
    return f"nullif(trim(CAST({cell} AS VARCHAR)), '')"


def _ask_shape(engine: Engine, table: str, name: str) -> Shape:
    cell = f"trim({engines.quote(name)})"
    absent = f"{cell} IN ({', '.join(engines.literal(a) for a in ABSENT)})"
    filled = f"{cell} <> '' AND NOT {absent}"
    row = engines.ask(
        engine,
        [
            f"count(*) FILTER ({filled})",
            f"count(*) FILTER ({filled} AND regexp_full_match({cell}, '{POINT}'))",
            f"count(*) FILTER ({filled} AND regexp_full_match({cell}, '{COMMA}'))",
            f"count(*) FILTER ({filled} AND contains({cell}, '.'))",
            f"count(*) FILTER ({filled} AND regexp_full_match({cell}, '{THOUSANDS}'))",
            f"count(*) FILTER ({filled} AND contains({cell}, ','))",
            f"count(*) FILTER ({absent})",
        ],
        table,
    )
    return Shape(*(int(str(value)) for value in row))


def _ask_repeated(engine: Engine, sql: str, plan: Plan, present: list[str]) -> Rows:
    keys = [name for name in (plan.pupil, plan.wave) if name]
    if plan.pupil is None or any(name not in present for name in keys):
        return Rows()
    grouped = ", ".join(engines.quote(name) for name in keys)
    twice = f"(SELECT count(*) AS n FROM {sql} GROUP BY {grouped} HAVING count(*) > 1)"
    return Rows((), int(str(engines.ask(engine, ["coalesce(sum(n), 0)"], twice)[0])))


def _ask_moved(engine: Engine, sql: str, plan: Plan, present: list[str]) -> dict[str, Rows]:
    moved = {}
    if plan.wave is not None and plan.pupil in present:
        for name in (plan.cluster, plan.treatment):
            if name in present:
                count = _ask_varying(engine, sql, str(plan.pupil), name)
                if count:
                    moved[name] = Rows((), count)
    return moved


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
    named = (plan.pupil, plan.wave, plan.cluster, plan.treatment, *plan.blocks, *plan.outcomes)
    return engines.widen(
        sql,
        pupil=str(plan.pupil),
        wave=plan.wave,
        start=start,
        always=(plan.cluster, plan.treatment, *plan.blocks),
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
            Text("Maak de cel leeg of herstel haar.", "Empty the cell or mend it."),
            name,
            rows,
        )
    for name in facts.too_many_levels:
        count = len(facts.levels[name])
        fault(
            Text(
                f"Deze kolom heeft {count} verschillende waarden; dat zijn geen groepen.",
                f"This column has {count} different values; those are no groups.",
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
                "Een leerling staat meer dan eens in de tabel"
                + (" bij hetzelfde meetmoment." if plan.wave else "."),
                "A pupil stands in the table more than once"
                + (" at the same wave." if plan.wave else "."),
            ),
            Text("Houd één rij over.", "Keep one row."),
            plan.pupil or "",
            facts.repeated,
        )
    for name, rows in facts.moved.items():
        fault(
            Text(
                "Deze waarde verschilt tussen de meetmomenten van één leerling.",
                "This value differs between the waves of one pupil.",
            ),
            Text(
                "Geef elke rij de waarde van bij de start (wie van school wisselt, telt mee waar"
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
                "Binnen één cluster komt meer dan één groep voor, terwijl het plan zegt dat hele"
                " clusters zijn ingedeeld.",
                "More than one arm occurs within a cluster, although the plan says that whole"
                " clusters were assigned.",
            ),
            Text(
                'Herstel de waarde, of schrijf in het plan assigned = "pupil".',
                'Mend the value, or write assigned = "pupil" in the plan.',
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
                    "Vul haar in of haal haar uit het plan.",
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
    if plan.treatment not in facts.levels:
        return []
    found = facts.levels[plan.treatment]
    shown = ", ".join(f"‘{name}’" for name in found[:SHOWN_ROWS])
    expected = tuple(plan.study.arms) or found
    absent = [arm for arm in expected if arm not in found]
    unknown = [arm for arm in found if arm not in expected]

    def fault(rule: Text, remedy: Text) -> Fault:
        return Fault(rule, remedy, facts.source, plan.treatment)

    if len(found) < 2 or absent:
        lacking = ", ".join(f"‘{name}’" for name in absent) or "?"
        return [
            fault(
                Text(
                    f"Een groep heeft geen enkel cluster: {lacking}. Wel gevonden: {shown}.",
                    f"An arm has no cluster at all: {lacking}. Found: {shown}.",
                ),
                Text(
                    "Vul de kolom aan; zonder twee groepen is er niets te vergelijken.",
                    "Complete the column; without two arms there is nothing to compare.",
                ),
            )
        ]
    faults = []
    if unknown:
        faults.append(
            fault(
                Text(
                    f"Deze groepen staan niet in het plan: {', '.join(unknown[:SHOWN_ROWS])}.",
                    f"These arms are not in the plan: {', '.join(unknown[:SHOWN_ROWS])}.",
                ),
                Text("Herstel de waarde of noem de groep.", "Mend the value or name the arm."),
            )
        )
    if plan.comparison is None and comparison_arm(plan, found) is None:
        faults.append(
            fault(
                Text(
                    f"Het plan zegt niet welke groep de vergelijkingsgroep is ({shown}).",
                    f"The plan does not say which arm is the comparison ({shown}).",
                ),
                Text(
                    'Schrijf in het plan comparison = "…".', 'Write comparison = "…" in the plan.'
                ),
            )
        )
    elif plan.comparison is not None and plan.comparison not in found:
        faults.append(
            fault(
                Text(
                    f"De vergelijkingsgroep ‘{plan.comparison}’ komt niet voor ({shown}).",
                    f"The comparison arm ‘{plan.comparison}’ does not occur ({shown}).",
                ),
                Text("Herstel comparison in het plan.", "Mend comparison in the plan."),
            )
        )
    return faults


def _wave_faults(facts: Facts, plan: Plan) -> list[Fault]:
    if plan.wave is None or plan.wave not in facts.levels:
        return []
    found = facts.levels[plan.wave]
    asked = ([str(plan.baseline)] if plan.baseline is not None else []) + list(plan.waves)
    shown = ", ".join(f"‘{name}’" for name in found[:SHOWN_ROWS])
    return [
        Fault(
            Text(
                f"Het meetmoment ‘{wave}’ komt niet voor. Wel gevonden: {shown}.",
                f"The wave ‘{wave}’ does not occur. Found: {shown}.",
            ),
            Text(
                "Herstel [waves] in het plan of de kolom.",
                "Mend [waves] in the plan or the column.",
            ),
            facts.source,
            plan.wave,
        )
        for wave in asked
        if wave not in found
    ]
