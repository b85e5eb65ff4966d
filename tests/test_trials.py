"""Published trials and R's own results: individual trials, small trials, trials over many sites."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from rows import schools
from scipy import stats

import academic_workplace as aw
from academic_workplace.effects.multisite import q_profile, random_effects, weighted_average
from academic_workplace.linear import joint, least_squares

HERE = Path(__file__).parent
TRIALS = json.loads((HERE / "reference" / "trials.json").read_text())
STAR = json.loads((HERE / "reference" / "star.json").read_text())
CRT = HERE.parents[1] / "shared" / "reference" / "data" / "eef_crt.csv"
PRINTED = 1e-7  # R's own results are stored with 15 digits; REML stops at about 1e-8


@pytest.fixture(scope="module")
def lalonde():
    table = pd.read_csv(HERE / "reference" / "data" / "nsw_dw.csv")
    return table.assign(person=np.arange(len(table)))


LALONDE = aw.Plan(
    outcome="re78", treatment="treat", cluster="person", assigned="pupil",
    covariates=("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"),
)  # fmt: skip


@pytest.mark.proves("Method.DIFFERENCE", "estimatr 1.0.0, LaLonde's experiment (A17)")
@pytest.mark.proves("Inference.CLASSICAL", "R's lm, LaLonde's experiment (A17)")
def test_people_who_are_clusters_of_their_own_give_hc2(lalonde, agree):
    expected = TRIALS["A17-rct-lalonde"]["expected"]
    effect = aw.estimate(lalonde, LALONDE, method="difference", inference="CR2")[0]
    agree(effect.estimate, expected["dim"])
    agree(effect.se, expected["se_HC2"])
    agree(effect.estimate / effect.se, expected["welch_t"])
    plain = aw.estimate(lalonde, LALONDE, method="difference", inference="classical")[0]
    agree(plain.se, expected["se_classic"])
    assert plain.df == len(lalonde) - 2
    assert [effect.pupils_arm, effect.pupils_comparison] == expected["n"]


@pytest.mark.proves("Method.INTERACTED", "estimatr's lm_lin 1.0.0, LaLonde's experiment (A17)")
def test_slopes_per_arm_give_lins_estimate(lalonde, agree):
    expected = TRIALS["A17-rct-lalonde"]["expected"]
    effect = aw.estimate(lalonde, LALONDE, method="interacted", inference="CR2")[0]
    agree(effect.estimate, expected["lin"])
    agree(effect.se, expected["lin_se_HC2"])


def test_slopes_per_arm_in_clusters_equal_a_regression_on_the_rows():
    table = schools(np.random.default_rng(1), clusters=10, size=10)
    table["offered"] = table["school"].map(lambda name: "abc"[int(name[1:]) % 3])
    plan = aw.Plan(
        outcome="after", treatment="offered", cluster="school", comparison="a",
        covariates=("before", "girl"),
    )  # fmt: skip
    centred = table.assign(**{x: table[x] - table[x].mean() for x in ("before", "girl")})
    fit = smf.ols("after ~ offered * (before + girl)", centred).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(table["school"])[0]}
    )
    effects = aw.estimate(table, plan, method="interacted", inference="CR1S")
    for effect in effects:
        name = f"offered[T.{effect.arm}]"
        assert effect.estimate == pytest.approx(fit.params[name], rel=1e-8)
        assert effect.se == pytest.approx(fit.bse[name], rel=1e-8)


@pytest.mark.proves("Inference.CR3", "statsmodels 0.15's HC3, LaLonde's experiment")
def test_people_who_are_clusters_give_hc2_and_hc3_with_covariates_too(lalonde, agree):
    X = lalonde[["treat", *LALONDE.covariates]].astype(float).assign(constant=1.0)
    fit = sm.OLS(lalonde["re78"], X).fit()
    for inference, se in (("CR2", fit.HC2_se), ("CR3", fit.HC3_se)):
        terms = aw.estimate(lalonde, LALONDE, inference=inference).coefficients()
        found = terms.set_index("term")["se"].rename({"treat=1": "treat", "1": "constant"})
        agree(found[list(X.columns)], se)


def test_slopes_per_arm_cannot_be_had_with_a_sum_over_units(lalonde):
    with pytest.raises(aw.PlanError) as error:
        aw.estimate(lalonde, LALONDE, method="interacted", inference="randomisation")
    assert "CR2" in error.value.explain("nl")


@pytest.mark.proves("Inference.CLASSICAL", "R's lm and car 3.1, three reading methods (A44)")
def test_three_reading_methods_give_the_textbook_analysis_of_covariance(agree):
    table = pd.read_csv(HERE / "reference" / "data" / "baumann.csv")
    table["pupil"] = np.arange(len(table))
    expected = TRIALS["A44-ancova-smallrct"]["expected"]
    plan = aw.Plan(
        outcome="post.test.3", treatment="group", comparison="Basal", cluster="pupil",
        assigned="pupil", covariates=("pretest.1", "pretest.2"),
    )  # fmt: skip
    effects = aw.estimate(table, plan, inference="classical")
    terms = effects.coefficients().set_index("term")
    named = {"1": "(Intercept)", "group=DRTA": "groupDRTA", "group=Strat": "groupStrat"}
    for term in ("1", "pretest.1", "pretest.2", "group=DRTA", "group=Strat"):
        name = named.get(term, term)
        agree(terms.loc[term, "estimate"], expected["coef"][name])
        agree(terms.loc[term, "se"], expected["se"][name])
        agree(terms.loc[term, "p_value"], expected["p"][name])
    names = ["group=DRTA", "group=Strat", "pretest.1", "pretest.2"]
    fit = least_squares(effects.moments.samples[0], names, absorb=False)
    found = joint(fit, np.eye(4)[:2], aw.Inference.CLASSICAL)
    agree(found.F, expected["group_F"])
    agree(stats.f.sf(found.F, found.df1, found.df2), expected["group_p"])


@pytest.mark.proves("Inference.CR2", "estimatr 1.0.0, eef_crt (A13)", private=True)
@pytest.mark.proves("Inference.CLASSICAL", "R's t.test, eef_crt (A13)", private=True)
def test_a_trial_of_twenty_two_schools_is_as_in_estimatr(agree):
    if not CRT.is_file():
        pytest.skip("these data may not be committed and are not here")
    table, expected = pd.read_csv(CRT), TRIALS["A13-crt-designbased"]["expected"]
    plan = aw.Plan(
        outcome="Posttest", treatment="Intervention", cluster="School", covariates=("Prettest",)
    )
    plain = aw.estimate(table, plan, method="difference", inference="CR2")[0]
    for name, key in (("estimate", "est"), ("se", "se"), ("df", "df"), ("p_value", "p")):
        agree(getattr(plain, name), expected["dim"][key])
    terms = aw.estimate(table, plan, inference="CR2").coefficients().set_index("term")
    named = {"1": "(Intercept)", "Intervention=1": "Intervention", "Prettest": "Prettest"}
    columns = ("estimate", "se", "df", "p_value", "low", "high")
    for term, name in named.items():
        for column, key in zip(columns, ("coef", "se", "df", "p", "lo", "hi"), strict=True):
            agree(terms.loc[term, column], expected["cr2"][key][name])
    means = aw.estimate(table, plan, method="cluster means", inference="classical")[0]
    agree(means.estimate, expected["school_means_t"]["diff"])
    agree(means.estimate / means.se, expected["school_means_t"]["t"])
    agree(means.p_value, expected["school_means_t"]["p"])
    assert means.df == expected["school_means_t"]["df"]


@pytest.mark.proves("Method.CLUSTER_MEANS", "scipy's Welch t, random schools")
def test_cluster_means_with_cr2_are_welchs_t_on_the_schools(agree):
    table = schools(np.random.default_rng(2), clusters=11, size=8)
    plan = aw.Plan(outcome="after", treatment="offered", cluster="school")
    effect = aw.estimate(table, plan, method="cluster means", inference="CR2")[0]
    means = table.groupby("school")[["after", "offered"]].mean()
    one, other = (means.loc[means["offered"] == i, "after"] for i in (1, 0))
    welch = stats.ttest_ind(one, other, equal_var=False)
    agree(effect.estimate, one.mean() - other.mean())
    agree(effect.estimate / effect.se, welch.statistic)
    assert (effect.pupils, effect.clusters) == (len(table), 11)


def test_a_balanced_trial_gives_the_textbook_f_of_the_school_means():
    school, offered = np.repeat(np.arange(10), 6), np.repeat(np.arange(10) % 2, 6)
    after = np.random.default_rng(3).normal(size=60) + offered
    table = pd.DataFrame({"school": school, "offered": offered, "after": after})
    plan = aw.Plan(outcome="after", treatment="offered", cluster="school")
    effect = aw.estimate(table, plan, inference="CR2")[0]
    means = after.reshape(10, 6).mean(axis=1)
    textbook = stats.f_oneway(means[1::2], means[::2])
    assert (effect.estimate / effect.se) ** 2 == pytest.approx(textbook.statistic, rel=1e-8)
    assert effect.df == pytest.approx(8, rel=1e-8)
    assert effect.p_value == pytest.approx(textbook.pvalue, rel=1e-8)


@pytest.mark.proves("Effect.icc", "rows, nested analysis of variance")
def test_the_icc_is_that_of_the_analysis_of_variance_of_schools_within_arms(agree):
    for seed in range(5):
        table = schools(np.random.default_rng(seed), clusters=9, size=10)
        plan = aw.Plan(outcome="after", treatment="offered", cluster="school")
        school = table.groupby("school")["after"]
        arm = table.groupby("offered")["after"]
        n = school.size()
        within = ((table["after"] - school.transform("mean")) ** 2).sum()
        between = ((school.transform("mean") - arm.transform("mean")) ** 2).sum()
        N, G, A = len(table), len(n), 2
        of_arm = table.groupby("school")["offered"].first()
        squares = sum((n[of_arm == a] ** 2).sum() / n[of_arm == a].sum() for a in (0, 1))
        n0 = (N - squares) / (G - A)
        mean_between, mean_within = between / (G - A), within / (N - G)
        expected = (mean_between - mean_within) / (mean_between + (n0 - 1) * mean_within)
        agree(aw.estimate(table, plan)[0].icc, max(expected, 0.0))


# ---------------------------------------------------------------- several contrasts at once


@pytest.mark.proves("linear.joint", "clubSandwich 0.5.8, STAR (A09, A10)")
def test_joint_tests_on_star_are_clubsandwichs_htz(agree):
    table = pd.read_csv(HERE / "reference" / "data" / "star_first_grade.csv.gz")
    table["place"] = table["schoolk"].replace("inner-city", "urban")
    plan = aw.Plan(
        outcome="math1", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil", covariates=("place", "gender", "ethnicity", "lunchk"),
    )  # fmt: skip
    m = aw.collect(table, plan).samples[0]
    products = []
    for arm in ("small", "regular+aide"):
        share = np.round(m.totals[:, m.columns.index(f"stark={arm}")] / m.S[:, 0, 0])
        for place in ("suburban", "rural"):
            name = f"{arm} x {place}"
            m = m.with_product(name, share, f"place={place}")
            products.append(name)
    main = ["stark=small", "stark=regular+aide", "place=suburban", "place=rural", "gender=female",
            "ethnicity=afam", "ethnicity=asian", "ethnicity=hispanic", "ethnicity=other",
            "lunchk=free"]  # fmt: skip
    fit = least_squares(m, [*products, *main], absorb=False)
    expected = STAR["A10-cr2-star-moderation"]["expected"]
    every = np.eye(len(fit.names))
    for contrasts, name in ((every[:4], "any_interaction"), (every[:2], "small_interaction")):
        found = joint(fit, contrasts, aw.Inference.CR2)
        agree([found.F, found.df1, found.df2], [expected[name][k] for k in ("F", "df1", "df2")])
        agree(stats.f.sf(found.F, found.df1, found.df2), expected[name]["p"])
    assert fit.pupils == expected["n"]


@pytest.mark.proves("effects.joint_test", "clubSandwich 0.5.8, STAR (A09)")
def test_whether_any_arm_differs_is_clubsandwichs_htz(agree):
    table = aw.read(HERE.parent / "data" / "star" / "pupils.csv")
    plan = aw.Plan(
        outcome="math1", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil",
    )  # fmt: skip
    found = aw.effects.joint_test(aw.estimate(table, plan, inference="CR2"))
    expected = STAR["A09-cr2-star"]["expected"]["wald_HTZ"]
    row = found.iloc[0]
    agree([row["F"], row["df1"], row["df2"], row["p_value"]],
          [expected[k] for k in ("F", "df1", "df2", "p")])  # fmt: skip


def test_one_contrast_tested_jointly_is_its_t_test():
    table = schools(np.random.default_rng(4), clusters=9)
    plan = aw.Plan(outcome="after", treatment="offered", cluster="school", covariates=("before",))
    effects = aw.estimate(table, plan)
    fit = least_squares(effects.moments.samples[0], ["offered=1", "before"], absorb=False)
    found = joint(fit, np.eye(2)[:1], aw.Inference.CR2)
    assert pytest.approx((effects[0].estimate / effects[0].se) ** 2, rel=1e-8) == found.F
    assert found.df2 == pytest.approx(effects[0].df, rel=1e-8)


def test_a_joint_test_does_not_depend_on_how_the_contrasts_are_written():
    table = schools(np.random.default_rng(5), clusters=14)
    plan = aw.Plan(
        outcome="after", treatment="offered", cluster="school", covariates=("before", "girl")
    )
    names = ["offered=1", "before", "girl"]
    fit = least_squares(aw.collect(table, plan).samples[0], names, absorb=False)
    C = np.eye(3)[:2]
    one = joint(fit, C, aw.Inference.CR2)
    other = joint(fit, np.array([[2.0, 1.0], [1.0, -3.0]]) @ C, aw.Inference.CR2)
    assert [other.F, other.df2] == pytest.approx([one.F, one.df2], rel=1e-8)


# ---------------------------------------------------------------- many sites


@pytest.fixture(scope="module")
def star():
    table = aw.read(HERE.parent / "data" / "star" / "pupils.csv")
    two = table[table["stark"].isin(["small", "regular"])]
    counts = two[two["totalk"].notna()].groupby(["schoolidk", "stark"]).size().unstack()
    enough = counts.index[(counts > 1).all(axis=1)]
    return two[two["schoolidk"].isin(enough)]


SITES = aw.Plan(
    outcome="totalk", treatment="stark", comparison="regular", cluster="schoolidk",
    blocks=("schoolidk",), assigned="pupil",
)  # fmt: skip


@pytest.mark.proves("Method.SITE_AVERAGE", "R, STAR (A49)")
@pytest.mark.proves("Method.PUPIL_AVERAGE", "R, STAR (A49)")
@pytest.mark.proves("Method.DIFFERENCE", "R, STAR within schools (A49)")
def test_the_averages_over_sites_and_over_pupils_are_those_of_r(star, agree):
    expected = STAR["A49-multisite"]["expected"]
    site = aw.estimate(star, SITES, method="site average")[0]
    agree([site.estimate, site.se], [expected["site_average"], expected["se_site_average"]])
    assert site.df == pytest.approx(expected["sites"] - 1)
    pupil = aw.estimate(star, SITES, method="pupil average")[0]
    agree(pupil.estimate, expected["pupil_average"])
    within = aw.estimate(star, SITES, method="difference")[0]
    agree(within.estimate, expected["fixed_effects"])
    means = aw.estimate(star, SITES, method="cluster means")[0]
    assert (means.estimate, means.se) == pytest.approx((site.estimate, site.se))


@pytest.mark.proves("effects.multisite", "metafor 3.8.1, STAR (A49)")
def test_how_much_the_sites_differ_is_as_in_metafor(star, agree):
    expected = STAR["A49-multisite"]["expected"]
    row = aw.effects.multisite(aw.estimate(star, SITES)).iloc[0]
    names = ["pupil_average", "site_average", "precision", "random_mean", "random_se", "sd", "Q"]
    keys = ["pupil_average", "site_average", "fixed_effects", "reml_mean", "reml_se",
            "cross_site_sd", "Q"]  # fmt: skip
    agree(row[names].to_numpy(float), [expected[k] for k in keys], rel=PRINTED)
    assert row["sites"] == expected["sites"]
    assert row["sd_low"] < row["sd"] < row["sd_high"]


def test_equal_true_differences_have_no_spread_over_sites():
    rng = np.random.default_rng(6)
    v = rng.uniform(0.5, 2.0, 40)
    mean, se, variance = random_effects(np.full(40, 3.0), v)
    assert (mean, variance) == pytest.approx((3.0, 0.0))
    assert se == pytest.approx(np.sum(1 / v) ** -0.5)
    assert q_profile(np.full(40, 3.0), v) == (0.0, 0.0)


def test_the_interval_of_the_spread_covers_the_truth():
    rng, covered = np.random.default_rng(7), 0
    for _ in range(200):
        v = rng.uniform(0.5, 2.0, 25)
        d = rng.normal(0, 1.0, 25) + rng.normal(size=25) * np.sqrt(v)
        low, high = q_profile(d, v)
        covered += low <= 1.0 <= high
    assert covered / 200 == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 200))


def test_a_weighted_average_has_hc2_of_a_regression_on_the_constant():
    rng = np.random.default_rng(8)
    d = rng.normal(size=9)
    found = weighted_average(d, np.ones(9))
    assert found.se == pytest.approx(d.std(ddof=1) / 3)
    assert found.df == pytest.approx(8)
    uneven = weighted_average(d, np.array([50.0, *np.ones(8)]))
    assert uneven.df < 2


def test_an_average_over_sites_needs_sites():
    table = schools(np.random.default_rng(9))
    plan = aw.Plan(outcome="after", treatment="offered", cluster="school")
    for method in ("site average", "pupil average"):
        with pytest.raises(aw.PlanError):
            aw.estimate(table, plan, method=method)
    with pytest.raises(aw.PlanError):
        aw.effects.multisite(aw.estimate(table, plan))
    paired = table.assign(pair=table["school"].map(lambda name: int(name[1:]) // 2))
    paired["offered"] = paired["school"].map(lambda name: int(name[1:]) % 2)
    in_pairs = replace(plan, blocks=("pair",))
    effect = aw.estimate(paired, in_pairs, method="site average")[0]
    arms = paired.groupby(["pair", "offered"])["after"].mean().unstack()
    assert effect.estimate == pytest.approx((arms[1] - arms[0]).mean())
    assert effect.df == pytest.approx(5)
