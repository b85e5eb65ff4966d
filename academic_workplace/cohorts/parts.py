"""The parts of a gap and every pupil's influence on them: arrays only (``decompose.py`` has words).

A is the group, B the reference. A part is a sum of products of means and coefficients; its
influence follows by the product rule from theirs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from academic_workplace.cohorts.distribution import quantiles as quantiles_of
from academic_workplace.cohorts.influence import mean_of
from academic_workplace.cohorts.samples import Sample
from academic_workplace.comparison.weighting import propensity

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

NO_PART = 0.01  # of what columns add and take away: a sum below it cannot be divided over them
NOTHING = 1e-12  # a share below this is rounding
STEPS, STEP, FAR = 60, 1e-10, 30.0  # of Newton; a logit beyond FAR is no chance any more


class Coefficients(StrEnum):
    """Whose coefficients b* value the difference in intake (twofold, Yun)."""

    GROUP = "group"  # b_A
    REFERENCE = "reference"  # b_B
    POOLED = "pooled"  # of both together: Neumark (1988), Oaxaca & Ransom (1994)
    POOLED_WITH_GROUP = "pooled with group"  # the same beside an indicator: Jann (2008)
    COTTON = "cotton"  # (n_A b_A + n_B b_B) / n: Cotton (1988)


class Element(StrEnum):
    """What a part of the gap is."""

    GAP = "gap"
    EXPLAINED = "explained"  # composition, endowments: goes with another intake
    UNEXPLAINED = "unexplained"  # rates, coefficients: does not
    INTERACTION = "interaction"
    ONLY_GROUP = "only in the group"  # pupils in cells that the reference lacks
    ONLY_REFERENCE = "only in the reference"


# ---------------------------------------------------------------- Kitagawa, on cells


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Values (P,) with the influence (n, P) of every pupil on each."""

    values: Floats
    phi: Floats


def kitagawa(
    y: Floats, cell: Rows, member: Bools, pupils: Floats | None = None
) -> tuple[Moved, Moved, Moved, Bools]:
    """Per cell what composition and what rates contribute, and what cells that one lacks do.

    y, cell, member: (n,). Returns explained and unexplained (K,), outside (2,: A's, B's), and which
    cells (K,) both have. A cell contributes (p_A - p_B)((m_A + m_B)/2 - k), with k the mean of
    (m_A + m_B)/2 over (p_A + p_B)/2: without k a detail would hang on where the outcome has its 0.
    Cells of one group only: Nopo (2008, Rev. Econ. Stat. 90), a mean less that of those inside.
    pupils: (n,) how many a row stands for; one when None.
    """
    K = int(cell.max()) + 1
    who = (member, ~member)
    many = np.ones(len(y)) if pupils is None else pupils
    n = [np.bincount(cell[w], many[w], K) for w in who]
    shared = (n[0] > 0) & (n[1] > 0)
    inside = shared[cell]
    p, m, phi_p, phi_m, out = [], [], [], [], []
    for w, counts in zip(who, n, strict=True):
        rows = w & inside
        total = max(float(many[rows].sum()), 1.0)
        p.append(np.where(shared, counts / total, 0.0))
        m.append(
            np.where(shared, np.bincount(cell[w], (many * y)[w], K) / np.maximum(counts, 1), 0.0)
        )
        hit = np.zeros((len(y), K))
        at = np.flatnonzero(rows)
        hit[at, cell[at]] = 1
        phi_p.append((hit - p[-1]) * rows[:, None] / total)
        phi_m.append(hit * (y[:, None] - m[-1]) / np.maximum(counts, 1))
        whole, f_whole = mean_of(y, w, pupils)
        part, f_part = mean_of(y, rows, pupils) if rows.any() else (whole, f_whole)
        out.append((whole - part, f_whole - f_part))
    a, q = (m[0] + m[1]) / 2, (p[0] + p[1]) / 2
    da, dq = (phi_m[0] + phi_m[1]) / 2, (phi_p[0] + phi_p[1]) / 2
    k, dk = float(q @ a), dq @ a + da @ q
    d, r = p[0] - p[1], m[0] - m[1]
    explained = Moved(
        d * (a - k) * shared,
        ((phi_p[0] - phi_p[1]) * (a - k) + d * (da - dk[:, None])) * shared,
    )
    unexplained = Moved(r * q, (phi_m[0] - phi_m[1]) * q + r * dq)
    sides = Moved(np.array([out[0][0], -out[1][0]]), np.column_stack([out[0][1], -out[1][1]]))
    return explained, unexplained, sides, shared


# ---------------------------------------------------------------- coefficients


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """X: (n, k), the constant first. T: (r, k) turns its coefficients into those of all ``names``
    (column, level), categories adding up to 0. Z: (n, r) those columns, so that Z T = X. pupils:
    (n,) how many a row stands for."""

    X: Floats
    T: Floats
    Z: Floats
    names: tuple[tuple[str, str], ...]
    pupils: Floats | None = None


def design_of(sample: Sample) -> Design:
    """Columns that do not vary are left out; a category's first level comes back in ``names``."""
    n = len(sample.y)
    columns, bases = sample.varying()
    kept: dict[str, list[tuple[str, str]]] = {}  # table column: (design column, level)
    for name in columns:
        column, level = sample.of[name]
        kept.setdefault(column, []).append((name, level))
    X, names, Z, rows = [np.ones(n)], [("", "")], [np.ones(n)], [{0: 1.0}]
    for column, parts in kept.items():
        first = len(X)
        X += [columns[name] for name, _ in parts]
        if parts[0][1] == "":
            names.append((column, ""))
            Z.append(X[-1])
            rows.append({first: 1.0})
            continue
        L = len(parts) + 1  # the level that has no column: all others are 0
        base = bases[column]
        share = {first + j: 1 / L for j in range(L - 1)}
        for j, weight in share.items():
            rows[0][j] = rows[0].get(j, 0.0) + weight
        names += [(column, base), *((column, level) for _, level in parts)]
        Z += [1 - np.sum(X[first:], axis=0), *X[first:]]
        rows += [
            {j: (1.0 if j == own else 0.0) - weight for j, weight in share.items()}
            for own in (None, *share)
        ]
    T = np.zeros((len(rows), len(X)))
    for i, row in enumerate(rows):
        for j, weight in row.items():
            T[i, j] = weight
    return Design(np.column_stack(X), T, np.column_stack(Z), tuple(names), sample.pupils)


def least_squares(
    X: Floats, y: Floats, rows: Bools, pupils: Floats | None = None
) -> tuple[Floats, Floats]:
    """b (k,) of some pupils and the influence (n, k) on it."""
    A = X[rows] if pupils is None else X[rows] * pupils[rows, None]
    inverse = np.linalg.inv(A.T @ X[rows])
    b = inverse @ (A.T @ y[rows])
    return b, np.where(rows[:, None], (X * (y - X @ b)[:, None]) @ inverse, 0.0)


def logistic(
    X: Floats, y: Floats, rows: Bools, pupils: Floats | None = None
) -> tuple[Floats, Floats] | None:
    """Maximum likelihood b (k,) and the influence (n, k) on it; None where there is no maximum."""
    many = np.ones(len(y)) if pupils is None else pupils
    A, t, w = X[rows], y[rows], many[rows]
    b, lowest = np.zeros(X.shape[1]), math.inf
    for _ in range(STEPS):
        eta = A @ b
        e = expit(eta)
        try:
            move = np.linalg.solve((A.T * (w * e * (1 - e))) @ A, A.T @ (w * (t - e)))
        except np.linalg.LinAlgError:
            return None
        for _ in range(30):  # a step too far makes it worse: halve it
            eta = A @ (b + move)
            deviance = float(w @ np.logaddexp(0, eta) - (w * t) @ eta)
            if deviance <= lowest * (1 + 1e-12):
                break
            move = move / 2
        b, lowest = b + move, deviance
        if not np.abs(eta).max() < FAR:
            return None
        if np.abs(move).max() < STEP * max(1.0, float(np.abs(b).max())):
            e = expit(X @ b)
            inverse = np.linalg.inv((A.T * (many * e * (1 - e))[rows]) @ A)
            return b, np.where(rows[:, None], (X * (y - e)[:, None]) @ inverse, 0.0)
    return None


Fit = Callable[[Floats, Floats, Bools], tuple[Floats, Floats]]


def valued(
    X: Floats, y: Floats, member: Bools, which: Coefficients, fit: Fit, pupils: Floats | None
) -> tuple[Floats, Floats]:
    """b* (k,) and the influence (n, k) on it."""
    everyone = np.ones(len(y), dtype=bool)
    if which is Coefficients.GROUP:
        return fit(X, y, member)
    if which is Coefficients.REFERENCE:
        return fit(X, y, ~member)
    if which is Coefficients.POOLED:
        return fit(X, y, everyone)
    if which is Coefficients.POOLED_WITH_GROUP:
        # halfway between the two: the constant then favours neither (it matters to shares)
        b, phi = fit(np.column_stack([X, member - 0.5]), y, everyone)
        return b[:-1], phi[:, :-1]
    share = float(np.average(member, weights=pupils))  # of the samples drawn: not uncertain
    (bA, fA), (bB, fB) = fit(X, y, member), fit(X, y, ~member)
    return share * bA + (1 - share) * bB, share * fA + (1 - share) * fB


def _means(Z: Floats, rows: Bools, pupils: Floats | None) -> tuple[Floats, Floats]:
    n = rows.sum() if pupils is None else pupils[rows].sum()
    mean = np.average(Z[rows], axis=0, weights=None if pupils is None else pupils[rows])
    return mean, np.where(rows[:, None], (Z - mean) / n, 0.0)


def oaxaca(
    y: Floats, design: Design, member: Bools, which: Coefficients | None
) -> dict[Element, Moved]:
    """Per column what it contributes to each part: twofold with b*, threefold without ``which``."""
    many = design.pupils
    xA, xB = _means(design.Z, member, many), _means(design.Z, ~member, many)

    def fit(X: Floats, y: Floats, rows: Bools) -> tuple[Floats, Floats]:
        return least_squares(X, y, rows, many)

    def full(found: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        return design.T @ found[0], found[1] @ design.T.T

    bA, bB = (full(fit(design.X, y, rows)) for rows in (member, ~member))

    def less(a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        return a[0] - b[0], a[1] - b[1]

    def times(a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> Moved:
        return Moved(a[0] * b[0], a[1] * b[0] + a[0] * b[1])

    dx, db = less(xA, xB), less(bA, bB)
    if which is None:
        return {
            Element.EXPLAINED: times(dx, bB),
            Element.UNEXPLAINED: times(xB, db),
            Element.INTERACTION: times(dx, db),
        }
    star = full(valued(design.X, y, member, which, fit, many))
    one, two = times(xA, less(bA, star)), times(xB, less(star, bB))
    return {
        Element.EXPLAINED: times(dx, star),
        Element.UNEXPLAINED: Moved(one.values + two.values, one.phi + two.phi),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Yun's parts (2,: explained, unexplained) and their division over columns, None where a part
    is too small to be divided."""

    parts: Moved
    details: tuple[Moved | None, Moved | None]


def yun(y: Floats, design: Design, member: Bools, which: Coefficients, fit: Fit) -> Shares:
    """The twofold of shares, each part divided by Yun's weights (2004, Econ. Lett. 82).

    Explained: mean F over A less that over B, both at b*; column j takes (x_A - x_B)_j b*_j of the
    sum of these. Unexplained: F at b_A less b* over A and at b* less b_B over B, each likewise by
    x_A'(b_A - b*) and x_B'(b* - b_B).
    """
    X, many = design.X, design.pupils
    fits = [fit(X, y, member), fit(X, y, ~member), valued(X, y, member, which, fit, many)]

    def share(rows: Bools, b: tuple[Floats, Floats]) -> tuple[float, Floats]:
        F = expit(X @ b[0])
        value, phi = mean_of(F, rows, many)
        slope = _means(X * (F * (1 - F))[:, None], rows, many)[0]
        return value, phi + b[1] @ slope

    def less(a: tuple[Any, Floats], b: tuple[Any, Floats]) -> tuple[Any, Floats]:
        return a[0] - b[0], a[1] - b[1]

    bA, bB, star = fits
    pieces = [
        less(share(member, star), share(~member, star)),
        less(share(member, bA), share(member, star)),
        less(share(~member, star), share(~member, bB)),
    ]
    xA, xB = _means(design.Z, member, many), _means(design.Z, ~member, many)
    A, B, S = [(design.T @ b, phi @ design.T.T) for b, phi in fits]
    pairs = [(less(xA, xB), S), (xA, less(A, S)), (xB, less(S, B))]
    divided = [_divided(piece, *pair) for piece, pair in zip(pieces, pairs, strict=True)]
    values = np.array([pieces[0][0], pieces[1][0] + pieces[2][0]])
    phi = np.column_stack([pieces[0][1], pieces[1][1] + pieces[2][1]])
    # with b* = b_A or b_B one of the two is nothing at all
    rest = [each for each in divided[1:] if each is not None]
    small = any(
        each is None and abs(piece[0]) > NOTHING
        for each, piece in zip(divided[1:], pieces[1:], strict=True)
    )
    unexplained = None if small or not rest else Moved(
        np.sum([m.values for m in rest], axis=0), np.sum([m.phi for m in rest], axis=0)
    )  # fmt: skip
    return Shares(Moved(values, phi), (divided[0], unexplained))


def _divided(
    piece: tuple[float, Floats], x: tuple[Floats, Floats], b: tuple[Floats, Floats]
) -> Moved | None:
    """A piece over columns, in the proportions of x b."""
    n, dn = x[0] * b[0], x[1] * b[0] + x[0] * b[1]
    D, dD = float(n.sum()), dn.sum(axis=1)
    if not abs(D) > NO_PART * float(np.abs(n).sum()):
        return None
    W = n / D
    dW = (dn - W * dD[:, None]) / D
    return Moved(W * piece[0], dW * piece[0] + W * piece[1][:, None])


# ---------------------------------------------------------------- reweighting


def reweighted(
    y: Floats, X: Floats, member: Bools, levels: Floats, mass: Floats | None = None
) -> Floats:
    """(3, 1 + q) the mean and quantiles of A, of A at the intake of B, and of B.

    X: (n, k) without a constant. mass: (n,) how often a pupil was drawn. A's weights are the odds
    of being in B given X. Raises DataError where columns separate the two.
    """
    w = np.ones(len(y)) if mass is None else mass
    if X.shape[1]:
        again = np.repeat(np.arange(len(y)), w.astype(np.intp)) if mass is not None else None
        rows = np.arange(len(y)) if again is None else again
        varies = np.ptp(X[rows], axis=0) > 0
        if varies.any():
            found = propensity(X[rows][:, varies], ~member[rows])
            logit = found.beta[0] + X[:, varies] @ found.beta[1:]
        else:
            logit = np.zeros(len(y))
        odds = w * np.exp(logit)
    else:
        odds = w
    values, place = np.unique(y, return_inverse=True)
    out = np.empty((3, 1 + len(levels)))
    for i, (rows_of, weight) in enumerate(((member, w), (member, odds), (~member, w))):
        own = np.where(rows_of, weight, 0.0)
        n = float(np.sum(w[rows_of]))
        out[i, 0] = own @ y / own.sum()
        spread = np.bincount(place, own, len(values)) * n / own.sum()
        out[i, 1:] = quantiles_of(values, spread[None], levels)[0]
    return out
