"""A number with its interval, and regressions whose contrasts have one.

With schools: CR2 with Satterthwaite degrees of freedom (``linear.py``; with weights that say for
whom a pupil stands ``weighted.py``). Without: every pupil is a cluster, so that CR2 is HC2 with the
degrees of freedom of Bell & McCaffrey (2002); for two groups that is the variance of Welch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace import linear, weighted
from academic_workplace.language import Text
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.plan import Inference
from academic_workplace.sizes.size import LEVEL, t_quantile
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

FEW_FREEDOM = 4  # degrees of freedom below which t is no guide (Pustejovsky & Tipton, 2018)
FEW_SCHOOLS = 20  # fewer whole schools make the interval of a bootstrap too short


class How(StrEnum):
    """Where an interval comes from."""

    SCHOOLS = "CR2 by school, Satterthwaite"
    PUPILS = "pupils as if independent (HC2)"
    DRAWN_SCHOOLS = "bootstrap of whole schools, percentiles"
    DRAWN_PUPILS = "bootstrap of pupils, percentiles"
    WITHIN_UNITS = "bootstrap of pupils within units, basic interval"
    LIKELIHOOD = "maximum likelihood, pupils as if independent"
    NONE = "none"


class Doubt(StrEnum):
    """What makes the uncertainty of a gap itself uncertain; ``DOUBTS`` has the words."""

    INDEPENDENT = "pupils as if independent"
    ONE_SCHOOL = "one school decides"
    FEW_FREEDOM = "few degrees of freedom"
    FEW_SCHOOLS = "few schools for a bootstrap"
    ABOUT_ALIKE = "no spread in a group"


DOUBTS = {
    Doubt.INDEPENDENT: Text(
        "De grenzen doen alsof leerlingen van één school niet op elkaar lijken. In het echt zijn de"
        " grenzen vaak wijder.",
        "The limits are as if pupils of one school were not alike. In reality they are often"
        " wider.",
    ),
    Doubt.ONE_SCHOOL: Text(
        "Alle leerlingen van een groep zitten op één school, of er is maar één school. Er zijn dan"
        " geen grenzen.",
        "All pupils of a group attend one school, or there is but one school. There are no limits"
        " then.",
    ),
    Doubt.FEW_FREEDOM: Text(
        "Te weinig scholen bepalen dit verschil: de grenzen zijn zelf onzeker.",
        "Too few schools decide this difference: the limits are themselves uncertain.",
    ),
    Doubt.FEW_SCHOOLS: Text(
        "Er zijn minder dan 20 scholen. De grenzen die op trekkingen rusten zijn dan te krap.",
        "There are fewer than 20 schools. Limits that rest on draws are then too narrow.",
    ),
    Doubt.ABOUT_ALIKE: Text(
        "In een groep is er geen spreiding.", "There is no spread in one of the groups."
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval (95 %); what cannot be given is None."""

    value: float
    se: float | None = None
    df: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    how: How = How.NONE

    def to_dict(self) -> dict[str, object]:
        """Every field under its own name, in full precision."""
        names = ("value", "se", "df", "low", "high", "p_value")
        return {name: getattr(self, name) for name in names} | {"interval": self.how.value}


def estimate(value: float, variance: float, df: float, how: How) -> Estimate:
    """The estimate with its t interval; without one where the variance is not known."""
    if not variance > 0 or not df > 0:
        return Estimate(value)
    se = math.sqrt(variance)
    reach = t_quantile(df) * se
    p = 2 * float(special.stdtr(df, -abs(value) / se))
    return Estimate(value, se, df, value - reach, value + reach, p, how)


def on_scale(
    found: Estimate,
    value: float,
    slope: float,
    there: Callable[[float], float],
    back: Callable[[float], float],
) -> Estimate:
    """A function of an estimate whose limits are made on a scale without ends.

    value: the function itself; slope: its derivative. there, back: to the free scale of the
    estimate and from that to the function, both rising.
    """
    if found.se is None or found.df is None:
        return Estimate(value)
    x, step = found.value, 1e-6 * found.se
    rate = (there(x + step) - there(x - step)) / (2 * step)
    reach = t_quantile(found.df, LEVEL) * found.se * rate
    low, high = float(back(there(x) - reach)), float(back(there(x) + reach))
    return Estimate(value, abs(slope) * found.se, found.df, low, high, None, found.how)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A least-squares fit of k columns and a constant, with or without weights and schools."""

    least: linear.Fit
    weighted: weighted.WeightedFit | None
    how: How

    @property
    def names(self) -> tuple[str, ...]:
        return self.least.names

    def contrast(self, given: Mapping[str, float], mean: float = 0.0) -> Estimate:
        """Sum of weights times slopes, and of ``mean`` times the mean of the outcome."""
        c = np.array([*(given.get(name, 0.0) for name in self.names), mean])
        k = len(self.names)
        value = float(c[:k] @ self.least.beta) + mean * self.least.mean_y
        if c[:k].any() and linear.fixed_by_one(self.least, c[:k]):
            return Estimate(value)
        if self.weighted is None:
            return estimate(value, *linear.variance(self.least, c, Inference.CR2), self.how)
        return estimate(value, *weighted.variance(self.weighted, c, Inference.CR2), self.how)


def regress(
    y: Floats,
    columns: Mapping[str, Floats],
    school: Rows | None,
    weights: Floats | None = None,
    *,
    pupils: Floats | None = None,
) -> Fitted:
    """Least squares of y (n,) on columns (n,) and a constant.

    school: (n,) codes. weights: (n,), for whom a pupil stands. pupils: (n,) how many are alike in a
    row, of which y may be their mean; intervals are then by school, for no row is one pupil.
    Raises DataError naming columns that do not vary or follow from others.
    """
    how = How.PUPILS if school is None else How.SCHOOLS
    code = np.arange(len(y)) if school is None else np.unique(school, return_inverse=True)[1]
    if weights is not None:
        m = weighted.weighted_moments({**columns, "": y}, code, weights)
        with one_thread():
            fit = weighted.fit(m, tuple(columns), "")
        return Fitted(fit.least, fit, how)
    G = int(code.max()) + 1
    with one_thread():
        root = None if pupils is None else np.sqrt(pupils)
        origin, S = cross_products([*columns.values(), y], code, G, root=root)
        nothing = ("",) * G
        names = tuple(str(g) for g in range(G))
        m2 = SampleMoments("", "", names, nothing, nothing, ("1", *columns, ""), origin, S)
        return Fitted(linear.least_squares(m2, tuple(columns), absorb=False), None, how)


def doubts(*found: Estimate | None, schools: int | None, drawn: bool = False) -> tuple[Doubt, ...]:
    """What is to be said of the intervals together. schools: None when pupils are independent."""
    out: list[Doubt] = []
    known = [each for each in found if each is not None]
    if schools is None:
        out.append(Doubt.INDEPENDENT)
    elif any(each.se is None for each in known):
        out.append(Doubt.ONE_SCHOOL)
    if schools is not None and any(each.df is not None and each.df < FEW_FREEDOM for each in known):
        out.append(Doubt.FEW_FREEDOM)
    if drawn and schools is not None and schools < FEW_SCHOOLS:
        out.append(Doubt.FEW_SCHOOLS)
    return tuple(out)
