"""What is known of an action, on one sheet; and what is new for a workgroup.

No level of recognition is ever named: a design fits a kind of research, and that is all that is said.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from academic_workplace.agenda.model import Agendas, Event
from academic_workplace.errors import PlanError, dutch, not_known
from academic_workplace.knowledge import (
    Bar,
    Card,
    Entry,
    Fits,
    Kind,
    Library,
    LocalResult,
    main_findings,
)
from academic_workplace.language import Text
from academic_workplace.report.agenda import clock
from academic_workplace.report.build import LABELS, footer
from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    KeyMessage,
    Notice,
    Paragraph,
    Picture,
    Report,
    Table,
)
from academic_workplace.report.figures.knowledge import knowledge_picture
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.house import house
from academic_workplace.report.numerals import count, day, decimal, hidden, interval
from academic_workplace.report.words import phrases

SAY = phrases("knowledge")
PAGE = phrases("page")
AT_ONCE = 3  # publications on the first sheet
PUPILS = Text("leerlingen", "pupils")


def card_page(
    card: Card, language: str, date: datetime.date, *,
    followed: Sequence[Block] = (), invented: bool = False,
) -> Report:  # fmt: skip
    """What is known of an action: a sheet for the meeting, and what it rests on.

    followed: how it is to help and how it goes. invented: whether any of that is.
    """
    dutch(language)  # refuses any third language
    title = SAY["title"][language].format(action=card.title[language])
    answer = _answer(card, language)
    summary = (answer, *_picture(card, language), *_beside(card, language))
    page, page_title = tuple(_more(card, language)), SAY["more"][language]
    if followed:
        title_now = SAY["now"][language]
        page = (*page, Heading(title_now, 2), *followed) if page else tuple(followed)
        page_title = page_title if len(page) > len(followed) else title_now
    return Report(
        language="nl" if language == "nl" else "en",
        brand=house().name[language],
        mark=PAGE["example"][language] if card.synthetic or invented else "",
        title=title,
        subtitle=SAY["subtitle"][language].format(
            place=card.place[language], date=day(date, language)
        ),
        date=date,
        description=answer.text,
        summary=summary if page else (),
        page_title=page_title if page else "",
        page=page or summary,
        appendix_title=SAY["appendix"][language],
        appendix=tuple(_sources(card, language)),
        footer=footer(language, SAY["footer_code"][language], PUPILS),
        labels=replace(LABELS[language], appendix_summary=SAY["show_sources"][language]),
    )


def card_sentence(card: Card, language: str) -> str:
    """The answer of the sheet, with what it rests on."""
    dutch(language)
    answer = _answer(card, language)
    small = answer.small if isinstance(answer, KeyMessage) else ""
    return f"{answer.text} {small}".strip()


def card_drawing(card: Card, language: str) -> Drawing:
    """The picture of the sheet, for a notebook."""
    dutch(language)
    return Drawing(png(knowledge_picture(card, language)), _alternative(card, language))


# ---------------------------------------------------------------- the sheet


def _answer(card: Card, language: str) -> KeyMessage | Notice:
    """What the strongest local study says; else that there is none."""
    place, action = card.place[language], card.title[language]
    if card.local:
        best, others = card.local[0], len(card.local) - 1
        small = SAY["answer.small"][language].format(
            title=best.title[language], date=day(best.date, language),
            design=best.design[language], fits=_fits(best.fits, language),
        )  # fmt: skip
        parts = [small]
        if best.synthetic:
            parts.append(SAY["answer.invented"][language].format(place=place))
        if others:
            said = SAY["answer.more.one" if others == 1 else "answer.more.many"][language]
            parts.append(said.format(n=others, place=place))
        return KeyMessage(_message(best, language), " ".join(parts))
    if card.published:
        return Notice(
            SAY["answer.only_published"][language].format(place=place, kinds=_kinds(card, language))
        )
    return Notice(SAY["answer.nothing"][language].format(action=action, place=place))


def _message(study: LocalResult, language: str) -> str:
    """Its answer; its question where the answer was never written in this language."""
    return study.message.get(language) or study.question[language] or study.title[language]


def _picture(card: Card, language: str) -> Iterator[Block]:
    """The one picture of differences, and why other figures are not in it."""
    if card.bars:
        here, elsewhere = (
            any((bar.local is not None) is local for bar in card.bars) for local in (True, False)
        )
        side = "both" if here and elsewhere else "here" if here else "elsewhere"
        yield _drawn(card, SAY[f"picture.sides.{side}"][language], language)
    if card.together:
        yield Paragraph(SAY["together.apart"][language])


def _drawn(card: Card, sides: str, language: str) -> Picture:
    caption = SAY["picture.caption"][language].format(sides=sides)
    return in_both_widths(
        lambda narrow: knowledge_picture(card, language, narrow=narrow),
        _alternative(card, language),
        caption,
    )


def _alternative(card: Card, language: str) -> str:
    """The picture for who cannot see it."""
    each = " ".join(_told(bar, language) for bar in card.bars)
    return SAY["picture.alt"][language].format(each=each)


def _told(bar: Bar, language: str) -> str:
    """A bar of the picture for who cannot see it."""
    span = SAY["picture.not_read"][language]
    if bar.low is not None:
        likely = interval(bar.low, bar.high, 2, language)
        span = SAY["picture.alt_span"][language].format(span=likely)
    return SAY["picture.alt_one"][language].format(
        who=_who(bar, language), outcome=bar.outcome[language],
        value=decimal(bar.value, 2, language), span=span,
    )  # fmt: skip


def _capital(text: str) -> str:
    """A text that begins with a capital."""
    return text[:1].upper() + text[1:]


def _who(bar: Bar, language: str) -> str:
    if bar.local is not None:
        return bar.local.title[language]
    return bar.entry.name(language) if bar.entry is not None else ""


def _beside(card: Card, language: str) -> tuple[Block, ...]:
    """What others found; what would tell more, and what is not known."""
    names = {"action": card.title[language], "place": card.place[language]}
    people = (card.local[0].people if card.local else PUPILS)[language]
    units = (card.local[0].units if card.local else Text("scholen", "schools"))[language]
    raises = tuple(
        SAY[f"raise.{one.name.lower()}"][language].format(people=people, units=units, **names)
        for one in card.raises
    )
    unknown = (
        *(SAY[f"unknown.{one.name.lower()}"][language].format(**names) for one in card.unknown),
        *(text[language] for kind in card.kinds for text in kind.unknown),
    )
    more: list[Block] = [Heading(SAY["raise.heading"][language], 2), Items(raises, ordered=True)]
    doubt: list[Block] = [Heading(SAY["unknown.heading"][language], 2), Items(unknown)]
    if not card.published:
        return (Columns(tuple(doubt), tuple(more)),)
    left = (Heading(SAY["elsewhere.heading"][language], 2), *_elsewhere(card, language))
    return (Columns(left, (*more, *doubt)),)


def _elsewhere(card: Card, language: str) -> Iterator[Block]:
    """The newest publications, each with what it says."""
    if card.local:
        yield Paragraph(SAY["elsewhere.about"][language].format(kinds=_kinds(card, language)))
    first, rest = card.published[:AT_ONCE], len(card.published) - AT_ONCE
    yield Items(
        tuple(
            SAY["elsewhere.one"][language].format(
                name=one.name(language), finding=one.finding[language]
            )
            for one in first
        )
    )
    if rest > 0:
        said = SAY["elsewhere.more.one" if rest == 1 else "elsewhere.more.many"][language]
        yield Paragraph(said.format(n=rest))


def _kinds(card: Card, language: str) -> str:
    return ", ".join(kind.title[language] for kind in card.kinds)


def _fits(fits: Fits, language: str) -> str:
    return SAY[f"fits.{fits.name.lower()}"][language]


# ---------------------------------------------------------------- what it rests on


def _more(card: Card, language: str) -> Iterator[Block]:
    """The tables under the sheet."""
    if card.bars:
        yield _numbers_table(card, language)
    if card.local:
        heading = SAY["here.heading"][language].format(place=card.place[language])
        yield Heading(heading, 2)
        if len(card.local) > 1:
            yield Items(
                tuple(
                    SAY["here.one"][language].format(
                        title=one.title[language], message=_message(one, language)
                    )
                    for one in card.local
                )
            )
        yield _here_table(card, language)
    if card.published:
        yield Heading(SAY["published.heading"][language], 2)
        yield _published_table(card, language)
    if card.together:
        yield _together_table(card, language)
    if card.unchecked:
        said = SAY["unchecked.one" if card.unchecked == 1 else "unchecked.many"][language]
        yield Paragraph(said.format(n=card.unchecked))


def _numbers_table(card: Card, language: str) -> Table:
    """Every bar of the picture, with its design and its source."""
    rows = []
    for bar in card.bars:
        design = source = ""
        if bar.local is not None:
            design = bar.local.design[language]
            source = SAY["source.local"][language].format(folder=bar.local.folder)
        elif bar.entry is not None:
            design, source = bar.entry.design[language], _doi(bar.entry, language)
        value = f"{bar.measure.value} = {decimal(bar.value, 2, language)}"
        margin = _margin(bar.low, bar.high, language)
        rows.append(
            (
                _who(bar, language),
                _capital(bar.outcome[language]),
                value,
                margin,
                f"{design}; {source}",
            )
        )
    names = ("who", "outcome", "difference", "margin", "design_and_source")
    return Table(
        SAY["numbers.caption"][language],
        tuple(SAY[f"column.{name}"][language] for name in names),
        tuple(rows),
        (False, False, True, True, False),
        SAY["numbers.note"][language],
    )


def _margin(low: float | None, high: float | None, language: str) -> str:
    """An interval in a table, or that nobody read it."""
    if low is None:
        return SAY["not_read"][language]
    return interval(low, high, 2, language)


def _here_table(card: Card, language: str) -> Table:
    rows = tuple(
        (
            one.title[language], day(one.date, language), one.design[language],
            _fits(one.fits, language), _size_here(one, language),
        )
        for one in card.local
    )  # fmt: skip
    names = ("who", "date", "design", "fits", "size")
    return Table(
        SAY["here.caption"][language],
        tuple(SAY[f"column.{name}"][language] for name in names),
        rows,
        (False,) * len(names),
        SAY["here.note"][language],
    )


def _size_here(study: LocalResult, language: str) -> str:
    """How many stood behind the main result, as its report told."""
    first = main_findings(study)[:1]
    if not first:
        return SAY["here.no_size"][language]
    if first[0].withheld or first[0].pupils is None:
        return hidden(language)
    return SAY["here.size"][language].format(
        pupils=count(first[0].pupils, language), people=study.people[language]
    )


def _published_table(card: Card, language: str) -> Table:
    rows = tuple(
        (
            one.name(language), _design(one, language), one.finding[language],
            SAY[f"read.{one.read.name.lower()}"][language],
        )
        for one in card.published
    )  # fmt: skip
    names = ("who", "design_and_size", "said", "read")
    return Table(
        SAY["published.caption"][language].format(kinds=_kinds(card, language)),
        tuple(SAY[f"column.{name}"][language] for name in names),
        rows,
        (False,) * len(names),
        SAY["published.note"][language],
    )


def _design(entry: Entry, language: str) -> str:
    """How it was studied, and on how many studies, schools and pupils, as far as read."""
    parts = (
        ("studies", entry.studies), ("schools", entry.schools), ("pupils", entry.pupils),
    )  # fmt: skip
    told = [SAY[f"size.{name}"][language].format(n=count(n, language)) for name, n in parts if n]
    return "; ".join((entry.design[language], *told))


def _together_table(card: Card, language: str) -> Table:
    rows = tuple(
        (
            entry.name(language), _capital(one.outcome[language]), decimal(one.value, 2, language),
            _margin(one.low, one.high, language),
            _doi(entry, language),
        )
        for entry, one in card.together
    )  # fmt: skip
    names = ("who", "outcome", "together", "margin", "source")
    return Table(
        SAY["together.caption"][language],
        tuple(SAY[f"column.{name}"][language] for name in names),
        rows,
        (False, False, True, True, False),
        SAY["together.note"][language],
    )


def _doi(entry: Entry, language: str) -> str:
    if not entry.doi:
        return SAY["source.none"][language]
    return SAY["source.doi"][language].format(doi=entry.doi)


def _sources(card: Card, language: str) -> Iterator[Block]:
    """The publications in full, and where they were read."""
    if card.published:
        yield Items(
            tuple(
                SAY["reference"][language].format(
                    name=one.name(language), title=one.title, journal=one.journal,
                    doi=_doi(one, language), source=one.source[language],
                )
                for one in card.published
            )
        )  # fmt: skip


# ---------------------------------------------------------------- what is new


def news_page(
    workgroup: str,
    agendas: Agendas,
    local: Iterable[LocalResult],
    library: Library,
    values: Iterable[tuple[Text, datetime.date]],
    since: datetime.date,
    language: str,
    date: datetime.date,
) -> Report:
    """What is new for a workgroup since a day, and which activities are coming.

    workgroup: its key in the agendas. values: what the monitor took in, with its day. Raises
    PlanError for an unknown workgroup.
    """
    dutch(language)  # refuses any third language
    groups = {one.key: one for one in agendas.workgroups()}
    if workgroup not in groups:
        raise PlanError([not_known("workgroup", workgroup, list(groups))])
    group = groups[workgroup]
    actions = {one.key for one in agendas.of_workgroup(workgroup)}
    mine = [
        one for one in local if actions & set(one.actions) or one.workgroup.nl == group.title.nl
    ]
    kinds = library.kinds_of(*actions, *(key for one in mine for key in one.actions))
    reports = [one for one in _newest(mine) if since <= one.date <= date]
    taken_in = [one for one in library.checked.about(kinds) if since <= one.added <= date]
    said = [
        SAY["news.invented" if one.synthetic else "news.report"][language].format(
            title=one.title[language], date=day(one.date, language),
            message=_message(one, language),
        )
        for one in reports
    ]  # fmt: skip
    measured = [
        SAY["news.value"][language].format(title=title[language], date=day(when, language))
        for title, when in values
        if since <= when <= date
    ]
    counts = {"reports": len(said), "values": len(measured), "entries": len(taken_in)}
    places = actions | set(group.ambitions)
    coming = [
        one
        for one in sorted(agendas.events, key=lambda one: one.start)
        if one.start.date() >= date and (not one.under or places & set(one.under))
    ]
    message = _news(counts, since, language)
    blocks: list[Block] = [KeyMessage(message) if any(counts.values()) else Notice(message)]
    told: dict[str, list[Block]] = {
        "reports": [Items(tuple(said))] if said else [],
        "values": [Items(tuple(measured))] if measured else [],
        "entries": list(_by_kind(taken_in, kinds, language)),
        "coming": [Items(tuple(_event(one, language) for one in coming))] if coming else [],
    }
    for name, found in told.items():
        blocks.append(Heading(SAY[f"news.{name}"][language], 2))
        blocks += found or [Paragraph(SAY[f"news.none.{name}"][language])]
    invented = any(one.synthetic for one in reports)
    invented |= agendas.synthetic and bool(coming or measured)
    return Report(
        language="nl" if language == "nl" else "en",
        brand=house().name[language],
        mark=PAGE["example"][language] if invented else "",
        title=SAY["news.title"][language].format(workgroup=group.title[language]),
        subtitle=SAY["news.subtitle"][language].format(
            since=day(since, language), date=day(date, language)
        ),
        date=date,
        description=message,
        page=tuple(blocks),
        appendix_title="",
        appendix=(),
        footer=footer(language, "", PUPILS),
        labels=LABELS[language],
    )


def _newest(results: Iterable[LocalResult]) -> list[LocalResult]:
    return sorted(results, key=lambda one: (-one.date.toordinal(), one.study))


def _by_kind(
    entries: Sequence[Entry], kinds: Iterable[Kind], language: str
) -> Iterator[Block]:  # fmt: skip
    """Publications under what they are about, each once."""
    left = list(entries)
    for kind in kinds:
        here = [one for one in left if kind.key in one.about]
        left = [one for one in left if one not in here]
        if here:
            yield Paragraph(SAY["news.about"][language].format(kind=kind.title[language]))
            yield Items(
                tuple(
                    SAY["elsewhere.one"][language].format(
                        name=one.name(language), finding=one.finding[language]
                    )
                    for one in here
                )
            )


def _news(counts: Mapping[str, int], since: datetime.date, language: str) -> str:
    """How much is new, in a sentence."""
    when = day(since, language)
    told = [
        SAY[f"news.count.{name}.{'one' if n == 1 else 'many'}"][language].format(n=n)
        for name, n in counts.items()
        if n
    ]
    if not told:
        return SAY["news.nothing"][language].format(since=when)
    what = told[0]
    if len(told) > 1:
        what = SAY["news.and"][language].format(first=", ".join(told[:-1]), last=told[-1])
    return SAY["news.some"][language].format(since=when, what=what)


def _event(event: Event, language: str) -> str:
    return SAY["news.event"][language].format(
        date=day(event.start.date(), language), start=clock(event.start, language),
        title=event.title[language], place=event.place[language],
        audience=event.audience[language],
    )  # fmt: skip


def library_sentences(library: Library, language: str) -> str:
    """How many publications a library holds, and how many of them somebody read."""
    dutch(language)
    n = len(library.entries)
    words = {"n": count(n, language), "read": count(len(library.checked.entries), language)}
    return SAY["explain.one" if n == 1 else "explain.many"][language].format(**words)
