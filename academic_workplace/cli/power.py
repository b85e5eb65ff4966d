"""The command that looks ahead: what can a study find?"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academic_workplace.cli.saying import SAME, tell
from academic_workplace.errors import Fault, PlanError, ReportError, WorkplaceError
from academic_workplace.language import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from academic_workplace.evidence import Design
    from academic_workplace.plan import Plan


# Options of ‘power’ that are a number: those that fill a field of the design, and the others.
FIELDS = {
    "clusters": "clusters", "pupils": "pupils", "share": "share", "r2": "r2_pupils",
    "r2-clusters": "r2_clusters", "cv": "cv", "proportion": "proportion",
}  # fmt: skip
NUMBERS = (*FIELDS, "icc", "correlation", "outcomes", "effect", "power", "alpha", "simulate")
COUNTS = ("clusters", "pupils", "outcomes", "simulate")  # what may be written with a thousand
STEPS = 10  # how often a long calculation says how far it is


class AskedError(PlanError):
    """Options that cannot be: there is no plan to blame."""

    title = Text("Dit kan zo niet:", "This cannot be done so:")


def run_power(options: argparse.Namespace, language: str) -> int:
    try:
        return _look_ahead(options, language)
    except PlanError as error:
        faults = error.faults if options.plan is not None else _as_options(error.faults)
        if all(f.column.startswith("--") for f in faults):
            raise AskedError(faults) from None
        raise


def _look_ahead(options: argparse.Namespace, language: str) -> int:
    import academic_workplace as aw
    from academic_workplace.report import planning
    from academic_workplace.report.figures.planning import curve_picture

    plan = aw.read_plan(options.plan) if options.plan is not None else None
    given, faults = _numbers(options)
    design, known = _design(options, plan, given, faults)
    chance, alpha = given.get("power", 0.80), given.get("alpha", 0.05)
    if "effect" in given:
        found = aw.evidence.power(design, given["effect"], alpha=alpha)
        answers = [
            found, aw.evidence.clusters_needed(design, given["effect"], power=chance, alpha=alpha),
        ]  # fmt: skip
    else:
        smallest = plan.smallest_effect if plan is not None and design.proportion is None else None
        found = aw.evidence.minimum_detectable_effect(
            design, power=chance, alpha=alpha, smallest_effect=smallest
        )
        answers = [found]
    said = [line for answer in answers for line in planning.answer_sentences(answer, language)]
    said += [planning.assumed(design, alpha, language), *(text[language] for text in known)]
    effect = given.get("effect", found.effect)
    if "simulate" in given and effect is not None:
        simulated = aw.evidence.simulated_power(
            design, effect, plan=plan, replications=given["simulate"], alpha=alpha,
            progress=lambda done, of: _progress(done, of, language),
        )  # fmt: skip
        said += planning.simulated_sentences(simulated, language)[:-1]
    print("\n".join([*said, "", *planning.table_lines(planning.curve_table(found, language))]))
    if options.figure is not None:
        _keep(curve_picture(found, language), options.figure, language)
    return SAME


def _numbers(options: argparse.Namespace) -> tuple[dict[str, Any], list[Fault]]:
    """What was given as numbers (a comma will do), and a fault for what is none."""
    from academic_workplace.evidence import design as a

    whole, share = a.WHOLE_ONE_UP, a.SHARE
    rules = {
        "clusters": whole, "outcomes": a.FEW, "simulate": whole, "pupils": a.ONE_UP, "icc": share,
        "r2": share, "r2-clusters": share, "correlation": share, "cv": a.ZERO_UP,
        "share": a.INSIDE, "proportion": a.INSIDE, "effect": a.ABOVE, "power": a.CHANCE,
        "alpha": a.LEVEL,
    }  # fmt: skip
    given: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in NUMBERS:
        text = getattr(options, name.replace("-", "_"))
        if text is None:
            continue
        if name in COUNTS and (unclear := re.fullmatch(r"([1-9]\d{0,2})[.,](\d{3})", text)):
            faults.append(_unclear(name, text, *unclear.groups()))
            continue
        try:
            x = float(text.replace(",", "."))
        except ValueError:
            x = math.nan
        wrong = list(a.number_faults(name, x, rules[name]))
        faults += wrong
        if not wrong:
            given[name] = int(x) if x.is_integer() else x
    if options.figure is not None and options.figure.suffix not in (".png", ".svg"):
        rule = Text("De figuur is .png of .svg.", "The picture is .png or .svg.")
        remedy = Text("Kies een van die twee.", "Choose one of the two.")
        faults.append(Fault(rule, remedy, column="figure"))
    if options.data is not None and options.plan is None:
        rule = Text("Gegevens worden geteld volgens een plan.", "Data are counted by a plan.")
        remedy = Text("Geef ook het plan.", "Give the plan too.")
        faults.append(Fault(rule, remedy, column="data"))
    return given, faults


def _design(
    options: argparse.Namespace, plan: Plan | None, given: dict[str, Any], faults: list[Fault]
) -> tuple[Design, list[Text]]:
    """The design asked about, and what a reader should know of it. Raises with every fault."""
    from dataclasses import fields

    import academic_workplace as aw
    from academic_workplace.evidence.design import (
        ICC_ATTAINMENT,
        ICC_OTHER,
        NO_ARMS,
        TREATED_ALONE,
        fault,
        outcomes_of,
    )

    usual = ICC_ATTAINMENT if options.attainment else ICC_OTHER
    values: dict[str, Any] = {"icc": usual, "assigned": "cluster"}
    counts = ("clusters", "pupils")
    file: Path | str | None = options.data or (plan.data if plan is not None else None)
    if plan is not None:
        values |= {
            "assigned": plan.assigned, "cluster_label": plan.study.cluster_label,
            "outcomes": outcomes_of(plan),
        }  # fmt: skip
    if plan is not None and file is not None and any(getattr(options, n) is None for n in counts):
        try:
            counted = aw.evidence.design_of(
                plan, aw.check(aw.read(file, **plan.reading), plan), icc=usual
            )
        except WorkplaceError as error:
            raise type(error)([*error.faults, *_as_options(faults)]) from None
        values = {f.name: getattr(counted, f.name) for f in fields(counted)}
        if "clusters" in given:  # other schools than those counted
            values |= {"share": None, "blocks": 0, "covariates": 0}
    else:
        faults += [_missing(name) for name in counts if getattr(options, name) is None]
        if plan is not None and plan.dose:
            raise PlanError([fault("dose", *NO_ARMS), *_as_options(faults)])
        if plan is not None and plan.alone:  # only the other arm is in groups
            if plan.comparison is not None and plan.comparison not in plan.alone:
                raise PlanError([fault("alone", *TREATED_ALONE), *_as_options(faults)])
            values |= {"one_arm": True, "assigned": "cluster"}
            faults += [] if options.share is not None else [_missing("share")]
        values |= {"clusters": 12, "pupils": 25}  # so that other faults can still be found
    values |= {field: given[name] for name, field in FIELDS.items() if name in given}
    if options.assigned is not None:
        values["assigned"] = options.assigned
    sites = values["assigned"] == "pupil" and values["clusters"] > 1
    values["sites"] = "random" if sites else "constant"
    if "icc" in given:
        values["icc"] = given["icc"]
    elif values["assigned"] == "pupil" and not sites:
        values["icc"] = 0.0
    if "correlation" in given:
        values["waves"] = aw.evidence.Waves(correlation=given["correlation"])
    if "outcomes" in given:
        values["outcomes"] = aw.evidence.Outcomes(number=given["outcomes"])
    try:
        design = aw.evidence.Design(**values)
    except PlanError as error:
        faults += error.faults
    if faults:
        raise PlanError(_as_options(faults))
    known = []
    if "icc" not in given and not design.individual:
        known.append(
            Text(
                "De ICC is niet opgegeven. Gebruikelijk is 0,20 voor leerprestaties (--attainment)"
                " en 0,10 voor andere uitkomsten.",
                "The ICC was not given. Usual is 0.20 for attainment (--attainment) and 0.10 for"
                " other outcomes.",
            )
        )
    if plan is not None and any(plan.baseline or ()) and not (
        design.waves or design.r2_pupils or design.r2_clusters
    ):  # fmt: skip
        known.append(
            Text(
                "Het plan heeft een voormeting. Reken die mee met bijvoorbeeld --correlation 0,7"
                " (de samenhang met de nameting).",
                "The plan has a measurement before. Count it with for example --correlation 0.7"
                " (with the measurement after).",
            )
        )
    return design, known


def _as_options(faults: Sequence[Fault]) -> list[Fault]:
    """The same faults, naming the option instead of the field, in the remedy too."""
    from dataclasses import replace

    names = {field: name for name, field in FIELDS.items()} | {"replications": "simulate"}

    def option(text: str) -> str:
        return re.sub(r"\((clusters|share)\)", r"(--\1)", text)

    return [
        f if f.column.startswith("--") else replace(
            f, column=f"--{names.get(f.column, f.column)}",
            remedy=Text(option(f.remedy.nl), option(f.remedy.en)),
        )
        for f in faults
    ]  # fmt: skip


def _unclear(name: str, text: str, whole: str, rest: str) -> Fault:
    """Of ``1.000``: a thousand in Dutch, and 1 to a computer."""
    return Fault(
        column=name,
        rule=Text(
            f"‘{text}’ kan twee getallen zijn: {whole}{rest}, of {whole} met decimalen.",
            f"‘{text}’ may be two numbers: {whole}{rest}, or {whole} with decimals.",
        ),
        remedy=Text(
            f"Schrijf {whole}{rest} zonder punt of komma, of gebruik minder decimalen.",
            f"Write {whole}{rest} without point or comma, or use fewer decimals.",
        ),
    )


def _missing(name: str) -> Fault:
    example = {"clusters": "9", "pupils": "25", "share": "0.4"}[name]
    return Fault(
        column=name,
        rule=Text("Dit ontbreekt.", "This is missing."),
        remedy=Text(
            f"Schrijf --{name} {example}, of geef een plan met gegevens.",
            f"Write --{name} {example}, or give a plan with data.",
        ),
    )


def _progress(done: int, of: int, language: str) -> None:
    if done % max(of // STEPS, 1) == 0:
        tell(f"nagespeeld: {done} van {of}", f"acted out: {done} of {of}", language)


def _keep(figure: Figure, file: Path, language: str) -> None:
    """Write a picture."""
    from academic_workplace.report.figures.style import png, svg

    content = svg(figure).encode() if file.suffix == ".svg" else png(figure)
    try:
        file.write_bytes(content)
    except OSError:
        rule = Text("De figuur kan niet geschreven worden.", "The picture cannot be written.")
        remedy = Text("Controleer de map.", "Check the folder.")
        raise ReportError([Fault(rule, remedy, file=file.name)]) from None
    tell(f"figuur: {file}", f"picture: {file}", language)
