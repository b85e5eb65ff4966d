"""Commands about one study: from a new one to its report, and again."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from academic_workplace.cli.saying import (
    CANNOT,
    DIFFERS,
    SAME,
    data_of,
    tell,
)
from academic_workplace.errors import DataError, Fault, ReportError
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import study_name

if TYPE_CHECKING:
    from academic_workplace.effects import Effects


def run_new(options: argparse.Namespace, language: str) -> int:
    import academic_workplace as aw
    from academic_workplace.intake.description import suggest
    from academic_workplace.intake.starting import new_study

    source: Path | str | None = options.source
    table = aw.read(source) if source is not None else None
    book = suggest(table) if table is not None else None
    paths = new_study(options.name, source, table, book, options.out, language)
    notes = table.attrs["reading"] if table is not None else ()
    for note in notes:
        tell(f"  {note.nl}", f"  {note.en}", language)
    print("\n".join(str(path) for path in paths))
    tell(
        "Maak nu het plan af. Controleer daarna: workplace check " + str(paths[0]),
        "Now complete the plan. Then check it: workplace check " + str(paths[0]),
        language,
    )
    return SAME


def run_key(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.intake.identity import new_key

    path = new_key(options.path)
    said = Text(
        f"{path}\nWie deze sleutel heeft, kan schuilnamen narekenen. Geef hem niet mee met de"
        " gegevens. Raakt hij kwijt, dan passen nieuwe schuilnamen niet meer bij de oude.",
        f"{path}\nWhoever has this key can work out pseudonyms. Do not send it with the data. If it"
        " is lost, new pseudonyms no longer match the old ones.",
    )
    print(said[language])
    return SAME


def run_pseudonymise(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.intake.identity import pseudonymise_file

    done = pseudonymise_file(
        options.source, options.out, options.id, options.key, into=options.into, keep=options.keep
    )
    print(done.explain(language))
    return SAME


def run_check(options: argparse.Namespace, language: str) -> int:
    import academic_workplace as aw
    from academic_workplace.intake.files.databases import source_name
    from academic_workplace.report import write_check

    plan = aw.read_plan(options.plan)
    file = data_of(options, plan.data)
    folder: Path = options.out or Path("reports") / study_name(options.plan)
    try:
        table = aw.read(file, **plan.reading)
        pupils = aw.check(table, plan)
    except DataError as error:
        page = write_check(plan, error, folder, file=source_name(file), language=language)
        print(error.explain(language), file=sys.stderr)
        tell(f"Deze lijst staat ook in {page}", f"This list also stands in {page}", language)
        return CANNOT
    guessed = "; ".join(note[language] for note in table.attrs["reading"])
    count, clusters = len(pupils), len(pupils.clusters.names)
    units = plan.study.cluster_label
    said = [
        Text(
            f"In orde: {count} leerlingen in {clusters} {units.nl}.",
            f"All right: {count} pupils in {clusters} {units.en}.",
        ),
        Text(f"Bij het lezen aangenomen: {guessed}.", f"Assumed when reading: {guessed}."),
    ]
    if pupils.flow.unplaced:
        said.append(
            Text(
                f"Let op: {pupils.flow.unplaced} leerlingen hebben geen school of groep; zij tellen"
                " niet mee.",
                f"Note: {pupils.flow.unplaced} pupils have no school or group; they do not count.",
            )
        )
    said += [Text(f"Let op: {note.nl}.", f"Note: {note.en}.") for note in pupils.notes]
    warnings = _no_answer(aw.estimate(pupils))
    page = write_check(
        plan, pupils, folder, file=source_name(file), language=language,
        notes=table.attrs["reading"], warnings=warnings,
    )  # fmt: skip
    said += [*warnings, Text(f"Dit staat ook in {page}", f"This also stands in {page}")]
    print("\n".join(line[language] for line in said))
    return SAME


def _no_answer(effects: Effects) -> list[Text]:
    """Which results the report will not give, and why."""
    from academic_workplace.disclosure import Reason, fewest
    from academic_workplace.evidence.weighing import weigh_one
    from academic_workplace.report.withheld import finding_said

    out = []
    for effect in effects:
        name = " ".join(part for part in (effect.outcome, effect.wave, effect.arm) if part)
        finding, reason = weigh_one(effect), effect.reason
        if Reason.FEW in finding.withheld:
            reason = Text(
                f"In een van de groepen zitten minder dan {fewest()} leerlingen.",
                f"One of the groups has fewer than {fewest()} pupils.",
            )
        elif finding.withheld:
            reason = Text(*(finding_said(finding, effect.plan, to) for to in LANGUAGES))
        if reason:
            out.append(
                Text(
                    f"Let op: voor {name} komt er geen antwoord. {reason.nl}",
                    f"Note: there will be no answer for {name}. {reason.en}",
                )
            )
    return out


def run_report(options: argparse.Namespace, language: str) -> int:
    plan_path: Path = options.plan
    name = study_name(plan_path)
    tell(f"{name}: laden …", f"{name}: loading …", language)
    import academic_workplace as aw
    from academic_workplace.intake.files.databases import source_name

    plan = aw.read_plan(plan_path)
    file = data_of(options, plan.data)
    called = source_name(file)
    tell(
        f"{name}: {called} lezen en controleren …",
        f"{name}: reading and checking {called} …",
        language,
    )
    pupils = aw.check(aw.read(file, **plan.reading), plan)
    what = ("leerlingen", "pupils") if plan.period is None else ("antwoorden", "answers")
    tell(f"{name}: {len(pupils)} {what[0]}; schatten en wegen …",
         f"{name}: {len(pupils)} {what[1]}; estimating and weighing …", language)  # fmt: skip
    evidence = aw.weigh(aw.estimate(pupils), plan)
    folder: Path = options.out or Path("reports") / name
    written = []
    for wanted in dict.fromkeys(options.language or [language]):
        tell(
            f"{name}: rapport schrijven ({wanted}) …",
            f"{name}: writing the report ({wanted}) …",
            language,
        )
        paths = aw.write(evidence, folder, language=wanted)
        written.append(str(paths[0]))
    also = Text(
        "met PDF, Word, getallen en manifest ernaast",
        "with PDF, Word, numbers and manifest beside it",
    )
    print(f"{name}: {', '.join(written)} ({also[language]})")
    return SAME


def run_notebook(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.report import write_files
    from academic_workplace.report.lector import lector_page

    pages = {}
    for path in options.notebooks:
        tell(f"{path.name} …", f"{path.name} …", language)
        pages[f"{path.stem}.html"] = lector_page(path).encode()
    print("\n".join(map(str, write_files(options.out, pages))))
    return SAME


def run_reproduce(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.reproduce import reproduce

    result = reproduce(options.folder, data=options.data, plan=options.plan)
    print(result.explain(language))
    return SAME if result.agrees else DIFFERS


def run_lab(_options: argparse.Namespace, _language: str) -> int:
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        rule = Text("JupyterLab is niet geïnstalleerd.", "JupyterLab is not installed.")
        remedy = Text(
            "Gebruik ‘make lab’, of installeer academic-workplace[notebooks].",
            "Use ‘make lab’, or install academic-workplace[notebooks].",
        )
        raise ReportError([Fault(rule, remedy)])
    where = "notebooks" if Path("notebooks").is_dir() else "."
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={where}"]
    os.execv(sys.executable, command)  # noqa: S606  # replaces this process: Ctrl-C goes to the lab
