"""Pages of a site beside its studies: the agenda, what is known, the monitor, the calendar, news."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from academic_workplace.agenda import Action, Agendas, Theme
from academic_workplace.agenda.calendar import as_ics
from academic_workplace.knowledge import Library, LocalResult, card
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.monitor import FollowedAction, Values, follow
from academic_workplace.report.agenda import action_blocks, agenda_page, calendar_page
from academic_workplace.report.document import Block, Heading, Items, Paragraph, Report
from academic_workplace.report.knowledge import card_page, news_page
from academic_workplace.report.monitor import indicator_sentences, overview_page
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.html import Around, html

SAY = phrases("site")
NEW = datetime.timedelta(days=92)  # what counts as new: a quarter of a year
ICS = {"nl": "kalender.ics", "en": "calendar.ics"}


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a site tells beside its studies: what was agreed, published, and handed in.

    released: the file that remembers what left of the values before, as ``write_monitor`` has it.
    """

    agendas: Agendas
    library: Library
    values: Values
    released: Path | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site. key: of what it is about. file: its name, by language. way: what leads to
    it from every page; None for a page that only some lead to. also: the same in other forms.
    """

    key: str
    file: Mapping[str, str]
    report: Mapping[str, Report]
    title: Text
    way: Text | None = None
    also: Mapping[str, tuple[tuple[str, str], ...]] | None = None


def pages(
    workplace: Workplace, local: Sequence[LocalResult], date: datetime.date
) -> tuple[Page, ...]:
    """All pages, those that every page leads to first."""
    return (
        *_main(workplace, local, date),
        *_cards(workplace, local, date),
        *_news(workplace, local, date),
    )


def written(page: Page, language: str, around: Around) -> str:
    """One page in one language."""
    also = () if page.also is None else page.also[language]
    return html(page.report[language], replace(around, files=also))


def extra_files(workplace: Workplace, date: datetime.date) -> dict[str, bytes]:
    """Files beside the pages: the calendar, for the calendar of who reads it."""
    return {ICS[to]: as_ics(workplace.agendas, to, made=date) for to in LANGUAGES}


def _main(
    workplace: Workplace, local: Sequence[LocalResult], date: datetime.date
) -> Iterator[Page]:
    agendas = workplace.agendas
    monitor = follow(agendas, workplace.values, local)
    about = {
        "agenda": {to: agenda_page(agendas, to, date, local) for to in LANGUAGES},
        "monitor": {to: overview_page(monitor, to, date) for to in LANGUAGES},
        "calendar": {to: calendar_page(agendas, to, date) for to in LANGUAGES},
    }
    ics = {to: ((SAY["ics"][to], file),) for to, file in ICS.items()}
    for key, report in about.items():
        words = SAY[f"way.{key}"]
        yield Page(key, _files(key), report, words, words, ics if key == "calendar" else None)


def _cards(
    workplace: Workplace, local: Sequence[LocalResult], date: datetime.date
) -> Iterator[Page]:
    agendas = workplace.agendas
    monitor = follow(agendas, workplace.values, local)
    subjects: list[Theme | Action] = [*agendas.themes(), *agendas.actions()]
    for one in subjects:
        known, more, invented = card(one.key, agendas, workplace.library, local), {}, False
        if isinstance(one, Action):
            now = monitor.action(one.key)
            more = {to: _of_action(now, agendas, to) for to in LANGUAGES}
            invented = any(
                each.indicator.source.invented or any(point.value.invented for point in each.points)
                for each in now.followed
            )
        report = {
            to: card_page(known, to, date, followed=more.get(to, ()), invented=invented)
            for to in LANGUAGES
        }
        yield Page(one.key, _files("action", one.key), report, one.title)


def _of_action(now: FollowedAction, agendas: Agendas, language: str) -> tuple[Block, ...]:
    """How an action goes, how it is to help, and how it is followed."""
    told = tuple(
        SAY["action.indicator"][language].format(
            title=each.indicator.title[language], told=" ".join(indicator_sentences(each, language))
        )
        for each in now.followed
        if each.points
    )
    return (
        Items(told) if told else Paragraph(SAY["action.no_data"][language]),
        Heading(SAY["action.how"][language], 2),
        *action_blocks(now.action.key, agendas, language),
    )


def _news(
    workplace: Workplace, local: Sequence[LocalResult], date: datetime.date
) -> Iterator[Page]:
    for group in workplace.agendas.workgroups():
        values = _handed_in(workplace, group.key)
        report = {
            to: news_page(
                group.key, workplace.agendas, local, workplace.library, values, date - NEW, to, date
            )
            for to in LANGUAGES
        }
        yield Page(group.key, _files("news", group.key), report, group.title)


def _handed_in(workplace: Workplace, workgroup: str) -> list[tuple[Text, datetime.date]]:
    """What a workgroup handed in, with its day."""
    own = {one.key: one.title for one in workplace.agendas.indicators if one.owner == workgroup}
    return [
        (Text(*(f"{own[one.indicator][to]}, {one.period}" for to in LANGUAGES)), one.date)
        for one in workplace.values
        if one.indicator in own
    ]


def _files(kind: str, key: str = "") -> dict[str, str]:
    """The names of a page. key: of what it is about."""
    slug = f"-{key.replace('/', '-')}" if key else ""
    return {to: f"{SAY[f'page.{kind}'][to]}{slug}.html" for to in LANGUAGES}
