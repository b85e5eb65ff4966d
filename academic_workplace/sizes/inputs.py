"""What the sizes ask of the numbers they are given: every fault at once, by argument."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text

Floats = NDArray[np.float64]

HUGE = 1e50  # beyond this (or below 1 over it) squares and products are lost
MOST = 1e12  # pupils or clusters
CONSTANT = 1e-12  # a spread below this times the size of the numbers is rounding
LOOK = Text("Controleer dit getal.", "Check this number.")
MORE = Text("Neem meer leerlingen mee.", "Include more pupils.")
TEXT = Text("Hier staan niet alleen getallen.", "This holds more than numbers.")
NUMBERS_ONLY = Text("Geef alleen getallen.", "Give numbers only.")
COMPLETE = Text(
    "Laat die leerlingen bewust weg en meld dat, of vul de waarden aan.",
    "Leave those pupils out knowingly and report it, or complete the values.",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold of one number, and the words for when it does not."""

    holds: Callable[[float], bool]
    words: Text


NUMBER = Rule(
    lambda x: abs(x) <= HUGE,
    Text("Dit moet een gewoon getal zijn.", "This must be a number of an ordinary size."),
)
POSITIVE = Rule(
    lambda x: 1 / HUGE <= x <= HUGE,
    Text(
        "Dit moet een gewoon getal groter dan 0 zijn.",
        "This must be a number above 0, of an ordinary size.",
    ),
)
FREEDOM = Rule(
    lambda x: x > 1,
    Text(
        "Dit aantal vrijheidsgraden moet groter dan 1 zijn.",
        "These degrees of freedom must be above 1.",
    ),
)
CERTAINTY = Rule(
    lambda x: x >= 0.01,
    Text(
        "Dit aantal vrijheidsgraden moet minstens 0,01 zijn.",
        "These degrees of freedom must be at least 0.01.",
    ),
)
SHARE = Rule(
    lambda x: 0 <= x <= 1,
    Text("Dit moet tussen 0 en 1 liggen.", "This must lie between 0 and 1."),
)
INSIDE = Rule(
    lambda x: 1 / HUGE < x < 1,
    Text("Dit moet boven 0 en onder 1 liggen.", "This must lie above 0 and below 1."),
)
COVERAGE = Rule(
    lambda x: 0.5 <= x <= 0.9999,
    Text("Dit moet tussen 0,5 en 0,9999 liggen.", "This must lie between 0.5 and 0.9999."),
)
BELOW_ONE = Rule(
    lambda x: 0 <= x < 1,
    Text("Dit moet 0 of meer zijn, en onder 1.", "This must be 0 or more, and below 1."),
)
CORRELATION = Rule(
    lambda x: -1 <= x <= 1,
    Text("Een correlatie ligt tussen -1 en 1.", "A correlation lies between -1 and 1."),
)
NOT_NEGATIVE = Rule(
    lambda x: 0 <= x <= HUGE,
    Text("Dit mag niet onder 0 liggen.", "This must not lie below 0."),
)
ONE = Rule(
    lambda x: 1 <= x <= MOST,
    Text(
        "Dit moet minstens 1 zijn, en hoogstens een biljoen.",
        "This must be at least 1, and at most a million million.",
    ),
)
TWO = Rule(
    lambda x: 2 <= x <= MOST,
    Text(
        "Dit moet minstens 2 zijn, en hoogstens een biljoen.",
        "This must be at least 2, and at most a million million.",
    ),
)
THREE = Rule(
    lambda x: 3 <= x <= MOST,
    Text(
        "Dit moet minstens 3 zijn, en hoogstens een biljoen.",
        "This must be at least 3, and at most a million million.",
    ),
)
TESTABLE = Rule(
    lambda x: 3 <= x <= MOST,
    Text(
        "Dit moet minstens 3 zijn: met één cluster per groep is er geen toets.",
        "This must be at least 3: with one cluster per arm there is no test.",
    ),
)


Asked = tuple[str, object, Rule]  # the name of an argument, its value, what must hold of it


def require(*asked: Asked) -> None:
    """Raise DataError naming every argument that breaks its rule."""
    arrays({}, *asked)


def arrays(given: Mapping[str, ArrayLike], *asked: Asked, least: int = 2) -> list[Floats]:
    """Each argument of ``given`` as a flat array of numbers.

    Raises DataError naming every argument with text, with missing or infinite values (and how
    many), or with fewer than ``least``; and every number ``asked`` that breaks its rule.
    """
    found: list[Floats] = []
    faults: list[Fault] = []
    for name, values in given.items():
        try:
            array = np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()
        except (TypeError, ValueError, OverflowError):
            faults.append(Fault(TEXT, NUMBERS_ONLY, column=name))
            continue
        if np.any(np.abs(array[np.isfinite(array)]) > HUGE):
            faults.append(Fault(NUMBER.words, LOOK, column=name))
        absent = int((~np.isfinite(array)).sum())
        if absent:
            rule = Text(
                f"Hier ontbreken waarden: {absent} van {len(array)}.",
                f"Values are missing here: {absent} of {len(array)}.",
            )
            faults.append(Fault(rule, COMPLETE, column=name))
        if len(array) < least:
            rule = Text(
                f"Hier staan te weinig waarden: {len(array)}. Nodig: {least} of meer.",
                f"There are too few values here: {len(array)}. Needed: {least} or more.",
            )
            faults.append(Fault(rule, MORE, column=name))
        found.append(array)
    faults += [Fault(r.words, LOOK, column=name) for name, x, r in asked if not r.holds(_number(x))]
    if faults:
        raise DataError(faults)
    return found


def require_pairs(first: str, second: str, a: Floats, b: Floats) -> None:
    """Raise DataError when two measurements are not of the same pupils."""
    if len(a) != len(b):
        rule = Text(
            f"{first} heeft {len(a)} waarden en {second} heeft er {len(b)}.",
            f"{first} has {len(a)} values and {second} has {len(b)}.",
        )
        remedy = Text(
            "Geef beide metingen van dezelfde leerlingen, in dezelfde volgorde.",
            "Give both measurements of the same pupils, in the same order.",
        )
        raise DataError([Fault(rule, remedy, column=second)])


def require_spread(name: str, sd: float, size: float) -> None:
    """Raise DataError when there is no spread to divide by. size: of the numbers themselves."""
    if not sd > CONSTANT * abs(size):
        rule = Text(
            "Alle waarden zijn gelijk: er is geen spreiding om door te delen.",
            "All values are alike: there is no spread to divide by.",
        )
        remedy = Text("Gebruik het gewone verschil.", "Use the plain difference.")
        raise DataError([Fault(rule, remedy, column=name)])


def _number(value: object) -> float:
    """A real number of any kind; NaN, which breaks every rule, for all else."""
    try:
        return float(value) if isinstance(value, Real) else math.nan
    except OverflowError:
        return math.nan
