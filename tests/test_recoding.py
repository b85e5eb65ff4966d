"""Other names and other labels, as the plan declares them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic_workplace.errors import DataError
from academic_workplace.intake.codebook import (
    CODEBOOK,
    Codebook,
    Column,
    Form,
    MissingCode,
    codebook_of,
    coded,
    labelled,
)
from academic_workplace.intake.pupils import label_of
from academic_workplace.intake.recoding import recode, recode_all, rename
from academic_workplace.language import Text, same

LEVEL = Column(
    meaning=same("Opleiding"),
    type=Form.ORDERED,
    levels={"1": Text("laag", "low"), "2": Text("midden", "middle"), "3": Text("hoog", "high")},
)


def table_of(cells: object, described: Column | None = None, name: str = "a") -> pd.DataFrame:
    table = pd.DataFrame({name: cells})
    table.attrs["source"] = "x.csv"
    if described is not None:
        table.attrs[CODEBOOK] = Codebook({name: described})
    return table


def categories(cells: list[str | None], described: Column) -> pd.DataFrame:
    return table_of(labelled(pd.Series(cells, dtype="str"), described), described)


def after(table: pd.DataFrame, name: str = "a") -> Column:
    codebook = codebook_of(table)
    assert codebook is not None
    return codebook[name]


# ---------------------------------------------------------------- names


def test_a_new_name_goes_to_the_table_and_its_codebook() -> None:
    table = table_of([1, 2], LEVEL).assign(b=3)
    table.attrs[CODEBOOK] = Codebook({"a": LEVEL, "b": Column()})
    found = rename(table, {"a": "b", "b": "a"})  # at once: they change places
    assert found.columns.tolist() == ["b", "a"]
    assert after(found, "b") is LEVEL
    assert found.attrs["source"] == "x.csv"
    assert table.columns.tolist() == ["a", "b"]


def test_every_name_that_cannot_be_given_is_told_at_once() -> None:
    table = pd.DataFrame([[1, 2, 3, 4]], columns=["school", "b", "c", "c"])
    with pytest.raises(DataError) as error:
        rename(table, {"schol": "x", "b": "school", "c": "y", "school": " "})
    assert [(fault.column, fault.rule.en) for fault in error.value.faults] == [
        ("schol", "This column is missing."),
        ("c", "This column name occurs more than once."),
        ("school", "The new name is empty."),
    ]
    assert "‘school’" in error.value.faults[0].remedy.en
    with pytest.raises(DataError, match="meer dan eens"):
        rename(pd.DataFrame({"a": [1], "b": [1], "c": [1]}), {"a": "c"})
    with pytest.raises(DataError, match="meer dan eens"):
        rename(pd.DataFrame({"a": [1], "b": [1]}), {"a": "x", "b": "x"})


# ---------------------------------------------------------------- values

words = st.sampled_from(["ja", "nee", "1", "2", "9", "x y"])


@given(
    st.lists(st.none() | words, min_size=1),
    st.dictionaries(words, st.sampled_from(["ja", "nee", "anders", "2"]), min_size=1),
)
def test_a_recode_of_text_changes_what_is_named_and_nothing_else(cells, mapping) -> None:
    table = table_of(pd.Series(cells, dtype="str"))
    found, done = recode(table, "a", mapping)
    expected = [None if cell is None else mapping.get(cell, cell) for cell in cells]
    assert found["a"].astype(object).where(found["a"].notna(), None).tolist() == expected
    filled = [cell for cell in cells if cell is not None]
    assert sum(done.changed.values()) + done.kept == len(filled)
    assert done.changed == {old: filled.count(old) for old in mapping}
    assert done.kept_values == len(set(filled) - set(mapping))


@given(
    st.lists(st.none() | st.integers(-3, 9) | st.sampled_from([0.1, 1e300]), min_size=1),
    st.dictionaries(st.integers(-3, 9).map(str), st.integers(-99, 99).map(str), min_size=1),
)
def test_a_recode_of_numbers_to_numbers_gives_numbers(cells, mapping) -> None:
    numbers = pd.Series(cells, dtype=float)
    found, done = recode(table_of(numbers), "a", mapping)
    expected = [float(mapping.get(label_of(x), x)) for x in numbers]
    pd.testing.assert_series_equal(
        found["a"].astype(float), pd.Series(expected, name="a"), check_exact=True
    )
    assert sum(done.changed.values()) + done.kept == numbers.notna().sum()


@given(st.lists(st.sampled_from(["laag", "midden", "hoog"])), st.permutations(["1", "2", "3"]))
def test_a_recode_and_its_opposite_give_the_table_back(cells, codes) -> None:
    table = categories(cells, LEVEL)
    there = dict(zip(["1", "2", "3"], codes, strict=True))
    back = {new: old for old, new in there.items()}
    once, _ = recode(table, "a", there)
    twice, _ = recode(once, "a", back)
    pd.testing.assert_frame_equal(twice, table)
    assert after(twice) == LEVEL


def test_codes_labels_and_english_labels_name_the_same_value() -> None:
    table = categories(["laag", "midden", None, "hoog"], LEVEL)
    for old in ("1", "1.0", "laag", "low"):
        found, done = recode(table, "a", {old: "onbekend"})
        assert found["a"].astype("str").tolist()[:2] == ["onbekend", "midden"]
        assert done.changed == {old: 1}
        assert (done.kept, done.kept_values) == (2, 2)
    numbers = table_of([1.0, 2.0, 3.0], LEVEL)
    found, _ = recode(numbers, "a", {"laag": "midden", "3": "2"})
    assert found["a"].tolist() == [2, 2, 2]
    assert list(after(found).levels) == ["2"]


def test_neighbours_that_become_one_keep_their_order_and_others_do_not() -> None:
    table = categories(["laag", "midden", "hoog"], LEVEL)
    found, _ = recode(table, "a", {"laag": "niet hoog", "midden": "niet hoog"})
    assert found["a"].cat.categories.tolist() == ["niet hoog", "hoog"]
    assert found["a"].cat.ordered
    assert dict(after(found).levels) == {"1": same("niet hoog"), "3": LEVEL.levels["3"]}
    assert coded(found["a"], after(found)).tolist() == [1, 1, 3]
    found, _ = recode(table, "a", {"laag": "uiterst", "hoog": "uiterst"})
    assert not found["a"].cat.ordered
    assert after(found).type is Form.CATEGORY
    assert found["a"].cat.categories.tolist() == ["uiterst", "midden"]
    found, _ = recode(table, "a", {"laag": "hoog"})
    assert found["a"].cat.categories.tolist() == ["midden", "hoog"]
    assert list(after(found).levels) == ["2", "3"]


def test_a_code_that_gives_its_label_away_and_gets_another_keeps_both_apart() -> None:
    table = categories(["laag", "midden", "hoog"], LEVEL)
    found, _ = recode(table, "a", {"1": "nieuw", "2": "1"})
    assert found["a"].astype("str").tolist() == ["nieuw", "laag", "hoog"]
    labels = {code: label.nl for code, label in after(found).levels.items()}
    assert labels == {"1": "laag", "nieuw": "nieuw", "3": "hoog"}


def test_numbers_that_get_words_become_a_category_with_the_old_codes() -> None:
    described = Column(type=Form.NUMBER, range=(0, 1))
    found, done = recode(table_of([0, 1, 1, 5], described), "a", {"1": "ja", "0": "nee"})
    assert found["a"].tolist() == ["nee", "ja", "ja", "5"]
    assert after(found).type is Form.CATEGORY
    assert dict(after(found).levels) == {"1": same("ja"), "0": same("nee")}
    assert after(found).range is None
    assert (done.kept, done.kept_values) == (1, 1)


def test_an_empty_new_label_makes_cells_missing_and_the_codebook_keeps_the_code() -> None:
    table = table_of([1, 99, 99, None], Column(type=Form.NUMBER, range=(1, 4)))
    found, done = recode(table, "a", {"99": ""})
    assert found["a"].fillna(0).tolist() == [1, 0, 0, 0]
    assert after(found).missing == (MissingCode("99", Text("", ""), 2),)
    assert after(found).range == (1, 4)
    assert done.changed == {"99": 2}
    table = categories(["laag", "midden"], LEVEL)
    found, _ = recode(table, "a", {"laag": ""})
    assert found["a"].cat.categories.tolist() == ["midden", "hoog"]
    assert found["a"].isna().tolist() == [True, False]
    assert after(found).missing == (MissingCode("1", LEVEL.levels["1"], 1),)


def test_categories_without_a_codebook_are_recoded_too() -> None:
    table = pd.DataFrame({"a": pd.Categorical(["b", "c", None], ["c", "b", "a"], ordered=True)})
    found, _ = recode(table, "a", {"b": "nieuw"})
    assert found["a"].cat.categories.tolist() == ["c", "nieuw", "a"]
    assert found["a"].cat.ordered
    assert codebook_of(found) is None


def test_true_and_false_are_1_and_0() -> None:
    found, _ = recode(pd.DataFrame({"a": [True, False]}), "a", {"1": "ja", "0": "nee"})
    assert found["a"].tolist() == ["ja", "nee"]


def test_every_fault_of_a_recode_is_told_at_once() -> None:
    table = table_of([1, 2], LEVEL)
    with pytest.raises(DataError) as error:
        recode_all(
            table,
            {"schol": "x"},
            {"b": {"1": "2"}, "a": {"1": "x", "laag": "y", "2": ["z"]}, "c": {}},
        )
    assert [(fault.column, fault.rule.en) for fault in error.value.faults] == [
        ("schol", "This column is missing."),
        ("b", "This column is missing."),
        ("a", "‘1’ and ‘laag’ are the same value."),
        ("a", "The new value of ‘2’ is no text."),
        ("c", "This column is missing."),
    ]
    assert all(fault.file == "x.csv" for fault in error.value.faults)
    with pytest.raises(DataError, match="Er staat niet welke waarden"):
        recode(table, "a", {})


def test_names_come_first_and_values_are_of_the_new_names() -> None:
    table = table_of([1, 2], LEVEL)
    found, (done,) = recode_all(table, {"a": "niveau"}, {"niveau": {"1": "2"}})
    assert found["niveau"].tolist() == [2, 2]
    assert done.column == "niveau"
    assert done.to_dict() == {
        "column": "niveau", "changed": {"1": 1}, "kept": 1, "kept_values": 1,
    }  # fmt: skip
    with pytest.raises(DataError) as error:  # a wrong value is told beside a wrong name
        recode_all(table, {"a": "niveau", "x": "y"}, {"niveau": {}})
    assert [fault.column for fault in error.value.faults] == ["x", "niveau"]


def test_the_notes_say_what_was_not_named_without_saying_it() -> None:
    _, done = recode(table_of(["Jan", "Piet", "ja"]), "a", {"ja": "yes", "nee": "no"})
    said = " ".join(note.nl + note.en for note in done.notes())
    assert "2 verschillende waarden" in said
    assert "‘nee’ does not occur" in said
    assert "Jan" not in said
    assert "Piet" not in said


def test_a_new_name_that_stands_there_already_is_told_once() -> None:
    table = pd.DataFrame({"school": ["a"], "post": [1]})
    with pytest.raises(DataError) as caught:
        rename(table, {"schol": "school"})
    (fault,) = caught.value.faults
    assert "staat al in het bestand" in fault.remedy.nl


def test_one_cell_is_no_cells() -> None:
    _, done = recode(pd.DataFrame({"a": ["x", "y"]}), "a", {"x": "z"})
    assert [note.nl for note in done.notes()] == [
        "a: 1 cel kreeg een nieuwe waarde",
        "a: 1 cel met een waarde die het plan niet noemt, bleef gelijk",
    ]
    assert [note.en for note in done.notes()] == [
        "a: 1 cell was given a new value",
        "a: 1 cell with a value that the plan does not name stayed the same",
    ]


def test_a_column_of_lists_is_recoded_as_text() -> None:
    table, done = recode(pd.DataFrame({"a": [[1], [2], None]}), "a", {"[1]": "een"})
    assert table["a"].dropna().tolist() == ["een", "[2]"]
    assert done.changed == {"[1]": 1}


@pytest.mark.parametrize(
    ("cells", "new", "values"),
    [
        (["6", "<5", "7"], "", [6, None, 7]),
        (["6,5", "<5", "7"], "2.5", [6.5, 2.5, 7]),
        (["6", "<5", "laag"], "", ["6", None, "laag"]),
        (["1.234", "<5", "987"], "", ["1.234", None, "987"]),  # in a file with decimal commas
    ],
)
def test_text_becomes_numbers_when_only_numbers_are_left(cells, new, values):
    table = pd.DataFrame({"verzuim": pd.Series(cells, dtype="str")})
    table.attrs["decimal_comma"] = True
    made, _ = recode(table, "verzuim", {"<5": new})
    assert [None if pd.isna(value) else value for value in made["verzuim"]] == values
