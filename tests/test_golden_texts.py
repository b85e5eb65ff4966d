"""What a workgroup reads, word for word: the page of seventy results, in both languages.

The texts stand in ``tests/golden/<name>.<language>.txt``. After a change of words on purpose:

    python tests/test_golden_texts.py              # write them all anew
    python tests/test_golden_texts.py gain dose    # or some

and read the difference as a teacher would. Would one know what to do, and what not to conclude?
"""

from __future__ import annotations

import datetime
import difflib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rows import schools

import academic_workplace as aw
from academic_workplace.disclosure import NCO, Profile, profile, under
from academic_workplace.effects import subgroups
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.language import LANGUAGES, Text, same
from academic_workplace.plan import Arm, Measure, Study
from academic_workplace.report import posterior, quantiles
from academic_workplace.report.build import build
from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    KeyMessage,
    Notice,
    Paragraph,
    Picture,
    Table,
    walk,
)

pytestmark = pytest.mark.usefixtures("pages_alone")

FOLDER = Path(__file__).parent / "golden"
DAY = datetime.date(2026, 11, 22)
WITH = Arm(
    Text("scholen met de lessen", "schools with the lessons"),
    Text("leerlingen op scholen met de lessen", "pupils at schools with the lessons"),
)
HALF = Arm(
    Text("scholen met halve lessen", "schools with half the lessons"),
    Text("leerlingen op scholen met halve lessen", "pupils at schools with half the lessons"),
)
WITHOUT = Arm(
    Text("scholen zonder de lessen", "schools without the lessons"),
    Text("leerlingen op scholen zonder de lessen", "pupils at schools without the lessons"),
)
TRUST = Measure(
    Text("Zelfvertrouwen", "Self-confidence"),
    Text("meer zelfvertrouwen", "more self-confidence"),
    wave=Text("na een jaar", "after a year"),
)
TROUBLE = Measure(
    Text("Probleemgedrag", "Problem behaviour"),
    Text("minder probleemgedrag", "less problem behaviour"),
    better="lower",
    wave=Text("na een jaar", "after a year"),
)
PLEASURE = Measure(
    Text("Plezier in school", "Pleasure in school"),
    Text("meer plezier in school", "more pleasure in school"),
    wave=Text("na een jaar", "after a year"),
)
STUDY = Study(
    question=Text("Helpen de lessen?", "Do the lessons help?"),
    programme=Text("de lessen", "the lessons"),
    arms={"1": WITH, "0": WITHOUT},
    measures={"after": TRUST, "later": PLEASURE, "trouble": TROUBLE},
    columns={
        "before": Text("zelfvertrouwen vooraf", "self-confidence beforehand"),
        "girl": Text("meisje", "girl"),
        "hours": Text("uren les", "hours of lessons"),
        "score": Text("score op de toets", "score on the test"),
        "w": Text("aantal vragen", "number of questions"),
    },
)
PLAN = aw.Plan(
    outcome="after", treatment="offered", comparison="0", cluster="school",
    covariates=("before", "girl"), allocation="lot", study=STUDY,
)  # fmt: skip
CHOSEN = replace(PLAN, allocation="choice")
THREE_ARMS = replace(PLAN, study=replace(STUDY, arms={"1": WITH, "2": HALF, "0": WITHOUT}))
FOR_ITSELF = {"series_of_one_school_for_itself"}  # by the rules for a report to one school
GOLDEN: dict[str, Callable[[], tuple[pd.DataFrame, aw.Plan]]] = {}
IN_APPENDIX = {  # whose own words stand in the appendix alone
    "with_what_was_known": posterior.appendix,
    "with_what_was_known_far_off": posterior.appendix,
    "from_low_to_high_scores": quantiles.appendix,
}
EXPLORED = {"explored_subgroups_that_differ": "advice"}  # what was looked at only afterwards


def golden(make: Callable[[], tuple[pd.DataFrame, aw.Plan]]) -> Callable[..., object]:
    """Count a study among those whose words are kept."""
    GOLDEN[make.__name__] = make
    return make


def trial(seed: int = 12, *, effect: float = 0.0, clusters: int = 16, size: int = 20):
    return schools(np.random.default_rng(seed), clusters=clusters, size=size, effect=effect)


def but(study: tuple[pd.DataFrame, aw.Plan], **change: object) -> tuple[pd.DataFrame, aw.Plan]:
    """The same study with another plan."""
    table, plan = study
    return table, replace(plan, **change)


def numbered(labels: pd.Series) -> pd.Series:
    """The place of every row's label among all, in order, from 0."""
    return labels.rank(method="dense").astype(int) - 1


def with_and_without(nl: str, en: str) -> dict[str, Arm]:
    """Two groups of pupils: those with something, and those without."""
    return {
        key: Arm(Text(f"{met} {nl}", f"{having} {en}"),
                 Text(f"leerlingen {met} {nl}", f"pupils {having} {en}"))
        for key, met, having in (("1", "met", "with"), ("0", "zonder", "without"))
    }  # fmt: skip


# ---------------------------------------------------------------- what is found


@golden
def gain():
    return trial(effect=1.5), PLAN


@golden
def gain_by_a_norm():
    measures = {"after": replace(TRUST, norm="cohen")}
    return trial(effect=1.5), replace(PLAN, study=replace(STUDY, measures=measures))


@golden
def gain_without_a_lot():
    return trial(effect=1.5), CHOSEN


@golden
def gain_of_unknown_size():
    return trial(6, effect=0.4), PLAN


@golden
def null():
    return trial(), PLAN


@golden
def null_without_a_lot():
    return trial(), CHOSEN


@golden
def no_difference_that_matters():
    return trial(13, clusters=80, size=60), replace(PLAN, smallest_effect=0.3)


@golden
def tiny_but_certain():
    table = trial(14, clusters=120, size=60)
    table["after"] -= 0.4 * table.groupby("school")["after"].transform("mean")
    table["after"] += 0.06 * table["offered"]
    return table, replace(PLAN, smallest_effect=0.25)


@golden
def large():
    return trial(5, effect=4.0, clusters=30), PLAN


@golden
def harm():
    return trial(effect=-1.5), PLAN


@golden
def harm_of_unknown_size():
    return trial(7, effect=-0.6), CHOSEN


@golden
def gain_where_lower_is_better():
    table = trial(effect=-1.5).rename(columns={"after": "trouble"})
    return table, replace(PLAN, outcome="trouble")


@golden
def harm_where_lower_is_better():
    table = trial(effect=1.5).rename(columns={"after": "trouble"})
    return table, replace(PLAN, outcome="trouble")


@golden
def wide_interval():
    return trial(8, clusters=4, size=12, effect=0.4), replace(PLAN, covariates=())


@golden
def late_effect():
    first = trial(effect=0.0)
    later = trial(effect=1.5).assign(moment="na 20 maanden")
    both = pd.concat([first.assign(moment="na een jaar"), later], ignore_index=True)
    start = first.assign(moment="vooraf", after=first["before"])
    table = pd.concat([start, both], ignore_index=True)
    table["pupil"] = table.groupby("moment").cumcount()
    plan = replace(
        PLAN, pupil="pupil", wave="moment", baseline="vooraf",
        waves=("na een jaar", "na 20 maanden"), covariates=("girl",),
        study=replace(STUDY, waves={"na 20 maanden": Text("na 20 maanden", "after 20 months"),
                                    "na een jaar": Text("na een jaar", "after a year")}),
    )  # fmt: skip
    return table, plan


@golden
def several_outcomes():
    table = trial(effect=1.5)
    rng = np.random.default_rng(1)
    table["later"] = rng.normal(size=len(table))
    table["trouble"] = rng.normal(size=len(table)) + 2.0 * table["offered"]
    return table, replace(PLAN, outcome=("after", "later", "trouble"), primary=("after", "later"))


# ---------------------------------------------------------------- what cannot be told


@golden
def one_school_in_each_group():
    return trial(4, clusters=2, size=60), PLAN


@golden
def one_school_with_the_lessons():
    table = trial(4, clusters=6, size=30)
    return table.assign(offered=(table["school"] == table["school"].iloc[0]).astype(int)), PLAN


@golden
def withheld():
    table = trial(2, clusters=10)
    table.loc[table.index[table["offered"] == 1][8:], "after"] = np.nan
    return table, PLAN


@golden
def one_of_two_groups_withheld():
    table = trial(9, clusters=18, effect=1.2)
    some = numbered(table["school"]).mod(4).eq(0) & table["offered"].eq(1)
    table.loc[some, "offered"] = 2
    table.loc[table.index[some][8:], "after"] = np.nan
    return table, THREE_ARMS


@golden
def a_few_missing():
    table = trial(3, clusters=10)
    table.loc[table.index[table["offered"] == 1][:4], "after"] = np.nan
    return table, PLAN


@golden
def too_many_missing():
    table = trial(effect=1.5)
    gone = np.random.default_rng(1).random(len(table)) < np.where(table["offered"], 0.5, 0.1)
    table.loc[gone, "after"] = np.nan
    return table, PLAN


@golden
def not_all_have_a_school():
    table = trial(effect=1.5)
    table.loc[table.index[:14], "school"] = None
    return table, PLAN


@golden
def a_test_that_cannot_reject():
    plan = replace(PLAN, covariates=(), inference="randomisation", method="cluster means")
    return trial(3, clusters=6, size=25, effect=2.0), plan


@golden
def subgroups_not_studied():
    return trial(effect=1.5), replace(PLAN, subgroups=("girl",), method="multilevel")


@golden
def planned_subgroups_that_differ():
    table = trial(effect=0.6, clusters=24)
    table["after"] += (1.4 * table["offered"] - 1.6) * table["girl"]
    return table, replace(PLAN, subgroups=("girl",))


@golden
def planned_subgroups_not_clear():
    return trial(effect=1.5), replace(PLAN, subgroups=("girl",))


@golden
def explored_subgroups_that_differ():
    table = trial(21, effect=0.2, clusters=24)
    level = np.arange(len(table)) % 3
    table["advice"] = np.array(["vmbo", "havo", "vwo"])[level]
    table["after"] += 0.9 * table["offered"] * (level == 0)
    advice = {"advice": Text("schooladvies", "advice on a track"),
              **{f"advice={track}": same(track) for track in ("vmbo", "havo", "vwo")}}  # fmt: skip
    study = replace(STUDY, columns={**STUDY.columns, **advice})
    return table, replace(PLAN, balance=("advice",), study=study)


@golden
def subgroup_withheld():
    table = trial(effect=1.5)
    table.loc[table.index[(table["offered"] == 1) & (table["girl"] == 1)][6:], "girl"] = 0.0
    return table, replace(PLAN, covariates=("before",), subgroups=("girl",))


# ---------------------------------------------------------------- how it was compared


@golden
def nothing_known_beforehand():
    return trial(effect=1.5), replace(CHOSEN, covariates=())


@golden
def unlike_beforehand():
    table = trial(effect=1.5)
    table["before"] += 0.6 * table["offered"]
    return table, CHOSEN


@golden
def several_groups():
    table = trial(7, clusters=24, effect=1.0)
    table["offered"] = numbered(table["school"]) % 3
    table["after"] += 0.9 * (table["offered"] == 2)
    return table, THREE_ARMS


@golden
def dose():
    table = trial(18, clusters=20)
    rng = np.random.default_rng(18)
    table["hours"] = (rng.integers(0, 9, 20) / 2)[numbered(table["school"])]
    table["after"] += 0.5 * table["hours"]
    return table, replace(
        CHOSEN, treatment="hours", dose=True, comparison=None, study=replace(STUDY, arms={})
    )


@golden
def dose_not_clear():
    table, plan = dose()
    return table.assign(after=table["after"] - 0.45 * table["hours"]), plan


@golden
def dose_too_small_to_matter():
    table, plan = dose()
    table["after"] -= 0.45 * table["hours"]
    return table, replace(plan, smallest_effect=0.6, allocation="lot")


@golden
def weighted():
    table = trial(3, effect=1.2, size=15)
    return table.assign(w=np.random.default_rng(3).gamma(2, 1, len(table))), replace(
        PLAN, weights="w"
    )


@golden
def pupils_within_schools():
    table = trial(7, size=25)
    table["offered"] = np.arange(len(table)) % 2
    table["after"] += 0.8 * table["offered"]
    arms = with_and_without("de lessen", "the lessons")
    return table, replace(
        PLAN, blocks=("school",), assigned="pupil", study=replace(STUDY, arms=arms)
    )


@golden
def one_group_in_mentor_groups():
    rng = np.random.default_rng(9)
    of = np.repeat(np.arange(9), rng.integers(4, 16, 9))
    n = len(of) + 160
    table = pd.DataFrame({
        "pupil": np.arange(n), "group": [f"M{i}" for i in of] + [None] * 160,
        "offered": [1] * len(of) + [0] * 160, "before": rng.normal(size=n),
    })  # fmt: skip
    table["after"] = 0.5 * table["before"] + 0.9 * table["offered"] + rng.normal(size=n)
    mentor = Text("de mentor", "the mentor")
    arms = {
        "1": Arm(Text("met mentor", "with a mentor"),
                 Text("leerlingen met een mentor", "pupils with a mentor")),
        "0": Arm(Text("zonder mentor", "without a mentor"),
                 Text("leerlingen zonder mentor", "pupils without a mentor")),
    }  # fmt: skip
    study = replace(
        STUDY, programme=mentor, arms=arms, cluster_label=Text("mentorgroepen", "mentor groups")
    )
    return table, replace(
        CHOSEN, cluster="group", pupil="pupil", alone=("0",), covariates=("before",), study=study
    )


@golden
def boundary_fit():
    rng = np.random.default_rng(24)
    n = 480
    school = np.arange(n) % 16
    table = pd.DataFrame({"school": [f"S{i:02d}" for i in school], "offered": school % 2})
    table["before"], table["girl"] = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    table["after"] = 0.6 * table["before"] + 0.5 * table["offered"] + rng.normal(size=n)
    return table, replace(PLAN, method="multilevel")


@golden
def multilevel():
    return trial(6, effect=1.5), replace(CHOSEN, method="multilevel")


@golden
def classes_in_schools():
    table = trial(6, effect=1.5, size=36)
    rng = np.random.default_rng(4)
    table["group"] = rng.choice(["7a", "7b", "7c"], len(table))
    both = table["school"].astype(str) + table["group"]
    table["after"] += rng.normal(0, 0.5, both.nunique())[numbered(both)]
    return table, replace(CHOSEN, method="multilevel", classes="group")


@golden
def an_effect_that_varies():
    table = trial(6, size=36)
    rng = np.random.default_rng(4)
    table["offered"] = rng.integers(0, 2, len(table))
    table["after"] += table["offered"] * rng.normal(0.6, 0.5, 16)[numbered(table["school"])]
    return table, replace(CHOSEN, method="multilevel", varying="offered", assigned="pupil")


@golden
def no_words_in_the_plan():
    return trial(effect=1.5), replace(PLAN, study=Study())


# ---------------------------------------------------------------- arms made alike


def chosen_pupils():
    rng = np.random.default_rng(4)
    n = 900
    school = rng.integers(0, 14, n)
    x, z = rng.normal(size=(2, n)) + 0.3 * rng.normal(size=(2, 14))[:, school]
    took = rng.random(n) < 1 / (1 + np.exp(0.8 - 0.6 * x - 0.3 * z))
    after = 0.6 * x + 0.3 * z + took + rng.normal(size=n)
    table = pd.DataFrame({
        "school": school, "offered": took.astype(int), "before": x, "girl": z, "after": after
    })  # fmt: skip
    return table, replace(CHOSEN, assigned="pupil")


@golden
def chance_to_take_part():
    return but(chosen_pupils(), method="propensity weights")


@golden
def pupils_most_alike():
    return but(chosen_pupils(), method="nearest neighbour", comparing=aw.Comparing(caliper=0.2))


# ---------------------------------------------------------------- over time, at a cut-off


def over_years(starts: list[int | None], effect: float = 1.0):
    rng = np.random.default_rng(5)
    rows = []
    for i, start in enumerate(starts):
        level = rng.normal(scale=0.2)
        for year in range(2008, 2020):
            y = level + 0.02 * (year - 2008) + effect * (start is not None and year >= start)
            rows += [(f"S{i:02d}", year, start, v) for v in y + rng.normal(size=30, scale=0.5)]
    table = pd.DataFrame(rows, columns=["school", "jaar", "offered", "after"])
    arms = {
        "started": Arm(Text("met de lessen", "with the lessons"), WITH.pupils),
    }
    trust = replace(TRUST, wave=Text("", ""))
    study = replace(STUDY, arms=arms, measures={"after": trust})
    return table, replace(CHOSEN, comparison=None, covariates=(), period="jaar", study=study)


@golden
def staggered():
    starts = [2014] * 3 + [2016] * 3 + [None] * 4
    return but(over_years(starts), method="staggered start")


@golden
def staggered_not_clear():
    starts = [2014] * 3 + [2016] * 3 + [None] * 2
    return but(over_years(starts, effect=0.02), method="staggered start")


@golden
def series():
    return but(over_years([2014] * 4 + [None] * 4), method="interrupted time series")


@golden
def series_of_one_school():
    return but(over_years([2014]), method="interrupted time series")


@golden
def series_of_one_school_for_itself():
    return series_of_one_school()


@golden
def synthetic():
    return but(over_years([2014, 2014] + [None] * 24), method="synthetic control")


@golden
def cutoff():
    rng = np.random.default_rng(6)
    n = 3000
    score = rng.normal(size=n)
    offered = (score < 0).astype(int)
    after = 0.5 * score + offered + rng.normal(size=n, scale=0.6)
    table = pd.DataFrame({
        "school": rng.integers(0, 20, n), "offered": offered, "score": score, "after": after
    })  # fmt: skip
    arms = with_and_without("extra les", "extra lessons")
    study = replace(STUDY, arms=arms, programme=Text("extra les", "extra lessons"))
    return table, replace(
        PLAN, covariates=(), method="discontinuity", running="score", cutoff=0.0, below=True,
        assigned="pupil", allocation="cutoff", study=study,
    )  # fmt: skip


# ---------------------------------------------------------------- taking part, waves, counts


@golden
def taking_part_beside_the_offer():
    table = trial(effect=0.0, clusters=24)
    rng = np.random.default_rng(31)
    table["came"] = ((rng.random(len(table)) < 0.7) & (table["offered"] == 1)).astype(int)
    table["after"] += 1.6 * table["came"]
    return table, replace(PLAN, took_part="came")


@golden
def taking_part_alone():
    return but(taking_part_beside_the_offer(), method="complier effect")


@golden
def taking_part_with_a_weak_offer():
    table, plan = taking_part_beside_the_offer()
    came = np.random.default_rng(32).random(len(table)) < 0.4 + 0.06 * table["offered"]
    return table.assign(came=came.astype(int)), replace(plan, method="complier effect")


def over_waves(effect: float = 0.9):
    """The same pupils before and at two moments after; with the lessons they grow more."""
    start = trial(16, clusters=20, size=15)
    start["pupil"] = range(len(start))
    rng = np.random.default_rng(33)
    level = rng.normal(size=len(start))
    waves = ("vooraf", "na een jaar", "na 20 maanden")
    parts = [
        start.assign(
            moment=wave,
            after=level + 0.4 * i + effect * (i > 0) * start["offered"]
            + rng.normal(size=len(start), scale=0.6),
        )
        for i, wave in enumerate(waves)
    ]  # fmt: skip
    arms = with_and_without("de lessen", "the lessons")
    study = replace(STUDY, arms=arms, waves={
        "vooraf": Text("vooraf", "beforehand"), "na een jaar": Text("na een jaar", "after a year"),
        "na 20 maanden": Text("na 20 maanden", "after 20 months"),
    })  # fmt: skip
    return pd.concat(parts, ignore_index=True), replace(
        CHOSEN, pupil="pupil", wave="moment", baseline="vooraf", waves=waves[1:], study=study,
        main_wave="na een jaar", covariates=("girl",),
    )  # fmt: skip


@golden
def change_of_the_same_pupils():
    return but(over_waves(), method="difference in differences")


@golden
def change_of_the_same_pupils_not_clear():
    return but(over_waves(0.05), method="difference in differences")


@golden
def change_of_other_pupils():
    return but(over_waves(), pupil=None, repeated=True, covariates=())


@golden
def levels_over_waves():
    return but(over_waves(), method="multilevel over waves")


def yes_or_no(effect: float = 1.2):
    table = trial(17, clusters=24, effect=effect)
    rng = np.random.default_rng(34)
    table["went"] = (rng.random(len(table)) < 1 / (1 + np.exp(-0.7 * table["after"]))).astype(int)
    went = Measure(
        Text("Plusles", "Plus lessons"),
        Text("vaker plusles", "plus lessons more often"),
        wave=Text("na een jaar", "after a year"),
    )
    return table, replace(PLAN, outcome="went", study=replace(STUDY, measures={"went": went}))


@golden
def yes_or_no_by_chances():
    return but(yes_or_no(), method="logistic")


@golden
def yes_or_no_not_clear():
    return but(yes_or_no(0.05), method="logistic", allocation="choice")


@golden
def yes_or_no_in_levels():
    return but(yes_or_no(), method="logistic multilevel")


def counted(effect: float = -2.0):
    table = trial(18, clusters=24, effect=effect)
    rng = np.random.default_rng(35)
    mean = np.exp(1.0 + 0.4 * table["after"]) * rng.gamma(2, 0.5, len(table))
    table["days"] = rng.poisson(mean)
    days = Measure(
        Text("Dagen verzuim", "Days of absence"),
        Text("minder verzuim", "less absence"),
        better="lower",
        wave=Text("na een jaar", "after a year"),
        unit=Text("dagen", "days"),
    )
    return table, replace(
        PLAN, outcome="days", method="negative binomial",
        study=replace(STUDY, measures={"days": days}),
    )  # fmt: skip


@golden
def a_count():
    return counted()


@golden
def a_count_not_clear():
    return but(counted(0.0), allocation="choice")


# ---------------------------------------------------------------- filled in, known before, crossed


@golden
def filled_in():
    table = trial(effect=1.5)
    rng = np.random.default_rng(36)
    table.loc[rng.random(len(table)) < np.where(table["offered"], 0.2, 0.1), "after"] = np.nan
    table.loc[rng.random(len(table)) < 0.1, "before"] = np.nan
    return table, replace(PLAN, missing="multiple imputation", imputations=5, seed=3)


@golden
def with_what_was_known():
    known = aw.plan.Prior(0.15, 0.10, "Inns e.a. (2019)")
    return trial(effect=0.1, clusters=24), replace(PLAN, prior=known)


@golden
def with_what_was_known_far_off():
    known = aw.plan.Prior(-0.4, 0.05, "Inns e.a. (2019)")
    return trial(effect=1.5, clusters=24), replace(PLAN, prior=known)


@golden
def schools_and_neighbourhoods():
    table = trial(19, size=16, effect=1.0)
    rng = np.random.default_rng(37)
    table["street"] = rng.integers(0, 14, len(table))
    table["after"] += rng.normal(scale=0.5, size=14)[table["street"]]
    table["street"] = "W" + table["street"].astype(str)
    study = replace(STUDY, columns={**STUDY.columns, "street": Text("wijk", "neighbourhood")})
    return table, replace(CHOSEN, method="multilevel", crossed="street", study=study)


@golden
def from_low_to_high_scores():
    table = trial(20, clusters=24, size=25, effect=0.8)
    table["after"] -= 0.5 * table["offered"] * (table["after"] - 0.8)
    return table, replace(PLAN, quantiles=(0.1, 0.5, 0.9))


# ---------------------------------------------------------------- as text


@cache
def evidence_of(name: str) -> Evidence:
    table, plan = GOLDEN[name]()
    effects = aw.estimate(table, plan)
    evidence = aw.weigh(effects, plan)
    if name in EXPLORED:
        evidence = replace(evidence, subgroups=(subgroups(effects, EXPLORED[name]),))
    return evidence


def lines(blocks: tuple[Block, ...]) -> Iterator[str]:
    """A document as plain lines, one a block, for reading and for comparing."""
    for block in walk(blocks):
        match block:
            case Heading(text):
                yield f"\n## {text}"
            case KeyMessage(text, small):
                yield from (f"\n>> {text}", f"   {small}")
            case Notice(text):
                yield f"\n!! {text}"
            case Paragraph(text):
                yield text
            case Items(items, ordered):
                mark = "1." if ordered else "-"
                yield from (f"{mark} {text}" for text in items)
            case Picture():
                yield from (f"[picture: {block.alt}]", f"[caption: {block.caption}]")
            case Table():
                yield f"[table: {block.caption}]"
                yield from (" | ".join(row) for row in (block.header, *block.rows))
                yield block.note
            case Columns():
                raise AssertionError("walk opens columns")


def rules_of(name: str) -> Profile:
    """The rules by which the page of a study is made."""
    return NCO if name in FOR_ITSELF else profile()


@cache
def page_of(name: str, language: str) -> str:
    with under(rules_of(name)):
        report = build(evidence_of(name), language, DAY, "")
        more = IN_APPENDIX.get(name)
        own = () if more is None else tuple(more(evidence_of(name), language))
    return "\n".join([f"# {report.title}", *lines((*report.blocks, *own))]) + "\n"


def kept(name: str, language: str) -> Path:
    return FOLDER / f"{name}.{language}.txt"


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_was_read_and_approved(name: str, language: str) -> None:
    path = kept(name, language)
    then = path.read_text("utf-8") if path.is_file() else ""
    changed = difflib.unified_diff(
        then.splitlines(), page_of(name, language).splitlines(), path.name, "now", lineterm="", n=1
    )
    difference = "\n".join(changed)
    assert not difference, f"\n{difference}\n(python tests/test_golden_texts.py {name})"


def test_no_text_is_kept_of_a_study_that_is_gone() -> None:
    there = {path.name for path in FOLDER.glob("*.txt")}
    assert there == {kept(name, language).name for name in GOLDEN for language in LANGUAGES}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in sys.argv[1:] or GOLDEN:
        for code in LANGUAGES:
            kept(each, code).write_text(page_of(each, code), "utf-8")
