"""The report of interviews: plain Dutch, the same numbers everywhere, only released words."""

import datetime
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_numbers_everywhere import in_html, in_pdf, in_word, numbers_of, written
from test_readability import EASE, JARGON, LONGEST, MEAN, ease, read, sentences, words
from test_voices import STEMMEN, code, coded

import academic_workplace as aw
from academic_workplace import voices
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.report.document import (
    Columns,
    Heading,
    Items,
    KeyMessage,
    Notice,
    Picture,
    Report,
    Table,
    walk,
)
from academic_workplace.report.numerals import hidden
from academic_workplace.report.voices import difference_sentences, voices_report, write_voices
from academic_workplace.report.words import phrases
from academic_workplace.voices.study import Setup

DAY = datetime.date(2026, 11, 22)
FIGURE = Text("Het verschil is 0,17 punten.", "The difference is 0.17 points.")
TEXTS = pd.read_csv(STEMMEN / "fragments.csv", sep=";", encoding="utf-8-sig")


@cache
def found() -> voices.Voices:
    return voices.read_voices(STEMMEN, {"levensvaardigheden": FIGURE})


@cache
def report(language: str) -> Report:
    return voices_report(found(), language, DAY)


def small(said: np.ndarray, groups: list[str]) -> voices.Voices:
    study = replace(found().study, question=Text("Wat?", "What?"))
    return voices.look(Setup(study, {}, None, (), (), 1), coded(said, groups))


def test_the_page_is_plain_dutch_with_short_sentences():
    plan = aw.read_plan(STEMMEN.parent / "levensvaardigheden" / "plan.toml")
    figures = {"levensvaardigheden": aw.estimate(aw.read(plan.data), plan)[0]}
    whole = voices_report(voices.read_voices(STEMMEN, figures), "nl", DAY)
    page = [text for text in read(whole.blocks) if text]
    assert any("0,17 punten" in text for text in page)
    told = [sentence for text in page for sentence in sentences(text)]
    lengths = [len(words(sentence)) for sentence in told]
    assert [s for s, n in zip(told, lengths, strict=True) if n > LONGEST] == []
    assert sum(lengths) / len(lengths) <= MEAN
    assert ease(page) >= EASE
    assert [text for text in page if JARGON.search(text)] == []


def test_every_sentence_to_be_filled_on_the_page_is_short():
    appendix = ("codes.", "numbers.", "differences.", "agreement.", "saturation.", "how.", "pairs.")
    told = [
        part
        for key, text in phrases("voices").items()
        if not key.startswith(appendix)
        for part in sentences(text.nl)
    ]
    assert [part for part in told if len(words(part)) > LONGEST] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reading", [in_html, in_pdf, in_word])
def test_every_number_of_the_document_is_read_back_from_every_file(reading, language):
    told = " ".join(written((*report(language).blocks, *report(language).appendix)))
    assert len(numbers_of(told)) > 40
    assert not numbers_of(told) - numbers_of(reading(report(language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_its_parts_in_order_and_is_marked_as_an_example(language):
    page = report(language).blocks
    said, common = phrases("voices"), phrases("page")
    assert isinstance(page[0], KeyMessage)
    titles = [block for block in page if isinstance(block, Heading) and block.level == 2]
    assert [block.text for block in titles] == [
        *(said[f"title.{key}"][language] for key in ("who", "most", "quotes", "display")),
        *(common[key][language] for key in ("how_sure", "says_not", "discuss")),
    ]
    assert report(language).mark == common["example"][language]
    assert not re.search("bewezen|proven", " ".join(written((*page, *report(language).appendix))))
    kinds = [[type(block) for block in walk(report(code).appendix)] for code in LANGUAGES]
    assert kinds[0] == kinds[1]


def test_the_message_names_the_themes_that_most_people_mention():
    message = report("nl").blocks[0]
    assert isinstance(message, KeyMessage)
    first = found().frequencies.ranked[0]
    n = found().frequencies.of(first.key)
    begin = f"{first.label.nl} wordt het meest genoemd: door {n.mentioned} van de {n.of} mensen."
    assert message.text.startswith(begin)
    table = found().frequencies.table().query("group == ''").dropna(subset="mentioned")
    assert n.mentioned == table["mentioned"].max()


def test_no_words_leave_but_those_that_were_released(tmp_path):
    paths = write_voices(found(), tmp_path / "uit", date=DAY)
    allowed = {one.text for one in found().quotations}
    whole = ""
    for path in paths:
        if path.suffix in (".html", ".json"):
            whole += path.read_text(encoding="utf-8")
    whole += in_pdf(report("nl")) + in_word(report("en"))
    whole = re.sub(r"\s+", " ", whole)
    quoted = [text for text in TEXTS["tekst"] if text in whole]
    assert quoted
    inside = [text for text in quoted if text not in allowed]
    assert inside == []
    assert not any(key in whole for key in TEXTS["respondent"].unique())
    assert not any(re.search(rf"\b{key}\b", whole) for key in TEXTS["fragment"])
    refused = [key for key, _ in found().quotations.refused]
    words_of = TEXTS.set_index("fragment")["tekst"]
    assert not any(words_of[key] in whole for key in refused)


def test_released_words_stand_on_the_page_once():
    page = " ".join(written(report("nl").blocks))
    shown = [one for one in found().quotations if one.text in page]
    assert len(shown) >= 10
    assert all(page.count(one.text) == 1 for one in shown)
    beside = {one.fragment for row in found().display for one in row.quotations}
    alone = [one for one in shown if one.fragment not in beside]
    assert len({code for one in alone for code in one.codes}) >= 4
    assert f"– een van de {alone[0].group}" in page


def test_what_stays_inside_is_in_no_file(tmp_path):
    write_voices(found(), tmp_path / "uit", date=DAY)
    numbers = json.loads((tmp_path / "uit" / "results.json").read_text())
    assert numbers["synthetic"] is True
    rows = {(row["code"], row["group"]): row for row in numbers["frequencies"]}
    assert rows["verhuizing", ""]["mentioned"] is None
    assert rows["verhuizing", ""]["share"] is None
    assert all(row["mentioned"] is None or row["mentioned"] >= 10 for row in rows.values())
    assert all(row["together"] is None or row["together"] >= 10 for row in numbers["co_occurrence"])
    manifest = json.loads((tmp_path / "uit" / "manifest.json").read_text())
    assert (manifest["kind"], manifest["synthetic"]) == ("voices", True)
    withheld = json.loads((tmp_path / "uit" / "rapport.withheld.json").read_text())["withheld"]
    assert any(place["name"] == "Verhuizing" for place in withheld)
    table = next(
        block for block in report("nl").appendix
        if isinstance(block, Table) and block.caption == phrases("voices")["numbers.caption"].nl
    )  # fmt: skip
    shown = [row for row in table.rows if row[2] != hidden("nl")]
    assert len(table.rows) - len(shown) == sum(row["mentioned"] is None for row in rows.values())


def test_the_pictures_say_in_words_what_they_show():
    blocks = walk((*report("nl").blocks, *report("nl").appendix))
    pictures = [block for block in blocks if isinstance(block, Picture)]
    themes, curve = pictures
    one = found().frequencies.of("spanning", "leerlingen")
    assert f"leerlingen {round(100 * one.share)} (" in themes.alt
    assert hidden("nl") in themes.alt
    assert "na 1 mensen 3," in curve.alt
    drawn = [svg for one in pictures for svg in (one.wide_svg, one.narrow_svg)]
    assert all("<svg" in svg for svg in drawn)


def test_only_differences_beyond_chance_are_told_as_such():
    differences = found().frequencies.differences
    clear = [one for one in differences if one.low > 0 or one.high < 0]
    assert 0 < len(clear) < len(differences)
    told = difference_sentences(found().frequencies, "nl")
    assert len(told) == len(clear) + 1
    assert told[0].startswith("Leerlingen noemen ‘spanning rond de overstap’ vaker dan ouders: 70")
    none = replace(found().frequencies, differences=differences[:1])
    assert difference_sentences(none, "nl") == [phrases("voices")["differ.none"].nl]
    assert difference_sentences(replace(none, differences=()), "nl") == []


def test_a_theme_without_a_figure_says_so_and_a_weak_theme_is_named():
    page = report("nl").blocks
    begin, nothing = "Het cijfer. ", phrases("voices")["display.no_figure"].nl
    figures = [b.left[0].text.removeprefix(begin) for b in page if isinstance(b, Columns)]
    assert figures == [FIGURE.nl, nothing, nothing]
    told = " ".join(text for b in report("nl").blocks if isinstance(b, Items) for text in b.items)
    assert "Wees voorzichtig met ‘durven vragen’" in told
    assert "Te zeldzaam om dat te weten: verhuizing." in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_of_few_people_tells_nothing_and_says_so(language):
    few = small(np.ones((9, 2), dtype=bool), ["a"] * 5 + ["b"] * 4)
    page = voices_report(few, language, DAY)
    assert isinstance(page.summary[0], Notice)
    assert not any(isinstance(block, Picture) for block in walk((*page.blocks, *page.appendix)))
    text = in_html(page)
    assert not re.search(r"\b9\b", text)
    assert phrases("voices")["quotes.none"][language] in text
    assert phrases("voices")["agree.none"][language] in text


def test_results_explain_themselves_in_both_languages():
    v = found()
    results = (v, v.frequencies, v.co_occurrence, v.saturation, v.quotations, v.agreement)
    for result in results:
        nl, en = (result.explain(language) for language in LANGUAGES)
        assert nl
        assert en
        assert nl != en
        assert numbers_of(nl) == numbers_of(en)
    assert "<p" in v.frequencies._repr_html_()


def test_a_label_is_no_markup():
    rng = np.random.default_rng(1)
    coded_ = coded(rng.random((40, 1)) < 0.5, ["<b>a</b>"] * 20 + ["b"] * 20)
    codes = (replace(code("c0"), label=Text("<i>x</i>", "<i>x</i>")),)
    study = replace(found().study, question=Text("Wat?", "What?"))
    told = voices.look(Setup(study, {}, None, (), (), 1), replace(coded_, codes=codes))
    from academic_workplace.report.writers.html import html

    page = html(voices_report(told, "nl", DAY))
    assert "<i>x" not in page
    assert "<b>a" not in page
    assert "<i>" not in told.frequencies._repr_html_()


def edition(folder: Path, drop: tuple[str, ...] = ()) -> voices.Voices:
    """The study without what some respondents said."""
    texts, given = (
        pd.read_csv(STEMMEN / f"{name}.csv", sep=";", dtype="str", encoding="utf-8-sig")
        for name in ("fragments", "codings")
    )
    gone = set(texts.loc[texts["respondent"].isin(drop), "fragment"])
    folder.mkdir()
    for path in STEMMEN.glob("*.toml"):
        (folder / path.name).write_bytes(path.read_bytes())
    for name, table in (("fragments", texts), ("codings", given)):
        kept = table[~table["fragment"].isin(gone)]
        kept.to_csv(folder / f"{name}.csv", index=False)
    (folder / "released-quotes.toml").write_text("", "utf-8")
    return voices.read_voices(folder)


def test_a_second_edition_without_two_people_is_refused_and_nothing_is_written(tmp_path):
    out, memory = tmp_path / "uit", tmp_path / "released.json"
    write_voices(edition(tmp_path / "a"), out, date=DAY, released=memory)
    before = {path.name: path.read_bytes() for path in (*out.iterdir(), memory)}
    write_voices(edition(tmp_path / "b"), out, date=DAY, released=memory)
    assert {path.name: path.read_bytes() for path in (*out.iterdir(), memory)} == before
    two = tuple(TEXTS.loc[TEXTS["groep"] == "ouders", "respondent"].unique()[:2])
    with pytest.raises(aw.ReportError) as error:
        write_voices(edition(tmp_path / "c", two), out, date=DAY, released=memory)
    said = error.value.explain("nl")
    assert "mensen die iets noemen" in said
    assert not any(key in said for key in two)
    assert {path.name: path.read_bytes() for path in (*out.iterdir(), memory)} == before


def test_what_is_remembered_holds_nothing_that_stays_inside(tmp_path):
    memory = tmp_path / "released.json"
    write_voices(found(), tmp_path / "uit", date=DAY, released=memory)
    (told,) = json.loads(memory.read_text("utf-8"))["editions"]
    table = found().frequencies.table()
    inside = table[table["mentioned"].isna()]
    assert len(inside) > 5
    for key, group in zip(inside["code"], inside["group"], strict=True):
        assert f"voice | mention | {group or 'everyone'} | {key}" not in told["counts"]
    shown = table.dropna(subset="mentioned")
    places = {
        f"voice | mention | {group or 'everyone'} | {key}": n
        for key, group, n in zip(shown["code"], shown["group"], shown["mentioned"], strict=True)
    }
    assert places.items() <= told["counts"].items()
