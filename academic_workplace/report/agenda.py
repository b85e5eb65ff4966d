"""Pages of the agenda: what partners agreed on, action by action, and the calendar."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from babel.dates import format_datetime

from academic_workplace.agenda.calendar import KINDS, titles_under
from academic_workplace.agenda.model import (
    Action,
    Agenda,
    Agendas,
    Ambition,
    Event,
    Indicator,
    Measured,
    Source,
    Theory,
)
from academic_workplace.errors import dutch
from academic_workplace.knowledge import LocalResult
from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    Labels,
    Notice,
    Paragraph,
    Report,
    Table,
)
from academic_workplace.report.house import house
from academic_workplace.report.numerals import count, day, decimal
from academic_workplace.report.wording import capital, joined
from academic_workplace.report.words import phrases

SAY = phrases("agenda")
PAGE = phrases("page")
LOCALES = {"nl": "nl_NL", "en": "en_GB"}
CLOCK = {"nl": "H.mm", "en": "H:mm"}
A_COLUMN = 6  # names in a list; with more it stands in two columns
Studies = Sequence[LocalResult] | None


def agenda_page(
    agendas: Agendas, language: str, date: datetime.date, studies: Studies = None
) -> Report:
    """All that partners agreed on; how each action is to help and is followed stands at the end.

    studies: results of the workplace, told with the actions that they bear on; None says nothing.
    """
    page: list[Block] = [Paragraph(_described(agendas, language))]
    if sum(bool(agenda.ambitions) for agenda in agendas.agendas) > 1:
        page.append(Paragraph(SAY["each_its_own"][language]))
    if any(theory.draft for theory in agendas.theories):
        page.append(Notice(SAY["draft"][language]))
    if invented := any(one.source.invented for one in agendas.indicators):
        page.append(Notice(SAY["invented"][language]))
    for agenda in agendas.agendas:
        page += _of_agenda(agenda, agendas, language)
    each = [block for part in _each(agendas, language, studies) for block in part]
    return _report(
        agendas,
        language,
        date,
        title=SAY["title"][language].format(place=agendas.place[language]),
        description=_described(agendas, language),
        page=page,
        after=(SAY["each.title"][language], SAY["each.show"][language], each),
        invented=invented,
    )


def calendar_page(agendas: Agendas, language: str, date: datetime.date) -> Report:
    """What comes on or after a day, the first one first; what was before stands folded, last first."""
    coming = [event for event in agendas.events if event.end.date() >= date]
    past = [event for event in reversed(agendas.events) if event.end.date() < date]
    invented = any(event.source.invented for event in agendas.events)
    message = SAY["calendar.nothing"][language]
    if coming:
        message = SAY["calendar.next"][language].format(
            title=coming[0].title[language], day=day(coming[0].start.date(), language)
        )
    page: list[Block] = [Paragraph(message)]
    if invented:
        page.append(Notice(SAY["calendar.invented"][language]))
    if coming:
        page.append(Heading(SAY["calendar.coming"][language], 2))
    page += (block for event in coming for block in event_blocks(event, agendas, language))
    before = [block for event in past for block in event_blocks(event, agendas, language, 2)]
    return _report(
        agendas,
        language,
        date,
        title=SAY["calendar.title"][language].format(place=agendas.place[language]),
        description=message,
        page=page,
        after=(SAY["calendar.past"][language], SAY["calendar.past_show"][language], before),
        invented=invented,
    )


def action_blocks(
    key: str, agendas: Agendas, language: str, studies: Studies = None
) -> tuple[Block, ...]:
    """One action: where it belongs, how it is to help, how it is followed, what studies saw."""
    action = agendas.action(key)
    if action is None:
        raise KeyError(key)
    out: list[Block] = [Paragraph(_belongs(action, agendas, language))]
    theory, indicators = agendas.theory(key), agendas.indicators_of(key)
    out.append(_theory(theory, language) if theory else Paragraph(SAY["theory.none"][language]))
    out += (_followed(one, agendas, language) for one in indicators)
    if not indicators:
        out.append(Paragraph(SAY["indicator.none"][language]))
    if studies is not None:
        out += _studies([one for one in studies if key in one.actions], language)
    return tuple(out)


def event_blocks(
    event: Event, agendas: Agendas, language: str, level: int = 3
) -> tuple[Block, ...]:
    """One activity, below its own heading."""
    told = {
        "kind": KINDS[event.kind][language],
        "audience": event.audience[language],
        "under": "; ".join(title[language] for title in titles_under(event, agendas)),
        "material": "; ".join(
            f"{title[language]} ({address})" if address else title[language]
            for title, address in event.material
        ),
    }
    items = [SAY[f"calendar.{name}"][language].format(text=text) for name, text in told.items()
             if text]  # fmt: skip
    return (
        Heading(event.title[language], level),
        Paragraph(when(event, language)),
        Items(tuple(items)),
    )


def when(event: Event, language: str) -> str:
    """``Woensdag 9 december 2026, 9.30 tot 12.00 uur. Voorbeeldschool Oost.``"""
    first, last = (capital(_moment(t, "EEEE d MMMM y", language)) for t in (event.start, event.end))
    start, end = (clock(time, language) for time in (event.start, event.end))
    one = event.start.date() == event.end.date()
    said = SAY["calendar.one_day" if one else "calendar.more_days"][language]
    last_day = last if not dutch(language) else last[:1].lower() + last[1:]
    gaps = {"day": first, "start": start, "end": end, "place": event.place[language]}
    return said.format(**gaps) if one else said.format(**gaps, last_day=last_day)


def clock(time: datetime.datetime, language: str) -> str:
    """``9.30`` as Dutch readers write it, ``9:30`` in English."""
    return _moment(time, CLOCK[language], language)


def source_line(source: Source, language: str) -> str:
    """The document that something comes from, and when it was taken over."""
    document, taken = source.document[language], day(source.taken, language)
    said = SAY["source.plain"][language].format(document=document, day=taken)
    known = source.dated in document or source.dated == source.taken.isoformat()
    if source.dated and not known:
        dated = _dated(source.dated, language)
        said = SAY["source.dated"][language].format(document=document, day=taken, dated=dated)
    if source.address:
        return SAY["source.address"][language].format(source=said, address=source.address)
    return said


def _dated(dated: str, language: str) -> str:
    """A day as people write it; years and anything else as it stands."""
    try:
        return day(datetime.date.fromisoformat(dated), language)
    except ValueError:
        return dated


def target_words(indicator: Indicator, language: str) -> str:
    """``80% in 2026-2027``, or that nobody agreed on any."""
    if indicator.target is None:
        return SAY["target.none"][language]
    if indicator.measured is Measured.SHARE:
        share = round(100 * indicator.target, 1)
        told = decimal(share, 0 if share == int(share) else 1, language)
        said = SAY["target.share"][language].format(share=told, period=indicator.target_period)
    else:
        n = count(round(indicator.target), language)
        said = SAY["target.count"][language].format(n=n, period=indicator.target_period)
    if indicator.source.invented:
        return SAY["target.invented"][language].format(target=said)
    return said


# ---------------------------------------------------------------- parts of the agenda


def _described(agendas: Agendas, language: str) -> str:
    titles, n = [agenda.title[language] for agenda in agendas.agendas], len(list(agendas.actions()))
    said = SAY["description.one" if n == 1 else "description.many"][language]
    plans = SAY["plans.one" if len(titles) == 1 else "plans.many"][language]
    told = said.format(place=agendas.place[language], actions=count(n, language))
    return f"{told} {plans.format(titles=joined(titles, language))}"


def _of_agenda(agenda: Agenda, agendas: Agendas, language: str) -> Iterator[Block]:
    title = agenda.title[language]
    dated = SAY["agenda"][language].format(title=title, period=agenda.period)
    yield Heading(dated if agenda.period else title, 2)
    yield Paragraph(source_line(agenda.source, language))
    yield from _ambitions(agenda, agendas, language)
    bare = [theme for theme in agenda.themes if not _under(theme.key, agendas)]
    if bare:
        yield Heading(SAY["themes"][language], 3)
        yield _names([theme.title[language] for theme in bare])
    for theme in agenda.themes:
        if theme not in bare:
            title = theme.title[language]
            yield Heading(SAY["theme"][language].format(title=title), 3)
            caption = SAY["actions.of_theme"][language].format(title=title)
            yield _actions(_under(theme.key, agendas), caption, agendas, language)
    loose = [action for action in agenda.actions if not action.under]
    if loose:
        yield Heading(SAY["interventions"][language], 3)
        yield _actions(loose, SAY["actions.loose"][language], agendas, language)
    for project in agenda.projects:
        yield Heading(SAY["project"][language].format(title=project.title[language]), 3)
        yield Paragraph(source_line(project.source, language))
        if project.aims:
            yield Paragraph(SAY["aims"][language])
            yield Items(tuple(aim.title[language] for aim in project.aims))
    if agenda.partners:
        yield Heading(SAY["partners"][language], 3)
        if agenda.partners_note:
            yield Paragraph(agenda.partners_note[language])
        yield _names([partner.title[language] for partner in agenda.partners])
    if agenda.measures:
        yield Heading(SAY["measures"][language], 3)
        yield _names([measure.title[language] for measure in agenda.measures])


def _ambitions(agenda: Agenda, agendas: Agendas, language: str) -> Iterator[Block]:
    """Each with who carries it and its actions; only a list where there is no more to tell."""
    told = [(one, _carriers(one.key, agendas, language), _under(one.key, agendas))
            for one in agenda.ambitions]  # fmt: skip
    if told and not any(carried or actions for _, carried, actions in told):
        yield Heading(SAY["ambitions"][language], 3)
        yield Items(tuple(one.title[language] for one, _, _ in told), ordered=True)
        return
    for one, carried, actions in told:
        yield Heading(_ambition(one, language), 3)
        if carried:
            yield Paragraph(carried)
        if actions:
            caption = SAY["actions.of_ambition"][language].format(number=one.number)
            yield _actions(actions, caption, agendas, language)


def _under(key: str, agendas: Agendas) -> list[Action]:
    return [action for action in agendas.actions() if action.under == key]


def _carriers(ambition: str, agendas: Agendas, language: str) -> str:
    names = [g.title[language] for g in agendas.workgroups() if ambition in g.ambitions]
    if not names:
        return ""
    said = SAY["workgroup.one" if len(names) == 1 else "workgroup.many"][language]
    return said.format(names=joined(names, language))


def _actions(actions: Sequence[Action], caption: str, agendas: Agendas, language: str) -> Table:
    """Actions with what is followed of each."""
    kind = "intervention" if all(action.intervention for action in actions) else "action"
    rows = []
    for action in actions:
        followed = [one.title[language] for one in agendas.indicators_of(action.key)]
        rows.append((action.title[language], "; ".join(followed) or "–"))
    return Table(
        caption,
        (SAY[f"actions.{kind}"][language], SAY["actions.followed"][language]),
        tuple(rows),
        (False, False),
    )


def _each(agendas: Agendas, language: str, studies: Studies) -> Iterator[tuple[Block, ...]]:
    """Every action below its ambition or theme."""
    goals = [(one.key, _ambition(one, language)) for one in agendas.ambitions()]
    goals += [(one.key, SAY["theme"][language].format(title=one.title[language]))
              for one in agendas.themes()]  # fmt: skip
    for key, title in [*goals, ("", SAY["interventions"][language])]:
        actions = _under(key, agendas)
        if actions:
            yield (Heading(title, 2),)
        for action in actions:
            yield (Heading(action.title[language], 3),)
            yield action_blocks(action.key, agendas, language, studies)


def _ambition(one: Ambition, language: str) -> str:
    return SAY["ambition"][language].format(number=one.number, title=one.title[language])


def _names(names: Sequence[str]) -> Block:
    if len(names) <= A_COLUMN:
        return Items(tuple(names))
    half = (len(names) + 1) // 2
    return Columns((Items(tuple(names[:half])),), (Items(tuple(names[half:])),))


# ---------------------------------------------------------------- parts of an action


def _belongs(action: Action, agendas: Agendas, language: str) -> str:
    told = []
    for agenda in agendas.agendas:
        title = agenda.title[language]
        told += [
            SAY["belongs.ambition"][language].format(
                number=one.number, title=one.title[language], agenda=title
            )
            for one in agenda.ambitions
            if one.key == action.under
        ]
        told += [
            SAY["belongs.theme"][language].format(title=one.title[language], agenda=title)
            for one in agenda.themes
            if one.key == action.under
        ]
    told.append(_carriers(action.under, agendas, language))
    told.append(source_line(action.source, language))
    return " ".join(filter(None, told))


def _theory(theory: Theory, language: str) -> Table:
    steps = {
        "input": theory.input, "activity": theory.activity, "reach": theory.reach,
        "output": theory.output, "short": theory.short, "long": theory.long,
    }  # fmt: skip
    note = [SAY["theory.draft"][language]] if theory.draft else []
    return Table(
        SAY["theory.caption"][language],
        (SAY["theory.step"][language], SAY["theory.what"][language]),
        tuple((SAY[f"theory.{name}"][language], text[language]) for name, text in steps.items()),
        (False, False),
        " ".join([*note, source_line(theory.source, language)]),
    )


def _followed(one: Indicator, agendas: Agendas, language: str) -> Table:
    """A row a question; each indicator has a table of its own, for two do not fit on a phone."""
    (owner,) = (g.title[language] for g in agendas.workgroups() if g.key == one.owner)
    none = SAY["indicator.no_denominator"][language]
    told = {
        "definition": one.definition[language],
        "numerator": one.numerator[language],
        "denominator": one.denominator[language] or none,
        "origin": one.origin[language],
        "wave": one.wave[language],
        "direction": SAY[f"indicator.{one.direction.value}"][language],
        "target": target_words(one, language),
        "owner": owner,
        "source": one.source.document[language],
    }
    return Table(
        SAY["indicator.caption"][language],
        (SAY["indicator.name"][language], one.title[language]),
        tuple((SAY[f"indicator.{name}"][language], text) for name, text in told.items()),
        (False, False),
    )


def _studies(studies: Sequence[LocalResult], language: str) -> Iterator[Block]:
    if not studies:
        yield Paragraph(SAY["studies.none"][language])
        return
    items = []
    for one in studies:
        message = one.message.get(language, "")
        said = SAY["studies.study"][language].format(
            title=one.title[language], day=day(one.date, language), message=message
        )
        synthetic = SAY["studies.synthetic"][language].format(study=said)
        items.append(synthetic if one.synthetic else said)
    yield Paragraph(SAY["studies.some"][language])
    yield Items(tuple(items))


# ---------------------------------------------------------------- the page around it


def _moment(time: datetime.datetime, pattern: str, language: str) -> str:
    # a babel of its own zone would move the clock: the time is told as it stands
    return str(format_datetime(time.replace(tzinfo=None), pattern, locale=LOCALES[language]))


def _report(
    agendas: Agendas,
    language: str,
    date: datetime.date,
    *,
    title: str,
    description: str,
    page: Sequence[Block],
    after: tuple[str, str, Sequence[Block]],
    invented: bool,
) -> Report:
    """A document of these blocks. after: a title, an invitation to open it, and what is folded."""
    dutch(language)  # refuses any third language
    after_title, show, folded = after
    return Report(
        language="nl" if language == "nl" else "en",
        brand=house().name[language],
        mark=PAGE["example"][language] if invented else "",
        title=title,
        subtitle=" · ".join([agendas.place[language], day(date, language)]),
        date=date,
        description=description,
        page=tuple(page),
        appendix_title=after_title if folded else "",
        appendix=tuple(folded),
        footer=title,
        labels=Labels(PAGE["page_of"][language], show, "", ""),
    )


def agendas_sentences(agendas: Agendas, language: str) -> str:
    """How many actions the agendas of a place hold, and of how many it says what to count."""
    dutch(language)
    actions = list(agendas.actions())
    counted = sum(bool(list(agendas.indicators_of(one.key))) for one in actions)
    words = {"place": agendas.place[language], "n": count(len(actions), language)}
    said = SAY["explain.one" if len(actions) == 1 else "explain.many"][language].format(**words)
    return f"{said} {SAY['explain.counted'][language].format(n=count(counted, language))}"
