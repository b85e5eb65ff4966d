"""What a table holds, column by column, and a first codebook: facts that reveal nobody.

A value is told only when the codebook declares it, when it is a well-known code for "missing", or
when at least ten pupils share it. Of free text, pseudonyms and dates nothing is told but how many
there are. The counts here are exact; what leaves the house (``report/codebook.py``) hides those
below ten.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.codebook import (
    Codebook,
    Column,
    Form,
    as_number,
    codebook_of,
    column_to_dict,
    factorized,
    levels_of,
    number_or_text,
    words_to_codes,
)
from academic_workplace.intake.coding import CODES, DATE, suspects
from academic_workplace.intake.pupils import label_of
from academic_workplace.language import Text, same
from academic_workplace.plan import Plan

MOST_LEVELS = 20  # a text column with more different values is text, not a category
OFTEN = 10  # rows per value, on average, of a text column that is a category
LOOKED_AT = 200  # values of a column of which each is looked at


@dataclass(frozen=True, slots=True)
class Counted:
    """A code with its label, the rows that hold it, and the pupils whose rows these are.

    pupils: the rows when nothing says which pupil a row is of.
    """

    code: str
    label: Text
    count: int
    pupils: int


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A code that may mean "missing" although nothing says so, and the rule it goes by."""

    code: str
    count: int
    pupils: int
    rule: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """What a column holds.

    described: what the codebook says, or a first guess where it says nothing (``known`` False).
    filled, empty: rows; with ``_pupils`` as in ``Counted``. distinct: different values.
    low, high: the lowest and highest whole number, when ten pupils share both; else None.
    levels: every declared label, and values without one that ten pupils share.
    others, other_values: rows (and how many different values) with a value without a label.
    outside: rows outside the declared range. missing: declared codes, counted when read.
    """

    name: str
    described: Column
    known: bool
    filled: int
    filled_pupils: int
    empty: int
    empty_pupils: int
    distinct: int
    low: float | None = None
    high: float | None = None
    levels: tuple[Counted, ...] = ()
    others: int = 0
    others_pupils: int = 0
    other_values: int = 0
    outside: int = 0
    outside_pupils: int = 0
    missing: tuple[Counted, ...] = ()
    suspicious: tuple[Suspicion, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """The facts as plain values."""
        return {
            **column_to_dict(self.described),
            "known": self.known,
            "filled": self.filled, "empty": self.empty, "distinct": self.distinct,
            "low": self.low, "high": self.high,
            "counts": {each.code: each.count for each in self.levels},
            "others": self.others, "other_values": self.other_values, "outside": self.outside,
            "missing_counts": {each.code: each.count for each in self.missing},
            "suspicious": [
                {"code": each.code, "count": each.count,
                 "rule": {"nl": each.rule.nl, "en": each.rule.en}}
                for each in self.suspicious
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A table described: its codebook, completed with guesses, and what every column holds.

    pupils: how many different ones, when the plan says which column tells them apart.
    """

    codebook: Codebook
    columns: tuple[ColumnFacts, ...]
    rows: int
    pupils: int | None = None
    source: str = ""
    synthetic: bool = False

    def __getitem__(self, name: str) -> ColumnFacts:
        return {each.name: each for each in self.columns}[name]

    def table(self) -> pd.DataFrame:
        """A row per column, in the order of the table."""
        return pd.DataFrame(
            {
                "column": each.name,
                "meaning_nl": each.described.meaning.nl,
                "meaning_en": each.described.meaning.en,
                "type": str(each.described.type),
                "unit": each.described.unit,
                "range_low": each.described.range[0] if each.described.range else None,
                "range_high": each.described.range[1] if each.described.range else None,
                "low": each.low,
                "high": each.high,
                "filled": each.filled,
                "empty": each.empty,
                "distinct": each.distinct,
                "labels": len(levels_of(each.described)),
                "missing": ", ".join(code.code for code in each.missing),
                "outside": each.outside,
                "suspicious": ", ".join(code.code for code in each.suspicious),
                "known": each.known,
            }
            for each in self.columns
        )

    def levels(self) -> pd.DataFrame:
        """A row per code of every column: its label, what it is, and how often it stands there."""
        rows = [
            (facts.name, each.code, each.label.nl, each.label.en, kind, each.count)
            for facts in self.columns
            for kind, group in (("level", facts.levels), ("missing", facts.missing))
            for each in group
        ]
        rows += [
            (facts.name, each.code, "", "", "suspicious", each.count)
            for facts in self.columns
            for each in facts.suspicious
        ]
        names = ["column", "code", "label_nl", "label_en", "kind", "count"]
        return pd.DataFrame(rows, columns=names)

    def to_dict(self) -> dict[str, object]:
        """The description as plain values."""
        return {
            "source": self.source, "rows": self.rows, "pupils": self.pupils,
            "columns": {each.name: each.to_dict() for each in self.columns},
        }  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.codebook import sentences

        return " ".join(sentences(self, language))

    def write(
        self,
        folder: str | Path,
        *,
        language: str = "nl",
        date: datetime.date | None = None,
    ) -> tuple[Path, ...]:
        """Write the codebook as a page to read: HTML and Word. Returns the paths.

        Raises ReportError when the folder cannot be written.
        """
        from academic_workplace.report.codebook import write_codebook_page

        return write_codebook_page(self, folder, language, date=date)

    def _repr_html_(self) -> str:
        from academic_workplace.report.codebook import notebook_html

        return notebook_html(self)


def codebook(table: pd.DataFrame, plan: Plan | None = None) -> Description:
    """Describe every column of a table: what it means and what it holds, never whose it is.

    plan: says which column tells pupils apart, so that ten rows of one pupil do not count for ten
    pupils, and whether the data are invented. What the codebook of the table does not say is
    guessed, as ``suggest`` does.

    Raises DataError when this is no table.
    """
    _check(table)
    known = codebook_of(table)
    pupil = plan.pupil if plan is not None and plan.pupil in table else None
    people = None if pupil is None else _People.of(table[pupil])
    facts = []
    for i, name in enumerate(map(str, table.columns)):
        cells = _Cells.of(table.iloc[:, i], people)
        told = known[name] if known is not None and name in known else None
        facts.append(_facts(name, told, cells))
    columns = {each.name: each.described for each in facts}
    rest = {} if known is None else dict(known.columns)
    return Description(
        codebook=Codebook(MappingProxyType(columns | {k: v for k, v in rest.items()
                                                      if k not in columns})),
        columns=tuple(facts),
        rows=len(table),
        pupils=None if people is None else people.number,
        source=str(table.attrs.get("source", "")),
        synthetic=plan is not None and plan.study.synthetic,
    )  # fmt: skip


def suggest(table: pd.DataFrame, plan: Plan | None = None) -> Codebook:
    """A first codebook, filled in as far as the table and its own codebook tell.

    Types and labels are guessed; ``note`` says what a person must still look at, such as a code
    that may mean "missing". Raises DataError when this is no table.
    """
    return codebook(table, plan).codebook


def _check(table: object) -> None:
    if not isinstance(table, pd.DataFrame):
        rule = Text("Dit zijn geen gegevens.", "These are no data.")
        remedy = Text(
            "Geef een tabel (DataFrame), bijvoorbeeld die van read.",
            "Give a table (DataFrame), such as that of read.",
        )
        raise DataError([Fault(rule, remedy)])


# ---------------------------------------------------------------- the cells of a column


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """Which pupil every row is of; an empty cell is a pupil apart."""

    codes: NDArray[np.intp]
    number: int

    @staticmethod
    def of(column: pd.Series) -> _People:
        codes, found = pd.factorize(column)
        return _People(np.where(codes < 0, len(found), codes), len(found))


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The different values of a column, with the rows and pupils that hold each.

    codes: (rows,) the place of every cell among the values, -1 when empty. counts, and pupils
    when they were counted for every value: (values + 1,), the empty cells last.
    """

    dtype: Any
    codes: NDArray[np.intp]
    values: NDArray[Any]
    counts: NDArray[np.int64]
    people: _People | None
    pupils: NDArray[np.int64] | None

    @staticmethod
    def of(column: pd.Series, people: _People | None = None) -> _Cells:
        codes, found = factorized(column)
        values = found.to_numpy(float) if _is_number(column.dtype) else np.array(found, object)
        places = np.where(codes < 0, len(values), codes)
        counts = np.bincount(places, minlength=len(values) + 1)
        pupils = counts if people is None else None
        if people is not None and len(values) <= LOOKED_AT:
            pairs = pd.unique(places * (people.number + 1) + people.codes)
            pupils = np.bincount(pairs // (people.number + 1), minlength=len(values) + 1)
        return _Cells(column.dtype, codes, values, counts, people, pupils)

    @property
    def numeric(self) -> bool:
        return _is_number(self.dtype)

    @property
    def empty(self) -> int:
        return int(self.counts[-1])

    def words(self) -> list[str]:
        return [label_of(value) for value in self.values]

    def rows_of(self, places: Sequence[int]) -> int:
        """How many rows hold one of these values."""
        return int(self.counts[list(places)].sum()) if places else 0

    def pupils_filled(self) -> int:
        """How many pupils have a value."""
        if self.people is None:
            return len(self.codes) - self.empty
        return len(pd.unique(self.people.codes[self.codes >= 0]))

    def pupils_of(self, *places: int) -> int:
        """How many pupils hold one of these values; -1 is the empty cell."""
        if not places:
            return 0
        if self.pupils is not None and (len(places) == 1 or self.people is None):
            return int(self.pupils[list(places)].sum())
        rows = np.isin(self.codes, places)
        return 0 if self.people is None else len(pd.unique(self.people.codes[rows]))


def _is_number(dtype: Any) -> bool:
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)


# ---------------------------------------------------------------- facts


def _facts(name: str, told: Column | None, cells: _Cells) -> ColumnFacts:
    described = told if told is not None else _guess(cells)
    words = words_to_codes(described)
    levels, loose = _levels(described, cells, words)
    suspicious, out = _suspicious(described, cells, words)
    low, high = _ends(described, cells, suspicious)
    if told is None or (suspicious and not described.note):
        listed = {each.code for each in levels}
        hidden = [each for each in suspicious if each.code not in listed]
        unsaid = len(loose) - len(hidden) if told is None else 0
        described = replace(described, note=_note(described, suspicious, unsaid))
    return ColumnFacts(
        name=name, described=described, known=told is not None,
        filled=len(cells.codes) - cells.empty, filled_pupils=cells.pupils_filled(),
        empty=cells.empty, empty_pupils=cells.pupils_of(-1), distinct=len(cells.values),
        low=low, high=high, levels=levels, missing=_missing(described), suspicious=suspicious,
        others=cells.rows_of(loose), others_pupils=cells.pupils_of(*loose),
        other_values=len(loose), outside=cells.rows_of(out), outside_pupils=cells.pupils_of(*out),
    )  # fmt: skip


def _missing(described: Column) -> tuple[Counted, ...]:
    return tuple(
        Counted(each.code, each.label, each.count or 0, each.count or 0)
        for each in described.missing
    )


def _levels(
    described: Column, cells: _Cells, words: Mapping[str, str]
) -> tuple[tuple[Counted, ...], list[int]]:
    """Every label with its count; the places of the values that have none."""
    declared = levels_of(described)
    category = described.type in (Form.CATEGORY, Form.ORDERED)
    if not declared and (not category or len(cells.values) > MOST_LEVELS):
        return (), []
    if cells.numeric and len(cells.values) > MOST_LEVELS:  # most numbers have no label
        spoken = {as_number(code): code for code in declared}
        codes = [spoken.get(value, "") for value in cells.values]
    else:
        codes = [words.get(number_or_text(w), words.get(w, "")) for w in cells.words()]
    place: dict[str, list[int]] = {code: [] for code in declared}
    loose = []
    for i, code in enumerate(codes):
        place[code].append(i) if code in place else loose.append(i)
    out = [_counted(code, label, place[code], cells) for code, label in declared.items()]
    if not category:
        return tuple(out), []
    if len(loose) <= MOST_LEVELS:
        shared = [i for i in loose if cells.pupils_of(i) >= fewest()]
        names = sorted(((label_of(cells.values[i]), i) for i in shared), key=_natural)
        out += [_counted(name, same(name), [i], cells) for name, i in names]
        loose = [i for i in loose if i not in set(shared)]
    return tuple(out), loose


def _counted(code: str, label: Text, places: Sequence[int], cells: _Cells) -> Counted:
    return Counted(code, label, cells.rows_of(places), cells.pupils_of(*places))


def _natural(pair: tuple[str, int]) -> tuple[int, float, str]:
    """Numbers in order of size, then words."""
    number = as_number(pair[0])
    return (1, 0.0, pair[0]) if math.isnan(number) else (0, number, pair[0])


def _suspicious(
    described: Column, cells: _Cells, words: Mapping[str, str]
) -> tuple[tuple[Suspicion, ...], list[int]]:
    """Codes that may mean "missing", and the places of the values outside the declared range."""
    if not len(cells.values):
        return (), []
    category = described.type in (Form.CATEGORY, Form.ORDERED)
    outside: list[int] = []
    if cells.numeric:
        x = np.asarray(cells.values, dtype=float)
        code = np.isin(x, CODES)
        labelled = np.isin(x, [as_number(each) for each in levels_of(described)])
        if described.range is not None:
            low, high = described.range
            out = ((x < low) | (x > high)) & ~labelled
            outside = [int(i) for i in np.flatnonzero(out)]
            flags, rule = code & out, _outside_range(low, high)
        elif category and described.levels:
            flags, rule = code & ~labelled, WITHOUT_LABEL
        else:
            order = [int(i) for i in np.argsort(x) if math.isfinite(x[i])]
            codes = suspects(x[order], cells.counts[order])
            flags, rule = np.isin(x, list(codes)) & ~labelled, FAR_AWAY
    elif len(cells.values) <= LOOKED_AT and (category or described.levels):
        spoken = cells.words()
        known = np.array([number_or_text(w) in words or w in words for w in spoken])
        number = np.array([as_number(w) for w in spoken])
        loose = np.isin(number, CODES) & ~known
        among_words = bool((np.isnan(number) | loose | known).all())
        flags = loose & (bool(described.levels) | (among_words and not loose.all()))
        rule = WITHOUT_LABEL if described.levels else AMONG_WORDS
    else:
        return (), []
    return tuple(
        Suspicion(label_of(cells.values[i]), int(cells.counts[i]), cells.pupils_of(int(i)), rule)
        for i in np.flatnonzero(flags)
    ), outside


WITHOUT_LABEL = Text("dit getal heeft geen label", "this number has no label")
AMONG_WORDS = Text("dit is een getal tussen woorden", "this is a number among words")
FAR_AWAY = Text(
    "dit getal ligt ver van alle andere waarden", "this number is far from all other values"
)


def _outside_range(low: float, high: float) -> Text:
    a, b = (f"{end:g}" for end in (low, high))
    return Text(
        f"dit getal ligt buiten het bereik ({a.replace('.', ',')} tot {b.replace('.', ',')})",
        f"this number is outside the range ({a} to {b})",
    )


def _ends(
    described: Column, cells: _Cells, suspicious: Sequence[Suspicion]
) -> tuple[float | None, float | None]:
    """The lowest and highest answer on a scale of whole numbers, when ten pupils share both.

    Of other numbers, such as the weight of a school, the ends point at one school.
    """
    if not cells.numeric or described.type is not Form.NUMBER:
        return None, None
    x = np.asarray(cells.values, dtype=float)
    left = x[~np.isin(x, [as_number(each.code) for each in suspicious])]
    scale = 0 < len(left) <= MOST_LEVELS and bool((left == np.round(left)).all())
    if not scale or not np.isfinite(left).all():
        return None, None
    low, high = (int(np.flatnonzero(x == end)[0]) for end in (left.min(), left.max()))
    if min(cells.pupils_of(low), cells.pupils_of(high)) < fewest():
        return None, None
    return float(x[low]), float(x[high])


# ---------------------------------------------------------------- guesses


def _guess(cells: _Cells) -> Column:
    """What a column looks like, from its type and how often its values repeat."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        form = Form.ORDERED if cells.dtype.ordered else Form.CATEGORY
        found = {value: i for i, value in enumerate(cells.values)}
        order = [found[value] for value in cells.dtype.categories if value in found]
        return Column(type=form, levels=_shared_levels(cells, order))
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return Column(type=Form.DATE)
    if cells.numeric:
        if pd.api.types.is_bool_dtype(cells.dtype):
            return Column(type=Form.CATEGORY, levels=MappingProxyType(dict(TRUTH)))
        two = len(cells.values) > 0 and set(cells.values) <= {0.0, 1.0}
        if two:
            levels = {code: same(code) for code in ("0", "1")}
            return Column(type=Form.CATEGORY, levels=MappingProxyType(levels))
        return Column(type=Form.NUMBER)
    if len(cells.values) and all(DATE.match(str(value)) for value in cells.values):
        return Column(type=Form.DATE)
    filled = len(cells.codes) - cells.empty
    if 0 < len(cells.values) <= min(MOST_LEVELS, filled // OFTEN):
        words = cells.words()
        order = [i for _, i in sorted(((w, i) for i, w in enumerate(words)), key=_natural)]
        return Column(type=Form.CATEGORY, levels=_shared_levels(cells, order))
    return Column(type=Form.TEXT)


TRUTH = (("0", Text("nee", "no")), ("1", Text("ja", "yes")))


def _shared_levels(cells: _Cells, order: Sequence[int]) -> Mapping[str, Text]:
    """The values, each its own label; a code such as 99 among words not.

    None when fewer than ten pupils share one of them: a list with a gap would make it a fault.
    """
    spoken = {i: label_of(cells.values[i]) for i in order}
    numbers = {i for i, word in spoken.items() if not math.isnan(as_number(word))}
    odd = {i for i in numbers if as_number(spoken[i]) in CODES} if len(numbers) < len(order) else ()
    listed = {i: word for i, word in spoken.items() if i not in odd}
    if any(cells.pupils_of(i) < fewest() for i in listed):
        return MappingProxyType({})
    return MappingProxyType({word: same(word) for word in listed.values()})


def _note(described: Column, suspicious: Sequence[Suspicion], unsaid: int) -> Text:
    """What a person must still look at."""
    nl, en = [], []
    for each in suspicious:
        nl.append(
            f"Betekent {each.code} hier ‘ontbreekt’? ({each.rule.nl}) Zet dan in het codeboek:"
            f' missing = [{{code = "{each.code}"}}].'
        )
        en.append(
            f"Does {each.code} mean ‘missing’ here? ({each.rule.en}) Then put in the codebook:"
            f' missing = [{{code = "{each.code}"}}].'
        )
    if list(described.levels) == ["0", "1"] and described.levels["0"] == same("0"):
        nl.append("Wat betekenen 0 en 1? Vul de labels in.")
        en.append("What do 0 and 1 mean? Fill in the labels.")
    if unsaid > 0:
        nl.append(
            f"De antwoorden staan hier niet: {unsaid} ervan {'komt' if unsaid == 1 else 'komen'}"
            f" bij minder dan {fewest()} leerlingen voor. Vul ze zelf in (levels)."
        )
        en.append(
            f"The answers are not listed here: fewer than {fewest()} pupils have {unsaid} of them."
            " Fill them in yourself (levels)."
        )
    return Text(" ".join(nl), " ".join(en))
