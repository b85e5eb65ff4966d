"""Interrupted time series: did a line of period means bend when the programme began?

    y_t = b0 + b1 t + b2 D_t + b3 D_t t (+ seasons) + e_t,   t = 0 at the start, D_t = 1 from there

Without the programme the line would have gone on as b0 + b1 t: that is the counterfactual, and
b2 + b3 h the effect h periods after the start (Wagner, Soumerai, Zhang & Ross-Degnan, 2002, J.
Clin. Pharm. Ther. 27). With a comparison series the same is asked of the difference between the
two: its b2 and b3 are the differences in level and slope change of the model of both series with
every product, and errors shared by both drop out (Linden, 2015, Stata J. 15).

Errors are autocorrelated. Newey & West (1987, Econometrica 55) with T/(T - k) and t on T - k covers
some 80 % instead of 95 % in series as short as ours, so that by default the variance is divided by
its bias and t has Satterthwaite's degrees of freedom, in a working model AR(1): a' HAC a is a
quadratic form e'Ae of residuals e = Mu, with mean tr(MAM S) and variance 2 tr((MAM S)^2) when
u ~ N(0, S) (Bell & McCaffrey, 2002; Pustejovsky & Tipton, 2018, for clusters).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, stdtr, stdtrit

from academic_workplace.errors import DataError, Fault, PlanError, chosen_of
from academic_workplace.language import Text
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]

CERTAIN = 0.95
FEWEST_BEFORE, FEWEST_AFTER = 3, 2  # below these nothing can be said
FEW_BEFORE, FEW_AFTER = 8, 3  # below these a line is a guess: said, not refused
LARGEST_RHO = 0.95  # of the working model
ALIKE = 0.05  # a Ljung-Box p-value below this is a flag
ROUNDING = 1e-12  # residuals below this times the size of the series are rounding
RANK = 1e-10
CHANGE = ("level", "slope")  # the columns that are there from the start on only
STEPS = 500


class Shape(StrEnum):
    """What may change at the start, and whether there is a line before it."""

    BOTH = "level and slope"
    LEVEL = "level"  # the line goes on with the same slope
    STEP = "step"  # no slope at all: the mean after minus the mean before


class Errors(StrEnum):
    """How it is taken into account that neighbouring periods are alike."""

    NEWEY_WEST = "Newey-West"
    PRAIS_WINSTEN = "Prais-Winsten"


class Bandwidth(StrEnum):
    """How many lags Newey-West looks back."""

    NEWEY_WEST = "4 (T/100)^(2/9)"  # Newey & West (1994); what statsmodels and others take
    STOCK_WATSON = "0.75 T^(1/3)"  # Stock & Watson's textbook


class Small(StrEnum):
    """The correction of Newey-West for a short series."""

    WORKING = "AR(1) working model"  # bias and degrees of freedom, per contrast
    DEGREES = "T/(T - k)"  # and t on T - k
    NONE = "none"  # and t on T - k


class Flag(StrEnum):
    """What a reader must know of a series before the result; ``FLAGS`` has the words."""

    FEW_BEFORE = "few before"
    FEW_AFTER = "few after"
    UNCONTROLLED = "no comparison series"
    UNEVEN = "uneven times"
    AUTOCORRELATED = "autocorrelated"
    NO_SPREAD = "no spread"


FLAGS = {
    Flag.FEW_BEFORE: Text(
        f"Er zijn minder dan {FEW_BEFORE} metingen voor de start. De lijn van vóór de start is"
        " daarom onzeker.",
        f"There are fewer than {FEW_BEFORE} measurements before the start. So the line before the"
        " start is uncertain.",
    ),
    Flag.FEW_AFTER: Text(
        f"Er zijn minder dan {FEW_AFTER} metingen na de start. Of een verandering blijft, is dan"
        " niet te zien.",
        f"There are fewer than {FEW_AFTER} measurements after the start. Whether a change lasts"
        " cannot be seen then.",
    ),
    Flag.UNCONTROLLED: Text(
        "Er is geen reeks om mee te vergelijken. Alles wat rond de start ook veranderde, telt mee"
        " in dit verschil.",
        "There is no series to compare with. Whatever else changed around the start is part of"
        " this difference.",
    ),
    Flag.UNEVEN: Text(
        "Tussen sommige metingen zit meer tijd dan tussen andere. Van de tijd ertussen weten we"
        " niets.",
        "Between some measurements there is more time than between others. Of the time between them"
        " we know nothing.",
    ),
    Flag.AUTOCORRELATED: Text(
        "Metingen die na elkaar komen, lijken nog op elkaar. De berekening houdt daar rekening mee,"
        " maar bij een korte reeks niet helemaal.",
        "Measurements that follow each other are still alike. The calculation allows for this, but"
        " not fully when a series is short.",
    ),
    Flag.NO_SPREAD: Text(
        "De punten liggen precies op de lijn. Daardoor is niet te berekenen hoe zeker dit is.",
        "The points lie exactly on the line. So how certain this is cannot be worked out.",
    ),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient or a sum of them; None what the series cannot tell. The interval has 95 %."""

    estimate: float
    se: float | None = None
    df: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Interrupted:
    """A segmented regression of T period means.

    y: (T,) the series. comparison: (T,) or None. start: how many periods come before it. names: k
    of the columns X (T, k); those of the change are ``level`` and ``slope``. residuals: (T,), of
    Prais-Winsten its innovations. lags: of Newey-West. rho: of Prais-Winsten, or of the working
    model, otherwise None. durbin_watson, ljung_box (a p-value): of the residuals.
    """

    y: Floats
    comparison: Floats | None
    start: int
    shape: Shape
    errors: Errors
    small: Small
    names: tuple[str, ...]
    X: Floats
    beta: Floats
    residuals: Floats
    lags: int | None
    rho: float | None
    durbin_watson: float
    ljung_box: float
    flags: tuple[Flag, ...]

    @property
    def df(self) -> int:
        """Periods minus coefficients."""
        return len(self.y) - len(self.beta)

    @property
    def after(self) -> int:
        """How many periods there are from the start on."""
        return len(self.y) - self.start

    @property
    def level(self) -> Estimate:
        """The change of level at the start (of Shape.STEP: of the mean)."""
        return self.contrast(self._of({"level": 1.0}))

    @property
    def slope(self) -> Estimate | None:
        """The change of slope per unit of time; None where the shape has none."""
        return self.contrast(self._of({"slope": 1.0})) if self.shape is Shape.BOTH else None

    @property
    def average(self) -> Estimate:
        """The effect averaged over all periods from the start on."""
        return self.contrast((self.X * self._change)[self.start :].mean(axis=0))

    def at(self, later: int) -> Estimate:
        """The effect so many periods after the start; 0 is the first period with the programme.

        Raises PlanError beyond the last period: a line is not to be trusted there.
        """
        if not 0 <= later < self.after:
            rule = Text(
                f"Er is geen meting {later} perioden na de start.",
                f"There is no measurement {later} periods after the start.",
            )
            remedy = Text(
                f"Kies 0 tot en met {self.after - 1}.", f"Choose 0 up to {self.after - 1}."
            )
            raise PlanError([Fault(rule, remedy, column="later")])
        return self.contrast((self.X * self._change)[self.start + later])

    @property
    def fitted(self) -> Floats:
        """(T,) the lines, in the units of y: with a comparison series, what is added to that."""
        return self._base + self.X @ self.beta

    @property
    def counterfactual(self) -> Floats:
        """(T,) the line as it would have gone on without the programme."""
        return self._base + self.X @ np.where(self._change, 0.0, self.beta)

    @property
    def covariance(self) -> Floats:
        """(k, k) of the coefficients, before any correction per contrast."""
        k = len(self.beta)
        if self.errors is Errors.PRAIS_WINSTEN:
            X = _whitened(self.X, self.rho or 0.0)
            s2 = float(self.residuals @ self.residuals) / self.df
            return s2 * _inverse(X)
        P = self.X @ _inverse(self.X)
        Pe = P * self.residuals[:, None]
        factor = len(self.y) / (len(self.y) - k) if self.small is Small.DEGREES else 1.0
        found: Floats = factor * Pe.T @ _bartlett(len(self.y), self.lags or 0) @ Pe
        return found

    def contrast(self, c: ArrayLike) -> Estimate:
        """A sum of coefficients c'beta, c: (k,), with its interval."""
        weights = np.asarray(c, dtype=float)
        estimate = float(weights @ self.beta)
        if Flag.NO_SPREAD in self.flags:
            return Estimate(estimate)
        variance, df = float(weights @ self.covariance @ weights), float(self.df)
        if self.errors is Errors.NEWEY_WEST and self.small is Small.WORKING:
            bias, df = self._working(weights)
            variance /= bias
        if not (variance > 0 and df > 0):
            return Estimate(estimate)
        se = math.sqrt(variance)
        half = float(stdtrit(df, (1 + CERTAIN) / 2)) * se
        p_value = 2 * float(stdtr(df, -abs(estimate) / se))
        return Estimate(estimate, se, df, estimate - half, estimate + half, p_value)

    def _working(self, c: Floats) -> tuple[float, float]:
        """E(variance) / variance, and Satterthwaite's degrees of freedom, where u is AR(1)."""
        p = self.X @ np.linalg.solve(self.X.T @ self.X, c)
        S = _ar1(len(self.y), self.rho or 0.0)
        M = _residual_maker(self.X)
        A = p[:, None] * _bartlett(len(self.y), self.lags or 0) * p
        B = M @ A @ M @ S
        mean = float(np.trace(B))
        return mean / float(p @ S @ p), mean**2 / float(np.sum(B * B.T))

    @property
    def _base(self) -> Floats:
        return np.zeros(len(self.y)) if self.comparison is None else self.comparison

    @property
    def _change(self) -> NDArray[np.bool_]:
        return np.array([name in CHANGE for name in self.names])

    def _of(self, wanted: dict[str, float]) -> Floats:
        return np.array([wanted.get(name, 0.0) for name in self.names])


def interrupted(
    y: ArrayLike,
    start: int,
    *,
    comparison: ArrayLike | None = None,
    season: Sequence[object] | None = None,
    times: ArrayLike | None = None,
    shape: Shape | str = Shape.BOTH,
    errors: Errors | str = Errors.NEWEY_WEST,
    bandwidth: Bandwidth | str | int = Bandwidth.NEWEY_WEST,
    small: Small | str = Small.WORKING,
) -> Interrupted:
    """Segmented regression of y (T,), means of periods in order of time.

    start: the place of the first period with the programme. comparison: (T,) a series without it.
    season: (T,) labels (term, quarter) that return; the first is the reference. times: (T,) when
    each was, in years for example; 0, 1, 2 ... when left out. Errors are as alike as their places
    in the series are near, whatever the times. bandwidth: a rule, or the number of lags
    itself. Every period counts alike, however many pupils it has.

    Raises DataError on missing values, fewer than 3 periods before or 2 after the start, as many
    coefficients as periods, times that do not rise, and seasons that cannot be told from the
    change; PlanError on a name that is not known.
    """
    form, way = chosen_of(Shape, shape, "shape"), chosen_of(Errors, errors, "errors")
    correction = chosen_of(Small, small, "small")
    series = _numbers(y, "y")
    other = None if comparison is None else _numbers(comparison, "comparison", len(series))
    _refuse_few(len(series), start)
    when = np.arange(len(series), dtype=float)
    if times is not None:
        when = _numbers(times, "times", len(series))
    names, X = _design(when, start, form, season)
    left = len(series) - len(names)
    if left < 1:
        rule = Text(
            f"Er zijn {len(series)} metingen voor {len(names)} getallen van het model.",
            f"There are {len(series)} measurements for {len(names)} numbers of the model.",
        )
        remedy = Text(
            "Kies een eenvoudiger vorm (shape), of meer perioden.",
            "Choose a simpler shape, or more periods.",
        )
        raise DataError([Fault(rule, remedy, column="y")])
    if np.linalg.matrix_rank(X / np.linalg.norm(X, axis=0), tol=RANK) < len(names):
        rule = Text(
            "De seizoenen zijn niet te onderscheiden van de verandering bij de start.",
            "The seasons cannot be told from the change at the start.",
        )
        remedy = Text("Laat ze weg, of voeg er samen.", "Leave them out, or join some.")
        raise DataError([Fault(rule, remedy, column="season")])
    z = series if other is None else series - other
    rho: float | None = None
    lags: int | None = None
    with one_thread():
        beta = _least_squares(X, z)
        e = z - X @ beta
        size = max(float(np.abs(s).max()) for s in (series, z if other is None else other))
        flat = float(np.abs(e).max()) <= ROUNDING * size
        if way is Errors.PRAIS_WINSTEN:
            rho, beta = _prais_winsten(X, z, e) if not flat else (0.0, beta)
            e = _whitened((z - X @ beta)[:, None], rho)[:, 0]
        else:
            lags = _lags(bandwidth, len(series))
            if correction is Small.WORKING:
                rho = working_rho(X, e) if not flat else 0.0
    watson, box = (math.nan, math.nan) if flat else (durbin_watson(e), ljung_box(e)[1])
    true = {
        Flag.FEW_BEFORE: start < FEW_BEFORE,
        Flag.FEW_AFTER: len(series) - start < FEW_AFTER,
        Flag.UNCONTROLLED: other is None,
        Flag.UNEVEN: bool(np.ptp(np.diff(when)) > 1e-9 * np.ptp(when)),
        Flag.AUTOCORRELATED: box < ALIKE,
        Flag.NO_SPREAD: flat,
    }
    flags = tuple(flag for flag, is_so in true.items() if is_so)
    return Interrupted(
        series, other, start, form, way, correction, names, X, beta, e, lags, rho, watson, box,
        flags,
    )  # fmt: skip


def durbin_watson(e: ArrayLike) -> float:
    """Squared steps over squared residuals: 2 when neighbours are not alike, less when they are.

    >>> durbin_watson([1, -1, 1, -1])
    3.0
    """
    values = np.asarray(e, dtype=float)
    return float(np.sum(np.diff(values) ** 2) / np.sum(values**2))


def ljung_box(e: ArrayLike, lags: int | None = None) -> tuple[float, float]:
    """Q = T (T + 2) sum r_k^2 / (T - k) and its p-value on ``lags`` degrees of freedom.

    Ljung & Box (1978, Biometrika 65). lags: T / 5 when left out, at least 1 and at most 10.
    """
    values = np.asarray(e, dtype=float)
    T = len(values)
    m = min(max(T // 5, 1), 10) if lags is None else lags
    z = values - values.mean()
    r = np.array([z[k:] @ z[:-k] for k in range(1, m + 1)]) / float(z @ z)
    Q = T * (T + 2) * float(np.sum(r**2 / (T - np.arange(1, m + 1))))
    return Q, float(chdtrc(m, Q))


def working_rho(X: Floats, e: Floats) -> float:
    """The rho of AR(1) errors whose residuals have the autocorrelation that was seen.

    Residuals of a short series are less alike than its errors: rho solves r_1 = tr(L MSM)/tr(MSM)
    with L the lag, between 0 and 0.95. A negative one counts as 0.
    """
    M, seen = _residual_maker(X), float(e[1:] @ e[:-1]) / float(e @ e)

    def expected(rho: float) -> float:
        V = M @ _ar1(len(e), rho) @ M
        return float(np.trace(V[1:, :-1]) / np.trace(V))

    low, high = 0.0, LARGEST_RHO
    if seen <= expected(low):
        return low
    if seen >= expected(high):
        return high
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if expected(middle) < seen else (low, middle)
    return (low + high) / 2


def _prais_winsten(X: Floats, y: Floats, e: Floats) -> tuple[float, Floats]:
    """rho and beta in turns until neither moves (Prais & Winsten, 1954); the first period stays."""
    beta, rho = _least_squares(X, y), math.inf
    for _ in range(STEPS):
        new = float(e[1:] @ e[:-1]) / float(e[:-1] @ e[:-1])
        new = min(max(new, -0.99), 0.99)
        if abs(new - rho) < 1e-12:
            break
        rho = new
        beta = _least_squares(_whitened(X, rho), _whitened(y[:, None], rho)[:, 0])
        e = y - X @ beta
    return rho, beta


def _inverse(X: Floats) -> Floats:
    """(X'X)^-1."""
    M: Floats = np.linalg.inv(X.T @ X).astype(float)
    return M


def _least_squares(X: Floats, y: Floats) -> Floats:
    beta: Floats = np.linalg.lstsq(X, y, rcond=None)[0].astype(float)
    return beta


def _whitened(X: Floats, rho: float) -> Floats:
    """x_t - rho x_{t-1}; of the first period x sqrt(1 - rho^2)."""
    new: Floats = np.vstack([math.sqrt(1 - rho**2) * X[:1], X[1:] - rho * X[:-1]])
    return new


def _design(
    when: Floats, start: int, shape: Shape, season: Sequence[object] | None
) -> tuple[tuple[str, ...], Floats]:
    """The names and columns of the model. Raises DataError where time does not rise."""
    if np.any(np.diff(when) <= 0):
        rule = Text("De tijd loopt niet op.", "Time does not rise.")
        remedy = Text("Zet de perioden op volgorde.", "Put the periods in order.")
        raise DataError([Fault(rule, remedy, column="times")])
    T, t = len(when), when - when[start]
    D = (t >= 0).astype(float)
    columns = {"constant": np.ones(T)}
    if shape is not Shape.STEP:
        columns["trend"] = t
    columns["level"] = D
    if shape is Shape.BOTH:
        columns["slope"] = D * t
    if season is not None:
        labels = [str(label) for label in season]
        if len(labels) != T:
            raise DataError([_other_length("season", T)])
        for label in list(dict.fromkeys(labels))[1:]:
            columns[f"season {label}"] = np.array([float(x == label) for x in labels])
    return tuple(columns), np.column_stack(list(columns.values()))


def _lags(bandwidth: Bandwidth | str | int, T: int) -> int:
    if isinstance(bandwidth, int):
        if not 0 <= bandwidth < T:
            rule = Text(
                f"Het aantal lags is geen getal van 0 tot {T}.",
                f"The number of lags is no number from 0 to {T}.",
            )
            remedy = Text("Kies er minder, of een regel.", "Choose fewer, or a rule.")
            raise PlanError([Fault(rule, remedy, column="bandwidth")])
        return bandwidth
    if chosen_of(Bandwidth, bandwidth, "bandwidth") is Bandwidth.STOCK_WATSON:
        return int(0.75 * T ** (1 / 3))
    return int(4 * (T / 100) ** (2 / 9))


def _bartlett(T: int, lags: int) -> Floats:
    """(T, T) the weight of two periods: 1 - distance / (lags + 1), not below 0."""
    weight: Floats = np.maximum(1 - _apart(T) / (lags + 1), 0.0)
    return weight


def _ar1(T: int, rho: float) -> Floats:
    S: Floats = np.power(rho, _apart(T))
    return S


def _apart(T: int) -> Floats:
    t = np.arange(T, dtype=float)
    distance: Floats = np.abs(t[:, None] - t)
    return distance


def _residual_maker(X: Floats) -> Floats:
    Q = np.linalg.qr(X)[0]
    M: Floats = np.eye(len(X)) - Q @ Q.T
    return M


def _numbers(given: ArrayLike, name: str, length: int | None = None) -> Floats:
    """(T,) finite numbers."""
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        values = np.full(np.shape(given) or (1,), np.nan)
    if values.ndim != 1 or (length is not None and len(values) != length):
        raise DataError([_other_length(name, length)])
    wrong = ~np.isfinite(values)
    if wrong.any():
        rule = Text(
            "Van een of meer perioden is er geen getal.", "One or more periods have no number."
        )
        remedy = Text(
            "Een reeks moet heel zijn: vul aan, of kies perioden zonder gat.",
            "A series must be whole: fill it in, or choose periods without a gap.",
        )
        raise DataError([Fault(rule, remedy, column=name, count=int(wrong.sum()))])
    return values


def _other_length(name: str, length: int | None) -> Fault:
    rule = Text("Dit is geen reeks van de goede lengte.", "This is no series of the right length.")
    many = "" if length is None else f" ({length})"
    remedy = Text(f"Geef één getal per periode{many}.", f"Give one number per period{many}.")
    return Fault(rule, remedy, column=name)


def _refuse_few(T: int, start: int) -> None:
    if isinstance(start, bool) or not isinstance(start, int | np.integer):
        rule = Text("De start is geen plaats in de reeks.", "The start is no place in the series.")
        remedy = Text(
            "Geef het aantal perioden voor de start.", "Give the number of periods before it."
        )
        raise PlanError([Fault(rule, remedy, column="start")])
    before, after = start, T - start
    if before < FEWEST_BEFORE or after < FEWEST_AFTER:
        rule = Text(
            f"Voor de start zijn er {max(before, 0)} metingen, daarna {max(after, 0)}. Dat is te"
            " weinig voor een lijn.",
            f"There are {max(before, 0)} measurements before the start and {max(after, 0)} from it"
            " on. That is too few for a line.",
        )
        remedy = Text(
            f"Zoek er minstens {FEWEST_BEFORE} voor en {FEWEST_AFTER} na de start (liefst"
            f" {FEW_BEFORE} en {FEW_AFTER}).",
            f"Find at least {FEWEST_BEFORE} before and {FEWEST_AFTER} after the start (rather"
            f" {FEW_BEFORE} and {FEW_AFTER}).",
        )
        raise DataError([Fault(rule, remedy, column="start")])
