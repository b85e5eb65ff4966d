"""Measurements of pupils in schools: a level of its own for every pupil, and for every school.

    y_it = alpha_t + beta_t arm + x' c_t + u_school + v_pupil + e_it,
    var(u) = tau2,  var(v) = omega2,  var(e) = sigma2

over every score that there is. A pupil who missed a wave stays in with the others: that is right
when whether a score is missing depends only on what was measured (Rubin, 1976, Biometrika 63;
Verbeke & Molenberghs, 2000, Linear Mixed Models for Longitudinal Data, ch. 21). The waves are the
fixed, and all columns are per wave: with every score there the differences between waves are then
those of least squares on the gains, whatever the variances. Pupils are to schools what classes are
in ``classes.py``, so a pupil is one set of sums, and nothing of N x N is ever made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academic_workplace.language import Text
from academic_workplace.linear import Fit, Joint, least_squares
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.multilevel.classes import CLASSES_NOT_TOLD, Nested, nested_intercepts
from academic_workplace.multilevel.intercept import (
    Fitted,
    Mixed,
    adjusted,
    degrees,
    random_intercept,
)
from academic_workplace.plan import Inference

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

OUTCOME = "score"


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """The scores of one wave. rows: (n,) which pupils; y: (n,); X: (n, k) with ``names``, the
    columns of this wave alone; block: (n,) labels of blocks within it ('' where there are none)."""

    name: str
    rows: Codes
    y: Floats
    X: Floats
    names: tuple[str, ...]
    block: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class PupilsInClusters:
    """The variances of a model of measurements.

    tau2: between clusters; None where every pupil is a cluster. omega2: between pupils of one
    cluster; None where nobody has two scores. sigma2: between the scores of one pupil. scores,
    pupils, clusters: how many. whole: pupils with a score at every wave.
    """

    tau2: float | None
    omega2: float | None
    sigma2: float
    scores: int
    pupils: int
    whole: int
    clusters: int

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

    fitted: Nested | Mixed | Text
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
    at every wave. reml: or maximum likelihood.

    Raises DataError, as ``least_squares``, where columns do not vary or follow from others.
    """
    pupil = np.concatenate([w.rows for w in waves])
    y = np.concatenate([w.y for w in waves])
    plain = all(label == "" for w in waves for label in set(w.block.tolist()))
    columns = _columns(waves, len(y), levels=plain)
    labels = np.concatenate([w.block if plain else _labels(w) for w in waves])
    blocks, block = np.unique(labels.astype(str), return_inverse=True)
    cells, code = np.unique(pupil * len(blocks) + block, return_inverse=True)
    origin, S = cross_products([*columns.values(), y], code, len(cells))
    who, b = np.divmod(cells, len(blocks))
    m = SampleMoments(
        OUTCOME, "", tuple(names[i] for i in cluster[who]), tuple(blocks[b].tolist()),
        ("",) * len(cells), ("1", *columns, OUTCOME), origin, S,
        crossed=tuple(map(str, who.tolist())),
    )  # fmt: skip
    fit = least_squares(m.without_crossed(), tuple(columns), absorb=not plain)
    found: Nested | Mixed | Text
    found = nested_intercepts(m, fit, absorb=not plain, reml=reml)
    if found is CLASSES_NOT_TOLD:  # one level tells as much: of pupils, or of clusters
        found = random_intercept(m, fit, absorb=not plain, reml=reml)
    each = np.bincount(pupil)
    pupils, whole = int(np.sum(each > 0)), int(np.sum(each == len(waves)))
    return WaveModel(found, fit, len(y), pupils, whole, pupils == len(fit.clusters))


def _labels(w: Wave) -> NDArray[np.object_]:
    """The block of every score within its wave."""
    return np.array([f"{label} | {w.name}" for label in w.block], dtype=object)


def _columns(waves: Sequence[Wave], n: int, *, levels: bool) -> dict[str, Floats]:
    """Every column of every wave over all scores, 0 at the others; levels: and the waves."""
    out: dict[str, Floats] = {}
    start = 0
    for i, w in enumerate(waves):
        stop = start + len(w.y)
        level = [(f"wave={w.name}", np.ones(len(w.y)))] if levels and i else []
        for name, x in (*level, *zip(w.names, w.X.T, strict=True)):
            out.setdefault(name, np.zeros(n))[start:stop] = x
        start = stop
    return out


def described(model: WaveModel) -> PupilsInClusters | None:
    """The variances of a model; None where there is none."""
    f = model.fitted
    if isinstance(f, Text):
        return None
    own = f.omega2 if isinstance(f, Nested) else f.tau2 if model.alone else None
    tau2 = None if model.alone else f.tau2
    return PupilsInClusters(
        tau2, own, f.sigma2, model.scores, model.pupils, model.whole, len(model.fit.clusters)
    )


def together(mixed: Fitted, contrasts: Floats, inference: Inference) -> Joint:
    """A test that several contrasts of the slopes are all 0. contrasts: (q, k).

    F = est' V^-1 est / q with V as ``contrast`` has it; degrees of freedom by Fai & Cornelius
    (1996, J. Stat. Comput. Simul. 54): along the axes of V each has its own nu, E = sum of nu /
    (nu - 2), and the second is 2 E / (E - q). NaN where these are too few.
    """
    q, k = contrasts.shape
    i = mixed.information
    own = np.zeros((q, len(mixed.delta)))
    own[:, :k] = contrasts @ mixed.fit.L
    V = own @ (adjusted(i) if inference is Inference.KENWARD_ROGER else i.Phi) @ own.T
    estimate = contrasts @ mixed.beta
    w, axes = np.linalg.eigh(V)
    if w[0] <= 1e-12 * w[-1]:
        return Joint(math.nan, q, math.nan)
    F = float(np.sum((axes.T @ estimate) ** 2 / w)) / q
    nu = [degrees(i, axis @ own, inference) for axis in axes.T]
    if q == 1:
        return Joint(F, 1, nu[0])
    E = math.fsum(v / (v - 2) for v in nu if v > 2)  # noqa: PLR2004  # where F has a mean
    return Joint(F, q, 2 * E / (E - q)) if E > q else Joint(math.nan, q, math.nan)
