"""Choose a file in a notebook: with a menu where Jupyter has one, and without it by name."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text

if TYPE_CHECKING:
    from ipywidgets import Dropdown

# Endings of what can be read; the content decides when it is read.
ENDINGS = (".sav", ".zsav", ".por", ".dta", ".xlsx", ".xls", ".ods", ".csv", ".tsv", ".txt",
           ".parquet", ".feather", ".arrow", ".sqlite", ".db", ".duckdb")  # fmt: skip
DEEP = 3  # folders below the one that is asked for


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Choice:
    """A file to be chosen; ``path`` is the one that is chosen now (the first to begin with).

    Shows a menu in JupyterLab. Where ``ipywidgets`` is absent, or outside a notebook, it lists the
    files; ``choose(folder, name)`` then takes one by its name.
    """

    files: tuple[Path, ...]
    start: Path
    menu: Dropdown | None

    @property
    def path(self) -> Path:
        """The file that is chosen now."""
        return self.start if self.menu is None else Path(self.menu.value)

    def __repr__(self) -> str:
        return f"Choice({self.path.name}, of {len(self.files)} files)"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """What Jupyter asks for: the menu, and a list for where no menu can be."""
        del include, exclude
        menu = {} if self.menu is None else self.menu._repr_mimebundle_() or {}
        return {**menu, "text/plain": repr(self), "text/html": self._list()}

    def _list(self) -> str:
        items = "".join(
            f"<li>{html.escape(file.name)}{' ←' if file == self.path else ''}</li>"
            for file in self.files
        )
        return f"<ul>{items}</ul>"


def choose(folder: str | Path = ".", name: str | None = None) -> Choice:
    """Let the user choose a data file from a folder and the folders in it.

    name: the file to begin with, such as ``"pupils.csv"`` or ``"star/pupils.csv"``.
    Raises DataError when the folder holds no file that can be read, or not the one that is named.
    """
    place = Path(folder)
    found = tuple(
        sorted(
            file
            for file in place.rglob("*")
            if file.suffix.lower() in ENDINGS
            and file.is_file()
            and len(file.relative_to(place).parts) <= DEEP
            and not any(part.startswith(".") for part in file.relative_to(place).parts)
        )
    )
    ends = Path(name or "").parts
    wanted = [file for file in found if not ends or file.parts[-len(ends) :] == ends]
    if not wanted:
        rule = Text(
            "In deze map staat geen bestand met gegevens." if name is None or not found
            else f"In deze map staat geen bestand ‘{name}’.",
            "This folder holds no file with data." if name is None or not found
            else f"This folder holds no file ‘{name}’.",
        )  # fmt: skip
        remedy = Text("Controleer de map en de naam.", "Check the folder and the name.")
        raise DataError([Fault(rule, remedy, file=place.name)])
    return Choice(found, wanted[0], _menu(found, wanted[0], place))


def _menu(files: tuple[Path, ...], start: Path, folder: Path) -> Dropdown | None:
    """A menu of the files; None where the library for it is absent."""
    try:
        from ipywidgets import Dropdown
    except ImportError:
        return None
    options = [(file.relative_to(folder).as_posix(), str(file)) for file in files]
    return Dropdown(options=options, value=str(start), description="Bestand / file",
                    style={"description_width": "initial"}, layout={"width": "60%"})  # fmt: skip
