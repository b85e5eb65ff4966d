"""Values of indicators as workgroups hand them in: read, checked, and kept with source and date.

A file has a row per indicator and period, with Dutch or English headings (``template``). Periods
are school years (``2023-2024``), years (``2024``) or parts of a year (``2024-1``).
"""

from __future__ import annotations

import datetime
import math
import re
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from academic_workplace.agenda import Agendas, Indicator, Measured
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, not_known
from academic_workplace.intake.duo.ranges import HIDDEN
from academic_workplace.intake.files.content import LEFT_OUT
from academic_workplace.intake.files.reading import FIRST_ROW, read
from academic_workplace.intake.files.sheets import DAMAGED
from academic_workplace.intake.identity import Kind
from academic_workplace.intake.identity.names import FIRST_NAMES
from academic_workplace.intake.identity.patterns import holds
from academic_workplace.items import Items
from academic_workplace.language import Text

HEADINGS = {  # of a file, in the order of the template
    "key": Text("sleutel", "key"),
    "action": Text("actie", "action"),
    "title": Text("titel", "title"),
    "definition": Text("omschrijving", "definition"),
    "period": Text("periode", "period"),
    "numerator": Text("teller", "numerator"),
    "denominator": Text("noemer", "denominator"),
    "source": Text("bron", "source"),
    "date": Text("datum", "date"),
    "note": Text("opmerking", "note"),
}
INVENTED = Text("verzonnen", "invented")  # a column of demonstrations: yes
NEEDED = ("key", "period", "numerator", "source", "date")
FILLED = ("numerator", "denominator", "source", "date", "note")
ENDINGS = (".xlsx", ".csv")
TITLED = re.compile(r"\b(?i:juf|juffrouw|meester|meneer|mevrouw|dhr|mevr|mw)\b\.?\s+[A-ZÀ-Ý]")
CLASS = re.compile(r"\b(?:klas|groep)\s?[1-8]\s?[a-h]\b", re.IGNORECASE)
LETTERS = re.compile(r"[^\W\d_]+")
POINTS = (Kind.EMAIL, Kind.PHONE, Kind.BSN, Kind.IBAN)
YES = frozenset({"ja", "yes", "1", "true", "waar"})
COUNT = re.compile(r"(\d{1,15})(?:[.,]0{1,2})?")
SCHOOL_YEAR = re.compile(r"(\d{4})\s*[-/]\s*(\d{4}|\d{2})")
PART = re.compile(r"(\d{4})-([1-9])")
YEAR = re.compile(r"(\d{4})(?:\.0)?")
DAYS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d-%m-%Y", "%d/%m/%Y")


# ---------------------------------------------------------------- periods


def period_of(word: str) -> str | None:
    """A period as it is kept, or None when it is none.

    >>> period_of("2023/24"), period_of("2024-1"), period_of("2023-2025")
    ('2023-2024', '2024-1', None)
    """
    word = word.strip()
    if found := SCHOOL_YEAR.fullmatch(word):
        first, last = int(found[1]), found[2]
        same = int(last) == (first + 1) % (100 if len(last) == 2 else 10**4)
        return f"{first}-{first + 1}" if same else None
    if PART.fullmatch(word):
        return word
    return found[1] if (found := YEAR.fullmatch(word)) else None


def place_of(period: str) -> tuple[int, int]:
    """Where a period stands in time: parts of a year by their number, a school year after them."""
    year, _, rest = period.partition("-")
    return int(year), 0 if not rest else int(rest) if len(rest) == 1 else 10


# ---------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Count:
    """How many, from low to high: alike where it is known, 1 and 4 where a source says ``<5``."""

    low: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether it is known."""
        return self.low == self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What was counted of an indicator in a period. denominator: None of a count.

    file, row: where it stands. invented: whether it is a demonstration.
    """

    indicator: str
    period: str
    numerator: Count
    denominator: Count | None
    source: str
    date: datetime.date
    note: str = ""
    invented: bool = False
    file: str = ""
    row: int = 0

    @property
    def numbers(self) -> tuple[Count, Count | None]:
        """What was counted, and of how many."""
        return self.numerator, self.denominator


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Values(Items[Value]):
    """All values, by indicator and period. synthetic: whether any of them is invented."""

    @property
    def synthetic(self) -> bool:
        """Whether any value is invented."""
        return any(value.invented for value in self.items)

    @property
    def periods(self) -> tuple[str, ...]:
        """Every period once, earliest first."""
        return tuple(sorted({value.period for value in self.items}, key=place_of))

    def of(self, indicator: str) -> tuple[Value, ...]:
        """Those of one indicator, earliest first."""
        found = (value for value in self.items if value.indicator == indicator)
        return tuple(sorted(found, key=lambda value: place_of(value.period)))

    def table(self) -> pd.DataFrame:
        """A row per value, as handed in: it holds small counts and stays inside the house."""
        names = ("indicator", "period", "source", "date", "note", "invented", "file", "row")
        return pd.DataFrame(
            [
                {name: getattr(v, name) for name in names[:2]}
                | {
                    "numerator_low": v.numerator.low,
                    "numerator_high": v.numerator.high,
                    "denominator_low": None if v.denominator is None else v.denominator.low,
                    "denominator_high": None if v.denominator is None else v.denominator.high,
                }
                | {name: getattr(v, name) for name in names[2:]}
                for v in self.items
            ]
        )

    def _repr_html_(self) -> str:
        """What was handed in and when, without the counts: a notebook may leave the house."""
        told = self.table().reindex(columns=["indicator", "period", "source", "date", "invented"])
        return str(told.to_html(index=False))

    def __repr__(self) -> str:
        return f"Values({len(self)} values, {len(self.periods)} periods)"


def read_values(
    paths: str | Path | Sequence[str | Path],
    agendas: Agendas,
    *,
    today: datetime.date | None = None,
    minus_one: bool = False,
) -> Values:
    """Read what workgroups handed in: files (.xlsx, .csv), or folders of them.

    A row of which nothing was filled in is left out. ``<5`` is 1 to 4; so is -1 when ``minus_one``
    says that the files are of a source that writes it so. The same value twice is one value.

    Raises DataError listing every fault of every file: values on more sheets than one or below
    other lines, columns that are not there, an unknown
    indicator or form of period, a number that is no count, a numerator above its denominator, a
    denominator of none, no source or date, a source that points at a person, a date to come, and a
    period that was handed in twice with different values. Then nothing is taken in.
    """
    log = _Log(today or datetime.date.today(), minus_one)
    known = {one.key: one for one in agendas.indicators}
    found: list[Value] = []
    for path in _files(paths, log):
        found += _of_file(path, known, log)
    found = _once(found, log)
    log.stop()
    order = {key: i for i, key in enumerate(known)}
    return Values(tuple(sorted(found, key=lambda v: (order[v.indicator], place_of(v.period)))))


# ---------------------------------------------------------------- faults


@dataclass(frozen=True, slots=True)
class _Log:
    """What is wrong, in all files: the rows of one fault together."""

    today: datetime.date
    minus_one: bool
    rows: dict[tuple[str, str, Text, Text], list[int]] = field(default_factory=dict)
    whole: list[Fault] = field(default_factory=list)

    def add(self, file: str, column: str, row: int, rule: Text, remedy: Text) -> None:
        self.rows.setdefault((file, column, rule, remedy), []).append(row)

    def stop(self) -> None:
        """Raise DataError when anything is wrong."""
        each = [
            Fault(rule, remedy, file, column, tuple(rows[:SHOWN_ROWS]), len(rows))
            for (file, column, rule, remedy), rows in self.rows.items()
        ]
        if self.whole or each:
            raise DataError([*self.whole, *each])


def _files(paths: str | Path | Sequence[str | Path], log: _Log) -> Iterator[Path]:
    """The files themselves, a folder in the order of their names."""
    for each in [paths] if isinstance(paths, (str, Path)) else paths:
        path = Path(each)
        if not path.is_dir():
            yield path
            continue
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in ENDINGS)
        inside = [p for p in inside if not p.name.startswith(("~$", "."))]
        if not inside:
            rule = Text(
                "In deze map staan geen bestanden met waarden.",
                "This folder holds no files with values.",
            )
            remedy = Text(
                "Zet er ingevulde sjablonen in (.xlsx of .csv).",
                "Put filled templates in it (.xlsx or .csv).",
            )
            log.whole.append(Fault(rule, remedy, file=path.name))
        yield from inside


# ---------------------------------------------------------------- one file


def _of_file(path: Path, known: dict[str, Indicator], log: _Log) -> Iterator[Value]:
    misplaced = _misplaced(path, known)
    if misplaced is not None:
        log.whole.append(misplaced)
        return
    try:
        other = _read(path, ".")
        # These columns describe an indicator; what points at a person is looked for cell by cell.
        keep = [name for name in (*other.columns, *other.attrs[LEFT_OUT]) if _heading(name)]
        table = _read(path, ",", keep)
    except DataError as error:
        log.whole.extend(error.faults)
        return
    columns = _columns(table, path, log)
    if columns is None:
        return
    cells = {name: [_word(cell) for cell in table[column]] for name, column in columns.items()}
    for name in ("numerator", "denominator"):  # 1.000 is one or a thousand: nobody may guess which
        if columns.get(name) in other:
            also = map(_word, other[columns[name]])
            pairs = zip(cells[name], also, strict=True)
            cells[name] = [a if a == b else f"{a} / {b}" for a, b in pairs]
    for i, place in enumerate(table.index):
        row = int(place) + FIRST_ROW
        words = {name: column[i] for name, column in cells.items()}
        if not any(words.get(name) for name in FILLED):
            continue  # a row of the template that nobody filled in
        value = _Row(path.name, row, columns, words, log).value(known)
        if value is not None:
            yield value


def _misplaced(path: Path, known: Collection[str]) -> Fault | None:
    """The fault of a file whose rows stand on more sheets than one, not on its first, or below
    other lines: then only a part of it would be read, or nothing. None when it looks as it should.
    """
    sheets = _sheets(path)
    held = {name: rows for name, rows in sheets.items() if _holds(rows, known)}
    if len(held) > 1:
        names = ", ".join(f"‘{name}’" for name in held)
        rule = Text(
            f"Meer dan één werkblad heeft waarden of de koppen van het sjabloon: {names}.",
            f"More than one sheet has values or the headings of the template: {names}.",
        )
        remedy = Text(
            "Zet alle rijen op één werkblad, en haal het andere weg.",
            "Put all rows on one sheet, and remove the other.",
        )
        return Fault(rule, remedy, file=path.name)
    for name, rows in held.items():
        if name != next(iter(sheets)):
            rule = Text(
                f"De waarden staan niet op het eerste werkblad, maar op ‘{name}’.",
                f"The values are not on the first sheet, but on ‘{name}’.",
            )
            remedy = Text("Zet dat werkblad vooraan.", "Put that sheet first.")
            return Fault(rule, remedy, file=path.name)
        above = next((i for i, row in enumerate(rows) if _is_head(row)), 0)
        if above:
            rule = Text(
                "Boven de rij met de koppen staan nog andere regels.",
                "Other lines stand above the row with the headings.",
            )
            remedy = Text(
                "Haal die regels weg: de koppen horen op de eerste rij.",
                "Remove those lines: the headings belong on the first row.",
            )
            return Fault(rule, remedy, file=path.name)
    return None


def _sheets(path: Path) -> dict[str, list[list[str]]]:
    """The cells of every sheet of a file, as text; nothing when it cannot be read."""
    try:
        if path.suffix.lower() == ".csv":
            text = path.read_bytes().decode("utf-8-sig", errors="replace")
            return {"": [re.split(r"[;,\t]", line.replace('"', "")) for line in text.splitlines()]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and menus, which are not read
            from openpyxl import load_workbook

            with path.open("rb") as file:
                book = load_workbook(file, read_only=True, data_only=True)
                return {
                    str(one.title): [[*map(_word, row)] for row in one.iter_rows(values_only=True)]
                    for one in book.worksheets
                }
    except DAMAGED:  # reading it says what is wrong
        return {}


def _holds(rows: Sequence[Sequence[str]], known: Collection[str]) -> bool:
    """Whether a sheet has the headings of the template, or a row of an indicator."""
    return any(_is_head(row) or any(cell in known for cell in row) for row in rows)


def _is_head(row: Sequence[str]) -> bool:
    return {*NEEDED} <= {_heading(cell) for cell in row}


def _read(path: Path, decimal: str, keep: Sequence[str] = ()) -> pd.DataFrame:
    """As a template stands in a file: its header first, and nothing below its rows."""
    return read(path, header=1, footer=0, survey="none", decimal=decimal, keep=keep)


def _columns(table: pd.DataFrame, path: Path, log: _Log) -> dict[str, str] | None:
    """What each column holds; None when one that is needed is not there."""
    out = {found: str(name) for name in table.columns if (found := _heading(name)) is not None}
    missing = [HEADINGS[name] for name in NEEDED if name not in out]
    for heading in missing:
        rule = Text(f"De kolom ‘{heading.nl}’ ontbreekt.", f"The column ‘{heading.en}’ is missing.")
        remedy = Text(
            "Gebruik het sjabloon: workplace monitor template.",
            "Use the template: workplace monitor template.",
        )
        log.whole.append(Fault(rule, remedy, file=path.name, column=heading.nl))
    return None if missing else out


def _heading(column: object) -> str | None:
    """Which column of the template this is, in either language."""
    own = str(column).strip().casefold()
    each = (*HEADINGS.items(), ("invented", INVENTED))
    return next((name for name, heading in each if own in (heading.nl, heading.en)), None)


def _word(cell: object) -> str:
    """A cell as text; empty when there is nothing in it."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a file, cell by cell."""

    file: str
    row: int
    columns: dict[str, str]
    words: dict[str, str]
    log: _Log

    def fault(self, name: str, rule: Text, remedy: Text) -> None:
        column = self.columns.get(name, HEADINGS[name].nl)
        self.log.add(self.file, column, self.row, rule, remedy)

    def value(self, known: dict[str, Indicator]) -> Value | None:
        """The value of this row, or None after telling all that is wrong with it."""
        indicator, period = self._indicator(known), self._period()
        x = self._count("numerator")
        n = self._denominator(indicator)
        if x is not None and n is not None and x.low > n.high:
            self.fault(
                "numerator",
                Text(
                    "De teller is groter dan de noemer.", "The numerator is above the denominator."
                ),
                Text(
                    "De teller telt een deel van de noemer: kijk beide na.",
                    "The numerator counts a part of the denominator: check both.",
                ),
            )
            x = None
        source, date = self._source(), self._date()
        self._refuse_persons()
        if indicator is None or period is None or x is None or not source or date is None:
            return None
        if n is None and indicator.measured is Measured.SHARE:
            return None
        if n is not None:  # one bounds the other
            x, n = Count(x.low, min(x.high, n.high)), Count(max(n.low, x.low), n.high)
        return Value(
            indicator=indicator.key,
            period=period,
            numerator=x,
            denominator=n if indicator.measured is Measured.SHARE else None,
            source=source,
            date=date,
            note=self.words.get("note", ""),
            invented=self.words.get("invented", "").casefold() in YES,
            file=self.file,
            row=self.row,
        )

    def _indicator(self, known: dict[str, Indicator]) -> Indicator | None:
        key = self.words["key"]
        if key in known:
            return known[key]
        if key:
            fault = not_known("", key, tuple(known))
            near = (
                fault.remedy
                if "?" in fault.remedy.nl
                else Text(
                    "Neem de sleutel over uit het sjabloon, of zet de indicator in de agenda.",
                    "Take the key from the template, or put the indicator in the agenda.",
                )
            )
            rule = Text(
                f"De indicator ‘{key}’ staat niet in de agenda.",
                f"The indicator ‘{key}’ is not in the agenda.",
            )
            self.fault("key", rule, near)
        else:
            self.fault(
                "key",
                Text(
                    "De sleutel van de indicator ontbreekt.", "The key of the indicator is missing."
                ),
                Text("Neem hem over uit het sjabloon.", "Take it from the template."),
            )
        return None

    def _period(self) -> str | None:
        word = self.words["period"]
        found = period_of(word)
        if found is None:
            rule = (
                Text(f"‘{word}’ is geen periode.", f"‘{word}’ is no period.")
                if word
                else Text("De periode ontbreekt.", "The period is missing.")
            )
            remedy = Text(
                "Schrijf een schooljaar als 2023-2024, of 2024-1 voor een deel van 2024.",
                "Write a school year as 2023-2024, or 2024-1 for a part of 2024.",
            )
            self.fault("period", rule, remedy)
        return found

    def _count(self, name: str) -> Count | None:
        word = self.words.get(name, "")
        if re.fullmatch(r"<\s*5", word) or (word == "-1" and self.log.minus_one):
            return Count(*HIDDEN)
        found = COUNT.fullmatch(word)
        if found:
            n = int(found[1])
            return Count(n, n)
        if not word:
            rule = Text("Hier ontbreekt een getal.", "A number is missing here.")
        elif word == "-1":
            rule = Text(
                "-1 is geen aantal. In open data van DUO is het 1 tot 4.",
                "-1 is no count. In open data of DUO it is 1 to 4.",
            )
        else:
            rule = Text("Dit is geen aantal.", "This is no count.")
        remedy = Text(
            "Schrijf een heel getal zonder punt of komma, of <5 voor 1 tot 4.",
            "Write a whole number without a point or comma, or <5 for 1 to 4.",
        )
        self.fault(name, rule, remedy)
        return None

    def _denominator(self, indicator: Indicator | None) -> Count | None:
        word = self.words.get("denominator", "")
        if indicator is None:
            return self._count("denominator") if word else None
        if indicator.measured is Measured.COUNT:
            if word:
                self.fault(
                    "denominator",
                    Text(
                        "Deze indicator is een aantal, en heeft geen noemer.",
                        "This indicator is a count, and has no denominator.",
                    ),
                    Text("Laat de noemer leeg.", "Leave the denominator empty."),
                )
            return None
        found = self._count("denominator")
        if found is not None and found.high == 0:
            self.fault(
                "denominator",
                Text(
                    "De noemer is 0: van niemand is geen aandeel te geven.",
                    "The denominator is 0: there is no share of nobody.",
                ),
                Text(
                    "Kijk de noemer na, of laat de hele rij leeg.",
                    "Check the denominator, or leave the whole row empty.",
                ),
            )
            return None
        return found

    def _source(self) -> str:
        word = self.words["source"]
        if not word:
            self.fault(
                "source",
                Text("De bron ontbreekt.", "The source is missing."),
                Text(
                    "Schrijf waar de getallen vandaan komen.", "Write where the numbers come from."
                ),
            )
        return word

    def _refuse_persons(self) -> None:
        """A source or a note goes into a report, and may not point at anybody: by its form, by a
        common first name, a title before a name, or a class."""
        for name in ("source", "note"):
            word = self.words.get(name, "")
            if any(holds(word, kind) for kind in POINTS) or _points(word):
                self.fault(
                    name,
                    Text(
                        "Hier staat iets dat een persoon aanwijst: een naam, een klas, een"
                        " e-mailadres of een nummer.",
                        "Something here points at a person: a name, a class, an e-mail address or"
                        " a number.",
                    ),
                    Text(
                        "Noem de instelling of het systeem, en geen persoon.",
                        "Name the institution or the system, and no person.",
                    ),
                )

    def _date(self) -> datetime.date | None:
        word = self.words["date"]
        found = _day(word)
        remedy = Text(
            "Schrijf de dag van de telling als 31-12-2025.",
            "Write the day of the count as 31-12-2025.",
        )
        if found is None:
            rule = (
                Text("Dit is geen datum.", "This is no date.")
                if word
                else Text("De datum ontbreekt.", "The date is missing.")
            )
            self.fault("date", rule, remedy)
        elif found > self.log.today:
            self.fault(
                "date",
                Text("Deze datum is nog niet geweest.", "This date is still to come."),
                remedy,
            )
            return None
        return found


def _points(text: str) -> bool:
    """Whether a common first name stands in it with a capital, a name after a title, or a class."""
    if TITLED.search(text) or CLASS.search(text):
        return True
    return any(one[0].isupper() and one.lower() in FIRST_NAMES for one in LETTERS.findall(text))


def _day(word: str) -> datetime.date | None:
    for form in DAYS:
        try:
            return datetime.datetime.strptime(word, form).date()
        except ValueError:
            continue
    return None


# ---------------------------------------------------------------- values together


def _once(found: Sequence[Value], log: _Log) -> list[Value]:
    """Every value once; a period that was handed in with two values is a fault."""
    out: dict[tuple[str, str], Value] = {}
    for value in found:
        first = out.setdefault((value.indicator, value.period), value)
        if first.numbers != value.numbers:
            rule = Text(
                f"‘{value.indicator}’ had voor {value.period} al een andere waarde"
                f" ({first.file}, rij {first.row}).",
                f"‘{value.indicator}’ had another value for {value.period} before"
                f" ({first.file}, row {first.row}).",
            )
            remedy = Text(
                "Zoek uit welke waarde klopt, en haal de andere weg.",
                "Find out which value is right, and remove the other.",
            )
            log.add(value.file, HEADINGS["numerator"].nl, value.row, rule, remedy)
        elif value.invented and not first.invented:
            out[value.indicator, value.period] = replace(first, invented=True)
    _refuse_mixed(list(out.values()), log)
    return list(out.values())


def _refuse_mixed(found: Sequence[Value], log: _Log) -> None:
    """Years, school years and parts of a year of one indicator cannot stand in one row."""
    forms: dict[str, str] = {}
    for value in found:
        form = {4: "2024", 6: "2024-1", 9: "2023-2024"}[len(value.period)]
        first = forms.setdefault(value.indicator, form)
        if form != first:
            rule = Text(
                f"De perioden van ‘{value.indicator}’ hebben niet één vorm: {first}, {form}.",
                f"The periods of ‘{value.indicator}’ are not of one form: {first}, {form}.",
            )
            remedy = Text(
                "Gebruik voor een indicator altijd dezelfde vorm.",
                "Use the same form for an indicator every time.",
            )
            log.add(value.file, HEADINGS["period"].nl, value.row, rule, remedy)
