"""How many left before the end is not told where they are few: by no mean either."""

from __future__ import annotations

import datetime
import html
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.report.build import build
from academic_workplace.report.document import Table, walk
from academic_workplace.report.findings import attrition_told

pytestmark = pytest.mark.usefixtures("words_alone")

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


# ---------------------------------------------------------------- whether too many are missing


def all_that_leaves(report: Path) -> dict[str, object]:
    """What is read in a folder of a report, without pictures and fingerprints of the data."""
    page = next(report.glob("*.html")).read_text(encoding="utf-8")
    page = re.sub(
        r"<style.*?</style>|<script.*?</script>|<svg.*?</svg>|<img[^>]*>", "", page, flags=re.S
    )
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    del manifest["data"], manifest["environment"]
    return {
        "page": html.unescape(re.sub(r"<[^>]+>", "\n", page)).split("\n"),
        "json": json.loads((report / "results.json").read_text(encoding="utf-8"))["effects"],
        "csv": (report / "results.csv").read_text(encoding="utf-8-sig"),
        "manifest": manifest,
    }


@cache
def told(size: int, missing: int, language: str = "nl") -> dict[str, object]:
    """Six schools whose compared pupils are always the same; so many more have no score."""
    rng = np.random.default_rng(5)
    school = np.repeat(np.arange(6), size // 3)
    n = len(school)
    table = pd.DataFrame({
        "school": [f"S{k}" for k in school], "offered": (school < 3).astype(int),
        "grade": rng.integers(1, 5, n),
        "after": rng.normal(size=n) + 2 * (school < 3),
    })  # fmt: skip
    gone = pd.DataFrame(
        {"school": "S1", "offered": 1, "grade": 2, "after": np.nan}, index=range(missing)
    )
    evidence = aw.weigh(aw.estimate(pd.concat([table, gone], ignore_index=True), PLAN), PLAN)
    with TemporaryDirectory() as folder:
        aw.write(evidence, Path(folder) / "report", language=language)
        return all_that_leaves(Path(folder) / "report")


@pytest.mark.parametrize("size", [36, 60, 90])
def test_nothing_that_leaves_tells_how_few_are_missing(size):
    one = told(size, 1)
    for missing in (2, 4, 6, 9):
        other = told(size, missing)
        for part in one:
            assert other[part] == one[part], (size, missing, part)
    assert one["json"][0]["attrition"] is None


@pytest.mark.parametrize(
    ("language", "warned"), [("nl", "Hoe erg dat is, tonen we niet"), ("en", "how bad that is")]
)
def test_a_hidden_number_that_could_be_too_many_takes_the_words_of_cause(language, warned):
    page = " ".join(told(36, 2, language)["page"])
    assert warned in page
    for cause in ("leidde dus", "led to this", "aan de aanpak", "due to the approach"):
        assert cause not in page
    assert told(36, 0)["json"][0]["attrition"] == "low"


@pytest.mark.parametrize(("size", "level"), [(12, "high"), (300, "low")])
def test_a_judgement_that_every_hidden_number_gives_is_told(size, level):
    """Of 12 one more is 8 in 100; of 300 nine more are 3 in 100."""
    assert [told(size, n)["json"][0]["attrition"] for n in (1, 9)] == [level] * 2


def test_what_is_missing_in_another_analysis_widens_what_may_be_missing():
    """Nobody is missing where most were compared, or few are: then it is not told which."""
    rng = np.random.default_rng(6)
    school = np.repeat(np.arange(6), 12)
    n = len(school)
    table = pd.DataFrame({
        "school": [f"S{k}" for k in school], "offered": (school < 3).astype(int),
        "grade": rng.integers(1, 5, n), "after": rng.normal(size=n), "later": rng.normal(size=n),
    })  # fmt: skip
    table.loc[:4, "later"] = np.nan
    plan = replace(PLAN, outcome=("after", "later"))
    evidence = aw.weigh(aw.estimate(table, plan), plan)
    levels, fewest_lost = {}, {}
    for effect in (finding.effect for finding in evidence.findings):
        judged = attrition_told(evidence, effect)
        levels[effect.outcome] = {one.verdict.value for one in judged}
        fewest_lost[effect.outcome] = judged[0].assigned_t - judged[0].analysed_t
    assert levels == {"after": {"low", "high"}, "later": {"high"}}
    assert fewest_lost == {"after": 0, "later": 5}
