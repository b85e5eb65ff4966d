"""Scores of a questionnaire: an answer that cannot be is refused, a missing one is counted."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, PlanError
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    Form,
    codebook_of,
    declared_missing,
    row_numbers,
)
from academic_workplace.intake.scales.clusters import ClusterReliabilities, cluster_reliabilities
from academic_workplace.intake.scales.consistency import (
    Extremes,
    Reliabilities,
    items_against,
    of_groups,
)
from academic_workplace.intake.scales.declaration import (
    Instrument,
    Rounding,
    ScoreMethod,
    Subscale,
    instrument,
)
from academic_workplace.intake.scales.matrix import turned
from academic_workplace.language import Text

Floats = NDArray[np.float64]
NO_NUMBERS = (
    Text("Hier staan woorden in plaats van getallen.", "This holds words instead of numbers."),
    Text(
        "Zet in het codeboek welke code bij welk antwoord hoort (levels).",
        "Say in the codebook which code belongs to which answer (levels).",
    ),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows have every item of a subscale answered, enough of them, too few, or none.

    complete + prorated have a score; too_few + empty have none.
    """

    complete: int
    prorated: int
    too_few: int
    empty: int

    @property
    def scored(self) -> int:
        return self.complete + self.prorated


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scored:
    """The scores of one instrument, and what became of every row.

    scores: a column per subscale, on the index of the table; empty where too few items were
    answered. answers: a column per item, with reversed items turned. columns: item -> column of
    the table. tallies: subscale -> counts.
    """

    instrument: Instrument
    scores: pd.DataFrame
    answers: pd.DataFrame
    columns: Mapping[str, str]
    tallies: Mapping[str, Tally]

    def __getitem__(self, subscale: str) -> pd.Series:
        """The scores of one subscale, by its key."""
        return self.scores[self._column(subscale)]

    def table(self) -> pd.DataFrame:
        """A row per subscale: counts, mean, spread, floor and ceiling."""
        rows = []
        for each in self.instrument.subscales:
            tally, values = self.tallies[each.key], self[each.key]
            ends = self.extremes(each.key)
            rows.append({
                "subscale": each.key,
                "column": self._column(each.key),
                "items": len(each.items),
                "complete": tally.complete,
                "prorated": tally.prorated,
                "too_few": tally.too_few,
                "empty": tally.empty,
                "mean": values.mean() if tally.scored else None,
                "sd": values.std() if tally.scored > 1 else None,
                "low": each.range[0],
                "high": each.range[1],
                "floor": ends.floor,
                "ceiling": ends.ceiling,
                "validated": self.instrument.validated,
                "verified": self.instrument.is_verified(each),
            })  # fmt: skip
        return pd.DataFrame(rows)

    def item_table(self) -> pd.DataFrame:
        """A row per item: its column, whether it was turned, how many answered it."""
        out = self.instrument.item_table()
        out.insert(1, "column", [self.columns[item] for item in out["item"]])
        out["answered"] = self.answers.notna().sum().to_numpy()
        out["missing"] = len(self.answers) - out["answered"]
        return out

    def extremes(self, subscale: str) -> Extremes:
        """Which share of the scored rows has the lowest, and the highest, score there is."""
        return Extremes.of(self[subscale], self._subscale(subscale).range)

    def reliability(
        self, *, by: pd.Series | pd.DataFrame | Sequence[object] | None = None, level: float = 0.95
    ) -> Reliabilities:
        """Of every subscale of two items or more; with ``by`` (group, wave) also within each group.

        by: a value per row of the table, or a table of several such columns. Reversed items are
        turned. Raises DataError when ``by`` has other rows.
        """
        parts = [
            (each.name, list(each.items), self.instrument.range)
            for each in self.instrument.subscales
            if len(each.items) > 1
        ]
        return of_groups(
            self.answers, parts, by=by, level=level, index=self.answers.index,
            validated=self.instrument.validated,
        )  # fmt: skip

    def against(self) -> tuple[str, ...]:
        """Items that go against the rest of their subscale: turned twice, or not at all?

        Only of subscales of three items or more that ten rows or more have answered in full.
        """
        found = [
            item
            for each in self.instrument.subscales
            if not each.sum_of
            for item in items_against(self.answers[list(each.items)])
        ]
        return tuple(dict.fromkeys(found))

    def cluster_reliability(
        self, clusters: pd.Series | Sequence[object], *, level: float = 0.95
    ) -> ClusterReliabilities:
        """Of the mean of a class or school on every subscale: ICC1 and ICC2."""
        names = {self._column(each.key): each.name for each in self.instrument.subscales}
        return cluster_reliabilities(self.scores, clusters, names=names, level=level)

    def explain(self, language: str = "nl") -> str:
        """How many rows got a score, by what rule, and what to know of the instrument."""
        from academic_workplace.report.questionnaires import scored_sentences

        return " ".join(scored_sentences(self, language))

    def _repr_html_(self) -> str:
        from academic_workplace.report.questionnaires import scored_html

        return scored_html(self)

    def _subscale(self, key: str) -> Subscale:
        return next(each for each in self.instrument.subscales if each.key == key)

    def _column(self, key: str) -> str:
        keys = [each.key for each in self.instrument.subscales]
        if key not in keys:
            rule = Text(f"‘{key}’ is hier onbekend.", f"‘{key}’ is not known here.")
            known = ", ".join(keys)
            remedy = Text(f"Kies uit: {known}.", f"Choose from: {known}.")
            raise PlanError([Fault(rule, remedy, column="subscale")])
        return str(self.scores.columns[keys.index(key)])


def score(
    table: pd.DataFrame,
    instrument: Instrument | str,
    *,
    items: Mapping[str, str] | None = None,
    prefix: str = "",
    codebook: Codebook | None = None,
) -> Scored:
    """Score a questionnaire: every subscale of it, for every row.

    table: a row per pupil (and wave). instrument: as declared, or the key of a shipped one.
    items: item -> column, for those whose column has another name; ``prefix`` stands before the
    item in all other names, and before the name of every score, so that waves stay apart.
    codebook: the one that travels with the table unless given; it turns labels into codes, and
    what it declares missing is missing.

    Answers are as given: reversed items are turned here. With fewer items answered than the
    instrument asks, the score is missing; otherwise a sum is prorated (the mean of the answered
    items times the number of items) and rounded as the instrument says.

    Raises DataError naming every column that is missing, holds something else than answers, or
    holds values outside the range (with rows and counts); PlanError for items that there are not.

    >>> table = pd.DataFrame({f"who5_{i}": [5, 3] for i in range(1, 6)})
    >>> score(table, "who-5").scores["who_5"].tolist()
    [100.0, 60.0]
    """
    chosen = _instrument(instrument)
    columns = _columns(table, chosen, items or {}, prefix)
    book = codebook if codebook is not None else codebook_of(table)
    rows = row_numbers(table)
    given = table.set_axis(table.columns.astype(str), axis=1)
    faults: list[Fault] = []
    answers = np.full((len(table), len(chosen.items)), np.nan)
    for j, item in enumerate(chosen.items):
        name = columns[item]
        described = book[name] if book is not None and name in book else None
        faults += _take(given[name], described, chosen, rows, answers[:, j])
    if faults:
        raise DataError(faults)
    place = {item: j for j, item in enumerate(chosen.items)}
    answers = turned(answers, [place[item] for item in chosen.reversed], chosen.range)
    found: dict[str, Floats] = {}
    tallies: dict[str, Tally] = {}
    for each in chosen.subscales:
        own = answers[:, [place[item] for item in each.items]]
        known = (~np.isnan(own)).sum(axis=1)
        found[each.key] = _total(each, found) if each.sum_of else _scores(each, own, known)
        has = ~np.isnan(found[each.key])
        whole = known == len(each.items)
        empty = int((known == 0).sum())
        complete = int(whole.sum())
        scored = int(has.sum())
        tallies[each.key] = Tally(complete, scored - complete, len(table) - scored - empty, empty)
    names = {each.key: prefix + chosen.column(each) for each in chosen.subscales}
    scores = pd.DataFrame({names[key]: found[key] for key in found}, index=table.index)
    scores.attrs[CODEBOOK] = Codebook(
        MappingProxyType({names[s.key]: _described(chosen, s) for s in chosen.subscales})
    )
    return Scored(
        chosen,
        scores,
        pd.DataFrame(answers, index=table.index, columns=list(chosen.items)),
        columns,
        tallies,
    )


def _scores(s: Subscale, answers: Floats, known: NDArray[np.int64]) -> Floats:
    """The score of every row from its (turned) answers; NaN when too few are known."""
    with np.errstate(invalid="ignore"):
        mean = np.nansum(answers, axis=1) / known
    # a sum of all the items is itself, and not five times a fifth of it
    prorated = np.where(known == len(s.items), np.nansum(answers, axis=1), mean * len(s.items))
    raw = np.where(known >= s.minimum, mean if s.method is ScoreMethod.MEAN else prorated, np.nan)
    if s.rounding is Rounding.HALF_UP:
        # 7.5 may come out of a division as 7.499999999999999
        raw = np.floor(0.5 + raw + 1e-9)
    if not s.t_values:
        return s.times * raw + s.plus
    sums, t = (np.array(each) for each in zip(*s.t_values, strict=True))
    out = np.full(len(raw), np.nan)
    has = ~np.isnan(raw)
    out[has] = t[np.searchsorted(sums, raw[has])]
    return out


def _total(s: Subscale, found: Mapping[str, Floats]) -> Floats:
    """The sum of the parts, missing when one of them is."""
    return np.asarray(np.sum([found[part] for part in s.sum_of], axis=0))


def _described(chosen: Instrument, s: Subscale) -> Column:
    name = Text(f"{chosen.name.nl}: {s.name.nl}", f"{chosen.name.en}: {s.name.en}")
    return Column(meaning=name, type=Form.NUMBER, range=s.range, source=chosen.source)


# ---------------------------------------------------------------- what is asked of the table


def _instrument(given: Instrument | str) -> Instrument:
    return given if isinstance(given, Instrument) else instrument(given)


def _columns(
    table: pd.DataFrame, chosen: Instrument, items: Mapping[str, str], prefix: str
) -> dict[str, str]:
    """Item -> column. Raises PlanError for names that are no item, DataError without a column."""
    if not isinstance(table, pd.DataFrame):
        rule = Text("Dit zijn geen gegevens.", "These are no data.")
        remedy = Text("Geef een tabel (DataFrame).", "Give a table (DataFrame).")
        raise DataError([Fault(rule, remedy)])
    if not isinstance(items, Mapping):
        rule = Text("Dit is geen lijst van item en kolom.", "This is no list of item and column.")
        remedy = Text('Schrijf items={"item": "kolom"}.', 'Write items={"item": "column"}.')
        raise PlanError([Fault(rule, remedy, column="items")])
    wrong = []
    for name in items:
        if name not in chosen.items:
            rule = Text(
                f"‘{name}’ is geen item van {chosen.key}.", f"‘{name}’ is no item of {chosen.key}."
            )
            known = ", ".join(chosen.items)
            remedy = Text(f"Kies uit: {known}.", f"Choose from: {known}.")
            wrong.append(Fault(rule, remedy, column="items"))
    columns = {item: str(items.get(item, prefix + item)) for item in chosen.items}
    used = list(columns.values())
    for name in dict.fromkeys(used):
        if used.count(name) > 1:
            both_items = ", ".join(item for item, column in columns.items() if column == name)
            rule = Text(
                f"Deze kolom staat bij meer dan één item: {both_items}.",
                f"This column is named for more than one item: {both_items}.",
            )
            remedy = Text("Geef elk item een eigen kolom.", "Give every item a column of its own.")
            wrong.append(Fault(rule, remedy, column=name))
    if wrong:
        raise PlanError(wrong)
    present = [str(name) for name in table.columns]
    absent = {item: name for item, name in columns.items() if name not in present}
    if len(absent) == len(columns) and not items:
        raise DataError([_none_there(chosen, prefix, present)])
    free = [name for name in present if name not in used]
    faults = [_absent(name, item, free) for item, name in absent.items()]
    faults += [_double(name) for name in used if present.count(name) > 1]
    if faults:
        raise DataError(faults)
    return columns


def _absent(name: str, item: str, present: list[str]) -> Fault:
    folded = {each.casefold(): each for each in reversed(present)}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.8)
    rule = Text("Deze kolom ontbreekt.", "This column is missing.")
    say = f'items={{"{item}": "{folded[near[0]] if near else "…"}"}}'
    remedy = Text(f"Zeg welke kolom het is: {say}.", f"Say which column it is: {say}.")
    if near:
        remedy = Text(f"Bedoelt u {say}?", f"Do you mean {say}?")
    return Fault(rule, remedy, column=name)


def _none_there(chosen: Instrument, prefix: str, present: list[str]) -> Fault:
    """Not one item has its column: the names begin otherwise, or are others altogether."""
    first = prefix + chosen.items[0]
    rule = Text(
        f"Geen enkel item van {chosen.key} staat in deze tabel, ook ‘{first}’ niet.",
        f"Not one item of {chosen.key} is in this table, nor is ‘{first}’.",
    )
    ends = [{p.removesuffix(item) for p in present if p.endswith(item)} for item in chosen.items]
    if begins := sorted(set.intersection(*ends), key=len):
        remedy = Text(f'Bedoelt u prefix="{begins[0]}"?', f'Do you mean prefix="{begins[0]}"?')
        return Fault(rule, remedy)
    say = ", ".join(f'"{item}": "…"' for item in chosen.items[:2])
    remedy = Text(
        f"Zeg welke kolom welk item is: items={{{say}, …}}, of met prefix= hoe de namen beginnen.",
        f"Say which column is which item: items={{{say}, …}}, or with prefix= how names begin.",
    )
    return Fault(rule, remedy)


def _double(name: str) -> Fault:
    rule = Text("Deze naam staat boven meer kolommen.", "Several columns have this name.")
    remedy = Text("Geef elke kolom een eigen naam.", "Give every column a name of its own.")
    return Fault(rule, remedy, column=name)


def _take(
    column: pd.Series,
    described: Column | None,
    chosen: Instrument,
    rows: NDArray[np.int64],
    out: Floats,
) -> list[Fault]:
    """Put the answers of one column in ``out``; what cannot be an answer is a fault."""
    name = str(column.name)
    try:
        if described is not None:
            column = column.mask(declared_missing(column, described))
        pd.factorize(column)
    except TypeError:  # lists and the like
        return [_fault(*NO_NUMBERS, name, column.notna().to_numpy(bool), rows)]
    if column.dtype.kind in "iuf":
        values = column.to_numpy(np.float64, na_value=np.nan)
        unknown = np.zeros(len(values), dtype=bool)
    else:
        values, unknown = _codes(column, described)
    if unknown.any():
        rule, remedy = NO_NUMBERS
        if described is None:
            remedy = Text(
                f"{remedy.nl} Is het codeboek kwijt, zoals na een merge? Geef het mee: codebook=….",
                f"{remedy.en} Was the codebook lost, as in a merge? Give it: codebook=….",
            )
        elif described.levels:
            rule = Text(
                "Hier staan antwoorden die niet in het codeboek staan.",
                "This holds answers that the codebook does not name.",
            )
        return [_fault(rule, remedy, name, unknown, rows)]
    low, high = chosen.range
    with np.errstate(invalid="ignore"):
        outside = (values < low) | (values > high)
        between = ~outside & (values != np.floor(values)) & ~np.isnan(values)
    faults = []
    if outside.any():
        rule = Text(
            f"Hier staan waarden buiten {low:g} tot {high:g}.",
            f"This holds values outside {low:g} to {high:g}.",
        )
        remedy = Text(
            "Is het een code voor ‘ontbreekt’, zoals 9 of 99? Zet die in het codeboek. Is de schaal"
            " anders gecodeerd? Kies de vragenlijst met dat bereik.",
            "Is it a code for ‘missing’, such as 9 or 99? Put it in the codebook. Are the answers"
            " coded otherwise? Choose the questionnaire with that range.",
        )
        faults.append(_fault(rule, remedy, name, outside, rows))
    if chosen.whole and between.any():
        rule = Text("Hier staan waarden die geen heel getal zijn.", "This holds broken numbers.")
        remedy = Text(
            "Geef de antwoorden zelf, geen gemiddelden of ingevulde waarden.",
            "Give the answers themselves, no means or imputed values.",
        )
        faults.append(_fault(rule, remedy, name, between, rows))
    out[:] = values
    return faults


def _codes(column: pd.Series, described: Column | None) -> tuple[Floats, NDArray[np.bool_]]:
    """Answers in words as the codes of the codebook, and which rows hold no such answer."""
    places, found = pd.factorize(column)
    blank = np.array([*(isinstance(value, str) and not value.strip() for value in found), False])
    places = np.where(blank[places], -1, places)
    code: dict[object, float] = {}
    for key, label in (described.levels if described is not None else {}).items():
        number = _as_number(key)
        for word in {label.nl, label.en}:
            # a label of two codes, or of a code that is no number, says nothing
            code[word] = math.nan if number is None or code.get(word, number) != number else number
    meant = [code.get(value, _as_number(value)) for value in found]
    numbers = np.array([*(np.nan if x is None else x for x in meant), np.nan])
    values: Floats = numbers[places]
    return values, (places >= 0) & np.isnan(values)


def _as_number(value: object) -> float | None:
    """A code written as a number (``3``, ``3.0``, ``3,0``); None for all else."""
    if isinstance(value, bool | np.bool_):
        return None
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _fault(
    rule: Text, remedy: Text, name: str, wrong: NDArray[np.bool_], rows: NDArray[np.int64]
) -> Fault:
    where = rows[wrong]
    first = tuple(int(row) for row in where[:SHOWN_ROWS])
    return Fault(rule, remedy, column=name, rows=first, count=len(where))
