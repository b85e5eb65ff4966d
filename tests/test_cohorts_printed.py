"""Shares of cohorts under rules that round counts are those of the counts printed."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.cohorts.story import Look, Story
from academic_workplace.disclosure import DUTCH_5, DUTCH_10, NCO, OPENSAFELY, rounded, under
from academic_workplace.language import Text
from academic_workplace.plan import Study
from academic_workplace.report.cohorts.printed import as_printed
from academic_workplace.report.document import Table, walk
from academic_workplace.report.numbers import frames
from academic_workplace.report.story import build_story

DAY = datetime.date(2026, 11, 22)


def pupils(n: int = 1203) -> pd.DataFrame:
    rng = np.random.default_rng(31)
    group = rng.choice(["a", "b"], n)
    table = pd.DataFrame({
        "jaar": rng.choice(["2018-2019", "2019-2020", "2020-2021"], n), "groep": group,
        "school": [f"S{k:02d}" for k in rng.integers(0, 12, n)], "buurt": rng.choice(["n", "z"], n),
        "geslaagd": (rng.random(n) < np.where(group == "a", 0.63, 0.47)).astype(int),
        "score": rng.normal(size=n), "jaren": rng.integers(1, 5, n), "weg": rng.integers(0, 2, n),
    })  # fmt: skip
    return table


def results() -> dict[str, object]:
    table = pupils()
    base = {"cohort": "jaar", "reference": "2018-2019", "school": "school"}
    return {
        "gap": aw.cohorts.gap(table, outcome="geslaagd", group="groep", reference="a",
                              cohort="jaar"),
        "standardise": aw.cohorts.standardise(table, outcome="geslaagd", adjust=["buurt"], **base),
        "trend": aw.cohorts.trend(table, outcome="geslaagd", cohort="jaar", school="school"),
        "funnel": aw.cohorts.funnel(table, event="geslaagd", school="school"),
        "value": aw.cohorts.value_added(table, outcome="score", school="school"),
        "events": aw.cohorts.time_to_event(table, time="jaren", event="weg", group="groep"),
    }  # fmt: skip


FOUND = results()


@pytest.mark.parametrize("name", FOUND)
def test_rules_that_round_nothing_change_nothing(name):
    for rules in (DUTCH_10, DUTCH_5, NCO):
        with under(rules):
            assert as_printed(FOUND[name]) is FOUND[name]


def secrets() -> set[float]:
    """Shares of the raw counts, that are no share of counts that are multiples of 5."""
    table = pupils()
    out = set()
    for by in (["groep", "jaar"], ["jaar"], ["school"], ["groep"]):
        each = table.groupby(by)["geslaagd"].agg(["sum", "count"])
        out |= {s / n for s, n in each.itertuples(index=False)
                if s / n != rounded_by_5(s) / rounded_by_5(n)}  # fmt: skip
    return out


def rounded_by_5(n: int) -> int:
    with under(OPENSAFELY):
        return rounded(int(n))


@pytest.mark.parametrize("name", FOUND)
def test_files_hold_no_share_of_raw_counts_and_no_raw_count(name):
    story = Story(Study(), (Look(Text("een", "one"), FOUND[name]),))
    with under(OPENSAFELY):
        made = [frame for _, _, frame in frames(story)]
        report = build_story(story, "nl", DAY, "")
    assert made
    numbers = {
        float(x) for frame in made for name in frame.select_dtypes("number")
        for x in frame[name].dropna()
    }  # fmt: skip
    near = [s for s in secrets() for x in numbers if abs(s - x) < 1e-9]
    assert not near
    for block in walk((*report.blocks, *report.appendix)):
        if isinstance(block, Table):
            at = [i for i, head in enumerate(block.header) if head == "Leerlingen"]
            cells = [row[i] for row in block.rows for i in at]
            assert not [x for cell in cells for x in re.findall(r"\d+", cell.replace(".", ""))
                        if int(x) % 5]  # fmt: skip


def test_a_gap_of_shares_is_that_of_the_shares_printed():
    with under(OPENSAFELY):
        told = as_printed(FOUND["gap"])
        for gap, was in zip(told, FOUND["gap"], strict=True):
            ones, n = was.mean * was.pupils, was.pupils
            assert gap.mean == rounded(round(ones)) / rounded(n)
            assert gap.raw.value == gap.mean - gap.mean_reference
            assert gap.raw.low <= gap.raw.value <= gap.raw.high
