"""How it was worked out, for whoever checks it: the estimate, its uncertainty and their sources."""

from __future__ import annotations

from academic_workplace.effects.regression import GIVEN_DOSE
from academic_workplace.effects.regression import WILD as WILD_KINDS
from academic_workplace.effects.result import Effects
from academic_workplace.effects.series import WITHIN as WITHIN_ARMS
from academic_workplace.effects.staggered import WITHIN as WITHIN_STARTS
from academic_workplace.errors import dutch
from academic_workplace.evidence.weighing import Evidence, Finding
from academic_workplace.language import Text, same
from academic_workplace.plan import (
    BY_LIKELIHOOD,
    NEVER,
    Allocation,
    Inference,
    Method,
    Missing,
    Norm,
    Plan,
)
from academic_workplace.report.findings import CLEAR, primary, shown
from academic_workplace.report.numerals import decimal
from academic_workplace.report.words import phrases
from academic_workplace.sizes import DIVIDED_BY
from academic_workplace.sizes.binary import DIVIDED_BY_COX

SAY = phrases("technique")
GROWTH = phrases("growth")
MODEL = (Inference.KENWARD_ROGER, Inference.SATTERTHWAITE)
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
LIMITS = {Norm.COHEN: (0.2, 0.5, 0.8), Norm.ATTAINMENT: (0.0, 0.05, 0.20)}
NORMS = ((SAY["norm.cohen"], Norm.COHEN), (SAY["norm.kraft"], Norm.ATTAINMENT))


def method_texts(evidence: Evidence, language: str) -> list[str]:
    """What was computed and where it comes from."""
    dutch(language)  # refuses any third language
    plan, effects = evidence.plan, evidence.effects
    people = plan.study.people[language]
    method = ESTIMATES[effects.method][language].format(people=people)
    if plan.dose:
        name = plan.column_label(plan.treatment)[language]
        method = SAY[f"dose_estimate.{effects.method.name.lower()}"][language].format(name=name)
    for said, columns in (
        (SAY["characteristics"], plan.covariates),
        (SAY["within_blocks"], plan.blocks),
    ):
        if columns:
            names = ", ".join(plan.column_label(column)[language] for column in columns)
            method = said[language].format(method=method, names=names)
    divided_by = effects[0].divided_by
    divisor = DIVISORS.get(divided_by, same(divided_by))[language]
    standard = SAY["standard_measure"][language].format(divisor=divisor)
    if divided_by == DIVIDED_BY_COX:
        standard = SAY["cox_measure"][language]
    if not plan.dose and effects.method not in BY_LIKELIHOOD:  # of these there is no such count
        standard += f" {SAY['per_hundred'][language].format(people=people)}"
    weights = []
    if plan.weights is not None:
        name = plan.column_label(plan.weights)[language]
        weights = [SAY["weighted"][language].format(name=name)]
    return [
        SAY["estimate_is"][language].format(method=method),
        *weights,
        SAY["uncertainty_is"][language].format(
            how=_uncertainty(effects)[language].format(people=people),
            cluster=_clusters(plan, effects.inference, language),
        ),
        standard,
        *size_words(primary(evidence), language),
        _who_counts(effects)[language].format(people=people, m=plan.imputations),
        place_of_design(evidence, language),
    ]


def _who_counts(effects: Effects) -> Text:
    """What is done about missing values."""
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


def _uncertainty(effects: Effects) -> Text:
    """How sure an effect is: of a model fitted again for every assignment, that it is."""
    again = effects.method is Method.MULTILEVEL and effects.inference is Inference.RANDOMISATION
    return SAY["fitted_again"] if again else UNCERTAINTY[effects.inference]


def _clusters(plan: Plan, inference: Inference, language: str) -> str:
    """Within what pupils are alike."""
    cluster = plan.column_label(plan.cluster)[language]
    if plan.alone:
        arms = ", ".join(plan.arm(arm).label[language] for arm in plan.alone)
        cluster = SAY["alone"][language].format(cluster=cluster, arms=arms)
    if plan.crossed is not None:
        name = plan.column_label(plan.crossed)[language]
        said = SAY["crossed_wild" if inference in WILD_KINDS else "crossed"]
        cluster = said[language].format(cluster=cluster, name=name)
    if plan.classes is not None and inference in MODEL:
        name = plan.column_label(plan.classes)[language]
        cluster = SAY["with_classes"][language].format(cluster=cluster, name=name)
    return cluster
