"""Do two or more informants say the same: intraclass correlation and kappa."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from academic_workplace.disclosure import may_leave
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, PlanError, chosen_of
from academic_workplace.intake.scales.matrix import (
    NOTHING,
    Table,
    coverage,
    few,
    index_of,
    matrix_of,
    same_rows,
)
from academic_workplace.items import Items
from academic_workplace.language import Text, both, default_language

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Form(StrEnum):
    """The six intraclass correlations of Shrout & Fleiss (1979)."""

    ONE_WAY = "ICC(1,1)"  # every pupil has raters of its own; one rating
    TWO_WAY = "ICC(2,1)"  # the same raters, a sample of many; one rating; agreement
    FIXED = "ICC(3,1)"  # the same raters, just these; one rating; consistency
    ONE_WAY_MEAN = "ICC(1,k)"  # the mean of k ratings
    TWO_WAY_MEAN = "ICC(2,k)"
    FIXED_MEAN = "ICC(3,k)"


class Weights(StrEnum):
    """How much a disagreement counts in kappa."""

    UNWEIGHTED = "unweighted"  # all alike
    LINEAR = "linear"  # with the distance
    QUADRATIC = "quadratic"  # with its square


# ---------------------------------------------------------------- intraclass correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class IntraclassCorrelation:
    """One of the six forms, of n pupils with k ratings each.

    left_out: pupils without all ratings. What cannot be told is None; ``limits`` says why.
    """

    form: Form
    n: int
    k: int
    left_out: int
    level: float
    value: float | None = None
    low: float | None = None
    high: float | None = None
    f: float | None = None
    df1: int | None = None
    df2: int | None = None
    p_value: float | None = None
    limits: tuple[Text, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([self._row()])

    def explain(self, language: str = "nl") -> str:
        """How alike the ratings are, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.questionnaires import icc_sentences

        return " ".join(icc_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain)

    def _row(self) -> dict[str, object]:
        told = " ".join(limit[default_language()] for limit in self.limits)
        return asdict(self) | {"form": self.form.value, "limits": told}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IntraclassCorrelations(Items[IntraclassCorrelation]):
    """All six forms of the same ratings."""

    def form(self, form: Form | str) -> IntraclassCorrelation:
        """One of them. Raises PlanError for a form that there is not."""
        wanted = chosen_of(Form, form, "form")
        return next(each for each in self.items if each.form is wanted)

    def table(self) -> pd.DataFrame:
        """A row per form."""
        return pd.DataFrame([each._row() for each in self.items])

    def explain(self, language: str = "nl") -> str:
        """Agreement of one rating by raters of whom these are a sample: ICC(2,1)."""
        return self.form(Form.TWO_WAY).explain(language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.questionnaires import iccs_html

        return both(self.explain) + iccs_html(self)


def icc(ratings: Table, *, level: float = 0.95) -> IntraclassCorrelations:
    """The six intraclass correlations of Shrout & Fleiss (1979, Psychological Bulletin 86).

    ratings: (pupils, k) with a column per rater or informant; pupils without all ratings are left
    out and counted. With BMS, WMS, JMS, EMS the mean squares between pupils, within pupils,
    between raters and of the rest: (1,1) = (BMS - WMS)/(BMS + (k-1) WMS), (2,1) = (BMS - EMS)/(BMS
    + (k-1) EMS + k (JMS - EMS)/n), (3,1) = (BMS - EMS)/(BMS + (k-1) EMS); the mean of k ratings
    has k x/(1 + (k-1) x). Intervals as theirs; that of (2,1) by Satterthwaite.

    Raises DataError for text and infinite values; PlanError.

    >>> judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> round(icc([*judges, [6, 2, 4, 7]]).form("ICC(2,1)").value, 2)
    0.29
    """
    coverage(level)
    values, _ = matrix_of(ratings, "ratings")
    x = values[~np.isnan(values).any(axis=1)]
    n, k = x.shape
    plain = [
        IntraclassCorrelation(form=form, n=n, k=k, left_out=len(values) - n, level=level)
        for form in Form
    ]

    def without(told: Text) -> IntraclassCorrelations:
        return IntraclassCorrelations(tuple(replace(each, limits=(told,)) for each in plain))

    if n < 2 or k < 2:
        return without(_FEW_RATINGS)
    centred = x - x.mean()
    rows, columns = centred.mean(axis=1), centred.mean(axis=0)
    total = float((centred**2).sum())
    between, judges = k * float(rows @ rows), n * float(columns @ columns)
    bms, jms = between / (n - 1), judges / (k - 1)
    wms = max(total - between, 0.0) / (n * (k - 1))
    rest = centred - rows[:, None] - columns
    ems = float((rest**2).sum()) / ((n - 1) * (k - 1))
    nothing = (NOTHING * float(np.abs(x).max())) ** 2
    if max(bms, wms) <= nothing:
        return without(_ALL_ALIKE)
    df1, df_w, df_e = n - 1, n * (k - 1), (n - 1) * (k - 1)
    half = (1 - level) / 2
    singles: dict[Form, Limits] = {
        Form.ONE_WAY: _consistent(bms, wms, df1, df_w, k, half, nothing),
        Form.FIXED: _consistent(bms, ems, df1, df_e, k, half, nothing),
        Form.TWO_WAY: _agreeing(bms, jms, ems, n, k, half, nothing),
    }
    pairs = {
        Form.ONE_WAY_MEAN: Form.ONE_WAY,
        Form.TWO_WAY_MEAN: Form.TWO_WAY,
        Form.FIXED_MEAN: Form.FIXED,
    }
    out = []
    for each in plain:
        ms, df2 = (wms, df_w) if each.form in (Form.ONE_WAY, Form.ONE_WAY_MEAN) else (ems, df_e)
        found = singles[pairs.get(each.form, each.form)]
        if each.form in pairs:
            found = _stepped(found, k, bms <= nothing)
        value, low, high = found
        f = bms / ms if ms > nothing else None
        told = [] if may_leave(n) else [few()]
        if value is None:
            told.append(_NO_DIFFERENCE)
        elif low is None or high is None:
            low = high = None
            told.append(_NO_ERROR)
        elif value < 0:
            told.append(_BELOW_ZERO)
        out.append(
            replace(
                each, value=value, low=low, high=high, f=f, df1=df1, df2=df2,
                p_value=None if f is None else float(special.fdtrc(df1, df2, f)),
                limits=tuple(told),
            )
        )  # fmt: skip
    return IntraclassCorrelations(tuple(out))


Limits = tuple[float | None, float | None, float | None]


def _consistent(
    bms: float, ms: float, df1: int, df2: int, k: int, half: float, nothing: float
) -> Limits:
    """(bms - ms)/(bms + (k-1) ms) with its exact interval."""
    if bms + (k - 1) * ms <= nothing:
        return None, None, None
    value = (bms - ms) / (bms + (k - 1) * ms)
    if ms <= nothing:
        return value, None, None
    f = bms / ms
    low, high = (f / float(special.fdtri(df1, df2, p)) for p in (1 - half, half))
    return value, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _agreeing(
    bms: float, jms: float, ems: float, n: int, k: int, half: float, nothing: float
) -> Limits:
    """ICC(2,1) with the approximate interval of Shrout & Fleiss (1979, p. 424)."""
    whole = bms + (k - 1) * ems + k * (jms - ems) / n
    if whole <= nothing:
        return None, None, None
    value = (bms - ems) / whole
    if ems <= nothing:
        return value, None, None
    F_j = jms / ems
    a = k * value * F_j
    b = n * (1 + (k - 1) * value) - k * value
    if abs(a + b) <= NOTHING * n * k * (1 + F_j):  # no degrees of freedom are left
        return value, None, None
    v = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
    F_u = float(special.fdtri(float(n - 1), v, 1 - half))
    F_l = float(special.fdtri(v, float(n - 1), 1 - half))
    if not (1 <= F_u < math.inf and 1 <= F_l < math.inf):  # v is far below 1: limits would cross
        return value, None, None
    rest = k * jms + (k * n - k - n) * ems
    low = n * (bms - F_u * ems) / (F_u * rest + n * bms)
    high = n * (F_l * bms - ems) / (rest + n * F_l * bms)
    return value, low, high


def _stepped(found: Limits, k: int, flat: bool) -> Limits:
    """Of the mean of k ratings; none when the pupils do not differ at all."""
    value, low, high = (
        None if x is None or flat or 1 + (k - 1) * x <= NOTHING else k * x / (1 + (k - 1) * x)
        for x in found
    )
    return value, low, high


# ---------------------------------------------------------------- kappa


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Agreement of two raters beyond chance.

    observed, expected: the (weighted) share of agreement, and that of chance alone. left_out:
    pupils without both ratings. se, low, high: large-sample (Fleiss, Cohen & Everitt, 1969).
    What cannot be told is None; ``limits`` says why.
    """

    weights: Weights
    levels: tuple[str, ...]
    n: int
    left_out: int
    level: float
    observed: float | None = None
    expected: float | None = None
    value: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    limits: tuple[Text, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row."""
        told = " ".join(limit[default_language()] for limit in self.limits)
        row = asdict(self) | {"weights": self.weights.value, "levels": len(self.levels)}
        return pd.DataFrame([row | {"limits": told}])

    def explain(self, language: str = "nl") -> str:
        """How often two raters agree, and how much of that is more than chance."""
        from academic_workplace.report.questionnaires import kappa_sentences

        return " ".join(kappa_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain)


def kappa(
    first: pd.Series | Sequence[object],
    second: pd.Series | Sequence[object],
    *,
    weights: Weights | str = Weights.UNWEIGHTED,
    levels: Sequence[object] | None = None,
    level: float = 0.95,
) -> Kappa:
    """Cohen's kappa (1960, 1968) of two raters of the same pupils.

    first, second: a rating per pupil, in the same order. levels: every possible rating, in order;
    without it those of an ordered category, or the numbers that occur. Weights go with the
    distance of numbers, and of other levels with their place in the order.

    Raises DataError for other rows, and for ratings that are no level; PlanError for weights
    without an order.

    >>> found = kappa([0, 1, 1, 2, 2, 0], [0, 1, 2, 2, 1, 0], weights="quadratic")
    >>> round(found.value, 4)
    0.75
    """
    chosen = chosen_of(Weights, weights, "weights")
    coverage(level)
    one, two = _ratings(first, "first"), _ratings(second, "second")
    if len(one) != len(two):
        rule = Text(
            f"Het ene heeft {len(one)} oordelen en het andere {len(two)}.",
            f"One has {len(one)} ratings and the other {len(two)}.",
        )
        remedy = Text(
            "Geef beide oordelen over dezelfde leerlingen, in dezelfde volgorde.",
            "Give both ratings of the same pupils, in the same order.",
        )
        raise DataError([Fault(rule, remedy, column="second")])
    same_rows(second, index_of(first), "second")
    known, ordered = _levels(one, two, levels)
    if not ordered and chosen is not Weights.UNWEIGHTED:
        rule = Text(
            "Bij deze gewichten moeten de oordelen een volgorde hebben.",
            "With these weights the ratings must have an order.",
        )
        remedy = Text("Geef levels=(laag, …, hoog).", "Give levels=(low, …, high).")
        raise PlanError([Fault(rule, remedy, column="levels")])
    a, b = (_places(x, known, name) for x, name in ((one, "first"), (two, "second")))
    both_known = (a >= 0) & (b >= 0)
    m = len(known)
    flat = np.bincount(a[both_known] * m + b[both_known], minlength=m * m)
    values = np.array(known, dtype=float) if all(map(_is_number, known)) else np.arange(float(m))
    left_out = int((~both_known).sum())
    return _kappa(flat.reshape(m, m), values, chosen, tuple(map(str, known)), left_out, level)


def kappa_of_counts(
    counts: ArrayLike,
    *,
    weights: Weights | str = Weights.UNWEIGHTED,
    level: float = 0.95,
) -> Kappa:
    """The same from a square table of counts: a row per level of the first rater, in order.

    Raises DataError when it is no square table of counts; PlanError.

    >>> round(kappa_of_counts([[44, 5, 1], [7, 20, 3], [9, 5, 6]]).value, 4)
    0.4915
    """
    chosen = chosen_of(Weights, weights, "weights")
    coverage(level)
    table, names = matrix_of(counts, "counts")
    whole = (table >= 0) & (table == np.floor(table))
    if table.shape[0] != table.shape[1] or not whole.all():
        rule = Text("Dit is geen vierkante tabel met aantallen.", "This is no square of counts.")
        remedy = Text(
            "Geef een rij per oordeel van de eerste en een kolom per oordeel van de tweede.",
            "Give a row per level of the first rater and a column per level of the second.",
        )
        raise DataError([Fault(rule, remedy, column="counts")])
    return _kappa(table.astype(np.int64), np.arange(float(len(table))), chosen, names, 0, level)


def _kappa(
    counts: Ints, values: Floats, weights: Weights, levels: tuple[str, ...], left: int, level: float
) -> Kappa:
    n = int(counts.sum())
    plain = Kappa(weights=weights, levels=levels, n=n, left_out=left, level=level)
    if n < 2:
        return replace(plain, limits=(_FEW_PAIRS,))
    apart = np.abs(np.subtract.outer(values, values))
    power = {Weights.UNWEIGHTED: 0, Weights.LINEAR: 1, Weights.QUADRATIC: 2}[weights]
    d = np.where(apart > 0, apart**power, 0.0)
    d = d / d.max() if d.any() else d
    p = counts / n
    observed, chance = float((d * p).sum()), float((d * np.outer(p.sum(1), p.sum(0))).sum())
    limits = () if may_leave(n) else (few(),)
    found = replace(plain, observed=1 - observed, expected=1 - chance, limits=limits)
    if chance <= NOTHING:
        return replace(found, limits=(*limits, _ONE_LEVEL))
    value = 1 - observed / chance
    if observed <= NOTHING:
        return replace(found, value=value, limits=(*limits, _ALL_AGREE))
    # the slope of 1 - observed / chance in each share p: the delta method, which is their formula
    # (statsmodels has it too, but divides by zero where one rater is always the same)
    slope = (observed * np.add.outer(d @ p.sum(0), p.sum(1) @ d) - chance * d) / chance**2
    variance = (float((p * slope**2).sum()) - float((p * slope).sum()) ** 2) / n
    if variance <= NOTHING / n:
        one_sided = max(p.sum(0).max(), p.sum(1).max()) > 1 - NOTHING
        why = _SAME_FOR_ALL if one_sided else _NO_ERROR
        return replace(found, value=value, limits=(*limits, why))
    se = math.sqrt(variance)
    reach = float(special.ndtri((1 + level) / 2)) * se
    return replace(
        found, value=value, se=se, low=max(value - reach, -1.0), high=min(value + reach, 1.0)
    )


def _ratings(given: pd.Series | Sequence[object], name: str) -> pd.Series:
    try:
        column = given if isinstance(given, pd.Series) else pd.Series([*given])
        pd.factorize(column)
    except (TypeError, ValueError):
        rule = Text("Dit is geen rij met één oordeel per leerling.",
                    "This is no row with one rating per pupil.")  # fmt: skip
        remedy = Text("Geef één kolom van een tabel.", "Give one column of a table.")
        raise DataError([Fault(rule, remedy, column=name)]) from None
    return column


def _levels(
    one: pd.Series, two: pd.Series, given: Sequence[object] | None
) -> tuple[list[object], bool]:
    """Every level, and whether they have an order."""
    if given is not None:
        return list(dict.fromkeys(given)), True
    kind = one.dtype
    if isinstance(kind, pd.CategoricalDtype) and kind == two.dtype:
        return list(kind.categories), bool(kind.ordered)
    found = list(dict.fromkeys([*one.dropna(), *two.dropna()]))
    if all(map(_is_number, found)):
        return sorted(found, key=float), True
    return sorted(found, key=str), False


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return False
    return math.isfinite(value)


def _places(column: pd.Series, known: list[object], name: str) -> Ints:
    """(pupils,) the place of each rating among the levels, -1 when missing."""
    places = pd.Index(known, dtype=object).get_indexer(pd.Index(column.astype(object)))
    rows = np.flatnonzero((places < 0) & column.notna().to_numpy()) + 1
    if len(rows):
        rule = Text(
            "Hier staan oordelen die niet bestaan.", "This holds ratings that there are not."
        )
        remedy = Text("Noem elk oordeel in levels.", "Name every rating in levels.")
        first = tuple(int(row) for row in rows[:SHOWN_ROWS])
        raise DataError([Fault(rule, remedy, column=name, rows=first, count=len(rows))])
    return np.asarray(places, dtype=np.int64)


# ---------------------------------------------------------------- words


_FEW_RATINGS = Text(
    "Nodig zijn twee of meer leerlingen met twee of meer oordelen.",
    "This takes two or more pupils with two or more ratings.",
)
_ALL_ALIKE = Text(
    "Alle oordelen zijn gelijk: overeenstemming is niet van toeval te onderscheiden.",
    "All ratings are alike: agreement cannot be told from chance.",
)
_NO_DIFFERENCE = Text(
    "De leerlingen verschillen niet: deze vorm is niet te berekenen.",
    "The pupils do not differ: this form cannot be told.",
)
_NO_ERROR = Text(
    "Uit deze oordelen is geen interval te berekenen.",
    "No interval can be told from these ratings.",
)
_BELOW_ZERO = Text(
    "De oordelen lijken minder op elkaar dan bij toeval; lees dit als 0.",
    "The ratings are less alike than by chance; read this as 0.",
)
_FEW_PAIRS = Text(
    "Nodig zijn twee of meer leerlingen met beide oordelen.",
    "This takes two or more pupils with both ratings.",
)
_ONE_LEVEL = Text(
    "Iedereen kreeg van beiden hetzelfde oordeel: kappa is niet te berekenen.",
    "Everybody got the same rating from both: kappa cannot be told.",
)
_ALL_AGREE = Text(
    "De twee zijn het over iedereen eens: er is geen interval.",
    "The two agree on everybody: there is no interval.",
)
_SAME_FOR_ALL = Text(
    "Een van de twee gaf iedereen hetzelfde oordeel: kappa zegt dan niets, en er is geen interval.",
    "One of the two gave everybody the same rating: kappa then says nothing; there is no interval.",
)
