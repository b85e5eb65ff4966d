"""What a lector needs to check a report: fingerprints of everything that went in, and all results.

Fingerprints are of parsed content: line endings, column order, row order and the kind of file do
not matter. Those of data are made with the key of the study (``report/fingerprints.py``): without it
nothing can be guessed from them.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import importlib.metadata
import json
import math
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from academic_workplace.cohorts.story import Story
from academic_workplace.disclosure import Reason, rounded
from academic_workplace.evidence.description import spread_told
from academic_workplace.evidence.weighing import Evidence, Finding
from academic_workplace.intake.files.databases import source_name
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import LANGUAGES
from academic_workplace.plan import Study
from academic_workplace.report.fingerprints import key_name

NUMBERS = ("estimate", "se", "df", "low", "high", "p_value", "g", "g_low", "g_high", "icc", "sd")
SPREAD = ("icc", "sd")
STANDARD = ("g", "g_low", "g_high")
COUNTS = ("pupils", "pupils_arm", "pupils_comparison")
PACKAGES = ("numpy", "scipy", "pandas", "duckdb")  # those that a number passes through
PACKAGE = Path(__file__).parents[1]


def digest(parts: Iterable[bytes], key: bytes | None = None) -> str:
    """SHA-256 of some bytes; with a key HMAC-SHA256."""
    h = hashlib.sha256() if key is None else hmac.new(key, digestmod="sha256")
    for part in parts:
        h.update(len(part).to_bytes(8, "little"))
        h.update(part)
    return h.hexdigest()


def data_fingerprint(pupils: Pupils | None, key: bytes | None) -> dict[str, object]:
    """A fingerprint of each column, and one of the rows as they hang together; None without a key.

    The name of a column is in its fingerprint: two columns of the same values do not look alike.
    """
    if pupils is None or key is None:
        return {"key": None, "columns": None, "rows": None}
    labels = {"cluster": pupils.clusters, "block": pupils.blocks, "arm": pupils.arms}
    labels |= {f"exact: {name}": found for name, found in pupils.exact.items()}
    columns: dict[str, pd.Series] = {
        name: pd.Series(np.array([*label.names, ""], dtype=object)[label.codes], dtype="str")
        for name, label in labels.items()
    }
    columns["at start"] = pd.Series(pupils.at_start)
    columns |= {name: pd.Series(values + 0.0) for name, values in pupils.numbers.items()}
    each = {}
    rows = np.zeros(len(pupils), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for name, column in columns.items():
            hashed = pd.util.hash_pandas_object(column, index=False).to_numpy(np.uint64)
            each[name] = digest([name.encode(), np.sort(hashed).tobytes()], key)[:16]
            rows = (rows * np.uint64(1_000_003) + hashed).astype(np.uint64)
    whole = digest([np.sort(rows).tobytes()], key)
    return {"key": key_name(key), "columns": each, "rows": whole}


@lru_cache(maxsize=1)  # what was loaded does not change while it runs
def code_fingerprint() -> str:
    """Of the package's own source, whatever the line endings."""
    files = (
        sorted(PACKAGE.rglob("*.py"))
        + sorted(PACKAGE.rglob("*.j2"))
        + sorted(PACKAGE.rglob("*.typ"))
        + sorted(PACKAGE.rglob("*.toml"))
    )
    return digest(
        part
        for file in files
        for part in (
            file.relative_to(PACKAGE).as_posix().encode(),
            file.read_bytes().replace(b"\r\n", b"\n"),
        )
    )


def lock_fingerprint() -> str | None:
    """Of the project's lock file, when the package runs from its checkout."""
    lock = PACKAGE.parent / "requirements" / "lock.txt"
    if not lock.is_file():
        return None
    return digest([lock.read_bytes().replace(b"\r\n", b"\n")])


def environment() -> dict[str, object]:
    """What the numbers were computed with."""
    return {
        "academic_workplace": _version("academic-workplace"),
        "code": code_fingerprint(),
        "lock": lock_fingerprint(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


@lru_cache
def _version(name: str) -> str:
    return importlib.metadata.version(name)


def released(finding: Finding) -> dict[str, object]:
    """An effect as it may leave: all its numbers, or none by any of the rules (``Finding.withheld``).

    A limit that is infinite is null, as JSON has no word for it; ``reason`` says why. Counts of
    pupils leave unless they are few, rounded where the rules ask it. A caution may tell of scores, and goes with them.
    """
    from academic_workplace.report.withheld import in_files  # its words; most of this needs none

    out, why = finding.effect.to_dict(), finding.withheld
    numbers = {name: out[name] for name in NUMBERS}
    out |= {k: None for k, x in numbers.items() if isinstance(x, float) and math.isinf(x)}
    if not spread_told(finding.effect):
        out |= dict.fromkeys(SPREAD) | {name: _in_short(out[name]) for name in STANDARD}
    if why:
        out |= dict.fromkeys(NUMBERS)
        out |= {"reason": in_files(why), "cautions": ""}
    out |= {name: rounded(n) for name in COUNTS if isinstance(n := out[name], int)}
    if Reason.FEW in why:
        out |= dict.fromkeys(COUNTS)
    return out | {"withheld": bool(why), "synthetic": finding.effect.plan.study.synthetic}


def _in_short(g: object) -> object:
    """A standardised number as on the page: in full it tells the degrees of freedom of its standard
    deviation, which follow from how alike pupils are."""
    return round(g, 2) if isinstance(g, float) else g


def released_findings(evidence: Evidence) -> list[dict[str, object]]:
    """Every effect as it may leave, with the p-value adjusted for the other primary outcomes.

    A count of pupils is null where it would tell, beside how many there were, how few were left out.
    attrition: whether too many are missing, ``low`` or ``high``; null where nothing can be said,
    or where that would narrow down a number that stays inside.
    """
    from academic_workplace.report.details import pupils_told  # it draws; a manifest does not
    from academic_workplace.report.findings import attrition_told
    from academic_workplace.report.withheld import adjusted_told

    out = []
    several = zip(evidence.findings, evidence.multiplicity, adjusted_told(evidence), strict=True)
    for finding, among, adjusted in several:
        row = released(finding)
        if Reason.FEW not in finding.withheld:
            told = pupils_told(evidence, finding.effect)
            printed = [None if n is None else rounded(n) for n in told]
            row |= dict(zip(("pupils_arm", "pupils_comparison"), printed, strict=True))
            row["pupils"] = None if None in told else row["pupils"]
        missing = () if finding.withheld else attrition_told(evidence, finding.effect)
        out.append(
            row
            | {"primary": among.primary, "p_adjusted": adjusted}
            | {"attrition": missing[0].verdict.value if len(missing) == 1 else None}
        )
    return out


def plan_name(plan: Path | None, folder: Path) -> str:
    """How a manifest names a plan: as seen from the report's folder; never a whole path."""
    if plan is None:
        return ""
    plan, folder = plan.resolve(), folder.resolve()
    if os.path.commonpath([plan, folder]) != plan.anchor:
        return Path(os.path.relpath(plan, folder)).as_posix()
    return plan.name


def as_json(value: object) -> bytes:
    """JSON in full precision, readable by people."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def told(study: Study, messages: Mapping[str, str], date: datetime.date) -> dict[str, object]:
    """What a list of reports says of this one. messages: language -> its answer, as on its page."""
    words = {
        "title": study.title, "question": study.question, "ambition": study.ambition,
        "workgroup": study.workgroup,
    }  # fmt: skip
    both = {name: {code: text[code] for code in LANGUAGES} for name, text in words.items()}
    return both | {
        "actions": list(study.actions), "message": dict(messages), "date": date.isoformat(),
    }  # fmt: skip


def story_manifest(story: Story, shown: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """What went into a report of several looks. shown: its tables, as they may leave."""
    return {
        "format": 1,
        "kind": "story",
        "synthetic": story.study.synthetic,
        "environment": environment(),
        "looks": [
            {"question": look.question.en, "result": type(look.found).__name__}
            for look in story.looks
        ],
        "results": digest([as_json(shown)]),
    }


def manifest(evidence: Evidence, plan_file: str, key: bytes | None = None) -> dict[str, object]:
    """Everything that ``workplace reproduce`` compares.

    plan_file: where the plan was found, relative to the project, so that it can be found again.
    key: of the study; without one there are no fingerprints of its data.
    """
    plan, pupils = evidence.plan, evidence.effects.pupils
    rows = released_findings(evidence)
    return {
        "format": 1,
        "synthetic": plan.study.synthetic,
        "plan": {"file": plan_file, "fingerprint": plan.fingerprint, "content": plan.to_dict()},
        "data": {"file": source_name(plan.data) if plan.data else None}
        | data_fingerprint(pupils, key),
        "environment": environment(),
        "seed": plan.seed,
        "method": evidence.effects.method.value,
        "inference": evidence.effects.inference.value,
        "results": [
            row | {"verdict": "withheld" if row["withheld"] else finding.verdict.value}
            for finding, row in zip(evidence.findings, rows, strict=True)
        ],
    }
