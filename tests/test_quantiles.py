"""The effect on low, middle and high scores: exact regression quantiles over clusters."""

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rows import schools
from scipy import special

import academic_workplace as aw
from academic_workplace import quantiles as room
from academic_workplace.disclosure import DUTCH_10, NCO, under
from academic_workplace.effects import quantiles
from academic_workplace.effects.quantiles import (
    AT,
    FEW_SCORES,
    FOLLOWS,
    NO_TEST,
    ONE_CLUSTER,
    TOO_MANY_TERMS,
)
from academic_workplace.evidence.weighing import POINTS_NEED_PUPILS
from academic_workplace.language import Text
from academic_workplace.linear import variance
from academic_workplace.plan import Inference, Measure, Study, parse_plan, plan_from_dict
from academic_workplace.report.build import build
from academic_workplace.report.document import Heading, Items, Paragraph, Picture, Table, walk
from academic_workplace.report.figures.quantiles import Point, _ticks
from academic_workplace.report.quantiles import _out_of, appendix, blocks, table_of

HERE = Path(__file__).parent
A30 = json.loads((HERE / "reference/cohort_gaps.json").read_text())["A30-quantile"]["expected"]
PLAN = aw.Plan(outcome="after", treatment="offered", comparison="0", cluster="school")
ADJUSTED = replace(PLAN, covariates=("before", "girl"))
FEW = settings(max_examples=15, deadline=None)


def table_of_schools(seed=1, **more):
    return schools(np.random.default_rng(seed), **({"clusters": 16, "size": 24} | more))


def check_loss(u, tau):
    """What a regression quantile minimises."""
    return np.sum(u * (tau - (u < 0)))


def estimates(found):
    return np.array([e.estimate for e in found[0].effects])


# ---------------------------------------------------------------- against others


@pytest.mark.proves("effects.quantiles", "quantreg 5.94, STAR (A30)")
def test_small_classes_at_five_quantiles_are_quantregs(agree):
    star = pd.read_csv(HERE / "reference/data/star_kindergarten.csv.gz")
    plan = aw.Plan(
        outcome="score", treatment="stark", comparison="regular", cluster="schoolidk",
        assigned="pupil",
    )  # fmt: skip
    y = next(c for c in star.columns if c not in ("schoolidk", "stark", "ethnicity"))
    found = quantiles(star.rename(columns={y: "score"}), plan)
    agree(estimates(found), list(A30.values()), rel=0, abs=1)  # whole scores: no one solution


@pytest.mark.proves("effects.quantiles", "statsmodels, QuantReg")
@pytest.mark.parametrize("tau", [0.1, 0.25, 0.75, 0.9])
def test_with_covariates_it_is_statsmodels_and_never_worse(agree, tau):
    table = table_of_schools(2, effect=0.5)
    (item,) = quantiles(table, ADJUSTED, (tau,))
    fit = smf.quantreg("after ~ offered + before + girl", table).fit(
        q=tau, max_iter=10_000, p_tol=1e-12
    )
    X = np.column_stack([np.ones(len(table)), table[["offered", "before", "girl"]]])
    y = table["after"].to_numpy()
    own = room.regression_quantile(X, y, tau)
    loss, theirs = (check_loss(y - X @ b, tau) for b in (own.b, fit.params.to_numpy()))
    assert loss <= theirs * (1 + 1e-12)
    agree(item.effects[0].estimate, own.b[1], rel=1e-12)
    agree(loss, theirs, rel=1e-6)  # theirs goes by steps and stops a little before the corner


@pytest.mark.proves("effects.quantiles", "rows, sandwich with dense CR2")
def test_the_variance_is_that_of_full_matrices_on_rows(agree):
    table = table_of_schools(3, clusters=10, size=12)
    table = table.sort_values("school", ignore_index=True)
    X = np.column_stack([np.ones(len(table)), table[["offered", "before"]]])
    y, cluster = table["after"].to_numpy(), pd.factorize(table["school"])[0]
    c, taus = np.array([0.0, 1.0, 0.0]), (0.3, 0.6)
    fits = [room.regression_quantile(X, y, tau) for tau in taus]
    told = room.contrast_of(X, y, cluster, fits, c)
    M = np.linalg.inv(X.T @ X)
    H = X @ M @ X.T
    influence, dfs = [], []
    for q in fits:
        u = y - X @ q.b
        n, h = len(y), room.bandwidth(len(y), q.tau)
        near = np.median(abs(u)) * (special.ndtri(q.tau + h) - special.ndtri(q.tau - h))
        B = X.T @ (X * (abs(u) <= near)[:, None]) / (2 * near)
        each, P = [], []
        for g in range(cluster.max() + 1):
            i = np.flatnonzero(cluster == g)
            w, U = np.linalg.eigh(np.eye(len(i)) - H[np.ix_(i, i)])
            left = c @ np.linalg.inv(B) @ X[i].T @ (U / np.sqrt(w)) @ U.T
            each.append(left @ q.psi[i])
            P.append(left @ (np.eye(n) - H)[i])
        influence.append(each)
        Q = np.array(P) @ np.array(P).T
        dfs.append(np.trace(Q) ** 2 / np.sum(Q**2))
    V = np.array(influence) @ np.array(influence).T + np.eye(2) * room.steps(y) ** 2 / 6
    agree(told.V, V, rel=1e-8)
    agree(told.df, dfs, rel=1e-8)


# ---------------------------------------------------------------- theorems


@FEW
@given(st.integers(0, 10**6), st.floats(0.05, 0.95))
def test_without_covariates_it_is_the_difference_of_the_arms_quantiles(seed, tau):
    table = table_of_schools(seed)
    (item,) = quantiles(table, PLAN, (tau,))
    each = table.groupby("offered")["after"].agg(
        lambda y: np.quantile(y, tau, method="averaged_inverted_cdf")
    )
    assert item.effects[0].estimate == pytest.approx(each[1] - each[0], abs=1e-12)


@example(848, True)  # two groups of one size, an even number of pupils: there was a choice
@FEW
@given(st.integers(0, 10**6), st.booleans())
def test_the_order_of_rows_does_not_matter_and_a_constant_for_one_arm_shifts_all(seed, adjusts):
    table, plan = table_of_schools(seed % 1000), ADJUSTED if adjusts else PLAN
    found = quantiles(table, plan, (0.22, 0.5, 0.81))
    turned = quantiles(table.sample(frac=1, random_state=seed % 1000), plan, (0.22, 0.5, 0.81))
    assert estimates(turned) == pytest.approx(estimates(found), abs=1e-9)
    assert pytest.approx(found[0].F, rel=1e-6) == turned[0].F
    shifted = table.assign(after=table["after"] + 3.5 * table["offered"])
    more = quantiles(shifted, plan, (0.22, 0.5, 0.81))
    assert estimates(more) == pytest.approx(estimates(found) + 3.5, abs=1e-8)


@FEW
@given(st.integers(0, 10**6), st.floats(0.02, 0.98))
def test_a_fit_by_parts_is_the_fit_of_the_whole_and_psi_is_orthogonal(seed, tau):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(900), rng.normal(size=(900, 2)), rng.random(900) < 0.3])
    y = X @ rng.normal(size=4) + rng.normal(size=900) * (0.5 + abs(X[:, 1]))
    whole = room.regression_quantile(X, y, tau)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "AT_ONCE", 60)
        parts = room.regression_quantile(X, y, tau)
    assert parts.b == pytest.approx(whole.b, abs=1e-8)
    assert X.T @ parts.psi == pytest.approx(np.zeros(4), abs=1e-6)
    fit = (
        X @ parts.b
    )  # between two corners a point of one of them is off by what they are beside tau
    assert parts.a[y > fit + 1e-6] == pytest.approx(1, abs=10 * room.BESIDE)
    assert parts.a[y < fit - 1e-6] == pytest.approx(0, abs=10 * room.BESIDE)
    above = np.mean(y > X @ whole.b + 1e-9)  # a share tau lies below, but for the corner's points
    assert abs(1 - tau - above) <= 8 / 900


def test_indicators_of_the_arms_alone_give_what_the_programme_gives():
    table = table_of_schools(5)
    y, arm = table["after"].to_numpy(), table["offered"].to_numpy()
    X = np.column_stack([np.ones(len(y)), arm])
    for tau in (0.137, 0.5, 0.913):
        own, other = room.within_groups(y, arm, tau), room.regression_quantile(X, y, tau)
        assert np.array([own.b[0], own.b[1] - own.b[0]]) == pytest.approx(other.b, abs=1e-9)
        assert check_loss(y - own.b[arm], tau) == pytest.approx(check_loss(y - X @ other.b, tau))


def test_the_influences_of_clusters_add_up_to_cr2():
    m = aw.collect(table_of_schools(6), ADJUSTED).samples[0]
    fit = aw.linear.least_squares(m, ["offered=1", "before"], absorb=False)
    for contrast in (np.array([1.0, 0.0, 0.0]), np.array([0.3, -0.2, 1.0])):
        v, _ = variance(fit, contrast, Inference.CR2)
        assert np.sum(room.influences(fit, contrast) ** 2) == pytest.approx(v)


def test_a_wider_spread_is_seen_by_the_test_that_all_are_equal():
    table = table_of_schools(7, clusters=40, size=40)
    table["after"] *= 1 + 1.5 * table["offered"]
    (item,) = quantiles(table, PLAN)
    assert item.clear
    assert estimates([item])[0] < 0 < estimates([item])[-1]
    assert "niet overal even groot" in quantiles(table, PLAN).explain("nl")
    (none,) = quantiles(table_of_schools(8, clusters=40, size=40), PLAN)
    assert not none.clear
    assert none.df1 == 4
    assert "p = 0." in table_of(none, "en").note
    assert "p < 0.001" in table_of(item, "en").note


# ---------------------------------------------------------------- what may not be told


def test_a_quantile_with_few_pupils_beyond_it_stays_inside():
    table = table_of_schools(9, clusters=8, size=9)
    n = table["offered"].value_counts()
    with under(DUTCH_10):
        found = quantiles(table, PLAN, (0.02, 0.5, 0.98))
        assert found[0].hidden == (True, False, True)
        told = found.table().set_index("at")
        assert told["estimate"].notna().tolist() == [False, True, False]
        assert told["withheld"].tolist() == [True, False, True]
        rows = table_of(found[0], "nl").rows
        assert [("niet getoond" in row) for row in rows] == [True, False, True]
        at = 10 / n.min()
        edge = quantiles(table, PLAN, (at - 1e-3, at))
        assert edge[0].hidden == (True, False)
        all_hidden = quantiles(table, PLAN, (0.01, 0.99))
        assert "tonen we niet" in all_hidden.explain("nl")
        assert not any(c.isdigit() for c in all_hidden.explain("en"))
        with pytest.raises(aw.PlanError):
            all_hidden.picture()
    with under(NCO):
        assert quantiles(table, PLAN, (0.5,))[0].hidden == (False,)


def test_in_a_report_they_are_rounded_as_their_intervals_ask():
    table = table_of_schools(10)
    table["after"] = table["after"] * 10 + 0.123456
    item = quantiles(table, PLAN)[0]
    cells = [row[1] for row in table_of(item, "en").rows]
    assert all(len(cell.partition(".")[2]) <= 1 for cell in cells)


# ---------------------------------------------------------------- words and pictures


def test_it_says_of_what_it_speaks_in_both_languages():
    table = table_of_schools(11, effect=0.8)
    label = Measure(Text("leesscore", "reading score"), Text("meer", "more"))
    study = Study(measures={"after": label})
    found = quantiles(table, replace(ADJUSTED, study=study))
    nl, en = found.explain("nl"), found.explain("en")
    for words in ("10 van de 100 leerlingen scoren nog lager. Daar is het verschil",
                  "10 van de 100 leerlingen scoren nog hoger. Daar", "de helft scoort lager. Daar",
                  "op volgorde", "leesscore",
                  "niet over dezelfde leerlingen", "vooraf op elkaar leken"):  # fmt: skip
        assert words in nl
    assert "a low score: 10 of every 100 pupils score even lower. There the difference is" in en
    for wrong in ("laagste 10%", "lowest 10%", "met de laagste scores", "with the lowest scores"):
        assert wrong not in nl + en  # the difference is at a point, and of nobody in particular
    assert "not about the same pupils" in en
    assert "vooraf" not in quantiles(table, ADJUSTED, adjusted=False).explain("nl")
    assert max(len(s.split()) for s in nl.replace("?", ".").split(".")) <= 25
    with pytest.raises(aw.PlanError):
        found.explain("fr")
    made = blocks(found, "nl")
    assert [type(b).__name__ for b in made] == ["Heading", "Paragraph", "Picture", "Table"]
    picture = next(b for b in made if isinstance(b, Picture))
    numbers = next(b for b in made if isinstance(b, Table))
    assert all(row[1] in picture.alt for row in numbers.rows)
    drawing = found.picture("en")
    assert drawing.png.startswith(b"\x89PNG")
    assert "reading score" in drawing.alt
    ax = found.plot(language="nl")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["10%", "25%", "50%", "75%", "90%"]
    assert "<p" in found._repr_html_()


@pytest.mark.parametrize(
    ("share", "n", "of"),
    [(0.1, "10", "100"), (0.025, "25", "1.000"), (0.01, "10", "1.000"), (1 / 3, "3.333", "10.000"),
     (0.3, "30", "100"), (1 - 0.9, "10", "100")],
)  # fmt: skip
def test_a_point_is_told_in_whole_pupils(share, n, of):
    assert _out_of(share, "nl") == {"n": n, "of": of}


def test_the_heights_of_the_picture_are_named_as_they_are():
    for high in np.geomspace(0.3, 300, 60):
        point = Point(0.5, "50%", high / 2, 0.0, float(high))
        at, names = _ticks((point,), "en")
        assert [float(name) for name in names] == pytest.approx(at, abs=1e-9 * high)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("at", [(), (0,), (1.0,), (-0.1, 0.5), ("a",), None, 0.5, (float("nan"),)])
def test_shares_that_are_none_are_refused(at):
    with pytest.raises(aw.PlanError) as error:
        quantiles(table_of_schools(), PLAN, at)
    assert error.value.faults[0].column == "at"


@pytest.mark.parametrize(
    "more",
    [
        {"dose": True, "comparison": None},
        {"crossed": "girl"},
        {"weights": "girl"},
        {"missing": "multiple imputation"},
    ],
)
def test_a_plan_that_cannot_have_it_is_refused_by_name(more):
    table = table_of_schools().assign(girl=1.0)
    with pytest.raises(aw.PlanError) as error:
        quantiles(table, replace(PLAN, **more))
    assert next(iter(more)) in {fault.column for fault in error.value.faults}


def test_what_cannot_be_told_has_a_reason_and_no_number():
    table = table_of_schools(12)
    binary = quantiles(table.assign(after=(table["after"] > 0).astype(int)), PLAN)
    assert binary[0].reason == FEW_SCORES
    assert "te weinig verschillende scores" in binary.explain("nl")
    assert binary.table()["estimate"].isna().all()
    twice = replace(PLAN, covariates=("before", "again"))
    follows = quantiles(table.assign(again=2 * table["before"]), twice)
    assert follows[0].reason == FOLLOWS
    blocked = table.assign(block=np.arange(len(table)) % 40)
    many = quantiles(blocked, replace(PLAN, blocks=("block",)))
    assert many[0].reason == TOO_MANY_TERMS
    one = table["school"].eq(table.loc[table["offered"] == 1, "school"].iloc[0])
    alone = table[one | (table["offered"] == 0)]
    found = quantiles(alone, PLAN)
    assert found[0].reason == ONE_CLUSTER
    assert found[0].effects[0].se is None
    gone = quantiles(table.assign(after=table["after"].where(table["offered"] == 0)), PLAN)
    assert gone[0].effects == (None,) * len(AT)
    assert gone.explain("nl")


def test_with_few_schools_there_is_no_test_and_it_says_so():
    table = table_of_schools(13, clusters=4, size=40)
    (item,) = quantiles(table, PLAN)
    assert item.F is None
    assert item.reason == NO_TEST
    assert item.effects[2].se is not None
    with under(NCO):
        assert NO_TEST.nl in quantiles(table, PLAN).explain("nl")


def test_blocks_are_in_the_model_and_pupils_may_come_checked():
    table = table_of_schools(14, blocks=2)
    plan = replace(PLAN, blocks=("block",))
    own = quantiles(aw.check(table, plan))
    assert own[0].adjusted
    X = np.column_stack([np.ones(len(table)), table["offered"], table["block"] == 1]).astype(float)
    for e, tau in zip(own[0].effects, AT, strict=True):
        fit = room.regression_quantile(X, table["after"].to_numpy(), tau)
        assert e.estimate == pytest.approx(fit.b[1], abs=0.05)
    text = replace(PLAN, covariates=("kind",))
    kinds = quantiles(table.assign(kind=np.array(list("abc"))[np.arange(len(table)) % 3]), text)
    assert kinds[0].adjusted
    assert kinds[0].reason is None


# ---------------------------------------------------------------- in a plan and its report

FILE = """
[design]
treatment = "offered"
cluster = "school"
quantiles = {quantiles}
[[outcomes]]
column = "after"
"""
ASKED = replace(ADJUSTED, quantiles=(0.25, 0.5, 0.75))


def report_of(table, plan, language="nl", effects=None):
    evidence = aw.weigh(effects or aw.estimate(table, plan), plan)
    report = build(evidence, language, datetime.date(2026, 11, 22), "x")
    said = [b.text for b in walk(report.appendix) if isinstance(b, Heading | Paragraph)]
    page = [text for b in walk(report.blocks) if isinstance(b, Items) for text in b.items]
    return evidence, said, page


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_report_tells_it_where_the_plan_asks(language):
    table = table_of_schools(15, effect=0.8)
    evidence, said, _ = report_of(table, ASKED, language)
    own = quantiles(table, ADJUSTED, ASKED.quantiles)
    assert evidence.quantiles.table().equals(own.table())
    assert own.explain(language) in said
    without, other, _ = report_of(table, ADJUSTED, language)
    assert without.quantiles is None
    assert own.explain(language) not in other
    plain = replace(ASKED, method="difference")
    assert not report_of(table, plain)[0].quantiles[0].adjusted  # as the effect itself


def test_without_pupils_the_report_says_it_was_not_done():
    table = table_of_schools(16, effect=0.8)
    effects = replace(aw.estimate(table, ASKED), pupils=None)
    evidence, said, page = report_of(table, ASKED, effects=effects)
    assert evidence.quantiles is None
    assert not any("Lage, middelste" in text for text in said)
    assert POINTS_NEED_PUPILS.nl in page


def test_another_method_is_refused_when_it_is_asked_for():
    with pytest.raises(aw.PlanError) as error:
        aw.estimate(table_of_schools(16), ASKED, method="multilevel")
    assert [fault.column for fault in error.value.faults] == ["method"]


def test_a_result_that_stays_inside_has_no_quantiles_in_a_report_either():
    table = table_of_schools(17)
    evidence, _, _ = report_of(table, ASKED)
    assert evidence.quantiles[0].shown
    (finding,) = evidence.findings
    inside = replace(evidence, findings=(replace(finding, fitted=(12, 11)),))
    assert inside.findings[0].withheld
    made = appendix(inside, "nl")
    assert [type(b).__name__ for b in made] == ["Heading", "Paragraph"]
    assert "tonen we niet" in made[1].text
    assert not any(c.isdigit() for c in made[1].text)


def test_a_plan_keeps_its_quantiles_and_an_older_plan_its_fingerprint():
    plan = parse_plan(FILE.format(quantiles="[0.1, 0.5]"))
    assert plan.quantiles == (0.1, 0.5)
    assert plan_from_dict(json.loads(json.dumps(plan.to_dict()))).fingerprint == plan.fingerprint
    assert "quantiles" not in PLAN.to_dict()
    assert plan.fingerprint != replace(plan, quantiles=()).fingerprint


@pytest.mark.parametrize(
    ("more", "columns"),
    [
        ({"quantiles": (0.0, 0.5)}, ["quantiles"]),
        ({"quantiles": (0.5, 1.0)}, ["quantiles"]),
        ({"quantiles": (float("nan"),)}, ["quantiles"]),
        ({"quantiles": (0.5, 0.5)}, ["quantiles"]),
        ({"quantiles": tuple(np.arange(1, 21) / 21)}, ["quantiles"]),
        ({"quantiles": "0.5"}, ["quantiles"]),
        ({"quantiles": 0.5}, ["quantiles"]),
        ({"quantiles": None}, ["quantiles"]),
        ({"quantiles": (True,)}, ["quantiles"]),
        ({"method": "multilevel"}, ["method"]),
        ({"method": "cluster means"}, ["method"]),
        ({"crossed": "girl", "covariates": ()}, ["crossed"]),
        ({"missing": "multiple imputation"}, ["missing"]),
    ],
)
def test_every_fault_of_quantiles_in_a_plan_is_named(more, columns):
    with pytest.raises(aw.PlanError) as error:
        replace(ASKED, **more)
    assert [fault.column for fault in error.value.faults] == columns


@pytest.mark.parametrize("written", ["0.5", '["a"]', "[true]", '"0.5"'])
def test_quantiles_of_another_form_in_a_file_are_told_with_the_right_form(written):
    with pytest.raises(aw.PlanError, match="quantiles") as error:
        parse_plan(FILE.format(quantiles=written))
    assert "[0.1, 0.5, 0.9]" in error.value.faults[0].remedy.nl
