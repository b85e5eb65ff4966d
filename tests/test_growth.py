"""Difference in differences: R's values, rows by brute force, theory, and what cannot be done."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_slopes import moments

import academic_workplace as aw
from academic_workplace import multilevel as ml
from academic_workplace.effects import Caution
from academic_workplace.effects.growth import NOBODY_THEN, NOT_ASSIGNED, Growth, gains
from academic_workplace.effects.regression import ONE_CLUSTER
from academic_workplace.linear import least_squares
from academic_workplace.multilevel.waves import Wave, along, measurements, sandwich

HERE = Path(__file__).parent / "reference"
KNOWN = json.loads((HERE / "growth.json").read_text())
A07, A47 = KNOWN["A07-growth-early"]["expected"], KNOWN["A47-did-2x2"]["expected"]
OWN = {
    "outcome": "y", "treatment": "arm", "cluster": "school", "comparison": "0", "wave": "moment",
    "baseline": "start", "waves": ("eind", "later"),
}  # fmt: skip
FOLLOWED = OWN | {"pupil": "pupil", "method": "difference in differences"}
OTHERS = OWN | {"repeated": True}
WAVES = OWN | {"pupil": "pupil", "method": "multilevel over waves"}
NUMBERS = ["estimate", "se", "df", "low", "high", "p_value", "g"]


def long(seed=1, *, P=90, G=10, miss=0.0, effect=0.5, waves=("start", "eind", "later")):
    """Pupils in schools over waves, some scores missing; schools change differently."""
    rng = np.random.default_rng(seed)
    school = np.sort(rng.integers(0, G, P)) if miss else np.repeat(np.arange(G), P // G)
    P = len(school)
    arm, u, v = school % 2, 0.5 * rng.normal(size=G), 0.8 * rng.normal(size=P)
    x, girl = rng.normal(size=P), rng.integers(0, 2, P)
    parts = []
    for t, wave in enumerate(waves):
        own = 0.2 * rng.normal(size=G)[school]
        y = 10 + 0.3 * t + 0.4 * arm + (t > 0) * effect * arm + 0.3 * x + 0.2 * t * x
        y = y + u[school] + own + v + 0.6 * rng.normal(size=P)
        parts.append(pd.DataFrame({
            "pupil": [f"p{i:03d}" for i in range(P)], "school": [f"s{i:02d}" for i in school],
            "arm": arm, "x": x, "girl": girl, "moment": wave,
            "y": np.where(rng.random(P) < miss, np.nan, y),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def detail(effects, i=0) -> Growth:
    found = effects.detail(effects[i])
    assert isinstance(found, Growth)
    return found


def districts():
    """Michigan districts that spent little before the reform and the others, all years."""
    d = pd.read_csv(HERE / "data" / "mathpnl.csv.gz").dropna(subset=["math4", "expp92"])
    two = d[d.year.isin([1994, 1996])].groupby("distid").size()
    d = d[d.distid.isin(two[two == 2].index)]
    spent = d[d.year == 1994].set_index("distid").expp92
    d["lo"] = d.distid.map(spent < spent.median()).astype(int)
    return d.assign(id="d" + d.distid.astype(str))


MATH = {
    "outcome": "math4", "treatment": "lo", "cluster": "distid", "comparison": "0",
    "wave": "year", "baseline": "1994", "waves": ("1996",),
}  # fmt: skip


# ---------------------------------------------------------------- R, and what is published


@pytest.mark.proves("Method.GROWTH", "clubSandwich 0.5.8, districts followed (A47)")
def test_the_gain_of_districts_that_are_followed_is_that_of_clubsandwich(agree):
    plan = aw.Plan(**MATH, pupil="id", method="difference in differences")
    effects = aw.estimate(districts(), plan)
    effect, rows = effects[0], detail(effects).table().set_index("wave")
    agree(effect.estimate, A47["did"], 1e-6)
    agree(effect.estimate, A47["did_fe"], 1e-6)
    agree(effect.se, A47["se_CR2"], 1e-6)
    agree(effect.df, A47["df"], 1e-6)
    for wave in ("1994", "1996"):
        agree(rows.mean_arm[wave], A47["means"][f"1 {wave}"], 1e-6)
        agree(rows.mean_comparison[wave], A47["means"][f"0 {wave}"], 1e-6)


@pytest.mark.proves("effects.growth", "clubSandwich 0.5.8, rows of all years (A47)")
def test_rows_of_which_nobody_is_followed_give_the_same(agree):
    effect = aw.estimate(districts(), aw.Plan(**MATH, repeated=True))[0]
    agree(effect.estimate, A47["did"], 1e-6)
    agree(effect.se, A47["se_CR2"], 1e-6)
    agree(effect.df, A47["df"], 1e-6)


@pytest.mark.proves("multilevel.random_slope", "lme4 1.1.31, growth of children by ML (A07)")
def test_the_growth_of_children_is_that_of_lme4_and_of_the_textbook(agree):
    e = pd.read_csv(HERE / "data" / "early.csv")
    e["tos"], e["treated"] = e.age - 1, (e.trt == "Y").astype(float)
    e["both"] = e.tos * e.treated
    x = ("tos", "treated", "both")
    m = moments(e, "cog", x, cluster="id")
    f = ml.random_slope(m, least_squares(m, x, absorb=False), "tos", absorb=False, reml=False)
    assert isinstance(f, ml.Sloped)
    fixed = A07["fixef"]
    for found, name in zip(f.beta, ("tos", "trtY", "tos:trtY"), strict=True):
        agree(found, fixed[name], 1e-3)
    variances = A07["varcomp"]
    agree(f.D[0, 0], variances["id (Intercept) "], 1e-2)
    agree(f.D[1, 1], variances["id tos "], 1e-2)
    agree(f.D[0, 1], variances["id (Intercept) tos"], 1e-2)
    agree(f.sigma2, variances["Residual"], 1e-2)
    agree(-f.criterion / 2, A07["loglik"], abs=1e-2)
    assert f.boundary  # the textbook's variances (124.64, 12.29) lie just beside this edge
    published = KNOWN["A07-growth-early"]["published"]["fixef"]
    assert np.round(f.beta, 2).tolist() == published[1:]


@pytest.mark.proves("Method.WAVES", "statsmodels MixedLM, children over waves")
def test_children_over_waves_are_those_of_statsmodels(agree):
    import statsmodels.formula.api as smf

    e = pd.read_csv(HERE / "data" / "early.csv")
    e["moment"], e["id"] = e.age.astype(str), e.id.astype(str)
    e = e.drop(e.index[::7])  # some children miss a wave
    plan = aw.Plan(
        outcome="cog", treatment="trt", cluster="id", pupil="id", comparison="N", wave="moment",
        baseline="1.0", waves=("1.5", "2.0"), method="multilevel over waves",
    )  # fmt: skip
    start = set(e.id[e.age == 1])
    e = e[e.id.isin(start)]
    effects = aw.estimate(e.assign(moment=e.age), replace(plan, baseline="1", waves=("1.5", "2")))
    other = smf.mixedlm("cog ~ C(moment) * C(trt)", e, groups="id").fit(reml=True)
    for effect, wave in zip(effects, ("2.0", "1.5"), strict=True):
        agree(effect.estimate, other.params[f"C(moment)[T.{wave}]:C(trt)[T.Y]"], 1e-5)
    own = detail(effects).model
    agree(own.sigma2, other.scale, 1e-4)
    agree(own.omega2, float(other.cov_re.iloc[0, 0]), 1e-4)
    assert own.tau2 is None  # every child is a cluster
    by_model = aw.estimate(
        e.assign(moment=e.age), replace(plan, baseline="1", waves=("1.5", "2")),
        inference="Satterthwaite",
    )  # fmt: skip
    agree(by_model[0].se, other.bse["C(moment)[T.2.0]:C(trt)[T.Y]"], 1e-4)


# ---------------------------------------------------------------- rows by brute force


def cr2(X, y, cluster, V=None):
    """Coefficients and their variance by CR2, from whole matrices; of V^-1/2 y where there is V."""
    if V is not None:
        root = np.linalg.inv(np.linalg.cholesky(V))
        X, y = root @ X, root @ y
    M = np.linalg.inv(X.T @ X)
    beta = M @ X.T @ y
    e, moves = y - X @ beta, []
    for g in np.unique(cluster):
        i = np.flatnonzero(cluster == g)
        w, Q = np.linalg.eigh(np.eye(len(i)) - X[i] @ M @ X[i].T)
        root = (Q * np.where(w > 1e-9, np.maximum(w, 1e-9) ** -0.5, 0)) @ Q.T
        moves.append(M @ X[i].T @ root @ e[i])
    return beta, np.array(moves).T @ np.array(moves)


@pytest.mark.proves("effects.growth", "rows: gains by whole matrices, with covariates and blocks")
def test_gains_with_covariates_and_blocks_are_those_of_rows(agree):
    table = long(3, miss=0.15).assign(region=lambda t: t.school.isin(["s00", "s01", "s02", "s05"]))
    table["region"] = table.region.map({True: "north", False: "south"})
    plan = aw.Plan(**FOLLOWED, covariates=("x", "girl"), blocks=("region",))
    effects = aw.estimate(table, plan)
    wide = table.pivot(index="pupil", columns="moment", values="y")
    who = table.drop_duplicates("pupil").set_index("pupil")
    for effect in effects:
        gain = (wide[effect.wave] - wide["start"]).dropna()
        own = who.loc[gain.index]
        X = np.column_stack([own.arm, own.x, own.girl, own.region == "north",
                             own.region == "south"]).astype(float)  # fmt: skip
        beta, V = cr2(X, gain.to_numpy(), own.school.to_numpy())
        agree(effect.estimate, beta[0], 1e-8)
        agree(effect.se, V[0, 0] ** 0.5, 1e-8)


@pytest.mark.proves("effects.growth", "rows: other pupils, by whole matrices")
def test_other_pupils_with_a_covariate_are_those_of_rows(agree):
    table = long(4, miss=0.2, waves=("eerder", "start", "eind", "later")).drop(columns="pupil")
    plan = aw.Plan(**OTHERS, earlier=("eerder",), covariates=("x",))
    effects = aw.estimate(table, plan)
    rows = table.dropna(subset=["y"])
    times = ("eerder", "eind", "later")
    at = [(rows.moment == w).to_numpy(float) for w in times]
    X = np.column_stack([np.ones(len(rows)), rows.arm, rows.x, *at,
                         *(t * rows.arm.to_numpy() for t in at)])  # fmt: skip
    beta, V = cr2(X, rows.y.to_numpy(), rows.school.to_numpy())
    for effect in effects:
        j = 6 + times.index(effect.wave)
        agree(effect.estimate, beta[j], 1e-8)
        agree(effect.se, V[j, j] ** 0.5, 1e-8)
    found = detail(effects)
    seen = found.table().set_index("wave")
    agree(seen.estimate["eerder"], beta[6], 1e-8)
    shift = np.array([-1.0, 1.0])
    agree(found.lasts.estimate, shift @ beta[[7, 8]], 1e-8)
    agree(found.lasts.se, (shift @ V[np.ix_([7, 8], [7, 8])] @ shift) ** 0.5, 1e-8)


def test_the_waves_before_are_tested_together_over_the_clusters():
    table = long(5, miss=0.1, waves=("a", "b", "start", "eind", "later"))
    effects = aw.estimate(table, aw.Plan(**FOLLOWED, earlier=("a", "b")))
    found = detail(effects)
    wide = table.pivot(index="pupil", columns="moment", values="y")
    who = table.drop_duplicates("pupil").set_index("pupil")
    parts = []
    for wave in ("a", "b", "eind", "later"):
        gain = (wide[wave] - wide["start"]).dropna()
        parts.append(pd.DataFrame({"gain": gain, "wave": wave}).join(who[["school", "arm"]]))
    rows = pd.concat(parts)
    X = np.column_stack([f(rows.wave == w) for w in ("a", "b", "eind", "later")
                         for f in (np.asarray, lambda z: z * rows.arm)]).astype(float)  # fmt: skip
    beta, V = cr2(X, rows.gain.to_numpy(), rows.school.to_numpy())
    pair = [1, 3]
    Q = beta[pair] @ np.linalg.solve(V[np.ix_(pair, pair)], beta[pair])
    joint = found.alike_before
    eta = joint.df2 + 1
    assert joint.df1 == 2
    assert pytest.approx((eta - 1) / (eta * 2) * Q, rel=1e-8) == joint.F
    assert found.lasts.se == pytest.approx((V[7, 7] + V[5, 5] - 2 * V[5, 7]) ** 0.5, rel=1e-8)
    limits = found.table().dropna(subset=["low"])
    assert (limits.band_low < limits.low).all()
    assert (limits.band_high > limits.high).all()


def scores(table, covariates=()):
    """All scores of those with a row at the start, and the columns of the model."""
    rows = table[table.y.notna()]
    times = ("start", "eind", "later")
    at = [(rows.moment == w).to_numpy(float) for w in times]
    X = np.column_stack([*at, *(t * rows.arm.to_numpy() for t in at),
                         *(t * rows[c].to_numpy() for c in covariates for t in at)])  # fmt: skip
    same_pupil = (rows.pupil.to_numpy()[:, None] == rows.pupil.to_numpy()).astype(float)
    same_school = (rows.school.to_numpy()[:, None] == rows.school.to_numpy()).astype(float)
    return rows, X, same_pupil, same_school


@pytest.mark.proves("Method.WAVES", "rows: whole covariance matrices, with missing waves")
def test_the_model_of_all_scores_is_that_of_whole_matrices(agree):
    from scipy.optimize import minimize

    table = long(6, miss=0.25)
    effects = aw.estimate(table, aw.Plan(**WAVES, covariates=("x",)))
    own = detail(effects).model
    rows, X, same_pupil, same_school = scores(table, ("x",))
    y = rows.y.to_numpy()

    def value(theta):
        V = theta[0] * np.eye(len(y)) + theta[1] * same_pupil + theta[2] * same_school
        _, det = np.linalg.slogdet(V)
        inverse = np.linalg.inv(V)
        A = X.T @ inverse @ X
        e = y - X @ np.linalg.solve(A, X.T @ inverse @ y)
        return det + np.linalg.slogdet(A)[1] + e @ inverse @ e

    theta = np.array([own.sigma2, own.omega2, own.tau2])
    best = minimize(value, theta * 1.3, method="L-BFGS-B", bounds=[(1e-4, None)] * 3,
                    options={"ftol": 1e-14, "gtol": 1e-8}).x  # fmt: skip
    agree(theta, best, 1e-3)
    V = theta[0] * np.eye(len(y)) + theta[1] * same_pupil + theta[2] * same_school
    beta, robust = cr2(X, y, rows.school.to_numpy(), V)
    for effect in effects:
        c = np.zeros(X.shape[1])
        c[3 + ("start", "eind", "later").index(effect.wave)], c[3] = 1, -1
        agree(effect.estimate, c @ beta, 1e-8)
        agree(effect.se, (c @ robust @ c) ** 0.5, 1e-8)
    by_model = aw.estimate(table, aw.Plan(**WAVES, covariates=("x",)), inference="Satterthwaite")
    Phi = np.linalg.inv(X.T @ np.linalg.solve(V, X))
    c = np.zeros(X.shape[1])
    c[5], c[3] = 1, -1
    agree(by_model[0].se, (c @ Phi @ c) ** 0.5, 1e-8)


# ---------------------------------------------------------------- theorems


def assert_same(one, other):
    a, b = (x.table()[NUMBERS].astype(float) for x in (one, other))
    np.testing.assert_allclose(a, b, rtol=1e-8)


@pytest.mark.parametrize("covariates", [(), ("x", "girl")])
def test_with_every_score_there_the_model_says_what_the_gains_say(covariates):
    table = long(7)
    one = aw.estimate(table, aw.Plan(**FOLLOWED, covariates=covariates))
    other = aw.estimate(table, aw.Plan(**WAVES, covariates=covariates))
    assert_same(one, other)


def test_complete_and_balanced_scores_give_the_variances_of_anova():
    table = long(8, P=120, G=12, waves=("start", "eind"))
    plan = aw.Plan(**WAVES | {"waves": ("eind",)})
    own = detail(aw.estimate(table, plan)).model
    wide = table.pivot(index="pupil", columns="moment", values="y")
    who = table.drop_duplicates("pupil").set_index("pupil")
    P, G, T, n = 120, 12, 2, 10
    level = wide.mean(axis=1)
    left = wide.sub(level, axis=0)
    left = left - left.groupby(who.arm).transform("mean")
    sigma2 = (left**2).to_numpy().sum() / ((P - 2) * (T - 1))
    school = level.groupby(who.school).transform("mean")
    pupils = T * ((level - school) ** 2).sum() / (P - G)
    arm = level.groupby(who.arm).transform("mean")
    clusters = T * ((school - arm) ** 2).sum() / (G - 2)
    assert own.sigma2 == pytest.approx(sigma2, rel=1e-6)
    assert own.omega2 == pytest.approx((pupils - sigma2) / T, rel=1e-6)
    assert own.tau2 == pytest.approx((clusters - pupils) / (n * T), rel=1e-5)


@pytest.mark.parametrize("kind", [FOLLOWED, OTHERS, WAVES])
def test_neither_the_order_nor_the_size_of_the_scores_matters(kind):
    table = long(9, miss=0.2)
    table = table.drop(columns="pupil") if "repeated" in kind else table
    plan = aw.Plan(**kind, covariates=("x",))
    one = aw.estimate(table, plan)
    assert_same(one, aw.estimate(table.sample(frac=1, random_state=1), plan))
    moved = aw.estimate(table.assign(y=1e6 + table.y), plan)
    a, b = (x.table()[["estimate", "se"]].astype(float) for x in (one, moved))
    np.testing.assert_allclose(a, b, rtol=1e-6)


def test_parts_of_a_file_add_up_for_gains_and_for_other_pupils():
    table = long(10, miss=0.2)
    for kind in (FOLLOWED, OTHERS):
        own = table.drop(columns="pupil") if "repeated" in kind else table
        plan = aw.Plan(**kind)
        half = own.school < "s05"
        parts = aw.collect(own[half], plan) + aw.collect(own[~half], plan)
        assert_same(aw.estimate(own, plan), aw.estimate(parts, plan))


def test_the_wide_table_says_what_the_long_one_says():
    table = long(11, miss=0.2, waves=("start", "eind"))
    one = aw.estimate(table, aw.Plan(**FOLLOWED | {"waves": ("eind",)}))
    wide = table.pivot(index=["pupil", "school", "arm"], columns="moment", values="y").reset_index()
    own = {"outcome": "eind", "baseline": "start", "treatment": "arm", "cluster": "school",
           "comparison": "0"}  # fmt: skip
    other = aw.estimate(wide, aw.Plan(**own, method="difference in differences"))
    assert_same(one, other)
    two = aw.estimate(wide, aw.Plan(**own, method="multilevel over waves"))
    assert_same(aw.estimate(table, aw.Plan(**WAVES | {"waves": ("eind",)})), two)


def test_adding_to_a_baseline_what_is_added_to_the_outcome_changes_no_gain():
    table = long(12, miss=0.1)
    plan = aw.Plan(**FOLLOWED)
    extra = table.pupil.map(dict(zip(table.pupil.unique(), np.arange(90.0), strict=False)))
    assert_same(
        aw.estimate(table, plan), aw.estimate(table, plan)
    )  # the same numbers twice, seeds included
    one, other = (aw.estimate(t, plan) for t in (table, table.assign(y=table.y + extra)))
    for a, b in zip(one, other, strict=True):
        assert a.estimate == pytest.approx(b.estimate, rel=1e-8)
        assert a.se == pytest.approx(b.se, rel=1e-8)


def test_gains_of_moments_are_the_moments_of_gains():
    table = long(13, waves=("start", "eind"))
    wide = table.pivot(index=["pupil", "school"], columns="moment", values="y").reset_index()
    wide["gain"] = wide.eind - wide.start
    m = gains(moments(wide, "eind", ("start",)), "start")
    other = moments(wide, "gain", ("start",)).about(m.origin)
    np.testing.assert_allclose(m.S, other.S, atol=1e-9)


def test_other_inferences_go_through_where_they_can():
    table = long(14, miss=0.1)
    for way in ("wild bootstrap", "randomisation", "jackknife", "cluster bootstrap", "CR3"):
        effect = aw.estimate(table, aw.Plan(**FOLLOWED, draws=199), inference=way)[0]
        assert effect.reason is None
        assert effect.low < effect.estimate < effect.high
    table = table.drop(columns="pupil")
    for way in ("randomisation", "cluster bootstrap"):
        effect = aw.estimate(table, aw.Plan(**OTHERS, draws=199), inference=way)[0]
        assert effect.reason is NOT_ASSIGNED
        assert (effect.se, effect.low, effect.p_value) == (None, None, None)


def test_pupils_who_were_assigned_are_assigned_again_with_their_gain():
    table = long(15, P=60, G=6).assign(arm=lambda t: t.pupil.str[-1].astype(int) % 2)
    plan = aw.Plan(**FOLLOWED | {"assigned": "pupil", "blocks": ("school",)}, draws=199)
    effect = aw.estimate(table, plan, inference="randomisation")[0]
    start = table[table.moment == "start"].set_index("pupil").y
    gained = table.assign(y=table.y - table.pupil.map(start))
    other = aw.estimate(gained, plan, inference="randomisation")[0]
    for name in ("estimate", "low", "high", "p_value"):
        assert getattr(effect, name) == pytest.approx(getattr(other, name), rel=1e-9)


# ---------------------------------------------------------------- what cannot be compared


def faults(table, plan):
    with pytest.raises(aw.DataError) as error:
        aw.estimate(table, plan)
    return " ".join(f"{f.column}: {f.rule['nl']} {f.remedy['nl']}" for f in error.value.faults)


def test_a_wave_without_pupils_is_one_fault():
    for kind in (FOLLOWED | {"earlier": ("nooit",)}, OTHERS | {"earlier": ("nooit",)}):
        said = faults(long(16), aw.Plan(**kind))
        assert "‘nooit’ komt niet voor" in said
    table = long(16)
    said = faults(table[table.moment != "start"], aw.Plan(**OTHERS))
    assert "‘start’ komt niet voor" in said


def test_a_pupil_in_two_schools_is_one_fault_that_names_the_school_at_the_start():
    table = long(17)
    table.loc[(table.pupil == "p003") & (table.moment == "later"), "school"] = "s02"
    for kind in (FOLLOWED, WAVES):
        assert "waar hij of zij begon" in faults(table, aw.Plan(**kind))


def test_an_arm_that_says_only_later_that_it_started_is_one_fault():
    table = long(18).drop(columns="pupil")
    table.loc[table.moment == "start", "arm"] = 0
    assert "ook vóór de start" in faults(table, aw.Plan(**OTHERS))


def test_a_school_without_pupils_before_is_told_and_counts():
    table = long(19).drop(columns="pupil")
    gone = table[~((table.school == "s03") & (table.moment == "start"))]
    effects = aw.estimate(gone, aw.Plan(**OTHERS))
    assert all(Caution.CLUSTERS_COME_AND_GO in e.cautions for e in effects)
    assert all(e.se is not None for e in effects)
    whole = aw.estimate(table, aw.Plan(**OTHERS))
    assert not any(Caution.CLUSTERS_COME_AND_GO in e.cautions for e in whole)


def test_an_arm_that_nobody_measured_before_has_a_reason_and_no_number():
    table = long(20)
    gone = table[~((table.arm == 1) & (table.moment == "start"))]
    for effect in aw.estimate(gone.drop(columns="pupil"), aw.Plan(**OTHERS)):
        assert effect.estimate is None
        assert effect.reason is NOBODY_THEN
    empty = table.assign(y=table.y.where((table.arm == 0) | (table.moment != "start")))
    with pytest.raises(aw.DataError) as error:  # they were there, and their cells are empty
        aw.estimate(empty, aw.Plan(**WAVES))
    (fault,) = error.value.faults
    assert fault.column == "y"
    assert "‘start’" in fault.rule.nl
    assert "groep ‘1’" in fault.rule.nl


def test_an_arm_or_a_wave_that_cannot_be_compared_leaves_the_others_as_they_were():
    table = long(28, waves=("eerder", "start", "eind", "later")).drop(columns="pupil")
    third = table.assign(arm=np.where(table.school.isin(["s08", "s09"]), 2, table.arm))
    plan = aw.Plan(**OTHERS, earlier=("eerder",))
    whole = {(e.wave, e.arm): e for e in aw.estimate(third, plan)}
    late = third[(third.arm != 2) | (third.moment != "start")]
    for e in aw.estimate(late, plan):
        if e.arm == "2":
            assert e.estimate is None
            assert e.reason is NOBODY_THEN
        else:
            assert e.estimate == pytest.approx(whole[e.wave, e.arm].estimate, rel=1e-9)
            assert e.se == pytest.approx(whole[e.wave, e.arm].se, rel=1e-9)
    gone = table[(table.arm != 0) | (table.moment != "eerder")]
    effects = aw.estimate(gone, plan)
    assert [e.se for e in effects] == pytest.approx(
        [e.se for e in aw.estimate(table, plan)], rel=1e-9
    )
    rows = detail(effects).table().set_index("wave")
    assert np.isnan(rows.estimate["eerder"])
    assert np.isnan(rows.mean_comparison["eerder"])


@pytest.mark.parametrize("kind", [FOLLOWED, OTHERS, WAVES])
def test_an_arm_of_one_school_has_an_estimate_and_no_uncertainty(kind):
    table = long(21)
    table = table[(table.arm == 0) | (table.school == "s01")]
    table = table.drop(columns="pupil") if "repeated" in kind else table
    for effect in aw.estimate(table, aw.Plan(**kind)):
        assert effect.estimate is not None
        assert effect.se is None
        assert effect.reason is ONE_CLUSTER


def test_an_arm_of_one_school_before_only_has_no_uncertainty_either():
    table = long(22).drop(columns="pupil")
    gone = table[(table.arm == 0) | (table.moment != "start") | (table.school == "s01")]
    for effect in aw.estimate(gone, aw.Plan(**OTHERS)):
        assert effect.se is None
        assert effect.reason is ONE_CLUSTER


def test_a_model_over_waves_needs_the_pupils():
    table, plan = long(23), aw.Plan(**WAVES)
    with pytest.raises(aw.PlanError, match="tabel met leerlingen"):
        aw.estimate(aw.collect(table, plan), plan)


def test_scores_that_no_pupil_has_twice_leave_a_model_of_schools():
    table = long(24, P=120, G=12)
    order = table.pupil.str[1:].astype(int) % 3
    when = table.moment.map({"start": 0, "eind": 1, "later": 2})
    table["y"] = table.y.where(order == when)
    effects = aw.estimate(table, aw.Plan(**WAVES))
    own = detail(effects).model
    assert own.omega2 is None
    assert own.whole == 0
    assert all(e.se is not None for e in effects)


def test_pupils_alike_and_schools_alike_are_both_said():
    rng = np.random.default_rng(1)
    table = long(25)
    table["y"] = rng.normal(size=len(table))
    said = {c for e in aw.estimate(table, aw.Plan(**WAVES)) for c in e.cautions}
    assert said & {Caution.NO_PUPIL_VARIANCE, Caution.NO_CLUSTER_VARIANCE}


WRONG = {
    "no baseline": ({"baseline": None, "method": "difference in differences"}, "baseline"),
    "an earlier wave after": ({"earlier": ("eind",)}, "earlier"),
    "another method": ({"method": "adjusted", "earlier": ("a",)}, "method"),
    "weights": ({"weights": "w", "method": "difference in differences"}, "weights"),
    "a dose": ({"dose": True, "comparison": None, "method": "multilevel over waves"}, "dose"),
    "classes in a model over waves": ({"classes": "b", "method": "multilevel over waves"},
                                      "classes"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "column"), WRONG.values(), ids=WRONG)
def test_what_a_plan_over_waves_cannot_ask(given, column):
    with pytest.raises(aw.PlanError) as error:
        aw.Plan(**OWN | {"pupil": "pupil"} | given)
    assert column in {f.column for f in error.value.faults}


REFUSED = {
    "pupil": "pupil", "blocks": ("b",), "classes": "c", "subgroups": ("x",), "weights": "w",
    "method": "multilevel over waves", "wave": None,
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_plan_with_other_pupils_cannot_ask(name):
    with pytest.raises(aw.PlanError) as error:
        aw.Plan(**OTHERS | {name: REFUSED[name]})
    assert {name, "repeated"} & {f.column for f in error.value.faults}


def test_a_plan_in_a_file_says_so():
    text = """
[study]
[design]
cluster = "school"
treatment = "arm"
comparison = "0"
[waves]
column = "moment"
earlier = ["eerder"]
baseline = "start"
after = ["eind"]
other_pupils = true
[[outcomes]]
column = "y"
"""
    plan = aw.plan.parse_plan(text)
    assert plan.repeated
    assert plan.earlier == ("eerder",)
    assert aw.plan.plan_from_dict(plan.to_dict()) == plan
    plain = aw.Plan(**OWN, pupil="pupil")
    assert not {"earlier", "repeated"} & set(plain.to_dict())


# ---------------------------------------------------------------- who was there


def test_nobody_of_another_wave_is_lost():
    table = long(26, miss=0.2).drop(columns="pupil")
    effects = aw.estimate(table, aw.Plan(**OTHERS))
    flow = effects.flow.table()
    for wave in ("eind", "later"):
        here = table[table.moment == wave]
        at = flow[flow.wave == wave].groupby("stage").pupils.sum()
        assert at["start"] == len(here)
        assert at["answered"] == at["analysed"] == here.y.notna().sum()
    evidence = aw.weigh(effects, effects.plan)
    assert evidence.losses == ()
    assert not evidence.attrition
    told = {(d.wave, d.arm): d.mean for d in evidence.descriptions}
    means = table.groupby(["moment", "arm"]).y.mean()
    assert told["eind", "1"] == pytest.approx(means["eind", 1])
    assert told["later", "0"] == pytest.approx(means["later", 0])


def test_few_pupils_before_keep_the_effect_inside():
    table = long(27, P=120, G=12).drop(columns="pupil")
    before = (table.moment == "start") & (table.arm == 1)
    few = table[~before | (table.groupby(["moment", "arm"]).cumcount() % 8 == 0)]
    evidence = aw.weigh(aw.estimate(few, aw.Plan(**OTHERS)), aw.Plan(**OTHERS))
    assert all(f.withheld for f in evidence.findings)
    whole = aw.weigh(aw.estimate(table, aw.Plan(**OTHERS)), aw.Plan(**OTHERS))
    assert not any(f.withheld for f in whole.findings)


# ---------------------------------------------------------------- the arithmetic by itself


def test_a_fit_of_measurements_tells_any_contrast():
    rng = np.random.default_rng(3)
    P = 60
    cluster = np.arange(P) % 6
    waves = [
        Wave(name, np.arange(P), rng.normal(size=P), rng.normal(size=(P, 1)), (f"x {name}",))
        for name in ("a", "b")
    ]
    model = measurements(waves, cluster, [f"s{i}" for i in range(6)])
    fit = sandwich(model)
    c = np.array([0.5, -1.0, 2.0])
    own = along(model.fit, c, len(model.fitted.delta))
    assert own @ fit.beta == pytest.approx(c @ model.fitted.beta, rel=1e-9)
    assert (model.scores, model.pupils, model.whole) == (2 * P, P, P)


def messages(**given):
    with pytest.raises(aw.PlanError) as error:
        aw.Plan(**given)
    return {f.column: f for f in error.value.faults}


def test_a_model_that_follows_pupils_says_so_of_a_plan_that_follows_none():
    fault = messages(**OTHERS | {"method": "multilevel over waves"})["method"]
    assert "volgt steeds dezelfde leerlingen" in fault.rule.nl
    assert "follows the same pupils" in fault.rule.en
    assert "repeated" in fault.rule.nl
    assert "niet hoe groepen veranderden" not in fault.rule.nl
    other = messages(**OTHERS | {"method": "adjusted"})["method"]
    assert "niet hoe groepen veranderden" in other.rule.nl
    assert "repeated" in other.rule.en


@pytest.mark.parametrize("name", ["classes", "alone"])
def test_what_only_this_model_cannot_have_names_the_method_that_can(name):
    given = {"classes": "c", "alone": ("0",)}[name]
    fault = messages(**WAVES | {name: given})[name]
    assert "multilevel over waves" in fault.rule.nl
    assert "difference in differences" in fault.remedy.nl
    assert "difference in differences" in fault.remedy.en
    aw.Plan(**FOLLOWED | {name: given})
