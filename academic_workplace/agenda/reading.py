"""Agendas from the TOML files of a folder: all of them right, or every fault of all at once.

A file holds any of the tables in ``FORMS``. A key is local in the file of its agenda (``1.2``) and
full everywhere else (``actieplan/1.2``). What a file tells comes from its ``[source]``, unless an
entry names another (``source = "addendum"``, told as ``[sources.addendum]`` in any of the files).
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from academic_workplace.agenda.model import (
    Action,
    Activity,
    Agenda,
    Agendas,
    Ambition,
    Direction,
    Event,
    Indicator,
    Measured,
    Named,
    Project,
    Source,
    Theme,
    Theory,
    Workgroup,
)
from academic_workplace.errors import Fault, PlanError, not_known
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import Plan
from academic_workplace.toml import read_toml

KEY = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")  # part of addresses and names of files
NUMBER_IN_LIST = "{name}[{place}]"


@dataclass(frozen=True, slots=True)
class Form:
    """The keys of a table: those it must have and those it may have, with what each holds."""

    needed: Mapping[str, type]
    free: Mapping[str, type] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, type]:
        """All of them."""
        return {**self.needed, **self.free}


_KEY_TITLE = {"key": str, "title": Text}
_SOURCE = {"source": str}
FORMS = {
    "place": Form({"name": Text, "timezone": str}, {"synthetic": bool, "agendas": list}),
    "agenda": Form(_KEY_TITLE, {"period": str, "partners_note": Text}),
    "source": Form(
        {"document": Text, "taken": datetime.date},
        {"dated": str, "address": str, "invented": bool},
    ),
    "ambitions": Form(_KEY_TITLE, _SOURCE),
    "workgroups": Form({**_KEY_TITLE, "ambitions": list}, _SOURCE),
    "themes": Form(_KEY_TITLE, _SOURCE),
    "actions": Form({**_KEY_TITLE, "under": str}, _SOURCE),
    "interventions": Form(_KEY_TITLE, {"under": str, **_SOURCE}),
    "projects": Form({**_KEY_TITLE, "aims": dict}, _SOURCE),
    "aims": Form(_KEY_TITLE, _SOURCE),
    "partners": Form(_KEY_TITLE, _SOURCE),
    "measures": Form(_KEY_TITLE, _SOURCE),
    "theories": Form(
        {"action": str, "input": Text, "activity": Text, "reach": Text, "output": Text,
         "short": Text, "long": Text, "draft": bool},
        _SOURCE,
    ),
    "indicators": Form(
        {"key": str, "action": str, "title": Text, "definition": Text, "measured": Measured,
         "numerator": Text, "origin": Text, "wave": Text, "direction": Direction, "owner": str},
        {"denominator": Text, "target": float, "target_period": str, **_SOURCE},
    ),
    "events": Form(
        {"key": str, "kind": Activity, "title": Text, "start": datetime.datetime,
         "end": datetime.datetime, "place": Text, "audience": Text, "under": list},
        {"material": dict, "hours": float, **_SOURCE},
    ),
    "material": Form({"title": Text}, {"address": str}),
}  # fmt: skip
SINGLE = ("place", "agenda", "source")  # written [place]
OF_AGENDA = (
    "ambitions", "workgroups", "themes", "actions", "interventions", "projects", "partners",
    "measures",
)  # fmt: skip
LISTS = (*OF_AGENDA, "theories", "indicators", "events")  # written [[actions]]
NESTED = ("aims", "material")  # of a project, of an event
TABLES = (*SINGLE, "sources", *LISTS)
SHAPES = {
    Text: '{ nl = "…", en = "…" }', str: '"…"', list: '["…", "…"]', float: "0.8",
    bool: "true / false", datetime.date: "2026-01-31", datetime.datetime: "2026-01-31T15:30:00",
    dict: '[{ title = { nl = "…", en = "…" }, … }]',
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a file, as far as it is right: ``values`` lacks what is not.

    key: the full one. agenda: that of the file, or empty.
    """

    kind: str
    file: str
    where: str
    agenda: str
    key: str
    values: Mapping[str, Any]
    inside: tuple[Entry, ...] = ()

    def full(self, key: str) -> str:
        """A key as it is called outside this file."""
        return key if "/" in key or not self.agenda else f"{self.agenda}/{key}"

    def wrong(self, name: str, rule: Text, remedy: Text) -> Fault:
        """A fault of one of its keys."""
        return Fault(rule, remedy, file=self.file, column=f"{self.where} {name}".strip())


def read_agenda(folder: str | Path) -> Agendas:
    """All agendas of a place, from every ``*.toml`` in a folder.

    Raises PlanError with every fault of every file; nothing is half read.
    """
    folder, faults = Path(folder), list[Fault]()
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise PlanError([_no_files(folder)])
    entries: list[Entry] = []
    unread = False
    for file in files:
        raw = _toml(file, faults)
        unread |= raw is None
        entries += _entries(raw, file, faults) if raw is not None else []
    known = _Known(entries)
    # what an unread file holds is not known, so that nothing can be said of what is missing
    faults += [] if unread else _all_there(entries)
    faults += _double(entries)
    faults += [fault for one in entries for fault in _CHECKS.get(one.kind, _nothing)(one)]
    faults += [] if unread else _unknown(known)
    faults += _wrong_times(entries)
    if faults:
        raise PlanError(faults)
    return _made(known)


def check_studies(agendas: Agendas, plans: Iterable[Plan]) -> None:
    """Whether the actions that studies say they bear on are in an agenda.

    Raises PlanError that names, for every study at once, its plan and the actions that are not.
    """
    known = [one.key for one in agendas.actions()]
    faults = []
    for plan in plans:
        file = "/".join(plan.file.resolve().parts[-2:]) if plan.file else ""
        for key in plan.study.actions:
            if key not in known:
                other = not_known("[study] actions", key, known)
                rule = Text(
                    f"‘{key}’ staat niet (meer) in de agenda.",
                    f"‘{key}’ is not in the agenda (any more).",
                )
                faults.append(Fault(rule, other.remedy, file=file, column="[study] actions"))
    if faults:
        raise PlanError(faults)


# ---------------------------------------------------------------- files to entries


def _no_files(folder: Path) -> Fault:
    rule = Text(
        "In deze map staan geen bestanden met een agenda (*.toml).",
        "This folder has no files of an agenda (*.toml).",
    )
    remedy = Text("Controleer de naam van de map.", "Check the name of the folder.")
    return Fault(rule, remedy, file=folder.name)


def _toml(file: Path, faults: list[Fault]) -> dict[str, Any] | None:
    found = read_toml(file)
    if not isinstance(found, Fault):
        return found
    faults.append(found)
    return None


def _entries(raw: dict[str, Any], file: Path, faults: list[Fault]) -> list[Entry]:
    """Every table of a file, checked by itself."""
    name, out = file.name, list[Entry]()
    for key in raw:
        if key not in TABLES:
            fault = not_known(f"[{key}]", key, TABLES)
            faults.append(Fault(fault.rule, fault.remedy, file=name, column=fault.column))
    head = raw.get("agenda")
    named = head.get("key") if isinstance(head, dict) else None
    agenda = named if isinstance(named, str) else ""
    for kind in SINGLE:
        if kind in raw:
            own = file.stem if kind == "source" else agenda if kind == "agenda" else ""
            out.append(_entry(raw[kind], kind, f"[{kind}]", own, agenda, name, faults))
    sources = raw.get("sources", {})
    if not isinstance(sources, dict):
        faults.append(_shape(name, "[sources]", "[sources.addendum] document = { … }"))
        sources = {}
    for key, table in sources.items():
        out.append(_entry(table, "source", f"[sources.{key}]", key, agenda, name, faults))
    for kind in LISTS:
        tables = raw.get(kind, [])
        if not isinstance(tables, list):
            faults.append(_shape(name, f"[[{kind}]]", f"[[{kind}]]"))
            continue
        if kind in OF_AGENDA and tables and "agenda" not in raw:
            rule = Text(
                "Dit bestand zegt niet van welke agenda dit is.",
                "This file does not say of which agenda this is.",
            )
            remedy = Text(
                'Voeg toe: [agenda] met key = "…" en title.',
                'Add: [agenda] with key = "…" and title.',
            )
            faults.append(Fault(rule, remedy, file=name, column=f"[[{kind}]]"))
        for place, table in enumerate(tables, 1):
            named = table.get("key", table.get("action")) if isinstance(table, dict) else None
            where = f"[[{kind}]] {named if isinstance(named, str) else f'#{place}'}"
            out.append(_entry(table, kind, where, "", agenda, name, faults))
    if "source" not in raw:
        for one in out:
            if one.kind in LISTS and "source" not in one.values:
                faults.append(_lacks(one, "source", '"…"'))
        faults += [_no_source(one) for one in out if one.kind == "agenda"]
    return out


def _no_source(agenda: Entry) -> Fault:
    rule = Text("De bron van dit bestand ontbreekt.", "The source of this file is missing.")
    remedy = Text(
        "Voeg toe: [source] met document en taken (de dag waarop u het overnam).",
        "Add: [source] with document and taken (the day you took it over).",
    )
    return Fault(rule, remedy, file=agenda.file, column="[source]")


def _entry(
    raw: object, kind: str, where: str, own: str, agenda: str, file: str, faults: list[Fault]
) -> Entry:
    """One table: its keys and what they hold; what is wrong is added to the faults."""
    form = FORMS[kind]
    if not isinstance(raw, dict):
        faults.append(_shape(file, where, where.split(" ")[0]))
        return Entry(kind, file, where, agenda, "", {})
    values: dict[str, Any] = {}
    inside: list[Entry] = []
    for name, value in raw.items():
        column = f"{where} {name}"
        if name not in form.known:
            fault = not_known(column, name, list(form.known))
            faults.append(Fault(fault.rule, fault.remedy, file=file, column=where))
        elif name in NESTED:
            inside += _inside(value, name, column, agenda, file, faults)
        else:
            found = _value(value, form.known[name], column, file, faults)
            if found is not None:
                values[name] = found
    key = values.get("key", own)
    if values.get("key") and not KEY.fullmatch(key):
        rule = Text(
            f"‘{key}’ kan geen sleutel zijn: alleen kleine letters, cijfers, punten en streepjes.",
            f"‘{key}’ cannot be a key: only small letters, digits, dots and hyphens.",
        )
        remedy = Text("Schrijf bijvoorbeeld: soepele-overgangen.", "Write for instance: my-action.")
        faults.append(Fault(rule, remedy, file=file, column=f"{where} key"))
    entry = Entry(kind, file, where, agenda, key, values, tuple(inside))
    if kind in OF_AGENDA or kind == "aims":
        key = entry.full(key)
    elif kind == "indicators" and "action" in values:
        key = f"{entry.full(values['action'])}/{key}"
    elif kind == "theories":
        key = entry.full(values.get("action", ""))
    for name in form.needed:
        gone = name not in raw or (form.needed[name] is str and values.get(name) == "")
        if gone and not (kind == "indicators" and name == "direction"):
            faults.append(_lacks(entry, name, _shape_of(form.needed[name])))
    return Entry(kind, file, where, agenda, key, values, tuple(inside))


def _inside(
    value: object, kind: str, where: str, agenda: str, file: str, faults: list[Fault]
) -> Iterator[Entry]:
    """The tables within one: the aims of a project, the material of an event."""
    if not isinstance(value, list):
        faults.append(_shape(file, where, SHAPES[dict]))
        return
    for place, table in enumerate(value, 1):
        column = NUMBER_IN_LIST.format(name=where, place=place)
        yield _entry(table, kind, column, "", agenda, file, faults)


def _value(value: object, kind: type, where: str, file: str, faults: list[Fault]) -> object:
    """A value as wanted, or None and a fault."""
    if kind is Text:
        return _text(value, where, file, faults)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
    elif issubclass(kind, StrEnum):
        known = [one.value for one in kind]
        if isinstance(value, str) and value in known:
            return kind(value)
        fault = not_known(where, str(value), known)
        faults.append(Fault(fault.rule, fault.remedy, file=file, column=where))
        return None
    elif kind is list:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif kind is datetime.datetime:
        if isinstance(value, datetime.datetime) and value.tzinfo is None:
            return value
    elif kind is datetime.date:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
    elif isinstance(value, kind):
        return value.strip() if isinstance(value, str) else value
    faults.append(_shape(file, where, _shape_of(kind)))
    return None


def _text(value: object, where: str, file: str, faults: list[Fault]) -> Text | None:
    if isinstance(value, dict):
        other = [name for name in value if name not in LANGUAGES]
        gone = [
            language
            for language in LANGUAGES
            if not (isinstance(value.get(language), str) and value[language].strip())
        ]
        if not other and not gone:
            return Text(value["nl"].strip(), value["en"].strip())
        for language in gone:
            dutch = language == "nl"
            rule = Text(
                f"De {'Nederlandse' if dutch else 'Engelse'} tekst ontbreekt.",
                f"The {'Dutch' if dutch else 'English'} text is missing.",
            )
            remedy = Text(f'Voeg toe: {language} = "…"', f'Add: {language} = "…"')
            faults.append(Fault(rule, remedy, file=file, column=where))
        for name in other:
            fault = not_known(where, name, LANGUAGES)
            faults.append(Fault(fault.rule, fault.remedy, file=file, column=where))
        return None
    faults.append(_shape(file, where, SHAPES[Text]))
    return None


def _shape_of(kind: type) -> str:
    if issubclass(kind, StrEnum):
        return " / ".join(f'"{one.value}"' for one in kind)
    return SHAPES[kind]


def _shape(file: str, where: str, form: str) -> Fault:
    rule = Text("Deze waarde heeft de verkeerde vorm.", "This value has the wrong form.")
    remedy = Text(f"Schrijf: {form}", f"Write: {form}")
    return Fault(rule, remedy, file=file, column=where)


def _lacks(entry: Entry, name: str, form: str) -> Fault:
    rule = Text(f"‘{name}’ ontbreekt.", f"‘{name}’ is missing.")
    remedy = Text(f"Voeg toe: {name} = {form}", f"Add: {name} = {form}")
    return entry.wrong("", rule, remedy)


# ---------------------------------------------------------------- what entries say of each other


class _Known:
    """The entries by kind, and which keys there are of each."""

    __slots__ = ("entries",)

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)

    def of(self, *kinds: str) -> tuple[Entry, ...]:
        """Those of these kinds, in the order of the files."""
        return tuple(one for one in self.entries if one.kind in kinds)

    def keys(self, *kinds: str) -> list[str]:
        """Their full keys."""
        return [one.key for one in self.of(*kinds)]


def _with_inner(entries: Sequence[Entry]) -> Iterator[Entry]:
    for one in entries:
        yield one
        yield from one.inside


def _nothing(_: Entry) -> Iterator[Fault]:
    return iter(())


def _all_there(entries: Sequence[Entry]) -> Iterator[Fault]:
    """A place, once, and at least one agenda."""
    kinds = [one.kind for one in entries]
    for kind, form in (("place", "name, timezone"), ("agenda", "key, title")):
        if kind not in kinds:
            rule = Text(f"In geen enkel bestand staat [{kind}].", f"No file has [{kind}].")
            remedy = Text(f"Voeg toe: [{kind}] met {form}.", f"Add: [{kind}] with {form}.")
            yield Fault(rule, remedy, column=f"[{kind}]")


def _double(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Every key once: over all files, and whatever it is of (theories: one for each action)."""
    groups = {
        "place": ("place",), "agenda": ("agenda",), "source": ("source",),
        "entry": (*OF_AGENDA, "aims"), "theories": ("theories",),
        "indicators": ("indicators",), "events": ("events",),
    }  # fmt: skip
    for name, kinds in groups.items():
        first: dict[str, Entry] = {}
        for one in _with_inner(entries):
            if one.kind not in kinds or not (one.key or name == "place"):
                continue
            other = first.setdefault(one.key, one)
            if other is not one:
                rule = Text(
                    f"‘{one.key or name}’ staat er al: {other.file}, {other.where}.",
                    f"‘{one.key or name}’ is there already: {other.file}, {other.where}.",
                )
                remedy = Text(
                    "Haal er een weg, of geef een andere sleutel.",
                    "Take one away, or give another key.",
                )
                yield one.wrong("", rule, remedy)


def _of_indicator(one: Entry) -> Iterator[Fault]:
    values, measured = one.values, one.values.get("measured")
    target = values.get("target")
    if "direction" not in values and target is not None:
        rule = Text(
            "Er is een streefcijfer, maar niet welke kant het op moet.",
            "There is a target, but not which way it should go.",
        )
        remedy = Text(
            'Voeg toe: direction = "higher" of "lower".', 'Add: direction = "higher" or "lower".'
        )
        yield one.wrong("direction", rule, remedy)
    elif "direction" not in values:
        yield _lacks(one, "direction", _shape_of(Direction))
    if measured is Measured.SHARE and "denominator" not in values:
        rule = Text(
            "Een aandeel heeft een noemer nodig: van wie is dit een deel?",
            "A share needs a denominator: of whom is this a part?",
        )
        remedy = Text(
            f'Voeg toe: denominator = {SHAPES[Text]}, of schrijf measured = "count".',
            f'Add: denominator = {SHAPES[Text]}, or write measured = "count".',
        )
        yield one.wrong("denominator", rule, remedy)
    if measured is Measured.COUNT and "denominator" in values:
        rule = Text("Een aantal heeft geen noemer.", "A count has no denominator.")
        remedy = Text(
            'Haal denominator weg, of schrijf measured = "share".',
            'Take denominator away, or write measured = "share".',
        )
        yield one.wrong("denominator", rule, remedy)
    if target is not None and measured is Measured.SHARE and not 0 <= target <= 1:
        rule = Text(
            "Het streefcijfer van een aandeel ligt tussen 0 en 1.",
            "The target of a share lies between 0 and 1.",
        )
        remedy = Text("Schrijf 80% als 0.8.", "Write 80% as 0.8.")
        yield one.wrong("target", rule, remedy)
    if target is not None and measured is Measured.COUNT and target < 0:
        rule = Text("Een aantal is niet kleiner dan 0.", "A count is not below 0.")
        remedy = Text("Verbeter het streefcijfer.", "Mend the target.")
        yield one.wrong("target", rule, remedy)
    if target is not None and not values.get("target_period"):
        rule = Text(
            "Er is een streefcijfer, maar niet voor wanneer.",
            "There is a target, but not by when.",
        )
        remedy = Text('Voeg toe: target_period = "2026-2027".', 'Add: target_period = "2026-2027".')
        yield one.wrong("target_period", rule, remedy)


def _of_event(one: Entry) -> Iterator[Fault]:
    start, end = one.values.get("start"), one.values.get("end")
    if start and end and end <= start:
        rule = Text(
            "Deze activiteit eindigt voordat zij begint.", "This activity ends before it starts."
        )
        remedy = Text("Verbeter start of end.", "Mend start or end.")
        yield one.wrong("end", rule, remedy)
    hours = one.values.get("hours")
    if hours is not None and hours <= 0:
        rule = Text(
            "Meedoen telt voor meer dan 0 uur.", "Taking part counts for more than 0 hours."
        )
        remedy = Text("Verbeter hours, of haal het weg.", "Mend hours, or take it away.")
        yield one.wrong("hours", rule, remedy)
    yield from _something(one, "under")


def _something(one: Entry, name: str) -> Iterator[Fault]:
    """That a list names at least one."""
    if name in one.values and not one.values[name]:
        yield _lacks(one, name, SHAPES[list])


def _of_workgroup(one: Entry) -> Iterator[Fault]:
    if one.values.get("ambitions") == ():
        rule = Text("Deze werkgroep draagt geen ambitie.", "This workgroup carries no ambition.")
        remedy = Text(
            'Voeg toe: ambitions = ["1"], de sleutels van ambities.',
            'Add: ambitions = ["1"], the keys of ambitions.',
        )
        yield one.wrong("ambitions", rule, remedy)


_CHECKS = {
    "indicators": _of_indicator, "events": _of_event, "workgroups": _of_workgroup,
}  # fmt: skip


def _unknown(known: _Known) -> Iterator[Fault]:
    """References to what is not there."""
    actions = known.keys("actions", "interventions")
    goals = known.keys("ambitions", "themes")
    there = {
        "actions": {"under": goals},
        "interventions": {"under": goals},
        "workgroups": {"ambitions": known.keys("ambitions")},
        "theories": {"action": actions},
        "indicators": {"action": actions, "owner": known.keys("workgroups")},
        "events": {"under": [*goals, *actions]},
        "place": {"agendas": known.keys("agenda")},
    }
    sources = known.keys("source")
    for one in _with_inner(known.entries):
        for name, keys in there.get(one.kind, {}).items():
            value = one.values.get(name, ())
            for key in (value,) if isinstance(value, str) else value:
                full = one.full(key) if one.kind != "place" else key
                if key and full not in keys:
                    fault = not_known("", full, keys)
                    yield one.wrong(name, fault.rule, fault.remedy)
        source = one.values.get("source")
        if source is not None and source not in sources:
            fault = not_known("", source, sources)
            yield one.wrong("source", fault.rule, fault.remedy)


def _wrong_times(entries: Sequence[Entry]) -> Iterator[Fault]:
    """A zone that is none, and times that a clock there skips when summer time begins."""
    zone = None
    for one in entries:
        name = one.values.get("timezone", "") if one.kind == "place" else ""
        if not name:
            continue
        try:
            zone = zoneinfo.ZoneInfo(name)
            continue
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # the last: a folder of zones
            zones = sorted(zoneinfo.available_timezones())
        near = difflib.get_close_matches(name, zones, n=1) or ["Europe/Amsterdam"]
        rule = Text(f"‘{name}’ is geen tijdzone.", f"‘{name}’ is no time zone.")
        remedy = Text(f"Bedoelt u ‘{near[0]}’?", f"Do you mean ‘{near[0]}’?")
        yield one.wrong("timezone", rule, remedy)
    for one in entries if zone else ():
        for name in ("start", "end") if one.kind == "events" else ():
            time = one.values.get(name)
            if time is None:
                continue
            there = time.replace(tzinfo=zone).astimezone(datetime.UTC).astimezone(zone)
            if there.replace(tzinfo=None) != time:
                rule = Text(
                    "Deze tijd bestaat niet: de klok gaat dan een uur vooruit.",
                    "This time does not exist: the clock then goes an hour forward.",
                )
                remedy = Text("Kies een andere tijd.", "Choose another time.")
                yield one.wrong(name, rule, remedy)


# ---------------------------------------------------------------- entries to agendas


def _made(known: _Known) -> Agendas:
    """The values; every entry is right by now."""
    sources = {
        one.key: Source(
            key=one.key,
            document=one.values["document"],
            dated=one.values.get("dated", ""),
            taken=one.values["taken"],
            address=one.values.get("address", ""),
            invented=one.values.get("invented", False),
        )
        for one in known.of("source")
    }

    def source(one: Entry, otherwise: Entry | None = None) -> Source:
        named = one.values.get("source") or (otherwise.values.get("source") if otherwise else None)
        return sources[named or one.file.removesuffix(".toml")]

    def named(one: Entry, otherwise: Entry | None = None) -> Named:
        return Named(key=one.key, title=one.values["title"], source=source(one, otherwise))

    def agenda(head: Entry) -> Agenda:
        own = _Known([one for one in known.entries if one.file == head.file])
        return Agenda(
            key=head.key,
            title=head.values["title"],
            period=head.values.get("period", ""),
            partners_note=head.values.get("partners_note", Text("", "")),
            ambitions=tuple(
                Ambition(key=one.key, number=i, title=one.values["title"], source=source(one))
                for i, one in enumerate(own.of("ambitions"), 1)
            ),
            workgroups=tuple(
                Workgroup(
                    key=one.key,
                    title=one.values["title"],
                    ambitions=tuple(one.full(key) for key in one.values["ambitions"]),
                    source=source(one),
                )
                for one in own.of("workgroups")
            ),
            themes=tuple(
                Theme(key=one.key, title=one.values["title"], source=source(one))
                for one in own.of("themes")
            ),
            actions=tuple(
                Action(
                    key=one.key,
                    title=one.values["title"],
                    under=one.full(one.values["under"]) if one.values.get("under") else "",
                    intervention=one.kind == "interventions",
                    source=source(one),
                )
                for one in own.of("actions", "interventions")
            ),
            projects=tuple(
                Project(
                    key=one.key,
                    title=one.values["title"],
                    aims=tuple(named(aim, one) for aim in one.inside),
                    source=source(one),
                )
                for one in own.of("projects")
            ),
            partners=tuple(named(one) for one in own.of("partners")),
            measures=tuple(named(one) for one in own.of("measures")),
            source=source(head),
        )

    (place,) = known.of("place")
    zone = zoneinfo.ZoneInfo(place.values["timezone"])
    order = place.values.get("agendas", ())
    heads = sorted(  # those that are not named come last, as they were
        known.of("agenda"), key=lambda one: order.index(one.key) if one.key in order else len(order)
    )
    return Agendas(
        place=place.values["name"],
        timezone=place.values["timezone"],
        agendas=tuple(agenda(head) for head in heads),
        theories=tuple(
            Theory(
                **{name: one.values[name] for name in FORMS["theories"].needed}
                | {"action": one.key},
                source=source(one),
            )
            for one in known.of("theories")
        ),
        indicators=tuple(
            Indicator(
                key=one.key,
                action=one.full(one.values["action"]),
                title=one.values["title"],
                definition=one.values["definition"],
                measured=one.values["measured"],
                numerator=one.values["numerator"],
                denominator=one.values.get("denominator", Text("", "")),
                origin=one.values["origin"],
                wave=one.values["wave"],
                direction=one.values["direction"],
                target=one.values.get("target"),
                target_period=one.values.get("target_period", ""),
                owner=one.full(one.values["owner"]),
                source=source(one),
            )
            for one in known.of("indicators")
        ),
        events=tuple(
            sorted((_event(one, zone, source(one)) for one in known.of("events")), key=_when)
        ),
        synthetic=place.values.get("synthetic", False)
        or any(source.invented for source in sources.values()),
    )


def _when(event: Event) -> tuple[datetime.datetime, str]:
    return event.start, event.key


def _event(one: Entry, zone: zoneinfo.ZoneInfo, source: Source) -> Event:
    values = one.values
    start, end = (values[name].replace(tzinfo=zone) for name in ("start", "end"))
    # two times of one zone are subtracted as clocks show them, whatever happens in between
    lasted = end.astimezone(datetime.UTC) - start.astimezone(datetime.UTC)
    return Event(
        key=one.key,
        kind=values["kind"],
        title=values["title"],
        start=start,
        end=end,
        place=values["place"],
        audience=values["audience"],
        under=tuple(one.full(key) for key in values["under"]),
        material=tuple(
            (inner.values["title"], inner.values.get("address", "")) for inner in one.inside
        ),
        hours=values.get("hours", lasted / datetime.timedelta(hours=1)),
        source=source,
    )
