"""A standardised effect: the value with its interval, what it is divided by, and its factor."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
from scipy import special

from academic_workplace.language import Text
from academic_workplace.sizes.inputs import FREEDOM, require

LEVEL = 0.95
NOTHING, WIDE = 1e-17, 9.0  # a share, and the normal deviate beyond which less than that lies
RARE, FAR = 1e-8, 6.0  # the same, for where a limit can be
NODES = 200


class Unit(StrEnum):
    """What a size is measured in."""

    SD = "standard deviations"
    SHARE = "share, 0 to 1"
    DIFFERENCE = "difference of shares, -1 to 1"
    RATIO = "ratio of shares"
    POINTS = "percentile points, -50 to 50"
    MONTHS = "months of progress"


@dataclass(frozen=True, slots=True)
class Size:
    """An effect on a scale that can be compared, with its interval.

    value: in ``unit``. se, low, high: None when the design cannot give them (``caveat`` says why).
    divided_by, factor: what the difference was divided by, and the small-sample factor.
    df: degrees of freedom of the interval; df_sd: of what the difference was divided by.
    caveat: the sentence that has to go along with the number.
    """

    value: float
    se: float | None
    low: float | None
    high: float | None
    divided_by: str
    factor: str
    name: str = "Hedges' g"
    unit: Unit = Unit.SD
    df: float | None = None
    df_sd: float | None = None
    caveat: Text | None = None

    @property
    def g(self) -> float:
        """The value, when it is in standard deviations; other sizes only have ``value``."""
        if self.unit is not Unit.SD:
            raise AttributeError(f"{self.name} is in {self.unit.value}: use .value")
        return self.value

    def __float__(self) -> float:
        return self.value

    def to_dict(self) -> dict[str, object]:
        """Every field under its own name."""
        return asdict(self)

    def _repr_html_(self) -> str:
        limits = "" if self.low is None else f" ({self.low:.4g} to {self.high:.4g})"
        told = "" if self.caveat is None else f" {self.caveat.en}"
        return (
            f"<p lang='en'>{self.name}: {self.value:.4g}{limits} {self.unit.value}. Divided by:"
            f" {self.divided_by}. Factor: {self.factor}.{told}</p>"
        )


class Factor(StrEnum):
    """What a standardised difference is multiplied by, since few pupils make it too large."""

    EXACT = "exact"  # J, Hedges (1981): makes g unbiased
    WWC = "wwc"  # omega = 1 - 3/(4 df - 1), the What Works Clearinghouse
    NONE = "none"

    def of(self, df: float) -> float:
        """The factor for a standard deviation with these degrees of freedom (above 1)."""
        if self is Factor.NONE:
            return 1.0
        return exact_factor(df) if self is Factor.EXACT else 1 - 3 / (4 * df - 1)

    @property
    def words(self) -> str:
        return FACTOR_WORDS[self]


FACTOR_WORDS = {
    Factor.EXACT: "exact J with the degrees of freedom of that standard deviation",
    Factor.WWC: "WWC omega, 1 - 3/(4 df - 1), with the df of that standard deviation",
    Factor.NONE: "none",
}


def small_sample_factor(df: float) -> float:
    """J(df), the exact factor that makes Hedges' g unbiased: about 1 - 3/(4 df - 1).

    Hedges (1981). df: degrees of freedom of the standard deviation, above 1; infinite gives 1.

    Raises DataError when df is no such number.

    >>> round(small_sample_factor(8), 6)
    0.902703
    """
    require(("df", df, FREEDOM))
    return exact_factor(df)


def exact_factor(df: float) -> float:
    """The same, for degrees of freedom that were looked at before."""
    if math.isinf(df):
        return 1.0
    # poch(a, 1/2) is gamma(a + 1/2) / gamma(a), without losing digits when df is large
    return float(special.poch((df - 1) / 2, 0.5)) / math.sqrt(df / 2)


def t_quantile(df: float, level: float = LEVEL) -> float:
    """How many standard errors an interval reaches to each side; infinite df: the normal."""
    return float(special.stdtrit(df, (1 + level) / 2))


def noncentral_limits(t: float, df: float, level: float = LEVEL) -> tuple[float, float]:
    """The noncentralities that leave (1 - level)/2 above and below an observed t.

    Exact limits of a standardised difference: low solves P(T >= t) = (1 - level)/2, high solves
    P(T <= t) = (1 - level)/2. Steiger & Fouladi (1997); Cumming & Finch (2001).

    >>> low, high = noncentral_limits(2.0, 18)
    >>> round(low, 4), round(high, 4)
    (-0.0894, 4.0396)
    """
    if t < 0:  # the distribution function is computed reliably for t >= 0 only
        low, high = noncentral_limits(-t, df, level)
        return -high, -low
    return _noncentrality(t, df, (1 + level) / 2), _noncentrality(t, df, (1 - level) / 2)


def _noncentrality(t: float, df: float, p: float) -> float:
    """The noncentrality at which P(T <= t) = p, for t >= 0.

    T = (Z + delta)/S with S a chi over root df, so that P(T <= t) = P(tS - Z >= delta): the limit
    is a quantile of tS + Z. Unlike the distribution function of T this has no t that is too large.
    """
    from scipy.optimize import brentq

    if t == 0:
        return -float(special.ndtri(p))

    def s(tail: float) -> tuple[float, float]:
        both = special.gammaincinv(df / 2, tail), special.gammainccinv(df / 2, tail)
        low, high = (math.sqrt(2 * float(x) / df) for x in both)
        return low, high

    low, high = s(NOTHING)
    nodes, weights = special.roots_legendre(NODES)

    def below(delta: float) -> float:
        """P(tS + Z <= delta) by Gauss-Legendre over the z at which S still matters."""
        first, last = max(delta - t * high, -WIDE), min(delta - t * low, WIDE)
        if last <= first:
            return float(special.ndtr(delta - t * high))
        half = (last - first) / 2
        z = first + half * (1 + nodes)
        share = special.gammainc(df / 2, df / 2 * ((delta - z) / t) ** 2)
        density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        return float(special.ndtr(delta - t * high) + half * (weights @ (share * density)))

    nearest, farthest = s(RARE)
    ends = t * nearest - FAR, t * farthest + FAR  # beyond these lies less than any p asked for
    return float(brentq(lambda delta: below(delta) - (1 - p), *ends, xtol=1e-13, rtol=1e-14))
