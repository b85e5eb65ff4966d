"""Commands about a whole workplace: its site, its monitor, its voices."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from academic_workplace.cli.saying import SAME, languages_of, tell, tell_pages
from academic_workplace.errors import Fault, PlanError, WorkplaceError
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import read_plan

if TYPE_CHECKING:
    from academic_workplace.knowledge import LocalResult
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


class PlaceError(PlanError):
    """Faults of several kinds: no single file is to blame."""

    title = Text("Er klopt iets niet in deze werkplaats:", "Something is wrong in this workplace:")


def _workplace(options: argparse.Namespace, plans: Sequence[Path]) -> Workplace | None:
    """What stands beside the studies; None where nothing was agreed on (no folder of agendas).

    Raises PlaceError with every fault of agendas, studies, reports, values and publications.
    """
    from academic_workplace.agenda import check_studies, read_agenda
    from academic_workplace.knowledge import Library, read_library
    from academic_workplace.monitor import Values, read_values
    from academic_workplace.report.site_pages import Workplace

    agenda: Path | None = options.agenda or (AGENDA if AGENDA.is_dir() else None)
    evidence: Path | None = options.evidence or (EVIDENCE if EVIDENCE.is_dir() else None)
    paths = _handed_in(options)
    if agenda is None:
        return None
    errors: list[WorkplaceError] = []
    with _kept(errors):
        agendas = read_agenda(agenda)
    if errors:
        if evidence:
            with _kept(errors):
                read_library(evidence)
        raise _together([*errors, *_not_judged(paths)])
    values, library = Values(()), Library(kinds=(), entries=())
    with _kept(errors):
        check_studies(agendas, _readable(plans))
    if paths:
        with _kept(errors):
            values = read_values(paths, agendas)
    if evidence:
        with _kept(errors):
            library = read_library(evidence, agendas)
    if errors:
        raise _together(errors)
    return Workplace(agendas, library, values, _remembered(paths))


def _handed_in(options: argparse.Namespace) -> list[Path]:
    """The files and folders of values; none before anything was handed in."""
    found: list[Path] = options.values or ([VALUES] if VALUES.is_dir() else [])
    return found


@contextmanager
def _kept(errors: list[WorkplaceError]) -> Iterator[None]:
    """Keep an error, so that the others are found as well."""
    try:
        yield
    except WorkplaceError as error:
        errors.append(error)


def _together(errors: Sequence[WorkplaceError]) -> WorkplaceError:
    """One error with the faults of all."""
    return errors[0] if len(errors) == 1 else PlaceError([f for e in errors for f in e.faults])


def _not_judged(paths: Sequence[Path]) -> list[WorkplaceError]:
    """That values wait for the agenda."""
    if not paths:
        return []
    rule = Text(
        "De ingeleverde cijfers zijn nog niet bekeken: daarvoor moet de agenda eerst kloppen.",
        "The values handed in were not looked at yet: the agenda must be right first.",
    )
    remedy = Text("Verbeter eerst de agenda.", "Correct the agenda first.")
    return [PlanError([Fault(rule, remedy)])]


def _readable(plans: Sequence[Path]) -> list[Plan]:
    """The plans that are plans; what is wrong with the others the site tells."""
    out = []
    for path in plans:
        with suppress(PlanError):
            out.append(read_plan(path))
    return out


def run_monitor(options: argparse.Namespace, _language: str) -> int:
    from academic_workplace.agenda import read_agenda
    from academic_workplace.knowledge import check_results, local_results
    from academic_workplace.monitor import Values, follow, read_values
    from academic_workplace.report.monitor import write_monitor

    given = _handed_in(options)
    errors: list[WorkplaceError] = []
    with _kept(errors):
        agendas = read_agenda(options.agenda)
    if errors:
        raise _together([*errors, *_not_judged(given)])
    values = Values(())
    studies: tuple[LocalResult, ...] = ()
    with _kept(errors):
        values = read_values(given, agendas) if given else values
    with _kept(errors):
        studies = local_results(options.reports) if options.reports.is_dir() else ()
        check_results(agendas, studies)
    if errors:
        raise _together(errors)
    followed = follow(agendas, values, studies)
    languages, remembered = languages_of(options), _remembered(given)
    tell_pages(write_monitor(followed, options.out, languages, released=remembered))
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
