"""Multilevel models by REML: equal to the peers, and faster?

    python benchmarks/multilevel.py [--quick | --slow]

A random intercept per school, and pupils in classes in schools (four classes of 25 a school).
Numbers first: unless two tools give the same effect, standard error and variances, none is timed;
and at the peer's variances the criterion is never lower than at ours. A peer that is not installed
(``pip install lme-python mixedlm mixedlm-rs polars``) is reported as absent.

What is timed is not the same, and the ratios say of what: ours is what a user gets, from a
DataFrame (checked, moments taken, REML, Kenward-Roger, the intervals of both shares, and every
school's estimate) and from moments in hand; the peers only fit, from data already as they want it;
"its table" is lme-python from the DataFrame that ours starts from. "fit alone" is ours without
check, degrees of freedom, intervals and estimates of schools.
statsmodels takes part from 300,000 pupils with --slow only, and then once; of classes up to 3,000.
lme-python aborts its process on 3 million pupils in classes. Memory is the peak of our call beyond
the data, over the data, in a fresh process.

Last a randomisation test with a REML fit for every one of 1,000 assignments of 60 schools, from the
table, with its interval; beside it the fastest peer fitting the rows of some assignments, times
what is left. (eefAnalytics in R took 205 s and 535 s on the machine of ``performance.md``.)
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from cr2 import peak, resident
from numpy.typing import NDArray

import academic_workplace as aw
from academic_workplace.effects.multilevel import multilevel
from academic_workplace.linear import least_squares
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.multilevel import axes_of, classes, intercept, refitted
from academic_workplace.plan import Inference
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]
X = ("x1", "x2", "x3", "x4", "x5", "x6")
FORMULA = f"y ~ t + {' + '.join(X)}"
NESTED = " + (1|school) + (1|group)"
PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", comparison="0", covariates=X)
CLASSES = aw.Plan(outcome="y", treatment="t", cluster="school", classes="group", comparison="0",
                  covariates=X)  # fmt: skip
NO_LOWER = 1e-9  # of the criterion at the peer's variances than at ours
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


def lme_from_table(table: pd.DataFrame) -> Callable[[], Floats]:
    """The same, from the DataFrame that ours starts from: lme-python takes polars and labels."""
    import lme_python
    import polars as pl

    def call() -> Floats:
        data = pl.from_pandas(table[["y", "t", *X, "school"]])
        data = data.with_columns(pl.col("school").cast(pl.String), pl.col("t").cast(pl.Float64))
        fit = lme_python.lmer(f"{FORMULA} + (1|school)", data=data, reml=True)
        sigma2 = float(fit.sigma2)
        return np.array([fit.coefficients[1], fit.std_errors[1],
                         float(fit.theta[0]) ** 2 * sigma2, sigma2])  # fmt: skip

    return call


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


# Of effect, standard error and variances; who stops early lies above the lowest criterion.
PEERS: dict[str, tuple[Callable[[pd.DataFrame], Callable[[], Floats]], float]] = {
    "lme-python": (lme, 5e-6),
    "its table": (lme_from_table, 5e-6),
    "mixedlm": (mixedlm, 1e-7),
    "mixedlm-rs": (mixedlm_rs, 1e-7),
    "statsmodels": (statsmodels, 1e-3),  # stops early
}

NESTED_PEERS: dict[str, tuple[Callable[[pd.DataFrame], Callable[[], Floats]], float]] = {
    "lme-python": (lme_nested, 2e-3),  # stops early: 7e-4 in tau2, 1e-5 above in the criterion
    "mixedlm": (mixedlm_nested, 5e-6),
    "statsmodels": (statsmodels_nested, 2e-5),
}


def criterion_of(m: SampleMoments, plan: aw.Plan) -> Callable[[Floats], float]:
    """What a fit's numbers (as ``ours`` gives them) make of the restricted likelihood."""
    fit = least_squares(m, ["t=1", *X], absorb=False, apart=False)
    if plan.classes is None:
        sums = intercept.sums_of(m, fit, absorb=False)
        return lambda v: intercept.criterion(sums, v[2] / v[3], reml=True)
    by_class = classes.class_sums(m, fit, absorb=False)
    return lambda v: classes.criterion(by_class, (v[3] / v[4], v[2] / v[4]), reml=True)


def fit_alone(table: pd.DataFrame, plan: aw.Plan) -> Callable[[], object]:
    """Ours, doing no more than the peers do: from columns as arrays to effect and variances."""
    columns = [table[name].to_numpy(float) for name in ("t", *X, "y")]
    names = [table["school"].to_numpy()]
    names += [] if plan.classes is None else [table["group"].to_numpy()]

    def call() -> object:
        codes, labels = zip(*(pd.factorize(each) for each in names), strict=True)
        wide = [len(each) for each in labels]
        cell = codes[0] if len(codes) == 1 else codes[0] * wide[1] + codes[1]
        place, used = pd.factorize(cell)
        origin, S = cross_products(columns, place, len(used))
        school, group = (used, used) if len(codes) == 1 else np.divmod(used, wide[1])
        text = tuple(map(str, labels[0][school].tolist()))
        own = () if plan.classes is None else tuple(map(str, labels[1][group].tolist()))
        none = ("",) * len(used)
        m = SampleMoments("y", "", text, none, none, ("1", "t", *X, "y"), origin, S, crossed=own)
        fit = least_squares(m, ["t", *X], absorb=False, apart=False)
        fitted = intercept.random_intercept if plan.classes is None else classes.nested_intercepts
        with one_thread():
            found = fitted(m, fit, absorb=False)
        assert not isinstance(found, aw.Text)
        return found

    return call


def installed() -> dict[str, str]:
    out = {}
    for name in ("numpy", *PEERS):
        try:
            out[name] = version("lme-python" if name == "its table" else name)
        except PackageNotFoundError:
            out[name] = ""
    return out


def seconds(call: Callable[[], object]) -> float:
    gc.disable()  # as timeit does: what one tool leaves behind is not looked through in another's
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
        return time.perf_counter() - start
    finally:
        gc.enable()


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
    calls: dict[str, Callable[[], object]] = {
        "table": lambda: from_table(table, plan), "moments": lambda: ours(m, plan),
        "alone": fit_alone(table, plan),
    }  # fmt: skip
    known, criterion = ours(m, plan), criterion_of(m, plan)
    lowest = criterion(known)
    for name, (peer, rtol) in peers.items():
        if found[name] and takes_part(name, n, slow, nested):
            call = peer(table)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = call()
            np.testing.assert_allclose(theirs, known, rtol=rtol, err_msg=name)
            assert lowest <= criterion(theirs) + NO_LOWER, name
            calls[name] = call
    runs = 9 if n < SIZES[-1] else 3
    times: dict[str, list[float]] = {name: [] for name in calls}
    for run in range(runs):
        for name, call in calls.items():
            if run == 0 or name != "statsmodels" or n == SIZES[0]:
                times[name].append(seconds(call))
    table_s, moments_s, alone = (median(times[what]) for what in ("table", "moments", "alone"))
    what = f"{len(m.clusters):,} classes in " if nested else ""
    print(f"{n:,} pupils, {what}{n // 100:,} schools: ours {table_s:.4f} s from the table, "
          f"{moments_s:.4f} s from moments; fit alone from arrays {alone:.4f} s")  # fmt: skip
    for name in peers:
        if name in times:
            took = median(times[name])
            ratios = "".join(f"{took / each:10.1f} x" for each in (table_s, moments_s, alone))
            print(f"  {name:14}{took:10.4f} s{ratios}")
        else:
            print(f"  {name:14}    {'not run' if found[name] else 'absent'}")


DRAWS, SOME = 1_000, 10  # assignments; of which a peer fits the rows


def redrawn(pupils: int, found: dict[str, str]) -> None:
    """The randomisation test with a REML fit each, and what a peer would take."""
    rng, G = np.random.default_rng(7), 60
    school = np.sort(rng.integers(0, G, pupils))
    t = rng.permutation(np.arange(G) % 2)
    table = pd.DataFrame({"school": school, "t": t[school], **dict.fromkeys(X, 0.0)})
    table[list(X)] = rng.normal(size=(pupils, len(X)))
    table["y"] = 0.2 * table["t"] + 0.4 * rng.normal(size=G)[school] + rng.normal(size=pupils)
    table["y"] += table[list(X)] @ np.linspace(-0.3, 0.4, len(X))
    plan = replace(PLAN, method="multilevel", inference="randomisation", draws=DRAWS)
    m = aw.collect(table, plan).samples[0]
    fit = least_squares(m, list(X), absorb=False, apart=False)
    axes = axes_of(intercept.sums_of(m, fit, absorb=False))
    place = [int(name) for name in fit.clusters]
    again = [rng.permutation(t) for _ in range(SOME)]
    with one_thread():
        mine = refitted(axes, np.array(again)[:, place].astype(float), t[place].astype(float))
    took = median(seconds(lambda: aw.estimate(table, plan)) for _ in range(5))
    print(
        f"{pupils:,} pupils, {DRAWS:,} draws: ours {took:.3f} s from the table, with the interval"
    )
    if not found["lme-python"]:
        return
    theirs, times = [], []
    for each in again:
        call = lme(table.assign(t=each[school]))
        theirs.append(call()[0])
        times.append(seconds(call))
    np.testing.assert_allclose(theirs, mine.estimate, rtol=1e-4, atol=1e-6)
    peer = median(times) * DRAWS
    print(f"  lme-python, {SOME} of them and the rest reckoned {peer:8.2f} s{peer / took:10.1f} x")


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
          " from moments, and of the fit alone")  # fmt: skip
    if not given.quick:
        command = [sys.executable, __file__, "--memory"]
        extra = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        print(f"  peak memory beyond the data / data: {float(extra):.2f}")
    for nested in (False, True):
        print("pupils in classes in schools" if nested else "pupils in schools")
        for n in SIZES[:2] if given.quick else (*SIZES, 3_000_000) if given.slow else SIZES:
            rows(n, found, given.slow and n <= SIZES[-1], nested)
    print("randomisation test, 60 schools, a REML fit for every assignment")
    for n in (1_500, 14_000):
        redrawn(n, found)


if __name__ == "__main__":
    main()
