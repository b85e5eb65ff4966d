"""A programme that nobody assigned by lot: the comparison is weighted until it is like the treated.

What a weighted, matched or doubly robust effect tells of itself: ``Weighted``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.comparison.balance import CovariateBalance, Overlap
from academic_workplace.comparison.inputs import Estimand, Floats
from academic_workplace.comparison.weighting import Flag, Weights
from academic_workplace.language import both
from academic_workplace.plan import Method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures import Drawing

KEPT_INSIDE = ("weights", "pair_differences")  # of pupils: never shown, pickled or written


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """How an arm and the comparison were made alike, and how well that went.

    balance: of every column in the weights (own baseline, covariates, all levels of a category),
    before and after; then of the columns in ``Plan.balance``, which the weights did not see.
    weighed: how many of the columns of ``balance`` the weights saw; they come first.
    overlap: of the chance to take part; None when no logistic regression can tell it.
    Pairs are (treated, comparison): pupils there were; used: of those with a weight; left_out:
    trimmed, or without a counterpart; ess: the effective numbers; largest: the largest share of an
    arm's weight that one pupil has. clusters: those of the pupils used. sets: matched pairs or
    classes, None for weights. adjusted: the columns that the regression adjusts for on top.
    flags: what a reader must know first (``comparison.FLAGS``).
    weights, pair_differences ((m,) treated minus counterpart, of matched pairs one to one; None
    otherwise): of pupils. They are not shown, pickled or written, and are None after pickling.
    """

    outcome: str
    wave: str
    arm: str
    comparison: str
    method: Method
    estimand: Estimand
    balance: CovariateBalance
    weighed: int
    overlap: Overlap | None
    pupils: tuple[int, int]
    used: tuple[int, int]
    clusters: tuple[int, int]
    left_out: tuple[int, int]
    ess: tuple[float, float]
    largest: tuple[float, float]
    sets: int | None
    adjusted: tuple[str, ...]
    flags: tuple[Flag, ...]
    weights: Weights | None = field(default=None, repr=False)
    pair_differences: Floats | None = field(default=None, repr=False)

    def __reduce__(self) -> tuple[object, ...]:
        kept = (getattr(self, f.name) for f in fields(self) if f.name not in KEPT_INSIDE)
        return Weighted, tuple(kept)

    def table(self) -> pd.DataFrame:
        """A row per column, before and after weighting, in full precision."""
        return self.balance.table()

    def explain(self, language: str = "nl") -> str:
        """How alike the arms are now, and what to mind, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.comparison import weighted_sentence

        return weighted_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The love plot: how far apart the arms were and are, per column."""
        from academic_workplace.report.comparison import plot_balance

        return plot_balance(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.comparison import balance_drawing

        return balance_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)
