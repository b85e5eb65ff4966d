"""Counts within bounds: whatever the hidden counts are, the truth is inside, and nothing is wider.

Every bound is held against all ways of filling in whole numbers.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from academic_workplace.errors import DataError
from academic_workplace.intake import duo
from academic_workplace.intake.duo.ranges import Bounds, Sum, share_of, split, tighten

often = settings(max_examples=200, deadline=None, derandomize=True, database=None)
ATOL = 1e-12  # shares are one division of whole numbers

EXACT = st.integers(0, 6).map(lambda n: (n, n))
HIDDEN = st.just((1, 4))
ANY = st.tuples(st.integers(0, 4), st.integers(0, 3)).map(lambda t: (t[0], t[0] + t[1]))
COUNT = st.one_of(EXACT, HIDDEN, ANY)
TOTAL = st.one_of(
    st.integers(0, 14).map(lambda n: (n, n)),
    HIDDEN,
    st.tuples(st.integers(0, 8), st.integers(0, 6)).map(lambda t: (t[0], t[0] + t[1])),
)


def fillings(cells: list[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """Every way to give each cell a whole number within its bounds."""
    return product(*(range(low, high + 1) for low, high in cells))


def row(cells: list[tuple[int, int]]) -> Bounds:
    """One row of a table."""
    return Bounds([[low for low, _ in cells]], [[high for _, high in cells]])


@often
@given(st.lists(COUNT, min_size=1, max_size=4), TOTAL)
def test_a_published_total_tightens_its_parts_and_itself_as_far_as_can_be(cells, total):
    k = len(cells)
    found = tighten(row([*cells, total]), [Sum(k, tuple(range(k)))])
    possible = [f for f in fillings(cells) if total[0] <= sum(f) <= total[1]]
    assert found.contradicted[0] == (not possible)
    if possible:
        whole = np.array([(*f, sum(f)) for f in possible])
        assert (found.bounds.low[0] == whole.min(axis=0)).all()
        assert (found.bounds.high[0] == whole.max(axis=0)).all()


@often
@given(st.lists(COUNT, min_size=4, max_size=4), st.lists(TOTAL, min_size=4, max_size=4))
def test_sums_of_rows_and_of_columns_together_leave_no_filling_out(cells, totals):
    # a b | p      columns 0 1 | 4
    # c d | q              2 3 | 5
    # r s                  6 7
    sums = [Sum(4, (0, 1)), Sum(5, (2, 3)), Sum(6, (0, 2)), Sum(7, (1, 3))]
    found = tighten(row([*cells, *totals]), sums)
    possible = []
    for f in fillings(cells):
        all_sums = (f[0] + f[1], f[2] + f[3], f[0] + f[2], f[1] + f[3])
        if all(low <= s <= high for s, (low, high) in zip(all_sums, totals, strict=True)):
            possible.append((*f, *all_sums))
    if found.contradicted[0]:
        assert not possible
    elif possible:
        whole = np.array(possible)
        assert (found.bounds.low[0] <= whole.min(axis=0)).all()
        assert (found.bounds.high[0] >= whole.max(axis=0)).all()
    again = tighten(found.bounds, sums)
    assert (again.bounds.low == found.bounds.low).all()
    assert (again.bounds.high == found.bounds.high).all()


def test_bounds_pass_from_one_sum_to_the_next_until_nothing_moves():
    # Columns: a, b, a + b, c, a + b + c; only the last total can tighten a, through the middle one.
    found = tighten(
        Bounds([[1, 1, 0, 6, 8]], [[4, 4, np.inf, 6, 8]]), [Sum(2, (0, 1)), Sum(4, (2, 3))]
    )
    assert found.bounds.low.tolist() == found.bounds.high.tolist() == [[1, 1, 2, 6, 8]]


def test_an_unknown_count_is_bounded_by_the_total_only():
    found = tighten(Bounds([[0, 1, 12]], [[np.inf, 4, 12]]), [Sum(2, (0, 1))])
    assert found.bounds.low.tolist() == [[8, 1, 12]]
    assert found.bounds.high.tolist() == [[11, 4, 12]]
    free = tighten(Bounds([[0, 0, 12]], [[np.inf, np.inf, 12]]), [Sum(2, (0, 1))])
    assert free.bounds.high.tolist() == [[12, 12, 12]]


def test_a_contradiction_leaves_its_row_as_it_was_and_the_others_tightened():
    found = tighten(Bounds([[1, 5, 6], [1, 5, 20]], [[4, 5, 6], [4, 5, 20]]), [Sum(2, (0, 1))])
    assert found.contradicted.tolist() == [False, True]
    assert found.bounds.low.tolist() == [[1, 5, 6], [1, 5, 20]]
    assert found.bounds.high.tolist() == [[1, 5, 6], [4, 5, 20]]


@often
@example([((0, 2), (0, 0), (0, 5))])  # nobody outside: the share is 1 if there is any
@example([((0, 0), (0, 2), (0, 5))])
@example([((0, 4), (1, 4), (6, 6))])  # the total raises both
@given(st.lists(st.tuples(COUNT, COUNT, TOTAL), min_size=1, max_size=3))
def test_the_share_of_a_group_of_schools_is_bounded_by_its_fillings(units):
    possible = [[(x, y) for x, y in fillings([a, b]) if t[0] <= x + y <= t[1]] for a, b, t in units]
    if not all(possible):
        return
    a, b, t = (Bounds(*np.array(cells, dtype=float).T) for cells in zip(*units, strict=True))
    found = share_of(split(a, b, t), np.zeros(len(units), dtype=np.intp), 1)
    shares = [
        x / (x + y)
        for filling in product(*possible)
        if (x := sum(p[0] for p in filling)) + (y := sum(p[1] for p in filling)) > 0
    ]
    if not shares:
        assert np.isnan([found.low[0], found.high[0]]).all()
    else:
        assert found.low[0] == pytest.approx(min(shares), abs=ATOL)
        assert found.high[0] == pytest.approx(max(shares), abs=ATOL)


def test_the_numerator_stays_inside_the_denominator():
    # 1 to 4 of (1 to 4) + 96: at most 4/100, not 4/97.
    found = share_of(
        split(Bounds([1], [4]), Bounds([96]), Bounds([0], [np.inf])), np.zeros(1, dtype=np.intp), 1
    )
    assert found.low.tolist() == [1 / 97]
    assert found.high.tolist() == [4 / 100]


def test_nothing_at_all_is_known_of_an_unknown_share():
    unknown = Bounds([0.0], [np.inf])
    found = share_of(split(unknown, unknown, unknown), np.zeros(1, dtype=np.intp), 1)
    assert (found.low[0], found.high[0]) == (0.0, 1.0)


@often
@given(st.lists(COUNT, min_size=1, max_size=3), st.lists(COUNT, min_size=1, max_size=3))
def test_sums_and_differences_of_bounds_are_those_of_all_fillings(first, second):
    a, b = (Bounds([c[0] for c in cells], [c[1] for c in cells]).sum() for cells in (first, second))
    sums = {sum(f) for f in fillings(first)}, {sum(f) for f in fillings(second)}
    assert (float(a.low), float(a.high)) == (min(sums[0]), max(sums[0]))
    apart = [x - y for x in sums[0] for y in sums[1]]
    assert (float((a - b).low), float((a - b).high)) == (min(apart), max(apart))
    both = [x + y for x in sums[0] for y in sums[1]]
    assert (float((a + b).low), float((a + b).high)) == (min(both), max(both))


def test_bounds_the_wrong_way_round_are_refused_and_cannot_be_changed_later():
    with pytest.raises(DataError, match="ondergrens"):
        Bounds([1, 5], [4, 4])
    with pytest.raises(DataError, match="ondergrens"):
        Bounds([1.0], [np.nan])
    with pytest.raises(DataError, match="even veel"):
        Bounds([1, 5], [4])
    bounds = Bounds([1], [4])
    with pytest.raises(ValueError, match="read-only"):
        bounds.low[0] = 2


# ---------------------------------------------------------------- from the file to the share

LEVELS = [level.value for level in duo.AdviceLevel]


@st.composite
def advice_files(draw: st.DrawFn) -> list[dict[str, int]]:
    """One to three schools with true counts at four levels, the others zero."""
    used = ["VMBO_GT", "VMBO_GT_HAVO", "HAVO", "VWO"]
    schools = []
    for _ in range(draw(st.integers(1, 3))):
        counts = dict.fromkeys(LEVELS, 0)
        counts |= {level: draw(st.integers(0, 6)) for level in draw(st.permutations(used))[:3]}
        schools.append(counts)
    return schools


def written(n: int) -> str:
    """As DUO hides it."""
    return "<5" if 0 < n < 5 else str(n)


def possible_counts(school: dict[str, int], *, with_total: bool) -> list[tuple[int, ...]]:
    """Every filling of one row that the file allows."""
    cells = [(1, 4) if 0 < school[level] < 5 else (school[level],) * 2 for level in LEVELS]
    total = sum(school.values())
    low, high = (1, 4) if 0 < total < 5 else (total, total)
    return [f for f in fillings(cells) if not with_total or low <= sum(f) <= high]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(schools=advice_files(), with_total=st.booleans())
def test_what_is_said_of_a_file_is_what_all_its_fillings_say(schools, with_total, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "schooladviezen-2022-2023.csv"
    head = ["INSTELLINGSCODE", "VESTIGINGSCODE", *LEVELS, *["TOTAAL_ADVIES"] * with_total]
    lines = [";".join(head)]
    for n, school in enumerate(schools):
        cells = [written(school[level]) for level in LEVELS]
        cells += [written(sum(school.values()))] * with_total
        lines.append(";".join([f"99X{'ABC'[n]}", "00", *cells]))
    path.write_text("\n".join(lines))
    data = duo.read(path)
    fills = [possible_counts(school, with_total=with_total) for school in schools]

    high = [LEVELS.index(level.value) for level in duo.at_least("HAVO")]
    shares, totals, narrow = [], [], []
    for filling in product(*fills):
        x = sum(row[i] for row in filling for i in high)
        t = sum(map(sum, filling))
        gt = sum(row[LEVELS.index("VMBO_GT")] for row in filling)
        totals.append(x)
        shares += [x / t] if t else []
        narrow += [x / (x + gt)] if x + gt else []
    found = duo.total(data, duo.at_least("HAVO")).value
    assert (found.low[0], found.high[0]) == (min(totals), max(totals))
    within = (duo.AdviceLevel.VMBO_GT, *duo.at_least("HAVO"))
    for expected, said in (
        (shares, duo.share(data, duo.at_least("HAVO")).value),
        (narrow, duo.share(data, duo.at_least("HAVO"), within=within).value),
    ):
        if expected:
            assert said.low[0] == pytest.approx(min(expected), abs=ATOL)
            assert said.high[0] == pytest.approx(max(expected), abs=ATOL)
        else:
            assert np.isnan(said.low[0])
    for school, filling in enumerate(fills):  # and cell by cell
        cells = data.unit == school
        whole = np.array(filling)
        if with_total:
            assert (data.counts.low[cells] == whole.min(axis=0)).all()
            assert (data.counts.high[cells] == whole.max(axis=0)).all()
