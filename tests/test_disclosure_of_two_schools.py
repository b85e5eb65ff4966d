"""Of two schools in a group nothing tells what either scored, from whatever numbers leave."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rows import schools

import academic_workplace as aw
from academic_workplace.evidence.description import spread_told, withheld_means
from academic_workplace.report.build import build
from academic_workplace.report.document import Table, walk
from academic_workplace.report.manifest import released_findings
from academic_workplace.report.numerals import decimal, hidden
from academic_workplace.report.writers.html import html

pytestmark = pytest.mark.usefixtures("words_alone")

PLAN = aw.Plan(outcome="after", treatment="offered", comparison="0", cluster="school",
               allocation="lot", draws=99)  # fmt: skip
DAY = datetime.date(2026, 11, 22)


def two_and_two(sizes: tuple[int, ...]) -> pd.DataFrame:
    """Two schools in either arm, of these sizes."""
    rng = np.random.default_rng(4)
    of = np.repeat(np.arange(4), sizes)
    level = rng.normal(size=4)[of]
    n = len(of)
    return pd.DataFrame({
        "school": [f"S{k}" for k in of], "offered": (of < 2).astype(int),
        "before": rng.normal(size=n), "after": level + rng.normal(size=n),
    })  # fmt: skip


def squares_of(effect: dict[str, object], table: pd.DataFrame) -> list[float] | None:
    """How far the two schools of both arms are apart, from sd, se and icc; None without them.

    The squares between schools are B in (B - 2 W / (n - 4)) / trace : W / (n - 4) = icc : 1 - icc,
    with B + W = sd^2 (n - 2), and of arms of two equal schools 4 se^2 = D1^2 + D0^2.
    """
    if None in (effect["sd"], effect["icc"]):
        return None
    n1, n0 = effect["pupils_arm"], effect["pupils_comparison"]
    n, whole, icc = n1 + n0, effect["sd"] ** 2 * (n1 + n0 - 2), effect["icc"]
    k, trace = icc / (1 - icc), n - n / 2
    between = whole * (2 + k * trace) / (n - 4 + 2 + k * trace)
    a = (between - n0 * effect["se"] ** 2) / ((n1 - n0) / 4)
    return [math.sqrt(max(square, 0.0)) for square in (a, 4 * effect["se"] ** 2 - a)]


def test_of_two_schools_in_each_group_no_number_tells_how_far_they_are_apart():
    table = two_and_two((15, 15, 30, 30))
    evidence = aw.weigh(aw.estimate(table, PLAN), PLAN)
    mean = table.groupby("school")["after"].mean()
    apart = [abs(mean["S0"] - mean["S1"]), abs(mean["S2"] - mean["S3"])]
    whole = evidence.findings[0].effect.to_dict()
    assert squares_of(whole, table) == pytest.approx(apart)  # the attack works on what is inside
    (told,) = released_findings(evidence)
    assert squares_of(told, table) is None
    assert told["estimate"] == whole["estimate"]
    assert told["se"] == whole["se"]
    for name in ("g", "g_low", "g_high"):  # in full they give the degrees of freedom, so the icc
        assert told[name] == round(whole[name], 2)


@pytest.mark.parametrize("sizes", [(15, 15, 30, 30), (20, 10, 35, 25), (30, 30, 25, 25, 20)])
@pytest.mark.parametrize("method", ["difference", "multilevel"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_two_schools_in_a_group_show_neither_their_mean_nor_how_alike_they_are(
    sizes, method, language
):
    table = two_and_two(sizes) if len(sizes) == 4 else five(sizes)
    plan = replace(PLAN, method=method)
    evidence = aw.weigh(aw.estimate(table, plan), plan)
    effect = evidence.findings[0].effect
    report = build(evidence, language, DAY, "")
    found = [b for b in walk((*report.blocks, *report.appendix)) if isinstance(b, Table)]
    (checked,) = (t for t in found if "ICC" in t.header)
    assert checked.rows[0][5].startswith(f"{hidden(language)}: ")
    assert "ICC" in checked.note
    means = next(
        t for t in found if len(t.header) == 6 and t.rows[0][3].startswith(hidden(language))
    )
    assert all(row[3].startswith(hidden(language)) for row in means.rows)
    page = re.sub(r"<svg.*?</svg>|<style.*?</style>|<[^>]+>", " ", html(report), flags=re.DOTALL)
    for name in table["school"].unique():
        assert decimal(table["after"][table["school"] == name].mean(), 2, language) not in page
    assert effect.icc is not None
    (told,) = released_findings(evidence)
    assert told["icc"] is told["sd"] is None


def five(sizes: tuple[int, ...]) -> pd.DataFrame:
    """Two equal schools beside three."""
    return two_and_two((*sizes[:2], sizes[2], sum(sizes[3:]))).assign(
        school=lambda t: t["school"].where(t.index < sum(sizes[:4]), "S4")
    )


def test_three_schools_in_each_group_show_their_means_and_how_alike_they_are():
    table = schools(np.random.default_rng(1), clusters=6, size=20)
    evidence = aw.weigh(aw.estimate(table, PLAN), PLAN)
    assert spread_told(evidence.findings[0].effect)
    assert released_findings(evidence)[0]["icc"] is not None
    assert not withheld_means(evidence.descriptions)
