"""The codebook: what every column of a table means, and which codes stand for "missing".

It travels with the table in ``table.attrs["codebook"]`` and stands on disk as ``codebook.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import pandas as pd

from academic_workplace.language import Text

CODEBOOK = "codebook"  # where it stands in DataFrame.attrs


class Form(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CATEGORY = "category"  # labels without an order
    ORDERED = "ordered"  # labels in order
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A code that means "missing": how it is written, what it means, and how often it stood there.

    count: None when it was not counted (a codebook written by hand).
    """

    code: str
    label: Text = Text("", "")
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """What one column means.

    range: lowest and highest value there can be. levels: code as it stands in the file -> label,
    in order; the table of a category holds the (Dutch) labels, that of a number the codes.
    missing: codes declared missing, which are empty in the table. missing_ranges: whole ranges of
    such codes (SPSS), ends included.
    """

    meaning: Text = Text("", "")
    type: Form = Form.TEXT
    unit: str = ""
    range: tuple[float, float] | None = None
    levels: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    missing: tuple[MissingCode, ...] = ()
    missing_ranges: tuple[tuple[float, float], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Codebook:
    """Column name -> what it means."""

    columns: Mapping[str, Column]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __deepcopy__(self, memo: object) -> Codebook:
        """Itself: pandas copies ``attrs`` with every operation, and nothing here changes."""
        return self


def codebook_of(table: pd.DataFrame) -> Codebook | None:
    """The codebook that travels with a table; None when it was lost (as after a merge)."""
    found = table.attrs.get(CODEBOOK)
    return found if isinstance(found, Codebook) else None
