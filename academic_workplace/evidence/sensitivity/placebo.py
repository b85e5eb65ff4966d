"""Placebos: the same question where the answer must be nothing.

An outcome that the programme cannot have touched (measured before it, say), or pupils whom it
cannot have reached (another year of the same schools). A difference there is what the comparison
itself brings along: the arms were not alike (Rosenbaum, 2002, chapter 6; Lipsitch, Tchetgen
Tchetgen & Cohen, 2010, Epidemiology 21).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd

from academic_workplace.effects import estimate
from academic_workplace.effects.result import Effect, Effects, estimated, from_moments
from academic_workplace.errors import Fault, PlanError, not_known
from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.moments import ClusterMoments, SampleMoments
from academic_workplace.plan import Measure, Plan


class Kind(StrEnum):
    """Where a difference cannot come from the programme."""

    OUTCOME = "outcome"
    GROUP = "group"


class Seen(StrEnum):
    """What a placebo shows."""

    NOTHING = "nothing"  # no difference that matters
    DIFFERENCE = "difference"  # the interval does not hold 0
    CANNOT_TELL = "cannot tell"  # it holds 0, and differences that matter as well
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Placebo:
    """One placebo: an effect that must be 0. outcome: the column that took the outcome's place."""

    kind: Kind
    outcome: str
    label: Text
    effect: Effect
    seen: Seen


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Placebos(Items[Placebo]):
    """Every placebo of a study: a row per outcome or group, and per arm."""

    def __repr__(self) -> str:
        return f"Placebos({len(self)} effects)"

    def table(self) -> pd.DataFrame:
        """A row per placebo, in full precision."""
        shown = ("arm", "estimate", "se", "df", "low", "high", "p_value", "g", "g_low", "g_high",
                 "pupils", "clusters")  # fmt: skip
        rows = [
            {"kind": item.kind.value, "outcome": item.outcome}
            | {name: getattr(item.effect, name) for name in shown}
            | {"seen": item.seen.value}
            for item in self
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return {"placebos": self.table().to_dict("records")}

    def explain(self, language: str = "nl") -> str:
        """Whether there was a difference where none can be, in Dutch (``nl``) or English."""
        from academic_workplace.report.sensitivity import placebo_sentence

        return placebo_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def placebo(
    effects: Effects,
    *,
    outcomes: Sequence[str] | None = None,
    others: pd.DataFrame | Pupils | ClusterMoments | None = None,
) -> Placebos:
    """Ask the plan of effects where the answer must be 0, by the same method and inference.

    outcomes: columns that the programme cannot have touched. Each takes the outcome's place and is
    adjusted for everything else that the main outcome was adjusted for; they may be baselines or
    covariates (then moments will do) or columns of ``plan.balance`` (which needs the pupils). Left
    out: the baselines, when no ``others`` are given. others: pupils whom the programme cannot have
    reached, in the form of the plan; the treatment says who would have been offered it.

    A placebo without a difference does not show that the arms were alike in everything. Of twenty
    placebos one is expected outside its interval by chance. Raises PlanError naming columns that
    are not known, and when there is nothing to ask.
    """
    effects = estimated(effects)
    plan = effects.plan
    if outcomes is None and others is None:
        asked = [s.baseline for s in samples(plan) if s.baseline]
    else:
        asked = [outcomes] if isinstance(outcomes, str) else list(outcomes or ())
    if not asked and others is None:
        rule = Text(
            "Er is geen uitkomst gegeven die de aanpak niet kan raken.",
            "No outcome was given that the programme cannot touch.",
        )
        remedy = Text(
            "Noem kolommen (outcomes) of geef andere leerlingen (others).",
            "Name columns (outcomes) or give other pupils (others).",
        )
        raise PlanError([Fault(rule, remedy, column="outcomes")])
    found = []
    if asked:
        if effects.pupils is None:
            from_moments(effects)  # raises when they cannot do
        known = _known(effects)
        faults = [not_known("outcomes", c, sorted(known)) for c in asked if c not in known]
        if faults:
            raise PlanError(faults)
        for column in dict.fromkeys(asked):
            found += [_read(Kind.OUTCOME, e) for e in _as_outcome(effects, column)]
    if others is not None:
        again = estimate(
            replace(others, plan=plan) if isinstance(others, Pupils) else others,
            plan, method=effects.method, inference=effects.inference,
        )  # fmt: skip
        found += [_read(Kind.GROUP, e) for e in again]
    return Placebos(tuple(found))


def _read(kind: Kind, effect: Effect) -> Placebo:
    low, high, smallest = effect.g_low, effect.g_high, effect.plan.smallest_effect
    if low is None or high is None or not math.isfinite(high - low):
        seen = Seen.NO_ANSWER
    elif low > 0 or high < 0:
        seen = Seen.DIFFERENCE
    else:
        seen = Seen.NOTHING if max(-low, high) < smallest else Seen.CANNOT_TELL
    label = effect.plan.measure(effect.outcome).label
    return Placebo(kind, effect.outcome, label, effect, seen)


def _known(effects: Effects) -> set[str]:
    """The columns that can take the outcome's place: numbers known at the start."""
    plan = effects.plan
    if effects.pupils is not None:
        outcomes = {s.y for s in samples(plan)}
        no = {plan.treatment, plan.weights, plan.running, plan.took_part}
        return set(effects.pupils.numbers) - outcomes - no
    start = f"{plan.treatment}="
    columns = {c for m in effects.moments.samples for c in m.columns[1:-1]}
    return {c for c in columns - {plan.treatment, plan.took_part} if not c.startswith(start)}


def _as_outcome(effects: Effects, column: str) -> Effects:
    """The effects on a column, among those analysed of the first outcome that has it."""
    plan, pupils = effects.plan, effects.pupils
    found = [(s, m) for s, m in zip(samples(plan), effects.moments.samples, strict=True)
             if column in m.columns]  # fmt: skip
    sample, m = found[0] if found else (samples(plan)[0], effects.moments.samples[0])
    own = column.split("=")[0]
    before = (sample.baseline,) if sample.baseline else ()
    covariates = tuple(
        c for c in dict.fromkeys((*before, *plan.covariates)) if c not in (own, column)
    )
    asked = _plan_of(plan, column, covariates)
    if pupils is not None:
        values = pupils.numbers[column]
        known = pupils.analysed[sample.key] & np.isfinite(values)
        columns = dict(pupils.columns) | {c: (c,) for c in before}
        moved = replace(
            pupils,
            plan=asked,
            columns=columns,
            numbers=dict(pupils.numbers) | {column: values},
            analysed={(column, ""): known},
        )
        return estimate(moved, method=effects.method, inference=effects.inference)
    moments = replace(effects.moments, samples=(_with_outcome(m, column),))
    return estimate(moments, asked, method=effects.method, inference=effects.inference)


def _plan_of(plan: Plan, column: str, covariates: tuple[str, ...]) -> Plan:
    """The same plan for another outcome, in the wide layout."""
    label = plan.column_label(column)
    measure = Measure(label, Text(f"meer {label.nl}", f"more {label.en}"))
    study = replace(plan.study, measures=MappingProxyType({column: measure}))
    return replace(
        plan,
        outcome=column,
        wave=None,
        baseline=None,
        waves=(),
        main_wave=None,
        covariates=covariates,
        categories=tuple(c for c in plan.categories if c in covariates),
        balance=(),
        subgroups=(),
        primary=(),
        study=study,
    )


def _with_outcome(m: SampleMoments, column: str) -> SampleMoments:
    """The moments of the same pupils with one of the columns as the outcome."""
    at = [i for i, name in enumerate(m.columns[:-1]) if name != column]
    at.append(m.columns.index(column))
    return replace(
        m,
        outcome=column,
        wave="",
        columns=tuple(m.columns[i] for i in at),
        origin=m.origin[at],
        S=m.S[:, at][:, :, at],
    )
