"""Which counts of a table stay inside, so that nothing that is shown tells of fewer than ten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure import Sum, profile
from academic_workplace.disclosure.protect import Protected, protect

Bools = NDArray[np.bool_]


def withheld(
    counts: NDArray[np.float64],
    sums: Sequence[Sum],
    *,
    minimum: int | None = None,
    also: Bools | None = None,
    beside: Bools | None = None,
    worth: NDArray[np.intp] | None = None,
) -> Protected:
    """Which of k linked counts are not shown, by the rules that hold now (``protect``).

    minimum: another one than theirs.

    >>> withheld(np.array([3.0, 20, 40, 63]), [Sum(3, (0, 1, 2))]).hidden.tolist()
    [True, True, False, False]
    """
    rules = profile() if minimum is None else replace(profile(), minimum=minimum)
    return protect(counts, sums, rules=rules, also=also, beside=beside, worth=worth)
