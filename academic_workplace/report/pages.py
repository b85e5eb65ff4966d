"""Write a document that is no study: of a monitor, of voices, of what is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from academic_workplace.disclosure import profile
from academic_workplace.plan import Study
from academic_workplace.report.document import Report
from academic_workplace.report.folder import MANIFEST, write_files
from academic_workplace.report.manifest import as_json, digest, environment, told

NAMES = {"nl": "rapport", "en": "report"}


def write_pages(
    reports: Mapping[str, Report],
    folder: str | Path,
    *,
    kind: str,
    study: Study,
    made: Mapping[str, object],
    numbers: Mapping[str, bytes],
) -> tuple[Path, ...]:
    """Write a document in its languages as HTML, PDF and Word, with its numbers and a manifest.

    kind: what a site calls it. study: its title, question, ambition and workgroup, and whether the
    data are invented. made: fingerprints of what went in. numbers: file -> what stands in it.
    Everything is put down, or nothing. Raises ReportError when that cannot be.
    """
    from academic_workplace.report.released import audit
    from academic_workplace.report.writers.html import html
    from academic_workplace.report.writers.pdf import pdf
    from academic_workplace.report.writers.word import word

    files: dict[str, bytes] = {}
    for language, report in reports.items():
        name = NAMES[language]
        files |= {
            f"{name}.html": html(report).encode(),
            f"{name}.pdf": pdf(report),
            f"{name}.docx": word(report),
            f"{name}.withheld.json": as_json(audit(report)),
        }
    messages = {language: report.description for language, report in reports.items()}
    date = max(report.date for report in reports.values())
    files |= numbers
    files[MANIFEST] = as_json(
        {
            "format": 1,
            "kind": kind,
            "synthetic": study.synthetic,
            "environment": environment(),
            "made": dict(made),
            "results": digest(content for _, content in sorted(numbers.items())),
            "disclosure": profile().name,
            "report": told(study, messages, date),
        }
    )
    return write_files(Path(folder), files)
