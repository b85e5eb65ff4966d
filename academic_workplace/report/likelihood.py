"""What the pages of models by likelihood share: least squares beside them, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from academic_workplace.effects.regression import Interval
from academic_workplace.effects.result import Effect
from academic_workplace.report.numerals import NONE, decimal, hidden, interval


def agreement(line: Interval, effect: Effect, *, close: bool) -> str:
    """Whether least squares says the same: it "agrees", lies "within" the limits, or "differs".

    close: whether the two estimates are as good as one.
    """
    return "agrees" if close else "within" if alike(line, effect) else "differs"


def alike(line: Interval, effect: Effect) -> bool:
    """Whether another estimate lies within the limits of an effect, and is as clear as it."""
    if effect.low is None or effect.high is None or line.low is None or line.high is None:
        return False
    clear = (effect.low > 0) - (effect.high < 0)
    return effect.low <= line.estimate <= effect.high and clear == (line.low > 0) - (line.high < 0)


def limits_of(line: Interval | None) -> tuple[float | None, float | None, float | None]:
    """Estimate and limits, of which there may be none."""
    return (None, None, None) if line is None else (line.estimate, line.low, line.high)


class Number(NamedTuple):
    """A row of the table. telling: beside the difference it would tell the value of both arms."""

    label: str
    estimate: float | None
    low: float | None
    high: float | None
    digits: int
    telling: bool = False


def rows_of(
    arms: Sequence[str],
    told: tuple[float, float] | None,
    numbers: Sequence[Number],
    language: str,
    *,
    known: bool,
) -> tuple[tuple[str, ...], ...]:
    """A row for each of both arms, and for every number with its limits.

    told: the value of either arm; None where these may not leave. known: whether the model has any.
    """
    rows = []
    for i, label in enumerate(arms):
        value = hidden(language) if told is None else decimal(told[i], 2, language)
        rows.append((label, value if known else NONE, ""))
    for label, estimate, low, high, digits, telling in numbers:
        value = NONE if estimate is None else decimal(estimate, digits, language)
        limits = interval(low, high, digits, language)
        if told is None and telling and estimate is not None:
            value = limits = hidden(language)
        rows.append((label, value, limits))
    return tuple(rows)
