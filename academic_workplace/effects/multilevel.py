"""Difference between the arms in a multilevel model: every cluster has a level of its own.

    y = block + tau * arm + covariates' c + u_cluster + error,   var(u) = tau2, var(error) = sigma2

Fitted by REML (``multilevel/``). A cluster counts for as much as its mean tells, n / (1 + rho n):
between every pupil alike (rho = 0) and every cluster alike (rho large), so that the answer is about
a slightly other mean than ``difference`` when effects go with the size of schools. What is not
known of tau2 and sigma2 is paid for in degrees of freedom, by Kenward & Roger (1997) or
Satterthwaite. It supposes that clusters, and pupils, vary as much in one arm as in the other.

By randomisation the model is fitted again for every assignment of the clusters, and only the lot is
supposed: how sure the estimate is then follows from no distribution.

With classes in the clusters (``Plan.classes``) every class has a level of its own as well,
var(v_class) = omega2. Where the data cannot tell classes from clusters, or from pupils, the model
is the one without them, and the effect says so. With an effect that may differ from cluster to
cluster (``Plan.varying``) every cluster has a slope of its own as well. With a second division that
crosses the clusters (``Plan.crossed``) every label of it has a level of its own, var(w) = omega2.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import compress

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.effects.assignment import assigned_units
from academic_workplace.effects.regression import (
    CONSTANT,
    NO_SPREAD,
    NOBODY,
    ONE_CLUSTER,
    ONE_DECIDES,
    ONE_LABEL,
    Arms,
    Interval,
    arms_of,
    cautions_of,
    column,
    covariate_columns,
    effect_of,
    generator,
    regress,
    spread_of,
    with_t,
)
from academic_workplace.effects.result import CAUTIONS, TERMS, Caution, Estimated
from academic_workplace.intake.pupils import ALONE, Pupils
from academic_workplace.language import Text, both
from academic_workplace.linear import Fit, fixed_by_one, least_squares
from academic_workplace.moments import SampleMoments, coded, summed
from academic_workplace.multilevel import (
    CLASSES_NOT_TOLD,
    CROSSED_NOT_TOLD,
    Crossed,
    Fitted,
    Mixed,
    Nested,
    Ratio,
    Sloped,
    axes_of,
    cluster_effects,
    contrast,
    crossed_effects,
    crossed_intercepts,
    crossed_shares,
    intraclass,
    nested_intercepts,
    random_intercept,
    random_slope,
    school_effects,
    shares,
    slope_effects,
    sums_of,
    variance_limits,
)
from academic_workplace.plan import Inference, Level, Plan
from academic_workplace.resampling import randomisation_of_model

METHOD = "multilevel model, random intercept per cluster (REML)"
WITH_CLASSES = "multilevel model, random intercepts per cluster and class (REML)"
WITH_SLOPES = "multilevel model, random intercept and slope per cluster (REML)"
WITH_CROSSED = "multilevel model, random intercepts per cluster and crossed label (REML)"

REDRAWN = "fitted again for every assignment"
MOST_REDRAWN = 1500  # clusters: the axes of all of them together are looked for
TOO_MANY_CLUSTERS = Text(
    "Er zijn te veel scholen (clusters) om het multilevelmodel bij elke nieuwe verdeling opnieuw te"
    " schatten.",
    "There are too many schools (clusters) to fit the multilevel model again for every new"
    " assignment.",
)
ONLY_OF_CLUSTERS = Text(
    "Opnieuw verdelen kan met het multilevelmodel alleen als hele scholen (clusters) zijn verdeeld,"
    " met één helling en zonder klassen of tweede indeling.",
    "Assigning again goes with the multilevel model only where whole schools (clusters) were"
    " assigned, with one slope and without classes or a second division.",
)
ONE_EFFECT = Text(
    "Met meer dan twee groepen kan het effect niet per school (cluster) verschillen. Haal varying"
    " weg, of vergelijk twee groepen.",
    "With more than two arms the effect cannot differ from school to school (cluster). Take out"
    " varying, or compare two arms.",
)
NO_NUMBER = Text(
    "Wat per school (cluster) mag verschillen is geen getal. Haal varying weg, of noem een kolom"
    " met getallen.",
    "What may differ from school to school (cluster) is no number. Take out varying, or name a"
    " column of numbers.",
)


@dataclass(frozen=True, slots=True)
class BetweenClasses:
    """Differences between classes of one cluster: omega2, its share of all variance, and limits.

    classes: how many. same: the correlation of two pupils of one class, (tau2 + omega2) over all.
    boundary: omega2 is 0.
    """

    omega2: float
    share: float
    low: float
    high: float
    same: float
    boundary: bool
    classes: int


@dataclass(frozen=True, slots=True)
class BetweenSlopes:
    """How an effect differs between clusters. column: of what; mean: the effect itself.

    variance: of the effect over clusters; low, high: its 95 % limits (profile likelihood).
    correlation: of the effect with the level of a cluster at
    x = 0; None where either does not differ. boundary: a variance is 0, or the correlation 1 or -1.
    """

    column: str
    mean: float
    variance: float
    low: float
    high: float
    correlation: float | None
    boundary: bool


@dataclass(frozen=True, slots=True, eq=False)
class BetweenLabels:
    """Differences between the labels of a second division that crosses the clusters.

    variance, share, low, high: as of classes. same: the correlation of two pupils of one cluster
    and one label. boundary: the variance is 0. labels, pupils, effects, errors: of every label its
    name, its pupils, how far it lies from what the model expects (empirical Bayes), and its
    comparative standard error.
    """

    column: str
    variance: float
    share: float
    low: float
    high: float
    same: float
    boundary: bool
    labels: tuple[str, ...]
    pupils: NDArray[np.float64]
    effects: NDArray[np.float64]
    errors: NDArray[np.float64]

    def table(self) -> pd.DataFrame:
        """A row per label: pupils, u and its comparative standard error. It names them."""
        values = {"pupils": self.pupils, "u": self.effects, "u_se": self.errors}
        return pd.DataFrame({"label": self.labels} | values)


@dataclass(frozen=True, slots=True, eq=False)
class Multilevel:
    """The multilevel model behind the effects of one analysis.

    tau2, sigma2: variance between clusters and within them, given what is in the model. icc, low,
    high: tau2 over all variance and its 95 % interval (exact; Harville & Fenech, 1985). boundary:
    tau2 is 0. classes: what lies between classes of one cluster, where the model knows them;
    sigma2 is then that within classes, and the intervals are those of the profile likelihood.
    crossed: the same of a second division. slope: how an effect differs between clusters, where
    the model lets it; tau2 is then that of
    pupils of average x, its share has no interval, and u is about pupils with x = 0. clusters:
    their names, without pupils who stand alone; pupils: how many each has; u, u_se: how far each
    cluster lies from what the model expects of it (empirical Bayes: pulled towards 0 where there
    are few pupils), and its comparative standard error. criterion: -2 log restricted likelihood.
    """

    tau2: float
    sigma2: float
    icc: float
    low: float | None
    high: float | None
    boundary: bool
    criterion: float
    clusters: tuple[str, ...]
    pupils: NDArray[np.float64]
    u: NDArray[np.float64]
    u_se: NDArray[np.float64]
    classes: BetweenClasses | None = None
    slope: BetweenSlopes | None = None
    crossed: BetweenLabels | None = None

    def table(self) -> pd.DataFrame:
        """The variances in a row, in full precision."""
        names = ("tau2", "sigma2", "icc", "low", "high", "boundary", "criterion")
        row = {name: getattr(self, name) for name in names} | {"clusters": len(self.clusters)}
        if self.classes is not None:
            row |= {f"class_{name}": value for name, value in asdict(self.classes).items()}
        if self.slope is not None:
            row |= {f"slope_{name}": value for name, value in asdict(self.slope).items()}
        if self.crossed is not None:
            told = ("column", "variance", "share", "low", "high", "same", "boundary")
            row |= {f"crossed_{name}": getattr(self.crossed, name) for name in told}
            row["crossed_labels"] = len(self.crossed.labels)
        return pd.DataFrame([row])

    def per_cluster(self) -> pd.DataFrame:
        """A row per cluster: pupils, u and its comparative standard error. It names them.

        No ranking: what clusters differ by here is also chance, and who came to them.
        """
        values = {"pupils": self.pupils, "u": self.u, "u_se": self.u_se}
        return pd.DataFrame({"cluster": self.clusters} | values)

    def explain(self, language: str = "nl") -> str:
        """How alike pupils of one cluster are, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.multilevel import alike_sentence

        return alike_sentence(self, language)

    def _repr_html_(self) -> str:
        return f"{both(self.explain)}{self.table().to_html(index=False, border=0)}"


def multilevel(
    m: SampleMoments, plan: Plan, inference: Inference, _: Pupils | None = None,
    *, detailed: bool = True,
) -> Estimated:  # fmt: skip
    """Regress the outcome on the arms, its own baseline and covariates, clusters being random.

    detailed: with what lies behind the effects, of which the limits of a variance take time.
    """
    return with_random_clusters(m, plan, covariate_columns(m, plan), inference, detailed=detailed)


def with_random_clusters(
    m: SampleMoments, plan: Plan, covariates: Sequence[str], inference: Inference,
    *, detailed: bool = True,
) -> Estimated:  # fmt: skip
    """The same with other covariates than the plan's (``compare`` asks for none)."""
    arms = arms_of(m, plan)
    model = mixed = divisor = detail = None
    if arms.able:
        model = regress(m, plan, arms, covariates, interacted=False, apart=plan.dose)
        mixed = _fitted(m, plan, arms, model.fit)
        divisor = spread_of(m, plan, arms)
    if detailed and isinstance(mixed, MODELS):
        detail = detail_of(m, plan, mixed)
    method = METHODS.get(type(mixed), METHOD)
    if inference is Inference.RANDOMISATION and isinstance(mixed, Mixed):
        method = f"{METHOD}, {REDRAWN}"
    effects, untold, details = [], set(), {}
    for arm in arms.others:
        found, reason = None, NOBODY
        if model is not None and mixed is not None and arm in arms.able:
            weights = model.contrasts[arm]
            alone = fixed_by_one(model.fit, weights) if plan.dose else arms.few(arm)
            by_label = model.two_way.labels if model.two_way is not None else None
            if isinstance(mixed, Text):
                reason = mixed
            elif by_label is not None and fixed_by_one(by_label, weights):
                untold |= {column(plan, arm), CONSTANT}
                found, reason = Interval(contrast(mixed, weights, inference)[0]), ONE_LABEL
            elif alone:
                untold |= {column(plan, arm), CONSTANT}
                found = Interval(contrast(mixed, weights, inference)[0])
                reason = ONE_DECIDES if plan.dose else ONE_CLUSTER
            elif inference is Inference.RANDOMISATION:
                found, reason = _redrawn(m, plan, arm, arms, covariates, mixed, weights)
            else:
                found, reason = interval(mixed, weights, inference), NO_SPREAD
        effect = effect_of(m, plan, arm, arms, found, reason, divisor, inference, method)
        if model is not None and isinstance(mixed, MODELS) and effect.estimate is not None:
            cautions = cautions_of(effect, m, model.fit, inference)
            effect = replace(effect, cautions=cautions + _edges(mixed, plan))
            if detail is not None:
                details[m.outcome, m.wave, arm] = detail
        effects.append(effect)
    if not isinstance(mixed, MODELS):
        return Estimated(effects, pd.DataFrame(columns=TERMS), details)
    return Estimated(effects, _coefficients(m, mixed, inference, untold), details)


def _fitted(
    m: SampleMoments, plan: Plan, arms: Arms, fit: Fit
) -> Mixed | Nested | Sloped | Crossed | Text:
    """The model of the plan, or the reason why there is none."""
    if plan.varying is not None:
        x = plan.varying
        if x == plan.treatment and not plan.dose:
            if len(arms.others) > 1:
                return ONE_EFFECT
            x = column(plan, arms.others[0])
        elif x not in m.columns:
            return NO_NUMBER
        if x in fit.names:  # not where the same effect is asked without covariates
            return random_slope(m, fit, x, absorb=bool(plan.blocks))
    if plan.classes is not None:
        found = nested_intercepts(m, fit, absorb=bool(plan.blocks))
        if found is not CLASSES_NOT_TOLD:
            return found
    if plan.crossed is not None:
        both = crossed_intercepts(m, fit, absorb=bool(plan.blocks))
        if both is not CROSSED_NOT_TOLD:
            return both
    return random_intercept(m, fit, absorb=bool(plan.blocks))


def _redrawn(
    m: SampleMoments,
    plan: Plan,
    arm: str,
    arms: Arms,
    covariates: Sequence[str],
    mixed: Mixed | Nested | Sloped | Crossed,
    weights: NDArray[np.float64],
) -> tuple[Interval, Text]:
    """The estimate, by the test that fits the model again for every assignment of the clusters."""
    told = Interval(contrast(mixed, weights, Inference.SATTERTHWAITE)[0])
    if not isinstance(mixed, Mixed) or plan.dose or plan.assigned is not Level.CLUSTER:
        return told, ONLY_OF_CLUSTERS
    if len(mixed.fit.clusters) > MOST_REDRAWN:
        return told, TOO_MANY_CLUSTERS
    units = assigned_units(m, plan, arm, arms.comparison, covariates, None)
    if isinstance(units, Text):
        return told, units
    own, absorb = column(plan, arm), bool(plan.blocks)
    fit = least_squares(m, [x for x in mixed.fit.names if x != own], absorb=absorb, apart=False)
    rng = generator(plan, *m.key, arm, Inference.RANDOMISATION.value)
    axes = axes_of(sums_of(m, fit, absorb=absorb))
    drawn = randomisation_of_model(axes, units, plan.draws, rng)
    limits = replace(told, low=drawn.low, high=drawn.high, p_value=drawn.p_value)
    return limits, CAUTIONS[Caution.CANNOT_REJECT]


def _edges(mixed: Mixed | Nested | Sloped | Crossed, plan: Plan) -> tuple[Caution, ...]:
    """Which variances are 0, and whether classes, or labels, were left out of the model."""
    classes, labels = isinstance(mixed, Nested), isinstance(mixed, Crossed)
    said = {
        Caution.NO_CLUSTER_VARIANCE: not isinstance(mixed, Sloped) and mixed.tau2 == 0,
        Caution.NO_CLASS_VARIANCE: isinstance(mixed, Nested) and mixed.classes_alike,
        Caution.CLASSES_NOT_TOLD: not classes and plan.classes is not None,
        Caution.NO_LABEL_VARIANCE: isinstance(mixed, Crossed) and mixed.labels_alike,
        Caution.CROSSED_NOT_TOLD: not labels and plan.crossed is not None,
        Caution.SLOPES_AT_THE_EDGE: isinstance(mixed, Sloped) and mixed.boundary,
    }
    return tuple(caution for caution, holds in said.items() if holds)


def interval(mixed: Fitted, weights: NDArray[np.float64], inference: Inference) -> Interval:
    """A contrast of the slopes (and the constant) with its t interval."""
    return with_t(*contrast(mixed, weights, inference))


def detail_of(m: SampleMoments, plan: Plan, mixed: Mixed | Nested | Sloped | Crossed) -> Multilevel:
    """What lies behind the effects of an analysis; nothing of a pupil who stands alone."""
    classes = slope = crossed = None
    low: float | None
    high: float | None
    if isinstance(mixed, Sloped):
        tau2, low, high = float(mixed.centred[0, 0]), None, None
        icc, slope = tau2 / (tau2 + mixed.sigma2), _slopes(mixed)
        both = slope_effects(mixed)
        u, u_se = both[0][:, 0], both[1][:, 0]
    elif isinstance(mixed, Nested):
        ratio, classes = _between(mixed)
        tau2, icc, low, high = mixed.tau2, ratio.icc, ratio.low, ratio.high
        u, u_se = school_effects(mixed)
    elif isinstance(mixed, Crossed):
        (u, u_se), own = crossed_effects(mixed)
        ratio, crossed = _between_labels(m, plan, mixed, own)
        tau2, icc, low, high = mixed.tau2, ratio.icc, ratio.low, ratio.high
    else:
        ratio, (u, u_se) = intraclass(mixed), cluster_effects(mixed)
        tau2, icc, low, high = mixed.tau2, ratio.icc, ratio.low, ratio.high
    clusters = mixed.fit.clusters
    pupils = summed(m.pupils, coded(m.clusters)[1], len(clusters))
    kept = np.array([not (plan.alone and name.startswith(ALONE)) for name in clusters])
    return Multilevel(
        tau2,
        mixed.sigma2,
        icc,
        low,
        high,
        tau2 == 0,
        mixed.criterion,
        tuple(compress(clusters, kept)),
        np.round(pupils[kept]),
        u[kept],
        u_se[kept],
        classes,
        slope,
        crossed,
    )


def _slopes(mixed: Sloped) -> BetweenSlopes:
    mean = float(mixed.beta[mixed.fit.names.index(mixed.column)])
    variance = float(mixed.D[1, 1])
    low, high = variance_limits(mixed)
    return BetweenSlopes(
        mixed.column, mean, variance, min(low, variance), high, mixed.correlation, mixed.boundary
    )


def _between(mixed: Nested) -> tuple[Ratio, BetweenClasses]:
    """Which share lies between clusters, and what lies between their classes."""
    found = shares(mixed)
    same = found.schools.icc + found.classes.icc
    c = found.classes
    return found.schools, BetweenClasses(
        mixed.omega2, c.icc, c.low, c.high, same, mixed.classes_alike, mixed.classes
    )


def _between_labels(
    m: SampleMoments,
    plan: Plan,
    mixed: Crossed,
    own: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[Ratio, BetweenLabels]:
    """Which share lies between clusters, and what lies between labels."""
    found, names = crossed_shares(mixed), mixed.sums.names
    place = {name: i for i, name in enumerate(names)}
    pupils = np.zeros(len(names))
    np.add.at(pupils, [place[name] for name in m.crossed], m.pupils)
    of = found.labels
    same = found.clusters.icc + of.icc
    return found.clusters, BetweenLabels(
        str(plan.crossed), mixed.omega2, of.icc, of.low, of.high, same, mixed.labels_alike, names,
        np.round(pupils), *own,
    )  # fmt: skip


MODELS = (Mixed, Nested, Sloped, Crossed)
METHODS: dict[type, str] = {
    Nested: WITH_CLASSES, Sloped: WITH_SLOPES, Crossed: WITH_CROSSED
}  # fmt: skip


def _coefficients(
    m: SampleMoments, mixed: Fitted, inference: Inference, untold: Collection[str]
) -> pd.DataFrame:
    """Every coefficient; the constant only where there is one. untold: without uncertainty."""
    fit, k = mixed.fit, len(mixed.beta)
    contrasts = dict(zip(fit.names, np.eye(k), strict=True))
    if fit.blocks == 1:
        contrasts = {CONSTANT: np.append(-fit.mean_x, 1.0)} | contrasts
    rows = []
    if inference is Inference.RANDOMISATION:  # a test of one arm: no other term has uncertainty
        untold, inference = list(contrasts), Inference.SATTERTHWAITE
    for term, weights in contrasts.items():
        i = interval(mixed, weights, inference)
        i = Interval(i.estimate) if term in untold else i
        rows.append((m.outcome, m.wave, term, i.estimate, i.se, i.df, i.low, i.high, i.p_value))
    return pd.DataFrame(rows, columns=TERMS)
