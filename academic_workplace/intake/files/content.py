"""What a reader of any kind of file gives back, and how it refuses one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from academic_workplace.errors import SHOWN_ROWS, DataError, Fault
from academic_workplace.intake.codebook import Codebook
from academic_workplace.language import Text

LEFT_OUT = "left_out"  # in DataFrame.attrs: names of columns that identified and are gone


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A table as it was read, what was guessed on the way, and what the file says of its columns.

    The index of the table plus ``reading.FIRST_ROW`` is the row in a spreadsheet.
    """

    table: pd.DataFrame
    notes: list[Text] = field(default_factory=list)
    decimal_comma: bool = False
    codebook: Codebook | None = None


def refuse(source: str | Path, rule: Text, remedy: Text, rows: Sequence[int] = ()) -> DataError:
    """The error for a file that cannot be read; of a path only the name is told."""
    name = source.name if isinstance(source, Path) else source
    shown = tuple(rows[:SHOWN_ROWS])
    return DataError([Fault(rule, remedy, file=name, rows=shown, count=len(rows))])
