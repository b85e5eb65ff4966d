"""What a design can find: power, the smallest effect it can see, how many clusters that takes.

An effect ES is tested two-sided with T = estimate / se, noncentral t with lambda = ES / SE:

    power = P(|T_df,lambda| > t_{1-a/2,df}),   MDES by rule = (t_{1-a/2,df} + t_{power,df}) SE

With P the share treated, J clusters of n pupils and rho the intraclass correlation, SE^2 is

    clusters assigned    rho (1-R2_2)/[P(1-P)J] + (1-rho)(1-R2_1)/[P(1-P)Jn rel]
    pupils within sites  rho omega (1-R2_T)/J + (1-rho)(1-R2_1)/[P(1-P)Jn rel]

Dong & Maynard (2013, J. Res. Educ. Eff. 6) and, with classes or blocks, their three-level forms;
degrees of freedom as there. What else changes SE^2 is said where it is worked out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.errors import Fault, PlanError
from academic_workplace.evidence.design import (
    ABOVE,
    CHANCE,
    LEVEL,
    ONE_UP,
    SIZE,
    WHOLE_ONE_UP,
    WHOLE_SHARE,
    ZERO_UP,
    Comparison,
    Correction,
    Design,
    Outcomes,
    Rule,
    Sites,
    Waves,
    blocks_with,
    degrees_of_freedom,
    fault,
    kind_faults,
    number_faults,
    refuse,
)
from academic_workplace.language import both
from academic_workplace.plan import Level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]

ALPHA, POWER = 0.05, 0.80
MOST = 10_000  # clusters that are still looked at, in a design that does not have more itself
SHOWN = (4, 6, 8, 10, 12, 16, 20, 24, 30, 40, 60, 80, 120, 160, 240, 320, 480)  # on a curve


class Question(StrEnum):
    """Which of effect, power and clusters was asked for."""

    POWER = "power"
    EFFECT = "effect"
    CLUSTERS = "clusters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a design can find, or what it takes to find it.

    effect: in standard deviations, or a difference of proportions; as given, or the smallest that
        is found with ``power``, by inverting the noncentral t (None when no difference of
        proportions is large enough). by_rule: that by the rule (t_{1-a/2} + t_power) SE, which
        other software gives: less with few degrees of freedom, and then found less often.
    power: as worked out, or as wanted; with several outcomes for each of them, after correction.
    at_least_one, every_one: of several outcomes.
    se: of the effect. df: of t. alpha: level of the two-sided test.
    clusters: the fewest with at least the power wanted, for the effect (or for the smallest effect
        that matters); pupils, without clusters; None above ``MOST``. reached: their power.
    solution: the number, not whole, at which the rule gives the effect: PowerUpR rounds it, and
        may stay just short of the power.
    smallest_effect, power_there: the smallest effect that matters, and the power at it.

    A field that the question does not have is None.
    """

    question: Question
    design: Design
    effect: float | None
    power: float
    alpha: float
    se: float | None = None
    df: float | None = None
    by_rule: float | None = None
    at_least_one: float | None = None
    every_one: float | None = None
    clusters: int | None = None
    solution: float | None = None
    reached: float | None = None
    smallest_effect: float | None = None
    power_there: float | None = None

    def to_dict(self) -> dict[str, object]:
        """The answer and all that was assumed, as plain values."""
        own: dict[str, object] = {f.name: getattr(self, f.name) for f in fields(self)}
        del own["design"]
        assumed = {f"design_{key}": value for key, value in self.design.to_dict().items()}
        return own | {"question": self.question.value} | assumed

    def table(self) -> pd.DataFrame:
        """The same question for more and fewer clusters: a row each, as in the picture."""
        asked = self.question is Question.EFFECT
        return curve(
            self.design, alpha=self.alpha, power=self.power if asked else POWER,
            effect=None if asked else self.effect, also=self.clusters,
        )  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.planning import prospect_sentences

        return " ".join(prospect_sentences(self, language))

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The smallest effect (or the power) over the number of clusters."""
        from academic_workplace.report.figures.planning import plot_curve

        return plot_curve(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.figures.planning import drawing

        return drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


# ---------------------------------------------------------------- the questions


def power(design: Design, effect: float, *, alpha: float = ALPHA) -> Prospect:
    """How likely the design is to find an effect of this size, tested two-sided.

    effect: in standard deviations, or a difference of proportions. Raises PlanError.

    >>> found = power(Design(clusters=12, pupils=50, icc=0.15), 0.60)
    >>> round(found.power, 2), round(found.df)
    (0.63, 10)
    """
    refuse(_level_faults(design, alpha) + _effect_faults(design, effect))
    se, df = precision(design, effect)
    one = every = None
    if design.outcomes is not None:
        one, every = _joint_power(design.outcomes, effect / se, df, alpha)[1:]
    each = _each(design.outcomes, effect / se, df, alpha)
    return Prospect(
        question=Question.POWER, design=design, effect=float(effect), power=each, alpha=alpha,
        se=se, df=df, at_least_one=one, every_one=every,
    )  # fmt: skip


def minimum_detectable_effect(
    design: Design,
    *,
    power: float = POWER,
    alpha: float = ALPHA,
    smallest_effect: float | None = None,
) -> Prospect:
    """The smallest effect that the design finds with this power, tested two-sided.

    smallest_effect: the smallest effect that matters, to compare with. Raises PlanError.

    >>> found = minimum_detectable_effect(Design(clusters=12, pupils=50, icc=0.15))
    >>> round(found.by_rule, 5), round(found.effect, 5)
    (0.73311, 0.73376)
    """
    faults = _level_faults(design, alpha, power)
    if smallest_effect is not None:
        faults += _effect_faults(design, smallest_effect, ABOVE, "smallest_effect")
    refuse(faults)
    there = needed = None
    if smallest_effect is not None:
        there = _power_at(design, smallest_effect, alpha)
        needed = clusters_needed(design, smallest_effect, power=power, alpha=alpha).clusters
    by_rule, effect = _smallest(design, power, alpha)
    se, df = precision(design, effect or 0.0)
    return Prospect(
        question=Question.EFFECT, design=design, effect=effect, power=power, alpha=alpha,
        se=None if effect is None else se, df=df, by_rule=by_rule, clusters=needed,
        smallest_effect=smallest_effect, power_there=there,
    )  # fmt: skip


def clusters_needed(
    design: Design, effect: float, *, power: float = POWER, alpha: float = ALPHA
) -> Prospect:
    """How many clusters a design like this needs to find an effect of this size.

    Blocks keep their number of clusters. Without clusters the answer counts pupils. Raises
    PlanError.

    >>> clusters_needed(Design(clusters=6, pupils=50, icc=0.15), 0.60).clusters
    17
    """
    refuse(_level_faults(design, alpha, power) + _effect_faults(design, effect, ABOVE))

    def size(real: float) -> float:
        found = _smallest(design, power, alpha, real)[0]
        return math.inf if found is None else found

    step, least = _step(design), _least(design)
    low, high = float(least), float(most(design))
    solution = needed = reached = None
    if size(high) <= effect:
        solution = low if size(low) <= effect else _root(lambda x: effect - size(x), low, high)
        needed = max(least, math.floor(solution / step - 3) * step)
        while (reached := _power_at(sized(design, needed), effect, alpha)) < power:
            needed += step
    return Prospect(
        question=Question.CLUSTERS, design=design, effect=float(effect), power=power, alpha=alpha,
        clusters=needed, solution=solution, reached=reached,
    )  # fmt: skip


def design_effect(pupils: float, icc: float, *, cv: float = 0.0) -> float:
    """How many times larger the variance is than if pupils were not in clusters.

    1 + [(1 + cv^2) n - 1] rho: Eldridge, Ashby & Kerry (2006, Int. J. Epidemiol. 35), for an
    analysis that counts every pupil alike. Raises PlanError.

    >>> round(design_effect(25, 0.20), 10)
    5.8
    """
    faults = [*number_faults("pupils", pupils, ONE_UP), *number_faults("icc", icc, WHOLE_SHARE)]
    refuse([*faults, *number_faults("cv", cv, ZERO_UP)])
    return 1 + ((1 + cv**2) * pupils - 1) * icc


def curve(
    design: Design,
    *,
    alpha: float = ALPHA,
    power: float = POWER,
    effect: float | None = None,
    also: int | None = None,
) -> pd.DataFrame:
    """The same design with more and fewer clusters: a row each.

    Columns: clusters (pupils, without clusters), pupils (in all), se, df, effect and power. The
    effect is the smallest that is found with ``power`` (exactly), or the one given, with its power.
    also: another number to show, when it is not far off. Raises PlanError.
    """
    faults = _level_faults(design, alpha, power)
    faults += _effect_faults(design, effect) if effect is not None else []
    refuse(faults + ([] if also is None else [*number_faults("also", also, WHOLE_ONE_UP)]))
    step, least = _step(design), _least(design)
    mine = round(design.pupils) if design.individual else design.clusters
    scale = 10 if design.individual else step
    if also is None or also > SHOWN[-1] * scale:
        also = mine
    last = max(2.5 * mine, 1.25 * also, 24 * scale)
    sizes = {k * scale for k in SHOWN if least <= k * scale <= last} | {mine, also}
    rows = []
    for k in sorted(sizes):
        other = sized(design, k)
        at = _smallest(other, power, alpha)[1] if effect is None else effect
        chance = power if effect is None else _power_at(other, effect, alpha)
        rows.append((k, other.pupils_in_all, *precision(other, at or 0.0), at, chance))
    return pd.DataFrame(rows, columns=["clusters", "pupils", "se", "df", "effect", "power"])


# ---------------------------------------------------------------- the arithmetic


def exceeds(ncp: float, df: float, t: float) -> float:
    """P(|T| > t) of a noncentral t: the power of a two-sided test.

    nctdtr is taken in the tail where it keeps its digits. The other holds at most Phi(-ncp), which
    is nothing where nctdtr gives NaN for it. Above an ncp of 1e5 it may give NaN in this tail too:
    there only the standard deviation, a chi of df, still decides.
    """
    ncp = abs(ncp)
    upper = float(special.nctdtr(df, -ncp, -t))
    if math.isnan(upper):
        return float(special.chdtr(df, df * (ncp / t) ** 2))
    other = float(special.nctdtr(df, ncp, -t)) if ncp < 9 else 0.0
    return upper + (0.0 if math.isnan(other) else other)


def precision(d: Design, effect: float = 0.0, size: float | None = None) -> tuple[float, float]:
    """Standard error and degrees of freedom.

    effect: what a difference of proportions is worked out at. size: another number of clusters
    (pupils, without clusters), maybe not whole.

    Sizes that vary: rho counts (1 + cv^2) times (Eldridge, Ashby & Kerry, 2006). One arm in
    groups: pupils vary alike within groups and the singles only that much (Hedges & Citkowicz,
    2015, Behav. Res. Methods 47); degrees of freedom by Satterthwaite. Proportions: p(1-p) of each
    arm instead of 1 (Donner & Klar, 2000).
    """
    if d.individual and size is not None:
        d, size = replace(d, pupils=size), None
    J, n, P = size or d.clusters, d.pupils, d.treated_share
    v_t, v_c = 1.0, 1.0
    if d.proportion is not None:
        p_t = d.proportion + effect
        v_t, v_c = p_t * (1 - p_t), d.proportion * (1 - d.proportion)
    left = 1 - d.icc - d.icc_classes - d.icc_blocks
    inside = (1 - d.r2_pupils) / d.reliability
    pupils = left * inside / (J * d.classes * n)
    classes = d.icc_classes * (1 - d.r2_classes) / (J * d.classes)
    clusters = d.icc * (1 - d.r2_clusters) * (1 + d.cv**2) / J
    df = degrees_of_freedom(d, J)
    if d.one_arm:
        N_c = J * n * (1 - P) / P
        treated = v_t * _over_waves(d.waves, clusters, pupils)
        singles = left if d.proportion is None else 1.0
        other = v_c * _over_waves(d.waves, 0.0, singles * inside / N_c)
        whole = treated + other
        return math.sqrt(whole), whole**2 / (treated**2 / df + other**2 / (N_c - 1))
    arms = v_t / P + v_c / (1 - P)
    if d.assigned is Level.PUPIL:
        SE2 = arms * _over_waves(d.waves, 0.0, pupils)
        of_sites = d.icc * (1 + d.cv**2) / J
    else:
        SE2 = arms * _over_waves(d.waves, clusters + classes, pupils)
        of_sites = d.icc_blocks / blocks_with(d, J) if d.blocks else 0.0
    if d.sites is Sites.RANDOM:
        SE2 += v_c * d.heterogeneity * (1 - d.r2_effect) * of_sites
    return math.sqrt(SE2), df


def _over_waves(w: Waves | None, clusters: float, pupils: float) -> float:
    """The variance of a mean, from its parts, when waves before and after are used.

    Of r waves after and p before, with correlation c (Frison & Pocock, 1992, Stat. Med. 11;
    McKenzie, 2012, J. Dev. Econ. 99):

        post    [1+(r-1)c]/r
        change  [1+(r-1)c]/r + [1+(p-1)c]/p - 2c
        ancova  [1+(r-1)c]/r - p c^2/[1+(p-1)c]

    Post and change hold for each part by itself. Ancova on means uses the correlation of those
    means, c = (c_2 clusters + c_1 pupils)/(clusters + pupils): Teerenstra et al. (2012, Stat.
    Med. 31), who have r = p = 1.
    """
    whole = clusters + pupils
    if w is None:
        return whole
    c1 = w.correlation
    c2 = c1 if w.correlation_clusters is None else w.correlation_clusters
    p, r = w.before, w.after

    def after(c: float) -> float:
        return (1 + (r - 1) * c) / r

    def change(c: float) -> float:
        return after(c) + (1 + (p - 1) * c) / p - 2 * c

    if w.comparison is Comparison.POST:
        return clusters * after(c2) + pupils * after(c1)
    if w.comparison is Comparison.CHANGE:
        return clusters * change(c2) + pupils * change(c1)
    c = (clusters * c2 + pupils * c1) / whole
    return whole * (after(c) - p * c**2 / (1 + (p - 1) * c))


def _power_at(d: Design, effect: float, alpha: float) -> float:
    se, df = precision(d, effect)
    return _each(d.outcomes, effect / se, df, alpha)


def _smallest(
    d: Design, power: float, alpha: float, size: float | None = None
) -> tuple[float | None, float | None]:
    """The smallest effect, by (t_{1-a/2} + t_power) SE and by inverting the noncentral t.

    With a step-down correction there is no rule, and both invert the simulated power.
    """
    if size is not None and d.share is None:
        d = replace(d, share=0.5)  # of a number that is not whole
    df = precision(d, 0.0, size)[1]
    t = float(special.stdtrit(df, 1 - _level(d.outcomes, alpha) / 2))
    exact = _noncentrality(lambda ncp: _each(d.outcomes, ncp, df, alpha) - power)
    rule = exact if _step_down(d.outcomes) else t + float(special.stdtrit(df, power))
    if d.proportion is None:
        se = precision(d, 0.0, size)[0]
        return rule * se, exact * se
    return _difference(d, rule, size), _difference(d, exact, size)


def _difference(d: Design, multiplier: float, size: float | None) -> float | None:
    """The difference of proportions that is so many times its own standard error."""

    def over(x: float) -> float:
        return x - multiplier * precision(d, x, size)[0]

    top = 1 - (d.proportion or 0.0)
    return _root(over, 0.0, top) if over(top) >= 0 else None


def _noncentrality(f: Callable[[float], float]) -> float:
    """Where a power that grows with the noncentrality is the one wanted."""
    high = 8.0
    while f(high) < 0:
        high *= 2
    return _root(f, 0.0, high)


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(f, low, high, xtol=1e-12, rtol=1e-12))


# ---------------------------------------------------------------- several outcomes


def _step_down(o: Outcomes | None) -> bool:
    return o is not None and o.correction in (Correction.HOLM, Correction.WESTFALL_YOUNG)


def _level(o: Outcomes | None, alpha: float) -> float:
    """At which one outcome is tested by itself; of a step-down procedure the first step."""
    return alpha if o is None or o.correction is Correction.NONE else alpha / o.number


def _each(o: Outcomes | None, ncp: float, df: float, alpha: float) -> float:
    """The power for each outcome by itself; simulated only where there is no formula."""
    if o is not None and _step_down(o):
        return _joint_power(o, ncp, df, alpha)[0]
    return exceeds(ncp, df, float(special.stdtrit(df, 1 - _level(o, alpha) / 2)))


def _joint_power(o: Outcomes, ncp: float, df: float, alpha: float) -> tuple[float, float, float]:
    """The power for each, for at least one, and for every one of several outcomes, simulated.

    The largest |T| is held against the critical value for all m, the next against that for
    m - 1, until one falls short. One-step corrections have the same critical value throughout.
    """
    Z, s = _draws(o, df)
    ordered = np.sort(np.abs(Z + ncp) / s, axis=1)[:, ::-1]
    found = np.cumprod(ordered > _critical(o, df, alpha), axis=1).sum(axis=1)
    one, every = float((found > 0).mean()), float((found == o.number).mean())
    return float(found.mean()) / o.number, one, every


@lru_cache(maxsize=16)
def _draws(o: Outcomes, df: float) -> tuple[Floats, Floats]:
    """(draws, m) normal numerators and the root of a Wishart's diagonal over df, both correlated.

    The Wishart by its Cholesky factor (Bartlett); fewer degrees of freedom than outcomes leave
    columns empty, and what is not whole of one leaves one part full: right on average.
    """
    rng, m = np.random.default_rng(o.seed), o.number
    L = np.linalg.cholesky(np.full((m, m), o.correlation) + (1 - o.correlation) * np.eye(m))
    Z = rng.standard_normal((o.draws, m)) @ L.T
    A = np.tril(rng.standard_normal((o.draws, m, m)), -1)
    for i in range(m):
        A[:, :, i] *= math.sqrt(min(max(df - i, 0), 1))
        if df > i:
            A[:, i, i] = np.sqrt(rng.chisquare(df - i, o.draws))
    return Z, np.sqrt(np.sum((L @ A) ** 2, axis=2) / df)


@lru_cache(maxsize=16)
def _critical(o: Outcomes, df: float, alpha: float) -> Floats:
    """(m,) critical values of |T|, the first for the largest of all m.

    Westfall & Young (1993): of the largest |T| among those left, when nothing is true. Outcomes
    that hang together alike need one value per number left.
    """
    left = np.arange(o.number, 0, -1)
    if o.correction is Correction.WESTFALL_YOUNG:
        Z, s = _draws(o, df)
        largest = np.maximum.accumulate(np.abs(Z) / s, axis=1)
        return np.quantile(largest, 1 - alpha, axis=0)[::-1]
    tests = left if o.correction is Correction.HOLM else np.full(o.number, alpha / _level(o, alpha))
    return np.asarray(special.stdtrit(df, 1 - alpha / (2 * tests)), dtype=np.float64)


# ---------------------------------------------------------------- other sizes of a design


def _step(d: Design) -> int:
    """By how many clusters a design grows: a block at a time, where blocks are equally large."""
    return d.clusters // d.blocks if d.blocks and d.clusters % d.blocks == 0 else 1


def sized(d: Design, k: int) -> Design:
    """The design with k clusters (k pupils, without clusters)."""
    if d.individual:
        return replace(d, pupils=k)
    return replace(d, clusters=k, blocks=max(k * d.blocks // d.clusters, 1) if d.blocks else 0)


def most(d: Design) -> int:
    """The largest size looked at: ``MOST`` clusters, or the design's own when that is more."""
    own = math.floor(d.pupils) if d.individual else d.clusters
    return max(MOST * (100 if d.individual else 1), own)


def _least(d: Design) -> int:
    """The smallest size that the design can have; its own is one that it can."""
    k = step = _step(d)
    while True:
        try:
            sized(d, k)
        except PlanError:
            k += step
        else:
            return k


# ---------------------------------------------------------------- faults


def _level_faults(d: Design, alpha: float, power: float = POWER) -> list[Fault]:
    """What is wrong with the design as a whole, the level of the test and the power wanted."""
    faults = [*kind_faults("design", d, Design), *number_faults("alpha", alpha, LEVEL)]
    faults += number_faults("power", power, CHANCE)
    if not faults and power <= alpha:
        faults.append(fault(
            "power",
            "De kans om een effect te zien moet groter zijn dan de kans op een toevalstreffer.",
            "The power must be larger than the level of the test.",
            "Kies bijvoorbeeld 0.80.",
            "Choose for example 0.80.",
        ))  # fmt: skip
    return faults


def _effect_faults(
    d: Design, effect: float, rule: Rule = SIZE, name: str = "effect"
) -> list[Fault]:
    """What is wrong with an effect, in this design."""
    faults = list(number_faults(name, effect, rule))
    known = isinstance(d, Design) and d.proportion is not None
    if not faults and known and not 0 <= (d.proportion or 0.0) + effect <= 1:
        faults.append(fault(
            name,
            "Samen met proportion is dit geen aandeel tussen 0 en 1.",
            "Together with proportion this is no share between 0 and 1.",
            "Kies een kleiner effect.",
            "Choose a smaller effect.",
        ))  # fmt: skip
    return faults
