"""The coverage study: its invented studies are what it says, and a short run gives its numbers."""

import importlib.util
import itertools
import math
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace import resampling
from academic_workplace.effects import ESTIMATORS
from academic_workplace.effects.multilevel import multilevel
from academic_workplace.threads import one_thread

FILE = Path(__file__).parents[1] / "benchmarks" / "few_schools.py"
SPEC = importlib.util.spec_from_file_location("few_schools", FILE)
assert SPEC is not None
assert SPEC.loader is not None
study = importlib.util.module_from_spec(SPEC)
sys.modules["few_schools"] = study  # dataclasses look their module up
SPEC.loader.exec_module(study)

NESTED = importlib.util.spec_from_file_location(
    "classes_and_slopes", FILE.with_name("classes_and_slopes.py")
)
assert NESTED is not None
assert NESTED.loader is not None
nested = importlib.util.module_from_spec(NESTED)
sys.modules["classes_and_slopes"] = nested
NESTED.loader.exec_module(nested)

OTHERS = importlib.util.spec_from_file_location(
    "crossed_and_logistic", FILE.with_name("crossed_and_logistic.py")
)
assert OTHERS is not None
assert OTHERS.loader is not None
others = importlib.util.module_from_spec(OTHERS)
sys.modules["crossed_and_logistic"] = others
OTHERS.loader.exec_module(others)

OTHER_SEED = study.SEED + 1  # a short run that repeats the first studies would prove little
R = 400


@pytest.fixture(scope="module")
def kept():
    return study.read(FILE.with_name("coverage.csv"))


def table_of(name):
    """Of the crossed or the logistic multilevel model."""
    return pd.read_csv(FILE.with_name(f"coverage_{name}.csv"))


def row_of(table, d):
    """The rows of one design, by method and inference."""
    of = np.logical_and.reduce([table[name] == value for name, value in asdict(d).items()])
    return table[of].set_index(["method", "inference"])


# ---------------------------------------------------------------- what was simulated


def test_designs_have_two_schools_in_each_arm_and_a_half_school_rounds_up():
    assert study.shares(4) == {2: "1/2"}
    assert study.shares(6) == {2: "1/4 and 1/3", 3: "1/2"}
    assert study.shares(8) == {2: "1/4", 3: "1/3", 4: "1/2"}
    assert study.shares(20) == {5: "1/4", 7: "1/3", 10: "1/2"}
    assert len(set(study.designs())) == len(study.designs()) == 15 * 4 * 3 * 2


@pytest.mark.parametrize("cv", study.CVS)
@pytest.mark.parametrize("schools", study.SCHOOLS)
def test_sizes_of_schools_have_the_mean_and_the_spread_asked_for(schools, cv):
    n = study.Design(schools, 2, 0.1, cv, "binary").sizes
    assert n.min() >= study.FEWEST
    assert n.mean() == pytest.approx(study.MEAN_SIZE, abs=0.5)  # whole pupils
    assert n.std() / n.mean() == pytest.approx(cv, abs=0.02)


@pytest.mark.parametrize("outcome", study.OUTCOMES)
def test_invented_pupils_are_as_alike_within_schools_as_the_design_says(outcome):
    d = study.Design(40, 10, 0.10, 0.0, outcome)
    found = list(study.studies(d, d.effect, 500, np.random.default_rng(1)))
    S = np.array([m.S for m in found])
    n, mean = study.MEAN_SIZE, S[:, :, 0, 3] / study.MEAN_SIZE
    within = (S[:, :, 3, 3] - n * mean**2).sum(axis=1) / (40 * (n - 1))
    for arm, schools in ((0, slice(10, 40)), (1, slice(0, 10))):
        p = study.PROPORTION + arm * d.effect
        total = p * (1 - p) if outcome == "binary" else 1.0
        middle = p if outcome == "binary" else arm * d.effect
        between = mean[:, schools].var(axis=1, ddof=1).mean()
        # 500 studies: relative standard errors of about 1 % (10 schools), 0.2 % (pupils)
        assert between == pytest.approx(total * (0.10 + 0.90 / n), rel=0.05)
        assert mean[:, schools].mean() == pytest.approx(middle, abs=0.03)
    if outcome == "continuous":
        assert within.mean() == pytest.approx(0.90, rel=0.01)


@pytest.mark.parametrize("method", study.METHODS)
def test_the_study_asks_what_the_package_answers(method):
    d = study.Design(20, 7, 0.10, 0.8, "binary")
    m = next(study.studies(d, 0.1, 1, np.random.default_rng(2)))
    asked = study.ASKED[method]
    for inference, i in zip(asked, study.intervals(m, method, asked, 5), strict=True):
        estimator = multilevel if inference in study.MULTILEVEL else ESTIMATORS[method]
        (effect,) = estimator(m, replace(study.PLAN, seed=5), inference, None).effects
        mine = (i.estimate, i.df, i.low, i.high, i.p_value)
        assert mine == (effect.estimate, effect.df, effect.low, effect.high, effect.p_value)


@pytest.mark.parametrize("method", study.METHODS)
def test_an_effect_moves_the_interval_of_a_continuous_outcome_and_nothing_else(method):
    d, asked = study.Design(8, 4, 0.10, 0.4, "continuous"), study.ASKED[method]
    without, moved = (
        study.intervals(
            next(study.studies(d, effect, 1, np.random.default_rng(3))), method, asked, 5
        )
        for effect in (0.0, d.effect)
    )
    for a, b in zip(without, moved, strict=True):
        assert (b.low, b.high) == pytest.approx((a.low + d.effect, a.high + d.effect), abs=1e-8)


def test_equal_schools_give_means_of_schools_the_same_draws():
    d = study.Design(12, 4, 0.10, 0.0, "continuous")
    m = next(study.studies(d, 0.0, 1, np.random.default_rng(4)))
    drawn = [i for i in study.ASKED[aw.Method.CLUSTER_MEANS] if i not in study.FORMULAS]
    pupils, means = (study.intervals(m, method, drawn, 5) for method in study.METHODS)
    for a, b in zip(pupils, means, strict=True):
        assert (b.p_value, b.low, b.high) == pytest.approx((a.p_value, a.low, a.high))


def test_the_package_counts_as_before_once_the_study_is_over():
    before = resampling.COUNT_ALL
    with study.counting(7):
        assert resampling.COUNT_ALL == 7
    assert before == resampling.COUNT_ALL


# ---------------------------------------------------------------- what is kept of it


def test_the_kept_numbers_were_made_with_the_settings_of_the_script(kept):
    assert kept[0] == study.settings()


def test_the_kept_table_has_every_design_once(kept):
    table = kept[1]
    keys = ["method", "inference", "schools", "treated", "icc", "cv", "outcome"]
    found = list(table[keys].itertuples(index=False, name=None))
    wanted = {
        (method.value, inference.value, d.schools, d.treated, d.icc, d.cv, d.outcome)
        for method, d in itertools.product(study.METHODS, study.designs())
        for inference in study.ASKED[method]
    }
    assert set(found) == wanted
    assert len(found) == len(wanted)


def test_the_page_says_what_the_table_says(kept):
    assert FILE.with_name("COVERAGE.md").read_text(encoding="utf-8") == study.page(
        *kept,
        pd.read_csv(FILE.with_name("coverage_three.csv")),
        pd.read_csv(FILE.with_name("coverage_unequal.csv")),
        [
            *nested.section(pd.read_csv(FILE.with_name("coverage_nested.csv"))),
            *others.sections(*(table_of(name) for name in others.REPLICATIONS)),
        ],
    )


@pytest.mark.parametrize("assigned", ["schools", "classes"])
def test_a_short_run_of_classes_rejects_as_often_as_is_kept(assigned):
    """Classes that are assigned and not in the model make it err far too often."""
    kept = pd.read_csv(FILE.with_name("coverage_nested.csv"))
    of = kept[(kept.assigned == assigned) & (kept.schools == 12)].set_index("way")["size"]
    design, rng = nested.Design(assigned, 12), np.random.default_rng(nested.SEED + 1)
    verdicts = []
    for _ in range(60):
        m = nested.sample(design, rng)
        assert len(set(m.clusters)) == 12
        arms = pd.Series(m.totals[:, 1] / m.S[:, 0, 0]).round().groupby(list(m.clusters)).nunique()
        assert (arms == (1 if assigned == "schools" else 2)).all()
        with one_thread():
            verdicts.append([verdict for _, verdict, _ in nested.ways(design, m)])
    share = np.mean(verdicts, axis=0)
    order = of[[nested.CR2, nested.PLAIN, nested.RICH]]
    assert share == pytest.approx(order.to_numpy(), abs=0.13)  # three standard errors of a quarter
    assert (share[1] > 0.15) == (assigned == "classes")


@pytest.mark.parametrize("name", ["crossed", "logistic"])
def test_every_design_of_the_other_models_is_kept_once(name):
    table = table_of(name)
    designs, asked = (
        (others.crossings(), others.OF_CROSSED)
        if name == "crossed"
        else (others.logits(), others.OF_LOGISTIC)
    )
    keys = [*asdict(designs[0]), "way", "replications"]
    found = list(table[keys].itertuples(index=False, name=None))
    n = others.REPLICATIONS[name]
    wanted = [(*asdict(d).values(), way, n) for d in designs for way, *_ in asked]
    assert found == wanted


@pytest.mark.parametrize(
    ("design", "n"),
    [
        (others.Crossing(others.PRIMARY, 20), 50),
        (others.Logits(others.EFFECT, 20, 10, others.LATENT[-1]), 50),
    ],
    ids=["crossed", "logistic"],
)
def test_a_short_run_of_the_other_models_comes_near_what_is_kept(design, n):
    """A division that the programme follows and the model leaves out makes it err far too often."""
    crossed = isinstance(design, others.Crossing)
    table = table_of("crossed" if crossed else "logistic")
    of = np.logical_and.reduce([table[name] == value for name, value in asdict(design).items()])
    kept = table[of].set_index("way")
    found = pd.DataFrame(others.simulated(OTHER_SEED, design, n)).set_index("way")
    for name in ("size", "coverage"):
        p = (kept[name] * kept.replications + found[name] * n) / (kept.replications + n)
        chance = np.sqrt(p * (1 - p) * (1 / kept.replications + 1 / n))
        assert np.all(np.abs(found[name] - kept[name]) <= 3.5 * chance + 1e-9)
    assert found["se"].to_numpy() == pytest.approx(kept["se"].to_numpy(), rel=0.15)
    if crossed:
        assert kept.loc[others.ALONE, "size"] > 0.2
        assert kept.loc[others.CROSSED, "size"] < 0.08


def test_invented_yes_and_no_have_the_shares_that_the_design_says():
    d = others.Logits(others.UNEQUAL, 40, 20, others.LATENT[-1])
    assert d.sd[1] == 2 * d.sd[0]
    assert d.truth == pytest.approx(0, abs=1e-12)
    rng = np.random.default_rng(6)
    means = [others.logit_pupils(d, rng).groupby("t")["y"].mean() for _ in range(150)]
    assert np.mean(means, axis=0) == pytest.approx([others.PROPORTION] * 2, abs=0.02)


def test_limits_of_shares_are_told_again_after_the_study():
    room = importlib.import_module("academic_workplace.effects.multilevel")
    before = room.crossed_shares
    with others.without_limits_of_shares():
        assert room.crossed_shares is not before
    assert room.crossed_shares is before


def test_balanced_equal_schools_with_normal_scores_have_the_exact_size_of_a_t_test(kept):
    """CR2 is Student's t on the means of the schools there, with its degrees of freedom."""
    table = kept[1]
    of = table[(table.inference == "CR2") & (table.outcome == "continuous") & (table.cv == 0)]
    of = of[2 * of.treated == of.schools]
    assert set(of.schools) == set(study.SCHOOLS)
    assert of["df"].to_numpy() == pytest.approx(of.schools - 2, abs=1e-5)
    assert np.all(np.abs(of["size"] - study.ALPHA) <= 3.5 * of.mcse)  # the largest of 48


def test_equal_schools_give_the_multilevel_model_its_degrees_of_freedom(kept):
    """As many as schools less 2, on the edge too; there the size is that of a t-test but lower,
    for a variance between schools of 0 or more is larger than one that may be negative."""
    table = kept[1]
    of = table[table.inference.isin([i.value for i in study.MULTILEVEL]) & (table.cv == 0)]
    continuous = of[(of.outcome == "continuous") & (of.inference == "Kenward-Roger")]
    assert of["df"].to_numpy() == pytest.approx(of.schools - 2, abs=1e-4)
    assert np.all(continuous["size"] <= study.ALPHA + 3.5 * continuous.mcse)


def test_arms_are_stretched_as_the_study_says():
    d = study.Design(8, 2, 0.10, 0.4, "continuous")
    m = next(study.studies(d, 0.0, 1, np.random.default_rng(5)))
    wide = study.stretched(m, 2.0)
    treated = np.array(m.arms) == "1"
    assert np.array_equal(wide.S[~treated], m.S[~treated])
    assert np.array_equal(wide.S[treated, 0, -1], 2 * m.S[treated, 0, -1])
    assert np.array_equal(wide.S[treated, -1, -1], 4 * m.S[treated, -1, -1])
    assert np.array_equal(wide.S[:, :-1, :-1], m.S[:, :-1, :-1])


def test_a_randomisation_test_rejects_in_whole_steps():
    found = [study.reachable(G, t) for G, t in ((6, 3), (8, 2), (8, 3), (8, 4), (12, 3))]
    assert found == pytest.approx([0, 1 / 28, 2 / 56, 2 / 70, 11 / 220])


def test_counted_assignments_have_the_size_that_counting_says(kept):
    """A share k / C of them lies beyond the last that is at most 5 %; mirror images in pairs."""
    table = kept[1]
    for d in study.designs():
        drawn = math.comb(d.schools, d.treated) > study.COUNT_ALL
        if drawn or d.outcome == "binary":  # ties make a test of few values careful
            continue
        expected = study.reachable(d.schools, d.treated)
        for method in study.METHODS:
            size = row_of(table, d).loc[(method.value, "randomisation"), "size"]
            n = study.REPLICATIONS["resampled"]
            assert abs(size - expected) <= 4 * math.sqrt(expected * (1 - expected) / n)


@pytest.mark.parametrize(
    "d",
    [
        study.Design(6, 3, 0.10, 0.8, "continuous"),
        study.Design(8, 2, 0.05, 0.4, "binary"),
        study.Design(12, 3, 0.20, 0.0, "continuous"),
    ],
    ids=str,
)
def test_a_short_run_gives_the_kept_numbers_up_to_chance(kept, d):
    table = kept[1]
    long = row_of(table, d)
    short = study.judge(d, {"CR1S and CR2": R, "resampled": R, "under an effect": R}, OTHER_SEED)
    for row in short:
        known = long.loc[(row.method, row.inference)]
        moved = study.REPLICATIONS["under an effect"]
        for name, n in (
            ("size", known.replications),
            ("coverage", known.replications),
            ("coverage_effect", moved if d.outcome == "binary" else known.replications),
            ("no_limits", known.replications),
        ):
            a, b = getattr(row, name), known[name]
            both = (R * a + n * b) / (R + n)
            chance = math.sqrt(both * (1 - both) * (1 / R + 1 / n))
            assert abs(a - b) <= 3 * chance, (row.method, row.inference, name, a, b)
