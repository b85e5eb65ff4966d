"""The house: whose report it is, and the colours it wears.

An organisation's own are read from one file at the root of its project, ``workplace.toml``; every
part may be left out but the name::

    [organisation]
    name.nl = "Werkplaats Oost"
    name.en = "Workplace East"
    logo = "logo.svg"                    # png or svg, beside this file
    logo_text = "Werkplaats Oost"        # for who cannot see it

    [colours]
    accent = "#7a1f3d"
    second = "#1f5f2e"

    [word]
    template = "huisstijl.dotx"          # its styles, margins, header and footer are kept

    [disclosure]
    profile = "dutch-10"
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from academic_workplace.disclosure import PROFILES
from academic_workplace.disclosure.profiles import project_file
from academic_workplace.errors import Fault, ReportError, not_known
from academic_workplace.language import LANGUAGES, Text, same
from academic_workplace.report.logo import Logo, filled, read_logo
from academic_workplace.report.words import phrases
from academic_workplace.toml import read_toml

SAY = phrases("house")


@dataclass(frozen=True, slots=True)
class House:
    """An organisation's name, logo, Word template and colours, as ``#rrggbb``.

    Each text colour reads on its ground at 4.5 : 1 or better (WCAG AA). template: the bytes of a
    docx file. profile: the name of its rules of disclosure, or empty.
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
    second: str = "#c2550a"  # the second voice in a picture
    band: str = "#eef4f5"  # tinted ground
    mark_ground: str = "#fff1e6"  # behind the mark that says what kind of numbers these are
    mark_text: str = "#7a3300"
    logo: Logo | None = None
    template: bytes | None = None
    profile: str = ""

    @property
    def colours(self) -> dict[str, str]:
        """Every colour under its name."""
        return {name: getattr(self, name) for name in COLOURS}


COLOURS = tuple(
    field.name
    for field in fields(House)
    if isinstance(field.default, str) and field.default.startswith("#")
)
OWN = tuple(name for name in COLOURS if name != "paper")  # paper stays white
LEIDEN = House()
_now: ContextVar[House | None] = ContextVar("house", default=None)

TEXT, SHAPE = 4.5, 3.0  # least contrast (WCAG 2.2, 1.4.3 and 1.4.11)
PAIRS = (  # what stands on what, and how well it must be seen
    ("ink", "paper", TEXT),
    ("ink", "band", TEXT),
    ("soft", "paper", TEXT),
    ("soft", "band", TEXT),
    ("accent", "paper", TEXT),
    ("accent", "band", SHAPE),
    ("second", "paper", TEXT),
    ("second", "band", SHAPE),
    ("mark_text", "mark_ground", TEXT),
)
TINT = 0.07  # how much of the accent is in the tinted ground
KNOWN: dict[str, tuple[str, ...]] = {
    "organisation": ("name", "logo", "logo_text"),
    "colours": OWN,
    "word": ("template",),
    "disclosure": ("profile",),
}


def house() -> House:
    """The house whose report is made now: of a ``with dressed`` block, else of the project.

    A project has it in ``workplace.toml``, in this folder or one above it; without one it is Leiden's.
    Read once per folder: who changes the file begins anew. Raises ReportError with its faults.
    """
    return _now.get() or _of_project(os.getcwd())  # noqa: PTH109 -- asked for every number; Path is slow


@cache
def _of_project(folder: str) -> House:
    file = project_file(folder)
    return LEIDEN if file is None else read_house(file)


@contextmanager
def dressed(given: House) -> Iterator[None]:
    """Let reports and pictures be those of another house within a ``with`` block."""
    token = _now.set(given)
    try:
        yield
    finally:
        _now.reset(token)


# --- contrast ------------------------------------------------------------------------------------


def contrast(one: str, other: str) -> float:
    """How well two colours are told apart, 1 to 21 (WCAG 2.2, contrast ratio)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def nearest(colour: str, ground: str, least: float) -> str:
    """The first colour on the way to black or white that is seen well enough on its ground."""
    towards = max(("#000000", "#ffffff"), key=lambda end: contrast(end, ground))
    steps = (mixed(colour, towards, step / 100) for step in range(101))
    return next((found for found in steps if contrast(found, ground) >= least), towards)


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share (0 to 1) of another in it."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2), 0 for black to 1 for white."""
    parts = [part / 255 for part in _rgb(colour)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# --- reading -------------------------------------------------------------------------------------


def read_house(path: str | Path) -> House:
    """Read whose reports these are from a TOML file, with the logo and the template it names.

    Raises ReportError with every fault: an unknown key, a wrong form, a logo that is no safe
    picture, a colour that is none or that is hard to see, a template that is no Word file.
    """
    path = Path(path)
    raw = _read(path)
    faults = [not_known(key, key, list(KNOWN)) for key in raw if key not in KNOWN]
    tables = {name: _table(raw, name, faults) for name in KNOWN}
    given = tables["organisation"]
    name = _name(given, faults)
    found = House(
        name=name,
        logo=_logo(given, name, path.parent, faults),
        template=_template(tables["word"], path.parent, faults),
        profile=_string(tables["disclosure"], "disclosure", "profile", "dutch-10", faults) or "",
    )
    found = _coloured(found, tables["colours"], faults)
    if found.profile and found.profile not in PROFILES:
        where = "[disclosure] profile"
        faults.append(not_known(where, found.profile, list(PROFILES)))
    if faults:
        raise ReportError([replace(fault, file=path.name) for fault in faults])
    return found


def _read(path: Path) -> dict[str, Any]:
    found = read_toml(path)
    if isinstance(found, Fault):
        raise ReportError([found])
    return found


def _table(raw: Mapping[str, Any], name: str, faults: list[Fault]) -> dict[str, Any]:
    """One table of the file; unknown keys and another form are faults."""
    table = raw.get(name, {})
    if not isinstance(table, dict):
        faults.append(_wrong_form(f"[{name}]", f"[{name}]"))
        return {}
    known = KNOWN[name]
    faults += [not_known(f"[{name}]", key, list(known)) for key in table if key not in known]
    return {key: value for key, value in table.items() if key in known}


def _name(given: Mapping[str, Any], faults: list[Fault]) -> Text:
    form = 'name.nl = "…", name.en = "…"'
    if not given.get("name"):
        remedy = filled(SAY["name.missing_remedy"], form=form)
        faults.append(Fault(SAY["name.missing"], remedy, column="[organisation]"))
        return LEIDEN.name
    return _words(given["name"], "[organisation] name", form, faults) or LEIDEN.name


def _words(value: object, where: str, form: str, faults: list[Fault]) -> Text | None:
    """A text in both languages, or one that is alike in both."""
    if isinstance(value, str) and value.strip():
        return same(value)
    if isinstance(value, dict) and set(value) == set(LANGUAGES):
        words = [word for word in value.values() if isinstance(word, str) and word.strip()]
        if len(words) == len(LANGUAGES):
            return Text(value["nl"], value["en"])
    faults.append(_wrong_form(where, form))
    return None


def _string(
    table: Mapping[str, Any], name: str, key: str, example: str, faults: list[Fault]
) -> str | None:
    """A text of one language; None when it is absent."""
    value = table.get(key)
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    faults.append(_wrong_form(f"[{name}] {key}", f'{key} = "{example}"'))
    return None


def _beside(
    table: Mapping[str, Any], name: str, key: str, example: str, folder: Path, faults: list[Fault]
) -> bytes | None:
    """What stands in the file that is named; None when none is, or when it cannot be read."""
    named = _string(table, name, key, example, faults)
    if named is None:
        return None
    try:
        return (folder / named).read_bytes()
    except (OSError, ValueError):
        rule = filled(SAY["part.missing"], name=named)
        faults.append(Fault(rule, SAY["part.missing_remedy"], column=f"[{name}] {key}"))
        return None


def _logo(given: Mapping[str, Any], name: Text, folder: Path, faults: list[Fault]) -> Logo | None:
    alt: Text | None = name
    if "logo_text" in given:
        form = 'logo_text.nl = "…", logo_text.en = "…"'
        alt = _words(given["logo_text"], "[organisation] logo_text", form, faults)
    content = _beside(given, "organisation", "logo", "logo.svg", folder, faults)
    if content is None:
        return None
    found = read_logo(content, alt or name)
    if isinstance(found, Fault):
        faults.append(replace(found, column="[organisation] logo"))
        return None
    return found


def _template(table: Mapping[str, Any], folder: Path, faults: list[Fault]) -> bytes | None:
    content = _beside(table, "word", "template", "huisstijl.dotx", folder, faults)
    if content is None:
        return None
    from academic_workplace.report.writers.word_template import as_document

    found = as_document(content)
    if isinstance(found, Fault):
        faults.append(replace(found, column="[word] template"))
        return None
    return found


def _coloured(plain: House, table: Mapping[str, Any], faults: list[Fault]) -> House:
    """The house in its own colours, each seen well enough beside those it is seen with."""
    wrong = {key for key, value in table.items() if not _is_colour(value)}
    for key in wrong:
        rule = filled(SAY["colour.none"], value=table[key])
        remedy = filled(SAY["colour.none_remedy"], example=getattr(LEIDEN, key))
        faults.append(Fault(rule, remedy, column=f"[colours] {key}"))
    own = {key: value.lower() for key, value in table.items() if key not in wrong}
    if "accent" in own and "band" not in table:
        own["band"] = mixed(LEIDEN.paper, own["accent"], TINT)
    found = replace(plain, **own)
    told: set[str] = set()  # one fault a colour
    for front, ground, least in PAIRS:
        name, other = (front, ground) if front in table else (ground, front)
        if name not in own or name in told or {front, ground} & wrong:
            continue
        if contrast(getattr(found, front), getattr(found, ground)) < least:
            told.add(name)
            faults.append(_hard_to_see(found, name, other, least))
    return found


def _is_colour(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value) is not None


def _hard_to_see(found: House, name: str, other: str, least: float) -> Fault:
    """What is measured, and a colour near it that would do everywhere."""
    colour: str = getattr(found, name)
    beside: str = getattr(found, other)
    near = colour
    for front, ground, wanted in PAIRS:
        if name in (front, ground):
            near = nearest(near, getattr(found, ground if name == front else front), wanted)
    said = SAY["colour.text" if least == TEXT else "colour.shape"]
    measured, reached = contrast(colour, beside), contrast(near, beside)

    def told(to: str) -> tuple[str, str]:
        return (
            said[to].format(
                ground=f"{other} ({beside})", found=_ratio(measured, to), least=_ratio(least, to)
            ),
            SAY["colour.remedy"][to].format(near=near, reached=_ratio(reached, to)),
        )

    (rule_nl, remedy_nl), (rule_en, remedy_en) = told("nl"), told("en")
    return Fault(Text(rule_nl, rule_en), Text(remedy_nl, remedy_en), column=f"[colours] {name}")


def _ratio(number: float, language: str) -> str:
    """One decimal, cut off: what falls short is never rounded up to what is asked."""
    text = f"{int(number * 10 + 1e-9) / 10:.1f}"
    return text.replace(".", ",") if language == "nl" else text


def _wrong_form(where: str, form: str) -> Fault:
    return Fault(SAY["form"], filled(SAY["form_remedy"], form=form), column=where)
