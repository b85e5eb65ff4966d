"""Weights that make the arms alike when nobody drew lots: propensity, entropy, stable.

    p = P(took part | X);   h(p) says for whom:  ATT h = p,  ATE h = 1,  ATO h = p (1 - p)
    w = h / p for who took part,  h / (1 - p) for the comparison

Weights of an arm add up to the size of the group that the effect is meant for (Hajek): to the
treated (ATT), to everyone (ATE), to sum p (1 - p) (ATO). Arrays only: what a pupil is called, or
which column stands for what, is known elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from academic_workplace.comparison.inputs import (
    OF_WEIGHTS,
    ROUNDING,
    Bools,
    Estimand,
    Floats,
    arms,
    matrix,
    numbers,
    option,
    standardised,
)
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.language import Text
from academic_workplace.threads import one_thread

STEPS = 200  # of Newton; ten are usual
STEP = 1e-9  # a Newton step below this doubles its digits: the next is rounding
EXTREME = 15.0  # of a logit: then it is asked whether the arms are separated
MARGIN = 1e-5  # of a separating direction, in standard deviations: more than a solver's rounding
BALANCED = 1e-10  # a moment missed by less, in standard deviations, is hit
REACHED = 1e-8  # what is promised, where rounding keeps Newton from BALANCED
ARMIJO, SMALLEST = 1e-4, 1e-10  # of a step's promise, and of a step
RIDGE = 1e-6
EPS = 1e-15  # an improvement below this is rounding
FEW = 10.0  # effective pupils in an arm
MUCH = 0.25  # of an arm's weight for one pupil


class Flag(StrEnum):
    """What makes weights doubtful; ``FLAGS`` has the words."""

    FEW_EFFECTIVE = "few effective"
    ONE_PUPIL = "one pupil"


FLAGS = {
    Flag.FEW_EFFECTIVE: Text(
        "Na het wegen telt een groep voor minder dan tien leerlingen: enkelen bepalen de uitkomst.",
        "After weighting an arm counts for fewer than ten pupils: the result hangs on a few.",
    ),
    Flag.ONE_PUPIL: Text(
        "Eén leerling draagt een kwart of meer van het gewicht van een groep.",
        "One pupil carries a quarter or more of the weight of an arm.",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """One weight per pupil, and how far they can be trusted.

    w: (n,), 0 for who is left out. treated: (n,). left_out: (n,) who was trimmed or not matched.
    steps: of the search, 0 where the weights are a formula. linear: they are the positive part of
    a sum of columns (``stable_weights``), and not its exponent.
    """

    w: Floats
    treated: Bools
    estimand: Estimand
    left_out: Bools
    steps: int = 0
    linear: bool = False

    @property
    def ess(self) -> tuple[float, float]:
        """The effective number of pupils: who took part, and the comparison."""
        return effective(self.w[self.treated]), effective(self.w[~self.treated])

    @property
    def largest(self) -> tuple[float, float]:
        """The largest share of an arm's weight that one pupil has, in the same order."""
        by_arm = self.w[self.treated], self.w[~self.treated]
        t, c = (float(w.max(initial=0.0) / w.sum()) if w.sum() > 0 else math.nan for w in by_arm)
        return t, c

    @property
    def trimmed(self) -> tuple[int, int]:
        """How many were left out, in the same order."""
        out = self.left_out
        return int(np.sum(out & self.treated)), int(np.sum(out & ~self.treated))

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What a reader must know before the result."""
        true = {
            Flag.FEW_EFFECTIVE: not min(self.ess) >= FEW,
            Flag.ONE_PUPIL: not max(self.largest) < MUCH,
        }
        return tuple(flag for flag, is_so in true.items() if is_so)


def effective(w: ArrayLike) -> float:
    """(sum w)^2 / sum w^2: as many pupils of equal weight would say as much (Kish, 1965).

    >>> effective([1, 1, 1, 0]), effective([2, 1, 1])
    (3.0, 2.6666666666666665)
    """
    values = np.asarray(w, dtype=float)
    square = float(values @ values)
    return float(values.sum()) ** 2 / square if square > 0 else 0.0


def normalised(w: ArrayLike, treated: ArrayLike, total: float) -> Floats:
    """(n,) weights that add up to ``total`` in each arm.

    >>> normalised([1, 1, 3, 1], [1, 1, 0, 0], 2).tolist()
    [1.0, 1.0, 1.5, 0.5]
    """
    arm = arms(treated)
    out = numbers(w, len(arm), "w").copy()
    for who in (arm, ~arm):
        out[who] *= total / out[who].sum()
    return out


# ---------------------------------------------------------------- propensity


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """The chance to take part. beta: (k + 1,), the constant first. score, logit: (n,)."""

    columns: tuple[str, ...]
    beta: Floats
    logit: Floats
    score: Floats
    steps: int


def propensity(
    X: ArrayLike,
    treated: ArrayLike,
    columns: Sequence[str] = (),
    *,
    pupils: ArrayLike | None = None,
) -> Propensity:
    """Logistic regression of taking part on X (n, k) and a constant: maximum likelihood.

    pupils: (n,) how many a row stands for; one when None.

    Newton's method on standardised columns: what statsmodels' GLM finds (to 1e-14), in a fifth of
    its time.
    Raises DataError on columns that do not vary or follow from others, and where the arms are
    separated: then some have a chance of 0 or 1 and no maximum exists (Albert & Anderson, 1984).
    """
    arm = arms(treated)
    values, names = matrix(X, len(arm), columns)
    Z, mean, sd = standardised(values, names)
    Z = np.column_stack([np.ones(len(Z)), Z])
    with one_thread():
        many = np.ones(len(arm)) if pupils is None else numbers(pupils, len(arm), "pupils")
        beta, steps = _logistic(Z, arm.astype(float), many)
        logit: Floats = Z @ beta if beta is not None else np.full(len(Z), np.inf)
        if beta is None or np.abs(logit).max() > EXTREME:
            _refuse_separated(Z, arm, names)
    if beta is None:
        raise DataError([_separation(SEPARATED_TOGETHER, ", ".join(names))])
    slopes = beta[1:] / sd
    beta = np.append(beta[0] - slopes @ mean, slopes)
    return Propensity(names, beta, logit, expit(logit), steps)


def _logistic(Z: Floats, t: Floats, many: Floats) -> tuple[Floats | None, int]:
    """The maximum and the number of Newton steps; None where none was found. many: (n,)."""
    beta, lowest = np.zeros(Z.shape[1]), np.inf
    for step in range(1, STEPS + 1):
        eta = Z @ beta
        p = expit(eta)
        try:
            move = np.linalg.solve((Z.T * (many * p * (1 - p))) @ Z, Z.T @ (many * (t - p)))
        except np.linalg.LinAlgError:
            return None, step
        for _ in range(40):  # a step too far makes it worse: halve it
            after = beta + move
            eta = Z @ after
            deviance = float(many @ np.logaddexp(0, eta) - (many * t) @ eta)
            if deviance <= lowest * (1 + 1e-12):
                break
            move = move / 2
        beta, lowest = after, deviance
        if np.abs(move).max() < STEP:
            return beta, step
    return None, STEPS


def _refuse_separated(Z: Floats, arm: Bools, names: Sequence[str]) -> None:
    """Look for b with (2t - 1) z'b >= 0 for all and > 0 for some; name its columns."""
    from scipy.optimize import linprog

    t, c = Z[arm, 1:], Z[~arm, 1:]
    alone = (t.max(axis=0) <= c.min(axis=0)) | (c.max(axis=0) <= t.min(axis=0))
    if alone.any():
        raise DataError([_separation(SEPARATED, names[j]) for j in np.flatnonzero(alone).tolist()])
    sided = np.where(arm, 1.0, -1.0)[:, None] * Z
    found = linprog(-sided.sum(axis=0), A_ub=-sided, b_ub=np.zeros(len(Z)), bounds=(-1, 1))
    if found.x is not None and (sided @ found.x).max() > MARGIN:
        part = np.flatnonzero(np.abs(found.x[1:]) > MARGIN).tolist()
        raise DataError([_separation(SEPARATED_TOGETHER, names[j]) for j in part])


SEPARATED = Text(
    "Deze kolom scheidt wie meedeed van wie niet meedeed: een waarde komt maar in één groep voor. "
    "Voor die leerlingen is er niemand om mee te vergelijken.",
    "This column separates who took part from who did not: a value occurs in one arm only. For "
    "those pupils there is nobody to compare with.",
)
SEPARATED_TOGETHER = Text(
    "Samen met andere kolommen scheidt deze kolom wie meedeed van wie niet meedeed. Voor een deel "
    "van de leerlingen is er niemand om mee te vergelijken.",
    "Together with other columns this column separates who took part from who did not. For some "
    "pupils there is nobody to compare with.",
)


def _separation(rule: Text, column: str) -> Fault:
    remedy = Text(
        "Voeg waarden samen, laat de kolom weg of laat de leerlingen zonder evenknie weg.",
        "Join values, leave the column out, or leave out the pupils without a counterpart.",
    )
    return Fault(rule, remedy, column=column)


def propensity_weights(
    score: ArrayLike,
    treated: ArrayLike,
    estimand: Estimand | str = Estimand.ATT,
    *,
    keep: ArrayLike | None = None,
) -> Weights:
    """Weights from the chance to take part (n,), strictly between 0 and 1.

    ATT 1 and p / (1 - p); ATE 1 / p and 1 / (1 - p); ATO 1 - p and p, which balance every column of
    the logistic regression exactly (Li, Morgan & Zaslavsky, 2018, J. Am. Stat. Assoc. 113, theorem
    3). keep: (n,) whom trimming left; estimate the score again on those first.
    """
    arm = arms(treated)
    for_whom = option(estimand, OF_WEIGHTS)
    p = numbers(score, len(arm), "score")
    _refuse_certain(p)
    kept = np.ones(len(arm), dtype=bool) if keep is None else np.asarray(keep, dtype=bool)
    arms(arm[kept])
    h = {Estimand.ATT: p, Estimand.ATE: np.ones(len(p)), Estimand.ATO: p * (1 - p)}[for_whom]
    total = {
        Estimand.ATT: float(np.sum(arm & kept)),
        Estimand.ATE: float(np.sum(kept)),
        Estimand.ATO: float(np.sum(h[kept])),
    }[for_whom]
    w = np.where(kept, h / np.where(arm, p, 1 - p), 0.0)
    return Weights(normalised(w, arm, total), arm, for_whom, ~kept)


def _refuse_certain(p: Floats) -> None:
    certain = (p <= 0) | (p >= 1)
    if certain.any():
        rule = Text(
            "De kans om mee te doen is hier 0 of 1: er is niemand om mee te vergelijken.",
            "The chance to take part is 0 or 1 here: there is nobody to compare with.",
        )
        remedy = Text("Laat deze leerlingen weg.", "Leave these pupils out.")
        raise DataError([Fault(rule, remedy, column="score", count=int(certain.sum()))])


# ---------------------------------------------------------------- trimming


@dataclass(frozen=True, slots=True, eq=False)
class Trimmed:
    """Who stays: keep (n,), with a score from low to high. removed: treated, comparison."""

    keep: Bools
    low: float
    high: float
    removed: tuple[int, int]


def trim(score: ArrayLike, treated: ArrayLike, low: float = 0.1, high: float = 0.9) -> Trimmed:
    """Keep scores from low to high (Crump, Hotz, Imbens & Mitnik, 2009, Biometrika 96).

    Raises DataError when an arm is then empty, PlanError unless 0 <= low < high <= 1.

    >>> trim([0.05, 0.3, 0.6, 0.95], [0, 1, 0, 1]).removed
    (1, 1)
    """
    if not 0 <= low < high <= 1:
        rule = Text("De grenzen zijn geen kansen.", "The limits are not chances.")
        remedy = Text("Kies 0 ≤ laag < hoog ≤ 1.", "Choose 0 ≤ low < high ≤ 1.")
        raise PlanError([Fault(rule, remedy, column="low, high")])
    arm = arms(treated)
    p = numbers(score, len(arm), "score")
    keep: Bools = (p >= low) & (p <= high)
    if keep[arm].any() and keep[~arm].any():
        return Trimmed(keep, low, high, (int(np.sum(~keep & arm)), int(np.sum(~keep & ~arm))))
    rule = Text(
        "Tussen deze grenzen blijft een groep leeg: de groepen overlappen niet.",
        "Between these limits an arm is empty: the arms do not overlap.",
    )
    remedy = Text(
        "Kies ruimere grenzen of zoek andere leerlingen om mee te vergelijken.",
        "Choose wider limits, or find other pupils to compare with.",
    )
    raise DataError([Fault(rule, remedy, column="score")])


def common_support(score: ArrayLike, treated: ArrayLike) -> Trimmed:
    """Keep scores that lie within the range of both arms (Dehejia & Wahba, 1999)."""
    arm = arms(treated)
    p = numbers(score, len(arm), "score")
    low = max(float(p[arm].min()), float(p[~arm].min()))
    high = min(float(p[arm].max()), float(p[~arm].max()))
    if low >= high:
        rule = Text(
            "Geen enkele kans om mee te doen komt in beide groepen voor.",
            "No chance to take part occurs in both arms.",
        )
        remedy = Text(
            "Zoek andere leerlingen om mee te vergelijken.", "Find other pupils to compare with."
        )
        raise DataError([Fault(rule, remedy, column="score")])
    return trim(p, arm, low, high)


# ---------------------------------------------------------------- weights from balance itself


class _Missed(NamedTuple):
    """Weights of one arm that add up to 1, what they miss (in sd), and the steps of the search."""

    w: Floats
    missed: float
    steps: int


def entropy_balance(
    X: ArrayLike,
    treated: ArrayLike,
    estimand: Estimand | str = Estimand.ATT,
    columns: Sequence[str] = (),
) -> Weights:
    """Weights nearest to equal (in entropy) that give an arm the wanted means of X (n, k), exactly.

    ATT: the comparison gets the means of the treated; ATE: both arms those of everyone. Squares and
    products are columns like any other. The dual, log sum exp(z'lambda) with z = x - target, by
    Newton: Hainmueller (2012, Polit. Anal. 20, eq. 9-12). Means are hit to 1e-8 standard
    deviations. Raises DataError naming the columns in which the target lies out of reach.
    """

    return _balanced(X, treated, estimand, columns, _least_entropy)


def _least_entropy(Z: Floats) -> _Missed:
    """Newton on the dual, halving steps that are too long."""
    lam, steps = np.zeros(Z.shape[1]), 0
    w, value = _tilted(Z, lam)
    g = w @ Z
    for steps in range(1, STEPS + 1):  # noqa: B007  # told in the result
        move = -np.linalg.lstsq((Z.T * w) @ Z - np.outer(g, g), g, rcond=1e-14)[0]
        slope, size = float(g @ move), 1.0
        new, after = _tilted(Z, lam + move)
        while after > value + ARMIJO * size * slope + EPS * abs(value) and size > SMALLEST:
            size /= 2
            new, after = _tilted(Z, lam + size * move)
        w, value, lam = new, after, lam + size * move
        g = w @ Z
        if np.abs(g).max(initial=0.0) <= BALANCED or size <= SMALLEST:
            break
    return _Missed(w, float(np.abs(g).max(initial=0.0)), steps)


def _tilted(Z: Floats, lam: Floats) -> tuple[Floats, float]:
    """Weights that add up to 1, proportional to exp(z'lambda), and log sum exp(z'lambda)."""
    eta = Z @ lam
    top = float(eta.max())
    w: Floats = np.exp(eta - top)
    total = float(w.sum())
    w /= total
    return w, top + math.log(total)


def stable_weights(
    X: ArrayLike,
    treated: ArrayLike,
    estimand: Estimand | str = Estimand.ATT,
    columns: Sequence[str] = (),
    *,
    tolerance: float | Sequence[float] = 0.0,
) -> Weights:
    """Weights >= 0 of the least variance that bring the means of X (n, k) near the target.

    tolerance: how far a mean may stay off, in standard deviations (of everyone): one number or one
    per column; 0 is exact. Targets as in ``entropy_balance``. Zubizarreta (2015, J. Am. Stat.
    Assoc. 110, eq. 1-3): minimise sum w^2 with sum w = m and |sum w z| <= m delta. Its dual,
    1/2 sum (a + z'lambda)_+^2 - m a + m delta'|lambda|, has one number per column, is piecewise
    quadratic, and falls to Newton within the signs that lambda has. Raises DataError as
    ``entropy_balance`` does, PlanError on a tolerance below 0.
    """
    delta = np.atleast_1d(np.asarray(tolerance, dtype=float))
    if not np.all(delta >= 0):
        rule = Text("De speling is negatief of onbekend.", "The tolerance is negative or unknown.")
        remedy = Text("Kies 0 of meer.", "Choose 0 or more.")
        raise PlanError([Fault(rule, remedy, column="tolerance")])

    def search(Z: Floats) -> _Missed:
        return _least_variance(Z, np.broadcast_to(delta, Z.shape[1]))

    return _balanced(X, treated, estimand, columns, search, delta)


def _least_variance(Z: Floats, delta: Floats) -> _Missed:
    """Newton on the dual, within the signs of lambda; those that turn stop at 0."""
    m = len(Z)
    Z = np.column_stack([np.ones(m), Z])
    delta = np.append(0.0, delta)
    target = np.append(1.0, np.zeros(len(delta) - 1))

    def look(at: Floats) -> tuple[Floats, float, Floats]:
        """u = (a + z'lambda)_+, the dual over m, and the gradient of its smooth part."""
        u = np.maximum(Z @ at, 0)
        value = float(u @ u) / (2 * m) - float(target @ at) + float(delta @ np.abs(at))
        return u, value, u @ Z / m - target

    lam, missed, steps = target.copy(), math.inf, 0
    u, value, g = look(lam)
    for steps in range(1, STEPS + 1):  # noqa: B007  # told in the result
        towards = np.sign(g) * np.maximum(np.abs(g) - delta, 0)
        pg = np.where(lam != 0, g + delta * np.sign(lam), towards)
        missed = float(np.abs(pg).max())
        if missed <= BALANCED:
            break
        side = np.where(lam != 0, np.sign(lam), -np.sign(pg))
        free = (lam != 0) | (pg != 0)
        active = Z[u > 0][:, free]
        H = active.T @ active / m
        H[np.diag_indices_from(H)] += RIDGE * min(missed, 1.0)  # gone at the optimum
        move = np.zeros(len(lam))
        move[free] = -np.linalg.solve(H, pg[free])
        size = 1.0
        while True:
            at = lam + size * move
            at[(delta > 0) & (at * side < 0)] = 0
            u, after, g = look(at)
            enough = value + ARMIJO * float(pg @ (at - lam)) + EPS * abs(value)
            if after <= enough or size <= SMALLEST:
                break
            size /= 2
        lam, value = at, after
    return _Missed(u / u.sum() if u.any() else u, missed, steps)


def _balanced(
    X: ArrayLike,
    treated: ArrayLike,
    estimand: Estimand | str,
    columns: Sequence[str],
    search: Callable[[Floats], _Missed],
    delta: Floats | None = None,
) -> Weights:
    """Weights of each arm that has to move, by a search on z = (x - target) / sd.

    delta: (k,) or (1,) how far a mean may stay off; None when all weights must be above 0.
    """
    arm = arms(treated)
    for_whom = option(estimand, (Estimand.ATT, Estimand.ATE))
    values, names = matrix(X, len(arm), columns)
    reach = np.zeros(1) if delta is None else delta
    if len(reach) not in (1, len(names)):
        rule = Text(
            "De speling heeft een andere lengte dan het aantal kolommen.",
            "The tolerances are not as many as the columns.",
        )
        remedy = Text("Geef één getal, of één per kolom.", "Give one number, or one per column.")
        raise PlanError([Fault(rule, remedy, column="tolerance")])
    whole, _, _ = standardised(values, names)
    to_treated = for_whom is Estimand.ATT
    target = whole[arm].mean(axis=0) if to_treated else np.zeros(whole.shape[1])
    total = float(arm.sum()) if to_treated else float(len(arm))
    w, most = np.ones(len(arm)), 0
    with one_thread():
        for who in (~arm,) if to_treated else (~arm, arm):
            Z = whole[who] - target
            _refuse_outside(Z, reach, names, edge=delta is None)
            found = search(Z)
            if not found.missed <= REACHED:
                _refuse_infeasible(Z, reach, names)
            w[who], most = total * found.w, max(most, found.steps)
    everyone = np.zeros(len(arm), dtype=bool)
    return Weights(w, arm, for_whom, everyone, most, delta is not None)


def _refuse_outside(Z: Floats, reach: Floats, names: Sequence[str], *, edge: bool) -> None:
    """A target beyond what an arm has; edge: or at its edge, which no weights above 0 reach."""
    low, high = Z.min(axis=0) - reach, Z.max(axis=0) + reach
    out = (low > ROUNDING) | (high < -ROUNDING)
    if edge:
        out |= (np.abs(low) <= ROUNDING) != (np.abs(high) <= ROUNDING)
    if out.any():
        raise DataError([_out_of_reach(names[j]) for j in np.flatnonzero(out).tolist()])


def _refuse_infeasible(Z: Floats, reach: Floats, names: Sequence[str]) -> None:
    """Name the columns that stay off where all others are balanced as well as can be."""
    from scipy.optimize import linprog

    m, k = Z.shape
    # w >= 0 with sum 1; z'w + s = 0, where |s| costs what it is more than its reach.
    slack = np.vstack([np.hstack([np.eye(k), -np.eye(k)] * 2), np.zeros((1, 4 * k))])
    A = np.hstack([np.vstack([Z.T, np.ones(m)]), slack])
    free = [(0.0, float(d)) for d in np.broadcast_to(reach, k)] * 2
    bounds = [(0.0, None)] * m + free + [(0.0, None)] * (2 * k)
    cost = np.concatenate([np.zeros(m + 2 * k), np.ones(2 * k)])
    found = linprog(cost, A_eq=A, b_eq=np.append(np.zeros(k), 1.0), bounds=bounds)
    off = found.x[m + 2 * k :].reshape(2, k).sum(axis=0) if found.x is not None else np.ones(k)
    some = np.flatnonzero(off > REACHED).tolist()
    raise DataError([_out_of_reach(names[j]) for j in some or range(k)])


def _out_of_reach(column: str) -> Fault:
    rule = Text(
        "In deze kolom overlappen de groepen niet genoeg: geen enkele weging geeft de groepen "
        "hetzelfde gemiddelde.",
        "In this column the arms do not overlap enough: no weights give them the same mean.",
    )
    remedy = Text(
        "Laat leerlingen zonder evenknie weg, of laat de kolom weg.",
        "Leave out pupils without a counterpart, or leave the column out.",
    )
    return Fault(rule, remedy, column=column)
