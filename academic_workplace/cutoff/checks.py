"""What makes a jump believable: does something else jump, does it jump elsewhere, does it stay?

Imbens & Lemieux (2008, J. Econom. 142, section 5); Cattaneo, Idrobo & Titiunik (2020, A Practical
Introduction to Regression Discontinuity Designs, section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from academic_workplace.cutoff.bandwidth import Bandwidths
from academic_workplace.cutoff.jump import Jump, fuzzy, sharp
from academic_workplace.cutoff.sides import Rows, check_running, columns
from academic_workplace.errors import DataError
from academic_workplace.language import Text

DONUT = 0.1  # of the bandwidth
FACTORS = (0.5, 2.0)
FLAT = Text(
    "Rond de grens is dit voor iedereen gelijk.", "Around the cut-off it is the same for everyone."
)


class Kind(StrEnum):
    """What a check changes."""

    COVARIATE = "covariate"
    PLACEBO = "placebo cut-off"
    DONUT = "nearest pupils left out"
    BANDWIDTH = "other bandwidth"


@dataclass(frozen=True, slots=True)
class Check:
    """A jump that should not be there, or that should stay as it is.

    name: of the covariate. at: the cut-off of a placebo, the distance left out of a donut, the
    factor of the bandwidth. jump: None with the reason why there is none. p_holm: for how many
    covariates were looked at (Holm, 1979).
    """

    kind: Kind
    name: str
    at: float
    jump: Jump | None
    reason: Text | None = None
    p_holm: float | None = None


def covariate_checks(
    X: ArrayLike,
    x: ArrayLike,
    cutoff: float,
    *,
    names: Sequence[str] = (),
    cluster: ArrayLike | None = None,
) -> tuple[Check, ...]:
    """Whether what was there before (n, k) jumps: each with a bandwidth of its own.

    Of whom a value is missing (NaN) does not count for that column.
    """
    values = np.asarray(X, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    columns(np.zeros(len(values)), len(check_running(x, cutoff)), "X")
    called = tuple(names) or tuple(f"x{j}" for j in range(1, values.shape[1] + 1))
    found = []
    for name, y in zip(called, values.T, strict=True):
        again = partial(_among, np.flatnonzero(~np.isnan(y)), y, x, cutoff, None, cluster, None)
        found.append(_check(Kind.COVARIATE, cutoff, again, name))
    adjusted = holm([c.jump.p_value if c.jump else None for c in found])
    return tuple(replace(c, p_holm=p) for c, p in zip(found, adjusted, strict=True))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values for the chance that any is so small: Holm (1979, Scand. J. Stat. 6).

    >>> holm([0.5, 0.125, None])
    [0.5, 0.25, None]
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    out: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for k, (p, i) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - k) * p))
        out[i] = largest
    return out


def placebo_checks(
    y: ArrayLike, x: ArrayLike, cutoff: float, *, cluster: ArrayLike | None = None
) -> tuple[Check, ...]:
    """The jump of y at the median of each side, from the pupils of that side alone."""
    running = check_running(x, cutoff)
    out = []
    for side in (running < cutoff, running >= cutoff):
        at = float(np.median(running[side]))
        again = partial(_among, np.flatnonzero(side), y, x, at, None, cluster, None)
        out.append(_check(Kind.PLACEBO, at, again))
    return tuple(out)


def donut_check(
    y: ArrayLike,
    x: ArrayLike,
    cutoff: float,
    bandwidths: Bandwidths,
    *,
    treated: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> Check:
    """The jump without the pupils nearest to the cut-off, who could have been moved over it.

    Without those within a tenth of h, and at least the nearest value of both sides; the bandwidths
    stay. treated: as in ``fuzzy``.
    """
    running = check_running(x, cutoff)
    distance, below = np.abs(running - cutoff), running < cutoff
    nearest = (float(distance[side].min()) for side in (below, ~below))
    radius = max(DONUT * bandwidths.h, *nearest)
    rows = np.flatnonzero(distance > radius)
    again = partial(_among, rows, y, x, cutoff, treated, cluster, bandwidths)
    return _check(Kind.DONUT, radius, again)


def bandwidth_checks(
    y: ArrayLike,
    x: ArrayLike,
    cutoff: float,
    bandwidths: Bandwidths,
    *,
    treated: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> tuple[Check, ...]:
    """The jump with half and with double the bandwidths. treated: as in ``fuzzy``."""
    rows = np.arange(len(np.asarray(x)))
    out = []
    for factor in FACTORS:
        other = Bandwidths(factor * bandwidths.h, factor * bandwidths.b)
        again = partial(_among, rows, y, x, cutoff, treated, cluster, other)
        out.append(_check(Kind.BANDWIDTH, factor, again))
    return tuple(out)


def _among(
    rows: Rows,
    y: ArrayLike,
    x: ArrayLike,
    cutoff: float,
    treated: ArrayLike | None,
    cluster: ArrayLike | None,
    bandwidths: Bandwidths | None,
) -> Jump:
    """The jump among some of the pupils."""
    alike = None if cluster is None else np.asarray(cluster)[rows]
    y, x = np.asarray(y)[rows], np.asarray(x)[rows]
    if treated is None:
        return sharp(y, x, cutoff, bandwidths=bandwidths, cluster=alike)
    took = np.asarray(treated)[rows]
    return fuzzy(y, took, x, cutoff, bandwidths=bandwidths, cluster=alike).ratio


def _check(kind: Kind, at: float, again: Callable[[], Jump], name: str = "") -> Check:
    try:
        jump = again()
    except DataError as error:
        return Check(kind, name, at, None, error.faults[0].rule)
    if jump.se > 0:
        return Check(kind, name, at, jump)
    return Check(kind, name, at, None, FLAT)
