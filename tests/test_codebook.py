"""The codebook: its file, its description of a table, its categories."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from types import MappingProxyType

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
    apply_codebook,
    as_toml,
    codebook_from_dict,
    codebook_of,
    coded,
    labelled,
    levels_of,
    merge,
    read_codebook,
    write_codebook,
)
from academic_workplace.language import Text, same

DATA = Path(__file__).parents[1] / "data"

# Any character a file can hold; a lone surrogate is none.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
texts = st.builds(Text, words, words)
numbers = st.floats(allow_nan=False)
ends = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
codes = st.one_of(words.map(str.strip), st.integers(-999, 9999).map(str))


@st.composite
def columns(draw: st.DrawFn) -> Column:
    missing = draw(st.lists(codes, max_size=4, unique=True))
    missing_codes = tuple(
        MissingCode(code, draw(texts), draw(st.none() | st.integers(0, 9**9))) for code in missing
    )
    return Column(
        meaning=draw(texts),
        type=draw(st.sampled_from(Form)),
        unit=draw(words),
        range=draw(st.none() | ends),
        levels=MappingProxyType(draw(st.dictionaries(codes, texts, max_size=4))),
        missing=missing_codes,
        missing_ranges=tuple(draw(st.lists(ends, max_size=2))),
        source=draw(words),
        note=draw(texts),
    )


def codebooks() -> st.SearchStrategy[Codebook]:
    return st.dictionaries(words, columns(), max_size=4).map(
        lambda each: Codebook(MappingProxyType(each))
    )


def in_order(codebook: Codebook) -> list[object]:
    return [(name, list(each.levels)) for name, each in codebook.columns.items()]


# ---------------------------------------------------------------- the file


@given(codebooks())
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, codebook) -> None:
    path = write_codebook(codebook, tmp_path_factory.getbasetemp() / "codebook.toml")
    again = read_codebook(path)
    assert again == codebook
    assert in_order(again) == in_order(codebook)


@given(codebooks())
def test_a_codebook_goes_through_plain_values_and_pickle_unchanged(codebook) -> None:
    assert codebook_from_dict(codebook.to_dict()) == codebook
    assert pickle.loads(pickle.dumps(codebook)) == codebook  # noqa: S301 -- our own
    for column in codebook.columns.values():
        assert copy.deepcopy(column) == column


@pytest.mark.parametrize("study", ["levensvaardigheden", "star"])
def test_the_codebooks_of_the_studies_are_read_and_written_back_alike(study, tmp_path) -> None:
    codebook = read_codebook(DATA / study / "codebook.toml")
    assert read_codebook(write_codebook(codebook, tmp_path / "codebook.toml")) == codebook
    assert all(column.meaning.nl and column.meaning.en for column in codebook.columns.values())


def test_a_codebook_says_what_every_key_says() -> None:
    column = codebook_from_dict(
        {
            "columns": {
                "sfeer": {
                    "meaning": "Sfeer",
                    "type": "ordered",
                    "range": [1, 4],
                    "levels": {"1": {"nl": "nooit", "en": "never"}, "2": "soms"},
                    "missing": [{"code": "99", "label": "weet niet", "count": 3}, 98, "X"],
                    "missing_ranges": [[90, 95]],
                }
            }
        }
    )["sfeer"]
    assert column.meaning == same("Sfeer")
    assert column.type is Form.ORDERED
    assert column.range == (1.0, 4.0)
    assert dict(column.levels) == {"1": Text("nooit", "never"), "2": same("soms")}
    assert column.missing == (
        MissingCode("99", same("weet niet"), 3),
        MissingCode("98"),
        MissingCode("X"),
    )
    assert column.missing_ranges == ((90.0, 95.0),)


def test_the_file_is_laid_out_for_people() -> None:
    column = Column(
        meaning=Text("Sfeer", "Climate"),
        type=Form.ORDERED,
        range=(1, 4),
        levels={"1": same("nooit"), "a b": same("soms")},
        missing=(MissingCode("99", same("weet niet"), 3),),
    )
    assert as_toml(Codebook({"sfeer in de klas": column})) == (
        '[columns."sfeer in de klas"]\n'
        'meaning = { nl = "Sfeer", en = "Climate" }\n'
        'type = "ordered"\n'
        "range = [1, 4]\n"
        "missing = [\n"
        '  { code = "99", label = { nl = "weet niet", en = "weet niet" }, count = 3 },\n'
        "]\n"
        "\n"
        '[columns."sfeer in de klas".levels]\n'
        '1 = { nl = "nooit", en = "nooit" }\n'
        '"a b" = { nl = "soms", en = "soms" }\n'
    )


def test_every_fault_of_a_codebook_is_told_at_once(tmp_path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(
        """
colums = 1
[columns.a]
meanning = "x"
type = "getal"
range = [4, 1]
unit = 3
[columns.b]
meaning = { nl = "x", de = "y" }
levels = { 1 = 2 }
missing = "99"
missing_ranges = [[1, nan]]
note = []
[columns.c]
missing = [99, { code = "99" }]
levels = { 1 = "ja", "1.0" = "nee" }
[columns]
d = "tekst"
""".replace("[columns]\n", ""),  # below [columns.c]: an unknown key
        encoding="utf-8",
    )
    with pytest.raises(DataError) as error:
        read_codebook(path)
    found = [(fault.column, fault.rule.en.split("’")[0]) for fault in error.value.faults]
    assert found == [
        ("", "‘colums"),
        ("a", "‘meanning"),
        ("a", "‘type"),
        ("a", "‘range"),
        ("a", "‘unit"),
        ("b", "‘meaning"),
        ("b", "‘levels"),
        ("b", "‘missing"),
        ("b", "‘missing_ranges"),
        ("b", "‘note"),
        ("c", "‘d"),
        ("c", "The code ‘1"),
        ("c", "The code ‘99"),
    ]
    for fault in error.value.faults:
        assert fault.file == "codebook.toml"
        assert fault.rule.nl
        assert fault.remedy.nl
        assert fault.remedy.en
    assert "Bedoelt u ‘meaning’?" in error.value.explain("nl")


@pytest.mark.parametrize("bad", [{"columns": 1}, {"columns": {"a": 1}}, {"a": {}}])
def test_what_is_no_codebook_is_refused(bad) -> None:
    with pytest.raises(DataError):
        codebook_from_dict(bad)


@pytest.mark.parametrize("content", [b"[columns.a\n", b"\xff\xfe\x00", b"x = 2000-13-01\n"])
def test_a_file_that_is_no_toml_is_refused_with_its_name(tmp_path, content) -> None:
    path = tmp_path / "codebook.toml"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_codebook(path)
    assert error.value.faults[0].file == "codebook.toml"
    with pytest.raises(DataError):
        read_codebook(tmp_path / "absent.toml")


def test_a_codebook_that_cannot_be_written_leaves_the_old_one(tmp_path) -> None:
    (tmp_path / "map").write_text("geen map", encoding="utf-8")
    with pytest.raises(DataError):
        write_codebook(Codebook({}), tmp_path / "map" / "codebook.toml")
    assert (tmp_path / "map").read_text(encoding="utf-8") == "geen map"
    path = write_codebook(Codebook({"a": Column()}), tmp_path / "new" / "codebook.toml")
    assert [each.name for each in path.parent.iterdir()] == ["codebook.toml"]


def test_the_codebook_travels_with_the_table() -> None:
    codebook = Codebook({"a": Column()})
    table = pd.DataFrame({"a": [1, 2], "b": [1, 2]})
    table.attrs[CODEBOOK] = codebook
    assert codebook_of(table[["a"]].iloc[:1].copy()) is codebook
    assert codebook_of(pd.DataFrame()) is None


# ---------------------------------------------------------------- codes and labels

ANSWERS = Column(
    type=Form.ORDERED,
    levels={"1": Text("nooit", "never"), "2": Text("soms", "sometimes"), "9": same("geen idee")},
    missing=(MissingCode("9", same("geen idee")), MissingCode("99", Text("weet niet", "unknown"))),
    missing_ranges=((-9, -1),),
)


def test_labels_codes_and_missing_codes_become_numbers() -> None:
    cells = pd.Series(["nooit", "sometimes", "2", "weet niet", "unknown", "-3", None, "9"])
    found = coded(cells, ANSWERS)
    assert found.tolist()[:3] == [1.0, 2.0, 2.0]
    assert found[3:].isna().all()
    numbers = pd.Series([1, 2, 99, -9, -0.5, 9, 3], name="a")
    assert coded(numbers, ANSWERS).fillna(0).tolist() == [1, 2, 0, 0, -0.5, 0, 3]


def test_codes_become_ordered_categories_in_the_order_of_the_codebook() -> None:
    found = labelled(pd.Series([2.0, 1.0, None, 99.0], index=[3, 4, 5, 6], name="a"), ANSWERS)
    assert found.cat.categories.tolist() == ["nooit", "soms"]
    assert found.cat.ordered
    assert found.index.tolist() == [3, 4, 5, 6]
    assert found.tolist()[:2] == ["soms", "nooit"]
    assert found[5:].isna().all()
    english = labelled(pd.Series(["1", "soms"]), ANSWERS, language="en")
    assert english.tolist() == ["never", "sometimes"]
    plain = labelled(pd.Series([True]), Column(type=Form.CATEGORY, levels={"1": same("ja")}))
    assert not plain.cat.ordered


@given(
    st.dictionaries(st.integers(-999, 999).map(str), words.map(str.strip), min_size=1).flatmap(
        lambda levels: st.tuples(
            st.just(levels), st.lists(st.none() | st.sampled_from(sorted(levels)))
        )
    ),
    st.sampled_from([Form.CATEGORY, Form.ORDERED]),
)
def test_codes_to_labels_and_back_are_the_same_codes(levels_and_cells, form) -> None:
    levels, cells = levels_and_cells
    unlike = {code: same(f"{code}: {label}") for code, label in levels.items()}
    described = Column(type=form, levels=unlike)
    numbers = pd.Series([None if cell is None else float(cell) for cell in cells], dtype=float)
    labels = labelled(numbers, described)
    pd.testing.assert_series_equal(coded(labels, described), numbers)
    pd.testing.assert_series_equal(labelled(labels, described), labels)


def test_a_cell_that_the_codebook_does_not_know_is_a_fault_without_its_value() -> None:
    table = pd.DataFrame({"a": ["nooit", "Jan Jansen", "soms", "Piet"]})
    table.attrs["source"] = "x.csv"
    for change in (coded, labelled):
        with pytest.raises(DataError) as error:
            change(table["a"], ANSWERS)
        (fault,) = error.value.faults
        assert (fault.file, fault.column, fault.rows, fault.count) == ("x.csv", "a", (3, 5), 2)
        assert "Jan" not in str(error.value)


def test_codes_that_are_words_are_no_numbers_and_a_label_belongs_to_one_code() -> None:
    sex = Column(type=Form.CATEGORY, levels={"m": same("jongen"), "v": same("meisje")})
    with pytest.raises(DataError, match="‘m’, ‘v’"):
        coded(pd.Series(["m", "meisje"]), sex)
    assert labelled(pd.Series(["m", "meisje"]), sex).tolist() == ["jongen", "meisje"]
    twice = Column(type=Form.CATEGORY, levels={"1": same("ja"), "2": same("ja")})
    with pytest.raises(DataError, match="‘ja’"):
        labelled(pd.Series([1]), twice)


def test_a_label_that_looks_like_another_code_is_the_label_in_a_category() -> None:
    levels = {"0": same("1"), "1": same("2")}  # the number of brothers, counted from 0
    assert coded(pd.Series(["1", "2"]), Column(type=Form.ORDERED, levels=levels)).tolist() == [0, 1]
    assert coded(pd.Series(["1", "0"]), Column(type=Form.NUMBER, levels=levels)).tolist() == [1, 0]


def test_a_codebook_of_ones_own_empties_the_codes_it_declares_and_counts_them() -> None:
    table = pd.DataFrame({"a": [1, 99, 99, -3, 2], "b": ["ja", "99", "", "nee", "x"]})
    codebook = Codebook(
        {"a": ANSWERS, "b": Column(missing=(MissingCode("99", count=4), MissingCode("x")))}
    )
    found = apply_codebook(table, codebook)
    assert found["a"].fillna(0).tolist() == [1, 0, 0, 0, 2]
    assert found["b"].isna().tolist() == [False, True, False, False, True]
    now = codebook_of(found)
    assert now is not None
    assert [each.count for each in now["a"].missing] == [None, 2]
    assert [each.count for each in now["b"].missing] == [1, 1]
    again = codebook_of(apply_codebook(found, now))  # nothing left to empty: the counts stay
    assert again == now
    assert table["a"].tolist() == [1, 99, 99, -3, 2]


# ---------------------------------------------------------------- merging


def test_two_codebooks_without_contradiction_become_one() -> None:
    one = Column(
        type=Form.ORDERED,
        levels={"1": same("nooit")},
        missing=(MissingCode("99", count=2), MissingCode("98", count=1)),
    )
    two = Column(
        meaning=same("Sfeer"),
        type=Form.ORDERED,
        range=(1, 4),
        levels={"1.0": same("nooit"), "2": same("soms")},
        missing=(MissingCode("99.0", same("weet niet"), 3), MissingCode("97")),
    )
    codebook, faults = merge([Codebook({"a": one}), None, Codebook({"a": two, "b": Column()})])
    assert not faults
    assert list(codebook.columns) == ["a", "b"]
    a = codebook["a"]
    assert (a.meaning, a.range, list(a.levels)) == (same("Sfeer"), (1, 4), ["1", "2"])
    assert [(each.code, each.count) for each in a.missing] == [("99", 5), ("98", 1), ("97", None)]
    assert a.missing[0].label == same("weet niet")


def test_every_contradiction_between_two_waves_is_named() -> None:
    one = Column(
        type=Form.CATEGORY,
        unit="punten",
        range=(1, 4),
        levels={"1": Text("jongen", "boy"), "2": Text("meisje", "girl"), "9": same("anders")},
    )
    two = Column(
        type=Form.ORDERED,
        unit="jaar",
        range=(1, 5),
        levels={"1": Text("meisje", "girl"), "m": Text("jongen", "boy")},
        missing=(MissingCode("9"),),
    )
    codebook, faults = merge([Codebook({"sekse": one}), Codebook({"sekse": two})], ["a", "b"])
    assert codebook["sekse"].levels == one.levels
    assert [(fault.file, fault.column) for fault in faults] == [("b", "sekse")] * len(faults)
    assert [fault.rule.en for fault in faults] == [
        "This column is ‘ordered’ here and ‘category’ in a.",
        "The unit is ‘jaar’ here and ‘punten’ in a.",
        "The range is 1 to 5 here and 1 to 4 in a.",
        "The code ‘1’ means ‘girl’ here and ‘boy’ in a.",
        "‘girl’ has the code ‘1’ here and ‘2’ in a.",
        "‘boy’ has the code ‘m’ here and ‘1’ in a.",
        "The code ‘9’ means missing in one of the two and not in the other (a).",
    ]


@given(codebooks())
def test_a_codebook_merged_with_itself_has_no_contradiction(codebook) -> None:
    merged, faults = merge([codebook, codebook])
    unlike = all(
        len({label.nl for label in levels.values()}) == len(levels)
        for levels in (levels_of(column) for column in codebook.columns.values())
    )
    assert not faults or not unlike
    assert in_order(merged) == in_order(codebook)
