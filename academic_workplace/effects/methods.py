"""What every estimator claims: of whom it speaks, what must be true, which words it allows."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.plan import BY_LIKELIHOOD, MATCHING, Allocation, Inference, Method


@dataclass(frozen=True, slots=True)
class Claim:
    """What an estimator claims.

    estimand: which difference it estimates. weighs: for whom it counts, and how much. supposes:
    what must be true for that. needs: of the data. carries_cause: how it must have been decided who
    got the programme before a report may say that the programme led to the difference; where it
    was decided otherwise the difference only went with the programme.
    """

    estimand: Text
    weighs: Text
    supposes: Text
    needs: Text
    carries_cause: tuple[Allocation, ...]


LOT = (Allocation.LOT,)
NOBODY: tuple[Allocation, ...] = ()

_ARMS = Text("verschil tussen de groepen", "difference between the arms")
_PER_PUPIL = Text(
    "elke leerling telt even zwaar, dus grote scholen meer",
    "every pupil counts alike, so large schools count more",
)
_ALIKE_BUT = Text(
    "zonder loting: de groepen verschilden vooraf niet op iets wat meetelt",
    "without a lot: the arms did not differ beforehand in anything that matters",
)
_ALIKE_GIVEN = Text(
    "zonder loting: bij gelijke kenmerken vooraf verschilden de groepen niet op iets wat meetelt",
    "without a lot: with equal characteristics beforehand the arms did not differ in anything that"
    " matters",
)
_UNSEEN = Text(
    "wie meedeed verschilt van wie niet meedeed alleen op wat is gemeten, en van elk soort leerling"
    " zijn er in beide groepen",
    "who took part differs from who did not only in what was measured, and both arms hold every"
    " kind of pupil",
)
_FOR_WHOM = Text(
    "wie het plan noemt: wie meedeed (ATT), iedereen (ATE) of wie net zo goed wel als niet had"
    " kunnen meedoen (ATO)",
    "whom the plan names: those who took part (ATT), everyone (ATE), or those who might as well"
    " have been in the other arm (ATO)",
)
_ATT_OR_ATE = Text(
    "wie het plan noemt: wie meedeed (ATT) of iedereen (ATE)",
    "whom the plan names: those who took part (ATT) or everyone (ATE)",
)
_MATCHED = Text("wie meedeed en een tegenhanger vond", "those who took part and found a match")
_TWO_GROUPS = Text("twee scholen of meer in elke groep", "two schools or more in each arm")
_BEFORE = Text(
    "kenmerken van vooraf, en twee scholen of meer in elke groep",
    "characteristics known beforehand, and two schools or more in each arm",
)
_OVERLAP = Text(
    "kenmerken van vooraf, en in beide groepen leerlingen die op elkaar lijken",
    "characteristics known beforehand, and pupils in both arms who are alike",
)

_CHANGE = Text(
    "verschil tussen de groepen in verandering sinds de voormeting",
    "difference between the arms in change since the baseline",
)
_PARALLEL = Text(
    "zonder het programma waren beide groepen evenveel veranderd",
    "without the programme both arms would have changed alike",
)

CLAIMS: dict[Method, Claim] = {
    Method.DIFFERENCE: Claim(_ARMS, _PER_PUPIL, _ALIKE_BUT, _TWO_GROUPS, LOT),
    Method.ADJUSTED: Claim(
        Text("verschil bij gelijke kenmerken vooraf", "difference at equal characteristics"),
        Text(
            "vooral leerlingen van een soort die in beide groepen zit",
            "mostly pupils of a kind that both arms hold",
        ),
        _ALIKE_GIVEN, _BEFORE, LOT,
    ),
    Method.INTERACTED: Claim(
        Text("gemiddeld verschil over alle leerlingen", "average difference over all pupils"),
        _PER_PUPIL, _ALIKE_GIVEN, _BEFORE, LOT,
    ),
    Method.CLUSTER_MEANS: Claim(
        Text("verschil tussen gemiddelden van scholen", "difference between means of schools"),
        Text("elke school telt even zwaar", "every school counts alike"),
        _ALIKE_BUT, _TWO_GROUPS, LOT,
    ),
    Method.SITE_AVERAGE: Claim(
        Text("verschil binnen blokken, gemiddeld", "difference within blocks, averaged"),
        Text("elk blok telt even zwaar", "every block counts alike"),
        _ALIKE_BUT, Text("blokken met beide groepen", "blocks that hold both arms"), LOT,
    ),
    Method.PUPIL_AVERAGE: Claim(
        Text("verschil binnen blokken, gemiddeld", "difference within blocks, averaged"),
        Text("elk blok telt voor zijn leerlingen", "every block counts for its pupils"),
        _ALIKE_BUT, Text("blokken met beide groepen", "blocks that hold both arms"), LOT,
    ),
    Method.MULTILEVEL: Claim(
        Text("verschil bij gelijke kenmerken vooraf", "difference at equal characteristics"),
        Text(
            "kleine scholen tellen zwaarder dan hun aantal leerlingen, naarmate scholen meer"
            " verschillen",
            "small schools count for more than their pupils, the more so as schools differ more",
        ),
        Text(
            "verschillen tussen scholen zijn ongeveer normaal verdeeld; "
            + _ALIKE_GIVEN.nl,
            "differences between schools are about normally distributed; " + _ALIKE_GIVEN.en,
        ),
        _BEFORE, LOT,
    ),
    Method.PROPENSITY: Claim(_ARMS, _FOR_WHOM, _UNSEEN, _OVERLAP, LOT),
    **dict.fromkeys(
        (Method.ENTROPY, Method.STABLE), Claim(_ARMS, _ATT_OR_ATE, _UNSEEN, _OVERLAP, LOT)
    ),
    **dict.fromkeys(
        (Method.NEAREST, Method.OPTIMAL), Claim(_ARMS, _MATCHED, _UNSEEN, _OVERLAP, LOT)
    ),
    Method.SUBCLASSES: Claim(_ARMS, _ATT_OR_ATE, _UNSEEN, _OVERLAP, LOT),
    Method.DOUBLY_ROBUST: Claim(
        _ARMS, _ATT_OR_ATE,
        Text(
            _UNSEEN.nl + "; van de twee modellen (wie meedoet, wat de uitkomst is) klopt er één",
            _UNSEEN.en + "; one of the two models (who takes part, what the outcome is) is right",
        ),
        _OVERLAP, LOT,
    ),
    Method.STAGGERED: Claim(
        Text(
            "verandering sinds de start, tegenover wie (nog) niet begon",
            "change since the start, against those who did not start (yet)",
        ),
        Text(
            "elke groep starters telt voor zijn leerlingen",
            "every group of starters counts for its pupils",
        ),
        Text(
            "zonder het programma was het bij starters net zo veranderd als bij de anderen",
            "without the programme, starters would have changed just as the others did",
        ),
        Text(
            "metingen van voor en na de start, en scholen die (nog) niet begonnen",
            "measurements before and after the start, and schools that did not start (yet)",
        ),
        LOT,
    ),
    Method.SERIES: Claim(
        Text("afwijking van de lijn van voor de start", "departure from the line before the start"),
        Text("de scholen die begonnen, samen", "the schools that started, together"),
        Text(
            "zonder het programma was de lijn zo doorgegaan, en er veranderde niets anders",
            "without the programme the line would have gone on, and nothing else changed",
        ),
        Text("ten minste 8 metingen voor en 3 na de start", "at least 8 measurements before and 3"
             " after the start"),
        NOBODY,
    ),
    Method.SYNTHETIC: Claim(
        Text(
            "verschil met een mix van scholen die niet begonnen",
            "difference with a mixture of schools that did not start",
        ),
        Text("de school die begon", "the school that started"),
        Text(
            "de mix die voor de start gelijk opliep, had dat ook daarna gedaan",
            "the mixture that went along before the start would have done so after it",
        ),
        Text("een lange reeks metingen van voor de start", "a long series before the start"),
        NOBODY,
    ),
    Method.DISCONTINUITY: Claim(
        Text("sprong bij de grens", "jump at the cut-off"),
        Text("leerlingen met een score vlak bij de grens", "pupils who score close to the cut-off"),
        Text(
            "wie net onder en net boven de grens zit, verschilt verder niet; niemand kon zijn score"
            " precies sturen",
            "those just below and just above the cut-off do not differ otherwise; nobody could"
            " steer their score precisely",
        ),
        Text("veel leerlingen aan beide kanten van de grens", "many pupils on both sides"),
        (Allocation.CUTOFF,),
    ),
    Method.GROWTH: Claim(
        _CHANGE, _PER_PUPIL, _PARALLEL,
        Text(
            "een meting vooraf, en twee scholen of meer in elke groep",
            "a measurement beforehand, and two schools or more in each arm",
        ),
        LOT,
    ),
    Method.WAVES: Claim(
        _CHANGE,
        Text(
            "elke meting telt mee, ook van leerlingen die er een misten; kleine scholen tellen"
            " zwaarder dan hun aantal leerlingen, naarmate scholen meer verschillen",
            "every measurement counts, also of pupils who missed one; small schools count for more"
            " than their pupils, the more so as schools differ more",
        ),
        Text(
            _PARALLEL.nl + "; of iemand een meting mist, hangt alleen af van wat wel is gemeten",
            _PARALLEL.en + "; whether somebody misses a wave depends only on what was measured",
        ),
        Text(
            "een meting vooraf van dezelfde leerlingen, en twee scholen of meer in elke groep",
            "a measurement beforehand of the same pupils, and two schools or more in each arm",
        ),
        LOT,
    ),
    Method.COMPLIER: Claim(
        Text("effect van meedoen", "effect of taking part"),
        Text(
            "leerlingen die door het aanbod meededen",
            "pupils who took part because of the offer",
        ),
        Text(
            "het aanbod werkt alleen via meedoen, en niemand doet het omgekeerde; " + _ALIKE_BUT.nl,
            "the offer works only through taking part, and nobody does the opposite; "
            + _ALIKE_BUT.en,
        ),
        Text(
            "wie meedeed, en een aanbod dat daar veel in verandert",
            "who took part, and an offer that changes much in that",
        ),
        LOT,
    ),
    Method.LOGISTIC: Claim(
        Text(
            "verschil in aandelen, als iedereen in de ene of in de andere groep zat",
            "difference in shares, if everybody were in the one arm or in the other",
        ),
        _PER_PUPIL,
        Text(
            "kenmerken werken in beide groepen hetzelfde op de kans (logit); " + _ALIKE_GIVEN.nl,
            "characteristics bear on the chance alike in both arms (logit); " + _ALIKE_GIVEN.en,
        ),
        Text(
            "een uitkomst van 0 en 1, in elke groep beide, en twee scholen of meer in elke groep",
            "an outcome of 0 and 1, both in each arm, and two schools or more in each arm",
        ),
        LOT,
    ),
    Method.LOGISTIC_MULTILEVEL: Claim(
        Text(
            "verschil in aandelen over alle scholen, als iedereen in de ene of in de andere groep"
            " zat",
            "difference in shares over all schools, if everybody were in the one arm or in the"
            " other",
        ),
        Text(
            "kleine scholen tellen zwaarder dan hun aantal leerlingen, naarmate scholen meer"
            " verschillen",
            "small schools count for more than their pupils, the more so as schools differ more",
        ),
        Text(
            "verschillen tussen scholen zijn ongeveer normaal verdeeld (logit); " + _ALIKE_GIVEN.nl,
            "differences between schools are about normally distributed (logit); "
            + _ALIKE_GIVEN.en,
        ),
        Text(
            "een uitkomst van 0 en 1, in elke groep beide, en twee scholen of meer in elke groep",
            "an outcome of 0 and 1, both in each arm, and two schools or more in each arm",
        ),
        LOT,
    ),
    Method.COUNTS: Claim(
        Text(
            "verschil in gemiddeld aantal, als iedereen in de ene of in de andere groep zat",
            "difference in mean counts, if everybody were in the one arm or in the other",
        ),
        _PER_PUPIL,
        Text(
            "kenmerken maken het aantal in beide groepen evenveel keer zo groot; "
            + _ALIKE_GIVEN.nl,
            "characteristics make counts as many times as large in both arms; " + _ALIKE_GIVEN.en,
        ),
        Text(
            "een uitkomst van hele getallen, en twee scholen of meer in elke groep",
            "an outcome of whole numbers, and two schools or more in each arm",
        ),
        LOT,
    ),
}  # fmt: skip

SANDWICH = (Inference.CR2, Inference.CR0, Inference.CR1, Inference.CR1S, Inference.CR3)
ESTIMATED = (Inference.JACKKNIFE, Inference.INFLUENCE)  # know that the weights were estimated
# Methods with inferences of their own, default first: that of the simulation (COMPARING.md).
TAKES: dict[Method, tuple[Inference, ...]] = {
    Method.SITE_AVERAGE: (Inference.CR2,),
    Method.PUPIL_AVERAGE: (Inference.CR2,),
    Method.MULTILEVEL: (
        Inference.KENWARD_ROGER,
        Inference.SATTERTHWAITE,
        Inference.RANDOMISATION,
    ),
    Method.PROPENSITY: (*ESTIMATED, *SANDWICH),  # CR2 takes the weights as known: far too wide
    **dict.fromkeys((Method.ENTROPY, Method.STABLE), (SANDWICH[0], *ESTIMATED, *SANDWICH[1:])),
    **dict.fromkeys(MATCHING, SANDWICH),
    Method.DOUBLY_ROBUST: ESTIMATED,
    Method.STAGGERED: (Inference.INFLUENCE,),
    Method.SERIES: (Inference.NEWEY_WEST,),
    Method.SYNTHETIC: (Inference.PLACEBO,),
    Method.DISCONTINUITY: (Inference.BIAS_CORRECTED,),
    **dict.fromkeys(BY_LIKELIHOOD, SANDWICH),
    Method.LOGISTIC_MULTILEVEL: (Inference.BETWEEN_WITHIN,),
    Method.COMPLIER: (*SANDWICH[:4], Inference.CLASSICAL),
    Method.WAVES: (*SANDWICH, Inference.KENWARD_ROGER, Inference.SATTERTHWAITE),
}
# The inferences of no regression.
OF_REGRESSIONS = {
    *SANDWICH, Inference.JACKKNIFE, Inference.CLASSICAL, Inference.RANDOMISATION,
}  # fmt: skip
OWN = {way for ways in TAKES.values() for way in ways} - OF_REGRESSIONS
CANNOT: dict[Method, tuple[Inference, ...]] = {  # what a method cannot be combined with
    method: tuple(
        way
        for way in Inference
        if (way not in TAKES[method] if method in TAKES else way in OWN)
        or (method is Method.INTERACTED and way is Inference.RANDOMISATION)  # no sum over units
    )
    for method in Method
}


def methods(language: str = "nl") -> pd.DataFrame:
    """The table of estimators: what each estimates, for whom, what must be true, which words.

    A row per method, its columns: estimand, weighs, supposes, needs, carries_cause (how it must
    have been decided who got the programme; empty: this method never carries a cause), inference
    (the default first). language: ``nl`` or ``en``.

    >>> methods("en").loc["discontinuity", "carries_cause"]
    'cutoff'
    """
    dutch(language)  # refuses any third language
    rows = {
        method.value: {
            "estimand": claim.estimand[language],
            "weighs": claim.weighs[language],
            "supposes": claim.supposes[language],
            "needs": claim.needs[language],
            "carries_cause": ", ".join(way.value for way in claim.carries_cause),
            "inference": ", ".join(way.value for way in inferences(method)),
        }
        for method, claim in CLAIMS.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")


def inferences(method: Method) -> tuple[Inference, ...]:
    """What a method can be combined with, the default first (of regressions CR2)."""
    own = TAKES.get(method, (Inference.CR2, *Inference))
    return tuple(dict.fromkeys(way for way in own if way not in CANNOT[method]))


def carries_cause(method: Method, allocation: Allocation) -> bool:
    """Whether a report may say that the programme led to the difference."""
    return allocation in CLAIMS[method].carries_cause
