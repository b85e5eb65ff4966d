"""Why a number of an effect report stays inside, in words: in its place, below, and in the files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from academic_workplace.disclosure import Reason, enough_units, fewest, profile, why_withheld
from academic_workplace.evidence.balance import START, Characteristic
from academic_workplace.evidence.description import rare_share
from academic_workplace.evidence.weighing import Evidence, Finding
from academic_workplace.intake.pupils import STAGES, Flow
from academic_workplace.plan import Plan
from academic_workplace.report.numerals import of_hundred
from academic_workplace.report.words import phrases

SAY = phrases("withheld")
KEYS = {
    Reason.FEW: "few", Reason.UNITS: "units", Reason.DOMINANCE: "dominance",
    Reason.ALIKE: "alike", Reason.DEGREES: "degrees", Reason.FOLLOWS: "follows",
}  # fmt: skip
WHOLE = 1e-6  # a share times its pupils is a whole number, but for this


def cell(reasons: Sequence[Reason], plan: Plan, language: str) -> str:
    """What stands in the place of a number, with the reason that comes first."""
    first = next(key for reason, key in KEYS.items() if reason in reasons)
    return SAY[f"cell.{first}"][language].format(**_gaps(plan, language))


def notes(reasons: Iterable[Reason], plan: Plan, language: str) -> list[str]:
    """A sentence for every reason that a table has, to stand below it."""
    found, gaps = set(reasons), _gaps(plan, language)
    return [
        SAY[f"note.{key}"][language].format(**gaps)
        for reason, key in KEYS.items()
        if reason in found
    ]


def first_of(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """The reason that a cell names, as ``notes`` takes it."""
    return tuple(reason for reason in KEYS if reason in reasons)[:1]


def finding_said(finding: Finding, plan: Plan, language: str) -> str:
    """Why a result is not shown, for all reasons but too few pupils."""
    key = next(KEYS[reason] for reason in KEYS if reason in finding.withheld)
    if key == "units" and (plan.dose or plan.period is not None):
        key = "units_alone"
    return SAY[f"finding.{key}"][language].format(**_gaps(plan, language))


def in_files(reasons: Sequence[Reason]) -> str:
    """Why a row of a file has no numbers; files are in English."""
    told = (SAY[f"file.{KEYS[reason]}"]["en"] for reason in KEYS if reason in reasons)
    return "; ".join(told).format(minimum=fewest())


def said_in(text: str, language: str) -> str | None:
    """The reason that a cell of a table names; None when it names none."""
    starts = (
        (reason, SAY[f"cell.{key}"][language].partition("{")[0]) for reason, key in KEYS.items()
    )
    return next((reason.value for reason, start in starts if start in text), None)


def _gaps(plan: Plan, language: str) -> dict[str, object]:
    from academic_workplace.report.findings import units_of  # which asks here why

    return {
        "minimum": fewest(), "people": plan.study.people[language],
        "unit": units_of(plan, 1, language), "units": plan.study.cluster_label[language],
        "share": of_hundred(profile().dominance),
    }  # fmt: skip


def adjusted_told(evidence: Evidence) -> list[float | None]:
    """The adjusted p-value of every finding; none where one of the family stays inside, as each of
    them then tells of the p-value of that one, were it only which is the smallest."""
    pairs = list(zip(evidence.findings, evidence.multiplicity, strict=True))
    inside = any(among.primary and finding.withheld for finding, among in pairs)
    return [None if inside else among.adjusted for _, among in pairs]


# ---------------------------------------------------------------- who was there, and how alike


def stands_in_one(clusters: int) -> bool:
    """Whether so many clusters are fewer than the rules ask: then a loss is that of one school."""
    return clusters > 0 and not enough_units(np.ones(clusters))


def why_characteristic(flow: Flow, c: Characteristic, comparison: str) -> tuple[Reason, ...]:
    """Why the means of a characteristic stay inside, by the pupils of each cluster of both arms.

    Where dominance is the only reason the means go, and not how far they are apart: from a
    difference alone no school can work out another's.
    """
    out: set[Reason] = set()
    arms = (c.arm, c.mean_arm, c.n_arm), (comparison, c.mean_comparison, c.n_comparison)
    for arm, mean, n in arms:
        ones = round(mean * n) if n else 0  # of nobody there is no mean
        if n and 0 <= mean <= 1 and abs(mean * n - ones) < WHOLE and rare_share(ones, n):
            out.add(Reason.ALIKE)
        out.update(why_withheld(n, units=_sizes(flow, c.group, arm)))
    return tuple(reason for reason in KEYS if reason in out)


def _sizes(flow: Flow, group: tuple[str, str], arm: str) -> list[int] | None:
    """Pupils of each cluster of an arm, at the start or in an analysis; None when not known."""
    if arm not in flow.arms or (group != START and group not in flow.samples):
        return None
    sample, stage = (0, "start") if group == START else (flow.samples.index(group), "analysed")
    found: list[int] = flow.counts[sample, :, flow.arms.index(arm), STAGES.index(stage)].tolist()
    return found
