"""Logistic, Poisson and negative binomial regression by maximum likelihood.

    g(mu_i) = offset_i + x_i'b,   var(y_i) = V(mu_i)

    logistic            g = logit    V = mu (1 - mu)
    Poisson             g = log      V = mu
    negative binomial   g = log      V = mu + alpha mu^2   (NB2: Cameron & Trivedi, 2013, 3.3.1)

Newton's steps are those of Fisher's scoring (McCullagh & Nelder, 1989, 2.5), halved where the
likelihood would fall, until a step changes nothing that a number can hold. alpha is the value of
largest likelihood too: b and alpha take turns, for their information is block-diagonal (Lawless,
1987, Can. J. Stat. 15). Where the likelihood falls from alpha = 0 on, alpha is 0 and the model is
Poisson; ``Glm.boundary`` says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import special

from academic_workplace.glm.existence import Separation, separation

Floats = NDArray[np.float64]

MOST_STEPS = 100
MOST_TURNS = 200
ENOUGH = 1e-11  # of a standard error: a step of less changes no number
FAR = 12.0  # of a linear predictor: only then it is asked whether it would go on to infinity
HALVINGS = 30


class Family(StrEnum):
    """What is assumed of an outcome, given its mean."""

    LOGISTIC = "logistic"
    POISSON = "Poisson"
    NEGATIVE_BINOMIAL = "negative binomial"


@dataclass(frozen=True, slots=True, eq=False)
class Glm:
    """A fit by maximum likelihood.

    beta: (k,), of the columns of X as given, the constant first. Z: (n, k) the same columns about
    their means and in their own spread, Z = X T. M: (k, k) the inverse information in these axes.
    eta, mu: (n,) linear predictor (with its offset) and mean. d, V: (n,) dmu/deta and the variance.
    alpha: of the negative binomial, 0 otherwise. boundary: whether alpha came out at 0.
    """

    family: Family
    beta: Floats
    T: Floats
    Z: Floats
    M: Floats
    y: Floats
    offset: Floats
    eta: Floats
    mu: Floats
    d: Floats
    V: Floats
    alpha: float
    loglik: float
    converged: bool
    boundary: bool
    steps: int


def logistic(X: Floats, y: Floats) -> Glm | Separation:
    """y: (n,) of 0 and 1. X: (n, k) of full rank, the first column constant.

    Returns what separates where there is no maximum.
    """
    return _fit(Family.LOGISTIC, X, y, np.zeros(len(y)))


def poisson(X: Floats, y: Floats, offset: Floats | None = None) -> Glm | Separation:
    """y: (n,) counts. X: (n, k) of full rank, the first column constant. offset: (n,), of eta."""
    return _fit(Family.POISSON, X, y, np.zeros(len(y)) if offset is None else offset)


def negative_binomial(X: Floats, y: Floats, offset: Floats | None = None) -> Glm | Separation:
    """The same with a variance mu + alpha mu^2, alpha by maximum likelihood."""
    found = poisson(X, y, offset)
    if isinstance(found, Separation):
        return found
    counts = _Counts(y)
    if np.sum((y - found.mu) ** 2 - y) <= 0:  # twice the slope of the likelihood at alpha = 0
        return _as(found, Family.NEGATIVE_BINOMIAL, 0.0, found.loglik, found.steps, True)
    surplus = np.sum((y - found.mu) ** 2 - found.mu) / np.sum(found.mu**2)
    alpha, before, gamma = max(float(surplus), 1e-3), -math.inf, found.beta
    for turn in range(1, MOST_TURNS + 1):
        fitted = _climb(Family.NEGATIVE_BINOMIAL, found, gamma, alpha)
        gamma, mu = fitted.beta, fitted.mu
        new = _dispersion(counts, mu, alpha)
        loglik = counts.loglik(mu, new)
        still = abs(new - alpha) <= ENOUGH * alpha and fitted.converged
        alpha = new
        if still or (abs(loglik - before) <= 1e-15 * abs(loglik) and turn > 2):
            last = _climb(Family.NEGATIVE_BINOMIAL, found, gamma, alpha)
            return _as(last, Family.NEGATIVE_BINOMIAL, alpha, loglik, turn, last.converged)
        before = loglik
    return _as(fitted, Family.NEGATIVE_BINOMIAL, alpha, loglik, MOST_TURNS, False)


def standardised(fit: Glm, columns: Mapping[int, float]) -> tuple[float, Floats]:
    """The mean over everybody if some columns had one value for all, and its gradient.

    columns: place in X -> the value everybody gets. Returns the mean of mu and (k,) its derivative
    with respect to beta. What else is known of pupils stays as it is (g-computation: Robins, 1986).
    """
    S = np.linalg.inv(fit.T)
    X = fit.Z @ S
    for at, value in columns.items():
        X[:, at] = value
    mu, d, _ = _means(fit.family, fit.offset + X @ fit.beta, fit.alpha)
    return float(mu.mean()), d @ X / len(X)


# ---------------------------------------------------------------- the climb


def _fit(family: Family, X: Floats, y: Floats, offset: Floats) -> Glm | Separation:
    mean, T = X.mean(axis=0), np.eye(X.shape[1])
    spread = X.std(axis=0)
    T[1:, 1:] = np.diag(1 / spread[1:])
    T[0, 1:] = -mean[1:] / spread[1:] / X[0, 0]
    Z = X @ T
    nothing = np.zeros(len(y))
    start = Glm(
        family, np.zeros(X.shape[1]), T, Z, T, y, offset, nothing, nothing, nothing, nothing, 0.0,
        math.nan, False, False, 0,
    )  # fmt: skip
    rate = float(y.sum() / np.exp(offset).sum()) if family is not Family.LOGISTIC else y.mean()
    if rate in ((0.0, 1.0) if family is Family.LOGISTIC else (0.0,)):
        return Separation((0,), alone=True)
    gamma = np.zeros(X.shape[1])
    gamma[0] = (special.logit(rate) if family is Family.LOGISTIC else math.log(rate)) / X[0, 0]
    found = _climb(family, start, T @ gamma, 0.0)
    if not found.converged or np.abs(found.eta - offset).max() > FAR:
        apart = separation(Z, y, binary=family is Family.LOGISTIC)
        if apart is not None:
            return apart
    return found


def _climb(family: Family, start: Glm, beta: Floats, alpha: float) -> Glm:
    """Fisher scoring from beta on, for a given alpha."""
    Z, y, T = start.Z, start.y, start.T
    gamma = np.linalg.solve(T, beta)
    eta = start.offset + Z @ gamma
    loglik = _loglik(family, y, eta, alpha)
    converged, steps = False, 0
    while steps < MOST_STEPS:
        steps += 1
        mu, d, V = _means(family, eta, alpha)
        score = Z.T @ ((y - mu) * (d / V))
        information = (Z * (d**2 / V)[:, None]).T @ Z
        try:
            move = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:  # on its way to infinity
            break
        if score @ move <= ENOUGH**2:
            converged = True
            break
        for _ in range(HALVINGS):
            new_eta = start.offset + Z @ (gamma + move)
            new = _loglik(family, y, new_eta, alpha)
            if new >= loglik - 1e-14 * abs(loglik):
                break
            move /= 2
        else:
            break
        gamma, eta, loglik = gamma + move, new_eta, new
    mu, d, V = _means(family, eta, alpha)
    M = np.linalg.pinv((Z * (d**2 / V)[:, None]).T @ Z, hermitian=True).astype(float)
    return Glm(
        family, T @ gamma, T, Z, M, y, start.offset, eta, mu, d, V, alpha, loglik, converged, False,
        steps,
    )  # fmt: skip


def _means(family: Family, eta: Floats, alpha: float) -> tuple[Floats, Floats, Floats]:
    """mu, dmu/deta and V."""
    if family is Family.LOGISTIC:
        mu = special.expit(eta)
        V = np.maximum(mu * special.expit(-eta), np.finfo(float).tiny)
        return mu, V, V
    mu = np.exp(np.clip(eta, -700, 700))
    return mu, mu, mu + alpha * mu**2


def _loglik(family: Family, y: Floats, eta: Floats, alpha: float) -> float:
    """Without what does not depend on eta."""
    if family is Family.LOGISTIC:
        return float(-np.sum(np.logaddexp(0, np.where(y > 0, -eta, eta))))
    mu = np.exp(np.clip(eta, -700, 700))
    if alpha == 0:
        return float(y @ eta - mu.sum())
    return float(y @ eta - (y + 1 / alpha) @ np.log1p(alpha * mu))


# ---------------------------------------------------------------- the dispersion


class _Counts:
    """Counts, with what the likelihood needs of them: sums over j < y, once for every value."""

    def __init__(self, y: Floats) -> None:
        self.y = y
        self.at = y.astype(np.intp)
        self.j = np.arange(self.at.max(), dtype=float)
        self.constant = float(special.gammaln(y + 1).sum())

    def _total(self, terms: Floats) -> float:
        return float(np.concatenate([[0.0], np.cumsum(terms)])[self.at].sum())

    def loglik(self, mu: Floats, alpha: float) -> float:
        """The whole log likelihood, also for alpha = 0."""
        if alpha == 0:
            return float(special.xlogy(self.y, mu).sum() - mu.sum()) - self.constant
        rising = self._total(np.log1p(alpha * self.j))
        falling = float((self.y + 1 / alpha) @ np.log1p(alpha * mu))
        return rising + float(special.xlogy(self.y, mu).sum()) - falling - self.constant

    def slope(self, mu: Floats, alpha: float) -> float:
        """Its derivative with respect to alpha."""
        inside = np.log1p(alpha * mu) / alpha**2 - (self.y + 1 / alpha) * mu / (1 + alpha * mu)
        return self._total(self.j / (1 + alpha * self.j)) + float(inside.sum())


def _dispersion(counts: _Counts, mu: Floats, alpha: float) -> float:
    """The alpha at which the likelihood no longer rises, on the scale of its logarithm."""
    from scipy.optimize import brentq

    low = high = math.log(alpha)
    while counts.slope(mu, math.exp(low)) < 0 and low > math.log(1e-9):
        low -= 1
    while counts.slope(mu, math.exp(high)) > 0 and high < math.log(1e9):
        high += 1
    if low == high:
        return alpha
    if counts.slope(mu, math.exp(low)) < 0 or counts.slope(mu, math.exp(high)) > 0:
        return math.exp(low if low < 0 else high)
    return math.exp(brentq(lambda x: counts.slope(mu, math.exp(x)), low, high, xtol=1e-14))


def _as(fit: Glm, family: Family, alpha: float, loglik: float, steps: int, converged: bool) -> Glm:
    """The same fit with its whole likelihood."""
    boundary = family is Family.NEGATIVE_BINOMIAL and alpha == 0
    whole = _Counts(fit.y).loglik(fit.mu, 0.0) if boundary else loglik
    return Glm(
        family, fit.beta, fit.T, fit.Z, fit.M, fit.y, fit.offset, fit.eta, fit.mu, fit.d, fit.V,
        alpha, whole, converged, boundary, steps,
    )  # fmt: skip
