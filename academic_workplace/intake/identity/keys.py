"""The key of pseudonyms: made once, kept outside every project, shown nowhere."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import NoReturn

from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text

BYTES = 32  # as long as the hash
LEAST = 16
FIRST_LINE = "academic-workplace key 1"
# What makes a folder a project, whose files are shared or kept in a history.
PROJECT = (".git", ".hg", ".svn", "pyproject.toml", "plan.toml")

KEEP_OUTSIDE = Text(
    "Bewaar de sleutel buiten het project, op een plek waar alleen de beheerder bij kan.",
    "Keep the key outside the project, in a place that only its keeper can reach.",
)


class Key(bytes):
    """Bytes that do not show themselves in a notebook, a message or a pickle."""

    def __repr__(self) -> str:
        return f"Key({len(self)} bytes)"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A key is never pickled: it stays in its file.")


def new_key(path: str | Path) -> Path:
    """Make a key of 256 random bits in a new file that only its owner can read.

    Raises DataError when the file exists, its folder does not, or it lies in a project.
    """
    path = _outside(path)
    text = f"{FIRST_LINE}\n{secrets.token_hex(BYTES)}\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _fault(
            path,
            Text("Dit bestand bestaat al.", "This file exists already."),
            Text("Kies een andere naam; een sleutel wordt nooit overschreven.",
                 "Choose another name; a key is never overwritten."),
        ) from None  # fmt: skip
    except OSError:
        raise _fault(
            path,
            Text("Hier kan geen bestand gemaakt worden.", "No file can be made here."),
            Text("Controleer of de map bestaat en u erin mag schrijven.",
                 "Check that the folder exists and that you may write in it."),
        ) from None  # fmt: skip
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    return path


def read_key(path: str | Path) -> Key:
    """The key in a file that ``new_key`` made.

    Raises DataError when it cannot be read, is no such file, or lies in a project.
    """
    path = _outside(path)
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        raise _fault(
            path,
            Text("De sleutel kan niet gelezen worden.", "The key cannot be read."),
            Text("Controleer de naam en de map.", "Check the name and the folder."),
        ) from None
    key = _key_in(start)
    if key is None:
        raise _fault(
            path,
            Text("Dit is geen sleutelbestand.", "This is not a key file."),
            Text("Maak er een met new_key, of kies het goede bestand.",
                 "Make one with new_key, or choose the right file."),
        )  # fmt: skip
    return key


def _key_in(start: bytes) -> Key | None:
    """The key in the text of a key file; nothing of it reaches an error."""
    lines = start.decode("ascii", "replace").split("\n")
    if len(lines) != 3 or lines[0].strip() != FIRST_LINE or lines[2].strip():
        return None
    try:
        key = Key(bytes.fromhex(lines[1].strip()))
    except ValueError:
        return None
    return key if len(key) == BYTES else None


def _outside(path: str | Path) -> Path:
    """The whole path, links followed; DataError when a project or history holds it."""
    path = Path(path).expanduser().resolve()
    holder = next((p for p in path.parents if any((p / name).exists() for name in PROJECT)), None)
    if holder is not None:
        raise _fault(
            path,
            Text(f"Deze plek hoort bij een project (de map ‘{holder.name}’).",
                 f"This place belongs to a project (the folder ‘{holder.name}’)."),
            KEEP_OUTSIDE,
        )  # fmt: skip
    return path


def _fault(path: Path, rule: Text, remedy: Text) -> DataError:
    return DataError([Fault(rule, remedy, file=path.name)])
