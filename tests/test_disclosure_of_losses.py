"""How many left before the end is not told where they are few: by no mean either."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.report.build import build
from academic_workplace.report.document import Table, walk

PLAN = aw.Plan(outcome="after", treatment="offered", comparison="0", cluster="school",
               allocation="lot", balance=("grade",), draws=99)  # fmt: skip
DAY = datetime.date(2026, 11, 22)
LOSSES = {"nl": "wie ontbreekt", "en": "who is missing"}
HIDDEN = {"nl": "niet hoe groot ze bij de start waren", "en": "how large they were at the start"}


def tables(missing: int, language: str = "nl") -> dict[str, Table]:
    """The tables of losses and of balance of six schools of eight, of whom so many left one arm."""
    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(6), 8)
    table = pd.DataFrame({
        "school": [f"S{k}" for k in school], "offered": (school < 3).astype(int),
        "grade": rng.integers(1, 5, 48), "after": rng.normal(size=48),
    })  # fmt: skip
    table.loc[table.index[:missing], "after"] = np.nan
    report = build(aw.weigh(aw.estimate(table, PLAN), PLAN), language, DAY, "")
    found = [b for b in walk((*report.blocks, *report.appendix)) if isinstance(b, Table)]
    return {
        "losses": next(t for t in found if LOSSES[language] in t.caption),
        "balance": next(t for t in found if any(row[0] == "grade" for row in t.rows)),
    }


@pytest.mark.parametrize("missing", [1, 4, 6])
def test_where_few_left_no_mean_of_the_start_tells_how_many(missing):
    """Whole scores over how many: 2,4 can be 60 of 25, and not of 26."""
    start, compared = tables(missing)["balance"].rows
    assert start[-3].startswith("niet getoond")
    assert start[-2:] == ("niet getoond",) * 2
    assert not compared[-3].startswith("niet getoond")


def test_where_nobody_left_the_start_keeps_its_means():
    start, _ = tables(0)["balance"].rows
    assert not start[-3].startswith("niet getoond")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_table_that_shows_every_start_does_not_say_that_some_are_hidden(language):
    assert HIDDEN[language] not in tables(0, language)["losses"].note
    assert HIDDEN[language] in tables(3, language)["losses"].note
