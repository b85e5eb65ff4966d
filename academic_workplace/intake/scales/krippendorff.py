"""Do any number of raters say the same, with ratings missing: Krippendorff's alpha."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.disclosure import may_leave
from academic_workplace.errors import DataError, Fault, PlanError, chosen_of
from academic_workplace.intake.scales.matrix import Table, coverage, few, matrix_of
from academic_workplace.language import Text, both, default_language

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_UNITS = 20  # simulated, the interval covers 92 to 96 % from here on, and 90 % with ten
MOST_RATIOS = 3000  # different values: their squares fit in memory


class Metric(StrEnum):
    """What the ratings are, for Krippendorff's alpha."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Krippendorff:
    """Krippendorff's alpha: 1 is full agreement, 0 is what chance gives.

    units: pupils with two ratings or more; single: pupils left out with one rating or none.
    pairable: ratings of those units. draws: bootstrap samples of the units behind low and high.
    What cannot be told is None; ``limits`` says why.
    """

    metric: Metric
    units: int
    single: int
    pairable: int
    level: float
    draws: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limits: tuple[Text, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row."""
        told = " ".join(limit[default_language()] for limit in self.limits)
        return pd.DataFrame([asdict(self) | {"metric": self.metric.value, "limits": told}])

    def explain(self, language: str = "nl") -> str:
        """How alike the raters are, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.questionnaires import krippendorff_sentences

        return " ".join(krippendorff_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain)


def krippendorff_alpha(
    ratings: Table,
    metric: Metric | str,
    *,
    level: float = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator = 1,
) -> Krippendorff:
    """Krippendorff's alpha, 1 - D_o/D_e, of any number of raters with missing ratings.

    ratings: (pupils, raters). Every value within a pupil is paired with the others, each pair
    counting 1/(m - 1) in a pupil of m ratings; D_e pairs all values (Krippendorff, 2011,
    "Computing Krippendorff's alpha-reliability"). Nominal ratings may be words, and ordinal ones
    an ordered category; all else is numbers. Interval: percentiles of a bootstrap that draws
    pupils with replacement (Zapf et al., 2016, BMC Med. Res. Methodol. 16), with 20 pupils or
    more; draws=0 leaves it out.

    Raises DataError for text where numbers are needed; PlanError.

    >>> round(krippendorff_alpha([[1, 1], [2, 2], [3, 3], [1, 2]], "nominal").value, 4)
    0.6667
    """
    chosen = chosen_of(Metric, metric, "metric")
    coverage(level)
    if not isinstance(draws, int) or not (draws == 0 or 100 <= draws <= 1_000_000):
        rule = Text(
            "Dit moet 0 zijn, of 100 tot een miljoen.", "This must be 0, or 100 to a million."
        )
        remedy = Text("Kies bijvoorbeeld 1000.", "Choose 1000, for example.")
        raise PlanError([Fault(rule, remedy, column="draws")])
    values, _ = matrix_of(_coded(ratings, chosen), "ratings")
    if chosen is Metric.RATIO and (values < 0).any():
        rule = Text("Bij ‘ratio’ mag niets onder 0 liggen.", "With ‘ratio’ nothing may be below 0.")
        remedy = Text("Kies ‘interval’.", "Choose ‘interval’.")
        raise DataError([Fault(rule, remedy, column="ratings")])
    counts = (~np.isnan(values)).sum(axis=1)
    own = np.sort(values[counts > 1], axis=1)  # missing ones last; raters may change places
    patterns, times = np.unique(own, axis=0, return_counts=True, equal_nan=True)
    units = len(own)
    plain = Krippendorff(
        metric=chosen, units=units, single=len(values) - units,
        pairable=int(counts[counts > 1].sum()), level=level, draws=draws,
    )  # fmt: skip
    if not units:
        return replace(plain, draws=0, limits=(_NO_PAIRS,))
    known = ~np.isnan(patterns)
    scale, codes = np.unique(patterns[known], return_inverse=True)
    if chosen is Metric.RATIO and len(scale) > MOST_RATIOS:
        return replace(plain, draws=0, limits=(_MANY_VALUES,))
    spread = _Disagreement(chosen, scale, codes, known)
    value = spread.alpha(times.astype(float))
    if value is None:
        return replace(plain, draws=0, limits=(_ONE_VALUE,))
    found = replace(plain, value=value, limits=() if may_leave(units) else (few(),))
    if draws == 0:
        return found
    if units < LEAST_UNITS:
        return replace(found, draws=0, limits=(*found.limits, _FEW_UNITS))
    rng = np.random.default_rng(seed)
    drawn = [spread.alpha(w) for w in rng.multinomial(units, times / units, size=draws)]
    usable = np.array([x for x in drawn if x is not None])
    told = [_lost(draws - len(usable), draws)] if len(usable) < draws else []
    if len(usable) < draws / 2:
        return replace(found, draws=0, limits=tuple(told))
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2])
    return replace(found, low=float(low), high=float(high), draws=len(usable), limits=tuple(told))


class _Disagreement:
    """alpha of the patterns of ratings that there are, for any number of pupils with each."""

    def __init__(
        self, metric: Metric, scale: Floats, codes: Ints, known: NDArray[np.bool_]
    ) -> None:
        self.metric = metric
        self.scale = scale - scale.mean()
        self.codes = codes
        self.unit = np.nonzero(known)[0]
        self.m = known.sum(axis=1).astype(float)
        self.within: Floats | None = None  # the disagreement inside each pattern, when it is fixed
        self.delta: Floats | None = None
        if metric is Metric.RATIO:
            total = np.add.outer(scale, scale)
            apart = np.abs(np.subtract.outer(scale, scale))
            self.delta = np.divide(apart, total, out=np.zeros_like(apart), where=total > 0) ** 2
            self.within = self._pairs(known)
        elif metric is Metric.INTERVAL:
            self.within = self._spread(self.scale)
        elif metric is Metric.NOMINAL:
            _, first, same = np.unique(
                self.unit * len(scale) + codes, return_index=True, return_counts=True
            )
            unit = self.unit[first]
            self.within = np.bincount(unit, same * (self.m[unit] - same)) / (self.m - 1)

    def alpha(self, w: NDArray[np.generic]) -> float | None:
        """w: (patterns,) how many pupils have each. None when all their ratings are alike."""
        weights = w.astype(float)
        margins = np.bincount(self.codes, weights[self.unit], minlength=len(self.scale))
        n = float(margins.sum())
        within = self.within
        if self.metric is Metric.NOMINAL:
            chance = n**2 - float(margins @ margins)
        elif self.metric is Metric.RATIO and self.delta is not None:
            chance = float(margins @ self.delta @ margins)
        else:
            # the ordinal distance of two values is that of their mid-ranks
            g = self.scale
            if within is None:
                g = np.cumsum(margins) - margins / 2
                within = self._spread(g)
            middle = float(margins @ g) / n
            chance = 2 * n * float(margins @ (g - middle) ** 2)
        if within is None or np.count_nonzero(margins) < 2 or chance <= 0:
            return None
        return 1 - float(weights @ within) * (n - 1) / chance

    def _spread(self, g: Floats) -> Floats:
        """Sum over the ordered pairs of each pattern of (g - g')^2, by m - 1."""
        x = g[self.codes]
        total = np.bincount(self.unit, x)
        middle = x - (total / self.m)[self.unit]
        return np.asarray(2 * self.m * np.bincount(self.unit, middle**2) / (self.m - 1))

    def _pairs(self, known: NDArray[np.bool_]) -> Floats:
        """The same for any distance: every two raters."""
        place = np.full(known.shape, -1, dtype=np.int64)
        raters = known.shape[1]
        place[known] = self.codes
        out = np.zeros(len(place))
        for i in range(raters):
            for j in range(i + 1, raters):
                both_known = known[:, i] & known[:, j]
                pairs = place[both_known, i], place[both_known, j]
                out[both_known] += 2 * self.delta[pairs] if self.delta is not None else 0.0
        return np.asarray(out / (self.m - 1))


def _coded(ratings: Table, metric: Metric) -> Table:
    """Words as numbers: of nominal ratings any, of ordinal ones those of an ordered category."""
    if metric not in (Metric.NOMINAL, Metric.ORDINAL):
        return ratings
    table = ratings if isinstance(ratings, pd.DataFrame) else pd.DataFrame(np.asarray(ratings))
    kinds = list(table.dtypes)
    first = kinds[0] if kinds else None
    if all(pd.api.types.is_numeric_dtype(kind) for kind in kinds):
        return ratings
    if isinstance(first, pd.CategoricalDtype) and all(kind == first for kind in kinds):
        if first.ordered or metric is Metric.NOMINAL:
            codes: pd.DataFrame = table.apply(lambda column: column.cat.codes.astype(float))
            return codes.where(codes >= 0)
    elif metric is Metric.NOMINAL:
        flat = table.to_numpy(dtype=object).ravel()
        try:
            places = pd.factorize(flat)[0].astype(float).reshape(table.shape)
        except TypeError:  # lists and the like
            return ratings
        return np.where(places >= 0, places, np.nan)
    return ratings


_NO_PAIRS = Text("Geen leerling heeft twee of meer oordelen.", "No pupil has two or more ratings.")
_ONE_VALUE = Text(
    "Er komt maar één oordeel voor: alpha is niet te berekenen.",
    "Only one rating occurs: alpha cannot be told.",
)
_FEW_UNITS = Text(
    f"Voor een interval zijn {LEAST_UNITS} leerlingen nodig.",
    f"An interval takes {LEAST_UNITS} pupils.",
)
_MANY_VALUES = Text(
    f"Er zijn meer dan {MOST_RATIOS} verschillende waarden; rond ze af of kies ‘interval’.",
    f"There are more than {MOST_RATIOS} different values; round them or choose ‘interval’.",
)


def _lost(lost: int, draws: int) -> Text:
    return Text(
        f"In {lost} van de {draws} trekkingen kwam maar één oordeel voor; die tellen niet mee.",
        f"In {lost} of the {draws} draws only one rating occurred; they do not count.",
    )
