"""The difference on low and high scores for readers: sentences, a picture and a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from academic_workplace.disclosure import fewest
from academic_workplace.effects.quantiles import ByQuantile, Quantiles
from academic_workplace.effects.regression import Interval
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.quantiles import (
    Point,
    Words,
    quantiles_on,
    quantiles_picture,
)
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.findings import shown, unit_after
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    digits_for,
    hidden,
    interval,
    p_value,
)
from academic_workplace.report.wording import capital
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAY = phrases("quantiles")
MIDDLE = 0.5
ROUND, WHOLE = (100, 1_000, 10_000), 1e-6

# ---------------------------------------------------------------- sentences


def quantiles_sentence(found: Quantiles, language: str) -> str:
    """What is seen at low, middle and high scores, for every comparison."""
    dutch(language)  # refuses any third language
    told = [_sentence(item, language) for item in found]
    if not told:
        return SAY["nothing"][language]
    if any(item.shown for item in found):
        people = found.plan.study.people[language]
        told.append(SAY["distribution"][language].format(people=people))
    return " ".join(told)


def _sentence(item: ByQuantile, language: str) -> str:
    if all(item.hidden):
        return _withheld(item, language)
    people = item.plan.study.people[language]
    parts = [_asked(item, language)]
    if not item.shown:
        reason = item.reason[language] if item.reason is not None else ""
        parts.append(SAY["no_answer"][language].format(reason=reason).strip())
        return " ".join(parts)
    parts.append(SAY["in_order"][language].format(people=people))
    parts += _points(item, language)
    if item.p_value is not None and len(item.shown) > 1:
        parts.append(SAY["test.clear" if item.clear else "test.unclear"][language])
    elif item.reason is not None:
        parts.append(item.reason[language])
    if item.adjusted:
        parts.append(SAY["alike"][language].format(people=people))
    return " ".join(parts)


def _asked(item: ByQuantile, language: str) -> str:
    plan = item.plan
    several = len(plan.study.arms) > 2
    more = f"; {plan.arm(item.arm).label[language]}" if several else ""
    measure = plan.measure(item.outcome).label[language]
    return SAY["asked"][language].format(measure=measure, more=more)


def _withheld(item: ByQuantile, language: str) -> str:
    study = item.plan.study
    people, units = study.people[language], study.cluster_label[language]
    return (
        f"{_asked(item, language)} {SAY['withheld'][language].format(people=people, units=units)}"
    )


def _points(item: ByQuantile, language: str) -> list[str]:
    """The lowest, the middle and the highest of those that are shown."""
    shown, people = dict(item.shown), item.plan.study.people[language]
    low, high = min(shown), max(shown)
    out = []
    if low < MIDDLE:
        numbers = _numbers(item, shown[low], language)
        said = SAY["at.low"][language]
        out.append(said.format(people=people, **_out_of(low, language), **numbers))
    if MIDDLE in shown:
        out.append(SAY["at.middle"][language].format(**_numbers(item, shown[MIDDLE], language)))
    if high > MIDDLE:
        numbers = _numbers(item, shown[high], language)
        said = SAY["at.high"][language]
        out.append(said.format(people=people, **_out_of(1 - high, language), **numbers))
    return out


def _out_of(share: float, language: str) -> dict[str, str]:
    """A share as so many out of a hundred, or of more where that is not whole (or only one)."""
    for of in ROUND:
        n = round(share * of)
        if n > 1 and abs(share * of - n) < WHOLE:
            break
    return {"n": count(n, language), "of": count(of, language)}


def _numbers(item: ByQuantile, e: Interval, language: str) -> dict[str, str]:
    digits = _digits(item)
    value, low, high = (decimal(x, digits, language) for x in (e.estimate, e.low, e.high))
    unit = unit_after(item.plan.measure(item.outcome).unit[language], value, language)
    return {"value": value, "low": low, "high": high, "unit": unit}


def _digits(item: ByQuantile) -> int:
    """As the widest interval asks: a quantile in full precision is a score of someone."""
    wide = [e.high - e.low for _, e in item.shown if e.low is not None and e.high is not None]
    return min(map(digits_for, wide), default=0)


# ---------------------------------------------------------------- picture and table


def blocks(found: Quantiles, language: str) -> list[Block]:
    """For a page: the sentences, and per comparison a picture and its table."""
    out: list[Block] = [
        Heading(SAY["title"][language], 2),
        Paragraph(quantiles_sentence(found, language)),
    ]
    for item in found:
        if item.shown:
            out += [picture_of(item, language), table_of(item, language)]
    return out


def appendix(evidence: Evidence, language: str) -> list[Block]:
    """The same in a report, where the plan asks: of results that may be told."""
    found = evidence.quantiles
    if found is None:
        return []
    told = {(f.effect.outcome, f.effect.wave, f.effect.arm) for f in evidence.findings if shown(f)}
    kept = tuple(item for item in found if (item.outcome, item.wave, item.arm) in told)
    out: list[Block] = [Heading(SAY["title"][language], 3)]
    out += blocks(replace(found, items=kept), language)[1:] if kept else []
    return out + [Paragraph(_withheld(item, language)) for item in found if item not in kept]


def table_of(item: ByQuantile, language: str) -> Table:
    """The numbers of the picture."""
    plan = item.plan
    people, units = plan.study.people[language], plan.study.cluster_label[language]
    rows = []
    for t, e, away in zip(item.at, item.effects, item.hidden, strict=True):
        cells: tuple[str, ...] = (NONE,) * 3
        if away:
            cells = (hidden(language),) * 3
        elif e is not None and e.low is not None:
            digits = _digits(item)
            limits = interval(e.low, e.high, digits, language)
            cells = decimal(e.estimate, digits, language), limits, decimal(e.df, 1, language)
        rows.append((_percent(t, language), *cells))
    names = ("at", "difference", "interval", "df")
    header = [SAY[f"column.{name}"][language] for name in names]
    header[0] = header[0].format(people=capital(people))
    caption = SAY["table.caption"][language].format(
        measure=plan.measure(item.outcome).label[language], arm=plan.arm(item.arm).label[language]
    )
    notes = [SAY["note.how"][language].format(units=units)]
    if item.F is not None and item.p_value is not None and len(item.shown) > 1:
        p = p_value(item.p_value, language)
        p = p if p.startswith("<") else f"= {p}"
        notes.append(
            SAY["note.test"][language].format(
                F=decimal(item.F, 2, language), df1=count(item.df1, language),
                df2=decimal(item.df2, 1, language), p=p,
            )
        )  # fmt: skip
    if any(item.hidden):
        notes.append(SAY["note.withheld"][language].format(minimum=fewest(), people=people))
    return Table(caption, tuple(header), tuple(rows), (False, True, True, True), " ".join(notes))


def _percent(share: float, language: str) -> str:
    digits = 0 if abs(100 * share - round(100 * share)) < 1e-9 else 1
    return SAY["picture.percent"][language].format(share=decimal(100 * share, digits, language))


def _drawn(found: Quantiles) -> ByQuantile:
    """The first comparison that may be shown. Raises PlanError when there is none."""
    for item in found:
        if item.shown:
            return item
    raise PlanError([Fault(SAY["none.rule"], SAY["none.remedy"], column="at")])


def _pictured(item: ByQuantile, language: str) -> tuple[tuple[Point, ...], Words]:
    measure = item.plan.measure(item.outcome)
    points = tuple(
        Point(t, _percent(t, language), e.estimate, e.low or 0.0, e.high or 0.0)
        for t, e in item.shown
    )
    words = Words(
        capital(measure.label[language]),
        SAY["picture.axis"][language].format(unit=measure.unit[language]),
        SAY["picture.low"][language],
        SAY["picture.high"][language],
    )
    return points, words


def picture_of(item: ByQuantile, language: str) -> Picture:
    """The picture for a report."""
    points, words = _pictured(item, language)
    caption = SAY["picture.caption"][language].format(
        share=_percent(points[0].at, language), people=item.plan.study.people[language]
    )
    return in_both_widths(
        lambda narrow: quantiles_picture(points, words, language, narrow=narrow),
        alternative(item, language),
        caption,
    )


def drawing(found: Quantiles, language: str) -> Drawing:
    """The same for a notebook."""
    dutch(language)  # refuses any third language
    item = _drawn(found)
    points, words = _pictured(item, language)
    return Drawing(png(quantiles_picture(points, words, language)), alternative(item, language))


def plot_quantiles(found: Quantiles, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    points, words = _pictured(_drawn(found), language)
    return quantiles_on(ax, points, words, language)


def alternative(item: ByQuantile, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    told = []
    for t, e in item.shown:
        n = _numbers(item, e, language)
        limits = interval(e.low, e.high, _digits(item), language)
        told.append(f"{_percent(t, language)}: {n['value']} ({limits})")
    measure = item.plan.measure(item.outcome).label[language]
    people = item.plan.study.people[language]
    said = SAY["picture.alt"][language]
    return said.format(measure=measure, people=people, points="; ".join(told))
