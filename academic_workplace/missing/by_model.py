"""What one column of outcomes does to a slope of a multilevel model whose variances are known.

    beta = (sum X' W X)^-1 sum X' W y,   W = V^-1 of a cluster

from the cross-products of cells. With one level of its own for a cluster (r: the variance between
over that within), W = I - r / (1 + r n) 1 1', so X' W X is S less a multiple of the outer product
of its first row. With classes in clusters the same is done for classes first, then for clusters.

Filled in with what the model expects of those missing, their own cluster and class included
(E(y_missing | y_observed)), everyone together gives the slopes of the complete cases: X' W e is
that of those observed. So the slope of everyone's "is missing" is how fast an effect moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academic_workplace.moments import summed

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Who share a level: cluster (C,) and, with classes, within (C,), codes of the cells.

    between, among: the variance between clusters, and between classes of a cluster, over that
    within them.
    """

    cluster: Codes
    between: float
    within: Codes | None = None
    among: float = 0.0


def slope_of(S: Floats, x: Codes, contrast: Floats, levels: Levels) -> tuple[float, Floats]:
    """The contrast of the slopes, and the influence of every cluster on it.

    S: (C, q, q) cross-products of cells, a 1 first and the outcome last. x: (p,) which columns are
    in the model, the constant (or the blocks) among them. contrast: (p,). The influence has the
    factor sqrt(G / (G - 1)) of few clusters.
    """
    cluster = levels.cluster
    if levels.within is not None:
        classes = int(levels.within.max()) + 1
        of = np.zeros(classes, dtype=np.intp)
        of[levels.within] = cluster
        S, cluster = _weighed(_joined(S, levels.within), levels.among), of
    A = _weighed(_joined(S, cluster), levels.between)
    XX, Xy = A[:, x][:, :, x], A[:, x, -1]
    own = np.linalg.solve(XX.sum(axis=0), contrast)
    beta = np.linalg.solve(XX.sum(axis=0), Xy.sum(axis=0))
    G = len(A)
    factor = math.sqrt(G / (G - 1)) if G > 1 else 1.0
    return float(contrast @ beta), factor * ((Xy - XX @ beta) @ own)


def _joined(S: Floats, code: Codes) -> Floats:
    q = S.shape[1]
    return summed(S.reshape(len(S), -1), code, int(code.max()) + 1).reshape(-1, q, q)


def _weighed(S: Floats, ratio: float) -> Floats:
    """Less what a level of their own takes: S - r / (1 + r s_00) s_0 s_0'."""
    first = S[:, 0]
    share = ratio / (1 + ratio * first[:, 0])
    return S - share[:, None, None] * first[:, :, None] * first[:, None, :]
