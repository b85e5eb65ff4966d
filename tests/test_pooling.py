"""Rubin's rules and the degrees of freedom of Barnard & Rubin."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic_workplace.errors import DataError
from academic_workplace.missing.pooling import pooled, pooled_test

HERE = Path(__file__).parent / "reference"
EXPECTED = json.loads((HERE / "imputation.json").read_text())["A26-mi-pool"]["expected"]
NAMES = {"est": "estimate", "se": "se", "df": "df", "p": "p_value", "lo": "low", "hi": "high",
         "ubar": "within", "b": "between", "total": "total", "riv": "riv", "lambda": "lost",
         "fmi": "fmi"}  # fmt: skip


@pytest.fixture(scope="module")
def terms():
    """Per term the five estimates and variances of chl on age and bmi, and 22."""
    table = pd.read_csv(HERE / "data" / "nhanes25_mice_m5.csv")
    found = []
    for _, one in table.groupby(".imp"):
        X = np.column_stack([np.ones(len(one)), one["age"], one["bmi"]])
        beta, rss, *_ = np.linalg.lstsq(X, one["chl"], rcond=None)
        found.append((beta, np.diag(np.linalg.inv(X.T @ X)) * rss[0] / (len(one) - 3)))
    estimates, variances = (np.array(part).T for part in zip(*found, strict=True))
    return list(zip(estimates, variances, strict=True))


@pytest.mark.proves("missing.pooled", "mice 3.15.0, nhanes (A26)")
def test_three_terms_are_those_of_mice(agree, terms):
    for j, (Q, U) in enumerate(terms):
        answer = pooled(Q, U, 22)
        for theirs, ours in NAMES.items():
            agree(getattr(answer, ours), EXPECTED[theirs][j], rel=1e-8)
        agree(answer.estimate / answer.se, EXPECTED["t"][j], rel=1e-8)


@pytest.mark.proves("missing.pooled", "Rubin's formulas in R, bmi (A26)")
def test_the_formulas_themselves_and_the_older_degrees_of_freedom(agree, terms):
    check = EXPECTED["formula_check_bmi"]
    answer, older = pooled(*terms[2], 22), pooled(*terms[2])
    own = {"estimate": "estimate", "within": "within", "between": "between", "total": "total",
           "se": "se", "riv": "riv", "lambda": "lost", "df": "df", "fmi": "fmi",
           "p": "p_value"}  # fmt: skip
    for theirs, ours in own.items():
        agree(getattr(answer, ours), check[theirs], rel=1e-8)
    agree(older.df, check["df_rubin1987"], rel=1e-8)


@given(st.floats(-100, 100), st.floats(0.01, 100), st.floats(1.5, 500), st.integers(2, 30))
def test_estimates_that_are_all_the_same_are_that_estimate(estimate, variance, df, m):
    answer = pooled([estimate] * m, [variance] * m, df)
    assert answer.estimate == pytest.approx(estimate, rel=1e-12)
    assert answer.se == pytest.approx(variance**0.5, rel=1e-12)
    assert (answer.df, answer.fmi) == (df, 0)


@given(
    st.lists(st.floats(-5, 5), min_size=3, max_size=12, unique=True),
    st.floats(0.1, 4), st.floats(2, 200), st.floats(0.1, 50),
)  # fmt: skip
def test_another_unit_scales_and_changes_no_share(Q, variance, df, unit):
    U = [variance] * len(Q)
    one = pooled(Q, U, df)
    other = pooled([unit * q for q in Q], [unit**2 * u for u in U], df)
    assert other.estimate == pytest.approx(unit * one.estimate, abs=1e-9)
    assert other.se == pytest.approx(unit * one.se)
    assert (other.df, other.fmi, other.riv) == pytest.approx((one.df, one.fmi, one.riv))
    assert 0 <= one.fmi <= 1
    assert one.df <= df
    assert one.total >= one.within


@pytest.mark.parametrize(
    ("estimates", "variances", "df"),
    [([1.0], [1.0], 5), ([1.0, np.nan], [1.0, 1.0], 5), ([1.0, 2.0], [1.0, 0.0], 5),
     ([1.0, 2.0], [1.0], 5), ([1.0, 2.0], [1.0, 1.0], 0)],
)  # fmt: skip
def test_what_cannot_be_pooled_is_refused(estimates, variances, df):
    with pytest.raises(DataError, match="samen te nemen"):
        pooled(estimates, variances, df)


def several_numbers(q, m=6, seed=3, apart=0.3):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(m, q, q + 3))
    return 1 + apart * rng.normal(size=(m, q)), A @ A.swapaxes(1, 2) / 20


def test_a_pooled_test_of_one_number_is_the_square_of_its_pooled_t():
    Q, U = several_numbers(1)
    test, one = pooled_test(Q, U, 14), pooled(Q[:, 0].tolist(), U[:, 0, 0].tolist(), 14)
    assert pytest.approx((one.estimate / one.se) ** 2) == test.F
    assert test.df2 == pytest.approx(one.df)
    assert test.p_value == pytest.approx(one.p_value)


def test_where_nothing_is_missing_it_is_the_test_of_complete_data():
    Q, U = several_numbers(3, apart=0)
    Q, U = np.repeat(Q[:1], 5, axis=0), np.repeat(U[:1], 5, axis=0)
    found = pooled_test(Q, U, 9.5, scale=0.8)
    assert pytest.approx(0.8 * Q[0] @ np.linalg.solve(U[0], Q[0]) / 3) == found.F
    assert (found.df1, found.df2) == (3, 9.5)


def test_which_contrasts_say_that_all_are_alike_does_not_matter():
    Q, U = several_numbers(3)
    A = np.array([[1, 0, 0], [1, -1, 0], [0, 2, -1.0]])
    found, other = pooled_test(Q, U, 11), pooled_test(Q @ A.T, A @ U @ A.T, 11)
    assert pytest.approx(found.F) == other.F
    assert other.df2 == pytest.approx(found.df2)


def test_a_pooled_test_of_nothing_keeps_its_level():
    """Twelve clusters' worth of df, a third missing: of 4000 tests about 1 in 20 rejects."""
    rng = np.random.default_rng(4)
    rejected, m, q = 0, 10, 3
    for _ in range(4000):
        whole = rng.normal(size=q)
        Q = whole + rng.normal(size=(1, q)) * 0.7 + 0.7 * rng.normal(size=(m, q))
        rejected += pooled_test(Q, np.repeat(np.eye(q)[None], m, axis=0), 1e6).p_value < 0.05
    assert 0.035 < rejected / 4000 < 0.065
