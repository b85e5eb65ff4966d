"""The report as a value: what it says, not how it looks.

A `Report` is a tree of frozen blocks. Every text in it is final: numbers are already rounded and
written in the report's language. The writers (`html`, `pdf`, `word`) draw it and hold no words of
their own.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from academic_workplace.report.house import LEIDEN

# The colours of the house that this package comes with, for pictures that do not yet ask `house()`.
INK, SOFT, LINE, PAPER = LEIDEN.ink, LEIDEN.soft, LEIDEN.line, LEIDEN.paper
ACCENT, SUN, BAND = LEIDEN.accent, LEIDEN.second, LEIDEN.band
MARK_GROUND, MARK_TEXT = LEIDEN.mark_ground, LEIDEN.mark_text

WIDE_TABLE = 7  # a table with more columns than this is laid on its side on paper


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 2 or 3; the report's title is level 1."""

    text: str
    level: int

    def __post_init__(self) -> None:
        if self.level not in (2, 3):
            raise ValueError(f"A heading has level 2 or 3, not {self.level}: {self.text!r}.")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class KeyMessage:
    """The answer, set apart; `small` holds the number behind it."""

    text: str
    small: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reader must not miss: why there is no answer, what is withheld."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure drawn three times: SVG for a wide page, SVG for a phone, PNG for Word.

    `alt` says what the picture shows to who cannot see it. `width` is a share of the room it
    stands in, 0 to 1; on a phone it always fills the room. An empty `narrow_svg` means that the
    wide one serves there too.
    """

    wide_svg: str
    narrow_svg: str
    png: bytes
    alt: str
    caption: str
    width: float = 1.0

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError(f"A picture needs an alt text: {self.caption!r}.")
        if not 0 < self.width <= 1:
            raise ValueError(f"The width of a picture is a share from 0 to 1, not {self.width}.")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts. The first column names the row; `numeric` columns are set right."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    note: str = ""

    def __post_init__(self) -> None:
        wrong = [row for row in (self.numeric, *self.rows) if len(row) != len(self.header)]
        if wrong or not self.header:
            raise ValueError(
                f"Every row of the table {self.caption!r} and its `numeric` must have"
                f" {len(self.header)} cells, as its header has: {wrong[:1]}."
            )

    @property
    def wide(self) -> bool:
        """Whether the table has too many columns for a standing page."""
        return len(self.header) > WIDE_TABLE


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered when `ordered`."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """A glossary: each word with what it means. On screen its first use in the text leads here."""

    terms: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if len({term.casefold() for term, _ in self.terms}) != len(self.terms):
            raise ValueError(f"A term is told once: {[term for term, _ in self.terms]}.")


@dataclass(frozen=True, slots=True)
class Columns:
    """Two runs of blocks side by side; on a phone and in Word the left one comes first."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]


Block: TypeAlias = (
    Heading | Paragraph | KeyMessage | Notice | Picture | Table | Items | Terms | Columns
)


@dataclass(frozen=True, slots=True)
class Labels:
    """The fixed words that the writers need, in the report's language.

    `page_of` is a pattern with `{page}` and then `{pages}`. `appendix_summary` invites the reader
    to open the appendix on screen. `table` and `figure` are the words before a number in the
    appendix; an empty word means no numbers.
    """

    page_of: str
    appendix_summary: str
    table: str
    figure: str

    def __post_init__(self) -> None:
        if re.findall(r"\{\w*\}", self.page_of) != ["{page}", "{pages}"]:
            raise ValueError(f"`page_of` holds {{page}} and then {{pages}}: {self.page_of!r}.")

    @property
    def page_words(self) -> tuple[str, str, str]:
        """The words before the page number, between the two numbers, and after them."""
        before, between, after = re.split(r"\{pages?\}", self.page_of)
        return before, between, after


@dataclass(frozen=True, slots=True)
class Report:
    """One report: a sheet for the meeting, more to read, and an appendix for who wants to check it.

    `summary` is what a workgroup has before it: it fills one sheet of paper, and `page` goes on on
    the next, below `page_title`. Without a summary `page` comes first and takes one sheet when it
    can. `brand` and `mark` return on every page; `mark` is empty when the data are real. `date`
    goes into the properties of the files; the date that people read is part of `subtitle`.
    `description` is one sentence for search and for the properties of the files.
    """

    language: Literal["nl", "en"]
    brand: str
    mark: str
    title: str
    subtitle: str
    date: datetime.date
    description: str
    page: tuple[Block, ...]
    appendix_title: str
    appendix: tuple[Block, ...]
    footer: str
    labels: Labels
    summary: tuple[Block, ...] = ()
    page_title: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("A report needs a title.")
        if self.page_title and not self.summary:
            raise ValueError("A title above the page needs a summary before it.")
        _check_levels(self.summary, above=1)
        _check_levels(self.page, above=2 if self.page_title else 1)
        _check_levels(self.appendix, above=2)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Everything before the appendix."""
        return self.summary + self.page


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Give every block in reading order, with the contents of columns in place of the columns."""
    for block in blocks:
        if isinstance(block, Columns):
            yield from walk(block.left)
            yield from walk(block.right)
        else:
            yield block


def numbered(blocks: tuple[Block, ...], labels: Labels) -> tuple[Block, ...]:
    """Give the blocks with "Table 1.", "Figure 1." before the captions, in reading order.

    Tables and pictures without a caption stay as they are and are not counted.
    """
    counts = {"table": 0, "figure": 0}
    return tuple(_numbered(block, labels, counts) for block in blocks)


def lies(blocks: tuple[Block, ...]) -> bool:
    """Whether an appendix is laid on its side on paper: it is when it holds a wide table.

    As a whole: a sheet turned for one table would leave the sheets beside it half empty.
    """
    return any(isinstance(block, Table) and block.wide for block in walk(blocks))


def _numbered(block: Block, labels: Labels, counts: dict[str, int]) -> Block:
    if isinstance(block, Columns):
        return Columns(
            tuple(_numbered(inner, labels, counts) for inner in block.left),
            tuple(_numbered(inner, labels, counts) for inner in block.right),
        )
    if isinstance(block, Table):
        return replace(block, caption=_count(block.caption, "table", labels.table, counts))
    if isinstance(block, Picture):
        return replace(block, caption=_count(block.caption, "figure", labels.figure, counts))
    return block


def _count(caption: str, kind: str, word: str, counts: dict[str, int]) -> str:
    if not (word and caption):
        return caption
    counts[kind] += 1
    return f"{word} {counts[kind]}. {caption}"


def _check_levels(blocks: tuple[Block, ...], above: int) -> None:
    """Raise ValueError when a heading skips a level; `above` is the level of what precedes."""
    for block in walk(blocks):
        if isinstance(block, Heading):
            if block.level > above + 1:
                raise ValueError(f"The heading {block.text!r} needs one of level 2 above it.")
            above = block.level
