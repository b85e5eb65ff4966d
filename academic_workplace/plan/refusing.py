"""What faults of a plan have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING

from academic_workplace.errors import Fault
from academic_workplace.language import Text

if TYPE_CHECKING:
    from academic_workplace.plan.model import Plan

TAKE_OUT = Text("Haal het weg.", "Take it out.")
NAME_WAVE = Text(
    "Noem de kolom bij [waves] als column (of wave=).",
    "Name the column in [waves] as column (or wave=).",
)


def refused(plan: Plan, names: Iterable[str], rule: Text, remedy: Text = TAKE_OUT) -> list[Fault]:
    """A fault for every one of these fields that the plan fills."""
    plain = {f.name: f.default for f in fields(plan)}
    given = [name for name in names if getattr(plan, name) not in (plain[name], ())]
    return [Fault(rule, remedy, column=name) for name in given]


def only(plan: Plan, name: str, known: Sequence[StrEnum], rule: Text) -> list[Fault]:
    """A fault when the plan chooses something else here than these."""
    if getattr(plan, name) in (None, *known):
        return []
    listed = ", ".join(choice.value for choice in known)
    return [Fault(rule, Text(f"Kies uit: {listed}.", f"Choose from: {listed}."), column=name)]


def own_column(plan: Plan, name: str, others: Iterable[object], rule: Text) -> list[Fault]:
    """A fault when the column of a role has another role too (``others``), or no name."""
    if getattr(plan, name) not in ("", *others):
        return []
    remedy = Text("Noem een andere kolom.", "Name another column.")
    return [Fault(rule, remedy, column=name)]
