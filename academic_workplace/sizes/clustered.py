"""Standardised effects when pupils come in clusters (schools, classes, mentor groups).

With icc = rho and the total variance set to 1, the moments of everything below follow from the
sizes of the clusters alone. Per arm of N pupils in clusters of n_i, with M = diag(n_i) - n n'/N:

    variance of its mean                      (1 - rho)/N + rho sum n_i^2/N^2
    E(sum of squares within the arm)          (1 - rho)(N - 1) + rho tr M
    Var(sum of squares within the arm) / 2    (1 - rho)^2 (N - 1) + 2 rho (1 - rho) tr M
                                              + rho^2 tr M^2

tr M and tr M^2, added over the arms, are the B and A of Hedges (2007). An arm without clusters
keeps only the terms without rho: Hedges & Citkowicz (2015) are the same formulas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.errors import DataError, Fault, chosen_of
from academic_workplace.language import Text
from academic_workplace.sizes.inputs import (
    BELOW_ONE,
    CERTAINTY,
    COVERAGE,
    FREEDOM,
    INSIDE,
    NOT_NEGATIVE,
    NUMBER,
    ONE,
    POSITIVE,
    TESTABLE,
    TWO,
    Rule,
    arrays,
    require,
)
from academic_workplace.sizes.size import (
    LEVEL,
    Factor,
    Size,
    exact_factor,
    t_quantile,
)

Floats = NDArray[np.float64]

ICC_ATTAINMENT = 0.20  # the What Works Clearinghouse's for achievement, when none is known
ICC_OTHER = 0.10  # and for other outcomes

ONE_CLUSTER = Text(
    "Een groep heeft maar één cluster: er is geen toets en geen interval. Dit is een beschrijving.",
    "One arm has only one cluster: there is no test and no interval. This is a description.",
)


@dataclass(frozen=True, slots=True)
class Spread:
    """The pooled standard deviation within arms, all clusters together, and what it estimates.

    sd: as computed. shrink: the root of E(sd^2) / sigma_T^2: with few clusters the spread within
    arms is a little too small. df: Satterthwaite degrees of freedom of sd^2. icc: of the outcome.
    """

    sd: float
    shrink: float
    df: float
    icc: float


def total_spread(counts: Floats, within_ss: float, between_ss: float, rank: int) -> Spread:
    """The spread that a clustered outcome is divided by (Hedges, 2007, total variance).

    counts: (G, arms) pupils per cluster and arm. within_ss: residual sum of squares within
    clusters and arms; between_ss: the rest of that within arms. rank: of clusters and arms
    together (G when clusters were assigned, G + arms - 1 when pupils were).

    With M = diag(n_g) - sum_a n_a n_a'/N_a and a random intercept per cluster:
    E(SS) = sigma^2 [(1-icc)(N-A) + icc tr M], Var(SS) = 2 sigma^4 [(1-icc)^2 (N-A)
    + 2 icc (1-icc) tr M + icc^2 tr M^2]. For arms of whole clusters these are the n_U, A and B of
    Hedges (2007). The icc is Henderson's third method (analysis of variance), not below 0.
    """
    arms, size = counts.sum(axis=0), counts.sum(axis=1)
    share = counts[:, arms > 0] / np.sqrt(arms[arms > 0])
    there = size > 0
    return spread_given(size[there], share[there], size.sum(), within_ss, between_ss, rank)


def spread_given(
    size: Floats, share: Floats, n: float, within_ss: float, between_ss: float, rank: int
) -> Spread:
    """The same for n pupils given any columns: arms, or a constant and a dose.

    size: (G,) pupils per cluster (with weights: their sum). share: (G, a), per cluster the sums of
    an orthonormal basis of the columns, so that M = diag(size) - share share'.
    """
    g, a = share.shape
    if n <= a:  # a pupil per arm: nothing tells how pupils differ
        return Spread(0.0, 1.0, 0.0, math.nan)
    cross = share.T @ share
    trace = float(size.sum() - np.trace(cross))
    trace2 = float(size @ size - 2 * np.einsum("g,ga,ga->", size, share, share) + np.sum(cross**2))
    sd = math.sqrt((within_ss + between_ss) / (n - a))
    if g < 2 or n <= rank or rank <= a:
        return Spread(sd, 1.0, float(n - a), math.nan)
    error = within_ss / (n - rank)
    cluster = max((between_ss - error * (rank - a)) / trace, 0.0)
    icc = cluster / (cluster + error) if cluster + error > 0 else 0.0
    mean = (1 - icc) * (n - a) + icc * trace
    spread = (1 - icc) ** 2 * (n - a) + 2 * icc * (1 - icc) * trace + icc**2 * trace2
    return Spread(sd, math.sqrt(mean / (n - a)), float(mean**2 / spread), icc)


DIVIDED_BY = "total standard deviation within arms, clusters together (Hedges, 2007)"
FACTOR = "exact J with the Satterthwaite degrees of freedom of that standard deviation"


def clustered_g(estimate: float, se: float | None, quantile: float | None, spread: Spread) -> Size:
    """Hedges' g of a difference in a clustered design.

    quantile: of t with the degrees of freedom of the estimate, for the interval. The standard
    error joins that of the difference and that of the standard deviation:
    se_g^2 = (J shrink se / sd)^2 + g^2 / (2 df_sd).
    """
    scale = exact_factor(spread.df) * spread.shrink / spread.sd
    g = scale * estimate
    if se is None or quantile is None:
        return Size(g, None, None, None, DIVIDED_BY, FACTOR)
    se_g = math.hypot(scale * se, g / math.sqrt(2 * spread.df))
    return Size(g, se_g, g - quantile * se_g, g + quantile * se_g, DIVIDED_BY, FACTOR)


class Over(StrEnum):
    """Which standard deviation a difference is divided by: three different effects."""

    TOTAL = "total"  # of all pupils within an arm
    WITHIN = "within"  # of pupils within a cluster
    BETWEEN = "between"  # of clusters within an arm


OVER_WORDS = {
    Over.TOTAL: DIVIDED_BY,
    Over.WITHIN: "standard deviation of pupils within clusters (Hedges, 2007)",
    Over.BETWEEN: "standard deviation between clusters within arms (Hedges, 2007)",
}


@dataclass(frozen=True, slots=True)
class _Clusters:
    """What the sizes of the clusters of two arms make of a variance. See the top of this file."""

    sizes: tuple[Floats, Floats | None]  # None: an arm without clusters
    pupils: tuple[float, float]

    @property
    def N(self) -> float:  # noqa: N802  # Hedges' letter
        return sum(self.pupils)

    @property
    def in_clusters(self) -> list[tuple[Floats, float]]:
        """(cluster sizes, pupils) of each arm that has clusters."""
        both = zip(self.sizes, self.pupils, strict=True)
        return [(sizes, N) for sizes, N in both if sizes is not None]

    @property
    def trace(self) -> float:
        """tr M: the B of Hedges (2007)."""
        return sum(float(N - n @ n / N) for n, N in self.in_clusters)

    @property
    def trace2(self) -> float:
        """tr M^2: his A."""
        return sum(
            float(n @ n - 2 * np.sum(n**3) / N + (n @ n) ** 2 / N**2) for n, N in self.in_clusters
        )

    def difference(self, icc: float) -> float:
        """Variance of the difference of the means, over the total variance."""
        alone = (1 - icc) * sum(1 / N for N in self.pupils)
        return alone + icc * sum(float(n @ n) / N**2 for n, N in self.in_clusters)

    def expected(self, icc: float) -> float:
        """Expectation of the sum of squares within arms, over the total variance."""
        return (1 - icc) * (self.N - 2) + icc * self.trace

    def uncertainty(self, icc: float) -> float:
        """Half the variance of that sum of squares, over the total variance squared."""
        mixed = 2 * icc * (1 - icc) * self.trace
        return (1 - icc) ** 2 * (self.N - 2) + mixed + icc**2 * self.trace2


def pooled_df(
    clusters_treated: Sequence[float],
    clusters_comparison: Sequence[float] | None = None,
    *,
    icc: float,
    n_comparison: float = 0,
) -> float:
    """Degrees of freedom of the pooled variance within arms: the h of Hedges (2007) and the WWC.

    clusters_treated, clusters_comparison: pupils per cluster. A comparison arm without clusters
    has only ``n_comparison``: then it is the h of Hedges & Citkowicz (2015), eq. 7. With rho
    itself in the cross term, which some print as rho squared.

    Raises DataError naming every number that cannot be.

    >>> round(pooled_df([5] * 10, [5] * 10, icc=0.1), 4)
    94.4029
    """
    design = _clusters(clusters_treated, clusters_comparison, n_comparison, ("icc", icc, BELOW_ONE))
    return design.expected(icc) ** 2 / design.uncertainty(icc)


def components_df(
    clusters_treated: Sequence[float], clusters_comparison: Sequence[float], *, icc: float
) -> float:
    """Degrees of freedom of a total variance that is the sum of its two estimated parts.

    clusters_treated, clusters_comparison: pupils per cluster. Satterthwaite's for the estimates
    of the analysis of variance, MSW + (MSB - MSW)/n_0 with n_0 = tr M/(M - 2); for equal clusters
    it is that of Pustejovsky (2016). What ``model_g`` wants when a multilevel model gave them.

    Raises DataError naming every number that cannot be.

    >>> round(components_df([5] * 10, [5] * 10, icc=0.1), 4)
    92.2888
    """
    design = _clusters(clusters_treated, clusters_comparison, 0, ("icc", icc, BELOW_ONE))
    M = sum(len(n) for n, _ in design.in_clusters)
    if M < 3 or design.N <= M:
        raise _too_few("clusters_treated, clusters_comparison")
    n0 = design.trace / (M - 2)
    within = (1 - icc) ** 2 / (design.N - M)  # half the variance of MSW
    mixed = 2 * icc * (1 - icc) * design.trace
    between = ((1 - icc) ** 2 * (M - 2) + mixed + icc**2 * design.trace2) / (M - 2) ** 2
    return 1 / (between / n0**2 + (1 - 1 / n0) ** 2 * within)


def clustered_effect(
    difference: float,
    *,
    sd: float,
    icc: float,
    clusters_treated: Sequence[float],
    clusters_comparison: Sequence[float],
    over: Over | str = Over.TOTAL,
    df: float | None = None,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """A standardised effect of a programme that whole clusters were assigned to (Hedges, 2007).

    difference: of the means of all pupils, in the unit of the outcome. clusters_treated,
    clusters_comparison: pupils per cluster, equal or not. sd: what ``over`` names, as computed
    from the data: TOTAL, the pooled standard deviation of pupils within arms; WITHIN, that of
    pupils within clusters; BETWEEN, that of the means of clusters within arms.

    TOTAL: d = difference/sd root(1 - rho (N-2-B)/(N-2)).
    WITHIN: d = difference/sd, variance v/(1-rho) + d^2/(2(N-M)).
    BETWEEN: sd^2 estimates rho + (1-rho) mean(1/n) of the total variance, so that
    d = difference/sd root(1 + (1-rho) mean(1/n)/rho), variance v/rho + d^2/(2 df_sd).
    v is the variance of the difference over the total variance. Both d and its standard error
    are multiplied by the factor; Hedges (2007) himself has ``factor="none"``.

    df: of the interval, M - 2 unless given (infinite: the normal, as is often printed).

    Raises DataError naming every number that cannot be; PlanError.

    >>> d = clustered_effect(5, sd=15, icc=0.2, factor="none",
    ...                      clusters_treated=[20] * 10, clusters_comparison=[20] * 10)
    >>> round(d.value, 6), round(d.se, 6), d.df
    (0.330135, 0.219615, 18)
    """
    which, J = chosen_of(Over, over, "over"), chosen_of(Factor, factor, "factor")
    design = _clusters(
        clusters_treated,
        clusters_comparison,
        0,
        ("difference", difference, NUMBER),
        ("sd", sd, POSITIVE),
        ("icc", icc, INSIDE if which is Over.BETWEEN else BELOW_ONE),
        ("df", math.inf if df is None else df, CERTAINTY),
        ("level", level, COVERAGE),
    )
    N, M = design.N, sum(len(n) for n, _ in design.in_clusters)
    E, V, v = design.expected(icc), design.uncertainty(icc), design.difference(icc)
    if which is Over.TOTAL:
        df_sd = E**2 / V
        d = difference / sd * math.sqrt(E / (N - 2))
        variance = v + d**2 * V / (2 * (N - 2) * E)
    elif which is Over.WITHIN:
        df_sd = N - M
        d = difference / sd
        variance = v / (1 - icc) + d**2 / (2 * df_sd) if df_sd > 0 else math.nan
    else:
        E, V = _of_means(design, icc)
        df_sd = E**2 / V if V else 0.0
        d = difference / sd * math.sqrt(E / (M - 2) / icc) if M > 2 else math.nan
        variance = v / icc + d**2 / (2 * df_sd) if df_sd else math.nan
    if not df_sd > 1:
        raise _too_few("clusters_treated, clusters_comparison")
    g, se = J.of(df_sd) * d, J.of(df_sd) * math.sqrt(variance)
    size = Size(g, se, None, None, OVER_WORDS[which], J.words, df_sd=df_sd)
    tested = min(len(n) for n, _ in design.in_clusters) > 1  # else nothing to compare clusters with
    return _with_interval(size, (M - 2 if tested else 0) if df is None else df, level)


def one_arm_effect(
    difference: float,
    *,
    sd: float,
    icc: float,
    clusters_treated: Sequence[float],
    n_comparison: int,
    df: float | None = None,
    level: float = LEVEL,
) -> Size:
    """A standardised effect when only the treated come in clusters, such as mentor groups.

    difference: of the means, in the unit of the outcome. sd: pooled within arms.
    clusters_treated: pupils per group. icc: in the treated arm, of its total variance; the
    comparison has the rest of that variance only.

    g = J(h) difference/sd root(gamma), se^2 = (1/N_T + 1/N_C) eta + g^2/(2 h); gamma, eta and h
    (``pooled_df``) as in Hedges & Citkowicz (2015), here for unequal groups as well.
    df: of the interval; unless given Satterthwaite's, the groups of the treated being its units.

    Raises DataError naming every number that cannot be.

    >>> size = one_arm_effect(2.0, sd=10, icc=0.1, clusters_treated=[10] * 6, n_comparison=40)
    >>> round(size.g, 4), round(size.df_sd, 1)
    (0.1935, 93.0)
    """
    design = _clusters(
        clusters_treated,
        None,
        n_comparison,
        ("difference", difference, NUMBER),
        ("sd", sd, POSITIVE),
        ("icc", icc, BELOW_ONE),
        ("df", math.inf if df is None else df, CERTAINTY),
        ("level", level, COVERAGE),
    )
    h = design.expected(icc) ** 2 / design.uncertainty(icc)
    if not h > 1:
        raise _too_few("clusters_treated")
    gamma = design.expected(icc) / (design.N - 2)
    variance = design.difference(icc)  # (1/N_T + 1/N_C) eta
    g = exact_factor(h) * difference / sd * math.sqrt(gamma)
    se = math.sqrt(variance + g**2 / (2 * h))
    words = "total standard deviation in the arm with clusters (Hedges & Citkowicz, 2015)"
    size = Size(g, se, None, None, words, Factor.EXACT.words, df_sd=h)
    comparison = (1 - icc) / design.pupils[1]
    treated, groups = variance - comparison, len(design.in_clusters[0][0])
    if groups < 2 or design.pupils[1] < 2:
        return _with_interval(size, 0 if df is None else df, level)
    below = treated**2 / (groups - 1) + comparison**2 / (design.pupils[1] - 1)
    return _with_interval(size, variance**2 / below if df is None else df, level)


def model_g(
    difference: float,
    *,
    se: float,
    df: float,
    within: float,
    between: float = 0.0,
    df_sd: float,
    over: Over | str = Over.TOTAL,
    level: float = LEVEL,
) -> Size:
    """Hedges' g of an adjusted difference, from an ANCOVA or a multilevel model.

    difference, se, df: as the model gives them, df being that of the clusters: the interval
    carries it. within, between: the variances of pupils and of clusters, from the model with or
    without covariates; without is the one that compares with other studies (between stays 0
    when clusters were not modelled). df_sd: degrees of freedom of the variance ``over`` names,
    for the factor and the standard error (``components_df``); infinite takes it as known.

    g = J(df_sd) difference/sd; se_g^2 = (J se/sd)^2 + g^2/(2 df_sd), as in ``clustered_g``.

    Raises DataError naming every number that cannot be; PlanError.

    >>> g = model_g(3.11, se=1.13, df=18, within=14.78, between=5.67, df_sd=200)
    >>> round(g.g, 3), g.df
    (0.685, 18)
    """
    which = chosen_of(Over, over, "over")
    require(
        ("difference", difference, NUMBER),
        ("se", se, POSITIVE),
        ("df", df, CERTAINTY),
        ("within", within, NOT_NEGATIVE if which is Over.BETWEEN else POSITIVE),
        ("between", between, POSITIVE if which is Over.BETWEEN else NOT_NEGATIVE),
        ("df_sd", df_sd, FREEDOM),
        ("level", level, COVERAGE),
    )
    variance = {Over.TOTAL: within + between, Over.WITHIN: within, Over.BETWEEN: between}[which]
    spread = Spread(math.sqrt(variance), 1.0, df_sd, between / (within + between))
    found = clustered_g(difference, se, t_quantile(df, level), spread)
    return replace(
        found,
        divided_by=f"root of the {which.value} variance of the model",
        factor=Factor.EXACT.words,
        df=df,
        df_sd=df_sd,
    )


@dataclass(frozen=True, slots=True)
class Corrected:
    """The test of an analysis that ignored its clusters, as it should have been.

    t, df, p_value: corrected (two-sided); reported: the t before. icc, clusters, pupils: taken.
    """

    t: float
    df: float
    p_value: float
    reported: float
    icc: float
    clusters: int
    pupils: int

    def to_dict(self) -> dict[str, object]:
        """Every field under its own name."""
        return asdict(self)


def wwc_correction(
    *,
    n_treated: int,
    n_comparison: int,
    clusters: int,
    icc: float,
    t: float | None = None,
    g: float | None = None,
) -> Corrected:
    """Correct the t of an analysis that treated clustered pupils as independent.

    t or g: what was reported; from g, t = g / root(1/n_t + 1/n_c + g^2/(2(n_t + n_c))).
    clusters: of both arms together, of average size n = N/clusters. icc: yours, or the WWC's
    ``ICC_ATTAINMENT`` (0.20) or ``ICC_OTHER`` (0.10) when none is known.
    WWC Procedures Handbook 4.1, appendix F (F.1.0-F.1.4); Hedges (2007).

    Raises DataError naming every number that cannot be, and one cluster per arm.

    >>> found = wwc_correction(t=3, n_treated=200, n_comparison=200, clusters=20, icc=0.2)
    >>> round(found.t, 4), round(found.df, 2), round(found.p_value, 4)
    (1.3562, 231.66, 0.1764)
    """
    require(
        ("n_treated", n_treated, TWO),
        ("n_comparison", n_comparison, TWO),
        ("clusters", clusters, TESTABLE),
        ("icc", icc, BELOW_ONE),
        ("t", 0 if t is None else t, NUMBER),
        ("g", 0 if g is None else g, NUMBER),
    )
    if (t is None) == (g is None):
        rule = Text("Geef t of g, en niet allebei.", "Give t or g, and not both.")
        remedy = Text("Neem wat de studie meldt.", "Take what the study reports.")
        raise DataError([Fault(rule, remedy, column="t, g")])
    reported = t if t is not None else _t_of_g(g or 0.0, n_treated, n_comparison)
    N = n_treated + n_comparison
    n = N / clusters
    if n < 1:
        rule = Text("Er zijn meer clusters dan leerlingen.", "There are more clusters than pupils.")
        remedy = Text("Controleer de aantallen.", "Check the numbers.")
        raise DataError([Fault(rule, remedy, column="clusters")])
    E = (N - 2) - 2 * (n - 1) * icc
    V = (N - 2) * (1 - icc) ** 2 + n * (N - 2 * n) * icc**2 + 2 * (N - 2 * n) * icc * (1 - icc)
    t_A = reported * math.sqrt(E / ((N - 2) * (1 + (n - 1) * icc)))
    h = E**2 / V
    p = 2 * float(special.stdtr(h, -abs(t_A)))
    return Corrected(t_A, h, p, reported, icc, clusters, N)


def _clusters(
    treated: Sequence[float],
    comparison: Sequence[float] | None,
    n_comparison: float,
    *asked: tuple[str, object, Rule],
) -> _Clusters:
    """The design, when the sizes of the clusters and all that is asked are in order."""
    given = {"clusters_treated": treated}
    if comparison is None:
        asked += (("n_comparison", n_comparison, ONE),)
    else:
        given["clusters_comparison"] = comparison
    found = arrays(given, *asked, least=1)
    require(*((name, sizes.min(), ONE) for name, sizes in zip(given, found, strict=True)))
    treated_sizes = found[0]
    sizes = None if comparison is None else found[1]
    pupils = float(n_comparison) if sizes is None else float(sizes.sum())
    if treated_sizes.sum() + pupils < 4:
        raise _too_few("clusters_treated")
    return _Clusters((treated_sizes, sizes), (float(treated_sizes.sum()), pupils))


def _of_means(design: _Clusters, icc: float) -> tuple[float, float]:
    """Expectation, and half the variance, of the sum of squares of cluster means within arms."""
    E = V = 0.0
    for n, _ in design.in_clusters:
        v, m = icc + (1 - icc) / n, len(n)
        E += float(v.sum()) * (1 - 1 / m)
        V += float(v @ v) * (1 - 2 / m) + float(v.sum()) ** 2 / m**2
    return E, V


def _with_interval(size: Size, df: float, level: float) -> Size:
    """The size with t limits, or with the reason why it has none (df 0)."""
    if size.se is None or not df > 0:
        return replace(size, caveat=ONE_CLUSTER)
    reach = t_quantile(df, level) * size.se
    return replace(size, low=size.value - reach, high=size.value + reach, df=df)


def _t_of_g(g: float, n_t: float, n_c: float) -> float:
    return g / math.sqrt(1 / n_t + 1 / n_c + g**2 / (2 * (n_t + n_c)))


def _too_few(where: str) -> DataError:
    rule = Text(
        "Er zijn te weinig clusters of leerlingen om de spreiding te kennen.",
        "There are too few clusters or pupils to know the spread.",
    )
    remedy = Text(
        "Deel door een andere spreiding (over=…), of beschrijf alleen het verschil.",
        "Divide by another spread (over=…), or only describe the difference.",
    )
    return DataError([Fault(rule, remedy, column=where)])
