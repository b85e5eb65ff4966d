"""What a report may say follows from the design: no word of cause where it carries none."""

import datetime
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from documents import texts
from rows import schools

import academic_workplace as aw
from academic_workplace.disclosure import NCO, profile, under
from academic_workplace.effects import CLAIMS, ESTIMATORS
from academic_workplace.effects.methods import inferences
from academic_workplace.effects.result import Effects
from academic_workplace.evidence import Verdict
from academic_workplace.plan import (
    COMPARING,
    MATCHING,
    OVER_TIME,
    OVER_WAVES,
    Allocation,
    Method,
)
from academic_workplace.report import findings
from academic_workplace.report.build import build

pytestmark = pytest.mark.usefixtures("words_alone")

DAY = datetime.date(2026, 11, 22)
NEVER_SAID = re.compile(
    r"bewez|bewijst|\bproven|\bproves|aangetoond|erkend|werkt echt|is effectief|is effective", re.I
)
CAUSE = re.compile(
    r"leidd?en? (\w+ ){0,4}tot|\bled\b.{0,30}\bto\b|veroorza|caused|zorgde|dankzij|thanks to"
    r"|komt door|due to the|resulted in|\bhielp|\bhelped|gevolg van|effect van|effect of|impact",
    re.I,
)
STEPS = {  # of every design, data in which the difference is clear
    **dict.fromkeys(COMPARING, "pupils"),
    **dict.fromkeys(OVER_TIME, "years"),
    Method.DISCONTINUITY: "cut-off",
}


def pupils_who_were_chosen(effect):
    rng = np.random.default_rng(4)
    n = 900
    school = rng.integers(0, 14, n)
    x, z = rng.normal(size=(2, n)) + 0.3 * rng.normal(size=(2, 14))[:, school]
    took = rng.random(n) < 1 / (1 + np.exp(0.8 - 0.6 * x - 0.3 * z))
    after = 0.6 * x + 0.3 * z + effect * took + rng.normal(size=n)
    return pd.DataFrame({
        "school": school, "offered": took.astype(int), "x": x, "z": z, "after": after
    })  # fmt: skip


def years(effect, method):
    rng = np.random.default_rng(5)
    starts = {
        Method.STAGGERED: [2014, 2014, 2014, 2016, 2016, 2016, None, None, None, None],
        Method.SERIES: [2014] * 4 + [None] * 4,
        Method.SYNTHETIC: [2014] + [None] * 24,
    }[method]
    rows = []
    for i, start in enumerate(starts):
        level = rng.normal(scale=0.2)
        for year in range(2004, 2020):
            on = start is not None and year >= start
            y = level + 0.02 * (year - 2004) + effect * on + rng.normal(size=30, scale=0.5)
            rows += [(f"S{i:02d}", year, start, value) for value in y]
    return pd.DataFrame(rows, columns=["school", "jaar", "offered", "after"])


def around_a_cutoff(effect):
    rng = np.random.default_rng(6)
    n = 3000
    score = rng.normal(size=n)
    offered = (score < 0).astype(int)
    after = 0.5 * score + effect * offered + rng.normal(size=n, scale=0.6)
    return pd.DataFrame({
        "school": rng.integers(0, 20, n), "offered": offered, "score": score, "after": after
    })  # fmt: skip


def study(method, allocation, effect):
    """A study by this method: its table and its plan."""
    kind = STEPS.get(method, "trial")
    own = {"outcome": "after", "treatment": "offered", "cluster": "school", "method": method,
           "allocation": allocation}  # fmt: skip
    if kind == "years":
        return years(effect, method), aw.Plan(**own, period="jaar")
    own |= {"comparison": "0"}
    if kind == "pupils":
        one = aw.Comparing(caliper=0.2) if method is Method.NEAREST else aw.Comparing()
        plan = aw.Plan(**own, covariates=("x", "z"), assigned="pupil", comparing=one)
        return pupils_who_were_chosen(effect), plan
    if kind == "cut-off":
        plan = aw.Plan(**own, running="score", cutoff=0.0, below=True, assigned="pupil")
        return around_a_cutoff(effect), plan
    table = schools(np.random.default_rng(7), clusters=16, size=25, effect=effect)
    if method in (Method.SITE_AVERAGE, Method.PUPIL_AVERAGE):
        table["offered"] = np.arange(len(table)) % 2
        table["after"] += effect * table["offered"]
        return table, aw.Plan(**own, blocks=("school",), assigned="pupil")
    if method in (Method.LOGISTIC, Method.LOGISTIC_MULTILEVEL):
        table["after"] = (table["after"] > table["after"].median()).astype(int)
    if method is Method.COUNTS:
        table["after"] = np.floor(np.exp(table["after"]))
    if method in OVER_WAVES:
        return table, aw.Plan(**own, baseline="before")
    if method is Method.COMPLIER:  # four of five take what is offered
        table["took"] = table["offered"] * (np.arange(len(table)) % 5 > 0)
        own |= {"took_part": "took"}
    return table, aw.Plan(**own, covariates=("before",) if method is Method.ADJUSTED else ())


STUDIES = [
    (method, allocation, effect)
    for method in Method
    for allocation in Allocation
    for effect in ((1.0, 0.0) if allocation is Allocation.CHOICE else (1.0,))
]


# A report about one school may go to that school itself, and only under its own rules.
OF_ONE_SCHOOL = (Method.SERIES, Method.SYNTHETIC)


@pytest.fixture(scope="module")
def told():
    """The words of every study's report, made once."""
    found = {}

    def of(method, allocation, effect):
        if (method, allocation, effect) not in found:
            table, plan = study(method, allocation, effect)
            evidence = aw.weigh(aw.estimate(table, plan), plan)
            said = {}
            for language in ("nl", "en"):
                with under(NCO if method in OF_ONE_SCHOOL else profile()):
                    report = build(evidence, language, DAY, "")
                said[language] = " ".join(texts(report.blocks)), " ".join(texts(report.appendix))
            found[method, allocation, effect] = evidence, said
        return found[method, allocation, effect]

    return of


@pytest.mark.parametrize(("method", "allocation", "effect"), STUDIES)
def test_no_design_says_more_than_it_can(told, method, allocation, effect):
    evidence, said = told(method, allocation, effect)
    finding = findings.primary(evidence)
    may = allocation in CLAIMS[method].carries_cause
    for language, (page, appendix) in said.items():
        assert not NEVER_SAID.search(page + appendix)
        causes = CAUSE.findall(page)
        if not may:
            assert not CAUSE.search(page), (language, causes)
        if finding.verdict in findings.CLEAR and not findings.may_name_cause(evidence, finding):
            assert ("hing samen met" if language == "nl" else "went with") in page
    assert may or not findings.may_name_cause(evidence, finding)


@pytest.mark.parametrize("method", Method)
def test_a_clear_difference_is_seen_and_named_as_the_design_allows(told, method):
    for allocation in Allocation:
        evidence, said = told(method, allocation, 1.0)
        finding = findings.primary(evidence)
        assert finding.verdict in (Verdict.MATTERS, Verdict.FAVOURABLE)
        if findings.may_name_cause(evidence, finding):
            assert "leidde" in said["nl"][0]
            assert "led to this difference" in said["en"][0]


@pytest.mark.parametrize("method", [Method.STAGGERED, Method.SERIES])
def test_who_started_is_set_beside_what_was_expected_not_beside_how_high_others_are(told, method):
    evidence, said = told(method, Allocation.CHOICE, 1.0)
    other = evidence.plan.arm("not started").pupils
    for language, than in (("nl", "dan verwacht"), ("en", "than expected")):
        finding = findings.finding_sentence(findings.primary(evidence), evidence.plan, language)
        assert f"{than} " in finding
        assert other[language] not in finding
        assert {"nl": "andere groep", "en": "other group"}[language] not in said[language][0]


def test_a_lot_with_too_many_missing_carries_no_cause():
    table, plan = study(Method.ADJUSTED, Allocation.LOT, 1.0)
    gone = np.random.default_rng(1).random(len(table)) < np.where(table.offered, 0.6, 0.1)
    table.loc[gone, "after"] = np.nan
    evidence = aw.weigh(aw.estimate(table, plan), plan)
    assert not findings.may_name_cause(evidence, findings.primary(evidence))
    assert "hing samen met" in findings.cause_sentence(evidence, "nl")


def test_the_table_of_methods_names_every_method_and_its_first_inference():
    table = aw.methods("nl")
    assert list(table.index) == [method.value for method in CLAIMS]
    assert set(CLAIMS) == set(Method) == set(ESTIMATORS)
    assert table.notna().all(axis=None)
    for method in Method:
        data, plan = study(method, Allocation.CHOICE, 1.0)
        effects = aw.estimate(data, plan)
        assert isinstance(effects, Effects)
        assert effects.inference is inferences(method)[0]
        assert table.loc[method.value, "inference"].split(", ")[0] == effects.inference.value
    assert all(CLAIMS[method].carries_cause == (Allocation.LOT,) for method in MATCHING)
    with pytest.raises(aw.PlanError):
        aw.methods("fr")


def test_every_sentence_of_arms_made_alike_says_for_whom_it_holds(told):
    who = {"nl": "geldt voor de leerlingen die meededen", "en": "who took part"}
    for method in COMPARING:
        evidence, said = told(method, Allocation.CHOICE, 1.0)
        effect = findings.primary(evidence).effect
        assert effect.estimand is aw.Estimand.ATT
        for language, text in who.items():
            assert text in evidence.explain(language)
            assert text in effect.explain(language)
            assert text in said[language][0]
    table, plan = study(Method.PROPENSITY, Allocation.CHOICE, 1.0)
    everyone = aw.estimate(table, replace(plan, estimand="ATE"))[0]
    assert "voor alle leerlingen" in everyone.explain("nl")
    plain = aw.estimate(*study(Method.ADJUSTED, Allocation.CHOICE, 1.0))[0]
    assert plain.estimand is None
    assert "geldt voor" not in plain.explain("nl")
