"""Results of agenda, monitor and voices show themselves in a notebook, and tell no small count."""

from __future__ import annotations

from pathlib import Path

import pytest
from monitors import indicator, series, town, value, values

from academic_workplace import voices
from academic_workplace.agenda import Measured
from academic_workplace.agenda.reading import read_agenda
from academic_workplace.errors import PlanError
from academic_workplace.knowledge import read_library
from academic_workplace.monitor import follow

DATA = Path(__file__).parents[1] / "data"
SHARE, COUNT = "plan/1.1/mee", "plan/1.2/aantal"


def test_agendas_and_a_library_tell_what_they_hold() -> None:
    agendas = read_agenda(DATA / "agenda")
    actions = len(list(agendas.actions()))
    assert f"spreekt {actions} acties af. Aantal" in agendas.explain("nl")
    assert f"agreed on {actions} actions. Number" in agendas.explain("en")
    library = read_library(DATA / "evidence")
    assert f"Er zijn {len(library.entries)} publicaties." in library.explain("nl")
    assert f"source: {len(library.checked.entries)}." in library.explain("en")
    for one in (agendas, library):
        with pytest.raises((PlanError, ValueError)):
            one.explain("de")


def test_an_indicator_has_a_table_of_its_periods_as_they_may_leave() -> None:
    found = follow(town(indicator(SHARE)), values(*series(SHARE, (3, 55), 100)))
    table = next(found.followed).table()
    assert list(table["low"]) == [0, 55]
    assert list(table["high"]) == [9, 55]


def test_values_show_no_counts_in_a_notebook() -> None:
    place = town(indicator(COUNT, measured=Measured.COUNT))
    told = values(value(COUNT, "2025-2026", 7777))
    assert "7777" not in told._repr_html_()
    assert COUNT in told._repr_html_()
    assert "<table" in values()._repr_html_()
    assert next(follow(place, told).followed).newest is not None


def test_a_count_of_none_twice_is_few_and_is_not_compared() -> None:
    place = town(indicator(COUNT, measured=Measured.COUNT))
    one = next(follow(place, values(*series(COUNT, (0, 0, 12), None))).followed)
    assert [point.told.value for point in one.points] == ["few", "few", "number"]
    assert len(one.explain("nl")) > 10
    both = next(follow(place, values(*series(COUNT, (0, 0), None))).followed)
    assert "kunnen we niet vergelijken" in both.explain("nl")


def test_voices_quotations_and_a_joint_display_show_themselves() -> None:
    found = voices.read_voices(DATA / "stemmen")
    assert found.explain("nl") in found._repr_html_()
    assert len(found.table()) == len(found.frequencies.table())
    assert "<table" in found.quotations._repr_html_()
    assert "<table" in found.display._repr_html_()
