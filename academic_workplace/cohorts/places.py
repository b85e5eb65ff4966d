"""Counts per place (a school, an area): of pupils, and of those for whom something holds.

    e_i of n_i pupils,   var(e_i) = n_i p q (1 + (n_i - 1) rho)

Counts may be ranges (``<5``), and everything here then holds for every completion. rho, how much
more places differ than a lot would make them, comes from moments: with z_i = (e_i - n_i p) /
sqrt(n_i p q) the sum of z_i^2 expects (I - 1)(1 - rho) + rho (N - sum n_i^2 / N) when p is the
share of all (Kleinman, 1973, J. Am. Stat. Assoc. 68), and I + rho (N - I) when p was given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import labels, numbers, refuse, require_columns
from academic_workplace.cohorts.levels import located
from academic_workplace.cohorts.ranges import part_and_whole, read_counts, wrong_rows
from academic_workplace.disclosure import fewest, profile
from academic_workplace.disclosure.protect import Chosen, protect
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.duo.ranges import Bounds, Split, Sum, share_of, split
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]

MOST_RHO = 0.999  # the beta distribution of shares needs some spread left within places


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """I places by name: events, rest and pupils = events + rest, (I,) each within bounds.

    lost: pupils whose place or event is missing (of a table of counts: rows without a place).
    """

    names: tuple[str, ...]
    events: Bounds
    rest: Bounds
    pupils: Bounds
    lost: int

    @property
    def exact(self) -> bool:
        """Whether nothing is hidden."""
        return bool(self.events.exact.all() and self.rest.exact.all())

    def share(self) -> Bounds:
        """(I,) the share of every place; NaN where there is nobody."""
        return share_of(self._split(), np.arange(len(self.names)), len(self.names))

    def share_of_all(self) -> Bounds:
        """The share of all places together, of shape ()."""
        found = share_of(self._split(), np.zeros(len(self.names), dtype=np.intp), 1)
        return Bounds(found.low[0], found.high[0])

    def _split(self) -> Split:
        return Split(self.events, self.rest, self.pupils)


def by_name(name: str) -> tuple[tuple[int, str], ...]:
    """A key that puts ``School 2`` before ``School 10``: the only order places are listed in.

    >>> sorted(["School 10", "school 2"], key=by_name)
    ['school 2', 'School 10']
    """
    parts = re.split(r"(\d+)", name.casefold())
    return tuple((int(x), "") if i % 2 else (-1, x) for i, x in enumerate(parts))


def read_places(
    table: pd.DataFrame, *, event: str, place: str, pupils: str | None, argument: str
) -> Places:
    """Count pupils per place, or read counts.

    table: a row per pupil, with ``event`` 0 or 1; or, with ``pupils``, counts in both columns, in
    which ``<5`` and -1 are 1 to 4; rows of one place add up. argument: what the caller calls
    ``place``.

    Raises PlanError on columns that are not there and DataError naming every fault.
    """
    require_columns(table, {"event": event, argument: place, "pupils": pupils}, ("event", argument))
    faults: list[Fault] = []
    code, names = _named(table, place)
    if pupils is None:
        known, x, y = _of_pupils(table, event, code, faults)
    else:
        known, x, y = _of_counts(table, event, pupils, code, faults)
    if not faults and not (known.any() and x.high.sum() + y.high.sum() > 0):
        faults.append(_nobody(place))
    refuse(located(faults, table))
    events, rest = (_summed(b, code[known], len(names)) for b in (x, y))
    whole = events + rest
    if pupils is not None:
        n = read_counts(table[pupils])[0]
        whole = _summed(Bounds(n.low[known], n.high[known]), code[known], len(names))
    parts = split(events, rest, whole)
    order = sorted(set(code[known].tolist()), key=lambda i: by_name(names[i]))

    def of(b: Bounds) -> Bounds:
        return Bounds(b.low[order], b.high[order])

    found = Places(tuple(names[i] for i in order), of(parts.x), of(parts.y), of(parts.whole),
                   int(len(table) - known.sum()))  # fmt: skip
    share = found.share_of_all()
    if share.high <= 0 or share.low >= 1:
        rule = Text("Deze uitkomst is voor iedereen gelijk.",
                    "This outcome is the same for everyone.")  # fmt: skip
        remedy = Text("Kies een uitkomst die verschilt.", "Choose an outcome that differs.")
        refuse([Fault(rule, remedy, column=event)])
    return found


def _of_pupils(
    table: pd.DataFrame, event: str, code: Rows, faults: list[Fault]
) -> tuple[Bools, Bounds, Bounds]:
    """Who is known, and of them the event and its opposite, a row per pupil."""
    y = numbers(table, event, faults)
    wrong = np.isfinite(y) & ~np.isin(y, (0.0, 1.0))
    if wrong.any():
        rule = Text("Dit is geen 0 of 1.", "This is not 0 or 1.")
        remedy = Text("Maak er 0 en 1 van, of noem in pupils de kolom met aantallen leerlingen.",
                      "Turn it into 0 and 1, or name the column of counts in pupils.")  # fmt: skip
        faults.append(wrong_rows(rule, remedy, event, wrong))
    known = np.isfinite(y) & (code >= 0)
    return known, Bounds(y[known]), Bounds(1 - y[known] if not wrong.any() else y[known])


def _of_counts(
    table: pd.DataFrame, event: str, pupils: str, code: Rows, faults: list[Fault]
) -> tuple[Bools, Bounds, Bounds]:
    """The rows with a place, and their events and the rest."""
    e, n = part_and_whole(table, event, pupils, faults)
    known = code >= 0
    high = np.minimum(e.high, n.high)
    e = Bounds(np.minimum(e.low, high), high)
    rest = Bounds(np.maximum(n.low - e.high, 0), np.maximum(n.high - e.low, 0))
    x, y = (Bounds(b.low[known], b.high[known]) for b in (e, rest))
    return known, x, y


def _named(table: pd.DataFrame, place: str) -> tuple[Rows, list[str]]:
    """(n,) codes, -1 where missing, and names: as text without the spaces that registers add."""
    code, values = labels(table, place)
    names, at = np.unique([str(value).strip() for value in values], return_inverse=True)
    out = np.append(at.reshape(-1), -1)[code]
    return out, [str(name) for name in names]


def _summed(b: Bounds, code: Rows, count: int) -> Bounds:
    """Bounds of the rows of every place together."""
    return Bounds(np.bincount(code, b.low, count), np.bincount(code, b.high, count))


def _nobody(column: str) -> Fault:
    rule = Text("Er zijn geen leerlingen van wie alles bekend is.",
                "There are no pupils of whom all is known.")  # fmt: skip
    remedy = Text("Kijk welke kolommen leeg zijn.", "See which columns are empty.")
    return Fault(rule, remedy, column=column)


def refuse_few(found: Places, event: str) -> None:
    """Raise DataError when the share of all places would tell of fewer than ten pupils."""
    if min(found.events.low.sum(), found.rest.low.sum()) >= fewest():
        return
    rule = Text(
        f"In alles bij elkaar geldt dit voor minder dan {fewest()} leerlingen, of voor minder dan"
        f" {fewest()} juist niet.",
        f"In all together this holds for fewer than {fewest()} pupils, or for fewer than {fewest()}"
        " it does not.",
    )
    remedy = Text(
        "Neem meer leerlingen, of zeg published=True als deze aantallen al openbaar zijn.",
        "Take more pupils, or say published=True when these counts are public already.",
    )
    raise DataError([Fault(rule, remedy, column=event)])


# ---------------------------------------------------------------- how much places differ


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How much places differ beyond a lot: phi = mean z^2 and rho, of shape () within bounds."""

    phi: Bounds
    rho: Bounds


def spread_of(found: Places, share: Bounds, *, given: bool, trim: float) -> Spread:
    """phi and rho of places with pupils, about a share.

    share: of shape (), strictly between 0 and 1. given: whether it was given and not estimated.
    trim: the share of z at either end that is drawn in to the quantile there (winsorised;
    Spiegelhalter, 2005, Stat. Med. 24), so that what is to be found does not hide itself. z rises
    with e, falls with n and with p, and a winsorised z rises with every z: so these bounds hold for
    all completions.
    """
    there = found.pupils.low > 0
    e, n = found.events, found.pupils
    least = _z(e.low[there], n.high[there], float(share.high))
    most = _z(e.high[there], np.maximum(n.low, e.high)[there], float(share.low))
    low, high = winsorised(least, trim), winsorised(most, trim)
    square_low = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(low**2, high**2))
    square_high = np.maximum(low**2, high**2)
    I = int(there.sum())  # noqa: E741 (the letter of the paper)
    sums = np.array([square_low.sum(), square_high.sum()])
    bottom = np.array([_room(x[there], I, given=given) for x in (n.low, n.high)])
    top = np.maximum(sums - (I if given else I - 1), 0.0)
    ends = np.where(top > 0, np.minimum(top / np.maximum(bottom[::-1], 1e-300), MOST_RHO), 0.0)
    if bottom[1] <= 0:  # one pupil a place, or one place: nothing tells
        ends[:] = 0.0
    phi = sums / max(I, 1)
    return Spread(Bounds(phi[0], phi[1]), Bounds(min(ends), max(ends)))


def _z(e: Floats, n: Floats, p: float) -> Floats:
    out: Floats = (e - n * p) / np.sqrt(n * p * (1 - p))
    return out


def winsorised(z: Floats, trim: float) -> Floats:
    """z with its ends drawn in to the quantiles ``trim`` and 1 - ``trim``."""
    if trim == 0 or len(z) == 0:
        return z
    low, high = np.quantile(z, [trim, 1 - trim])
    return np.clip(z, low, high)


def _room(n: Floats, I: int, *, given: bool) -> float:  # noqa: E741 (as above)
    N = float(n.sum())
    return N - I if given else N - float(n @ n) / N - (I - 1)


# ---------------------------------------------------------------- what is shown


class HiddenPlaces(NamedTuple):
    """(I,) places of which nothing is shown, and those of which the pupils are but not the events;
    and how those that go to protect others were chosen."""

    gone: Bools
    ranged: Bools
    chosen: Chosen


def hidden_places(found: Places, minimum: int | None = None) -> HiddenPlaces:
    """What is not shown of places.

    Not shown: fewer than ``minimum`` pupils. Their events are hidden too where these, or the rest,
    are fewer (none and all included: that would tell of everyone). The total of all places, and
    pupils = events + rest, would tell what stands alone: others are hidden with it.
    """
    k = len(found.names)
    x, y = found.events.low, found.rest.low
    n = x + y
    counts = np.concatenate([x, y, n, [x.sum(), y.sum(), n.sum()]])
    at = np.arange(k)
    sums = [Sum(2 * k + i, (i, k + i)) for i in range(k)]
    sums += [Sum(3 * k + j, tuple((at + j * k).tolist())) for j in range(3)]
    sums.append(Sum(3 * k + 2, (3 * k, 3 * k + 1)))
    minimum = fewest() if minimum is None else minimum
    few = (n < minimum) | (n == 0)
    both = few | (x < minimum) | (y < minimum)
    also = np.concatenate([both, both, few, [False] * 3])
    worth = np.concatenate([np.zeros(2 * k), np.ones(k), np.full(3, 9)]).astype(np.intp)
    # Of these a reader is told that they are 0 to minimum - 1 (``schools._as_range``).
    few_of = (x < minimum) & (y >= minimum), (y < minimum) & (x >= minimum)
    as_range = np.concatenate([*few_of, [False] * (k + 3)])
    always = np.arange(3 * k + 3) >= 3 * k  # the share of all is shown
    rules = replace(profile(), minimum=minimum)
    kept = protect(counts, sums, rules=rules, also=also, worth=worth, as_range=as_range,
                   always=always)  # fmt: skip
    if not kept.safe:  # the ranges themselves would tell: nothing of these places is shown
        also = np.concatenate([both, both, both, [False] * 3])
        kept = protect(counts, sums, rules=rules, also=also, worth=worth, always=always)
    hidden = kept.hidden
    gone = hidden[2 * k : 3 * k]
    return HiddenPlaces(gone, (hidden[:k] | hidden[k : 2 * k]) & ~gone, kept.chosen)


def require_share(value: float, argument: str, *, low: float = 0.0, high: float = 1.0) -> None:
    """Raise PlanError unless a number lies strictly between two others."""
    if isinstance(value, int | float) and not isinstance(value, bool) and low < value < high:
        return
    rule = Text(f"Dit ligt niet tussen {low:g} en {high:g}.",
                f"This does not lie between {low:g} and {high:g}.")  # fmt: skip
    remedy = Text("Geef een getal ertussen.", "Give a number between them.")
    raise PlanError([Fault(rule, remedy, column=argument)])
