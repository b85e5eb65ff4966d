"""A lector runs a report again: the same numbers, or what went in that differs."""

import json
import shutil
from pathlib import Path

import pytest

import academic_workplace as aw
from academic_workplace.cli import main
from academic_workplace.report.fingerprints import KEY_FILE, key_name, known_key
from academic_workplace.reproduce import reproduce

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    study = folder / "study"
    shutil.copytree(DATA / "levensvaardigheden", study)
    (study / "released.json").unlink()
    (study / KEY_FILE).unlink()  # the first report makes one
    arguments = ["report", str(folder / "study" / "plan.toml"), "--out", str(folder / "out")]
    assert main(arguments) == 0
    return folder


@pytest.fixture
def work(original, tmp_path):
    return shutil.copytree(original, tmp_path / "work")


def change_manifest(work, change):
    path = work / "out" / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_report_can_be_run_again(work, capsys):
    assert main(["reproduce", str(work / "out")]) == 0
    said = capsys.readouterr().out
    assert "Gelijk" in said
    assert "dezelfde" in said
    assert main(["reproduce", str(work / "out"), "--language", "en"]) == 0
    assert "Agrees" in capsys.readouterr().out


def test_the_manifest_holds_every_result_in_full_precision(work):
    content = json.loads((work / "out" / "manifest.json").read_text())
    plan = aw.read_plan(work / "study" / "plan.toml")
    effects = aw.estimate(aw.read(plan.data), plan)
    for effect, stored in zip(effects, content["results"], strict=True):
        for name in ("estimate", "se", "df", "p_value", "g", "icc"):
            assert stored[name] == getattr(effect, name)
    assert content["plan"]["fingerprint"] == plan.fingerprint
    assert {"code", "lock", "packages", "python"} <= set(content["environment"])


def test_a_manifest_holds_no_path_and_no_pupil(work):
    text = (work / "out" / "manifest.json").read_text()
    assert str(work.parent) not in text
    assert "/home" not in text
    assert "L0001" not in text


def test_the_key_stays_with_the_data(work):
    key = known_key(work / "study" / "plan.toml")
    assert key is not None
    assert not (work / "out" / KEY_FILE).exists()
    kept = [path.read_bytes() for path in (work / "out").iterdir()]
    kept.append((work / "study" / "released.json").read_bytes())
    assert not any(key in content for content in kept)
    content = json.loads((work / "out" / "manifest.json").read_text())
    assert content["data"]["key"] == key_name(key)


def without_the_key(work):
    (work / "study" / KEY_FILE).unlink()


def with_another_key(work):
    (work / "study" / KEY_FILE).write_text("0" * 32)


def with_a_damaged_key(work):
    (work / "study" / KEY_FILE).write_bytes(b"\xff\xfe\x00")


def without_a_key_in_the_report(work):
    change_manifest(work, lambda content: content["data"].update(key=None, columns=None, rows=None))


UNKNOWN = [without_the_key, with_another_key, with_a_damaged_key, without_a_key_in_the_report]


@pytest.mark.parametrize("change", UNKNOWN)
def test_without_the_same_key_the_numbers_are_compared_and_nothing_is_said_of_the_data(
    work, change, capsys
):
    change(work)
    found = reproduce(work / "out")
    assert found.agrees
    for said in (found.explain("nl"), found.explain("en")):
        assert not any(word in said for word in ("dezelfde", "zelfde", "the same", "differ"))
    assert "niet te zeggen" in found.explain("nl")
    assert "cannot be said" in found.explain("en")
    assert "have not changed" in found.explain("en")
    assert main(["reproduce", str(work / "out")]) == 0

    def another(content):
        content["results"][0]["estimate"] *= 1.01
        content["environment"]["lock"] = "1"

    change_manifest(work, another)
    assert main(["reproduce", str(work / "out"), "--language", "en"]) == 1
    said = capsys.readouterr().out
    assert "(lock) has changed" in said
    assert "have not changed" not in said


def test_another_order_of_rows_line_ends_and_kind_of_file_are_the_same_data(work):
    plan = aw.read_plan(work / "study" / "plan.toml")
    lines = plan.data.read_text(encoding="utf-8-sig").splitlines()
    other = work / "other.csv"
    other.write_bytes("\r\n".join([lines[0], *reversed(lines[1:])]).encode("cp1252"))
    result = reproduce(work / "out", data=other)
    assert result.agrees
    assert "zelfde" in result.explain("nl")


def test_one_changed_answer_is_found_and_its_column_named(work):
    path = work / "study" / "pupils.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    place = lines[0].split(";").index("zelfbeeld")
    row = next(i for i, line in enumerate(lines) if "20 maanden" in line and line.split(";")[place])
    cells = lines[row].split(";")
    cells[place] = "1,00" if cells[place] != "1,00" else "4,00"
    lines[row] = ";".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    result = reproduce(work / "out")
    assert not result.agrees
    said = result.explain("en")
    assert "the data differ in: zelfbeeld @ 20 maanden" in said
    assert "zelfbeeld, 20 maanden, ja, estimate" in said
    assert main(["reproduce", str(work / "out")]) == 1


def test_a_changed_plan_is_named(work):
    path = work / "study" / "plan.toml"
    text = path.read_text().replace('"schoolweging"]', "]").replace(", ]", "]")
    path.write_text(text)
    result = reproduce(work / "out")
    assert not result.agrees
    assert "the plan has changed: covariates" in result.explain("en")


def test_changed_code_and_packages_are_named(work):
    def change(content):
        content["environment"]["code"] = "0" * 64
        content["environment"]["packages"]["numpy"] = "1.0"
        content["environment"]["lock"] = "1"

    change_manifest(work, change)
    result = reproduce(work / "out")
    assert result.agrees
    said = result.explain("en")
    for words in ("the program has changed", "numpy: 1.0 then", "(lock) has changed"):
        assert words in said


def test_a_difference_in_the_tenth_digit_is_seen_and_in_the_eleventh_not(work):
    def nudge(factor):
        def change(content):
            content["results"][0]["estimate"] *= factor

        return change

    change_manifest(work, nudge(1 + 1e-11))
    assert reproduce(work / "out").agrees
    change_manifest(work, nudge(1 + 1e-8))
    assert not reproduce(work / "out").agrees


def test_without_the_plan_file_the_copy_in_the_manifest_is_run(work, capsys):
    data = shutil.copy(work / "study" / "pupils.csv", work / "kept.csv")
    key = (work / "study" / KEY_FILE).read_bytes()
    shutil.rmtree(work / "study")
    assert main(["reproduce", str(work / "out")]) == 2
    assert "--data" in capsys.readouterr().err
    assert main(["reproduce", str(work / "out"), "--data", str(data)]) == 0
    assert "niet te zeggen" in capsys.readouterr().out
    (work / KEY_FILE).write_bytes(key)  # with the data
    assert main(["reproduce", str(work / "out"), "--data", str(data)]) == 0
    assert "dezelfde" in capsys.readouterr().out


def test_what_cannot_be_run_is_said_with_exit_code_2(work, tmp_path, capsys):
    assert main(["reproduce", str(tmp_path / "nothing")]) == 2
    (work / "out" / "manifest.json").write_text("{}")
    assert main(["reproduce", str(work / "out")]) == 2
    (work / "out" / "manifest.json").write_bytes(b"\xff\xfe\x00")
    assert main(["reproduce", str(work / "out")]) == 2
    said = capsys.readouterr().err
    assert "manifest.json" in said
    assert "Traceback" not in said
