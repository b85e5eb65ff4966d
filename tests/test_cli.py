"""The command line: what was asked on standard output, everything else beside it."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import academic_workplace as aw
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
def study(pupils, as_text, tmp_path, monkeypatch):
    """A folder with a plan and its data; the reports come beside it."""
    monkeypatch.chdir(tmp_path)
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
        "Let op: bij deze tabel is geen codeboek: antwoorden, bereik en codes voor ‘ontbreekt’ zijn"
        " niet nagekeken (zet codebook.toml naast het bestand).",
        f"Dit staat ook in {Path('reports/lessen/controle.html')}",
    ]
    assert said.err == ""
    assert main(["check", str(study / "plan.toml"), "--language", "en"]) == 0
    assert capsys.readouterr().out.startswith("All right: 24 pupils in 6 schools.")


def test_check_writes_a_page_and_leaves_the_study_as_it_was(study, tmp_path):
    before = files(study)
    assert main(["check", str(study / "plan.toml"), "--out", str(tmp_path / "page")]) == 0
    assert files(study) == before
    (page,) = files(tmp_path / "page").values()
    assert "Ja. Er zijn 24 leerlingen in 6 scholen." in page.decode()
    assert main(["check", str(study / "plan.toml"), "--language", "en"]) == 0
    assert "Yes. There are 24 pupils" in (tmp_path / "reports/lessen/check.html").read_text("utf-8")


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
    assert "[plan.toml] Dit bestand kan niet geopend worden." in capsys.readouterr().err


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
    after = files(study)
    released = after.pop(study / "released.json")  # what left the house is kept beside the plan
    assert b"with the data" in after.pop(study / "fingerprint-key.txt")  # and so is its key
    assert after == before
    assert b'"counts"' in released
    endings = ("html", "pdf", "docx", "xlsx", "pptx", "withheld.json")
    assert {path.name for path in out.iterdir()} == {
        *(f"{stem}.{ending}" for stem in ("rapport", "report") for ending in endings),
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


NINE = ["power", "--clusters", "9", "--pupils", "25", "--icc", "0,10"]


def test_power_answers_what_these_schools_can_find(capsys):
    assert main(NINE) == 0
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0] == (
        "Met 9 scholen en 25 leerlingen per school kunt u een verschil van 0,81 (in"
        " standaarddeviaties) of groter meestal zien (8 van de 10 keer)."
    )
    assert lines[2].startswith("Aangenomen: 4 scholen met en 5 zonder het programma; ICC 0,10")
    table = [line.split() for line in lines[5:]]
    assert ["9", "225", "0,81"] in table
    assert "gebruikelijk" not in said.out.lower()  # the ICC was given
    assert main([*NINE, "--language", "en", "--power", "0.5"]) == 0
    assert capsys.readouterr().out.startswith("With 9 schools and 25 pupils per school you can see")


@pytest.mark.parametrize(("more", "icc"), [([], "0.10"), (["--attainment"], "0.20")])
def test_power_says_which_icc_it_took(more, icc, capsys):
    assert main([*NINE[:5], *more, "--language", "en"]) == 0
    out = capsys.readouterr().out
    assert f"; ICC {icc} (" in out
    assert "The ICC was not given. Usual is 0.20 for attainment" in out


def test_power_tells_how_often_an_effect_is_seen_and_what_it_takes(capsys, tmp_path):
    figure = tmp_path / "curve.svg"
    more = ["--effect", "0.5", "--simulate", "20", "--figure", str(figure), "--language", "en"]
    assert main([*NINE, *more]) == 0
    said = capsys.readouterr()
    assert "you then see it 42 times out of 100." in said.out
    assert "you need 20 schools and 25 pupils per school." in said.out
    assert "We acted the study out 20 times" in said.out
    assert said.err.count("acted out:") == 10
    assert "<svg" in figure.read_text(encoding="utf-8")
    assert main([*NINE, "--figure", str(tmp_path / "curve.png")]) == 0
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_power_takes_every_option_to_the_design(capsys):
    more = [
        "--share", "0.4", "--r2", "0.4", "--r2-clusters", "0.5", "--correlation", "0.7", "--cv",
        "0.3", "--outcomes", "3", "--alpha", "0.10", "--language", "en",
    ]  # fmt: skip
    assert main(["power", "--clusters", "30", "--pupils", "20", "--icc", "0.15", *more]) == 0
    out = capsys.readouterr().out
    for words in ("12 schools with and 18 without", "ICC 0.15", "CV 0.30", "40% between pupils",
                  "50% between schools", "correlation 0.70", "each of the 3 outcomes", "(Holm)",
                  "you still see one 10 times out of 100"):  # fmt: skip
        assert words in out
    assert main(["power", "--clusters", "24", "--pupils", "25", "--proportion", "0.1"]) == 0
    assert "van 10 naar" in capsys.readouterr().out
    assert main(["power", "--clusters", "1", "--pupils", "250", "--assigned", "pupil"]) == 0
    assert capsys.readouterr().out.startswith("Met 250 leerlingen kunt u een verschil van 0,36")


def test_power_counts_schools_and_pupils_in_the_data_of_a_plan(study, capsys):
    plan = study / "plan.toml"
    assert main(["power", str(plan)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Met 6 scholen en 4 leerlingen per school")
    assert "Het kleinste verschil dat ertoe doet is 0,10." in out
    (study / "leerlingen.csv").unlink()  # before the study there are no data
    assert main(["power", str(plan), "--clusters", "9", "--pupils", "25"]) == 0
    assert capsys.readouterr().out.startswith("Met 9 scholen en 25 leerlingen per school")
    assert main(["power", str(plan), "--clusters", "9"]) == 2


def test_power_keeps_the_counts_that_are_not_given(study, capsys):
    assert main(["power", str(study / "plan.toml"), "--clusters", "40", "--icc", "0.1"]) == 0
    assert capsys.readouterr().out.startswith("Met 40 scholen en 4 leerlingen per school")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ["Dit moet een getal van 1 tot 1 miljoen zijn.",
                "ten minste 2 scholen nodig, dus samen minstens 4.",
                "is hier onbekend", "De figuur is .png of .svg."]),
        ("en", ["This must be a number from 1 to 1 million.",
                "Every arm needs at least 2 schools, so at least 4 in all.",
                "is not known here", "The picture is .png or .svg."]),
    ],
)  # fmt: skip
def test_power_names_every_fault_at_once(language, words, capsys):
    wrong = [
        "power", "--clusters", "3", "--pupils", "veel", "--icc", "1", "--alpha", "2", "--r2", "-1",
        "--outcomes", "1.5", "--simulate", "0", "--assigned", "school", "--figure", "x.gif",
        "--correlation", "nan", "--language", language,
    ]  # fmt: skip
    assert main(wrong) == 2
    said = capsys.readouterr()
    assert said.out == ""
    named = ("clusters", "pupils", "icc", "alpha", "r2", "outcomes", "simulate", "assigned",
             "figure", "correlation")  # fmt: skip
    for option in named[1:]:
        assert f"[--{option}]" in said.err
    assert said.err.count("→") == len(named) - 1  # clusters can only be judged with assigned
    assert main([*wrong[:-4], "--assigned", "cluster", "--language", language]) == 2
    told = said.err + capsys.readouterr().err
    assert "[--clusters]" in told
    assert [w for w in words if w not in told] == []


def test_power_without_a_plan_blames_the_options_and_no_plan(study, capsys):
    assert main(["power", "--clusters", "3", "--pupils", "25"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "Dit kan zo niet:",
        "1. [--clusters] In elke groep zijn ten minste 2 scholen nodig, dus samen minstens 4.",
        "    → Neem meer scholen (--clusters).",
    ]
    assert main([*NINE, "--share", "0.1", "--language", "en"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("This cannot be done so:\n1. [--clusters] Every arm needs at least 2")
    assert "divide them more evenly (--share)." in err
    assert main([*NINE, "--power", "0.02"]) == 2
    assert "[--power] De kans om een effect" in capsys.readouterr().err
    plan = study / "plan.toml"
    assert main(["power", str(plan), "--clusters", "3"]) == 2  # the plan itself is right
    assert capsys.readouterr().err.startswith("Dit kan zo niet:")
    plan.write_text(PLAN.replace("covariates", "covariaten"), encoding="utf-8")
    assert main(["power", str(plan)]) == 2
    assert capsys.readouterr().err.startswith("Er klopt iets niet in het plan:")


def test_power_says_that_a_measurement_before_can_be_counted(study, capsys):
    plan, words = study / "plan.toml", "Het plan heeft een voormeting. Reken die mee met bijv"
    assert main(["power", str(plan)]) == 0
    assert words not in capsys.readouterr().out  # a covariate is no measurement before
    text = PLAN.replace('covariates = ["voor"]', "") + 'baseline = "voor"\n'
    plan.write_text(text, encoding="utf-8")
    assert main(["power", str(plan)]) == 0
    out = capsys.readouterr().out
    assert "geen voormeting meegerekend" in out
    assert words in out
    for option in ("--correlation", "--r2", "--r2-clusters"):
        assert main(["power", str(plan), option, "0,7"]) == 0
        assert words not in capsys.readouterr().out


def test_power_names_the_covariates_of_schools_that_it_counts(study, capsys):
    data, plan = study / "leerlingen.csv", study / "plan.toml"
    lines = data.read_text(encoding="utf-8").splitlines()
    rows = [f"{line};{re.search('School ([0-9]+)', line)[1]}" for line in lines[1:]]
    data.write_text("\n".join([f"{lines[0]};grootte", *rows]), encoding="utf-8")
    plan.write_text(PLAN.replace('["voor"]', '["grootte"]'), encoding="utf-8")
    assert main(["power", str(plan)]) == 0
    assert "; 1 kenmerk van scholen meegerekend;" in capsys.readouterr().out


def test_power_needs_schools_and_pupils(capsys, tmp_path):
    assert main(["power"]) == 2
    err = capsys.readouterr().err
    assert "[--clusters] Dit ontbreekt." in err
    assert "[--pupils] Dit ontbreekt." in err
    assert main([*NINE, "--figure", str(tmp_path / "none" / "x.png")]) == 2
    assert "[x.png] De figuur kan niet geschreven worden." in capsys.readouterr().err
    assert main([*NINE, "--data", "pupils.csv"]) == 2
    assert "[--data] Gegevens worden geteld volgens een plan." in capsys.readouterr().err


def test_power_names_faults_of_data_and_options_together(study, capsys):
    data = study / "leerlingen.csv"
    text = data.read_text(encoding="utf-8")
    data.write_text(text.replace("School 1;1", "School 1;0", 1), encoding="utf-8")
    assert main(["power", str(study / "plan.toml"), "--icc", "2"]) == 2
    err = capsys.readouterr().err
    assert "[--icc]" in err
    assert "Rijen: 6, 7, 8, 9." in err


@pytest.mark.parametrize("option", ["clusters", "pupils", "simulate"])
@pytest.mark.parametrize("text", ["1.000", "12,500"])
def test_a_thousand_written_with_a_point_is_asked_about_and_not_read_as_one(option, text, capsys):
    assert main([*NINE, f"--{option}", text]) == 2
    err = capsys.readouterr().err
    assert f"[--{option}] ‘{text}’ kan twee getallen zijn" in err
    assert f"Schrijf {text.replace('.', '').replace(',', '')} zonder punt" in err


def test_numbers_beyond_all_schools_are_refused(capsys):
    assert main(["power", "--clusters", "1e300", "--pupils", "1e300"]) == 2
    err = capsys.readouterr().err
    assert "[--clusters]" in err
    assert "[--pupils]" in err


def test_a_comma_that_makes_half_a_pupil_is_shown(capsys):
    assert main(["power", "--clusters", "9", "--pupils", "2,5"]) == 0
    assert "gemiddeld 2,5 leerlingen per school" in capsys.readouterr().out


def test_who_stops_reading_ends_the_command_quietly():
    command = [Path(sys.executable).with_name("workplace"), *NINE]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 141


def test_a_plan_with_single_pupils_and_no_data_asks_for_the_share_in_groups(study, capsys):
    plan = study / "plan.toml"
    alone = 'treatment = "programma"\ncomparison = "0"\nalone = ["0"]'
    text = PLAN.replace('data = "leerlingen.csv"', "")
    plan.write_text(text.replace('treatment = "programma"', alone), encoding="utf-8")
    counts = [str(plan), "--clusters", "8", "--pupils", "6"]
    assert main(["power", *counts]) == 2
    assert "[--share] Dit ontbreekt." in capsys.readouterr().err
    assert main(["power", *counts, "--share", "0.4"]) == 0
    assert "8 groepen van 6 leerlingen en 72 leerlingen zonder groep" in capsys.readouterr().out
    plan.write_text(plan.read_text(encoding="utf-8").replace('["0"]', '["1"]'), encoding="utf-8")
    assert main(["power", *counts]) == 2
    assert "[alone]" in capsys.readouterr().err


# ---------------------------------------------------------------- who is who stays at school


def with_names(pupils, as_text, folder):
    names = ["Anna de Vries", "Daan Jansen", "Emma Bakker", "Fatima Yilmaz"] * 6
    table = pupils.assign(naam=[f"{n} {i}" for i, n in enumerate(names)])
    table["naam"] = names
    path = folder / "lijst.csv"
    path.write_text(as_text(table), encoding="utf-8")
    return path


def test_a_copy_with_pseudonyms_is_written_with_a_key_that_stays_outside(
    pupils, as_text, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    source, key, copy = (
        with_names(pupils, as_text, tmp_path),
        tmp_path / "geheim.key",
        tmp_path / "c.csv",
    )
    assert main(["key", str(key)]) == 0
    asked = ["pseudonymise", str(source), "--id", "leerling", "--key", str(key), "--out"]
    assert main([*asked, str(copy)]) == 0
    said = capsys.readouterr().out
    assert "24 pseudoniemen" in said
    assert "naam: weggelaten" in said
    text = copy.read_text("utf-8")
    assert "Anna" not in said + text
    assert "L00" not in text
    assert main([*asked, str(copy)]) == 2  # never overwritten
    assert main([*asked, str(tmp_path / "d.csv")]) == 0
    assert (tmp_path / "d.csv").read_text("utf-8") == text  # the same pseudonyms
    assert main(["key", str(key)]) == 2


def test_check_says_of_a_column_that_was_left_out_why_and_what_to_do(
    pupils, as_text, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    source = with_names(pupils, as_text, tmp_path)
    (tmp_path / "plan.toml").write_text(PLAN.replace('"leerling"', '"naam"'), encoding="utf-8")
    assert main(["check", "plan.toml", "--data", str(source)]) == 2
    said = capsys.readouterr().err
    assert "[naam] Deze kolom is bij het lezen weggelaten" in said
    assert "pseudonymise" in said
    assert "Anna" not in said


def test_a_table_of_a_database_is_checked_reported_and_run_again(
    pupils, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect(tmp_path / "les.db") as database:
        pupils.to_sql("leerlingen", database, index=False)
    database.close()
    at = "sqlite:///les.db"
    (tmp_path / "plan.toml").write_text(PLAN.replace("leerlingen.csv", at), encoding="utf-8")
    assert main(["check", "plan.toml"]) == 0
    assert "In orde: 24 leerlingen" in capsys.readouterr().out
    assert main(["report", "plan.toml", "--out", "r"]) == 0
    assert main(["reproduce", "r", "--data", at]) == 0
    assert (
        json.loads((tmp_path / "r" / "manifest.json").read_text("utf-8"))["data"]["file"]
        == "les.db"
    )
    whole = aw.estimate(aw.read(at), aw.read_plan("plan.toml"))[0].estimate
    assert aw.estimate(at, aw.read_plan("plan.toml"))[0].estimate == whole
    capsys.readouterr()
    secret = "postgresql://u:geheim7@nergens.invalid/d"
    assert main(["check", "plan.toml", "--data", secret]) == 2
    assert "geheim7" not in "".join(capsys.readouterr())


def test_a_plan_can_tell_how_its_file_is_read(pupils, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = pupils.to_csv(index=False, sep=";", decimal=",").splitlines()
    (tmp_path / "leerlingen.csv").write_text("\n".join(["code;x", *lines]), encoding="utf-8")
    (tmp_path / "plan.toml").write_text("[reading]\nheader = 2\n" + PLAN, encoding="utf-8")
    assert main(["check", "plan.toml"]) == 0
    assert "In orde: 24 leerlingen" in capsys.readouterr().out
    assert main(["report", "plan.toml", "--out", "r"]) == 0
    assert main(["reproduce", "r"]) == 0
    plan = aw.read_plan("plan.toml")
    whole = aw.estimate(aw.read(plan.data, **plan.reading), plan)[0].estimate
    assert aw.estimate(aw.collect(plan.data, plan), plan)[0].estimate == whole
    (tmp_path / "plan.toml").write_text("[reading]\nhaeder = 2\n" + PLAN, encoding="utf-8")
    capsys.readouterr()
    assert main(["check", "plan.toml"]) == 2
    assert "‘header’" in capsys.readouterr().err
