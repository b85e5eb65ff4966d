"""Cluster-robust variance of a model by maximum likelihood, with few clusters in mind.

With X* = diag(dmu/deta) X, r = y - mu and the working model Phi = diag(V(mu)), W = Phi^-1, the
coefficients are those of a weighted least-squares fit, and (Pustejovsky & Tipton, 2018, J. Bus.
Econ. Stat. 36, section 2; clubSandwich's form for ``glm``)

    var(b) = M sum_g X*_g'W_g A_g r_g r_g'A_g'W_g X*_g M,   M = (X*'W X*)^-1
    CR2:  A_g = D_g B_g^-1/2 D_g,   D_g = Phi_g^1/2,   B_g = D_g (Phi_g - X*_g M X*_g') D_g
    CR3:  A_g = (I - X*_g M X*_g'W_g)^-1

The degrees of freedom are Satterthwaite's under that working model. A direction that one cluster
alone fixes gets weight 0 (Moore-Penrose). Pupils of one cluster with the same X and offset have the
same V, and A_g only sees their sum: they become one row, so that without characteristics of pupils
a cluster is one row, whatever its size. With them B_g is as large as the cluster.

The dispersion of a negative binomial counts as known: its information has no part in common with
that of the coefficients.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academic_workplace.glm.fitting import Glm
from academic_workplace.linear import FIXED, POWER
from academic_workplace.plan import Inference

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

NOTHING = 1e-20  # a variance below this times that of the model is rounding


@dataclass(frozen=True, slots=True, eq=False)
class Robust:
    """The variance of all coefficients, and what the degrees of freedom of a contrast need.

    In the axes of ``Glm.Z``, with a_g = A_g'W_g X*_g M: V (k, k); D (G, k, k), a_g'Phi_g a_g; E
    (G, k, k), X*_g'a_g.
    """

    fit: Glm
    V: Floats
    D: Floats
    E: Floats


def robust(fit: Glm, clusters: Codes, inference: Inference) -> Robust:
    """The variance of a fit whose errors are alike within clusters. clusters: (n,) codes from 0."""
    G, k = int(clusters.max()) + 1, len(fit.beta)
    X, Phi, r, g = _rows(fit, clusters)
    start = np.searchsorted(g, np.arange(G + 1))
    influence, D, E = np.zeros((G, k)), np.zeros((G, k, k)), np.zeros((G, k, k))
    power = POWER[inference]
    for c in range(G):
        at = slice(start[c], start[c + 1])
        a = _adjusted(X[at], Phi[at], fit.M, power)
        influence[c] = a.T @ r[at]
        D[c] = (a * Phi[at, None]).T @ a
        E[c] = X[at].T @ a
    factor = 1.0
    if inference in (Inference.CR1, Inference.CR1S) and G > 1:
        factor = G / (G - 1)
    if inference is Inference.CR1S:
        n = len(fit.y)
        factor *= (n - 1) / (n - k) if n > k else math.nan
    return Robust(fit, factor * influence.T @ influence, D, E)


def contrast(found: Robust, weights: Floats) -> tuple[float, float]:
    """Variance of weights'beta and its Satterthwaite degrees of freedom; NaN where there is none.

    weights: (k,), of the coefficients of X as given; the gradient of what is made of them
    (``standardised``) is such a contrast by the delta method.
    """
    M = found.fit.M
    c = found.fit.T.T @ weights
    v = float(c @ found.V @ c)
    e = found.E @ c
    d = np.einsum("i,gij,j->g", c, found.D, c)
    own = np.einsum("gi,ij,gj->g", e, M, e)
    cross = M @ (e.T @ e)
    spread = float(d @ d - 2 * d @ own + np.sum(cross * cross.T))
    mean = float(np.sum(d - own))
    if len(d) < 2 or not v > NOTHING * float(c @ M @ c) or not spread > 0:
        return math.nan, math.nan
    return v, mean**2 / spread


def _rows(fit: Glm, clusters: Codes) -> tuple[Floats, Floats, Floats, Codes]:
    """X*, Phi and r with pupils of one cluster who are the same in X as one row, in order."""
    keys = [*fit.Z.T[1:], fit.offset, clusters]
    order = np.lexsort(keys)
    g, eta = clusters[order], fit.offset[order]
    Z = fit.Z[order]
    new = np.ones(len(g), dtype=bool)
    new[1:] = (g[1:] != g[:-1]) | (eta[1:] != eta[:-1]) | (Z[1:] != Z[:-1]).any(axis=1)
    first = np.flatnonzero(new)
    n = np.diff(np.append(first, len(g)))
    root = np.sqrt(n)
    r = np.add.reduceat((fit.y - fit.mu)[order], first) / root
    X = Z[first] * (fit.d[order][first] * root)[:, None]
    return X, fit.V[order][first], r, g[first]


def _adjusted(X: Floats, Phi: Floats, M: Floats, power: float) -> Floats:
    """a_g = A_g'W_g X*_g M: (rows, k)."""
    a = X @ M / Phi[:, None]
    if power == 0:
        return a
    L = np.linalg.cholesky(M)
    white = X @ L / np.sqrt(Phi)[:, None]
    h, Q = np.linalg.eigh(white.T @ white)
    free = 1 - h > FIXED
    if power == 1:
        f = np.where(free, 1 / np.where(free, 1 - h, 1.0), 0.0)
        apart: Floats = (white @ Q * f) @ Q.T @ L.T / np.sqrt(Phi)[:, None]
        return apart
    D = np.sqrt(Phi)
    B = -(D[:, None] * X) @ M @ (X.T * D)
    B[np.diag_indices(len(D))] += Phi**2
    w, U = np.linalg.eigh(B)
    fixed = int(np.sum(~free))  # as many directions have an eigenvalue of 0
    keep = slice(fixed, None)
    inner: Floats = D[:, None] * (U[:, keep] * w[keep] ** -0.5) @ (U[:, keep].T @ (D[:, None] * a))
    return inner
