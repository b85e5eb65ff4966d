"""Outcomes that happen or not: the share of pupils in each arm. Pupils taken as independent."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from scipy import special

from academic_workplace.errors import DataError, Fault, chosen_of
from academic_workplace.language import Text
from academic_workplace.sizes.inputs import (
    CERTAINTY,
    COVERAGE,
    ONE,
    SHARE,
    require,
)
from academic_workplace.sizes.size import LEVEL, Factor, Size, Unit, t_quantile

COX = 1.65
DIVIDED_BY_COX = "1.65, which turns a log odds ratio into standard deviations (Cox, 1970)"
NOTHING = "nothing"
FAR = 700.0  # of a logarithm: the number itself is hardly a number any more

NO_NUMBERS = Text(
    "Zonder aantallen leerlingen is er geen interval.",
    "Without numbers of pupils there is no interval.",
)
BOTH_WAYS = Text(
    "Het interval loopt via oneindig: meer, evenveel en minder leerlingen met deze uitkomst zijn"
    " alle drie mogelijk.",
    "The interval runs through infinity: more, as many and fewer pupils with this outcome are all"
    " possible.",
)


def cox_index(
    p_treated: float,
    p_comparison: float,
    *,
    n_treated: int | None = None,
    n_comparison: int | None = None,
    factor: Factor | str = Factor.NONE,
    df: float = math.inf,
    level: float = LEVEL,
) -> Size:
    """The Cox index: the log odds ratio divided by 1.65, like g for an outcome of yes or no.

    p_treated, p_comparison: shares of pupils, between 0 and 1. n_treated, n_comparison: pupils,
    for the standard error (that of the log odds ratio over 1.65), the interval and the factor.
    No small-sample factor by default (WWC Procedures Handbook 4.1, VI.1.2); version 4.0 had
    ``factor="wwc"``. df: of the interval; infinite for independent pupils.

    Raises DataError naming every number that cannot be, such as a share of 0 or 1; PlanError.

    >>> round(cox_index(2/3, 1/3).g, 7)
    0.8401784
    """
    J = chosen_of(Factor, factor, "factor")
    counted = n_treated is not None and n_comparison is not None
    given = (("n_treated", n_treated), ("n_comparison", n_comparison))
    require(
        ("df", df, CERTAINTY),
        ("level", level, COVERAGE),
        *((name, n, ONE) for name, n in given if n is not None),
    )
    _refuse_all_or_none(p_treated, p_comparison)
    if J is not Factor.NONE and not counted:
        rule = Text(
            "Voor de kleine-steekproeffactor zijn beide aantallen nodig.",
            "The small-sample factor needs both numbers of pupils.",
        )
        remedy = Text("Geef n_treated en n_comparison.", "Give n_treated and n_comparison.")
        raise DataError([Fault(rule, remedy, column="factor")])
    n_t, n_c = n_treated or math.inf, n_comparison or math.inf
    scale = J.of(n_t + n_c - 2) / COX
    d = scale * float(special.logit(p_treated) - special.logit(p_comparison))
    se = reach = None
    if counted:
        se = scale * math.sqrt(_of_logit(p_treated, n_t) + _of_logit(p_comparison, n_c))
        reach = t_quantile(df, level) * se
    return Size(
        d,
        se,
        None if reach is None else d - reach,
        None if reach is None else d + reach,
        DIVIDED_BY_COX,
        J.words,
        name="Cox index",
        df=df,
        caveat=None if counted else NO_NUMBERS,
    )


def risk_difference(
    p_treated: float,
    p_comparison: float,
    *,
    n_treated: int,
    n_comparison: int,
    level: float = LEVEL,
) -> Size:
    """The share of the treated minus that of the comparison.

    The interval is Newcombe's (1998, method 10), from the score limits of each share: right with
    few pupils and with shares of 0 or 1. se: the usual large-sample one.

    Raises DataError naming every number that cannot be.

    >>> found = risk_difference(0.8, 0.5, n_treated=20, n_comparison=20)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.3, 0.005, 0.534)
    """
    require(
        ("p_treated", p_treated, SHARE),
        ("p_comparison", p_comparison, SHARE),
        ("level", level, COVERAGE),
        ("n_treated", n_treated, ONE),
        ("n_comparison", n_comparison, ONE),
    )
    low_t, high_t = _score_limits(p_treated, n_treated, level)
    low_c, high_c = _score_limits(p_comparison, n_comparison, level)
    d = p_treated - p_comparison
    return Size(
        d,
        math.sqrt(
            p_treated * (1 - p_treated) / n_treated
            + p_comparison * (1 - p_comparison) / n_comparison
        ),
        d - math.hypot(p_treated - low_t, high_c - p_comparison),
        d + math.hypot(high_t - p_treated, p_comparison - low_c),
        NOTHING,
        Factor.NONE.words,
        name="risk difference",
        unit=Unit.DIFFERENCE,
    )


def risk_ratio(
    p_treated: float,
    p_comparison: float,
    *,
    n_treated: int,
    n_comparison: int,
    level: float = LEVEL,
) -> Size:
    """The share of the treated divided by that of the comparison.

    The interval is symmetric on the scale of the logarithm (Katz and others, 1978); ``se`` is that
    of the logarithm.

    Raises DataError naming every number that cannot be; with a share of 0 there is no ratio.
    """
    require(
        ("p_treated", p_treated, SHARE),
        ("p_comparison", p_comparison, SHARE),
        ("level", level, COVERAGE),
        ("n_treated", n_treated, ONE),
        ("n_comparison", n_comparison, ONE),
    )
    empty = {"p_treated": p_treated, "p_comparison": p_comparison}
    rule = Text("Met een aandeel van 0 is er geen verhouding.", "A share of 0 has no ratio.")
    faults = [Fault(rule, DIFFERENCE_INSTEAD, column=name) for name, p in empty.items() if p == 0]
    if faults:
        raise DataError(faults)
    ratio = p_treated / p_comparison
    se = math.sqrt(
        (1 - p_treated) / (p_treated * n_treated)
        + (1 - p_comparison) / (p_comparison * n_comparison)
    )
    reach = math.exp(min(t_quantile(math.inf, level) * se, FAR))
    return Size(
        ratio,
        se,
        ratio / reach,
        ratio * reach,
        "the share of the comparison arm",
        Factor.NONE.words,
        name="risk ratio",
        unit=Unit.RATIO,
    )


@dataclass(frozen=True, slots=True)
class NumberNeeded:
    """How many pupils take part for one more to have the outcome (below 0: one fewer).

    value: infinite when the shares are equal. low, high: when the whole interval is on one side
    of no difference, otherwise None. more_from, fewer_from: the fewest pupils for one more, and
    for one fewer, that the interval allows; None when it does not reach that side. An interval
    with both runs from more_from up to infinity and back to fewer_from (Altman, 1998).
    """

    value: float
    low: float | None
    high: float | None
    more_from: float | None
    fewer_from: float | None
    difference: Size
    caveat: Text | None = None
    divided_by: str = "1 divided by the risk difference"
    factor: str = "none"
    name: str = "number needed to treat"

    def to_dict(self) -> dict[str, object]:
        """Every field under its own name."""
        return asdict(self)


def number_needed(
    p_treated: float,
    p_comparison: float,
    *,
    n_treated: int,
    n_comparison: int,
    level: float = LEVEL,
) -> NumberNeeded:
    """The number needed to treat: 1 divided by the risk difference, with its interval.

    Raises DataError naming every number that cannot be.

    >>> found = number_needed(0.55, 0.45, n_treated=100, n_comparison=100)
    >>> round(found.value, 6), found.low, round(found.more_from, 2), round(found.fewer_from, 2)
    (10.0, None, 4.3, 26.34)
    """
    d = risk_difference(
        p_treated, p_comparison, n_treated=n_treated, n_comparison=n_comparison, level=level
    )
    low, high = d.low or 0.0, d.high or 0.0  # both are numbers: risk_difference always gives them
    both = low <= 0 <= high
    return NumberNeeded(
        1 / d.value if d.value else math.inf,
        None if both else 1 / high,
        None if both else 1 / low,
        1 / high if high > 0 else None,
        -1 / low if low < 0 else None,
        d,
        BOTH_WAYS if both else None,
    )


DIFFERENCE_INSTEAD = Text("Gebruik risk_difference.", "Use risk_difference.")


def _refuse_all_or_none(p_treated: float, p_comparison: float) -> None:
    """Raise DataError when a share is 0 or 1 (no odds), or no share at all."""
    shares = (("p_treated", p_treated), ("p_comparison", p_comparison))
    require(*((name, p, SHARE) for name, p in shares))
    rule = Text(
        "Bij een aandeel van 0 of 1 bestaat de Cox-index niet.",
        "With a share of 0 or 1 there is no Cox index.",
    )
    faults = [Fault(rule, DIFFERENCE_INSTEAD, column=name) for name, p in shares if p in (0, 1)]
    if faults:
        raise DataError(faults)


def _of_logit(p: float, n: float) -> float:
    """Variance of the logit of a share."""
    return 1 / (n * p * (1 - p))


def _score_limits(p: float, n: float, level: float) -> tuple[float, float]:
    """Wilson's (1927) limits of a share."""
    z = t_quantile(math.inf, level)
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return middle - reach, middle + reach
