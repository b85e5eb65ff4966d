"""The calendar as other programs read it, and attendance as the dose of a study."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import vobject

import academic_workplace as aw
from academic_workplace.agenda import Agendas, Event, as_ics, attendance
from academic_workplace.agenda.calendar import INVENTED
from academic_workplace.language import LANGUAGES, Text

ROOT = Path(__file__).parents[1]
UTC = datetime.UTC
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(scope="module")
def leiden() -> Agendas:
    return aw.read_agenda(ROOT / "data" / "agenda")


def with_events(agendas: Agendas, *events: Event, timezone: str = "Europe/Amsterdam") -> Agendas:
    return replace(agendas, events=events, timezone=timezone)


def at(event: Event, start: str, end: str, timezone: str = "Europe/Amsterdam", **told: object):
    zone = ZoneInfo(timezone)
    times = (datetime.datetime.fromisoformat(time).replace(tzinfo=zone) for time in (start, end))
    first, last = times
    return replace(event, start=first, end=last, **told)


def unfolded(ics: bytes) -> list[str]:
    """The lines of content, as RFC 5545 (3.1) says to unfold them."""
    return ics.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_program_reads_every_activity_back(leiden, language):
    calendar = vobject.readOne(as_ics(leiden, language).decode())
    assert calendar.validate(raiseException=True)
    assert len(calendar.vevent_list) == len(leiden.events)
    for read, event in zip(calendar.vevent_list, leiden.events, strict=True):
        assert read.summary.value.endswith(event.title[language])
        assert read.summary.value.startswith(("Voorbeeld: ", "Example: "))
        assert read.location.value == event.place[language]
        assert read.description.value.startswith(INVENTED[language])
        assert event.audience[language] in read.description.value
        assert all(title[language] in read.description.value for title, _ in event.material)
        assert read.dtstart.value.astimezone(UTC) == event.start.astimezone(UTC)
        assert read.dtend.value.astimezone(UTC) == event.end.astimezone(UTC)


def test_marks_that_separate_are_read_back_as_they_were(leiden):
    words = "Taal, rekenen; én meer: C:\\map – " + "ouderbetrokkenheid é " * 12
    place = Text("Zaal A, B; 2e", "Room A, B; 2nd")
    event = replace(leiden.events[0], title=Text(words, words), place=place)
    event = replace(event, source=replace(event.source, invented=False))
    (read,) = vobject.readOne(as_ics(with_events(leiden, event)).decode()).vevent_list
    assert read.summary.value == words
    assert read.location.value == place.nl


def test_an_activity_is_found_by_its_kind_and_by_what_it_belongs_to(leiden):
    (read,) = vobject.readOne(as_ics(with_events(leiden, leiden.events[1])).decode()).vevent_list
    assert read.categories.value == [
        "Training", "Partnerschap tussen professional en ouder", "Ouderbetrokkenheid",
    ]  # fmt: skip


def test_a_comma_in_an_ambition_makes_no_two_categories(leiden):
    event = replace(leiden.events[0], under=("lea/4",))
    (read,) = vobject.readOne(as_ics(with_events(leiden, event)).decode()).vevent_list
    assert read.categories.value[1:] == ["Divers, duurzaam en toekomstbestendig scholenlandschap"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_are_of_75_octets_at_most_and_end_as_they_must(leiden, language):
    """RFC 5545, 3.1."""
    ics = as_ics(leiden, language)
    assert ics.endswith(b"\r\n")
    lines = ics.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert any(line.startswith(b" ") for line in lines)  # some were folded


def test_what_the_standard_requires_is_there_once(leiden):
    """RFC 5545, 3.6 (PRODID, VERSION) and 3.6.1 (UID, DTSTAMP, DTSTART, at most once; no DURATION
    beside DTEND)."""
    lines = unfolded(as_ics(leiden))
    names = [line.partition(":")[0].partition(";")[0] for line in lines]
    assert names.count("PRODID") == names.count("VERSION") == names.count("METHOD") == 1
    assert "VERSION:2.0" in lines
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    starts = [i for i, line in enumerate(lines) if line == "BEGIN:VEVENT"]
    ends = [i for i, line in enumerate(lines) if line == "END:VEVENT"]
    for start, end in zip(starts, ends, strict=True):
        inside = names[start:end]
        assert all(inside.count(name) == 1 for name in ("UID", "DTSTAMP", "DTSTART", "DTEND"))
        assert "DURATION" not in inside
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == len(uids) == len(leiden.events)


def test_the_same_agenda_gives_the_same_bytes(leiden):
    assert as_ics(leiden) == as_ics(leiden)
    later = as_ics(leiden, made=datetime.date(2027, 1, 5))
    changed = set(unfolded(later)) ^ set(unfolded(as_ics(leiden)))
    assert changed == {"DTSTAMP:20261122T000000Z", "DTSTAMP:20270105T000000Z"}


def test_an_activity_that_moves_stays_the_same_activity(leiden):
    event = leiden.events[0]
    moved = at(event, "2026-10-01T09:00", "2026-10-01T10:00")

    def uid(one: Event) -> str:
        return vobject.readOne(as_ics(with_events(leiden, one)).decode()).vevent.uid.value

    assert uid(moved) == uid(event)
    assert uid(event).endswith("@leiden.academic-workplace")


@pytest.mark.parametrize(
    ("start", "utc", "offset"),
    [
        ("2026-10-24T09:00", "2026-10-24T07:00", 2),  # the day before winter time begins
        ("2026-10-25T09:00", "2026-10-25T08:00", 1),
        ("2027-03-27T09:00", "2027-03-27T08:00", 1),
        ("2027-03-28T09:00", "2027-03-28T07:00", 2),  # the day summer time begins
        ("2027-07-01T00:00", "2027-06-30T22:00", 2),
        ("2027-01-01T00:00", "2026-12-31T23:00", 1),
        ("2027-12-31T23:30", "2027-12-31T22:30", 1),
    ],
)
def test_nine_in_the_morning_is_nine_in_summer_and_in_winter(leiden, start, utc, offset):
    end = (datetime.datetime.fromisoformat(start) + datetime.timedelta(hours=2)).isoformat()
    event = at(leiden.events[0], start, end)
    ics = as_ics(with_events(leiden, event))
    time = datetime.datetime.fromisoformat(start)
    assert f"DTSTART;TZID=Europe/Amsterdam:{time:%Y%m%dT%H%M%S}" in unfolded(ics)
    read = vobject.readOne(ics.decode()).vevent.dtstart.value
    assert read.utcoffset() == datetime.timedelta(hours=offset)
    there = datetime.datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert read.astimezone(UTC) == there


def onsets(ics: bytes) -> list[tuple[str, str, str]]:
    """Every change of the clock: its moment in UTC, and the offset before and after it."""
    found, part = [], dict[str, str]()
    for line in unfolded(ics):
        name, _, value = line.partition(":")
        if line in ("BEGIN:DAYLIGHT", "BEGIN:STANDARD"):
            part = {}
        part[name] = value
        if line in ("END:DAYLIGHT", "END:STANDARD"):
            told = datetime.datetime.strptime(part["DTSTART"], "%Y%m%dT%H%M%S")
            before = datetime.datetime.strptime(part["TZOFFSETFROM"], "%z").utcoffset()
            assert before is not None
            found.append((f"{told - before}", part["TZOFFSETFROM"], part["TZOFFSETTO"]))
    return found


def test_the_clock_changes_when_the_directive_says(leiden):
    """Directive 2000/84/EC: at 1.00 a.m. Greenwich time on the last Sunday of March and October;
    the onset of a change is told as the clock stood before it (RFC 5545, 3.6.5)."""
    event = at(leiden.events[0], "2026-06-01T09:00", "2026-06-01T10:00")
    _, *changes = onsets(as_ics(with_events(leiden, event)))
    assert changes == [
        ("2026-03-29 01:00:00", "+0100", "+0200"), ("2026-10-25 01:00:00", "+0200", "+0100"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("America/Curacao", []),
        ("UTC", []),
        (  # changes by half an hour
            "Australia/Lord_Howe",
            [("2026-04-04 15:00:00", "+1100", "+1030"), ("2026-10-03 15:30:00", "+1030", "+1100")],
        ),
        (  # a new day begins with the change
            "Africa/Cairo",
            [("2026-04-23 22:00:00", "+0200", "+0300"), ("2026-10-29 21:00:00", "+0300", "+0200")],
        ),
    ],
)
def test_the_clock_of_any_place_is_told(leiden, zone, changes):
    event = at(leiden.events[0], "2026-06-01T09:00", "2026-06-01T10:00", zone)
    _, *found = onsets(as_ics(with_events(leiden, event, timezone=zone)))
    assert found == changes


def test_a_calendar_of_nothing_can_be_read_too(leiden):
    calendar = vobject.readOne(as_ics(with_events(leiden)).decode())
    assert calendar.validate(raiseException=True)
    assert not hasattr(calendar, "vevent")


def test_a_third_language_is_refused(leiden):
    with pytest.raises(aw.PlanError):
        as_ics(leiden, "fr")


# ---------------------------------------------------------------- who was there


def there(*rows: tuple[object, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["person", "event"])


def test_hours_of_a_person_add_up(leiden):
    table = there(
        ("p2", "partnerschap-1"), ("p1", "partnerschap-1"), ("p1", "partnerschap-2"),
        ("p1", "gelijke-kansen-conferentie"),
    )  # fmt: skip
    found = attendance(table, leiden)
    assert found.to_dict("list") == {
        "person": ["p1", "p2"], "hours": [2.5 + 2.5 + 6, 2.5], "events": [3, 1],
    }  # fmt: skip
    assert list(table.columns) == ["person", "event"]  # left as it was


def test_only_activities_of_an_action_count_for_a_study_of_it(leiden):
    table = there(
        ("p1", "partnerschap-1"), ("p1", "armoede-herkennen"), ("p2", "armoede-herkennen")
    )
    found = attendance(table, leiden, under=["actieplan/4.2"])
    assert found["hours"].tolist() == [2.5, 0.0]
    assert found["events"].tolist() == [1, 0]


def test_the_columns_may_be_called_otherwise(leiden):
    table = pd.DataFrame({"wat": ["partnerschap-1"], "wie": [7], "overig": ["x"]})
    found = attendance(table, leiden, person="wie", event="wat")
    assert found.to_dict("list") == {"wie": [7], "hours": [2.5], "events": [1]}


def test_all_that_is_wrong_with_a_list_is_told_at_once(leiden):
    table = there(
        ("p1", "partnerschap-1"), ("p1", "partnershap-1"), ("p1", "partnerschap-1"), (None, "x"),
        ("p2", " "), ("p3", "partnershap-1"),
    )  # fmt: skip
    with pytest.raises(aw.DataError) as refused:
        attendance(table, leiden, under=["actieplan/9"])
    told = {(one.column, one.rule.nl): one for one in refused.value.faults}
    assert [(one.column, one.rows) for one in told.values()] == [
        ("person", (5,)), ("event", (6,)), ("event", (3, 7)), ("event", (5,)),
        ("person, event", (4,)), ("under", ()),
    ]  # fmt: skip
    assert "‘partnerschap-1’" in refused.value.explain("en")


def test_a_list_without_its_columns_says_which_there_are(leiden):
    with pytest.raises(aw.DataError) as refused:
        attendance(pd.DataFrame({"wie": ["p1"]}), leiden)
    assert [one.column for one in refused.value.faults] == ["person", "event"]
    assert "wie" in refused.value.faults[0].remedy.en


def test_an_empty_list_gives_nobody(leiden):
    assert attendance(there(), leiden).empty


def test_a_study_takes_the_hours_of_teachers_as_its_dose(leiden):
    """Twelve schools whose teacher went to 0, 1 or 2 of the sessions; a point per hour is found."""
    went = {f"school {i}": i % 3 for i in range(12)}
    sessions = ["partnerschap-1", "partnerschap-2"]
    table = there(*[(school, key) for school, n in went.items() for key in sessions[:n]])
    hours = attendance(table, leiden, under=["actieplan/4.2"])
    rng = np.random.default_rng(20261122)
    pupils = pd.DataFrame({"school": np.repeat(list(went), 15)})
    pupils = pupils.merge(hours, how="left", left_on="school", right_on="person")
    pupils["hours"] = pupils["hours"].fillna(0.0)  # who was nowhere
    assert sorted(set(pupils["hours"])) == [0.0, 2.5, 5.0]
    pupils["after"] = 20 + pupils["hours"] + rng.normal(0, 1, len(pupils))
    plan = aw.Plan(outcome="after", treatment="hours", cluster="school", dose=True)
    effect = aw.estimate(pupils[["school", "hours", "after"]], plan)[0]
    # the same sums by hand: least squares of the outcome on hours
    slope = np.polyfit(pupils["hours"], pupils["after"], 1)[0]
    assert effect.estimate == pytest.approx(slope, rel=1e-9)
    assert effect.low < 1 < effect.high
