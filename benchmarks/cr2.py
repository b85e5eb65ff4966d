"""CR2 with Satterthwaite degrees of freedom for every coefficient: equal to the peers, and faster?

    python benchmarks/cr2.py [--quick]

Numbers first: unless all tools give the same, nothing is timed. A peer that is not installed is
reported as absent. README.md says what is compared with what.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import academic_workplace as aw

Floats = NDArray[np.float64]
COVARIATES = tuple(f"x{i}" for i in range(1, 7))
X = ["programme", *COVARIATES]
PLAN = aw.Plan(outcome="after", treatment="programme", cluster="school", covariates=COVARIATES)
RTOL = 1e-8  # two routes to the same number, both in double precision


class Size(NamedTuple):
    """So many schools of so many pupils; runs of every tool, and of clubSandwich (0: left out)."""

    schools: int
    pupils: int
    runs: int
    club: int


SIZES = (Size(400, 250, 7, 3), Size(400, 2500, 5, 0), Size(12, 2500, 7, 1))
QUICK = (Size(400, 250, 3, 1),)


class Answer(NamedTuple):
    """The constant, the programme and the covariates, in that order; df None when not given."""

    beta: Floats
    se: Floats
    df: Floats | None = None


def make(schools: int, pupils: int) -> pd.DataFrame:
    """Pupils in no order, with schools that differ; filled in place, so that memory has no peak."""
    rng = np.random.default_rng(2026)
    n = schools * pupils
    school = rng.permutation(np.repeat(np.arange(schools), pupils))
    numbers = np.empty((len(COVARIATES) + 1, n))
    for row in numbers:
        rng.standard_normal(out=row)
        row += rng.normal(scale=0.5, size=schools)[school]
    treated = (np.arange(schools) % 2)[school]
    numbers[-1] += 0.2 * treated
    for slope, row in zip((0.6, 0.3, -0.2, 0.1, 0.0, -0.1), numbers[:-1], strict=True):
        numbers[-1] += slope * row
    table = pd.DataFrame(numbers.T, columns=[*COVARIATES, "after"], copy=False)
    table.insert(0, "programme", treated)
    table.insert(0, "school", school)
    return table


def ours(table: pd.DataFrame, inference: str = "CR2") -> Answer:
    found = aw.estimate(table, PLAN, inference=inference).coefficients()
    columns = (found[name].to_numpy(float) for name in ("estimate", "se", "df"))
    return Answer(*columns)


def diff_diff(table: pd.DataFrame) -> Answer:
    from diff_diff import LinearRegression

    model = LinearRegression(vcov_type="hc2_bm", cluster_ids=table["school"].to_numpy())
    model.fit(table[X].to_numpy(float), table["after"].to_numpy())
    found = model.get_all_inference()
    columns = (np.array([getattr(i, of) for i in found]) for of in ("coefficient", "se", "df"))
    return Answer(*columns)


def pyfixest(table: pd.DataFrame) -> Answer:
    import pyfixest as pf

    fit = pf.feols(f"after ~ {' + '.join(X)}", table, vcov={"CRV1": "school"})
    order = ["Intercept", *X]
    return Answer(fit.coef()[order].to_numpy(), fit.se()[order].to_numpy())


def statsmodels(table: pd.DataFrame) -> Answer:
    import statsmodels.api as sm

    model = sm.OLS(table["after"], sm.add_constant(table[X]))
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": table["school"]})
    return Answer(fit.params.to_numpy(), fit.bse.to_numpy())


# Package -> what it computes, and which of ours must be equal to it. CR1S is CR0 times
# G(N-1) / ((G-1)(N-p)), which is the default factor of both pyfixest and statsmodels.
PEERS: dict[str, tuple[str, str, Callable[[pd.DataFrame], Answer]]] = {
    "diff-diff": ("CR2 and df", "CR2", diff_diff),
    "pyfixest": ("CR1, no df", "CR1S", pyfixest),
    "statsmodels": ("CR1, no df", "CR1S", statsmodels),
}

CLUB = """
suppressPackageStartupMessages(library(clubSandwich))
given <- commandArgs(trailingOnly = TRUE)
table <- read.csv(given[1])
one <- function() {
  fit <- lm(after ~ FORMULA, data = table)
  V <- vcovCR(fit, cluster = table$school, type = "CR2")
  coef_test(fit, vcov = V, test = "Satterthwaite")
}
seconds <- numeric(0)
for (run in seq_len(as.integer(given[2]))) {
  seconds[run] <- system.time(found <- one())[["elapsed"]]
}
df <- found[[grep("^df", names(found))[1]]]  # "df" or "df_Satt", by version
line <- function(name, x) {
  cat(sprintf('{"%s": [%s]}\\n', name, paste(sprintf("%.17g", x), collapse = ", ")))
}
line("beta", found[["beta"]])
line("se", found[["SE"]])
line("df", df)
line("seconds", seconds)
""".replace("FORMULA", " + ".join(X))


def club_sandwich(table: pd.DataFrame, runs: int) -> tuple[Answer, float]:
    """The answer and the median seconds, timed inside R: reading the file is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "pupils.csv"), Path(folder, "club.R")
        table.to_csv(data, index=False)
        script.write_text(CLUB)
        command = ["Rscript", str(script), str(data), str(runs)]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, list[float]] = {}
    for text in out.splitlines():
        if text.startswith("{"):
            found |= json.loads(text)
    return Answer(*(np.array(found[of]) for of in ("beta", "se", "df"))), median(found["seconds"])


def versions() -> dict[str, str]:
    """Of this package, of what both sides stand on, and of the peers; '' is absent."""
    out = {"academic-workplace": aw.__version__, "Python": sys.version.split()[0]}
    for name in ("numpy", "pandas", "scipy", *PEERS):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = ""
    out["clubSandwich"] = ""
    if shutil.which("Rscript"):
        ask = 'cat("\\nclubSandwich", format(packageVersion("clubSandwich")))'
        answer = subprocess.run(["Rscript", "-e", ask], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            out["clubSandwich"] = answer.stdout.split()[-1]
    return out


def assert_equal(name: str, found: Answer, expected: Answer) -> None:
    pairs = zip(Answer._fields, found, expected, strict=True)
    for what, a, b in pairs:
        if a is not None and b is not None:
            np.testing.assert_allclose(a, b, rtol=RTOL, err_msg=f"{what}: ours and {name}")


def seconds(call: Callable[[pd.DataFrame], Answer], table: pd.DataFrame) -> float:
    start = time.perf_counter()
    call(table)
    return time.perf_counter() - start


def compare(size: Size, installed: dict[str, str], extra_memory: float) -> None:
    """Assert that the numbers are equal, then time the tools in turns and print the ratios."""
    table = make(size.schools, size.pupils)
    mine = {inference: ours(table, inference) for inference in ("CR2", "CR1S")}
    calls: dict[str, Callable[[pd.DataFrame], Answer]] = {"ours": ours}
    for name, (_, inference, call) in PEERS.items():
        if installed[name]:
            assert_equal(name, mine[inference], call(table))  # also the run that warms up
            calls[name] = call
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(size.runs):
        for name, call in calls.items():
            times[name].append(seconds(call, table))
    medians = {name: median(values) for name, values in times.items()}
    if installed["clubSandwich"] and size.club:
        answer, medians["clubSandwich"] = club_sandwich(table, size.club)
        assert_equal("clubSandwich", mine["CR2"], answer)

    print(f"\n{size.schools} schools x {size.pupils:,} pupils; equal to {RTOL:g}: ", end="")
    print(", ".join(name for name in medians if name != "ours") or "no peer")
    print(f"  {'':14}{'computes':14}{'peer / ours':>12}{'seconds':>10}")
    print(f"  {'ours':14}{'CR2 and df':14}{'1':>12}{medians['ours']:>10.3f}")
    left_out = "" if size.club else "left out"
    for name in ("clubSandwich", *PEERS):
        what = PEERS[name][0] if name in PEERS else "CR2 and df"
        if name in medians:
            ratio = medians[name] / medians["ours"]
            print(f"  {name:14}{what:14}{ratio:>12.1f}{medians[name]:>10.3f}")
        else:
            reason = left_out if name == "clubSandwich" and left_out else "absent"
            print(f"  {name:14}{what:14}{reason:>12}")
    print(f"  our peak memory beyond the data / data: {extra_memory:.2f}")


def memory(size: Size) -> float:
    """Peak memory of our call beyond the DataFrame, over the DataFrame, in a fresh process."""
    command = [sys.executable, __file__, "--memory", str(size.schools), str(size.pupils)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def measure_memory(schools: int, pupils: int) -> float:
    ours(make(20, 50))  # so that imports and caches are not counted
    table = make(schools, pupils)
    before = resident()
    ours(table)
    return (peak() - before) / float(table.memory_usage().sum())


def peak() -> int:
    """Bytes; macOS counts bytes, Linux kilobytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def resident() -> int:
    """Bytes now; where the system does not say, the peak so far, which is little more."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return peak()
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="the first size only, three runs")
    options.add_argument("--memory", nargs=2, type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.memory:
        print(measure_memory(*given.memory))
        return
    installed = versions()
    print("; ".join(f"{name} {number or 'absent'}" for name, number in installed.items()))
    print(f"{os.cpu_count()} cores; medians, tools in turns")
    sizes = QUICK if given.quick else SIZES
    memories = [memory(size) for size in sizes]  # first: a child inherits its parent's peak
    for size, extra in zip(sizes, memories, strict=True):
        compare(size, installed, extra)


if __name__ == "__main__":
    main()
