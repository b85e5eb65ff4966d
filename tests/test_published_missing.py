"""What is missing, and what was known, against worked examples in print.

The tolerance is what the last printed decimal leaves open, unless a reason stands beside it.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from academic_workplace.missing.bounds import worst_case
from academic_workplace.missing.little import little, normal
from academic_workplace.missing.pooling import pooled
from academic_workplace.posterior import Mixture, posterior

DATA = Path(__file__).parent / "reference" / "data"
NOT = math.nan
APPLES = np.array([
    (8, 59), (6, 58), (11, 56), (22, 53), (14, 50), (17, 45), (18, 43), (24, 42), (19, 39),
    (23, 38), (26, 30), (40, 27), (4, NOT), (4, NOT), (5, NOT), (6, NOT), (8, NOT), (10, NOT),
], dtype=float)  # fmt: skip


def printed(decimals):
    """What a number printed with so many decimals leaves open."""
    return {"rel": 0, "abs": 0.5001 * 10.0**-decimals}


# ---------------------------------------------------------------- Little, and means by EM


@pytest.mark.proves("missing.normal", "wormy apples (Little & Rubin, 1987), R's mvnmle (printed)")
def test_wormy_apples_have_the_mean_and_covariance_in_print(agree):
    """Snedecor & Cochran's 18 trees: fruits (hundreds) and the share with worms, six not counted.
    mvnmle prints the upper triangle D of the inverse covariance DD', its diagonal as logarithms; it
    stops at a relative 1e-6 or so."""
    found = normal(APPLES)
    agree(found.mean, [14.72227, 49.33325], rel=0, abs=1e-4)
    D = np.array([[math.exp(-2.247310), 0.2120496], [0, math.exp(-1.563834)]])
    agree(found.covariance, np.linalg.inv(D @ D.T), rel=1e-5)


@pytest.mark.proves("missing.little", "wormy apples, R's BaylorEdPsych (printed)")
@pytest.mark.proves("missing.little", "air in New York, R's naniar, as its tests print it")
def test_littles_test_is_the_one_in_print(agree):
    apples = little(APPLES)  # theirs rests on mvnmle, which stops a little before the top
    agree(apples.chi2, 7.3578, rel=0, abs=1e-4, of="BaylorEdPsych")
    agree(apples.p, 0.0067, **printed(4), of="BaylorEdPsych")
    assert (apples.df, apples.patterns) == (1, 2)
    air = little(pd.read_csv(DATA / "airquality.csv").to_numpy(float))
    agree(air.chi2, 35.1061288689702, rel=1e-5, of="naniar")  # its EM stops at 1e-4
    agree(air.p, 0.00141778113856683, rel=1e-4, of="naniar")
    assert (air.df, air.patterns) == (14, 4)


# ---------------------------------------------------------------- pooling


@pytest.mark.proves("missing.pooled", "SAS's MIANALYZE, a correlation of fitness (printed)")
def test_correlations_of_five_imputations_are_pooled_as_in_print(agree):
    """Oxygen and running time of 31 men, by Fisher's z with variance 1 / (n - 3); what is pooled is
    itself printed with five decimals."""
    z = [-1.27869, -1.30715, -1.27922, -1.39243, -1.40146]
    found = pooled(z, [1 / 28] * 5)
    agree(found.estimate, -1.331787, rel=0, abs=6e-6)
    agree(found.se, 0.200327, rel=0, abs=2e-6)
    agree([found.low, found.high], [-1.72587, -0.93771], rel=0, abs=1.1e-5)
    agree(found.df, 330.23, rel=3e-4)  # as the inverse square of their spread of 0.06
    agree(found.estimate / found.se, -6.65, **printed(2))
    assert found.p_value < 1e-4


# ---------------------------------------------------------------- bounds


@pytest.mark.proves("missing.worst_case", "Manski's bounds, breakfast at school (printed)")
def test_bounds_of_a_school_breakfast_are_those_in_print(agree):
    """A worked example, 1,000 children: of 500 with breakfast 50 are malnourished, of 500 without
    it 450. Of every child one of two outcomes is missing."""
    seen = {True: np.repeat([1.0, 0.0], [50, 450]), False: np.repeat([1.0, 0.0], [450, 50])}
    with_it = np.append(seen[True], np.full(500, NOT))
    without = np.append(np.full(500, NOT), seen[False])
    weights = np.repeat([1 / 1000, -1 / 1000], 1000)
    found = worst_case(weights, np.append(with_it, without), 0.0, 1.0)
    agree([found.low, found.high], [-0.9, 0.1], rel=1e-12)
    alone = worst_case(np.full(1000, 1 / 1000), with_it, 0.0, 1.0)
    agree([alone.low, alone.high], [0.05, 0.55], rel=1e-12)


# ---------------------------------------------------------------- what was known before


@pytest.mark.proves("posterior.posterior", "Diamond & Kaul (2004), figure 2, a megatrial (printed)")
def test_a_prior_and_a_trial_give_the_posterior_in_print(agree):
    """Log odds ratios: prior 0 (0.07), evidence 0.12 (0.06), posterior 0.07 (0.05); a trial so
    large that its t is a normal distribution."""
    trial = Mixture(np.zeros(1), np.ones(1), np.array([0.12]), np.array([0.06]), 1e9)
    found = posterior(trial, (0.0, 0.07), (0.0,))
    agree([found.known.mean, found.known.sd], [0.07, 0.05], **printed(2))
    alone = posterior(trial, None, (0.0,))
    agree(1 - alone.above[0.0], 0.021, rel=0, abs=0.003)  # of numbers with two decimals
