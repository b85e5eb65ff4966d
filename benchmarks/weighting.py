"""Propensity, entropy balancing and matching: equal to the peers, and faster?

    python benchmarks/weighting.py [--quick | --slow]

Numbers first: unless two tools give the same, nothing is timed. A peer that is not installed
(``pip install ebal pymatchit-causal``) is reported as absent. pymatchit needs a minute and 8 GB for
50,000 pupils: it takes part there with --slow only, and never in optimal matching. ebal also fits
a weighted regression. Memory is the peak of our call beyond the data, over the data (11 columns of
50,000), in a fresh process. Peers use as many threads as there are: when busy, they lose more.
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

from academic_workplace.comparison import entropy_balance, nearest, optimal, propensity

Floats = NDArray[np.float64]
K = 10
MANY, SOME = 50_000, 5_000
RTOL = 1e-6  # ebal stops at 1e-8 of a total; its weights follow


def make(n: int) -> tuple[Floats, NDArray[np.int_], Floats]:
    """Columns, who took part (about three in ten), and the score to match on."""
    rng = np.random.default_rng(2026)
    X = rng.normal(size=(n, K))
    logit = X @ np.linspace(-0.4, 0.4, K) - 1
    return X, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int), logit


def quietly(call: Callable[[], Floats]) -> Floats:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


def ebal(X: Floats, t: NDArray[np.int_]) -> Floats:
    """Weights of the comparison, of sum 1."""
    from ebal import ebal_bin

    search = ebal_bin(constraint_tolerance=1e-8, PCA=False, effect="ATT", print_level=-1)
    table, arm = pd.DataFrame(X), pd.Series(t)
    w = quietly(lambda: search.ebalance(arm, table, pd.Series(X[:, 0]))["w"])
    w = np.asarray(w).ravel()[t == 0]
    return w / w.sum()


def pymatchit(method: str, t: NDArray[np.int_], score: Floats) -> Floats:
    """The distances of all pairs, smallest first."""
    from pymatchit import MatchIt

    def call() -> Floats:
        match = MatchIt(pd.DataFrame({"t": t, "s": score}), method=method, distance=score)
        match.fit("t ~ s")
        pairs = [(i, j) for i, others in match.matched_indices.items() for j in np.ravel(others)]
        i, j = np.array(pairs).T
        return np.sort(np.abs(score[i] - score[j]))

    return quietly(call)


def glm(X: Floats, t: NDArray[np.int_]) -> Floats:
    import statsmodels.api as sm

    model = sm.GLM(t, sm.add_constant(X), family=sm.families.Binomial())
    return np.asarray(model.fit(tol=1e-12, tol_criterion="params").params)


def installed() -> dict[str, str]:
    out = {}
    for name in ("numpy", "scipy", "statsmodels", "ebal", "pymatchit-causal"):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = ""
    return out


def compare(
    what: str,
    ours: Callable[[], Floats],
    name: str,
    peer: Callable[[], Floats] | None,
    runs: int,
    least: Callable[[Floats], float] | None = None,
) -> None:
    """Assert that both are equal, or (least) that ours is at most the peer's; print the ratio."""
    if peer is not None:
        a, b = ours(), peer()
        if least:
            assert least(a) <= least(b) * (1 + RTOL)
        else:
            np.testing.assert_allclose(a, b, rtol=RTOL, atol=RTOL * np.abs(b).max())
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(runs):
        for who, call in (("ours", ours), ("peer", peer)):
            if call is not None:
                start = time.perf_counter()
                call()
                times[who].append(time.perf_counter() - start)
    mine = median(times["ours"])
    ratio = f"{median(times['peer']) / mine:10.1f}" if peer is not None else "    absent"
    print(f"  {what:42}{name:18}{ratio}{mine:12.4f}")


def measure_memory(what: str) -> float:
    for n in (2_000, MANY):  # the first: so that imports are not counted
        X, t, score = make(n)
        before = resident()
        if what == "entropy":
            entropy_balance(X, t)
        else:
            nearest(score, t)
    return (peak() - before) / (X.nbytes + score.nbytes)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="5,000 pupils only")
    options.add_argument("--slow", action="store_true", help="pymatchit with 50,000 too")
    options.add_argument("--memory", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.memory:
        print(measure_memory(given.memory))
        return
    found = installed()
    print("; ".join(f"{name} {number or 'absent'}" for name, number in found.items()))
    print(f"{os.cpu_count()} cores; medians, tools in turns")
    if not given.quick:
        for what in ("entropy", "nearest"):
            command = [sys.executable, __file__, "--memory", what]
            extra = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            print(f"  peak memory beyond the data / data, {what}: {float(extra):.2f}")
    print(f"  {'':42}{'peer':18}{'peer/ours':>10}{'seconds':>12}")
    rows(SOME, found, matches=True)
    if not given.quick:
        rows(MANY, found, matches=given.slow)


def rows(n: int, found: dict[str, str], matches: bool) -> None:
    """One line per method, for n pupils. matches: whether pymatchit takes part."""
    X, t, score = make(n)
    matches = matches and bool(found["pymatchit-causal"])
    few = 3 if n == SOME else 1
    compare(
        f"propensity, {n:,} x {K}", lambda: propensity(X, t).beta,
        "statsmodels GLM", lambda: glm(X, t), 9,
    )  # fmt: skip
    compare(
        f"entropy balancing, {n:,} x {K}", lambda: entropy_balance(X, t).w[t == 0] / t.sum(),
        "ebal", (lambda: ebal(X, t)) if found["ebal"] else None, 9,
    )  # fmt: skip
    compare(
        f"nearest neighbour 1:1, {n:,}", lambda: np.sort(nearest(score, t).distance),
        "pymatchit", (lambda: pymatchit("nearest", t, score)) if matches else None, few,
    )  # fmt: skip
    compare(
        f"optimal 1:1, {n:,}", lambda: np.sort(optimal(score, t).distance),
        "pymatchit", (lambda: pymatchit("optimal", t, score)) if matches and n == SOME else None,
        few, np.sum,
    )  # fmt: skip


if __name__ == "__main__":
    main()
