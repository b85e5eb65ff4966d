"""What reports of this workplace say, read back from their folders.

Only what left the house is read: manifest.json and results.json. What was withheld there stays so.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from academic_workplace.agenda.model import Agendas
from academic_workplace.disclosure import may_leave
from academic_workplace.errors import Fault, PlanError, ReportError
from academic_workplace.evidence.attrition import AttritionLevel
from academic_workplace.evidence.weighing import Verdict
from academic_workplace.language import LANGUAGES, Text, same
from academic_workplace.plan import COMPARING, OVER_TIME, OVER_WAVES, Allocation, Level, Method

MANIFEST, RESULTS = "manifest.json", "results.json"


class Fits(StrEnum):
    """The kind of research a design fits (NJi, Soorten effectonderzoek); never a recognition."""

    EXPERIMENT = "experiment"  # a lot decided
    QUASI_EXPERIMENT = "quasi-experiment"  # compared with others, without a lot
    CHANGE = "change"  # before and after, without a comparison group
    DESCRIPTION = "description"  # no programme is compared


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFinding:
    """One result of a study, read in the favourable direction: above 0 is better.

    outcome: its label, or what less of it is called where less is better. g: a standardised mean
    difference with its 95 % interval; None when there is none, or when it is withheld. allocation:
    how it was decided who took part. pupils: None when not told. clusters: those of the arm and of
    its comparison, None where each pupil stands alone. verdict: None when withheld. much_missing:
    whether its report says that too many pupils are missing; None when it does not tell.
    """

    outcome: Text
    moment: Text
    arm: Text
    g: float | None
    low: float | None
    high: float | None
    allocation: Allocation
    pupils: int | None
    clusters: tuple[int | None, int | None]
    verdict: Verdict | None
    primary: bool
    much_missing: bool | None = None

    @property
    def withheld(self) -> bool:
        """Whether too few pupils stand behind it to be shown."""
        return self.verdict is None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalResult:
    """A report of this workplace.

    study, folder: the name of its folder. actions: the keys of those it bears on. message: its
    answer, by language. design: how it was compared, in a few words. fits: the kind of research
    that is. units: what pupils are alike within (schools). people: who is counted as a pupil
    (parents). over_time: whether every year was measured. smallest_effect: that matters, in
    standard deviations; None when nothing is compared.
    """

    study: str
    title: Text
    question: Text
    workgroup: Text
    actions: tuple[str, ...]
    message: Mapping[str, str]
    date: datetime.date
    synthetic: bool
    folder: str
    design: Text
    fits: Fits
    units: Text
    people: Text
    over_time: bool
    smallest_effect: float | None
    findings: tuple[LocalFinding, ...]


def local_results(reports_folder: str | Path) -> tuple[LocalResult, ...]:
    """Every study in a folder that holds a folder per report, by name.

    Folders without a manifest, and pages that are no study (a monitor, a calendar), are passed by.
    Raises ReportError, naming every folder that cannot be used.
    """
    found: list[LocalResult] = []
    faults: list[Fault] = []
    reports = Path(reports_folder)
    if not reports.is_dir():
        raise ReportError([
            Fault(
                Text("Deze map met rapporten is er niet.", "This folder of reports is not there."),
                Text("Maak eerst een rapport.", "Make a report first."),
                file=reports.name,
            )
        ])  # fmt: skip
    for path in sorted(reports.glob(f"*/{MANIFEST}")):
        try:
            read = _read(path)
            if read is not None:
                found.append(read)
        except _DamagedError as damaged:
            faults.append(damaged.fault)
    if faults:
        raise ReportError(faults)
    return tuple(found)


def check_results(agendas: Agendas, results: Iterable[LocalResult]) -> None:
    """Whether the actions that reports bear on are in an agenda.

    Raises PlanError that names, for every report at once, the actions that are not.
    """
    known = [one.key for one in agendas.actions()]
    faults = []
    for one in results:
        for key in one.actions:
            if key not in known:
                rule = Text(
                    f"‘{key}’ staat niet (meer) in de agenda.",
                    f"‘{key}’ is not in the agenda (any more).",
                )
                remedy = Text(
                    "Verbeter actions in het plan en maak dit rapport opnieuw, of zet de actie"
                    " terug in de agenda.",
                    "Correct actions in the plan and make this report again, or put the action"
                    " back in the agenda.",
                )
                faults.append(Fault(rule, remedy, file=f"{one.folder}/manifest.json"))
    if faults:
        raise PlanError(faults)


class _DamagedError(Exception):
    def __init__(self, file: Path, nl: str, en: str) -> None:
        again = Text("Maak dit rapport opnieuw.", "Make this report again.")
        self.fault = Fault(Text(nl, en), again, file=f"{file.parent.name}/{file.name}")


def _read(path: Path) -> LocalResult | None:
    made = _json(path)
    kind = made.get("kind", "study")
    if kind not in ("study", *_DESCRIBED):
        return None
    try:
        if kind == "study":
            results = path.with_name(RESULTS)
            if not _agree(made["results"], _json(results)["effects"]):
                raise _DamagedError(
                    results,
                    f"Dit bestand geeft andere getallen dan {MANIFEST}.",
                    f"This file gives other numbers than {MANIFEST}.",
                )
            return _study(path.parent, made)
        return _described(path.parent, made, _DESCRIBED[kind])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _DamagedError(
            path,
            "Dit bestand is beschadigd, of van een eerdere versie.",
            "This file is damaged, or of an earlier version.",
        ) from None


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise _DamagedError(
            path, "Dit bestand is niet te lezen.", "This file cannot be read."
        )  # fmt: skip
    return content


def _agree(told: list[dict[str, Any]], released: list[dict[str, Any]]) -> bool:
    """Whether both files hold the same results; only a manifest holds verdicts."""
    return [{k: x for k, x in row.items() if k != "verdict"} for row in told] == released


def _study(folder: Path, made: Mapping[str, Any]) -> LocalResult:
    plan = made["plan"]["content"]
    study = plan["study"]
    method = Method(made["method"])
    allocation, assigned = Allocation(plan["allocation"]), Level(plan["assigned"])
    units = _text(study["cluster_label"])
    fits, design = _design(method, allocation, assigned, units, bool(plan["dose"]))
    return LocalResult(
        **_told(folder, made), design=design, fits=fits, units=units,
        people=_text(study["people"]), over_time=method in OVER_TIME,
        smallest_effect=_number(plan["smallest_effect"]),
        findings=tuple(_finding(row, plan, allocation) for row in made["results"]),
    )  # fmt: skip


def _described(folder: Path, made: Mapping[str, Any], design: Text) -> LocalResult:
    """A report in which no programme is compared: there is a message, and no effect."""
    return LocalResult(
        **_told(folder, made), design=design, fits=Fits.DESCRIPTION,
        units=Text("scholen", "schools"), people=Text("leerlingen", "pupils"),
        over_time=False,
        smallest_effect=None, findings=(),
    )  # fmt: skip


def _told(folder: Path, made: Mapping[str, Any]) -> dict[str, Any]:
    told = made["report"]
    if not isinstance(made["synthetic"], bool) or not isinstance(told.get("actions", []), list):
        raise TypeError
    return {
        "study": folder.name, "folder": folder.name, "title": _text(told["title"]),
        "question": _text(told["question"]), "workgroup": _text(told["workgroup"]),
        "actions": tuple(str(key) for key in told.get("actions", [])),
        "message": {code: str(said) for code, said in told["message"].items()},
        "date": datetime.date.fromisoformat(told["date"]), "synthetic": made["synthetic"],
    }  # fmt: skip


def _finding(
    row: Mapping[str, Any], plan: Mapping[str, Any], allocation: Allocation
) -> LocalFinding:
    study = plan["study"]
    measure = study["measures"].get(row["outcome"], {})
    counts = [row["pupils_arm"], row["pupils_comparison"]]
    shown = not row["withheld"] and may_leave(*(n for n in counts if n is not None))
    g, low, high = (_number(row[name]) for name in ("g", "g_low", "g_high"))
    if low is None or high is None:  # a limit without the other says nothing
        low = high = None
    lower = measure.get("better") == "lower"
    if lower:
        g, low, high = (None if x is None else -x for x in (g, high, low))
    if g is not None and low is not None and high is not None and not low <= g <= high:
        raise ValueError
    clusters = [
        None if row[name] in plan["alone"] else int(row[f"clusters_{name}"])
        for name in ("arm", "comparison")
    ]
    verdict = None if row["verdict"] == "withheld" else Verdict(row["verdict"])
    arm = study["arms"].get(row["arm"], {}).get("label")
    return LocalFinding(
        outcome=_outcome(measure, lower=lower) if measure else same(str(row["outcome"])),
        moment=_moment(row, study, measure),
        arm=_text(arm) if arm else same(str(row["arm"])),
        g=g if shown else None, low=low if shown else None, high=high if shown else None,
        allocation=allocation,
        pupils=_whole(row["pupils"]) if shown else None,
        clusters=(clusters[0], clusters[1]) if shown else (None, None),
        verdict=verdict if shown else None,
        primary=bool(row["primary"]),
        much_missing=_much_missing(row.get("attrition")),
    )  # fmt: skip


def _much_missing(level: object) -> bool | None:
    """Of a report that keeps it inside, or is of before it was told, it is not known."""
    return None if level is None else AttritionLevel(str(level)) is AttritionLevel.HIGH


def _outcome(measure: Mapping[str, Any], *, lower: bool) -> Text:
    """What a number above 0 means: less of what is better when there is less of it."""
    label = _text(measure["label"])
    better = _text(measure["better_label"]) if lower else label
    return better or label


def _moment(row: Mapping[str, Any], study: Mapping[str, Any], measure: Mapping[str, Any]) -> Text:
    """When it was measured: the label of the wave, or of an outcome with one wave."""
    if row["wave"]:
        label = study["waves"].get(row["wave"])
        return _text(label) if label else same(str(row["wave"]))
    return _text(measure["wave"]) if measure else Text("", "")


def _text(value: Mapping[str, str]) -> Text:
    return Text(**{code: str(value[code]) for code in LANGUAGES})


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _whole(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError
    return value


# ---------------------------------------------------------------- how it was compared

_DESCRIBED = {  # kinds of reports in which no programme is compared
    "story": Text("beschrijving in cijfers", "description in figures"),
    "voices": Text("gesprekken en open antwoorden", "interviews and open answers"),
}
_MADE_ALIKE = Text(
    "groepen die op elkaar lijken, zonder loting", "groups that are alike, without a lot"
)
_CHOSEN = Text("twee groepen vergeleken, zonder loting", "two groups compared, without a lot")
_DOSE = Text("meer en minder vergeleken, zonder loting", "more and less compared, without a lot")
_CUTOFF = Text("vergeleken rond een grens", "compared around a cut-off")
_CHANGES = Text(
    "vergeleken hoe twee groepen veranderden, zonder loting",
    "compared how two groups changed, without a lot",
)
_OVER_TIME = {
    Method.STAGGERED: Text(
        "vergeleken met wie later of niet begon", "compared with those who began later or not"
    ),
    Method.SERIES: Text("vergeleken met eerdere jaren", "compared with earlier years"),
    Method.SYNTHETIC: Text(
        "vergeleken met een mix van andere", "compared with a mixture of others"
    ),
}


def _design(
    method: Method, allocation: Allocation, assigned: Level, units: Text, dose: bool
) -> tuple[Fits, Text]:
    if method in OVER_TIME:
        alone = method is Method.SERIES
        return Fits.CHANGE if alone else Fits.QUASI_EXPERIMENT, _OVER_TIME[method]
    if method is Method.DISCONTINUITY or allocation is Allocation.CUTOFF:
        return Fits.QUASI_EXPERIMENT, _CUTOFF
    if allocation is Allocation.LOT:
        who = units if assigned is Level.CLUSTER else Text("leerlingen", "pupils")
        return Fits.EXPERIMENT, Text(f"loting tussen {who.nl}", f"a lot among {who.en}")
    if method in OVER_WAVES:
        return Fits.QUASI_EXPERIMENT, _CHANGES
    if dose:
        return Fits.QUASI_EXPERIMENT, _DOSE
    return Fits.QUASI_EXPERIMENT, _MADE_ALIKE if method in COMPARING else _CHOSEN
