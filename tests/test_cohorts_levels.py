"""Levels of advice and track: read, compared by a matrix, and numbered only when asked how."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.cohorts import levels
from academic_workplace.cohorts.levels import CBS_CODES, Mixed, Move, Numbering, Rule
from academic_workplace.intake.duo.levels import LADDER, AdviceLevel, track_of

TRACKS = {
    "VMBO_GT_HAVO": ["vmbo-t/havo brugklas", "Brugklas T/H", "mavo/havo", "havo/mavo brugjaar"],
    "VMBO_GT": ["vmbo-g/t/(g)t", "vmbo gl/tl", "mavo"],
    "VMBO_B_K_GT": ["vmbo b/k/gt", "brede brugklas vmbo-basis/kader/tl"],
    "VMBO_GT_HAVO_VWO": ["brugklas mavo/havo/vwo", "dakpanklas vmbo-t/havo/vwo"],
    "PRO_VMBO_B": ["pro/vmbo b"],
    "HAVO": ["havo"],
    "VAVO": ["vavo", "VAVO"],
    "VSO": ["vso"],
    "NONE": ["geen", "niet in het vo"],
}
PLACES = [track_of(level) for level in LADDER]
tracks = st.sampled_from(PLACES)


@pytest.mark.parametrize(
    ("spelling", "track"), [(s, track) for track, found in TRACKS.items() for s in found]
)
def test_tracks_are_known_by_the_spellings_of_schools(spelling, track):
    assert track_of(spelling).value == track


@pytest.mark.parametrize("spelling", ["", "vmbo", "vmbo-k/havo", "havo 3", "havo+", "vwo plus",
                                      "vavo/havo", "hbo", 5, None])  # fmt: skip
def test_what_names_no_track_is_no_track(spelling):
    assert track_of(spelling) is None


def test_a_track_has_a_name_in_both_languages_and_a_place_in_the_order():
    found = [track_of(s) for s in ("vwo", "gt/havo", "pro", "havo/vwo", "gt/havo/vwo", "vavo")]
    assert all(track.label.nl and track.label.en for track in found)
    inorder = sorted(found, key=lambda t: t.sorting)
    assert [t.label.nl for t in inorder] == [
        "praktijkonderwijs", "vmbo-gt/havo", "vmbo-gt/havo/vwo", "havo/vwo", "vwo", "vavo",
    ]  # fmt: skip


# ---------------------------------------------------------------- below, on, above


def test_the_two_rules_of_the_inspectorate_for_a_double_advice():
    assert aw.cohorts.compare_levels("gt/havo", "havo") is Move.ABOVE
    assert aw.cohorts.compare_levels("gt/havo", "gt") is Move.ON
    assert aw.cohorts.compare_levels("gt/havo", "kader") is Move.BELOW
    assert aw.cohorts.compare_levels("gt/havo", "gt/havo") is Move.ON
    assert aw.cohorts.compare_levels("havo", "gt/havo brugklas") is Move.ON


def test_other_rules_are_chosen_by_name():
    assert aw.cohorts.compare_levels("gt/havo", "havo", Rule.EITHER) is Move.ON
    assert aw.cohorts.compare_levels("gt/havo", "gt", "half steps") is Move.BELOW
    assert aw.cohorts.compare_levels("gt", "gt/havo", Rule.HALF_STEPS) is Move.ABOVE
    with pytest.raises(aw.PlanError, match="rule"):
        aw.cohorts.compare_levels("gt", "havo", "kansenkaart")


@pytest.mark.parametrize("other", ["havo", "advies niet mogelijk", "vavo"])
def test_what_is_no_level_compares_with_nothing(other):
    assert aw.cohorts.compare_levels("vso", other) is None


def test_unknown_levels_are_both_named():
    with pytest.raises(aw.PlanError) as raised:
        aw.cohorts.compare_levels("havoo", "wvo")
    assert [fault.column for fault in raised.value.faults] == ["advice", "position"]


@given(tracks, tracks)
def test_by_half_steps_a_comparison_turns_round_when_its_sides_do(a, b):
    turned = {Move.BELOW: Move.ABOVE, Move.ABOVE: Move.BELOW, Move.ON: Move.ON, None: None}
    there = levels.move_of(a, b, Rule.HALF_STEPS)
    assert levels.move_of(b, a, Rule.HALF_STEPS) is turned[there]


@given(st.sampled_from([p for p in PLACES if len(p.levels) == 1]), tracks)
def test_for_a_whole_advice_the_lowest_level_and_either_level_are_the_same_rule(a, p):
    assert levels.move_of(a, p, Rule.LOWEST) is levels.move_of(a, p, Rule.EITHER)


@pytest.mark.parametrize("rule", Rule)
def test_a_higher_position_is_never_further_below(rule):
    order = [Move.BELOW, Move.ON, Move.ABOVE]
    for a in PLACES[1:]:
        found = [order.index(levels.move_of(a, p, rule)) for p in PLACES[1:]]
        assert found == sorted(found)
        assert levels.move_of(a, a, rule) is Move.ON


def test_the_matrix_shows_every_pair():
    found = aw.cohorts.comparison_matrix()
    assert found.loc["VMBO_GT_HAVO", "HAVO"] is Move.ABOVE
    assert found.shape == (11, 11)


# ---------------------------------------------------------------- numbers


@pytest.mark.proves("cohorts.to_number", "domain.md: ladder, ISLED and havo-up")
def test_numbers_are_those_of_the_three_conventions(agree):
    whole = ["pro", "b", "k", "gt", "havo", "vwo"]
    agree(aw.cohorts.to_number(whole, "ladder", mixed="mean"), [1, 2, 3, 4, 5, 6], of="ladder")
    agree(
        aw.cohorts.to_number(whole, Numbering.ISLED, mixed=Mixed.MEAN),
        [29.34, 29.34, 29.34, 45.27, 62.30, 71.92],
        of="ISLED",
    )
    agree(aw.cohorts.to_number(whole, "havo up", mixed="lowest"), [0, 0, 0, 0, 1, 1], of="havo-up")
    halves = ["b/k", "k/gt", "gt/havo", "havo/vwo"]
    agree(aw.cohorts.to_number(halves, "ladder", mixed="mean"), [2.5, 3.5, 4.5, 5.5], of="ladder")
    agree(aw.cohorts.to_number(halves, "isled", mixed="highest"), [29.34, 45.27, 62.30, 71.92])
    agree(aw.cohorts.to_number(halves, "isled", mixed="mean")[2], (45.27 + 62.30) / 2)


def test_whether_gt_havo_counts_as_havo_is_a_choice_that_has_to_be_made():
    assert aw.cohorts.to_number(["gt/havo"], "havo up", mixed="highest") == [1]
    assert aw.cohorts.to_number(["gt/havo"], "havo up", mixed="lowest") == [0]
    with pytest.raises(aw.PlanError, match="mixed"):
        aw.cohorts.to_number(["gt/havo"], "havo up", mixed="mean")
    with pytest.raises(TypeError):
        aw.cohorts.to_number(["gt/havo"], "ladder")


@pytest.mark.parametrize(("way", "mixed"), list(itertools.product(["ladder", "isled"], Mixed)))
def test_numbers_never_fall_along_the_ladder(way, mixed):
    found = aw.cohorts.to_number([lv for lv in LADDER if lv.value != "VSO"], way, mixed=mixed)
    assert (np.diff(found) >= 0).all()


def test_what_has_no_level_has_no_number():
    assert np.isnan(aw.cohorts.to_number(["vso", None, "vavo"], "ladder", mixed="mean")).all()
    assert len(aw.cohorts.to_number([], "ladder", mixed="mean")) == 0


# ---------------------------------------------------------------- reading


def test_unknown_spellings_are_listed_at_once_each_with_a_suggestion():
    with pytest.raises(aw.DataError) as raised:
        levels.read_levels(["havo", "havoo", "vmbo", "havoo", "vw0"], column="advies")
    (fault,) = raised.value.faults
    assert (fault.rows, fault.count, fault.column) == ((2, 3, 4, 5), 4, "advies")
    for language, perhaps in (("nl", "misschien"), ("en", "perhaps")):
        told = fault.explain(language)
        assert f"‘havoo’ ({perhaps} ‘havo’?)" in told
        assert "‘vmbo’" in told
        assert "‘vw0’" in told


def test_codes_of_cbs_are_read_when_they_are_given_padded_or_as_numbers():
    own = {**CBS_CODES, "60": AdviceLevel.HAVO}
    found = levels.read_levels([" 60", "80", 0, 60.0, None, "geen advies"], codes=own)
    assert found.codes.tolist() == [0, -1, -1, 0, -1, -1]
    assert found.not_possible.tolist() == [False, True, False, False, False, False]
    assert found.blank.tolist() == [False, False, True, False, True, True]
    with pytest.raises(aw.DataError, match="80"):
        levels.read_levels(["80"])


def test_a_pupil_without_advice_is_not_one_without_a_place():
    assert levels.read_levels(["geen"]).blank.tolist() == [True]
    assert [t.value for t in levels.read_tracks(["geen", "havo"]).levels] == ["HAVO", "NONE"]


def test_cohorts_are_school_years_in_one_spelling_and_never_a_single_year():
    found = levels.read_cohorts(["2018/19", "2018-2019", "2018/2019", "18/19"])
    assert found.tolist() == ["2018-2019"] * 4
    with pytest.raises(aw.DataError) as raised:
        levels.read_cohorts([2018, "2018-2020", None, "2018-2019"], column="cohort")
    assert [fault.count for fault in raised.value.faults] == [2, 1]


def test_rows_of_a_fault_are_numbered_as_the_file_numbers_them():
    table = pd.DataFrame({"advies": ["havo", "x"]})
    table.attrs["source"] = "leerlingen.csv"
    with pytest.raises(aw.DataError) as raised:
        levels.read_levels(table["advies"], column="advies")
    (fault,) = levels.located(raised.value.faults, table)
    assert (fault.file, fault.rows) == ("leerlingen.csv", (3,))
