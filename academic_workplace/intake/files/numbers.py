"""Text that means a number, as Dutch and English files write it."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from enum import Enum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# The patterns are shared by every engine (pandas here, DuckDB in check.py). More than 15 digits
# are a code: a floating-point number would change the last ones.
POINT = r"[+-]?(0|[1-9][0-9]{0,14})(\.[0-9]+)?([eE][+-]?[0-9]+)?"
COMMA = r"[+-]?(0|[1-9][0-9]{0,14})(,[0-9]+)?"
THOUSANDS = r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+"  # 1.234 in a Dutch file: 1234, or 1.234?
# With both a point and a comma, or two points, a number can only be a Dutch one: 1.234,5.
GROUPED = r"[+-]?[1-9][0-9]{0,2}((\.[0-9]{3}){1,4},[0-9]+|(\.[0-9]{3}){2,4})"
DUTCH = rf"{COMMA}|[+-]?[1-9][0-9]{{0,2}}(\.[0-9]{{3}}){{1,4}}(,[0-9]+)?"
LOOKED_AT = 1000  # words of a column: one that is no number settles that it is text
ABSENT = ("NA", "NaN", "nan", "#N/A", ".")  # taken as missing, but only between numbers


class Kind(Enum):
    """What a column of text holds."""

    EMPTY = "empty"
    POINT = "numbers with a decimal point"
    COMMA = "numbers with a decimal comma"
    THOUSANDS = "numbers with thousands points"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Shape:
    """How many filled cells of a column look like what; the shapes of two parts add up.

    ``filled`` leaves out ABSENT.
    """

    filled: int
    point: int
    comma: int
    either: int  # point or comma
    dotted: int  # with a point in it
    thousands: int
    with_comma: int  # with a comma in it
    absent: int
    grouped: int  # with a thousands point beyond doubt
    dutch: int  # a number when points mark thousands and a comma the decimals

    @property
    def needs_comma(self) -> bool:
        """Whether the column can only be read with a decimal comma."""
        comma = self.with_comma > 0 and self.comma == self.filled
        return comma or (self.with_comma > 0 and self.needs_thousands)

    @property
    def needs_thousands(self) -> bool:
        """Whether the column can only be read with a thousands point."""
        return self.grouped > 0 and self.dutch == self.filled

    def __add__(self, other: Shape) -> Shape:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Shape(*(mine + theirs for mine, theirs in pairs))

    def ambiguous(self, *, dutch: bool) -> bool:
        """Whether every point may be a thousands point, in a file with the decimal comma."""
        numbers = 0 < self.filled == self.point
        return dutch and numbers and 0 < self.dotted == self.thousands

    def expected(self, *, dutch: bool) -> str:
        """The pattern of the cells that are no fault in a column that should hold numbers."""
        if self.either < self.filled:
            return f"({POINT})|({COMMA})"
        return COMMA if dutch else POINT


NO_SHAPE = Shape(*[0] * 10)


def kind_of(shape: Shape, *, dutch: bool) -> Kind:
    """Numbers only when every filled cell is one.

    dutch: whether the file uses the decimal comma, so that ``1.234`` could be either number;
    a column in which every point may be a thousands point is then left as text.
    """
    if shape.filled == 0:
        return Kind.TEXT if shape.absent else Kind.EMPTY
    if shape.needs_thousands:
        return Kind.THOUSANDS
    if shape.point == shape.filled:
        return Kind.TEXT if shape.ambiguous(dutch=dutch) else Kind.POINT
    return Kind.COMMA if shape.comma == shape.filled else Kind.TEXT


def kind_as_told(shape: Shape, decimal: str) -> Kind:
    """``kind_of`` when the decimal sign is told; with a comma, points mark thousands."""
    if shape.filled == 0:
        return Kind.TEXT if shape.absent else Kind.EMPTY
    if decimal == ".":
        return Kind.POINT if shape.point == shape.filled else Kind.TEXT
    if shape.comma == shape.filled:
        return Kind.COMMA if shape.with_comma else Kind.POINT
    return Kind.THOUSANDS if shape.dutch == shape.filled else Kind.TEXT


def shape_of(words: pd.Series) -> Shape:
    """The shape of a column, from its distinct stripped words (no empty ones)."""
    absent = words.isin(ABSENT)
    filled = words[~absent]
    number = re.compile(f"({POINT})|({COMMA})|({DUTCH})").fullmatch
    if not all(map(number, filled.iloc[:LOOKED_AT].tolist())):  # text, whatever the others are
        return Shape(len(filled), 0, 0, 0, 0, 0, 0, int(absent.sum()), 0, 0)
    dotted = filled.str.contains(".", regex=False)
    point, comma = filled.str.fullmatch(POINT), filled.str.fullmatch(COMMA)
    pointed = filled[dotted]
    return Shape(
        filled=len(filled),
        point=int(point.sum()),
        comma=int(comma.sum()),
        either=int((point | comma).sum()),
        dotted=len(pointed),
        thousands=int(pointed.str.fullmatch(THOUSANDS).sum()),
        with_comma=int(filled.str.contains(",", regex=False).sum()),
        absent=int(absent.sum()),
        grouped=int(pointed.str.fullmatch(GROUPED).sum()),
        dutch=int(comma[~dotted].sum()) + int(pointed.str.fullmatch(DUTCH).sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of text as codes into its distinct stripped cells; -1 is an empty cell."""

    codes: NDArray[np.intp]
    words: pd.Series


def words_of(text: pd.Series) -> Words:
    """Look at every distinct cell of a column of text once."""
    codes, found = pd.factorize(text)
    words = found.tolist()
    stripped = list(map(str.strip, words))
    if all(stripped) and stripped == words:
        return Words(codes, pd.Series(found, dtype="str"))
    again, distinct = pd.factorize(np.array([word or None for word in stripped], dtype=object))
    return Words(np.append(again, -1)[codes], pd.Series(distinct, dtype="str"))


def as_numbers(column: Words, kind: Kind, index: pd.Index) -> pd.Series:
    """The column as numbers; whole numbers without a gap stay whole.

    kind: any but TEXT, from ``kind_of``.
    """
    words = column.words
    filled = (~words.isin(ABSENT)).to_numpy(bool)
    plain = words[filled]
    if kind is Kind.THOUSANDS:
        plain = plain.str.replace(".", "", regex=False)
    if kind in (Kind.COMMA, Kind.THOUSANDS):
        plain = plain.str.replace(",", ".", regex=False)
    numbers = np.full(len(words) + 1, np.nan)
    numbers[np.flatnonzero(filled)] = plain.to_numpy(dtype=float) if len(plain) else []
    values = numbers[column.codes]
    whole = len(values) > 0 and bool((values == np.round(values)).all())  # False with a NaN
    if whole and np.abs(values).max() < 2**53:
        return pd.Series(values.astype("int64"), index=index)
    return pd.Series(values, index=index)


def as_text(column: Words, index: pd.Index) -> pd.Series:
    """The column as stripped text; an empty cell is missing."""
    words = np.array([*column.words.tolist(), None], dtype=object)
    return pd.Series(words[column.codes], index=index, dtype="str")
