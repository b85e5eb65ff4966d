"""Gaps between groups, over the distribution, over cohorts and over a school career."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rows import on_rows
from scipy import special, stats

import academic_workplace as aw
from academic_workplace.cohorts.contrasts import Doubt, How, regress
from academic_workplace.cohorts.distribution import quantiles, standing, superiority, v_of
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text
from academic_workplace.report import gaps as words
from academic_workplace.report.cohorts.standardising import standardised_table
from academic_workplace.report.figures import over
from academic_workplace.report.gaps import gaps_table

HERE = Path(__file__).parent
R = json.loads((HERE / "reference/cohort_gaps.json").read_text())
A30, A31, A48 = (R[name]["expected"] for name in ("A30-quantile", "A31-gaps", "A48-gap-treatment"))
SMALL = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def bdf() -> pd.DataFrame:
    folder = HERE / "reference/data"
    one, two = pd.read_csv(folder / "bdf.csv"), pd.read_csv(folder / "bdf_schools.csv.gz")
    return one.assign(school=two.schoolNR, iq=two["IQ.ver.cen"], ses=two.ses)


@pytest.fixture(scope="module")
def star() -> pd.DataFrame:
    return pd.read_csv(HERE / "reference/data/star_kindergarten.csv.gz")


@pytest.fixture
def made() -> pd.DataFrame:
    """Two cohorts of 8 schools, three groups, a test, and steps of a career."""
    return make(np.random.default_rng(20261122))


def make(rng: np.random.Generator, n: int = 900) -> pd.DataFrame:
    school = rng.integers(0, 8, n)
    group = rng.choice(["high", "low", "middle"], n, p=[0.4, 0.3, 0.3])
    height = pd.Series(group).map({"high": 0.5, "middle": 0.0, "low": -0.5}).to_numpy()
    test = 5 * height + rng.normal(0, 3, n) + rng.normal(0, 1, 8)[school]
    advice = np.round(2 * (4 + test / 6 + 0.3 * height + rng.normal(0, 0.5, n))) / 2
    return pd.DataFrame({
        "school": [f"S{s}" for s in school],
        "cohort": rng.choice(["2021/22", "2022/23"], n),
        "parents": group,
        "test": test,
        "advice": advice,
        "year3": advice + rng.normal(0, 0.4, n) + 0.2 * height,
        "havo": (advice >= 4).astype(int),
    })  # fmt: skip


def asked(table: pd.DataFrame, **more: object) -> aw.cohorts.Gaps:
    settings: dict[str, object] = {
        "outcome": "advice", "group": "parents", "reference": "high", "school": "school",
        "draws": 99,
    }  # fmt: skip
    return aw.cohorts.gap(table, **(settings | more))


def of(gaps: aw.cohorts.Gaps, group: str, at: str = "") -> aw.cohorts.Gap:
    return next(gap for gap in gaps if (gap.group, gap.at) == (group, at))


# ---------------------------------------------------------------- references


@pytest.mark.proves("cohorts.gap", "R, clubSandwich 0.5.8, bdf (A31)")
def test_gaps_by_background_are_those_of_r(bdf, agree):
    (gap,) = aw.cohorts.gap(
        bdf, outcome="langPOST", group="Minority", reference="N", school="school",
        given=("iq", "ses"),
    )  # fmt: skip
    minority, share = A31["minority"], A31["below_p25_share"]
    agree([gap.mean, gap.mean_reference], [minority["mean1"], minority["mean0"]])
    agree([gap.raw.value, gap.raw.se], [A31["raw_gap"]["est"], A31["raw_gap"]["se_CR2"]])
    agree(gap.raw.value / gap.sd, minority["d"])
    agree(gap.g.value, minority["g"])
    agree([gap.superiority.value, gap.V.value], [minority["auc"], minority["V"]])
    adjusted = A31["adjusted_gap"]
    agree([gap.adjusted.value, gap.adjusted.se], [adjusted["est"], adjusted["se_CR2"]])
    agree([gap.bottom_share, gap.bottom_share_reference], [share["minority"], share["majority"]])
    agree(gap.bottom.value, share["minority"] - share["majority"])


@pytest.mark.proves("cohorts.gap", "R, quarters of socio-economic status, bdf (A31)")
def test_gaps_between_quarters_are_those_of_r(bdf, agree):
    cut = np.quantile(bdf.ses, [0.25, 0.75])
    agree(cut, list(A31["ses_quartile_cut"].values()))
    half = np.where(bdf.ses >= cut[1], "top", np.where(bdf.ses <= cut[0], "bottom", None))
    (gap,) = aw.cohorts.gap(
        bdf.assign(half=half), outcome="langPOST", group="half", reference="bottom", school="school"
    )
    r = A31["ses"]
    found = [gap.pupils, gap.pupils_reference, gap.mean, gap.mean_reference, gap.raw.value / gap.sd,
             gap.g.value, gap.superiority.value, gap.V.value]  # fmt: skip
    agree(found, [r[k] for k in ("n1", "n0", "mean1", "mean0", "d", "g", "auc", "V")])


@pytest.mark.proves("cohorts.gap", "quantreg 5.94, STAR (A30)")
def test_quantile_gaps_are_those_of_quantile_regression(star, agree):
    (gap,) = aw.cohorts.gap(star, outcome="score", group="stark", reference="regular", draws=99)
    # quantile regression has more than one answer on whole scores: the reference itself allows 1
    agree([e.value for e in gap.quantiles.values()], list(A30.values()), rel=0, abs=1)


@pytest.mark.proves("cohorts.gap", "statsmodels 0.15.0 QuantReg")
def test_quantile_gaps_are_those_of_statsmodels(agree):
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    member = np.repeat([0, 1], [2001, 2001])  # h = 2000 tau is whole: one answer, one definition
    y = rng.normal(size=4002) * (1 + member) + member
    table = pd.DataFrame({"y": y, "g": member})
    (gap,) = aw.cohorts.gap(table, outcome="y", group="g", reference=0, draws=99)
    for level, found in gap.quantiles.items():
        fit = sm.QuantReg(y, sm.add_constant(member.astype(float))).fit(q=level, max_iter=5000)
        agree(found.value, fit.params[1], rel=1e-3)  # it stops its iterations at 1e-6 of the slopes


@pytest.mark.proves("cohorts.gap", "clubSandwich 0.5.8, gap by treatment, STAR (A48)")
def test_the_gap_by_treatment_is_that_of_r(star, agree):
    table = star[star.ethnicity.isin(["afam", "cauc"])]
    gaps = aw.cohorts.gap(
        table, outcome="score", group="ethnicity", reference="cauc", treatment="stark",
        since="regular", school="schoolidk", draws=99,
    )  # fmt: skip
    (change,) = gaps.changes
    assert gaps.pupils == A48["n"]
    last = [A48[k][3] for k in ("se", "df", "p")]
    agree(change.raw.value, A48["est"]["small:black"])
    agree([change.raw.se, change.raw.df, change.raw.p_value], last)
    agree(of(gaps, "afam", "small").raw.value, A48["gap_small"])
    agree(of(gaps, "afam", "regular").raw.value, A48["gap_regular"])


@pytest.mark.proves("cohorts.gap", "rows")
def test_adjusted_gaps_and_changes_are_those_of_regressions_on_rows(made, agree):
    made = made[:350]  # matrices as large as the pupils
    gaps = asked(made, given=("test",), cohort="cohort")
    pair = made[made.parents.isin(["high", "low"])].assign(
        member=lambda t: (t.parents == "low") * 1.0,
        later=lambda t: (t.cohort == "2022/23") * 1.0,
        both=lambda t: t.member * t.later,
    )
    one = pair[pair.later == 1]
    r = on_rows(one, "advice", ["member", "test"], "school")
    found = of(gaps, "low", "2022/23").adjusted
    agree([found.value, found.se, found.df],
          [r.beta[0], math.sqrt(r.variance["CR2"][0, 0]), r.df["CR2"][0]])  # fmt: skip
    r = on_rows(pair, "advice", ["both", "member", "later", "test"], "school")
    found = next(c for c in gaps.changes if c.group == "low").adjusted
    agree([found.value, found.se, found.df],
          [r.beta[0], math.sqrt(r.variance["CR2"][0, 0]), r.df["CR2"][0]])  # fmt: skip


def test_the_variance_of_the_superiority_is_that_of_ranks_on_rows(made):
    made = made[:300]
    y = made.advice.to_numpy()
    member = (made.parents == "low").to_numpy()
    school = pd.factorize(made.school)[0]
    pairs = (y[member][:, None] > y[~member]) + 0.5 * (y[member][:, None] == y[~member])
    z = np.empty(len(y))
    z[member], z[~member] = pairs.mean(axis=1), -pairs.mean(axis=0)
    r = on_rows(made.assign(z=z, m=member * 1.0), "z", ["m"], "school")
    found = superiority(y, member, school, None)
    assert found.value == pytest.approx(pairs.mean())
    assert found.se == pytest.approx(math.sqrt(r.variance["CR2"][0, 0]))


def test_independent_pupils_have_the_standard_errors_of_welch_and_of_brunner_and_munzel(made):
    gap = of(asked(made, school=None), "low")
    a, b = (made.advice[made.parents == g] for g in ("low", "high"))
    assert gap.raw.se == pytest.approx(math.sqrt(a.var() / len(a) + b.var() / len(b)))
    assert gap.superiority.se == pytest.approx(aw.sizes.superiority_by_ranks(a, b).se)
    assert gap.g.value == pytest.approx(aw.sizes.hedges_g(a, b).g)
    assert Doubt.INDEPENDENT in gap.doubts
    assert gap.raw.how is How.PUPILS
    assert gap.u3.how is How.DRAWN_PUPILS


def test_the_interval_of_g_knows_that_its_divisor_is_estimated_too(made):
    pair = made[made.parents != "middle"]
    rest = pair.advice - pair.groupby("parents").advice.transform("mean")
    counts = pd.crosstab(pair.school, pair.parents).to_numpy(float)
    between = (rest.groupby(pair.school).sum() ** 2 / pair.groupby("school").size()).sum()
    whole = (rest**2).sum()
    spread = aw.sizes.total_spread(counts, whole - between, between, len(counts) + 1)
    for gap, df in ((of(asked(made), "low"), spread.df),
                    (of(asked(made, school=None), "low"), len(pair) - 2)):  # fmt: skip
        J = aw.sizes.small_sample_factor(len(pair) - 2)
        expected = math.hypot(J * gap.raw.se / gap.sd, gap.g.value / math.sqrt(2 * df))
        assert gap.g.se == pytest.approx(expected, rel=1e-12)
        assert gap.g.high - gap.g.low > J * (gap.raw.high - gap.raw.low) / gap.sd
    assert spread.df < len(pair) - 12


def test_the_lowest_quarter_is_that_of_all_pupils(made):
    gap = of(asked(made, outcome="test"), "low")
    low = made.test < np.quantile(made.test, 0.25)
    share = low.groupby(made.parents).mean()
    assert (gap.bottom_share, gap.bottom_share_reference) == pytest.approx(
        (share["low"], share["high"])
    )


def test_an_outcome_of_yes_and_no_gives_differences_of_shares(made):
    gap = of(asked(made, outcome="havo"), "low")
    share = made.groupby("parents").havo.mean()
    assert gap.raw.value == pytest.approx(share["low"] - share["high"])
    assert gap.V is None
    assert not gap.quantiles


# ---------------------------------------------------------------- theorems


def test_swapping_the_groups_changes_the_sign(made):
    two = made[made.parents != "middle"]
    there, back = asked(two)[0], asked(two, reference="low")[0]
    for name in ("raw", "g", "V"):
        one, other = getattr(there, name), getattr(back, name)
        assert (one.value, one.low, one.high) == pytest.approx(
            (-other.value, -other.high, -other.low)
        )
    assert there.superiority.value == pytest.approx(1 - back.superiority.value)
    assert [e.value for e in there.quantiles.values()] == pytest.approx(
        [-e.value for e in back.quantiles.values()]
    )


def test_another_unit_of_the_outcome_changes_only_what_has_that_unit(made):
    there = of(asked(made), "low")
    back = of(asked(made.assign(advice=3 * made.advice - 7)), "low")
    assert back.raw.value == pytest.approx(3 * there.raw.value)
    assert back.raw.high == pytest.approx(3 * there.raw.high)
    for name in ("g", "V", "superiority", "u3", "bottom"):
        one, other = getattr(there, name), getattr(back, name)
        assert (one.value, one.low) == pytest.approx((other.value, other.low))
    assert back.quantiles[0.9].low == pytest.approx(3 * there.quantiles[0.9].low)


def test_ranks_do_not_change_when_the_scale_is_bent(made):
    there, back = of(asked(made), "low"), of(asked(made.assign(advice=np.exp(made.advice))), "low")
    assert back.V == there.V
    assert back.superiority == there.superiority
    assert back.g.value != pytest.approx(there.g.value)


def test_the_order_of_the_rows_does_not_matter(made):
    there, back = asked(made, given=("test",)), asked(
        made.sample(frac=1, random_state=1), given=("test",)
    )  # fmt: skip
    a, b = there.table(), back.table()
    pd.testing.assert_frame_equal(a, b, rtol=1e-9)


@pytest.mark.parametrize("apart", [0.0, 0.8, 1.6, 5.0])
def test_no_share_of_ranks_tells_of_fewer_than_ten_pupils_or_of_a_whole_group(apart):
    """A share times the pupils it is of is a count: 10 % of 30 pupils are three of them."""
    rng = np.random.default_rng(2)
    given = 0
    for n1, n0 in ((12, 30), (40, 60), (15, 15), (200, 150)):
        table = pd.DataFrame({
            "group": np.repeat(["low", "high"], [n1, n0]),
            "score": rng.normal(np.repeat([-apart, 0.0], [n1, n0])),
        })  # fmt: skip
        gap = of(aw.cohorts.gap(table, outcome="score", group="group", reference="high", draws=99),
                 "low")  # fmt: skip
        told = [] if gap.u3 is None else [(gap.u3.value, n0)]
        if gap.bottom is not None:
            told += [(gap.bottom_share, n1), (gap.bottom_share_reference, n0)]
        given += len(told)
        assert all(min(share * n, (1 - share) * n) > 9.5 for share, n in told)
    assert given >= (1 if apart < 1 else 0)


def test_a_seed_gives_the_same_draws_and_another_seed_does_not(made):
    first, again, other = (of(asked(made, seed=s), "low").u3 for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_other_groups_do_not_change_a_gap(made):
    there, back = of(asked(made), "low"), of(asked(made[made.parents != "middle"]), "low")
    assert there.raw == back.raw
    assert there.quantiles == back.quantiles


def test_a_cohort_alone_has_the_gaps_it_has_among_others(made):
    alone = of(asked(made[made.cohort == "2021/22"]), "low")
    among = of(asked(made, cohort="cohort"), "low", "2021/22")
    assert (alone.raw, alone.V, alone.bottom) == (among.raw, among.V, among.bottom)


def test_a_change_is_the_difference_of_two_gaps_and_turns_with_the_cohorts(made):
    gaps = asked(made, cohort="cohort")
    change = next(c for c in gaps.changes if c.group == "low")
    now, then = of(gaps, "low", "2022/23"), of(gaps, "low", "2021/22")
    assert change.raw.value == pytest.approx(now.raw.value - then.raw.value)
    turned = next(
        c for c in asked(made, cohort="cohort", since="2022/23").changes if c.group == "low"
    )
    assert turned.raw.value == pytest.approx(-change.raw.value)
    assert turned.raw.se == pytest.approx(change.raw.se)


def test_a_weight_of_two_is_a_pupil_who_stands_twice(made):
    made["w"] = 1.0 + (made.index % 3 == 0)
    twice = made.loc[made.index.repeat(made.w.astype(int))]
    one, other = of(asked(made, weights="w"), "low"), of(asked(twice), "low")
    for name in ("raw", "V", "superiority", "bottom"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value)


def test_weights_that_are_alike_change_nothing(made):
    one, other = (
        of(asked(made.assign(w=7.0), outcome="test", weights=w), "low") for w in ("w", None)
    )
    for name in ("raw", "g", "V", "u3", "bottom"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a.value, a.se, a.low) == pytest.approx((b.value, b.se, b.low))
    for level in (0.1, 0.25):
        a, b = one.quantiles[level], other.quantiles[level]
        assert (a.value, a.low) == pytest.approx((b.value, b.low))


@SMALL
@given(st.floats(0.01, 0.99))
def test_v_is_root_two_times_the_normal_quantile(auc):
    assert v_of(auc) == pytest.approx(math.sqrt(2) * stats.norm.ppf(auc), rel=1e-9, abs=1e-12)
    assert v_of(auc) == pytest.approx(-v_of(1 - auc), abs=1e-12)


def test_v_of_two_normal_distributions_is_the_distance_between_them():
    q = special.ndtri((np.arange(4000) + 0.5) / 4000)
    y, member = np.append(q, q + 0.7), np.repeat([False, True], 4000)
    assert v_of(superiority(y, member, None, None).value) == pytest.approx(0.7, abs=1e-4)


@SMALL
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 4)), min_size=1, max_size=12),
    st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]),
)
def test_quantiles_of_masses_are_numpys_of_the_pupils_themselves(pairs, level):
    pairs = sorted(pairs)
    values, n = (np.array(x, dtype=float) for x in zip(*pairs, strict=True))
    rows = np.repeat(values, n.astype(int))
    found = quantiles(values, n[None], np.array([level]))[0, 0]
    assert found == pytest.approx(np.quantile(rows, level))


@SMALL
@given(st.lists(st.integers(0, 5), min_size=1, max_size=9),
       st.lists(st.integers(0, 5), min_size=1, max_size=9))  # fmt: skip
def test_the_standing_is_counted_pair_by_pair(y, others):
    a, b = np.array(y, dtype=float), np.array(others, dtype=float)
    pairs = (b < a[:, None]) + 0.5 * (b == a[:, None])
    assert standing(a, b, None) == pytest.approx(pairs.mean(axis=1))


def test_the_bootstrap_of_the_median_knows_its_standard_error():
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"y": rng.normal(size=4000), "g": np.repeat([0, 1], 2000)})
    (gap,) = aw.cohorts.gap(table, outcome="y", group="g", reference=0, quantiles=(0.5,))
    assert gap.quantiles[0.5].se == pytest.approx(math.sqrt(2 * math.pi / 2 / 2000), rel=0.15)


def test_whole_schools_drawn_are_less_sure_than_pupils_when_schools_differ():
    rng = np.random.default_rng(4)
    school = np.repeat(np.arange(40), 25)
    g = (rng.random(1000) < np.where(school < 20, 0.2, 0.8)).astype(int)
    y = rng.normal(size=1000) + 2 * rng.normal(size=40)[school]
    table = pd.DataFrame({"y": y, "g": g, "school": school})
    by, alone = (
        aw.cohorts.gap(table, outcome="y", group="g", reference=0, school=s, quantiles=(0.5,))[0]
        for s in ("school", None)
    )
    assert by.quantiles[0.5].se > 2 * alone.quantiles[0.5].se
    assert by.quantiles[0.5].value == alone.quantiles[0.5].value


# ---------------------------------------------------------------- ordered counts


@pytest.mark.proves("cohorts.ordered_gap", "two levels in closed form")
def test_two_levels_have_the_v_of_two_normal_quantiles(agree):
    found = aw.cohorts.ordered_gap([30, 70], [80, 120])
    c1, c0 = special.ndtri(0.3), special.ndtri(0.4)
    agree(found.V.value, c0 - c1, rel=1e-6)  # a search for the maximum
    variance = sum(
        p * (1 - p) / n / stats.norm.pdf(z) ** 2 for p, n, z in ((0.3, 100, c1), (0.4, 200, c0))
    )
    agree(found.V.se, math.sqrt(variance), rel=1e-5)


@pytest.mark.proves("cohorts.ordered_gap", "three levels in closed form")
def test_three_levels_have_the_line_through_both_points(agree):
    found = aw.cohorts.ordered_gap([20, 30, 50], [5, 20, 50])
    z1, z0 = special.ndtri([0.2, 0.5]), special.ndtri(np.cumsum([5, 20]) / 75)
    sd = (z0[1] - z0[0]) / (z1[1] - z1[0])
    m = z0[0] - sd * z1[0]
    agree(found.V.value, m * math.sqrt(2 / (1 + sd**2)), rel=1e-6)  # a search for the maximum
    agree(found.sd, sd, rel=1e-6)


def test_the_cuts_of_two_normal_distributions_give_back_their_gap():
    cuts = np.array([-1.2, -0.3, 0.4, 1.1, 1.9])
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    share = [np.diff(stats.norm.cdf(edges, m, s)) for m, s in ((0.5, 1.4), (0, 1))]
    a, b = (np.round(1e7 * p) for p in share)
    found = aw.cohorts.ordered_gap(a, b)
    assert found.V.value == pytest.approx(0.5 * math.sqrt(2 / (1 + 1.4**2)), rel=1e-4)
    assert found.sd == pytest.approx(1.4, rel=1e-4)
    assert found.V_steps < found.V.value  # ties shrink it


def test_swapping_ordered_groups_changes_the_sign_of_v():
    a, b = [3, 12, 30, 22], [10, 25, 20, 8]
    there, back = aw.cohorts.ordered_gap(a, b), aw.cohorts.ordered_gap(b, a)
    assert there.V.value == pytest.approx(-back.V.value, rel=1e-5)
    assert there.V.se == pytest.approx(back.V.se, rel=1e-3)
    assert there.auc == pytest.approx(1 - back.auc)


def test_an_ordered_gap_counts_pairs():
    a, b = [3, 12, 30], [10, 25, 20]
    rows = [np.repeat(np.arange(3.0), x) for x in (a, b)]
    expected = aw.sizes.superiority_by_ranks(*rows).value
    assert aw.cohorts.ordered_gap(a, b).auc == pytest.approx(expected)


@pytest.mark.parametrize(
    ("counts", "reference"),
    [([1, 2], [1, 2, 3]), ([1.5, 2], [1, 2]), ([0, 0], [1, 2]), ([-1, 2], [1, 2]), ([3], [4])],
)
def test_counts_that_cannot_be_are_refused(counts, reference):
    with pytest.raises(aw.DataError):
        aw.cohorts.ordered_gap(counts, reference)


RANGE = st.tuples(st.integers(0, 5), st.integers(0, 3)).map(lambda x: (x[0], x[0] + x[1]))


@SMALL
@example([(0, 0), (0, 1), (0, 0)], [(0, 0), (2, 2), (1, 1)])  # one answer, but for rounding
@given(st.lists(RANGE, min_size=3, max_size=3), st.lists(RANGE, min_size=3, max_size=3))
def test_the_bounds_of_v_are_those_of_every_completion(a, b):
    assert_bounds_of_v(a, b)


def assert_bounds_of_v(a, b):
    fillings = [
        [np.array(x) for x in itertools.product(*(range(low, high + 1) for low, high in each))]
        for each in (a, b)
    ]
    found = [
        x @ (np.cumsum(y) - y / 2) / (x.sum() * y.sum())
        for x in fillings[0]
        for y in fillings[1]
        if x.sum() and y.sum()
    ]
    sides = [Bounds(*np.array(each, dtype=float).T) for each in (a, b)]
    if not found:
        with pytest.raises(aw.DataError):
            aw.cohorts.ordered_bounds(*sides)
        return
    auc, V = aw.cohorts.ordered_bounds(*sides)
    assert (auc.low, auc.high) == pytest.approx((min(found), max(found)))
    assert V.low <= V.high


@pytest.mark.proves("cohorts.ordered_bounds", "every completion of small tables")
def test_a_published_total_narrows_the_bounds_of_v(agree):
    low, high, total = [0, 2, 5, 1], [4, 2, 8, 4], 13
    b = Bounds([6.0, 1, 1, 3], [6.0, 4, 4, 3])
    ways = [
        x for x in itertools.product(*(range(p, q + 1) for p, q in zip(low, high, strict=True)))
        if sum(x) == total
    ]  # fmt: skip
    found = [
        np.array(x) @ (np.cumsum(y) - y / 2) / (total * y.sum())
        for x in ways
        for y in (np.array([6, p, q, 3]) for p in range(1, 5) for q in range(1, 5))
    ]
    a = Bounds(np.array(low, dtype=float), np.array(high, dtype=float))
    auc, _ = aw.cohorts.ordered_bounds(a, b, total=Bounds(total))
    agree([auc.low, auc.high], [min(found), max(found)])
    with pytest.raises(aw.DataError, match="totaal"):
        aw.cohorts.ordered_bounds(a, b, total=Bounds(40))


@pytest.mark.proves("cohorts.share_gap", "every completion of small tables")
def test_the_gap_between_shares_has_the_bounds_of_every_completion(agree):
    rng = np.random.default_rng(8)
    for _ in range(25):
        sides, shares = [], []
        for _ in range(2):
            low = rng.integers(0, 4, (2, 2))
            high = low + rng.integers(0, 4, (2, 2))
            truth = rng.integers(low, high + 1)
            whole = truth.sum(axis=0)
            known = rng.random(2) < 0.5
            total = Bounds(np.where(known, whole, low.sum(axis=0)),
                           np.where(known, whole, high.sum(axis=0)))  # fmt: skip
            ways = [
                np.array(w).reshape(2, 2)
                for w in itertools.product(
                    *(range(p, q + 1) for p, q in zip(low.ravel(), high.ravel(), strict=True))
                )
            ]
            share = [
                w[0].sum() / w.sum()
                for w in ways
                if w.sum()
                and np.all(w.sum(axis=0) >= total.low)
                and np.all(w.sum(axis=0) <= total.high)
            ]
            sides.append((Bounds(low[0], high[0]), Bounds(low[1], high[1]), total))
            shares.append(share)
        if not all(shares):
            continue
        (x1, y1, t1), (x0, y0, t0) = sides
        found = aw.cohorts.share_gap(x1, y1, x0, y0, total=t1, total_reference=t0)
        ends = [min(shares[0]) - max(shares[1]), max(shares[0]) - min(shares[1])]
        agree([found.gap.low, found.gap.high], ends, abs=1e-12)
        agree([found.share.low, found.share.high], [min(shares[0]), max(shares[0])])


def test_a_share_of_impossible_counts_is_refused():
    good, bad = Bounds([1.0], [4.0]), Bounds([-1.0], [4.0])
    with pytest.raises(aw.DataError, match="onder 0"):
        aw.cohorts.share_gap(bad, good, good, good)
    with pytest.raises(aw.DataError, match="totaal"):
        aw.cohorts.share_gap(good, good, good, good, total=Bounds([20.0]))
    with pytest.raises(aw.DataError, match="niemand"):
        aw.cohorts.share_gap(Bounds([0.0]), Bounds([0.0]), good, good)


# ---------------------------------------------------------------- a school career


def career(table: pd.DataFrame, **more: object) -> aw.cohorts.Career:
    settings: dict[str, object] = {
        "steps": ("advice", "year3"), "group": "parents", "of": "low", "reference": "high",
        "school": "school",
    }  # fmt: skip
    return aw.cohorts.cumulative_gap(table, **(settings | more))


@pytest.mark.proves("cohorts.cumulative_gap", "rows")
def test_steps_are_gaps_and_the_change_is_that_of_the_same_pupils(made, agree):
    made = made[:350].assign(year3=made.year3.where(made.index % 5 > 0))
    first, last = career(made)
    two = made[made.parents != "middle"]
    known = two[two.year3.notna()]
    for step, table, column in ((first, two, "advice"), (last, known, "year3")):
        r = on_rows(table.assign(m=(table.parents == "low") * 1.0), column, ["m"], "school")
        agree([step.known.raw.value, step.known.raw.se],
              [r.beta[0], math.sqrt(r.variance["CR2"][0, 0])])  # fmt: skip
    assert (first.pupils, last.pupils, last.of_start) == (len(two), len(known), len(two))
    sd = [
        math.sqrt(known.groupby("parents")[c].transform(lambda x: x - x.mean()).pow(2).sum()
                  / (len(known) - 2))
        for c in ("advice", "year3")
    ]  # fmt: skip
    z = known.assign(z=known.year3 / sd[1] - known.advice / sd[0], m=(known.parents == "low") * 1.0)
    r = on_rows(z, "z", ["m"], "school")
    agree([last.change.value, last.change.se, last.change.df],
          [r.beta[0], math.sqrt(r.variance["CR2"][0, 0]), r.df["CR2"][0]])  # fmt: skip
    d = [s.same.raw.value / s.same.sd for s in (first, last)]
    agree(last.change.value, d[1] - d[0])
    assert first.change is None


def test_a_young_cohort_has_no_gap_where_it_has_not_come(made):
    made.loc[made.cohort == "2022/23", "year3"] = np.nan
    found = career(made, cohort="cohort")
    assert [s.known is None for s in found] == [False, False, False, True]
    assert found[2].same is not None  # among those of whom all steps it has come to are known
    assert found[3].pupils is None
    assert "nog niet bekend in 2022/23: ‘year3’" in found.explain("nl")
    assert len(found.table()) == 4


def test_steps_that_cannot_be_are_refused(made):
    with pytest.raises(aw.PlanError, match="twee of meer"):
        career(made, steps=("advice",))
    with pytest.raises(aw.PlanError, match="‘nobody’"):
        career(made, of="nobody")
    with pytest.raises(aw.PlanError):
        career(made, of="high")
    with pytest.raises(aw.DataError, match="voor iedereen gelijk"):
        career(made.assign(year3=1.0))


def test_a_diploma_stands_beside_a_score_in_standard_deviations(made):
    last = career(made, steps=("advice", "havo"))[1]
    assert last.known.V is None
    assert last.known.g.value == pytest.approx(last.known.raw.value / last.known.sd, rel=0.01)


# ---------------------------------------------------------------- bad input and disclosure


def faults(raised: pytest.ExceptionInfo[aw.WorkplaceError]) -> list[str]:
    return [fault.column for fault in raised.value.faults]


def test_every_fault_is_named_at_once_in_both_languages(made):
    with pytest.raises(aw.PlanError) as raised:
        asked(made, outcome="advies", school="scholl", given=("tset",))
    assert faults(raised) == ["outcome", "school", "given[0]"]
    assert "‘school’" in raised.value.explain("nl")
    assert "Do you mean ‘test’" in raised.value.explain("en")
    made["odd"] = made.advice.astype(object)
    made.loc[3, "odd"] = "havo"
    with pytest.raises(aw.DataError) as raised:
        asked(made.assign(w=-1.0), outcome="odd", weights="w")
    assert faults(raised) == ["odd", "w"]
    assert "to_number" in raised.value.explain("en")


def test_an_unknown_reference_names_the_groups_there_are(made):
    with pytest.raises(aw.PlanError, match="‘high’"):
        asked(made, reference="hihg")


def test_a_group_without_pupils_in_a_cohort_is_named(made):
    gone = made[(made.parents != "low") | (made.cohort != "2022/23")]
    with pytest.raises(aw.DataError, match=r"‘low’ heeft geen leerlingen .* in ‘2022/23’"):
        asked(gone, cohort="cohort")


def test_a_constant_outcome_one_group_and_odd_options_are_refused(made):
    with pytest.raises(aw.DataError, match="voor iedereen gelijk"):
        asked(made.assign(advice=4.0))
    with pytest.raises(aw.DataError, match="maar één groep"):
        asked(made.assign(parents="high"))
    with pytest.raises(aw.PlanError) as raised:
        asked(made, draws=5, seed=-1)
    assert faults(raised) == ["draws", "seed"]
    with pytest.raises(aw.PlanError, match="kwantiel"):
        asked(made, quantiles=(0.5, 1.0))
    with pytest.raises(aw.PlanError, match="twee keer"):
        asked(pd.concat([made, made[["advice"]]], axis=1))
    with pytest.raises(aw.PlanError, match="niet allebei"):
        asked(made, cohort="cohort", treatment="cohort")
    with pytest.raises(aw.PlanError, match="geen tabel"):
        asked([1, 2])


def test_fewer_than_ten_pupils_are_withheld_and_counted_nowhere(made):
    few = (made.parents == "low") & (made.cohort == "2022/23")
    table = made[~few | (few.cumsum() <= 9)]
    gaps = asked(table, cohort="cohort", given=("test",))
    gap = of(gaps, "low", "2022/23")
    assert gap.withheld
    assert gap.pupils is None
    assert not list(gap.measures())
    row = gaps.table().query("group == 'low' and at == '2022/23'")
    assert len(row) == 1
    assert row.value.isna().all()
    assert row.pupils.isna().all()
    assert [c.group for c in gaps.changes] == ["middle"]
    for language, told in (("nl", "tonen we niets"), ("en", "nothing is shown")):
        assert told in gaps.explain(language)
        picture = over.alternative(words.gaps_over(gaps, language), language)
        assert {"nl": "niet getoond", "en": "not shown"}[language] in picture
    ten = made[~few | (few.cumsum() <= 10)]
    assert not of(asked(ten, cohort="cohort"), "low", "2022/23").withheld


@pytest.mark.parametrize(("n", "shown"), [(12, ()), (24, (0.5,)), (40, (0.25, 0.5, 0.75)),
                                          (100, (0.1, 0.25, 0.5, 0.75, 0.9))])  # fmt: skip
def test_a_quantile_leaves_when_ten_pupils_lie_on_either_side_of_it(n, shown):
    rng = np.random.default_rng(n)
    table = pd.DataFrame({"g": np.repeat(["a", "b"], [300, n]), "y": rng.normal(size=300 + n)})
    found = aw.cohorts.gap(table, outcome="y", group="g", reference="a", draws=99)
    assert tuple(found[0].quantiles) == shown
    assert set(found[0].levels_withheld) == {0.1, 0.25, 0.5, 0.75, 0.9} - set(shown)
    for language, word in (("nl", "niet getoond"), ("en", "not shown")):
        rows = gaps_table(found, language).rows
        assert sum(word in row for row in rows) == len(found[0].levels_withheld)
        assert ("10 leerlingen onder of boven" in gaps_table(found, "nl").note) == (n < 100)
    assert set(found.table()["level"].dropna()) == set(shown)


def test_many_pupils_with_one_score_tell_of_nobody():
    """Of 40 pupils 15 have the lowest score: the lowest tenth is theirs, and not one pupil's."""
    rng = np.random.default_rng(1)
    y = np.concatenate([rng.normal(size=300), np.repeat([-1.0, 0.5, 1.0], [15, 10, 15])])
    table = pd.DataFrame({"g": np.repeat(["a", "b"], [300, 40]), "y": y})
    (found,) = aw.cohorts.gap(table, outcome="y", group="g", reference="a", draws=99)
    assert not found.levels_withheld


def test_a_share_sentence_adds_up_or_says_about():
    """30.4 and 84.6 read 30 and 85, and differ by 54: about, as 85 less 30 is 55."""
    n = 500
    y = np.r_[np.arange(n) < 423, np.arange(n) < 152].astype(int)
    table = pd.DataFrame({"g": np.repeat(["a", "b"], n), "y": y})
    found = aw.cohorts.gap(table, outcome="y", group="g", reference="a")
    assert "voor 30. In de groep ‘a’ is dat 85: ongeveer 54 " in found.explain("nl")
    assert "85: about 54 " in found.explain("en")
    table["y"] = np.r_[np.arange(n) < 400, np.arange(n) < 200].astype(int)
    even = aw.cohorts.gap(table, outcome="y", group="g", reference="a").explain("nl")
    assert "is dat 80: 40 " in even


@pytest.mark.parametrize("none", [0, 4, 60])
def test_the_words_do_not_say_few_where_it_may_be_all_or_nobody(none):
    """Nobody, a few or all of a group: the words are the same, and hold for each."""
    table = pd.DataFrame({"g": np.repeat(["a", "b"], [100, 60]),
                          "y": np.arange(160) % 2})  # fmt: skip
    table.loc[100:, "y"] = (np.arange(60) < none).astype(int)
    found = aw.cohorts.gap(table, outcome="y", group="g", reference="a")
    said = {found.explain("nl"), gaps_table(found, "nl").note}
    assert not any("dat zou over minder dan 10 leerlingen gaan" in text for text in said)
    assert "te weinig leerlingen, of bijna iedereen heeft dezelfde uitkomst" in found.explain("nl")
    same = aw.cohorts.standardise(table.assign(j="2020-2021").pipe(
        lambda t: pd.concat([t, t.assign(j="2021-2022")])).assign(x="x"), outcome="y", cohort="j",
        reference="2020-2021", adjust=["x"], group="g", reference_group="a")  # fmt: skip
    assert "of bijna iedereen heeft dezelfde uitkomst" in same.explain("nl")
    cells = [cell for row in standardised_table(same, "nl").rows for cell in row]
    assert "niet getoond" in cells
    assert not any("<" in cell for cell in cells)


def test_a_share_that_tells_of_few_or_of_all_is_withheld(made):
    low = made.parents == "low"
    made.loc[low, "havo"] = 0
    assert of(asked(made, outcome="havo"), "low").withheld
    made.loc[made.index[low][:10], "havo"] = 1
    assert not of(asked(made, outcome="havo"), "low").withheld


def test_pupils_without_outcome_or_school_are_counted(made):
    made.loc[:9, "advice"] = np.nan
    made.loc[10:14, "school"] = None
    gaps = asked(made)
    assert (gaps.lost, gaps.pupils) == (15, len(made) - 15)


def test_missing_background_leaves_the_raw_gap_as_it_was(made):
    before = of(asked(made), "low").raw
    made.loc[:99, "test"] = np.nan
    gap = of(asked(made, given=("test",)), "low")
    assert gap.raw == before
    assert gap.unadjusted == of(asked(made[made.test.notna()]), "low").raw
    assert gap.pupils_adjusted == int((made.test.notna() & (made.parents != "middle")).sum())


def test_background_in_words_becomes_indicators(made):
    made["area"] = np.where(made.index % 2 == 0, "north", "south")
    made["south"] = (made.area == "south") * 1.0
    one, other = (of(asked(made, given=(c,)), "low").adjusted for c in ("area", "south"))
    assert one == other


def test_a_group_on_one_school_has_no_interval_and_says_why(made):
    made.loc[made.parents == "low", "school"] = "S0"
    gap = of(asked(made), "low")
    assert gap.raw.se is None
    assert gap.g.low is None
    assert Doubt.ONE_SCHOOL in gap.doubts
    assert "één school" in asked(made).explain("nl")
    assert "no limits" in asked(made).explain("en")


def test_few_schools_make_the_draws_doubtful(made):
    assert Doubt.FEW_SCHOOLS in of(asked(made), "low").doubts


def test_columns_that_do_not_vary_in_a_cohort_adjust_nothing(made):
    made["same"] = 1.0
    assert of(asked(made, given=("same",)), "low").adjusted == of(asked(made), "low").raw


def test_a_regression_with_unit_weights_is_the_one_without(made):
    y, x = made.advice.to_numpy(), made.test.to_numpy()
    school = pd.factorize(made.school)[0]
    a, b = (
        regress(y, {"x": x}, school, w).contrast({"x": 1}, 1.0) for w in (None, np.ones(len(y)))
    )
    assert (a.value, a.se, a.df) == pytest.approx((b.value, b.se, b.df))


# ---------------------------------------------------------------- words, pictures, tables

CAUSAL = ("door", "dankzij", "veroorzaakt", "effect", "because", "causes", "caused", "due to",
          "bewezen", "proven", "leidt tot", "leads to")  # fmt: skip


def everything(made: pd.DataFrame):
    labels = {"high": Text("ouders met hbo of wo", "parents with higher education")}
    return [
        asked(made, cohort="cohort", given=("test",), labels=labels),
        asked(made, outcome="havo", cohort="cohort", given=("test",)),
        asked(made, school=None),
        asked(made, treatment="cohort"),
        career(made, labels=labels),
        career(made, cohort="cohort"),
        aw.cohorts.inequality(made, outcome="havo", background="parents", school="school",
                              order=("low", "middle", "high"), cohort="cohort"),
        aw.cohorts.inequality(made, outcome="advice", background="test", school="school"),
        aw.cohorts.segregation(made, unit="school", group="parents", member="low", draws=99),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sentences_describe_and_never_explain(made, language):
    for found in everything(made):
        told = found.explain(language)
        assert not [w for w in CAUSAL if f" {w} " in told.replace("verdeling door loting", "")]
        assert "nan" not in told
        assert "None" not in told
        if not isinstance(found, aw.cohorts.Segregation):
            assert told.endswith(words.SAY["not_why"][language])
    with pytest.raises(aw.PlanError):
        everything(made)[0].explain("de")


def test_the_sentence_holds_the_numbers(bdf):
    gaps = aw.cohorts.gap(bdf, outcome="langPOST", group="Minority", reference="N",
                          school="school", given=("iq",), draws=99)  # fmt: skip
    told = gaps.explain("nl")
    assert "gemiddeld 5,1 lager" in told
    assert "(waarschijnlijk tussen 0,4 en 9,7 lager)" in told
    assert "35 van de 100 keer hoger" in told
    assert "5.1 lower on average" in gaps.explain("en")
    assert "Bij leerlingen met een gelijke waarde voor ‘iq’" in told


def test_pictures_have_words_for_who_cannot_see_them_and_fit_a_phone(made):
    for found in everything(made):
        for language in ("nl", "en"):
            drawing = found.picture(language)
            assert drawing.png.startswith(b"\x89PNG")
            assert len(drawing.alt) > 40
    gaps = everything(made)[0]
    assert (
        gaps.distribution("nl").alt.count("laagste") == 5
    )  # the heading, and two levels of two groups
    picture = words.picture(words.gaps_over(gaps, "nl"), "nl")
    assert picture.wide_svg != picture.narrow_svg
    assert picture == words.picture(words.gaps_over(gaps, "nl"), "nl")


def test_a_picture_goes_on_axes_of_ones_own(made):
    from matplotlib.figure import Figure

    for found in everything(made):
        ax = Figure().add_subplot()
        assert found.plot(ax, language="en") is ax
        assert ax.lines


def test_a_share_has_no_distribution(made):
    with pytest.raises(aw.PlanError, match="geen verdeling"):
        asked(made, outcome="havo").distribution("nl")


def test_tables_and_notebooks_show_every_measure(made):
    gaps, _, _, _, steps, *_ = everything(made)
    table = words.gaps_table(gaps, "nl")
    assert len(table.rows) == sum(len(list(gap.measures())) for gap in gaps)
    assert {row[2] for row in table.rows} >= {"in standaardmaten (g)", "verschil bij midden"}
    assert "<table>" in gaps._repr_html_()
    assert len(words.career_table(steps, "en").rows) == 2
    for found in everything(made)[:3]:
        assert len(found.changes_table().columns) == 13
    blocks = [b for found, of_it in zip(everything(made)[4:],
              (words.career_blocks, words.career_blocks, words.inequality_blocks,
               words.inequality_blocks, words.segregation_blocks), strict=True)
              for b in of_it(found, "nl")]  # fmt: skip
    assert len([*blocks, *words.gaps_blocks(gaps, "en")]) == 19


def test_the_table_is_whole_and_in_full_precision(made):
    gaps = asked(made, given=("test",))
    table = gaps.table().set_index(["group", "measure"])
    assert table.loc[("low", "raw"), "value"] == of(gaps, "low").raw.value
    assert table.loc[("low", "raw"), "interval"] == How.SCHOOLS.value
    assert list(gaps.table().level.dropna().unique()) == [0.1, 0.25, 0.5, 0.75, 0.9]


def test_the_table_does_not_tell_of_the_few_with_an_unknown_background(made):
    pair = made[made.parents != "middle"].reset_index(drop=True)

    def told(missing: int) -> bool:
        table = pair.assign(test=pair.test.where(pair.index >= missing))
        return "pupils with known background" in str(words.gaps_table(
            asked(table, given=["test"]), "en").rows)  # fmt: skip

    assert not told(9)
    assert told(10)


def test_scores_of_several_test_providers_are_on_no_scale():
    rng = np.random.default_rng(4)
    n = 240
    table = pd.DataFrame({
        "score": rng.normal(size=n), "groep": rng.choice(["a", "b"], n),
        "school": rng.integers(0, 8, n).astype(str), "toets": np.arange(n) % 2,
        "ses": rng.integers(1, 5, n),
    })  # fmt: skip
    one, own = table.assign(toets="X"), {"outcome": "score", "provider": "toets"}
    asked = {
        aw.cohorts.gap: own | {"group": "groep", "reference": "a", "school": "school"},
        aw.cohorts.inequality: own | {"background": "ses", "school": "school"},
        aw.cohorts.value_added: own | {"school": "school"},
    }
    for function, options in asked.items():
        assert function(one, **options).explain("en")
        with pytest.raises(aw.PlanError, match="toetsaanbieders"):
            function(table, **options)
        with pytest.raises(aw.PlanError, match="provider"):
            function(table, **options | {"provider": "afnemer"})
