"""Inequality by background, and segregation over schools."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.cohorts.segregation import INDICES, _by_lot, _indices
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.report import gaps as words

HERE = Path(__file__).parent
R = json.loads((HERE / "reference/cohort_gaps.json").read_text())
A31, A32 = R["A31-gaps"]["expected"], R["A32-segregation"]["expected"]
SMALL = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def bdf() -> pd.DataFrame:
    folder = HERE / "reference/data"
    one, two = pd.read_csv(folder / "bdf.csv"), pd.read_csv(folder / "bdf_schools.csv.gz")
    return one.assign(school=two.schoolNR, iq=two["IQ.ver.cen"], ses=two.ses)


@pytest.fixture
def made() -> pd.DataFrame:
    """Twelve schools, income in quintiles, a score, a yes or no, two cohorts."""
    rng = np.random.default_rng(11)
    n = 500
    school, income = rng.integers(0, 12, n), rng.integers(1, 6, n)
    score = 20 + 2 * income + rng.normal(0, 4, n) + rng.normal(0, 2, 12)[school]
    return pd.DataFrame({
        "school": school, "income": income, "score": score,
        "yes": (score > 26).astype(int), "cohort": rng.integers(2021, 2023, n),
    })  # fmt: skip


def asked(table: pd.DataFrame, **more: object) -> aw.cohorts.Unequal:
    settings: dict[str, object] = {"outcome": "score", "background": "income", "school": "school"}
    return aw.cohorts.inequality(table, **(settings | more))[0]


def rank(x: pd.Series) -> pd.Series:
    """The share below, half of those alike."""
    return (x.rank(method="average") - 0.5) / len(x)


def line_on_rows(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Constant and slope of the score on rank, with their CR2 variance, by matrices."""
    y = table.score.to_numpy()
    X = np.column_stack([np.ones(len(y)), rank(table.income)])
    M = np.linalg.inv(X.T @ X)
    b = M @ X.T @ y
    H = X @ M @ X.T
    total = np.zeros((2, 2))
    for school in table.school.unique():
        i = np.flatnonzero(table.school == school)
        w, U = np.linalg.eigh(np.eye(len(i)) - H[np.ix_(i, i)])
        s = X[i].T @ ((U * np.where(w > 1e-9, w, np.inf) ** -0.5) @ U.T) @ (y - X @ b)[i]
        total += np.outer(s, s)
    return b, M @ total @ M


# ---------------------------------------------------------------- inequality by background


@pytest.mark.proves("cohorts.inequality", "R, gradient per standard deviation, bdf (A31)")
def test_the_gradient_and_the_tenths_are_those_of_r(bdf, agree):
    found = asked(bdf, outcome="langPOST", background="ses")
    agree(found.gradient.value, A31["gradient_per_sd_ses"])
    agree(found.p90_p10, A31["p90_p10"])


@pytest.mark.proves("cohorts.inequality", "rows, and derivatives by differences")
def test_every_index_and_its_variance_follow_from_the_line_on_rows(made, agree):
    b, V = line_on_rows(made)
    r = rank(made.income)
    v = float(np.var(r))
    low, high = -10.0, 60.0

    def mean(b):
        return b[0] + b[1] / 2

    indices = {
        "slope_index": lambda b: b[1],
        "concentration": lambda b: 2 * v * b[1] / mean(b),
        "erreygers": lambda b: 8 * v * b[1] / (high - low),
        "wagstaff": lambda b: 2 * v * b[1] * (high - low) / ((high - mean(b)) * (mean(b) - low)),
    }
    found = asked(made, bounds=(low, high))
    for name, f in indices.items():
        slope = np.array([(f(b + h) - f(b - h)) / 2e-5 for h in 1e-5 * np.eye(2)])
        agree(getattr(found, name).value, f(b))
        agree(getattr(found, name).se, math.sqrt(slope @ V @ slope), rel=1e-6)  # differences
    ends = np.array([b[0] + b[1], b[0]])
    agree(found.relative_index.value, ends[0] / ends[1])
    slope = np.array([1 / ends[0] - 1 / ends[1], 1 / ends[0]])
    logs = math.log(found.relative_index.high / found.relative_index.low) / 2
    from scipy.special import stdtrit

    reach = stdtrit(found.relative_index.df, 0.975) * math.sqrt(slope @ V @ slope)
    agree(logs, reach, rel=1e-6)


@pytest.mark.proves("cohorts.inequality", "pairs of pupils")
def test_the_concentration_index_is_that_of_its_definition(made, agree):
    y, r = made.score.to_numpy(), rank(made.income).to_numpy()
    found = asked(made)
    agree(found.concentration.value, 2 * np.mean((y - y.mean()) * (r - r.mean())) / y.mean())
    x = made.income.to_numpy()
    pairs = np.sign(x[:, None] - x) * (y[:, None] - y)  # sum of (r_i - r_j)(y_i - y_j)
    agree(found.concentration.value, (pairs.sum() / (2 * len(y) ** 2)) / y.mean(), rel=1e-8)


def test_a_turned_background_changes_the_sign(made):
    there, back = asked(made, bounds=(0, 60)), asked(
        made.assign(income=-made.income), bounds=(0, 60)
    )  # fmt: skip
    for name in ("slope_index", "concentration", "erreygers", "wagstaff", "gradient"):
        one, other = getattr(there, name), getattr(back, name)
        assert (one.value, one.low) == pytest.approx((-other.value, -other.high))
    assert there.relative_index.value == pytest.approx(1 / back.relative_index.value)


def test_the_indices_keep_to_their_units(made):
    there, back = asked(made), asked(made.assign(score=3 * made.score))
    assert back.slope_index.value == pytest.approx(3 * there.slope_index.value)
    assert back.concentration.value == pytest.approx(there.concentration.value)
    assert back.relative_index.high == pytest.approx(there.relative_index.high)
    only_order = asked(made.assign(income=made.income**3))
    assert only_order.slope_index == there.slope_index
    moved = asked(made.assign(score=made.score + 5), bounds=(5, 65))
    assert moved.erreygers.value == pytest.approx(asked(made, bounds=(0, 60)).erreygers.value)


def test_the_indices_of_having_and_of_lacking_mirror_each_other(made):
    one, other = asked(made, outcome="yes"), asked(made.assign(yes=1 - made.yes), outcome="yes")
    for name in ("slope_index", "erreygers", "wagstaff"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a.value, a.se) == pytest.approx((-b.value, b.se))
    assert one.concentration.value != pytest.approx(-other.concentration.value)
    m = made.yes.mean()
    assert one.erreygers.value == pytest.approx(4 * m * one.concentration.value)
    assert one.wagstaff.value == pytest.approx(one.concentration.value / (1 - m))


def test_an_order_in_words_is_that_of_numbers(made):
    made["quintile"] = made.income.map(dict(enumerate("vwxyz", 1)))
    plain = asked(made)
    in_words = asked(made, background="quintile", order=list("vwxyz"))
    assert in_words.slope_index == plain.slope_index
    assert in_words.gradient is None
    category = pd.Categorical(made.quintile, list("vwxyz"), ordered=True)
    assert asked(made.assign(quintile=category), background="quintile").slope_index == (
        plain.slope_index
    )
    means = made.groupby("quintile").score.mean()
    assert in_words.means == pytest.approx(means.to_dict())


def test_the_order_of_the_rows_does_not_matter_for_inequality(made):
    one, other = asked(made), asked(made.sample(frac=1, random_state=3))
    for (_, a), (_, b) in zip(one.measures(), other.measures(), strict=True):
        assert (a.value, a.se) == pytest.approx((b.value, b.se))


def test_weights_alike_change_nothing_and_two_is_twice(made):
    made["w"] = 1.0 + (made.index % 3 == 0)
    twice = made.loc[made.index.repeat(made.w.astype(int))]
    one, other = asked(made, weights="w"), asked(twice)
    for name in ("slope_index", "concentration", "relative_index"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value)
    alike = asked(made.assign(w=3.0), weights="w")
    assert alike.concentration.se == pytest.approx(asked(made).concentration.se)


def test_what_an_index_cannot_have_is_left_out(made):
    found = asked(made.assign(score=made.score - 60))
    assert found.concentration is None
    assert found.relative_index is None
    assert found.erreygers is None
    assert found.slope_index is not None


def test_few_pupils_are_withheld_per_level_and_per_cohort(made):
    made.loc[made.income == 5, "income"] = 4
    made.loc[made.index[:9], "income"] = 5
    assert asked(made).means["5"] is None
    table = pd.concat([made[made.cohort == 2021], made[made.cohort == 2022][:9]])
    found = aw.cohorts.inequality(table, outcome="score", background="income", cohort="cohort")
    assert [one.withheld for one in found] == [False, True]
    assert found.table().query("withheld").value.isna().all()
    assert "tonen we niets" in found.explain("nl")
    assert asked(made.assign(yes=(made.index < 9) * 1), outcome="yes").withheld


def test_bad_input_for_inequality_is_named(made):
    with pytest.raises(aw.DataError, match="geen volgorde"):
        asked(made.assign(income=made.income.astype(str)))
    with pytest.raises(aw.PlanError, match="‘q’"):
        asked(made.assign(income="q"), order=("a", "b"))
    with pytest.raises(aw.DataError) as raised:
        asked(made.assign(income=1), bounds=(0, 1))
    assert [f.column for f in raised.value.faults] == ["income", "bounds"]
    assert "passes these bounds" in raised.value.explain("en")
    with pytest.raises(aw.DataError, match="voor iedereen gelijk"):
        asked(made.assign(score=2))
    with pytest.raises(aw.PlanError, match="geen twee getallen"):
        asked(made, bounds="0-60")
    with pytest.raises(aw.PlanError, match="score"):
        asked(made, outcome="scroe")


# ---------------------------------------------------------------- segregation


def value_of(x, y) -> dict[str, float]:
    t = np.asarray(x, dtype=float) + np.asarray(y, dtype=float)
    x = np.asarray(x, dtype=float)[t > 0]
    return dict(zip(INDICES, _indices(x[None], t[t > 0])[0], strict=True))


@pytest.mark.proves("cohorts.segregation", "R, bdf (A32)")
def test_segregation_is_that_of_r(bdf, agree):
    (found,) = aw.cohorts.segregation(bdf, unit="school", group="Minority", member="Y", draws=99)
    expected = dict(zip(INDICES, (A32[k] for k in (
        "dissimilarity", "isolation", "exposure", "eta2", "theil_H", "mutual_M", "gini"
    )), strict=True))  # fmt: skip
    for name, value in expected.items():
        agree(found[name].value, value)
    counts = bdf.groupby("school").Minority.agg(x=lambda m: (m == "Y").sum(), n="size")
    same = aw.cohorts.segregation_of_counts(counts.x, counts.n - counts.x, draws=99)
    assert same.indices == found.indices


@pytest.mark.proves("cohorts.segregation", "every way to place pupils by lot")
@pytest.mark.proves("cohorts.segregation_of_counts", "every way to place pupils by lot")
def test_what_a_lot_gives_is_the_mean_of_every_way_to_place_pupils(agree):
    t = np.array([4.0, 3, 5, 2])
    unit = np.repeat(np.arange(4), t.astype(int))
    ways = np.array([
        np.bincount(unit[list(who)], minlength=4) for who in itertools.combinations(range(14), 5)
    ], dtype=float)  # fmt: skip
    mean = _indices(ways, t).mean(axis=0)
    agree(_by_lot(np.array([5.0, 0, 0, 0]), t)[:6], mean[:6])


@SMALL
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=7))
def test_indices_lie_between_even_and_apart(units):
    x, y = np.array(units, dtype=float).T
    if not x.any() or not y.any():
        return
    found = value_of(x, y)
    for name in INDICES[:5]:
        assert -1e-12 <= found[name] <= 1 + 1e-12
    assert found["dissimilarity"] <= found["Gini"] + 1e-12
    swapped = value_of(y, x)
    for name in ("dissimilarity", "eta squared", "Theil's H", "mutual information", "Gini"):
        assert found[name] == pytest.approx(swapped[name], abs=1e-10)
    doubled = value_of(np.tile(x, 2), np.tile(y, 2))
    split = value_of(np.tile(x / 2, 2), np.tile(y / 2, 2))  # units alike: one or two, no matter
    assert list(doubled.values()) == pytest.approx(list(found.values()), abs=1e-10)
    assert list(split.values()) == pytest.approx(list(found.values()), abs=1e-10)
    order = np.random.default_rng(0).permutation(len(x))
    assert list(value_of(x[order], y[order]).values()) == pytest.approx(list(found.values()))


def test_an_even_spread_has_none_and_apart_has_all():
    even, apart = value_of([5, 10, 20], [3, 6, 12]), value_of([5, 10, 0], [0, 0, 12])
    assert [even[k] for k in ("dissimilarity", "Theil's H", "Gini", "eta squared")] == (
        pytest.approx([0, 0, 0, 0], abs=1e-12)
    )
    assert [apart[k] for k in ("dissimilarity", "Theil's H", "eta squared")] == [1, 1, 1]
    assert apart["exposure"] == 0


def test_pupils_placed_by_lot_are_no_more_apart_than_by_lot():
    rng = np.random.default_rng(6)
    t = np.full(40, 20)
    x = rng.multivariate_hypergeometric(t, 160)
    found = aw.cohorts.segregation_of_counts(x, t - x)
    D = found["dissimilarity"]
    assert D.value > 0.1
    assert abs(D.beyond_chance) < 0.06
    assert D.corrected < D.value
    assert D.p_value > 0.05
    assert found["exposure"].p_value == found["isolation"].p_value
    apart = aw.cohorts.segregation_of_counts([20] * 8 + [0] * 32, [0] * 8 + [20] * 32)
    assert apart["dissimilarity"].beyond_chance == pytest.approx(1)
    assert apart["dissimilarity"].p_value == pytest.approx(1 / 1000)


def test_the_correction_brings_small_schools_near_the_truth():
    rng = np.random.default_rng(9)
    t = np.full(30, 20)
    off, corrected, inside = [], [], 0
    for k in range(40):
        p = rng.beta(2, 6, 30)
        truth = value_of(p * t, (1 - p) * t)["dissimilarity"]
        x = rng.binomial(t, p)
        D = aw.cohorts.segregation_of_counts(x, t - x, draws=199, seed=k)["dissimilarity"]
        off.append(D.value - truth)
        corrected.append(D.corrected - truth)
        inside += D.low <= truth <= D.high
    assert abs(np.mean(corrected)) < np.mean(off) / 3
    assert inside >= 33  # of 40


def test_a_seed_repeats_the_draws_of_segregation(bdf):
    ask = {"unit": "school", "group": "Minority", "member": "Y", "draws": 99}
    first, again = (aw.cohorts.segregation(bdf, **ask, seed=4)[0] for _ in range(2))
    assert first == again
    moved = aw.cohorts.segregation(bdf.sample(frac=1, random_state=1), **ask, seed=4)[0]
    assert moved == first
    assert aw.cohorts.segregation(bdf, **ask, seed=5)[0] != first


COUNT = st.tuples(st.integers(0, 4), st.integers(0, 2)).map(lambda c: (c[0], c[0] + c[1]))


@SMALL
@given(st.lists(st.tuples(COUNT, COUNT), min_size=2, max_size=3))
def test_segregation_bounds_hold_every_completion(units):
    x, y = zip(*units, strict=True)
    found = [
        value_of(a, b)
        for a in itertools.product(*(range(p, q + 1) for p, q in x))
        for b in itertools.product(*(range(p, q + 1) for p, q in y))
        if sum(a) and sum(b)
    ]
    sides = [Bounds(*np.array(each, dtype=float).T) for each in (x, y)]
    if not found or np.count_nonzero(sides[0].high + sides[1].high) < 2:
        return
    B = aw.cohorts.segregation_bounds(*sides)
    for name, bounds in (("dissimilarity", B.dissimilarity), ("isolation", B.isolation),
                         ("exposure", B.exposure), ("Theil's H", B.theil_H)):  # fmt: skip
        values = [each[name] for each in found]
        assert bounds.low <= min(values) + 1e-9
        assert bounds.high >= max(values) - 1e-9


@pytest.mark.proves("cohorts.segregation_bounds", "every completion of small tables")
def test_bounds_of_isolation_are_attained_and_known_counts_have_none_to_spare(agree):
    rng = np.random.default_rng(12)
    for _ in range(25):
        low = rng.integers(1, 5, (2, 3))
        high = low + rng.integers(0, 4, (2, 3)) * (rng.random((2, 3)) < 0.6)
        ranges = [[range(p, q + 1) for p, q in zip(*side, strict=True)]
                  for side in zip(low, high, strict=True)]  # fmt: skip
        found = [value_of(a, b)["isolation"] for a in itertools.product(*ranges[0])
                 for b in itertools.product(*ranges[1])]  # fmt: skip
        B = aw.cohorts.segregation_bounds(Bounds(low[0], high[0]), Bounds(low[1], high[1]))
        agree([B.isolation.low, B.isolation.high], [min(found), max(found)])
        exact = aw.cohorts.segregation_bounds(Bounds(low[0]), Bounds(low[1]))
        values = value_of(low[0], low[1])
        for name, bounds in (("dissimilarity", exact.dissimilarity), ("Theil's H", exact.theil_H)):
            agree([bounds.low, bounds.high], [values[name]] * 2, abs=1e-12)


def test_many_hidden_counts_still_have_bounds():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 30, 120), rng.integers(20, 60, 120)
    hidden = (x > 0) & (x < 5)
    X = Bounds(np.where(hidden, 1, x), np.where(hidden, 4, x))
    B = aw.cohorts.segregation_bounds(X, Bounds(y))
    D = value_of(x, y)["dissimilarity"]
    assert B.dissimilarity.low <= D <= B.dissimilarity.high
    assert B.dissimilarity.high - B.dissimilarity.low < 0.1
    for language in ("nl", "en"):
        assert f"{words.of_hundred(float(B.dissimilarity.low))}" in B.explain(language)
    assert len(B.table()) == 4


def test_bad_input_for_segregation_is_named(bdf):
    with pytest.raises(aw.PlanError, match="Kies uit: N, Y"):
        aw.cohorts.segregation(bdf, unit="school", group="Minority", member="yes")
    with pytest.raises(aw.PlanError, match="school"):
        aw.cohorts.segregation(bdf, unit="schol", group="Minority", member="Y")
    with pytest.raises(aw.DataError, match="maar één school"):
        aw.cohorts.segregation(bdf.assign(school=1), unit="school", group="Minority", member="Y")
    lost = bdf.assign(year=np.where(bdf.Minority == "Y", 1, bdf.index % 2))
    with pytest.raises(aw.DataError, match="in ‘0’"):
        aw.cohorts.segregation(lost, unit="school", group="Minority", member="Y", cohort="year")
    for x, y in (([1.5, 2], [1, 2]), ([1, 2], [1, 2, 3]), ([-1, 2], [1, 2])):
        with pytest.raises(aw.DataError, match="geen aantallen"):
            aw.cohorts.segregation_of_counts(x, y)
    with pytest.raises(aw.PlanError, match="trekkingen"):
        aw.cohorts.segregation_of_counts([1, 2], [2, 1], draws=3)
    with pytest.raises(aw.DataError):
        aw.cohorts.segregation_bounds(Bounds([0.0, 0]), Bounds([3.0, 4]))
    with pytest.raises(aw.DataError):
        aw.cohorts.segregation_bounds(Bounds([1.0], [math.inf]), Bounds([3.0]))


def test_a_small_group_is_withheld(bdf):
    few = bdf[(bdf.Minority == "N") | ((bdf.Minority == "Y").cumsum() <= 9)]
    found = aw.cohorts.segregation(few, unit="school", group="Minority", member="Y")
    assert found[0].withheld
    assert found[0].pupils is None
    assert found.table().value.isna().all()
    assert "minder dan 10" in found.explain("nl")
    with pytest.raises(KeyError):
        found[0]["dissimilarity"]


def test_the_sentence_tells_what_a_lot_would_give(bdf):
    found = aw.cohorts.segregation(bdf, unit="school", group="Minority", member="Y")
    told = found.explain("nl")
    assert told.startswith("74 van de 100 leerlingen in de groep ‘Y’")
    assert "al voor 40 van de 100" in told
    assert "schatten we 69 van de 100" in told
    assert "41 of 100 pupils belong to the group" in found.explain("en")
    assert len(words.index_table(found, "en").rows) == len(INDICES)
    assert "loting" in found.picture("nl").alt
