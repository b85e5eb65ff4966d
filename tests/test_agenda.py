"""Agendas from files: all that partners named is there, another town needs no code."""

from __future__ import annotations

import datetime
import re
import shutil
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import tomli_w

import academic_workplace as aw
from academic_workplace.agenda import Agendas, Direction, Measured, check_studies
from academic_workplace.agenda.reading import FORMS

ROOT = Path(__file__).parents[1]
LEIDEN = ROOT / "data" / "agenda"
DUINRODE = Path(__file__).parent / "data" / "duinrode"

# ---------------------------------------------------------------- what the client named, literally

LEA = (
    "Kansrijk onderwijs voor álle kinderen en jongeren", "Mentaal en fysiek gezond opgroeien",
    "Aantrekkelijke kennis- en onderwijsstad",
    "Divers, duurzaam en toekomstbestendig scholenlandschap",
)  # fmt: skip
WORKGROUPS = {
    "Een vliegende start": (1,), "Rijke leeromgeving en talentontwikkeling": (2, 6),
    "Maatwerk en soepele overgangen": (3, 5), "Ouderbetrokkenheid en partnerschap": (4,),
}  # fmt: skip
ACTIONS = {
    "Een vliegende start": """goed uitgevoerd aanbod aan ve; alle kinderen van 0-6 jaar zijn in
        beeld en krijgen passende ondersteuning; alle kinderen met vve-indicatie ontvangen
        vve-aanbod""",
    "Ontwikkeling wordt gestimuleerd in een rijke omgeving": """aanbod leeromgeving in beeld en
        partners vinden elkaar; alle kinderen kunnen de leeromgeving optimaal benutten; afspraken
        maken over vorming van IKC of KC""",
    "Elk kind krijgt maatwerk": """betere afstemming op talenten en mogelijkheden;
        interprofessionele samenwerking en integraal arrangeren; oog voor steun vanuit
        gezinssysteem; inzetten op collectief maatwerk""",
    "Partnerschap tussen professional en ouder": """pedagogische driehoek verstevigen; professionals
        handelen op basis van kennis en vaardigheden in interculturele communicatie, meertaligheid
        en partnerschap; ouderbetrokkenheid creëren; professionals herkennen armoede en begeleiden
        ouders/verwijzen ze door""",
    "Elk kind maakt soepele overgangen": """doorlopende leer- en ontwikkellijn; soepele overgangen
        tot aan vervolgonderwijs of toeleiding naar werk""",
    "Er is aandacht voor het talent van ieder kind": """sociaal kapitaal versterken; rijke leerdag
        voor kinderen en jongeren; betere afstemming op mogelijkheden en talenten""",
}
PARTNERS = """voorschool, peuterspeelzaal, kinderopvang, primair (speciaal) onderwijs,
    voortgezet (speciaal) onderwijs, vervolgonderwijs, samenwerkingsverbanden onderwijs,
    (regionale) onderwijspartners, jeugdgezondheidszorg, gezondheidsbevordering, jeugdteam,
    welzijnspartners, maatschappelijke organisaties, cultuurpartners, bibliotheek, sportpartners,
    gemeente"""
MEASURES = "monitoren en evalueren, academische werkplaats, professionaliseringskalender"
THEMES = "mentoring & coaching, ouderbetrokkenheid"
INTERVENTIONS = """Levensvaardigheden, Routekaart professionals, Routekaart ouders, Gelijke Kansen
    Conferentie"""
AIMS = """kennis vergaren over de overgang po-vo in Leiden; inzicht in de gezichten achter de
    cijfers; concrete, effectieve interventies met en voor Leidse scholen; continu kennis delen en
    vermenigvuldigen"""


def listed(words: str, between: str = ", ") -> list[str]:
    return [word.strip().casefold() for word in " ".join(words.split()).split(between)]


def titles(entries: Iterable[Any]) -> list[str]:
    return [one.title.nl.casefold() for one in entries]


@pytest.fixture(scope="module")
def leiden() -> Agendas:
    return aw.read_agenda(LEIDEN)


@pytest.fixture(scope="module")
def duinrode() -> Agendas:
    return aw.read_agenda(DUINRODE)


def test_the_educational_agenda_has_its_four_ambitions(leiden):
    (lea,) = (one for one in leiden.agendas if one.key == "lea")
    assert [one.title.nl for one in lea.ambitions] == list(LEA)
    assert [one.key for one in lea.ambitions] == ["lea/1", "lea/2", "lea/3", "lea/4"]


def test_every_action_of_the_plan_stands_under_its_ambition(leiden):
    (plan,) = (one for one in leiden.agendas if one.key == "actieplan")
    assert [one.title.nl for one in plan.ambitions] == list(ACTIONS)
    for number, (ambition, told) in enumerate(ACTIONS.items(), 1):
        key = f"actieplan/{number}"
        assert next(one for one in plan.ambitions if one.key == key).title.nl == ambition
        found = [one for one in plan.actions if one.under == key]
        assert titles(found) == listed(told, ";")
        assert [one.key for one in found] == [f"{key}.{i}" for i in range(1, len(found) + 1)]
    assert len(plan.actions) == 19
    assert not any(one.intervention for one in plan.actions)


def test_four_workgroups_carry_the_six_ambitions(leiden):
    found = {one.title.nl: one.ambitions for one in leiden.workgroups()}
    assert found == {
        name: tuple(f"actieplan/{n}" for n in numbers) for name, numbers in WORKGROUPS.items()
    }
    carried = [action for one in leiden.workgroups() for action in leiden.of_workgroup(one.key)]
    assert len(carried) == len(set(carried)) == 19


def test_the_plan_names_17_kinds_of_partners_and_says_it_counts_22(leiden):
    (plan,) = (one for one in leiden.agendas if one.key == "actieplan")
    assert titles(plan.partners) == listed(PARTNERS)
    assert len(plan.partners) == 17
    assert {"17", "22"} <= set(plan.partners_note.nl.replace(".", " ").split())
    assert titles(plan.measures) == listed(MEASURES)


def test_the_agenda_of_the_municipality_is_whole(leiden):
    (gka,) = (one for one in leiden.agendas if one.key == "gka")
    assert titles(gka.themes) == listed(THEMES)
    assert titles(gka.actions) == listed(INTERVENTIONS)
    assert all(one.intervention for one in gka.actions)
    (project,) = gka.projects
    assert project.title.nl == "Gelijke Kansen in Leiden op de kaart"
    assert titles(project.aims) == listed(AIMS, ";")


def test_every_action_has_a_theory_that_is_still_a_proposal_and_an_indicator(leiden):
    for action in leiden.actions():
        theory = leiden.theory(action.key)
        assert theory is not None
        assert theory.draft
        assert "voorstel" in theory.source.document.nl
        assert 1 <= len(leiden.indicators_of(action.key)) <= 2
    assert len(leiden.theories) == 23


def test_a_target_that_nobody_agreed_on_is_marked_as_invented(leiden):
    wanted = [one for one in leiden.indicators if one.target is not None]
    assert wanted
    assert all(one.source.invented for one in wanted)
    assert all("verzonnen" in one.source.document.nl for one in wanted)
    assert any(one.direction is Direction.LOWER for one in wanted)
    assert any(one.measured is Measured.COUNT for one in leiden.indicators)
    assert all(event.source.invented for event in leiden.events)
    assert leiden.synthetic


def test_every_entry_has_a_document_and_the_day_it_was_taken_over(leiden):
    entries = [
        *leiden.agendas, *leiden.ambitions(), *leiden.themes(), *leiden.workgroups(),
        *leiden.actions(), *leiden.theories, *leiden.indicators, *leiden.events,
    ]  # fmt: skip
    for agenda in leiden.agendas:
        entries += [*agenda.partners, *agenda.measures, *agenda.projects]
        entries += [aim for project in agenda.projects for aim in project.aims]
    for one in entries:
        assert one.source.document
        assert one.source.taken == datetime.date(2026, 11, 22)
    addendum = [one.key for one in leiden.actions() if one.source.dated == "2021-2024"]
    assert addendum == ["gka/routekaart-professionals", "gka/routekaart-ouders"]


def test_an_owner_carries_the_ambition_of_the_action(leiden):
    groups = {one.key: one for one in leiden.workgroups()}
    for one in leiden.indicators:
        action = leiden.action(one.action)
        assert action.intervention or action.under in groups[one.owner].ambitions


def test_the_agendas_stand_in_the_order_of_the_place(leiden, tmp_path):
    assert [one.key for one in leiden.agendas] == ["lea", "actieplan", "gka"]
    shutil.copytree(LEIDEN, tmp_path, dirs_exist_ok=True)
    change(tmp_path / "place.toml", 'agendas = ["lea", "actieplan", "gka"]', 'agendas = ["gka"]')
    found = aw.read_agenda(tmp_path)
    assert [one.key for one in found.agendas] == ["gka", "actieplan", "lea"]


def test_the_studies_of_this_workplace_point_to_actions_that_are_there(leiden):
    plans = [aw.read_plan(file) for file in sorted((ROOT / "data").glob("*/plan*.toml"))]
    check_studies(leiden, plans)
    assert sum(bool(plan.study.actions) for plan in plans) >= 5


# ---------------------------------------------------------------- another town


def test_the_town_of_the_readme_is_read_and_no_key_of_a_file_is_untold(tmp_path):
    text = (LEIDEN / "README.md").read_text("utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    (tmp_path / "zandmeer.toml").write_text(example, "utf-8")
    found = aw.read_agenda(tmp_path)
    assert [one.key for one in found.indicators] == ["kansen/1.1/gezinnen"]
    assert [len(found.theories), len(found.events), found.place.nl] == [1, 1, "Zandmeer"]
    for table, form in FORMS.items():
        assert table in text
        assert [name for name in form.known if not re.search(rf"\b{name}\b", text)] == []


def test_a_town_in_other_files_is_read_whole(duinrode):
    assert duinrode.place.nl == "Duinrode"
    assert not duinrode.synthetic
    assert [one.key for one in duinrode.actions()] == [
        "samen-groot/voorlezen", "samen-groot/bos", "samen-groot/zwemmen",
    ]  # fmt: skip
    swimming = duinrode.action("samen-groot/zwemmen")
    assert (swimming.under, swimming.intervention) == ("samen-groot/sport", True)
    (indicator,) = duinrode.indicators
    assert indicator.key == "samen-groot/voorlezen/bereik"
    assert indicator.owner == "samen-groot/lezers"
    assert indicator.target == 0.625


def test_an_entry_has_the_source_of_its_file_unless_it_names_another(duinrode):
    taal, buiten = duinrode.ambitions()
    assert taal.source.document.nl == "Plan Samen groot"
    assert taal.source.dated == "2026-09-01"
    assert buiten.source.document.nl == "Brief van de wethouder"
    (theory,) = duinrode.theories
    assert theory.source.document.en == "Proposal of the readers"


def test_a_place_with_an_invented_source_is_synthetic_whatever_it_says(tmp_path):
    town(tmp_path, {("volgen", "taken = 2026-10-10"): "taken = 2026-10-10\ninvented = true"})
    assert aw.read_agenda(tmp_path).synthetic


def test_an_event_lasts_as_long_as_it_lasts(duinrode):
    (event,) = duinrode.events
    assert event.start.utcoffset() == datetime.timedelta(hours=-4)
    assert event.hours == 1.5


def test_hours_are_counted_as_they_pass_when_the_clock_changes(tmp_path):
    """From 01:30 to 04:30 on the night that summer time begins is two hours (Amsterdam)."""
    town(tmp_path, {
        ("stad", "America/Curacao"): "Europe/Amsterdam",
        ("volgen", "start = 2027-03-28T02:30:00"): "start = 2027-03-28T01:30:00",
        ("volgen", "end = 2027-03-28T04:00:00"): "end = 2027-03-28T04:30:00",
    })  # fmt: skip
    (event,) = aw.read_agenda(tmp_path).events
    assert event.hours == 2.0


# ---------------------------------------------------------------- what is wrong

Change = tuple[str, str]


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def town(folder: Path, changes: dict[Change, str]) -> Path:
    """Duinrode with other words in its files: (file, what stands there) -> what comes instead."""
    shutil.copytree(DUINRODE, folder, dirs_exist_ok=True)
    for (file, old), new in changes.items():
        change(folder / f"{file}.toml", old, new)
    return folder


def faults(folder: Path) -> tuple[aw.Fault, ...]:
    with pytest.raises(aw.PlanError) as refused:
        aw.read_agenda(folder)
    return refused.value.faults


WRONG: dict[str, tuple[Change, str, str, str]] = {
    # name: (file, what stands there), what comes instead, where it is wrong, what is said of it
    "an unknown table": (("stad", "[[measures]]"), "[[mesures]]", "[mesures]", "‘measures’"),
    "an unknown key": (
        ("stad", 'under = "buiten"'), 'undr = "x"\nunder = "buiten"', "[[actions]] bos", "‘under’",
    ),
    "a text in one language": (
        ("stad", 'title = { nl = "Naar buiten", en = "Going outside" }'),
        'title = { nl = "Naar buiten" }', "[[ambitions]] buiten title", "De Engelse tekst",
    ),
    "a text without a language": (
        ("stad", 'title = { nl = "Sport", en = "Sport" }'), 'title = "Sport"',
        "[[themes]] sport title", "verkeerde vorm",
    ),
    "an empty text": (
        ("volgen", 'nl = "In juni"'), 'nl = " "', "[[indicators]] bereik wave",
        "De Nederlandse tekst",
    ),
    "a third language": (
        ("stad", '{ nl = "De bieb", en = "The library" }'),
        '{ nl = "De bieb", en = "The library", fy = "De bieb" }', "[[partners]] bieb title", "‘fy’",
    ),
    "a key twice": (("stad", 'key = "bos"'), 'key = "voorlezen"', "[[actions]] voorlezen", "al: "),
    "a key of two kinds of entries": (
        ("stad", 'key = "bieb"'), 'key = "zand"', "[[partners]] zand", "aims[1]",
    ),
    "a key that is none": (
        ("stad", 'key = "tellen"'), 'key = "Te Tellen"', "[[measures]] Te Tellen key", "kleine",
    ),
    "no title": (
        ("stad", 'title = { nl = "Tellen", en = "Counting" }'), "", "[[measures]] tellen",
        "‘title’ ontbreekt",
    ),
    "a workgroup of an unknown ambition": (
        ("stad", '["taal", "buiten"]'), '["taal", "buitn"]', "[[workgroups]] lezers ambitions",
        "‘samen-groot/buitn’",
    ),
    "a workgroup of no ambition": (
        ("stad", '["taal", "buiten"]'), "[]", "[[workgroups]] lezers ambitions", "draagt geen",
    ),
    "an action under nothing": (
        ("stad", 'under = "taal"'), "", "[[actions]] voorlezen", "‘under’ ontbreekt",
    ),
    "an action under an empty key": (
        ("stad", 'under = "taal"'), 'under = ""', "[[actions]] voorlezen", "‘under’ ontbreekt",
    ),
    "an action under something unknown": (
        ("stad", 'under = "taal"'), 'under = "tal"', "[[actions]] voorlezen under",
        "‘samen-groot/tal’",
    ),
    "an intervention of an unknown theme": (
        ("stad", 'under = "sport"'), 'under = "spel"', "[[interventions]] zwemmen under",
        "‘samen-groot/spel’",
    ),
    "a theory of an unknown action": (
        ("volgen", '[[theories]]\naction = "samen-groot/voorlezen"'),
        '[[theories]]\naction = "samen-groot/voorlzen"', "[[theories]]",
        "‘samen-groot/voorlzen’ is hier onbekend",
    ),
    "a theory that is no draft and no fact": (
        ("volgen", "draft = false"), 'draft = "nee"', "draft", "verkeerde vorm",
    ),
    "an indicator of an unknown action": (
        ("volgen", '[[indicators]]\naction = "samen-groot/voorlezen"'),
        '[[indicators]]\naction = "voorlezen"', "[[indicators]] bereik action", "‘voorlezen’",
    ),
    "an indicator of an unknown owner": (
        ("volgen", 'owner = "samen-groot/lezers"'), 'owner = "samen-groot/lezer"',
        "[[indicators]] bereik owner", "‘samen-groot/lezer’",
    ),
    "a target without direction": (
        ("volgen", 'direction = "higher"\n'), "", "[[indicators]] bereik direction",
        "niet welke kant",
    ),
    "a direction that is none": (
        ("volgen", 'direction = "higher"'), 'direction = "up"', "[[indicators]] bereik direction",
        "‘up’",
    ),
    "a share above 1": (
        ("volgen", "target = 0.625"), "target = 62.5", "[[indicators]] bereik target",
        "tussen 0 en 1",
    ),
    "a target that is no number": (
        ("volgen", "target = 0.625"), "target = nan", "[[indicators]] bereik target", "vorm",
    ),
    "a target without an end": (
        ("volgen", 'target_period = "2028-2029"\n'), "", "[[indicators]] bereik target_period",
        "niet voor wanneer",
    ),
    "a share without denominator": (
        ("volgen", 'denominator = { nl = "Alle kleuters", en = "All young pupils" }\n'), "",
        "[[indicators]] bereik denominator", "noemer nodig",
    ),
    "a count with a denominator": (
        ("volgen", 'measured = "share"'), 'measured = "count"',
        "[[indicators]] bereik denominator", "geen noemer",
    ),
    "an event that ends before it starts": (
        ("volgen", "end = 2027-03-28T04:00:00"), "end = 2027-03-27T04:00:00",
        "[[events]] lezen-leren end", "voordat zij begint",
    ),
    "an event for an unknown ambition": (
        ("volgen", 'under = ["samen-groot/voorlezen"]'), 'under = ["samen-groot/talen"]',
        "[[events]] lezen-leren under", "‘samen-groot/talen’",
    ),
    "an event for nothing": (
        ("volgen", 'under = ["samen-groot/voorlezen"]'), "under = []",
        "[[events]] lezen-leren", "‘under’ ontbreekt",
    ),
    "an event of another kind": (
        ("volgen", 'kind = "training"'), 'kind = "feest"', "[[events]] lezen-leren kind", "‘feest’",
    ),
    "an event of no hours": (
        ("volgen", 'kind = "training"'), 'hours = 0\nkind = "training"',
        "[[events]] lezen-leren hours", "0 uur",
    ),
    "a time with a zone of its own": (
        ("volgen", "start = 2027-03-28T02:30:00"), "start = 2027-03-28T02:30:00+01:00",
        "[[events]] lezen-leren start", "verkeerde vorm",
    ),
    "a day that is text": (
        ("volgen", "taken = 2026-10-10"), 'taken = "10 oktober"', "[source] taken", "vorm",
    ),
    "a time as a day of taking over": (
        ("volgen", "taken = 2026-10-10"), "taken = 2026-10-10T12:00:00", "[source] taken", "vorm",
    ),
    "a source that nobody told": (
        ("stad", 'source = "brief"'), 'source = "brieven"', "[[ambitions]] buiten source",
        "‘brieven’",
    ),
    "no source": (
        ("volgen", "[source]"), "[sources.elders]", "[[theories]] samen-groot/voorlezen",
        "‘source’ ontbreekt",
    ),
    "a zone that is none": (
        ("stad", "America/Curacao"), "America/Curacoa", "[place] timezone", "America/Curacao",
    ),
    "a folder of zones": (("stad", "America/Curacao"), "America", "[place] timezone", "tijdzone"),
    "a zone outside": (("stad", "America/Curacao"), "../x", "[place] timezone", "tijdzone"),
    "an agenda that is not there": (
        ("stad", 'timezone = "America/Curacao"'),
        'timezone = "America/Curacao"\nagendas = ["samen-klein"]', "[place] agendas",
        "‘samen-klein’",
    ),
    "a material without a title": (
        ("volgen", 'title = { nl = "Boekje", en = "Booklet" }, '), "", "material[1]",
        "‘title’ ontbreekt",
    ),
    "an aim that is no table": (
        ("stad", "aims = [{"), 'aims = ["zand", {', "aims[1]", "verkeerde vorm",
    ),
    "entries that are no list": (("stad", "[[measures]]"), "[measures]", "[[measures]]", "vorm"),
    "an agenda that is text": (
        ("stad", "[agenda]"), 'agenda = "samen-groot"\n[oud]', "[oud]", "onbekend",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_file_its_place_and_what_to_do(name, tmp_path):
    key, new, where, said = WRONG[name]
    found = faults(town(tmp_path, {key: new}))
    about = [one for one in found if where in one.column and said in one.explain("nl")]
    assert about, aw.PlanError(found).explain("nl")
    assert about[0].file == f"{key[0]}.toml"
    for one in found:
        assert one.remedy.nl
        assert one.remedy.en


def refusing(folder: Path) -> tuple[aw.Fault, ...]:
    try:
        aw.read_agenda(folder)
    except aw.PlanError as error:
        return error.faults
    return ()


ODD = ("", " ", "x", "a/b", 0, 1.5, True, [], ["x"], [[]], {}, {"nl": "x"}, [{}], {"key": []},
       datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1))  # fmt: skip


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a file where something stands."""
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, inner in inside:
        yield (*path, key)
        yield from places(inner, (*path, key))


@pytest.mark.parametrize("file", ["stad.toml", "volgen.toml"])
def test_anything_odd_anywhere_is_a_fault_with_a_remedy_and_never_a_crash(file, tmp_path):
    folder = town(tmp_path, {})
    text = (DUINRODE / file).read_text(encoding="utf-8")
    refused = 0
    every = list(product(places(tomllib.loads(text)), ODD))
    for path, odd in every[::7]:  # each place has some of them, each of them some places
        raw: Any = tomllib.loads(text)
        inner = raw
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = odd
        (folder / file).write_text(tomli_w.dumps(raw), encoding="utf-8")
        for fault in refusing(folder):
            assert fault.rule, path
            assert fault.remedy, path
            assert fault.explain("nl"), path
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("file", "old", "key"),
    [
        ("stad", 'timezone = "America/Curacao"', "timezone"), ("stad", 'key = "bieb"', "key"),
        ("volgen", 'owner = "samen-groot/lezers"', "owner"),
        ("volgen", '[[theories]]\naction = "samen-groot/voorlezen"', "action"),
    ],
)  # fmt: skip
def test_an_empty_word_is_as_good_as_none(file, old, key, tmp_path):
    new = old.rpartition("= ")[0] + '= ""'
    found = faults(town(tmp_path, {(file, old): new}))
    assert f"‘{key}’ ontbreekt." in [one.rule.nl for one in found]


def test_a_count_below_0_is_refused(tmp_path):
    found = faults(town(tmp_path, {
        ("volgen", 'measured = "share"'): 'measured = "count"',
        ("volgen", 'denominator = { nl = "Alle kleuters", en = "All young pupils" }\n'): "",
        ("volgen", "target = 0.625"): "target = -1",
    }))  # fmt: skip
    assert [(one.column, one.rule.en) for one in found] == [
        ("[[indicators]] bereik target", "A count is not below 0."),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_near_miss_says_what_may_have_been_meant(language, tmp_path):
    folder = town(tmp_path, {("stad", 'under = "buiten"'): 'under = "buitten"'})
    (fault,) = faults(folder)
    assert "‘samen-groot/buiten’" in fault.remedy[language]


def test_a_time_that_the_clock_skips_is_refused(tmp_path):
    folder = town(tmp_path, {("stad", "America/Curacao"): "Europe/Amsterdam"})
    (fault,) = faults(folder)
    assert fault.column == "[[events]] lezen-leren start"
    assert "bestaat niet" in fault.rule.nl


@pytest.mark.parametrize(
    "words", ["[place\n", "a = 1\na = 2\n", "dag = 2027-02-30\n", "a = [" * 2000]
)
def test_a_file_that_is_no_toml_is_named_and_the_others_are_still_read(words, tmp_path):
    folder = town(tmp_path, {("volgen", 'direction = "higher"\n'): ""})
    (folder / "a.toml").write_text(words, encoding="utf-8")
    found = faults(folder)
    assert [one.file for one in found] == ["a.toml", "volgen.toml"]
    assert "TOML" in found[0].rule.nl
    assert "direction" in found[1].column


def test_what_an_unread_file_may_hold_is_not_said_to_be_missing(tmp_path):
    folder = town(tmp_path, {})
    (folder / "stad.toml").write_bytes("[place]\nname = 'Duinröde'".encode("latin-1"))
    (fault,) = faults(folder)
    assert fault.file == "stad.toml"
    assert "UTF-8" in fault.rule.nl


def test_every_fault_of_every_file_is_told_at_once(tmp_path):
    """As many at once as do not hide each other; each is told as it is told alone."""
    together = [
        "an unknown key", "a text in one language", "a text without a language", "a third language",
        "an empty text", "a key that is none", "a workgroup of an unknown ambition",
        "an action under something unknown", "an indicator of an unknown owner",
        "a target without direction", "a share above 1", "a share without denominator",
        "an event that ends before it starts", "an event for an unknown ambition",
        "a theory that is no draft and no fact", "a day that is text", "a zone that is none",
    ]  # fmt: skip
    folder = town(tmp_path, {WRONG[name][0]: WRONG[name][1] for name in together})
    found = faults(folder)
    for name in together:
        _, _, where, said = WRONG[name]
        assert any(where in one.column and said in one.explain("nl") for one in found), name
    assert len(found) == len(together)
    told = aw.PlanError(found).explain("en")
    assert "stad.toml" in told
    assert "volgen.toml" in told


def test_a_place_is_told_once_and_an_agenda_at_least_once(tmp_path):
    (tmp_path / "leeg.toml").write_text("", encoding="utf-8")
    assert [one.column for one in faults(tmp_path)] == ["[place]", "[agenda]"]
    town(tmp_path, {})
    (tmp_path / "zee.toml").write_text(
        'place = { name = { nl = "A", en = "A" }, timezone = "UTC" }'
    )
    (fault,) = faults(tmp_path)
    assert fault.file == "zee.toml"


def test_a_folder_without_agendas_is_refused(tmp_path):
    (fault,) = faults(tmp_path)
    assert "geen bestanden" in fault.rule.nl
    assert faults(tmp_path / "nergens")


def test_ambitions_of_no_agenda_are_refused(tmp_path):
    folder = town(tmp_path, {})
    (folder / "los.toml").write_text(
        '[source]\ndocument = { nl = "A", en = "A" }\ntaken = 2026-01-01\n'
        '[[ambitions]]\nkey = "los"\ntitle = { nl = "Los", en = "Loose" }\n',
        encoding="utf-8",
    )
    (fault,) = faults(folder)
    assert (fault.file, fault.column) == ("los.toml", "[[ambitions]]")


def studying(*actions: str) -> Callable[[Path], aw.Plan]:
    plan = aw.Plan(outcome="na", treatment="les", cluster="school", study=aw.Study(actions=actions))
    return lambda file: replace(plan, file=file)


def test_a_study_of_a_removed_action_is_named_with_its_plan(duinrode, tmp_path):
    plans = [
        studying("samen-groot/voorlezen")(tmp_path / "goed" / "plan.toml"),
        studying("samen-groot/voorlezn", "lea/9")(tmp_path / "fout" / "plan.toml"),
        studying("samen-groot/taal")(tmp_path / "ambitie" / "plan.toml"),
    ]
    check_studies(duinrode, plans[:1])
    with pytest.raises(aw.PlanError) as refused:
        check_studies(duinrode, plans)
    first, second, third = refused.value.faults
    assert [one.file for one in refused.value.faults] == [
        "fout/plan.toml", "fout/plan.toml", "ambitie/plan.toml",
    ]  # fmt: skip
    assert "‘samen-groot/voorlezen’" in first.remedy.nl
    assert "‘lea/9’" in second.rule.en
    assert "‘samen-groot/taal’" in third.rule.nl
