"""Weigh effects: against the smallest effect that matters, with who is missing and how alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.disclosure import Reason
from academic_workplace.effects.compare import SIDE_BY_SIDE, Comparison, compare
from academic_workplace.effects.complier import PLAIN, Complier, compliers
from academic_workplace.effects.gap import Gap, gaps_of
from academic_workplace.effects.quantiles import Quantiles, quantiles
from academic_workplace.effects.result import Effect, Effects, estimated
from academic_workplace.effects.subgroups import Subgroups, subgroups
from academic_workplace.evidence.attrition import Attrition, Loss, attritions, losses
from academic_workplace.evidence.balance import Balance, balance, differences
from academic_workplace.evidence.description import (
    Description,
    at_baseline,
    descriptions,
    why_effect,
)
from academic_workplace.evidence.missing import MissingOutcomes, missing_outcomes
from academic_workplace.evidence.multiplicity import Adjustment, Multiplicity, adjust
from academic_workplace.evidence.posterior import Posteriors, posterior
from academic_workplace.evidence.sensitivity import Sensitivity, sensitivities
from academic_workplace.language import Text, both
from academic_workplace.moments import other_plan
from academic_workplace.plan import (
    OVER_TIME,
    OVER_WAVES,
    Allocation,
    Inference,
    Level,
    Method,
    Missing,
    Plan,
    planned,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing


FROM_MOMENTS = (Inference.CR2, Inference.WILD)  # assigning pupils again needs all rows, and time


POINTS_NEED_PUPILS = Text(
    "Nog niet onderzocht: is het verschil anders bij lage dan bij hoge scores? Daarvoor is de tabel"
    " zelf nodig, met een rij per persoon.",
    "Not studied yet: does the difference vary between low and high scores? This needs the table"
    " itself, with a row for every person.",
)


TAKING_PART_NOT_BESIDE = Text(
    "Nog niet onderzocht: wat meedoen zelf deed. Bij deze methode rekenen we alleen met wie het"
    " aanbod kreeg. Kies als methode een gewoon verschil of een verschil met correctie.",
    "Not studied yet: what taking part itself did. By this method we count only who was offered it."
    " Choose as method a plain difference or an adjusted one.",
)
TAKING_PART_NEEDS_PUPILS = Text(
    "Nog niet onderzocht: wat meedoen zelf deed. Er zijn waarden ingevuld; daarvoor is dan de tabel"
    " zelf nodig, met een rij per persoon.",
    "Not studied yet: what taking part itself did. Values were filled in; this then needs the table"
    " itself, with a row for every person.",
)


class Verdict(StrEnum):
    """What the 95 % interval says, read in the favourable direction."""

    MATTERS = "matters"  # wholly above the smallest effect that matters
    FAVOURABLE = "favourable"  # above zero; how large is not sure
    NEGLIGIBLE = "negligible"  # wholly between minus and plus the smallest effect that matters
    UNCLEAR = "unclear"
    UNFAVOURABLE = "unfavourable"  # below zero; how large is not sure
    HARMS = "harms"  # wholly below minus the smallest effect that matters
    NO_ANSWER = "no answer"  # the design gives no uncertainty


@dataclass(frozen=True, slots=True)
class Finding:
    """An effect, read in the favourable direction: ``g``, ``low``, ``high`` above 0 are better.

    cells: the arms of its analysis; fitted: pupils and terms of its model. Both decide on whether
    it may leave, and are not there when only the effect is known. took: of the effect of taking
    part, who did.
    """

    effect: Effect
    verdict: Verdict
    g: float | None
    low: float | None
    high: float | None
    cells: tuple[Description, ...] = field(default=(), repr=False)
    fitted: tuple[int, int] | None = field(default=None, repr=False)
    took: Complier | None = field(default=None, repr=False)

    @property
    def withheld(self) -> tuple[Reason, ...]:
        """Why nothing of it may leave, by the rules that hold now; () when it may. Page, files and
        manifest all ask here."""
        few = (Reason.FEW,) if self.took is not None and self.took.rare else ()
        return tuple(dict.fromkeys((*few, *why_effect(self.effect, self.cells, self.fitted))))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evidence:
    """What makes the effects of a study believable, and what was not done.

    sensitivity: per effect how strong something hidden would have to be to explain it away; empty
    after a lot, and for designs that suppose something else. subgroups: the effect for groups of
    pupils that the plan names; those explored later may be added (``replace``). complier: beside
    the effect of the offer that of taking part, where the plan says who did. gaps: between the
    two groups of a column that the plan names, in every arm. missing: what those
    missing could mean for every effect, where outcomes are missing. posterior: what is likely,
    where the plan names what was known. quantiles: the difference at points from low to high
    scores, where the plan names these.
    """

    plan: Plan
    effects: Effects
    findings: tuple[Finding, ...]
    descriptions: tuple[Description, ...]
    losses: tuple[Loss, ...]
    attrition: Mapping[tuple[str, str, str], Attrition]  # by outcome, wave and arm
    balance: Balance
    multiplicity: Multiplicity
    comparison: Comparison
    not_done: tuple[Text, ...]
    sensitivity: tuple[Sensitivity, ...] = ()
    subgroups: tuple[Subgroups, ...] = ()
    complier: tuple[Complier, ...] = ()
    gaps: tuple[Gap, ...] = ()
    missing: tuple[MissingOutcomes, ...] = ()
    posterior: tuple[Posteriors, ...] = ()
    quantiles: Quantiles | None = None

    def __repr__(self) -> str:
        return f"Evidence({len(self.findings)} findings)"

    def table(self) -> pd.DataFrame:
        """A row per finding: the effect, its verdict, and p adjusted among the primary ones."""
        table = self.effects.table()
        table["verdict"] = [f.verdict.value for f in self.findings]
        table["p_adjusted"] = pd.Series([f.adjusted for f in self.multiplicity], dtype=float)
        return table

    def explain(self, language: str = "nl") -> str:
        """The key message, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.findings import key_message

        return key_message(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The effects with their intervals against the smallest effect that matters."""
        from academic_workplace.report.figures.effects import plot_effects

        return plot_effects(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.build import drawing

        return drawing(self, language)

    def balance_table(self) -> pd.DataFrame:
        """How alike the arms were: a row per group, column and arm, in full precision."""
        found = differences(self.effects.baseline, self.findings[0].effect.comparison)
        rows = [{"outcome": d.group[0], "wave": d.group[1]} | asdict(d) for d in found]
        return pd.DataFrame(rows).drop(columns="group", errors="ignore")

    def loss_table(self) -> pd.DataFrame:
        """Who is missing: a row per analysis and arm."""
        rows = [asdict(loss) | {"lost": loss.lost, "share": loss.share} for loss in self.losses]
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        return both(self.explain)


def weigh(effects: Effects, plan: Plan) -> Evidence:
    """Weigh the effects of a study against its plan.

    Raises PlanError when they were estimated with another plan.
    """
    effects, plan = estimated(effects), planned(plan)
    if plan.fingerprint != effects.plan.fingerprint:
        raise other_plan()
    by_group = subgroups(effects)
    comparison = effects[0].comparison
    counted = plan.dose or comparison in effects.flow.arms  # of a dose: everyone is one arm
    counted = counted and not plan.repeated  # nobody is followed, so nobody is lost
    lost = losses(effects.flow) if counted else ()
    known = comparison in effects.baseline.arms and not plan.repeated
    described = descriptions(effects.moments, plan)
    before = at_baseline(effects.moments, plan)
    at_points = _at_points(effects)
    took = plan.took_part is not None
    beside = took and effects.method in PLAIN
    gone = beside and plan.missing is Missing.IMPUTED and effects.pupils is None
    untold = took and effects.method not in (*PLAIN, Method.COMPLIER, Method.DISCONTINUITY)
    return Evidence(
        plan,
        effects,
        tuple(_found(effects, effect, (*described, *before)) for effect in effects),
        described,
        lost,
        attritions(lost, comparison, plan.attrition),
        balance(effects) if known else Balance(()),
        adjust(effects, plan.primary or None, Adjustment.HOLM),
        compare(effects, _ways(plan)),
        (
            *by_group.not_done,
            *((at_points,) if isinstance(at_points, Text) else ()),
            *((TAKING_PART_NOT_BESIDE,) if untold else ()),
            *((TAKING_PART_NEEDS_PUPILS,) if gone else ()),
        ),
        sensitivities(effects) if _may_hide(effects) else (),
        (by_group,) if len(by_group) else (),
        compliers(effects) if beside and not gone else (),
        gaps_of(effects, by_group),
        _missing(effects),
        _likely(effects) if plan.prior is not None else (),
        at_points if isinstance(at_points, Quantiles) else None,
    )


def _missing(effects: Effects) -> tuple[MissingOutcomes, ...]:
    """What the missing outcomes could mean; nothing where nobody is missing."""
    found = missing_outcomes(effects)
    return (found,) if len(found) or found.not_done else ()


def _likely(effects: Effects) -> tuple[Posteriors, ...]:
    """What is likely of the effects that the plan has a prior of."""
    found = posterior(effects)
    main = effects[0].outcome, effects[0].wave
    kept = tuple(x for x in found if x.prior is not None)
    not_done = tuple(
        (e, why) for e, why in found.not_done if e is None or (e.outcome, e.wave) == main
    )
    return (replace(found, items=kept, not_done=not_done),)


def _at_points(effects: Effects) -> Quantiles | Text | None:
    """The difference at the points that the plan names; why that was not looked at."""
    plan = effects.plan
    if not plan.quantiles:
        return None
    if effects.pupils is None:
        return POINTS_NEED_PUPILS
    adjusted = None if effects.method is Method.ADJUSTED else False
    return quantiles(effects.pupils, at=plan.quantiles, adjusted=adjusted)


def _may_hide(effects: Effects) -> bool:
    """Whether arms are compared that something hidden may make different.

    After a lot only chance does. Designs over time and at a cut-off suppose something else, and say
    themselves what would overturn them.
    """
    lot = effects.plan.allocation is Allocation.LOT
    own = (*OVER_TIME, *OVER_WAVES, Method.DISCONTINUITY, Method.COMPLIER)
    return not lot and effects.method not in own


def _ways(plan: Plan) -> tuple[Inference, ...]:
    """Ways to set side by side: assigning again where clusters were assigned, and only clusters."""
    return SIDE_BY_SIDE if plan.assigned is Level.CLUSTER and not plan.alone else FROM_MOMENTS


def _found(effects: Effects, effect: Effect, described: Sequence[Description]) -> Finding:
    """The finding with what decides on whether it may leave."""
    key = effect.outcome, effect.wave
    cells = tuple(d for d in described if (d.outcome, d.wave) == key)
    if effects.plan.repeated:  # and of the other pupils it is compared with
        own = effect.outcome, str(effects.plan.baseline)
        arms = effect.arm, effect.comparison
        cells += tuple(d for d in described if (d.outcome, d.wave) == own and d.arm in arms)
    behind = effects.detail(effect)
    behind = getattr(behind, "behind", behind)  # of values filled in: what the method itself tells
    took = behind if isinstance(behind, Complier) else None
    fitted = _fitted(effects, effect, cells)
    return replace(weigh_one(effect), cells=cells, fitted=fitted, took=took)


def _fitted(effects: Effects, effect: Effect, cells: Sequence[Description]) -> tuple[int, int]:
    """Pupils and terms of the model of an effect: its coefficients, and a constant per block.

    Where arms were made alike, or a design goes its own way, only the pupils of the effect count,
    and at least two means do.
    """
    table = effects.all_coefficients
    here = (table["outcome"] == effect.outcome) & (table["wave"] == effect.wave)
    terms = max(int(here.sum()), 2)
    if effects.plan.blocks:
        m = next(m for m in effects.moments.samples if m.key == (effect.outcome, effect.wave))
        terms += len(set(m.blocks))
    alone = effects.detail(effect) is not None or not cells
    return effect.pupils if alone else sum(cell.pupils for cell in cells), terms


def weigh_one(effect: Effect) -> Finding:
    """Read one effect in the favourable direction, against its plan."""
    plan = effect.plan
    g, low, high = effect.g, effect.g_low, effect.g_high
    if low is not None and high is not None and not math.isfinite(high - low):
        low = high = None  # no limits: the test cannot tell
    if plan.measure(effect.outcome).better == "lower":
        g, low, high = (None if x is None else -x for x in (g, high, low))
    return Finding(effect, verdict(low, high, plan.smallest_effect), g, low, high)


def verdict(low: float | None, high: float | None, smallest: float) -> Verdict:
    """Read an interval (favourable is positive) against the smallest effect that matters."""
    if low is None or high is None:
        return Verdict.NO_ANSWER
    if low > smallest:
        return Verdict.MATTERS
    if -smallest < low and high < smallest:
        return Verdict.NEGLIGIBLE
    if high < -smallest:
        return Verdict.HARMS
    if low > 0:
        return Verdict.FAVOURABLE
    if high < 0:
        return Verdict.UNFAVOURABLE
    return Verdict.UNCLEAR
