"""Effects of pupils whose missing values were filled in several times, pooled.

The plan's own method estimates every effect in every completed table, and Rubin's rules pool them
(``missing/pooling.py``) with the degrees of freedom of that method (CR2's Satterthwaite, Kenward-
Roger's) as those of complete data. Filled in are outcomes, baselines and background of everybody
who was there at the start, and who took part, from all of these together, within arms and with a
level for every cluster and class (``missing/chained.py``): pupils are taken to be missing at random
given those. As every arm has a model of its own, what is filled in holds the interaction of the arm
with any kind of pupil (``subgroups.py``); gains are taken from the scores that are filled in. g is
pooled as the estimate is. What was filled in is never shown, pickled or written.

White, Royston & Wood (2011, Stat. Med. 30): as many imputations as per cent of what an answer
tells is missing.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.effects.regression import CONSTANT, NO_SPREAD, few_degrees
from academic_workplace.effects.result import TERMS, Caution, Detail, Effect, Estimated
from academic_workplace.effects.together import POOLED, Source, together
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.layout import measured_before, samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.missing.chained import (
    EMPTY,
    MOST_LEVELS,
    TOO_FAR,
    Chained,
    Column,
    Kind,
    chained,
    kind_of,
)
from academic_workplace.missing.pooling import Pooled, pooled
from academic_workplace.moments import ClusterMoments, SampleMoments, collect
from academic_workplace.plan import (
    NOT_KNOWN,
    Inference,
    Plan,
)
from academic_workplace.sizes.size import t_quantile

Estimator = Callable[[SampleMoments, Plan, Inference, Pupils | None], Estimated]
Floats = NDArray[np.float64]
SEED = zlib.crc32(b"imputation")
PER_CENT = 100


@dataclass(frozen=True, slots=True)
class Gap:
    """How much of a column is filled in, in one arm. rhat: of the column, over all arms."""

    column: str
    arm: str
    kind: Kind
    pupils: int
    missing: int
    rhat: float


@dataclass(frozen=True, slots=True, eq=False)
class Imputed:
    """What lies behind a pooled effect.

    pooled: the variance within and between the completed tables, and the share of what the effect
    tells that is missing (fmi). complete: the same effect of complete cases, None where these gave
    none. gaps: what was filled in, by column and arm. cycles: of the chained equations. together:
    an arm was too small for a model of its own. outside: the share of the outcome's filled-in
    values that lie outside its range; None without one. behind: what the method itself tells: of
    the completed tables together where it can (``together.py``), else of the complete cases; source
    says which.
    """

    pooled: Pooled
    complete: Effect | None
    gaps: tuple[Gap, ...]
    cycles: int
    together: bool
    outside: float | None
    behind: Detail | None
    source: Source = Source.NOTHING

    @property
    def flags(self) -> tuple[object, ...]:
        """What the method itself found against its design."""
        return tuple(getattr(self.behind, "flags", ()))

    @property
    def sharp(self) -> bool:
        """Whether it is the offer that the effect is of."""
        return bool(getattr(self.behind, "sharp", True))

    @property
    def rhat(self) -> float:
        """The largest of all columns; NaN where nothing was filled in."""
        return max((gap.rhat for gap in self.gaps), default=math.nan)

    def table(self) -> pd.DataFrame:
        """The pooled effect in a row, in full precision, with that of complete cases beside it."""
        row = self.pooled.table()
        c = self.complete
        alone = {"estimate": None, "se": None, "low": None, "high": None, "pupils": None}
        for name in alone:
            row[f"complete_{name}"] = None if c is None else getattr(c, name)
        return row.assign(rhat=self.rhat, cycles=self.cycles)

    def explain(self, language: str = "nl") -> str:
        """How much was filled in and what that supposes, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.imputed import imputed_sentence

        return imputed_sentence(self, language)

    def _repr_html_(self) -> str:
        return f"{both(self.explain)}{self.table().to_html(index=False, border=0)}"


def needs_rows() -> PlanError:
    """The error for moments, or a file that is streamed, where values are to be filled in."""
    rule = Text(
        "Ontbrekende waarden invullen kan alleen vanuit de tabel, met een rij per leerling.",
        "Missing values can be filled in only from the table, with a row for every pupil.",
    )
    remedy = Text(
        "Lees de tabel (read) en geef die aan estimate.",
        "Read the table (read) and give that to estimate.",
    )
    return PlanError([Fault(rule, remedy, column="missing")])


def require_known(parts: Sequence[SampleMoments], plan: Plan) -> None:
    """Raise DataError when something from beforehand is not known of anybody in an arm."""
    start, end = f"{plan.treatment}=", f"={NOT_KNOWN}"
    empty = [
        column.removesuffix(end)
        for m in parts
        for column in m.columns
        if column.endswith(end) and not column.startswith(start)
        for arm in ([CONSTANT] if plan.dose else [c for c in m.columns if c.startswith(start)])
        if (here := m.count(arm) > 0.5).any() and m.count(column)[here].sum() > _all_but(m, here)
    ]
    if empty:
        raise DataError([Fault(*EMPTY, column=name) for name in dict.fromkeys(empty)])


def _all_but(m: SampleMoments, here: NDArray[np.bool_]) -> float:
    """Half a pupil less than all of some cells."""
    return float(m.pupils[here].sum()) - 0.5


def imputed(
    pupils: Pupils,
    observed: ClusterMoments,
    plan: Plan,
    inference: Inference,
    estimator: Estimator,
) -> Estimated:
    """Every effect of a plan, pooled over ``plan.imputations`` completed tables.

    observed: the moments of what was measured. Raises DataError when a column is missing for a
    whole arm.
    """
    filled = filled_in(pupils)
    found = filled.found
    if filled.whole:  # nothing is missing, and nothing changes
        return _estimated(observed, plan, inference, estimator, pupils)
    each = [_estimated(collect(one), plan, inference, estimator, one) for one in filled.tables()]
    gaps = _gaps(filled)
    alone, behind = _of_complete_cases(observed, plan, inference, estimator, pupils)
    outside = _outside(plan, found)
    coefficients = _coefficients([part.coefficients for part in each])
    effects, details = [], {}
    for several in zip(*(part.effects for part in each), strict=True):
        key = several[0].outcome, several[0].wave, several[0].arm
        effect, answer = pooled_effect(several)
        if answer is not None:
            column = next(s.y for s in samples(plan) if s.key == key[:2])
            parts = [part.details.get(key) for part in each]
            own, source = together(parts, behind.get(key), effect, coefficients)
            detail = Imputed(
                answer, alone.get(key), gaps, found.cycles, found.together, outside.get(column),
                own, source,
            )  # fmt: skip
            details[key] = detail
            effect = _limits_of(effect, own)
            effect = replace(effect, cautions=(*effect.cautions, *_cautions(detail)))
        effects.append(effect)
    return Estimated(effects, coefficients, details)


# ---------------------------------------------------------------- the tables


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """What was drawn for pupils: of whom (here), which columns, and the draws.

    columns: as the chained equations were given them. What of these is not as it was measured
    (``_one_sided``) is filled in alike in every table.
    """

    pupils: Pupils
    here: NDArray[np.bool_]
    columns: Sequence[Column]
    found: Chained

    @property
    def whole(self) -> bool:
        """Whether nothing was missing."""
        return not any(self.missing(column).any() for column in self.columns)

    def missing(self, column: Column) -> NDArray[np.bool_]:
        """Of whom a column was missing."""
        if column.name != self.pupils.plan.took_part:
            return column.gaps
        return np.isnan(self.pupils.numbers[column.name][self.here])

    def tables(self) -> Iterator[Pupils]:
        """The pupils as every chain completes them: everybody who was there is analysed."""
        pupils, here, found = self.pupils, self.here, self.found
        analysed = dict.fromkeys(pupils.analysed, here)
        gaps = [column for column in self.columns if self.missing(column).any()]
        for k in range(pupils.plan.imputations):
            numbers = dict(pupils.numbers)
            for column in gaps:
                filled = found.filled(column, k)
                levels = pupils.columns.get(column.name, (column.name,))
                if levels == (column.name,) and column.kind is Kind.CATEGORY:
                    filled = _values(pupils.numbers[column.name])[filled.astype(np.intp)]
                for code, level in enumerate(levels):
                    x = numbers[level].copy()
                    x[here] = filled if level == column.name else filled == code
                    numbers[level] = x
            yield replace(pupils, numbers=numbers, analysed=analysed)


def filled_in(pupils: Pupils) -> Filled:
    """Draw what is missing: from the plan's seed, so that the same pupils give the same draws.

    Raises DataError when a column is missing for a whole arm.
    """
    plan, here = pupils.plan, _wanted(pupils)
    columns = _columns(pupils, here)
    classes = None
    if plan.classes is not None and pupils.crossed is not None:
        classes = _codes(pupils.crossed.codes[here])
    found = chained(
        columns,
        _codes(pupils.clusters.codes[here]),
        classes=classes,
        known=_known(pupils, here),
        arms=None if plan.dose else _codes(pupils.arms.codes[here]),
        imputations=plan.imputations,
        seed=[plan.seed, SEED],
    )
    return Filled(pupils, here, columns, found)


def completed(pupils: Pupils) -> tuple[Pupils, ...] | None:
    """The completed tables behind the effects, drawn again; None when nothing is missing."""
    filled = filled_in(pupils)
    return None if filled.whole else tuple(filled.tables())


def _wanted(pupils: Pupils) -> NDArray[np.bool_]:
    """Who is in the model: there at the start, with a weight and known labels."""
    here = pupils.at_start.copy()
    if pupils.plan.weights is not None:
        here &= pupils.numbers[pupils.plan.weights] > 0
    for labels in pupils.exact.values():
        here &= labels.codes >= 0
    return here


def _columns(pupils: Pupils, here: NDArray[np.bool_]) -> list[Column]:
    """Background and outcomes of these pupils: what is complete helps to fill in the rest."""
    out = []
    for name in measured_before(pupils.plan):
        levels = pupils.columns[name]
        if levels == (name,):
            x = pupils.numbers[name][here]
            values = _values(x)
            if name in pupils.plan.subgroups and 2 < len(values) <= MOST_LEVELS:
                codes = np.where(np.isnan(x), np.nan, np.searchsorted(values, x))
                out.append(Column(name, codes, Kind.CATEGORY))  # every group may differ
            else:
                out.append(Column(name, x, kind_of(x)))
        elif levels:
            X = np.column_stack([pupils.numbers[level][here] for level in levels])
            codes = np.where(np.isnan(X[:, 0]), np.nan, np.argmax(np.nan_to_num(X), axis=1))
            kind = Kind.CATEGORY if len(levels) > 2 else Kind.LEVELS  # two need one latent number
            out.append(Column(name, codes, kind))
    seen = {column.name for column in out}
    for y in dict.fromkeys(sample.y for sample in samples(pupils.plan)):
        if y not in seen:
            out.append(Column(y, pupils.numbers[y][here], kind_of(pupils.numbers[y][here])))
    if pupils.plan.took_part is not None:
        x = _one_sided(pupils.numbers[pupils.plan.took_part][here], pupils.arms.codes[here])
        out.append(Column(pupils.plan.took_part, x, kind_of(x)))
    return out


def _values(x: Floats) -> Floats:
    """The values that are known, in order."""
    return np.unique(x[~np.isnan(x)])


def _one_sided(took_part: Floats, arm: NDArray[np.intp]) -> Floats:
    """Taking part; where it is the same for all who are known of an arm, it is so for the others:
    who was not offered it could not."""
    out = took_part.copy()
    for a in np.unique(arm):
        values = _values(took_part[arm == a])
        if len(values) == 1:
            out[(arm == a) & np.isnan(out)] = values[0]
    return out


def _known(pupils: Pupils, here: NDArray[np.bool_]) -> Floats:
    """Indicators of blocks that hold several clusters (of others the level of the cluster tells),
    and the dose."""
    codes, clusters = pupils.blocks.codes[here], pupils.clusters.codes[here]
    blocks = np.unique(codes)
    parts = []
    if 1 < len(blocks) <= len(np.unique(clusters)) / 2:
        parts = [(codes == block).astype(float) for block in blocks[1:]]
    if pupils.plan.dose:
        parts.append(pupils.numbers[pupils.plan.treatment][here])
    return np.column_stack(parts) if parts else np.empty((int(here.sum()), 0))


def _codes(labels: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)


def _estimated(
    moments: ClusterMoments, plan: Plan, inference: Inference, estimator: Estimator, rows: Pupils
) -> Estimated:
    """Every analysis of the plan as one."""
    by_key = {m.key: m for m in moments.samples}
    parts = [estimator(by_key[s.key], plan, inference, rows) for s in samples(plan)]
    tables = [part.coefficients for part in parts if len(part.coefficients)]
    return Estimated(
        [effect for part in parts for effect in part.effects],
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=TERMS),
        {key: detail for part in parts for key, detail in part.details.items()},
    )


def _of_complete_cases(
    observed: ClusterMoments, plan: Plan, inference: Inference, estimator: Estimator, rows: Pupils
) -> tuple[dict[tuple[str, str, str], Effect], dict[tuple[str, str, str], Detail]]:
    """The effects of complete cases, and what lies behind them; nothing where they give none."""
    try:
        found = _estimated(observed, plan, inference, estimator, rows)
    except DataError:
        return {}, {}
    told = {(e.outcome, e.wave, e.arm): e for e in found.effects if e.estimate is not None}
    return told, dict(found.details)


def _gaps(filled: Filled) -> tuple[Gap, ...]:
    pupils, rhat = filled.pupils, filled.found.rhat
    arm = pupils.arms.codes[filled.here]
    gaps = [(column, filled.missing(column)) for column in filled.columns]
    return tuple(
        Gap(
            column.name, name, column.kind, int((arm == a).sum()), int((gap & (arm == a)).sum()),
            rhat.get(column.name, 1.0),
        )
        for column, gap in gaps
        if gap.any()
        for a, name in enumerate(pupils.arms.names)
        if (arm == a).any()
    )  # fmt: skip


def _outside(plan: Plan, found: Chained) -> dict[str, float]:
    """Per outcome with a range and gaps: which share of what was filled in lies outside it."""
    out = {}
    for sample in samples(plan):
        limits = plan.measure(sample.outcome).range
        if limits is not None and sample.y in found.drawn:
            x = found.drawn[sample.y]
            out[sample.y] = float(((x < limits[0]) | (x > limits[1])).mean())
    return out


# ---------------------------------------------------------------- pooling


def pooled_effect(several: Sequence[Effect]) -> tuple[Effect, Pooled | None]:
    """One effect of as many completed tables; without uncertainty where one of them has none."""
    first = several[0]
    how = f"{first.method}{POOLED} {len(several)} imputations (Rubin; Barnard-Rubin)"
    untold = replace(first, method=how, se=None, df=None, low=None, high=None, p_value=None,
                     g=None, g_low=None, g_high=None)  # fmt: skip
    values = [e.estimate for e in several]
    if any(v is None for v in values):
        reason = next(e.reason for e in several if e.estimate is None)
        return replace(untold, estimate=None, reason=reason), None
    reasons = [e.reason for e in several if e.se is None or e.df is None]
    icc, sd = _mean([e.icc for e in several]), _mean([e.sd for e in several])
    g = _mean([e.g for e in several])
    untold = replace(untold, estimate=_mean(values), icc=icc, sd=sd, g=g)
    if reasons:
        return replace(untold, reason=reasons[0] or NO_SPREAD, cautions=()), None
    answer = pooled([float(v) for v in values if v is not None],
                    [float(e.se or 0) ** 2 for e in several],
                    float(np.mean([e.df for e in several])))  # fmt: skip
    size = _pooled_size(several)
    pooled_effect = replace(
        untold, estimate=answer.estimate, se=answer.se, df=answer.df, low=answer.low,
        high=answer.high, p_value=answer.p_value, g=size.estimate if size else g,
        g_low=size.low if size else None, g_high=size.high if size else None, reason=None,
    )  # fmt: skip
    said = dict.fromkeys(c for e in several for c in e.cautions)
    said.pop(Caution.FEW_DEGREES_OF_FREEDOM, None)
    return replace(pooled_effect, cautions=(*few_degrees(pooled_effect), *said)), answer


def _limits_of(effect: Effect, behind: Detail | None) -> Effect:
    """The effect with what stands in the place of t's limits, where what lies behind it has that:
    of taking part, where the offer is weak."""
    told, weak = getattr(behind, "told", None), getattr(behind, "weak", None)
    if told is None or weak is None or effect.estimate is None or effect.df is None:
        return effect
    said = tuple(c for c in effect.cautions if c is not Caution.WEAK_INSTRUMENT)
    if not weak:
        return replace(effect, cautions=said)
    scale = effect.g / effect.estimate if effect.g is not None and effect.estimate else None
    g, low, high = (scale and scale * x for x in (told.estimate, told.low, told.high))
    ends = math.isfinite(told.low) and math.isfinite(told.high)
    return replace(
        effect, estimate=told.estimate, low=told.low, high=told.high, p_value=told.p_value,
        g=g, g_low=low, g_high=high, reason=None if ends else getattr(behind, "no_ends", None),
        cautions=(*said, Caution.WEAK_INSTRUMENT),
    )  # fmt: skip


def _pooled_size(several: Sequence[Effect]) -> Pooled | None:
    """g by the same rules; its standard error in a table is that of its own limits."""
    sizes, variances = [], []
    for e in several:
        if e.g is None or e.g_low is None or e.g_high is None or e.df is None:
            return None
        if not math.isfinite(e.g_high - e.g_low):
            return None
        sizes.append(e.g)
        variances.append(((e.g_high - e.g_low) / (2 * t_quantile(e.df))) ** 2)
    return pooled(sizes, variances, float(np.mean([e.df for e in several])))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def _cautions(detail: Imputed) -> tuple[Caution, ...]:
    said = {
        # lambda, and not fmi: with few clusters fmi is large whatever the number of imputations
        Caution.FEW_IMPUTATIONS: detail.pooled.imputations < PER_CENT * detail.pooled.lost,
        Caution.CHAINS_APART: detail.rhat > TOO_FAR,
    }
    return tuple(caution for caution, holds in said.items() if holds)


def _coefficients(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Every coefficient that all completed tables have, pooled."""
    rows = []
    together = pd.concat(tables, ignore_index=True)
    for (outcome, wave, term), found in together.groupby(TERMS[:3], sort=False):
        if len(found) != len(tables):
            continue
        values = found[["estimate", "se", "df"]].to_numpy(float, na_value=np.nan)
        row: list[float | None] = [float(values[:, 0].mean()), None, None, None, None, None]
        if np.isfinite(values).all() and (values[:, 1:] > 0).all():
            a = pooled(values[:, 0].tolist(), (values[:, 1] ** 2).tolist(), values[:, 2].mean())
            row = [a.estimate, a.se, a.df, a.low, a.high, a.p_value]
        rows.append((outcome, wave, term, *row))
    return pd.DataFrame(rows, columns=TERMS)
