"""What commands share: exit codes, progress, and where the data are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from academic_workplace.errors import Fault, PlanError
from academic_workplace.language import LANGUAGES, Text

SAME, DIFFERS, CANNOT = 0, 1, 2  # exit codes


def tell(nl: str, en: str, language: str) -> None:
    """Progress, on the side: what a command returns stands alone on standard output."""
    print(Text(nl, en)[language], file=sys.stderr, flush=True)


def source(words: str) -> Path | str:
    """A file, or the connection string of a database."""
    return words if "://" in words else Path(words)


def data_of(options: argparse.Namespace, named: Path | str | None) -> Path | str:
    file: Path | str | None = options.data or named
    if file is None:
        rule = Text("Het plan noemt geen gegevens.", "The plan names no data.")
        remedy = Text(
            'Schrijf in [study] data = "…", of gebruik --data.',
            'Write data = "…" in [study], or use --data.',
        )
        raise PlanError([Fault(rule, remedy, file=options.plan.name)])
    return file


def languages_of(options: argparse.Namespace) -> tuple[str, ...]:
    """The languages asked for; both when none was."""
    return tuple(dict.fromkeys(options.language or LANGUAGES))


def tell_pages(paths: Sequence[Path]) -> None:
    """The pages among the files that were written."""
    print("\n".join(str(path) for path in paths if path.suffix == ".html"))
