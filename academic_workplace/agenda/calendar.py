"""The calendar for professionals: as iCalendar (RFC 5545), and who was there as hours."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from academic_workplace.agenda.model import Activity, Agendas, Event
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, dutch, not_known
from academic_workplace.language import Text

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//academic-workplace//calendar//NL"
KINDS = {
    Activity.TRAINING: Text("Training", "Training"),
    Activity.CONFERENCE: Text("Conferentie", "Conference"),
    Activity.WORK_SESSION: Text("Werksessie", "Work session"),
}
NAME = Text("Kalender voor professionals: {place}", "Calendar for professionals: {place}")
EXAMPLE = Text("Voorbeeld: {title}", "Example: {title}")
INVENTED = Text(
    "Deze activiteit is verzonnen, om te laten zien hoe de kalender werkt.",
    "This activity is invented, to show how the calendar works.",
)
FOR, BELONGS = Text("Voor: {text}", "For: {text}"), Text("Hoort bij: {text}", "Belongs to: {text}")
MATERIAL = Text("Materiaal: {text}", "Material: {text}")


def titles_under(event: Event, agendas: Agendas) -> tuple[Text, ...]:
    """The titles of the ambitions, themes and actions that an activity belongs to."""
    titles = _goals(agendas) | {one.key: one.title for one in agendas.actions()}
    return tuple(titles[key] for key in event.under)


def goals_under(event: Event, agendas: Agendas) -> tuple[Text, ...]:
    """The ambitions and themes that it belongs to, also by way of their actions; each once."""
    titles = _goals(agendas)
    above = {one.key: one.under for one in agendas.actions()}
    keys = dict.fromkeys(above.get(key, key) for key in event.under)
    return tuple(titles[key] for key in keys if key in titles)


def _goals(agendas: Agendas) -> dict[str, Text]:
    titles = {one.key: one.title for one in agendas.ambitions()}
    return titles | {one.key: one.title for one in agendas.themes()}


def as_ics(agendas: Agendas, language: str = "nl", *, made: datetime.date | None = None) -> bytes:
    """The calendar for Outlook, Google Calendar and the like; the same bytes every time.

    A change of an activity keeps its UID, so that it moves in the calendar of who has it. made: the
    day for DTSTAMP; when left out the day that the newest entry was taken over.
    """
    import icalendar

    dutch(language)  # refuses any third language
    place = re.sub(r"[^a-z0-9]+", "-", agendas.place.nl.casefold()).strip("-") or "place"
    made = made or max(
        (event.source.taken for event in agendas.events), default=datetime.date(1970, 1, 1)
    )
    stamp = datetime.datetime.combine(made, datetime.time(), tzinfo=datetime.UTC)
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", NAME[language].format(place=agendas.place[language]))
    years = [time.year for event in agendas.events for time in (event.start, event.end)]
    years = years or [made.year]
    calendar.add_component(_zone(agendas.timezone, min(years), max(years)))
    for event in agendas.events:
        entry = icalendar.Event()
        title = event.title[language]
        invented = event.source.invented
        kinds = [KINDS[event.kind], *goals_under(event, agendas)]
        entry.add("uid", f"{event.key}@{place}.academic-workplace")
        entry.add("dtstamp", stamp)
        entry.add("dtstart", event.start)
        entry.add("dtend", event.end)
        entry.add("summary", EXAMPLE[language].format(title=title) if invented else title)
        entry.add("location", event.place[language])
        entry.add("description", "\n".join(_told(event, agendas, language)))
        entry.add("categories", [kind[language] for kind in kinds])
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _zone(name: str, first: int, last: int) -> icalendar.Timezone:
    """What the clock did from the first year to the last (VTIMEZONE, RFC 5545, 3.6.5).

    Of every change the onset is told as the clock stood before it. (icalendar 7 makes one itself,
    but lets summer time begin an hour late.)
    """
    import icalendar

    here, zone = ZoneInfo(name), icalendar.Timezone()
    zone.add("tzid", name)
    hour = datetime.timedelta(hours=1)
    start = datetime.datetime(first, 1, 1, tzinfo=datetime.UTC) - 24 * hour
    hours = 24 * (datetime.date(last + 1, 1, 1) - datetime.date(first, 1, 1)).days + 48
    before = start.astimezone(here)
    _observe(zone, before, before)
    for passed in range(1, hours):
        now = (start + passed * hour).astimezone(here)
        if now.utcoffset() != before.utcoffset():
            _observe(zone, before, _onset(before, now, here))
        before = now
    return zone


def _onset(
    before: datetime.datetime, after: datetime.datetime, here: ZoneInfo
) -> datetime.datetime:
    """The minute at which the clock changed, between two moments an hour apart."""
    start = before.astimezone(datetime.UTC)
    moments = ((start + datetime.timedelta(minutes=m)).astimezone(here) for m in range(1, 61))
    return next(moment for moment in moments if moment.utcoffset() == after.utcoffset())


def _observe(zone: icalendar.Timezone, before: datetime.datetime, now: datetime.datetime) -> None:
    import icalendar

    kind = icalendar.TimezoneDaylight if now.dst() else icalendar.TimezoneStandard
    part, offset = kind(), before.utcoffset() or datetime.timedelta()
    onset = now.astimezone(datetime.UTC).replace(tzinfo=None) + offset
    part.add("dtstart", onset)
    part.add("tzoffsetfrom", offset)
    part.add("tzoffsetto", now.utcoffset())
    part.add("tzname", now.tzname())
    zone.add_component(part)


def _told(event: Event, agendas: Agendas, language: str) -> Iterator[str]:
    if event.source.invented:
        yield INVENTED[language]
    yield FOR[language].format(text=event.audience[language])
    under = "; ".join(title[language] for title in titles_under(event, agendas))
    yield BELONGS[language].format(text=under)
    for title, address in event.material:
        yield MATERIAL[language].format(text=" ".join(filter(None, (title[language], address))))


def attendance(
    table: pd.DataFrame,
    agendas: Agendas,
    *,
    person: str = "person",
    event: str = "event",
    under: Sequence[str] = (),
) -> pd.DataFrame:
    """How many hours each person took part: a dose for a study (``Plan(dose=True)``).

    table: a row for every person at every activity; person and event name its columns, which hold
    a pseudonym and the key of an activity. under: only activities that belong to one of these keys
    of ambitions, themes or actions. Gives a row per person: their key, ``hours`` and ``events``
    (how many), with 0 for who was only at other activities. Who was nowhere is not in the table,
    and has 0 hours in a study.

    Raises DataError that names every unknown activity, empty cell and double row at once.
    """
    gone = [name for name in (person, event) if name not in table.columns]
    if gone:
        raise DataError([_no_column(name, list(map(str, table.columns))) for name in gone])
    faults = [*_faults(table, agendas, person, event), *_not_under(agendas, under)]
    if faults:
        raise DataError(faults)
    goes = {one.key: not under or any(key in one.under for key in under) for one in agendas.events}
    hours = {one.key: one.hours if goes[one.key] else 0.0 for one in agendas.events}
    rows = pd.DataFrame(
        {
            person: table[person].to_numpy(),
            "hours": table[event].map(hours).to_numpy(dtype=float),
            "events": table[event].map(goes).to_numpy(dtype=int),
        }
    )
    return rows.groupby(person, sort=True, as_index=False).sum()


def _no_column(name: str, known: list[str]) -> Fault:
    choices = ", ".join(known) or "–"
    return Fault(
        column=name,
        rule=Text("Deze kolom ontbreekt in de lijst.", "This column is not in the list."),
        remedy=Text(
            f"Zeg welke kolom het is (person, event). Er zijn: {choices}.",
            f"Say which column it is (person, event). There are: {choices}.",
        ),
    )


def _faults(table: pd.DataFrame, agendas: Agendas, person: str, event: str) -> Iterator[Fault]:
    known = [one.key for one in agendas.events]
    for name in (person, event):
        empty = table[name].isna() | (table[name].astype("string").str.strip() == "")
        if empty.any():
            rule = Text("Hier is een cel leeg.", "A cell is empty here.")
            remedy = Text("Vul de cel, of haal de rij weg.", "Fill the cell, or take the row away.")
            yield _of_rows(rule, remedy, name, empty)
    for key in dict.fromkeys(table[event].dropna()):
        if key not in known and str(key).strip():
            fault = not_known(event, str(key), known)
            yield _of_rows(fault.rule, fault.remedy, event, table[event] == key)
    there = table[[person, event]].notna().all(axis=1)
    double = table.duplicated([person, event]) & there
    if double.any():
        rule = Text(
            "Deze persoon stond al bij deze activiteit.",
            "This person was at this activity already.",
        )
        remedy = Text("Haal de dubbele rij weg.", "Take the double row away.")
        yield _of_rows(rule, remedy, f"{person}, {event}", double)


def _of_rows(rule: Text, remedy: Text, column: str, wrong: pd.Series[bool]) -> Fault:
    rows = [place + 2 for place, hit in enumerate(wrong) if hit]  # a spreadsheet has a header
    return Fault(rule, remedy, column=column, rows=tuple(rows[:SHOWN_ROWS]), count=len(rows))


def _not_under(agendas: Agendas, under: Sequence[str]) -> Iterator[Fault]:
    known = [*_goals(agendas), *(one.key for one in agendas.actions())]
    return (not_known("under", key, known) for key in under if key not in known)
