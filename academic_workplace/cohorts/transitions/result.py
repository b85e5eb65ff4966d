"""What is found: shares below, on and above, who goes where, and bounds of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.levels import Advice, Move, Regime, Rule, Track
from academic_workplace.disclosure.protect import Chosen
from academic_workplace.errors import Fault, PlanError, chosen_of
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
MOVES = (Move.BELOW, Move.ON, Move.ABOVE)
ALL = "all"


class Contrast(StrEnum):
    """What is seen from what."""

    POSITION = "position"  # the position in a year, seen from the advice
    TEST = "test"  # the advice seen from the test: below is under-advice, above over-advice
    REVISION = "revision"  # the final advice seen from the first: above is adjusted upward
    HEEDED = "heeded"  # the same, of pupils whose test came out above the first advice


class Basis(StrEnum):
    """What an interval rests on."""

    SCHOOLS = "CR2 by school"
    PUPILS = "Wilson, pupils as if independent"
    NONE = "none"


class Caution(StrEnum):
    """What makes a share, or how sure it is, uncertain; the report has the words."""

    AS_IF_INDEPENDENT = "pupils as if independent"
    FEW_DEGREES_OF_FREEDOM = "few degrees of freedom"
    ONE_SCHOOL = "one school"
    NO_SPREAD = "no difference between schools"


# ---------------------------------------------------------------- results


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which part of a group is below, on or above.

    group: a label per column of ``by``, () for everyone; None: not known. pupils: with both sides
    known; count: how many of them; value: count / pupils, between 0 and 1; low, high: of the
    interval; df: its degrees of freedom (CR2). All are None when withheld (``withheld``), and the
    limits where there are none.
    """

    contrast: Contrast
    year: int  # 0 when it is about no position
    group: tuple[str | None, ...]
    move: Move
    pupils: int | None
    count: int | None
    value: float | None
    low: float | None
    high: float | None
    df: float | None
    schools: int | None
    basis: Basis
    cautions: tuple[Caution, ...]
    withheld: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Matrix:
    """How many pupils of each advice sit where, in one year.

    advice: R rows; position: P columns, both low to high. counts: (R + 1, P + 1) with the totals
    last; NaN where withheld. moves: (R, P) whether that is below, on or above, or None.
    """

    year: int
    group: tuple[str | None, ...]
    advice: tuple[Track, ...]
    position: tuple[Track, ...]
    counts: Floats
    moves: tuple[tuple[Move | None, ...], ...]

    @property
    def shares(self) -> Floats:
        """(R + 1, P) of the pupils with an advice, which share sits where; NaN where withheld."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.counts[:, :-1] / self.counts[:, -1:])

    def table(self, *, shares: bool = False) -> pd.DataFrame:
        """A row per advice, a column per position, totals last. shares: of the row."""
        rows = [*(track.value for track in self.advice), "total"]
        columns = [track.value for track in self.position]
        if shares:
            return pd.DataFrame(self.shares, index=rows, columns=columns)
        return pd.DataFrame(self.counts, index=rows, columns=[*columns, "total"])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Transitions:
    """Shares below, on and above, and who goes where; nothing in it tells of fewer than ten.

    which: the advice that positions (and the test) are compared with. by: the columns that make the
    groups. cohorts, regimes: school years of the advice, and the rules they fall under.
    across_regimes: whether numbers add up both rules. shares: per contrast, group and move.
    matrices: per year and group; everyone has the group (). notes: what to know beside them.
    labels: readers' words for groups. chosen: how what was withheld besides, to protect, was.
    """

    which: Advice
    rule: Rule
    by: tuple[str, ...]
    cohorts: tuple[str, ...]
    regimes: tuple[Regime, ...]
    across_regimes: bool
    shares: tuple[Share, ...]
    matrices: tuple[Matrix, ...]
    notes: tuple[Text, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)
    chosen: Chosen = Chosen.LEAST

    @property
    def groups(self) -> tuple[tuple[str | None, ...], ...]:
        """All groups, in order; () is everyone."""
        return tuple(dict.fromkeys(share.group for share in self.shares))

    def share(
        self,
        move: Move | str,
        *,
        contrast: Contrast | str = Contrast.POSITION,
        year: int | None = None,
        group: tuple[str | None, ...] = (),
    ) -> Share:
        """One share. year: the last one when not given. Raises PlanError when there is none."""
        of, to = chosen_of(Contrast, contrast, "contrast"), chosen_of(Move, move, "move")
        found = [s for s in self.shares if (s.contrast, s.move, s.group) == (of, to, group)]
        if of is Contrast.POSITION and found:
            wanted = max(s.year for s in found) if year is None else year
            found = [s for s in found if s.year == wanted]
        if not found:
            raise PlanError([nothing_here(f"{of.value}, {'/'.join(map(str, group)) or '()'}")])
        return found[0]

    def matrix(self, *, year: int | None = None, group: tuple[str | None, ...] = ()) -> Matrix:
        """One matrix. year: the last one when not given. Raises PlanError when there is none."""
        found = [m for m in self.matrices if m.group == group and year in (None, m.year)]
        if not found:
            raise PlanError(
                [nothing_here(f"{year or ''} {'/'.join(map(str, group)) or '()'}".strip())]
            )
        return max(found, key=lambda m: m.year)

    def table(self) -> pd.DataFrame:
        """A row per contrast, year, group and move; empty where withheld."""
        rows = []
        for share in self.shares:
            row = {f.name: getattr(share, f.name) for f in fields(share)}
            labels = share.group or (ALL,) * len(self.by)
            row |= {"cautions": "; ".join(share.cautions)}
            del row["group"]
            rows.append(dict(zip(self.by, labels, strict=True)) | row)
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.transitions import transitions_sentences

        return transitions_sentences(self, language)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        language: str = "nl",
        year: int | None = None,
        group: tuple[str | None, ...] = (),
    ) -> Axes:
        """From advice to position, drawn as ribbons; on axes of the caller's, or new ones."""
        from academic_workplace.report.transitions import plot_transitions

        return plot_transitions(self.matrix(year=year, group=group), self, language, ax)

    def picture(
        self,
        language: str = "nl",
        *,
        year: int | None = None,
        group: tuple[str | None, ...] = (),
    ) -> Drawing:
        """The same picture for a notebook, with its alternative text."""
        from academic_workplace.report.transitions import transitions_drawing

        return transitions_drawing(self.matrix(year=year, group=group), self, language)

    def __repr__(self) -> str:
        return f"Transitions(which={self.which.value!r}, cohorts={self.cohorts}, by={self.by})"

    def _repr_html_(self) -> str:
        from academic_workplace.report.transitions import transitions_html

        return both(self.explain) + transitions_html(self)


def nothing_here(what: str) -> Fault:
    return Fault(
        Text(f"Dit is hier niet uitgerekend: {what}.", f"This was not worked out here: {what}."),
        Text("Kijk in table() wat er is.", "See in table() what there is."),
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TransitionBounds:
    """Shares below, on and above of counts that are partly hidden: every filling lies inside.

    groups: a label per column of ``by``. value: (G, 3) shares; pupils: (G,) of how many.
    hidden: (G,) counts that are not known precisely.
    """

    year: int
    which: Advice
    rule: Rule
    by: tuple[str, ...]
    cohorts: tuple[str, ...]
    regimes: tuple[Regime, ...]
    groups: tuple[tuple[str | None, ...], ...]
    value: Bounds
    pupils: Bounds
    hidden: Ints
    notes: tuple[Text, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """A row per group and move: low and high of the share, and of how many pupils."""
        rows = [
            dict(zip(self.by, group, strict=True))
            | {
                "move": move.value,
                "low": self.value.low[g, i], "high": self.value.high[g, i],
                "of_low": self.pupils.low[g], "of_high": self.pupils.high[g],
                "hidden": int(self.hidden[g]),
            }
            for g, group in enumerate(self.groups)
            for i, move in enumerate(MOVES)
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads, with both bounds."""
        from academic_workplace.report.transitions import bounds_sentences

        return bounds_sentences(self, language)

    def __repr__(self) -> str:
        return f"TransitionBounds(year={self.year}, cohorts={self.cohorts}, by={self.by})"

    def _repr_html_(self) -> str:
        from academic_workplace.report.transitions import bounds_html

        return both(self.explain) + bounds_html(self)
