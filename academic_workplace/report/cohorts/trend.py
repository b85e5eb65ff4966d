"""Words and tables for a trend over cohorts (``cohorts/trend.py``)."""

from __future__ import annotations

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.cohorts.trend import Trend
from academic_workplace.report.cohorts.scale import (
    Scale,
    Sides,
    ends,
    named,
    perhaps_chance,
    scale_of,
    word,
)
from academic_workplace.report.document import Table
from academic_workplace.report.numerals import pupils_of
from academic_workplace.report.words import phrases

SAY = phrases("cohorts")


def trend_sentence(found: Trend, language: str) -> str:
    """How fast it goes up or down, and what happens at the break."""
    main = [e for e in (found.slope, found.step, found.slope_after) if e is not None]
    scale = scale_of(main, language, share=found.share)
    fill = {
        "outcome": word(found.labels, found.outcome, language),
        "place": word(found.labels, found.break_at, language),
        "intake": named(found.labels, found.given, language),
    }
    out = _line("slope_until" if found.break_at else "slope", found.slope, Sides.WAY, scale, fill)
    if found.given:
        out.append(SAY["trend.given"][language].format(**fill))
    if found.step is not None:
        out += _line("step", found.step, Sides.LEVEL, scale, fill)
        if found.slope_after is None:
            out.append(SAY["trend.one_after"][language])
        else:
            out += _line("after", found.slope_after, Sides.WAY, scale, fill)
    out.append(SAY["trend.in_common"][language])
    return " ".join([*out, *ends(found.doubts, found.notes, language, lost=found.lost)])


def _line(key: str, found: Estimate, sides: Sides, scale: Scale, fill: dict[str, str]) -> list[str]:
    said = SAY[f"trend.{key}"][scale.language].format(
        moved=scale.moved(found.value, sides), likely=scale.likely(found, sides), **fill
    )
    return [said, SAY["maybe"][scale.language]] if perhaps_chance(found) else [said]


def trend_table(found: Trend, language: str) -> Table:
    """The means of the cohorts and the line, for a report."""
    scale = scale_of([c.mean for c in found.cohorts], language, share=found.share)
    rows = [
        (word(found.labels, c.cohort, language), scale.number(c.mean.value), scale.span(c.mean),
         scale.number(c.line), pupils_of(c.pupils, language))
        for c in found.cohorts
    ]  # fmt: skip
    header = (SAY["head.cohort"], SAY["head.mean"], SAY["head.interval"], SAY["head.line"],
              SAY["head.pupils"])  # fmt: skip
    return Table(
        SAY["trend.caption"][language], tuple(each[language] for each in header), tuple(rows),
        (False, True, True, True, True),
    )  # fmt: skip
