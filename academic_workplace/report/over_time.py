"""What a staggered start adds to a report: the effect by time since the start, and its honesty."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.effects.result import Effect
from academic_workplace.effects.staggered import GroupTimes, place
from academic_workplace.errors import dutch
from academic_workplace.plan import Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.event_study import event_on, event_picture
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.findings import units_of
from academic_workplace.report.numerals import (
    decimal,
    digits_for,
    hidden,
    interval,
    p_value,
    pupils_of,
)
from academic_workplace.report.withheld import stands_in_one
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("over_time")
UNCLEAR = 0.05  # a p-value below this: the groups did not move alike
FIRM = 1.0  # a breakdown of at least this: as large a step as any before would not overturn it


# ---------------------------------------------------------------- sentences


def over_time_sentence(detail: GroupTimes, language: str) -> str:
    """How much more changed where it started, and whether the groups moved alike before."""
    dutch(language)  # refuses any third language
    told = detail.honest
    if not _enough(detail.of("start")).any():
        return SAY["hidden"][language].format(minimum=fewest())
    low, high = _finite(told.low), _finite(told.high)
    size = decimal(abs(told.estimate), _digits(told.low, told.high), language)
    side = "larger" if told.estimate >= 0 else "smaller"
    first = SAY[f"change.{side}"][language].format(size=size)
    if low is not None and high is not None:
        span = interval(low, high, digits_for(high - low), language)
        first = SAY[f"change_within.{side}"][language].format(size=size, span=span)
    return f"{first} {before_sentence(detail, language)}"


def before_sentence(detail: GroupTimes, language: str) -> str:
    """Whether the groups moved alike before the start, as far as can be seen."""
    if detail.honest.steps == 0:
        return SAY["before.one_measurement"][language]
    if math.isnan(detail.moved_before):
        return SAY["before.too_few"][language]
    return SAY["before.apart" if detail.moved_before < UNCLEAR else "before.alike"][language]


def honest_sentence(detail: GroupTimes, language: str) -> str:
    """How far the groups may have moved apart by themselves before the result is overturned."""
    told = detail.honest
    if told.steps == 0 or math.isnan(told.breakdown):
        return ""
    if told.low <= 0 <= told.high:
        return SAY["honest.chance"][language]
    if math.isinf(told.breakdown):
        return SAY["honest.never"][language]
    times = decimal(math.floor(10 * told.breakdown) / 10, 1, language)
    if told.breakdown >= FIRM:
        return SAY["honest.firm"][language].format(times=times)
    told_as = SAY["honest.fragile" if told.breakdown >= 0.1 else "honest.very_fragile"]
    return told_as[language].format(times=times)


# ---------------------------------------------------------------- what may be shown


def shown(detail: GroupTimes, what: str) -> pd.Series[bool]:
    """Which rows of one kind may be shown.

    A mean over several starts or periods is left out as well when one of these is of too few: from
    the others it could be worked out.
    """
    rows, cells = detail.of(what), detail.of("group-time")
    seen = _enough(rows)
    if what == "group-time":
        return seen
    few = cells[~_enough(cells)]
    if what != "since":
        few = few[few.since >= 0]
    return seen & ~rows[what].isin(few[what])


def _enough(rows: pd.DataFrame) -> pd.Series[bool]:
    """Whether the smallest mean that each row rests on is of enough answers."""
    return rows.fewest.map(lambda n: may_leave(int(n))).astype(bool)


def of_several(detail: GroupTimes, clusters: Mapping[str, int]) -> GroupTimes:
    """The same without what tells of a start of one school, or would tell it with the rest.

    clusters: of every start, as the data name it. The rows by start and by period go as soon as one start is of one
    school; of those by time since the start, the ones that rest on such a start alone.
    """
    cells, of = detail.of("group-time"), dict[str, int]()
    for start, n in clusters.items():
        at = place(start, detail.periods)
        if math.isfinite(at):
            name = detail.periods[int(at)]
            of[name] = min(n, of.get(name, n))
    of = {name: n for name, n in of.items() if name in set(cells["start"])}
    if not any(stands_in_one(n) for n in of.values()):
        return detail
    since = detail.of("since")
    seen = shown(detail, "since")
    for i, time in enumerate(since["since"]):
        starts = set(cells["start"][cells["since"] == time])
        seen[i] = seen[i] and not stands_in_one(sum(of.get(start, 0) for start in starts))
    since.loc[~seen, "fewest"] = 0
    return replace(detail, rows=since)


def _points(detail: GroupTimes) -> pd.DataFrame:
    """The rows of the picture."""
    return detail.of("since")[shown(detail, "since")]


def _some_hidden(detail: GroupTimes) -> bool:
    return not all(_enough(detail.of(what)).all() for what in TABLES)


# ---------------------------------------------------------------- the picture


def over_time_picture(detail: GroupTimes, language: str, *, narrow: bool = False) -> Figure:
    """The effect by time since the start, each with its range and the range of all together."""
    return event_picture(_points(detail), language, narrow=narrow)


def plot_over_time(detail: GroupTimes, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    return event_on(ax, _points(detail), language)


def alternative(detail: GroupTimes, language: str) -> str:
    """The picture in words."""
    parts = []
    for row in _points(detail).to_dict("records"):
        digits = _digits(row["low"], row["high"])
        span = interval(_finite(row["low"]), _finite(row["high"]), digits, language)
        at = decimal(float(row["since"]), 0, language)
        parts.append(f"{at}: {decimal(row['estimate'], digits, language)} ({span})")
    text = SAY["picture.alt"][language].format(points="; ".join(parts))
    return " ".join([text, *_left_out(detail, language)])


def _left_out(detail: GroupTimes, language: str) -> list[str]:
    """That points are left out of the picture, where they are."""
    if shown(detail, "since").all():
        return []
    return [SAY["hidden"][language].format(minimum=fewest())]


def over_time_drawing(detail: GroupTimes, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(over_time_picture(detail, language)), alternative(detail, language))


def over_time_block(detail: GroupTimes, language: str) -> Picture:
    """The picture for a report, in both widths."""
    return in_both_widths(
        lambda narrow: over_time_picture(detail, language, narrow=narrow),
        alternative(detail, language),
        " ".join([SAY["picture.caption"][language], *_left_out(detail, language)]),
    )


# ---------------------------------------------------------------- for the report

TABLES = {
    "since": SAY["table.since"],
    "start": SAY["table.start"],
    "period": SAY["table.period"],
    "group-time": SAY["table.group_time"],
}


def page(detail: GroupTimes, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The picture and what to look at in it."""
    del effect
    if _points(detail).empty:
        return []
    name = plan.study.cluster_label[language]
    return [
        Heading(SAY["page.title"][language], 2),
        Paragraph(SAY["page.look"][language].format(clusters=name)),
        over_time_block(detail, language),
    ]


def sure(detail: GroupTimes, effect: Effect, plan: Plan, language: str) -> list[str]:
    """What is supposed, whether it looks so before the start, and what would overturn it."""
    del effect
    study = plan.study
    supposed = SAY["assumes"][language].format(
        programme=study.programme[language], clusters=study.cluster_label[language]
    )
    told = [before_sentence(detail, language), honest_sentence(detail, language)]
    return [supposed, *(t for t in told if t), *(flag[language] for flag in detail.flags)]


def appendix(detail: GroupTimes, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """Every effect per start and period, their averages, what would overturn them."""
    label = plan.measure(effect.outcome).label[language]
    method = SAY["appendix.method.panel" if detail.panel else "appendix.method.answers"][language]
    method = method.format(people=plan.study.people[language])
    return [
        Heading(SAY["appendix.title"][language].format(measure=label), 2),
        Paragraph(method),
        *(_table(detail, what, language) for what in TABLES if len(detail.of(what))),
        *_left_out_starts(detail, plan, language),
        _honest_table(detail, language),
        *_fixed_blocks(detail, language),
    ]


def _left_out_starts(detail: GroupTimes, plan: Plan, language: str) -> list[Block]:
    """That there are no rows by start, where a start of one school keeps them inside."""
    if len(detail.of("group-time")):
        return []
    unit = units_of(plan, 1, language)
    return [Paragraph(SAY["one_school"][language].format(unit=unit))]


def _table(detail: GroupTimes, what: str, language: str) -> Table:
    rows, some_hidden = detail.of(what), _some_hidden(detail)
    columns = ("start", "period") if what == "group-time" else (what,)
    names = [SAY[f"column.{name}"][language] for name in columns]
    numbers = [SAY[f"column.{n}"][language] for n in ("difference", "interval", "together")]
    header = (*names, *numbers, "df", SAY["column.answers"][language])
    body = []
    for row, seen in zip(rows.to_dict("records"), shown(detail, what), strict=True):
        key = tuple(
            decimal(float(row[c]), 0, language) if c == "since" else str(row[c]) for c in columns
        )
        if not seen:
            body.append((*key, *(hidden(language),) * 5))
            continue
        digits = _digits(row["low"], row["high"])
        answers = (row["pupils_started"], row["pupils_comparison"])
        told = " / ".join(pupils_of(int(n), language) for n in answers)
        body.append((
            *key,
            decimal(row["estimate"], digits, language),
            interval(_finite(row["low"]), _finite(row["high"]), digits, language),
            interval(_finite(row["band_low"]), _finite(row["band_high"]), digits, language),
            decimal(row["df"], 1, language),
            hidden(language) if some_hidden else told,
        ))  # fmt: skip
    numeric = (*(c == "since" for c in columns), *(True,) * 5)
    note = SAY["table.withheld" if some_hidden else "table.note"][language]
    return Table(
        TABLES[what][language], header, tuple(body), numeric, note.format(minimum=fewest())
    )


def _honest_table(detail: GroupTimes, language: str) -> Table:
    told = detail.honest
    digits = _digits(told.low, told.high)
    low, high = told.straight
    cells = {
        "mean": decimal(told.estimate, digits, language),
        "interval": interval(_finite(told.low), _finite(told.high), digits, language),
        "steps": str(told.steps),
        "moved": p_value(_finite(detail.moved_before), language),
        "largest": decimal(told.largest, digits + 1, language),
        "breakdown": _times(told.breakdown, language),
        "plain": _times(told.plain, language),
        "straight": interval(_finite(low), _finite(high), digits, language),
        "bend": decimal(told.bend, 3, language),
    }
    rows = tuple((SAY[f"overturn.{name}"][language], cell) for name, cell in cells.items())
    header = ("", SAY["column.value"][language])
    title, note = (SAY[f"overturn.{part}"][language] for part in ("title", "note"))
    return Table(title, header, rows, (False, True), note)


def _fixed_blocks(detail: GroupTimes, language: str) -> list[Block]:
    """What is often done instead, and why it is not done here."""
    fixed = detail.fixed
    if fixed is None or not math.isfinite(fixed.se):
        return []
    digits = _digits(fixed.low, fixed.high)
    text = SAY["fixed.text"][language].format(
        value=decimal(fixed.estimate, digits, language),
        span=interval(fixed.low, fixed.high, digits, language),
        below=int(np.sum(fixed.weight < 0)),
        all=len(fixed.weight),
        share=decimal(100 * fixed.negative, 0, language),
    )
    return [Heading(SAY["fixed.title"][language], 3), Paragraph(text)]


def _digits(low: float, high: float) -> int:
    return digits_for(high - low) if math.isfinite(high - low) else 2


def _finite(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None


def _times(x: float, language: str) -> str:
    return SAY["overturn.none"][language] if math.isinf(x) else decimal(x, 2, language)
