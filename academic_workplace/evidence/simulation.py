"""A plan acted out before there are data: invented pupils, the plan's own estimator and test.

The formulas of ``power.py`` hold for balanced designs and large counts. Here the pupils of a
design are drawn, arms by lot, and the very estimate is made that the plan will make. The share of
studies that find the effect is the power of the plan as written, up to chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.effects import estimate
from academic_workplace.evidence.design import (
    ONE_DIVISION,
    SEED,
    WHOLE_ONE_UP,
    Comparison,
    Design,
    Sites,
    fault,
    kind_faults,
    number_faults,
    refuse,
)
from academic_workplace.evidence.power import ALPHA, power
from academic_workplace.language import both
from academic_workplace.plan import Level, Plan

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
SURE = 0.95  # of the interval of a simulated share
_NO_FUNCTION = (
    "Dit moet een functie zijn.", "This must be a function.",
    "Laat dit weg.", "Leave this out.",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPower:
    """The share of invented studies that find the effect.

    found: of ``replications``; unanswered: those that gave no p-value (and so found nothing). low,
    high: where the share lies with endless replications (95 %, Clopper & Pearson, 1934). formula:
    the power by the noncentral t. method: what the estimator says of itself.
    """

    design: Design
    effect: float
    alpha: float
    replications: int
    found: int
    unanswered: int
    power: float
    low: float
    high: float
    formula: float
    method: str
    seed: int

    def to_dict(self) -> dict[str, object]:
        """The answer and all that was assumed, as plain values."""
        own: dict[str, object] = {f.name: getattr(self, f.name) for f in fields(self)}
        del own["design"]
        return own | {f"design_{key}": value for key, value in self.design.to_dict().items()}

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.planning import simulated_sentences

        return " ".join(simulated_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain)


def simulated_power(
    design: Design,
    effect: float,
    *,
    plan: Plan | None = None,
    replications: int = 1000,
    seed: int | None = None,
    alpha: float = ALPHA,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedPower:
    """The power of a plan as written, by acting it out on invented pupils.

    plan: gives the method, the inference and the seed; by default those of a plan that says
    nothing. progress: called with the studies done and their number. One outcome is simulated.
    Raises PlanError; also for a yes-or-no outcome in a design with more than pupils in clusters.

    >>> found = simulated_power(Design(clusters=8, pupils=10, icc=0.1), 1.0, replications=20)
    >>> found.low <= found.power <= found.high
    True
    """
    faults = [*kind_faults("design", design, Design)]
    faults += [*kind_faults("plan", plan, Plan)] if plan is not None else []
    if isinstance(plan, Plan) and plan.crossed is not None:
        faults.append(fault("crossed", *ONE_DIVISION))
    faults += number_faults("replications", replications, WHOLE_ONE_UP)
    faults += number_faults("seed", seed, SEED) if seed is not None else ()
    if progress is not None and not callable(progress):
        faults.append(fault("progress", *_NO_FUNCTION))
    if not isinstance(design, Design):
        refuse(faults)
    simple = not (design.classes > 1 or design.blocks or design.waves or _columns(design))
    if design.proportion is not None and (not simple or design.assigned is Level.PUPIL):
        faults.append(fault(
            "proportion",
            "Een ja-nee-uitkomst kan hier alleen nagespeeld worden met leerlingen in scholen.",
            "A yes-or-no outcome can only be simulated here for pupils in clusters.",
            "Laat klassen, blokken, meetmomenten en covariates weg, of gebruik de formule.",
            "Leave out classes, blocks, waves and covariates, or use the formula.",
        ))  # fmt: skip
    refuse(faults)
    replications = int(replications)
    formula = power(design, effect, alpha=alpha).power
    seed = (plan.seed if plan is not None else 0) if seed is None else int(seed)
    rng, study, sizes = np.random.default_rng(seed), _study(design, plan), _sizes(design)
    found = unanswered = 0
    method = ""
    for i in range(replications):
        result = estimate(_pupils(design, effect, sizes, rng), study)[0]
        found += result.p_value is not None and result.p_value <= alpha
        unanswered += result.p_value is None
        method = result.method
        if progress is not None:
            progress(i + 1, replications)
    tail = (1 - SURE) / 2
    low = float(special.betaincinv(found, replications - found + 1, tail)) if found else 0.0
    high = 1.0
    if found < replications:
        high = float(special.betaincinv(found + 1, replications - found, 1 - tail))
    return SimulatedPower(
        design=design, effect=float(effect), alpha=alpha, replications=replications, found=found,
        unanswered=unanswered, power=found / replications, low=low, high=high, formula=formula,
        method=method, seed=seed,
    )  # fmt: skip


def _study(d: Design, plan: Plan | None) -> Plan:
    """The plan of the invented study: its columns are ours, method and inference the plan's."""
    sites = d.assigned is Level.PUPIL and not d.individual
    before = d.waves is not None and d.waves.comparison is Comparison.ANCOVA
    own = Plan(
        outcome="outcome",
        treatment="arm",
        comparison="0",
        cluster="cluster",
        assigned=d.assigned,
        blocks=("cluster",) if sites else ("block",) if d.blocks else (),
        baseline="before" if before else None,
        covariates=_columns(d),
    )
    if plan is None:
        return own
    return replace(
        own, method=plan.method, inference=plan.inference, seed=plan.seed, draws=plan.draws
    )


def _columns(d: Design) -> tuple[str, ...]:
    """The covariates of the invented study: one per level that explains, the rest is noise."""
    whole = (
        d.assigned is Level.CLUSTER
    )  # otherwise sites are absorbed, and what is theirs with them
    levels = {"pupil": d.r2_pupils, "class": whole * d.r2_classes, "school": whole * d.r2_clusters}
    explain = [name for name, r2 in levels.items() if r2 > 0]
    noise = whole * (d.covariates - ("school" in explain))
    return (*explain, *(f"noise{i}" for i in range(noise)))


def _sizes(d: Design) -> Codes:
    """(J,) pupils of every cluster (of every class): equal, or gamma quantiles with the cv."""
    J, n = d.clusters, d.pupils
    even: Codes = np.diff(np.floor(np.arange(J + 1) * n + 0.5).astype(np.intp))
    if d.cv == 0:
        return even
    q = np.asarray(special.gammaincinv(1 / d.cv**2, (np.arange(J) + 0.5) / J), dtype=np.float64)
    uneven: Floats = np.round(n + d.cv * n * (q - q.mean()) / q.std())
    return np.maximum(uneven, 1).astype(np.intp)


def _pupils(d: Design, effect: float, sizes: Codes, rng: np.random.Generator) -> pd.DataFrame:
    """One invented study: a row per pupil. The comparison has variance 1 before covariates."""
    J = d.clusters
    of_class = np.repeat(np.arange(J), d.classes)  # the cluster of every class
    klass = np.repeat(np.arange(J * d.classes), sizes[of_class])
    cluster = of_class[klass]
    block = np.arange(J) * max(d.blocks, 1) // J
    if d.assigned is Level.PUPIL:
        arm = _lots(cluster, d.treated_share, rng)
    elif d.one_arm:
        singles = round(len(cluster) * (1 - d.treated_share) / d.treated_share)
        own = np.arange(J, J + singles)  # every single pupil is a cluster
        arm = np.repeat([1, 0], [len(cluster), singles])
        cluster, klass = np.append(cluster, own), np.append(klass, own)
    else:
        arm = _lots(block, d.treated_share, rng)[cluster]
    table = pd.DataFrame({"cluster": cluster, "arm": arm})
    if d.individual:
        table["cluster"] = np.arange(len(arm))
    if d.blocks:
        table["block"] = block[cluster]
    if d.proportion is not None:
        return table.assign(outcome=_yes_or_no(d, effect, cluster, arm, rng))
    groups = len(np.unique(cluster)) if d.one_arm else J
    shared = np.where(np.arange(groups) < J, d.icc, 0.0)  # singles share nothing
    left = 1 - d.icc - d.icc_classes - d.icc_blocks
    levels = (
        ("school", cluster, shared, d.r2_clusters, 1.0),
        ("class", klass, np.full(klass.max() + 1, d.icc_classes), d.r2_classes, 1.0),
        ("pupil", np.arange(len(arm)), np.full(len(arm), left), d.r2_pupils, d.reliability),
    )
    before, after, known = (np.zeros(len(arm)) for _ in range(3))
    for name, code, variance, r2, reliability in levels:
        x = rng.standard_normal(len(variance))
        pair = _two(d, name, len(variance), rng)
        root = np.sqrt(variance * (1 - r2) / reliability)
        before += (root * pair[0])[code]
        after += (root * pair[1])[code]
        if name in _columns(d):
            table[name] = x[code]
        if r2 > 0:
            known += (np.sqrt(variance * r2) * x)[code]
    effects: Floats = np.full(len(arm), effect)
    if d.sites is Sites.RANDOM:
        by_pupil = d.assigned is Level.PUPIL
        site, share = (cluster, d.icc) if by_pupil else (block[cluster], d.icc_blocks)
        spread = math.sqrt(share * d.heterogeneity * (1 - d.r2_effect))
        effects = effects + spread * rng.standard_normal(J)[site]
    if d.blocks:
        known += math.sqrt(d.icc_blocks) * rng.standard_normal(d.blocks)[block[cluster]]
    if d.waves is not None and d.waves.comparison is Comparison.CHANGE:
        after = after - before
    for name in _columns(d):
        if name not in table:
            table[name] = rng.standard_normal(groups)[cluster]
    return table.assign(before=before, outcome=after + known + effects * arm)


def _two(d: Design, level: str, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """What a unit of this level has before and after: means of equally correlated waves."""
    w = d.waves
    if w is None:
        return np.zeros(n), rng.standard_normal(n)
    shared = w.correlation
    if level != "pupil" and w.correlation_clusters is not None:
        shared = w.correlation_clusters
    common, before, after = rng.standard_normal((3, n))
    root = np.sqrt(shared) * common
    own = np.sqrt(1 - shared)
    return root + own * before / np.sqrt(max(w.before, 1)), root + own * after / np.sqrt(w.after)


def _lots(group: Codes, share: float, rng: np.random.Generator) -> Codes:
    """0 or 1 by lot within every group, in the share asked for, with both present in each."""
    arm = np.zeros(len(group), dtype=np.intp)
    owed = 0.0
    for g in range(int(group.max()) + 1):
        members = rng.permutation(np.flatnonzero(group == g))
        owed += share * len(members)
        treated = int(np.clip(round(owed), 1, max(len(members) - 1, 1)))
        owed -= treated  # what rounding left over goes to the next group
        arm[members[:treated]] = 1
    return arm


def _yes_or_no(
    d: Design, effect: float, cluster: Codes, arm: Codes, rng: np.random.Generator
) -> Floats:
    """0 or 1; the proportion of a cluster is beta with variance icc p (1-p) about its arm's."""
    G = int(cluster.max()) + 1
    p = np.full(G, d.proportion)
    p[cluster[arm == 1]] += effect
    grouped = (np.arange(G) < d.clusters) & (p > 0) & (p < 1) & (d.icc > 0)
    size = (1 - d.icc) / d.icc if d.icc > 0 else 1.0
    p[grouped] = rng.beta(p[grouped] * size, (1 - p[grouped]) * size)
    return (rng.random(len(cluster)) < p[cluster]).astype(float)
