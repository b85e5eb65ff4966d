"""Synthetic control: equal to pysyncon, and faster?

    python benchmarks/synthetic.py [--quick]

Numbers first: unless both give the same mixture, nothing is timed. ``pip install pysyncon`` brings
the peer; when it is not there it is reported as absent. pysyncon looks for weights by SLSQP, which
stops near the optimum: its misfit may be a little larger than ours, never smaller. The placebos are
those of every donor, without the treated unit. Both run on one thread.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from statistics import median

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.over_time.synthetic import placebo_in_space, synthetic_control

Floats = NDArray[np.float64]
RTOL = 1e-6  # of a misfit that SLSQP leaves a little above the least
ATOL = 5e-3  # of a gap, in standard deviations of the outcome: weights follow slowly


def make(before: int, after: int, donors: int) -> Floats:
    """(T, J + 1) outcomes moved by three things in common; the treated unit comes first."""
    rng = np.random.default_rng(2026)
    common = rng.normal(size=(before + after, 3)).cumsum(axis=0)
    load = rng.dirichlet(np.ones(3), size=donors + 1).T
    Y: Floats = 50 + common @ load + rng.normal(0, 0.5, (before + after, donors + 1))
    Y[before:, 0] += 1
    return Y


def peer_weights(Y: Floats, before: int, unit: int, others: list[int]) -> Floats:
    from pysyncon import Synth

    Z = pd.DataFrame(Y[:before], columns=[f"u{j}" for j in range(Y.shape[1])])
    Z0, Z1 = Z.iloc[:, others], Z.iloc[:, unit]
    variance = pd.concat([Z0, Z1], axis=1).var(axis=1).to_numpy()  # it divides by the deviation
    model = Synth()
    model.fit(X0=Z0, X1=Z1, Z0=Z0, Z1=Z1, custom_V=variance / variance.mean())
    w = np.asarray(model.W)
    return w / w.sum()


def peer_gaps(Y: Floats, before: int) -> Floats:
    """(T, J + 1): of the treated unit, and of every donor without it."""
    gaps = []
    for unit in range(Y.shape[1]):
        others = [j for j in range(1, Y.shape[1]) if j != unit]
        gaps.append(Y[:, unit] - Y[:, others] @ peer_weights(Y, before, unit, others))
    return np.column_stack(gaps)


def same(ours: Floats, theirs: Floats, before: int) -> None:
    """The misfit before is never larger than theirs, and the gaps are the same."""
    mine, yours = ((g[:before] ** 2).sum(axis=0) for g in (ours, theirs))
    assert np.all(mine <= yours * (1 + RTOL))
    np.testing.assert_allclose(ours, theirs, atol=ATOL * ours.std())


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def compare(what: str, before: int, after: int, donors: int, runs: int, *, peer: bool) -> None:
    """Assert that both are equal, and print the ratio: for one unit, and for all placebos."""
    Y = make(before, after, donors)

    def ours() -> Floats:
        return synthetic_control(Y[:, 0], Y[:, 1:], before).gap[:, None]

    def all_ours() -> Floats:
        found = synthetic_control(Y[:, 0], Y[:, 1:], before)
        return placebo_in_space(found, with_treated=False).gaps

    def theirs() -> Floats:
        others = list(range(1, donors + 1))
        return (Y[:, 0] - Y[:, others] @ peer_weights(Y, before, 0, others))[:, None]

    def all_theirs() -> Floats:
        return peer_gaps(Y, before)

    for name, mine, other in (("one", ours, theirs), ("placebos", all_ours, all_theirs)):
        times: dict[str, list[float]] = {"ours": [], "peer": []}
        if peer:
            same(mine(), other(), before)
        for _ in range(runs):
            times["ours"].append(seconds(mine))
            if peer:
                times["peer"].append(seconds(other))
        own = median(times["ours"])
        ratio = f"{median(times['peer']) / own:10.1f}" if peer else "    absent"
        print(f"  {what + ', ' + name:42}{'pysyncon':18}{ratio}{own:12.4f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="few donors only")
    given = options.parse_args()
    found = {}
    for name in ("numpy", "scipy", "pysyncon"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    print("; ".join(f"{name} {number or 'absent'}" for name, number in found.items()))
    print(f"{os.cpu_count()} cores; medians, tools in turns")
    print(f"  {'':42}{'peer':18}{'peer/ours':>10}{'seconds':>12}")
    peer = bool(found["pysyncon"])
    compare("15 periods before, 12 donors", 15, 5, 12, 9, peer=peer)
    if not given.quick:
        compare("60 periods before, 40 donors", 60, 12, 40, 5, peer=peer)
        compare("120 periods before, 100 donors", 120, 24, 100, 3, peer=peer)


if __name__ == "__main__":
    main()
