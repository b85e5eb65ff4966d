"""Least squares within blocks and cluster-robust variance, from cross-products alone.

    y = block + X b + error,   errors alike within a cluster

Every regression here is a regression within blocks; without blocks there is one block, the
whole sample. Absorbing the blocks is a change of origin: the moments of a cell taken about the
means of its block. With M = (X'X)^-1 of the moments so taken, the hat matrix of cluster g is

    H_gg = Z_g blockdiag(M, 1/n_b) Z_g',   Z_g = [X_g, 1_b ...],

so that (I - H_gg)^-power acts on the span of Z_g alone: a small matrix per cluster, whatever the
number of pupils. Bell & McCaffrey (2002); Pustejovsky & Tipton (2018).

With weights (``Plan.weights``) every row is multiplied by the square root of its weight; the
working model is then that variances are inversely proportional to the weights. CR2 for weights of
another kind (of a sample, or of propensity) needs more than these moments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text
from academic_workplace.moments import SampleMoments, coded, summed
from academic_workplace.plan import Inference

Floats = NDArray[np.float64]

POWER = {  # of (I - H_gg)^-1
    Inference.CR0: 0.0,
    Inference.CR1: 0.0,
    Inference.CR1S: 0.0,
    Inference.CR2: 0.5,
    Inference.CR3: 1.0,  # the leave-one-cluster-out jackknife, about the estimate
}
FIXED = 1e-10  # a direction with 1 - h below this is fixed by one cluster alone and gets weight 0
EPS = float(np.finfo(float).eps)
NOTHING = 1e-20  # a variance below this times that of the outcome itself is rounding
COLLINEAR = 1e-10  # a pivot of the correlation matrix below this is no information


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A least-squares fit within blocks.

    beta: (k,) slopes; L: (k, k) with L L' = M. h: (G, r) and Q: (G, r, r), the eigenvalues (between
    0 and 1) and vectors of K_g = L~' Z_g'Z_g L~ with L~ = blockdiag(L, 1/sqrt(n_b)); r = k plus the
    carried block columns. scores: (G, r) = Q' L~' Z_g' residuals_g. block: (G, r - k), the block of
    each carried column. These four are empty where clusters were not told apart. pupils: how
    many; weight: the sum of their weights (as many without). mean_x, mean_y: of the whole sample.
    blocks: how many were absorbed.
    """

    names: tuple[str, ...]
    clusters: tuple[str, ...]
    beta: Floats
    L: Floats
    h: Floats
    Q: Floats
    scores: Floats
    block: NDArray[np.intp]
    pupils: int
    weight: float
    blocks: int
    mean_x: Floats
    mean_y: float
    residual_ss: float
    total_ss: float
    pivot: float


def least_squares(m: SampleMoments, x: Sequence[str], *, absorb: bool, apart: bool = True) -> Fit:
    """Regress the outcome on columns x (no constant) within blocks.

    absorb: within the blocks of the moments (otherwise there is one block). apart: tell the
    clusters apart, as every variance here asks; a mixed model has its own.

    Raises DataError naming the columns that do not vary or are a sum of others.
    """
    group = m.blocks if absorb else ("",) * len(m.clusters)
    cluster, g = coded(m.clusters)
    block, b = coded(tuple(group))
    columns = [0, *(m.columns.index(name) for name in x), len(m.columns) - 1]
    whole = m.S.sum(axis=0)
    if apart:
        S, g, b = _merged(m.S[:, columns][:, :, columns], g, b)
    elif len(block) > 1:
        S = summed(m.S[:, columns][:, :, columns], b, len(block))
        b = np.arange(len(block))
    else:
        S, b = whole[None, columns][:, :, columns], np.zeros(1, dtype=np.intp)
    n_b: Floats = np.bincount(b, S[:, 0, 0], len(block)).astype(float)
    total = summed(S[:, 0], b, len(block))
    S = shifted(S, (total / n_b[:, None])[b])
    sums = S.sum(axis=0)
    square = np.diag(sums)[1:-1]
    rounding = 64 * EPS * np.diag(whole) + (8 * EPS * m.origin) ** 2 * n_b.sum()
    _refuse_constant(x, square <= rounding[columns[1:-1]])
    scale = np.sqrt(square)
    XX, Xy = sums[1:-1, 1:-1] / np.outer(scale, scale), sums[1:-1, -1] / scale
    pivot = _refuse_collinear(x, XX)
    L = np.linalg.inv(np.linalg.cholesky(XX)).T / scale[:, None]
    beta = L @ (L.T @ (Xy * scale))
    if apart:
        each = _each(S, g, b, n_b, len(cluster), beta, L)
    else:
        nothing = np.zeros((len(cluster), 0))
        each = nothing, nothing[:, :, None], nothing, nothing.astype(np.intp)
    raw = whole[0, columns] / n_b.sum() + m.origin[columns]
    return Fit(
        tuple(x),
        cluster,
        beta,
        L,
        *each,
        round(float(m.pupils.sum())),
        float(n_b.sum()),
        len(block),
        raw[1:-1],
        float(raw[-1]),
        float(sums[-1, -1] - beta @ sums[1:-1, -1]),
        float(sums[-1, -1]),
        pivot,
    )


def _each(
    S: Floats,
    g: NDArray[np.intp],
    b: NDArray[np.intp],
    n_b: Floats,
    G: int,
    beta: Floats,
    L: Floats,
) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
    """Of every cluster: h, Q, scores and block, as a ``Fit`` has them."""
    Z, place = _carried(S, g, b, n_b, G)
    k = len(beta)
    Lz = np.zeros((Z.shape[0], Z.shape[1] - 1, Z.shape[1] - 1))
    Lz[:, :k, :k] = L
    carried = np.arange(k, Z.shape[1] - 1)
    Lz[:, carried, carried] = 1 / np.sqrt(n_b[place])
    slopes = np.append(beta, np.zeros(len(carried)))
    scores = Z[:, :-1, -1] - Z[:, :-1, :-1] @ slopes
    h, Q = np.linalg.eigh(Lz.swapaxes(1, 2) @ Z[:, :-1, :-1] @ Lz)
    return h, Q, (scores[:, None] @ Lz @ Q)[:, 0], place


@dataclass(frozen=True, slots=True, eq=False)
class _Contrasts:
    """Contrasts of a fit with their adjusted variance, and what its distribution needs.

    V: (q, q). u: (q, G, r) in the eigenvectors' own axes. T: (q, G, r) = Q h u.
    """

    V: Floats
    u: Floats
    T: Floats


def variance(fit: Fit, contrast: Floats, inference: Inference) -> tuple[float, float]:
    """Variance of contrast'beta and its Satterthwaite degrees of freedom.

    contrast: (k,), or (k + 1,) with the weight of the constant last when there is one block.
    Working model: independent pupils of equal variance. CR1 = G/(G-1), CR1S =
    G(N-1)/((G-1)(N-p)) times CR0, p counting absorbed blocks. JACKKNIFE is (G-1)/G times the
    squares of the leave-one-cluster-out estimates about their mean, with G - 1 degrees of freedom.
    CLASSICAL is the textbook variance, s^2 M, of pupils that are not alike within clusters.
    NaN where there is none, or none but rounding: as where a model has a coefficient for every
    cluster, so that no residual tells how they differ.
    """
    v, df = _variance(fit, contrast, inference)
    c = _whitened(fit, contrast[None])[0, 0]
    return (v, df) if v > NOTHING * float(c @ c) * fit.total_ss else (math.nan, math.nan)


def _variance(fit: Fit, contrast: Floats, inference: Inference) -> tuple[float, float]:
    G, k = len(fit.scores), len(fit.beta)
    if inference is Inference.CLASSICAL:
        v, left = _whitened(fit, contrast[None])[0, 0], fit.pupils - k - fit.blocks
        if left <= 0:
            return math.nan, math.nan
        return float(v @ v) * fit.residual_ss / left, float(left)
    if G < 2:
        return math.nan, math.nan
    if inference is Inference.JACKKNIFE:
        apart = leave_one_out(fit) @ contrast[:k]
        return float((G - 1) / G * np.sum((apart - apart.mean()) ** 2)), float(G - 1)
    c = _contrasts(fit, contrast[None], inference)
    spread = _covariance(fit, c, 0, 0, 0, 0)
    df = _mean(fit, c, 0) ** 2 / spread if spread > 0 else math.nan
    return float(c.V[0, 0]), df


def influence(fit: Fit, contrast: Floats, inference: Inference) -> Floats:
    """(G,) the adjusted influence of every cluster on contrast'beta, in the order of ``clusters``.

    contrast: as in ``variance``. Their squares add up to its variance (CR0, CR2, CR3); products
    with those of another fit of the same clusters, to a covariance.
    """
    out: Floats = np.sum(_contrasts(fit, contrast[None], inference).u[0] * fit.scores, axis=1)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class TwoWay:
    """A fit of pupils who are alike within two divisions at once, that cross.

    cells: the fit whose clusters are the C crossings (pupils of one cluster and one crossed
    label); its slopes are those of any other. first, second: (C,) which cluster and which crossed
    label a crossing belongs to. scores, and Z'Z, of either division are sums over its crossings.
    labels: the fit whose clusters are the crossed labels.
    """

    cells: Fit
    labels: Fit
    first: NDArray[np.intp]
    second: NDArray[np.intp]

    @property
    def sizes(self) -> tuple[int, int]:
        """How many clusters, and how many crossed labels."""
        return int(self.first.max()) + 1, int(self.second.max()) + 1

    @property
    def parts(self) -> list[tuple[NDArray[np.intp], float]]:
        """The divisions that V = V_A + V_B - V_AB adds up: their (C,) codes, and -+ G/(G-1).

        A division of one label has an influence of 0, and no factor.
        """
        crossings = np.arange(len(self.first))
        signed = ((self.first, 1.0), (self.second, 1.0), (crossings, -1.0))
        sized = ((codes, sign, int(codes.max()) + 1) for codes, sign in signed)
        return [(codes, sign * G / (G - 1) if G > 1 else 0.0) for codes, sign, G in sized]


def two_way(m: SampleMoments, x: Sequence[str], *, absorb: bool) -> TwoWay:
    """As ``least_squares``, for moments with crossed labels."""
    _, a = np.unique(np.array(m.clusters), return_inverse=True)
    _, b = np.unique(np.array(m.crossed), return_inverse=True)
    width = int(b.max()) + 1
    pairs = tuple(str(code) for code in (a * width + b).tolist())
    cells = least_squares(replace(m, clusters=pairs), x, absorb=absorb)
    labels = least_squares(replace(m, clusters=m.crossed), x, absorb=absorb)
    return TwoWay(cells, labels, *np.divmod(np.array(cells.clusters, dtype=np.intp), width))


def two_way_variance(fit: TwoWay, contrast: Floats) -> tuple[float, float]:
    """Variance of contrast'beta when pupils are alike within either division; min(G) - 1.

    contrast: as in ``variance``. V_A + V_B - V_AB, each with its own G/(G-1), and (N-1)/(N-p) as in
    CR1S: Cameron, Gelbach & Miller (2011, J. Bus. Econ. Stat. 29, section 2.3); degrees of freedom:
    Cameron & Miller (2015, J. Hum. Resour. 50). With few labels it may fall to 0 or below; it is
    then NaN, as where there is none but rounding.
    """
    cells = fit.cells
    c = _whitened(cells, contrast[None])
    influence = np.sum((c[:, :, None] @ cells.Q)[0, :, 0] * cells.scores, axis=1)
    squares = [f * np.sum(np.bincount(codes, influence) ** 2) for codes, f in fit.parts]
    left = cells.pupils - len(cells.beta) - cells.blocks
    v = math.fsum(squares) * (cells.pupils - 1) / left if left > 0 else math.nan
    some = v > NOTHING * float(c[0, 0] @ c[0, 0]) * cells.total_ss
    return (v, float(min(fit.sizes) - 1)) if some else (math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Joint:
    """A test of several contrasts at once: F on ``df1`` and ``df2`` degrees of freedom."""

    F: float
    df1: int
    df2: float


def joint(fit: Fit, contrasts: Floats, inference: Inference) -> Joint:
    """Approximate Hotelling T-squared (HTZ) that all contrasts are 0.

    contrasts: (q, k). Pustejovsky & Tipton (2018, J. Bus. Econ. Stat. 36, section 3.2): in the
    axes in which the working model gives the identity, eta = q (q + 1) / sum of the variances of
    the entries of V; F = (eta - q + 1) / (eta q) Q on q and eta - q + 1. CLASSICAL is the textbook
    F. NaN where there are too few clusters for so many contrasts, or no variance but rounding.
    """
    q, k = contrasts.shape
    C = contrasts @ fit.L
    omega = np.linalg.inv(np.linalg.cholesky(C @ C.T))
    rotated = omega @ contrasts
    estimate = rotated @ fit.beta
    if any(math.isnan(variance(fit, each, inference)[0]) for each in rotated):
        return Joint(math.nan, q, math.nan)
    if inference is Inference.CLASSICAL:
        df = fit.pupils - k - fit.blocks
        return Joint(float(estimate @ estimate) / q / (fit.residual_ss / df), q, float(df))
    c = _contrasts(fit, rotated, inference)
    pairs = [(s, t) for s in range(q) for t in range(q)]
    spread = math.fsum(
        _covariance(fit, c, s, t, s, t) + _covariance(fit, c, s, t, t, s) for s, t in pairs
    )
    eta = q * (q + 1) / spread if spread > 0 else math.nan
    if not eta > q - 1 or np.linalg.matrix_rank(c.V, hermitian=True) < q:
        return Joint(math.nan, q, math.nan)
    Q = float(estimate @ np.linalg.solve(c.V, estimate))
    return Joint((eta - q + 1) / (eta * q) * Q, q, float(eta - q + 1))


def leave_one_out(fit: Fit) -> Floats:
    """(G, k) how far the slopes move when a cluster is left out: beta without it minus beta.

    - M X_g' (I - H_gg)^-1 e_g; a direction that one cluster alone fixes does not move.
    """
    free = 1 - fit.h > FIXED
    s = np.where(free, fit.scores / np.where(free, 1 - fit.h, 1), 0.0)
    k = len(fit.beta)
    moved: Floats = -(fit.Q @ s[:, :, None])[:, :k, 0] @ fit.L.T
    return moved


def fixed_by_one(fit: Fit, contrast: Floats) -> bool:
    """Whether a contrast cannot be estimated any more when some one cluster is left out.

    contrast: (k,). Then no variance tells how sure it is: that cluster's residual is 0.
    """
    v = (_whitened(fit, contrast[None])[:, :, None] @ fit.Q)[0, :, 0]
    size = np.sum(v**2, axis=1)
    return bool(np.any(np.sum(np.where(fit.h > 1 - FIXED, v**2, 0), axis=1) > FIXED * size))


def _whitened(fit: Fit, contrasts: Floats) -> Floats:
    """(q, G, r) the contrasts in the axes of L~, the same for every cluster."""
    k = len(fit.beta)
    v = np.zeros((len(contrasts), *fit.scores.shape))
    v[:, :, :k] = (contrasts[:, :k] @ fit.L)[:, None]
    if contrasts.shape[1] > k:
        v[:, :, k] = contrasts[:, k, None] / np.sqrt(fit.weight)
    return v


def _contrasts(fit: Fit, contrasts: Floats, inference: Inference) -> _Contrasts:
    """The adjusted variance of contrasts, from the influence of each cluster on them."""
    G, k, power = len(fit.scores), len(fit.beta), POWER[inference]
    free = 1 - fit.h > FIXED
    f = np.where(free, np.where(free, 1 - fit.h, 1) ** -power, 0.0) if power else 1.0
    u = f * (_whitened(fit, contrasts)[:, :, None] @ fit.Q)[:, :, 0]
    influence = np.sum(u * fit.scores, axis=2)
    factor = 1.0
    if inference in (Inference.CR1, Inference.CR1S):
        factor = G / (G - 1)
    if inference is Inference.CR1S:
        left = fit.pupils - k - fit.blocks
        factor *= (fit.pupils - 1) / left if left > 0 else math.nan
    T = (fit.Q @ (fit.h * u)[:, :, :, None])[:, :, :, 0]
    return _Contrasts(factor * influence @ influence.T, u, T)


def _mean(fit: Fit, c: _Contrasts, s: int) -> float:
    """tr(P_ss): the mean of a contrast's variance in the working model, without its factor."""
    return float(np.sum(fit.h * c.u[s] ** 2) - np.sum(c.T[s] ** 2))


def _covariance(fit: Fit, c: _Contrasts, s: int, t: int, x: int, y: int) -> float:
    """Sum over clusters g, h of P_sx[g, h] P_ty[g, h], with P_st = diag(d_st) - W_s W_t'.

    P_st[g, h] is the covariance of the influence of cluster g on contrast s and of h on t in the
    working model. W has k columns and one per absorbed block; only those are stored in which a
    cluster takes part.
    """
    k = len(fit.beta)
    d1, d2 = np.sum(fit.h * c.u[s] * c.u[x], 1), np.sum(fit.h * c.u[t] * c.u[y], 1)
    w1, w2 = np.sum(c.T[s] * c.T[x], 1), np.sum(c.T[t] * c.T[y], 1)
    both = np.sum(_product(fit, c.T[s], c.T[t], k) * _product(fit, c.T[x], c.T[y], k))
    return float(np.sum(d1 * d2) - np.sum(d1 * w2) - np.sum(d2 * w1) + both)


def _product(fit: Fit, first: Floats, second: Floats, k: int) -> Floats:
    """W_1'W_2 with the blocks' columns in their places; blocks never meet unless they cross."""
    x1, x2, c1, c2 = first[:, :k], second[:, :k], first[:, k:], second[:, k:]
    corner = x1.T @ x2
    if c1.shape[1] == 0:
        return corner
    if c1.shape[1] > 1:  # clusters and blocks cross: all blocks are carried, in order
        whole: Floats = first.T @ second
        return whole
    at = fit.block[:, 0]  # every cluster lies in one block
    side1, side2 = np.zeros((fit.blocks, k)), np.zeros((fit.blocks, k))
    np.add.at(side1, at, x1 * c2)
    np.add.at(side2, at, x2 * c1)
    diagonal = np.bincount(at, c1[:, 0] * c2[:, 0], fit.blocks)
    return np.concatenate([corner.ravel(), side1.ravel(), side2.ravel(), diagonal])


def shifted(S: Floats, by: Floats) -> Floats:
    """Moments of cells taken about another origin, one per cell: T' S T.

    With a = (0, by) that is S - a s' - s a' + n a a', s being the sums and n the corner of S.
    """
    a = by.copy()
    a[:, 0] = 0
    half = a[:, :, None] * (S[:, 0] - S[:, :1, 0] * a / 2)[:, None]
    out: Floats = S - half - half.swapaxes(1, 2)
    return out


def _merged(
    S: Floats, g: NDArray[np.intp], b: NDArray[np.intp]
) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp]]:
    """One cell per cluster and block: their arms together."""
    width = int(b.max()) + 1
    pair, at = np.unique(g * width + b, return_inverse=True)
    if len(pair) == len(S):
        return S, g, b
    return summed(S, at, len(pair)), *np.divmod(pair, width)


def _carried(
    S: Floats, g: NDArray[np.intp], b: NDArray[np.intp], n_b: Floats, G: int
) -> tuple[Floats, NDArray[np.intp]]:
    """Per cluster the moments of [X, block columns, y], and the block of each such column.

    A block inside one cluster needs no column: X is orthogonal to it there. A cluster inside one
    block needs one. Only where clusters and blocks cross are all blocks carried.
    """
    cells_of_block, cells_of_cluster = np.bincount(b), np.bincount(g, minlength=G)
    order = [*range(1, S.shape[1] - 1)]
    if cells_of_block.max() == 1 and len(cells_of_block) > 1:
        place = np.zeros((G, 0), dtype=np.intp)
        parts = S[:, 1:, 1:]
    elif len(n_b) == 1 or cells_of_cluster.max() == 1:
        place = np.zeros((G, 1), dtype=np.intp)
        place[g, 0] = b
        at = [*order, 0, S.shape[1] - 1]
        parts = S[:, at][:, :, at]
    else:
        B, k = len(n_b), len(order)
        place = np.broadcast_to(np.arange(B), (G, B))
        parts = np.zeros((len(S), k + B + 1, k + B + 1))
        for i, cell in enumerate(S):
            at = [*range(k), k + int(b[i]), k + B]
            parts[i][np.ix_(at, at)] = cell[np.ix_([*order, 0, -1], [*order, 0, -1])]
    return summed(parts, g, G), place


def _refuse_constant(x: Sequence[str], is_constant: NDArray[np.bool_]) -> None:
    """is_constant: whether what is left of a column's spread is no more than rounding."""
    constant = [name for name, is_so in zip(x, is_constant, strict=True) if is_so]
    if constant:
        rule = Text(
            "Deze kolom is voor iedereen gelijk (binnen de blokken).",
            "This column is the same for everyone (within the blocks).",
        )
        remedy = Text("Haal de kolom uit het plan.", "Take it out of the plan.")
        raise DataError([Fault(rule, remedy, column=name) for name in constant])


def _refuse_collinear(x: Sequence[str], XX: Floats) -> float:
    """The smallest pivot of the correlations; columns that are a sum of those before are named.

    Cross-products square the condition number: about 1e-16 over the pivot is the relative error
    that a coefficient has.
    """
    left, smallest = XX.copy(), 1.0
    collinear = []
    for j, name in enumerate(x):
        if left[j, j] < COLLINEAR:
            collinear.append(name)
            continue
        smallest = min(smallest, float(left[j, j]))
        left -= np.outer(left[:, j], left[j]) / left[j, j]
    if collinear:
        rule = Text(
            "Deze kolom volgt uit de andere kolommen van het plan.",
            "This column follows from the other columns of the plan.",
        )
        remedy = Text("Haal de kolom uit het plan.", "Take it out of the plan.")
        raise DataError([Fault(rule, remedy, column=name) for name in collinear])
    return smallest
