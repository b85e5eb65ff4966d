"""Join the waves of one study: who is in all, who left, who is new, and who may be a typing error.

Nothing is joined on a resemblance: keys that are almost the same are counted, with their rows.
"""

from __future__ import annotations

import html
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, dutch
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    Form,
    codebook_of,
    merge,
    row_numbers,
)
from academic_workplace.intake.coding import SAME_ANSWERS
from academic_workplace.intake.identity.near import APART, near_pairs
from academic_workplace.intake.pupils import label_of
from academic_workplace.language import LANGUAGES, Text

LEVELS = 12  # more different values than this are no answers to choose from

RECODE = Text(
    "Zeg welke waarde welke is (recode, of [recode] in een plan), en voeg dan pas samen.",
    "Say which value is which (recode, or [recode] in a plan), and only then join.",
)


class Layout(StrEnum):
    """LONG: a row per pupil and wave. WIDE: a row per pupil, a column per measure and wave."""

    LONG = "long"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Near:
    """Pupils of whom the key in a wave is almost one that is missing there.

    written: they differ in capitals, spaces, signs or leading zeros. mistyped: in one letter or
    digit, or two that changed places; None when the keys of a wave lie so near each other (or are
    so many) that this says nothing. rows: of both, (row before, row here), the first ten.
    """

    before: str
    here: str
    written: int
    mistyped: int | None
    rows: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        return self.written + (self.mistyped or 0)


@dataclass(frozen=True, slots=True)
class Followed:
    """One wave in counts of pupils, compared with the wave before.

    matched: there in the wave before too. back: not then, but earlier. new: in no earlier wave.
    left: in the wave before and not here. repeated: rows with a key that stands twice or more in
    this wave (each key counts as one pupil). empty: rows without a key, which cannot be joined.
    """

    wave: str
    rows: int
    pupils: int
    matched: int
    back: int
    new: int
    left: int
    repeated: int
    empty: int
    empty_rows: tuple[int, ...]
    repeated_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Waves:
    """Waves of one study, joined.

    data: the joined table with its codebook. in_all: pupils who are in every wave. cautions: where
    the codebooks differ although the values in the tables do not.
    """

    data: pd.DataFrame
    followed: tuple[Followed, ...]
    near: tuple[Near, ...]
    in_all: int
    cautions: tuple[Fault, ...] = ()

    def table(self) -> pd.DataFrame:
        """The flow of pupils: a row per wave, counts as in ``Followed``."""
        names = ["wave", "rows", "pupils", "matched", "back", "new", "left", "repeated", "empty"]
        rows = [[getattr(each, name) for name in names] for each in self.followed]
        flow = pd.DataFrame(rows, columns=names)
        near = {each.here: each for each in self.near}
        flow["near"] = [near[wave].count if wave in near else 0 for wave in flow["wave"]]
        return flow

    def explain(self, language: str = "nl") -> str:
        """How many pupils could be followed, in sentences."""
        return "\n".join(text[language if dutch(language) else "en"] for text in self._sentences())

    def _sentences(self) -> Iterator[Text]:
        yield Text(
            f"{len(self.followed)} metingen samengevoegd; {_pupils(self.in_all).nl} in alle"
            " metingen.",
            f"{len(self.followed)} waves joined; {_pupils(self.in_all).en} in all of them.",
        )
        for i, each in enumerate(self.followed):
            pupils = _pupils(each.pupils)
            nl = f"{each.wave}: {pupils.nl}"
            en = f"{each.wave}: {pupils.en}"
            if i:
                nl += f", waarvan {each.matched} ook in {self.followed[i - 1].wave}"
                en += f", of whom {each.matched} also in {self.followed[i - 1].wave}"
                nl += f", {each.back} terug van eerder" if each.back else ""
                en += f", {each.back} back from before" if each.back else ""
                nl += f" en {each.new} nieuw; {each.left} uitgevallen"
                en += f" and {each.new} new; {each.left} left"
            yield Text(f"{nl}.", f"{en}.")
            if each.empty:
                where = _rows_text(each.empty_rows, each.empty)
                yield Text(
                    f"{each.wave}: {each.empty} rijen zonder sleutel doen niet mee{where.nl}.",
                    f"{each.wave}: {each.empty} rows without a key are left out{where.en}.",
                )
            if each.repeated:
                where = _rows_text(each.repeated_rows, each.repeated)
                yield Text(
                    f"{each.wave}: {each.repeated} rijen met een sleutel die vaker voorkomt"
                    f"{where.nl}; zij tellen als één leerling. Nummert elke school zelf? Neem de"
                    " school dan mee in de sleutel (on).",
                    f"{each.wave}: {each.repeated} rows with a key that occurs more often"
                    f"{where.en}; they count as one pupil. Does every school have its own numbers?"
                    " Then take the school into the key (on).",
                )
        for near in self.near:
            yield from _near_sentences(near)
        for caution in self.cautions:
            nl, en = (f"[{caution.column}] {caution.rule[code]}" for code in LANGUAGES)
            yield Text(nl, en)

    def __repr__(self) -> str:
        names = ", ".join(each.wave for each in self.followed)
        return f"Waves({names}: {self.in_all} pupils in all)"

    def _repr_html_(self) -> str:
        flow = self.table().to_html(index=False, border=0)
        words = (
            f"<p lang='{code}'>" + html.escape(self.explain(code)).replace("\n", "<br>") + "</p>"
            for code in LANGUAGES
        )
        return flow + "".join(words)

    def __reduce__(self) -> NoReturn:
        raise TypeError("Waves are never pickled: they hold what was measured of a person.")


def join_waves(
    waves: Mapping[str, pd.DataFrame],
    on: str | Sequence[str],
    *,
    layout: Layout | str = Layout.LONG,
    wave: str = "meting",
    constant: Sequence[str] = (),
) -> Waves:
    """Join the waves of a study on the key of a pupil.

    waves: name -> table, in order of time. on: the column (or columns, together) that say who a
    pupil is, best a pseudonym. layout: LONG puts the waves below each other with their name in the
    column ``wave``; WIDE puts them side by side and adds the name of the wave to each column
    (``cijfer_nameting``), except for ``constant`` columns, of which the first filled value is
    taken. Rows without a key are left out, and counted.

    Raises DataError with every fault at once: a column that is absent, a column that is coded
    differently in two waves, a constant that changes, or (WIDE) a key that is repeated.
    """
    layout = _layout(layout)
    on = (on,) if isinstance(on, str) else tuple(on)
    _possible(waves, on, wave, constant, layout)
    book, contradicted = _codebook(waves, on)
    keys = {name: _keys(table, on) for name, table in waves.items()}
    faults, cautions = _coding(waves, on, contradicted)
    followed = tuple(_follow(waves, keys))
    if layout is Layout.WIDE:
        faults += _repeats(waves, followed, on)
    if not faults:
        faults += _changed(waves, keys, constant) if layout is Layout.WIDE else []
    if faults:
        raise DataError(faults)
    if layout is Layout.LONG:
        data = _below(waves, keys, on, wave)
        columns = dict(book.columns) if book is not None else None
    else:
        data, columns = _beside(waves, keys, on, constant, book)
    if columns is not None:
        if layout is Layout.LONG:
            meaning = Text("Meting waar de rij bij hoort", "Wave of the row")
            columns[wave] = Column(meaning=meaning, type=Form.TEXT)
        data.attrs[CODEBOOK] = Codebook(MappingProxyType(columns))
    data.attrs["decimal_comma"] = any(t.attrs.get("decimal_comma") for t in waves.values())
    everywhere = set.intersection(*(set(key[key != ""]) for key in keys.values()))
    return Waves(data, followed, tuple(_all_near(waves, keys)), len(everywhere), tuple(cautions))


# ---------------------------------------------------------------- keys


def _keys(table: pd.DataFrame, on: Sequence[str]) -> NDArray[np.object_]:
    """The key of every row as text; '' when any part of it is empty."""
    parts = []
    for column in on:
        codes, found = pd.factorize(table[column])
        words = np.array([*(label_of(each) for each in found), ""], dtype=object)
        parts.append(words[codes])
    whole = parts[0]
    if len(parts) > 1:
        joined = [APART.join(each) if all(each) else "" for each in zip(*parts, strict=True)]
        whole = np.array(joined, dtype=object)
    return whole


def _follow(
    waves: Mapping[str, pd.DataFrame], keys: Mapping[str, NDArray[np.object_]]
) -> Iterator[Followed]:
    """The counts of every wave."""
    earlier: set[str] = set()
    before: set[str] = set()
    for name, table in waves.items():
        key, number = keys[name], row_numbers(table)
        often = Counter(key[key != ""])
        here = set(often)
        twice = np.array([often[each] > 1 for each in key], dtype=bool)
        empty = key == ""
        yield Followed(
            wave=name,
            rows=len(key),
            pupils=len(here),
            matched=len(here & before),
            back=len((here & earlier) - before),
            new=len(here - earlier),
            left=len(before - here),
            repeated=int(twice.sum()),
            empty=int(empty.sum()),
            empty_rows=tuple(int(n) for n in number[empty][:SHOWN_ROWS]),
            repeated_rows=tuple(int(n) for n in number[twice][:SHOWN_ROWS]),
        )
        earlier |= here
        before = here


# ---------------------------------------------------------------- near matches


def _all_near(
    waves: Mapping[str, pd.DataFrame], keys: Mapping[str, NDArray[np.object_]]
) -> Iterator[Near]:
    """Of every wave but the first: keys that are new there and almost one that left."""
    for before, here in itertools.pairwise(waves):
        written, mistyped = near_pairs(set(keys[before]) - {""}, set(keys[here]) - {""})
        places = {
            name: dict(zip(keys[name][::-1], row_numbers(waves[name])[::-1], strict=True))
            for name in (before, here)
            if written or mistyped
        }
        rows = sorted(
            (int(places[before][a]), int(places[here][b])) for a, b in [*written, *(mistyped or [])]
        )
        typed = None if mistyped is None else len(mistyped)
        yield Near(before, here, len(written), typed, tuple(rows[:SHOWN_ROWS]))


# ---------------------------------------------------------------- coding


def _codebook(
    waves: Mapping[str, pd.DataFrame], on: Sequence[str]
) -> tuple[Codebook | None, tuple[Fault, ...]]:
    """The codebook of all waves (None when there is none), and where they contradict each other."""
    books = [codebook_of(table) for table in waves.values()]
    if not any(books):
        return None, ()
    book, faults = merge(books, list(waves))
    return book, tuple(fault for fault in faults if fault.column not in on)


def _coding(
    waves: Mapping[str, pd.DataFrame], on: Sequence[str], contradicted: Sequence[Fault]
) -> tuple[list[Fault], list[Fault]]:
    """Columns that are coded differently, and codebooks that differ where the tables hold labels.

    A contradiction between codebooks changes what a number means, not what a label says.
    """
    faults: list[Fault] = []
    cautions: list[Fault] = []
    for fault in contradicted:
        tables = [table for table in waves.values() if fault.column in table]
        numbers = any(pd.api.types.is_numeric_dtype(table[fault.column]) for table in tables)
        (faults if numbers else cautions).append(fault)
    told = {fault.column for fault in faults}
    names = dict.fromkeys(str(name) for table in waves.values() for name in table.columns)
    for name in names:
        if name in on or name in told:
            continue
        there = [(wave, _values(table[name])) for wave, table in waves.items() if name in table]
        known = [(wave, values) for wave, values in there if values]
        for (first, one), (other, two) in itertools.pairwise(known):
            rule = _differs(one, two, first, other)
            if rule is not None:
                faults.append(Fault(rule, RECODE, column=name))
                break
    return faults, cautions


@dataclass(frozen=True, slots=True)
class _Values:
    """The distinct values of a column, as text, when they are few; and whether they are numbers."""

    number: bool
    few: frozenset[str] | None

    def __bool__(self) -> bool:
        return self.few is None or bool(self.few)


def _values(column: pd.Series) -> _Values:
    number = pd.api.types.is_numeric_dtype(column.dtype)
    found = column.dropna().unique()
    few = frozenset(label_of(each) for each in found) if len(found) <= LEVELS else None
    return _Values(number, few)


def _differs(one: _Values, two: _Values, first: str, other: str) -> Text | None:
    """In what way two waves code a column differently; None when they do not."""
    if one.number != two.number:
        a, b = (Text("getallen", "numbers"), Text("tekst", "text"))
        a, b = (a, b) if one.number else (b, a)
        return Text(
            f"In {first} staan hier {a.nl} en in {other} {b.nl}.",
            f"This column holds {a.en} in {first} and {b.en} in {other}.",
        )
    if one.few is None or two.few is None or one.few == two.few:
        return None
    plain = [frozenset(value.casefold() for value in each.few or ()) for each in (one, two)]
    if not one.few & two.few and plain[0] & plain[1]:
        return Text(
            f"De antwoorden zijn in {first} en {other} anders geschreven (hoofdletters).",
            f"The answers are written differently in {first} and {other} (capitals).",
        )
    for ways in SAME_ANSWERS:
        mine, others = ([way for way in ways if _written_so(each, way)] for each in plain)
        if mine and others and not any(way in others for way in mine):
            return Text(
                f"De antwoorden zijn in {first} en {other} anders gecodeerd (zoals 1 en 2 tegenover"
                " ja en nee).",
                f"The answers are coded differently in {first} and {other} (as 1 and 2 against yes"
                " and no).",
            )
    return None


def _written_so(values: frozenset[str], way: set[str]) -> bool:
    """Whether a column holds these two answers and, between words, at most one more (as x)."""
    return values == way or (way <= values and len(values - way) == 1 and not way <= {*"012"})


# ---------------------------------------------------------------- the joined table


def _below(
    waves: Mapping[str, pd.DataFrame],
    keys: Mapping[str, NDArray[np.object_]],
    on: Sequence[str],
    wave: str,
) -> pd.DataFrame:
    """The waves below each other, the name of the wave first."""
    parts = [table.loc[keys[name] != ""] for name, table in waves.items()]
    parts = [_alike(part, parts, on) for part in parts]
    names = np.repeat(list(waves), [len(part) for part in parts])
    out: pd.DataFrame = pd.concat(parts, ignore_index=True)
    out.insert(0, wave, pd.Series(names, index=out.index, dtype="str"))
    return out


def _alike(part: pd.DataFrame, parts: Sequence[pd.DataFrame], on: Sequence[str]) -> pd.DataFrame:
    """The table with, in every category, the levels of all waves, and keys of one type."""
    out = part.copy(deep=False)
    for name in part.columns:
        kinds = [other[name].dtype for other in parts if name in other]
        levels = [kind for kind in kinds if isinstance(kind, pd.CategoricalDtype)]
        if len(levels) == len(kinds):
            out[name] = part[name].astype(_joint_levels(levels))
        elif name in on and len(set(kinds)) > 1:  # numbers here and text there
            out[name] = _as_labels(part[name])
    out.attrs = {}
    return out


def _as_labels(column: pd.Series) -> pd.Series:
    labels: pd.Series = column.astype(object).map(label_of, na_action="ignore").astype("str")
    return labels


def _joint_levels(kinds: Sequence[pd.CategoricalDtype]) -> pd.CategoricalDtype:
    """All levels, in order when all waves have them in the same order."""
    levels = list(dict.fromkeys(level for kind in kinds for level in kind.categories))
    longest = max((list(kind.categories) for kind in kinds), key=len)
    ordered = all(bool(kind.ordered) for kind in kinds) and all(
        list(kind.categories) == [level for level in longest if level in set(kind.categories)]
        for kind in kinds
    )
    return pd.CategoricalDtype(longest if ordered else levels, ordered=ordered)


def _beside(
    waves: Mapping[str, pd.DataFrame],
    keys: Mapping[str, NDArray[np.object_]],
    on: Sequence[str],
    constant: Sequence[str],
    book: Codebook | None,
) -> tuple[pd.DataFrame, dict[str, Column] | None]:
    """The waves side by side, a row per pupil in order of first appearance."""
    everyone = pd.Index(list(dict.fromkeys(k for key in keys.values() for k in key if k)))
    indexed = {
        name: table.loc[keys[name] != ""].set_axis(keys[name][keys[name] != ""], axis=0)
        for name, table in waves.items()
    }
    columns: dict[str, pd.Series] = {}
    described: dict[str, Column] = {}
    for name in (*on, *constant):
        parts = [table[name] for table in indexed.values() if name in table]
        columns[name] = _first_known(parts, everyone)
        if book is not None and name in book:
            described[name] = book[name]
    for wave, table in indexed.items():
        own = codebook_of(waves[wave])
        for name in table.columns:
            if name not in (*on, *constant):
                columns[f"{name}_{wave}"] = table[name].reindex(everyone)
                if own is not None and name in own:
                    described[f"{name}_{wave}"] = own[name]
    data = pd.DataFrame(columns).reset_index(drop=True)
    data.attrs = {}
    return data, described if book is not None else None


def _first_known(parts: Sequence[pd.Series], everyone: pd.Index) -> pd.Series:
    """Per pupil the value of the first wave that has one."""
    levels = [part.dtype for part in parts if isinstance(part.dtype, pd.CategoricalDtype)]
    if len(levels) == len(parts):
        parts = [part.astype(_joint_levels(levels)) for part in parts]
    elif len({part.dtype for part in parts}) > 1:  # a key of numbers here and text there
        parts = [_as_labels(part) for part in parts]
    known: pd.Series = pd.concat([part[part.notna()] for part in parts])
    first: pd.Series = known[~known.index.duplicated()].reindex(everyone)
    return first


def _changed(
    waves: Mapping[str, pd.DataFrame],
    keys: Mapping[str, NDArray[np.object_]],
    constant: Sequence[str],
) -> list[Fault]:
    """A fault per constant that is not the same in two waves of one pupil."""
    faults = []
    for name in constant:
        parts = [
            pd.DataFrame({"key": keys[wave], "value": [label_of(v) for v in table[name]],
                          "known": table[name].notna().to_numpy(bool)})
            for wave, table in waves.items() if name in table
        ]  # fmt: skip
        rows = pd.concat(parts)
        rows = rows[rows["known"] & (rows["key"] != "")]
        many = int((rows.groupby("key")["value"].nunique() > 1).sum())
        if many:
            rule = Text(
                f"Deze kolom hoort gelijk te blijven, maar verandert bij {many} leerlingen.",
                f"This column should stay the same, but changes for {many} pupils.",
            )
            remedy = Text(
                "Haal de kolom weg bij constant, of verbeter de gegevens.",
                "Take the column out of constant, or correct the data.",
            )
            faults.append(Fault(rule, remedy, column=name))
    return faults


def _repeats(
    waves: Mapping[str, pd.DataFrame], followed: Sequence[Followed], on: Sequence[str]
) -> list[Fault]:
    """A fault per wave in which a key is repeated: one row per pupil cannot be made."""
    rule = Text("Deze sleutel komt in één meting meer dan eens voor.",
                "This key occurs more than once in one wave.")  # fmt: skip
    remedy = Text(
        "Neem de school erbij (on=(school, leerling)), of haal dubbele rijen weg.",
        "Add the school (on=(school, pupil)), or take out rows that are double.",
    )
    return [
        Fault(
            rule, remedy, str(waves[each.wave].attrs.get("source", each.wave)), ", ".join(on),
            each.repeated_rows, each.repeated,
        )
        for each in followed
        if each.repeated
    ]  # fmt: skip


def _possible(
    waves: Mapping[str, pd.DataFrame],
    on: Sequence[str],
    wave: str,
    constant: Sequence[str],
    layout: Layout,
) -> None:
    """Raises DataError with every reason why these cannot be joined."""
    faults = []
    if len(waves) < 2:
        rule = Text("Er zijn geen twee metingen om samen te voegen.",
                    "There are no two waves to join.")  # fmt: skip
        remedy = Text(
            "Geef elke meting een naam en een tabel.", "Give every wave a name and a table."
        )
        faults.append(Fault(rule, remedy))
    if not on:
        rule = Text("Er is geen sleutel genoemd.", "No key was named.")
        remedy = Text("Noem bij on de kolom die zegt wie een leerling is.",
                      "Name at on the column that says who a pupil is.")  # fmt: skip
        faults.append(Fault(rule, remedy, column="on"))
    for name, table in waves.items():
        labels, file = list(table.columns), str(table.attrs.get("source", name))
        for column in dict.fromkeys((*on, *constant)):
            if labels.count(column) != 1 and (column in on or column in labels):
                rule = Text(f"Deze kolom is er niet (of meer dan eens) in {name}.",
                            f"This column is not there (or more than once) in {name}.")  # fmt: skip
                remedy = Text("Controleer de naam; hoofdletters tellen mee.",
                              "Check the name; capitals count.")  # fmt: skip
                faults.append(Fault(rule, remedy, file, column))
        if layout is Layout.LONG and wave in labels:
            rule = Text("Er is al een kolom met deze naam.",
                        "There is a column of this name already.")  # fmt: skip
            remedy = Text("Kies met wave= een andere naam.", "Choose another name with wave=.")
            faults.append(Fault(rule, remedy, file, wave))
    if layout is Layout.WIDE:
        faults += _same_names(waves, on, constant)
    for column in constant:
        if not any(column in table for table in waves.values()):
            rule = Text("Deze kolom is in geen enkele meting.", "This column is in no wave.")
            remedy = Text("Controleer de naam bij constant.", "Check the name at constant.")
            faults.append(Fault(rule, remedy, column=column))
    if faults:
        raise DataError(faults)


def _same_names(
    waves: Mapping[str, pd.DataFrame], on: Sequence[str], constant: Sequence[str]
) -> list[Fault]:
    """A fault per name that two columns of the wide table would have."""
    fixed = (*on, *constant)
    names = Counter(dict.fromkeys(fixed, 1))
    for wave, table in waves.items():
        names.update(f"{name}_{wave}" for name in table.columns if name not in fixed)
    rule = Text("Twee kolommen zouden dezelfde naam krijgen.",
                "Two columns would have the same name.")  # fmt: skip
    remedy = Text("Geef de kolom of de meting een andere naam.",
                  "Give the column or the wave another name.")  # fmt: skip
    return [Fault(rule, remedy, column=name) for name, often in names.items() if often > 1]


def _layout(layout: Layout | str) -> Layout:
    try:
        return Layout(layout)
    except ValueError:
        rule = Text(f"De vorm ‘{layout}’ is onbekend.", f"The layout ‘{layout}’ is not known.")
        remedy = Text("Kies long of wide.", "Choose long or wide.")
        raise DataError([Fault(rule, remedy, column="layout")]) from None


# ---------------------------------------------------------------- words


def _pupils(count: int) -> Text:
    return Text(
        "1 leerling" if count == 1 else f"{count} leerlingen",
        "1 pupil" if count == 1 else f"{count} pupils",
    )


def _rows_text(rows: Sequence[int], count: int) -> Text:
    shown = ", ".join(map(str, rows))
    more = count > len(rows)
    return Text(
        f" (rijen {shown}{' en meer' if more else ''})",
        f" (rows {shown}{' and more' if more else ''})",
    )


def _near_sentences(near: Near) -> Iterator[Text]:
    if near.written:
        yield Text(
            f"{near.here}: bij {_pupils(near.written).nl} lijkt de sleutel op een sleutel in"
            f" {near.before}; alleen hoofdletters, spaties, tekens of voorloopnullen verschillen.",
            f"{near.here}: for {_pupils(near.written).en} the key is like a key in {near.before};"
            " only capitals, spaces, signs or leading zeros differ.",
        )
    if near.mistyped:
        yield Text(
            f"{near.here}: bij {_pupils(near.mistyped).nl} kan de sleutel een tikfout zijn van een"
            f" sleutel in {near.before}.",
            f"{near.here}: for {_pupils(near.mistyped).en} the key may be a typing error of a key"
            f" in {near.before}.",
        )
    if near.count:
        shown = "; ".join(f"{a} – {b}" for a, b in near.rows)
        more = near.count > len(near.rows)
        yield Text(
            f"Rijen in {near.before} – {near.here}: {shown}{' en meer' if more else ''}. Kijk ze na"
            " in de bestanden; ze zijn niet samengevoegd.",
            f"Rows in {near.before} – {near.here}: {shown}{' and more' if more else ''}. Look them"
            " up in the files; they were not joined.",
        )
    if near.mistyped is None:
        yield Text(
            f"{near.here}: of er tikfouten in sleutels zitten is niet te zeggen, want de sleutels"
            " lijken te veel op elkaar (of het zijn er te veel).",
            f"{near.here}: whether keys hold typing errors cannot be said, for the keys are too"
            " much alike (or too many).",
        )
