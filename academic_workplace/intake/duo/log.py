"""What is found while a file is read: everything guessed, and everything wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from academic_workplace.errors import Fault
from academic_workplace.intake.duo.cells import Cells, Column
from academic_workplace.intake.duo.layouts import Layout
from academic_workplace.language import Text


@dataclass(frozen=True, slots=True)
class Log:
    """A file, its layout, the school year that was given, and the lists that fill up."""

    cells: Cells
    layout: Layout
    school_year: str = ""
    faults: list[Fault] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def column(self, meaning: str) -> Column | None:
        """The column with a meaning, when the file has it."""
        header = self.layout.columns.get(meaning)
        return None if header is None else self.cells.columns[header]

    def note(self, nl: str, en: str) -> None:
        """Remember what was guessed."""
        self.notes.append(Text(nl, en))

    def fault(
        self, rule: Text, remedy: Text, header: str = "", where: NDArray[np.bool_] | None = None
    ) -> None:
        """Remember what is wrong, and in which rows."""
        self.faults.append(self.cells.fault(rule, remedy, header, where))
