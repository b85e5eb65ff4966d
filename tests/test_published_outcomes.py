"""Models of outcomes against tables in print: counts, yes or no, quantiles, change, taking part.

The tolerance is what the last printed decimal leaves open, unless a reason stands beside it.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

import academic_workplace as aw
from academic_workplace import glm, quantiles
from academic_workplace.effects import subgroups
from academic_workplace.over_time.group_time import averages, group_times

HERE = Path(__file__).parent / "reference"
DATA = HERE / "data"


def printed(decimals):
    """What a number printed with so many decimals leaves open."""
    return {"rel": 0, "abs": 0.5001 * 10.0**-decimals}


def errors(fit):
    """Standard errors from the information, as such tables have them."""
    return np.sqrt(np.diag(fit.T @ fit.M @ fit.T.T))


# ---------------------------------------------------------------- yes or no, counts


@pytest.mark.proves("glm.logistic", "Spector & Mazzeo (1980), as R's glm prints it")
def test_who_improved_in_economics_has_the_logit_in_print(agree):
    """32 students of whom 14 had the new method (PSI)."""
    table = sm.datasets.spector.load_pandas().data
    X = sm.add_constant(table[["GPA", "TUCE", "PSI"]]).to_numpy()
    fit = glm.logistic(X, table["GRADE"].to_numpy(float))
    agree(fit.beta, [-13.02135, 2.82611, 0.09516, 2.37869], **printed(5))
    # R stops a step earlier: its errors rest on the weights before the last
    agree(errors(fit), [4.93127, 1.26293, 0.14155, 1.06456], rel=0, abs=6e-5)


@pytest.mark.proves("Method.ADJUSTED", "Spector & Mazzeo (1980), linear probability (printed)")
@pytest.mark.proves("Method.LOGISTIC", "Spector & Mazzeo (1980), odds ratio (printed)")
def test_the_new_method_in_economics_has_the_effect_in_print(agree):
    """The linear probability model as statsmodels' own tests print it, and the odds ratio."""
    table = sm.datasets.spector.load_pandas().data.astype({"PSI": int})
    plan = aw.Plan(
        outcome="GRADE", treatment="PSI", comparison="0", cluster="student",
        covariates=("GPA", "TUCE"), method="adjusted", inference="classical",
    )  # fmt: skip
    rows = table.assign(student=range(len(table)))
    terms = aw.estimate(rows, plan).coefficients().set_index("term")
    known = {
        "GPA": (0.46385168, 0.16195635, 0.00784052), "TUCE": (0.01049512, 0.01948285, 0.59436148),
        "PSI=1": (0.37855479, 0.13917274, 0.01108768),
    }  # fmt: skip
    for name, expected in known.items():
        found = terms.loc[name, ["estimate", "se", "p_value"]]
        agree(found.astype(float), expected, **printed(8), of="linear")
    effects = aw.estimate(rows, replace(plan, method="logistic", inference=None))
    agree(effects.detail(effects[0]).odds_ratio, 10.79, **printed(2), of="odds ratio")


@pytest.mark.proves("glm.negative_binomial", "days absent, MASS's glm.nb of quine (printed)")
def test_days_absent_of_schoolchildren_have_the_dispersion_in_print(agree):
    """glm.nb(Days ~ Sex + Eth + Age + Lrn): 146 Australian schoolchildren."""
    d = pd.read_csv(DATA / "quine.csv")
    ages = [d.Age == f"F{i}" for i in (1, 2, 3)]
    X = np.column_stack([np.ones(len(d)), d.Sex == "M", d.Eth == "N", *ages, d.Lrn == "SL"])
    fit = glm.negative_binomial(X.astype(float), d.Days.to_numpy(float))
    assert fit.converged
    known = [2.89458, 0.08232, -0.56937, -0.44843, 0.08808, 0.35690, 0.29211]
    agree(fit.beta, known, **printed(5))
    agree(1 / fit.alpha, 1.2749, **printed(4))
    agree(-2 * fit.loglik, 1093.151, **printed(3))


# ---------------------------------------------------------------- quantiles


ENGEL = {0.05: (124.88004, 0.34336), 0.25: (95.48354, 0.47410), 0.5: (81.48225, 0.56018),
         0.75: (62.39659, 0.64401), 0.95: (64.10396, 0.70907)}  # fmt: skip


@pytest.mark.proves("effects.quantiles", "Engel's food, vignette of quantreg (printed)")
@pytest.mark.parametrize("tau", ENGEL)
def test_food_of_belgian_families_has_the_lines_in_print(agree, tau):
    """What 235 families spent on food by income: the lines of the vignette of quantreg."""
    table = sm.datasets.engel.load_pandas().data
    X = np.column_stack([np.ones(len(table)), table["income"]])
    found = quantiles.regression_quantile(X, table["foodexp"].to_numpy(), tau)
    agree(found.b, ENGEL[tau], **printed(5))


# ---------------------------------------------------------------- change


HOUSES = aw.Plan(
    outcome="rprice", treatment="nearinc", comparison="0", cluster="house", wave="year",
    baseline="1978", waves=("1981",), repeated=True, method="difference in differences",
    inference="classical",
)  # fmt: skip


@pytest.fixture(scope="module")
def houses():
    """Other houses in 1981 than in 1978, every house a cluster of its own."""
    table = pd.read_csv(DATA / "kielmc.csv", dtype={"year": str})
    return table.assign(house=range(len(table)))


@pytest.mark.proves("Method.GROWTH", "statsmodels 0.15 OLS, houses of two years")
@pytest.mark.parametrize("inference", ["classical", "CR0"])
def test_the_change_of_other_houses_is_the_interaction_of_statsmodels(houses, agree, inference):
    effect = aw.estimate(houses, HOUSES, inference=inference)[0]
    model = smf.ols("rprice ~ nearinc * year", houses)
    fit = model.fit() if inference == "classical" else model.fit(cov_type="HC0")
    agree(effect.estimate, fit.params["nearinc:year[T.1981]"])
    agree(effect.se, fit.bse["nearinc:year[T.1981]"])


@pytest.mark.proves("Method.GROWTH", "Wooldridge's example 13.3, incinerator (printed)")
def test_houses_near_an_incinerator_lost_what_is_in_print(houses, agree):
    """The printed error is that of least squares."""
    effects = aw.estimate(houses, HOUSES)
    effect, rows = effects[0], effects.detail(effects[0]).table().set_index("wave")
    agree(effect.estimate, -11863.9, **printed(1))
    agree([effect.se], [7456.646], **printed(3))
    agree([effect.low, effect.high], [-26534.67, 2806.867], rel=0, abs=0.005001)
    agree(effect.p_value, 0.113, **printed(3))
    before = rows.loc["1978"]
    agree(before.mean_comparison, 82517.23, **printed(2))
    agree(before.mean_arm - before.mean_comparison, -18824.37, **printed(2))
    agree(rows.loc["1981"].mean_comparison - before.mean_comparison, 18790.29, **printed(2))


def restaurants(change, error, arm):
    """Four restaurants whose change has exactly this mean and standard error."""
    spread = error * 4**0.5 * np.array([1, 1, -1, -1]) * 0.75**0.5
    gains = np.concatenate([np.zeros(4), change + spread])
    return pd.DataFrame({
        "store": [f"{arm}{i}" for i in range(4)] * 2, "when": ["1"] * 4 + ["2"] * 4,
        "jobs": 20 + gains, "state": arm,
    })  # fmt: skip


@pytest.mark.proves("Method.GROWTH", "Card & Krueger (1994), table 3, from its means")
def test_jobs_in_new_jersey_changed_as_in_print(agree):
    """Of the stores seen twice, from the mean change and its error in either state: the error of
    the difference is that of CR2 with a store as its own cluster, whatever their number."""
    table = pd.concat([restaurants(-2.28, 1.25, "PA"), restaurants(0.47, 0.48, "NJ")])
    plan = aw.Plan(
        outcome="jobs", treatment="state", comparison="PA", cluster="store", pupil="store",
        wave="when", baseline="1", waves=("2",), method="difference in differences",
        inference="CR2",
    )  # fmt: skip
    effect = aw.estimate(table, plan)[0]
    agree(effect.estimate, 2.75, **printed(2))
    agree(effect.se, 1.34, **printed(2))


@pytest.mark.proves("Method.STAGGERED", "article of R's did, minimum wages (printed)")
def test_minimum_wages_and_jobs_of_teenagers_changed_as_in_print(agree):
    m = pd.read_csv(DATA / "mpdta.csv.gz")
    start = m["first.treat"].where(m["first.treat"] > 0)
    found = group_times(m.lemp, m.year, start, m.countyreal, unit=m.countyreal, corrected=False)
    by = dict(zip(zip(found.group, found.period, strict=True), found.effects.estimate, strict=True))
    told = [by[2004, 2006], by[2004, 2007], by[2007, 2007]]
    agree(told, [-0.1373, -0.1008, -0.0261], **printed(4))
    event, overall = averages(found, "dynamic")
    along = dict(zip(event.at, event.estimate, strict=True))
    agree([along[e] for e in (0, 1, 2, 3)], [-0.0199, -0.0510, -0.1373, -0.1008], **printed(4))
    agree(overall.estimate[0], -0.0772, **printed(4))
    agree(overall.se[0], 0.0203, rel=0.05)  # by a bootstrap there


# ---------------------------------------------------------------- for whom, taking part


@pytest.mark.proves("effects.subgroups", "clubSandwich's vignette of Wald tests (printed)")
def test_whether_small_classes_differ_by_place_is_the_test_in_print(agree):
    table = pd.read_csv(DATA / "star_first_grade.csv.gz")
    table["place"] = table["schoolk"].replace("inner-city", "urban")
    plan = aw.Plan(
        outcome="math1", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil", covariates=("place", "gender", "ethnicity", "lunchk"),
        subgroups=("place",),
    )  # fmt: skip
    each = {item.overall.arm: item for item in subgroups(aw.estimate(table, plan))}
    small = each["small"]
    agree([small.F, small.p_value], [0.189, 0.828], **printed(3))
    agree(small.df2, 34.5, **printed(1))
    urban = dict(zip(small.levels, small.effects, strict=True))["urban"]
    agree([urban.estimate, urban.se, urban.df], [9.42, 4.56, 17.1], rel=0, abs=0.0501)
    agree([urban.estimate, urban.se], [9.42, 4.56], **printed(2))


@pytest.mark.proves("Method.COMPLIER", "Card (1995), Stata and iv.sensemakr (printed)")
def test_schooling_by_a_college_nearby_is_that_in_print(agree):
    """Coefficients by Stata, the first stage by iv.sensemakr; the classical error is that of a
    replication in print (0.05496367)."""
    table = pd.read_csv(DATA / "card.csv.gz")
    region = tuple(f"reg66{i}" for i in range(2, 10))
    plan = aw.Plan(
        outcome="lwage", treatment="nearc4", comparison="0", cluster="id", took_part="educ",
        covariates=("exper", "expersq", "black", "smsa", "south", "smsa66", *region),
        method="complier effect", inference="classical",
    )  # fmt: skip
    effects = aw.estimate(table, plan)
    effect, detail = effects[0], effects.detail(effects[0])
    agree(effect.estimate, 0.1315038, **printed(7))
    agree(effect.se, 0.0549637, **printed(7))
    agree(detail.first.estimate, 0.319898940091703, rel=1e-9)  # as iv.sensemakr prints it
    agree(detail.first.se, 0.087863817795222, rel=1e-9)
    terms = effects.coefficients().set_index("term").loc[["exper", "expersq", "black", "smsa"]]
    agree(terms["estimate"], [0.1082711, -0.0023349, -0.1467757, 0.1118083], rel=0, abs=1.5e-7)
