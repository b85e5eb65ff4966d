"""What missing outcomes could mean: who they were, how far they could move a difference, and how
different they would have to be."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from rows import on_rows, schools
from scipy import stats
from scipy.optimize import linprog

import academic_workplace as aw
from academic_workplace.disclosure import OPENSAFELY, under
from academic_workplace.evidence import missing_outcomes
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.linear import influence, least_squares, variance
from academic_workplace.missing import little as littles
from academic_workplace.missing.bounds import BOTH_WAYS, NOBODY, between, lee_bounds, worst_case
from academic_workplace.missing.delta import Delta
from academic_workplace.missing.little import Little, little, normal
from academic_workplace.plan import Inference, Measure, Study
from academic_workplace.report.build import build
from academic_workplace.report.document import Paragraph, Picture, Table, walk
from academic_workplace.report.figures.missing import missing_picture
from academic_workplace.report.missing import missing_sentences, missing_table

HERE = Path(__file__).parent / "reference"
LITTLE = json.loads((HERE / "little.json").read_text())["expected"]
RANGE = (-8.0, 9.0)
STUDY = Study(
    measures={"after": Measure(Text("Score", "Score"), Text("meer", "more"), range=RANGE)}
)
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before", "girl"),
    allocation="lot", study=STUDY,
)  # fmt: skip


def data(name: str) -> np.ndarray:
    return pd.read_csv(HERE / "data" / f"{name}.csv").to_numpy(float)


def table_with_loss(seed: int = 1, *, effect: float = 0.8, more: float = 0.3, **kw) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=kw.pop("clusters", 14), size=20, effect=effect, **kw)
    gone = rng.random(len(table)) < np.where(table["offered"], more, 0.15)
    table.loc[gone, "after"] = np.nan
    return table


def found_in(table: pd.DataFrame, plan: aw.Plan = PLAN):
    effects = aw.estimate(aw.check(table, plan), plan)
    return effects, missing_outcomes(effects)


# ---------------------------------------------------------------- Little


@pytest.mark.proves("missing.little", "R 4.2.2, airquality and nhanes (A27)")
@pytest.mark.proves("missing.normal", "R 4.2.2, means by EM, nhanes (A27)")
def test_littles_test_and_the_means_are_those_of_the_reference(agree):
    for name, X in (("airquality", data("airquality")), ("nhanes25", data("nhanes25")[:, 1:])):
        found, expected = little(X), LITTLE[name]
        agree((found.chi2, found.p), (expected["chi2"], expected["p"]), rel=1e-4)
        assert (found.df, found.patterns) == (expected["df"], expected["patterns"])
    agree(normal(data("nhanes25")[:, 1:]).mean, tuple(LITTLE["em_nhanes_mean"].values()), rel=1e-4)


def test_without_anything_missing_the_normal_distribution_is_that_of_the_rows():
    X = np.random.default_rng(1).normal(size=(40, 3)) * [1, 5, 0.01] + [0, 100, 7]
    found = normal(X)
    assert found.mean == pytest.approx(X.mean(axis=0), rel=1e-12)
    assert found.covariance == pytest.approx(np.cov(X.T, bias=True), rel=1e-9, abs=1e-15)


def test_where_one_column_is_missing_the_mean_is_that_of_the_regression():
    rng = np.random.default_rng(2)
    x = rng.normal(size=60)
    y = 2 + 0.5 * x + rng.normal(size=60)
    y[:20] = np.nan  # monotone: Anderson's (1957) factored likelihood is exact
    slope, constant = np.polyfit(x[20:], y[20:], 1)
    expected = (x.mean(), constant + slope * x.mean())
    assert normal(np.column_stack([x, y])).mean == pytest.approx(expected, rel=1e-8)


def test_order_and_units_do_not_matter_to_littles_test():
    X = data("airquality")
    other = X[np.random.default_rng(3).permutation(len(X))][:, ::-1] * 1000 - 5
    assert little(other).chi2 == pytest.approx(little(X).chi2, rel=1e-7)


def with_gaps(X: np.ndarray, **columns: object) -> np.ndarray:
    X = X.copy()
    X[:6, 0] = np.nan
    for name, value in columns.items():
        X[:, int(name[1:])] = value
    return X


@pytest.mark.parametrize(
    ("X", "reason"),
    [
        (np.ones((5, 1)), littles.TOO_FEW_COLUMNS),
        (with_gaps(np.random.default_rng(1).normal(size=(30, 3)), c1=4.0), littles.SAME_FOR_ALL),
        (with_gaps(np.random.default_rng(1).normal(size=(30, 3)), c1=np.nan), littles.ALL_MISSING),
        (with_gaps(np.random.default_rng(1).normal(size=(8, 9))), littles.TOO_FEW_ROWS),
        (np.random.default_rng(1).normal(size=(30, 3)), littles.NOTHING_MISSING),
        (with_gaps(np.arange(30.0)[:, None] * [1, 2, 3]), littles.FOLLOWS),
        (np.where(np.arange(30)[:, None] < [15, 0], np.nan, 1.0)
         * np.random.default_rng(1).normal(size=(30, 2)), None),
        (np.array([[1, np.nan], [2, np.nan], [np.nan, 3], [np.nan, 5.0]]), littles.FOLLOWS),
    ],
)  # fmt: skip
def test_what_has_no_test_says_why(X, reason):
    found = little(X)
    assert found == reason if reason else isinstance(found, Little | Text)


@pytest.mark.parametrize("p", [0.001, 0.9])
def test_littles_test_never_allows_to_ignore_loss(p):
    said = Little(5.0, 3, p, 4, 100)
    assert "nooit" in said.explain()
    assert "negeren" in said.explain()
    assert "never" in said.explain("en")
    assert "ignore" in said.explain("en")
    assert said._repr_html_()
    assert len(said.table()) == 1


# ---------------------------------------------------------------- bounds


def trimmed_by_program(y: np.ndarray, keep: float, *, lowest: bool) -> float:
    """The smallest (largest) mean over weights from 0 to 1 that keep so much: a linear program."""
    n, sign = len(y), 1 if lowest else -1
    found = linprog(sign * y, A_eq=np.ones((1, n)), b_eq=[keep * n], bounds=(0, 1))
    return sign * found.fun / (keep * n)


@pytest.mark.proves("missing.lee_bounds", "linear program over which pupils are cut off")
def test_lees_bounds_are_the_extremes_over_who_is_cut_off(agree):
    rng = np.random.default_rng(4)
    for _ in range(6):
        n = 40
        arm = rng.permutation(np.arange(n) % 5 < 2)  # so that a pupil is cut off in part
        y = np.round(rng.normal(size=n), 1)  # with ties
        y[rng.random(n) < np.where(arm, 0.1, 0.4)] = np.nan
        t, c = y[arm & ~np.isnan(y)], y[~arm & ~np.isnan(y)]
        q_t, q_c = len(t) / arm.sum(), len(c) / (~arm).sum()
        more, less = (t, c) if q_t > q_c else (c, t)
        keep = min(q_t, q_c) / max(q_t, q_c)
        ends = [trimmed_by_program(more, keep, lowest=low) - less.mean() for low in (True, False)]
        ends = ends if q_t > q_c else [-ends[1], -ends[0]]
        found = lee_bounds(y, arm, np.arange(n))
        agree((found.low, found.high), tuple(ends), rel=1e-9, abs=1e-12)
        assert found.trimmed == pytest.approx(1 - keep)


def test_a_small_case_by_hand():
    y = np.array([1.0, 2.0, 3.0, 4.0, 2.0, 4.0, np.nan, np.nan])
    arm = np.array([True] * 4 + [False] * 4)
    found = lee_bounds(y, arm, np.arange(8))  # half of 1, 2, 3, 4 is cut off; the others' mean is 3
    assert (found.low, found.high) == (1.5 - 3, 3.5 - 3)
    assert (found.trimmed, found.of, found.cut) == (0.5, 1, 2.0)


outcomes = st.lists(st.floats(-100, 100), min_size=12, max_size=30)


@given(outcomes, st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_mirrored_arms_mirror_the_bounds_and_order_does_not_matter(values, seed):
    rng = np.random.default_rng(seed)
    y, n = np.array(values), len(values)
    arm = np.arange(n) % 2 == 0
    clusters = np.arange(n) % 6
    y[rng.random(n) < 0.3] = np.nan
    found, other = lee_bounds(y, arm, clusters), lee_bounds(y, ~arm, clusters)
    if isinstance(found, Text):
        assert found == other == NOBODY
        return
    assert (found.low, found.high) == pytest.approx((-other.high, -other.low), abs=1e-9)
    assert (found.se_low, found.se_high) == pytest.approx((other.se_high, other.se_low), abs=1e-9)
    order = rng.permutation(n)
    again = lee_bounds(y[order], arm[order], clusters[order])
    assert (again.low, again.high) == pytest.approx((found.low, found.high), abs=1e-9)
    plain = np.nanmean(y[arm]) - np.nanmean(y[~arm])
    assert found.low - 1e-9 <= plain <= found.high + 1e-9


def test_the_more_is_cut_off_the_wider_the_bounds():
    rng = np.random.default_rng(6)
    t, half = rng.normal(size=40), np.abs(rng.normal(size=20))
    c = np.concatenate([half, -half])  # in pairs: whoever goes, the mean stays 0
    arm = np.arange(80) < 40
    widths = []
    for gone in (0, 4, 8, 12):
        y = np.concatenate([t, c])
        y[40 : 40 + gone] = y[60 : 60 + gone] = np.nan
        found = lee_bounds(y, arm, np.arange(80) % 8)
        widths.append(found.width)
    assert widths[0] == pytest.approx(0, abs=1e-12)
    assert widths == sorted(widths)
    assert widths[1] > 0.1


def test_the_degrees_of_freedom_are_those_of_a_t_test_of_as_many_clusters():
    rng = np.random.default_rng(8)
    G, size = 8, 15
    clusters = np.repeat(np.arange(G), size)
    arm = clusters % 2 == 0
    y = rng.normal(size=G)[clusters] + rng.normal(size=G * size)
    means = np.array([y[clusters == g].mean() for g in range(G)])
    test = stats.ttest_ind(means[::2], means[1::2])
    limits = test.confidence_interval()
    se = (means[::2].mean() - means[1::2].mean()) / test.statistic
    whole = lee_bounds(y, arm, clusters)  # nothing missing: the bounds are one
    assert whole.df == test.df
    times = (whole.ci_high - whole.ci_low) / (2 * whole.se_low)
    assert times == pytest.approx((limits.high - limits.low) / (2 * se), rel=1e-9)
    y[rng.random(len(y)) < np.where(arm, 0.05, 0.12)] = np.nan
    some = lee_bounds(y, arm, clusters)  # Imbens and Manski's equation holds with that t
    t = stats.t(test.df)
    c = (some.low - some.ci_low) / some.se_low
    apart = some.width / max(some.se_low, some.se_high)
    assert t.cdf(c + apart) - t.cdf(-c) == pytest.approx(0.95, abs=1e-9)
    assert t.ppf(0.95) < c < t.ppf(0.975)


def test_the_errors_of_lees_bounds_are_those_of_a_bootstrap_of_clusters():
    rng = np.random.default_rng(7)
    G, size = 80, 12
    clusters = np.repeat(np.arange(G), size)
    arm = clusters % 2 == 0
    y = rng.normal(size=G)[clusters] * 0.3 + rng.normal(size=G * size)
    gone = np.where(arm, 0.1, 0.4) * 2 * rng.random(G)[clusters]  # loss differs by cluster as well
    y[rng.random(len(y)) < gone] = np.nan
    found = lee_bounds(y, arm, clusters)
    by_cluster = [np.flatnonzero(clusters == g) for g in range(G)]
    drawn = []
    for _ in range(400):
        chosen = np.concatenate([rng.choice(np.arange(a, G, 2), G // 2) for a in (0, 1)])
        at = np.concatenate([by_cluster[g] for g in chosen])
        b = lee_bounds(y[at], arm[at], np.arange(len(at)))
        drawn.append((b.low, b.high))
    assert (found.se_low, found.se_high) == pytest.approx(np.std(drawn, axis=0), rel=0.1)


def test_within_cells_the_bounds_are_narrower_and_need_one_direction():
    rng = np.random.default_rng(8)
    n = 600
    cells, arm = np.arange(n) % 3, np.arange(n) // 3 % 2 == 0
    y = 3.0 * cells + rng.normal(size=n)
    y[rng.random(n) < np.where(arm, 0.1, 0.3)] = np.nan
    one, split = lee_bounds(y, arm, np.arange(n)), lee_bounds(y, arm, np.arange(n), cells)
    assert one.low < split.low < split.high < one.high
    uneven = np.minimum(rng.integers(0, 6, n), 2)
    each = [
        lee_bounds(y[uneven == c], arm[uneven == c], np.flatnonzero(uneven == c)) for c in range(3)
    ]
    weights = [np.sum(~np.isnan(y) & ~arm & (uneven == c)) for c in range(3)]
    found = lee_bounds(y, arm, np.arange(n), uneven)
    assert found.low == pytest.approx(np.average([b.low for b in each], weights=weights))
    assert found.high == pytest.approx(np.average([b.high for b in each], weights=weights))
    y[(cells == 0) & arm & (rng.random(n) < 0.6)] = np.nan
    assert lee_bounds(y, arm, np.arange(n), cells) == BOTH_WAYS
    same = lee_bounds(y, arm, np.arange(n), np.zeros(n, dtype=int))
    assert same == lee_bounds(y, arm, np.arange(n))


def test_nobody_or_one_cluster_in_an_arm():
    y, arm = np.array([1.0, 2.0, np.nan, np.nan]), np.array([True, True, False, False])
    assert lee_bounds(y, arm, np.arange(4)) == NOBODY
    found = lee_bounds(np.array([1.0, 2.0, 3.0, 4.0]), arm, np.array([0, 1, 2, 2]))
    assert (found.low, found.high, found.se_low, found.ci_low) == (-2, -2, None, None)


@pytest.mark.proves("missing.between", "the one- and two-sided limits of Imbens & Manski (2004)")
def test_the_interval_goes_from_two_sided_to_one_sided(agree):
    agree(between(0, 0, 1, 1, 1e9), (-1.959963985, 1.959963985), rel=1e-8)
    agree(between(0, 50, 1, 1, 1e9), (-1.644853627, 51.644853627), rel=1e-8)
    low, high = between(0, 1, 1, 1, 10)
    c = -low
    from scipy.stats import t

    agree(t.cdf(c + 1, 10) - t.cdf(-c, 10), 0.95, rel=1e-10)
    assert high == pytest.approx(1 + c)
    assert between(1.0, 2.0, 0.0, 0.0, 5) == (1.0, 2.0)


def test_lees_bounds_may_lie_outside_the_worst_case_for_they_are_about_other_pupils():
    t, c = [0.0] * 5 + [1.0] * 5, [1.0] * 5 + [np.nan] * 5
    y, arm = np.array(t + c), np.arange(20) < 10
    lee = lee_bounds(y, arm, np.arange(20))
    worst = worst_case(np.where(arm, 0.1, -0.1), y, 0.0, 1.0)
    assert lee.low == -1.0
    assert worst.low == -0.5


@pytest.mark.proves("missing.worst_case", "Manski's bounds by formula")
def test_the_worst_case_is_that_of_manski(agree):
    rng = np.random.default_rng(9)
    arm = np.arange(50) < 20
    y = rng.integers(1, 6, 50).astype(float)
    y[rng.random(50) < 0.3] = np.nan
    w = np.where(arm, 1 / 20, -1 / 30)
    (m_t, q_t), (m_c, q_c) = ((np.nanmean(y[a]), 1 - np.isnan(y[a]).mean()) for a in (arm, ~arm))
    low = q_t * m_t + (1 - q_t) * 1 - q_c * m_c - (1 - q_c) * 5
    high = q_t * m_t + (1 - q_t) * 5 - q_c * m_c - (1 - q_c) * 1
    found = worst_case(w, y, 1, 5)
    agree((found.low, found.high), (low, high), rel=1e-12)
    assert found.width == pytest.approx((2 - q_t - q_c) * 4)
    with pytest.raises(ValueError, match="range"):
        worst_case(w, y, 1, 4)


@given(st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_whoever_more_is_missing_widens_the_worst_case_and_every_fill_lies_inside(seed):
    rng = np.random.default_rng(seed)
    w, y = rng.normal(size=15), rng.random(15)
    y[rng.random(15) < 0.3] = np.nan
    found = worst_case(w, y, 0, 1)
    filled = np.where(np.isnan(y), rng.random(15), y)
    assert found.low - 1e-12 <= w @ filled <= found.high + 1e-12
    y[rng.integers(15)] = np.nan
    more = worst_case(w, y, 0, 1)
    assert more.low <= found.low + 1e-12
    assert more.high >= found.high - 1e-12


# ---------------------------------------------------------------- delta


@given(*[st.floats(-3, 3)] * 3, st.floats(0.01, 4), st.floats(-0.9, 0.9), st.floats(0, 2),
       st.floats(3, 60))  # fmt: skip
@example(0.0, 0.0, 0.0, 0.01, 0.0, 5e-324, 5.0)  # the smallest number there is, squared, is 0
@settings(max_examples=150, deadline=None)
def test_where_a_limit_touches_a_value_it_is_that_value(estimate, slope, value, v, r, s, df):
    line = Delta(estimate, slope, v, r * np.sqrt(v * s), s, df)
    found = line.touches(value)
    assert len(found) <= 2
    assert list(found) == sorted(found)
    for delta in found:
        if abs(delta) < 1e4:
            _, _, low, high = line.at(delta)
            scale = 1 + abs(delta)
            assert min(abs(low - value), abs(high - value)) < 1e-6 * scale
    below, above = line.nearest(value)
    assert below is None or below < 0
    assert above is None or above >= 0


def test_a_line_that_does_not_move_touches_nothing():
    line = Delta(1.0, 0.0, 0.04, 0.0, 0.0, 10.0)
    assert line.touches(0.0) == ()
    assert not line.moves
    assert line.at(5.0) == line.at(0.0)


def cr2_parts(X: np.ndarray, e: np.ndarray, clusters: np.ndarray, j: int) -> dict[str, float]:
    """Each cluster's part in coefficient j, with N x N matrices."""
    M = np.linalg.inv(X.T @ X)
    H = X @ M @ X.T
    out = {}
    for g in np.unique(clusters):
        i = np.flatnonzero(clusters == g)
        w, U = np.linalg.eigh(np.eye(len(i)) - H[np.ix_(i, i)])
        out[g] = float(M[j] @ X[i].T @ (U * w**-0.5) @ U.T @ e[i])
    return out


@pytest.mark.proves("evidence.missing_outcomes", "rows filled in and fitted again; N x N matrices")
def test_delta_is_that_of_rows_filled_in_and_fitted_again(agree):
    table = table_with_loss()
    x = ["offered", "before", "girl"]
    (effect,), (found,) = found_in(table)
    seen = table["after"].notna()
    complete = on_rows(table[seen], "after", x, "school")
    agree(found.programme.at(0.0)[0], effect.estimate, rel=1e-10)
    agree(found.programme.v, complete.variance["CR2"][0, 0], rel=1e-8)
    agree(found.programme.df, complete.df["CR2"][0], rel=1e-7)
    fitted = np.column_stack([table[x], np.ones(len(table))]) @ complete.beta
    offered = table["offered"].to_numpy() == 1
    lines = {
        "programme": (found.programme, ~seen & offered), "others": (found.others, ~seen & ~offered),
        "everyone": (found.everyone, ~seen),
    }  # fmt: skip
    X = np.column_stack([table[x].to_numpy(float), np.ones(len(table))])
    here = X[seen], table.loc[seen, "after"].to_numpy()
    own = cr2_parts(
        here[0], here[1] - here[0] @ complete.beta, table.loc[seen, "school"].to_numpy(), 0
    )
    for line, gets in lines.values():
        for delta in (-1.3, 0.4):
            filled = table.assign(after=np.where(seen, table["after"], fitted + delta * gets))
            again = on_rows(filled, "after", x, "school")
            agree(line.at(delta)[0], again.beta[0], rel=1e-8)
        moved = on_rows(table.assign(gets=gets.astype(float)), "gets", x, "school")
        agree(line.v_slope, moved.variance["CR2"][0, 0], rel=1e-7)
        e = gets.to_numpy(float) - X @ moved.beta
        parts = cr2_parts(X, e, table["school"].to_numpy(), 0)
        agree(line.cross, sum(own[g] * parts[g] for g in own), rel=1e-6)


@pytest.mark.parametrize("plan", [
    replace(PLAN, covariates=()), PLAN, replace(PLAN, blocks=("block",)),
    replace(PLAN, method="difference"), replace(PLAN, method="multilevel"),
])  # fmt: skip
def test_the_worst_case_is_that_of_rows_filled_in_at_either_end(plan):
    table = table_with_loss(blocks=2)
    x = ["offered", *(plan.covariates if plan.method != "difference" else ())]
    (effect,), (found,) = found_in(table, plan)
    block = "block" if plan.blocks else ""
    whole = on_rows(table.assign(after=0.0), "after", x, "school", block=block)
    X = np.column_stack([
        table[x], pd.get_dummies(table["block"]) if block else np.ones(len(table))
    ]).astype(float)  # fmt: skip
    w = (np.linalg.pinv(X.T @ X) @ X.T)[0]
    ends = [np.where(w > 0, *each) for each in (RANGE, RANGE[::-1])]
    rows = [
        on_rows(table.assign(after=table["after"].fillna(pd.Series(end))), "after", x, "school",
                block=block)
        for end in ends
    ]  # fmt: skip
    worst = found.worst
    assert (worst.low, worst.high) == pytest.approx([r.beta[0] for r in rows], rel=1e-8)
    errors = [np.sqrt(r.variance["CR2"][0, 0]) for r in rows]
    assert (worst.se_low, worst.se_high) == pytest.approx(errors, rel=1e-7)
    assert worst.low < effect.estimate < worst.high
    assert whole.names == x


@pytest.mark.parametrize("blocks", [(), ("block",)])
def test_where_hardly_anybody_is_missing_everything_is_the_effect(blocks):
    table = table_with_loss(blocks=2, more=0.0)
    table = table[table["after"].notna()].reset_index(drop=True)
    plan = replace(PLAN, blocks=blocks)
    (effect,), found = found_in(table, plan)
    assert len(found) == 0
    assert found.not_done == ()
    arm = table["offered"].eq(1)
    one = [table.index[arm & table["school"].eq(table.loc[arm, "school"].iloc[0])][0]]
    table.loc[one, "after"] = np.nan  # one pupil: nearly nothing can move
    (effect,), (near,) = found_in(table, plan)
    assert near.lee.low == pytest.approx(effect.estimate, abs=0.06)
    assert near.lee.high == pytest.approx(effect.estimate, abs=0.06)
    assert near.programme.at(0.0)[0] == pytest.approx(effect.estimate, rel=1e-9)
    assert near.withheld


def test_lees_bounds_of_an_adjusted_effect_are_the_effect_where_the_same_share_is_missing():
    rng = np.random.default_rng(11)
    school = np.arange(240) % 12
    table = pd.DataFrame({
        "school": [f"S{i:02d}" for i in school], "offered": school % 2, "block": school // 6,
        "before": rng.normal(size=240), "girl": rng.integers(0, 2, 240),
    })  # fmt: skip
    table["after"] = 0.5 * table["offered"] + 0.6 * table["before"] + rng.normal(size=240)
    table.loc[rng.permutation(np.flatnonzero(school % 2 == 0))[:30], "after"] = np.nan
    table.loc[rng.permutation(np.flatnonzero(school % 2 == 1))[:30], "after"] = np.nan
    (effect,), (found,) = found_in(table, replace(PLAN, blocks=("block",)))
    assert found.lee.of is None
    assert (found.lee.low, found.lee.high) == pytest.approx([effect.estimate] * 2, rel=1e-9)


def test_influence_of_clusters_adds_up_to_the_variance():
    table = table_with_loss().dropna()
    m = aw.collect(table, PLAN).samples[0]
    fit = least_squares(m, ["offered=1", "before"], absorb=False)
    contrast = np.array([1.0, 0.5])
    for way in (Inference.CR0, Inference.CR2, Inference.CR3):
        parts = influence(fit, contrast, way)
        assert parts @ parts == pytest.approx(variance(fit, contrast, way)[0], rel=1e-12)


# ---------------------------------------------------------------- what is told


def test_the_tipping_point_is_where_the_interval_first_holds_zero():
    _, (found,) = found_in(table_with_loss(2, effect=1.0))
    tip = found.tipping()
    assert tip is not None
    assert found.way == -1
    assert found.programme.at(-tip)[2] == pytest.approx(0, abs=1e-9)
    assert found.programme.at(-0.99 * tip)[2] > 0
    (below, verdict), *_ = found.changes()
    assert below < 0
    assert verdict != "matters"


def test_where_lower_is_better_worse_is_higher():
    table = table_with_loss(2, effect=1.0)
    lower = replace(STUDY.measures["after"], better="lower", range=(-9.0, 8.0))
    plan = replace(PLAN, study=Study(measures={"after": lower}))
    _, (found,) = found_in(table, PLAN)
    _, (mirrored,) = found_in(table.assign(after=-table["after"]), plan)
    assert mirrored.way == 1
    assert found.way == -1
    assert mirrored.tipping() == pytest.approx(found.tipping(), rel=1e-9)
    assert [(-d, v) for d, v in reversed(mirrored.changes())] == [
        (pytest.approx(d), v) for d, v in found.changes()
    ]
    assert "hoger scoorde" in mirrored.explain()
    assert "lager scoorde" in found.explain()


def test_of_an_arm_that_is_worse_off_it_is_asked_what_would_make_it_better():
    _, (found,) = found_in(table_with_loss(2, effect=-2.0))
    assert found.way == 1
    assert found.tipping() is None or found.programme.at(found.tipping())[3] == pytest.approx(0)


def test_several_outcomes_and_arms_have_their_own():
    table = table_with_loss(3, clusters=18)
    table["later"] = table["after"].to_numpy() + np.random.default_rng(1).normal(size=len(table))
    table.loc[:60, "later"] = np.nan
    table["offered"] = table["school"].str[1:].astype(int) % 3
    plan = replace(PLAN, outcome=("after", "later"), comparison="0")
    effects, found = found_in(table, plan)
    assert [(x.effect.outcome, x.effect.arm) for x in found] == [
        (e.outcome, e.arm) for e in effects
    ]
    for x in found:
        y = table[x.effect.outcome]
        arms = [pd.to_numeric(table["offered"]) == int(a) for a in (x.effect.arm, "0")]
        assert [p.lost for p in (x.arm, x.comparison)] == [int(y[a].isna().sum()) for a in arms]
        assert x.programme.at(0.0)[0] == pytest.approx(x.effect.estimate, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"method": "cluster means"}, "opzet"),
        ({"weights": "w"}, "opzet"),
        ({"study": Study()}, "range"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_named(change, said):
    table = table_with_loss().assign(w=1.0)
    _, found = found_in(table, replace(PLAN, **change))
    assert said in found.explain()
    assert missing_outcomes(found_in(table)[0]).explain("en")


def test_from_moments_alone_it_says_that_rows_are_needed():
    table = table_with_loss()
    found = missing_outcomes(aw.estimate(aw.collect(aw.check(table, PLAN)), PLAN))
    assert len(found) == 0
    assert "rijen" in found.explain()


def of_build(table: pd.DataFrame, plan: aw.Plan, language: str = "nl"):
    effects = aw.estimate(aw.check(table, plan), plan)
    evidence = aw.weigh(effects, plan)
    import datetime

    report = build(evidence, language, datetime.date(2026, 11, 22), "x")
    blocks = list(walk(report.appendix))
    captions = [b.caption for b in blocks if isinstance(b, Table | Picture)]
    return evidence, " ".join(b.text for b in blocks if isinstance(b, Paragraph)), captions


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("effect", [-2.0, -0.8, 0.0, 0.8, 2.0])
def test_no_words_of_the_picture_stand_on_its_axis(effect, language):
    (found,) = missing_outcomes(aw.estimate(table_with_loss(effect=effect), PLAN))
    figure = missing_picture(found, language)
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    flat = [line for line in axes.lines if np.ptp(line.get_ydata()) == 0]
    axis = min(line.get_window_extent().y0 for line in flat)
    boxes = {t.get_text(): t.get_window_extent() for t in axes.texts}
    assert [words for words, box in boxes.items() if box.y0 < axis < box.y1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_says_draws_and_counts_it(language):
    evidence, said, captions = of_build(table_with_loss(), PLAN, language)
    (found,) = evidence.missing[0]
    assert missing_sentences(found, language) in said
    assert missing_table(found, language).caption in captions
    assert found.picture(language).png
    assert found.plot(language=language)
    assert found.picture(language).alt.count("{") == 0


def hidden(language: str = "nl") -> str:
    return {"nl": "Wat wie wegviel kan betekenen, tonen we niet.",
            "en": "What those who are missing could mean, we do not show."}[language]  # fmt: skip


def few(arm: int, n: int, *, column: str = "after") -> pd.DataFrame:
    """A table from which n pupils of an arm are missing, and many of the other."""
    table = table_with_loss(5)
    table["after"] = table["after"].fillna(0.3)
    for a, k in ((arm, n), (1 - arm, 30)):
        table.loc[table.index[table["offered"] == a][:k], "after" if a != arm else column] = np.nan
    return table


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("arm", "n"), [(0, 4), (1, 4), (0, 9), (1, 9)])
def test_few_missing_of_either_arm_tell_nothing(arm, n, language):
    evidence, said, captions = of_build(few(arm, n), PLAN, language)
    (found,) = evidence.missing[0]
    assert found.withheld
    assert hidden(language) in found.explain(language)
    assert hidden(language) in said
    assert missing_table(found, language).caption not in captions
    with pytest.raises(aw.PlanError):
        found.picture(language)


def test_nor_do_few_of_whom_something_else_is_missing():
    table = few(1, 30)
    lost = table.index[table["after"].isna() & table["offered"].eq(1)]
    table.loc[lost[:3], "before"] = np.nan  # the slope is that of the other 27: 30 - 27 is 3
    evidence, said, _ = of_build(table, PLAN)
    assert evidence.missing[0][0].withheld
    assert hidden() in said


def test_of_whom_nothing_is_known_beforehand_it_is_said_that_they_are_left_out():
    table = table_with_loss()
    _, (found,) = found_in(table)
    assert "alleen met wie wegviel" not in found.explain()
    for a in (0, 1):
        lost = table.index[table["after"].isna() & table["offered"].eq(a)]
        table.loc[lost[:12], "before"] = np.nan
    _, (some,) = found_in(table)
    assert "alleen met wie wegviel" in some.explain()
    assert "en vooraf wel bekend was" in some.explain()
    assert some.programme.slope < found.programme.slope
    assert some.lee.trimmed == pytest.approx(found.lee.trimmed)


def test_nor_is_a_bound_told_that_hangs_on_few_scores():
    table = few(1, 30)
    _, (found,) = found_in(table)
    assert 0 < found.lee.cut < 10
    assert found.lee_withheld
    assert not found.withheld
    low = missing_table(found, "nl").rows[-2]
    assert low[1:] == ("niet getoond", "niet getoond")


def test_where_counts_are_rounded_nothing_tells_them_exactly():
    table = table_with_loss()
    with under(OPENSAFELY):
        _, said, captions = of_build(table, PLAN)
    assert hidden() in said
    assert not any("wegviel" in caption for caption in captions)


def test_where_a_mean_stays_inside_so_do_the_bounds():
    _, (found,) = found_in(table_with_loss())
    names = [row[0] for row in missing_table(found, "nl", bounds=False).rows]
    assert not any("Lee" in name or "Niets" in name for name in names)
    assert "ligt het verschil tussen" in found.explain()
    assert "ligt het verschil tussen" not in missing_sentences(found, "nl", bounds=False)
    table = table_with_loss()
    big = table["school"].eq(table.loc[table["offered"].eq(1), "school"].iloc[0])
    table = pd.concat([table, *[table[big]] * 12], ignore_index=True)  # most of its arm
    _, said, captions = of_build(table, PLAN)
    assert any("wegviel" in caption for caption in captions)
    assert "Nemen we niets aan" not in said


def test_of_hidden_losses_it_is_not_told_whether_there_are_any():
    table = schools(np.random.default_rng(4), clusters=2, size=60)
    _, none, _ = of_build(table, PLAN)
    table.loc[table.index[:25], "after"] = np.nan
    _, some, _ = of_build(table, PLAN)
    assert hidden() in none
    assert hidden() in some


def test_the_table_of_all_effects_is_those_of_each_below_each_other():
    _, found = found_in(table_with_loss().assign(also=lambda t: 2 * t["after"]),
                        replace(PLAN, outcome=("after", "also")))  # fmt: skip
    table = found.table()
    assert list(table["outcome"].unique()) == ["after", "also"]
    for one in found:
        own = table[table["outcome"] == one.effect.outcome].reset_index(drop=True)
        pd.testing.assert_frame_equal(own[list(one.table())], one.table(), check_dtype=False)
    assert not np.signbit(table["delta"][table["delta"] == 0]).any()
    assert list(missing_outcomes(aw.estimate(schools(np.random.default_rng(1)), PLAN)).table()) == [
        *table
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_columns_never_known_together_page_one_gives_that_reason_and_no_count(language):
    table = table_with_loss(more=0.0)
    odd = np.arange(len(table)) % 2 == 1
    first, second = (np.where(table["offered"].eq(1) & gone, np.nan, np.arange(len(table)) ** p)
                     for gone, p in ((odd, 1.0), (~odd, 0.5)))  # fmt: skip
    plan = replace(PLAN, covariates=("first", "second"))
    effects = aw.estimate(table.assign(first=first, second=second), plan)
    said = aw.weigh(effects, plan).explain(language)
    assert effects[0].reason[language] in said
    assert "first, second" in said
    assert "10" not in said
