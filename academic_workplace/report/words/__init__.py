"""The sentences of the reports as data: one TOML file a subject, every entry in Dutch and English.

    [withheld]
    nl = "Een getal over minder dan {minimum} leerlingen staat er niet."
    en = "A number about fewer than {minimum} pupils is left out."

What stands between braces is filled in by the module that tells the result, with
``str.format``. Sub-tables make longer keys: ``[verdict.matters]`` is ``verdict.matters``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from academic_workplace.language import LANGUAGES, Text


@cache
def phrases(subject: str) -> Mapping[str, Text]:
    """All texts of one subject, by key. subject: the name of a TOML file in this folder."""
    source = files("academic_workplace.report.words").joinpath(f"{subject}.toml")
    return MappingProxyType(dict(_texts(tomllib.loads(source.read_text("utf-8")), "")))


def _texts(table: Mapping[str, Any], above: str) -> list[tuple[str, Text]]:
    if set(table) == set(LANGUAGES):
        return [(above, Text(**table))]
    inner = [(f"{above}.{key}".lstrip("."), value) for key, value in table.items()]
    return [found for key, value in inner for found in _texts(value, key)]
