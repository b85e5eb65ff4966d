"""Run a study again from its report folder, and say in words what agrees and what differs."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academic_workplace.effects import estimate
from academic_workplace.errors import Fault, ReportError
from academic_workplace.evidence.weighing import weigh
from academic_workplace.intake.check import check
from academic_workplace.intake.files.reading import read
from academic_workplace.language import Text
from academic_workplace.plan import Plan, plan_from_dict, read_plan
from academic_workplace.report.fingerprints import (
    OTHERWISE_AS_IT_WAS,
    cannot_tell,
    key_name,
    known_key,
)
from academic_workplace.report.manifest import NUMBERS, manifest

TOLERANCE = 1e-9  # relative: other summing orders differ by 1e-15, a changed input by more
COUNTS = ("pupils", "clusters", "pupils_arm", "pupils_comparison", "verdict", "withheld")
LATER = ("attrition",)  # what manifests from before do not tell


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came out of running a study again. ``lines`` says so in both languages."""

    agrees: bool
    compared: int
    lines: tuple[Text, ...]

    def explain(self, language: str) -> str:
        """All lines in one language."""
        return "\n".join(line[language] for line in self.lines)


def reproduce(
    folder: str | Path, *, data: str | Path | None = None, plan: str | Path | None = None
) -> Reproduction:
    """Run the study behind a report again and compare every number to 1e-9 relative.

    folder: a report folder with its manifest.json. data, plan: other files than those recorded;
    where the recorded plan is not found, the copy in the manifest is run (data is then needed).
    Whether the data are the same is known with the key beside the plan or the data, and else not.
    Raises ReportError, PlanError or DataError when the study cannot be run.
    """
    folder = Path(folder)
    then = _read_manifest(folder)
    used = read_plan(plan) if plan is not None else _recorded_plan(folder, then["plan"])
    file = data if data is not None else used.data
    if file is None:
        raise _cannot(
            str(then["data"]["file"]),
            "De gegevens van dit rapport zijn niet gevonden.",
            "The data of this report were not found.",
            "Geef de opdracht in de map van het project, of noem het bestand met --data.",
            "Give the command in the folder of the project, or name the file with --data.",
        )
    pupils = check(read(file, **used.reading), used)
    effects = estimate(pupils, method=then["method"], inference=then["inference"])
    found = [known_key(used.file), known_key(Path(str(file)))]
    keys = [key for key in found if key is not None]
    key = next((key for key in keys if key_name(key) == then["data"].get("key")), None)
    key = keys[0] if key is None and keys else key
    return compare(then, manifest(weigh(effects, used), str(then["plan"]["file"]), key))


def compare(then: dict[str, Any], now: dict[str, Any]) -> Reproduction:
    """Compare two manifests: results first, then which input differs."""
    differing, compared = _different_results(then["results"], now["results"])
    unknown = cannot_tell(then["data"].get("key"), now["data"].get("key"))
    inputs = [
        *_different_plan(then, now),
        *([] if unknown else _different_data(then, now)),
        *_different_code(then, now),
    ]
    lines: list[Text] = []
    if differing:
        lines.append(
            Text(
                f"Verschil: {len(differing)} van de {compared} getallen zijn anders.",
                f"Differs: {len(differing)} of {compared} numbers are not the same.",
            )
        )
        lines += differing[:20]
    else:
        lines.append(
            Text(
                f"Gelijk: alle {compared} getallen zijn zoals in het rapport.",
                f"Agrees: all {compared} numbers are as in the report.",
            )
        )
    if unknown:
        lines.append(unknown)
    if inputs:
        lines.append(Text("Wat erin ging, verschilt:", "What went in differs:"))
        lines += inputs
        if not differing:
            lines.append(
                Text(
                    "De getallen zijn gelijk; de tekst of de figuur kan anders zijn.",
                    "The numbers agree; the text or the picture may differ.",
                )
            )
    elif unknown:
        lines.append(OTHERWISE_AS_IT_WAS)
    else:
        lines.append(
            Text(
                "Gegevens, plan, programma en pakketten zijn dezelfde.",
                "Data, plan, program and packages are the same.",
            )
        )
    return Reproduction(not differing, compared, tuple(lines))


def _different_results(
    then: list[dict[str, Any]], now: list[dict[str, Any]]
) -> tuple[list[Text], int]:
    def by_key(results: list[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
        return {(r["outcome"], r["wave"], r["arm"]): r for r in results}

    before, after = by_key(then), by_key(now)
    out, compared = [], 0
    for key in dict.fromkeys([*before, *after]):
        name = ", ".join(part for part in key if part)
        if key not in after or key not in before:
            where = (
                ("het rapport", "the report")
                if key in before
                else ("de nieuwe berekening", "the new run")
            )
            out.append(Text(f"  {name}: alleen in {where[0]}", f"  {name}: only in {where[1]}"))
            compared += 1
            continue
        later = [name for name in LATER if name in before[key]]
        for field in (*NUMBERS, "p_adjusted", *COUNTS, *later):
            old, new = before[key].get(field), after[key].get(field)
            compared += 1
            if not _same(old, new):
                out.append(
                    Text(
                        f"  {name}, {field}: rapport {old}, nu {new}",
                        f"  {name}, {field}: report {old}, now {new}",
                    )
                )
    return out, compared


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=1e-12)
    return bool(old == new)


def _different_plan(then: dict[str, Any], now: dict[str, Any]) -> list[Text]:
    if then["plan"]["fingerprint"] == now["plan"]["fingerprint"]:
        return []
    old, new = then["plan"]["content"], now["plan"]["content"]
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    named = ", ".join(keys)
    return [Text(f"  het plan is veranderd: {named}", f"  the plan has changed: {named}")]


def _different_data(then: dict[str, Any], now: dict[str, Any]) -> list[Text]:
    old, new = then["data"], now["data"]
    if old.get("rows") == new.get("rows"):
        return []
    before, after = old["columns"], new["columns"]
    changed = [
        name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)
    ]
    out = []
    if changed:
        named = ", ".join(changed)
        out.append(Text(f"  de gegevens verschillen in: {named}", f"  the data differ in: {named}"))
    else:
        out.append(
            Text(
                "  de gegevens: dezelfde waarden per kolom, maar bij andere leerlingen",
                "  the data: the same values per column, but for other pupils",
            )
        )
    return out


def _different_code(then: dict[str, Any], now: dict[str, Any]) -> list[Text]:
    old, new = then["environment"], now["environment"]
    out = []
    if old["code"] != new["code"]:
        version = (old["academic_workplace"], new["academic_workplace"])
        out.append(
            Text(
                f"  het programma is veranderd (versie {version[0]} toen, {version[1]} nu)",
                f"  the program has changed (version {version[0]} then, {version[1]} now)",
            )
        )
    if old["lock"] != new["lock"]:
        nl, en = (
            "  de lijst van pakketten (lock) is veranderd",
            "  the list of packages (lock) has changed",
        )
        out.append(Text(nl, en))
    packages = old["packages"] | {"python": old["python"]}
    current = new["packages"] | {"python": new["python"]}
    for name, version in packages.items():
        if current.get(name) != version:
            out.append(
                Text(
                    f"  {name}: {version} toen, {current.get(name)} nu",
                    f"  {name}: {version} then, {current.get(name)} now",
                )
            )
    if then["seed"] != now["seed"]:
        out.append(Text("  het startgetal (seed) is anders", "  the seed differs"))
    return out


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        needed = {"plan", "data", "environment", "results", "method", "inference", "seed"}
        if isinstance(content, dict) and needed <= set(content):
            return content
        if isinstance(content, dict) and content.get("kind") == "story":
            raise _cannot(
                f"{folder.name}/manifest.json",
                "Dit rapport is in een notebook gemaakt, niet met een plan.",
                "This report was made in a notebook, not by a plan.",
                "Voer het notebook opnieuw uit en vergelijk ‘results’ in manifest.json.",
                "Run the notebook again and compare ‘results’ in manifest.json.",
            )
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        pass
    raise _cannot(
        f"{folder.name}/manifest.json",
        "Dit manifest ontbreekt of is beschadigd.",
        "This manifest is missing or damaged.",
        "Noem de map van een rapport dat met ‘workplace report’ is gemaakt.",
        "Name the folder of a report that was made with ‘workplace report’.",
    )


def _recorded_plan(folder: Path, recorded: dict[str, Any]) -> Plan:
    """The plan, looked for as seen from the report; else the copy in the manifest."""
    path = folder / recorded["file"]
    if recorded["file"] and path.is_file():
        return read_plan(path)
    return plan_from_dict(recorded["content"])


def _cannot(file: str, nl: str, en: str, do_nl: str, do_en: str) -> ReportError:
    return ReportError([Fault(Text(nl, en), Text(do_nl, do_en), file=file)])
