"""Every way in which a plan contradicts itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from academic_workplace.errors import Fault, not_known
from academic_workplace.language import Text
from academic_workplace.plan.choices import MOST_DRAWS, READING, Norm
from academic_workplace.plan.designs import of_designs, of_missing
from academic_workplace.plan.refusing import NAME_WAVE

if TYPE_CHECKING:
    from academic_workplace.plan.model import Plan


def contradictions(plan: Plan) -> list[Fault]:
    """Every fault of a plan whose fields have their right form."""
    return [
        *_of_columns(plan),
        *_of_lists(plan),
        *of_designs(plan),
        *_of_tables(plan),
        *_of_waves(plan),
        *_of_numbers(plan),
        *of_missing(plan),
        *_of_words(plan),
    ]


def _fault(column: str, nl: str, en: str, do_nl: str, do_en: str) -> Fault:
    return Fault(column=column, rule=Text(nl, en), remedy=Text(do_nl, do_en))


def _of_columns(plan: Plan) -> Iterator[Fault]:
    """Columns that are not named, and those with two roles that cannot go together."""
    if not plan.outcomes or not all(plan.outcomes):
        yield _fault(
            "outcome",
            "Er is geen uitkomst.",
            "There is no outcome.",
            "Noem ten minste één kolom.",
            "Name at least one column.",
        )
    for name in ("treatment", "cluster"):
        if not getattr(plan, name):
            yield _fault(
                name, "Dit ontbreekt.", "This is missing.", "Noem een kolom.", "Name a column."
            )
    roles = {
        "outcomes": plan.outcomes,
        "treatment": (plan.treatment,),
        "covariates": plan.covariates,
        "wave": (plan.wave,) if plan.wave else (),
    }
    for role, columns in roles.items():
        others = {c: r for r, cs in roles.items() if r != role for c in cs}
        for column in dict.fromkeys(filter(None, columns)):
            if columns.count(column) > 1 or (column in others and role < others[column]):
                yield _fault(
                    column,
                    f"Deze kolom staat dubbel in het plan ({role}).",
                    f"This column stands twice in the plan ({role}).",
                    "Geef elke kolom één rol.",
                    "Give every column one role.",
                )
    measured = {*plan.outcomes, plan.treatment} - {""}
    elsewhere = {"cluster": (plan.cluster,), "pupil": (plan.pupil,), "baseline": plan.baselines,
                 "weights": (plan.weights,), "crossed": (plan.crossed,), "period": (plan.period,),
                 "classes": (plan.classes,), "took_part": (plan.took_part,),
                 "running": (plan.running,), "subgroups": plan.subgroups}  # fmt: skip
    for role, taken in elsewhere.items():
        for column in sorted(measured & set(taken)):
            yield _fault(
                role,
                f"‘{column}’ is in dit plan ook uitkomst of treatment.",
                f"‘{column}’ is also outcome or treatment in this plan.",
                "Noem een andere kolom.",
                "Name another column.",
            )


def _of_lists(plan: Plan) -> Iterator[Fault]:
    """Names that stand twice in a list, or in no list that they should be in."""
    for name in (
        "alone",
        "waves",
        "earlier",
        "blocks",
        "categories",
        "balance",
        "subgroups",
        "primary",
    ):
        listed = getattr(plan, name)
        for value in dict.fromkeys(v for v in listed if listed.count(v) > 1):
            yield _fault(
                name,
                f"‘{value}’ staat hier dubbel.",
                f"‘{value}’ stands here twice.",
                "Noem elke naam één keer.",
                "Name every name once.",
            )
    for column in plan.primary:
        if column not in plan.outcomes:
            yield _fault(
                "primary",
                f"‘{column}’ is geen uitkomst van dit plan.",
                f"‘{column}’ is no outcome of this plan.",
                "Verbeter de naam, of voeg de uitkomst toe.",
                "Mend the name, or add the outcome.",
            )
    for column in plan.categories:
        if column not in (*plan.covariates, *plan.balance, *plan.subgroups):
            yield _fault(
                "categories",
                f"‘{column}’ staat niet bij covariates, balance of subgroups.",
                f"‘{column}’ is not among covariates, balance or subgroups.",
                "Verbeter de naam, of haal hem weg.",
                "Mend the name, or take it out.",
            )


def _of_tables(plan: Plan) -> Iterator[Fault]:
    """What cannot be in the tables of new names, new values, counts and ways of reading."""
    new = list(plan.rename.values())
    for name in dict.fromkeys(name for name in new if new.count(name) > 1 or not name):
        yield _fault(
            "rename",
            f"Twee kolommen krijgen dezelfde naam: ‘{name}’." if name else "Een naam is leeg.",
            f"Two columns get the same name: ‘{name}’." if name else "A name is empty.",
            "Geef elke kolom een eigen naam.",
            "Give every column a name of its own.",
        )
    for column in plan.recode:
        if column in plan.rename and column not in new:
            right = f"[recode.{plan.rename[column]}]"
            yield _fault(
                f"recode.{column}",
                f"‘{column}’ heeft in dit plan een nieuwe naam gekregen.",
                f"‘{column}’ has been given a new name in this plan.",
                f"Schrijf {right}.",
                f"Write {right}.",
            )
    for key in plan.reading:
        if key not in READING:
            yield not_known("reading", key, list(READING))
    for arm, count in plan.asked.items():
        if count < 0:
            yield _fault(
                f"asked.{arm}",
                "Een aantal is nooit kleiner dan 0.",
                "A number is never below 0.",
                "Verbeter het aantal.",
                "Mend the number.",
            )
    for arm in plan.asked:
        if plan.study.arms and arm not in plan.study.arms:
            yield not_known("asked", arm, list(plan.study.arms))


def _of_waves(plan: Plan) -> Iterator[Fault]:
    """What the long layout needs, and a baseline that does not fit the layout."""
    if plan.wave is None and plan.waves:
        rule = Text(
            "Er zijn meetmomenten, maar geen kolom voor het meetmoment.",
            "There are waves but no column that holds the wave.",
        )
        yield Fault(rule, NAME_WAVE, column="waves")
    if plan.wave is not None and not plan.waves:
        yield _fault(
            "waves",
            "Er is geen meetmoment na het programma.",
            "There is no wave after the programme.",
            "Noem de metingen bij [waves] als after (of waves=).",
            "Name the waves in [waves] as after (or waves=).",
        )
    if plan.wave is not None and plan.pupil is None and not plan.repeated:
        yield _fault(
            "pupil",
            "Bij meer dan één meetmoment is een kolom nodig die zegt welke leerling het is.",
            "With several waves a column that identifies the pupil is needed.",
            "Noem de kolom met het pseudoniem (pupil).",
            "Name the column with the pseudonym (pupil).",
        )
    if plan.wave is not None and isinstance(plan.baseline, tuple):
        yield _fault(
            "baseline",
            "Met meetmomenten is de voormeting één meetmoment, geen lijst.",
            "With waves the baseline is one wave, not a list.",
            "Noem de waarde van de voormeting.",
            "Name the value of the baseline wave.",
        )
    if plan.wave is not None and plan.baseline in plan.waves:
        yield _fault(
            "baseline",
            "De voormeting staat ook bij de metingen erna.",
            "The baseline also stands among the waves after it.",
            "Haal die daar weg.",
            "Take it out there.",
        )
    if plan.main_wave is not None and plan.main_wave not in plan.waves:
        yield _fault(
            "main_wave",
            "Het hoofdmeetmoment staat niet bij de metingen na het programma.",
            "The main wave is not among the waves after the programme.",
            "Kies een van die metingen.",
            "Choose one of them.",
        )
    if plan.wave is None and len(plan.baselines) != len(plan.outcomes):
        yield _fault(
            "baseline",
            "Het aantal voormetingen is niet gelijk aan het aantal uitkomsten.",
            "The number of baselines differs from the number of outcomes.",
            "Geef er één per uitkomst.",
            "Give one per outcome.",
        )


def _of_numbers(plan: Plan) -> Iterator[Fault]:
    """Numbers outside the range that they have in any plan."""
    if not 0 < plan.smallest_effect < math.inf:
        yield _fault(
            "smallest_effect",
            "Het kleinste effect dat ertoe doet moet groter zijn dan 0.",
            "The smallest effect that matters must be larger than 0.",
            "Kies bijvoorbeeld 0.10 (standaarddeviaties).",
            "Choose for example 0.10 (standard deviations).",
        )
    if plan.seed < 0:
        yield _fault(
            "seed",
            "Het begingetal (seed) is nooit kleiner dan 0.",
            "The seed is never below 0.",
            "Kies bijvoorbeeld 0.",
            "Choose for example 0.",
        )
    if plan.draws > MOST_DRAWS:
        yield _fault(
            "draws",
            f"Meer dan {MOST_DRAWS} trekkingen duurt te lang en maakt niets zekerder.",
            f"More than {MOST_DRAWS} draws take too long and make nothing surer.",
            "Kies bijvoorbeeld 9999.",
            "Choose for example 9999.",
        )
    if plan.draws < 99:
        yield _fault(
            "draws",
            "Met minder dan 99 trekkingen is een p-waarde te grof.",
            "With fewer than 99 draws a p-value is too coarse.",
            "Kies bijvoorbeeld 9999.",
            "Choose for example 9999.",
        )


def _of_words(plan: Plan) -> Iterator[Fault]:
    """Words about an outcome that are not known."""
    norms = [norm.value for norm in Norm]
    for outcome, measure in plan.study.measures.items():
        if measure.better not in ("higher", "lower"):
            yield not_known(f"{outcome}.better", measure.better, ["higher", "lower"])
        if measure.norm not in ("", *norms):
            yield not_known(f"{outcome}.norm", measure.norm, norms)
