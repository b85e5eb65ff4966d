"""Schools beside each other: lme4's estimates, matrices as large as the data, exact limits."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import academic_workplace as aw
from academic_workplace.cohorts import schools as own
from academic_workplace.cohorts.places import (
    by_name,
    hidden_places,
    read_places,
    spread_of,
    winsorised,
)
from academic_workplace.cohorts.schools import FunnelPlace, SchoolDoubt, SchoolOrder
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text
from academic_workplace.report import schools as words
from academic_workplace.report.figures import schools as figures
from academic_workplace.report.wording import bounded

HERE = Path(__file__).parent / "reference"
A35 = json.loads((HERE / "schools.json").read_text())["A35-school-effects"]["expected"]
STOPS = 2e-6  # lme4 leaves about 1e-7 in theta, which the variances double
SMALL = settings(max_examples=30, deadline=None)


@pytest.fixture(scope="module")
def bdf():
    return pd.read_csv(HERE / "data" / "bdf_schools.csv.gz")


def pupils(seed=1, schools=8, spread=2.0, least=10, most=40):
    """Pupils in schools that differ, with an earlier score and something that holds or not."""
    rng = np.random.default_rng(seed)
    n = rng.integers(least, most, schools)
    s = np.repeat(np.arange(schools), n)
    u = rng.normal(0, spread, schools)
    x = rng.normal(size=len(s))
    y = 50 + 3 * x + u[s] + rng.normal(0, 4, len(s))
    event = rng.random(len(s)) < np.clip(0.5 + 0.03 * u[s], 0.2, 0.8)
    return pd.DataFrame({"school": [f"School {i}" for i in s], "x": x, "y": y, "event": event})


def counts(events, sizes):
    names = [f"School {i}" for i in range(len(sizes))]
    return pd.DataFrame({"school": names, "e": events, "n": sizes})


def funnel_of(table, **options):
    return aw.cohorts.funnel(table, event="e", school="school", pupils="n", **options)


# ---------------------------------------------------------------- value added


@pytest.mark.proves("cohorts.value_added", "lme4 1.1.31, school effects, bdf (A35)")
def test_value_added_is_that_of_lme4(bdf, agree):
    found = aw.cohorts.value_added(
        bdf, outcome="langPOST", school="schoolNR", given=["IQ.ver.cen", "ses"]
    )
    agree([found.tau2, found.sigma2], [A35["tau2"], A35["sigma2"]], rel=STOPS)
    shown = {s.school: s for s in found if not s.withheld}
    both = [name for name in A35["first5"] if name in shown]
    assert both == ["1", "12"]  # the other three have fewer than ten pupils or go with those
    agree([shown[k].value for k in both], [A35["first5"][k] for k in both], rel=1e-5)
    given_coefficients = [math.sqrt(found.tau2 * (1 - shown[k].reliability)) for k in both]
    agree(given_coefficients, [A35["se_first5"][k] for k in both], rel=1e-5)


@pytest.mark.proves("cohorts.value_added", "lme4 1.1.31, all 131 schools of bdf (A35)")
def test_all_schools_agree_with_lme4_before_any_is_withheld(bdf, agree, monkeypatch):
    monkeypatch.setattr(own, "fewest", lambda: 0)
    found = aw.cohorts.value_added(
        bdf, outcome="langPOST", school="schoolNR", given=["IQ.ver.cen", "ses"]
    )
    value = {s.school: s.value for s in found}
    agree([value[k] for k in A35["first5"]], list(A35["first5"].values()), rel=1e-5)
    order = sorted(value, key=lambda name: value[name])
    assert (order[:3], order[:-4:-1]) == (A35["bottom3"], A35["top3"])
    agree(np.std(list(value.values()), ddof=1), A35["sd_u"], rel=1e-5)
    agree(np.mean([s.reliability for s in found]), A35["mean_reliability"], rel=1e-5)
    se = {s.school: math.sqrt(found.tau2 * (1 - s.reliability)) for s in found}
    clear = sum(abs(value[name]) > 1.96 * se[name] for name in value)
    assert clear == A35["n_significant_95"]


@pytest.mark.proves("cohorts.value_added", "matrices as large as the data (rows)")
def test_estimates_and_their_errors_are_those_of_the_whole_matrix(agree):
    """u = tau2 Z'P y and var(error) = tau2 I - tau2 Z'P Z tau2, with P of the mixed model."""
    t = pupils(3)
    found = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    Z = pd.get_dummies(t["school"]).to_numpy(float)
    names = list(pd.get_dummies(t["school"]).columns)
    X = np.column_stack([np.ones(len(t)), t["x"]])
    V = found.sigma2 * np.eye(len(t)) + found.tau2 * Z @ Z.T
    W = np.linalg.inv(V)
    P = W - W @ X @ np.linalg.inv(X.T @ W @ X) @ X.T @ W
    u = found.tau2 * Z.T @ P @ t["y"].to_numpy()
    C = found.tau2 * np.eye(len(names)) - found.tau2**2 * Z.T @ P @ Z
    place = [names.index(s.school) for s in found]
    agree([s.value for s in found], u[place], rel=1e-8, abs=1e-9)
    agree([s.se for s in found], np.sqrt(np.diag(C))[place], rel=1e-8)
    i, j = np.triu_indices(len(C), 1)
    se = np.sqrt(np.diag(C))
    apart = np.sqrt(se[i] ** 2 + se[j] ** 2 - 2 * C[i, j])
    chance = 2 * stats.norm.sf(found.factor * (se[i] + se[j]) / apart)
    agree(chance.mean(), 0.05, rel=1e-9)  # Goldstein & Healy's rule
    assert found.apart == sum(
        a.high < b.low or b.high < a.low for a, b in itertools.combinations(found, 2)
    )
    assert found.pairs == 28


def in_classes(seed=3, schools=9):
    """Pupils in two or three classes a school, classes named 6a, 6b and 6c in every school."""
    t = pupils(seed, schools=schools, least=24)
    rng = np.random.default_rng(seed)
    t["group"] = rng.choice(["6a", "6b", "6c"], len(t))
    classes = t["school"] + t["group"]
    shift = dict(zip(sorted(set(classes)), rng.normal(0, 2.5, classes.nunique()), strict=True))
    return t.assign(y=t["y"] + classes.map(shift))


@pytest.mark.proves("cohorts.value_added", "matrices as large as the data, classes (rows)")
def test_with_classes_estimates_are_those_of_the_whole_matrix(agree):
    t = in_classes()
    found = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"], classes="group")
    inside = found.between_classes.icc
    omega2 = inside * (found.tau2 + found.sigma2) / (1 - inside)
    dummies = pd.get_dummies(t["school"])
    Z, C = (d.to_numpy(float) for d in (dummies, pd.get_dummies(t["school"] + t["group"])))
    V = found.sigma2 * np.eye(len(t)) + omega2 * C @ C.T + found.tau2 * Z @ Z.T
    X = np.column_stack([np.ones(len(t)), t["x"]])
    W = np.linalg.inv(V)
    P = W - W @ X @ np.linalg.inv(X.T @ W @ X) @ X.T @ W
    u = found.tau2 * Z.T @ P @ t["y"].to_numpy()
    error = found.tau2 * np.eye(Z.shape[1]) - found.tau2**2 * Z.T @ P @ Z
    place = [list(dummies.columns).index(s.school) for s in found]
    agree([s.value for s in found], u[place], rel=1e-7, abs=1e-8)
    agree([s.se for s in found], np.sqrt(np.diag(error))[place], rel=1e-7)
    known = [found.tau2 * z @ W @ z for z in Z.T[place]]  # coefficients taken as known
    agree([s.reliability for s in found], known, rel=1e-7)
    assert found.classes == "group"
    plain = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    assert min(s.se for s in found) > min(s.se for s in plain)
    assert "Tussen klassen binnen scholen zit ongeveer" in found.explain("nl")
    assert "lies about" in found.explain("en")


def test_classes_that_tell_nothing_are_said():
    t = pupils(3).assign(group="6a")
    found = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"], classes="group")
    plain = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    assert [s.value for s in found] == pytest.approx([s.value for s in plain])
    assert own.SchoolDoubt.CLASSES_NOT_TOLD in found.doubts
    assert "één klas per school" in found.explain("nl")
    t.loc[:4, "group"] = None
    assert aw.cohorts.value_added(t, outcome="y", school="school", classes="group").lost == 5
    with pytest.raises(aw.PlanError):
        aw.cohorts.value_added(t, outcome="y", school="school", classes="school")
    with pytest.raises(aw.PlanError):
        aw.cohorts.value_added(t, outcome="y", school="school", classes="form")


@pytest.mark.proves("cohorts.value_added", "Goldstein & Healy (1995), equal errors")
def test_equal_and_independent_errors_give_the_known_factor(agree):
    agree(own.comparative_factor(np.eye(20) * 3), stats.norm.isf(0.025) / math.sqrt(2))
    many = np.diag(np.linspace(1, 3, own.PAIRED + 50))  # of more than PAIRED, as many at even steps
    few = np.diag(np.linspace(1, 3, 200))
    agree(own.comparative_factor(many), own.comparative_factor(few), rel=1e-3)


def test_alike_schools_do_not_overlap_for_one_pair_in_twenty():
    """A simulation of the claim itself: schools of very different size that do not differ."""
    rng = np.random.default_rng(5)
    se = np.repeat([0.5, 1.0, 2.0], 8)
    c = own.comparative_factor(np.diag(se**2))
    e = rng.normal(size=(4000, len(se))) * se
    i, j = np.triu_indices(len(se), 1)
    apart = np.abs(e[:, i] - e[:, j]) > c * (se[i] + se[j])
    assert apart.mean() == pytest.approx(0.05, abs=0.003)


@SMALL
@given(st.integers(0, 10_000))
def test_the_order_of_rows_and_schools_changes_nothing(seed):
    t = pupils(seed, schools=5)
    first = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    mixed = t.sample(frac=1, random_state=seed)
    second = aw.cohorts.value_added(mixed, outcome="y", school="school", given=["x"])
    pd.testing.assert_frame_equal(first.table(), second.table(), rtol=1e-7, atol=1e-8)
    for s in first:
        assert 0 <= s.reliability < 1
        assert s.low is None or s.low < s.value < s.high
    assert sum(s.value for s in first) == pytest.approx(0, abs=1e-7)  # so one alone would follow


def test_schools_alike_in_size_and_mean_shrink_alike_and_small_ones_more():
    base = pupils(2, schools=4, least=20, most=21)
    again = base.assign(school=base["school"] + "b")
    few = base[base["school"] == "School 0"].groupby("school").head(10).assign(school="Zevende")
    found = aw.cohorts.value_added(
        pd.concat([base, again, few]), outcome="y", school="school", given=["x"]
    )
    by = {s.school: s for s in found}
    for i in range(4):
        one, two = by[f"School {i}"], by[f"School {i}b"]
        assert (one.value, one.se, one.low) == pytest.approx((two.value, two.se, two.low))
    assert by["Zevende"].reliability < by["School 0"].reliability
    assert by["Zevende"].se > by["School 0"].se


def test_schools_that_differ_no_more_than_chance_all_get_zero_and_no_limits():
    t = pd.DataFrame({"school": np.repeat(list("abcdef"), 12), "y": np.tile(np.arange(12.0), 6)})
    found = aw.cohorts.value_added(t, outcome="y", school="school")
    assert found.tau2 == 0
    assert found.factor is None
    assert found.icc == 0
    assert [(s.value, s.low, s.high, s.reliability) for s in found] == [(0, None, None, 0)] * 6
    assert set(found.doubts) == set(SchoolDoubt) - {SchoolDoubt.CLASSES_NOT_TOLD}
    for language, word in (("nl", "toeval"), ("en", "chance")):
        assert word in found.explain(language)
        assert figures.value_figure(found, SchoolOrder.NAME, language, narrow=True)


def test_small_schools_take_part_and_are_not_shown_nor_can_they_be_solved():
    t = pupils(4, schools=9)
    tiny = t[t["school"] == "School 3"].head(9)
    t = pd.concat([t[t["school"] != "School 3"], tiny])
    found = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    hidden = [s for s in found if s.withheld]
    assert "School 3" in [s.school for s in hidden]
    assert len(hidden) == 2
    assert all(s.value is None and s.pupils is None and s.low is None for s in hidden)
    assert found.pupils - sum(s.pupils for s in found if not s.withheld) >= 10
    level = {name: float(i % 3) for i, name in enumerate(sorted(set(t["school"])))}
    t["level"] = t["school"].map(level)  # one more sum that is 0: one more school is withheld
    found = aw.cohorts.value_added(t, outcome="y", school="school", given=["x", "level"])
    assert sum(s.withheld for s in found) == 3
    assert found.table()["value"].isna().sum() == 3


def test_two_schools_that_together_have_fewer_than_ten_pupils_take_a_third_along():
    t = pupils(4, schools=8)
    tiny = [t[t["school"] == f"School {i}"].head(n) for i, n in ((1, 3), (2, 4))]
    t = pd.concat([t[~t["school"].isin(["School 1", "School 2"])], *tiny])
    found = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    assert sum(s.withheld for s in found) == 3


def test_schools_stand_by_name_whatever_the_categories_say():
    t = pupils(6, schools=11)
    means = t.groupby("school")["y"].mean().sort_values()
    t["school"] = pd.Categorical(t["school"], categories=list(means.index), ordered=True)
    found = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    names = [f"School {i}" for i in range(11)]
    assert [s.school for s in found] == list(found.table()["school"]) == names
    assert not {"rank", "position"} & set(found.table().columns)
    sizes = [s.pupils for s in figures.in_order(found, SchoolOrder.PUPILS)]
    assert sizes == sorted(sizes)
    with pytest.raises(aw.PlanError, match="value"):
        found.picture(order="value")


def test_text_columns_become_indicators_and_missing_pupils_are_counted():
    t = pupils(7)
    t["kind"] = np.where(np.arange(len(t)) % 3 == 0, "a", "b")
    t.loc[t.index[:4], "y"] = np.nan
    t.loc[t.index[4:6], "kind"] = None
    found = aw.cohorts.value_added(t, outcome="y", school="school", given=["kind"])
    numbers = t.assign(kind=(t["kind"] == "b").where(t["kind"].notna()).astype(float))
    other = aw.cohorts.value_added(numbers, outcome="y", school="school", given=["kind"])
    assert found.lost == other.lost == 6
    pd.testing.assert_frame_equal(found.table(), other.table())


@pytest.mark.parametrize(
    ("change", "options", "nl", "en"),
    [
        ({}, {"outcome": "z"}, "onbekend", "not known"),
        ({}, {"given": ["x", "x"]}, "twee keer", "twice"),
        ({}, {"given": ["y"]}, "twee keer", "twice"),
        ({"y": "goed"}, {}, "getallen", "numbers"),
        ({"y": 5.0}, {}, "gelijk", "same for everyone"),
        ({"x": 5.0}, {"given": ["x"]}, "gelijk", "same for everyone"),
        ({"school": "een"}, {}, "maar één school", "but one school"),
        ({"y": 1.0}, {"outcome": "event"}, "funnel", "funnel"),
    ],
)
def test_bad_input_is_named_in_both_languages(change, options, nl, en):
    asked = {"outcome": "y", "school": "school"} | options
    with pytest.raises((aw.DataError, aw.PlanError)) as caught:
        aw.cohorts.value_added(pupils().assign(**change), **asked)
    assert nl in caught.value.explain("nl")
    assert en in caught.value.explain("en")


def test_columns_that_follow_from_others_and_schools_of_one_pupil_are_refused():
    t = pupils().assign(twice=lambda t: 2 * t["x"] + 1)
    with pytest.raises(aw.DataError) as caught:
        aw.cohorts.value_added(t, outcome="y", school="school", given=["x", "twice"])
    assert "twice" in caught.value.explain("en")
    alone = t.assign(school=[f"S{i}" for i in range(len(t))])
    with pytest.raises(aw.DataError, match="te weinig leerlingen per school"):
        aw.cohorts.value_added(alone, outcome="y", school="school")


# ---------------------------------------------------------------- funnel


@pytest.mark.proves("cohorts.funnel", "enumeration with scipy's binomial (Spiegelhalter, 2005)")
@pytest.mark.parametrize("share", [0.03, 0.3, 0.5, 0.91])
def test_limits_are_those_of_the_formula_with_every_count_enumerated(agree, share):
    for n, tail in itertools.product([1, 7, 10, 48, 300], [0.025, 0.001, 1e-6]):
        F = stats.binom.cdf(np.arange(n + 1), n, share)
        expected = []
        for p in (tail, 1 - tail):
            r = int(np.argmax(p - 1e-15 <= F))
            a = (F[r] - p) / (F[r] - (F[r - 1] if r else 0.0))
            expected.append(min(max((r - a) / n, 0), 1))
        found = own.control_limits(np.array([float(n)]), share, np.array([tail]))
        agree([found[0][0], found[1][0]], expected, rel=1e-7, abs=1e-9)


@SMALL
@given(
    st.integers(2, 400),
    st.floats(0.02, 0.98),
    st.floats(0.0, 0.2),
    st.floats(1e-8, 0.4),
    st.floats(0.01, 1.0),
)
def test_limits_rise_with_the_share_and_part_with_the_tail(n, share, more, tail, times):
    size = np.array([float(n)])
    other = min(share + more, 0.99)
    low, high = own.control_limits(size, share, np.array([tail]))
    later = own.control_limits(size, other, np.array([tail]))
    wider = own.control_limits(size, share, np.array([tail * times]))
    assert low <= later[0] + 1e-12
    assert high <= later[1] + 1e-12
    assert wider[0] <= low + 1e-12
    assert high <= wider[1] + 1e-12


def test_tails_too_small_for_one_minus_them_are_still_exact():
    low, high = own.control_limits(np.array([2000.0]), 0.3, np.array([1e-40]))
    k = np.arange(2001)
    log = stats.binom.logsf(k, 2000, 0.3)
    assert k[np.argmax(log <= math.log(1e-40))] - 1 < 2000 * high[0] <= 2000
    assert 0 < low[0] < 0.3 < high[0] < 1


@pytest.mark.proves("cohorts.funnel", "every outcome of three beta-binomial schools enumerated")
def test_the_sum_of_squares_expects_what_the_spread_is_solved_from(agree):
    n, p, rho = np.array([3, 4, 6]), 0.4, 0.2
    s = 1 / rho - 1
    chance = [stats.betabinom(k, p * s, (1 - p) * s) for k in n]
    about_all = about_target = 0.0
    for e in itertools.product(*(range(k + 1) for k in n)):
        weight = math.prod(c.pmf(x) for c, x in zip(chance, e, strict=True))
        share, mean = np.array(e) / n, sum(e) / n.sum()
        about_all += weight * float(n @ (share - mean) ** 2)
        about_target += weight * float(n @ (share - p) ** 2)
    N, I = n.sum(), len(n)  # noqa: E741  # the letter of the paper
    expected = (I - 1) * (1 - rho) + rho * (N - (n**2).sum() / N)
    agree(about_all / (p * (1 - p)), expected, rel=1e-12)
    agree(about_target / (p * (1 - p)), I + rho * (N - I), rel=1e-12)


@pytest.mark.proves("cohorts.funnel", "moments on the counts themselves (rows)")
def test_spread_solves_its_equation_and_widens_the_limits_it_should(agree):
    e, n = np.array([10, 30, 12, 44, 30, 21]), np.array([40, 60, 50, 80, 120, 70])
    p = e.sum() / n.sum()
    z = (e - n * p) / np.sqrt(n * p * (1 - p))
    I, N = len(n), n.sum()  # noqa: E741  # the letter of the paper
    found = funnel_of(counts(e, n), trim=0)
    agree(found.phi.low, (z**2).mean(), rel=1e-12)
    room = (I - 1) * (1 - found.rho.low) + found.rho.low * (N - (n**2).sum() / N)
    agree((z**2).sum(), room, rel=1e-12)
    for kind, ratio in (("none", np.ones(I)), ("times", np.full(I, (z**2).mean())),
                        ("between", 1 + (n - 1) * found.rho.low)):  # fmt: skip
        f = funnel_of(counts(e, n), trim=0, overdispersion=kind)
        tail = stats.norm.cdf(stats.norm.ppf(0.025) * np.sqrt(ratio))
        low, high = own.control_limits(n.astype(float), p, tail)
        agree([s.limits[0.95][0].low for s in f], low, rel=1e-9)
        agree([s.limits[0.95][1].high for s in f], high, rel=1e-9)
        for s, a, b, share in zip(f, low, high, e / n, strict=True):
            place = "below" if share < a else "above" if share > b else "within"
            assert s.place[0.95] == place


def test_a_target_needs_no_degree_of_freedom():
    e, n = np.array([10, 30, 12, 44, 30, 21]), np.array([40, 60, 50, 80, 120, 70])
    z = (e - n * 0.3) / np.sqrt(n * 0.3 * 0.7)
    found = funnel_of(counts(e, n), trim=0, target=0.3)
    I, N = len(n), n.sum()  # noqa: E741  # the letter of the paper
    assert (z**2).sum() == pytest.approx(I + found.rho.low * (N - I))


def test_ends_are_drawn_in_so_that_what_stands_out_does_not_hide_itself():
    z = np.array([-9.0, -1, 0, 0.5, 1, 0, -0.5, 0.2, 0.1, 8])
    expected = stats.mstats.winsorize(z, 0.1)
    low, high = np.quantile(z, [0.1, 0.9])
    np.testing.assert_array_equal(winsorised(z, 0.1), np.clip(z, low, high))
    assert np.sign(winsorised(z, 0.1) - z).tolist() == np.sign(expected - z).tolist()
    e, n = np.array([20, 22, 18, 21, 19, 20, 22, 18, 21, 70]), np.full(10, 80)
    assert funnel_of(counts(e, n), trim=0).outside(0.998) == ()
    assert [s.school for s in funnel_of(counts(e, n)).outside(0.998)] == ["School 9"]


def test_a_table_of_pupils_and_its_counts_give_the_same_funnel():
    t = pupils(8, schools=6, least=40, most=80)
    both = t.groupby("school")["event"].agg(e="sum", n="count").reset_index()
    first = aw.cohorts.funnel(t, event="event", school="school")
    pd.testing.assert_frame_equal(first.table(), funnel_of(both).table())
    third = both[["e", "n"]] // 3  # rows of one school add up
    parts = pd.concat([both.assign(**third), both.assign(**(both[["e", "n"]] - third))])
    pd.testing.assert_frame_equal(first.table(), funnel_of(parts).table())


def completions(table):
    """Every way of filling in 1 to 4 for the hidden events."""
    at = [i for i, word in enumerate(table["e"]) if word == "<5"]
    for fill in itertools.product(range(1, 5), repeat=len(at)):
        e = list(table["e"])
        for i, x in zip(at, fill, strict=True):
            e[i] = x
        yield table.assign(e=e)


@pytest.mark.proves("cohorts.funnel", "every completion of hidden counts (rows)")
@pytest.mark.parametrize("kind", ["between", "times", "none"])
@pytest.mark.parametrize("target", [None, 0.2])
def test_bounds_contain_every_completion(agree, kind, target):
    t = counts(["<5", 12, "<5", 30, 16, 45], [40, 44, 31, 90, 80, 120])
    options = {"published": True, "overdispersion": kind, "target": target}
    whole = funnel_of(t, **options)
    seen = []
    for each in completions(t):
        one = funnel_of(each, **options)
        for b, x in ((whole.share, one.share), (whole.phi, one.phi), (whole.rho, one.rho)):
            assert b.low - 1e-12 <= x.low <= b.high + 1e-12
        for a, s in zip(whole, one, strict=True):
            assert a.share.low - 1e-12 <= s.share.low <= a.share.high + 1e-12
            for level in own.LIMITS:
                for b, x in zip(a.limits[level], s.limits[level], strict=True):
                    assert b.low - 1e-9 <= x.low <= b.high + 1e-9
                assert a.place[level] in (s.place[level], FunnelPlace.UNKNOWN)
        seen.append([one.share.low, *(s.share.low for s in one)])
    least, most = np.min(seen, axis=0), np.max(seen, axis=0)  # shares have no wider bounds
    own_bounds = [whole.share, *(s.share for s in whole)]
    agree([b.low for b in own_bounds], least if target is None else [target, *least[1:]])
    agree([b.high for b in own_bounds], most if target is None else [target, *most[1:]])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(8, 60)), min_size=4, max_size=6),
    st.sampled_from(own.Overdispersion),
    st.sampled_from([0.0, 0.1]),
)
def test_a_place_and_a_spread_hold_for_every_completion_of_any_table(cells, kind, trim):
    e = ["<5", "<5", *(x for x, _ in cells[2:])]
    t = counts(e, [x + y for x, y in cells])
    whole = funnel_of(t, published=True, overdispersion=kind, trim=trim)
    for each in completions(t):
        if any(x > n for x, n in zip(each["e"], each["n"], strict=True)):
            continue
        one = funnel_of(each, published=True, overdispersion=kind, trim=trim)
        assert whole.phi.low - 1e-12 <= one.phi.low <= whole.phi.high + 1e-12
        assert whole.rho.low - 1e-12 <= one.rho.low <= whole.rho.high + 1e-12
        for a, s in zip(whole, one, strict=True):
            for level, place in a.place.items():
                assert place in (s.place[level], FunnelPlace.UNKNOWN)


def test_a_low_share_is_below_only_if_it_is_for_every_completion():
    """The limit rises with the share of all: in one completion of 64 the school is above it."""
    t = counts(["<5", "<5", "<5", 15, 30, 34], [20, 20, 20, 100, 90, 100])
    options = {"published": True, "overdispersion": "none"}
    seen = {str(funnel_of(each, **options)[3].place[0.95]) for each in completions(t)}
    found = funnel_of(t, **options)[3].place[0.95]
    assert found == (seen.pop() if len(seen) == 1 else FunnelPlace.UNKNOWN)


def test_hidden_totals_give_bounds_as_well():
    t = counts(["<5", 12, 20, "-1"], ["<5", 44, 60, 30])
    found = read_places(t, event="e", place="school", pupils="n", argument="school")
    assert found.pupils.high.tolist() == [4, 44, 60, 30]
    assert found.events.low.tolist() == [1, 12, 20, 1]
    spread = spread_of(found, found.share_of_all(), given=False, trim=0)
    for a, n, b in itertools.product(range(1, 5), range(1, 5), range(1, 5)):
        if a > n:
            continue
        one = read_places(counts([a, 12, 20, b], [n, 44, 60, 30]), event="e", place="school",
                          pupils="n", argument="school")  # fmt: skip
        each = spread_of(one, one.share_of_all(), given=False, trim=0)
        assert spread.rho.low <= each.rho.low <= spread.rho.high
        assert spread.phi.low <= each.phi.low <= spread.phi.high
    assert funnel_of(t, published=True)[0].withheld  # fewer than ten pupils, published or not


def test_few_events_become_a_range_and_what_would_tell_them_goes_as_well():
    t = counts([4, 30, 25, 40, 20, 3, 2], [40, 80, 70, 90, 23, 9, 8])
    found = {s.school: s for s in funnel_of(t)}
    few = found["School 0"]
    assert few.few
    assert (few.events.low, few.events.high) == (0, 9)
    assert few.share.low == 0
    assert few.share.high == 9 / 40
    many = found["School 4"]  # three pupils without: 14 to 23 with
    assert (many.events.low, many.events.high) == (14, 23)
    assert found["School 5"].withheld
    assert found["School 5"].share is None
    exact = [s for s in found.values() if not s.withheld and not s.few]
    told = 124 - sum(float(s.events.low) for s in exact)
    assert told >= 10
    assert len(exact) <= 4
    pupils_told = 320 - sum(float(s.pupils.low) for s in found.values() if s.pupils is not None)
    assert pupils_told >= 10
    none = funnel_of(counts([0, 30, 25, 40], [40, 80, 70, 90]))  # nobody: that tells of everyone
    assert none[0].few
    assert none[0].events.high == 9
    public = funnel_of(t, published=True)
    assert public[0].events.exact
    assert not public[0].few
    assert public[5].withheld


@SMALL
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=7))
def test_no_small_count_follows_from_what_is_shown(cells):
    e, n = np.array([a for a, _ in cells]), np.array([a + b for a, b in cells])
    if not 0 < e.sum() < n.sum():
        return
    places = read_places(counts(e, n), event="e", place="school", pupils="n", argument="school")
    gone, ranged, _ = hidden_places(places)
    out = gone | ranged
    for x, hidden in ((e, out), (n - e, out), (n, gone)):
        assert not (hidden.sum() == 1 and 0 < x[hidden].sum() < 10)
        assert not np.any((x < 10) & (n > 0) & ~hidden)


def test_the_target_and_chance_are_told():
    e, n = np.full(24, 16), np.full(24, 50)
    found = funnel_of(counts(e, n), target=0.3)
    assert found.given
    assert found.share.low == 0.3
    assert found.expected() == pytest.approx(1.2)
    assert found.rho.high == 0
    nl, en = found.explain("nl"), found.explain("en")
    assert "Van 24 scholen ligt er door toeval al ongeveer 1 buiten de binnenste lijnen." in nl
    assert "of 24 schools about 1 lies beyond the inner lines by chance alone" in en.casefold()
    assert "niet verruimd" in nl
    assert "geen oordeel" in nl
    assert "streefwaarde is 30" in nl


@pytest.mark.parametrize(
    ("table", "options", "nl", "en"),
    [
        (counts([5, 6], [20, 30]), {"event": "x"}, "onbekend", "not known"),
        (counts([25, 6], [20, 30]), {}, "meer dan er leerlingen", "more than there are pupils"),
        (counts([5.5, 6], [20, 30]), {}, "geen aantal", "no number of pupils"),
        (counts([-3, 6], [20, 30]), {}, "geen aantal", "no number of pupils"),
        (counts([None, 6], [20, 30]), {}, "geen aantal", "no number of pupils"),
        (counts([0, 0], [20, 30]), {}, "iedereen gelijk", "same for everyone"),
        (counts([0, 0], [0, 0]), {}, "geen leerlingen", "no pupils"),
        (counts([5, 6], [20, 30]), {"pupils": None}, "geen 0 of 1", "not 0 or 1"),
        (counts([5, 6], [20, 30]), {"target": 1.0}, "tussen 0 en 1", "between 0 and 1"),
        (counts([5, 6], [20, 30]), {"trim": 0.5}, "niet tussen", "not lie between"),
        (counts([5, 6], [20, 30]), {"overdispersion": "often"}, "onbekend", "not known"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_are_named_in_both_languages(table, options, nl, en):
    asked = {"event": "e", "school": "school", "pupils": "n"} | options
    with pytest.raises((aw.DataError, aw.PlanError)) as caught:
        aw.cohorts.funnel(table, **asked)
    assert nl in caught.value.explain("nl")
    assert en in caught.value.explain("en")


def test_every_fault_of_counts_is_named_at_once_with_its_rows():
    with pytest.raises(aw.DataError) as caught:
        funnel_of(counts([-3, 6, 40, "x"], [20, "y", 30, 8]))
    assert [(f.column, f.rows) for f in caught.value.faults] == [
        ("e", (1, 4)), ("n", (2,)), ("e", (3,)),
    ]  # fmt: skip


# ---------------------------------------------------------------- words and pictures

LABELS = {
    "y": Text("de leesscore", "the reading score"),
    "x": Text("de score in groep 6", "the score in grade 6"),
    "e": Text("advies onder de toets", "advice below the test"),
}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_words_say_what_is_not_said_and_name_no_best_school(language):
    v = aw.cohorts.value_added(
        pupils(9), outcome="y", school="school", given=["x"], labels=LABELS
    )  # fmt: skip
    f = funnel_of(counts(["<5", 12, 50, 30], [40, 44, 80, 90]), published=True, labels=LABELS)
    for text in (v.explain(language), f.explain(language)):
        assert ("geen ranglijst" if language == "nl" else "no ranking") in text
        assert not any(w in text.casefold() for w in ("bewezen", "beste", "best ", "slechtste"))
    assert LABELS["y"][language] in v.explain(language)
    assert f"{v.apart} van de 28" in v.explain("nl")
    for table in (words.value_table(v, language), words.funnel_table(f, language)):
        names = [row[0] for row in table.rows]
        assert names == sorted(names, key=by_name)
    for blocks in (words.value_blocks(v, language), words.funnel_blocks(f, language)):
        assert [type(b).__name__ for b in blocks] == ["Paragraph", "Picture", "Table"]
        assert len(blocks[1].alt) > 60
    for one in (v, f):
        assert one.picture(language).png[:4] == b"\x89PNG"
        assert "<table>" in one._repr_html_()


def test_alternative_text_holds_every_school_and_withheld_ones_by_name_only():
    t = pd.concat([pupils(4, schools=5), pupils(5, schools=5).head(8).assign(school="Klein")])
    v = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    alt = v.picture("nl").alt
    assert all(s.school in alt for s in v)
    assert "Klein" in alt.split("niet getoond")[0].split(";")[-1]
    f = funnel_of(counts(["<5", 12, 70, 30, 20], [40, 44, 80, 90, 60]), published=True,
                  overdispersion="none")  # fmt: skip
    alt = f.picture("en").alt
    assert "Above the lines of 95%: School 2" in alt
    assert "School 0" in alt


def test_pictures_show_nothing_of_withheld_schools_and_name_those_beyond_the_lines():
    t = pd.concat([pupils(4, schools=5), pupils(5, schools=5).head(8).assign(school="Klein")])
    v = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    ax = figures.value_figure(v, SchoolOrder.NAME, "nl").axes[0]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(dots) == sum(not s.withheld for s in v) < len(v)
    assert len({line.get_markeredgecolor() for line in dots}) == 1  # none is set apart
    f = funnel_of(counts([10, 12, 70, 30, 20], [40, 44, 80, 90, 60]), overdispersion="none")
    ax = figures.funnel_figure(f, "nl", narrow=True).axes[0]
    assert "School 2" in [text.get_text() for text in ax.texts]
    assert "School 4" not in [text.get_text() for text in ax.texts]


def test_many_schools_stand_side_by_side_without_names():
    t = pupils(1, schools=50, least=12, most=15)
    v = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    for narrow in (False, True):
        ax = figures.value_figure(v, SchoolOrder.PUPILS, "nl", narrow=narrow).axes[0]
        assert not any("School" in text.get_text() for text in ax.texts)
    assert "tabel" in " ".join(text.get_text() for text in ax.texts)
    assert "Van de 1.225 paren" in v.picture("nl", order="pupils").alt


def test_plots_take_axes_and_refuse_a_third_language():
    from matplotlib.figure import Figure

    v = aw.cohorts.value_added(pupils(9), outcome="y", school="school", given=["x"])
    f = funnel_of(counts([10, 12, 70, 30], [40, 44, 80, 90]))
    for one in (v, f):
        ax = Figure().add_subplot()
        assert one.plot(ax, language="en") is ax
        for call in (one.plot, one.explain, one.picture):
            with pytest.raises(aw.PlanError):
                call(language="fr")


def test_names_that_begin_alike_can_still_be_told_apart_on_a_phone():
    names = ["Basisschool De Vlieger Noord", "Basisschool De Vlieger Zuid"]
    assert list(figures.shortened(names, 1.0, 8.0).values()) == ["Noord", "Zuid"]
    assert list(figures.shortened(["a b", "a c"], 1.0, 8.0).values()) == ["a b", "a c"]
    alike = ["Openbare Montessorischool De Waterlelie", "Openbare Montessorischool De Waterlelies"]
    assert len(set(figures.shortened([*alike, "Kompas"], 1.0, 8.0).values())) == 3
    assert bounded(Bounds(2.0, 9.0), 1, 0, "nl") == "2 tot 9"


def test_a_school_alone_is_refused_unless_there_is_a_target_and_chance_alone():
    one = counts([12], [60])
    with pytest.raises(aw.DataError, match="maar één school"):
        funnel_of(one)
    with pytest.raises(aw.DataError, match="hoeveel scholen van elkaar verschillen"):
        funnel_of(one, target=0.3)
    found = funnel_of(one, target=0.3, overdispersion="none")
    assert "De ene school van wie we het weten, ligt binnen de lijnen." in found.explain("nl")
    assert "Within: 1 school." in found.picture("en").alt
    far = funnel_of(counts([42], [60]), target=0.3, overdispersion="none")
    assert "De ene school die we tonen, ligt buiten de binnenste lijnen" in far.explain("nl")


def test_two_schools_are_one_pair():
    v = aw.cohorts.value_added(pupils(9, schools=2), outcome="y", school="school", given=["x"])
    assert v.pairs == 1
    assert "De lijnen van deze twee scholen raken elkaar" in v.explain("nl")
    assert "paren" not in v.explain("nl") + v.picture("nl").alt


LONG = ["Openbare Montessorischool De Waterlelie-Stevenshof", "Basisschool Het Kompas $5$",
        "Rooms-katholieke Daltonschool De Ontdekkingsreiziger van de Merenwijk",
        "Islamitische basisschool Er-Risèlèh",
        "Protestants-christelijke school De Zevensprong"]  # fmt: skip


@pytest.mark.parametrize("narrow", [False, True])
def test_names_stay_within_the_pictures_cover_no_other_and_are_no_formula(narrow):
    table = pupils(9, schools=5, least=20)
    table["school"] = table["school"].map({f"School {i}": name for i, name in enumerate(LONG)})
    v = aw.cohorts.value_added(table, outcome="y", school="school", given=["x"])
    f = funnel_of(counts([12, 60, 60, 12, 61], [60, 66, 70, 64, 69]).assign(school=LONG),
                  overdispersion="none")  # fmt: skip
    for figure in (figures.value_figure(v, SchoolOrder.NAME, "nl", narrow=narrow),
                   figures.funnel_figure(f, "nl", narrow=narrow)):  # fmt: skip
        figure.canvas.draw()
        boxes = []
        for text in figure.axes[0].texts:
            box = text.get_window_extent()
            assert figure.bbox.x0 - 1 <= box.x0, text.get_text()
            assert box.x1 <= figure.bbox.x1 + 1, text.get_text()
            assert figure.bbox.y0 <= box.y0, text.get_text()
            assert box.y1 <= figure.bbox.y1, text.get_text()
            assert not text.get_parse_math()
            boxes.append(box)
        for one, other in itertools.combinations(boxes, 2):
            assert min(one.x1, other.x1) - max(one.x0, other.x0) < 1 or (
                min(one.y1, other.y1) - max(one.y0, other.y0) < 2
            )


def test_what_marks_mean_and_which_names_do_not_fit_is_said():
    many = funnel_of(counts([10] * 6 + [50] * 6 + [30] * 12, [60] * 24), overdispersion="none")
    told = " ".join(t.get_text() for t in figures.funnel_figure(many, "nl").axes[0].texts)
    assert "Ruit: buiten de binnenste lijnen." in told
    assert "Namen die niet passen, staan in de tabel." in told
    ranged = funnel_of(counts(["<5", 12, 50, 30], [40, 44, 80, 90]), published=True)
    told = " ".join(t.get_text() for t in figures.funnel_figure(ranged, "en").axes[0].texts)
    assert "Bar: the count is known as a range only." in told
    assert "Diamond" not in told


def test_all_that_is_withheld_says_so_in_its_row():
    t = pd.concat([pupils(4, schools=5), pupils(5, schools=5).head(8).assign(school="Klein")])
    v = aw.cohorts.value_added(t, outcome="y", school="school", given=["x"])
    (row,) = [row for row in words.value_table(v, "nl").rows if row[0] == "Klein"]
    assert set(row[1:]) == {"niet getoond"}
    f = funnel_of(counts([4] * 6, [9] * 6))
    assert {cell for row in words.funnel_table(f, "en").rows for cell in row[1:]} == {"not shown"}
    assert "lijnen" not in f.explain("nl").split("Buiten de lijnen")[0]
    assert len(words.funnel_blocks(f, "nl")) == 2  # there is nothing to draw


def test_the_share_of_all_schools_tells_of_no_fewer_than_ten() -> None:
    pupils = pd.DataFrame({"school": ["a", "b", "c", "d"] * 20, "left": [1] * 9 + [0] * 71})
    with pytest.raises(aw.DataError, match="minder dan 10 leerlingen"):
        aw.cohorts.funnel(pupils, event="left", school="school")
    with pytest.raises(aw.DataError, match="minder dan 10 leerlingen"):
        aw.cohorts.funnel(pupils.assign(left=1 - pupils.left), event="left", school="school")
    assert (
        len(
            aw.cohorts.funnel(
                pupils.assign(left=[1] * 10 + [0] * 70), event="left", school="school"
            )
        )
        == 4
    )
    public = pd.DataFrame({"school": ["a", "b"], "left": [3, 5], "pupils": [40, 50]})
    assert aw.cohorts.funnel(public, event="left", school="school", pupils="pupils", published=True)


def test_nine_pupils_say_nothing_about_schools() -> None:
    nine = pd.DataFrame({"school": list("abcabcabc"), "score": np.arange(9.0)})
    with pytest.raises(aw.DataError, match="minder dan 10 leerlingen"):
        aw.cohorts.value_added(nine, outcome="score", school="school")


@pytest.mark.parametrize(
    ("language", "every"), [("nl", "over alle leerlingen daar"), ("en", "of all pupils there")]
)
def test_the_sentence_about_schools_that_are_not_shown_has_both_reasons(language, every):
    """Too few pupils, or all or nobody of enough: which of the two is not told apart."""
    found = funnel_of(counts([0, 40, 30, 20, 3], [60, 40, 80, 70, 9]))
    assert sum(s.withheld for s in found) > 0
    said = found.explain(language)
    assert ("minder dan 10" if language == "nl" else "fewer than 10") in said
    assert every in said
