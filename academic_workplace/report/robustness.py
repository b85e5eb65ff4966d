"""Words, pictures and tables of what makes an effect believable: would it stand?"""

from __future__ import annotations

from academic_workplace.disclosure import may_leave, shown_count
from academic_workplace.evidence.attrition import Attrition, AttritionLevel
from academic_workplace.report.numerals import decimal

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
