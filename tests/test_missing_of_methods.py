"""What missing outcomes could mean of other methods than plain regressions: shares, counts, change,
the offer, multilevel models, and scores that were filled in."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from rows import on_rows, schools
from scipy.special import expit
from test_missing_outcomes import PLAN, found_in, of_build

import academic_workplace as aw
from academic_workplace.disclosure import NCO, under
from academic_workplace.effects.imputed import completed
from academic_workplace.evidence.missing import (
    NO_UNCERTAINTY,
    NOT_BY_BLOCK,
    NOT_THIS_PLAN,
    NOT_TO_TELL,
    About,
)
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.missing.bounds import lee_bounds, worst_case
from academic_workplace.missing.pooling import pooled
from academic_workplace.plan import Measure, Study
from academic_workplace.report.missing import missing_sentences, missing_table


def with_all(seed: int = 3, *, clusters: int = 14, gone=(0.3, 0.15), **more) -> pd.DataFrame:
    """Scores, yes or no, and counts of the same pupils, missing together; who took part."""
    rng = np.random.default_rng(seed)
    table = schools(rng, clusters=clusters, size=20, effect=0.8, **more)
    table["pupil"] = np.arange(len(table))
    table["class"] = table["school"] + rng.integers(0, 2, len(table)).astype(str)
    table["yes"] = (rng.random(len(table)) < expit(table["after"])).astype(float)
    table["days"] = rng.poisson(np.exp(0.3 * table["after"])).astype(float)
    table["took"] = ((table["offered"] == 1) & (rng.random(len(table)) < 0.7)).astype(float)
    lost = rng.random(len(table)) < np.where(table["offered"], *gone)
    table.loc[lost, ["after", "yes", "days"]] = np.nan
    return table


IN_CHANGE = replace(PLAN, baseline="before", covariates=("girl",))
OTHERS = {
    "interacted": replace(PLAN, method="interacted"),
    "multilevel": replace(PLAN, method="multilevel"),
    "classes": replace(PLAN, method="multilevel", classes="class"),
    "assigned again": replace(PLAN, method="multilevel", inference="randomisation", draws=99),
    "logistic": replace(PLAN, outcome="yes", method="logistic", study=Study()),
    "chances": replace(PLAN, outcome="yes", method="logistic multilevel", study=Study()),
    "shares": replace(PLAN, outcome="yes", study=Study()),
    "counts": replace(PLAN, outcome="days", method="negative binomial", study=Study()),
    "change": replace(IN_CHANGE, method="difference in differences"),
    "every wave": replace(IN_CHANGE, method="multilevel over waves", pupil="pupil"),
    "offer": replace(PLAN, method="complier effect", took_part="took"),
    "indicator": replace(PLAN, missing="missing indicator"),
    "filled in": replace(PLAN, missing="multiple imputation", imputations=4),
    "filled in, offer": replace(
        PLAN, method="complier effect", took_part="took", missing="multiple imputation",
        imputations=4,
    ),
    "filled in, change": replace(
        IN_CHANGE, method="difference in differences", missing="multiple imputation", imputations=4
    ),
}  # fmt: skip


@pytest.mark.proves("evidence.missing_outcomes", "delta 0 is the effect itself, every method")
def test_without_delta_it_is_the_effect_itself_whatever_the_method(agree):
    table = with_all()
    for name, plan in OTHERS.items():
        (effect,), (found,) = found_in(table, plan)
        value, se, low, high = found.programme.at(0.0)
        if "offer" in name:  # of the offer, beside which the effect is that of taking part
            (effect,) = aw.estimate(table, replace(plan, method="adjusted"))
            assert found.about in (About.OFFER, About.OFFER_FILLED)
            assert found.explain().startswith("Dit gaat over het verschil door het aanbod")
        agree(value, effect.estimate, rel=1e-10)
        if effect.se is not None:
            agree([se, low, high], [effect.se, effect.low, effect.high], rel=1e-8)
        assert found.everyone.at(0.0)[0] == pytest.approx(value, rel=1e-12)
        assert found.programme.at(-1.0)[0] < value < found.others.at(-1.0)[0]


@pytest.mark.parametrize("name", OTHERS)
def test_where_nobody_is_missing_nothing_is_told(name):
    table = with_all(gone=(0.0, 0.0), clusters=8)
    _, found = found_in(table, OTHERS[name])
    assert (len(found), found.not_done) == (0, ())


@pytest.mark.proves("missing.slope_of", "filled in by the model, N x N matrices")
@pytest.mark.parametrize("more", [{}, {"classes": "class"}, {"blocks": ("block",)}])
def test_a_multilevel_line_is_that_of_rows_filled_in_by_the_model_and_fitted_again(agree, more):
    table = with_all(blocks=2)
    plan = replace(PLAN, method="multilevel", **more)
    effects, (found,) = found_in(table, plan)
    model = effects.detail(effects[0])
    same = [table["school"].to_numpy()[:, None] == table["school"].to_numpy()]
    V = model.sigma2 * np.eye(len(table)) + model.tau2 * same[0]
    if "classes" in more:
        V = V + model.classes.omega2 * (
            table["class"].to_numpy()[:, None] == table["class"].to_numpy()
        )
    constant = pd.get_dummies(table["block"]) if "blocks" in more else np.ones((len(table), 1))
    X = np.column_stack([table[["offered", "before", "girl"]], constant]).astype(float)
    y, seen = table["after"].to_numpy(), table["after"].notna().to_numpy()
    W = np.linalg.inv(V[np.ix_(seen, seen)])
    beta = np.linalg.solve(X[seen].T @ W @ X[seen], X[seen].T @ W @ y[seen])
    agree(beta[0], effects[0].estimate, rel=1e-7)
    expected = y.copy()
    expected[~seen] = X[~seen] @ beta + V[np.ix_(~seen, seen)] @ W @ (y[seen] - X[seen] @ beta)
    whole = np.linalg.inv(V)
    for line, who in ((found.programme, 1), (found.others, 0)):
        for delta in (-0.7, 0.0, 1.2):
            filled = expected + delta * (~seen & table["offered"].eq(who))
            again = np.linalg.solve(X.T @ whole @ X, X.T @ whole @ filled)
            agree(line.at(delta)[0], again[0], rel=1e-7)


@pytest.mark.proves("missing.Shifted", "completed tables shifted by hand, CR2 on rows, pooled")
def test_filled_in_scores_that_shift_are_estimated_again_and_pooled(agree):
    table = with_all(clusters=10)
    plan = OTHERS["filled in"]
    effects, (found,) = found_in(table, plan)
    pupils = effects.pupils
    gaps = np.isnan(pupils.numbers["after"])
    arm = pupils.arms.codes == pupils.arms.names.index("1")
    school = np.array(pupils.clusters.names)[pupils.clusters.codes]
    for line, who in ((found.programme, arm), (found.others, ~arm), (found.everyone, arm | ~arm)):
        for delta in (-0.4, 2.5):
            fits = []
            for one in completed(pupils):
                rows = pd.DataFrame({
                    "after": one.numbers["after"] + delta * (gaps & who), "offered": 1.0 * arm,
                    "before": one.numbers["before"], "girl": one.numbers["girl"], "school": school,
                })  # fmt: skip
                fits.append(on_rows(rows, "after", ["offered", "before", "girl"], "school"))
            by_hand = pooled(
                [f.beta[0] for f in fits], [f.variance["CR2"][0, 0] for f in fits],
                float(np.mean([f.df["CR2"][0] for f in fits])),
            )  # fmt: skip
            agree(line.at(delta), (by_hand.estimate, by_hand.se, by_hand.low, by_hand.high),
                  rel=1e-6)  # fmt: skip
    for value in (0.0, 0.4):
        for delta in found.programme.touches(value):
            assert min(abs(np.array(found.programme.at(delta)[2:]) - value)) < 1e-9


def completions(table: pd.DataFrame, column: str, values) -> list[pd.DataFrame]:
    """The table with every possible value for every gap."""
    gaps = table.index[table[column].isna()]
    out = []
    for each in product(values, repeat=len(gaps)):
        filled = table.copy()
        filled.loc[gaps, column] = each
        out.append(filled)
    return out


def small(lost: int) -> pd.DataFrame:
    table = with_all(8, clusters=8, gone=(0.0, 0.0)).groupby("school").head(5)
    table = table.sort_values("school", ignore_index=True)
    rows = [k * len(table) // lost for k in range(lost)]
    table.loc[rows, ["after", "yes", "days"]] = np.nan
    return table


@pytest.mark.parametrize(
    ("plan", "column", "values"),
    [
        (replace(OTHERS["shares"], covariates=("before",)), "yes", (0.0, 1.0)),
        (replace(OTHERS["logistic"], covariates=()), "yes", (0.0, 1.0)),
        (replace(OTHERS["counts"], covariates=(), study=Study(
            measures={"days": Measure(Text("Dagen", "Days"), Text("m", "m"), range=(0.0, 9.0))}
        )), "days", (0.0, 9.0)),
        (OTHERS["change"], "after", (-8.0, 0.5, 9.0)),
        (replace(OTHERS["offer"], covariates=()), "after", (-8.0, 9.0)),
        (replace(OTHERS["multilevel"], covariates=()), "after", (-8.0, 9.0)),
    ],
)  # fmt: skip
def test_the_worst_case_holds_every_possible_completion(plan, column, values):
    table = small(3 if len(values) > 2 else 4)
    _, (found,) = found_in(table, plan)
    plain = "difference" if not plan.covariates else "adjusted"
    if plan.method == "difference in differences":
        plain = plan.method
    again = replace(plan, method=plain, missing="complete cases")
    each = [aw.estimate(t, again)[0].estimate for t in completions(table, column, values)]
    assert found.worst.low == pytest.approx(min(each), rel=1e-9)
    assert found.worst.high == pytest.approx(max(each), rel=1e-9)
    if plan.method == "logistic":  # without covariates a share is a share by any model
        shares = [aw.estimate(t, plan)[0].estimate for t in completions(table, column, values)]
        assert found.worst.low - 1e-9 <= min(shares)
        assert max(shares) <= found.worst.high + 1e-9


def test_without_anybody_missing_bounds_have_no_width():
    rng = np.random.default_rng(1)
    y, arm, clusters = rng.normal(size=60), np.arange(60) % 2 == 1, np.arange(60) // 6
    weights = np.where(arm, 1, -1) / 30
    difference = float(weights @ y)
    for found in (
        lee_bounds(y, arm, clusters), lee_bounds(y, arm, clusters, np.arange(60) // 30),
        worst_case(weights, y, -9.0, 9.0),
    ):  # fmt: skip
        assert (found.low, found.high) == pytest.approx((difference, difference), rel=1e-12)


def test_lees_bounds_by_block_are_those_of_the_scores_or_say_why_they_are_not_there():
    table = with_all(blocks=2)
    plan = replace(PLAN, blocks=("block",), covariates=())
    _, (found,) = found_in(table, plan)
    schools_, blocks = (np.unique(table[c], return_inverse=True)[1] for c in ("school", "block"))
    scores, arm = table["after"].to_numpy(), table["offered"].eq(1).to_numpy()
    expected = lee_bounds(scores, arm, schools_, blocks)  # within a block its level drops out
    for name in ("low", "high", "ci_low", "ci_high", "cut"):
        assert getattr(found.by_block, name) == pytest.approx(getattr(expected, name), rel=1e-9)
    assert found.lee.low != pytest.approx(found.by_block.low, rel=1e-3)
    assert "per blok" in found.explain()
    assert any("per blok" in row[0] for row in missing_table(found, "nl").rows)
    assert "Lee, by block" in set(found.table()["supposed"])
    empty = table["block"].eq(0) & table["offered"].eq(1)
    _, (none,) = found_in(table.assign(after=table["after"].mask(empty)), plan)
    assert none.by_block is None
    assert NOT_BY_BLOCK.nl in none.explain()


def test_the_gain_of_a_model_of_all_waves_moves_as_that_of_everybody():
    table = with_all()
    (change,), (wave,) = (found_in(table, OTHERS[name])[1] for name in ("change", "every wave"))
    assert wave.programme.slope == pytest.approx(change.programme.slope, rel=1e-12)
    assert wave.worst == change.worst
    assert wave.about is About.EVERY_WAVE


def test_a_share_or_a_count_moves_no_further_than_it_can():
    table = with_all()
    for name in ("logistic", "chances", "shares", "counts"):
        plan = OTHERS[name]
        _, (found,) = found_in(table, plan)
        y = table.loc[table["offered"].eq(1), plan.outcomes[0]]
        assert found.room == pytest.approx(y.mean())
        rare = table.assign(**{plan.outcomes[0]: table[plan.outcomes[0]] * (table.index % 5 == 0)})
        _, (low,) = found_in(rare, plan)
        names = [row[0] for row in missing_table(low, "en").rows]
        far = [
            float(n.split(": ")[1].split(" ")[0].replace("−", "-"))
            for n in names
            if "standard deviation" in n
        ]
        assert far
        assert max(map(abs, far)) <= low.room + 0.005
        assert low.explain("en").count("{") == 0


WHY_NOT = {
    "cluster means": {"method": "cluster means"},
    "blocks": {"method": "site average", "blocks": ("block",)},
    "weights": {"method": "entropy balancing", "allocation": "choice"},
    "pairs": {"method": "nearest neighbour", "allocation": "choice"},
    "dose": {"dose": True},
    "precision": {"weights": "girl"},
}  # fmt: skip


@pytest.mark.parametrize("name", WHY_NOT)
def test_where_it_is_not_worked_out_the_reason_is_named_and_is_on_the_page(name):
    table = with_all(blocks=2).assign(girl=1.0)
    plan = replace(PLAN, covariates=("before",), **WHY_NOT[name])
    evidence, said, _ = of_build(table, plan)
    (found,) = evidence.missing
    (why,) = found.not_done
    assert len(found) == 0
    assert why.nl.startswith(NOT_THIS_PLAN.nl)
    assert len(why.nl) > len(NOT_THIS_PLAN.nl)
    assert why.nl in said


@pytest.mark.parametrize("method", ["logistic", "logistic multilevel"])
def test_a_chance_that_is_filled_in_moves_as_the_mean_of_the_tables(method):
    plan = replace(OTHERS["logistic"], covariates=(), missing="multiple imputation", imputations=3)
    table = with_all(clusters=10)
    effects, (found,) = found_in(table, replace(plan, method=method))
    value, se, low, high = found.programme.at(0.0)
    effect = effects[0]
    assert (value, se, low, high) == pytest.approx(
        (effect.estimate, effect.se, effect.low, effect.high), rel=1e-9
    )
    arm = table["offered"].eq(1)
    lost = table.loc[arm, "yes"].isna().mean()
    for delta in (-0.2, 0.1):  # without covariates: the share of the arm that is missing
        assert found.programme.at(delta)[0] == pytest.approx(value + delta * lost, rel=1e-9)
    assert found.worst.low < effect.estimate < found.worst.high
    assert found.about is About.FILLED


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["logistic", "counts", "change", "every wave", "offer", "filled in"]
)
def test_a_report_of_another_method_says_and_counts_it(name, language):
    evidence, said, captions = of_build(with_all(), OTHERS[name], language)
    (found,) = evidence.missing[0]
    assert missing_sentences(found, language) in said
    assert missing_table(found, language).caption in captions
    assert found.picture(language).png


def test_of_change_everything_is_that_of_the_gains():
    table = with_all()
    _, (change,) = found_in(table, OTHERS["change"])
    gained = table.assign(after=table["after"] - table["before"])
    _, (plain,) = found_in(gained, replace(PLAN, covariates=("girl",), study=Study()))
    for name in ("low", "high", "ci_low", "ci_high"):
        assert getattr(change.lee, name) == pytest.approx(getattr(plain.lee, name), rel=1e-9)
    assert change.programme.at(-0.8) == pytest.approx(plain.programme.at(-0.8), rel=1e-9)
    low, high = np.array(PLAN.study.measures["after"].range)
    X = np.column_stack([table[["offered", "girl"]], np.ones(len(table))])
    weights = (np.linalg.inv(X.T @ X) @ X.T)[0]
    for ends, error in (((low, high), change.worst.se_low), ((high, low), change.worst.se_high)):
        end = pd.Series(np.where(weights > 0, *ends))
        rows = table.assign(gain=table["after"].fillna(end) - table["before"])
        fit = on_rows(rows, "gain", ["offered", "girl"], "school")
        assert error == pytest.approx(np.sqrt(fit.variance["CR2"][0, 0]), rel=1e-7)


def test_where_a_mean_stays_inside_nothing_stops_at_it():
    table = with_all()
    rare = table.assign(yes=table["yes"] * (table.index % 5 == 0))
    _, (found,) = found_in(rare, OTHERS["logistic"])
    assert found.room < found.unit
    told, kept = (missing_sentences(found, "nl", bounds=bounds) for bounds in (True, False))
    assert "minder vaak gold" in told
    assert "minder vaak gold" not in kept
    assert len(missing_table(found, "nl", bounds=False).rows) == 1
    assert len(missing_table(found, "nl").rows) > 2


@pytest.mark.proves("evidence.missing_outcomes", "waves filled in by the model, N x N matrices")
def test_a_model_of_all_waves_is_that_of_rows_filled_in_by_the_model(agree):
    table = with_all(clusters=10)
    effects, (found,) = found_in(table, OTHERS["every wave"])
    model = effects.detail(effects[0]).model
    n = len(table)
    school = np.tile(table["school"].to_numpy(), 2)
    V = model.sigma2 * np.eye(2 * n) + model.tau2 * (school[:, None] == school)
    V += model.omega2 * (np.arange(2 * n)[:, None] % n == np.arange(2 * n) % n)
    x = np.column_stack([table[["offered", "girl"]], np.ones(n)]).astype(float)
    X = np.block([[x, np.zeros_like(x)], [np.zeros_like(x), x]])
    y = np.concatenate([table["before"], table["after"]])
    seen = ~np.isnan(y)
    W = np.linalg.inv(V[np.ix_(seen, seen)])
    beta = np.linalg.solve(X[seen].T @ W @ X[seen], X[seen].T @ W @ y[seen])
    agree(beta[3] - beta[0], effects[0].estimate, rel=1e-6)
    y[~seen] = X[~seen] @ beta + V[np.ix_(~seen, seen)] @ W @ (y[seen] - X[seen] @ beta)
    for delta in (-0.9, 0.0, 0.6):
        gets = (~seen[n:]) & table["offered"].eq(1)
        gain = y[n:] + delta * gets - y[:n]  # with every score there: the difference in gains
        agree(found.programme.at(delta)[0], np.linalg.lstsq(x, gain)[0][0], rel=1e-6)


@pytest.mark.parametrize("name", ["logistic", "counts"])
def test_of_a_share_or_a_count_it_is_the_difference_of_means_that_were_filled_in(name):
    table, plan = with_all(), replace(OTHERS[name], covariates=())
    (effect,), (found,) = found_in(table, plan)
    y, arm = table[plan.outcomes[0]], table["offered"].eq(1)
    mean = np.where(arm, y[arm].mean(), y[~arm].mean())
    for line, who in ((found.programme, arm), (found.others, ~arm)):
        for delta in (-0.1, 0.0, 0.05):
            filled = y.fillna(pd.Series(mean + delta * who))
            expected = filled[arm].mean() - filled[~arm].mean()
            assert line.at(delta)[0] == pytest.approx(expected, rel=1e-6)
    assert found.lee.low <= effect.estimate <= found.lee.high


@pytest.mark.parametrize(
    ("name", "said"), [("logistic", "voor niemand van hen"), ("counts", "hun aantal 0")]
)
def test_a_conclusion_that_stands_at_the_end_says_so(name, said):
    table, plan = with_all(gone=(0.12, 0.12)), replace(OTHERS[name], covariates=())
    column = plan.outcomes[0]
    few = table["offered"].eq(0) & (table.index % 5 > 0)
    some = table["offered"].eq(1) & (table.index % 2 > 0)
    table[column] = table[column].mask(few & table[column].notna(), 0.0)
    table[column] = table[column].mask(some & table[column].notna(), 1.0)
    _, (found,) = found_in(table, plan)
    near = replace(found, unit=found.room * 1.5)
    assert near.tipping() is None or near.tipping() > near.room
    assert said in near.explain("nl")


@pytest.mark.parametrize("name", ["interacted", "multilevel", "logistic", "offer", "filled in"])
def test_of_one_school_it_is_not_told_when_the_difference_becomes_chance(name):
    table = with_all()
    first = table.loc[table["offered"].eq(1), "school"].iloc[0]
    one = table[table["offered"].eq(0) | table["school"].eq(first)].reset_index(drop=True)
    with under(NCO):
        _, (found,) = found_in(one, OTHERS[name])
        assert found.effect.se is None
        assert found.programme is None
        assert NO_UNCERTAINTY in found.not_done
        assert missing_table(found, "nl").rows


def test_where_all_is_known_of_nobody_it_is_not_told_and_nothing_stops():
    rng = np.random.default_rng(5)
    table = schools(rng, clusters=12, size=20)
    table["extra"] = rng.normal(size=len(table))
    half = rng.random(len(table)) < 0.5
    table.loc[half, "extra"] = np.nan
    table.loc[~half, "before"] = np.nan
    plan = aw.Plan(outcome="after", treatment="offered", cluster="school", comparison="0",
                   covariates=("before", "extra"), missing="multiple imputation",
                   imputations=3)  # fmt: skip
    effects = aw.estimate(table, plan)
    assert effects[0].estimate is not None
    (found,) = aw.weigh(effects, plan).missing
    assert not len(found)
    assert found.explain("nl") == NOT_TO_TELL.nl
