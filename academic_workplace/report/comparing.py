"""Whether several ways of inference agree, in words."""

from __future__ import annotations

from academic_workplace.effects.compare import MODEL, Comparison, believe, disagree, rejects
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.plan import Inference
from academic_workplace.report.words import phrases

SAY = phrases("comparing")
WAYS = {way: SAY[f"way.{way.name.lower()}"] for way in Inference}
WHY = {
    Inference.RANDOMISATION: SAY["why.randomisation"],
    Inference.WILD: SAY["why.wild"],
    Inference.CR2: SAY["why.cr2"],
    **dict.fromkeys(MODEL, SAY["why.model"]),
}


def comparison_sentence(
    comparison: Comparison, language: str, key: tuple[str, str, str] | None = None
) -> str:
    """Do the ways agree on one effect? key: outcome, wave and arm; the first when left out."""
    dutch(language)  # refuses any third language
    every = comparison.each()
    named = [f for f in every if any((e.outcome, e.wave, e.arm) == key for e in f.values())]
    found = (named or every)[0]
    able = {way: rejects(e) for way, e in found.items() if rejects(e) is not None}
    silent = _silent({way: e for way, e in found.items() if way not in able}, language)
    if not able:
        return SAY["none"][language]
    seen, not_seen = (
        _and([WAYS[way][language] for way, v in able.items() if v is verdict], language)
        for verdict in (True, False)
    )
    if not disagree(found):
        told = next(iter(able.values()))
        if len(able) == 1:
            alone = SAY["single" if len(found) == 1 else "only"]
            said = alone[language].format(name=seen or not_seen)
        else:
            said = SAY["agree.difference" if told else "agree.not_certain"][language]
        return " ".join([said, *silent])
    way = believe(found)
    if way is None:  # not when they disagree: then some way can tell
        return ""
    plan = found[way].plan
    units = plan.study.cluster_label[language]
    why = WHY.get(way, SAY["why.other"])
    if way is Inference.WILD and plan.crossed is not None:
        why = SAY["why.two_divisions"]
    text = SAY["disagree"][language].format(
        seen=seen, not_seen=not_seen, way=WAYS[way][language],
        why=why[language].format(units=units),
    )  # fmt: skip
    weighs = (
        [SAY["weighs"][language].format(units=units)] if any(way in MODEL for way in able) else []
    )
    return " ".join([text, *weighs, *silent])


def _silent(found: dict[Inference, Effect], language: str) -> list[str]:
    """Which ways can never show a difference here, and which have no answer at all."""
    out = []
    for answered in (True, False):
        names = [WAYS[w][language] for w, e in found.items() if (e.p_value is not None) is answered]
        if names:
            many = "many" if len(names) > 1 else "one"
            said = SAY[f"cannot_show.{many}"] if answered else SAY[f"no_answer.{many}"]
            text = said[language].format(names=_and(names, language))
            out.append(text[:1].upper() + text[1:])
    return out


def _and(names: list[str], language: str) -> str:
    if len(names) < 2:
        return "".join(names)
    return SAY["and"][language].format(first=", ".join(names[:-1]), last=names[-1])
