"""The columns of a database as pandas has them; what changes on the way gets a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text

EXACT = 2**53  # beyond it a floating-point number leaves out whole numbers


def judge_columns(source: str, names: Sequence[str], many: Sequence[str]) -> None:
    """Raises DataError on repeated names, and on columns that hold many values per cell."""
    faults = [
        Fault(
            Text(
                "Deze kolomnaam komt meer dan eens voor.",
                "This column name occurs more than once.",
            ),
            Text(
                "Geef elke kolom een eigen naam, in een query met AS.",
                "Give every column a name of its own, in a query with AS.",
            ),
            source,
            name,
        )
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    faults += [
        Fault(
            Text(
                "De cellen van deze kolom houden een lijst, een groep waarden of een bijlage.",
                "The cells of this column hold a list, a group of values or an attachment.",
            ),
            Text(
                "Laat de kolom weg, of maak er kolommen met één waarde per cel van.",
                "Leave the column out, or make columns with one value per cell of it.",
            ),
            source,
            name,
        )
        for name in many
    ]
    if faults:
        raise DataError(faults)


def table_of(names: Sequence[str], columns: Sequence[pd.Series]) -> pd.DataFrame:
    table = pd.DataFrame(dict(enumerate(columns)))
    table.columns = pd.Index(names)
    return table


def texts(cells: Sequence[Any]) -> pd.Series:
    return pd.Series([None if cell is None else str(cell) for cell in cells], dtype="str")


def booleans(cells: Sequence[bool | None]) -> pd.Series:
    return pd.Series(cells, dtype="boolean" if None in cells else "bool")


def numbers(name: str, cells: Sequence[Any], notes: list[Text]) -> pd.Series:
    """Whole numbers stay whole; those that would change as a floating-point number are text."""
    held = set(map(type, cells)) - {type(None)}
    if held == {int}:
        return pd.Series(cells, dtype="Int64" if None in cells else "int64")
    others = (cell for cell in cells if cell is not None and not isinstance(cell, float))
    if held != {float} and any(cell == cell and abs(cell) > EXACT for cell in others):
        notes.append(as_long_text(name))
        return texts(cells)
    return pd.Series([np.nan if cell is None else float(cell) for cell in cells], dtype="float64")


def days(name: str, cells: Sequence[str | None], notes: list[Text], *, zoned: bool) -> pd.Series:
    """Dates as dates, unless one of them is none (such as ``infinity``)."""
    text = texts(cells)
    found = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=zoned)
    if (found.isna() & text.notna()).any():
        notes.append(as_text(name, "date"))
        return text
    if zoned:
        notes.append(in_utc(name))
    return found


def as_long_text(name: str) -> Text:
    return Text(
        f"{name}: getallen met meer dan 15 cijfers, als tekst gelezen",
        f"{name}: numbers of more than 15 digits, read as text",
    )


def as_text(name: str, kind: str) -> Text:
    return Text(f"{name}: {kind}, als tekst gelezen", f"{name}: {kind}, read as text")


def in_utc(name: str) -> Text:
    return Text(f"{name}: tijden in UTC", f"{name}: times in UTC")
