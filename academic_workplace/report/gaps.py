"""Gaps in words and tables: of groups, of background, over schools, over a career.

A gap is described and not explained: no sentence here says what it comes from. The pictures stand
in ``figures/gaps.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from academic_workplace.cohorts.contrasts import DOUBTS, Doubt, Estimate
from academic_workplace.cohorts.gaps import Career, Change, Gap, GapBounds, Gaps, ShareGap, Step
from academic_workplace.cohorts.inequality import Inequality
from academic_workplace.cohorts.ordered import Ordered, OrderedBounds
from academic_workplace.cohorts.segregation import Segregated, Segregation, SegregationBounds
from academic_workplace.disclosure import fewest, may_leave, shown_count
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text, default_language
from academic_workplace.report.document import Block, Paragraph, Table
from academic_workplace.report.figures import over
from academic_workplace.report.figures.gaps import (
    HUNDRED,
    bare,
    bounds_over,
    career_over,
    distribution_over,
    gaps_over,
    inequality_over,
    joined,
    level_of,
    named,
    ordered_over,
    segregation_over,
)
from academic_workplace.report.figures.over import Over, digits_of, picture, spanned
from academic_workplace.report.figures.style import Drawing
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    digits_for,
    hidden,
    interval,
    of_hundred,
    pupils_of,
)
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAY = phrases("gaps")

OF_HUNDRED = ("superiority", "U3", "bottom")  # shares, whatever the outcome is
SAME_PUPILS = "raw, pupils with known background"
IN_UNITS = ("raw", SAME_PUPILS, "adjusted", "quantile")
CHANCE = 0.05  # above this a difference from a lot is said to be chance
SHOWN = 40  # rows of a table in a notebook

Moved = dict[str, Text]  # the words for lower, higher and no different
SIDES = ("below", "above", "equal")
HEIGHT: Moved = {side: SAY[f"height.{side}"] for side in SIDES}
COUNT: Moved = {side: SAY[f"count.{side}"] for side in SIDES}
SLOPE: Moved = {side: SAY[f"slope.{side}"] for side in SIDES}

# ---------------------------------------------------------------- sizes and ranges


def _side(x: float, digits: int) -> str:
    """Below, above or equal, as far as the digits tell."""
    if round(abs(x), digits) == 0:
        return "equal"
    return "above" if x > 0 else "below"


def _moved(x: float, digits: int, language: str, words: Moved) -> str:
    """``5,1 lager``."""
    return words[_side(x, digits)][language].format(size=decimal(abs(x), digits, language))


def _range(found: Estimate, times: float, digits: int, language: str, words: Moved) -> str:
    """``(waarschijnlijk tussen 0,4 en 9,7 lager)``, or nothing where there are no limits."""
    if found.low is None or found.high is None:
        return ""
    low, high = _ends(found.low * times, found.high * times, digits, language, words)
    return SAY["range"][language].format(low=low, high=high)


def _ends(low: float, high: float, digits: int, language: str, words: Moved) -> tuple[str, str]:
    """Both ends in words; on one side of no difference the word once, the smallest first."""
    if low > 0 or high < 0:
        near, far = sorted((low, high), key=abs)
        return decimal(abs(near), digits, language), words["above" if low > 0 else "below"][
            language
        ].format(size=decimal(abs(far), digits, language))  # fmt: skip
    return _moved(low, digits, language, words), _moved(high, digits, language, words)


def _may_be_chance(found: Estimate) -> bool:
    return found.low is not None and found.high is not None and found.low <= 0 <= found.high


def _withheld(who: str, language: str, *, share: bool = False) -> str:
    """Of whom nothing is shown, and why. share: then it may also be that almost all are alike, and
    which of the two it is would tell."""
    said = SAY["withheld.share" if share else "withheld.few"][language]
    return said.format(who=who, minimum=fewest())


def _why(language: str, *, share: bool) -> str:
    return SAY["why.share" if share else "why.few"][language].format(minimum=fewest())


def _who(group: str, at: str, language: str) -> str:
    return SAY["who_at"][language].format(group=group, at=at) if at else group


def _placed(sentence: str, at: str, language: str, *, arm: bool = False) -> str:
    """A sentence about one cohort or arm."""
    if not at:
        return sentence
    small = sentence[:1].lower() + sentence[1:]
    return SAY["of" if arm else "in"][language].format(at=at, sentence=small)


def _closed(out: Sequence[str], doubts: Sequence[Doubt], language: str) -> str:
    """The sentences, what makes their limits doubtful, and what a gap does not say."""
    said = (DOUBTS[doubt][language] for doubt in dict.fromkeys(doubts))
    return " ".join([*(text for text in out if text), *said, SAY["not_why"][language]])


# ---------------------------------------------------------------- gaps in words


def gaps_sentence(gaps: Gaps, language: str) -> str:
    """Per group: the gap (in the last cohort), how it changed, at equal background, how sure."""
    dutch(language)  # refuses any third language
    out: list[str] = []
    for group in dict.fromkeys(gap.group for gap in gaps):
        own = [gap for gap in gaps if gap.group == group]
        shown = [gap for gap in own if not gap.withheld]
        name = named(group, gaps.labels, language)
        out += [
            _withheld(_who(name, bare(gap.at, gaps.labels, language), language), language,
                      share=gaps.share)
            for gap in own if gap.withheld
        ]  # fmt: skip
        if shown:
            last = shown if gaps.programme else shown[-1:]
            out += [_one(gap, gaps, language) for gap in last]
            out += [_change(c, shown, gaps, language)
                    for c in gaps.changes if c.group == group and (gaps.programme
                    or c.at == last[0].at)]  # fmt: skip
    return _closed(out, [d for gap in gaps for d in gap.doubts], language)


def gap_of(gaps: Sequence[Gap], at: str) -> Gap:
    """The gap of one cohort."""
    return next(gap for gap in gaps if gap.at == at)


def _one(gap: Gap, gaps: Gaps, language: str) -> str:
    """The sentences of one gap."""
    raw = gap.raw
    group = named(gap.group, gaps.labels, language)
    at = bare(gap.at, gaps.labels, language)
    if raw is None or gap.mean is None or gap.mean_reference is None:
        return _withheld(_who(group, at, language), language, share=gaps.share)
    reference = named(gap.reference, gaps.labels, language)
    outcome = named(gaps.outcome, gaps.labels, language)
    times, words = (HUNDRED, COUNT) if gaps.share else (1.0, HEIGHT)
    digits = digits_of(raw, times)
    moved = _moved(raw.value * times, digits, language, words)
    span = _range(raw, times, digits, language, words)
    if gaps.share:
        first, second = of_hundred(gap.mean), of_hundred(gap.mean_reference)
        # Both ends are rounded: where they do not add up to the difference, it is "about" so many.
        if decimal(abs(first - second), digits, language) != decimal(
            abs(raw.value) * times, digits, language
        ):
            moved = SAY["about"][language].format(moved=moved)
        told = SAY["share"][language].format(
            group=group, outcome=outcome, first=first, reference=reference, second=second,
            moved=moved, range=span,
        )  # fmt: skip
    elif _side(raw.value, digits) == "equal":
        told = SAY["mean_equal"][language].format(
            group=group, outcome=outcome, reference=reference, range=span
        )
    else:
        told = SAY["mean"][language].format(
            group=group, outcome=outcome, moved=moved, reference=reference, range=span
        )
    parts = [_placed(told, at, language, arm=gaps.programme)]
    if _may_be_chance(raw):
        parts.append(SAY["chance"][language])
    if gap.superiority is not None:
        n = of_hundred(gap.superiority.value)
        parts.append(SAY["higher"][language].format(group=group, n=n))
    if gap.adjusted is not None:
        given = joined([named(x, gaps.labels, language) for x in gaps.given], language)
        digits = digits_of(gap.adjusted, times)
        parts.append(
            SAY["adjusted.share" if gaps.share else "adjusted.mean"][language].format(
                given=given, group=group,
                moved=_moved(gap.adjusted.value * times, digits, language, words),
                range=_range(gap.adjusted, times, digits, language, words),
            )
        )  # fmt: skip
        if _may_be_chance(gap.adjusted):
            parts.append(SAY["chance"][language])
    return " ".join(parts)


def _change(change: Change, shown: Sequence[Gap], gaps: Gaps, language: str) -> str:
    """How a gap differs between two cohorts or arms."""
    now, before = gap_of(shown, change.at).raw, gap_of(shown, change.since).raw
    if now is None or before is None:
        return ""
    times, found = HUNDRED if gaps.share else 1.0, change.raw
    digits = digits_of(found, times)
    grown = (abs(now.value) - abs(before.value)) * times
    size = decimal(abs(grown), digits, language)
    if gaps.share:
        size = SAY["change.per_hundred"][language].format(size=size)
    if now.value * before.value < 0:
        kind = "other_side"
    else:
        kind = {"below": "smaller", "above": "larger", "equal": "same"}[_side(grown, digits)]
    at, since = (bare(x, gaps.labels, language) for x in (change.at, change.since))
    told = SAY[f"change.{kind}"][language].format(at=at, since=since, size=size)
    sure = "unknown" if found.low is None else "chance" if _may_be_chance(found) else "beyond"
    return f"{told} {SAY[f'sure.{sure}'][language]}"


# ---------------------------------------------------------------- counts with ranges in words


def bounds_sentence(found: GapBounds, language: str) -> str:
    """Per group: both shares and the gap in the last cohort, from the lowest to the highest."""
    dutch(language)  # refuses any third language
    out: list[str] = []
    for group in dict.fromkeys(gap.group for gap in found):
        own = [gap for gap in found if gap.group == group]
        name = named(group, found.labels, language)
        out += [
            _withheld(_who(name, bare(gap.at, found.labels, language), language), language,
                      share=True)
            for gap in own if gap.withheld
        ]  # fmt: skip
        shown = [gap for gap in own if not gap.withheld]
        if shown:
            last = shown if found.programme else shown[-1:]
            out += [_bounded(gap, found, language) for gap in last]
            out += [
                SAY[f"bounds.change.{change.direction}"][language].format(
                    at=bare(change.at, found.labels, language),
                    since=bare(change.since, found.labels, language),
                )
                for change in found.changes
                if change.group == group and (found.programme or change.at == last[0].at)
            ]
    if any(not gap.withheld and not gap.exact for gap in found):
        out.append(SAY["bounds.why"][language])
    return _closed(out, (), language)


def _bounded(gap: ShareGap, found: GapBounds, language: str) -> str:
    """Both shares, and the gap between them."""
    told = SAY["bounds.share"][language].format(
        group=named(gap.group, found.labels, language),
        outcome=named(found.outcome, found.labels, language),
        first=_span(gap.share, HUNDRED, 0, language),
        reference=named(gap.reference, found.labels, language),
        second=_span(gap.share_reference, HUNDRED, 0, language),
    )
    words, (low, high) = COUNT, (float(x) * HUNDRED for x in (gap.gap.low, gap.gap.high))
    first, last = _ends(low, high, 0, language, words)
    if low <= 0 <= high and low < high:
        gap_told = SAY["bounds.open"][language].format(low=first, high=last)
    elif decimal(abs(low), 0, language) == decimal(abs(high), 0, language):
        gap_told = SAY["bounds.gap"][language].format(moved=_moved(low, 0, language, words))
    else:
        span = SAY["span"][language].format(low=first, high=last)
        gap_told = SAY["bounds.gap"][language].format(moved=span)
    at = bare(gap.at, found.labels, language)
    return f"{_placed(told, at, language, arm=found.programme)} {gap_told}"


def _span(bounds: Bounds, times: float, digits: int, language: str) -> str:
    """``12 tot 18``, or one number where both ends read the same."""
    low, high = (decimal(float(x) * times, digits, language) for x in (bounds.low, bounds.high))
    return low if low == high else SAY["span"][language].format(low=low, high=high)


def ordered_sentence(found: Ordered | OrderedBounds, language: str) -> str:
    """How often a pupil of the group stands higher; within bounds where counts are hidden."""
    dutch(language)  # refuses any third language
    group, reference = (named(x, found.labels, language) for x in ("group", "reference"))
    if isinstance(found, OrderedBounds):
        told = SAY["bounds.higher"][language].format(
            group=group, reference=reference, n=_span(found.auc, HUNDRED, 0, language)
        )
        exact = bool(found.auc.low == found.auc.high)
        return _closed([told, "" if exact else SAY["bounds.why"][language]], (), language)
    if not may_leave(found.pupils, found.pupils_reference):
        return _withheld(group, language)
    told = SAY["bounds.higher"][language].format(
        group=group, reference=reference, n=of_hundred(found.auc)
    )
    chance = SAY["chance"][language] if _may_be_chance(found.V) else ""
    return _closed([told, chance], (Doubt.INDEPENDENT,), language)


# ---------------------------------------------------------------- background, spread, career


def inequality_sentence(found: Inequality, language: str) -> str:
    """How the outcome runs from the lowest to the highest background, in the last cohort."""
    dutch(language)  # refuses any third language
    outcome = named(found.outcome, found.labels, language)
    background = named(found.background, found.labels, language)
    out = [
        _withheld(_who(outcome, bare(one.at, found.labels, language), language), language)
        for one in found if one.withheld
    ]  # fmt: skip
    shown = [one for one in found if one.slope_index is not None]
    sii = shown[-1].slope_index if shown else None
    if sii is not None:
        share = found.bounds == (0.0, 1.0)
        times = HUNDRED if share else 1.0
        digits = digits_of(sii, times)
        size = decimal(abs(sii.value) * times, digits, language)
        told = SAY["runs.up" if sii.value > 0 else "runs.down"][language].format(
            background=background, outcome=outcome,
            size=SAY["runs.per_hundred"][language].format(size=size) if share else size,
            range=_range(sii, times, digits, language, SLOPE),
        )  # fmt: skip
        out.append(_placed(told, bare(shown[-1].at, found.labels, language), language))
        if _may_be_chance(sii):
            out.append(SAY["chance"][language])
    return _closed(out, [d for one in found for d in one.doubts], language)


def segregation_sentence(found: Segregation, language: str) -> str:
    """What an even spread would ask, what chance gives, and whom a pupil meets."""
    dutch(language)  # refuses any third language
    group = named(found.member, found.labels, language)
    out = [
        _withheld(_who(group, bare(one.at, found.labels, language), language), language)
        for one in found if one.withheld
    ]  # fmt: skip
    shown = [one for one in found if not one.withheld]
    if not shown:
        return " ".join(out)
    one = shown[-1]
    D, mine = one["dissimilarity"], one["isolation"]
    told = SAY["spread.move"][language].format(n=of_hundred(D.value), group=group, units=one.units)
    out.append(_placed(told, bare(one.at, found.labels, language), language))
    out.append(SAY["spread.lot"][language].format(n=of_hundred(D.expected or 0)))
    if D.p_value is not None and D.p_value > CHANCE:
        out.append(SAY["spread.chance"][language])
    elif D.corrected is not None and D.low is not None and D.high is not None:
        n, low, high = (of_hundred(x) for x in (D.corrected, D.low, D.high))
        out.append(SAY["spread.corrected"][language].format(n=n, low=low, high=high))
    out.append(
        SAY["spread.meets"][language].format(
            n=of_hundred(mine.value), share=of_hundred(one.share or 0)
        )
    )
    return " ".join(out)


def segregation_bounds_sentence(found: SegregationBounds, language: str) -> str:
    """Between what the spread lies when counts are hidden."""
    dutch(language)  # refuses any third language
    D = found.dissimilarity
    low, high = (of_hundred(float(x)) for x in (D.low, D.high))
    if float(D.high - D.low) < 1e-9:  # but for rounding
        return SAY["spread.exact"][language].format(low=low)
    return SAY["spread.bounds"][language].format(low=low, high=high)


def career_sentence(career: Career, language: str) -> str:
    """The gap at the first and the last step, and how many pupils are still known."""
    dutch(language)  # refuses any third language
    out: list[str] = []
    for cohort in dict.fromkeys(s.cohort for s in career):
        own = [s for s in career if s.cohort == cohort]
        at = bare(cohort, career.labels, language)
        shown = [s for s in own if s.known is not None and s.known.g is not None]
        if len(shown) < len(own):
            missing = [named(s.step, career.labels, language) for s in own if s not in shown]
            out.append(
                SAY["career.missing_in" if at else "career.missing"][language].format(
                    cohort=at, steps=joined(missing, language)
                )
            )
        if shown:
            out.append(_steps(shown, career, at, language))
    return _closed(out, [d for s in career if s.known for d in s.known.doubts], language)


def _steps(shown: Sequence[Step], career: Career, at: str, language: str) -> str:
    """The first step and the others (of several cohorts only the last), a sentence each."""
    digits, words, told = 2, HEIGHT, list[str]()
    several = len({s.cohort for s in career}) > 1
    for s in [shown[0], *shown[1:][-1:]] if several else shown:
        g = s.known.g if s.known else None
        if g is None:
            continue
        step = named(s.step, career.labels, language)
        span = _range(g, 1.0, digits, language, words)
        if told:
            moved = _moved(g.value, digits, language, words)
            told.append(SAY["career.next"][language].format(step=step, moved=moved, range=span))
            continue
        first = SAY[f"career.first.{_side(g.value, digits)}"][language].format(
            step=step, group=named(s.group, career.labels, language), range=span,
            size=decimal(abs(g.value), digits, language),
            reference=named(s.reference, career.labels, language),
        )  # fmt: skip
        told.append(_placed(first, at, language))
    last = shown[-1]
    if last.pupils is not None and last.of_start:
        n = of_hundred(last.pupils / last.of_start)
        told.append(SAY["career.left"][language].format(n=n))
    return " ".join(told)


# ---------------------------------------------------------------- pictures


def plot_gaps(gaps: Gaps, language: str, ax: Axes | None) -> Axes:
    """The gaps on axes of the caller's (or new ones)."""
    return over.plot(gaps_over(gaps, language), language, ax)


def gaps_drawing(gaps: Gaps, language: str) -> Drawing:
    """The gaps, for a notebook."""
    return over.drawing(gaps_over(gaps, language), language)


def distribution_drawing(gaps: Gaps, language: str) -> Drawing:
    """The gap over the distribution, for a notebook. Raises PlanError where there is none."""
    dutch(language)  # refuses any third language
    if not any(gap.quantiles for gap in gaps):
        raise PlanError([Fault(SAY["none.distribution"], SAY["none.remedy"], column="quantiles")])
    return over.drawing(distribution_over(gaps, language), language)


def plot_bounds(found: GapBounds, language: str, ax: Axes | None) -> Axes:
    """Gaps from counts with ranges on axes of the caller's (or new ones)."""
    return over.plot(bounds_over(found, language), language, ax)


def bounds_drawing(found: GapBounds, language: str) -> Drawing:
    """Gaps from counts with ranges, for a notebook."""
    return over.drawing(bounds_over(found, language), language)


def plot_ordered(found: Ordered | OrderedBounds, language: str, ax: Axes | None) -> Axes:
    """The gap by order on axes of the caller's (or new ones)."""
    return over.plot(ordered_over(found, language), language, ax)


def ordered_drawing(found: Ordered | OrderedBounds, language: str) -> Drawing:
    """The gap by order, for a notebook."""
    return over.drawing(ordered_over(found, language), language)


def plot_career(career: Career, language: str, ax: Axes | None) -> Axes:
    """The gap at every step on axes of the caller's (or new ones)."""
    return over.plot(career_over(career, language), language, ax)


def career_drawing(career: Career, language: str) -> Drawing:
    """The gap at every step, for a notebook."""
    return over.drawing(career_over(career, language), language)


def plot_inequality(found: Inequality, language: str, ax: Axes | None) -> Axes:
    """The slope index on axes of the caller's (or new ones)."""
    return over.plot(inequality_over(found, language), language, ax)


def inequality_drawing(found: Inequality, language: str) -> Drawing:
    """The slope index, for a notebook."""
    return over.drawing(inequality_over(found, language), language)


def plot_segregation(found: Segregation, language: str, ax: Axes | None) -> Axes:
    """Dissimilarity on axes of the caller's (or new ones)."""
    return over.plot(segregation_over(found, language), language, ax)


def segregation_drawing(found: Segregation, language: str) -> Drawing:
    """Dissimilarity, for a notebook."""
    return over.drawing(segregation_over(found, language), language)


# ---------------------------------------------------------------- tables and blocks


def _header(names: Sequence[str], language: str) -> tuple[str, ...]:
    return tuple(SAY[f"table.{name}"][language] for name in names)


def _both(gap: Gap, language: str) -> str:
    """The pupils of the group and of the comparison."""
    return f"{pupils_of(gap.pupils, language)} / {pupils_of(gap.pupils_reference, language)}"


def gaps_table(gaps: Gaps, language: str) -> Table:
    """Every measure of every gap that may be shown."""
    dutch(language)  # refuses any third language
    rows = []
    for gap in gaps:
        group = named(gap.group, gaps.labels, language)
        at = bare(gap.at, gaps.labels, language) if gap.at else NONE
        if gap.withheld:
            rows.append((group, at, SAY["measure.raw"][language], *[hidden(language)] * 3))
        left = (gap.pupils or 0) + (gap.pupils_reference or 0) - (gap.pupils_adjusted or 0)
        for measure, level, e in gap.measures():
            if measure == SAME_PUPILS and shown_count(left) is None:
                continue  # the raw gap with and without them would tell of these few
            times = HUNDRED if measure in OF_HUNDRED or (gaps.share and measure in IN_UNITS) else 1
            d = 2 if measure in ("g", "V") else digits_of(e, times)
            told = SAY["measure_at"][language].format(
                level=level_of(level, language)
            ) if level is not None else SAY[f"measure.{measure}"][language]  # fmt: skip
            pupils = _both(gap, language)
            rows.append((group, at, told, decimal(e.value * times, d, language),
                         spanned(e, times, d, language), pupils))  # fmt: skip
        for level in gap.levels_withheld:
            told = SAY["measure_at"][language].format(level=level_of(level, language))
            rows.append((group, at, told, *[hidden(language)] * 2,
                         _both(gap, language)))  # fmt: skip
    header = _header(("group", "where", "measure", "value", "interval", "pupils"), language)
    notes = [SAY["table.note"][language].format(
        reference=named(gaps[0].reference, gaps.labels, language)
    )]  # fmt: skip
    if any(gap.withheld for gap in gaps):
        notes.append(_why(language, share=gaps.share))
    if any(gap.levels_withheld for gap in gaps):
        notes.append(SAY["table.levels_withheld"][language].format(minimum=fewest()))
    note = " ".join(notes)
    return Table(SAY["table.gaps"][language], header, tuple(rows),
                 (False, False, False, True, True, True), note)  # fmt: skip


def bounds_table(found: GapBounds, language: str) -> Table:
    """Shares, gaps and pupils, from the lowest to the highest."""
    dutch(language)  # refuses any third language
    rows: list[tuple[str, ...]] = []
    for gap in found:
        name = (named(gap.group, found.labels, language),
                bare(gap.at, found.labels, language) if gap.at else NONE)  # fmt: skip
        for measure, bounds in gap.measures():
            times = 1.0 if measure.startswith("pupils") else HUNDRED
            ends = [hidden(language)] * 2 if gap.withheld else [
                decimal(float(x) * times, 0, language) for x in (bounds.low, bounds.high)
            ]  # fmt: skip
            rows.append((*name, SAY[f"measure_bounds.{measure}"][language], *ends))
    header = _header(("group", "where", "measure", "lowest", "highest"), language)
    note = SAY["table.bounds_note"][language]
    if any(gap.withheld for gap in found):
        note = f"{note} {_why(language, share=True)}"
    return Table(SAY["table.gaps"][language], header, tuple(rows),
                 (False, False, False, True, True), note)  # fmt: skip


def ordered_table(found: Ordered | OrderedBounds, language: str) -> Table:
    """The chance of standing higher, and V."""
    dutch(language)  # refuses any third language
    caption = SAY["table.ordered"][language]
    names = [SAY["measure.superiority"][language], SAY["measure.V"][language]]
    if isinstance(found, OrderedBounds):
        ends = [[decimal(float(x) * HUNDRED, 0, language) for x in (found.auc.low, found.auc.high)],
                [decimal(float(x), 2, language) for x in (found.V.low, found.V.high)]]  # fmt: skip
        rows = tuple((name, *each) for name, each in zip(names, ends, strict=True))
        header = _header(("measure", "lowest", "highest"), language)
        return Table(caption, header, rows, (False, True, True), SAY["table.bounds_note"][language])
    values = [(decimal(found.auc * HUNDRED, 0, language), NONE),
              (decimal(found.V.value, 2, language), spanned(found.V, 1.0, 2, language))]  # fmt: skip
    if not may_leave(found.pupils, found.pupils_reference):
        values = [(hidden(language), hidden(language))] * 2
    rows = tuple((name, *each) for name, each in zip(names, values, strict=True))
    return Table(caption, _header(("measure", "value", "interval"), language), rows,
                 (False, True, True))  # fmt: skip


def index_table(found: Inequality | Segregation, language: str) -> Table:
    """The indices of inequality or segregation, per cohort."""
    dutch(language)  # refuses any third language
    spread, rows = isinstance(found, Segregation), []
    for one in found:
        at = bare(one.at, found.labels, language) if one.at else NONE
        if one.withheld:
            first = "dissimilarity" if spread else "slope index"
            rows.append((at, SAY[f"index.{first}"][language], hidden(language), hidden(language)))
        elif isinstance(one, Segregated):
            for index in one.indices:
                span = interval(index.low, index.high, 2, language)
                corrected = decimal(index.corrected, 2, language)
                rows.append((at, SAY[f"index.{index.name}"][language],
                             decimal(index.value, 2, language), f"{corrected} ({span})"))  # fmt: skip
        else:
            for name, e in one.measures():
                d = 2 if e.low is None or e.high is None else max(2, digits_for(e.high - e.low))
                rows.append((at, SAY[f"index.{name}"][language], decimal(e.value, d, language),
                             spanned(e, 1.0, d, language)))  # fmt: skip
    last = "corrected" if spread else "interval"
    caption = SAY["table.spread" if spread else "table.inequality"][language]
    return Table(caption, _header(("when", "measure", "value", last), language), tuple(rows),
                 (False, False, True, True))  # fmt: skip


def segregation_bounds_table(found: SegregationBounds, language: str) -> Table:
    """The indices, from the lowest to the highest."""
    dutch(language)  # refuses any third language
    rows = tuple(
        (SAY[f"index.{name}"][language],
         *(decimal(float(x), 2, language) for x in (bounds.low, bounds.high)))
        for name, bounds in found.measures()
    )  # fmt: skip
    return Table(SAY["table.spread"][language], _header(("measure", "lowest", "highest"), language),
                 rows, (False, True, True), SAY["table.bounds_note"][language])  # fmt: skip


def career_table(career: Career, language: str) -> Table:
    """The steps: the gap of all known and of the same pupils, and how many are still known."""
    dutch(language)  # refuses any third language
    rows = []
    for s in career:
        cells = [_of_step(one, language) for one in (s.known, s.same)]
        left = hidden(language) if s.known is not None and s.known.withheld else NONE
        if s.pupils is not None and s.of_start:
            left = count(of_hundred(s.pupils / s.of_start), language)
        at = bare(s.cohort, career.labels, language) if s.cohort else NONE
        rows.append((at, named(s.step, career.labels, language), *cells, left))
    header = _header(("cohort", "step", "known", "same", "left"), language)
    return Table(SAY["table.career"][language], header, tuple(rows),
                 (False, False, True, True, True))  # fmt: skip


def _of_step(gap: Gap | None, language: str) -> str:
    """A gap at a step; a dash where nobody has come to it."""
    if gap is None:
        return NONE
    if gap.g is None:
        return hidden(language) if gap.withheld else NONE
    return f"{decimal(gap.g.value, 2, language)} ({spanned(gap.g, 1.0, 2, language)})"


def gaps_blocks(gaps: Gaps, language: str) -> list[Block]:
    """The sentences, the pictures and the table, for a report."""
    out: list[Block] = [Paragraph(gaps_sentence(gaps, language))]
    if not all(gap.withheld for gap in gaps):
        out.append(picture(gaps_over(gaps, language), language))
    if any(gap.quantiles for gap in gaps):
        out.append(picture(distribution_over(gaps, language), language))
    return [*out, gaps_table(gaps, language)]


def _blocks(text: str, shown: Over, table: Table, language: str) -> list[Block]:
    some = any(e is not None for line in shown.lines for e in line.values)
    return [Paragraph(text), *([picture(shown, language)] if some else []), table]


def bounds_blocks(found: GapBounds, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    return _blocks(bounds_sentence(found, language), bounds_over(found, language),
                   bounds_table(found, language), language)  # fmt: skip


def share_gap_blocks(found: ShareGap, language: str) -> list[Block]:
    """The same of one gap."""
    return bounds_blocks(found.alone(), language)


def ordered_blocks(found: Ordered | OrderedBounds, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    return _blocks(ordered_sentence(found, language), ordered_over(found, language),
                   ordered_table(found, language), language)  # fmt: skip


def inequality_blocks(found: Inequality, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    return _blocks(inequality_sentence(found, language), inequality_over(found, language),
                   index_table(found, language), language)  # fmt: skip


def segregation_blocks(found: Segregation, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    return _blocks(segregation_sentence(found, language), segregation_over(found, language),
                   index_table(found, language), language)  # fmt: skip


def segregation_bounds_blocks(found: SegregationBounds, language: str) -> list[Block]:
    """The sentences and the table, for a report."""
    return [Paragraph(segregation_bounds_sentence(found, language)),
            segregation_bounds_table(found, language)]  # fmt: skip


def career_blocks(career: Career, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    return _blocks(career_sentence(career, language), career_over(career, language),
                   career_table(career, language), language)  # fmt: skip


def gaps_notebook(gaps: Gaps) -> str:
    """The table below the sentences in a notebook."""
    return _notebook(gaps_table(gaps, "nl"), gaps_table(gaps, "en"))


def bounds_notebook(found: GapBounds) -> str:
    """The table below the sentences in a notebook."""
    return _notebook(bounds_table(found, "nl"), bounds_table(found, "en"))


def _notebook(nl: Table, en: Table) -> str:
    head = [Text(a, b) for a, b in zip(nl.header, en.header, strict=True)]
    return notebook_table(head, (nl if default_language() == "nl" else en).rows[:SHOWN])
