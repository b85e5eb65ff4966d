"""A standardised effect in other words. All of these take the outcome as normal, with one spread.

``g`` may be a number or a ``Size``; a Size brings its interval along.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from scipy import special

from academic_workplace.errors import DataError, Fault, PlanError, chosen_of
from academic_workplace.language import Text
from academic_workplace.sizes.inputs import NUMBER, require
from academic_workplace.sizes.size import Size, Unit

AS_G = "as the effect it was made from"

NORMAL = Text(
    "Dit gaat uit van een normale verdeling met in beide groepen dezelfde spreiding.",
    "This assumes a normal distribution with the same spread in both arms.",
)
MONTHS_CAVEAT = Text(
    "De omrekening naar maanden hoort bij leerprestaties van Engelse leerlingen van 5 tot 7 jaar."
    " Voor oudere leerlingen kan de uitkomst te laag zijn.",
    "The conversion to months corresponds to progress in Key Stage 1 (ages 5 to 7, England)."
    " For older pupils it may understate the effect.",
)
BEYOND = Text(
    " De tabel stopt bij een effect van 1: het kunnen meer dan 12 maanden zijn.",
    " The table ends at an effect of 1: it may be more than 12 months.",
)
# Education Endowment Foundation, Teaching and Learning Toolkit: the smallest effect of 1, 2, ...
# 12 months. The table has steps of 0.01; an effect in between belongs to the nearest step.
MONTHS = (0.02, 0.10, 0.19, 0.27, 0.36, 0.45, 0.53, 0.62, 0.70, 0.79, 0.88, 0.96)
STEP = 0.01
MONTHS_END = 1.00


class Outcome(StrEnum):
    """What an outcome is about."""

    ATTAINMENT = "attainment"  # tests of school subjects
    OTHER = "other"  # life skills, well-being, attendance, ...


def improvement_index(g: float | Size) -> Size:
    """By how many percentile points the average pupil of the comparison would rise.

    100 (Phi(g) - 1/2), between -50 and 50 (What Works Clearinghouse).

    Raises DataError when g is no number.

    >>> round(improvement_index(0.25).value, 2)
    9.87
    """
    return _translated(
        g, lambda x: 100 * (_phi(x) - 0.5), lambda x: 100 * _density(x),
        "improvement index", Unit.POINTS,
    )  # fmt: skip


def above_average(g: float) -> float:
    """Cohen's U3 as a plain number: see ``u3``. Raises DataError when g is no number.

    >>> round(above_average(0.21), 2)
    0.58
    """
    require(("g", g, NUMBER))
    return _phi(g)


def u3(g: float | Size) -> Size:
    """Cohen's U3: the share of the treated that lies above the mean of the comparison, Phi(g).

    Cohen (1977). Raises DataError when g is no number.
    """
    return _translated(g, _phi, _density, "Cohen's U3", Unit.SHARE)


def superiority(g: float | Size) -> Size:
    """The chance that a treated pupil scores higher than one of the comparison, Phi(g/root 2).

    McGraw & Wong (1992). From the pupils themselves: ``superiority_by_ranks``.

    Raises DataError when g is no number.

    >>> round(superiority(0.5).value, 4)
    0.6382
    """
    root = math.sqrt(2)
    return _translated(
        g, lambda x: _phi(x / root), lambda x: _density(x / root) / root,
        "probability of superiority", Unit.SHARE,
    )  # fmt: skip


def overlap(g: float | Size) -> Size:
    """The share that the distributions of both arms have in common, 2 Phi(-|g|/2).

    Bradley (1985). Raises DataError when g is no number.

    >>> round(overlap(0.5).value, 4)
    0.8026
    """
    found = _translated(
        g, lambda x: 2 * _phi(-abs(x) / 2), lambda x: -math.copysign(_density(x / 2), x),
        "overlap", Unit.SHARE,
    )  # fmt: skip
    if isinstance(g, Size) and g.low is not None and g.high is not None and g.low < 0 < g.high:
        return replace(found, high=1.0)  # no difference lies within the interval
    return found


def months_of_progress(g: float | Size, *, outcome: Outcome | str) -> Size:
    """Months of progress in the table of the EEF toolkit, for attainment only.

    outcome: what the effect is about. The result carries the caveat that has to be shown with it.

    Raises PlanError for another outcome than attainment, for which the table has no ground;
    DataError when g is no number.

    >>> months_of_progress(0.21, outcome="attainment").value
    3.0
    """
    if chosen_of(Outcome, outcome, "outcome") is not Outcome.ATTAINMENT:
        rule = Text(
            "Omrekenen naar maanden kan alleen bij leerprestaties. " + MONTHS_CAVEAT.nl,
            "Only attainment can be converted to months. " + MONTHS_CAVEAT.en,
        )
        remedy = Text(
            "Toon het effect in standaarddeviaties of als aandeel leerlingen (u3).",
            "Show the effect in standard deviations or as a share of pupils (u3).",
        )
        raise PlanError([Fault(rule, remedy, column="outcome")])
    found = _translated(g, _months, None, "months of progress", Unit.MONTHS)
    beyond = abs(float(g)) > MONTHS_END + STEP / 2
    words = Text(MONTHS_CAVEAT.nl + BEYOND.nl, MONTHS_CAVEAT.en + BEYOND.en)
    return replace(found, caveat=words if beyond else MONTHS_CAVEAT)


def _months(g: float) -> float:
    months = bisect_right([least - STEP / 2 for least in MONTHS], abs(g))
    return math.copysign(months, g) if months else 0.0


def _phi(x: float) -> float:
    return float(special.ndtr(x))


def _density(x: float) -> float:
    return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def _translated(
    g: float | Size,
    f: Callable[[float], float],
    slope: Callable[[float], float] | None,
    name: str,
    unit: Unit,
) -> Size:
    """f of an effect and of its limits; the standard error by the slope (delta method)."""
    if not isinstance(g, Size):
        require(("g", g, NUMBER))
        return Size(f(float(g)), None, None, None, AS_G, AS_G, name, unit, caveat=NORMAL)
    if g.unit is not Unit.SD:
        rule = Text("Dit is geen gestandaardiseerd effect.", "This is no standardised effect.")
        remedy = Text("Begin bij Hedges' g.", "Start from Hedges' g.")
        raise DataError([Fault(rule, remedy, column="g")])
    require(("g", g.value, NUMBER))
    limits = sorted(f(limit) for limit in (g.low, g.high) if limit is not None)
    return replace(
        g,
        value=f(g.value),
        se=None if g.se is None or slope is None else abs(slope(g.value)) * g.se,
        low=limits[0] if len(limits) == 2 else None,
        high=limits[1] if len(limits) == 2 else None,
        name=name,
        unit=unit,
        caveat=NORMAL,
    )
