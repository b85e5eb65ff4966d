"""What no function of cohorts may guess: it is named, in both languages, and never a traceback."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw

C = aw.cohorts
Call = tuple[Callable[..., Any], pd.DataFrame, dict[str, Any]]


def _pupils() -> pd.DataFrame:
    rng, n = np.random.default_rng(5), 600
    advice = ["vmbo-t", "havo", "vwo"]
    return pd.DataFrame({
        "school": rng.integers(0, 8, n).astype(str),
        "cohort": rng.choice(["2019/20", "2020/21", "2021/22"], n),
        "groep": rng.choice(["a", "b"], n), "score": rng.normal(size=n),
        "test": rng.normal(size=n), "ja": rng.integers(0, 2, n), "ses": rng.integers(1, 5, n),
        "tijd": rng.integers(1, 5, n), "einde": rng.integers(0, 2, n),
        "soort": rng.choice(["x", "y"], n),
        "advies": rng.choice(advice, n), "jaar1": rng.choice(advice, n),
        "jaar3": rng.choice(advice, n),
    })  # fmt: skip


PUPILS = _pupils()
COUNTS = (
    PUPILS.groupby(["cohort", "groep", "soort"])
    .agg(ja=("ja", "sum"), n=("ja", "size"))
    .reset_index()
)
MOVES = PUPILS.groupby(["cohort", "advies", "jaar1"]).size().rename("n").reset_index()
GROUP = {"group": "groep", "reference": "a"}
COHORT = {"cohort": "cohort", "reference": "2019/20"}
CALLS: dict[str, Call] = {
    "gap": (C.gap, PUPILS, {"outcome": "score", "school": "school", "cohort": "cohort",
                            "given": ["test"], "draws": 99} | GROUP),
    "gap of counts": (C.gap, COUNTS, {"outcome": "ja", "pupils": "n", "cohort": "cohort"} | GROUP),
    "cumulative_gap": (C.cumulative_gap, PUPILS, {
        "steps": ["score", "test"], "group": "groep", "of": "b", "reference": "a",
        "school": "school", "cohort": "cohort", "draws": 99}),
    "inequality": (C.inequality, PUPILS, {"outcome": "score", "background": "ses",
                                          "school": "school", "cohort": "cohort"}),
    "segregation": (C.segregation, PUPILS, {"unit": "school", "group": "groep", "member": "a",
                                            "cohort": "cohort", "draws": 99}),
    "compare": (C.compare, PUPILS, {"outcome": "score", "adjust": ["soort"], "given": ["test"],
                                    "school": "school"} | COHORT),
    "standardise": (C.standardise, PUPILS, {"outcome": "score", "adjust": ["soort"],
                                            "group": "groep", "school": "school"} | COHORT),
    "standardise_counts": (C.standardise_counts, COUNTS, {
        "adjust": ["soort"], "yes": "ja", "pupils": "n", "group": "groep"} | COHORT),
    "decompose": (C.decompose, PUPILS, {"outcome": "score", "given": ["test"],
                                        "school": "school"} | GROUP),
    "trend": (C.trend, PUPILS, {"outcome": "score", "cohort": "cohort", "school": "school",
                                "given": ["test"]}),
    "time_to_event": (C.time_to_event, PUPILS, {
        "time": "tijd", "event": "einde", "cohort": "cohort", "given": ["test"]} | GROUP),
    "value_added": (C.value_added, PUPILS, {"outcome": "score", "school": "school",
                                            "given": ["test"]}),
    "funnel": (C.funnel, PUPILS, {"event": "ja", "school": "school"}),
    "transitions": (C.transitions, PUPILS, {
        "cohort": "cohort", "advice": {"first": "advies"}, "position": {1: "jaar1", 3: "jaar3"},
        "school": "school", "by": "groep"}),
    "transitions_of_counts": (C.transitions_of_counts, MOVES, {
        "cohort": "cohort", "advice": "advies", "position": "jaar1", "pupils": "n", "year": 1,
        "by": "cohort"}),
}  # fmt: skip
ODD = (3, float("nan"), "nope", [], ["nope"], [None], {"x": 1}, True, b"x", object())
NOT_ARGUMENTS = {"draws", "year", "position", "advice", "of", "member", "reference"}
NAMES = [(call, name) for call, (_, _, asked) in CALLS.items() for name in asked
         if name not in NOT_ARGUMENTS]  # fmt: skip


def told(function: Callable[[], Any]) -> str:
    """What a function says of its input; '' where it is well. Another error is a traceback."""
    try:
        function()
    except aw.WorkplaceError as error:
        return error.explain("nl") if error.explain("en") else "no English"
    return ""


def ask(call: str, table: Any = None, **more: Any) -> str:
    function, own, asked = CALLS[call]
    return told(partial(function, own if table is None else table, **(asked | more)))


@pytest.mark.parametrize("call", CALLS)
def test_the_calls_that_are_bent_below_are_well_themselves(call):
    assert ask(call) == ""


@pytest.mark.parametrize(("call", "name"), NAMES)
def test_an_argument_that_names_no_column_is_refused_in_words(call, name):
    several = isinstance(CALLS[call][2][name], list) or name == "by"
    for value in ODD:
        said = ask(call, **{name: value})
        if value != [] or not several:
            assert name in said or "‘nope’" in said, value


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "table", [[1], {"a": 1}, pd.DataFrame(index=range(4)), PUPILS.iloc[:0], COUNTS.iloc[:0]]
)
def test_what_is_no_table_of_pupils_is_refused_in_words(call, table):
    assert ask(call, table)


@pytest.mark.parametrize(
    ("call", "name"),
    [("gap", "given"), ("compare", "adjust"), ("compare", "given"), ("standardise", "adjust"),
     ("standardise_counts", "adjust"), ("decompose", "given"), ("trend", "given"),
     ("time_to_event", "given"), ("value_added", "given")],
)  # fmt: skip
def test_one_text_is_one_column_and_is_not_read_letter_by_letter(call, name):
    function, table, asked = CALLS[call]
    (column,) = asked[name]
    one = function(table, **(asked | {name: column}))
    assert one.explain("nl") == function(table, **asked).explain("nl")
    assert getattr(one, name, (column,)) == (column,)
    assert "‘sooort’ is hier onbekend" in ask(call, **{name: "sooort"})
    assert "twee keer" in ask(call, **{name: [column, column]})


def test_one_text_is_one_kind_of_event_one_step_and_one_column_of_cells():
    table = PUPILS.assign(einde=PUPILS.einde.map({0: "niets", 1: "diploma"}))
    assert ask("time_to_event", table, kinds="diploma", nothing="niets") == ""
    assert "twee of meer" in ask("cumulative_gap", steps="score")
    cells = C.count(PUPILS, by=["cohort", "groep"])
    assert cells.over("groep").by == ("groep",)
    for order in ("laag", ["1"], ["1", "1"], 3):
        assert "volgorde" in ask("inequality", order=order)


@pytest.mark.parametrize(
    ("call", "column"),
    [(call, name) for call, name in (
        ("gap", "score"), ("gap", "groep"), ("gap", "cohort"), ("cumulative_gap", "test"),
        ("inequality", "score"), ("inequality", "ses"), ("segregation", "groep"),
        ("segregation", "school"), ("compare", "score"), ("compare", "soort"),
        ("standardise", "groep"), ("decompose", "score"), ("trend", "score"),
        ("time_to_event", "einde"), ("gap of counts", "groep"))],
)  # fmt: skip
def test_a_column_that_is_empty_is_called_empty_and_not_alike(call, column):
    said = ask(call, CALLS[call][1].assign(**{column: np.nan}))
    assert "is leeg" in said
    assert "voor iedereen gelijk" not in said


def test_pupils_of_whom_nothing_is_known_together_are_not_called_alike():
    half = np.arange(len(PUPILS)) % 2 == 0
    table = PUPILS.assign(score=PUPILS.score.where(half), school=PUPILS.school.where(~half))
    for call in ("gap", "compare", "inequality"):
        assert "van wie alles bekend is" in ask(call, table)


@pytest.mark.parametrize(
    ("call", "group"),
    [("gap", "groep"), ("gap of counts", "groep"), ("cumulative_gap", "groep"),
     ("segregation", "groep"), ("standardise", "groep"), ("standardise_counts", "groep"),
     ("time_to_event", "groep"), ("inequality", "ses")],
)  # fmt: skip
def test_a_group_that_a_cohort_lacks_is_named_with_the_cohort(call, group):
    table = CALLS[call][1]
    first = table[group].min()
    said = ask(call, table[(table[group] != first) | (table.cohort != "2020/21")])
    assert "2020/21" in said
    assert group in said or f"‘{first}’" in said


@pytest.mark.parametrize("call", ["compare", "standardise", "standardise_counts"])
def test_cohorts_without_a_cell_in_common_are_named(call):
    table = CALLS[call][1]
    said = ask(call, table[(table.cohort == "2019/20") == (table.soort == "x")])
    assert "gemeen" in said
    assert "2020/21" in said


@pytest.mark.parametrize("call", ["transitions", "transitions_of_counts"])
def test_an_unknown_level_is_listed_with_what_may_have_been_meant(call):
    said = ask(call, CALLS[call][1].replace({"advies": {"havo": "hafo"}}))
    assert "‘hafo’" in said
    assert "‘havo’" in said


def test_year_three_before_year_one_is_named_by_row():
    start = PUPILS.cohort.str[:4].astype(int)
    years = {f"in{year}": [f"{s + year}-{s + year + 1}" for s in start] for year in (1, 3)}
    table = PUPILS.assign(**years)
    assert ask("transitions", table, seen={1: "in1", 3: "in3"}) == ""
    turned = table.assign(in3=[table.in1[0], *table.in3[1:]], in1=[table.in3[0], *table.in1[1:]])
    said = ask("transitions", turned, seen={1: "in1", 3: "in3"})
    assert "[in3]" in said
    assert "Rijen: 1." in said


def test_one_level_is_one_level_and_is_not_read_letter_by_letter():
    way = {"numbering": "ladder", "mixed": "mean"}
    assert C.to_number("havo", **way).tolist() == [5.0]
    for wrong in (3, [["havo"]], ["hafo"]):
        assert "geen niveau" in (said := told(partial(C.to_number, wrong, **way))) or (
            "lijsten" in said
        )


@pytest.mark.parametrize(
    ("call", "column"),
    [("gap of counts", "n"), ("gap of counts", "ja"), ("standardise_counts", "ja"),
     ("standardise_counts", "n"), ("transitions_of_counts", "n"), ("funnel", "n")],
)  # fmt: skip
def test_counts_below_zero_and_ranges_that_cannot_be_are_named_by_row(call, column):
    function, table, asked = CALLS[call]
    if call == "funnel":
        table, asked = COUNTS.assign(school=range(len(COUNTS))), asked | {"pupils": "n"}
    for wrong in (-3, "9-5", 2.5, "x", "", None, [1]):
        words = table[column].astype(object).to_list()
        words[2] = wrong
        said = told(partial(function, table.assign(**{column: words}), **asked))
        assert "geen aantallen" in said or "lijsten" in said, wrong
        assert "Rijen: 3." in said or "lijsten" in said, wrong


@pytest.mark.parametrize("call", ["gap of counts", "standardise_counts"])
def test_ranges_are_read_alike_everywhere_and_more_than_all_is_named(call):
    function, table, asked = CALLS[call]
    words = table.ja.astype(object).to_list()
    words[2] = f"{words[2]}-{words[2] + 3}"
    wide = table.assign(ja=words)
    assert function(wide, **asked).explain("nl")
    words[2] = 10_000
    said = told(partial(function, table.assign(ja=words), **asked))
    assert "meer" in said
    assert "Rijen: 3." in said


@pytest.mark.parametrize("call", [call for call in CALLS if call != "transitions_of_counts"])
def test_lists_and_complex_numbers_in_cells_are_named(call):
    _, table, _ = CALLS[call]
    for column in {"gap of counts": ["groep", "n"], "standardise_counts": ["soort", "ja"],
                   "transitions": ["advies", "groep"], "segregation": ["groep"],
                   "funnel": ["ja", "school"], "time_to_event": ["tijd", "groep"]}.get(
                       call, ["score", "cohort" if call not in ("decompose", "value_added")
                              else "school"]):  # fmt: skip
        assert ask(call, table.assign(**{column: [[1]] * len(table)})), column
    if "score" in table and CALLS[call][2].get("outcome") == "score":
        assert "niet alleen getallen" in ask(call, table.assign(score=1j))
