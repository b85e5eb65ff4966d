"""A multilevel model over waves in which pupils have a pace of their own, and blocks."""

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from documents import texts

import academic_workplace as aw
from academic_workplace.effects.growth import NOBODY_THEN, Growth
from academic_workplace.effects.result import Caution
from academic_workplace.intake.check import check
from academic_workplace.linear import least_squares
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.multilevel import (
    SAME_AS_BLOCKS,
    TOO_MANY_BLOCKS,
    contrast,
    paces,
    random_slope,
)
from academic_workplace.multilevel.paces import EXACT_LINES, TOO_FEW_FOR_A_PACE, Paced
from academic_workplace.multilevel.waves import Wave, measurements
from academic_workplace.plan import Inference, parse_plan, plan_from_dict
from academic_workplace.report.build import build
from academic_workplace.threads import one_thread

DAY = datetime.date(2026, 11, 23)
TIMES = {"start": 0, "eind": 0.5, "later": 2}
PLAN = {
    "outcome": "y", "treatment": "arm", "cluster": "school", "comparison": "0", "wave": "moment",
    "baseline": "start", "waves": ("eind", "later"), "pupil": "pupil",
    "method": "multilevel over waves",
}  # fmt: skip


def long(seed=1, *, P=90, G=10, miss=0.2, pace=0.6, waves=TIMES):
    """Pupils in schools over waves, some scores missing; pupils change at their own pace."""
    rng = np.random.default_rng(seed)
    school, waves = rng.permutation(np.arange(P) % G), dict(waves)
    arm, block = school % 2, school // 2 % 2
    u, v, x = 0.5 * rng.normal(size=G)[school], 0.8 * rng.normal(size=P), rng.normal(size=P)
    own = 0.4 * v + pace * rng.normal(size=P)
    parts = []
    for i, t in enumerate(waves.values()):
        y = 10 + 0.3 * t + (0.4 + 0.5 * (i > 0)) * arm + 0.3 * x + 0.2 * i * block + u + v
        y = y + pace * own * t + 0.5 * rng.normal(size=P)
        gone = rng.random(P) < miss * (i > 0)
        parts.append(pd.DataFrame({
            "pupil": [f"p{n:03d}" for n in range(P)], "school": [f"s{s:02d}" for s in school],
            "arm": arm, "block": [f"b{b}" for b in block], "x": x,
            "moment": list(waves)[i], "y": np.where(gone, np.nan, y),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def detail(effects, i=0) -> Growth:
    found = effects.detail(effects[i])
    assert isinstance(found, Growth)
    return found


def rows_of(table, columns):
    """The scores that there are, a column per wave of each of these and a constant, and times."""
    rows = table.dropna(subset="y").reset_index(drop=True)
    X = [(rows.moment == w) * rows[c].astype(float) if c else (rows.moment == w).astype(float)
         for c in ("", *columns) for w in TIMES]  # fmt: skip
    return rows, np.column_stack(X), rows.moment.map(TIMES).to_numpy()


def covariance(rows, t, own):
    """V of the rows: own = (sigma2, tau2, D11, D12, D22) at t = 0."""
    pupil, school = rows.pupil.to_numpy(), rows.school.to_numpy()
    D = own[2] + own[3] * (t[:, None] + t) + own[4] * t[:, None] * t
    V = own[1] * (school[:, None] == school) + (pupil[:, None] == pupil) * D
    return V + own[0] * np.eye(len(rows))


def whole(rows, X, t, own):
    """-2 log restricted likelihood, coefficients and their covariance, from whole matrices."""
    V, y = covariance(rows, t, own), rows.y.to_numpy()
    inverse = np.linalg.inv(V)
    A = X.T @ inverse @ X
    beta = np.linalg.solve(A, X.T @ inverse @ y)
    e = y - X @ beta
    value = np.linalg.slogdet(V)[1] + np.linalg.slogdet(A)[1] + e @ inverse @ e
    return value + (len(y) - len(beta)) * np.log(2 * np.pi), beta, np.linalg.inv(A)


def cr2(X, y, cluster, V):
    """The variance of the coefficients by CR2, of V^-1/2 y, from whole matrices."""
    root = np.linalg.inv(np.linalg.cholesky(V))
    X, y = root @ X, root @ y
    M = np.linalg.inv(X.T @ X)
    e, moves = y - X @ M @ X.T @ y, []
    for g in np.unique(cluster):
        i = np.flatnonzero(cluster == g)
        w, Q = np.linalg.eigh(np.eye(len(i)) - X[i] @ M @ X[i].T)
        A = (Q * np.where(w > 1e-9, np.maximum(w, 1e-9) ** -0.5, 0)) @ Q.T
        moves.append(M @ X[i].T @ A @ e[i])
    return sum(np.outer(m, m) for m in moves)


def fitted_on(table, columns=("arm",)):
    """The fitted model itself, of the scores of a table."""
    who = table.drop_duplicates("pupil").set_index("pupil")
    waves = []
    for w, t in TIMES.items():
        part = table[(table.moment == w) & table.y.notna()]
        rows = who.index.get_indexer(part.pupil)
        X = part[list(columns)].to_numpy(float)
        waves.append(Wave(w, rows, part.y.to_numpy(), X, tuple(f"{w} {c}" for c in columns), t))
    with one_thread():
        return measurements(waves, *_codes(table)), waves


# ---------------------------------------------------------------- against others


@pytest.mark.proves("Method.WAVES", "statsmodels MixedLM, a pace of each pupil's own")
def test_paces_of_pupils_are_those_of_statsmodels(agree):
    import statsmodels.formula.api as smf

    table = long(4, G=90).assign(school=lambda t: t.pupil)
    arm = pd.Series(np.arange(90) % 2, index=[f"p{n:03d}" for n in range(90)])
    table["arm"] = table.pupil.map(arm)
    effects = aw.estimate(table, aw.Plan(**PLAN, times=TIMES), inference="Satterthwaite")
    rows = table.dropna().assign(t=table.moment.map(TIMES))
    other = smf.mixedlm(
        "y ~ C(moment, Treatment('start')) * arm", rows, groups="pupil", re_formula="~t"
    ).fit(reml=True, method=["bfgs", "lbfgs"])
    own = detail(effects).model
    agree(own.sigma2, other.scale, 1e-3)
    agree(own.pace.variance, float(other.cov_re.iloc[1, 1]), 1e-3)
    D = other.cov_re.to_numpy()
    agree(own.pace.correlation, D[0, 1] / np.sqrt(D[0, 0] * D[1, 1]), 2e-3)
    for effect in effects:
        name = f"C(moment, Treatment('start'))[T.{effect.wave}]:arm"
        agree(effect.estimate, other.params[name], 1e-4)
        agree(effect.se, other.bse[name], 1e-3)
    assert own.tau2 is None  # every pupil is a cluster


@pytest.mark.proves("Method.WAVES", "rows: whole covariance matrices, paces, missing waves")
def test_levels_and_paces_are_those_of_whole_matrices(agree):
    table = long(6)
    effects = aw.estimate(table, aw.Plan(**PLAN, times=TIMES, covariates=("x",)))
    rows, X, t = rows_of(table, ("arm", "x"))
    model, _ = fitted_on(table, ("arm", "x"))
    f = model.fitted
    assert isinstance(f, Paced)

    def value(z):
        return whole(rows, X, t, (np.exp(z[0]), z[1] ** 2, z[2] ** 2, z[2] * z[3],
                                  z[3] ** 2 + z[4] ** 2))[0]  # fmt: skip

    own = (f.sigma2, f.tau2, f.D[0, 0], f.D[0, 1], f.D[1, 1])
    reached, beta, Phi = whole(rows, X, t, own)
    agree(f.criterion, reached, 1e-10)
    L = np.linalg.cholesky(f.D)
    z = np.array([np.log(f.sigma2), np.sqrt(f.tau2), L[0, 0], L[1, 0], L[1, 1]])
    for h in 1e-3 * np.eye(5):  # the lowest there is: flat here, and higher on either side
        below, above = value(z - h), value(z + h)
        agree((above - below) / 2e-3, 0.0, abs=1e-3)
        assert min(below, above) > reached
    for h in np.vstack([np.eye(5), -np.eye(5)]) / 2:
        assert value(z + h) > reached
    robust = cr2(X, rows.y.to_numpy(), rows.school.to_numpy(), covariance(rows, t, own))
    by_model = aw.estimate(table, effects.plan, inference="Satterthwaite")
    for effect, other in zip(effects, by_model, strict=True):
        c = np.zeros(len(beta))
        c[3 + list(TIMES).index(effect.wave)], c[3] = 1, -1
        agree(effect.estimate, c @ beta, 1e-8)
        agree(effect.se, (c @ robust @ c) ** 0.5, 1e-8)
        agree(other.se, (c @ Phi @ c) ** 0.5, 1e-8)
    mean = f.at(float(t.mean()))
    model_of = detail(effects).model
    agree([model_of.omega2, model_of.tau2], [mean[0, 0], f.tau2], 1e-8)


@pytest.mark.proves("Method.WAVES", "rows: blocks at every wave, by whole matrices")
@pytest.mark.parametrize("times", [{}, TIMES], ids=["levels", "paces"])
def test_changes_within_blocks_are_those_of_whole_matrices(agree, times):
    table = long(7)
    effects = aw.estimate(table, aw.Plan(**PLAN, times=times, blocks=("block",)))
    own = detail(effects).model
    table["b"] = (table.block == "b1").astype(float)
    rows, X, t = rows_of(table, ("arm", "b"))
    theta = (own.sigma2, own.tau2, own.omega2, 0.0, 0.0)
    if times:
        f = fitted_on(table, ("arm", "b"))[0].fitted
        theta = (f.sigma2, f.tau2, f.D[0, 0], f.D[0, 1], f.D[1, 1])
    _, beta, _ = whole(rows, X, t, theta)
    robust = cr2(X, rows.y.to_numpy(), rows.school.to_numpy(), covariance(rows, t, theta))
    for effect in effects:
        c = np.zeros(len(beta))
        c[3 + list(TIMES).index(effect.wave)], c[3] = 1, -1
        agree(effect.estimate, c @ beta, 1e-8)
        agree(effect.se, (c @ robust @ c) ** 0.5, 1e-8)
    assert not any("block" in term for term in effects.coefficients().term)


# ---------------------------------------------------------------- theorems


def test_where_every_pupil_is_a_cluster_it_is_the_random_slope_of_clusters():
    table = long(8, G=90).assign(school=lambda t: t.pupil)
    table["arm"] = table.pupil.str[1:].astype(int) % 2
    model, waves = fitted_on(table)
    one = model.fitted
    n = [len(w.y) for w in waves]
    pupil, y = np.concatenate([w.rows for w in waves]), np.concatenate([w.y for w in waves])
    t = np.repeat(list(TIMES.values()), n).astype(float)
    start = np.cumsum([0, *n])
    columns = {}
    for i, w in enumerate(waves):
        here = np.zeros(len(y))
        here[start[i] : start[i + 1]] = 1
        x = here.copy()
        x[start[i] : start[i + 1]] = w.X[:, 0]
        columns |= ({f"wave={w.name}": here} if i else {}) | {f"{w.name} arm": x}
    origin, S = cross_products([*columns.values(), t, y], pupil, 90)
    none = ("",) * 90
    labels = tuple(f"p{i:03d}" for i in range(90))
    m = SampleMoments("y", "", labels, none, none, ("1", *columns, "t", "y"), origin, S)
    other = random_slope(m, least_squares(m, tuple(columns), absorb=False), "t", absorb=False)
    assert one.fit.names == other.fit.names
    np.testing.assert_allclose(one.beta, other.beta, rtol=1e-6)
    np.testing.assert_allclose(one.D, other.D, rtol=1e-5)
    assert one.criterion == pytest.approx(other.criterion, abs=1e-8)
    c = np.eye(len(one.beta))[-1]
    for way in (Inference.SATTERTHWAITE, Inference.KENWARD_ROGER):
        np.testing.assert_allclose(contrast(one, c, way), contrast(other, c, way), rtol=1e-5)


def test_without_paces_it_knows_of_schools_and_pupils_what_the_model_of_levels_knows():
    table = long(9)
    model, waves = fitted_on(table)
    levels = measurements([replace(w, time=None) for w in waves], *_codes(table)).fitted
    s = model.fitted.sums
    x = np.sqrt(np.array([levels.omega2, 0, 0, levels.tau2]) / levels.sigma2)
    assert paces.criterion(s, x, reml=True) == pytest.approx(levels.criterion, abs=1e-8)
    own = paces._information(s, paces._profile(s, x), levels.sigma2)
    order = [0, 2, 1]  # sigma2, pupils, schools as of classes; here sigma2, tau2, D11
    np.testing.assert_allclose(own.Phi, levels.information.Phi, rtol=1e-8, atol=1e-12)
    for name in ("expected", "observed"):
        mine = getattr(own, name)[np.ix_(order, order)]
        np.testing.assert_allclose(mine, getattr(levels.information, name), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(own.P[order], levels.information.P, rtol=1e-7, atol=1e-9)


def _codes(table):
    who = table.drop_duplicates("pupil").set_index("pupil")
    names = sorted(who.school.unique())
    return np.array([names.index(s) for s in who.school]), names


def test_the_slope_of_the_criterion_is_its_derivative():
    s = fitted_on(long(10))[0].fitted.sums
    x = np.array([0.7, -0.2, 0.4, 0.3])
    for reml in (True, False):
        by_points = [
            (paces.criterion(s, x + h, reml=reml) - paces.criterion(s, x - h, reml=reml)) / 2e-5
            for h in 1e-5 * np.eye(4)
        ]
        np.testing.assert_allclose(paces.slope(s, x, reml=reml), by_points, rtol=1e-5, atol=1e-6)


def test_neither_the_unit_nor_the_start_of_time_nor_the_order_of_rows_matters():
    table = long(11)
    one = aw.estimate(table, aw.Plan(**PLAN, times=TIMES))
    days = {w: 365 * t + 40 for w, t in TIMES.items()}
    mixed = table.sample(frac=1, random_state=1)
    other = aw.estimate(mixed, aw.Plan(**PLAN, times=days))
    names = ["estimate", "se", "df", "p_value"]
    a, b = (x.table()[names].astype(float) for x in (one, other))
    np.testing.assert_allclose(a, b, rtol=1e-6)
    a, b = detail(one).model, detail(other).model
    assert b.pace.variance * 365**2 == pytest.approx(a.pace.variance, rel=1e-5)
    assert b.omega2 == pytest.approx(a.omega2, rel=1e-5)


@pytest.mark.parametrize("by", [1e-3, 7.0, 3.15576e7, 1e6, 1e-49, 1e49])
def test_the_unit_of_time_changes_the_spread_of_paces_by_its_square_and_nothing_else(by):
    table = long(11)
    one = aw.estimate(table, aw.Plan(**PLAN, times=TIMES))
    other = aw.estimate(table, aw.Plan(**PLAN, times={w: by * t for w, t in TIMES.items()}))
    names = ["estimate", "se", "df", "low", "high", "p_value"]
    a, b = (x.table()[names].astype(float) for x in (one, other))
    np.testing.assert_allclose(a, b, rtol=1e-7)
    a, b = detail(one).model, detail(other).model
    assert b.pace.variance * by**2 == pytest.approx(a.pace.variance, rel=1e-6)
    assert b.pace.correlation == pytest.approx(a.pace.correlation, rel=1e-6)
    assert b.pace.boundary == a.pace.boundary
    for name in ("tau2", "omega2", "sigma2"):
        assert getattr(b, name) == pytest.approx(getattr(a, name), rel=1e-6)


@pytest.mark.parametrize("by", [1e155, 1e300])
def test_no_unit_of_time_is_too_large_to_search_in(by):
    _, waves = fitted_on(long(11))
    told = [measurements([replace(w, time=scale * w.time) for w in waves], *_codes(long(11)))
            for scale in (1.0, by)]  # fmt: skip
    a, b = (x.fitted for x in told)
    assert b.criterion == pytest.approx(a.criterion, abs=1e-7)
    np.testing.assert_allclose(b.beta, a.beta, rtol=1e-7)
    assert b.rank == a.rank


@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_with_every_score_there_blocks_say_what_the_gains_within_them_say(covariates):
    table = long(12, miss=0)
    own = {**PLAN, "blocks": ("block",), "covariates": covariates}
    one = aw.estimate(table, aw.Plan(**own))
    other = aw.estimate(table, aw.Plan(**own | {"method": "difference in differences"}))
    names = ["estimate", "se", "df", "low", "high", "p_value", "g"]
    a, b = (x.table()[names].astype(float) for x in (one, other))
    np.testing.assert_allclose(a, b, rtol=1e-8)


# ---------------------------------------------------------------- at the edge, and what cannot be


def test_pupils_who_change_alike_are_said_to_be_at_the_edge():
    rng = np.random.default_rng(2)
    table = long(13, miss=0, pace=0)
    level = table.groupby("pupil").y.transform("first")
    table["y"] = level + 0.5 * rng.normal(size=len(table)) * (1 - 0.3 * table.moment.map(TIMES))
    effects = aw.estimate(table, aw.Plan(**PLAN, times=TIMES))
    model = detail(effects).model
    assert model.pace.boundary
    for effect in effects:
        assert Caution.PACES_AT_THE_EDGE in effect.cautions
        assert effect.se > 0
        assert "nan" not in effect.explain("nl").lower()


def test_too_few_pupils_with_three_scores_are_a_reason_and_no_number():
    table = long(14, miss=0)
    third = table.pupil.str[1:].astype(int) % 2
    gone = ((table.moment == "later") & (third == 0)) | ((table.moment == "eind") & (third == 1))
    table["y"] = table.y.mask(gone)
    for effect in aw.estimate(table, aw.Plan(**PLAN, times=TIMES)):
        assert effect.estimate is None
        assert effect.reason == TOO_FEW_FOR_A_PACE


def test_scores_that_lie_on_lines_are_a_reason_and_no_number():
    table = long(22)
    level = table.groupby("pupil").y.transform("first")
    table["y"] = level + table.moment.map(TIMES) * table.pupil.str[1:].astype(int)
    for inference in ("CR2", "Kenward-Roger"):
        effects = aw.estimate(table, aw.Plan(**PLAN, times=TIMES), inference=inference)
        assert {(e.estimate, e.reason) for e in effects} == {(None, EXACT_LINES)}


def test_blocks_that_are_the_clusters_leave_nothing_to_compare_them_by():
    table = long(15)
    table["arm"] = table.pupil.str[1:].astype(int) % 2
    for times in ({}, TIMES):
        plan = aw.Plan(**PLAN, times=times, blocks=("school",), assigned="pupil")
        assert {e.reason for e in aw.estimate(table, plan)} == {SAME_AS_BLOCKS}


def test_more_blocks_than_a_model_can_hold_are_a_reason():
    table = long(16, P=320, G=160)
    table["block"] = table.school.str[1:].astype(int) // 1
    plan = aw.Plan(**PLAN, blocks=("block",), assigned="pupil")
    assert {e.reason for e in aw.estimate(table, plan)} == {TOO_MANY_BLOCKS}


@pytest.mark.parametrize("times", [{}, TIMES], ids=["levels", "paces"])
def test_more_levels_than_clusters_are_a_reason(times):
    table = long(17, G=2)
    found = aw.estimate(table, aw.Plan(**PLAN, times=times))
    for effect in found:
        assert effect.estimate is None
        assert "te weinig scholen" in effect.reason.nl


def test_a_wave_without_pupils_and_a_pupil_in_two_schools_are_faults():
    plan = aw.Plan(**PLAN, times=TIMES)
    table = long(18)
    with pytest.raises(aw.DataError) as error:
        check(table[table.moment != "eind"], plan)
    assert "eind" in error.value.explain("nl")
    table.loc[(table.pupil == "p003") & (table.moment == "later"), "school"] = "s00x"
    with pytest.raises(aw.DataError) as error:
        check(table, plan)
    assert {f.column for f in error.value.faults} == {"school"}
    assert "p003" not in error.value.explain("nl")


def test_a_wave_at_which_nobody_has_a_score_is_a_fault():
    table = long(19)
    table["y"] = table.y.mask(table.moment == "later")
    with pytest.raises(aw.DataError) as error:
        aw.estimate(table, aw.Plan(**PLAN, times=TIMES))
    assert "(later)" in error.value.faults[0].rule.nl


def test_a_wave_at_which_one_arm_has_no_score_leaves_the_others():
    table = long(19)
    table["y"] = table.y.mask((table.moment == "later") & (table.arm == 1))
    by_wave = {e.wave: e for e in aw.estimate(table, aw.Plan(**PLAN, times=TIMES))}
    assert by_wave["later"].reason == NOBODY_THEN
    assert by_wave["later"].estimate is None
    assert by_wave["eind"].se > 0


WRONG = {
    "a wave without a time": {"times": {"start": 0, "eind": 1}},
    "a time of no wave": {"times": TIMES | {"nooit": 9}},
    "times that do not rise": {"times": {"start": 0, "eind": 2, "later": 1}},
    "a time twice": {"times": {"start": 0, "eind": 1, "later": 1}},
    "no time": {"times": {"start": 0, "eind": float("nan"), "later": 1}},
    "huge": {"times": {"start": 0, "eind": 1, "later": 1e300}},
    "a huge step": {"times": {"start": -1e308, "eind": 1, "later": 1e308}},
    "tiny": {"times": {"start": 0, "eind": 1e-155, "later": 2e-155}},
    "next to nothing": {"times": {"start": 0, "eind": 5e-324, "later": 1}},
    "two waves at nearly the same time": {"times": {"start": 0, "eind": 1e-9, "later": 1}},
    "steps lost beside where they start": {
        "times": {"start": 1e15, "eind": 1e15 + 1, "later": 1e15 + 2}
    },
    "a word": {"times": {"start": 0, "eind": "mei", "later": 1}},
    "two waves": {"times": {"start": 0, "eind": 1}, "waves": ("eind",)},
    "no waves": {"times": TIMES, "wave": None, "waves": ()},
}


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
def test_times_that_cannot_be_are_one_fault(given):
    with pytest.raises(aw.PlanError) as error:
        aw.Plan(**PLAN | given)
    assert [f for f in error.value.faults if f.column == "times"]
    assert len({f.rule for f in error.value.faults if f.column == "times"}) == 1


@pytest.mark.parametrize(
    "times", [(1.7e9, 1.7e9 + 86_400, 1.73e9), (0, 1 / 365, 5), (-1e40, 0, 1e40)]
)
def test_seconds_since_1970_and_a_day_in_five_years_can_be(times):
    plan = aw.Plan(**PLAN, times=dict(zip(TIMES, times, strict=True)))
    assert tuple(plan.times.values()) == times


def test_only_the_model_over_waves_takes_times():
    with pytest.raises(aw.PlanError) as error:
        aw.Plan(**PLAN | {"method": "difference in differences"}, times=TIMES)
    assert "multilevel over waves" in error.value.faults[0].remedy.nl
    plan = aw.Plan(**PLAN | {"method": None}, times=TIMES)
    assert aw.estimate(long(20), plan).method == "multilevel over waves"


def test_a_file_says_when_the_waves_were():
    text = """
    [design]
    treatment = "arm"
    comparison = "0"
    cluster = "school"
    pupil = "pupil"
    [waves]
    column = "moment"
    baseline = "start"
    after = ["eind", "later"]
    times = {start = 0, eind = 0.5, later = 2}
    [[outcomes]]
    column = "y"
    """
    plan = parse_plan(text)
    assert dict(plan.times) == TIMES
    assert plan_from_dict(plan.to_dict()) == plan
    without = parse_plan(text.replace("times = {start = 0, eind = 0.5, later = 2}", ""))
    assert "times" not in without.to_dict()
    assert plan.fingerprint != without.fingerprint


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_report_tells_how_paces_spread(language):
    effects = aw.estimate(long(21), aw.Plan(**PLAN, times=TIMES))
    said = " ".join(texts(build(aw.weigh(effects, effects.plan), language, DAY, "").appendix))
    pace = detail(effects).model.pace
    for value in (pace.variance**0.5, pace.correlation):
        number = f"{value:.2f}".replace("-", "−")
        assert (number.replace(".", ",") if language == "nl" else number) in said
    assert {"nl": "in een eigen tempo", "en": "a pace of their own"}[language] in said
    assert {"nl": "eigen niveau en tempo", "en": "a level and a pace of their"}[language] in said
    without = aw.estimate(long(21), aw.Plan(**PLAN))
    said = " ".join(texts(build(aw.weigh(without, without.plan), language, DAY, "").appendix))
    assert {"nl": "tempo", "en": "pace"}[language] not in said
