"""Counts, sums and products per cell of a Parquet file: the same numbers, and how much slower?

    python benchmarks/counting.py [--quick | --large]

Numbers first: unless every peer gives the same, nothing is timed. A peer that is not installed is
reported as absent. Two ways of reading the same columns and doing nothing with them stand below, as
the least that any of them can take. README.md says what is compared with what.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
from measuring import peak, versions

import academic_workplace as aw
from academic_workplace.cohorts import counting

PACKAGES = ("numpy", "pandas", "duckdb", "pyarrow", "polars")
ROWS, QUICK, LARGE = 10_000_000, 200_000, 50_000_000
NUMBERS = tuple(f"score_{i}" for i in range(1, 9))
GIB = 1.0  # asked: peak memory of our pass below this


class Case(NamedTuple):
    """What is counted."""

    name: str
    by: tuple[str, ...]
    numbers: tuple[str, ...] = ()


CASES = (
    Case("transitions", ("cohort", "education", "advice", "position")),
    Case("transitions by school", ("cohort", "school", "advice", "position")),
    Case("gap by school", ("cohort", "school", "education"), ("outcome",)),
    Case("three numbers by primary school", ("basisschool",), NUMBERS[:3]),
    Case("eight numbers by primary school", ("basisschool",), NUMBERS),
)
ENGINES = ("ours", "duckdb", "polars", "pandas")
READING = ("reading, duckdb", "reading, arrow")  # no numbers come from these
SCHOOL = {"school": "school"}
OUTCOME = SCHOOL | {"outcome": "outcome", "cohort": "cohort"}
ADJUST = {"reference": "2015-2016", "adjust": ("education", "advice")}
LOW = {"group": "education", "reference": "high", "school": "school", "outcome": "outcome"}
ANALYSES: dict[str, Callable[[Path], object]] = {
    "transitions": lambda path: aw.cohorts.transitions(
        path, cohort="cohort", advice={"first": "advice"}, position={3: "position"}, by="education"
    ),
    "standardise": lambda path: aw.cohorts.standardise(path, **OUTCOME, **ADJUST),
    "compare": lambda path: aw.cohorts.compare(path, **OUTCOME, **ADJUST),
    "trend": lambda path: aw.cohorts.trend(path, **OUTCOME, across_regimes=True),
    "gap": lambda path: aw.cohorts.gap(path, **LOW),
    "decompose, twofold": lambda path: aw.cohorts.decompose(
        path, **LOW, other="low", given=("advice", "position")
    ),
    "decompose, Kitagawa": lambda path: aw.cohorts.decompose(
        path, **LOW, other="low", given="advice", kind="kitagawa"
    ),
    "inequality": lambda path: aw.cohorts.inequality(
        path, outcome="outcome", background="education", order=("low", "middle", "high"), **SCHOOL
    ),
    "segregation": lambda path: aw.cohorts.segregation(
        path, unit="school", group="education", member="low"
    ),
}


def make(path: Path, rows: int) -> None:
    """Pupils in no order, of 20,000 primary and 2,000 secondary schools; labels are text, and one
    advice, position and outcome in twenty is missing."""
    levels = "['pro', 'vmbo-bb', 'vmbo-kb', 'vmbo-gt', 'havo', 'vwo']"

    def drawn(n: int, i: int) -> str:
        return f"(1 + hash(i * 31 + {i}) % {n})::BIGINT"

    words = {
        "cohort": f"(2014 + {drawn(4, 1)}) || '-' || (2015 + {drawn(4, 1)})",
        "school": f"'school ' || {drawn(2_000, 2)}",
        "basisschool": f"'primary school ' || {drawn(20_000, 20)}",
        "education": f"(['low', 'middle', 'high'])[{drawn(3, 3)}]",
        "advice": f"CASE WHEN {drawn(20, 4)} > 1 THEN ({levels})[{drawn(6, 5)}] END",
        "position": f"CASE WHEN {drawn(20, 6)} > 1 THEN ({levels})[{drawn(6, 7)}] END",
    }
    columns = [f"{value} AS {name}" for name, value in words.items()]
    columns += [
        f"500 + ({drawn(100_000, 10 + i)} + {drawn(100_000, 30 + i)}) / 1000.0 AS {name}"
        for i, name in enumerate(NUMBERS)
    ]
    columns.append(f"CASE WHEN {drawn(20, 8)} > 1 THEN {drawn(2, 9)} - 1.0 END AS outcome")
    duckdb.execute(f"COPY (SELECT {', '.join(columns)} FROM range({rows}) AS t(i))"
                   f" TO '{path}' (FORMAT PARQUET)")  # fmt: skip


# ---------------------------------------------------------------- ours, and the peers


def pairs(case: Case) -> list[tuple[str, str]]:
    return [(x, y) for i, x in enumerate(case.numbers) for y in case.numbers[i:]]


def ours(case: Case, path: Path) -> counting.Cells:
    return aw.cohorts.count(path, by=case.by, numbers=case.numbers)


def by_duckdb(case: Case, path: Path) -> pd.DataFrame:
    sums = [f"sum({x}) AS {x}" for x in case.numbers]
    sums += [f'sum({x} * {y}) AS "{x} {y}"' for x, y in pairs(case)]
    query = ", ".join([*case.by, "count(*) AS n", *sums])
    return duckdb.connect().execute(f"SELECT {query} FROM '{path}' GROUP BY ALL").df()


def by_polars(case: Case, path: Path) -> pd.DataFrame:
    import polars as pl

    sums = [pl.col(x).sum() for x in case.numbers]
    sums += [(pl.col(x) * pl.col(y)).sum().alias(f"{x} {y}") for x, y in pairs(case)]
    query = pl.scan_parquet(path).group_by(case.by).agg(pl.len().alias("n"), *sums)
    return pd.DataFrame(query.collect(engine="streaming").to_dict(as_series=False))


def by_pandas(case: Case, path: Path) -> pd.DataFrame:
    table = pd.read_parquet(path, columns=[*case.by, *case.numbers])
    for x, y in pairs(case):
        table[f"{x} {y}"] = table[x] * table[y]
    groups = table.groupby(list(case.by), dropna=False, sort=False)
    out = groups.sum().reset_index() if case.numbers else groups.size().reset_index(name="n")
    return out if "n" in out else out.assign(n=groups.size().to_numpy())


def read_duckdb(case: Case, path: Path) -> object:
    asks = [f"count({c})" for c in case.by] + [f"sum({x})" for x in case.numbers]
    return duckdb.connect().execute(f"SELECT {', '.join(asks)} FROM '{path}'").fetchall()


def read_arrow(case: Case, path: Path) -> None:
    """Batches, words as places in a list; every other row group in either of two threads."""
    from pyarrow import parquet

    def part(first: int) -> None:
        with parquet.ParquetFile(path, read_dictionary=list(case.by)) as file:
            groups = range(first, file.num_row_groups, 2)
            for _ in file.iter_batches(1 << 17, groups, [*case.by, *case.numbers], False):
                pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(part, range(2)))


CALLS: dict[str, Callable[[Case, Path], object]] = dict(
    zip((*ENGINES, *READING),
        (ours, by_duckdb, by_polars, by_pandas, read_duckdb, read_arrow), strict=True)
)  # fmt: skip


def as_arrays(found: object, case: Case) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Labels of the cells in order, and per cell pupils, sums and raw products."""
    if isinstance(found, counting.Cells):
        table = found.table()[list(case.by)]
        raw = found.about(np.zeros(len(case.numbers) + 1)).S
        products = [raw[:, 1 + i, 1 + j] for i in range(len(case.numbers))
                    for j in range(i, len(case.numbers))]  # fmt: skip
        values = np.column_stack([found.pupils, *found.sums.T, *products])
    else:
        names = ["n", *case.numbers, *(f"{x} {y}" for x, y in pairs(case))]
        table, values = found[list(case.by)], np.nan_to_num(found[names].to_numpy(float))
    filled = [table[c].astype(object).where(table[c].notna(), "") for c in case.by]
    keys = list(zip(*filled, strict=True))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return [keys[i] for i in order], values[order]


def assert_equal(case: Case, path: Path, names: list[str]) -> None:
    """The numbers of every peer are ours. Only ``outcome`` is missing for some pupils."""
    keys, values = as_arrays(ours(case, path), case)
    for name in names[1:]:
        if name in READING:
            continue
        theirs, other = as_arrays(CALLS[name](case, path), case)
        assert keys == theirs, (case, name)
        np.testing.assert_allclose(values, other, rtol=1e-9, err_msg=f"{case} {name}")


# ---------------------------------------------------------------- time and memory


def alone(name: str, case: str, path: Path) -> float:
    """Do this in a fresh process; its peak memory in GiB."""
    return float(asked(name, case, path)[-1])


def asked(name: str, case: str, path: Path) -> list[str]:
    """What a fresh process says of it; the last is its peak memory in GiB."""
    command = [sys.executable, __file__, "--task", name, case, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


def compare(case: Case, path: Path, names: list[str], runs: int, memory: dict[str, float]) -> None:
    """Assert that the numbers are equal, then time in turns, print the best and their ratios."""
    assert_equal(case, path, names)
    times: dict[str, list[float]] = {name: [] for name in names}
    busy: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            start, cpu = time.perf_counter(), time.process_time()
            CALLS[name](case, path)
            times[name].append(time.perf_counter() - start)
            busy[name].append(time.process_time() - cpu)
    middle = {name: min(values) for name, values in times.items()}
    work = {name: min(values) for name, values in busy.items()}
    cells = len(ours(case, path))
    print(f"\n{case.name}: {cells:,} cells by {', '.join(case.by)}; {len(case.numbers)} numbers")
    print(f"  {'':17}{'seconds':>9}{'/ ours':>8}{'CPU s':>8}{'/ ours':>8}{'peak GiB':>10}")
    for name in CALLS:
        if name not in names:
            print(f"  {name:17}{'absent':>9}")
            continue
        ratio, share = middle[name] / middle[names[0]], work[name] / work[names[0]]
        print(
            f"  {name:17}{middle[name]:>9.2f}{ratio:>8.2f}{work[name]:>8.2f}{share:>8.2f}", end=""
        )
        print(f"{memory[name]:>10.2f}")
    used = memory[names[0]]
    print(f"  ours: asked below {GIB:g} GiB: {'met' if used < GIB else 'NOT MET'}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="200,000 rows, three runs")
    options.add_argument("--large", action="store_true", help="50 million rows, without pandas")
    options.add_argument("--only", choices=[case.name for case in CASES], help="one case")
    options.add_argument("--task", nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    by_name = {case.name: case for case in CASES}
    if given.task:
        name, which, path = given.task
        if name == "make":
            make(Path(path), int(which))
        elif name == "analysis":
            start, cpu = time.perf_counter(), time.process_time()
            ANALYSES[which](Path(path))
            print(time.perf_counter() - start, time.process_time() - cpu)
        else:
            CALLS[name](by_name[which], Path(path))
        print(peak())
        return
    installed = versions(*PACKAGES)
    print("; ".join(f"{name} {number or 'absent'}" for name, number in installed.items()))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; the best of several, in turns")
    absent = {"reading, arrow": not installed["pyarrow"], "polars": not installed["polars"],
              "pandas": given.large or not installed["pyarrow"]}  # fmt: skip
    names = [name for name in CALLS if not absent.get(name)]
    rows = QUICK if given.quick else LARGE if given.large else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pupils.parquet")
        alone("make", str(rows), path)
        print(f"{rows:,} rows, {path.stat().st_size / 2**20:.0f} MiB")
        cases = [case for case in CASES if given.only in (None, case.name)]
        # First: a child inherits its parent's peak.
        memory = [{name: alone(name, case.name, path) for name in names} for case in cases]
        if given.only is None:
            print(f"\n{'':22}{'seconds':>9}{'CPU s':>8}{'peak GiB':>10}")
        for name in ANALYSES if given.only is None else ():
            seconds, cpu, most = map(float, asked("analysis", name, path))
            print(f"  {name:20}{seconds:>9.2f}{cpu:>8.2f}{most:>10.2f}")
        for case, used in zip(cases, memory, strict=True):
            compare(case, path, names, 3 if given.quick else 5 if given.large else 7, used)


if __name__ == "__main__":
    main()
