"""Several completed data sets, one answer: the rules of Rubin, small samples as Barnard & Rubin.

Every completed data set gives an estimate Q and its variance U. Their mean is the estimate; its
variance T is the mean of U (what a complete sample leaves unsure) and, for what was missing, the
variance B of the estimates themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """One estimate of several completed data sets.

    within, between, total: the variances U, B and T = U + (1 + 1 / m) B. riv: how much larger T is
    than U, in shares of U. lost: the share of T that comes from what is missing (lambda). fmi: the
    fraction of missing information, which counts that B is itself estimated. complete_df: degrees
    of freedom if nothing were missing. low, high: the 95 % interval of t with ``df``.
    """

    estimate: float
    se: float
    df: float
    low: float
    high: float
    p_value: float
    within: float
    between: float
    total: float
    riv: float
    lost: float
    fmi: float
    complete_df: float
    imputations: int

    def table(self) -> pd.DataFrame:
        """Everything in a row, in full precision."""
        return pd.DataFrame([asdict(self)])


def pooled(
    estimates: Sequence[float], variances: Sequence[float], complete_df: float = math.inf
) -> Pooled:
    """Pool m estimates and their variances (Rubin, 1987, section 3.1).

    complete_df: nu_com, the degrees of freedom of the complete-data answer (CR2's Satterthwaite,
    Kenward-Roger's, n - p). The degrees of freedom are those of Barnard & Rubin (1999, Biometrika
    86, equation 3); where the estimates do not differ at all nothing was missing, and they are
    nu_com itself.

    Raises DataError on fewer than two estimates, a number that is not finite, a variance or
    degrees of freedom that are not above 0.

    >>> found = pooled([1.0, 1.2, 1.1], [0.04, 0.05, 0.04], 20)
    >>> round(found.estimate, 3), round(found.se, 3), round(found.df, 1), round(found.fmi, 2)
    (1.1, 0.238, 10.1, 0.35)
    """
    Q, U = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    m = len(Q)
    usable = m > 1 and len(U) == m and bool(np.isfinite([Q, U]).all())
    if not usable or not (U > 0).all() or not complete_df > 0:
        rule = Text(
            "Deze schattingen zijn niet samen te nemen.", "These estimates cannot be pooled."
        )
        remedy = Text(
            "Geef twee of meer schattingen, elk met een variantie en vrijheidsgraden boven 0.",
            "Give two or more estimates, each with a variance and degrees of freedom above 0.",
        )
        raise DataError([Fault(rule, remedy)])
    same = not np.ptp(Q)  # then rounding alone makes a variance
    within, between = float(U.mean()), 0.0 if same else float(Q.var(ddof=1))
    extra = (1 + 1 / m) * between
    total = within + extra
    riv, lost = extra / within, extra / total
    df = _degrees_of_freedom(lost, m, complete_df)
    fmi = (riv + 2 / (df + 3)) / (1 + riv) if between > 0 else 0.0
    estimate, se = float(Q.mean()), math.sqrt(total)
    half = -float(special.stdtrit(df, 0.025)) if math.isfinite(df) else -float(special.ndtri(0.025))
    z = -abs(estimate) / se
    p = 2 * float(special.stdtr(df, z) if math.isfinite(df) else special.ndtr(z))
    return Pooled(
        estimate, se, df, estimate - half * se, estimate + half * se, p, within, between, total,
        riv, lost, fmi, complete_df, m,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PooledTest:
    """A test that several numbers are all 0, of several completed data sets: F on df1 and df2."""

    F: float
    df1: int
    df2: float
    p_value: float


def pooled_test(
    estimates: Floats, variances: Floats, complete_df: float, scale: float = 1.0
) -> PooledTest:
    """Test that q numbers are all 0 from m estimates (m, q) and their covariances (m, q, q).

    Q'U^-1 Q / (q (1 + r)), r = (1 + 1 / m) trace(B U^-1) / q, of the mean Q and U: what is missing
    is taken to be as large a share of every contrast (Li, Raghunathan & Rubin, 1991, J. Am. Stat.
    Assoc. 86, D1). scale: what the complete-data F is of Q'U^-1 Q / q (HTZ: df2 / (df2 + q - 1));
    complete_df: its df2. The degrees of freedom are those of Barnard & Rubin with lambda = r / (1 +
    r) and q (m - 1) for m - 1: with q = 1 the square of the pooled t, and where nothing is missing
    the complete-data test itself.
    """
    Q, U = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    m, q = Q.shape
    mean, within = Q.mean(axis=0), U.mean(axis=0)
    apart = (Q - mean) * (np.ptp(Q, axis=0) > 0)  # what does not differ has no rounding
    between = apart.T @ apart / (m - 1)
    r = (1 + 1 / m) * float(np.trace(np.linalg.solve(within, between))) / q
    F = scale * float(mean @ np.linalg.solve(within, mean)) / (q * (1 + r))
    df2 = _degrees_of_freedom(r / (1 + r), q * (m - 1) + 1, complete_df)
    p = float(special.fdtrc(q, df2, F) if math.isfinite(df2) else special.chdtrc(q, q * F))
    return PooledTest(F, q, df2, p)


def _degrees_of_freedom(lost: float, m: int, complete: float) -> float:
    """Barnard & Rubin: 1 / (1 / nu_m + 1 / nu_obs), nu_m = (m - 1) / lambda^2 of Rubin (1987)."""
    if lost == 0:
        return complete
    rubin = (m - 1) / lost**2
    if not math.isfinite(complete):
        return rubin
    observed = (complete + 1) / (complete + 3) * complete * (1 - lost)
    return 1 / (1 / rubin + 1 / observed)
