"""The codebook: its file, its description of a table, its categories."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import docx
import markupsafe
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academic_workplace.errors import DataError, WorkplaceError
from academic_workplace.intake.check import check
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
from academic_workplace.intake.description import Description, codebook, suggest
from academic_workplace.intake.files.reading import read
from academic_workplace.language import Text, same
from academic_workplace.plan import Plan, read_plan
from academic_workplace.report.codebook import page
from academic_workplace.report.document import Heading, Table, walk
from academic_workplace.report.house import LEIDEN, dressed
from academic_workplace.report.writers.html import html

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


@pytest.mark.parametrize(
    "study", ["levensvaardigheden", "star", "mentoring", "ouderbetrokkenheid", "extra-leestijd"]
)
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


def test_a_codebook_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch) -> None:
    old = write_codebook(Codebook({"a": Column(unit="jaar")}), tmp_path / "codebook.toml")
    whole = old.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("vol")))
        with pytest.raises(DataError):
            write_codebook(Codebook({}), old)
    assert old.read_bytes() == whole
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
        "This column holds ‘choice, in order’ here and ‘choice’ in a.",
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


# ---------------------------------------------------------------- describing a table


def described_as(column: Column, cells: object, **others: object) -> Description:
    table = pd.DataFrame({"a": cells, **others})
    table.attrs |= {CODEBOOK: Codebook({"a": column}), "source": "x.sav"}
    return codebook(table)


def everything(found: Description) -> str:
    """All that a description says, to whom or where ever."""
    said = [found.explain(language) for language in ("nl", "en")]
    pages = [html(page(found, language, datetime.date(2026, 1, 1))) for language in ("nl", "en")]
    tables = [found.table().to_string(), found.levels().to_string(), str(found.to_dict())]
    return " ".join(
        [*said, *pages, *tables, found._repr_html_(), as_toml(found.codebook), repr(found)]
    )


def test_every_label_is_counted_with_what_has_none() -> None:
    levels = {"1": Text("nooit", "never"), "2": Text("soms", "sometimes"), "3": same("vaak")}
    column = Column(type=Form.ORDERED, levels=levels, missing=(MissingCode("9", count=3),))
    cells = pd.Series(["nooit"] * 12 + ["2"] * 11 + ["x"] * 4 + ["y"] + [None] * 3, dtype="str")
    facts = described_as(column, cells)["a"]
    assert [(each.code, each.count) for each in facts.levels] == [("1", 12), ("2", 11), ("3", 0)]
    assert (facts.others, facts.other_values) == (5, 2)
    assert (facts.filled, facts.empty, facts.distinct) == (28, 3, 4)
    assert [(each.code, each.count) for each in facts.missing] == [("9", 3)]
    assert facts.known
    numbers = described_as(column, [1.0] * 5 + [3.0] + [7.0])["a"]
    assert [each.count for each in numbers.levels] == [5, 0, 1]
    assert numbers.others == 1


def test_values_that_ten_pupils_share_are_listed_beside_the_labels() -> None:
    cells = pd.Series(["a"] * 3 + ["b"] * 10 + ["c"] * 9, dtype="str")
    facts = described_as(Column(type=Form.CATEGORY, levels={"a": same("a")}), cells)["a"]
    assert [(each.code, each.count) for each in facts.levels] == [("a", 3), ("b", 10)]
    assert (facts.others, facts.other_values) == (9, 1)


@given(
    st.lists(st.sampled_from([*"abc", "12", None]), max_size=60),
    st.sampled_from([Form.CATEGORY, Form.ORDERED]),
)
def test_the_counts_of_a_category_add_up_to_the_rows(cells, form) -> None:
    column = Column(type=form, levels={"a": same("a"), "b": same("b")})
    facts = described_as(column, pd.Series(cells, dtype="str"))["a"]
    assert sum(each.count for each in facts.levels) + facts.others == facts.filled
    assert facts.filled + facts.empty == len(cells)
    declared = [each for each in facts.levels if each.code in ("a", "b")]
    assert [each.count for each in declared] == [cells.count("a"), cells.count("b")]


@pytest.mark.parametrize(
    ("column", "cells", "codes", "rule"),
    [
        (Column(type=Form.NUMBER, range=(1, 4)), [1, 2, 4, 9, 99], ["9", "99"], "1 to 4"),
        (Column(type=Form.NUMBER, range=(0, 10)), [1, 9, 8], [], ""),
        (Column(type=Form.NUMBER, range=(0, 10)), [1, -9.0, None], ["-9"], "0 to 10"),
        (Column(type=Form.NUMBER), [8, 9, 10, 11, 999], ["999"], "far from all other"),
        (Column(type=Form.NUMBER), [1, 2, 3, 4, 5, 6, 7, 8, 9], [], ""),
        (Column(type=Form.ORDERED, levels={"1": same("ja")}), [1, 9], ["9"], "no label"),
        (Column(type=Form.ORDERED, levels={"1": same("ja")}), ["ja", "9"], ["9"], "no label"),
        (Column(type=Form.CATEGORY), ["ja", "nee", "99"], ["99"], "among words"),
        (Column(type=Form.CATEGORY), ["1", "2", "99"], [], ""),
        (Column(type=Form.TEXT), ["Dorpsstraat", "9"], [], ""),
    ],
)
def test_a_code_that_may_mean_missing_is_named_with_its_rule(column, cells, codes, rule) -> None:
    found = described_as(column, cells)
    assert [each.code for each in found["a"].suspicious] == codes
    for each in found["a"].suspicious:
        assert rule in each.rule.en
        assert each.count == 1
    note = found.codebook["a"].note
    assert bool(note) == bool(codes)
    assert all(f'missing = [{{code = "{code}"}}]' in note.nl for code in codes)


def test_the_ends_of_a_scale_are_told_when_ten_pupils_share_them() -> None:
    answers = [1] * 10 + [2] * 5 + [4] * 10
    facts = described_as(Column(type=Form.NUMBER), answers)["a"]
    assert (facts.low, facts.high) == (1.0, 4.0)
    with_code = described_as(Column(type=Form.NUMBER, range=(1, 4)), [*answers, *[99] * 12])["a"]
    assert (with_code.low, with_code.high) == (1.0, 4.0)
    for cells in (answers[1:], answers[:-1], [x / 8 for x in answers], []):
        facts = described_as(Column(type=Form.NUMBER), cells)["a"]
        assert (facts.low, facts.high) == (None, None)


def test_rows_of_one_pupil_are_not_ten_pupils() -> None:
    pupils = [f"p{i % 3}" for i in range(60)]
    table = pd.DataFrame({"a": ["ja"] * 59 + ["nee"], "b": [1, 2] * 30, "leerling": pupils})
    plan = Plan(outcome="b", treatment="a", cluster="c", pupil="leerling")
    alone, known = codebook(table), codebook(table, plan)
    assert [each.code for each in alone["a"].levels] == ["ja"]
    assert alone["b"].low == 1
    assert known.pupils == 3
    assert known["a"].levels == ()
    assert known["b"].low is None
    assert known["a"].others_pupils == 3
    assert ">59<" not in html(page(known, "nl", datetime.date(2026, 1, 1)))


def test_a_first_guess_says_what_kind_of_column_it_is() -> None:
    n = 40
    table = pd.DataFrame(
        {
            "naam": pd.Series([f"leerling {i}" for i in range(n)], dtype="str"),
            "ja": pd.Series(["ja", "nee"] * (n // 2), dtype="str"),
            "nul": [0, 1] * (n // 2),
            "waar": [True, False] * (n // 2),
            "getal": np.arange(n) / 3,
            "dag": pd.date_range("2026-01-01", periods=n),
            "datum": pd.Series([f"2{i % 9}-01-2026 10:00" for i in range(n)], dtype="str"),
            "mate": pd.Categorical(["veel", "weinig"] * (n // 2), ["weinig", "veel"], ordered=True),
            "leeg": pd.Series([None] * n, dtype="str"),
            "lijst": [[i] for i in range(n)],
        }
    )
    found = suggest(table)
    forms = {name: each.type.value for name, each in found.columns.items()}
    assert forms == {
        "naam": "text", "ja": "category", "nul": "category", "waar": "category",
        "getal": "number", "dag": "date", "datum": "date", "mate": "ordered", "leeg": "text",
        "lijst": "text",
    }  # fmt: skip
    assert list(found["ja"].levels) == ["ja", "nee"]
    assert list(found["mate"].levels) == ["weinig", "veel"]
    assert found["waar"].levels["1"] == Text("ja", "yes")
    assert "Vul de labels in" in found["nul"].note.nl
    assert codebook_from_dict(found.to_dict()) == found
    again = table.copy()
    again.attrs[CODEBOOK] = found
    assert suggest(again) == found


def test_what_a_codebook_says_is_kept_and_only_the_rest_is_guessed() -> None:
    table = pd.DataFrame({"a": [0, 1], "b": [1.5, 2.5]})
    table.attrs[CODEBOOK] = Codebook({"a": ANSWERS, "weg": Column(unit="jaar")})
    found = suggest(table)
    assert found["a"] == ANSWERS
    assert found["b"].type is Form.NUMBER
    assert found["weg"].unit == "jaar"
    with pytest.raises(DataError):
        suggest([1])  # type: ignore[arg-type]  # that is what is tested


secret = st.from_regex(r"zz[a-y]{6}", fullmatch=True)


def test_the_page_bears_the_name_of_the_house() -> None:
    with dressed(replace(LEIDEN, name=same("Werkplaats Oost"))):
        report = page(codebook(pd.DataFrame({"a": [1]})), "nl", datetime.date(2026, 1, 1))
    assert report.brand == "Werkplaats Oost"


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_nothing_that_is_one_pupils_is_ever_said(data: st.DataObject) -> None:
    rare = data.draw(st.lists(secret, min_size=1, max_size=9))
    number = data.draw(st.floats(1e5, 1e6).filter(lambda x: x != round(x)))
    common = ["ja"] * data.draw(st.integers(0, 40))
    cells = pd.Series([*rare, *common], dtype="str")
    table = pd.DataFrame({
        "a": cells,
        "b": pd.Categorical(cells),
        "c": cells,
        "d": [number, *[1.0] * (len(cells) - 1)],
        "e": pd.Series([f"{each} woont hier" for each in cells], dtype="str"),
    })  # fmt: skip
    column = Column(type=Form.CATEGORY, levels={"1": same("ja")})
    table.attrs[CODEBOOK] = Codebook({"a": column, "d": Column(type=Form.NUMBER, range=(0, 5))})
    said = everything(codebook(table))
    for word in rare:
        if rare.count(word) < 10:
            assert word not in said
    assert str(number)[:6] not in said


def test_the_facts_stand_in_tables_and_plain_values() -> None:
    found = described_as(ANSWERS, [1, 2, 8, None])
    assert found.table().loc[0, ["column", "filled", "empty", "labels"]].tolist() == ["a", 3, 1, 2]
    kinds = found.levels()[["code", "kind", "count"]].to_numpy().tolist()
    assert kinds == [
        ["1", "level", 1],
        ["2", "level", 1],
        ["9", "missing", 0],
        ["99", "missing", 0],
        ["8", "suspicious", 1],
    ]
    plain = found.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 -- our own


# ---------------------------------------------------------------- the page


def test_a_small_count_is_hidden_and_cannot_be_worked_out() -> None:
    levels = {code: same(word) for code, word in (("1", "jongen"), ("2", "meisje"), ("3", "x"))}
    cells = [1] * 207 + [2] * 196 + [3] * 3
    found = described_as(Column(type=Form.CATEGORY, levels=levels), cells)
    report = page(found, "nl", datetime.date(2026, 1, 1))
    (table,) = [b for b in walk(report.page) if isinstance(b, Table) and "Aantal" in b.header]
    assert [row[-1] for row in table.rows] == ["±210", "±200", "<10"]
    open_ = described_as(Column(type=Form.CATEGORY, levels=levels), [1] * 207 + [2] * 196)
    (table,) = [
        b
        for b in walk(page(open_, "en", datetime.date(2026, 1, 1)).page)
        if isinstance(b, Table) and "Count" in b.header
    ]
    assert [row[-1] for row in table.rows] == ["207", "196", "0"]


def test_of_a_very_small_table_no_number_is_told() -> None:
    found = described_as(Column(type=Form.NUMBER), [1, 2, 3, None])
    text = re.sub(r"<style>.*</style>", "", everything_on_the_page(found), flags=re.DOTALL)
    assert "&lt;10 rijen en 1 kolom" in text
    assert "Verschillende waarden: &lt;10" in text
    assert "Ingevuld: &lt;10 van &lt;10 rijen; leeg: &lt;10" in text


def everything_on_the_page(found: Description, language: str = "nl") -> str:
    return html(page(found, language, datetime.date(2026, 1, 1)))


def test_columns_of_one_kind_become_one_table() -> None:
    table = pd.DataFrame({f"v{i}": [1, 2] * 20 for i in range(50)} | {"z": [0.5] * 40})
    table.attrs[CODEBOOK] = Codebook({f"v{i}": ANSWERS for i in range(50)})
    report = page(codebook(table), "nl", datetime.date(2026, 1, 1))
    headings = [block.text for block in walk(report.page) if isinstance(block, Heading)]
    assert headings[-2:] == ["v0 tot en met v49", "z"]
    tables = [block for block in walk(report.page) if isinstance(block, Table)]
    assert len(tables) == 2  # all columns, and those of one kind
    assert len(tables[0].rows) == 2
    assert tables[1].header == ("Kolom", "1 = nooit", "2 = soms", "Leeg")
    assert tables[1].rows[0] == ("v0", "20", "20", "0")
    assert len(tables[1].rows) == 50


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_is_written_in_html_and_word(tmp_path, language) -> None:
    table = read(DATA / "levensvaardigheden" / "pupils.csv")
    known = read_codebook(DATA / "levensvaardigheden" / "codebook.toml")
    table = apply_codebook(table, known)
    plan = read_plan(DATA / "levensvaardigheden" / "plan.toml")
    found = codebook(table, plan)
    paths = found.write(tmp_path / "map", language=language, date=datetime.date(2026, 1, 1))
    name = {"nl": "codeboek", "en": "codebook"}[language]
    assert [path.name for path in paths] == [f"{name}.html", f"{name}.docx"]
    text = paths[0].read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    assert text.count("<caption>") == text.count("<table")
    assert '<th scope="row">' in text
    assert ("verzonnen gegevens" if language == "nl" else "invented data") in text
    document = docx.Document(paths[1])
    written = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for each in known.columns.values():
        assert markupsafe.escape(each.meaning[language]) in text
    assert known["zelfbeeld"].meaning[language] in written
    cells = {cell.text for each in document.tables for row in each.rows for cell in row.cells}
    assert known["meisje"].levels["1"][language] in cells
    before = [path.read_bytes() for path in paths]
    found.write(tmp_path / "map", language=language, date=datetime.date(2026, 1, 1))
    assert [path.read_bytes() for path in paths] == before
    with pytest.raises(WorkplaceError):
        found.write(tmp_path, language="de")


@pytest.mark.parametrize("columns", [0, 5, 200])
@pytest.mark.parametrize("rows", [0, 30])
def test_a_page_can_be_made_of_any_number_of_columns(tmp_path, columns, rows) -> None:
    table = pd.DataFrame({f"kolom <{i}>" if i % 2 else "x" * i: [i] * rows for i in range(columns)})
    found = codebook(table)
    for language in ("nl", "en"):
        text = html(page(found, language, datetime.date(2026, 1, 1)))
        assert "kolom <" not in text
        assert found.explain(language)
    assert "<th" in found._repr_html_()


def test_a_column_of_meanings_that_says_nothing_is_left_out() -> None:
    table = pd.DataFrame({name: np.arange(40) % 7 for name in "abc"})
    plain = page(codebook(table), "nl", datetime.date(2026, 1, 1))
    headers = [block.header for block in walk(plain.page) if isinstance(block, Table)]
    assert headers == [("Kolom", "Soort"), ("Kolom", "Ingevuld", "Verschillend")]
    table.attrs[CODEBOOK] = Codebook({"b": Column(type=Form.NUMBER, meaning=same("de tweede"))})
    told = page(codebook(table), "nl", datetime.date(2026, 1, 1))
    headers = [block.header for block in walk(told.page) if isinstance(block, Table)]
    assert headers[0] == ("Kolom", "Soort", "Betekenis")
    assert headers[1] == ("Kolom", "Betekenis", "Ingevuld", "Verschillend")


def test_a_first_codebook_never_faults_the_table_that_it_was_made_of() -> None:
    """A school of four pupils may not be listed; then none is, and none is unknown."""
    sizes = [20, 20, 20, 4]
    school = np.repeat(["A1", "B2", "C3", "D4"], sizes)
    table = pd.DataFrame({"school": school, "arm": np.isin(school, ["A1", "D4"]).astype(int),
                          "y": np.arange(64) / 7})  # fmt: skip
    book = suggest(table)
    assert not book["school"].levels
    assert "1 ervan komt bij minder dan 10 leerlingen voor" in book["school"].note.nl
    assert "D4" not in str(book.to_dict())
    plan = Plan(outcome="y", treatment="arm", cluster="school")
    assert len(check(table, plan, codebook=book)) == 64


def test_what_a_column_holds_otherwise_in_another_file_is_told_in_words():
    one, two = Codebook({"m": Column(type=Form.NUMBER)}), Codebook({"m": Column(type=Form.TEXT)})
    _, (fault,) = merge([one, two], ["voor", "na"])
    assert fault.rule.nl == "In deze kolom staat hier ‘tekst’ en in voor ‘getal’."
    assert fault.rule.en == "This column holds ‘text’ here and ‘number’ in voor."
