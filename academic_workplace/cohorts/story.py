"""Several looks at the same pupils, told in one report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from academic_workplace.errors import Fault, PlanError
from academic_workplace.language import Text
from academic_workplace.plan import Study


class Found(Protocol):
    """What a function of this room returns."""

    def table(self) -> pd.DataFrame:
        """What was worked out, in full precision."""
        ...

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One question about the pupils, and what was found."""

    question: Text
    found: Found


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Story:
    """Several looks at the same pupils, the one that carries the key message first.

    study: what readers are told beside it (title, question, audience, source, caveats, what to
    discuss, and whether the data are invented). ``aw.write`` makes the report.

    Raises PlanError when there is no look, or one has nothing to tell.
    """

    study: Study
    looks: tuple[Look, ...]

    def __post_init__(self) -> None:
        remedy = Text(
            "Geef Look(vraag, uitkomst) voor elke vraag.",
            "Give Look(question, result) for every question.",
        )
        rules = []
        if not self.looks:
            rules.append(Text("Dit verhaal heeft geen inhoud.", "This story has no content."))
        if not all(
            isinstance(look, Look) and hasattr(look.found, "explain") for look in self.looks
        ):
            rules.append(
                Text(
                    "In dit verhaal staat iets dat niets te vertellen heeft.",
                    "Something in this story has nothing to tell.",
                )
            )
        if not isinstance(self.study, Study):
            rules.append(
                Text(
                    "Dit verhaal zegt niet waar het over gaat.",
                    "This story does not say what it is about.",
                )
            )
        if rules:
            raise PlanError([Fault(rule, remedy, column="story") for rule in rules])
        object.__setattr__(self, "looks", tuple(self.looks))

    def __repr__(self) -> str:
        return f"Story({len(self.looks)} looks)"

    def explain(self, language: str = "nl") -> str:
        """What every look says, a line each."""
        return "\n".join(look.found.explain(language) for look in self.looks)
