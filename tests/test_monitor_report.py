"""The pages of the monitor: what they say, how they read, and that only what may leave is told."""

from __future__ import annotations

import datetime
import io
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitors import DAY, YEARS, indicator, series, study, town, value, values
from test_numbers_everywhere import in_html, in_pdf, in_word, numbers_of, written
from test_readability import EASE, JARGON, LONGEST, MEAN, ease, read, sentences, words

from academic_workplace.agenda import Direction, Measured
from academic_workplace.agenda.reading import read_agenda
from academic_workplace.disclosure import DUTCH_5, NCO, under
from academic_workplace.errors import PlanError, ReportError
from academic_workplace.knowledge import local_results
from academic_workplace.language import LANGUAGES
from academic_workplace.monitor import (
    Ask,
    Count,
    Monitor,
    Rule,
    Side,
    State,
    Told,
    Unknown,
    Value,
    follow,
    read_values,
)
from academic_workplace.report.document import (
    Heading,
    Items,
    KeyMessage,
    Picture,
    Report,
    Table,
    walk,
)
from academic_workplace.report.monitor import (
    RELEASED,
    factsheet,
    indicator_sentences,
    overview_page,
    published_of,
    value_sentence,
    workgroup_report,
    write_monitor,
)
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.html import _scrolls
from academic_workplace.report.writers.pdf import form, pdf

ROOT = Path(__file__).parents[1]
SAY = phrases("monitor")
SHARE, OTHER, COUNT = "plan/1.1/mee", "plan/1.1/klaar", "plan/1.2/aantal"
GROUPS = ("vliegende-start", "leeromgeving", "maatwerk", "ouderbetrokkenheid")


@cache
def monitor() -> Monitor:
    """The demonstration, with a study of each kind of action."""
    agendas = read_agenda(ROOT / "data" / "agenda")
    studies = [study("gka/levensvaardigheden"), study("actieplan/4.1", "actieplan/4.3")]
    return follow(agendas, read_values(ROOT / "data" / "monitor", agendas), studies)


@cache
def page(name: str, language: str = "nl") -> Report:
    if name == "factsheet":
        return factsheet(monitor(), language, DAY)
    if name == "overview":
        return overview_page(monitor(), language, DAY)
    return workgroup_report(monitor(), f"actieplan/{name}", language, DAY)


PAGES = [*GROUPS, "factsheet", "overview"]
every_page = pytest.mark.parametrize("name", PAGES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def said(report: Report) -> str:
    return " ".join(written((*report.blocks, *report.appendix)))


# ---------------------------------------------------------------- how it reads


@every_page
def test_a_page_can_be_read_in_three_minutes(name: str) -> None:
    told = [text for text in read(page(name).blocks) if text]
    lengths = [len(words(part)) for text in told for part in sentences(text)]
    assert max(lengths) <= LONGEST
    assert sum(lengths) / len(lengths) <= MEAN
    assert ease(told) >= EASE
    assert [text for text in told if JARGON.search(text)] == []


def test_every_sentence_to_be_filled_is_short() -> None:
    told = [(key, part) for key, text in SAY.items() for part in sentences(text.nl)
            if not key.startswith("how.")]  # fmt: skip
    assert [(key, part) for key, part in told if len(words(part)) > LONGEST] == []


@every_page
@every_language
def test_no_page_says_proven_or_ranks(name: str, language: str) -> None:
    text = said(page(name, language)).casefold()
    assert not re.search(r"bewezen|proven|\brood\b|groen|oranje|\bred\b|\bgreen\b", text)
    assert page(name, language).mark == phrases("page")["example"][language]


# ---------------------------------------------------------------- sheets


@every_language
def test_the_factsheet_has_two_pages(language: str) -> None:
    found = page("factsheet", language)
    assert len(pypdf.PdfReader(io.BytesIO(pdf(found))).pages) == 2
    assert not found.appendix


@every_language
def test_a_factsheet_of_one_indicator_or_none_has_two_pages(language: str) -> None:
    for found in (values(), values(*series(SHARE, (40, 52)))):
        place = town(indicator(SHARE, target=0.5, target_period="2026-2027"))
        sheet = factsheet(follow(place, found), language, DAY)
        assert len(pypdf.PdfReader(io.BytesIO(pdf(sheet))).pages) == 2
        assert sheet.mark == ""


@every_language
@pytest.mark.parametrize("name", GROUPS)
def test_a_workgroup_has_its_sheet_for_the_meeting(name: str, language: str) -> None:
    report = page(name, language)
    found = form(report)
    assert found.fits
    assert found.size >= 9
    assert isinstance(report.summary[0], KeyMessage)
    questions = [block for block in report.summary if isinstance(block, Items) and block.ordered]
    assert 1 <= len(questions[0].items) <= 4


@pytest.mark.parametrize(
    ("name", "language"), [(GROUPS[0], "nl"), ("factsheet", "nl"), ("factsheet", "en")]
)
@pytest.mark.parametrize("reading", [in_html, in_pdf, in_word])
def test_every_number_is_read_back_from_every_file(name: str, language: str, reading) -> None:
    told = numbers_of(said(page(name, language)))
    assert len(told) > 15
    assert told - numbers_of(reading(page(name, language))) == set()


# ---------------------------------------------------------------- everything is there


@every_language
def test_every_action_and_indicator_stands_on_the_overview(language: str) -> None:
    text = said(page("overview", language))
    agendas = monitor().agendas
    for one in (*agendas.actions(), *agendas.indicators):
        assert one.title[language] in text
    assert SAY["cell.no_data"][language] in text


@every_language
def test_every_action_of_a_workgroup_stands_in_its_report(language: str) -> None:
    for name in GROUPS:
        text = said(page(name, language))
        for action in monitor().of_workgroup(f"actieplan/{name}"):
            assert action.action.title[language] in text
            for one in action.followed:
                assert one.indicator.title[language] in text


@every_language
def test_a_picture_has_its_numbers_in_words_and_in_a_table(language: str) -> None:
    blocks = list(walk(page("maatwerk", language).appendix))
    pictures = [block for block in blocks if isinstance(block, Picture)]
    assert len(pictures) == 8
    for picture in pictures:
        table = blocks[blocks.index(picture) + 1]
        assert isinstance(table, Table)
        likely = {row[-1] for row in table.rows}
        assert all(each in picture.alt for each in likely)


def test_what_is_not_known_and_what_is_asked_always_has_words() -> None:
    assert {f"unknown.{kind.name.lower()}" for kind in Unknown} == {
        key for key in SAY if key.startswith("unknown.")
    }  # fmt: skip
    assert {f"ask.{kind.name.lower()}" for kind in Ask} == {
        key for key in SAY if key.startswith("ask.")
    }
    assert {f"signal.{rule.name.lower()}.{way}" for rule in Rule for way in ("up", "down")} <= set(
        SAY
    )


# ---------------------------------------------------------------- one indicator


def sentence(counts: list[int], n: int | None = 100, **other: object) -> str:
    kind = {"measured": Measured.COUNT} if n is None else {}
    place = town(indicator(SHARE, **kind, **other))
    (one,) = follow(place, values(*series(SHARE, counts, n))).followed
    return " ".join(indicator_sentences(one, "nl"))


def test_the_first_time_there_is_nothing_to_compare_with() -> None:
    assert sentence([]) == "Hier zijn nog geen gegevens over."
    assert sentence([40]) == (
        "In 2014-2015 ging het om 40 van de 100. Dat is 40 van de 100. Er is nog geen doel"
        " afgesproken. Dit is de eerste keer. Er is nog niets om mee te vergelijken."
    )


def test_a_change_is_told_when_chance_does_not_easily_do_as_much() -> None:
    assert "is het gestegen. Het zijn er waarschijnlijk 6 tot 33 van de 100 meer" in sentence(
        [40, 60]
    )
    assert "is het gedaald. Het zijn er waarschijnlijk 6 tot 33 van de 100 minder" in sentence(
        [60, 40]
    )
    assert "geen duidelijk verschil" in sentence([50, 55])
    assert "procent meer" in sentence([92, 166], None)
    assert "procent minder" in sentence([166, 92], None)
    assert "geen duidelijk verschil" in sentence([92, 101], None)


@pytest.mark.parametrize(
    ("x", "direction", "expected"),
    [
        (90, Direction.HIGHER, "70 van de 100 of meer, in 2026-2027. Dat is gehaald."),
        (72, Direction.HIGHER, "nog niet te zeggen"),
        (50, Direction.HIGHER, "Dat is nog niet gehaald."),
        (90, Direction.LOWER, "70 van de 100 of minder, in 2026-2027. Dat is nog niet gehaald."),
    ],
)
def test_a_target_is_told_with_what_chance_leaves_of_it(x, direction, expected) -> None:
    target = {"target": 0.7, "target_period": "2026-2027", "direction": direction}
    assert expected in sentence([x], **target)


def test_an_invented_target_is_called_so() -> None:
    source = replace(indicator(SHARE).source, invented=True)
    target = {"target": 0.7, "target_period": "2026-2027"}
    assert "Dit doel is verzonnen" in sentence([50], source=source, **target)
    assert "verzonnen" not in sentence([50], **target)


def test_what_stands_out_is_told_with_how_often_chance_does_it() -> None:
    told = sentence([50, 47, 52, 49, 51, 75])
    assert "Het ligt hoger dan toeval meestal geeft." in told
    assert "hooguit 2 van de 100 keer" in told
    assert "Het ging 6 perioden op rij omlaag." in sentence([60, 58, 56, 54, 52, 50])
    low = [55, 53, 56, 54, 52, 48, 46, 49, 47, 45]
    assert "De laatste 5 perioden liggen alle onder het midden." in sentence(low)
    assert "past bij wat toeval kan geven" in sentence([50, 47, 52, 49, 51, 53])
    for three in ([50, 47, 90], [10, 90, 10]):
        assert "valt op" not in sentence(three)
        assert "past bij" not in sentence(three)


@every_language
def test_a_chart_with_limits_is_drawn_and_described(language: str) -> None:
    place = town(indicator(SHARE, target=0.6, target_period="2026-2027"))
    found = follow(place, values(*series(SHARE, [50, 47, 52, 49, 51, 75])))
    report = workgroup_report(found, "plan/groep", language, DAY)
    (picture,) = [block for block in walk(report.appendix) if isinstance(block, Picture)]
    assert SAY["picture.grey"][language] in picture.caption
    assert SAY["picture.dashed"][language] in picture.caption
    assert SAY["picture.bare"][language] not in picture.caption
    assert "75" in picture.alt
    assert {"nl": "verwachting", "en": "expected"}[language] in said(report)
    assert SAY["sheet.signals"][language] in said(factsheet(found, language, DAY))


def test_a_meeting_is_asked_about_an_indicator_once() -> None:
    place = town(indicator(SHARE, target=0.9, target_period="2026-2027"), indicator(OTHER))
    found = follow(place, values(*series(SHARE, (80, 40))))
    assert len(found.actions[0].questions) == 3
    report = workgroup_report(found, "plan/groep", "nl", DAY)
    (asked,) = [b.items for b in report.summary if isinstance(b, Items) and b.ordered]
    assert asked == (
        f"Wie kan ‘Telling {OTHER}’ tellen, en wanneer?",
        f"‘Telling {SHARE}’ haalt het doel nog niet. Wat staat in de weg?",
    )


# ---------------------------------------------------------------- what may leave


def told_of(*found: Value) -> str:
    """Every word and picture of every page."""
    place = town(indicator(SHARE, target=0.7, target_period="2026-2027"), indicator(OTHER),
                 indicator(COUNT, measured=Measured.COUNT))  # fmt: skip
    one = follow(place, values(*found))
    pages = [workgroup_report(one, "plan/groep", "nl", DAY), factsheet(one, "nl", DAY),
             overview_page(one, "nl", DAY)]  # fmt: skip
    told = [said(p) + p.footer for p in pages]
    drawn = [b.alt + b.wide_svg for p in pages for b in walk(p.blocks) if isinstance(b, Picture)]
    return " ".join(told + drawn)


@settings(deadline=None, max_examples=3)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9))
def test_small_numbers_change_no_word_and_no_line(x: int, y: int, c: int) -> None:
    """Pages are the same whatever a small number is, with or without, of a share or a count."""
    pages = [
        told_of(value(SHARE, "2023-2024", a, 60), value(SHARE, "2024-2025", 47 - b + 3, 50),
                value(COUNT, "2024-2025", d))
        for a, b, d in ((x, 0, c), (y, 0, 10 - c))
    ]  # fmt: skip
    assert pages[0] == pages[1]


def test_a_small_number_is_never_on_a_page() -> None:
    told = told_of(value(SHARE, "2024-2025", 7, 61), value(OTHER, "2024-2025", 54, 61))
    assert "minder dan 10" in told
    assert not {"7", "54"} & numbers_of(told.split("<?xml", maxsplit=1)[0])
    hidden = told_of(value(SHARE, "2024-2025", 7, 13))
    assert "niet getoond" in hidden
    assert "Van 2024-2025 tonen we geen getal." in hidden


def test_a_number_that_a_source_hides_stays_a_range() -> None:
    told = told_of(value(SHARE, "2024-2025", Count(1, 4), 61))
    assert "minder dan 10" in told
    assert told == told_of(value(SHARE, "2024-2025", 8, 61)).replace("None", "None")


def test_pages_follow_the_rules_that_hold_when_they_are_made() -> None:
    place = town(indicator(SHARE))
    with under(DUTCH_5):
        loose = follow(place, values(*series(SHARE, (7,), 61)))
        assert "7 van de 61" in said(workgroup_report(loose, "plan/groep", "nl", DAY))
    assert "7 van de 61" not in said(workgroup_report(loose, "plan/groep", "nl", DAY))
    with under(NCO):
        strict = workgroup_report(loose, "plan/groep", "nl", DAY)
    assert "7 van de 61" in said(strict)


# ---------------------------------------------------------------- writing


def test_everything_is_written_and_marked(tmp_path: Path) -> None:
    place = town(indicator(SHARE), synthetic=True)
    one = follow(place, values(*series(SHARE, (40, 45))), [study("plan/1.1")])
    paths = write_monitor(one, tmp_path, date=DAY)
    folders = {path.parent.name for path in paths}
    assert folders == {"monitor-groep", "monitor-ander", "monitor-factsheet"}
    made = json.loads((tmp_path / "monitor-groep" / "manifest.json").read_text())
    assert made["kind"] == "monitor"
    assert made["synthetic"] is True
    assert made["report"]["actions"] == ["plan/1.1", "plan/1.2"]
    assert made["report"]["workgroup"] == {"nl": "Groep", "en": "Groep"}
    csv = (tmp_path / "monitor-groep" / "results.csv").read_text()
    assert "plan/1.1/mee" in csv
    for path in ("rapport.html", "report.pdf", "rapport.docx"):
        assert (tmp_path / "monitor-factsheet" / path).is_file()
    assert local_results(tmp_path) == ()  # a monitor is no study
    again = write_monitor(one, tmp_path, date=DAY)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in paths]


def test_a_number_that_was_told_otherwise_before_is_refused(tmp_path: Path) -> None:
    place = town(indicator(SHARE))
    first = follow(place, values(*series(SHARE, (40, 45))))
    write_monitor(first, tmp_path, ["nl"], DAY)
    before = {p: p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file()}
    with pytest.raises(ReportError, match="waarde van een indicator") as error:
        write_monitor(follow(place, values(*series(SHARE, (40, 47)))), tmp_path, ["nl"], DAY)
    assert "47" not in str(error.value)
    assert before == {p: p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file()}
    more = follow(place, values(*series(SHARE, (40, 45, 61))))
    write_monitor(more, tmp_path, ["nl"], DAY)  # a new period is no correction
    told = json.loads((tmp_path / RELEASED).read_text())
    assert len(told["editions"]) == 2


def test_what_is_remembered_holds_no_small_number() -> None:
    place = town(indicator(SHARE), indicator(COUNT, measured=Measured.COUNT))
    found = follow(place, values(value(SHARE, YEARS[0], 7, 61), value(COUNT, YEARS[0], 3)))
    edition = published_of(found).edition
    assert set(edition.counts.values()) == {61}
    assert len(edition.withheld) == 2


def test_an_unknown_workgroup_or_language_is_refused() -> None:
    one = follow(town(indicator(SHARE)), values())
    with pytest.raises(PlanError):
        workgroup_report(one, "plan/groap", "nl", DAY)
    for make in (factsheet, overview_page):
        with pytest.raises((PlanError, ValueError)):
            make(one, "de", DAY)


def test_states_have_names_and_no_colours() -> None:
    assert {state.value for state in State} == {
        "signal", "within what chance gives", "too few to say", "no data",
    }  # fmt: skip
    assert {side.name for side in Side} == {"UP", "DOWN", "UNCLEAR"}
    assert Told.NOTHING.value == "nothing"
    point = follow(town(indicator(SHARE)), values(*series(SHARE, (55,), 61))).actions[0].followed[0]
    assert point.newest is not None
    assert "bijna iedereen" in value_sentence(point.newest, "nl")
    assert isinstance(DAY, datetime.date)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_monitor_shows_itself_in_a_notebook(language: str) -> None:
    whole = monitor()
    assert whole.explain(language).startswith(page("overview", language).description)
    assert whole.explain("en") in whole._repr_html_()
    told = next(one for one in whole.followed if one.newest is not None)
    assert told.newest is not None
    assert told.newest.period in told.explain(language)
    drawing = told.picture(language)
    assert drawing is not None
    assert told.indicator.title[language] in drawing.alt
    empty = next(one for one in whole.followed if one.newest is None)
    assert empty.picture(language) is None
    assert len(empty.explain(language)) > 10


# ---------------------------------------------------------------- units, and the smallest phone


@every_language
def test_a_number_and_its_target_have_their_unit_in_the_cell(language: str) -> None:
    place = town(indicator(SHARE, target=0.8, target_period="2026-2027"),
                 indicator(COUNT, measured=Measured.COUNT, target=200, target_period="2026-2027"),
                 indicator(OTHER))  # fmt: skip
    found = (*series(SHARE, (76,), 100), *series(COUNT, (194,), None), *series(OTHER, (3,), 15))
    report = workgroup_report(follow(place, values(*found)), "plan/groep", language, DAY)
    (table,) = (one for one in walk(report.summary) if isinstance(one, Table))
    cells = dict(table.rows)
    share = {"nl": ("76 van de 100", "80 van de 100"), "en": ("76 of 100", "80 of 100")}
    few = {"nl": "Minder dan 67 van de 100", "en": "Fewer than 67 of 100"}
    assert all(words in cells[f"Telling {SHARE}"] for words in share[language])
    assert "194." in cells[f"Telling {COUNT}"]
    assert few[language] in cells[f"Telling {OTHER}"]


@every_language
@pytest.mark.parametrize("name", GROUPS)
def test_where_it_stands_is_seen_on_a_phone_without_moving_sideways(
    name: str, language: str
) -> None:
    first = next(one for one in walk(page(name, language).summary) if isinstance(one, Table))
    assert not _scrolls(first)


@every_language
def test_an_action_stands_once_on_the_overview_above_what_it_counts(language: str) -> None:
    blocks = list(walk(page("overview", language).page))
    assert not any(isinstance(one, Table) for one in blocks)
    heads = [one.text for one in blocks if isinstance(one, Heading) and one.level == 3]
    assert sorted(heads) == sorted(one.title[language] for one in monitor().agendas.actions())


def test_one_action_is_no_plural() -> None:
    place = town(indicator(SHARE))
    for found in ((), series(SHARE, (55,), 100)):
        one = follow(place, values(*found))
        alone = replace(one, actions=one.actions[:1])
        for report in (
            factsheet(alone, "nl", DAY),
            workgroup_report(alone, "plan/groep", "nl", DAY),
        ):
            assert re.search(r"\b1 (?:van de 1 )?acties", said(report)) is None
    assert "We volgen één actie" in factsheet(alone, "nl", DAY).description
