"""Weights that are no variances: everything from moments equals the same thing done on the rows."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rows import schools
from scipy import stats

import academic_workplace as aw
from academic_workplace import linear, weighted
from academic_workplace.plan import Inference

RTOL = 1e-9  # two routes to the same number, both in double precision
X = ["offered", "before", "girl"]
KINDS = [Inference.CR0, Inference.CR1, Inference.CR1S, Inference.CR2, Inference.CR3]
SEEDS = st.integers(0, 2**32 - 1)
REFERENCE = json.loads((Path(__file__).parent / "reference/weighted.json").read_text())


def with_weights(table, rng, spread=0.8):
    """Weights as of propensity: 1 for those offered, skew for the others."""
    skew = np.exp(spread * (rng.normal(size=len(table)) + table["before"]))
    return table.assign(w=np.where(table["offered"] == 1, 1.0, skew))


def codes(labels):
    return pd.factorize(labels, sort=True)[0].astype(np.intp)


def moments(table, block="", x=X):
    return weighted.weighted_moments(
        {name: table[name].to_numpy(float) for name in (*x, "after")},
        codes(table["school"]),
        table["w"].to_numpy(float),
        codes(table[block]) if block else None,
    )


def fitted(table, block="", x=X):
    return weighted.fit(moments(table, block, x), x, "after")


@dataclass(frozen=True)
class Rows:
    beta: np.ndarray
    variance: dict
    df: dict
    true: np.ndarray


def power(matrix, exponent):
    """Of a symmetric matrix; of its zero eigenvalues zero (Moore-Penrose)."""
    size, U = np.linalg.eigh((matrix + matrix.T) / 2)
    some = size > 1e-10 * max(1, size[-1])
    return (U * np.where(some, np.where(some, size, 1) ** exponent, 0)) @ U.T


def on_rows(table, contrasts, block="", x=X):
    """Textbook matrices, n_g x n_g and N x N; blocks are dummies. contrasts: (q, k) of the slopes.

    variance, df: per kind of inference, (q,); true: the variance when errors have variance 1.
    """
    dummies = pd.get_dummies(table[block]).to_numpy(float) if block else np.ones((len(table), 1))
    D, w = np.column_stack([table[x].to_numpy(float), dummies]), table["w"].to_numpy(float)
    M = np.linalg.inv(D.T @ (D * w[:, None]))
    beta = M @ D.T @ (w * table["after"].to_numpy(float))
    e, R = table["after"].to_numpy(float) - D @ beta, np.eye(len(D)) - D @ M @ (D * w[:, None]).T
    c = np.pad(np.atleast_2d(contrasts), [(0, 0), (0, len(beta) - len(contrasts[0]))])
    root, groups = np.sqrt(w), [np.flatnonzero(table["school"] == g) for g in set(table["school"])]
    variance, df, (N, p), G = {}, {}, D.shape, len(groups)
    factor = {Inference.CR1: G / (G - 1), Inference.CR1S: G * (N - 1) / ((G - 1) * (N - p))}
    for kind in KINDS:
        A = []
        for i in groups:
            if kind is Inference.CR2:
                A.append(power((R @ R.T)[np.ix_(i, i)], -0.5))
            elif kind is Inference.CR3:
                H = (D[i] * root[i][:, None]) @ M @ (D[i] * root[i][:, None]).T
                A.append(power(np.eye(len(i)) - H, -1) * root[i] / root[i][:, None])
            else:
                A.append(np.eye(len(i)))
        lever = [c @ M @ (D[i] * w[i][:, None]).T @ a for i, a in zip(groups, A, strict=True)]
        influence = np.array([a @ e[i] for i, a in zip(groups, lever, strict=True)])
        variance[kind] = factor.get(kind, 1) * np.sum(influence**2, axis=0)
        P = np.array([a @ R[i] for i, a in zip(groups, lever, strict=True)]).swapaxes(0, 1)
        products = P @ P.swapaxes(1, 2)
        df[kind] = np.trace(products, axis1=1, axis2=2) ** 2 / np.sum(products**2, axis=(1, 2))
    spread = c @ M @ (D * w[:, None]).T
    return Rows(beta[: len(x)], variance, df, np.sum(spread**2, axis=1))


def assert_as_on_rows(table, block="", x=X):
    contrasts = np.vstack([np.eye(len(x)), np.arange(len(x)) - 0.7])
    expected, fit = on_rows(table, contrasts, block, x), fitted(table, block, x)
    # a cluster that all but fixes a direction has 1 + t near 0, and its root loses those digits
    nearest = (1 + fit.t)[1 + fit.t > 1e-10].min()
    rtol = max(RTOL, 1e-14 / nearest)
    np.testing.assert_allclose(fit.least.beta, expected.beta, rtol=rtol, atol=1e-12)
    for kind in KINDS:
        v, df = np.transpose([weighted.variance(fit, c, kind) for c in contrasts])
        np.testing.assert_allclose(np.sqrt(v), np.sqrt(expected.variance[kind]), rtol=rtol)
        np.testing.assert_allclose(df, expected.df[kind], rtol=rtol)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(5, 14), st.integers(2, 12), st.sampled_from([0.01, 0.8, 2.0]))
@example(1, 10, 2, 2.0)  # one weight of a thousand times the others
@example(4, 10, 2, 2.0)
def test_variance_and_degrees_of_freedom_are_those_of_the_rows(seed, clusters, size, spread):
    rng = np.random.default_rng(seed)
    table = with_weights(schools(rng, clusters=clusters, size=size), rng, spread)
    assert_as_on_rows(table)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_blocks_of_several_schools_are_absorbed_as_if_they_were_dummies(seed):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=12)
    number = codes(table["school"])
    table = with_weights(table.assign(block=number // 4, offered=number % 2), rng)
    assert_as_on_rows(table, "block")


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.sampled_from(["school", "class"]))
def test_schools_or_parts_of_them_may_be_the_blocks(seed, block):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=7, size=16)
    half = codes(table["school"]) * 2 + (rng.random(len(table)) < 0.5)
    table = table.assign(**{"class": half}, offered=rng.integers(0, 2, len(table)))
    assert_as_on_rows(with_weights(table, rng), block)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_blocks_may_cross_the_schools_and_need_not_meet_all_of_them(seed):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=9, size=12)
    number = codes(table["school"])
    table["block"] = np.where(number < 3, number, rng.integers(0, 4, len(table)))
    assert_as_on_rows(with_weights(table, rng), "block")


def test_the_jackknife_leaves_out_one_school_at_a_time():
    rng = np.random.default_rng(16)
    table = with_weights(schools(rng), rng)
    G, fit = table["school"].nunique(), fitted(table)
    without = np.array(
        [fitted(table[table["school"] != g]).least.beta for g in set(table["school"])]
    )
    v = (G - 1) / G * np.sum((without - without.mean(axis=0)) ** 2, axis=0)
    found = [weighted.variance(fit, c, Inference.JACKKNIFE) for c in np.eye(3)]
    np.testing.assert_allclose(found, np.column_stack([v, np.full(3, G - 1)]), rtol=RTOL)


def test_a_column_of_one_school_alone_is_as_on_the_rows():
    rng = np.random.default_rng(4)
    table = with_weights(schools(rng, clusters=9), rng)
    table["here"] = (table["school"] == "S03").astype(float)
    x = ["offered", "before", "here"]
    assert_as_on_rows(table, x=x)
    fit = fitted(table, x=x)
    assert linear.fixed_by_one(fit.least, np.eye(3)[2])


@pytest.mark.proves("Inference.CR2", "clubSandwich 0.7.0, weights that are no variances")
def test_weights_that_are_no_variances_are_as_in_clubsandwich(agree):
    for case in REFERENCE["cases"].values():
        data, expected = ({k: np.array(v, float) for k, v in case[p].items()} for p in case)
        x = [name for name in data if name not in ("y", "weights", "cluster", "block")]
        blocks = data["block"].astype(np.intp) if "block" in data else None
        columns = {name: data[name] for name in (*x, "y")}
        m = weighted.weighted_moments(
            columns, data["cluster"].astype(np.intp), data["weights"], blocks
        )
        fit = weighted.fit(m, x, "y")
        contrasts, beta = np.eye(len(x)), fit.least.beta
        if blocks is None:  # the constant comes first, at x = 0
            mean = fit.least.mean_x
            beta = np.append(fit.least.mean_y - beta @ mean, beta)
            contrasts = np.vstack([np.append(-mean, 1), np.pad(contrasts, [(0, 0), (0, 1)])])
        v, df = np.transpose([weighted.variance(fit, c, Inference.CR2) for c in contrasts])
        agree(beta, expected["coef"])
        agree(np.sqrt(v), expected["se"])
        agree(df, expected["df"])


@pytest.mark.proves("Inference.CR1S", "statsmodels' WLS 0.15, weights that are no variances")
def test_cr1s_is_what_statsmodels_calls_cluster(agree):
    rng = np.random.default_rng(3)
    table = with_weights(schools(rng), rng)
    model = sm.WLS(table["after"], sm.add_constant(table[X].astype(float)), weights=table["w"])
    expected = model.fit(cov_type="cluster", cov_kwds={"groups": codes(table["school"])})
    fit = fitted(table)
    agree(fit.least.beta, expected.params[X])
    v = [weighted.variance(fit, c, Inference.CR1S)[0] for c in np.eye(3)]
    agree(np.sqrt(v), expected.bse[X])


@pytest.mark.parametrize("block", ["", "block", "school"])
def test_equal_weights_are_no_weights(block):
    rng = np.random.default_rng(8)
    table = schools(rng, clusters=10, size=12, blocks=3).assign(w=0.3)
    table["offered"] = rng.integers(0, 2, len(table))
    plan = aw.Plan(
        outcome="after",
        treatment="offered",
        cluster="school",
        covariates=("before", "girl"),
        assigned="pupil" if block else "cluster",
        blocks=(block,) if block else (),
    )
    if not block:
        table["offered"] = codes(table["school"]) % 2
    sample = aw.collect(table, plan).samples[0]
    x = ["offered=1", "before", "girl"]
    plain, fit = linear.least_squares(sample, x, absorb=bool(block)), fitted(table, block)
    for kind in KINDS:
        for c in np.eye(3):
            expected = linear.variance(plain, c, kind)
            np.testing.assert_allclose(weighted.variance(fit, c, kind), expected, rtol=RTOL)


def answers(fit):
    return np.array([weighted.variance(fit, c, kind) for kind in KINDS for c in np.eye(3)])


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(0, 5))
def test_pupils_of_weight_0_are_as_pupils_left_out(seed, empty):
    rng = np.random.default_rng(seed)
    table = with_weights(schools(rng, clusters=12), rng)
    table["w"] *= (rng.random(len(table)) < 0.7) & (table["school"] >= f"S{empty:02d}")
    here, there = fitted(table), fitted(table[table["w"] > 0])
    np.testing.assert_allclose(here.least.beta, there.least.beta, rtol=RTOL)
    np.testing.assert_allclose(answers(here), answers(there), rtol=RTOL)


def test_cr2_of_pupils_of_almost_weight_0_is_not_that_without_them():
    rng = np.random.default_rng(1)
    table = with_weights(schools(rng, clusters=12), rng)
    gone = rng.random(len(table)) < 0.3
    almost = answers(fitted(table.assign(w=np.where(gone, 1e-12, table["w"]))))
    without = answers(fitted(table[~gone]))
    v = dict(zip(KINDS, np.abs(almost / without - 1)[:, 0].reshape(5, 3).max(axis=1), strict=True))
    assert max(v[Inference.CR0], v[Inference.CR1], v[Inference.CR3]) < 1e-6 < 1e-4
    assert v[Inference.CR2] > 1e-4


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.floats(1e-9, 1e9))
def test_the_unit_of_the_weights_does_not_matter(seed, unit):
    rng = np.random.default_rng(seed)
    table = schools(rng, blocks=2)
    table = with_weights(table.assign(offered=rng.integers(0, 2, len(table))), rng)
    scaled = table.assign(w=table["w"] * unit)
    for block in ("", "block"):
        np.testing.assert_allclose(
            answers(fitted(scaled, block)), answers(fitted(table, block)), rtol=RTOL
        )


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.sampled_from(["", "block"]))
def test_neither_the_order_of_the_rows_nor_their_parts_matter(seed, block):
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=8, blocks=2)
    table = with_weights(table.assign(offered=rng.integers(0, 2, len(table))), rng)
    number = table.assign(school=codes(table["school"]))

    def part(rows):
        return weighted.weighted_moments(
            {name: rows[name].to_numpy(float) for name in (*X, "after")},
            rows["school"].to_numpy(np.intp),
            rows["w"].to_numpy(),
            rows["block"].to_numpy(np.intp) if block else None,
        )

    mixed = number.sample(frac=1, random_state=seed)
    cut = len(mixed) // 3
    parts = part(mixed[cut:]) + part(mixed[:cut])
    whole = weighted.fit(part(number), X, "after")
    together = weighted.fit(parts, X, "after")
    np.testing.assert_allclose(together.least.beta, whole.least.beta, rtol=RTOL)
    np.testing.assert_allclose(answers(together), answers(whole), rtol=RTOL)


def test_a_mean_of_a_hundred_million_costs_no_digits():
    rng = np.random.default_rng(9)
    table = with_weights(schools(rng), rng)
    for name in ("before", "after"):  # exact in double precision before and after the shift
        table[name] = np.round(table[name] * 2**20) / 2**20
    shifted = table.assign(before=table["before"] + 1e8, after=table["after"] + 1e8)
    np.testing.assert_allclose(answers(fitted(shifted)), answers(fitted(table)), rtol=1e-8)


@pytest.mark.parametrize("block", ["", "block"])
def test_cr2_is_unbiased_when_errors_are_independent_and_alike(block):
    rng = np.random.default_rng(11)
    table = with_weights(schools(rng, clusters=8, size=5), rng)
    table["block"] = codes(table["school"]) % 3
    total = np.zeros(3)
    for i in range(len(table)):  # the mean of a quadratic form is the sum over unit outcomes
        unit = table.assign(after=(np.arange(len(table)) == i).astype(float))
        fit = fitted(unit, block)
        total += [weighted.variance(fit, c, Inference.CR2)[0] for c in np.eye(3)]
    np.testing.assert_allclose(total, on_rows(table, np.eye(3), block).true, rtol=1e-8)


def test_pupils_who_are_clusters_have_their_residual_over_its_own_standard_deviation():
    rng = np.random.default_rng(12)
    table = with_weights(schools(rng, clusters=6), rng)
    table["school"] = [f"P{i:03d}" for i in range(len(table))]
    D, w = sm.add_constant(table[X].to_numpy(float)), table["w"].to_numpy()
    M = np.linalg.inv(D.T @ (D * w[:, None]))
    R = np.eye(len(D)) - D @ M @ (D * w[:, None]).T
    e = (R @ table["after"].to_numpy()) / np.sqrt(np.sum(R**2, axis=1))
    expected = np.sum((M @ (D * w[:, None]).T * e) ** 2, axis=1)[1:]
    v = [weighted.variance(fitted(table), c, Inference.CR2)[0] for c in np.eye(3)]
    np.testing.assert_allclose(v, expected, rtol=RTOL)
    equal = fitted(table.assign(w=1.0))  # HC2, as everyone has it: with equal weights
    hc2 = sm.OLS(table["after"].to_numpy(), D).fit(cov_type="HC2").bse[1:]
    v = [weighted.variance(equal, c, Inference.CR2)[0] for c in np.eye(3)]
    np.testing.assert_allclose(np.sqrt(v), hc2, rtol=RTOL)


def test_a_contrast_with_the_constant_is_the_mean_that_it_predicts():
    rng = np.random.default_rng(13)
    table = with_weights(schools(rng), rng)
    moved = table.assign(before=table["before"] - 2.5)  # the constant is then the mean at 2.5
    fit, there = fitted(table), fitted(moved)
    at, zero = np.array([0.0, 2.5, 0.0]), np.zeros(3)
    found = weighted.variance(fit, np.append(at - fit.least.mean_x, 1), Inference.CR2)
    expected = weighted.variance(there, np.append(zero - there.least.mean_x, 1), Inference.CR2)
    np.testing.assert_allclose(found, expected, rtol=RTOL)


@pytest.mark.parametrize("block", ["", "block"])
def test_many_clusters_go_without_their_pairs(monkeypatch, block):
    rng = np.random.default_rng(15)
    table = schools(rng, blocks=3)
    table = with_weights(table.assign(offered=rng.integers(0, 2, len(table))), rng)
    expected = answers(fitted(table, block))
    monkeypatch.setattr(weighted, "PAIRED", 0)
    np.testing.assert_allclose(answers(fitted(table, block)), expected, rtol=RTOL)


@pytest.mark.parametrize("wrong", [[-1.0, 1.0], [np.nan, 1.0], [np.inf, 1.0], [0.0, 0.0]])
def test_weights_that_are_no_weights_are_refused(wrong):
    with pytest.raises(aw.DataError):
        weighted.weighted_moments(
            {"y": np.array([1.0, 2.0])}, np.array([0, 1], np.intp), np.array(wrong)
        )


def test_one_cluster_has_no_variance():
    rng = np.random.default_rng(14)
    table = with_weights(schools(rng).assign(school="S"), rng)
    assert np.isnan(answers(fitted(table))).all()


@pytest.mark.parametrize("clusters", [10, 20])
def test_a_weighted_effect_on_the_treated_is_rejected_as_often_as_promised(clusters):
    # the untreated count as about half their number; where it is a fifth, CR2 rejects 3 per cent
    rng, replications, rejected = np.random.default_rng(5), 400, 0
    for _ in range(replications):
        table = schools(rng, clusters=clusters, size=10)
        chosen = table["before"] + 2 * rng.normal(size=len(table)) > 0.7
        p = stats.norm.cdf((table["before"] - 0.7) / 2)
        table = table.assign(offered=chosen.astype(int), w=np.where(chosen, 1.0, p / (1 - p)))
        fit = fitted(table, x=["offered", "before"])
        v, df = weighted.variance(fit, np.array([1.0, 0.0]), Inference.CR2)
        rejected += 2 * stats.t.sf(abs(fit.least.beta[0]) / np.sqrt(v), df) < 0.05
    assert 0.03 < rejected / replications < 0.08
