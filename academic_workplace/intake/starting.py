"""A new study: a plan, a codebook and a notebook, filled in as far as the file tells.

What is guessed is marked in the plan, for a person to judge before the outcomes are read. Names of
columns and of arms go into the plan; values of pupils never do.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pandas as pd

from academic_workplace.disclosure import fewest
from academic_workplace.errors import DataError, Fault, PlanError, dutch
from academic_workplace.intake.codebook import Codebook, as_toml
from academic_workplace.intake.layout import SAYS_NO
from academic_workplace.intake.pupils import label_of
from academic_workplace.language import Text

NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"
LEAST_PUPILS = 0.9  # of the rows; in some a pupil may stand again
MOST_ARMS, MOST_WAVES, MOST_LEVELS, MOST_OUTCOMES = 4, 8, 12, 12

# Words in the names of columns, in Dutch and English, by the role that they tell of.
PUPIL = ("leerling", "pupil", "leerlingnummer", "pseudoniem", "pseudonym", "student",
         "respondent", "deelnemer", "llnr", "pid", "id", "nummer", "nr")  # fmt: skip
CLUSTER = ("school", "vestiging", "brin", "locatie", "klas", "class", "groep")
TREATMENT = ("programma", "interventie", "conditie", "treatment", "arm", "experimenteel", "loting",
             "programme", "program", "condition", "intervention")  # fmt: skip
WAVE = ("meetmoment", "meting", "wave", "golf", "ronde", "moment", "tijdstip", "time")
BEFORE = ("voor", "vooraf", "voormeting", "nulmeting", "t0", "pre", "before", "baseline")
BACKGROUND = ("meisje", "jongen", "geslacht", "sekse", "sex", "gender", "leeftijd", "age",
              "opleiding", "thuistaal", "herkomst", "weging", "schoolweging", "leerjaar",
              "jaargroep", "groep", "geboorte", "birth", "girl", "education",
              "language")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column may be what; '' and () where nothing in the file tells."""

    pupil: str = ""
    cluster: str = ""
    treatment: str = ""
    comparison: str = ""
    wave: str = ""
    waves: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    more: int = 0  # columns of numbers beyond the first ``MOST_OUTCOMES``


def roles_of(table: pd.DataFrame) -> Roles:
    """Guess from names and shapes of the columns which one is what."""
    columns = list(table.columns)
    names = [name for name in columns if isinstance(name, str) and columns.count(name) == 1]
    table = pd.DataFrame({name: _plain(table[name]) for name in names}, copy=False)
    distinct = {name: table[name].nunique() for name in names}
    wave = _first(
        _told(names, WAVE), lambda c: 2 <= distinct[c] <= MOST_WAVES and _shared(table[c])
    )
    waves = _in_order(table[wave]) if wave else ()
    rows = len(table)
    people = rows / (2 * len(waves)) if waves else LEAST_PUPILS * rows
    pupil = _first(_told(names, PUPIL), lambda c: distinct[c] >= people and c != wave)
    taken = [name for name in (wave, pupil) if name]
    cluster = _first(
        [c for c in _told(names, CLUSTER) if c not in taken], lambda c: 2 <= distinct[c] <= rows / 3
    )
    taken += [cluster] if cluster else []
    two = [
        name
        for name in names
        if name not in taken
        and 2 <= distinct[name] <= MOST_ARMS
        and (not cluster or _constant(table, cluster, name))
    ]
    treatment = _first(_told(two, TREATMENT)) or (two[0] if len(two) == 1 else "")
    arms = [label_of(value) for value in table[treatment].dropna().unique()] if treatment else []
    no = [arm for arm in arms if arm.lower() in SAYS_NO]
    taken += [treatment] if treatment else []
    left = [name for name in names if name not in taken]
    before = {name for name in left if _words(name) & set(BEFORE)}
    stays = {name for name in left if wave and pupil and _constant(table, pupil, name)}
    background = [
        name
        for name in left
        if name not in before
        and (name in stays or _has(name, BACKGROUND) or not _numeric(table[name]))
        and (_numeric(table[name]) or distinct[name] <= MOST_LEVELS)
    ]
    measured = [
        name
        for name in left
        if name not in background and _numeric(table[name]) and distinct[name] > 2
    ]
    measured_after = [name for name in measured if name not in before]
    after = measured_after[:MOST_OUTCOMES]
    return Roles(
        pupil=pupil,
        cluster=cluster,
        treatment=treatment,
        comparison=no[0] if len(no) == 1 else "",
        wave=wave,
        waves=waves,
        outcomes=tuple(after),
        baselines=() if wave else tuple(_partner(name, before & set(measured)) for name in after),
        covariates=tuple(background),
        more=len(measured_after) - len(after),
    )


def _plain(column: pd.Series) -> pd.Series:
    """A column counted from 0; lists and the like, which cannot be told apart, as text."""
    listed = column.dtype == object and not column.map(pd.api.types.is_hashable).all()
    return (column.astype("str") if listed else column).reset_index(drop=True)


def _shared(column: pd.Series) -> bool:
    """Whether every value that occurs does so in ten rows: one in fewer may be of a pupil."""
    often = column.value_counts()
    return bool((often[often > 0] >= fewest()).all())


def _constant(table: pd.DataFrame, group: str, name: str) -> bool:
    """Whether a column is alike on all rows of a group."""
    return bool(table.groupby(group, observed=True)[name].nunique().max() <= 1)


def _words(name: str) -> set[str]:
    return set(re.split(r"[\W_]+", name.casefold()))


def _has(name: str, told: Iterable[str]) -> bool:
    return any(word.startswith(tuple(told)) for word in _words(name))


def _told(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """The columns whose name holds one of the words, those of the first word first."""
    found = [name for word in words for name in names if word in _words(name)]
    found += [name for word in words for name in names if len(word) > 3 and word in name.casefold()]
    return list(dict.fromkeys(found))


def _first(names: Sequence[str], fits: Callable[[str], bool] = bool) -> str:
    return next((name for name in names if fits(name)), "")


def _numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype)


def _in_order(column: pd.Series) -> tuple[str, ...]:
    """Waves in order: of categories, numbers or dates; of words as they come, 'before' first."""
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        return tuple(map(label_of, column.cat.remove_unused_categories().cat.categories))
    values = column.dropna().unique()
    sorts = _numeric(column) or pd.api.types.is_datetime64_any_dtype(column.dtype)
    found = [label_of(value) for value in (sorted(values) if sorts else values)]
    return tuple(sorted(found, key=lambda wave: not _words(wave) & set(BEFORE)))


def _partner(name: str, before: set[str]) -> str:
    """The measurement before that shares most of its name with one after."""
    own = _words(name) | {name.casefold()}

    def shared(other: str) -> int:
        return len(own & (_words(other) - set(BEFORE)))

    best = max(sorted(before), key=shared, default="")
    alone = len(before) == 1
    return best if best and (shared(best) or alone) else ""


def plan_text(name: str, data: str, roles: Roles, language: str) -> str:
    """The plan as TOML, with notes for who completes it (``new/plan.*.toml.j2``)."""
    dutch(language)  # refuses a third language
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=False,  # noqa: S701  # TOML; every name goes through ``toml``
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"toml": _toml, "list_of": _list}
    before = [*roles.baselines, *[""] * len(roles.outcomes)]
    return environment.from_string(_template(f"plan.{language}.toml.j2")).render(
        title=name.replace("-", " ").replace("_", " ").capitalize(),
        data=data,
        roles=roles,
        outcomes=list(zip(roles.outcomes or ("",), before or [""], strict=False)),
    )


def _template(name: str) -> str:
    return (files("academic_workplace.intake") / "new" / name).read_text("utf-8")


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(_toml, names))}]"


def notebook_text(language: str) -> str:
    """A notebook that follows the study from its plan to its report (``new/notebook.*.md``)."""
    dutch(language)  # refuses a third language
    cells = _template(f"notebook.{language}.md").removesuffix("\n").split("\n---\n")
    content = {
        "cells": [_cell(source, i) for i, source in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _cell(source: str, i: int) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": "markdown", "id": f"cell-{i:02d}", "metadata": {}}
    if not source.startswith("#"):
        cell |= {"cell_type": "code", "execution_count": None, "outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}


def new_study(
    name: str, data: Path | str | None, table: pd.DataFrame | None, book: Codebook | None,
    folder: Path, language: str,
) -> tuple[Path, ...]:  # fmt: skip
    """Write a folder ``name`` with plan.toml, codebook.toml and a notebook, all or none.

    data, table, book: the file, what was read from it and its codebook; None for an empty plan.
    The file itself stays where it is: the plan points to it.

    Returns the paths. Raises PlanError when the name will not do or the folder exists already,
    and DataError when it cannot be written.
    """
    if not re.fullmatch(NAME, name):
        rule = Text("Dit is geen goede naam voor een map.", "This is no good name for a folder.")
        remedy = Text("Gebruik letters, cijfers en streepjes.", "Use letters, digits and hyphens.")
        raise PlanError([Fault(rule, remedy, column=name)])
    target = folder / name
    if target.exists():
        rule = Text("Deze map bestaat al.", "This folder exists already.")
        remedy = Text("Kies een andere naam.", "Choose another name.")
        raise PlanError([Fault(rule, remedy, file=name)])
    roles = Roles() if table is None else roles_of(table)
    made = {
        "plan.toml": plan_text(name, _from(data, target), roles, language),
        f"{name}.ipynb": notebook_text(language),
    }
    if book is not None:
        made["codebook.toml"] = as_toml(book)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as new:
            inside = Path(new) / name
            inside.mkdir()
            for file, content in made.items():
                (inside / file).write_text(content, encoding="utf-8")
            inside.rename(target)
    except OSError:
        rule = Text("In deze map kan niet geschreven worden.", "This folder cannot be written to.")
        remedy = Text("Kies een andere map (--out).", "Choose another folder (--out).")
        raise DataError([Fault(rule, remedy, file=folder.name)]) from None
    return tuple(target / file for file in made)


def _from(data: Path | str | None, target: Path) -> str:
    """The path of the data as seen from the folder of the study; a connection string as it is."""
    if data is None or isinstance(data, str):
        return data or ""
    try:
        return Path(os.path.relpath(data.resolve(), target.resolve())).as_posix()
    except ValueError:  # on another drive
        return data.resolve().as_posix()
