"""What a method tells beside its effect, of several completed tables together: one detail of its
own kind.

By Rubin's rules (``missing/pooling.py``): differences by wave, the linear difference and the log
odds ratio with their limits; shares of both arms and variances as means over the tables, the share
of a variance being that of their means. Limits of a share of variance come from a likelihood and
are not pooled: they are NaN, or None where the detail knows that. What decides whether a number may
leave (moments of a wave, cells of an arm) is always that of those who were measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.effects.growth import Growth, Shift, shift_of
from academic_workplace.effects.likelihood import Cell, ratio_of
from academic_workplace.effects.logistic import Logistic
from academic_workplace.effects.logistic_multilevel import LogisticMultilevel
from academic_workplace.effects.multilevel import BetweenClasses, BetweenSlopes, Multilevel
from academic_workplace.effects.regression import Interval, column
from academic_workplace.effects.result import Detail, Effect
from academic_workplace.missing.pooling import pooled
from academic_workplace.multilevel.logistic import LATENT
from academic_workplace.sizes.size import t_quantile

Floats = NDArray[np.float64]
POOLED = "; pooled over"  # in the method of an effect: values were filled in


class Source(StrEnum):
    """Of what a method tells more than its effect, where values were filled in."""

    NOTHING = "nothing more to tell"
    POOLED = "the completed tables"
    COMPLETE = "complete cases"
    LOST = "cannot be told"


def together(
    several: Sequence[Detail | None],
    measured: Detail | None,
    effect: Effect,
    coefficients: pd.DataFrame,
) -> tuple[Detail | None, Source]:
    """What lies behind a pooled effect: of all tables together where that can be, else of the
    complete cases.

    several: of every table. measured: of the complete cases. effect, coefficients: pooled.
    """
    if all(one is None for one in several):
        return None, Source.NOTHING
    found = _pooled(several, measured, effect, coefficients)
    if found is not None:
        return found, Source.POOLED
    return measured, Source.COMPLETE if measured is not None else Source.LOST


def _pooled(
    several: Sequence[Detail | None],
    measured: Detail | None,
    effect: Effect,
    coefficients: pd.DataFrame,
) -> Detail | None:
    first, *others = several
    if (own := getattr(first, "together", None)) and None not in others:
        found: Detail = own(others, measured)
        return found
    if isinstance(measured, Growth):
        changes = [one for one in several if isinstance(one, Growth)]
        return _changes(changes, measured) if len(changes) == len(several) else None
    if isinstance(measured, Logistic | LogisticMultilevel):
        cells = measured.cells if isinstance(measured, Logistic) else measured.shares.cells
        return _of_chances(several, cells, effect, coefficients)
    models = [one for one in several if isinstance(one, Multilevel)]
    return _levels(models, effect) if len(models) == len(several) else None


def _interval(each: Sequence[Interval | Shift | None]) -> Interval | None:
    """One estimate of all tables; without limits where a table has none."""
    known = [one for one in each if one is not None]
    if len(known) < len(each):
        return None
    values = np.array([(x.estimate, x.se or math.nan, x.df or math.nan) for x in known])
    if not np.isfinite(values).all():
        return Interval(float(values[:, 0].mean()))
    a = pooled(values[:, 0].tolist(), (values[:, 1] ** 2).tolist(), float(values[:, 2].mean()))
    return Interval(a.estimate, a.se, a.df, a.low, a.high, a.p_value)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


# ---------------------------------------------------------------- differences in change


def _changes(tables: Sequence[Growth], measured: Growth) -> Growth:
    """Every difference by wave, and the last less the first; means and numbers are of those who
    were measured."""
    rows = measured.rows.copy()
    waves = rows.loc[rows["when"] != "baseline", "wave"].tolist()
    found = {wave: _interval([_at(table, wave) for table in tables]) for wave in waves}
    told = sum(one is not None for one in found.values())
    for wave, one in found.items():
        i = one or Interval(math.nan)
        numbers = (i.estimate, i.se, i.df, i.low, i.high, i.p_value, *_band(i, told))
        values = [math.nan if x is None else x for x in numbers]
        names = ["estimate", "se", "df", "low", "high", "p_value", "band_low", "band_high"]
        rows.loc[rows["wave"] == wave, names] = values
    lasts = _interval([table.lasts for table in tables])
    shift = None if lasts is None else shift_of(lasts)
    return replace(measured, rows=rows, alike_before=None, lasts=shift)


def _at(table: Growth, wave: str) -> Interval | None:
    found = table.rows[(table.rows["wave"] == wave) & table.rows["estimate"].notna()]
    if found.empty:
        return None
    row = found.iloc[0]
    return Interval(float(row["estimate"]), float(row["se"]), float(row["df"]))


def _band(one: Interval, several: int) -> tuple[float | None, float | None]:
    """Bonferroni's limits, as of complete cases."""
    if one.se is None or one.df is None:
        return None, None
    margin = t_quantile(one.df, 1 - 0.05 / max(several, 1)) * one.se
    return one.estimate - margin, one.estimate + margin


# ---------------------------------------------------------------- shares


def _of_chances(
    several: Sequence[Detail | None],
    cells: tuple[Cell, ...],
    effect: Effect,
    coefficients: pd.DataFrame,
) -> Detail | None:
    """A logistic regression, or a multilevel one; why there is none where a table separates."""
    each = [one.shares if isinstance(one, LogisticMultilevel) else one for one in several]
    tables = [one for one in each if isinstance(one, Logistic)]
    if len(tables) < len(several):
        return None
    line = _interval([table.linear for table in tables])
    apart = next((table for table in tables if table.reason is not None), None)
    if apart is not None:
        return replace(apart, linear=line, cells=cells)
    odds, odds_low, odds_high = ratio_of(_log_odds(effect, coefficients))
    shares = replace(
        tables[0],
        share_arm=_mean([x.share_arm or 0.0 for x in tables]),
        share_comparison=_mean([x.share_comparison or 0.0 for x in tables]),
        odds_ratio=odds, odds_low=odds_low, odds_high=odds_high,
        cox=effect.g, cox_low=effect.g_low, cox_high=effect.g_high,
        linear=line, converged=all(x.converged for x in tables),
        steps=max(x.steps for x in tables), cells=cells,
    )  # fmt: skip
    models = [one for one in several if isinstance(one, LogisticMultilevel)]
    if len(models) < len(several):
        return shares
    tau2 = _mean([x.tau2 for x in models])
    return replace(
        models[0], shares=shares, tau2=tau2, icc=tau2 / (tau2 + LATENT), low=math.nan,
        high=math.nan, boundary=all(x.boundary for x in models),
        converged=all(x.converged for x in models), loglik=_mean([x.loglik for x in models]),
    )  # fmt: skip


def _log_odds(effect: Effect, coefficients: pd.DataFrame) -> Interval:
    """The pooled coefficient of the arm."""
    c = coefficients
    own = (c["outcome"] == effect.outcome) & (c["wave"] == effect.wave)
    row = c[own & (c["term"] == column(effect.plan, effect.arm))].iloc[0]
    low, high = (None if pd.isna(row[name]) else float(row[name]) for name in ("low", "high"))
    return Interval(float(row["estimate"]), low=low, high=high)


# ---------------------------------------------------------------- variances


def _levels(tables: Sequence[Multilevel], effect: Effect) -> Multilevel:
    """The mean variances; how far every cluster lies from what is expected of it, pooled."""
    first = tables[0]
    tau2, sigma2 = _mean([x.tau2 for x in tables]), _mean([x.sigma2 for x in tables])
    inside = [x.classes for x in tables if x.classes is not None]
    slopes = [x.slope for x in tables if x.slope is not None]
    omega2 = _mean([x.omega2 for x in inside]) if len(inside) == len(tables) else 0.0
    total = tau2 + omega2 + sigma2
    classes = None
    if len(inside) == len(tables):
        classes = BetweenClasses(
            omega2, _of(omega2, total), math.nan, math.nan, _of(tau2 + omega2, total),
            all(x.boundary for x in inside), inside[0].classes,
        )  # fmt: skip
    u = np.array([x.u for x in tables])
    errors = np.array([x.u_se for x in tables])
    between: Floats = (1 + 1 / len(tables)) * u.var(axis=0, ddof=1)
    return replace(
        first, tau2=tau2, sigma2=sigma2, icc=_of(tau2, total), low=None, high=None,
        boundary=all(x.boundary for x in tables), criterion=_mean([x.criterion for x in tables]),
        u=u.mean(axis=0), u_se=np.sqrt((errors**2).mean(axis=0) + between), classes=classes,
        slope=_slope(slopes, effect) if len(slopes) == len(tables) else None,
    )  # fmt: skip


def _of(part: float, total: float) -> float:
    return part / total if total > 0 else 0.0


def _slope(tables: Sequence[BetweenSlopes], effect: Effect) -> BetweenSlopes:
    known = [x.correlation for x in tables if x.correlation is not None]
    return replace(
        tables[0],
        mean=tables[0].mean if effect.estimate is None else effect.estimate,
        variance=_mean([x.variance for x in tables]), low=math.nan, high=math.nan,
        correlation=_mean(known) if len(known) == len(tables) else None,
        boundary=all(x.boundary for x in tables),
    )  # fmt: skip
