"""The layouts of DUO's files: what their columns are called, and which file is which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from academic_workplace.intake.duo.levels import AdviceLevel, level_of
from academic_workplace.language import Text


class Kind(StrEnum):
    """What is counted."""

    ADVICE = "advice"
    REFERENCE = "reference levels"
    SCORES = "test scores"
    POSTCODE = "pupils by postcode"
    GRADES = "pupils by postcode and grade"
    BACKGROUND = "background"
    PUPILS = "pupils"
    OTHER = "other counts"


class Family(StrEnum):
    """One row per school with a column per count, or one row per count."""

    WIDE = "wide"
    LONG = "long"


TITLES = {
    Kind.ADVICE: Text("Schooladviezen", "School advice"),
    Kind.REFERENCE: Text("Referentieniveaus", "Reference levels"),
    Kind.SCORES: Text("Eindscores per toetsaanbieder", "Final scores by test provider"),
    Kind.POSTCODE: Text("Leerlingen naar postcode", "Pupils by postcode"),
    Kind.GRADES: Text("Leerlingen naar postcode en leerjaar", "Pupils by postcode and grade"),
    Kind.BACKGROUND: Text("Leerlingen naar achtergrond", "Pupils by background"),
    Kind.PUPILS: Text("Leerlingen per vestiging", "Pupils by location"),
    Kind.OTHER: Text("Aantallen leerlingen", "Counts of pupils"),
}
# The column of the tidy table that says which count a row holds.
DIMENSIONS = {
    Kind.ADVICE: "level",
    Kind.REFERENCE: "reference",
    Kind.SCORES: "provider",
    Kind.POSTCODE: "postcode4",
    Kind.GRADES: "grade",
    Kind.BACKGROUND: "background",
    Kind.PUPILS: "counted",
    Kind.OTHER: "code",
}

# What a column means -> every way in which DUO has written its header (as ``plain`` leaves it).
ALIASES = {
    "brin": ("BRIN_NUMMER", "BRINNUMMER", "INSTELLINGSCODE", "INSTELLINGSNUMMER", "BRIN"),
    "location": (
        "VESTIGINGSCODE", "VESTIGINGSNUMMER", "VESTIGINGS_NUMMER", "VESTIGINSNUMMER", "VESTIGING",
    ),
    "six": ("BRINVESTIGINGSNUMMER", "BRIN_VESTIGINGSNUMMER", "BRIN6"),
    "name": (
        "INSTELLINGSNAAM_VESTIGING", "VESTIGINGSNAAM", "INSTELLINGSNAAM", "NAAM_VESTIGING",
    ),
    "postcode": ("POSTCODE_VESTIGING", "POSTCODE"),
    "town": ("PLAATSNAAM", "PLAATSNAAM_VESTIGING"),
    "municipality": ("GEMEENTENUMMER", "GEMEENTENUMMER_VESTIGING", "GEMEENTECODE"),
    "municipality_name": ("GEMEENTENAAM", "GEMEENTENAAM_VESTIGING"),
    "province": ("PROVINCIE", "PROVINCIE_VESTIGING"),
    "sector": ("SOORT_PO", "TYPE_PO"),
    "denomination": ("DENOMINATIE_VESTIGING", "DENOMINATIE"),
    "board": ("BEVOEGD_GEZAG_NUMMER", "BEVOEGD_GEZAG"),
    "measured": ("PEILDATUM_LEERLINGEN", "PEILDATUM", "TELDATUM"),
    "year": ("PEILJAAR",),
    "school_year": ("SCHOOLJAAR",),
    "taken": (
        "PRIKDATUM_ADVIEZEN", "PEILDATUM_ADVIEZEN", "PRIKDATUM_SCORES", "PRIKDATUM",
    ),
    "count": (
        "AANTAL_LEERLINGEN", "AANTAL_BEKOSTIGDE_LEERLINGEN", "BEKOSTIGDE_LEERLINGEN",
        "AANTAL_LEERLINGEN_BEKOSTIGD", "LEERLINGEN_BEKOSTIGD",
    ),
    "total": ("TOTAAL_ADVIES", "TOTAAL_ADVIEZEN"),
    "pupil_postcode": ("POSTCODE_LEERLING",),
    "pupil_town": ("PLAATSNAAM_LEERLING",),
    "pupil_municipality": ("GEMEENTENUMMER_LEERLING",),
    "pupil_municipality_name": ("GEMEENTENAAM_LEERLING",),
    "exempted": ("ONTHEFFING_REDEN_ND",),
    "grade8": ("LEERJAAR_8",),
    "row": ("ID",),
}  # fmt: skip
MEANING = {header: meaning for meaning, headers in ALIASES.items() for header in headers}

DESCRIBING = (
    "name", "postcode", "town", "municipality", "municipality_name", "province", "sector",
    "denomination", "board", "pupil_postcode", "pupil_town", "pupil_municipality",
    "pupil_municipality_name",
)  # fmt: skip
"""What is kept of a school (or of a school and where its pupils live), when the file tells it."""

ALSO_KEY = ("sector", "pupil_postcode", "pupil_town", "pupil_municipality")
"""What tells two rows of one school and year apart, beside the count itself."""

DECISIVE = ("brin", "location", "year", "school_year", "count", "total")
BESIDE = ("exempted", "grade8")  # counts of a school that are no part of the others
NO_LEVEL = ("ONBEKEND",)  # how the oldest files head "no advice possible"
REFERENCE = re.compile(r"(REKENEN|LV|TV)_(LAGER1F|1F|1S|2F)")
PROVIDER = re.compile(r"(.+)_AANTAL")
MEAN = re.compile(r"(.+)_GEM")
GRADE = re.compile(r"LEER_OF_VERBLIJFSJAAR_([0-9])")
BACKGROUNDS = ("NOAT", "CUMI", "NNCA")
LEVEL_COLUMN = re.compile(r"VSO|PRO|VMBO_.+|HAVO(_VWO)?|VWO|ADVIES_NIET_MOGELIJK")

# The code of ADVIES in the long family: 10 and 11 were read, 1 to 9 follow the order of the ladder.
LEVEL_CODES = {
    str(code): level
    for code, level in enumerate((lv for lv in AdviceLevel if lv.ordered), start=1)
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a file holds what; names are those in the file.

    parts: label of a count -> its column (wide). dimension: the column with labels (long).
    means: label -> column with an average. ignored: columns that nothing is done with.
    """

    kind: Kind
    family: Family
    columns: dict[str, str]
    parts: dict[str, str]
    means: dict[str, str]
    dimension: str = ""
    ignored: tuple[str, ...] = ()


KNOWN = (
    Text("schooladviezen (VSO, PRO, VMBO_B of VMBO_BL, … VWO)",
         "school advice (VSO, PRO, VMBO_B or VMBO_BL, … VWO)"),
    Text("referentieniveaus (REKENEN_1F, LV_1F, TV_1F, …)",
         "reference levels (REKENEN_1F, LV_1F, TV_1F, …)"),
    Text("eindscores (IEP_AANTAL, IEP_GEM, …)", "final scores (IEP_AANTAL, IEP_GEM, …)"),
    Text("postcode en leerjaar (POSTCODE LEERLING, LEER- OF VERBLIJFSJAAR 1 …)",
         "postcode and grade (POSTCODE LEERLING, LEER- OF VERBLIJFSJAAR 1 …)"),
    Text("lang: PEILJAAR, een kolom zoals ADVIES, en AANTAL_LEERLINGEN",
         "long: PEILJAAR, one column such as ADVIES, and AANTAL_LEERLINGEN"),
    Text("bekostigde leerlingen (AANTAL_LEERLINGEN)", "funded pupils (AANTAL_LEERLINGEN)"),
)  # fmt: skip
"""The layouts, in words, for who has another; each also has columns for the school."""


def plain(header: str) -> str:
    """A header without spaces, signs or small letters."""
    return re.sub(r"[^A-Z0-9]+", "_", header.upper()).strip("_")


def is_header(names: Iterable[str]) -> bool:
    """Whether this is a header of DUO and no row of data, which may be about a pupil.

    A level of advice does not count: it may stand in a row about a pupil too.
    """
    return any(plain(name) in MEANING for name in names)


def part_of(header: str) -> tuple[Kind, str] | None:
    """Which count the column with this plain header holds, in the wide family."""
    if LEVEL_COLUMN.fullmatch(header) and (level := level_of(header)) is not None:
        return Kind.ADVICE, level.value
    if header in NO_LEVEL:
        return Kind.ADVICE, AdviceLevel.NOT_POSSIBLE.value
    if REFERENCE.fullmatch(header):
        return Kind.REFERENCE, header
    if found := PROVIDER.fullmatch(header):
        return Kind.SCORES, found[1]
    if found := GRADE.fullmatch(header):
        return Kind.GRADES, found[1]
    return None


def layout_of(headers: Sequence[str]) -> Layout | None:
    """The layout of a file with these headers; None when it is none of those known here."""
    columns: dict[str, str] = {}
    parts: dict[Kind, dict[str, str]] = {}
    means, rest = {}, []
    for header in headers:
        name = plain(header)
        if name in MEANING:
            columns.setdefault(MEANING[name], header)
        elif found := part_of(name):
            parts.setdefault(found[0], {}).setdefault(found[1], header)
        elif mean := MEAN.fullmatch(name):
            means[mean[1]] = header
        else:
            rest.append(header)
    if not ({"six"} & set(columns) or {"location"} & set(columns)):
        return None
    kind = next((kind for kind in _WIDE if _fits(kind, parts, columns)), None)
    if kind is not None:
        unread = [h for other, found in parts.items() if other is not kind for h in found.values()]
        unread += rest if kind is Kind.SCORES else [*rest, *means.values()]
        means = means if kind is Kind.SCORES else {}
        return Layout(kind, Family.WIDE, columns, parts[kind], means, "", tuple(unread))
    if "count" not in columns or parts or means:
        return None
    if "year" not in columns:
        return Layout(Kind.PUPILS, Family.LONG, columns, {}, {}, "", tuple(rest))
    if len(rest) > 1:
        return None
    dimension = rest[0] if rest else ""
    return Layout(_kind_of(plain(dimension)), Family.LONG, columns, {}, {}, dimension)


_WIDE = (Kind.ADVICE, Kind.GRADES, Kind.REFERENCE, Kind.SCORES)


def _fits(kind: Kind, parts: dict[Kind, dict[str, str]], columns: dict[str, str]) -> bool:
    found = parts.get(kind, {})
    if kind is Kind.ADVICE:
        return "VWO" in found and len(found) >= 6
    if kind is Kind.GRADES:
        return bool(found) and "pupil_postcode" in columns
    return len(found) >= (6 if kind is Kind.REFERENCE else 1)


def _kind_of(dimension: str) -> Kind:
    if not dimension:
        return Kind.PUPILS
    if dimension == "ADVIES":
        return Kind.ADVICE
    if dimension.startswith("POSTCODE"):
        return Kind.POSTCODE
    return Kind.BACKGROUND if dimension in BACKGROUNDS else Kind.OTHER


def missing_columns(layout: Layout) -> list[str]:
    """The counts that a file of this layout always has, and this one has not."""
    if layout.family is Family.LONG:
        return []
    wanted: dict[Kind, list[str]] = {
        Kind.ADVICE: [level.value for level in AdviceLevel if level.ordered],
        Kind.REFERENCE: [
            "REKENEN_LAGER1F", "REKENEN_1F", "REKENEN_1S", "LV_LAGER1F", "LV_1F", "LV_2F",
            "TV_LAGER1F", "TV_1F", "TV_2F",
        ],
    }  # fmt: skip
    return [part for part in wanted.get(layout.kind, []) if part not in layout.parts]


def doubled(headers: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of headers that mean the same, of which a count or a key must have one."""
    seen: dict[str, str] = {}
    pairs = []
    for header in headers:
        name = plain(header)
        part = part_of(name)
        meaning = f"{part[0]}:{part[1]}" if part else MEANING.get(name, "")
        if meaning in seen and (part or meaning in DECISIVE):
            pairs.append((seen[meaning], header))
        elif meaning:
            seen.setdefault(meaning, header)
    return pairs
