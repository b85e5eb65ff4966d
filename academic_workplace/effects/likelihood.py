"""What the models by maximum likelihood share: rows, standardised means, and what cannot be had.

The uncertainty is cluster-robust (``glm/robust.py``). A standardised mean is what the model expects
of all analysed pupils if everybody were in one arm; its difference between two arms is a function
of the coefficients, with a variance by the delta method. The pupils themselves count as given: the
limits say how sure the difference is for these pupils, and not how others would differ from them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.effects.adjusted import adjusted
from academic_workplace.effects.regression import (
    CONSTANT,
    Arms,
    Interval,
    cautions_of,
    column,
    few_degrees,
    regress,
    with_t,
)
from academic_workplace.effects.result import TERMS, Caution, Effect, Estimated
from academic_workplace.errors import Fault, PlanError
from academic_workplace.glm import Glm, Robust, Separation, contrast, standardised
from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

FEW_A_BLOCK = 16  # pupils: below this a logit with an indicator per block is biased (Katz, 2001)

NEEDS_ROWS = Text(
    "Deze methode heeft de tabel met leerlingen nodig: uit optellingen per school is zij niet te"
    " schatten.",
    "This method needs the table with pupils: it cannot be estimated from sums per school.",
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
    rule: Text,
    remedy: Text,
) -> None:
    """Raise PlanError naming every outcome, in which analyses, with values that do not fit."""
    faults = []
    for sample in samples(plan):
        y = pupils.numbers[sample.y][pupils.analysed[sample.key]]
        wrong = int(np.sum(~fits(y)))
        if wrong:
            faults.append(Fault(rule, remedy, column=sample.y, count=wrong))
    if faults:
        raise PlanError(faults)


@dataclass(frozen=True, slots=True, eq=False)
class Standardised:
    """What a model expects of all pupils in the arm, and in the comparison, with the gradients."""

    arm: float
    comparison: float
    of_arm: Floats
    of_comparison: Floats


def both_arms(fit: Glm, rows: Rows, arm: str) -> Standardised:
    """All pupils in the arm, and all pupils in the comparison."""
    nobody = dict.fromkeys(rows.arm_at.values(), 0.0)
    treated, of_arm = standardised(fit, nobody | {rows.arm_at[arm]: 1.0})
    other, of_comparison = standardised(fit, nobody)
    return Standardised(treated, other, of_arm, of_comparison)


def interval_of(found: Robust, estimate: float, gradient: Floats) -> Interval:
    """What is made of the coefficients with its t interval."""
    return with_t(estimate, *contrast(found, gradient))


def coefficient(found: Robust, at: int) -> Interval:
    """One coefficient with its t interval."""
    weights = np.zeros(len(found.fit.beta))
    weights[at] = 1.0
    return interval_of(found, float(found.fit.beta[at]), weights)


def coefficients(m: SampleMoments, rows: Rows, found: Robust, untold: set[str]) -> pd.DataFrame:
    """Every coefficient but those of blocks. untold: of which the design tells no uncertainty."""
    last = len(rows.names) - (rows.blocks - 1)
    told = []
    for at, term in enumerate(rows.names[:last]):
        if at == 0 and rows.blocks > 1:
            continue
        i = coefficient(found, at)
        i = Interval(i.estimate) if term in untold else i
        told.append((m.outcome, m.wave, term, i.estimate, i.se, i.df, i.low, i.high, i.p_value))
    return pd.DataFrame(told, columns=TERMS)


def cautions_on(
    effect: Effect, m: SampleMoments, plan: Plan, arms: Arms, rows: Rows, inference: Inference
) -> tuple[Caution, ...]:
    """What makes the uncertainty of an effect by such a model itself uncertain."""
    covariates = list(rows.names[1 : len(rows.names) - rows.blocks + 1])
    line = regress(m, plan, arms, covariates[len(rows.arm_at) :], interacted=False)
    known = cautions_of(effect, m, line.fit, inference)
    small = rows.blocks > 1 and len(rows.y) < FEW_A_BLOCK * rows.blocks
    return tuple(dict.fromkeys((*few_degrees(effect), *known, *_small(small))))


def _small(small: bool) -> tuple[Caution, ...]:
    return (Caution.SMALL_BLOCKS,) if small else ()


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
    nl, en = (", ".join(dict.fromkeys(f"‘{label[code]}’" for label in labels)) for code in BOTH)
    said = TELLS_APART if apart.alone else TELL_APART_TOGETHER
    return names, Text(said.nl.format(columns=nl), said.en.format(columns=en))


BOTH = ("nl", "en")
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
