"""The command line ``workplace``: thin, and the only place that prints."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from academic_workplace.errors import Fault, PlanError, ReportError, WorkplaceError
from academic_workplace.language import LANGUAGES, Text, default_language

if TYPE_CHECKING:
    from academic_workplace.effects import Effects

SAME, DIFFERS, CANNOT = 0, 1, 2

HELP = {
    "workplace": Text(
        "Van een bestand met leerlingen naar een rapport dat een werkgroep kan lezen.",
        "From a file with pupils to a report that a workgroup can read.",
    ),
    "check": Text(
        "controleer of de gegevens bij het plan passen; noemt alle fouten in één keer",
        "check whether the data fit the plan; names all faults at once",
    ),
    "report": Text(
        "reken de studie uit en schrijf het rapport (HTML, PDF, Word) met zijn getallen",
        "run the study and write the report (HTML, PDF, Word) with its numbers",
    ),
    "reproduce": Text(
        "reken een rapport opnieuw uit: 0 gelijk, 1 verschilt, 2 kan niet",
        "run a report again: 0 agrees, 1 differs, 2 cannot run",
    ),
    "lab": Text("open JupyterLab met de notebooks", "open JupyterLab with the notebooks"),
    "plan": Text("het plan van de studie (plan.toml)", "the plan of the study (plan.toml)"),
    "data": Text("een ander bestand dan het plan noemt", "another file than the plan names"),
    "language": Text(
        "taal van rapport en meldingen: nl of en (mag vaker)",
        "language of report and messages: nl or en (may be repeated)",
    ),
    "out": Text(
        "map voor het rapport (anders reports/<naam van de studie>)",
        "folder for the report (otherwise reports/<name of the study>)",
    ),
    "folder": Text("map van een rapport (met manifest.json)", "folder of a report"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 (reproduce: differs) or 2 (cannot)."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(_language_in(given)).parse_args(given)
    language = (options.language or [default_language()])[0]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may not know every sign
    try:
        command: Callable[[argparse.Namespace, str], int] = options.command
        return command(options, language)
    except WorkplaceError as error:
        print(error.explain(language), file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        return 130


def _language_in(given: Sequence[str]) -> str:
    """The language asked for, before the options are parsed: help is in it too."""
    for before, word in pairwise(given):
        if before == "--language" and word in LANGUAGES:
            return word
    return default_language()


def _parser(language: str) -> argparse.ArgumentParser:
    def say(key: str) -> str:
        return HELP[key][language]

    parser = argparse.ArgumentParser(prog="workplace", description=say("workplace"))
    commands = parser.add_subparsers(required=True, metavar="check | report | reproduce | lab")

    def command(
        name: str, run: Callable[[argparse.Namespace, str], int]
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=say(name), description=say(name)[:1].upper() + say(name)[1:] + "."
        )
        sub.set_defaults(command=run)
        sub.add_argument("--language", action="append", choices=LANGUAGES, help=say("language"))
        return sub

    check = command("check", _check)
    check.add_argument("plan", metavar="PLAN", type=Path, help=say("plan"))
    check.add_argument("--data", metavar="FILE", type=Path, help=say("data"))
    report = command("report", _report)
    report.add_argument("plan", metavar="PLAN", type=Path, help=say("plan"))
    report.add_argument("--data", metavar="FILE", type=Path, help=say("data"))
    report.add_argument("--out", metavar="DIR", type=Path, help=say("out"))
    again = command("reproduce", _reproduce)
    again.add_argument("folder", metavar="REPORT_DIR", type=Path, help=say("folder"))
    again.add_argument("--data", metavar="FILE", type=Path, help=say("data"))
    again.add_argument("--plan", metavar="PLAN", type=Path, help=say("plan"))
    command("lab", _lab)
    return parser


def _say(nl: str, en: str, language: str) -> None:
    """Progress, on the side: what a command returns stands alone on standard output."""
    print(Text(nl, en)[language], file=sys.stderr, flush=True)


def _data_of(options: argparse.Namespace, named: Path | None) -> Path:
    file: Path | None = options.data or named
    if file is None:
        rule = Text("Het plan noemt geen gegevens.", "The plan names no data.")
        remedy = Text(
            'Schrijf in [study] data = "…", of gebruik --data.',
            'Write data = "…" in [study], or use --data.',
        )
        raise PlanError([Fault(rule, remedy, file=options.plan.name)])
    return file


def _check(options: argparse.Namespace, language: str) -> int:
    import academic_workplace as aw

    plan = aw.read_plan(options.plan)
    table = aw.read(_data_of(options, plan.data))
    pupils = aw.check(table, plan)
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
    said += _no_answer(aw.estimate(pupils))
    print("\n".join(line[language] for line in said))
    return SAME


def _no_answer(effects: Effects) -> list[Text]:
    """Which results the report will not give, and why."""
    from academic_workplace.disclosure import MINIMUM, may_leave

    out = []
    for effect in effects:
        name = " ".join(part for part in (effect.outcome, effect.wave, effect.arm) if part)
        reason = effect.reason
        if not may_leave(effect.pupils_arm, effect.pupils_comparison):
            reason = Text(
                f"In een van de groepen zitten minder dan {MINIMUM} leerlingen.",
                f"One of the groups has fewer than {MINIMUM} pupils.",
            )
        if reason:
            out.append(
                Text(
                    f"Let op: voor {name} komt er geen antwoord. {reason.nl}",
                    f"Note: there will be no answer for {name}. {reason.en}",
                )
            )
    return out


def _report(options: argparse.Namespace, language: str) -> int:
    plan_path: Path = options.plan
    name = plan_path.resolve().parent.name
    _say(f"{name}: laden …", f"{name}: loading …", language)
    import academic_workplace as aw

    plan = aw.read_plan(plan_path)
    file = _data_of(options, plan.data)
    _say(
        f"{name}: {file.name} lezen en controleren …",
        f"{name}: reading and checking {file.name} …",
        language,
    )
    pupils = aw.check(aw.read(file), plan)
    _say(f"{name}: {len(pupils)} leerlingen; schatten en wegen …",
         f"{name}: {len(pupils)} pupils; estimating and weighing …", language)  # fmt: skip
    evidence = aw.weigh(aw.estimate(pupils), plan)
    folder: Path = options.out or Path("reports") / name
    written = []
    for wanted in dict.fromkeys(options.language or [language]):
        _say(
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


def _reproduce(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.reproduce import reproduce

    result = reproduce(options.folder, data=options.data, plan=options.plan)
    print(result.explain(language))
    return SAME if result.agrees else DIFFERS


def _lab(_options: argparse.Namespace, _language: str) -> int:
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


if __name__ == "__main__":
    raise SystemExit(main())
