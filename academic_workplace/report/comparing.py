"""Whether several ways of inference agree, in words."""

from __future__ import annotations

from academic_workplace.effects.compare import Comparison, believe, disagree, rejects
from academic_workplace.language import Text
from academic_workplace.plan import Inference

WAYS = {
    Inference.CR0: Text("de robuuste methode (CR0)", "the robust method (CR0)"),
    Inference.CR1: Text("de robuuste methode (CR1)", "the robust method (CR1)"),
    Inference.CR1S: Text("de robuuste methode (CR1S)", "the robust method (CR1S)"),
    Inference.CR2: Text("de robuuste methode (CR2)", "the robust method (CR2)"),
    Inference.CR3: Text("de robuuste methode (CR3)", "the robust method (CR3)"),
    Inference.JACKKNIFE: Text("de jackknife", "the jackknife"),
    Inference.BOOTSTRAP: Text("de bootstrap van scholen", "the bootstrap of schools"),
    Inference.WILD: Text("de wilde bootstrap", "the wild bootstrap"),
    Inference.WILD_WEBB: Text("de wilde bootstrap (Webb)", "the wild bootstrap (Webb)"),
    Inference.WILD_MAMMEN: Text("de wilde bootstrap (Mammen)", "the wild bootstrap (Mammen)"),
    Inference.RANDOMISATION: Text("de randomisatietoets", "the randomisation test"),
    Inference.CLASSICAL: Text("de klassieke methode", "the classical method"),
}
WHY = {
    Inference.RANDOMISATION: Text(
        "er is geloot, en deze toets gaat alleen van die loting uit",
        "a lot was drawn, and this test supposes only that",
    ),
    Inference.WILD: Text(
        "die houdt het best stand als er zo weinig scholen zijn",
        "it holds up best with so few schools",
    ),
    Inference.CR2: Text(
        "die is gemaakt voor scholen van ongelijke grootte, en er zijn er genoeg voor",
        "it was made for schools of unequal size, and there are enough of them",
    ),
}


def comparison_sentence(
    comparison: Comparison, language: str, key: tuple[str, str, str] | None = None
) -> str:
    """Do the ways agree on one effect? key: outcome, wave and arm; the first when left out."""
    nl = language == "nl"
    every = comparison.each()
    named = [f for f in every if any((e.outcome, e.wave, e.arm) == key for e in f.values())]
    found = (named or every)[0]
    able = {way: rejects(e) for way, e in found.items() if rejects(e) is not None}
    silent = [WAYS[way][language] for way in found if way not in able]
    if not able:
        return (
            "Geen van de manieren van rekenen kan hier een verschil aantonen."
            if nl
            else "None of the ways of calculating can show a difference here."
        )
    names = {
        verdict: _and([WAYS[way][language] for way, v in able.items() if v is verdict], nl=nl)
        for verdict in (True, False)
    }
    if not disagree(found):
        told = next(iter(able.values()))
        if len(able) == 1:
            return _one(names[bool(told)], silent, nl=nl)
        sure = ("er is een verschil" if told else "een verschil is niet zeker") if nl else (
            "there is a difference" if told else "a difference is not certain"
        )  # fmt: skip
        text = (
            f"De manieren van rekenen zijn het eens: {sure}."
            if nl
            else f"The ways of calculating agree: {sure}."
        )
        return text + _silent(silent, nl=nl)
    way = believe(found)
    if way is None:  # not when they disagree: then some way can tell
        return ""
    why = WHY.get(way, Text("die past hier het best", "it fits best here"))[language]
    text = (
        f"De manieren van rekenen zijn het niet eens. Volgens {names[True]} is er een verschil; volgens"
        f" {names[False]} is dat niet zeker. Ga af op {WAYS[way].nl}: {why}."
        if nl
        else f"The ways of calculating do not agree. According to {names[True]} there is a difference;"
        f" according to {names[False]} this is not certain. Go by {WAYS[way].en}: {why}."
    )
    return text + _silent(silent, nl=nl)


def _one(name: str, silent: list[str], *, nl: bool) -> str:
    text = f"Alleen {name} kan hier iets zeggen." if nl else f"Only {name} can tell anything here."
    return text + _silent(silent, nl=nl)


def _silent(names: list[str], *, nl: bool) -> str:
    """Which ways cannot tell."""
    if not names:
        return ""
    listed = _and(names, nl=nl)
    listed = listed[:1].upper() + listed[1:]
    if nl:
        return f" {listed} {'kunnen' if len(names) > 1 else 'kan'} hier geen verschil aantonen."
    return f" {listed} cannot show a difference here."


def _and(names: list[str], *, nl: bool) -> str:
    word = "en" if nl else "and"
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
