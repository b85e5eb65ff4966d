"""Measurements of pupils in schools: a level of its own for every pupil, and for every school.

    y_it = alpha_t + beta_t arm + x' c_t + u_school + v_pupil + e_it,
    var(u) = tau2,  var(v) = omega2,  var(e) = sigma2

over every score that there is. A pupil who missed a wave stays in with the others: that is right
when whether a score is missing depends only on what was measured (Rubin, 1976, Biometrika 63;
Verbeke & Molenberghs, 2000, Linear Mixed Models for Longitudinal Data, ch. 21). The waves are the
fixed, and all columns are per wave: with every score there the differences between waves are then
those of least squares on the gains, whatever the variances. Pupils are to schools what classes are
in ``classes.py``, so a pupil is one set of sums, and nothing of N x N is ever made. With the time
of every wave a pupil has a pace as well (``paces.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from academic_workplace.language import Text
from academic_workplace.linear import Fit, least_squares
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.multilevel.classes import CLASSES_NOT_TOLD, Nested, nested_intercepts
from academic_workplace.multilevel.intercept import (
    ALIKE,
    ALL_ALIKE,
    MOST,
    NO_PAIRS,
    TOO_MANY_BLOCKS,
    Mixed,
    divided,
    nothing_between,
    random_intercept,
    sums_of,
)
from academic_workplace.multilevel.paces import (
    TOO_FEW_FOR_A_PACE,
    Paced,
    lost_by_school,
    pace_sums,
    random_pace,
)

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

OUTCOME = "score"


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """The scores of one wave. rows: (n,) which pupils; y: (n,); X: (n, k) with ``names``, the
    columns of this wave alone."""

    name: str
    rows: Codes
    y: Floats
    X: Floats
    names: tuple[str, ...]
    time: float | None = None  # when it was, for paces


@dataclass(frozen=True, slots=True)
class Pace:
    """How pupils differ in how fast they change.

    variance: of the pace, per unit of time, given what is in the model. correlation: of the pace
    with the level at time 0; None where either does not differ. boundary: a variance is 0, or the
    correlation 1 or -1.
    """

    variance: float
    correlation: float | None
    boundary: bool


@dataclass(frozen=True, slots=True)
class PupilsInClusters:
    """The variances of a model of measurements.

    tau2: between clusters; None where every pupil is a cluster. omega2: between pupils of one
    cluster; None where nobody has two scores. sigma2: between the scores of one pupil. scores,
    pupils, clusters: how many. whole: pupils with a score at every wave. pace: where pupils have
    one; omega2 is then at the mean moment of all scores.
    """

    tau2: float | None
    omega2: float | None
    sigma2: float
    scores: int
    pupils: int
    whole: int
    clusters: int
    pace: Pace | None = None

    @property
    def same_pupil(self) -> float:
        """The correlation of two scores of one pupil, given what is in the model."""
        between = (self.tau2 or 0.0) + (self.omega2 or 0.0)
        return between / (between + self.sigma2)

    @property
    def same_cluster(self) -> float:
        """The correlation of scores of two pupils of one cluster."""
        tau2 = self.tau2 or 0.0
        return tau2 / (tau2 + (self.omega2 or 0.0) + self.sigma2)


@dataclass(frozen=True, slots=True, eq=False)
class WaveModel:
    """A fitted model of measurements: ``fitted`` (or why there is none), and who is in it."""

    fitted: Nested | Mixed | Paced | Text
    fit: Fit
    scores: int
    pupils: int
    whole: int
    alone: bool  # every pupil is a cluster


def measurements(
    waves: Sequence[Wave], cluster: Codes, names: Sequence[str], *, reml: bool = True
) -> WaveModel:
    """Fit the model to the scores of all waves.

    cluster: (P,) the cluster of every pupil, in the codes of ``names``; pupils are numbered alike
    at every wave. With a time at every wave pupils differ in pace as well. reml: or maximum
    likelihood.

    Raises DataError, as ``least_squares``, where columns do not vary or follow from others.
    """
    pupil = np.concatenate([w.rows for w in waves])
    y = np.concatenate([w.y for w in waves])
    columns = _columns(waves, len(y))
    who, code = np.unique(pupil, return_inverse=True)
    origin, S = cross_products([*columns.values(), y], code, len(who))
    alike = ("",) * len(who)
    m = SampleMoments(
        OUTCOME, "", tuple(names[i] for i in cluster[who]), alike, alike,
        ("1", *columns, OUTCOME), origin, S, crossed=tuple(map(str, who.tolist())),
    )  # fmt: skip
    fit = least_squares(m.without_crossed(), tuple(columns), absorb=False)
    found: Nested | Mixed | Paced | Text
    if all(w.time is not None for w in waves):
        found = _paced(waves, m, fit, columns, y, code, reml=reml)
    else:
        found = nested_intercepts(m, fit, absorb=False, reml=reml)
    if found is CLASSES_NOT_TOLD:  # one level tells as much: of pupils, or of clusters
        found = random_intercept(m, fit, absorb=False, reml=reml)
    whole = int(np.sum(np.bincount(code) == len(waves)))
    return WaveModel(found, fit, len(y), len(who), whole, len(who) == len(fit.clusters))


def _paced(
    waves: Sequence[Wave], m: SampleMoments, fit: Fit, columns: dict[str, Floats], y: Floats,
    code: Codes, *, reml: bool,
) -> Paced | Text:  # fmt: skip
    """The model in which pupils differ in pace, or why it cannot be had."""
    if len(fit.beta) > MOST:
        return TOO_MANY_BLOCKS
    in_schools, between, school_ss = divided(sums_of(m, fit, absorb=False))
    if between == 0:
        return nothing_between(fit)
    if in_schools == 0 and len(fit.clusters) < len(m.clusters):
        return NO_PAIRS
    if in_schools > 0 and school_ss <= ALIKE * fit.total_ss:
        return ALL_ALIKE
    X = np.column_stack([columns[name] for name in fit.names])
    each = [len(w.y) for w in waves]
    time = np.repeat([float(w.time or 0) for w in waves], each)
    wave = np.repeat(np.arange(len(waves)), each)
    place = {name: i for i, name in enumerate(fit.clusters)}
    school = np.array([place[name] for name in m.clusters], dtype=np.intp)
    s = pace_sums(fit, X, y, time, code, wave, school)
    return TOO_FEW_FOR_A_PACE if s is None else random_pace(s, fit, reml=reml)


def _columns(waves: Sequence[Wave], n: int) -> dict[str, Floats]:
    """Every wave but the first, and every column of every wave, over all scores."""
    out: dict[str, Floats] = {}
    start = 0
    for i, w in enumerate(waves):
        stop = start + len(w.y)
        level = [(f"wave={w.name}", np.ones(len(w.y)))] if i else []
        for name, x in (*level, *zip(w.names, w.X.T, strict=True)):
            out.setdefault(name, np.zeros(n))[start:stop] = x
        start = stop
    return out


def described(model: WaveModel) -> PupilsInClusters | None:
    """The variances of a model; None where there is none."""
    f = model.fitted
    if isinstance(f, Text):
        return None
    pace, own = None, None
    if isinstance(f, Paced):
        own, pace = float(f.centred[0, 0]), _pace(f)
    else:
        own = f.omega2 if isinstance(f, Nested) else f.tau2 if model.alone else None
    tau2 = None if model.alone else f.tau2
    return PupilsInClusters(
        tau2, own, f.sigma2, model.scores, model.pupils, model.whole, len(model.fit.clusters), pace
    )


def _pace(f: Paced) -> Pace:
    spread = float(np.sqrt(f.D[0, 0] * f.D[1, 1]))
    together = float(np.clip(f.D[0, 1] / spread, -1, 1)) if spread > 0 else None
    return Pace(float(f.D[1, 1]), together, f.boundary)


def sandwich(model: WaveModel) -> Fit | None:
    """The same coefficients as a least-squares fit of what V^-1/2 leaves.

    Their variance can then be told from how clusters differ and not from the model:
    ``linear.variance`` and ``joint`` do the rest, with V as working model (Bell & McCaffrey, 2002,
    on the rows of V^-1/2 y; which root is taken does not matter).

    Of a cluster only B = Z'V^-1 Z and s = Z'V^-1 residuals are asked, in the axes of the model;
    ``along`` gives a contrast of the slopes in these. None where there is no model.
    """
    f, fit = model.fitted, model.fit
    if isinstance(f, Text):
        return None
    G, p = len(fit.clusters), len(f.delta)
    M = fit.Q @ (fit.h[:, :, None] * fit.Q.swapaxes(1, 2))
    t = (fit.Q @ fit.scores[:, :, None])[:, :, 0]
    lost = lost_by_school(f) if isinstance(f, Paced) else _lost(f, G, p)
    B = M - lost[:, :, :p]
    s = t - lost[:, :, p] - B @ f.delta
    L = np.linalg.inv(np.linalg.cholesky(B.sum(axis=0))).T
    h, Q = np.linalg.eigh(L.T @ B @ L)
    beta = f.delta.copy()
    beta[: len(fit.beta)] += np.linalg.solve(fit.L, fit.beta)
    return replace(
        fit,
        names=tuple(map(str, range(p))),
        beta=beta,
        L=L,
        h=np.clip(h, 0, 1),
        Q=Q,
        scores=((s @ L)[:, None] @ Q)[:, 0],
        block=np.zeros((G, 0), dtype=np.intp),
        mean_x=np.zeros(p),
    )


def _lost(f: Nested | Mixed, G: int, p: int) -> Floats:
    """(G, p, p + 1) what Z'Z and Z'residuals of every cluster lose in Z'V^-1 Z and the same."""
    own = np.zeros((G, p, p + 1))
    if isinstance(f, Nested):
        x = f.by_class.sums
        rc, rs = f.omega2 / f.sigma2, f.tau2 / f.sigma2
        d = 1 / (1 + rc * x.n)
        rows = np.column_stack([x.U, x.r, x.n])
        m = np.add.reduceat(rows * d[:, None], f.by_class.first, axis=0)
        root = np.sqrt(rc * d)[:, None] * rows[:, : p + 1]
        np.add.at(own, f.by_class.school, root[:, :p, None] * root[:, None, :])
    else:
        rs, m = f.tau2 / f.sigma2, np.column_stack([f.sums.U, f.sums.r, f.sums.n])
    w = rs / (1 + rs * m[:, p + 1])
    out: Floats = own + m[:, :p, None] * (w[:, None] * m[:, : p + 1])[:, None, :]
    return out


def along(fit: Fit, contrasts: Floats, p: int) -> Floats:
    """Contrasts of the slopes, (..., k), in the p axes of ``sandwich``."""
    out = np.zeros((*contrasts.shape[:-1], p))
    out[..., : fit.L.shape[1]] = contrasts @ fit.L
    return out
