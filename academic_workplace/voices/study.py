"""A study of voices: its folder read, everything worked out once, and nothing that may not leave.

stemmen.toml            question, groups, leading coder, what stands beside which figure
codes.toml              the codebook
fragments.csv           who said what
codings.csv             who gave which code
released-quotes.toml    what may be quoted, and who looked at it
cleared.toml            (if any) what looked like a trace and is none
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from academic_workplace.errors import DataError, Fault, PlanError, WorkplaceError, not_known
from academic_workplace.language import Text, both
from academic_workplace.plan import Study
from academic_workplace.toml import read_toml
from academic_workplace.voices.agreement import Agreement, agreement
from academic_workplace.voices.codes import Code, Codings, read_codes, read_codings, text_of
from academic_workplace.voices.display import (
    Explains,
    JointDisplay,
    Theme,
    joint_display,
    unknown_code,
)
from academic_workplace.voices.fragments import (
    COLUMNS,
    Fragment,
    Fragments,
    read_fragments,
    rows_of,
)
from academic_workplace.voices.frequencies import (
    ALL,
    CoOccurrence,
    Frequencies,
    co_occurrence,
    counts_of,
    frequencies,
)
from academic_workplace.voices.quotes import Quotations, Tick, quotations, read_ticks
from academic_workplace.voices.saturation import Saturation, saturation

FILE = "stemmen.toml"
TEXTS = ("title", "question", "audience", "source", "ambition", "workgroup")
LISTS = ("caveats", "discussion")
KNOWN = (*TEXTS, *LISTS, "synthetic", "actions", "leading", "watch", "groups", "display", "seed")
PEOPLE = Text("mensen", "people")


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What a study of voices says of itself."""

    study: Study
    groups: Mapping[str, Text]
    leading: str | None
    watch: tuple[str, ...]
    themes: tuple[Theme, ...]
    seed: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Voices:
    """All that a report tells of a study of voices. No fragment is in it but what may be quoted.

    respondents: how many in every group, None where it stays inside. fragments: how many there are,
    unless the number of respondents stays inside.
    """

    study: Study
    groups: Mapping[str, Text]
    respondents: Mapping[str, int | None]
    fragments: int | None
    questions: int
    codes: tuple[Code, ...]
    frequencies: Frequencies
    agreement: Agreement | None
    co_occurrence: CoOccurrence
    saturation: Saturation
    quotations: Quotations
    display: JointDisplay
    made: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Voices({len(self.codes)} codes)"

    def explain(self, language: str = "nl") -> str:
        """The main themes."""
        return self.frequencies.explain(language)

    def table(self) -> pd.DataFrame:
        """A row per code and group, as it may leave."""
        return self.frequencies.table()

    def _repr_html_(self) -> str:
        return both(self.explain)


def read_setup(path: str | Path) -> Setup:
    """The TOML file of a study of voices. Raises PlanError naming every fault at once."""
    path = Path(path)
    raw = read_toml(path)
    if isinstance(raw, Fault):
        raise PlanError([raw])
    faults = [not_known(f"{path.name} {key}", key, KNOWN) for key in raw if key not in KNOWN]

    def text(value: object, where: str) -> Text:
        return text_of(value, path.name, where, faults)

    def listed(key: str) -> list[Any]:
        found = raw.get(key, [])
        if isinstance(found, list):
            return found
        faults.append(_form(path.name, key))
        return []

    told = {key: text(raw[key], key) for key in TEXTS if key in raw}
    for key in ("title", "question"):
        if key not in raw:
            text(None, key)
    lists = {key: tuple(text(one, key) for one in listed(key)) for key in LISTS}
    groups_raw = raw.get("groups", {})
    groups = {}
    if isinstance(groups_raw, dict):
        groups = {key: text(value, f"groups.{key}") for key, value in groups_raw.items()}
    else:
        faults.append(_form(path.name, "groups"))
    themes = []
    for one in listed("display"):
        own = one if isinstance(one, dict) else {}
        if not isinstance(own.get("code"), str) or set(own) - {"code", "figure", "meaning"}:
            faults.append(_form(path.name, "display"))
            continue
        themes.append(
            Theme(
                own["code"], str(own.get("figure", "")), text(own.get("meaning"), "display.meaning")
            )
        )
    seed, leading, synthetic = raw.get("seed", 1), raw.get("leading"), raw.get("synthetic", False)
    if not isinstance(synthetic, bool):
        faults.append(_form(path.name, "synthetic"))
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        faults.append(_form(path.name, "seed"))
    if leading is not None and not isinstance(leading, str):
        faults.append(_form(path.name, "leading"))
    for key in ("watch", "actions"):
        if not all(isinstance(one, str) and one.strip() for one in listed(key)):
            faults.append(_form(path.name, key))
    if faults:
        raise PlanError(faults)
    empty = Text("", "")
    study = Study(
        title=told.get("title", empty),
        question=told.get("question", empty),
        audience=told.get("audience", empty),
        source=told.get("source", empty),
        ambition=told.get("ambition", empty),
        workgroup=told.get("workgroup", empty),
        caveats=lists["caveats"],
        discussion=lists["discussion"],
        synthetic=synthetic,
        actions=tuple(raw.get("actions", ())),
        people=PEOPLE,
    )
    return Setup(study, groups, leading, tuple(raw.get("watch", ())), tuple(themes), seed)


def _form(file: str, where: str) -> Fault:
    rule = Text("Hier staat iets van een andere vorm.", "What stands here has another form.")
    return Fault(
        rule,
        Text("Kijk in de uitleg van dit bestand.", "See how this file is described."),
        file,
        where,
    )


def read_voices(folder: str | Path, figures: Mapping[str, Explains | Text] | None = None) -> Voices:
    """Everything of a folder worked out.

    figures: results by the names that ``[[display]]`` uses. Raises PlanError or DataError with the
    faults of all files that can be read at once.
    """
    folder = Path(folder)
    faults: list[Fault] = []
    plan_faults = False
    setup: Setup | None = None
    codes: tuple[Code, ...] = ()
    try:
        setup = read_setup(folder / FILE)
    except PlanError as error:
        faults, plan_faults = [*error.faults], True
    try:
        codes = read_codes(folder / "codes.toml")
    except PlanError as error:
        faults, plan_faults = [*faults, *error.faults], True
    ticks: list[tuple[Tick, ...]] = []
    for name in ("released-quotes.toml", "cleared.toml"):
        try:
            ticks.append(read_ticks(folder / name) if (folder / name).is_file() else ())
        except DataError as error:
            faults += error.faults
            ticks.append(())
    watch = () if setup is None else setup.watch
    today = datetime.date.today()
    signed = [t.fingerprint for t in ticks[1] if t.by and t.date is not None and t.date <= today]
    fragments: Fragments | None = None
    try:
        fragments = read_fragments(folder / "fragments.csv", watch=watch, cleared=signed)
    except DataError as error:
        faults += error.faults
    codings: Codings | None = None
    listed = _as_listed(folder / "fragments.csv") if fragments is None else fragments
    if codes and listed is not None:  # else nothing can be said of who gave which code
        leading = None if setup is None else setup.leading
        try:
            codings = read_codings(folder / "codings.csv", listed, codes, leading=leading)
        except DataError as error:
            faults += error.faults
    if codes and setup is not None:
        keys = [code.key for code in codes]
        unknown = [unknown_code(one.code, keys) for one in setup.themes if one.code not in keys]
        plan_faults |= bool(unknown)
        faults += unknown
    if fragments is None or setup is None or codings is None or faults:
        kind: type[WorkplaceError] = PlanError if plan_faults else DataError
        raise kind(faults)
    return look(setup, codings, ticks[0], figures or {})


def _as_listed(path: Path) -> Fragments | None:
    """Fragments that were refused, only to tell what is wrong with their codings; None when their
    columns cannot be read."""
    try:
        rows, name = rows_of(path, None)
    except DataError:
        return None
    once = rows[rows["fragment"] != ""].drop_duplicates("fragment")
    each = (Fragment(*map(str, cells)) for cells in once[[*COLUMNS]].itertuples(index=False))
    return Fragments(tuple(each), name)


def look(
    setup: Setup,
    codings: Codings,
    ticks: tuple[Tick, ...] = (),
    figures: Mapping[str, Explains | Text] | None = None,
) -> Voices:
    """All that may be told of coded fragments, worked out. Raises as its parts do."""
    fragments = codings.fragments
    counts = counts_of(codings)
    found = frequencies(codings, labels=setup.groups, counts=counts)
    try:
        alike = agreement(codings, seed=setup.seed)
    except DataError:
        alike = None
    quoted = quotations(fragments, ticks, codings=codings, watch=setup.watch)
    asked = {group: counts.shown("asked", group) for group in (ALL, *fragments.groups)}
    codes, texts = repr(codings.codes).encode(), fragments.digest.encode()
    return Voices(
        study=setup.study,
        groups=setup.groups,
        respondents=asked,
        fragments=None if asked[ALL] is None else len(fragments),
        questions=len(fragments.questions),
        codes=codings.codes,
        frequencies=found,
        agreement=alike,
        co_occurrence=co_occurrence(codings, counts=counts),
        saturation=saturation(codings, counts=counts),
        quotations=quoted,
        display=joint_display(setup.themes, figures or {}, found, quoted),
        made={
            "fragments": sha256(b"fragments" + texts).hexdigest(),
            # With the texts in it: the few codes that may have been given could be tried.
            "codings": sha256(texts + codings.digest.encode()).hexdigest(),
            "codes": sha256(codes).hexdigest(),
        },
    )
