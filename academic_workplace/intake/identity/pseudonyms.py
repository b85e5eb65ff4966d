"""Pseudonyms: the same pupil gets the same code in every wave, and only the key leads back.

A pseudonym is HMAC-SHA256 (RFC 2104) of what identifies, cut to 80 bits. Among a million pupils
two share one with a chance of 4 in 10^13 (n^2 / 2^81). It starts with a letter and has no digits
that a spreadsheet takes for a number.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import re
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from academic_workplace.errors import DataError, Fault, dutch
from academic_workplace.intake.codebook import CODEBOOK, Column, Form, codebook_of
from academic_workplace.intake.identity.keys import LEAST, read_key
from academic_workplace.intake.identity.kinds import Identifier
from academic_workplace.intake.identity.patterns import day_of
from academic_workplace.intake.identity.recognition import find, remove
from academic_workplace.intake.pupils import Codes, label_of
from academic_workplace.language import Text, both

CUT = 10  # bytes of the hash: 16 letters and digits
PURPOSE = b"academic-workplace pseudonym 1\0"  # the same key may serve another purpose
DATE = re.compile(r"\D\d{4}$|^\d{4}\D")  # with all of its year: 1-2-13 may be a code
MEANING = Text("Pseudoniem", "Pseudonym")


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """What was done to a file: counts, and the notes of what was left out.

    pupils: different pseudonyms. without: rows with (part of) the identity missing, which have no
    pseudonym. spellings: pupils written in more than one way ("jan" and "Jan ") who are now one.
    """

    file: str
    rows: int
    pupils: int
    without: int
    spellings: int
    notes: tuple[Text, ...]

    def explain(self, language: str = "nl") -> str:
        """What was done, in a few sentences without a value."""
        if dutch(language):
            lines = [f"{self.file}: {self.rows} rijen, {self.pupils} pseudoniemen."]
            if self.without:
                lines.append(
                    f"Zonder pseudoniem, want het kenmerk ontbreekt: {self.without} rijen."
                )
            if self.spellings:
                lines.append(f"Op meer dan één manier geschreven: {self.spellings} leerlingen.")
        else:
            lines = [f"{self.file}: {self.rows} rows, {self.pupils} pseudonyms."]
            if self.without:
                lines.append(
                    f"Without a pseudonym, as the identity is missing: {self.without} rows."
                )
            if self.spellings:
                lines.append(f"Written in more than one way: {self.spellings} pupils.")
        return "\n".join([*lines, *(note[language] for note in self.notes)])

    def _repr_html_(self) -> str:
        return both(self.explain)


def pseudonymise(
    table: pd.DataFrame,
    columns: str | Sequence[str],
    key: bytes,
    *,
    into: str | None = None,
    keep: Sequence[str] = (),
) -> pd.DataFrame:
    """The table with one column of pseudonyms instead of the columns that say who a pupil is.

    columns: one, or several that do so together (a school and a number). into: the name of the
    new column, that of the first unless given; it stands where the first stood. keep: which of the
    columns stay all the same, such as a school that says who a number is of. A row in which
    any of them is empty has no pseudonym. Capitals, spaces and the way in which letters with
    accents are stored make no difference, nor does the way a date is written; leading zeros do.

    Raises DataError when a column is absent or the key is too short.
    """
    return _pseudonymised(table, columns, key, into, keep)[0]


def pseudonymise_file(
    source: str | Path,
    target: str | Path,
    columns: str | Sequence[str],
    key: str | Path,
    *,
    into: str | None = None,
    keep: Sequence[str] = (),
    reader: Callable[[Path, Sequence[str]], pd.DataFrame] | None = None,
    writer: Callable[[pd.DataFrame, Path], object] | None = None,
) -> Pseudonymised:
    """Write a copy of a file with pseudonyms, and without anything else that identifies.

    columns, into: as in ``pseudonymise``. key: the file of the key. keep: columns that stay
    although they look identifying, or are among ``columns``. reader and writer: ``read`` and
    ``save`` of this package unless given; a reader gets the path and the columns to keep. The copy
    appears only when it is complete.

    Raises DataError when the target exists, and as reading, the key and ``pseudonymise`` do.
    """
    source, target = Path(source), Path(target).expanduser()
    secret = read_key(key)
    wanted = (columns,) if isinstance(columns, str) else tuple(columns)
    _free(target)
    table = (reader or _read)(source, (*wanted, *keep))
    made, pupils, without, spellings = _pseudonymised(table, wanted, secret, into, keep)
    name = into or wanted[0]
    found: list[Identifier] = [each for each in find(made) if each.column not in (name, *keep)]
    clean, notes = remove(made, found)
    notes += _write(clean, target, writer or _save)
    before = tuple(note for note in table.attrs.get("reading", ()) if isinstance(note, Text))
    return Pseudonymised(target.name, len(clean), pupils, without, spellings, (*before, *notes))


def _pseudonymised(
    table: pd.DataFrame,
    columns: str | Sequence[str],
    key: bytes,
    into: str | None,
    keep: Sequence[str],
) -> tuple[pd.DataFrame, int, int, int]:
    """The table; and how many pupils, rows without a pseudonym and pupils spelt in two ways."""
    columns = (columns,) if isinstance(columns, str) else tuple(dict.fromkeys(columns))
    name = into or (columns[0] if columns else "")
    keep = (keep,) if isinstance(keep, str) else tuple(keep)
    _possible(table, columns, key, name, keep)
    parts = [_plain_cells(table[column]) for column in columns]
    rows = pd.DataFrame({i: codes for i, (codes, _) in enumerate(parts)})
    empty = (rows < 0).any(axis=1).to_numpy(bool)
    whose, first = _groups(rows)
    written = [
        "".join(f"{len(parts[i][1][code])}:{parts[i][1][code]}" for i, code in enumerate(codes))
        if min(codes) >= 0
        else ""
        for codes in first
    ]
    names = np.array(_pseudonyms(written, key), dtype=object)
    pseudonyms = pd.Series(names[whose] if len(names) else [], index=table.index, dtype="str")
    at = [str(label) for label in table.columns].index(columns[0])
    gone = [column for column in columns if column not in keep]
    out = table.drop(columns=gone)
    out.insert(at - sum(list(table.columns).index(c) < at for c in gone), name, pseudonyms)
    codebook = codebook_of(table)
    if codebook is not None:
        left = dict(codebook.columns)
        for column in gone:
            left.pop(column, None)
        left[name] = Column(meaning=MEANING, type=Form.TEXT)
        out.attrs[CODEBOOK] = replace(codebook, columns=MappingProxyType(left))
    spelt = [_spelt(table[column]) for column in columns]
    ways = pd.DataFrame(dict(enumerate(spelt))).assign(pupil=names[whose])
    per_pupil = ways[~empty].drop_duplicates()["pupil"].value_counts()
    return out, len(per_pupil), int(empty.sum()), int((per_pupil > 1).sum())


def _groups(rows: pd.DataFrame) -> tuple[Codes, list[tuple[int, ...]]]:
    """For every row its group of equal codes, and the codes of every group."""
    whose: Codes = rows.groupby(list(rows.columns), sort=False).ngroup().to_numpy().astype(np.intp)
    return whose, list(rows.drop_duplicates().itertuples(index=False, name=None))


def _plain_cells(column: pd.Series) -> tuple[Codes, list[str]]:
    """Codes into the distinct cells, written plainly; -1 is empty."""
    codes, found = pd.factorize(column)
    plain = pd.Series([plainly(cell) for cell in found], dtype="str")
    again, distinct = pd.factorize(plain.mask(plain == ""))
    return np.append(again, -1)[codes], list(distinct)


def _spelt(column: pd.Series) -> Codes:
    """Codes of the cells as they are written."""
    return pd.factorize(column)[0]


def plainly(cell: object) -> str:
    """What identifies, without the differences that mean nothing.

    One form of accents (NFC), no capitals, single spaces and none around; a date as 2012-03-14, a
    whole number without its point. Leading zeros stay: 007 and 7 may be two pupils.
    """
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()[:10]
    text = " ".join(label_of(cell).split())
    day = day_of(text) if DATE.search(text) else None
    return day.isoformat() if day is not None else unicodedata.normalize("NFC", text.casefold())


def _pseudonyms(written: Sequence[str], key: bytes) -> list[str | None]:
    """p and 16 letters and digits for each; None for what is empty.

    written: the parts, each with its length before it.
    """
    digests = (hmac.digest(key, PURPOSE + each.encode(), "sha256")[:CUT] for each in written)
    letters = base64.b32encode(b"".join(digests)).decode().lower()
    width = CUT * 8 // 5  # five bits a letter: nothing is left over between two
    return [
        f"p{letters[i * width : (i + 1) * width]}" if each else None
        for i, each in enumerate(written)
    ]


def _possible(
    table: pd.DataFrame, columns: Sequence[str], key: bytes, name: str, keep: Sequence[str]
) -> None:
    """Raises DataError with every reason why this cannot be done."""
    source, labels = str(table.attrs.get("source", "")), list(table.columns)
    faults = []
    if not columns:
        rule = Text("Er is geen kolom genoemd.", "No column was named.")
        remedy = Text("Noem de kolom die zegt wie een leerling is.",
                      "Name the column that says who a pupil is.")  # fmt: skip
        faults.append(Fault(rule, remedy, source))
    for column in columns:
        if labels.count(column) != 1:
            rule = Text("Deze kolom is er niet (of meer dan eens).",
                        "This column is not there (or more than once).")  # fmt: skip
            remedy = Text("Controleer de naam; hoofdletters tellen mee.",
                          "Check the name; capitals count.")  # fmt: skip
            faults.append(Fault(rule, remedy, source, column))
    if name in labels and (name not in columns or name in keep):
        rule = Text("Er is al een kolom met deze naam.", "There is a column of this name already.")
        remedy = Text("Kies een andere naam voor het pseudoniem.",
                      "Choose another name for the pseudonym.")  # fmt: skip
        faults.append(Fault(rule, remedy, source, name))
    if not isinstance(key, bytes) or len(key) < LEAST:
        rule = Text("De sleutel is te kort of geen sleutel.", "The key is too short or no key.")
        remedy = Text("Maak er een met new_key en lees hem met read_key.",
                      "Make one with new_key and read it with read_key.")  # fmt: skip
        faults.append(Fault(rule, remedy))
    if faults:
        raise DataError(faults)


def _free(target: Path) -> None:
    """Raises DataError when the target exists or has no folder."""
    if target.exists():
        rule = Text("Dit bestand bestaat al.", "This file exists already.")
        remedy = Text("Kies een andere naam of haal het eerst weg.",
                      "Choose another name or take it away first.")  # fmt: skip
    elif not target.absolute().parent.is_dir():
        rule = Text("De map van dit bestand is er niet.", "The folder of this file is not there.")
        remedy = Text("Maak de map eerst.", "Make the folder first.")
    else:
        return
    raise DataError([Fault(rule, remedy, file=target.name)])


def _write(
    table: pd.DataFrame, target: Path, writer: Callable[[pd.DataFrame, Path], object]
) -> tuple[Text, ...]:
    """Write in a folder beside the target, and move what is there (the table last) when complete.

    Returns the notes of the writer.
    """
    place = target.absolute().parent
    with tempfile.TemporaryDirectory(dir=place, prefix=".workplace-") as folder:
        written = writer(table, Path(folder) / target.name)
        made = sorted(Path(folder).iterdir(), key=lambda file: file.name == target.name)
        for file in made:
            _free(place / file.name)
        for file in made:
            file.replace(place / file.name)
    return tuple(note for note in getattr(written, "notes", ()) if isinstance(note, Text))


def _read(path: Path, keep: Sequence[str]) -> pd.DataFrame:
    from academic_workplace.intake.files.reading import read  # which imports this room

    return read(path, keep=tuple(keep))


def _save(table: pd.DataFrame, path: Path) -> object:
    from academic_workplace.intake.files.writing import save

    return save(table, path)
