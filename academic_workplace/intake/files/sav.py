"""The dictionary of an SPSS file, looked through before pyreadstat reads it.

pyreadstat is C: some damage in the dictionary ends the whole process (a label set that points to
no variable, a code that is no text in the encoding of the file), and a row count that is wrong
takes all memory. What is looked for here is exactly that, and what pyreadstat does not tell: the
weight. The records are those of the "System File Format" chapter of the PSPP developers' guide.
"""

from __future__ import annotations

import codecs
import io
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

CELL = 8  # bytes of a number, and of a piece of text
DEFLATED = 1100  # zlib makes nothing more than 1,032 times as small
DOCUMENT_LINE = 80
MOST_BYTES = 1 << 28  # of one record; a dictionary is far smaller
CHARACTER_SETS = {2: "cp1252", 3: "cp1252", 4: "cp1252", 65001: "utf-8"}  # else: cp<number>


@dataclass(slots=True)
class Dictionary:
    """What the first part of the file says, as far as it is needed here.

    encoding: the name that Python knows, or None. texts: names, labels and codes of text.
    """

    rows: int = -1  # -1: not told
    compression: int = 0
    weight: str = ""
    encoding: str | None = None
    texts: list[bytes] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)  # 0: number; -1: goes on; else: of a text
    going_on: int = 0  # how many pieces of the last text are still to come
    short: list[bytes] = field(default_factory=list)  # the name of each, at most 8 bytes
    long: dict[bytes, bytes] = field(default_factory=dict)


class DamagedError(ValueError):
    """The file is not what its own dictionary says."""


class _Reader:
    """Takes numbers and bytes from a file and never goes past its end."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.order = file, "<"

    def take(self, size: int) -> bytes:
        if not 0 <= size <= MOST_BYTES:
            raise DamagedError
        found = self.file.read(size)
        if len(found) != size:
            raise DamagedError
        return found

    def ints(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"{self.order}{count}i", self.take(4 * count))

    def number(self) -> int:
        return self.ints(1)[0]


def dictionary_of(path: Path) -> Dictionary:
    """Look through a .sav or .zsav file. Raises DamagedError and OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        reader = _Reader(file)
        out, weight = _header(reader)
        try:
            while (kind := reader.number()) != 999:
                _record(reader, kind, out)
        except struct.error:
            raise DamagedError from None
        reader.number()
        _check_rows(out, size - reader.file.tell())
    if 0 < weight <= len(out.short):
        name = out.short[weight - 1]
        out.weight = out.long.get(name, name).decode(out.encoding or "cp1252", "replace")
    return out


def _header(reader: _Reader) -> tuple[Dictionary, int]:
    reader.take(64)
    layout = reader.take(4)
    if layout not in (b"\2\0\0\0", b"\3\0\0\0"):
        reader.order = ">"
        if layout not in (b"\0\0\0\2", b"\0\0\0\3"):
            raise DamagedError
    _, compression, weight, rows = reader.ints(4)
    reader.take(92)
    if compression not in (0, 1, 2) or rows < -1:
        raise DamagedError
    return Dictionary(rows, compression), weight


def _record(reader: _Reader, kind: int, out: Dictionary) -> None:
    if kind == 2:
        _variable(reader, out)
    elif kind == 3:
        _labels(reader, out)
    elif kind == 6:
        reader.take(DOCUMENT_LINE * reader.number())
    elif kind == 7:
        subtype, size, count = reader.ints(3)
        if size < 0 or count < 0:
            raise DamagedError
        _extension(reader, subtype, reader.take(size * count), out)
    else:
        raise DamagedError


def _variable(reader: _Reader, out: Dictionary) -> None:
    width, labelled, missing, _, _ = reader.ints(5)
    name = reader.take(8).rstrip()
    if not -1 <= width <= 255 or labelled not in (0, 1) or missing not in (-3, -2, 0, 1, 2, 3):
        raise DamagedError
    if (width == -1) != (out.going_on > 0):
        raise DamagedError
    out.going_on = out.going_on - 1 if width == -1 else max(0, (width - 1) // CELL)
    out.widths.append(width)
    out.short.append(name)
    if labelled:
        length = reader.number()
        out.texts.append(reader.take(length))
        reader.take(-length % 4)
    found = [reader.take(CELL) for _ in range(abs(missing))]
    if width > 0:
        if missing < 0:
            raise DamagedError
        out.texts += found


def _labels(reader: _Reader, out: Dictionary) -> None:
    """Labels of codes, and the variables that they belong to."""
    codes = []
    for _ in range(_count(reader.number())):
        codes.append(reader.take(CELL))
        length = reader.take(1)[0]
        out.texts.append(reader.take(length))
        reader.take(-(length + 1) % CELL)
    if reader.number() != 4:
        raise DamagedError
    places = reader.ints(_count(reader.number()))
    if any(not 0 < place <= len(out.widths) for place in places):
        raise DamagedError
    widths = [out.widths[place - 1] for place in places]
    if min(widths, default=0) < 0 or len({width == 0 for width in widths}) > 1:
        raise DamagedError
    if any(widths):
        out.texts += codes


def _count(number: int) -> int:
    if not 0 <= number <= MOST_BYTES // CELL:
        raise DamagedError
    return number


def _extension(reader: _Reader, subtype: int, content: bytes, out: Dictionary) -> None:
    if subtype == 3 and len(content) >= 32:
        number = struct.unpack(f"{reader.order}8i", content[:32])[7]
        out.encoding = out.encoding or _codec(CHARACTER_SETS.get(number, f"cp{number}"))
    elif subtype == 20:
        out.encoding = _codec(content.rstrip(b" \0").decode("ascii", "replace"))
    elif subtype == 13:
        pairs = (each.split(b"=", 1) for each in content.split(b"\t") if b"=" in each)
        out.long |= {name.strip(): long.strip(b" \0") for name, long in pairs}
        out.texts += out.long.values()
    elif subtype in (21, 22):
        _long_texts(_Reader(io.BytesIO(content)), reader.order, subtype, out)


def _long_texts(part: _Reader, order: str, subtype: int, out: Dictionary) -> None:
    """Labels (21) or missing codes (22) of texts longer than eight bytes."""
    part.order, content = order, part.file
    end = content.seek(0, io.SEEK_END)
    content.seek(0)
    while content.tell() < end:
        out.texts.append(part.take(part.number()))
        if subtype == 21:
            part.number()
            for _ in range(_count(part.number())):
                out.texts += [part.take(part.number()), part.take(part.number())]
        else:
            count = part.take(1)[0]
            length = part.number()
            out.texts += [part.take(length) for _ in range(count)]


def _codec(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def _check_rows(out: Dictionary, left: int) -> None:
    """Whether as many rows as the file promises can stand in what is left of it."""
    cells = len(out.widths)
    if cells == 0 or out.going_on:
        raise DamagedError
    if out.compression == 0:
        whole, rest = divmod(left, cells * CELL)
        if rest or out.rows not in (-1, whole):
            raise DamagedError
    elif out.rows * cells > left * (DEFLATED if out.compression == 2 else 1):
        raise DamagedError
