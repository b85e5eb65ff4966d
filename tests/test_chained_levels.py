"""Thresholds of levels in order: their posterior by brute force, and levels that few rows have."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_ndtr, ndtr

import academic_workplace as aw
from academic_workplace.effects.imputed import _cautions
from academic_workplace.effects.result import Caution
from academic_workplace.missing import thresholds
from academic_workplace.missing.chained import STUCK, TOO_FAR, Column, Kind, chained, kind_of
from academic_workplace.missing.thresholds import draw, levels_of


def generators(b, seed):
    return [np.random.default_rng([seed, k]) for k in range(b)]


def turns(code, eta, times, b, seed):
    """(times, b, c) thresholds of b chains on the same eta, and the share of turns that moved."""
    levels = levels_of(code)
    cuts = np.repeat(levels.at_shares[None], b, axis=0)
    eta = np.repeat(eta[None], b, axis=0) if eta.ndim == 1 else eta
    rngs, out, moves = generators(b, seed), [], []
    for _ in range(times):
        cuts, moved = draw(rngs, levels, cuts, eta)
        out.append(cuts)
        moves.append(moved)
    return np.array(out), np.array(moves)


def log_likelihood(code, cuts, eta):
    """(...,) of thresholds (..., c), by the tails themselves."""
    ends = np.full((*cuts.shape[:-1], 1), np.inf)
    edges = np.concatenate([-ends, cuts, ends], axis=-1)
    low, high = edges[..., code] - eta, edges[..., code + 1] - eta
    return np.log(np.maximum(ndtr(high) - ndtr(low), 1e-300)).sum(axis=-1)


@pytest.mark.parametrize("rare", [0, 1, 2])
@pytest.mark.proves("missing.chained", "the posterior of two thresholds on a grid")
def test_two_thresholds_follow_their_posterior_on_a_grid(agree, rare):
    """Of three levels one is that of a single row: the lowest, the middle or the highest."""
    rng = np.random.default_rng(31)
    eta = rng.normal(size=25)
    code = np.array([[0, 1], [0, 2], [1, 2]][2 - rare])[(eta + rng.normal(size=25) > 0).astype(int)]
    code[7] = rare
    first, log_gap = np.linspace(-6, 5, 700), np.linspace(-9, 2.5, 700)
    a, gap = np.meshgrid(first, np.exp(log_gap), indexing="ij")
    logp = log_likelihood(code, np.stack([a, a + gap], axis=-1), eta) + np.log(gap)
    p = np.exp(logp - logp.max())
    p /= p.sum()
    assert max(p[0].max(), p[-1].max(), p[:, 0].max(), p[:, -1].max()) < 1e-3 * p.max()
    found, moved = turns(code, eta, 60, 400, seed=1)
    found = found[10:].reshape(-1, 2)
    assert moved.mean() > 0.6
    for ours, values in ((found[:, 0], a), (np.log(np.diff(found)[:, 0]), np.log(gap))):
        mean = (p * values).sum()
        sd = ((p * values**2).sum() - mean**2) ** 0.5
        agree(ours.mean(), mean, rel=0, abs=6 * sd / 20_000**0.5 * 1.6)
        agree(ours.std(), sd, rel=0.05)
        for tail in (0.02, 0.5, 0.98):  # shares below what the grid says
            order = np.argsort(values, axis=None)
            at = values.ravel()[order][np.searchsorted(np.cumsum(p.ravel()[order]), tail)]
            assert (ours < at).mean() == pytest.approx(tail, abs=0.015)


def walked(code, cuts, eta, rng, times, wide=(0.15, 0.5)):
    """(b, c) thresholds after so many turns of a random walk, one threshold at a time."""
    now = log_likelihood_of(code, cuts, eta)
    for turn in range(times):
        for j in range(cuts.shape[1]):
            tried = cuts.copy()
            tried[:, j] += wide[turn % len(wide)] * rng.normal(size=len(cuts))
            there = log_likelihood_of(code, tried, eta)
            yes = np.log(rng.random(len(cuts))) < there - now
            cuts, now = np.where(yes[:, None], tried, cuts), np.where(yes, there, now)
    return cuts


def log_likelihood_of(code, cuts, eta):
    """(b,) as above, with thresholds out of order never."""
    ordered = (np.diff(cuts, axis=1) > 0).all(axis=1)
    ends = np.full((len(cuts), 1), np.inf)
    edges = np.concatenate([-ends, np.sort(cuts, axis=1), ends], axis=1)
    mass = ndtr(edges[:, code + 1] - eta) - ndtr(edges[:, code] - eta)
    return np.where(ordered, np.log(np.maximum(mass, 1e-300)).sum(axis=1), -np.inf)


def days(rng, n):
    """Days absent, 0 to 6: of the highest there are one or two. And what they go with."""
    x = rng.normal(size=n)
    return x, np.clip(rng.poisson(np.exp(0.5 + 0.4 * x)), 0, 6).astype(float)


def test_seven_levels_with_rare_ones_follow_a_long_random_walk():
    rng = np.random.default_rng(32)
    x, y = days(rng, 60)
    code = np.unique(y, return_inverse=True)[1]
    assert np.bincount(code).min() <= 2
    eta = 0.5 * x + 0.3 * rng.normal(size=(300, 60))  # every chain has its own
    found, moved = turns(code, eta, 40, 300, seed=2)
    found = found[10:]
    assert moved.mean() > 0.6
    start = np.repeat(levels_of(code).at_shares[None], 300, axis=0)
    start, long = walked(code, start, eta, rng, 60), []
    for _ in range(60):
        start = walked(code, start, eta, rng, 4, (0.2, 0.6, 1.2, 0.4))
        long.append(start)
    long = np.array(long)
    for of in (lambda a: a[..., 0], lambda a: a[..., -1], lambda a: np.log(np.diff(a)).sum(-1),
               lambda a: np.diff(a)[..., -1]):  # fmt: skip
        ours, theirs = of(found), of(long)
        error = np.hypot(*[a.mean(axis=0).std() / 300**0.5 for a in (ours, theirs)])
        assert abs(ours.mean() - theirs.mean()) < 4 * error
        assert ours.std() == pytest.approx(theirs.std(), rel=0.06)


def test_tables_differ_as_much_as_those_of_a_random_walk(monkeypatch):
    """The spread between tables is what a pooled standard error adds: off by a quarter before."""
    rng = np.random.default_rng(33)
    x, y = days(rng, 90)
    gone = rng.random(90) < 0.35
    columns = [Column("y", np.where(gone, np.nan, y), Kind.LEVELS), Column("x", x, Kind.NUMBER)]

    def means():
        found = chained(columns, np.arange(90) // 15, imputations=500, cycles=12, seed=4)
        return found.drawn["y"].mean(axis=1), (found.drawn["y"] >= 4).mean(axis=1)

    ours = means()

    def walk(_rngs, levels, cuts, eta):
        return walked(levels.code, cuts, eta, rng, 8), np.ones(len(cuts), dtype=bool)

    monkeypatch.setattr(thresholds, "draw", walk)
    for a, b in zip(ours, means(), strict=True):
        error = np.hypot(a.std(), b.std()) / 500**0.5
        assert abs(a.mean() - b.mean()) < 4 * error
        assert a.std() == pytest.approx(b.std(), rel=4 / 500**0.5)  # of two: 1 / sqrt(500) each


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6), levels=st.integers(2, 7), each=st.integers(1, 3),
    common=st.integers(0, 60), width=st.sampled_from([0.0, 0.5, 2.0, 8.0, 40.0]),
    apart=st.booleans(),
)  # fmt: skip
def test_thresholds_rise_and_move_whatever_levels_are_rare(
    seed, levels, each, common, width, apart
):
    """No warning, no matter how few have a level, how wide eta is, or how well it tells levels."""
    rng = np.random.default_rng(seed)
    code = np.concatenate([np.repeat(np.arange(levels), each), np.full(common, seed % levels)])
    eta = width * (np.sort(rng.normal(size=(8, len(code))), axis=1)[:, np.argsort(np.argsort(code))]
                   if apart else rng.normal(size=(8, len(code)))) + seed % 5  # fmt: skip
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        found, moved = turns(code, eta, 40, 8, seed=seed)
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=2) > 0).all()
    assert moved.mean() > 0.2  # of 7 levels of a row each, 40 apart; 0.8 is common
    assert moved.any(axis=0).all()


@pytest.mark.parametrize("seed", range(6))
def test_days_absent_are_filled_in_without_a_warning_and_every_chain_moves(seed):
    rng = np.random.default_rng([34, seed])
    x, y = days(rng, 80)
    y[rng.random(80) < 0.3] = np.nan
    columns = [Column("y", y, kind_of(y)), Column("x", x, Kind.NUMBER)]
    with np.errstate(all="raise", under="ignore"):
        found = chained(columns, np.arange(80) // 8, arms=np.arange(80) // 8 % 2, seed=seed)
    assert found.rhat["y"] < TOO_FAR
    assert set(found.drawn["y"].ravel()) <= set(y[~np.isnan(y)])


def test_thresholds_that_stand_still_are_said_and_chains_go_on_before(monkeypatch):
    rng = np.random.default_rng(35)
    x, y = days(rng, 80)
    y[:20] = np.nan
    columns = [Column("y", y, kind_of(y)), Column("x", x, Kind.NUMBER)]
    plain = chained(columns, np.arange(80) // 8, imputations=5)
    assert plain.cycles == 20
    assert plain.rhat["y"] < TOO_FAR

    def one_stands(rngs, levels, cuts, eta):
        out, moved = draw(rngs, levels, cuts, eta)
        out[2], moved[2] = cuts[2], False
        return out, moved

    monkeypatch.setattr(thresholds, "draw", one_stands)
    found = chained(columns, np.arange(80) // 8, imputations=5)
    assert found.cycles == 100
    assert found.rhat["y"] == np.inf  # and of what is filled in nothing need show it
    short = chained(columns, np.arange(80) // 8, imputations=5, cycles=STUCK - 5)
    assert short.rhat["y"] < np.inf  # too few turns to tell


def test_an_effect_says_that_chains_stood_still(monkeypatch):
    rng = np.random.default_rng(36)
    x, y = days(rng, 160)
    y[rng.random(160) < 0.2] = np.nan
    table = pd.DataFrame({"x": x, "y": y, "school": np.arange(160) // 16,
                          "t": np.arange(160) // 16 % 2})  # fmt: skip
    plan = aw.Plan(outcome="y", treatment="t", cluster="school", comparison="0", allocation="lot",
                   covariates=("x",), missing="multiple imputation", imputations=3)  # fmt: skip
    assert Caution.CHAINS_APART not in aw.estimate(table, plan)[0].cautions

    def still(_rngs, _levels, cuts, _eta):
        return cuts, np.zeros(len(cuts), dtype=bool)

    monkeypatch.setattr(thresholds, "draw", still)
    effects = aw.estimate(table, plan)
    assert Caution.CHAINS_APART in effects[0].cautions
    assert Caution.CHAINS_APART in _cautions(effects.detail(effects[0]))
    assert "nan" not in effects.detail(effects[0]).explain("en").lower()


def test_a_row_far_out_keeps_its_digits():
    """Where a probability is below the smallest number, its log is that of the tail."""
    code = np.array([0, 0, 1, 1, 2, 2])
    levels, cuts = levels_of(code), np.array([[-1.0, 1.0]])
    for far in (np.array([60.0, 0, 0, 0, 0, 0]), np.array([0, 0, 0, 0, 0, -70.0])):
        found = thresholds._log_posterior(levels, thresholds._logs(cuts), far[None])
        rest = np.delete(code, np.argmax(np.abs(far)))
        expected = log_ndtr(-1 - np.abs(far).max()) + log_likelihood(rest, cuts, 0 * rest)
        np.testing.assert_allclose(found - np.log(2), expected, rtol=1e-9)
    middle = np.array([[0.0, 0, 60.0, 0, 0, 0]])
    found = thresholds._log_posterior(levels, thresholds._logs(cuts), middle) - np.log(2)
    rest = log_likelihood(np.delete(code, 2), cuts, 0.0)
    np.testing.assert_allclose(found, rest + log_ndtr(-59.0), rtol=1e-9)


@pytest.mark.parametrize("width", [0.5, 3.0, 12.0])
def test_the_middle_of_the_proposal_is_the_mode(monkeypatch, width):
    """From a start that may be far off, in steps that have to climb."""
    monkeypatch.setattr(thresholds, "NEAR", 1e-9)
    rng = np.random.default_rng(37)
    code = np.concatenate([np.arange(5), [0] * 30, [3] * 4])
    eta = width * rng.standard_t(3, size=(200, len(code)))
    levels = levels_of(code)
    eta = eta[:, levels.order]
    mode, precision = thresholds._proposal(levels, eta)
    top = thresholds._log_posterior(levels, mode, eta)
    sd = 1 / np.sqrt(np.diagonal(precision, axis1=1, axis2=2))
    for j in range(4):
        for step in (-0.05, 0.05):
            tried = mode.copy()
            tried[:, j] += step * sd[:, j]
            assert (thresholds._log_posterior(levels, tried, eta) < top).all()


def test_what_follows_the_posterior_goes_on_to_wherever_is_proposed(monkeypatch):
    """From draws of the grid, and a proposal beside the mode: most are turned down at first, so
    that the second ones have to be right too."""
    rng = np.random.default_rng(38)
    eta = rng.normal(size=12)
    code = np.repeat([0, 1, 2], [5, 3, 4])[np.argsort(np.argsort(eta + rng.normal(size=12)))]
    first, log_gap = np.linspace(-4, 4, 600), np.linspace(-7, 3, 600)
    a, gap = np.meshgrid(first, np.exp(log_gap), indexing="ij")
    logp = log_likelihood(code, np.stack([a, a + gap], axis=-1), eta) + np.log(gap)
    p = np.exp(logp - logp.max()).ravel()
    at = rng.choice(p.size, 60_000, p=p / p.sum())
    start = np.column_stack([a.ravel()[at], np.log(gap.ravel()[at])])
    start += rng.uniform(-0.5, 0.5, start.shape) * [first[1] - first[0], log_gap[1] - log_gap[0]]
    right = thresholds._proposal

    def beside(levels, eta):
        mode, precision = right(levels, eta)
        return mode + [1.0, -1.0] / np.sqrt(np.diagonal(precision, axis1=1, axis2=2)), precision

    monkeypatch.setattr(thresholds, "_proposal", beside)
    monkeypatch.setattr(thresholds, "SMALL", 1.5)
    cuts, levels = thresholds._cuts(start), levels_of(code)
    for _ in range(3):
        cuts, moved = draw([rng] * len(cuts), levels, cuts, np.repeat(eta[None], len(cuts), axis=0))
    assert moved.mean() > 0.4
    now = thresholds._logs(cuts)
    apart = (now.mean(axis=0) - start.mean(axis=0)) / (start.std(axis=0) / 60_000**0.5)
    assert (np.abs(apart) < 5).all(), apart
    wide = (now.std(axis=0) / start.std(axis=0) - 1) * 60_000**0.5
    assert (np.abs(wide) < 5).all(), wide


def test_steps_that_go_too_far_are_halved_until_they_climb(monkeypatch):
    monkeypatch.setattr(thresholds, "NEAR", 1e-9)
    rng = np.random.default_rng(39)
    levels = levels_of(np.concatenate([np.arange(5), [0] * 30, [3] * 4]))
    eta = 2 * rng.normal(size=(50, 39))
    mode, _ = thresholds._proposal(levels, eta)
    step = thresholds._step

    def too_far(score, precision):
        once, far = step(score, precision)
        return 6 * once, far

    monkeypatch.setattr(thresholds, "_step", too_far)
    np.testing.assert_allclose(thresholds._proposal(levels, eta)[0], mode, atol=1e-3)
