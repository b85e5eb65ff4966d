"""The two sides of a cut-off, each in order of distance; and what is asked of the arrays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

EPS = float(np.finfo(float).eps)
VALUES = 10  # different values on a side: fewer do not carry curves of the fourth degree
PUPILS = 10  # within the bandwidth, on a side
MASS = 0.2  # share of the pupils of a side who repeat a value: then these are mass points
FEW_VALUES = 20  # different values within the bandwidth, on a side: fewer are few
FEW_CLUSTERS = 10  # with fewer the limits are rough
WEAK = 10.0  # F of the first stage
NO_FIRST_STAGE = 3.8414588206941236  # F below this: participation need not have jumped at all


class Flag(StrEnum):
    """What makes an answer at a cut-off doubtful; ``FLAGS`` has the words."""

    MASS_POINTS = "mass points"
    FEW_CLUSTERS = "few clusters"
    WEAK = "weak first stage"
    DENSITY = "density jumps"
    COVARIATES = "a covariate jumps"


FLAGS = {
    Flag.MASS_POINTS: Text(
        "Rond de grens zijn er weinig verschillende scores: veel leerlingen hebben dezelfde. De"
        " lijnen rusten dan op weinig.",
        "Around the cut-off there are few different scores: many pupils share one. So the lines"
        " rest on little.",
    ),
    Flag.FEW_CLUSTERS: Text(
        "Er zijn minder dan tien scholen (clusters) rond de grens: de grenzen van het interval"
        " zijn zelf onzeker.",
        "There are fewer than ten schools (clusters) around the cut-off: the limits of the"
        " interval are themselves uncertain.",
    ),
    Flag.WEAK: Text(
        "Aan de grens verandert maar weinig in wie meedoet. Het effect van meedoen is dan heel"
        " onzeker.",
        "At the cut-off little changes in who takes part. The effect of taking part is then very"
        " uncertain.",
    ),
    Flag.DENSITY: Text(
        "Aan de ene kant van de grens staan opvallend meer leerlingen dan aan de andere. Scores"
        " kunnen over de grens zijn geschoven.",
        "Strikingly more pupils stand on one side of the cut-off than on the other. Scores may have"
        " been moved over it.",
    ),
    Flag.COVARIATES: Text(
        "Leerlingen net onder en net boven de grens verschilden vooraf al.",
        "Pupils just below and just above the cut-off already differed beforehand.",
    ),
}

WINDOW = Text(
    "Neem alleen de leerlingen met de scores vlak onder en vlak boven de grens, en vergelijk die"
    " alsof er geloot is (een klein venster).",
    "Take only the pupils with the scores just below and just above the cut-off, and compare these"
    " as if by lot (a small window).",
)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of the cut-off, nearest first.

    t: (n,) distance to the cut-off, from 0. y: (n, m) columns. rows: (n,) where each stood.
    start: (M + 1,) the row at which each of the M different distances begins, and n. rounding:
    distances that differ by no more are equal.
    """

    t: Floats
    y: Floats
    rows: Rows
    start: Rows
    rounding: float

    def within(self, h: float, *, closed: bool = False) -> int:
        """How many are nearer than h (or at h)."""
        return int(np.searchsorted(self.t, h, "right" if closed else "left"))

    @property
    def values(self) -> Floats:
        """(M,) the different distances."""
        return self.t[self.start[:-1]]

    def few_values(self, h: float) -> bool:
        """Whether pupils within h share so few values that lines stand on little else."""
        near = int(np.searchsorted(self.values, h))
        return self.repeated >= MASS and near < FEW_VALUES

    @property
    def repeated(self) -> float:
        """The share of pupils whose value was there already: 1 - values / pupils."""
        return 1 - (len(self.start) - 1) / len(self.t)


def sides(x: Floats, y: Floats, cutoff: float) -> tuple[Side, Side]:
    """Those below the cut-off, and those at or above it. x: (n,). y: (n, m), both checked."""
    rounding = 8 * EPS * max(float(np.abs(x).max()), abs(cutoff))
    order = np.argsort(x, kind="stable")
    split = int(np.searchsorted(x[order], cutoff, "left"))
    left, right = order[:split][::-1], order[split:]
    return _side(cutoff - x[left], y, left, rounding), _side(x[right] - cutoff, y, right, rounding)


def _side(t: Floats, y: Floats, rows: Rows, rounding: float) -> Side:
    new = np.flatnonzero(np.diff(t, prepend=-np.inf) > rounding)
    return Side(t, y[rows], rows, np.append(new, len(t)), rounding)


def check_running(x: ArrayLike, cutoff: float, name: str = "x") -> Floats:
    """(n,) values of the running variable. Raises DataError with everything that is wrong.

    Values that are missing; a cut-off outside the values or with nobody on one side; too few
    different values on a side to draw a line to the cut-off.
    """
    values = np.asarray(x, dtype=float)
    faults = []
    if values.ndim != 1 or not len(values):
        rule = Text("Hier staan geen scores.", "There are no scores here.")
        remedy = Text("Geef één score per leerling.", "Give one score per pupil.")
        raise DataError([Fault(rule, remedy, column=name)])
    known = np.isfinite(values)
    if not known.all():
        rule = Text(
            "Van deze leerlingen ontbreekt de score die bepaalt wie mee mag doen.",
            "The score that decides who may take part is missing for these pupils.",
        )
        remedy = Text(
            "Vul de score aan of laat deze leerlingen weg.",
            "Fill in the score or leave these pupils out.",
        )
        faults.append(Fault(rule, remedy, column=name, count=int((~known).sum())))
    rest = values[known]
    if not len(rest):
        raise DataError(faults)
    below = rest < cutoff
    if not np.isfinite(cutoff) or below.all() or not below.any():
        rule = Text(
            "Alle scores liggen aan één kant van de grens (cutoff): er is niemand om mee te"
            " vergelijken.",
            "All scores are on one side of the cut-off: there is nobody to compare with.",
        )
        remedy = Text(
            "Controleer de grens in het plan en de eenheid van de scores.",
            "Check the cut-off in the plan and the unit of the scores.",
        )
        faults.append(Fault(rule, remedy, column=name))
    else:
        few = [len(np.unique(rest[side])) for side in (below, ~below)]
        if min(few) < VALUES:
            rule = Text(
                "Er zijn te weinig verschillende scores om lijnen naar de grens te trekken:"
                f" {few[0]} onder de grens en {few[1]} erop of erboven. Nodig zijn er {VALUES} aan"
                " elke kant.",
                f"There are too few different scores to draw lines to the cut-off: {few[0]} below"
                f" it and {few[1]} at or above it. Each side needs {VALUES}.",
            )
            faults.append(Fault(rule, WINDOW, column=name))
    if faults:
        raise DataError(faults)
    return values


def columns(given: ArrayLike, n: int, name: str) -> Floats:
    """(n, m) finite numbers. Raises DataError."""
    values = np.asarray(given, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != n:
        rule = Text(
            "Dit heeft een andere lengte dan de lijst van scores.",
            "This is not as long as the list of scores.",
        )
        remedy = Text("Geef één waarde per leerling.", "Give one value per pupil.")
        raise DataError([Fault(rule, remedy, column=name)])
    missing = int((~np.isfinite(values)).any(axis=1).sum())
    if missing:
        rule = Text("Hier ontbreken waarden.", "Values are missing here.")
        remedy = Text(
            "Vul ze aan of laat deze leerlingen weg.", "Fill them in or leave these pupils out."
        )
        raise DataError([Fault(rule, remedy, column=name, count=missing)])
    return values


def labels(given: ArrayLike, n: int, name: str) -> Rows:
    """(n,) codes 0, 1, ... of labels. Raises DataError: other length, missing."""
    codes = pd.factorize(pd.Series(given), sort=True)[0].astype(np.intp)
    columns(np.where(codes < 0, np.nan, 1.0), n, name)
    return codes


def too_few(counts: tuple[int, int]) -> None:
    """Raises DataError when fewer than ten pupils stand within the bandwidth on a side."""
    if min(counts) < PUPILS:
        rule = Text(
            "Zo dicht bij de grens staan aan een van de kanten minder dan tien leerlingen. Dat zijn"
            " er te weinig voor een antwoord.",
            "So near the cut-off one of the sides has fewer than ten pupils. These are too few for"
            " an answer.",
        )
        remedy = Text(
            "Neem een ruimere afstand (bandwidth) of zoek meer leerlingen rond de grens.",
            "Take a wider distance (bandwidth), or find more pupils around the cut-off.",
        )
        raise DataError([Fault(rule, remedy)])
