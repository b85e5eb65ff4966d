"""Reading and checking a file against a plain read of it: the same numbers, and how much slower?

    python benchmarks/intake.py [--quick]

Numbers first: unless both reads give the same, nothing is timed. A peer that is not installed is
reported as absent. README.md says what is compared with what.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pyreadstat
from measuring import peak, seconds, versions

import academic_workplace as aw

BACKGROUND = ("age", "sibling", "score_1", "score_2", "score_3")
PLAN = aw.Plan(
    outcome="after", treatment="programme", cluster="school", pupil="pupil",
    covariates=("before", "sex", *BACKGROUND),
)  # fmt: skip
ITEMS = 100
PACKAGES = ("numpy", "pandas", "duckdb", "pyarrow", "pyreadstat")
RATIO, SECONDS, GIB = 1.5, 2.0, 4.0  # what is asked: of the plain read, on top of it, of memory
SPSS_RATIO = 1.5


class Case(NamedTuple):
    """A kind of file, so many rows of it, and how often it is read."""

    kind: str
    rows: int
    runs: int


CASES = (Case("Parquet", 3_000_000, 5), Case("CSV", 1_000_000, 5), Case("SPSS", 100_000, 5))
QUICK = (Case("Parquet", 200_000, 3), Case("CSV", 100_000, 3), Case("SPSS", 10_000, 3))


def pupils(rows: int) -> pd.DataFrame:
    """Pupils with a pseudonym, 250 in a school, in no order; one answer in twenty is missing."""
    rng = np.random.default_rng(2026)
    school = rng.permutation(np.arange(rows) // 250)
    sex = np.array(["meisje", "jongen"])[rng.integers(2, size=rows)]
    digits = np.char.zfill((np.arange(rows) * 7_919 % 1_000_000_007).astype("str"), 10)
    table = pd.DataFrame({
        "pupil": np.char.add("p", digits),
        "school": np.char.add("school ", school.astype("str")),
        "programme": school % 2,
        "sex": sex,
        "age": rng.integers(9, 14, size=rows),
        "sibling": rng.integers(0, 6, size=rows),
    })  # fmt: skip
    for name in ("score_1", "score_2", "score_3", "before"):
        table[name] = rng.normal(6, 1, size=rows).round(3)
    after = table["before"] + 0.2 * table["programme"] + rng.normal(size=rows)
    table["after"] = after.round(3).mask(rng.random(rows) < 0.05)
    return table


def make(case: Case, path: Path) -> None:
    """The file of a case."""
    if case.kind == "SPSS":
        rng = np.random.default_rng(2026)
        answers = rng.choice([1.0, 2, 3, 4, 5, 9, np.nan], size=(case.rows, ITEMS))
        table = pd.DataFrame(answers, columns=[f"item_{i}" for i in range(ITEMS)])
        labels = {1.0: "nooit", 2.0: "soms", 3.0: "vaak", 4.0: "meestal", 5.0: "altijd"}
        pyreadstat.write_sav(
            table, str(path), column_labels={name: f"vraag {name}" for name in table},
            variable_value_labels={name: labels | {9.0: "weet niet"} for name in table},
            missing_ranges={name: [9] for name in table},
            variable_measure=dict.fromkeys(table, "ordinal"),
        )  # fmt: skip
        return
    engine = duckdb.connect()
    engine.register("pupils", pupils(case.rows))
    form = "PARQUET" if case.kind == "Parquet" else "CSV, HEADER"
    engine.execute(f"COPY pupils TO '{path}' (FORMAT {form})")


# ---------------------------------------------------------------- ours, and the plain reads


def ours(case: Case, path: Path) -> object:
    """What is timed: reading and checking; of SPSS only the reading, as the peer does."""
    return aw.read(path) if case.kind == "SPSS" else aw.check(aw.read(path), PLAN)


def by_duckdb(path: Path) -> pd.DataFrame:
    reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
    return duckdb.connect().execute(f"SELECT * FROM {reader}('{path}')").df()


def by_pyarrow(path: Path) -> pd.DataFrame:
    from pyarrow import csv, parquet

    read = parquet.read_table if path.suffix == ".parquet" else csv.read_csv
    return read(path).to_pandas()


def by_pyreadstat(path: Path) -> pd.DataFrame:
    table, _ = pyreadstat.read_sav(str(path), user_missing=True)
    return table


Reader = Callable[[Path], pd.DataFrame]
TABLES: dict[str, Reader] = {"duckdb": by_duckdb, "pyarrow": by_pyarrow}
PEERS: dict[str, dict[str, Reader]] = {
    "Parquet": TABLES, "CSV": TABLES, "SPSS": {"pyreadstat": by_pyreadstat}
}  # fmt: skip


def assert_equal(case: Case, path: Path, peer: str) -> None:
    """The table that we read is the peer's; and it is the one that was checked."""
    table, plain = aw.read(path), PEERS[case.kind][peer](path)
    assert list(table.columns) == list(plain.columns)
    if case.kind == "SPSS":
        labels = ["nooit", "soms", "vaak", "meestal", "altijd"]
        for name in plain:  # 9 is declared missing; a label stands for its code
            codes = table[name].cat.codes.replace(-1, np.nan) + 1
            assert list(table[name].cat.categories) == labels
            np.testing.assert_array_equal(codes, plain[name].where(plain[name] != 9))
        return
    for name in plain:
        if pd.api.types.is_numeric_dtype(plain[name]):
            np.testing.assert_array_equal(table[name].to_numpy(float, na_value=np.nan),
                                          plain[name].to_numpy(float, na_value=np.nan))  # fmt: skip
        else:
            assert (table[name] == plain[name]).all()
    checked = aw.check(table, PLAN)
    assert len(checked) == case.rows
    np.testing.assert_array_equal(checked.numbers["after"], plain["after"])


# ---------------------------------------------------------------- time and memory


def compare(case: Case, path: Path, installed: dict[str, str]) -> None:
    """Assert that the numbers are equal, then time in turns and print what was asked and seen."""
    peers = {name: read for name, read in PEERS[case.kind].items() if installed[name]}
    for name in peers:
        assert_equal(case, path, name)  # also the run that warms up
    calls: dict[str, Callable[[], object]] = {"ours": lambda: ours(case, path)}
    calls |= {name: lambda read=read: read(path) for name, read in peers.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(case.runs):
        for name, call in calls.items():
            times[name].append(seconds(call))
    medians = {name: median(values) for name, values in times.items()}
    mine = medians["ours"]
    print(
        f"\n{case.kind}, {case.rows:,} rows, {path.stat().st_size / 2**20:.0f} MiB; equal: ", end=""
    )
    print(", ".join(peers))
    print(f"  {'':12}{'seconds':>9}{'ours / plain':>14}{'ours may take':>15}")
    print(f"  {'ours':12}{mine:>9.2f}")
    for name in PEERS[case.kind]:
        if name not in medians:
            print(f"  {name:12}{'absent':>9}")
            continue
        plain = medians[name]
        asked = SPSS_RATIO * plain if case.kind == "SPSS" else RATIO * plain + SECONDS
        met = "met" if mine <= asked else "NOT MET"
        print(f"  {name:12}{plain:>9.2f}{mine / plain:>14.2f}{asked:>13.2f} s  {met}")


def alone(task: str, case: Case, path: Path) -> float:
    """Do this in a fresh process; its peak memory in GiB."""
    command = [sys.executable, __file__, "--task", task, case.kind, str(case.rows), str(path)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="small files, three runs")
    options.add_argument("--only", choices=list(PEERS), help="one kind of file")
    options.add_argument("--task", nargs=4, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.task:
        task, kind, rows, path = given.task
        case = Case(kind, int(rows), 0)
        make(case, Path(path)) if task == "make" else ours(case, Path(path))
        print(peak())
        return
    installed = versions(*PACKAGES)
    print("; ".join(f"{name} {number or 'absent'}" for name, number in installed.items()))
    print(f"{os.cpu_count()} cores; medians, in turns")
    cases = [case for case in (QUICK if given.quick else CASES) if given.only in (None, case.kind)]
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name, f"pupils.{case.kind.lower()}") for case in cases]
        memories = []  # first: a child inherits its parent's peak
        for case, path in zip(cases, paths, strict=True):
            alone("make", case, path)
            memories.append(alone("read", case, path))
        for case, path, used in zip(cases, paths, memories, strict=True):
            compare(case, path, installed)
            print(f"  peak memory {used:.2f} GiB; asked: less than {GIB:g}")


if __name__ == "__main__":
    main()
