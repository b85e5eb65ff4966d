"""Change over time: pupils measured before and after, with and without a comparison.

Dividing by the spread before the programme, or by the spread of the changes, gives different
effects; each result says which. Pupils are taken as independent: in a design with clusters use
``estimate`` with the first measurement as baseline, and ``model_g``.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from academic_workplace.errors import chosen_of
from academic_workplace.sizes.inputs import (
    BELOW_ONE,
    CORRELATION,
    COVERAGE,
    NOT_NEGATIVE,
    NUMBER,
    POSITIVE,
    THREE,
    TWO,
    Asked,
    Floats,
    Rule,
    arrays,
    require,
    require_pairs,
    require_spread,
)
from academic_workplace.sizes.size import LEVEL, Factor, Size, noncentral_limits, t_quantile
from academic_workplace.sizes.standardised import hedges_g, pooled_sd

RELIABLE = 1.96  # the limit of Jacobson & Truax (1991)


class Scale(StrEnum):
    """What a gain is divided by. The two cannot be compared with each other."""

    RAW = "raw"  # the standard deviation before: SMCR
    CHANGE = "change"  # the standard deviation of the changes: SMCC


SCALE_WORDS = {
    Scale.RAW: "standard deviation before the programme (raw-score standardisation, SMCR)",
    Scale.CHANGE: "standard deviation of the changes (change-score standardisation, SMCC)",
}
PPC2 = "standard deviation before the programme, pooled within arms (Morris, 2008)"
PPC1 = "each arm by its own standard deviation before the programme (Morris, 2008)"


def dppc2(
    pre_treated: ArrayLike,
    post_treated: ArrayLike,
    pre_comparison: ArrayLike,
    post_comparison: ArrayLike,
    *,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """Difference of the gains, divided by the pooled standard deviation before (Morris, 2008).

    Four arrays, one value per pupil, both measurements in the same order. The correlation of
    before and after is pooled within arms. See ``dppc2_from_summary`` for the formulas.

    Raises DataError naming missing values, too few, unpaired ones, and no spread; PlanError.

    >>> effect = dppc2([1, 2, 3], [3, 4, 6], [1, 2, 3], [2, 3, 3])
    >>> round(effect.g, 4)
    1.3298
    """
    s = _summary(pre_treated, post_treated, pre_comparison, post_comparison)
    return dppc2_from_summary(
        pre_t=s.pre[0], post_t=s.post[0], sd_t=s.sd[0], n_t=s.n[0],
        pre_c=s.pre[1], post_c=s.post[1], sd_c=s.sd[1], n_c=s.n[1],
        r=s.r, factor=factor, level=level,
    )  # fmt: skip


def dppc2_from_summary(
    *,
    pre_t: float,
    post_t: float,
    sd_t: float,
    n_t: int,
    pre_c: float,
    post_c: float,
    sd_c: float,
    n_c: int,
    r: float,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """``dppc2`` from means before and after, standard deviations before, and numbers of pupils.

    r: correlation of before and after within arms.
    d = c_p [(post_t - pre_t) - (post_c - pre_c)] / sd, sd pooled, c_p the factor with
    n_t + n_c - 2 degrees of freedom; variance 2(1-r)(1/n_t + 1/n_c) + d^2/(2(n_t + n_c)).
    Morris (2008); variance as in metafor. The interval has t with n_t + n_c - 2.

    Raises DataError naming every number that cannot be; PlanError.

    >>> effect = dppc2_from_summary(pre_t=30.6, post_t=38.5, sd_t=15, n_t=20,
    ...                             pre_c=23.1, post_c=19.7, sd_c=13.8, n_c=20, r=0.47)
    >>> round(effect.g, 4)
    0.7684
    """
    J = chosen_of(Factor, factor, "factor")
    require(
        *_of_arms(pre_t, post_t, n_t, pre_c, post_c, n_c, r, TWO),
        ("sd_t", sd_t, NOT_NEGATIVE),
        ("sd_c", sd_c, NOT_NEGATIVE),
        ("level", level, COVERAGE),
    )
    sd, df = pooled_sd(sd_t, n_t, sd_c, n_c), n_t + n_c - 2
    require(("sd_t, sd_c", sd, POSITIVE))
    d = J.of(df) * ((post_t - pre_t) - (post_c - pre_c)) / sd
    variance = 2 * (1 - r) * (1 / n_t + 1 / n_c) + d**2 / (2 * (n_t + n_c))
    return _with_t(d, math.sqrt(variance), df, PPC2, J, "d_ppc2", level)


def dppc1(
    pre_treated: ArrayLike,
    post_treated: ArrayLike,
    pre_comparison: ArrayLike,
    post_comparison: ArrayLike,
    *,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """The gain of each arm divided by its own standard deviation before, subtracted.

    Arrays as for ``dppc2``, three pupils or more per arm. For arms whose spread differs before.

    Raises DataError naming missing values, too few, unpaired ones, and no spread; PlanError.
    """
    s = _summary(pre_treated, post_treated, pre_comparison, post_comparison)
    require_spread("pre_treated", s.sd[0], s.pre[0])
    require_spread("pre_comparison", s.sd[1], s.pre[1])
    return dppc1_from_summary(
        pre_t=s.pre[0], post_t=s.post[0], sd_t=s.sd[0], n_t=s.n[0],
        pre_c=s.pre[1], post_c=s.post[1], sd_c=s.sd[1], n_c=s.n[1],
        r=s.r, factor=factor, level=level,
    )  # fmt: skip


def dppc1_from_summary(
    *,
    pre_t: float,
    post_t: float,
    sd_t: float,
    n_t: int,
    pre_c: float,
    post_c: float,
    sd_c: float,
    n_c: int,
    r: float,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """``dppc1`` from summary numbers: the difference of two raw-score gains (Morris, 2008).

    The variances of the two gains add up (see ``gain``). The interval has t with n_t + n_c - 2.

    Raises DataError naming every number that cannot be; PlanError.
    """
    J = chosen_of(Factor, factor, "factor")
    require(
        *_of_arms(pre_t, post_t, n_t, pre_c, post_c, n_c, r, THREE),
        ("sd_t", sd_t, POSITIVE),
        ("sd_c", sd_c, POSITIVE),
        ("level", level, COVERAGE),
    )
    d_t = J.of(n_t - 1) * (post_t - pre_t) / sd_t
    d_c = J.of(n_c - 1) * (post_c - pre_c) / sd_c
    se = math.sqrt(_raw_variance(d_t, n_t, r) + _raw_variance(d_c, n_c, r))
    return _with_t(d_t - d_c, se, n_t + n_c - 2, PPC1, J, "d_ppc1", level)


def gain(
    pre: ArrayLike,
    post: ArrayLike,
    *,
    scale: Scale | str = Scale.RAW,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """The mean change of one group, in standard deviations before or of the changes.

    pre, post: one value per pupil, three or more, in the same order. Without a comparison this
    is what happened, not what a programme did. See ``gain_from_summary`` for the formulas.

    Raises DataError naming missing values, too few, unpaired ones, and no spread; PlanError.

    >>> gain([1, 2, 3, 4], [2, 3, 5, 4], scale="change").divided_by
    'standard deviation of the changes (change-score standardisation, SMCC)'
    """
    which = chosen_of(Scale, scale, "scale")
    before, after = arrays({"pre": pre, "post": post}, least=3)
    require_pairs("pre", "post", before, after)
    size = float(max(np.abs(before).max(), np.abs(after).max()))
    spreads = {"pre": before.std(), "post": after.std(), "post - pre": (after - before).std()}
    for name, spread in spreads.items():
        if name != "post - pre" or which is Scale.CHANGE:
            require_spread(name, float(spread), size)
    return gain_from_summary(
        pre=float(before.mean()),
        post=float(after.mean()),
        sd_pre=float(before.std(ddof=1)),
        sd_post=float(after.std(ddof=1)),
        n=len(before),
        r=float(np.corrcoef(before, after)[0, 1]),
        scale=which,
        factor=factor,
        level=level,
    )


def gain_from_summary(
    *,
    pre: float,
    post: float,
    sd_pre: float,
    sd_post: float,
    n: int,
    r: float,
    scale: Scale | str = Scale.RAW,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """``gain`` from means, standard deviations, the number of pupils and the correlation r.

    RAW: d = J (post - pre)/sd_pre, variance 2(1-r)/n + d^2/(2n), t limits with n - 1.
    CHANGE: divided by root(sd_pre^2 + sd_post^2 - 2 r sd_pre sd_post), variance 1/n + d^2/(2n),
    limits exact (noncentral t). Both factors have n - 1 degrees of freedom. Becker (1988);
    Gibbons, Hedeker & Davis (1993).

    Raises DataError naming every number that cannot be; PlanError.
    """
    which, J = chosen_of(Scale, scale, "scale"), chosen_of(Factor, factor, "factor")
    require(
        ("pre", pre, NUMBER),
        ("post", post, NUMBER),
        ("sd_pre", sd_pre, POSITIVE),
        ("sd_post", sd_post, POSITIVE),
        ("n", n, THREE),
        ("r", r, CORRELATION),
        ("level", level, COVERAGE),
    )
    df = n - 1
    if which is Scale.RAW:
        d = J.of(df) * (post - pre) / sd_pre
        se = math.sqrt(_raw_variance(d, n, r))
        return _with_t(d, se, df, SCALE_WORDS[which], J, "standardised gain", level)
    sd = math.sqrt(max(sd_pre**2 + sd_post**2 - 2 * r * sd_pre * sd_post, 0.0))
    require_spread("post - pre", sd, max(sd_pre, sd_post))
    d = (post - pre) / sd
    low, high = (x / math.sqrt(n) for x in noncentral_limits(d * math.sqrt(n), df, level))
    j = J.of(df)
    return Size(
        j * d,
        math.sqrt(1 / n + (j * d) ** 2 / (2 * n)),
        j * low,
        j * high,
        SCALE_WORDS[which],
        J.words,
        name="standardised gain",
        df=df,
        df_sd=df,
    )


def gain_difference(
    pre_treated: ArrayLike,
    post_treated: ArrayLike,
    pre_comparison: ArrayLike,
    post_comparison: ArrayLike,
    *,
    factor: Factor | str = Factor.EXACT,
    level: float = LEVEL,
) -> Size:
    """Difference of the gains, divided by the pooled standard deviation of the gains.

    Arrays as for ``dppc2``: ``hedges_g`` of the changes, with its exact interval. Larger than
    ``dppc2`` when before and after go together closely; not to be compared with other effects.

    Raises DataError naming missing values, too few, unpaired ones, and no spread; PlanError.
    """
    pre_t, post_t, pre_c, post_c = _paired(
        pre_treated, post_treated, pre_comparison, post_comparison
    )
    found = hedges_g(post_t - pre_t, post_c - pre_c, factor=factor, level=level)
    words = "pooled standard deviation of the changes (change-score standardisation)"
    return replace(found, divided_by=words, name="difference of gains")


@dataclass(frozen=True, slots=True, eq=False)
class ReliableChange:
    """Per pupil, whether a change is larger than the error of measurement makes likely.

    value: (pupils,) the change divided by ``se``; low, high: (pupils,) its interval, value minus
    and plus ``limit``. se: of a change that is only error, in the unit of the test; smallest: the
    smallest reliable change in that unit.
    """

    value: Floats
    se: float
    limit: float
    divided_by: str = "standard error of a difference of two measurements (Jacobson & Truax, 1991)"
    factor: str = "none"
    name: str = "reliable change index"

    @property
    def low(self) -> Floats:
        return self.value - self.limit

    @property
    def high(self) -> Floats:
        return self.value + self.limit

    @property
    def smallest(self) -> float:
        return self.limit * self.se

    @property
    def reliable(self) -> NDArray[np.bool_]:
        """(pupils,) whether the change is reliable."""
        return np.abs(self.value) > self.limit

    @property
    def up(self) -> int:
        """How many pupils rose reliably."""
        return int((self.value > self.limit).sum())

    @property
    def down(self) -> int:
        """How many pupils fell reliably."""
        return int((self.value < -self.limit).sum())

    def to_dict(self) -> dict[str, object]:
        """Every number, pupils as lists."""
        counts = {"up": self.up, "down": self.down, "smallest": self.smallest}
        return asdict(self) | counts | {"value": self.value.tolist()}


def reliable_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    sd: float,
    reliability: float,
    limit: float = RELIABLE,
) -> ReliableChange:
    """The reliable change index of each pupil (Jacobson & Truax, 1991).

    RCI = (after - before) / root(2 sd^2 (1 - reliability)); reliable when above ``limit`` in
    size. before, after: one value per pupil, in the same order, in the unit of the test. sd,
    reliability: of the test at the first measurement, in a norm group or in these pupils.

    Raises DataError naming missing and unpaired values, and numbers that cannot be.

    >>> change = reliable_change([47.5, 30], [32.5, 35], sd=7.5, reliability=0.88)
    >>> [round(float(x), 2) for x in change.value], change.down
    ([-4.08, 1.36], 1)
    """
    x1, x2 = arrays(
        {"before": before, "after": after},
        ("sd", sd, POSITIVE),
        ("reliability", reliability, BELOW_ONE),
        ("limit", limit, POSITIVE),
        least=1,
    )
    require_pairs("before", "after", x1, x2)
    se = sd * math.sqrt(2 * (1 - reliability))
    return ReliableChange((x2 - x1) / se, se, limit)


@dataclass(frozen=True, slots=True)
class _Summary:
    """Of both arms (treated, comparison), and the pooled correlation of before and after."""

    pre: tuple[float, float]
    post: tuple[float, float]
    sd: tuple[float, float]
    n: tuple[int, int]
    r: float


def _paired(
    pre_treated: ArrayLike,
    post_treated: ArrayLike,
    pre_comparison: ArrayLike,
    post_comparison: ArrayLike,
) -> list[Floats]:
    found = arrays(
        {
            "pre_treated": pre_treated,
            "post_treated": post_treated,
            "pre_comparison": pre_comparison,
            "post_comparison": post_comparison,
        }
    )
    require_pairs("pre_treated", "post_treated", *found[:2])
    require_pairs("pre_comparison", "post_comparison", *found[2:])
    return found


def _summary(*measured: ArrayLike) -> _Summary:
    pre_t, post_t, pre_c, post_c = found = _paired(*measured)
    size = float(max(np.abs(values).max() for values in found))
    before = np.concatenate([pre_t - pre_t.mean(), pre_c - pre_c.mean()])
    after = np.concatenate([post_t - post_t.mean(), post_c - post_c.mean()])
    require_spread("pre_treated, pre_comparison", float(before.std()), size)
    require_spread("post_treated, post_comparison", float(after.std()), size)
    return _Summary(
        (float(pre_t.mean()), float(pre_c.mean())),
        (float(post_t.mean()), float(post_c.mean())),
        (float(pre_t.std(ddof=1)), float(pre_c.std(ddof=1))),
        (len(pre_t), len(pre_c)),
        float(before @ after / math.sqrt((before @ before) * (after @ after))),
    )


def _of_arms(
    pre_t: float, post_t: float, n_t: float,
    pre_c: float, post_c: float, n_c: float, r: float, enough: Rule,
) -> list[Asked]:  # fmt: skip
    return [
        ("pre_t", pre_t, NUMBER),
        ("post_t", post_t, NUMBER),
        ("n_t", n_t, enough),
        ("pre_c", pre_c, NUMBER),
        ("post_c", post_c, NUMBER),
        ("n_c", n_c, enough),
        ("r", r, CORRELATION),
    ]


def _raw_variance(d: float, n: float, r: float) -> float:
    return 2 * (1 - r) / n + d**2 / (2 * n)


def _with_t(
    d: float, se: float, df: float, divided_by: str, factor: Factor, name: str, level: float
) -> Size:
    reach = t_quantile(df, level) * se
    return Size(d, se, d - reach, d + reach, divided_by, factor.words, name=name, df=df, df_sd=df)
