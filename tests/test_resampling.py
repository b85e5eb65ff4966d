"""Bootstrap and re-randomisation from moments equal the same done on the rows, draw by draw."""

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import schools

import academic_workplace as aw
from academic_workplace import resampling
from academic_workplace.effects.joint import draws_together
from academic_workplace.evidence.weighing import Verdict, weigh_one
from academic_workplace.linear import least_squares

PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before", "girl")
)
REFERENCE = json.loads((Path(__file__).parent / "reference" / "trials.json").read_text())
CRT = Path(__file__).parents[2] / "shared" / "reference" / "data" / "eef_crt.csv"
CRT_PLAN = aw.Plan(
    outcome="Posttest", treatment="Intervention", cluster="School", covariates=("Prettest",)
)


def design(table, x=("offered", "before", "girl"), block=""):
    """Outcome, columns with dummies for the blocks, and the rows of every school, by name."""
    dummies = pd.get_dummies(table[block]).to_numpy(float) if block else np.ones((len(table), 1))
    X = np.column_stack([table[list(x)].to_numpy(float), dummies])
    names = sorted(table["school"].unique())
    return table["after"].to_numpy(), X, [np.flatnonzero(table["school"] == g) for g in names]


def t_on_rows(y, X, groups, value=0.0):
    """The CR0 t statistic of the first column."""
    M = np.linalg.pinv(X.T @ X)
    beta = M @ X.T @ y
    e = y - X @ beta
    scores = np.array([X[i].T @ e[i] for i in groups])
    return (beta[0] - value) / math.sqrt((M @ scores.T @ scores @ M)[0, 0])


def wild_on_rows(y, X, groups, weights, value=0.0):
    """Impose the null, turn the residuals school by school, fit again."""
    null = y - value * X[:, 0]
    Z = X[:, 1:]
    fitted = Z @ np.linalg.lstsq(Z, null, rcond=None)[0]
    drawn = value * X[:, 0] + fitted
    e = null - fitted
    for i, w in zip(groups, weights, strict=True):
        drawn[i] += w * e[i]
    return t_on_rows(drawn, X, groups, value)


def fit_of(table, plan=PLAN, columns=("offered=1", "before", "girl")):
    m = aw.collect(table, plan).samples[0]
    fit = least_squares(m, columns, absorb=bool(plan.blocks))
    return fit, np.array([1.0, *np.zeros(len(columns) - 1)])


@pytest.mark.proves("Inference.WILD", "rows, every sign vector")
@pytest.mark.parametrize("value", [0.0, 0.7])
@pytest.mark.parametrize("blocks", [0, 2])
def test_the_wild_bootstrap_over_all_sign_vectors_equals_refitting_the_rows(agree, value, blocks):
    table = schools(np.random.default_rng(1), clusters=6, size=8, blocks=blocks)
    if blocks:
        table["block"] = table["school"].map(lambda name: int(name[1:]) // 2 % 2)
    plan = replace(PLAN, blocks=("block",) if blocks else ())
    fit, contrast = fit_of(table, plan)
    drawn = resampling.wild_draws(fit, contrast, aw.Inference.WILD, 9_999, np.random.default_rng(0))
    y, X, groups = design(table, block="block" if blocks else "")
    signs = itertools.product([1.0, -1.0], repeat=5)
    each = [wild_on_rows(y, X, groups, [*s[::-1], 1.0], value) for s in signs]
    # a sum of signed residuals may cancel to rounding, so an absolute room as well
    agree(drawn.t(value), each, rel=1e-7, abs=1e-9)
    everything = np.abs([*each, *each])
    observed = abs(t_on_rows(y, X, groups, value))
    p = np.mean(everything >= observed * (1 - 1e-9))
    assert drawn.p_value(value) == pytest.approx(p)
    assert drawn.draws == 64


@pytest.mark.proves("Inference.WILD_WEBB", "rows, 200 draws of its weights")
@pytest.mark.proves("Inference.WILD_MAMMEN", "rows, 200 draws of its weights")
@pytest.mark.parametrize("kind", [aw.Inference.WILD_WEBB, aw.Inference.WILD_MAMMEN])
def test_webbs_and_mammens_draws_equal_refitting_the_rows(agree, kind):
    table = schools(np.random.default_rng(2), clusters=9, size=8)
    fit, contrast = fit_of(table)
    drawn = resampling.wild_draws(fit, contrast, kind, 200, np.random.default_rng(7))
    weights = next(resampling._weights(kind, 9, 200, np.random.default_rng(7), exact=False))
    y, X, groups = design(table)
    for value in (0.0, -0.4):
        each = [wild_on_rows(y, X, groups, w, value) for w in weights]
        agree(drawn.t(value), each, rel=1e-7, abs=1e-9)


def test_the_weights_have_mean_zero_and_the_moments_that_their_authors_give():
    rng = np.random.default_rng(3)
    webb = np.concatenate(list(
        resampling._weights(aw.Inference.WILD_WEBB, 4, 60_000, rng, exact=False)
    )).ravel()  # fmt: skip
    assert set(np.round(webb**2, 12)) == {0.5, 1.0, 1.5}
    assert [np.mean(webb), np.mean(webb**2)] == pytest.approx([0, 1], abs=0.01)
    mammen = np.concatenate(list(
        resampling._weights(aw.Inference.WILD_MAMMEN, 4, 60_000, rng, exact=False)
    )).ravel()  # fmt: skip
    moments = [np.mean(mammen**power) for power in (1, 2, 3)]
    assert moments == pytest.approx([0, 1, 1], abs=0.03)
    signs = next(resampling._weights(aw.Inference.WILD, 40, 8_000, rng, exact=False))
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert np.abs(signs.mean(axis=0)).max() < 0.05


@pytest.mark.parametrize("kind", [aw.Inference.WILD, aw.Inference.WILD_WEBB])
def test_the_wild_interval_holds_just_the_values_that_are_not_rejected(kind):
    table = schools(np.random.default_rng(4), clusters=8, size=8, effect=0.5)
    fit, contrast = fit_of(table)
    drawn = resampling.wild_draws(fit, contrast, kind, 999, np.random.default_rng(0))
    found = resampling.wild(fit, contrast, kind, 999, np.random.default_rng(0))
    step = 1e-6 * (found.high - found.low)
    assert drawn.p_value(found.low + step) > 0.05 >= drawn.p_value(found.low - step)
    assert drawn.p_value(found.high - step) > 0.05 >= drawn.p_value(found.high + step)
    far = drawn.estimate + 1e6 * drawn.se
    assert drawn.smallest == pytest.approx(drawn.p_value(far))


@pytest.mark.proves("Inference.WILD", "exact enumeration in R, eef_crt (A15)", private=True)
def test_twelve_schools_give_the_enumerated_p_value_computed_in_r(agree):
    if not CRT.is_file():
        pytest.skip("these data may not be committed and are not here")
    table = pd.read_csv(CRT)
    expected = REFERENCE["A15-wild-bootstrap"]["expected"]
    twelve = table[table["School"].isin(range(1, 13))]
    effect = aw.estimate(twelve, CRT_PLAN, inference="wild bootstrap")[0]
    agree(effect.p_value, expected["p"])
    agree(effect.estimate / effect.se, expected["t"])


# ---------------------------------------------------------------- randomisation


def coefficient(table, offered):
    """The adjusted difference under another assignment, from the rows."""
    X = np.column_stack([offered, np.ones(len(table)), table[["before", "girl"]]])
    return np.linalg.lstsq(X, table["after"], rcond=None)[0][0]


def assignments(table, pairs=False):
    names = sorted(table["school"].unique())
    treated = table.groupby("school")["offered"].first()
    if pairs:
        each = [(a, b) for a, b in zip(names[::2], names[1::2], strict=True)]
        chosen = itertools.product(*each)
    else:
        chosen = itertools.combinations(names, int(treated.sum()))
    for some in chosen:
        yield table["school"].isin(some).to_numpy(float)


@pytest.mark.proves("Inference.RANDOMISATION", "rows, every assignment of 8 schools")
@pytest.mark.parametrize("effect", [0.0, 0.8])
def test_the_exact_p_value_equals_brute_force_over_all_assignments(agree, effect):
    table = schools(np.random.default_rng(5), clusters=8, size=8, effect=effect)
    found = aw.estimate(table, PLAN, inference="randomisation")[0]
    observed = coefficient(table, table["offered"].to_numpy(float))
    each = [coefficient(table, T) for T in assignments(table)]
    agree(found.estimate, observed)
    agree(found.p_value, np.mean(np.abs(each) >= abs(observed) * (1 - 1e-9)))


def test_pairs_are_drawn_within_pairs():
    table = schools(np.random.default_rng(6), clusters=12, size=8, effect=0.4)
    table["pair"] = table["school"].map(lambda name: int(name[1:]) // 2)
    table["offered"] = table["school"].map(lambda name: int(name[1:]) % 2)
    plan = replace(PLAN, blocks=("pair",))
    found = aw.estimate(table, plan, inference="randomisation")[0]
    dummies = pd.get_dummies(table["pair"]).to_numpy(float)

    def within(T):
        X = np.column_stack([T, dummies, table[["before", "girl"]]])
        return np.linalg.lstsq(X, table["after"], rcond=None)[0][0]

    observed = within(table["offered"].to_numpy(float))
    each = [within(T) for T in assignments(table, pairs=True)]
    assert len(each) == 64
    assert found.p_value == pytest.approx(np.mean(np.abs(each) >= abs(observed) * (1 - 1e-9)))


def test_the_randomisation_interval_holds_just_the_effects_that_are_not_rejected():
    table = schools(np.random.default_rng(7), clusters=9, size=8, effect=0.6)
    found = aw.estimate(table, PLAN, inference="randomisation")[0]

    def p_of(effect):
        less = table.assign(after=table["after"] - effect * table["offered"])
        return aw.estimate(less, PLAN, inference="randomisation")[0].p_value

    step = 1e-6 * (found.high - found.low)
    assert p_of(found.low + step) > 0.05 >= p_of(found.low - step)
    assert p_of(found.high - step) > 0.05 >= p_of(found.high + step)


@pytest.mark.proves("Inference.RANDOMISATION", "enumeration in R, eef_crt (A14)", private=True)
@pytest.mark.proves("Method.CLUSTER_MEANS", "base R, eef_crt (A13, A14)", private=True)
def test_twenty_two_schools_give_the_p_value_of_all_assignments_computed_in_r(agree):
    if not CRT.is_file():
        pytest.skip("these data may not be committed and are not here")
    expected = REFERENCE["A14-randinf-cluster"]["expected"]
    effect = aw.estimate(
        pd.read_csv(CRT), CRT_PLAN, method="cluster means", inference="randomisation"
    )[0]
    agree(effect.estimate, expected["observed"])
    agree(effect.p_value, expected["p_two_sided"])


def test_three_of_six_schools_cannot_reject_and_say_so():
    table = schools(np.random.default_rng(8), clusters=6, size=20, effect=5.0)
    effect = aw.estimate(table, replace(PLAN, covariates=()), inference="randomisation")[0]
    # with as many treated as not, each assignment ties with its mirror image: 2 of 20
    means = aw.estimate(
        table, replace(PLAN, covariates=()), method="cluster means", inference="randomisation"
    )[0]
    assert means.p_value == pytest.approx(0.10)
    for found in (effect, means):
        assert found.p_value >= 0.05
        assert (found.low, found.high) == (-math.inf, math.inf)
        assert (found.g_low, found.g_high) == (-math.inf, math.inf)
        assert "nooit een verschil aantonen" in found.reason.nl
        assert weigh_one(found).verdict is Verdict.NO_ANSWER


def test_four_schools_are_too_few_for_the_wild_bootstrap_and_the_result_says_so():
    table = schools(np.random.default_rng(9), clusters=4, size=20, effect=5.0)
    effect = aw.estimate(table, replace(PLAN, covariates=()), inference="wild bootstrap")[0]
    assert effect.p_value >= 2 / 16
    assert (effect.low, effect.high) == (-math.inf, math.inf)
    assert "never show a difference" in effect.reason.en


def test_drawn_assignments_come_close_to_all_of_them(monkeypatch):
    table = schools(np.random.default_rng(10), clusters=12, size=8, effect=0.3)
    exact = aw.estimate(table, PLAN, inference="randomisation")[0]
    monkeypatch.setattr(resampling, "COUNT_ALL", 10)
    drawn = aw.estimate(table, PLAN, inference="randomisation")[0]
    three_standard_errors = 3 * math.sqrt(exact.p_value * (1 - exact.p_value) / PLAN.draws)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=three_standard_errors)
    width = exact.high - exact.low
    assert [drawn.low, drawn.high] == pytest.approx([exact.low, exact.high], abs=0.05 * width)
    again = aw.estimate(table, PLAN, inference="randomisation")[0]
    assert again == drawn
    other = aw.estimate(table, replace(PLAN, seed=1), inference="randomisation")[0]
    assert other.p_value != drawn.p_value


def test_pupils_who_were_assigned_within_schools_are_assigned_again_from_the_rows():
    rng = np.random.default_rng(11)
    table = schools(rng, clusters=3, size=4).groupby("school").head(6).reset_index(drop=True)
    halves = table.groupby("school").cumcount() % 2
    table["offered"] = halves
    plan = replace(PLAN, blocks=("school",), assigned="pupil", covariates=("before",))
    found = aw.estimate(table, plan, inference="randomisation")[0]
    dummies = pd.get_dummies(table["school"]).to_numpy(float)

    def within(T):
        X = np.column_stack([T, dummies, table["before"]])
        return np.linalg.lstsq(X, table["after"], rcond=None)[0][0]

    rows = [np.flatnonzero(table["school"] == g) for g in sorted(table["school"].unique())]
    each = []
    counts = [int(table["offered"].to_numpy()[i].sum()) for i in rows]
    ways = [itertools.combinations(i, k) for i, k in zip(rows, counts, strict=True)]
    for chosen in itertools.product(*ways):
        T = np.zeros(len(table))
        T[list(itertools.chain(*chosen))] = 1
        each.append(within(T))
    observed = within(table["offered"].to_numpy(float))
    assert found.estimate == pytest.approx(observed)
    assert found.p_value == pytest.approx(np.mean(np.abs(each) >= abs(observed) * (1 - 1e-9)))
    without_rows = aw.estimate(aw.collect(table, plan), plan, inference="randomisation")[0]
    assert without_rows.p_value is None
    assert "tabel met leerlingen" in without_rows.reason.nl


def test_schools_that_lie_in_several_blocks_are_assigned_over_all_of_them():
    table = schools(np.random.default_rng(12), clusters=6, size=6)
    table["block"] = np.arange(len(table)) % 2
    found = aw.estimate(table, replace(PLAN, blocks=("block",)), inference="randomisation")[0]
    dummies = pd.get_dummies(table["block"]).to_numpy(float)

    def within(T):
        X = np.column_stack([T, dummies, table[["before", "girl"]]])
        return np.linalg.lstsq(X, table["after"], rcond=None)[0][0]

    each = [within(T) for T in assignments(table)]
    observed = within(table["offered"].to_numpy(float))
    assert found.p_value == pytest.approx(np.mean(np.abs(each) >= abs(observed) * (1 - 1e-9)))


# ---------------------------------------------------------------- bootstrap and jackknife


@pytest.mark.proves("Inference.BOOTSTRAP", "rows, 100 draws of whole schools")
@pytest.mark.parametrize("blocks", [0, 2])
def test_a_bootstrap_draw_equals_fitting_the_drawn_schools(agree, blocks, monkeypatch):
    table = schools(np.random.default_rng(13), clusters=10, size=8, blocks=blocks)
    if blocks:
        table["block"] = table["school"].map(lambda name: int(name[1:]) // 2 % 2)
    plan = replace(PLAN, blocks=("block",) if blocks else ())
    fit, contrast = fit_of(table, plan)
    strata = np.zeros(10, dtype=int)
    times = resampling.multiplicities(strata, 100, np.random.default_rng(3))
    y, X, groups = design(table, block="block" if blocks else "")
    estimate, se = contrast @ fit.beta, None
    beta, t = [], []
    for n in times.astype(int):
        drawn = [i for i, k in zip(groups, n, strict=True) for _ in range(k)]
        rows = np.concatenate(drawn)
        edges = np.cumsum([0, *(len(i) for i in drawn)])
        own = [np.arange(a, b) for a, b in itertools.pairwise(edges)]
        if np.linalg.matrix_rank(X[rows]) < np.linalg.matrix_rank(X):
            beta.append(np.nan)
            t.append(np.inf)
            continue
        beta.append(np.linalg.lstsq(X[rows], y[rows], rcond=None)[0][0])
        t.append(abs(t_on_rows(y[rows], X[rows], own, estimate)))
    se, found = resampling.cluster_bootstrap(fit, contrast, strata, 100, np.random.default_rng(3))
    agree(se, np.nanstd(beta, ddof=1))
    observed = abs(t_on_rows(y, X, groups))
    agree(found.p_value, (np.sum(np.array(t) >= observed) + 1) / 101)
    bound = np.sort(t)[::-1][math.floor(0.05 * 101) - 1]
    own_se = abs(estimate) / observed
    agree([found.low, found.high], [estimate - bound * own_se, estimate + bound * own_se])


def test_the_bootstrap_draws_schools_within_their_arm():
    strata = np.array([0, 0, 0, 1, 1, 1, 1])
    times = resampling.multiplicities(strata, 500, np.random.default_rng(0))
    assert (times[:, :3].sum(axis=1) == 3).all()
    assert (times[:, 3:].sum(axis=1) == 4).all()
    assert times.mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)


@pytest.mark.proves("Inference.JACKKNIFE", "rows, every school left out once")
def test_the_jackknife_is_the_spread_of_the_leave_one_out_estimates(agree):
    table = schools(np.random.default_rng(14))
    effect = aw.estimate(table, PLAN, inference="jackknife")[0]
    G = table["school"].nunique()
    without = [
        aw.estimate(table[table["school"] != g], PLAN)[0].estimate for g in set(table["school"])
    ]
    agree(effect.se**2, (G - 1) / G * np.sum((np.array(without) - np.mean(without)) ** 2))
    assert effect.df == G - 1


# ---------------------------------------------------------------- several outcomes, the same draws


def two_outcomes():
    table = schools(np.random.default_rng(16), clusters=7, size=8, effect=0.5)
    rng = np.random.default_rng(17)
    table["other"] = 0.7 * table["after"] + rng.normal(size=len(table))
    # a school without the second outcome: its draws are those of the first all the same
    table.loc[table["school"] == "S03", "other"] = np.nan
    return table, replace(PLAN, outcome=("after", "other"))


@pytest.mark.proves("evidence.romano_wolf", "rows, every sign vector of two outcomes")
def test_outcomes_drawn_together_share_the_sign_of_every_school(agree):
    table, plan = two_outcomes()
    effects = aw.estimate(table, plan)
    t, draws, exact = draws_together(effects, [0, 1])
    assert exact
    assert draws.shape == (64, 2)
    names = sorted(table["school"].unique())
    each = np.empty((64, 2))
    for column, outcome in enumerate(("after", "other")):
        own = table[table[outcome].notna()].assign(after=lambda x, y=outcome: x[y])
        y, X, groups = design(own)
        here = [names.index(name) for name in sorted(own["school"].unique())]
        agree(t[column], t_on_rows(y, X, groups))
        for row, signs in enumerate(itertools.product([1.0, -1.0], repeat=6)):
            every = np.array([*signs[::-1], 1.0])
            each[row, column] = wild_on_rows(y, X, groups, every[here])
    agree(draws, each, rel=1e-7, abs=1e-9)
    found = aw.evidence.adjust(effects, ("after", "other"), "romano-wolf")
    by_hand = aw.evidence.romano_wolf(t, each, exact=True)
    assert [f.adjusted for f in found] == pytest.approx(by_hand)


# ---------------------------------------------------------------- theorems for all of them

RESAMPLED = ["wild bootstrap", "wild bootstrap, Webb", "cluster bootstrap", "randomisation"]


@pytest.mark.parametrize("inference", RESAMPLED)
@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_order_of_rows_and_units_of_the_outcome_do_not_matter(inference, seed):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=10, size=6, effect=0.3)
    here = aw.estimate(table, PLAN, inference=inference)[0]
    shuffled = table.sample(frac=1, random_state=int(rng.integers(2**31)))
    scaled = shuffled.assign(after=1e3 * shuffled["after"])
    there = aw.estimate(scaled, PLAN, inference=inference)[0]
    assert there.p_value == pytest.approx(here.p_value)
    found = [there.estimate, there.low, there.high]
    # bisection ends at 1e-10, rounding of a tie may move a limit by that much
    assert found == pytest.approx([1e3 * x for x in (here.estimate, here.low, here.high)], rel=1e-6)


@pytest.mark.parametrize("inference", RESAMPLED)
def test_zero_lies_in_the_interval_just_when_the_test_does_not_reject_it(inference):
    for seed in range(12):
        table = schools(np.random.default_rng(seed), clusters=9, size=6, effect=0.5)
        effect = aw.estimate(table, PLAN, inference=inference)[0]
        assert (effect.low <= 0 <= effect.high) == (effect.p_value > 0.05)


@pytest.mark.parametrize("inference", RESAMPLED)
def test_several_arms_are_each_compared_with_the_same_comparison(inference):
    table = schools(np.random.default_rng(15), clusters=12, size=6)
    table["offered"] = table["school"].map(lambda name: "abc"[int(name[1:]) % 3])
    plan = replace(PLAN, comparison="a")
    effects = aw.estimate(table, plan, inference=inference)
    plain = aw.estimate(table, plan)
    assert [e.arm for e in effects] == ["b", "c"]
    for one, other in zip(effects, plain, strict=True):
        assert one.estimate == pytest.approx(other.estimate)
        assert one.low < one.estimate < one.high
        assert 0 < one.p_value <= 1


class FewKeys:
    """Random numbers of which many are alike, so that the border between chosen and not is tied."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def integers(self, low, high, shape, dtype):  # noqa: ARG002  # as numpy has it
        return self.rng.integers(low, 3, shape, dtype=dtype)

    def permuted(self, T, axis):
        return self.rng.permuted(T, axis=axis)


@pytest.mark.parametrize("rng", [np.random.default_rng(1), FewKeys(2)], ids=["usual", "tied"])
def test_every_assignment_is_drawn_equally_often_also_where_keys_are_alike(rng):
    drawn = resampling._shuffled(np.tile([1.0, 1, 0, 0, 0], (60_000, 1)), rng)
    assert (drawn.sum(axis=1) == 2).all()
    found, often = np.unique(drawn, axis=0, return_counts=True)
    assert len(found) == 10
    assert ((often - 6000) ** 2 / 6000).sum() < 27.9  # chi-squared, 9 df: once in a thousand


def test_amounts_are_shuffled_too():
    drawn = resampling._shuffled(np.tile([1.0, 2, 5], (50, 1)), np.random.default_rng(3))
    assert (np.sort(drawn, axis=1) == [1, 2, 5]).all()
    assert len(np.unique(drawn, axis=0)) == 6
