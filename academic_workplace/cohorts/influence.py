"""How sure a number is that every pupil has an influence on: CR2 by school of the influences.

Arrays only. The delta method gives the influence of every pupil on a mean, a standardised mean, a
coefficient, or what is made of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from academic_workplace.cohorts.contrasts import Estimate, estimate, regress

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

ROUNDING = 1e-12  # an influence below this times the spread of the outcome is rounding


def from_influence(
    value: float,
    phi: Floats,
    part: Rows,
    school: Rows | None,
    scale: float,
    pupils: Floats | None = None,
) -> Estimate:
    """An estimate from every pupil's influence on it.

    phi: (n,) how far the value moves per unit of a pupil's weight. part: (n,) the samples that the
    pupils are from; their sizes are taken as given. With z = n_k phi the value moves as the sum of
    the means of z over the samples: its CR2 variance by school, and Satterthwaite degrees of
    freedom, are those of that contrast. scale: the spread of the outcome. No interval where a
    sample comes from one school, for nothing then tells how schools differ. pupils: (n,) how many a
    row stands for (with schools); one when None.
    """
    size = np.bincount(part, pupils)
    z = phi * size[part]
    if not np.abs(z).max(initial=0.0) > ROUNDING * scale:
        return Estimate(value)
    used = [k for k in np.flatnonzero(size).tolist() if np.any(z[part == k])]
    rows = np.isin(part, used)
    z, part = z[rows], part[rows]
    unit = np.arange(len(rows))[rows] if school is None else school[rows]
    if any(len(np.unique(unit[part == k])) < 2 for k in used):
        return Estimate(value)
    many = None if pupils is None else pupils[rows]
    K, n = len(used), len(z) if many is None else float(many.sum())
    columns = {f"part {k}": (part == k).astype(float) for k in used[1:]}
    found = regress(z, columns, None if school is None else unit, pupils=many)
    sums = {f"part {k}": 1 - K * float(size[k]) / n for k in used[1:]}
    moved = found.contrast(sums, mean=float(K))
    if moved.se is None or moved.df is None:
        return Estimate(value)
    return estimate(value, moved.se**2, moved.df, found.how)


def mean_of(y: Floats, rows: Bools, pupils: Floats | None = None) -> tuple[float, Floats]:
    """The mean of some pupils, and the influence (n,) on it. pupils: (n,) that a row stands for."""
    many = None if pupils is None else pupils[rows]
    value = float(np.average(y[rows], weights=many))
    return value, np.where(rows, (y - value) / (rows.sum() if many is None else many.sum()), 0.0)


def standardised_mean(
    y: Floats, cell: Rows, own: Bools, standard: Bools, pupils: Floats | None = None
) -> tuple[float, Floats, Bools]:
    """The mean of the pupils ``own`` at the composition of ``standard``: sum q_c m_c.

    y, cell, own, standard: (n,). Returns the value, its influence (n,), and which cells (K,) both
    have; q is the standard's share of each among those. NaN when there are none. pupils: (n,) that
    a row stands for; one when None.
    """
    w = np.ones(len(y)) if pupils is None else pupils
    K = int(cell.max(initial=-1)) + 1
    n_o, n_s = (np.bincount(cell[rows], w[rows], K) for rows in (own, standard))
    shared = (n_o > 0) & (n_s > 0)
    if not shared.any():
        return math.nan, np.zeros(len(y)), shared
    m = np.bincount(cell[own], (w * y)[own], K) / np.maximum(n_o, 1)
    q = np.where(shared, n_s, 0) / n_s[shared].sum()
    value = float(q @ m)
    phi = np.where(own, q[cell] / np.maximum(n_o, 1)[cell] * (y - m[cell]), 0.0)
    phi += np.where(standard & shared[cell], (m[cell] - value) / n_s[shared].sum(), 0.0)
    return value, phi, shared
