"""What designs of their own need, and what a plan with one of them cannot ask."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from academic_workplace.errors import Fault, not_known
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan.choices import (
    BY_LIKELIHOOD,
    COMPARING,
    FEWEST_WAVES,
    IMPUTABLE,
    MOST_IMPUTATIONS,
    MOST_PRIOR,
    MOST_QUANTILES,
    NOT_FILLED,
    OF_MODEL,
    OVER_TIME,
    OVER_WAVES,
    RESAMPLING,
    TAKES_CROSSED,
    TAKES_DOSE,
    TAKES_INDICATOR,
    TAKES_WEIGHTS,
    TWO_WAYS,
    Allocation,
    Estimand,
    Inference,
    Method,
    Missing,
)
from academic_workplace.plan.filling import NO_POOLING, NOT_FILLED_IN, NOT_POOLED, OR_COMPLETE
from academic_workplace.plan.refusing import NAME_WAVE, TAKE_OUT, only, own_column, refused
from academic_workplace.plan.values import DOSE_ARMS, START_ARMS, Comparing

if TYPE_CHECKING:
    from academic_workplace.plan.model import Plan

MOST_TIME, LEAST_SPAN = 1e50, 1e-50  # of times: beyond these powers of them do not fit (intake)
LEAST_STEP = 1e-5  # of the whole span: two waves so near to one another are one moment
LEAST_BESIDE = 1e-9  # of the largest time: the steps between times keep seven digits

_NO_SECOND = Text(
    "Deze methode kent maar één indeling van de leerlingen. Met een tweede (crossed) zou de"
    " onzekerheid te klein kunnen zijn.",
    "This method knows only one division of the pupils. With a second one (crossed) the uncertainty"
    " might be too small.",
)
_OF_MEANS = Text(
    "Deze methode rekent met gemiddelden van clusters of blokken. Dat kan niet met een"
    " tweede indeling (crossed).",
    "This method works from means of clusters or blocks. That cannot be done with a"
    " second division (crossed).",
)
_FROM_MEANS = (Method.CLUSTER_MEANS, Method.SITE_AVERAGE, Method.PUPIL_AVERAGE)
_ONE_LEVEL = (  # why the logistic multilevel model has no classes, and what has them
    Text(
        "De methode ‘logistic multilevel’ kent wel scholen, maar geen klassen in scholen (classes)."
        " Ze ziet niet dat leerlingen van één klas op elkaar lijken. Haar onzekerheid kan dan te"
        " klein zijn.",
        "The method ‘logistic multilevel’ knows schools, but no classes in schools (classes). It"
        " does not see that pupils of one class are alike. Its uncertainty may then be too small.",
    ),
    Text(
        "Neem ‘logistic’: die rekent per school, met alle klassen erin. Of neem ‘multilevel’: een"
        " verschil in aandelen, met een eigen niveau voor elke klas.",
        "Take ‘logistic’: it works by school, with all classes in it. Or take ‘multilevel’: a"
        " difference in shares, with a level of its own for every class.",
    ),
)
_ONE_EFFECT = Text(
    "Deze methode kent één effect voor alle scholen, en niet een dat per school verschilt"
    " (varying).",
    "This method knows one effect for all schools, and not one that differs from school to school"
    " (varying).",
)
_ONE_EFFECT_OF_MODEL = Text(
    f"{_ONE_EFFECT.nl} Als het effect toch verschilt, is de onzekerheid te klein.",
    f"{_ONE_EFFECT.en} If the effect does differ, the uncertainty is too small.",
)
_LEAVE_VARYING = Text(
    "Haal varying weg: de onzekerheid per school (CR2) telt mee dat effecten verschillen. Of neem"
    " ‘multilevel’: een verschil in gemiddelden of aandelen, met een eigen effect per school.",
    "Leave varying out: the uncertainty by school (CR2) counts that effects differ. Or take"
    " ‘multilevel’: a difference in means or shares, with an effect of its own for every school.",
)
_TO_CR2 = Text(
    "Neem ‘logistic’ zonder varying: de onzekerheid per school (CR2) telt mee dat effecten"
    " verschillen. Of neem ‘multilevel’: een verschil in aandelen, met een eigen effect per"
    " school.",
    "Take ‘logistic’ without varying: the uncertainty by school (CR2) counts that effects differ."
    " Or take ‘multilevel’: a difference in shares, with an effect of its own for every school.",
)


def of_designs(plan: Plan) -> list[Fault]:
    """The faults of every design that the plan asks for, but for what is missing."""
    return [
        *_dose(plan),
        *_alone(plan),
        *_period(plan),
        *_cutoff(plan),
        *_comparing(plan),
        *_weights(plan),
        *_crossed(plan),
        *_classes(plan),
        *_varying(plan),
        *_took_part(plan),
        *_prior(plan),
        *_quantiles(plan),
        *_over_waves(plan),
        *_times(plan),
    ]


def _dose(plan: Plan) -> list[Fault]:
    """What a plan whose treatment is an amount cannot ask."""
    if not plan.dose:
        return []
    faults = []
    if plan.comparison is not None:
        rule = Text(
            "De treatment is hier een hoeveelheid. Dan is er geen vergelijkingsgroep.",
            "The treatment is an amount here, so there is no comparison arm.",
        )
        remedy = Text("Haal comparison of dose weg.", "Take out comparison or dose.")
        faults.append(Fault(rule, remedy, column="comparison"))
    rule = Text(
        "Deze methode vergelijkt groepen en kan niet met een hoeveelheid (dose).",
        "This method compares arms and cannot be had with an amount (dose).",
    )
    faults += only(plan, "method", TAKES_DOSE, rule)
    return faults + [
        not_known(f"arms.{arm}", arm, list(DOSE_ARMS))
        for arm in plan.study.arms
        if arm not in DOSE_ARMS
    ]


def _alone(plan: Plan) -> list[Fault]:
    """What pupils who stand alone need."""
    if not plan.alone:
        return []
    faults = []
    if plan.pupil is None:
        rule = Text(
            "Leerlingen die op zichzelf staan (alone) zijn te herkennen aan hun pseudoniem.",
            "Pupils who stand alone are told apart by their pseudonym.",
        )
        remedy = Text(
            "Noem de kolom met het pseudoniem (pupil).",
            "Name the column with the pseudonym (pupil).",
        )
        faults.append(Fault(rule, remedy, column="pupil"))
    if plan.dose:
        rule = Text(
            "De treatment is hier een hoeveelheid. Dan zijn er geen groepen die op zichzelf staan.",
            "The treatment is an amount here, so there are no arms whose pupils stand alone.",
        )
        faults.append(Fault(rule, Text("Haal alone weg.", "Take out alone."), column="alone"))
        return faults
    elsewhere = (*plan.blocks, *plan.covariates, *plan.balance, *plan.subgroups)
    if plan.cluster in elsewhere:
        rule = Text(
            "Deze kolom telt niet voor wie op zichzelf staat, maar heeft in het plan nog een rol.",
            "This column does not count for who stands alone, but has another role in the plan.",
        )
        remedy = Text("Noem daar een andere kolom.", "Name another column there.")
        faults.append(Fault(rule, remedy, column="cluster"))
    arms = dict.fromkeys((*plan.study.arms, *([plan.comparison] if plan.comparison else [])))
    unknown = [arm for arm in plan.alone if plan.study.arms and arm not in arms]
    return faults + [not_known("alone", arm, list(arms)) for arm in unknown]


def _period(plan: Plan) -> list[Fault]:
    """What a plan over periods cannot ask, and what only such a plan can."""
    if plan.period is None:
        if plan.method not in OVER_TIME:
            return []
        rule = Text(
            "Deze methode volgt scholen over de jaren. Het plan noemt geen kolom met het jaar.",
            "This method follows schools over the years. The plan names no column with the year.",
        )
        remedy = Text(
            "Noem de kolom met het schooljaar (period); in treatment staat dan het jaar van de"
            " start.",
            "Name the column with the school year (period); treatment then holds the year of the"
            " start.",
        )
        return [Fault(rule, remedy, column="period")]
    rule = Text(
        "Deze kolom heeft in het plan nog een andere rol.",
        "This column has another role in the plan as well.",
    )
    taken = (plan.cluster, plan.pupil, *plan.blocks, *plan.covariates)
    faults = own_column(plan, "period", taken, rule)
    rule = Text(
        "Dit kan niet in een plan met jaren (period).", "A plan with years (period) cannot have it."
    )
    names = ("wave", "baseline", "dose", "alone", "crossed", "classes", "blocks", "comparison",
             "running", "weights", "varying", "asked")  # fmt: skip
    faults += refused(plan, [name for name in names if name != "asked" or plan.asked], rule)
    wrong = Text(
        "Deze methode volgt geen scholen over de jaren.",
        "This method does not follow schools over the years.",
    )
    return (
        faults
        + only(plan, "method", OVER_TIME, wrong)
        + [
            not_known(f"arms.{arm}", arm, list(START_ARMS))
            for arm in plan.study.arms
            if arm not in START_ARMS
        ]
    )


def _cutoff(plan: Plan) -> list[Fault]:
    """What a plan with a cut-off needs, and what only such a plan can ask."""
    if plan.running is None and plan.cutoff is None and plan.method is not Method.DISCONTINUITY:
        return []
    faults = []
    for name, nl, en in (
        (
            "running",
            "de kolom die bepaalt wie mee mag doen",
            "the column that decides who may join",
        ),
        ("cutoff", "de grens in die kolom", "the cut-off in that column"),
    ):
        if getattr(plan, name) is None:
            rule = Text(f"Het plan noemt niet: {nl}.", f"The plan does not name {en}.")
            faults.append(Fault(rule, Text("Voeg het toe.", "Add it."), column=name))
    if plan.cutoff is not None and not math.isfinite(plan.cutoff):
        rule = Text("De grens is geen gewoon getal.", "The cut-off is no ordinary number.")
        faults.append(Fault(rule, Text("Verbeter het getal.", "Mend the number."), column="cutoff"))
    rule = Text(
        "Dit kan niet in een plan met een grens (cutoff).",
        "A plan with a cut-off cannot have it.",
    )
    names = ("dose", "alone", "crossed", "classes", "varying", "blocks", "weights")
    faults += refused(plan, names, rule)
    wrong = Text(
        "Deze methode vergelijkt niet rond een grens.", "This method does not compare at a cut-off."
    )
    return faults + only(plan, "method", (Method.DISCONTINUITY,), wrong)


def _comparing(plan: Plan) -> list[Fault]:
    """What cannot be asked of the way in which arms are made alike."""
    faults: list[Fault] = []
    c = plan.comparing

    def fault(name: str, rule: Text, remedy: Text) -> None:
        faults.append(Fault(rule, remedy, column=f"comparing.{name}"))

    for after in dict.fromkeys(n for n in c.exact if n in (*plan.outcomes, plan.treatment)):
        rule = Text(
            f"‘{after}’ is in dit plan ook uitkomst of treatment.",
            f"‘{after}’ is also outcome or treatment in this plan.",
        )
        fault("exact", rule, Text("Noem kolommen van vooraf.", "Name columns known beforehand."))
    above = Text("Dit getal moet groter zijn dan 0.", "This number must be above 0.")
    if c.caliper is not None and not 0 < c.caliper < math.inf:
        fault("caliper", above, Text("Kies bijvoorbeeld 0.2.", "Choose for example 0.2."))
    if c.ratio < 1:
        fault("ratio", above, Text("Kies bijvoorbeeld 1.", "Choose for example 1."))
    if c.classes < 2:
        rule = Text("Er zijn ten minste 2 klassen nodig.", "At least 2 classes are needed.")
        fault("classes", rule, Text("Kies bijvoorbeeld 5.", "Choose for example 5."))
    if c.trim is not None and not 0 < c.trim < 0.5:
        rule = Text("Dit getal ligt tussen 0 en 0,5.", "This number lies between 0 and 0.5.")
        fault("trim", rule, Text("Kies bijvoorbeeld 0.05.", "Choose for example 0.05."))
    asked = plan.estimand is not None or c != Comparing()
    if plan.method is not None and plan.method not in COMPARING:
        if asked:
            rule = Text(
                "Deze methode maakt groepen niet gelijk met gewichten of tweetallen.",
                "This method does not make arms alike by weights or matching.",
            )
            listed = ", ".join(method.value for method in COMPARING)
            remedy = Text(
                f"Haal estimand en [comparing] weg, of kies uit: {listed}.",
                f"Take out estimand and [comparing], or choose from: {listed}.",
            )
            faults.append(Fault(rule, remedy, column="method"))
        return faults
    if plan.method in COMPARING:
        rule = Text(
            "Dit kan niet bij groepen die gelijk zijn gemaakt met gewichten of tweetallen.",
            "This cannot be had with arms that were made alike by weights or matching.",
        )
        faults += refused(plan, ("dose", "crossed", "weights"), rule)
        if not plan.covariates and plan.baseline is None and not c.exact:
            nothing = Text(
                "Er is niets om de groepen op gelijk te maken.",
                "There is nothing to make the arms alike on.",
            )
            name = Text("Noem kenmerken van vooraf (covariates).", "Name covariates.")
            faults.append(Fault(nothing, name, column="covariates"))
    return faults


def _weights(plan: Plan) -> list[Fault]:
    """What a plan with weights cannot ask."""
    if plan.weights is None:
        return []
    rule = Text(
        "Dit is geen kolom met gewichten: hij heeft in het plan een andere rol.",
        "This is no column of weights: it has another role in the plan.",
    )
    taken = (plan.cluster, plan.pupil, plan.wave, *plan.blocks)
    faults = own_column(plan, "weights", taken, rule)
    rule = Text("Deze methode kent geen gewichten.", "This method knows no weights.")
    if plan.method in _FROM_MEANS:
        rule = Text(
            "Deze methode telt elk cluster of blok even zwaar, of per leerling. Daar passen geen"
            " gewichten bij.",
            "This method counts every cluster or block alike, or by its pupils. Weights do not go"
            " with that.",
        )
    return faults + only(plan, "method", TAKES_WEIGHTS, rule)


def _crossed(plan: Plan) -> list[Fault]:
    """What a plan with two divisions of the pupils cannot ask, and what one with one cannot."""
    if plan.crossed is None and plan.inference is not Inference.TWO_WAY:
        return []
    if plan.crossed is None:
        rule = Text(
            "Deze berekening gaat over twee indelingen tegelijk. Het plan heeft er maar één.",
            "This calculation is about two divisions at once. The plan has only one.",
        )
        remedy = Text(
            "Noem de kolom van de tweede indeling (crossed).",
            "Name the column of the second division (crossed).",
        )
        return [Fault(rule, remedy, column="crossed")]
    rule = Text(
        "Dit is geen tweede indeling: deze kolom heeft in het plan een andere rol.",
        "This is no second division: the column has another role in the plan.",
    )
    taken = (plan.cluster, plan.pupil, plan.wave, plan.weights, *plan.baselines)
    faults = own_column(plan, "crossed", taken, rule)
    rule = _OF_MEANS if plan.method in _FROM_MEANS else _NO_SECOND
    faults += only(plan, "method", TAKES_CROSSED, rule)
    if plan.method is Method.MULTILEVEL:
        rule = Text(
            "Deze berekening hoort niet bij het multilevelmodel.",
            "This calculation does not go with the multilevel model.",
        )
        return faults + only(plan, "inference", OF_MODEL, rule)
    rule = Text(
        "Deze berekening kent maar één indeling. Het plan heeft er twee (crossed): ze zou de"
        " onzekerheid te klein maken.",
        "This calculation knows only one division. The plan has two (crossed): it would make"
        " the uncertainty too small.",
    )
    return faults + only(plan, "inference", TWO_WAYS, rule)


def _classes(plan: Plan) -> list[Fault]:
    """What a plan with classes in its clusters cannot ask."""
    if plan.classes is None:
        return []
    rule = Text(
        "Dit is geen kolom met klassen: hij heeft in het plan een andere rol.",
        "This is no column of classes: it has another role in the plan.",
    )
    taken = (plan.cluster, plan.pupil, plan.wave, plan.weights, *plan.blocks, *plan.baselines)
    faults = own_column(plan, "classes", taken, rule)
    rule = Text(
        "Dit kan niet in een plan met klassen in scholen (classes).",
        "A plan with classes in schools (classes) cannot have it.",
    )
    faults += refused(plan, ("crossed", "alone"), rule)
    if plan.method is Method.LOGISTIC_MULTILEVEL:
        faults += refused(plan, ("classes",), *_ONE_LEVEL)
    return faults


def of_missing(plan: Plan) -> list[Fault]:
    """What a plan cannot ask that fills in what is missing."""
    faults = []
    if not 2 <= plan.imputations <= MOST_IMPUTATIONS:
        rule = Text(
            f"Zo vaak invullen kan niet: kies 2 tot {MOST_IMPUTATIONS} keer.",
            f"Filling in so many times cannot be done: choose 2 to {MOST_IMPUTATIONS}.",
        )
        remedy = Text("Kies bijvoorbeeld 20.", "Choose for example 20.")
        faults.append(Fault(rule, remedy, column="imputations"))
    if plan.missing is Missing.INDICATOR:
        if plan.allocation is not Allocation.LOT:
            # White & Thompson (2005), Stat. Med. 24, 993; Groenwold et al. (2012), CMAJ 184, 1265.
            rule = Text(
                "Een aanduiding ‘niet bekend’ (missing indicator) geeft zonder loting een scheef"
                " beeld (White en Thompson, 2005; Groenwold en anderen, 2012).",
                "Without a lot a missing indicator gives a biased answer (White & Thompson, 2005;"
                " Groenwold et al., 2012).",
            )
            remedy = Text(
                'Schrijf missing = "multiple imputation" of "complete cases".',
                'Write missing = "multiple imputation" or "complete cases".',
            )
            faults.append(Fault(rule, remedy, column="missing"))
        rule = Text(
            "Dit kan niet samen met een aanduiding ‘niet bekend’ (missing indicator).",
            "This cannot be had with a missing indicator.",
        )
        faults += refused(plan, (*NOT_FILLED, "varying", "estimand"), rule)
        faults += only(plan, "method", TAKES_INDICATOR, rule)
    if plan.missing is not Missing.IMPUTED:
        return faults
    for name, (why, instead) in NOT_FILLED_IN.items():
        if name != "varying" or plan.varying != plan.treatment:  # every arm has levels of its own
            faults += refused(plan, (name,), why, instead)
    rule, instead = NOT_POOLED.get(plan.method, NO_POOLING)
    for fault in only(plan, "method", IMPUTABLE, rule):
        either = Text(*(f"{instead[code]} {fault.remedy[code]}" for code in LANGUAGES))
        faults.append(replace(fault, remedy=either))
    if plan.inference in RESAMPLING:
        rule = Text(
            "Deze berekening geeft geen vrijheidsgraden. Dan zijn de antwoorden van de ingevulde"
            " tabellen niet samen te nemen.",
            "This calculation gives no degrees of freedom, so that the answers of the completed"
            " tables cannot be pooled.",
        )
        remedy = Text(
            f"Kies bijvoorbeeld CR2. {OR_COMPLETE.nl}", f"Choose CR2, for example. {OR_COMPLETE.en}"
        )
        faults.append(Fault(rule, remedy, column="inference"))
    return faults


def _varying(plan: Plan) -> list[Fault]:
    """What a plan cannot ask of which an effect may differ from cluster to cluster."""
    if plan.varying is None:
        return []
    faults = []
    known = (plan.treatment, *(c for c in plan.covariates if c not in plan.categories))
    if plan.varying not in known:
        rule = Text(
            "Dit is niet de kolom van de groepen (treatment), en geen covariate die een getal is.",
            "This is not the column of the treatment, and no covariate that is a number.",
        )
        listed = ", ".join(dict.fromkeys(filter(None, known)))
        remedy = Text(f"Kies uit: {listed}.", f"Choose from: {listed}.")
        faults.append(Fault(rule, remedy, column="varying"))
    rule = Text(
        "Dit kan niet in een plan waarin een effect per school mag verschillen (varying).",
        "A plan in which an effect may differ from school to school (varying) cannot have it.",
    )
    faults += refused(plan, ("crossed", "classes", "alone"), rule)
    if plan.method is Method.LOGISTIC_MULTILEVEL:
        faults += refused(plan, ("varying",), _ONE_EFFECT_OF_MODEL, _TO_CR2)
    elif plan.method in BY_LIKELIHOOD:
        faults += refused(plan, ("varying",), _ONE_EFFECT, _LEAVE_VARYING)
    return faults


def _over_waves(plan: Plan) -> list[Fault]:
    """What it needs to compare how the arms changed, and what such a plan cannot ask."""
    if plan.method not in OVER_WAVES and not plan.repeated and not plan.earlier:
        return []
    faults = []
    long = plan.wave is not None
    if (plan.repeated or plan.earlier) and not long:
        name = "repeated" if plan.repeated else "earlier"
        rule = Text(
            "Dit gaat over meetmomenten. Het plan noemt geen kolom met het meetmoment.",
            "This is about waves. The plan names no column with the wave.",
        )
        faults.append(Fault(rule, NAME_WAVE, column=name))
    if plan.baseline is None or (not long and not all(plan.baselines)):
        rule = Text(
            "Deze methode vergelijkt hoe groepen veranderden. Er is geen meting van vooraf.",
            "This method compares how groups changed. Nothing was measured before.",
        )
        remedy = Text(
            "Noem van elke uitkomst de meting vooraf (baseline), of kies een andere methode.",
            "Name the baseline of every outcome, or choose another method.",
        )
        faults.append(Fault(rule, remedy, column="baseline"))
    for wave in (w for w in plan.earlier if w in (plan.baseline, *plan.waves)):
        rule = Text(
            f"‘{wave}’ staat ook bij de voormeting of de metingen erna.",
            f"‘{wave}’ is the baseline or a wave after it as well.",
        )
        remedy = Text("Noem elk meetmoment één keer.", "Name every wave once.")
        faults.append(Fault(rule, remedy, column="earlier"))
    wrong = Text(
        "Deze methode vergelijkt niet hoe groepen veranderden (earlier, other_pupils; in Python:"
        " repeated).",
        "This method does not compare how groups changed (earlier, other_pupils; in Python:"
        " repeated).",
    )
    if plan.repeated and plan.method is Method.WAVES:
        wrong = Text(
            "Deze methode volgt steeds dezelfde leerlingen. Volgens het plan zijn het er elke keer"
            " andere (other_pupils; in Python: repeated).",
            "This method follows the same pupils. The plan says that every wave has others"
            " (other_pupils; in Python: repeated).",
        )
    known = (Method.GROWTH,) if plan.repeated else OVER_WAVES
    faults += only(plan, "method", known, wrong)
    rule = Text(
        "Dit kan niet bij het vergelijken van veranderingen.",
        "This cannot be had when changes are compared.",
    )
    names = ["dose", "crossed", "weights", "varying"]
    own = ["classes", "alone"]  # what the same pupils without a model of waves may have
    names += [*own, "blocks"] if plan.repeated else []
    names += ["pupil", "subgroups"] if plan.repeated else []
    faults += refused(plan, names, rule)
    if plan.method is Method.WAVES and not plan.repeated:
        rule = Text(
            "De methode ‘multilevel over waves’ kan dit niet.",
            "The method ‘multilevel over waves’ cannot have it.",
        )
        instead = Text(
            f"Haal het weg, of neem de methode ‘{Method.GROWTH.value}’.",
            f"Take it out, or take the method ‘{Method.GROWTH.value}’.",
        )
        faults += refused(plan, own, rule, instead)
    return faults


def _times(plan: Plan) -> list[Fault]:
    """What it needs to let every pupil change at a pace of their own."""
    if not plan.times:
        return []
    baseline = () if plan.baseline is None else (str(plan.baseline),)
    waves = (*plan.earlier, *baseline, *plan.waves)
    rule = Text(
        "Alleen een multilevelmodel over de meetmomenten van dezelfde leerlingen kent een eigen"
        " tempo per leerling (times).",
        "Only a multilevel model over the waves of the same pupils knows a pace of each pupil's own"
        " (times).",
    )
    if plan.wave is None:
        return [Fault(rule, NAME_WAVE, column="times")]
    faults = only(plan, "method", (Method.WAVES,), rule) + refused(plan, ("repeated",), rule)
    faults += [not_known("times", wave, waves) for wave in plan.times if wave not in waves]
    untold = ", ".join(wave for wave in waves if wave not in plan.times)
    if untold:
        rule = Text(
            f"Er staat niet wanneer deze meetmomenten waren: {untold}.",
            f"It is not said when these waves were: {untold}.",
        )
        remedy = Text("Geef elk meetmoment een tijd.", "Give every wave a time.")
        faults.append(Fault(rule, remedy, column="times"))
    told = [plan.times[wave] for wave in waves if wave in plan.times]
    if not all(map(math.isfinite, told)) or any(a >= b for a, b in pairwise(told)):
        rule = Text(
            "De tijden lopen niet op in de volgorde van de meetmomenten.",
            "The times do not rise in the order of the waves.",
        )
        remedy = Text(
            "Geef bijvoorbeeld het aantal jaren sinds de eerste meting.",
            "Give for example the years since the first wave.",
        )
        faults.append(Fault(rule, remedy, column="times"))
    else:
        faults += _sizes_of_times(told)
    if len(waves) < FEWEST_WAVES:
        rule = Text(
            f"Een eigen tempo per leerling is pas te zien met {FEWEST_WAVES} meetmomenten of meer.",
            f"A pace of each pupil's own can only be seen with {FEWEST_WAVES} waves or more.",
        )
        remedy = Text(
            "Haal times weg, of voeg een meetmoment toe.", "Take out times, or add a wave."
        )
        faults.append(Fault(rule, remedy, column="times"))
    return faults


def _sizes_of_times(told: Sequence[float]) -> list[Fault]:
    """Times of which no number can be made, or not one from another. told: rising and finite."""
    remedy = Text(
        "Geef het aantal dagen of jaren sinds de eerste meting (die is dan 0).",
        "Give the days or years since the first wave (which is then 0).",
    )
    most = max(map(abs, told), default=0.0)
    steps = [b - a for a, b in pairwise(told)]
    if most > MOST_TIME or not all(step >= LEAST_SPAN for step in steps):
        rule = Text(
            "De tijden zijn te groot of te klein om mee te rekenen.",
            "The times are too large or too small to calculate with.",
        )
        return [Fault(rule, remedy, column="times")]
    if steps and min(steps) < max(LEAST_STEP * (told[-1] - told[0]), LEAST_BESIDE * most):
        rule = Text(
            "Twee meetmomenten liggen bijna op dezelfde tijd, vergeleken met de andere tijden.",
            "Two waves are at nearly the same time, beside the other times.",
        )
        return [Fault(rule, remedy, column="times")]
    return []


def _took_part(plan: Plan) -> list[Fault]:
    """What the effect of taking part needs, and what a plan that asks for it cannot have."""
    faults = []
    if plan.estimand is Estimand.LATE:
        rule = Text(
            "Dit hoort bij de methode ‘complier effect’ en staat niet in een plan.",
            "This belongs to the method ‘complier effect’ and does not stand in a plan.",
        )
        faults.append(Fault(rule, Text("Haal estimand weg.", "Take out estimand."), "", "estimand"))
    if plan.took_part is None:
        if plan.method is Method.COMPLIER:
            rule = Text(
                "Het plan noemt niet de kolom die zegt wie meedeed.",
                "The plan does not name the column that says who took part.",
            )
            remedy = Text("Noem de kolom (took_part).", "Name the column (took_part).")
            faults.append(Fault(rule, remedy, column="took_part"))
        return faults
    named = (plan.cluster, plan.second, plan.pupil, plan.wave, *plan.blocks, *plan.baselines,
             *plan.covariates, *plan.balance, *plan.subgroups, *plan.comparing.exact)  # fmt: skip
    rule = Text(
        "Meedoen is pas na de toewijzing gemeten. Deze kolom heeft in het plan een andere rol.",
        "Taking part was measured after the assignment. This column has another role in the plan.",
    )
    faults += own_column(plan, "took_part", named, rule)
    rule = Text(
        "Dit kan niet in een plan met een kolom voor meedoen (took_part).",
        "A plan with a column for taking part (took_part) cannot have it.",
    )
    return faults + refused(plan, ("dose", "crossed", "weights", "period", "running"), rule)


def _prior(plan: Plan) -> list[Fault]:
    """What cannot be known of an effect beforehand."""
    if plan.prior is None:
        return []
    faults = []

    def fault(name: str, rule: Text, remedy: Text) -> None:
        faults.append(Fault(rule, remedy, column=f"prior.{name}"))

    no_number = Text("Dit is geen gewoon getal.", "This is no ordinary number.")
    mend = Text("Verbeter het getal.", "Mend the number.")
    for name in ("mean", "sd"):
        value = getattr(plan.prior, name)
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not number or not math.isfinite(float(value)):
            fault(name, no_number, mend)
        elif abs(value) > MOST_PRIOR:
            rule = Text(
                "Zo groot is geen verschil in standaarddeviaties. Misschien is dit een aantal"
                " punten.",
                "No difference in standard deviations is so large. Perhaps it is in points.",
            )
            remedy = Text(
                "Deel door de standaarddeviatie van de uitkomst.",
                "Divide by the standard deviation of the outcome.",
            )
            fault(name, rule, remedy)
        elif name == "sd" and not value > 0:
            rule = Text(
                "De spreiding van wat we vooraf weten (sd) moet groter zijn dan 0.",
                "The spread of what is known beforehand (sd) must be above 0.",
            )
            fault(name, rule, Text("Kies bijvoorbeeld 0.10.", "Choose for example 0.10."))
    if not isinstance(plan.prior.source, str) or not plan.prior.source.strip():
        rule = Text(
            "Er staat niet waar deze kennis vandaan komt.",
            "It is not said where this knowledge comes from.",
        )
        remedy = Text("Noem het onderzoek (source).", "Name the research (source).")
        fault("source", rule, remedy)
    return faults


def _quantiles(plan: Plan) -> list[Fault]:
    """Shares that are none, and what a plan that names them cannot have."""
    if not plan.quantiles:
        return []
    faults = []
    remedy = Text("Kies bijvoorbeeld 0.1, 0.5 en 0.9.", "Choose for example 0.1, 0.5 and 0.9.")
    if not all(0 < t < 1 for t in plan.quantiles):
        rule = Text("Dit zijn geen delen tussen 0 en 1.", "These are no shares between 0 and 1.")
        faults.append(Fault(rule, remedy, column="quantiles"))
    if len(set(plan.quantiles)) != len(plan.quantiles) or len(plan.quantiles) > MOST_QUANTILES:
        rule = Text(
            f"Er staat een deel dubbel, of het zijn er meer dan {MOST_QUANTILES}.",
            f"A share stands twice, or there are more than {MOST_QUANTILES}.",
        )
        faults.append(Fault(rule, remedy, column="quantiles"))
    rule = Text(
        "Lage en hoge scores kunnen niet apart in een plan hiermee.",
        "Low and high scores cannot be told apart in a plan with it.",
    )
    faults += only(plan, "method", (Method.DIFFERENCE, Method.ADJUSTED), rule)
    faults += refused(plan, ("dose", "crossed", "weights", "period", "running"), rule)
    if plan.missing is Missing.IMPUTED:
        faults.append(Fault(rule, TAKE_OUT, column="missing"))
    return faults
