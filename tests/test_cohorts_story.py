"""A report of several looks at cohorts: one message, a picture a question, tables apart."""

import datetime
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import academic_workplace as aw
from academic_workplace.cohorts import Look, Story
from academic_workplace.cohorts.contrasts import DOUBTS, Doubt
from academic_workplace.disclosure import PROFILES, profile, under
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text
from academic_workplace.plan import Study
from academic_workplace.report.document import Table
from academic_workplace.report.numbers import COUNTS, as_rows, frames
from academic_workplace.report.story import build_story
from academic_workplace.reproduce import reproduce

DAY = datetime.date(2026, 11, 22)
STUDY = Study(
    title=Text("Op weg", "On the way"),
    question=Text("Hoe groot is het verschil?", "How large is the gap?"),
    source=Text("Verzonnen.", "Invented."),
    synthetic=True,
    caveats=(Text("Let op: dit is verzonnen.", "Mind: this is invented."),),
    discussion=(Text("Herkennen we dit?", "Do we recognise this?"),),
)


def pupils(few: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    group = np.repeat(["hoog", "laag"], [400, few])
    return pd.DataFrame({
        "groep": group,
        "school": rng.integers(0, 12, len(group)).astype(str),
        "score": rng.normal(size=len(group)) - 0.5 * (group == "laag"),
    })  # fmt: skip


def story(table=None, study=STUDY) -> Story:
    table = pupils() if table is None else table
    gap = aw.cohorts.gap(table, outcome="score", group="groep", reference="hoog", school="school")
    spread = aw.cohorts.segregation(table, unit="school", group="groep", member="laag")
    return Story(study, (
        Look(Text("Wat is het verschil in score?", "What is the gap in score?"), gap),
        Look(Text("Zitten leerlingen bij elkaar?", "Are pupils together?"), spread),
    ))  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_story_has_one_message_a_heading_a_question_and_tables_apart(tmp_path, language):
    told = story()
    report = build_story(told, language, DAY, "")
    kinds = [type(block).__name__ for block in report.page]
    assert kinds[0] == "KeyMessage"
    assert "Table" not in kinds
    assert [type(b).__name__ for b in report.appendix].count("Table") >= 2
    headings = [b.text for b in report.page if type(b).__name__ == "Heading"]
    assert [look.question[language] for look in told.looks] == headings[:2]
    assert report.page[0].text in told.looks[0].found.explain(language)
    paths = aw.write(told, tmp_path, language=language, date=DAY)
    stem = {"nl": "rapport", "en": "report"}[language]
    assert [path.name for path in paths[3:]] == [
        f"{stem}.xlsx", f"{stem}.pptx", f"{stem}.withheld.json", "results-1.csv", "results-2.csv",
        "results.json", "manifest.json",
    ]  # fmt: skip
    page = paths[0].read_text()
    marked = {"nl": "verzonnen gegevens", "en": "invented data"}[language]
    assert page.count(marked) >= 1
    assert STUDY.caveats[0][language] in page
    assert json.loads((tmp_path / "results.json").read_text())["synthetic"] is True


def test_a_story_comes_into_a_folder_that_was_not_there(tmp_path):
    folder = tmp_path / "reports" / "new"
    assert all(path.is_file() for path in aw.write(story(), folder, date=DAY))
    assert (folder / "released.json").is_file()


def test_the_fingerprint_of_a_story_is_that_of_its_numbers(tmp_path):
    def results(table, folder, language="nl"):
        aw.write(story(table), tmp_path / folder, language=language, date=DAY)
        return json.loads((tmp_path / folder / "manifest.json").read_text())["results"]

    first = results(pupils(), "a")
    assert results(pupils().sample(frac=1, random_state=1), "a", "en") == first
    assert results(pupils(), "b") == first  # whatever the folder
    assert results(pupils().assign(score=lambda t: 2 * t.score), "c") != first


def test_what_may_not_leave_is_in_no_file_of_a_story(tmp_path):
    table = pd.concat([pupils(40), pd.DataFrame({
        "groep": ["midden"] * 7, "school": [str(i) for i in range(7)], "score": [98765.25] * 7,
    })], ignore_index=True)  # fmt: skip
    paths = aw.write(story(table), tmp_path, date=DAY)
    for path in paths:
        if path.suffix in (".html", ".csv", ".json"):
            text = re.sub(r"<svg.*?</svg>", "", path.read_text(), flags=re.S)
            assert not re.search(r"98[.,]?76", text)


def test_the_files_of_a_story_hold_numbers_and_a_table_each(tmp_path):
    told = story()
    gap, spread = (look.found for look in told.looks)
    aw.write(told, tmp_path, date=DAY)
    read = pd.read_csv(tmp_path / "results-1.csv")
    expected = gap.table()
    assert list(read.columns) == list(expected.columns)
    assert read["value"].to_numpy() == pytest.approx(expected["value"].to_numpy(), rel=1e-15)
    assert read["pupils"].tolist() == expected["pupils"].tolist()
    assert len(pd.read_csv(tmp_path / "results-2.csv")) == len(spread.table())
    found = json.loads((tmp_path / "results.json").read_text())["tables"]
    assert [each["file"] for each in found] == ["results-1", "results-2"]
    assert found[0]["rows"][0]["value"] == expected["value"].iloc[0]
    (tmp_path / "results-other.csv").write_text("of somebody else")
    aw.write(Story(STUDY, told.looks[:1]), tmp_path, date=DAY)
    left = {path.name for path in tmp_path.glob("*.csv")}
    assert left == {"results-1.csv", "results-other.csv"}


def test_the_way_out_looks_once_more():
    class Loose:
        def explain(self, _language="nl"):
            return "Iets."

        def table(self):
            return pd.DataFrame({
                "group": ["a", "b", "c"], "pupils": [12, 7, 40], "value": [1.5, 2.5, 3.5],
                "withheld": [False, False, True],
            })  # fmt: skip

    ((_, name, frame),) = frames(Story(STUDY, (Look(Text("a", "b"), Loose()),)))
    assert name == "results-1"
    rows = as_rows(frame)
    assert [row["pupils"] for row in rows] == [12, None, None]
    assert [row["value"] for row in rows] == [1.5, 2.5, None]
    assert [row["group"] for row in rows] == ["a", "b", "c"]


def test_matrices_leave_with_their_gaps(tmp_path):
    rng = np.random.default_rng(5)
    track = rng.choice(["vmbo-gt", "havo", "vwo"], 300)
    table = pd.DataFrame({"advies": track, "plek": np.where(rng.random(300) < 0.9, track, "havo"),
                          "jaar": "2018-2019"})  # fmt: skip
    found = aw.cohorts.transitions(table, cohort="jaar", advice={"first": "advies"},
                                   position={3: "plek"})  # fmt: skip
    aw.write(Story(STUDY, (Look(Text("a", "b"), found),)), tmp_path, date=DAY)
    read = pd.read_csv(tmp_path / "results-1-matrix.csv")
    matrix = found.matrix(year=3)
    assert len(read) == matrix.counts.size
    assert read["pupils"].to_numpy() == pytest.approx(matrix.counts.ravel(), nan_ok=True)
    assert not ((read["pupils"] > 0) & (read["pupils"] < 10)).any()


def two_looks(few: int, *, group: bool) -> Story:
    """The same pupils twice; at the second look a few of one group have something missing."""
    rng = np.random.default_rng(3)
    n = 400
    table = pd.DataFrame({
        "jaar": np.repeat(["2018-2019", "2019-2020"], n // 2), "buurt": rng.choice(["n", "z"], n),
        "groep": np.tile(["hoog", "laag"], n // 2), "score": rng.normal(size=n),
    })  # fmt: skip
    table["later"] = table["score"] + 1
    lost = table.index[(table["jaar"] == "2018-2019") & (table["groep"] == "laag")][:few]
    table.loc[lost, "later"] = np.nan
    base = {"cohort": "jaar", "reference": "2018-2019"}
    more = {"group": "groep", "reference_group": "hoog"} if group else {}
    one = aw.cohorts.standardise(table, outcome="score", adjust=["buurt"], group="groep",
                                 reference_group="hoog", **base)  # fmt: skip
    two = aw.cohorts.standardise(table, outcome="later", adjust=["buurt"], **base, **more)
    return Story(STUDY, (Look(Text("een", "one"), one), Look(Text("twee", "two"), two)))


@pytest.mark.parametrize(("few", "group", "refused"), [
    (0, True, False), (1, True, True), (9, True, True), (10, True, False),
    (0, False, False), (4, False, True), (10, False, False),
])  # fmt: skip
def test_two_looks_at_nearly_the_same_pupils_are_refused(few, group, refused):
    if not refused:
        assert two_looks(few, group=group)
        return
    with pytest.raises(aw.DataError) as caught:
        two_looks(few, group=group)
    said = str(caught.value)
    assert "2018-2019" in said
    assert ("laag" in said) is group  # without groups it is the total that tells
    assert not re.search(rf"\b(100|200|{100 - few}|{200 - few})\b", said)


def test_what_two_looks_may_tell_follows_the_rules_that_hold():
    with under(replace(profile(), minimum=5)):
        assert two_looks(6, group=True)


def passed(last: int) -> pd.DataFrame:
    """Who passed, of 100 pupils in three groups and two years; of the last group so many."""
    groups = {"a": 40, "b": 55, "c": last}
    rows = [(year, group, int(i < n)) for year in ("2018-2019", "2019-2020")
            for group, n in groups.items() for i in range(100)]  # fmt: skip
    return pd.DataFrame(rows, columns=["jaar", "groep", "geslaagd"]).assign(
        school=np.arange(len(rows)) % 10
    )


def looks_at_passing(last: int) -> tuple[object, object]:
    """By group, where one has 0 % and is not shown; and of all groups together."""
    table = passed(last)
    gaps = aw.cohorts.gap(table, outcome="geslaagd", group="groep", reference="a", cohort="jaar")
    every = aw.cohorts.trend(
        pd.concat([table, table.assign(jaar="2020-2021")]), outcome="geslaagd", cohort="jaar",
        school="school",
    )  # fmt: skip
    return gaps, every


@pytest.mark.parametrize(("last", "refused"), [(0, True), (4, True), (100, True), (30, False)])
def test_a_total_beside_the_groups_does_not_tell_the_share_that_is_withheld(last, refused):
    looks = [Look(Text("een", "one"), found) for found in looks_at_passing(last)]
    withheld = [gap.withheld for gap in looks[0].found if gap.group == "c"]
    assert withheld == [refused] * 2
    for each in looks:
        assert Story(STUDY, (each,))
    for pair in (looks, looks[::-1]):
        if not refused:
            assert Story(STUDY, tuple(pair))
            continue
        with pytest.raises(aw.DataError) as caught:
            Story(STUDY, tuple(pair))
        assert "‘2018-2019, c’" in str(caught.value)


def test_a_total_in_a_later_edition_does_not_tell_a_withheld_share(tmp_path):
    groups, every = (Story(STUDY, (Look(Text("een", "one"), x),)) for x in looks_at_passing(0))
    file = tmp_path / "released.json"
    aw.write(groups, tmp_path / "a", date=DAY, released=file)
    with pytest.raises(aw.ReportError, match="met deze uitkomst"):
        aw.write(every, tmp_path / "b", date=DAY, released=file)


def test_a_second_edition_with_as_many_pupils_and_another_mean_is_refused(tmp_path):
    """One pupil got another score: the counts are the same, and the means tell which way."""
    file, table = tmp_path / "released.json", pupils()
    aw.write(story(table), tmp_path / "a", date=DAY, released=file)
    kept = file.read_text(encoding="utf-8")
    aw.write(story(table), tmp_path / "a", date=DAY, released=file)  # the same is no new edition
    assert file.read_text(encoding="utf-8") == kept
    table.loc[7, "score"] += 1.5
    with pytest.raises(aw.ReportError) as caught:
        aw.write(story(table), tmp_path / "b", date=DAY, released=file)
    assert "maar hun gemiddelde is anders" in str(caught.value)
    assert "leerlingen in een groep (score | hoog)" in str(caught.value)
    assert file.read_text(encoding="utf-8") == kept
    more = pd.concat([table, table.iloc[:20].assign(score=0.3), table.iloc[-20:]])
    aw.write(story(more), tmp_path / "b", date=DAY, released=file)  # twenty came in each group


def test_two_matrices_of_the_same_pupils_are_attacked_together():
    """Of all, and of two groups that add up to all: what one withholds the other may not tell."""
    rng = np.random.default_rng(5)
    n = 900
    track = np.array(["vmbo-kader", "vmbo-gt", "havo", "vwo"])
    at = rng.integers(0, 4, n)
    moved = np.clip(at + rng.choice([-1, 0, 1, 2], n, p=[0.06, 0.88, 0.04, 0.02]), 0, 3)
    table = pd.DataFrame({"jaar": "2018-2019", "advies": track[at], "plek": track[moved],
                          "groep": rng.choice(["a", "b"], n)})  # fmt: skip
    columns = {"cohort": "jaar", "advice": {"first": "advies"}, "position": {3: "plek"}}
    one = aw.cohorts.transitions(table, **columns)
    two = aw.cohorts.transitions(table, **columns, by="groep")
    hides = [np.isnan(x.matrix().counts) for x in (one, two)]
    assert (hides[0] != hides[1]).any()
    with pytest.raises(aw.DataError, match="Vraag 2 vertelt naast vraag 1"):
        Story(STUDY, (Look(Text("een", "one"), one), Look(Text("twee", "two"), two)))


def test_a_story_needs_looks_that_tell_something():
    with pytest.raises(aw.PlanError):
        Story(STUDY, ())
    with pytest.raises(aw.PlanError):
        Story(STUDY, (Look(Text("a", "b"), 3),))
    with pytest.raises(aw.PlanError):
        Story("a title", story().looks)

    class Other:
        def explain(self, _language="nl"):
            return "Iets."

    with pytest.raises(aw.PlanError, match="Other"):
        aw.write(Story(STUDY, (Look(Text("a", "b"), Other()),)), Path("nowhere"))


def test_a_story_says_how_it_can_be_checked(tmp_path):
    aw.write(story(study=replace(STUDY, synthetic=False)), tmp_path, date=DAY)
    with pytest.raises(aw.ReportError, match="notebook"):
        reproduce(tmp_path)
    assert not (tmp_path / "manifest.json").read_text().count(str(tmp_path))


def test_curves_and_schools_have_their_place_in_a_story():
    rng = np.random.default_rng(2)
    n = 400
    table = pd.DataFrame({
        "jaren": rng.integers(1, 6, n), "einde": rng.choice(["nothing", "diploma"], n),
        "school": rng.integers(0, 10, n).astype(str), "score": rng.normal(size=n),
        "groep": rng.choice(["a", "b"], n),
    })  # fmt: skip
    looks = (
        aw.cohorts.time_to_event(table, time="jaren", event="einde", kinds=["diploma"],
                                 nothing="nothing", horizon=4, group="groep"),
        aw.cohorts.value_added(table, outcome="score", school="school", given=[]),
    )  # fmt: skip
    told = Story(STUDY, tuple(Look(Text(f"vraag {i}", f"{i}"), x) for i, x in enumerate(looks)))
    for language in ("nl", "en"):
        report = build_story(told, language, DAY, "")
        kinds = [type(block).__name__ for block in (*report.page, *report.appendix)]
        assert kinds.count("Picture") == 2
        assert kinds.count("Table") >= 2


def looks_at_cohorts() -> list[object]:
    rng = np.random.default_rng(6)
    n = 1200
    year = rng.choice(["2018-2019", "2019-2020", "2020-2021"], n)
    table = pd.DataFrame({
        "jaar": year, "buurt": rng.choice(["noord", "zuid"], n), "school": rng.integers(0, 14, n),
        "groep": rng.choice(["laag", "hoog"], n), "score": rng.normal(size=n),
        "geslaagd": rng.integers(0, 2, n),
    })  # fmt: skip
    table["score"] += 0.5 * (table["buurt"] == "zuid") + 0.2 * (year == "2020-2021")
    base = {"cohort": "jaar", "reference": "2018-2019", "school": "school"}
    pair = {**base, "other": "2020-2021", "given": ["buurt", "groep"], "draws": 99}
    kinds = ("kitagawa", "twofold", "threefold", "reweighted")
    return [
        aw.cohorts.compare(table, outcome="score", adjust=["buurt"], **base),
        aw.cohorts.standardise(table, outcome="score", adjust=["buurt"], group="groep",
                               reference_group="hoog", **base),
        aw.cohorts.standardise(table, outcome="geslaagd", adjust=["buurt"], **base),
        *(aw.cohorts.decompose(table, outcome="score", kind=kind, **pair) for kind in kinds),
        aw.cohorts.trend(table, outcome="geslaagd", cohort="jaar", school="school"),
    ]  # fmt: skip


@pytest.mark.parametrize("rules", PROFILES.values(), ids=PROFILES)
def test_every_count_of_a_story_is_printed_as_the_rules_say(rules):
    """In files, tables and in the words beside pictures; none is of fewer than the minimum."""
    rng = np.random.default_rng(9)
    n = 1203
    names = np.array(["vmbo-kader", "vmbo-gt", "havo", "vwo"])
    at = rng.integers(0, 4, n)
    to = np.clip(at + rng.choice([-2, -1, 0, 1], n, p=[0.02, 0.1, 0.8, 0.08]), 0, 3)
    table = pd.DataFrame({"jaar": rng.choice(["2018-2019", "2019-2020"], n), "advies": names[at],
                          "plek": names[to], "groep": rng.choice(["a", "b"], n),
                          "score": rng.normal(size=n)})  # fmt: skip
    with under(rules):
        looks = [
            aw.cohorts.transitions(table, cohort="jaar", advice={"first": "advies"},
                                   position={3: "plek"}),
            aw.cohorts.gap(table, outcome="score", group="groep", reference="a", cohort="jaar"),
            *looks_at_cohorts(),
        ]  # fmt: skip
        for found in looks:
            told = Story(STUDY, (Look(Text("een", "one"), found),))
            printed = [int(x) for _, _, frame in frames(told) for name in COUNTS if name in frame
                       for x in frame[name].dropna()]  # fmt: skip
            report = build_story(told, "nl", DAY, "")
            for block in (*report.page, *report.appendix):
                if not isinstance(block, Table):
                    continue
                wanted = [
                    i for i, head in enumerate(block.header) if head in ("Leerlingen", "Alle")
                ]
                cells = [row[i] for row in block.rows for i in wanted]
                if "Eerste advies" in block.header and "100" not in block.caption:
                    cells += [cell for row in block.rows for cell in row[1:]]
                printed += [int(x) for cell in cells
                            for x in re.findall(r"\d+", cell.replace(".", ""))]  # fmt: skip
            assert printed or not isinstance(found, aw.cohorts.Gaps | aw.cohorts.Transitions)
            assert not [x for x in printed if 0 < x < rules.minimum]
            assert not [x for x in printed if x % rules.rounding]


def texts(blocks) -> list[str]:
    """Everything that is read in some blocks but tables and alternative texts."""
    found = [getattr(block, name) for block in blocks for name in ("text", "caption", "small")
             if hasattr(block, name)]  # fmt: skip
    return [*found, *(text for block in blocks for text in getattr(block, "items", ()))]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_page_about_cohorts_is_in_plain_words(language):
    for found in looks_at_cohorts():
        told = Story(STUDY, (Look(Text("vraag?", "question?"), found),))
        report = build_story(told, language, DAY, "")
        for text in texts(report.page):
            assert not re.search(r"interval|95|signific|regress|coeff", text), text
            for sentence in re.split(r"(?<=[.;!?])\s", text):
                assert len(sentence.split()) <= 25, sentence
        assert any("95" in cell for b in report.appendix for cell in getattr(b, "header", ()))


def test_what_is_doubtful_stands_on_the_page_once():
    table = pd.concat(
        [
            pupils().assign(jaar=f"{y}-{y + 1}", buurt=lambda t: t.index % 2)
            for y in (2020, 2021, 2022)
        ]
    )
    base = {"outcome": "score", "cohort": "jaar", "reference": "2021-2022", "adjust": ["buurt"]}
    many = aw.cohorts.standardise(table, group="groep", reference_group="hoog", **base)
    two = aw.cohorts.compare(table, **base)
    doubt = DOUBTS[Doubt.INDEPENDENT]["nl"]
    for looks in ((many, many), (two, two), (many, two)):
        told = Story(STUDY, tuple(Look(Text(f"vraag {i}", f"{i}"), x) for i, x in enumerate(looks)))
        said = texts(build_story(told, "nl", DAY, "").page)
        paragraphs = sum(doubt in text for text in said if text != doubt)
        assert (paragraphs > 0) + said.count(doubt) == 1  # among the rest, or by itself


def test_dollar_signs_in_labels_are_no_formula():
    rng = np.random.default_rng(3)
    n = 600
    table = pd.DataFrame({
        "year": rng.choice(["$_$ 1", "$_$ 2", "$_$ 3"], n),
        "school": rng.choice(["$^$ a", "b", "c"], n),
        "group": rng.choice(["$_$", "z"], n), "y": rng.normal(size=n), "t": rng.integers(1, 4, n),
        "yes": rng.integers(0, 2, n), "$_$": rng.integers(0, 2, n).astype(str),
    })  # fmt: skip
    group = {"group": "group", "reference": "z"}
    cohort = {"cohort": "year", "reference": "$_$ 1"}
    for found in (
        aw.cohorts.gap(table, outcome="y", cohort="year", draws=99, **group),
        aw.cohorts.cumulative_gap(table, steps=["y", "yes"], group="group", of="$_$", reference="z",
                                  draws=99),
        aw.cohorts.standardise(table, outcome="y", adjust=["$_$"], **cohort),
        aw.cohorts.compare(table, outcome="y", adjust=["$_$"], **cohort),
        aw.cohorts.decompose(table, outcome="y", given=["$_$"], **group),
        aw.cohorts.trend(table, outcome="y", cohort="year"),
        aw.cohorts.time_to_event(table, time="t", event="yes", **group),
        aw.cohorts.segregation(table, unit="school", group="group", member="$_$", cohort="year",
                               draws=99),
        aw.cohorts.value_added(table, outcome="y", school="school"),
        aw.cohorts.funnel(table, event="yes", school="school"),
    ):  # fmt: skip
        assert found.picture("en").png


def test_bounds_of_hidden_counts_can_be_told_in_a_story():
    some, others = Bounds([1, 12, 40], [4, 12, 40]), Bounds([30, 25, 1], [30, 25, 4])
    found = aw.cohorts.segregation_bounds(some, others)
    report = build_story(Story(STUDY, (Look(Text("vraag", "q"), found),)), "nl", DAY, "")
    assert any(found.explain("nl").startswith(getattr(b, "text", "?")[:40]) for b in report.page)
