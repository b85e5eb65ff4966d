"""Does it narrow the gap: two groups beside each other, in both arms; several columns at once.

    y = block + arm + gamma * first + sum over arms of delta_arm * arm * first + error

gamma is the gap between two groups of pupils in the comparison, gamma + delta in the arm, delta how
much it differs. As measured: without covariates, for a gap at equal characteristics is no gap that
anyone sees. CR2 and Satterthwaite (``linear.py``). The test that the effect is the same in the
groups of several columns at once takes all interactions together (HTZ; Pustejovsky & Tipton, 2018,
J. Bus. Econ. Stat. 36), with the covariates of the effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.effects.regression import (
    Interval,
    arms_of,
    column,
    covariate_columns,
    interval,
)
from academic_workplace.effects.result import Effects, estimated
from academic_workplace.effects.subgroups import (
    REMEDIES,
    TAKE_A_COLUMN,
    TOO_FEW,
    ByGroup,
    Subgroups,
    groups_of,
    split_by,
    subgroups,
)
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.pupils import Labels, joint
from academic_workplace.language import Text, both
from academic_workplace.linear import fixed_by_one, least_squares
from academic_workplace.linear import joint as joint_test
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Method, Plan
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]

CLEAR = 0.05
NOT_OF_A_DOSE = Text(
    "Een kloof bekijken we tussen twee groepen, met en zonder programma. Hier is het programma een"
    " hoeveelheid.",
    "A gap is looked at between two groups, with and without the programme. Here the programme is"
    " an amount.",
)
HANGS_ON_ONE = Text(
    "De kloof hangt aan één school (cluster). Hoe zeker die is, weten we dan niet.",
    "The gap hangs on one school (cluster). How sure it is, we then do not know.",
)
FOLLOWS = Text(
    "Deze groepen volgen helemaal uit iets anders in het model. Dan is de kloof niet te bepalen.",
    "These groups follow wholly from something else in the model. So the gap cannot be worked out.",
)


class Change(StrEnum):
    """What is seen of a gap where the programme is."""

    SMALLER = "smaller"
    LARGER = "larger"
    TURNED = "turned round"
    UNCLEAR = "not clearly different"


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """The first of two groups less the second, as measured: in the comparison and in the arm.

    change: the gap in the arm less that in the comparison. of: the same groups in the model of the
    effects, with its test and with what may be shown. Where there is no gap to tell all three are
    None, and reason says why.
    """

    of: ByGroup
    comparison: Interval | None
    arm: Interval | None
    change: Interval | None
    reason: Text | None = None

    @property
    def withheld(self) -> bool:
        """Whether it stays inside, by the rules that hold now: one of the groups does."""
        return bool(self.of.hidden[0]) or self.of.withheld

    @property
    def verdict(self) -> Change:
        """Whether the gap is clearly smaller or larger in the arm."""
        if self.change is None or self.comparison is None or self.arm is None:
            return Change.UNCLEAR
        p, before, after = self.change.p_value, self.comparison.estimate, self.arm.estimate
        if p is None or p > CLEAR:
            return Change.UNCLEAR
        if before * after < 0:
            return Change.TURNED
        return Change.SMALLER if abs(after) < abs(before) else Change.LARGER

    def table(self) -> pd.DataFrame:
        """A row for the comparison, the arm, and the change; empty where it may not leave."""
        names = [f.name for f in fields(Interval)]
        rows = [
            {"gap": name}
            | ({} if self.withheld or found is None else {n: getattr(found, n) for n in names})
            for name, found in (
                ("comparison", self.comparison), ("arm", self.arm), ("change", self.change),
            )
        ]  # fmt: skip
        why = None if self.reason is None else self.reason.en
        return pd.DataFrame(rows, columns=["gap", *names]).assign(reason=why)

    def explain(self, language: str = "nl") -> str:
        """Whether the gap is smaller, larger or not clearly different, with its numbers."""
        from academic_workplace.report.gap import gap_sentence

        return gap_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def gaps(effects: Effects, by: str | Sequence[str] | None = None) -> tuple[Gap, ...]:
    """The gap between the two groups of a column, in every arm: primary outcomes, main wave.

    by: as in ``subgroups``; columns with more than two groups have no gap. One that cannot be
    worked out has a reason.
    """
    return gaps_of(effects, subgroups(effects, by))


def gaps_of(effects: Effects, found: Subgroups) -> tuple[Gap, ...]:
    """The same for subgroups that were worked out."""
    effects = estimated(effects)
    two = [item for item in found if len(item.levels) == 2]
    if effects.plan.dose or effects.pupils is None:  # without pupils there are no subgroups either
        return tuple(_none(item, NOT_OF_A_DOSE) for item in two)
    out: list[Gap] = []
    with one_thread():
        for name in dict.fromkeys(item.column for item in two):
            labels = groups_of(effects, name)
            own = [item for item in two if item.column == name]
            if isinstance(labels, Text):
                out += [_none(item, labels) for item in own]
                continue
            samples = {m.key: m for m in split_by(effects.pupils, labels)}
            for item in own:
                if item.difference is None:
                    out.append(_none(item, item.reason or FOLLOWS))
                else:
                    out.append(_gap(samples[item.key[:2]], item))
    return tuple(out)


def _none(item: ByGroup, why: Text) -> Gap:
    return Gap(item, None, None, None, why)


def _gap(m: SampleMoments, item: ByGroup) -> Gap:
    """Of one arm; a reason where the data do not tell it."""
    plan, arms = item.plan, arms_of(m, item.plan)
    first = (np.array(m.crossed) == item.levels[0]).astype(float)
    m = m.with_product("first", first)
    names = [column(plan, arm) for arm in arms.able]
    for name in names:
        share = np.round(m.totals[:, m.columns.index(name)] / m.S[:, 0, 0])
        m = m.with_product(f"{name} × first", first * share)
    x = [*names, "first", *(f"{name} × first" for name in names)]
    try:
        fit = least_squares(m, x, absorb=bool(plan.blocks))
    except DataError:
        return _none(item, FOLLOWS)
    own = np.array([name == f"{column(plan, item.overall.arm)} × first" for name in x], float)
    before = np.array([name == "first" for name in x], float)
    contrasts = (before, before + own, own)
    if any(fixed_by_one(fit, c) for c in contrasts):
        return _none(item, HANGS_ON_ONE)
    comparison, arm, change = (interval(fit, c, Inference.CR2) for c in contrasts)
    return Gap(item, comparison, arm, change)


# ---------------------------------------------------------------- several columns at once


@dataclass(frozen=True, slots=True)
class Together:
    """A test that an effect is the same in the groups of several columns, all at once.

    F on df1 (how many interactions) and df2. reason: why there is none.
    """

    columns: tuple[str, ...]
    outcome: str
    wave: str
    arm: str
    F: float | None = None
    df1: int | None = None
    df2: float | None = None
    p_value: float | None = None
    reason: Text | None = None
    plan: Plan | None = None

    def table(self) -> pd.DataFrame:
        """The test in a row."""
        names = ("outcome", "wave", "arm", "F", "df1", "df2", "p_value")
        row = {"columns": ", ".join(self.columns)} | {n: getattr(self, n) for n in names}
        return pd.DataFrame([row | {"reason": self.reason.en if self.reason else None}])

    def explain(self, language: str = "nl") -> str:
        """Whether the effect differs between any of the groups."""
        from academic_workplace.report.gap import together_sentence

        return together_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def joint_subgroups(
    effects: Effects, by: str | Sequence[str] | None = None
) -> tuple[Together, ...]:
    """Test all interactions of the arm with the groups of several columns at once.

    by: the columns (of the plan's subgroups when left out). For every primary outcome at the main
    wave and every arm. Every column keeps a level for each of its groups. Raises PlanError for
    columns that cannot be had, naming every one.
    """
    effects = estimated(effects)
    plan = effects.plan
    names = plan.subgroups if by is None else ((by,) if isinstance(by, str) else tuple(by))
    found = {name: groups_of(effects, name) for name in names}
    faults = [
        Fault(why, REMEDIES.get(why, TAKE_A_COLUMN), column=name)
        for name, why in found.items()
        if isinstance(why, Text)
    ]
    if not names:
        rule = Text("Er is geen kolom genoemd.", "No column is named.")
        faults = [Fault(rule, TAKE_A_COLUMN, column="by")]
    if faults or effects.pupils is None:
        raise PlanError(faults)
    labels = {name: of for name, of in found.items() if isinstance(of, Labels)}
    pairs = joint(list(labels.values()), len(effects.pupils))
    primary, main = plan.primary or plan.outcomes[:1], plan.waves_in_order[0]
    out: list[Together] = []
    with one_thread():
        for m in split_by(effects.pupils, pairs):
            if m.outcome in primary and m.wave == main:
                levels = _levels(m, pairs, labels)
                out += _together(m, plan, levels, adjusts=effects.method is Method.ADJUSTED)
    return tuple(out)


def _levels(
    m: SampleMoments, pairs: Labels, labels: dict[str, Labels]
) -> dict[str, dict[str, Floats]]:
    """Per column and group, (C,) whether a cell is in it."""
    known, place = pairs.codes >= 0, {name: i for i, name in enumerate(pairs.names)}
    at = np.array([place[label] for label in m.crossed], dtype=np.intp)
    out = {}
    for name, of in labels.items():
        code = np.full(len(pairs.names), -1)
        code[pairs.codes[known]] = of.codes[known]
        cell = code[at]
        used = [k for k in range(len(of.names)) if np.any(cell == k)]
        out[name] = {of.names[k]: (cell == k).astype(float) for k in used}
    return out


def _together(
    m: SampleMoments, plan: Plan, levels: dict[str, dict[str, Floats]],
    *, adjusts: bool,
) -> list[Together]:  # fmt: skip
    arms = arms_of(m, plan)
    covariates = covariate_columns(m, plan) if adjusts else []
    x = [c for c in covariates if c.split("=")[0] not in levels]
    x += [column(plan, arm) for arm in arms.able]
    own: dict[str, list[str]] = {arm: [] for arm in arms.able}
    for name, groups in levels.items():
        for level, inside in list(groups.items())[1:]:
            m = m.with_product(f"{name} in {level}", inside)
            x.append(f"{name} in {level}")
            for arm in arms.able:
                product = f"{column(plan, arm)} × {name}={level}"
                if plan.dose:
                    m = m.with_product(product, inside, plan.treatment)
                else:
                    at = m.columns.index(column(plan, arm))
                    m = m.with_product(product, inside * np.round(m.totals[:, at] / m.S[:, 0, 0]))
                own[arm].append(product)
                x.append(product)
    out, columns = [], tuple(levels)
    for arm in arms.others:
        blank = Together(columns, m.outcome, m.wave, arm, reason=TOO_FEW, plan=plan)
        try:
            fit = least_squares(m, x, absorb=bool(plan.blocks)) if own.get(arm) else None
        except DataError as error:
            out.append(Together(columns, m.outcome, m.wave, arm, reason=error.faults[0].rule,
                                plan=plan))  # fmt: skip
            continue
        if fit is None:
            out.append(blank)
            continue
        contrasts = np.array([[name == product for name in x] for product in own[arm]], float)
        test = joint_test(fit, contrasts, Inference.CR2)
        if not test.F >= 0:
            out.append(blank)
            continue
        p = float(special.fdtrc(test.df1, test.df2, test.F))
        out.append(
            Together(columns, m.outcome, m.wave, arm, test.F, test.df1, test.df2, p, None, plan)
        )
    return out
