"""What the tests of reading, faults and the command line share: pupils, a plan, and their files."""

import gc
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from proof import PAGE, SEEN, Agreement, claims, page

import academic_workplace as aw

# How long an example takes is how busy the machine is; that is no fault of what is tested.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

SCHOOLS, SIZE = 6, 4
ONE_DOT = b64decode(  # a picture of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhf"
    "DwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
# With something in it: otherwise no </svg> would end it for who takes the pictures out of a page.
EMPTY_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h1"/></svg>'


@pytest.fixture(autouse=True)
def messages_in_dutch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever language the person who runs the tests has chosen."""
    monkeypatch.delenv("WORKPLACE_LANGUAGE", raising=False)


@pytest.fixture(scope="module")
def words_alone() -> Iterator[None]:
    """Figures are made and described, but not drawn in dots and lines: for who reads the words.

    Drawn in full they are in tests/test_golden_texts.py, for every kind of page in both languages.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("academic_workplace.report.figures.style.svg", lambda _: EMPTY_SVG)
        patch.setattr("academic_workplace.report.figures.style.png", lambda _: ONE_DOT)
        yield


@pytest.fixture(scope="module")
def pages_alone() -> Iterator[None]:
    """Figures are drawn for the page, and for Word as one dot: for who reads the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("academic_workplace.report.figures.style.png", lambda _: ONE_DOT)
        yield


@pytest.fixture
def pupils() -> pd.DataFrame:
    """Six schools of four pupils; every other school has the programme."""
    rng = np.random.default_rng(20261122)
    school = np.repeat(np.arange(SCHOOLS), SIZE)
    n = len(school)
    return pd.DataFrame({
        "leerling": [f"L{i:02d}" for i in range(n)],
        "school": [f"School {i}" for i in school],
        "programma": school % 2,
        "voor": rng.normal(6, 1, n).round(2),
        "na": rng.normal(7, 1, n).round(2),
    })  # fmt: skip


@pytest.fixture
def plan() -> aw.Plan:
    """The plan that fits these pupils."""
    return aw.Plan(
        outcome="na",
        treatment="programma",
        cluster="school",
        pupil="leerling",
        covariates=("voor",),
    )


@pytest.fixture
def as_text() -> Callable[..., str]:
    """A table as the text of a CSV file."""

    def text(table: pd.DataFrame, separator: str = ",", decimal: str = ".") -> str:
        return table.to_csv(index=False, sep=separator, decimal=decimal, lineterminator="\n")

    return text


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Put text or bytes in a file."""

    def put(content: str | bytes, name: str = "leerlingen.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    return put


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", action="store_true", help="write PROOF.md from what is seen")


@pytest.fixture
def agree(request: pytest.FixtureRequest) -> Iterator[Agreement]:
    """Compare found with expected (relative 1e-8 unless a reason asks for more room)."""
    agreement = Agreement()
    yield agreement
    seen = request.config.stash.setdefault(SEEN, {})
    own = seen.setdefault(f"{request.path.stem}::{request.function.__name__}", {})
    for of, apart in agreement.largest.items():
        own[of] = max(own.get(of, 0.0), apart)


def pytest_collection_finish() -> None:
    """What was collected stays: looking through it for garbage again and again took an eighth."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()  # otherwise DuckDB calls it a leak


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--proof") and exitstatus == 0:
        before = PAGE.read_text() if PAGE.is_file() else ""
        PAGE.write_text(page(claims(), session.config.stash.get(SEEN, {}), before))
