"""The rules of the profile hold in a whole report: its page, its appendix, its files, its manifest.

The attacker has every character of the HTML in both languages, and results and manifest in full
precision. Whatever is withheld is hidden when another value of it makes the very same report.
"""

from __future__ import annotations

import datetime
import importlib
import itertools
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rows import schools
from test_golden_texts import over_years

import academic_workplace as aw
from academic_workplace.disclosure import DUTCH_5, NCO, Reason, under
from academic_workplace.evidence.description import ones_of, rare_share, withheld_means
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.report.build import build
from academic_workplace.report.document import Table, walk
from academic_workplace.report.fingerprints import KEY_FILE, known_key, study_key
from academic_workplace.report.manifest import (
    as_json,
    data_fingerprint,
    digest,
    manifest,
    released_findings,
)
from academic_workplace.report.numerals import hidden, significant
from academic_workplace.report.released import FILE, audit
from academic_workplace.report.withheld import said_in
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.html import html
from academic_workplace.reproduce import compare

pytestmark = pytest.mark.usefixtures("pages_alone")

DAY = datetime.date(2026, 11, 22)
COMPARISON = phrases("comparison")
PLAN = aw.Plan(outcome="after", treatment="offered", comparison="0", cluster="school",
               baseline="before", allocation="lot", draws=99)  # fmt: skip
PLAIN = replace(PLAN, baseline=None)


def weighed(table: pd.DataFrame, plan: aw.Plan = PLAN) -> Evidence:
    return aw.weigh(aw.estimate(table, plan), plan)


def pages(evidence: Evidence) -> list[str]:
    """The report as HTML in both languages."""
    return [html(build(evidence, language, DAY, "")) for language in ("nl", "en")]


def files(evidence: Evidence) -> str:
    """Results and manifest."""
    made = manifest(evidence, "plan.toml")
    del made["environment"]
    return as_json([released_findings(evidence), made]).decode()


def everything(table: pd.DataFrame, plan: aw.Plan = PLAN) -> list[str]:
    evidence = weighed(table, plan)
    return [*pages(evidence), files(evidence)]


def numbers(evidence: Evidence) -> list[float]:
    """Every number of the results, in full precision."""
    rows = released_findings(evidence)
    return [float(x) for row in rows for x in row.values() if isinstance(x, (int, float))]


def tables(evidence: Evidence, language: str = "nl") -> list[Table]:
    report = build(evidence, language, DAY, "")
    return [b for b in walk((*report.blocks, *report.appendix)) if isinstance(b, Table)]


def text_of(page: str) -> str:
    return re.sub(r"<svg.*?</svg>|<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)


# ---------------------------------------------------------------- fingerprints of the data

N = 84  # pupils, in six schools


def rare(ones: int) -> pd.DataFrame:
    """An outcome that few have: how many stays inside."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"school": np.repeat([f"S{i}" for i in range(6)], N // 6)})
    table = table.assign(offered=np.repeat([1, 0], N // 2), extra=rng.normal(size=N), after=0.0)
    table.loc[rng.choice(N, ones, replace=False), "after"] = 1.0
    return table


def study(table: pd.DataFrame, place: Path) -> tuple[Evidence, str]:
    """A study with a folder of its own, and all that leaves it or is kept of what left."""
    (place / "study").mkdir(parents=True, exist_ok=True)
    evidence = weighed(table, replace(PLAIN, file=place / "study" / "plan.toml"))
    aw.write(evidence, place / "out", date=DAY)
    left = [place / "out" / "manifest.json", place / "study" / FILE, place / "out" / "rapport.html"]
    return evidence, "".join(path.read_text("utf-8") for path in left)


def of_ones(k: int, key: bytes | None, *, named: bool = True) -> str:
    """The fingerprint of the outcome, were there k ones."""
    values = pd.Series(np.repeat([0.0, 1.0], [N - k, k]))
    hashed = np.sort(pd.util.hash_pandas_object(values, index=False).to_numpy(np.uint64))
    return digest([b"after"] * named + [hashed.tobytes()], key)[:16]


def test_nobody_guesses_a_column_of_few_values_from_its_fingerprint(tmp_path: Path) -> None:
    evidence, left = study(rare(3), tmp_path)
    assert released_findings(evidence)[0]["withheld"]
    key = known_key(tmp_path / "study" / "plan.toml")
    assert key is not None
    for named in (True, False):  # with its name, and as it was before
        assert not [k for k in range(N + 1) if of_ones(k, None, named=named) in left]
        assert not [k for k in range(N + 1) if of_ones(k, b"0" * 32, named=named) in left]
    assert [k for k in range(N + 1) if of_ones(k, key) in left] == [3]  # of the house itself
    assert key.decode() not in left
    assert not (tmp_path / "out" / KEY_FILE).exists()


def test_no_fingerprint_of_data_without_a_key_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence, left = study(rare(3), tmp_path)
    pupils, key = evidence.effects.pupils, study_key(evidence.plan.file)
    assert str(data_fingerprint(pupils, key)["rows"]) in left

    def unkeyed(parts: Iterable[bytes], _: bytes | None = None) -> str:
        return digest(parts)

    def as_before(parts: Iterable[bytes], _: bytes | None = None) -> str:
        return digest(list(parts)[-1:])  # without the name of the column

    module = importlib.import_module("academic_workplace.report.manifest")
    for way in (unkeyed, as_before):
        monkeypatch.setattr(module, "digest", way)
        plain = data_fingerprint(pupils, key)
        columns = plain["columns"]
        assert isinstance(columns, dict)
        assert len(columns) > 3
        assert not [name for name, found in columns.items() if found in left]
        assert str(plain["rows"])[:6] not in left


def test_two_values_that_are_withheld_differ_in_their_fingerprints_and_nothing_else(
    tmp_path: Path,
) -> None:
    first, _ = study(rare(3), tmp_path / "a")
    (tmp_path / "b" / "study").mkdir(parents=True)
    key = (tmp_path / "a" / "study" / KEY_FILE).read_bytes()
    (tmp_path / "b" / "study" / KEY_FILE).write_bytes(key)
    second, _ = study(rare(5), tmp_path / "b")
    assert pages(first) == pages(second)
    one, other = (
        json.loads((tmp_path / name / "out" / "manifest.json").read_text("utf-8"))
        for name in ("a", "b")
    )
    before, after = one.pop("data"), other.pop("data")
    assert one == other
    then, now = before["columns"], after["columns"]
    assert [name for name in then if then[name] != now[name]] == ["after"]
    assert before["rows"] != after["rows"]
    (line,) = [line.en for line in compare(one | {"data": before}, one | {"data": after}).lines
               if "data" in line.en]  # fmt: skip
    assert "the data differ in: after" in line


def test_two_columns_of_the_same_values_do_not_look_alike() -> None:
    table = rare(3).assign(before=lambda t: t["after"])
    columns = data_fingerprint(weighed(table).effects.pupils, b"0" * 32)["columns"]
    assert isinstance(columns, dict)
    assert len(set(columns.values())) == len(columns)


def test_a_plan_without_a_file_has_no_fingerprints_of_data_and_says_so(tmp_path: Path) -> None:
    evidence = weighed(rare(3), PLAIN)
    aw.write(evidence, tmp_path / "out", date=DAY)
    made = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert made["data"] == {"file": None, "key": None, "columns": None, "rows": None}
    assert not list(tmp_path.rglob(KEY_FILE))
    assert "· data" not in (tmp_path / "out" / "rapport.html").read_text("utf-8")
    again = compare(made, manifest(evidence, ""))
    assert again.agrees
    assert "dezelfde" not in again.explain("nl")
    assert "the same" not in again.explain("en")
    assert "niet te zeggen" in again.explain("nl")


def test_without_a_key_other_results_of_as_many_pupils_are_refused(tmp_path: Path) -> None:
    table = schools(np.random.default_rng(14), clusters=12, size=30)
    aw.write(weighed(table), tmp_path / "out", date=DAY)
    before = (tmp_path / "out" / FILE).read_bytes()
    aw.write(weighed(table.sample(frac=1.0, random_state=1)), tmp_path / "out", date=DAY)
    assert (tmp_path / "out" / FILE).read_bytes() == before
    one = table.assign(after=table["after"] + (table.index == table.index[0]))
    with pytest.raises(aw.ReportError, match="is niet te zeggen"):
        aw.write(weighed(one), tmp_path / "out", date=DAY)
    assert (tmp_path / "out" / FILE).read_bytes() == before


def test_a_key_is_made_once_and_one_that_cannot_be_kept_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "plan.toml"
    assert study_key(None) is None

    def full(path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device", path.name)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "replace", full)
        with pytest.raises(aw.ReportError, match=KEY_FILE):
            study_key(plan)
    assert not list(tmp_path.iterdir())
    key = study_key(plan)
    assert key == study_key(plan) == known_key(plan)
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    said = (tmp_path / KEY_FILE).read_text("utf-8")
    assert "niet bij het rapport" in said
    assert "not with the report" in said
    (tmp_path / KEY_FILE).write_text(said[:-9], encoding="utf-8")
    with pytest.raises(aw.ReportError, match="beschadigd"):
        study_key(plan)
    (tmp_path / "other").mkdir()
    assert study_key(tmp_path / "other" / "plan.toml") != key


# ---------------------------------------------------------------- one school


def one_school(seed: int) -> pd.DataFrame:
    """Six schools, of which one has the lessons."""
    table = schools(np.random.default_rng(seed), clusters=6, size=30)
    return table.assign(offered=(table["school"] == "S00").astype(int))


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_the_only_school_of_an_arm_scored_the_report_is_the_same(seed):
    table = one_school(seed)
    other, own = table.copy(), table["offered"] == 1
    rng = np.random.default_rng(99)
    other.loc[own, "after"] = 3.0 + 2.0 * rng.normal(size=own.sum())
    other.loc[own, "before"] = 1.0 + 0.5 * rng.normal(size=own.sum())
    assert everything(other) == everything(table)
    with under(NCO):  # a report for that school itself: there the two differ
        assert everything(other) != everything(table)


def test_how_many_the_only_school_of_an_arm_misses_is_not_told():
    table = one_school(3)
    gone = table[table["offered"] == 1].head(20).assign(after=np.nan)
    more = pd.concat([table, gone], ignore_index=True)
    assert everything(more) == everything(table)
    losses = next(
        t for t in tables(weighed(more)) if len(t.header) == 7 and "ontbreekt" in t.caption
    )
    one, five = sorted(losses.rows, key=lambda row: "één school" not in row[5])
    assert one[3:] == ("niet getoond", one[4], "niet getoond: één school", "niet getoond")
    assert five[3].isdecimal()
    assert "over die school" in losses.note


def test_how_far_the_only_school_of_an_arm_was_beforehand_is_not_told():
    table = schools(np.random.default_rng(1), clusters=12, size=25)
    plan = replace(PLAIN, balance=("before",))
    table.loc[table["school"] == "S00", "offered"] = 2
    means = table.groupby("offered")["before"].mean()
    table["before"] += table["offered"].map(means[0] - means)  # all alike
    far = table.assign(before=table["before"] + 9.0 * (table["offered"] == 2))
    assert everything(far, plan) == everything(table, plan)
    assert [f.withheld for f in weighed(far, plan).findings] == [(), (Reason.UNITS,)]


def test_the_other_schools_keep_their_mean_and_all_keep_their_counts():
    evidence = weighed(one_school(4))
    (finding,), (row,) = evidence.findings, released_findings(evidence)
    assert finding.withheld == (Reason.UNITS,)
    assert row["withheld"] is True
    assert (row["pupils_arm"], row["clusters_arm"]) == (finding.effect.pupils_arm, 1)
    assert "one school" in str(row["reason"])
    assert all(row[name] is None for name in ("estimate", "g", "sd", "icc", "p_adjusted"))
    (means,) = (t for t in tables(evidence) if "Gemiddelden van" in t.caption)
    told = {row[2]: row[3] for row in means.rows}
    other = next(d for d in evidence.descriptions if d.arm == "0")
    assert told["groep ‘0’"] == significant(other.mean, "nl")
    assert told["groep ‘1’"] == "niet getoond: één school"


def test_a_study_of_one_school_tells_nothing_but_to_that_school():
    table, plan = over_years([2014])
    plan = replace(plan, method="interrupted time series")
    evidence = weighed(table, plan)
    assert evidence.findings[0].withheld == (Reason.UNITS,)
    report = build(evidence, "nl", DAY, "")
    assert "over maar één school" in report.description
    assert not any("Series" in b.caption for b in tables(evidence))
    shifted = table.assign(after=table["after"] * 3 + table["jaar"])
    assert everything(shifted, plan) == everything(table, plan)
    with under(NCO):
        assert not evidence.findings[0].withheld


def test_a_start_of_one_school_has_no_row_of_its_own_and_none_from_which_it_follows():
    table, plan = over_years([2012, 2014, 2014, 2016, 2016, None, None, None])
    evidence = weighed(table, replace(plan, method="staggered start"))
    assert not evidence.findings[0].withheld
    captions = [t.caption for t in tables(evidence)]
    assert "Per meting sinds de start" in captions
    assert not {"Per start", "Per meting", "Per start en meting"} & set(captions)
    since = next(t for t in tables(evidence) if t.caption == "Per meting sinds de start")
    alone = {row[0] for row in since.rows if row[1] == "niet getoond"}
    assert alone == {"6", "7"}  # only the first school is there so long after its start
    with under(NCO):
        assert "Per start" in [t.caption for t in tables(evidence)]


# ---------------------------------------------------------------- almost all, or almost none


def shares(a: int, b: int, size: int = 12, schools_per_arm: int = 4) -> pd.DataFrame:
    """Two arms of equally large schools; a and b pupils have it, one school after the other."""
    n = size * schools_per_arm
    arm = np.repeat([1, 0], n)
    of = np.tile(np.arange(n) % schools_per_arm, 2) + schools_per_arm * (1 - arm)
    it = np.concatenate([np.arange(n) < a, np.arange(n) < b]).astype(float)
    rng = np.random.default_rng(5)
    return pd.DataFrame({
        "school": [f"S{k:02d}" for k in of], "offered": arm, "after": it,
        "before": rng.normal(size=2 * n), "score": rng.normal(size=2 * n),
    })  # fmt: skip


@pytest.mark.parametrize("plan", [
    PLAIN, PLAN, replace(PLAIN, outcome=("after", "score"), primary=("after", "score")),
], ids=["plain", "adjusted", "two outcomes"])  # fmt: skip
def test_every_rare_number_of_ones_makes_the_same_report(plan):
    ways = {tuple(everything(shares(a, 20), plan)) for a in (0, 1, 4, 9, 39, 44, 48)}
    assert len(ways) == 1
    assert tuple(everything(shares(20, 9), plan)) in ways  # nor is it told of which arm
    assert tuple(everything(shares(10, 20), plan)) not in ways


def recovered(estimate: float, n1: int, n0: int) -> set[tuple[int, int]]:
    """The numbers of ones that an unadjusted difference in full precision may come from."""
    return {
        (a, b)
        for a, b in itertools.product(range(n1 + 1), range(n0 + 1))
        if abs(a / n1 - b / n0 - estimate) < 1e-12
    }


def test_a_difference_of_shares_that_leaves_tells_of_no_few():
    """The brute force that makes full precision dangerous: it finds the very counts."""
    rng = np.random.default_rng(7)
    left = 0
    for _ in range(40):
        sizes = rng.integers(5, 20, 6)
        p = rng.beta(0.6, 0.9, 2)
        arm = np.repeat(np.arange(6) % 2, sizes)
        has = (rng.random(len(arm)) < p[arm]).astype(float)
        of = np.repeat([f"S{k}" for k in range(6)], sizes)
        table = pd.DataFrame({"school": of, "offered": arm, "after": has})
        evidence = weighed(table, PLAIN)
        (row,) = released_findings(evidence)
        ones, n = table.groupby("offered")["after"].sum(), table.groupby("offered").size()
        safe = min(ones.min(), (n - ones).min()) >= 10
        assert (row["estimate"] is not None) == safe
        if safe:
            left += 1
            found = recovered(float(str(row["estimate"])), int(n[1]), int(n[0]))
            assert (ones[1], ones[0]) in found
            continue
        p1, p0 = ones[1] / n[1], ones[0] / n[0]
        tell = [p1, p0, p1 - p0, p1 * (1 - p1), p0 * (1 - p0)]
        assert not [x for x in numbers(evidence) for t in tell if 0 < abs(t) < 1 and x == t]
    assert 3 < left < 37


def test_a_score_that_all_of_an_arm_have_leaves_in_no_number():
    table = schools(np.random.default_rng(8), clusters=8, size=20)
    table["after"] = np.round(table["after"])
    table.loc[table["offered"] == 1, "after"] = 3.0
    evidence = weighed(table)
    assert evidence.findings[0].withheld == (Reason.ALIKE,)
    assert everything(table.assign(after=table["after"].where(table["offered"] == 0, 7.0))) == (
        everything(table)
    )
    assert evidence.findings[0].effect.cautions
    assert "no variation" not in files(evidence)  # nor a caution


def test_lines_over_time_do_not_tell_of_a_period_in_which_few_have_it():
    table, plan = over_years([2014] * 3 + [None] * 3)
    plan = replace(plan, method="interrupted time series")
    rng = np.random.default_rng(9)
    often = table.assign(after=(rng.random(len(table)) < 0.5).astype(float))
    rare = often.assign(after=often["after"].where(table["jaar"] != 2010, 0.0))
    counts = [len(tables(weighed(each, plan))) for each in (often, rare)]
    assert counts[0] > counts[1]
    assert not weighed(rare, plan).findings[0].withheld


def test_none_and_all_are_as_rare_as_few_and_which_it_is_is_not_told():
    assert [rare_share(n, 40) for n in (0, 1, 9, 10, 30, 31, 39, 40)] == [
        True, True, True, False, False, True, True, True,
    ]  # fmt: skip
    with under(DUTCH_5):
        assert [rare_share(n, 40) for n in (0, 4, 5, 35, 36)] == [True, True, False, False, True]


# ---------------------------------------------------------------- one school has most


def two_schools(seed: int = 11, share: float = 0.6) -> pd.DataFrame:
    """An arm of two schools, the larger with this share of its pupils, beside four schools."""
    rng = np.random.default_rng(seed)
    size = [round(100 * share), round(100 * (1 - share)), 30, 25, 20, 25]
    of = np.repeat(np.arange(6), size)
    level = rng.normal(size=6)[of]
    before = rng.normal(size=200) + level
    return pd.DataFrame({
        "school": [f"S{k}" for k in of], "offered": (of < 2).astype(int),
        "before": before, "after": before + level + rng.normal(size=200),
    })  # fmt: skip


def secrets_of(table: pd.DataFrame, told: list[float]) -> bool:
    """Whether the larger of the two schools can work out the mean of the smaller one.

    It knows its own pupils, and takes any printed number, or two added or subtracted, for the mean
    of their arm.
    """
    arm = table[table["offered"] == 1]
    large, small = (arm[arm["school"] == name]["after"] for name in ("S0", "S1"))
    known = np.unique(np.round(told, 14))
    pairs = (known[:, None] + np.outer([1, -1], known).ravel()).ravel()
    guesses = (np.concatenate([known, pairs]) * len(arm) - large.sum()) / len(small)
    return bool(np.any(np.abs(guesses - small.mean()) < 1e-9))


def full(evidence: Evidence) -> list[float]:
    """The files, and the means of the tables as if these were printed in full precision."""
    inside = withheld_means(evidence.descriptions)
    means = [d for d in evidence.descriptions if (d.outcome, d.wave, d.arm) not in inside]
    return [*numbers(evidence), *(float(d.mean or 0.0) for d in means)]


def test_of_two_schools_the_larger_cannot_work_out_the_mean_of_the_smaller():
    table = two_schools()
    evidence = weighed(table, PLAIN)
    assert not evidence.findings[0].withheld
    assert released_findings(evidence)[0]["estimate"] is not None
    assert not secrets_of(table, full(evidence))
    with under(NCO):  # which has no such rule: the attack works
        assert secrets_of(table, full(evidence))


def test_beside_the_difference_no_arm_shows_its_mean_when_one_school_has_most_of_one():
    evidence = weighed(two_schools())
    page = text_of(pages(evidence)[0])
    rows = [row for t in tables(evidence) if "Gemiddelden van" in t.caption for row in t.rows]
    assert sorted(row[3] for row in rows) == [
        "niet getoond: een ander getal zou volgen", "niet getoond: vooral één school",
    ]  # fmt: skip
    for d in evidence.descriptions:
        assert significant(d.mean, "nl", 4) not in page
    assert "elkaars cijfers uitrekenen" in page
    (balance,) = (t for t in tables(evidence) if "vooraf op elkaar leken" in t.caption)
    for row in balance.rows:
        assert row[-3:-1] == ("niet getoond: vooral één school", "niet getoond")
        assert row[-1][-1].isdecimal()  # how far apart is told
    again = schools(np.random.default_rng(1), clusters=12, size=25)
    again.loc[again["school"].isin(["S00", "S01"]), "offered"] = 2
    (balance,) = (t for t in tables(weighed(again)) if "vooraf" in t.caption)
    assert [row[1] for row in balance.rows] == ["groep ‘1’", "groep ‘2’"] * 2
    assert all("vooral één school" in row[3] for row in balance.rows)  # also beside the other arm
    three = schools(np.random.default_rng(1), clusters=8, size=20)
    assert "niet getoond" not in " ".join(
        row[3] for t in tables(weighed(three)) if "Gemiddelden van" in t.caption for row in t.rows
    )


# ---------------------------------------------------------------- as many terms as pupils


@pytest.mark.parametrize(("covariates", "inside"), [(18, False), (19, True)])
def test_a_model_keeps_ten_degrees_of_freedom_of_pupils(covariates, inside):
    rng = np.random.default_rng(12)
    names = tuple(f"x{k}" for k in range(covariates))
    table = pd.DataFrame(rng.normal(size=(30, covariates)), columns=names)
    table = table.assign(
        school=[f"S{k}" for k in np.arange(30) % 10], after=rng.normal(size=30),
        offered=np.arange(30) % 10 % 2,
    )  # fmt: skip
    evidence = weighed(table, replace(PLAIN, covariates=names))
    finding = evidence.findings[0]
    assert finding.fitted == (30, covariates + 2)
    assert finding.withheld == ((Reason.DEGREES,) if inside else ())
    (row,) = released_findings(evidence)
    assert (row["estimate"] is None) == inside
    assert ("te weinig leerlingen voor zo veel" in pages(evidence)[0]) == inside
    with under(DUTCH_5):
        assert not finding.withheld


def test_blocks_are_terms_of_the_model():
    table = schools(np.random.default_rng(3), clusters=12, size=9, blocks=3)
    table["block"] = "B" + table["block"].astype(str)
    evidence = weighed(table, replace(PLAN, blocks=("block",)))
    assert evidence.findings[0].fitted == (len(table), 2 + 3)  # arm, own baseline, three blocks


# ---------------------------------------------------------------- in words


KINDS = {
    "units": one_school(1),
    "alike": shares(4, 20),
    "dominance": two_schools(),
    "few": schools(np.random.default_rng(2), clusters=10, size=20),
}
KINDS["few"].loc[KINDS["few"].index[KINDS["few"]["offered"] == 1][8:], "after"] = np.nan


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_withheld_place_carries_its_reason_and_so_does_the_audit(kind, language):
    evidence = weighed(KINDS[kind])
    report = build(evidence, language, DAY, "")
    for table in (b for b in walk((*report.blocks, *report.appendix)) if isinstance(b, Table)):
        for row in table.rows:
            if any(hidden(language) in cell for cell in row):
                assert any(f"{hidden(language)}: " in cell for cell in row), row
    found = audit(report)["withheld"]
    assert isinstance(found, list)
    assert {one["reason"] for one in found} >= {kind}
    assert "{" not in json.dumps(found).replace('{"', "")


# ---------------------------------------------------------------- other folders


def test_a_missing_record_is_found_by_a_report_that_stands_beside(tmp_path):
    study = tmp_path / "data" / "study"
    study.mkdir(parents=True)
    table = schools(np.random.default_rng(1), clusters=8, size=20)
    (study / "plan.toml").write_text(
        '[study]\ntitle = { nl = "Les", en = "Lesson" }\n[design]\ncluster = "school"\n'
        'treatment = "offered"\ncomparison = "0"\nassigned = "cluster"\nallocation = "lot"\n'
        '[[outcomes]]\ncolumn = "after"\n',
        "utf-8",
    )
    plan = aw.read_plan(study / "plan.toml")
    reports = tmp_path / "reports"
    aw.write(weighed(table, plan), reports / "first", date=DAY)
    (study / FILE).unlink()
    aw.write(weighed(table, plan), reports / "again", date=DAY)  # the same data: no edition is lost
    (study / FILE).unlink()
    fewer = weighed(table.drop(index=table.index[:3]), plan)
    with pytest.raises(aw.ReportError, match=r"released\.json"):
        aw.write(fewer, reports / "second", date=DAY)
    assert not (reports / "second").exists()
    aw.write(fewer, tmp_path / "elsewhere" / "second", date=DAY)  # this is not seen


# ---------------------------------------------------------------- shares with weights


def rare_with_weights(few: int) -> pd.DataFrame:
    """A yes of so many pupils of the arm, who weigh more than the others."""
    rng = np.random.default_rng(12)
    table = schools(rng, clusters=12, size=30)
    table["after"] = rng.integers(0, 2, len(table)).astype(float)
    arm = table.index[table["offered"] == 1]
    table.loc[arm, "after"] = 0.0
    table.loc[arm[:: len(arm) // few][:few], "after"] = 1.0
    return table.assign(w=np.where(table["after"] == 1, 3.5, 0.5))


@pytest.mark.parametrize(("few", "inside"), [(6, True), (9, True), (10, False)])
def test_a_share_with_weights_is_judged_by_the_pupils_who_have_it(few, inside):
    plan = replace(PLAIN, weights="w")
    evidence = weighed(rare_with_weights(few), plan)
    assert {d.arm: d.ones for d in evidence.descriptions}["1"] == few
    assert (Reason.ALIKE in evidence.findings[0].withheld) == inside


def test_ones_with_weights_add_up_over_parts_of_a_file(tmp_path):
    plan, table = replace(PLAN, weights="w"), rare_with_weights(6)
    table["before"] = (table["before"] > 0).astype(float)
    whole = aw.collect(table, plan).samples[0]
    parts = [aw.collect(part, plan).samples[0] for part in (table[::2], table[1::2])]
    file = tmp_path / "pupils.csv"
    table.to_csv(file, index=False)
    for m in (whole, parts[0] + parts[1], aw.collect(file, plan).samples[0]):
        cells = np.array(m.arms) == "1"
        assert ones_of(m, len(m.columns) - 1, cells) == 6
        before = table.loc[table["offered"] == 1, "before"].sum()
        assert ones_of(m, m.columns.index("before"), cells) == before
        assert ones_of(m.with_product("x", np.ones(len(m.S))), len(m.columns), cells) == 6
    table.loc[0, "after"] = 0.5
    m = aw.collect(table, plan).samples[0]
    assert ones_of(m, len(m.columns) - 1, np.array(m.arms) == "1") is None


# ---------------------------------------------------------------- whether too many are missing


def test_files_say_whether_too_many_are_missing(tmp_path):
    """As the evidence says it; nothing of a result that stays inside, and none where nobody can
    be missing."""
    table = schools(np.random.default_rng(13), clusters=12, size=30)
    gone = table.index[table["offered"] == 1][::2]
    for missing, level in (([], "low"), (gone, "high")):
        some = table.copy()
        some.loc[missing, "after"] = np.nan
        evidence = weighed(some)
        (row,) = released_findings(evidence)
        assert row["attrition"] == level
        folder = tmp_path / level
        aw.write(evidence, folder, date=DAY)
        for name, key in (("manifest.json", "results"), ("results.json", "effects")):
            assert json.loads((folder / name).read_text("utf-8"))[key][0]["attrition"] == level
        assert pd.read_csv(folder / "results.csv")["attrition"].tolist() == [level]
    (row,) = released_findings(weighed(one_school(13)))
    assert row["withheld"]
    assert row["attrition"] is None


def test_a_manifest_from_before_that_is_still_compared():
    made = manifest(weighed(schools(np.random.default_rng(14), clusters=12, size=30)), "plan.toml")
    then = json.loads(json.dumps(made))
    assert compare(then, made).agrees
    then["results"][0]["attrition"] = "high"
    assert not compare(then, made).agrees
    del then["results"][0]["attrition"]
    assert compare(then, made).agrees


# ---------------------------------------------------------------- weights that make arms alike


def mostly_one(seed: int, share: float) -> pd.DataFrame:
    """Chosen, not by lot; of the arm that has the lessons so much is one school."""
    table = schools(np.random.default_rng(seed), clusters=8, size=40).assign(offered=0)
    arm = table.index[:80]
    table.loc[arm, "offered"] = 1
    table.loc[arm, "school"] = np.where(np.arange(80) < 80 * share, "A", np.where(
        np.arange(80) % 2, "B", "C"))  # fmt: skip
    return table


@pytest.mark.parametrize(("share", "inside"), [(0.6, True), (0.4, False)])
@pytest.mark.parametrize("method", ["propensity weights", "nearest neighbour"])
def test_means_of_an_arm_that_is_mostly_one_school_stay_inside_with_weights(share, inside, method):
    plan = aw.Plan(outcome="after", treatment="offered", comparison="0", cluster="school",
                   covariates=("before", "girl"), method=method, draws=99)  # fmt: skip
    evidence = weighed(mostly_one(15, share), plan)
    caption = COMPARISON["means.caption"]
    for language in ("nl", "en"):
        (made,) = (t for t in tables(evidence, language) if t.caption == caption[language])
        cells = {one for row in made.rows for one in row[1:5]}
        assert bool(cells & {hidden(language)}) == inside
        assert bool([one for one in cells if re.search(r"\d", one)]) != inside
        if inside:
            assert {said_in(" | ".join(row), language) for row in made.rows} == {"dominance"}
