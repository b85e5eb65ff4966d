"""The jump at a cut-off: equal to rdrobust, and faster?

    python benchmarks/discontinuity.py [--quick]

Numbers first: unless both give the same estimate and bandwidths, nothing is timed. A peer that is
not installed (``pip install rdrobust``) is reported as absent. Memory is the peak of our call
beyond the data, over the data (outcome and score), in a fresh process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from statistics import median

import numpy as np
from cr2 import peak, resident
from numpy.typing import NDArray

from academic_workplace.cutoff import density_test, fuzzy, sharp

Floats = NDArray[np.float64]
MANY, SOME = 500_000, 5_000
RTOL = 1e-4  # of rdrobust's own small steps towards a bandwidth


def make(n: int) -> tuple[Floats, Floats, Floats, NDArray[np.int_]]:
    """Outcome, score (the cut-off is 0), who took part, and one of 200 schools."""
    rng = np.random.default_rng(2026)
    x = rng.normal(0.2, 1, n)
    took = (rng.random(n) < np.where(x >= 0, 0.9, 0.1)).astype(float)
    y = 0.3 * took + 0.5 * x + 0.2 * x**2 - 0.1 * x**3 + rng.normal(size=n)
    return y, x, took, rng.integers(0, 200, n)


def ours(y: Floats, x: Floats) -> Floats:
    found = sharp(y, x, 0)
    return np.array([found.conventional, found.estimate, found.se, found.bandwidths.h])


def rdrobust(y: Floats, x: Floats) -> Floats:
    from rdrobust import rdrobust as peer

    found = peer(y=y, x=x)
    estimate, error = found.coef.to_numpy()[:, 0], found.se.to_numpy()[:, 0]
    return np.array([estimate[0], estimate[1], error[2], np.asarray(found.bws)[0, 0]])


def seconds(call: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)


def line(
    what: str, own: Callable[[], object], peer: Callable[[], object] | None, runs: int
) -> None:
    mine = seconds(own, runs)
    ratio = f"{seconds(peer, runs) / mine:10.1f}" if peer else "    absent"
    print(f"  {what:42}{ratio}{mine:12.4f}")


def measure_memory() -> float:
    for n in (2_000, MANY):  # the first: so that imports are not counted
        y, x, _, _ = make(n)
        before = resident()
        sharp(y, x, 0)
    return (peak() - before) / (x.nbytes + y.nbytes)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="5,000 pupils only")
    options.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.memory:
        print(measure_memory())
        return
    try:
        there = version("rdrobust")
    except PackageNotFoundError:
        there = ""
    print(
        f"numpy {version('numpy')}; rdrobust {there or 'absent'}; {os.cpu_count()} cores; medians"
    )
    if not given.quick:
        command = [sys.executable, __file__, "--memory"]
        extra = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        print(f"  peak memory beyond the data / data, {MANY:,}: {float(extra):.2f}")
    print(f"  {'':42}{'peer/ours':>10}{'seconds':>12}")
    for n in (SOME,) if given.quick else (SOME, MANY):
        y, x, took, school = make(n)
        if there:
            np.testing.assert_allclose(ours(y, x), rdrobust(y, x), rtol=RTOL)
        runs = 9 if n == SOME else 3
        peer = (lambda y=y, x=x: rdrobust(y, x)) if there else None
        line(f"sharp, bandwidth chosen, {n:,}", lambda y=y, x=x: sharp(y, x, 0), peer, runs)
        line(f"the same, 200 schools, {n:,}",
             lambda y=y, x=x, g=school: sharp(y, x, 0, cluster=g), None, runs)  # fmt: skip
        line(f"fuzzy, {n:,}", lambda y=y, x=x, d=took: fuzzy(y, d, x, 0), None, runs)
        line(f"density, {n:,}", lambda x=x: density_test(x, 0), None, runs)


if __name__ == "__main__":
    main()
