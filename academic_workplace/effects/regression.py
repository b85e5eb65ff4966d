"""What every estimator by least squares shares: the fit, the interval, the divisor."""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.effects.assignment import arm_strata, assigned_units
from academic_workplace.effects.result import CAUTIONS, TERMS, Caution, Effect, Estimated
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.layout import at_wave, comparison_arm, known_beforehand
from academic_workplace.intake.pupils import Flow, Pupils
from academic_workplace.language import Text
from academic_workplace.linear import (
    EPS,
    Fit,
    TwoWay,
    fixed_by_one,
    least_squares,
    shifted,
    two_way,
    two_way_variance,
    variance,
)
from academic_workplace.moments import SampleMoments, coded, summed
from academic_workplace.plan import (
    EVERYONE,
    LESS,
    MORE,
    NOT_KNOWN,
    Inference,
    Level,
    Method,
    Missing,
    Plan,
)
from academic_workplace.resampling import (
    ALPHA,
    Resampled,
    cluster_bootstrap,
    inverted,
    randomisation,
    two_way_draws,
    wild,
)
from academic_workplace.sizes import DIVIDED_BY, FACTOR, Spread, clustered_g
from academic_workplace.sizes.clustered import spread_given
from academic_workplace.sizes.size import t_quantile

CAREFUL = (3, range(8, 12))  # clusters in the arms for which CR2 is too careful
CONSTANT = "1"  # the name of the constant among the terms
ALMOST = 1e-7  # a pivot of the correlations below this costs half of the digits
FEW_DF = 4  # below this the Satterthwaite t is itself rough (Pustejovsky & Tipton, 2018)
FEWEST_CLUSTERS = 2  # in an arm: with one, nothing says how schools differ from each other

NOBODY = Text(
    "In een van de groepen is niemand gemeten.", "Nobody was measured in one of the groups."
)
ONE_CLUSTER = Text(
    "In een van de groepen zit maar één school (cluster). Dan weten we niet of het verschil door de"
    " aanpak komt of door de school.",
    "One of the groups has only one school (cluster). Then we cannot tell whether the difference"
    " comes from the approach or from the school.",
)
ONE_DECIDES = Text(
    "Het verschil hangt aan één school (cluster): zonder die school kreeg iedereen even veel. Dan"
    " weten we niet of het door de aanpak komt of door de school.",
    "The difference hangs on one school (cluster): without it everyone got the same amount. Then we"
    " cannot tell whether it comes from the approach or from the school.",
)
ONE_LABEL = Text(
    "Het verschil hangt aan één groepje van de tweede indeling (crossed): zonder dat groepje is er"
    " niets te vergelijken. Dan weten we niet of het door de aanpak komt of door dat groepje.",
    "The difference hangs on one label of the second division (crossed): without it there is"
    " nothing to compare. Then we cannot tell whether it comes from the approach or from that"
    " label.",
)
NOT_TWO_WAY = Text(
    "De onzekerheid over twee indelingen tegelijk is uit deze gegevens niet te bepalen: de"
    " variantie komt niet boven nul uit. Na een loting geeft de randomisatietoets wel antwoord.",
    "The uncertainty over two divisions at once cannot be worked out from these data: the variance"
    " does not come out above zero. After a lot the randomisation test does give an answer.",
)
NO_SPREAD = Text(
    "De onzekerheid is uit deze gegevens niet te bepalen.",
    "The uncertainty cannot be worked out from these data.",
)
PUPILS_ASSIGNED = Text(
    "De leerlingen zelf zijn geloot. Dan is er geen toets die gemiddelden van scholen verloot.",
    "The pupils themselves were assigned. So there is no test that assigns means of schools.",
)
GIVEN_DOSE = "total standard deviation given the dose, clusters together (Hedges, 2007)"
WILD = (Inference.WILD, Inference.WILD_WEBB, Inference.WILD_MAMMEN)
RESAMPLED = (*WILD, Inference.BOOTSTRAP, Inference.RANDOMISATION)
DONE_BY = {
    Inference.CLASSICAL: "classical, pupils as if independent",
    Inference.JACKKNIFE: "leave-one-cluster-out jackknife, G - 1 degrees of freedom",
    Inference.TWO_WAY: "two-way CR1S, degrees of freedom of the fewest labels less 1",
    Inference.BOOTSTRAP: "bootstrap of whole clusters, symmetric percentile-t",
    Inference.WILD: "wild cluster bootstrap, Rademacher, null imposed",
    Inference.WILD_WEBB: "wild cluster bootstrap, Webb, null imposed",
    Inference.WILD_MAMMEN: "wild cluster bootstrap, Mammen, null imposed",
    Inference.RANDOMISATION: "randomisation test at the level of assignment",
    Inference.KENWARD_ROGER: "Kenward-Roger",
    Inference.SATTERTHWAITE: "Satterthwaite",
    Inference.BETWEEN_WITHIN: "observed information, between-within degrees of freedom",
}


@dataclass(frozen=True, slots=True)
class Interval:
    """A contrast with its uncertainty; what there is not is None, a limit may be infinite."""

    estimate: float
    se: float | None = None
    df: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """The arms of an analysis: how many pupils and clusters each has, and who can be compared.

    Of a dose everybody is in both arms: more is compared with less among all.
    """

    others: tuple[str, ...]  # in the order of the plan, without the comparison
    comparison: str
    pupils: dict[str, int]
    clusters: dict[str, int]

    @property
    def able(self) -> list[str]:
        """The arms that have pupils, when the comparison has them too."""
        return [a for a in self.others if self.pupils[a] and self.pupils.get(self.comparison)]

    def few(self, arm: str) -> bool:
        """Whether the arm or the comparison has too few clusters to know how clusters differ."""
        return min(self.clusters[arm], self.clusters[self.comparison]) < FEWEST_CLUSTERS


def arms_of(m: SampleMoments, plan: Plan) -> Arms:
    """The arms among the columns of an analysis."""
    if plan.dose:
        n = arm_counts(m, [CONSTANT])
        pupils, clusters = (dict.fromkeys((MORE, LESS), int(x)) for x in (n.sum(), (n > 0).sum()))
        return Arms((MORE,), LESS, pupils, clusters)
    arms = [name.split("=", 1)[1] for name in m.columns if name.startswith(f"{plan.treatment}=")]
    comparison = comparison_arm(plan, arms) or ""
    named = [a for a in plan.study.arms if a in arms]
    order = [*named, *(a for a in arms if a not in named)]
    counts = arm_counts(m, [column(plan, arm) for arm in arms])
    return Arms(
        tuple(arm for arm in order if arm != comparison),
        comparison,
        {arm: int(n) for arm, n in zip(arms, counts.sum(axis=0), strict=True)},
        {arm: int(n) for arm, n in zip(arms, (counts > 0).sum(axis=0), strict=True)},
    )


def default_inference(m: SampleMoments, plan: Plan, method: Method) -> Inference:
    """CR2, unless the coverage study found it too careful and the wild bootstrap right.

    That is where one arm has three clusters and the other eight to eleven, without covariates or
    blocks (benchmarks/COVERAGE.md). Decided once, by the primary outcome at the main wave. With a
    second division (``Plan.crossed``) it is the wild bootstrap of the two-way t: by signs, or by
    Webb's weights where there are so few labels that no sign vector would ever reject.
    """
    if plan.crossed is not None:
        fewest = min(len(set(m.clusters)), len(set(m.crossed)))
        return Inference.WILD if 2 / 2**fewest <= ALPHA else Inference.WILD_WEBB
    plain = method in (Method.DIFFERENCE, Method.CLUSTER_MEANS) and not plan.blocks
    if plain and not plan.dose and plan.assigned is Level.CLUSTER:
        arms = arms_of(m, plan)
        if len(arms.clusters) == 2:
            few, many = sorted(arms.clusters.values())
            if few == CAREFUL[0] and many in CAREFUL[1]:
                return Inference.WILD
    return Inference.CR2


def interval(
    fit: Fit, contrast: NDArray[np.float64], inference: Inference, both: TwoWay | None = None
) -> Interval:
    """A contrast of the slopes (and the constant, when one more weight is given).

    both: the fit by two divisions, when its variance is wanted.
    """
    k = len(fit.beta)
    constant = contrast[k] * fit.mean_y if len(contrast) > k else 0.0
    estimate = float(contrast[:k] @ fit.beta + constant)
    v, df = variance(fit, contrast, inference) if both is None else two_way_variance(both, contrast)
    return with_t(estimate, v, df)


def with_t(estimate: float, v: float, df: float) -> Interval:
    """The 95 % interval and p-value of t; only the estimate when v or df is not above 0."""
    if not (v > 0 and df > 0):
        return Interval(estimate)
    se = math.sqrt(v)
    margin = t_quantile(df) * se
    p = 2 * float(special.stdtr(df, -abs(estimate) / se))
    return Interval(estimate, se, df, estimate - margin, estimate + margin, p)


def generator(plan: Plan, *parts: str) -> np.random.Generator:
    """Random numbers of the plan's seed that belong to this effect, whatever came before it."""
    return np.random.default_rng([plan.seed, zlib.crc32("\0".join(parts).encode())])


def compare_arms(
    m: SampleMoments,
    plan: Plan,
    covariates: Sequence[str],
    inference: Inference,
    method: str,
    *,
    pupils: Pupils | None = None,
    fitted: SampleMoments | None = None,
    interacted: bool = False,
) -> Estimated:
    """Every arm against the comparison, by least squares on the covariates within blocks.

    A dose takes the place of the arms: one effect, per unit of it.

    pupils: needed only to assign pupils again. fitted: the moments to fit when they are not those
    of the pupils. interacted: every covariate has a slope of its own in every arm, and the arms
    are compared at the covariates' means.

    Returns the effects in the order of the plan's arms, and all coefficients.
    """
    arms = arms_of(m, plan)
    source = m if fitted is None else fitted
    model = regress(source, plan, arms, covariates, interacted=interacted) if arms.able else None
    divisor = None
    if arms.able:
        divisor = spread_of(m, plan, arms)
    effects, untold = [], set()
    for arm in arms.others:
        found, reason = None, NOBODY
        if model is not None and arm in arms.able:
            contrast = model.contrasts[arm]
            alone = fixed_by_one(model.fit, contrast) if plan.dose else arms.few(arm)
            if alone:
                untold |= {column(plan, arm), CONSTANT}
                found = Interval(float(contrast @ model.fit.beta))
                reason = ONE_DECIDES if plan.dose else ONE_CLUSTER
            else:
                question = Question(source, plan, arm, arms.comparison, covariates, model.fit,
                                    contrast, fitted is not None, model.two_way)  # fmt: skip
                found, reason = answer(question, inference, pupils)
        effect = effect_of(m, plan, arm, arms, found, reason, divisor, inference, method)
        if model is not None and effect.estimate is not None:
            effect = replace(effect, cautions=cautions_of(effect, m, model.fit, inference))
        effects.append(effect)
    return Estimated(effects, coefficients(m, model, inference, untold))


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A regression, and the contrast of its slopes that is each arm against the comparison.

    two_way: the same, of pupils who are alike within a second division as well.
    """

    fit: Fit
    contrasts: dict[str, NDArray[np.float64]]
    two_way: TwoWay | None = None


def regress(
    m: SampleMoments,
    plan: Plan,
    arms: Arms,
    covariates: Sequence[str],
    *,
    interacted: bool,
    apart: bool = True,
) -> Model:
    """Regress the outcome on the arms and covariates, within blocks when the plan has them.

    apart: as of ``least_squares``.
    """
    x = [*(column(plan, arm) for arm in arms.able), *covariates]
    products: dict[str, dict[str, str]] = {}
    if interacted:
        m, products = _with_products(m, plan, arms.able, covariates)
        x += [name for names in products.values() for name in names.values()]
    try:
        fit = least_squares(m, x, absorb=bool(plan.blocks), apart=apart)
        both = two_way(m, x, absorb=bool(plan.blocks)) if plan.crossed is not None else None
    except DataError as error:
        raise _in_words(error, plan) from None
    contrasts = {}
    for arm in arms.able:
        contrast = np.array([name == column(plan, arm) for name in fit.names], dtype=float)
        for covariate, name in products.get(arm, {}).items():
            at = fit.mean_x[fit.names.index(covariate)]
            contrast[fit.names.index(name)] = at - m.origin[m.columns.index(covariate)]
        contrasts[arm] = contrast
    return Model(fit, contrasts, both)


def _in_words(error: DataError, plan: Plan) -> DataError:
    """An arm that does not vary within the blocks is a fault of the blocks."""
    rule = Text(
        "Binnen de blokken is niets te vergelijken: in geen enkel blok komen beide groepen voor.",
        "Within the blocks nothing can be compared: no block holds both groups.",
    )
    remedy = Text("Kies andere blokken, of geen.", "Choose other blocks, or none.")
    start = f"{plan.treatment}="
    return DataError(
        [
            Fault(rule, remedy, column=", ".join(plan.blocks))
            if fault.column.startswith(start) and plan.blocks
            else fault
            for fault in error.faults
        ]
    )


def cautions_of(
    effect: Effect, m: SampleMoments, fit: Fit, inference: Inference
) -> tuple[Caution, ...]:
    """Everything about a design that makes the uncertainty of an effect itself uncertain."""
    no_limits = effect.low is not None and not math.isfinite(effect.low)
    alone = len(set(m.clusters)) == effect.pupils
    true = {
        Caution.MORE_COEFFICIENTS_THAN_CLUSTERS: len(fit.beta) + 1 > len(fit.clusters),
        Caution.NO_VARIATION: effect.sd is not None
        and any(_constant(m, effect.plan, arm) for arm in (effect.arm, effect.comparison)),
        Caution.NEARLY_COLLINEAR: fit.pivot < ALMOST,
        Caution.AS_IF_INDEPENDENT: inference is Inference.CLASSICAL and not alone,
        Caution.CANNOT_REJECT: no_limits,
    }
    return few_degrees(effect) + tuple(caution for caution, is_so in true.items() if is_so)


def few_degrees(effect: Effect) -> tuple[Caution, ...]:
    """Whether the degrees of freedom are so few that t itself is rough."""
    few = effect.df is not None and effect.df < FEW_DF - 1e-6
    return (Caution.FEW_DEGREES_OF_FREEDOM,) if few else ()


def _constant(m: SampleMoments, plan: Plan, arm: str) -> bool:
    """Whether everybody in an arm has the same score."""
    cells = np.full(len(m.S), True)
    if not plan.dose:
        cells = m.totals[:, m.columns.index(column(plan, arm))] > 0.5 * m.S[:, 0, 0]
    n, total, square = m.S[cells][:, [0, 0, -1], [0, -1, -1]].sum(axis=0)
    rounding = 64 * EPS * square + n * (8 * EPS * m.origin[-1]) ** 2
    return bool(square - total**2 / n <= rounding)


def _with_products(
    m: SampleMoments, plan: Plan, arms: Sequence[str], covariates: Sequence[str]
) -> tuple[SampleMoments, dict[str, dict[str, str]]]:
    """Add arm times covariate for each; also their names, by arm and covariate."""
    names: dict[str, dict[str, str]] = {}
    for arm in arms:
        share = m.totals[:, m.columns.index(column(plan, arm))] / m.S[:, 0, 0]
        if not np.all(np.isclose(share, 0) | np.isclose(share, 1)):
            rule = Text(
                "De groepen zijn niet apart verzameld.", "The arms were not collected apart."
            )
            remedy = Text("Verzamel opnieuw (collect).", "Collect again (collect).")
            raise PlanError([Fault(rule, remedy, column=plan.treatment)])
        names[arm] = {name: f"{column(plan, arm)} × {name}" for name in covariates}
        for covariate, name in names[arm].items():
            m = m.with_product(name, np.round(share), covariate)
    return m, names


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One arm against the comparison, in one analysis. m: what was fitted; means: of clusters.

    two_way: the fit by two divisions, where the plan has a second.
    """

    m: SampleMoments
    plan: Plan
    arm: str
    comparison: str
    covariates: Sequence[str]
    fit: Fit
    contrast: NDArray[np.float64]
    means: bool
    two_way: TwoWay | None = None


def answer(q: Question, inference: Inference, pupils: Pupils | None) -> tuple[Interval, Text]:
    """The contrast with its uncertainty by the inference asked; what to say where it has none."""
    rng = generator(q.plan, *q.m.key, q.arm, inference.value)
    estimate = float(q.contrast @ q.fit.beta)
    if q.two_way is not None and inference is not Inference.RANDOMISATION:
        return _of_two_ways(q, q.two_way, inference, rng)
    if inference in (*WILD, Inference.BOOTSTRAP):
        se = interval(q.fit, q.contrast, Inference.CR1S).se
        if se is None:
            return Interval(estimate), NO_SPREAD
    if inference in WILD:
        return _of(estimate, se, wild(q.fit, q.contrast, inference, q.plan.draws, rng))
    if inference is Inference.BOOTSTRAP:
        strata = arm_strata(q.m, q.plan, q.fit.clusters)
        return _of(estimate, *cluster_bootstrap(q.fit, q.contrast, strata, q.plan.draws, rng))
    if inference is Inference.RANDOMISATION:
        if q.means and q.plan.assigned is Level.PUPIL:
            return Interval(estimate), PUPILS_ASSIGNED
        units = assigned_units(q.m, q.plan, q.arm, q.comparison, q.covariates, pupils)
        if isinstance(units, Text):
            return Interval(estimate), units
        return _of(estimate, None, randomisation(units, q.plan.draws, rng))
    return interval(q.fit, q.contrast, inference), NO_SPREAD


def _of_two_ways(
    q: Question, fit: TwoWay, inference: Inference, rng: np.random.Generator
) -> tuple[Interval, Text]:
    """The same where pupils are alike within a second division as well."""
    estimate = float(q.contrast @ q.fit.beta)
    if fixed_by_one(fit.labels, q.contrast):
        return Interval(estimate), ONE_LABEL
    found = with_t(estimate, *two_way_variance(fit, q.contrast))
    if found.se is None:
        alone = interval(q.fit, q.contrast, Inference.CR1S).se is None
        return found, NO_SPREAD if alone else NOT_TWO_WAY
    if inference is Inference.TWO_WAY:
        return found, NO_SPREAD
    drawn = two_way_draws(fit, q.contrast, inference, q.plan.draws, rng)
    return _of(estimate, found.se, inverted(drawn))


def _of(estimate: float, se: float | None, drawn: Resampled) -> tuple[Interval, Text]:
    return Interval(estimate, se, None, drawn.low, drawn.high, drawn.p_value), CAUTIONS[
        Caution.CANNOT_REJECT
    ]


def effect_of(
    m: SampleMoments,
    plan: Plan,
    arm: str,
    arms: Arms,
    found: Interval | None,
    reason: Text,
    divisor: Spread | None,
    inference: Inference,
    method: str,
) -> Effect:
    """An effect from its contrast, standardised when the outcome has a spread.

    The limits of g join those of the difference and of the divisor (MOVER: Zou & Donner, 2008,
    Stat. Med. 27): g -+ sqrt((scale (estimate - limit))^2 + (t g)^2 / (2 df_sd)).
    """
    g = g_low = g_high = None
    if found is not None and divisor is not None and divisor.sd > 0 and divisor.df > 1:
        scale = clustered_g(1.0, None, None, divisor).g
        g = scale * found.estimate
        if found.low is not None and found.high is not None:
            t = t_quantile(found.df if found.df is not None else divisor.df)
            own = t * g / math.sqrt(2 * divisor.df)
            g_low = g - math.hypot(scale * (found.estimate - found.low), own)
            g_high = g + math.hypot(scale * (found.high - found.estimate), own)
    limits = (found.low, found.high) if found else (None, None)
    told = all(x is not None and math.isfinite(x) for x in limits)
    how = DONE_BY.get(inference, f"{inference.value}, Satterthwaite")
    how += ", two-way t" if plan.crossed is not None and inference in WILD else ""
    each = " per unit of dose" if plan.dose else ""
    blocks = " within blocks" if plan.blocks else ""
    return Effect(
        outcome=m.outcome,
        wave=m.wave,
        arm=arm,
        comparison=arms.comparison,
        estimate=found.estimate if found else None,
        se=found.se if found else None,
        df=found.df if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        p_value=found.p_value if found else None,
        g=g,
        g_low=g_low,
        g_high=g_high,
        icc=divisor.icc if divisor and not math.isnan(divisor.icc) else None,
        sd=divisor.sd if divisor else None,
        pupils=round(float(m.pupils.sum())),
        clusters=len(set(m.clusters)),
        pupils_arm=arms.pupils[arm],
        pupils_comparison=arms.pupils.get(arms.comparison, 0),
        clusters_arm=arms.clusters[arm],
        clusters_comparison=arms.clusters.get(arms.comparison, 0),
        method=f"{method}{each}{blocks}; {how}",
        divided_by=GIVEN_DOSE if plan.dose else DIVIDED_BY,
        factor=FACTOR,
        reason=None if told else reason,
        plan=plan,
    )


def with_why(effect: Effect, flow: Flow) -> Effect:
    """The effect, and of an arm that was measured without anybody of whom all is known what it is
    that must be known."""
    plan, key = effect.plan, (effect.outcome, effect.wave)
    if effect.reason != NOBODY or key not in flow.samples:
        return effect
    arms = {EVERYONE} if plan.dose else {effect.arm, effect.comparison}
    counts = flow.counts[flow.samples.index(key)].sum(axis=0)
    _, answered, analysed, _ = counts[[arm in arms for arm in flow.arms]].T
    beforehand = known_beforehand(plan)
    if plan.missing is Missing.INDICATOR:
        always = (plan.running, *plan.comparing.exact)
        beforehand = tuple(name for name in beforehand if name in always)
    names = ", ".join([*beforehand, *([plan.weights] if plan.weights else [])])
    if not names or len(answered) < len(arms) or not answered.all() or analysed.all():
        return effect
    reason = Text(
        "In een van de groepen is van niemand alles bekend wat deze vergelijking nodig heeft:"
        f" {names}.",
        f"In one of the groups nobody has all that this comparison needs: {names}.",
    )
    return replace(effect, reason=reason)


def column(plan: Plan, arm: str) -> str:
    """The column of an arm: its indicator, or the dose."""
    return plan.treatment if plan.dose else f"{plan.treatment}={arm}"


def arm_counts(m: SampleMoments, arms: Sequence[str]) -> NDArray[np.float64]:
    """(G, arms) pupils per cluster and arm."""
    cluster, g = coded(m.clusters)
    counts = np.column_stack([m.count(arm) for arm in arms])
    return np.round(summed(counts, g, len(cluster)))


def spread_of(m: SampleMoments, plan: Plan, arms: Arms) -> Spread:
    """The outcome's spread within arms (or given the dose), split into within and between clusters.

    The mean of each arm, or the constant and the dose about its mean, make an orthogonal basis of
    what is given. Pupils who stand alone have the same total variance as the others;
    ``sizes.one_arm_effect`` gives them only the variance within groups (Hedges & Citkowicz, 2015).
    Weights are scaled to a mean of 1: the spread is that of pupils of average weight, in clusters
    that vary alike.
    """
    given = list(dict.fromkeys(column(plan, arm) for arm in arms.pupils))
    at = [0, *(m.columns.index(name) for name in given), len(m.columns) - 1]
    cluster, g = coded(m.clusters)
    pupils = float(m.pupils.sum())
    S = summed(m.S[:, at][:, :, at] * (pupils / m.S[:, 0, 0].sum()), g, len(cluster))
    within = shifted(S, S[:, 0] / S[:, :1, 0]).sum(axis=0)[1:, 1:]
    whole = S.sum(axis=0)
    centred = shifted(S, np.broadcast_to(whole[0] / whole[0, 0], S.shape[:2]))
    total = centred.sum(axis=0)[1:, 1:]
    scale = np.sqrt(np.diag(total)[:-1])
    within_ss, within_rank = _residual(within, scale)
    total_ss, _ = _residual(total, scale)
    size = S[:, 0, 0]
    if plan.dose:
        basis = np.column_stack([size / math.sqrt(size.sum()), centred[:, 0, 1] / scale[0]])
    else:
        counts = S[:, 0, 1:-1] + size[:, None] * m.origin[at[1:-1]]
        counts = counts[:, counts.sum(axis=0) > 1e-9 * pupils]
        basis = counts / np.sqrt(counts.sum(axis=0))
    rank = len(cluster) + within_rank
    return spread_given(size, basis, pupils, within_ss, total_ss - within_ss, rank)


def _residual(cross: NDArray[np.float64], scale: NDArray[np.float64]) -> tuple[float, int]:
    """Residual sum of squares of the last column on the others, and their rank.

    scale: of the others over the whole sample, so that what is left of them by rounding is told
    from what varies.
    """
    size = np.where(scale > 0, scale, 1.0)
    A, b = cross[:-1, :-1] / np.outer(size, size), cross[:-1, -1] / size
    w, V = np.linalg.eigh(A)
    told = w > 1e-9
    explained = float(np.sum((b @ V[:, told]) ** 2 / w[told]))
    return max(float(cross[-1, -1]) - explained, 0.0), int(told.sum())


def covariate_columns(m: SampleMoments, plan: Plan) -> list[str]:
    """The columns that the plan adjusts for: own baseline, covariates, indicators but the first.

    Raises PlanError when the moments do not hold them.
    """
    before = ""
    if plan.repeated:  # who was measured before was another pupil
        before = ""
    elif plan.wave is not None and plan.baseline is not None:
        before = at_wave(m.outcome, str(plan.baseline))
    elif plan.wave is None:
        before = plan.baselines[plan.outcomes.index(m.outcome)]
    out, absent = [], []
    for name in dict.fromkeys([*([before] if before else []), *plan.covariates]):
        levels = [c for c in m.columns[1:-1] if c.startswith(f"{name}=")]
        if name in m.columns[1:-1]:
            out += [name, *(c for c in levels if c == f"{name}={NOT_KNOWN}")]
        elif levels:
            present = [c for c in levels if m.count(c).sum() > 0.5]
            out += present[1:]
        else:
            absent.append(name)
    if absent:
        rule = Text("Deze kolom is niet mee verzameld.", "This column was not collected.")
        remedy = Text(
            "Verzamel opnieuw met dit plan (collect).", "Collect again with this plan (collect)."
        )
        raise PlanError([Fault(rule, remedy, column=name) for name in absent])
    return _told_apart(m, out)


def _told_apart(m: SampleMoments, names: Sequence[str]) -> list[str]:
    """Columns without indicators ``c=?`` that hold for nobody, or for the same pupils as others."""
    out: list[str] = []
    seen: list[int] = []
    for name in names:
        if not name.endswith(f"={NOT_KNOWN}"):
            out.append(name)
            continue
        i = m.columns.index(name)
        if m.count(name).sum() > 0.5 and not any(_same_pupils(m, i, j) for j in seen):
            seen.append(i)
            out.append(name)
    return out


def _same_pupils(m: SampleMoments, i: int, j: int) -> bool:
    """Whether two indicators hold for the same pupils: the sum of (i - j)^2 is 0."""
    at, weights = [0, i, j], np.array([m.origin[i] - m.origin[j], 1.0, -1.0])
    S = m.S[:, at][:, :, at].sum(axis=0)
    return bool(weights @ S @ weights <= 1e-9 * S[0, 0])


def coefficients(
    m: SampleMoments, model: Model | None, inference: Inference, untold: Collection[str]
) -> pd.DataFrame:
    """Every coefficient of a fit; the constant only where there is one (no absorbed blocks).

    untold: terms of which the design tells no uncertainty. Resampling gives none for any term.
    """
    if model is None:
        return pd.DataFrame(columns=TERMS)
    fit, both = model.fit, model.two_way
    k = len(fit.names)
    contrasts = dict(zip(fit.names, np.eye(k), strict=True))
    if fit.blocks == 1 and fit.scores.shape[1] > k:
        contrasts = {CONSTANT: np.append(-fit.mean_x, 1.0)} | contrasts
    rows = []
    if inference in RESAMPLED:  # a test of one arm at a time: the other terms get no uncertainty
        untold = list(contrasts)
        inference = Inference.CR2
    for term, contrast in contrasts.items():
        i = interval(fit, contrast, inference, both if inference is Inference.TWO_WAY else None)
        i = Interval(i.estimate) if term in untold else i
        rows.append((m.outcome, m.wave, term, i.estimate, i.se, i.df, i.low, i.high, i.p_value))
    return pd.DataFrame(rows, columns=TERMS)
