"""The house: whose report it is, and the colours it wears."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from academic_workplace.language import Text


@dataclass(frozen=True, slots=True)
class House:
    """An organisation's name and colours, as ``#rrggbb``.

    Each text colour reads on its ground at 4.5 : 1 or better (WCAG AA).
    """

    name: Text = Text(
        "Academische werkplaats · Kansrijk Onderwijs Leiden",
        "Academic workplace · Kansrijk Onderwijs Leiden",
    )
    ink: str = "#16202a"  # text
    soft: str = "#52606d"  # captions, notes, subtitle
    line: str = "#d8dee4"  # rules
    paper: str = "#ffffff"
    accent: str = "#0b5a6b"  # headings, key message, a clear difference
    second: str = "#c4560a"  # the second voice in a picture
    band: str = "#eef4f5"  # tinted ground
    mark_ground: str = "#fff1e6"  # behind the mark that says what kind of numbers these are
    mark_text: str = "#7a3300"


LEIDEN = House()
_now: ContextVar[House] = ContextVar("house", default=LEIDEN)


def house() -> House:
    """The house whose report is made now."""
    return _now.get()


@contextmanager
def dressed(given: House) -> Iterator[None]:
    """Let reports and pictures be those of another house within a ``with`` block."""
    token = _now.set(given)
    try:
        yield
    finally:
        _now.reset(token)
