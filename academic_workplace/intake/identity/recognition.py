"""Find the columns and cells that identify a person, and take them out.

Whole columns are judged by a sample of their cells; what identifies by its form alone (an e-mail
address in one remark) is looked for in every cell.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.codebook import CODEBOOK, Codebook, Column, Form, codebook_of
from academic_workplace.intake.identity import patterns
from academic_workplace.intake.identity.headers import Header, header_of
from academic_workplace.intake.identity.kinds import Identifier, Kind, Reach, Why
from academic_workplace.intake.identity.names import MOST_COMMON, Build, build_of
from academic_workplace.intake.identity.patterns import share, words_in
from academic_workplace.language import Text

SAMPLE = 4000  # cells by which a column is judged
ENOUGH = 6  # different cells without which content alone proves little
BY_FORM = (Kind.EMAIL, Kind.BSN, Kind.IBAN, Kind.PHONE, Kind.ADDRESS)
OF_A_PLACE = (Kind.PHONE, Kind.ADDRESS, Kind.POSTCODE, Kind.LOCATION)  # a school has these too
SMALL = 5  # fewer cells of one postcode than this point at a home, not at a school
# The shape of text, in which a few literal searches rule a column out: capitals A, letters a,
# digits 9, and a space for the rest.
SHAPE = bytes(ord(
    "\n" if byte == "\n" else "9" if byte.isdigit() else "A" if byte.isupper()
    else "a" if byte.islower() else " "
) for byte in bytes(range(128)).decode() + " " * 128)  # fmt: skip
LONG_NUMBER = re.compile(rb"[\n ]9(?: {0,3}9){8,12}[\n ]")
BEFORE_PLACE = (b"9999AA A", b"9999 AA A", b"9999AA  A", b"9999 AA  A")
DAYS_OF_MONTHS = 150  # birth dates of one class already span more
# Words that make a sentence of an answer; articles and prefixes stand in names of schools too.
SENTENCE = words_in(
    """
    ik je jij we wij hij zij ze het is was ben bent zijn heb hebt heeft hebben had niet geen en
    maar want omdat dat dit die wat hoe als dan om met mijn onze ons mij me er ook nog wel kan
    kon wil moet veel vaak soms altijd graag meer goed vind vond door over naar bij
    i you we they it is was are am have has had not no and but because that this what how if
    when my our me there also can could would want much often sometimes always very good
    """
)


@dataclass(frozen=True, eq=False)
class Cells:
    """A column as it is judged.

    sample: filled cells as stripped text, evenly from top to bottom; filled: how many there are.
    number, date: whether it is a column of numbers or of dates. labels: of a category in order,
    such as the answers to a question.
    """

    header: Header
    sample: Sequence[str]
    filled: int
    number: bool = False
    date: bool = False
    ordered: bool = False

    @cached_property
    def words(self) -> list[str]:
        """The distinct cells of the sample."""
        return list(dict.fromkeys(self.sample))

    @cached_property
    def numbers(self) -> list[float]:
        return [float(word) for word in self.words if word.isdecimal() or not word.isdigit()]

    @cached_property
    def build(self) -> Build:
        return build_of(self.words[: SAMPLE // 2])

    @property
    def distinct(self) -> float:
        """Different cells as a share of the cells."""
        return len(self.words) / len(self.sample)


def find(table: pd.DataFrame, codebook: Codebook | None = None) -> tuple[Identifier, ...]:
    """The columns of a table in which something identifies a person.

    Several kinds may be found in the cells of one column of text. ``codebook`` is the one that
    travels with the table unless given; its meanings count as headers.
    """
    codebook = codebook_of(table) if codebook is None else codebook
    schools = [i for i in range(table.shape[1]) if _names_school(table, i)]
    found = []
    for i, label in enumerate(table.columns):
        name = str(label)
        about = codebook[name] if codebook is not None and name in codebook else Column()
        column = table.iloc[:, i]
        if column.dtype.kind in "bc":  # true and false, and numbers that are no reals
            continue
        headers = [header_of(name)]
        meanings = map(header_of, {about.meaning.nl, about.meaning.en} - {"", name})
        headers += [header for header in meanings if header.short]
        for kind, count, why, reach in _in_column(table, i, headers, about, schools):
            found.append((i, Identifier(name, kind, count, why, reach, _shown(name, i, kind))))
    return tuple(each for _, each in sorted(found + _beside(table, found), key=lambda x: x[0]))


def remove(
    table: pd.DataFrame, found: Sequence[Identifier], keep: str | Sequence[str] = ()
) -> tuple[pd.DataFrame, list[Text]]:
    """The table without what identifies, and a note per column with its count.

    found: as ``find`` gives it. keep: columns that stay as they are. What leaves the table leaves
    the codebook too. Raises DataError when a column to keep does not exist.
    """
    keep = (keep,) if isinstance(keep, str) else tuple(keep)
    names = [str(label) for label in table.columns]
    unknown = [name for name in keep if name not in names]
    if unknown:
        rule = Text("Deze kolom moet blijven, maar is er niet.",
                    "This column is to be kept, but is not there.")  # fmt: skip
        remedy = Text("Controleer de naam bij keep.", "Check the name at keep.")
        source = str(table.attrs.get("source", ""))
        raise DataError([Fault(rule, remedy, source, name) for name in unknown])
    found = [each for each in found if each.column not in keep]
    out, codebook = table.copy(deep=False), codebook_of(table)
    columns = dict(codebook.columns) if codebook is not None else {}
    for each in found:
        if each.reach is Reach.CELLS:
            for i in (i for i, name in enumerate(names) if name == each.column):
                out.isetitem(i, _emptied(out.iloc[:, i], each.kind).array)
        if each.column in columns:
            columns[each.column] = _without(columns[each.column], each)
    gone = {each.column for each in found if each.reach is Reach.COLUMN}
    if gone:
        out = out.loc[:, [name not in gone for name in names]]
    if codebook is not None and found:
        left = {name: column for name, column in columns.items() if name not in gone}
        out.attrs[CODEBOOK] = dataclasses.replace(codebook, columns=MappingProxyType(left))
    return out, [each.sentence(done=True) for each in found]


def _beside(
    table: pd.DataFrame, found: Sequence[tuple[int, Identifier]]
) -> list[tuple[int, Identifier]]:
    """Surnames: a column of different words with a capital, right beside one of names."""
    taken = {i for i, each in found if each.reach is Reach.COLUMN}
    named = {i for i, each in found if each.kind is Kind.NAME and each.reach is Reach.COLUMN}
    out = []
    for i in sorted(({i - 1 for i in named} | {i + 1 for i in named}) - taken):
        if not 0 <= i < table.shape[1] or table.iloc[:, i].dtype.kind in "bc":
            continue
        name = str(table.columns[i])
        cells = _cells(table.iloc[:, i], header_of(name), Column())
        if cells.number or cells.date or len(cells.words) < ENOUGH or cells.header.of_school:
            continue
        build = cells.build
        capital = min(build.shaped, build.capital) >= 0.95 and build.schools < 0.05
        if capital and cells.distinct >= 0.8:
            shown = _shown(name, i, Kind.NAME)
            each = Identifier(name, Kind.NAME, cells.filled, Why.CONTENT, Reach.COLUMN, shown)
            out.append((i, each))
    return out


Finding = tuple[Kind, int, Why, Reach]


def _in_column(
    table: pd.DataFrame, i: int, headers: Sequence[Header], about: Column, schools: Sequence[int]
) -> Iterator[Finding]:
    """What identifies in one column: all of it in one way, or some cells in several."""
    column = table.iloc[:, i]
    whole = None
    cells = _cells(column, headers[0], about)
    if not cells.sample:
        return
    for header in headers:
        cells = dataclasses.replace(cells, header=header)
        whole = whole or _whole(cells)
    if whole is not None:
        kind, why = whole
        place = kind in OF_A_PLACE or (kind is Kind.NAME and why is Why.CONTENT)
        of_school = place and any(_same_within(table.iloc[:, s], column) for s in schools if s != i)
        if not of_school and not (kind is Kind.POSTCODE and _of_schools(column, cells)):
            yield kind, cells.filled, why, Reach.COLUMN
            return
        if kind in OF_A_PLACE:
            return
    if cells.number:
        yield from _in_labels(about)
    elif not cells.date:
        yield from _hidden(column, cells)


def _cells(column: pd.Series, header: Header, about: Column) -> Cells:
    """The column as it is judged."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        kinds = column.cat.categories.dtype
        if pd.api.types.is_numeric_dtype(kinds) or pd.api.types.is_datetime64_any_dtype(kinds):
            column = column.astype(kinds if not column.isna().any() else object).infer_objects()
    number = pd.api.types.is_numeric_dtype(column.dtype)
    date = pd.api.types.is_datetime64_any_dtype(column.dtype)
    step = max(1, len(column) // SAMPLE)
    filled = int(column.notna().sum())
    some = column if filled * 20 < len(column) else column.iloc[::step]
    some = some.dropna().iloc[:SAMPLE]
    if isinstance(some.dtype, pd.CategoricalDtype):  # few words that stand there often
        text = {cell: _text(cell) for cell in some.cat.categories.tolist()}
        written = [text[cell] for cell in some.tolist()]
    else:
        written = list(map(_text, some.astype(object).tolist()))
    sample = [text for text in written if text]
    levels = isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.ordered)
    coded = about.type in (Form.CATEGORY, Form.ORDERED) and bool(about.levels)
    return Cells(header, sample, filled, number, date, levels or coded)


def _text(cell: object) -> str:
    """A cell as text; a whole number without its point, a date as 2012-03-14."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell).strip()


def _whole(cells: Cells) -> tuple[Kind, Why] | None:
    """How a whole column identifies, and what gave it away."""
    judges = _NUMBERS if cells.number else _DATES if cells.date else _TEXTS
    for kind, judge in judges:
        why = judge(cells)
        if why is not None:
            return kind, why
    return None


def _why(cells: Cells, kind: Kind, *, content: bool, header: bool) -> Why | None:
    """CONTENT when that is enough by itself, HEADER when the header had to say so too."""
    if content:
        return Why.CONTENT
    return Why.HEADER if header and cells.header.says(kind) else None


# --- columns of numbers


def _bsn_number(cells: Cells) -> Why | None:
    tried = [word for word in cells.words if word.isdigit() and 8 <= len(word) <= 9]
    most = len(tried) * 2 > len(cells.words)
    proved = most and patterns.beyond_chance(sum(map(patterns.eleven_test, tried)), len(tried))
    return _why(cells, Kind.BSN, content=proved, header=most)


def _phone_number(cells: Cells) -> Why | None:
    """A mobile number without its leading zero; a run of codes is not spread over millions."""
    starts = ((9, "6"), (11, "316"))
    mobile = share(any((len(w), w[: len(by)]) == (n, by) for n, by in starts) for w in cells.words)
    spread = len(cells.words) >= ENOUGH and max(cells.numbers) - min(cells.numbers) > 1e7
    long = share(8 <= len(word) <= 13 for word in cells.words) > 0.5
    return _why(cells, Kind.PHONE, content=mobile == 1 and spread, header=long)


def _birth_number(cells: Cells) -> Why | None:
    """20120314 or 14032012 in any column; days since 1900 only where the header says so."""
    days = [patterns.day_of(cell) for cell in cells.sample]
    serial = [patterns.day_of_serial(number) for number in cells.numbers]
    dates = share(day is not None for day in days) > 0.95
    known = [day for day in days if day is not None]
    content = dates and not cells.header.measured and _are_births(known)
    return _why(
        cells, Kind.BIRTH_DATE,
        content=content, header=dates or share(day is not None for day in serial) > 0.8,
    )  # fmt: skip


def _postcode_number(cells: Cells) -> Why | None:
    four = share(patterns.PC4.fullmatch(word) is not None for word in cells.words) > 0.8
    return _why(cells, Kind.POSTCODE, content=False, header=four)


def _location_number(cells: Cells) -> Why | None:
    on_earth = all(abs(number) <= 180 for number in cells.numbers) and not cells.ordered
    broken = share(number % 1 != 0 for number in cells.numbers) > 0.5
    return _why(cells, Kind.LOCATION, content=False, header=on_earth and broken)


def _house_number(cells: Cells) -> Why | None:
    return Why.HEADER if cells.header.house and len(cells.words) > 1 else None


# --- columns of dates


def _birth_date(cells: Cells) -> Why | None:
    day = {word: patterns.day_of(word) for word in cells.words}
    known = [found for word in cells.sample if (found := day[word]) is not None]
    dates = len(known) * 5 >= len(cells.sample) * 4
    timed = any(map(patterns.has_time, cells.words))
    content = dates and not timed and not cells.header.measured and _are_births(known)
    return _why(cells, Kind.BIRTH_DATE, content=content, header=dates or timed)


def _are_births(days: Sequence[dt.date]) -> bool:
    """Whether days lie as birth dates do, and not as days of measurement or teaching.

    They lie more than a year back, over many months, evenly, and in weekends too.
    """
    if len(set(days)) < 3:
        return False
    numbers = np.sort([day.toordinal() for day in days])
    span = float(np.quantile(numbers, 0.95) - np.quantile(numbers, 0.05)) / 0.9
    today = dt.datetime.now(dt.UTC).date().toordinal()
    if span < DAYS_OF_MONTHS or today - median(numbers) < 365:
        return False
    often = np.unique(numbers, return_counts=True)[1]
    times = float(np.median(often))  # a pupil stands once per wave
    expected = span * -np.expm1(-len(numbers) / times / span)
    weekend = any(day.weekday() >= 5 for day in days) or len(often) < 20
    return times <= 6 and len(often) >= 0.6 * expected and weekend


# --- columns of text


def _email(cells: Cells) -> Why | None:
    most = share(patterns.holds(word, Kind.EMAIL) for word in cells.words) >= 0.5
    return _why(cells, Kind.EMAIL, content=most, header=False)


def _iban(cells: Cells) -> Why | None:
    most = share(patterns.holds(word, Kind.IBAN) for word in cells.words) >= 0.5
    return _why(cells, Kind.IBAN, content=most, header=False)


def _bsn_text(cells: Cells) -> Why | None:
    plain = [word.translate(patterns.SEPARATORS) for word in cells.words]
    tried = [word for word in plain if word.isdigit() and 8 <= len(word) <= 9]
    most = len(tried) * 2 > len(plain)
    proved = most and patterns.beyond_chance(sum(map(patterns.eleven_test, tried)), len(tried))
    return _why(cells, Kind.BSN, content=proved, header=most)


def _phone_text(cells: Cells) -> Why | None:
    called = share(patterns.holds(word, Kind.PHONE) for word in cells.words)
    long = share(sum(map(str.isdigit, word)) >= 8 for word in cells.words) > 0.5
    return _why(cells, Kind.PHONE, content=called >= 0.5, header=long)


def _ip(cells: Cells) -> Why | None:
    four = [word for word in cells.words if patterns.IP.fullmatch(word)]
    six = [word for word in cells.words if patterns.IP6.fullmatch(word)]
    most = len(four) + len(six) >= 0.5 * len(cells.words)
    versions = share(patterns.VERSION.fullmatch(word) is not None for word in four) > 0.3
    several = len(cells.words) >= 3
    return _why(cells, Kind.IP_ADDRESS, content=most and several and not versions, header=most)


def _birth_text(cells: Cells) -> Why | None:
    if share(word.isdigit() for word in cells.words) > 0.95:
        numbers = [word for word in cells.sample if word.isdigit()]
        return _birth_number(dataclasses.replace(cells, sample=numbers))
    return _birth_date(cells)


def _postcode_text(cells: Cells) -> Why | None:
    full = share(patterns.PC6.fullmatch(word) is not None for word in cells.words)
    four = share(patterns.PC4.fullmatch(word[:4]) is not None and len(word) <= 7
                 for word in cells.words)  # fmt: skip
    content = full >= 0.8 and len(cells.words) >= 3 and not cells.header.of_school
    return _why(cells, Kind.POSTCODE, content=content, header=four >= 0.8)


def _address(cells: Cells) -> Why | None:
    if cells.header.of_school or cells.ordered:
        return None
    street = share(patterns.STREET.search(word) is not None for word in cells.words)
    postal = share(patterns.POSTAL.search(word) is not None for word in cells.words)
    different = len(cells.words) >= 3 and cells.distinct >= 0.2
    content = max(street, postal) >= 0.4 and different
    short = cells.header.short and not _few(cells)
    written = share(patterns.STREET_ONLY.match(word) is not None for word in cells.words) > 0.5
    header = (short and written) or (cells.header.house and len(cells.words) > 1)
    return _why(cells, Kind.ADDRESS, content=content, header=header)


def _location_text(cells: Cells) -> Why | None:
    points = share("," in word or "." in word for word in cells.words) > 0.5
    digits = share(any(map(str.isdigit, word)) for word in cells.words) > 0.8
    return _why(cells, Kind.LOCATION, content=False, header=points and digits)


def _name(cells: Cells) -> Why | None:
    build, header, n = cells.build, cells.header, len(cells.words)
    if header.says(Kind.NAME):
        few = _few(cells) and (len(header.bare) > 3 or (len(header.bare) > 1 and n < 3))
        if build.shaped >= 0.5 and not few:
            return Why.HEADER
    if build.shaped < 0.7 or build.schools >= 0.2 or header.of_school:
        return None
    if _named_by_content(cells):
        return Why.CONTENT
    known = max(build.first, build.last, build.between) >= 0.05
    different = n >= ENOUGH and cells.distinct >= 0.2
    if header.just_name and (known or (different and build.full >= 0.5)):
        return Why.HEADER
    if header.person and n >= 3:
        several = max(build.full, build.initials) >= 0.6 or build.first >= 0.3
        if several or (different and build.first >= 0.05):
            return Why.HEADER
    return None


def _named_by_content(cells: Cells) -> bool:
    """Whether cells are names of persons, whatever the header says."""
    build, n = cells.build, len(cells.words)
    if n < 3 or build.shaped < 0.85:
        return False
    if build.first >= 0.6:
        return True
    if n < ENOUGH:
        return False
    if build.first >= MOST_COMMON or build.initials >= 0.5:
        return True
    if cells.distinct < 0.2:
        return False
    if build.full >= 0.7 and (build.first >= 0.08 or build.between >= 0.08):
        return True
    if build.full >= 0.8 and build.shaped >= 0.95 and cells.distinct >= 0.5:
        return True
    return build.capital >= 0.9 and (
        build.between >= 0.08 or (build.last >= 0.15 and build.between >= 0.03)
    )


def _free_text(cells: Cells) -> Why | None:
    if cells.ordered:
        return None
    words = _without_choices(cells)
    if not words:
        return None
    parts = [word.casefold().split() for word in words]
    different = len(words) / len(cells.sample)
    told = share(len(p) >= 3 and _is_sentence(p) for p in parts)
    long = share(len(p) >= 12 for p in parts)
    wordy = sum(map(len, parts)) / len(parts)
    several = len(words) >= ENOUGH or wordy >= 8
    content = several and different >= 0.4 and (max(told, long) >= 0.2 or wordy >= 6)
    remark = cells.header.short and different >= 0.3 and (wordy >= 3 or (several and wordy >= 2))
    return _why(cells, Kind.FREE_TEXT, content=content, header=remark)


def _is_sentence(parts: Sequence[str]) -> bool:
    return parts[-1][-1] in ".!?" or any(part.strip(",;:()'\"") in SENTENCE for part in parts)


def _without_choices(cells: Cells) -> list[str]:
    """The distinct cells; none when they are combinations of a few answers, as in ``a;b;``."""
    words = cells.words
    if share(";" in word for word in words) > 0.3:
        choices = {part.strip() for word in words for part in word.split(";")}
        if len(choices) <= max(12, len(words) // 4):
            return []
    return words


def _few(cells: Cells) -> bool:
    """Whether a column holds few answers, many times."""
    return cells.ordered or (len(cells.words) <= 12 and cells.distinct < 0.5)


_NUMBERS = (
    (Kind.BSN, _bsn_number),
    (Kind.PHONE, _phone_number),
    (Kind.BIRTH_DATE, _birth_number),
    (Kind.POSTCODE, _postcode_number),
    (Kind.LOCATION, _location_number),
    (Kind.ADDRESS, _house_number),
)
_DATES = ((Kind.BIRTH_DATE, _birth_date),)
_TEXTS = (
    (Kind.EMAIL, _email),
    (Kind.IBAN, _iban),
    (Kind.IP_ADDRESS, _ip),
    (Kind.BSN, _bsn_text),
    (Kind.PHONE, _phone_text),
    (Kind.BIRTH_DATE, _birth_text),
    (Kind.POSTCODE, _postcode_text),
    (Kind.ADDRESS, _address),
    (Kind.LOCATION, _location_text),
    (Kind.NAME, _name),
    (Kind.FREE_TEXT, _free_text),
)


# --- some cells, and labels


def _hidden(column: pd.Series, cells: Cells) -> Iterator[Finding]:
    """What identifies by its form alone, in cells of a column of text.

    Among codes that are bare numbers, some happen to look like a number of a person; asking that
    of every one of a million takes seconds.
    """
    kinds = _may_hide(column, few=_repeat(cells) * 4 < len(column))
    if share(word.isdigit() for word in cells.words) > 0.5:
        kinds = [kind for kind in kinds if kind not in (Kind.BSN, Kind.PHONE)]
    if not kinds:
        return
    codes, words = _distinct(column)
    often = np.bincount(codes[codes >= 0], minlength=len(words))
    for kind in kinds:
        where = [i for i, word in enumerate(words) if patterns.holds(word, kind)]
        if where and not _by_chance(words, kind, len(where)):
            yield kind, int(often[where].sum()), Why.CONTENT, Reach.CELLS


def _repeat(cells: Cells) -> float:
    """About how many different cells a column has, from how often two of a sample are alike."""
    n = len(cells.sample)
    alike = n - len(cells.words)
    return n * n / (2 * alike) if alike else math.inf


def _may_hide(column: pd.Series, *, few: bool) -> list[Kind]:
    """Which kinds any cell may hold, fast: most columns are ruled out."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        cells = column.cat.categories.to_numpy(object)
    elif few:  # different cells
        cells = column.dropna().unique()
    else:
        cells = column.to_numpy(object)
        cells = cells[column.notna().to_numpy(bool)]
    try:
        text = "\n".join(cells)
    except TypeError:  # a column of objects
        text = "\n".join(map(str, cells))
    shape = b"\n%b\n" % text.encode("ascii", "replace").translate(SHAPE)
    begins = b"\n9" in shape or b" 9" in shape  # quicker than the search, and most have none
    number = begins and LONG_NUMBER.search(shape) is not None
    may = {
        Kind.EMAIL: "@" in text,
        Kind.BSN: number,
        Kind.IBAN: b"\nAA99" in shape or b" AA99" in shape,
        Kind.PHONE: number,
        Kind.ADDRESS: any(each in shape for each in BEFORE_PLACE),
    }
    return [kind for kind, possible in may.items() if possible]


def _by_chance(words: Sequence[str], kind: Kind, passed: int) -> bool:
    """Whether most numbers of that length are no such number, so that these happen to be."""
    number = {Kind.BSN: patterns.NINE, Kind.PHONE: patterns.TEN}.get(kind)
    return number is not None and passed * 2 < sum(number.search(w) is not None for w in words)


def _distinct(column: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    """Codes into the distinct cells as text; -1 is missing."""
    codes, found = pd.factorize(column)
    return codes, [_text(cell) for cell in found]


def _emptied(column: pd.Series, kind: Kind) -> pd.Series:
    """The column without the cells that hold this kind."""
    codes, words = _distinct(column)
    holds = np.array([*(patterns.holds(word, kind) for word in words), False])
    out = column.mask(holds[codes])
    if isinstance(out.dtype, pd.CategoricalDtype):
        gone = [label for label in out.cat.categories if patterns.holds(_text(label), kind)]
        out = out.cat.remove_categories(gone)
    return out


def _in_labels(about: Column) -> Iterator[Finding]:
    """The labels of numbers, when those are names or addresses."""
    labels = list(dict.fromkeys(label["nl"] for label in about.levels.values() if label))
    if not labels:
        return
    cells = Cells(header_of(""), labels, len(labels))
    for kind, judge in ((Kind.EMAIL, _email), (Kind.PHONE, _phone_text), (Kind.NAME, _name)):
        if judge(cells) is not None:
            yield kind, len(labels), Why.CONTENT, Reach.LABELS
            return


def _without(about: Column, found: Identifier) -> Column:
    """What the codebook says of a column, without the labels that identify."""
    if found.reach is Reach.LABELS:
        return dataclasses.replace(about, levels=MappingProxyType({}))
    left: Mapping[str, Text] = {
        code: label
        for code, label in about.levels.items()
        if not any(patterns.holds(text, found.kind) for text in (code, label.nl, label.en))
    }
    return dataclasses.replace(about, levels=MappingProxyType(dict(left)))


# --- what belongs to a school and not to a person


def _names_school(table: pd.DataFrame, i: int) -> bool:
    """Whether a column says which school a row belongs to."""
    if header_of(str(table.columns[i])).is_school:
        return True
    column = table.iloc[:, i]
    if pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind in "bmM":
        return False
    some = {_text(cell) for cell in column.iloc[: SAMPLE // 10].dropna().astype(object)}
    return share(patterns.BRIN.fullmatch(word) is not None for word in some) > 0.8


def _same_within(school: pd.Series, column: pd.Series) -> bool:
    """Whether every school has one value of a column, and some school stands in several rows.

    In a table with a row per school (BRIN codes that never repeat) everything is the school's.
    """
    s, _ = pd.factorize(school)
    v, _ = pd.factorize(column)
    known = (s >= 0) & (v >= 0)
    s, v = s[known], v[known]
    schools = len(np.unique(s))
    pairs = len(np.unique(s.astype(np.int64) * (int(v.max(initial=0)) + 1) + v))
    if schools < len(s):
        return pairs == schools
    brin = (patterns.BRIN.fullmatch(str(code)) is not None for code in school[known])
    return len(s) > 1 and all(itertools.islice(brin, SAMPLE))


def _of_schools(column: pd.Series, cells: Cells) -> bool:
    """Whether postcodes are few and stand in several rows each, as those of schools do."""
    if cells.header.at_home or cells.number:
        return False
    often: Any = column.value_counts()
    full = all(patterns.PC6.fullmatch(word) is not None for word in cells.words)
    few = len(often) <= 12 and often.sum() >= 4 * len(often)
    return full and bool(few or share(count < SMALL for count in often) < 0.2)


def _shown(name: str, i: int, kind: Kind) -> str:
    """How messages name a column: by its place when its name looks like a value itself."""
    value = (
        any(patterns.holds(name, each) for each in BY_FORM)
        or patterns.day_of(name) is not None
        or patterns.PC6.fullmatch(name) is not None
        or patterns.STREET.search(name) is not None
        or sum(map(str.isdigit, name)) >= 8
        or (kind is Kind.NAME and not header_of(name).says(kind) and _is_person(name))
    )
    return f"#{i + 1}" if value else name


def _is_person(name: str) -> bool:
    build = build_of([name])
    return build.shaped == 1 and max(build.first, build.last, build.between, build.initials) == 1
