"""Multilevel models by REML: equal to the peers, and faster?

    python benchmarks/multilevel.py [--quick | --slow]

A random intercept per school, and pupils in classes in schools (four classes of 25 a school).
Numbers first: unless two tools give the same effect, standard error and variances, none is timed.
A peer that is not installed (``pip install lme-python mixedlm mixedlm-rs polars``) is reported as
absent. Ours is timed from a DataFrame (checked, moments taken, REML, Kenward-Roger, the intervals
of both shares, and every school's estimate) and from moments in hand; the
peers only fit. statsmodels takes part from 300,000 pupils with --slow only, and then once; of
classes up to 3,000. lme-python aborts its process on 3 million pupils in classes. Memory is the
peak of our call beyond the data, over the data, in a fresh process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from cr2 import peak, resident
from numpy.typing import NDArray

import academic_workplace as aw
from academic_workplace.effects.multilevel import multilevel
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]
X = ("x1", "x2", "x3", "x4", "x5", "x6")
FORMULA = f"y ~ t + {' + '.join(X)}"
NESTED = " + (1|school) + (1|group)"
PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", comparison="0", covariates=X)
CLASSES = aw.Plan(outcome="y", treatment="t", cluster="school", classes="group", comparison="0",
                  covariates=X)  # fmt: skip
RTOL = 2e-5  # the peers stop their searches where the criterion is flat
SIZES = (3_000, 30_000, 300_000)


def make(n: int) -> pd.DataFrame:
    """Pupils in schools of 100 on average, half of them with the programme."""
    rng = np.random.default_rng(2026)
    G = n // 100
    school = np.sort(rng.integers(0, G, n))
    table = pd.DataFrame(rng.normal(size=(n, len(X))), columns=list(X))
    table += 0.3 * rng.normal(size=(G, len(X)))[school]
    t = rng.permutation(np.arange(G) % 2)[school]
    y = 0.2 * t + table.to_numpy() @ np.linspace(-0.3, 0.4, len(X))
    y += 0.4 * rng.normal(size=G)[school] + rng.normal(size=n)
    group = 4 * school + rng.integers(0, 4, n)
    y += 0.3 * rng.normal(size=4 * G)[group]
    return table.assign(y=y, t=t, school=school, group=group)


def ours(m: SampleMoments, plan: aw.Plan = PLAN) -> Floats:
    """Effect, its standard error by plain REML, tau2, omega2 where there are classes, sigma2."""
    with one_thread():
        part = multilevel(m, plan, Inference.SATTERTHWAITE)
    (effect,), (detail,) = part.effects, part.details.values()
    assert isinstance(effect.estimate, float)
    assert isinstance(effect.se, float)
    classes = [] if detail.classes is None else [detail.classes.omega2]
    return np.array([effect.estimate, effect.se, detail.tau2, *classes, detail.sigma2])


def from_table(table: pd.DataFrame, plan: aw.Plan = PLAN) -> Floats:
    return ours(aw.collect(table, plan).samples[0], plan)


def lme(table: pd.DataFrame) -> Callable[[], Floats]:
    import lme_python

    data = in_polars(table)

    def call() -> Floats:
        fit = lme_python.lmer(f"{FORMULA} + (1|school)", data=data, reml=True)
        sigma2 = float(fit.sigma2)
        tau2 = float(fit.theta[0]) ** 2 * sigma2
        return np.array([fit.coefficients[1], fit.std_errors[1], tau2, sigma2])

    return call


def in_polars(table: pd.DataFrame) -> Any:
    import polars as pl

    return pl.DataFrame({
        name: table[name].astype(str).to_list() if name in ("school", "group")
        else table[name].to_numpy(float) for name in table
    })  # fmt: skip


def by_size(theta: Floats, sigma2: float, names: Sequence[str]) -> list[float]:
    """The variances of schools and of classes, whichever a peer puts first."""
    found = {name: float(t) ** 2 * sigma2 for name, t in zip(names, theta, strict=True)}
    return [found["school"], found["group"]]


def lme_nested(table: pd.DataFrame) -> Callable[[], Floats]:
    import lme_python

    data = in_polars(table)

    def call() -> Floats:
        fit = lme_python.lmer(FORMULA + NESTED, data=data, reml=True)
        sigma2 = float(fit.sigma2)
        variances = by_size(fit.theta, sigma2, ("school", "group"))
        return np.array([fit.coefficients[1], fit.std_errors[1], *variances, sigma2])

    return call


def mixedlm_nested(table: pd.DataFrame) -> Callable[[], Floats]:
    from mixedlm import lmer

    def call() -> Floats:
        fit = lmer(FORMULA + NESTED, table)
        sigma2 = float(fit.sigma) ** 2
        variances = by_size(fit.theta, sigma2, ("school", "group"))
        se = np.sqrt(np.asarray(fit.vcov())[1, 1])
        return np.array([fit.beta[1], se, *variances, sigma2])

    return call


def statsmodels_nested(table: pd.DataFrame) -> Callable[[], Floats]:
    import statsmodels.formula.api as smf

    def call() -> Floats:
        fit = smf.mixedlm(FORMULA, table, groups=table["school"], re_formula="1",
                          vc_formula={"g": "0 + C(group)"}).fit()  # fmt: skip
        variances = [float(fit.cov_re.iloc[0, 0]), float(fit.vcomp[0])]
        return np.array([fit.fe_params["t"], fit.bse_fe["t"], *variances, float(fit.scale)])

    return call


def mixedlm(table: pd.DataFrame) -> Callable[[], Floats]:
    from mixedlm import lmer

    def call() -> Floats:
        fit = lmer(f"{FORMULA} + (1|school)", table)
        sigma2 = float(fit.sigma) ** 2
        tau2 = float(fit.theta[0]) ** 2 * sigma2
        return np.array([fit.beta[1], np.sqrt(np.asarray(fit.vcov())[1, 1]), tau2, sigma2])

    return call


def mixedlm_rs(table: pd.DataFrame) -> Callable[[], Floats]:
    from mixedlm_rs import MixedLM

    y = table["y"].to_numpy(float)
    Z = np.column_stack([np.ones(len(table)), table["t"], table[list(X)]]).astype(float)
    school = table["school"].to_numpy()

    def call() -> Floats:
        fit = MixedLM(y, Z, groups=school).fit(reml=True)
        tau2 = float(np.asarray(fit.cov_re).ravel()[0])
        return np.array([fit.fe_params[1], fit.bse_fe[1], tau2, float(fit.scale)])

    return call


def statsmodels(table: pd.DataFrame) -> Callable[[], Floats]:
    import statsmodels.formula.api as smf

    def call() -> Floats:
        fit = smf.mixedlm(FORMULA, table, groups=table["school"]).fit()
        tau2 = float(fit.cov_re.iloc[0, 0])
        return np.array([fit.fe_params["t"], fit.bse_fe["t"], tau2, float(fit.scale)])

    return call


PEERS: dict[str, tuple[Callable[[pd.DataFrame], Callable[[], Floats]], float]] = {
    "lme-python": (lme, RTOL),
    "mixedlm": (mixedlm, RTOL),
    "mixedlm-rs": (mixedlm_rs, RTOL),
    "statsmodels": (statsmodels, 1e-3),  # stops early
}

NESTED_PEERS: dict[str, tuple[Callable[[pd.DataFrame], Callable[[], Floats]], float]] = {
    "lme-python": (lme_nested, 2e-3),  # each stops early
    "mixedlm": (mixedlm_nested, 2e-3),
    "statsmodels": (statsmodels_nested, 1e-2),
}


def installed() -> dict[str, str]:
    out = {}
    for name in ("numpy", *PEERS):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = ""
    return out


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        call()
    return time.perf_counter() - start


def takes_part(name: str, n: int, slow: bool, nested: bool) -> bool:
    """Whether a peer can do this size in reasonable time, or at all."""
    if nested:
        return {"statsmodels": n <= SIZES[0], "lme-python": n <= SIZES[-1]}.get(name, True)
    return name != "statsmodels" or n < SIZES[-1] or slow


def rows(n: int, found: dict[str, str], slow: bool, nested: bool) -> None:
    """One line per peer, for n pupils."""
    table = make(n)
    plan, peers = (CLASSES, NESTED_PEERS) if nested else (PLAN, PEERS)
    m = aw.collect(table, plan).samples[0]
    calls: dict[str, Callable[[], Floats]] = {
        "table": lambda: from_table(table, plan), "moments": lambda: ours(m, plan),
    }  # fmt: skip
    known = ours(m, plan)
    for name, (peer, rtol) in peers.items():
        if found[name] and takes_part(name, n, slow, nested):
            call = peer(table)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                np.testing.assert_allclose(call(), known, rtol=rtol, err_msg=name)
            calls[name] = call
    runs = 9 if n < SIZES[-1] else 3
    times: dict[str, list[float]] = {name: [] for name in calls}
    for run in range(runs):
        for name, call in calls.items():
            if run == 0 or name != "statsmodels" or n == SIZES[0]:
                times[name].append(seconds(call))
    table_s, moments_s = median(times["table"]), median(times["moments"])
    what = f"{len(m.clusters):,} classes in " if nested else ""
    print(f"{n:,} pupils, {what}{n // 100:,} schools: ours {table_s:.4f} s from the table, "
          f"{moments_s:.4f} s from moments")  # fmt: skip
    for name in peers:
        if name in times:
            took = median(times[name])
            print(f"  {name:14}{took:10.4f} s{took / table_s:10.1f} x{took / moments_s:10.1f} x")
        else:
            print(f"  {name:14}    {'not run' if found[name] else 'absent'}")


def measure_memory() -> float:
    for n in (2_000, SIZES[-1]):  # the first: so that imports are not counted
        table = make(n)
        before = resident()
        from_table(table)
    return (peak() - before) / int(table.memory_usage().sum())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="up to 30,000 pupils")
    options.add_argument("--slow", action="store_true", help="statsmodels with 300,000, 3 million")
    options.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.memory:
        print(measure_memory())
        return
    found = installed()
    print("; ".join(f"{name} {number or 'absent'}" for name, number in found.items()))
    print(f"{os.cpu_count()} cores; medians, tools in turns; ratios: peer over ours from the table,"
          " and from moments")  # fmt: skip
    if not given.quick:
        command = [sys.executable, __file__, "--memory"]
        extra = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        print(f"  peak memory beyond the data / data: {float(extra):.2f}")
    for nested in (False, True):
        print("pupils in classes in schools" if nested else "pupils in schools")
        for n in SIZES[:2] if given.quick else (*SIZES, 3_000_000) if given.slow else SIZES:
            rows(n, found, given.slow and n <= SIZES[-1], nested)


if __name__ == "__main__":
    main()
