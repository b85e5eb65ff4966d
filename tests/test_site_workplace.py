"""A site of a whole workplace: what was agreed, what is known, how it goes, and who meets when."""

from __future__ import annotations

import contextlib
import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import academic_workplace as aw
from academic_workplace.agenda import Agendas
from academic_workplace.cli import main
from academic_workplace.language import Text
from academic_workplace.report.monitor import indicator_sentences
from academic_workplace.voices import read_setup

ROOT = Path(__file__).parents[1]
HOUSE = "Kansrijk Onderwijs Leiden"  # workplace.toml changes this, not the agenda
OTHER_TOWN = Path(__file__).parent / "data/duinrode"


def plain(page: str) -> str:
    """What a reader sees, on one line."""
    text = re.sub(r"<(style|script|svg)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(text))


def made(folder: Path, agenda: Path | None, *more: str) -> Path:
    """The site of a workplace with one study, in a folder where nothing else is."""
    reports = folder / "reports"
    reports.mkdir(parents=True)
    empty = folder / "studies"
    shutil.copytree(ROOT / "data/star", empty / "star")
    given = ["--studies", str(empty), *(["--agenda", str(agenda)] if agenda else []), *more]
    with contextlib.chdir(folder):
        assert main(["site", str(reports), *given]) == 0
    return reports / "site"


@pytest.fixture(scope="module")
def leiden(tmp_path_factory) -> Path:
    values = ["--values", str(ROOT / "data/monitor"), "--evidence", str(ROOT / "data/evidence")]
    return made(tmp_path_factory.mktemp("leiden"), ROOT / "data/agenda", *values)


def named(agendas: Agendas) -> Iterator[Text]:
    """Everything that a reader must find."""
    for agenda in agendas.agendas:
        yield agenda.title
        for kind in (agenda.ambitions, agenda.workgroups, agenda.themes, agenda.actions,
                     agenda.projects, agenda.partners, agenda.measures):  # fmt: skip
            yield from (one.title for one in kind)
        yield from (aim.title for project in agenda.projects for aim in project.aims)
    yield from (one.title for one in agendas.indicators)


def test_everything_that_was_agreed_stands_on_the_site_in_both_languages(leiden):
    agendas = aw.read_agenda(ROOT / "data/agenda")
    titles = list(named(agendas))
    assert len(titles) > 90
    for language, file in {"nl": "agenda.html", "en": "agenda-en.html"}.items():
        text = plain((leiden / file).read_text("utf-8"))
        assert [title[language] for title in titles if title[language] not in text] == []


def test_every_action_theme_and_workgroup_has_a_page_of_its_own(leiden):
    agendas = aw.read_agenda(ROOT / "data/agenda")
    pages = [(f"actie-{one.key.replace('/', '-')}.html", one.title.nl)
             for one in (*agendas.actions(), *agendas.themes())]  # fmt: skip
    pages += [(f"nieuw-{one.key.replace('/', '-')}.html", one.title.nl)
              for one in agendas.workgroups()]  # fmt: skip
    assert len(pages) == 23 + 2 + 4
    for file, title in pages:
        assert title in plain((leiden / file).read_text("utf-8"))


def test_a_page_of_an_action_tells_how_it_goes_and_how_it_is_to_help(leiden):
    agendas = aw.read_agenda(ROOT / "data/agenda")
    values = aw.monitor.read_values(ROOT / "data/monitor", agendas)
    monitor = aw.monitor.follow(agendas, values)
    for one in monitor.actions:
        text = plain((leiden / f"actie-{one.action.key.replace('/', '-')}.html").read_text("utf-8"))
        theory = agendas.theory(one.action.key)
        assert theory is not None
        assert all(step.nl in text for step in (theory.activity, theory.reach, theory.long))
        for each in one.followed:
            said = " ".join(indicator_sentences(each, "nl"))
            assert each.newest is None or said in text
        known = any(each.points for each in one.followed)
        assert known != ("nog geen gegevens over deze actie" in text)


def test_every_link_of_every_page_leads_to_a_file_of_the_site(leiden):
    links = 0
    for page in leiden.glob("*.html"):
        for link in re.findall(r'href="([^"#]+)"', page.read_text("utf-8")):
            assert (leiden / link).is_file(), (page.name, link)
            links += 1
    assert links > 700


def test_every_page_leads_to_all_main_pages_and_says_which_it_is(leiden):
    for language, files in {
        "nl": ["index.html", "werkgroepen.html", "agenda.html", "hoe-het-gaat.html",
               "kalender.html"],
        "en": ["index-en.html", "workgroups.html", "agenda-en.html", "how-it-goes.html",
               "calendar.html"],
    }.items():  # fmt: skip
        for file in files:
            page = (leiden / file).read_text("utf-8")
            assert f'lang="{language}"' in page
            ways = re.search(r"<nav.*?</nav>", page, re.DOTALL)
            assert ways is not None
            assert re.findall(r'href="([^"]+)"', ways[0]) == files
            assert re.findall(r'href="([^"]+)" aria-current="page"', ways[0]) == [file]


def test_a_word_of_an_action_finds_its_page(leiden):
    page = (leiden / "index.html").read_text("utf-8")
    found = re.search(r'<script id="words" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    words = json.loads(found[1])["words"]
    told = [name for name, all_words in words.items() if "levensvaardigheden" in all_words.split()]
    assert "actie-gka-levensvaardigheden.html" in told
    assert set(re.findall(r'<article data-name="([^"]+)"', page)) == set(words)


def test_pages_of_invented_values_are_marked(leiden):
    for file in ("hoe-het-gaat.html", "kalender.html", "agenda.html"):
        assert "verzonnen" in plain((leiden / file).read_text("utf-8"))


def test_another_town_has_a_whole_site_without_a_word_of_leiden(tmp_path):
    site = made(tmp_path, OTHER_TOWN)
    agendas = aw.read_agenda(OTHER_TOWN)
    for language, file in {"nl": "agenda.html", "en": "agenda-en.html"}.items():
        text = plain((site / file).read_text("utf-8"))
        assert all(title[language] in text for title in named(agendas))
    for page in site.glob("*.html"):
        words = plain(page.read_text("utf-8")).replace(HOUSE, "")
        assert not re.search(r"Leiden|Leidse", words), page.name
    assert "nog geen gegevens" in plain((site / "hoe-het-gaat.html").read_text("utf-8"))


def test_a_town_that_starts_has_a_site_before_its_first_report(tmp_path):
    with contextlib.chdir(tmp_path):  # no reports, no values, no published research
        assert main(["site", "--agenda", str(OTHER_TOWN)]) == 0
    site = tmp_path / "reports/site"
    assert "Er is nog geen rapport" in plain((site / "index.html").read_text("utf-8"))
    assert "nog geen gegevens" in plain((site / "hoe-het-gaat.html").read_text("utf-8"))
    groups = (site / "werkgroepen.html").read_text("utf-8")
    for one in aw.read_agenda(OTHER_TOWN).workgroups():  # the news of each can be reached
        assert f'href="nieuw-{one.key.replace("/", "-")}.html"' in groups
        assert one.title.nl in plain(groups)


def test_a_value_that_changed_by_a_few_is_not_told_by_the_site_either(tmp_path, capsys):
    shutil.copytree(ROOT / "data/monitor", tmp_path / "values")
    given = ["--values", str(tmp_path / "values")]
    site = made(tmp_path, ROOT / "data/agenda", *given)
    before = (site / "hoe-het-gaat.html").read_text("utf-8")
    file = tmp_path / "values/maatwerk-2025-2026.csv"
    file.write_text(file.read_text("utf-8").replace(";187;", ";184;"), "utf-8")
    given += ["--agenda", str(ROOT / "data/agenda"), "--studies", str(tmp_path / "studies")]
    assert main(["site", str(tmp_path / "reports"), *given]) == 2
    assert "actieplan/3.1/eigen-plan" in capsys.readouterr().err
    assert (site / "hoe-het-gaat.html").read_text("utf-8") == before


def test_a_study_of_a_removed_action_is_refused_and_what_stood_there_stays(tmp_path, capsys):
    site = made(tmp_path, ROOT / "data/agenda")
    before = sorted(path.name for path in site.iterdir())
    plan = tmp_path / "studies/star/plan.toml"
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("[study]\n", '[study]\nactions = ["gka/weg"]\n'), "utf-8")
    given = ["--studies", str(tmp_path / "studies"), "--agenda", str(ROOT / "data/agenda")]
    assert main(["site", str(tmp_path / "reports"), *given]) == 2
    said = capsys.readouterr().err
    assert "gka/weg" in said
    assert "star/plan.toml" in said
    assert sorted(path.name for path in site.iterdir()) == before


def test_without_agendas_a_site_has_its_studies_alone(tmp_path):
    site = made(tmp_path, None)
    assert {path.name for path in site.glob("*.html")} == {
        "index.html", "index-en.html", "werkgroepen.html", "workgroups.html",
    }  # fmt: skip


def test_what_studies_say_of_their_place_is_in_the_agenda():
    agendas = aw.read_agenda(ROOT / "data/agenda")
    ambitions = {one.title for one in agendas.ambitions()}
    groups = {one.title for one in agendas.workgroups()}
    studies = {path: aw.read_plan(path).study for path in ROOT.glob("data/*/plan*.toml")}
    studies[ROOT / "data/stemmen"] = read_setup(ROOT / "data/stemmen/stemmen.toml").study
    assert len(studies) > 6
    for path, study in studies.items():
        assert set(study.actions) <= {one.key for one in agendas.actions()}, path
        assert study.ambition in ambitions, path
        assert study.workgroup in groups, path


def place(folder: Path) -> Path:
    """A place that starts: agendas, and nothing else."""
    shutil.copytree(ROOT / "data/agenda", folder / "data/agenda")
    (folder / "reports").mkdir()
    return folder


def test_a_place_that_starts_has_a_monitor_that_says_there_is_nothing_yet(tmp_path):
    with contextlib.chdir(place(tmp_path)):
        assert main(["monitor", "--language", "nl"]) == 0
    text = plain((tmp_path / "reports/monitor-maatwerk/rapport.html").read_text("utf-8"))
    assert "nog geen gegevens" in text


def test_faults_of_studies_values_and_publications_are_told_at_once(tmp_path, capsys):
    data = place(tmp_path) / "data"
    shutil.copytree(ROOT / "data/star", data / "star")
    shutil.copytree(ROOT / "data/monitor", data / "monitor")
    shutil.copytree(ROOT / "data/evidence", data / "evidence")
    plan = data / "star/plan.toml"
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("[study]\n", '[study]\nactions = ["gka/weg"]\n'), "utf-8")
    values = data / "monitor/maatwerk-2025-2026.csv"
    text = values.read_text("utf-8-sig")
    values.write_text(text.replace("actieplan/5.1/", "actieplan/5.9/"), "utf-8")
    entry = data / "evidence/mentoring.toml"
    entry.write_text(entry.read_text("utf-8").replace("pupils = 25286", "pupils = -3"), "utf-8")
    with contextlib.chdir(tmp_path):
        assert main(["site"]) == 2
        said = capsys.readouterr().err
        assert all(word in said for word in ("gka/weg", "actieplan/5.9/", "mentoring.toml"))
        assert not (tmp_path / "reports/site").exists()
        agenda = data / "agenda/lea.toml"
        agenda.write_text(agenda.read_text("utf-8") + "[[x]]\n", "utf-8")
        for command in ("site", "monitor"):
            assert main([command]) == 2
            said = capsys.readouterr().err
            assert "lea.toml" in said
            assert "nog niet bekeken" in said


def test_a_report_about_a_removed_action_stops_the_monitor(tmp_path, capsys):
    report = place(tmp_path) / "reports/oud"
    report.mkdir()
    made = {"format": 1, "kind": "story", "synthetic": True, "environment": {}, "looks": [],
            "results": "", "disclosure": "dutch-10", "report": {
                **{k: {"nl": "Oud", "en": "Old"}
                   for k in ("title", "question", "ambition", "workgroup", "message")},
                "actions": ["gka/weg"], "date": "2026-01-01"}}  # fmt: skip
    (report / "manifest.json").write_text(json.dumps(made), "utf-8")
    (report / "results.json").write_text('{"synthetic": true, "tables": []}', "utf-8")
    with contextlib.chdir(tmp_path):
        assert main(["monitor"]) == 2
    assert "gka/weg" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == ["oud"]


def test_what_the_monitor_would_refuse_the_site_refuses_too(tmp_path, capsys):
    data = place(tmp_path) / "data"
    shutil.copytree(ROOT / "data/monitor", data / "monitor")
    (data / "monitor/released.json").unlink(missing_ok=True)
    with contextlib.chdir(tmp_path):
        assert main(["monitor"]) == 0
        assert main(["site"]) == 0
        before = (tmp_path / "reports/site/hoe-het-gaat.html").read_bytes()
        values = data / "monitor/maatwerk-2025-2026.csv"
        text = values.read_text("utf-8-sig")
        assert ";187;" in text
        values.write_text(text.replace(";187;", ";184;"), "utf-8")
        capsys.readouterr()
        assert main(["site"]) == 2
    assert (tmp_path / "reports/site/hoe-het-gaat.html").read_bytes() == before


def test_the_command_line_runs_as_a_module(tmp_path):
    run = subprocess.run([sys.executable, "-m", "academic_workplace.cli", "--help"],
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert "monitor" in run.stdout
