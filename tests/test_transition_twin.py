"""The invented cohorts on their way to secondary school have the truths they claim."""

import importlib.util
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.cohorts import Rule, compare_levels, to_number

STUDY = Path(__file__).parents[1] / "data" / "overgang-po-vo"
CELLS = ["opleiding_ouders", "thuistaal"]
YEARS = [f"{year}-{year + 1}" for year in range(2018, 2024)]
TRUTH = tomllib.loads((STUDY / "truth.toml").read_text(encoding="utf-8"))


@cache
def script():
    spec = importlib.util.spec_from_file_location("make_overgang", STUDY / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_numbers(table):
    """Advice as numbers, and whether the first one is below the test's, in half steps."""
    first, test, final = (
        to_number(table[f"advies_{which}"], "ladder", mixed="mean")
        for which in ("eerste", "toets", "definitief")
    )
    havo = np.where(np.isnan(first), np.nan, first >= 5)
    under = np.where(np.isnan(test), np.nan, first < test)
    return table.assign(first=first, test=test, final=final, havo_up=havo, under=under)


@cache
def pupils():
    return with_numbers(aw.read(STUDY / "pupils.csv"))


@cache
def many():
    """Twenty such towns, 132,200 pupils; another draw than the truth was taken from."""
    return with_numbers(script().make(np.random.default_rng(2), times=20).replace("", None))


def test_the_twin_is_what_its_script_makes(tmp_path):
    made = shutil.copy(STUDY / "make.py", tmp_path)
    subprocess.run([sys.executable, made], check=True, capture_output=True)
    for name in ("pupils.csv", "truth.toml"):
        assert (tmp_path / name).read_bytes() == (STUDY / name).read_bytes()


def test_the_codebook_describes_every_column():
    book = tomllib.loads((STUDY / "codebook.toml").read_text(encoding="utf-8"))["columns"]
    table = aw.read(STUDY / "pupils.csv")
    assert list(book) == list(table.columns)
    for column, entry in book.items():
        values = table[column].dropna()
        assert entry["meaning"]["nl"]
        assert entry["meaning"]["en"]
        if "range" in entry:
            assert values.between(*entry["range"]).all()
        if entry["type"] == "category":
            assert {str(value) for value in values.unique()} == set(entry["levels"])


def test_the_twin_has_the_shape_of_a_town():
    table = pupils()
    assert table["leerling"].is_unique
    assert (table["basisschool"].nunique(), table["vo_school"].nunique()) == (24, 8)
    assert table.groupby("schooljaar").size().between(1050, 1150).all()
    assert sorted(table["schooljaar"].unique()) == YEARS
    assert (table.groupby("basisschool")["schooljaar"].nunique() == 6).all()
    assert TRUTH["pupils"] == len(table)


def test_without_a_final_test_there_is_no_test_advice_and_the_first_one_stands():
    table = pupils()
    without = table["schooljaar"] == "2019-2020"
    assert (
        table.loc[without, ["toetsaanbieder", "toetsscore", "advies_toets"]].isna().all(axis=None)
    )
    assert (table.loc[without, "advies_eerste"] == table.loc[without, "advies_definitief"]).all()
    tested = table.loc[~without, "advies_toets"].notna()
    assert 0.95 < tested.mean() < 1


def test_cohorts_that_are_not_in_year_three_yet_have_no_position_there():
    known = pupils().groupby("schooljaar")["positie_leerjaar3"].agg(lambda x: x.notna().mean())
    assert (known[YEARS[4:]] == 0).all()
    assert known[YEARS[:4]].between(0.92, 0.98).all()
    assert (
        pupils().groupby("schooljaar")["plaatsing_leerjaar1"].agg(lambda x: x.notna().mean()).min()
        > 0.95
    )


def test_a_school_uses_one_test_and_a_level_follows_from_the_score_of_that_test():
    table = pupils().dropna(subset="toetsscore")
    assert (table.groupby("basisschool")["toetsaanbieder"].nunique() == 1).all()
    assert table["toetsaanbieder"].nunique() == 3
    levels = table.groupby(["toetsaanbieder", "toetsscore"])["test"]
    assert (levels.nunique() == 1).all()
    for _, each in levels.first().groupby(level=0):
        assert each.is_monotonic_increasing
    # One score stands for other levels in other tests: there is no common scale.
    ranges = table.groupby("toetsaanbieder")["toetsscore"].agg(["min", "max"])
    assert ranges.loc["Toets A", "min"] > ranges.loc["Toets B", "max"]


def gaps(table, outcome, standard=None):
    """(cohorts,) low less high education; with a standard, at its languages in each group."""
    known = table.dropna(subset=outcome)
    if standard is not None:
        share = standard.groupby(CELLS).size() / standard.groupby(CELLS[0]).size()
        now = (
            known.groupby(["schooljaar", *CELLS]).size()
            / known.groupby(["schooljaar", CELLS[0]]).size()
        )
        w = (share / now).rename("w").reset_index()
        known = known.merge(w, on=["schooljaar", *CELLS])
    else:
        known = known.assign(w=1.0)
    known = known.assign(wy=known["w"] * known[outcome])
    sums = known.groupby(["schooljaar", CELLS[0]])[["wy", "w"]].sum()
    mean = (sums["wy"] / sums["w"]).unstack()
    return (mean["laag"] - mean["hoog"]).to_numpy()


@pytest.mark.parametrize(
    ("outcome", "se"), [("first", 0.022), ("havo_up", 0.009), ("final", 0.022)]
)
def test_the_gap_narrows_as_much_as_intake_changes_and_at_equal_intake_as_the_rule_does(
    outcome, se
):
    # se: of a gap in one cohort of 20 towns, with about 5,000 and 9,000 pupils.
    true = TRUTH["gap"][outcome]["laag"]
    raw = gaps(many(), outcome)
    first = many()[many()["schooljaar"] == YEARS[0]].dropna(subset=outcome)
    equal = gaps(many(), outcome, first)
    assert raw == pytest.approx(true["raw"], abs=3.5 * se)
    assert equal == pytest.approx(true["at_equal_intake"], abs=3.5 * se)
    assert raw[0] == pytest.approx(equal[0], abs=1e-12)
    assert np.all(np.diff(true["raw"]) > 0)
    by_rule = true["at_equal_intake_change"]
    assert by_rule == (0.114 if outcome == "final" else 0)
    assert true["raw_change"] > by_rule + 0.1


def test_nothing_changes_over_cohorts_within_education_and_language_but_by_the_rule():
    """The truth at equal intake is 0 by how the data are made: cells of every cohort are alike."""
    means = many().groupby([*CELLS, "schooljaar"])["first"].agg(["mean", "sem"])
    z = (means["mean"] - means["mean"].groupby(CELLS).transform("mean")) / means["sem"]
    assert np.abs(z).max() < 3.5
    final = many().groupby([*CELLS, "schooljaar"])["final"].mean().unstack()
    assert (final["2023-2024"] > final["2022-2023"]).all()


def test_all_cohorts_together_seem_to_do_better_by_intake_alone():
    true = TRUTH["gap"]["first"]["alle"]
    means = many().groupby("schooljaar")["first"].mean().to_numpy()
    assert means == pytest.approx(true["raw"], abs=0.04)
    assert true["raw_change"] == pytest.approx(0.2, abs=0.005)
    assert true["at_equal_intake_change"] == 0


def test_under_advice_differs_by_education_at_equal_scores_of_the_same_test():
    table = many().dropna(subset=["under", "toetsscore"])
    cell = table.groupby(["toetsaanbieder", "toetsscore", "opleiding_ouders"])["under"]
    rows = cell.agg(["mean", "size"]).unstack()
    for group in ("laag", "midden"):
        true = TRUTH["under_advice"][group]
        difference = rows["mean"][group] - rows["mean"]["hoog"]
        both = difference.notna()
        found = np.average(difference[both], weights=rows["size"][group][both])
        assert found == pytest.approx(true["at_equal_scores"], abs=0.012)
        mine = table.loc[table["opleiding_ouders"] == group, "under"].mean()
        assert mine == pytest.approx(true["share"], abs=0.012)
        assert mine - found == pytest.approx(true["hoog_at_equal_scores"], abs=0.012)
        pair = table[table["opleiding_ouders"].isin([group, "hoog"])]
        X = pd.get_dummies(pair["test"]).to_numpy(float)
        member = (pair["opleiding_ouders"] == group).to_numpy(float)
        beta = np.linalg.lstsq(np.column_stack([member, X]), pair["under"], rcond=None)[0]
        assert beta[0] == pytest.approx(true["at_equal_test_advice"], abs=0.012)


def test_after_a_higher_test_the_advice_goes_up_more_often_under_the_new_rule_and_alike_for_all():
    table = many().dropna(subset=["test", "first"])
    new = table["schooljaar"] == "2023-2024"
    up = table["final"] > table["first"]
    for rule, where in (("before", ~new), ("from_2023_2024", new)):
        true = TRUTH["adjusted"][rule]
        assert up[where].mean() == pytest.approx(true["share"], abs=0.01)
        higher = table[where & (table["under"] == 1)]
        for group, each in higher.groupby("opleiding_ouders"):
            found = (each["final"] > each["first"]).mean()
            assert found == pytest.approx(true["heeded"][group], abs=0.035)
    assert (many()["final"].fillna(0) >= many()["first"].fillna(0)).all()


@pytest.mark.parametrize(
    ("year", "column", "cohorts"),
    [("year_1", "plaatsing_leerjaar1", 5), ("year_3", "positie_leerjaar3", 4)],
)
def test_pupils_move_up_and_down_as_often_as_the_truth_says(year, column, cohorts):
    table = many()[many()["schooljaar"].isin(YEARS[:cohorts])].dropna(subset=[column, "first"])
    pairs = table[["advies_eerste", column]].drop_duplicates().to_numpy()
    moves = {(a, p): compare_levels(a, p, Rule.LOWEST) for a, p in pairs}
    keys = zip(table["advies_eerste"], table[column], strict=True)
    move = pd.Series([moves[key].value for key in keys], index=table.index)
    for group, true in TRUTH["flow"][year].items():
        mine = move if group == "alle" else move[table["opleiding_ouders"] == group]
        share = mine.value_counts(normalize=True)
        for side, value in true.items():
            assert share.get(side, 0) == pytest.approx(value, abs=0.012)


# ---------------------------------------------------------------- found by the functions

ADVICE = {"first": "advies_eerste", "test": "advies_toets", "final": "advies_definitief"}


def regular(table):
    """Without special secondary education: so few pupils that others would be withheld too."""
    return table[table["advies_eerste"] != "VSO"]


def test_transitions_hold_the_true_shares_within_their_limits():
    before = regular(pupils()[pupils()["schooljaar"] < "2023"])
    found = aw.cohorts.transitions(
        before, cohort="schooljaar", advice=ADVICE, position={3: "positie_leerjaar3"},
        by="opleiding_ouders", school="basisschool",
    )  # fmt: skip
    for group, true in TRUTH["flow"]["year_3"].items():
        for move, value in true.items():
            share = found.share(move, group=() if group == "alle" else (group,))
            assert share.low < value < share.high
    for group in ("laag", "midden", "hoog"):
        under = found.share("below", contrast="test", group=(group,))
        assert under.low < TRUTH["under_advice"][group]["share"] < under.high
        heeded = found.share("above", contrast="heeded", group=(group,))
        assert heeded.low < TRUTH["adjusted"]["before"]["heeded"][group] < heeded.high
    # 2019-2020 is in none of the numbers that need a test.
    assert found.share("on", contrast="test").pupils == int(
        before.loc[before["schooljaar"] != "2019-2020", ["first", "test"]].notna().all(axis=1).sum()
    )


def test_transitions_see_the_rule_change_and_refuse_to_add_up_across_it():
    with pytest.raises(aw.PlanError):
        aw.cohorts.transitions(pupils(), cohort="schooljaar", advice=ADVICE)
    found = aw.cohorts.transitions(
        pupils(), cohort="schooljaar", advice=ADVICE, by="schooljaar", school="basisschool"
    )
    for year, true in (("2022-2023", "before"), ("2023-2024", "from_2023_2024")):
        share = found.share("above", contrast="revision", group=(year,))
        assert share.low < TRUTH["adjusted"][true]["share"] < share.high


def test_gaps_hold_the_truth_of_nearly_every_cohort_and_seem_to_narrow():
    found = aw.cohorts.gap(
        pupils(), outcome="first", group="opleiding_ouders", reference="hoog",
        school="basisschool", cohort="schooljaar", draws=99,
    )  # fmt: skip
    true = TRUTH["gap"]["first"]
    truths = [true[gap.group]["raw"][YEARS.index(gap.at)] for gap in found]
    held = [g.raw.low < value < g.raw.high for g, value in zip(found, truths, strict=True)]
    assert sum(held) >= 11  # of 12 intervals of 95 %
    assert all(h for g, h in zip(found, held, strict=True) if g.group == "laag")
    last = next(c for c in found.changes if (c.group, c.at) == ("laag", YEARS[-1]))
    assert 0 < last.raw.low < true["laag"]["raw_change"] < last.raw.high


def test_under_advice_at_equal_test_advice_is_found():
    found = aw.cohorts.gap(
        pupils(), outcome="under", group="opleiding_ouders", reference="hoog",
        school="basisschool", given=["advies_toets"],
    )  # fmt: skip
    for gap in found:
        true = TRUTH["under_advice"][gap.group]["at_equal_test_advice"]
        assert 0 < gap.adjusted.low < true < gap.adjusted.high


INTAKE = {"cohort": "schooljaar", "reference": YEARS[0], "school": "basisschool"}


def test_at_the_intake_of_the_first_cohort_the_gap_did_not_narrow():
    found = aw.cohorts.standardise(
        pupils(), outcome="first", adjust=["thuistaal"], group="opleiding_ouders",
        reference_group="hoog", **INTAKE,
    )  # fmt: skip
    true = TRUTH["gap"]["first"]
    held = [
        s.standardised.low < true[s.group]["at_equal_intake"][0] < s.standardised.high
        for s in found.shifts
    ]
    assert sum(held) >= 11  # of 12 intervals of 95 %
    last = next(s for s in found.shifts if (s.cohort, s.group) == (YEARS[-1], "laag"))
    moved = true["laag"]["raw_change"]
    assert 0 < last.raw_change.low < moved < last.raw_change.high
    assert last.standardised_change.low < 0 < last.standardised_change.high
    assert last.standardised_change.value == pytest.approx(0, abs=0.05)
    # What goes with intake is surer than the change itself: it compares the same pupils.
    assert 0 < last.intake.low < moved < last.intake.high
    assert last.intake.se < 0.6 * last.raw_change.se


def test_standardising_finds_what_the_rule_did_and_nothing_else_among_very_many_pupils():
    found = aw.cohorts.standardise(
        many(), outcome="final", adjust=["thuistaal"], group="opleiding_ouders",
        reference_group="hoog", **INTAKE,
    )  # fmt: skip
    by_rule = TRUTH["gap"]["final"]["laag"]["at_equal_intake_change"]
    changes = {s.cohort: s.standardised_change for s in found.shifts if s.group == "laag"}
    for year in YEARS[1:]:
        true = by_rule if year == YEARS[-1] else 0
        assert changes[year].low < true < changes[year].high
        assert changes[year].se < 0.035
    assert changes[YEARS[-1]].low > 0


def test_cohorts_seem_to_do_better_and_at_equal_intake_do_not():
    true = TRUTH["gap"]["first"]["alle"]
    found = aw.cohorts.compare(pupils(), outcome="first", adjust=CELLS, **INTAKE)
    last = found[-1]
    assert last.cohort == YEARS[-1]
    assert 0 < last.raw.low < true["raw_change"] < last.raw.high
    for way in (last.standardised, last.inverse_odds, last.regression):
        assert way.low < 0 < way.high
    parts = aw.cohorts.decompose(
        pupils(), outcome="first", given=CELLS, kind="kitagawa", other=YEARS[-1], **INTAKE
    )
    explained, rest = parts.part("explained"), parts.part("unexplained")
    assert 0 < explained.low < true["raw_change"] < explained.high
    assert rest.low < 0 < rest.high


def test_a_group_at_the_scores_of_another_is_found_per_test():
    table = pupils()
    table = table.assign(score=table["toetsaanbieder"] + " " + table["toetsscore"].astype(str))
    for group in ("laag", "midden"):
        pair = table[table["opleiding_ouders"].isin([group, "hoog"])]
        found = aw.cohorts.compare(
            pair, outcome="under", cohort="opleiding_ouders", reference=group, adjust=["score"],
            school="basisschool",
        )  # fmt: skip
        true = -TRUTH["under_advice"][group]["at_equal_scores"]
        assert found[0].standardised.low < true < found[0].standardised.high


def test_scores_of_three_tests_are_not_put_on_one_scale():
    with pytest.raises(aw.PlanError, match="Toets A"):
        aw.cohorts.compare(
            pupils(), outcome="toetsscore", adjust=CELLS, provider="toetsaanbieder", **INTAKE
        )


def test_the_new_rule_is_a_step_in_the_final_advice_and_not_in_the_first():
    with pytest.raises(aw.PlanError):
        aw.cohorts.trend(pupils(), outcome="final", cohort="schooljaar")
    true = {"final": TRUTH["gap"]["final"]["alle"]["at_equal_intake_change"], "first": 0}
    for outcome, step in true.items():
        found = aw.cohorts.trend(pupils(), outcome=outcome, cohort="schooljaar", given=CELLS,
                                 break_at="2023-2024", school="basisschool")  # fmt: skip
        assert found.step.low < step < found.step.high
        assert found.slope.low < 0 < found.slope.high
