"""Do classes (schools) differ, and how sure is the mean of one: ICC1 and ICC2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from academic_workplace.disclosure import may_leave
from academic_workplace.intake.scales.matrix import (
    NOTHING,
    coverage,
    few,
    grouping,
    index_of,
    matrix_of,
    vector_of,
)
from academic_workplace.items import Items
from academic_workplace.language import Text, both, default_language, same

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterReliability:
    """One-way analysis of variance of a score over clusters (classes, schools).

    icc1: the share of the variance that lies between clusters; icc2: the reliability of the mean
    of a cluster of n0 pupils. n0: the size that the mean squares know of, just below the average.
    left_out: rows without a score or without a cluster. f, df1, df2, p_value: of the test that
    clusters do not differ. Limits of the interval are exact with clusters of equal size and
    otherwise approximate. What cannot be told is None, and ``limits`` says why.
    """

    scale: Text
    n: int
    clusters: int
    left_out: int
    level: float
    n0: float | None = None
    msb: float | None = None
    msw: float | None = None
    icc1: float | None = None
    icc1_low: float | None = None
    icc1_high: float | None = None
    icc2: float | None = None
    icc2_low: float | None = None
    icc2_high: float | None = None
    f: float | None = None
    df1: int | None = None
    df2: int | None = None
    p_value: float | None = None
    limits: tuple[Text, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([self._row()])

    def explain(self, language: str = "nl") -> str:
        """How much classes differ and what their mean is worth."""
        from academic_workplace.report.questionnaires import cluster_sentences

        return " ".join(cluster_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain)

    def _row(self) -> dict[str, object]:
        told = " ".join(limit[default_language()] for limit in self.limits)
        return asdict(self) | {"scale": self.scale[default_language()], "limits": told}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClusterReliabilities(Items[ClusterReliability]):
    """Of several scores."""

    def table(self) -> pd.DataFrame:
        """A row per score."""
        return pd.DataFrame([each._row() for each in self.items])

    def explain(self, language: str = "nl") -> str:
        """A sentence or more per score."""
        return " ".join(each.explain(language) for each in self.items)

    def _repr_html_(self) -> str:
        from academic_workplace.report.questionnaires import clusters_html

        return clusters_html(self)


def cluster_reliability(
    scores: ArrayLike,
    clusters: pd.Series | Sequence[object],
    *,
    name: Text | str = "",
    level: float = 0.95,
) -> ClusterReliability:
    """ICC1 and ICC2 of a score (Bliese, 2000), from a one-way analysis of variance.

    scores: (rows,); clusters: the class or school of each row. With MSB and MSW the mean squares
    between and within, and n0 = (N - sum of n_j^2 / N) / (J - 1):
    ICC1 = (MSB - MSW) / (MSB + (n0 - 1) MSW) and ICC2 = (MSB - MSW) / MSB. Intervals from the F
    distribution (Searle, 1971; McGraw & Wong, 1996, table 7).

    Raises DataError for text and for clusters of other rows than the scores; PlanError.

    >>> found = cluster_reliability([1, 2, 3, 5, 6, 7], ["a", "a", "a", "b", "b", "b"])
    >>> round(found.icc1, 4), round(found.icc2, 4)
    (0.8846, 0.9583)
    """
    coverage(level)
    values = vector_of(scores, "scores")
    codes, names = grouping(clusters, len(values), "clusters", index_of(scores))
    return _of(values, codes, len(names), name if isinstance(name, Text) else same(name), level)


def cluster_reliabilities(
    scores: pd.DataFrame,
    clusters: pd.Series | Sequence[object],
    *,
    names: Mapping[str, Text] | None = None,
    level: float = 0.95,
) -> ClusterReliabilities:
    """``cluster_reliability`` of every column. names: what a column is called for readers."""
    coverage(level)
    values, columns = matrix_of(scores, "scores")
    codes, groups = grouping(clusters, len(values), "clusters", index_of(scores))
    called = names or {}
    return ClusterReliabilities(
        tuple(
            _of(values[:, j], codes, len(groups), called.get(column, same(column)), level)
            for j, column in enumerate(columns)
        )
    )


def _of(
    values: Floats, codes: NDArray[np.int64], groups: int, scale: Text, level: float
) -> ClusterReliability:
    known = ~np.isnan(values) & (codes >= 0)
    y, g = values[known], codes[known]
    sizes = np.bincount(g, minlength=groups).astype(float)
    sizes, g = sizes[sizes > 0], np.unique(g, return_inverse=True)[1]
    N, J = len(y), len(sizes)
    plain = ClusterReliability(scale=scale, n=N, clusters=J, left_out=len(values) - N, level=level)
    if J < 2:
        return replace(plain, limits=(_few_clusters(J),))
    if N == J:
        return replace(plain, limits=(_ONE_EACH,))
    centred = y - y.mean()
    means = np.bincount(g, centred) / sizes
    msb = float(sizes @ means**2) / (J - 1)
    msw = float(((centred - means[g]) ** 2).sum()) / (N - J)
    n0 = (N - float(sizes @ sizes) / N) / (J - 1)
    nothing = (NOTHING * float(np.abs(y).max())) ** 2
    found = replace(plain, n0=n0, msb=msb, msw=msw, df1=J - 1, df2=N - J)
    if msb <= nothing and msw <= nothing:
        return replace(found, limits=(_NO_SPREAD,))
    told = [] if may_leave(N) else [few()]
    icc1 = (msb - msw) / (msb + (n0 - 1) * msw)
    found = replace(found, icc1=icc1)
    if msb <= nothing:
        return replace(found, limits=(_ALIKE,))
    found = replace(found, icc2=1 - msw / msb)
    if msw <= nothing:
        return replace(found, limits=(_NO_SPREAD_WITHIN,))
    f = msb / msw
    ends = special.fdtri(J - 1, N - J, [(1 + level) / 2, (1 - level) / 2])
    low, high = (f / float(end) for end in ends)
    if icc1 < 0:
        told.append(_LESS_THAN_CHANCE)
    if len(set(sizes.tolist())) > 1:
        told.append(_UNEQUAL)
    return replace(
        found,
        icc1_low=(low - 1) / (low + n0 - 1),
        icc1_high=(high - 1) / (high + n0 - 1),
        icc2_low=1 - 1 / low,
        icc2_high=1 - 1 / high,
        f=f,
        p_value=float(special.fdtrc(J - 1, N - J, f)),
        limits=tuple(told),
    )


_ONE_EACH = Text(
    "Elke klas of school heeft maar één leerling: verschillen binnen en tussen zijn niet te"
    " scheiden.",
    "Every class or school has only one pupil: differences within and between cannot be told"
    " apart.",
)
_NO_SPREAD = Text("Alle scores zijn gelijk.", "All scores are alike.")
_ALIKE = Text(
    "De gemiddelden zijn overal gelijk: de betrouwbaarheid daarvan is niet te berekenen.",
    "The means are alike everywhere: their reliability cannot be told.",
)
_NO_SPREAD_WITHIN = Text(
    "Binnen elke klas of school zijn alle scores gelijk: er is geen interval.",
    "Within every class or school all scores are alike: there is no interval.",
)
_LESS_THAN_CHANCE = Text(
    "De gemiddelden verschillen minder dan bij toeval te verwachten is; lees de ICC als 0.",
    "The means differ less than chance would make them; read the ICC as 0.",
)
_UNEQUAL = Text(
    "De klassen of scholen zijn niet even groot: de grenzen gelden bij benadering.",
    "The classes or schools differ in size: the limits are approximate.",
)


def _few_clusters(J: int) -> Text:
    return Text(
        f"Te weinig klassen of scholen: {J}. Nodig: 2 of meer.",
        f"Too few classes or schools: {J}. Needed: 2 or more.",
    )
