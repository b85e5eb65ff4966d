"""Made alike by weights or matches: does the 95 % interval hold the truth, and LaLonde's test.

    python benchmarks/comparing.py [--quick] [--redraw] [--studies 1000]

Writes comparing.csv (a row per design and way) and COMPARING.md.

First: invented pupils in few schools, of whom the more needy take part, again in every replication;
the effect on those who take part is known. Arrays go straight to the estimators, so that from there
on everything is the package's own code. Then: people of a job-training experiment beside people of
a survey (Dehejia & Wahba, 1999), where the experiment's own answer is known.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

import academic_workplace as aw
from academic_workplace.comparison.weighting import entropy_balance
from academic_workplace.effects import matched, weighted
from academic_workplace.effects.doubly_robust import _by_both
from academic_workplace.effects.regression import with_t
from academic_workplace.effects.weighted import TwoArms
from academic_workplace.errors import DataError
from academic_workplace.plan import MATCHING, Estimand, Inference, Method
from academic_workplace.threads import one_thread

HERE = Path(__file__).parent
DATA = HERE.parent / "tests" / "reference"
PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", comparison="0", covariates=("a",))
EFFECT = 0.2
SCHOOLS = (10, 14, 20)
KINDS = {
    "pupils": "In every school some pupils take part.",
    "schools": "Half of the schools take part, the more needy ones, with all their pupils.",
    "mentors": "Pupils of many schools take part; that many coordinators each guide some of them,"
    " and the comparison pupils each stand alone.",
}
REPLICATIONS, QUICK = 1000, 40
SEED, PROCESSES = 20261123, 2
BETA = (0.6, 0.3, 0.2)  # of the columns: they explain half of the spread between pupils
WAYS = {
    "propensity weights": weighted.by_propensity,
    "entropy balancing": partial(weighted._by_balance, balance=entropy_balance),
    "doubly robust": _by_both,
    "nearest neighbour": matched._by(matched._nearest),
    "subclasses": matched._by_classes,
}
ASKED = {
    "propensity weights": (Inference.CR2, Inference.INFLUENCE, Inference.JACKKNIFE),
    "entropy balancing": (Inference.CR2, Inference.INFLUENCE, Inference.JACKKNIFE),
    "doubly robust": (Inference.INFLUENCE, Inference.JACKKNIFE),
    "nearest neighbour": (Inference.CR2,),
    "subclasses": (Inference.CR2,),
}


# ---------------------------------------------------------------- few schools


@dataclass(frozen=True)
class Design:
    kind: str
    schools: int


def draw(design: Design, seed: int) -> TwoArms:
    """One study: pupils in schools of unequal size, an effect that differs between schools."""
    rng = np.random.default_rng([SEED, seed, design.schools, list(KINDS).index(design.kind)])
    G = design.schools if design.kind != "mentors" else 3 * design.schools
    size = rng.integers(20, 60, G)
    school = np.repeat(np.arange(G), size)
    need, joins, level, gain = rng.normal(size=(4, G))
    X = rng.normal(size=(len(school), 3)) + 0.4 * need[school][:, None]
    if design.kind == "schools":
        order = np.argsort(need + rng.normal(size=G))
        t = np.isin(school, order[: G // 2])
    else:
        logit = 0.5 * joins[school] - 1 - 0.7 * X[:, 0] - 0.4 * X[:, 1]
        t = rng.random(len(school)) < 1 / (1 + np.exp(-logit))
    y = X @ BETA + rng.normal(scale=0.8, size=len(school)) + EFFECT * t
    cluster = school
    if design.kind == "mentors":
        guide = rng.integers(0, design.schools, len(school))
        y = y + np.where(t, 0.3 * level[guide], 0.0)
        cluster = np.where(t, guide, design.schools + np.arange(len(school)))
    else:
        y = y + 0.3 * level[school] + 0.15 * gain[school] * t
    code = np.unique(cluster, return_inverse=True)[1]
    nothing = np.zeros(len(y), dtype=np.intp)
    names = ("a", "b", "c")
    return TwoArms(t, y, code, nothing, X, names, X, names, 3, ())


def answers(
    design: Design, seed: int, asked: Mapping[str, Sequence[Inference]] = ASKED
) -> list[tuple[str, str, float, float, float]]:
    """Per way and inference: the estimate and its limits; NaN where there is none."""
    two, out = draw(design, seed), []
    with one_thread():
        naive = float(two.y[two.t].mean() - two.y[~two.t].mean())
        out.append(("as they are", "", naive, np.nan, np.nan))
        for way, inferences in asked.items():
            for inference in inferences:
                try:
                    found = WAYS[way](two, PLAN, Estimand.ATT, inference)
                    i = with_t(found.estimate, *found.variance())
                except DataError:
                    out.append((way, inference.value, np.nan, np.nan, np.nan))
                    continue
                low, high = (np.nan if x is None else x for x in (i.low, i.high))
                out.append((way, inference.value, found.estimate, low, high))
    return out


def coverage(replications: int, seeds: int = 0) -> pd.DataFrame:
    """A row per design, way and inference."""
    rows = []
    with multiprocessing.Pool(PROCESSES) as pool:
        for kind in KINDS:
            for schools in SCHOOLS:
                design = Design(kind, schools)
                each = pool.map(partial(answers, design), range(seeds, seeds + replications))
                rows += summary(design, each)
    return pd.DataFrame(rows)


def summary(design: Design, each: Sequence[Sequence[tuple]]) -> list[dict[str, object]]:
    rows = []
    for together in zip(*each, strict=True):
        way, inference = together[0][:2]
        estimate, low, high = np.array([found[2:] for found in together], dtype=float).T
        told = ~np.isnan(low)
        row = {"design": design.kind, "clusters": design.schools, "way": way,
               "inference": inference, "studies": len(each), "bias": np.nanmean(estimate) - EFFECT,
               "spread": np.nanstd(estimate), "coverage": np.nan, "width": np.nan,
               "answered": float(np.mean(told))}  # fmt: skip
        if told.any():
            inside = (low <= EFFECT) & (high >= EFFECT)
            row |= {"coverage": inside[told].mean(), "width": np.median((high - low)[told])}
        rows.append(row)
    return rows


# ---------------------------------------------------------------- LaLonde


def lalonde() -> pd.DataFrame:
    """What every method makes of the treated of the experiment beside people of the survey."""
    table = pd.read_csv(DATA / "data" / "lalonde.csv")
    table = table.assign(person=[f"P{i}" for i in range(len(table))])
    columns = ("age", "educ", "race", "married", "nodegree", "re74", "re75")
    plan = aw.Plan(outcome="re78", treatment="treat", cluster="person", covariates=columns)
    rows = [("difference", aw.estimate(table, plan, method=Method.DIFFERENCE))]
    rows.append(("regression (adjusted)", aw.estimate(table, plan, method=Method.ADJUSTED)))
    rows += [
        (f"{method.value}, {estimand}", aw.estimate(table, _asking(plan, method, estimand)))
        for method, known in weighted.KNOWS.items()
        for estimand in known
    ]
    out = []
    for name, effects in rows:
        e, detail = effects[0], effects.detail(effects[0])
        told = isinstance(detail, weighted.Weighted)
        out.append({
            "way": name, "estimate": e.estimate, "low": e.low, "high": e.high,
            "pupils": e.pupils, "effective": detail.ess[1] if told else np.nan,
            "apart": detail.balance.largest[1] if told else np.nan,
        })  # fmt: skip
    return pd.DataFrame(out)


def _asking(plan: aw.Plan, method: Method, estimand: Estimand) -> aw.Plan:
    return aw.Plan(
        outcome=plan.outcome, treatment=plan.treatment, cluster=plan.cluster,
        covariates=plan.covariates, method=method, estimand=estimand,
        inference=Inference.CR2 if method in MATCHING else Inference.INFLUENCE,
    )  # fmt: skip


# ---------------------------------------------------------------- the page


CHOSEN = """**What to ask for.** CR2 with entropy and stable weights, and leaving out one cluster at
a time (the jackknife) with propensity weights and doubly robust: these hold the truth as often as
they say, with ten clusters too. CR2 of propensity weights takes the weights for known: its
intervals are a third wider than they need be. Influence functions are a little too bold below some
twenty clusters; above forty of a kind they are what the jackknife is."""
KNOWN = """People who took part in a job-training experiment, beside people of a survey who stand in
for its control group (`lalonde.csv`; Dehejia & Wahba, 1999). The experiment itself found
{truth:,.0f} dollars; the difference as it is has the wrong sign. For who took part (ATT) every
method comes most of the way and **none arrives**: what the survey did not measure cannot be
weighed. Their intervals hold the experiment's answer, and 0 as well. For everyone (ATE) the answers
scatter: few who were trained are like the people of the survey. Apart: the largest standardised
difference that is left; above 0.25 the What Works Clearinghouse does not call arms equivalent.
Pairs leave race that far apart, and only the regression after them makes up for it. People: who
counts; effective: for how many of the survey."""


def page(found: pd.DataFrame, people: pd.DataFrame) -> str:
    """COMPARING.md."""
    experiment = json.loads((DATA / "comparison.json").read_text())["A17-rct-lalonde"]
    truth = experiment["expected"]["dim"]
    studies = int(found["studies"].iloc[0])
    chance = 100 * np.sqrt(0.95 * 0.05 / studies)
    lines = [
        "# Made alike by weights or matches",
        "",
        f"Written by `python benchmarks/comparing.py`: {studies:,} invented studies per"
        f" design. The standard error of a coverage is {chance:.1f} points in a design, and"
        f" {chance / 3:.1f} over all nine.",
        "",
        "## Few schools: does the 95 % interval hold the truth?",
        "",
        f"Schools of 20 to 59 pupils; the more needy take part; the effect on who takes part is"
        f" {EFFECT}. Three columns are known of every pupil and explain half of the spread. Width:"
        " the median. As they are: the difference without weights.",
        "",
        *(f"- **{kind.capitalize()}.** {words}" for kind, words in KINDS.items()),
        "",
        "| design | clusters | way | inference | bias | spread | coverage | width |",
        "|---|---:|---|---|---:|---:|---:|---:|",
    ]
    ways = found.groupby(["way", "inference"], sort=False, dropna=False)
    over = ways[["bias", "spread", "coverage", "width"]].mean().reset_index()
    for row in pd.concat([over.assign(design="**all**", clusters=""), found]).itertuples():
        both = f"{row.coverage:.1%}", f"{row.width:.2f}"
        told = ("", "") if np.isnan(row.coverage) else both
        how = "" if pd.isna(row.inference) else row.inference
        lines.append(
            f"| {row.design} | {row.clusters} | {row.way} | {how} | {row.bias:+.2f} |"
            f" {row.spread:.2f} | {told[0]} | {told[1]} |"
        )
    lines += ["", CHOSEN, "", "## LaLonde's test", "", KNOWN.format(truth=truth), ""]
    lines += ["| way | estimate | 95 % | people | effective | apart |"]
    lines += ["|---|---:|---:|---:|---:|---:|"]
    lines += [f"| **the experiment** | **{truth:,.0f}** | | 445 | | |"]
    for row in people.itertuples():
        told = ("", "") if np.isnan(row.apart) else (f"{row.effective:.0f}", f"{row.apart:.2f}")
        lines.append(
            f"| {row.way} | {row.estimate:,.0f} | {row.low:,.0f} to {row.high:,.0f} |"
            f" {row.pupils} | {told[0]} | {told[1]} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="few replications, nothing written")
    options.add_argument("--studies", type=int, default=REPLICATIONS, help="per design")
    options.add_argument("--redraw", action="store_true", help="the page from comparing.csv")
    given = options.parse_args()
    if given.quick:
        print(coverage(QUICK).to_string())
        return
    file = HERE / "comparing.csv"
    if not given.redraw:
        coverage(given.studies).to_csv(file, index=False, float_format="%.6g")
    (HERE / "COMPARING.md").write_text(page(pd.read_csv(file), lalonde()), encoding="utf-8")


if __name__ == "__main__":
    main()
