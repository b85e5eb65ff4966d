"""Commands about a whole workplace: its site, its monitor, its voices."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from academic_workplace.cli.saying import SAME, languages_of, tell, tell_pages
from academic_workplace.errors import PlanError
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import read_plan

if TYPE_CHECKING:
    from academic_workplace.plan import Plan
    from academic_workplace.report.site_pages import Workplace


AGENDA, EVIDENCE, VALUES = Path("data/agenda"), Path("data/evidence"), Path("data/monitor")


def run_site(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.report.site import write_site

    plans = sorted(options.studies.glob("*/plan*.toml"))
    out = options.out or options.reports / "site"
    print(write_site(options.reports, out, plans=plans, workplace=_workplace(options, plans)))
    tell("Open dit bestand in een browser.", "Open this file in a browser.", language)
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


def run_monitor(options: argparse.Namespace, _language: str) -> int:
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
        languages_of(options),
        released=_remembered(options.values or [VALUES]),
    )
    tell_pages(paths)
    return SAME


def _remembered(values: Sequence[Path]) -> Path | None:
    """Where it stands what left of these values: beside them."""
    return next((path / "released.json" for path in values if path.is_dir()), None)


def run_voices(options: argparse.Namespace, _language: str) -> int:
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
    remembered = options.folder / "released.json"
    tell_pages(write_voices(found, out, languages_of(options), released=remembered))
    return SAME


def run_template(options: argparse.Namespace, language: str) -> int:
    from academic_workplace.agenda import read_agenda
    from academic_workplace.monitor import template

    agendas = read_agenda(options.agenda)
    short = options.workgroup.rpartition("/")[2]
    path = options.out or Path(f"{short}-{options.period}.xlsx".replace("/", "-"))
    print(template(agendas, options.workgroup, options.period, path, language=language))
    tell("Vul alleen de witte vakken in.", "Fill in the white cells only.", language)
    return SAME
