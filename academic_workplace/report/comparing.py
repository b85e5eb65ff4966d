"""Whether several ways of inference agree, in words."""

from __future__ import annotations

from academic_workplace.effects.compare import MODEL, Comparison, believe, disagree, rejects
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.plan import Inference

WAYS = {
    Inference.CR0: Text("de robuuste methode (CR0)", "the robust method (CR0)"),
    Inference.CR1: Text("de robuuste methode (CR1)", "the robust method (CR1)"),
    Inference.CR1S: Text("de robuuste methode (CR1S)", "the robust method (CR1S)"),
    Inference.CR2: Text("de robuuste methode (CR2)", "the robust method (CR2)"),
    Inference.CR3: Text("de robuuste methode (CR3)", "the robust method (CR3)"),
    Inference.TWO_WAY: Text(
        "de robuuste methode voor twee indelingen", "the robust method for two divisions"
    ),
    Inference.JACKKNIFE: Text("de jackknife", "the jackknife"),
    Inference.BOOTSTRAP: Text("de bootstrap van scholen", "the bootstrap of schools"),
    Inference.WILD: Text("de wilde bootstrap", "the wild bootstrap"),
    Inference.WILD_WEBB: Text("de wilde bootstrap (Webb)", "the wild bootstrap (Webb)"),
    Inference.WILD_MAMMEN: Text("de wilde bootstrap (Mammen)", "the wild bootstrap (Mammen)"),
    Inference.RANDOMISATION: Text("de randomisatietoets", "the randomisation test"),
    Inference.CLASSICAL: Text("de klassieke methode", "the classical method"),
    Inference.KENWARD_ROGER: Text("het multilevelmodel", "the multilevel model"),
    Inference.SATTERTHWAITE: Text(
        "het multilevelmodel (Satterthwaite)", "the multilevel model (Satterthwaite)"
    ),
    Inference.INFLUENCE: Text("de invloedsfunctie", "the influence function"),
    Inference.NEWEY_WEST: Text("de methode van Newey en West", "the method of Newey and West"),
    Inference.PLACEBO: Text("de placebotoets", "the placebo test"),
    Inference.BIAS_CORRECTED: Text(
        "de robuuste methode met correctie", "the robust bias-corrected method"
    ),
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
    **dict.fromkeys(
        MODEL,
        Text(
            "de andere manieren kunnen hier niets zeggen; het neemt wel aan dat scholen in beide"
            " groepen evenveel verschillen",
            "the other ways cannot tell anything here; but it supposes that schools differ as much in"
            " both groups",
        ),
    ),
}
WEIGHS = Text(
    " Het multilevelmodel gaat over een iets ander gemiddelde: kleine scholen tellen er zwaarder in.",
    " The multilevel model is about a slightly other mean: small schools count for more in it.",
)
SAYS = {  # of ways that cannot tell: whether they have a p-value, and whether they are several
    (True, False): Text("kan hier geen verschil aantonen", "cannot show a difference here"),
    (True, True): Text("kunnen hier geen verschil aantonen", "cannot show a difference here"),
    (False, False): Text("geeft hier geen antwoord", "gives no answer here"),
    (False, True): Text("geven hier geen antwoord", "give no answer here"),
}


def comparison_sentence(
    comparison: Comparison, language: str, key: tuple[str, str, str] | None = None
) -> str:
    """Do the ways agree on one effect? key: outcome, wave and arm; the first when left out."""
    nl = dutch(language)
    every = comparison.each()
    named = [f for f in every if any((e.outcome, e.wave, e.arm) == key for e in f.values())]
    found = (named or every)[0]
    able = {way: rejects(e) for way, e in found.items() if rejects(e) is not None}
    silent = _silent({way: e for way, e in found.items() if way not in able}, language)
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
            return _one(names[bool(told)], nl=nl) + silent
        sure = ("er is een verschil" if told else "een verschil is niet zeker") if nl else (
            "there is a difference" if told else "a difference is not certain"
        )  # fmt: skip
        text = (
            f"De manieren van rekenen zijn het eens: {sure}."
            if nl
            else f"The ways of calculating agree: {sure}."
        )
        return text + silent
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
    if any(way in MODEL for way in able):
        text += WEIGHS[language]
    return text + silent


def _one(name: str, *, nl: bool) -> str:
    return f"Alleen {name} kan hier iets zeggen." if nl else f"Only {name} can tell anything here."


def _silent(found: dict[Inference, Effect], language: str) -> str:
    """Which ways can never show a difference here, and which have no answer at all."""
    text = ""
    for answered in (True, False):
        names = [WAYS[w][language] for w, e in found.items() if (e.p_value is not None) is answered]
        if names:
            listed = _and(names, nl=dutch(language))
            says = SAYS[answered, len(names) > 1][language]
            text += f" {listed[:1].upper()}{listed[1:]} {says}."
    return text


def _and(names: list[str], *, nl: bool) -> str:
    word = "en" if nl else "and"
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
