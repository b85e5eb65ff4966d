"""The sheet of an action and the page of news, as a workgroup reads them."""

from __future__ import annotations

import datetime
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from test_golden_texts import lines
from test_knowledge import ACTION, DATA, DAY, finding, local
from test_numbers_everywhere import in_html, in_pdf, in_word, numbers_of
from test_readability import EASE, JARGON, LONGEST, MEAN, ease, read, sentences, words

from academic_workplace.agenda.reading import read_agenda
from academic_workplace.errors import PlanError
from academic_workplace.knowledge import (
    Fits,
    Library,
    LocalResult,
    Raise,
    Unknown,
    card,
    read_library,
)
from academic_workplace.language import LANGUAGES, Text, same
from academic_workplace.plan import Study
from academic_workplace.report.document import KeyMessage, Notice, Picture, Report, Table, walk
from academic_workplace.report.figures.knowledge import knowledge_picture
from academic_workplace.report.knowledge import card_page, news_page
from academic_workplace.report.numerals import decimal
from academic_workplace.report.pages import write_pages
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.pdf import pdf

AGENDAS = read_agenda(DATA / "agenda")
LIBRARY = read_library(DATA / "evidence")
MENTOR, NOTHING_KNOWN = "actieplan/5.2", "actieplan/1.1"
KEYS = [*(one.key for one in AGENDAS.actions()), *(one.key for one in AGENDAS.themes())]
SAYS_TOO_MUCH = re.compile(
    r"bewezen|bewijs|proven|proof|effectief|effective|erkend(?! wordt)|goed onderbouwd|aanwijzingen"
    r"|recognised(?!\.)|significant|beste\b|stoplicht",
    re.IGNORECASE,
)
MESSAGE = {
    "nl": "Na een jaar hebben leerlingen met een mentor meer zelfvertrouwen.",
    "en": "After a year, pupils with a mentor have more self-confidence.",
}


def mentoring(**more: object) -> LocalResult:
    """A study whose numbers are those of nobody else."""
    findings = (
        finding(0.417, 0.032, 0.801, outcome=Text("Zelfvertrouwen", "Self-confidence")),
        finding(0.051, -0.342, 0.444, outcome=Text("Studievaardigheden", "Study skills")),
    )
    made: dict[str, object] = {
        "title": Text("Een mentor thuis", "A mentor at home"), "message": MESSAGE,
        "actions": (MENTOR, ACTION, "actieplan/4.3"), "fits": Fits.QUASI_EXPERIMENT,
        "design": Text("groepen die op elkaar lijken", "groups that are alike"),
    }  # fmt: skip
    return local(*findings, **made | more)


def page(
    key: str, language: str = "nl", *studies: LocalResult, library: Library = LIBRARY
) -> Report:
    return card_page(card(key, AGENDAS, library, studies), language, DAY)


def sheets(report: Report) -> list[str]:
    return [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(pdf(report))).pages]


def every_page() -> Iterator[tuple[str, str, Report]]:
    """The card of every action and theme, and of some with a study of our own."""
    for language in LANGUAGES:
        yield from ((key, language, page(key, language)) for key in KEYS)
        for key, fits in zip((NOTHING_KNOWN, MENTOR, ACTION, "actieplan/4.3"), Fits, strict=True):
            study = mentoring(actions=(key,), fits=fits, synthetic=True)
            yield key, language, page(key, language, study)


# ---------------------------------------------------------------- what reaches a reader


def test_a_figure_that_nobody_checked_reaches_no_page_picture_or_file() -> None:
    """In every file and language, also as a text that only a screen reader tells."""
    checked = {f.value for one in LIBRARY.checked.entries for f in one.figures}
    loose = [f for one in LIBRARY.entries for f in one.figures if f.unverified]
    numbers = {x for f in loose for x in (f.value, f.low, f.high) if x is not None} - checked
    titles = {one.title for one in LIBRARY.entries if one.unverified}
    assert len(numbers) > 10
    assert len(titles) == 2
    for key in KEYS:
        published = bool(LIBRARY.kinds_of(key))
        for language in LANGUAGES if published else ("nl",):
            report = page(key, language, *([mentoring(actions=(key,))] if published else []))
            told_in = [in_html(report)]
            if published:
                alts = (b.alt for b in walk(report.blocks) if isinstance(b, Picture))
                told_in += [*alts, *_letters(key, language)]
            if published and language == "nl":  # the writers are the same
                told_in += [in_pdf(report), in_word(report)]
            everything = " ".join(told_in)
            assert not [title for title in titles if title in everything]
            found = numbers_of(everything)
            assert not {decimal(x, 2, language) for x in numbers} & found, (key, language)
            assert (decimal(0.417, 2, language) in found) is published


def _letters(key: str, language: str) -> Iterator[str]:
    from matplotlib.text import Text as Letters

    found = card(key, AGENDAS, LIBRARY, [mentoring(actions=(key,))])
    for narrow in (False, True):
        figure = knowledge_picture(found, language, narrow=narrow)
        yield from (text.get_text() for text in figure.findobj(Letters))


def test_the_search_above_finds_a_figure_that_slipped_through() -> None:
    """Were everything taken for checked, its numbers would be on the page."""
    slipped = replace(
        LIBRARY,
        entries=tuple(
            replace(
                one,
                unverified=False,
                figures=tuple(replace(f, unverified=False) for f in one.figures),
            )
            for one in LIBRARY.entries
        ),
    )
    assert "0,57" in numbers_of(in_html(page(ACTION, "nl", library=slipped)))
    assert "0,25" in numbers_of(in_html(page("actieplan/4.3", "nl", library=slipped)))


def test_no_page_says_more_than_a_design_can_bear() -> None:
    for key, language, report in every_page():
        text = "\n".join(lines(report.blocks + report.appendix))
        titles = [one.title for one in LIBRARY.entries] + [one.journal for one in LIBRARY.entries]
        for title in titles:
            text = text.replace(title, "")
        assert not SAYS_TOO_MUCH.search(text), (key, language, SAYS_TOO_MUCH.search(text))


def test_a_page_is_plain_dutch() -> None:
    for key in KEYS:
        own = (mentoring(actions=(key,), synthetic=True),)
        for studies in ((), own) if LIBRARY.kinds_of(key) else ((),):
            report = page(key, "nl", *studies)
            title = next(one for one in _titles() if one[0] == key)[1]
            texts = [plain(text).replace(title, "dit") for text in read(report.blocks) if text]
            told = [sentence for text in texts for sentence in sentences(text)]
            lengths = [len(words(sentence)) for sentence in told]
            assert [s for s, n in zip(told, lengths, strict=True) if n > LONGEST] == []
            assert sum(lengths) / len(lengths) <= MEAN
            assert ease(texts) >= EASE, (key, ease(texts))
            assert [text for text in texts if JARGON.search(text)] == []


def plain(text: str) -> str:
    """What is left to read when the names of researchers are skipped."""
    for one in LIBRARY.entries:
        text = text.replace(f" ({one.name('nl')})", "")
    return text


def _titles() -> Iterator[tuple[str, str]]:
    yield from ((one.key, one.title.nl) for one in AGENDAS.actions())
    yield from ((one.key, one.title.nl) for one in AGENDAS.themes())


@pytest.mark.parametrize("kind", [Raise, Unknown, Fits])
def test_every_rule_has_its_words_and_no_other_has(kind: type[Raise | Unknown | Fits]) -> None:
    named = {"Raise": "raise", "Unknown": "unknown", "Fits": "fits"}[kind.__name__]
    keys = {key for key in phrases("knowledge") if key.startswith(f"{named}.")}
    assert keys - {f"{named}.heading"} == {f"{named}.{one.name.lower()}" for one in kind}


# ---------------------------------------------------------------- the sheet


def test_of_an_action_without_results_the_sheet_says_that_nobody_studied_it_yet() -> None:
    report = page(NOTHING_KNOWN)
    answer = report.blocks[0]
    assert isinstance(answer, Notice)
    assert "nog niet onderzocht" in answer.text
    assert not any(isinstance(block, Picture | Table) for block in walk(report.blocks))
    assert report.mark == ""
    assert len(sheets(report)) == 1


def test_the_answer_is_that_of_our_own_study_with_what_its_design_fits() -> None:
    answer = page(MENTOR, "nl", mentoring()).blocks[0]
    assert isinstance(answer, KeyMessage)
    assert answer.text == MESSAGE["nl"]
    assert "Dat past bij quasi-experimenteel onderzoek" in answer.small
    assert "verzonnen" not in answer.small


def test_an_invented_study_marks_every_page_and_the_picture() -> None:
    study = mentoring(synthetic=True)
    for language, said in (("nl", "verzonnen gegevens"), ("en", "invented data")):
        report = page(MENTOR, language, study)
        assert said in report.mark
        answer = report.blocks[0]
        assert isinstance(answer, KeyMessage)
        assert said in answer.small
        drawn = knowledge_picture(card(MENTOR, AGENDAS, LIBRARY, [study]), language)
        assert any(said in text.get_text() for text in drawn.axes[0].texts)
        assert all(report.mark in sheet for sheet in sheets(report))
    assert page(MENTOR, "nl", mentoring()).mark == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", [ACTION, MENTOR, "actieplan/4.3", "gka/mentoring-coaching"])
def test_what_the_meeting_needs_is_on_one_sheet(key: str, language: str) -> None:
    report = page(key, language, mentoring(), mentoring(study="tweede", synthetic=True))
    found = sheets(report)
    assert report.page_title not in found[0]
    assert report.page_title in found[1]
    assert len(found) <= 4


def test_our_own_and_published_results_are_in_one_picture_and_in_the_table_below() -> None:
    report = page(MENTOR, "nl", mentoring())
    (picture,) = (block for block in walk(report.blocks) if isinstance(block, Picture))
    table = next(block for block in walk(report.page) if isinstance(block, Table))
    rows = {(row[0], row[1]): row[2:] for row in table.rows}
    ours = rows["Een mentor thuis", "Zelfvertrouwen"]
    assert ours[:2] == ("g = 0,42", "0,03 tot 0,80")
    theirs = rows["Tolan e.a., 2014", "Schoolprestaties"]
    assert theirs[:2] == ("d = 0,11", "niet gelezen")
    assert "10.1007/s11292-013-9181-4" in theirs[2]
    assert len(rows) == 5
    for (who, outcome), (value, *_) in rows.items():
        assert f"{who}, {outcome}: {value.split()[-1]}".casefold() in picture.alt.casefold()
    assert "marge niet gelezen" in picture.alt
    assert "Tel ze niet bij elkaar op" in picture.caption
    assert "niet is opgeteld" not in picture.caption


def test_correlations_stand_in_a_table_of_their_own_and_the_page_says_why() -> None:
    checked = tuple(
        replace(one, figures=tuple(replace(f, unverified=False) for f in one.figures))
        for one in LIBRARY.entries
    )
    report = page("actieplan/4.3", "nl", mentoring(), library=replace(LIBRARY, entries=checked))
    tables = [block for block in walk(report.page) if isinstance(block, Table)]
    differences, together = tables[0], tables[-1]
    assert "Samenhang (r)" in together.header
    assert {row[0] for row in together.rows} == {"Castro e.a., 2015", "Fan & Chen, 2001"}
    assert not {row[0] for row in together.rows} & {row[0] for row in differences.rows}
    assert any("Dat is een andere maat" in text for text in read(report.blocks))


def test_what_was_withheld_is_not_on_the_page() -> None:
    hidden = finding(None, None, None, verdict=None, pupils=None, clusters=(None, None))
    report = page(MENTOR, "nl", local(hidden, actions=(MENTOR,)))
    table = next(
        block
        for block in walk(report.page)
        if isinstance(block, Table) and "Omvang" in block.header
    )
    assert table.rows[0][-1] == "niet getoond"


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_the_picture_falls_off_or_over_something_else(
    language: str, narrow: bool
) -> None:
    long = same("Een heel lange naam van een uitkomst die niet op één regel past, en nog iets")
    study = mentoring(title=same("Een lange titel van een onderzoek " * 5))
    study = replace(study, findings=(*study.findings, finding(-0.9, -1.4, -0.4, outcome=long)))
    found = card(MENTOR, AGENDAS, LIBRARY, [study, mentoring(study="b", synthetic=True)])
    figure = knowledge_picture(found, language, narrow=narrow)
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [
        (text.get_text(), text.get_window_extent(canvas.get_renderer()))
        for text in figure.axes[0].texts
    ]
    for words_of, box in boxes:
        assert box.x0 >= -1, words_of
        assert box.x1 <= figure.bbox.x1 + 1, words_of
        assert box.y0 >= 0, words_of
        assert box.y1 <= figure.bbox.y1, words_of
    for i, (one, box) in enumerate(boxes):
        for other, its in boxes[i + 1 :]:
            inside = box.padded(-1.5)
            assert not inside.overlaps(its.padded(-1.5)), (one, other)


def test_a_card_is_put_down_as_any_page_is(tmp_path: Path) -> None:
    reports = {code: page(MENTOR, code, mentoring()) for code in LANGUAGES}
    paths = write_pages(
        reports, tmp_path / "kaart", kind="knowledge", study=Study(), made={}, numbers={}
    )  # fmt: skip
    endings = {f"{stem}.{end}" for stem in ("rapport", "report") for end in ("html", "pdf", "docx")}
    assert endings <= {path.name for path in paths}
    withheld = json.loads((tmp_path / "kaart" / "rapport.withheld.json").read_text("utf-8"))
    assert withheld["withheld"] == []


# ---------------------------------------------------------------- what is new


GROUP = "actieplan/maatwerk"
SINCE = datetime.date(2026, 11, 1)
MEASURED = (Text("Bereik van de lessen", "Reach of the lessons"), datetime.date(2026, 11, 20))


def news(
    *studies: LocalResult,
    values: tuple[tuple[Text, datetime.date], ...] = (),
    since: datetime.date = SINCE,
    library: Library = LIBRARY,
    language: str = "nl",
) -> Report:
    return news_page(GROUP, AGENDAS, studies, library, values, since, language, DAY)


def told(report: Report) -> str:
    return "\n".join(lines(report.blocks))


def test_nothing_new_is_said_in_words() -> None:
    none = Library(kinds=(), entries=())
    report = news(library=none)
    assert isinstance(report.blocks[0], Notice)
    assert report.blocks[0].text == "Sinds 1 november 2026 is er niets nieuws."
    for words_of in ("Geen nieuwe rapporten.", "Geen nieuwe metingen.", "Geen nieuw onderzoek"):
        assert words_of in told(report)


def test_the_news_is_what_came_since_a_day_for_this_workgroup() -> None:
    mine = mentoring(actions=(MENTOR,))
    by_name = mentoring(
        study="c", actions=(), title=same("Van onze groep"),
        workgroup=Text("Maatwerk en soepele overgangen", ""),
    )  # fmt: skip
    older = mentoring(
        study="b", actions=(MENTOR,), date=datetime.date(2026, 10, 31), title=same("Ouder")
    )
    others = mentoring(study="d", actions=("actieplan/1.1",), title=same("Van een ander"))
    late = (same("Van later"), datetime.date(2026, 11, 23))
    early = (same("Van eerder"), datetime.date(2026, 10, 31))
    report = news(mine, by_name, older, others, values=(MEASURED, late, early))
    text = told(report)
    assert MESSAGE["nl"] in text
    assert "2 rapporten, 1 meting van de monitor en" in report.description
    assert "Van onze groep" in text
    assert "Bereik van de lessen (20 november 2026)" in text
    for absent in ("Ouder (", "Van een ander", "Van later", "Van eerder"):
        assert absent not in text
    assert "Raposa e.a., 2019" in text
    assert "Erdem" not in text
    assert text.count("Raposa") == 1
    assert text.index("Over een mentor") < text.index("Raposa")


def test_news_since_the_day_itself_is_news_and_of_the_day_after_not() -> None:
    assert "1 rapport" in news(mentoring(), since=DAY).description
    assert "niets nieuws" in news(mentoring(), since=DAY + datetime.timedelta(1)).description


def test_only_coming_activities_of_this_workgroup_are_told() -> None:
    text = told(news())
    coming = text.split("## Wat er aankomt")[1]
    ours = {f"actieplan/{n}" for n in ("3", "5")}
    wanted = [
        event.title.nl
        for event in AGENDAS.events
        if event.start.date() >= DAY and any(key.split(".")[0] in ours for key in event.under)
    ]
    assert wanted
    assert sorted(wanted) == sorted(e.title.nl for e in AGENDAS.events if e.title.nl in coming)


def test_invented_news_is_marked() -> None:
    real = replace(AGENDAS, synthetic=False)
    for study, marked in ((mentoring(), False), (mentoring(synthetic=True), True)):
        report = news_page(GROUP, real, [study], LIBRARY, [], SINCE, "nl", DAY)
        assert bool(report.mark) is marked
        assert ("voorbeeld met verzonnen gegevens" in told(report)) is marked
    assert news(values=(MEASURED,)).mark  # the monitor of a place that is partly invented


def test_the_news_holds_no_figure_that_nobody_checked() -> None:
    found = numbers_of(in_html(news()))
    assert not {n for n in found if re.fullmatch(r"0[.,]\d\d", n)}


def test_the_news_is_plain_dutch_and_prints_on_few_sheets() -> None:
    report = news(mentoring(), values=(MEASURED,))
    texts = [plain(text) for text in read(report.blocks) if text]
    assert ease(texts) >= EASE
    assert max(len(words(s)) for text in texts for s in sentences(text)) <= LONGEST
    assert len(sheets(report)) <= 2
    assert "What is coming" in told(news(language="en"))


def test_an_unknown_workgroup_is_said() -> None:
    with pytest.raises(PlanError, match="maatwerk"):
        news_page("actieplan/maatwek", AGENDAS, [], LIBRARY, [], SINCE, "nl", DAY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_shows_itself_in_a_notebook(language: str) -> None:
    known = card(MENTOR, AGENDAS, LIBRARY, [local(finding(0.2, 0.1, 0.3), actions=(MENTOR,))])
    page = card_page(known, language, DAY)
    assert known.explain(language).startswith(page.description)
    assert page.description in known._repr_html_() or language != "nl"
    drawing = known.picture(language)
    assert drawing is not None
    (drawn,) = [b for b in walk(page.blocks) if isinstance(b, Picture)]
    assert drawing.alt == drawn.alt
    table = known.table()
    assert list(table["where"]) == ["local", *["published"] * (len(known.bars) - 1)]
    assert tuple(table["value"]) == tuple(bar.value for bar in known.bars)
    assert "local" in repr(known)


def test_a_card_without_a_figure_has_no_picture() -> None:
    known = card(NOTHING_KNOWN, AGENDAS, Library(kinds=(), entries=()), ())
    assert known.picture() is None
    assert known.table().empty
    assert len(known.explain("nl")) > 20


def test_agendas_are_a_table_of_their_actions() -> None:
    table = AGENDAS.table()
    assert list(table["key"]) == [one.key for one in AGENDAS.actions()]
    assert table.set_index("key").loc["actieplan/3.4", "under"] == "Elk kind krijgt maatwerk"
    assert "23 actions" in repr(AGENDAS)
    assert "Levensvaardigheden" in AGENDAS._repr_html_()
