"""Group-time effects of a staggered start: equal to the peers, and faster?

    python benchmarks/over_time.py [--quick]

Numbers first: unless two tools give the same effects and standard errors, nothing is timed. A peer
that is not installed (``pip install diff-diff csdid differences moderndid``) is reported as absent.
All give analytic standard errors and the simple average; without the correction for few clusters,
which the peers do not have. diff-diff stops its logistic regression early: with covariates it is
held to 2e-3 (it differs most in small groups). Memory is the peak of our call beyond the data, over
the data (y, period, start, unit), in a fresh process; it holds an influence per unit and effect.
Peers use as many threads as there are: when busy, they lose more.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from statistics import median

import numpy as np
import pandas as pd
from cr2 import peak, resident
from numpy.typing import NDArray

from academic_workplace.over_time.group_time import averages, group_times

Floats = NDArray[np.float64]
Found = dict[tuple[int, int], tuple[float, float]]  # (start, period) -> effect, standard error
PERIODS, FIRST, K = 10, 2000, 2
MANY, SOME = 100_000, 1_000
RTOL, LOOSE = 1e-7, 2e-3


def make(n: int) -> pd.DataFrame:
    """n units seen ten times; seven starts, and one in eight that never starts (0)."""
    rng = np.random.default_rng(2026)
    start = rng.choice([0, *range(FIRST + 3, FIRST + PERIODS)], n)
    x = rng.normal(size=(n, K)) + 0.1 * (start > 0)[:, None]
    t = np.arange(PERIODS)
    y = rng.normal(size=(n, 1)) + 0.2 * t + 0.1 * x.sum(axis=1)[:, None] * t
    y += 0.5 * ((start[:, None] > 0) & (t + FIRST >= start[:, None]))
    y += rng.normal(size=(n, PERIODS))
    table = {"unit": np.repeat(np.arange(1, n + 1), PERIODS), "t": np.tile(t + FIRST, n),
             "g": np.repeat(start, PERIODS), "y": y.ravel()}  # fmt: skip
    table |= {f"x{k}": np.repeat(x[:, k], PERIODS) for k in range(K)}
    return pd.DataFrame(table)


def quietly(call: Callable[[], Found]) -> Found:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


def ours(d: pd.DataFrame, x: list[str]) -> Found:
    found = group_times(
        d.y, d.t, d.g.where(d.g > 0), d.unit, unit=d.unit, X=d[x] if x else None, corrected=False
    )
    averages(found, "simple")
    e = found.effects
    keys = zip(found.group.astype(int).tolist(), found.period.astype(int).tolist(), strict=True)
    return dict(zip(keys, zip(e.estimate.tolist(), e.se.tolist(), strict=True), strict=True))


def diff_diff(d: pd.DataFrame, x: list[str]) -> Found:
    from diff_diff import CallawaySantAnna

    found = CallawaySantAnna().fit(d, "y", "unit", "t", "g", covariates=x or None)
    return {(int(g), int(t)): (v["effect"], v["se"])
            for (g, t), v in found.group_time_effects.items()}  # fmt: skip


def csdid(d: pd.DataFrame, x: list[str]) -> Found:
    from csdid.att_gt import ATTgt

    formula = "y~" + ("+".join(x) or "1")
    found = ATTgt(yname="y", gname="g", idname="unit", tname="t", xformla=formula, data=d.copy())
    found = found.fit(est_method="dr", bstrap=False)
    found.aggte(typec="simple", bstrap=False, cband=False)
    r = found.results
    rows = zip(r["group"], r["year"], r["att"], r["se"], strict=True)
    return {(int(g), int(t)): (float(a), float(s)) for g, t, a, s in rows}


def differences(d: pd.DataFrame, x: list[str]) -> Found:
    from differences import ATTgt

    wide = d.assign(g=d.g.where(d.g > 0)).set_index(["unit", "t"])
    found = ATTgt(data=wide, cohort_column="g")
    formula = "y" + (" ~ " + "+".join(x) if x else "")
    result = found.fit(formula, est_method="dr", progress_bar=False)
    result.aggregate("simple")
    rows = result.to_pandas().reset_index().to_numpy()
    return {(int(row[0]), int(row[2])): (float(row[3]), float(row[4])) for row in rows}


def moderndid(d: pd.DataFrame, x: list[str]) -> Found:
    from moderndid import aggte, att_gt

    found = att_gt(
        data=d, yname="y", tname="t", idname="unit", gname="g",
        xformla="~" + ("+".join(x) or "1"), boot=False, cband=False,
    )  # fmt: skip
    aggte(found, type="simple", boot=False, cband=False)
    rows = zip(found.groups, found.times, found.att_gt, found.se_gt, strict=True)
    return {(int(g), int(t)): (float(a), float(s)) for g, t, a, s in rows}


PEERS = {"diff-diff": diff_diff, "csdid": csdid, "differences": differences, "moderndid": moderndid}


def installed() -> dict[str, str]:
    out = {}
    for name in ("numpy", "scipy", "pandas", *PEERS):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = ""
    return out


def equal(mine: Found, theirs: Found, rtol: float) -> None:
    """Every effect after the start, and its standard error, in both."""
    keys = sorted(key for key in mine if key[1] >= key[0])
    assert keys
    a, b = (np.array([found[key] for key in keys]) for found in (mine, theirs))
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * np.abs(a).max())


def compare(d: pd.DataFrame, x: list[str], found: dict[str, str], runs: int) -> None:
    """Equal numbers, then one line per peer."""
    what = f"{d.unit.nunique():,} x {PERIODS}, {len(x) or 'no'} covariates"
    mine = ours(d, x)
    calls: dict[str, Callable[[], Found]] = {"ours": lambda: ours(d, x)}
    for name, peer in PEERS.items():
        if not found[name]:
            print(f"  {what:32}{name:14}    absent")
            continue
        loose = bool(x) and name == "diff-diff"
        equal(mine, quietly(lambda p=peer: p(d, x)), LOOSE if loose else RTOL)
        calls[name] = lambda p=peer: quietly(lambda: p(d, x))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    fast = median(times["ours"])
    for name in calls:
        if name != "ours":
            print(f"  {what:32}{name:14}{median(times[name]) / fast:10.1f}{fast:12.4f}")
    if len(calls) == 1:
        print(f"  {what:32}{'ours alone':14}{'':10}{fast:12.4f}")


def measure_memory() -> float:
    for n in (SOME, MANY):  # the first: so that imports are not counted
        d = make(n)
        before = resident()
        ours(d, [])
    return (peak() - before) / d[["y", "t", "g", "unit"]].memory_usage(index=False).sum()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="1,000 units only")
    options.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.memory:
        print(measure_memory())
        return
    found = installed()
    print("; ".join(f"{name} {number or 'absent'}" for name, number in found.items()))
    print(f"{os.cpu_count()} cores; medians, tools in turns")
    if not given.quick:
        command = [sys.executable, __file__, "--memory"]
        extra = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        print(f"  peak memory beyond the data / data: {float(extra):.2f}")
    print(f"  {'':32}{'peer':14}{'peer/ours':>10}{'seconds':>12}")
    for n in (SOME,) if given.quick else (SOME, MANY):
        d = make(n)
        for x in ([], [f"x{k}" for k in range(K)]):
            compare(d, x, found, 9 if n == SOME else 3)


if __name__ == "__main__":
    main()
