"""The command line: what was asked on standard output, everything else beside it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from academic_workplace.cli import main

PLAN = """
[study]
data = "leerlingen.csv"

[design]
cluster = "school"
treatment = "programma"
pupil = "leerling"
covariates = ["voor"]

[[outcomes]]
column = "na"
"""


@pytest.fixture
def study(pupils, as_text, tmp_path):
    """A folder with a plan and its data."""
    folder = tmp_path / "lessen"
    folder.mkdir()
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    text = as_text(pupils, ";", ",")
    (folder / "leerlingen.csv").write_text(text, encoding="utf-8")
    return folder


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_check_says_how_many_pupils_there_are_and_what_was_guessed(study, capsys):
    assert main(["check", str(study / "plan.toml")]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "In orde: 24 leerlingen in 6 scholen.",
        "Bij het lezen aangenomen: scheidingsteken ‘;’; codering UTF-8; voor: decimale komma;"
        " na: decimale komma.",
    ]
    assert said.err == ""
    assert main(["check", str(study / "plan.toml"), "--language", "en"]) == 0
    assert capsys.readouterr().out.startswith("All right: 24 pupils in 6 schools.")


def test_check_leaves_nothing_behind(study):
    before = files(study)
    assert main(["check", str(study / "plan.toml")]) == 0
    assert files(study) == before


def test_other_data_than_the_plan_names_may_be_given(study, pupils, as_text, capsys):
    other = study / "andere.csv"
    other.write_text(as_text(pupils.head(16)), encoding="utf-8")
    assert main(["check", str(study / "plan.toml"), "--data", str(other)]) == 0
    assert "16 leerlingen in 4 scholen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "Het plan noemt geen gegevens."), ("en", "The plan names no data.")],
)
def test_a_plan_without_data_needs_them(language, words, study, capsys):
    plan = study / "plan.toml"
    plan.write_text(PLAN.replace('data = "leerlingen.csv"', ""), encoding="utf-8")
    for command in ("check", "report"):
        assert main([command, str(plan), "--language", language]) == 2
        assert f"[plan.toml] {words}" in capsys.readouterr().err


def test_a_plan_that_is_not_there_is_told(tmp_path, capsys):
    assert main(["check", str(tmp_path / "plan.toml")]) == 2
    assert "[plan.toml] Dit plan kan niet geopend worden." in capsys.readouterr().err


def test_a_wrong_plan_ends_with_2_before_anything_is_written(study, capsys):
    plan = study / "plan.toml"
    plan.write_text(PLAN.replace("covariates", "covariaten"), encoding="utf-8")
    before = files(study)
    assert main(["report", str(plan), "--out", str(study / "out"), "--language", "en"]) == 2
    said = capsys.readouterr()
    assert "[plan.toml] [design]: ‘covariaten’ is not known here." in said.err
    assert "Do you mean ‘covariates’?" in said.err
    assert said.out == ""
    assert files(study) == before
    assert not (study / "out").exists()


def test_report_writes_where_it_is_told_and_nowhere_else(study, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "voor de werkgroep"
    before = files(study)
    arguments = ["report", "lessen/plan.toml", "--out", str(out)]
    assert main([*arguments, "--language", "nl", "--language", "en"]) == 0
    assert files(study) == before
    assert {path.name for path in out.iterdir()} == {
        "rapport.html", "rapport.pdf", "rapport.docx", "report.html", "report.pdf", "report.docx",
        "results.csv", "results.json", "manifest.json",
    }  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lessen", out.name]
    said = capsys.readouterr()
    assert said.out.splitlines()[0].startswith("lessen: ")
    assert len(said.out.splitlines()) == 1
    assert "24 leerlingen" in said.err
    assert json.loads((out / "manifest.json").read_text())["plan"]["file"] == "../lessen/plan.toml"


def test_a_report_gets_the_name_of_its_study(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "lessen/plan.toml"]) == 0
    assert (tmp_path / "reports" / "lessen" / "rapport.html").is_file()


def test_a_folder_that_cannot_be_made_is_told_and_the_file_there_stays(study, capsys):
    data = study / "leerlingen.csv"
    before = data.read_bytes()
    assert main(["report", str(study / "plan.toml"), "--out", str(data)]) == 2
    assert "kan niet geschreven worden" in capsys.readouterr().err
    assert data.read_bytes() == before


def test_faults_of_last_week_do_not_touch_the_report_of_last_week(study, capsys):
    out = study / "out"
    plan, data = study / "plan.toml", study / "leerlingen.csv"
    assert main(["report", str(plan), "--out", str(out)]) == 0
    before = files(out)
    data.write_text(data.read_text(encoding="utf-8").replace("School 1;1", "School 1;0", 1))
    assert main(["report", str(plan), "--out", str(out)]) == 2
    assert "Rijen: 6, 7, 8, 9." in capsys.readouterr().err
    assert files(out) == before


def test_reproduce_needs_a_report(tmp_path, capsys):
    assert main(["reproduce", str(tmp_path)]) == 2
    assert "manifest.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["chek"], ["check"], ["check", "a", "b"], ["report", "a", "--language", "fr"]]
)
def test_what_cannot_be_understood_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: workplace" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "alle fouten in één keer"), ("en", "all faults at once")]
)
def test_help_is_in_the_language_asked_for(language, words, monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["check", "--language", language, "--help"])
    assert ended.value.code == 0
    assert words in " ".join(capsys.readouterr().out.split())
    monkeypatch.setenv("WORKPLACE_LANGUAGE", language)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert words in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_the_real_command_answers_on_any_terminal(encoding, study):
    command = Path(sys.executable).with_name("workplace")
    done = subprocess.run(
        [command, "check", study / "plan.toml"],
        capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.decode(encoding).startswith("In orde: 24 leerlingen in 6 scholen.")
