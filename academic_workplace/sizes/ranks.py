"""Two arms compared by the order of the pupils: no spread to divide by, no normal distribution.

Pupils taken as independent.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from academic_workplace.language import Text
from academic_workplace.sizes.inputs import COVERAGE, Floats, arrays
from academic_workplace.sizes.size import LEVEL, Factor, Size, Unit, t_quantile

PAIRS = "all pairs of a treated and a comparison pupil"

SEPARATE = Text(
    "Alle paren wijzen dezelfde kant op, of geen enkele: er is geen interval.",
    "All pairs point the same way, or none does: there is no interval.",
)


def superiority_by_ranks(
    treated: ArrayLike, comparison: ArrayLike, *, level: float = LEVEL
) -> Size:
    """The chance that a treated pupil scores higher than one of the comparison; ties count half.

    treated, comparison: one value per pupil, two or more. se and df as in Brunner & Munzel (2000);
    the interval is made on the scale of the logit, so that it stays between 0 and 1. When no two
    pupils of an arm differ in standing there is none (``caveat``).

    Raises DataError naming missing values and too few values.

    >>> found = superiority_by_ranks([3, 4, 5, 7], [1, 2, 4, 6])
    >>> found.value
    0.71875
    """
    t, c = arrays({"treated": treated, "comparison": comparison}, ("level", level, COVERAGE))
    standing_t, standing_c = _share_below(t, c), 1 - _share_below(c, t)
    A = float(standing_t.mean())
    v_t, v_c = standing_t.var(ddof=1) / len(t), standing_c.var(ddof=1) / len(c)
    found = Size(
        A,
        None,
        None,
        None,
        PAIRS,
        Factor.NONE.words,
        name="probability of superiority",
        unit=Unit.SHARE,
        caveat=SEPARATE,
    )
    if v_t + v_c <= 0:  # so it is when A is 0 or 1
        return found
    se = math.sqrt(v_t + v_c)
    df = float((v_t + v_c) ** 2 / (v_t**2 / (len(t) - 1) + v_c**2 / (len(c) - 1)))
    reach = t_quantile(df, level) * se / (A * (1 - A))
    low, high = (float(special.expit(special.logit(A) + x)) for x in (-reach, reach))
    return replace(found, se=se, low=low, high=high, df=df, caveat=None)


def rank_biserial(treated: ArrayLike, comparison: ArrayLike, *, level: float = LEVEL) -> Size:
    """The rank-biserial correlation, or Cliff's delta: P(treated higher) - P(treated lower).

    Twice ``superiority_by_ranks`` minus 1, interval included. Cliff (1993).

    Raises DataError naming missing values and too few values.

    >>> rank_biserial([3, 4, 5, 7], [1, 2, 4, 6]).value
    0.4375
    """
    A = superiority_by_ranks(treated, comparison, level=level)
    se, low, high = (
        None if x is None else a * x - b
        for x, a, b in ((A.se, 2, 0), (A.low, 2, 1), (A.high, 2, 1))
    )
    return replace(
        A,
        value=2 * A.value - 1,
        se=se,
        low=low,
        high=high,
        name="rank-biserial correlation",
        unit=Unit.DIFFERENCE,
    )


def _share_below(values: Floats, others: Floats) -> Floats:
    """For each value the share of the others below it, ties counting half."""
    order = np.sort(others)
    below, up_to = (np.searchsorted(order, values, side) for side in ("left", "right"))
    return np.asarray((below + up_to) / (2 * len(order)), dtype=np.float64)
