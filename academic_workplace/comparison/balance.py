"""How alike the arms are before and after weighting, and where their chances overlap.

    smd = (mean of the treated - mean of the comparison) / s

s is the standard deviation before weighting, of the treated (ATT) or sqrt((s_t^2 + s_c^2) / 2) (ATE
and ATO): it is the same before and after, so that a change is a change of the means. A share has
s^2 = p (1 - p), other columns n - 1; with weights s^2 = sum w (x - m)^2 / (sum w - sum w^2 / sum w)
(Stuart, 2010, Stat. Sci. 25; MatchIt and cobalt do the same). A p-value would be the wrong
question: it asks about a population, and shrinks with every pupil who is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from academic_workplace.comparison.inputs import (
    OF_WEIGHTS,
    ROUNDING,
    Bools,
    Estimand,
    Floats,
    Rows,
    arms,
    matrix,
    numbers,
    option,
)
from academic_workplace.disclosure import fewest

STEPS = 20  # of the chance to take part, before there are bars
MOVED = 0.2  # of an arm: so many pupils at most are counted with another bar


@dataclass(frozen=True, slots=True, eq=False)
class CovariateBalance:
    """The k columns in both arms, as they are (row 0 of an array) and with weights (row 1).

    mean_treated, mean_comparison, sd_treated, sd_comparison, smd, variance_ratio: (2, k).
    divisor: (k,), in the units of the column. share: (k,) the columns of zeros and ones, of which
    the variance ratio follows from the means: NaN. smd is NaN where the divisor is 0.
    """

    columns: tuple[str, ...]
    estimand: Estimand
    share: Bools
    divisor: Floats
    mean_treated: Floats
    mean_comparison: Floats
    sd_treated: Floats
    sd_comparison: Floats
    smd: Floats
    variance_ratio: Floats

    @property
    def largest(self) -> tuple[float, float]:
        """The largest absolute standardised difference before and after; NaN without columns."""
        if not len(self.columns) or np.isnan(self.smd).all():
            return float("nan"), float("nan")
        before, after = np.nanmax(np.abs(self.smd), axis=1).tolist()
        return before, after

    def table(self) -> pd.DataFrame:
        """A row per column, in full precision; ``_before`` is as they are, ``_after`` weighted."""
        out: dict[str, object] = {"column": self.columns}
        for name in ("mean_treated", "mean_comparison", "sd_treated", "sd_comparison", "smd",
                     "variance_ratio"):  # fmt: skip
            before, after = getattr(self, name)
            out |= {f"{name}_before": before, f"{name}_after": after}
        return pd.DataFrame(out | {"divided_by": self.divisor})


def balance_table(
    X: ArrayLike,
    treated: ArrayLike,
    w: ArrayLike,
    names: Sequence[str] = (),
    estimand: Estimand | str = Estimand.ATT,
) -> CovariateBalance:
    """The balance of X (n, k) between the arms with weights w (n,), at least 0.

    A missing value counts nowhere. Raises DataError on an empty arm.
    """
    arm = arms(treated)
    for_whom = option(estimand, OF_WEIGHTS)
    given = np.asarray(X, dtype=float)
    _, columns = matrix(np.nan_to_num(given, nan=0.0), len(arm), names)
    values = given.reshape(len(arm), len(columns))
    weight = numbers(w, len(arm), "w")
    arms(arm[weight > 0])
    share: Bools = np.all((values == 0) | (values == 1) | np.isnan(values), axis=0)
    each = [
        _mean_and_sd(values[who], on[who], share)
        for on in (np.ones(len(arm)), weight)
        for who in (arm, ~arm)
    ]
    mean_t, mean_c = np.array([each[0][0], each[2][0]]), np.array([each[1][0], each[3][0]])
    sd_t, sd_c = np.array([each[0][1], each[2][1]]), np.array([each[1][1], each[3][1]])
    both = np.sqrt((sd_t[0] ** 2 + sd_c[0] ** 2) / 2)
    divisor = sd_t[0] if for_whom is Estimand.ATT else both
    told = divisor > ROUNDING * np.nanmax(np.abs(values), axis=0, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        smd = np.where(told, (mean_t - mean_c) / divisor, np.nan)
        ratio = np.where(share | (sd_c == 0), np.nan, (sd_t / sd_c) ** 2)
    return CovariateBalance(
        columns, for_whom, share, divisor, mean_t, mean_c, sd_t, sd_c, smd, ratio
    )  # fmt: skip


def _mean_and_sd(X: Floats, w: Floats, share: Bools) -> tuple[Floats, Floats]:
    """Of every column over whom it is known; NaN where that is nobody."""
    known = ~np.isnan(X)
    W, X = w[:, None] * known, np.where(known, X, 0.0)
    total = W.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.sum(W * X, axis=0) / total
        free = total - np.sum(W**2, axis=0) / total
        square = np.sum(W * (X - mean) ** 2, axis=0) / np.where(free > ROUNDING * total, free, 1)
    square = np.where(free > ROUNDING * total, square, 0 * total)
    return mean, np.sqrt(np.where(share, mean * (1 - mean), square))


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """How the chance to take part is spread in both arms, in b bars of each.

    edges: (b + 1,) from 0 to 1; a bar has its lower edge and not its upper. treated, comparison:
    (b,) pupils: none, or at least ten, so that a picture points at nobody (b is 0 where that cannot
    be). None may be a few, who are counted with another bar. weight_treated, weight_comparison:
    (b,) the share of an arm's weight.
    """

    edges: Floats
    treated: Rows
    comparison: Rows
    weight_treated: Floats
    weight_comparison: Floats

    def table(self) -> pd.DataFrame:
        """A row per bar."""
        return pd.DataFrame({
            "from": self.edges[:-1], "to": self.edges[1:], "treated": self.treated,
            "comparison": self.comparison, "weight_treated": self.weight_treated,
            "weight_comparison": self.weight_comparison,
        })  # fmt: skip


def overlap(score: ArrayLike, treated: ArrayLike, w: ArrayLike) -> Overlap:
    """Count both arms between equal steps of the score (n,), with no bar of fewer than ten.

    Of several ways to be rid of small bars, the one whose bars lie nearest to the counts in twenty
    steps (earth mover's distance): joined with neighbours, in both arms alike, or counted with the
    nearest bar of the own arm that is large enough, in 20, 10, 5, 4 or 2 bars.
    """
    arm = arms(treated)
    p, weight = numbers(score, len(arm), "score"), numbers(w, len(arm), "w")
    at = np.clip((p * STEPS).astype(np.intp), 0, STEPS - 1)
    count = np.array([np.bincount(at[who], minlength=STEPS) for who in (arm, ~arm)])
    total = [np.bincount(at[who], weight[who], STEPS) for who in (arm, ~arm)]
    found = [_joined(count), *(_moved(count, k) for k in range(1, STEPS) if STEPS % k == 0)]
    ways = [way for way in found if way is not None]
    if not ways:
        nobody, nothing = np.zeros(0, dtype=np.intp), np.zeros(0)
        return Overlap(np.zeros(1), nobody, nobody, nothing, nothing)
    ends, home = min(ways, key=lambda way: _distance(count, *way))

    def bars(of: Sequence[Floats]) -> tuple[Floats, Floats]:
        t, c = (
            np.asarray(np.bincount(h, x, len(ends)), float) for h, x in zip(home, of, strict=True)
        )
        return t, c

    t, c = (np.rint(bar).astype(np.intp) for bar in bars([*count.astype(float)]))
    return Overlap(np.array([0, *ends]) / STEPS, t, c, *bars([x / x.sum() for x in total]))


def _joined(count: Rows) -> tuple[Rows, Rows] | None:
    """The ends of bars in steps, and (2, STEPS) the bar of every step: small neighbours joined."""
    ends, held = [], np.zeros(2, dtype=np.intp)
    for b in range(STEPS):
        held = held + count[:, b]
        if np.all((held == 0) | (held >= fewest())):
            ends.append(b + 1)
            held = np.zeros(2, dtype=np.intp)
    if held.any():  # the last bars are joined from above till they hold enough
        while ends and not np.all((held == 0) | (held >= fewest())):
            start = ends[-2] if len(ends) > 1 else 0
            held = held + count[:, start : ends.pop()].sum(axis=1)
        if np.all((held == 0) | (held >= fewest())):
            ends.append(STEPS)
    if not ends:
        return None
    bars = np.array(ends, dtype=np.intp)
    return bars, np.tile(np.searchsorted(bars, np.arange(STEPS), side="right"), (2, 1))


def _moved(count: Rows, k: int) -> tuple[Rows, Rows] | None:
    """The same for bars of k steps: who is in a small bar goes to the nearest large one."""
    bars = np.arange(k, STEPS + 1, k)
    held = np.add.reduceat(count, bars - k, axis=1)
    large = held >= fewest()
    if np.any((held * ~large).sum(axis=1) > MOVED * held.sum(axis=1)):
        return None
    far = np.abs(np.arange(len(bars))[:, None] - np.arange(len(bars)))
    home = [np.where(own, far, len(bars)).argmin(axis=1) for own in large]
    return bars, np.repeat(np.array(home), k, axis=1)


def _distance(count: Rows, ends: Rows, home: Rows) -> float:
    """How far pupils stand from where they are, on average and over both arms, in steps."""
    wide = np.diff(ends, prepend=0)
    out = 0.0
    for n, h in zip(count, home, strict=True):
        drawn = np.repeat(np.bincount(h, n, len(ends)) / wide, wide)
        out += float(np.abs(np.cumsum(drawn - n)).sum() / n.sum())
    return out
