"""A cut-off decided who was offered the programme: the jump of the outcome there.

    sharp: everyone did as the rule says         tau = the jump of y
    fuzzy: some did, and some did not            tau = the jump of y / the jump in who took part

of who was offered the programme less who was not, for pupils at the cut-off and nobody else. Lines
on both sides within the bandwidth of least squared error, a triangular kernel, and the robust
bias-corrected interval (``cutoff/``: Calonico, Cattaneo & Titiunik, 2014). The estimate is the
corrected one, so that it, its error, its limits and its p-value belong together; the uncorrected
one stands in the detail. Pupils of a cluster are alike wherever there is more than one to a cluster
and more than one cluster. The plan's covariates sharpen the estimate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cutoff import (
    Check,
    CountTest,
    DensityTest,
    Flag,
    Jump,
    Kind,
    Line,
    Point,
    bandwidth_checks,
    binned,
    check_running,
    count_test,
    covariate_checks,
    density_test,
    donut_check,
    fuzzy,
    placebo_checks,
    sharp,
)
from academic_workplace.cutoff.sides import Floats, Rows
from academic_workplace.disclosure import fewest
from academic_workplace.effects.regression import (
    NO_SPREAD,
    NOBODY,
    Interval,
    arms_of,
    effect_of,
    few_degrees,
    spread_of,
)
from academic_workplace.effects.result import TERMS, Caution, Detail, Effect, Estimated
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.layout import Sample, samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Bools = NDArray[np.bool_]

ALPHA = 0.05
PICTURE = 2.0  # bandwidths to each side
NEEDS_ROWS = Text(
    "Deze methode kijkt naar leerlingen rond de grens en heeft de tabel met leerlingen nodig.",
    "This method looks at pupils around the cut-off and needs the table with pupils.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Discontinuity:
    """What lies behind a jump at the cut-off.

    All jumps are of who was offered the programme less who was not (a ratio needs no direction).
    jump: the effect. offered: the jump of the outcome itself, the same when everyone did as the
    rule says. first: the jump in who took part, F its strength; both None when sharp. took: of who
    was offered the programme, and of who was not, how many took part; offers: how many these are
    (all analysed). no_score: who has an outcome and no score, and so does not count. covariates,
    others: what should not jump, and what should stay as it is. density, counts: whether scores
    were moved; None with no answer. points: means on both sides, left to right; lines: of the
    outcome, without covariates.
    flags: what speaks against the design.
    """

    plan: Plan
    outcome: str
    wave: str
    arm: str
    comparison: str
    cutoff: float
    below: bool
    jump: Jump
    offered: Jump
    first: Jump | None
    F: float | None
    offers: tuple[int, int]
    took: tuple[int, int]
    adjusted: tuple[str, ...]
    no_score: int
    density: DensityTest | None
    counts: CountTest
    covariates: tuple[Check, ...]
    others: tuple[Check, ...]
    points: tuple[tuple[Point, ...], tuple[Point, ...]]
    lines: tuple[Line, Line]
    flags: tuple[Flag, ...] = field(default=())

    @property
    def sharp(self) -> bool:
        """Whether everyone did as the rule says."""
        return self.first is None

    def table(self) -> pd.DataFrame:
        """A row per jump, in full precision: the effect, then what makes it believable."""
        h = self.jump.bandwidths.h
        rows = [_row("effect", "", h, self.jump)]
        if self.first is not None:
            rows += [_row("offered", "", h, self.offered), _row("first stage", "", h, self.first)]
        for c in (*self.covariates, *self.others):
            rows.append(_row(c.kind.value, c.name, c.at, c.jump) | {"p_holm": c.p_holm})
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The jump in a sentence, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.discontinuity import jump_sentence

        return jump_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The means on both sides, the lines, and the jump between them."""
        from academic_workplace.report.discontinuity import plot_jump

        return plot_jump(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.discontinuity import jump_drawing

        return jump_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def _row(what: str, name: str, at: float, jump: Jump | None) -> dict[str, object]:
    """A jump as a row; at: the bandwidth, or what a check changed."""
    row: dict[str, object] = {"what": what, "name": name, "at": at}
    named = ("estimate", "se", "df", "low", "high", "p_value", "conventional", "conventional_se")
    row |= {n: getattr(jump, n) if jump else None for n in named}
    within = jump.within if jump else (None, None)
    row |= {"h": jump.bandwidths.h if jump else None, "b": jump.bandwidths.b if jump else None}
    return row | {"pupils_below": within[0], "pupils_above": within[1], "p_holm": None}


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The analysed pupils: scores, outcomes, who took part (d), who was offered the programme.

    school: codes; cluster: the same, None when each stands alone or all are in one. known: what was
    there before; adjusted: the columns of it that sharpen the estimate.
    """

    x: Floats
    y: Floats
    d: Bools
    offered: Bools
    cutoff: float
    below: bool
    cluster: Rows | None
    school: Rows
    known: Mapping[str, Floats]
    adjusted: tuple[str, ...]
    no_score: int


def discontinuity(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """The jump of one outcome at the plan's cut-off.

    Raises PlanError when moments are all there is or the plan has more than two arms, DataError on
    scores that will not do and on a rule that nobody kept to.
    """
    if pupils is None:
        remedy = Text("Geef leerlingen (check) of een tabel.", "Give pupils (check) or a table.")
        raise PlanError([Fault(NEEDS_ROWS, remedy, column="method")])
    arms = arms_of(m, plan)
    if len(arms.others) != 1:
        rule = Text(
            "Bij een grens horen precies twee groepen: wie meedeed en wie niet.",
            "A cut-off goes with exactly two arms: who took part and who did not.",
        )
        remedy = Text("Voeg groepen samen.", "Merge arms.")
        raise PlanError([Fault(rule, remedy, column=plan.treatment)])
    (arm,) = arms.others
    divisor = spread_of(m, plan, arms) if arms.able else None

    def effect(found: Interval | None, reason: Text, how: str) -> Effect:
        made = effect_of(m, plan, arm, arms, found, reason, divisor, inference, "")
        named = f"discontinuity{how}, local linear, triangular kernel; {inference.value}"
        return replace(made, method=named)

    if not arms.able:
        return Estimated([effect(None, NOBODY, "")], pd.DataFrame(columns=TERMS))
    sample = next(s for s in samples(plan) if s.key == (m.outcome, m.wave))
    rows = _rows(pupils, plan, sample, arm)
    try:
        jump, offered, first, F = _jumps(rows)
    except DataError as error:
        return Estimated([effect(None, error.faults[0].rule, "")], pd.DataFrame(columns=TERMS))
    detail = _detail(rows, plan, sample, (arm, arms.comparison), jump, offered, first, F)
    how = (", sharp" if detail.sharp else ", fuzzy") + (", adjusted" if detail.adjusted else "")
    found = Interval(jump.estimate)
    if jump.se > 0:
        df = None if math.isinf(jump.df) else jump.df
        found = Interval(jump.estimate, jump.se, df, jump.low, jump.high, jump.p_value)
    made = _of_those_near(effect(found, NO_SPREAD, how), rows, jump)
    made = replace(made, cautions=few_degrees(made) + _cautions(jump))
    details: dict[tuple[str, str, str], Detail] = {(m.outcome, m.wave, arm): detail}
    return Estimated([made], pd.DataFrame(columns=TERMS), details)


def _rows(pupils: Pupils, plan: Plan, sample: Sample, arm: str) -> _Rows:
    """The analysed pupils. Raises DataError on their scores, and on a rule turned round."""
    keep = pupils.analysed[sample.key]
    name, cutoff = str(plan.running), float(plan.cutoff or 0.0)
    x = check_running(pupils.numbers[name][keep], cutoff, name)
    d = pupils.arms.codes[keep] == pupils.arms.names.index(arm)
    offered = (x < cutoff) == plan.below
    if not (d == offered).any():
        raise _turned_round(plan)
    at = x == cutoff
    if (d != offered).any() and (d[~at] == offered[~at]).all() and (d[at] != offered[at]).all():
        rule = Text(
            "Wie precies op de grens scoort, deed juist andersom dan de regel van het plan zegt.",
            "Those who score exactly at the cut-off did the opposite of the plan's rule.",
        )
        remedy = Text(
            "In het plan hoort de grens zelf bij de bovenkant. Kies als grens (cutoff) een getal"
            " tussen deze score en de volgende.",
            "In the plan the cut-off itself belongs to the upper side. Choose as cut-off a number"
            " between this score and the next.",
        )
        raise DataError([Fault(rule, remedy, column="cutoff", count=int(at.sum()))])
    answered = pupils.at_start & ~np.isnan(pupils.numbers[sample.y])
    _, cluster = np.unique(pupils.clusters.codes[keep], return_inverse=True)
    alike = 1 < int(cluster.max()) + 1 < len(cluster)
    before = {c: pupils.columns[c] for c in pupils.columns if c in plan.covariates}
    adjusted = [sample.baseline] if sample.baseline else []
    for names in before.values():
        levels = [n for n in names if np.nansum(pupils.numbers[n][keep]) >= fewest()]
        adjusted += levels[1:] if len(names) > 1 or "=" in names[0] else names
    known = {n: pupils.numbers[n][keep] for names in pupils.columns.values() for n in names}
    return _Rows(
        x=x, y=pupils.numbers[sample.y][keep], d=d, offered=offered, cutoff=cutoff,
        below=plan.below, cluster=cluster if alike else None, school=cluster, known=known,
        adjusted=tuple(dict.fromkeys(adjusted)),
        no_score=int((answered & np.isnan(pupils.numbers[name])).sum()),
    )  # fmt: skip


def _turned_round(plan: Plan) -> DataError:
    rule = Text(
        "De regel staat omgekeerd: wie volgens het plan mee mocht doen, deed juist niet mee, en"
        " andersom.",
        "The rule is turned round: those who were offered the programme according to the plan did"
        " not take part, and the other way about.",
    )
    remedy = Text(
        f"Zet below op {'false' if plan.below else 'true'}, of controleer de kolom die zegt wie"
        " meedeed.",
        f"Set below to {'false' if plan.below else 'true'}, or check the column that says who took"
        " part.",
    )
    return DataError([Fault(rule, remedy, column="below")])


def _jumps(rows: _Rows) -> tuple[Jump, Jump, Jump | None, float | None]:
    """The effect, the jump of the outcome, that of who took part and its strength."""
    X = np.column_stack([rows.known[n] for n in rows.adjusted]) if rows.adjusted else None
    if (rows.d == rows.offered).all():
        jump = _turned(rows, sharp(rows.y, rows.x, rows.cutoff, covariates=X, cluster=rows.cluster))
        return jump, jump, None, None
    found = fuzzy(rows.y, rows.d, rows.x, rows.cutoff, covariates=X, cluster=rows.cluster)
    return found.ratio, _turned(rows, found.offered), _turned(rows, found.first), found.F


def _turned(rows: _Rows, jump: Jump) -> Jump:
    """Of who was offered the programme less who was not."""
    if not rows.below:
        return jump
    return replace(
        jump, estimate=-jump.estimate, low=-jump.high, high=-jump.low,
        conventional=-jump.conventional,
    )  # fmt: skip


def _of_those_near(effect: Effect, rows: _Rows, jump: Jump) -> Effect:
    """With the counts of the pupils within the bandwidth: the answer rests on these."""
    near = np.abs(rows.x - rows.cutoff) < jump.bandwidths.h
    arm, comparison = near & rows.d, near & ~rows.d
    return replace(
        effect,
        pupils=int(near.sum()),
        pupils_arm=int(arm.sum()),
        pupils_comparison=int(comparison.sum()),
        clusters=len(np.unique(rows.school[near])),
        clusters_arm=len(np.unique(rows.school[arm])),
        clusters_comparison=len(np.unique(rows.school[comparison])),
    )


def _cautions(jump: Jump) -> tuple[Caution, ...]:
    told = {Caution.MASS_POINTS: Flag.MASS_POINTS, Caution.WEAK_FIRST_STAGE: Flag.WEAK}
    return tuple(caution for caution, flag in told.items() if flag in jump.flags)


def _detail(
    rows: _Rows,
    plan: Plan,
    sample: Sample,
    arms: tuple[str, str],
    jump: Jump,
    offered: Jump,
    first: Jump | None,
    F: float | None,
) -> Discontinuity:
    """What makes the jump believable, and its picture. Raises DataError on a rule turned round."""
    if first is not None and first.estimate < 0:
        raise _turned_round(plan)
    x, y, c, cluster = rows.x, rows.y, rows.cutoff, rows.cluster
    treated = None if first is None else rows.d
    before = [n for n in rows.known if not _other_half(n, rows.known)]
    looked = covariate_checks(
        np.column_stack([rows.known[n] for n in before]) if before else np.empty((len(x), 0)),
        x, c, names=before, cluster=cluster,
    )  # fmt: skip
    others = (
        *placebo_checks(y, x, c, cluster=cluster),
        donut_check(y, x, c, jump.bandwidths, treated=treated, cluster=cluster),
        *bandwidth_checks(y, x, c, jump.bandwidths, treated=treated, cluster=cluster),
    )
    ratio = first is not None
    checks = [
        k if k.jump is None or (ratio and k.kind in (Kind.DONUT, Kind.BANDWIDTH))
        else replace(k, jump=_turned(rows, k.jump))
        for k in (*looked, *others)
    ]  # fmt: skip
    counts, density = count_test(x, c), _density(x, c)
    smooth = density is not None and not density.flags  # otherwise there is no density to speak of
    p = density.p_value if density is not None and smooth else counts.p_value
    told = {
        Flag.WEAK: Flag.WEAK in jump.flags,
        Flag.DENSITY: p < ALPHA,
        Flag.COVARIATES: any(k.p_holm is not None and k.p_holm < ALPHA for k in looked),
    }
    who = (rows.offered, ~rows.offered)
    drawn = sharp(y, x, c, bandwidths=jump.bandwidths) if rows.adjusted else offered
    return Discontinuity(
        plan=plan, outcome=sample.outcome, wave=sample.wave, arm=arms[0], comparison=arms[1],
        cutoff=c, below=rows.below, jump=jump, offered=offered, first=first, F=F,
        offers=(int(who[0].sum()), int(who[1].sum())),
        took=(int(rows.d[who[0]].sum()), int(rows.d[who[1]].sum())),
        adjusted=rows.adjusted, no_score=rows.no_score, density=density, counts=counts,
        covariates=tuple(checks[: len(looked)]), others=tuple(checks[len(looked) :]),
        points=binned(y, x, c, PICTURE * jump.bandwidths.h), lines=(drawn.left, drawn.right),
        flags=tuple(flag for flag, is_so in told.items() if is_so),
    )  # fmt: skip


def _density(x: Floats, cutoff: float) -> DensityTest | None:
    try:
        return density_test(x, cutoff)
    except DataError:  # too few pupils so near the cut-off
        return None


def _other_half(name: str, known: Mapping[str, Floats]) -> bool:
    """Whether a column is the first of the two levels of a category: the second says the same."""
    column, is_level, _ = name.partition("=")
    levels = [n for n in known if n.startswith(f"{column}=")] if is_level else []
    return len(levels) == 2 and levels[0] == name
