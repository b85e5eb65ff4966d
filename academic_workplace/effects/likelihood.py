"""What the models by maximum likelihood share: rows, standardised means, and what cannot be had.

The uncertainty is cluster-robust (``glm/robust.py``). A standardised mean is what the model expects
of all analysed pupils if everybody were in one arm; its difference between two arms is a function
of the coefficients, with a variance by the delta method. The pupils themselves count as given: the
limits say how sure the difference is for these pupils, and not how others would differ from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.effects.adjusted import adjusted
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
    regress,
    spread_of,
    with_t,
)
from academic_workplace.effects.result import TERMS, Caution, Detail, Effect, Estimated
from academic_workplace.errors import Fault, PlanError
from academic_workplace.glm import Glm, Robust, Separation, contrast, standardised
from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

FAR = 700.0  # of a logarithm
FEW_A_BLOCK = 16  # pupils: below this a logit with an indicator per block is biased (Katz, 2001)

NEEDS_ROWS = Text(
    "Deze methode heeft de tabel met leerlingen nodig: uit optellingen per school is zij niet te"
    " schatten.",
    "This method needs the table with pupils: it cannot be estimated from sums per school.",
)
ALL_ALIKE = Text(
    "De uitkomst is voor iedereen gelijk. Dan is er niets te vergelijken.",
    "The outcome is the same for everybody. Then there is nothing to compare.",
)
TELLS_APART = Text(
    "Bij een waarde van {columns} is de uitkomst voor iedereen gelijk. Dit model heeft dan geen"
    " antwoord. U ziet daarom het gewone verschil (lineair model). Voeg zulke waarden samen, of"
    " laat de kolom weg.",
    "At some value of {columns} the outcome is the same for everybody. This model then has no"
    " answer. So you see the plain difference (linear model). Join such values, or leave the column"
    " out.",
)
TELL_APART_TOGETHER = Text(
    "De kolommen {columns} voorspellen samen de uitkomst precies. Dit model heeft dan geen"
    " antwoord. U ziet daarom het gewone verschil (lineair model). Neem minder kenmerken.",
    "The columns {columns} together predict the outcome exactly. This model then has no answer. So"
    " you see the plain difference (linear model). Take fewer covariates.",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """The analysed pupils of one arm, with what decides on whether their mean may leave.

    ones: for how many an outcome of 0 and 1 holds (None for counts). zeros: how many have 0. sizes:
    pupils of each cluster. alike: whether all of them have the same outcome.
    """

    outcome: str
    wave: str
    arm: str
    pupils: int
    mean: float
    ones: int | None
    zeros: int
    sizes: tuple[int, ...]
    alike: bool


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The analysed pupils of one analysis as a model needs them.

    X: (n, k), the constant first; names: of its columns. arm_at: arm -> its column. y: (n,).
    clusters: (n,) codes from 0. blocks: how many. cells: one per arm.
    """

    X: Floats
    names: tuple[str, ...]
    arm_at: dict[str, int]
    y: Floats
    clusters: Codes
    blocks: int
    cells: tuple[Cell, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """The names of all columns but those of blocks, which come last."""
        return self.names[: len(self.names) - (self.blocks - 1)]


def rows_of(
    pupils: Pupils, m: SampleMoments, plan: Plan, arms: Arms, covariates: Sequence[str]
) -> Rows:
    """The rows behind the moments of one analysis; blocks become indicators, but for the first."""
    sample = next(s for s in samples(plan) if s.key == m.key)
    keep = pupils.analysed[m.key]
    y = pupils.numbers[sample.y][keep]
    arm = pupils.arms.codes[keep]
    _, cluster = np.unique(pupils.clusters.codes[keep], return_inverse=True)
    columns = [np.ones(len(y))]
    names = [CONSTANT]
    arm_at = {}
    for each in arms.able:
        arm_at[each] = len(columns)
        columns.append((arm == pupils.arms.names.index(each)).astype(float))
        names.append(column(plan, each))
    columns += [pupils.numbers[name][keep] for name in covariates]
    names += covariates
    used, block = np.unique(pupils.blocks.codes[keep], return_inverse=True)
    if plan.blocks:
        columns += [(block == b).astype(float) for b in range(1, len(used))]
        label = " | ".join(plan.blocks)
        names += [f"{label}={pupils.blocks.names[b]}" for b in used[1:].tolist()]
    cells = []
    for code, name in enumerate(pupils.arms.names):
        here = arm == code
        if here.any():
            cells.append(_cell(m, name, y[here], cluster[here]))
    return Rows(
        np.column_stack(columns), tuple(names), arm_at, y, cluster, len(used) if plan.blocks else 1,
        tuple(cells),
    )  # fmt: skip


def _cell(m: SampleMoments, arm: str, y: Floats, cluster: Codes) -> Cell:
    sizes = np.bincount(cluster)
    binary = bool(np.all((y == 0) | (y == 1)))
    return Cell(
        m.outcome, m.wave, arm, len(y), float(y.mean()), int(y.sum()) if binary else None,
        int(np.sum(y == 0)), tuple(sizes[sizes > 0].tolist()), bool(np.all(y == y[0])),
    )  # fmt: skip


def require_rows(pupils: Pupils | None) -> Pupils:
    """The pupils. Raises PlanError when moments are all there is."""
    if pupils is not None:
        return pupils
    remedy = Text("Geef leerlingen (check) of een tabel.", "Give pupils (check) or a table.")
    raise PlanError([Fault(NEEDS_ROWS, remedy, column="method")])


def require_outcomes(
    pupils: Pupils,
    plan: Plan,
    fits: Callable[[Floats], NDArray[np.bool_]],
    rule: Callable[[Floats], Text],
    remedy: Text,
) -> None:
    """Raise PlanError naming every outcome, in which analyses, with values that do not fit.

    fits, rule: of the (n,) values of an outcome: which of them fit, and what is asked of them.
    """
    faults = []
    for sample in samples(plan):
        y = pupils.numbers[sample.y][pupils.analysed[sample.key]]
        wrong = int(np.sum(~fits(y)))
        if wrong:
            faults.append(Fault(rule(y), remedy, column=sample.y, count=wrong))
    if faults:
        raise PlanError(faults)


@dataclass(frozen=True, slots=True, eq=False)
class Standardised:
    """What a model expects of all pupils in the arm, and in the comparison, in the outcome's units.

    of_arm, of_comparison: their gradients by what was estimated: (k,) coefficients, and of a
    multilevel model the standard deviation between clusters as well.
    """

    arm: float
    comparison: float
    of_arm: Floats
    of_comparison: Floats


def both_arms(fit: Glm, rows: Rows, arm: str) -> Standardised:
    """All pupils in the arm, and all pupils in the comparison (g-computation: Robins, 1986)."""
    nobody = dict.fromkeys(rows.arm_at.values(), 0.0)
    treated, of_arm = standardised(fit, nobody | {rows.arm_at[arm]: 1.0})
    other, of_comparison = standardised(fit, nobody)
    return Standardised(treated, other, of_arm, of_comparison)


def difference_of(found: Robust, means: Standardised) -> Interval:
    """The arm less the comparison, by the delta method."""
    return interval_of(found, means.arm - means.comparison, means.of_arm - means.of_comparison)


def interval_of(found: Robust, estimate: float, gradient: Floats) -> Interval:
    """What is made of the coefficients with its t interval."""
    return with_t(estimate, *contrast(found, gradient))


def coefficient(found: Robust, at: int) -> Interval:
    """One coefficient with its t interval."""
    weights = np.zeros(len(found.fit.beta))
    weights[at] = 1.0
    return interval_of(found, float(found.fit.beta[at]), weights)


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One analysis before a model is fitted.

    line: the same comparison by least squares, on the same pupils.
    """

    m: SampleMoments
    plan: Plan
    arms: Arms
    rows: Rows
    line: Estimated


def analysis_of(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils, linear: str
) -> Analysis | Estimated:
    """The rows of an analysis; where no arm can be compared that is already the answer.

    linear: what least squares is called in the method of an effect.
    """
    arms = arms_of(m, plan)
    line = by_line(m, plan, inference, pupils, linear)
    if not arms.able:
        return Estimated([replace(e, reason=NOBODY) for e in line.effects], line.coefficients)
    rows = rows_of(pupils, m, plan, arms, covariate_columns(m, plan))
    return Analysis(m, plan, arms, rows, line)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Model:
    """What a fitted model tells, in the terms in which every method gives its effects.

    difference: arm -> the standardised difference. coefficient: column of the rows -> on the scale
    of the model. behind: an effect and the linear difference beside it -> the effect, with its own
    size where the model has one, and its detail. unsure: why the model tells no uncertainty at all.
    cautions: of the fit.
    """

    method: str
    inference: Inference
    difference: Callable[[str], Interval]
    coefficient: Callable[[int], Interval]
    behind: Callable[[Effect, Interval | None], tuple[Effect, Detail]]
    unsure: Text | None = None
    cautions: tuple[Caution, ...] = ()


def effects_of(a: Analysis, model: Model) -> Estimated:
    """Every arm, by one fitted model; no uncertainty of an arm with too few clusters for it."""
    divisor = spread_of(a.m, a.plan, a.arms)

    def effect(arm: str, found: Interval | None, reason: Text) -> Effect:
        how, method = model.inference, model.method
        return effect_of(a.m, a.plan, arm, a.arms, found, reason, divisor, how, method)

    effects, untold = [], set()
    details: dict[tuple[str, str, str], Detail] = {}
    for arm, beside in zip(a.arms.others, a.line.effects, strict=True):
        if arm not in a.arms.able:
            effects.append(effect(arm, None, NOBODY))
            continue
        found, reason = model.difference(arm), ONE_CLUSTER if a.arms.few(arm) else model.unsure
        if reason is not None:
            found = Interval(found.estimate)
            untold |= {column(a.plan, arm), CONSTANT}
        one, detail = model.behind(effect(arm, found, reason or NO_SPREAD), interval_in(beside))
        cautions = cautions_on(one, a, model.inference) + model.cautions
        effects.append(replace(one, cautions=cautions))
        details[a.m.outcome, a.m.wave, arm] = detail
    return Estimated(effects, coefficients(a, model.coefficient, untold), details)


def coefficients(
    a: Analysis, coefficient_at: Callable[[int], Interval], untold: set[str]
) -> pd.DataFrame:
    """Every coefficient but those of blocks. untold: of which the design tells no uncertainty."""
    rows, told = a.rows, []
    for at, term in enumerate(rows.terms):
        if at == 0 and rows.blocks > 1:
            continue
        i = coefficient_at(at)
        i = Interval(i.estimate) if term in untold else i
        told.append((a.m.outcome, a.m.wave, term, i.estimate, i.se, i.df, i.low, i.high, i.p_value))
    return pd.DataFrame(told, columns=TERMS)


def cautions_on(effect: Effect, a: Analysis, inference: Inference) -> tuple[Caution, ...]:
    """What makes the uncertainty of an effect by such a model itself uncertain."""
    rows = a.rows
    covariates = rows.terms[1 + len(rows.arm_at) :]
    line = regress(a.m, a.plan, a.arms, covariates, interacted=False)
    known = cautions_of(effect, a.m, line.fit, inference)
    small = rows.blocks > 1 and len(rows.y) < FEW_A_BLOCK * rows.blocks
    return tuple(dict.fromkeys((*known, *((Caution.SMALL_BLOCKS,) if small else ()))))


def separated_into_line(
    a: Analysis,
    apart: Separation,
    model: str,
    behind: Callable[[Effect, tuple[str, ...], Text], Detail],
) -> Estimated:
    """The linear comparison in the place of a model that has no answer, and what separates.

    model: its name. behind: an effect, the columns that separate and the reason -> its detail.
    """
    names, reason = what_separates(apart, a.rows, a.plan)
    effects, details = [], {}
    for e in a.line.effects:
        if e.arm not in a.arms.able:
            effects.append(e)
            continue
        told = reason if e.reason is None else e.reason
        cautions = (*e.cautions, Caution.SEPARATED) if names else e.cautions
        method = f"{e.method} ({model}: separated)"
        effects.append(replace(e, method=method, reason=told, cautions=cautions))
        details[e.outcome, e.wave, e.arm] = behind(e, names, reason)
    return Estimated(effects, a.line.coefficients, details)


def what_separates(apart: Separation, rows: Rows, plan: Plan) -> tuple[tuple[str, ...], Text]:
    """The columns that tell an outcome apart, and the reason why there is no answer.

    The reason names columns and no level of them: of whom it holds would be told by that.
    """
    names = tuple(rows.names[at] for at in apart.columns if at > 0)
    if not names:
        return names, ALL_ALIKE
    of_blocks = " | ".join(plan.blocks)
    labels = []
    for name in names:
        plain = name.partition("=")[0]
        if plain == of_blocks and of_blocks:
            labels += [plan.column_label(block) for block in plan.blocks]
        else:
            labels.append(plan.column_label(plain))
    nl, en = (
        ", ".join(dict.fromkeys(f"‘{label[code]}’" for label in labels)) for code in LANGUAGES
    )
    said = TELLS_APART if apart.alone else TELL_APART_TOGETHER
    return names, Text(said.nl.format(columns=nl), said.en.format(columns=en))


def by_line(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils, method: str
) -> Estimated:
    """The same comparison by least squares on the same pupils: linear probability, plain days."""
    found = adjusted(m, plan, inference, pupils)
    effects = [
        replace(e, method=e.method.replace("adjusted difference", method)) for e in found.effects
    ]
    return Estimated(effects, found.coefficients)


def interval_in(effect: Effect) -> Interval | None:
    """The estimate and the uncertainty of an effect; None where there is no estimate."""
    if effect.estimate is None:
        return None
    return Interval(effect.estimate, effect.se, effect.df, effect.low, effect.high, effect.p_value)


def ratio_of(log: Interval) -> tuple[float, float | None, float | None]:
    """exp of a coefficient and of its limits: an odds ratio, a rate ratio."""
    low, high = (None if x is None else _exp(x) for x in (log.low, log.high))
    return _exp(log.estimate), low, high


def _exp(x: float) -> float:
    return math.exp(min(x, FAR))
