"""Several outcomes at once: the more one looks at, the sooner one stands out by chance.

Every function takes p-values in any order and gives the adjusted ones in that order; a missing
one (None or NaN) stays missing and does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from academic_workplace.effects import several
from academic_workplace.effects.joint import draws_together
from academic_workplace.effects.result import Effect, Effects
from academic_workplace.errors import Fault, PlanError
from academic_workplace.items import Items
from academic_workplace.language import Text, both

Floats = NDArray[np.float64]
Numbers = ArrayLike | Sequence[float | None]

TIE = 1e-9  # relative: the same number along another route


class Adjustment(StrEnum):
    """How p-values of several outcomes are adjusted."""

    HOLM = "holm"
    HOCHBERG = "hochberg"
    BENJAMINI_HOCHBERG = "benjamini-hochberg"
    BENJAMINI_YEKUTIELI = "benjamini-yekutieli"
    BONFERRONI = "bonferroni"
    ROMANO_WOLF = "romano-wolf"  # from draws; knows how the outcomes hang together


WAYS = {
    Adjustment.HOLM: several.holm,
    Adjustment.HOCHBERG: several.hochberg,
    Adjustment.BENJAMINI_HOCHBERG: several.benjamini_hochberg,
    Adjustment.BENJAMINI_YEKUTIELI: several.benjamini_yekutieli,
    Adjustment.BONFERRONI: several.bonferroni,
}


def holm(p: Numbers) -> Floats:
    """p_(i) (m - i + 1), step down: the chance of any false alarm (Holm, 1979).

    p: (m,) from 0 to 1. Returns (m,). Raises PlanError, as do the others.

    >>> holm([0.01, 0.04, None]).tolist()
    [0.02, 0.04, nan]
    """
    return _adjusted(p, Adjustment.HOLM)


def hochberg(p: Numbers) -> Floats:
    """p_(i) (m - i + 1), step up: as Holm, sharper when the tests are independent (1988)."""
    return _adjusted(p, Adjustment.HOCHBERG)


def benjamini_hochberg(p: Numbers) -> Floats:
    """p_(i) m / i, step up: the share of false alarms among what stands out (1995)."""
    return _adjusted(p, Adjustment.BENJAMINI_HOCHBERG)


def benjamini_yekutieli(p: Numbers) -> Floats:
    """The same under any dependence: times 1 + 1/2 + ... + 1/m (2001)."""
    return _adjusted(p, Adjustment.BENJAMINI_YEKUTIELI)


def bonferroni(p: Numbers) -> Floats:
    """m p."""
    return _adjusted(p, Adjustment.BONFERRONI)


def _adjusted(p: Numbers, method: Adjustment) -> Floats:
    values = _array(p)
    known = ~np.isnan(values)
    if values.ndim != 1 or np.any((values[known] < 0) | (values[known] > 1)):
        raise _refused("p", _NOT_P)
    out = np.full(len(values), np.nan)
    if known.any():
        out[known] = WAYS[method](values[known])
    return out


def _array(x: Numbers) -> Floats:
    """Numbers with None as NaN; without dimensions when it is none of that kind."""
    try:
        values = np.asarray(x)
        return np.array(0.0) if values.dtype.kind in "SUbcmM" else np.array(x, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return np.array(0.0)


def romano_wolf(t: Numbers, draws: ArrayLike, *, exact: bool = False) -> Floats:
    """Step-down p-values from draws of all t statistics together under the null (two-sided).

    Romano & Wolf (2005, Econometrica 73; 2016, Stat. Probab. Lett. 113): the largest |t*| of the
    hypotheses not yet passed is held against |t|, from the largest |t| down. t: (m,), NaN where
    missing. draws: (R, m), each row one draw. exact: the rows are all there are, what was observed
    among them, so p = count / R; otherwise p = (count + 1) / (R + 1). Ties count, and so does a
    draw without a statistic (NaN). Raises PlanError when shapes do not fit.
    """
    observed, drawn = np.abs(_array(t)), np.abs(_array(draws))
    if observed.ndim != 1 or drawn.ndim != 2 or drawn.shape[1] != len(observed) or not len(drawn):
        raise _refused("draws", _NOT_DRAWS)
    known = np.flatnonzero(~np.isnan(observed))
    order = known[np.argsort(-observed[known], kind="stable")]
    drawn = np.where(np.isnan(drawn), np.inf, drawn)[:, order]
    largest = np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]  # of this and those below it
    count = np.sum(largest >= observed[order] * (1 - TIE), axis=0)
    share = count / len(drawn) if exact else (count + 1) / (len(drawn) + 1)
    out = np.full(len(observed), np.nan)
    out[order] = np.maximum.accumulate(share)
    return out


# ---------------------------------------------------------------- the outcomes of a plan


@dataclass(frozen=True, slots=True)
class AdjustedFinding:
    """The p-value of an effect, alone and among the primary ones; ``adjusted`` None elsewhere."""

    outcome: str
    wave: str
    arm: str
    primary: bool
    p_value: float | None
    adjusted: float | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Multiplicity(Items[AdjustedFinding]):
    """Every effect of a study, in its order, with the primary ones adjusted for each other."""

    method: Adjustment

    def __repr__(self) -> str:
        return f"Multiplicity({self.method.value}, {self.tests} primary of {len(self)})"

    @property
    def tests(self) -> int:
        """How many p-values were adjusted for each other."""
        return sum(item.adjusted is not None for item in self)

    def table(self) -> pd.DataFrame:
        """A row per effect, in full precision."""
        return pd.DataFrame([asdict(item) for item in self])

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return {"method": self.method.value, "effects": [asdict(item) for item in self]}

    def explain(self, language: str = "nl") -> str:
        """What looking at several outcomes changes, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.robustness import multiplicity_sentence

        return multiplicity_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def adjust(
    effects: Effects,
    primary: str | Sequence[str] | None = None,
    method: Adjustment | str = Adjustment.HOLM,
    *,
    draws: ArrayLike | None = None,
    exact: bool = False,
) -> Multiplicity:
    """Adjust the main-wave effects on the primary outcomes, every arm, for each other.

    primary: names of outcomes; those of the plan, or else its first, when left out. draws, exact:
    for Romano-Wolf, as there; one column per effect of ``family``, in that order. Left out, the
    wild bootstrap draws them for all outcomes together.
    Raises PlanError naming every outcome that the plan does not have.
    """
    faults = []
    known = [member.value for member in Adjustment]
    if not isinstance(method, str) or method not in known:
        listed = ", ".join(known)
        rule = Text(f"‘{method}’ is hier onbekend.", f"‘{method}’ is not known here.")
        remedy = Text(f"Kies uit: {listed}.", f"Choose from: {listed}.")
        faults.append(Fault(rule, remedy, column="method"))
    elif method != Adjustment.ROMANO_WOLF and draws is not None:
        faults.append(_fault("draws", _ONLY_ROMANO_WOLF))
    members, unknown = _family(effects, primary)
    faults += unknown
    if faults:
        raise PlanError(faults)
    chosen = Adjustment(method)
    inside = [effects[i] for i in members]
    if draws is None and chosen is Adjustment.ROMANO_WOLF:
        t, together, exact = draws_together(effects, members)
        adjusted = romano_wolf(t, together, exact=exact)
    elif draws is None:
        adjusted = _adjusted([effect.p_value for effect in inside], chosen)
    else:
        adjusted = romano_wolf([_t(effect) for effect in inside], draws, exact=exact)
    found = dict(zip(members, adjusted.tolist(), strict=True))
    return Multiplicity(
        tuple(
            AdjustedFinding(
                e.outcome, e.wave, e.arm, i in found, e.p_value,
                found[i] if i in found and not np.isnan(found[i]) else None,
            )
            for i, e in enumerate(effects)
        ),
        chosen,
    )  # fmt: skip


def family(effects: Effects, primary: str | Sequence[str] | None = None) -> tuple[int, ...]:
    """The places in ``effects`` of the main-wave effects on the primary outcomes."""
    members, unknown = _family(effects, primary)
    if unknown:
        raise PlanError(unknown)
    return members


def _family(
    effects: Effects, primary: str | Sequence[str] | None
) -> tuple[tuple[int, ...], list[Fault]]:
    plan = effects.plan
    own = plan.primary or plan.outcomes[:1]
    if primary is None:
        names: tuple[object, ...] = own
    elif isinstance(primary, str) or not isinstance(primary, Iterable):
        names = (primary,)
    else:
        names = tuple(primary)
    listed = ", ".join(plan.outcomes)
    rule = Text("Dit is geen uitkomst van dit plan.", "This is no outcome of this plan.")
    remedy = Text(f"Kies uit: {listed}.", f"Choose from: {listed}.")
    unknown = [
        Fault(rule, remedy, column=str(name))
        for name in names
        if not isinstance(name, str) or name not in plan.outcomes
    ]
    if not names:
        none = Text("Er is geen primaire uitkomst.", "There is no primary outcome.")
        unknown = [Fault(none, remedy, column="primary")]
    main = plan.waves_in_order[0]
    members = (i for i, e in enumerate(effects) if e.outcome in names and e.wave == main)
    return tuple(members), unknown


def _t(effect: Effect) -> float:
    if effect.estimate is None or not effect.se:
        return float("nan")
    return effect.estimate / effect.se


_NOT_P = Text(
    "Dit is geen rij van p-waarden van 0 tot 1.", "These are no p-values from 0 to 1 in a row."
)
_NOT_DRAWS = Text(
    "Elke trekking moet voor elke uitkomst een t-waarde hebben.",
    "Every draw must have a t statistic for every outcome.",
)
_ONLY_ROMANO_WOLF = Text("Alleen romano-wolf gebruikt trekkingen.", "Only romano-wolf uses draws.")


def _fault(column: str, rule: Text) -> Fault:
    return Fault(rule, Text("Verbeter de invoer.", "Mend the input."), column=column)


def _refused(column: str, rule: Text) -> PlanError:
    return PlanError([_fault(column, rule)])
