"""What every estimator by least squares shares: the fit, the interval, the divisor."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.effects.result import Effect
from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.layout import at_wave, comparison_arm
from academic_workplace.language import Text
from academic_workplace.linear import Fit, least_squares, shifted, variance
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference, Plan
from academic_workplace.sizes import DIVIDED_BY, FACTOR, Spread, clustered_g, total_spread

COVERAGE = 0.95
CONSTANT = "1"  # the name of the constant among the terms
FEWEST_CLUSTERS = 2  # in an arm: with one, nothing says how schools differ from each other

NOBODY = Text(
    "In een van de groepen is niemand gemeten.", "Nobody was measured in one of the groups."
)
ONE_CLUSTER = Text(
    "In een van de groepen zit maar één school (cluster). Dan weten we niet of het verschil door de"
    " aanpak komt of door de school.",
    "One of the groups has only one school (cluster). Then we cannot tell whether the difference"
    " comes from the approach or from the school.",
)
NO_SPREAD = Text(
    "De onzekerheid is uit deze gegevens niet te bepalen.",
    "The uncertainty cannot be worked out from these data.",
)


@dataclass(frozen=True, slots=True)
class Interval:
    """A contrast with its cluster-robust uncertainty; all but the estimate None without one."""

    estimate: float
    se: float | None = None
    df: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None


def interval(fit: Fit, contrast: NDArray[np.float64], inference: Inference) -> Interval:
    """A contrast of the slopes (and the constant, when one more weight is given)."""
    k = len(fit.beta)
    constant = contrast[k] * fit.mean_y if len(contrast) > k else 0.0
    estimate = float(contrast[:k] @ fit.beta + constant)
    v, df = variance(fit, contrast, inference)
    if not (v > 0 and df > 0):
        return Interval(estimate)
    se = math.sqrt(v)
    margin = quantile(df) * se
    p = 2 * float(special.stdtr(df, -abs(estimate) / se))
    return Interval(estimate, se, df, estimate - margin, estimate + margin, p)


def quantile(df: float) -> float:
    """Of t: estimate +- quantile * se is the 95 % interval."""
    return float(special.stdtrit(df, (1 + COVERAGE) / 2))


def compare_arms(
    m: SampleMoments,
    plan: Plan,
    covariates: Sequence[str],
    inference: Inference,
    method: str,
) -> tuple[list[Effect], pd.DataFrame]:
    """Every arm against the comparison, by least squares on the covariates within blocks.

    Returns the effects in the order of the plan's arms, and all coefficients.
    """
    arms = [name.split("=", 1)[1] for name in m.columns if name.startswith(f"{plan.treatment}=")]
    comparison = comparison_arm(plan, arms) or ""
    order = [a for a in plan.study.arms if a in arms] + [
        a for a in arms if a not in plan.study.arms
    ]
    others = [arm for arm in order if arm != comparison]
    counts = arm_counts(m, [column(plan, arm) for arm in arms])
    pupils = dict(zip(arms, counts.sum(axis=0), strict=True))
    clusters = dict(zip(arms, (counts > 0).sum(axis=0), strict=True))
    able = [arm for arm in others if pupils[arm] and pupils.get(comparison)]
    absorb = bool(plan.blocks)
    words = f"{method}{' within blocks' if absorb else ''}; {inference.value}, Satterthwaite"
    x = [*(column(plan, arm) for arm in able), *covariates]
    fit = least_squares(m, x, absorb=absorb) if able else None
    divisor = spread_of(m, [column(plan, arm) for arm in arms], counts) if able else None
    effects, untold = [], set()
    for arm in others:
        found, reason = None, NOBODY
        if fit is not None and arm in able:
            contrast = np.array([name == column(plan, arm) for name in fit.names], dtype=float)
            few = min(clusters[arm], clusters[comparison]) < FEWEST_CLUSTERS
            untold |= {column(plan, arm), CONSTANT} if few else set()
            found = (
                Interval(float(contrast @ fit.beta)) if few else interval(fit, contrast, inference)
            )
            reason = ONE_CLUSTER if few else NO_SPREAD
        effects.append(
            _effect(m, plan, arm, comparison, found, reason, divisor, pupils, clusters, words)
        )
    return effects, coefficients(m, fit, inference, untold)


def _effect(
    m: SampleMoments,
    plan: Plan,
    arm: str,
    comparison: str,
    found: Interval | None,
    reason: Text,
    divisor: Spread | None,
    pupils: dict[str, int],
    clusters: dict[str, int],
    method: str,
) -> Effect:
    size = None
    if found is not None and divisor is not None and divisor.sd > 0 and divisor.df > 1:
        t = quantile(found.df) if found.df is not None else None
        size = clustered_g(found.estimate, found.se, t, divisor)
    return Effect(
        outcome=m.outcome,
        wave=m.wave,
        arm=arm,
        comparison=comparison,
        estimate=found.estimate if found else None,
        se=found.se if found else None,
        df=found.df if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        p_value=found.p_value if found else None,
        g=size.g if size else None,
        g_low=size.low if size else None,
        g_high=size.high if size else None,
        icc=divisor.icc if divisor and not math.isnan(divisor.icc) else None,
        sd=divisor.sd if divisor else None,
        pupils=round(float(m.S[:, 0, 0].sum())),
        clusters=len(set(m.clusters)),
        pupils_arm=int(pupils[arm]),
        pupils_comparison=int(pupils.get(comparison, 0)),
        clusters_arm=int(clusters[arm]),
        clusters_comparison=int(clusters.get(comparison, 0)),
        method=method,
        divided_by=DIVIDED_BY,
        factor=FACTOR,
        reason=None if found and found.se is not None else reason,
        plan=plan,
    )


def column(plan: Plan, arm: str) -> str:
    """The indicator column of an arm."""
    return f"{plan.treatment}={arm}"


def arm_counts(m: SampleMoments, arms: Sequence[str]) -> NDArray[np.float64]:
    """(G, arms) pupils per cluster and arm."""
    cluster, g = np.unique(np.array(m.clusters), return_inverse=True)
    counts = np.zeros((len(cluster), len(arms)))
    np.add.at(counts, g, m.totals[:, [m.columns.index(arm) for arm in arms]])
    return np.round(counts)


def spread_of(m: SampleMoments, arms: Sequence[str], counts: NDArray[np.float64]) -> Spread:
    """The outcome's spread within arms, split into within and between clusters."""
    at = [0, *(m.columns.index(arm) for arm in arms), len(m.columns) - 1]
    S = m.S[:, at][:, :, at]
    cluster, g = np.unique(np.array(m.clusters), return_inverse=True)
    of_cluster = np.zeros((len(cluster), *S.shape[1:]))
    np.add.at(of_cluster, g, S)
    within = shifted(of_cluster, of_cluster[:, 0] / of_cluster[:, :1, 0]).sum(axis=0)[1:, 1:]
    whole = of_cluster.sum(axis=0)
    total = shifted(whole[None], (whole[0] / whole[0, 0])[None])[0][1:, 1:]
    within_ss, within_rank = _residual(within)
    total_ss, _ = _residual(total)
    return total_spread(counts, within_ss, total_ss - within_ss, len(cluster) + within_rank)


def _residual(cross: NDArray[np.float64]) -> tuple[float, int]:
    """Residual sum of squares of the last column on the others, and their rank."""
    A, b = cross[:-1, :-1], cross[:-1, -1]
    rank = int(np.linalg.matrix_rank(A, tol=1e-9 * max(float(np.trace(A)), 1.0), hermitian=True))
    explained = float(b @ np.linalg.pinv(A, rcond=1e-9, hermitian=True) @ b) if rank else 0.0
    return max(float(cross[-1, -1]) - explained, 0.0), rank


def covariate_columns(m: SampleMoments, plan: Plan) -> list[str]:
    """The columns that the plan adjusts for: own baseline, covariates, indicators but the first.

    Raises PlanError when the moments do not hold them.
    """
    before = ""
    if plan.wave is not None and plan.baseline is not None:
        before = at_wave(m.outcome, str(plan.baseline))
    elif plan.wave is None:
        before = plan.baselines[plan.outcomes.index(m.outcome)]
    out, absent = [], []
    for name in dict.fromkeys([*([before] if before else []), *plan.covariates]):
        levels = [c for c in m.columns[1:-1] if c.startswith(f"{name}=")]
        if name in m.columns[1:-1]:
            out.append(name)
        elif levels:
            present = [c for c in levels if m.totals[:, m.columns.index(c)].sum() > 0.5]
            out += present[1:]
        else:
            absent.append(name)
    if absent:
        rule = Text("Deze kolom is niet mee verzameld.", "This column was not collected.")
        remedy = Text(
            "Verzamel opnieuw met dit plan (collect).", "Collect again with this plan (collect)."
        )
        raise PlanError([Fault(rule, remedy, column=name) for name in absent])
    return out


def coefficients(
    m: SampleMoments, fit: Fit | None, inference: Inference, untold: Collection[str]
) -> pd.DataFrame:
    """Every coefficient of a fit; the constant only where there is one (no absorbed blocks).

    untold: terms of which the design tells no uncertainty.
    """
    columns = ["outcome", "wave", "term", "estimate", "se", "df", "low", "high", "p_value"]
    if fit is None:
        return pd.DataFrame(columns=columns)
    k = len(fit.names)
    contrasts = dict(zip(fit.names, np.eye(k), strict=True))
    if fit.blocks == 1 and fit.scores.shape[1] > k:
        contrasts = {CONSTANT: np.append(-fit.mean_x, 1.0)} | contrasts
    rows = []
    for term, contrast in contrasts.items():
        i = interval(fit, contrast, inference)
        i = Interval(i.estimate) if term in untold else i
        rows.append((m.outcome, m.wave, term, i.estimate, i.se, i.df, i.low, i.high, i.p_value))
    return pd.DataFrame(rows, columns=columns)
