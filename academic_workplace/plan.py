"""The plan: question and design, written down before the outcomes are read."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from academic_workplace.errors import Fault, PlanError, not_known
from academic_workplace.language import Text, same
from academic_workplace.toml import read_toml, toml_of


class Level(StrEnum):
    """Who was assigned to the programme: whole clusters, or pupils within blocks."""

    CLUSTER = "cluster"
    PUPIL = "pupil"


class Allocation(StrEnum):
    """How it was decided who got the programme. Only a lot carries causal words."""

    LOT = "lot"
    CHOICE = "choice"
    CUTOFF = "cutoff"


class Method(StrEnum):
    """How the arms are compared."""

    DIFFERENCE = "difference"
    ADJUSTED = "adjusted"
    INTERACTED = "interacted"
    CLUSTER_MEANS = "cluster means"
    SITE_AVERAGE = "site average"
    PUPIL_AVERAGE = "pupil average"
    MULTILEVEL = "multilevel"
    PROPENSITY = "propensity weights"
    ENTROPY = "entropy balancing"
    STABLE = "stable weights"
    NEAREST = "nearest neighbour"
    OPTIMAL = "optimal matching"
    SUBCLASSES = "subclasses"
    DOUBLY_ROBUST = "doubly robust"
    STAGGERED = "staggered start"
    SERIES = "interrupted time series"
    SYNTHETIC = "synthetic control"
    DISCONTINUITY = "discontinuity"
    COMPLIER = "complier effect"
    LOGISTIC = "logistic"
    LOGISTIC_MULTILEVEL = "logistic multilevel"
    COUNTS = "negative binomial"
    GROWTH = "difference in differences"
    WAVES = "multilevel over waves"


class Estimand(StrEnum):
    """For whom the effect is meant: each has its own weights (Li, Morgan & Zaslavsky, 2018)."""

    ATT = "ATT"  # those who took part
    ATE = "ATE"  # everyone
    ATO = "ATO"  # those who might as well have been in the other arm: the overlap
    LATE = "LATE"  # those who take part because it was offered; of the complier effect alone


class Inference(StrEnum):
    """How the uncertainty of a comparison is worked out (``linear.py``, ``resampling.py``)."""

    CR0 = "CR0"
    CR1 = "CR1"
    CR1S = "CR1S"
    CR2 = "CR2"
    CR3 = "CR3"
    TWO_WAY = "two-way CR1S"
    JACKKNIFE = "jackknife"
    BOOTSTRAP = "cluster bootstrap"
    WILD = "wild bootstrap"
    WILD_WEBB = "wild bootstrap, Webb"
    WILD_MAMMEN = "wild bootstrap, Mammen"
    RANDOMISATION = "randomisation"
    CLASSICAL = "classical"
    KENWARD_ROGER = "Kenward-Roger"  # of the multilevel model
    SATTERTHWAITE = "Satterthwaite"  # of the multilevel model
    INFLUENCE = "influence function"  # of estimates that rest on estimated weights
    NEWEY_WEST = "Newey-West"  # of a series in time
    PLACEBO = "placebo"  # of a synthetic control
    BIAS_CORRECTED = "robust bias-corrected"  # of a discontinuity
    BETWEEN_WITHIN = "between-within"  # of the logistic multilevel model


class Norm(StrEnum):
    """Whose words for small, medium and large fit an outcome (``report/technique.py``)."""

    ATTAINMENT = "attainment"  # scores on tests of what is learnt at school: Kraft (2020)
    COHEN = "cohen"  # research on behaviour at large: Cohen (1988)


class Boundary(StrEnum):
    """Which line of the What Works Clearinghouse; chosen in the plan, not after the data."""

    CAUTIOUS = "cautious"  # the programme could itself change who stays
    OPTIMISTIC = "optimistic"


class Missing(StrEnum):
    """What is done about pupils of whom a value is missing."""

    COMPLETE = "complete cases"  # those of whom all is known are compared
    INDICATOR = "missing indicator"  # filled in, with a column that says so; after a lot alone
    IMPUTED = "multiple imputation"  # filled in several times (``missing/chained.py``)


@dataclass(frozen=True, slots=True)
class Measure:
    """How an outcome is named and read.

    better: ``higher`` or ``lower``. range: the lowest and highest value there can be. norm: whose
    words for small, medium and large a reader is told (``Norm``); none when left out.
    """

    label: Text
    better_label: Text
    informant: Text = Text("", "")
    unit: Text = Text("punten", "points")
    better: str = "higher"
    wave: Text = Text("", "")  # the moment of measurement, in the wide layout
    range: tuple[float, float] | None = None
    norm: Norm | str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """How an arm is named: in a table, and as the subject of a sentence."""

    label: Text
    pupils: Text  # "pupils at schools with the lessons"


MORE, LESS, EVERYONE = "more", "less", "all"  # the arms of a plan whose treatment is a dose
DOSE_ARMS = {
    MORE: Arm(
        Text("per eenheid meer", "per unit more"),
        Text("leerlingen die meer kregen", "pupils who got more"),
    ),
    LESS: Arm(
        Text("een eenheid minder", "one unit less"),
        Text("leerlingen die minder kregen", "pupils who got less"),
    ),
    EVERYONE: Arm(Text("alle leerlingen", "all pupils"), Text("alle leerlingen", "all pupils")),
}
STARTED, NOT_STARTED = "started", "not started"  # the arms when clusters start at some time
START_ARMS = {
    STARTED: Arm(
        Text("begonnen", "started"),
        Text("leerlingen waar het is begonnen", "pupils where it has started"),
    ),
    NOT_STARTED: Arm(
        Text("(nog) niet begonnen", "not started (yet)"),
        Text("leerlingen waar het (nog) niet is begonnen", "pupils where it has not started (yet)"),
    ),
}
EXPECTED = {  # what these methods compare with is no group of pupils
    Method.SERIES: Arm(
        Text("verwacht zonder de start", "expected without the start"),
        Text("de verwachting zonder de start", "what was expected without the start"),
    ),
    Method.SYNTHETIC: Arm(
        Text("mix van andere scholen", "mixture of other schools"),
        Text("de mix van andere scholen", "the mixture of other schools"),
    ),
}
NEVER = "never"  # the period of start of a cluster that has none
MOST_DRAWS = 1_000_000
READING = ("sheet", "header", "footer", "separator", "decimal", "encoding", "survey",
           "short_names", "table", "query", "keep")  # fmt: skip
TAKES_WEIGHTS = (Method.DIFFERENCE, Method.ADJUSTED, Method.INTERACTED)
TAKES_DOSE = (Method.DIFFERENCE, Method.ADJUSTED, Method.CLUSTER_MEANS)
TAKES_CROSSED = (Method.DIFFERENCE, Method.ADJUSTED, Method.INTERACTED, Method.MULTILEVEL)
WEIGHTING = (Method.PROPENSITY, Method.ENTROPY, Method.STABLE)
MATCHING = (Method.NEAREST, Method.OPTIMAL, Method.SUBCLASSES)
COMPARING = (*WEIGHTING, *MATCHING, Method.DOUBLY_ROBUST)  # arms made alike
OVER_TIME = (Method.STAGGERED, Method.SERIES, Method.SYNTHETIC)
OVER_WAVES = (Method.GROWTH, Method.WAVES)  # the difference between the arms in how they changed
# what happens or not, and what is counted
BY_LIKELIHOOD = (Method.LOGISTIC, Method.LOGISTIC_MULTILEVEL, Method.COUNTS)
NEEDS_PUPILS = (
    *COMPARING,
    *OVER_TIME,
    Method.WAVES,
    Method.DISCONTINUITY,
    *BY_LIKELIHOOD,
)  # moments alone do not tell
TWO_WAYS = (  # the ways of inference when pupils are alike within two divisions at once
    Inference.TWO_WAY,
    Inference.WILD,
    Inference.WILD_WEBB,
    Inference.WILD_MAMMEN,
    Inference.RANDOMISATION,  # supposes nothing of how pupils are alike
)
IMPUTABLE = (  # methods whose answers of completed data can be pooled
    Method.DIFFERENCE, Method.ADJUSTED, Method.INTERACTED, Method.CLUSTER_MEANS,
    Method.SITE_AVERAGE, Method.PUPIL_AVERAGE, Method.MULTILEVEL, *WEIGHTING, Method.DOUBLY_ROBUST,
    Method.LOGISTIC,
)  # fmt: skip
RESAMPLING = (  # ways that give a p-value and limits, but no degrees of freedom to pool
    Inference.BOOTSTRAP, Inference.WILD, Inference.WILD_WEBB, Inference.WILD_MAMMEN,
    Inference.RANDOMISATION,
)  # fmt: skip
MOST_IMPUTATIONS = 1_000
MOST_QUANTILES = 19
TAKES_INDICATOR = (  # methods whose covariates may come with an indicator of what is not known
    Method.DIFFERENCE, Method.ADJUSTED, Method.INTERACTED, Method.CLUSTER_MEANS,
    Method.SITE_AVERAGE, Method.PUPIL_AVERAGE, Method.MULTILEVEL,
)  # fmt: skip
NOT_FILLED = ("period", "running", "earlier", "repeated", "took_part")  # whose gaps stay gaps
NOT_KNOWN = "?"  # ``c=?`` is 1 where the column c is not known
OF_MODEL = (Inference.KENWARD_ROGER, Inference.SATTERTHWAITE)  # of the multilevel model, the same


@dataclass(frozen=True, slots=True)
class Comparing:
    """How arms that nobody assigned are made alike; what a method does not use, it refuses.

    exact: columns whose values must be the same (school, year group). caliper: the largest distance
    that still counts as a counterpart, in standard deviations of the logit of the score. ratio:
    counterparts for each. replacement: a counterpart may serve more than once. schools_first: look
    for schools that are alike, and then for pupils within them. classes: how many subclasses. trim:
    scores below it, or above 1 less it, are left out.
    """

    exact: tuple[str, ...] = ()
    caliper: float | None = None
    ratio: int = 1
    replacement: bool = False
    schools_first: bool = False
    classes: int = 5
    trim: float | None = None


@dataclass(frozen=True, slots=True)
class Prior:
    """What published research says of the effect, before these data.

    mean, sd: in standard deviations of the primary outcome; above 0 is better, whatever the scale.
    With a chance of about 2 in 3 the effect lies within one sd of the mean. source: where it is
    published, as a reader is told it.
    """

    mean: float
    sd: float
    source: str


@dataclass(frozen=True, slots=True)
class Study:
    """What a reader is told about the study; nothing here changes a number.

    ambition, workgroup: where the study stands in the agenda; by these a site is arranged.
    actions: keys of the actions in the agenda that it bears on. people: who a row of the data is,
    where that is no pupil (parents, teachers).
    """

    title: Text = Text("", "")
    question: Text = Text("", "")
    audience: Text = Text("", "")
    ambition: Text = Text("", "")
    workgroup: Text = Text("", "")
    actions: tuple[str, ...] = ()
    programme: Text = Text("het programma", "the programme")
    cluster_label: Text = Text("scholen", "schools")
    people: Text = Text("leerlingen", "pupils")
    source: Text = Text("", "")
    synthetic: bool = False
    registered: datetime.date | None = None
    caveats: tuple[Text, ...] = ()
    discussion: tuple[Text, ...] = ()
    arms: Mapping[str, Arm] = field(default_factory=lambda: MappingProxyType({}))
    waves: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    columns: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    measures: Mapping[str, Measure] = field(default_factory=lambda: MappingProxyType({}))


LATER = (
    "classes",
    "varying",
    "earlier",
    "repeated",
    "took_part",
    "prior",
    "imputations",
    "quantiles",
)  # not in older plans: left out, they change no fingerprint


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
        uncertainty covers the classes in them.
    varying: the treatment, or a covariate, of which the effect may differ from cluster to cluster
        in a multilevel model (a random slope); the other methods estimate one effect for all.
    alone: arms whose pupils each stand alone, because only the other arm was put in groups (mentor
        groups); such a pupil is a cluster of their own, whatever the cluster column says. Needs
        ``pupil``.
    took_part: a column that says who took part in what was offered: 1 and 0, or an amount (lessons
        attended). It was measured after the assignment, so it is no covariate; pupils of whom it is
        not known are not analysed. It is what the complier effect is about.
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
        outcomes as well, ``imputations`` times.
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
        wrong = _take(self)
        faults = [
            *wrong,
            *_coerce(self, "assigned", Level),
            *_coerce(self, "allocation", Allocation),
            *_coerce(self, "attrition", Boundary),
            *_coerce(self, "missing", Missing),
            *(_coerce(self, "method", Method) if self.method is not None else ()),
            *(_coerce(self, "inference", Inference) if self.inference is not None else ()),
            *(_coerce(self, "estimand", Estimand) if self.estimand is not None else ()),
        ]
        faults += [] if wrong else _faults(self)
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
            found = _start_arm(name)
        else:
            value = f"‘{name}’"
            pupils = Text(f"leerlingen in groep {value}", f"pupils in arm {value}")
            found = Arm(Text(f"groep {value}", f"group {value}"), pupils)
        return _called(found, self.study.people)

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
            and (f.name not in LATER or getattr(self, f.name) not in (None, (), False, f.default))
        }
        return plain | {"outcome": list(self.outcomes)}

    def __reduce__(self) -> tuple[object, ...]:
        return _with_paths, (self.to_dict(), self.data, self.file)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the parsed plan: layout and comments of the file do not matter."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _called(arm: Arm, people: Text) -> Arm:
    """An arm that a plan does not name, in the plan's own word for who a row is."""

    def told(text: Text) -> Text:
        return Text(text.nl.replace("leerlingen", people.nl), text.en.replace("pupils", people.en))

    return Arm(told(arm.label), told(arm.pupils))


def _start_arm(name: str) -> Arm:
    """How those are named who started, who did not, and who started in one period."""
    if name in START_ARMS:
        return START_ARMS[name]
    if name == NEVER:
        label, pupils = Text("nooit begonnen", "never started"), "leerlingen waar het nooit begon"
        return Arm(label, Text(pupils, "pupils where it never started"))
    return Arm(
        Text(f"begonnen in {name}", f"started in {name}"),
        Text(f"leerlingen waar het in {name} begon", f"pupils where it started in {name}"),
    )


def _one(*kinds: Any) -> Callable[[Any], Any]:
    """Takes what is of these kinds as it is; True and False are no numbers."""

    def take(value: object) -> object:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise TypeError
        return value

    return take


def _label(value: object) -> str:
    """A value as it is written in the data: text, or a number (1, 1.0 and True are ``1``)."""
    if isinstance(value, str):
        return value
    if not isinstance(value, numbers.Real | np.bool_):
        raise TypeError
    number = float(value)
    return str(int(number) if number.is_integer() else number)


def _several(each: Callable[[Any], str]) -> Callable[[Any], tuple[str, ...]]:
    """Takes several, or one alone."""

    def take(value: Any) -> tuple[str, ...]:
        if isinstance(value, str | numbers.Real | np.bool_):
            return (each(value),)
        if isinstance(value, Mapping | bytes):
            raise TypeError
        return tuple(each(item) for item in value)  # TypeError when nothing can be taken from it

    return take


def _maybe(each: Callable[[Any], Any], many: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Takes one, or several."""
    return lambda value: (each if isinstance(value, str | numbers.Real) else many)(value)


def _table(key: Callable[[Any], Any], value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Takes a table of names and values."""

    def take(given: Any) -> Mapping[Any, Any]:
        if not isinstance(given, Mapping):
            raise TypeError
        return MappingProxyType({key(k): value(v) for k, v in given.items()})

    return take


def _whole(value: Any) -> int:
    return int(_one(numbers.Integral)(value))


def _shares(value: Any) -> tuple[float, ...]:
    if isinstance(value, str | Mapping | bytes):
        raise TypeError
    return tuple(float(_one(numbers.Real)(item)) for item in value)


_name = _one(str)
_A_NAME = Text("de naam van een kolom", "the name of a column")
_A_LABEL = Text("een waarde in de kolom", "a value in the column")
_NAMES = Text("namen van kolommen, als lijst", "names of columns, as a list")
_LABELS = Text("waarden in de kolom, als lijst", "values in the column, as a list")
_NUMBER, _WHOLE = Text("een getal", "a number"), Text("een heel getal", "a whole number")
_TAKES: dict[str, tuple[Callable[[Any], Any], Text]] = {
    "outcome": (_maybe(_name, _several(_name)), _NAMES),
    **dict.fromkeys(
        ("treatment", "cluster", "crossed", "pupil", "weights", "wave", "period", "running"),
        (_name, _A_NAME),
    ),
    **dict.fromkeys(("classes", "varying", "took_part"), (_name, _A_NAME)),
    "baseline": (_maybe(_label, _several(_label)), _A_LABEL),
    **dict.fromkeys(("comparison", "main_wave"), (_label, _A_LABEL)),
    **dict.fromkeys(("alone", "waves", "earlier"), (_several(_label), _LABELS)),
    **dict.fromkeys(
        ("blocks", "covariates", "categories", "balance", "subgroups", "primary"),
        (_several(_name), _NAMES),
    ),
    **dict.fromkeys(
        ("dose", "below", "repeated"),
        (
            lambda value: bool(_one(bool, np.bool_)(value)),
            Text("True of False", "True or False"),
        ),
    ),
    **dict.fromkeys(
        ("smallest_effect", "cutoff"), (lambda value: float(_one(numbers.Real)(value)), _NUMBER)
    ),
    "quantiles": (
        _shares,
        Text("delen tussen 0 en 1, als lijst", "shares between 0 and 1, as a list"),
    ),
    "comparing": (_one(Comparing), Text("een Comparing", "a Comparing")),
    **dict.fromkeys(("seed", "draws", "imputations"), (_whole, _WHOLE)),
    "rename": (_table(_name, _name), Text("oude = nieuwe naam", "old = new name")),
    "recode": (
        _table(_name, _table(_label, _label)),
        Text("per kolom oude = nieuwe waarde", "old = new value for every column"),
    ),
    "asked": (_table(_label, _whole), Text("groep = aantal", "arm = number")),
    "prior": (_one(Prior), Text("een Prior", "a Prior")),
    "reading": (
        _table(_name, lambda value: tuple(value) if isinstance(value, list) else value),
        Text('header = 4, decimal = "," ...', 'header = 4, decimal = "," ...'),
    ),
    "study": (_one(Study), Text("een Study", "a Study")),
}
_MAY_BE_NONE = (
    "crossed", "classes", "varying", "took_part", "comparison", "pupil", "weights", "wave",
    "baseline", "main_wave", "period",
    "running", "cutoff", "prior",
)  # fmt: skip


def _take(plan: Plan) -> list[Fault]:
    """Make every field even: lists become tuples, numbers labels. What has another form is told."""
    faults = []
    for name, (take, form) in _TAKES.items():
        value = getattr(plan, name)
        if value is None and name in _MAY_BE_NONE:
            continue
        try:
            object.__setattr__(plan, name, take(value))
        except (TypeError, OverflowError):
            rule = Text("Deze waarde heeft de verkeerde vorm.", "This value has the wrong form.")
            remedy = Text(f"Geef {form.nl}.", f"Give {form.en}.")
            faults.append(Fault(rule, remedy, column=name))
    return faults


def _coerce(plan: Plan, name: str, kind: type[StrEnum]) -> list[Fault]:
    """Let a field take its own text value: ``assigned="pupil"``."""
    value, known = getattr(plan, name), [item.value for item in kind]
    if not isinstance(value, str) or value not in known:
        return [not_known(name, str(value), known)]
    object.__setattr__(plan, name, kind(value))
    return []


def _faults(plan: Plan) -> list[Fault]:
    """Every way in which the plan contradicts itself."""
    faults: list[Fault] = []

    def fault(column: str, nl: str, en: str, do_nl: str, do_en: str) -> None:
        faults.append(Fault(column=column, rule=Text(nl, en), remedy=Text(do_nl, do_en)))

    if not plan.outcomes or not all(plan.outcomes):
        fault(
            "outcome",
            "Er is geen uitkomst.",
            "There is no outcome.",
            "Noem ten minste één kolom.",
            "Name at least one column.",
        )
    for name in ("treatment", "cluster"):
        if not getattr(plan, name):
            fault(name, "Dit ontbreekt.", "This is missing.", "Noem een kolom.", "Name a column.")
    roles = {
        "outcomes": plan.outcomes,
        "treatment": (plan.treatment,),
        "covariates": plan.covariates,
        "wave": (plan.wave,) if plan.wave else (),
    }
    for role, columns in roles.items():
        others = {c: r for r, cs in roles.items() if r != role for c in cs}
        for column in dict.fromkeys(filter(None, columns)):
            if columns.count(column) > 1 or (column in others and role < others[column]):
                fault(
                    column,
                    f"Deze kolom staat dubbel in het plan ({role}).",
                    f"This column stands twice in the plan ({role}).",
                    "Geef elke kolom één rol.",
                    "Give every column one role.",
                )
    measured = {*plan.outcomes, plan.treatment} - {""}
    elsewhere = {"cluster": (plan.cluster,), "pupil": (plan.pupil,), "baseline": plan.baselines,
                 "weights": (plan.weights,), "crossed": (plan.crossed,), "period": (plan.period,),
                 "classes": (plan.classes,), "took_part": (plan.took_part,),
                 "running": (plan.running,), "subgroups": plan.subgroups}  # fmt: skip
    for role, taken in elsewhere.items():
        for column in sorted(measured & set(taken)):
            fault(
                role,
                f"‘{column}’ is in dit plan ook uitkomst of treatment.",
                f"‘{column}’ is also outcome or treatment in this plan.",
                "Noem een andere kolom.",
                "Name another column.",
            )
    for name in (
        "alone",
        "waves",
        "earlier",
        "blocks",
        "categories",
        "balance",
        "subgroups",
        "primary",
    ):
        listed = getattr(plan, name)
        for value in dict.fromkeys(v for v in listed if listed.count(v) > 1):
            fault(
                name,
                f"‘{value}’ staat hier dubbel.",
                f"‘{value}’ stands here twice.",
                "Noem elke naam één keer.",
                "Name every name once.",
            )
    for column in plan.primary:
        if column not in plan.outcomes:
            fault(
                "primary",
                f"‘{column}’ is geen uitkomst van dit plan.",
                f"‘{column}’ is no outcome of this plan.",
                "Verbeter de naam, of voeg de uitkomst toe.",
                "Mend the name, or add the outcome.",
            )
    for column in plan.categories:
        if column not in (*plan.covariates, *plan.balance, *plan.subgroups):
            fault(
                "categories",
                f"‘{column}’ staat niet bij covariates, balance of subgroups.",
                f"‘{column}’ is not among covariates, balance or subgroups.",
                "Verbeter de naam, of haal hem weg.",
                "Mend the name, or take it out.",
            )
    if plan.dose:
        faults += _dose_faults(plan)
    if plan.alone:
        faults += _alone_faults(plan)
    faults += _period_faults(plan) + _cutoff_faults(plan) + _comparing_faults(plan)
    if plan.weights is not None:
        faults += _weight_faults(plan)
    faults += _crossed_faults(plan) + _classes_faults(plan) + _varying_faults(plan)
    faults += _took_part_faults(plan)
    faults += _prior_faults(plan) + _quantiles_faults(plan)
    faults += _over_waves_faults(plan)
    faults += _table_faults(plan)
    if plan.wave is None and plan.waves:
        fault(
            "waves",
            "Er zijn meetmomenten, maar geen kolom voor het meetmoment.",
            "There are waves but no column that holds the wave.",
            "Noem de kolom bij [waves] als column (of wave=).",
            "Name the column in [waves] as column (or wave=).",
        )
    if plan.wave is not None and not plan.waves:
        fault(
            "waves",
            "Er is geen meetmoment na het programma.",
            "There is no wave after the programme.",
            "Noem de metingen bij [waves] als after (of waves=).",
            "Name the waves in [waves] as after (or waves=).",
        )
    if plan.wave is not None and plan.pupil is None and not plan.repeated:
        fault(
            "pupil",
            "Bij meer dan één meetmoment is een kolom nodig die zegt welke leerling het is.",
            "With several waves a column that identifies the pupil is needed.",
            "Noem de kolom met het pseudoniem (pupil).",
            "Name the column with the pseudonym (pupil).",
        )
    if plan.wave is not None and isinstance(plan.baseline, tuple):
        fault(
            "baseline",
            "Met meetmomenten is de voormeting één meetmoment, geen lijst.",
            "With waves the baseline is one wave, not a list.",
            "Noem de waarde van de voormeting.",
            "Name the value of the baseline wave.",
        )
    if plan.wave is not None and plan.baseline in plan.waves:
        fault(
            "baseline",
            "De voormeting staat ook bij de metingen erna.",
            "The baseline also stands among the waves after it.",
            "Haal die daar weg.",
            "Take it out there.",
        )
    if plan.main_wave is not None and plan.main_wave not in plan.waves:
        fault(
            "main_wave",
            "Het hoofdmeetmoment staat niet bij de metingen na het programma.",
            "The main wave is not among the waves after the programme.",
            "Kies een van die metingen.",
            "Choose one of them.",
        )
    if plan.wave is None and len(plan.baselines) != len(plan.outcomes):
        fault(
            "baseline",
            "Het aantal voormetingen is niet gelijk aan het aantal uitkomsten.",
            "The number of baselines differs from the number of outcomes.",
            "Geef er één per uitkomst.",
            "Give one per outcome.",
        )
    if not 0 < plan.smallest_effect < math.inf:
        fault(
            "smallest_effect",
            "Het kleinste effect dat ertoe doet moet groter zijn dan 0.",
            "The smallest effect that matters must be larger than 0.",
            "Kies bijvoorbeeld 0.10 (standaarddeviaties).",
            "Choose for example 0.10 (standard deviations).",
        )
    if plan.seed < 0:
        fault(
            "seed",
            "Het begingetal (seed) is nooit kleiner dan 0.",
            "The seed is never below 0.",
            "Kies bijvoorbeeld 0.",
            "Choose for example 0.",
        )
    if plan.draws > MOST_DRAWS:
        fault(
            "draws",
            f"Meer dan {MOST_DRAWS} trekkingen duurt te lang en maakt niets zekerder.",
            f"More than {MOST_DRAWS} draws take too long and make nothing surer.",
            "Kies bijvoorbeeld 9999.",
            "Choose for example 9999.",
        )
    if plan.draws < 99:
        fault(
            "draws",
            "Met minder dan 99 trekkingen is een p-waarde te grof.",
            "With fewer than 99 draws a p-value is too coarse.",
            "Kies bijvoorbeeld 9999.",
            "Choose for example 9999.",
        )
    faults += _missing_faults(plan)
    for outcome, measure in plan.study.measures.items():
        if measure.better not in ("higher", "lower"):
            faults.append(not_known(f"{outcome}.better", measure.better, ["higher", "lower"]))
        norms = [norm.value for norm in Norm]
        if measure.norm not in ("", *norms):
            faults.append(not_known(f"{outcome}.norm", measure.norm, norms))
    return faults


def _dose_faults(plan: Plan) -> list[Fault]:
    """What a plan whose treatment is an amount cannot ask."""
    faults = []
    if plan.comparison is not None:
        rule = Text(
            "De treatment is hier een hoeveelheid. Dan is er geen vergelijkingsgroep.",
            "The treatment is an amount here, so there is no comparison arm.",
        )
        remedy = Text("Haal comparison of dose weg.", "Take out comparison or dose.")
        faults.append(Fault(rule, remedy, column="comparison"))
    if plan.method is not None and plan.method not in TAKES_DOSE:
        rule = Text(
            "Deze methode vergelijkt groepen en kan niet met een hoeveelheid (dose).",
            "This method compares arms and cannot be had with an amount (dose).",
        )
        fits = ", ".join(method.value for method in TAKES_DOSE)
        remedy = Text(f"Kies uit: {fits}.", f"Choose from: {fits}.")
        faults.append(Fault(rule, remedy, column="method"))
    return faults + [
        not_known(f"arms.{arm}", arm, list(DOSE_ARMS))
        for arm in plan.study.arms
        if arm not in DOSE_ARMS
    ]


def _alone_faults(plan: Plan) -> list[Fault]:
    """What pupils who stand alone need."""
    faults = []
    if plan.pupil is None:
        rule = Text(
            "Leerlingen die op zichzelf staan (alone) zijn te herkennen aan hun pseudoniem.",
            "Pupils who stand alone are told apart by their pseudonym.",
        )
        remedy = Text(
            "Noem de kolom met het pseudoniem (pupil).",
            "Name the column with the pseudonym (pupil).",
        )
        faults.append(Fault(rule, remedy, column="pupil"))
    if plan.dose:
        rule = Text(
            "De treatment is hier een hoeveelheid. Dan zijn er geen groepen die op zichzelf staan.",
            "The treatment is an amount here, so there are no arms whose pupils stand alone.",
        )
        faults.append(Fault(rule, Text("Haal alone weg.", "Take out alone."), column="alone"))
        return faults
    elsewhere = (*plan.blocks, *plan.covariates, *plan.balance, *plan.subgroups)
    if plan.cluster in elsewhere:
        rule = Text(
            "Deze kolom telt niet voor wie op zichzelf staat, maar heeft in het plan nog een rol.",
            "This column does not count for who stands alone, but has another role in the plan.",
        )
        remedy = Text("Noem daar een andere kolom.", "Name another column there.")
        faults.append(Fault(rule, remedy, column="cluster"))
    arms = dict.fromkeys((*plan.study.arms, *([plan.comparison] if plan.comparison else [])))
    unknown = [arm for arm in plan.alone if plan.study.arms and arm not in arms]
    return faults + [not_known("alone", arm, list(arms)) for arm in unknown]


def _refused(plan: Plan, names: Sequence[str], rule: Text) -> list[Fault]:
    """A fault for every one of these fields that the plan fills."""
    remedy = Text("Haal het weg.", "Take it out.")
    plain = {f.name: f.default for f in fields(Plan)}
    given = [name for name in names if getattr(plan, name) not in (plain[name], ())]
    return [Fault(rule, remedy, column=name) for name in given]


def _only_methods(plan: Plan, known: Sequence[Method], rule: Text) -> list[Fault]:
    """A fault when the plan names another method than these."""
    if plan.method is None or plan.method in known:
        return []
    listed = ", ".join(method.value for method in known)
    remedy = Text(f"Kies uit: {listed}.", f"Choose from: {listed}.")
    return [Fault(rule, remedy, column="method")]


def _period_faults(plan: Plan) -> list[Fault]:
    """What a plan over periods cannot ask, and what only such a plan can."""
    if plan.period is None:
        if plan.method not in OVER_TIME:
            return []
        rule = Text(
            "Deze methode volgt scholen over de jaren. Het plan noemt geen kolom met het jaar.",
            "This method follows schools over the years. The plan names no column with the year.",
        )
        remedy = Text(
            "Noem de kolom met het schooljaar (period); in treatment staat dan het jaar van de"
            " start.",
            "Name the column with the school year (period); treatment then holds the year of the"
            " start.",
        )
        return [Fault(rule, remedy, column="period")]
    faults = []
    if plan.period in (plan.cluster, plan.pupil, *plan.blocks, *plan.covariates, ""):
        rule = Text(
            "Deze kolom heeft in het plan nog een andere rol.",
            "This column has another role in the plan as well.",
        )
        remedy = Text("Noem een andere kolom.", "Name another column.")
        faults.append(Fault(rule, remedy, column="period"))
    rule = Text(
        "Dit kan niet in een plan met jaren (period).", "A plan with years (period) cannot have it."
    )
    names = ("wave", "baseline", "dose", "alone", "crossed", "classes", "blocks", "comparison",
             "running", "weights", "varying", "asked")  # fmt: skip
    faults += _refused(plan, [name for name in names if name != "asked" or plan.asked], rule)
    wrong = Text(
        "Deze methode volgt geen scholen over de jaren.",
        "This method does not follow schools over the years.",
    )
    return (
        faults
        + _only_methods(plan, OVER_TIME, wrong)
        + [
            not_known(f"arms.{arm}", arm, list(START_ARMS))
            for arm in plan.study.arms
            if arm not in START_ARMS
        ]
    )


def _cutoff_faults(plan: Plan) -> list[Fault]:
    """What a plan with a cut-off needs, and what only such a plan can ask."""
    if plan.running is None and plan.cutoff is None and plan.method is not Method.DISCONTINUITY:
        return []
    faults = []
    for name, nl, en in (
        (
            "running",
            "de kolom die bepaalt wie mee mag doen",
            "the column that decides who may join",
        ),
        ("cutoff", "de grens in die kolom", "the cut-off in that column"),
    ):
        if getattr(plan, name) is None:
            rule = Text(f"Het plan noemt niet: {nl}.", f"The plan does not name {en}.")
            faults.append(Fault(rule, Text("Voeg het toe.", "Add it."), column=name))
    if plan.cutoff is not None and not math.isfinite(plan.cutoff):
        rule = Text("De grens is geen gewoon getal.", "The cut-off is no ordinary number.")
        faults.append(Fault(rule, Text("Verbeter het getal.", "Mend the number."), column="cutoff"))
    rule = Text(
        "Dit kan niet in een plan met een grens (cutoff).",
        "A plan with a cut-off cannot have it.",
    )
    names = ("dose", "alone", "crossed", "classes", "varying", "blocks", "weights")
    faults += _refused(plan, names, rule)
    wrong = Text(
        "Deze methode vergelijkt niet rond een grens.", "This method does not compare at a cut-off."
    )
    return faults + _only_methods(plan, (Method.DISCONTINUITY,), wrong)


def _shapeless(plan: Plan) -> list[Fault]:
    """What of ``comparing`` has another form than it should; the rest is made even."""
    flag = _TAKES["dose"]
    takes = {
        "exact": (_several(_name), _NAMES),
        **dict.fromkeys(("caliper", "trim"), _TAKES["cutoff"]),
        **dict.fromkeys(("ratio", "classes"), (_whole, _WHOLE)),
        **dict.fromkeys(("replacement", "schools_first"), flag),
    }
    faults, even = [], {}
    for name, (take, form) in takes.items():
        value = getattr(plan.comparing, name)
        if value is None and name in ("caliper", "trim"):
            continue
        try:
            even[name] = take(value)
        except (TypeError, OverflowError):
            rule = Text("Deze waarde heeft de verkeerde vorm.", "This value has the wrong form.")
            remedy = Text(f"Geef {form.nl}.", f"Give {form.en}.")
            faults.append(Fault(rule, remedy, column=f"comparing.{name}"))
    if not faults:
        object.__setattr__(plan, "comparing", replace(plan.comparing, **even))
    return faults


def _comparing_faults(plan: Plan) -> list[Fault]:
    """What cannot be asked of the way in which arms are made alike."""
    faults = _shapeless(plan)
    if faults:
        return faults
    c = plan.comparing

    def fault(name: str, rule: Text, remedy: Text) -> None:
        faults.append(Fault(rule, remedy, column=f"comparing.{name}"))

    for after in dict.fromkeys(n for n in c.exact if n in (*plan.outcomes, plan.treatment)):
        rule = Text(
            f"‘{after}’ is in dit plan ook uitkomst of treatment.",
            f"‘{after}’ is also outcome or treatment in this plan.",
        )
        fault("exact", rule, Text("Noem kolommen van vooraf.", "Name columns known beforehand."))
    above = Text("Dit getal moet groter zijn dan 0.", "This number must be above 0.")
    if c.caliper is not None and not 0 < c.caliper < math.inf:
        fault("caliper", above, Text("Kies bijvoorbeeld 0.2.", "Choose for example 0.2."))
    if c.ratio < 1:
        fault("ratio", above, Text("Kies bijvoorbeeld 1.", "Choose for example 1."))
    if c.classes < 2:
        rule = Text("Er zijn ten minste 2 klassen nodig.", "At least 2 classes are needed.")
        fault("classes", rule, Text("Kies bijvoorbeeld 5.", "Choose for example 5."))
    if c.trim is not None and not 0 < c.trim < 0.5:
        rule = Text("Dit getal ligt tussen 0 en 0,5.", "This number lies between 0 and 0.5.")
        fault("trim", rule, Text("Kies bijvoorbeeld 0.05.", "Choose for example 0.05."))
    asked = plan.estimand is not None or c != Comparing()
    if plan.method is not None and plan.method not in COMPARING:
        if asked:
            rule = Text(
                "Deze methode maakt groepen niet gelijk met gewichten of tweetallen.",
                "This method does not make arms alike by weights or matching.",
            )
            listed = ", ".join(method.value for method in COMPARING)
            remedy = Text(
                f"Haal estimand en [comparing] weg, of kies uit: {listed}.",
                f"Take out estimand and [comparing], or choose from: {listed}.",
            )
            faults.append(Fault(rule, remedy, column="method"))
        return faults
    if plan.method in COMPARING:
        rule = Text(
            "Dit kan niet bij groepen die gelijk zijn gemaakt met gewichten of tweetallen.",
            "This cannot be had with arms that were made alike by weights or matching.",
        )
        faults += _refused(plan, ("dose", "crossed", "weights"), rule)
        if not plan.covariates and plan.baseline is None and not c.exact:
            nothing = Text(
                "Er is niets om de groepen op gelijk te maken.",
                "There is nothing to make the arms alike on.",
            )
            name = Text("Noem kenmerken van vooraf (covariates).", "Name covariates.")
            faults.append(Fault(nothing, name, column="covariates"))
    return faults


def _weight_faults(plan: Plan) -> list[Fault]:
    """What a plan with weights cannot ask."""
    faults = []
    if plan.weights in (plan.cluster, plan.pupil, plan.wave, *plan.blocks, ""):
        rule = Text(
            "Dit is geen kolom met gewichten: hij heeft in het plan een andere rol.",
            "This is no column of weights: it has another role in the plan.",
        )
        remedy = Text("Noem een andere kolom.", "Name another column.")
        faults.append(Fault(rule, remedy, column="weights"))
    if plan.method is not None and plan.method not in TAKES_WEIGHTS:
        rule = Text(
            "Deze methode telt elk cluster of blok even zwaar, of per leerling. Daar passen geen"
            " gewichten bij.",
            "This method counts every cluster or block alike, or by its pupils. Weights do not go"
            " with that.",
        )
        fits = ", ".join(method.value for method in TAKES_WEIGHTS)
        remedy = Text(f"Kies uit: {fits}.", f"Choose from: {fits}.")
        faults.append(Fault(rule, remedy, column="method"))
    return faults


def _table_faults(plan: Plan) -> list[Fault]:
    """What cannot be in the tables of new names, new values and counts."""
    faults = []
    new = list(plan.rename.values())
    for name in dict.fromkeys(name for name in new if new.count(name) > 1 or not name):
        rule = Text(
            f"Twee kolommen krijgen dezelfde naam: ‘{name}’." if name else "Een naam is leeg.",
            f"Two columns get the same name: ‘{name}’." if name else "A name is empty.",
        )
        remedy = Text("Geef elke kolom een eigen naam.", "Give every column a name of its own.")
        faults.append(Fault(rule, remedy, column="rename"))
    for column in plan.recode:
        if column in plan.rename and column not in new:
            rule = Text(
                f"‘{column}’ heeft in dit plan een nieuwe naam gekregen.",
                f"‘{column}’ has been given a new name in this plan.",
            )
            name = plan.rename[column]
            remedy = Text(f"Schrijf [recode.{name}].", f"Write [recode.{name}].")
            faults.append(Fault(rule, remedy, column=f"recode.{column}"))
    faults += [
        not_known("reading", key, list(READING)) for key in plan.reading if key not in READING
    ]
    for arm, count in plan.asked.items():
        if count < 0:
            rule = Text("Een aantal is nooit kleiner dan 0.", "A number is never below 0.")
            remedy = Text("Verbeter het aantal.", "Mend the number.")
            faults.append(Fault(rule, remedy, column=f"asked.{arm}"))
    unknown = [arm for arm in plan.asked if plan.study.arms and arm not in plan.study.arms]
    return faults + [not_known("asked", arm, list(plan.study.arms)) for arm in unknown]


def _crossed_faults(plan: Plan) -> list[Fault]:
    """What a plan with two divisions of the pupils cannot ask, and what one with one cannot."""
    faults = []
    if plan.crossed is None:
        if plan.inference is Inference.TWO_WAY:
            rule = Text(
                "Deze berekening gaat over twee indelingen tegelijk. Het plan heeft er maar één.",
                "This calculation is about two divisions at once. The plan has only one.",
            )
            remedy = Text(
                "Noem de kolom van de tweede indeling (crossed).",
                "Name the column of the second division (crossed).",
            )
            faults.append(Fault(rule, remedy, column="crossed"))
        return faults
    taken = (plan.cluster, plan.pupil, plan.wave, plan.weights, *plan.baselines)
    if not plan.crossed or plan.crossed in taken:
        rule = Text(
            "Dit is geen tweede indeling: deze kolom heeft in het plan een andere rol.",
            "This is no second division: the column has another role in the plan.",
        )
        remedy = Text("Noem een andere kolom.", "Name another column.")
        faults.append(Fault(rule, remedy, column="crossed"))
    if plan.method is not None and plan.method not in TAKES_CROSSED:
        rule = Text(
            "Deze methode rekent met gemiddelden van clusters of blokken. Dat kan niet met een"
            " tweede indeling (crossed).",
            "This method works from means of clusters or blocks. That cannot be done with a"
            " second division (crossed).",
        )
        fits = ", ".join(method.value for method in TAKES_CROSSED)
        remedy = Text(f"Kies uit: {fits}.", f"Choose from: {fits}.")
        faults.append(Fault(rule, remedy, column="method"))
    ways = OF_MODEL if plan.method is Method.MULTILEVEL else TWO_WAYS
    if plan.inference is not None and plan.inference not in ways:
        rule = Text(
            "Deze berekening kent maar één indeling. Het plan heeft er twee (crossed): ze zou de"
            " onzekerheid te klein maken.",
            "This calculation knows only one division. The plan has two (crossed): it would make"
            " the uncertainty too small.",
        )
        if ways is OF_MODEL:
            rule = Text(
                "Deze berekening hoort niet bij het multilevelmodel.",
                "This calculation does not go with the multilevel model.",
            )
        fits = ", ".join(way.value for way in ways)
        remedy = Text(f"Kies uit: {fits}.", f"Choose from: {fits}.")
        faults.append(Fault(rule, remedy, column="inference"))
    return faults


def _classes_faults(plan: Plan) -> list[Fault]:
    """What a plan with classes in its clusters cannot ask."""
    if plan.classes is None:
        return []
    faults = []
    taken = (plan.cluster, plan.pupil, plan.wave, plan.weights, *plan.blocks, *plan.baselines)
    if not plan.classes or plan.classes in taken:
        rule = Text(
            "Dit is geen kolom met klassen: hij heeft in het plan een andere rol.",
            "This is no column of classes: it has another role in the plan.",
        )
        remedy = Text("Noem een andere kolom.", "Name another column.")
        faults.append(Fault(rule, remedy, column="classes"))
    rule = Text(
        "Dit kan niet in een plan met klassen in scholen (classes).",
        "A plan with classes in schools (classes) cannot have it.",
    )
    return faults + _refused(plan, ("crossed", "alone"), rule)


def _missing_faults(plan: Plan) -> list[Fault]:
    """What a plan cannot ask that fills in what is missing."""
    faults = []
    if not 2 <= plan.imputations <= MOST_IMPUTATIONS:
        rule = Text(
            f"Zo vaak invullen kan niet: kies 2 tot {MOST_IMPUTATIONS} keer.",
            f"Filling in so many times cannot be done: choose 2 to {MOST_IMPUTATIONS}.",
        )
        remedy = Text("Kies bijvoorbeeld 20.", "Choose for example 20.")
        faults.append(Fault(rule, remedy, column="imputations"))
    if plan.missing is Missing.INDICATOR:
        if plan.allocation is not Allocation.LOT:
            # White & Thompson (2005), Stat. Med. 24, 993; Groenwold et al. (2012), CMAJ 184, 1265.
            rule = Text(
                "Een aanduiding ‘niet bekend’ (missing indicator) geeft zonder loting een scheef"
                " beeld (White en Thompson, 2005; Groenwold en anderen, 2012).",
                "Without a lot a missing indicator gives a biased answer (White & Thompson, 2005;"
                " Groenwold et al., 2012).",
            )
            remedy = Text(
                'Schrijf missing = "multiple imputation" of "complete cases".',
                'Write missing = "multiple imputation" or "complete cases".',
            )
            faults.append(Fault(rule, remedy, column="missing"))
        rule = Text(
            "Dit kan niet samen met een aanduiding ‘niet bekend’ (missing indicator).",
            "This cannot be had with a missing indicator.",
        )
        faults += _refused(plan, (*NOT_FILLED, "varying", "estimand"), rule)
        if plan.method is not None and plan.method not in TAKES_INDICATOR:
            fits = ", ".join(method.value for method in TAKES_INDICATOR)
            remedy = Text(f"Kies uit: {fits}.", f"Choose from: {fits}.")
            faults.append(Fault(rule, remedy, column="method"))
    if plan.missing is not Missing.IMPUTED:
        return faults
    rule = Text(
        "Dit kan niet als ontbrekende waarden worden ingevuld (multiple imputation).",
        "This cannot be had with multiple imputation.",
    )
    faults += _refused(plan, (*NOT_FILLED, "crossed", "classes"), rule)
    if plan.method is not None and plan.method not in IMPUTABLE:
        fits = ", ".join(method.value for method in IMPUTABLE)
        remedy = Text(f"Kies uit: {fits}.", f"Choose from: {fits}.")
        faults.append(Fault(rule, remedy, column="method"))
    if plan.inference in RESAMPLING:
        rule = Text(
            "Deze berekening geeft geen vrijheidsgraden. Dan zijn de antwoorden van de ingevulde"
            " tabellen niet samen te nemen.",
            "This calculation gives no degrees of freedom, so that the answers of the completed"
            " tables cannot be pooled.",
        )
        remedy = Text("Kies bijvoorbeeld CR2.", "Choose CR2, for example.")
        faults.append(Fault(rule, remedy, column="inference"))
    return faults


def _varying_faults(plan: Plan) -> list[Fault]:
    """What a plan cannot ask of which an effect may differ from cluster to cluster."""
    if plan.varying is None:
        return []
    faults = []
    known = (plan.treatment, *(c for c in plan.covariates if c not in plan.categories))
    if plan.varying not in known:
        rule = Text(
            "Dit is niet de kolom van de groepen (treatment), en geen covariate die een getal is.",
            "This is not the column of the treatment, and no covariate that is a number.",
        )
        listed = ", ".join(dict.fromkeys(filter(None, known)))
        remedy = Text(f"Kies uit: {listed}.", f"Choose from: {listed}.")
        faults.append(Fault(rule, remedy, column="varying"))
    rule = Text(
        "Dit kan niet in een plan waarin een effect per school mag verschillen (varying).",
        "A plan in which an effect may differ from school to school (varying) cannot have it.",
    )
    return faults + _refused(plan, ("crossed", "classes", "alone"), rule)


def _over_waves_faults(plan: Plan) -> list[Fault]:
    """What it needs to compare how the arms changed, and what such a plan cannot ask."""
    faults: list[Fault] = []
    asked = plan.method in OVER_WAVES or plan.repeated or bool(plan.earlier)
    if not asked:
        return faults
    long = plan.wave is not None
    if (plan.repeated or plan.earlier) and not long:
        name = "repeated" if plan.repeated else "earlier"
        rule = Text(
            "Dit gaat over meetmomenten. Het plan noemt geen kolom met het meetmoment.",
            "This is about waves. The plan names no column with the wave.",
        )
        remedy = Text(
            "Noem de kolom bij [waves] als column (of wave=).",
            "Name the column in [waves] as column (or wave=).",
        )
        faults.append(Fault(rule, remedy, column=name))
    if plan.baseline is None or (not long and not all(plan.baselines)):
        rule = Text(
            "Deze methode vergelijkt hoe groepen veranderden. Er is geen meting van vooraf.",
            "This method compares how groups changed. Nothing was measured before.",
        )
        remedy = Text(
            "Noem van elke uitkomst de meting vooraf (baseline), of kies een andere methode.",
            "Name the baseline of every outcome, or choose another method.",
        )
        faults.append(Fault(rule, remedy, column="baseline"))
    for wave in (w for w in plan.earlier if w in (plan.baseline, *plan.waves)):
        rule = Text(
            f"‘{wave}’ staat ook bij de voormeting of de metingen erna.",
            f"‘{wave}’ is the baseline or a wave after it as well.",
        )
        remedy = Text("Noem elk meetmoment één keer.", "Name every wave once.")
        faults.append(Fault(rule, remedy, column="earlier"))
    wrong = Text(
        "Deze methode vergelijkt niet hoe groepen veranderden (earlier, other_pupils; in Python:"
        " repeated).",
        "This method does not compare how groups changed (earlier, other_pupils; in Python:"
        " repeated).",
    )
    if plan.repeated and plan.method is Method.WAVES:
        wrong = Text(
            "Deze methode volgt steeds dezelfde leerlingen. Volgens het plan zijn het er elke keer"
            " andere (other_pupils; in Python: repeated).",
            "This method follows the same pupils. The plan says that every wave has others"
            " (other_pupils; in Python: repeated).",
        )
    known = (Method.GROWTH,) if plan.repeated else OVER_WAVES
    faults += _only_methods(plan, known, wrong)
    rule = Text(
        "Dit kan niet bij het vergelijken van veranderingen.",
        "This cannot be had when changes are compared.",
    )
    names = ["dose", "crossed", "weights", "varying"]
    own = ["classes", "alone", "blocks"]  # what the same pupils without a model of waves may have
    names += own if plan.repeated else []
    names += ["pupil", "subgroups"] if plan.repeated else []
    faults += _refused(plan, names, rule)
    if plan.method is Method.WAVES and not plan.repeated:
        rule = Text(
            "De methode ‘multilevel over waves’ kan dit niet.",
            "The method ‘multilevel over waves’ cannot have it.",
        )
        instead = Text(
            f"Haal het weg, of neem de methode ‘{Method.GROWTH.value}’.",
            f"Take it out, or take the method ‘{Method.GROWTH.value}’.",
        )
        faults += [Fault(rule, instead, column=fault.column) for fault in _refused(plan, own, rule)]
    return faults


def _took_part_faults(plan: Plan) -> list[Fault]:
    """What the effect of taking part needs, and what a plan that asks for it cannot have."""
    faults = []
    if plan.estimand is Estimand.LATE:
        rule = Text(
            "Dit hoort bij de methode ‘complier effect’ en staat niet in een plan.",
            "This belongs to the method ‘complier effect’ and does not stand in a plan.",
        )
        faults.append(Fault(rule, Text("Haal estimand weg.", "Take out estimand."), "", "estimand"))
    if plan.took_part is None:
        if plan.method is Method.COMPLIER:
            rule = Text(
                "Het plan noemt niet de kolom die zegt wie meedeed.",
                "The plan does not name the column that says who took part.",
            )
            remedy = Text("Noem de kolom (took_part).", "Name the column (took_part).")
            faults.append(Fault(rule, remedy, column="took_part"))
        return faults
    named = (plan.cluster, plan.second, plan.pupil, plan.wave, *plan.blocks, *plan.baselines,
             *plan.covariates, *plan.balance, *plan.subgroups, *plan.comparing.exact)  # fmt: skip
    if not plan.took_part or plan.took_part in named:
        rule = Text(
            "Meedoen is pas na de toewijzing gemeten. Deze kolom heeft in het plan een andere rol.",
            "Taking part was measured after the assignment. This column has another role in the"
            " plan.",
        )
        remedy = Text("Noem een andere kolom.", "Name another column.")
        faults.append(Fault(rule, remedy, column="took_part"))
    rule = Text(
        "Dit kan niet in een plan met een kolom voor meedoen (took_part).",
        "A plan with a column for taking part (took_part) cannot have it.",
    )
    return faults + _refused(plan, ("dose", "crossed", "weights", "period", "running"), rule)


def _prior_faults(plan: Plan) -> list[Fault]:
    """What cannot be known of an effect beforehand."""
    if plan.prior is None:
        return []
    faults = []

    def fault(name: str, rule: Text, remedy: Text) -> None:
        faults.append(Fault(rule, remedy, column=f"prior.{name}"))

    no_number = Text("Dit is geen gewoon getal.", "This is no ordinary number.")
    mend = Text("Verbeter het getal.", "Mend the number.")
    for name in ("mean", "sd"):
        value = getattr(plan.prior, name)
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not number or not math.isfinite(float(value)):
            fault(name, no_number, mend)
        elif name == "sd" and not value > 0:
            rule = Text(
                "De spreiding van wat we vooraf weten (sd) moet groter zijn dan 0.",
                "The spread of what is known beforehand (sd) must be above 0.",
            )
            fault(name, rule, Text("Kies bijvoorbeeld 0.10.", "Choose for example 0.10."))
    if not isinstance(plan.prior.source, str) or not plan.prior.source.strip():
        rule = Text(
            "Er staat niet waar deze kennis vandaan komt.",
            "It is not said where this knowledge comes from.",
        )
        remedy = Text("Noem het onderzoek (source).", "Name the research (source).")
        fault("source", rule, remedy)
    return faults


def _quantiles_faults(plan: Plan) -> list[Fault]:
    """Shares that are none, and what a plan that names them cannot have."""
    if not plan.quantiles:
        return []
    faults = []
    remedy = Text("Kies bijvoorbeeld 0.1, 0.5 en 0.9.", "Choose for example 0.1, 0.5 and 0.9.")
    if not all(0 < t < 1 for t in plan.quantiles):
        rule = Text("Dit zijn geen delen tussen 0 en 1.", "These are no shares between 0 and 1.")
        faults.append(Fault(rule, remedy, column="quantiles"))
    if len(set(plan.quantiles)) != len(plan.quantiles) or len(plan.quantiles) > MOST_QUANTILES:
        rule = Text(
            f"Er staat een deel dubbel, of het zijn er meer dan {MOST_QUANTILES}.",
            f"A share stands twice, or there are more than {MOST_QUANTILES}.",
        )
        faults.append(Fault(rule, remedy, column="quantiles"))
    rule = Text(
        "Lage en hoge scores kunnen niet apart in een plan hiermee.",
        "Low and high scores cannot be told apart in a plan with it.",
    )
    faults += _only_methods(plan, (Method.DIFFERENCE, Method.ADJUSTED), rule)
    faults += _refused(plan, ("dose", "crossed", "weights", "period", "running"), rule)
    if plan.missing is Missing.IMPUTED:
        faults.append(Fault(rule, Text("Haal het weg.", "Take it out."), column="missing"))
    return faults


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


# ---------------------------------------------------------------- reading TOML


class _Numbers:
    """In a file: a list of numbers."""


_STUDY = {
    "title": Text, "question": Text, "audience": Text, "ambition": Text, "workgroup": Text,
    "actions": list, "programme": Text, "people": Text, "data": str, "source": Text,
    "synthetic": bool, "registered": datetime.date, "caveats": tuple, "discussion": tuple,
}  # fmt: skip
_DESIGN = {
    "pupil": str, "cluster": str, "cluster_label": Text, "crossed": str, "classes": str,
    "varying": str, "took_part": str, "blocks": list, "imputations": int,
    "treatment": str, "comparison": str, "alone": list, "dose": bool, "weights": str,
    "assigned": str, "allocation": str, "covariates": list, "categories": list, "balance": list,
    "subgroups": list,
    "smallest_effect": float, "primary": list, "attrition": str, "missing": str, "method": str,
    "inference": str, "seed": int, "draws": int, "period": str, "running": str, "cutoff": float,
    "below": bool, "estimand": str, "quantiles": _Numbers,
}  # fmt: skip
_COMPARING = {
    "exact": list, "caliper": float, "ratio": int, "replacement": bool, "schools_first": bool,
    "classes": int, "trim": float,
}  # fmt: skip
_PRIOR = {"mean": float, "sd": float, "source": str}
_WAVES = {
    "column": str, "baseline": str, "after": list, "main": str, "labels": dict, "earlier": list,
    "other_pupils": bool,
}  # fmt: skip
_ARM = {"label": Text, "pupils": Text}
_OUTCOME = {
    "column": str, "label": Text, "better_label": Text, "informant": Text, "better": str,
    "unit": Text, "wave": Text, "baseline": str, "range": range, "norm": str,
}  # fmt: skip
_FORMS = {
    range: "[1, 4]",
    Text: '{nl = "…", en = "…"}', str: '"…"', list: '["…", "…"]', dict: "[…]",
    tuple: '[{nl = "…", en = "…"}]', float: "0.10", int: "1", bool: "true / false",
    datetime.date: "2026-01-31", _Numbers: "[0.1, 0.5, 0.9]",
}  # fmt: skip
_NEEDED = {
    "[waves]": ("column", "after"), "[[outcomes]]": ("column",), "[prior]": tuple(_PRIOR),
}  # fmt: skip


def study_name(file: str | Path) -> str:
    """The name of a study: that of its folder, and of its plan where a folder holds several.

    >>> study_name("data/mentoring/plan.toml"), study_name("data/mentoring/plan-klassen.toml")
    ('mentoring', 'mentoring-klassen')
    """
    file = Path(file)
    folder, stem = file.resolve().parent.name, file.stem
    return folder if stem == "plan" else f"{folder}-{stem.removeprefix('plan-')}"


def read_plan(path: str | Path) -> Plan:
    """Read a plan from a TOML file.

    Raises PlanError with every unknown key, wrong type and contradiction.
    """
    path = Path(path)
    return replace(_parsed(read_toml(path), path.name, path.parent), file=path)


def parse_plan(text: str, *, file: str = "plan.toml", folder: Path | None = None) -> Plan:
    """A plan from the text of a TOML file; ``folder`` is where its data file is looked for."""
    return _parsed(toml_of(text, file), file, folder)


def _parsed(raw: dict[str, Any] | Fault, file: str, folder: Path | None) -> Plan:
    if isinstance(raw, Fault):
        raise PlanError([raw])
    faults: list[Fault] = []
    tables = (
        "study", "design", "waves", "arms", "columns", "outcomes", "rename", "recode", "asked",
        "reading", "comparing", "prior",
    )  # fmt: skip
    faults += [not_known(key, key, list(tables)) for key in raw if key not in tables]
    study = _section(raw.get("study", {}), _STUDY, "[study]", faults)
    design = _section(raw.get("design", {}), _DESIGN, "[design]", faults)
    comparing = _section(raw.get("comparing", {}), _COMPARING, "[comparing]", faults)
    waves = _section(raw["waves"], _WAVES, "[waves]", faults) if "waves" in raw else {}
    prior = _section(raw["prior"], _PRIOR, "[prior]", faults) if "prior" in raw else {}
    arms_raw = _expect(raw.get("arms", {}), dict, "[arms]", faults) or {}
    arms = {
        str(key): _section(value, _ARM, f"[arms.{key}]", faults) for key, value in arms_raw.items()
    }
    outcomes_raw = _expect(raw.get("outcomes", []), list, "[[outcomes]]", faults) or []
    outcomes = [_section(o, _OUTCOME, "[[outcomes]]", faults) for o in outcomes_raw]
    labels = _texts(waves.get("labels", {}), "[waves.labels]", faults)
    columns_named = _texts(raw.get("columns", {}), "[columns]", faults)
    outcomes = [outcome for outcome in outcomes if "column" in outcome]
    named = tuple(outcome.get("baseline", "") for outcome in outcomes)
    if "waves" in raw and any(named):
        faults.append(
            Fault(
                column="[[outcomes]] baseline",
                rule=Text(
                    "Met [waves] is de voormeting een meetmoment, geen kolom.",
                    "With [waves] the baseline is a wave, not a column.",
                ),
                remedy=Text(
                    "Schrijf baseline bij [waves], of laat [waves] weg.",
                    "Write baseline in [waves], or leave [waves] out.",
                ),
            )
        )
    columns = named if any(named) else None
    baseline = waves.get("baseline") if "waves" in raw else columns
    label = design.pop("cluster_label", Text("scholen", "schools"))
    data = study.pop("data", None)
    words = Study(
        **study | {"actions": tuple(study.get("actions", ()))},
        cluster_label=label,
        arms=MappingProxyType({key: _arm(key, arm) for key, arm in arms.items()}),
        waves=MappingProxyType(labels),
        columns=MappingProxyType(columns_named),
        measures=MappingProxyType({o["column"]: _measure(o) for o in outcomes}),
    )
    try:
        plan = Plan(
            outcome=tuple(outcome["column"] for outcome in outcomes),
            wave=waves.get("column"),
            baseline=baseline,
            waves=waves.get("after", ()),
            main_wave=waves.get("main"),
            earlier=waves.get("earlier", ()),
            repeated=waves.get("other_pupils", False),
            study=words,
            comparing=Comparing(**comparing),
            prior=Prior(**prior) if len(prior) == len(_PRIOR) else None,
            data=_place(data, folder) if data else None,
            **{name: raw[name] for name in ("rename", "recode", "asked", "reading") if name in raw},
            **{"treatment": "", "cluster": ""} | design,
        )
    except PlanError as error:
        faults += error.faults
    if faults:
        raise PlanError([replace(fault, file=file) for fault in faults])
    return plan


def _place(data: str, folder: Path | None) -> Path | str:
    """A file as seen from the folder of the plan, or a connection string as it is."""
    return data if "://" in data else (folder or Path()) / data


def _measure(raw: dict[str, object]) -> Measure:
    name = str(raw["column"])
    given = {k: v for k, v in raw.items() if k not in ("column", "baseline")}
    plain = {"label": same(name), "better_label": Text(f"meer {name}", f"more {name}")}
    return Measure(**(plain | given))  # type: ignore[arg-type]  # _section has checked the types


def _arm(key: str, raw: dict[str, Text]) -> Arm:
    pupils = Text(f"leerlingen in groep ‘{key}’", f"pupils in arm ‘{key}’")
    return Arm(raw.get("label", same(key)), raw.get("pupils", pupils))


def _lacks(where: str, key: str, form: str) -> Fault:
    return Fault(
        column=where,
        rule=Text(f"‘{key}’ ontbreekt.", f"‘{key}’ is missing."),
        remedy=Text(f"Voeg toe: {key} = {form}", f"Add: {key} = {form}"),
    )


def _section(raw: object, known: Mapping[str, type], where: str, faults: list[Fault]) -> dict:  # type: ignore[type-arg]  # of mixed types
    """The keys of one table of the file, checked and converted; faults are added to the list."""
    table = _expect(raw, dict, where, faults)
    if table is None:
        return {}
    out = {}
    for key, value in table.items():
        if key not in known:
            faults.append(not_known(where, key, list(known)))
            continue
        converted = _expect(value, known[key], f"{where} {key}", faults)
        if converted is not None:
            out[key] = converted
    for key in _NEEDED.get(where, ()):
        if key not in table:
            faults.append(_lacks(where, key, _FORMS[known[key]]))
    return out


def _texts(raw: object, where: str, faults: list[Fault]) -> dict[str, Text]:
    """A table of texts under names of the user's own."""
    names = raw if isinstance(raw, dict) else {}
    return _section(raw, dict.fromkeys(names, Text), where, faults)


def _expect(value: object, kind: type, where: str, faults: list[Fault]):  # type: ignore[no-untyped-def]  # as kind says
    """The value as the kind wanted, or None and a fault."""
    if kind is Text and isinstance(value, str):
        return same(value)
    words = [v for v in value.values() if isinstance(v, str)] if isinstance(value, dict) else []
    if kind is Text and isinstance(value, dict) and set(value) == {"nl", "en"} and len(words) == 2:
        return Text(value["nl"], value["en"])
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is list and isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return tuple(value)
        if where == "[[outcomes]]" and all(isinstance(item, dict) for item in value):
            return value
    elif kind in (range, _Numbers) and isinstance(value, list):
        numbers = [v for v in value if isinstance(v, int | float) and not isinstance(v, bool)]
        if kind is _Numbers and len(value) == len(numbers):
            return tuple(value)
        if kind is range and len(value) == len(numbers) == 2 and numbers[0] < numbers[1]:
            return float(numbers[0]), float(numbers[1])
    elif kind is tuple and isinstance(value, list):
        return tuple(_expect(item, Text, where, faults) for item in value)
    elif kind is datetime.date and isinstance(value, datetime.datetime):
        pass
    elif kind is not Text and isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
        return value
    form = where if where.startswith("[[") else _FORMS[kind]
    faults.append(
        Fault(
            column=where,
            rule=Text("Deze waarde heeft de verkeerde vorm.", "This value has the wrong form."),
            remedy=Text(f"Schrijf: {form}", f"Write: {form}"),
        )
    )
    return None
