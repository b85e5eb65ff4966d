"""The sentences of the reports are data: both languages, the same gaps to fill, none forgotten."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import academic_workplace.report as report
from academic_workplace.language import LANGUAGES
from academic_workplace.plan import Inference, Method
from academic_workplace.report.technique import DIVISORS
from academic_workplace.report.words import phrases
from academic_workplace.sizes.clustered import FACTOR

ROOM = Path(report.__file__).parent
SUBJECTS = sorted(file.stem for file in (ROOM / "words").glob("*.toml"))


def gaps(template: str) -> set[str | None]:
    """The names between braces; a format or an index in them is not for data."""
    parts = list(string.Formatter().parse(template))
    assert not any(spec or conversion for _, _, spec, conversion in parts), template
    return {name for _, name, _, _ in parts if name is not None}


def used(subject: str) -> Iterator[tuple[str, bool]]:
    """Every key asked of a subject anywhere in the room, and whether it is only a beginning."""
    for file in ROOM.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        names = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and _opens(node.value) == subject
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") in names:
                yield from _keys(node.slice)


def _opens(node: ast.expr) -> str | None:
    """The subject of a call of `phrases`; None for anything else."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "phrases":
        assert isinstance(node.args[0], ast.Constant), "a subject is named as it stands"
        return str(node.args[0].value)
    return None


def _keys(node: ast.expr) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.Constant):
        yield str(node.value), False
    elif isinstance(node, ast.IfExp):
        yield from _keys(node.body)
        yield from _keys(node.orelse)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        yield str(node.values[0].value), True
    else:
        raise AssertionError(f"a key must be readable where it is used: {ast.unparse(node)}")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_per_cent_is_written_in_one_way(subject: str) -> None:
    for key, text in phrases(subject).items():
        for language in LANGUAGES:
            assert " %" not in text[language], f"{subject}: {key}"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_text_is_there_in_both_languages_with_the_same_gaps(subject: str) -> None:
    wrong = []
    for key, text in phrases(subject).items():
        if not all(text[language].strip() for language in LANGUAGES):
            wrong.append(f"{key}: empty")
        elif gaps(text.nl) != gaps(text.en):
            wrong.append(f"{key}: {gaps(text.nl) ^ gaps(text.en)}")
    assert not wrong, wrong


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_key_that_is_asked_for_exists_and_every_text_is_asked_for(subject: str) -> None:
    asked, there = set(used(subject)), set(phrases(subject))
    exact = {key for key, begins in asked if not begins}
    starts = tuple(key for key, begins in asked if begins)
    assert not exact - there
    forgotten = {key for key in there - exact if not key.startswith(starts)} if starts else (
        there - exact
    )  # fmt: skip
    assert not forgotten


def test_every_subject_is_data_that_a_module_asks_for() -> None:
    opened = {
        _opens(node.value)
        for file in ROOM.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Assign)
    }
    assert set(SUBJECTS) == opened - {None}


ENUMERATED = {  # every member of an enumeration has its words
    ("technique", "estimate"): Method,
    ("technique", "uncertainty"): Inference,
    ("comparing", "way"): Inference,
    ("robustness", "method"): Method,
}


@pytest.mark.parametrize(("subject", "beginning"), ENUMERATED)
def test_what_can_be_chosen_has_words_and_nothing_else_has(subject: str, beginning: str) -> None:
    names = {f"{beginning}.{member.name.lower()}" for member in ENUMERATED[subject, beginning]}
    assert names == {key for key in phrases(subject) if key.startswith(f"{beginning}.")}


def test_what_g_is_divided_by_is_named_as_the_results_name_it() -> None:
    for divided_by, said in DIVISORS.items():
        assert said.en == divided_by
        assert said.nl != divided_by
    assert FACTOR in phrases("technique")["standard_measure"].en
