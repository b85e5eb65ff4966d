"""Cohorts compared at equal intake, gaps taken apart, trends: theorems, rows, and references."""

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from proof import Agreement

import academic_workplace as aw
from academic_workplace.cohorts import (
    Coefficients,
    Decomposition,
    Element,
    Estimate,
    Kind,
    compare,
    decompose,
    standardise,
    standardise_counts,
    trend,
)
from academic_workplace.cohorts.influence import from_influence, mean_of, standardised_mean
from academic_workplace.cohorts.parts import (
    Design,
    design_of,
    kitagawa,
    logistic,
    oaxaca,
    reweighted,
    yun,
)
from academic_workplace.cohorts.samples import read_sample
from academic_workplace.errors import DataError, PlanError
from academic_workplace.report.cohorts import blocks as words
from academic_workplace.report.cohorts.comparing import comparisons_table
from academic_workplace.report.cohorts.scale import Scale, Sides
from academic_workplace.report.document import Picture
from academic_workplace.report.figures.cohorts import waterfall

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "reference/cohorts_compare.json").read_text())
A33 = EXPECTED["A33-oaxaca"]["expected"]
A40 = EXPECTED["A40-cohort-standardise"]["expected"]
STAR = HERE.parents[1] / "shared/reference/data/star_plus.csv.gz"
EXACT = 1e-10  # what the parts of a gap may miss it by
SMOOTH = [Kind.KITAGAWA, Kind.TWOFOLD, Kind.THREEFOLD, Kind.YUN]
PARTS = (Element.EXPLAINED, Element.UNEXPLAINED, Element.INTERACTION, Element.ONLY_GROUP,
         Element.ONLY_REFERENCE)  # fmt: skip


def made(seed: int = 1, n: int = 600, schools: int = 12, years: int = 3) -> pd.DataFrame:
    """Pupils of which the intake moves over the years."""
    rng = np.random.default_rng(seed)
    t, school = rng.integers(years, size=n), rng.integers(schools, size=n)
    edu = rng.choice(["low", "mid", "high"], n, p=[0.3, 0.4, 0.3])
    north = rng.random(n) < np.where(edu == "low", 0.7 - 0.15 * t, 0.4)
    score = rng.normal(0, 1, n) + 0.5 * (edu == "high") - 0.4 * north
    y = 2 + 0.6 * score - 0.5 * north + 0.3 * t + 0.2 * (school % 3) + rng.normal(0, 1, n)
    return pd.DataFrame({
        "year": [f"{2018 + k}-{2019 + k}" for k in t], "school": school, "edu": edu,
        "area": np.where(north, "north", "south"), "score": score, "y": y,
        "yes": (y + rng.normal(0, 1, n) > 2.2).astype(int), "group": np.where(north, "a", "b"),
    })  # fmt: skip


@pytest.fixture(scope="module")
def pupils() -> pd.DataFrame:
    return made()


@pytest.fixture(scope="module")
def bdf() -> pd.DataFrame:
    return pd.read_csv(HERE / "reference/data/bdf_gap.csv.gz")


def taken_apart(table: pd.DataFrame, kind: Kind, **more: Any) -> Decomposition:
    """The last year less the first."""
    years = sorted(table.year.unique())
    asked: dict[str, Any] = {
        "outcome": "yes" if kind is Kind.YUN else "y", "cohort": "year", "reference": years[0],
        "other": years[-1], "given": ["edu", "area"], "kind": kind, "school": "school",
    }  # fmt: skip
    return decompose(table, **(asked | more))


def values(found: Decomposition) -> dict[Element, float]:
    return {p.element: p.estimate.value for p in found.parts if p.at is None}


# ---------------------------------------------------------------- outside references


@pytest.mark.proves("cohorts.decompose", "R: Oaxaca and Blinder on bdf (A33)")
def test_the_parts_are_those_of_oaxaca_and_blinder(bdf: pd.DataFrame, agree: Agreement) -> None:
    X = ["IQ.verb", "IQ.perf", "ses"]
    common = {"outcome": "langPOST", "group": "Minority", "reference": "Y", "given": X,
              "school": "schoolNR"}  # fmt: skip
    three = decompose(bdf, kind="threefold", **common)
    assert (three.pupils, three.pupils_reference) == (A33["nA"], A33["nB"])
    agree([three.gap.value, three.mean, three.mean_reference],
          [A33["gap"], A33["mean_A"], A33["mean_B"]])  # fmt: skip
    found = [three.part(e).value for e in ("explained", "unexplained", "interaction")]
    # small parts of a gap of 5: rounding of R and of numpy differ in the eleventh decimal
    agree(found, list(A33["threefold"].values()), abs=1e-10)
    for way, name in {
        "group": "twofold_bA", "reference": "twofold_bB", "pooled": "twofold_neumark",
        "pooled with group": "twofold_jann_pooled_with_group",
    }.items():  # fmt: skip
        two = decompose(bdf, kind="twofold", coefficients=way, **common)
        agree([two.part("explained").value, two.part("unexplained").value],
              list(A33[name].values()), abs=1e-10)  # fmt: skip
    by = {d.column: d.estimate.value for d in three.of("explained") if d.estimate}
    agree([by[x] for x in X], [A33["explained_by_variable_bB"][x] for x in X])


@pytest.mark.proves("cohorts.decompose", "statsmodels 0.15 OaxacaBlinder, bdf")
def test_the_parts_are_those_of_statsmodels(bdf: pd.DataFrame, agree: Agreement) -> None:
    from statsmodels.stats.oaxaca import OaxacaBlinder

    X = ["IQ.verb", "IQ.perf", "ses"]
    exog = bdf[X].assign(const=1.0, minority=(bdf.Minority == "Y").astype(float))
    model = OaxacaBlinder(bdf.langPOST, exog, "minority", hasconst=True)
    endowments, coefficients, interaction, gap = model.three_fold().params
    found = values(decompose(bdf, outcome="langPOST", group="Minority", reference="Y", given=X,
                             kind="threefold"))  # fmt: skip
    agree([found[e] for e in (Element.GAP, *PARTS[:3])],
          [gap, endowments, coefficients, interaction], rel=1e-7, abs=1e-9)  # fmt: skip
    unexplained, explained, _ = model.two_fold(two_fold_type="pooled").params
    found = values(decompose(bdf, outcome="langPOST", group="Minority", reference="Y", given=X,
                             coefficients="pooled with group"))  # fmt: skip
    agree([found[e] for e in PARTS[:2]], [explained, unexplained], rel=1e-7, abs=1e-9)
    unexplained, explained, _ = model.two_fold(two_fold_type="cotton").params
    found = values(decompose(bdf, outcome="langPOST", group="Minority", reference="Y", given=X,
                             coefficients="cotton"))  # fmt: skip
    agree([found[e] for e in PARTS[:2]], [explained, unexplained], rel=1e-7, abs=1e-9)


@pytest.mark.proves(
    "cohorts.compare", "R, clubSandwich 0.5.8: two cohorts of STAR (A40)", private=True
)
@pytest.mark.proves("cohorts.standardise", "R: two cohorts of STAR (A40)", private=True)
@pytest.mark.skipif(not STAR.is_file(), reason="the data may not be committed")
def test_two_cohorts_are_compared_as_r_does(agree: Agreement) -> None:
    d = pd.read_csv(STAR, dtype={"race": str}, low_memory=False)
    d = d[d.cond_at_entry.isin(["nonexperimental", "regular"]) & d.g1tmathss.notna()
          & d.g1schid.notna() & d.race.notna() & (d.race != "mssng")
          & d.gender.notna()]  # fmt: skip
    d = d.assign(f=(d.gender == "female").astype(int), b=(d.race == "black").astype(int))
    d["cell"] = d.f.astype(str) + " " + d.b.astype(str)
    common = {"outcome": "g1tmathss", "cohort": "cond_at_entry", "reference": "nonexperimental",
              "school": "g1schid"}  # fmt: skip
    of = "R, clubSandwich"
    c = compare(d, adjust=("f", "b"), **common)[0]
    assert (c.pupils, c.pupils_reference) == (A40["n"]["regular"], A40["n"]["external"])
    assert c.schools == A40["schools"]
    assert c.raw
    assert c.standardised
    assert c.regression
    assert c.unadjusted == c.raw
    # there the other cohort is less the reference: the sign turns
    agree([-c.raw.value, -c.standardised.value], [A40["raw"], A40["standardised"]], of=of)
    r = A40["regression"]
    agree([-c.regression.value, c.regression.se, c.regression.df],
          [r["est"], r["se_CR2"], r["df"]], of=of)  # fmt: skip
    whole = compare(d, adjust=("cell",), **common)[0].inverse_odds
    assert whole is not None
    agree(-whole.value, A40["inverse_odds"], rel=1e-8, of=of)  # glm stops at 1e-8
    s = standardise(d, adjust=("f", "b"), **common).level("regular").standardised
    mean = sum(A40["cell_share_external"][k] * A40["cell_mean_regular"][k]
               for k in A40["cell_share_external"])  # fmt: skip
    assert s is not None
    agree(s.value, mean, of="R: two")


@pytest.mark.proves("cohorts.compare", "statsmodels 0.15 Logit, OLS")
def test_weights_and_regression_are_those_of_statsmodels(
    pupils: pd.DataFrame, agree: Agreement
) -> None:
    import statsmodels.api as sm

    two = pupils[pupils.year != "2019-2020"]
    c = compare(two, outcome="y", cohort="year", reference="2018-2019", adjust=["edu", "area"],
                given=["score"], school="school")[0]  # fmt: skip
    X = pd.get_dummies(two[["edu", "area"]], drop_first=True).astype(float)
    X = X.assign(score=two.score, const=1.0)
    ref = (two.year == "2018-2019").to_numpy()
    e = sm.Logit(ref.astype(float), X).fit(disp=0, tol=1e-12).predict()
    y = two.y.to_numpy()
    odds = (e / (1 - e))[~ref]
    assert c.inverse_odds
    assert c.regression
    agree(c.inverse_odds.value, odds @ y[~ref] / odds.sum() - y[ref].mean())
    fit = sm.OLS(y, X.assign(z=(~ref).astype(float))).fit()
    agree(c.regression.value, fit.params["z"])


@pytest.mark.proves("cohorts.decompose", "statsmodels 0.15 Logit: Yun by hand")
def test_shares_are_taken_apart_on_the_logistic_curve(
    pupils: pd.DataFrame, agree: Agreement
) -> None:
    import statsmodels.api as sm

    two = pupils[pupils.year != "2019-2020"]
    found = taken_apart(two, Kind.YUN, given=["score", "area"], coefficients="reference")
    X = np.column_stack([np.ones(len(two)), two.score, two.area == "south"]).astype(float)
    y, a = two.yes.to_numpy(float), (two.year == "2020-2021").to_numpy()
    bA, bB = (sm.Logit(y[w], X[w]).fit(disp=0, tol=1e-12).params for w in (a, ~a))

    def expected(rows: NDArray[np.bool_], b: NDArray[np.float64]) -> float:
        return float((1 / (1 + np.exp(-X[rows] @ b))).mean())

    explained, rest = expected(a, bB) - expected(~a, bB), expected(a, bA) - expected(a, bB)
    agree([found.part(e).value for e in PARTS[:2]], [explained, rest])
    d = X[a].mean(axis=0) - X[~a].mean(axis=0)
    W = d * bB / (d @ bB)
    details = {x.column: x for x in found.of("explained") if x.column == "score"}
    assert details["score"].estimate
    agree(details["score"].estimate.value, W[1] * explained)
    both_areas = sum(x.estimate.value for x in found.of("explained")
                     if x.column == "area" and x.estimate)  # fmt: skip
    agree(both_areas, W[2] * explained)


@pytest.mark.proves("cohorts.decompose", "rows: Kitagawa (1955) by hand")
def test_rates_are_taken_apart_by_hand(pupils: pd.DataFrame, agree: Agreement) -> None:
    found = taken_apart(pupils, Kind.KITAGAWA, outcome="yes")
    a, b = (pupils[pupils.year == y] for y in ("2020-2021", "2018-2019"))
    composition = rates = 0.0
    for edu, area in itertools.product(["low", "mid", "high"], ["north", "south"]):
        x, z = (t[(t.edu == edu) & (t.area == area)] for t in (a, b))
        p, q = len(x) / len(a), len(z) / len(b)
        composition += (p - q) * (x.yes.mean() + z.yes.mean()) / 2
        rates += (x.yes.mean() - z.yes.mean()) * (p + q) / 2
    agree([found.part(e).value for e in PARTS[:2]], [composition, rates])


@pytest.mark.proves("cohorts.standardise", "rows: cells by hand")
def test_a_standardised_share_is_the_mean_over_cells(
    pupils: pd.DataFrame, agree: Agreement
) -> None:
    found = standardise(pupils, outcome="yes", cohort="year", reference="2018-2019",
                        adjust=["area"], group="edu", school="school")  # fmt: skip
    for year, edu in itertools.product(pupils.year.unique(), pupils.edu.unique()):
        own = pupils[(pupils.year == year) & (pupils.edu == edu)]
        base = pupils[(pupils.year == "2018-2019") & (pupils.edu == edu)]
        q = base.area.value_counts(normalize=True)
        expected = float((q * own.groupby("area").yes.mean()).sum())
        level = found.level(year, edu).standardised
        assert level is not None
        agree(level.value, expected)


@pytest.mark.proves("cohorts.trend", "statsmodels 0.15 OLS; clubSandwich's CR2 by linear.py")
def test_a_trend_with_a_break_is_that_regression(pupils: pd.DataFrame, agree: Agreement) -> None:
    import statsmodels.api as sm

    six = made(seed=4, years=6)
    found = trend(six, outcome="y", cohort="year", break_at="2021-2022", given=["score"],
                  school="school", across_regimes=True)  # fmt: skip
    t = six.year.str[:4].astype(float) - 2018
    X = pd.DataFrame({"t": t, "step": t >= 3, "bend": np.maximum(t - 3, 0), "x": six.score, "c": 1})
    fit = sm.OLS(six.y, X.astype(float)).fit()
    assert found.step
    assert found.bend
    assert found.slope_after
    agree([found.slope.value, found.step.value, found.bend.value, found.slope_after.value],
          [*fit.params[["t", "step", "bend"]], fit.params["t"] + fit.params["bend"]])  # fmt: skip
    assert found.before is not None
    at = dict(zip(X.columns, [3.0, 0, 0, six.score.mean(), 1], strict=True))
    agree(found.before, sum(fit.params[k] * v for k, v in at.items()))
    assert [c.cohort for c in found.cohorts] == sorted(six.year.unique())


# ---------------------------------------------------------------- the parts add up


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("which", Coefficients)
def test_the_parts_add_up_to_the_gap(pupils: pd.DataFrame, kind: Kind, which: Coefficients) -> None:
    found = taken_apart(pupils, kind, coefficients=which, draws=99)
    for at in {p.at for p in found.parts}:
        whole = [p.estimate.value for p in found.parts if p.at == at and p.element is Element.GAP]
        rest = [
            p.estimate.value for p in found.parts if p.at == at and p.element is not Element.GAP
        ]
        assert abs(sum(rest) - whole[0]) < EXACT
    assert abs(found.mean - found.mean_reference - found.gap.value) < EXACT
    for element in {d.element for d in found.details}:
        details = [d.estimate.value for d in found.of(element) if d.estimate]
        assert abs(sum(details) - found.part(element).value) < EXACT


def test_pupils_without_a_counterpart_are_a_part_of_their_own(pupils: pd.DataFrame) -> None:
    alone = pupils.assign(edu=np.where((pupils.year == "2020-2021") & (pupils.score > 1.2),
                                       "new", pupils.edu))  # fmt: skip
    found = taken_apart(alone, Kind.KITAGAWA)
    assert Element.ONLY_GROUP in values(found)
    assert {c.only for c in found.outside} == {"2020-2021"}
    assert all(c.labels[0] == "new" for c in found.outside)
    assert abs(sum(values(found)[e] for e in values(found) if e is not Element.GAP)
               - found.gap.value) < EXACT  # fmt: skip
    inside = taken_apart(alone[alone.edu != "new"], Kind.KITAGAWA)
    for element in PARTS[:2]:
        assert found.part(element).value == pytest.approx(inside.part(element).value, abs=EXACT)
    assert "leerlingen zonder evenknie" in found.explain("nl")


# ---------------------------------------------------------------- swapping, itself, order


def swapped(found: pd.DataFrame, kind: Kind, **more: object) -> Decomposition:
    years = sorted(found.year.unique())
    return taken_apart(found, kind, reference=years[-1], other=years[0], **more)


@pytest.mark.parametrize("kind", Kind)
def test_swapping_turns_the_raw_gap(pupils: pd.DataFrame, kind: Kind) -> None:
    one, two = (f(pupils, kind, draws=99) for f in (taken_apart, swapped))
    assert one.gap.value == pytest.approx(-two.gap.value, abs=EXACT)
    if one.gap.se and two.gap.se and kind is not Kind.REWEIGHTED:
        assert one.gap.se == pytest.approx(two.gap.se, rel=1e-10)


def test_swapping_turns_the_symmetric_parts_and_their_details(pupils: pd.DataFrame) -> None:
    one, two = (f(pupils, Kind.KITAGAWA) for f in (taken_apart, swapped))
    for element in PARTS[:2]:
        assert one.part(element).value == pytest.approx(-two.part(element).value, abs=EXACT)
        for a, b in zip(one.of(element), two.of(element), strict=True):
            assert a.estimate
            assert b.estimate
            assert a.estimate.value == pytest.approx(-b.estimate.value, abs=EXACT)


@pytest.mark.parametrize("kind", [Kind.TWOFOLD, Kind.YUN])
@pytest.mark.parametrize("which", Coefficients)
def test_swapping_groups_and_whose_coefficients_turns_the_parts(
    pupils: pd.DataFrame, kind: Kind, which: Coefficients
) -> None:
    other = {Coefficients.GROUP: Coefficients.REFERENCE,
             Coefficients.REFERENCE: Coefficients.GROUP}.get(which, which)  # fmt: skip
    one = taken_apart(pupils, kind, coefficients=which)
    two = swapped(pupils, kind, coefficients=other)
    for element in PARTS[:2]:
        assert one.part(element).value == pytest.approx(-two.part(element).value, abs=1e-9)


def test_swapping_moves_the_threefold_as_its_formula_says(pupils: pd.DataFrame) -> None:
    E, C, EC = (values(taken_apart(pupils, Kind.THREEFOLD))[e] for e in PARTS[:3])
    turned = values(swapped(pupils, Kind.THREEFOLD))
    assert [turned[e] for e in PARTS[:3]] == pytest.approx([-(E + EC), -(C + EC), EC], abs=EXACT)


def test_standardising_a_cohort_to_itself_changes_nothing(pupils: pd.DataFrame) -> None:
    found = standardise(pupils, outcome="y", cohort="year", reference="2018-2019",
                        adjust=["edu", "area"], school="school")  # fmt: skip
    own = found.level("2018-2019")
    assert own.raw
    assert own.standardised
    for name in ("value", "se", "df", "low", "high"):
        assert getattr(own.standardised, name) == pytest.approx(getattr(own.raw, name), rel=1e-12)
    twice = pd.concat([pupils.assign(year="again"), pupils])
    found = standardise(twice, outcome="y", cohort="year", reference="again", adjust=["edu"],
                        group="area", reference_group="north", standard="all pupils")  # fmt: skip
    assert found.standard is aw.cohorts.Standard.ALL


def test_equal_cohorts_differ_in_nothing(pupils: pd.DataFrame) -> None:
    one = pupils[pupils.year == "2018-2019"]
    twice = pd.concat([one.assign(year="x"), one.assign(year="y")])
    c = compare(twice, outcome="y", cohort="year", reference="x", adjust=["edu", "area"],
                school="school")[0]  # fmt: skip
    for _, found in c.ways():
        assert found.value == pytest.approx(0, abs=1e-12)


def test_the_own_standard_takes_away_what_moved_within_a_group() -> None:
    """The gap narrows since the low group moved to the better area; within areas nothing moves."""
    cells = {("then", "low"): (90, 30), ("now", "low"): (30, 90), ("then", "high"): (60, 60),
             ("now", "high"): (60, 60)}  # fmt: skip
    rows = [
        {"year": year, "edu": edu, "area": area, "y": (edu == "high") + 2.0 * (area == "good")
         + 0.01 * (i % 5), "school": i % 6}
        for (year, edu), counts in cells.items()
        for area, n in zip(("poor", "good"), counts, strict=True)
        for i in range(n)
    ]  # fmt: skip
    found = standardise(pd.DataFrame(rows), outcome="y", cohort="year", reference="then",
                        adjust=["area"], group="edu", reference_group="high",
                        school="school")  # fmt: skip
    s = next(s for s in found.shifts if s.cohort == "now")
    assert s.raw_change
    assert s.standardised_change
    assert s.intake
    assert s.raw_change.value == pytest.approx(1.0, abs=1e-9)
    assert s.standardised_change.value == pytest.approx(0, abs=1e-9)
    assert s.intake.value == pytest.approx(1.0, abs=1e-9)
    said = found.explain("nl")
    assert "kleiner. Maar de instroom" in said
    assert "ongeveer gelijk" in said


@pytest.mark.parametrize("kind", SMOOTH)
def test_the_order_of_rows_does_not_matter(pupils: pd.DataFrame, kind: Kind) -> None:
    one = taken_apart(pupils, kind)
    two = taken_apart(pupils.sample(frac=1, random_state=3), kind)
    for a, b in zip(one.parts, two.parts, strict=True):
        assert a.estimate.value == pytest.approx(b.estimate.value, abs=1e-11)
        assert a.estimate.se == pytest.approx(b.estimate.se, rel=1e-9)


@pytest.mark.parametrize("kind", SMOOTH)
def test_which_category_is_left_out_does_not_matter(pupils: pd.DataFrame, kind: Kind) -> None:
    order = pd.CategoricalDtype(["mid", "high", "low"])
    one = taken_apart(pupils, kind)
    two = taken_apart(pupils.assign(edu=pupils.edu.astype(order)), kind)
    mine, theirs = ({(d.element, d.column, d.level): d.estimate for d in found.details}
                    for found in (one, two))  # fmt: skip
    assert mine.keys() == theirs.keys()
    for key, estimate in mine.items():
        other = theirs[key]
        assert estimate
        assert other
        assert estimate.value == pytest.approx(other.value, abs=1e-9)
        assert estimate.se == pytest.approx(other.se, rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.floats(-50, 50), st.floats(0.1, 20), st.integers(0, 10_000))
def test_another_scale_of_the_outcome_scales_every_part(
    shift: float, factor: float, seed: int
) -> None:
    table = made(seed=seed, n=240, schools=6, years=2)
    for kind in (Kind.KITAGAWA, Kind.TWOFOLD, Kind.THREEFOLD):
        one = taken_apart(table, kind)
        two = taken_apart(table.assign(y=shift + factor * table.y), kind)
        for a, b in zip(one.parts, two.parts, strict=True):
            assert b.estimate.value == pytest.approx(factor * a.estimate.value, abs=1e-8)
        if kind is Kind.KITAGAWA:  # its details do not hang on where the outcome has its nought
            for c, d in zip(one.details, two.details, strict=True):
                if c.estimate and d.estimate:
                    assert d.estimate.value == pytest.approx(factor * c.estimate.value, abs=1e-8)


# ---------------------------------------------------------------- how sure


def by_repeating(
    statistic: Callable[[np.ndarray], np.ndarray], school: np.ndarray, times: int = 60
) -> np.ndarray:
    """(G, P) the derivative to the weight of each school, from pupils that stand there more often.

    Every pupil stands ``times`` times, those of one school once more and once less.
    """
    rows = np.arange(len(school))
    out = []
    for g in np.unique(school):
        ends = [statistic(np.repeat(rows, np.where(school == g, times + s, times)))
                for s in (1, -1)]  # fmt: skip
        out.append((ends[0] - ends[1]) * times / 2)
    return np.array(out)


def summed(phi: np.ndarray, school: np.ndarray) -> np.ndarray:
    return np.array([phi[school == g].sum(axis=0) for g in np.unique(school)])


def arrays(seed: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Design]:
    table = made(seed=seed, n=200, schools=5, years=2)
    table["score"] += 0.8 * (table.year == "2019-2020")  # or there is nothing to divide
    s = read_sample(table, outcome="y", part="year", school="school", given=["edu", "score"])
    assert s.school is not None
    return s.y, table.yes.to_numpy(float), s.school, s.part == 1, design_of(s)


def at_rows(design: Design, rows: np.ndarray) -> Design:
    return replace(design, X=design.X[rows], Z=design.Z[rows])


@pytest.mark.parametrize(
    "which", [None, *(c for c in Coefficients if c is not Coefficients.COTTON)]
)
def test_the_influence_on_oaxaca_is_its_derivative(which: Coefficients | None) -> None:
    y, _, school, member, design = arrays()
    for element in (Element.EXPLAINED, Element.UNEXPLAINED):
        exact = summed(oaxaca(y, design, member, which)[element].phi, school)
        found = by_repeating(
            lambda r, e=element: oaxaca(y[r], at_rows(design, r), member[r], which)[e].values,
            school,
        )
        np.testing.assert_allclose(exact, found, atol=2e-4)  # of the second order in 1 / times


def test_the_influence_on_cotton_takes_group_sizes_as_given() -> None:
    y, _, _, member, design = arrays()
    A, B, both = (
        oaxaca(y, design, member, c)[Element.EXPLAINED].phi
        for c in (Coefficients.GROUP, Coefficients.REFERENCE, Coefficients.COTTON)
    )
    share = member.mean()
    np.testing.assert_allclose(both, share * A + (1 - share) * B, atol=1e-14)


@pytest.mark.parametrize("which", [Coefficients.GROUP, Coefficients.REFERENCE,
                                   Coefficients.POOLED_WITH_GROUP])  # fmt: skip
def test_the_influence_on_yun_is_its_derivative(which: Coefficients) -> None:
    _, y, school, member, design = arrays()

    def fit(X: np.ndarray, t: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = logistic(X, t, rows)
        assert found is not None
        return found

    def all_parts(r: np.ndarray) -> np.ndarray:
        found = yun(y[r], at_rows(design, r), member[r], which, fit)
        assert found.details[0] is not None
        return np.concatenate([found.parts.values, found.details[0].values])

    whole = yun(y, design, member, which, fit)
    assert whole.details[0] is not None
    exact = summed(np.column_stack([whole.parts.phi, whole.details[0].phi]), school)
    np.testing.assert_allclose(exact, by_repeating(all_parts, school), atol=2e-4)


def test_the_influence_on_kitagawa_is_its_derivative() -> None:
    table = made(seed=5, n=200, schools=5, years=2)
    table.loc[(table.year == "2018-2019") & (table.score > 1), "edu"] = "gone"
    s = read_sample(table, outcome="y", part="year", school="school", cells=["edu", "area"])
    assert s.school is not None
    member = s.part == 1

    def all_parts(r: np.ndarray) -> np.ndarray:
        return np.concatenate([m.values for m in kitagawa(s.y[r], s.cell[r], member[r])[:3]])

    exact = summed(np.column_stack([m.phi for m in kitagawa(s.y, s.cell, member)[:3]]), s.school)
    assert np.abs(exact[:, -1]).max() > 0  # the cells that one of them lacks
    np.testing.assert_allclose(exact, by_repeating(all_parts, s.school), atol=2e-4)


def test_the_influence_on_a_standardised_mean_is_its_derivative(pupils: pd.DataFrame) -> None:
    s = read_sample(pupils, outcome="y", part="year", school="school", cells=["edu", "area"])
    assert s.school is not None
    own, base = s.part == 2, s.part == 0

    def value(r: np.ndarray) -> np.ndarray:
        return np.array([standardised_mean(s.y[r], s.cell[r], own[r], base[r])[0]])

    exact = summed(standardised_mean(s.y, s.cell, own, base)[1][:, None], s.school)
    np.testing.assert_allclose(exact, by_repeating(value, s.school), atol=1e-5)


def test_the_interval_of_a_raw_difference_is_cr2_of_the_regression(pupils: pd.DataFrame) -> None:
    from academic_workplace.cohorts.contrasts import regress

    two = pupils[pupils.year != "2019-2020"]
    member = (two.year == "2020-2021").to_numpy()
    school = two.school.to_numpy()
    y = two.y.to_numpy()
    expected = regress(y, {"m": member.astype(float)}, school).contrast({"m": 1})
    (a, f), (b, g) = mean_of(y, member), mean_of(y, ~member)
    found = from_influence(a - b, f - g, member.astype(np.intp), school, 1.0)
    assert (found.value, found.se, found.df) == pytest.approx(
        (expected.value, expected.se, expected.df), rel=1e-10
    )
    alone = from_influence(a - b, f - g, member.astype(np.intp), None, 1.0)
    s = [y[rows].std(ddof=1) ** 2 / rows.sum() for rows in (member, ~member)]  # Welch
    assert alone.se == pytest.approx(np.sqrt(sum(s)), rel=1e-10)


def test_standard_errors_are_near_those_of_leaving_schools_out() -> None:
    """The jackknife does everything again without each school: with 30 of them the two are near."""
    table = made(seed=9, n=1800, schools=30, years=2)
    for kind in SMOOTH:
        found = taken_apart(table, kind)
        again = [values(taken_apart(table[table.school != g], kind)) for g in range(30)]
        for part in found.parts:
            x = np.array([v[part.element] for v in again])
            jackknife = np.sqrt(29 / 30 * np.sum((x - x.mean()) ** 2))
            assert part.estimate.se == pytest.approx(jackknife, rel=0.08)  # n is no infinity


def test_weights_of_every_cell_are_as_sure_as_standardising(pupils: pd.DataFrame) -> None:
    """With an indicator for every cell the odds are the ratios of its counts: one estimator."""
    cells = pupils.assign(cell=pupils.edu + pupils.area)
    c = compare(cells, outcome="y", cohort="year", reference="2018-2019", adjust=["cell"],
                school="school")[0]  # fmt: skip
    assert c.standardised
    assert c.inverse_odds
    for name in ("value", "se", "df", "low"):
        found, expected = getattr(c.inverse_odds, name), getattr(c.standardised, name)
        assert found == pytest.approx(expected, rel=1e-7)
    assert c.standardised_mean == pytest.approx(c.mean_reference + c.standardised.value)


def test_a_sample_of_one_school_gives_no_limits_however_large() -> None:
    """With samples of one size no slope is left in the contrast that could tell of it."""
    y = np.arange(40.0) % 7
    part = np.repeat([0, 1], 20)
    school = np.where(part == 1, 9, np.arange(40) % 4)
    (a, f), (b, g) = mean_of(y, part == 1), mean_of(y, part == 0)
    assert from_influence(a + b, f + g, part, school, 7.0).se is None
    assert from_influence(a + b, f + g, part, np.arange(40) % 4, 7.0).se is not None


def test_one_school_gives_no_limits(pupils: pd.DataFrame) -> None:
    one = pupils.assign(school=np.where(pupils.year == "2020-2021", 99, pupils.school))
    found = taken_apart(one, Kind.TWOFOLD)
    assert found.gap.se is None
    assert aw.cohorts.contrasts.Doubt.ONE_SCHOOL in found.doubts
    free = taken_apart(pupils, Kind.TWOFOLD, school=None)
    assert free.gap.how.value.startswith("pupils")
    assert "doen alsof leerlingen" in free.explain("nl")


# ---------------------------------------------------------------- quantiles


@pytest.mark.proves("cohorts.decompose", "rows: numpy quantiles; weights of statsmodels' Logit")
def test_a_reweighted_mean_is_the_inverse_odds_one(pupils: pd.DataFrame, agree: Agreement) -> None:
    two = pupils[pupils.year != "2019-2020"]
    found = taken_apart(two, Kind.REWEIGHTED, given=["edu", "area", "score"], draws=99)
    c = compare(two, outcome="y", cohort="year", reference="2018-2019", adjust=["edu", "area"],
                given=["score"])[0]  # fmt: skip
    assert c.inverse_odds
    agree(found.part("unexplained").value, c.inverse_odds.value)
    a, b = (two.y[two.year == y] for y in ("2020-2021", "2018-2019"))
    for q in (0.1, 0.5, 0.9):
        agree(found.part("gap", q).value, float(np.quantile(a, q) - np.quantile(b, q)))


def test_a_pupil_of_weight_two_stands_twice() -> None:
    y, _, _, member, design = arrays()
    mass = np.where(np.arange(len(y)) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(len(y)), mass.astype(int))
    q, X = np.array([0.25, 0.5]), design.X[:, 1:]
    again = reweighted(y[rows], X[rows], member[rows], q)
    np.testing.assert_allclose(reweighted(y, X, member, q, mass), again, rtol=1e-8)


def test_a_seed_gives_the_same_limits_and_another_others(pupils: pd.DataFrame) -> None:
    one, two, three = (taken_apart(pupils, Kind.REWEIGHTED, draws=99, seed=s) for s in (1, 1, 2))
    assert one.gap == two.gap
    assert one.gap.low != three.gap.low


# ---------------------------------------------------------------- counts with ranges


def ends(word: object) -> range:
    return range(1, 5) if str(word) == "<5" else range(int(str(word)), int(str(word)) + 1)


def completions(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Every table that the ranges allow."""
    columns = [ends(w) for w in [*table.yes, *table.n]]
    k = len(table)
    return [
        table.assign(yes=list(each[:k]), n=list(each[k:]))
        for each in itertools.product(*columns)
        if all(y <= n for y, n in zip(each[:k], each[k:], strict=True))
    ]


@pytest.mark.proves("cohorts.standardise_counts", "rows: every filling of the hidden counts")
def test_bounds_contain_every_completion_and_no_more(agree: Agreement) -> None:
    table = pd.DataFrame({
        "year": ["then", "then", "then", "now", "now", "now"], "area": ["a", "b", "c"] * 2,
        "yes": ["<5", "3", "1", "2", "<5", "4"], "n": ["6", "<5", "7", "8", "<5", "9"],
    })  # fmt: skip
    found = standardise_counts(table, cohort="year", reference="then", adjust=["area"], yes="yes",
                               pupils="n").table().set_index("cohort")  # fmt: skip
    raw: dict[str, list[float]] = {"then": [], "now": []}
    same: dict[str, list[float]] = {"then": [], "now": []}
    change = []
    for whole in completions(table):
        base = whole[whole.year == "then"].set_index("area").n
        for year in raw:
            own = whole[whole.year == year].set_index("area")
            raw[year].append(own.yes.sum() / own.n.sum())
            same[year].append(float((base / base.sum() * own.yes / own.n).sum()))
        change.append(same["now"][-1] - raw["then"][-1])
    for year in raw:
        for kind, each in (("raw", raw[year]), ("standardised", same[year])):
            agree([found.loc[year, f"{kind}_low"], found.loc[year, f"{kind}_high"]],
                  [min(each), max(each)])  # fmt: skip
    assert found.loc["now", "change_low"] <= min(change)
    assert found.loc["now", "change_high"] >= max(change)
    assert tuple(found.loc["then", ["change_low", "change_high"]]) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["<5", "0", "2", "6"]), st.sampled_from(["<5", "0", "7"])),
        min_size=4,
        max_size=4,
    )
)
def test_bounds_contain_every_completion(cells: list[tuple[str, str]]) -> None:
    table = pd.DataFrame({"year": ["then", "then", "now", "now"], "area": ["a", "b"] * 2,
                          "yes": [c[0] for c in cells], "n": [c[1] for c in cells]})  # fmt: skip
    try:
        found = standardise_counts(table, cohort="year", reference="then", adjust=["area"],
                                   yes="yes", pupils="n").table().set_index("cohort")  # fmt: skip
    except DataError:
        return
    low, high = found.loc["now", ["standardised_low", "standardised_high"]]
    then, now = ([[ends(w) for w in cell] for cell in half] for half in (cells[:2], cells[2:]))
    for (y0, n0), (y1, n1) in itertools.product(fillings(now[0]), fillings(now[1])):
        for (_, p0), (_, p1) in itertools.product(fillings(then[0]), fillings(then[1])):
            each = [(p, y / n) for p, y, n in ((p0, y0, n0), (p1, y1, n1)) if p and n]
            if each:
                value = sum(p * rate for p, rate in each) / sum(p for p, _ in each)
                assert low - 1e-12 <= value <= high + 1e-12


def fillings(cell: list[range]) -> list[tuple[int, int]]:
    return [(y, n) for y, n in itertools.product(*cell) if y <= n]


def test_exact_counts_give_what_rows_give(pupils: pd.DataFrame) -> None:
    counts = pupils.groupby(["year", "edu", "area"], as_index=False).yes.agg(["sum", "size"])
    found = standardise_counts(counts, cohort="year", reference="2018-2019", adjust=["area"],
                               group="edu", yes="sum", pupils="size")  # fmt: skip
    rows = standardise(pupils, outcome="yes", cohort="year", reference="2018-2019",
                       adjust=["area"], group="edu")  # fmt: skip
    for key, low, high in zip(found.keys, found.standardised.low, found.standardised.high,
                              strict=True):  # fmt: skip
        level = rows.level(*key).standardised
        assert level is not None
        assert (low, high) == pytest.approx((level.value, level.value), abs=1e-12)
    assert "elke mogelijke invulling" in found.explain("nl")
    lacking = counts[~((counts.year == "2020-2021") & (counts.area == "north"))]
    found = standardise_counts(lacking, cohort="year", reference="2018-2019", adjust=["area"],
                               group="edu", yes="sum", pupils="size")  # fmt: skip
    assert found.without[found.keys.index(("2020-2021", "low"))] == (("north",),)


def test_what_cannot_be_counted_is_refused() -> None:
    table = pd.DataFrame({"year": ["a", "b"], "area": ["x", "x"], "yes": [9, 3], "n": [8, "?"]})
    with pytest.raises(DataError, match="geen aantal"):
        standardise_counts(table, cohort="year", reference="a", adjust=["area"], yes="yes",
                           pupils="n")  # fmt: skip
    with pytest.raises(DataError, match="meer leerlingen met de uitkomst"):
        standardise_counts(table.assign(n=[8, 8]), cohort="year", reference="a", adjust=["area"],
                           yes="yes", pupils="n")  # fmt: skip
    apart = table.assign(area=["x", "z"], yes=1, n=8)
    with pytest.raises(DataError, match="geen combinatie gemeen"):
        standardise_counts(apart, cohort="year", reference="a", adjust=["area"], yes="yes",
                           pupils="n")  # fmt: skip


# ---------------------------------------------------------------- refusals


def test_scores_of_several_providers_are_refused_everywhere(pupils: pd.DataFrame) -> None:
    tests = pupils.assign(test=np.where(pupils.school % 2, "Cito", "IEP"))
    one = {"outcome": "y", "cohort": "year", "provider": "test"}
    both = {**one, "reference": "2018-2019"}
    for ask in (
        lambda t: compare(t, adjust=["edu"], **both),
        lambda t: standardise(t, adjust=["edu"], **both),
        lambda t: decompose(t, given=["edu"], other="2020-2021", **both),
        lambda t: trend(t, **one),
    ):
        with pytest.raises(PlanError, match="verschillende toetsaanbieders") as caught:
            ask(tests)
        assert "Equating is not attempted" in caught.value.explain("en")
        ask(tests.assign(test="Cito"))


def test_cohorts_without_a_cell_in_common_are_refused_by_name(pupils: pd.DataFrame) -> None:
    apart = pupils.assign(edu=pupils.edu + pupils.year)
    for ask in (compare, standardise):
        with pytest.raises(DataError) as caught:
            ask(apart, outcome="y", cohort="year", reference="2018-2019", adjust=["edu"])
        assert len(caught.value.faults) == 2
        assert "2019-2020" in str(caught.value)
        assert "2020-2021" in str(caught.value)
    with pytest.raises(DataError, match="geen enkele combinatie gemeen"):
        taken_apart(apart, Kind.KITAGAWA, given=["edu"])


def test_cells_of_one_cohort_are_counted_and_used_nowhere(pupils: pd.DataFrame) -> None:
    odd = pupils.assign(edu=np.where((pupils.year == "2020-2021") & (pupils.score > 1), "new",
                                     pupils.edu))  # fmt: skip
    odd.loc[odd[odd.year == "2018-2019"].index[:4], "edu"] = "old"
    found = compare(odd, outcome="y", cohort="year", reference="2018-2019", adjust=["edu"],
                    school="school")  # fmt: skip
    c = found[1]
    assert c.cohort == "2020-2021"
    cells = {cell.labels[0]: cell for cell in c.outside}
    n = int((odd.edu == "new").sum())
    assert (cells["new"].only, cells["new"].pupils) == ("2020-2021", n)
    assert (cells["old"].only, cells["old"].pupils) == ("2018-2019", None)  # four pupils: not told
    assert c.covered_reference is None
    again = compare(odd[~odd.edu.isin(["new", "old"])], outcome="y", cohort="year",
                    reference="2018-2019", adjust=["edu"], school="school")[1]  # fmt: skip
    for name in ("unadjusted", "standardised", "inverse_odds", "regression"):
        assert getattr(c, name).value == pytest.approx(getattr(again, name).value, rel=1e-10)
    assert "Voor hen is er niemand om mee te vergelijken" in found.explain("nl")
    assert len(found.outside()) >= 2


def test_a_group_without_pupils_in_a_cohort_is_named(pupils: pd.DataFrame) -> None:
    gone = pupils[~((pupils.year == "2019-2020") & (pupils.edu == "low"))]
    with pytest.raises(DataError, match="‘low’ heeft geen leerlingen in cohort ‘2019-2020’"):
        standardise(gone, outcome="y", cohort="year", reference="2018-2019", adjust=["area"],
                    group="edu")  # fmt: skip


def test_the_rule_for_advice_is_not_crossed_without_a_word() -> None:
    table = made(seed=7, n=900, years=6)
    with pytest.raises(PlanError, match="break_at"):
        trend(table, outcome="y", cohort="year")
    broken = trend(table, outcome="y", cohort="year", break_at="2023-2024")
    assert broken.step is not None
    assert broken.bend is None  # one cohort after it
    assert "maar één cohort" in broken.explain("nl")
    assert trend(table, outcome="y", cohort="year", across_regimes=True).notes
    pooled: dict[str, Any] = {"outcome": "y", "group": "group", "cohort": "year", "reference": "b",
                              "given": ["score"]}  # fmt: skip
    with pytest.raises(PlanError, match="samen te nemen"):
        decompose(table, **pooled)
    assert decompose(table, across_regimes=True, **pooled).notes
    found = compare(table, outcome="y", cohort="year", reference="2018-2019", adjust=["edu"])
    assert "Vanaf 2023-2024" in found.explain("nl")
    early = table[table.year < "2023"]
    assert not compare(early, outcome="y", cohort="year", reference="2018-2019",
                       adjust=["edu"]).notes  # fmt: skip


def test_every_other_request_that_cannot_be_met_is_named(pupils: pd.DataFrame) -> None:
    two = pupils[pupils.year != "2019-2020"]
    with pytest.raises(PlanError) as caught:
        compare(pupils, outcome="z", cohort="jaar", reference="x", adjust=["q"])
    assert {f.column for f in caught.value.faults} == {"outcome", "cohort", "adjust[0]"}
    with pytest.raises(PlanError, match="2017-2018"):
        compare(pupils, outcome="y", cohort="year", reference="2017-2018", adjust=["edu"])
    with pytest.raises(DataError, match="maar één cohort"):
        compare(two[two.year == "2018-2019"], outcome="y", cohort="year", reference="2018-2019",
                adjust=["edu"])  # fmt: skip
    with pytest.raises(PlanError, match="other="):
        decompose(pupils, outcome="y", cohort="year", reference="2018-2019", given=["edu"])
    with pytest.raises(PlanError, match="zichzelf"):
        taken_apart(pupils, Kind.TWOFOLD, other="2018-2019")
    with pytest.raises(PlanError, match="‘given’ ontbreekt"):
        taken_apart(pupils, Kind.TWOFOLD, given=[])
    with pytest.raises(PlanError, match="kwantiel"):
        taken_apart(pupils, Kind.REWEIGHTED, quantiles=[1.5])
    with pytest.raises(DataError, match="niet 0 of 1"):
        taken_apart(pupils, Kind.YUN, outcome="y")
    with pytest.raises(DataError, match="volgt in"):
        taken_apart(pupils.assign(twice=2 * pupils.score), Kind.TWOFOLD, given=["score", "twice"])
    flat = pupils.assign(flat=np.where(pupils.year == "2018-2019", 1.0, pupils.score))
    with pytest.raises(DataError, match="is voor heel ‘2018-2019’ gelijk"):
        taken_apart(flat, Kind.TWOFOLD, given=["flat"])
    with pytest.raises(DataError, match="precies"):
        taken_apart(pupils.assign(told=pupils.yes * 2.0), Kind.YUN, given=["told"])
    few = pd.concat([two[two.year == "2018-2019"], two[two.year == "2020-2021"][:6]])
    with pytest.raises(DataError, match="minder dan 10"):
        taken_apart(few, Kind.TWOFOLD)
    with pytest.raises(DataError, match="ten minste 3"):
        trend(two, outcome="y", cohort="year")
    with pytest.raises(DataError, match="Voor de breuk"):
        trend(pupils, outcome="y", cohort="year", break_at="2019-2020")
    with pytest.raises(PlanError, match="Dit deel"):
        taken_apart(pupils, Kind.TWOFOLD).part("interaction")


def test_a_category_that_only_one_group_has_is_named(pupils: pd.DataFrame) -> None:
    odd = pupils.assign(edu=np.where((pupils.year == "2020-2021") & (pupils.score > 1), "new",
                                     pupils.edu))  # fmt: skip
    with pytest.raises(DataError, match="edu=new"):
        taken_apart(odd, Kind.TWOFOLD)


def test_numbers_about_fewer_than_ten_are_not_told(pupils: pd.DataFrame) -> None:
    two = pupils[pupils.year != "2019-2020"].copy()
    two.loc[two[two.year == "2020-2021"].index[:5], "edu"] = "rare"
    two.loc[two[two.year == "2018-2019"].index[:30], "edu"] = "rare"
    for kind in (Kind.TWOFOLD, Kind.KITAGAWA):
        found = taken_apart(two, kind, given=["edu"])
        untold = [d for d in found.of("explained") if d.estimate is None]
        assert "rare" in {d.level for d in untold}
        assert len(untold) == 2  # the other one, or subtraction would tell it
    one = pd.concat([two[two.year == "2018-2019"], two[two.year == "2020-2021"][:7]])
    c = compare(one, outcome="y", cohort="year", reference="2018-2019", adjust=["area"])[0]
    assert c.withheld
    assert c.raw is None
    rare = two.assign(hit=(two.y > two.y.quantile(0.99)).astype(int))
    with pytest.raises(DataError, match="hebben minder dan 10 leerlingen de uitkomst"):
        taken_apart(rare, Kind.KITAGAWA, outcome="hit")
    assert compare(rare, outcome="hit", cohort="year", reference="2018-2019",
                   adjust=["area"])[0].withheld  # fmt: skip


def test_few_pupils_without_a_counterpart_do_not_follow_from_the_differences(
    pupils: pd.DataFrame,
) -> None:
    for few, shown in ((3, False), (40, True)):
        alone = pupils.index[pupils.year == "2019-2020"][:few]
        odd = pupils.assign(area=pupils.area.where(~pupils.index.isin(alone), "elsewhere"))
        found = compare(odd, outcome="y", cohort="year", reference="2018-2019", adjust=["area"])
        mine = [row[1] for row in comparisons_table(found, "en").rows
                if row[0] == "2019-2020"]  # fmt: skip
        assert ("as it is, same pupils" in mine) is shown
        assert ("zelfde leerlingen" in found._repr_html_().split(">2020-2021<")[0]) is shown
        assert ("unadjusted" in set(found.table().query("cohort == '2019-2020'").way)) is shown
        assert "unadjusted" in dict(found[0].ways())  # the analyst has it


@pytest.mark.parametrize(
    "written",
    [lambda y: f"{y}/{y + 1}", lambda y: f"{y % 100}/{y % 100 + 1}", lambda y: y, float, str],
)
def test_two_rules_for_advice_are_not_pooled_however_the_year_is_written(
    pupils: pd.DataFrame, written: Callable[[int], object]
) -> None:
    start = pupils.year.str[:4].astype(int) + 3  # 2021-2022 to 2023-2024
    table = pupils.assign(year=start.map(written))
    with pytest.raises(PlanError, match="regel voor bijstellen"):
        trend(table, outcome="y", cohort="year")
    last = table.year.max()
    assert trend(table, outcome="y", cohort="year", break_at=last).step is not None
    assert compare(table, outcome="y", cohort="year", reference=last, adjust=["area"]).notes


def alone(pupils: pd.DataFrame, n: int, **more: object) -> pd.DataFrame:
    """Two cohorts, of which n pupils of the last are in a combination that the first lacks."""
    two = pupils[pupils.year != "2019-2020"].reset_index(drop=True).assign(**more)
    late = two.index[two.year == "2020-2021"][:n]
    return two.assign(area=two.area.where(~two.index.isin(late), "elsewhere"))


def test_kitagawa_does_not_tell_of_few_without_a_counterpart(pupils: pd.DataFrame) -> None:
    given = ["edu", "area"]
    found = taken_apart(alone(pupils, 9), Kind.KITAGAWA, given=given)
    assert not found.outside
    assert {p.element for p in found.parts} == {Element.GAP, Element.EXPLAINED, Element.UNEXPLAINED}
    parts = [p.estimate.value for p in found.parts[1:]]
    assert sum(parts) == pytest.approx(found.gap.value, abs=EXACT)  # nobody is left out
    for few, other in found.joined:
        assert few[1] == "elsewhere"
        assert other[0] == few[0]  # the same schooling: they have most in common
    assert len(found.joined) == len({few for few, _ in found.joined}) > 0
    assert "te weinig leerlingen om apart te tonen" in found.explain("nl")
    assert not any("elsewhere" in d.levels for d in found.details)
    shown = taken_apart(alone(pupils, 10), Kind.KITAGAWA, given=given)
    assert shown.part("only in the group")
    assert not shown.joined
    two = pupils[pupils.year != "2019-2020"]
    assert not taken_apart(two, Kind.KITAGAWA, given=given).joined


def test_kitagawa_does_not_tell_of_a_share_of_few_without_a_counterpart(
    pupils: pd.DataFrame,
) -> None:
    """Twelve pupils may be told of, and not that two of them have the outcome."""
    table = alone(pupils, 12)
    lone = table.index[table.area == "elsewhere"]
    table.loc[lone, "yes"] = [1, 1, *[0] * 10]
    found = taken_apart(table, Kind.KITAGAWA, given=["area"], outcome="yes")
    assert [few for few, _ in found.joined] == [("elsewhere",)]
    assert len(found.parts) == 3
    base = {"cohort": "year", "reference": "2018-2019", "adjust": ["area"]}
    c = compare(table, outcome="yes", **base)[0]
    assert c.covered is None
    assert "unadjusted" not in dict(c.shown())


def test_a_share_has_no_quantiles(pupils: pd.DataFrame) -> None:
    found = taken_apart(pupils, Kind.REWEIGHTED, outcome="yes", draws=99)
    assert [p.at for p in found.parts] == [None] * 3
    assert found.part("gap").value == pytest.approx(
        taken_apart(pupils, Kind.TWOFOLD, outcome="yes").gap.value, abs=1e-12
    )
    assert "geen laagste of hoogste deel" in found.explain("nl")
    picture = words.cohort_blocks(found, "en")[2]
    assert isinstance(picture, Picture)
    assert "Diamond" not in picture.caption
    assert any(p.at for p in taken_apart(pupils, Kind.REWEIGHTED, draws=99).parts)


def test_a_line_tells_no_mean_of_fewer_than_ten(pupils: pd.DataFrame) -> None:
    last = pupils.year == "2020-2021"
    few = pd.concat([pupils[~last], pupils[last][:5]])
    with pytest.raises(DataError, match="‘2020-2021’ heeft minder dan 10 leerlingen"):
        trend(few, outcome="y", cohort="year")  # two means and the line make the third
    with pytest.raises(DataError, match="minder dan 10"):
        trend(few, outcome="y", cohort="year", break_at="2020-2021")
    rare = pupils.assign(hit=(pupils.y > pupils.y[last].nlargest(6).min()).astype(int))
    with pytest.raises(DataError, match=r"of hebben die juist niet: .*‘2020-2021’"):
        trend(rare, outcome="hit", cohort="year")


def test_a_picture_of_nothing_that_may_be_shown_says_so(pupils: pd.DataFrame) -> None:
    few = pupils.groupby("year").head(6)
    found = standardise(few, outcome="y", cohort="year", reference="2018-2019", adjust=["area"])
    assert all(level.withheld for level in found)
    assert "minder dan 10" in found.picture("nl").alt
    assert "Niet getoond" in found.plot().texts[0].get_text()
    assert len(words.cohort_blocks(found, "en")) == 3


# ---------------------------------------------------------------- words and pictures


def results(table: pd.DataFrame) -> list[words.Result]:
    base = {"cohort": "year", "reference": "2018-2019", "school": "school"}
    return [
        compare(table, outcome="yes", adjust=["edu", "area"], **base),
        standardise(table, outcome="y", adjust=["area"], group="edu", reference_group="high",
                    **base),
        standardise(table, outcome="yes", adjust=["area"], group="edu", **base),
        *(taken_apart(table, kind, draws=99) for kind in Kind),
        trend(table, outcome="yes", cohort="year", school="school"),
    ]  # fmt: skip


CAUSAL = re.compile(
    r"komt door|zorgt|doordat|dankzij|leidt tot|effect|bewezen|because|due to|caus|thanks to"
)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_sentence_names_a_cause_and_every_picture_has_words(
    pupils: pd.DataFrame, language: str
) -> None:
    for found in results(pupils):
        said = found.explain(language)
        assert not CAUSAL.search(said), said
        assert "nan" not in said
        assert ("Het zegt niet waardoor" if language == "nl" else "does not say why") in said
        heading, text, picture = words.cohort_blocks(found, language)
        assert isinstance(picture, Picture)
        assert picture.alt
        assert "<svg" in picture.narrow_svg
        assert heading
        assert text
        for table in words.cohort_appendix(found, language):
            assert table.rows
        assert found.picture(language).png
        assert "<p" in found._repr_html_()
        assert len(found.table())


def test_plots_draw_on_axes_of_the_caller(pupils: pd.DataFrame) -> None:
    from matplotlib.figure import Figure

    for found in results(pupils):
        ax = Figure().add_subplot()
        assert found.plot(ax) is ax
        assert ax.lines or ax.patches


def test_the_waterfall_ends_where_the_group_is(pupils: pd.DataFrame) -> None:
    found = taken_apart(pupils, Kind.THREEFOLD)
    rows = waterfall(found, "nl")
    last = rows[-2]
    assert last.found is not None
    assert last.start + last.found.value == pytest.approx(rows[-1].start, abs=1e-12)


def narrowed(change: float, intake: float = 0.0) -> pd.DataFrame:
    """A gap of -2 that becomes smaller by ``change``, and by ``intake`` for who came."""
    noise = np.resize([-0.3, 0.3], 400)
    rows = []
    for t, year in enumerate(("2018-2019", "2019-2020")):
        for group, gap in (("low", -2.0 + t * change), ("high", 0.0)):
            north = np.arange(400) < (200 if t == 0 or group == "high" else 200 - 200 * intake)
            y = 5 + gap + 2.0 * (~north) * (group == "low") - 1.0 * (group == "low")
            rows.append(pd.DataFrame({"year": year, "group": group, "area": north.astype(str),
                                      "y": y + noise}))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize(("change", "intake", "first", "moved"), [
    (0.5, 0.0, "wordt het verschil tussen low en high kleiner", "kleiner"),
    (-0.5, 0.0, "wordt het verschil tussen low en high groter", "groter"),
    (0.0, 0.5, "wordt het verschil tussen low en high niet duidelijk", "kleiner"),
    (3.5, 0.0, "draait het verschil tussen low en high om", "kleiner"),
])  # fmt: skip
def test_the_answer_comes_first_and_no_sign_can_be_misread(
    change: float, intake: float, first: str, moved: str
) -> None:
    found = standardise(narrowed(change, intake), outcome="y", cohort="year",
                        reference="2018-2019", adjust=["area"], group="group",
                        reference_group="high")  # fmt: skip
    said = found.explain("nl")
    assert first in said.split(".")[0]
    assert "\u2212" not in said
    (s,) = [s for s in found.shifts if s.raw_change is not None]
    assert s.raw.value - s.raw_change.value < 0  # the group is lower: below nought in the table
    assert (s.raw_change.value > 0) is (moved == "kleiner")
    size = f"{abs(s.raw_change.value):.2f}".replace(".", ",")
    assert f"werd het verschil {size} {moved} (waarschijnlijk tussen" in said
    table = words.cohort_appendix(found, "nl")[0]
    signed = next(row for row in table.rows if row[1] == "verandering zoals het is")[2]
    assert signed.startswith("+" if moved == "kleiner" else "\u2212")  # as in shifts_table()
    alt = found.picture("nl").alt
    assert re.search(r"hoeveel lager low staat dan high, zoals het is: 2018-2019 [0-9]", alt)


@pytest.mark.parametrize(("low", "high", "said"), [
    (0.12, 0.72, "tussen 0,12 en 0,72 groter"), (-0.72, -0.12, "tussen 0,12 en 0,72 kleiner"),
    (-0.3, 0.25, "tussen 0,30 kleiner en 0,25 groter"), (-0.001, 0.33, "tussen 0 en 0,33 groter"),
    (-0.33, 0.001, "tussen 0,33 kleiner en 0"), (-0.001, 0.002, ""), (None, None, ""),
])  # fmt: skip
def test_a_range_needs_no_signs(low: float | None, high: float | None, said: str) -> None:
    found = Estimate(0.1, low=low, high=high)
    shown = Scale(share=False, digits=2, language="nl").likely(found, Sides.SIZE)
    assert shown == (f" (waarschijnlijk {said})" if said else "")


def test_no_raw_name_is_left_where_readers_have_words(pupils: pd.DataFrame) -> None:
    named = {name: aw.Text(f"nl {i}", f"en {i}") for i, name in enumerate(
        ["edu", "area", "low", "mid", "high", "north", "south", "y", "elsewhere", "2018-2019",
         "2020-2021"])}  # fmt: skip
    for n in (0, 9, 10):
        for kind in (Kind.KITAGAWA, Kind.TWOFOLD):
            table = alone(pupils, n if kind is Kind.KITAGAWA else 0)
            found = taken_apart(table, kind, given=["edu", "area"], labels=named)
            cells = {x for t in words.cohort_appendix(found, "nl") for row in t.rows for x in row}
            said = f"{found.explain('nl')} {found.picture('nl').alt} {cells}"
            assert not re.search(
                r"\b(edu|area|low|mid|north|south|elsewhere|2018-2019|2020-2021)\b", said
            )


@pytest.mark.parametrize("labels", [{"high": "hoog"}, {"high": None}, ["high"], "high"])
def test_words_for_readers_are_in_two_languages(pupils: pd.DataFrame, labels: object) -> None:
    for ask in (
        lambda: trend(pupils, outcome="y", cohort="year", labels=labels),
        lambda: aw.cohorts.gap(pupils, outcome="y", group="edu", reference="high", labels=labels),
        lambda: aw.cohorts.segregation(
            pupils, unit="school", group="edu", member="high", labels=labels
        ),
    ):
        with pytest.raises(PlanError, match=r"woorden in twee talen: .*high"):
            ask()


def test_words_for_readers_take_the_place_of_names(pupils: pd.DataFrame) -> None:
    named = {"y": aw.Text("het cijfer", "the mark"), "edu": aw.Text("opleiding", "schooling"),
             "area": aw.Text("buurt", "neighbourhood")}  # fmt: skip
    found = taken_apart(pupils, Kind.TWOFOLD, labels=named)
    assert "‘het cijfer’" in found.explain("nl")
    assert "(schooling and neighbourhood)" in found.explain("en")


def test_a_result_without_limits_says_none(pupils: pd.DataFrame) -> None:
    one = pupils.assign(school=0)
    found = compare(one, outcome="y", cohort="year", reference="2018-2019", adjust=["edu"],
                    school="school")  # fmt: skip
    assert "interval" not in found.explain("nl").split("Alle leerlingen")[0]
    assert isinstance(found[0].raw, Estimate)
    assert found.picture("nl").png
