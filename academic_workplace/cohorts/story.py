"""Several looks at the same pupils, told in one report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Protocol

import pandas as pd

from academic_workplace.cohorts.columns import refuse
from academic_workplace.cohorts.told import counts_told, names_in, overlapping
from academic_workplace.disclosure import fewest
from academic_workplace.disclosure.editions import told_together
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

    Raises PlanError when there is no look, or one has nothing to tell; DataError when two looks
    count nearly, but not quite, the same pupils (``refuse_differences``).
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
        refuse_differences([look.found for look in self.looks])

    def __repr__(self) -> str:
        return f"Story({len(self.looks)} looks)"

    def explain(self, language: str = "nl") -> str:
        """What every look says, a line each."""
        return "\n".join(look.found.explain(language) for look in self.looks)


# ---------------------------------------------------------------- one look beside another

# Which columns name the pupils that a column counts.
NAMED = {"pupils": ("cohort", "at", "group"), "pupils_reference": ("at", "reference")}
SHOWN = 8  # groups that a message lists
Names = frozenset[str]


def refuse_differences(looks: Sequence[object]) -> None:
    """Raise DataError naming each group that two looks count nearly alike: what one shows and the
    other does not would be about those few pupils.

    Groups are the same when they have the same names; a total is taken over all groups of a
    cohort, and over all cohorts of a group.
    """
    counts = [_with_totals(found) for found in looks]
    faults = []
    for (i, one), (j, other) in combinations(enumerate(counts, 1), 2):
        for names in sorted(one.keys() & other.keys(), key=sorted):
            apart = (abs(a - b) for a, b in product(one[names], other[names]))
            if any(0 < x < fewest() for x in apart):
                faults.append(_nearly(", ".join(sorted(names)), i, j))
    refuse(faults[:SHOWN])
    _refuse_together(looks)


def _refuse_together(looks: Sequence[object]) -> None:
    """Raise DataError naming each group of which the looks tell together what none shows: how few
    of it have an outcome, or that all or none have."""
    each = overlapping([counts_told([found], str(i)) for i, found in enumerate(looks, 1)])
    faults = {}
    for i, one in enumerate(each):
        alone = {(x.place, x.how) for x in told_together(one, [])}
        for x in told_together(one, each[:i]):
            if (x.place, x.how) not in alone:
                faults[names_in(x.place), x.name] = _together(names_in(x.place), x.name, one.name)
    refuse(list(faults.values())[:SHOWN])


def _together(names: str, others: str, i: str) -> Fault:
    nl, en = (names[:80] or everyone for everyone in ("alle leerlingen", "all pupils"))
    rule = Text(
        f"Vraag {i} vertelt naast vraag {others} te veel over ‘{nl}’. Samen verraden ze een aantal"
        " dat we niet tonen.",
        f"Question {i} tells too much of ‘{en}’ beside question {others}. Together they give away a"
        " number that is not shown.",
    )
    remedy = Text(
        "Laat een van deze vragen weg, of neem bij beide dezelfde groepen.",
        "Leave out one of these questions, or take the same groups for both.",
    )
    return Fault(rule, remedy, column="story")


def _nearly(names: str, i: int, j: int) -> Fault:
    rule = Text(
        f"Vraag {i} en vraag {j} gaan over bijna dezelfde leerlingen van ‘{names[:80]}’. Naast"
        " elkaar zouden ze iets zeggen over enkele leerlingen.",
        f"Question {i} and question {j} are about nearly the same pupils of ‘{names[:80]}’. Beside"
        " each other they would tell of a few pupils.",
    )
    remedy = Text(
        "Neem bij beide vragen dezelfde leerlingen: laat weg wie bij een van de twee iets mist. Of"
        " laat een van de vragen weg.",
        "Take the same pupils for both questions: leave out who lacks something for one of them. Or"
        " leave out one of the questions.",
    )
    return Fault(rule, remedy, column="story")


def _counts(found: object) -> Iterator[tuple[Names, int | None]]:
    """The pupils that a result counts, by the names of their group; None where withheld."""
    by = getattr(found, "by", ())
    for method in ("table", "cohorts_table"):
        table = getattr(found, method)() if hasattr(found, method) else pd.DataFrame()
        for counted, columns in NAMED.items():
            named = [c for c in (*columns, *(by if isinstance(by, tuple) else ())) if c in table]
            if counted not in table or not named:
                continue
            for *names, n in table[[*named, counted]].itertuples(index=False, name=None):
                key = frozenset(str(name) for name in names if not pd.isna(name) and str(name))
                yield key, None if pd.isna(n) else round(n)


def _with_totals(found: object) -> Mapping[Names, set[int]]:
    """Every count there is, and the sums over the other name of groups that have two."""
    out: dict[Names, set[int]] = {}
    last: dict[Names, int] = {}
    untold: set[str] = set()
    for names, n in _counts(found):
        if n is None:
            untold |= names
        elif names:
            out.setdefault(names, set()).add(n)
            last[names] = n
    for name in {name for names in last for name in names} - untold:
        parts = [n for names, n in last.items() if name in names and len(names) == 2]
        if len(parts) > 1:
            out.setdefault(frozenset({name}), set()).add(sum(parts))
    return out
