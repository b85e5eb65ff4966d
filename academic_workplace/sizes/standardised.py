"""Standardised differences between two arms of pupils who are not clustered.

In a design with clusters (schools, classes) these intervals are too narrow: see ``clustered.py``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from academic_workplace.errors import chosen_of
from academic_workplace.sizes.inputs import (
    COVERAGE,
    NOT_NEGATIVE,
    NUMBER,
    POSITIVE,
    TWO,
    Floats,
    arrays,
    require,
    require_spread,
)
from academic_workplace.sizes.size import LEVEL, Factor, Size, noncentral_limits

POOLED = "pooled standard deviation within arms"
COMPARISON_SD = "standard deviation of the comparison arm"


def hedges_g(
    treated: ArrayLike,
    comparison: ArrayLike,
    *,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """Hedges' g: the difference of the means divided by the pooled standard deviation.

    treated, comparison: one value per pupil, two or more. The interval is exact (noncentral t)
    when both arms are normal with one spread: the limits of d times the factor. The standard
    error is that of large samples, root of (n_t + n_c)/(n_t n_c) + g^2/(2 (n_t + n_c)).
    Hedges (1981); Hedges & Olkin (1985). For pupils in clusters use ``clustered_effect``.

    Raises DataError naming missing values, too few values, and no spread; PlanError.

    >>> round(hedges_g([5, 6, 7], [4, 5, 6], factor="wwc").g, 6)
    0.8
    """
    t, c = arrays({"treated": treated, "comparison": comparison}, ("level", level, COVERAGE))
    difference = _difference(t, c)
    n_t, n_c = len(t), len(c)
    sd = pooled_sd(float(t.std(ddof=1)), n_t, float(c.std(ddof=1)), n_c)
    require_spread("treated, comparison", sd, max(np.abs(t).max(), np.abs(c).max()))
    return _pooled(difference, sd, n_t, n_c, chosen_of(Factor, factor, "factor"), level)


def hedges_g_from_summary(
    *,
    mean_t: float,
    sd_t: float,
    n_t: int,
    mean_c: float,
    sd_c: float,
    n_c: int,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """``hedges_g`` from means, standard deviations and numbers of pupils.

    Raises DataError naming every number that cannot be; PlanError.
    """
    require(
        ("mean_t", mean_t, NUMBER),
        ("mean_c", mean_c, NUMBER),
        ("sd_t", sd_t, NOT_NEGATIVE),
        ("sd_c", sd_c, NOT_NEGATIVE),
        ("n_t", n_t, TWO),
        ("n_c", n_c, TWO),
        ("level", level, COVERAGE),
    )
    sd = pooled_sd(sd_t, n_t, sd_c, n_c)
    require(("sd_t, sd_c", sd, POSITIVE))
    return _pooled(mean_t - mean_c, sd, n_t, n_c, chosen_of(Factor, factor, "factor"), level)


def glass_delta(
    treated: ArrayLike,
    comparison: ArrayLike,
    *,
    factor: Factor | str = Factor.NONE,
    level: float = LEVEL,
) -> Size:
    """Glass's delta: the difference of the means divided by the comparison's standard deviation.

    treated, comparison: one value per pupil, two or more. For a programme that changes the
    spread as well. The interval is that of the noncentral t with n_c - 1 degrees of freedom; it
    lets the spreads differ: the difference has variance S_c^2 (1/n_c + S_t^2/(S_c^2 n_t)).
    The factor, when asked for, has n_c - 1 degrees of freedom too; then arms need three values.

    Raises DataError naming missing values, too few values, and no spread; PlanError.

    >>> delta = glass_delta([5, 7, 9], [4, 5, 6])
    >>> delta.value, delta.divided_by
    (2.0, 'standard deviation of the comparison arm')
    """
    which = chosen_of(Factor, factor, "factor")
    least = 2 if which is Factor.NONE else 3  # J needs more than one degree of freedom
    given = {"treated": treated, "comparison": comparison}
    t, c = arrays(given, ("level", level, COVERAGE), least=least)
    sd, df = float(c.std(ddof=1)), len(c) - 1
    require_spread("comparison", sd, np.abs(c).max())
    J = which.of(df)
    delta = J * _difference(t, c) / sd
    unit = 1 / len(c) + float(t.var(ddof=1)) / (sd**2 * len(t))  # variance of the difference / sd^2
    low, high = (
        J * limit * math.sqrt(unit)
        for limit in noncentral_limits(delta / J / math.sqrt(unit), df, level)
    )
    return Size(
        delta,
        math.sqrt(J**2 * unit + delta**2 / (2 * df)),
        low,
        high,
        COMPARISON_SD,
        which.words,
        name="Glass's delta",
        df=df,
        df_sd=df,
    )


def pooled_sd(sd_t: float, n_t: float, sd_c: float, n_c: float) -> float:
    """The standard deviation within two arms together."""
    return math.sqrt(((n_t - 1) * sd_t**2 + (n_c - 1) * sd_c**2) / (n_t + n_c - 2))


def _difference(t: Floats, c: Floats) -> float:
    return float(t.mean() - c.mean())


def _pooled(
    difference: float, sd: float, n_t: float, n_c: float, factor: Factor, level: float
) -> Size:
    """g of a difference and a pooled standard deviation."""
    df = n_t + n_c - 2
    J, root = factor.of(df), math.sqrt(n_t * n_c / (n_t + n_c))
    g = J * difference / sd
    low, high = (J * limit / root for limit in noncentral_limits(difference / sd * root, df, level))
    se = math.sqrt(1 / root**2 + g**2 / (2 * (n_t + n_c)))
    name = "Cohen's d" if factor is Factor.NONE else "Hedges' g"
    return Size(g, se, low, high, POOLED, factor.words, name=name, df=df, df_sd=df)
