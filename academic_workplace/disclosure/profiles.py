"""Named rules for what may leave the house, and the one that holds now.

The rule holds for a whole report or notebook, not for one table: it is asked for, never passed on.

Dominance counts from the share itself: half is too much, not only what is above it. So of two
schools one always has too much: each of them knows its own mean, and with that of both it can work
out the other's. Of two equally large ones, where to the letter nobody is above half, both can.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

ROUNDING = 1e-12  # of a share
FLOOR = 5  # pupils; below this nothing leaves, whatever a house chooses


@dataclass(frozen=True, slots=True)
class Profile:
    """One set of rules.

    minimum: pupils behind any number that leaves. degrees_of_freedom: the least a model keeps.
    units: schools or classes per cell, so that no teacher is told of. dominance: the share of a
    cell that is too much for one school; at 1 no share is. extremes: whether 0 % or 100 % of a
    group may be told. rounding: counts are rounded to multiples of this; 1 leaves them.
    """

    name: str
    minimum: int
    degrees_of_freedom: int
    units: int
    dominance: float
    extremes: bool = False
    rounding: int = 1


# Ten pupils, ten degrees of freedom, nobody with half of a cell, nothing that holds for all of a
# group: the output rules of Statistics Netherlands as ODISSEI's metasyn-disclosure-control sums
# them up. Two classes or schools per cell is our own, for small schools.
DUTCH_10 = Profile("dutch-10", minimum=10, degrees_of_freedom=10, units=2, dominance=0.5)
# The same with the threshold of DUO's open data, which hide 1 to 4: the least that is ever allowed.
DUTCH_5 = Profile("dutch-5", minimum=FLOOR, degrees_of_freedom=FLOOR, units=2, dominance=0.5)
# The reports to schools of the Nationaal Cohortonderzoek Onderwijs tell nothing of five pupils or
# fewer (ncoinformatiepunt.nl); a report goes to one school, so that one school per cell is its
# rule. Own research on its data leaves by the rules of Statistics Netherlands: dutch-10.
NCO = Profile("nco", minimum=6, degrees_of_freedom=6, units=1, dominance=1.0)
# Counts of 1 to 7 go, the others are rounded to the nearest 5; zeros may stay, but not 0 % or 100 %
# of a recognisable group (docs.opensafely.org, statistical disclosure control). It has no rule for
# degrees of freedom or dominance: those of the floor hold.
OPENSAFELY = Profile(
    "opensafely", minimum=8, degrees_of_freedom=FLOOR, units=2, dominance=0.5, rounding=5
)
PROFILES = {rules.name: rules for rules in (DUTCH_10, DUTCH_5, NCO, OPENSAFELY)}
_now: ContextVar[Profile | None] = ContextVar("profile", default=None)
PROJECT = "workplace.toml"  # at the root of a project: [disclosure] profile = "dutch-10"


class Reason(StrEnum):
    """Why a number stays inside."""

    FEW = "few"  # it is about fewer pupils than the minimum
    UNITS = "units"  # about too few schools or classes
    DOMINANCE = "dominance"  # one school or class makes up too much of it
    ALIKE = "alike"  # it holds for all of a group, or for none
    DEGREES = "degrees of freedom"  # the model has almost as many terms as pupils
    ASKED = "asked"  # whoever made the table asked for it
    FOLLOWS = "follows"  # with it another number that stays inside could be worked out


def profile() -> Profile:
    """The rules that hold now: those of a ``with under`` block, else those of the project.

    A project names them in ``workplace.toml``, in this folder or one above it; else they are
    dutch-10. Read once per folder: who changes the file begins anew.
    """
    return _now.get() or _of_project(os.getcwd())  # noqa: PTH109 -- asked for every number; Path is slow


@cache
def _of_project(folder: str) -> Profile:
    file = project_file(folder)
    if file is None:
        return DUTCH_10
    try:
        name = tomllib.loads(file.read_text(encoding="utf-8-sig"))["disclosure"]["profile"]
        return profile_named(name)
    except (OSError, ValueError, KeyError, TypeError):
        return DUTCH_10  # the strictest; what is wrong is told where the house is read


def project_file(folder: str | Path) -> Path | None:
    """``workplace.toml`` of the project that a folder belongs to, if it has one."""
    folder = Path(folder).absolute()
    return next(
        (at / PROJECT for at in (folder, *folder.parents) if (at / PROJECT).is_file()), None
    )


def profile_named(name: str) -> Profile:
    """The rules of this name. Raises ValueError, which lists the names, when there are none."""
    if name not in PROFILES:
        raise ValueError(f"{name!r} is not one of {', '.join(PROFILES)}")
    return PROFILES[name]


@contextmanager
def under(rules: Profile) -> Iterator[None]:
    """Let other rules hold within a ``with`` block. Raises ValueError below the floor of 5."""
    if rules.minimum < FLOOR:
        raise ValueError(f"{rules.minimum} pupils is below the floor of {FLOOR}")
    token = _now.set(rules)
    try:
        yield
    finally:
        _now.reset(token)


def fewest() -> int:
    """The least pupils behind a number that leaves, by the rules that hold now."""
    return profile().minimum


def may_leave(*counts: int) -> bool:
    """Whether a result that rests on groups of these sizes may be shown."""
    return all(count >= fewest() for count in counts)


def shown_count(count: int) -> int | None:
    """A count as it is shown, or None when it is of so few (but not none) that it could point at
    persons."""
    return None if 0 < count < fewest() else rounded(count)


def rounded(count: int) -> int:
    """A count as the rules that hold now print it: the nearest multiple, half away from zero."""
    step = profile().rounding
    return (abs(count) + step // 2) // step * step * (1 if count >= 0 else -1)


def rounded_share(count: int, of: int) -> float | None:
    """A share of counts, worked out from the two as they are printed, at most 1; None of nobody.

    In full precision it would tell the counts that rounding hides.
    """
    whole = rounded(of)
    return min(rounded(count) / whole, 1.0) if whole else None


def why_withheld(
    pupils: int,
    *,
    of: int | None = None,
    units: Sequence[int] | ArrayLike | None = None,
    terms: int | None = None,
) -> tuple[Reason, ...]:
    """Every reason, by the rules that hold now, why a cell stays inside; () when it may leave.

    pupils: whom the cell counts. of: the recognisable group they are part of, which must be told
    neither that it holds for all nor that it holds for none. units: pupils per school or class that
    the cell is made of. terms: of a model with so many pupils.

    >>> why_withheld(30, of=30, units=[20, 10])
    (<Reason.DOMINANCE: 'dominance'>, <Reason.ALIKE: 'alike'>)
    """
    rules, out = profile(), []
    if 0 < pupils < rules.minimum or (of is not None and 0 < of < rules.minimum):
        out.append(Reason.FEW)
    if units is not None and pupils:
        shares = np.asarray(units, dtype=float)
        if not enough_units(shares, rules):
            out.append(Reason.UNITS)
        if dominated(shares, rules):
            out.append(Reason.DOMINANCE)
    if of is not None and all_alike(pupils, of, rules):
        out.append(Reason.ALIKE)
    if terms is not None and pupils - terms < rules.degrees_of_freedom:
        out.append(Reason.DEGREES)
    return tuple(out)


def enough_units(units: ArrayLike, rules: Profile | None = None) -> bool:
    """Whether enough schools or classes have pupils in a cell. units: (k,) pupils of each."""
    return int((np.asarray(units) > 0).sum()) >= (rules or profile()).units


def dominated(units: ArrayLike, rules: Profile | None = None) -> bool:
    """Whether one school or class makes up too much of a cell. units: (k,) pupils of each."""
    each = np.asarray(units, dtype=float)
    whole = each.sum()
    return bool(whole > 0 and too_large_a_share(each.max() / whole, rules))


def too_large_a_share(share: float, rules: Profile | None = None) -> bool:
    """Whether this share of a cell is too much for one school; where all of it may be, none is."""
    largest = (rules or profile()).dominance
    return largest < 1 and share >= largest - ROUNDING


def all_alike(count: int, of: int, rules: Profile | None = None) -> bool:
    """Whether a count tells of all of a group: it holds for everyone, or for nobody."""
    return not (rules or profile()).extremes and of > 0 and count in (0, of)
