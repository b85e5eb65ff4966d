"""The command line ``workplace``: thin, and the only place that prints."""

from __future__ import annotations

import argparse
import io
import math
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academic_workplace.errors import DataError, Fault, PlanError, ReportError, WorkplaceError
from academic_workplace.language import LANGUAGES, Text, default_language
from academic_workplace.plan import read_plan, study_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from academic_workplace.effects import Effects
    from academic_workplace.evidence import Design
    from academic_workplace.plan import Plan
    from academic_workplace.report.site_pages import Workplace

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
    "power": Text(
        "reken vooraf uit welk verschil een onderzoek kan zien, en hoe vaak",
        "work out beforehand which difference a study can see, and how often",
    ),
    "new": Text(
        "begin een onderzoek: een map met een plan, een codeboek en een notebook",
        "begin a study: a folder with a plan, a codebook and a notebook",
    ),
    "pseudonymise": Text(
        "schrijf een kopie met schuilnamen, zonder iets anders dat zegt wie een leerling is",
        "write a copy with pseudonyms, without anything else that tells who a pupil is",
    ),
    "key": Text(
        "maak een sleutel voor schuilnamen; bewaar hem buiten het onderzoek",
        "make a key for pseudonyms; keep it outside the study",
    ),
    "source": Text("het bestand met de gegevens", "the file with the data"),
    "id": Text(
        "kolom die zegt wie de leerling is (mag vaker: samen één schuilnaam)",
        "column that tells who the pupil is (may be repeated: one pseudonym together)",
    ),
    "key file": Text("het bestand met de sleutel", "the file with the key"),
    "key made": Text("waar de sleutel komt", "where the key goes"),
    "copy": Text("waar de kopie komt", "where the copy goes"),
    "into": Text("naam van de kolom met de schuilnaam", "name of the column with the pseudonym"),
    "keep": Text(
        "kolom die mag blijven, ook al zegt zij misschien wie iemand is (mag vaker)",
        "column that may stay although it may tell who somebody is (may be repeated)",
    ),
    "name": Text("naam van de map", "name of the folder"),
    "from": Text(
        "het bestand met de gegevens: het plan en het codeboek worden ermee ingevuld",
        "the file with the data: plan and codebook are filled in from it",
    ),
    "beside": Text("in welke map (anders deze)", "in which folder (otherwise this one)"),
    "site": Text(
        "maak een website van alle rapporten; werkt zonder server, ook op een gedeelde schijf",
        "make a web site of all reports; works without a server, also on a file share",
    ),
    "reports": Text(
        "map met een map per rapport (anders reports)",
        "folder with a folder per report (otherwise reports)",
    ),
    "studies": Text(
        "map met een map per studie: wat nog geen rapport heeft, staat er als plan (anders data)",
        "folder with a folder per study: without a report it is listed as a plan (otherwise data)",
    ),
    "site out": Text(
        "waar de site komt (anders de map site bij de rapporten)",
        "where the site goes (otherwise the folder site beside the reports)",
    ),
    "notebook": Text(
        "maak van een notebook een bladzijde voor wie wil narekenen, met de code ingeklapt",
        "make a notebook into a page for who wants to check it, with its code folded",
    ),
    "notebooks": Text("een of meer notebooks (.ipynb)", "one or more notebooks (.ipynb)"),
    "pages out": Text(
        "map voor de bladzijden (anders reports/notebooks)",
        "folder for the pages (otherwise reports/notebooks)",
    ),
    "monitor": Text(
        "volg de acties: een rapport per werkgroep en een overzicht van twee bladzijden",
        "follow the actions: a report per workgroup and a factsheet of two pages",
    ),
    "voices": Text(
        "maak een rapport van gesprekken en open antwoorden, met alleen wat vrijgegeven is",
        "make a report of interviews and open answers, with only what was released",
    ),
    "voices folder": Text(
        "map met de gesprekken (stemmen.toml en wat erbij hoort)",
        "folder of the interviews (stemmen.toml and what belongs to it)",
    ),
    "template": Text(
        "schrijf het bestand waarin een werkgroep haar cijfers over een periode inlevert",
        "write the file in which a workgroup hands in its values for a period",
    ),
    "workgroup": Text(
        "de werkgroep, zoals de agenda haar noemt (actieplan/maatwerk)",
        "the workgroup, as the agenda calls it (actieplan/maatwerk)",
    ),
    "period": Text("een schooljaar (2025-2026) of 2025-1", "a school year (2025-2026) or 2025-1"),
    "template out": Text(
        "waar het bestand komt: .xlsx of .csv (anders <werkgroep>-<periode>.xlsx)",
        "where the file goes: .xlsx or .csv (otherwise <workgroup>-<period>.xlsx)",
    ),
    "agenda": Text(
        "map met de agenda’s (anders data/agenda)", "folder of the agendas (otherwise data/agenda)"
    ),
    "values": Text(
        "ingeleverde cijfers: een bestand of een map (mag vaker; anders data/monitor)",
        "values handed in: a file or a folder (may be repeated; otherwise data/monitor)",
    ),
    "evidence": Text(
        "map met gepubliceerd onderzoek (anders data/evidence)",
        "folder of published research (otherwise data/evidence)",
    ),
    "monitor out": Text(
        "map voor de mappen van de rapporten (anders reports)",
        "folder for the folders of the reports (otherwise reports)",
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
    "clusters": Text(
        "aantal scholen, in alle groepen samen", "number of schools, all arms together"
    ),
    "pupils": Text("leerlingen per school, gemiddeld", "pupils per school, on average"),
    "icc": Text(
        "hoe sterk leerlingen van één school op elkaar lijken (anders 0,10; zie --attainment)",
        "how much pupils of one school are alike (otherwise 0.10; see --attainment)",
    ),
    "attainment": Text(
        "de uitkomst is een leerprestatie: de ICC is dan 0,20, tenzij u er een geeft",
        "the outcome is attainment: the ICC is then 0.20, unless you give one",
    ),
    "assigned": Text(
        "wie verdeeld wordt: cluster (hele scholen) of pupil (leerlingen binnen scholen)",
        "who is assigned: cluster (whole schools) or pupil (pupils within schools)",
    ),
    "share": Text(
        "deel dat het programma krijgt (anders de helft)", "share treated (otherwise half)"
    ),
    "r2": Text(
        "deel van de verschillen tussen leerlingen dat vooraf bekende kenmerken verklaren",
        "share of the variance between pupils that covariates explain",
    ),
    "r2-clusters": Text("hetzelfde, tussen scholen", "the same, between schools"),
    "correlation": Text(
        "samenhang van voormeting en nameting (anders telt een voormeting niet mee)",
        "correlation of the measurements before and after (otherwise none before is counted)",
    ),
    "cv": Text("hoe ongelijk de scholen in grootte zijn (0 = gelijk)", "CV of the schools’ sizes"),
    "proportion": Text(
        "voor een ja-nee-uitkomst: het deel ‘ja’ zonder het programma",
        "for a yes-or-no outcome: the share of ‘yes’ without the programme",
    ),
    "outcomes": Text(
        "aantal uitkomsten waarop getoetst wordt (Holm)", "number of outcomes tested (Holm)"
    ),
    "effect": Text(
        "een verschil: hoe vaak is het te zien, en hoeveel scholen kost dat?",
        "a difference: how often is it seen, and how many schools does that take?",
    ),
    "chance": Text("hoe vaak het te zien moet zijn (anders 0,80)", "power wanted (otherwise 0.80)"),
    "alpha": Text("kans op een toevalstreffer (anders 0,05)", "level of the test (otherwise 0.05)"),
    "simulate": Text(
        "speel het onderzoek ook zo vaak na met verzonnen leerlingen",
        "also act the study out this many times with invented pupils",
    ),
    "figure": Text("bewaar de figuur (.png of .svg)", "keep the picture (.png or .svg)"),
    "data of plan": Text(
        "tel scholen en leerlingen in dit bestand (anders in dat van het plan)",
        "count schools and pupils in this file (otherwise in that of the plan)",
    ),
}
# Options of ‘power’ that are a number: those that fill a field of the design, and the others.
FIELDS = {
    "clusters": "clusters", "pupils": "pupils", "share": "share", "r2": "r2_pupils",
    "r2-clusters": "r2_clusters", "cv": "cv", "proportion": "proportion",
}  # fmt: skip
NUMBERS = (*FIELDS, "icc", "correlation", "outcomes", "effect", "power", "alpha", "simulate")
COUNTS = ("clusters", "pupils", "outcomes", "simulate")  # what may be written with a thousand
AGENDA, EVIDENCE, VALUES = Path("data/agenda"), Path("data/evidence"), Path("data/monitor")
STEPS = 10  # how often a long calculation says how far it is


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 (reproduce: differs) or 2 (cannot)."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(_language_in(given)).parse_args(given)
    language = (options.language or [default_language()])[0]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may not know every sign
    try:
        command: Callable[[argparse.Namespace, str], int] = options.command
        ended = command(options, language)
        sys.stdout.flush()  # here, where a reader who left can still be told from a fault
    except WorkplaceError as error:
        print(error.explain(language), file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read along has left: nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return ended


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
    commands = parser.add_subparsers(
        required=True,
        metavar="new | key | pseudonymise | check | report | reproduce | power | site | notebook"
        " | monitor | voices | lab",
    )

    def command(
        name: str, run: Callable[[argparse.Namespace, str], int]
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=say(name), description=say(name)[:1].upper() + say(name)[1:] + "."
        )
        sub.set_defaults(command=run)
        sub.add_argument("--language", action="append", choices=LANGUAGES, help=say("language"))
        return sub

    new = command("new", _new)
    new.add_argument("name", metavar="NAME", help=say("name"))
    new.add_argument("--from", metavar="FILE", type=_source, dest="source", help=say("from"))
    new.add_argument("--out", metavar="DIR", type=Path, default=Path(), help=say("beside"))
    made = command("key", _key)
    made.add_argument("path", metavar="PATH", type=Path, help=say("key made"))
    hide = command("pseudonymise", _pseudonymise)
    hide.add_argument("source", metavar="FILE", type=Path, help=say("source"))
    hide.add_argument("--id", metavar="COLUMN", action="append", required=True, help=say("id"))
    hide.add_argument("--key", metavar="PATH", type=Path, required=True, help=say("key file"))
    hide.add_argument("--out", metavar="FILE", type=Path, required=True, help=say("copy"))
    hide.add_argument("--into", metavar="COLUMN", help=say("into"))
    hide.add_argument("--keep", metavar="COLUMN", action="append", default=[], help=say("keep"))
    check = command("check", _check)
    check.add_argument("plan", metavar="PLAN", type=Path, help=say("plan"))
    check.add_argument("--data", metavar="FILE", type=_source, help=say("data"))
    check.add_argument("--out", metavar="DIR", type=Path, help=say("out"))
    report = command("report", _report)
    report.add_argument("plan", metavar="PLAN", type=Path, help=say("plan"))
    report.add_argument("--data", metavar="FILE", type=_source, help=say("data"))
    report.add_argument("--out", metavar="DIR", type=Path, help=say("out"))
    again = command("reproduce", _reproduce)
    again.add_argument("folder", metavar="REPORT_DIR", type=Path, help=say("folder"))
    again.add_argument("--data", metavar="FILE", type=_source, help=say("data"))
    again.add_argument("--plan", metavar="PLAN", type=Path, help=say("plan"))
    plan_ahead = command("power", _power)
    plan_ahead.add_argument("plan", metavar="PLAN", type=Path, nargs="?", help=say("plan"))
    plan_ahead.add_argument("--data", metavar="FILE", type=_source, help=say("data of plan"))
    for name in NUMBERS:  # as text: what is wrong with them is told all at once
        key = "chance" if name == "power" else name
        plan_ahead.add_argument(f"--{name}", metavar="N", help=say(key))
    plan_ahead.add_argument("--assigned", metavar="cluster|pupil", help=say("assigned"))
    plan_ahead.add_argument("--attainment", action="store_true", help=say("attainment"))
    plan_ahead.add_argument("--figure", metavar="FILE", type=Path, help=say("figure"))
    site = command("site", _site)
    site.add_argument("reports", metavar="REPORTS_DIR", type=Path, nargs="?",
                      default=Path("reports"), help=say("reports"))  # fmt: skip
    site.add_argument("--studies", metavar="DIR", type=Path, default=Path("data"),
                      help=say("studies"))  # fmt: skip
    site.add_argument("--out", metavar="DIR", type=Path, help=say("site out"))
    site.add_argument("--agenda", metavar="DIR", type=Path, help=say("agenda"))
    site.add_argument("--values", metavar="PATH", type=Path, action="append", help=say("values"))
    site.add_argument("--evidence", metavar="DIR", type=Path, help=say("evidence"))
    follow = command("monitor", _monitor)
    follow.add_argument("--values", metavar="PATH", type=Path, action="append", help=say("values"))
    follow.add_argument("--agenda", metavar="DIR", type=Path, default=AGENDA, help=say("agenda"))
    follow.add_argument("--reports", metavar="DIR", type=Path, default=Path("reports"),
                        help=say("reports"))  # fmt: skip
    follow.add_argument("--out", metavar="DIR", type=Path, default=Path("reports"),
                        help=say("monitor out"))  # fmt: skip
    hand_in = follow.add_subparsers(metavar="template").add_parser("template", help=say("template"))
    hand_in.set_defaults(command=_template)
    hand_in.add_argument("workgroup", metavar="WORKGROUP", help=say("workgroup"))
    hand_in.add_argument("period", metavar="PERIOD", help=say("period"))
    hand_in.add_argument("--agenda", metavar="DIR", type=Path, default=AGENDA, help=say("agenda"))
    hand_in.add_argument("--language", action="append", choices=LANGUAGES, help=say("language"))
    hand_in.add_argument("--out", metavar="FILE", type=Path, default=None, help=say("template out"))
    heard = command("voices", _voices)
    heard.add_argument("folder", metavar="DIR", type=Path, help=say("voices folder"))
    heard.add_argument("--reports", metavar="DIR", type=Path, default=Path("reports"),
                       help=say("reports"))  # fmt: skip
    heard.add_argument("--out", metavar="DIR", type=Path, help=say("out"))
    page = command("notebook", _notebook)
    page.add_argument("notebooks", metavar="NOTEBOOK", type=Path, nargs="+", help=say("notebooks"))
    page.add_argument("--out", metavar="DIR", type=Path, default=Path("reports/notebooks"),
                      help=say("pages out"))  # fmt: skip
    command("lab", _lab)
    return parser


def _say(nl: str, en: str, language: str) -> None:
    """Progress, on the side: what a command returns stands alone on standard output."""
    print(Text(nl, en)[language], file=sys.stderr, flush=True)


def _source(words: str) -> Path | str:
    """A file, or the connection string of a database."""
    return words if "://" in words else Path(words)


def _data_of(options: argparse.Namespace, named: Path | str | None) -> Path | str:
    file: Path | str | None = options.data or named
    if file is None:
        rule = Text("Het plan noemt geen gegevens.", "The plan names no data.")
        remedy = Text(
            'Schrijf in [study] data = "…", of gebruik --data.',
            'Write data = "…" in [study], or use --data.',
        )
        raise PlanError([Fault(rule, remedy, file=options.plan.name)])
    return file


def _new(options: argparse.Namespace, language: str) -> int:
    import academic_workplace as aw
    from academic_workplace.intake.description import suggest
    from academic_workplace.intake.starting import new_study

    source: Path | str | None = options.source
    table = aw.read(source) if source is not None else None
    book = suggest(table) if table is not None else None
    paths = new_study(options.name, source, table, book, options.out, language)
    notes = table.attrs["reading"] if table is not None else ()
    for note in notes:
        _say(f"  {note.nl}", f"  {note.en}", language)
    print("\n".join(str(path) for path in paths))
    _say(
        "Maak nu het plan af. Controleer daarna: workplace check " + str(paths[0]),
        "Now complete the plan. Then check it: workplace check " + str(paths[0]),
        language,
    )
    return SAME


def _key(options: argparse.Namespace, language: str) -> int:
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


def _pseudonymise(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.intake.identity import pseudonymise_file

    done = pseudonymise_file(
        options.source, options.out, options.id, options.key, into=options.into, keep=options.keep
    )
    print(done.explain(language))
    return SAME


def _check(options: argparse.Namespace, language: str) -> int:
    import academic_workplace as aw
    from academic_workplace.intake.files.databases import source_name
    from academic_workplace.report import write_check

    plan = aw.read_plan(options.plan)
    file = _data_of(options, plan.data)
    folder: Path = options.out or Path("reports") / study_name(options.plan)
    try:
        table = aw.read(file, **plan.reading)
        pupils = aw.check(table, plan)
    except DataError as error:
        page = write_check(plan, error, folder, file=source_name(file), language=language)
        print(error.explain(language), file=sys.stderr)
        _say(f"Deze lijst staat ook in {page}", f"This list also stands in {page}", language)
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


def _report(options: argparse.Namespace, language: str) -> int:
    plan_path: Path = options.plan
    name = study_name(plan_path)
    _say(f"{name}: laden …", f"{name}: loading …", language)
    import academic_workplace as aw
    from academic_workplace.intake.files.databases import source_name

    plan = aw.read_plan(plan_path)
    file = _data_of(options, plan.data)
    called = source_name(file)
    _say(
        f"{name}: {called} lezen en controleren …",
        f"{name}: reading and checking {called} …",
        language,
    )
    pupils = aw.check(aw.read(file, **plan.reading), plan)
    what = ("leerlingen", "pupils") if plan.period is None else ("antwoorden", "answers")
    _say(f"{name}: {len(pupils)} {what[0]}; schatten en wegen …",
         f"{name}: {len(pupils)} {what[1]}; estimating and weighing …", language)  # fmt: skip
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


def _site(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.report.site import write_site

    plans = sorted(options.studies.glob("*/plan*.toml"))
    out = options.out or options.reports / "site"
    print(write_site(options.reports, out, plans=plans, workplace=_workplace(options, plans)))
    _say("Open dit bestand in een browser.", "Open this file in a browser.", language)
    return SAME


def _workplace(options: argparse.Namespace, plans: Sequence[Path]) -> Workplace | None:
    """What stands beside the studies; None where nothing was agreed on (no folder of agendas)."""
    from academic_workplace.agenda import check_studies, read_agenda
    from academic_workplace.knowledge import Library, read_library
    from academic_workplace.monitor import Values, read_values
    from academic_workplace.report.site_pages import Workplace

    agenda, paths, evidence = (
        found or (path if path.is_dir() else None)
        for found, path in (
            (options.agenda, AGENDA), (options.values, VALUES), (options.evidence, EVIDENCE)
        )
    )  # fmt: skip
    if agenda is None:
        return None
    agendas = read_agenda(agenda)
    check_studies(agendas, _readable(plans))
    values = read_values(paths, agendas) if paths else Values(())
    library = read_library(evidence, agendas) if evidence else Library(kinds=(), entries=())
    return Workplace(agendas, library, values)


def _readable(plans: Sequence[Path]) -> list[Plan]:
    """The plans that are plans; what is wrong with the others the site tells."""
    out = []
    for path in plans:
        with suppress(PlanError):
            out.append(read_plan(path))
    return out


def _monitor(options: argparse.Namespace, _language: str) -> int:
    from academic_workplace.agenda import read_agenda
    from academic_workplace.knowledge import local_results
    from academic_workplace.monitor import follow, read_values
    from academic_workplace.report.monitor import write_monitor

    agendas = read_agenda(options.agenda)
    values = read_values(options.values or [VALUES], agendas)
    studies = local_results(options.reports) if options.reports.is_dir() else ()
    paths = write_monitor(
        follow(agendas, values, studies),
        options.out,
        _languages(options),
        released=_remembered(options.values or [VALUES]),
    )
    _pages(paths)
    return SAME


def _languages(options: argparse.Namespace) -> tuple[str, ...]:
    """The languages asked for; both when none was."""
    return tuple(dict.fromkeys(options.language or LANGUAGES))


def _remembered(values: Sequence[Path]) -> Path | None:
    """Where it stands what left of these values: beside them."""
    return next((path / "released.json" for path in values if path.is_dir()), None)


def _pages(paths: Sequence[Path]) -> None:
    """The pages among the files that were written."""
    print("\n".join(str(path) for path in paths if path.suffix == ".html"))


def _voices(options: argparse.Namespace, _language: str) -> int:
    from academic_workplace.knowledge import local_results
    from academic_workplace.report.voices import write_voices
    from academic_workplace.voices import read_voices

    results = local_results(options.reports) if options.reports.is_dir() else ()
    figures = {
        one.study: Text(*(one.message[to] for to in LANGUAGES))
        for one in results
        if set(LANGUAGES) <= set(one.message)
    }
    found = read_voices(options.folder, figures)
    out = options.out or Path("reports") / options.folder.resolve().name
    _pages(write_voices(found, out, _languages(options)))
    return SAME


def _template(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.agenda import read_agenda
    from academic_workplace.monitor import template

    agendas = read_agenda(options.agenda)
    short = options.workgroup.rpartition("/")[2]
    path = options.out or Path(f"{short}-{options.period}.xlsx".replace("/", "-"))
    print(template(agendas, options.workgroup, options.period, path, language=language))
    _say("Vul alleen de witte vakken in.", "Fill in the white cells only.", language)
    return SAME


def _notebook(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.report import write_files
    from academic_workplace.report.lector import lector_page

    pages = {}
    for path in options.notebooks:
        _say(f"{path.name} …", f"{path.name} …", language)
        pages[f"{path.stem}.html"] = lector_page(path).encode()
    print("\n".join(map(str, write_files(options.out, pages))))
    return SAME


def _reproduce(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.reproduce import reproduce

    result = reproduce(options.folder, data=options.data, plan=options.plan)
    print(result.explain(language))
    return SAME if result.agrees else DIFFERS


class AskedError(PlanError):
    """Options that cannot be: there is no plan to blame."""

    title = Text("Dit kan zo niet:", "This cannot be done so:")


def _power(options: argparse.Namespace, language: str) -> int:
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
        _say(f"nagespeeld: {done} van {of}", f"acted out: {done} of {of}", language)


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
    _say(f"figuur: {file}", f"picture: {file}", language)


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
