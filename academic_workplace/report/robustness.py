"""Words, pictures and tables of what makes an effect believable: would it stand?"""

from __future__ import annotations

from academic_workplace.disclosure import may_leave, shown_count
from academic_workplace.evidence.attrition import Attrition, AttritionLevel
from academic_workplace.evidence.balance import START, Balance, BaselineVerdict, Characteristic
from academic_workplace.evidence.equivalence import Equivalence, NonInferiority, Shown
from academic_workplace.evidence.multiplicity import Multiplicity
from academic_workplace.report.numerals import decimal, digits_for, interval

# ---------------------------------------------------------------- who is missing


def attrition_sentence(found: Attrition, language: str) -> str:
    """How many are missing, how much that differs between the arms, and whether it is too much."""
    nl = language == "nl"
    lost = (found.assigned_t - found.analysed_t, found.assigned_c - found.analysed_c)
    told = may_leave(found.analysed_t, found.analysed_c) and None not in map(shown_count, lost)
    if told:
        limit = found.limit or 0.0
        points = decimal(found.differential, _digits(found.differential, limit), language)
        line = decimal(limit, 1, language)
        parts = [
            f"Van elke 100 ontbreken er {found.overall}. Tussen de groepen scheelt dat {points} van"
            " de 100."
            if nl
            else f"Of every 100, {found.overall} are missing. Between the groups this differs by"
            f" {points} of every 100."
        ]
        at = f" ({line} van de 100)" if nl else f" ({line} of every 100)"
    else:
        parts = [
            "In een van de groepen zijn de aantallen kleiner dan 10; die tonen we niet."
            if nl
            else "In one of the groups the counts are below 10; we do not show those."
        ]
        at = ""
    if found.limit is None:
        parts.append(
            "Er ontbreken er zo veel dat de uitval altijd hoog heet."
            if nl
            else "So many are missing that this always counts as high."
        )
    elif found.verdict is AttritionLevel.HIGH:
        parts.append(
            f"Dat verschil is groter dan de grens{at} van de What Works Clearinghouse: de uitval is"
            " hoog."
            if nl
            else f"That is above the limit{at} of the What Works Clearinghouse: attrition is high."
        )
    else:
        parts.append(
            f"Dat verschil is niet groter dan de grens{at} van de What Works Clearinghouse: de"
            " uitval is laag."
            if nl
            else f"That is not above the limit{at} of the What Works Clearinghouse: attrition is"
            " low."
        )
    if found.verdict is AttritionLevel.HIGH:
        parts.append(
            "Lees de uitkomst daarom voorzichtig." if nl else "So read the result with care."
        )
    return " ".join(parts)


def _digits(x: float, line: float) -> int:
    """One decimal, or as many more as show on which side of the line a number lies."""
    return next((d for d in (1, 2, 3) if round(x, d) != round(line, d)), 1)


# ---------------------------------------------------------------- how alike the arms were


def balance_sentence(balance: Balance, language: str) -> str:
    """Of how many characteristics the arms were equal: at the start, and among those compared."""
    nl = language == "nl"
    groups = list(dict.fromkeys(c.group for c in balance))
    chosen = [g for g in groups if g == START] + [g for g in groups if g != START][:1]
    parts = []
    for group in chosen:
        told = _alike(balance.within(group), language)
        start = ("Bij de start", "At the start")
        where = start if group == START else ("Bij wie is vergeleken", "Among those compared")
        parts += [f"{where[0 if nl else 1]}: {told}"] if told else []
    if not parts:
        return (
            "We weten niet hoe goed de groepen vooraf op elkaar leken."
            if nl
            else "We do not know how alike the groups were beforehand."
        )
    return " ".join(parts)


def _alike(balance: Balance, language: str) -> str:
    nl = language == "nl"
    worst = [max(found, key=_how_far) for found in _characteristics(balance).values()]
    found = {v: [c for c in worst if c.verdict is v] for v in BaselineVerdict}
    words = {
        BaselineVerdict.SATISFIED: ("bijna gelijk", "almost equal"),
        BaselineVerdict.ADJUST: ("met een klein verschil", "with a small difference"),
        BaselineVerdict.NOT: ("met een groot verschil", "with a large difference"),
    }
    counts = [(len(found[v]), text[0 if nl else 1]) for v, text in words.items() if found[v]]
    if not counts:
        return ""
    several = counts[0][0] > 1
    noun = (
        ("kenmerken" if several else "kenmerk")
        if nl
        else ("characteristics" if several else "characteristic")
    )
    parts = [f"{n} {word}" for n, word in counts]
    parts[0] = f"{counts[0][0]} {noun} {counts[0][1]}"
    text = f"{_and(parts, nl=nl)}."
    unequal = [*found[BaselineVerdict.ADJUST], *found[BaselineVerdict.NOT]]
    known = [c.adjusted for c in unequal if c.adjusted is not None]
    if known and all(known):
        text += (
            " De berekening houdt daar rekening mee." if nl else " The estimate allows for this."
        )
    elif known:
        text += (
            " De berekening houdt niet met al deze verschillen rekening."
            if nl
            else " The estimate does not allow for all of these differences."
        )
    if found[BaselineVerdict.NOT]:
        text += " Lees de uitkomst voorzichtig." if nl else " Read the result with care."
    return text


def _how_far(c: Characteristic) -> float:
    return -1.0 if c.standardised is None else abs(c.standardised)


def _characteristics(balance: Balance) -> dict[str, list[Characteristic]]:
    """Those that may be told, the levels of a category and the arms together."""
    out: dict[str, list[Characteristic]] = {}
    for c in balance:
        if may_leave(c.n_arm, c.n_comparison):
            out.setdefault(c.column.split("=")[0], []).append(c)
    return out


def _and(parts: list[str], *, nl: bool) -> str:
    word = "en" if nl else "and"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


# ---------------------------------------------------------------- several outcomes at once

CHANCE = 0.05


def multiplicity_sentence(found: Multiplicity, language: str) -> str:
    """How many differences are clear alone, and how many when all that were looked at count."""
    nl = language == "nl"
    tested = [item for item in found if item.adjusted is not None]
    alone = sum((item.p_value or 0) < CHANCE for item in tested)
    together = sum((item.adjusted or 0) < CHANCE for item in tested)
    if not tested:
        return (
            "Over de belangrijkste uitkomsten kunnen we hier niets zeggen."
            if nl
            else "We cannot say anything here about the main outcomes."
        )
    if len(tested) == 1:
        return (
            "Er is één belangrijkste verschil. Daarom is er geen correctie nodig."
            if nl
            else "There is one main difference. So no adjustment is needed."
        )
    if nl:
        text = (
            f"We keken naar {len(tested)} belangrijke verschillen. Hoe meer verschillen, hoe"
            f" sneller er één opvalt door toeval. Los bekeken {_are(alone, nl=nl)} duidelijk."
        )
        left = f"{'blijven' if together > 1 else 'blijft'} er {together or 'geen'} over"
        return text + (f" Houden we daar rekening mee, dan {left}." if alone else "")
    text = (
        f"We looked at {len(tested)} main differences. The more differences, the sooner one stands"
        f" out by chance. Each alone, {_are(alone, nl=nl)} clear."
    )
    left = f"{together or 'none'} {'remain' if together > 1 else 'remains'}"
    return text + (f" When we allow for that, {left}." if alone else "")


def _are(n: int, *, nl: bool) -> str:
    if nl:
        return f"{'zijn' if n > 1 else 'is'} er {n or 'geen'}"
    return f"{n or 'none'} {'are' if n > 1 else 'is'}"


# ---------------------------------------------------------------- too small to matter, or not worse


def equivalence_sentence(found: Equivalence, language: str) -> str:
    """Whether a difference that matters is ruled out; the interval is that of the two tests."""
    nl = language == "nl"
    if found.low is None or found.high is None:
        return _no_uncertainty(nl=nl)
    digits = max(digits_for(found.high - found.low), digits_for(found.margin))
    span = interval(found.low, found.high, digits, language)
    line = decimal(found.margin, digits, language)
    start = (
        f"Waarschijnlijk ligt het verschil tussen {span.replace(' tot ', ' en ')}."
        if nl
        else f"The difference probably lies between {span.replace(' to ', ' and ')}."
    )
    more = {
        Shown.EQUIVALENT: (
            f"Dat is te klein om van belang te zijn (minder dan {line}).",
            f"That is too small to matter (less than {line}).",
        ),
        Shown.MATTERS: (
            f"Dat is groot genoeg om van belang te zijn (meer dan {line}).",
            f"That is large enough to matter (more than {line}).",
        ),
        Shown.NOT_SHOWN: (
            f"Of het groot genoeg is om van belang te zijn (meer dan {line}), weten we nog niet.",
            f"Whether it is large enough to matter (more than {line}), we do not know yet.",
        ),
    }[found.verdict][0 if nl else 1]
    return f"{start} {more}"


def noninferiority_sentence(found: NonInferiority, language: str) -> str:
    """Whether being worse by what matters is ruled out."""
    nl = language == "nl"
    if found.low is None:
        return _no_uncertainty(nl=nl)
    line = decimal(found.margin, digits_for(found.margin), language)
    if found.verdict is Shown.NOT_INFERIOR:
        return (
            "De uitkomst is niet ongunstiger, of hooguit zo weinig dat het niet van belang is"
            f" (minder dan {line})."
            if nl
            else "The result is not less favourable, or at most by too little to matter (less than"
            f" {line})."
        )
    return (
        f"We kunnen niet uitsluiten dat de uitkomst ongunstiger is ({line} of meer)."
        if nl
        else f"We cannot rule out that the result is less favourable (by {line} or more)."
    )


def _no_uncertainty(*, nl: bool) -> str:
    return (
        "Op deze vraag kunnen we nu geen antwoord geven: we weten niet hoe onzeker het verschil is."
        if nl
        else "We cannot answer this question now: we do not know how uncertain the difference is."
    )
