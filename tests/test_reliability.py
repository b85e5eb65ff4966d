"""Reliability: of a scale, of the mean of a class, and the room there is at the ends."""

import json
import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from academic_workplace.errors import DataError, PlanError
from academic_workplace.intake import scales
from academic_workplace.intake.scales.consistency import halves, spearman_brown
from academic_workplace.intake.scales.one_factor import LEAST, one_factor
from academic_workplace.language import Text

HERE = Path(__file__).parent / "reference"
REFERENCE = json.loads((HERE / "scales.json").read_text())
A04 = REFERENCE["A04-icc-anova"]["expected"]
A24 = REFERENCE["A24-reliability"]["expected"]
A25 = REFERENCE["A25-icc-shroutfleiss"]


@pytest.fixture(scope="module")
def bfi():
    return pd.read_csv(HERE / "data" / "bfi.csv")


@pytest.fixture(scope="module")
def agreeableness(bfi):
    return scales.reliability(bfi, reversed=["A1"], range=(1, 6))


def with_covariance(S, n=40, seed=1):
    """Rows whose covariances are exactly S."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(S)))
    x -= x.mean(axis=0)
    root = np.linalg.cholesky(np.cov(x.T))
    return x @ np.linalg.inv(root).T @ np.linalg.cholesky(S).T


def parallel(k, r):
    return np.full((k, k), r) + (1 - r) * np.eye(k)


ITEMS = arrays.arrays(
    np.float64, st.tuples(st.integers(4, 12), st.integers(2, 6)), elements=st.integers(0, 4)
)

# ---------------------------------------------------------------- against R


@pytest.mark.proves("scales.reliability", "alpha, psych 2.2.9, bfi (A24)")
def test_alpha_and_what_comes_with_it_are_those_of_psych(agree, agreeableness):
    found = agreeableness
    agree([found.n, found.n + found.incomplete], [A24["n"], 2800], rel=0)
    agree(found.alpha, A24["raw_alpha"])
    agree(found.alpha_standardised, A24["psych_std"])
    agree(found.mean_correlation, A24["mean_r"])
    agree(found.lambda6, A24["g6"])
    agree(found.item_rest, A24["r_drop"])
    agree(found.alpha_if_dropped, A24["alpha_if_dropped"])


@pytest.mark.proves("scales.reliability", "omega, psych 2.2.9, bfi (A24)")
def test_omega_and_its_loadings_are_those_of_psych(agree, agreeableness):
    # both stop a search, and psych's stops a little earlier
    agree(agreeableness.omega_standardised, A24["omega_total_std"], rel=1e-6)
    agree(agreeableness.loadings, A24["loadings_ml"], rel=1e-5)


@pytest.mark.proves("scales.reliability", "interval of alpha, psych 2.2.9, ICC(3,k) (A25)")
def test_the_interval_of_feldt_is_that_of_the_mean_of_the_same_raters(agree):
    found = scales.reliability(A25["data"])
    expected = A25["expected"]["ICC3k"]
    agree([found.alpha, found.low, found.high], [expected[k] for k in ("ICC", "lo", "hi")])


@pytest.mark.proves("scales.reliability", "omega, statsmodels Factor")
def test_the_loadings_are_those_of_statsmodels_where_it_converges(agree):
    from statsmodels.multivariate.factor import Factor

    rng = np.random.default_rng(3)
    for k in (3, 5, 8):
        loading = rng.uniform(0.3, 0.8, k)
        R = np.corrcoef((rng.normal(size=(400, 1)) * loading + rng.normal(size=(400, k))).T)
        theirs = Factor(None, n_factor=1, method="ml", corr=R, nobs=400).fit()
        ours, psi = one_factor(R)
        agree(ours, np.abs(theirs.loadings.ravel()), rel=2e-5)  # it stops its search earlier
        agree(psi, theirs.uniqueness, rel=2e-5)


@pytest.mark.proves("scales.cluster_reliability", "multilevel 2.7, popmis (A04)")
def test_icc1_and_icc2_are_those_of_the_package_multilevel(agree):
    table = pd.read_csv(HERE / "data" / "popmis.csv")
    for name in ("popular", "teachpop"):
        found, expected = (
            scales.cluster_reliability(table[name], table["school"]), A04[f"popmis_{name}"],
        )  # fmt: skip
        agree([found.clusters, found.n], [expected["k"], expected["N"]], rel=0)
        agree([found.n0, found.msb, found.msw], [expected[k] for k in ("n0", "msb", "msw")])
        agree([found.icc1, found.icc2], [expected["icc1"], expected["icc2"]])
        assert found.left_out == len(table) - expected["N"]
    # that package has the plain mean size where this has n0, a little smaller
    agree(found.icc1, A04["pkg_multilevel_ICC1"], rel=1e-4)
    agree(found.icc2, A04["pkg_multilevel_ICC2"])


@pytest.mark.proves("scales.cluster_reliabilities", "rows, one score at a time")
def test_several_scores_at_once_are_each_on_its_own(agree):
    table = pd.read_csv(HERE / "data" / "popmis.csv")
    both = scales.cluster_reliabilities(table[["popular", "teachpop"]], table["school"])
    for name, found in zip(("popular", "teachpop"), both, strict=True):
        alone = scales.cluster_reliability(table[name], table["school"])
        fields = ("icc1", "icc1_low", "icc1_high", "icc2", "icc2_low", "icc2_high", "p_value")
        agree([getattr(found, f) for f in fields], [getattr(alone, f) for f in fields], rel=0)
        assert found.scale == Text(name, name)
    assert len(both.table()) == 2


@pytest.mark.proves("scales.reliability_by", "rows, one group at a time")
def test_each_group_is_as_if_it_stood_alone(agree, bfi):
    waves = np.resize(["voor", "na"], len(bfi))
    groups = pd.DataFrame({"groep": np.resize([7.0, 7.0, 8.0, np.nan], len(bfi)), "wave": waves})
    found = scales.reliability_by(bfi, groups, reversed=["A1"], range=(1, 6), name="A")
    assert [each.group for each in found] == [None, "7 / na", "7 / voor", "8 / voor"]
    assert found.without_group == len(bfi) // 4
    for each in found:
        rows = np.ones(len(bfi), bool)
        if each.group:
            grade, wave = each.group.split(" / ")
            rows = ((groups["groep"] == float(grade)) & (groups["wave"] == wave)).to_numpy()
        alone = scales.reliability(bfi[rows], reversed=["A1"], range=(1, 6))
        for field in ("alpha", "low", "high", "omega", "lambda6", "split_half", "floor", "n"):
            agree(getattr(each, field), getattr(alone, field), rel=0)
    assert len(found.table()) == 4
    assert "Niet bij een groep: 700 lijsten" in found.explain()


@pytest.mark.proves("scales.floor_and_ceiling", "rows")
def test_floor_and_ceiling_are_shares_of_the_scores_that_there_are(agree):
    scores = [0, 0, 10, 4, 5, math.nan, 10, 10, 3, 2]
    found = scales.floor_and_ceiling(scores, (0, 10))
    agree([found.floor, found.ceiling, found.n, found.missing], [2 / 9, 3 / 9, 9, 1], rel=0)
    assert found.at_floor
    assert found.at_ceiling


# ---------------------------------------------------------------- theorems


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("r", [0.05, 0.4, 0.9])
def test_of_parallel_items_every_coefficient_is_that_of_spearman_and_brown(k, r):
    found = scales.reliability(with_covariance(parallel(k, r)))
    expected = k * r / (1 + (k - 1) * r)
    for value in (found.alpha, found.alpha_standardised, found.split_low, found.split_high):
        assert value == pytest.approx(expected, rel=1e-9)
    if k > 2:
        assert found.omega == pytest.approx(expected, rel=1e-5)
        assert found.loadings == pytest.approx([math.sqrt(r)] * k, rel=1e-4)


def test_omega_is_the_share_of_the_sum_that_one_factor_explains():
    loading, own = np.array([0.5, 1.0, 2.0, 0.8]), np.array([1.0, 0.5, 3.0, 0.2])
    S = np.outer(loading, loading) + np.diag(own)
    found = scales.reliability(with_covariance(S))
    assert found.omega == pytest.approx(loading.sum() ** 2 / S.sum(), rel=1e-6)
    sd = np.sqrt(np.diag(S))
    assert found.loadings == pytest.approx(loading / sd, rel=1e-5)
    flat = (loading / sd).sum() ** 2
    assert found.omega_standardised == pytest.approx(flat / (flat + (own / sd**2).sum()), rel=1e-6)
    assert found.alpha < found.omega  # the items are not alike


@settings(max_examples=60, deadline=None)
@given(ITEMS)
def test_alpha_is_the_icc_of_the_mean_of_the_items_with_its_interval(items):
    found = scales.reliability(items)
    other = scales.icc(items).form("ICC(3,k)")
    if found.alpha is None or other.value is None:
        assert found.limits
        return
    assert found.alpha == pytest.approx(other.value, rel=1e-9, abs=1e-9)
    if other.low is not None:
        assert found.low == pytest.approx(other.low, rel=1e-9, abs=1e-9)
        assert found.high == pytest.approx(other.high, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(ITEMS, st.integers(0, 2**32 - 1))
def test_nothing_is_missing_without_a_word_and_rows_may_come_in_any_order(items, seed):
    found = scales.reliability(items)
    order = np.random.default_rng(seed).permutation(len(items))
    again = scales.reliability(items[order])
    for field in ("alpha", "low", "high", "lambda6", "omega", "split_half", "alpha_standardised"):
        value, other = getattr(found, field), getattr(again, field)
        assert (value is None) == (other is None)
        if value is None:
            assert found.limits
        else:
            assert math.isfinite(value)
            if field != "omega":  # the likelihood may be flat
                assert value == pytest.approx(other, rel=1e-7, abs=1e-7)
    assert found.explain("nl")
    assert found.explain("en")


@settings(max_examples=30, deadline=None)
@given(ITEMS, st.floats(0.1, 10), st.integers(-5, 5))
def test_alpha_does_not_depend_on_the_unit_and_the_zero_of_the_answers(items, unit, zero):
    found, other = scales.reliability(items), scales.reliability(items * unit + zero)
    if found.alpha is not None and other.alpha is not None:
        assert found.alpha == pytest.approx(other.alpha, rel=1e-6, abs=1e-6)


def test_far_from_zero_all_digits_are_kept():
    x = np.round(with_covariance(parallel(4, 0.4)), 3)
    far = x + 1e8
    assert scales.reliability(far).alpha == pytest.approx(scales.reliability(x).alpha, rel=1e-6)
    classes = np.repeat(np.arange(8), 5)
    near = scales.cluster_reliability(x[:, 0], classes).icc1
    assert scales.cluster_reliability(far[:, 0], classes).icc1 == pytest.approx(near, rel=1e-6)
    assert scales.icc(far)[1].value == pytest.approx(scales.icc(x)[1].value, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(ITEMS)
def test_turning_every_item_changes_no_coefficient(items):
    table = pd.DataFrame(items).rename(columns=str)
    found = scales.reliability(table, range=(0, 4))
    other = scales.reliability(table, range=(0, 4), reversed=list(table))
    assert (found.floor, found.ceiling) == (other.ceiling, other.floor)
    if found.alpha is not None:
        assert found.alpha == pytest.approx(other.alpha, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6])
def test_split_half_goes_over_every_split_once(k):
    rng = np.random.default_rng(k)
    x = rng.normal(size=(50, 1)) + rng.normal(size=(50, k)) * rng.uniform(0.5, 2, k)
    seen = {}
    for first in combinations(range(k), k // 2):
        second = tuple(j for j in range(k) if j not in first)
        r = np.corrcoef(x[:, first].sum(axis=1), x[:, second].sum(axis=1))[0, 1]
        seen[frozenset([first, second])] = float(spearman_brown(np.array(r), (k // 2) / k))
    found = scales.reliability(x)
    assert found.splits == len(seen) == len(halves(k))
    values = list(seen.values())
    assert found.split_half == pytest.approx(np.mean(values))
    assert (found.split_low, found.split_high) == pytest.approx((min(values), max(values)))


def test_the_mean_of_rulons_coefficient_over_all_halves_is_alpha():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 1)) + rng.normal(size=(60, 6)) * rng.uniform(0.5, 2, 6)
    S = np.cov(x.T)
    M = halves(6)
    cross = np.einsum("si,ij,sj->s", M, S, 1 - M)
    assert np.mean(4 * cross / S.sum()) == pytest.approx(scales.reliability(x).alpha)


def test_the_classes_of_equal_size_have_the_exact_interval_of_shrout_and_fleiss():
    ratings = np.array(A25["data"])
    found = scales.cluster_reliability(ratings.ravel(), np.repeat(np.arange(6), 4))
    one, mean = A25["expected"]["ICC1"], A25["expected"]["ICC1k"]
    expected = [one["ICC"], one["lo"], one["hi"], mean["ICC"], mean["lo"], mean["hi"], one["p"]]
    seen = [found.icc1, found.icc1_low, found.icc1_high, found.icc2, found.icc2_low,
            found.icc2_high, found.p_value]  # fmt: skip
    np.testing.assert_allclose(seen, expected, rtol=1e-10)
    assert not found.limits


# ---------------------------------------------------------------- limits, each by name


def limits_of(found):
    return " ".join(limit.nl for limit in found.limits)


def test_one_item_two_pupils_and_no_spread_are_named():
    assert "één item" in limits_of(scales.reliability([[1], [2], [3]]))
    assert "Te weinig leerlingen" in limits_of(scales.reliability([[1, 2], [2, 3]]))
    assert "verschilt niet" in limits_of(scales.reliability([[1, 2, 3]] * 5))
    assert "verschilt niet" in limits_of(scales.reliability([[1, 2], [2, 1], [3, 0], [0, 3]]))
    empty = scales.reliability(np.full((5, 3), np.nan))
    assert (empty.n, empty.incomplete, empty.alpha) == (0, 5, None)
    assert "geen lijsten, dat is te weinig" in empty.explain()
    same = scales.reliability([[1, 2, 3]] * 10)
    assert "niet te berekenen" in same.explain()


def test_a_group_of_fewer_than_ten_has_no_figure_and_no_name_of_an_item_in_any_text():
    rng = np.random.default_rng(4)
    x = pd.DataFrame(rng.normal(size=(60, 1)) + rng.normal(size=(60, 3)), columns=list("abc"))
    x.loc[0:8, "a"] = 1.0
    groups = ["klein"] * 9 + ["groot <b>"] * 25 + ["niets"] * 0 + ["net"] * 10 + [None] * 16
    found = scales.reliability_by(x, groups, name="schaal")
    small = next(each for each in found if each.group == "klein")
    assert small.explain() == (
        "De betrouwbaarheid van schaal (klein): minder dan 10 lijsten, dat is te weinig om een"
        " getal te laten zien."
    )
    assert "fewer than 10 lists" in small.explain("en")
    assert small.alpha is not None
    assert "mag niet naar buiten" in limits_of(small)
    assert small._repr_html_().count("<table") == 0
    said, page = found.explain(), found._repr_html_()
    assert "Te weinig lijsten (minder dan 10): klein." in said
    assert "Per groep: groot <b> 0," in said
    assert "; net 0," in said
    assert "Niet bij een groep: 16 lijsten." in said
    rows = page.partition("<tbody>")[2].split("<tr>")
    (row,) = (row for row in rows if "klein" in row)
    assert not any(sign.isdigit() for sign in row.replace("minder dan 10", ""))
    assert "te weinig lijsten" in row
    assert "<b>" not in page
    assert len(rows) == 5


def test_groups_of_one_are_counted_and_not_named_for_they_may_be_pupils():
    x = pd.DataFrame(np.random.default_rng(1).normal(size=(20, 3)))
    found = scales.reliability_by(x, [f"leerling{i}" for i in range(20)])
    assert "(minder dan 10): 20 groepen." in found.explain()
    assert "En nog 20 groepen met te weinig lijsten." in found._repr_html_()
    assert "leerling1" not in found.explain() + found._repr_html_()


def test_rows_of_another_table_or_in_another_order_are_refused():
    x = pd.DataFrame(np.random.default_rng(1).normal(size=(20, 3)), columns=list("abc"))
    x["klas"] = ["x"] * 12 + ["y"] * 8
    items, klas = x[["a", "b", "c"]], x["klas"]
    assert (
        len(scales.reliability_by(items, klas)) == len(scales.reliability_by(items, [*klas])) == 3
    )
    for other in (klas[::-1], klas[::-1].to_frame(), klas.reset_index(drop=True)[::-1]):
        with pytest.raises(DataError, match="volgorde"):
            scales.reliability_by(items, other)
        with pytest.raises(DataError, match="volgorde"):
            scales.cluster_reliability(items["a"], other)
    with pytest.raises(DataError, match="volgorde"):
        scales.cluster_reliabilities(items, klas[::-1])
    with pytest.raises(DataError, match="klas"):
        scales.reliability_by(items, "klas")
    found = scales.reliability_by(items, np.c_[klas, klas])
    assert [each.group for each in found] == [None, "x / x", "y / y"]


def test_two_columns_of_one_name_are_refused_and_not_one_counted_twice():
    x = pd.DataFrame(np.random.default_rng(1).normal(size=(20, 3)), columns=["a", "a", "b"])
    for ask in (lambda: scales.reliability(x), lambda: scales.reliability_by(x, [1] * 20)):
        with pytest.raises(DataError, match="meer kolommen"):
            ask()


def test_an_item_on_which_all_agree_is_named_and_alpha_stands():
    x = np.column_stack([with_covariance(parallel(3, 0.5)), np.ones(40)])
    found = scales.reliability(pd.DataFrame(x, columns=list("abcd")))
    assert found.alpha == pytest.approx(4 / 3 * (1 - 3 / 6))
    assert found.omega is None
    assert found.lambda6 is None
    assert found.item_rest[3] is None
    assert "antwoord op: d" in limits_of(found)


def test_an_item_that_was_not_turned_is_named(bfi):
    found = scales.reliability(bfi)
    assert "in gaat: A1" in limits_of(found)
    assert found.item_rest[0] < 0
    turned = with_covariance(np.array([[1, -0.5], [-0.5, 1]]))
    assert "negatief" in limits_of(scales.reliability(turned))
    assert scales.reliability(turned).alpha < 0


def test_items_that_follow_from_each_other_leave_no_omega():
    x = with_covariance(parallel(3, 0.5))
    found = scales.reliability(np.column_stack([x, x[:, 0]]))
    assert found.omega is None
    assert "volgen geheel uit elkaar" in limits_of(found)
    many = np.random.default_rng(1).normal(size=(12, 12))
    assert "niet meer lijsten dan items" in limits_of(scales.reliability(many))
    assert scales.reliability(many[:, :9]).omega is not None


def test_a_heywood_case_is_said_and_its_loading_stays_below_one():
    S = np.array([[1, 0.9, 0.2], [0.9, 1, 0.1], [0.2, 0.1, 1]])
    found = scales.reliability(pd.DataFrame(with_covariance(S), columns=["a", "b", "c"]))
    assert found.heywood == ("a",)
    assert "Heywood" in limits_of(found)
    assert found.loadings[0] ** 2 == pytest.approx(1 - LEAST, abs=2e-3)
    assert 0 < found.omega < 1


def test_many_items_have_no_split_half_and_say_so():
    found = scales.reliability(with_covariance(parallel(21, 0.3)))
    assert found.split_half is None
    assert "21 items" in limits_of(found)


def test_classes_that_cannot_tell_are_named():
    def told(scores, classes):
        return limits_of(scales.cluster_reliability(scores, classes))

    assert "Te weinig klassen" in told([1, 2, 3], ["a"] * 3)
    assert "één leerling" in told([1, 2, 3], ["a", "b", "c"])
    assert "Alle scores zijn gelijk" in told([2, 2, 2, 2], ["a", "a", "b", "b"])
    assert "overal gelijk" in told([1, 3, 1, 3], ["a", "a", "b", "b"])
    assert "geen interval" in told([1, 1, 3, 3], ["a", "a", "b", "b"])
    assert "minder dan bij toeval" not in told([1, 2, 8, 9], ["a", "a", "b", "b"])
    below = scales.cluster_reliability([1, 9, 2, 9, 1, 8], list("aabbcc"))
    assert below.icc1 < 0
    assert "lees de ICC als 0" in limits_of(below)
    some = scales.cluster_reliability([1, 2, 8, 9, np.nan], ["a", "a", "b", "b", None])
    assert some.left_out == 1
    assert "Weggelaten" in some.explain()
    assert "minder dan 10 leerlingen, dat is te weinig" in some.explain()
    assert "ICC" not in some.explain()
    assert "mag niet naar buiten" in limits_of(some)
    assert "in 1 klas of school." in scales.cluster_reliability([1, 2] * 5, ["a"] * 10).explain()


# ---------------------------------------------------------------- after scoring


def test_a_scored_questionnaire_gives_its_reliability_with_reversed_items_turned(bfi):
    own = """
    key = "agree"
    name = "vriendelijkheid"
    informant = "self"
    validated = true
    source = "bfi"
    range = [1, 6]
    items = {pattern = "A#", numbers = [1, 5]}
    reversed = ["A1"]
    [licence]
    terms = "GPL"
    [subscales.agree]
    name = "vriendelijkheid"
    """
    scored = scales.score(bfi, scales.parse_instrument(own))
    (found,) = scored.reliability()
    assert found.alpha == pytest.approx(A24["raw_alpha"], rel=1e-8)
    assert "0,70 (alpha; 0,69 tot 0,72)" in found.explain()
    assert "2.709 lijsten" in found.explain()
    assert "2,709 lists" in found.explain("en")
    assert found.item_table()["item_rest"].tolist() == pytest.approx(A24["r_drop"])
    assert "alpha" in found._repr_html_()
    by = scored.reliability(by=np.resize(["x", "y"], len(bfi)))
    assert [each.group for each in by] == [None, "x", "y"]
    classes = scored.cluster_reliability(np.resize(np.arange(100), len(bfi)))
    assert classes[0].clusters == 100
    assert "ICC1" in classes.explain()
    assert "ICC2" in classes._repr_html_()
    assert "De laagste score: minder dan 10 leerlingen." in scored.extremes("agree").explain()
    assert "De hoogste score: 5 van de 100" in scored.extremes("agree").explain()


def test_too_little_room_is_said():
    found = scales.floor_and_ceiling([0] * 30 + [5] * 70, (0, 10))
    assert "De laagste score: 30 van de 100 leerlingen. De hoogste score: 0" in found.explain()
    assert "meer dan 15 van de 100 leerlingen hebben de laagste score" in found.explain()
    assert "30 of every 100" in found.explain("en")
    nearly_all = scales.floor_and_ceiling([5] * 38 + [1] * 2, (0, 5)).explain()
    assert "De hoogste score: alle leerlingen of bijna alle." in nearly_all
    assert "95" not in nearly_all
    assert "te weinig" in scales.floor_and_ceiling([0, 5, 5], (0, 5)).explain()
    assert scales.floor_and_ceiling([math.nan], (0, 1)).explain() == "Er zijn geen scores."
    assert found.to_dict()["n"] == 100


# ---------------------------------------------------------------- what cannot be asked


def test_what_cannot_be_asked_is_refused():
    x = pd.DataFrame({"a": [1, 2, 3], "b": [2, 2, 9]})
    with pytest.raises(DataError) as error:
        scales.reliability(x, range=(1, 6))
    assert [(f.column, f.rows, f.count) for f in error.value.faults] == [("b", (3,), 1)]
    for wrong in (
        lambda: scales.reliability(x, reversed=["a"]),
        lambda: scales.reliability(x, reversed=["c"], range=(1, 9)),
        lambda: scales.reliability(x, range=(6, 1)),
        lambda: scales.reliability(x, range=3),
        lambda: scales.reliability(x, level=95),
        lambda: scales.cluster_reliability([1, 2], [1, 2], level=0),
    ):
        with pytest.raises(PlanError):
            wrong()
    for wrong in (
        lambda: scales.reliability(pd.DataFrame({"a": ["x", "y"], "b": [1, 2]})),
        lambda: scales.reliability(pd.DataFrame({"a": pd.to_datetime(["2026-01-01"]), "b": [1]})),
        lambda: scales.reliability([1, 2, 3]),
        lambda: scales.reliability(pd.DataFrame(index=[1, 2])),
        lambda: scales.reliability([[1, np.inf], [2, 3]]),
        lambda: scales.reliability_by(x, [1, 2]),
        lambda: scales.floor_and_ceiling([11], (0, 10)),
        lambda: scales.cluster_reliability([1, 2], ["a"]),
    ):
        with pytest.raises(DataError):
            wrong()
