"""What rests on counts is the same from a file, read in one pass, as from its rows."""

from dataclasses import fields, is_dataclass, replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.cohorts import Coefficients
from academic_workplace.errors import DataError, PlanError

LEVELS = ("pro", "vmbo-bb", "vmbo-kb", "vmbo-gt", "havo", "vwo")


def pupils(rows=3000, seed=3):
    rng = np.random.default_rng(seed)
    school = rng.integers(0, 14, rows)
    low = rng.random(rows) < 0.3 + 0.02 * school
    cohort = rng.integers(0, 3, rows)
    at = np.clip(np.rint(rng.normal(3 - low + 0.1 * cohort, 1.2, rows)), 0, 5).astype(int)
    words = np.array(LEVELS, dtype=object)
    table = pd.DataFrame({
        "cohort": np.array(["2016-2017", "2017-2018", "2018-2019"], dtype=object)[cohort],
        "school": np.char.add("school ", school.astype(str)).astype(object),
        "education": np.where(low, "low", "high").astype(object),
        "sex": np.array(["girl", "boy"], dtype=object)[rng.integers(0, 2, rows)],
        "first": words[at],
        "final": words[np.clip(at + rng.integers(0, 2, rows), 0, 5)],
        "year 3": words[np.clip(at + rng.integers(-1, 2, rows), 0, 5)],
        "score": np.round(535 + 3 * at - 2 * low + rng.normal(0, 4, rows), 2),
        "at_havo": (at + rng.normal(0, 1, rows) > 3.5).astype(float),
        "points": rng.integers(0, 8, rows) + 2 * at,
        "paid": rng.integers(1, 5, rows) * 10,
    })  # fmt: skip
    for name in ("first", "final", "year 3", "education", "sex"):
        table.loc[rng.random(rows) < 0.04, name] = None
    table.loc[rng.random(rows) < 0.05, ["score", "at_havo"]] = np.nan
    return table


@pytest.fixture(scope="module")
def table():
    return pupils()


@pytest.fixture(scope="module")
def path(table, tmp_path_factory):
    out = tmp_path_factory.mktemp("files") / "leerlingen.parquet"
    engine = duckdb.connect()
    engine.register("pupils", table)
    engine.execute(f"COPY pupils TO '{out}' (FORMAT PARQUET, ROW_GROUP_SIZE 700)")
    return out


@pytest.fixture(scope="module")
def text(table, tmp_path_factory):
    out = tmp_path_factory.mktemp("files") / "leerlingen.csv"
    table.to_csv(out, index=False)
    return out


def assert_same(found, expected, where="result", rel=1e-10):
    """Every field, whatever it holds, to 1e-12; sums are taken in another order."""
    assert type(found) is type(expected), where
    if is_dataclass(found):
        for each in fields(found):
            assert_same(getattr(found, each.name), getattr(expected, each.name),
                        f"{where}.{each.name}", rel)  # fmt: skip
    elif isinstance(found, dict):
        assert found.keys() == expected.keys(), where
        for key, value in found.items():
            assert_same(value, expected[key], f"{where}[{key!r}]", rel)
    elif isinstance(found, tuple | list):
        assert len(found) == len(expected), where
        for i, (a, b) in enumerate(zip(found, expected, strict=True)):
            assert_same(a, b, f"{where}[{i}]", rel)
    elif isinstance(found, float | np.ndarray):
        np.testing.assert_allclose(found, expected, rtol=rel, atol=1e-12, err_msg=where)
    else:
        assert found == expected, where


TRANSITIONS = {
    "cohort": "cohort", "advice": {"first": "first", "final": "final"}, "position": {3: "year 3"}
}  # fmt: skip


@pytest.mark.parametrize("more", [
    {}, {"school": "school"}, {"by": "education"}, {"by": ("cohort", "sex"), "school": "school"},
])  # fmt: skip
def test_transitions_of_a_file_are_those_of_its_rows(table, path, text, more):
    expected = aw.cohorts.transitions(table, **TRANSITIONS, **more)
    assert_same(aw.cohorts.transitions(path, **TRANSITIONS, **more), expected)
    assert_same(aw.cohorts.transitions(str(text), **TRANSITIONS, **more), expected)


def test_transitions_of_cells_that_were_counted_before_are_those_of_the_rows(table, path):
    by = ("cohort", "first", "final", "year 3", "education", "sex", "school")
    cells = aw.cohorts.count(path, by=by)
    more = TRANSITIONS | {"by": "sex", "school": "school"}
    assert_same(aw.cohorts.transitions(cells, **more), aw.cohorts.transitions(table, **more))
    with pytest.raises(PlanError):
        aw.cohorts.transitions(cells, **(more | {"by": "points"}))


def test_a_file_with_unknown_spellings_is_refused_without_rows_that_are_none(table, tmp_path):
    wrong = table.assign(first=table["first"].replace("havo", "hovo"))
    wrong.to_csv(tmp_path / "leerlingen.csv", index=False)
    with pytest.raises(DataError) as found:
        aw.cohorts.transitions(tmp_path / "leerlingen.csv", **TRANSITIONS)
    (fault,) = found.value.faults
    assert (fault.column, fault.file, fault.rows) == ("first", "leerlingen.csv", ())
    assert "hovo" in str(found.value)


def test_columns_that_a_file_lacks_are_named(path):
    with pytest.raises(PlanError) as found:
        aw.cohorts.transitions(path, **(TRANSITIONS | {"position": {3: "year three"}}))
    assert [fault.column for fault in found.value.faults] == ["year three"]


STANDARD = {"cohort": "cohort", "reference": "2016-2017", "adjust": ("education",)}


@pytest.mark.parametrize("outcome", ["score", "at_havo", "points"])
@pytest.mark.parametrize("more", [
    {}, {"group": "sex", "reference_group": "boy"}, {"group": "sex", "standard": "all pupils"},
])  # fmt: skip
def test_standardised_means_of_a_file_are_those_of_its_rows(table, path, text, outcome, more):
    more = STANDARD | {"outcome": outcome, "school": "school"} | more
    expected = aw.cohorts.standardise(table, **more)
    assert_same(aw.cohorts.standardise(path, **more), expected)
    assert_same(aw.cohorts.standardise(text, **more), expected)


@pytest.mark.parametrize("more", [{}, {"given": ("points", "sex")}, {"cohort": "cohort"},
                                  {"cohort": "cohort", "given": ("sex",)}])  # fmt: skip
def test_gaps_in_a_share_of_a_file_are_those_of_its_rows(table, path, more):
    more = {"outcome": "at_havo", "group": "education", "reference": "high",
            "school": "school"} | more  # fmt: skip
    assert_same(aw.cohorts.gap(path, **more), aw.cohorts.gap(table, **more))


@pytest.mark.parametrize("more", [{}, {"given": ("points", "sex")},
                                  {"cohort": "cohort", "given": ("points",)}])  # fmt: skip
def test_gaps_in_a_score_of_a_file_are_those_that_counts_suffice_for(table, path, more):
    more = {"outcome": "score", "group": "education", "reference": "high",
            "school": "school"} | more  # fmt: skip
    found, expected = aw.cohorts.gap(path, **more), aw.cohorts.gap(table, **more, draws=99)
    assert_same(found.changes, expected.changes)
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        for name in ("pupils", "pupils_reference", "schools", "mean", "mean_reference", "sd", "raw",
                     "adjusted", "unadjusted", "pupils_adjusted", "g"):  # fmt: skip
            assert_same(getattr(one, name), getattr(other, name), name)
        assert one.raw.se is not None
        assert (one.V, one.u3, one.quantiles) == (None, None, {})
    for language in ("nl", "en"):
        assert found.explain(language)
    assert len(found.table()) > 0


COMPARED = {"cohort": "cohort", "reference": "2016-2017", "adjust": ("education", "sex"),
            "school": "school"}  # fmt: skip


@pytest.mark.parametrize("outcome", ["score", "at_havo", "points"])
@pytest.mark.parametrize("more", [{}, {"given": ("first",)}])
def test_compared_cohorts_of_a_file_are_those_of_its_rows(table, path, text, outcome, more):
    more = COMPARED | {"outcome": outcome} | more
    expected = aw.cohorts.compare(table, **more)
    assert all(each.inverse_odds.se is not None for each in expected)
    assert_same(aw.cohorts.compare(path, **more), expected)
    assert_same(aw.cohorts.compare(text, **more), expected)


def test_cohorts_that_columns_tell_apart_have_no_odds_from_a_file_either(table, tmp_path):
    only = table["cohort"].eq("2017-2018") & (table["points"] > 9)
    apart = table.assign(apart=only.astype(int))
    apart.to_csv(tmp_path / "leerlingen.csv", index=False)
    more = COMPARED | {"outcome": "score", "given": "apart"}
    found = aw.cohorts.compare(tmp_path / "leerlingen.csv", **more)
    assert [each.inverse_odds is None for each in found] == [True, False]
    assert_same(found, aw.cohorts.compare(apart, **more))


TWO = {"group": "education", "reference": "high", "given": ("sex", "first"), "school": "school"}


@pytest.mark.parametrize(("kind", "outcome"), [
    ("kitagawa", "score"), ("kitagawa", "at_havo"), ("twofold", "score"), ("twofold", "at_havo"),
    ("threefold", "score"),
])  # fmt: skip
def test_the_parts_of_a_gap_of_a_file_are_those_of_its_rows(table, path, kind, outcome):
    more = TWO | {"kind": kind, "outcome": outcome}
    assert_same(aw.cohorts.decompose(path, **more), aw.cohorts.decompose(table, **more))


@pytest.mark.parametrize("coefficients", list(Coefficients))
@pytest.mark.parametrize("kind", ["twofold", "yun"])
def test_every_choice_of_coefficients_counts_pupils_and_not_rows(table, path, kind, coefficients):
    more = {"outcome": "at_havo", "cohort": "cohort", "reference": "2016-2017",
            "other": "2018-2019", "given": ("sex", "points"), "school": "school", "kind": kind,
            "coefficients": coefficients}  # fmt: skip
    assert_same(aw.cohorts.decompose(path, **more), aw.cohorts.decompose(table, **more))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(150, 600))
def test_what_is_told_of_cells_is_what_is_told_of_their_pupils(seed, rows):
    table = pupils(rows, seed).assign(
        few=lambda t: t["points"].clip(upper=3).where(t.index % 7 > 0)
    )
    by = ("cohort", "education", "sex", "school", "few")
    cells = aw.cohorts.count(table, by=by, numbers="score")
    about = {"outcome": "score", "school": "school"}
    for function, more in (
        (aw.cohorts.compare, COMPARED),
        (aw.cohorts.decompose, TWO | {"given": ("sex", "few"), "kind": "kitagawa"}),
        (aw.cohorts.decompose, TWO | {"given": ("sex", "few")}),
        (aw.cohorts.trend, {"cohort": "cohort", "given": "sex"}),
    ):
        found, expected = (_told(function, source, about | more) for source in (cells, table))
        # With one degree of freedom or less a limit moves a thousand times as much as its df.
        assert_same(found, expected, rel=1e-7)


def _told(function, source, arguments):
    """What a function gives, or the faults that it names."""
    try:
        return function(source, **arguments)
    except (DataError, PlanError) as error:
        return [(fault.rule.en, fault.column) for fault in error.faults]


@pytest.mark.parametrize("outcome", ["score", "at_havo", "points"])
@pytest.mark.parametrize("more", [{}, {"given": ("sex", "points")}, {"break_at": "2018-2019"}])
def test_the_trend_of_a_file_is_that_of_its_rows(table, path, outcome, more):
    more = {"outcome": outcome, "cohort": "cohort", "school": "school"} | more
    if outcome == "points":
        more.pop("given", None)
    assert_same(aw.cohorts.trend(path, **more), aw.cohorts.trend(table, **more))


@pytest.mark.parametrize("more", [{}, {"cohort": "cohort"}])
def test_segregation_in_a_file_is_that_of_its_rows(table, path, text, more):
    more = {"unit": "school", "group": "education", "member": "low", "draws": 99} | more
    expected = aw.cohorts.segregation(table, **more)
    assert_same(aw.cohorts.segregation(path, **more), expected)
    assert_same(aw.cohorts.segregation(text, **more), expected)


ORDER = ("pro", "vmbo-bb", "vmbo-kb", "vmbo-gt", "havo", "vwo")


@pytest.mark.parametrize("outcome", ["score", "at_havo", "points"])
@pytest.mark.parametrize("more", [{}, {"cohort": "cohort"}])
@pytest.mark.parametrize("background", [{"background": "first", "order": ORDER},
                                        {"background": "paid"}])  # fmt: skip
def test_inequality_in_a_file_is_that_of_its_rows(table, path, outcome, more, background):
    bounds = {} if outcome == "at_havo" else {"bounds": (0, 600)}
    more = {"outcome": outcome, "school": "school"} | more | background | bounds
    found, expected = aw.cohorts.inequality(path, **more), aw.cohorts.inequality(table, **more)
    assert all(each.p90_p10 is None for each in found)
    alike = [replace(each, p90_p10=None) for each in expected]
    assert_same(found, replace(expected, items=tuple(alike)))


def test_a_number_below_0_leaves_no_ratio_though_the_mean_of_a_row_is_above(table, tmp_path):
    below = table.assign(points=table["points"] - 1)
    below.to_csv(tmp_path / "leerlingen.csv", index=False)
    about = {"outcome": "points", "background": "paid", "school": "school"}
    (found,) = aw.cohorts.inequality(tmp_path / "leerlingen.csv", **about)
    assert below.groupby(["paid", "school"])["points"].mean().min() > 0 > below["points"].min()
    assert found.slope_index is not None
    assert (found.concentration, found.relative_index) == (None, None)


def test_what_takes_pupils_apart_is_refused_of_a_file_with_the_way_out(path):
    for function, column, more in (
        (aw.cohorts.decompose, "kind", TWO | {"outcome": "score", "kind": "reweighted"}),
        (aw.cohorts.inequality, "weights", {"outcome": "score", "background": "points",
                                            "school": "school", "weights": "paid"}),
        (aw.cohorts.inequality, "school", {"outcome": "score", "background": "points"}),
        (aw.cohorts.trend, "school", {"outcome": "score", "cohort": "cohort"}),
        (aw.cohorts.compare, "school", {"outcome": "score"} | COMPARED | {"school": None}),
    ):  # fmt: skip
        with pytest.raises(PlanError) as found:
            function(path, **more)
        assert [fault.column for fault in found.value.faults] == [column]
        assert "aw.read" in str(found.value)


def test_bounds_that_a_number_in_the_file_passes_are_refused(path):
    with pytest.raises(DataError) as found:
        aw.cohorts.inequality(path, outcome="points", background="paid", school="school",
                              bounds=(0, 10))  # fmt: skip
    assert [fault.column for fault in found.value.faults] == ["bounds"]


def test_cells_with_the_outcome_as_their_number_stand_for_the_file(table, path):
    cells = aw.cohorts.count(path, by=("cohort", "education", "sex", "school"), numbers="score")
    more = STANDARD | {"outcome": "score", "school": "school"}
    assert_same(aw.cohorts.standardise(cells, **more), aw.cohorts.standardise(table, **more))
    with pytest.raises(PlanError) as found:
        aw.cohorts.standardise(cells, **(more | {"outcome": "points"}))
    assert [fault.column for fault in found.value.faults] == ["numbers"]


def test_small_groups_of_a_file_are_withheld_by_pupils_and_not_by_rows(table, tmp_path):
    few = table.index[table["education"].eq("low") & table["at_havo"].notna()][9:]
    small = table.drop(few)
    small.to_csv(tmp_path / "leerlingen.csv", index=False)
    more = {"outcome": "at_havo", "group": "education", "reference": "high", "school": "school"}
    (gap,) = aw.cohorts.gap(tmp_path / "leerlingen.csv", **more)
    assert gap.withheld
    assert gap.raw is None


def test_many_pupils_in_few_rows_are_shown_as_they_are_from_rows(tmp_path):
    table = pupils()
    table["school"] = table["school"].str[-1].map(lambda word: int(word) % 4)
    table.to_csv(tmp_path / "leerlingen.csv", index=False)
    path, more = tmp_path / "leerlingen.csv", {"outcome": "at_havo", "school": "school"}
    one = {"group": "education", "reference": "high"} | more
    expected = aw.cohorts.gap(table, **one)
    assert not expected[0].withheld
    assert_same(aw.cohorts.gap(path, **one), expected)
    other = aw.cohorts.standardise(table, **STANDARD, **more)
    assert not any(level.withheld for level in other)
    assert_same(aw.cohorts.standardise(path, **STANDARD, **more), other)
    over = {"cohort": "cohort"} | more
    assert_same(aw.cohorts.trend(path, **over), aw.cohorts.trend(table, **over))


def test_what_counts_do_not_suffice_for_is_refused_with_the_way_out(path):
    more = {"outcome": "score", "group": "education", "reference": "high"}
    for column, extra in (("school", {}), ("weights", {"school": "school", "weights": "points"})):
        with pytest.raises(PlanError) as found:
            aw.cohorts.gap(path, **more, **extra)
        assert [fault.column for fault in found.value.faults] == [column]
        assert "aw.read" in str(found.value)
    with pytest.raises(PlanError) as found:
        aw.cohorts.standardise(path, outcome="score", **STANDARD)
    assert [fault.column for fault in found.value.faults] == ["school"]
