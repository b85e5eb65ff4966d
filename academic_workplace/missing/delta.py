"""How different would the missing have to be? An effect when they scored otherwise than others.

Pupils without an outcome get what the regression expects of alike pupils of their own arm who have
one, plus delta (pattern mixture; Little, 1993, J. Am. Stat. Assoc. 88). Fitted again, the effect is

    estimate(delta) = estimate(0) + delta * slope,

where estimate(0) is that of the complete cases (what is filled in lies on their regression) and the
slope is the coefficient of the arm when "is missing, and gets delta" is itself the outcome: without
covariates, the share of the arm that is missing. Their joint variance by clusters is that of the
mean score method (White, Carpenter & Horton, 2018, Stat. Sinica 28), with CR2 for each: a quadratic
in delta, so that the delta where an interval touches a value is exact as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.language import Text

Floats = NDArray[np.float64]
LEVEL = 0.95
SMALL = 1e-12

NOTHING_MOVES = Text(
    "Een andere score van wie wegviel verandert het verschil hier niet.",
    "Another score of those missing does not change the difference here.",
)


@dataclass(frozen=True, slots=True)
class Delta:
    """The effect when those who are missing scored delta more than alike pupils.

    estimate, slope: estimate(delta) = estimate + slope delta. v, cross, v_slope: variance(delta) =
    v + 2 cross delta + v_slope delta^2. df: degrees of freedom of the interval (of the complete
    cases). All in units of the outcome.
    """

    estimate: float
    slope: float
    v: float
    cross: float
    v_slope: float
    df: float

    def at(self, delta: float) -> tuple[float, float, float, float]:
        """The effect at this delta: estimate, standard error, and the 95 % interval."""
        value = self.estimate + self.slope * delta
        v = self.v + 2 * self.cross * delta + self.v_slope * delta**2
        se = math.sqrt(max(v, 0.0))
        margin = self.quantile * se
        return value, se, value - margin, value + margin

    @property
    def quantile(self) -> float:
        """Of t, two-sided."""
        return float(special.stdtrit(self.df, (1 + LEVEL) / 2))

    @property
    def moves(self) -> bool:
        """Whether delta changes anything."""
        return abs(self.slope) > SMALL

    def touches(self, value: float) -> tuple[float, ...]:
        """The deltas at which a limit of the interval is this value, from low to high.

        (estimate - value + slope delta)^2 = t^2 variance(delta): at most two; none when the
        interval always or never holds it.
        """
        t2, e = self.quantile**2, self.estimate - value
        a = self.slope**2 - t2 * self.v_slope
        b = self.slope * e - t2 * self.cross
        c = e**2 - t2 * self.v
        scale = self.slope**2 + t2 * self.v_slope
        if scale == 0:
            return ()
        if abs(a) <= SMALL * scale:
            return (-c / (2 * b),) if b else ()
        inside = b**2 - a * c
        if inside < 0:
            return ()
        far = -(b + math.copysign(math.sqrt(inside), b))  # the stable root first
        if far == 0:  # one root at 0; where c is not 0 the roots lie farther than a number can
            return () if c else (0.0,)
        return tuple(sorted({far / a, c / far}))

    def nearest(self, value: float) -> tuple[float | None, float | None]:
        """The nearest such delta below 0 and above it; None where there is none."""
        found = self.touches(value)
        below = [x for x in found if x < 0]
        above = [x for x in found if x >= 0]
        return (max(below) if below else None, min(above) if above else None)


def delta_of(estimate: float, slope: float, own: Floats, own_slope: Floats, df: float) -> Delta:
    """The line from the influence of every cluster on its two parts.

    own, own_slope: (G,) the adjusted (CR2) influence of each cluster on the complete-case estimate
    and on the slope, of the same clusters in the same order, 0 where a cluster has none.
    """
    return Delta(
        estimate,
        slope,
        float(own @ own),
        float(own @ own_slope),
        float(own_slope @ own_slope),
        df,
    )
