"""Wild cluster bootstrap and randomisation: equal to the peers, and faster?

    python benchmarks/resampling.py [--quick]

Numbers first: the t statistics must be equal and the p-values within the noise of their draws, or
nothing is timed. A peer that is not installed is reported as absent. README.md says what is
compared with what.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from cr2 import PLAN, RTOL, X, make

import academic_workplace as aw
from academic_workplace import resampling
from academic_workplace.effects.assignment import assigned_units
from academic_workplace.linear import least_squares
from academic_workplace.threads import one_thread

DRAWS, PUPILS = 99_999, 250
SIZES, QUICK = ((60, 5), (400, 3)), ((60, 3),)  # schools, runs
ASSIGNMENTS, REFITS = 10_000, 50
WILD_PLAN = replace(PLAN, draws=DRAWS, inference="wild bootstrap")

R_SCRIPT = """
suppressPackageStartupMessages(library(fwildclusterboot))
given <- commandArgs(trailingOnly = TRUE)
table <- read.csv(given[1])
fit <- lm(after ~ FORMULA, data = table)
seconds <- numeric(0)
for (run in seq_len(as.integer(given[2]))) {
  seconds[run] <- system.time(found <- boottest(
    fit, param = "programme", clustid = "school", B = DRAWS, conf_int = INTERVAL
  ))[["elapsed"]]
}
cat(sprintf('{"t": %.17g, "p": %.17g, "seconds": [%s]}\\n', as.numeric(found$t_stat),
            found$p_val, paste(sprintf("%.17g", seconds), collapse = ", ")))
""".replace("FORMULA", " + ".join(X)).replace("DRAWS", str(DRAWS))


def p_value(table: pd.DataFrame) -> tuple[float, float]:
    """Ours from the DataFrame, checks and effect size included, but no interval."""
    m = aw.collect(table, WILD_PLAN).samples[0]
    with one_thread():
        fit = least_squares(m, ["programme=1", *X[1:]], absorb=False)
        contrast = np.eye(len(X))[0]
        drawn = resampling.wild_draws(
            fit, contrast, aw.Inference.WILD, DRAWS, np.random.default_rng(1)
        )
        return drawn.estimate / drawn.se, drawn.p_value()


def with_interval(table: pd.DataFrame) -> tuple[float, float]:
    """Ours through ``estimate``: p-value, interval by inversion, effect size."""
    effect = aw.estimate(table, WILD_PLAN)[0]
    return effect.estimate / effect.se, effect.p_value


def wildboottest(table: pd.DataFrame) -> tuple[float, float]:
    import statsmodels.api as sm
    from wildboottest.wildboottest import wildboottest as test

    model = sm.OLS(table["after"], sm.add_constant(table[X]))
    found = test(model, B=DRAWS, cluster=table["school"], param="programme", seed=1, show=False)
    return float(found["statistic"].iloc[0]), float(found["p-value"].iloc[0])


def pyfixest(table: pd.DataFrame) -> tuple[float, float]:
    import pyfixest as pf

    fit = pf.feols(f"after ~ {' + '.join(X)}", table, vcov={"CRV1": "school"})
    found = fit.wildboottest(param="programme", reps=DRAWS, seed=1)
    return float(found["t value"]), float(found["Pr(>|t|)"])


PEERS: dict[str, Callable[[pd.DataFrame], tuple[float, float]]] = {
    "wildboottest": wildboottest,
    "pyfixest": pyfixest,
}


def in_r(table: pd.DataFrame, runs: int, *, interval: bool) -> tuple[tuple[float, float], float]:
    """The answer of fwildclusterboot and its median seconds, timed inside R."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "pupils.csv"), Path(folder, "boot.R")
        table.to_csv(data, index=False)
        script.write_text(R_SCRIPT.replace("INTERVAL", "TRUE" if interval else "FALSE"))
        command = ["Rscript", str(script), str(data), str(runs)]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = json.loads(out.strip().splitlines()[-1])
    return (found["t"], found["p"]), median(found["seconds"])


def has_r() -> bool:
    if not shutil.which("Rscript"):
        return False
    ask = ["Rscript", "-e", "library(fwildclusterboot)"]
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def assert_equal(name: str, found: tuple[float, float], expected: tuple[float, float]) -> None:
    """t to RTOL (its small-sample factor apart), p to five standard errors of its draws.

    pyfixest and R multiply the variance by G/(G-1) (N-1)/(N-k), which cancels in the p-value.
    """
    factor = found[0] / expected[0]
    assert abs(abs(factor) - 1) < 0.02, f"t of {name}"
    noise = 5 * math.sqrt(2 * max(expected[1], 1e-4) / DRAWS)
    assert abs(found[1] - expected[1]) < noise, f"p of {name}: {found[1]} and {expected[1]}"


def wild(schools: int, runs: int, *, r: bool) -> None:
    table = make(schools, PUPILS)
    calls: dict[str, Callable[[pd.DataFrame], tuple[float, float]]] = {
        "ours, p only": p_value, "ours, with interval": with_interval,
    }  # fmt: skip
    mine = p_value(table)
    assert_equal("estimate", with_interval(table), mine)
    for name, call in PEERS.items():
        if installed("wildboottest") and installed(name):
            assert_equal(name, call(table), mine)
            calls[name] = call
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            start = time.perf_counter()
            call(table)
            times[name].append(time.perf_counter() - start)
    medians = {name: median(each) for name, each in times.items()}
    for interval in (False, True) if r else ():
        answer, seconds = in_r(table, runs, interval=interval)
        name = "fwildclusterboot" + (", with interval" if interval else "")
        assert_equal(name, answer, mine)
        medians[name] = seconds
    print(f"\nwild bootstrap, {schools} schools x {PUPILS}, {DRAWS:,} draws")
    print(f"  {'':32}{'peer / ours':>12}{'seconds':>10}")
    for name, each in medians.items():
        own = "ours, with interval" if "interval" in name else "ours, p only"
        print(f"  {name:32}{each / medians[own]:>12.1f}{each:>10.3f}")
    absent = [name for name in PEERS if name not in medians] + ([] if r else ["fwildclusterboot"])
    for name in absent:
        print(f"  {name:32}{'absent':>12}")


def randomisation(runs: int) -> None:
    """Ours from the moments against fitting the rows again for every assignment."""
    table = make(60, PUPILS)
    plan = replace(PLAN, draws=ASSIGNMENTS)
    m = aw.collect(table, plan).samples[0]
    rng = np.random.default_rng(1)
    treated = table.groupby("school")["programme"].first().to_numpy()
    Z = np.column_stack([np.ones(len(table)), table[X[1:]].to_numpy()])
    school, y = table["school"].to_numpy(), table["after"].to_numpy()
    with one_thread():
        units = assigned_units(m, plan, "1", "0", X[1:], None)
        assert isinstance(units, resampling.Units)
        name = np.argsort(np.unique(table["school"].astype(str)))  # clusters stand by name
        assert len(name) == len(units.T)
        order = np.array(sorted(range(60), key=str))
        T = np.stack([rng.permutation(treated) for _ in range(REFITS)])
        start = time.perf_counter()
        refits = [np.linalg.lstsq(np.column_stack([t[school], Z]), y, rcond=None)[0][0] for t in T]
        per_refit = (time.perf_counter() - start) / REFITS
        spread = units.n * units.T - units.F @ (units.T @ units.F)
        found, _ = resampling._statistics(units, spread, T[:, order].astype(float))
        np.testing.assert_allclose(found, refits, rtol=RTOL, atol=1e-10)
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            units = assigned_units(m, plan, "1", "0", X[1:], None)
            assert isinstance(units, resampling.Units)
            resampling.randomisation(units, ASSIGNMENTS, rng)
            times.append(time.perf_counter() - start)
    ratio = per_refit * ASSIGNMENTS / median(times)
    print(f"\nrandomisation, adjusted, 60 schools x {PUPILS}, {ASSIGNMENTS:,} draws")
    print(f"  ours, with interval       {median(times):.4f} s")
    print(f"  refitting the rows        {per_refit * ASSIGNMENTS:.1f} s ({REFITS} timed)")
    print(f"  refitting / ours          {ratio:,.0f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="60 schools only, three runs")
    given = options.parse_args()
    warnings.simplefilter("ignore")  # the peers' own
    names = ("numpy", "scipy", "statsmodels", *PEERS)
    print("; ".join(f"{name} {installed(name) or 'absent'}" for name in names))
    r = has_r()
    print(f"fwildclusterboot {'there' if r else 'absent'}; {os.cpu_count()} cores; medians")
    for schools, runs in QUICK if given.quick else SIZES:
        wild(schools, runs, r=r)
    randomisation(5)


if __name__ == "__main__":
    sys.exit(main())
