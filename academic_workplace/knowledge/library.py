"""Published research as data: which figures were read, in what, and what nobody checked yet.

A folder of TOML files. ``[[kinds]]`` says on which actions a kind of research bears,
``[[entries]]`` are publications and their ``figures`` what they report. What is marked
``unverified`` is kept for whoever will check it, and ``Library.checked`` leaves it out: only that
part may reach a reader.
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from academic_workplace.agenda.model import Agendas
from academic_workplace.errors import Fault, PlanError, dutch, not_known
from academic_workplace.language import LANGUAGES, Text, default_language
from academic_workplace.toml import read_toml

DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")  # as Crossref gives them out
FIRST_YEAR = 1900


class Measure(StrEnum):
    """What a figure is. A correlation is no effect and never shares an axis with one."""

    D = "d"  # standardised mean difference
    G = "g"  # the same, with a correction for small samples
    R = "r"  # correlation

    @property
    def difference(self) -> bool:
        """Whether it is a difference between groups in standard deviations."""
        return self is not Measure.R


class Read(StrEnum):
    """What of a publication was read by whoever took its figures over."""

    ABSTRACT = "abstract"
    ARTICLE = "article"
    SUMMARY = "summary"  # a summary by others


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that a publication reports, in the favourable direction: above 0 is better.

    low, high: its 95 % interval, None when that was not read.
    """

    outcome: Text
    measure: Measure
    value: float
    low: float | None
    high: float | None
    unverified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A publication.

    about: the kinds of action. design: of the research, in a few words. finding: what it says,
    without numbers. studies, schools, pupils: how many it rests on, None when not read. doi, year:
    empty or None when nobody saw it. source: where its figures were read. added: the day it was
    taken in.
    """

    key: str
    authors: str
    year: int | None
    title: str
    journal: str
    doi: str
    about: tuple[str, ...]
    design: Text
    finding: Text
    studies: int | None
    schools: int | None
    pupils: int | None
    read: Read
    unverified: bool
    source: Text
    added: datetime.date
    figures: tuple[Figure, ...]

    def name(self, language: str) -> str:
        """How it is called in a table: its authors and year."""
        authors = self.authors.replace("et al.", "e.a.") if dutch(language) else self.authors
        return authors if self.year is None else f"{authors}, {self.year}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of action that is studied elsewhere too.

    bears_on: keys of actions, interventions or themes. unknown: what research does not tell.
    """

    key: str
    title: Text
    bears_on: tuple[str, ...]
    unknown: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Publications, and on which actions they bear."""

    kinds: tuple[Kind, ...]
    entries: tuple[Entry, ...]

    @property
    def checked(self) -> Library:
        """Only what somebody read in its source: the part that may reach a reader."""
        entries = (
            replace(one, figures=tuple(f for f in one.figures if not f.unverified))
            for one in self.entries
            if not one.unverified
        )
        return replace(self, entries=tuple(entries))

    def table(self) -> pd.DataFrame:
        """A row per publication, in the language of messages; only figures that somebody read."""
        language = default_language()
        titles = {kind.key: kind.title[language] for kind in self.kinds}
        rows = [
            (one.name(language), "; ".join(titles.get(key, key) for key in one.about),
             one.design[language], one.finding[language], one.doi, not one.unverified,
             "; ".join(f"{f.outcome[language]}: {f.measure.value} = {f.value:g}"
                       for f in one.figures if not (one.unverified or f.unverified)))
            for one in self.entries
        ]  # fmt: skip
        columns = ["name", "about", "design", "finding", "doi", "checked", "figures"]
        return pd.DataFrame(rows, columns=columns)

    def explain(self, language: str = "nl") -> str:
        """How many publications there are, and how many somebody read in their source."""
        from academic_workplace.report.knowledge import library_sentences

        return library_sentences(self, language)

    def _repr_html_(self) -> str:
        return str(self.table().to_html(index=False))

    def kinds_of(self, *keys: str) -> tuple[Kind, ...]:
        """The kinds of research that bear on any of these actions, interventions or themes."""
        return tuple(one for one in self.kinds if set(one.bears_on) & set(keys))

    def about(self, kinds: Iterable[Kind]) -> tuple[Entry, ...]:
        """The publications on any of these kinds, newest first."""
        wanted = {one.key for one in kinds}
        found = (one for one in self.entries if wanted & set(one.about))
        return tuple(sorted(found, key=lambda one: (-(one.year or 0), one.key)))


def read_library(folder: str | Path, agendas: Agendas | None = None) -> Library:
    """All publications in the TOML files of a folder.

    agendas: when given, every action or theme that a kind bears on must be in one of them. Raises
    PlanError with every fault of every file.
    """
    faults: list[Fault] = []
    kinds: list[tuple[str, Kind]] = []
    entries: list[tuple[str, Entry]] = []
    files = sorted(Path(folder).glob("*.toml"))
    if not files:
        faults.append(
            Fault(
                Text("Hier staan geen TOML-bestanden.", "There are no TOML files here."),
                Text("Controleer de naam van de map.", "Check the name of the folder."),
                file=Path(folder).name,
            )
        )
    for file in files:
        for table, raw in _tables(file, faults):
            look = _Look(raw, file.name, f"[[{table}]] {raw.get('key', '?')}", faults)
            if table == "kinds":
                kinds.append((file.name, _kind(look)))
            else:
                entries.append((file.name, _entry(look)))
    faults += _double("[[kinds]]", [(file, one.key) for file, one in kinds])
    faults += _double("[[entries]]", [(file, one.key) for file, one in entries])
    known = [one.key for _, one in kinds]
    for name, entry in entries:
        faults += _unknown(name, f"[[entries]] {entry.key} about", entry.about, known)
    if agendas is not None:
        there = [one.key for one in agendas.actions()] + [one.key for one in agendas.themes()]
        for name, kind in kinds:
            faults += _unknown(name, f"[[kinds]] {kind.key} bears_on", kind.bears_on, there)
    if faults:
        raise PlanError(faults)
    return Library(kinds=tuple(one for _, one in kinds), entries=tuple(one for _, one in entries))


# ---------------------------------------------------------------- tables


_KIND = ("key", "title", "bears_on", "unknown")
_ENTRY = (
    "key", "authors", "year", "title", "journal", "doi", "about", "design", "finding", "studies",
    "schools", "pupils", "read", "unverified", "source", "added", "figures",
)  # fmt: skip
_FIGURE = ("outcome", "measure", "value", "low", "high", "unverified")
_NOWHERE = Text("", "")


def _tables(file: Path, faults: list[Fault]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    content = read_toml(file)
    if isinstance(content, Fault):
        faults.append(content)
        return
    for name, rows in content.items():
        if name not in ("kinds", "entries"):
            unknown = not_known(f"[{name}]", name, ("kinds", "entries"))
            faults.append(replace(unknown, file=file.name))
        elif not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            rule = Text(f"‘{name}’ is geen lijst van tabellen.", f"‘{name}’ is no list of tables.")
            remedy = Text(f"Schrijf [[{name}]].", f"Write [[{name}]].")
            faults.append(Fault(rule, remedy, file=file.name))
        else:
            yield from ((name, row) for row in rows)


def _kind(look: _Look) -> Kind:
    look.only(_KIND)
    return Kind(
        key=look.words("key"), title=look.text("title"), bears_on=look.keys("bears_on"),
        unknown=look.texts("unknown"),
    )  # fmt: skip


def _entry(look: _Look) -> Entry:
    look.only(_ENTRY)
    doi = look.words("doi", empty=True)
    if doi and not DOI.fullmatch(doi):
        look.wrong(
            "doi",
            "Een DOI begint met 10. en een getal, en heeft een schuine streep.",
            "A DOI begins with 10. and a number, and has a slash.",
            "Schrijf alleen de DOI, zonder adres ervoor, of laat hem leeg.",
            "Write the DOI alone, without an address before it, or leave it empty.",
        )
    year, added = look.whole("year"), look.date("added")
    if year is not None and not FIRST_YEAR <= year <= added.year:
        look.wrong(
            "year",
            f"{year} is geen jaar van voor de dag waarop dit is opgenomen.",
            f"{year} is no year before the day this was taken in.",
            "Controleer het jaar.", "Check the year.",
        )  # fmt: skip
    return Entry(
        key=look.words("key"), authors=look.words("authors"), year=year,
        title=look.words("title"), journal=look.words("journal", empty=True), doi=doi,
        about=look.keys("about"), design=look.text("design"), finding=look.text("finding"),
        studies=look.whole("studies"), schools=look.whole("schools"), pupils=look.whole("pupils"),
        read=Read(look.one_of("read", Read)), unverified=look.mark("unverified"),
        source=look.text("source"), added=added,
        figures=tuple(_figure(inner) for inner in look.inside("figures")),
    )  # fmt: skip


def _figure(look: _Look) -> Figure:
    look.only(_FIGURE)
    measure = Measure(look.one_of("measure", Measure))
    value = look.number("value", needed=True) or 0.0
    low, high = look.number("low"), look.number("high")
    if (low is None) != (high is None):
        look.wrong(
            "low, high", "Een interval heeft twee grenzen.", "An interval has two limits.",
            "Noem beide, of geen van beide.", "Name both, or neither.",
        )  # fmt: skip
    elif low is not None and high is not None and not low <= value <= high:
        look.wrong(
            "low, high",
            f"Het interval van {low} tot {high} bevat {value} niet.",
            f"The interval from {low} to {high} does not hold {value}.",
            "Controleer de drie getallen.", "Check the three numbers.",
        )  # fmt: skip
    if measure is Measure.R and any(x is not None and abs(x) > 1 for x in (value, low, high)):
        look.wrong(
            "value", "Een correlatie ligt tussen -1 en 1.", "A correlation lies between -1 and 1.",
            "Controleer het getal en de maat.", "Check the number and the measure.",
        )  # fmt: skip
    return Figure(
        outcome=look.text("outcome"), measure=measure, value=value, low=low, high=high,
        unverified=look.mark("unverified"),
    )  # fmt: skip


def _double(table: str, keys: list[tuple[str, str]]) -> Iterator[Fault]:
    for key, times in Counter(key for _, key in keys).items():
        if key and times > 1:
            rule = Text(f"De sleutel ‘{key}’ staat er {times} keer.",
                        f"The key ‘{key}’ is there {times} times.")  # fmt: skip
            remedy = Text("Geef elk een eigen sleutel.", "Give each a key of its own.")
            files = ", ".join(dict.fromkeys(file for file, other in keys if other == key))
            yield Fault(rule, remedy, file=files, column=table)


def _unknown(file: str, where: str, keys: Iterable[str], known: list[str]) -> Iterator[Fault]:
    return (replace(not_known(where, key, known), file=file) for key in keys if key not in known)


# ---------------------------------------------------------------- one table, looked at


@dataclass(frozen=True, slots=True)
class _Look:
    """A table of a file: gives what it holds, and notes every fault instead of stopping."""

    raw: Mapping[str, Any]
    file: str
    where: str
    faults: list[Fault]

    def wrong(self, name: str, nl: str, en: str, do: str, do_en: str) -> None:
        column = f"{self.where} {name}"
        self.faults.append(Fault(Text(nl, en), Text(do, do_en), file=self.file, column=column))

    def _bad(self, name: str, nl: str, en: str) -> None:
        """A value that is missing or of another kind."""
        there = name in self.raw
        self.wrong(
            name,
            f"‘{name}’ is geen {nl}." if there else f"‘{name}’ ontbreekt.",
            f"‘{name}’ is no {en}." if there else f"‘{name}’ is missing.",
            f"Vul in: een {nl}.", f"Fill in: a {en}.",
        )  # fmt: skip

    def only(self, known: tuple[str, ...]) -> None:
        for name in self.raw:
            if name not in known:
                self.faults.append(replace(not_known(self.where, name, known), file=self.file))

    def words(self, name: str, *, empty: bool = False) -> str:
        value = self.raw.get(name, "" if empty else None)
        if isinstance(value, str) and (empty or value.strip()):
            return value
        self._bad(name, "tekst", "text")
        return ""

    def keys(self, name: str) -> tuple[str, ...]:
        value = self.raw.get(name)
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            return tuple(value)
        self._bad(name, "lijst met sleutels", "list of keys")
        return ()

    def text(self, name: str) -> Text:
        return self._text(name, self.raw.get(name))

    def texts(self, name: str) -> tuple[Text, ...]:
        value = self.raw.get(name, [])
        if isinstance(value, list):
            return tuple(self._text(name, one) for one in value)
        self._bad(name, "lijst met teksten", "list of texts")
        return ()

    def _text(self, name: str, value: object) -> Text:
        if isinstance(value, dict) and set(value) == set(LANGUAGES):
            words = [value[code] for code in LANGUAGES]
            if all(isinstance(one, str) and one.strip() for one in words):
                return Text(*words)
        self._bad(name, "tekst in nl en en", "text in nl and en")
        return _NOWHERE

    def mark(self, name: str) -> bool:
        value = self.raw.get(name)
        if isinstance(value, bool):
            return value
        self._bad(name, "waarde true of false", "value true or false")
        return True

    def number(self, name: str, *, needed: bool = False) -> float | None:
        value = self.raw.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        if needed or name in self.raw:
            self._bad(name, "getal", "number")
        return None

    def whole(self, name: str, *, needed: bool = False) -> int | None:
        value = self.raw.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        if needed or name in self.raw:
            self._bad(name, "geheel getal boven 0", "whole number above 0")
        return None

    def date(self, name: str) -> datetime.date:
        value = self.raw.get(name)
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
        self._bad(name, "datum (2026-11-22)", "date (2026-11-22)")
        return datetime.date.max

    def one_of(self, name: str, kind: type[StrEnum]) -> str:
        known = [one.value for one in kind]
        value = self.raw.get(name)
        if isinstance(value, str) and value in known:
            return value
        if isinstance(value, str):
            column = f"{self.where} {name}"
            self.faults.append(replace(not_known(column, value, known), file=self.file))
        else:
            self._bad(name, f"woord uit: {', '.join(known)}", f"word out of: {', '.join(known)}")
        return known[0]

    def inside(self, name: str) -> Iterator[_Look]:
        rows = self.raw.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._bad(name, f"lijst [[entries.{name}]]", f"list [[entries.{name}]]")
            return
        for number, row in enumerate(rows, 1):
            yield _Look(row, self.file, f"{self.where} {name}[{number}]", self.faults)
