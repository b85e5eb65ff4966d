"""What results tell of which pupils, as counts by place: the same pupils have the same place.

A share tells two counts, who has the outcome and who has not; groups add up to their total, and
the cells of a matrix to its margins. So two results, or two editions, can be held together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from academic_workplace.cohorts.compare import Comparison, Comparisons
from academic_workplace.cohorts.decompose import Decomposition
from academic_workplace.cohorts.events import TimeToEvent
from academic_workplace.cohorts.gaps import Gap, Gaps
from academic_workplace.cohorts.schools import Funnel
from academic_workplace.cohorts.shares import GapBounds, ShareGap
from academic_workplace.cohorts.standardise import Standardised
from academic_workplace.cohorts.transitions import Contrast, Transitions
from academic_workplace.cohorts.trend import Trend
from academic_workplace.disclosure import rounded
from academic_workplace.disclosure.editions import Edition, Links, Place
from academic_workplace.intake.duo.ranges import Bounds

BETWEEN = " | "  # the parts of the name of a place
WHOLE, WITH, WITHOUT = "whole", "with", "without"
NEAR = 1e-6  # a share times its pupils this near a whole number is a count
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What a result tells of one group: None where it does not. names: of the cohort, the group;
    () for everyone."""

    outcome: str
    names: Names
    pupils: int | None
    having: int | None = None
    share: bool = False
    mean: float | None = None


@dataclass(slots=True)
class _Told:
    """An edition in the making."""

    counts: dict[Place, int] = field(default_factory=dict)
    links: dict[tuple[Place, tuple[Place, ...]], None] = field(default_factory=dict)
    shares: dict[Place, Place] = field(default_factory=dict)
    means: dict[Place, str] = field(default_factory=dict)

    def put(self, place: Place, n: float | None) -> None:
        if n is not None:
            self.counts.setdefault(place, rounded(round(n)))

    def add_up(self, total: Place, parts: Sequence[Place]) -> None:
        if parts and total not in parts:
            self.links[total, tuple(parts)] = None


def counts_told(results: Iterable[object], name: str = "") -> Edition:
    """The counts that results tell, by place, and how these hang together.

    ``pupils`` of a group, and of an outcome of 0 and 1 who has it and who has not, also where a
    result gives only the share. Weighted shares are no counts, and have no place. Of a mean there
    is a fingerprint of five figures: what may differ between machines is not in it.
    """
    out = _Told()
    for found in results:
        if isinstance(found, Transitions):
            _moves(found, out)
        else:
            # Two sides of a gap that is taken apart need not be all groups there are.
            _lines(list(_lines_of(found)), out, whole=not isinstance(found, Decomposition))
    return Edition(name, out.counts, tuple(out.links), shares=out.shares, means=out.means)


def place(kind: str, outcome: str, names: Iterable[str]) -> Place:
    """The name of a count: of all of a group, or of those with or without the outcome."""
    return BETWEEN.join([kind, outcome, *sorted(names)])


# ---------------------------------------------------------------- groups and their shares


def _lines(lines: Sequence[Line], out: _Told, *, whole: bool) -> None:
    for line in lines:
        every, yes, no = (place(k, line.outcome, line.names) for k in (WHOLE, WITH, WITHOUT))
        out.put(every, line.pupils)
        if line.mean is not None and line.pupils is not None:
            figures = f"{every} {round(line.mean, 9) + 0.0:.5g}"
            out.means.setdefault(every, hashlib.sha256(figures.encode()).hexdigest()[:16])
        if line.share:
            out.add_up(every, (yes, no))
            out.shares |= {yes: every, no: every}
            if line.having is not None and line.pupils is not None:
                out.put(yes, line.having)
                out.put(no, line.pupils - line.having)
    for outcome in dict.fromkeys(line.outcome for line in lines if whole):
        own = [line for line in lines if line.outcome == outcome]
        kinds = (WHOLE, WITH, WITHOUT) if own[0].share else (WHOLE,)
        for total, parts in _margins([line.names for line in own]):
            for kind in kinds:
                out.add_up(place(kind, outcome, total), [place(kind, outcome, x) for x in parts])


def _margins(names: Iterable[Names]) -> Iterator[tuple[Names, list[Names]]]:
    """Groups of as many labels each, added over every label: a total, and its parts."""
    every = list(dict.fromkeys(names))
    columns = {len(each) for each in every}
    if len(columns) != 1:
        return
    (k,) = columns
    for kept in (c for size in range(1, k + 1) for c in combinations(range(k), size)):
        for left_out in range(len(kept)):
            over: dict[Names, dict[Names, None]] = {}
            for each in every:
                part = tuple(each[c] for c in kept)
                total = (*part[:left_out], *part[left_out + 1 :])
                over.setdefault(total, {})[part] = None
            yield from ((total, list(parts)) for total, parts in over.items())


def _lines_of(found: object) -> Iterator[Line]:
    """What a result tells of each group; nothing of a kind that has no groups."""
    if isinstance(found, Standardised):
        for x in found:
            mean = None if x.raw is None else x.raw.value
            yield _line(found.outcome, (x.cohort, x.group), x.pupils, mean, share=found.share)
    elif isinstance(found, Trend):
        for one in found.cohorts:
            yield _line(found.outcome, (one.cohort,), one.pupils, one.mean.value,
                        share=found.share)  # fmt: skip
    elif isinstance(found, Funnel):
        for s in found:
            yield Line(found.event, (s.school,), _exact(s.pupils), _exact(s.events), share=True)
    elif isinstance(found, TimeToEvent):
        for curve in found:
            names = _names(curve.cohort, curve.group)
            for k, kind in enumerate(found.kinds):
                what, n = (
                    f"{found.event} {kind} {found.horizon}",
                    curve.events[k : k + 1] or (None,),
                )
                yield Line(what, names, curve.pupils, n[0], share=True)
    else:
        yield from _pairs_of(found)


def _pairs_of(found: object) -> Iterator[Line]:
    """The same of what sets a group beside a reference."""
    if isinstance(found, Gaps | Comparisons | Decomposition):
        pairs: Iterable[Gap | Comparison | Decomposition]
        pairs = (found,) if isinstance(found, Decomposition) else found.items
        for one in pairs:
            group = one.cohort if isinstance(one, Comparison) else one.group
            at = one.at if isinstance(one, Gap) else ""
            for name, pupils, mean in (
                (group, one.pupils, one.mean),
                (one.reference, one.pupils_reference, one.mean_reference),
            ):
                yield _line(found.outcome, (at, name), pupils, mean, share=found.share)
    elif isinstance(found, GapBounds | ShareGap):
        for gap in found if isinstance(found, GapBounds) else (found,):
            for name, n, part in (
                (gap.group, gap.pupils, gap.share),
                (gap.reference, gap.pupils_reference, gap.share_reference),
            ):
                yield _line(gap.outcome, (gap.at, name), _exact(n), _value(part), share=True)


def _line(
    outcome: str, names: Names, pupils: int | None, mean: float | None, *, share: bool
) -> Line:
    """A group with the mean of an outcome; of 0 and 1 that is a share, and so a count."""
    having = None
    if share and pupils is not None and mean is not None:
        n = mean * pupils
        having = round(n) if abs(n - round(n)) < NEAR * max(pupils, 1) else None
    return Line(outcome, _names(*names), pupils, having, share, mean)


def _names(*names: str) -> Names:
    return tuple(name for name in names if name)


def _exact(bounds: Bounds | None) -> int | None:
    """A count that is known exactly."""
    value = _value(bounds)
    return None if value is None else round(value)


def _value(bounds: Bounds | None) -> float | None:
    if bounds is None or not np.all(bounds.exact) or not np.all(np.isfinite(bounds.low)):
        return None
    return float(bounds.low)


# ---------------------------------------------------------------- who goes where


def _moves(found: Transitions, out: _Told) -> None:
    """The parts of every comparison and the cells of every matrix, over groups too."""
    about = f"{found.which.value} {found.rule.value} {'+'.join(found.cohorts)}"
    groups = [tuple("–" if label is None else label for label in group) for group in found.groups]
    margins = list(_margins([group for group in groups if group]))

    def over_groups(kind: str, what: str) -> None:
        for total, parts in margins:
            out.add_up(place(kind, what, total), [place(kind, what, x) for x in parts])

    seen: dict[str, None] = {}
    for s in found.shares:
        names = tuple("–" if label is None else label for label in s.group)
        what = f"{s.contrast.value} {s.year} {about}"
        whole, part = place(WHOLE, what, names), place(WITH, f"{s.move.value} {what}", names)
        out.put(whole, s.pupils)
        out.put(part, s.count)
        out.shares[part] = whole
        others = [place(WITH, f"{x.move.value} {what}", names) for x in found.shares
                  if (x.contrast, x.year, x.group) == (s.contrast, s.year, s.group)]  # fmt: skip
        out.add_up(whole, others)
        seen |= dict.fromkeys((f"{WHOLE}{BETWEEN}{what}", f"{WITH}{BETWEEN}{s.move.value} {what}"))
    for year in dict.fromkeys(m.year for m in found.matrices):
        _matrix(found, year, about, out, seen)
    for one in seen:
        over_groups(*one.split(BETWEEN, 1))


def _matrix(found: Transitions, year: int, about: str, out: _Told, seen: dict[str, None]) -> None:
    """The cells of the matrices of a year, their margins, and the moves that they make up."""
    what = f"{Contrast.POSITION.value} {year} {about}"
    for m in (m for m in found.matrices if m.year == year):
        names = tuple("–" if label is None else label for label in m.group)
        rows, columns = ([*(t.value for t in side), "total"] for side in (m.advice, m.position))
        about_cell = [[f"{row} {column} {year} {about}" for column in columns] for row in rows]
        cells = [[place(WHOLE, each, names) for each in line] for line in about_cell]
        seen |= {f"{WHOLE}{BETWEEN}{each}": None for line in about_cell for each in line}
        for i, j in np.ndindex(m.counts.shape):
            out.put(cells[i][j], None if np.isnan(m.counts[i, j]) else float(m.counts[i, j]))
        for line in (*cells, *map(list, zip(*cells, strict=True))):
            out.add_up(line[-1], line[:-1])
        for move in dict.fromkeys(x for row in m.moves for x in row if x is not None):
            inside = [cells[i][j] for i, row in enumerate(m.moves)
                      for j, x in enumerate(row) if x is move]  # fmt: skip
            out.add_up(place(WITH, f"{move.value} {what}", names), inside)


def overlapping(editions: Sequence[Edition]) -> list[Edition]:
    """Of each only what hangs together with what another tells, so that little has to be asked."""
    of: list[set[str]] = [{_outcome(x) for x in (*one.counts, *_linked(one.links))}
                          for one in editions]  # fmt: skip
    out = []
    for i, one in enumerate(editions):
        others = set().union(*(found for j, found in enumerate(of) if j != i))
        both = of[i] & others
        out.append(Edition(
            one.name, {x: n for x, n in one.counts.items() if _outcome(x) in both},
            tuple(link for link in one.links if _outcome(link[0]) in both),
            shares={x: y for x, y in one.shares.items() if _outcome(x) in both},
        ))  # fmt: skip
    return out


def _outcome(x: Place) -> str:
    return x.split(BETWEEN)[1]


def _linked(links: Links) -> Iterator[Place]:
    for total, parts in links:
        yield total
        yield from parts


def names_in(x: Place) -> str:
    """The labels of a place, for a message."""
    return ", ".join(x.split(BETWEEN)[2:])
