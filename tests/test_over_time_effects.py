"""Series and synthetic control from a plan with periods: the numbers of rows by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.disclosure import NCO, under
from academic_workplace.effects.result import Estimated
from academic_workplace.effects.series import Series, series
from academic_workplace.effects.synthetic import Synthetic, synthetic
from academic_workplace.errors import DataError, PlanError
from academic_workplace.over_time.series import Flag, interrupted
from academic_workplace.over_time.synthetic import placebo_in_space, synthetic_control
from academic_workplace.plan import NOT_STARTED, STARTED, Inference
from academic_workplace.report.findings import how_sure, who_took_part

PLAN = aw.Plan(outcome="score", treatment="start", cluster="school", period="jaar")


def answers(
    seed: int = 1,
    *,
    years: int = 12,
    start: int = 2019,
    treated: int = 1,
    others: int = 9,
    size: int = 12,
    effect: float = 0.8,
) -> pd.DataFrame:
    """Pupils of schools in successive years from 2010; the first schools start."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(years, 2)).cumsum(axis=0) * 0.3
    rows = []
    for s in range(treated + others):
        load, level = rng.dirichlet([2, 2]), rng.normal(0, 0.3)
        for t in range(years):
            n = int(rng.integers(size - 2, size + 3))
            here = effect * (s < treated and 2010 + t >= start)
            score = 6 + level + common[t] @ load + here + rng.normal(0, 1, n)
            rows += [(f"S{s:02d}", 2010 + t, start if s < treated else None, x) for x in score]
    table = pd.DataFrame(rows, columns=["school", "jaar", "start", "score"])
    return table.sample(frac=1, random_state=seed, ignore_index=True)


def run(table: pd.DataFrame, estimator=series, plan: aw.Plan = PLAN) -> Estimated:
    pupils = aw.check(table, plan)
    m = aw.collect(pupils).samples[0]
    how = Inference.NEWEY_WEST if estimator is series else Inference.PLACEBO
    return estimator(m, plan, how, pupils)


def means(table: pd.DataFrame) -> pd.DataFrame:
    """A row per year, a column per school."""
    return table.pivot_table(index="jaar", columns="school", values="score", aggfunc="mean")


@pytest.mark.proves("Method.SERIES", "segmented regression of means of schools (rows)")
def test_a_series_is_the_segmented_regression_of_the_means_of_schools(agree) -> None:
    table = answers(treated=2)
    found = run(table)
    wide = means(table)
    others = wide.drop(columns=["S00", "S01"]).mean(axis=1)
    expected = interrupted(wide[["S00", "S01"]].mean(axis=1), 9, comparison=others)
    (effect,), e = found.effects, expected.average
    agree([effect.estimate, effect.se, effect.df, effect.low, effect.high, effect.p_value],
          [e.estimate, e.se, e.df, e.low, e.high, e.p_value])  # fmt: skip
    detail = found.details["score", "", STARTED]
    assert isinstance(detail, Series)
    agree(detail.table()["without"], expected.counterfactual)
    agree(found.coefficients["estimate"], expected.beta)
    assert (effect.arm, effect.comparison) == (STARTED, NOT_STARTED)
    after = table["start"].notna() & (table["jaar"] >= 2019)
    assert (effect.pupils_arm, effect.pupils_comparison) == (after.sum(), (~after).sum())
    assert (effect.clusters_arm, effect.clusters_comparison) == (2, 9)
    assert "Newey-West" in effect.method


@pytest.mark.proves("Method.SERIES", "spread of pupils within start and year (rows)")
def test_the_divisor_is_the_spread_of_pupils_within_start_and_year(agree) -> None:
    table = answers(treated=3)
    (effect,) = run(table).effects
    group = table.assign(treated=table["start"].notna()).groupby(["treated", "jaar"])["score"]
    ss, cells = ((table["score"] - group.transform("mean")) ** 2).sum(), group.ngroups
    agree(effect.sd, np.sqrt(ss / (len(table) - cells)))
    assert effect.g == pytest.approx(effect.estimate / effect.sd, rel=0.02)
    assert "periods" in effect.divided_by


def test_schools_that_all_start_make_a_series_without_comparison_and_say_so() -> None:
    found = run(answers(treated=3, others=0))
    (effect,), detail = found.effects, found.details["score", "", STARTED]
    assert isinstance(detail, Series)
    assert Flag.UNCONTROLLED in detail.fit.flags
    assert not detail.controlled
    assert effect.clusters_comparison == effect.clusters_arm == 3
    assert effect.pupils_arm + effect.pupils_comparison == effect.pupils


@pytest.mark.parametrize("treated", [1, 3])
def test_a_series_needs_no_schools_to_compare_with_from_the_table_to_the_words(treated) -> None:
    table = answers(treated=treated, others=0)
    effects = aw.estimate(table, PLAN, method="interrupted time series")
    by_hand = run(table).effects[0]
    assert effects[0].estimate == pytest.approx(by_hand.estimate, rel=1e-12)
    evidence = aw.weigh(effects, PLAN)
    told = [who_took_part(evidence, language)[0] for language in ("nl", "en")]
    assert (f"{treated} begonnen" if treated > 1 else "Er deed 1 school mee.") in told[0]
    assert not any("zelfde jaar" in words or "same year" in words for words in told)
    with under(NCO):  # of one school a report goes to that school
        bar = " ".join(how_sure(evidence, "nl"))
    assert ("Hoe het op andere scholen gaat, weten we niet." in bar) is (treated == 1)
    assert ("daar rekening mee" in bar) is (treated > 1)


@pytest.mark.parametrize("method", [None, "synthetic control"])
def test_schools_that_all_start_at_once_have_nobody_to_compare_with(method) -> None:
    plan = replace(PLAN, method=method)
    with pytest.raises(DataError, match=r"om mee te vergelijken|die nooit beginnen"):
        aw.estimate(answers(treated=3, others=0), plan)


def test_one_school_is_told_in_the_singular() -> None:
    with pytest.raises(DataError) as caught:
        run(answers(others=1), synthetic)
    rule = caught.value.faults[0].rule
    assert "Er is 1 school (cluster) die nooit begint" in rule.nl
    assert "There is 1 school (cluster) that never starts" in rule.en


def test_the_order_of_rows_changes_nothing() -> None:
    table = answers(3, treated=2)
    for estimator in (series, synthetic):
        one, two = (
            run(t, estimator).effects[0] for t in (table, table.sample(frac=1, random_state=9))
        )
        assert one.estimate == pytest.approx(two.estimate, rel=1e-9)
        assert one.p_value == pytest.approx(two.p_value, rel=1e-9)


@pytest.mark.proves("Method.SYNTHETIC", "synthetic control of means of schools (rows)")
def test_a_synthetic_control_is_that_of_the_means_of_schools(agree) -> None:
    table = answers(4, others=21, effect=2.0, size=40)
    found = run(table, synthetic)
    wide = means(table)
    expected = synthetic_control(wide["S00"], wide.drop(columns="S00"), 9)
    placebos = placebo_in_space(expected)
    (effect,), detail = found.effects, found.details["score", "", STARTED]
    low, high = placebos.interval() or (None, None)
    agree([effect.estimate, effect.p_value, effect.low, effect.high],
          [expected.average, placebos.p_value(), low, high])  # fmt: skip
    assert effect.se is None
    assert effect.g_low is not None
    assert isinstance(detail, Synthetic)
    agree(detail.weights()["weight"], expected.w, abs=1e-9)
    agree(detail.table()["gap"], expected.gap)
    assert detail.earlier is not None
    assert "Satterthwaite" not in effect.method


def test_few_donors_give_an_estimate_without_limits_and_the_reason() -> None:
    (effect,) = run(answers(5), synthetic).effects
    assert effect.estimate is not None
    assert effect.low is None
    assert effect.reason is not None
    assert "minstens 19" in effect.reason.nl
    assert effect.p_value is not None
    assert effect.p_value >= 0.1 - 1e-12


def test_several_starts_point_to_the_method_for_them() -> None:
    table = answers(6, treated=2)
    table.loc[table["school"] == "S01", "start"] = 2017
    for estimator in (series, synthetic):
        with pytest.raises(DataError, match="staggered start"):
            run(table, estimator)


def test_a_school_that_misses_a_year_is_left_out_and_told() -> None:
    table = answers(7, treated=2)
    gone = table[~((table["school"].isin(["S01", "S05"])) & (table["jaar"] == 2013))]
    found = run(gone)
    detail = found.details["score", "", STARTED]
    assert isinstance(detail, Series)
    assert detail.left_out == ("S01", "S05")
    assert any("2" in note.nl and "elke periode" in note.nl for note in detail.flags)
    rest = run(table[~table["school"].isin(["S01", "S05"])])
    assert found.effects[0].estimate == pytest.approx(rest.effects[0].estimate, rel=1e-12)
    assert found.effects[0].clusters == 9
    only = table[~((table["school"].isin(["S00", "S01"])) & (table["jaar"] == 2013))]
    with pytest.raises(DataError, match="in elke periode"):
        run(only)


def test_schools_that_had_started_already_do_not_compare() -> None:
    table = answers(8)
    table.loc[table["school"] == "S09", "start"] = 2010
    table.loc[table["school"] == "S08", "start"] = 2030  # not within these years: not started
    found = run(table)
    detail = found.details["score", "", STARTED]
    assert isinstance(detail, Series)
    assert detail.clusters == (1, 8)
    assert any("eerste periode" in note.nl for note in detail.flags)


def test_a_year_that_was_not_measured_keeps_its_place() -> None:
    table = answers(9)
    detail = run(table[table["jaar"] != 2014]).details["score", "", STARTED]
    assert isinstance(detail, Series)
    assert Flag.UNEVEN in detail.fit.flags
    np.testing.assert_array_equal(np.diff(detail.fit.X[:, 1]), [1, 1, 1, 2] + [1] * 6)
    named = table.assign(jaar=[f"{y}/{y + 1}" for y in table["jaar"]],
                         start=[f"{int(s)}/{int(s) + 1}" if s == s else None
                                for s in table["start"]])  # fmt: skip
    again = run(named[named["jaar"] != "2014/2015"]).details["score", "", STARTED]
    assert isinstance(again, Series)
    np.testing.assert_allclose(again.fit.beta, detail.fit.beta)


def test_a_start_in_a_year_that_was_not_measured_counts_from_the_next() -> None:
    table = answers(9)
    unasked = table.assign(score=table["score"].where(table["jaar"] != 2019))
    detail = run(unasked).details["score", "", STARTED]
    assert isinstance(detail, Series)
    assert detail.periods[detail.fit.start] == "2020"


def test_too_little_is_refused_in_words() -> None:
    table = answers(10)
    with pytest.raises(DataError, match="te weinig voor een lijn"):
        run(table[table["jaar"] >= 2017])
    with pytest.raises(DataError, match="minstens twee"):
        run(table[table["school"].isin(["S00", "S01"])], synthetic)
    pupils = aw.check(table, PLAN)
    m = aw.collect(pupils).samples[0]
    for estimator, how in ((series, Inference.NEWEY_WEST), (synthetic, Inference.PLACEBO)):
        with pytest.raises(PlanError, match="tabel met leerlingen"):
            estimator(m, PLAN, how, None)


def test_what_is_found_survives_a_pickle() -> None:
    import pickle

    for estimator in (series, synthetic):
        detail = run(answers(11), estimator).details["score", "", STARTED]
        again = pickle.loads(pickle.dumps(detail))  # noqa: S301  # our own bytes
        pd.testing.assert_frame_equal(again.table(), detail.table())


@pytest.mark.parametrize("estimator", [series, synthetic])
def test_a_notebook_shows_no_mean_of_fewer_than_ten(estimator) -> None:
    for size, shown in ((4, False), (40, True)):
        detail = run(answers(size=size), estimator).details["score", "", STARTED]
        assert ("<td>2012</td>" in detail._repr_html_()) is shown
