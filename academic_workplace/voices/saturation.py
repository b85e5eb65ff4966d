"""Would more respondents bring new codes: the curve of codes seen after n respondents.

Over all orders of N respondents, of whom n_k mention code k, the number of codes seen among the
first n has expectation (Hurlbert, 1971, Ecology 52, 577-586; the rarefaction curve)

    S(n) = sum over k of 1 - C(N - n_k, n) / C(N, n)

and, with n_kl who mention k or l, variance (Heck, Van Belle & Simberloff, 1975, Ecology 56,
1459-1461)

    V(n) = sum over k and l of C(N - n_kl, n) / C(N, n) - q_k q_l,  q_k = C(N - n_k, n) / C(N, n).

From a curve over few codes each count can be read off. So of what is told only codes whose count
may leave take part, and where the count of a pair may not, it overlaps as much as it can, which
makes the spread too wide rather than too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from academic_workplace.language import both
from academic_workplace.voices.codes import Codings
from academic_workplace.voices.frequencies import ALL, Counts, counts_of

if TYPE_CHECKING:
    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
NEARLY = 0.95  # of the codes: what counts as nearly all


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Saturation:
    """Codes seen after 1 to N respondents in any order.

    seen, spread: (N,) expected number and its standard deviation. codes: how many take part.
    left_out: codes of which too few tell.
    """

    seen: Floats
    spread: Floats
    codes: int
    left_out: int

    @property
    def respondents(self) -> int:
        """How many there are."""
        return len(self.seen)

    @property
    def enough(self) -> int | None:
        """After how many respondents nearly all codes are expected to be seen."""
        there = np.flatnonzero(self.seen >= NEARLY * self.codes)
        return int(there[0]) + 1 if self.codes and len(there) else None

    def table(self) -> pd.DataFrame:
        """A row per number of respondents."""
        n = np.arange(1, self.respondents + 1)
        return pd.DataFrame({"respondents": n, "seen": self.seen, "spread": self.spread})

    def explain(self, language: str = "nl") -> str:
        """After how many people no new themes came, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.voices import saturation_sentences

        return " ".join(saturation_sentences(self, language))

    def picture(self, language: str = "nl") -> Drawing:
        """The curve, for a notebook."""
        from academic_workplace.report.voices import curve_drawing

        return curve_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def not_seen(count: ArrayLike, N: int) -> Floats:
    """(..., N) the chance that none of ``count`` respondents is among the first 1 to N of all."""
    from scipy.special import gammaln

    n_k = np.asarray(count, dtype=float)[..., None]
    n = np.arange(1, N + 1)
    left = N - n_k - n
    log = (
        gammaln(N - n_k + 1)
        - gammaln(np.maximum(left, 0) + 1)
        - gammaln(N + 1)
        + gammaln(N - n + 1)
    )
    return np.where(left >= 0, np.exp(log), 0.0)


def expected(n_k: ArrayLike, N: int) -> Floats:
    """(N,) S(n) for n of 1 to N. n_k: (codes,) how many respondents mention each."""
    return np.asarray((1 - not_seen(n_k, N)).sum(axis=0))


def variance(n_k: ArrayLike, n_kl: ArrayLike, N: int) -> Floats:
    """(N,) V(n). n_kl: (codes, codes) how many mention one or the other, n_k on its diagonal."""
    q, pairs = not_seen(n_k, N), not_seen(n_kl, N)
    return np.asarray(np.maximum(pairs.sum(axis=(0, 1)) - q.sum(axis=0) ** 2, 0.0))


def saturation(codings: Codings, *, counts: Counts | None = None) -> Saturation:
    """The curve of the codes whose number of respondents may be told."""
    counted = counts or counts_of(codings)
    N = counted.shown("asked", ALL) or 0
    told = {code.key: counted.shown("yes", code.key, ALL) for code in codings.codes}
    shown = {key: n for key, n in told.items() if n is not None}
    n_k = np.array(list(shown.values()), dtype=float)
    either = np.diag(n_k)
    place = {key: i for i, key in enumerate(shown)}
    for one, other in combinations(told, 2):
        if one not in shown or other not in shown:
            continue
        neither = counted.shown("none", one, other)
        together = counted.shown("both", one, other)
        most = max(shown[one], shown[other])
        if neither is not None:
            most = N - neither
        elif together is not None:
            most = shown[one] + shown[other] - together
        i, j = place[one], place[other]
        either[i, j] = either[j, i] = most
    spread = np.sqrt(variance(n_k, either, N))
    return Saturation(expected(n_k, N), spread, len(shown), len(told) - len(shown))
