"""Numbers as a reader sees them: the only place where anything is rounded."""

from __future__ import annotations

import datetime
import math

from babel.dates import format_date
from babel.numbers import format_decimal

from academic_workplace.disclosure import profile, rounded, rounded_share
from academic_workplace.errors import dutch

MINUS = "\u2212"
NONE = "\u2013"  # en dash: no number here
LONG = 1e15  # from here on a number has more digits than are known of it
DECIMALS = 12  # nobody counts more of them
NOISE = 1e-12  # of the spread of what was added up: what rounding makes of a zero


def decimal(x: float | None, digits: int, language: str) -> str:
    """``0,21`` or ``0.21``; a real minus sign, and never minus zero.

    A number of very many digits is written as ``1,23e+20``.
    """
    if x is None or not math.isfinite(x):
        return NONE
    if abs(x) >= LONG or digits > DECIMALS:
        written = f"{x:.2e}".replace("-", MINUS)
        return written.replace(".", ",") if dutch(language) else written
    x = round(x, digits) + 0.0
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return str(format_decimal(x, pattern, locale=_locale(language))).replace("-", MINUS)


def hidden(language: str) -> str:
    """In the place of a number that may not leave the house; a dash is for one that is not there."""
    return "niet getoond" if dutch(language) else "not shown"


def count(n: int | None, language: str) -> str:
    """``1.250`` or ``1,250``."""
    return decimal(None if n is None else float(n), 0, language)


def pupils_of(n: int | None, language: str) -> str:
    """A count of pupils, rounded where the rules of disclosure that hold ask it."""
    return count(None if n is None else rounded(n), language)


def pupils_share(n: int, of: int) -> float:
    """A share of pupils, 0 to 1, of the two counts as they are printed; 0 of nobody."""
    return rounded_share(n, of) or 0.0


def share_told(mean: float | None, ones: int | None, of: int) -> float | None:
    """A mean as it is printed: where the rules round counts, a share is that of the counts printed.

    ones: how many have it, of an outcome of 0 and 1 without weights; None of another.
    """
    return mean if ones is None or profile().rounding == 1 else pupils_share(ones, of)


def significant(
    x: float | None, language: str, figures: int = 3, *, spread: float | None = None
) -> str:
    """A number with so many figures before and after the decimal sign together.

    spread: of the values that it is a mean of; far below it there is only rounding error, not a
    number.
    """
    if x is None or not math.isfinite(x):
        return NONE
    if spread is not None and abs(x) < NOISE * spread:
        x = 0.0
    size = 0 if x == 0 else math.floor(math.log10(abs(x)))
    return decimal(x, max(0, figures - 1 - size), language)


def interval(low: float | None, high: float | None, digits: int, language: str) -> str:
    """``0,05 tot 0,37`` or ``0.05 to 0.37``: a word, since a dash and a minus collide."""
    if low is None or high is None:
        return NONE
    if math.isinf(low) or math.isinf(high):
        return "geen grenzen" if dutch(language) else "no limits"
    word = "tot" if dutch(language) else "to"
    return f"{decimal(low, digits, language)} {word} {decimal(high, digits, language)}"


def p_value(p: float | None, language: str) -> str:
    """``0,03``, ``0,003`` or ``< 0,001``."""
    if p is None:
        return NONE
    if p < 0.001:
        return f"< {decimal(0.001, 3, language)}"
    return decimal(p, 3 if p < 0.01 else 2, language)


def p_said(p: float | None, language: str) -> str:
    """With its sign, for after the letter p in a sentence: ``= 0,03`` or ``< 0,001``."""
    told = p_value(p, language)
    return told if told.startswith("<") else f"= {told}"


def of_hundred(share: float) -> int:
    """A share as a whole number out of a hundred."""
    return math.floor(100 * share + 0.5)


def day(date: datetime.date, language: str) -> str:
    """``22 november 2026``."""
    return str(format_date(date, "long" if dutch(language) else "d MMMM y", _locale(language)))


def digits_for(width: float) -> int:
    """How many decimals tell an interval of this width: 0 to 3."""
    if not width > 0 or not math.isfinite(width):
        return 2
    return min(max(1 - math.floor(math.log10(width)), 0), 3)


def _locale(language: str) -> str:
    return "nl_NL" if dutch(language) else "en_GB"
