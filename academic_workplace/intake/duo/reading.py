"""Read a file of DUO: which layout it has is found from its headers, not from its name.

Nothing is downloaded. What was guessed stands in ``notes``; what contradicts itself is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.duo.cells import (
    NO_MEAN,
    SHOWN_WORDS,
    Cells,
    Column,
    Log,
    cells_of,
    count_of,
    mean_of,
    unknown_layout,
)
from academic_workplace.intake.duo.layouts import (
    ALSO_KEY,
    BESIDE,
    LEVEL_CODES,
    NO_LEVEL,
    Family,
    Kind,
    Layout,
    doubled,
    layout_of,
    missing_columns,
    plain,
)
from academic_workplace.intake.duo.levels import AdviceLevel, level_of
from academic_workplace.intake.duo.opendata import OpenData
from academic_workplace.intake.duo.ranges import Bounds, Floats, Sum, tighten
from academic_workplace.intake.duo.regime import NO_TEST, is_school_year, regime_of
from academic_workplace.intake.duo.whose import described
from academic_workplace.language import Text

SAFE = re.compile(r"[-+<>=~.,0-9 ]{1,6}")  # what a message may show of a cell


def read(
    path: str | Path,
    *,
    school_year: str = "",
    codes: Mapping[str, AdviceLevel] | None = None,
    licence: str = "",
) -> OpenData:
    """Read one CSV file of DUO, of either family and any generation of headers.

    school_year: the year of the counts, as ``2018-2019``, when the file does not tell it (or tells
    it wrong). codes: what a code of the column ADVIES means when it is not 1 to 11. licence: the
    licence under which the file was published, to be kept with it.

    Hidden counts become 1 to 4; a published total tightens them. Raises DataError that lists every
    fault at once: no table, a layout that is not known, codes of schools or dates that cannot be,
    cells that are no count, rows that contradict each other, counts that contradict their total.
    """
    path = Path(path)
    if school_year and not is_school_year(school_year):
        rule = Text("Dit is geen schooljaar.", "This is no school year.")
        remedy = Text("Schrijf het als 2018-2019.", "Write it as 2018-2019.")
        raise DataError([Fault(rule, remedy, column="school_year")])
    cells = cells_of(path)
    log = Log(cells, _layout(path, cells), school_year, [], list(cells.notes))
    whose = described(log)
    _say_what_is_odd(log, whose)
    wide = log.layout.family is Family.WIDE
    return _wide(log, whose, licence) if wide else _long(log, whose, codes or {}, licence)


def _layout(path: Path, cells: Cells) -> Layout:
    headers = list(cells.columns)
    layout = layout_of(headers)
    if layout is None:
        raise unknown_layout(path, headers)
    faults = [
        cells.fault(
            Text(
                f"Deze kolom en ‘{first}’ betekenen hetzelfde.",
                f"This column and ‘{first}’ mean the same.",
            ),
            Text("Laat er één van staan.", "Leave one of them."),
            second,
        )
        for first, second in doubled(headers)
    ]
    if missing := missing_columns(layout):
        listed = ", ".join(missing)
        rule = Text(f"Deze kolommen ontbreken: {listed}.", f"These columns are absent: {listed}.")
        remedy = Text("Haal het hele bestand opnieuw op.", "Fetch the whole file again.")
        faults.append(cells.fault(rule, remedy))
    if faults:
        raise DataError(faults)
    return layout


def _say_what_is_odd(log: Log, whose: pd.DataFrame) -> None:
    if log.layout.ignored:
        listed = ", ".join(log.layout.ignored)
        log.note(f"niet gelezen: {listed}", f"not read: {listed}")
    for header in log.layout.parts.values():
        if plain(header) in NO_LEVEL:
            label = AdviceLevel.NOT_POSSIBLE.label
            log.note(f"{header} is gelezen als ‘{label.nl}’", f"{header} was read as ‘{label.en}’")
    if log.layout.kind is Kind.ADVICE and (whose["school_year"] == NO_TEST).any():
        log.note(
            f"{NO_TEST}: er was geen eindtoets; het advies is dat van de school alleen",
            f"{NO_TEST}: there was no final test; the advice is the school's own",
        )


def _wide(log: Log, whose: pd.DataFrame, licence: str) -> OpenData:
    """One row per school (and postcode), one column per count."""
    layout, n = log.layout, len(log.cells)
    _refuse_conflicts(log, _keys(whose))
    parts = _in_order(layout.kind, tuple(layout.parts))
    k = len(parts)
    columns = [log.cells.columns[layout.parts[part]] for part in parts]
    sides = [_counts(log, column) for column in columns]
    low, high = np.column_stack([s[0] for s in sides]), np.column_stack([s[1] for s in sides])
    written = Bounds(low, high)
    total = log.column("total") if layout.kind is Kind.ADVICE else None
    totals = Bounds(np.zeros(n), np.full(n, np.inf))
    if total is not None:
        totals = Bounds(*_counts(log, total))
    _say_empty(log, [*columns, *([total] if total is not None else [])])
    mean = _means(log, parts, written) if layout.kind is Kind.SCORES else None
    beside = tuple(
        (meaning, Bounds(*_counts(log, column)))
        for meaning in BESIDE
        if (column := log.column(meaning)) is not None
    )
    counts = written
    if total is not None and not log.faults:
        counts, totals = _tightened(log, total, written, totals)
    if log.faults:
        raise DataError(log.faults)
    return OpenData(
        kind=layout.kind,
        family=layout.family,
        sources=(log.cells.file,),
        schools=_with_regime(layout.kind, whose),
        parts=parts,
        unit=np.repeat(np.arange(n), k),
        part=np.tile(np.arange(k), n),
        written=Bounds(low.ravel(), high.ravel()),
        counts=Bounds(counts.low.ravel(), counts.high.ravel()),
        hidden=np.column_stack([_hidden(column) for column in columns]).ravel(),
        total=totals,
        mean=mean,
        beside=beside,
        notes=tuple(log.notes),
        licence=licence,
    )


def _long(
    log: Log, whose: pd.DataFrame, codes: Mapping[str, AdviceLevel], licence: str
) -> OpenData:
    """One row per school, year and label."""
    parts, part = _labels(log, codes)
    count = log.column("count")
    assert count is not None  # noqa: S101 (a long layout has it)
    keys = _keys(whose)
    _refuse_conflicts(log, keys.assign(part=part), ", ".join(log.layout.ignored))
    written = Bounds(*_counts(log, count))
    _say_empty(log, [count])
    if log.faults:
        raise DataError(log.faults)
    unit = np.asarray(keys.groupby(list(keys), sort=False).ngroup(), dtype=np.intp)
    _, first = np.unique(unit, return_index=True)
    schools = whose.iloc[first].reset_index(drop=True)
    n = len(schools)
    return OpenData(
        kind=log.layout.kind,
        family=log.layout.family,
        sources=(log.cells.file,),
        schools=_with_regime(log.layout.kind, schools),
        parts=parts,
        unit=unit,
        part=part,
        written=written,
        counts=written,
        hidden=_hidden(count),
        total=Bounds(np.zeros(n), np.full(n, np.inf)),
        notes=tuple(log.notes),
        licence=licence,
    )


def _keys(whose: pd.DataFrame) -> pd.DataFrame:
    return whose[["school", "school_year", *(name for name in ALSO_KEY if name in whose)]]


def _in_order(kind: Kind, parts: tuple[str, ...]) -> tuple[str, ...]:
    if kind is not Kind.ADVICE:
        return parts
    return tuple(level.value for level in AdviceLevel if level.value in parts)


def _with_regime(kind: Kind, schools: pd.DataFrame) -> pd.DataFrame:
    if kind is not Kind.ADVICE:
        return schools
    years = schools["school_year"]
    out = schools.copy()
    out.insert(2, "regime", years.map({year: regime_of(year).value for year in years.unique()}))
    return out


def _counts(log: Log, column: Column) -> tuple[Floats, Floats]:
    known = [count_of(word) for word in (*column.words, "")]
    wrong = np.array([bounds is None for bounds in known])[column.codes]
    if wrong.any():
        bad = [word for word, bounds in zip(column.words, known, strict=False) if bounds is None]
        log.fault(
            _with_words(Text("Dit zijn geen aantallen", "These are no counts"), bad),
            Text(
                "Een aantal is een heel getal, ‘<5’ of -1 (1 tot en met 4).",
                "A count is a whole number, ‘<5’ or -1 (1 to 4).",
            ),
            column.header,
            wrong,
        )
    bounds = np.array([each or (0.0, 0.0) for each in known])[column.codes]
    return bounds[:, 0], bounds[:, 1]


def _say_empty(log: Log, columns: Sequence[Column]) -> None:
    empty = {column.header: int((column.codes < 0).sum()) for column in columns}
    told = ", ".join(f"{header} ({n})" for header, n in empty.items() if n)
    if told:
        log.note(
            f"lege cellen tellen als onbekend, nul of meer: {told}",
            f"empty cells count as unknown, zero or more: {told}",
        )


def _with_words(rule: Text, words: Sequence[str]) -> Text:
    """The rule with the short cells without letters; another cell may be a remark on somebody."""
    told = [f"‘{word}’" for word in words if SAFE.fullmatch(word)][:SHOWN_WORDS]
    end = f": {', '.join(told)}." if told else "."
    return Text(rule.nl + end, rule.en + end)


def _hidden(column: Column) -> NDArray[np.bool_]:
    hidden = [count_of(word) == count_of("<5") for word in column.words]
    return np.array([*hidden, False])[column.codes]


def _tightened(log: Log, total: Column, written: Bounds, totals: Bounds) -> tuple[Bounds, Bounds]:
    """The counts and the total of every school after each has been held against the other."""
    k = written.low.shape[1]
    table = Bounds(
        np.column_stack([written.low, totals.low]), np.column_stack([written.high, totals.high])
    )
    found = tighten(table, [Sum(k, tuple(range(k)))])
    if found.contradicted.any():
        log.fault(
            Text(
                "Het totaal kan niet de som van de aantallen in deze rij zijn.",
                "The total cannot be the sum of the counts in this row.",
            ),
            Text(
                "Vergelijk deze rijen met het bestand van DUO; er is iets in veranderd.",
                "Compare these rows with the file of DUO; something in it was changed.",
            ),
            total.header,
            found.contradicted,
        )
    low, high = found.bounds.low, found.bounds.high
    return Bounds(low[:, :k], high[:, :k]), Bounds(low[:, k], high[:, k])


def _means(log: Log, parts: tuple[str, ...], counts: Bounds) -> Floats:
    """The average beside every count; 0 stands for a provider that was not used."""
    out = np.full(counts.low.shape, np.nan)
    for j, part in enumerate(parts):
        header = log.layout.means.get(part)
        if header is None:
            continue
        column = log.cells.columns[header]
        values = column.each(mean_of)
        wrong = np.isnan(values) & ~np.isin(column.text(), list(NO_MEAN))
        if wrong.any():
            rule = Text("Dit is geen gemiddelde.", "This is no average.")
            remedy = Text(
                "Verwacht wordt een getal, zoals 81,4.", "A number is expected, such as 81.4."
            )
            log.fault(rule, remedy, header, wrong)
        of_nobody = (counts.high[:, j] == 0) & (values > 0)
        if of_nobody.any():
            rule = Text(
                "Er is een gemiddelde van nul leerlingen.", "There is an average of zero pupils."
            )
            remedy = Text(
                "Vergelijk deze rijen met het bestand van DUO.",
                "Compare these rows with the file of DUO.",
            )
            log.fault(rule, remedy, header, of_nobody)
        out[:, j] = np.where(values > 0, values, np.nan)
    unsaid = int((np.isnan(out) & (counts.low > 0)).sum())
    if unsaid:
        log.note(
            f"gemiddelden die niet zijn gepubliceerd (te weinig leerlingen): {unsaid}",
            f"averages that were not published (too few pupils): {unsaid}",
        )
    return np.asarray(out.ravel())


def _labels(log: Log, codes: Mapping[str, AdviceLevel]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The labels of a long file, and the place of every row's label among them."""
    if not log.layout.dimension:
        return ("all",), np.zeros(len(log.cells), dtype=np.intp)
    column = log.cells.columns[log.layout.dimension]
    words = [re.sub(r"\.0+$", "", word) for word in (*column.words, "")]
    if log.layout.kind is not Kind.ADVICE:
        used = words if (column.codes < 0).any() else words[:-1]
        parts = tuple(sorted(set(used)))
        place = {word: n for n, word in enumerate(parts)}
        places = [place.get(word, -1) for word in words]
        return parts, np.array(places, dtype=np.intp)[column.codes]
    meaning = {**LEVEL_CODES, **codes}
    levels = [meaning.get(word) or level_of(word) for word in words]
    wrong = np.array([level is None for level in levels])[column.codes]
    if wrong.any():
        bad = [w for w, level in zip(words, levels, strict=True) if level is None]
        log.fault(
            _with_words(
                Text(
                    "Deze codes van een advies zijn hier onbekend",
                    "These codes of an advice are not known here",
                ),
                bad,
            ),
            Text(
                "Zeg wat ze betekenen: read(…, codes={…: AdviceLevel.NOT_POSSIBLE}).",
                "Say what they mean: read(…, codes={…: AdviceLevel.NOT_POSSIBLE}).",
            ),
            column.header,
            wrong,
        )
    log.note(
        f"{column.header}: de codes 1 tot en met 11 zijn gelezen als vso tot en met vwo",
        f"{column.header}: codes 1 to 11 were read as vso to vwo",
    )
    parts = _in_order(Kind.ADVICE, tuple(level.value for level in levels if level is not None))
    if AdviceLevel.NOT_POSSIBLE.value not in parts:
        log.note(
            "‘advies niet mogelijk’ staat niet in dit bestand: aandelen zijn hier van leerlingen"
            " met een advies",
            "‘no advice possible’ is not in this file: shares are here of pupils with an advice",
        )
    places = [parts.index(level.value) if level is not None else -1 for level in levels]
    return parts, np.array(places, dtype=np.intp)[column.codes]


def _refuse_conflicts(log: Log, keys: pd.DataFrame, unread: str = "") -> None:
    """Rows about the same school and count that are not exactly alike."""
    again = keys.duplicated(keep=False).to_numpy() & (keys["school"] != "").to_numpy()
    if not again.any():
        return
    rule = Text(
        "Deze rijen gaan over dezelfde school en hetzelfde jaar, maar zijn niet gelijk.",
        "These rows are about the same school and year, but are not alike.",
    )
    remedy = Text(
        "Zoek in het bestand van DUO welke rij klopt, en laat de andere weg.",
        "Find in the file of DUO which row is right, and leave out the other.",
    )
    if unread:
        remedy = Text(
            f"Maak er één rij van; niet gelezen zijn: {unread}.",
            f"Make one row of them; not read are: {unread}.",
        )
    log.fault(rule, remedy, where=again)
