"""What can be wrong with a plan or with data: every fault, said once, with its remedy.

A message never holds a pupil's value: it names the file, the column, the rows and the rule.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from academic_workplace.language import LANGUAGES, Text, default_language

SHOWN_ROWS = 10
Choice = TypeVar("Choice", bound=StrEnum)
WHERE_EMPTY = Text(  # what to do about a column that is empty where it is needed
    "Haal de kolom uit het plan, of vul hem aan bij de bron.",
    "Take the column out of the plan, or complete it at its source.",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, where it stands, and what to do about it."""

    rule: Text
    remedy: Text
    file: str = ""
    column: str = ""
    rows: tuple[int, ...] = ()  # the first ten, numbered as a spreadsheet does when from a file
    count: int = 0  # how many rows in all

    def explain(self, language: str) -> str:
        """The fault in one paragraph."""
        named = [part for part in (self.file, self.column) if part]
        where = [f"{part}:" if part.startswith("[") else f"[{part}]" for part in named]
        text = " ".join([*where, self.rule[language]])
        if self.count and not self.rows:
            text += Text(f" Aantal rijen: {self.count}.", f" Number of rows: {self.count}.")[
                language
            ]
        elif self.count:
            shown = ", ".join(str(row) for row in self.rows)
            more = self.count > len(self.rows)
            if dutch(language):
                text += f" Rijen: {shown}{f' en meer ({self.count} in totaal)' if more else ''}."
            else:
                text += f" Rows: {shown}{f' and more ({self.count} in all)' if more else ''}."
        return f"{text}\n    → {self.remedy[language]}"


class WorkplaceError(Exception):
    """Work that cannot be done as asked; ``faults`` lists every reason at once."""

    title = Text("Dit gaat niet.", "This cannot be done.")

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def explain(self, language: str) -> str:
        """All faults, numbered, in Dutch (``nl``) or English (``en``)."""
        dutch(language)
        lines = [f"{i}. {fault.explain(language)}" for i, fault in enumerate(self.faults, 1)]
        return "\n".join([self.title[language], *lines])

    def __str__(self) -> str:
        return self.explain(default_language())


class PlanError(WorkplaceError):
    """A plan that cannot be read, contradicts itself, or does not fit what it is used with."""

    title = Text("Er klopt iets niet in het plan:", "Something is wrong in the plan:")


class DataError(WorkplaceError):
    """Data that do not fit the plan, or a file that cannot be read."""

    title = Text("Er klopt iets niet in de gegevens:", "Something is wrong in the data:")


class ReportError(WorkplaceError):
    """A report that cannot be written or run again."""

    title = Text(
        "Het rapport kan niet gemaakt of nagerekend worden:",
        "The report cannot be made or run again:",
    )


def not_known(where: str, value: str, known: Sequence[str]) -> Fault:
    """The fault of a word that is not known here, with the one that may have been meant."""
    near = difflib.get_close_matches(value, known, n=1)
    choices = ", ".join(known) or "–"
    return Fault(
        column=where,
        rule=Text(f"‘{value}’ is hier onbekend.", f"‘{value}’ is not known here."),
        remedy=Text(
            f"Bedoelt u ‘{near[0]}’?" if near else f"Kies uit: {choices}.",
            f"Do you mean ‘{near[0]}’?" if near else f"Choose from: {choices}.",
        ),
    )


def chosen_of(kind: type[Choice], value: Choice | str, name: str) -> Choice:
    """A member of an enum, or its own text. Raises PlanError naming what there is."""
    known = [item.value for item in kind]
    if not isinstance(value, str) or value not in known:
        raise PlanError([not_known(name, str(value), known)])
    return kind(value)


def dutch(language: str) -> bool:
    """Whether words are wanted in Dutch, and otherwise in English. Raises PlanError on a third."""
    if language not in LANGUAGES:
        rule = Text(
            f"De taal ‘{language}’ is onbekend.", f"The language ‘{language}’ is not known."
        )
        remedy = Text("Kies nl of en.", "Choose nl or en.")
        raise PlanError([Fault(rule, remedy, column="language")])
    return language == "nl"
