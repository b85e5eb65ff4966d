"""A site of all reports: found by ambition, workgroup and word, without a server or a network."""

from __future__ import annotations

import datetime
import html
import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest

import academic_workplace as aw
from academic_workplace.cli import main
from academic_workplace.language import Text
from academic_workplace.report import site
from academic_workplace.report.house import LEIDEN, House, dressed
from academic_workplace.report.logo import read_logo
from academic_workplace.report.site import PAGES, write_site

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><path d="M0 0h4v1"/></svg>'
TODAY = datetime.date(2026, 11, 22)


def both(nl: str, en: str) -> dict[str, str]:
    return {"nl": nl, "en": en}


def release(
    reports: Path,
    name: str = "lezen",
    *,
    words: str = "De kinderen lazen vaker een boek.",
    languages: tuple[str, ...] = ("nl", "en"),
    plan: dict[str, str] | None = None,
    **told: object,
) -> Path:
    """A folder as ``write`` leaves it, without the sums."""
    folder = reports / name
    folder.mkdir(parents=True)
    stems = {"nl": "rapport", "en": "report"}
    for language in languages:
        page = f"<html><head><style>.verborgen{{}}</style></head><body><p>{words}</p></body></html>"
        (folder / f"{stems[language]}.html").write_text(page, encoding="utf-8")
        for ending in ("pdf", "docx"):
            (folder / f"{stems[language]}.{ending}").write_bytes(b"x")
    (folder / "results.csv").write_text("a\n", encoding="utf-8")
    report = {
        "title": both("Lezen", "Reading"),
        "question": both("Lezen kinderen meer?", "Do children read more?"),
        "ambition": both("Een vliegende start", "A flying start"),
        "workgroup": both("Werkgroep lezen", "Reading workgroup"),
        "message": {code: f"Antwoord in {code}." for code in languages},
        "date": "2026-05-04",
    } | told  # fmt: skip
    made = {"report": report, "synthetic": True} | ({"plan": plan} if plan else {})
    (folder / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
    return folder


def page(folder: Path, arranged: str = "ambition", language: str = "nl") -> str:
    return (folder / PAGES[arranged][language]).read_text(encoding="utf-8")


def headings(text: str) -> list[str]:
    return re.findall(r"<h2[^>]*>([^<]+)</h2>", text)


def test_every_study_stands_under_its_ambition_and_under_its_workgroup(tmp_path):
    release(tmp_path, "b", ambition=both("Talent", "Talent"), workgroup=both("Twee", "Two"))
    release(tmp_path, "a", workgroup=both("Twee", "Two"))
    release(tmp_path, "c", ambition=both("", ""))
    out = write_site(tmp_path, tmp_path / "site", date=TODAY).parent
    assert headings(page(out)) == ["Een vliegende start", "Talent", "Nog geen ambitie genoemd"]
    assert headings(page(out, "workgroup")) == ["Twee", "Werkgroep lezen"]
    assert headings(page(out, "workgroup", "en")) == ["Reading workgroup", "Two"]


def test_a_study_tells_its_answer_its_date_and_that_its_data_are_invented(tmp_path):
    release(tmp_path)
    out = write_site(tmp_path, tmp_path / "site", date=TODAY).parent
    for language, told in {
        "nl": ("Antwoord in nl.", "Rapport van 4 mei 2026.", "verzonnen gegevens"),
        "en": ("Antwoord in en.", "Report of 4 May 2026.", "invented data"),
    }.items():
        text = page(out, language=language)
        assert f'<html lang="{language}">' in text
        assert all(words in text for words in told)


def test_every_link_leads_to_a_file_of_the_site_itself(tmp_path):
    release(tmp_path)
    release(tmp_path, "alleen-nederlands", languages=("nl",))
    out = write_site(tmp_path, tmp_path / "site", date=TODAY).parent
    for arranged, pages in PAGES.items():
        for language in pages:
            links = re.findall(r'href="([^"#]+)"', page(out, arranged, language))
            assert len(links) > 8
            assert all((out / link).is_file() for link in links)


@pytest.mark.parametrize("name", ["a #1?", "50%20", "it’s", "o'brien & co"])
def test_a_name_with_signs_of_an_address_in_it_leads_to_its_own_files(tmp_path, name):
    release(tmp_path / "reports", name)
    folder = write_site(tmp_path / "reports", tmp_path / "site", date=TODAY).parent
    links = [
        urlsplit(html.unescape(link)) for link in re.findall(r'href="(studies/[^"]*)', page(folder))
    ]
    assert len(links) == 5
    assert all((folder / unquote(link.path)).is_file() for link in links)


def test_a_report_is_copied_as_it_was_released(tmp_path):
    folder = release(tmp_path)
    (folder / "leerlingen.csv").write_text("geheim", encoding="utf-8")  # never of a report
    out = write_site(tmp_path, tmp_path / "site", date=TODAY).parent
    copied = {path.name: path.read_bytes() for path in (out / "studies/lezen").iterdir()}
    assert "leerlingen.csv" not in copied
    assert copied == {name: (folder / name).read_bytes() for name in copied}
    assert {"rapport.html", "report.pdf", "results.csv", "manifest.json"} <= set(copied)


def test_a_report_in_one_language_is_offered_in_that_language_with_a_word_for_it(tmp_path):
    release(tmp_path, languages=("nl",))
    text = page(write_site(tmp_path, tmp_path / "site").parent, language="en")
    assert 'href="studies/lezen/rapport.html" hreflang="nl"' in text
    assert '<p class="message" lang="nl">Antwoord in nl.</p>' in text


def test_every_word_of_a_report_can_be_searched_and_nothing_of_its_markup(tmp_path):
    release(tmp_path, words="Kinderen kregen </p><p>boekenbonnen &amp; rust")
    text = page(write_site(tmp_path, tmp_path / "site").parent)
    data = re.search(r'<script id="words" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    words = json.loads(data[1])["words"]["lezen"].split()
    assert {"boekenbonnen", "rust", "kinderen", "vliegende", "antwoord"} <= set(words)
    assert not {"verborgen", "body", "html"} & set(words)


def test_a_title_with_markup_in_it_stays_text(tmp_path):
    bad = '</script><script>alert("x")</script><b>'
    release(tmp_path, words=bad, question=both(bad, bad), message={"nl": bad, "en": bad})
    text = page(write_site(tmp_path, tmp_path / "site").parent)
    assert text.count("<script") == 2  # the words and what searches them
    assert "<b>" not in text


def test_nothing_is_asked_of_a_network(tmp_path):
    release(tmp_path)
    text = page(write_site(tmp_path, tmp_path / "site").parent)
    assert not re.search(r"https?://|//[a-z]", re.sub(r"<script>.*</script>", "", text, flags=re.S))
    assert "default-src 'none'" in text


PLAN = """
[study]
title = {{ nl = "Rekenen", en = "Arithmetic" }}
question = {{ nl = "{question}", en = "Do they calculate better?" }}
ambition = {{ nl = "Talent", en = "Talent" }}
registered = 2026-09-01
[design]
cluster = "school"
treatment = "aanpak"
[[outcomes]]
column = "cijfer"
"""


def plan_file(folder: Path, question: str = "Rekenen ze beter?") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "plan.toml"
    path.write_text(PLAN.format(question=question), encoding="utf-8")
    return path


def test_a_plan_without_a_report_is_listed_as_planned(tmp_path):
    release(tmp_path / "reports")
    plan = plan_file(tmp_path / "data/rekenen")
    out = write_site(tmp_path / "reports", tmp_path / "site", plans=[plan]).parent
    assert headings(page(out)) == ["Een vliegende start", "Talent"]
    assert "Plan van 1 september 2026. Er is nog geen rapport." in page(out)


def test_a_folder_of_reports_that_is_not_there_is_refused_and_not_made(tmp_path):
    plan = plan_file(tmp_path / "data/rekenen")
    with pytest.raises(aw.ReportError, match="nergens"):
        write_site(tmp_path / "nergens", tmp_path / "nergens/site", plans=[plan])
    assert not (tmp_path / "nergens").exists()


def test_a_plan_that_changed_after_its_report_is_told(tmp_path):
    plan = plan_file(tmp_path / "data/rekenen")
    known = {"file": "../../data/rekenen/plan.toml", "fingerprint": aw.read_plan(plan).fingerprint}
    release(tmp_path / "reports", "rekenen", plan=known)
    first = write_site(tmp_path / "reports", tmp_path / "site", plans=[plan]).parent
    assert "veranderd" not in page(first)
    assert page(first).count("<article") == 1  # the plan has its report
    plan_file(tmp_path / "data/rekenen", "Rekenen ze sneller?")
    then = write_site(tmp_path / "reports", tmp_path / "site", plans=[plan]).parent
    assert "Daarna is het plan veranderd." in page(then)
    assert page(then).count("<article") == 1


def test_two_plans_in_one_folder_are_two_studies(tmp_path):
    first = plan_file(tmp_path / "data/rekenen")
    second = first.with_name("plan-klassen.toml")
    second.write_text(PLAN.format(question="En per klas?"), encoding="utf-8")
    (tmp_path / "reports").mkdir()
    out = write_site(tmp_path / "reports", tmp_path / "site", plans=[first, second]).parent
    assert sorted(re.findall('data-name="([^"]+)"', page(out))) == ["rekenen", "rekenen-klassen"]


def test_every_manifest_that_cannot_be_used_is_named_at_once_and_nothing_is_written(tmp_path):
    release(tmp_path)
    for name, content in {"kapot": "{", "oud": '{"synthetic": true}', "getal": "7"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(aw.ReportError) as caught:
        write_site(tmp_path, tmp_path / "site")
    assert [fault.file for fault in caught.value.faults] == [
        "getal/manifest.json", "kapot/manifest.json", "oud/manifest.json",
    ]  # fmt: skip
    assert not (tmp_path / "site").exists()


def test_a_folder_with_other_files_is_left_as_it_is(tmp_path):
    release(tmp_path)
    other = tmp_path / "site"
    other.mkdir()
    (other / "vakantie.jpg").write_bytes(b"foto")
    with pytest.raises(aw.ReportError, match=r"vakantie\.jpg"):
        write_site(tmp_path, other)
    assert [path.name for path in other.iterdir()] == ["vakantie.jpg"]


def test_a_site_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    folder = release(tmp_path)
    out = write_site(tmp_path, tmp_path / "site", date=TODAY).parent
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(site.shutil, "copyfile", full)
        with pytest.raises(aw.ReportError):
            write_site(tmp_path, out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    release(tmp_path, "nieuw")
    write_site(tmp_path, out)
    assert [path.name for path in (out / "studies").iterdir()] == ["nieuw"]


def test_there_must_be_something_to_list(tmp_path):
    with pytest.raises(aw.ReportError, match="workplace report"):
        write_site(tmp_path, tmp_path / "site")


def test_a_site_wears_the_colours_of_its_house(tmp_path):
    release(tmp_path)
    own = House(name=Text("Werkplaats Oost", "Workplace East"), accent="#7a1f3d")
    with dressed(own):
        out = write_site(tmp_path, tmp_path / "site").parent
    assert "#7a1f3d" in page(out)
    assert LEIDEN.accent not in page(out)
    assert "Workplace East" in page(out, language="en")


def test_a_site_bears_the_logo_of_its_house_and_asks_nothing_of_a_network_for_it(tmp_path):
    release(tmp_path)
    logo = read_logo(SVG, Text("Beeldmerk <Oost>", "Emblem"))
    with dressed(House(logo=logo)):
        out = write_site(tmp_path, tmp_path / "site").parent
    for language, alt in (("nl", "Beeldmerk &lt;Oost&gt;"), ("en", "Emblem")):
        (drawn,) = re.findall("<img[^>]*>", page(out, language=language))
        assert f'alt="{alt}"' in drawn
        assert 'src="data:image/svg+xml;base64,' in drawn


def test_every_table_of_a_study_of_several_is_offered_in_their_order(tmp_path):
    folder = release(tmp_path)
    (folder / "results.csv").rename(folder / "results-1.csv")
    for name in ("results-10", "results-2", "results-1-changes"):
        (folder / f"{name}.csv").write_text("a\n", encoding="utf-8")
    text = page(write_site(tmp_path, tmp_path / "site").parent)
    found = re.findall(r'href="studies/lezen/(results[^"]*)"[^>]*>([^<]*)<', text)
    assert found == [
        ("results-1.csv", "tabel 1 (csv)"),
        ("results-1-changes.csv", "tabel 2 (csv)"),
        ("results-2.csv", "tabel 3 (csv)"),
        ("results-10.csv", "tabel 4 (csv)"),
    ]


def test_the_command_writes_the_site_beside_the_reports(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    release(Path("reports"))
    plan_file(Path("data/rekenen"))
    assert main(["site"]) == 0
    first = Path(capsys.readouterr().out.strip())
    assert first == Path("reports/site/index.html")
    assert page(first.parent).count("<article") == 2
    assert main(["site"]) == 0  # again: the site itself is no report
    assert page(first.parent).count("<article") == 2
    Path("reports/lezen/manifest.json").write_text("{", encoding="utf-8")
    assert main(["site", "--language", "en"]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_page_is_well_formed_apart_from_what_html_leaves_open(tmp_path, language):
    release(tmp_path)
    text = page(write_site(tmp_path, tmp_path / "site").parent, language=language)
    body = re.sub(r"<(meta|input)([^>]*)>", r"<\1\2/>", text.split("</style>")[1])
    body = re.sub(r"<script.*?</script>", "", body, flags=re.S).replace(" hidden>", ">")
    ElementTree.fromstring(f"<html><head>{body}")  # noqa: S314 -- our own page


def test_keys_get_past_the_top_to_the_studies(tmp_path):
    release(tmp_path)
    text = page(write_site(tmp_path, tmp_path / "site").parent)
    skip = re.search(r'class="skip" href="#(\w+)"', text)
    assert skip is not None
    assert f'<main id="{skip[1]}" tabindex="-1">' in text  # which can take the focus
