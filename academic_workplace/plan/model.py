"""The plan itself, and the same as plain values."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from academic_workplace.errors import Fault, PlanError
from academic_workplace.language import Text, same
from academic_workplace.plan.choices import (
    NOT_KNOWN,
    Allocation,
    Boundary,
    Estimand,
    Inference,
    Level,
    Method,
    Missing,
)
from academic_workplace.plan.faults import contradictions
from academic_workplace.plan.forms import choose, shape
from academic_workplace.plan.values import (
    DOSE_ARMS,
    EXPECTED,
    NOT_STARTED,
    Arm,
    Comparing,
    Measure,
    Prior,
    Study,
    called,
    start_arm,
)

LATER = (
    "classes", "varying", "earlier", "repeated", "took_part", "prior", "imputations", "quantiles",
    "times",
)  # fmt: skip  # not in older plans: left out, they change no fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Question and design of a study. All names of columns live here and nowhere in the code.

    outcome: a column, or a tuple of columns with the primary one first; ``outcomes`` is the tuple.
    treatment: the column that says who got the programme; ``comparison`` is its value for those
        who did not (needed unless there are two values and one says so: 0, no, nee, control ...).
    dose: the treatment is an amount (hours, lessons) and not an arm: the effect is per unit of it,
        arm ``more`` against ``less``.
    cluster: the column of the schools (or classes) within which pupils are alike.
    crossed: a second column within whose values pupils are alike as well (neighbourhood, primary
        school, test assistant), whatever their cluster. Uncertainty is then two-way.
    classes: a column of classes within the cluster (6a of one school is not 6a of another). In a
        multilevel model they have a level of their own; the other methods keep to clusters, whose
        uncertainty covers the classes in them; the logistic multilevel model takes none.
    varying: the treatment, or a covariate, of which the effect may differ from cluster to cluster
        in a multilevel model (a random slope); the other methods estimate one effect for all, and
        those by likelihood refuse it.
    alone: arms whose pupils each stand alone, because only the other arm was put in groups (mentor
        groups); such a pupil is a cluster of their own, whatever the cluster column says. Needs
        ``pupil``.
    took_part: a column that says who took part in what was offered: 1 and 0, or an amount (lessons
        attended). It was measured after the assignment, so it is no covariate; pupils of whom it is
        not known are not analysed (or it is filled in: ``missing``). It is what the complier effect
        is about.
    weights: a column with the precision of each pupil's outcome: its variance is taken to be
        inversely proportional to the weight (0: the pupil does not count). These are no sampling
        weights, with which a sample is made to look like all pupils.
    blocks: columns within whose values the arms are compared (absorbed).
    assigned: ``cluster`` (the default) or ``pupil`` (pupils were assigned within blocks).
    wave, baseline, waves: the long layout. ``wave`` is the column of the moment of measurement,
        ``baseline`` its value before the programme, ``waves`` the values after it in order of
        time; ``main_wave`` carries the key message (the last when left out). An outcome is then
        adjusted for its own baseline. In the wide layout ``baseline`` is a column, or one column
        per outcome.
    earlier: waves before the baseline, in order of time: did the arms move alike before?
    times: when every wave was (wave -> days, months or years since the first), the baseline and
        ``earlier`` included. A multilevel model over waves then lets every pupil change at a pace
        of their own; it needs three waves.
    repeated: every wave has other pupils (of the same clusters): no pupil is followed, and
        ``pupil`` is not needed.
    covariates: columns measured before the programme; text columns, and those in ``categories``,
        become indicators.
    period: the column of the period (school year) of a row, when clusters start at different times.
        A row is then one answer in one period (a pupil may come back), and ``treatment`` holds the
        period in which the cluster starts, empty where it never does.
    running, cutoff, below: the column that decided who was offered the programme, at which value,
        and whether those below it were (otherwise those at or above it).
    estimand: for whom the effect is meant, when arms are made alike by weights or matching (``ATT``
        when left out: those who took part). comparing: how that is done.
    subgroups: columns known before the programme for whose groups (2 to 6) the effect is told
        apart; each is compared beforehand as well.
    smallest_effect: the smallest effect that matters, in standard deviations of the outcome.
    method, inference: chosen by ``estimate`` when left out.
    primary: the outcomes that the conclusion rests on (the first when left out); their p-values are
        adjusted for each other.
    prior: what published research says of the effect on the primary outcome (``Prior``); what it
        and these data say together is then told beside what the data say alone.
    quantiles: shares of pupils, counted from the lowest score (0.1, 0.5, 0.9): at these points the
        difference between the scores of the arms is told as well.
    attrition: the boundary (``cautious``, or ``optimistic`` when the programme cannot change who
        stays) that missing pupils are judged by.
    missing: what is done about pupils of whom a value is missing (``Missing``). ``missing
        indicator`` fills in covariates and baselines alone; ``multiple imputation`` fills in
        outcomes (and who took part) as well, ``imputations`` times, with a level for every cluster
        and, where the plan has them, every class.
    seed, draws: of bootstrap and randomisation, where not all possibilities are counted.
    rename: name of a column in the file -> its name in this plan. recode: column (as named in this
        plan) -> value in the file -> value it stands for; values not named stay as they are. Both
        are done by ``check``, before anything else.
    asked: arm -> how many pupils were asked to take part, for the flow of pupils.
    reading: what ``read`` is told of the file instead of guessing it (``READING``).

    Raises PlanError, naming every fault at once.

    >>> Plan(outcome="after", treatment="programme", cluster="school").outcomes
    ('after',)
    """

    outcome: str | tuple[str, ...]
    treatment: str
    cluster: str
    crossed: str | None = None
    classes: str | None = None
    varying: str | None = None
    took_part: str | None = None
    comparison: str | None = None
    dose: bool = False
    pupil: str | None = None
    alone: tuple[str, ...] = ()
    weights: str | None = None
    blocks: tuple[str, ...] = ()
    assigned: Level | str = Level.CLUSTER
    allocation: Allocation | str = Allocation.CHOICE
    wave: str | None = None
    baseline: str | tuple[str, ...] | None = None
    waves: tuple[str, ...] = ()
    main_wave: str | None = None
    earlier: tuple[str, ...] = ()
    times: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    repeated: bool = False
    covariates: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    balance: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    primary: tuple[str, ...] = ()
    period: str | None = None
    running: str | None = None
    cutoff: float | None = None
    below: bool = False
    estimand: Estimand | str | None = None
    comparing: Comparing = field(default_factory=Comparing)
    smallest_effect: float = 0.10
    attrition: Boundary | str = Boundary.CAUTIOUS
    missing: Missing | str = Missing.COMPLETE
    imputations: int = 20
    prior: Prior | None = None
    quantiles: tuple[float, ...] = ()
    method: Method | str | None = None
    inference: Inference | str | None = None
    seed: int = 0
    draws: int = 9_999
    rename: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    recode: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    asked: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    reading: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    study: Study = field(default_factory=Study)
    data: Path | str | None = field(default=None, compare=False)
    file: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        shapeless = shape(self)
        faults = [*shapeless, *choose(self)]
        faults += [] if shapeless else contradictions(self)
        if faults:
            raise PlanError(faults)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes, primary first."""
        return (self.outcome,) if isinstance(self.outcome, str) else tuple(self.outcome)

    @property
    def baselines(self) -> tuple[str, ...]:
        """The wide layout's baseline columns, one per outcome ('' where there is none)."""
        if self.wave is not None or self.baseline is None:
            return ("",) * len(self.outcomes)
        if isinstance(self.baseline, str):
            return (self.baseline,) * len(self.outcomes)
        return self.baseline

    @property
    def waves_in_order(self) -> tuple[str, ...]:
        """The waves after the programme, the main one first; ('',) in the wide layout."""
        if self.wave is None:
            return ("",)
        main = self.main_wave or self.waves[-1]
        return (main, *(wave for wave in self.waves if wave != main))

    @property
    def second(self) -> str | None:
        """The column of a second division of the pupils: one that crosses the first, or classes."""
        return self.crossed if self.crossed is not None else self.classes

    def measure(self, outcome: str) -> Measure:
        """How an outcome is named in a report; its column name when the plan says nothing."""
        plain = Measure(same(outcome), Text(f"meer {outcome}", f"more {outcome}"))
        return self.study.measures.get(outcome, plain)

    def arm(self, name: str) -> Arm:
        """How an arm is named in a report; its value in the data when the plan says nothing."""
        expected = self.period is not None and name == NOT_STARTED and self.method in EXPECTED
        if name in self.study.arms and not expected:
            return self.study.arms[name]
        if expected:
            found = EXPECTED[Method(str(self.method))]
        elif self.dose and name in DOSE_ARMS:
            found = DOSE_ARMS[name]
        elif self.period is not None:
            found = start_arm(name)
        else:
            value = f"‘{name}’"
            pupils = Text(f"leerlingen in groep {value}", f"pupils in arm {value}")
            found = Arm(Text(f"groep {value}", f"group {value}"), pupils)
        return called(found, self.study.people)

    def column_label(self, name: str) -> Text:
        """How a column known at the start is named in a report (``c=level``: a level of c)."""
        if name in self.study.columns:
            return self.study.columns[name]
        column, _, level = name.partition("=")
        if level == NOT_KNOWN:
            label = self.column_label(column)
            return Text(f"{label.nl}: niet bekend", f"{label.en}: not known")
        outcome, _, wave = column.partition(" @ ")
        if wave:
            label, when = self.measure(outcome).label, self.wave_label(outcome, wave)
            return Text(f"{label.nl}, {when.nl}", f"{label.en}, {when.en}")
        label = self.study.columns.get(column, same(column))
        return Text(f"{label.nl}: {level}", f"{label.en}: {level}") if level else label

    def wave_label(self, outcome: str, wave: str) -> Text:
        """The moment of measurement, as a reader is told it."""
        if self.wave is None:
            return self.measure(outcome).wave
        return self.study.waves.get(wave, same(wave))

    def to_dict(self) -> dict[str, object]:
        """The plan as plain values; the same plan gives the same dictionary."""
        plain = {
            f.name: _plain(getattr(self, f.name))
            for f in fields(self)
            if f.name not in ("data", "file")
            and (
                f.name not in LATER or getattr(self, f.name) not in (None, (), {}, False, f.default)
            )
        }
        return plain | {"outcome": list(self.outcomes)}

    def __reduce__(self) -> tuple[object, ...]:
        return _with_paths, (self.to_dict(), self.data, self.file)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the parsed plan: layout and comments of the file do not matter."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def planned(plan: object) -> Plan:
    """The plan itself. Raises PlanError when none was given, or something else."""
    if isinstance(plan, Plan):
        return plan
    rule = Text("Er is geen plan gegeven.", "No plan was given.")
    remedy = Text(
        "Geef het plan mee (Plan of read_plan).", "Give the plan too (Plan or read_plan)."
    )
    raise PlanError([Fault(rule, remedy, column="plan")])


def _plain(value: object) -> object:
    if isinstance(value, Text):
        return {"nl": value.nl, "en": value.en}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Study | Measure | Arm | Comparing | Prior):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value


def _with_paths(content: Mapping[str, Any], data: Path | str | None, file: Path | None) -> Plan:
    """What unpickling calls."""
    return replace(plan_from_dict(content), data=data, file=file)


def plan_from_dict(content: Mapping[str, Any]) -> Plan:
    """The plan that ``to_dict`` gave these values (a manifest keeps them)."""

    def text(value: Mapping[str, str]) -> Text:
        return Text(value["nl"], value["en"])

    def texts(value: Mapping[str, Mapping[str, str]]) -> Mapping[str, Text]:
        return MappingProxyType({key: text(each) for key, each in value.items()})

    raw = dict(content)
    study = dict(raw.pop("study"))
    for name in ("title", "question", "audience", "ambition", "workgroup", "programme",
                 "cluster_label", "people", "source"):  # fmt: skip
        if name in study:  # a manifest of an earlier edition lacks what was added later
            study[name] = text(study[name])
    for name in ("caveats", "discussion"):
        study[name] = tuple(text(each) for each in study[name])
    study["actions"] = tuple(study.get("actions", ()))
    for name in ("waves", "columns"):
        study[name] = texts(study[name])
    day = study["registered"]
    study["registered"] = datetime.date.fromisoformat(day) if day else None
    study["arms"] = MappingProxyType(
        {key: Arm(text(arm["label"]), text(arm["pupils"])) for key, arm in study["arms"].items()}
    )

    def measure(value: Mapping[str, Any]) -> Measure:
        plain = ("better", "range", "norm")
        words = {key: text(each) for key, each in value.items() if key not in plain}
        low_high = tuple(value["range"]) if value["range"] else None
        norm = value.get("norm", "")
        return Measure(**words, better=value["better"], range=low_high, norm=norm)

    study["measures"] = MappingProxyType(
        {name: measure(value) for name, value in study["measures"].items()}
    )
    baseline, comparing = raw.pop("baseline"), dict(raw.pop("comparing"))
    comparing["exact"] = tuple(comparing["exact"])
    if raw.get("prior") is not None:
        raw["prior"] = Prior(**raw["prior"])
    return Plan(
        **raw | {"outcome": tuple(raw["outcome"]), "study": Study(**study)},
        comparing=Comparing(**comparing),
        baseline=tuple(baseline) if isinstance(baseline, list) else baseline,
    )
