"""Synthetic control: the best mixture there is, against pysyncon, and how sure one can be."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, nnls

from academic_workplace.errors import DataError, PlanError
from academic_workplace.over_time.synthetic import (
    Flag,
    Placebos,
    SyntheticControl,
    leave_one_out,
    nearest_mixture,
    placebo_in_space,
    placebo_in_time,
    synthetic_control,
)

REFERENCE = json.loads((Path(__file__).parent / "reference/synthetic.json").read_text())


def panel(
    seed: int, before: int = 20, after: int = 5, donors: int = 8, effect: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """A treated unit and its donors, moved by two things that they have in common."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(before + after, 2)).cumsum(axis=0)
    load = rng.dirichlet([2.0, 2.0], size=donors + 1).T * 2
    Y = 50 + common @ load + rng.normal(0, 0.4, (before + after, donors + 1))
    Y[before:, 0] += effect
    return Y[:, 0], Y[:, 1:]


def loss(w: np.ndarray, target: np.ndarray, points: np.ndarray) -> float:
    return float(np.sum((target - points @ w) ** 2))


# ---------------------------------------------------------------- the weights are the best


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(2, 15))
def test_weights_meet_the_conditions_of_the_best(seed, K, J) -> None:
    """Karush, Kuhn and Tucker: no donor would lower the misfit, those with weight tie."""
    rng = np.random.default_rng(seed)
    target, points = rng.normal(size=K), rng.normal(size=(K, J)) + rng.normal()
    w, _ = nearest_mixture(target, points)
    assert (w >= 0).all()
    assert abs(w.sum() - 1) < 1e-12
    cost = points.T @ (points @ w - target)
    size = np.abs(points - target[:, None]).max() ** 2 * K
    assert cost.min() >= cost @ w - 1e-9 * size
    assert np.abs(cost[w > 1e-9] - cost @ w).max() <= 1e-9 * size


@pytest.mark.proves("over_time.synthetic_control", "SciPy SLSQP and NNLS with a heavy sum")
@pytest.mark.parametrize("seed", range(12))
def test_weights_are_never_worse_than_those_of_general_solvers(agree, seed) -> None:
    y, donors = panel(seed, donors=(6, 30)[seed % 2])
    target, points = y[:20], donors[:20]
    J = points.shape[1]
    ours, unique = nearest_mixture(target, points)
    theirs = minimize(
        loss, np.full(J, 1 / J), args=(target, points), method="SLSQP", bounds=[(0, 1)] * J,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 2000},
    ).x  # fmt: skip
    heavy = 1e5
    other = nnls(np.vstack([points, np.full(J, heavy)]), np.append(target, heavy))[0]
    best = loss(ours, target, points)
    assert best <= loss(theirs / theirs.sum(), target, points) * (1 + 1e-9)
    assert best <= loss(other / other.sum(), target, points) * (1 + 1e-9)
    assert unique
    # A sum that is off by 1e-8 moves weights by about as much over the smallest direction.
    agree(ours, other, abs=2e-5, of="NNLS")


@pytest.mark.proves("over_time.synthetic_control", "every support, solved apart (brute force)")
@pytest.mark.parametrize("seed", range(20))
def test_on_small_cases_no_support_does_better(agree, seed) -> None:
    rng = np.random.default_rng(seed)
    target, points = rng.normal(size=3), rng.normal(size=(3, 5)) + (seed % 3)
    least = math.inf
    for size in range(1, 6):
        for support in map(list, itertools.combinations(range(5), size)):
            F = points[:, support]
            rest = np.linalg.lstsq(F[:, 1:] - F[:, :1], target - F[:, 0], rcond=None)[0]
            w = np.append(1 - rest.sum(), rest)
            if (w >= -1e-12).all():
                least = min(least, loss(w, target, F))
    agree(loss(nearest_mixture(target, points)[0], target, points), least, rel=1e-9, abs=1e-20)


def test_a_grid_of_mixtures_holds_none_that_is_better() -> None:
    target, points = np.array([1.0, 2.0, 0.5]), np.array([[0, 3, 1], [1, 1, 4], [2, 0, 0.0]])
    w, _ = nearest_mixture(target, points)
    steps = np.linspace(0, 1, 201)
    grid = [loss(np.array([a, b, 1 - a - b]), target, points)
            for a in steps for b in steps if a + b <= 1 + 1e-12]  # fmt: skip
    assert loss(w, target, points) <= min(grid)
    assert loss(w, target, points) >= min(grid) - 0.01


def test_where_many_mixtures_fit_the_most_even_one_is_taken_and_said() -> None:
    """The target lies within the donors: sum w^2 is least, checked by its own conditions."""
    rng = np.random.default_rng(3)
    points = rng.normal(size=(3, 12))
    target = points @ rng.dirichlet(np.ones(12))
    w, unique = nearest_mixture(target, points)
    assert not unique
    np.testing.assert_allclose(points @ w, target, atol=1e-8)
    held = minimize(
        lambda v: v @ v, np.full(12, 1 / 12), jac=lambda v: 2 * v, method="SLSQP",
        bounds=[(0, 1)] * 12, options={"ftol": 1e-15, "maxiter": 500},
        constraints={"type": "eq", "fun": lambda v: np.append(points @ v - target, v.sum() - 1)},
    )  # fmt: skip
    np.testing.assert_allclose(w, held.x, atol=1e-6)


@given(st.integers(0, 500), st.sampled_from([(3, 12), (10, 4), (5, 5)]))
def test_the_order_of_donors_and_periods_changes_nothing(seed, shape) -> None:
    rng = np.random.default_rng(seed)
    target, points = rng.normal(size=shape[0]) * 0.3, rng.normal(size=shape)
    order, rows = rng.permutation(shape[1]), rng.permutation(shape[0])
    one, unique = nearest_mixture(target, points)
    two, still = nearest_mixture(target[rows], points[rows][:, order])
    np.testing.assert_allclose(two, one[order], atol=1e-6)
    assert unique == still


@given(st.integers(0, 200), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_units_change_nothing(seed, shift, scale) -> None:
    y, donors = panel(seed)
    one = synthetic_control(y, donors, 20)
    two = synthetic_control(shift + scale * y, shift + scale * donors, 20)
    np.testing.assert_allclose(two.w, one.w, atol=1e-4)  # a shift of 1e6 costs digits
    np.testing.assert_allclose(two.average / scale, one.average, atol=1e-4 + 1e-9 * abs(shift))


def test_twin_donors_share_their_weight() -> None:
    y, donors = panel(4, donors=4)
    twice = np.column_stack([donors, donors])
    found = synthetic_control(y, twice, 20)
    once = synthetic_control(y, donors, 20)
    np.testing.assert_allclose(found.w[:4], found.w[4:], atol=1e-7)
    np.testing.assert_allclose(found.w[:4] + found.w[4:], once.w, atol=1e-7)
    assert Flag.NOT_UNIQUE in found.flags
    assert Flag.NOT_UNIQUE not in once.flags


# ---------------------------------------------------------------- against pysyncon


@pytest.mark.proves("over_time.synthetic_control", "pysyncon 1.7.0 Synth")
@pytest.mark.proves("over_time.placebo_in_space", "pysyncon 1.7.0 Synth, each donor in turn")
@pytest.mark.parametrize("key", ["pysyncon-long", "pysyncon-many"])
def test_weights_gaps_and_ratios_are_those_of_pysyncon(agree, key) -> None:
    """SLSQP stops at about 1e-6 of the misfit; its weights follow to some 1e-3."""
    case = REFERENCE[key]
    Y, start, expected = np.array(case["data"]["Y"]), case["data"]["start"], case["expected"]
    found = synthetic_control(Y[:, 0], Y[:, 1:], start)
    theirs = np.array(expected["w"])
    agree(found.w, theirs, abs=2e-3, of="Synth")
    agree(found.gap, expected["gap"], abs=2e-3)
    mine = [loss(w, Y[:start, 0], Y[:start, 1:]) for w in (found.w, theirs / theirs.sum())]
    assert mine[0] <= mine[1] * (1 + 1e-9)
    placebos = placebo_in_space(found, with_treated=False)
    agree(placebos.ratios**2, expected["mspe_ratio"], rel=1e-2, of="each donor")


@pytest.mark.proves("over_time.synthetic_control", "pysyncon 1.7.0 Synth with predictors")
def test_predictors_fit_at_least_as_well_as_those_of_pysyncon(agree) -> None:
    case = REFERENCE["pysyncon-predictors"]
    Y, X, start = np.array(case["data"]["Y"]), np.array(case["data"]["X"]), case["data"]["start"]
    expected = case["expected"]
    given = {"predictors": X[:, 0], "donor_predictors": X[:, 1:]}
    fixed = synthetic_control(Y[:, 0], Y[:, 1:], start, **given, V=expected["fixed_V"])
    agree(fixed.rmspe[0] ** 2, expected["fixed_loss_V"], rel=5e-3)
    found = synthetic_control(Y[:, 0], Y[:, 1:], start, **given)
    assert found.rmspe[0] ** 2 <= expected["loss_V"] * (1 + 1e-3)
    assert found.V is not None
    assert found.V.sum() == pytest.approx(1)
    assert placebo_in_space(found).gaps.shape == (len(Y), 11)


# ---------------------------------------------------------------- how sure


def test_a_gap_that_was_put_there_is_found() -> None:
    y, donors = panel(5, donors=24, effect=3.0)
    found = synthetic_control(y, donors, 20)
    placebos = placebo_in_space(found)
    assert found.average == pytest.approx(3, abs=0.6)
    assert placebos.rank == 1
    assert placebos.p_value() == placebos.smallest == 1 / 25
    low, high = placebos.interval() or (math.nan, math.nan)
    assert low < 3 < high
    assert low > 0


@pytest.mark.proves("over_time.placebo_in_space", "every donor's mixture made apart (rows)")
@pytest.mark.proves("Inference.PLACEBO", "every donor's mixture made apart (rows)")
@pytest.mark.parametrize("with_treated", [True, False])
def test_placebos_are_what_each_donor_would_have_given(agree, with_treated) -> None:
    y, donors = panel(6)
    Y = np.column_stack([y, donors])
    placebos = placebo_in_space(synthetic_control(y, donors, 20), with_treated=with_treated)
    for i in range(1, 9):
        others = [j for j in range(9) if j != i and (j or with_treated)]
        alone = synthetic_control(Y[:, i], Y[:, others], 20)
        agree(placebos.gaps[:, i], alone.gap, abs=1e-10)
        agree(placebos.ratios[i], alone.ratio)
    extreme = sum(r >= placebos.ratios[0] for r in placebos.ratios)
    assert placebos.p_value() == extreme / 9


@pytest.mark.proves("over_time.Placebos.interval", "p-values over a grid of effects, data changed")
@pytest.mark.proves("Inference.PLACEBO", "p-values over a grid of effects, data changed")
@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize("with_treated", [True, False])
def test_the_interval_holds_the_effects_that_are_not_rejected(agree, seed, with_treated) -> None:
    """Each effect is taken off the data and everything done again; weights stay as they are."""
    y, donors = panel(seed, donors=19)
    how = {"with_treated": with_treated}
    placebos = placebo_in_space(synthetic_control(y, donors, 20), **how)
    low, high = placebos.interval() or (math.nan, math.nan)
    kept = []
    for effect in np.linspace(low - 0.5, high + 0.5, 41):
        less = y - effect * (np.arange(25) >= 20)
        again = placebo_in_space(synthetic_control(less, donors, 20), **how)
        agree(placebos.p_value(effect), again.p_value(), rel=1e-12)
        if again.p_value() > 0.05 + 1e-9:
            kept.append(effect)
    assert low <= min(kept) <= low + (high - low + 1) / 40
    assert high - (high - low + 1) / 40 <= max(kept) <= high
    assert placebos.p_value(low - 1e-6) <= 0.05 + 1e-9 < placebos.p_value(low + 1e-9)


def test_too_few_donors_give_no_interval_but_say_what_is_possible() -> None:
    y, donors = panel(10, donors=9)
    found = synthetic_control(y, donors, 20)
    placebos = placebo_in_space(found)
    assert Flag.FEW_DONORS in found.flags
    assert placebos.smallest == pytest.approx(0.1)
    assert placebos.attainable == pytest.approx(0.9)
    assert placebos.interval() is None
    low, high = placebos.interval(0.9) or (math.nan, math.nan)
    assert low < found.average < high
    assert Flag.FEW_DONORS not in synthetic_control(*panel(10, donors=19), 20).flags


def test_when_nothing_happened_the_rank_is_even() -> None:
    """Units that any of which might have been the treated one: p <= 0.2 in a fifth of the cases."""
    rng = np.random.default_rng(11)
    small = 0
    for _ in range(300):
        Y = rng.normal(size=(9, 5))
        p = placebo_in_space(synthetic_control(Y[:, 0], Y[:, 1:], 6)).p_value()
        small += p <= 0.2 + 1e-9
    assert 0.13 * 300 <= small <= 0.27 * 300


def test_a_start_that_was_none_shows_no_gap_when_all_went_alike() -> None:
    y, donors = panel(12, effect=4.0)
    found = synthetic_control(y, donors, 20)
    fake = placebo_in_time(found)
    assert fake.start == 13
    assert len(fake.y) == 20
    assert abs(fake.average) < 0.6 < found.average
    assert placebo_in_time(found, 10).start == 10
    with pytest.raises(DataError, match="eerdere start"):
        placebo_in_time(found, 20)
    with pytest.raises(DataError, match="eerdere start"):
        placebo_in_time(synthetic_control(y[17:], donors[17:], 3))


@pytest.mark.proves("over_time.leave_one_out", "the mixture made again without each (rows)")
def test_without_each_donor_the_mixture_is_made_again(agree) -> None:
    y, donors = panel(13)
    found = synthetic_control(y, donors, 20, names=list("abcdefgh"))
    out = leave_one_out(found)
    assert set(out) == {n for n, w in zip("abcdefgh", found.w, strict=True) if w > 1e-6}
    for name, average in out.items():
        keep = [j for j in range(8) if "abcdefgh"[j] != name]
        agree(average, synthetic_control(y, donors[:, keep], 20).average, rel=1e-9)
    assert leave_one_out(synthetic_control(y, donors[:, :2], 20)) == {}


# ---------------------------------------------------------------- what must be said


def test_a_perfect_fit_is_no_proof_and_gives_no_interval() -> None:
    """Of as many donors as there are directions: the ratio is infinite, and nothing is sure."""
    rng = np.random.default_rng(14)
    donors = rng.normal(size=(6, 30))
    y = donors @ rng.dirichlet(np.ones(30)) + np.array([0, 0, 0, 0, 1, 1])
    found = synthetic_control(y, donors, 4)
    assert {Flag.PERFECT_FIT, Flag.NOT_UNIQUE, Flag.FEW_BEFORE} <= set(found.flags)
    assert found.ratio == math.inf
    placebos: Placebos = placebo_in_space(found)
    assert placebos.interval() is None
    assert 1 / 31 <= placebos.p_value() <= 1


def test_a_unit_beyond_all_donors_is_flagged() -> None:
    y, donors = panel(5)
    found: SyntheticControl = synthetic_control(y + 30, donors, 20)
    assert {Flag.OUTSIDE, Flag.POOR_FIT} <= set(found.flags)
    assert found.w.max() == pytest.approx(1, abs=0.5)
    assert not {Flag.OUTSIDE, Flag.POOR_FIT} & set(synthetic_control(y, donors, 20).flags)


def test_donors_that_are_all_alike_and_flat_do_not_break() -> None:
    found = synthetic_control(np.full(8, 3.0), np.full((8, 4), 3.0), 5)
    np.testing.assert_allclose(found.w, 0.25)
    assert found.average == 0
    assert placebo_in_space(found).interval() is None
    assert placebo_in_space(found).p_value() == 1


@pytest.mark.parametrize(
    ("change", "error", "word"),
    [
        ({"y": [1, 2, np.nan, 4, 5]}, DataError, "ontbreken"),
        ({"y": [1, 2, "x", 4, 5]}, DataError, "vorm"),
        ({"y": [1, 2, 3, 4]}, DataError, "vorm"),
        ({"donors": np.ones((5, 1))}, DataError, "1 school"),
        ({"donors": np.full((5, 3), np.inf)}, DataError, "ontbreken"),
        ({"donors": np.ones(5)}, DataError, "vorm"),
        ({"start": 2}, DataError, "2 metingen"),
        ({"start": 5}, DataError, "daarna 0"),
        ({"start": "3"}, PlanError, "start"),
        ({"names": ["a", "a", "b"]}, PlanError, "namen"),
        ({"names": ["a"]}, PlanError, "namen"),
        ({"predictors": [1.0]}, PlanError, "voorspellers"),
        ({"V": [1.0]}, PlanError, "voorspellers"),
        ({"predictors": [1.0], "donor_predictors": [[1.0, 1, 1]]}, DataError, "overal gelijk"),
        ({"predictors": [1.0], "donor_predictors": [[1.0, 2]]}, DataError, "vorm"),
        ({"predictors": [1.0], "donor_predictors": [[1.0, 2, 3]], "V": [-1]}, PlanError, "V"),
    ],
)
def test_what_cannot_be_mixed_is_refused(change, error, word) -> None:
    donors = np.arange(15.0).reshape(5, 3) ** 1.5
    with pytest.raises(error, match=word):
        synthetic_control(**({"y": [1, 2, 3, 4, 6], "donors": donors, "start": 3} | change))


def test_both_too_few_donors_and_too_few_periods_are_told_at_once() -> None:
    with pytest.raises(DataError) as error:
        synthetic_control([1, 2, 3], np.ones((3, 1)), 2)
    assert len(error.value.faults) == 2
