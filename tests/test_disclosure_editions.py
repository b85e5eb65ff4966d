"""What two editions, or two reports on the same pupils, tell together; and what is kept of them."""

import dataclasses
import datetime
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.disclosure import DUTCH_5, OPENSAFELY, Sum, under
from academic_workplace.disclosure.attack import attack
from academic_workplace.disclosure.editions import Edition, How, Told, told_together
from academic_workplace.disclosure.protect import Chosen
from academic_workplace.report.build import build
from academic_workplace.report.document import Table, walk
from academic_workplace.report.manifest import manifest
from academic_workplace.report.numerals import hidden
from academic_workplace.report.released import (
    Published,
    Released,
    audit,
    check_release,
    least_withheld,
    published,
)

DAY = datetime.date(2026, 11, 22)


def edition(counts, links=(), name="new", withheld=()):
    return Edition(name, counts, tuple(links), frozenset(withheld))


# ---------------------------------------------------------------- numbers only


@given(st.integers(0, 60), st.integers(0, 60))
def test_two_editions_tell_of_one_to_nine_pupils_when_they_differ_by_so_many(old, new):
    told = told_together(edition({"a": new}), [edition({"a": old}, name="old")])
    expected = (Told("a", How.DIFFERENCE, "old"),) if 0 < abs(new - old) < 10 else ()
    assert told == expected


def test_a_difference_that_only_follows_is_told_too():
    """Both arms were printed, and now only their total: 103 - 60 - 40 = 3 pupils came."""
    links = [("all", ("a", "b"))]
    old = edition({"a": 60, "b": 40}, links, "old")
    assert told_together(edition({"all": 103}, links), [old]) == (
        Told("all", How.DIFFERENCE, "old"),
    )
    assert told_together(edition({"all": 110}, links), [old]) == ()
    parts = edition({"a": 63, "b": 40}, links)
    assert told_together(parts, [edition({"all": 100}, name="whole")]) == (
        Told("all", How.DIFFERENCE, "whole"),
    )


def test_every_edition_counts_and_not_only_the_last():
    """40, 60, 43: the third is far from the second, and 3 from the first."""
    earlier = [edition({"a": 40}, name="first"), edition({"a": 60}, name="second")]
    assert [one.name for one in told_together(edition({"a": 43}), earlier)] == ["first"]


def test_what_one_report_withholds_its_sister_may_not_tell():
    """48 at the start stands in the sister; 45 compared and "fewer than 10" in this one: 3."""
    links = [("start", ("compared", "missing"))]
    new = edition({"compared": 45}, links, withheld=["missing"])
    assert told_together(new, []) == ()
    sister = edition({"start": 48, "compared": 45}, name="sister")
    assert told_together(new, [sister]) == (Told("missing", How.TOGETHER, "sister"),)


def test_a_report_that_tells_by_itself_is_found_out():
    links = [("all", ("a", "b"))]
    (told,) = told_together(edition({"all": 40, "a": 36}, links, withheld=["b"]), [])
    assert (told.place, told.how) == ("b", How.TOGETHER)
    (told,) = told_together(edition({"all": 40, "a": 36}, links), [])  # also when it did not know
    assert told.place == "b"
    assert told_together(edition({"all": 40, "a": 30}, links), []) == ()


def test_a_range_narrower_than_one_to_nine_tells_too():
    """Of two small ones 17 together: each is 8 or 9."""
    links = [("all", ("a", "b"))]
    told = told_together(edition({"all": 17}, links, withheld=["a", "b"]), [])
    assert {one.place for one in told} == {"a", "b"}
    assert told_together(edition({"all": 10}, links, withheld=["a", "b"]), []) == ()


def test_reports_that_disagree_are_not_taken_for_the_same_pupils():
    links = [("start", ("compared", "missing"))]
    new = edition({"compared": 45, "other": 80}, links, withheld=["missing"])
    sister = edition({"start": 48, "other": 60}, name="sister")
    assert told_together(new, [sister]) == ()


def test_a_smaller_minimum_allows_smaller_differences():
    old, new = edition({"a": 40}, name="old"), edition({"a": 46})
    assert told_together(new, [old])
    assert told_together(new, [old], DUTCH_5) == ()


def test_a_difference_of_one_step_of_rounding_leaves_every_small_number():
    """20 and 25 may have been 22 and 23, or 18 and 27: 1 to 9."""
    assert told_together(edition({"a": 25}), [edition({"a": 20}, name="old")], OPENSAFELY) == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=3, max_size=3), st.integers(0, 12), st.data())
def test_nothing_small_follows_from_what_passes(parts, more, data):
    """Brute force: whatever is printed in two editions, the pupils in between are not 1 to 9 of
    any part that both tell of, directly or as a total less the others."""
    links = [("all", ("a", "b", "c"))]
    old = dict(zip("abc", parts, strict=True)) | {"all": sum(parts)}
    new = old | {"a": old["a"] + more, "all": old["all"] + more}
    print_old = data.draw(st.sets(st.sampled_from(sorted(old)), min_size=1))
    print_new = data.draw(st.sets(st.sampled_from(sorted(new)), min_size=1))
    first = edition({p: old[p] for p in print_old}, links, "old")
    second = edition({p: new[p] for p in print_new}, links)
    told = {one.place for one in told_together(second, [first]) if one.how is How.DIFFERENCE}
    for place in old:
        known = [
            place in shown or len(shown & {"a", "b", "c", "all"} - {place}) == 3
            for shown in (print_old, print_new)
        ]
        differs = 0 < abs(new[place] - old[place]) < 10
        assert (place in told) == (all(known) and differs)


# ---------------------------------------------------------------- the file


def report(
    counts, plan="p1", data="d1", name="plan.toml", links=(), columns=None, key="k1", results=""
):
    return Published(edition(counts, links, name), plan, data, columns or {}, key, results)


def unkeyed(counts, results, **more):
    """A report of a plan without a file: nothing is known of its data."""
    return report(counts, data="", key="", results=results, **more)


def release(found, folder):
    made = check_release(found, folder / "released.json", folder / "manifest.json", DAY)
    made.write()
    return made


def test_what_was_released_is_kept_and_the_next_edition_is_held_against_it(tmp_path):
    release(report({"compared | na | x=ja": 40}), tmp_path)
    kept = json.loads((tmp_path / "released.json").read_text(encoding="utf-8"))
    assert kept["editions"][0]["counts"] == {"compared | na | x=ja": 40}
    assert kept["editions"][0]["date"] == "2026-11-22"
    assert kept["editions"][0]["profile"] == "dutch-10"
    before = (tmp_path / "released.json").read_bytes()
    with pytest.raises(aw.ReportError) as error:
        release(report({"compared | na | x=ja": 43}, data="d2"), tmp_path)
    (fault,) = error.value.faults
    assert "vergeleken leerlingen (na | x=ja)" in fault.rule.nl
    assert "pupils compared (na | x=ja)" in fault.rule.en
    assert "plan.toml (2026-11-22)" in fault.rule.en
    assert (tmp_path / "released.json").read_bytes() == before
    release(report({"compared | na | x=ja": 60}, data="d3"), tmp_path)
    kept = json.loads((tmp_path / "released.json").read_text(encoding="utf-8"))
    assert len(kept["editions"]) == 2


def test_a_fault_never_holds_a_count_that_is_withheld(tmp_path):
    release(report({"compared | x=ja": 4021}), tmp_path)
    with pytest.raises(aw.ReportError) as error:
        release(report({"compared | x=ja": 4028}, data="d2"), tmp_path)
    text = error.value.explain("nl") + error.value.explain("en")
    assert not {"7", "4021", "4028"} & set(text.replace(".", " ").replace(",", " ").split())


def test_the_same_report_again_is_no_new_edition(tmp_path):
    found = report({"compared | x=ja": 40})
    release(found, tmp_path)
    before = (tmp_path / "released.json").read_bytes()
    assert release(found, tmp_path).content is None
    assert (tmp_path / "released.json").read_bytes() == before


def test_the_same_counts_of_other_data_are_refused_and_what_was_there_stays(tmp_path):
    """The means of 40 pupils before and after tell what changed for the one who did."""
    columns = {"score": "s1", "arm": "a1"}
    release(report({"compared | x=ja": 40}, columns=columns), tmp_path)
    before = (tmp_path / "released.json").read_bytes()
    changed = columns | {"score": "s2"}
    more = {"girl": "g1"}
    for other in (
        report({"compared | x=ja": 40}, data="d2", columns=changed),
        report({"compared | x=ja": 40}, data="d2", columns=columns),  # pupils changed places
        report({"compared | x=ja": 40}, plan="p2", data="d2", columns=changed | more),
    ):
        with pytest.raises(aw.ReportError) as error:
            release(other, tmp_path)
        (fault,) = error.value.faults
        assert "gegevens zijn veranderd" in fault.rule.nl
        assert "released.json" in fault.remedy.nl
        assert (tmp_path / "released.json").read_bytes() == before
    # another method may need another column of the same data
    release(report({"compared | x=ja": 40}, plan="p2", data="d3", columns=columns | more), tmp_path)
    release(report({"compared | x=ja": 40}, plan="p2", columns=columns), tmp_path)
    release(report({"compared | x=ja": 60}, data="d4", columns=changed), tmp_path)


@pytest.mark.parametrize("key", ["", "k2"])
@pytest.mark.parametrize("plan", ["p1", "p2"])
def test_where_nothing_is_known_of_the_data_what_was_printed_decides(tmp_path, key, plan):
    """The same counts: other results are refused, and the same results tell nothing new."""
    counts = {"compared | x=ja": 40}
    data = "d1" if key else ""
    release(report(counts, results="r1"), tmp_path)
    before = (tmp_path / "released.json").read_bytes()
    with pytest.raises(aw.ReportError, match="is niet te zeggen"):
        release(report(counts, plan=plan, key=key, data=data, results="r2"), tmp_path)
    with pytest.raises(aw.ReportError, match="is niet te zeggen"):
        release(report(counts, plan=plan, key=key, data=data), tmp_path)
    assert (tmp_path / "released.json").read_bytes() == before
    assert (
        release(report(counts, plan=plan, key=key, data=data, results="r1"), tmp_path).content
        is None
    )
    assert release(
        report({"compared | x=ja": 60}, key=key, data=data, results="r2"), tmp_path
    ).content


def test_of_two_reports_without_a_key_nobody_says_that_the_data_are_the_same(tmp_path):
    release(unkeyed({"compared | x=ja": 40}, "r1"), tmp_path)
    assert release(unkeyed({"compared | x=ja": 40}, "r1"), tmp_path).content is None
    with pytest.raises(aw.ReportError, match="is niet te zeggen"):
        release(unkeyed({"compared | x=ja": 40}, "r2"), tmp_path)


def test_fingerprints_from_before_there_were_keys_do_not_stay(tmp_path):
    old = report({"compared | x=ja": 40}, data="guessed", columns={"score": "guessable"})
    made = release(old, tmp_path).content
    (entry,) = made["editions"]
    del entry["key"], entry["results"]
    (tmp_path / "released.json").write_text(json.dumps(made), encoding="utf-8")
    with pytest.raises(aw.ReportError, match="is niet te zeggen"):
        release(report({"compared | x=ja": 40}, results="r1"), tmp_path)  # it may be others
    release(report({"compared | x=ja": 60}, results="r1"), tmp_path)
    assert "guess" not in (tmp_path / "released.json").read_text(encoding="utf-8")


def test_a_report_is_not_refused_for_what_it_tells_by_itself(tmp_path):
    """Nobody could follow a remedy at a first report: it keeps such counts inside by itself."""
    links = [("start", ("compared", "missing"))]
    release(report({"start": 43, "compared": 40}, links=links), tmp_path)
    release(report({"start": 43, "compared": 40}, links=links), tmp_path)


def test_without_a_record_a_second_edition_is_refused_and_the_same_is_not(tmp_path):
    then = {"plan": {"fingerprint": "p1"}, "data": {"rows": "d1", "key": "k1"}}
    (tmp_path / "manifest.json").write_text(json.dumps(then), encoding="utf-8")
    for other in (report({"a": 40}, data="d2"), report({"a": 40}, plan="p2")):
        with pytest.raises(aw.ReportError, match=r"released\.json"):
            release(other, tmp_path)
        assert not (tmp_path / "released.json").exists()
    release(report({"a": 40}), tmp_path)
    assert (tmp_path / "released.json").is_file()


@pytest.mark.parametrize("key", [None, "k2"])
def test_without_a_record_and_a_key_the_same_results_are_the_same_report(tmp_path, key):
    data = {"rows": "d1" if key else None, "key": key}
    then = {"plan": {"fingerprint": "p1"}, "data": data, "printed": "r1"}
    (tmp_path / "manifest.json").write_text(json.dumps(then), encoding="utf-8")
    for results in ("r2", ""):
        with pytest.raises(aw.ReportError, match=r"released\.json"):
            release(unkeyed({"a": 40}, results), tmp_path)
    release(unkeyed({"a": 40}, "r1"), tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"format": 1}', '{"format": 9, "editions": []}',
     '{"format": 1, "editions": [{"name": "x"}]}',
     '{"format": 1, "editions": [{"name": "x", "date": "d", "plan": "p", "data": "d",'
     ' "profile": "dutch-10", "counts": {"a": "many"}, "links": []}]}'],
)  # fmt: skip
def test_a_damaged_record_is_refused_in_words_and_left(tmp_path, content):
    (tmp_path / "released.json").write_text(content, encoding="utf-8")
    with pytest.raises(aw.ReportError, match="beschadigd"):
        release(report({"a": 40}), tmp_path)
    assert (tmp_path / "released.json").read_text(encoding="utf-8") == content


def test_a_record_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(aw.ReportError, match=r"released\.json"):
        Released(tmp_path / "file" / "released.json", {"format": 1, "editions": []}).write()


@pytest.mark.parametrize("before", [None, b"what was released"])
def test_a_report_that_is_refused_is_not_remembered_as_released(tmp_path, before):
    file = tmp_path / "study" / "released.json"
    if before is not None:
        file.parent.mkdir()
        file.write_bytes(before)

    def refused() -> None:
        assert file.is_file()  # it stands before the report does
        raise aw.ReportError([])

    made = Released(file, {"format": 1, "editions": []})
    with pytest.raises(aw.ReportError), made.kept():
        refused()
    assert (file.read_bytes() if before else file.parent.exists()) == (before or False)
    with made.kept():
        pass
    assert json.loads(file.read_text(encoding="utf-8"))["editions"] == []


def test_a_folder_of_somebody_else_keeps_no_record_of_a_report_that_was_refused(evidence, tmp_path):
    (tmp_path / "thesis.docx").write_bytes(b"mine")
    with pytest.raises(aw.ReportError, match=r"thesis\.docx"):
        aw.write(evidence, tmp_path, date=DAY)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_what_is_no_weighed_result_is_refused_in_words(evidence, tmp_path):
    for other in (evidence.effects, evidence.plan, "rapport", None):
        with pytest.raises(aw.ReportError, match="plan"):
            aw.write(other, tmp_path / "new", date=DAY)
    assert not (tmp_path / "new").exists()


# ---------------------------------------------------------------- what a report prints


@pytest.fixture(scope="module")
def evidence():
    """Three measures of 90 pupils in nine schools; 30 miss the first one, five the second."""
    rng = np.random.default_rng(3)
    n = 180
    school = np.repeat(np.arange(9), n // 9)
    table = pd.DataFrame({
        "school": [f"School {i}" for i in school], "programma": np.where(school % 2, "ja", "nee"),
        "voor": rng.normal(size=n), "na": rng.normal(size=n), "later": rng.normal(size=n),
    })  # fmt: skip
    table.loc[rng.choice(n, 40, replace=False), "na"] = np.nan
    table.loc[np.flatnonzero(table["programma"] == "ja")[:5], "later"] = np.nan
    plan = aw.Plan(outcome=("na", "later"), treatment="programma", cluster="school",
                   covariates=("voor",), comparison="nee")  # fmt: skip
    return aw.weigh(aw.estimate(aw.check(table, plan)), plan)


def test_places_hold_what_the_tables_print_and_nothing_that_they_withhold(evidence):
    found = published(evidence, manifest(evidence, "plan.toml")).edition
    printed = {loss.outcome: loss for loss in evidence.losses if loss.arm == "ja"}
    assert found.counts["compared | na | programma=ja"] == printed["na"].analysed
    assert found.counts["compared | later | programma=ja"] == printed["later"].analysed
    assert "start | programma=nee" in found.counts
    assert "start | programma=ja" not in found.counts  # would tell the five
    assert "missing | na | programma=ja" not in found.counts
    assert not found.withheld
    assert not any(0 < n < 10 for n in found.counts.values())


def test_a_report_does_not_hang_on_its_language_and_tells_nothing_by_itself(evidence):
    found = published(evidence, manifest(evidence, "plan.toml"))
    assert told_together(found.edition, []) == ()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("missing", [0.01, 0.03])
def test_an_ordinary_study_gets_a_report_from_which_no_few_missing_follow(seed, missing, tmp_path):
    """Two measures at two moments, a few per cent missing: the counts compared differ by 1 to 9.

    The attacker has every number of the table of who is missing, in its words."""
    rng = np.random.default_rng(seed)
    n = 400
    school = np.arange(n) % 8
    table = pd.DataFrame({
        "pupil": [f"P{i}" for i in range(n)], "school": [f"S{i}" for i in school],
        "arm": np.where(school < 4, "A", "B"),
    })  # fmt: skip
    long = pd.concat([table.assign(wave=wave) for wave in ("voor", "na", "later")])
    for name in ("score", "fail"):
        long[name] = rng.normal(size=3 * n).round(1)
        long.loc[(rng.random(3 * n) < missing) & (long["wave"] != "voor"), name] = np.nan
    plan = aw.Plan(outcome=("score", "fail"), treatment="arm", cluster="school", comparison="A",
                   pupil="pupil", wave="wave", baseline="voor", waves=("na", "later"),
                   main_wave="later")  # fmt: skip
    found = aw.weigh(aw.estimate(aw.check(long.reset_index(drop=True), plan)), plan)
    release(published(found, manifest(found, "plan.toml")), tmp_path)  # is not refused
    assert told_together(published(found, manifest(found, "plan.toml")).edition, []) == ()

    document = build(found, "nl", DAY, "code")
    losses = next(block for block in walk(document.appendix)
                  if isinstance(block, Table) and "ontbreekt" in block.caption)  # fmt: skip
    arms = {arm: i for i, arm in enumerate(dict.fromkeys(row[2] for row in losses.rows))}
    low, high = [0.0] * len(arms), [np.inf] * len(arms)  # the starts, and then what is in the rows
    sums = []
    for row in losses.rows:
        for cell in (row[4], row[5].split(" (")[0]):
            few = "minder dan" in cell
            known = cell.replace(".", "").isdigit()
            at = float(cell.replace(".", "")) if known else 0.0
            low.append(at if known else float(few))
            high.append(at if known else 9.0 if few else np.inf)
        if row[3].isdigit():
            low[arms[row[2]]] = high[arms[row[2]]] = float(row[3])
        sums.append(Sum(arms[row[2]], (len(low) - 2, len(low) - 1)))
    ranges = attack(low, high, sums)
    missed = [line.parts[1] for line in sums]
    assert not any(0 < ranges.low[i] <= ranges.high[i] < 10 for i in missed)
    assert any(0 < loss.lost < 10 for loss in found.losses)
    assert "ontbreken minder dan" not in str(document)


def test_a_start_that_a_sister_prints_is_found(evidence, tmp_path):
    found = published(evidence, manifest(evidence, "plan.toml"))
    loss = next(one for one in evidence.losses if (one.outcome, one.arm) == ("later", "ja"))
    release(report({"start | programma=ja": loss.start,
                    "compared | later | programma=ja": loss.analysed}), tmp_path)  # fmt: skip
    with pytest.raises(aw.ReportError) as error:
        release(found, tmp_path)
    assert any("later" in fault.rule.nl and "ontbreken" in fault.rule.nl
               for fault in error.value.faults)  # fmt: skip


def test_a_story_gives_the_counts_of_its_tables(tmp_path):
    rng = np.random.default_rng(5)
    n = 400
    table = pd.DataFrame({
        "jaar": np.where(np.arange(n) % 2, "2021-2022", "2022-2023"),
        "groep": rng.choice(["a", "b"], n), "score": rng.normal(size=n),
    })  # fmt: skip
    gaps = aw.cohorts.gap(table, outcome="score", group="groep", reference="a", cohort="jaar")
    about = aw.Study(title=aw.Text("Kloof", "Gap"), question=aw.Text("Hoe groot?", "How large?"))
    story = aw.cohorts.Story(about, (aw.cohorts.Look(about.question, gaps),))
    found = published(story, {"kind": "story", "results": "abc"})
    assert (found.plan, found.data) == ("", "abc")
    sizes = table.groupby(["jaar", "groep"]).size()
    assert set(sizes) <= set(found.edition.counts.values())
    kinds = {place.split(" | ")[0] for place in found.edition.counts}
    assert kinds == {"story", "whole"}  # by the rows of the tables, and by group
    rows = [place for place in found.edition.counts if place.startswith("story")]
    assert len(rows) > 3
    assert all(place.startswith("story | Gaps") for place in rows)
    release(found, tmp_path)
    more = pd.concat([table, table.iloc[:4]])
    again = aw.cohorts.gap(more, outcome="score", group="groep", reference="a", cohort="jaar")
    other = dataclasses.replace(story, looks=(aw.cohorts.Look(about.question, again),))
    with pytest.raises(aw.ReportError):
        release(published(other, {"kind": "story", "results": "def"}), tmp_path)


def test_every_row_of_a_table_has_a_place_of_its_own():
    """Matrices of two years: the year is a number, and still part of the name."""
    rng = np.random.default_rng(6)
    levels = np.array(["vmbo-gt", "havo", "vwo"])
    advice, first, place = rng.integers(0, 3, (3, 900))
    table = pd.DataFrame({"cohort": "2018-2019", "advies": levels[advice],
                          "jaar1": levels[first], "jaar3": levels[place]})  # fmt: skip
    found = aw.cohorts.transitions(
        table, cohort="cohort", advice="advies", position={1: "jaar1", 3: "jaar3"}
    )
    about = aw.Study(title=aw.Text("Waarheen", "Where to"), question=aw.Text("Waar?", "Where?"))
    story = aw.cohorts.Story(about, (aw.cohorts.Look(about.question, found),))
    places = published(story, {"kind": "story", "results": "abc"}).edition.counts
    assert any("year=3" in place for place in places)
    assert not any("#" in place for place in places)
    assert least_withheld(story) is Chosen.LEAST
    one_by_one = dataclasses.replace(found, chosen=Chosen.ONE_BY_ONE)
    looks = (*story.looks, aw.cohorts.Look(about.question, one_by_one))
    assert least_withheld(dataclasses.replace(story, looks=looks)) is Chosen.ONE_BY_ONE


# ---------------------------------------------------------------- the audit


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_audit_lists_every_place_that_is_withheld_and_never_a_number(evidence, language):
    document = build(evidence, language, DAY, "code")
    found = audit(document, Chosen.LEAST)
    words = (hidden(language), "minder dan 10", "fewer than 10", "< 10")
    cells = [
        cell
        for block in walk((*document.page, *document.appendix))
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
        if any(word in cell for word in words)
    ]
    assert len(found["withheld"]) == len(cells) > 0
    assert found["profile"] == "dutch-10"
    assert found["method"] == "solved"
    assert audit(document, Chosen.ONE_BY_ONE)["method"] == "heuristic"
    assert audit(document)["method"] == "by rule"
    assert len({audit(document, way)["chosen"] for way in (*Chosen, None)}) == 4
    assert least_withheld(evidence) is None
    named = {(one["name"], one["column"]) for one in found["withheld"]}
    assert len(named) > 1
    loss = next(one for one in evidence.losses if (one.outcome, one.arm) == ("later", "ja"))
    assert str(loss.lost) not in json.dumps(found["withheld"]).replace('"', " ").split()


def test_the_audit_follows_the_rules_that_hold(evidence):
    with under(DUTCH_5):
        found = audit(build(evidence, "en", DAY, "code"))
    assert (found["profile"], found["minimum"]) == ("dutch-5", 5)


def test_the_room_of_editions_knows_no_files():
    source = Path(told_together.__code__.co_filename).read_text(encoding="utf-8")
    assert "open(" not in source
    assert "pathlib" not in source
