"""What readers are told of a difference in change: what is supposed, seen, and kept inside."""

import datetime
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from documents import texts
from test_growth import FOLLOWED, OTHERS, WAVES, detail, long
from test_readability import JARGON

import academic_workplace as aw
from academic_workplace.disclosure import fewest
from academic_workplace.effects.growth import Shift
from academic_workplace.evidence import Verdict
from academic_workplace.language import Text
from academic_workplace.report import growth
from academic_workplace.report.build import build
from academic_workplace.report.change import digits
from academic_workplace.report.details import pupils_told
from academic_workplace.report.document import Picture, Table, walk
from academic_workplace.report.figures.over import figure
from academic_workplace.report.findings import finding_sentence, key_message
from academic_workplace.report.numerals import decimal

DAY = datetime.date(2026, 11, 22)
STUDY = aw.Study(
    waves=MappingProxyType({
        "eerder": Text("een jaar eerder", "a year earlier"),
        "start": Text("bij de start", "at the start"),
        "eind": Text("direct na", "just after"),
        "later": Text("een half jaar later", "half a year later"),
    }),
    arms=MappingProxyType({
        "1": aw.plan.Arm(Text("met lessen", "with lessons"),
                         Text("leerlingen met lessen", "pupils with lessons")),
        "0": aw.plan.Arm(Text("zonder lessen", "without lessons"),
                         Text("leerlingen zonder lessen", "pupils without lessons")),
    }),
)  # fmt: skip
FOUR = ("eerder", "start", "eind", "later")


def evidence(kind, *, apart=0.0):
    """A clear difference after the start; apart: how much the arms moved apart before it."""
    table = long(1, P=240, G=12, effect=0.0, waves=FOUR)
    treated = table.arm == 1
    table.loc[treated & table.moment.isin(["eind", "later"]), "y"] += 1.0
    table.loc[treated & (table.moment == "eerder"), "y"] -= apart
    table = table.drop(columns="pupil") if "repeated" in kind else table
    plan = aw.Plan(**kind, study=STUDY, earlier=("eerder",), draws=199)
    return aw.weigh(aw.estimate(table, plan), plan)


@pytest.fixture(scope="module")
def told():
    """The report of every kind of plan in both languages, made once."""
    out = {}
    for name, kind in (("followed", FOLLOWED), ("others", OTHERS), ("waves", WAVES)):
        found = evidence(kind)
        out[name] = found, {code: build(found, code, DAY, "") for code in ("nl", "en")}
    return out


KINDS = ("followed", "others", "waves")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_supposed_stands_on_the_page_in_both_languages(told, kind):
    _, reports = told[kind]
    page = {code: " ".join(texts(report.blocks)) for code, report in reports.items()}
    assert "evenveel waren veranderd" in page["nl"]
    assert "would have changed alike" in page["en"]
    asked = "Stel: leerlingen met lessen waren evenveel veranderd als de andere groep."
    assert asked in page["nl"]
    assert "Suppose pupils with lessons had changed as much as the other group." in page["en"]
    others = kind == "others"
    assert ("Niemand is gevolgd" in page["nl"]) is others
    assert ("die een meting misten, tellen mee" in page["nl"]) is (kind == "waves")
    assert not JARGON.search(page["nl"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_of_the_picture_stand_in_a_table(told, kind):
    found, reports = told[kind]
    own = detail(found.effects)
    for code, report in reports.items():
        blocks = list(walk((*report.blocks, *report.appendix)))
        heading = growth.SAY["picture.heading"][code]
        picture = next(b for b in blocks if isinstance(b, Picture) and b.caption == heading)
        start = growth.SAY["table.caption"][code].partition(":")[0]
        table = next(b for b in blocks if isinstance(b, Table) and b.caption.startswith(start))
        assert len(table.rows) == len(own.rows) == 4
        for row in table.rows:
            assert row[0] in picture.alt
            assert growth.SAY["table.baseline"][code] == row[1] or row[1] in picture.alt


def test_the_difference_drawn_is_the_difference_found(told):
    own = detail(told["followed"][0].effects)
    over = growth.difference_over(own, "nl")
    assert over.places == ("een jaar eerder", "bij de start", "direct na", "een half jaar later")
    (line,) = over.lines
    rows = own.rows
    for value, row in zip(line.values, rows.to_dict("records"), strict=True):
        expected = 0.0 if row["when"] == "baseline" else row["estimate"]
        assert value.value == expected
    for narrow in (False, True):
        assert figure(over, "nl", narrow=narrow).axes


def test_a_model_of_all_scores_shows_where_scores_differ(told):
    found, reports = told["waves"]
    assert detail(found.effects).model is not None
    captions = [b.caption for b in walk(reports["nl"].appendix) if isinstance(b, Table)]
    assert growth.SAY["model.caption"]["nl"] in captions
    others = [b.caption for b in walk(told["followed"][1]["nl"].appendix) if isinstance(b, Table)]
    assert growth.SAY["model.caption"]["nl"] not in others
    said = " ".join(texts(reports["nl"].appendix))
    assert growth.SAY["every_score"]["nl"].format(people="leerlingen") in said
    assert "Alleen leerlingen met een volledige meting" not in said


def test_who_was_measured_is_told_per_wave_where_nobody_is_followed(told):
    _, reports = told["others"]
    said = " ".join(texts(reports["nl"].blocks))
    assert "We vergeleken 12 scholen." in said
    assert "Bij de start: 120 leerlingen (met lessen) en 120 leerlingen (zonder lessen)." in said
    for words in ("ontbreken", "misten we", "konden we er"):
        assert words not in said


def test_groups_that_moved_apart_before_are_told_on_the_first_sheet():
    apart, alike = (evidence(FOLLOWED, apart=x) for x in (2.0, 0.0))
    report = build(apart, "nl", DAY, "")
    assert growth.SAY["before.apart"]["nl"] in " ".join(texts(report.summary))
    assert " ".join(texts(report.blocks)).count(growth.SAY["before.apart"]["nl"]) == 1
    said = " ".join(texts(build(alike, "nl", DAY, "").blocks))
    assert growth.SAY["before.apart"]["nl"] not in said
    assert growth.SAY["before.alike"]["nl"] in said


def test_one_wave_before_says_that_it_is_one():
    table = long(3, P=120, G=12)
    plan = aw.Plan(**FOLLOWED, study=STUDY)
    own = detail(aw.estimate(table, plan))
    for code in ("nl", "en"):
        assert growth.before_sentence(own, code) == growth.SAY["before.one"][code]
    few = table[table.school.isin(["s00", "s01", "s02"])].assign(moment=table.moment)
    more = aw.Plan(**FOLLOWED | {"baseline": "eind", "waves": ("later",)}, earlier=("start",))
    assert detail(aw.estimate(few, more)).alike_before is None
    assert growth.before_sentence(detail(aw.estimate(few, more)), "nl") == growth.SAY[
        "before.too_few"
    ]["nl"].format(clusters="scholen")


@pytest.mark.parametrize(
    ("shift", "low", "high", "key"),
    [(0.5, 0.1, 0.9, "grows"), (-0.5, -0.9, -0.1, "fades"), (0.2, -0.1, 0.5, "unclear")],
)
def test_whether_it_lasts_is_said_only_as_far_as_it_is_clear(told, shift, low, high, key):
    own = detail(told["followed"][0].effects)
    assert own.rows.set_index("wave").estimate["eind"] > 0
    one = replace(own, lasts=Shift(shift, 0.2, 10.0, low, high, 0.1))
    for code, last in (("nl", "een half jaar later"), ("en", "half a year later")):
        said = growth.lasts_sentence(one, code)
        first = {"nl": "direct na", "en": "just after"}[code]
        assert said == growth.SAY[f"lasts.{key}"][code].format(first=first, last=last)
    assert growth.lasts_sentence(replace(own, lasts=None), "nl") == ""


def test_a_wave_with_few_pupils_stays_inside_and_so_does_all_with_few_before():
    table = long(5, P=240, G=12, waves=FOUR)
    plan = aw.Plan(**OTHERS, study=STUDY, earlier=("eerder",))
    rows = table.drop(columns="pupil")
    nth = rows.groupby(["moment", "arm"]).cumcount()

    def with_few(wave):
        few = (rows.moment == wave) & (rows.arm == 1) & (nth % 20 > 0)
        return detail(aw.estimate(rows[~few], plan))

    one = with_few("eerder")
    assert one.rows.set_index("wave").pupils_arm["eerder"] < fewest()
    values = dict(
        zip(one.rows.wave, growth.difference_over(one, "nl").lines[0].values, strict=True)
    )
    assert values["eerder"] is None
    assert values["eind"] is not None
    assert "eerder" not in set(growth.told_rows(one).wave)
    assert growth.before_sentence(one, "nl").startswith("Of de groepen vóór de start")
    before = with_few("start")
    assert all(v is None for v in growth.difference_over(before, "nl").lines[0].values)
    assert growth.told_rows(before).empty
    for code in ("nl", "en"):
        said = growth.growth_sentence(before, code)
        people, clusters = ({"nl": ("leerlingen", "scholen"), "en": ("pupils", "schools")})[code]
        assert said == growth.SAY["hidden"][code].format(people=people, clusters=clusters)
    assert growth.lasts_sentence(before, "nl") == ""


def test_a_result_shows_itself_in_a_notebook(told):
    own = detail(told["others"][0].effects)
    html = own._repr_html_()
    assert "punten meer omhoog, of minder omlaag" in html
    assert "mean_arm" not in html
    assert own.plot().lines
    drawing = own.picture("en")
    assert "at the start" in drawing.alt
    table = own.table()
    table["estimate"] = np.nan
    assert own.table().estimate.notna().sum() == 3
    down = replace(own, rows=own.rows.assign(estimate=-own.rows.estimate))
    assert "minder omhoog" in down.explain("nl")
    assert "went up" in down.explain("en")
    with pytest.raises(aw.PlanError):
        own.explain("fr")


def test_a_report_compares_changes_also_in_its_means(told):
    for kind in KINDS:
        found, reports = told[kind]
        moved = growth.changes(found.effects)
        assert [m.wave for m in moved][::2] == ["eerder", "", "eind", "later"]
        page = " ".join(texts(reports["nl"].page))
        means = {m.wave: m.mean for m in moved if m.arm == "1"}
        first, last = (decimal(means[w], digits(list(moved)), "nl") for w in ("", "later"))
        said = f"gemiddelde voor y vooraf {first} en een half jaar later {last}"
        assert said in page


def test_how_many_a_model_counts_is_not_told_where_few_have_no_score_at_all():
    table = long(7, P=240, G=12, waves=FOUR)
    plan = aw.Plan(**WAVES, study=STUDY, earlier=("eerder",))

    def told(gone):
        rows = table.assign(y=table.y.where(~table.pupil.isin(table.pupil.unique()[:gone])))
        found = aw.weigh(aw.estimate(rows, plan), plan)
        return pupils_told(found, found.effects[0])

    assert told(0) == (120, 120)
    assert told(5) == (120, None)
    assert told(15) == (120, 105)


def test_the_answer_says_in_plain_words_that_change_is_compared(told):
    for kind in KINDS:
        found, reports = told[kind]
        nl, en = (key_message(found, code) for code in ("nl", "en"))
        assert "later is y bij leerlingen met lessen gunstiger veranderd. We vergeleken" in nl
        assert "later, y has changed more favourably among pupils with lessons. We compared" in en
        assert reports["nl"].description == nl
    turned = replace(told["followed"][0].findings[0], verdict=Verdict.HARMS)
    plan = told["followed"][0].plan
    assert "ongunstiger veranderd. We vergeleken hen met" in finding_sentence(turned, plan, "nl")
    alike = replace(turned, verdict=Verdict.NEGLIGIBLE)
    told = finding_sentence(alike, plan, "nl")
    assert "Bij beide groepen is y een half jaar later (bijna) evenveel veranderd." in told
    unclear = replace(turned, verdict=Verdict.UNCLEAR)
    told = finding_sentence(unclear, plan, "nl")
    assert "Bij welke groep is y gunstiger veranderd? Dat is" in told
    assert "nog niet te zien." in told


def test_two_moments_are_named_one_by_one(told):
    _, reports = told["followed"]
    said = " ".join(texts((*reports["nl"].blocks, *reports["nl"].appendix)))
    assert "Of het verschil een half jaar later anders is dan direct na, is niet duidelijk." in said
    assert "Het verschil een half jaar later min dat direct na:" in said
    assert "tussen direct na en" not in said
    assert "Van direct na tot" not in said


@pytest.fixture(scope="module")
def some_missed():
    """Reports of the model of all scores where many missed the main wave."""
    table = long(3, P=240, G=12, effect=1.0)
    gone = (table.moment == "later") & (table.groupby("moment").cumcount() % 5 == 0)
    table.loc[gone, "y"] = np.nan
    table.loc[(table.school == "s11") & (table.moment == "later"), "y"] = np.nan
    plan = aw.Plan(**WAVES, study=STUDY)
    found = aw.weigh(aw.estimate(table, plan), plan)
    return found, {code: build(found, code, DAY, "") for code in ("nl", "en")}


def test_who_missed_a_score_is_said_to_count_where_every_score_counts(some_missed):
    found, reports = some_missed
    nl, en = (" ".join(texts(reports[code].blocks)) for code in ("nl", "en"))
    analysed = sum(p.analysed for p in found.losses if p.wave == "later")
    assert f"{analysed} op beide momenten vergelijken (vooraf en een half jaar later)" in nl
    assert "Ook wie een van beide metingen mist, telt mee." in nl
    assert f"could compare {analysed} at both moments" in en
    assert "misten we een meting van" in nl
    assert "misten we er" not in nl
    assert found.effects[0].pupils == 240


def test_the_schools_are_those_that_the_model_rests_on(some_missed):
    found, reports = some_missed
    assert found.effects[0].clusters == 12
    nl = " ".join(texts(reports["nl"].blocks))
    assert "Er deden 12 scholen mee" in nl
    assert "Hier zijn het er 12." in nl


def test_a_hidden_number_is_not_explained_by_matching_where_nobody_was_matched():
    table = long(3, P=240, G=12, effect=1.0)
    few = (table.moment == "later") & (table.groupby("moment").cumcount() % 80 == 0)
    table.loc[few, "y"] = np.nan
    plan = aw.Plan(**WAVES, study=STUDY)
    found = aw.weigh(aw.estimate(table, plan), plan)
    assert None in pupils_told(found, found.effects[0])
    said = " ".join(texts(build(found, "nl", DAY, "").blocks))
    assert "op hen leek" not in said
    assert "verraadt dat er minder dan 10 leerlingen ontbreken" in said
    assert "Ook wie een van beide metingen mist, telt mee." in said
