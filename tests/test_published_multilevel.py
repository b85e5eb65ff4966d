"""Multilevel models against tables in print: what books, articles and manuals show of small data.

The tolerance is what the last printed decimal leaves open, unless a reason stands beside it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mixed import KR, SATT, all_of, moments
from scipy import special

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace.effects import joint_test
from academic_workplace.linear import least_squares

DATA = Path(__file__).parent / "reference" / "data"


def printed(decimals):
    """What a number printed with so many decimals leaves open."""
    return {"rel": 0, "abs": 0.5001 * 10.0**-decimals}


def fitted(model, table, y, x=(), cluster="", label="", **more):
    """A model of y, without arms, from the moments of a table."""
    m = moments(table, y, x, cluster=cluster, label=label)
    return model(m, least_squares(m, list(x), absorb=False), **more, absorb=False)


# ---------------------------------------------------------------- intercepts, slopes, crossed


DYES = {
    "A": (1545, 1440, 1440, 1520, 1580), "B": (1540, 1555, 1490, 1560, 1495),
    "C": (1595, 1550, 1605, 1510, 1560), "D": (1445, 1440, 1595, 1465, 1545),
    "E": (1595, 1630, 1515, 1635, 1625), "F": (1520, 1455, 1450, 1480, 1445),
}  # fmt: skip


@pytest.mark.proves("Method.MULTILEVEL", "lmer of dyestuff: six batches, Davies (printed)")
def test_batches_of_dyestuff_have_the_variances_in_print(agree):
    """lmer(Yield ~ 1 + (1 | Batch)): Davies & Goldsmith (1972, 6.4), also Box & Tiao (1973)."""
    table = pd.DataFrame(DYES).melt(var_name="batch", value_name="grams")
    f = fitted(ml.random_intercept, table, "grams", cluster="batch")
    agree([f.tau2, f.sigma2], [1764, 2451], **printed(0))
    agree(np.sqrt([f.tau2, f.sigma2]), [42.00, 49.51], **printed(2))
    agree(f.criterion, 319.7, **printed(1))
    estimate, variance, df = all_of(f)[:, 0]
    agree([estimate, np.sqrt(variance)], [1527.50, 19.38], **printed(2))
    assert df == pytest.approx(5)  # six equal batches


@pytest.mark.proves("multilevel.random_slope", "lmer of sleepstudy, Bates et al. (2015) (printed)")
def test_reaction_times_without_sleep_have_the_variances_in_print(agree):
    """lmer(Reaction ~ Days + (Days | Subject)): 18 subjects over ten days."""
    f = fitted(ml.random_slope, pd.read_csv(DATA / "sleepstudy.csv"), "Reaction", ("Days",),
               "Subject", column="Days")  # fmt: skip
    agree(f.criterion, 1743.6, **printed(1))
    # its search stops a little before the lowest: 612.10 for 612.09
    agree([f.D[0, 0], f.D[1, 1], f.sigma2], [612.10, 35.07, 654.94], rel=0, abs=0.011)
    agree(np.sqrt([f.D[0, 0], f.D[1, 1], f.sigma2]), [24.741, 5.922, 25.592], rel=0, abs=6e-4)
    agree(f.D[0, 1] / np.sqrt(f.D[0, 0] * f.D[1, 1]), 0.07, **printed(2))
    estimates, variances, _ = all_of(f)
    agree(estimates, [251.405, 10.467], **printed(3))
    agree(np.sqrt(variances), [6.825, 1.546], **printed(3))
    agree(estimates / np.sqrt(variances), [36.838, 6.771], rel=0, abs=1.5e-3)  # of rounded numbers
    for way in (SATT, KR):
        assert all_of(f, way)[2] == pytest.approx([17, 17], rel=1e-4)  # 18 subjects, each alike


@pytest.mark.proves("multilevel.nested_intercepts", "lmer of pastes: casks in batches (printed)")
def test_casks_of_paste_in_batches_have_the_variances_in_print(agree):
    """lmer(strength ~ 1 + (1 | batch/cask)): Davies & Goldsmith (1972, 6.5), 60 tests."""
    f = fitted(ml.nested_intercepts, pd.read_csv(DATA / "pastes.csv"), "strength",
               cluster="batch", label="cask")  # fmt: skip
    agree([f.omega2, f.tau2, f.sigma2], [8.434, 1.657, 0.678], **printed(3))
    agree(np.sqrt([f.omega2, f.tau2, f.sigma2]), [2.9041, 1.2874, 0.8234], **printed(4))
    agree(f.criterion, 247.0, **printed(1))
    estimate, variance, df = all_of(f)[:, 0]
    agree([estimate, np.sqrt(variance)], [60.0533, 0.6769], **printed(4))
    assert df == pytest.approx(9)  # ten equal batches


@pytest.mark.proves(
    "multilevel.crossed_intercepts", "lmer of penicillin: plates by samples (printed)"
)
def test_plates_and_samples_of_penicillin_have_the_variances_in_print(agree):
    """lmer(diameter ~ 1 + (1 | plate) + (1 | sample)): 24 plates by 6 samples."""
    f = fitted(ml.crossed_intercepts, pd.read_csv(DATA / "penicillin.csv"), "diameter",
               cluster="plate", label="sample")  # fmt: skip
    agree([f.tau2, f.omega2, f.sigma2], [0.7169, 3.7309, 0.3024], **printed(4))
    agree(np.sqrt([f.tau2, f.omega2, f.sigma2]), [0.8467, 1.9316, 0.5499], rel=0, abs=6e-5)
    agree(f.criterion, 330.9, **printed(1))
    estimate, variance, _ = all_of(f)[:, 0]
    agree([estimate, np.sqrt(variance)], [22.9722, 0.8086], **printed(4))


# ---------------------------------------------------------------- yes or no


def by_person(counts, cluster, yes, all_of_them, *columns):
    """A row per person: X with a constant and the columns, y, and codes of clusters."""
    rows = np.repeat(np.arange(len(counts)), counts[all_of_them])
    told = np.concatenate([
        np.arange(n) < k for k, n in zip(counts[yes], counts[all_of_them], strict=True)
    ])  # fmt: skip
    X = np.column_stack([np.ones(len(rows)), *(np.asarray(c, float)[rows] for c in columns)])
    return X, told.astype(float), pd.factorize(counts[cluster].to_numpy()[rows])[0]


@pytest.fixture(scope="module")
def herds():
    counts = pd.read_csv(DATA / "cbpp.csv")
    later = [counts.period == k for k in (2, 3, 4)]
    return by_person(counts, "herd", "incidence", "size", *later)


@pytest.mark.proves("multilevel.logistic_intercept", "lme4's own tests, cbpp, 25 points (printed)")
def test_a_disease_in_herds_over_periods_is_that_in_print(herds, agree):
    """glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), nAGQ = 25), Lesnoff et al.
    (2004). The values of its test hold to five decimals: there its search stops."""
    f = ml.logistic_intercept(*herds, points=25)
    assert f.converged
    expected = [-1.39922533406847, -0.991407294757321, -1.12782184600404, -1.57946627431248]
    agree(f.beta, expected, rel=0, abs=1e-5)
    ten = ml.logistic_intercept(*herds, points=10)
    agree(ten.beta, [-1.399224, -0.991409, -1.127810, -1.579481], rel=0, abs=2e-5)
    agree(ten.s, 0.6475199, rel=0, abs=2e-6)


@pytest.mark.proves("multilevel.logistic_intercept", "lme4's own tests, cbpp, Laplace (printed)")
def test_by_laplace_the_herds_have_the_deviance_in_print(herds, agree):
    """Its default search stops 0.0006 above the lowest, and 0.0005 beside the estimates."""
    f = ml.logistic_intercept(*herds, points=1)
    counts = pd.read_csv(DATA / "cbpp.csv")
    n, k = counts["size"], counts["incidence"]
    ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    deviance = -2 * (f.loglik + ways.sum())
    agree(deviance, 184.0531328091428, rel=0, abs=6e-4)
    assert deviance < 184.0531328091428
    agree(f.beta, [-1.39833836, -0.99192430, -1.12819795, -1.57973366], rel=0, abs=6e-4)
    agree(f.s, 0.64206385678459621, rel=0, abs=3e-4)


# ---------------------------------------------------------------- robust tests of STAR


@pytest.mark.proves("effects.joint_test", "clubSandwich's vignette of Wald tests (printed)")
def test_whether_small_classes_or_an_aide_matter_is_the_test_in_print(agree):
    """Mathematics in first grade by class type, by school: HTZ."""
    table = aw.read(DATA.parents[2] / "data" / "star" / "pupils.csv")
    plan = aw.Plan(
        outcome="math1", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil",
    )  # fmt: skip
    effects = aw.estimate(table, plan, inference="CR2")
    terms = effects.coefficients().set_index("term")
    order = ["1", "stark=small", "stark=regular+aide"]
    agree(terms.loc[order, "estimate"], [531.727, 9.469, -0.483], **printed(3))
    agree(terms.loc[order, "se"], [2.78, 2.30, 1.86], **printed(2))
    agree(terms.loc[order, "df"], [59.9, 65.6, 65.6], **printed(1))
    (test,) = joint_test(effects).to_dict("records")
    agree([test["F"], test["df2"]], [10.2, 65.3], **printed(1))
    assert test["df1"] == 2
