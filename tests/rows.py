"""What the tests compare with: least squares and cluster-robust variance on the rows themselves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


def schools(
    rng: np.random.Generator,
    *,
    clusters: int = 12,
    size: int = 9,
    effect: float = 0.0,
    blocks: int = 0,
) -> pd.DataFrame:
    """Pupils in schools of unequal size; half of the schools are offered the programme."""
    n = rng.integers(max(2, size // 2), 2 * size, clusters)
    school = np.repeat(np.arange(clusters), n)
    offered = rng.permutation(np.arange(clusters) % 2)[school]
    common = rng.normal(size=(3, clusters))[:, school]
    before = rng.normal(size=len(school)) + 0.5 * common[0]
    girl = (rng.random(len(school)) < 0.5).astype(float)
    after = effect * offered + 0.6 * before + 0.3 * girl + 0.4 * common[1]
    table = pd.DataFrame({
        "school": [f"S{i:02d}" for i in school],
        "offered": offered,
        "before": before,
        "girl": girl,
        "after": after + rng.normal(size=len(school)),
    })  # fmt: skip
    if blocks:
        table["block"] = school % blocks
    return table.sample(frac=1, random_state=int(rng.integers(2**31)), ignore_index=True)


@dataclass(frozen=True)
class RowFit:
    """A regression with dummies, done with matrices as large as the data."""

    names: list[str]
    beta: np.ndarray
    variance: dict[str, np.ndarray]
    df: dict[str, np.ndarray]


def on_rows(
    table: pd.DataFrame, y: str, x: list[str], cluster: str, block: str = "", weight: str = ""
) -> RowFit:
    """Least squares on rows, with CR0, CR2, CR3 and Satterthwaite degrees of freedom.

    The textbook way: A_g = (I - H_gg)^-power with the pseudo-inverse, N x N matrices for the
    degrees of freedom. Blocks are dummies; weights multiply every row by their square root.
    """
    X = table[x].to_numpy(float)
    dummies = pd.get_dummies(table[block]).to_numpy(float) if block else np.ones((len(table), 1))
    X = np.column_stack([X, dummies])
    yv = table[y].to_numpy(float)
    if weight:
        root = np.sqrt(table[weight].to_numpy(float))
        X, yv = X * root[:, None], yv * root
    M = np.linalg.pinv(X.T @ X)
    beta = M @ X.T @ yv
    e = yv - X @ beta
    H = X @ M @ X.T
    groups = [np.flatnonzero(table[cluster] == g) for g in table[cluster].unique()]
    variance, df = {}, {}
    for kind, power in (("CR0", 0.0), ("CR2", 0.5), ("CR3", 1.0)):
        A = []
        for i in groups:
            w, U = np.linalg.eigh(np.eye(len(i)) - H[np.ix_(i, i)])
            inside = np.where(w > 1e-9, np.where(w > 1e-9, w, 1) ** -power, 0.0 if power else 1.0)
            A.append((U * inside) @ U.T)
        scores = np.array([X[i].T @ a @ e[i] for i, a in zip(groups, A, strict=True)])
        variance[kind] = M @ scores.T @ scores @ M
        residual = np.eye(len(e)) - H
        dfs = []
        for j in range(len(x)):
            parts = zip(groups, A, strict=True)
            P = np.array([(M[j] @ X[i].T @ a) @ residual[i] for i, a in parts])
            Q = P @ P.T
            dfs.append(np.trace(Q) ** 2 / np.sum(Q**2))
        df[kind] = np.array(dfs)
    return RowFit(x, beta, variance, df)
