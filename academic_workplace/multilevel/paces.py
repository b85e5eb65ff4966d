"""Measurements of pupils in schools who each have a level, and a pace, of their own.

    y_it = alpha_t + beta_t arm + x' c_t + u_school + v0_pupil + v1_pupil t + e_it,
    var(u) = tau2,  cov(v0, v1) = D,  var(e) = sigma2

The model of ``waves.py`` with a slope over time that differs between pupils (Laird & Ware, 1982,
Biometrics 38). As there the columns are Z with Z'Z = I, and F = (Z, residuals). With W = (1, t) of
a pupil, D = sigma2 L L' and tau2 = sigma2 r,

    C = I - W B W',   B = L (I + L'K L)^-1 L',   K = W'W            (by pupil)
    V^-1 = C - w C1 1'C,   a = 1'C1,   w = r / (1 + r a)            (then by school)

Pupils who were there at the same waves share K and B: they are one pattern. Of a pattern the sum of
W'F F'W is enough, and of a school the sum of W'F of every pattern in it, so that a step of the
search never asks how many pupils there are. t is taken about its mean and over its spread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academic_workplace.language import Text
from academic_workplace.linear import Fit
from academic_workplace.multilevel.intercept import ALIKE, FREE, Information, information_of
from academic_workplace.multilevel.searching import CLOSER, FLAT, NOT_CONVERGED, NOTHING, polished
from academic_workplace.plan.choices import FEWEST_WAVES

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Codes = NDArray[np.intp]

STARTS = ((1.0, 0.0, 0.3), (0.5, 0.3, 0.1), (0.5, -0.3, 0.1))  # of L, over sqrt(n)
FAR = 1e4  # of L over sqrt(n), and of the root of r: no further
TINY, STEP = 1e-30, 1e-3  # of derivatives: the step beside the real line, and the one along it

TOO_FEW_FOR_A_PACE = Text(
    "Te weinig leerlingen zijn drie keer of vaker gemeten. Een eigen tempo per leerling is dan niet"
    " te onderscheiden van toeval. Haal de tijden van de meetmomenten (times) uit het plan.",
    "Too few pupils were measured three times or more. A pace of each pupil's own can then not be"
    " told from chance. Take the times of the waves (times) out of the plan.",
)
EXACT_LINES = Text(
    "De metingen van elke leerling liggen precies op één lijn in de tijd. Een multilevelmodel kan"
    " dan niet.",
    "The measurements of every pupil lie exactly on one line over time. So there can be no"
    " multilevel model.",
)


@dataclass(frozen=True, slots=True, eq=False)
class PaceSums:
    """What the model needs of N pupils, sorted by their S schools, in A patterns of waves.

    K: (A, 2, 2). times: (A,) pupils. FF: (A, 2, 2, q, q) the sum over pupils of W'F F'W, q = p + 1.
    f: (C, 2, q) the sum of W'F over the C cells of a school and a pattern; pattern, n: (C,) of a
    cell, and its pupils; first: (S,) the first cell of every school. own: (N, 2, q) W'F; of,
    school: (N,) the pattern and the school of a pupil. residual_ss, logdet, scores: as of ``Sums``.
    centre, scale: of t. alone: every pupil is a school, so that no tau2 is sought.
    """

    K: Floats
    times: Floats
    FF: Floats
    f: Floats
    pattern: Codes
    n: Floats
    first: Codes
    own: Floats
    of: Codes
    school: Codes
    residual_ss: float
    logdet: float
    scores: int
    centre: float
    scale: float
    alone: bool

    def by_school(self, cells: Floats) -> Floats:
        """(S, ...) the sum of (C, ...) over the cells of every school."""
        out: Floats = np.add.reduceat(cells, self.first, axis=0)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Paced:
    """A fitted model of levels and paces.

    fit, beta, delta, criterion, reml, information: as of ``Mixed``, the variances in the order
    sigma2, tau2 (where it is sought), D11, D12, D22. D: (2, 2) of the level at t = 0 and of the
    pace per unit of t. centred: (2, 2) the same with t about its mean. rank: of D.
    """

    fit: Fit
    sums: PaceSums
    beta: Floats
    delta: Floats
    tau2: float
    D: Floats
    centred: Floats
    rank: int
    sigma2: float
    criterion: float
    reml: bool
    information: Information

    @property
    def boundary(self) -> bool:
        """Whether pupils have no pace of their own, or one that follows from their level."""
        return self.rank < 2

    def at(self, t: float) -> Floats:
        """(2, 2) the covariance of the level at time t and the pace."""
        shift = np.array([[1.0, t], [0.0, 1.0]])
        out: Floats = shift @ self.D @ shift.T
        return out


def random_pace(s: PaceSums, fit: Fit, *, reml: bool = True) -> Paced | Text:
    """Fit the model to the sums of the columns of a least-squares fit; or say why it cannot be."""
    spare, left = _off_the_lines(s)
    if spare < 1:
        return TOO_FEW_FOR_A_PACE
    if left <= ALIKE * fit.total_ss:
        return EXACT_LINES
    x = _best(s, reml=reml)
    if x is None:
        return NOT_CONVERGED
    at = _profile(s, x)
    sigma2 = at.rss / _left(s, reml=reml)
    back = np.array([[1.0, -s.centre / s.scale], [0.0, 1 / s.scale]])
    mean = np.diag([1.0, 1 / s.scale])
    D, k = sigma2 * at.L @ at.L.T, len(fit.beta)
    return Paced(
        fit, s, fit.beta + fit.L @ at.delta[:k], at.delta, at.r * sigma2,
        back @ D @ back.T, mean @ D @ mean, int(x[0] != 0 or x[1] != 0) + int(x[2] != 0), sigma2,
        _value(s, at, reml=reml), reml, _information(s, at, sigma2),
    )  # fmt: skip


def pace_sums(
    fit: Fit, X: Floats, y: Floats, time: Floats, pupil: Codes, wave: Codes, school: Codes
) -> PaceSums | None:
    """The sums of N pupils; None where all scores are of one moment.

    X: (M, k) the columns of the fit; y, time: (M,) scores and when; pupil: (M,) whose, in 0 .. N -
    1; wave: (M,) the number of the wave. school: (N,) of every pupil, in the order of
    ``fit.clusters``.
    """
    start, span = float(time.min()), float(time.max()) - float(time.min())
    if not span > 0:
        return None
    t = (time - start) / span  # from 0 to 1 first: so no unit is too large or too small to square
    middle, spread = float(t.mean()), float(t.std())
    centre, scale = start + span * middle, span * spread
    residuals = y - fit.mean_y - (X - fit.mean_x) @ fit.beta
    level = np.full(len(y), 1 / math.sqrt(len(y)))
    F = np.column_stack([(X - fit.mean_x) @ fit.L, level, residuals])
    t = (t - middle) / spread
    rank = np.empty(len(school), dtype=np.intp)
    rank[np.argsort(school, kind="stable")] = np.arange(len(school))
    order = np.argsort(rank[pupil], kind="stable")
    starts = np.flatnonzero(np.diff(rank[pupil][order], prepend=-1))
    F, t = F[order], t[order]

    def total(v: Floats) -> Floats:
        out: Floats = np.add.reduceat(v, starts, axis=0)
        return out

    own = np.stack([total(F), total(F * t[:, None])], axis=1)
    n, t1, t2 = total(np.ones(len(t))), total(t), total(t * t)
    seen = np.zeros((len(starts), int(wave.max()) + 1), dtype=bool)
    seen[np.repeat(np.arange(len(starts)), n.astype(int)), wave[order]] = True
    _, one, of = np.unique(seen, axis=0, return_index=True, return_inverse=True)
    of, school, A = of.ravel(), np.sort(school), len(one)
    K = np.stack([n, t1, t1, t2], axis=1)[one].reshape(A, 2, 2)
    FF = np.stack([np.einsum("iaq,ibr->abqr", own[of == a], own[of == a], optimize=True)
                   for a in range(A)])  # fmt: skip
    used, cell, size = np.unique(school * A + of, return_inverse=True, return_counts=True)
    f = np.zeros((len(used), 2, F.shape[1]))
    np.add.at(f, cell, own)
    logdet = math.log(len(y)) - 2 * float(np.linalg.slogdet(fit.L)[1])
    return PaceSums(
        K, np.bincount(of).astype(float), FF, f, used % A, size.astype(float),
        np.flatnonzero(np.diff(used // A, prepend=-1)), own, of, school,
        float(residuals @ residuals), logdet, len(y), centre, scale,
        len(np.unique(school)) == len(school),
    )  # fmt: skip


def _off_the_lines(s: PaceSums) -> tuple[int, float]:
    """Degrees of freedom and residual squares where every pupil has a line of their own."""
    lost = np.tensordot(np.linalg.pinv(s.K, hermitian=True), s.FF, ([0, 1, 2], [0, 1, 2]))
    p = len(lost) - 1
    own, axes = np.linalg.eigh(np.eye(p) - lost[:p, :p])
    free = own > FREE
    b = axes[:, free].T @ lost[:p, p]
    lines = round(float(s.times @ np.minimum(s.K[:, 0, 0], FEWEST_WAVES - 1)))
    left = s.residual_ss - float(lost[p, p]) - float(np.sum(b**2 / own[free]))
    return s.scores - lines - int(free.sum()), left


# ---------------------------------------------------------------- the search


@dataclass(frozen=True, slots=True, eq=False)
class _Inverse:
    """V^-1 at one D and r, with sigma2 = 1, either of which may be complex.

    B, J: (A, 2, 2), J = I - K B; a, w: (S,); m: (S, q) = 1'C F. logdet: log |V|. lost: (q, q), what
    F'F loses in F'V^-1 F.
    """

    B: Floats
    J: Floats
    a: Floats
    w: Floats
    m: Floats
    logdet: float
    lost: Floats


def _inverse(s: PaceSums, D: Floats, r: float) -> _Inverse:
    core = np.eye(2) + s.K @ D
    B = D @ np.linalg.inv(core)
    J = np.eye(2) - s.K @ B
    m = s.by_school(np.einsum("ca,caq->cq", J[s.pattern, 0], s.f))
    a = s.by_school(s.n * (J @ s.K)[s.pattern, 0, 0])
    w = r / (1 + r * a)
    logdet = s.times @ np.log(np.linalg.det(core)) + np.log(1 + r * a).sum()
    lost = np.tensordot(B, s.FF, ([0, 1, 2], [0, 1, 2])) + m.T @ (m * w[:, None])
    return _Inverse(B, J, a, w, m, logdet, lost)


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The model at one L and r, with sigma2 = 1. inverse: (p, p) of Z'V^-1 Z."""

    L: Floats
    r: float
    V: _Inverse
    inverse: Floats
    logdet: float
    delta: Floats
    rss: float


def _profile(s: PaceSums, x: Floats) -> _Profile:
    """x: (4,) L11, L21, L22 and the root of r."""
    L, r = np.array([[x[0], 0.0], [x[1], x[2]]]), float(x[3] ** 2)
    V, p = _inverse(s, L @ L.T, r), s.f.shape[2] - 1
    half = np.linalg.inv(np.linalg.cholesky(np.eye(p) - V.lost[:p, :p]))
    t = half @ -V.lost[:p, p]
    return _Profile(
        L, r, V, half.T @ half, -2 * float(np.log(np.diag(half)).sum()), half.T @ t,
        s.residual_ss - float(V.lost[p, p]) - float(t @ t),
    )  # fmt: skip


def _left(s: PaceSums, *, reml: bool) -> int:
    return s.scores - (s.f.shape[2] - 1) if reml else s.scores


def _value(s: PaceSums, at: _Profile, *, reml: bool) -> float:
    nu = _left(s, reml=reml)
    value = nu * (1 + math.log(2 * math.pi * at.rss / nu)) + float(at.V.logdet)
    return value + (at.logdet + s.logdet if reml else 0.0)


def criterion(s: PaceSums, x: Floats, *, reml: bool) -> float:
    """-2 log (restricted) likelihood with b and sigma2 at their best; x: L11, L21, L22, sqrt r."""
    return _value(s, _profile(s, x), reml=reml)


def slope(s: PaceSums, x: Floats, *, reml: bool) -> Floats:
    """(4,) the derivatives of ``criterion`` by L11, L21, L22 and the root of r."""
    return _slope(s, _profile(s, x), reml=reml)


def _slope(s: PaceSums, at: _Profile, *, reml: bool) -> Floats:
    """Of D: W'V^-1 F = J W'F - w u m of its school, with u = W'C1, added up over patterns."""
    p, precision, V = s.f.shape[2] - 1, _left(s, reml=reml) / at.rss, at.V
    JK = V.J @ s.K
    u, Jf = JK[s.pattern, :, 0], V.J[s.pattern] @ s.f
    spread = s.by_school(s.n[:, None, None] * u[:, :, None] * u[:, None, :])
    wm = V.w[:, None] * V.m
    q, S = p + 1, len(V.w)
    mixed = s.by_school(Jf[:, :, None, :] * u[:, None, :, None]).reshape(S, -1)
    crossed = (mixed.T @ wm).reshape(2, 2, q, q)
    JJ = np.einsum("pac,pbd->abpcd", V.J, V.J).reshape(4, -1)
    YY = JJ @ s.FF.reshape(-1, q * q)
    YY += spread.reshape(S, -1).T @ (wm[:, :, None] * wm[:, None, :]).reshape(S, -1)
    YY = YY.reshape(2, 2, q, q) - crossed - crossed.transpose(1, 0, 3, 2)
    e = np.append(-at.delta, 1.0)
    by_D = np.tensordot(s.times, JK, 1) - np.tensordot(V.w, spread, 1) - precision * (YY @ e @ e)
    D = 1 / (1 + at.r * V.a)
    MM = V.m.T @ (V.m * (D**2)[:, None])
    by_r = float(V.a @ D) - precision * float(e @ MM @ e)
    if reml:
        by_D -= np.tensordot(YY[:, :, :p, :p], at.inverse, 2)
        by_r -= float(np.sum(at.inverse * MM[:p, :p]))
    by_L = (by_D + by_D.T) @ at.L
    return np.array([by_L[0, 0], by_L[1, 0], by_L[1, 1], 2 * math.sqrt(at.r) * by_r])


def _best(s: PaceSums, *, reml: bool) -> Floats | None:
    """Where the criterion is lowest, over every rank of D, with schools that differ and without.

    Fewer variances where they do as well; None when no search settled.
    """
    near = math.sqrt(len(s.own) / s.scores)
    far = math.sqrt(len(s.first) / s.scores)
    best = np.zeros(4)
    for rank in (0, 1, 2):
        for root in (0.0,) if s.alone else (0.0, far):
            free = np.array([rank > 0, rank > 0, rank > 1, root > 0])
            if not free.any():
                continue
            some = STARTS if rank else STARTS[:1]
            starts = [np.array([*(near * np.array(L)), root]) * free for L in some]
            starts.append(np.where(free & (best == 0), 0.1 * np.array([near, 0, near, far]), best))
            found = min((_descend(s, x, free, reml=reml) for x in starts),
                        key=lambda x: criterion(s, x, reml=reml))  # fmt: skip
            if criterion(s, found, reml=reml) < criterion(s, best, reml=reml) - CLOSER:
                best = found
    kept = best != 0
    if kept.any():

        def gradient(some: Floats) -> Floats:
            out: Floats = slope(s, _among(some, kept), reml=reml)[kept]
            return out

        moved = _among(polished(gradient, best[kept]), kept)
        if criterion(s, moved, reml=reml) <= criterion(s, best, reml=reml) + CLOSER:
            best = moved
    size = max(1.0, abs(criterion(s, best, reml=reml)))
    steep = np.abs(slope(s, best, reml=reml) * best)
    return best if steep.max() < FLAT * size else None


def _among(some: Floats, free: NDArray[np.bool_]) -> Floats:
    """(4,) what is free, and 0 for the rest."""
    x = np.zeros(4)
    x[free] = some
    return x


def _descend(s: PaceSums, start: Floats, free: NDArray[np.bool_], *, reml: bool) -> Floats:
    """A valley from a start, over those that are free; the rest is 0."""
    from scipy.optimize import minimize

    def both(some: Floats) -> tuple[float, Floats]:
        at = _profile(s, _among(some, free))
        return _value(s, at, reml=reml), _slope(s, at, reml=reml)[free]

    units = np.array([len(s.own)] * 3 + [len(s.first)])
    far = FAR * np.sqrt(units / s.scores)
    bounds = [(-far[i] if i == 1 else 0, far[i]) for i in np.flatnonzero(free)]
    found = minimize(both, start[free], jac=True, method="L-BFGS-B", bounds=bounds,
                     options={"ftol": 1e-15, "gtol": 1e-7, "maxiter": 200})  # fmt: skip
    x = _among(found.x, free)
    x[x**2 * s.scores / units < NOTHING] = 0
    return x


# ---------------------------------------------------------------- how sure


def _information(s: PaceSums, at: _Profile, sigma2: float) -> Information:
    """Of theta = (sigma2, tau2, D11, D12, D22), by derivatives of M = F'V^-1 F and of log |V|.

    d M / d i = -F'V^-1 G_i V^-1 F, and d^2 M / d i d j is the sum of F'V^-1 G_i V^-1 G_j V^-1 F and
    its transpose; d^2 log |V| / d i d j = -tr V^-1 G_i V^-1 G_j. One step is taken beside the real
    line, which loses no digits (Squire & Trapp, 1998, SIAM Rev. 40), the other along it, by four
    points.
    """
    D, p = at.L @ at.L.T, s.f.shape[2] - 1
    theta = np.array([1.0, at.r, D[0, 0], D[0, 1], D[1, 1]])
    size = np.array([1.0, 1 / at.V.a.max(), *(1 / s.K.max(axis=0)[[0, 0, 1], [0, 1, 1]].clip(1))])
    sought = np.array([0, 2, 3, 4] if s.alone else [0, 1, 2, 3, 4])
    A = np.eye(p + 1)
    A[:p, p] = -at.delta  # F is told about the coefficients of the model

    def by(x: Floats, i: int) -> tuple[Floats, float]:
        beside: Complexes = x.astype(complex)
        beside[i] += TINY * 1j
        M, logdet = _whole(s, beside)
        return A.T @ (M.imag / TINY) @ A, float(logdet.imag / TINY)

    first = -np.stack([by(theta, i)[0] for i in sought])
    second, K = np.empty((len(sought), *first.shape)), np.empty((len(sought), len(sought)))
    for j, along in enumerate(sought):
        h = np.zeros(5)
        h[along] = STEP * size[along]
        for i, beside in enumerate(sought):
            near, far = ([by(theta + k * c * h, beside) for k in (1, -1)] for c in (1, 2))
            dM, dK = (
                (8 * (near[0][z] - near[1][z]) - (far[0][z] - far[1][z])) / (12 * h[along])
                for z in (0, 1)
            )
            second[i, j], K[i, j] = np.asarray(dM) / 2, -dK
    edge = bool(np.linalg.det(at.L) == 0) or (at.r == 0 and not s.alone)
    return information_of(first, second, K, at.inverse, sigma2, edge=edge)


def _whole(s: PaceSums, theta: Complexes) -> tuple[Complexes, complex]:
    """F'V^-1 F and log |V| at (sigma2, tau2, D11, D12, D22), which may be complex."""
    V = _inverse(s, theta[[2, 3, 3, 4]].reshape(2, 2) / theta[0], theta[1] / theta[0])
    M = np.diag(np.append(np.ones(len(V.lost) - 1), s.residual_ss)) - V.lost
    return M / theta[0], complex(s.scores * np.log(theta[0]) + V.logdet)


def lost_by_school(fitted: Paced) -> Floats:
    """(S, p, q) what Z'F of every school loses in Z'V^-1 F: f'B f over its pupils, and w m m'."""
    s, forth = fitted.sums, np.diag([1.0, fitted.sums.scale])
    p = s.own.shape[2] - 1
    V = _inverse(s, forth @ fitted.centred @ forth / fitted.sigma2, fitted.tau2 / fitted.sigma2)
    Bf = V.B[s.of] @ s.own
    start = np.flatnonzero(np.diff(s.school, prepend=-1))[1:]
    pairs = zip(np.split(s.own[:, :, :p], start), np.split(Bf, start), strict=True)
    lost = np.stack([_joined(Z, BF) for Z, BF in pairs])
    out: Floats = lost + V.m[:, :p, None] * (V.w[:, None] * V.m)[:, None, :]
    return out


def _joined(a: Floats, b: Floats) -> Floats:
    """(p, q) the sum over pupils of a'b. a: (n, 2, p); b: (n, 2, q)."""
    out: Floats = a.reshape(-1, a.shape[2]).T @ b.reshape(-1, b.shape[2])
    return out
