"""A staggered start from the table to the report: what is asked, refused, flagged and told."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.effects.staggered import GroupTimes, place, staggered
from academic_workplace.errors import DataError, PlanError
from academic_workplace.language import LANGUAGES
from academic_workplace.moments import collect
from academic_workplace.over_time.group_time import averages, group_times
from academic_workplace.plan import NOT_STARTED, STARTED, Inference
from academic_workplace.report.document import Picture, Table, walk
from academic_workplace.report.over_time import (
    alternative,
    appendix,
    before_sentence,
    honest_sentence,
    over_time_picture,
    page,
    sure,
)

YEARS = ("2020-2021", "2021-2022", "2022-2023", "2023-2024", "2024-2025")
STARTS = ("2022-2023", "2022-2023", "2022-2023", "2023-2024", "2023-2024", "2024-2025",
          "2024-2025", "", "", "", "", "")  # fmt: skip


def answers(seed=1, starts=STARTS, size=20, effect=0.4, drift=0.0):
    """A row per answer: other people every year."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, start in enumerate(starts):
        level = rng.normal() * 0.3
        for t, year in enumerate(YEARS):
            n = int(rng.integers(size // 2 + 1, size * 3 // 2))
            on = start != "" and year >= start
            home = rng.random(n) < 0.6
            y = level + 0.1 * t + rng.normal(size=n) + 0.5 * home + effect * on + rng.normal() * 0.1
            y += drift * t * (start != "")
            rows.append(pd.DataFrame({"school": f"S{i:02d}", "jaar": year, "start": start,
                                      "taal": np.where(home, "nl", "anders"), "y": y}))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def asked(**more):
    return aw.Plan(
        outcome="y", treatment="start", cluster="school", period="jaar", draws=199, seed=3, **more
    )


def estimated(table, plan):
    pupils = aw.check(table, plan)
    (m,) = collect(pupils).samples
    return staggered(m, plan, Inference.INFLUENCE, pupils)


def detail_of(found) -> GroupTimes:
    (detail,) = found.details.values()
    return detail


@pytest.mark.proves("Method.STAGGERED", "arrays: the average over starts")
def test_the_effect_is_the_average_over_starts_of_the_answers(agree):
    table = answers()
    (effect,) = estimated(table, asked()).effects
    number = {year: i for i, year in enumerate(YEARS)}
    start = table.start.map(number).astype(float)
    found = group_times(
        table.y, table.jaar.map(number), start, table.school, against="not yet", base="universal"
    )
    _, one = averages(found, "group")
    for name in ("estimate", "se", "df", "low", "high", "p_value"):
        agree(getattr(effect, name), getattr(one, name)[0])
    assert (effect.arm, effect.comparison) == (STARTED, NOT_STARTED)
    assert effect.pupils_arm + effect.pupils_comparison == len(table) == effect.pupils
    assert (effect.clusters, effect.clusters_arm) == (12, 7)


def test_two_years_without_covariates_are_a_difference_of_differences():
    table = answers(starts=("2021-2022", "2021-2022", "", "", ""))
    table = table[table.jaar.isin(YEARS[:2])]
    (effect,) = estimated(table, asked()).effects
    means = table.groupby([table.start != "", "jaar"]).y.mean().unstack()
    change = means[YEARS[1]] - means[YEARS[0]]
    assert effect.estimate == pytest.approx(change[True] - change[False])


def test_the_spread_is_that_within_starts_and_years(agree):
    table = answers()
    (effect,) = estimated(table, asked()).effects
    cells = table.groupby(["start", "jaar"]).y
    left = table.y - cells.transform("mean")
    agree(effect.sd, np.sqrt(left @ left / (len(table) - cells.ngroups)))
    assert "starts and periods" in effect.divided_by


def test_what_would_overturn_it_is_asked_of_the_same_effect_and_interval(agree):
    found = estimated(answers(), asked())
    (effect,), told = found.effects, detail_of(found).honest
    agree((told.estimate, told.low, told.high), (effect.estimate, effect.low, effect.high))
    assert told.steps == 3


def test_a_point_rests_on_the_smallest_of_its_four_groups_of_answers():
    table = answers()
    rows = detail_of(estimated(table, asked())).of("start").set_index("start")
    n = table.groupby(["start", "jaar"]).size()
    own = [n["2024-2025", year] for year in ("2023-2024", "2024-2025")]
    others = [n["", year] for year in ("2023-2024", "2024-2025")]
    assert rows.fewest["2024-2025"] == min(*own, *others)
    assert rows.pupils_started["2024-2025"] == own[1]
    assert rows.pupils_comparison["2024-2025"] == others[1]


def test_covariates_make_it_doubly_robust():
    table = answers()
    (plain,) = estimated(table, asked()).effects
    (robust,) = estimated(table, asked(covariates=("taal",))).effects
    assert "doubly robust" in robust.method
    assert "doubly robust" not in plain.method
    assert robust.estimate != plain.estimate


def test_pupils_who_come_back_are_followed():
    rng = np.random.default_rng(5)
    table = pd.DataFrame([
        {"school": f"S{i:02d}", "jaar": year, "start": start, "wie": f"{i}-{k}",
         "y": rng.normal() + 2 * k + 0.4 * (start != "" and year >= start)}
        for i, start in enumerate(STARTS) for k in range(6) for year in YEARS
    ])  # fmt: skip
    followed = detail_of(estimated(table, asked(pupil="wie")))
    others = detail_of(estimated(table, asked()))
    assert followed.panel
    assert not others.panel
    lost = table[~((table.wie == "3-2") & (table.jaar == YEARS[0]))]
    again = estimated(lost, asked(pupil="wie"))
    told = " ".join(flag.nl for flag in detail_of(again).flags)
    assert "Niet iedereen is bij elke meting gezien" in told


def test_a_pupil_who_had_started_and_not_started_in_one_year_is_refused():
    table = answers()
    table["wie"] = [f"L{i}" for i in range(len(table))]
    late = table.index[(table.jaar == YEARS[4])]
    on, off = (late[(table.start[late] != "") == x][0] for x in (True, False))
    table.loc[[on, off], "wie"] = "dezelfde"
    with pytest.raises(DataError, match="leerling"):
        estimated(table, asked(pupil="wie"))


def test_two_starts_of_one_school_are_refused():
    table = answers()
    table.loc[(table.school == "S00") & (table.jaar >= YEARS[3]), "start"] = YEARS[1]
    with pytest.raises(DataError, match="begin"):
        estimated(table, asked())


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        (("2022-2023", "2022-2023", "2023-2024", "2023-2024", "2024-2025", "2024-2025"),
         "Alle scholen"),
        (("2020-2021", "2022-2023", "2022-2023", "", "", ""), "eerste meting al"),
        (("2022-2023", "2023-2024", "2023-2024", "", "", ""), "maar één school"),
        (("2021-2022", "2021-2022", "", "", ""), "maar één meting voor de start"),
    ],
)  # fmt: skip
def test_what_a_reader_must_know_is_flagged(starts, words):
    detail = detail_of(estimated(answers(starts=starts), asked()))
    assert words in " ".join(flag.nl for flag in detail.flags)


def test_all_at_once_is_refused():
    with pytest.raises(DataError, match="vergelijken"):
        estimated(answers(starts=("2022-2023",) * 4), asked())


def test_without_pupils_it_cannot_be_done():
    pupils = aw.check(answers(), asked())
    (m,) = collect(pupils).samples
    with pytest.raises(PlanError, match="tabel"):
        staggered(m, asked(), Inference.INFLUENCE, None)


def test_one_school_everywhere_has_an_effect_without_limits():
    (effect,) = estimated(answers(starts=("2022-2023", "2023-2024", "")), asked()).effects
    assert effect.estimate is not None
    assert effect.se is None
    assert effect.reason is not None


def test_a_start_between_two_years_stands_between_them():
    assert place("2021-2022", YEARS) == 1
    assert place("2019-2020", YEARS) == 0  # had started already: no start between two
    assert place("2030-2031", YEARS) == np.inf
    assert place("never", YEARS) == np.inf


def test_the_same_seed_gives_the_same_bands_and_order_does_not_matter():
    table = answers()
    first = detail_of(estimated(table, asked())).table()
    again = detail_of(estimated(table.sample(frac=1, random_state=1), asked())).table()
    pd.testing.assert_frame_equal(first, again, rtol=1e-8)
    other = detail_of(estimated(table, replace(asked(), seed=4))).table()
    assert (other.band_low != first.band_low).any()


# ---------------------------------------------------------------- what is told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_the_picture_stands_in_a_table(language):
    found = estimated(answers(), asked())
    detail, (effect,) = detail_of(found), found.effects
    blocks = [
        *page(detail, effect, asked(), language),
        *appendix(detail, effect, asked(), language),
    ]
    (picture,) = (b for b in walk(tuple(blocks)) if isinstance(b, Picture))
    first = next(b for b in blocks if isinstance(b, Table))
    assert len(first.rows) == len(detail.of("since"))
    for row in first.rows:
        assert row[1] in picture.alt
        assert row[2] in picture.alt


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_speaks_of_causes_or_proof(language):
    for seed, drift in ((1, 0.0), (2, 1.0)):
        found = estimated(answers(seed, drift=drift), asked())
        detail, (effect,) = detail_of(found), found.effects
        told = " ".join([
            detail.explain(language), alternative(detail, language),
            *sure(detail, effect, asked(), language),
            *(str(b) for b in appendix(detail, effect, asked(), language)),
        ])  # fmt: skip
        for word in (
            "bewezen",
            "bewijs",
            "leidde",
            "veroorzaak",
            "proven",
            "proof",
            "led to",
            "caused",
        ):
            assert word not in told.lower()
        assert not re.search(r"\bnan\b|\binf\b|None", told)


def test_groups_that_drift_apart_before_the_start_are_told():
    detail = detail_of(estimated(answers(7, drift=1.0, size=60), asked()))
    assert detail.moved_before < 0.05
    assert "uit elkaar" in before_sentence(detail, "nl")
    fair = detail_of(estimated(answers(7), asked()))
    assert "geen duidelijk verschil" in before_sentence(fair, "nl")


def test_the_sentence_on_what_would_overturn_it_follows_the_breakdown():
    detail = detail_of(estimated(answers(), asked()))
    told = replace(detail.honest, low=0.1, high=0.3, steps=2)
    for breakdown, words in ((0.05, "klein deel"), (0.42, "0,4 keer"), (1.5, "tegen een stootje"),
                             (np.inf, "blijft deze uitkomst staan")):  # fmt: skip
        given = replace(detail, honest=replace(told, breakdown=breakdown))
        assert words in honest_sentence(given, "nl")
    unsure = replace(detail, honest=replace(told, low=-0.1, breakdown=0.0))
    assert "toeval" in honest_sentence(unsure, "nl")


def test_points_on_few_answers_are_not_shown():
    detail = detail_of(estimated(answers(), asked()))
    rows = detail.rows.copy()
    rows.loc[rows.since == 2, "fewest"] = 9
    few = replace(detail, rows=rows)
    assert re.search(r"[ ;]2: ", alternative(detail, "nl"))
    assert not re.search(r"[ ;]2: ", alternative(few, "nl"))
    assert "Niet getoond" in alternative(few, "nl")
    found = estimated(answers(), asked())
    table = next(b for b in appendix(few, found.effects[0], asked(), "nl") if isinstance(b, Table))
    assert "niet getoond" in {row[-1] for row in table.rows}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_small_mean_cannot_be_worked_out_from_the_others(language):
    found = estimated(answers(), asked())
    detail = detail_of(found)
    rows = detail.rows.copy()
    cell = (rows.what == "group-time") & (rows.start == "2023-2024") & (rows.period == "2024-2025")
    rows.loc[cell, "fewest"] = 9
    few = replace(detail, rows=rows)
    hidden = {"nl": "niet getoond", "en": "not shown"}[language]
    tables = [b for b in appendix(few, found.effects[0], asked(), language)
              if isinstance(b, Table) and b.header[-1] in ("Antwoorden", "Answers")]  # fmt: skip
    assert len(tables) == 4
    assert {row[-1] for table in tables for row in table.rows} == {hidden}  # no count at all
    gone = [row[:2] for table in tables for row in table.rows if row[-2] == hidden]
    assert [row[0] for row in gone] == ["1", "2023-2024", "2024-2025", "2023-2024"]
    assert gone[-1] == ("2023-2024", "2024-2025")
    assert not re.search(r"[ ;]1: ", alternative(few, language))
    whole = [b for b in appendix(detail, found.effects[0], asked(), language)
             if isinstance(b, Table)]  # fmt: skip
    assert hidden not in {cell for table in whole for row in table.rows for cell in row}


def test_no_table_needs_a_page_on_its_side():
    found = estimated(answers(), asked())
    blocks = appendix(detail_of(found), found.effects[0], asked(), "nl")
    assert not any(block.wide for block in blocks if isinstance(block, Table))


@pytest.mark.parametrize("narrow", [True, False])
def test_the_picture_can_be_drawn_for_a_page_and_a_phone(narrow):
    detail = detail_of(estimated(answers(), asked()))
    figure = over_time_picture(detail, "nl", narrow=narrow)
    assert len(figure.axes[0].get_xticklabels()) >= len(detail.of("since"))
    assert detail.picture("en").png.startswith(b"\x89PNG")


def test_a_start_before_the_first_period_is_no_start_between_two() -> None:
    assert place("2019", ("2020", "2021")) == 0
    assert place("2020.5", ("2020", "2021")) == 0.5
