"""What a reader gets of what is likely: of every kind of plan a number, or the reason why not."""

import datetime
import math
from dataclasses import replace

import numpy as np
import pytest
from rows import schools
from test_posterior_classes import a_table as with_classes

import academic_workplace as aw
from academic_workplace.effects.imputed import completed
from academic_workplace.effects.regression import arms_of, regress
from academic_workplace.evidence import posterior as evidence_posterior
from academic_workplace.evidence.posterior import CROSSES, DIFFERS, NO_ROWS, NOT_THIS_PLAN
from academic_workplace.language import LANGUAGES
from academic_workplace.multilevel import nested_intercepts, random_intercept
from academic_workplace.plan import Prior
from academic_workplace.posterior import mixed_equally, mixture_of, posterior
from academic_workplace.report.build import build
from academic_workplace.report.document import Paragraph, Table, walk

PRIOR = Prior(0.15, 0.10, "Inns e.a. (2019)")
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before",),
    allocation="lot", prior=PRIOR,
)  # fmt: skip
CLASSES = replace(PLAN, classes="group")
IMPUTED = replace(PLAN, missing="multiple imputation", imputations=3)


def a_table(seed=1, **kw):
    return schools(np.random.default_rng(seed), **({"clusters": 10, "size": 8, "effect": 0.5} | kw))


def with_gaps(seed=3):
    table, rng = a_table(seed, clusters=12), np.random.default_rng(seed)
    return table.assign(
        after=table["after"].where(rng.random(len(table)) > 0.2),
        before=table["before"].where(rng.random(len(table)) > 0.1),
    )


def likely(table, plan):
    return evidence_posterior(aw.estimate(aw.check(table, plan), plan), plan)


def numbers(found):
    """Of data and of both: mean, limits and the chances."""
    parts = [part for part in (found.data, found.together) if part is not None]
    return [
        x for part in parts
        for x in (part.known.mean, part.known.low, part.known.high, *part.above.values())
    ]  # fmt: skip


# ---------------------------------------------------------------- classes


@pytest.mark.proves(
    "evidence.posterior", "posterior.posterior with classes, in standard deviations"
)
@pytest.mark.parametrize("method", ["adjusted", "multilevel"])
def test_a_plan_with_classes_has_a_level_for_every_class(agree, method):
    table, plan = with_classes(3), replace(CLASSES, method=method)
    effects = aw.estimate(aw.check(table, plan), plan)
    (found,) = evidence_posterior(effects)
    m = aw.collect(table, plan).samples[0]
    model = regress(m, plan, arms_of(m, plan), ["before"], interacted=False)
    mixed = nested_intercepts(m, model.fit, absorb=False)
    unit = effects[0].estimate / effects[0].g
    expected = posterior(
        mixture_of(mixed, model.contrasts["1"]),
        (PRIOR.mean * unit, PRIOR.sd * unit), (0.0, 0.1 * unit),
    )  # fmt: skip
    agree(found.together.known.mean * unit, expected.known.mean, rel=1e-7)
    agree((found.better, found.matters), tuple(expected.above.values()), rel=1e-7)
    assert found.classes
    assert found.data.mixture.icc_classes > 0
    assert ("ander rekenmodel" in found.explain()) == (method == "adjusted")
    assert ("another model" in found.explain("en")) == (method == "adjusted")
    assert ("en ook elke klas" in found.explain()) == (method == "adjusted")


def test_one_class_per_school_changes_nothing_and_is_said():
    table = with_classes(5, classes=1, size=9)
    (one,), (two,) = likely(table, CLASSES), likely(table, PLAN)
    assert numbers(one) == numbers(two)
    assert "klassen zeggen niets" in one.explain()
    assert "klassen" not in two.explain()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_note_of_the_table_names_the_prior_of_every_share(language):
    told = []
    for plan in (CLASSES, PLAN):
        evidence = aw.weigh(aw.estimate(aw.check(with_classes(7), plan), plan), plan)
        report = build(evidence, language, datetime.date(2026, 11, 22), "x")
        notes = [b.note for b in walk(report.appendix) if isinstance(b, Table)]
        told.append(next(note for note in notes if "half-Cauchy" in note))
    assert all("20%" in note for note in told)
    assert ["klas" in note or "class" in note for note in told] == [True, False]


# ---------------------------------------------------------------- what cannot be had is told


def labelled(table):
    return table.assign(second=np.arange(len(table)) % 4)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("change", "table", "said"),
    [
        ({"crossed": "second"}, labelled(a_table()), CROSSES),
        ({"varying": "offered", "method": "multilevel"}, a_table(), DIFFERS),
        ({"varying": "before"}, a_table(), DIFFERS),
        ({"method": "cluster means"}, a_table(), NOT_THIS_PLAN),
    ],
)
def test_a_report_says_why_a_plan_with_a_prior_has_no_chances(change, table, said, language):
    plan = replace(PLAN, **change)
    evidence = aw.weigh(aw.estimate(aw.check(table, plan), plan), plan)
    report = build(evidence, language, datetime.date(2026, 11, 22), "x")
    paragraphs = [b.text for b in walk(report.appendix) if isinstance(b, Paragraph)]
    assert said[language] in paragraphs


def test_where_prior_and_data_lie_far_apart_that_is_said_first_and_the_data_before_both():
    plan = replace(PLAN, prior=Prior(-0.6, 0.02, "x"))
    ((found,),) = [likely(a_table(9, clusters=16, effect=1.5), plan)]
    order = {
        "nl": ("liggen ver uit elkaar", "Met alleen deze gegevens", "komt uit: x", "Samen is"),
        "en": ("lie far apart", "By these data alone", "comes from: x", "Together the"),
    }
    for language, parts in order.items():
        places = [found.explain(language).index(part) for part in parts]
        assert places == sorted(places)
        assert places[0] < 60


# ---------------------------------------------------------------- filled in tables


@pytest.mark.proves("evidence.posterior", "mixtures of completed tables by hand")
def test_filled_in_tables_are_mixed_each_for_as_much(agree):
    pupils = aw.check(with_gaps(), IMPUTED)
    effects = aw.estimate(pupils, IMPUTED)
    (found,) = evidence_posterior(effects)
    several = []
    for table in completed(pupils):
        moments, one = aw.collect(table), replace(IMPUTED, missing="complete cases")
        m = moments.samples[0]
        model = regress(m, one, arms_of(m, one), ["before"], interacted=False)
        mixed = random_intercept(m, model.fit, absorb=False)
        (own,) = aw.estimate(moments, one)
        several.append(mixture_of(mixed, model.contrasts["1"] * own.g / own.estimate))
    expected = posterior(mixed_equally(several), (PRIOR.mean, PRIOR.sd), (0.0, 0.1))
    agree(found.together.known.mean, expected.known.mean, rel=1e-7)
    agree((found.better, found.matters), tuple(expected.above.values()), rel=1e-7)
    assert found.tables == 3
    assert "3 keer ingevuld" in found.explain()
    assert "filled in 3 times" in found.explain("en")


def test_complete_data_change_nothing():
    table = a_table(11)
    (one,), (two,) = likely(table, IMPUTED), likely(table, PLAN)
    assert numbers(one) == numbers(two)
    assert one.explain() == two.explain()


def test_without_the_table_filled_in_values_tell_nothing():
    effects = aw.estimate(aw.check(with_gaps(), IMPUTED), IMPUTED)
    found = evidence_posterior(replace(effects, pupils=None))
    assert [why for _, why in found.not_done] == [NO_ROWS]
    assert NO_ROWS.nl in found.explain()


# ---------------------------------------------------------------- odd data


def centred(table):
    """Schools that differ by nothing: the variance ratio is 0."""
    level = table.groupby("school")["after"].transform("mean")
    return table.assign(after=table["after"] - level + 0.3 * table["offered"])


def level_of_school(table):
    return table.assign(after=table.groupby("school")["after"].transform("mean"))


ODD = {
    "nobody differs between schools": (centred(a_table()), PLAN),
    "yes or no": (a_table().assign(after=lambda t: (t["after"] > 0.3).astype(int)), PLAN),
    "one yes": (a_table().assign(after=lambda t: (np.arange(len(t)) == 3).astype(int)), PLAN),
    "large numbers": (a_table().assign(after=lambda t: 1e12 + 1e10 * t["after"]), PLAN),
    "small numbers": (a_table().assign(after=lambda t: 1e-12 * t["after"]), PLAN),
    "a prior that is certain": (a_table(), replace(PLAN, prior=Prior(0.1, 1e-300, "x"))),
    "a prior that says nothing": (a_table(), replace(PLAN, prior=Prior(0.1, 10, "x"))),
    "a dose": (a_table().assign(offered=lambda t: t["school"].str[1:].astype(int) % 5),
               replace(PLAN, dose=True)),
    "classes and schools that do not differ": (with_classes(1, tau=0.0, omega=0.0), CLASSES),
    "classes, yes or no": (
        with_classes(1).assign(after=lambda t: (t["after"] > 0).astype(int)), CLASSES),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_data_give_numbers_pictures_and_words(name):
    (found,) = likely(*ODD[name])
    assert all(math.isfinite(x) for x in numbers(found))
    assert "nan" not in found.explain("nl") + found.explain("en")
    assert found.picture().png
    assert 0 <= found.matters <= found.better <= 1


NO_MODEL = {
    "two schools": (a_table(clusters=2, size=30), PLAN, "maar één school"),
    "two schools, multilevel": (
        a_table(clusters=2, size=30), replace(PLAN, method="multilevel"), "te weinig scholen"),
    "one school per arm, with classes": (
        with_classes(1, schools=2, classes=4, size=9), CLASSES, "maar één school"),
    "one score per school": (level_of_school(a_table()), PLAN, "verschilt de score niet"),
    "a score that the covariate explains": (
        a_table().assign(after=lambda t: 2 * t["before"] + t["offered"]), PLAN,
        "verschilt de score niet"),
    "a pupil per school": (
        a_table().assign(school=lambda t: [f"x{i}" for i in range(len(t))]), PLAN,
        "te weinig leerlingen per school"),
    "nobody measured in an arm": (
        a_table().assign(after=lambda t: t["after"].where(t["offered"] == 0)), PLAN, "niemand"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_MODEL)
def test_what_no_model_can_be_fitted_to_says_why(name):
    table, plan, said = NO_MODEL[name]
    found = likely(table, plan)
    assert len(found) == 0
    assert said in found.explain()


def test_a_score_that_is_the_same_for_everybody_is_refused_by_name():
    with pytest.raises(aw.DataError, match="voor iedereen gelijk"):
        likely(a_table().assign(after=3.0), PLAN)


@pytest.mark.parametrize(
    ("prior", "column"),
    [(Prior(12.0, 0.1, "x"), "prior.mean"), (Prior(0.1, 1e300, "x"), "prior.sd")],
)
def test_a_prior_in_points_is_no_prior_in_standard_deviations(prior, column):
    with pytest.raises(aw.PlanError, match="aantal punten") as caught:
        replace(PLAN, prior=prior)
    assert [fault.column for fault in caught.value.faults] == [column]
