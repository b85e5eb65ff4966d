"""Effects per start and period: against published code, the rows themselves, and as theorems."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academic_workplace.errors import DataError
from academic_workplace.linear import variance
from academic_workplace.over_time.estimates import band, multiplied
from academic_workplace.over_time.fixed_effects import two_way_fixed_effects, within_units
from academic_workplace.over_time.group_time import Along, Flag, averages, group_times
from academic_workplace.over_time.honest import honest, relative_bounds, smooth_bounds
from academic_workplace.plan import Inference

HERE = Path(__file__).parent / "reference"
KEPT = json.loads((HERE / "group_time.json").read_text())
A18, A37, A47 = (
    KEPT[key]["expected"] for key in ("A18-did-staggered", "A37-panel-fe", "A47-did-2x2")
)
FIELDS = ("estimate", "se", "df", "low", "high")


def counties():
    """500 counties that raise the minimum wage in 2004, 2006, 2007 or never."""
    m = pd.read_csv(HERE / "data" / "mpdta.csv.gz")
    start = m["first.treat"].where(m["first.treat"] > 0)
    return m.lemp, m.year, start, m.countyreal, m.lpop


def districts():
    return pd.read_csv(HERE / "data" / "mathpnl.csv.gz")


def low_spenders():
    """Two years of 550 districts, and which spent little before."""
    d = districts()
    d = d[d.year.isin([1994, 1996]) & d.math4.notna() & d.expp92.notna()]
    d = d[d.groupby("distid").year.transform("size") == 2]
    low = d.expp92 < d[d.year == 1994].expp92.median()
    return d.math4, d.year, np.where(low, 1996, np.inf), d.distid


def schools(seed, sizes=(3, 3, 3, 3), starts=(2, 3, 4, np.inf), periods=6, pupils=20, x=0):
    """Other pupils every period: y, period, start, school, X."""
    rng = np.random.default_rng(seed)
    begin = np.repeat(starts, sizes).astype(float)
    n = rng.integers(pupils // 2, pupils * 2, (len(begin), periods))
    school, period = np.divmod(np.repeat(np.arange(n.size), n.ravel()), periods)
    start = begin[school]
    X = rng.normal(size=(len(school), x)) + 0.2 * np.isfinite(start)[:, None]
    shock = rng.normal(size=n.shape) * 0.2 + rng.normal(size=len(begin))[:, None] * 0.4
    y = shock[school, period] + 0.1 * period + rng.normal(size=len(school))
    y += X.sum(axis=1) * (1 + 0.1 * period) + np.where(period >= start, 0.3, 0)
    return y, period, start, school, X


def pupils_again(seed, n=150, periods=5, x=0):
    """The same persons every period: y, period, start, unit, X."""
    rng = np.random.default_rng(seed)
    begin = rng.choice([2.0, 3, 4, np.inf], n)
    unit, period = np.divmod(np.arange(n * periods), periods)
    X = np.repeat(rng.normal(size=(n, x)) + 0.3 * np.isfinite(begin)[:, None], periods, axis=0)
    y = rng.normal(size=n)[unit] + rng.normal(size=len(unit)) + X.sum(axis=1) * period * 0.2
    return y + 0.4 * (period >= begin[unit]), period, begin[unit], unit, X


# ---------------------------------------------------------------- references


@pytest.mark.proves("Method.STAGGERED", "csdid 0.4.3, mpdta (A18)")
def test_group_times_and_averages_are_those_of_csdid(agree):
    y, period, start, county, _ = counties()
    found = group_times(y, period, start, county, unit=county, corrected=False)
    by = {(x["g"], x["t"]): x for x in A18["att_gt"]}
    expected = [by[g, t] for g, t in zip(found.group, found.period, strict=True)]
    assert len(found.group) == len(by)
    agree(found.effects.estimate, [x["att"] for x in expected], 1e-10)
    agree(found.effects.se, [x["se"] for x in expected], 1e-10)
    simple, dynamic, group = (averages(found, a) for a in ("simple", "dynamic", "group"))
    for each, key in ((dynamic[0], "dynamic"), (group[0], "group")):
        for at, estimate, se in zip(each.at, each.estimate, each.se, strict=True):
            agree([estimate, se], list(A18[key][f"{at:g}"].values()), 1e-10)
    for (_, one), key in (
        (simple, "simple"), (dynamic, "dynamic_overall"), (group, "group_overall")
    ):  # fmt: skip
        agree([one.estimate[0], one.se[0]], list(A18[key].values()), 1e-10)


@pytest.mark.proves("Method.STAGGERED", "csdid 0.4.3, not yet started, and doubly robust (A18)")
def test_later_starters_and_covariates_give_what_csdid_gives(agree):
    y, period, start, county, lpop = counties()
    later = group_times(y, period, start, county, unit=county, against="not yet", corrected=False)
    robust = group_times(y, period, start, county, unit=county, X=lpop, corrected=False)
    for found, along, key in (
        (later, "simple", "simple_notyet"),
        (robust, "simple", "simple_with_lpop_dr"),
        (robust, "group", "group_with_lpop_dr"),
    ):
        _, one = averages(found, along)
        agree([one.estimate[0], one.se[0]], list(A18[key].values()), 1e-10)


@pytest.mark.proves("Method.STAGGERED", "clubSandwich 0.5.8, two groups, two years (A47)")
def test_two_years_have_the_error_and_degrees_of_freedom_of_clubsandwich(agree):
    y, period, start, district = low_spenders()
    found = group_times(y, period, start, district, unit=district).effects
    fixed = two_way_fixed_effects(y, period, start, district)
    for effect in (found, fixed):
        agree(effect.estimate, A47["did"], 1e-9)
        agree(effect.se, A47["se_CR2"], 1e-9)
        agree(effect.df, A47["df"], 1e-9)


@pytest.mark.proves("over_time.two_way_fixed_effects", "estimatr 1.0.0, clubSandwich (A37)")
def test_fixed_effects_of_districts_and_years_are_those_of_r(agree):
    names = ("lrexpp", "lrexpp_1", "lunch", "lenrol")
    d = districts()[["distid", "year", "math4", *names]].dropna()
    fit = within_units(
        d.math4.to_numpy(), d.distid, d[list(names)].to_numpy(), names, d.year.to_numpy(float)
    )
    for name, contrast, beta in zip(fit.names, np.eye(len(fit.names)), fit.beta, strict=True):
        key = name.replace("period=", "factor(year)")
        agree(beta, A37["coef"][key])
        for how, column in (
            (Inference.CR2, "se_CR2"),
            (Inference.CR1, "se_CR1"),
            (Inference.CR1S, "se_stata_absorb_counted"),
        ):
            agree(np.sqrt(variance(fit, contrast, how)[0]), A37[column][key])


@pytest.mark.proves("over_time.two_way_fixed_effects", "double demeaning, mpdta (A18)")
def test_the_fixed_effects_of_counties_are_those_of_double_demeaning(agree):
    y, period, start, county, _ = counties()
    agree(two_way_fixed_effects(y, period, start, county).estimate, A18["twfe_balanced"])


# ---------------------------------------------------------------- brute force


def mean_of(y, rows):
    return y[rows].mean()


@pytest.mark.proves("Method.STAGGERED", "rows: differences of four means")
@pytest.mark.parametrize("against", ["never", "not yet"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_without_covariates_an_effect_is_a_difference_of_means(agree, against, base):
    y, t, g, school, _ = schools(3)
    found = group_times(y, t, g, school, against=against, base=base)
    for j, (start, period) in enumerate(zip(found.group, found.period, strict=True)):
        before = period < start
        b = period - 1 if before and base == "varying" else start - 1
        others = np.isinf(g) if against == "never" else (g > max(period, b)) & (g != start)
        own = g == start
        four = (mean_of(y, own & (t == period)), mean_of(y, own & (t == b)),
                mean_of(y, others & (t == period)), mean_of(y, others & (t == b)))  # fmt: skip
        assert found.base[j] == b
        agree(found.effects.estimate[j], four[0] - four[1] - (four[2] - four[3]))


def nudged(call, y, school, step=1e-6):
    """What each school's influence is: how the effects move with its weight, by differences."""
    return np.array([call(1 + step * (school == s)) - call(1 - step * (school == s))
                     for s in np.unique(school)]) / (2 * step)  # fmt: skip


def weighted_means(w, y, t, g, start, period, b, others):
    def mean(rows):
        return np.average(y[rows], weights=w[rows])

    own = g == start
    return mean(own & (t == period)) - mean(own & (t == b)) - (
        mean(others & (t == period)) - mean(others & (t == b))
    )  # fmt: skip


@pytest.mark.proves("Inference.INFLUENCE", "rows: derivatives by each school's weight")
def test_an_influence_is_how_an_effect_moves_with_the_weight_of_a_school(agree):
    y, t, g, school, _ = schools(4)
    found = group_times(y, t, g, school, corrected=False)
    for j, (start, period, b) in enumerate(zip(found.group, found.period, found.base, strict=True)):
        moves = nudged(
            lambda w, a=(start, period, b): weighted_means(w, y, t, g, *a, np.isinf(g)), y, school
        )
        part = moves[np.abs(moves) > 0]
        mine = found.effects.moves.influence[:, j]
        agree(np.sort(mine[np.abs(mine) > 1e-14]), np.sort(part), 1e-6, 1e-9)


def robust_sections(w, y, X, D, post):
    """The doubly robust effect of repeated cross-sections with weights w, from its rows."""
    Z = np.column_stack([np.ones(len(y)), X])
    beta = np.zeros(Z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-Z @ beta))
        beta += np.linalg.solve((Z.T * (w * p * (1 - p))) @ Z, Z.T @ (w * (D - p)))
    p = 1 / (1 + np.exp(-Z @ beta))
    odds = w * (1 - D) * p / (1 - p)
    att = 0.0
    for d, s in ((1, 1), (1, 0), (0, 1), (0, 0)):
        own = w * (d == D) * (s == post)
        fitted = Z @ np.linalg.solve((Z.T * own) @ Z, Z.T @ (own * y))
        sign = 1 if d == s else -1
        att += sign * np.average(fitted, weights=w * D)
        if d == 0:
            att += sign * np.average(y - fitted, weights=odds * (s == post))
    return att


@pytest.mark.proves("Inference.INFLUENCE", "rows: doubly robust, other pupils each year")
def test_the_influence_of_both_models_is_counted_with_other_pupils_each_year(agree):
    y, t, g, school, X = schools(5, sizes=(4, 5), starts=(1, np.inf), periods=2, pupils=40, x=2)
    found = group_times(y, t, g, school, X=X, corrected=False)
    D, post = (g == 1).astype(float), (t == 1).astype(float)
    agree(found.effects.estimate[0], robust_sections(np.ones(len(y)), y, X, D, post))
    moves = nudged(lambda w: robust_sections(w, y, X, D, post), y, school)
    agree(found.effects.moves.influence[:, 0], moves, 1e-5, 1e-8)  # differences keep few digits


def robust_panel(w, d, X, D):
    Z = np.column_stack([np.ones(len(d)), X])
    beta = np.zeros(Z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-Z @ beta))
        beta += np.linalg.solve((Z.T * (w * p * (1 - p))) @ Z, Z.T @ (w * (D - p)))
    p = 1 / (1 + np.exp(-Z @ beta))
    own = w * (1 - D)
    left = d - Z @ np.linalg.solve((Z.T * own) @ Z, Z.T @ (own * d))
    return np.average(left, weights=w * D) - np.average(left, weights=own * p / (1 - p))


@pytest.mark.proves("Inference.INFLUENCE", "rows: doubly robust, the same pupils again")
def test_the_influence_of_both_models_is_counted_with_the_same_pupils(agree):
    y, t, _, unit, X = pupils_again(6, periods=3, x=2)
    first = t < 2
    y, t, unit, X = y[first], t[first], unit[first], X[first]
    D = (np.arange(150) % 3 == 0).astype(float)
    start = np.where(D[unit] == 1, 1, np.inf)
    found = group_times(y, t, start, unit, unit=unit, X=X, corrected=False)
    d, once = y[t == 1] - y[t == 0], X[t == 0]
    agree(found.effects.estimate[0], robust_panel(np.ones(150), d, once, D))
    moves = nudged(lambda w: robust_panel(w, d, once, D), d, np.arange(150))
    order = np.lexsort([np.arange(150), 1 - D])
    agree(np.sort(found.effects.moves.influence[:, 0]), np.sort(moves[order]), 1e-5, 1e-8)


# ---------------------------------------------------------------- theorems


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), x=st.integers(0, 1), panel=st.booleans())
def test_the_order_of_rows_changes_nothing(seed, x, panel):
    y, t, g, unit, X = pupils_again(seed, 60, x=x) if panel else schools(seed, x=x)
    again = np.random.default_rng(seed).permutation(len(y))
    limits = []
    for o in (np.arange(len(y)), again):
        found = group_times(y[o], t[o], g[o], unit[o], X=X[o], unit=unit[o] if panel else None)
        each, one = averages(found, "dynamic")
        limits.append([*(getattr(one, f)[0] for f in FIELDS),
                       *band(each, 99, np.random.default_rng(1)).low])  # fmt: skip
    np.testing.assert_allclose(limits[0], limits[1], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("x", [0, 2])
def test_a_panel_of_which_nobody_is_missing_may_be_told_pair_by_pair(x):
    y, t, g, unit, X = pupils_again(8, x=x)
    whole = group_times(y, t, g, unit, unit=unit, X=X)
    more = np.append(unit, unit.max() + 1)  # someone seen once says nothing, but makes a gap
    pairs = group_times(
        np.append(y, 0.0), np.append(t, 0), np.append(g, np.inf), more, unit=more,
        X=np.vstack([X, np.zeros((1, x))]),
    )  # fmt: skip
    assert Flag.NOT_BALANCED in pairs.flags
    assert Flag.NOT_BALANCED not in whole.flags
    for name in ("estimate", "se"):
        np.testing.assert_allclose(
            getattr(pairs.effects, name), getattr(whole.effects, name), rtol=1e-9
        )


def test_covariates_that_say_nothing_leave_the_differences_of_means():
    """Within every cell x is balanced and unrelated to y, so that no model moves anything."""
    y, t, g, school, _ = schools(9)
    twice = np.concatenate
    x = np.repeat([-1.0, 1.0], len(y))
    with_x = group_times(twice([y, y]), twice([t, t]), twice([g, g]), twice([school, school]), X=x)
    without = group_times(y, t, g, school)
    np.testing.assert_allclose(with_x.effects.estimate, without.effects.estimate, rtol=1e-9)
    np.testing.assert_allclose(with_x.effects.se, without.effects.se, rtol=1e-9)


def test_fixed_effects_are_the_weighted_sum_of_the_effects_they_hide(agree):
    _, t, g, school, _ = schools(10)
    effect = {}
    y = np.zeros(len(t))
    for start in (2, 3, 4):
        for period in range(start, 6):
            effect[start, period] = 0.2 * start + (period - start) ** 2
            y[(g == start) & (t == period)] = effect[start, period]
    found = two_way_fixed_effects(y + 0.3 * t + np.sqrt(school), t, g, school)
    hidden = [effect[pair] for pair in zip(found.start, found.period, strict=True)]
    agree(found.estimate, found.weight @ hidden)
    agree(found.weight.sum(), 1)
    plain, _ = averages(group_times(y + 0.3 * t, t, g, school), "group")
    agree(plain.estimate, [np.mean([effect[s, p] for p in range(s, 6)]) for s in (2, 3, 4)])


def test_the_fixed_effects_may_have_the_wrong_sign_when_effects_grow():
    unit, t = np.divmod(np.arange(20 * 8), 8)
    start = np.where(unit < 10, 2.0, 5.0)
    y = np.where(t >= start, 1.0 + 3 * (t - start) ** 2, 0.0) + 0.01 * unit % 3
    found = two_way_fixed_effects(y, t, start, unit)
    assert found.estimate < 0
    assert found.negative > 0.1
    honest_one = averages(group_times(y, t, start, unit, unit=unit, against="not yet"), "group")[1]
    assert honest_one.estimate[0] > 0


def test_the_averages_are_made_of_the_same_group_times():
    found = group_times(*schools(11)[:4])
    simple = averages(found, Along.SIMPLE)
    assert simple[0].estimate[0] == simple[1].estimate[0]
    after = found.since >= 0
    size = dict(zip(found.starts, found.members.sum(axis=0), strict=True))
    w = np.array([size[g] for g in found.group[after]])
    assert simple[1].estimate[0] == pytest.approx(
        np.average(found.effects.estimate[after], weights=w)
    )
    each, one = averages(found, "calendar")
    assert one.estimate[0] == pytest.approx(each.estimate.mean())


def test_anticipation_moves_the_base_and_who_counts_as_not_started():
    y, t, g, school, _ = schools(12)
    found = group_times(y, t, g, school, against="not yet", anticipation=1)
    after = found.since >= -1
    np.testing.assert_array_equal(found.base[after], found.group[after] - 2)
    j = int(np.flatnonzero((found.group == 2) & (found.period == 2))[0])
    others = g > 3
    expected = [y[rows & (t == p)].mean() for rows in (g == 2, others) for p in (2, 0)]
    assert found.effects.estimate[j] == pytest.approx(
        expected[0] - expected[1] - expected[2] + expected[3]
    )


# ---------------------------------------------------------------- few clusters


@pytest.mark.proves("over_time.band", "analytic standard errors, mpdta")
def test_the_multiplier_bootstrap_spreads_as_the_analytic_errors(agree):
    y, period, start, county, _ = counties()
    each, _ = averages(group_times(y, period, start, county, unit=county), "dynamic")
    for kind in ("Webb", "Mammen"):
        rng = np.random.default_rng(1)
        draws = np.concatenate(list(multiplied(each.moves.influence, 40_000, rng, kind)))
        agree(draws.std(axis=0), each.se, 0.02)  # 40,000 draws
        np.testing.assert_allclose(draws.mean(axis=0) / each.se, 0, atol=0.02)
    found = band(each, 9_999, np.random.default_rng(1))
    assert 2.4 < found.critical < 2.8  # between one estimate and seven that do not hang together
    assert (found.low < each.low).all()


def test_normal_draws_stand_for_many_clusters(monkeypatch):
    y, period, start, county, _ = counties()
    each, _ = averages(group_times(y, period, start, county, unit=county), "dynamic")
    rng = np.random.default_rng(2)
    monkeypatch.setattr("academic_workplace.over_time.estimates.MANY", 10)
    draws = np.concatenate(list(multiplied(each.moves.influence, 40_000, rng, "Webb")))
    squares = each.moves.influence.T @ each.moves.influence
    scale = np.outer(each.se, each.se)
    np.testing.assert_allclose(np.cov(draws.T) / scale, squares / scale, atol=0.03)
    assert len(np.unique(draws[:, 0])) == 40_000  # no sums of six points


def test_one_estimate_has_its_own_interval_as_its_band():
    _, one = averages(group_times(*schools(13)[:4]), "simple")
    found = band(one, 99, np.random.default_rng(1))
    assert (found.low, found.high, found.p_value) == (one.low, one.high, one.p_value)


@pytest.mark.proves("Method.STAGGERED", "95 %, simulated: 12 schools, other pupils each year")
def test_intervals_hold_the_truth_with_twelve_schools_and_other_pupils_each_year(agree):
    held, all_held = [], []
    for seed in range(300):
        y, t, g, school, _ = schools(1000 + seed, pupils=12)
        found = group_times(y, t, g, school, against="not yet", base="universal")
        _, one = averages(found, "group")
        held.append(one.low[0] <= 0.3 <= one.high[0])
        each, _ = averages(found, "dynamic")
        truth = np.where(each.at >= 0, 0.3, 0.0)
        together = band(each, 199, np.random.default_rng(seed))
        all_held.append(bool(np.all((together.low <= truth) & (truth <= together.high))))
    agree(np.mean(held), 0.95, abs=0.035)  # 300 draws
    assert np.mean(all_held) > 0.92  # of the bootstrap alone: 0.87


@pytest.mark.proves("Method.STAGGERED", "95 %, simulated: three starts of one school each")
def test_a_start_of_one_school_borrows_how_unsure_it_is(agree):
    held = []
    for seed in range(200):
        y, t, g, school, _ = schools(5000 + seed, sizes=(1, 1, 1, 7), pupils=12)
        found = group_times(y, t, g, school)
        assert Flag.LONE in found.flags
        held.append(
            averages(found, "group")[1].low[0] <= 0.3 <= averages(found, "group")[1].high[0]
        )
    agree(np.mean(held), 0.96, abs=0.04)
    plain = group_times(y, t, g, school, corrected=False)
    assert np.isfinite(plain.effects.se).all()


def test_where_no_group_has_two_schools_there_is_no_telling():
    y, t, g, school, _ = schools(14, sizes=(1, 1, 1, 1))
    found = group_times(y, t, g, school)
    assert np.isfinite(found.effects.estimate).all()
    assert np.isnan(found.effects.se).all()
    assert np.isnan(averages(found, "group")[1].low).all()
    assert np.isnan(band(averages(found, "dynamic")[0], 99, np.random.default_rng(1)).critical)


def test_an_outcome_that_never_varies_has_no_error():
    _, t, g, school, _ = schools(15)
    found = group_times(np.full(len(t), 7.1), t, g, school)
    assert (found.effects.estimate == 0).all()
    assert np.isnan(found.effects.se).all()


def test_classes_of_one_school_may_start_in_different_years():
    y, t, g, school, _ = schools(16)
    found = group_times(y, t, g, school // 2)
    assert len(found.effects.moves.influence) == 6
    assert averages(found, "simple")[1].df[0] == pytest.approx(5)


# ---------------------------------------------------------------- honesty


def universal():
    y, period, start, county, _ = counties()
    found = group_times(y, period, start, county, unit=county, base="universal")
    return averages(found, "dynamic")


@pytest.mark.proves("over_time.honest", "by hand: how far steps can move an average")
def test_a_deviation_moves_the_average_as_far_as_the_steps_allow(agree):
    each, one = universal()
    told = honest(each)
    agree(told.estimate, one.estimate[0])
    agree(relative_bounds(each, 0), (one.low[0], one.high[0]))
    steps = np.diff([*each.estimate[each.at < 0], 0])
    agree(told.largest, np.abs(steps).max())
    # four times after the start, alike: a step in each moves the average by (4 + 3 + 2 + 1) / 4
    agree(told.plain, abs(told.estimate) / (told.largest * 2.5))


def test_the_breakdown_is_where_the_interval_first_holds_nought():
    each, _ = universal()
    told = honest(each)
    for bounds, M in ((relative_bounds, told.breakdown), (smooth_bounds, told.bend)):
        assert 0 < M < np.inf
        low, high = bounds(each, M)
        assert low <= 0 <= high
        low, high = bounds(each, M * (1 - 1e-6))
        assert not low <= 0 <= high
    assert told.breakdown < told.plain


def test_the_smooth_interval_carries_a_straight_line_on():
    each, _ = universal()
    low, high = smooth_bounds(each, 0)
    assert np.isfinite([low, high]).all()
    wide = smooth_bounds(each, 10)
    assert wide[1] - wide[0] > high - low


@pytest.mark.proves("over_time.honest", "95 %, simulated: steps as large as before")
def test_the_relative_interval_holds_the_truth_when_groups_drift_apart(agree):
    """delta moves by the same step every period: M = 1 is true, M = 0 is not."""
    held, naive = [], []
    for seed in range(200):
        y, t, g, school, _ = schools(9000 + seed, sizes=(8, 8), starts=(3, np.inf), pupils=30)
        drift = 0.25 * np.isfinite(g) * t
        found = group_times(y + drift, t, g, school, base="universal")
        each, one = averages(found, "dynamic")
        low, high = relative_bounds(each, 1)
        held.append(low <= 0.3 <= high)
        naive.append(one.low[0] <= 0.3 <= one.high[0])
    assert np.mean(held) >= 0.93
    assert np.mean(naive) < 0.6
    agree(np.mean(held), 1, abs=0.07)


def test_without_a_period_before_there_is_nothing_to_hold_it_against():
    y, t, g, school, _ = schools(17, sizes=(4, 4), starts=(1, np.inf), periods=3)
    found = group_times(y, t, g, school, base="universal")
    assert Flag.NONE_BEFORE in found.flags
    told = honest(averages(found, "dynamic")[0])
    assert told.steps == 0
    assert np.isnan(told.breakdown)


# ---------------------------------------------------------------- bad input


def test_who_starts_in_the_first_period_is_left_out_and_told():
    y, t, g, school, _ = schools(18, starts=(0, 3, 4, np.inf))
    found = group_times(y, t, g, school)
    assert Flag.FROM_THE_FIRST in found.flags
    assert 0 not in found.group
    kept = g > 0
    without = group_times(y[kept], t[kept], g[kept], school[kept])
    np.testing.assert_allclose(found.effects.estimate, without.effects.estimate, rtol=1e-10)


def test_a_start_between_two_periods_counts_from_the_next():
    y, t, g, school, _ = schools(19)
    found = group_times(y, t, np.where(g == 3, 2.5, g), school)
    assert Flag.BETWEEN in found.flags
    np.testing.assert_array_equal(found.group, group_times(y, t, g, school).group)


def test_without_anyone_who_never_starts_later_starters_are_compared_with():
    y, t, g, school, _ = schools(20, starts=(2, 3, 4, 5))
    with pytest.raises(DataError, match="nooit"):
        group_times(y, t, g, school)
    found = group_times(y, t, g, school, against="not yet")
    assert Flag.NO_NEVER in found.flags
    assert found.period.max() == 4


def test_a_missing_year_of_a_group_is_a_gap():
    y, t, g, school, _ = schools(21)
    kept = ~((g == 3) & (t == 5))
    found = group_times(y[kept], t[kept], g[kept], school[kept])
    assert Flag.GAPS in found.flags
    assert not np.any((found.group == 3) & (found.period == 5))


@pytest.mark.parametrize("starts", [(0, 0, 0, 0), (3, 3, 3, 3)])
def test_all_at_once_leaves_nobody_to_compare_with(starts):
    y, t, g, school, _ = schools(22, starts=starts)
    with pytest.raises(DataError, match="vergelijken"):
        group_times(y, t, g, school, against="not yet")


def test_someone_with_two_starts_or_twice_in_a_period_is_named_at_once():
    y, t, g, unit, _ = pupils_again(23, 30)
    g = g.copy()
    g[0] = 4 if g[0] != 4 else 3
    t = t.copy()
    t[8] = t[7]
    with pytest.raises(DataError) as error:
        group_times(y, t, g, unit, unit=unit)
    assert [fault.count for fault in error.value.faults] == [1, 1]


def test_missing_numbers_and_columns_of_another_length_are_refused():
    y, t, g, school, _ = schools(24)
    y = y.copy()
    y[:3] = np.nan
    with pytest.raises(DataError, match="Aantal rijen: 3"):
        group_times(y, t, g, school)
    with pytest.raises(DataError, match="lang"):
        group_times(y, t[:-1], g, school)


def test_a_covariate_that_gives_the_start_away_is_named_with_its_place():
    y, t, g, school, _ = schools(25)
    with pytest.raises(DataError, match=r"Start 2, meting"):
        group_times(y, t, g, school, X=np.isfinite(g) + 0.1 * (y > 0), columns=["given away"])


def test_more_covariates_than_rows_cannot_be_modelled():
    y, t, g, school, X = schools(26, pupils=2, x=6, sizes=(2, 2, 2, 9))
    with pytest.raises(DataError):
        group_times(y, t, g, school, X=X)
