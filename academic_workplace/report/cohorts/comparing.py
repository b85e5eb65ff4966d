"""Words and tables for cohorts compared with one of them (``cohorts/compare.py``)."""

from __future__ import annotations

from academic_workplace.cohorts.compare import Comparison, Comparisons
from academic_workplace.report.cohorts.scale import (
    Sides,
    ends,
    named,
    no_counterpart,
    perhaps_chance,
    scale_of,
    withheld,
    word,
)
from academic_workplace.report.document import Table
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, decimal, hidden, pupils_of
from academic_workplace.report.words import phrases

SAY = phrases("cohorts")
MOST_SAID = 2  # comparisons in sentences; all are in the table


def comparisons_sentence(found: Comparisons, language: str) -> str:
    """Each cohort with the reference: as it is, and at equal intake."""
    told = [c for c in found if c.raw is not None and c.standardised is not None]
    out: list[str] = []
    for c in told[-MOST_SAID:]:
        out += _said(found, c, language)
    if len(told) > MOST_SAID:
        out.append(SAY["compare.others"][language])
    out += withheld(found.labels, [c.cohort for c in found if c.withheld], language,
                    share=found.share)  # fmt: skip
    each = list(dict.fromkeys(d for c in found for d in c.doubts))
    return " ".join([*out, *ends(each, found.notes, language, lost=found.lost)])


def _said(found: Comparisons, c: Comparison, language: str) -> list[str]:
    scale = scale_of([e for _, e in c.ways()], language, share=found.share)
    out = []
    for kind, each in (("raw", c.raw), ("equal", c.standardised)):
        if each is None:
            continue
        out.append(SAY[f"compare.{kind}"][language].format(
            cohort=word(found.labels, c.cohort, language),
            reference=word(found.labels, c.reference, language),
            outcome=word(found.labels, found.outcome, language),
            intake=named(found.labels, (*found.adjust, *found.given), language),
            moved=scale.moved(each.value, Sides.LEVEL), likely=scale.likely(each, Sides.LEVEL),
        ))  # fmt: skip
        if perhaps_chance(each) and not scale.nought(each.value):
            out.append(SAY["maybe"][language])
    return [*out, *_what_intake_does(c, language),
            *no_counterpart(c.outside, found.labels, language)]  # fmt: skip


def _what_intake_does(c: Comparison, language: str) -> list[str]:
    """What becomes of the difference at equal intake, in words that name no cause."""
    if c.unadjusted is None or c.standardised is None or c.intake is None:
        return []
    raw, same = c.unadjusted.value, c.standardised.value
    if c.intake.low is None or c.intake.high is None:
        return []
    if perhaps_chance(c.intake):
        kind = "unclear"
    elif raw * same < 0:
        kind = "turns"
    else:
        kind = "part" if abs(same) < abs(raw) else "larger"
    return [SAY[f"compare.intake.{kind}"][language]]


def way_name(way: str, language: str) -> str:
    """How a difference was worked out."""
    return SAY[f"way.{way.replace(' ', '_')}"][language]


def comparisons_notebook(found: Comparisons) -> str:
    """The table below the sentences."""
    from academic_workplace.language import default_language

    language = default_language()
    rows = []
    for c in found:
        scale = scale_of([e for _, e in c.ways()], language, share=found.share)
        for way, each in c.shown():
            rows.append((word(found.labels, c.cohort, language), way_name(way, language),
                         scale.apart(each.value), scale.span(each)))  # fmt: skip
    head = (SAY["head.cohort"], SAY["head.way"], SAY["head.difference"], SAY["head.interval"])
    return notebook_table(head, rows) if rows else ""


def comparisons_table(found: Comparisons, language: str) -> Table:
    """Every difference, for a report."""
    rows = []
    for c in found:
        name = word(found.labels, c.cohort, language)
        if c.withheld:
            rows.append((name, NONE, *[hidden(language)] * 2, NONE, hidden(language)))
            continue
        scale = scale_of([e for _, e in c.ways()], language, share=found.share)
        for way, each in c.shown():
            rows.append((name, way_name(way, language), scale.apart(each.value),
                         scale.span(each), decimal(each.df, 1, language),
                         pupils_of(c.pupils, language)))  # fmt: skip
    header = (SAY["head.cohort"], SAY["head.way"], SAY["head.difference"], SAY["head.interval"],
              SAY["head.df"], SAY["head.pupils"])  # fmt: skip
    caption = SAY["compare.caption"][language].format(
        reference=word(found.labels, found.reference, language)
    )
    return Table(caption, tuple(each[language] for each in header), tuple(rows),
                 (False, False, True, True, True, True))  # fmt: skip
