"""What several editions and sister reports of one study tell together.

Two editions are two looks at almost the same pupils: what is 43 now and was 40 then tells of 3. And
two reports on the same data are one report: what one of them withholds the other may print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure.attack import WHOLE, Piece, attack, linked, programme
from academic_workplace.disclosure.profiles import Profile, profile
from academic_workplace.disclosure.sums import Sum

Place = str
Links = tuple[tuple[Place, tuple[Place, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """The counts that a report prints, by place, and which places are the sum of which others.

    name: which report, and of when. A place that only stands in ``links`` is not printed. withheld:
    such places of which the report says that they are small. shares: of a place for those who have
    an outcome, or have it not, the place of all of whom they are a part: that it is nobody would
    tell of everyone. means: of a group, a fingerprint of what its mean is.
    """

    name: str
    counts: Mapping[Place, int]
    links: Links = ()
    withheld: frozenset[Place] = field(default_factory=frozenset)
    shares: Mapping[Place, Place] = field(default_factory=dict)
    means: Mapping[Place, str] = field(default_factory=dict)


class How(StrEnum):
    """How a count that is not printed can be worked out."""

    DIFFERENCE = "difference"  # it is what two editions differ by
    TOGETHER = "together"  # it follows from what reports on the same data print
    CHANGED = "changed"  # of as many pupils the mean is another: that may be one of them


@dataclass(frozen=True, slots=True)
class Told:
    """A place of which the reports tell too much, and the report that it is told with."""

    place: Place
    how: How
    name: str


def told_together(
    new: Edition, earlier: Sequence[Edition], rules: Profile | None = None
) -> tuple[Told, ...]:
    """Every place of which a new report, with all earlier ones, tells of 1 to minimum - 1 pupils.

    Reports are compared place by place, also where a place only follows from others. Those that
    agree wherever they overlap may be of the same pupils, and are attacked as one: nothing that is
    not printed may be left a range narrower than the rules hide. As many pupils with another mean
    tell what changed for one of them. No count is in what is returned.
    """
    rules = rules or profile()
    own, out, alike = _completed(new), list[Told](), list[Edition]()
    for one in earlier:
        before = _completed(one)
        apart = {place: abs(own[place] - before[place]) for place in own.keys() & before.keys()}
        out += [
            Told(place, How.CHANGED, one.name)
            for place in sorted(new.means.keys() & one.means.keys())
            if new.means[place] != one.means[place] and apart.get(place) == 0
        ]
        if not any(apart.values()) and (apart or _places(one) & _places(new)):
            alike.append(one)
        shares = {**one.shares, **new.shares}
        out += [
            Told(place, How.DIFFERENCE, one.name)
            for place in sorted(apart)
            if _tells(place, apart, shares, rules)
        ]
    found = _inside(alike, new, rules)
    return tuple(dict.fromkeys([*found, *out]))


def _tells(
    place: Place, apart: Mapping[Place, int], shares: Mapping[Place, Place], rules: Profile
) -> bool:
    """Whether what two reports differ by in a place tells of a few, or of all who came or went."""
    if apart[place]:
        return _is_narrow(apart[place], apart[place], 2 * _spare(rules), rules)
    more = apart.get(shares.get(place, ""), 0)  # of all: others, none of whom is in this place
    return not rules.extremes and more > 2 * _spare(rules)


def _spare(rules: Profile) -> int:
    """How far a printed count may lie from the count itself."""
    return rules.rounding // 2


def _is_narrow(low: float, high: float, spare: float, rules: Profile) -> bool:
    """Whether a range tells more of 1 to minimum - 1 pupils than that they are so few; what is not
    printed is seldom zero, so that 0 to 5 tells as much as 1 to 5."""
    few = 0 < high < rules.minimum
    return few and not (low - spare <= 1 and high + spare >= rules.minimum - 1)


def _places(one: Edition) -> set[Place]:
    """Every place of an edition, printed or not."""
    return {*one.counts, *(place for link in one.links for place in _of(link))}


def _completed(one: Edition) -> dict[Place, int]:
    """The counts of an edition, and those that follow from them one sum at a time."""
    known = dict(one.counts)
    while True:
        before = len(known)
        for total, parts in one.links:
            left = [place for place in (total, *parts) if place not in known]
            if len(left) != 1:
                continue
            added = sum(known[part] for part in parts if part in known)
            known[left[0]] = added if left[0] == total else known[total] - added
        if len(known) == before:
            return known


def _inside(alike: Sequence[Edition], new: Edition, rules: Profile) -> list[Told]:
    """What reports on the same pupils tell of what none prints."""
    reports = [*alike, new]
    known = {place: n for one in reports for place, n in one.counts.items()}
    links = tuple(dict.fromkeys(link for one in reports for link in one.links))
    shares = {place for one in reports for place in one.shares}
    places = list(dict.fromkeys([*known, *(place for link in links for place in _of(link))]))
    if len(places) == len(known):
        return []
    at = {place: i for i, place in enumerate(places)}
    shown = np.array([known.get(place, -1) for place in places], dtype=float)
    few = np.array([place in new.withheld for place in places])
    spare = np.where(shown > 0, _spare(rules), 0)
    low = np.where(shown >= 0, shown - spare, np.where(few, 1, 0))
    high = np.where(shown >= 0, shown + spare, np.where(few, rules.minimum - 1, np.inf))
    sums = [Sum(at[total], tuple(at[part] for part in parts)) for total, parts in links]
    try:
        found = attack(low, high, sums)
    except ValueError:  # they only seemed to agree: not all of them are of the same pupils
        try:
            found = attack(low, high, _holding(low, high, sums))
        except ValueError:
            return []
    with_ = ", ".join(dict.fromkeys(one.name for one in alike)) or new.name
    return [
        Told(place, How.TOGETHER, with_)
        for i, place in enumerate(places)
        if place not in known
        and (
            _is_narrow(found.low[i], found.high[i], 0, rules)
            or (place in shares and _is_none(found.low[i], found.high[i], rules))
        )
    ]


def _is_none(low: float, high: float, rules: Profile) -> bool:
    """Whether a range tells that nobody is in a place, or hardly any: then that holds for all."""
    return not rules.extremes and low == 0 and high < rules.minimum - 1


def _holding(low: NDArray[np.float64], high: NDArray[np.float64], sums: Sequence[Sum]) -> list[Sum]:
    """The sums that can hold together: all but those that least has to be wrong of."""
    from scipy.sparse import csr_array, hstack

    k, m = len(low), len(sums)
    eye = csr_array((np.ones(m), (np.arange(m), np.arange(m))), shape=(m, m))
    A = csr_array(hstack([linked(k, sums)[0], eye, -eye]))  # how much too little, and too much
    piece = Piece(np.arange(k + 2 * m), A, np.zeros(m), np.zeros(m))
    aim = np.append(np.zeros(k), np.ones(2 * m))
    ends = np.append(low, np.zeros(2 * m)), np.append(high, np.full(2 * m, np.inf))
    found = programme(piece, aim, *ends, whole=False)
    if found is None:
        return []
    wrong = found[k : k + m] + found[k + m :]
    return [line for line, x in zip(sums, wrong, strict=True) if x < WHOLE]


def _of(link: tuple[Place, tuple[Place, ...]]) -> tuple[Place, ...]:
    return link[0], *link[1]
