"""Time to an event: against printed tables, statsmodels, brute force on pupils, and as theorems."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

import academic_workplace as aw
from academic_workplace.cohorts import survival
from academic_workplace.cohorts.contrasts import Doubt, How
from academic_workplace.cohorts.events import Caution, time_to_event
from academic_workplace.cohorts.events.comparing import hazard_ratio_of
from academic_workplace.cohorts.events.curves import pseudo, share_with_limits
from academic_workplace.cohorts.events.reading import read_pupils
from academic_workplace.cohorts.events.withholding import shown_followed, shown_years
from academic_workplace.cohorts.survival import Followed, influence, risk_sets
from academic_workplace.errors import DataError, PlanError
from academic_workplace.language import Text
from academic_workplace.report import events as report
from academic_workplace.report.figures import events as figures
from academic_workplace.threads import one_thread

REFERENCE = json.loads((Path(__file__).parent / "reference" / "events.json").read_text())
FREIREICH = REFERENCE["freireich"]
KINDS = {
    "gezakt": Text("naar een lager niveau", "on a lower track"),
    "weg": Text("weg zonder diploma", "gone without a diploma"),
}
STILL = Text("op hetzelfde niveau", "on the same track")


def twin(
    seed=1, schools=10, size=60, cohorts=(2018,), years=4, gap=0.4, moves=0.03, sd=0.3, out=0.03
):
    """Pupils in schools who go down a track, leave, move away, or are followed to the end."""
    rng = np.random.default_rng(seed)
    n = schools * size * len(cohorts)
    school = np.tile(np.repeat(np.arange(schools), size), len(cohorts))
    group = rng.random(n) < 0.4
    score = rng.normal(size=n) - 0.5 * group
    down = 1 / (1 + np.exp(2.4 - gap * group + 0.3 * score - rng.normal(size=schools)[school] * sd))
    time, end = np.full(n, float(years)), np.full(n, "nog", dtype=object)
    on = np.ones(n, dtype=bool)
    for y in range(1, years + 1):
        u = rng.random(n)
        for what, low, high in (("gezakt", 0, down), ("weg", down, down + out),
                                ("nog", 1 - moves, 1)):  # fmt: skip
            now = on & (u >= low) & (u < high)
            time[now], end[now] = y, what
            on &= ~now
    return pd.DataFrame({
        "cohort": np.repeat(cohorts, schools * size), "school": school,
        "groep": np.where(group, "b", "a"), "score": score, "jaren": time, "einde": end,
    })  # fmt: skip


def curves(table, **more):
    given = {"nothing": "nog", "kinds": KINDS, "still": STILL} | more
    return time_to_event(table, time="jaren", event="einde", **given)


def followed(table, kinds=2):
    kind = table["einde"].map({"nog": -1, "gezakt": 0, "weg": 1}).to_numpy()
    kind = kind if kinds == 2 else np.minimum(kind, 0)
    return Followed(np.zeros(len(table)), table["jaren"].to_numpy(), kind, kinds)


def statistics(risks, h, kinds):
    """S, F of each kind, the restricted mean, and the time that each kind takes."""
    each = range(kinds)
    return [
        survival.survival(risks, h), *(survival.incidence(risks, h, k) for k in each),
        survival.restricted_mean(risks, h), *(survival.time_lost(risks, h, k) for k in each),
    ]  # fmt: skip


def by_hand(entry, time, kind, kinds, h, w=None):
    """The same, from loops over times and pupils with weights."""
    w = np.ones(len(time)) if w is None else w
    S, F, mean, lost, last = 1.0, np.zeros(kinds), 0.0, np.zeros(kinds), 0.0
    for t in sorted({x for x, k in zip(time, kind, strict=True) if k >= 0 and x <= h}):
        mean, lost, last = mean + S * (t - last), lost + F * (t - last), t
        n = sum(v for v, a, b in zip(w, entry, time, strict=True) if a < t <= b)
        d = np.array([w[(time == t) & (kind == k)].sum() for k in range(kinds)])
        F, S = F + S * d / n, S * (1 - d.sum() / n)
    return np.array([S, *F, mean + S * (h - last), *(lost + F * (h - last))])


# ---------------------------------------------------------------- curves


@pytest.mark.proves("cohorts.time_to_event", "Freireich et al. (1963): printed Kaplan-Meier")
def test_the_curve_of_the_leukaemia_trial_is_that_of_the_textbooks(agree):
    time = np.array(FREIREICH["weeks_6mp"], dtype=float)
    kind = np.array(FREIREICH["relapse_6mp"]) - 1
    risks = risk_sets(Followed(np.zeros(len(time)), time, kind, 1))
    found = [share_with_limits(risks, survival.survival(risks, t), None) for t in FREIREICH["at"]]
    agree([e.value for e in found], FREIREICH["S"], abs=5e-4, rel=0)  # printed with 3 decimals
    for name in ("se", "low", "high"):  # and with 4
        agree([getattr(e, name) for e in found], FREIREICH[name], abs=5.1e-5, rel=0)
    assert {e.how for e in found} == {How.LIKELIHOOD}


@pytest.mark.proves(
    "cohorts.time_to_event", "statsmodels SurvfuncRight, Kaplan-Meier and Greenwood"
)
def test_a_curve_and_its_errors_are_those_of_statsmodels(agree):
    table = twin()
    other = SurvfuncRight(table["jaren"], (table["einde"] != "nog").astype(int))
    found = curves(table).table().query("measure == 'survival' and year > 0")
    agree(found["value"], other.surv_prob)
    agree(found["se"], other.surv_prob_se)


@pytest.mark.proves("cohorts.time_to_event", "statsmodels SurvfuncRight with late entry")
def test_late_entry_is_that_of_statsmodels(agree):
    table = twin(seed=3, size=90)
    rng = np.random.default_rng(8)
    table["begin"] = np.where(rng.random(len(table)) < 0.4, 1, 0)
    table = table[table["jaren"] > table["begin"]]
    other = SurvfuncRight(table["jaren"], (table["einde"] != "nog").astype(int),
                          entry=table["begin"])  # fmt: skip
    found = curves(table, entry="begin").table().query("measure == 'survival' and year > 0")
    agree(found["value"], other.surv_prob)


@pytest.mark.proves("cohorts.time_to_event", "statsmodels CumIncidenceRight (Aalen-Johansen)")
def test_competing_kinds_are_those_of_statsmodels(agree):
    table = twin(seed=2, size=100)
    status = table["einde"].map({"nog": 0, "gezakt": 1, "weg": 2}).to_numpy()
    other = CumIncidenceRight(table["jaren"].to_numpy(), status)
    found = curves(table).table().query("measure == 'incidence' and year > 0")
    for k, kind in enumerate(KINDS):
        mine = found[found["kind"] == kind]
        agree(mine["value"], other.cinc[k])
        # Its formula for the error (delta method) and the influence function differ by 1/n.
        agree(mine["se"], other.cinc_se[k], rel=1e-3)


@pytest.mark.proves("cohorts.time_to_event", "rows: curves, means and their derivatives")
def test_every_number_and_the_influence_of_a_pupil_are_those_of_a_loop(agree):
    rng = np.random.default_rng(4)
    n, h, step = 40, 4.0, 1e-5
    entry = rng.integers(0, 2, n).astype(float)
    time, kind = entry + rng.integers(1, 6, n), rng.integers(-1, 2, n)
    risks = risk_sets(Followed(entry, time, kind, 2))
    found = statistics(risks, h, 2)
    agree([s.value for s in found], by_hand(entry, time, kind, 2, h))
    moved = []
    for i in range(n):
        w = np.ones(n)
        w[i] += step
        up = by_hand(entry, time, kind, 2, h, w)
        w[i] -= 2 * step
        moved.append((up - by_hand(entry, time, kind, 2, h, w)) / (2 * step))
    mine = np.column_stack([influence(risks, s) for s in found])
    agree(mine, moved, rel=1e-7, abs=1e-9)  # a central difference keeps about 9 decimals


histories = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 5), st.integers(-1, 1)), min_size=3, max_size=40
)


@given(histories)
def test_what_is_left_and_what_happened_make_one(rows):
    entry, stay, kind = (np.array(x) for x in zip(*rows, strict=True))
    risks = risk_sets(Followed(entry.astype(float), (entry + stay).astype(float), kind, 2))
    h = 5.0
    S, F0, F1, mean, lost0, lost1 = statistics(risks, h, 2)
    assert S.value + F0.value + F1.value == pytest.approx(1, abs=1e-12)
    assert mean.value + lost0.value + lost1.value == pytest.approx(h, abs=1e-11)
    total = sum(influence(risks, s) for s in (S, F0, F1))
    np.testing.assert_allclose(total, 0, atol=1e-12)
    for each in (S, F0, F1, mean, lost0, lost1):  # weighing all pupils alike changes nothing
        assert influence(risks, each).sum() == pytest.approx(0, abs=1e-11)


@given(st.lists(st.integers(1, 5), min_size=2, max_size=40), st.integers(1, 5))
def test_without_loss_the_curve_is_a_share_and_a_pseudo_value_the_pupil_itself(times, h):
    time = np.array(times, dtype=float)
    risks = risk_sets(Followed(np.zeros(len(time)), time, np.zeros(len(time), dtype=int), 1))
    S, mean = survival.survival(risks, h), survival.restricted_mean(risks, h)
    assert S.value == pytest.approx(np.mean(time > h), abs=1e-12)
    assert mean.value == pytest.approx(np.minimum(time, h).mean(), abs=1e-12)
    np.testing.assert_allclose(pseudo(risks, S), time > h, atol=1e-11)
    np.testing.assert_allclose(pseudo(risks, mean), np.minimum(time, h), atol=1e-11)


@given(histories)
def test_the_squares_of_the_influences_are_greenwood(rows):
    _, time, kind = (np.array(x) for x in zip(*rows, strict=True))
    risks = risk_sets(Followed(np.zeros(len(time)), time.astype(float), np.minimum(kind, 0), 1))
    left = risks.n * (risks.n - risks.d[:, 0])
    term = np.divide(risks.d[:, 0], left, out=np.zeros(len(left)), where=left > 0)
    S, mean = survival.survival(risks, 4), survival.restricted_mean(risks, 4)
    greenwood = S.value**2 * term[risks.t <= 4].sum()
    assert np.sum(influence(risks, S) ** 2) == pytest.approx(greenwood, abs=1e-12)
    assert np.sum(influence(risks, mean) ** 2) == pytest.approx(mean.a**2 @ term, abs=1e-12)


def test_the_order_of_rows_changes_nothing():
    table = twin(cohorts=(2018, 2019))
    more = {"group": "groep", "cohort": "cohort", "school": "school", "given": ["score"]}
    one = curves(table, **more)
    other = curves(table.sample(frac=1, random_state=3), **more)
    drop = ["interval", "kind"]
    for a, b in ((one.table(), other.table()),
                 (one.comparisons_table(), other.comparisons_table())):  # fmt: skip
        pd.testing.assert_frame_equal(a.drop(columns=drop), b.drop(columns=drop), rtol=1e-7,
                                      atol=1e-10)  # fmt: skip


# ---------------------------------------------------------------- schools


def test_with_one_school_per_pupil_the_error_is_greenwood_but_for_one_pupil():
    table = twin(size=30)
    table["alleen"] = np.arange(len(table))
    n = len(table)
    alone, free = curves(table, school="alleen"), curves(table)
    for a, b in zip(alone[0].points[1:], free[0].points[1:], strict=True):
        assert a.survival.se == pytest.approx(b.survival.se * math.sqrt(n / (n - 1)), rel=1e-9)
        assert a.survival.df == pytest.approx(n - 1)


@pytest.mark.proves("cohorts.time_to_event", "rows: sums of influences by school of equal size")
def test_with_schools_of_one_size_the_variance_is_that_of_their_sums(agree):
    table = twin(size=150, schools=8)
    pupils = followed(table)
    risks = risk_sets(pupils)
    found = curves(table, school="school")[0]
    for mine, of in ((found.points[-1].survival, survival.survival(risks, 4)),
                     (found.points[-1].incidence[0], survival.incidence(risks, 4, 0)),
                     (found.mean, survival.restricted_mean(risks, 4)),
                     (found.lost[1], survival.time_lost(risks, 4, 1))):  # fmt: skip
        U = np.bincount(table["school"], influence(risks, of))
        agree(mine.se, math.sqrt(8 / 7 * np.sum(U**2)))
        agree(mine.df, 7.0)


def test_a_difference_of_cohorts_counts_a_school_in_both_once():
    table = twin(size=60, schools=8, cohorts=(2018, 2019), sd=1.0)
    found = curves(table, school="school", cohort="cohort").comparisons[0]
    U = 0
    for cohort, sign in ((2019, 1), (2018, -1)):
        here = table[table["cohort"] == cohort]
        risks = risk_sets(followed(here))
        U = U + sign * np.bincount(here["school"], influence(risks, survival.survival(risks, 4)))
    assert found.raw.survival.se == pytest.approx(math.sqrt(8 / 7 * np.sum(U**2)), rel=1e-9)
    apart = table.assign(school=table["school"] + 100 * table["cohort"])
    wider = curves(apart, school="school", cohort="cohort").comparisons[0]
    assert wider.raw.survival.se > 1.3 * found.raw.survival.se


@pytest.mark.proves("cohorts.time_to_event", "bootstrap of whole schools, 60 schools")
def test_errors_by_school_are_near_those_of_a_bootstrap_of_schools(agree):
    table = twin(schools=60, size=25, sd=0.7)
    pupils, school = followed(table), table["school"].to_numpy()
    rng = np.random.default_rng(5)
    drawn = [
        by_hand(pupils.entry, pupils.time, pupils.kind, 2, 4.0,
                np.bincount(rng.integers(0, 60, 60), minlength=60)[school].astype(float))
        for _ in range(200)
    ]  # fmt: skip
    found = curves(table, school="school")[0]
    mine = [found.points[-1].survival.se, found.points[-1].incidence[0].se, found.mean.se]
    agree(mine, np.std(drawn, axis=0, ddof=1)[[0, 1, 3]], rel=0.15)  # 200 draws: 5 % each


def test_intervals_of_few_schools_hold_the_truth_about_as_often_as_they_say():
    held, R, h = 0, 300, 3.0
    rng = np.random.default_rng(20)
    truth = None
    for r in range(R + 1):
        G = 8 if r else 60_000  # the first draw is as large as it takes to know the truth
        size = rng.integers(15, 45, G) if r else np.full(G, 5)
        school = np.repeat(np.arange(G), size)
        p = 1 / (1 + np.exp(2 - 0.6 * rng.normal(size=G)[school]))
        time = np.minimum(rng.geometric(p), 4).astype(float)
        out = rng.geometric(0.05, len(p)).astype(float)
        kind = np.where((time <= out) & (time < 4), 0, -1)
        risks = risk_sets(Followed(np.zeros(len(p)), np.minimum(time, out), kind, 1))
        if not r:
            truth = survival.survival(risks, h).value
            continue
        found = share_with_limits(risks, survival.survival(risks, h), school)
        held += found.low <= truth <= found.high
    assert 0.91 <= held / R <= 0.98  # 0.95 less and more three times its own error (0.013)


# ---------------------------------------------------------------- between groups


def person_years(table, h):
    rows = [
        (i, y, int(row.jaren == y and row.einde == "gezakt"),
         int(row.jaren == y and row.einde == "weg"))
        for i, row in enumerate(table.itertuples())
        for y in range(1, int(min(row.jaren, h)) + 1)
    ]  # fmt: skip
    return np.array(rows)


def stacked(table, h):
    """All rows of both logits at once: the design, the outcome and the school."""
    rows = person_years(table, h)
    x = np.column_stack([table["groep"] == "b", table["score"]]).astype(float)[rows[:, 0]]
    D = np.column_stack([np.eye(h)[rows[:, 1] - 1], x])
    second = rows[:, 2] == 0
    wide = np.zeros((len(D) + second.sum(), 2 * D.shape[1]))
    wide[: len(D), : D.shape[1]] = D
    wide[len(D) :, D.shape[1] :] = D[second]
    y = np.concatenate([rows[:, 2], rows[second, 3]])
    school = table["school"].to_numpy()[rows[:, 0]]
    return wide, y, np.concatenate([school, school[second]])


def standardised(beta, table, h):
    """F of the first kind at the horizon, everyone in b less everyone in a, year by year."""
    k, score, out = h + 2, table["score"].to_numpy(), []
    for value in (1.0, 0.0):
        S, F = np.ones(len(table)), np.zeros(len(table))
        for t in range(h):
            at = [b[t] + b[h] * value + b[h + 1] * score for b in (beta[:k], beta[k:])]
            h1, h2 = (1 / (1 + np.exp(-a)) for a in at)
            F, S = F + S * h1, S * (1 - h1) * (1 - h2)
        out.append(F.mean())
    return out[0] - out[1]


@pytest.mark.proves("cohorts.time_to_event", "statsmodels Logit on person-years, by year")
@pytest.mark.proves("cohorts.time_to_event", "rows: CR2 of two logits and the delta method")
def test_the_model_by_year_is_a_logit_of_pupil_years_with_cr2(agree):
    h, table = 3, twin(seed=6, schools=6, size=60, out=0.1)
    found = curves(table, group="groep", school="school", given=["score"], horizon=h)
    mine = found.comparisons[0].by_year
    X, y, school = stacked(table, h)
    fit = sm.Logit(y, X).fit(disp=0, tol=1e-12)
    agree(math.log(mine.odds_ratio.value), fit.params[h], of="statsmodels Logit")
    agree(mine.share.value, standardised(fit.params, table, h), of="CR2 of two logits")
    p = fit.predict(X)
    root = np.sqrt(p * (1 - p))
    Z, e = X * root[:, None], (y - p) / root
    M, V = np.linalg.inv(Z.T @ Z), np.zeros((X.shape[1],) * 2)
    for g in np.unique(school):
        at = school == g
        with one_thread():
            left, Q = np.linalg.eigh(np.eye(at.sum()) - Z[at] @ M @ Z[at].T)
        s = M @ Z[at].T @ (Q @ (left**-0.5 * (Q.T @ e[at])))
        V += np.outer(s, s)
    agree(mine.odds_ratio.se, mine.odds_ratio.value * math.sqrt(V[h, h]), of="CR2 of two logits")
    slope = optimize.approx_fprime(fit.params, lambda b: standardised(b, table, h), 1e-6)
    # A forward difference keeps about 6 decimals.
    agree(mine.share.se, math.sqrt(slope @ V @ slope), rel=1e-5, of="CR2 of two logits")


def test_in_one_year_the_model_says_what_the_curves_say():
    found = curves(twin(size=60, out=0.1), group="groep", school="school", horizon=1).comparisons[0]
    raw, model = found.raw.incidence[0], found.by_year.share
    assert model.value == pytest.approx(raw.value, rel=1e-9)
    assert model.se == pytest.approx(raw.se, rel=0.01)


@pytest.mark.proves("cohorts.time_to_event", "rows: least squares on who is left, without loss")
def test_without_loss_the_adjusted_difference_is_least_squares_on_who_is_left(agree):
    table = twin(size=70, moves=0.0)
    found = curves(table, group="groep", school="school", given=["score"], horizon=3)
    left = (table["jaren"] > 3) | ((table["jaren"] == 3) & (table["einde"] == "nog"))
    X = sm.add_constant(np.column_stack([table["groep"] == "b", table["score"]]).astype(float))
    agree(
        found.comparisons[0].adjusted.survival.value,
        sm.OLS(left.to_numpy(dtype=float), X).fit().params[1],
    )
    mean = np.minimum(table["jaren"], 3)
    agree(found.comparisons[0].adjusted.mean.value, sm.OLS(mean.to_numpy(), X).fit().params[1])


def breslow(b, time, kind, x):
    """The negative log partial likelihood, by loops."""
    total = 0.0
    for t in np.unique(time[kind == 0]):
        own, at = (time == t) & (kind == 0), time >= t
        total += b * x[own].sum() - own.sum() * math.log(np.exp(b * x[at]).sum())
    return -total


@pytest.mark.proves("cohorts.time_to_event", "rows: Breslow's partial likelihood, and its sandwich")
@pytest.mark.proves("cohorts.time_to_event", "Freireich et al. (1963): Cox, Breslow")
def test_the_hazard_ratio_is_that_of_breslow_with_the_scores_of_schools(agree):
    table = twin(size=60)
    found = curves(table, group="groep", school="school", cox=True).comparisons[0].hazard_ratio
    pupils, x = followed(table), (table["groep"] == "b").to_numpy().astype(float)
    best = optimize.minimize_scalar(breslow, (-1, 1), args=(pupils.time, pupils.kind, x), tol=1e-12)
    agree(math.log(found.value), best.x, rel=1e-6, of="partial likelihood")  # a search ends there
    b, scores, info = math.log(found.value), np.zeros(len(x)), 0.0
    for t in np.unique(pupils.time[pupils.kind == 0]):
        at, own = pupils.time >= t, (pupils.time == t) & (pupils.kind == 0)
        w = np.exp(b * x) * at
        mean = w @ x / w.sum()
        scores += (x - mean) * (own - w * own.sum() / w.sum())
        info += own.sum() * (w @ (x - mean) ** 2) / w.sum()
    U = np.bincount(table["school"], scores)
    agree(found.se, found.value * math.sqrt(10 / 9 * (U @ U)) / info, of="partial likelihood")
    both = pd.DataFrame({
        "t": [*FREIREICH["weeks_placebo"], *FREIREICH["weeks_6mp"]],
        "e": [*[1] * 21, *FREIREICH["relapse_6mp"]], "g": ["placebo"] * 21 + ["6mp"] * 21,
    })  # fmt: skip
    pupils = read_pupils(both, {"time": "t", "event": "e", "group": "g", "cohort": None,
                                 "school": None, "entry": None}, 0, None, ()).pupils  # fmt: skip
    cox = hazard_ratio_of(pupils, pupils.group == 1, 35)
    agree(math.log(cox.value), FREIREICH["cox_breslow"], abs=5e-4, rel=0, of="Freireich")


def test_what_cannot_be_modelled_is_said():
    table = twin(size=60)
    table.loc[table["groep"] == "b", "einde"] = table["einde"].where(
        table["einde"] != "gezakt", "weg"
    )
    never = curves(table, group="groep", kinds=["weg", "gezakt"])
    assert never.comparisons[0].by_year is None
    part = twin(size=60)
    part["jaren"] -= 0.5
    halves = curves(part, group="groep")
    assert halves.horizon == 3
    assert halves.cautions == (Caution.NOT_WHOLE,)
    assert "hele schooljaren" in halves.explain()
    table = twin(size=200, moves=0.0)
    table["einde"] = np.where(table["einde"] == "weg", "gezakt", table["einde"])
    table["altijd"] = np.where(table["einde"] == "gezakt", 1.0, 0.0)
    told = curves(table, group="groep", given=["altijd"], kinds=["gezakt"])
    assert told.cautions == (Caution.NO_MODEL,)


def test_a_group_that_begins_late_is_pointed_out():
    table = twin(size=80, moves=0.0)
    table["mentor"] = np.where((table["jaren"] > 2) & (table["score"] > -0.5), "ja", "nee")
    assert Caution.IMMORTAL in curves(table, group="mentor").cautions
    assert Caution.IMMORTAL not in curves(table, group="groep").cautions
    assert Caution.OUT_OF_SIGHT in curves(twin(moves=0.1)).cautions


# ---------------------------------------------------------------- what may be shown


counts = st.integers(1, 3).flatmap(
    lambda K: st.lists(st.lists(st.integers(0, 25), min_size=K, max_size=K), min_size=1, max_size=6)
)


@given(counts, st.integers(0, 40), st.booleans())
@settings(max_examples=300)
def test_no_step_is_one_to_nine_pupils(steps, rest, none):
    made = np.cumsum([[0] * len(steps[0]), *steps], axis=0)
    left = made[-1].sum() + rest - made.sum(axis=1)
    nobody = (made == 0) & none
    told, kinds, mean, lost = shown_years(made, left, nobody)
    h = len(told) - 1
    for shown, by in ((told, made.sum(axis=1, keepdims=True)), (kinds, made)):
        at = by[shown]
        change = np.diff(at, axis=0)
        assert np.all((change == 0) | (change >= 10))
    assert np.all(told >= kinds)
    assert np.all(left[1:][told[1:]] >= 10)
    assert not mean or (told[h] and np.sum(~told[1:h]) != 1)
    assert not lost or (mean and kinds[h])
    happened = made.sum(axis=1) > 0
    assert np.all(made.sum(axis=1)[told & happened] >= 10)


def test_numbers_followed_tell_of_no_few_who_left_sight():
    told = np.array([True, True, True, False, True])
    gone, entered = np.array([0, 4, 15, 30, 45]), np.full(5, 200)
    left = np.array([200, 180, 150, 120, 90])
    assert shown_followed(left, gone, entered, told).tolist() == [True, False, True, False, True]
    assert not shown_followed(left - 85, gone, entered, told)[-1]


def test_a_small_group_and_a_rare_kind_are_withheld():
    table = twin(size=60)
    table.loc[:5, "groep"] = "c"
    found = curves(table, group="groep")
    assert [c.withheld for c in found] == [False, False, True]
    assert found[2].pupils is None
    assert found.table().query("group == 'c'")["withheld"].all()
    assert all(c.withheld for c in found.comparisons if "c" in (c.of, c.than))
    assert found.comparisons_table().query("of == 'c'")["value"].isna().all()
    table = twin(size=60)
    rare = table.index[table["einde"] == "weg"][6:]
    table.loc[rare, "einde"] = "gezakt"
    told = curves(table)[0]
    assert told.horizon.survival is not None
    assert not told.horizon.incidence
    assert told.lost == ()
    assert told.events == (None, None)


# ---------------------------------------------------------------- bad input


def faults(error, **more):
    with pytest.raises(error) as caught:
        curves(more.pop("table"), **more)
    both = caught.value.explain("nl") + caught.value.explain("en")
    assert both
    return both


def test_every_fault_of_the_times_is_named_at_once():
    table = twin().astype({"jaren": float})
    table["begin"] = 0.0
    table.loc[0, "jaren"] = -1
    table.loc[1, ["jaren", "begin"]] = [1, 2]
    table.loc[2, ["jaren", "einde"]] = [0, "weg"]
    table.loc[3, "begin"] = -2
    said = faults(DataError, table=table, entry="begin")
    for part in ("0 of meer", "voordat die in beeld kwam", "al op het moment", "0 jaar of later"):
        assert part in said
    assert said.count("Aantal rijen: 1") == 4
    text = twin().astype({"jaren": object})
    text.loc[0, "jaren"] = "vier"
    assert "[jaren]" in faults(DataError, table=text)


def test_a_horizon_beyond_the_shortest_cohort_is_refused_with_its_name():
    table = twin(cohorts=(2018, 2019))
    late = table["cohort"] == 2019
    table.loc[late & (table["jaren"] > 2), "einde"] = "nog"
    table.loc[late, "jaren"] = table.loc[late, "jaren"].clip(upper=2)
    said = faults(PlanError, table=table, cohort="cohort", horizon=4)
    assert "‘2019’ is maar 2 jaar gevolgd" in said
    assert "2018" not in said
    assert curves(table, cohort="cohort").horizon == 2
    for wrong in (0, 2.5, 61, True):
        assert "[horizon]" in faults(PlanError, table=table, horizon=wrong)


def test_who_is_not_followed_and_what_did_not_happen_are_named():
    table = twin()
    assert "Geen enkele leerling is gevolgd" in faults(
        DataError, table=table.assign(jaren=0, einde="nog")
    )
    assert "gebeurt er iets" in faults(DataError, table=table.assign(einde="nog"))
    empty = table.assign(jaren=table["jaren"].where(table["groep"] == "a", 0))
    empty["einde"] = empty["einde"].where(empty["groep"] == "a", "nog")
    assert "Niemand is gevolgd: ‘b’" in faults(DataError, table=empty, group="groep")
    some = table.copy()
    some.loc[:14, "einde"] = None
    some.loc[20:24, ["jaren", "einde"]] = [0, "nog"]
    found = curves(some)
    assert (found.lost, found.never_followed) == (15, 5)
    assert "20 leerlingen doen niet mee" in found.explain()


def test_values_that_are_no_kind_are_never_taken_for_nothing():
    table = twin()
    assert "‘weg’" in faults(DataError, table=table, kinds=["gezakt"])
    assert "‘0’" in faults(DataError, table=table, kinds=None, nothing=0)
    assert "één keer" in faults(DataError, table=table, kinds=["weg", "weg", "gezakt"])
    assert "‘jaar’" in faults(PlanError, table=table, group="jaar")
    assert "‘z’" in faults(PlanError, table=table, group="groep", reference="z")
    assert "tabel" in faults(PlanError, table=[1])
    blank = table.assign(einde=table["einde"].where(table["einde"] != "nog"))
    agree_with = curves(table).table()
    pd.testing.assert_frame_equal(curves(blank, nothing=None).table(), agree_with)
    number = table.assign(einde=(table["einde"] != "nog").astype(int))
    plain = time_to_event(number, time="jaren", event="einde")
    assert plain.kinds == ("1",)
    assert plain[0].horizon.survival.value == curves(table)[0].horizon.survival.value


def test_one_school_gives_no_limits_and_says_so():
    found = curves(twin().assign(school=1), school="school", group="groep")
    assert Doubt.ONE_SCHOOL in found.doubts
    assert found[0].mean.low is None
    assert found.comparisons[0].raw.survival.low is None
    assert Doubt.INDEPENDENT in curves(twin()).doubts


# ---------------------------------------------------------------- words and pictures


def test_the_sentences_count_pupils_of_a_hundred():
    found = curves(twin(size=120), group="groep", school="school", given=["score"],
                   labels={"score": Text("toetsscore", "test score")})  # fmt: skip
    nl, en = found.explain("nl"), found.explain("en")
    S = found[0].horizon.survival
    said = f"{100 * S.value:.0f} ({100 * S.low:.0f} tot {100 * S.high:.0f})"
    assert f"A: van elke 100 leerlingen zijn er na 4 jaar nog {said} op hetzelfde niveau." in nl
    assert "naar een lager niveau en" in nl
    assert "minder op hetzelfde niveau dan bij ‘a’" in nl
    assert "Zijn leerlingen gelijk in toetsscore" in nl
    assert "are still on the same track after 4 years" in en
    assert "bewezen" not in nl
    html = found._repr_html_()
    assert html.count("<tr>") == 3
    assert "Na 4 jaar" in html
    with pytest.raises(PlanError):
        found.explain("de")


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in ax.texts]


@pytest.mark.parametrize("narrow", [False, True])
def test_a_picture_names_its_curves_and_counts_who_is_followed(narrow):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    table = twin(size=100, cohorts=(2018, 2019, 2020))
    found = curves(table, group="groep", cohort="cohort", school="school")
    figure = figures.events_figure(found, None, "nl", narrow=narrow)
    FigureCanvasAgg(figure).draw()
    told = texts(figure)
    for name in ("a, 2018", "a, 2020", "b, 2018", "b, 2020"):
        assert sum(text.endswith(name) for text in told) == 1
    assert str(found[0].points[0].followed) in told
    assert "leerlingen nog gevolgd" in told
    assert "De tabel toont ook de andere groepen (2)." in found.explain()
    styles = [(s["marker"], str(s["ls"])) for s in figures.styles()]
    assert len(set(styles)) == figures.MOST  # told apart without colour
    box = figure.bbox
    for text in figure.axes[0].texts:
        if text.get_text():
            inside = text.get_window_extent()
            assert inside.x0 >= -1
            assert inside.x1 <= box.x1 + 1
            assert inside.y0 >= -1
            assert inside.y1 <= box.y1 + 1


@pytest.mark.parametrize("narrow", [False, True])
def test_long_names_and_titles_break_and_stay_within_the_picture(narrow):
    long = {
        "a": Text("Ouders met een hbo- of wo-opleiding en Nederlands als thuistaal $1$", "x"),
        "b": Text("Ouders met een praktische opleiding (mbo-2 of lager) of onbekend", "y"),
    }
    still = Text("op hetzelfde niveau als waarop zij in leerjaar 1 begonnen, zonder zittenblijven",
                 "on the track on which they began")  # fmt: skip
    found = curves(twin(size=100), group="groep", school="school", labels=long, still=still)
    figure = figures.events_figure(found, None, "nl", narrow=narrow)
    figure.canvas.draw()
    boxes = []
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0, text.get_text()
        assert box.x1 <= figure.bbox.x1, text.get_text()
        assert figure.bbox.y0 <= box.y0, text.get_text()
        assert box.y1 <= figure.bbox.y1, text.get_text()
        assert not text.get_parse_math()
        boxes.append(box)
    for one, other in itertools.combinations(boxes, 2):
        assert min(one.x1, other.x1) - max(one.x0, other.x0) < 1 or (
            min(one.y1, other.y1) - max(one.y0, other.y0) < 2
        )


def test_a_number_that_is_not_shown_says_so_in_table_and_picture():
    found = curves(twin(size=120), group="groep", school="school", given=["score"])
    hidden = [p for c in found for p in c.points if p.followed is None]
    assert hidden
    told = texts(figures.events_figure(found, None, "nl"))
    assert "–: niet getoond." in told
    tiny = curves(pd.concat([twin(size=60), twin(schools=1, size=8).assign(groep="c")]),
                  group="groep")  # fmt: skip
    (row,) = [row for row in report.curves_table(tiny, "nl").rows if row[0] == "c"]
    assert row == ("c", "< 10", *["niet getoond"] * 5)
    assert "niet getoond" in [row[1] for row in report.comparisons_table(tiny, "nl").rows]


def test_the_alternative_text_holds_the_numbers_of_the_picture():
    found = curves(twin(size=100))
    drawing = found.picture("nl", kind="gezakt")
    for point in found[0].points[1:]:
        assert f"{100 * point.incidence[0].value:.0f}" in drawing.alt
    assert "naar een lager niveau" in drawing.alt
    assert drawing.png.startswith(b"\x89PNG")
    block = report.events_picture(found, None, "en")
    assert block.alt.startswith("Lines with a step per year. Of every 100 pupils: still on the")
    with pytest.raises(PlanError):
        found.picture("nl", kind="anders")
    tiny = curves(twin(schools=2, size=8))
    with pytest.raises(PlanError) as caught:
        tiny.picture("nl")
    assert "niets te tekenen" in caught.value.explain("nl")
    assert "niets te tekenen" in tiny.explain("nl")


def test_a_plot_goes_on_axes_of_the_caller():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert curves(twin(size=100)).plot(ax, language="en") is ax
    assert any("still followed" in text.get_text() for text in ax.texts)


def test_the_tables_of_a_report_are_whole():
    found = curves(twin(size=100, cohorts=(2018, 2019)), cohort="cohort", given=["score"])
    for language in ("nl", "en"):
        assert len(report.curves_table(found, language).rows) == 2
        assert len(report.comparisons_table(found, language).header) == 5
    assert aw.cohorts.time_to_event is time_to_event


def test_the_limits_of_a_share_with_the_event_mirror_those_without():
    number = twin(size=60)
    number["einde"] = (number["einde"] != "nog").astype(int)
    # The slope of the scale is taken as a small difference: about 8 decimals.
    for point in time_to_event(number, time="jaren", event="einde", school="school")[0].points[1:]:
        assert point.incidence[0].low == pytest.approx(1 - point.survival.high, abs=1e-8)
        assert point.incidence[0].high == pytest.approx(1 - point.survival.low, abs=1e-8)


def test_one_hidden_year_takes_another_along_or_the_mean():
    made = np.array([[0], [12], [17], [30], [45]])
    told, kinds, mean, lost = shown_years(made, 145 - made[:, 0], made < 0)
    assert told.tolist() == kinds.tolist() == [True, False, False, True, True]
    assert mean
    assert lost
    assert shown_years(made[[0, 1, 2]], 145 - made[[0, 1, 2], 0], made[:3] < 0)[2] is False


def test_names_at_the_end_of_curves_stand_apart():
    table = twin(size=100)
    both = pd.concat([table.assign(cohort=c) for c in (2018, 2019, 2020)])
    figure = figures.events_figure(curves(both, cohort="cohort"), None, "nl")
    names = [t for t in figure.axes[0].texts if t.get_text().split(" · ")[-1].startswith("20")]
    heights = sorted(t.get_window_extent().y0 for t in names)
    assert len(heights) == 3
    assert np.diff(heights).min() > 0.9 * names[0].get_window_extent().height


def test_few_at_risk_before_most_came_are_withheld():
    table = twin(size=60)
    table["begin"] = np.where(np.arange(len(table)) < 6, 0, 1)
    table.loc[0, ["jaren", "einde"]] = [1, "weg"]
    found = curves(table[table["jaren"] > table["begin"]], entry="begin")
    assert found[0].withheld
    assert found.cautions == (Caution.FEW_AT_RISK,)


def test_a_cohort_in_which_everyone_is_done_was_followed_to_the_end():
    table = twin(size=60, cohorts=(2018, 2019), moves=0.0)
    done = table["cohort"] == 2019
    table.loc[done, "einde"] = "gezakt"
    table.loc[done, "jaren"] = table.loc[done, "jaren"].clip(upper=3)
    found = curves(table, cohort="cohort", horizon=4)
    assert [c.withheld for c in found] == [False, True]  # that nobody is left is not told either
