"""The report: the same numbers in every format, nothing that may not leave, no word too many."""

import csv
import datetime
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pandas as pd
import pptx
import pytest
from documents import texts
from page_validation import faults
from rows import schools
from test_designs import DOSE, MENTORS, WEIGHED, dosed, mentored, weighed

import academic_workplace as aw
from academic_workplace.disclosure import NCO, under
from academic_workplace.evidence.balance import START, Balance, baseline_verdict
from academic_workplace.evidence.weighing import Verdict
from academic_workplace.language import Text
from academic_workplace.plan import Study
from academic_workplace.report import build as building
from academic_workplace.report import technique
from academic_workplace.report.build import build
from academic_workplace.report.comparison import MATCHED, verdict_sentence
from academic_workplace.report.document import (
    KeyMessage,
    Picture,
    Table,
    walk,
)
from academic_workplace.report.findings import how_sure, told_balance
from academic_workplace.report.glossary import glossary
from academic_workplace.report.numerals import decimal, digits_for, interval, p_value, significant

DATA = Path(__file__).parents[1] / "data"
DAY = datetime.date(2026, 11, 22)
PLAN = aw.Plan(
    outcome="after", treatment="offered", cluster="school", covariates=("before",),
    allocation="lot",
)  # fmt: skip


def weigh(table, plan=PLAN):
    return aw.weigh(aw.estimate(table, plan), plan)


@pytest.fixture(scope="module")
def evidence():
    return weigh(schools(np.random.default_rng(1), clusters=12, size=20, effect=0.9))


@pytest.fixture(scope="module", params=["star", "levensvaardigheden"])
def study(request):
    plan = aw.read_plan(DATA / request.param / "plan.toml")
    return weigh(aw.read(plan.data), plan)


def words_of(evidence, language):
    report = build(evidence, language, DAY, "")
    parts = (report.title, report.subtitle, *texts(report.blocks), *texts(report.appendix))
    return " ".join(parts)


def plain_html(path):
    text = re.sub(r"<(style|svg).*?</\1>", " ", path.read_text(), flags=re.S)
    text = re.sub(r"<[^>]+>", " ", text)
    return re.sub(r"\s+", " ", text.replace("&#39;", "'").replace("&amp;", "&"))


def plain_word(path):
    document = docx.Document(str(path))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return " ".join([*(p.text for p in document.paragraphs), *cells])


def read_json(folder, name):
    return json.loads((folder / f"{name}.json").read_text())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_html_and_word_hold_the_numbers_of_the_results(study, tmp_path, language):
    paths = aw.write(study, tmp_path, language=language, date=DAY)
    page, word = plain_html(paths[0]), plain_word(paths[2])
    for effect in study.effects:
        for number in (decimal(effect.g, 2, language), decimal(effect.df, 1, language),
                       interval(effect.g_low, effect.g_high, 2, language)):  # fmt: skip
            assert number in page
            assert number in word


def test_the_files_are_those_promised(evidence, tmp_path):
    paths = aw.write(evidence, tmp_path, language="nl", date=DAY)
    assert [p.name for p in paths] == [
        "rapport.html", "rapport.pdf", "rapport.docx", "rapport.xlsx", "rapport.pptx",
        "rapport.withheld.json", "results.csv", "results.json", "manifest.json",
    ]  # fmt: skip
    assert {p.name for p in tmp_path.iterdir()} == {"released.json", *(p.name for p in paths)}
    assert paths[1].read_bytes().startswith(b"%PDF")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "results.csv").read_text())))
    assert float(rows[0]["estimate"]) == evidence.effects[0].estimate
    assert read_json(tmp_path, "results")["effects"][0]["se"] == evidence.effects[0].se


def test_both_languages_can_share_a_folder_and_the_same_input_gives_the_same_bytes(study, tmp_path):
    first = {p.name: p.read_bytes() for lang in ("nl", "en")
             for p in aw.write(study, tmp_path / "a", language=lang, date=DAY)}  # fmt: skip
    second = {p.name: p.read_bytes() for lang in ("nl", "en")
              for p in aw.write(study, tmp_path / "b", language=lang, date=DAY)}  # fmt: skip
    assert first == second
    assert {"rapport.html", "report.html"} <= set(first)


def test_invented_data_are_marked_in_every_file(tmp_path):
    plan = aw.read_plan(DATA / "levensvaardigheden" / "plan.toml")
    paths = aw.write(weigh(aw.read(plan.data), plan), tmp_path, date=DAY)
    assert "verzonnen gegevens" in plain_html(paths[0])
    header = docx.Document(str(paths[2])).sections[0].header
    shown = " ".join(p.text for p in header.paragraphs)
    shown += " ".join(c.text for t in header.tables for row in t.rows for c in row.cells)
    assert "verzonnen gegevens" in shown
    rows = csv.DictReader(io.StringIO((tmp_path / "results.csv").read_text()))
    assert all(row["synthetic"] == "True" for row in rows)
    assert read_json(tmp_path, "results")["synthetic"] is True
    assert read_json(tmp_path, "manifest")["synthetic"] is True
    book = openpyxl.load_workbook(tmp_path / "rapport.xlsx")
    for sheet in book:
        cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
        assert any("verzonnen gegevens" in cell for cell in cells), sheet.title
    slide = pptx.Presentation(str(tmp_path / "rapport.pptx")).slides[0]
    shown = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    assert any("verzonnen gegevens" in text for text in shown)


def test_real_data_are_not_marked_as_invented(tmp_path):
    plan = aw.read_plan(DATA / "star" / "plan.toml")
    paths = aw.write(weigh(aw.read(plan.data), plan), tmp_path, date=DAY)
    assert "verzonnen" not in plain_html(paths[0])
    assert "onderwijsassistent" in plain_html(paths[0])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_report_claims_proof_or_shows_a_bare_p_on_the_page(study, language):
    words = words_of(study, language).lower()
    for forbidden in ("bewezen", "bewijst", "proven", "proves", "significant"):
        assert forbidden not in words
    report = build(study, language, DAY, "")
    page = " ".join(texts(report.blocks))
    assert not re.search(r"\bp\s*[=<]", page)


def test_results_on_fewer_than_ten_pupils_are_withheld_and_said_to_be(tmp_path):
    table = schools(np.random.default_rng(2), clusters=10, size=20)
    treated = table.index[table["offered"] == 1]
    table.loc[treated[8:], "after"] = np.nan
    evidence = weigh(table)
    effect = evidence.effects[0]
    assert effect.pupils_arm == 8
    paths = aw.write(evidence, tmp_path, language="nl", date=DAY)
    page = plain_html(paths[0])
    assert "minder dan 10 leerlingen" in page
    assert interval(effect.g_low, effect.g_high, 2, "nl") not in page
    for path in paths:
        if path.suffix in (".csv", ".json"):
            assert repr(effect.estimate) not in path.read_text()
    result = read_json(tmp_path, "results")["effects"][0]
    assert result["withheld"] is True
    assert result["estimate"] is None
    mean = next(d.mean for d in evidence.descriptions if d.arm == "1")
    assert significant(mean, "nl") not in page


def test_a_loss_of_a_few_pupils_cannot_be_worked_out():
    table = schools(np.random.default_rng(3), clusters=10, size=20)
    treated = table.index[table["offered"] == 1]
    table.loc[treated[:4], "after"] = np.nan
    words = words_of(weigh(table), "nl")
    start, analysed = len(treated), len(treated) - 4
    assert str(analysed) in words
    assert not re.search(rf"\b{start}\b", words)
    assert "minder dan 10" in words


ONE = [("nl", "maar één school"), ("en", "only one school")]


@pytest.mark.parametrize(("language", "why"), ONE)
def test_one_school_in_a_group_gets_no_answer_and_the_page_says_why(tmp_path, language, why):
    table = schools(np.random.default_rng(4), clusters=6, size=30)
    table["offered"] = (table["school"] == table["school"].iloc[0]).astype(int)
    evidence = weigh(table)
    report = build(evidence, language, DAY, "")
    page, appendix = " ".join(texts(report.blocks)), " ".join(texts(report.appendix))
    assert why in page
    assert not any(isinstance(b, KeyMessage | Picture) for b in walk(report.blocks))
    means = {d.arm: significant(d.mean, language) for d in evidence.descriptions}
    assert means["1"] not in appendix  # it is that of the school
    assert means["0"] in appendix
    with under(NCO):  # a report for that school itself
        report = build(evidence, language, DAY, "")
    ways = next(t for t in walk(report.appendix) if isinstance(t, Table) and len(t.rows) > 2
                and t.header[1] in ("Verschil", "Difference") and t.header[2] == "SE")  # fmt: skip
    for row in ways.rows:  # no difference without its uncertainty, as in the first table
        assert row[1] == "–" or row[4] != "–"
    aw.write(evidence, tmp_path, language=language, date=DAY)


@pytest.mark.parametrize(
    ("effect", "nl", "en"),
    [
        (1.5, "groot genoeg om van belang te zijn", "large enough to matter"),
        (0.0, "nog niet te zien", "cannot be seen yet"),
        (-1.5, "ongunstiger", "less favourable"),
    ],
)
def test_the_key_message_follows_the_interval(effect, nl, en):
    table = schools(np.random.default_rng(12), clusters=16, size=20, effect=effect)
    evidence = weigh(table)
    assert nl in evidence.explain("nl")
    assert en in evidence.explain("en")


def test_a_difference_too_small_to_matter_is_not_called_unclear():
    table = schools(np.random.default_rng(13), clusters=40, size=60)
    plan = replace(PLAN, smallest_effect=0.9)
    assert "te klein om van belang" in weigh(table, plan).explain("nl")


@pytest.mark.parametrize(
    ("allocation", "nl"), [("lot", "door loting"), ("choice", "niet door loting")]
)
def test_only_a_lot_carries_causal_words(allocation, nl):
    table = schools(np.random.default_rng(1), clusters=12, size=20, effect=0.9)
    words = words_of(weigh(table, replace(PLAN, allocation=allocation)), "nl")
    assert nl in words
    assert ("een andere oorzaak" in words) == (allocation == "choice")


def test_numbers_are_written_as_a_dutch_reader_expects():
    assert decimal(1250.0, 0, "nl") == "1.250"
    assert decimal(0.214, 2, "nl") == "0,21"
    assert decimal(-0.214, 2, "nl") == "−0,21"
    assert decimal(-0.001, 2, "nl") == "0,00"
    assert decimal(-1e75, 2, "nl") == "−1,00e+75"
    assert significant(1.234e-40, "en") == "1.23e−40"
    assert significant(6.34e-17, "nl", spread=1.0) == significant(0.0, "nl") == "0,00"
    assert significant(6.34e-17, "nl", spread=1e-16) == "6,34e−17"
    assert decimal(None, 2, "nl") == decimal(float("nan"), 2, "nl") == "–"
    assert interval(0.05, 0.37, 2, "nl") == "0,05 tot 0,37"
    assert interval(0.05, 0.37, 2, "en") == "0.05 to 0.37"
    assert (p_value(0.0301, "nl"), p_value(0.0001, "nl")) == ("0,03", "< 0,001")
    assert (digits_for(16.3), digits_for(0.17), digits_for(0.002)) == (0, 2, 3)


def test_a_folder_that_cannot_be_written_is_refused_in_words_and_left_alone(evidence, tmp_path):
    (tmp_path / "report").write_text("mine")
    with pytest.raises(aw.ReportError) as error:
        aw.write(evidence, tmp_path / "report", date=DAY)
    assert "map" in error.value.explain("nl")
    assert (tmp_path / "report").read_text() == "mine"
    with pytest.raises(aw.ReportError):
        aw.write(evidence, tmp_path, language="fr")


def everything_that_explains_itself(evidence):
    told = [evidence.effects[0], evidence, evidence.balance, evidence.multiplicity,
            evidence.comparison, *evidence.attrition.values()]  # fmt: skip
    design = aw.evidence.Design(clusters=20, pupils=20, icc=0.1)
    return [
        *told,
        aw.evidence.leave_one_out(evidence.effects),
        aw.evidence.specification_curve(evidence.effects),
        aw.evidence.equivalence(estimate=0.1, se=0.1, df=5, margin=0.2),
        aw.evidence.noninferiority(estimate=0.1, se=0.1, df=5, margin=0.2),
        aw.evidence.power(design, 0.2),
    ]


@pytest.mark.parametrize("language", ["fr", "NL", "", None])
def test_a_third_language_is_refused_the_same_way_everywhere(language, evidence):
    told = everything_that_explains_itself(evidence)
    drawn = [result for result in told if hasattr(result, "plot")]
    assert len(drawn) == 5
    for work in (
        *(result.explain for result in (*told, aw.PlanError([]))),
        *(lambda code, r=result: r.plot(language=code) for result in drawn),
        *(lambda code, r=result: r.picture(language=code) for result in drawn),
    ):
        with pytest.raises(aw.PlanError, match=r"De taal .* is onbekend.\n.*nl of en"):
            work(language)


def test_in_a_notebook_no_label_is_markup():
    table = schools(np.random.default_rng(1), clusters=12, size=20, effect=0.9)
    table["offered"] = table["offered"].map({0: "<50% uur", 1: "<script>x"})
    table["<b>"] = table["before"]
    plan = replace(PLAN, comparison="<50% uur", covariates=("<b>",))
    results = everything_that_explains_itself(weigh(table, plan))
    assert "<script>" in results[0].explain("en")
    for result in results:
        shown = result._repr_html_()
        assert not any(label in shown for label in ("<script>", "<50%", "<b>"))
    assert "‘&lt;script&gt;x’" in results[0]._repr_html_()


@pytest.mark.parametrize("profile", ["PDF_UA_1", "PDF_A_2A"])
def test_the_pdf_of_a_study_passes_the_machine_checkable_rules(study, tmp_path, profile):
    path = aw.write(study, tmp_path, language="nl", date=DAY)[1]
    assert faults(path.read_bytes(), profile) == []


def test_every_table_and_picture_has_what_a_screen_reader_needs(study):
    report = build(study, "nl", DAY, "")
    for block in walk((*report.blocks, *report.appendix)):
        if isinstance(block, Picture):
            assert len(block.alt) > 20
        if isinstance(block, Table):
            assert block.caption
            assert all(block.header)


def test_a_hidden_loss_hides_the_start_of_that_group_in_every_row():
    table = schools(np.random.default_rng(3), clusters=10, size=20)
    table["later"] = table["after"]
    treated = table.index[table["offered"] == 1]
    table.loc[treated[:4], "after"] = np.nan
    words = words_of(weigh(table, replace(PLAN, outcome=("after", "later"))), "nl")
    assert not re.search(rf"\b{len(treated)} *\(", words)
    report = build(weigh(table, replace(PLAN, outcome=("after", "later"))), "nl", DAY, "")
    losses = next(b for b in report.appendix if isinstance(b, Table) and "ontbreekt" in b.caption)
    starts = {row[3] for row in losses.rows if row[2] == "groep ‘1’"}
    assert starts == {"niet getoond"}
    missing = {row[5] for row in losses.rows if row[2] == "groep ‘1’"}
    assert missing == {"niet getoond: een ander getal zou volgen"}
    assert "Van elke 100 ontbreken" not in words  # also not of the other outcome


def test_a_rare_characteristic_is_not_shown():
    table = schools(np.random.default_rng(3), clusters=10, size=20)
    table["rare"] = 0.0
    table.loc[table.index[:3], "rare"] = 1.0
    plan = replace(PLAN, balance=("rare", "girl"))
    report = build(weigh(table, plan), "nl", DAY, "")
    balance = next(b for b in report.appendix if isinstance(b, Table) and "vooraf" in b.caption)
    shown = {row[0]: row[3] for row in balance.rows}
    assert shown["rare"] == "niet getoond"
    assert shown["girl"] not in ("niet getoond", "–")


def test_a_report_of_other_results_does_not_stay_beside_a_new_one(tmp_path):
    table = schools(np.random.default_rng(1), clusters=12, size=20)
    aw.write(weigh(table), tmp_path, language="nl", date=DAY)
    aw.write(weigh(table), tmp_path, language="en", date=DAY)
    assert (tmp_path / "rapport.pdf").is_file()
    fewer = weigh(table.iloc[1:])
    with pytest.raises(aw.ReportError, match="minder dan 10 leerlingen"):  # one pupil less
        aw.write(fewer, tmp_path, language="en", date=DAY)
    assert (tmp_path / "rapport.pdf").is_file()
    (tmp_path / "released.json").write_text('{"format": 1, "editions": []}')  # never shared
    aw.write(fewer, tmp_path, language="en", date=DAY)
    assert not list(tmp_path.glob("rapport.*"))
    assert (tmp_path / "report.html").is_file()


def test_without_a_label_for_the_moment_the_sentence_is_still_a_sentence():
    for effect in (1.5, 0.0, -1.5):
        table = schools(np.random.default_rng(12), clusters=16, size=20, effect=effect)
        said = weigh(table).explain("nl")
        assert not said.startswith(("Hebben", "Is ", "hebben"))


def test_harm_is_told_as_plainly_as_gain(tmp_path):
    table = schools(np.random.default_rng(12), clusters=16, size=20, effect=-1.5)
    evidence = weigh(table)
    assert "ongunstiger" in evidence.explain("nl")
    assert "groot genoeg om van belang te zijn" in evidence.explain("nl")


def test_a_wave_before_the_main_one_is_not_yet_clear_and_one_after_it_is_not_clear():
    plan = aw.read_plan(DATA / "extra-leestijd" / "plan.toml")
    told = weigh(aw.read(plan.data), plan)
    assert told.explain("nl").endswith(" Een half jaar later zien we geen duidelijk verschil.")
    assert told.explain("en").endswith(" Half a year later we see no clear difference.")
    waves = ("half jaar later", "eind")  # as if it were the other way round
    other = weigh(aw.read(plan.data), replace(plan, waves=waves))
    assert other.explain("nl").endswith(" Een half jaar later was dat nog niet te zien.")


def test_what_else_was_seen_stands_beside_the_key_message():
    table = schools(np.random.default_rng(12), clusters=16, size=20, effect=1.5)
    table["other"] = np.random.default_rng(1).normal(size=len(table))
    report = build(weigh(table, replace(PLAN, outcome=("after", "other"))), "nl", DAY, "")
    assert "Geen duidelijk verschil: other." in list(texts(report.blocks))


def test_the_appendix_shows_the_main_result_by_several_ways_and_says_whether_they_agree(study):
    report = build(study, "nl", DAY, "")
    tables = [b for b in walk(report.appendix) if isinstance(b, Table)]
    ways = next(t for t in tables if "meer manieren" in t.caption)
    names = {row[0] for row in ways.rows}
    assert {"De robuuste methode (CR2)", "De wilde bootstrap"} <= names
    assert ways.note.startswith("De manieren van rekenen")


def test_attrition_and_baseline_are_judged_in_words_in_the_appendix(study):
    told = " ".join(texts(build(study, "nl", DAY, "").appendix))
    assert "What Works Clearinghouse: de uitval is" in told
    assert "Bij de start:" in told
    told = " ".join(texts(build(study, "en", DAY, "").appendix))
    assert "attrition is" in told


def with_balance(evidence, *found):
    """Evidence whose arms differed by so much: (group, column, difference, adjusted)."""
    first = next(iter(evidence.balance))
    items = tuple(
        replace(first, group=group, column=column, standardised=g, adjusted=adjusted,
                verdict=baseline_verdict(g))
        for group, column, g, adjusted in found
    )  # fmt: skip
    return replace(evidence, balance=Balance(items))


OWN = ("after", "")


@pytest.mark.parametrize(
    ("found", "nl", "en"),
    [
        ([(START, "a", 0.02, None), (OWN, "a", 0.04, False)],
         "Vooraf waren de groepen bijna gelijk.", "Beforehand the groups were almost equal."),
        ([(START, "a", 0.02, None), (OWN, "a", 0.1, True)],
         "kleine verschillen tussen de groepen. De berekening houdt daar rekening mee.",
         "small differences between the groups. The calculation allows for this."),
        ([(START, "a", 0.3, None), (OWN, "a", 0.1, True)],
         "verschilden de groepen, bij één kenmerk veel. De berekening houdt daar zo goed mogelijk"
         " rekening mee. Lees de uitkomst voorzichtig.",
         "much so in one characteristic. The calculation allows for this as well as it can. Read"),
        ([(OWN, "a=1", -0.3, True), (OWN, "a=2", 0.3, True), (OWN, "b", 0.1, True),
          (OWN, "c", 0.1, False)],
         "bij één kenmerk veel. De berekening houdt met de meeste verschillen rekening, niet met"
         " alle.", "allows for most of the differences, not for all."),
        ([(OWN, "a", 0.3, True), (OWN, "b", 0.3, False)],
         "bij 2 kenmerken veel. De berekening houdt met een deel van de verschillen rekening",
         "much so in 2 characteristics. The calculation allows for part of the differences"),
        ([(OWN, "a", 0.1, False)], "De berekening houdt daar geen rekening mee.",
         "The calculation does not allow for this."),
        ([(START, "a", 0.1, None)], "kleine verschillen tussen de groepen. ", "groups. "),
        ([(("other", ""), "a", 0.9, False)], "Er is geen meting van vooraf.",
         "There was no measurement beforehand."),
    ],
)  # fmt: skip
def test_the_page_judges_the_groups_beforehand_as_the_appendix_does(evidence, found, nl, en):
    changed = with_balance(evidence, *found)
    assert nl in " ".join(how_sure(changed, "nl"))
    assert en in " ".join(how_sure(changed, "en"))


@pytest.mark.parametrize("method", ["adjusted", "difference in differences"])
@pytest.mark.parametrize("left", [0, 1], ids=["nobody", "one school"])
def test_what_an_arm_lacks_at_a_later_wave_hides_no_baseline_of_another(left, method):
    start = schools(np.random.default_rng(3), clusters=12, size=25)
    start["pupil"] = range(len(start))
    waves = ("w0", "w1", "w2", "w3")
    rng = np.random.default_rng(8)
    table = pd.concat([
        start.assign(wave=wave, after=start["before"] + i * (0.2 + 0.3 * start["offered"])
                     + rng.normal(size=len(start), scale=0.6)) for i, wave in enumerate(waves)
    ])  # fmt: skip
    kept = sorted(start.loc[start["offered"] == 1, "school"].unique())[:left]
    later = (table["wave"] == "w2") & (table["offered"] == 1) & ~table["school"].isin(kept)
    plan = aw.Plan(outcome="after", treatment="offered", cluster="school", pupil="pupil",
                   wave="wave", baseline="w0", waves=waves[1:], allocation="lot",
                   method=method)  # fmt: skip
    evidence = weigh(table[~later], plan)
    told = {c.group for c in told_balance(evidence)}
    assert ("after", "w3") in told
    assert ("after", "w2") not in told
    assert (START in told) is (left == 0)  # who were lost until then would tell of that school
    assert "Er is geen meting van vooraf" not in words_of(evidence, "nl")
    assert "no measurement beforehand" not in words_of(evidence, "en")
    for language, said in (("nl", "Vooraf"), ("en", "Beforehand")):
        assert [x for x in how_sure(evidence, language) if x.startswith(said)]


def known_of(column):
    """Evidence of two arms in which this is all that was known at the start."""
    table = schools(np.random.default_rng(1), clusters=12, size=20, effect=0.9)
    return weigh(
        table.assign(known=column(table)), replace(PLAN, covariates=(), balance=("known",))
    )


@pytest.mark.parametrize(
    ("column", "nl", "en"),
    [
        (lambda t: t["before"].where((t["offered"] == 0) | (t.groupby("offered").cumcount() < 5)),
         "dat laten we niet zien: het is van te weinig leerlingen bekend.",
         "we do not show it: it is known of too few pupils."),
        (lambda t: t["offered"] * 1.0,
         "dat laten we niet zien: in een groep was bijna iedereen gelijk.",
         "we do not show it: in one of the groups almost all were the same."),
        (lambda t: 8.0 + t["offered"],
         "Vooraf is er gemeten. Hoe goed de groepen op elkaar leken, is daarmee niet te berekenen.",
         "How alike the groups were cannot be worked out from it."),
    ],
    ids=["few", "alike", "unclear"],
)  # fmt: skip
def test_what_was_known_beforehand_is_never_called_absent(column, nl, en):
    evidence = known_of(column)
    page = {language: " ".join(how_sure(evidence, language)) for language in ("nl", "en")}
    assert nl in page["nl"]
    assert en in page["en"]
    assert "geen meting" not in page["nl"]
    assert "no measurement" not in page["en"]


def test_no_rounding_of_sums_tells_how_far_apart_arms_without_spread_are():
    for c in known_of(lambda t: 8.0 + t["offered"]).balance:
        assert (c.mean_arm, c.mean_comparison, c.sd, c.standardised) == (9.0, 8.0, 0.0, None)
    for rare in (
        lambda t: t["offered"] * 1.0,
        lambda t: t["offered"].where(t["offered"] == 1, 0.4),
    ):
        assert {c.mean_arm for c in known_of(rare).balance} == {1.0}  # everybody, and not 1 + 4e-16
    (table,) = (
        b for b in walk(build(known_of(lambda t: t["offered"] * 1.0), "nl", DAY, "").appendix)
        if isinstance(b, Table) and "vooraf op elkaar" in b.caption
    )  # fmt: skip
    assert all("bijna iedereen gelijk" in " ".join(row) for row in table.rows)


def test_what_is_kept_inside_is_not_called_unknown_by_the_result_itself():
    few = known_of(lambda t: t["before"].where(t.groupby("offered").cumcount() < 5)).balance
    assert few.explain("nl") == "Hoe goed de groepen vooraf op elkaar leken, laten we niet zien."
    assert few.explain("en") == "How alike the groups were beforehand, we do not show."
    assert verdict_sentence(few, MATCHED, "en") == few.explain("en")
    unclear = known_of(lambda t: 8.0 + t["offered"]).balance
    for said in (unclear.explain("nl"), verdict_sentence(unclear, MATCHED, "nl")):
        assert said == "We weten niet hoe goed de groepen vooraf op elkaar leken."


def test_all_in_the_file_have_a_score_only_where_all_in_the_file_count():
    table = schools(np.random.default_rng(1), clusters=12, size=20, effect=0.9)
    lost = table.assign(school=table["school"].where(table.index >= 14))
    both = pd.concat([table.assign(pupil=range(len(table)), wave=w) for w in ("w0", "w1")])
    plan = aw.Plan(outcome="after", treatment="offered", cluster="school", pupil="pupil",
                   wave="wave", baseline="w0", waves=("w1",), method="adjusted",
                   allocation="lot")  # fmt: skip
    came = both[(both["wave"] == "w1") | (both["pupil"] >= 12)]
    n = len(table)
    for evidence, nl, en in (
        (weigh(table), f"Van alle {n} leerlingen in het bestand", f"All {n} pupils in the file"),
        (weigh(lost), f"Van {n - 14} leerlingen bij de start weten", f"Of {n - 14} pupils at the"),
        (weigh(both, plan), f"Van alle {n} leerlingen in het", f"All {n} pupils in the file"),
        (weigh(came, plan), f"Alle {n - 12} leerlingen die er bij de start waren, hebben een",
         f"All {n - 12} pupils who were there at the start have a score."),
    ):  # fmt: skip
        assert nl in words_of(evidence, "nl")
        assert en in words_of(evidence, "en")


def test_a_table_of_shares_has_the_same_decimals_in_every_row():
    table = schools(np.random.default_rng(1), clusters=16, size=20, effect=0.6)
    evidence = weigh(
        table.assign(after=(table["after"] > 0) * 1.0), replace(PLAN, method="logistic")
    )
    (shares,) = (
        b for b in walk(build(evidence, "nl", DAY, "").appendix)
        if isinstance(b, Table) and b.caption.startswith("Aandelen en verhoudingen")
    )  # fmt: skip
    numbers = re.findall(r"\d+,(\d+)", " ".join(cell for row in shares.rows for cell in row[1:]))
    assert len(numbers) > 10
    assert {len(decimals) for decimals in numbers} == {2}


def test_what_those_missing_may_differ_by_is_in_a_word_that_the_report_explains():
    table = schools(np.random.default_rng(1), clusters=16, size=20, effect=0.9)
    table["after"] = table["after"].where(np.random.default_rng(2).random(len(table)) > 0.2)
    evidence = weigh(table)
    for language, word in (("nl", "standaarddeviatie"), ("en", "standard deviation")):
        report = build(evidence, language, DAY, "")
        said = " ".join(cell for b in walk(report.appendix) if isinstance(b, Table)
                        for row in b.rows for cell in row)  # fmt: skip
        assert re.search(rf"0[,.]5 (keer de|times the) {word}\)", said)
        assert word in dict(glossary(language))


def test_a_baseline_that_other_numbers_would_tell_is_not_called_absent(evidence):
    only_start = with_balance(evidence, (START, "a", 0.1, None))
    first, *others = evidence.losses
    few = replace(only_start, losses=(replace(first, start=first.analysed + 3), *others))
    assert "dat laten we niet zien: met andere getallen erbij" in " ".join(how_sure(few, "nl"))
    assert "we do not show it: beside other numbers it" in " ".join(how_sure(few, "en"))
    one = [replace(loss, clusters_start=1, clusters_analysed=1) for loss in evidence.losses]
    assert "geen meting" not in " ".join(how_sure(replace(only_start, losses=tuple(one)), "nl"))


def test_a_baseline_of_one_school_alone_is_not_called_absent():
    table = schools(np.random.default_rng(1), clusters=12, size=25, effect=0.9)
    table.loc[table["school"] == "S00", "offered"] = 2
    evidence = weigh(table, replace(PLAN, comparison="0"))
    of_one = Balance(tuple(c for c in evidence.balance if c.arm == "2"))
    assert of_one
    told = replace(evidence, balance=of_one)
    assert not told_balance(told)
    assert "dat laten we niet zien: het zou over maar één school gaan." in " ".join(
        how_sure(told, "nl")
    )
    assert "it would be about only one school." in " ".join(how_sure(told, "en"))


def test_of_the_invented_study_page_and_appendix_name_the_same_large_difference():
    plan = aw.read_plan(DATA / "levensvaardigheden" / "plan.toml")
    evidence = weigh(aw.read(plan.data), plan)
    assert "1 met een groot verschil" in evidence.balance.explain("nl")
    page = " ".join(texts(build(evidence, "nl", DAY, "").blocks))
    assert "bij één kenmerk veel" in page
    assert "niet met alle" in page
    # an earlier moment of the same outcome is not clear: the moment is told
    assert "Ook gunstig: minder probleemgedrag (na 20 maanden)." in page
    assert "‘Nog niet te zien’ is iets anders" in page
    assert "Er ontbreken veel leerlingen, of in de ene groep meer dan in de andere." in page


def test_the_caution_on_no_clear_difference_has_the_words_of_the_page():
    plan = aw.read_plan(DATA / "star" / "plan.toml")
    evidence = weigh(aw.read(plan.data), plan)
    page = list(texts(build(evidence, "nl", DAY, "").blocks))
    assert "‘Geen duidelijk verschil’ is iets anders dan ‘werkt niet’." in page
    assert "nog niet te zien" not in " ".join(page).lower()
    assert "‘No clear difference’ is not the same" in words_of(evidence, "en")


def test_years_stand_without_a_point_and_a_characteristic_has_the_same_decimals_in_every_row():
    plan = aw.read_plan(DATA / "star" / "plan.toml")
    evidence = weigh(aw.read(plan.data), plan)
    for language in ("nl", "en"):
        table = building.balance_table(evidence, language)
        point = "," if language == "nl" else "."
        born = [row for row in table.rows if row[0] in ("geboren (jaar)", "born (year)")]
        assert {row[3] for row in born} == {f"1980{point}11"}
        for name in {row[0] for row in table.rows}:
            means = [m for row in table.rows if row[0] == name for m in row[3:5]]
            assert len({len(m.partition(point)[2]) for m in means}) == 1
    wide = next(c for c in evidence.balance if c.column == "birth")
    other = replace(evidence, balance=Balance((replace(wide, sd=150.0),)))
    assert building.balance_table(other, "nl").rows[0][3] == "1.980"  # scores, not years
    one, two = replace(wide, sd=0.09), replace(wide, group=("totalk", ""), sd=2.0)
    rows = building.balance_table(replace(evidence, balance=Balance((one, two))), "nl").rows
    assert [len(row[3].partition(",")[2]) for row in rows] == [3, 3]


def test_a_characteristic_with_several_values_is_said_to_count_once(evidence):
    found = [(OWN, "a=1", 0.1, True), (OWN, "a=2", 0.2, True), (OWN, "b", 0.01, True)]
    changed = with_balance(evidence, *found).balance
    assert "op 2 kenmerken van vooraf (een kenmerk met meer waarden telt één" in changed.explain()
    assert "on 2 characteristics known beforehand (one with several" in changed.explain("en")
    assert "meer waarden" not in with_balance(evidence, found[2]).balance.explain()


def test_sources_are_written_within_the_brackets(evidence):
    assert "(Bell en McCaffrey, 2002; Pustejovsky en Tipton, 2018)" in words_of(evidence, "nl")
    assert "(Bell and McCaffrey, 2002; Pustejovsky and Tipton, 2018)" in words_of(evidence, "en")
    for said in technique.UNCERTAINTY.values():
        assert not re.search(r"\(\d{4}\)", said.nl + said.en)


def test_a_test_that_cannot_reject_gives_a_report_without_limits(tmp_path):
    plan = replace(PLAN, covariates=(), inference="randomisation", method="cluster means")
    table = schools(np.random.default_rng(3), clusters=6, size=25, effect=2.0)
    paths = aw.write(weigh(table, plan), tmp_path, language="nl")
    page = paths[0].read_text()
    assert "nooit een verschil aantonen" in page
    assert "geen grenzen" in page
    assert "inf" not in json.dumps(read_json(tmp_path, "results"))
    row = read_json(tmp_path, "results")["effects"][0]
    assert (row["low"], row["high"]) == (None, None)
    assert row["p_value"] >= 0.10


def test_several_primary_outcomes_are_adjusted_for_each_other_in_the_report():
    rng = np.random.default_rng(4)
    table = schools(rng, clusters=12, size=20, effect=0.6)
    table["other"] = table["after"] + rng.normal(size=len(table))
    plan = replace(PLAN, outcome=("after", "other"), primary=("after", "other"))
    evidence = weigh(table, plan)
    by_hand = aw.evidence.holm([f.effect.p_value for f in evidence.findings])
    assert evidence.table()["p_adjusted"].to_numpy() == pytest.approx(by_hand)
    told = " ".join(t for b in walk(build(evidence, "nl", DAY, "").appendix)
                    if isinstance(b, Table) for t in [b.note])  # fmt: skip
    assert "p aangepast voor 2 toetsen (Holm)" in told


def test_the_total_at_the_start_does_not_tell_a_hidden_loss_elsewhere():
    table = schools(np.random.default_rng(3), clusters=10, size=20)
    table["later"] = table["after"]
    table.loc[table.index[table["offered"] == 1][:4], "later"] = np.nan
    page = build(weigh(table, replace(PLAN, outcome=("after", "later"))), "nl", DAY, "").blocks
    told = " ".join(texts(page))
    assert f"We konden {len(table)} leerlingen vergelijken." in told
    assert "Van alle" not in told


def appendix(evidence, language="nl"):
    return list(texts(build(evidence, language, DAY, "").appendix))


def test_the_appendix_says_whether_the_main_result_stands_without_one_school(study, monkeypatch):
    first = replace(study.effects, items=study.effects[:1])
    said = aw.evidence.leave_one_out(first).explain("nl")
    assert "Zonder één van de" in said
    assert appendix(study).count(said) == 1
    monkeypatch.setattr(building, "MOST_CLUSTERS", 5)
    assert said not in appendix(study)


def test_what_rests_on_too_few_pupils_is_not_told_without_one_school_either():
    table = schools(np.random.default_rng(2), clusters=10, size=20)
    table.loc[table.index[table["offered"] == 1][8:], "after"] = np.nan
    evidence = weigh(table)
    assert evidence.findings[0].verdict is Verdict.UNCLEAR
    told = " ".join(appendix(evidence))
    assert "Zonder één van de" not in told
    assert "Twee eenzijdige toetsen" not in told
    small = schools(np.random.default_rng(2), clusters=12, size=3)  # every school below 10 pupils
    evidence = weigh(small)
    assert evidence.findings[0].low is not None
    told = appendix(evidence)
    assert not [text for text in told if "Zonder één" in text or text == evidence.explain("nl")]


@pytest.mark.parametrize(("effect", "verdict"), [(0.0, Verdict.UNCLEAR), (1.5, Verdict.MATTERS)])
def test_two_one_sided_tests_are_told_when_no_difference_is_clear(effect, verdict):
    evidence = weigh(schools(np.random.default_rng(12), clusters=16, size=20, effect=effect))
    assert evidence.findings[0].verdict is verdict
    said = [text for text in appendix(evidence) if text.startswith("Twee eenzijdige toetsen: ")]
    assert len(said) == (verdict is Verdict.UNCLEAR)
    margin = aw.evidence.equivalences(evidence.effects)[0].margin
    assert all(f"(meer dan {decimal(margin, 2, 'nl')})" in text for text in said)


# ---------------------------------------------------------------- dose, groups in one arm, weights

HOURS = replace(
    DOSE, balance=("girl",), study=Study(columns={"hours": Text("uren les", "hours of lessons")})
)
GROUPS = replace(MENTORS, study=Study(cluster_label=Text("mentorgroepen", "mentor groups")))
OTHER_DESIGNS = {
    "dose": lambda: weigh(dosed(18, clusters=20), HOURS),
    "one arm in groups": lambda: weigh(mentored(9, groups=8, singles=40), GROUPS),
    "weights": lambda: weigh(weighed(3, size=15, effect=0.6), WEIGHED),
}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_of_a_dose_everything_is_told_per_unit_and_nothing_of_groups(language, tmp_path):
    evidence = OTHER_DESIGNS["dose"]()
    report = build(evidence, language, DAY, "")
    step = {"nl": "per stap van 1 in ‘uren les’", "en": "per step of 1 in ‘hours of lessons’"}
    effect = evidence.effects[0]
    message = next(b for b in report.blocks if isinstance(b, KeyMessage))
    assert step[language] in message.small
    assert decimal(effect.estimate, 2, language) in message.small
    assert step[language] in evidence.explain(language)
    pictures = [b for b in walk(report.blocks) if isinstance(b, Picture)]
    assert len(pictures) == 1  # and not the hundred
    assert step[language] in pictures[0].caption
    assert step[language] in pictures[0].alt
    words = words_of(evidence, language)
    for groups in ("tussen de groepen", "de andere groep", "van de 100", "between the groups",
                   "the other group", "of those 100", "Cohen", "groepen op elkaar"):  # fmt: skip
        assert groups not in words
    given_dose = {"nl": "bij gelijke hoeveelheid", "en": effect.divided_by}
    assert given_dose[language] in words
    aw.write(evidence, tmp_path, language=language, date=DAY)


@pytest.mark.parametrize(
    ("smallest", "allocation", "nl", "en"),
    [
        (0.01, "lot", "is het verschil al groot genoeg", "is already large enough to matter"),
        (0.10, "lot", "Of het verschil per stap", "Whether the difference per step"),
        (0.90, "choice", "Meer stappen samen", "More steps together"),
    ],
)
def test_the_verdict_on_a_dose_is_about_one_step(smallest, allocation, nl, en):
    plan = replace(HOURS, smallest_effect=smallest, allocation=allocation)
    evidence = weigh(dosed(18, clusters=20), plan)
    assert nl in evidence.explain("nl")
    assert en in evidence.explain("en")
    by_lot = "is niet door loting bepaald" if allocation == "choice" else "is door loting bepaald"
    assert f"Hoeveel de scholen kregen, {by_lot}" in words_of(evidence, "nl")


def test_who_got_a_dose_and_who_is_missing_is_told():
    table = dosed(18, clusters=20)
    table.loc[table.index[:30], "after"] = np.nan
    table.loc[table.index[30:33], "hours"] = np.nan
    evidence = weigh(table, HOURS)
    words = words_of(evidence, "nl")
    n, left = len(table) - 3, len(table) - 33
    assert f"Van de {n} leerlingen bij de start konden we er {left} vergelijken" in words
    mean = table.loc[table.index[33:], "hours"].mean()
    assert f"Er deden 20 scholen mee. Uren les: gemiddeld {significant(mean, 'nl')}." in words
    assert "of hoeveel ze kregen" in words
    assert "misten we" not in words
    table.loc[table.index[4:30], "after"] = 0.0
    words = words_of(weigh(table, HOURS), "nl")
    assert "ontbreken minder dan" not in words  # with who was compared that tells how many began
    assert "tonen we niet hoe groot ze bij de start waren en hoeveel er ontbreken" in words
    assert f"{n} leerlingen" not in words


def test_a_dose_of_too_few_pupils_is_not_shown_and_speaks_of_no_groups():
    table = dosed(18, clusters=4, size=4)
    table.loc[table.index[8:], "after"] = np.nan
    words = words_of(weigh(table, replace(HOURS, covariates=())), "nl")
    assert "het gaat om minder dan 10 leerlingen" in words
    assert "een van de groepen" not in words


@pytest.mark.parametrize("language", ["nl", "en"])
def test_groups_and_pupils_who_stand_alone_are_counted_apart(language):
    evidence = OTHER_DESIGNS["one arm in groups"]()
    assert evidence.effects[0].clusters == 48
    words = words_of(evidence, language)
    told = {
        "nl": ("Er deden 8 mentorgroepen mee, en 40 leerlingen die niet in mentorgroepen zaten.",
               "Hoe meer mentorgroepen, hoe zekerder. Hier zijn het er 8.",
               "is ieder een eigen cluster", "Wie in welke groep kwam, is niet door loting"),
        "en": ("8 mentor groups took part, and 40 pupils who were not in mentor groups.",
               "The more mentor groups, the surer. Here there are 8.",
               "everyone is a cluster of their own", "Who came into which group was not decided"),
    }  # fmt: skip
    for sentence in told[language]:
        assert sentence in words
    assert "48" not in words
    tables = [b for b in walk(build(evidence, language, DAY, "").appendix) if isinstance(b, Table)]
    assert tables[1].rows[0][-1] == "8 / –"
    means = next(t for t in tables[2:] if t.header[-1].startswith(("Mentor", "mentor")))
    assert [row[-1] for row in means.rows] == ["–", "8"]
    assert all("(streepje)" in t.note or "(dash)" in t.note for t in (tables[1], means))


def test_a_way_that_was_not_calculated_gives_no_answer_and_is_not_said_to_find_nothing():
    compared = aw.estimate(mentored(1), MENTORS).compare()
    assert compared.explain("nl").endswith(" De randomisatietoets geeft hier geen antwoord.")
    assert compared.explain("en").endswith(" The randomisation test gives no answer here.")


def test_how_many_stand_alone_is_not_told_where_a_few_of_them_are_missing():
    table = mentored(9, groups=8, singles=40)
    table.loc[table.index[table["offered"] == 0][:3], "after"] = np.nan
    words = words_of(weigh(table, GROUPS), "nl")
    assert "8 mentorgroepen mee, en leerlingen die niet in mentorgroepen zaten." in words
    assert re.search(r"We konden (\d+) leerlingen vergelijken: \d+ .+ en 37 ", words)
    assert not re.search(r"\b40\b", words)
    one = mentored(8, groups=2)
    one = one[one["group"] != "M0"]  # 4 pupils, against 25
    words = words_of(weigh(one, GROUPS), "nl")
    assert "Er deed 1 mentorgroep mee, en leerlingen die" in words


@pytest.mark.parametrize("language", ["nl", "en"])
def test_weights_are_named_on_the_page_and_with_the_means_and_the_method(language):
    evidence = OTHER_DESIGNS["weights"]()
    report = build(evidence, language, DAY, "")
    page, told = " ".join(texts(report.blocks)), " ".join(texts(report.appendix))
    each = {
        "nl": ("telt even zwaar", "Gemiddelden zijn gewogen met ‘w’; aantallen zijn geteld",
               "Gewogen met ‘w’: gewichten van precisie", "Deze tabel is niet gewogen"),
        "en": ("counts alike", "Means are weighted by ‘w’; counts are counted",
               "Weighted by ‘w’: precision weights", "This table is not weighted"),
    }[language]  # fmt: skip
    assert each[0] in page
    for sentence in each[1:]:
        assert sentence in told
    plain = words_of(weigh(weighed(3, size=15, effect=0.6), PLAN), language)
    assert not [sentence for sentence in each if sentence in plain]


def test_with_one_arm_the_table_of_the_groups_beforehand_names_it_once(study):
    table = building.balance_table(study, "nl")
    arms = {c.arm for c in study.balance}
    assert ("Groep" in table.header) == (len(arms) > 1)
    named = study.plan.arm(next(iter(arms))).label.nl
    assert (named in table.caption) == (len(arms) == 1)
    assert {len(row) for row in table.rows} == {len(table.header)} == {len(table.numeric)}


def test_who_left_cannot_be_counted_from_a_characteristic_at_the_start_and_later():
    table = schools(np.random.default_rng(3), clusters=10, size=20)
    left = table.index[(table["girl"] == 1) & (table["offered"] == 1)][:4]
    table.loc[left, "after"] = np.nan
    plan = replace(PLAN, balance=("girl",))
    report = build(weigh(table, plan), "nl", DAY, "")
    balance = next(b for b in report.appendix if isinstance(b, Table) and "vooraf" in b.caption)
    rows = {row[2]: row[3:] for row in balance.rows if row[0] == "girl"}
    assert len(rows) == 2
    assert [row[0] == "niet getoond" for row in rows.values()] == [True, False]
