"""Agreement between informants: intraclass correlations, kappa, Krippendorff's alpha."""

import json
import math
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from academic_workplace.errors import DataError, PlanError
from academic_workplace.intake import scales

REFERENCE = json.loads((Path(__file__).parent / "reference" / "scales.json").read_text())
A25, A42, A45 = (
    REFERENCE[name] for name in ("A25-icc-shroutfleiss", "A42-agreement", "A45-krippendorff")
)
JUDGES = np.array(A25["data"])
FORMS = {"ICC1": "ICC(1,1)", "ICC2": "ICC(2,1)", "ICC3": "ICC(3,1)",
         "ICC1k": "ICC(1,k)", "ICC2k": "ICC(2,k)", "ICC3k": "ICC(3,k)"}  # fmt: skip
METRICS = [metric.value for metric in scales.Metric]
RATINGS = arrays.arrays(
    np.float64, st.tuples(st.integers(2, 9), st.integers(2, 4)), elements=st.integers(0, 4)
)


def limits_of(found):
    return " ".join(limit.nl for limit in found.limits)


# ---------------------------------------------------------------- intraclass correlation


@pytest.mark.proves("scales.icc", "psych 2.2.9, Shrout & Fleiss (1979) (A25)")
def test_the_six_forms_and_their_intervals_are_those_of_psych(agree):
    found = scales.icc(JUDGES)
    for name, form in FORMS.items():
        one, expected = found.form(form), A25["expected"][name]
        agree([one.value, one.low, one.high], [expected[k] for k in ("ICC", "lo", "hi")])
        agree([one.f, one.p_value], [expected["F"], expected["p"]])
        assert (one.df1, one.df2) == (expected["df1"], expected["df2"])
    assert len(found.table()) == 6


@settings(max_examples=60, deadline=None)
@given(RATINGS, st.integers(0, 2**32 - 1))
def test_an_icc_is_told_or_said_not_to_be_and_any_order_will_do(x, seed):
    rng = np.random.default_rng(seed)
    other = scales.icc(x[rng.permutation(len(x))][:, rng.permutation(x.shape[1])] * 3 + 7)
    for one, again in zip(scales.icc(x), other, strict=True):
        assert (one.value is None) == (again.value is None)
        if one.value is None or one.low is None:
            assert one.limits
        if one.value is not None:
            assert one.value == pytest.approx(again.value, rel=1e-7, abs=1e-7)
            assert one.value <= 1 + 1e-12
        if one.low is not None:
            assert one.low <= one.value + 1e-9
            assert one.value <= one.high + 1e-9
        assert one.explain("nl")
        assert one.explain("en")


def test_the_level_of_a_rater_counts_for_agreement_and_not_for_order():
    x = np.column_stack([np.arange(10.0), np.arange(10.0) + 3])
    found = scales.icc(x)
    assert found.form("ICC(3,1)").value == pytest.approx(1)
    assert "geen interval" in limits_of(found.form("ICC(3,1)"))
    assert found.form("ICC(2,1)").value < 0.8


def test_pupils_without_every_rating_are_left_out_and_counted():
    x = np.vstack([JUDGES, [1, np.nan, 2, 3]])
    found = scales.icc(x)
    assert found[0].left_out == 1
    assert found[0].value == scales.icc(JUDGES)[0].value
    assert "Weggelaten" in found.explain()
    twice = scales.icc(np.vstack([JUDGES, JUDGES]))
    assert "ICC(2,1)" in twice._repr_html_()
    assert "0,27 (0,02 tot 0,62)" in twice.explain("nl")
    assert "0.27 (0.02 to 0.62)" in twice.form("ICC(2,1)").explain("en")
    assert "gemiddelde van allen" in twice._repr_html_()


# found by search: of the first two nothing is left to divide by; then the limits would cross, or
# one of them would be no number
NO_FREEDOM = ([[1, 0, 0], [0, 1, 0]], [[1, 0], [0, 1]], [[4, 3, 0], [0, 4, 2]],
              [[2, 0, 2, 4], [4, 1, 0, 3], [4, 3, 0, 0]], [[2, 2], [3, 0], [4, 0]])  # fmt: skip


@pytest.mark.parametrize("ratings", NO_FREEDOM)
def test_without_degrees_of_freedom_an_icc_has_no_interval(ratings):
    for form in ("ICC(2,1)", "ICC(2,k)"):
        found = scales.icc(ratings).form(form)
        assert (found.low, found.high) == (None, None)
        assert found.limits


def test_nothing_is_told_of_fewer_than_ten_pupils():
    nine, ten = np.arange(9.0) % 4, np.arange(10.0) % 4
    for few, enough in (
        (scales.icc(np.c_[nine, nine[::-1]]), scales.icc(np.c_[ten, ten[::-1]])),
        (scales.kappa(nine, nine[::-1]), scales.kappa(ten, ten[::-1])),
        (
            scales.krippendorff_alpha(np.c_[nine, nine[::-1]], "nominal", draws=0),
            scales.krippendorff_alpha(np.c_[ten, ten[::-1]], "nominal", draws=0),
        ),
    ):
        for language, words in (("nl", "Minder dan 10 leerlingen"), ("en", "Fewer than 10 pupils")):
            assert few.explain(language).startswith(words)
            assert not any(sign.isdigit() for sign in few.explain(language).replace("10", ""))
        assert "<table" not in few._repr_html_()
        assert "mag niet naar buiten" in few.table()["limits"].iloc[0]
        assert "10 leerlingen" in enough.explain()
        assert "mag niet naar buiten" not in enough.table()["limits"].iloc[0]


def test_ratings_that_cannot_tell_are_named():
    assert "twee of meer" in limits_of(scales.icc([[1, 2]])[0])
    assert "twee of meer" in limits_of(scales.icc([[1], [2]])[0])
    assert "gelijk" in limits_of(scales.icc([[2, 2], [2, 2]])[0])
    flat = scales.icc([[1, 2], [1, 2], [1, 2]])
    assert "verschillen niet" in limits_of(flat.form("ICC(3,1)"))
    assert "verschillen niet" in limits_of(flat.form("ICC(2,k)"))
    assert flat.form("ICC(1,1)").value == pytest.approx(-1)
    assert "lees dit als 0" in limits_of(scales.icc([[1, 3], [2, 2.1], [3, 1]])[0])
    with pytest.raises(PlanError):
        flat.form("ICC(4,1)")


# ---------------------------------------------------------------- kappa


def as_ratings(counts):
    pairs = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    return [i for i, _ in pairs], [j for _, j in pairs]


@pytest.mark.proves("scales.kappa", "psych 2.2.9 (A42)")
@pytest.mark.proves("scales.kappa_of_counts", "psych 2.2.9 (A42)")
def test_kappa_is_that_of_psych(agree):
    first, second = as_ratings(A42["data"])
    expected = A42["expected"]
    for found in (
        lambda w: scales.kappa(first, second, weights=w),
        lambda w: scales.kappa_of_counts(A42["data"], weights=w),
    ):
        values = [found(w).value for w in ("unweighted", "linear", "quadratic")]
        agree(values, [expected[w] for w in ("unweighted", "linear", "quadratic")])
        plain = found("unweighted")
        agree([plain.se, plain.observed], [expected["se"], expected["po"]])
        assert plain.low == pytest.approx(plain.value - 1.959964 * plain.se, rel=1e-6)


COUNTS = arrays.arrays(
    np.int64, st.integers(2, 4).map(lambda m: (m, m)), elements=st.integers(0, 9)
)


@pytest.mark.proves("scales.kappa_of_counts", "standard errors, statsmodels cohens_kappa")
def test_the_standard_errors_of_weighted_kappa_are_those_of_statsmodels(agree):
    from statsmodels.stats.inter_rater import cohens_kappa

    rng = np.random.default_rng(4)
    for counts in (np.array(A42["data"]), rng.integers(1, 30, (4, 4)), rng.integers(0, 9, (6, 6))):
        plain = scales.kappa_of_counts(counts)
        agree([plain.value, plain.se], [(k := cohens_kappa(counts)).kappa, k.std_kappa])
        for weights in ("linear", "quadratic"):
            found, theirs = (
                scales.kappa_of_counts(counts, weights=weights), cohens_kappa(counts, wt=weights),
            )  # fmt: skip
            agree([found.value, found.se], [theirs.kappa, theirs.std_kappa])


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_quadratic_kappa_is_the_concordance_of_the_ratings(counts):
    # Fleiss & Cohen (1973): an intraclass correlation, with n where that has n - 1
    found = scales.kappa_of_counts(counts, weights="quadratic")
    if found.value is None:
        assert found.limits
        return
    a, b = (np.array(x, dtype=float) for x in as_ratings(counts))
    both = np.cov(a, b, ddof=0)
    concordance = 2 * both[0, 1] / (both.trace() + (a.mean() - b.mean()) ** 2)
    assert found.value == pytest.approx(concordance, rel=1e-9, abs=1e-9)


def test_with_many_pupils_quadratic_kappa_is_icc_2_1():
    first, second = as_ratings(np.array(A42["data"]) * 500)
    one = scales.icc(np.column_stack([first, second])).form("ICC(2,1)").value
    assert scales.kappa(first, second, weights="quadratic").value == pytest.approx(one, rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.sampled_from(["unweighted", "linear", "quadratic"]))
def test_kappa_does_not_know_who_is_first_nor_which_end_is_up(counts, weights):
    found = scales.kappa_of_counts(counts, weights=weights)
    for other in (counts.T, counts[::-1, ::-1]):
        again = scales.kappa_of_counts(other, weights=weights)
        if found.value is None:
            assert again.value is None
        else:
            assert found.value == pytest.approx(again.value, rel=1e-9, abs=1e-9)
            if found.se is not None:
                assert found.se == pytest.approx(again.se, rel=1e-7, abs=1e-9)


def test_a_level_that_nobody_chose_keeps_its_distance():
    first, second = [0, 0, 2, 2, 5], [0, 2, 2, 5, 5]
    found = scales.kappa(first, second, weights="linear")
    levels = scales.kappa(first, second, weights="linear", levels=range(6))
    assert found.value == pytest.approx(levels.value)
    d = np.abs(np.subtract.outer(first, second))
    assert found.value == pytest.approx(1 - np.trace(d) / 5 / d.mean())


def test_words_have_the_order_of_their_category_or_none():
    kind = pd.CategoricalDtype(["laag", "midden", "hoog"], ordered=True)
    first = pd.Series(["laag", "hoog", "midden", "hoog", None], dtype=kind)
    second = pd.Series(["laag", "hoog", "laag", "midden", "laag"], dtype=kind)
    found = scales.kappa(first, second, weights="quadratic")
    again = scales.kappa(
        first.astype(object), second.astype(object), weights="quadratic",
        levels=["laag", "midden", "hoog"],
    )  # fmt: skip
    assert found.value == again.value
    assert (found.n, found.left_out) == (4, 1)
    assert "Weggelaten" in found.explain()
    with pytest.raises(PlanError, match="volgorde"):
        scales.kappa(first.astype(object), second.astype(object), weights="linear")
    plain = scales.kappa(first.astype(object), second.astype(object))
    assert plain.observed == pytest.approx(0.5)
    with pytest.raises(DataError) as error:
        scales.kappa(first.astype(object), second.astype(object), levels=["laag", "hoog"])
    assert error.value.faults[0].rows == (3,)


def test_raters_who_cannot_be_told_from_chance_are_named():
    assert "hetzelfde oordeel" in limits_of(scales.kappa([1, 1, 1], [1, 1, 1]))
    assert "beide oordelen" in limits_of(scales.kappa([1, None], [None, 2]))
    perfect = scales.kappa([1, 2, 3], [1, 2, 3])
    assert perfect.value == 1
    assert perfect.low is None
    assert "geen interval" in limits_of(perfect)
    assert "Kappa is 1,00." in scales.kappa([1, 2] * 5, [1, 2] * 5).explain()
    same = scales.kappa([1, 1, 1], [1, 2, 1])
    assert same.value == pytest.approx(0)
    assert "iedereen hetzelfde" in limits_of(same)
    against = scales.kappa([1, 1, 2, 2], [2, 2, 1, 1])
    assert against.value == pytest.approx(-1)
    assert "geen interval te berekenen" in limits_of(against)
    with pytest.raises(DataError):
        scales.kappa([1, 2], [1])
    with pytest.raises(DataError, match="volgorde"):
        scales.kappa(pd.Series([1, 2]), pd.Series([1, 2], index=[1, 0]))
    with pytest.raises(DataError, match="één oordeel"):
        scales.kappa([[1], [2]], [1, 2])
    with pytest.raises(DataError):
        scales.krippendorff_alpha(pd.DataFrame({"a": [[1], [2]], "b": [[1], [2]]}), "nominal")
    for wrong in ([[1, 2]], [[1.5, 0], [0, 1]], [[-1, 0], [0, 1]]):
        with pytest.raises(DataError):
            scales.kappa_of_counts(wrong)
    with pytest.raises(PlanError):
        scales.kappa([1], [1], weights="kwadratisch")


# ---------------------------------------------------------------- Krippendorff's alpha


def by_pairs(x, metric):
    """From the definition: every pair of ratings of a pupil, and every pair of all."""
    units = [[v for v in row if not math.isnan(v)] for row in x]
    units = [u for u in units if len(u) > 1]
    values = [v for u in units for v in u]
    n = {v: values.count(v) for v in values}

    def apart(a, b):
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return (a - b) ** 2
        if metric == "ratio":
            return ((a - b) / (a + b)) ** 2 if a + b else 0.0
        low, high = min(a, b), max(a, b)
        between = sum(m for v, m in n.items() if low <= v <= high)
        return (between - (n[a] + n[b]) / 2) ** 2

    observed = sum(sum(apart(a, b) for a, b in permutations(u, 2)) / (len(u) - 1) for u in units)
    expected = sum(apart(a, b) for a, b in permutations(values, 2)) / (len(values) - 1)
    return 1 - observed / expected


@pytest.mark.proves("scales.krippendorff_alpha", "krippendorff 0.9.0, Shrout & Fleiss (A45)")
def test_krippendorffs_alpha_is_that_of_the_package(agree):
    found = [scales.krippendorff_alpha(JUDGES, metric).value for metric in METRICS]
    agree(found, [A45["expected"][metric] for metric in METRICS])


@pytest.mark.proves("scales.krippendorff_alpha", "rows, pair by pair, with missing ratings")
def test_krippendorffs_alpha_is_that_of_all_pairs(agree):
    rng = np.random.default_rng(8)
    for k, metric in ((k, metric) for k in (2, 3, 5) for metric in METRICS):
        x = rng.integers(0, 6, size=(25, 1)) + rng.integers(0, 3, size=(25, k)).astype(float)
        x[rng.random(x.shape) < 0.3] = np.nan
        found = scales.krippendorff_alpha(x, metric, draws=0)
        agree(found.value, by_pairs(x, metric), rel=1e-11)
        assert found.units + found.single == 25


@settings(max_examples=50, deadline=None)
@given(RATINGS, st.sampled_from(METRICS), st.integers(0, 2**32 - 1))
def test_any_order_of_pupils_and_raters_gives_the_same_alpha(x, metric, seed):
    rng = np.random.default_rng(seed)
    x = np.where(rng.random(x.shape) < 0.2, np.nan, x)
    found = scales.krippendorff_alpha(x, metric)
    other = x[rng.permutation(len(x))][:, rng.permutation(x.shape[1])]
    again = scales.krippendorff_alpha(other, metric)
    if found.value is None:
        assert found.limits
        assert again.value is None
        return
    assert found.value == pytest.approx(again.value, rel=1e-9, abs=1e-9)
    assert found.value == pytest.approx(by_pairs(x, metric), rel=1e-9, abs=1e-9)
    assert found.explain("nl")
    assert found.explain("en")


@settings(max_examples=40, deadline=None)
@given(RATINGS)
def test_interval_alpha_compares_the_spread_within_pupils_with_all_spread(x):
    total = x.var(ddof=1)
    assume(total > 0)
    within = x.var(axis=1, ddof=1).mean()
    found = scales.krippendorff_alpha(x, "interval", draws=0)
    assert found.value == pytest.approx(1 - within / total, rel=1e-9, abs=1e-9)


def test_nominal_alpha_of_two_raters_is_scotts_pi_but_for_its_correction():
    counts = np.array(A42["data"])
    p = counts / counts.sum()
    chance = (((p.sum(0) + p.sum(1)) / 2) ** 2).sum()
    pi = (np.trace(p) - chance) / (1 - chance)
    found = scales.krippendorff_alpha(np.column_stack(as_ratings(counts)), "nominal", draws=0)
    n = 2 * counts.sum()
    assert found.value == pytest.approx(1 - (n - 1) / n * (1 - pi))


def test_the_bootstrap_covers_and_the_same_seed_gives_the_same_interval():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 1)) + 0.6 * rng.normal(size=(60, 3))
    one, two = (scales.krippendorff_alpha(x, "interval", seed=s) for s in (4, 4))
    assert (one.low, one.high) == (two.low, two.high)
    assert one.low < 1 / 1.36 < one.high  # the true intraclass correlation
    wide = scales.krippendorff_alpha(x, "interval", level=0.5)
    assert one.high - one.low > wide.high - wide.low
    assert one.draws == 1000


def test_words_and_ordered_words_can_be_rated():
    words = pd.DataFrame({"a": ["x", "y", "z", None], "b": ["x", "y", "y", "x"]})
    numbers = [[0, 0], [1, 1], [2, 1], [np.nan, 0]]
    found = scales.krippendorff_alpha(words, "nominal")
    assert found.value == scales.krippendorff_alpha(numbers, "nominal").value
    assert found.single == 1
    enough = scales.krippendorff_alpha(numbers * 10, "nominal")
    assert "Weggelaten, met minder dan twee oordelen: 10 leerlingen." in enough.explain()
    kind = pd.CategoricalDtype(["x", "y", "z"], ordered=True)
    ordered = scales.krippendorff_alpha(words.astype(kind), "ordinal")
    assert ordered.value == scales.krippendorff_alpha(numbers, "ordinal").value
    for metric in ("ordinal", "interval"):
        with pytest.raises(DataError):
            scales.krippendorff_alpha(words, metric)


def test_what_krippendorffs_alpha_cannot_tell_is_named():
    assert "geen leerling" in limits_of(scales.krippendorff_alpha([[1, np.nan]], "nominal")).lower()
    assert "één oordeel" in limits_of(scales.krippendorff_alpha([[1, 1], [1, 1]], "interval"))
    few = scales.krippendorff_alpha(JUDGES, "interval")
    assert few.low is None
    assert "20 leerlingen" in limits_of(few)
    rare = np.zeros((30, 2))
    rare[0, 0] = 1
    lost = scales.krippendorff_alpha(rare, "nominal")
    assert lost.draws < 1000
    assert "trekkingen" in limits_of(lost)
    many = np.random.default_rng(1).random((2000, 2))
    assert "verschillende waarden" in limits_of(scales.krippendorff_alpha(many, "ratio"))
    with pytest.raises(DataError, match="onder 0"):
        scales.krippendorff_alpha([[-1, 2]], "ratio")
    for wrong in ({"draws": 5}, {"level": 2}, {"metric": "ordinaal"}):
        with pytest.raises(PlanError):
            scales.krippendorff_alpha(**({"ratings": JUDGES, "metric": "nominal"} | wrong))
