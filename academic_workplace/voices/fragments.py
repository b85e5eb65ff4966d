"""Interviews and open answers as a table: one fragment of text a row, without anybody's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import SHOWN_ROWS, DataError, Fault
from academic_workplace.intake.files.content import LEFT_OUT
from academic_workplace.intake.files.reading import read
from academic_workplace.language import Text
from academic_workplace.voices.traces import WORDS, everyday_of, find, kinds_in

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType({  # what each may be called
    "fragment": ("fragment", "fragmentnummer", "fragment_id", "id"),
    "respondent": ("respondent", "respondentnummer", "deelnemer", "spreker", "participant"),
    "group": ("groep", "group"),
    "question": ("vraag", "question"),
    "text": ("tekst", "text", "antwoord", "answer"),
})  # fmt: skip
SPACES = re.compile(r"\s+")
SHORT = 16  # letters of a fingerprint: enough to see that a text was changed
Source = str | Path | pd.DataFrame


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one respondent said to one question. The text is never shown by itself."""

    key: str
    respondent: str
    group: str
    question: str
    text: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Of the text: another when a letter is changed; spaces do not count."""
        return fingerprint(self.text)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fragments:
    """Fragments in the order of their keys, in which nothing was found that points at a person.

    file: the name of the file they came from.
    """

    items: tuple[Fragment, ...]
    file: str = ""

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Fragment]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"Fragments({len(self)})"

    @property
    def by_key(self) -> Mapping[str, Fragment]:
        """Each by its key."""
        return {one.key: one for one in self.items}

    @property
    def groups(self) -> tuple[str, ...]:
        """All groups, in alphabetical order."""
        return tuple(sorted({one.group for one in self.items}))

    @property
    def respondents(self) -> Mapping[str, str]:
        """The group of every respondent."""
        return dict(sorted({one.respondent: one.group for one in self.items}.items()))

    @property
    def questions(self) -> tuple[str, ...]:
        """All questions, in alphabetical order."""
        return tuple(sorted({one.question for one in self.items}))

    @property
    def digest(self) -> str:
        """A fingerprint of all fragments; the order of rows makes no difference."""
        parts = ("\0".join((f.key, f.respondent, f.group, f.question, f.text)) for f in self.items)
        return sha256("\1".join(parts).encode()).hexdigest()


def fingerprint(text: str) -> str:
    """Of a text, 16 hexadecimal digits.

    >>> fingerprint("Ik voel me thuis.") == fingerprint(" Ik  voel me thuis. ")
    True
    """
    return sha256(SPACES.sub(" ", text).strip().encode()).hexdigest()[:SHORT]


def read_fragments(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    watch: Iterable[str] = (),
    cleared: Iterable[str] = (),
) -> Fragments:
    """Fragments of a file or table: a key, a respondent, a group, a question and a text a row.

    columns: what a column is called in the file (``{"text": "citaat"}``), where that is not
    one of the Dutch and English names in ``COLUMNS``. watch: the study's own words that may not
    stand in a text (schools, quarters of a town). cleared: fingerprints of texts of which a person
    found that what looks like a trace is none.

    A row that is the same as another counts once. Raises DataError naming every fault at once:
    columns and cells that are missing, a key with two texts, a respondent in two groups, and every
    fragment in which something can point at a person: its key and what kind of thing, never the
    words. The name of a group and a question may not point at a person either.
    """
    rows, name = rows_of(source, columns)
    faults = _cells(rows, name)
    whole = rows[(rows != "").all(axis=1)]
    faults += list(_twice(whole, name))
    faults += list(_traced(whole, name, tuple(watch), frozenset(cleared)))
    if faults:
        raise DataError(faults)
    once = rows.drop_duplicates().sort_values("fragment", kind="stable")
    names = list(COLUMNS)
    return Fragments(tuple(Fragment(*row) for row in once[names].itertuples(index=False)), name)


def rows_of(source: Source, columns: Mapping[str, str] | None) -> tuple[pd.DataFrame, str]:
    """The five columns as text, and the name of the file.

    Raises DataError when a column is not there, for then nothing else can be said.
    """
    table, name = table_of(source, [*(columns or {}).values(), *sum(COLUMNS.values(), ())])
    low = {str(column).strip().lower(): column for column in table}
    faults, out = [], {}
    for column, known in COLUMNS.items():
        wanted = ((columns or {}).get(column, ""), *known)
        found = next((low[one.lower()] for one in wanted if one and one.lower() in low), None)
        if found is None:
            rule = Text(f"De kolom ‘{known[0]}’ ontbreekt.", f"The column ‘{column}’ is missing.")
            remedy = Text(
                f"Noem de kolom zo, of geef columns={{'{column}': 'eigen naam'}}.",
                f"Call the column that, or give columns={{'{column}': 'own name'}}.",
            )
            faults.append(Fault(rule, remedy, file=name, column=column))
        else:
            out[column] = as_text(table[found])
    if faults:
        raise DataError(faults)
    return pd.DataFrame(out), name


def table_of(source: Source, keep: Iterable[str]) -> tuple[pd.DataFrame, str]:
    """A table, and the name of the file it came from. keep: columns that may hold free text."""
    if isinstance(source, pd.DataFrame):
        return source.reset_index(drop=True), ""
    wanted = {name.lower() for name in keep}
    first = read(source)
    names = [str(name) for name in (*first.columns, *first.attrs[LEFT_OUT])]
    return read(source, keep=[n for n in names if n.strip().lower() in wanted]), Path(source).name


def as_text(column: pd.Series) -> pd.Series:
    """Cells as text without spaces around them; an empty one is ''. Whole numbers have no comma."""
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return column.astype("string").fillna("").str.strip().astype(object)


def _numbers(rows: pd.DataFrame) -> tuple[int, ...]:
    """The first rows as a spreadsheet numbers them."""
    return tuple(int(one) + 2 for one in rows.index.tolist()[:SHOWN_ROWS])


def has_trace(keys: pd.Series) -> NDArray[np.bool_]:
    """(n,) whether a key looks like something of a person."""
    return np.array([bool(find(key)) for key in keys], dtype=bool)


def _cells(rows: pd.DataFrame, name: str) -> list[Fault]:
    """Columns with an empty cell."""
    out = []
    for column in COLUMNS:
        empty = rows[rows[column] == ""]
        if len(empty):
            rule = Text("Hier staat niets.", "There is nothing here.")
            remedy = Text("Vul dit aan of laat de rij weg.", "Fill this in or leave out the row.")
            out.append(Fault(rule, remedy, name, column, _numbers(empty), len(empty)))
    if rows.empty:
        rule = Text("Er is geen enkel fragment.", "There is not a single fragment.")
        remedy = Text("Geef een tabel met rijen.", "Give a table with rows.")
        out.append(Fault(rule, remedy, name))
    return out


def _twice(rows: pd.DataFrame, name: str) -> Iterator[Fault]:
    """Keys with two texts, and respondents in two groups."""
    once = rows.drop_duplicates()
    again = once[once["fragment"].duplicated(keep=False)]
    if len(again):
        rule = Text(
            "Een fragment staat er meer dan eens, met iets anders erbij.",
            "A fragment is there more than once, with something else.",
        )
        remedy = Text("Geef elk fragment een eigen sleutel.", "Give every fragment its own key.")
        yield Fault(rule, remedy, name, "fragment", _numbers(again), len(again))
    groups = once.groupby("respondent")["group"].transform("nunique")
    both = once[groups > 1]
    if len(both):
        rule = Text("Een respondent zit in twee groepen.", "A respondent is in two groups.")
        remedy = Text("Kies één groep per respondent.", "Choose one group per respondent.")
        yield Fault(rule, remedy, name, "group", _numbers(both), len(both))


def _traced(
    rows: pd.DataFrame, name: str, watch: tuple[str, ...], cleared: frozenset[str]
) -> Iterator[Fault]:
    """A fault for every fragment in which something can point at a person, and for such keys."""
    remedy = Text(
        "Zet een woord tussen haken in de plaats, zoals [naam]. Klopt het niet, zet het fragment"
        " dan op de lijst van wat is nagekeken.",
        "Put a word between brackets in its place, such as [name]. If this is wrong, put the"
        " fragment on the list of what was looked at.",
    )
    for column in ("fragment", "respondent"):
        named = rows[has_trace(rows[column])]
        if len(named):
            rule = Text("Een sleutel lijkt op iets van een persoon.",
                        "A key looks like something of a person.")  # fmt: skip
            do = Text("Gebruik sleutels die niets zeggen.", "Use keys that tell nothing.")
            yield Fault(rule, do, name, column, _numbers(named), len(named))
    plain = rows[~has_trace(rows["fragment"])].drop_duplicates(["fragment", "text"])
    everyday = everyday_of(rows["text"])
    for column in ("group", "question"):  # a report and a quotation name them
        words = rows[column].unique()
        traced = {
            one
            for one in words
            if kinds_in(one, watch=watch, everyday=everyday) and fingerprint(one) not in cleared
        }
        named = rows[rows[column].isin(traced)]
        if len(named):
            rule = Text(
                "De naam van een groep, of een vraag, wijst naar een persoon of een school.",
                "The name of a group, or a question, points at a person or a school.",
            )
            do = Text("Zeg het algemener.", "Say it in a more general way.")
            yield Fault(rule, do, name, column, _numbers(named), len(named))
    for key, text in zip(plain["fragment"], plain["text"], strict=True):
        kinds = kinds_in(text, watch=watch, everyday=everyday)
        if fingerprint(text) in cleared or not kinds:
            continue
        nl, en = (", ".join(WORDS[kind][code] for kind in kinds) for code in ("nl", "en"))
        rule = Text(
            f"In fragment ‘{key}’ lijkt {nl} te staan.", f"Fragment ‘{key}’ seems to hold {en}."
        )
        yield Fault(rule, remedy, name, "text")
