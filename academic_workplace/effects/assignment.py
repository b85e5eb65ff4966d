"""What was assigned, as the arithmetic of re-randomisation wants it: one sum per unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text
from academic_workplace.linear import shifted
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Level, Plan
from academic_workplace.resampling import Units

Floats = NDArray[np.float64]

NEEDS_PUPILS = Text(
    "De leerlingen zelf zijn geloot. Deze toets loot opnieuw en heeft dus de tabel met leerlingen"
    " nodig.",
    "The pupils themselves were assigned. This test assigns again, so it needs the table with"
    " pupils.",
)


TWO_KINDS = Text(
    "In de ene groep zitten leerlingen in groepjes, in de andere staat elke leerling op zichzelf."
    " Wat er precies is verdeeld, weten we dan niet. Deze toets kan dus niet opnieuw verdelen.",
    "In one arm pupils are in groups, in the other each stands alone. What exactly was assigned is"
    " then not known, so this test cannot assign again.",
)


def arm_strata(m: SampleMoments, plan: Plan, clusters: Sequence[str]) -> NDArray[np.intp]:
    """(G,) the arm of every cluster, as a code; all 0 when clusters hold several, or a dose."""
    columns = [i for i, c in enumerate(m.columns) if c.startswith(f"{plan.treatment}=")]
    if plan.dose:
        return np.zeros(len(clusters), dtype=np.intp)
    place = {name: i for i, name in enumerate(clusters)}
    counts = np.zeros((len(clusters), len(columns)))
    each = np.column_stack([m.count(m.columns[i]) for i in columns])
    np.add.at(counts, [place[name] for name in m.clusters], each)
    if np.any(np.sum(counts > 1e-9, axis=1) > 1):
        return np.zeros(len(clusters), dtype=np.intp)
    return np.asarray(np.argmax(counts, axis=1), dtype=np.intp)


def assigned_units(
    m: SampleMoments,
    plan: Plan,
    arm: str,
    comparison: str,
    covariates: Sequence[str],
    pupils: Pupils | None,
) -> Units | Text:
    """The units of one arm and the comparison; a sentence when they cannot be had.

    A dose is assigned as an arm is: who got how much is drawn again, within blocks.
    """
    if plan.assigned is Level.CLUSTER and (arm in plan.alone) != (comparison in plan.alone):
        return TWO_KINDS
    if plan.assigned is Level.PUPIL and not _alone(m):
        if pupils is None:
            return NEEDS_PUPILS
        return _of_pupils(m, plan, arm, comparison, covariates, pupils)
    return _of_clusters(m, plan, arm, comparison, covariates)


def _alone(m: SampleMoments) -> bool:
    """Whether every cluster is one pupil."""
    return bool(np.all(m.pupils <= 1 + 1e-9)) and len(set(m.clusters)) == len(m.clusters)


def _others(m: SampleMoments, plan: Plan, arm: str, comparison: str) -> list[str]:
    """The indicators of the arms that are not compared: they are swept out."""
    apart = (f"{plan.treatment}={arm}", f"{plan.treatment}={comparison}")
    return [c for c in m.columns if c.startswith(f"{plan.treatment}=") and c not in apart]


def _of_clusters(
    m: SampleMoments, plan: Plan, arm: str, comparison: str, covariates: Sequence[str]
) -> Units:
    """Clusters as they were assigned, from their moments about the means of their block."""
    others = _others(m, plan, arm, comparison)
    others = [c for c in others if m.count(c).sum() > 0.5]
    columns = [m.columns.index(c) for c in (*others, *covariates)]
    cluster, g = np.unique(np.array(m.clusters), return_inverse=True)
    names = m.blocks if plan.blocks else ("",) * len(m.clusters)
    block, b = np.unique(np.array(names), return_inverse=True)
    G, B = len(cluster), len(block)
    S = m.S[:, [0, *columns, -1]][:, :, [0, *columns, -1]]
    n_b: Floats = np.bincount(b, S[:, 0, 0], B).astype(float)
    total = np.zeros((B, S.shape[1]))
    np.add.at(total, b, S[:, 0])
    S = shifted(S, (total / n_b[:, None])[b])
    sums = np.zeros((G, S.shape[1]))
    np.add.at(sums, g, S[:, 0])
    n: Floats = sums[:, 0]
    size = np.zeros((G, B))
    np.add.at(size, (g, b), S[:, 0, 0])
    F = size / np.sqrt(n_b)
    a: Floats = sums[:, -1]
    if columns:
        XX, Xy = S.sum(axis=0)[1:-1, 1:-1], S.sum(axis=0)[1:-1, -1]
        L = np.linalg.inv(np.linalg.cholesky(XX)).T
        a = a - sums[:, 1:-1] @ (L @ (L.T @ Xy))
        F = np.hstack([F, sums[:, 1:-1] @ L])
    whole = (size > 0).sum(axis=1).max() == 1  # a cluster over several blocks: assigned over all
    strata = np.argmax(size > 0, axis=1) if whole else np.zeros(G, dtype=np.intp)
    if plan.dose:
        amount = np.bincount(g, m.totals[:, m.columns.index(plan.treatment)], G)
        return Units(a, n, F, _amount(amount / n), strata)
    counts = np.zeros((G, 2))
    each = [m.count(f"{plan.treatment}={a}") for a in (arm, comparison)]
    np.add.at(counts, g, np.column_stack(each))
    moved = counts.sum(axis=1) > 1e-9
    return Units(a, n, F, (counts[:, 0] > 1e-9).astype(float), np.where(moved, strata, -1))


def _amount(dose: Floats) -> Floats:
    """A dose of 0 or 1 is an arm, and can be counted out; another is taken about its mean."""
    whole: Floats = np.round(dose)
    if np.all((whole == 0) | (whole == 1)) and np.allclose(dose, whole, rtol=0, atol=1e-9):
        return whole
    centred: Floats = dose - dose.mean()
    return centred


def _of_pupils(
    m: SampleMoments,
    plan: Plan,
    arm: str,
    comparison: str,
    covariates: Sequence[str],
    pupils: Pupils,
) -> Units:
    """Pupils as they were assigned within blocks, from the rows of one analysis."""
    sample = next(s for s in samples(pupils.plan) if s.key == m.key)
    rows = np.flatnonzero(pupils.analysed[sample.key])
    arms = np.array(pupils.arms.names)[pupils.arms.codes[rows]]
    fixed = [] if plan.dose else sorted(set(arms.tolist()) - {arm, comparison})
    names = np.array(pupils.blocks.names)[pupils.blocks.codes[rows]]
    _, block = np.unique(names if plan.blocks else np.zeros(len(rows)), return_inverse=True)
    w = np.ones(len(rows)) if plan.weights is None else pupils.numbers[plan.weights][rows]
    y = pupils.numbers[sample.y][rows]
    T = pupils.numbers[plan.treatment][rows] if plan.dose else (arms == arm).astype(float)
    given = [*((arms == name).astype(float) for name in fixed),
             *(pupils.numbers[name][rows] for name in covariates)]  # fmt: skip
    order = np.lexsort((w, *given, y, T, block))  # so that the order of the rows does not matter
    arms, block = arms[order], block[order]
    w, y, T = w[order], y[order], T[order]
    given = [x[order] for x in given]
    root: Floats = np.sqrt(w)
    n_b: Floats = np.bincount(block, w).astype(float)
    Z = np.column_stack([*given, y]) if given else y[:, None]
    means = np.column_stack([np.bincount(block, w * z) for z in Z.T]) / n_b[:, None]
    Z = root[:, None] * (Z - means[block])
    F = np.zeros((len(y), len(n_b)))
    F[np.arange(len(y)), block] = w / np.sqrt(n_b)[block]
    a: Floats = Z[:, -1]
    if given:
        Q, _ = np.linalg.qr(Z[:, :-1])
        a = a - Q @ (Q.T @ a)
        F = np.hstack([F, root[:, None] * Q])
    if plan.dose:
        T = _amount(T)
    moved = ~np.isin(arms, fixed)
    return Units(root * a, w, F, T, np.where(moved, block, -1))
