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
    as_toml,
    codebook_from_dict,
    codebook_of,
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
