"""The key that fingerprints of data are made with, so that nobody can guess the data back from them.

A column of few values has few counts to try: without a key its fingerprint tells them. The key stands
beside the plan, goes with the data, and never with a report. A report only names it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
from pathlib import Path

from academic_workplace.errors import Fault, ReportError
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.report.words import phrases

SAY = phrases("fingerprints")
KEY_FILE = "fingerprint-key.txt"
LENGTH = 16  # bytes
KEY = re.compile(rf"[0-9a-f]{{{2 * LENGTH}}}")
NAME = 12  # hexadecimal digits: enough to tell two keys apart
OTHERWISE_AS_IT_WAS = SAY["rest"]


def key_name(key: bytes | None) -> str | None:
    """What a report says of its key, so that two copies know whether they can compare."""
    return None if key is None else hashlib.sha256(b"name" + key).hexdigest()[:NAME]


def study_key(plan: Path | None) -> bytes | None:
    """The key of the study of a plan file, made when there is none; None without a plan file.

    Raises ReportError when the key cannot be written, with nothing left of it, or read: with
    another one nobody could tell whether two reports are of the same data.
    """
    if plan is None:
        return None
    file = plan.parent / KEY_FILE
    try:
        if not file.exists():
            with tempfile.TemporaryDirectory(dir=file.parent, prefix=".new-") as new:
                made = Path(new) / KEY_FILE
                made.write_text(_written(secrets.token_hex(LENGTH)), encoding="utf-8", newline="\n")
                made.replace(file)
    except OSError:
        fault = Fault(SAY["unwritable"], SAY["unwritable_remedy"], file=file.name)
        raise ReportError([fault]) from None
    key = known_key(plan)
    if key is None:
        raise ReportError([Fault(SAY["unreadable"], SAY["unreadable_remedy"], file=file.name)])
    return key


def known_key(beside: Path | None) -> bytes | None:
    """The key beside a plan or the data; None when there is none that can be read."""
    if beside is None:
        return None
    try:
        lines = (beside.parent / KEY_FILE).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        return None
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return keys[0].encode() if len(keys) == 1 and KEY.fullmatch(keys[0]) else None


def _written(key: str) -> str:
    return "".join(f"# {SAY['what'][language]}\n" for language in LANGUAGES) + key + "\n"


def cannot_tell(then: str | None, now: str | None) -> Text | None:
    """Why nobody can tell whether two copies are of the same data; None when that can be told.

    then, now: the names of the keys, of a report and of the data at hand.
    """
    if then is None:
        return SAY["none_kept"]
    if now is None:
        return Text(*(SAY["no_key"][code].format(file=KEY_FILE) for code in LANGUAGES))
    if then != now:
        return Text(*(SAY["other_key"][code].format(file=KEY_FILE) for code in LANGUAGES))
    return None
