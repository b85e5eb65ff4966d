"""Reports: one document model, written as HTML, PDF and Word, with the numbers beside it."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd

from academic_workplace.cohorts.story import Story
from academic_workplace.disclosure import profile
from academic_workplace.errors import DataError, Fault, ReportError
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import Plan, Study
from academic_workplace.report.document import Report
from academic_workplace.report.fingerprints import study_key
from academic_workplace.report.folder import MANIFEST, write_files
from academic_workplace.report.manifest import (
    as_json,
    manifest,
    plan_name,
    released_findings,
    story_manifest,
    told,
)
from academic_workplace.report.words import phrases

__all__ = ["write", "write_check", "write_files"]

SAY = phrases("writers")
NAMES = {"nl": "rapport", "en": "report"}
STORY_TABLE = re.compile(r"results(-[0-9]+(-[a-z]+)?)?[.]csv")


def write(
    evidence: Evidence | Story,
    folder: str | Path,
    *,
    language: str = "nl",
    date: datetime.date | None = None,
    released: str | Path | None = None,
) -> tuple[Path, ...]:
    """Write a report as HTML, PDF, Word, Excel and a slide, with its numbers and its manifest.

    evidence: or a Story of several looks at cohorts, with a CSV per table; its manifest holds the
    fingerprint of all numbers. folder: is made when absent; files of the same name are replaced,
    all or none. language: ``nl`` or ``en``; the two can share a folder, and a report in the other
    language that tells of other results than these is removed. date: of the report, today when left
    out. released: what was released of this study before; when left out released.json beside the
    plan (of a Story: in data/<name of the folder>, or else in the folder itself). Beside the plan
    stands the key of its fingerprints too, made at the first report (``report/fingerprints.py``).

    Returns the paths: HTML, PDF, Word, Excel, the slide (where there is a picture), what is withheld,
    CSV, JSON, manifest. Raises ReportError for what is no Evidence and no Story, when the folder
    cannot be written, when it holds files of somebody else, and when this report and earlier ones
    together would tell of too few pupils.
    """
    # Loaded only to write: a check or an estimate answers without drawing and typesetting.
    from academic_workplace.report.released import (
        audit,
        check_release,
        least_withheld,
        published,
    )
    from academic_workplace.report.writers.html import html
    from academic_workplace.report.writers.pdf import pdf
    from academic_workplace.report.writers.slide import slide
    from academic_workplace.report.writers.spreadsheet import spreadsheet
    from academic_workplace.report.writers.word import word

    if language not in LANGUAGES:
        raise ReportError([_unknown_language(language)])
    if not isinstance(evidence, Evidence | Story):
        raise ReportError([Fault(SAY["no_result"], SAY["no_result_remedy"])])
    folder, today = Path(folder), date or datetime.date.today()
    study = evidence.study if isinstance(evidence, Story) else evidence.plan.study
    if isinstance(evidence, Story):
        made, numbers = _of_story(evidence, language)
    else:
        made, numbers = _of_evidence(evidence, folder)
    known = Path(released) if released is not None else _released_file(evidence, folder)
    before = folder / MANIFEST
    printed = published(evidence, made)
    release = check_release(printed, known, before, today)
    report = _built(evidence, made, language, today)
    made |= {"printed": printed.results} if printed.results else {}
    made |= {"disclosure": profile().name, "report": _told(study, report, made, before)}
    name = NAMES[language]
    picture = slide(report)
    files = {
        f"{name}.html": html(report).encode(),
        f"{name}.pdf": pdf(report),
        f"{name}.docx": word(report),
        f"{name}.xlsx": spreadsheet(report),
        **({} if picture is None else {f"{name}.pptx": picture}),
        f"{name}.withheld.json": as_json(audit(report, least_withheld(evidence))),
        **numbers,
        MANIFEST: as_json(made),
    }
    outdated = _outdated(folder, made, name) - set(files)
    with release.kept():
        paths = write_files(folder, files)
    for other in outdated:
        (folder / other).unlink(missing_ok=True)
    return paths


def _of_evidence(evidence: Evidence, folder: Path) -> tuple[dict[str, object], dict[str, bytes]]:
    """The manifest, and the files of numbers."""
    plan = evidence.plan.file
    made = manifest(evidence, plan_name(plan, folder), study_key(plan))
    results = released_findings(evidence)
    return made, {
        "results.csv": pd.DataFrame(results).to_csv(index=False, lineterminator="\n").encode(),
        "results.json": as_json({"synthetic": made["synthetic"], "effects": results}),
    }


def _of_story(story: Story, language: str) -> tuple[dict[str, object], dict[str, bytes]]:
    """The manifest, and the files of numbers."""
    from academic_workplace.report.numbers import as_csv, as_rows, frames, rounded

    shown = list(frames(story))
    looks = [
        {"question": look.question[language], "result": type(look.found).__name__, "file": file,
         "rows": as_rows(frame)}
        for look, file, frame in shown
    ]  # fmt: skip
    made = story_manifest(
        story, [{"file": file, "rows": rounded(frame)} for _, file, frame in shown]
    )
    return made, {
        **{f"{file}.csv": as_csv(frame) for _, file, frame in shown},
        "results.json": as_json({"synthetic": made["synthetic"], "tables": looks}),
    }


def _built(
    evidence: Evidence | Story, made: dict[str, object], language: str, date: datetime.date
) -> Report:
    """The report as a value, with short fingerprints in its footer."""
    from academic_workplace.report.build import build
    from academic_workplace.report.story import build_story

    if isinstance(evidence, Story):
        return build_story(evidence, language, date, str(made["results"])[:6])
    data = made["data"]
    rows = str(data["rows"] or "")[:6] if isinstance(data, dict) else ""
    code = f"plan {evidence.plan.fingerprint[:6]}" + (f" · data {rows}" if rows else "")
    return build(evidence, language, date, code)


def _released_file(evidence: Evidence | Story, folder: Path) -> Path:
    """Where it is kept what was released of this study: beside its plan or data."""
    from academic_workplace.report.released import FILE

    if not isinstance(evidence, Story) and evidence.plan.file is not None:
        return evidence.plan.file.parent / FILE
    data = folder.resolve().parents[1] / "data" / folder.resolve().name
    return (data if data.is_dir() else folder) / FILE


def _outdated(folder: Path, made: dict[str, object], name: str) -> set[str]:
    """What stands in a folder of earlier results: tables, and the report in another language."""
    gone = _tables_of(folder)
    if _tells_other(folder / MANIFEST, made) and folder.is_dir():
        stems = tuple(f"{each}." for each in NAMES.values() if each != name)
        gone |= {path.name for path in folder.iterdir() if path.name.startswith(stems)}
    return gone


def _tables_of(folder: Path) -> set[str]:
    """The tables that an earlier story left in a folder; none where something else stands."""
    try:
        then = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if then["kind"] != "story":
            return set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {path.name for path in folder.glob("results*.csv") if STORY_TABLE.fullmatch(path.name)}


def write_check(
    plan: Plan,
    outcome: Pupils | DataError,
    folder: str | Path,
    *,
    file: str,
    language: str = "nl",
    notes: Sequence[Text] = (),
    warnings: Sequence[Text] = (),
    date: datetime.date | None = None,
) -> Path:
    """Write what a check found as one HTML page, and return its path.

    outcome: the pupils, or the error that names every fault. notes: what was assumed when reading.
    Raises ReportError when the folder cannot be written.
    """
    from academic_workplace.report.checking import check_page
    from academic_workplace.report.writers.html import html

    today = date or datetime.date.today()
    page = check_page(plan, outcome, language, today, file=file, notes=notes, warnings=warnings)
    name = "controle.html" if language == "nl" else "check.html"
    (path,) = write_files(Path(folder), {name: html(page).encode()})
    return path


def _told(study: Study, report: Report, made: dict[str, object], path: Path) -> dict[str, object]:
    """What a list of reports says of this one; the other language's answer when it is the same."""
    messages = {}
    if not _tells_other(path, made):
        with suppress(OSError, ValueError, KeyError, AttributeError):
            messages = dict(json.loads(path.read_text(encoding="utf-8"))["report"]["message"])
    return told(study, messages | {report.language: report.description}, report.date)


def _tells_other(path: Path, made: dict[str, object]) -> bool:
    """Whether there is a manifest of other data, another plan or other results."""
    try:
        then = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    now = json.loads(as_json(made))
    return any(then.get(key) != now.get(key) for key in ("plan", "data", "results"))


def _unknown_language(language: str) -> Fault:
    rule = Text(f"De taal ‘{language}’ is onbekend.", f"The language ‘{language}’ is not known.")
    return Fault(rule, Text("Kies nl of en.", "Choose nl or en."))
