"""A plan as a TOML file: read with every fault at once."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from academic_workplace.errors import Fault, PlanError, not_known
from academic_workplace.language import Text, same
from academic_workplace.plan.model import Plan
from academic_workplace.plan.values import Arm, Comparing, Measure, Prior, Study
from academic_workplace.toml import read_toml, toml_of


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
    "other_pupils": bool, "times": dict,
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
            times=waves.get("times", {}),
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


def _measure(raw: Mapping[str, Any]) -> Measure:
    name = str(raw["column"])
    given = {k: v for k, v in raw.items() if k not in ("column", "baseline")}
    plain: dict[str, Any] = {
        "label": same(name),
        "better_label": Text(f"meer {name}", f"more {name}"),
    }
    return Measure(**(plain | given))


def _arm(key: str, raw: dict[str, Text]) -> Arm:
    pupils = Text(f"leerlingen in groep ‘{key}’", f"pupils in arm ‘{key}’")
    return Arm(raw.get("label", same(key)), raw.get("pupils", pupils))


def _lacks(where: str, key: str, form: str) -> Fault:
    return Fault(
        column=where,
        rule=Text(f"‘{key}’ ontbreekt.", f"‘{key}’ is missing."),
        remedy=Text(f"Voeg toe: {key} = {form}", f"Add: {key} = {form}"),
    )


def _section(
    raw: object, known: Mapping[str, type], where: str, faults: list[Fault]
) -> dict[str, Any]:
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


def _expect(value: object, kind: type, where: str, faults: list[Fault]) -> Any:
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
