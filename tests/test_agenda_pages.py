"""The pages of the agenda and the calendar: all is on them, in plain words, of any town."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_numbers_everywhere import in_html, in_pdf, in_word, numbers_of, written
from test_readability import EASE, JARGON, LONGEST, MEAN, ease, read, sentences, words

import academic_workplace as aw
from academic_workplace.agenda import Agendas
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.report.agenda import (
    action_blocks,
    agenda_page,
    calendar_page,
    event_blocks,
    source_line,
    target_words,
    when,
)
from academic_workplace.report.document import Heading, Items, Notice, Paragraph, Report, Table
from academic_workplace.report.house import LEIDEN as LEIDEN_HOUSE
from academic_workplace.report.house import dressed
from academic_workplace.report.pages import write_pages
from academic_workplace.report.words import phrases

ROOT = Path(__file__).parents[1]
TODAY = datetime.date(2026, 11, 22)
SAY = phrases("agenda")


@pytest.fixture(scope="module")
def leiden() -> Agendas:
    return aw.read_agenda(ROOT / "data" / "agenda")


@pytest.fixture(scope="module")
def duinrode() -> Agendas:
    return aw.read_agenda(Path(__file__).parent / "data" / "duinrode")


def pages(agendas: Agendas, language: str) -> tuple[Report, Report]:
    return agenda_page(agendas, language, TODAY), calendar_page(agendas, language, TODAY)


def told(report: Report) -> str:
    return "\n".join(written((*report.blocks, *report.appendix)))


def named(agendas: Agendas) -> Iterator[Text]:
    """All that partners named, of every agenda."""
    for agenda in agendas.agendas:
        entries = (
            *agenda.ambitions, *agenda.workgroups, *agenda.themes, *agenda.actions,
            *agenda.projects, *agenda.partners, *agenda.measures,
        )  # fmt: skip
        yield agenda.title
        yield agenda.source.document
        yield agenda.partners_note
        yield from (one.title for one in entries)
        yield from (aim.title for project in agenda.projects for aim in project.aims)


def followed(agendas: Agendas) -> Iterator[Text]:
    """How actions are to help and are followed."""
    for one in agendas.theories:
        yield from (one.input, one.activity, one.reach, one.output, one.short, one.long)
    for one in agendas.indicators:
        yield from (one.title, one.definition, one.numerator, one.denominator, one.origin, one.wave)


# ---------------------------------------------------------------- all is there


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("town", ["leiden", "duinrode"])
def test_all_that_partners_named_stands_on_the_page(town, language, request):
    agendas = request.getfixturevalue(town)
    report = agenda_page(agendas, language, TODAY)
    text = told(report)
    assert [one[language] for one in named(agendas) if one[language] not in text] == []
    assert [one[language] for one in followed(agendas) if one[language] not in text] == []


def test_actions_stand_below_their_ambition(leiden):
    blocks = agenda_page(leiden, "nl", TODAY).page
    at = blocks.index(Heading("Ambitie 3: Elk kind krijgt maatwerk", 3))
    assert blocks[at + 1] == Paragraph("Werkgroep: Maatwerk en soepele overgangen.")
    table = blocks[at + 2]
    assert isinstance(table, Table)
    actions = [one.title.nl for one in leiden.actions() if one.under == "actieplan/3"]
    assert [row[0] for row in table.rows] == actions


def test_interventions_without_a_theme_stand_on_the_page_too(leiden):
    (table,) = (block for block in agenda_page(leiden, "nl", TODAY).page
                if isinstance(block, Table) and block.header[0] == "Interventie")  # fmt: skip
    interventions = [one.title.nl for one in leiden.actions() if one.intervention]
    assert [row[0] for row in table.rows] == interventions


def test_a_theory_says_whether_the_workgroup_agreed(leiden, duinrode):
    def note(agendas: Agendas, key: str) -> str:
        return next(b.note for b in action_blocks(key, agendas, "nl") if isinstance(b, Table))

    assert note(leiden, "actieplan/1.1").startswith("Nog een voorstel. Bron: ")
    assert note(duinrode, "samen-groot/voorlezen").startswith("Bron: Voorstel van de lezers")


def test_the_page_says_that_ambition_1_is_not_the_same_everywhere(leiden, duinrode):
    said = SAY["each_its_own"].nl
    assert said in told(agenda_page(leiden, "nl", TODAY))
    assert said not in told(agenda_page(duinrode, "nl", TODAY))  # it has one agenda


def test_every_action_has_its_theory_and_its_indicators_once(leiden):
    appendix = agenda_page(leiden, "nl", TODAY).appendix
    tables = [block for block in appendix if isinstance(block, Table)]
    captions = [table.caption for table in tables]
    assert captions.count(SAY["theory.caption"].nl) == len(leiden.theories) == 23
    shown = [cell for table in tables if table.caption == SAY["indicator.caption"].nl
             for cell in table.header[1:]]  # fmt: skip
    assert sorted(shown) == sorted(one.title.nl for one in leiden.indicators)


def test_an_action_without_theory_or_indicator_says_so(duinrode):
    blocks = action_blocks("samen-groot/bos", duinrode, "nl")
    assert Paragraph(SAY["theory.none"].nl) in blocks
    assert Paragraph(SAY["indicator.none"].nl) in blocks
    assert "Brief" not in str(blocks)
    assert "Hoort bij ambitie 2 van ‘Samen groot’: Naar buiten. Werkgroep: De lezers." in str(
        blocks
    )


def test_an_intervention_names_its_theme(duinrode):
    blocks = action_blocks("samen-groot/zwemmen", duinrode, "en")
    assert "Belongs to a theme of ‘Growing up together’: Sport." in str(blocks)
    with pytest.raises(KeyError):
        action_blocks("samen-groot/duiken", duinrode, "en")


def test_studies_are_told_with_their_action(duinrode):
    study = SimpleNamespace(  # what is told of a LocalResult
        title=Text("Boeken", "Books"),
        actions=("samen-groot/voorlezen",),
        message={"nl": "We zagen meer woorden.", "en": "We saw more words."},
        date=TODAY,
        synthetic=True,
    )
    (items,) = (b for b in action_blocks("samen-groot/voorlezen", duinrode, "nl", [study])
                if isinstance(b, Items))  # fmt: skip
    assert items.items == (
        "Boeken (22 november 2026). We zagen meer woorden. De gegevens zijn verzonnen.",
    )
    none = action_blocks("samen-groot/bos", duinrode, "nl", [study])
    assert Paragraph(SAY["studies.none"].nl) in none
    assert Paragraph(SAY["studies.none"].nl) not in action_blocks("samen-groot/bos", duinrode, "nl")


@pytest.mark.parametrize(
    ("key", "nl", "en"),
    [
        ("actieplan/1.2/in-beeld", "95% in 2026-2027 (verzonnen)", "95% in 2026-2027 (invented)"),
        ("actieplan/4.4/doorverwezen", "150 in 2026-2027 (verzonnen)",
         "150 in 2026-2027 (invented)"),
        ("actieplan/4.3/betrokken", "nog niet afgesproken", "not agreed yet"),
    ],
)  # fmt: skip
def test_a_target_is_told_and_whether_anybody_agreed_on_it(leiden, key, nl, en):
    (indicator,) = (one for one in leiden.indicators if one.key == key)
    assert (target_words(indicator, "nl"), target_words(indicator, "en")) == (nl, en)


def test_a_target_with_half_a_percent_keeps_it(duinrode):
    assert target_words(duinrode.indicators[0], "nl") == "62,5% in 2028-2029"
    assert target_words(duinrode.indicators[0], "en") == "62.5% in 2028-2029"


def test_a_source_says_what_it_is_of_and_where_it_is(leiden, duinrode):
    assert source_line(duinrode.agendas[0].source, "nl") == (
        "Bron: Plan Samen groot (1 september 2026). Overgenomen op 2 oktober 2026."
        " Te vinden op https://duinrode.example/samen-groot."
    )
    (source,) = (one.source for one in leiden.actions() if one.key == "gka/routekaart-ouders")
    assert source_line(source, "nl") == (  # the years stand in its name already
        "Bron: Addendum 2021-2024 bij de GKA-agenda van de gemeente Leiden."
        " Overgenomen op 22 november 2026."
    )
    same_day = replace(source, dated=source.taken.isoformat())
    assert source_line(same_day, "en").count("22 November 2026") == 1
    assert "(rond 1920)" in source_line(replace(source, dated="rond 1920"), "nl")


# ---------------------------------------------------------------- the calendar


def headings(blocks: tuple[object, ...], level: int) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Heading) and block.level == level]


def test_what_comes_stands_first_and_what_was_is_folded(leiden):
    report = calendar_page(leiden, "nl", TODAY)
    titles = [event.title.nl for event in leiden.events]
    assert headings(report.page, 3) == titles[3:]
    assert headings(report.appendix, 2) == titles[2::-1]  # the last one first
    assert report.appendix_title == "Wat is al geweest?"
    assert report.description == (
        "De volgende activiteit is ‘Werksessie: de overstap naar de middelbare school’."
        " Dat is op 9 december 2026."
    )


def test_an_activity_of_today_is_still_to_come(leiden):
    (event,) = leiden.events[3:4]
    coming = calendar_page(leiden, "nl", event.end.date())
    assert headings(coming.page, 3)[0] == event.title.nl
    gone = calendar_page(leiden, "nl", event.end.date() + datetime.timedelta(days=1))
    assert headings(gone.appendix, 2)[0] == event.title.nl


def test_a_calendar_with_nothing_to_come_says_so(leiden):
    late = calendar_page(leiden, "en", datetime.date(2030, 1, 1))
    assert late.description == "There is nothing on the calendar now."
    assert headings(late.page, 2) == []
    assert len(headings(late.appendix, 2)) == len(leiden.events)
    empty = calendar_page(replace(leiden, events=()), "nl", TODAY)
    assert (empty.appendix, empty.appendix_title, empty.mark) == ((), "", "")


def test_days_and_times_are_told_as_people_say_them(leiden):
    event = leiden.events[3]
    assert (
        when(event, "nl") == "Woensdag 9 december 2026, 9.30 tot 12.00 uur. Voorbeeldschool Oost."
    )
    assert when(event, "en") == "Wednesday 9 December 2026, 9:30 to 12:00. Example school East."
    longer = replace(event, end=event.end + datetime.timedelta(days=1))
    assert when(longer, "nl") == (
        "Woensdag 9 december 2026, 9.30 uur tot donderdag 10 december 2026, 12.00 uur."
        " Voorbeeldschool Oost."
    )
    assert when(longer, "en").startswith("Wednesday 9 December 2026, 9:30 to Thursday 10 December")


def test_an_activity_says_for_whom_it_is_and_where_it_belongs(duinrode):
    heading, _, items = event_blocks(duinrode.events[0], duinrode, "nl")
    assert heading == Heading("Leren voorlezen", 3)
    assert items == Items((
        "Soort: Training", "Voor: Voorlezers", "Hoort bij: Voorlezen in de wijk",
        "Materiaal: Boekje (https://duinrode.example/boekje)",
    ))  # fmt: skip


# ---------------------------------------------------------------- marked, plain, anywhere


def test_pages_with_anything_invented_are_marked(leiden, duinrode):
    for language in LANGUAGES:
        marks = [page.mark for page in pages(leiden, language)]
        assert marks == [phrases("page")["example"][language]] * 2
        assert [page.mark for page in pages(duinrode, language)] == ["", ""]
    agenda, calendar = pages(leiden, "nl")
    assert Notice(SAY["invented"].nl) in agenda.page
    assert Notice(SAY["calendar.invented"].nl) in calendar.page
    assert not any(
        isinstance(block, Notice) for page in pages(duinrode, "nl") for block in page.page
    )


def own_words(agendas: Agendas) -> set[str]:
    """What partners wrote themselves, and names of people's work: we may not make it plainer."""
    texts = [*named(agendas)]
    for event in agendas.events:
        texts += [event.title, event.audience, event.place, *(title for title, _ in event.material)]
    return {one.nl for one in texts}


def test_what_we_say_ourselves_is_plain_dutch(leiden):
    theirs = own_words(leiden)
    for report in pages(leiden, "nl"):
        ours = [text for text in read((*report.blocks, *report.appendix)) if text not in theirs]
        for title in sorted(theirs, key=len, reverse=True):
            ours = [text.replace(title, "dit") if title else text for text in ours]
        lengths = [len(words(sentence)) for text in ours for sentence in sentences(text)]
        assert max(lengths) <= LONGEST
        assert sum(lengths) / len(lengths) <= MEAN
        assert ease(ours) >= EASE
        assert not [text for text in ours if JARGON.search(text)]


def test_what_we_propose_is_plain_dutch(leiden):
    ours = [text.nl for text in followed(leiden) if text.nl]
    lengths = [len(words(sentence)) for text in ours for sentence in sentences(text)]
    assert max(lengths) <= 20
    assert not [text for text in ours if JARGON.search(text)]
    steps = [text for text in ours if text.endswith(".")]
    assert ease(steps) >= 65  # of professionals, and of their work
    assert not [text for text in ours if "bewezen" in text]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_another_town_know_nothing_of_this_one(duinrode, language):
    name = Text("Werkplaats Duinrode", "Workplace Duinrode")
    with dressed(replace(LEIDEN_HOUSE, name=name)):
        for report in pages(duinrode, language):
            for writer in (in_html, in_pdf, in_word):
                text = writer(report)
                assert "Duinrode" in text
                assert "leid" not in text.replace("geleid", "").replace("opleid", "").casefold()


@pytest.mark.parametrize("reading", [in_html, in_pdf, in_word])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_read_back_from_every_file(leiden, language, reading):
    for report in pages(leiden, language):
        wanted = numbers_of(told(report))
        assert len(wanted) > 10
        assert not wanted - numbers_of(reading(report))


def test_pages_are_written_with_the_others(leiden, tmp_path):
    reports = {language: agenda_page(leiden, language, TODAY) for language in LANGUAGES}
    paths = write_pages(
        reports, tmp_path / "agenda", kind="agenda",
        study=aw.Study(title=Text("Agenda", "Agenda"), synthetic=leiden.synthetic), made={},
        numbers={},
    )  # fmt: skip
    names = {path.name for path in paths}
    assert {"rapport.html", "report.html", "rapport.pdf", "report.docx"} <= names


def test_a_third_language_is_refused(leiden):
    for page in (agenda_page, calendar_page):
        with pytest.raises((aw.PlanError, ValueError)):
            page(leiden, "fr", TODAY)
