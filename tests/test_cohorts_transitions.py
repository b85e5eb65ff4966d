"""From advice to position: against brute force on rows and statsmodels, and as theorems."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.cohorts.levels import Advice, Move, Regime, Rule, compare_levels
from academic_workplace.cohorts.transitions import (
    Basis,
    Caution,
    Contrast,
    transitions,
    transitions_of_counts,
)
from academic_workplace.cohorts.transitions.shares import (
    clustered_share,
    sums_along,
    wilson,
    with_totals,
)
from academic_workplace.cohorts.withheld import withheld
from academic_workplace.disclosure import DUTCH_10, fewest, under
from academic_workplace.disclosure.attack import attack
from academic_workplace.disclosure.protect import Chosen
from academic_workplace.intake.duo.ranges import Sum
from academic_workplace.report.figures.transitions import (
    drawable,
    transitions_alternative,
    transitions_block,
    transitions_picture,
)
from academic_workplace.report.transitions import matrix_table, shares_table, transitions_blocks

LEVELS = ("vmbo-kader", "vmbo-gt", "vmbo-gt/havo", "havo", "vwo")
WHOLE = ("vmbo-kader", "vmbo-gt", "havo", "vwo")
ADVICE = {"first": "eerste", "test": "toets", "final": "definitief"}
COLUMNS = {"cohort": "cohort", "advice": ADVICE, "position": {1: "plaats1", 3: "plaats3"}}
BOTH = ("nl", "en")


def made(n: int = 1500, seed: int = 6, years=("2020-2021", "2021-2022")) -> pd.DataFrame:
    """Pupils of ten schools whose advice follows how they do, and so does their position."""
    rng = np.random.default_rng(seed)
    school = rng.integers(0, 10, n)
    able = rng.normal(0, 1, n) + rng.normal(0, 0.5, 10)[school]

    def level(noise: float, names=LEVELS) -> np.ndarray:
        cuts = np.quantile(able, np.arange(1, len(names)) / len(names))
        return np.searchsorted(cuts, able + rng.normal(0, noise, n))

    first, test = level(0.4), level(0.4)
    final = np.where((test > first) & (rng.random(n) < 0.4), first + 1, first)
    names, whole = np.array(LEVELS), np.array(WHOLE)
    return pd.DataFrame({
        "cohort": rng.choice(years, n),
        "school": [f"School {s}" for s in school],
        "groep": rng.choice(["a", "b"], n),
        "eerste": names[first],
        "toets": names[test],
        "definitief": names[final],
        "plaats1": names[final],
        "plaats3": whole[level(0.5, WHOLE)],
    })  # fmt: skip


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return made()


@pytest.fixture(scope="module")
def result(table) -> aw.cohorts.Transitions:
    return transitions(table, **COLUMNS, school="school")


def of_rows(table: pd.DataFrame, left: str, right: str, rule: Rule) -> list[Move | None]:
    return [compare_levels(a, b, rule) for a, b in zip(table[left], table[right], strict=True)]


def refused(kind: type[aw.WorkplaceError], table: pd.DataFrame, **more: object):
    with pytest.raises(kind) as raised:
        transitions(table, **{**COLUMNS, **more})
    for language in BOTH:
        assert raised.value.explain(language)
    return raised.value.faults


# ---------------------------------------------------------------- shares and their intervals


@pytest.mark.proves("cohorts.transitions", "statsmodels proportion_confint: Wilson limits")
def test_limits_of_independent_pupils_are_those_of_wilson(agree):
    from statsmodels.stats.proportion import proportion_confint

    for x, n in ((3, 12), (0, 20), (20, 20), (411, 998)):
        low, high = proportion_confint(x, n, method="wilson")
        agree(wilson(x, n), (max(low, 0), min(high, 1)), abs=1e-15, of="Wilson")


def brute(y: np.ndarray, school: np.ndarray) -> tuple[float, float]:
    """CR2 variance of a mean and its degrees of freedom, from matrices with a row per pupil."""
    n, names = len(y), np.unique(school)
    X, H = np.ones((n, 1)), np.full((n, n), 1 / n)
    M, e, parts, G = 1 / n, y - y.mean(), [], []
    for name in names:
        own = np.flatnonzero(school == name)
        w, V = np.linalg.eigh(np.eye(len(own)) - H[np.ix_(own, own)])
        A = V @ np.diag(w**-0.5) @ V.T
        row = M * X[own, 0] @ A
        parts.append(row @ e[own])
        G.append(row @ (np.eye(n) - H)[own])
    P = np.array(G) @ np.array(G).T
    return float(np.sum(np.square(parts))), float(np.trace(P) ** 2 / np.sum(P**2))


@pytest.mark.proves("cohorts.transitions", "rows: CR2, Satterthwaite and limits on the logit")
def test_limits_by_school_are_those_of_matrices_with_a_row_per_pupil(agree):
    from scipy.stats import t

    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(6), [4, 9, 15, 22, 7, 30])
    y = (rng.random(len(school)) < np.array([0.1, 0.5, 0.3, 0.6, 0.2, 0.4])[school]).astype(float)
    v, df = brute(y, school)
    n = np.bincount(school).astype(float)
    found = clustered_share(np.bincount(school, y), n)
    agree((found.value, found.se, found.df), (y.mean(), math.sqrt(v), df), rel=1e-10)
    p = y.mean()
    half = t.ppf(0.975, df) * math.sqrt(v) / (p * (1 - p))
    limits = [1 / (1 + math.exp(-(math.log(p / (1 - p)) + side * half))) for side in (-1, 1)]
    agree((found.low, found.high), limits, rel=1e-10)


@pytest.mark.proves("cohorts.transitions", "rows: every move counted pupil by pupil")
def test_shares_are_those_of_every_pupil_looked_at_apart(agree, table, result):
    for contrast, year, left, right, rule in (
        (Contrast.POSITION, 3, "eerste", "plaats3", Rule.LOWEST),
        (Contrast.POSITION, 1, "eerste", "plaats1", Rule.LOWEST),
        (Contrast.TEST, None, "toets", "eerste", Rule.HALF_STEPS),
        (Contrast.REVISION, None, "eerste", "definitief", Rule.HALF_STEPS),
    ):
        moves = of_rows(table, left, right, rule)
        for move in Move:
            share = result.share(move, contrast=contrast, year=year)
            agree(share.value, np.mean([m is move for m in moves]), rel=1e-12)
            assert share.pupils == len(table)
    higher = [m is Move.ABOVE for m in of_rows(table, "eerste", "toets", Rule.HALF_STEPS)]
    up = [m is Move.ABOVE for m in of_rows(table, "eerste", "definitief", Rule.HALF_STEPS)]
    heeded = result.share("above", contrast="heeded")
    agree(heeded.value, np.mean(np.array(up)[higher]), rel=1e-12)


def test_with_schools_the_interval_is_by_school_and_without_it_says_so(table, result):
    apart = transitions(table, **COLUMNS)
    for move in Move:
        ours, theirs = result.share(move), apart.share(move)
        assert ours.value == theirs.value
        assert (ours.basis, theirs.basis) == (Basis.SCHOOLS, Basis.PUPILS)
        assert ours.low < ours.value < ours.high
        assert theirs.cautions == (Caution.AS_IF_INDEPENDENT,)
        assert ours.schools == 10
    assert "doen alsof" in apart.explain("nl")
    assert "doen alsof" not in result.explain("nl")


def test_few_schools_and_one_school_are_cautions(table):
    two = table[table["school"].isin(["School 0", "School 1"])]
    share = transitions(two, **COLUMNS, school="school").share("above")
    assert share.cautions == (Caution.FEW_DEGREES_OF_FREEDOM,)
    one = transitions(two[two["school"] == "School 0"], **COLUMNS, school="school").share("above")
    assert (one.low, one.high, one.cautions) == (None, None, (Caution.ONE_SCHOOL,))
    assert one.value is not None


def test_where_nobody_moved_there_are_no_limits_and_no_nan(result):
    nobody = result.share("below", contrast="revision")
    assert (nobody.count, nobody.value, nobody.low) == (0, 0.0, None)
    assert nobody.cautions == (Caution.NO_SPREAD,)


def test_the_order_of_rows_changes_nothing(table, result):
    again = transitions(table.sample(frac=1, random_state=1), **COLUMNS, school="school")
    numbers = ["pupils", "count", "value", "low", "high", "df"]
    pd.testing.assert_frame_equal(
        again.table()[numbers], result.table()[numbers], rtol=1e-9, check_dtype=False
    )
    np.testing.assert_array_equal(again.matrix().counts, result.matrix().counts)


def test_swapping_the_labels_of_groups_swaps_their_numbers(table):
    swapped = table.assign(groep=table["groep"].map({"a": "b", "b": "a"}))
    ours = transitions(table, **COLUMNS, by="groep", school="school")
    theirs = transitions(swapped, **COLUMNS, by="groep", school="school")
    for move in Move:
        a, b = ours.share(move, group=("a",)), theirs.share(move, group=("b",))
        assert (a.count, a.pupils) == (b.count, b.pupils)
        assert (a.low, a.high) == pytest.approx((b.low, b.high), rel=1e-10)
        assert ours.share(move).count == theirs.share(move).count


def test_parts_of_a_group_make_its_whole_and_groups_make_everyone(table):
    found = transitions(table, **COLUMNS, by="groep").table()
    shown = found[~found["withheld"]]
    whole = shown.groupby(["groep", "contrast", "year"])["value"].agg(["sum", "count"])
    assert whole.loc[whole["count"] == 3, "sum"].to_numpy() == pytest.approx(1)
    counts = shown[shown["contrast"] == "test"].pivot(index="move", columns="groep", values="count")
    assert (counts["a"] + counts["b"] == counts["all"]).all()


# ---------------------------------------------------------------- the matrix


def test_the_matrix_is_the_cross_table_and_its_rows_add_up(table, result):
    found = result.matrix(year=3)
    want = pd.crosstab(table["eerste"], table["plaats3"])
    shown = 0
    for i, j in np.ndindex(len(found.advice), len(found.position)):
        n = want.loc[found.advice[i].label.nl, found.position[j].label.nl]
        assert found.counts[i, j] == n or math.isnan(found.counts[i, j])
        assert not 0 < found.counts[i, j] < fewest()
        shown += found.counts[i, j] == n
    assert shown >= 8
    whole = ~np.isnan(found.counts).any(axis=1)
    assert whole.any()
    assert found.counts[whole, :-1].sum(axis=1) == pytest.approx(found.counts[whole, -1])
    assert found.shares[whole].sum(axis=1) == pytest.approx(1)
    assert found.table().loc["total", "total"] == len(table)
    assert found.table(shares=True).shape == (6, 4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0, 1, 2, 3, 4, 6]), min_size=3, max_size=3), min_size=2,
             max_size=3)
)  # fmt: skip
def test_no_small_count_can_be_worked_out_from_what_is_shown(rows):
    """Every filling of what is withheld is tried: each small count could have been another."""
    small = 3
    counts = with_totals(np.array(rows, dtype=float), (0, 1))
    places = np.arange(counts.size).reshape(counts.shape)
    hidden = withheld(counts.ravel(), sums_along(places, (0, 1)), minimum=small).hidden
    hidden = hidden.reshape(counts.shape)
    is_small = (counts > 0) & (counts < small)
    assert hidden[is_small].all()
    inner = np.argwhere(hidden[:-1, :-1])
    if not len(inner) or len(inner) > 5:
        return
    values = np.array(list(itertools.product(range(8), repeat=len(inner))), dtype=float)
    filled = np.repeat(counts[None, :-1, :-1], len(values), axis=0)
    filled[:, inner[:, 0], inner[:, 1]] = values
    filled = with_totals(filled, (1, 2))
    found = filled[(filled[:, ~hidden] == counts[~hidden]).all(axis=1)]
    spread = np.ptp(found, axis=0)
    assert (spread[is_small] > 0).all()


def test_nothing_shown_together_tells_a_small_count_of_any_group(table):
    """All that is shown of year 3 as equations in the cells of every group and advice."""
    found = transitions(table, **COLUMNS, by="groep")
    groups = [g for g in found.groups if g]
    one = found.matrix(year=3, group=groups[0])
    shape = (len(groups), len(one.advice), len(one.position))
    truth = np.zeros(shape)
    for g, i, j in np.ndindex(shape):
        own = table[table["groep"] == groups[g][0]]
        truth[g, i, j] = ((own["eerste"] == one.advice[i].label.nl)
                          & (own["plaats3"] == one.position[j].label.nl)).sum()  # fmt: skip
    rows = []
    for group in found.groups:
        here = range(shape[0]) if not group else [groups.index(group)]
        counts = found.matrix(year=3, group=group).counts
        for i, j in np.argwhere(~np.isnan(counts)):
            row = np.zeros(shape)
            across = slice(None) if i == shape[1] else slice(i, i + 1)
            down = slice(None) if j == shape[2] else slice(j, j + 1)
            row[list(here), across, down] = 1
            assert (row * truth).sum() == counts[i, j]
            rows.append(row.ravel())
        for move in Move:
            if not found.share(move, year=3, group=group).withheld:
                row = np.zeros(shape)
                row[list(here)] = [[m is move for m in line] for line in one.moves]
                rows.append(row.ravel())
    _, size, axes = np.linalg.svd(np.array(rows))
    free = axes[np.sum(size > 1e-9) :]
    small = ((truth > 0) & (truth < fewest())).ravel()
    assert small.sum() > 5
    assert (np.abs(free).max(axis=0)[small] > 1e-6).all()


def test_two_years_with_the_same_pupils_withhold_the_same_totals(table):
    found = transitions(table, **COLUMNS, by="school")
    for group in found.groups:
        first, third = (found.matrix(year=year, group=group).counts[:, -1] for year in (1, 3))
        np.testing.assert_array_equal(first[:-1], third[:-1])
    numbers = found.table().groupby(["school", "contrast", "year"])["pupils"].max()
    same = numbers.drop("heeded", level="contrast").groupby("school").nunique(dropna=False)
    assert (same == 1).mean() > 0.5


def test_along_a_sum_two_or_more_are_withheld_together_at_least_ten():
    hidden = withheld(np.array([3.0, 4.0, 20.0, 40.0, 67.0]), [Sum(4, (0, 1, 2, 3))]).hidden
    assert hidden.tolist() == [True, True, True, False, False]


def test_a_group_of_which_all_are_alike_is_withheld_and_the_others_do_not_tell_it(table):
    alike = table["groep"] == "b"
    same = table.assign(definitief=table["definitief"].where(~alike, table["eerste"]))
    found = transitions(same, **COLUMNS, by="groep")
    assert found.share("on", contrast="revision", group=("b",)).withheld
    assert found.share("on", contrast="revision", group=("a",)).withheld  # the total would tell it
    assert not found.share("on", contrast="revision").withheld
    assert not found.share("on", contrast="test", group=("b",)).withheld


def test_an_advice_of_which_all_went_one_way_is_withheld_and_nothing_tells_it():
    """All 60 with pro sit in pro: 100 % of a group, and the zeros beside it tell as much."""
    rng = np.random.default_rng(2)
    at = np.repeat([0, 1, 2, 3], [60, 200, 200, 200])
    to = np.where(at == 0, 0, rng.integers(1, 4, len(at)))
    to[60:75] = 0  # some others sit there too
    names = np.array(["pro", "vmbo-gt", "havo", "vwo"])
    table = pd.DataFrame({"cohort": "2020-2021", "advies": names[at], "plek": names[to]})
    found = transitions(table, cohort="cohort", advice="advies", position={3: "plek"})
    shown = found.matrix().counts
    assert np.isnan(shown[0, :-1]).all()
    truth = pd.crosstab(at, to).to_numpy(dtype=float)
    truth = np.vstack([truth, truth.sum(axis=0)])
    truth = np.column_stack([truth, truth.sum(axis=1)])
    places, sums = np.arange(truth.size).reshape(truth.shape), []
    for axis in (0, 1):
        for line in np.moveaxis(places, axis, -1).reshape(-1, truth.shape[axis]):
            sums.append(Sum(int(line[-1]), tuple(line[:-1].tolist())))
    gone = np.isnan(shown).ravel()
    low, high = np.where(gone, 0, truth.ravel()), np.where(gone, np.inf, truth.ravel())
    ranges = attack(low, high, sums)
    assert (ranges.width[[0]] >= fewest() - 1).all()  # it need not be everyone
    assert "hele groep" in found.explain("nl") + matrix_table(found.matrix(), found, "nl").note


def test_a_small_group_is_withheld_altogether_and_totals_do_not_tell(table):
    some = table.copy()
    some.loc[:6, "groep"] = "klein"
    found = transitions(some, **COLUMNS, by="groep")
    small = [s for s in found.shares if s.group == ("klein",)]
    assert all(s.withheld and s.pupils is None and s.value is None for s in small)
    told = [found.share("on", contrast="test", group=(g,)).withheld for g in "ab"]
    assert any(told)
    assert "minder dan 10" in found.explain("nl")
    numbers = found.table()[["pupils", "count"]].to_numpy(dtype=float)
    assert not ((numbers > 0) & (numbers < fewest())).any()


def test_a_school_each_is_shown_under_the_same_rules(table):
    found = transitions(table, **COLUMNS, by="school")
    assert len(found.groups) == 11
    told = found.table()
    count = told["count"].to_numpy(dtype=float)
    assert not ((count > 0) & (count < fewest())).any()
    assert 0 < told["withheld"].mean() < 0.1
    assert found.chosen is Chosen.ONE_BY_ONE  # none of them can be narrowed down


def test_pupils_without_a_label_are_a_group_of_their_own(table):
    found = transitions(table.assign(groep=table["groep"].where(table.index % 3 > 0)), **COLUMNS,
                        by="groep")  # fmt: skip
    assert (None,) in found.groups
    assert "niet bekend" in " ".join(row[1] for row in shares_table(found, "nl").rows)


# ---------------------------------------------------------------- regimes, tests and revisions


def test_regimes_are_not_pooled_unless_it_is_asked_and_then_it_is_said():
    both = made(years=("2022-2023", "2023-2024"))
    (fault,) = refused(aw.PlanError, both)
    assert fault.column == "across_regimes"
    asked = transitions(both, **COLUMNS, across_regimes=True)
    assert asked.across_regimes
    assert asked.regimes == (Regime.RECONSIDER, Regime.ADJUST)
    assert "bij elkaar geteld" in asked.explain("nl")
    assert "added up" in asked.explain("en")
    beside = transitions(both, **COLUMNS, by="cohort")
    assert not beside.across_regimes
    assert beside.groups == (("2022-2023",), ("2023-2024",))  # and nobody together
    assert "andere regel" in beside.explain("nl")


def test_one_regime_needs_no_permission_and_says_nothing(result):
    assert result.regimes == (Regime.RECONSIDER,)
    assert not result.across_regimes
    assert "2023-2024" not in result.explain("nl")


def test_the_cohort_without_a_test_is_left_out_where_a_test_is_needed():
    table = made(years=("2018-2019", "2019-2020"))
    found = transitions(table, **COLUMNS)
    there = table[table["cohort"] == "2018-2019"]
    assert found.share("below", contrast="test").pupils == len(there)
    higher = of_rows(there, "eerste", "toets", Rule.HALF_STEPS).count(Move.ABOVE)
    assert found.share("above", contrast="heeded").pupils == higher
    assert found.share("above", contrast="revision").pupils == len(table)
    assert "eindtoets ging dat jaar niet door" in found.explain("nl")
    by = transitions(table, **COLUMNS, by="cohort")
    cancelled = by.share("below", contrast="test", group=("2019-2020",))
    assert (cancelled.pupils, cancelled.value) in ((0, None), (None, None))


def test_revised_is_filled_and_different():
    table = made(400)
    blank = table["definitief"] == table["eerste"]
    once = transitions(table, **COLUMNS).share("above", contrast="revision")
    table.loc[blank & (table.index % 2 == 0), "definitief"] = None
    found = transitions(table, **COLUMNS)
    again = found.share("above", contrast="revision")
    assert (again.count, again.pupils) == (once.count, once.pupils)
    assert "geldt het eerste advies" in found.explain("nl")


def test_the_advice_that_counts_is_chosen(table):
    final = transitions(table, **COLUMNS, which="final")
    want = of_rows(table, "toets", "definitief", Rule.HALF_STEPS)
    assert final.share("below", contrast="test").count == want.count(Move.BELOW)
    assert final.which is Advice.FINAL
    assert "definitieve advies" in final.explain("nl")
    test = transitions(table, **COLUMNS, which="test")
    assert {s.contrast for s in test.shares} == {"position", "revision", "heeded"}
    alone = transitions(table, cohort="cohort", advice="eerste", position={3: "plaats3"})
    assert {s.contrast for s in alone.shares} == {"position"}


def test_places_without_a_level_count_in_the_matrix_and_on_no_side(table):
    table = table.copy()
    table.loc[:49, "plaats3"] = "vavo"
    found = transitions(table, **COLUMNS)
    assert found.share("on").pupils == len(table) - 50
    assert found.matrix().table().loc["total", "total"] == len(table)
    assert "VAVO" in found.matrix().table()


# ---------------------------------------------------------------- what is wrong is named


def test_columns_years_and_choices_that_are_not_there_are_named_at_once(table):
    columns = [f.column for f in refused(aw.PlanError, table, school="schol", by=("x",),
                                         position={9: "plaats3"})]  # fmt: skip
    assert sorted(columns) == ["position", "schol", "x"]
    (fault,) = refused(aw.PlanError, table, position="plaats3")
    assert "leerjaar" in fault.rule.nl
    (fault,) = refused(aw.PlanError, table, advice={"final": "definitief"})
    assert fault.column == "which"
    refused(aw.PlanError, table, advice={"eerst": "eerste"})
    refused(aw.PlanError, table, rule="eigen")
    refused(aw.PlanError, table.iloc[:0])
    refused(aw.PlanError, [1, 2])
    (fault,) = refused(aw.PlanError, table, advice=["eerste", "toets"])
    assert fault.column == "advice"
    (fault,) = refused(aw.PlanError, table, by=3)
    assert fault.column == "by"
    (fault,) = refused(aw.PlanError, table, position={"3": "plaats3"})
    assert "als getal" in fault.remedy.nl
    (fault,) = refused(aw.PlanError, table, labels={"a": "groep A"})
    assert fault.column == "labels"


def test_a_column_that_stands_for_two_things_is_refused(table):
    faults = refused(aw.PlanError, table, position={1: "plaats3", 3: "plaats3"})
    assert [f.column for f in faults] == ["plaats3"]
    faults = refused(aw.PlanError, table, position={1: "eerste", 3: "plaats3"})
    assert [f.column for f in faults] == ["eerste"]


def test_an_unknown_spelling_comes_with_what_may_have_been_meant(table):
    bad = table.copy()
    bad.loc[3, "eerste"], bad.loc[4, "plaats3"] = "hvo", "kaderr"
    first, place = refused(aw.DataError, bad)
    assert "‘hvo’ (misschien ‘havo’?)" in first.rule.nl
    assert "‘kaderr’ (perhaps ‘vmbo-kader’?)" in place.rule.en


def test_unknown_levels_and_blank_schools_of_all_columns_are_named_at_once(table):
    bad = table.copy()
    bad.loc[3, "eerste"], bad.loc[4, "plaats3"], bad.loc[5, "school"] = "havoo", "brug", None
    bad.loc[6, "cohort"] = "2021"
    faults = refused(aw.DataError, bad, school="school")
    assert [(f.column, f.rows) for f in faults] == [
        ("cohort", (7,)), ("eerste", (4,)), ("plaats3", (5,)), ("school", (6,)),
    ]  # fmt: skip


def test_a_year_that_comes_before_an_earlier_one_is_impossible(table):
    start = table["cohort"].str[:4].astype(int)
    when = table.assign(
        s1=[f"{y + 1}-{y + 2}" for y in start], s3=[f"{y + 3}-{y + 4}" for y in start]
    )
    seen = {1: "s1", 3: "s3"}
    found = transitions(when, **COLUMNS, seen=seen)
    assert found.share("on").pupils == len(table)
    when.loc[2, ["s1", "s3"]] = when.loc[2, ["s3", "s1"]].to_numpy()
    when.loc[7, "s1"] = when.loc[7, "cohort"]
    when.loc[8, "s3"] = None
    faults = refused(aw.DataError, when, seen=seen)
    assert [(f.column, f.rows) for f in faults] == [("s1", (8,)), ("s3", (9,)), ("s3", (3,))]


def test_one_class_may_be_skipped_and_two_are_a_mistake(table):
    start = table["cohort"].str[:4].astype(int)
    when = table.assign(s3=[f"{y + 2}-{y + 3}" for y in start])
    assert transitions(when, **COLUMNS, seen={3: "s3"}).share("on").pupils == len(table)
    when.loc[4, "s3"] = f"{start[4] + 1}-{start[4] + 2}"
    (fault,) = refused(aw.DataError, when, seen={3: "s3"})
    assert (fault.column, fault.rows) == ("s3", (5,))
    when = table.assign(
        s1=[f"{y + 1}-{y + 2}" for y in start],
        s5=[f"{y + 4}-{y + 5}" for y in start],
        plaats5=table["plaats3"],
    )
    asked = {**COLUMNS, "position": {1: "plaats1", 5: "plaats5"}, "seen": {1: "s1", 5: "s5"}}
    assert transitions(when, **asked).share("on").pupils == len(table)
    when.loc[6, "s1"] = f"{start[6] + 2}-{start[6] + 3}"  # so that year 5 is two years later
    with pytest.raises(aw.DataError) as raised:
        transitions(when, **asked)
    assert [(f.column, f.rows) for f in raised.value.faults] == [("s5", (7,))]


def test_groups_are_told_in_readers_words_and_kept_by_their_own_labels(table):
    own = {"a": aw.Text("ouders met mbo", "parents with mbo"), "b": aw.Text("hbo $x$", "hbo $x$")}
    found = transitions(table, **COLUMNS, by="groep", labels=own)
    assert found.groups[0] == ("a",)
    assert "a" in set(found.table()["groep"])
    rows = [row[1] for row in shares_table(found, "nl").rows]
    assert {"ouders met mbo", "hbo $x$"} < set(rows)
    alone = table.assign(cohort="2020-2021").query("groep == 'a'")
    nl = transitions(alone, **COLUMNS, by=["groep", "cohort"], labels=own)
    assert "ouders met mbo, 2020-2021" in matrix_table(nl.matrix(group=("a", "2020-2021")), nl,
                                                       "nl").caption  # fmt: skip
    assert "parents with mbo" in found.picture("en", group=("a",)).alt
    counted = counts_table([1, 2, 3, 4, 5, 6])
    told = bounds(counted.assign(wie="a"), by="wie", labels=own).explain("nl")
    assert told.startswith("Ouders met mbo: van elke 100 leerlingen")


def test_a_group_without_pupils_in_a_cohort_is_named(table):
    gone = table[(table["groep"] == "a") | (table["cohort"] == "2020-2021")]
    found = transitions(gone, **COLUMNS, by="groep")
    assert "‘b’ heeft geen leerlingen in cohort 2021-2022" in found.explain("nl")
    late = table.assign(plaats3=table["plaats3"].where(table["cohort"] == "2020-2021"))
    assert "Van cohort 2021-2022 is de positie in leerjaar 3" in transitions(
        late, **COLUMNS
    ).explain("nl")


def test_a_share_that_was_not_worked_out_is_named(result):
    with pytest.raises(aw.PlanError):
        result.share("above", group=("x",))
    with pytest.raises(aw.PlanError):
        result.matrix(year=2)


# ---------------------------------------------------------------- counts with bounds

CELLS = [("gt", "gt"), ("gt", "havo"), ("gt", "kader"), ("havo", "havo"), ("havo", "vwo"),
         ("havo", "vavo")]  # fmt: skip


def counts_table(cells: list[object], totals: dict[str, object] | None = None) -> pd.DataFrame:
    rows = [(*pair, n) for pair, n in zip(CELLS, cells, strict=True)]
    rows += [(advice, "totaal", n) for advice, n in (totals or {}).items()]
    table = pd.DataFrame(rows, columns=["advies", "plaats", "aantal"])
    return table.assign(jaar="2021-2022")


def bounds(table: pd.DataFrame, **more: object):
    given = {"cohort": "jaar", "advice": "advies", "position": "plaats", "pupils": "aantal",
             "year": 3} | more  # fmt: skip
    return transitions_of_counts(table, **given)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["<5", "0", "7", "-1"]), min_size=6, max_size=6),
    st.lists(st.integers(1, 4), min_size=6, max_size=6),
    st.booleans(),
)
def test_bounds_are_those_of_every_filling_of_the_hidden_counts(cells, truth, totals):
    hidden = [i for i, cell in enumerate(cells) if cell in ("<5", "-1")]
    true = [truth[i] if i in hidden else int(cells[i]) for i in range(6)]
    whole = {"gt": sum(true[:3]), "havo": sum(true[3:])} if totals else None
    found = bounds(counts_table(cells, whole))
    shares = []
    for values in itertools.product(range(1, 5), repeat=len(hidden)):
        n = list(true)
        for i, value in zip(hidden, values, strict=True):
            n[i] = value
        if whole and (sum(n[:3]), sum(n[3:])) != (whole["gt"], whole["havo"]):
            continue
        below, on, above = n[2], n[0] + n[3], n[1] + n[4]
        if below + on + above:
            shares.append(np.array([below, on, above]) / (below + on + above))
    if not shares:
        assert np.isnan(found.value.low).all()
        return
    np.testing.assert_allclose(found.value.low[0], np.min(shares, axis=0), atol=1e-12)
    np.testing.assert_allclose(found.value.high[0], np.max(shares, axis=0), atol=1e-12)


@pytest.mark.proves("cohorts.transitions_of_counts", "brute force: every filling of hidden counts")
def test_bounds_of_a_worked_table(agree):
    found = bounds(counts_table(["<5", "7", "0", "10", "<5", "0"], {"gt": "9"}))
    agree(found.value.low[0], [0, 12 / 23, 8 / 20])
    agree(found.value.high[0], [0, 12 / 20, 11 / 23])
    agree((found.pupils.low[0], found.pupils.high[0]), (20, 23))
    for language in BOTH:
        assert "40 tot 48" in found.explain("nl")
        assert found.explain(language)
    assert "<table>" in found._repr_html_()
    assert found.hidden.tolist() == [2]
    assert list(found.table()["move"]) == ["below", "on", "above"]


def test_counts_that_are_known_give_the_shares_of_pupils():
    exact = bounds(counts_table([10, 20, 30, 40, 50, 60]))
    pupils = pd.DataFrame(
        [("2021-2022", a, p) for (a, p), n in zip(CELLS, range(10, 70, 10), strict=True)
         for _ in range(n)], columns=["jaar", "advies", "plaats"],
    )  # fmt: skip
    found = transitions(pupils, cohort="jaar", advice="advies", position={3: "plaats"})
    want = [found.share(move).value for move in Move]
    np.testing.assert_allclose(exact.value.low[0], want, rtol=1e-12)
    assert exact.value.exact.all()


@pytest.mark.parametrize("count", [-2, 1.5, "veel", None, "<10", "5-2", "-3", " ", float("inf")])
def test_impossible_counts_are_refused(count):
    with pytest.raises(aw.DataError) as raised:
        bounds(counts_table([count, 1, 2, 3, 4, 5]))
    assert raised.value.faults[0].rows == (1,)


def test_totals_that_contradict_and_rows_that_count_twice_are_refused():
    with pytest.raises(aw.DataError, match="totaal"):
        bounds(counts_table(["<5", 1, 2, 3, 4, 5], {"gt": 9}))
    with pytest.raises(aw.DataError, match="hetzelfde"):
        bounds(pd.concat([counts_table([1] * 6)] * 2))
    blank = counts_table([1] * 6)
    blank.loc[0, "advies"] = None
    with pytest.raises(aw.DataError, match="ontbreekt"):
        bounds(blank)
    two = pd.concat([counts_table([1] * 6), counts_table([1] * 6).assign(jaar="2023-2024")])
    with pytest.raises(aw.PlanError, match="across_regimes"):
        bounds(two)
    assert bounds(two, by="jaar").groups == (("2021-2022",), ("2023-2024",))


# ---------------------------------------------------------------- words and pictures


def test_sentences_tell_hundreds_with_limits_in_both_languages(result):
    share = result.share("above")
    n, low, high = (math.floor(100 * x + 0.5) for x in (share.value, share.low, share.high))
    assert f"{n} ({low} tot {high}) boven hun eerste advies" in result.explain("nl")
    assert f"{n} ({low} to {high}) were above their first advice" in result.explain("en")
    assert "gt/havo is gt ‘op’" in result.explain("nl")
    for word in ("nan", "None", "bewezen", "significant"):
        assert word not in result.explain("nl") + result.explain("en")


def test_the_tables_have_a_row_per_advice_and_show_no_small_number(result):
    matrix = result.matrix()
    for language in BOTH:
        shown = matrix_table(matrix, result, language)
        assert [row[0] for row in shown.rows[:-1]] == list(LEVELS[::-1])
        assert len(shown.header) == 6
        hundreds = matrix_table(matrix, result, language, hundreds=True)
        assert hundreds.caption != shown.caption
        assert len(shares_table(result, language).rows) == 5
    cells = [cell for row in shown.rows for cell in row[1:]]
    assert not {str(n) for n in range(1, fewest())} & set(cells)


def test_an_advice_of_few_pupils_shows_nothing_and_totals_of_positions_stay(table):
    some = table.copy()
    some.loc[:4, ["eerste", "plaats3"]] = ["praktijkonderwijs", "havo"]
    found = transitions(some, **COLUMNS)
    shown = {row[0]: row[1:] for row in matrix_table(found.matrix(), found, "nl").rows}
    assert set(shown["praktijkonderwijs"]) == {"niet getoond"}
    assert len(set(shown["Alle"])) > 2


def test_the_alternative_text_tells_every_ribbon_and_no_other(result):
    matrix = result.matrix()
    told = transitions_alternative(matrix, result, "nl")
    drawn = np.nan_to_num(matrix.counts[:-1, :-1])
    for n in drawn[drawn >= fewest()]:
        assert f" {n:.0f}" in told
    whole = matrix.counts[-1, -1] - drawn[drawn >= fewest()].sum()
    assert f"Niet getekend: {whole:.0f} leerlingen" in told
    assert "Boven het advies: 23 van 100; op het advies" in told


def test_words_follow_the_rules_of_disclosure_that_hold(table):
    with under(replace(DUTCH_10, minimum=20)):
        found = transitions(table, **COLUMNS)
        assert "minder dan 20 leerlingen" in matrix_table(found.matrix(), found, "nl").note
        assert "smaller than 20 or a whole group" in found.picture("en").alt
        small = (found.matrix().counts > 0) & (found.matrix().counts < 20)
        assert not small.any()


def test_long_names_of_tracks_stay_within_the_picture_and_dollars_are_no_formula():
    names = np.array(["pro", "vmbo-basis", "vmbo-basis/kader", "vmbo-kader", "vwo"])
    at = np.tile(np.arange(5), 200)
    to = np.where(np.arange(1000) % 3 > 0, at, (at + 1) % 5)
    many = pd.DataFrame({"cohort": "2020-2021", "advies": names[at], "plek": names[to],
                         "groep": "$a$ b$"})  # fmt: skip
    found = transitions(many, cohort="cohort", advice="advies", position={3: "plek"}, by="groep")
    for group, narrow in itertools.product(((), ("$a$ b$",)), (False, True)):
        matrix = found.matrix(group=group)
        assert drawable(matrix)
        figure = transitions_picture(matrix, found, "nl", narrow=narrow)
        figure.canvas.draw()
        for text in figure.axes[0].texts:
            box = text.get_window_extent()
            assert figure.bbox.x0 <= box.x0, text.get_text()
            assert box.x1 <= figure.bbox.x1, text.get_text()
            assert not text.get_parse_math()


def test_the_picture_is_drawn_for_page_and_phone_and_fits(result):
    matrix = result.matrix()
    assert drawable(matrix)
    for language, narrow in itertools.product(BOTH, (False, True)):
        figure = transitions_picture(matrix, result, language, narrow=narrow)
        figure.canvas.draw()
        frame = figure.bbox
        for text in figure.axes[0].texts:
            box = text.get_window_extent()
            assert frame.x0 - 1 <= box.x0, text.get_text()
            assert box.x1 <= frame.x1 + 1, text.get_text()
    block = transitions_block(matrix, result, "nl")
    assert block.alt
    assert block.narrow_svg != block.wide_svg
    assert len(transitions_blocks(result, "en")) == 4
    assert result.picture().alt == transitions_alternative(matrix, result, "nl")
    assert "<table>" in result._repr_html_()


def test_a_group_so_small_that_nothing_may_be_shown_still_says_so(table):
    found = transitions(table.head(8), **COLUMNS)
    assert "te weinig leerlingen" in found.explain("nl")
    assert not drawable(found.matrix())
    assert all(math.isnan(n) or n == 0 for n in found.matrix().counts.ravel())
    assert len(transitions_blocks(found, "nl")) == 3
