"""Synthetic control: others mixed so that the mixture went as the treated unit did before.

    w = argmin ||x_1 - X_0 w||_V   with w >= 0 and sum w = 1
    gap_t = y_1t - sum w_j y_jt,   the effect from the start on

Abadie, Diamond & Hainmueller (2010, J. Am. Stat. Assoc. 105); weights of 0 or more that add up to 1
never go beyond what others really reached. x holds every outcome before the start, each counting
alike, unless predictors are given; then V is chosen so that the outcomes before fit best. The best
V often leaves predictors out: that is what it is asked (Malo, Eskelinen, Zhou & Kuosmanen, 2024,
Comput. Econ. 64); a V of one's own may be given.

The weights are the nearest point of a polytope, found exactly in finitely many steps (Wolfe, 1976,
Math. Program. 11). Where several mixtures fit equally well it is that of the least sum w^2, so that
the order of the donors changes nothing.

How sure: every donor is treated as if it had started (placebo in space). In the rank of the ratio
post / pre RMSPE among all J + 1 units no p-value is below 1 / (J + 1): with fewer than 19 donors
there is no 95 % interval, whatever the data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.language import Text
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]

LEVEL = 0.95
FEWEST_BEFORE, FEWEST_DONORS = 3, 2
FEW_BEFORE = 8  # fewer periods than this are easily fitted by chance
POOR = 0.5  # a misfit before of more than this times the spread between units is poor
OUTSIDE = 0.5  # of the periods before: beyond all donors
ROUNDING = 1e-10  # a misfit below this times the size of the outcomes is rounding
ALIKE = 1e-9  # of the reduced cost of a donor: on the optimal face
RIDGE = 1e-5  # of sum w^2 beside the misfit, on that face
SECOND = 1e-3  # of the outcomes beside the predictors, on that face
APART = 1e-6  # between two sets of weights
TIE = 1e-9  # relative: the same ratio along another route


class Flag(StrEnum):
    """What a reader must know of a synthetic control; ``FLAGS`` has the words."""

    FEW_BEFORE = "few before"
    FEW_DONORS = "few donors"
    POOR_FIT = "poor fit"
    PERFECT_FIT = "perfect fit"
    OUTSIDE = "outside the donors"
    NOT_UNIQUE = "weights not unique"


FLAGS = {
    Flag.FEW_BEFORE: Text(
        f"Er zijn minder dan {FEW_BEFORE} metingen voor de start. Dan past een mix al gauw"
        " toevallig.",
        f"There are fewer than {FEW_BEFORE} measurements before the start. Then a mixture soon fits"
        " by chance.",
    ),
    Flag.FEW_DONORS: Text(
        "Er zijn minder dan 19 scholen om mee te vergelijken. Daarom is er geen 95%-interval te"
        " geven.",
        "There are fewer than 19 schools to compare with. So no 95% interval can be given.",
    ),
    Flag.POOR_FIT: Text(
        "Ook voor de start lijkt de mix niet goed op de deelnemers. Vertrouw het verschil"
        " daarna dan niet.",
        "Even before the start the mixture is not like those who took part. So do not trust the"
        " difference afterwards.",
    ),
    Flag.PERFECT_FIT: Text(
        "De mix past voor de start precies. Er zijn zo veel scholen voor zo weinig metingen"
        " dat dit niets zegt.",
        "The mixture fits exactly before the start. There are so many schools for so few"
        " measurements that this says nothing.",
    ),
    Flag.OUTSIDE: Text(
        "De deelnemers lagen voor de start vaak hoger of lager dan alle andere scholen. Geen"
        " mix kan hen dan nabootsen.",
        "Before the start those who took part were often above or below all other schools. No"
        " mixture can then imitate them.",
    ),
    Flag.NOT_UNIQUE: Text(
        "Verschillende mixen passen voor de start even goed. Wij nemen het meest gelijkmatige.",
        "Several mixtures fit equally well before the start. We take the most even one.",
    ),
}


# ---------------------------------------------------------------- weights


def nearest_mixture(
    target: ArrayLike, points: ArrayLike, then: tuple[Floats, Floats] | None = None
) -> tuple[Floats, bool]:
    """Weights (J,) >= 0 with sum 1 of the columns of points (K, J) nearest to target (K,).

    Also whether they are the only ones; if not, those nearest in what comes next (``then``, the
    same of other rows) are taken, and of these the ones with the least sum w^2.

    >>> w, unique = nearest_mixture([0.0, 1.0], [[-1.0, 1.0, 3.0], [0.0, 0.0, 0.0]])
    >>> w.round(3).tolist(), unique
    ([0.583, 0.333, 0.083], False)
    """
    P = _scaled(np.asarray(points, dtype=float) - np.asarray(target, dtype=float)[:, None])
    w = _wolfe(P)
    x = P @ w
    norm = float(np.sqrt(x @ x))
    x, norm = (0.0 * x, 0.0) if norm <= ROUNDING else (x, norm)  # it lies within: all on the face
    on_face = np.flatnonzero(P.T @ x - norm**2 <= ALIKE * norm)
    F = P[:, on_face]
    if np.linalg.matrix_rank(F[:, 1:] - F[:, :1], tol=ALIKE) == len(on_face) - 1:
        return w, True
    parts = [F - x[:, None], RIDGE * np.eye(len(on_face))]
    if then is not None:
        parts[1] *= SECOND
        parts.append(SECOND * _scaled(then[1] - then[0][:, None])[:, on_face])
    even = np.zeros(len(w))
    even[on_face] = _wolfe(np.vstack(parts))
    return even, bool(np.abs(even - w).max() <= APART)


def _scaled(P: Floats) -> Floats:
    """P over the length of its longest column."""
    size = float(np.sqrt((P**2).sum(axis=0)).max())
    return P / size if size > 0 else P


def _wolfe(P: Floats) -> Floats:
    """Weights (J,) of the point nearest to the origin in the hull of the columns of P (K, J).

    Wolfe's corral: points that are affinely independent, of which the affine minimiser is known;
    one comes in where the plane through x does not hold it, and those go out that turn negative.
    """
    corral = [int(np.argmin((P**2).sum(axis=0)))]
    a = np.ones(1)
    x = P[:, corral[0]]
    for _ in range(20 * P.shape[1] + 20):
        norm = float(x @ x)
        cost = P.T @ x
        entering = int(np.argmin(cost))
        if norm - cost[entering] <= 1e-13 * math.sqrt(norm) or entering in corral:
            break
        corral_new, a_new = _without_negative(P, [*corral, entering], np.append(a, 0.0))
        x_new = P[:, corral_new] @ a_new
        if not x_new @ x_new < norm:
            break
        corral, a, x = corral_new, a_new, x_new
    w = np.zeros(P.shape[1])
    w[corral] = a
    return w


def _without_negative(P: Floats, corral: list[int], a: Floats) -> tuple[list[int], Floats]:
    """Go to the affine minimiser of the corral, dropping what would turn negative on the way."""
    while True:
        F = P[:, corral]
        rest = np.linalg.lstsq(F[:, 1:] - F[:, :1], -F[:, 0], rcond=None)[0]
        b = np.append(1 - rest.sum(), rest)
        negative = b <= 1e-14
        if not negative.any():
            return corral, b
        way = np.full(len(b), np.inf)
        way[negative] = a[negative] / np.maximum(a[negative] - b[negative], 1e-300)
        out = int(np.argmin(way))
        a = np.maximum(a + min(float(way[out]), 1.0) * (b - a), 0.0)
        corral, a = corral[:out] + corral[out + 1 :], np.delete(a, out)
        a = a / a.sum()


# ---------------------------------------------------------------- one unit


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticControl:
    """A mixture of J donors for one unit over T periods.

    y: (T,). donors: (T, J). start: how many periods come before it. w: (J,). V: (K,) the weight of
    each predictor (scaled to sd 1), or None. X: the predictors (K, J + 1), the unit first, or None.
    """

    y: Floats
    donors: Floats
    start: int
    names: tuple[str, ...]
    w: Floats
    unique: bool
    V: Floats | None = None
    X: Floats | None = None

    @property
    def mixture(self) -> Floats:
        """(T,) how it would have gone on."""
        return self.donors @ self.w

    @property
    def gap(self) -> Floats:
        """(T,) the unit minus the mixture."""
        return self.y - self.mixture

    @property
    def average(self) -> float:
        """The gap averaged over the periods from the start on: the effect."""
        return float(self.gap[self.start :].mean())

    @property
    def rmspe(self) -> tuple[float, float]:
        """The root of the mean squared gap before and from the start on."""
        before, after = (float(np.sqrt(np.mean(g**2))) for g in np.split(self.gap, [self.start]))
        return (0.0 if before <= ROUNDING * self._size else before), after

    @property
    def ratio(self) -> float:
        """RMSPE after over before; infinite where the fit before is perfect."""
        before, after = self.rmspe
        return after / before if before > 0 else math.inf

    @property
    def spread(self) -> float:
        """The standard deviation between all units before the start, about each period's mean."""
        Y = np.column_stack([self.y, self.donors])[: self.start]
        return float(np.sqrt(np.sum((Y - Y.mean(axis=1, keepdims=True)) ** 2)
                             / (self.start * (Y.shape[1] - 1))))  # fmt: skip

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What a reader must know."""
        before = self.y[: self.start], self.donors[: self.start]
        beyond = (before[0] > before[1].max(axis=1)) | (before[0] < before[1].min(axis=1))
        true = {
            Flag.FEW_BEFORE: self.start < FEW_BEFORE,
            Flag.FEW_DONORS: len(self.w) + 1 < round(1 / (1 - LEVEL)),
            Flag.POOR_FIT: self.rmspe[0] > POOR * self.spread,
            Flag.PERFECT_FIT: self.rmspe[0] == 0,
            Flag.OUTSIDE: float(beyond.mean()) >= OUTSIDE,
            Flag.NOT_UNIQUE: not self.unique,
        }
        return tuple(flag for flag, is_so in true.items() if is_so)

    @property
    def _size(self) -> float:
        Y = np.column_stack([self.y, self.donors])
        return float(np.abs(Y - Y.mean()).max())


def synthetic_control(
    y: ArrayLike,
    donors: ArrayLike,
    start: int,
    *,
    names: Sequence[str] = (),
    predictors: ArrayLike | None = None,
    donor_predictors: ArrayLike | None = None,
    V: ArrayLike | None = None,
) -> SyntheticControl:
    """Mix donors (T, J) so that they go as y (T,) before the start (a number of periods).

    names: J, of the donors. predictors: (K,) and donor_predictors: (K, J), known before the start;
    without them x holds all outcomes before it. V: (K,) weights of the predictors; searched by
    Nelder-Mead from several starts when left out, minimising the misfit of the outcomes before.

    Raises DataError on missing values, fewer than 2 donors, fewer than 3 periods before or none
    after, predictors that are the same everywhere; PlanError where only half of them is given.
    """
    series, others, labels = _checked(y, donors, start, names)
    given = [part is not None for part in (predictors, donor_predictors)]
    if any(given) != all(given) or (V is not None and not any(given)):
        rule = Text(
            "Van de voorspellers ontbreekt een deel.", "A part of the predictors is missing."
        )
        remedy = Text("Geef ze voor iedereen, of niet.", "Give them for everyone, or not at all.")
        raise PlanError([Fault(rule, remedy, column="predictors")])
    with one_thread():
        if not any(given):
            return _fit(series, others, start, labels)
        X = np.column_stack([_numbers(predictors, "predictors", 1)[:, None],
                             _numbers(donor_predictors, "donor_predictors", 2)])  # fmt: skip
        if X.shape[1] != len(labels) + 1:
            raise DataError([_shape("donor_predictors")])
        if np.any(X.std(axis=1) <= ROUNDING * np.abs(X).max(axis=1)):
            rule = Text("Een voorspeller is overal gelijk.", "A predictor is the same everywhere.")
            raise DataError([Fault(rule, Text("Laat hem weg.", "Leave it out."),
                                   column="predictors")])  # fmt: skip
        fixed = None if V is None else _given_v(V, len(X))
        return _fit(series, others, start, labels, X, fixed)


def _fit(
    y: Floats,
    donors: Floats,
    start: int,
    names: tuple[str, ...],
    X: Floats | None = None,
    V: Floats | None = None,
) -> SyntheticControl:
    if X is None:
        w, unique = nearest_mixture(y[:start], donors[:start])
        return SyntheticControl(y, donors, start, names, w, unique)
    V = _best_v(y[:start], donors[:start], X) if V is None else V
    w, unique = _by_predictors(X, V, y[:start], donors[:start])
    return SyntheticControl(y, donors, start, names, w, unique, V, X)


def _by_predictors(X: Floats, V: Floats, y: Floats, donors: Floats) -> tuple[Floats, bool]:
    """Of the mixtures that fit the predictors equally well, the one that fits the outcomes best."""
    root = np.sqrt(V)[:, None] * (X - X[:, :1]) / X.std(axis=1, keepdims=True)
    return nearest_mixture(root[:, 0], root[:, 1:], (y, donors))


def _best_v(y: Floats, donors: Floats, X: Floats) -> Floats:
    """Weights of the predictors that make the outcomes before fit best (Abadie et al., 2010)."""
    K = len(X)
    if K == 1:
        return np.ones(1)
    from scipy.optimize import minimize

    def shares(v: Floats) -> Floats:
        size = np.abs(v)
        found: Floats = size / size.sum()
        return found

    def misfit(v: Floats) -> float:
        if not np.abs(v).sum() > 0:
            return math.inf
        gap = y - donors @ _by_predictors(X, shares(v), y, donors)[0]
        return float(gap @ gap)

    corners = np.eye(K)  # one predictor alone: there the outcomes decide among many mixtures
    best = min(corners, key=misfit)
    least = misfit(best)
    for first in (np.full(K, 1 / K), *(0.2 / K + 0.8 * corners)):
        found = minimize(
            misfit,
            np.array(first, dtype=float),
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-12, "maxiter": 200 * K},
        )
        if float(found.fun) < least:
            best, least = np.asarray(found.x, dtype=float), float(found.fun)
    return shares(best)


# ---------------------------------------------------------------- how sure


@dataclass(frozen=True, slots=True, eq=False)
class Placebos:
    """Every unit as if it had started: the treated one first, then the J donors.

    names: J + 1. W: (J + 1, J + 1), row i the weights of the others in the mixture for unit i.
    gaps: (T, J + 1). ratios: (J + 1,) of RMSPE after and before. start: periods before it.
    """

    names: tuple[str, ...]
    W: Floats
    gaps: Floats
    before: Floats
    start: int

    @property
    def ratios(self) -> Floats:
        """(J + 1,) RMSPE from the start on over that before."""
        return np.sqrt(self._squares(np.zeros(1))[:, 0])

    @property
    def rank(self) -> int:
        """The place of the treated unit, 1 the most extreme; ties count against it."""
        return round(self.p_value() * len(self.names))

    @property
    def smallest(self) -> float:
        """The p-value that no data could go below."""
        return 1 / len(self.names)

    def p_value(self, effect: float = 0.0) -> float:
        """The share of units whose ratio is at least that of the treated one.

        effect: a constant effect under test; it is taken off the treated unit first, also where
        that is part of another's mixture (Firpo & Possebom, 2018, J. Causal Inference 6).
        """
        return float(self._p(np.array([effect]))[0])

    def interval(self, level: float = LEVEL) -> tuple[float, float] | None:
        """The constant effects that the placebos do not reject, from lowest to highest.

        None where p cannot get to 1 - level at all (too few donors), where the treated unit fits
        perfectly before, and where every constant effect is rejected. Limits may be infinite.
        Exact: p changes only where two ratios cross, at roots of quadratics.
        """
        if self.smallest > 1 - level + TIE or self.before[0] == 0:
            return None
        # post_i(tau)^2 = a + b tau + c tau^2, over pre_i^2
        after, change = self.gaps[self.start :], self._change
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b, c = (
                part / self.before**2
                for part in (
                    np.mean(after**2, axis=0), 2 * after.mean(axis=0) * change, change**2
                )
            )  # fmt: skip
        edges = sorted(
            root
            for i in np.flatnonzero(self.before[1:] > 0) + 1
            for root in _roots(a[i] - a[0], b[i] - b[0], c[i] - c[0])
        )
        if not edges:
            inside = self.p_value() > 1 - level + TIE
            return (-math.inf, math.inf) if inside else None
        far = max(1.0, edges[-1] - edges[0])
        middle = [edges[0] - far, *((x + z) / 2 for x, z in pairwise(edges)),
                  edges[-1] + far]  # fmt: skip
        kept = self._p(np.array(middle)) > 1 - level + TIE
        at_edge = self._p(np.array(edges)) > 1 - level + TIE
        limits = [-math.inf, *edges, math.inf]
        low = [limits[i] for i in np.flatnonzero(kept)] + [
            edges[i] for i in np.flatnonzero(at_edge)
        ]
        high = [limits[i + 1] for i in np.flatnonzero(kept)] + [
            edges[i] for i in np.flatnonzero(at_edge)
        ]
        return (min(low), max(high)) if low else None

    @property
    def attainable(self) -> float:
        """The highest level that an interval of so many units can have: J / (J + 1)."""
        return 1 - self.smallest

    @property
    def _change(self) -> Floats:
        """(J + 1,) what taking off an effect of 1 does to each gap."""
        change = self.W[:, 0].copy()
        change[0] = -1.0
        return change

    def _squares(self, effects: Floats) -> Floats:
        """(J + 1, E) squared ratios when each effect has been taken off."""
        after = self.gaps[self.start :, :, None] + self._change[:, None] * effects
        mean = np.mean(after**2, axis=0)
        fits = self.before[:, None] > 0
        found: Floats = np.where(
            fits, mean / np.where(fits, self.before[:, None], 1.0) ** 2, np.inf
        )
        return found

    def _p(self, effects: Floats) -> Floats:
        r = self._squares(effects)
        extreme: Floats = (r >= r[0] * (1 - TIE)).mean(axis=0)
        return extreme


def placebo_in_space(found: SyntheticControl, *, with_treated: bool = True) -> Placebos:
    """Make a mixture for every donor as if it had started.

    with_treated: the treated unit may be part of those mixtures, as all others are: only then is
    the rank exact when nothing happened and any unit might have been the one. Without it a real
    effect cannot pull the mixtures along.
    """
    Y = np.column_stack([found.y, found.donors])
    units, T0 = Y.shape[1], found.start
    W = np.zeros((units, units))
    W[0, 1:] = found.w
    with one_thread():
        for i in range(1, units):
            others = [j for j in range(units) if j != i and (j > 0 or with_treated)]
            X = None if found.X is None else found.X[:, [i, *others]]
            names = tuple(str(j) for j in others)
            W[i, others] = _fit(Y[:, i], Y[:, others], T0, names, X).w
    gaps = Y - Y @ W.T
    before = np.sqrt(np.mean(gaps[:T0] ** 2, axis=0))
    before[before <= ROUNDING * np.abs(Y - Y.mean()).max()] = 0.0
    return Placebos(("", *found.names), W, gaps, before, T0)


def placebo_in_time(found: SyntheticControl, start: int | None = None) -> SyntheticControl:
    """The same with a start that was none, before the real one; nothing from that on is used.

    start: two thirds of the way when left out. Raises DataError where fewer than 3 periods come
    before it or none remains. Predictors are not used: they may be known too late.
    """
    fake = start if start is not None else max(FEWEST_BEFORE, (2 * found.start) // 3)
    if fake >= found.start:
        rule = Text(
            "Voor de start zijn er te weinig metingen om een eerdere start te proberen.",
            "There are too few measurements before the start to try an earlier one.",
        )
        remedy = Text("Zoek eerdere metingen.", "Find earlier measurements.")
        raise DataError([Fault(rule, remedy, column="start")])
    return synthetic_control(
        found.y[: found.start], found.donors[: found.start], fake, names=found.names
    )


def leave_one_out(found: SyntheticControl) -> dict[str, float]:
    """The average gap without each donor that has weight; those without weight change nothing.

    Empty with two donors: of one donor there is no mixture.
    """
    if len(found.w) <= FEWEST_DONORS:
        return {}
    out = {}
    with one_thread():
        for j in np.flatnonzero(found.w > APART).tolist():
            keep = [i for i in range(len(found.w)) if i != j]
            X = None if found.X is None else found.X[:, [0, *(i + 1 for i in keep)]]
            names = tuple(found.names[i] for i in keep)
            out[found.names[j]] = _fit(
                found.y, found.donors[:, keep], found.start, names, X
            ).average
    return out


def _roots(a: float, b: float, c: float) -> list[float]:
    """The real roots of a + b x + c x^2."""
    size = max(abs(a), abs(b), abs(c))
    if abs(c) <= 1e-14 * size:
        return [-a / b] if abs(b) > 1e-14 * size else []
    d = b * b - 4 * a * c
    if d < 0:
        return []
    q = -(b + math.copysign(math.sqrt(d), b)) / 2
    return [q / c, a / q] if q != 0 else [0.0]


# ---------------------------------------------------------------- what is asked of the arrays


def _checked(
    y: ArrayLike, donors: ArrayLike, start: int, names: Sequence[str]
) -> tuple[Floats, Floats, tuple[str, ...]]:
    series, others = _numbers(y, "y", 1), _numbers(donors, "donors", 2)
    if len(others) != len(series):
        raise DataError([_shape("donors")])
    labels = tuple(names) or tuple(f"d{j}" for j in range(1, others.shape[1] + 1))
    if len(labels) != others.shape[1] or len(set(labels)) != len(labels):
        rule = Text("De namen van de donoren passen niet.", "The names of the donors do not fit.")
        remedy = Text("Geef elke donor één eigen naam.", "Give every donor one name of its own.")
        raise PlanError([Fault(rule, remedy, column="names")])
    if isinstance(start, bool) or not isinstance(start, int | np.integer):
        rule = Text("De start is geen plaats in de reeks.", "The start is no place in the series.")
        remedy = Text(
            "Geef het aantal perioden voor de start.", "Give the number of periods before it."
        )
        raise PlanError([Fault(rule, remedy, column="start")])
    faults = []
    if others.shape[1] < FEWEST_DONORS:
        rule = Text(
            f"Er is {others.shape[1]} school om mee te mengen.",
            f"There is {others.shape[1]} school to mix.",
        )
        remedy = Text(
            "Zoek er minstens twee (liefst negentien of meer).",
            "Find at least two (rather nineteen or more).",
        )
        faults.append(Fault(rule, remedy, column="donors"))
    if start < FEWEST_BEFORE or start >= len(series):
        before, after = max(start, 0), max(len(series) - start, 0)
        rule = Text(
            f"Voor de start zijn er {before} metingen, daarna {after}.",
            f"There are {before} measurements before the start and {after} from it on.",
        )
        remedy = Text(
            f"Zoek er minstens {FEWEST_BEFORE} voor en 1 na de start.",
            f"Find at least {FEWEST_BEFORE} before and 1 after the start.",
        )
        faults.append(Fault(rule, remedy, column="start"))
    if faults:
        raise DataError(faults)
    return series, others, labels


def _numbers(given: ArrayLike | None, name: str, dimensions: int) -> Floats:
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise DataError([_shape(name)]) from None
    if values.ndim != dimensions:
        raise DataError([_shape(name)])
    wrong = ~np.isfinite(values)
    if wrong.any():
        rule = Text("Hier ontbreken getallen.", "Numbers are missing here.")
        remedy = Text(
            "Laat scholen of perioden met een gat weg.", "Leave out schools or periods with a gap."
        )
        raise DataError([Fault(rule, remedy, column=name, count=int(wrong.sum()))])
    return values


def _given_v(V: ArrayLike, K: int) -> Floats:
    values = _numbers(V, "V", 1)
    if len(values) != K or (values < 0).any() or not values.sum() > 0:
        rule = Text("De gewichten V passen niet.", "The weights V do not fit.")
        remedy = Text(
            "Geef één getal van 0 of meer per voorspeller.",
            "Give one number of 0 or more per predictor.",
        )
        raise PlanError([Fault(rule, remedy, column="V")])
    shares: Floats = values / values.sum()
    return shares


def _shape(name: str) -> Fault:
    rule = Text("Dit heeft niet de goede vorm.", "This does not have the right shape.")
    remedy = Text(
        "Geef getallen: een rij per periode, een kolom per school.",
        "Give numbers: a row per period, a column per school.",
    )
    return Fault(rule, remedy, column=name)
