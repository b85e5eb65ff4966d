"""The small values a plan is made of, and what arms are called that it does not name."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from academic_workplace.language import Text
from academic_workplace.plan.choices import NEVER, Method, Norm


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


def called(arm: Arm, people: Text) -> Arm:
    """An arm that a plan does not name, in the plan's own word for who a row is."""

    def told(text: Text) -> Text:
        return Text(text.nl.replace("leerlingen", people.nl), text.en.replace("pupils", people.en))

    return Arm(told(arm.label), told(arm.pupils))


def start_arm(name: str) -> Arm:
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
