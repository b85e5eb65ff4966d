"""P-values of several tests at once, adjusted for each other.

Own code, the same to the last bit as statsmodels' ``multipletests``, which gathers all garbage of
the process at every call to Holm: in a notebook or a report that takes longer than the estimates.
Every function takes (m,) p-values from 0 to 1, in any order, and gives (m,) in that order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def holm(p: Floats) -> Floats:
    """p_(i) (m - i + 1), step down (Holm, 1979, Scand. J. Stat. 6).

    >>> holm(np.array([0.01, 0.04, 0.02])).tolist()
    [0.03, 0.04, 0.04]
    """
    return _from_smallest(p, lambda x: np.maximum.accumulate(x * _left(x)))


def hochberg(p: Floats) -> Floats:
    """p_(i) (m - i + 1), step up (Hochberg, 1988, Biometrika 75)."""
    return _from_smallest(p, lambda x: _step_up(x * _left(x)))


def benjamini_hochberg(p: Floats) -> Floats:
    """p_(i) m / i, step up (Benjamini & Hochberg, 1995, JRSS B 57)."""
    return _from_smallest(p, lambda x: _step_up(x / _rank(x)))


def benjamini_yekutieli(p: Floats) -> Floats:
    """p_(i) m / i times 1 + 1/2 + ... + 1/m, step up (2001, Ann. Stat. 29)."""
    harmonic = float(np.sum(1.0 / np.arange(1, len(p) + 1)))
    return _from_smallest(p, lambda x: _step_up(x / (_rank(x) / harmonic)))


def bonferroni(p: Floats) -> Floats:
    """m p."""
    return _from_smallest(p, lambda x: x * len(x))


def _from_smallest(p: Floats, work: Callable[[Floats], Floats]) -> Floats:
    """What is found of p-values from small to large, none above 1, in the order of p."""
    order = np.argsort(p, kind="stable")
    out = np.empty(len(p))
    out[order] = np.minimum(work(p[order]), 1.0)
    return out


def _left(x: Floats) -> NDArray[np.intp]:
    """(m,) how many p-values are not yet passed: m to 1."""
    return np.arange(len(x), 0, -1)


def _rank(x: Floats) -> Floats:
    """(m,) i / m."""
    return np.arange(1, len(x) + 1) / len(x)


def _step_up(x: Floats) -> Floats:
    """(m,) of each the smallest from there on."""
    return np.minimum.accumulate(x[::-1])[::-1]
