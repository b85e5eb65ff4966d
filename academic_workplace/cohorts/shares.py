"""Gaps between shares from counts that may be hidden (``<5``): bounds that hold for every filling.

The counts of one group do not bind those of another, nor do those of two cohorts. So the bounds of
a gap are the differences of those of its shares, and no narrower ones hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import (
    labels,
    place_of,
    readers_words,
    refuse,
    require_columns,
    unknown,
)
from academic_workplace.cohorts.levels import located
from academic_workplace.cohorts.ordered import UNNAMED
from academic_workplace.cohorts.ranges import (
    Counts,
    counts_of,
    part_and_whole,
    wrong_rows,
)
from academic_workplace.disclosure import may_leave
from academic_workplace.errors import Fault
from academic_workplace.intake.duo.ranges import Bounds, Split, share_of, split
from academic_workplace.items import Items
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

NOTHING = Bounds(math.nan)
NO_FIT = Text("Een totaal past niet bij zijn delen.", "A total contradicts its parts.")
CHECK = Text("Controleer het totaal en de delen.", "Check the total and the parts.")


class Direction(StrEnum):
    """Whether a gap is larger than before, whatever the hidden counts are."""

    SMALLER = "smaller"
    LARGER = "larger"
    OPEN = "open"  # it depends on them


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ShareGap:
    """Shares of two groups and the gap between them (group less reference): bounds of shape ().

    pupils, pupils_reference: of how many. withheld: fewer than ten with or without the outcome;
    then the bounds are NaN.
    """

    share: Bounds
    share_reference: Bounds
    gap: Bounds
    pupils: Bounds = NOTHING
    pupils_reference: Bounds = NOTHING
    outcome: str = "outcome"
    group: str = "group"
    reference: str = "reference"
    at: str = ""
    withheld: bool = False
    labels: Mapping[str, Text] = field(default_factory=lambda: dict(UNNAMED))

    @property
    def exact(self) -> bool:
        """Whether nothing is hidden in the shares."""
        return bool(self.share.exact and self.share_reference.exact)

    def measures(self) -> Iterator[tuple[str, Bounds]]:
        """Every number there is, by name."""
        for name in ("share", "share_reference", "gap", "pupils", "pupils_reference"):
            yield name, getattr(self, name)

    def alone(self) -> GapBounds:
        """The same as a row of one."""
        return GapBounds((self,), self.outcome, (), labels=self.labels)

    def table(self) -> pd.DataFrame:
        """A row per number: the lowest and the highest."""
        return self.alone().table()

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        return self.alone().explain(language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The gap, from the lowest to the highest."""
        return self.alone().plot(ax, language=language)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        return self.alone().picture(language)

    def _repr_html_(self) -> str:
        return self.alone()._repr_html_()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ChangeBounds:
    """How much higher a gap is in one cohort (or arm) than in another, within bounds of shape ().

    direction: whether the gap is larger or smaller in size, for every filling.
    """

    group: str
    reference: str
    at: str
    since: str
    gap: Bounds
    direction: Direction


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GapBounds(Items[ShareGap]):
    """The gaps of one outcome from counts: groups in their order, and cohorts within them."""

    outcome: str
    changes: tuple[ChangeBounds, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)
    programme: bool = False

    def __repr__(self) -> str:
        return f"GapBounds({len(self)} gaps)"

    def table(self) -> pd.DataFrame:
        """A row per gap and number: the lowest and the highest, in full precision."""
        return pd.DataFrame([
            {"outcome": self.outcome, "group": gap.group, "reference": gap.reference, "at": gap.at,
             "measure": name, "low": float(each.low), "high": float(each.high),
             "withheld": gap.withheld}
            for gap in self.items
            for name, each in gap.measures()
        ])  # fmt: skip

    def changes_table(self) -> pd.DataFrame:
        """A row per change of a gap."""
        columns = ["outcome", "group", "reference", "at", "since", "low", "high", "direction"]
        rows = [
            (self.outcome, c.group, c.reference, c.at, c.since, float(c.gap.low),
             float(c.gap.high), c.direction.value)
            for c in self.changes
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.gaps import bounds_sentence

        return bounds_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The gaps from the lowest to the highest, over the cohorts when there are several."""
        from academic_workplace.report.gaps import plot_bounds

        return plot_bounds(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.gaps import bounds_drawing

        return bounds_drawing(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.gaps import bounds_notebook

        return both(self.explain) + bounds_notebook(self)


# ---------------------------------------------------------------- two groups


def share_gap(
    yes: Counts,
    no: Counts,
    yes_reference: Counts,
    no_reference: Counts,
    *,
    total: Counts | None = None,
    total_reference: Counts | None = None,
    labels: Mapping[str, Text] | None = None,
) -> ShareGap:
    """The difference between the shares of two groups when counts may be hidden (``<5``).

    yes, no: (n,) pupils per unit (school) with and without, of the group and of the reference:
    ``Bounds``, or numbers and words such as ``<5`` and ``5-9``. total: (n,) of both together where
    it is published. The bounds hold for every completion and no narrower ones do: the counts of one
    group do not bind those of the other. The counts are taken as public. labels: what readers call
    the ``outcome``, the ``group`` and the ``reference``.

    Raises DataError for what is no count, when counts contradict their total, or when a group is
    empty in every completion.
    """
    words = UNNAMED | readers_words(labels)
    faults: list[Fault] = []
    parts = [
        _parts(one, faults)
        for one in (
            (("yes", yes), ("no", no), ("total", total)),
            (("yes_reference", yes_reference), ("no_reference", no_reference),
             ("total_reference", total_reference)),
        )
    ]  # fmt: skip
    refuse(faults)
    shares, pupils = [], []
    for name, each in zip(("group", "reference"), parts, strict=True):
        if each is None:  # there was a fault
            continue
        share = share_of(each, np.zeros(each.x.low.size, dtype=np.intp), 1)
        if np.isnan(share.low[0]):
            rule = Text("In een groep is niemand.", "There is nobody in a group.")
            remedy = Text("Kies een groep met leerlingen.", "Choose a group with pupils.")
            faults.append(Fault(rule, remedy, column=name))
        shares.append(Bounds(share.low[0], share.high[0]))
        pupils.append(each.whole.sum())
    refuse(faults)
    return ShareGap(share=shares[0], share_reference=shares[1], gap=shares[0] - shares[1],
                    pupils=pupils[0], pupils_reference=pupils[1], labels=words)  # fmt: skip


def _parts(
    given: tuple[tuple[str, Counts | None], ...], faults: list[Fault]
) -> Split | None:  # fmt: skip
    """With, without and both together of one group; None after a fault."""
    before = len(faults)
    x, y, *total = (counts_of(each, name, faults) for name, each in given
                    if each is not None or not name.startswith("total"))  # fmt: skip
    if len(faults) > before:
        return None
    sizes = {each.low.size for each in (x, y, *total)}
    if len(sizes) > 1:
        rule = Text("Er zijn niet even veel aantallen met, zonder en samen.",
                    "There are not as many counts with, without and together.")  # fmt: skip
        remedy = Text("Geef van elke school alle aantallen.", "Give every count of every school.")
        faults.append(Fault(rule, remedy, column=", ".join(name for name, _ in given)))
        return None
    whole = total[0] if total else x + y
    wrong = (x.low + y.low > whole.high) | (x.high + y.high < whole.low)
    if wrong.any():
        faults.append(wrong_rows(NO_FIT, CHECK, given[2][0], wrong))
        return None
    return split(x, y, whole)


# ---------------------------------------------------------------- a table of counts


def gap_of_counts(
    table: pd.DataFrame,
    *,
    outcome: str,
    pupils: str,
    group: str,
    reference: object,
    over: str | None,
    since: object,
    words: Mapping[str, Text],
    programme: bool,
    published: bool,
) -> GapBounds:
    """What ``gaps.gap`` does with counts: rows of one group and cohort (``over``) add up.

    Raises as it does; rows of which the group or cohort is missing, counts that are none and
    outcomes that are more than the pupils are all named.
    """
    named = {"outcome": outcome, "pupils": pupils, "group": group, "cohort": over}
    require_columns(table, named, ("outcome", "pupils", "group"))
    parts = _read(table, outcome, pupils, (group,) if over is None else (group, over))
    code, groups = labels(table, group)
    at, places = (np.zeros(len(table), dtype=np.intp), [""]) if over is None else (
        labels(table, over)
    )  # fmt: skip
    r = place_of(reference, groups, "reference")
    first = 0 if since is None else place_of(since, places, "since")
    T = len(places)
    place: Rows = code * T + at
    faults = _absent(parts, place, groups, places, group, over)
    if len(groups) < 2:
        rule = Text("Er is maar één groep.", "There is but one group.")
        remedy = Text("Kies een kolom met twee of meer groepen.",
                      "Choose a column with two or more groups.")  # fmt: skip
        faults.append(Fault(rule, remedy, column=group))
    refuse(faults)
    share = share_of(parts, place, len(groups) * T)
    low, high = (
        [np.bincount(place, b, len(groups) * T).astype(float) for b in ends]
        for ends in ((parts.x.low, parts.y.low, parts.whole.low), (parts.whole.high,))
    )
    told = np.array([published or may_leave(int(x), int(y)) for x, y in zip(*low[:2], strict=True)])
    items, changes = [], []
    for g in range(len(groups)):
        if g == r:
            continue
        own = []
        for t in range(T):
            cells = (g * T + t, r * T + t)
            names = {"outcome": outcome, "group": str(groups[g]), "reference": str(groups[r]),
                     "at": str(places[t]) if over else "", "labels": words}  # fmt: skip
            own.append(
                _item(cells, share, low[2], high[0], names, shown=bool(told[[*cells]].all()))
            )
        items += own
        for t in range(T):
            if t != first and not own[t].withheld and not own[first].withheld:
                changes.append(_change(own[t], own[first]))
    return GapBounds(tuple(items), outcome, tuple(changes), words, programme)


def _item(
    cells: tuple[int, int], share: Bounds, least: Floats,
    most: Floats, names: dict[str, Any], *, shown: bool,
) -> ShareGap:  # fmt: skip
    """The gap between two cells: those of the group and of the reference."""
    if not shown:
        return ShareGap(share=NOTHING, share_reference=NOTHING, gap=NOTHING, withheld=True, **names)
    one, other = (Bounds(share.low[i], share.high[i]) for i in cells)
    n, n_reference = (Bounds(least[i], most[i]) for i in cells)
    return ShareGap(share=one, share_reference=other, gap=one - other, pupils=n,
                    pupils_reference=n_reference, **names)  # fmt: skip


def _read(table: pd.DataFrame, outcome: str, pupils: str, of: tuple[str, ...]) -> Split:
    """(n,) with, without and together of every row. Raises DataError naming every fault."""
    faults: list[Fault] = []
    x, n = part_and_whole(table, outcome, pupils, faults)
    for column in of:
        blank = labels(table, column)[0] < 0
        if blank.all():
            faults.append(unknown(column))
        elif blank.any():
            rule = Text("Bij dit aantal ontbreekt de groep of het cohort.",
                        "This count lacks its group or cohort.")  # fmt: skip
            remedy = Text("Vul het in, of laat de rij weg.", "Fill it in, or leave out the row.")
            faults.append(wrong_rows(rule, remedy, column, blank))
    refuse(located(faults, table))
    return split(x, Bounds(np.zeros(len(table)), n.high), n)


def _absent(
    parts: Split, place: Rows, groups: list[Any], places: list[Any], group: str, over: str | None
) -> list[Fault]:
    """A fault per group and cohort that certainly has no pupils."""
    most = np.bincount(place, parts.whole.high, len(groups) * len(places))
    faults = []
    for g, t in np.argwhere(most.reshape(len(groups), len(places)) == 0):
        where = f" in ‘{places[t]}’" if over else ""
        rule = Text(f"De groep ‘{groups[g]}’ heeft geen leerlingen{where}.",
                    f"The group ‘{groups[g]}’ has no pupils{where}.")  # fmt: skip
        remedy = Text("Neem die groep of dat cohort niet mee, of voeg groepen samen.",
                      "Leave that group or that cohort out, or join groups.")  # fmt: skip
        faults.append(Fault(rule, remedy, column=group))
    return faults


def _change(now: ShareGap, then: ShareGap) -> ChangeBounds:
    """Of the gap, and of its size where both lie on one side of no difference."""
    moved, direction = now.gap - then.gap, Direction.OPEN
    for sign in (1, -1):
        ends = (now.gap.low, then.gap.low) if sign > 0 else (now.gap.high, then.gap.high)
        if all(sign * float(end) >= 0 for end in ends):
            low, high = sorted((sign * float(moved.low), sign * float(moved.high)))
            direction = (
                Direction.LARGER if low > 0 else Direction.SMALLER if high < 0 else direction
            )
    return ChangeBounds(group=now.group, reference=now.reference, at=now.at, since=then.at,
                        gap=moved, direction=direction)  # fmt: skip
