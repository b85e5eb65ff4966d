"""Who was there at the start and who is missing from the analysis, per arm; and whether too many.

Numbers of pupils are whole, so the boundary is judged in whole numbers: no rounding at the line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from numbers import Integral, Real

from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.pupils import STAGES, Flow
from academic_workplace.language import Text, both
from academic_workplace.plan import Boundary


@dataclass(frozen=True, slots=True)
class Loss:
    """Pupils of one arm in one analysis. ``lost`` counts those without a complete measurement."""

    outcome: str
    wave: str
    arm: str
    start: int
    analysed: int
    joined: int  # answered, but were not there at the start: not in the analysis
    clusters_start: int
    clusters_analysed: int

    @property
    def lost(self) -> int:
        return self.start - self.analysed

    @property
    def share(self) -> float | None:
        """Of the pupils at the start, the share that is missing (0 to 1)."""
        return self.lost / self.start if self.start else None


def losses(flow: Flow) -> tuple[Loss, ...]:
    """One per analysis and arm, as facts; ``attritions`` judges them."""
    start, analysed, joined = (STAGES.index(name) for name in ("start", "analysed", "joined"))
    return tuple(
        Loss(
            *key,
            arm,
            start=int(counts[:, a, start].sum()),
            analysed=int(counts[:, a, analysed].sum()),
            joined=int(counts[:, a, joined].sum()),
            clusters_start=int((counts[:, a, start] > 0).sum()),
            clusters_analysed=int((counts[:, a, analysed] > 0).sum()),
        )
        for key, counts in zip(flow.samples, flow.counts, strict=True)
        for a, arm in enumerate(flow.arms)
    )


def overall(parts: tuple[Loss, ...]) -> float | None:
    """The share of all pupils at the start that is missing."""
    start = sum(part.start for part in parts)
    return sum(part.lost for part in parts) / start if start else None


class AttritionLevel(StrEnum):
    """Whether the pupils that are missing may have tilted the comparison."""

    LOW = "low"
    HIGH = "high"


# What Works Clearinghouse Standards Handbook 4.1, Table II.1: the largest difference between the
# arms, in tenths of a percentage point, at 0, 1, 2 ... per cent missing overall. Beyond: high.
LIMITS = {
    Boundary.CAUTIOUS: (
        57, 58, 59, 59, 60, 61, 62, 63, 63, 63, 63, 62, 62, 61, 60, 59, 59, 58, 57, 55,
        54, 53, 52, 51, 49, 48, 47, 45, 44, 43, 41, 40, 38, 36, 35, 33, 32, 31, 29, 28,
        26, 25, 23, 21, 20, 18, 16, 15, 13, 12, 10, 9, 7, 6, 4, 3, 2, 0,
    ),
    Boundary.OPTIMISTIC: (
        100, 101, 102, 103, 104, 105, 107, 108, 109, 109,
        109, 109, 109, 108, 108, 107, 106, 105, 103, 102,
        100, 99, 97, 95, 94, 92, 90, 88, 86, 84, 82, 80, 78, 76, 74, 72, 70, 67, 65, 63,
        60, 58, 56, 53, 51, 49, 46, 44, 42, 39, 37, 35, 32, 30, 28, 26, 23, 21, 19, 16,
        14, 11, 9, 7, 5, 3,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Attrition:
    """How many are missing from an analysis, against the boundary.

    All in per cent of those assigned; ``differential`` and ``limit`` in percentage points.
    overall: a whole per cent (half goes up), as the table is entered; overall_exact: not rounded.
    limit: the largest difference that is still low, None where so many are missing that none is.
    """

    assigned_t: int
    assigned_c: int
    analysed_t: int
    analysed_c: int
    boundary: Boundary
    overall: int
    overall_exact: float
    attrition_t: float
    attrition_c: float
    differential: float
    limit: float | None
    verdict: AttritionLevel

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return asdict(self) | {"boundary": self.boundary.value, "verdict": self.verdict.value}

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.robustness import attrition_sentence

        return attrition_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def attrition(
    *,
    assigned_t: int,
    assigned_c: int,
    analysed_t: int,
    analysed_c: int,
    boundary: Boundary | str = Boundary.CAUTIOUS,
) -> Attrition:
    """Overall and differential attrition of two arms (t programme, c comparison).

    Low when the difference is at or below the limit at that overall attrition: What Works
    Clearinghouse Standards Handbook 4.1, Table II.1. Pupils or clusters: what was assigned.
    Raises PlanError naming every count that cannot be.

    >>> found = attrition(assigned_t=200, assigned_c=200, analysed_t=170, analysed_c=154)
    >>> found.overall, found.differential, found.limit, found.verdict.value
    (19, 8.0, 5.5, 'high')
    """
    counts = {
        "assigned_t": assigned_t, "assigned_c": assigned_c,
        "analysed_t": analysed_t, "analysed_c": analysed_c,
    }  # fmt: skip
    faults = [*_impossible(counts), *_unknown(boundary)]
    if faults:
        raise PlanError(faults)
    line = Boundary(boundary)
    n_t, n_c, a_t, a_c = (int(count) for count in counts.values())
    n, lost = n_t + n_c, n_t + n_c - a_t - a_c
    apart = abs((n_t - a_t) * n_c - (n_c - a_c) * n_t)  # the difference times n_t n_c
    whole = (200 * lost + n) // (2 * n)
    limits = LIMITS[line]
    tenths = limits[whole] if whole < len(limits) else None
    low = tenths is not None and 1000 * apart <= tenths * n_t * n_c
    return Attrition(
        assigned_t=n_t,
        assigned_c=n_c,
        analysed_t=a_t,
        analysed_c=a_c,
        boundary=line,
        overall=whole,
        overall_exact=100 * lost / n,
        attrition_t=100 * (n_t - a_t) / n_t,
        attrition_c=100 * (n_c - a_c) / n_c,
        differential=100 * apart / (n_t * n_c),
        limit=None if tenths is None else tenths / 10,
        verdict=AttritionLevel.LOW if low else AttritionLevel.HIGH,
    )


def attritions(
    parts: Sequence[Loss],
    comparison: str,
    boundary: Boundary | str = Boundary.CAUTIOUS,
    *,
    clusters: bool = False,
) -> dict[tuple[str, str, str], Attrition]:
    """Every (outcome, wave, arm) against the comparison; arms that nobody started are left out.

    clusters: count whole clusters instead of pupils (asked too where clusters were assigned).
    """

    def counts(loss: Loss) -> tuple[int, int]:
        pupils = (loss.start, loss.analysed)
        return (loss.clusters_start, loss.clusters_analysed) if clusters else pupils

    other = {(p.outcome, p.wave): counts(p) for p in parts if p.arm == comparison}
    out = {}
    for part in parts:
        (n_t, a_t), (n_c, a_c) = counts(part), other.get((part.outcome, part.wave), (0, 0))
        if part.arm != comparison and n_t and n_c:
            out[part.outcome, part.wave, part.arm] = attrition(
                assigned_t=n_t, assigned_c=n_c, analysed_t=a_t, analysed_c=a_c, boundary=boundary
            )
    return out


def _impossible(counts: dict[str, int]) -> list[Fault]:
    faults: list[Fault] = []
    remedy = Text("Geef het aantal als heel getal.", "Give the count as a whole number.")
    for name, count in counts.items():
        if not is_whole(count):
            rule = Text(f"‘{count}’ is geen heel aantal.", f"‘{count}’ is not a whole count.")
        elif count < 0:
            rule = Text("Een aantal is niet kleiner dan 0.", "A count is not below 0.")
        elif count == 0 and name.startswith("assigned"):
            rule = Text("In deze groep is niemand ingedeeld.", "Nobody was assigned to this arm.")
        else:
            continue
        faults.append(Fault(rule, remedy, column=name))
    wrong = {fault.column for fault in faults}
    for arm in ("t", "c"):
        assigned, analysed = f"assigned_{arm}", f"analysed_{arm}"
        if not {assigned, analysed} & wrong and counts[analysed] > counts[assigned]:
            rule = Text(
                "Er zijn er meer vergeleken dan ingedeeld.", "More were analysed than assigned."
            )
            remedy = Text(
                "Tel alleen wie bij de start is ingedeeld; wie later kwam, telt niet mee.",
                "Count only those assigned at the start; those who came later do not count.",
            )
            faults.append(Fault(rule, remedy, column=analysed))
    return faults


def is_whole(count: object) -> bool:
    """Whether this is a whole number, of whatever kind."""
    if isinstance(count, bool) or not isinstance(count, Real):
        return False
    return isinstance(count, Integral) or float(count).is_integer()


def real(x: object) -> float:
    """A real number of whatever kind, NaN for all else (and for more than a float can hold)."""
    try:
        return float(x) if isinstance(x, Real) and not isinstance(x, bool) else math.nan
    except OverflowError:
        return math.nan


def _unknown(boundary: Boundary | str) -> list[Fault]:
    known = [line.value for line in Boundary]
    if isinstance(boundary, str) and boundary in known:
        return []
    rule = Text(f"‘{boundary}’ is hier onbekend.", f"‘{boundary}’ is not known here.")
    listed = ", ".join(known)
    remedy = Text(f"Kies uit: {listed}.", f"Choose from: {listed}.")
    return [Fault(rule, remedy, column="boundary")]
