"""Effects on counts, such as days absent: on rows, other ways to the same, and what is said."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes import design, in_schools, one_of, report_of

import academic_workplace as aw
from academic_workplace import glm
from academic_workplace.effects import Caution
from academic_workplace.effects.counts import Counts
from academic_workplace.errors import PlanError
from academic_workplace.language import Text
from academic_workplace.plan import Measure, Study
from academic_workplace.report import counts as said
from academic_workplace.report import numerals
from academic_workplace.report.details import PARTS
from academic_workplace.sizes.size import t_quantile

ABSENT = Measure(
    Text("Dagen afwezig", "Days absent"), Text("minder dagen afwezig", "fewer days absent"),
    unit=Text("dagen", "days"), better="lower",
)  # fmt: skip
PLAN = aw.Plan(
    outcome="days", treatment="offered", cluster="school", covariates=("before", "kind"),
    categories=("kind",), method="negative binomial", study=Study(measures={"days": ABSENT}),
)  # fmt: skip


def pupils(seed=1, *, clusters=16, effect=-0.6, alpha=0.7):
    """Pupils in schools, and how many days they were absent; half of the schools do something."""
    rng, table, level = in_schools(seed, clusters)
    eta = 1.6 + effect * table["offered"] + 0.3 * table["before"] + 0.2 * (table["kind"] == "b")
    mu = np.exp(eta + 0.2 * level)
    return table.assign(days=rng.negative_binomial(1 / alpha, 1 / (1 + alpha * mu)))


def one(table, plan=PLAN, **more):
    return one_of(table, plan, **more)


@pytest.mark.proves("Method.COUNTS", "statsmodels 0.15 NegativeBinomial, standardised on rows")
def test_ratio_and_dispersion_are_those_of_statsmodels(agree):
    table = pupils()
    effect, detail = one(table)
    X = design(table)
    other = sm.NegativeBinomial(table["days"].to_numpy(), X).fit(
        disp=0, method="newton", tol=1e-13, maxiter=200
    )
    agree([np.log(detail.rate_ratio), detail.dispersion], other.params[[1, 5]], rel=1e-6)
    X[:, 1] = 1
    many = np.exp(X @ other.params[:5]).mean()
    X[:, 1] = 0
    few = np.exp(X @ other.params[:5]).mean()
    agree([detail.mean_arm, detail.mean_comparison], [many, few], rel=1e-7)
    agree(effect.estimate, many - few, rel=1e-6)


@pytest.mark.proves("Method.COUNTS", "rows, the whole estimator")
def test_an_effect_is_that_of_its_model(agree):
    table = pupils(2)
    effect, detail = one(table)
    fit = glm.negative_binomial(design(table), table["days"].to_numpy(float))
    found = glm.robust(fit, table["school"].to_numpy(), aw.Inference.CR2)
    (p, gp), (q, gq) = (glm.standardised(fit, {1: arm}) for arm in (1.0, 0.0))
    v, df = glm.contrast(found, gp - gq)
    agree([effect.estimate, effect.se, effect.df], [p - q, np.sqrt(v), df], rel=1e-8)
    v, df = glm.contrast(found, np.eye(5)[1])
    reach = t_quantile(df) * np.sqrt(v)
    limits = np.exp(fit.beta[1] + np.array([-reach, reach]))
    agree([detail.rate_low, detail.rate_high], limits, rel=1e-8)
    line = aw.estimate(table, PLAN, method="adjusted")[0]
    assert effect.divided_by == line.divided_by  # as for every other method
    agree(effect.g / effect.estimate, line.g / line.estimate, rel=1e-10)
    assert detail.linear.estimate == line.estimate


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 5_000))
def test_without_covariates_it_is_the_difference_of_means(seed):
    table = pupils(seed)
    plan = replace(PLAN, covariates=(), categories=())
    effect, detail = one(table, plan)
    line = aw.estimate(table, plan, method="difference", inference="CR2")[0]
    assert (effect.estimate, effect.se) == pytest.approx((line.estimate, line.se), rel=1e-7)
    means = table.groupby("offered")["days"].mean()
    assert detail.rate_ratio == pytest.approx(means[1] / means[0], rel=1e-8)


def test_the_order_of_pupils_does_not_matter():
    table = pupils(4)
    effect, _ = one(table)
    again, _ = one(table.sample(frac=1, random_state=1))
    assert (again.estimate, again.se, again.df) == pytest.approx(
        (effect.estimate, effect.se, effect.df), rel=1e-8
    )


def test_counts_that_vary_no_more_than_chance_are_poisson_and_said_to_be():
    table = pupils(5)
    rng = np.random.default_rng(5)
    table["days"] = rng.binomial(8, 0.4 + 0.1 * table["offered"])
    effect, detail = one(table)
    assert detail.boundary
    assert detail.dispersion == 0
    assert detail.converged
    assert Caution.NO_EXTRA_SPREAD in effect.cautions
    assert Caution.NOT_CONVERGED not in effect.cautions
    other = sm.GLM(table["days"], design(table), sm.families.Poisson()).fit(tol=1e-13)
    assert detail.rate_ratio == pytest.approx(np.exp(other.params.iloc[1]), rel=1e-8)


def test_several_arms_and_blocks_each_have_their_effect():
    table = pupils(6, clusters=18)
    table["offered"] = np.array(list("abc"))[table["school"] % 3]
    table["block"] = table["school"] // 3 % 2
    effects = aw.estimate(table, replace(PLAN, comparison="a", blocks=("block",)))
    assert [e.arm for e in effects] == ["b", "c"]
    assert all(e.low < e.estimate < e.high for e in effects)
    assert "1" not in set(effects.coefficients()["term"])


@pytest.mark.parametrize("wrong", [-1, 2.5, 1e6])
def test_what_is_no_count_is_refused_without_telling_it(wrong):
    table = pupils(7).astype({"days": float})
    table.loc[[3, 8], "days"] = wrong
    with pytest.raises(PlanError) as raised:
        aw.estimate(table, PLAN)
    (fault,) = raised.value.faults
    assert (fault.column, fault.count) == ("days", 2)
    assert f"{wrong:g}" not in fault.explain("nl")
    assert "hele getallen" in fault.rule.nl


def test_moments_alone_are_not_enough():
    with pytest.raises(PlanError, match="leerlingen"):
        aw.estimate(aw.collect(pupils(), PLAN), PLAN)


def test_a_group_without_any_gives_the_linear_difference_and_its_name():
    table = pupils(8)
    table.loc[table["kind"] == "b", "days"] = 0
    effect, detail = one(table)
    line = aw.estimate(table, PLAN, method="adjusted")[0]
    assert detail.separated == ("kind=b",)
    assert "‘kind’" in effect.reason.nl
    assert (effect.estimate, effect.se) == (line.estimate, line.se)
    assert Caution.SEPARATED in effect.cautions
    assert detail.explain("en") == effect.reason.en
    assert detail.table().loc[0, "separated"] == "kind=b"


def test_no_counts_at_all_are_no_comparison():
    table = pupils(9)
    table["before"] = table["before"].where(table["days"] == 0)  # the others are left out
    effect, detail = one(table)
    assert effect.low is None
    assert effect.reason is not None
    assert detail.mean_arm is None


def test_one_school_in_an_arm_has_an_estimate_and_no_limits():
    table = pupils(10)
    table["offered"] = (table["school"] == 3).astype(int)
    effect, detail = one(table)
    assert effect.estimate is not None
    assert effect.low is None
    assert detail.rate_low is None
    assert "vertellen we niet" in detail.explain("nl")
    several = replace(one(pupils(10))[1], rate_low=None)
    assert "Hoe zeker dat verschil is, weten we niet." in several.explain("nl")


def test_an_arm_without_pupils_has_no_effect():
    table = pupils(14).astype({"days": float})
    table.loc[table["offered"] == 1, "days"] = np.nan
    effect, detail = one(table)
    assert effect.estimate is None
    assert detail is None


# ---------------------------------------------------------------- what is said


def test_a_difference_is_told_in_days_and_as_a_ratio():
    table = pupils(11, effect=-0.9)
    _, detail = one(table)
    page, appendix = report_of(table, PLAN, "nl")
    a, b = (f"{x:.1f}".replace(".", ",") for x in (detail.mean_arm, detail.mean_comparison))
    assert f"het gemiddelde van leerlingen in groep ‘1’ {a} dagen" in page
    assert f"Bij leerlingen in groep ‘0’ is dat {b}." in page
    assert "keer zo veel" in page
    assert "Hoe vaak is het 0 dagen?" in page
    assert "beter dan het gemiddelde" not in page
    assert "Dispersie (alfa)" in appendix
    assert "Cohens U3" not in appendix
    english, _ = report_of(table, PLAN, "en")
    assert "times as many" in english


def test_of_what_is_not_clear_only_the_range_is_told():
    page, _ = report_of(pupils(12, effect=0.0), PLAN, "nl")
    assert "We zien nog geen duidelijk verschil. Het gemiddelde is waarschijnlijk tussen" in page
    assert "zijn het er tussen" not in page
    assert "het gemiddelde van" not in page


def test_how_many_have_none_is_not_told_where_they_are_few():
    table = pupils(13, effect=-0.9)
    table["days"] += 1
    table.loc[table.index[::60], "days"] = 0
    _, detail = one(table)
    assert 0 < min(cell.zeros for cell in detail.cells) < 10
    assert said.zero_sentence(detail, "nl") == ""
    page, _ = report_of(table, PLAN, "nl")
    assert "Hoe vaak is het 0 dagen?" not in page


def test_means_that_may_not_leave_are_not_told():
    effect, detail = one(pupils(14))
    one_school = replace(detail.cells[0], sizes=(detail.cells[0].pupils,))
    hidden = replace(detail, cells=(one_school, *detail.cells[1:]))
    assert said.means_told(hidden) is None
    assert "vertellen we niet" in hidden.explain("nl")
    assert "keer zo veel" not in hidden.explain("nl")
    rows = {row[0]: row[1] for row in said.appendix(hidden, effect, PLAN, "nl")[2].rows}
    assert rows["Verhouding (rate ratio)"] == numerals.hidden("nl")
    assert said.zero_sentence(hidden, "nl") == ""


def test_what_lies_behind_it_can_be_shown():
    effect, detail = one(pupils(15))
    assert isinstance(detail, Counts)
    row = detail.table().loc[0]
    assert row["mean_arm"] - row["mean_comparison"] == pytest.approx(effect.estimate)
    assert 0 < row["zero_arm"] < 1
    assert "keer zo veel" in detail._repr_html_()
    assert PARTS[Counts].page is None
    assert "bijna hetzelfde" in said.line_sentence(detail, effect, "nl")


def test_that_two_models_differ_is_said_only_where_the_answer_does():
    effect, detail = one(pupils(15))
    line = replace(detail.linear, estimate=effect.estimate + effect.se)
    near = said.line_sentence(replace(detail, linear=line), effect, "en")
    assert "within the limits" in near
    assert f"{line.estimate:.2f}".replace("-", numerals.MINUS) in near  # the decimals of the table
    for told in (replace(line, estimate=effect.high + 1), replace(line, low=-9.0, high=9.0)):
        other = replace(detail, linear=told)
        assert "depends on the way of calculating" in said.line_sentence(other, effect, "en")
