"""The tables that this project writes, attacked by somebody who has all of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.cohorts.levels import Move
from academic_workplace.cohorts.places import Places, hidden_places
from academic_workplace.cohorts.transitions import transitions
from academic_workplace.disclosure import Sum, fewest
from academic_workplace.disclosure.attack import attack
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.report.build import loss_table
from academic_workplace.report.flow import flow_of_arms

LEVELS = ("vmbo-basis", "vmbo-kader", "vmbo-gt", "havo", "vwo")


@pytest.fixture(scope="module")
def pupils():
    """Who stays on their advice and who moves a level or two, in three groups, one small."""
    rng = np.random.default_rng(11)
    n = 700
    advice = rng.integers(0, 5, n)
    place = np.clip(advice + rng.choice([-2, -1, 0, 1, 2], n, p=[0.03, 0.2, 0.54, 0.2, 0.03]), 0, 4)
    table = pd.DataFrame({
        "cohort": "2018-2019", "advies": [LEVELS[i] for i in advice],
        "plaats": [LEVELS[i] for i in place], "groep": rng.choice(["a", "b"], n, p=[0.2, 0.8]),
    })  # fmt: skip
    table.loc[:6, "groep"] = "klein"
    return table


@pytest.mark.parametrize("by", ["groep", ()])
def test_who_goes_where_leaves_every_small_count_from_one_to_nine(pupils, by):
    """Matrices with margins, of groups and of all, and the shares that add up their cells."""
    found = transitions(pupils, cohort="cohort", advice="advies", position={3: "plaats"}, by=by)
    names = [group for group in found.groups if group] or [()]
    truth, shown, sums = [], [], []
    at = {}

    def put(key, n, printed):
        at[key] = len(truth)
        truth.append(float(n))
        shown.append(printed)

    tracks = [track.value for track in found.matrix(year=3, group=names[0]).advice]
    assert len(tracks) == 5
    for group in found.groups:
        own = pupils if not group else pupils[pupils["groep"] == group[0]]
        matrix = found.matrix(year=3, group=group)
        rows = [track.label.nl for track in matrix.advice]
        columns = [track.label.nl for track in matrix.position]
        cells = pd.crosstab(own["advies"], own["plaats"]).reindex(index=rows, columns=columns)
        cells = np.nan_to_num(cells.to_numpy(dtype=float))
        cells = np.vstack([cells, cells.sum(axis=0)])
        cells = np.column_stack([cells, cells.sum(axis=1)])
        for i, j in np.ndindex(cells.shape):
            printed = not np.isnan(matrix.counts[i, j])
            assert not printed or matrix.counts[i, j] == cells[i, j]
            put((group, i, j), cells[i, j], printed)
        R, P = cells.shape[0] - 1, cells.shape[1] - 1
        sums += [Sum(at[group, i, P], tuple(at[group, i, j] for j in range(P)))
                 for i in range(R + 1)]  # fmt: skip
        sums += [Sum(at[group, R, j], tuple(at[group, i, j] for i in range(R)))
                 for j in range(P + 1)]  # fmt: skip
        for move in Move:
            inside = [(i, j) for i, j in np.ndindex(R, P) if matrix.moves[i][j] is move]
            share = found.share(move, year=3, group=group)
            count = sum(cells[i, j] for i, j in inside)
            assert share.withheld or share.count == count
            put((group, move), count, not share.withheld)
            sums.append(Sum(at[group, move], tuple(at[group, i, j] for i, j in inside)))
    if () in found.groups and len(names) > 1:
        sums += [Sum(at[(), *rest], tuple(at[group, *rest] for group in names))
                 for (group, *rest) in at if group == names[0]]  # fmt: skip
    truth, shown = np.array(truth), np.array(shown)
    small = (truth > 0) & (truth < fewest())
    assert small.sum() > (15 if by else 2)
    assert not (shown & small).any()
    ranges = attack(np.where(shown, truth, 0), np.where(shown, truth, np.inf), sums)
    assert ranges.spans(1, fewest() - 1)[small].all()


sizes = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(sizes)
def test_a_funnel_leaves_every_small_count_from_one_to_nine(pairs):
    """Events and the rest of schools, with their totals, some told as a range of 0 to 9."""
    x, y = np.array(pairs, dtype=float).T
    found = Places(tuple(map(str, range(len(x)))), Bounds(x), Bounds(y), Bounds(x + y), 0)
    if min(x.sum(), y.sum()) < fewest():
        return  # refused as a whole
    gone, ranged, _ = hidden_places(found)
    k = len(x)
    truth = np.concatenate([x, y, x + y, [x.sum(), y.sum(), (x + y).sum()]])
    hidden = np.concatenate([gone | ranged, gone | ranged, gone, [False] * 3])
    sums = [Sum(2 * k + i, (i, k + i)) for i in range(k)]
    sums += [Sum(3 * k + j, tuple(range(j * k, j * k + k))) for j in range(3)]
    sums.append(Sum(3 * k + 2, (3 * k, 3 * k + 1)))
    high = np.where(hidden, np.inf, truth)
    high[:k][ranged & (x < fewest()) & (y >= fewest())] = fewest() - 1
    high[k : 2 * k][ranged & (y < fewest()) & (x >= fewest())] = fewest() - 1
    ranges = attack(np.where(hidden, 0, truth), high, sums)
    small = (truth > 0) & (truth < fewest())
    assert not (small & ~hidden).any()
    assert ranges.spans(1, fewest() - 1)[small].all()


def test_the_page_of_a_check_does_not_tell_what_the_report_withholds():
    """20 miss the first measure and 4 the second: who started may stand nowhere, or 4 follows."""
    rng = np.random.default_rng(4)
    n = 160
    school = np.repeat(np.arange(8), n // 8)
    table = pd.DataFrame({
        "school": [f"School {i}" for i in school], "programma": np.where(school % 2, "ja", "nee"),
        "na": rng.normal(size=n), "later": rng.normal(size=n),
    })  # fmt: skip
    arm = np.flatnonzero(table["programma"] == "ja")
    table.loc[arm[:20], "na"] = np.nan
    table.loc[arm[20:24], "later"] = np.nan
    plan = aw.Plan(outcome=("na", "later"), treatment="programma", cluster="school",
                   comparison="nee")  # fmt: skip
    checked = aw.check(table, plan)
    evidence = aw.weigh(aw.estimate(checked), plan)
    told = {row[0]: row[3:6] for row in loss_table(evidence, "en").rows if "ja" in row[2]}
    assert [cells[0] for cells in told.values()] == ["not shown", "not shown"]
    steps = {one.arm: {s.stage: s.pupils for s in one.steps}
             for one in flow_of_arms(checked.flow, plan)}  # fmt: skip
    assert steps["ja"]["start"] is None
    assert steps["nee"]["start"] == 80
    assert steps["ja"]["analysed"] == 60
