"""One factor behind all items, by maximum likelihood: the loadings that omega is made of.

Own code because statsmodels' ``Factor`` leaves the uniquenesses without a lower bound: with a
Heywood case it runs into a negative variance's edge, warns that it did not converge, and gives a
loading above 1. The tests use it as a second opinion where it converges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST = 0.005  # the smallest unique variance of a standardised item, as in R's factanal
NEAR = 1e-6  # at the bound


def one_factor(R: Floats) -> tuple[Floats, Floats]:
    """Loadings (k,) and unique variances (k,) of one factor, of standardised items.

    R: (k, k) correlations, positive definite, k >= 3. Minimises over the unique variances psi the
    likelihood in which the loadings have been worked out (Joreskog, 1967, Psychometrika 32):
    f(psi) = sum over j >= 2 of theta_j - log(theta_j) - 1, with theta the eigenvalues of
    psi^-1/2 R psi^-1/2. The loadings point to the side of the most items.
    """
    from scipy.optimize import minimize

    k = len(R)

    def loadings(psi: Floats, theta: Floats, v: Floats) -> Floats:
        return np.asarray(np.sqrt(psi * max(theta[-1] - 1, 0.0)) * v[:, -1])

    def f(psi: Floats) -> tuple[float, Floats]:
        theta, v = np.linalg.eigh(R / np.sqrt(np.outer(psi, psi)))
        rest = theta[:-1]
        loading = loadings(psi, theta, v)
        slope = (loading**2 + psi - 1) / psi**2
        return float((rest - np.log(rest) - 1).sum()), slope

    start = np.clip((1 - 0.5 / k) / np.diag(np.linalg.inv(R)), LEAST, 1.0)
    found = minimize(
        f, start, jac=True, method="L-BFGS-B", bounds=[(LEAST, 1.0)] * k,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    )  # fmt: skip
    psi = np.asarray(found.x)
    loading = loadings(psi, *np.linalg.eigh(R / np.sqrt(np.outer(psi, psi))))
    return (-loading if loading.sum() < 0 else loading), psi


def is_heywood(psi: Floats) -> NDArray[np.bool_]:
    """(k,) the items of which the factor would explain everything: the model does not fit there."""
    return np.asarray(psi <= LEAST + NEAR)
