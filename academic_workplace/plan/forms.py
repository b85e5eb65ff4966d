"""The form of every field of a plan: lists become tuples, numbers labels, texts choices."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from academic_workplace.errors import Fault, not_known
from academic_workplace.language import Text
from academic_workplace.plan.choices import (
    Allocation,
    Boundary,
    Estimand,
    Inference,
    Level,
    Method,
    Missing,
)
from academic_workplace.plan.values import Comparing, Prior, Study

if TYPE_CHECKING:
    from academic_workplace.plan.model import Plan

Takes = Mapping[str, tuple[Callable[[Any], Any], Text]]  # field -> what takes it, its form in words


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
_TAKES: Takes = {
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
    "times": (
        _table(_label, lambda value: float(_one(numbers.Real)(value))),
        Text("meetmoment = tijd", "wave = time"),
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
    "baseline", "main_wave", "period", "running", "cutoff", "prior", "method", "inference",
    "estimand", "caliper", "trim",
)  # fmt: skip
_COMPARING = {
    "exact": (_several(_name), _NAMES),
    **dict.fromkeys(("caliper", "trim"), _TAKES["cutoff"]),
    **dict.fromkeys(("ratio", "classes"), (_whole, _WHOLE)),
    **dict.fromkeys(("replacement", "schools_first"), _TAKES["dose"]),
}
_CHOICES: dict[str, type[StrEnum]] = {
    "assigned": Level, "allocation": Allocation, "attrition": Boundary, "missing": Missing,
    "method": Method, "inference": Inference, "estimand": Estimand,
}  # fmt: skip


def shape(plan: Plan) -> list[Fault]:
    """Make every field even: lists become tuples, numbers labels. What has another form is told."""
    even, faults = _even(plan, _TAKES)
    if isinstance(plan.comparing, Comparing):
        inside, wrong = _even(plan.comparing, _COMPARING, "comparing.")
        faults += wrong
        even["comparing"] = replace(plan.comparing, **inside)
    for name, value in even.items():
        object.__setattr__(plan, name, value)
    return faults


def choose(plan: Plan) -> list[Fault]:
    """Let a field take its own text value: ``assigned="pupil"``."""
    faults = []
    for name, kind in _CHOICES.items():
        value, known = getattr(plan, name), [item.value for item in kind]
        if value is None and name in _MAY_BE_NONE:
            continue
        if isinstance(value, str) and value in known:
            object.__setattr__(plan, name, kind(value))
        else:
            faults.append(not_known(name, str(value), known))
    return faults


def _even(given: object, takes: Takes, where: str = "") -> tuple[dict[str, Any], list[Fault]]:
    """The fields as they should be, and a fault for each that cannot be made so."""
    even, faults = {}, []
    for name, (take, form) in takes.items():
        value = getattr(given, name)
        if value is None and name in _MAY_BE_NONE:
            continue
        try:
            even[name] = take(value)
        except (TypeError, OverflowError):
            rule = Text("Deze waarde heeft de verkeerde vorm.", "This value has the wrong form.")
            remedy = Text(f"Geef {form.nl}.", f"Give {form.en}.")
            faults.append(Fault(rule, remedy, column=f"{where}{name}"))
    return even, faults
