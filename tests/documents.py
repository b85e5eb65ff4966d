"""What stands in a report, as plain texts: for tests that read a page as a reader does."""

from __future__ import annotations

from collections.abc import Iterator

from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    KeyMessage,
    Notice,
    Paragraph,
    Picture,
    Table,
    walk,
)


def texts(blocks: tuple[Block, ...], *, alternative: bool = True) -> Iterator[str]:
    """Every piece of text of a document, in order.

    alternative: also that of pictures, which only a screen reader tells.
    """
    for block in walk(blocks):
        match block:
            case Heading(text) | Paragraph(text) | Notice(text):
                yield text
            case KeyMessage(text, small):
                yield from (text, small)
            case Items(items):
                yield from items
            case Picture():
                yield from (block.alt, block.caption) if alternative else (block.caption,)
            case Table():
                yield from (block.caption, *block.header, *sum(block.rows, ()), block.note)
            case Columns():
                raise AssertionError("walk opens columns")
