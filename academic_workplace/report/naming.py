"""Of which results a sentence holds, where it does not hold for all that are shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from academic_workplace.effects.result import Effect
from academic_workplace.evidence.weighing import Evidence, Finding
from academic_workplace.report.findings import in_time
from academic_workplace.report.words import phrases

SAY = phrases("page")


def names_of(effects: Collection[Effect], evidence: Evidence, language: str) -> str:
    """Outcome and moment of each, in order of time; with the arm where there are several."""
    known = in_time(evidence)
    several = len({finding.effect.arm for finding in known}) > 1
    keys = {key_of(effect) for effect in effects}
    told = [_name(f, language, arm=several) for f in known if key_of(f.effect) in keys]
    return "; ".join(told)


def only_of(
    effects: Sequence[Effect],
    among: Sequence[Effect],
    said: str,
    evidence: Evidence,
    language: str,
) -> str:
    """A sentence as it is where it holds for all of them; otherwise with the names before it."""
    if {key_of(effect) for effect in among} <= {key_of(effect) for effect in effects}:
        return said
    names = names_of(effects, evidence, language)
    small = said[:1].lower() + said[1:]
    return SAY["effects.only_of"][language].format(names=names, said=small)


def key_of(effect: Effect) -> tuple[str, str, str]:
    """What tells an effect from the others."""
    return effect.outcome, effect.wave, effect.arm


def _name(finding: Finding, language: str, *, arm: bool) -> str:
    effect = finding.effect
    plan = effect.plan
    label = plan.measure(effect.outcome).label[language]
    if label[1:2].islower():  # and not of an abbreviation
        label = label[:1].lower() + label[1:]
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    parts = (label, wave, plan.arm(effect.arm).label[language] if arm else "")
    return ", ".join(part for part in parts if part)
