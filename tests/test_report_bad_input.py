"""What cannot become a report is refused in words, and what was there stays as it was."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

import academic_workplace as aw
from academic_workplace.cli import main
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.report import folder as writing

STUDY = Path(__file__).parents[1] / "data" / "ouderbetrokkenheid"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workplace with one study and its report."""
    place = tmp_path_factory.mktemp("werkplaats")
    shutil.copytree(STUDY, place / "study")
    (place / "study" / "released.json").unlink()
    assert main(["report", str(place / "study/plan.toml"), "--out", str(place / "out")]) == 0
    return place


@pytest.fixture
def work(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "werkplaats"
    shutil.copytree(original, place)
    monkeypatch.chdir(place)
    return place


@pytest.fixture(scope="module")
def evidence(original: Path) -> Evidence:
    plan = aw.read_plan(original / "study/plan.toml")
    return aw.weigh(aw.estimate(aw.read(plan.data, **plan.reading), plan), plan)


def there(place: Path) -> dict[str, bytes]:
    return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says that cannot do what is asked."""
    assert main([*arguments, "--language", "nl"]) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def test_a_result_without_a_plan_is_no_report(evidence: Evidence, work: Path) -> None:
    before = there(work)
    for unweighed in (evidence.effects, evidence.effects[0], None):
        with pytest.raises(aw.ReportError, match="weigh"):
            aw.write(unweighed, work / "out")  # type: ignore[arg-type]  # on purpose
    assert there(work) == before


def test_a_plan_with_a_text_in_one_language_is_refused_by_name(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = work / "study/plan.toml"
    text = plan.read_text("utf-8")
    assert ', en = "Together with parents" }' in text
    plan.write_text(text.replace(', en = "Together with parents" }', " }"), "utf-8")
    before = there(work)
    assert "title" in refused(capsys, "report", "study/plan.toml", "--out", "out")
    assert there(work) == before


@pytest.mark.parametrize("content", [b"GIF89a", b"", b"<svg", b"\x89PNG\r\n\x1a\n half"])
def test_a_logo_that_is_no_picture_stops_the_report(
    work: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (work / "logo.svg").write_bytes(content)
    (work / "workplace.toml").write_text('[organisation]\nname = "Oost"\nlogo = "logo.svg"\n')
    before = there(work)
    said = refused(capsys, "report", "study/plan.toml", "--out", "out")
    assert "geen heel plaatje" in said
    assert "[organisation] logo" in said
    assert there(work) == before


@pytest.mark.parametrize("full_at", ["rapport.html", "rapport.docx", "manifest.json"])
def test_a_full_disk_leaves_the_report_and_what_was_released_as_they_were(
    evidence: Evidence, work: Path, monkeypatch: pytest.MonkeyPatch, full_at: str
) -> None:
    before, write = there(work), Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(writing.Path, "write_bytes", full)
    with pytest.raises(aw.ReportError, match="vol"):
        aw.write(evidence, work / "out", released=work / "study/released.json")
    monkeypatch.undo()
    assert there(work) == before


def test_a_folder_with_files_of_somebody_else_is_no_place_for_a_report(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "foto").mkdir()
    (work / "foto/vakantie.jpg").write_bytes(b"strand")
    before = there(work)
    assert "vakantie.jpg" in refused(capsys, "report", "study/plan.toml", "--out", "foto")
    assert there(work) == before


def test_a_report_of_data_that_changed_is_told_so_and_left_as_it_is(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = work / "study/parents.csv"
    rows = data.read_text("utf-8-sig").splitlines(keepends=True)
    data.write_text("".join(rows[:-30]), "utf-8")
    before = there(work)
    assert main(["reproduce", "out"]) == 1
    said = capsys.readouterr().out
    assert "Verschil" in said
    assert "gegevens" in said
    assert there(work) == before
