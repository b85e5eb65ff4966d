"""How strong would something left out of a regression have to be? Cinelli & Hazlett (2020).

J. R. Stat. Soc. B 82. With D the programme, X what was adjusted for, Z what was left out, and R2 a
partial R-squared (the share that Z explains of what X leaves of D; of what X and D leave of Y):

    |bias| = se sqrt(df) sqrt(R2_Y R2_D / (1 - R2_D))                                  (eq. 11)
    se'    = se sqrt((1 - R2_Y) / (1 - R2_D)) sqrt(df / (df - 1))                      (eq. 12)

The first is algebra: se and df are the textbook ones (pupils as if independent), which then stand
for a ratio of two spreads, whatever the design. The second and all that is said of limits hold for
independent pupils of equal variance. With a clustered se (``clustered_se``, ``clustered_df``) it is
that se which is multiplied by the factor above, with its own t: as if Z left unchanged how alike
pupils of a cluster are. The authors' software takes the textbook se throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from academic_workplace.errors import Fault, PlanError
from academic_workplace.evidence.attrition import real
from academic_workplace.language import Text, both
from academic_workplace.linear import Fit, variance
from academic_workplace.plan import Inference

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

ALPHA = 0.05
TIMES = (1.0, 2.0, 3.0)
HALVINGS = 80


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What was adjusted for, to compare Z with. name: a column, or a category of several.

    r2_treatment: partial R2 with D given the rest of X; r2_outcome: with Y given D and the rest.
    """

    name: str
    r2_treatment: float
    r2_outcome: float

    @property
    def most(self) -> float:
        """How many times as strong Z can be before nothing of D is left."""
        r2 = self.r2_treatment
        return (1 - r2) / r2 if r2 > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Bound:
    """What a Z would do that is ``treatment_times`` and ``outcome_times`` a benchmark.

    r2_treatment, r2_outcome: the partial R2 of such a Z; capped: whether the second would be above
    1. estimate, se, low, high: with Z adjusted for. All numbers are None when no Z is so strong.
    """

    benchmark: str
    treatment_times: float
    outcome_times: float
    r2_treatment: float | None = None
    r2_outcome: float | None = None
    capped: bool = False
    estimate: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OmittedVariable:
    """How strong Z must be. se, df: the textbook ones.

    clustered_se, clustered_df: what the limits are made with, when those are not the textbook ones.
    partial_r2: of D with Y: a Z that explains all of what is left of Y must explain as much of D to
    bring the estimate to 0. robustness: the strength with both at which a share ``q`` of the
    estimate is gone; robustness_alpha: at which 1 - q of it is no longer ruled out.
    """

    estimate: float
    se: float
    df: float
    clustered_se: float | None
    clustered_df: float | None
    q: float
    alpha: float
    partial_r2: float
    robustness: float
    robustness_alpha: float
    benchmarks: tuple[Benchmark, ...]
    bounds: tuple[Bound, ...]

    def adjusted(self, r2_treatment: float, r2_outcome: float) -> tuple[float, float, float, float]:
        """Estimate, se, low and high with such a Z adjusted for, that takes away from the estimate.

        Raises PlanError when these are no shares of 0 to 1 (the first below 1).
        """
        _refuse_strengths(r2_treatment, r2_outcome)
        bias = self.se * math.sqrt(self.df * r2_outcome * r2_treatment / (1 - r2_treatment))
        estimate = self.estimate - math.copysign(bias, self.estimate)
        own = self.se if self.clustered_se is None else self.clustered_se
        se = own * math.sqrt((1 - r2_outcome) / (1 - r2_treatment) * self.df / (self.df - 1))
        margin = _quantile(self.df, self.clustered_df, self.alpha) * se
        return estimate, se, estimate - margin, estimate + margin

    def bound(self, benchmark: Benchmark, kd: float, ky: float | None = None) -> Bound:
        """What a Z does that is kd and ky (as kd, when left out) times a benchmark (eq. 17-18)."""
        ky = kd if ky is None else ky
        strength = _strength(benchmark, kd, ky)
        if strength is None:
            return Bound(benchmark.name, kd, ky)
        r2_d, r2_y = strength
        capped = r2_y > 1
        found = self.adjusted(r2_d, min(r2_y, 1.0))
        return Bound(benchmark.name, kd, ky, r2_d, min(r2_y, 1.0), capped, *found)

    def times_needed(self, benchmark: Benchmark, *, limit: bool = False) -> float | None:
        """How many times a benchmark Z must be with both, before the estimate is 0.

        limit: before the interval of a Z so strong, or weaker with the outcome, holds 0. None when
        no Z that goes with the programme as the benchmark does, however strong, can do that.
        """

        def overturned(k: float) -> bool:
            strength = _strength(benchmark, k, k)
            if strength is None:
                return True  # so strong that nothing is left of D
            least = self.outcome_needed(strength[0], limit=limit)
            return least is not None and least <= strength[1]

        if overturned(0.0):
            return 0.0
        if benchmark.r2_treatment == 0 or benchmark.r2_outcome == 0:
            return None
        return _first(overturned, 0.0, benchmark.most)

    def outcome_needed(self, r2_treatment: float, *, limit: bool = False) -> float | None:
        """The least R2 with Y of a Z with this R2 with D, before the estimate is 0.

        limit: before the interval holds 0. None when a Z that explains all of Y does not do it.
        """
        _refuse_strengths(r2_treatment, 0.0)
        f = abs(self.estimate) / (self.se * math.sqrt(self.df))
        d, c = r2_treatment, self._critical if limit else 0.0
        # f sqrt(1 - d) = sqrt(d y) + c sqrt(1 - y), with y = sin(angle)^2
        reach, wanted = math.hypot(math.sqrt(d), c), f * math.sqrt(1 - d)
        if wanted > reach:
            return None
        angle = math.atan2(math.sqrt(d), c) - math.acos(wanted / reach) if reach > 0 else 0.0
        return math.sin(max(angle, 0.0)) ** 2

    @property
    def _critical(self) -> float:
        """Half the width of the interval, in se sqrt(df), when Z explains as much of D as of Y."""
        own = self.se if self.clustered_se is None else self.clustered_se
        return (
            _quantile(self.df, self.clustered_df, self.alpha)
            * own
            / self.se
            / math.sqrt(self.df - 1)
        )

    def table(self) -> pd.DataFrame:
        """A row per benchmark and multiple, in full precision."""
        columns = list(Bound.__dataclass_fields__)
        return pd.DataFrame([asdict(bound) for bound in self.bounds], columns=columns)

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return asdict(self)

    def explain(self, language: str = "nl") -> str:
        """How strong something hidden would have to be, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.sensitivity import omitted_sentence

        return omitted_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The estimate that is left, for every strength of Z; what was adjusted for as points."""
        from academic_workplace.report.sensitivity import plot_omitted

        return plot_omitted(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.sensitivity import omitted_drawing

        return omitted_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def omitted_variable(
    *,
    estimate: float,
    se: float,
    df: float,
    clustered_se: float | None = None,
    clustered_df: float | None = None,
    q: float = 1.0,
    alpha: float = ALPHA,
    benchmarks: Sequence[Benchmark] = (),
    times: Sequence[float] = TIMES,
) -> OmittedVariable:
    """How strong something left out must be, from the numbers of a regression.

    se, df: textbook standard error and residual degrees of freedom, pupils as if independent.
    clustered_se, clustered_df: the ones of the interval, if others. benchmarks: what was adjusted
    for; times: how many times as strong as those Z is taken to be.
    Raises PlanError naming every number that cannot be.

    >>> found = omitted_variable(estimate=0.09731582, se=0.02325654, df=783)
    >>> round(found.partial_r2, 5), round(found.robustness, 4), round(found.robustness_alpha, 4)
    (0.02187, 0.1388, 0.0763)
    """
    _refuse(estimate, se, df, clustered_se, clustered_df, q, alpha, benchmarks, times)
    f = abs(estimate) / (se * math.sqrt(df))
    found = OmittedVariable(
        estimate=float(estimate),
        se=float(se),
        df=float(df),
        clustered_se=clustered_se,
        clustered_df=clustered_df,
        q=q,
        alpha=alpha,
        partial_r2=f**2 / (1 + f**2),
        robustness=_robustness(q * f, 0.0),
        robustness_alpha=0.0,
        benchmarks=tuple(benchmarks),
        bounds=(),
    )
    bounds = tuple(found.bound(benchmark, k) for benchmark in benchmarks for k in times)
    robustness_alpha = _robustness(q * f, found._critical)
    return replace(found, bounds=bounds, robustness_alpha=robustness_alpha)


def omitted_from_fit(
    fit: Fit,
    term: str,
    covariates: Mapping[str, Sequence[str]],
    *,
    clustered_se: float | None = None,
    clustered_df: float | None = None,
    q: float = 1.0,
    alpha: float = ALPHA,
    times: Sequence[float] = TIMES,
) -> OmittedVariable | None:
    """The same for one slope of a fit: no rows are needed. None when nothing is left to vary.

    covariates: name -> the columns of the fit that it is (a category has several).
    """
    at = fit.names.index(term)
    contrast = np.eye(len(fit.names))[at]
    v, df = variance(fit, contrast, Inference.CLASSICAL)
    if not (v > 0 and df > 1):
        return None
    if clustered_se is None or not clustered_df:
        clustered_se = clustered_df = None
    benchmarks = [
        _benchmark(fit, at, name, [fit.names.index(column) for column in columns])
        for name, columns in covariates.items()
    ]
    return omitted_variable(
        estimate=float(fit.beta[at]), se=math.sqrt(v), df=df, clustered_se=clustered_se,
        clustered_df=clustered_df, q=q, alpha=alpha, benchmarks=benchmarks, times=times,
    )  # fmt: skip


def _benchmark(fit: Fit, d: int, name: str, at: list[int]) -> Benchmark:
    """Partial R2 of columns with D and with Y, from M = (X'X)^-1.

    A block of M is the inverse of what the other columns leave of that block's cross-products.
    """
    M = fit.L @ fit.L.T
    left = np.linalg.inv(M[np.ix_([d, *at], [d, *at])])[0, 0]  # of D, without these columns
    r2_treatment = 1 - 1 / (M[d, d] * left)
    b = fit.beta[at]
    explained = float(b @ np.linalg.solve(M[np.ix_(at, at)], b))
    r2_outcome = explained / (explained + fit.residual_ss)
    return Benchmark(name, max(float(r2_treatment), 0.0), r2_outcome)


def _robustness(f: float, critical: float) -> float:
    """The strength R2_D = R2_Y = R at which f sqrt(1 - R) - R = critical sqrt(1 - R).

    Where a weaker link with Y would do as well (a wide se shrinks as Z explains more of Y), the R2
    of D alone decides: f > 1 / critical. From the authors' notes on their software.
    """
    phi = f - critical
    if phi <= 0:
        return 0.0
    if f * critical > 1:
        return (f**2 - critical**2) / (1 + f**2)
    return (math.sqrt(phi**4 + 4 * phi**2) - phi**2) / 2


def _strength(benchmark: Benchmark, kd: float, ky: float) -> tuple[float, float] | None:
    """The partial R2 of a Z that is kd and ky times a benchmark; None when none is so strong.

    The second may come out above 1.
    """
    r2_d, r2_y = benchmark.r2_treatment, benchmark.r2_outcome
    if kd >= benchmark.most:
        return None
    treatment = kd * r2_d / (1 - r2_d)
    shared = kd * r2_d**2 / ((1 - kd * r2_d) * (1 - r2_d))  # of Z with the benchmark, given D
    if treatment >= 1 or shared >= 1:
        return None
    eta = (math.sqrt(ky) + math.sqrt(shared)) / math.sqrt(1 - shared)
    return treatment, eta**2 * r2_y / (1 - r2_y)


def _quantile(df: float, clustered_df: float | None, alpha: float) -> float:
    """Of t. Z takes one textbook degree of freedom, but none of those that count clusters."""
    return float(stdtrit(df - 1 if clustered_df is None else clustered_df, 1 - alpha / 2))


def _first(true: Callable[[float], bool], low: float, high: float) -> float:
    """Where a statement that is false at low becomes true."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if true(middle) else (middle, high)
    return high


def _refuse_strengths(r2_treatment: float, r2_outcome: float) -> None:
    fits = {
        "r2_treatment": 0 <= real(r2_treatment) < 1,
        "r2_outcome": 0 <= real(r2_outcome) <= 1,
    }
    rule = Text("Dit moet een aandeel van 0 tot 1 zijn.", "This must be a share, 0 to 1.")
    faults = [_fault(name, rule) for name, so in fits.items() if not so]
    if faults:
        raise PlanError(faults)


def _refuse(
    estimate: float,
    se: float,
    df: float,
    clustered_se: float | None,
    clustered_df: float | None,
    q: float,
    alpha: float,
    benchmarks: Sequence[Benchmark],
    times: Sequence[float],
) -> None:
    number = Text("Dit moet een getal zijn.", "This must be a number.")
    above = Text("Dit moet een getal boven 0 zijn.", "This must be a number above 0.")
    more = Text("Dit moet een getal boven 1 zijn.", "This must be a number above 1.")
    half = Text("Dit moet tussen 0 en 0,5 liggen.", "This must lie between 0 and 0.5.")
    share = Text("Dit moet een aandeel van 0 tot 1 zijn.", "This must be a share, 0 to 1.")
    together = Text(
        "Geef de standaardfout en de vrijheidsgraden samen.",
        "Give the standard error and its degrees of freedom together.",
    )
    pairs = [(x.r2_treatment, x.r2_outcome) for x in benchmarks]
    wrong = {
        "estimate": (not math.isfinite(real(estimate)), number),
        "se": (not 0 < real(se) < math.inf, above),
        "df": (not 1 < real(df) < math.inf, more),
        "clustered_se": (clustered_se is not None and not 0 < real(clustered_se) < math.inf, above),
        "clustered_df": (clustered_df is not None and not real(clustered_df) >= 0.01, above),
        "clustered_se, clustered_df": ((clustered_se is None) != (clustered_df is None), together),
        "q": (not 0 < real(q) < math.inf, above),
        "alpha": (not 0 < real(alpha) < 0.5, half),
        "times": (not all(0 < real(k) < math.inf for k in times), above),
        "benchmarks": (not all(0 <= real(x) < 1 for pair in pairs for x in pair), share),
    }
    faults = [_fault(name, rule) for name, (bad, rule) in wrong.items() if bad]
    if faults:
        raise PlanError(faults)


def _fault(column: str, rule: Text) -> Fault:
    return Fault(rule, Text("Verbeter het getal.", "Mend the number."), column=column)
