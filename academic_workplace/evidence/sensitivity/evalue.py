"""The E-value: how strongly must something hidden go with both, to explain a difference away?

    E = RR + sqrt(RR (RR - 1)),   RR >= 1 (a smaller one is turned round)

On the scale of risk ratios: with the programme and with the outcome alike, given what was measured
(VanderWeele & Ding, 2017, Ann. Intern. Med. 167). Other effects are made risk ratios first.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum

import pandas as pd

from academic_workplace.errors import Fault, PlanError, chosen_of
from academic_workplace.evidence.attrition import real
from academic_workplace.language import Text, both

SMALL, LARGE = 1e-100, 1e100  # of a ratio: beyond these its square is lost
FAR = 200.0  # of a standardised difference: the same


class Scale(StrEnum):
    """What is told of an effect."""

    RISK_RATIO = "risk ratio"
    ODDS_RATIO = "odds ratio"
    HAZARD_RATIO = "hazard ratio"
    RISK_DIFFERENCE = "risk difference"
    STANDARDISED = "standardised difference"


DIFFERENCES = (Scale.RISK_DIFFERENCE, Scale.STANDARDISED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """An E-value of at least 1. ratio: the estimate over ``true``, both made risk ratios.

    limit: the same of the limit nearest to ``true``; 1 when the interval holds it, None when no
    such limit is known.
    """

    estimate: float
    low: float | None
    high: float | None
    scale: Scale
    common: bool
    true: float
    ratio: float
    value: float
    limit: float | None

    def table(self) -> pd.DataFrame:
        """One row, in full precision."""
        return pd.DataFrame([self.to_dict()])

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return asdict(self) | {"scale": self.scale.value}

    def explain(self, language: str = "nl") -> str:
        """What something hidden would have to be, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.sensitivity import e_value_sentence

        return e_value_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def e_value(
    estimate: float,
    low: float | None = None,
    high: float | None = None,
    *,
    scale: Scale | str = Scale.RISK_RATIO,
    common: bool = False,
    true: float | None = None,
    base_risk: float | None = None,
) -> EValue:
    """The E-value of an estimate and of its limit nearest to ``true`` (no effect, when left out).

    low, high, true: on the scale of the estimate. common: of an odds or hazard ratio, whether more
    than some 15 % have the outcome: RR is then about sqrt(OR), or (1 - 0.5^sqrt(HR)) /
    (1 - 0.5^sqrt(1 / HR)). A standardised difference d is about RR = exp(0.91 d), as if the outcome
    were split at a point (Chinn, 2000; VanderWeele, 2017). A risk difference needs the risk of the
    comparison (base_risk) and takes no limits: those follow from the counts.
    Raises PlanError naming every number that cannot be.

    >>> found = e_value(3.9, 1.8, 8.7)
    >>> round(found.value, 2), round(found.limit, 2)
    (7.26, 3.0)
    """
    scale = chosen_of(Scale, scale, "scale")
    if true is None:
        true = 0.0 if scale in DIFFERENCES else 1.0
    _refuse(estimate, low, high, scale, true, base_risk)
    base = math.nan if base_risk is None else base_risk
    centre, null = (_risk_ratio(x, scale, base, common=common) for x in (estimate, true))
    if centre == null:
        limit: float | None = 1.0 if low is not None or high is not None else None
    else:
        nearest, sign = (low, 1) if centre > null else (high, -1)
        limit = None
        if nearest is not None:
            held = sign * nearest <= sign * true
            limit = 1.0 if held else _e(_risk_ratio(nearest, scale, base, common=common) / null)
    return EValue(
        estimate=float(estimate),
        low=low,
        high=high,
        scale=scale,
        common=common,
        true=float(true),
        ratio=centre / null,
        value=_e(centre / null),
        limit=limit,
    )


def _e(ratio: float) -> float:
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))


def _risk_ratio(x: float, scale: Scale, base: float, *, common: bool) -> float:
    if scale is Scale.STANDARDISED:
        return math.exp(0.91 * x)
    if scale is Scale.RISK_DIFFERENCE:
        return (base + x) / base
    if common and scale is Scale.ODDS_RATIO:
        return math.sqrt(x)
    if common and scale is Scale.HAZARD_RATIO:
        return math.expm1(-math.log(2) * math.sqrt(x)) / math.expm1(-math.log(2) / math.sqrt(x))
    return x


def _refuse(
    estimate: float,
    low: float | None,
    high: float | None,
    scale: Scale,
    true: float,
    base_risk: float | None,
) -> None:
    given = {"estimate": estimate, "low": low, "high": high, "true": true}
    faults = []
    for name, x in given.items():
        endless = name in ("low", "high") and x is not None and real(x) in (-math.inf, math.inf)
        if x is None or endless or (name == "low" and real(x) == 0 and scale not in DIFFERENCES):
            continue
        if scale in DIFFERENCES:
            fits = abs(real(x)) <= FAR
            rule = Text("Dit moet een getal zijn.", "This must be a number.")
        else:
            fits = SMALL <= real(x) <= LARGE
            rule = Text("Dit moet een verhouding boven 0 zijn.", "This must be a ratio above 0.")
        if not fits:
            faults.append(_fault(name, rule))
    if not faults:
        least = -math.inf if low is None else low
        most = math.inf if high is None else high
        if not least <= estimate <= most:
            rule = Text(
                "De schatting ligt niet tussen de grenzen.",
                "The estimate does not lie between the limits.",
            )
            faults.append(_fault("low, high", rule))
    if scale is Scale.RISK_DIFFERENCE:
        risk = math.nan if base_risk is None else real(base_risk)
        if not (0 < risk < 1 and all(0 < risk + real(x) <= 1 for x in (estimate, true))):
            rule = Text(
                "Een risicoverschil vraagt de kans in de vergelijkingsgroep; alle kansen liggen"
                " tussen 0 en 1.",
                "A risk difference needs the risk of the comparison; all risks lie between 0 and"
                " 1.",
            )
            faults.append(_fault("base_risk", rule))
        if low is not None or high is not None:
            rule = Text(
                "Grenzen van een risicoverschil zijn hier niet om te rekenen.",
                "Limits of a risk difference cannot be converted here.",
            )
            remedy = Text(
                "Geef de risicoverhouding met haar grenzen.",
                "Give the risk ratio with its limits.",
            )
            faults.append(Fault(rule, remedy, column="low, high"))
    if faults:
        raise PlanError(faults)


def _fault(column: str, rule: Text) -> Fault:
    return Fault(rule, Text("Verbeter het getal.", "Mend the number."), column=column)
