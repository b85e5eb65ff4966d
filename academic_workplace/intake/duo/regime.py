"""What "advice" means in a file: which of the three, and under which rule."""

from __future__ import annotations

import re
from enum import StrEnum

from academic_workplace.language import Text

FIRST_OF_NEW_RULE = 2023  # the school year 2023-2024
SCHOOL_YEAR = re.compile(r"([0-9]{4})-([0-9]{4})")
NO_TEST = "2019-2020"


class Advice(StrEnum):
    """Three variables that are all called advice."""

    FIRST = "first"  # before the test
    TEST = "test"  # what the test says
    FINAL = "final"  # after any change; the one in DUO's open data


class Regime(StrEnum):
    """The rule for a test above the first advice; the meaning of FINAL hangs on it."""

    RECONSIDER = "until 2022-2023"  # the school only had to think again
    ADJUST = "from 2023-2024"  # the school in principle adjusts upward

    @property
    def label(self) -> Text:
        """The rule in words."""
        if self is Regime.RECONSIDER:
            return Text(
                "tot en met 2022-2023: een hogere eindtoets was reden om opnieuw te kijken",
                "up to 2022-2023: a higher final test was a reason to look again",
            )
        return Text(
            "vanaf 2023-2024: bij een hogere doorstroomtoets gaat het advies in principe omhoog",
            "from 2023-2024: with a higher transition test the advice in principle goes up",
        )


def is_school_year(text: str) -> bool:
    """Whether this is written as ``2018-2019``."""
    found = SCHOOL_YEAR.fullmatch(text)
    return found is not None and int(found[2]) == int(found[1]) + 1


def school_year(start: int) -> str:
    """The school year that starts in August of a year."""
    return f"{start:04d}-{start + 1:04d}"


def regime_of(year: str) -> Regime:
    """The rule in a school year written as ``2018-2019``."""
    return Regime.ADJUST if int(year[:4]) >= FIRST_OF_NEW_RULE else Regime.RECONSIDER
