"""The monitor as pages: a report per workgroup, the factsheet of a municipality, an overview.

Nothing here tells more than the monitor does: every number in it may leave the house.
"""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from academic_workplace.agenda import Ambition, Direction, Indicator, Measured, Theme
from academic_workplace.disclosure import fewest
from academic_workplace.disclosure.editions import Edition
from academic_workplace.errors import dutch
from academic_workplace.knowledge import LocalResult
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.monitor.charts import (
    ENOUGH,
    RARE,
    Counted,
    Progress,
    Rule,
    Side,
    State,
    first_possible,
    interval,
    shortest_shift,
    shortest_trend,
)
from academic_workplace.monitor.following import (
    Ask,
    Followed,
    FollowedAction,
    Monitor,
    Resolved,
    Unknown,
    follow,
)
from academic_workplace.monitor.release import Point, Told
from academic_workplace.monitor.values import place_of
from academic_workplace.plan import Study
from academic_workplace.report.build import LABELS, footer
from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    KeyMessage,
    Paragraph,
    Picture,
    Report,
    Table,
)
from academic_workplace.report.figures.monitor import (
    Panel,
    Row,
    Shown,
    periods_figure,
    share_of_page,
    targets_figure,
)
from academic_workplace.report.figures.style import Drawing, in_both_widths
from academic_workplace.report.house import house
from academic_workplace.report.manifest import as_json, digest
from academic_workplace.report.numerals import NONE, count, day, decimal, hidden, of_hundred
from academic_workplace.report.pages import write_pages
from academic_workplace.report.released import BETWEEN, Published, check_release
from academic_workplace.report.wording import capital, joined, span
from academic_workplace.report.words import phrases

SAY = phrases("monitor")
PAGE = phrases("page")
QUESTIONS = 3  # for a meeting, on the first sheet
STUDIES = 3  # on the factsheet
MOVES = 9  # indicators that went one way, named on the factsheet
RELEASED = "monitor-released.json"
SIDES = {Side.UP: "up", Side.DOWN: "down"}


# ---------------------------------------------------------------- documents


def workgroup_report(
    monitor: Monitor, workgroup: str, language: str, date: datetime.date
) -> Report:  # fmt: skip
    """Where the actions of a workgroup stand. Raises PlanError when there is no such workgroup."""
    monitor = _current(monitor)
    actions = monitor.of_workgroup(workgroup)
    (group,) = (one for one in monitor.agendas.workgroups() if one.key == workgroup)
    message = _message("group", actions, monitor.period, language)
    followed = _followed(actions)
    summary: list[Block] = [
        KeyMessage(message, _targets_sentence(followed, language)),
        _standing(followed, monitor, language),
        Heading(SAY["sure.title"][language], 2),
        Items(tuple(_sure(followed, language))),
        Heading(PAGE["says_not"][language], 2),
        Items((SAY["not.cause"][language], SAY["not.same"][language])),
        Heading(PAGE["discuss"][language], 2),
        Items(tuple(_pressing(actions, language)), ordered=True),
    ]
    each = [
        block for action in actions for block in _action(action, monitor.values.periods, language)
    ]
    title = SAY["group.title"][language].format(workgroup=group.title[language])
    after = [*each, *_appendix(followed, language)]
    report = _report(monitor, title, message, summary, "", [], after, language, date)
    labels = replace(report.labels, appendix_summary=SAY["group.show"][language])
    return replace(report, appendix_title=SAY["group.each"][language], labels=labels)


def factsheet(monitor: Monitor, language: str, date: datetime.date) -> Report:
    """A municipality on two pages: targets and what changed, and every ambition."""
    monitor = _current(monitor)
    followed = _followed(monitor.actions)
    message = _message("sheet", monitor.actions, monitor.period, language)
    summary: list[Block] = [
        KeyMessage(message, _targets_sentence(followed, language)),
        *_targets_block(followed, language),
        Heading(SAY["sheet.moved"][language], 2),
        *_moves(followed, language),
        Heading(SAY["sure.title"][language], 2),
        Items((*_sure(followed, language), SAY["not.cause"][language])),
    ]
    page: list[Block] = [
        _by_ambition(monitor, language),
        *_counts(followed, language),
        *_research(monitor, language),
        Heading(SAY["sheet.gaps"][language], 2),
        Items(tuple(_gaps(monitor, followed, language))),
        Heading(PAGE["discuss"][language], 2),
        Items(tuple(_pressing(monitor.actions, language)), ordered=True),
    ]
    title = SAY["sheet.title"][language].format(place=monitor.agendas.place[language])
    return _report(monitor, title, message, summary, SAY["sheet.more"][language], page, [],
                   language, date)  # fmt: skip


def overview_page(monitor: Monitor, language: str, date: datetime.date) -> Report:
    """Every action, ambition by ambition: a value, a study, or no data yet."""
    monitor = _current(monitor)
    message = _message("sheet", monitor.actions, monitor.period, language)
    page: list[Block] = [
        KeyMessage(message, _targets_sentence(_followed(monitor.actions), language)),
        Paragraph(SAY["overview.lead"][language]),
    ]
    for title, actions in _parts(monitor, language):
        page.append(Heading(title, 2))
        for action in actions:
            # By itself: on a site the title leads to the page of the action.
            page.append(Heading(action.action.title[language], 3))
            page.append(Items(tuple(_overview(action, monitor, language))))
    return _report(monitor, SAY["overview.title"][language], message, [], "", page, [], language,
                   date)  # fmt: skip


def _report(
    monitor: Monitor, title: str, message: str, summary: Sequence[Block], page_title: str,
    page: Sequence[Block], appendix: Sequence[Block], language: str, date: datetime.date,
) -> Report:  # fmt: skip
    dutch(language)  # refuses any third language
    until = SAY["until"][language].format(period=monitor.period) if monitor.period else ""
    parts = [SAY["monitor"][language], until, day(date, language)]
    code = SAY["code"][language].format(code=_fingerprint(monitor)[:8])
    return Report(
        language="nl" if language == "nl" else "en",
        brand=house().name[language],
        mark=PAGE["example"][language] if monitor.synthetic else "",
        title=title,
        subtitle=" · ".join(part for part in parts if part),
        date=date,
        description=message,
        summary=tuple(summary),
        page_title=page_title,
        page=tuple(page),
        appendix_title=SAY["appendix"][language],
        appendix=tuple(appendix),
        footer=footer(language, code, SAY["people"]),
        labels=LABELS[language],
    )


def _current(monitor: Monitor) -> Monitor:
    """The monitor by the rules that hold now, when those were others when it was made."""
    if monitor.minimum == fewest():
        return monitor
    return follow(monitor.agendas, monitor.values, monitor.studies)


def _followed(actions: Iterable[FollowedAction]) -> tuple[Followed, ...]:
    return tuple(one for action in actions for one in action.followed)


def _fingerprint(monitor: Monitor) -> str:
    """Of all that may leave, and not of what was handed in: from that a small number could be found
    by trying."""
    return digest([monitor.table().to_csv(index=False).encode()])


# ---------------------------------------------------------------- sentences


def _message(
    key: str, actions: Sequence[FollowedAction], period: str, language: str
) -> str:  # fmt: skip
    known = sum(one.resolved is Resolved.VALUE for one in actions)
    words = {"all": count(len(actions), language), "known": count(known, language)}
    many = "one" if len(actions) == 1 else "many"
    if not known:
        return SAY[f"message.{key}_none.{many}"][language].format(**words)
    return SAY[f"message.{key}.{many}"][language].format(period=period, **words)


def _targets_sentence(followed: Sequence[Followed], language: str) -> str:
    """How many targets were reached."""
    aimed = [one for one in followed if one.progress is not Progress.NO_TARGET]
    if not aimed:
        return SAY["group.no_targets"][language]
    each = {kind: sum(one.progress is kind for one in aimed) for kind in Progress}
    return SAY["group.targets"][language].format(
        n=len(aimed), reached=each[Progress.REACHED], not_reached=each[Progress.NOT_REACHED],
        unclear=each[Progress.UNCLEAR],
    )  # fmt: skip


def indicator_sentences(one: Followed, language: str) -> list[str]:
    """What a workgroup reads of one indicator: value, target, change, and whether it stands out."""
    if one.newest is None:
        return [SAY["value.none"][language]]
    out = [value_sentence(one.newest, language), *_target_sentences(one, language),
           *_change_sentences(one, language)]  # fmt: skip
    if one.state is State.SIGNAL:
        out += [_signal(rule, side, len(one.chart.numbers), language)
                for rule, side in one.chart.signals]  # fmt: skip
        out.append(SAY["signal.chance"][language].format(n=math.ceil(100 * one.chart.chance)))
    elif one.state is State.WITHIN:
        out.append(SAY["within"][language])
    return out


def monitor_sentences(monitor: Monitor, language: str) -> str:
    """How many actions have numbers, and how many targets were reached."""
    dutch(language)
    monitor = _current(monitor)
    message = _message("sheet", monitor.actions, monitor.period, language)
    return f"{message} {_targets_sentence(_followed(monitor.actions), language)}".strip()


def indicator_drawing(one: Followed, language: str) -> Drawing:
    """One indicator over its periods, for a notebook."""
    dutch(language)
    drawn = _picture([one], [point.period for point in one.points], language)
    return Drawing(drawn.png, drawn.alt)


def value_sentence(point: Point, language: str) -> str:
    """What was counted in a period, as far as it may be told."""
    x, period = point.number, point.period
    if x is None:
        return SAY["value.nothing"][language].format(period=period)
    if x.n is None:
        counted = SAY["value.count_few" if point.told is Told.FEW else "value.count"][language]
        return counted.format(period=period, x=count(x.low, language), minimum=fewest())
    words = {"period": period, "n": count(x.n, language), "minimum": fewest()}
    if point.told is Told.NUMBER:
        h = of_hundred(x.low / x.n)
        return SAY["value.number"][language].format(x=count(x.low, language), h=h, **words)
    said = SAY["value.few" if point.told is Told.FEW else "value.nearly_all"]
    return said[language].format(**words)


def _target_sentences(one: Followed, language: str) -> Iterator[str]:
    indicator = one.indicator
    if indicator.target is None:
        yield SAY["target.none"][language]
        return
    lower = indicator.direction is Direction.LOWER
    yield SAY["target.lower" if lower else "target.higher"][language].format(
        target=_target(indicator, language), period=indicator.target_period
    )
    if one.newest is not None and one.newest.number is None:
        yield SAY["target.hidden"][language]
    elif one.progress is Progress.REACHED:
        yield SAY["target.reached"][language]
    elif one.progress is Progress.NOT_REACHED:
        yield SAY["target.not_reached"][language]
    else:
        yield SAY["target.unclear"][language]
    if indicator.source.invented:
        yield SAY["target.invented"][language]


def _target(indicator: Indicator, language: str) -> str:
    """A target as it is written: of a hundred, or a count."""
    if indicator.target is None:
        return NONE
    if indicator.measured is Measured.COUNT:
        return decimal(indicator.target, 0, language)
    return SAY["of_hundred"][language].format(h=_hundredth(indicator.target, language))


def _hundredth(share: float, language: str) -> str:
    """Of a hundred: whole, unless it was agreed more precisely."""
    times = 100 * share
    return decimal(times, 0 if abs(times - round(times)) < 1e-9 else 1, language)


def _change_sentences(one: Followed, language: str) -> Iterator[str]:
    if one.before is None:
        yield SAY["change.first"][language]
        return
    before = one.before.period
    if one.change is None:
        yield SAY["change.hidden"][language].format(before=before)
        return
    side = one.change.side
    if side is Side.UNCLEAR:
        yield SAY["change.unclear"][language].format(before=before)
        return
    low, high = one.change.low, one.change.high
    if one.change.ratio:
        low, high = low - 1, high - 1
    if side is Side.DOWN:
        low, high = -high, -low
    ends = {"low": max(1, of_hundred(low)), "high": max(1, of_hundred(high)), "before": before}
    if one.change.ratio:
        words = SAY["change.up_count" if side is Side.UP else "change.down_count"]
    else:
        words = SAY["change.up" if side is Side.UP else "change.down"]
    yield words[language].format(**ends)


def _signal(rule: Rule, side: Side, periods: int, language: str) -> str:
    way = SIDES[side]
    if rule is Rule.OUTSIDE:
        return SAY[f"signal.outside.{way}"][language]
    if rule is Rule.SHIFT:
        return SAY[f"signal.shift.{way}"][language].format(k=shortest_shift(periods))
    return SAY[f"signal.trend.{way}"][language].format(k=shortest_trend(periods))


def _sure(followed: Sequence[Followed], language: str) -> Iterator[str]:
    """How much may be read into the numbers."""
    looked = [one.chart for one in followed if one.chart.possible]
    if looked:
        false = math.ceil(sum(one.chance for one in looked))
        yield SAY["sure.some"][language].format(n=len(looked), all=len(followed), false=false)
    else:
        yield SAY["sure.few"][language].format(first=first_possible())
    if any(one.change is not None for one in followed):
        yield SAY["sure.change"][language]
    yield SAY["sure.alone"][language]


def _pressing(actions: Sequence[FollowedAction], language: str) -> Iterator[str]:
    """The questions for a meeting: of every kind the first, most pressing kind first; then again."""
    asked: dict[Ask, list[Indicator]] = {}
    for action in actions:
        for ask, one in action.questions:
            if one is not None:
                asked.setdefault(ask, []).append(one)
    turns = itertools.zip_longest(
        *([(ask, one) for one in asked[ask]] for ask in Ask if ask in asked)
    )
    told: dict[str, str] = {}  # an indicator is asked about once
    for ask, one in (each for turn in turns for each in turn if each is not None):
        told.setdefault(one.key, _question(ask, one, language))
    yield from itertools.islice(told.values(), QUESTIONS)


def _question(ask: Ask, one: Indicator | None, language: str) -> str:
    title = "" if one is None else one.title[language]
    return SAY[f"ask.{ask.name.lower()}"][language].format(title=title)


# ---------------------------------------------------------------- cells


def _cell(one: Followed, newest: str, language: str) -> str:
    """The newest number, of a hundred or as a count; with its period when that is an earlier one."""
    point = one.newest
    if point is None:
        only = one.resolved is Resolved.STUDY
        return SAY["cell.study" if only else "cell.no_data"][language]
    told = _with_unit(point, language)
    if point.period != newest:
        return SAY["cell.older"][language].format(value=told, period=point.period)
    return told


def _label(point: Point, language: str) -> str:
    """A number as it stands in a cell or beside a mark."""
    x = point.number
    if x is None:
        return hidden(language)
    if point.told is Told.FEW:
        return SAY["cell.few"][language].format(minimum=_bound(point))
    if point.told is Told.NEARLY_ALL:
        return SAY["cell.nearly_all"][language].format(least=_bound(point))
    return count(x.low, language) if x.n is None else str(of_hundred(x.low / x.n))


def _with_unit(point: Point, language: str) -> str:
    """A number as it stands in a cell, where others beside it are of another unit."""
    told = _label(point, language)
    if point.number is None or point.number.n is None:
        return told
    return SAY["of_hundred"][language].format(h=told)


def _bound(point: Point) -> int:
    """What a number that is not told lies under or over: of a hundred, or a count."""
    x = point.number
    if x is None or x.n is None:
        return fewest()
    if point.told is Told.FEW:
        return math.ceil(100 * fewest() / x.n)
    return math.floor(100 * (x.n - fewest()) / x.n)


def _beside(one: Followed, language: str) -> str:
    """Whether the target is reached, in a cell."""
    if one.progress is Progress.NO_TARGET:
        return NONE
    if one.newest is None:
        return SAY["cell.no_data"][language]
    if one.newest.number is None:
        return hidden(language)
    if one.progress is Progress.REACHED:
        return SAY["cell.reached"][language]
    if one.progress is Progress.NOT_REACHED:
        return SAY["cell.not_reached"][language]
    return SAY["cell.unclear"][language]


def _since(one: Followed, language: str) -> str:
    """What changed since the last time, as a sentence; empty where that is not clear."""
    if one.newest is None:
        return ""
    if one.before is None:
        return SAY["stands.first"][language]
    if one.change is None:
        return SAY["stands.since"][language].format(since=hidden(language))
    if one.change.side is Side.UNCLEAR:
        return ""
    moved = SAY["cell.up" if one.change.side is Side.UP else "cell.down"][language]
    return SAY["stands.since"][language].format(since=moved)


def _stands(one: Followed, newest: str, language: str) -> str:
    """Number, target and change of an indicator in one cell, so that a phone shows all of it.

    Of what there is not (a target, a clear change) it says nothing: the note below says so once.
    """
    target = _target(one.indicator, language)
    said = [SAY["stands.now"][language].format(value=capital(_cell(one, newest, language)))]
    if one.progress is not Progress.NO_TARGET:
        words = SAY["stands.target_only" if one.newest is None else "stands.target"]
        said.append(words[language].format(target=target, beside=_beside(one, language)))
    return " ".join(part for part in (*said, _since(one, language)) if part)


def _aim(one: Followed, language: str) -> str:
    """The target in a cell or beside a mark: without "of the 100", which stands near it."""
    indicator = one.indicator
    if indicator.target is None:
        return NONE
    if indicator.measured is Measured.COUNT:
        return decimal(indicator.target, 0, language)
    return _hundredth(indicator.target, language)


def _head(keys: Sequence[str], language: str) -> tuple[str, ...]:
    return tuple(SAY[f"column.{key}"][language] for key in keys)


# ---------------------------------------------------------------- blocks of a workgroup


def _standing(followed: Sequence[Followed], monitor: Monitor, language: str) -> Table:
    """Every indicator: where it stands, its target, and what changed."""
    rows = tuple(
        (one.indicator.title[language], _stands(one, monitor.period, language)) for one in followed
    )
    note = SAY["group.table_note"][language].format(minimum=fewest())
    header = _head(("counted", "stands"), language)
    return Table(SAY["group.table"][language], header, rows, (False, False), note)


def _action(action: FollowedAction, periods: Sequence[str], language: str) -> Iterator[Block]:
    yield Heading(action.action.title[language], 2)
    theory = action.theory
    if theory is not None:
        yield Paragraph(SAY["action.works"][language].format(
            reach=theory.reach[language], short=theory.short[language]))  # fmt: skip
    for one in action.followed:
        yield Heading(one.indicator.title[language], 3)
        yield Paragraph(
            SAY["counted"][language].format(definition=one.indicator.definition[language])
        )
        yield Paragraph(" ".join(indicator_sentences(one, language)))
    told = [one for one in action.followed if any(p.number is not None for p in one.points)]
    if told:
        yield _picture(told, periods, language)
        yield _numbers(action, told, language)
    if action.studies:
        yield Heading(SAY["action.research"][language], 3)
        yield Items(tuple(_study(one, language) for one in action.studies))
    if action.unknown:
        yield Heading(SAY["action.unknown"][language], 3)
        yield Items(tuple(_unknown(kind, one, language) for kind, one in action.unknown))
    if action.questions:
        yield Heading(SAY["action.discuss"][language], 3)
        asked = tuple(_question(ask, one, language) for ask, one in action.questions)
        yield Items(asked, ordered=True)


def _study(one: LocalResult, language: str) -> str:
    """What a study of this workplace found, and how it looked."""
    said = SAY["action.study_invented" if one.synthetic else "action.study"][language]
    message = one.message.get(language, "")
    return said.format(title=one.title[language], design=one.design[language], message=message)


def _unknown(kind: Unknown, one: Indicator | None, language: str) -> str:
    title = "" if one is None else one.title[language]
    return SAY[f"unknown.{kind.name.lower()}"][language].format(title=title)


def _picture(followed: Sequence[Followed], periods: Sequence[str], language: str) -> Picture:
    """A panel per indicator, all over the same periods: from the first of any of them."""
    own = {point.period for one in followed for point in one.points}
    first = min(own, key=place_of)
    since = [p for p in periods if len(p) == len(first) and place_of(p) >= place_of(first)]
    panels = [_panel(one, since, language) for one in followed]
    marks = [mark for panel in panels for mark in panel.points if mark is not None]
    told = [SAY["picture.numbers"][language]]
    if any(mark.value is None for mark in marks):
        told.append(SAY["picture.bare"][language])
    if any(panel.target is not None for panel in panels):
        told.append(SAY["picture.dashed"][language])
    if any(pair is not None for panel in panels for pair in panel.limits):
        told.append(SAY["picture.grey"][language])
    alt = " ".join(_alt(one, language) for one in followed)
    drawn = in_both_widths(
        lambda narrow: periods_figure(panels, language, narrow=narrow), alt, " ".join(told)
    )
    return replace(drawn, width=share_of_page(len(panels)))


def _panel(one: Followed, periods: Sequence[str], language: str) -> Panel:
    told = {point.period: point for point in one.points}
    charted = [point.period for point in one.points if point.number is not None]
    limits = dict(zip(charted, one.chart.limits or (), strict=False))
    target = one.indicator.target
    label = "" if target is None else SAY["picture.target"][language].format(
        target=_aim(one, language))  # fmt: skip
    return Panel(
        title=one.indicator.title[language],
        points=tuple(_mark(told[p], language) if p in told else None for p in periods),
        periods=tuple(periods),
        target=target,
        target_label=label,
        limits=tuple(limits.get(p) for p in periods),
        share=one.indicator.measured is Measured.SHARE,
    )


def _mark(point: Point, language: str) -> Shown | None:
    x = point.number
    if x is None:
        return None
    low, high = interval(x)
    number = point.told is Told.NUMBER
    if not number:
        low, high = x.bounds  # only the range is told, and drawn
    label = _label(point, language)
    if not number:  # "< 10", "> 90": words would not fit beside the mark
        label = f"{'<' if point.told is Told.FEW else '>'} {_bound(point)}"
    return Shown(point.period, x.bounds[0] if number else None, low, high, label)


def _alt(one: Followed, language: str) -> str:
    points = [
        SAY["picture.hidden"][language].format(period=point.period)
        if point.number is None
        else SAY["picture.point"][language].format(
            period=point.period, label=_label(point, language),
            likely=_likely(point.number, language),
        )
        for point in one.points
    ]  # fmt: skip
    target = SAY["picture.alt_no_target"][language]
    if one.indicator.target is not None:
        target = SAY["picture.alt_target"][language].format(target=_target(one.indicator, language))
    return SAY["picture.alt"][language].format(
        title=one.indicator.title[language], points="; ".join(points), target=target
    )


def _likely(x: Counted, language: str) -> str:
    low, high = interval(x)
    if x.n is None:
        return span(decimal(low, 0, language), decimal(high, 0, language), language)
    return span(str(of_hundred(low)), str(of_hundred(high)), language)


def _numbers(action: FollowedAction, followed: Sequence[Followed], language: str) -> Table:
    """Every period of every indicator of an action."""
    several = len(followed) > 1  # of one alone the heading names it
    rows = tuple(
        (*([one.indicator.title[language]] if several else []), point.period,
         *_row(point, language))
        for one in followed
        for point in one.points
    )  # fmt: skip
    keys = (*(["counted"] if several else []), "period", "number", "of", "hundred", "likely")
    numeric = (*([False] if several else []), False, True, True, True, True)
    title = SAY["action.table"][language].format(action=action.action.title[language])
    return Table(title, _head(keys, language), rows, numeric, SAY["action.table_note"][language])


def _row(point: Point, language: str) -> tuple[str, str, str, str]:
    x = point.number
    if x is None:
        return (hidden(language),) * 4
    of = NONE if x.n is None else count(x.n, language)
    if point.told is Told.NUMBER:
        counted = count(x.low, language)
    elif point.told is Told.FEW:
        counted = SAY["cell.few"][language].format(minimum=fewest())
    else:
        counted = SAY["cell.nearly_all"][language].format(least=count(x.low - 1, language))
    hundred = NONE if x.n is None else _label(point, language)
    return counted, of, hundred, _likely(x, language)


def _appendix(followed: Sequence[Followed], language: str) -> list[Block]:
    out: list[Block] = [Heading(SAY["how.title"][language], 2)]
    out += [
        Paragraph(SAY["how.interval"][language]),
        Paragraph(SAY["how.change"][language]),
        Paragraph(SAY["how.target"][language]),
        Paragraph(SAY["how.limits"][language].format(enough=ENOUGH, rare=round(100 * RARE))),
        Paragraph(SAY["how.hidden"][language].format(minimum=fewest())),
    ]
    rows = tuple(
        (one.indicator.title[language], point.period, point.value.source,
         day(point.value.date, language), point.value.note)
        for one in followed
        for point in one.points
    )  # fmt: skip
    if rows:
        out.append(Heading(SAY["sources.title"][language], 2))
        header = _head(("counted", "period", "source", "date", "note"), language)
        out.append(Table(SAY["sources.title"][language], header, rows, (False,) * 5))
    return out


# ---------------------------------------------------------------- blocks of the factsheet


def _targets_block(followed: Sequence[Followed], language: str) -> Iterator[Block]:
    """The share of every indicator with a target, beside it."""
    rows, alts = [], []
    for one in followed:
        target, point = one.indicator.target, one.newest
        if target is None or point is None or point.number is None or point.number.n is None:
            continue
        mark = _mark(point, language)
        if mark is None:
            continue
        title = one.indicator.title[language]
        if one.indicator.direction is Direction.LOWER:
            title += " " + SAY["sheet.lower"][language]
        value = None if mark.value is None else 100 * mark.value
        rows.append(Row(title, value, 100 * mark.low, 100 * mark.high, 100 * target, mark.label))
        alts.append(_alt(one, language))
    if not rows:
        return
    yield Heading(SAY["sheet.targets"][language], 2)
    axis, target_word = SAY["sheet.axis"][language], SAY["sheet.target"][language]
    yield in_both_widths(
        lambda narrow: targets_figure(rows, axis, target_word, narrow=narrow),
        " ".join(alts), SAY["sheet.caption"][language],
    )  # fmt: skip


def _moves(followed: Sequence[Followed], language: str) -> Iterator[Block]:
    """What changed since the period before, in the order of the agenda."""
    compared = [one for one in followed if one.change is not None]
    if not compared:
        yield Paragraph(SAY["change.first"][language])
        return
    yield Columns(
        _moved([one for one in compared if one.moved is Side.UP], "up", language),
        _moved([one for one in compared if one.moved is Side.DOWN], "down", language),
    )
    still = sum(one.moved is Side.UNCLEAR for one in compared)
    yield Paragraph(SAY["sheet.still"][language].format(n=still, all=len(compared)))
    signals = [one for one in followed if one.state is State.SIGNAL]
    if signals:
        yield Paragraph(SAY["sheet.signals"][language])
        yield Items(tuple(one.indicator.title[language] for one in signals[:MOVES]))


def _moved(found: Sequence[Followed], way: str, language: str) -> tuple[Block, ...]:
    """The indicators that clearly went one way."""
    titles = [one.indicator.title[language] for one in found[:MOVES]]
    if len(found) > MOVES:
        titles.append(SAY["sheet.others"][language].format(n=len(found) - MOVES))
    told = Items(tuple(titles)) if titles else Paragraph(SAY["sheet.no_move"][language])
    return Heading(SAY[f"sheet.moved_{way}"][language], 3), told


def _parts(
    monitor: Monitor, language: str
) -> Iterator[tuple[str, tuple[FollowedAction, ...]]]:  # fmt: skip
    """The actions under each ambition or theme that has any, and the others together."""
    parts: list[Ambition | Theme] = [*monitor.agendas.ambitions(), *monitor.agendas.themes()]
    told: set[str] = set()
    for above in parts:
        own = tuple(one for one in monitor.actions if one.action.under == above.key)
        told |= {one.action.key for one in own}
        if own:
            number = f"{above.number}. " if isinstance(above, Ambition) else ""
            yield number + above.title[language], own
    for agenda in monitor.agendas.agendas:
        keys = {one.key for one in agenda.actions} - told
        own = tuple(one for one in monitor.actions if one.action.key in keys)
        if own:
            yield agenda.title[language], own


def _by_ambition(monitor: Monitor, language: str) -> Table:
    rows = []
    for title, actions in _parts(monitor, language):
        followed = _followed(actions)
        each = [sum(one.progress is kind and one.newest is not None for one in followed)
                for kind in (Progress.REACHED, Progress.NOT_REACHED, Progress.UNCLEAR)]  # fmt: skip
        known = sum(one.resolved is Resolved.VALUE for one in actions)
        numbers = (len(actions), known, *each)
        rows.append((title, *(count(n, language) for n in numbers)))
    header = (
        *_head(("ambition", "actions", "known"), language),
        *(capital(SAY[f"cell.{kind}"][language]) for kind in ("reached", "not_reached", "unclear")),
    )
    return Table(SAY["sheet.table"][language], header, tuple(rows), (False, *(True,) * 5),
                 SAY["not.rank"][language])  # fmt: skip


def _counts(followed: Sequence[Followed], language: str) -> Iterator[Block]:
    """Targets that are counts, which no axis from 0 to 100 can hold."""
    rows = tuple(
        (one.indicator.title[language], _label(one.newest, language), _aim(one, language),
         _beside(one, language))
        for one in followed
        if one.newest is not None and one.indicator.target is not None
        and one.indicator.measured is Measured.COUNT
    )  # fmt: skip
    if rows:
        header = _head(("counted", "now", "target", "beside"), language)
        yield Table(SAY["sheet.counts"][language], header, rows, (False, True, True, False))


def _research(monitor: Monitor, language: str) -> Iterator[Block]:
    """The newest studies of the workplace, as many as the page holds."""
    newest = sorted(monitor.studies, key=lambda one: (one.date, one.study), reverse=True)
    told = [one for one in newest if one.actions and one.message.get(language)]
    if told:
        yield Heading(SAY["action.research"][language], 2)
        yield Items(tuple(_study(one, language) for one in told[:STUDIES]))
    if len(told) > STUDIES:
        yield Paragraph(SAY["sheet.more_studies"][language].format(n=len(told)))


def _gaps(monitor: Monitor, followed: Sequence[Followed], language: str) -> Iterator[str]:
    """How much is not known yet."""
    actions = monitor.actions
    n_all = {
        "no_value": (sum(one.newest is None for one in followed), len(followed)),
        "no_target": (sum(one.indicator.target is None for one in followed), len(followed)),
        "no_study": (sum(not one.studies for one in actions), len(actions)),
        "draft": (sum(o.theory is not None and o.theory.draft for o in actions), len(actions)),
    }
    for key, (n, every) in n_all.items():
        if n:
            many = "one" if every == 1 else "many"
            yield SAY[f"sheet.gap.{key}.{many}"][language].format(n=n, all=every)


def _overview(action: FollowedAction, monitor: Monitor, language: str) -> Iterator[str]:
    """Each indicator of an action and where it stands, and the studies of the action."""
    for one in action.followed:
        stands = _stands(one, monitor.period, language)
        yield SAY["overview.item"][language].format(
            title=one.indicator.title[language], said=stands
        )
    if action.studies:
        titles = joined([one.title[language] for one in action.studies], language)
        yield SAY["overview.studies"][language].format(titles=titles)
    elif not action.followed:
        nothing = capital(SAY["cell.no_data"][language])
        yield SAY["stands.now"][language].format(value=nothing)


# ---------------------------------------------------------------- writing


def write_monitor(
    monitor: Monitor,
    folder: str | Path,
    languages: Sequence[str] = LANGUAGES,
    date: datetime.date | None = None,
    released: str | Path | None = None,
) -> tuple[Path, ...]:
    """Write a report per workgroup and the factsheet, each in a folder of its own.

    released: the file that remembers what left before; ``monitor-released.json`` in the folder
    unless told. Raises ReportError when a number was told differently before, by so few that the
    difference tells of persons, and when files cannot be written.
    """
    monitor, date, folder = _current(monitor), date or datetime.date.today(), Path(folder)
    file = folder / RELEASED if released is None else Path(released)
    # The manifest of a page is no edition: what was told stands in the file.
    check = check_release(published_of(monitor), file, folder / "no-manifest", date)
    out: list[Path] = []
    with check.kept():
        for group in monitor.agendas.workgroups():
            actions = monitor.of_workgroup(group.key)
            reports = {
                language: workgroup_report(monitor, group.key, language, date)
                for language in languages
            }
            at = folder / f"monitor-{group.key.rpartition('/')[2]}"
            out += _write(monitor, reports, at, actions, group.title)
        sheets = {language: factsheet(monitor, language, date) for language in languages}
        out += _write(monitor, sheets, folder / "monitor-factsheet", monitor.actions, Text("", ""))
    return tuple(out)


def _write(
    monitor: Monitor, reports: Mapping[str, Report], folder: Path,
    actions: Sequence[FollowedAction], workgroup: Text,
) -> tuple[Path, ...]:  # fmt: skip
    own = {one.action.key for one in actions}
    table = monitor.table()
    if len(table):
        table = table[table["action"].isin(own)]
    titles = {language: report.title for language, report in reports.items()}
    first = next(iter(titles.values()))
    study = Study(
        title=Text(titles.get("nl", first), titles.get("en", first)),
        workgroup=workgroup,
        actions=tuple(one.action.key for one in actions),
        synthetic=monitor.synthetic,
    )
    made = {"values": {"fingerprint": _fingerprint(monitor)}, "period": monitor.period}
    numbers = {"results.csv": table.to_csv(index=False, lineterminator="\n").encode()}
    return write_pages(reports, folder, kind="monitor", study=study, made=made, numbers=numbers)


def published_of(monitor: Monitor) -> Published:
    """The counts that the monitor prints, by indicator and period."""
    counts: dict[str, int] = {}
    few: set[str] = set()
    links: list[tuple[str, tuple[str, ...]]] = []
    for one in monitor.followed:
        for point in one.points:
            x = point.number
            if x is None:
                continue
            inside, rest, of = (
                BETWEEN.join(["value", one.indicator.key, point.period, part])
                for part in ("counted", "rest", "of")
            )
            if x.n is not None:
                counts[of] = x.n
                links.append((of, (inside, rest)))
            if point.told is Told.NUMBER:
                counts[inside] = x.low
            else:
                few.add(inside if point.told is Told.FEW else rest)
    edition = Edition("monitor", counts, tuple(links), frozenset(few))
    return Published(edition, "", digest([as_json(counts)]))
