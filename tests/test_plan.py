"""The plan: written before the outcomes are read, refused with every reason at once."""

import json
import math
import pickle
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.plan import parse_plan, plan_from_dict

DATA = Path(__file__).parents[1] / "data"

WIDE = """
[study]
title = { nl = "Lessen", en = "Lessons" }
registered = 2026-01-31
caveats = ["let op", { nl = "een", en = "one" }]

[design]
cluster = "school"
treatment = "programma"
comparison = "nee"
covariates = ["groep", "voor"]
categories = ["groep"]
smallest_effect = 0.2

[columns]
voor = "voormeting"
groep = "groep 5 tot 7"

[arms.ja]
label = "met lessen"

[[outcomes]]
column = "na"
baseline = "voor"
better = "lower"

[[outcomes]]
column = "later"
"""

LONG = """
[design]
cluster = "school"
treatment = "programma"
pupil = "leerling"

[waves]
column = "moment"
baseline = "voor"
after = ["na", "later"]
main = "na"

[waves.labels]
na = { nl = "na de lessen", en = "after the lessons" }

[[outcomes]]
column = "score"
"""


def faults_of(work):
    with pytest.raises(aw.PlanError) as caught:
        work()
    return caught.value.faults


def short(**changes):
    return aw.Plan(**{"outcome": "na", "treatment": "programma", "cluster": "school"} | changes)


# ---------------------------------------------------------------- what a plan says


def test_the_file_says_what_the_short_form_says():
    plan = parse_plan(WIDE)
    assert plan.outcomes == ("na", "later")
    assert plan.baselines == ("voor", "")
    assert plan.waves_in_order == ("",)
    assert plan.study.caveats[0].nl == "let op"
    assert plan.measure("na").better == "lower"
    assert parse_plan(LONG).waves_in_order == ("na", "later")
    same = aw.Plan(
        outcome=["score"], treatment="programma", cluster="school", pupil="leerling",
        wave="moment", baseline="voor", waves=["na", "later"], main_wave="na",
        study=parse_plan(LONG).study,
    )  # fmt: skip
    assert same.fingerprint == parse_plan(LONG).fingerprint


def test_numbers_may_name_waves_and_arms():
    """As a table with 0, 1, 2 in it invites."""
    plan = short(
        pupil="leerling", wave="moment", baseline=0, waves=(1, np.int64(2)), main_wave=2.0,
        comparison=False,
    )  # fmt: skip
    assert (plan.baseline, plan.waves, plan.main_wave) == ("0", ("1", "2"), "2")
    assert plan.comparison == "0"


def test_the_file_names_the_weights():
    plan = parse_plan(LONG.replace("[design]", '[design]\nweights = "gewicht"'))
    assert plan.weights == "gewicht"


def test_the_file_names_the_arms_whose_pupils_stand_alone():
    plan = parse_plan(LONG.replace("[design]", '[design]\nalone = ["nee"]'))
    assert plan.alone == ("nee",)
    assert short(alone=0, pupil="leerling").alone == ("0",)


def test_a_dose_names_its_own_arms_unless_the_plan_does():
    text = LONG.replace("[design]", "[design]\ndose = true")
    plan = parse_plan(text + '\n[arms.more]\nlabel = "een uur meer"\n')
    assert plan.dose
    assert plan.arm("more").label.nl == "een uur meer"
    assert plan.arm("less").pupils.en == "pupils who got less"
    assert "dose" not in plan.arm("all").label.en
    assert plan.fingerprint != parse_plan(LONG).fingerprint


def test_the_file_names_years_a_cutoff_and_how_arms_are_made_alike():
    text = WIDE.replace("[design]", '[design]\nmethod = "optimal matching"\nestimand = "ATT"')
    plan = parse_plan(text + '\n[comparing]\nexact = ["groep"]\ncaliper = 0.2\n')
    assert plan.estimand is aw.Estimand.ATT
    assert plan.comparing == aw.Comparing(exact=("groep",), caliper=0.2)
    below = '[design]\nrunning = "score"\ncutoff = 5\nbelow = true'
    plan = parse_plan(WIDE.replace("[design]", below))
    assert (plan.running, plan.cutoff, plan.below) == ("score", 5.0, True)


def test_one_name_may_stand_for_a_list_of_one():
    assert short(covariates="voor", blocks="wijk").covariates == ("voor",)
    assert short(baseline=["voor"]).baselines == ("voor",)


@pytest.mark.parametrize("name", ["star", "levensvaardigheden"])
def test_the_data_are_looked_for_beside_the_plan(name):
    plan = aw.read_plan(DATA / name / "plan.toml")
    assert plan.data == DATA / name / "pupils.csv"


# ---------------------------------------------------------------- fingerprints

ALIKE = {
    "comments": lambda text: "# for the workgroup\n" + text.replace("\n[", "\n# next\n["),
    "layout": lambda text: text.replace(" = ", "=").replace("\n\n", "\n\n\n"),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "order of tables": lambda text: text[text.index("[design]"):] + text[: text.index("[design]")],
    "order of keys": lambda text: text.replace(
        'cluster = "school"\ntreatment = "programma"', 'treatment = "programma"\ncluster = "school"'
    ),
    "order of labels": lambda text: text.replace(
        'voor = "voormeting"\ngroep = "groep 5 tot 7"',
        'groep = "groep 5 tot 7"\nvoor = "voormeting"',
    ),
    "way of writing": lambda text: text.replace('"school"', "'school'").replace("0.2", "2e-1"),
}  # fmt: skip
OTHER = {
    "a column": ('cluster = "school"', 'cluster = "klas"'),
    "order of outcomes": ('column = "na"', 'column = "naar"'),
    "order of covariates": ('["groep", "voor"]', '["voor", "groep"]'),
    "a number": ("smallest_effect = 0.2", "smallest_effect = 0.21"),
    "a word for readers": ('"met lessen"', '"zonder lessen"'),
    "the day": ("2026-01-31", "2026-02-01"),
    "a default that is spelt otherwise": ('better = "lower"', 'better = "higher"'),
}


@pytest.mark.parametrize("change", ALIKE.values(), ids=ALIKE)
def test_the_fingerprint_does_not_see_how_a_plan_is_written(change):
    assert change(WIDE) != WIDE
    assert parse_plan(change(WIDE)).fingerprint == parse_plan(WIDE).fingerprint


@pytest.mark.parametrize(("old", "new"), OTHER.values(), ids=OTHER)
def test_the_fingerprint_sees_what_a_plan_says(old, new):
    assert WIDE.count(old) == 1
    assert parse_plan(WIDE.replace(old, new)).fingerprint != parse_plan(WIDE).fingerprint


def test_writing_out_a_default_changes_nothing():
    full = WIDE.replace("[design]", '[design]\nassigned = "cluster"\nblocks = []\nseed = 0')
    assert parse_plan(full).fingerprint == parse_plan(WIDE).fingerprint
    assert short(smallest_effect=1).fingerprint == short(smallest_effect=1.0).fingerprint


def test_where_the_data_are_is_no_part_of_the_plan(tmp_path):
    text = WIDE.replace("[study]", '[study]\ndata = "a.csv"')
    assert parse_plan(text, folder=tmp_path).fingerprint == parse_plan(WIDE).fingerprint


PLANS = {
    "wide": parse_plan(WIDE),
    "long": parse_plan(LONG),
    "short": short(),
    "dose": short(dose=True),
    "weights": short(weights="gewicht"),
    "alone": short(alone=(0, "nee"), pupil="leerling"),
    "periods": short(period="jaar"),
    "cut-off": short(running="score", cutoff=5, below=True),
    "alike": short(
        covariates=("voor",),
        estimand="ATT",
        method="nearest neighbour",
        comparing=aw.Comparing(exact=("groep",), caliper=0.2),
    ),
    "star": aw.read_plan(DATA / "star" / "plan.toml"),
    "levensvaardigheden": aw.read_plan(DATA / "levensvaardigheden" / "plan.toml"),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_plan_comes_back_from_its_dictionary_and_from_a_pickle(plan):
    stored = json.loads(json.dumps(plan.to_dict()))
    assert plan_from_dict(stored).fingerprint == plan.fingerprint
    assert plan_from_dict(stored).to_dict() == plan.to_dict()
    again = pickle.loads(pickle.dumps(plan))  # noqa: S301  # our own bytes
    assert (again.fingerprint, again.data) == (plan.fingerprint, plan.data)


# ---------------------------------------------------------------- contradictions

CONTRADICTIONS = {
    "no outcome": ({"outcome": ()}, "outcome"),
    "no treatment": ({"treatment": ""}, "treatment"),
    "no cluster": ({"cluster": ""}, "cluster"),
    "an outcome twice": ({"outcome": ("na", "na")}, "na"),
    "an outcome that is the treatment": ({"outcome": "programma"}, "programma"),
    "an outcome as covariate": ({"covariates": ("na",)}, "na"),
    "an outcome as cluster": ({"cluster": "na"}, "cluster"),
    "an outcome as its own baseline": ({"baseline": "na"}, "baseline"),
    "the treatment as pupil": ({"pupil": "programma"}, "pupil"),
    "a block twice": ({"blocks": ("wijk", "wijk")}, "blocks"),
    "a category that is used nowhere": ({"categories": ("groep",)}, "categories"),
    "waves without their column": ({"waves": ("na",)}, "waves"),
    "a column without waves": ({"wave": "moment", "pupil": "leerling"}, "waves"),
    "waves without pupils": ({"wave": "moment", "waves": ("na",)}, "pupil"),
    "a baseline among the waves": (
        {"wave": "moment", "pupil": "leerling", "waves": ("1",), "baseline": "1"}, "baseline"
    ),
    "a wave twice": ({"wave": "m", "pupil": "leerling", "waves": ("1", "1")}, "waves"),
    "a list of baseline waves": (
        {"wave": "moment", "pupil": "leerling", "waves": ("1",), "baseline": ("0",)}, "baseline"
    ),
    "a main wave that is none": ({"main_wave": "later"}, "main_wave"),
    "too few baselines": ({"outcome": ("na", "later"), "baseline": ("voor",)}, "baseline"),
    "an effect of nothing": ({"smallest_effect": 0}, "smallest_effect"),
    "a seed below 0": ({"seed": -1}, "seed"),
    "more draws than anyone waits for": ({"draws": 10**9}, "draws"),
    "an effect that is no number": ({"smallest_effect": float("nan")}, "smallest_effect"),
    "another rule for missing data": ({"missing": "imputation"}, "missing"),
    "an unknown level": ({"assigned": "pupl"}, "assigned"),
    "an unknown allocation": ({"allocation": "lottery"}, "allocation"),
    "an unknown method": ({"method": "magic"}, "method"),
    "an unknown inference": ({"inference": "CR9"}, "inference"),
    "pupils alone without pseudonyms": ({"alone": ("nee",)}, "pupil"),
    "pupils alone and a dose": ({"alone": ("nee",), "pupil": "ll", "dose": True}, "alone"),
    "an arm alone that is none": (
        {"alone": ("neen",), "pupil": "ll", "study": parse_plan(WIDE).study}, "alone"
    ),
    "an arm alone twice": ({"alone": ("nee", "nee"), "pupil": "ll"}, "alone"),
    "clusters that are blocks, with pupils alone": (
        {"alone": ("nee",), "pupil": "ll", "blocks": ("school",)}, "cluster"
    ),
    "weights that are the outcome": ({"weights": "na"}, "weights"),
    "weights that are the clusters": ({"weights": "school"}, "weights"),
    "weights that nothing names": ({"weights": ""}, "weights"),
    "weights with cluster means": ({"weights": "w", "method": "cluster means"}, "method"),
    "a dose with a comparison": ({"dose": True, "comparison": "nee"}, "comparison"),
    "a dose with slopes per arm": ({"dose": True, "method": "interacted"}, "method"),
    "a dose averaged over sites": ({"dose": True, "method": "site average"}, "method"),
    "a staggered start without years": ({"method": "staggered start"}, "period"),
    "years with another method": ({"period": "jaar", "method": "adjusted"}, "method"),
    "years and blocks": ({"period": "jaar", "blocks": ("wijk",)}, "blocks"),
    "years that are the clusters": ({"period": "school"}, "period"),
    "years with arms of their own": (
        {"period": "jaar", "study": parse_plan(WIDE).study}, "arms.ja"
    ),
    "a cut-off of nothing": ({"cutoff": 5}, "running"),
    "no cut-off": ({"running": "score"}, "cutoff"),
    "a cut-off that is no number": ({"running": "score", "cutoff": math.inf}, "cutoff"),
    "a cut-off with another method": (
        {"running": "score", "cutoff": 5, "method": "adjusted"}, "method"
    ),
    "a cut-off and a dose": ({"running": "score", "cutoff": 5, "dose": True}, "dose"),
    "an outcome that decides who joins": ({"running": "na", "cutoff": 5}, "running"),
    "an unknown estimand": ({"estimand": "LATE"}, "estimand"),
    "an estimand of a regression": ({"estimand": "ATT", "method": "difference"}, "method"),
    "weights on nothing": ({"method": "entropy balancing"}, "covariates"),
    "a caliper of nothing": ({"comparing": aw.Comparing(caliper=0)}, "comparing.caliper"),
    "no counterpart": ({"comparing": aw.Comparing(ratio=0)}, "comparing.ratio"),
    "one class": ({"comparing": aw.Comparing(classes=1)}, "comparing.classes"),
    "everyone trimmed": ({"comparing": aw.Comparing(trim=0.5)}, "comparing.trim"),
    "a ratio in words": ({"comparing": aw.Comparing(ratio="one")}, "comparing.ratio"),
    "a number as columns beside who took part": (
        {"comparing": aw.Comparing(exact=3), "took_part": "went"}, "comparing.exact"
    ),
    "a dose with arms of its own": (
        {"dose": True, "study": parse_plan(WIDE).study}, "arms.ja"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "column"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_contradiction_is_told_once_with_its_remedy(changes, column):
    (fault,) = faults_of(lambda: short(**changes))
    assert fault.column == column
    assert all(words.endswith((".", "?")) for words in (fault.rule.nl, fault.rule.en))
    assert fault.remedy.nl
    assert fault.remedy.en


NAMED = ("treatment", "cluster", "pupil", "weights", "wave")
LISTED = ("blocks", "covariates", "categories", "balance", "subgroups", "primary")
SHAPELESS = [
    *((name, 3) for name in (*NAMED, *LISTED, "outcome", "study")),
    *((name, None) for name in (*LISTED, "outcome", "treatment", "cluster", "study", "alone",
                                "waves", "smallest_effect", "seed", "draws", "dose")),
    *((name, "x") for name in ("smallest_effect", "seed", "draws", "dose", "study")),
    *((name, 1.5) for name in ("seed", "draws", "dose", *LISTED)),
    ("seed", float("nan")), ("smallest_effect", 10**400), ("smallest_effect", True),
    ("comparison", ("a", "b")), ("main_wave", ["a"]), ("covariates", {"x": 1}),
    ("outcome", ("na", 3)), ("assigned", None), ("attrition", ["cautious"]), ("inference", 3),
    ("method", 3),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), SHAPELESS, ids=lambda each: repr(each)[:20])
def test_a_value_of_another_form_is_told_once_by_its_name(name, value):
    (fault,) = faults_of(lambda: short(**{name: value}))
    assert fault.column == name
    assert fault.remedy.nl


def test_every_value_of_another_form_is_told_at_once():
    wrong = {"covariates": None, "seed": "x", "study": None, "assigned": "pupl"}
    assert {fault.column for fault in faults_of(lambda: short(**wrong))} == set(wrong)


def test_lists_arrays_and_numbers_of_the_file_are_taken_as_they_are_meant():
    given = short(
        outcome=["na"], covariates=np.array(["a", "b"]), wave="m", pupil="p", baseline=0,
        waves=np.array([1, 2]), comparison=np.True_, seed=np.int64(3), draws=np.int64(999),
        dose=np.False_, smallest_effect=np.float32(0.5),
    )  # fmt: skip
    meant = short(
        outcome=("na",), covariates=("a", "b"), wave="m", pupil="p", baseline="0",
        waves=("1", "2"), comparison="1", seed=3, draws=999, smallest_effect=0.5,
    )  # fmt: skip
    assert given.fingerprint == meant.fingerprint


def test_a_seed_below_0_in_the_file_is_told_with_the_name_of_the_file(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(WIDE.replace("smallest_effect = 0.2", "seed = -1"), encoding="utf-8")
    (fault,) = faults_of(lambda: aw.read_plan(path))
    assert (fault.file, fault.column) == ("plan.toml", "seed")


def test_every_contradiction_is_told_at_once():
    wrong = {"outcome": ("na", "na"), "cluster": "", "waves": ("1",), "main_wave": "2",
             "categories": ("groep",), "smallest_effect": -1, "assigned": "pupl"}  # fmt: skip
    told = {fault.column for fault in faults_of(lambda: short(**wrong))}
    assert told == {
        "na", "cluster", "waves", "main_wave", "categories", "smallest_effect", "assigned"
    }  # fmt: skip


def test_a_value_almost_right_gets_a_suggestion():
    (fault,) = faults_of(lambda: short(assigned="pupl"))
    assert fault.remedy.nl == "Bedoelt u ‘pupil’?"
    (fault,) = faults_of(lambda: short(allocation="magic"))
    assert fault.remedy.nl == "Kies uit: lot, choice, cutoff."


# ---------------------------------------------------------------- the file


def test_a_misspelt_key_is_told_with_the_key_that_was_meant(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(WIDE.replace("smallest_effect", "smalest_effect"), encoding="utf-8")
    (fault,) = faults_of(lambda: aw.read_plan(path))
    assert (fault.file, fault.column) == ("plan.toml", "[design]")
    assert fault.rule.nl == "‘smalest_effect’ is hier onbekend."
    assert fault.remedy.nl == "Bedoelt u ‘smallest_effect’?"


def test_misspelt_keys_wrong_forms_and_contradictions_are_told_together():
    text = (
        WIDE.replace("[study]", "[studie]")
        .replace('treatment = "programma"', 'treatmnt = "programma"')
        .replace("0.2", '"klein"')
        .replace('better = "lower"', 'better = "up"\nunits = "punten"')
        .replace('categories = ["groep"]', 'categories = ["groepp"]\nassigned = "pupl"')
    )
    faults = faults_of(lambda: parse_plan(text))
    assert [fault.column for fault in faults] == [
        "studie", "[design]", "[design] smallest_effect", "[[outcomes]]", "assigned", "treatment",
        "categories", "na.better",
    ]  # fmt: skip
    assert {fault.file for fault in faults} == {"plan.toml"}
    said = aw.PlanError(faults).explain("nl")
    assert "2. [plan.toml] [design]: ‘treatmnt’ is hier onbekend." in said
    assert "3. [plan.toml] [design] smallest_effect: Deze waarde heeft de verkeerde vorm." in said


FORMS = {
    "a list of texts as columns": ('["groep", "voor"]', '[{ nl = "groep", en = "groep" }]'),
    "a number as a column": ('cluster = "school"', "cluster = 3"),
    "a moment as a day": ("2026-01-31", "2026-01-31T10:00:00"),
    "one language": ('{ nl = "Lessen", en = "Lessons" }', '{ nl = "Lessen" }'),
    "a number among caveats": ('"let op"', "3"),
    "a word as a number": ("smallest_effect = 0.2", 'smallest_effect = "0.2"'),
    "a word as a list": ('covariates = ["groep", "voor"]', 'covariates = "voor"'),
    "a word as an arm": ('[arms.ja]\nlabel = "met lessen"', 'arms.ja = "met lessen"'),
}


@pytest.mark.parametrize(("old", "new"), FORMS.values(), ids=FORMS)
def test_a_value_of_the_wrong_form_is_told_with_the_right_form(old, new):
    text = WIDE.replace(old, new)
    text = text if not new.startswith("arms") else f"{new}\n{WIDE.replace(old, '')}"
    assert text != WIDE
    faults = [f for f in faults_of(lambda: parse_plan(text)) if "verkeerde vorm" in f.rule.nl]
    assert len(faults) == 1
    assert faults[0].remedy.nl.startswith("Schrijf: ")


def test_outcomes_must_be_tables_with_a_column():
    for wrong in ('outcomes = ["na"]', '[outcomes]\ncolumn = "na"', '[[outcomes]]\nlabel = "na"'):
        text = '[design]\ncluster = "school"\ntreatment = "programma"\n'
        text = wrong + "\n" + text if wrong.startswith("out") else text + wrong
        assert "[[outcomes]]" in {fault.column for fault in faults_of(partial(parse_plan, text))}


def test_waves_need_their_column_and_a_wave_after():
    text = LONG.replace('column = "moment"\n', "").replace('after = ["na", "later"]\n', "")
    told = [fault.rule.nl for fault in faults_of(lambda: parse_plan(text))]
    assert told[:2] == ["‘column’ ontbreekt.", "‘after’ ontbreekt."]


def test_a_baseline_column_has_no_place_beside_waves():
    """It would be read and then not be used."""
    (fault,) = faults_of(lambda: parse_plan(LONG + 'baseline = "voor"\n'))
    assert fault.column == "[[outcomes]] baseline"


def test_an_empty_plan_lacks_everything():
    assert [f.column for f in faults_of(lambda: parse_plan(""))] == [
        "outcome", "treatment", "cluster"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place"),
    [(WIDE.replace('"school"', '"school'), "regel 8"), (WIDE + WIDE, "regel 30"),
     ("a = [1,", "het einde"), ("a = " + "[" * 5000, "het einde")],
)  # fmt: skip
def test_a_file_that_is_no_toml_is_pointed_at_in_plain_words(text, place):
    (fault,) = faults_of(lambda: parse_plan(text))
    assert fault.rule.nl == f"Dit bestand is geen geldig TOML: er klopt iets niet bij {place}."
    assert fault.file == "plan.toml"


@pytest.mark.parametrize("content", [None, b"\xff\xfea", "[study]\ntitle = 'é'".encode("cp1252")])
def test_a_plan_that_cannot_be_read_is_refused(content, tmp_path):
    path = tmp_path / "plan.toml"
    if content is not None:
        path.write_bytes(content)
    (fault,) = faults_of(lambda: aw.read_plan(path))
    assert ("UTF-8" in fault.remedy.nl) == (content is not None)
    assert "Controleer" in fault.remedy.nl or content is not None


def test_a_plan_may_start_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(WIDE, encoding="utf-8-sig")
    assert aw.read_plan(path).fingerprint == parse_plan(WIDE).fingerprint


values = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(), st.floats(), st.booleans()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)  # fmt: skip
KEYS = ["study", "design", "waves", "arms", "columns", "outcomes", "cluster", "treatment", "column",
        "after", "baseline", "label", "labels", "caveats", "covariates", "smallest_effect", "main",
        "nl", "en", "x"]  # fmt: skip


def toml(value):
    """A value as TOML; dictionaries inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return "nan" if value != value else repr(value)
    return json.dumps(value)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    content=st.dictionaries(
        st.sampled_from(KEYS[:6]),
        values
        | st.dictionaries(st.sampled_from(KEYS), values, max_size=4)
        | st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=3), max_size=2),
        max_size=6,
    )
)
def test_any_toml_is_a_plan_or_is_refused(content):
    text = "\n".join(f"{key} = {toml(value)}" for key, value in content.items())
    try:
        plan = parse_plan(text)
    except aw.PlanError as error:
        assert error.explain("nl") != error.explain("en")  # noqa: PT017  # both are allowed
    else:
        assert plan_from_dict(plan.to_dict()).fingerprint == plan.fingerprint


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(text=st.text(alphabet='[]{}"=.,\n #nle1-ab\\\x00é', max_size=40))
def test_any_text_is_a_plan_or_is_refused(text):
    with pytest.raises(aw.PlanError):
        parse_plan(text)


def test_new_names_new_values_and_who_was_asked_are_declared_in_the_plan():
    text = (
        WIDE
        + '[rename]\n"Vraag 12" = "zelfbeeld"\n[recode.meisje]\n1 = "jongen"\n[asked]\nja = 320\n'
    )
    plan = parse_plan(text)
    assert plan.rename == {"Vraag 12": "zelfbeeld"}
    assert plan.recode == {"meisje": {"1": "jongen"}}
    assert plan.asked == {"ja": 320}
    assert plan.fingerprint != parse_plan(WIDE).fingerprint
    again = pickle.loads(pickle.dumps(plan))  # noqa: S301  # our own value
    assert again == plan


def test_every_fault_in_the_tables_of_names_values_and_counts_is_told():
    with pytest.raises(aw.PlanError) as caught:
        aw.Plan(
            outcome="y", treatment="t", cluster="s", rename={"a": "x", "b": "x", "c": ""},
            recode={"a": {"1": "2"}}, asked={"ja": -1},
        )  # fmt: skip
    assert [fault.column for fault in caught.value.faults] == [
        "rename",
        "rename",
        "recode.a",
        "asked.ja",
    ]
    with pytest.raises(aw.PlanError) as caught:
        aw.Plan(
            outcome="y", treatment="t", cluster="s", rename={"a": 3}, recode={"a": "b"}, asked=[1]
        )
    assert [fault.column for fault in caught.value.faults] == ["rename", "recode", "asked"]
