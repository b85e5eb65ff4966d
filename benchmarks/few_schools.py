"""Does the 95 % interval hold the truth, and does the 5 % test err once in 20, with few schools?

    python benchmarks/few_schools.py [--quick] [--redraw] [--multilevel]

Writes coverage.csv (a row per design, method and inference), coverage.png and COVERAGE.md.
--multilevel computes only the rows of the multilevel model, of the same data sets, and keeps the
others.

Schools of unequal size are divided over two arms by lot, again in every replication. An invented
study is one ``SampleMoments``: a school's number, sum and sum of squares of a normal outcome have
known distributions, so no pupil is drawn. From there on everything is the package's own code, from
the fit to the p-value and the limits. All inferences answer the same data sets.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

import academic_workplace as aw
from academic_workplace import resampling
from academic_workplace.effects.multilevel import interval as mixed_interval
from academic_workplace.effects.regression import Interval, Question, answer, arms_of, regress
from academic_workplace.moments import SampleMoments
from academic_workplace.multilevel import Mixed, random_intercept
from academic_workplace.plan import Inference, Method
from academic_workplace.threads import one_thread

Floats = NDArray[np.float64]

SCHOOLS = (4, 6, 8, 12, 20, 40)
SHARES = {"1/4": 1 / 4, "1/3": 1 / 3, "1/2": 1 / 2}
ICCS = (0.02, 0.05, 0.10, 0.20)
CVS = (0.0, 0.4, 0.8)
OUTCOMES = ("continuous", "binary")
METHODS = (Method.DIFFERENCE, Method.CLUSTER_MEANS)
FORMULAS = (Inference.CR1S, Inference.CR2)
MULTILEVEL = (Inference.KENWARD_ROGER, Inference.SATTERTHWAITE)  # of pupils, not of means
INFERENCES = (*FORMULAS, Inference.WILD, Inference.RANDOMISATION, *MULTILEVEL)
ASKED = {
    Method.DIFFERENCE: INFERENCES,
    Method.CLUSTER_MEANS: tuple(i for i in INFERENCES if i not in MULTILEVEL),
}

MEAN_SIZE, FEWEST = 25, 2  # pupils of a school
PROPORTION = 0.3  # of a binary outcome, in the comparison
EFFECT = 0.3  # standard deviations
ALPHA = 0.05
LOW, HIGH = 0.035, 0.065  # the size that is asked for

# Written by hand, from the tables above it: `estimate` does just this.
CHOSEN = (
    "**Chosen.** The wild bootstrap is the default where one arm has three clusters and the other"
    " eight to eleven, in a comparison without covariates, baseline or blocks: there CR2 is too"
    " careful and the wild bootstrap is right. CR2 is the default everywhere else. With two"
    " clusters in an arm, or three against twelve or more, neither reaches the band throughout:"
    " CR2 is then careful (its intervals are too wide), except at 2 of 4 with very unequal schools,"
    " where it can be too bold and `cluster means` is the better question. `effect.method` says"
    " what was used, and a plan may ask for another inference."
)

BESIDE = (
    "**The multilevel model beside it.** While its assumption holds it is nowhere too bold, and too"
    " careful with 4 to 8 schools: a variance between schools cannot come out below 0, and at 2 of"
    " 4 it rejects in 1 % of the tests. So it takes the place of nothing. Where few schools are"
    " treated and these vary twice as much, it errs in 14–16 % of the tests, with 20 schools too;"
    " the wild bootstrap in 10–12 % at 2 of 8 and 3 of 12, CR2 in at most 7 %. With halves treated"
    " all three stay between 3.7 and 6.9 %. `effects.compare()` therefore shows it, and goes by it"
    " only where nothing else can tell."
)

SEED = 20261123
REPLICATIONS = {"CR1S and CR2": 4000, "resampled": 2000, "under an effect": 2000}
QUICK = {"CR1S and CR2": 60, "resampled": 30, "under an effect": 30}
DRAWS = 399  # (draws + 1) * ALPHA is whole, so that few draws cost width, not size
COUNT_ALL = 2000  # assignments that are counted; the package counts more, and is slower
PROCESSES = 2

HERE = Path(__file__).parent
PLAN = aw.Plan(outcome="y", treatment="t", cluster="school", comparison="0", draws=DRAWS)
COLUMNS = ("1", "t=0", "t=1", "y")


# ---------------------------------------------------------------- the designs


@dataclass(frozen=True, slots=True)
class Design:
    """Schools, of which some are treated; outcome and sizes of schools."""

    schools: int
    treated: int
    icc: float
    cv: float
    outcome: str

    @property
    def key(self) -> list[int]:
        """Whole numbers that belong to this design, whatever was simulated before it."""
        place = OUTCOMES.index(self.outcome)
        return [self.schools, self.treated, round(100 * self.icc), round(100 * self.cv), place]

    @property
    def effect(self) -> float:
        """``EFFECT`` in the outcome's own units: of pupils in the comparison, total sd."""
        p = PROPORTION
        return EFFECT * (math.sqrt(p * (1 - p)) if self.outcome == "binary" else 1.0)

    @property
    def sizes(self) -> Floats:
        """(G,) pupils per school: quantiles of a gamma distribution with this CV and mean."""
        G = self.schools
        if self.cv == 0:
            return np.full(G, float(MEAN_SIZE))
        q = special.gammaincinv(1 / self.cv**2, (np.arange(G) + 0.5) / G)
        n = MEAN_SIZE * (1 + self.cv * (q - q.mean()) / q.std())
        return np.maximum(np.round(n), FEWEST)


def treated(schools: int, share: str) -> int:
    """The number treated: the nearest whole number, a half goes up."""
    return math.floor(schools * SHARES[share] + 0.5)


def shares(schools: int) -> dict[int, str]:
    """Every number treated with two schools in both arms, and the shares it stands for."""
    out: dict[int, str] = {}
    for share in SHARES:
        t = treated(schools, share)
        if min(t, schools - t) >= 2:
            out[t] = f"{out[t]} and {share}" if t in out else share
    return out


def designs() -> list[Design]:
    """All designs; those with fewer than two schools in an arm are left out."""
    return [
        Design(G, t, icc, cv, outcome)
        for G in SCHOOLS
        for t in shares(G)
        for icc, cv, outcome in product(ICCS, CVS, OUTCOMES)
    ]


# ---------------------------------------------------------------- invented studies


def studies(d: Design, effect: float, R: int, rng: np.random.Generator) -> Iterator[SampleMoments]:
    """R invented studies. The same generator gives the same ones."""
    G = d.schools
    T = np.zeros(G)
    T[: d.treated] = 1
    n = rng.permuted(np.broadcast_to(d.sizes, (R, G)), axis=1)  # which schools are treated: by lot
    if d.outcome == "binary":  # beta-binomial: the ICC is that of the zeros and ones themselves
        p, units = PROPORTION + effect * T, (1 - d.icc) / d.icc
        total = rng.binomial(n.astype(int), rng.beta(p * units, (1 - p) * units, (R, G))) * 1.0
        squares = total
    else:  # the mean and the sum of squares of a normal sample are independent
        school = math.sqrt(d.icc) * rng.standard_normal((R, G))
        own = np.sqrt((1 - d.icc) / n) * rng.standard_normal((R, G))
        mean = effect * T + school + own
        total, squares = n * mean, (1 - d.icc) * rng.chisquare(n - 1) + n * mean**2
    labels = tuple(f"{i:02d}" for i in range(G))
    arms = tuple("1" if x else "0" for x in T)
    for n_r, total_r, squares_r in zip(n, total, squares, strict=True):
        S = np.zeros((G, 4, 4))
        for j, inside in enumerate((np.ones(G), 1 - T, T)):
            S[:, j, j] = S[:, 0, j] = S[:, j, 0] = n_r * inside
            S[:, j, 3] = S[:, 3, j] = total_r * inside
        S[:, 3, 3] = squares_r
        yield SampleMoments("y", "", labels, ("",) * G, arms, COLUMNS, np.zeros(4), S)


def intervals(
    m: SampleMoments, method: Method, inferences: Sequence[Inference], seed: int
) -> list[Interval]:
    """What the package says of one study, by each inference; seed: of the study's own plan."""
    plan = replace(PLAN, seed=seed)
    arms = arms_of(m, plan)
    means = method is Method.CLUSTER_MEANS
    source = m.means() if means else m
    model = regress(source, plan, arms, [], interacted=False)
    contrast = model.contrasts["1"]
    question = Question(source, plan, "1", arms.comparison, [], model.fit, contrast, means=means)
    mixed = None
    if any(inference in MULTILEVEL for inference in inferences):
        least = regress(source, plan, arms, [], interacted=False, apart=False)
        mixed = random_intercept(m, least.fit, absorb=False)
    out = []
    for inference in inferences:
        if inference not in MULTILEVEL:
            out.append(answer(question, inference, None)[0])
        elif isinstance(mixed, Mixed):
            out.append(mixed_interval(mixed, contrast, inference))
        else:
            out.append(Interval(float(contrast @ model.fit.beta)))
    return out


@contextmanager
def counting(most: int) -> Iterator[None]:
    """The randomisation test draws where there are more assignments than this."""
    before, resampling.COUNT_ALL = resampling.COUNT_ALL, most
    try:
        yield
    finally:
        resampling.COUNT_ALL = before


# ---------------------------------------------------------------- three schools, more closely


THREE = (8, 9, 10, 11, 12, 13, 14, 15, 16, 20, 30)  # schools, of which three are treated
THREE_REPLICATIONS = 1500
THREE_DESIGNS = tuple(product((0.02, 0.10, 0.20), (0.0, 0.8), OUTCOMES))


def three(G: int) -> dict[str, float]:
    """Mean and range of the size of CR2 and of the wild bootstrap, in %, with 3 of G treated."""
    R, asked, sizes = THREE_REPLICATIONS, (Inference.CR2, Inference.WILD), []
    with one_thread():
        for icc, cv, outcome in THREE_DESIGNS:
            d = Design(G, 3, icc, cv, outcome)
            rng = np.random.default_rng([7, *d.key])
            own = rng.integers(0, 2**31, R)
            found = [
                [i.p_value if i.p_value is not None else 1.0
                 for i in intervals(m, Method.DIFFERENCE, asked, int(own[r]))]
                for r, m in enumerate(studies(d, 0.0, R, rng))
            ]  # fmt: skip
            sizes.append(100 * np.mean(np.array(found) <= ALPHA, axis=0))
    each = np.round(sizes, 3)
    row: dict[str, float] = {"schools": G}
    for name, x in zip(("CR2", "wild"), each.T, strict=True):
        row |= {name: x.mean().round(2), f"{name}_lowest": x.min(), f"{name}_highest": x.max()}
    return row


def run_three() -> pd.DataFrame:
    """A row per number of schools."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        return pd.DataFrame(pool.map(three, THREE, chunksize=1))


def three_table(table: pd.DataFrame) -> str:
    """The rows in words."""
    rows = [["treated", "CR2", "wild bootstrap"], ["---"] * 3]
    for row in table.to_dict("records"):
        cells = (f"{row[n]:.1f} ({row[f'{n}_lowest']:.1f} – {row[f'{n}_highest']:.1f})"
                 for n in ("CR2", "wild"))  # fmt: skip
        rows.append([f"3 of {row['schools']:.0f}", *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


# ---------------------------------------------------------------- arms that differ in spread


UNEQUAL = ((8, 2), (8, 4), (12, 3), (12, 6), (20, 5), (20, 10))  # schools, treated
SPREADS = (0.5, 2.0)  # standard deviation of schools and pupils, treated over comparison
UNEQUAL_WAYS = (Inference.CR2, Inference.WILD, Inference.KENWARD_ROGER)


def unequal(task: tuple[int, int, float]) -> dict[str, float]:
    """Mean size, in %, where the treated schools and their pupils vary more, or less."""
    (G, t, spread), R, sizes = task, THREE_REPLICATIONS, []
    with one_thread():
        for cv in (0.0, 0.8):
            d = Design(G, t, 0.10, cv, "continuous")
            rng = np.random.default_rng([11, *d.key, round(10 * spread)])
            own = rng.integers(0, 2**31, R)
            found = [
                [i.p_value if i.p_value is not None else 1.0
                 for i in intervals(stretched(m, spread), Method.DIFFERENCE, UNEQUAL_WAYS,
                                    int(own[r]))]
                for r, m in enumerate(studies(d, 0.0, R, rng))
            ]  # fmt: skip
            sizes.append(100 * np.mean(np.array(found) <= ALPHA, axis=0))
    row: dict[str, float] = {"schools": G, "treated": t, "spread": spread}
    mean = np.mean(sizes, axis=0).round(2)
    return row | {i.value: x for i, x in zip(UNEQUAL_WAYS, mean.tolist(), strict=True)}


def stretched(m: SampleMoments, spread: float) -> SampleMoments:
    """The same study, the outcomes of the treated multiplied by ``spread``."""
    factor = np.where(np.array(m.arms) == "1", spread, 1.0)
    S = m.S.copy()
    S[:, -1] *= factor[:, None]
    S[:, :, -1] *= factor[:, None]
    return replace(m, S=S)


def run_unequal() -> pd.DataFrame:
    """A row per number of schools, treated, and spread."""
    tasks = [(G, t, spread) for G, t in UNEQUAL for spread in SPREADS]
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        return pd.DataFrame(pool.map(unequal, tasks, chunksize=1))


def unequal_table(table: pd.DataFrame) -> str:
    """The rows in words."""
    names = [i.value for i in UNEQUAL_WAYS]
    rows = [["treated", "their spread", *names], ["---"] * (2 + len(names))]
    for row in table.to_dict("records"):
        times = f"{row['spread']:g} × the comparison's"
        which = f"{row['treated']:.0f} of {row['schools']:.0f}"
        rows.append([which, times, *(f"{row[name]:.1f}" for name in names)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


# ---------------------------------------------------------------- one design


@dataclass(frozen=True, slots=True)
class Row:
    """How one inference did in one design.

    size: share of tests with p <= 5 % when there is no effect; mcse: its Monte-Carlo standard
    error. coverage, coverage_effect: share of intervals that hold the truth, without and with an
    effect; an interval without limits holds everything. width: median of the width over that of
    CR2 in the same data. no_limits: share without limits. df: mean degrees of freedom.
    """

    method: str
    inference: str
    schools: int
    treated: int
    share: str
    icc: float
    cv: float
    outcome: str
    replications: int
    size: float
    mcse: float
    coverage: float
    coverage_effect: float
    width: float
    no_limits: float
    df: float


Answers = dict[tuple[Method, Inference], Floats]


Asked = Mapping[Method, Sequence[Inference]]


def simulate(
    d: Design,
    effect: float,
    formulas: int,
    resampled: int,
    seed: int = SEED,
    asked: Asked = ASKED,
) -> Answers:
    """(R, 4) p-value, limits and df of every study, by method and inference.

    formulas, resampled: the number of studies answered by CR1S and CR2, and by the others.
    """
    R = max(formulas, resampled)
    rng = np.random.default_rng([seed, *d.key, int(effect != 0)])
    own = rng.integers(0, 2**31, R)  # every study has a plan with a seed of its own
    found: dict[tuple[Method, Inference], list[tuple[float | None, ...]]] = {
        (method, inference): [] for method, ways in asked.items() for inference in ways
    }
    with one_thread(), counting(COUNT_ALL):
        for r, m in enumerate(studies(d, effect, R, rng)):
            for method, ways in asked.items():
                ask = [i for i in ways if r < (formulas if i in FORMULAS else resampled)]
                if method is Method.CLUSTER_MEANS and d.cv == 0:
                    ask = [i for i in ask if i in FORMULAS]
                for inference, i in zip(ask, intervals(m, method, ask, int(own[r])), strict=True):
                    found[method, inference].append((i.p_value, i.low, i.high, i.df))
    if d.cv == 0:  # of equal schools a difference of means is that of pupils, draw by draw
        for inference in set(asked.get(Method.CLUSTER_MEANS, ())) - set(FORMULAS):
            found[Method.CLUSTER_MEANS, inference] = found[Method.DIFFERENCE, inference]
    return {key: np.array(rows, dtype=float).reshape(-1, 4) for key, rows in found.items()}


def judge(
    d: Design, replications: Mapping[str, int], seed: int = SEED, asked: Asked = ASKED
) -> list[Row]:
    """The rows of one design. asked: CR2 is always among them, for the width."""
    formulas, resampled, moved = replications.values()
    null = simulate(d, 0.0, formulas, resampled, seed, asked)
    effect, truth = null, 0.0
    if d.outcome == "binary":  # elsewhere an effect only moves the estimate and its limits
        effect, truth = simulate(d, d.effect, moved, moved, seed, asked), d.effect
    rows = []
    for (method, inference), found in null.items():
        p, low, high, df = found.T
        R, size = len(found), float(np.mean(p <= ALPHA))  # no answer is no rejection
        by_cr2 = null[method, Inference.CR2][:R]
        limits = np.isfinite(low) & np.isfinite(high)
        width = np.full(R, np.inf)
        width[limits] = ((high - low) / (by_cr2[:, 2] - by_cr2[:, 1]))[limits]
        known = df[np.isfinite(df)]
        rows.append(Row(
            method.value, inference.value, d.schools, d.treated, shares(d.schools)[d.treated],
            d.icc, d.cv, d.outcome,
            replications=R,
            size=size,
            mcse=math.sqrt(size * (1 - size) / R),
            coverage=holds(found, 0.0),
            coverage_effect=holds(effect[method, inference], truth),
            width=float(np.median(width)),
            no_limits=float(np.mean(~limits)),
            df=float(known.mean()) if len(known) else math.nan,
        ))  # fmt: skip
    return rows


def holds(found: Floats, truth: float) -> float:
    """The share of intervals that hold the truth."""
    return float(np.mean(~((found[:, 1] > truth) | (found[:, 2] < truth))))


# ---------------------------------------------------------------- all designs, and the file


def settings(replications: Mapping[str, int] = REPLICATIONS) -> dict[str, object]:
    """All that the numbers depend on, beside the code."""
    return {
        "seed": SEED, "replications": dict(replications), "draws": DRAWS, "count_all": COUNT_ALL,
        "schools": list(SCHOOLS), "shares": list(SHARES), "icc": list(ICCS), "cv": list(CVS),
        "outcomes": list(OUTCOMES), "mean_size": MEAN_SIZE, "fewest": FEWEST,
        "proportion": PROPORTION, "effect": EFFECT, "alpha": ALPHA,
    }  # fmt: skip


def _judged(task: tuple[Design, dict[str, int], Asked]) -> list[Row]:
    d, replications, asked = task
    return judge(d, replications, asked=asked)


def run(replications: dict[str, int], asked: Asked = ASKED) -> list[Row]:
    """The rows of all designs, in their order; says on stderr how far it is."""
    tasks = [(d, replications, asked) for d in designs()]
    rows: list[Row] = []
    start = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        for done, part in enumerate(pool.imap(_judged, tasks), 1):
            rows += part
            took = time.monotonic() - start
            left = took / done * (len(tasks) - done)
            print(f"\r{done} of {len(tasks)} designs; {took / 60:.1f} minutes, "
                  f"{left / 60:.1f} to go ", end="", file=sys.stderr, flush=True)  # fmt: skip
    print(file=sys.stderr)
    return rows


def write(rows: Sequence[Row], replications: Mapping[str, int], path: Path) -> None:
    """The settings on a line of their own, then a row per design, method and inference."""
    keep(pd.DataFrame([asdict(row) for row in rows]), replications, path)


def with_multilevel(path: Path, replications: dict[str, int]) -> None:
    """Compute the rows of the multilevel model again, of the same data sets, and put them in."""
    head, table = read(path)
    if head != settings(replications):
        raise SystemExit("these numbers were made with other settings: run everything again")
    ways = (Inference.CR2, *MULTILEVEL)
    rows = pd.DataFrame([asdict(row) for row in run(replications, {Method.DIFFERENCE: ways})])
    again = rows[rows.inference == Inference.CR2.value].reset_index(drop=True)
    before = table[(table.method == Method.DIFFERENCE.value) & (table.inference == "CR2")]
    if again["size"].tolist() != before["size"].tolist():  # the same data sets, other answers
        raise SystemExit("CR2 does not answer as it did: run everything again")
    names = [way.value for way in MULTILEVEL]
    others = table[~table.inference.isin(names)]
    keep(pd.concat([others, rows[rows.inference.isin(names)]]), replications, path)


def keep(table: pd.DataFrame, replications: Mapping[str, int], path: Path) -> None:
    """The file: in order, and rounded where nobody looks."""
    order = {x.value: i for i, x in enumerate((*METHODS, *INFERENCES))}
    table = table.sort_values(["method", "inference"], key=lambda x: x.map(order), kind="stable")
    for name in ("mcse", "width", "df"):
        table[name] = table[name].round(5)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".csv", delete=False) as file:
        file.write(f"# {json.dumps(settings(replications))}\n")
        table.to_csv(file, index=False, lineterminator="\n")
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def read(path: Path) -> tuple[dict[str, object], pd.DataFrame]:
    """The settings and the table."""
    with path.open() as file:
        head: dict[str, object] = json.loads(file.readline().removeprefix("# "))
        return head, pd.read_csv(file)


# ---------------------------------------------------------------- the picture

INK, SOFT, BAND = "#16202a", "#52606d", "#e3ecee"
MARKS = {
    "1/4": ("#c4560a", "v", -0.24),
    "1/3": ("#7a5195", "s", 0.0),
    "1/2": ("#0b5a6b", "o", 0.24),
}
NAMES = {
    Method.DIFFERENCE: "every pupil counts alike (difference)",
    Method.CLUSTER_MEANS: "every school counts alike (cluster means)",
}


def picture(table: pd.DataFrame, path: Path) -> None:
    """Size against the number of schools: a panel per method and inference, a dot per design."""
    import matplotlib
    from matplotlib.figure import Figure

    top = math.ceil(100 * table["size"].max() + 0.5)
    with matplotlib.rc_context({"font.family": "DejaVu Sans", "font.size": 8.5, "text.color": INK}):
        figure = Figure(figsize=(13.6, 7.2), layout="constrained")
        axes = figure.subplots(len(METHODS), len(INFERENCES), sharex=True, sharey=True)
        for (method, inference), ax in zip(product(METHODS, INFERENCES), axes.flat, strict=True):
            if inference not in ASKED[method]:
                ax.axis("off")
                continue
            ax.axhspan(100 * LOW, 100 * HIGH, color=BAND, lw=0)
            ax.axhline(100 * ALPHA, color=SOFT, lw=0.6)
            of = table[(table.method == method) & (table.inference == inference)]
            for x, G in enumerate(SCHOOLS):
                for t, share in shares(G).items():
                    colour, marker, aside = MARKS[share[:3]]
                    y = 100 * of["size"][(of.schools == G) & (of.treated == t)]
                    spread = np.linspace(-0.07, 0.07, len(y))
                    ax.plot(x + aside + spread, y, marker, ms=2.6, mfc="none", mec=colour, mew=0.7)
            ax.set_title(named(inference), loc="left", fontsize=9, fontweight="bold", color=INK)
            ax.set_xticks(range(len(SCHOOLS)), [str(G) for G in SCHOOLS])
            ax.set_yticks(range(0, top + 1, 5))
            ax.tick_params(length=0, colors=SOFT)
            ax.spines[:].set_visible(False)
        for method, row in zip(METHODS, axes, strict=True):
            row[0].set_ylabel(f"{NAMES[method]}\n\nsize of the 5 % test, %", color=INK)
        for ax, above, inference in zip(axes[1], axes[0], INFERENCES, strict=True):
            last = ax if inference in ASKED[METHODS[1]] else above
            last.set_xlabel("schools", color=INK)
            last.tick_params(labelbottom=True)
        axes[0, 0].set_ylim(-0.6, top)
        axes[0, 0].set_xlim(-0.5, len(SCHOOLS) - 0.5)
        for i, (share, (colour, marker, _)) in enumerate(MARKS.items()):  # where there is room
            y = top * (0.95 - 0.07 * i)
            axes[0, 1].plot(2.6, y, marker, ms=4, mfc="none", mec=colour)
            axes[0, 1].text(2.85, y, f"{share} treated", color=colour, va="center")
        axes[0, 3].text(-0.4, 100 * HIGH - 0.3, f"asked: {band()}", color=SOFT, va="top")
        figure.suptitle(
            "A dot is a design; within a column of dots ICC, school sizes and outcome differ",
            x=0.01, ha="left", fontsize=10, color=INK,
        )  # fmt: skip
        figure.savefig(path, dpi=150, metadata={"Software": None})


def named(inference: Inference) -> str:
    """As in a heading: the multilevel model by its degrees of freedom."""
    return f"multilevel, {inference.value}" if inference in MULTILEVEL else inference.value


def band() -> str:
    return f"{100 * LOW:.1f}–{100 * HIGH:.1f} %"


# ---------------------------------------------------------------- the page

STRAY = 1  # designs of a range outside the band that chance alone may put there
TOLERANCE = 2  # Monte-Carlo standard errors beyond a limit before a design counts as outside


def place(table: pd.DataFrame) -> pd.Series:
    """-1 where the size lies below the band by more than chance, 1 where above, else 0."""
    slack = TOLERANCE * table["mcse"]
    below, above = table["size"] + slack < LOW, table["size"] - slack > HIGH
    return above.astype(int) - below.astype(int)


def page(
    head: Mapping[str, object],
    table: pd.DataFrame,
    closer: pd.DataFrame,
    apart: pd.DataFrame,
    more: Sequence[str] = (),
) -> str:
    """COVERAGE.md: what was simulated, what came out, and what follows by the rule.

    more: of classes and slopes (``classes_and_slopes.py``), and of two divisions and a yes or no
    (``crossed_and_logistic.py``).
    """
    table = table.assign(place=place(table))
    own = table[table.method == Method.DIFFERENCE.value]
    parts = [
        "# Few schools: does the 5 % test err once in 20?",
        "`make coverage` writes this page, `coverage.csv` (every design) and `coverage.png`.",
        "![Size of the test against the number of schools, per inference](coverage.png)",
        "## What was simulated",
        *simulated(head),
        "## Size of the 5 % test",
        f"In %: median (lowest – highest) over the designs. Asked: {band()}.",
    ]
    for method in METHODS:
        parts += [
            f"Method `{method.value}`: {NAMES[method].split(' (')[0]}.",
            sizes_table(table[table.method == method.value], ASKED[method]),
        ]
    parts += [
        "## Where it lies in the band",
        f"Method `{Method.DIFFERENCE.value}`: mean size in % over the designs with so many "
        f"schools treated ({len(ICCS) * len(CVS) * len(OUTCOMES)} each; 2 of 6 is both 1/4 and "
        f"1/3), and how many of these lie outside: more than {TOLERANCE} Monte-Carlo standard "
        "errors beyond a limit.",
        by_range(own),
        unreached(table),
        "## What follows for the default",
        *choice(own),
        f"Three treated schools more closely: size in %, mean (lowest – highest) of "
        f"{len(THREE_DESIGNS)} designs (ICC 0.02, 0.1, 0.2; CV 0 and 0.8; both outcomes), "
        f"{THREE_REPLICATIONS:,} replications each (`coverage_three.csv`).",
        three_table(closer),
        "## When the model is wrong",
        f"The multilevel model supposes that schools, and pupils, vary as much in one arm as in "
        f"the other. Here those of the treated have another standard deviation: size in %, mean of "
        f"CV 0 and 0.8 (ICC 0.10, normal outcome, {THREE_REPLICATIONS:,} replications each; "
        "`coverage_unequal.csv`).",
        unequal_table(apart),
        CHOSEN,
        BESIDE,
        *more,
    ]
    return "\n\n".join(parts) + "\n"


def simulated(head: Mapping[str, object]) -> list[str]:
    runs = head["replications"]
    assert isinstance(runs, dict)
    formulas, resampled, moved = runs.values()
    return [
        f"{len(designs())} designs: {listed(SCHOOLS)} schools; ICC {listed(ICCS)}; on average "
        f"{MEAN_SIZE} pupils per school (at least {FEWEST}), with a coefficient of variation of "
        f"{listed(CVS)} (gamma quantiles, allotted to the arms anew in every replication); "
        f"{listed(SHARES)} of the schools treated (the nearest whole number, a half goes up; with "
        "fewer than two schools in an arm the design is left out); a normal outcome, and a "
        f"yes-or-no one (beta-binomial, {PROPORTION} in the comparison; its ICC is that of the "
        "zeros and ones). No covariates or blocks, and what a school scores has nothing to do "
        "with its size.",
        f"{formulas:,} replications for CR1S and CR2, and the first {resampled:,} of the same data "
        f"sets for the others: a size of 5 % is known to ± {error(formulas)} and ± "
        f"{error(resampled)} (one Monte-Carlo standard error). {DRAWS} draws, or all there are: "
        f"sign vectors when no more than that, assignments when no more than {COUNT_ALL:,}. Seed "
        f"{SEED}. `coverage_effect` is the coverage with an effect of {EFFECT} sd. For a normal "
        "outcome that only moves the interval, which a test holds; the yes-or-no outcome was "
        f"simulated again ({moved:,} replications). The multilevel model (random intercept per "
        "school, REML) was fitted to the pupils of the same data sets; its estimate is its own.",
    ]


def listed(items: Iterable[object]) -> str:
    *most, last = (str(item) for item in items)
    return f"{', '.join(most)} and {last}" if most else last


def error(replications: int) -> str:
    return f"{100 * math.sqrt(ALPHA * (1 - ALPHA) / replications):.1f}"


def sizes_table(table: pd.DataFrame, ways: Sequence[Inference]) -> str:
    rows = [["", *(f"{G} schools" for G in SCHOOLS)], ["---"] * (len(SCHOOLS) + 1)]
    for inference in ways:
        cells = []
        for G in SCHOOLS:
            x = 100 * table["size"][(table.inference == inference) & (table.schools == G)]
            cells.append(f"{x.median():.1f} ({x.min():.1f} – {x.max():.1f})")
        rows.append([named(inference), *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def ranges(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The designs by number treated and number of schools, few schools first."""
    groups = table.groupby(["schools", "treated"])
    return {f"{t} of {G}": part for (G, t), part in groups}


def by_range(table: pd.DataFrame) -> str:
    """A row per number treated and number of schools: mean size, and designs outside."""
    rows = [["treated", *map(named, INFERENCES)], ["---"] * (len(INFERENCES) + 1)]
    for name, part in ranges(table).items():
        cells = [name]
        for inference in INFERENCES:
            of = part[part.inference == inference.value]
            outside = [
                f"{(of.place == sign).sum()} {word}"
                for sign, word in ((-1, "too low"), (1, "too high"))
                if (of.place == sign).any()
            ]
            cells.append("; ".join([f"{100 * of['size'].mean():.1f}", *outside]))
        rows.append(cells)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def unreached(table: pd.DataFrame) -> str:
    """An open statement of the ranges in which no inference is inside."""
    whole = []
    for method in METHODS:
        none = [
            name
            for name, part in ranges(table[table.method == method.value]).items()
            if not any(fits(x) for _, x in part.groupby("inference"))
        ]
        whole.append(f"with `{method.value}` at {listed(none) if none else 'no range'}")
    steps = [
        f"{100 * reachable(G, t):.1f} % at {t} of {G}"
        for G in SCHOOLS
        for t in shares(G)
        if reachable(G, t) < ALPHA - 0.01
    ]
    return (
        f"**No inference is inside in the whole range** (its mean size, and all designs but "
        f"{STRAY}) {'; '.join(whole)}. A randomisation test has no more p-values than there are "
        f"assignments; therefore its size is at most {listed(steps)}."
    )


def reachable(G: int, t: int) -> float:
    """The largest size up to 5 % of a randomisation test; halves have mirror images in pairs."""
    C = math.comb(G, t)
    k = math.floor(ALPHA * C + 1e-9)
    return (k - k % 2 if 2 * t == G else k) / C


def fits(part: pd.DataFrame) -> bool:
    """Whether an inference keeps to the band in a range of designs."""
    return bool(LOW <= part["size"].mean() <= HIGH and (part.place != 0).sum() <= STRAY)


def moved(part: pd.DataFrame) -> float:
    """Mean coverage of an effect, where that was simulated."""
    return float(part["coverage_effect"][part.outcome == "binary"].mean())


def choice(own: pd.DataFrame) -> list[str]:
    """What the rule says, range by range where CR2 is outside. own: by pupils."""
    cr2 = Inference.CR2.value
    parts = {name: dict(iter(part.groupby("inference"))) for name, part in ranges(own).items()}
    outside = {name: part for name, part in parts.items() if not fits(part[cr2])}
    said = [
        "The rule: CR2 stays the default, unless it lies outside for a named range of designs; "
        "then another, for that range only."
    ]
    if not outside:
        return [*said, "CR2 is inside in every range: it stays the default."]
    said.append(
        f"CR2 is outside at {listed(outside)}, inside at the other splits of this table. "
        "Coverage with an effect "
        "(yes-or-no outcome, mean in %), and median width over that of CR2, in these ranges:"
    )
    rows = [["treated", *map(named, INFERENCES)], ["---"] * (len(INFERENCES) + 1)]
    lines, able = [], {}
    for name, part in outside.items():
        of = [part[inference.value] for inference in INFERENCES]
        rows.append([name, *(f"{100 * moved(x):.1f}; {width(x)}" for x in of)])
        inside = [named(i) for i, x in zip(INFERENCES, of, strict=True)
                  if fits(x) and moved(x) >= 1 - HIGH]  # fmt: skip
        able[name] = inside
        lines.append(f"- {name}: CR2 is {astray(part[cr2])}. Inside, and holding an effect in at "
                     f"least {100 * (1 - HIGH):.1f} %: {listed(inside) if inside else 'none'}."
                     )  # fmt: skip
    models = set(map(named, MULTILEVEL))  # another method, with an estimate of its own
    own_ways = {name: [x for x in inside if x not in models] for name, inside in able.items()}
    letter = [f"{inside[0]} at {name}" for name, inside in own_ways.items() if inside]
    said += [
        "\n".join(f"| {' | '.join(row)} |" for row in rows),
        "\n".join(lines),
        f"By the letter of the rule: {listed(letter) if letter else 'no other anywhere'}; "
        "CR2 for all other designs. (The rule is about inferences of the same estimate; the "
        "multilevel model has an estimate of its own.)",
    ]
    return said


def width(part: pd.DataFrame) -> str:
    found = part["width"].median()
    return f"{found:.2f}" if math.isfinite(found) else "no limits"


def astray(part: pd.DataFrame) -> str:
    """How CR2 lies outside in a range."""
    out = [
        f"{word} in {(part.place == sign).sum()} of {len(part)} designs "
        f"({to} {100 * edge(part['size']):.1f} %)"
        for sign, word, to, edge in ((-1, "too low", "down to", min), (1, "too high", "up to", max))
        if (part.place == sign).any()
    ]
    return " and ".join(out) if out else f"outside on average ({100 * part['size'].mean():.1f} %)"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="few replications, nothing kept")
    options.add_argument("--redraw", action="store_true", help="picture and page from coverage.csv")
    options.add_argument("--multilevel", action="store_true", help="only the rows of that model")
    given = options.parse_args()
    folder, replications = HERE, REPLICATIONS
    if given.quick:
        folder, replications = Path(tempfile.mkdtemp(prefix="coverage-")), QUICK
    if given.multilevel:
        with_multilevel(folder / "coverage.csv", replications)
    elif not given.redraw:
        write(run(replications), replications, folder / "coverage.csv")
    if not (given.redraw or given.quick or given.multilevel):
        run_three().to_csv(folder / "coverage_three.csv", index=False, lineterminator="\n")
    if not (given.redraw or given.quick):
        run_unequal().to_csv(folder / "coverage_unequal.csv", index=False, lineterminator="\n")
    picture(read(folder / "coverage.csv")[1], folder / "coverage.png")
    write_page(folder)
    print(f"{folder}: coverage.csv, coverage.png, COVERAGE.md")


def write_page(folder: Path) -> None:
    """COVERAGE.md, from the tables."""
    from classes_and_slopes import section
    from crossed_and_logistic import sections

    head, table = read(folder / "coverage.csv")
    names = ("three", "unequal", "nested", "crossed", "logistic")
    closer, apart, *others = (pd.read_csv(HERE / f"coverage_{name}.csv") for name in names)
    nested, crossed, logistic = others
    text = page(head, table, closer, apart, [*section(nested), *sections(crossed, logistic)])
    (folder / "COVERAGE.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
