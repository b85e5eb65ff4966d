"""Differences per site (block), their averages, and how much they differ.

    tau = sum_b p_b d_b,   d_b = mean of the arm - mean of the comparison, in site b

The average over sites counts every site alike (p = 1/B), the average over pupils by its pupils; the
difference within blocks (``difference.py``) weighs by n_1 n_0 / n, which tells most but answers the
question of nobody in particular. Miratrix, Weiss & Henderson (2021, J. Res. Educ. Eff. 14).

The variance of a weighted average is HC2 with equal variances over sites as working model:
sum p_b^2 (d_b - tau)^2 / (1 - 2 p_b + sum p^2); for the average over sites that is sd^2 / B with
B - 1 degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.effects.regression import (
    NO_SPREAD,
    Arms,
    Interval,
    arms_of,
    column,
    effect_of,
    few_degrees,
    spread_of,
    with_t,
)
from academic_workplace.effects.result import TERMS, Effect, Effects, Estimated, measured
from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Level, Plan

Floats = NDArray[np.float64]

FEW_SITES = Text(
    "Er zijn te weinig scholen waar beide groepen voorkomen om te weten hoe zij verschillen.",
    "Too few schools hold both groups to know how they differ.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """The sites with pupils in both arms. n1, n0, d: (B,); v: (B,) sampling variance of d.

    v supposes that pupils were assigned; NaN where an arm has one pupil.
    """

    names: tuple[str, ...]
    n1: Floats
    n0: Floats
    d: Floats
    v: Floats


def sites_of(m: SampleMoments, plan: Plan, arm: str, comparison: str) -> Sites:
    """The difference between two arms in every block."""
    names, b = np.unique(np.array(m.blocks), return_inverse=True)
    n, mean, variance = (np.full((2, len(names)), np.nan) for _ in range(3))
    for i, name in enumerate((arm, comparison)):
        cells = m.totals[:, m.columns.index(column(plan, name))] > 0.5
        sums = np.zeros((len(names), 3))
        np.add.at(sums, b[cells], m.S[cells][:, [0, 0, -1], [0, -1, -1]])
        n[i] = sums[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean[i] = sums[:, 1] / n[i]
            variance[i] = np.maximum(sums[:, 2] - n[i] * mean[i] ** 2, 0) / (n[i] - 1)
    both = (n > 0).all(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        v = np.sum(np.where(n > 1, variance / n, np.nan), axis=0)
    return Sites(
        tuple(names[both].tolist()), n[0, both], n[1, both], (mean[0] - mean[1])[both], v[both]
    )


def weighted_average(d: Floats, weight: Floats) -> Interval:
    """The average of independent differences with HC2 and Bell-McCaffrey degrees of freedom."""
    p = weight / weight.sum()
    tau = float(p @ d)
    if len(d) < 2:
        return Interval(tau)
    left = 1 - 2 * p + p @ p
    a = p / np.sqrt(left)
    v = float(np.sum((a * (d - tau)) ** 2))
    residual = np.eye(len(d)) - p  # rows: d_b - tau
    P = (a[:, None] * residual) @ (a[:, None] * residual).T
    df = float(np.trace(P) ** 2 / np.sum(P**2))
    return with_t(tau, v, df)


def site_average(
    m: SampleMoments, plan: Plan, inference: Inference, _: Pupils | None = None
) -> Estimated:
    """The differences of the sites, every site counting alike."""
    return _average(m, plan, inference, by_pupils=False)


def pupil_average(
    m: SampleMoments, plan: Plan, inference: Inference, _: Pupils | None = None
) -> Estimated:
    """The differences of the sites, each counting for its pupils in both arms."""
    return _average(m, plan, inference, by_pupils=True)


def _average(m: SampleMoments, plan: Plan, inference: Inference, *, by_pupils: bool) -> Estimated:
    if not plan.blocks:
        raise _no_blocks()
    _refuse_crossing(m)
    arms = arms_of(m, plan)
    divisor = None
    if arms.able:
        divisor = spread_of(m, plan, arms)
    over = "pupils" if by_pupils else "sites"
    method = f"average of the differences over {over}"
    effects, rows = [], []
    for arm in arms.others:
        found, reason = _one(m, plan, arm, arms, by_pupils=by_pupils)
        effect = effect_of(m, plan, arm, arms, found, reason, divisor, inference, method)
        effects.append(replace(effect, cautions=few_degrees(effect)))
        if found is not None:
            numbers = (found.estimate, found.se, found.df, found.low, found.high, found.p_value)
            rows.append((m.outcome, m.wave, column(plan, arm), *numbers))
    return Estimated(effects, pd.DataFrame(rows, columns=TERMS))


def _one(
    m: SampleMoments, plan: Plan, arm: str, arms: Arms, *, by_pupils: bool
) -> tuple[Interval | None, Text]:
    if arm not in arms.able:
        return None, FEW_SITES
    sites = sites_of(m, plan, arm, arms.comparison)
    if len(sites.d) == 0:
        return None, FEW_SITES
    weight = sites.n1 + sites.n0 if by_pupils else np.ones(len(sites.d))
    return weighted_average(sites.d, weight), FEW_SITES if len(sites.d) < 2 else NO_SPREAD


@dataclass(frozen=True, slots=True)
class MultiSite:
    """One effect over sites: its averages, and the spread of the sites' true differences.

    pupil_average, site_average: as above, with their standard errors. precision: weights
    n_1 n_0 / n. random_mean, random_se, sd: random-effects mean and cross-site standard deviation
    by REML; sd_low, sd_high: its 95 % interval (Q-profile, Viechtbauer, 2007). Q, df, p_value:
    Cochran's test that all differences are equal. The last eight are None unless pupils were
    assigned, with two or more per arm and site.
    """

    outcome: str
    wave: str
    arm: str
    sites: int
    pupil_average: float
    pupil_se: float | None
    site_average: float
    site_se: float | None
    precision: float
    random_mean: float | None
    random_se: float | None
    sd: float | None
    sd_low: float | None
    sd_high: float | None
    Q: float | None
    df: int | None
    p_value: float | None


def multisite(effects: Effects) -> pd.DataFrame:
    """Every effect over sites: a row of ``MultiSite`` per effect.

    Raises PlanError when the plan has no blocks, or has a dose, weights or a second division.
    """
    plan = measured(effects).plan
    if not plan.blocks:
        raise _no_blocks()
    if plan.dose or plan.weights is not None:
        rule = Text(
            "Verschillen per blok zijn er hier alleen tussen groepen en zonder gewichten.",
            "Differences per block are here only between arms and without weights.",
        )
        remedy = Text("Laat dose of weights weg.", "Leave out dose or weights.")
        raise PlanError([Fault(rule, remedy, column="dose" if plan.dose else "weights")])
    if plan.crossed is not None:
        rule = Text(
            "Verschillen per blok kennen maar één indeling. Het plan heeft er twee (crossed).",
            "Differences per block know only one division. The plan has two (crossed).",
        )
        remedy = Text("Laat crossed weg.", "Leave out crossed.")
        raise PlanError([Fault(rule, remedy, column="crossed")])
    by_key = {m.key: m for m in effects.moments.samples}
    rows = []
    for effect in effects:
        m = by_key[effect.outcome, effect.wave]
        _refuse_crossing(m)
        sites = sites_of(m, plan, effect.arm, effect.comparison)
        if len(sites.d):
            rows.append(_over_sites(effect, sites, plan))
    return pd.DataFrame(rows)


def _over_sites(effect: Effect, sites: Sites, plan: Plan) -> MultiSite:
    n1, n0, d = sites.n1, sites.n0, sites.d
    pupil, site = weighted_average(d, n1 + n0), weighted_average(d, np.ones(len(d)))
    weight = n1 * n0 / (n1 + n0)
    first = (effect.outcome, effect.wave, effect.arm, len(d), pupil.estimate, pupil.se,
             site.estimate, site.se, float(weight @ d / weight.sum()))  # fmt: skip
    told = sites.v > 0
    if plan.assigned is not Level.PUPIL or told.sum() < 2:
        return MultiSite(*first, *(None,) * 8)
    d, v = d[told], sites.v[told]
    mean, se, variance = random_effects(d, v)
    low, high = q_profile(d, v)
    w = 1 / v
    Q, df = float(w @ (d - w @ d / w.sum()) ** 2), len(d) - 1
    p = float(special.chdtrc(df, Q))
    sd, sd_low, sd_high = (math.sqrt(x) for x in (variance, low, high))
    return MultiSite(*first, mean, se, sd, sd_low, sd_high, Q, df, p)


def random_effects(d: Floats, v: Floats) -> tuple[float, float, float]:
    """Mean, its standard error and the variance between sites, by REML (Fisher scoring).

    d, v: (B,) differences and their sampling variances. Raudenbush (2009, in Cooper et al., eq.
    16.25): a variance below 0 becomes 0.
    """
    variance = max(float(np.var(d, ddof=1) - v.mean()), 0.0)
    for _ in range(1000):
        w = 1 / (v + variance)
        total = w.sum()
        mean = w @ d / total
        trace = total - w @ w / total
        trace2 = w @ w - 2 * (w**3).sum() / total + (w @ w / total) ** 2
        new = max(float(variance + (w**2 @ (d - mean) ** 2 - trace) / trace2), 0.0)
        if abs(new - variance) <= 1e-13 * (new + v.mean()):
            break
        variance = new
    return float(mean), float(total**-0.5), new


def q_profile(d: Floats, v: Floats) -> tuple[float, float]:
    """95 % interval of the variance between sites: where Cochran's Q reaches its quantiles."""

    def Q(variance: float) -> float:  # noqa: N802  # Cochran's letter
        w = 1 / (v + variance)
        return float(w @ (d - w @ d / w.sum()) ** 2)

    limits = []
    for share in (0.025, 0.975):
        wanted = float(special.chdtri(len(d) - 1, share))
        low, high = 0.0, float(np.var(d, ddof=1) + v.max())
        if Q(0.0) <= wanted:
            limits.append(0.0)
            continue
        while Q(high) > wanted:
            low, high = high, 2 * high
        while high - low > 1e-13 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if Q(middle) > wanted else (low, middle)
        limits.append((low + high) / 2)
    return limits[0], limits[1]


def _refuse_crossing(m: SampleMoments) -> None:
    """The differences of blocks that share clusters are not independent, as they are taken here."""
    if len(set(zip(m.clusters, m.blocks, strict=True))) == len(set(m.clusters)):
        return
    rule = Text(
        "Sommige scholen (clusters) liggen in meer dan een blok. De verschillen per blok hangen dan"
        " samen, en hun gemiddelde heeft zo geen juiste onzekerheid.",
        "Some schools (clusters) lie in more than one block. Then the differences per block hang"
        " together, and their average would get a wrong uncertainty.",
    )
    remedy = Text(
        "Kies de methode ‘difference’ of ‘adjusted’, of andere blokken.",
        "Choose the method ‘difference’ or ‘adjusted’, or other blocks.",
    )
    raise PlanError([Fault(rule, remedy, column="blocks")])


def _no_blocks() -> PlanError:
    rule = Text(
        "Dit is een gemiddelde over blokken, en het plan heeft geen blokken.",
        "This is an average over blocks, and the plan has no blocks.",
    )
    remedy = Text(
        'Noem bij [design] blocks = ["…"], of kies een andere methode.',
        'Name blocks = ["…"] in [design], or choose another method.',
    )
    return PlanError([Fault(rule, remedy, column="blocks")])
