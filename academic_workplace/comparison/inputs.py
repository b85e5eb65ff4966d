"""What every comparison asks of its arrays, and what it says when they do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.language import Text
from academic_workplace.plan import Estimand as Estimand  # the plan's own, asked for here too

OF_WEIGHTS = (Estimand.ATT, Estimand.ATE, Estimand.ATO)  # what weights and matches can be made for
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]

COLLINEAR = 1e-10  # a pivot of the correlation matrix below this is no information
ROUNDING = 1e-12  # a spread below this times the size of the numbers is rounding


def option(given: str, allowed: Sequence[Estimand]) -> Estimand:
    """The estimand by its name. Raises PlanError when this way of comparing does not know it."""
    known = [member.value for member in allowed]
    if given in known:
        return Estimand(given)
    listed = ", ".join(known)
    rule = Text(
        f"Voor wie het effect geldt (‘{given}’) kan hier niet.",
        f"The estimand ‘{given}’ is not possible here.",
    )
    raise PlanError([
        Fault(rule, Text(f"Kies uit: {listed}.", f"Choose from: {listed}."), column="estimand")
    ])  # fmt: skip


def arms(treated: ArrayLike) -> Bools:
    """(n,) who took part, from booleans or zeros and ones. Raises DataError: other values, one arm.

    >>> arms([1, 0, 1]).tolist()
    [True, False, True]
    """
    given = np.asarray(treated)
    values = given.astype(float) if given.dtype.kind in "biuf" else np.full(given.shape, np.nan)
    wrong = ~np.isin(values, (0.0, 1.0))
    if given.ndim != 1 or wrong.any():
        rule = Text("Wie meedeed staat niet als 0 of 1.", "Who took part is not written as 0 or 1.")
        remedy = Text(
            "Geef één getal per leerling: 1 (deed mee) of 0.",
            "Give one number per pupil: 1 (took part) or 0.",
        )
        raise DataError([Fault(rule, remedy, count=int(wrong.sum()))])
    arm: Bools = values == 1
    if arm.all() or not arm.any():
        rule = Text(
            "Een van de twee groepen is leeg: iedereen deed mee of niemand.",
            "One of the two arms is empty: everyone took part, or nobody.",
        )
        remedy = Text(
            "Zoek ook leerlingen voor de andere groep.", "Find pupils for the other arm as well."
        )
        raise DataError([Fault(rule, remedy)])
    return arm


def numbers(given: ArrayLike, n: int, name: str) -> Floats:
    """(n,) finite numbers. Raises DataError."""
    values = np.asarray(given, dtype=float)
    _same_length(values.ndim == 1 and len(values) == n, name)
    _finite(values[:, None], (name,))
    return values


def matrix(X: ArrayLike, n: int, columns: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """(n, k) finite numbers and the k names of their columns (x1, x2 ... when not given)."""
    values = np.asarray(X, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    names = tuple(columns) or tuple(f"x{j}" for j in range(1, values.shape[1] + 1))
    _same_length(values.ndim == 2 and len(values) == n, "X")
    _same_length(values.shape[1] == len(names), "columns")
    _finite(values, names)
    return values, names


def labels(given: ArrayLike, n: int, name: str) -> Rows:
    """(n,) codes 0, 1, ... of labels, in their order. Raises DataError: other length, missing."""
    _same_length(np.ndim(given) == 1, name)
    values: pd.Series[Any] = pd.Series(given)  # NumPy would make text of a missing label
    _same_length(len(values) == n, name)
    codes: Rows = pd.factorize(values, sort=True)[0].astype(np.intp)
    if codes.min() < 0:
        raise DataError([_missing(name, int(np.sum(codes < 0)))])
    return codes


def standardised(X: Floats, names: Sequence[str], where: Text | None = None) -> tuple[Floats, ...]:
    """(X - mean) / sd, mean and sd. Raises DataError naming what does not vary or follows.

    where: of whom these rows are, when not of everyone.
    """
    at = where or Text("voor iedereen", "for everyone")
    mean, sd = X.mean(axis=0), X.std(axis=0)
    flat = sd <= ROUNDING * np.abs(X).max(axis=0, initial=0.0)
    if flat.any():
        rule = Text(f"Deze kolom is {at.nl} gelijk.", f"This column is the same {at.en}.")
        remedy = Text("Laat de kolom weg.", "Leave the column out.")
        raise DataError(
            [Fault(rule, remedy, column=names[j]) for j in np.flatnonzero(flat).tolist()]
        )
    Z: Floats = X - mean
    Z /= sd
    left = Z.T @ Z / len(Z)
    faults = []
    for j, name in enumerate(names):
        if left[j, j] < COLLINEAR:
            rule = Text(
                f"Deze kolom volgt {at.nl} uit de andere kolommen.",
                f"This column follows from the other columns {at.en}.",
            )
            faults.append(Fault(rule, Text("Laat de kolom weg.", "Leave it out."), column=name))
        else:
            left = left - np.outer(left[:, j], left[j]) / left[j, j]
    if faults:
        raise DataError(faults)
    return Z, mean, sd


def _same_length(fits: bool, name: str) -> None:
    if not fits:
        rule = Text(
            "Dit heeft een andere lengte dan de lijst van wie meedeed.",
            "This is not as long as the list of who took part.",
        )
        remedy = Text("Geef één waarde per leerling.", "Give one value per pupil.")
        raise DataError([Fault(rule, remedy, column=name)])


def _finite(values: Floats, names: Sequence[str]) -> None:
    faults = []
    for name, count in zip(names, (~np.isfinite(values)).sum(axis=0).tolist(), strict=True):
        if count:
            faults.append(_missing(name, count))
    if faults:
        raise DataError(faults)


def _missing(name: str, count: int) -> Fault:
    rule = Text(
        "Hier ontbreken waarden of staan oneindige getallen.",
        "Values are missing here, or infinite.",
    )
    remedy = Text(
        "Vul ze aan of laat deze leerlingen weg.", "Fill them in or leave these pupils out."
    )
    return Fault(rule, remedy, column=name, count=count)
