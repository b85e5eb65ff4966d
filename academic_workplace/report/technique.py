"""How it was worked out, for whoever checks it: the estimate, its uncertainty and their sources."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from academic_workplace.effects.counts import LINEAR as LINEAR_COUNTS
from academic_workplace.effects.growth import OTHERS
from academic_workplace.effects.logistic import LINEAR
from academic_workplace.effects.logistic_multilevel import AT_THE_EDGE
from academic_workplace.effects.multilevel import WITH_CLASSES, WITH_CROSSED, WITH_SLOPES
from academic_workplace.effects.regression import GIVEN_DOSE
from academic_workplace.effects.regression import WILD as WILD_KINDS
from academic_workplace.effects.result import Caution, Effect, Effects
from academic_workplace.effects.series import WITHIN as WITHIN_ARMS
from academic_workplace.effects.staggered import WITHIN as WITHIN_STARTS
from academic_workplace.effects.together import POOLED
from academic_workplace.effects.waves import WITH_PACES
from academic_workplace.errors import dutch
from academic_workplace.evidence.weighing import TAKING_PART_NOT_BESIDE, Evidence, Finding
from academic_workplace.language import Text, same
from academic_workplace.plan import (
    BY_LIKELIHOOD,
    NEVER,
    Allocation,
    Inference,
    Method,
    Missing,
    Norm,
)
from academic_workplace.report.findings import CLEAR, primary, shown
from academic_workplace.report.naming import names_of
from academic_workplace.report.numerals import decimal
from academic_workplace.report.words import phrases
from academic_workplace.sizes import DIVIDED_BY
from academic_workplace.sizes.binary import DIVIDED_BY_COX

SAY = phrases("technique")
GROWTH = phrases("growth")
ESTIMATES = {method: SAY[f"estimate.{method.name.lower()}"] for method in Method}
UNCERTAINTY = {way: SAY[f"uncertainty.{way.name.lower()}"] for way in Inference}
DIVISORS = {
    DIVIDED_BY: SAY["divisor.groups"],
    GIVEN_DOSE: SAY["divisor.dose"],
    WITHIN_STARTS: SAY["divisor.starts"],
    WITHIN_ARMS: SAY["divisor.periods"],
}
# From where on a difference is called small, medium, large: Cohen (1988), Statistical Power Analysis,
# 2.2.3; Kraft (2020), Educational Researcher 49, 247, on effects on attainment.
COMPLETED = {  # what is done about missing values
    Missing.COMPLETE: SAY["complete"],
    Missing.INDICATOR: SAY["indicator"],
    Missing.IMPUTED: SAY["imputed"],
}
OF_SHARES = (Method.LOGISTIC, Method.LOGISTIC_MULTILEVEL)
WITHOUT_COVARIATES = (  # what is known from beforehand is not in these
    Method.DIFFERENCE,
    Method.CLUSTER_MEANS,
    Method.SITE_AVERAGE,
    Method.PUPIL_AVERAGE,
    Method.SERIES,
    Method.SYNTHETIC,
)
LIMITS = {Norm.COHEN: (0.2, 0.5, 0.8), Norm.ATTAINMENT: (0.0, 0.05, 0.20)}
NORMS = ((SAY["norm.cohen"], Norm.COHEN), (SAY["norm.kraft"], Norm.ATTAINMENT))


class Fitted(StrEnum):
    """Which model an effect is of, where its method has several."""

    OF_THE_METHOD = "of the method"
    CLASSES = "classes"
    SLOPES = "slopes"
    CROSSED = "crossed"
    AT_THE_EDGE = "at_the_edge"
    LINEAR_SHARES = "linear_shares"
    LINEAR_COUNTS = "linear_counts"
    POISSON = "poisson"
    OTHER_PUPILS = "other_pupils"
    PACES = "paces"


STARTS = (  # how the method of such an effect begins
    (Fitted.CLASSES, WITH_CLASSES),
    (Fitted.SLOPES, WITH_SLOPES),
    (Fitted.CROSSED, WITH_CROSSED),
    (Fitted.AT_THE_EDGE, AT_THE_EDGE),
    (Fitted.LINEAR_SHARES, LINEAR),
    (Fitted.LINEAR_COUNTS, LINEAR_COUNTS),
    (Fitted.OTHER_PUPILS, OTHERS),
    (Fitted.PACES, WITH_PACES),
)


def method_texts(evidence: Evidence, language: str) -> list[str]:
    """What was computed and where it comes from; of which effects, where they differ in it."""
    dutch(language)  # refuses any third language
    plan, effects = evidence.plan, evidence.effects
    people = plan.study.people[language]
    weights = []
    if plan.weights is not None:
        name = plan.column_label(plan.weights)[language]
        weights = [SAY["weighted"][language].format(name=name)]
    offer = []
    if _only_the_offer(evidence):
        name = plan.column_label(plan.took_part or "")[language]
        offer = [SAY["only_the_offer"][language].format(name=name)]
    return [
        *_by_effect(SAY["estimate_is"], _estimate, evidence, language),
        *weights,
        *offer,
        *_by_effect(SAY["uncertainty_is"], _uncertainty, evidence, language),
        *_by_effect(SAY["standard_is"], _standard, evidence, language),
        *size_words(primary(evidence), language),
        _who_counts(effects)[language].format(people=people, m=plan.imputations),
        *(more[language].format(people=people) for more in _also_filled_in(evidence)),
        place_of_design(evidence, language),
    ]


def _by_effect(
    whole: Text,
    made: Callable[[Effect | None, Evidence, str], str],
    evidence: Evidence,
    language: str,
) -> list[str]:
    """A text that holds for all effects that are shown; with their names where there are several.

    made: the words for an effect; for None those of the plan, where nothing can be told of effects.
    """
    told = [f.effect for f in evidence.findings if shown(f)]
    said = dict[str, list[Effect]]()
    for effect in [e for e in told if e.estimate is not None] or told:
        said.setdefault(made(effect, evidence, language), []).append(effect)
    if not said:
        return [whole[language].format(of="", said=made(None, evidence, language))]
    out = []
    for text, of in said.items():
        names = names_of(of, evidence, language) if len(said) > 1 else ""
        whose = SAY["of_these"][language].format(names=names) if names else ""
        out.append(whole[language].format(of=whose, said=text))
    return out


def _fitted(effect: Effect | None, evidence: Evidence) -> Fitted:
    """The model of an effect: that of its method, or what took its place."""
    if effect is None:
        return Fitted.OF_THE_METHOD
    if evidence.effects.method is Method.COUNTS and Caution.NO_EXTRA_SPREAD in effect.cautions:
        return Fitted.POISSON
    found = next((own for own, start in STARTS if effect.method.startswith(start)), None)
    if found is Fitted.LINEAR_SHARES and POOLED in effect.method:  # it tells of the first table
        found = None
    return found or Fitted.OF_THE_METHOD


def _estimate(effect: Effect | None, evidence: Evidence, language: str) -> str:
    """How an effect was estimated."""
    plan, usual, model = evidence.plan, evidence.effects.method, _fitted(effect, evidence)
    people = plan.study.people[language]
    said = ESTIMATES[usual]
    if model is not Fitted.OF_THE_METHOD:
        said = SAY[f"fitted.{model.value}"]
    if model is Fitted.SLOPES and plan.varying == plan.treatment:
        said = SAY["fitted.differences"]
    column = plan.varying or plan.classes or plan.crossed
    if model is Fitted.CLASSES:
        column = plan.classes
    name = plan.column_label(column)[language] if column else ""
    method = said[language].format(people=people, name=name)
    if plan.dose:
        name = plan.column_label(plan.treatment)[language]
        method = SAY[f"dose_estimate.{usual.name.lower()}"][language].format(name=name)
    for said, columns in (
        (SAY["characteristics"], () if usual in WITHOUT_COVARIATES else plan.covariates),
        (SAY["within_blocks"], plan.blocks),
    ):
        if columns:
            labels = ", ".join(plan.column_label(column)[language] for column in columns)
            method = said[language].format(method=method, names=labels)
    if effect is not None and POOLED in effect.method and _separated(effect):
        method = SAY["where_no_answer"][language].format(method=method)
    return method


def _separated(effect: Effect) -> bool:
    """Whether a linear model took the place of the one that was chosen; of filled-in values: in
    some completed table."""
    return Caution.SEPARATED in effect.cautions or effect.method.startswith(LINEAR)


def _standard(effect: Effect | None, evidence: Evidence, language: str) -> str:
    """The standardised measure of an effect, and what it is divided by."""
    plan, usual = evidence.plan, evidence.effects.method
    divided_by = (effect or evidence.effects[0]).divided_by
    if effect is None and usual in OF_SHARES:
        divided_by = DIVIDED_BY_COX
    divisor = DIVISORS.get(divided_by, same(divided_by))[language]
    standard = SAY["standard_measure"][language].format(divisor=divisor)
    if divided_by == DIVIDED_BY_COX:
        standard = SAY["cox_measure"][language]
    if not plan.dose and usual not in BY_LIKELIHOOD:  # of these there is no such count
        people = plan.study.people[language]
        standard += f" {SAY['per_hundred'][language].format(people=people)}"
    return standard


def _also_filled_in(evidence: Evidence) -> list[Text]:
    """What more the values filled in know, and what more is pooled."""
    plan = evidence.plan
    if plan.missing is not Missing.IMPUTED or not _pooled(evidence.effects):
        return []
    only = _only_the_offer(evidence)
    there = {
        "classes": plan.classes is not None,
        "took_part": plan.took_part is not None and not only,
        "only_filled_in": only,
        "weak_offer": plan.took_part is not None and not only,
        "subgroups": bool(evidence.subgroups),
    }
    return [SAY[f"imputed_more.{name}"] for name, is_so in there.items() if is_so]


def _only_the_offer(evidence: Evidence) -> bool:
    """Whether who took part is known, and the effect of taking part is not told."""
    untold = TAKING_PART_NOT_BESIDE in evidence.not_done
    return evidence.plan.took_part is not None and untold


def _pooled(effects: Effects) -> bool:
    return any(POOLED in effect.method for effect in effects)


def _who_counts(effects: Effects) -> Text:
    """What is done about missing values."""
    imputed = effects.plan.missing is Missing.IMPUTED
    if imputed and not _pooled(effects):
        return SAY["nothing_missing"]
    if effects.method is Method.WAVES:
        return GROWTH["every_score"]
    return COMPLETED[Missing(effects.plan.missing)]


def size_words(finding: Finding, language: str) -> list[str]:
    """What the size of a clear difference is called, by norms that are named; nothing for a dose.

    A difference per step of a dose is no difference between groups, which the norms are about.
    """
    words = [(said, _named(finding, norm, language), LIMITS[norm]) for said, norm in NORMS]
    out = []
    for said, size, limits in words:
        if not size:
            return []
        small, medium, large = (decimal(limit, 2, language) for limit in limits)
        out.append(said[language].format(words=size, small=small, medium=medium, large=large))
    return [" ".join(out)]


def size_by_norm(finding: Finding, language: str) -> str:
    """The same on the page, by the norm that the plan names for the outcome; '' without one."""
    norm = finding.effect.plan.measure(finding.effect.outcome).norm
    size = _named(finding, Norm(norm), language) if norm else ""
    return SAY[f"by_norm.{norm}"][language].format(words=size) if size else ""


def _named(finding: Finding, norm: Norm, language: str) -> str:
    """What a norm calls a clear difference, from one end of its range to the other; '' otherwise."""
    told = shown(finding) and finding.verdict in CLEAR and not finding.effect.plan.dose
    if not told or finding.low is None or finding.high is None:
        return ""
    ends = sorted((abs(finding.low), abs(finding.high)))
    low, high = (_size(end, LIMITS[norm], language) for end in ends)
    return low if low == high else SAY["size_range"][language].format(low=low, high=high)


def _size(g: float, limits: tuple[float, float, float], language: str) -> str:
    """The word for a size: the last whose limit it reaches."""
    names = ("less", "small", "medium", "large")
    reached = sum(g >= limit for limit in limits)
    return SAY[f"size.{names[reached]}"][language]


def place_of_design(evidence: Evidence, language: str) -> str:
    """Which kind of effect research the design is; a fact, never a level of recognition."""
    plan = evidence.plan
    if plan.running is not None:
        return SAY["place.cutoff"][language]
    if plan.allocation is Allocation.LOT:
        return SAY["place.lot"][language]
    if plan.dose:
        return SAY["place.dose"][language]
    alone = evidence.effects.method is Method.SERIES and NEVER not in evidence.effects.flow.arms
    return SAY["place.change" if alone else "place.arms"][language]


def _uncertainty(effect: Effect | None, evidence: Evidence, language: str) -> str:
    """How sure an effect is, and within what pupils are alike; that none was worked out."""
    plan, effects, model = evidence.plan, evidence.effects, _fitted(effect, evidence)
    if effect is not None and effect.low is None and effect.p_value is None:
        return SAY["no_uncertainty"][language]
    way = UNCERTAINTY[effects.inference]
    if effects.inference is Inference.RANDOMISATION and effects.method is Method.MULTILEVEL:
        way = SAY["fitted_again"]
    if effects.method is Method.LOGISTIC_MULTILEVEL and model is Fitted.AT_THE_EDGE:
        way = SAY["uncertainty_at_the_edge"]
    if effects.method is Method.LOGISTIC_MULTILEVEL and model is Fitted.LINEAR_SHARES:
        way = UNCERTAINTY[Inference.CR2]
    how = way[language].format(people=plan.study.people[language])
    if effect is not None and Caution.WEAK_INSTRUMENT in effect.cautions:
        how = SAY["weak_offer"][language].format(how=how)
    return SAY["how_and_cluster"][language].format(
        how=how, cluster=_clusters(evidence, model, language)
    )


def _clusters(evidence: Evidence, model: Fitted, language: str) -> str:
    """Within what pupils are alike, by the model of an effect."""
    plan, inference = evidence.plan, evidence.effects.inference
    cluster = plan.column_label(plan.cluster)[language]
    if plan.alone:
        arms = ", ".join(plan.arm(arm).label[language] for arm in plan.alone)
        cluster = SAY["alone"][language].format(cluster=cluster, arms=arms)
    of_clusters = evidence.effects.method is Method.MULTILEVEL and model is not Fitted.CROSSED
    if plan.crossed is not None and not of_clusters:
        name = plan.column_label(plan.crossed)[language]
        said = SAY["crossed_wild" if inference in WILD_KINDS else "crossed"]
        cluster = said[language].format(cluster=cluster, name=name)
    if plan.classes is not None and model is Fitted.CLASSES:
        name = plan.column_label(plan.classes)[language]
        cluster = SAY["with_classes"][language].format(cluster=cluster, name=name)
    return cluster
