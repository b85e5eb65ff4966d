"""Which estimates a picture of gaps, inequality, spread or a career shows, and what it says above."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.cohorts.gaps import Career, GapBounds, Gaps
from academic_workplace.cohorts.inequality import Inequality
from academic_workplace.cohorts.ordered import Ordered, OrderedBounds
from academic_workplace.cohorts.segregation import Segregated, Segregation
from academic_workplace.disclosure import may_leave
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text
from academic_workplace.report.figures.over import Dots, Over
from academic_workplace.report.numerals import decimal
from academic_workplace.report.words import phrases

SAY = phrases("gaps")

Labels = Mapping[str, Text]
HUNDRED = 100.0


def named(word: str, labels: Labels, language: str) -> str:
    """A column or value in words for readers, or as it stands between quotes."""
    return labels[word][language] if word in labels else f"‘{word}’"


def bare(word: str, labels: Labels, language: str) -> str:
    """The same without the quotes: below an axis, after "in"."""
    return named(word, labels, language).strip("‘’")


def joined(words: Sequence[str], language: str) -> str:
    """``a, b en c``."""
    if len(words) < 2:
        return words[0]
    return SAY["and"][language].format(first=", ".join(words[:-1]), last=words[-1])


def within(bounds: Bounds) -> Estimate:
    """Bounds of shape () as something to draw: two ends and no middle, unless they are one."""
    low, high = float(bounds.low), float(bounds.high)
    return Estimate(low if low == high else math.nan, low=low, high=high)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def gaps_over(gaps: Gaps, language: str) -> Over:
    """Raw gaps over the cohorts; with one group also the adjusted ones."""
    places = tuple(dict.fromkeys(gap.at for gap in gaps))
    groups = tuple(dict.fromkeys(gap.group for gap in gaps))
    lines = []
    for group in groups:
        own = [gap for gap in gaps if gap.group == group]
        adjusted = bool(gaps.given) and len(groups) == 1
        several = len(groups) > 1 or adjusted or len(places) == 1
        name = SAY["picture.all"][language] if adjusted else named(group, gaps.labels, language)
        lines.append(Dots(name if several else "", tuple(gap.raw for gap in own)))
        if adjusted:
            given = joined([named(x, gaps.labels, language) for x in gaps.given], language)
            name = SAY["picture.equal"][language].format(given=given)
            lines.append(Dots(name, tuple(gap.adjusted for gap in own)))
    heading = SAY["picture.count" if gaps.share else "picture.height"][language].format(
        outcome=named(gaps.outcome, gaps.labels, language),
        reference=named(gaps[0].reference, gaps.labels, language),
    )
    if len(groups) == 1:
        heading = SAY["picture.of"][language].format(
            group=named(groups[0], gaps.labels, language), heading=heading
        )
    return _over(places, lines, heading, gaps.labels, language, HUNDRED if gaps.share else 1.0)


def _over(
    places: Sequence[str], lines: Sequence[Dots], heading: str, labels: Labels, language: str,
    times: float, *, joined: bool = True,
) -> Over:  # fmt: skip
    stops = any(e is None for line in lines for e in line.values)
    if stops and len(places) > 1:
        heading = SAY["picture.stops"][language].format(heading=heading)
    names = tuple(bare(place, labels, language) for place in places)
    return Over(names, tuple(lines), _upper(heading), SAY["zero"][language], times, joined=joined)


def bounds_over(found: GapBounds, language: str) -> Over:
    """Gaps from counts with ranges, over the cohorts: from the lowest to the highest."""
    places = tuple(dict.fromkeys(gap.at for gap in found))
    groups = tuple(dict.fromkeys(gap.group for gap in found))
    lines = [
        Dots(
            named(group, found.labels, language) if len(groups) > 1 or len(places) == 1 else "",
            tuple(None if g.withheld else within(g.gap) for g in found if g.group == group),
        )
        for group in groups
    ]
    heading = SAY["picture.bounds"][language].format(
        outcome=named(found.outcome, found.labels, language),
        reference=named(found[0].reference, found.labels, language),
    )
    if len(groups) == 1 and len(places) > 1:
        heading = SAY["picture.of"][language].format(
            group=named(groups[0], found.labels, language), heading=heading
        )
    return _over(places, lines, heading, found.labels, language, HUNDRED, joined=False)


def distribution_over(gaps: Gaps, language: str) -> Over:
    """The gaps at several levels of the distribution, in the last cohort that is shown."""
    shown = [gap for gap in gaps if gap.quantiles]
    last = [gap for gap in shown if gap.at == shown[-1].at] if shown else []
    levels = sorted({q for g in last for q in (*g.quantiles, *g.levels_withheld)})
    lines = tuple(
        Dots(named(g.group, gaps.labels, language) if len(last) > 1 else "",
             tuple(g.quantiles.get(q) for q in levels))
        for g in last
    )  # fmt: skip
    heading = SAY["picture.distribution"][language].format(
        outcome=named(gaps.outcome, gaps.labels, language),
        reference=named(gaps[0].reference, gaps.labels, language),
    )
    if last and last[0].at:
        heading = SAY["picture.in"][language].format(
            heading=heading, at=bare(last[0].at, gaps.labels, language)
        )
    if len(last) == 1:
        heading = SAY["picture.of"][language].format(
            group=named(last[0].group, gaps.labels, language), heading=heading
        )
    places = tuple(level_of(level, language) for level in levels)
    return Over(places, lines, _upper(heading), SAY["zero"][language])


def level_of(level: float, language: str) -> str:
    """``laagste 10%``, ``midden``, ``hoogste 10%``."""
    if math.isclose(level, 0.5):
        return SAY["level.middle"][language]
    digits = 0 if round(level * 100, 9) % 1 == 0 else 1
    part = decimal(100 * min(level, 1 - level), digits, language)
    return SAY["level.low" if level < 0.5 else "level.high"][language].format(part=part)


def career_over(career: Career, language: str) -> Over:
    """The gap in standard deviations at every step: per cohort, or known and same pupils."""
    cohorts = tuple(dict.fromkeys(s.cohort for s in career))
    lines = []
    for cohort in cohorts:
        own = [s for s in career if s.cohort == cohort]
        known = tuple(s.known.g if s.known else None for s in own)
        if len(cohorts) > 1:
            lines.append(Dots(bare(cohort, career.labels, language), known))
            continue
        lines.append(Dots(SAY["picture.known"][language], known))
        same = tuple(s.same.g if s.same else None for s in own)
        lines.append(Dots(SAY["picture.same"][language], same))
    heading = SAY["picture.career"][language].format(
        group=named(career[0].group, career.labels, language),
        reference=named(career[0].reference, career.labels, language),
    )
    names = tuple(bare(s, career.labels, language) for s in career.steps)
    return Over(names, tuple(lines), _upper(heading), SAY["zero"][language])


def inequality_over(found: Inequality, language: str) -> Over:
    """The slope index over the cohorts."""
    share = found.bounds == (0.0, 1.0)
    outcome = named(found.outcome, found.labels, language)
    heading = SAY["picture.slope_of_hundred" if share else "picture.slope"][language].format(
        outcome=outcome, background=named(found.background, found.labels, language)
    )
    line = Dots("" if len(found) > 1 else outcome, tuple(one.slope_index for one in found))
    places = tuple(bare(one.at, found.labels, language) for one in found)
    return Over(places, (line,), heading, SAY["zero"][language], HUNDRED if share else 1.0)


def segregation_over(found: Segregation, language: str) -> Over:
    """Dissimilarity, corrected for chance, beside what chance alone gives."""
    heading = SAY["picture.spread"][language].format(
        group=named(found.member, found.labels, language)
    )
    kinds = (
        (SAY["picture.corrected"], _corrected),
        (SAY["picture.counted"], _counted),
        (SAY["picture.lot"], _chance),
    )
    lines = tuple(
        Dots(name[language], tuple(None if one.withheld else of(one) for one in found))
        for name, of in kinds
    )
    places = tuple(bare(one.at, found.labels, language) for one in found)
    return Over(places, lines, heading, SAY["even"][language], HUNDRED, 0.0)


def _counted(one: Segregated) -> Estimate:
    return Estimate(one["dissimilarity"].value)


def _corrected(one: Segregated) -> Estimate:
    D = one["dissimilarity"]
    value = D.value if D.corrected is None else D.corrected
    return Estimate(value, None, None, D.low, D.high)


def _chance(one: Segregated) -> Estimate:
    return Estimate(one["dissimilarity"].expected or 0.0)


def ordered_over(found: Ordered | OrderedBounds, language: str) -> Over:
    """V with its limits; of hidden counts how often of 100 times (V has no end where that is 0)."""
    group, reference = (named(x, found.labels, language) for x in ("group", "reference"))
    if isinstance(found, OrderedBounds):
        heading = SAY["picture.ordered"][language].format(group=group, reference=reference)
        line = Dots(group, (within(found.auc),))
        return Over(
            ("",), (line,), heading, SAY["as_often"][language], HUNDRED, base=50.0, joined=False
        )
    heading = SAY["picture.career"][language].format(group=group, reference=reference)
    shown = found.V if may_leave(found.pupils, found.pupils_reference) else None
    return Over(("",), (Dots(group, (shown,)),), _upper(heading), SAY["zero"][language])
