"""A file of settings in TOML as plain values, or the one fault that says why it cannot be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from academic_workplace.errors import Fault
from academic_workplace.language import Text


def read_toml(path: str | Path) -> dict[str, Any] | Fault:
    """The values of a TOML file (UTF-8, with or without byte order mark), or why there are none."""
    path = Path(path)
    try:
        return toml_of(path.read_text(encoding="utf-8-sig"), path.name)
    except UnicodeDecodeError:
        rule = Text("Dit bestand is geen tekst in UTF-8.", "This file is not text in UTF-8.")
        remedy = Text("Sla het op als UTF-8.", "Save it as UTF-8.")
    except (OSError, ValueError):  # ValueError: a name that holds a null character
        rule = Text("Dit bestand kan niet geopend worden.", "This file cannot be opened.")
        remedy = Text(
            "Controleer de naam en de map, en of u het mag lezen.",
            "Check the name and the folder, and whether you may read it.",
        )
    return Fault(rule, remedy, file=path.name)


def toml_of(text: str, file: str) -> dict[str, Any] | Fault:
    """The values of a text in TOML, or where it goes wrong. file: as the fault names it."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: bad TOML, or a date such as 31 June
        line = re.search(r"line (\d+)", str(error))
    where = Text(f"regel {line[1]}", f"line {line[1]}") if line else Text("het einde", "the end")
    rule = Text(
        f"Dit bestand is geen geldig TOML: er klopt iets niet bij {where.nl}.",
        f"This file is not valid TOML: something is wrong at {where.en}.",
    )
    remedy = Text(
        "Verbeter die regel. Vaak mist een aanhalingsteken of een haakje, of staat een naam er twee"
        " keer.",
        "Mend that line. Often a quotation mark or a bracket is missing, or a name stands there"
        " twice.",
    )
    return Fault(rule, remedy, file=file)
