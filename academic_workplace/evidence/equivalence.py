"""Is a difference too small to matter, or at least not clearly worse? Against a margin.

Not finding a difference is no proof that there is none; these tests turn the question round.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum

from scipy import special

from academic_workplace.effects.result import Effect, Effects
from academic_workplace.errors import Fault, PlanError
from academic_workplace.evidence.attrition import real
from academic_workplace.language import Text, both

ALPHA = 0.05
LEAST_DF = 0.01  # below this t has no quantiles that a number can hold


class Shown(StrEnum):
    """What a test against the smallest effect that matters has shown."""

    EQUIVALENT = "equivalent"  # the difference is too small to matter
    NOT_INFERIOR = "not inferior"  # no worse than by what is too small to matter
    MATTERS = "matters"  # the difference is too large to be called equivalent
    NOT_SHOWN = "not shown"  # it may be so; these data do not tell
    NO_ANSWER = "no answer"  # the design gives no uncertainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """Two one-sided tests. p_above: of a difference at or below -margin; p_below: of one at or
    above the margin; p_value: the larger. low, high: the interval of coverage 1 - 2 alpha.

    All but ``margin``, ``alpha`` and ``verdict`` are None without an uncertainty.
    """

    estimate: float | None
    se: float | None
    df: float | None
    margin: float
    alpha: float
    p_above: float | None
    p_below: float | None
    p_value: float | None
    low: float | None
    high: float | None
    verdict: Shown

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return asdict(self) | {"verdict": self.verdict.value}

    def explain(self, language: str = "nl") -> str:
        """What was shown, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.robustness import equivalence_sentence

        return equivalence_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiority:
    """One one-sided test, of a difference at or below -margin (favourable is positive).

    low: the lower limit of the interval of coverage 1 - 2 alpha.
    """

    estimate: float | None
    se: float | None
    df: float | None
    margin: float
    alpha: float
    p_value: float | None
    low: float | None
    verdict: Shown

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return asdict(self) | {"verdict": self.verdict.value}

    def explain(self, language: str = "nl") -> str:
        """What was shown, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.robustness import noninferiority_sentence

        return noninferiority_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def equivalence(
    *,
    estimate: float | None,
    se: float | None,
    df: float | None,
    margin: float,
    alpha: float = ALPHA,
) -> Equivalence:
    """Two one-sided t tests (Schuirmann, 1987, J. Pharmacokinet. Biopharm. 15).

    estimate, se, margin: in one unit; df: may be infinite. Equivalent when both p-values are below
    alpha: just when the interval of coverage 1 - 2 alpha lies within the margins. It matters when
    that interval lies wholly beyond one of them.
    Raises PlanError naming every number that cannot be.

    >>> found = equivalence(estimate=0.02, se=0.04, df=10, margin=0.1)
    >>> round(found.p_value, 4), found.verdict.value
    (0.0367, 'equivalent')
    """
    _refuse(estimate, se, df, margin, alpha)
    if estimate is None or se is None or df is None:
        return Equivalence(
            estimate=estimate, se=None, df=None, margin=margin, alpha=alpha, p_above=None,
            p_below=None, p_value=None, low=None, high=None, verdict=Shown.NO_ANSWER,
        )  # fmt: skip
    above, below = (float(special.stdtr(df, -(margin + side * estimate) / se)) for side in (1, -1))
    reach = float(special.stdtrit(df, 1 - alpha)) * se
    largest = max(above, below)
    verdict = Shown.EQUIVALENT if largest < alpha else Shown.NOT_SHOWN
    if largest > 1 - alpha:  # the interval lies wholly beyond a margin
        verdict = Shown.MATTERS
    return Equivalence(
        estimate=estimate,
        se=se,
        df=df,
        margin=margin,
        alpha=alpha,
        p_above=above,
        p_below=below,
        p_value=largest,
        low=estimate - reach,
        high=estimate + reach,
        verdict=verdict,
    )


def noninferiority(
    *,
    estimate: float | None,
    se: float | None,
    df: float | None,
    margin: float,
    alpha: float = ALPHA,
) -> NonInferiority:
    """One one-sided t test: is a difference at or below -margin ruled out?

    estimate: with the favourable direction positive. Otherwise as ``equivalence``.
    """
    both = equivalence(estimate=estimate, se=se, df=df, margin=margin, alpha=alpha)
    p, verdict = both.p_above, both.verdict
    if p is not None:
        verdict = Shown.NOT_INFERIOR if p < alpha else Shown.NOT_SHOWN
    return NonInferiority(
        estimate=estimate, se=both.se, df=both.df, margin=margin, alpha=alpha, p_value=p,
        low=both.low, verdict=verdict,
    )  # fmt: skip


def equivalences(effects: Effects, alpha: float = ALPHA) -> tuple[Equivalence, ...]:
    """Every effect against the smallest that matters, in the outcome's own units.

    The margin is ``plan.smallest_effect`` times what g is divided by.
    """
    return tuple(
        equivalence(estimate=e.estimate, se=e.se, df=e.df, margin=margin_of(e), alpha=alpha)
        for e in effects
    )


def noninferiorities(effects: Effects, alpha: float = ALPHA) -> tuple[NonInferiority, ...]:
    """The same one-sided, each outcome read in its favourable direction."""
    return tuple(
        noninferiority(
            estimate=-e.estimate if e.estimate is not None and _lower(e) else e.estimate,
            se=e.se,
            df=e.df,
            margin=margin_of(e),
            alpha=alpha,
        )
        for e in effects
    )


def margin_of(effect: Effect) -> float:
    """The smallest effect that matters in the outcome's own units; in its spread without g."""
    smallest = effect.plan.smallest_effect
    if effect.estimate and effect.g:
        return smallest * effect.estimate / effect.g
    return smallest * (effect.sd or 1.0)


def _lower(effect: Effect) -> bool:
    return effect.plan.measure(effect.outcome).better == "lower"


def _refuse(
    estimate: float | None, se: float | None, df: float | None, margin: float, alpha: float
) -> None:
    above = Text("Dit moet een getal boven 0 zijn.", "This must be a number above 0.")
    number = Text("Dit moet een getal zijn.", "This must be a number.")
    half = Text("Dit moet tussen 0 en 0,5 liggen.", "This must lie between 0 and 0.5.")
    x = {
        "estimate": 0.0 if estimate is None else real(estimate),
        "se": 1.0 if se is None else real(se),
        "df": 1.0 if df is None else real(df),
        "margin": real(margin),
        "alpha": real(alpha),
    }
    wrong = {
        "estimate": (not math.isfinite(x["estimate"]), number),
        "se": (not 0 < x["se"] < math.inf, above),
        "df": (not x["df"] >= LEAST_DF, above),
        "margin": (not 0 < x["margin"] < math.inf, above),
        "alpha": (not 0 < x["alpha"] < 0.5, half),
    }
    remedy = Text("Verbeter het getal.", "Mend the number.")
    faults = [Fault(rule, remedy, column=name) for name, (bad, rule) in wrong.items() if bad]
    if faults:
        raise PlanError(faults)
