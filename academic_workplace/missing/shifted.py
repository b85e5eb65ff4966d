"""A pooled effect when every value that was filled in was further by delta.

Delta-adjusted imputation (Rubin, 1987, section 6.2; White, Carpenter & Horton, 2018, Stat. Sinica
28): what was filled in of some pupils is shifted by delta, every completed table is estimated
again, and Rubin's rules pool them. Of an estimate that is linear in the outcome, every table gives
a line in delta, and its variance by clusters is a quadratic: three values of delta tell all of
them. Of a model whose variances are fitted again it is so nearly, and exact at those three.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academic_workplace.missing.delta import SMALL
from academic_workplace.missing.pooling import Pooled, pooled

Floats = NDArray[np.float64]
FEWEST = 1.0  # degrees of freedom
STEPS = 200  # on each side of 0: between these a limit is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Shifted:
    """The pooled effect at every delta.

    deltas: (3,) those at which every table was estimated, 0 first. estimates, variances: (3, K) of
    the tables. df: (3,) the degrees of freedom of the complete-data answers.
    """

    deltas: Floats
    estimates: Floats
    variances: Floats
    df: Floats

    @property
    def furthest(self) -> float:
        """How far from 0 a limit is looked for: as far as was estimated."""
        return float(np.max(np.abs(self.deltas)))

    @property
    def moves(self) -> bool:
        """Whether delta changes anything."""
        return bool(np.ptp(self.estimates.mean(axis=1)) > SMALL)

    def pooled(self, delta: float) -> Pooled:
        """All tables together at this delta."""
        a, b, c = self.deltas
        x = delta
        share = np.array([
            (x - b) * (x - c) / ((a - b) * (a - c)),
            (x - a) * (x - c) / ((b - a) * (b - c)),
            (x - a) * (x - b) / ((c - a) * (c - b)),
        ])  # fmt: skip
        least = self.variances.min() * SMALL
        variances = np.maximum(share @ self.variances, least)
        df = max(float(share @ self.df), FEWEST)
        return pooled((share @ self.estimates).tolist(), variances.tolist(), df)

    def at(self, delta: float) -> tuple[float, float, float, float]:
        """The effect at this delta: estimate, standard error, and the 95 % interval."""
        found = self.pooled(delta)
        return found.estimate, found.se, found.low, found.high

    def touches(self, value: float) -> tuple[float, ...]:
        """The deltas at which a limit of the interval is this value, from low to high, no further
        from 0 than was estimated."""
        from scipy.optimize import brentq

        grid = np.linspace(-self.furthest, self.furthest, 2 * STEPS + 1)
        ends = np.array([self.at(float(x))[2:] for x in grid]) - value
        out = set[float]()
        for k in (2, 3):

            def apart(delta: float, k: int = k) -> float:
                return self.at(delta)[k] - value

            limits = ends[:, k - 2]
            for i in np.flatnonzero(np.sign(limits[:-1]) * np.sign(limits[1:]) < 0):
                near, far = float(grid[i]), float(grid[i + 1])
                out.add(float(brentq(apart, near, far, xtol=1e-12 * self.furthest)))
        return tuple(sorted(out))

    def nearest(self, value: float) -> tuple[float | None, float | None]:
        """The nearest such delta below 0 and above it; None where there is none."""
        found = self.touches(value)
        below, above = [x for x in found if x < 0], [x for x in found if x >= 0]
        return (max(below) if below else None, min(above) if above else None)
