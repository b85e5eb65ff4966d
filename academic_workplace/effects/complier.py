"""The effect of taking part, for those who take part because it was offered to them.

    y = block + tau * took_part + covariates' c + error,   instrument: the arm

Being offered something and taking part in it are two things. Who takes part chooses to, and is not
like who does not; who was offered it was not chosen so. tau is the effect of the offer on the
outcome over its effect on taking part (Wald; two-stage least squares with covariates and blocks):
for those who take part when it is offered and not otherwise (Angrist, Imbens & Rubin, 1996, J. Am.
Stat. Assoc. 91). Of an amount (lessons) it is the effect of one unit more, weighted by whom the
offer moves (Angrist & Imbens, 1995, J. Am. Stat. Assoc. 90). The offer itself is always told first:
that is what a school can decide about.

Uncertainty is CR2 with the Satterthwaite degrees of freedom of the offer (``instrument.py``). Where
the offer moves few (F below 10) the t interval is too sure of itself, and that of Anderson & Rubin
takes its place; it may have no ends. An offer that made fewer take part has no such effect: there
is nobody who took part because of it (``FEWER``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd

from academic_workplace.disclosure import may_leave
from academic_workplace.effects.imputed import completed, needs_rows
from academic_workplace.effects.regression import (
    CONSTANT,
    NO_SPREAD,
    NOBODY,
    ONE_CLUSTER,
    Arms,
    Interval,
    arms_of,
    cautions_of,
    column,
    covariate_columns,
    effect_of,
    interval,
    regress,
    spread_of,
    with_t,
)
from academic_workplace.effects.result import (
    TERMS,
    Caution,
    Effect,
    Effects,
    Estimated,
    estimated,
)
from academic_workplace.errors import Fault, PlanError
from academic_workplace.instrument import (
    Region,
    Shape,
    TwoStage,
    anderson_rubin,
    contrast_of,
    region_of,
    slope,
    strength,
    two_stage,
    variance_of,
    variances,
)
from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.linear import variance
from academic_workplace.missing.pooling import pooled
from academic_workplace.moments import ClusterMoments, SampleMoments, collect
from academic_workplace.plan import Estimand, Inference, Method, Missing, Plan
from academic_workplace.sizes.size import t_quantile
from academic_workplace.threads import one_thread

METHOD = "complier effect, two-stage least squares"
PER_UNIT = f"{METHOD}, per unit of taking part"  # where that is an amount
WEAK = 10.0  # F below this: the t interval is too narrow (Staiger & Stock, 1997, Econometrica 65)
PLAIN = (Method.DIFFERENCE, Method.ADJUSTED)  # beside which it is told as well

MOVED_NOBODY = Text(
    "Het aanbod veranderde niet wie meedeed. Dan is er geen effect van meedoen te bepalen.",
    "The offer did not change who took part. Then no effect of taking part can be worked out.",
)
FEWER = Text(
    "Wie het aanbod kreeg, deed juist minder mee dan de anderen. Dan is er geen effect van meedoen"
    " te bepalen. Kijk na of de groepen, of ja en nee in de kolom van meedoen, zijn verwisseld.",
    "Those who got the offer took part less than the others. Then no effect of taking part can be"
    " worked out. Check whether the groups, or yes and no in the column of taking part, were"
    " swapped.",
)
PERHAPS_FEWER = Text(
    "Wie het aanbod kreeg, deed eerder minder mee dan meer. Hoe groot het effect van meedoen is,"
    " kunnen we dan niet zeggen. Kijk na of de groepen, of ja en nee in de kolom van meedoen, zijn"
    " verwisseld.",
    "Those who got the offer took part less rather than more. Then we cannot say how large the"
    " effect of taking part is. Check whether the groups, or yes and no in the column of taking"
    " part, were swapped.",
)
NO_ENDS = Text(
    "Het aanbod veranderde te weinig in wie meedeed. Hoe groot het effect van meedoen is, kunnen we"
    " dan niet zeggen.",
    "The offer changed too little in who took part. Then we cannot say how large the effect of"
    " taking part is.",
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Complier:
    """What was offered, who took part, and what taking part did; one arm of one analysis.

    took: mean of taking part in the arm and in the comparison. joined: how many took part there,
    where it is yes or no; None of an amount. of: how many pupils these arms have. offered: the
    effect of the offer (intention to treat). first: what it did to taking part. effect: of taking
    part, with its t interval. F: the strength of the offer as an instrument; infinite where taking
    part followed wholly from it. region: the values that the test of Anderson & Rubin leaves; None
    where the outcome follows wholly from the offer. reason: why something else is None. slopes: the
    variance of what the offer did to the outcome, its covariance with what it did to taking part,
    and the variance of that; 0 where it follows wholly from the offer.

    It supposes that the offer works only through taking part, and that nobody does the opposite of
    what was offered.
    """

    plan: Plan
    inference: Inference
    outcome: str
    wave: str
    arm: str
    comparison: str
    took: tuple[float, float]
    joined: tuple[int, int] | None
    of: tuple[int, int]
    offered: Interval
    first: Interval | None = None
    effect: Interval | None = None
    F: float | None = None
    region: Region | None = None
    reason: Text | None = None
    slopes: tuple[float, float, float] | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """Outcome, wave and arm."""
        return self.outcome, self.wave, self.arm

    @property
    def weak(self) -> bool:
        """Whether the offer moves too few for the t interval."""
        return self.F is not None and self.F < WEAK

    @property
    def fewer(self) -> bool:
        """Whether those who got the offer took part less, be it by chance."""
        return self.first is not None and self.first.estimate < 0

    @property
    def only_offered(self) -> bool:
        """Whether nobody in the comparison took part: the effect is then on all who did."""
        return self.took[1] == 0

    @property
    def everybody(self) -> bool:
        """Whether all who were offered it took part and nobody else: then both effects are one."""
        return self.joined == (self.of[0], 0)

    @property
    def sharp(self) -> bool:
        """Whether it is the offer that the effect is of; it is not."""
        return False

    @property
    def told(self) -> Interval | None:
        """The effect with the interval to believe: where the offer is weak that of the region.

        Of a region without ends, or of two rays, no limits are told here.
        """
        if self.effect is None or not self.weak:
            return self.effect
        low, high = -math.inf, math.inf
        if self.region is not None and self.region.shape is Shape.INTERVAL:
            low, high = self.region.low, self.region.high
        return replace(self.effect, low=low, high=high, p_value=self.offered.p_value)

    @property
    def no_ends(self) -> Text:
        """Why there are no limits, where the offer is weak."""
        return self.reason or (PERHAPS_FEWER if self.fewer else NO_ENDS)

    @property
    def rare(self) -> bool:
        """Whether the numbers tell of few: of an arm few took part, or all but few, by the rules
        that hold now. Beside the effect of the offer the one of taking part would tell how many."""
        if self.joined is None:
            return not may_leave(*self.of)
        pairs = zip(self.joined, self.of, strict=True)
        counts = [n for took, of in pairs for n in (took, of - took) if n > 0]
        return not may_leave(*self.of, *counts)

    def together(self, others: Sequence[Complier], measured: Complier | None) -> Complier:
        """Of several completed tables one, by Rubin's rules (``missing/pooling.py``).

        The offer, what it did to taking part and the effect are pooled each; the region is that of
        Anderson & Rubin with Rubin's total variance of theta's slope, which is quadratic in theta
        as that of one table is. Who took part is the mean of the tables; where too few did of those
        measured, their numbers stand here, so that nothing is told. ``reason`` when a table has no
        answer; no effect either when a table has none.
        """
        all_of = (self, *others)
        took = [float(np.mean([x.took[i] for x in all_of])) for i in (0, 1)]
        counts = [x.joined for x in all_of if x.joined is not None]
        joined, of = None, self.of
        if len(counts) == len(all_of):
            joined = round(np.mean([c[0] for c in counts])), round(np.mean([c[1] for c in counts]))
        if measured is not None and measured.rare:
            joined, of = measured.joined, measured.of
        found = replace(
            self, took=(took[0], took[1]), joined=joined, of=of,
            offered=_pooled([x.offered for x in all_of]) or self.offered,
            first=_pooled([x.first for x in all_of if x.first is not None]),
            effect=None if any(x.effect is None for x in all_of) else
                _pooled([x.effect for x in all_of if x.effect is not None]),
            F=None, region=None, slopes=None, reason=None,
        )  # fmt: skip
        reasons = [x.reason for x in all_of if x.reason is not None]
        known = [x.slopes for x in all_of if x.slopes is not None]
        if reasons or len(known) < len(all_of) or found.effect is None or found.effect.df is None:
            return replace(found, reason=reasons[0] if reasons else NO_SPREAD)
        moved = np.array([(x.offered.estimate, x.first.estimate) for x in all_of if x.first])
        B = np.cov(moved.T, ddof=1) * (1 + 1 / len(all_of))
        v_yy, v_yd, v_dd = (float(x) for x in np.mean(known, axis=0) + B[[0, 0, 1], [0, 1, 1]])
        rho, pi = (float(x) for x in moved.mean(axis=0))
        F = pi**2 / v_dd if v_dd > 0 else math.inf
        effect = found.effect
        if F < WEAK:  # a mean of ratios runs away; the ratio of means lies in the region
            effect = replace(effect, estimate=rho / pi)
        return replace(
            found,
            effect=effect,
            F=F,
            region=region_of(rho, pi, (v_yy, v_yd, v_dd), t_quantile(found.effect.df)),
            slopes=(v_yy, v_yd, v_dd),
        )

    def table(self) -> pd.DataFrame:
        """A row for the offer, for what it did to taking part, and for taking part; full precision.

        shares of taking part stand in every row; low and high are those of t, but of the last row,
        ``Anderson-Rubin``, those of its region (of two rays: what lies between is left out).
        """
        names = [f.name for f in fields(Interval)]
        where = {"outcome": self.outcome, "wave": self.wave, "arm": self.arm}
        rows: list[dict[str, object]] = []
        named = (("offered", self.offered), ("took part", self.first), ("effect", self.effect))
        for name, found in named:
            numbers = {} if found is None else {n: getattr(found, n) for n in names}
            rows.append({**where, "what": name, **numbers})
        r = self.region
        if r is not None and self.effect is not None:
            ends = {"low": r.low, "high": r.high, "p_value": self.offered.p_value}
            rows.append(
                {**where, "what": "Anderson-Rubin", "estimate": self.effect.estimate, **ends}
            )
        table = pd.DataFrame(rows, columns=[*where, "what", *names])
        shape = None if r is None else r.shape.value
        return table.assign(
            took_arm=self.took[0], took_comparison=self.took[1], F=self.F, region=shape
        )

    def explain(self, language: str = "nl") -> str:
        """The offer first, then taking part, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.complier import complier_sentence

        return complier_sentence(self, language)

    def _repr_html_(self) -> str:
        if self.rare:
            return both(self.explain)
        return f"{both(self.explain)}{self.table().to_html(index=False, border=0)}"


def complier(
    m: SampleMoments, plan: Plan, inference: Inference, _: Pupils | None = None
) -> Estimated:
    """Every arm against the comparison, by two-stage least squares."""
    covariates = covariate_columns(m, plan)
    arms = arms_of(m, plan)
    divisor = spread_of(m, plan, arms) if arms.able else None
    effects: list[Effect] = []
    details, tables = {}, []
    for arm in arms.others:
        if arm not in arms.able:
            found, reason = None, NOBODY
            effect = effect_of(m, plan, arm, arms, found, reason, divisor, inference, METHOD)
            effects.append(replace(effect, estimand=Estimand.LATE))
            continue
        two = _two_stage(m, plan, arms, arm, covariates)
        detail = _detail(m, plan, arms, arm, two, covariates, inference)
        reason = detail.no_ends
        method = METHOD if detail.joined is not None else PER_UNIT
        effect = effect_of(m, plan, arm, arms, detail.told, reason, divisor, inference, method)
        effect = replace(effect, estimand=Estimand.LATE)
        if two is not None:
            said = cautions_of(effect, m, two.reduced, inference)
            said = tuple(c for c in said if c is not Caution.CANNOT_REJECT)
            weak = (Caution.WEAK_INSTRUMENT,) if detail.weak else ()
            effect = replace(effect, cautions=said + weak)
            if detail.effect is not None:
                tables.append(_coefficients(m, plan, arms, two, detail, inference))
        effects.append(effect)
        details[m.outcome, m.wave, arm] = detail
    empty = pd.DataFrame(columns=TERMS)
    return Estimated(effects, pd.concat(tables, ignore_index=True) if tables else empty, details)


def compliers(effects: Effects) -> tuple[Complier, ...]:
    """The effect of taking part beside that of the offer: primary outcomes at the main wave.

    With the covariates of the effects and by CR2. Raises PlanError when the plan does not say who
    took part, or the effects are not those of a plain or an adjusted difference.
    """
    effects = estimated(effects)
    plan = effects.plan
    if plan.took_part is None or effects.method not in PLAIN:
        rule = Text(
            "Dit kan alleen bij een gewoon verschil of een verschil met correctie, met een kolom"
            " die zegt wie meedeed.",
            "This can be had only of a plain difference or an adjusted one, with a column that says"
            " who took part.",
        )
        remedy = Text("Noem de kolom (took_part).", "Name the column (took_part).")
        raise PlanError([Fault(rule, remedy, column="took_part")])
    with one_thread():
        measured = _beside(effects, effects.moments)
        if plan.missing is not Missing.IMPUTED:
            return tuple(measured)
        if effects.pupils is None:
            raise needs_rows()
        tables = completed(effects.pupils) or (effects.pupils,)
        each = [_beside(effects, collect(one)) for one in tables]
    of = {found.key: found for found in measured}
    if len(each) == 1:
        return tuple(each[0])
    return tuple(x.together(others, of.get(x.key)) for x, *others in zip(*each, strict=True))


def _beside(effects: Effects, moments: ClusterMoments) -> list[Complier]:
    """The same of one table."""
    plan = effects.plan
    wanted = plan.primary or plan.outcomes[:1]
    keys = {
        s.key for s in samples(plan) if s.outcome in wanted and s.wave == plan.waves_in_order[0]
    }
    out = []
    for m in moments.samples:
        if m.key not in keys:
            continue
        m = m.without_crossed()
        names = covariate_columns(m, plan) if effects.method is Method.ADJUSTED else []
        arms = arms_of(m, plan)
        for arm in arms.others:
            if arm in arms.able:
                two = _two_stage(m, plan, arms, arm, names)
                out.append(_detail(m, plan, arms, arm, two, names, Inference.CR2))
    return out


def _two_stage(
    m: SampleMoments, plan: Plan, arms: Arms, arm: str, covariates: Sequence[str]
) -> TwoStage | None:
    """The arm as the instrument; other arms are among the covariates, as they are for the offer."""
    regress(m, plan, arms, covariates, interacted=False)  # says in words what cannot be compared
    others = [column(plan, other) for other in arms.able if other != arm]
    x = [*others, *covariates]
    return two_stage(m, column(plan, arm), _took(plan), x, absorb=bool(plan.blocks))


def _took(plan: Plan) -> str:
    if plan.took_part is None:  # a plan with this method was refused
        raise ValueError("the plan names no took_part")
    return plan.took_part


def _detail(
    m: SampleMoments, plan: Plan, arms: Arms, arm: str, two: TwoStage | None,
    covariates: Sequence[str], inference: Inference,
) -> Complier:  # fmt: skip
    """What lies behind the effect of one arm; a reason where there is none."""
    means, joined = _who(m, plan, arm, arms.comparison)
    of = arms.pupils[arm], arms.pupils[arms.comparison]
    few = arms.few(arm)
    found = Complier(
        plan=plan, inference=inference, outcome=m.outcome, wave=m.wave, arm=arm,
        comparison=arms.comparison, took=means, joined=joined, of=of, offered=Interval(0.0),
    )  # fmt: skip
    if two is None:
        model = regress(m, plan, arms, covariates, interacted=False)
        offered = interval(model.fit, model.contrasts[arm], inference)
        offered = Interval(offered.estimate) if few else offered
        return replace(found, offered=offered, reason=MOVED_NOBODY)
    at = slope(len(two.first.beta))
    if few:
        values = (Interval(x) for x in (two.offered, two.moved, two.estimate))
        offered, first, effect = values
        found = replace(found, offered=offered, first=first, effect=effect, reason=ONE_CLUSTER)
        return replace(found, effect=None, reason=PERHAPS_FEWER) if found.fewer else found
    effect = with_t(two.estimate, *variance_of(two, inference))
    found = replace(
        found,
        offered=with_t(two.offered, *variance(two.reduced, at, inference)),
        first=with_t(two.moved, *variance(two.first, at, inference)),
        effect=effect,
        F=strength(two, inference),
    )
    t = None if effect.df is None else t_quantile(effect.df)
    region = None if t is None else anderson_rubin(two, inference, t)
    if found.fewer and _clear(found, region):
        return replace(found, effect=None, reason=FEWER)
    if t is None:
        if found.fewer:
            return replace(found, effect=None, reason=PERHAPS_FEWER)
        return replace(found, reason=NO_SPREAD)
    return replace(found, region=region, slopes=_slopes(two, found, inference))


def _clear(found: Complier, region: Region | None) -> bool:
    """Whether it is beyond chance that the offer made fewer take part: by its F, by its own
    limits, or by those of the region, which has two ends only then."""
    high = None if found.first is None else found.first.high
    ends = region is not None and region.shape is Shape.INTERVAL
    return not found.weak or ends or (high is not None and high < 0)


def _slopes(two: TwoStage, found: Complier, inference: Inference) -> tuple[float, float, float]:
    """Their variances and covariance; 0 and not NaN where the outcome follows from the offer."""
    v_yy, v_yd, v_dd = variances(two, inference)
    if math.isnan(v_yy):
        return 0.0, 0.0, two.moved**2 / found.F if found.F else 0.0
    return v_yy, v_yd, v_dd


def _pooled(several: Sequence[Interval]) -> Interval | None:
    """Intervals of completed tables as one; only the estimate where one of them has no more."""
    if not several:
        return None
    told = [(x.estimate, x.se**2, x.df) for x in several if x.se is not None and x.df is not None]
    if len(told) < len(several):
        return Interval(float(np.mean([x.estimate for x in several])))
    values, U, df = zip(*told, strict=True)
    a = pooled(values, U, float(np.mean(df)))
    return Interval(a.estimate, a.se, a.df, a.low, a.high, a.p_value)


def _who(
    m: SampleMoments, plan: Plan, arm: str, comparison: str
) -> tuple[tuple[float, float], tuple[int, int] | None]:
    """The mean of taking part in both arms; how many did, where it is 1 or 0 for everybody."""
    at, n = m.columns.index(_took(plan)), m.S[:, 0, 0]
    o, sums = m.origin[at], m.S[:, 0, at]
    total = sums + n * o
    square = m.S[:, at, at] + 2 * o * sums + n * o**2
    near = 1e-6 * np.maximum(n, 1.0)
    whole = np.all((abs(square - total) < near) & (total > -near) & (total < n + near))
    cells = [np.array(m.arms) == name for name in (arm, comparison)]
    took = [float(total[c].sum()) for c in cells]
    took = [0.0 if abs(x) < 1e-9 * max(float(n.sum()), 1.0) else x for x in took]
    mean = took[0] / float(n[cells[0]].sum()), took[1] / float(n[cells[1]].sum())
    return mean, (round(took[0]), round(took[1])) if whole else None


def _coefficients(
    m: SampleMoments, plan: Plan, arms: Arms, two: TwoStage, detail: Complier, inference: Inference
) -> pd.DataFrame:
    """Taking part; with one arm the covariates of the structural equation and the constant too."""
    fit, k = two.structural, len(two.first.beta)
    rows = [(_took(plan), detail.told)]
    if len(arms.able) > 1:
        rows = [(f"{_took(plan)} ({detail.arm})", detail.told)]
    else:
        contrasts = {name: slope(k, j) for j, name in enumerate(fit.names) if j}
        if fit.blocks == 1 and fit.scores.shape[1] > k:
            contrasts = {CONSTANT: np.append(-fit.mean_x, 1.0)} | contrasts
            contrasts[CONSTANT][0] = -two.first.mean_y  # taking part stands in the place of the arm
        for term, contrast in contrasts.items():
            value = _value(two, contrast)
            own = contrast_of(two, contrast)
            found = with_t(value, *variance(fit, own, inference))
            rows.append((term, Interval(value) if detail.effect is None or detail.effect.se is None
                         else found))  # fmt: skip
    return pd.DataFrame(
        [(m.outcome, m.wave, term, i.estimate, i.se, i.df, i.low, i.high, i.p_value)
         for term, i in rows if i is not None],
        columns=TERMS,
    )  # fmt: skip


def _value(two: TwoStage, contrast: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """A contrast of the structural equation's slopes (and its constant)."""
    k = len(two.structural.beta)
    slopes = np.append(two.estimate, two.structural.beta[1:])
    constant = contrast[k] * two.reduced.mean_y if len(contrast) > k else 0.0
    return float(contrast[:k] @ slopes + constant)
