"""The jump at a cut-off: of an outcome (sharp), or per pupil who takes part there (fuzzy).

    sharp:  tau = mu_+ - mu_-                 everyone does what the rule says
    fuzzy:  tau = (jump in y) / (jump in d)   d: who took part

Right minus left, at or above the cut-off minus below it. The interval is the robust bias-corrected
one of Calonico, Cattaneo & Titiunik (2014, Econometrica 82); fuzzy by the delta method: the jump of
(y - tau d) / (jump in d), which is 0 before the correction, has the variance of the ratio, and its
correction is that of the ratio. The bandwidth is that of y: as for one-sided compliance.

With clusters the weighted residuals of a cluster are added up over both sides, since a school has
pupils on either: times G / (G - 1) (n - 1) / (n - k), and t with the degrees of freedom that a
sum of squares of G cluster sums has when pupils are independent (Bell & McCaffrey, 2002).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from academic_workplace.cutoff.bandwidth import Bandwidths, mserd
from academic_workplace.cutoff.local import (
    Fit,
    Kernel,
    Residuals,
    polynomial,
    residuals,
    slopes,
)
from academic_workplace.cutoff.sides import (
    FEW_CLUSTERS,
    NO_FIRST_STAGE,
    WEAK,
    Flag,
    Floats,
    Rows,
    Side,
    check_running,
    columns,
    labels,
    sides,
    too_few,
)
from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text
from academic_workplace.threads import one_thread

CERTAIN = 0.95
EPS = 1e-12  # a standard error below this times the largest outcome is rounding
NOTHING = 1e-9  # a jump in who took part below this is rounding
P, Q = 1, 2  # lines, and curves for the correction


@dataclass(frozen=True, slots=True)
class Line:
    """The fitted line of a side: its height at the cut-off, and its slope in x."""

    level: float
    slope: float


@dataclass(frozen=True, slots=True)
class Jump:
    """A jump, right minus left of the cut-off.

    estimate, se: corrected for bias, and robust to that; low, high: 95 %. se is 0 where there is
    nothing but rounding. conventional, conventional_se: without correction. df: infinite for the
    normal distribution. n: pupils on the left and right; within: of those, within h. clusters:
    within reach of either bandwidth, 0 when none were given. left, right: the lines, without
    correction (of y, also when fuzzy).
    """

    estimate: float
    se: float
    df: float
    low: float
    high: float
    p_value: float
    conventional: float
    conventional_se: float
    bandwidths: Bandwidths
    n: tuple[int, int]
    within: tuple[int, int]
    clusters: int
    left: Line
    right: Line
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A jump per pupil who takes part because of the rule. F: of the jump in who took part.

    ratio: the effect of taking part; its se and limits need a first stage that is strong.
    first: the jump in who took part. offered: the jump in the outcome.
    """

    ratio: Jump
    first: Jump
    offered: Jump
    F: float


def sharp(
    y: ArrayLike,
    x: ArrayLike,
    cutoff: float,
    *,
    bandwidths: Bandwidths | None = None,
    covariates: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    kernel: Kernel = Kernel.TRIANGULAR,
    how: Residuals = Residuals.NN,
) -> Jump:
    """The jump of y (n,) where x (n,) reaches the cut-off.

    covariates: (n, k) from before; they sharpen and should not jump. cluster: (n,) labels; the
    residuals are then what the curves leave. Raises DataError on a running variable that will not
    do (``check_running``), values that are missing, and fewer than ten pupils within h.
    """
    with one_thread():
        return _jump(_fitted(y, None, x, cutoff, bandwidths, covariates, cluster, kernel, how), [1])


def fuzzy(
    y: ArrayLike,
    treated: ArrayLike,
    x: ArrayLike,
    cutoff: float,
    *,
    bandwidths: Bandwidths | None = None,
    covariates: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    kernel: Kernel = Kernel.TRIANGULAR,
    how: Residuals = Residuals.NN,
) -> Fuzzy:
    """The jump of y (n,) per jump of treated (n,), zeros and ones. Raises as ``sharp`` does.

    Also when the jump of treated cannot be told from none (p > 0.05): then there is no ratio.
    """
    with one_thread():
        f = _fitted(y, treated, x, cutoff, bandwidths, covariates, cluster, kernel, how)
        offered, first = _jump(f, [1, 0]), _jump(f, [0, 1])
        F = (first.estimate / first.se) ** 2 if first.se > 0 else math.inf
        if F < NO_FIRST_STAGE or abs(first.conventional) < NOTHING:
            raise _no_first_stage()
        tau, d = offered.conventional / first.conventional, first.conventional
        ratio = _jump(f, [1 / d, -tau / d], tau)
        flags = ratio.flags + ((Flag.WEAK,) if F < WEAK else ())
        return Fuzzy(replace(ratio, left=offered.left, right=offered.right, flags=flags),
                     first, offered, F)  # fmt: skip


def _no_first_stage() -> DataError:
    rule = Text(
        "Aan de grens verandert niet duidelijk wie meedoet. Dan is het effect van meedoen niet te"
        " bepalen.",
        "At the cut-off it does not clearly change who takes part. So the effect of taking part"
        " cannot be worked out.",
    )
    remedy = Text(
        "Controleer de grens en de kolom die zegt wie meedeed.",
        "Check the cut-off and the column that says who took part.",
    )
    return DataError([Fault(rule, remedy)])


@dataclass(frozen=True, slots=True, eq=False)
class _Weights:
    """Of a side: with which outcomes add up to the level (a) and to the corrected level (bc)."""

    a: Floats
    bc: Floats
    line: Fit
    curve: Fit


def _weights(side: Side, chosen: Bandwidths, kernel: Kernel) -> _Weights:
    line, curve = polynomial(side, chosen.h, P, kernel), polynomial(side, chosen.b, Q, kernel)
    a = np.zeros(max(len(line.w), len(curve.w)))
    a[: len(line.w)] = line.weights_of(0)
    bc = a.copy()
    missed = (chosen.h / chosen.b) ** (P + 1) * line.bias(0)
    bc[: len(curve.w)] -= missed * curve.weights_of(P + 1)
    return _Weights(a, bc, line, curve)


def _each(two: tuple[Side, Side], change: Callable[[Floats], Floats]) -> tuple[Side, Side]:
    """The same pupils with other columns."""
    left, right = (replace(side, y=change(side.y)) for side in two)
    return left, right


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """Both sides with their weights; the columns are less what the covariates say of them."""

    two: tuple[Side, Side]
    weights: tuple[_Weights, _Weights]
    bandwidths: Bandwidths
    within: tuple[int, int]
    cluster: Rows | None
    how: Residuals


def _fitted(
    y: ArrayLike,
    treated: ArrayLike | None,
    x: ArrayLike,
    cutoff: float,
    bandwidths: Bandwidths | None,
    covariates: ArrayLike | None,
    cluster: ArrayLike | None,
    kernel: Kernel,
    how: Residuals,
) -> _Fitted:
    """What the arrays say, once they have been checked."""
    running = check_running(x, cutoff)
    n = len(running)
    outcome = columns(y, n, "y")
    took = np.empty((n, 0)) if treated is None else columns(treated, n, "treated")
    before = np.empty((n, 0)) if covariates is None else columns(covariates, n, "covariates")
    codes = None if cluster is None else labels(cluster, n, "cluster")
    k = before.shape[1]
    m = 1 + took.shape[1]
    two = sides(running, np.column_stack([outcome, took, before]), cutoff)
    if bandwidths is None:
        kept = _each(two, lambda y: y[:, [0, *range(m, m + k)]])
        bandwidths = mserd(kept, covariates=k, kernel=kernel, how=how)
    left, right = (side.within(bandwidths.h, closed=kernel is Kernel.UNIFORM) for side in two)
    too_few((left, right))
    if k:
        gamma = slopes([(side, polynomial(side, bandwidths.h, P, kernel)) for side in two], m, k)
        two = _each(two, lambda y: y[:, :m] - y[:, m:] @ gamma)
    weights = _weights(two[0], bandwidths, kernel), _weights(two[1], bandwidths, kernel)
    return _Fitted(two, weights, bandwidths, (left, right), codes, how)


def _jump(f: _Fitted, combination: Sequence[float], ratio: float | None = None) -> Jump:
    """Of a combination of the columns. ratio: where it starts when it is not its own jump."""
    s = np.array(combination)
    levels = [
        [float(a @ (side.y[: len(a)] @ s)) for a in (w.a, w.bc)]
        for side, w in zip(f.two, f.weights, strict=True)
    ]
    jump, corrected = (levels[1][i] - levels[0][i] for i in (0, 1))
    conventional, estimate = jump, corrected
    if ratio is not None:
        conventional, estimate = ratio, ratio + corrected
    clusters, df = 0, math.inf
    if f.cluster is None:
        V, V_bc = _variances(f, s)
    else:
        V, _, _ = _clustered(f, f.cluster, s, corrected=False)
        V_bc, df, clusters = _clustered(f, f.cluster, s, corrected=True)
    rounding = EPS * max(float(np.abs(side.y @ s).max()) for side in f.two)
    se = math.sqrt(V_bc) if math.sqrt(V_bc) > rounding else 0.0
    half = t_of(df) * se
    slope = [float(w.line.beta[1] @ s) / f.bandwidths.h for w in f.weights]
    few = any(side.few_values(f.bandwidths.h) for side in f.two)
    flags = [Flag.MASS_POINTS] if few else []
    flags += [Flag.FEW_CLUSTERS] if 0 < clusters < FEW_CLUSTERS else []
    return Jump(
        estimate, se, df, estimate - half, estimate + half, p_of(estimate, se, df), conventional,
        math.sqrt(V), f.bandwidths, (len(f.two[0].t), len(f.two[1].t)), f.within, clusters,
        Line(levels[0][0], -slope[0]), Line(levels[1][0], slope[1]), tuple(flags),
    )  # fmt: skip


def t_of(df: float) -> float:
    """The quantile of t that 95 % lies within; of the normal distribution for infinite df."""
    at = (1 + CERTAIN) / 2
    return float(ndtri(at) if math.isinf(df) else stdtrit(df, at))


def p_of(estimate: float, se: float, df: float) -> float:
    """The two-sided p-value; NaN when nothing varies."""
    if not se > 0:
        return math.nan
    z = -abs(estimate) / se
    return 2 * float(ndtr(z) if math.isinf(df) else stdtr(df, z))


def _variances(f: _Fitted, s: Floats) -> tuple[float, float]:
    """Of the jump and of the corrected jump, when pupils are independent."""
    V, V_bc = 0.0, 0.0
    for side, w in zip(f.two, f.weights, strict=True):
        of_line, of_curve = (residuals(side, len(w.a), fit, f.how) @ s for fit in (w.line, w.curve))
        V += float(np.sum((w.a * of_line) ** 2))
        V_bc += float(np.sum((w.bc * of_curve) ** 2))
    return V, V_bc


def _clustered(
    f: _Fitted, cluster: Rows, s: Floats, *, corrected: bool
) -> tuple[float, float, int]:
    """Variance of the jump when pupils of a cluster are alike, its df, and how many clusters.

    With psi_g = sum over the pupils of g of weight times residual, V = c sum psi_g^2; c makes it
    unbiased when pupils are independent and of equal variance, and df = 2 E(V)^2 / var(V) then.
    P = cov(psi) of that model is diagonal but for a part of low rank.
    """
    G = int(cluster.max()) + 1
    psi, D, X, Y = np.zeros(G), np.zeros(G), [], []
    for sign, side, w in zip((-1, 1), f.two, f.weights, strict=True):
        weights, fit = (w.bc, w.curve) if corrected else (w.a, w.line)
        n, inside = len(weights), len(fit.w)
        g = cluster[side.rows[:n]]
        r = residuals(side, n, fit, Residuals.HC0) @ s
        psi += sign * np.bincount(g, weights * r, G)
        D += np.bincount(g, weights**2, G)
        u, kernel = side.t[:n] / fit.h, np.zeros(n)
        kernel[:inside] = fit.w
        powers = [u**k for k in range(2 * fit.order + 1)]
        AR, AwR = (
            np.stack([np.bincount(g, each * p, G) for p in powers[: fit.order + 1]], axis=1)
            for each in (weights, weights * kernel)
        )
        M, k = fit.inverse, np.arange(fit.order + 1)
        squares = np.array([kernel**2 @ p for p in powers])  # of the kernel: R'w^2 R
        middle = M @ squares[k[:, None] + k] @ M
        X += [-AR @ M, -AwR @ M, AR @ middle]
        Y += [AwR, AR, AR]
    left, right = np.column_stack(X), np.column_stack(Y)
    trace = float(D.sum() + np.sum(left * right))
    small = right.T @ left
    of_P = float(np.sum(D**2) + 2 * np.sum(D[:, None] * left * right) + np.sum(small * small.T))
    V = float(D.sum()) / trace * float(psi @ psi)
    return V, trace**2 / of_P, int(np.sum(D > 0))
