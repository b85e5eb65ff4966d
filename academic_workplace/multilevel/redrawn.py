"""A random intercept fitted again for every assignment of the clusters: arrays only.

    y = block + Z c + b T + u_cluster + error,   T one value per cluster

With M the residual maker of Z and blocks, and J the pupils of a cluster joined, MJM has the same
axes whatever T is: its values lam are those of diag(n) - U U' (G x G), and along them y is eta and
T is theta = sqrt(lam) Q'T. All that REML asks of T is then sums over these axes (Kang et al., 2008,
Genetics 178, for one random effect),

    -2 log = nu log(rest + sum w eta^2 - (sum w theta eta)^2 / sum w theta^2)
             + sum log(1 + rho lam) + log(sum w theta^2),   w = 1 / (1 + rho lam)

so that a thousand assignments are fitted side by side, whatever the number of pupils.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academic_workplace.multilevel.intercept import ALIKE, FREE, GRID, Sums

Floats = NDArray[np.float64]

FURTHER = np.array([1e4, 1e6, 1e8, 1 / ALIKE])  # of rho times the mean n, after ``GRID``
CLOSE = 1e-13  # of rho / (rho + 1 / mean n): when a search is done
STEPS = 60
SWEPT = 1e-9  # of T's own sum of squares: less than this is left by Z, so that it has no effect


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """What the model without T tells: q axes between clusters, in which its covariance is diagonal.

    lam: (q,) above 0. Q: (G, q). eta: (q,) of the outcome. rest: its sum of squares within
    clusters. left: pupils less columns, T included. n: (G,) and total: their sum of T's own.
    """

    lam: Floats
    Q: Floats
    eta: Floats
    rest: float
    left: int
    n: Floats
    mean: float


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """A fit by REML for each of R assignments. (R,) each; infinite where T is swept out by Z.

    estimate: b; se: of plain REML. rho: tau2 / sigma2. back: what an effect of 1 on the assignment
    there was would add to ``estimate`` at this rho.
    """

    estimate: Floats
    se: Floats
    rho: Floats
    sigma2: Floats
    back: Floats


def axes_of(s: Sums) -> Axes:
    """s: of the columns without T."""
    lam, Q = np.linalg.eigh(np.diag(s.n) - s.U @ s.U.T)
    told = lam > FREE * max(float(s.n.max()), float(lam.max()))
    lam, Q = lam[told], Q[:, told]
    eta = Q.T @ s.r / np.sqrt(lam)
    rest = max(s.residual_ss - float(eta @ eta), 0.0)
    return Axes(lam, Q, eta, rest, s.pupils - s.U.shape[1] - 1, s.n, float(s.n.mean()))


def refitted(x: Axes, T: Floats, was: Floats, effect: float = 0.0) -> Refits:
    """Fit the model to every assignment, of the outcome less ``effect`` times the one there was.

    T: (R, G); was: (G,) the assignment there was.
    """
    root = np.sqrt(x.lam)
    theta, own = (T @ x.Q) * root, (was @ x.Q) * root
    swept = np.sum(theta**2, axis=1) <= SWEPT * (T**2 @ x.n)
    theta[swept] = own
    y = _Search(x, theta, x.eta - effect * own)
    rho = y.best()
    w = 1 / (1 + rho[:, None] * x.lam)
    tt, ty, yy = _sums(w, theta, y.eta, x.rest)
    sigma2 = (yy - ty**2 / tt) / x.left
    none = np.where(swept, np.inf, 0.0)
    back = np.einsum("ri,ri,i->r", w, theta, own) / tt
    return Refits(ty / tt + none, np.sqrt(sigma2 / tt), rho, sigma2, np.where(swept, 0.0, back))


def _sums(w: Floats, theta: Floats, eta: Floats, rest: float) -> tuple[Floats, Floats, Floats]:
    """(R,) w-weighted sums of theta^2, theta eta and eta^2, the last with ``rest``."""
    wt = w * theta
    return np.einsum("ri,ri->r", wt, theta), wt @ eta, w @ eta**2 + rest


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """The lowest criterion of R assignments side by side."""

    x: Axes
    theta: Floats
    eta: Floats

    def value(self, rho: Floats, of: NDArray[np.intp]) -> Floats:
        """(K,) -2 log restricted likelihood, but for a constant. rho: (K,); of: (K,) whose."""
        x = self.x
        tt, ty, yy = _sums(1 / (1 + rho[:, None] * x.lam), self.theta[of], self.eta, x.rest)
        size = np.log1p(rho[:, None] * x.lam).sum(axis=1)
        out: Floats = x.left * np.log(yy - ty**2 / tt) + size + np.log(tt)
        return out

    def slope(self, rho: Floats, of: NDArray[np.intp] | slice) -> Floats:
        """(K,) its derivative by rho."""
        x, theta = self.x, self.theta[of]
        w = 1 / (1 + rho[:, None] * x.lam)
        lw = w * x.lam
        b = _sums(w, theta, self.eta, x.rest)
        tt, ty, yy = _sums(w * lw, theta, self.eta, 0.0)
        e = b[1] / b[0]
        out: Floats = lw.sum(axis=1) - tt / b[0]
        out -= x.left * (yy - 2 * e * ty + e**2 * tt) / (b[2] - e * b[1])
        return out

    def best(self) -> Floats:
        """(R,) rho, 0 included: every descent that turns is looked into, as for one assignment."""
        grid = np.append(GRID, FURTHER) / self.x.mean
        slopes = np.column_stack(
            [self.slope(np.full(len(self.theta), rho), slice(None)) for rho in grid]
        )
        row, at = np.nonzero((slopes[:, :-1] < 0) & (slopes[:, 1:] >= 0))
        found = self._zero(row, grid[at], grid[at + 1], slopes[row, at], slopes[row, at + 1])
        flat = np.ones(len(self.theta), dtype=bool)
        flat[row] = False
        edge = np.flatnonzero((slopes[:, 0] >= 0) | flat)
        row, found = np.append(row, edge), np.append(found, np.zeros(len(edge)))
        out = np.zeros(len(self.theta))
        if len(row) == len(out):  # one valley each
            out[row] = found
            return out
        order = np.lexsort((self.value(found, row), row))
        first = order[np.append(True, np.diff(row[order]) > 0)]
        out[row[first]] = found[first]
        return out

    def _zero(
        self, of: NDArray[np.intp], low: Floats, high: Floats, f: Floats, g: Floats
    ) -> Floats:
        """(K,) where slopes are 0 between low (f < 0) and high (g >= 0): false position (Illinois).

        In v = rho / (rho + 1 / mean n), in which the slope is nearly a line.
        """
        c = self.x.mean

        def back(v: Floats) -> Floats:
            return v / (c * (1 - v))

        a, b = (rho * c / (1 + rho * c) for rho in (low, high))
        f, g = f * (1 + low * c) ** 2, g * (1 + high * c) ** 2
        v = b
        for step in range(STEPS):
            with np.errstate(invalid="ignore", divide="ignore"):
                v = np.where(g == f, b, (a * g - b * f) / (g - f))
            v = np.where((v >= a) & (v <= b) & (step % 8 < 7), v, (a + b) / 2)
            h = self.slope(back(v), of) / (1 - v) ** 2
            less = h < 0
            moved = np.where(less, v - a, b - v)
            # the end that stays twice counts for half, so that the other comes near as well
            f, g = np.where(less, h, f / 2), np.where(less, g / 2, h)
            a, b = np.where(less, v, a), np.where(less, b, v)
            if np.all((moved <= CLOSE) | (b - a <= CLOSE) | (h == 0)):
                break
        return back(v)
