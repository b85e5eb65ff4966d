"""How alike the arms were before the programme, in standard deviations."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.effects.result import Effects
from academic_workplace.effects.weighted import Weighted
from academic_workplace.errors import Fault, PlanError
from academic_workplace.evidence.attrition import is_whole, real
from academic_workplace.intake.layout import samples
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.moments import Baseline, ClusterMoments
from academic_workplace.plan import OVER_WAVES, Method, Plan
from academic_workplace.sizes import Factor, cox_index

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

START = ("start", "")


@dataclass(frozen=True, slots=True)
class Difference:
    """An arm minus the comparison, for one column known at the start.

    group: everyone at the start, or the pupils of one analysis. smd: the difference in means over
    ``sd``, the pooled standard deviation (n - 1) of the two arms; None when nothing varies.
    """

    group: tuple[str, str]
    column: str
    arm: str
    mean_arm: float
    mean_comparison: float
    smd: float | None
    sd: float | None
    n_arm: int
    n_comparison: int
    sd_arm: float | None
    sd_comparison: float | None


def differences(baseline: Baseline, comparison: str) -> tuple[Difference, ...]:
    """Every column, arm and group: those at the start first."""
    if comparison not in baseline.arms:
        return ()
    c = baseline.arms.index(comparison)
    mean, variance, n = baseline.mean, baseline.variance, baseline.n

    def difference(g: int, j: int, a: int) -> Difference:
        arms = [
            (_whole(float(mean[g, i, j])), math.sqrt(variance[g, i, j]) if n[g, i, j] > 1 else None,
             round(float(n[g, i, j])))
            for i in (a, c)
        ]  # fmt: skip
        (m1, s1, n1), (m0, s0, n0) = arms
        sd = pooled(s1, s0, n1, n0)
        smd = (m1 - m0) / sd if sd else None
        names = baseline.groups[g], baseline.columns[j], baseline.arms[a]
        return Difference(*names, m1, m0, smd, sd, n1, n0, s1, s0)

    return tuple(
        difference(g, j, a)
        for g in range(len(baseline.groups))
        for j in range(len(baseline.columns))
        for a in range(len(baseline.arms))
        if a != c
    )


def pooled(sd_t: float | None, sd_c: float | None, n_t: int, n_c: int) -> float | None:
    """S^2 = [(n_t - 1) s_t^2 + (n_c - 1) s_c^2] / (n_t + n_c - 2); None when one is not known."""
    if sd_t is None or sd_c is None:
        return None
    return math.sqrt(((n_t - 1) * sd_t**2 + (n_c - 1) * sd_c**2) / (n_t + n_c - 2))


# ---------------------------------------------------------------- baseline equivalence

HUGE, MOST = 1e50, 1e12  # of a number, and of pupils: beyond these squares are lost
EQUAL, ADJUSTABLE = 0.05, 0.25  # What Works Clearinghouse Standards Handbook 4.1
SUMMED = 1e-12  # a share this near to 0 or 1 is that, but for the rounding of a sum
AT_THE_LINE = 1e-9  # a difference of 0.05 that floating point made 0.05000000000000001 is 0.05


class Measure(StrEnum):
    """How a baseline difference is standardised."""

    G = "g"  # means: over the pooled standard deviation, times omega = 1 - 3 / (4 N - 9)
    COX = "cox"  # shares of zeros and ones: [logit(p_t) - logit(p_c)] / 1.65


class BaselineVerdict(StrEnum):
    """What the What Works Clearinghouse says of a baseline difference."""

    SATISFIED = "satisfied"  # at most 0.05
    ADJUST = "only with adjustment"  # at most 0.25
    NOT = "not satisfied"
    UNKNOWN = "unknown"


TOO_FEW = Text(
    "Dit is van minder dan twee leerlingen in een groep bekend.",
    "This is known of fewer than two pupils in an arm.",
)
NO_SPREAD = Text("Dit is in elke groep voor iedereen gelijk.", "Within each arm all are the same.")
ALL_OR_NONE = Text(
    "In een groep geldt dit voor niemand of voor iedereen.",
    "In an arm this holds for nobody or for everybody.",
)


AS_IT_IS = ("smd_before", "smd_after", "in_model", "method")  # names that tell when by themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class WithWeights:
    """One characteristic again, with the weights (or matches) that make the arms alike.

    standardised: by the same measure, and over the same standard deviation, as without weights.
    smd_before, smd_after: as matching software has them, over the standard deviation of the treated
    (ATT) or sqrt((s_t^2 + s_c^2) / 2) without weights (``comparison/balance.py``). in_model: the
    model of the outcome has it as well, which is what the Clearinghouse calls adjustment.
    """

    mean_arm: float
    mean_comparison: float
    standardised: float | None
    variance_ratio: float | None
    verdict: BaselineVerdict
    smd_before: float | None
    smd_after: float | None
    in_model: bool
    method: Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """One characteristic: how far an arm was from the comparison beforehand.

    group: ``("start", "")`` or the outcome and wave of an analysis. standardised: by ``measure``,
    None when that cannot be (``reason`` says why). variance_ratio: of the arm over the comparison,
    None for a share (it follows from the mean). adjusted: whether the estimate of that analysis
    adjusts for it, by weights or in its model; None when that is not known. weighted: the same
    pupils with the weights of that analysis, if it has any.
    """

    group: tuple[str, str]
    column: str
    arm: str
    mean_arm: float
    mean_comparison: float
    sd: float | None
    n_arm: int
    n_comparison: int
    measure: Measure
    standardised: float | None
    variance_ratio: float | None
    verdict: BaselineVerdict
    adjusted: bool | None = None
    reason: Text | None = None
    weighted: WithWeights | None = None

    @property
    def established(self) -> bool | None:
        """Whether equivalence stands: satisfied, or adjusted for where that is asked.

        With the weights if there are any: these have then had their say, and what is asked is the
        model of the outcome.
        """
        verdict, adjusted = self.verdict, self.adjusted
        if self.weighted is not None:
            verdict, adjusted = self.weighted.verdict, self.weighted.in_model
        if verdict is BaselineVerdict.UNKNOWN:
            return None
        return verdict is BaselineVerdict.SATISFIED or (
            adjusted if verdict is BaselineVerdict.ADJUST else False
        )

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        plain = {
            "outcome": self.group[0],
            "wave": self.group[1],
            **asdict(self),
            "measure": self.measure.value,
            "verdict": self.verdict.value,
            "established": self.established,
            "reason": self.reason.en if self.reason else None,
        }
        del plain["group"], plain["weighted"]
        if self.weighted is not None:
            again = asdict(self.weighted) | {"verdict": self.weighted.verdict.value}
            again["method"] = self.weighted.method.value
            plain |= {n if n in AS_IT_IS else f"{n}_after": v for n, v in again.items()}
        return plain


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Balance(Items[Characteristic]):
    """Every characteristic, arm and group: those at the start first."""

    def __repr__(self) -> str:
        return f"Balance({len(self)} characteristics)"

    def within(self, group: tuple[str, str], arm: str | None = None) -> Balance:
        """Only those of one group: START, or the outcome and wave of an analysis."""
        return Balance(tuple(c for c in self if c.group == group and (arm is None or c.arm == arm)))

    def table(self) -> pd.DataFrame:
        """A row per group, column and arm, in full precision."""
        return pd.DataFrame([item.to_dict() for item in self])

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return {"characteristics": [item.to_dict() for item in self]}

    def explain(self, language: str = "nl") -> str:
        """How alike the arms were, and are with weights, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.comparison import alike_sentence
        from academic_workplace.report.robustness import balance_sentence

        weighted = any(c.weighted for c in self)
        return alike_sentence(self, language) if weighted else balance_sentence(self, language)

    def plot(
        self, ax: Axes | None = None, *, language: str = "nl", plan: Plan | None = None
    ) -> Axes:
        """How far apart the arms are per characteristic, and with weights, on matplotlib axes.

        Of one group and arm: the first with weights, or else the first. plan: has their names.
        """
        from academic_workplace.report.comparison import plot_love

        return plot_love(self, language, ax, plan)

    def picture(self, language: str = "nl", plan: Plan | None = None) -> Drawing:
        """The same picture with its alternative text, for a notebook."""
        from academic_workplace.report.comparison import love_drawing

        return love_drawing(self, language, plan)

    def _repr_html_(self) -> str:
        return both(self.explain)


def balance(data: Effects | ClusterMoments | Baseline, comparison: str | None = None) -> Balance:
    """Baseline equivalence of every arm with the comparison, at the start and in each analysis.

    data: effects, moments, or the baseline in them. comparison: the arm compared with; effects
    know it. The What Works Clearinghouse judges the pupils of an analysis, with its weights: where
    effects come with weights or matches, each characteristic also tells how it is with them.
    Raises PlanError when that arm is not among those of the baseline.
    """
    baseline = data if isinstance(data, Baseline) else data.baseline
    effects = data if isinstance(data, Effects) else None
    if effects is not None and comparison is None:
        comparison = effects[0].comparison
        if comparison not in baseline.arms:  # arms told after the rows were gone: nothing known
            return Balance(())
    if comparison is None or comparison not in baseline.arms:
        rule = Text(
            "Met welke groep vergeleken wordt, is niet bekend.",
            "The arm to compare with is not known.",
        )
        known = ", ".join(baseline.arms)
        remedy = Text(f"Kies uit: {known}.", f"Choose from: {known}.")
        raise PlanError([Fault(rule, remedy, column="comparison")])
    inside = {} if effects is None else adjusted_for(effects)
    plain = [
        _characteristic(d, d.column.split("=")[0] in inside[d.group] if d.group in inside else None)
        for d in differences(baseline, comparison)
    ]
    behind = {} if effects is None else effects.details
    out = []
    for c in plain:
        detail = behind.get((*c.group, c.arm))
        out.append(_weigh(c, detail) if isinstance(detail, Weighted) else c)
    return Balance(tuple(out))


def weighted_balance(detail: Weighted) -> Balance:
    """The columns of one weighted or matched analysis, without and with its weights."""
    found, counts = detail.balance, detail.pupils
    out = []
    for j, column in enumerate(found.columns):
        means = float(found.mean_treated[0, j]), float(found.mean_comparison[0, j])
        sds = float(found.sd_treated[0, j]), float(found.sd_comparison[0, j])
        if all(s <= SUMMED * abs(m) for s, m in zip(sds, means, strict=True)):
            sds = 0.0, 0.0  # all the same within each arm, but for the rounding of a sum
            if abs(means[0] - means[1]) <= SUMMED * abs(means[0]):
                means = means[0], means[0]
        s_t, s_c = (
            _spread(s, n, share=bool(found.share[j])) for s, n in zip(sds, counts, strict=True)
        )
        sd = pooled(s_t, s_c, *counts)
        group = detail.outcome, detail.wave
        d = Difference(group, column, detail.arm, *means, None, sd, *counts, s_t, s_c)
        out.append(_weigh(_characteristic(d, None, share=bool(found.share[j])), detail))
    return Balance(tuple(out))


def _spread(sd: float, n: int, *, share: bool) -> float | None:
    """Over n - 1, which that of a share is not yet; None of a single pupil."""
    if n < 2:
        return None
    return sd * math.sqrt(n / (n - 1)) if share else sd


def _weigh(c: Characteristic, detail: Weighted) -> Characteristic:
    """The characteristic with what it is with weights, where its column has any."""
    found = detail.balance
    if c.column not in found.columns:
        return c
    j, share = found.columns.index(c.column), c.measure is Measure.COX
    means = float(found.mean_treated[1, j]), float(found.mean_comparison[1, j])
    if share:  # none or all, but for the rounding of a sum of weights
        means = _whole(means[0]), _whole(means[1])
    value = c.standardised if c.sd == 0 or c.sd is None else None
    if value is None:
        counts = c.n_arm, c.n_comparison
        d = Difference(c.group, c.column, c.arm, *means, None, c.sd, *counts, None, None)
        value, _ = _standardised(d, share=share)
    before, after = (known(found.smd[i, j]) for i in (0, 1))
    again = WithWeights(
        mean_arm=means[0],
        mean_comparison=means[1],
        standardised=value,
        variance_ratio=known(found.variance_ratio[1, j]) if c.sd else None,
        verdict=baseline_verdict(value),
        smd_before=before,
        smd_after=after,
        in_model=c.column.split("=")[0] in {a.split("=")[0] for a in detail.adjusted},
        method=detail.method,
    )
    return replace(c, adjusted=again.in_model or j < detail.weighed, weighted=again)


def _whole(mean: float) -> float:
    """The whole number that a mean is, but for rounding: 0 of nobody, 1 of everybody."""
    near = math.isfinite(mean) and abs(mean - round(mean)) < SUMMED
    return float(round(mean)) if near else mean


def known(x: float) -> float | None:
    """A number, or None where there is none."""
    return float(x) if math.isfinite(x) else None


def balance_from_summary(
    *,
    mean_t: float,
    mean_c: float,
    n_t: int,
    n_c: int,
    sd_t: float | None = None,
    sd_c: float | None = None,
) -> Characteristic:
    """The same from printed numbers; without standard deviations the means are shares (0 to 1).

    Raises PlanError naming every number that cannot be.

    >>> found = balance_from_summary(mean_t=6, mean_c=5, sd_t=1, sd_c=1, n_t=3, n_c=3)
    >>> round(found.standardised, 6), found.verdict.value
    (0.8, 'not satisfied')
    """
    share = sd_t is None and sd_c is None
    faults = []
    for name, n in (("n_t", n_t), ("n_c", n_c)):
        if not is_whole(n) or not 2 <= real(n) <= MOST:
            rule = Text(
                "Dit moet een aantal van 2 of meer zijn.", "This must be a count, at least 2."
            )
            faults.append(_fault(name, rule))
    for name, mean in (("mean_t", mean_t), ("mean_c", mean_c)):
        if not abs(real(mean)) <= HUGE:
            faults.append(_fault(name, Text("Dit moet een getal zijn.", "This must be a number.")))
        elif share and not 0 <= mean <= 1:
            rule = Text(
                "Zonder standaarddeviatie moet dit een aandeel van 0 tot 1 zijn.",
                "Without a standard deviation this must be a share, 0 to 1.",
            )
            faults.append(_fault(name, rule))
    for name, sd in (("sd_t", sd_t), ("sd_c", sd_c)):
        if not share and (real(sd) != 0 and not 1 / HUGE <= real(sd) <= HUGE):
            rule = Text(
                "Dit moet een standaarddeviatie van 0 of meer zijn.",
                "This must be a standard deviation, 0 or more.",
            )
            faults.append(_fault(name, rule))
    if faults:
        raise PlanError(faults)
    n_t, n_c = int(n_t), int(n_c)
    if share:
        sd_t, sd_c = (
            math.sqrt(p * (1 - p) * n / (n - 1)) for p, n in ((mean_t, n_t), (mean_c, n_c))
        )
    sd = pooled(sd_t, sd_c, n_t, n_c)
    d = Difference(START, "", "", mean_t, mean_c, None, sd, n_t, n_c, sd_t, sd_c)
    return _characteristic(d, None, share=share)


def baseline_verdict(standardised: float | None) -> BaselineVerdict:
    """At most 0.05 satisfied, at most 0.25 only with adjustment, beyond that not."""
    if standardised is None:
        return BaselineVerdict.UNKNOWN
    size = abs(standardised) - AT_THE_LINE
    if size <= EQUAL:
        return BaselineVerdict.SATISFIED
    return BaselineVerdict.ADJUST if size <= ADJUSTABLE else BaselineVerdict.NOT


def _characteristic(
    d: Difference, adjusted: bool | None, *, share: bool | None = None
) -> Characteristic:
    """A difference, standardised and judged. share: of zeros and ones; seen from d when None."""
    share = _is_share(d) if share is None else share
    ratio = None
    if not share and d.sd_arm is not None and d.sd_comparison:
        ratio = (d.sd_arm / d.sd_comparison) ** 2
    value, reason = _standardised(d, share=share)
    return Characteristic(
        group=d.group,
        column=d.column,
        arm=d.arm,
        mean_arm=d.mean_arm,
        mean_comparison=d.mean_comparison,
        sd=d.sd,
        n_arm=d.n_arm,
        n_comparison=d.n_comparison,
        measure=Measure.COX if share else Measure.G,
        standardised=value,
        variance_ratio=ratio,
        verdict=baseline_verdict(value),
        adjusted=adjusted,
        reason=reason,
    )


def _standardised(d: Difference, *, share: bool) -> tuple[float | None, Text | None]:
    if d.sd is None:
        return None, TOO_FEW
    if share and d.mean_arm == d.mean_comparison:  # also where it holds for nobody or everybody
        return 0.0, None
    if d.sd == 0:  # all the same within each arm: alike, or apart without a measure
        alike = math.isclose(d.mean_arm, d.mean_comparison, rel_tol=SUMMED)
        return (0.0, None) if alike else (None, NO_SPREAD)
    if not share:
        omega = Factor.WWC.of(d.n_arm + d.n_comparison - 2)
        return omega * (d.mean_arm - d.mean_comparison) / d.sd, None
    if not (0 < d.mean_arm < 1 and 0 < d.mean_comparison < 1):
        return None, ALL_OR_NONE
    return cox_index(d.mean_arm, d.mean_comparison).g, None


def _is_share(d: Difference) -> bool:
    """Whether a column holds only zeros and ones: then sum x^2 = sum x in both arms."""
    for mean, sd, n in ((d.mean_arm, d.sd_arm, d.n_arm),
                        (d.mean_comparison, d.sd_comparison, d.n_comparison)):  # fmt: skip
        if sd is None or not 0 <= mean <= 1:
            return False
        if abs(sd**2 * (n - 1) - n * mean * (1 - mean)) > 1e-9 * n:
            return False
    return True


def adjusted_for(effects: Effects) -> dict[tuple[str, str], set[str]]:
    """Per analysis the terms of its regression: the columns (of a category: its name)."""
    terms: dict[tuple[str, str], set[str]] = {m.key: set() for m in effects.moments.samples}
    table = effects.all_coefficients
    for outcome, wave, term in zip(table["outcome"], table["wave"], table["term"], strict=True):
        terms[outcome, wave].add(str(term).split("=")[0])
    if effects.method in OVER_WAVES:  # the baseline is subtracted, and columns are named per wave
        for sample in samples(effects.plan):
            terms[sample.key] |= {sample.baseline, *effects.plan.covariates}
    return terms


def _fault(column: str, rule: Text) -> Fault:
    return Fault(rule, Text("Verbeter het getal.", "Mend the number."), column=column)
