"""Questionnaires: what a file declares, and scores that no impossible answer enters."""

import itertools
import math
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academic_workplace.errors import DataError, PlanError
from academic_workplace.intake import scales
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    Form,
    MissingCode,
    codebook_of,
)
from academic_workplace.intake.scales.matrix import turned
from academic_workplace.language import Text

SHIPPED = [each.key for each in scales.instruments()]
SDQ = scales.instrument("sdq-self")
REVERSED_IN_RSES = {
    "original": ("3", "5", "8", "9", "10"),  # the numbers of the reversed items in two orders
    "common": ("2", "5", "6", "8", "9"),
}
OWN = """
key = "eigen-lijst"
name = "eigen lijst"
informant = "self"
validated = false
source = "eigen lijst"
range = [1, 4]
items = {pattern = "v##", numbers = [1, 3]}
[licence]
terms = "eigen"
[subscales.alles]
name = "alles"
"""


def sdq_table(answers):
    """One row per list of 25 answers, in the order of the declaration."""
    return pd.DataFrame(np.asarray(answers, dtype=float).reshape(-1, 25), columns=list(SDQ.items))


def words_of(error):
    return error.value.explain("nl")


# ---------------------------------------------------------------- what is shipped


def test_every_questionnaire_that_was_asked_for_is_shipped():
    assert SHIPPED == [
        "gse", "kidscreen-10", "rses", "rses-0-3", "sdq-self", "sdq-parent", "sdq-teacher",
        "welbevinden", "who-5",
    ]  # fmt: skip


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_questionnaire_explains_itself_and_holds_no_text_of_an_item(key):
    one = scales.instrument(key)
    assert all(" " not in item and len(item) < 25 for item in one.items)
    nl, en = one.explain("nl"), one.explain("en")
    assert one.licence.terms.nl in nl
    assert one.licence.terms.en in en
    assert one.source in nl
    assert ("niet gevalideerd" in nl) == (not one.validated) == ("not validated" in en)
    for doubt in one.unverified:
        assert doubt.why.nl in nl
        assert doubt.why.en in en
        assert doubt.part in one.table()["unverified"].iloc[0]
    assert nl in one._repr_html_().replace("&amp;", "&")
    assert len(one.item_table()) == len(one.items)


def test_what_the_domain_page_marks_as_unverified_carries_that_mark():
    marked = {key: {d.part for d in scales.instrument(key).unverified} for key in SHIPPED}
    assert marked["sdq-self"] >= {"subscales.total"}
    assert marked["rses"] == marked["rses-0-3"] == {"range", "licence"}
    assert marked["gse"] == {"scoring", "source"}
    assert marked["who-5"] == marked["kidscreen-10"] == {"licence"}
    verified = {key: list(scales.instrument(key).table()["verified"]) for key in SHIPPED}
    assert verified["who-5"] == [True]  # only its licence waits
    assert verified["gse"] == [False]


def test_the_versions_of_the_sdq_differ_in_who_answers_and_nothing_else():
    def bare(key):
        name, informant = Text("", ""), scales.Informant.OTHER
        one = scales.instrument(key)
        return replace(one, key="sdq", name=name, informant=informant, ages=None)

    assert bare("sdq-self") == bare("sdq-parent") == bare("sdq-teacher")
    assert [scales.instrument(f"sdq-{who}").informant.value for who in ("self", "parent")] == [
        "self", "parent",
    ]  # fmt: skip


def test_a_questionnaire_that_there_is_not_names_those_there_are():
    with pytest.raises(PlanError) as error:
        scales.instrument("cbsk")
    assert "sdq-self" in words_of(error)


# ---------------------------------------------------------------- scores


def sdq_by_hand(row):
    """The published rule, item by item: five times the mean of the answers, half upwards."""
    scores = {}
    for part in SDQ.subscales[:5]:
        known = [
            2 - row[item] if item in SDQ.reversed else row[item]
            for item in part.items
            if not math.isnan(row[item])
        ]
        scores[part.key] = (
            math.floor(0.5 + 5 * sum(known) / len(known)) if len(known) > 2 else math.nan
        )
    scores["total"] = sum(scores[k] for k in ("emotion", "conduct", "hyper", "peer"))
    return scores


ANSWERS = st.lists(
    st.lists(st.sampled_from([0.0, 1.0, 2.0, math.nan]), min_size=25, max_size=25),
    min_size=1, max_size=6,
)  # fmt: skip


@pytest.mark.proves("scales.score", "rows, by the published rule of the SDQ")
def test_the_sdq_is_scored_by_its_published_rule(agree):
    rng = np.random.default_rng(1)
    table = sdq_table(rng.choice([0, 1, 2, np.nan], p=[0.4, 0.25, 0.2, 0.15], size=(300, 25)))
    expected = pd.DataFrame([sdq_by_hand(row) for _, row in table.iterrows()])
    found = scales.score(table, SDQ).scores
    assert list(found) == [f"sdq_self_{key}" for key in expected]
    assert found.isna().any().all()
    agree(found, expected, rel=0)


@settings(max_examples=40, deadline=None)
@given(ANSWERS)
def test_whatever_is_missing_the_counts_add_up_and_scores_stay_in_their_range(answers):
    table = sdq_table(answers)
    scored = scales.score(table, SDQ)
    for part in SDQ.subscales:
        tally, values = scored.tallies[part.key], scored[part.key].dropna()
        assert tally.complete + tally.prorated + tally.too_few + tally.empty == len(table)
        assert tally.scored == len(values)
        assert values.between(*part.range).all()
    expected = [sdq_by_hand(row) for _, row in table.iterrows()]
    np.testing.assert_array_equal(scored["total"], [row["total"] for row in expected])


@settings(max_examples=20, deadline=None)
@given(ANSWERS, st.randoms())
def test_the_order_of_the_rows_does_not_matter_and_the_index_is_kept(answers, random):
    table = sdq_table(answers)
    table.index = [f"rij {i}" for i in range(len(table))]
    order = list(table.index)
    random.shuffle(order)
    found = scales.score(table.loc[order], SDQ).scores
    pd.testing.assert_frame_equal(found.loc[table.index], scales.score(table, SDQ).scores)


@given(
    st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=1),
    st.sets(st.integers(0, 2)),
)
def test_turning_twice_is_not_turning(values, which):
    values = np.array(values, dtype=float)
    once = turned(values, list(which), (1.0, 5.0))
    np.testing.assert_array_equal(turned(once, list(which), (1.0, 5.0)), values)
    assert once.min() >= 1
    assert once.max() <= 5


def test_a_half_is_rounded_upwards_as_the_sdq_asks():
    row = dict.fromkeys(SDQ.items, 0.0) | {"somatic": 1, "worries": 1, "unhappy": 0, "clingy": 0}
    row["afraid"] = math.nan  # 2 of 4 answered items: 5 x 0.5 = 2.5
    assert scales.score(pd.DataFrame([row]), "sdq-parent")["emotion"].tolist() == [3.0]


def test_a_total_is_missing_when_one_of_its_parts_is():
    row = dict.fromkeys(SDQ.items, 1.0) | dict.fromkeys(("fights", "lies", "steals"), math.nan)
    scored = scales.score(pd.DataFrame([row]), SDQ)
    assert scored["conduct"].isna().all()
    assert scored["total"].isna().all()
    assert scored["emotion"].tolist() == [5.0]
    assert scored.tallies["total"] == scales.Tally(0, 0, 1, 0)


def test_ninety_nine_never_enters_a_score_and_every_column_is_named_with_rows_and_counts():
    table = sdq_table(np.ones((30, 25)))
    table.loc[0:11, "fights"] = 99
    table.loc[[3, 5], "lies"] = -1
    table.loc[7, "kind"] = 1.5
    table.loc[8, "shares"] = np.inf
    with pytest.raises(DataError) as error:
        scales.score(table, SDQ)
    found = {fault.column: (fault.rows, fault.count) for fault in error.value.faults}
    assert found == {
        "fights": (tuple(range(1, 11)), 12), "lies": ((4, 6), 2), "kind": ((8,), 1),
        "shares": ((9,), 1),
    }  # fmt: skip
    assert "buiten 0 tot 2" in words_of(error)


def test_rows_are_numbered_as_in_the_spreadsheet_when_the_table_came_from_a_file():
    table = pd.DataFrame({f"who5_{i}": [5, 6] for i in range(1, 6)})
    table.attrs["source"] = "leerlingen.csv"
    with pytest.raises(DataError) as error:
        scales.score(table, "who-5")
    assert {fault.rows for fault in error.value.faults} == {(3,)}
    table.index = [8, 8]  # which row is which is no longer known: they are counted
    with pytest.raises(DataError) as error:
        scales.score(table, "who-5")
    assert {fault.rows for fault in error.value.faults} == {(3,)}


def test_the_who_5_runs_from_0_to_100_and_asks_for_every_answer():
    table = pd.DataFrame({f"who5_{i}": [0, 5, 3, 5] for i in range(1, 6)}, dtype=float)
    table.loc[3, "who5_2"] = np.nan
    scored = scales.score(table, "who-5")
    assert scored.scores["who_5"].tolist()[:3] == [0, 100, 60]
    assert math.isnan(scored.scores["who_5"][3])
    assert scored.tallies["who5"] == scales.Tally(3, 0, 1, 0)


def test_the_gse_prorates_up_to_three_missing_answers():
    table = pd.DataFrame({f"gse{i}": [3.0, 3.0] for i in range(1, 11)})
    table.loc[0, ["gse1", "gse2", "gse3"]] = np.nan
    table.loc[1, ["gse1", "gse2", "gse3", "gse4"]] = np.nan
    table.loc[0, "gse10"] = 4
    found = scales.score(table, "gse")["gse"]
    assert found[0] == pytest.approx(10 * 22 / 7)
    assert math.isnan(found[1])


def test_items_three_and_four_of_the_kidscreen_are_turned():
    table = pd.DataFrame({f"kidscreen{i}": [1 if i in (3, 4) else 5] for i in range(1, 11)})
    assert scales.score(table, "kidscreen-10")["kidscreen"].tolist() == [50]


@pytest.mark.parametrize("order", REVERSED_IN_RSES)
def test_the_rosenberg_scale_goes_by_what_an_item_means_and_not_by_its_number(order):
    one = scales.instrument("rses")
    against = iter(one.reversed)
    along = iter([item for item in one.items if item not in one.reversed])
    items = {
        next(against if str(i) in REVERSED_IN_RSES[order] else along): f"zb{i}"
        for i in range(1, 11)
    }
    table = pd.DataFrame(
        {f"zb{i}": [1 if str(i) in REVERSED_IN_RSES[order] else 4] for i in range(1, 11)}
    )
    assert scales.score(table, one, items=items)["self-esteem"].tolist() == [40]
    with pytest.raises(DataError, match="zbsatisfied"):
        scales.score(table, one, prefix="zb")


def test_an_answer_list_coded_from_zero_is_refused_by_the_version_that_starts_at_one():
    table = pd.DataFrame({item: [0, 3] for item in scales.instrument("rses").items})
    with pytest.raises(DataError, match="buiten 1 tot 4"):
        scales.score(table, "rses")
    assert scales.score(table, "rses-0-3")["self-esteem"].tolist() == [15, 15]


def test_waves_stay_apart_by_the_prefix_of_their_columns():
    table = pd.DataFrame({f"na_who5_{i}": [4] for i in range(1, 6)} | {"eerste": [1]})
    scored = scales.score(table, "who-5", prefix="na_", items={"who5_1": "eerste"})
    assert list(scored.scores) == ["na_who_5"]
    assert scored.scores["na_who_5"].tolist() == [68]
    assert scored.item_table()["column"].tolist()[:2] == ["eerste", "na_who5_2"]


def test_the_scores_carry_a_codebook():
    table = pd.DataFrame({f"who5_{i}": [4] for i in range(1, 6)})
    book = codebook_of(scales.score(table, "who-5").scores)
    assert book["who_5"].range == (0, 100)
    assert "WHO-5" in book["who_5"].meaning.nl


# ---------------------------------------------------------------- answers in words

LEVELS = {str(code): Text(nl, en) for code, (nl, en) in enumerate(
    [("nooit", "never"), ("soms", "sometimes"), ("vaak", "often"), ("meestal", "usually"),
     ("bijna altijd", "almost always"), ("altijd", "always")])}  # fmt: skip


def in_words(levels=LEVELS, words=("altijd", "soms", None)):
    kind = pd.CategoricalDtype([label.nl for label in LEVELS.values()], ordered=True)
    columns = {f"who5_{i}": pd.Series(words, dtype=kind) for i in range(1, 6)}
    table = pd.DataFrame(columns)
    described = {name: Column(type=Form.ORDERED, levels=levels) for name in columns}
    table.attrs[CODEBOOK] = Codebook(described)
    return table


def test_ordered_categories_are_scored_by_the_code_of_their_codebook():
    table = in_words()
    found = scales.score(table, "who-5")
    assert found.scores["who_5"].tolist()[:2] == [100, 20]
    assert found.tallies["who5"].empty == 1
    alone = table.copy()
    alone.attrs = {}
    again = scales.score(alone.astype(object), "who-5", codebook=codebook_of(table))
    pd.testing.assert_frame_equal(again.scores, found.scores)


def test_a_codebook_that_a_merge_has_lost_is_asked_for():
    table = in_words()
    lost = table.merge(pd.DataFrame({"i": [0, 1, 2]}), left_index=True, right_on="i")
    with pytest.raises(DataError, match="codebook="):
        scales.score(lost, "who-5")
    found = scales.score(lost, "who-5", codebook=codebook_of(table))
    assert found.scores["who_5"].tolist()[:2] == [100, 20]


def test_scores_can_be_stored_and_taken_back():
    scored = scales.score(in_words(), "who-5")
    again = pickle.loads(pickle.dumps(scored))  # noqa: S301  # our own value
    pd.testing.assert_frame_equal(again.scores, scored.scores)
    assert again.explain() == scored.explain()


def test_words_without_a_codebook_are_refused_with_their_rows():
    table = in_words()
    table.attrs = {}
    with pytest.raises(DataError, match="woorden") as error:
        scales.score(table, "who-5")
    assert len(error.value.faults) == 5
    assert error.value.faults[0].rows == (1, 2)


def test_a_label_of_two_codes_or_of_none_is_refused():
    twice = LEVELS | {"9": Text("altijd", "always")}
    letters = {code if code != "5" else "e": label for code, label in LEVELS.items()}
    for levels in (twice, letters):
        with pytest.raises(DataError, match="codeboek") as error:
            scales.score(in_words(levels), "who-5")
        assert error.value.faults[0].rows == (1,)


def test_numbers_written_as_text_are_numbers_and_blanks_are_missing():
    table = pd.DataFrame({f"who5_{i}": ["3", "4,0", " "] for i in range(1, 6)})
    assert scales.score(table, "who-5").scores["who_5"].tolist()[:2] == [60, 80]


# ---------------------------------------------------------------- what a user may say wrongly


def test_a_missing_column_is_named_with_what_it_may_be():
    table = pd.DataFrame({f"who5_{i}": [1] for i in range(1, 5)} | {"WHO5_5": [1]})
    with pytest.raises(DataError) as error:
        scales.score(table, "who-5")
    assert [fault.column for fault in error.value.faults] == ["who5_5"]
    assert 'items={"who5_5": "WHO5_5"}' in words_of(error)
    with pytest.raises(DataError) as error:
        scales.score(table.rename(columns={"WHO5_5": "iets"}), "who-5")
    assert 'items={"who5_5": "…"}' in words_of(error)


def test_names_that_all_begin_otherwise_are_one_fault_with_the_prefix():
    table = sdq_table(np.ones(25)).add_prefix("t1_")
    for prefix in ("", "t2_"):
        with pytest.raises(DataError) as error:
            scales.score(table, SDQ, prefix=prefix)
        assert len(error.value.faults) == 1
        assert 'prefix="t1_"' in words_of(error)
    with pytest.raises(DataError) as error:
        scales.score(table.add_suffix("x"), SDQ)
    assert len(error.value.faults) == 1
    assert 'items={"consid": "…"' in words_of(error)


def test_columns_may_be_numbered_and_what_is_no_list_of_columns_is_refused():
    table = pd.DataFrame(np.full((2, 5), 3))
    found = scales.score(table, "who-5", items={f"who5_{i}": i - 1 for i in range(1, 6)})
    assert found.scores["who_5"].tolist() == [60, 60]
    with pytest.raises(PlanError, match="items="):
        scales.score(table, "who-5", items=["a"])
    lists = pd.DataFrame({f"who5_{i}": [[1], None] for i in range(1, 6)})
    with pytest.raises(DataError, match="woorden") as error:
        scales.score(lists, "who-5")
    assert error.value.faults[0].rows == (1,)


def test_what_the_codebook_declares_missing_is_missing_and_no_answer():
    table = pd.DataFrame({f"who5_{i}": [3, 99, 3, -7] for i in range(1, 6)})
    table["who5_2"] = ["3", "99", "weigert", "-7"]
    described = Column(
        missing=(MissingCode("99"), MissingCode("98", Text("weigert", "refuses"))),
        missing_ranges=((-9, -1),),
    )
    book = Codebook(dict.fromkeys(table, described))
    scored = scales.score(table, "who-5", codebook=book)
    assert scored.scores["who_5"].tolist()[0] == 60
    assert scored.tallies["who5"] == scales.Tally(1, 0, 1, 2)
    with pytest.raises(DataError, match="buiten 0 tot 5"):
        scales.score(table.drop(columns="who5_2").assign(who5_2=3), "who-5")


def test_an_item_that_was_not_turned_is_named_when_it_is_scored():
    rng = np.random.default_rng(2)
    z = rng.normal(size=(200, 1))
    answers = np.clip(np.round(3 + z + 0.7 * rng.normal(size=(200, 6))), 1, 5)
    table = pd.DataFrame(answers, columns=[f"welbevinden{i}" for i in range(1, 7)])
    already = scales.score(table, "welbevinden")  # the file holds item 4 as it should be turned
    assert already.against() == ("welbevinden4",)
    assert "gaat: welbevinden4. Moet dat omgedraaid worden, of was" in already.explain()
    assert "welbevinden4" in already._repr_html_()
    table["welbevinden4"] = 6 - table["welbevinden4"]
    assert scales.score(table, "welbevinden").against() == ()
    assert "omgedraaid" not in scales.score(table, "welbevinden").explain()
    assert (
        scales.score(table[:9].assign(welbevinden4=table["welbevinden1"]), "welbevinden").against()
        == ()
    )


def test_a_score_without_room_to_change_is_named_with_its_subscale():
    table = sdq_table(np.zeros((30, 25)))
    told = scales.score(table, SDQ).explain()
    assert "Emotionele problemen: Let op: meer dan 15 van de 100" in told
    assert "Let op" not in scales.score(table[:9], SDQ).explain()


def test_groups_are_told_by_scale_in_one_sentence_each():
    rng = np.random.default_rng(3)
    answers = np.clip(np.round(1 + rng.normal(size=(60, 1)) + rng.normal(size=(60, 25))), 0, 2)
    table = sdq_table(answers)
    table[list(SDQ.reversed)] = 2 - table[list(SDQ.reversed)]
    found = scales.score(table, SDQ).reliability(by=["8a"] * 25 + ["8b"] * 30 + ["8c"] * 5)
    told = found.explain()
    assert told.count("Per groep: 8a 0,") == told.count("(minder dan 10): 8c.") == 6
    assert told.count("De betrouwbaarheid van") == 6
    flat = scales.score(sdq_table(np.ones((20, 25))), SDQ).reliability(by=["8a"] * 20)
    assert "Niet te berekenen: 8a." in flat.explain()


def test_a_notebook_shows_a_row_per_score_and_no_figure_of_few():
    table = sdq_table(np.tile([0, 1, 2, 1, 0], (12, 5)))
    table.loc[0:3, ["fights", "lies", "steals"]] = np.nan
    name = Text("<img src=x>", "<img src=x>")
    hostile = replace(SDQ, subscales=tuple(replace(s, name=name) for s in SDQ.subscales))
    page = scales.score(table, SDQ)._repr_html_()
    rows = page.partition("<tbody>")[2].split("<tr>")[1:]
    assert len(rows) == 6
    assert "gedragsproblemen" in rows[1]
    assert (
        "<td>minder dan 10</td><td>minder dan 10</td><td>niet getoond</td><td>niet getoond</td>"
        in rows[1]
    )
    assert "<td>12</td><td>0</td><td>" in rows[0]
    assert "<img" not in scales.score(table, hostile)._repr_html_()


def test_items_that_there_are_not_and_columns_used_twice_are_named_at_once():
    table = pd.DataFrame({f"who5_{i}": [1] for i in range(1, 6)})
    with pytest.raises(PlanError) as error:
        scales.score(table, "who-5", items={"who5_1": "who5_2", "who5_9": "x"})
    assert len(error.value.faults) == 2
    with pytest.raises(DataError, match="meer kolommen"):
        scales.score(table.rename(columns={"who5_1": "who5_2"}).assign(who5_1=1), "who-5")
    with pytest.raises(DataError):
        scales.score([1, 2], "who-5")
    with pytest.raises(PlanError, match="emotion"):
        scales.score(sdq_table(np.ones(25)), SDQ)["emotie"]


def test_a_table_without_rows_gives_scores_without_rows():
    scored = scales.score(sdq_table(np.ones((0, 25))), SDQ)
    assert scored.scores.shape == (0, 6)
    assert "geen lijsten" in scored.explain()
    assert scored.table()["mean"].isna().all()


def test_a_list_that_is_not_validated_says_so_wherever_it_is_shown():
    table = pd.DataFrame({f"welbevinden{i}": [5, 4, 2, 1] for i in range(1, 7)})
    scored = scales.score(table, "welbevinden")
    assert "niet gevalideerd" in scored.explain()
    assert "not validated" in scored.explain("en")
    assert not scored.table()["validated"].any()
    assert "niet gevalideerd" in scored.reliability().explain()


def test_scored_counts_few_pupils_only_as_few_and_shows_no_value():
    table = sdq_table(np.tile([0, 1, 2, 1, 0], (12, 5)))
    table.loc[3:5, ["somatic", "worries"]] = np.nan
    scored = scales.score(table, SDQ)
    assert "minder dan 10 lijsten" in scored.explain()
    assert "fewer than 10 lists" in scored.explain("en")
    assert "<p>" in scored._repr_html_()
    assert "DataFrame" not in repr(scored)
    assert scored.table().set_index("subscale").loc["emotion", "prorated"] == 3
    assert scored.item_table().set_index("item").loc["somatic", "missing"] == 3


# ---------------------------------------------------------------- a file of one's own


def test_a_list_of_ones_own_is_read_from_a_file(tmp_path):
    path = tmp_path / "lijst.toml"
    path.write_text(OWN, encoding="utf-8")
    one = scales.read_instrument(path)
    assert one.items == ("v01", "v02", "v03")
    assert one.subscales[0].minimum == 3
    assert one.subscales[0].range == (3, 12)
    table = pd.DataFrame({"v01": [1, 4], "v02": [1, 4], "v03": [1, 4]})
    assert scales.score(table, one).scores["eigen_lijst"].tolist() == [3, 12]
    parts = OWN.replace("range = [1, 4]", "range = [1, 4]\nwhole = false")
    assert scales.score(table + 0.0 * 1 - 0.0, scales.parse_instrument(parts)).scores.size == 2
    halves = table.astype(float)
    halves.loc[0, "v01"] = 1.5
    assert scales.score(halves, scales.parse_instrument(parts)).scores.iloc[0, 0] == 3.5


def test_t_values_are_looked_up_in_the_table_of_the_file():
    values = ", ".join(f"[{raw}, {30 + 2 * raw}.5]" for raw in range(3, 13))
    own = OWN.replace("[licence]", f"[scoring]\nt_values = [{values}]\n[licence]")
    table = pd.DataFrame({"v01": [1, 4, 2], "v02": [1, 4, 3], "v03": [1, 4, np.nan]})
    found = scales.score(table, scales.parse_instrument(own))
    assert found.scores["eigen_lijst"].tolist()[:2] == [36.5, 54.5]
    assert math.isnan(found.scores["eigen_lijst"][2])
    assert scales.parse_instrument(own).subscales[0].range == (36.5, 54.5)
    prorated = own.replace("t_values", 'minimum = 2\nrounding = "half up"\nt_values')
    again = scales.score(table, scales.parse_instrument(prorated))
    assert again.scores["eigen_lijst"][2] == 30 + 2 * 8 + 0.5  # 2.5 x 3 = 7.5, so 8
    assert "T-waarde" in scales.parse_instrument(own).explain()
    for wrong in (
        own.replace("[12, 54.5]", "[13, 54.5]"),
        own.replace("t_values", "minimum = 2\nt_values"),
        own.replace("t_values", "times = 2\nt_values"),
        own.replace("t_values", 'method = "mean"\nt_values'),
    ):
        with pytest.raises(PlanError, match="T-waarde"):
            scales.parse_instrument(wrong)


def test_every_fault_of_a_file_is_told_at_once():
    wrong = OWN.replace('informant = "self"', 'informant = "kind"').replace(
        "validated = false", "validatd = false"
    )
    wrong = wrong.replace("[1, 4]", "[4, 1]") + 'metod = "sum"\nminimum = "drie"\n[elders]\nx = 1\n'
    with pytest.raises(PlanError) as error:
        scales.parse_instrument(wrong, file="lijst.toml")
    where = [fault.column for fault in error.value.faults]
    assert "informant" in where
    assert "range" in where
    assert where.count("[subscales.alles]") == 1
    assert "[subscales.alles] minimum" in where
    told = words_of(error)
    for word in ("validatd", "‘validated’ ontbreekt", "elders", "metod", "lijst.toml"):
        assert word in told


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('items = {pattern = "v##", numbers = [1, 3]}', 'items = ["a", "a"]', "Meer dan eens"),
        ('items = {pattern = "v##", numbers = [1, 3]}', "items = []", "verkeerde vorm"),
        ('"v##"', '"v"', "verkeerde vorm"),
        ("[1, 3]", "[3, 1]", "verkeerde vorm"),
        ("range = [1, 4]", 'range = [1, 4]\nreversed = ["v9"]', "v9"),
        ('name = "alles"', 'name = "alles"\nitems = ["v01", "v02"]', "v03"),
        ('name = "alles"', 'name = "alles"\nitems = ["v01", "x"]', "‘x’"),
        ('name = "alles"', 'name = "alles"\nminimum = 4', "minimum"),
        ('name = "alles"', 'name = "alles"\ntimes = 0', "times"),
        ('name = "alles"', 'name = "alles"\nsum_of = ["weg"]', "‘weg’"),
        ("[subscales.alles]", "[subscales.'al les']", "verkeerde vorm"),
        ("[licence]", '[unverified]\nleeftijd = "x"\n[licence]', "leeftijd"),
        ('terms = "eigen"', "terms = 3", "terms"),
        ('key = "eigen-lijst"', 'key = "Eigen lijst"', "key"),
        ('key = "eigen-lijst"', "key = 'x", "TOML"),
        ("[subscales.alles]", "[subscales.a-b]\nname='x'\n[subscales.a_b]", "zelfde kolom"),
        ("range = [1, 4]", "range = [1, 1e300]", "range"),
        ("range = [1, 4]", "range = [1, 1e11]\nscoring = {t_values = [[3, 1]]}", "T-waarde"),
    ],
)  # fmt: skip
def test_a_contradiction_in_a_file_is_named(old, new, says):
    assert old in OWN
    with pytest.raises(PlanError, match=says):
        scales.parse_instrument(OWN.replace(old, new))


def test_a_file_that_cannot_be_read_is_told_without_its_folder(tmp_path):
    with pytest.raises(PlanError) as error:
        scales.read_instrument(tmp_path / "weg.toml")
    assert error.value.faults[0].file == "weg.toml"
    assert str(tmp_path) not in words_of(error)
    (tmp_path / "latijn.toml").write_bytes("naam = 'é'".encode("latin-1"))
    with pytest.raises(PlanError, match="UTF-8"):
        scales.read_instrument(tmp_path / "latijn.toml")


KEYS = ["key", "name", "range", "items", "reversed", "scoring", "subscales", "licence", "ages",
        "unverified", "validated", "source", "informant", "whole", "vreemd"]  # fmt: skip
VALUES = ["1", '"x"', "[1, 4]", "[]", "{}", "true", '["v1", "v2"]', "{x = 1}", "[[1, 2]]", "nan",
          '{pattern = "v#", numbers = [1, 2]}', "{s = {name = 'n'}}", "inf", "{terms = 't'}",
          "{s = {name = 'n', sum_of = ['s']}}", "1979-05-27", '"self"', '"a-b"']  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)))
def test_no_file_breaks_the_reader(content):
    text = "\n".join(f"{key} = {value}" for key, value in content.items())
    told = None
    try:
        scales.parse_instrument(text)
    except PlanError as error:
        told = error
    if told is not None:
        assert told.explain("nl") != told.explain("en")


def test_every_shipped_file_is_read():
    folder = Path(scales.__file__).parent / "instruments"
    for path in folder.glob("*.toml"):
        assert any(key.startswith(path.stem) for key in SHIPPED)
    assert len(set(SHIPPED)) == len(SHIPPED)
    columns = itertools.chain(*(i.table()["column"] for i in scales.instruments()))
    assert all(name.isidentifier() for name in columns)
