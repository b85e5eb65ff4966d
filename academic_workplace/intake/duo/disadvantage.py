"""The CBS workbook of achterstandsscores (disadvantage scores of schools), per pupil.

A sheet "met drempel" (with the threshold for money) is zero for almost half of the schools; to
compare schools one needs the sheet "zonder drempel". Which is which stands in the title above the
table: the number of the sheet differs between workbooks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pandas as pd

from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.duo.whose import SCHOOL, years_in
from academic_workplace.intake.files.content import refuse
from academic_workplace.language import Text, both

HEADER_WITHIN = 12  # the header is the fourth row; a later layout may have more title
NOT_TOLD = frozenset({"", ".", "-", "x"})  # how CBS writes that there is no figure
NUMBER = re.compile(r"-?[0-9]{1,12}([.,][0-9]+)?")
Cell = object


class Threshold(StrEnum):
    """Whether scores below the threshold for money were set to zero."""

    WITHOUT = "without threshold"  # zonder drempel
    WITH = "with threshold"  # met drempel


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Disadvantage:
    """Disadvantage scores by school; higher is more disadvantage.

    The score grows with the number of pupils; ``per_pupil`` is what can be compared.
    schools: school, pupils, score and per_pupil; NaN where CBS gives no figure.
    """

    source: str
    sheet: str
    title: str
    threshold: Threshold
    year: str
    schools: pd.DataFrame
    notes: tuple[Text, ...] = ()

    def table(self) -> pd.DataFrame:
        """A row per school."""
        table = self.schools.copy()
        table.attrs |= {"source": self.source, "reading": self.notes}
        return table

    def explain(self, language: str = "nl") -> str:
        """What was read, and what to mind."""
        from academic_workplace.report.opendata import disadvantage_sentence

        return disadvantage_sentence(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.opendata import disadvantage_html

        return both(self.explain) + disadvantage_html(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """One sheet with a header: where it stands, and which columns were recognised."""

    name: str
    title: str
    rows: Sequence[Sequence[Cell]]
    header: int  # its place in rows
    school: int
    pupils: int | None
    score: int | None

    @property
    def threshold(self) -> Threshold | None:
        """What the title says; None when it says nothing, or both."""
        said = {
            threshold
            for threshold, words in _SAID.items()
            if re.search(words, self.title.casefold())
        }
        return said.pop() if len(said) == 1 else None


_SAID = {
    Threshold.WITHOUT: r"\b(zonder|exclusief)\s+(toepassing\s+van\s+)?(de\s+)?drempel",
    Threshold.WITH: r"\b(met|inclusief)\s+(toepassing\s+van\s+)?(de\s+)?drempel",
}


def read_disadvantage(
    path: str | Path, *, threshold: Threshold | str = Threshold.WITHOUT, sheet: str = ""
) -> Disadvantage:
    """Read the scores of one sheet of the CBS workbook, and divide them by pupils.

    threshold: which scores are wanted; those with a threshold are only read when asked. sheet: the
    sheet to read when its title does not tell (the caller then vouches for ``threshold``).

    Raises DataError when the file is no such workbook, when no sheet has the scores that are
    wanted, or when a school is there twice with other figures; PlanError on another threshold.
    """
    path = Path(path)
    if threshold not in list(Threshold):
        listed = " / ".join(Threshold)
        rule = Text(f"‘{threshold}’ is hier onbekend.", f"‘{threshold}’ is not known here.")
        remedy = Text(f"Kies uit: {listed}.", f"Choose from: {listed}.")
        raise PlanError([Fault(rule, remedy, column="threshold")])
    wanted = Threshold(threshold)
    sheets = _sheets(path)
    scored = [s for s in sheets if s.score is not None]
    if not scored:
        raise refuse(
            path,
            Text("In deze werkmap staan geen achterstandsscores per school.",
                 "This workbook holds no disadvantage scores by school."),
            Text("Verwacht worden kolommen met de vestiging en de achterstandsscore.",
                 "Columns with the location and the achterstandsscore are expected."),
        )  # fmt: skip
    chosen = [s for s in scored if (s.name == sheet if sheet else s.threshold is wanted)]
    if len(chosen) != 1:
        raise _no_sheet(path, scored, chosen, wanted)
    main = chosen[0]
    if sheet and main.threshold not in (None, wanted):
        raise _no_sheet(path, scored, [], wanted)
    notes = [Text(f"werkblad ‘{main.name}’: {main.title}", f"sheet ‘{main.name}’: {main.title}")]
    if main.threshold is None:
        notes.append(
            Text(
                "het blad zegt niets over een drempel; u hebt het zelf gekozen",
                "the sheet says nothing of a threshold; you chose it yourself",
            )
        )
    scores = _figures(path, main, main.score, notes)
    counted = (
        main if main.pupils is not None else next((s for s in sheets if s.pupils is not None), None)
    )
    if counted is None:
        raise refuse(
            path,
            Text("Het aantal leerlingen per school staat niet in deze werkmap.",
                 "The number of pupils by school is not in this workbook."),
            Text("Haal de hele werkmap van het CBS op.", "Fetch the whole workbook of CBS."),
        )  # fmt: skip
    pupils = _figures(path, counted, counted.pupils, notes if counted is not main else [])
    if counted is not main:
        notes.append(Text(f"aantal leerlingen uit werkblad ‘{counted.name}’",
                          f"number of pupils from sheet ‘{counted.name}’"))  # fmt: skip
    schools = pd.DataFrame({"pupils": pupils.reindex(scores.index), "score": scores})
    schools["per_pupil"] = schools["score"] / schools["pupils"].where(schools["pupils"] > 0)
    unsaid = int(schools["per_pupil"].isna().sum())
    if unsaid:
        notes.append(Text(f"scholen zonder score per leerling: {unsaid}",
                          f"schools without a score per pupil: {unsaid}"))  # fmt: skip
    table = schools.rename_axis("school").reset_index()
    year = years_in(main.title) or years_in(path.name)
    return Disadvantage(path.name, main.name, main.title, wanted, year, table, tuple(notes))


def _sheets(path: Path) -> list[_Sheet]:
    """The sheets that have a header with a school's location in it."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        rows = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
        }
    except (OSError, python_calamine.CalamineError):
        raise refuse(
            path,
            Text("Dit is geen werkmap die te lezen is.", "This is no workbook that can be read."),
            Text("Haal de achterstandsscores van het CBS opnieuw op (.xlsx).",
                 "Fetch the achterstandsscores of CBS again (.xlsx)."),
        ) from None  # fmt: skip
    found = (_sheet(name, cells) for name, cells in rows.items())
    return [each for each in found if each is not None]


def _sheet(name: str, rows: Sequence[Sequence[Cell]]) -> _Sheet | None:
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        words = [str(cell).casefold() for cell in row]
        school = _first(words, "vestiging", "schoolcode", "brin")
        pupils, score = _first(words, "leerling"), _first(words, "achterstand", "score")
        if school is None or (pupils is None and score is None):
            continue
        title = " ".join(" ".join(map(str, above)).strip() for above in rows[:place])
        return _Sheet(name, " ".join(title.split()), rows, place, school, pupils, score)
    return None


def _first(words: list[str], *needles: str) -> int | None:
    for needle in needles:
        for place, word in enumerate(words):
            if needle in word and len(word) < 80:
                return place
    return None


def _figures(path: Path, sheet: _Sheet, column: int | None, notes: list[Text]) -> pd.Series:
    """One column of a sheet by school; rows without the code of a school are left out."""
    assert column is not None  # noqa: S101 (the callers have looked)
    keys, values, numbers, wrong, odd = [], [], [], [], 0
    for number, row in enumerate(sheet.rows[sheet.header + 1 :], sheet.header + 2):
        key = str(row[sheet.school]).strip().upper()
        if not SCHOOL.fullmatch(key):
            odd += any(str(cell).strip() for cell in row)
            continue
        cell = str(row[column]).strip()
        keys.append(key)
        numbers.append(number)
        if NUMBER.fullmatch(cell):
            values.append(float(cell.replace(",", ".")))
        else:
            values.append(np.nan)
            if cell.casefold() not in NOT_TOLD:
                wrong.append(number)
    if odd:
        notes.append(
            Text(
                f"‘{sheet.name}’: rijen zonder vestigingscode weggelaten (voetnoot): {odd}",
                f"‘{sheet.name}’: rows without a location code left out (footnote): {odd}",
            )
        )
    faults = []
    if wrong:
        faults.append(_fault(path, sheet, Text("Dit is geen getal.", "This is no number."), wrong))
    table = pd.DataFrame({"school": keys, "value": values, "row": numbers})
    table = table.drop_duplicates(["school", "value"])
    again = table[table.duplicated("school", keep=False)]
    if len(again):
        rule = Text("Deze school staat er meer dan eens, met andere cijfers.",
                    "This school is there more than once, with other figures.")  # fmt: skip
        faults.append(_fault(path, sheet, rule, list(again["row"])))
    if not keys:
        rule = Text("Er staat geen school in dit werkblad.", "No school stands in this sheet.")
        faults.append(_fault(path, sheet, rule, []))
    if faults:
        raise DataError(faults)
    return table.set_index("school")["value"]


def _fault(path: Path, sheet: _Sheet, rule: Text, rows: list[int]) -> Fault:
    remedy = Text("Vergelijk dit met de werkmap van het CBS.", "Compare this with CBS's workbook.")
    return Fault(rule, remedy, path.name, sheet.name, tuple(rows[:10]), len(rows))


def _no_sheet(
    path: Path, scored: list[_Sheet], chosen: list[_Sheet], wanted: Threshold
) -> DataError:
    listed = "; ".join(f"‘{s.name}’: {s.title or '–'}" for s in chosen or scored)
    nl = "zonder drempel" if wanted is Threshold.WITHOUT else "met drempel"
    if len(chosen) > 1:
        rule = Text(f"Meer dan één werkblad heeft scores {nl}: {listed}.",
                    f"More than one sheet has scores {wanted.value}: {listed}.")  # fmt: skip
        remedy = Text("Kies er een met sheet=….", "Choose one with sheet=….")
        return refuse(path, rule, remedy)
    rule = Text(
        f"Geen werkblad zegt dat het scores {nl} heeft. Er zijn: {listed}.",
        f"No sheet says that it has scores {wanted.value}. There are: {listed}.",
    )
    remedy = Text(
        "Scores met drempel zijn nul voor bijna de helft van de scholen en zeggen dan weinig. Wilt"
        ' u ze toch, vraag dan threshold="with threshold"; zegt de titel niets, kies dan zelf een'
        " werkblad met sheet=….",
        "Scores with a threshold are zero for almost half of the schools and then say little. If"
        ' you want them, ask threshold="with threshold"; if the title says nothing, choose a sheet'
        " yourself with sheet=….",
    )
    return refuse(path, rule, remedy)
