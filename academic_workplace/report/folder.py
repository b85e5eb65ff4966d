"""Put files in a folder: all or none, and never among what is somebody else's."""

from __future__ import annotations

import errno
import json
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from academic_workplace.errors import Fault, ReportError
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.report.words import phrases

SAY = phrases("writers")

MANIFEST = "manifest.json"
AUDITS = frozenset({"rapport.withheld.json", "report.withheld.json"})  # beside every report of ours
ENDINGS = ("html", "pdf", "docx", "xlsx", "pptx")
REPORTS = frozenset(f"{name}.{ending}" for name in ("rapport", "report") for ending in ENDINGS)
BEFORE = frozenset({  # what may stand in a folder before there is a report in it
    f"{name}.{ending}"
    for name in ("controle", "check", "codeboek", "codebook")
    for ending in ENDINGS
} | {"released.json"})  # fmt: skip
OURS = REPORTS | BEFORE | AUDITS
OF_THE_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "icon\r"})
SHOWN = 5  # names of files that do not belong here
FULL = (errno.ENOSPC, errno.EDQUOT)


def write_files(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write all files beside each other, or none, and return their paths.

    A folder that holds other files than those of a report, or of its check or codebook, is refused;
    so is one with somebody's own file of that name: a ``rapport.docx`` without anything of ours.
    Pages with names of their own (of notebooks) may stand among others of their kind. Raises
    ReportError in words, with what was there left as it was.
    """
    made = not folder.exists()
    try:
        if folder.is_dir():
            _keep_out_of(folder, files)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as room:
            new = Path(room) / "new"
            new.mkdir()
            for name, content in files.items():
                (new / name).write_bytes(content)
            _replace(folder, new, files)
    except OSError as error:
        if made:
            with suppress(OSError):
                folder.rmdir()
        kind = "full" if error.errno in FULL else "closed"
        fault = Fault(SAY[f"folder.{kind}"], SAY[f"folder.{kind}_remedy"], file=folder.name)
        raise ReportError([fault]) from None
    return tuple(folder / name for name in files)


def _replace(folder: Path, new: Path, names: Iterable[str]) -> None:
    """Put the new files where the old ones stand; when one cannot be, all old ones come back."""
    old, done = new.parent / "old", []
    old.mkdir()
    try:
        for name in names:
            place = folder / name
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, "a folder of that name", name)
            if place.exists():
                place.replace(old / name)
            done.append(name)
            (new / name).replace(place)
    except OSError:
        for name in done:
            (folder / name).unlink(missing_ok=True)
            if (old / name).exists():
                (old / name).replace(folder / name)
        raise


def _keep_out_of(folder: Path, files: Mapping[str, bytes]) -> None:
    """Raise ReportError when the folder holds what is not a report's."""
    if _holds_a_report(folder):
        return
    endings = set() if OURS & set(files) else {Path(name).suffix for name in files}
    known = OURS | set(files) - {MANIFEST}
    if REPORTS & set(files) and not any((folder / name).is_file() for name in AUDITS):
        known = BEFORE  # what is called as ours was written by somebody else
    others = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file()
        and path.name not in known
        and path.suffix not in endings
        and not _is_nothing(path.name)
    )
    if not others:
        return
    shown, more = ", ".join(others[:SHOWN]), len(others) - SHOWN
    rule = Text(*(
        SAY["folder.others"][to].format(
            names=SAY["folder.more"][to].format(names=shown, count=more) if more > 0 else shown
        )
        for to in LANGUAGES
    ))  # fmt: skip
    raise ReportError([Fault(rule, SAY["folder.others_remedy"], file=folder.name)])


def _holds_a_report(folder: Path) -> bool:
    """Whether there is a manifest of ours; other programs have files of that name too."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {"format", "environment"} <= set(found)


def _is_nothing(name: str) -> bool:
    """Whether a file is hidden, of the system, or a lock of a document that is open."""
    return name.startswith((".", "~$")) or name.casefold() in OF_THE_SYSTEM
