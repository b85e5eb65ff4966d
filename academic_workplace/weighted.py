"""Least squares with weights that are not inverse variances, from three cross-products a cluster.

    b = M X'W y,   M = (X'WX)^-1,   W of propensity, of entropy balancing, of matching

Such weights say for whom a pupil stands, not how precise the outcome is: the working model is that
errors are independent and of equal variance whatever the weight (Phi = I; clubSandwich's default
for ``lm`` with weights, ``inverse_var = FALSE``). For weights that are inverse variances (Phi =
W^-1) ``linear.py`` is all there is to do. Pustejovsky & Tipton (2018, J. Bus. Econ. Stat. 36):

    A_g = G_g^-1/2,   G_g = ((I - H)(I - H)')_gg = I - X_g M V_g' - V_g M X_g' + X_g N X_g',

with V = WX, H = X M V' and N = M X'W^2X M. With Z_g = [X_g, V_g] this is I + Z_g C Z_g', so that

    A_g Z_g = Z_g (I + C B phi(t) B'),   B B' = Z_g'Z_g,   B'C B = diag(t),
    phi(t) = ((1 + t)^-1/2 - 1) / t = -1 / (s (1 + s)),   s = (1 + t)^1/2:

a matrix of twice the columns per cluster, whatever the number of pupils. Nothing is divided by an
eigenvalue of Z_g'Z_g: a cluster may have fewer pupils than that, or columns that do not vary. Where
1 + t = 0, a direction in which the residuals of a cluster are 0 by construction, its weight is 0
(Moore-Penrose), as phi(-1) = 1 says.

Pupils of weight 0 are left out. That is what lm and clubSandwich do, and for CR2 it is not the same
as keeping them: their residuals would then help to estimate the variance of the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from academic_workplace import linear
from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text
from academic_workplace.linear import FIXED, NOTHING, Floats
from academic_workplace.moments import SampleMoments, _compact, cross_products
from academic_workplace.plan import Inference
from academic_workplace.threads import one_thread

Codes = NDArray[np.intp]

PAIRED = 2048  # clusters of which all pairs fit in memory


@dataclass(frozen=True, slots=True, eq=False)
class WeightedMoments:
    """Cross-products of z = (1, columns - origin) in cells: the pupils of a cluster in a block.

    columns: q names, the first is the constant. origin: (q,) with origin[0] == 0. clusters, blocks:
    (C,) codes, in order. S: (3, C, q, q), the sums of z z', w z z' and w^2 z z' where w > 0.
    """

    columns: tuple[str, ...]
    origin: Floats
    clusters: Codes
    blocks: Codes
    S: Floats

    def __add__(self, other: WeightedMoments) -> WeightedMoments:
        """The moments of both groups of pupils together; they have the same columns."""
        by = np.broadcast_to(self.origin - other.origin, other.S.shape[1:3])
        moved = np.array([linear.shifted(S, by) for S in other.S])
        both = np.array([[*self.clusters, *other.clusters], [*self.blocks, *other.blocks]])
        cells, at = np.unique(both, axis=1, return_inverse=True)
        S = np.zeros((3, cells.shape[1], *self.S.shape[2:]))
        for whole, *parts in zip(S, self.S, moved, strict=True):
            np.add.at(whole, at.ravel(), np.concatenate(parts))
        return replace(self, clusters=cells[0], blocks=cells[1], S=S)


def weighted_moments(
    columns: Mapping[str, Floats],
    clusters: Codes,
    weights: Floats,
    blocks: Codes | None = None,
) -> WeightedMoments:
    """The moments of pupils with weights.

    columns: arrays (n,) without missing values: covariates and outcomes. clusters, blocks: (n,)
    codes from 0; blocks are absorbed by ``fit``. weights: (n,) at least 0; pupils with 0 count
    nowhere, nor does a cluster that has only such pupils.

    Raises DataError when weights are negative, missing or infinite, or when none is above 0.
    """
    _refuse_weights(weights)
    with one_thread():
        return _weighted_moments(columns, clusters, weights, blocks)


def _weighted_moments(
    columns: Mapping[str, Floats], clusters: Codes, weights: Floats, blocks: Codes | None
) -> WeightedMoments:
    given, w = list(columns.values()), weights
    width = 1 if blocks is None else int(blocks.max()) + 1
    cells = clusters if blocks is None else clusters * width + blocks
    if not np.all(weights > 0):
        rows = np.flatnonzero(weights)
        given, w, cells = [column[rows] for column in given], w[rows], cells[rows]
    used, code = _compact(cells, int(cells.max()) + 1)
    origin = np.array([0.0, *(w @ column / w.sum() for column in given)])
    times_w = [w]
    for column, o in zip(given, origin[1:], strict=True):
        centred = column - o  # about their own mean, or a large weight would cost others' digits
        times_w.append(np.multiply(centred, w, out=centred))
    found, pairs = cross_products([*given, *times_w], code, len(used))
    q = len(origin)
    by = np.append(origin - found[:q], -found[q:])  # w (x - o) about 0, and x about the same o
    pairs = linear.shifted(pairs, np.broadcast_to(by, pairs.shape[:2]))
    S = np.array([pairs[:, :q, :q], pairs[:, :q, q:], pairs[:, q:, q:]])
    return WeightedMoments(("1", *columns), origin, *np.divmod(used, width), S)


@dataclass(frozen=True, slots=True, eq=False)
class WeightedFit:
    """A weighted least-squares fit within blocks.

    least: the fit itself, of rows times sqrt(w): slopes, leave-one-out, and every variance that has
    no working model. Below, X carries the c blocks that a cluster takes part in, r = k + c, and
    Z_g = [X_g L U D, V_g L U D^-1] with L L' = M and U D^2 U' = L'X'W^2X L: then C = [[I, -I],
    [-I, 0]] and Z_g'Z_g is no larger than it must be, also where one weight is a thousand others.
    U: (G, r, r). D: (G, r). B: (G, 2r, 2r) with B B' = Z'Z. t: (G, 2r) eigenvalues of B'C B.
    scores, pull: (G, 2r) Z'e and B'C Z'e. place: (G, c) which block a carried column is. Nxx, Nxb,
    Nbb: (k, k), (k, blocks), (blocks,) the parts of L'X'W^2X L; blocks do not meet.
    """

    least: linear.Fit
    U: Floats
    D: Floats
    B: Floats
    t: Floats
    scores: Floats
    pull: Floats
    place: Codes
    Nxx: Floats
    Nxb: Floats
    Nbb: Floats


def fit(m: WeightedMoments, x: Sequence[str], y: str) -> WeightedFit:
    """Regress column y on columns x (no constant) within the blocks of the moments.

    Raises DataError naming the columns that do not vary or are a sum of others.
    """
    at = [0, *(m.columns.index(name) for name in x), m.columns.index(y)]
    S = m.S[:, :, at][:, :, :, at]
    block, b = np.unique(m.blocks, return_inverse=True)
    _, first, g = np.unique(m.clusters, return_index=True, return_inverse=True)
    least = linear.least_squares(
        SampleMoments(
            y,
            "",
            tuple(str(code) for code in m.clusters),
            tuple(str(code) for code in m.blocks),
            ("",) * len(g),
            ("1", *x, y),
            m.origin[at],
            S[1],
            S[0, :, 0, 0],
        ),
        x,
        absorb=True,
    )
    w_b = np.bincount(b, S[1, :, 0, 0])
    mean = np.zeros((len(block), len(at)))
    np.add.at(mean, b, S[1, :, 0])
    S = np.array([linear.shifted(each, (mean / w_b[:, None])[b]) for each in S])
    k, slot = len(x), np.arange(len(g)) - first[g]
    Z, place, real = _carried(S, g, b, slot)
    G, r, L = len(first), k + place.shape[1], least.L
    W2xb = np.zeros((len(block), k))
    np.add.at(W2xb, b, S[2, :, 0, 1:-1])
    Nxx = L.T @ S[2].sum(axis=0)[1:-1, 1:-1] @ L
    Nxb = L.T @ (W2xb / np.sqrt(w_b)[:, None]).T
    Nbb = np.bincount(b, S[2, :, 0, 0]) / w_b
    N, white = np.zeros((2, G, r, r))
    carried = np.arange(k, r)
    N[:, :k, :k], white[:, :k, :k] = Nxx, L
    N[:, :k, k:] = (Nxb[:, place] * real).swapaxes(0, 1)
    N[:, k:, :k] = N[:, :k, k:].swapaxes(1, 2)
    N[:, carried, carried] = Nbb[place]
    white[:, carried, carried] = 1 / np.sqrt(w_b[place])
    return WeightedFit(least, *_roots(Z, N, white, least.beta), place, Nxx, Nxb, Nbb)


def _roots(
    Z: Floats, N: Floats, white: Floats, beta: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """U, D, B, t, scores and pull of every cluster (``WeightedFit``).

    Z: (3, G, r + 1, r + 1) moments of [X, y]; N, white: (G, r, r), L'X'W^2X L and L; beta: (k,).
    """
    r, k = N.shape[1], len(beta)
    square, U = np.linalg.eigh(N)
    D = np.sqrt(np.maximum(square, linear.EPS * square[:, -1:]))
    of_x, of_v = white @ U * D[:, None], white @ U / D[:, None]
    XX, XV, VV = Z[:, :, :-1, :-1]
    cross = of_x.swapaxes(1, 2) @ XV @ of_v
    ZZ = np.block([
        [of_x.swapaxes(1, 2) @ XX @ of_x, cross],
        [cross.swapaxes(1, 2), of_v.swapaxes(1, 2) @ VV @ of_v],
    ])  # fmt: skip
    left = Z[:2, :, :-1, -1] - Z[:2, :, :-1, :k] @ beta
    scores = np.concatenate([(left[0, :, None] @ of_x)[:, 0], (left[1, :, None] @ of_v)[:, 0]], 1)
    C = np.kron([[1.0, -1.0], [-1.0, 0.0]], np.eye(r))
    size, Q = np.linalg.eigh(ZZ)
    B = Q * np.sqrt(np.maximum(size, 0))[:, None]
    t, turn = np.linalg.eigh(B.swapaxes(1, 2) @ C @ B)
    B = B @ turn
    pull = ((scores @ C)[:, None] @ B)[:, 0]
    return U, D, B, t, scores, pull


def variance(fit: WeightedFit, contrast: Floats, inference: Inference) -> tuple[float, float]:
    """Variance of contrast'beta and its Satterthwaite degrees of freedom.

    contrast: (k,), or (k + 1,) with the weight of the constant last when there is one block.
    Only CR2, and all degrees of freedom but those of JACKKNIFE, use the working model: independent
    pupils of equal variance. The other variances are those of ``linear.py``, where CR1S counts the
    pupils with a weight above 0 and CLASSICAL takes weights for inverse variances. NaN as there.
    """
    v, df = linear.variance(fit.least, contrast, inference)
    if inference not in linear.POWER:
        return v, df
    k, r = len(fit.least.beta), fit.D.shape[1]
    c = np.zeros((len(fit.D), r))
    c[:, :k] = contrast[:k] @ fit.least.L
    if len(contrast) > k:
        c[:, k] = contrast[k] / math.sqrt(fit.least.weight)
    c = (c[:, None] @ fit.U)[:, 0]
    if inference is Inference.CR3:
        own = fit.D[:, :, None] * (fit.B[:, r:] @ fit.B[:, :r].swapaxes(1, 2)) / fit.D[:, None]
        h, Q = np.linalg.eigh((own + own.swapaxes(1, 2)) / 2)  # U'L'X_g'W_g X_g L U
        free = 1 - h > FIXED
        c = ((c[:, None] @ Q)[:, 0] * np.where(free, 1 / np.where(free, 1 - h, 1), 0))[:, None]
        c = (c @ Q.swapaxes(1, 2))[:, 0]
    y = c * fit.D
    u = (y[:, None] @ fit.B[:, r:])[:, 0]
    if inference is Inference.CR2:
        free = 1 + fit.t > FIXED * np.maximum(1, fit.t[:, -1:])
        s = np.sqrt(np.where(free, 1 + fit.t, 1))
        phi = np.where(free, -1 / (s * (1 + s)), 1)
        influence = np.sum(y * fit.scores[:, r:], axis=1) + np.sum(u * phi * fit.pull, axis=1)
        least = NOTHING * float(c[0] @ c[0]) * fit.least.total_ss
        v = float(influence @ influence)
        v = v if len(c) > 1 and v > least else math.nan
        u = np.where(free, u / s, 0)
    return (v, _degrees_of_freedom(fit, u)) if v == v else (math.nan, math.nan)


def _degrees_of_freedom(fit: WeightedFit, u: Floats) -> float:
    """2 E(v)^2 / var(v) when errors are independent and alike. u: (G, 2r), B'y of what A_g makes.

    The influences p_g of the clusters on the contrast have p_g'p_g = u'(1 + t)u and p_g'p_h =
    q_g'C q_h, with q = B u. That sum of squares over pairs is the trace of (CQ)^2, Q = sum q q',
    less the pairs of a cluster with itself: large numbers, where one cluster almost fixes a
    direction, that leave a small one. It costs no digits to go by pairs while those are few.
    """
    k, r, (G, blocks) = len(fit.least.beta), fit.D.shape[1], (len(u), len(fit.Nbb))
    alone, own = np.sum(u**2 * (1 + fit.t), axis=1), (fit.B @ u[:, :, None])[:, :, 0]
    q = np.zeros((2, G, k + blocks))  # without U and D, every block in its place
    for half, part in zip(q, (own[:, :r] / fit.D, own[:, r:] * fit.D), strict=True):
        part = (fit.U @ part[:, :, None])[:, :, 0]
        half[:, :k] = part[:, :k]
        np.add.at(half, (np.arange(G)[:, None], k + fit.place), part[:, k:])
    (x, b), (a, v) = np.split(q[0], [k], axis=1), q
    N = np.hstack([x @ fit.Nxx + b @ fit.Nxb.T, x @ fit.Nxb + b * fit.Nbb])
    first, second = np.hstack([a, v]), np.hstack([N - v, -a])
    if G <= PAIRED:
        pairs = first @ second.T
        np.fill_diagonal(pairs, 0)
        others = float(np.sum(pairs**2))
    else:
        CQ = second.T @ first
        others = float(np.sum(CQ * CQ.T) - np.sum(np.sum(u**2 * fit.t, axis=1) ** 2))
    spread = float(alone @ alone) + others
    return float(alone.sum()) ** 2 / spread if spread > 0 else math.nan


def _carried(S: Floats, g: Codes, b: Codes, slot: Codes) -> tuple[Floats, Codes, Floats]:
    """Per cluster the moments of [X, its blocks, y]: (3, G, r + 1, r + 1), and which blocks.

    All blocks of a cluster are carried: X is orthogonal to them with W between, not with W^2. Where
    a cluster has fewer blocks than another its last columns are 0. The last of the answer, (G, c),
    is 1 for blocks and 0 for such columns.
    """
    k, c, G = S.shape[-1] - 2, int(slot.max()) + 1, int(g.max()) + 1
    Z, real = np.zeros((3, G, k + c + 1, k + c + 1)), np.zeros((G, c))
    place = np.zeros((G, c), dtype=np.intp)
    place[g, slot], real[g, slot] = b, 1
    order = np.array([*range(1, k + 1), 0, k + 1])
    for j in range(c):
        i, at = np.flatnonzero(slot == j), np.array([*range(k), k + j, k + c])
        for whole, part in zip(Z, S, strict=True):
            whole[g[i][:, None, None], at[:, None], at] += part[
                i[:, None, None], order[:, None], order
            ]
    return Z, place, real


def _refuse_weights(weights: Floats) -> None:
    wrong = int(np.sum(~(np.isfinite(weights) & (weights >= 0))))
    if wrong or not np.any(weights > 0):
        rule = Text(
            "Een gewicht is 0 of meer, en niet alle gewichten zijn 0.",
            "A weight is 0 or more, and not all weights are 0.",
        )
        remedy = Text("Kijk hoe de gewichten zijn gemaakt.", "See how the weights were made.")
        raise DataError([Fault(rule, remedy, count=wrong)])
