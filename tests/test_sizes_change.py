"""Change over time and per pupil: outside references, theorems, and bad input."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import academic_workplace as aw
from academic_workplace import sizes

SIZES = json.loads((Path(__file__).parent / "reference" / "sizes.json").read_text())
A50 = SIZES["A50-prepost-control"]
A51 = SIZES["A51-reliable-change"]
METAFOR = SIZES["metafor-morris2008"]["expected"]
STUDIES = range(5)
FOUR = 5e-5  # four decimals


def summary(i):
    """The summary numbers of one study of Morris (2008)."""
    arms = {"t": A50["data"]["treated"], "c": A50["data"]["comparison"]}
    out = {
        f"{key}_{a}": arm[key][i] for a, arm in arms.items() for key in ("pre", "post", "sd", "n")
    }
    return out | {"r": A50["data"]["r"][i]}


def pupils(pre, post, sd, n, r, seed):
    """Two measurements of n pupils with exactly these means, spreads and correlation."""
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, 2))
    Z -= Z.mean(axis=0)
    Z = np.linalg.qr(Z)[0] * math.sqrt(n - 1)
    return pre + sd * Z[:, 0], post + sd * (r * Z[:, 0] + math.sqrt(1 - r**2) * Z[:, 1])


def arms(i):
    """Pupils of both arms of a study: pre and post of the treated, then of the comparison."""
    s = summary(i)
    t = pupils(s["pre_t"], s["post_t"], s["sd_t"], s["n_t"], s["r"], i)
    c = pupils(s["pre_c"], s["post_c"], s["sd_c"], s["n_c"], s["r"], i + 50)
    return [*t, *c]


# ---- outside references ----


@pytest.mark.proves("sizes.dppc2_from_summary", "Morris (2008) table 5, metafor formulas (A50)")
@pytest.mark.proves("sizes.dppc2", "Morris (2008) table 5, metafor formulas (A50)")
def test_the_effect_of_a_change_with_a_comparison_is_that_of_morris(agree):
    for found in (
        [sizes.dppc2_from_summary(**summary(i)) for i in STUDIES],
        [sizes.dppc2(*arms(i)) for i in STUDIES],
    ):
        agree([x.g for x in found], A50["expected"]["d_ppc2"], rel=1e-11)
        agree([x.se**2 for x in found], A50["expected"]["var"], rel=1e-11)


@pytest.mark.proves("sizes.dppc1_from_summary", "Morris (2008) table 5, metafor formulas (A50)")
@pytest.mark.proves("sizes.dppc1", "Morris (2008) table 5, metafor formulas (A50)")
def test_with_a_spread_for_each_arm_it_is_the_other_effect_of_morris(agree):
    for found in (
        [sizes.dppc1_from_summary(**summary(i)) for i in STUDIES],
        [sizes.dppc1(*arms(i)) for i in STUDIES],
    ):
        agree([x.g for x in found], A50["expected"]["d_ppc1"], rel=1e-11, of="A50")
        agree([x.se**2 for x in found], METAFOR["raw"]["difference_v"], 0, 1.1 * FOUR, of="printed")


@pytest.mark.proves("sizes.gain_from_summary", "metafor, its test of Morris (2008), four decimals")
def test_a_gain_is_that_of_metafor_on_both_scales(agree):
    for scale, expected in (("raw", METAFOR["raw"]), ("change", METAFOR["change"])):
        for name in ("treated", "comparison"):
            arm = A50["data"][name]
            found = [
                sizes.gain_from_summary(
                    pre=arm["pre"][i], post=arm["post"][i], sd_pre=arm["sd"][i],
                    sd_post=arm["sd_post"][i], n=arm["n"][i], r=A50["data"]["r"][i], scale=scale,
                )
                for i in STUDIES
            ]  # fmt: skip
            agree([x.g for x in found], expected[name]["y"], rel=0, abs=FOUR)
            agree([x.se**2 for x in found], expected[name]["v"], rel=0, abs=FOUR)


@pytest.mark.proves("sizes.gain", "scipy 1.17, paired t test")
@pytest.mark.proves("sizes.gain_difference", "scipy 1.17, t test of the changes")
def test_a_gain_in_standard_deviations_of_the_change_is_its_t_test(agree):
    pre_t, post_t, pre_c, post_c = arms(0)
    n = len(pre_t)
    t = stats.ttest_rel(post_t, pre_t).statistic
    found = sizes.gain(pre_t, post_t, scale="change", factor="none")
    agree(found.g, t / math.sqrt(n), rel=1e-11)
    # the limits are exact: those of which the noncentral t leaves 2.5 % beyond
    shares = stats.nct.cdf(t, n - 1, [found.low * math.sqrt(n), found.high * math.sqrt(n)])
    agree(shares, [0.975, 0.025], rel=1e-9)
    t = stats.ttest_ind(post_t - pre_t, post_c - pre_c).statistic
    both = sizes.gain_difference(pre_t, post_t, pre_c, post_c, factor="none")
    agree(both.g, t * math.sqrt(1 / len(pre_t) + 1 / len(pre_c)), rel=1e-11)


@pytest.mark.proves("sizes.reliable_change", "Jacobson & Truax (1991), in R 4.2.2 (A51)")
def test_reliable_change_is_that_of_jacobson_and_truax(agree):
    found = sizes.reliable_change(**A51["data"])
    agree(found.value, A51["expected"]["rci"], rel=1e-12)
    assert found.reliable.tolist() == A51["expected"]["reliable"]
    assert (found.up, found.down) == (0, 2)


# ---- theorems ----


def test_the_two_scales_of_a_gain_differ_and_say_so():
    pre, post = arms(1)[:2]
    raw, change = (sizes.gain(pre, post, scale=scale) for scale in ("raw", "change"))
    assert "SMCR" in raw.divided_by
    assert "SMCC" in change.divided_by
    assert raw.g != pytest.approx(change.g, rel=0.01)
    # they are alike exactly when a change has the spread of one measurement: r = 1/2
    same = {"pre": 1, "post": 2, "sd_pre": 3, "sd_post": 3, "n": 20, "r": 0.5}
    a, b = (sizes.gain_from_summary(**same, scale=scale) for scale in sizes.Scale)
    assert a.g == pytest.approx(b.g, rel=1e-12)


@given(i=st.sampled_from(STUDIES), scale=st.sampled_from([0.1, 7.0]), shift=st.integers(-5, 5))
def test_another_unit_leaves_a_change_as_it_is_and_swapping_arms_turns_it(i, scale, shift):
    four = arms(i)
    for size in (sizes.dppc2, sizes.dppc1, sizes.gain_difference):
        a = size(*four)
        b = size(*(x * scale + shift for x in four))
        assert (b.g, b.se, b.low) == pytest.approx((a.g, a.se, a.low), rel=1e-7, abs=1e-9)
        c = size(*four[2:], *four[:2])
        assert (c.g, c.low, c.high) == pytest.approx((-a.g, -a.high, -a.low), rel=1e-7, abs=1e-9)


def test_a_change_that_both_arms_made_is_no_effect():
    pre_t, _, pre_c, _ = arms(2)
    rng = np.random.default_rng(3)
    noise_t, noise_c = rng.normal(size=len(pre_t)), rng.normal(size=len(pre_c))
    t, c = (pre + 2 + noise - noise.mean() for pre, noise in ((pre_t, noise_t), (pre_c, noise_c)))
    assert sizes.dppc2(pre_t, t, pre_c, c).g == pytest.approx(0, abs=1e-9)


def test_the_factor_of_the_clearinghouse_can_be_asked_for():
    exact, wwc, none = (
        sizes.dppc2_from_summary(**summary(0), factor=f) for f in ("exact", "wwc", "none")
    )
    assert wwc.g / none.g == pytest.approx(1 - 3 / (4 * 38 - 1), rel=1e-12)
    assert exact.g / none.g == pytest.approx(sizes.small_sample_factor(38), rel=1e-12)


def test_the_factor_of_a_gain_multiplies_its_exact_limits():
    pre, post = arms(0)[:2]
    g, d = (sizes.gain(pre, post, scale="change", factor=f) for f in ("exact", "none"))
    J = sizes.small_sample_factor(19)
    assert (g.g, g.low, g.high) == pytest.approx((J * d.g, J * d.low, J * d.high), rel=1e-12)


def test_each_change_says_what_it_is_divided_by():
    four = arms(0)
    found = [size(*four) for size in (sizes.dppc2, sizes.dppc1, sizes.gain_difference)]
    found += [sizes.gain(*four[:2], scale=scale) for scale in sizes.Scale]
    assert len({x.divided_by for x in found}) == 5
    assert "changes" in found[2].divided_by


def test_a_reliable_change_is_larger_than_the_error_of_both_measurements():
    smallest = sizes.reliable_change(0, 0, sd=10, reliability=0.8).smallest
    assert smallest == pytest.approx(1.96 * 10 * math.sqrt(0.4), rel=1e-12)
    just = sizes.reliable_change([50, 50, 50], [50 + smallest * k for k in (0.999, 1.001, -1.001)],
                                 sd=10, reliability=0.8)  # fmt: skip
    assert just.reliable.tolist() == [False, True, True]
    assert (just.up, just.down) == (1, 1)
    # reliable exactly when the interval of the change leaves out zero
    assert ((just.low > 0) | (just.high < 0)).tolist() == just.reliable.tolist()
    told = just.to_dict()
    assert told["up"] == 1
    assert "standard error" in told["divided_by"]
    assert json.dumps(told)


# ---- bad input ----


def faults(call):
    with pytest.raises(aw.WorkplaceError) as caught:
        call()
    return {fault.column: fault.rule["en"] for fault in caught.value.faults}


def test_measurements_of_other_pupils_are_no_pairs():
    assert (
        "3 values" in faults(lambda: sizes.dppc2([1, 2, 3], [1, 2], [1, 2], [1, 2]))["post_treated"]
    )
    assert faults(lambda: sizes.reliable_change([1, 2], [1], sd=1, reliability=0.8))
    assert faults(lambda: sizes.gain([1, 2, 3], [1, 2, 3, 4]))


def test_missing_values_are_named_in_all_four_at_once():
    nan = math.nan
    told = faults(lambda: sizes.dppc2([1, nan], [1, 2], [nan, nan], [3, 4]))
    assert told == {
        "pre_treated": "Values are missing here: 1 of 2.",
        "pre_comparison": "Values are missing here: 2 of 2.",
    }


def test_what_does_not_vary_cannot_be_divided_by():
    flat, rise = [2, 2, 2], [1, 2, 4]
    assert (
        "no spread"
        in faults(lambda: sizes.dppc2(flat, rise, flat, rise))["pre_treated, pre_comparison"]
    )
    assert "no spread" in faults(lambda: sizes.dppc1(flat, rise, rise, rise))["pre_treated"]
    assert "no spread" in faults(lambda: sizes.gain(rise, [2, 3, 5], scale="change"))["post - pre"]
    assert "no spread" in faults(lambda: sizes.gain(rise, flat))["post"]
    assert sizes.gain(rise, [2, 3, 5], scale="raw").g > 0


def test_summary_numbers_that_cannot_be_are_named_together():
    wrong = summary(0) | {"r": 1.2, "n_t": 1, "sd_c": -1, "pre_t": math.nan}
    assert set(faults(lambda: sizes.dppc2_from_summary(**wrong))) == {"r", "n_t", "sd_c", "pre_t"}
    assert set(faults(lambda: sizes.dppc1_from_summary(**wrong))) == {"r", "n_t", "sd_c", "pre_t"}
    assert set(faults(lambda: sizes.reliable_change([1], [2], sd=0, reliability=1))) == {
        "sd", "reliability"
    }  # fmt: skip
    with pytest.raises(aw.PlanError, match="raw, change"):
        sizes.gain([1, 2, 4], [2, 3, 4], scale="both")
