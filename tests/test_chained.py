"""Chained equations: posteriors by brute force, no bias by what is seen, and nothing invented."""

import pickle

import numpy as np
import pytest

from academic_workplace.errors import DataError
from academic_workplace.missing.chained import (
    CUT_SLOPE,
    SLOPE,
    Column,
    Kind,
    chained,
    gelman_rubin,
    kind_of,
)
from academic_workplace.missing.pooling import pooled


def columns_of(table, **kinds):
    return [
        Column(name, np.asarray(x, dtype=float), kinds.get(name, kind_of(np.asarray(x, float))))
        for name, x in table.items()
    ]


def test_complete_data_stay_as_they_are_to_the_last_digit():
    rng = np.random.default_rng(1)
    columns = columns_of({"x": rng.normal(size=30), "b": rng.integers(0, 2, 30)})
    found = chained(columns, np.arange(30) % 5, imputations=3, seed=1)
    assert not found.rows
    assert not found.rhat
    for column in columns:
        assert found.filled(column, 2) is column.values


def test_what_is_known_is_never_changed_and_every_value_keeps_its_kind():
    rng = np.random.default_rng(2)
    n = 200
    x = rng.normal(size=n)
    table = {
        "x": x,
        "yes": (x + rng.normal(size=n) > 0).astype(float),
        "step": np.clip(np.round(x + rng.normal(size=n) + 3), 1, 5),
        "half": rng.integers(2, 5, n) / 2,
        "kind": rng.integers(0, 4, n).astype(float),
    }
    whole = {name: v.copy() for name, v in table.items()}
    for name, v in table.items():
        v[rng.random(n) < 0.2] = np.nan
        assert np.isnan(v).any(), name
    columns = columns_of(table, kind=Kind.CATEGORY, half=Kind.LEVELS)
    found = chained(columns, np.arange(n) % 8, imputations=4, cycles=3, seed=1)
    for column in columns:
        for k in range(4):
            filled, known = found.filled(column, k), ~column.gaps
            assert np.array_equal(filled[known], whole[column.name][known])
            assert not np.isnan(filled).any()
            if column.name != "x":
                assert set(filled) <= set(whole[column.name])
    assert len(np.unique(found.drawn["step"])) > 2


def test_levels_are_few_whole_numbers_or_two_values():
    assert kind_of(np.array([0.0, 1.0, np.nan])) is Kind.LEVELS
    assert kind_of(np.array([0.5, 1.25, np.nan])) is Kind.LEVELS
    assert kind_of(np.array([1.0, 2.0, 5.0])) is Kind.LEVELS
    assert kind_of(np.arange(8.0)) is Kind.NUMBER
    assert kind_of(np.array([0.5, 1.0, 2.0])) is Kind.NUMBER


def test_the_same_seed_gives_the_same_and_a_chain_does_not_hang_on_how_many_there_are():
    rng = np.random.default_rng(3)
    table = {"x": rng.normal(size=60), "y": rng.normal(size=60)}
    table["y"][:20] = np.nan
    columns, clusters = columns_of(table), np.arange(60) % 6
    three = chained(columns, clusters, imputations=3, cycles=2, seed=5).drawn["y"]
    five = chained(columns, clusters, imputations=5, cycles=2, seed=5).drawn["y"]
    other = chained(columns, clusters, imputations=3, cycles=2, seed=6).drawn["y"]
    np.testing.assert_allclose(three, five[:3], rtol=1e-9)
    assert not np.allclose(three, other)


def test_a_drawn_number_follows_the_posterior_of_brute_force():
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(4), 4)
    x = rng.normal(size=16)
    y = 1 + x + np.array([1.0, -1.0, 0.5, 0.0])[g] + 0.5 * rng.normal(size=16)
    y[[0, 1, 5, 12, 13, 14, 15]] = np.nan  # the last school has no answer at all
    found = chained(columns_of({"x": x, "y": y}), g, imputations=3000, cycles=15, seed=1)
    seen = ~np.isnan(y)
    mean, sd = y[seen].mean(), y[seen].std()
    X = np.column_stack([np.ones(16), (x - x.mean()) / x.std()])
    Zy = (y[seen] - mean) / sd
    same = (g[:, None] == g).astype(float)
    steps = np.linspace(-4.5, 3.5, 70)
    weights, means, variances = [], [], []
    for s in np.exp(steps):  # sigma2
        for tau in np.exp(np.linspace(-5, 3.5, 70)):
            V = s * np.eye(16) + tau**2 * same + X @ np.diag([1e6, s / SLOPE]) @ X.T
            A, B = V[np.ix_(seen, seen)], V[np.ix_(~seen, seen)]
            w = np.linalg.solve(A, Zy)
            _, logdet = np.linalg.slogdet(A)
            # on the logs of sigma2 (flat) and tau (half-Cauchy times its Jacobian)
            weights.append(-0.5 * (logdet + Zy @ w) + np.log(tau / (1 + tau**2)))
            means.append(B @ w)
            variances.append(np.diag(V)[~seen] - (B * np.linalg.solve(A, B.T).T).sum(1))
    w = np.exp(np.array(weights) - max(weights))
    w /= w.sum()
    expected = w @ np.array(means)
    spread = np.sqrt(w @ (np.array(variances) + np.array(means) ** 2) - expected**2)
    drawn = (found.drawn["y"] - mean) / sd
    np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=5 * spread.max() / 3000**0.5)
    inner = np.subtract(*np.quantile(drawn, [0.9, 0.1], axis=0))
    outer = np.subtract(*np.quantile(drawn, [0.5, 0.1], axis=0))
    assert (inner > outer).all()
    near = drawn.std(axis=0)[[0, 1, 2]]  # of schools with answers; the other has heavy tails
    np.testing.assert_allclose(near, spread[[0, 1, 2]], rtol=0.12)


@pytest.mark.parametrize("levels", [2, 3])
def test_a_drawn_level_follows_the_posterior_of_brute_force(levels):
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(3), 6)
    x = np.tile([-1.5, -0.9, -0.2, 0.3, 0.8, 1.5], 3)
    y = np.digitize(x + rng.normal(size=18), [-0.6, 0.7][: levels - 1] if levels > 2 else [0.0])
    y = y.astype(float)
    gone = np.array([2, 9, 17])
    y[gone] = np.nan
    assert len(np.unique(y[~np.isnan(y)])) == levels
    found = chained(
        columns_of({"x": x, "y": y}, y=Kind.LEVELS, x=Kind.NUMBER), g, imputations=2500, cycles=15
    )
    # by importance: slope and tau from their priors, thresholds flat
    N = 400_000
    slope = rng.normal(size=N) / CUT_SLOPE**0.5
    tau = np.abs(rng.standard_cauchy(N))
    u = rng.normal(size=(N, 3)) * tau[:, None]
    wide = 4.0
    cuts = np.sort(rng.normal(size=(N, levels - 1)) * wide, axis=1)
    log_w = 0.5 * (cuts**2).sum(axis=1) / wide**2
    from scipy.special import ndtr

    eta = slope[:, None] * ((x - x.mean()) / x.std()) + u[:, g]
    edges = np.column_stack([np.full(N, -np.inf), cuts, np.full(N, np.inf)])
    for i in np.flatnonzero(~np.isnan(y)):
        k = int(y[i])
        p = ndtr(edges[:, k + 1] - eta[:, i]) - ndtr(edges[:, k] - eta[:, i])
        log_w += np.log(np.maximum(p, 1e-300))
    w = np.exp(log_w - log_w.max())
    w /= w.sum()
    assert 1 / (w**2).sum() > 800  # draws that count
    for j, i in enumerate(gone):
        expected = [w @ (ndtr(edges[:, k + 1] - eta[:, i]) - ndtr(edges[:, k] - eta[:, i]))
                    for k in range(levels)]  # fmt: skip
        shares = [(found.drawn["y"][:, j] == k).mean() for k in range(levels)]
        np.testing.assert_allclose(shares, expected, atol=0.05)


def a_sample(rng, kind, apart=True):
    """Answers that are missing by what is seen; the mean of all is 0 (or a share of a half)."""
    G, size = 24, 12
    g = np.repeat(np.arange(G), size)
    x = rng.normal(size=G * size) + 0.5 * rng.normal(size=G)[g]
    y = x + 0.5 * rng.normal(size=G)[g] + rng.normal(size=G * size)
    if kind is Kind.LEVELS:
        y = (y > 0).astype(float)
    gone = rng.random(len(x)) < 1 / (1 + np.exp(-1.5 * x + 0.5))
    return g, x, y, np.where(gone, np.nan, y)


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.LEVELS])
def test_what_is_missing_by_what_is_seen_does_no_harm(kind):
    """The complete cases are far off; pooled, the mean is right and its interval keeps its word."""
    rng = np.random.default_rng(8)
    truth, errors, held, plain = (0.5 if kind is Kind.LEVELS else 0.0), [], [], []
    for seed in range(60):
        g, x, _, seen = a_sample(rng, kind)
        columns = columns_of({"x": x, "y": seen}, y=kind)
        found = chained(columns, g, imputations=8, cycles=4, seed=seed)
        means, variances = [], []
        for k in range(8):
            filled = np.bincount(g, found.filled(columns[1], k)) / 12
            means.append(filled.mean())
            variances.append(filled.var(ddof=1) / len(filled))
        answer = pooled(means, variances, 23)
        errors.append(answer.estimate - truth)
        held.append(answer.low < truth < answer.high)
        plain.append(np.nanmean(seen) - truth)
    size = np.std(errors) / 60**0.5
    assert abs(np.mean(errors)) < 3 * size
    assert abs(np.mean(plain)) > 10 * size
    assert 0.88 <= np.mean(held) <= 1.0


def test_what_is_drawn_is_as_alike_within_clusters_as_what_was_measured():
    rng = np.random.default_rng(9)
    g = np.repeat(np.arange(40), 25)
    y = rng.normal(size=40)[g] + rng.normal(size=1000)
    seen = np.where(rng.random(1000) < 0.5, np.nan, y)
    found = chained(columns_of({"y": seen}), g, imputations=2, cycles=5)
    at = found.rows["y"]
    size = np.bincount(g[at])
    means = np.bincount(g[at], found.drawn["y"][0]) / size
    truth = np.bincount(g, np.nan_to_num(seen)) / np.bincount(g, ~np.isnan(seen))
    assert np.corrcoef(means, truth)[0, 1] > 0.9


@pytest.mark.proves("missing.chained", "statsmodels MICE, mean of 20 imputations")
def test_means_are_those_of_statsmodels_mice(agree):
    import pandas as pd
    from statsmodels.imputation.mice import MICEData

    rng = np.random.default_rng(10)
    n = 400
    a = rng.normal(size=n)
    b = 2 + a + rng.normal(size=n)
    c = b - a + rng.normal(size=n)
    table = pd.DataFrame({"a": a, "b": b, "c": c})
    table.loc[(a > 0) & (rng.random(n) < 0.6), "b"] = np.nan
    table.loc[rng.random(n) < 0.2, "c"] = np.nan
    columns = columns_of({name: table[name].to_numpy() for name in table})
    found = chained(columns, np.zeros(n, dtype=int), imputations=20, cycles=5, seed=1)
    np.random.seed(1)  # statsmodels draws from it
    mice = MICEData(table)
    drawn = []
    for _ in range(20):
        mice.update_all(3)
        drawn.append(mice.data[["b", "c"]].mean().to_numpy())
    ours = [[found.filled(x, k).mean() for x in columns[1:]] for k in range(20)]
    apart = np.sqrt(np.var(ours, axis=0) + np.var(drawn, axis=0)) / 20**0.5
    assert (np.abs(np.mean(ours, axis=0) - np.mean(drawn, axis=0)) < 5 * apart + 0.02).all()
    agree(np.mean(ours, axis=0), np.mean(drawn, axis=0), rel=0.05)


def test_categories_without_an_order_keep_the_shares_that_go_with_what_is_seen():
    rng = np.random.default_rng(15)
    n = 1500
    x = rng.normal(size=n)
    kind = np.array([0.0, 1.0, 2.0])[np.argmax(
        np.column_stack([0.0 * x, 1.2 * x, -0.8 * x + 0.5]) + rng.gumbel(size=(n, 3)), axis=1
    )]  # fmt: skip
    gone = rng.random(n) < 0.7 / (1 + np.exp(-2 * x))
    columns = columns_of({"x": x, "kind": np.where(gone, np.nan, kind)}, kind=Kind.CATEGORY)
    found = chained(columns, np.arange(n) % 30, imputations=20, cycles=8, seed=1)
    for part in (x[found.rows["kind"]] > 0.5, x[found.rows["kind"]] < 0.5):
        drawn, truth = found.drawn["kind"][:, part], kind[found.rows["kind"]][part]
        for k in range(3):
            assert (drawn == k).mean() == pytest.approx((truth == k).mean(), abs=0.07)


def test_an_arm_has_a_model_of_its_own_where_it_can():
    rng = np.random.default_rng(11)
    n = 400
    arm = np.arange(n) % 2
    x = rng.normal(size=n)
    y = np.where(arm == 1, x, -x) + 0.1 * rng.normal(size=n)
    seen = np.where(rng.random(n) < 0.3, np.nan, y)
    columns, g = columns_of({"x": x, "y": seen}), np.arange(n) // 20
    own = chained(columns, g, arms=arm, imputations=2, cycles=3)
    assert not own.together
    assert np.abs(own.drawn["y"][0] - y[own.rows["y"]]).mean() < 0.3
    few = np.where((arm == 1) & (np.arange(n) > 10), np.nan, y)
    assert chained(columns_of({"x": x, "y": few}), g, arms=arm, imputations=2, cycles=2).together


def test_order_of_rows_changes_the_draws_and_not_what_they_are_drawn_from():
    rng = np.random.default_rng(12)
    g, x, _, seen = a_sample(rng, Kind.NUMBER)
    turn = rng.permutation(len(g))
    means = []
    for rows in (np.arange(len(g)), turn):
        columns = columns_of({"x": x[rows], "y": seen[rows]})
        found = chained(columns, g[rows], imputations=300, cycles=3, seed=1)
        at = np.argsort(rows[found.rows["y"]])
        means.append(found.drawn["y"][:, at])
    apart = means[0].mean(axis=0) - means[1].mean(axis=0)
    size = means[0].std(axis=0) * (2 / 300) ** 0.5
    assert np.abs(apart / size).mean() < 1.1  # 0.8 of normal numbers
    assert np.abs(apart / size).max() < 5


def test_levels_that_are_perfectly_separated_stay_finite():
    x = np.linspace(-2, 2, 60)
    y = (x > 0).astype(float)
    y[[5, 50]] = np.nan
    found = chained(columns_of({"x": x, "y": y}), np.arange(60) % 6, imputations=20, cycles=10)
    assert np.isfinite(found.drawn["y"]).all()
    assert found.drawn["y"].mean(axis=0)[0] < 0.2
    assert found.drawn["y"].mean(axis=0)[1] > 0.8


def test_odd_columns_are_no_problem():
    """One value for everybody, a column that follows from another, clusters of one pupil."""
    rng = np.random.default_rng(13)
    x = rng.normal(size=40)
    seven = np.full(40, 7.0)
    seven[3] = np.nan
    same = 2 * x + 1
    same[:4] = np.nan
    found = chained(columns_of({"x": x, "same": same, "seven": seven}), np.arange(40),
                    imputations=2, cycles=4)  # fmt: skip
    assert set(found.drawn["seven"].ravel()) == {7.0}
    np.testing.assert_allclose(found.drawn["same"][0], 2 * x[:4] + 1, atol=0.5)


def test_a_column_that_is_empty_for_a_whole_arm_is_named():
    arm = np.arange(20) % 2
    y = np.where(arm == 1, np.nan, 1.0)
    with pytest.raises(DataError) as error:
        chained(columns_of({"x": np.arange(20.0), "y": y}), np.arange(20) // 2, arms=arm)
    assert [fault.column for fault in error.value.faults] == ["y"]


def test_imputed_values_are_never_pickled_nor_shown():
    y = np.array([1.5, 2.25, np.nan, 4.125, 9.0])
    found = chained(columns_of({"y": y}), np.arange(5), imputations=2, cycles=1)
    with pytest.raises(TypeError):
        pickle.dumps(found)
    assert "drawn" not in repr(found)


def test_chains_that_stand_apart_go_on():
    """Two columns that tell almost the same, often missing together: slow."""
    rng = np.random.default_rng(16)
    x = rng.normal(size=120)
    table = {"a": x + 0.05 * rng.normal(size=120), "b": x + 0.05 * rng.normal(size=120)}
    for v in table.values():
        v[:80] = np.nan
    table["c"] = rng.normal(size=120)
    slow = chained(columns_of(table), np.arange(120) % 6, imputations=10, seed=1)
    assert slow.cycles > 20
    quick = {"a": np.where(np.arange(120) < 10, np.nan, x), "c": table["c"]}
    found = chained(columns_of(quick), np.arange(120) % 6, imputations=10, seed=1)
    assert found.cycles == 20
    again = chained(columns_of(table), np.arange(120) % 6, imputations=10, seed=1,
                    cycles=slow.cycles)  # fmt: skip
    assert np.array_equal(again.drawn["a"], slow.drawn["a"])


def test_r_hat_is_one_of_chains_that_mix_and_large_of_chains_that_do_not():
    rng = np.random.default_rng(14)
    mixed = rng.normal(size=(200, 20))
    assert abs(gelman_rubin(mixed) - 1) < 0.02
    assert gelman_rubin(mixed + np.arange(20)) > 3
    assert gelman_rubin(np.ones((10, 3))) == 1
    assert np.isnan(gelman_rubin(mixed[:, :1]))
