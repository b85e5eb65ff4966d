"""Who is missing, described: means by pattern of what is known, against those of all together.

Maximum likelihood of a multivariate normal by EM, pattern by pattern (Dempster, Laird & Rubin,
1977, J. R. Stat. Soc. B 39; Schafer, 1997, 5.3), and Little's (1988, J. Am. Stat. Assoc. 83) test
that the patterns have the same means. A large p-value never says that loss may be ignored: pupils
may be missing because of just that score which nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.language import Text, both

Floats = NDArray[np.float64]

STEPS = 10_000
CLOSE = 1e-10  # the largest step, in standard deviations, after which nothing moves any more
WORD = 63  # columns whose pattern of what is known fits in one number
FLAT = 1e-10  # of the squares of a column, or an eigenvalue of the correlations: below it, none

TOO_FEW_COLUMNS = Text(
    "Er is maar één kolom. Dan is er niets om de leerlingen die wegvielen mee te vergelijken.",
    "There is only one column. So there is nothing to compare the pupils who are missing by.",
)
ALL_MISSING = Text("Een van de kolommen is helemaal leeg.", "One of the columns is wholly empty.")
SAME_FOR_ALL = Text(
    "Een van de kolommen is voor iedereen gelijk.", "One of the columns is the same for everyone."
)
TOO_FEW_ROWS = Text(
    "Er zijn niet meer leerlingen dan kolommen.", "There are no more pupils than columns."
)
NOTHING_MISSING = Text(
    "Er ontbreekt niets, of overal hetzelfde.", "Nothing is missing, or the same everywhere."
)
FOLLOWS = Text(
    "Een van de kolommen volgt (bijna) uit de andere, of twee zijn nooit samen gemeten.",
    "One of the columns (almost) follows from the others, or two were never measured together.",
)
NOT_DONE = Text(
    "De berekening kwam niet tot rust: er ontbreekt te veel.",
    "The calculation did not settle: too much is missing.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Normal:
    """The normal distribution most likely to give what is known. mean: (p,); covariance: (p, p).

    steps: how many EM took.
    """

    mean: Floats
    covariance: Floats
    steps: int


@dataclass(frozen=True, slots=True)
class Little:
    """Little's test that who is missing has nothing to do with what is known: a description.

    chi2 on df degrees of freedom, of so many patterns of what is known (nobody's is empty). p: the
    chance of differences as large as these when loss were pure chance and scores normal, pupils as
    if independent: pupils of one school are alike, so that p is rather too small.
    """

    chi2: float
    df: int
    p: float
    patterns: int
    pupils: int

    def table(self) -> pd.DataFrame:
        """All of it in a row, in full precision."""
        row = (self.chi2, self.df, self.p, self.patterns, self.pupils)
        return pd.DataFrame([row], columns=["chi2", "df", "p", "patterns", "pupils"])

    def explain(self, language: str = "nl") -> str:
        """What it describes, and what it does not say, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.missing import little_sentence

        return little_sentence(self, language)

    def _repr_html_(self) -> str:
        return f"{both(self.explain)}{self.table().to_html(index=False, border=0)}"


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """Pupils of whom the same columns are known: how many, means, squares about those means."""

    known: NDArray[np.bool_]
    n: int
    mean: Floats
    squares: Floats


def _patterns(X: Floats) -> list[_Pattern]:
    """Without pupils of whom nothing is known."""
    seen = ~np.isnan(X)
    if X.shape[1] < WORD:
        word = seen @ (1 << np.arange(X.shape[1], dtype=np.int64))
        _, first, code = np.unique(word, return_index=True, return_inverse=True)
    else:
        bits = np.packbits(seen, axis=1)
        _, first, code = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    out = []
    for i, row in enumerate(first):
        known = seen[row]
        if known.any():
            x = X[code.ravel() == i][:, known]
            mean = x.mean(axis=0)
            out.append(_Pattern(known, len(x), mean, (x - mean).T @ (x - mean)))
    return out


def _standardised(X: Floats) -> tuple[Floats, Floats, Floats] | Text:
    """Columns about their mean, by their spread; or why this cannot be."""
    seen = ~np.isnan(X)
    if X.shape[1] == 0 or not seen.any(axis=0).all():
        return ALL_MISSING
    if np.count_nonzero(seen.any(axis=1)) <= X.shape[1]:
        return TOO_FEW_ROWS
    centre = np.nanmean(X, axis=0)
    spread = np.sqrt(np.nanmean((X - centre) ** 2, axis=0))
    if np.any(spread <= FLAT * np.maximum(np.abs(centre), 1e-300)):
        return SAME_FOR_ALL
    return (X - centre) / spread, centre, spread


def normal(X: Floats) -> Normal | Text:
    """The mean and covariance (divided by n) most likely to give X. X: (n, p), NaN is missing.

    Returns the reason where there are none: a column that is empty or the same for everyone, no
    more rows than columns, a column that follows from others, no end within ``STEPS``.
    """
    made = _standardised(np.asarray(X, dtype=float))
    if isinstance(made, Text):
        return made
    Z, centre, spread = made
    found = _em(_patterns(Z), Z.shape[1])
    if isinstance(found, Text):
        return found
    mu, S, steps = found
    return Normal(centre + spread * mu, S * np.outer(spread, spread), steps)


def _em(patterns: list[_Pattern], p: int) -> tuple[Floats, Floats, int] | Text:
    mu, S = np.zeros(p), np.eye(p)
    n = sum(pattern.n for pattern in patterns)
    for step in range(1, STEPS + 1):
        total, squares = np.zeros(p), np.zeros((p, p))
        means = []
        for pattern in patterns:
            o, m = pattern.known, ~pattern.known
            x = np.empty(p)
            x[o] = pattern.mean
            B = np.linalg.solve(S[np.ix_(o, o)], S[np.ix_(o, m)])  # regression of missing on known
            x[m] = mu[m] + (pattern.mean - mu[o]) @ B
            inside = np.empty((p, p))
            inside[np.ix_(o, o)] = pattern.squares
            inside[np.ix_(o, m)] = pattern.squares @ B
            inside[np.ix_(m, o)] = inside[np.ix_(o, m)].T
            left = S[np.ix_(m, m)] - S[np.ix_(m, o)] @ B
            inside[np.ix_(m, m)] = B.T @ pattern.squares @ B + pattern.n * left
            total += pattern.n * x
            squares += inside
            means.append((pattern.n, x))
        new = total / n
        for size, x in means:
            squares += size * np.outer(x - new, x - new)
        covariance = squares / n
        moved = max(np.abs(new - mu).max(), np.abs(covariance - S).max())
        mu, S = new, (covariance + covariance.T) / 2
        scale = np.sqrt(np.diag(S))
        if np.linalg.eigvalsh(S / np.outer(scale, scale))[0] < FLAT:
            return FOLLOWS
        if moved < CLOSE:
            return mu, S, step
    return NOT_DONE


def little(X: Floats) -> Little | Text:
    """Little's test on the columns of X: (n, p), NaN is missing; rows without anything do not
    count.

    d2 = sum over patterns of n (mean - mu)' S^-1 (mean - mu), mu and S of the columns known there
    by EM, chi-squared with (sum of columns known) - p degrees of freedom. Returns the reason where
    there is no test.
    """
    X = np.asarray(X, dtype=float)
    if X.shape[1] < 2:
        return TOO_FEW_COLUMNS
    made = _standardised(X)
    if isinstance(made, Text):
        return made
    Z = made[0]
    patterns = _patterns(Z)
    df = sum(int(pattern.known.sum()) for pattern in patterns) - X.shape[1]
    if len(patterns) < 2:
        return NOTHING_MISSING
    if df < 1:
        return FOLLOWS
    found = _em(patterns, X.shape[1])
    if isinstance(found, Text):
        return found
    mu, S, _ = found
    chi2 = 0.0
    for pattern in patterns:
        o = pattern.known
        apart = pattern.mean - mu[o]
        chi2 += pattern.n * float(apart @ np.linalg.solve(S[np.ix_(o, o)], apart))
    n = sum(pattern.n for pattern in patterns)
    return Little(chi2, df, float(special.chdtrc(df, chi2)), len(patterns), n)
