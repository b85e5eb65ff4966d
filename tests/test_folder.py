"""Files come into a folder all or none, and never among what is somebody else's."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from academic_workplace.errors import ReportError
from academic_workplace.report import write_files

REPORT = {"rapport.html": b"new", "rapport.pdf": b"new", "manifest.json": b"{}"}
MARK = "rapport.withheld.json"  # stands beside every report of ours
OUR_MANIFEST = '{"format": 1, "environment": {}}'


def standing(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def refused(folder: Path, files: dict[str, bytes] = REPORT) -> str:
    before = standing(folder) if folder.is_dir() else None
    with pytest.raises(ReportError) as caught:
        write_files(folder, files)
    (fault,) = caught.value.faults
    assert fault.rule.nl != fault.rule.en
    if before is not None:
        assert standing(folder) == before
        assert not [path for path in folder.iterdir() if path.name.startswith(".new-")]
    return fault.rule.nl


def test_files_are_written_and_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    for text in (b"one", b"two"):
        paths = write_files(folder, dict.fromkeys(REPORT, text) | {"manifest.json": b"{}"})
        assert [path.name for path in paths] == list(REPORT)
        assert paths[0].read_bytes() == text
        (folder / "manifest.json").write_text(OUR_MANIFEST)
    assert sorted(path.name for path in folder.iterdir()) == sorted(REPORT)


def test_a_folder_with_files_of_somebody_else_is_refused_by_name(tmp_path: Path) -> None:
    for name in ("begroting.xlsx", "leerlingen.csv"):
        (tmp_path / name).write_text("mine")
    told = refused(tmp_path)
    assert "begroting.xlsx, leerlingen.csv" in told
    for n in range(9):
        (tmp_path / f"foto{n}.jpg").write_text("mine")
    assert "en nog 6" in refused(tmp_path)


@pytest.mark.parametrize("name", ["rapport.html", "rapport.docx", "report.pdf", "results.csv"])
def test_somebodys_own_file_with_a_name_of_ours_is_not_overwritten(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")
    assert name in refused(tmp_path, {**REPORT, name: b"new"})
    (tmp_path / MARK).write_text("{}")  # a report of ours of which the manifest was taken away
    write_files(tmp_path, {**REPORT, name: b"new"})
    assert (tmp_path / name).read_text() == "new"


def test_a_manifest_of_another_program_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "a web app"}')
    assert "manifest.json" in refused(tmp_path)


@pytest.mark.parametrize(
    "names",
    [["manifest.json", "eigen.txt"], ["controle.html"], ["codebook.docx", "codeboek.html"],
     [".DS_Store", "Thumbs.db", "~$rapport.docx"], ["rapport.xlsx", "report.pptx", MARK]],
)  # fmt: skip
def test_what_belongs_to_a_report_or_to_nobody_is_no_hindrance(
    tmp_path: Path, names: list[str]
) -> None:
    (tmp_path / "other study").mkdir()
    for name in names:
        (tmp_path / name).write_text(OUR_MANIFEST if name == "manifest.json" else "there")
    write_files(tmp_path, REPORT)
    assert {*names, *REPORT} <= set(standing(tmp_path))


def test_pages_with_names_of_their_own_stand_among_their_kind(tmp_path: Path) -> None:
    write_files(tmp_path, {"star.html": b"a"})
    write_files(tmp_path, {"mentoring.html": b"a"})
    assert "star.html" in refused(tmp_path)  # but a report does not
    (tmp_path / "plan.toml").write_text("mine")
    assert "plan.toml" in refused(tmp_path, {"lessen.html": b"a"})


def test_a_full_disk_is_told_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "report"
    write_files(folder, {"rapport.html": b"old", "rapport.pdf": b"old", MARK: b"{}"})
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "rapport.pdf":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "vol" in refused(folder)
    assert "vol" in refused(tmp_path / "fresh")
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize("stuck", list(REPORT))
def test_a_file_that_cannot_be_replaced_leaves_all_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    """As on Windows, where a document that is open cannot be replaced."""
    for name in ("rapport.html", "rapport.pdf", MARK):
        (tmp_path / name).write_text("old")
    replace = Path.replace

    def held(path: Path, target: Path) -> Path:
        if path.name == stuck and path.parent.name == "new":
            raise PermissionError(errno.EACCES, "in use")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", held)
    assert "kan niet geschreven" in refused(tmp_path)


def test_a_folder_with_the_name_of_a_file_and_a_file_in_place_of_a_folder_are_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "a" / "rapport.pdf" / "mine").mkdir(parents=True)
    assert "kan niet geschreven" in refused(tmp_path / "a")
    assert (tmp_path / "a" / "rapport.pdf" / "mine").is_dir()
    (tmp_path / "b").write_text("mine")
    refused(tmp_path / "b")
    assert (tmp_path / "b").read_text() == "mine"
