"""The project's own files tell the truth."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

import academic_workplace as aw

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ON_CONDA = {"matplotlib": "matplotlib-base", "duckdb": "python-duckdb"}
# What only `make` needs: linters, the build, and the lock.
NOT_ON_CONDA = {"dev": (), "lint": ()}


def wanted_packages():
    named = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["notebooks"],
        *PROJECT["dependency-groups"]["test"],
    ]
    return dict(re.match(r"([A-Za-z0-9-]+)(.*)", name).groups() for name in named)


def test_environment_yml_names_the_packages_of_pyproject_with_their_bounds():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    flat = [d for d in listed if isinstance(d, str)]
    flat += [name for d in listed if isinstance(d, dict) for name in d["pip"]]
    conda = dict(re.match(r"([A-Za-z0-9-]+)(.*)", name).groups() for name in flat)
    assert conda.pop("python") == PROJECT["project"]["requires-python"]
    conda.pop("pip")
    assert conda == {ON_CONDA.get(k, k): v for k, v in wanted_packages().items()}


def test_the_lock_names_every_dependency_with_hashes_and_no_address():
    lock = (ROOT / "requirements" / "lock.txt").read_text()
    assert "://" not in lock
    names = {line.split("==")[0] for line in lock.splitlines() if re.match(r"[a-z0-9]", line)}
    assert {name.lower() for name in wanted_packages()} <= names
    entries = re.split(r"\n(?=[a-z0-9])", lock)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


def test_versions_agree():
    version = PROJECT["project"]["version"]
    assert aw.__version__ == version
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_room_is_on_the_map():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    package = ROOT / "academic_workplace"
    rooms = [p.name + ("/" if p.is_dir() else "") for p in package.iterdir()
             if p.name not in ("__init__.py", "__pycache__", "py.typed")]  # fmt: skip
    assert [room for room in rooms if f"`{room}`" not in text] == []


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_notebook_is_stored_as_it_ran_without_paths_and_with_alternative_texts(path):
    book = nbformat.read(path, 4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert "parameters" in code[0].metadata.get("tags", [])
    for cell in code:
        for output in cell.get("outputs", []):
            text = str(output)
            assert "stderr" not in text
            assert not re.search(r"/(home|root|work|tmp|usr|Users)/", text)
            data = output.get("data", {})
            if "image/png" in data:
                assert output["metadata"]["image/png"]["alt"]
            elif data or output.get("text"):
                assert "# NBVAL_CHECK_OUTPUT" in cell.source
        assert len(cell.source.splitlines()) <= 14


def test_importing_and_help_do_not_load_what_they_do_not_need():
    heavy = "{'statsmodels', 'matplotlib', 'typst', 'scipy.stats', 'nbformat', 'duckdb'}"
    code = f"import sys, academic_workplace; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["star", "levensvaardigheden"])
def test_the_codebook_describes_every_column_of_the_data(name):
    folder = ROOT / "data" / name
    table = aw.read(folder / "pupils.csv")
    book = tomllib.loads((folder / "codebook.toml").read_text())["columns"]
    assert set(book) == set(table.columns)
    for column, entry in book.items():
        assert entry["meaning"]["nl"]
        assert entry["meaning"]["en"]
        values = table[column].dropna()
        if "range" in entry:
            low, high = entry["range"]
            assert values.between(low, high).all()
        if entry["type"] == "category":
            levels = {str(v) for v in values.unique()}
            assert levels <= set(entry["levels"])


def made_again(study, folder, *arguments):
    """What a study's script writes beside itself."""
    script = shutil.copy(ROOT / "data" / study / "make.py", folder)
    subprocess.run([sys.executable, script, *arguments], check=True, capture_output=True)
    return folder / "pupils.csv"


def test_the_twin_is_what_its_script_makes(tmp_path):
    made = made_again("levensvaardigheden", tmp_path)
    for name in ("pupils.csv", "truth.toml"):
        stored = (ROOT / "data" / "levensvaardigheden" / name).read_bytes()
        assert made.with_name(name).read_bytes() == stored


def test_the_twins_true_effects_are_covered_by_their_intervals():
    folder = ROOT / "data" / "levensvaardigheden"
    plan = aw.read_plan(folder / "plan.toml")
    truth = tomllib.loads((folder / "truth.toml").read_text())["outcomes"]
    effects = aw.estimate(aw.read(plan.data), plan)
    for effect in effects:
        points = truth[effect.outcome]["effect"][effect.wave]["points"]["average"]
        assert effect.low <= points <= effect.high
        sd = truth[effect.outcome]["effect"][effect.wave]["sd"]["average"]
        assert effect.g_low <= sd <= effect.g_high
        assert 0.02 <= effect.icc <= 0.10
    assert (effects[0].outcome, effects[0].wave) == ("zelfeffectiviteit", "20 maanden")


def test_the_twin_loses_more_pupils_in_the_comparison_schools():
    plan = aw.read_plan(ROOT / "data" / "levensvaardigheden" / "plan.toml")
    table = aw.read(plan.data)
    seen = table.pivot_table(index="leerling", columns="meetmoment", values="groep", aggfunc="size")
    arm = table.groupby("leerling")["programma"].first()
    lost = seen[seen["voormeting"].notna()]["20 maanden"].isna().groupby(arm).mean()
    assert 0.15 <= lost["ja"] < lost["nee"] <= 0.25
    assert table.groupby("school")["klas"].nunique().between(2, 3).all()
    assert table["school"].nunique() == 12
    assert set(table["groep"]) == {5, 6, 7}


def test_star_is_cut_from_the_reference_file_by_its_script(tmp_path):
    source = ROOT.parent / "shared" / "reference" / "data" / "star_aer.csv.gz"
    if not source.is_file():
        pytest.skip("the file that the extract was made from is not here")
    made = made_again("star", tmp_path, str(source))
    assert made.read_bytes() == (ROOT / "data" / "star" / "pupils.csv").read_bytes()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    ("path", "enters"),
    [
        ("data/onze-school/pupils.csv", False),
        ("data/onze-school/deel/pupils.csv", False),
        ("data/pupils.csv", False),
        ("data/onze-school/plan.toml", False),
        ("data/star/pupils.sav", False),
        ("reports/onze-school/rapport.html", False),
        ("data/onze-school/released.json", True),
        ("data/onze-school/fingerprint-key.txt", False),
        ("elders/onze-school/fingerprint-key.txt", False),
        ("data/star/fingerprint-key.txt", True),
        ("data/star/plan.toml", True),
        ("data/overgang-po-vo/released.json", True),
    ],
)
def test_nothing_under_data_but_the_studies_and_what_was_released_enters_git(
    tmp_path, path, enters
):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)  # noqa: S607 -- whichever git there is
    shutil.copy(ROOT / ".gitignore", tmp_path)
    asked = ["git", "-C", str(tmp_path), "check-ignore", "-q", path]
    assert subprocess.run(asked, check=False).returncode == int(enters)
