"""The pupils of a comparison, read from a table by the names of its columns; what is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import (
    as_columns,
    labels,
    names_of,
    numbers,
    refuse,
    require_columns,
    unknown,
    unvaried,
)
from academic_workplace.cohorts.levels import start_of
from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.duo.regime import Regime, regime_of, school_year
from academic_workplace.language import Text

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

SHOWN = 8  # values that a message lists
YEAR = re.compile(r"\s*((?:19|20)[0-9]{2})(?:\.0)?\s*")  # a bare year

BESIDE = Text(
    "Vanaf 2023-2024 geldt een andere regel voor bijstellen. Gaat het om adviezen, dan telt die"
    " regel mee in een verschil over die grens.",
    "From 2023-2024 another rule for adjusting holds. Where this is about advice, that rule is part"
    " of a difference across that line.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The pupils of an analysis, (n,) each. part: codes of ``values``. cell: codes of ``cells``,
    the combinations of columns. X: columns of numbers, ``of`` the column of the table they came
    from and the level; base: per column of categories the one that has no column of its own. lost:
    who had something missing. pupils: how many a row stands for; None: one."""

    y: Floats
    part: Rows
    values: list[Any]
    school: Rows | None
    group: Rows
    groups: list[Any]
    cell: Rows
    cells: list[tuple[str, ...]]
    X: dict[str, Floats]
    of: dict[str, tuple[str, str]]
    base: dict[str, str]
    lost: int
    pupils: Floats | None = None

    def rows(self, keep: Bools) -> Sample:
        """Some of the pupils."""
        return replace(
            self, y=self.y[keep], part=self.part[keep], group=self.group[keep],
            school=None if self.school is None else self.school[keep], cell=self.cell[keep],
            X={name: x[keep] for name, x in self.X.items()},
            pupils=None if self.pupils is None else self.pupils[keep],
        )  # fmt: skip

    @property
    def share(self) -> bool:
        """Whether the outcome is 0 or 1 for everyone."""
        return bool(np.isin(self.y, (0.0, 1.0)).all())

    def varying(self) -> tuple[dict[str, Floats], dict[str, str]]:
        """The columns that vary among these pupils, and the base of each column of categories.

        Where the base has no pupils here, the first category that has takes its place.
        """
        X = {name: x for name, x in self.X.items() if np.ptp(x) > 0}
        base = dict(self.base)
        for column in base:
            mine = [name for name in X if self.of[name][0] == column]
            if len(mine) > 1 and np.all(np.sum([X[name] for name in mine], axis=0) == 1):
                base[column] = self.of[mine[0]][1]
                del X[mine[0]]
        return X, base

    def schools(self, keep: Bools) -> int | None:
        """How many schools these pupils are at."""
        return None if self.school is None else len(np.unique(self.school[keep]))


def read_sample(
    table: pd.DataFrame,
    *,
    outcome: str,
    part: str,
    school: str | None = None,
    group: str | None = None,
    cells: Sequence[str] | str = (),
    given: Sequence[str] | str = (),
    provider: str | None = None,
    pupils: Floats | None = None,
    called: str = "cohort",
) -> Sample:
    """The pupils of whom all is known. cells: columns of categories; given: numbers, or categories.
    pupils: (n,) how many a row of the table stands for. called: the argument that ``part`` is.

    Raises PlanError (columns that are not there, scores of several test providers) and DataError
    (text among numbers, an outcome without spread), naming every fault.
    """
    cells, given = names_of(cells, "adjust"), names_of(given, "given")
    lists = {"adjust": cells, "given": given}
    other = "cohort" if called == "group" else "group"
    named = {"outcome": outcome, called: part, "school": school, other: group,
             "provider": provider}  # fmt: skip
    require_columns(
        table,
        named | {f"{k}[{i}]": c for k, names in lists.items() for i, c in enumerate(names)},
        ("outcome", called),
    )
    faults: list[Fault] = []
    y = numbers(table, outcome, faults)
    code, values = labels(table, part)
    known = np.isfinite(y) & (code >= 0)
    school_code = None
    if school is not None:
        school_code = labels(table, school)[0]
        known &= school_code >= 0
    group_code, groups = np.zeros(len(table), dtype=np.intp), [""]
    if group is not None:
        group_code, groups = labels(table, group)
        known &= group_code >= 0
    X: dict[str, Floats] = {}
    of: dict[str, tuple[str, str]] = {}
    base: dict[str, str] = {}
    cell = np.zeros(len(table), dtype=np.intp)
    levels: list[list[str]] = []
    for name in cells:
        codes, found = labels(table, name)
        known &= codes >= 0
        cell = cell * max(len(found), 1) + np.maximum(codes, 0)
        levels.append([str(v) for v in found])
        base[name] = levels[-1][0] if levels[-1] else ""
        for j, value in enumerate(found[1:], 1):
            X[f"{name}={value}"] = (codes == j).astype(float)
            of[f"{name}={value}"] = (name, str(value))
    for name in given:
        if name in cells:
            continue
        columns, complete = as_columns(table, (name,), faults)
        known &= complete
        X |= columns
        if any(c != name for c in columns):
            base[name] = str(labels(table, name)[1][0])
        of |= {c: (name, c[len(name) + 1 :] if c != name else "") for c in columns}
    alike = None if any(f.column == outcome for f in faults) else unvaried(y, known, outcome)
    faults += [] if alike is None else [alike]
    empty = [name for name in (part, school, group, *cells, *given) if name is not None
             and table[name].isna().all()]  # fmt: skip
    faults += [unknown(name) for name in empty]
    refuse(faults)
    if provider is not None:
        refuse_providers(table[provider][known], provider)
    used, place = np.unique(cell[known], return_inverse=True)
    names = list(product(*levels)) if math.prod(map(len, levels)) <= 1 << 20 else None
    shown = [names[c] if names is not None else _unfolded(int(c), levels) for c in used]
    cell = np.zeros(len(table), dtype=np.intp)
    cell[known] = place
    whole = Sample(y, code, values, school_code, group_code, groups, cell, shown, X, of, base,
                   how_many(~known, pupils), pupils)  # fmt: skip
    return whole.rows(known)


def _unfolded(code: int, levels: Sequence[Sequence[str]]) -> tuple[str, ...]:
    out: list[str] = []
    for each in reversed(levels):
        code, at = divmod(code, len(each))
        out.append(each[at])
    return tuple(reversed(out))


def refuse_providers(given: pd.Series[Any], column: str) -> None:
    """Scores of several test providers are not on one scale, and nothing here makes them so."""
    found = sorted(str(v) for v in given.dropna().unique())
    if len(found) < 2 and not given.isna().any():
        return
    if len(found) < 2:
        rule = Text(
            "Bij sommige scores staat niet van welke toetsaanbieder ze zijn.",
            "Of some scores it is not known which test provider they are from.",
        )
    else:
        shown = ", ".join(f"‘{v[:40]}’" for v in found[:SHOWN])
        rule = Text(
            f"Dit zijn scores van verschillende toetsaanbieders ({shown}). Die staan niet op één"
            " schaal. Omrekenen kan hier niet: daarvoor moeten dezelfde leerlingen of opgaven in"
            " beide toetsen zitten, en scholen kiezen hun aanbieder zelf.",
            f"These are scores of different test providers ({shown}). They are not on one scale."
            " Equating is not attempted: it needs the same pupils or items in both tests, and"
            " schools choose their provider themselves.",
        )
    remedy = Text(
        "Kies leerlingen van één aanbieder, of neem referentieniveaus (1F, 1S, 2F) als uitkomst.",
        "Choose pupils of one provider, or take the reference levels (1F, 1S, 2F) as the outcome.",
    )
    raise PlanError([Fault(rule, remedy, column=column)])


def how_many(rows: Bools, pupils: Floats | None) -> int:
    """How many pupils these rows stand for."""
    return int(rows.sum()) if pupils is None else round(float(pupils[rows].sum()))


def year_of(label: object) -> int | None:
    """The year in which a school year starts; None for what is not written as one.

    A bare year is taken to be the first of the two: then no change of rules goes unnoticed.
    """
    start = start_of(label)
    if start is not None or isinstance(label, bool):
        return start
    found = YEAR.fullmatch(str(label)) if isinstance(label, str | int | float | np.number) else None
    return None if found is None else int(found[1])


def regimes(values: Sequence[object]) -> tuple[Regime, ...]:
    """The rules for advice in these school years, in order; () when they are no school years."""
    years = [year_of(v) for v in values]
    known = sorted(y for y in years if y is not None)
    return tuple(dict.fromkeys(regime_of(school_year(y)) for y in known))


def refuse_small(sample: Sample, column: str, parts: Sequence[int]) -> None:
    """Raise DataError naming the values of ``column`` with fewer than ten pupils."""
    faults = []
    for k in parts:
        n = how_many(sample.part == k, sample.pupils)
        if may_leave(n):
            continue
        name = str(sample.values[k])[:40]
        what = ("geen leerlingen van wie alles bekend is", "no pupils of whom all is known")
        few = (f"minder dan {fewest()} leerlingen", f"fewer than {fewest()} pupils")
        nl, en = what if n == 0 else few
        rule = Text(f"‘{name}’ heeft {nl}.", f"‘{name}’ has {en}.")
        remedy = Text("Laat het weg of voeg waarden samen.", "Leave it out or join values.")
        faults.append(Fault(rule, remedy, column=column))
    refuse(faults)
