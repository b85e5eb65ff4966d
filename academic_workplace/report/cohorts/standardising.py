"""Words and tables for means and gaps at one composition (``cohorts/standardise.py``)."""

from __future__ import annotations

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.cohorts.standardise import (
    Level,
    Shift,
    Standard,
    Standardised,
    StandardisedCounts,
)
from academic_workplace.report.cohorts.scale import (
    Sides,
    ends,
    named,
    no_counterpart,
    perhaps_chance,
    scale_of,
    turned,
    withheld,
    word,
)
from academic_workplace.report.document import Table
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import decimal, hidden, interval, pupils_of
from academic_workplace.report.words import phrases

SAY = phrases("cohorts")
SAME = 0.15  # of a gap: without limits a change below this is called about the same


def standardised_sentence(found: Standardised, language: str) -> str:
    """How a gap (or mean) moved at the intake of the reference, and how it seemed to."""
    moved = _last(found)
    out = [_shift_sentence(found, s, language) for s in moved]
    if not moved:
        out += _levels_sentences(found, language)
    out += withheld({}, [_name(found, x, language) for x in found if x.withheld], language,
                    share=found.share)  # fmt: skip
    out += no_counterpart([cell for x in found for cell in x.outside], found.labels, language)
    return " ".join([*out, *ends(found.doubts, found.notes, language, lost=found.lost)])


def _last(found: Standardised) -> list[Shift]:
    """Of each group the change up to the last cohort."""
    return list({s.group: s for s in found.shifts if s.raw_change is not None}.values())


def _shift_sentence(found: Standardised, s: Shift, language: str) -> str:
    """The answer first, then what one would think at first sight, then how sure."""
    if s.raw_change is None or s.standardised_change is None or s.intake is None:
        return ""
    gap, start = bool(s.reference_group), s.raw.value - s.raw_change.value
    what, sides = ("gap", Sides.SIZE) if gap else ("mean", Sides.WAY)
    level = what if gap or not found.share else "share"
    scale = scale_of([s.raw, s.raw_change, s.standardised_change], language, share=found.share)
    # of a gap the size counts: as a number below nought it shrinks by going up
    raw, same, part = (
        turned(e) if gap and start < 0 else e
        for e in (s.raw_change, s.standardised_change, s.intake)
    )
    looks = _course(start, s.raw, raw, gap)
    truly = _course(start, s.standardised, same, gap)
    fill = {
        "group": word(found.labels, s.group, language),
        "other": word(found.labels, s.reference_group, language),
        "outcome": word(found.labels, found.outcome, language),
        "since": word(found.labels, s.since, language),
        "cohort": word(found.labels, s.cohort, language),
        "intake": named(found.labels, found.adjust, language),
    }

    def size(x: float) -> str:
        if not gap:
            return scale.number(x)
        over = SAY["shift.other_side"][language] if x * start < 0 else ""
        return f"{scale.apart(abs(x))}{over}"

    out = [SAY[f"shift.{what}.{truly}"][language].format(**fill)]
    out.append(SAY[f"shift.{level}.levels"][language].format(
        start=size(start), end=size(s.raw.value), **fill
    ))  # fmt: skip
    if looks != truly:
        out.append(SAY[f"seems.{what}.{looks}"][language])
        out.append(SAY["seems.intake"][language].format(**fill))
    out.append(SAY["seems.equal" if looks != truly else "seems.equal_too"][language].format(
        size=size(s.standardised.value), **fill
    ))  # fmt: skip
    out.append(SAY[f"change.{what}.raw"][language].format(
        moved=scale.moved(raw.value, sides), likely=scale.likely(raw, sides)
    ))  # fmt: skip
    out.append(SAY[f"change.{what}.equal"][language].format(
        moved=scale.moved(same.value, sides), likely=scale.likely(same, sides)
    ))  # fmt: skip
    if perhaps_chance(same):
        out.append(SAY["chance"][language])
    out.append(SAY[f"change.{what}.intake"][language].format(
        moved=scale.moved(part.value, sides), likely=scale.likely(part, sides)
    ))  # fmt: skip
    return " ".join(out)


def _course(start: float, end: Estimate, change: Estimate, gap: bool) -> str:
    """What became of it: ``less``, ``more``, ``unclear``; ``turned`` of a gap that is now one the
    other way; without limits ``same`` where it hardly moved.

    change: of a gap, above nought when it became larger.
    """
    if gap and start * end.value < 0 and not perhaps_chance(end):
        return "turned"
    if perhaps_chance(change):
        return "unclear"
    if change.low is None and abs(change.value) <= (SAME * abs(start) if gap else 0.0):
        return "same"
    return "more" if change.value > 0 else "less"


def _levels_sentences(found: Standardised, language: str) -> list[str]:
    out = []
    for x in found:
        if x.raw is None or x.standardised is None:
            continue
        scale = scale_of([x.raw], language, share=found.share)
        out.append(SAY["level"][language].format(
            name=_name(found, x, language), raw=scale.number(x.raw.value),
            same=scale.number(x.standardised.value),
        ))  # fmt: skip
    return out


def _name(found: Standardised, x: Level, language: str) -> str:
    return ", ".join(word(found.labels, each, language) for each in (x.cohort, x.group) if each)


def counts_sentence(found: StandardisedCounts, language: str) -> str:
    """Shares within bounds, as they are and at the intake of the reference."""
    out = []
    for i, (cohort, group) in enumerate(found.keys):
        out.append(SAY["counts.level"][language].format(
            name=f"{cohort}, {group}" if group else cohort, reference=found.reference,
            raw=_between(found.raw.low[i], found.raw.high[i], language),
            same=_between(found.standardised.low[i], found.standardised.high[i], language),
        ))  # fmt: skip
        n = len(found.without[i])
        if n:
            kind = "one" if n == 1 else "many"
            out.append(SAY[f"counts.without_{kind}"][language].format(number=n))
    out.append(SAY["counts.limits"][language])
    return " ".join([*out, *(note[language] for note in found.notes)])


def _between(low: float, high: float, language: str) -> str:
    if low == high:
        return f"{decimal(100 * low, 1, language)}%"
    return f"{interval(100 * low, 100 * high, 1, language)}%"


def standardised_notebook(found: Standardised) -> str:
    """The table below the sentences."""
    from academic_workplace.language import default_language

    language = default_language()
    scale = scale_of([x.raw for x in found], language, share=found.share)
    rows = [
        (word(found.labels, x.cohort, language), word(found.labels, x.group, language),
         scale.number(x.raw.value), scale.number(x.standardised.value), pupils_of(x.pupils, language))
        for x in found if x.raw is not None and x.standardised is not None
    ]  # fmt: skip
    head = (SAY["head.cohort"], SAY["head.group"], SAY["head.raw"], SAY["head.equal"],
            SAY["head.pupils"])  # fmt: skip
    return notebook_table(head, rows) if rows else ""


def standardised_table(found: Standardised, language: str) -> Table:
    """Every level, for a report; without groups no column of them."""
    scale = scale_of([x.raw for x in found], language, share=found.share)
    groups = 2 if found.group else 1
    rows = []
    for x in found:
        names = [word(found.labels, each, language) for each in (x.cohort, x.group)]
        if x.raw is None or x.standardised is None:
            rows.append((*names[:groups], *[hidden(language)] * 5))
            continue
        rows.append((*names[:groups], scale.number(x.raw.value), scale.span(x.raw),
                     scale.number(x.standardised.value), scale.span(x.standardised),
                     pupils_of(x.pupils, language)))  # fmt: skip
    header = (*(SAY["head.cohort"], SAY["head.group"])[:groups], SAY["head.raw"],
              SAY["head.interval"], SAY["head.equal"], SAY["head.interval"],
              SAY["head.pupils"])  # fmt: skip
    own = found.standard is Standard.OWN and bool(found.group)
    note = SAY["standard.own" if own else "standard.all"][language].format(
        intake=named(found.labels, found.adjust, language),
        reference=word(found.labels, found.reference, language),
    )
    caption = SAY["standard.caption"][language].format(
        outcome=word(found.labels, found.outcome, language)
    )
    numeric = (*[False] * groups, *[True] * 5)
    return Table(caption, tuple(each[language] for each in header), tuple(rows), numeric, note)


def changes_table(found: Standardised, language: str) -> Table:
    """The gap (or mean) of the last cohort and its change, signed as in ``shifts_table()``."""
    rows = []
    for s in _last(found):
        scale = scale_of([s.raw, s.raw_change, s.standardised_change], language, share=found.share)
        names = [word(found.labels, each, language) for each in (s.group, s.reference_group)]
        pair = SAY["changes.pair"][language].format(group=names[0], other=names[1])
        for what in ("raw", "standardised", "raw_change", "standardised_change", "intake"):
            each: Estimate | None = getattr(s, what)
            if each is None:
                continue
            moves = "change" in what or what == "intake"
            gap = moves or s.reference_group
            size = scale.signed(each.value) if gap else scale.number(each.value)
            rows.append((pair if s.reference_group else "", SAY[f"changes.{what}"][language], size,
                         scale.span(each), decimal(each.df, 1, language)))  # fmt: skip
    header = (SAY["head.gap"], SAY["head.what"], SAY["head.size"], SAY["head.interval"],
              SAY["head.df"])  # fmt: skip
    s = _last(found)[0]
    caption = SAY["changes.caption"][language].format(
        outcome=word(found.labels, found.outcome, language),
        since=word(found.labels, s.since, language), cohort=word(found.labels, s.cohort, language),
    )  # fmt: skip
    skip = 0 if s.reference_group else 1
    note = SAY["changes.note"][language] if s.reference_group else ""
    return Table(caption, tuple(each[language] for each in header[skip:]),
                 tuple(row[skip:] for row in rows), (False, False, True, True, True)[skip:],
                 note)  # fmt: skip
