"""What a report says of groups of pupils, draws of them, and keeps inside."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rows import schools

import academic_workplace as aw
from academic_workplace.disclosure import OPENSAFELY, Reason, under
from academic_workplace.disclosure.editions import told_together
from academic_workplace.effects.subgroups import Sizes, subgroups
from academic_workplace.errors import PlanError
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import Arm, Measure, Study
from academic_workplace.report import subgroups as report
from academic_workplace.report import withheld
from academic_workplace.report.build import build
from academic_workplace.report.document import Paragraph, Picture, Table, walk
from academic_workplace.report.figures.subgroups import subgroups_picture
from academic_workplace.report.manifest import manifest
from academic_workplace.report.numerals import hidden
from academic_workplace.report.released import audit, published
from academic_workplace.report.withheld import cell, said_in

DAY = datetime.date(2026, 11, 22)
LONG = Text("leerlingen die thuis een andere taal spreken", "pupils who speak another language")
STUDY = Study(
    arms={
        "1": Arm(Text("met lessen", "with lessons"), Text("wie les kreeg", "who had lessons")),
        "0": Arm(Text("zonder lessen", "without"), Text("wie geen les kreeg", "who had none")),
    },
    measures={"after": Measure(Text("Durf", "Courage"), Text("meer durf", "more courage"))},
    columns={
        "girl": Text("meisje", "girl"),
        "track": Text("advies", "advice"),
        "track=c": Text("advies: laag", "advice: low"),
        "track=a": Text("advies: midden", "advice: middle"),
        "track=b": LONG,
    },
)
PLAN = aw.Plan(
    outcome="after", treatment="offered", comparison="0", cluster="school", covariates=("before",),
    subgroups=("girl", "track"), study=STUDY, draws=99,
)  # fmt: skip
CLAIMS = ("geen verschil", "no difference", "bewezen", "proven", "werkt niet", "does not work")


def pupils(seed=1, *, more=0.0, clusters=24, effect=0.5):
    """Pupils of three tracks; girls gain more by so much."""
    table = schools(np.random.default_rng(seed), clusters=clusters, size=20, effect=effect)
    table["after"] += more * table["offered"] * table["girl"]
    return table.assign(track=np.array(list("abc"))[np.arange(len(table)) % 3])


def weighed(table, plan=PLAN, by=None):
    effects = aw.estimate(table, plan)
    evidence = aw.weigh(effects, plan)
    if by is not None:
        evidence = replace(evidence, subgroups=(*evidence.subgroups, subgroups(effects, by)))
    return evidence


def few_girls(seed=2, few=6):
    table = pupils(seed)
    table.loc[table.index[(table["offered"] == 1) & (table["girl"] == 1)][few:], "girl"] = 0.0
    return table


def item_of(evidence, column="girl"):
    return next(item for found in evidence.subgroups for item in found if item.column == column)


def numbers(texts, language):
    mark = "," if language == "nl" else "[.]"
    return set(re.findall(rf"[−]?\d+{mark}\d+", " ".join(texts)))


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(("better", "who"), [("higher", "girl: yes"), ("lower", "girl: no")])
def test_the_difference_is_told_in_the_favourable_direction(better, who):
    measure = replace(STUDY.measures["after"], better=better)
    plan = replace(PLAN, study=replace(STUDY, measures={"after": measure}))
    item = item_of(weighed(pupils(more=2.0), plan))
    assert item.clear
    said = report.group_sentence(item, "en")
    assert f"For ‘{who}’ the difference is more favourable" in said
    assert "Planned beforehand" in said
    size = abs(item.difference.estimate)
    assert f"{size:.1f}" in said or f"{size:.2f}" in said


def test_where_the_gap_is_smaller_is_told_of_two_groups_only():
    table = pupils(more=2.0)
    table["after"] -= 4 * table["girl"]
    evidence = weighed(table)
    assert "closer together among who had lessons" in report.group_sentence(item_of(evidence), "en")
    assert "together" not in report.group_sentence(item_of(evidence, "track"), "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seed", range(4))
def test_what_is_not_seen_is_never_said_not_to_be_there(seed, language):
    evidence = weighed(pupils(seed))
    for column in PLAN.subgroups:
        item = item_of(evidence, column)
        said = report.group_sentence(item, language)
        assert not any(claim in said for claim in CLAIMS)
        if not item.clear:
            assert {"nl": "nog niet", "en": "not see that yet"}[language] in said


def test_no_group_is_said_to_gain_because_another_interval_holds_zero():
    """One interval leaves zero out and the other does not; the groups do not differ clearly."""
    for seed in range(60):
        evidence = weighed(pupils(seed, effect=0.45, clusters=12))
        item = item_of(evidence)
        zero = [e.low <= 0 <= e.high for e in item.effects]
        if len(set(zero)) == 2 and not item.clear:
            break
    else:
        raise AssertionError("no such study")
    for language in LANGUAGES:
        said = report.group_sentence(item, language)
        assert "We do not see that yet" in said or "Dat zien we nog niet" in said
    # the groups are drawn alike: no colour for whose interval leaves zero out
    axes = subgroups_picture(report.panels(evidence.subgroups[0], "nl"), 0.1, "nl").axes[0]
    groups = [line for line in axes.lines if line.get_marker() == "o"]
    assert len({(line.get_markeredgecolor(), line.get_markerfacecolor()) for line in groups}) == 1
    assert len(groups) == 5


def test_what_was_explored_always_says_so():
    for table, plan in ((pupils(more=2.0), PLAN), (pupils(3), PLAN)):
        plan = replace(plan, subgroups=(), balance=("girl", "track"))
        evidence = weighed(table, plan, by=("girl", "track"))
        for column in ("girl", "track"):
            item = item_of(evidence, column)
            assert not item.planned
            nl, en = (report.group_sentence(item, language) for language in LANGUAGES)
            assert "gevonden door te zoeken; eerst nog eens nagaan" in nl
            assert "found by searching; check it again first" in en
            assert "gepland" not in nl
        picture = report.picture_of(evidence.subgroups[0], "nl")
        assert "achteraf verkend" in picture.caption


def test_what_is_clear_only_by_itself_is_not_clear():
    item = item_of(weighed(pupils(more=2.0)))
    among = replace(item, p_adjusted=0.2)
    assert "By itself it did seem so" in report.group_sentence(among, "en")
    assert "favourable" not in report.group_sentence(among, "en")


def test_what_is_too_small_to_matter_is_said_to_be_so():
    plan = replace(PLAN, smallest_effect=1.5)
    assert "too little to matter" in report.group_sentence(item_of(weighed(pupils(), plan)), "en")


def test_without_groups_it_says_that_the_plan_names_none():
    effects = aw.estimate(pupils(), replace(PLAN, subgroups=()))
    assert subgroups(effects).explain("en") == "The plan names no groups of pupils."
    with pytest.raises(PlanError, match="de"):
        subgroups(effects).explain("de")


def test_people_have_the_name_that_their_plan_gives_them():
    study = replace(STUDY, people=Text("ouders", "parents"))
    evidence = weighed(few_girls(), replace(PLAN, study=study))
    for language, pupil in (("nl", "eerling"), ("en", "pupil")):
        told = [evidence.subgroups[0].explain(language)]
        for block in report.appendix(evidence, language):
            if isinstance(block, Table):
                told += [block.note, *block.header]
            elif isinstance(block, Picture):
                told += [block.caption]
        assert pupil not in " ".join(told).replace(LONG[language], "")


# ---------------------------------------------------------------- picture and table


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("narrow", [False, True])
def test_picture_table_and_alternative_text_hold_the_same_numbers(language, narrow):
    evidence = weighed(pupils(more=1.0))
    found = evidence.subgroups[0]
    drawn = subgroups_picture(report.panels(found, language), 0.1, language, narrow=narrow)
    in_picture = numbers([t.get_text() for t in drawn.axes[0].texts], language)
    in_words = numbers([report.alternative(found, language)], language)
    tables = [b for b in report.appendix(evidence, language) if isinstance(b, Table)]
    in_tables = numbers([row[4] for table in tables for row in table.rows], language)
    whole = found[0].overall
    of_all = numbers([f"{x:.2f}".replace(".", "," if language == "nl" else ".").replace("-", "−")
                      for x in (whole.g, whole.g_low, whole.g_high)], language)  # fmt: skip
    assert len(in_picture) > 9
    assert in_picture == in_words
    assert in_picture - of_all <= in_tables


def test_the_groups_stand_in_the_order_of_the_plan_with_their_names():
    table = report.table_of(item_of(weighed(pupils()), "track"), 2, "en")
    assert [row[0] for row in table.rows] == ["Low", "Middle", LONG.en[:1].upper() + LONG.en[1:]]
    assert "F = " in table.note
    assert "Adjusted for 2 tests" in table.note


def boxes(figure):
    figure.canvas.draw()
    found = [(t.get_text(), t.get_window_extent()) for t in figure.axes[0].texts]
    return [(words, box) for words, box in found if words]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("narrow", [False, True])
def test_no_word_leaves_the_picture_or_covers_another(language, narrow):
    study = replace(STUDY, columns={**STUDY.columns, "track": LONG})
    for table, plan in ((pupils(), replace(PLAN, study=study)), (few_girls(), PLAN)):
        found = weighed(table, plan).subgroups[0]
        drawn = report.panels(found, language)
        figure = subgroups_picture(drawn, 0.1, language, narrow=narrow)
        wide, high = figure.get_size_inches() * figure.dpi
        for words, box in boxes(figure):
            assert box.x0 > -2, words
            assert box.x1 < wide + 2, words
            assert box.y0 > -2, words
            assert box.y1 < high + 2, words
        for (one, a), (two, b) in itertools.combinations(boxes(figure), 2):
            apart = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert min(apart) < 2, (one, two)


def test_a_result_shows_itself():
    found = weighed(pupils()).subgroups[0]
    assert "<" in found._repr_html_()
    assert found.plot(language="en").has_data()
    drawing = found.picture("en")
    assert drawing.png.startswith(b"\x89PNG")
    assert "girl: yes" in drawing.alt
    assert repr(found) == "Subgroups(girl, track)"


# ---------------------------------------------------------------- what stays inside


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_groups_of_which_one_is_small_nothing_is_told(language):
    evidence = weighed(few_girls(), replace(PLAN, subgroups=("girl",)))
    item = item_of(evidence)
    assert item.withheld
    table = report.table_of(item, 1, language)
    why = cell((Reason.FOLLOWS,), PLAN, language)
    assert all(row[1] == why for row in table.rows)
    assert {one for row in table.rows[:2] for one in row[2:]} == {hidden(language)}
    assert set(withheld.notes((Reason.FEW, Reason.FOLLOWS), PLAN, language)) <= set(
        re.split(r"(?<=[.]) (?=Van|Of|Met|Together|Waar|Where)", table.note)
    )
    assert numbers([cell for row in table.rows for cell in row], language) == set()
    assert "F = " not in table.note
    said = report.group_sentence(item, language)
    assert numbers([said], language) == set()
    with pytest.raises(PlanError):
        evidence.subgroups[0].picture(language)
    places = audit(build(evidence, language, DAY, ""))["withheld"]
    own = [place for place in places if place["caption"] == table.caption]
    assert len(own) >= 12
    assert {place.get("reason") for place in own} == {"follows"}


def one_school(table):
    """Two groups, each in one school of the programme, with enough pupils."""
    first = table["school"] == table.loc[table["offered"] == 1, "school"].iloc[0]
    table.loc[table["offered"] == 1, "girl"] = 0.0
    table.loc[first, "girl"] = 1.0
    return table


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_says_why_and_the_same_of_every_group(language):
    """Told apart, the reasons would narrow how few are in the smallest group."""
    rare = pupils(7)
    rare["after"] = (np.arange(len(rare)) < 6).astype(float)
    alone = one_school(pupils(8))
    for table, reason in ((rare, "alike"), (few_girls(), "follows"), (alone, "follows")):
        evidence = weighed(table, replace(PLAN, subgroups=("girl",)))
        made = report.table_of(item_of(evidence), 1, language)
        found = {said_in(" | ".join(row), language) for row in made.rows}
        assert found == {reason}
        assert withheld.notes((Reason(reason),), PLAN, language)[0] in made.note


def test_of_groups_that_are_one_school_each_the_reason_is_that():
    one = Sizes(("a", "b", "c"), ("0", "1"), np.full((3, 2), 30),
                np.array([[1, 4], [4, 1], [4, 4]]), np.zeros(2, dtype=int))  # fmt: skip
    assert one.why() == (Reason.UNITS,)
    assert replace(one, clusters=np.full((3, 2), 4)).why() == ()
    few = replace(one, pupils=np.array([[3, 30], [30, 30], [30, 30]]))
    assert few.why() == (Reason.FOLLOWS,)


def test_of_three_groups_the_next_smallest_goes_too_and_the_others_stay():
    table = pupils()
    at = table.index[(table["track"] == "c") & (table["offered"] == 1)]
    table.loc[at[5:], "track"] = "a"
    item = item_of(weighed(table), "track")
    rows = {row[0]: row for row in report.table_of(item, 1, "en").rows}
    why = "not shown: another number would follow"
    assert rows["Low"][1] == why
    assert sum(row[1] == why for row in rows.values()) == 2
    assert item.withheld  # one group alone is no comparison
    four = pupils()
    four["track"] = np.array(list("abcd"))[np.arange(len(four)) % 4]
    at = four.index[(four["track"] == "c") & (four["offered"] == 1)]
    four.loc[at[5:], "track"] = "a"
    item = item_of(weighed(four), "track")
    assert not item.withheld
    assert "we show no numbers" in report.group_sentence(item, "en")
    assert len(item.hidden[0]) == 2


def test_what_is_left_of_all_compared_tells_of_few_in_no_arm():
    """The attack: all compared, less the counts of the table."""
    table = pupils(4)
    table.loc[table.index[:4], "girl"] = np.nan
    evidence = weighed(table)
    found = published(evidence, manifest(evidence, "plan.toml")).edition
    assert told_together(found, []) == ()
    for arm in ("0", "1"):
        whole = found.counts[f"compared | after | offered={arm}"]
        told = [n for place, n in found.counts.items()
                if place.startswith(f"subgroup | after | offered={arm} | girl=")]  # fmt: skip
        assert len(told) == 1
        assert whole - sum(told) >= 10


def test_places_hold_what_the_table_prints():
    evidence = weighed(pupils(5))
    counts = published(evidence, manifest(evidence, "plan.toml")).edition.counts
    for column in PLAN.subgroups:
        item = item_of(evidence, column)
        for level, e in zip(item.levels, item.effects, strict=True):
            place = "subgroup | after | offered={} | " + f"{column}={level}"
            assert counts[place.format(1)] == e.pupils_arm
            assert counts[place.format(0)] == e.pupils_comparison
    inside = weighed(few_girls(), replace(PLAN, subgroups=("girl",)))
    held = published(inside, manifest(inside, "plan.toml")).edition
    assert not [place for place in held.counts if place.startswith("subgroup")]
    assert told_together(held, []) == ()


def test_counts_are_rounded_where_the_rules_say_so():
    evidence = weighed(pupils(6))
    with under(OPENSAFELY):
        table = report.table_of(item_of(evidence), 1, "en")
        counts = published(evidence, manifest(evidence, "plan.toml")).edition.counts
    cells = [n for row in table.rows[:2] for n in row[5].split(" / ")]
    assert all(int(n) % 5 == 0 for n in cells)
    assert all(n % 5 == 0 for place, n in counts.items() if place.startswith("subgroup"))


def test_of_an_outcome_that_few_have_no_group_is_told():
    table = pupils(7)
    table["after"] = 0.0
    table.loc[table.index[::3], "after"] = 1.0
    assert not item_of(weighed(table)).withheld
    table["after"] = 0.0
    for _, school in table.groupby(["offered", "girl"]):
        table.loc[school.index[:6], "after"] = 1.0
    item = item_of(weighed(table))
    assert item.withheld
    assert item.hidden[0] == {"0", "1"}


def test_no_number_of_a_group_is_in_the_files_of_numbers(tmp_path):
    evidence = weighed(few_girls(), replace(PLAN, subgroups=("girl",)))
    aw.write(evidence, tmp_path / "r", language="nl")
    for name in ("results.csv", "results.json", "manifest.json"):
        text = (tmp_path / "r" / name).read_text("utf-8")
        for e in item_of(evidence).effects:
            assert f"{e.estimate:.6f}"[:8] not in text


# ---------------------------------------------------------------- in the report


def test_a_report_tells_what_was_planned_and_shows_it_in_the_appendix():
    evidence = weighed(pupils(more=2.0))
    for language in LANGUAGES:
        built = build(evidence, language, DAY, "")
        page = [b.text for b in walk(built.blocks) if isinstance(b, Paragraph)]
        for column in PLAN.subgroups:
            said = report.group_sentence(item_of(evidence, column), language)
            assert any(said in text for text in page)
        alone = [b for b in built.appendix if isinstance(b, Picture)]
        assert report.alternative(evidence.subgroups[0], language) in [b.alt for b in alone]
    assert evidence.not_done == ()


def test_what_was_planned_and_cannot_be_done_is_said_beside_what_it_does_not_say():
    evidence = weighed(pupils(), replace(PLAN, method="multilevel"))
    assert evidence.subgroups == ()
    built = build(evidence, "en", DAY, "")
    assert any(evidence.not_done[0].en in str(block) for block in built.summary)


@pytest.mark.parametrize("name", ["star", "levensvaardigheden"])
def test_the_groups_of_the_studies_of_this_workplace_are_told(name):
    folder = Path(__file__).parents[1] / "data" / name
    plan = aw.read_plan(folder / "plan.toml")
    evidence = aw.weigh(aw.estimate(aw.read(folder / "pupils.csv"), plan), plan)
    assert [x.column for x in evidence.subgroups[0]][:1] == list(plan.subgroups)
    held = published(evidence, manifest(evidence, "plan.toml")).edition
    assert told_together(held, []) == ()
