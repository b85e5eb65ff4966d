"""An agenda of an invented town, and values for it: what the tests of the monitor share."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from academic_workplace.agenda import (
    Action,
    Agenda,
    Agendas,
    Ambition,
    Direction,
    Indicator,
    Measured,
    Source,
    Theory,
    Workgroup,
)
from academic_workplace.knowledge import Fits, LocalResult
from academic_workplace.language import Text, same
from academic_workplace.monitor import Count, Value, Values

DAY = datetime.date(2026, 11, 22)
NOTE = Source(key="nota", document=same("Nota"), taken=DAY)
NONE = Text("", "")
YEARS = tuple(f"{year}-{year + 1}" for year in range(2014, 2034))


def indicator(key: str, **other: Any) -> Indicator:
    """The share of pupils of an action that its key begins with."""
    given = {
        "key": key, "action": key.rpartition("/")[0], "title": same(f"Telling {key}"),
        "definition": same("Deel van de leerlingen."), "measured": Measured.SHARE,
        "numerator": same("Leerlingen die meedoen"), "denominator": same("Alle leerlingen"),
        "origin": same("Lijst"), "wave": same("In juli"), "direction": Direction.HIGHER,
        "target": None, "target_period": "", "owner": "plan/groep", "source": NOTE,
    }  # fmt: skip
    return Indicator(**(given | other))


def town(*indicators: Indicator, synthetic: bool = False) -> Agendas:
    """Two ambitions, three actions and two workgroups."""
    actions = tuple(
        Action(key=f"plan/{n}", title=same(f"Actie {n}"), under=f"plan/{n[0]}", intervention=False,
               source=NOTE)
        for n in ("1.1", "1.2", "2.1")
    )  # fmt: skip
    plan = Agenda(
        key="plan", title=same("Plan"), period="2024-2028",
        ambitions=tuple(Ambition(key=f"plan/{n}", number=n, title=same(f"Ambitie {n}"), source=NOTE)
                        for n in (1, 2)),
        workgroups=(
            Workgroup(key="plan/groep", title=same("Groep"), ambitions=("plan/1",), source=NOTE),
            Workgroup(key="plan/ander", title=same("Ander"), ambitions=("plan/2",), source=NOTE),
        ),
        themes=(), actions=actions, projects=(), partners=(), measures=(), source=NOTE,
    )  # fmt: skip
    theory = Theory(
        action="plan/1.1", input=same("Geld."), activity=same("Lessen."), reach=same("Leerlingen."),
        output=same("Tien lessen."), short=same("Zij oefenen meer."), long=same("Zij leren meer."),
        draft=True, source=NOTE,
    )  # fmt: skip
    return Agendas(
        place=same("Oostdorp"),
        timezone="Europe/Amsterdam",
        agendas=(plan,),
        theories=(theory,),
        indicators=indicators,
        events=(),
        synthetic=synthetic,
    )


def value(key: str, period: str, x: int | Count, n: int | Count | None = None) -> Value:
    """A value that is known, or known within bounds."""
    counts = [Count(c, c) if isinstance(c, int) else c for c in (x, n) if c is not None]
    return Value(
        indicator=key,
        period=period,
        numerator=counts[0],
        denominator=counts[1] if n is not None else None,
        source="Lijst",
        date=DAY,
    )


def series(key: str, counts: Sequence[int], n: int | None = 100) -> list[Value]:
    """A value per school year."""
    return [value(key, year, x, n) for year, x in zip(YEARS, counts, strict=False)]


def values(*found: Value) -> Values:
    return Values(found)


def study(*actions: str) -> LocalResult:
    """A report of the workplace that bears on these actions."""
    return LocalResult(
        study="lessen", title=same("Lessen"), question=same("Helpt het?"), workgroup=NONE,
        actions=actions, message={"nl": "Wie de lessen kreeg, leerde meer.", "en": "More."},
        date=DAY, synthetic=False, folder="lessen", design=same("loting"), fits=Fits.EXPERIMENT,
        units=same("scholen"), people=same("leerlingen"), smallest_effect=0.2, over_time=False,
        findings=(),
    )  # fmt: skip
