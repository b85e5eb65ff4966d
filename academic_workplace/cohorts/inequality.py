"""Inequality over the whole range of a background that has an order, such as income in quintiles.

Pupils are put in order of background; r is the share below, half of those alike included, so that r
runs from 0 to 1 and its mean is 1/2. With b the slope of the outcome on r and m its mean:

    SII = b                              slope index: from the lowest to the highest background
    RII = (m + b/2) / (m - b/2)          relative index: the ratio of the two ends of the line
    C   = 2 cov(y, r) / m                concentration index
    E   = 4 m / (high - low) C           of a bounded outcome (Erreygers, 2009, J. Health Econ. 28)
    W   = m (high - low) C / ((high - m)(m - low))        Wagstaff (2005), the same

Mackenbach & Kunst (1997, Soc. Sci. Med. 44); Kakwani, Wagstaff & van Doorslaer (1997, J. Econometr.
77). cov(y, r) = b var(r), so every index is a function of b and m; ranks are taken as given and the
variance is CR2 by school of that function's derivative (delta method). All are 0 without inequality
and positive where a higher background goes with a higher outcome.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.columns import (
    is_constant,
    labels,
    numbers,
    place_of,
    readers_words,
    refuse,
    require_columns,
    unknown,
    unvaried,
    weights_of,
)
from academic_workplace.cohorts.contrasts import (
    Doubt,
    Estimate,
    Fitted,
    doubts,
    on_scale,
    regress,
)
from academic_workplace.cohorts.counting import Cells, counted_rows, weighted_counts
from academic_workplace.cohorts.distribution import quantiles, standing
from academic_workplace.cohorts.samples import how_many, refuse_providers
from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.errors import DataError, Fault, PlanError, not_known
from academic_workplace.items import Items
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]

NAMES = ("slope index", "relative index", "concentration index", "Erreygers index",
         "Wagstaff index", "gradient")  # fmt: skip
LEVELS = 10  # a background of more different numbers has no levels
TAILS = np.array([0.1, 0.9])


@dataclass(frozen=True, slots=True, kw_only=True)
class Unequal:
    """Inequality of an outcome by background in one cohort ('' when there is but one).

    slope_index, relative_index, concentration, erreygers, wagstaff: see the top of this file.
    gradient: of the outcome per standard deviation of a background of numbers. means: per level of
    background, from low to high (at most ten levels; None where fewer than ten pupils are).
    p90_p10: between the highest and the lowest tenth of all pupils. What cannot be given is None: C
    and RII need an outcome that is not below 0, E and W its bounds. withheld: fewer than ten.
    """

    at: str
    pupils: int | None = None
    schools: int | None = None
    mean: float | None = None
    slope_index: Estimate | None = None
    relative_index: Estimate | None = None
    concentration: Estimate | None = None
    erreygers: Estimate | None = None
    wagstaff: Estimate | None = None
    gradient: Estimate | None = None
    p90_p10: float | None = None
    means: Mapping[str, float | None] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    withheld: bool = False

    def measures(self) -> list[tuple[str, Estimate]]:
        """Every index there is, by name."""
        each = (self.slope_index, self.relative_index, self.concentration, self.erreygers,
                self.wagstaff, self.gradient)  # fmt: skip
        return [(n, found) for n, found in zip(NAMES, each, strict=True) if found is not None]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Inequality(Items[Unequal]):
    """Inequality of one outcome by one background, per cohort. bounds: of the outcome."""

    outcome: str
    background: str
    bounds: tuple[float, float] | None
    lost: int
    labels: Mapping[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Inequality({len(self)} cohorts)"

    def table(self) -> pd.DataFrame:
        """A row per cohort and index, in full precision; a withheld cohort has one row without."""
        rows = []
        for one in self.items:
            found = one.measures() or [(NAMES[0], Estimate(math.nan))]
            for name, each in found:
                rows.append(
                    {"outcome": self.outcome, "background": self.background, "at": one.at,
                     "index": name} | each.to_dict()
                    | {"pupils": one.pupils, "schools": one.schools, "mean": one.mean,
                       "withheld": one.withheld, "doubts": "; ".join(one.doubts)}
                )  # fmt: skip
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.gaps import inequality_sentence

        return inequality_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The slope index with its interval, over the cohorts."""
        from academic_workplace.report.gaps import plot_inequality

        return plot_inequality(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.gaps import inequality_drawing

        return inequality_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def inequality(
    table: pd.DataFrame | str | Path | Cells,
    *,
    outcome: str,
    background: str,
    order: Sequence[object] | None = None,
    bounds: tuple[float, float] | None = None,
    school: str | None = None,
    cohort: str | None = None,
    provider: str | None = None,
    weights: str | None = None,
    labels: Mapping[str, Text] | None = None,
) -> Inequality:
    """Slope index, relative index and concentration index of an outcome by background.

    table: a row per pupil, or (with schools, without weights) a file that is counted in one pass,
    or its ``Cells`` with the outcome as their number; the highest and lowest tenth take pupils
    apart and are then left out. background: numbers, or an ordered category, from low to high; text
    needs ``order``, its values from low to high. bounds: the lowest and highest value the outcome
    can have, for the indices of bounded outcomes; 0 and 1 for an outcome of those alone. school:
    CR2 intervals by school; without it pupils are taken as independent. provider: whose test the
    outcome is a score of; more than one is refused.

    Raises PlanError and DataError naming every fault: unknown columns or values, text without an
    order, bounds that the outcome passes, an outcome or a background that is empty or does not
    vary, a level of background (of ten or fewer) that a cohort has no pupils of.
    """
    if weights is not None and isinstance(table, str | Path | Cells):
        raise PlanError([weighted_counts()])
    columns = (background, school, cohort, provider)
    rows_of = counted_rows(table, columns, outcome, school)
    table, pupils = rows_of.table, rows_of.pupils
    require_columns(
        table,
        {"outcome": outcome, "background": background, "school": school, "cohort": cohort,
         "weights": weights, "provider": provider},
        ("outcome", "background"),
    )  # fmt: skip
    if provider is not None:
        refuse_providers(table.loc[table[outcome].notna(), provider], provider)
    faults: list[Fault] = []
    _check_bounds(bounds)
    y = numbers(table, outcome, faults)
    rank, levels = _ordered(table, background, order)
    w = weights_of(table, weights, faults)
    ends = rows_of.ends
    n = len(table)
    s = None if school is None else _labels(table, school)[0]
    at, places = (np.zeros(n, dtype=np.intp), [""]) if cohort is None else _labels(table, cohort)
    known = np.isfinite(y) & np.isfinite(rank) & (at >= 0)
    known &= True if s is None else s >= 0
    known &= True if w is None else w > 0
    alike = None if any(f.column == outcome for f in faults) else unvaried(y, known, outcome)
    faults += [] if alike is None else [alike]
    if not np.isfinite(rank).any():
        faults.append(unknown(background))
    elif known.any() and is_constant(rank[known]):
        rule = Text("Deze achtergrond is voor iedereen gelijk.",
                    "This background is the same for everyone.")  # fmt: skip
        remedy = Text("Kies een achtergrond die verschilt.", "Choose a background that differs.")
        faults.append(Fault(rule, remedy, column=background))
    share = bool(np.isin(y[known], (0.0, 1.0)).all())
    limits = (0.0, 1.0) if bounds is None and share else bounds
    faults += _beyond(y[known] if ends is None or share else np.array(ends), limits)
    faults += _absent(rank, at, known, places, levels, background, pupils)
    refuse(faults)
    items = []
    for t, place in enumerate(places):
        rows = known & (at == t)
        items.append(
            _unequal(y[rows], rank[rows], None if s is None else s[rows],
                     None if w is None else w[rows], limits, levels, str(place), share=share,
                     pupils=None if pupils is None else pupils[rows],
                     least=None if ends is None else ends[0])
        )  # fmt: skip
    return Inequality(tuple(items), outcome, background, limits, how_many(~known, pupils),
                      readers_words(labels))  # fmt: skip


_labels = labels  # the argument of the same name hides the function


def _check_order(order: object) -> None:
    """Raise PlanError for an order that is none: one text, or a value twice."""
    values: list[str] = []
    if isinstance(order, Sequence | np.ndarray | pd.Index) and not isinstance(order, str):
        values = [str(value) for value in order]
    if len(values) < 2 or len(set(values)) < len(values):
        rule = Text("Dit is geen volgorde van twee of meer waarden, elk één keer.",
                    "This is no order of two or more values, each once.")  # fmt: skip
        remedy = Text("Schrijf order=[‘laag’, ‘midden’, ‘hoog’].",
                      "Write order=['low', 'middle', 'high'].")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="order")])


def _ordered(
    table: pd.DataFrame, background: str, order: Sequence[object] | None
) -> tuple[Floats, list[str] | None]:
    """(n,) the background as numbers, NaN where missing, and the names of its levels if it has."""
    given = table[background]
    if order is not None:
        _check_order(order)
        code, values = _labels(table, background)
        extra = [str(v) for v in values if str(v) not in {str(o) for o in order}]
        if extra:
            raise PlanError([not_known("order", name, [str(o) for o in order]) for name in extra])
        place = np.array([place_of(v, list(order), "order") for v in values], dtype=float)
        return np.where(code >= 0, place[code], np.nan), [str(o) for o in order]
    if isinstance(given.dtype, pd.CategoricalDtype) and given.cat.ordered:
        codes = given.cat.codes.to_numpy(dtype=float)
        return np.where(codes >= 0, codes, np.nan), [str(c) for c in given.cat.categories]
    if pd.api.types.is_numeric_dtype(given.dtype):
        faults: list[Fault] = []
        found = numbers(table, background, faults)
        refuse(faults)
        return found, None
    rule = Text("Deze achtergrond heeft geen volgorde.", "This background has no order.")
    remedy = Text("Geef met order de waarden van laag naar hoog.",
                  "Give its values from low to high with order.")  # fmt: skip
    raise DataError([Fault(rule, remedy, column=background)])


def _absent(
    rank: Floats, at: Rows, known: Bools, places: Sequence[object], levels: list[str] | None,
    background: str, pupils: Floats | None = None,
) -> list[Fault]:  # fmt: skip
    """A fault per level of background that a cohort has no pupils of, and others have.

    From lowest to highest would there be another way than in the other cohorts. Levels are what
    has an order in words, or at most ``LEVELS`` different numbers.
    """
    values = np.unique(rank[known])
    if len(values) > LEVELS:
        return []
    faults = []
    for t, place in enumerate(places):
        rows = known & (at == t)
        here = rank[rows]
        if not may_leave(how_many(rows, pupils)):  # nothing is told of this cohort
            continue
        for x in values[~np.isin(values, here)]:
            name = f"{x:g}" if levels is None else levels[int(x)]
            rule = Text(
                f"Van ‘{name}’ zijn er in ‘{place}’ geen leerlingen van wie alles bekend is.",
                f"Of ‘{name}’ there are no pupils in ‘{place}’ of whom all is known.",
            )
            remedy = Text("Neem dat cohort niet mee, of voeg waarden samen.",
                          "Leave that cohort out, or join values.")  # fmt: skip
            faults.append(Fault(rule, remedy, column=background))
    return faults


def _check_bounds(bounds: object) -> None:
    if bounds is None:
        return
    pair = list(bounds) if isinstance(bounds, tuple | list) else []
    if len(pair) != 2 or not all(isinstance(b, int | float) and math.isfinite(b) for b in pair):
        rule = Text("Dit zijn geen twee getallen.", "These are not two numbers.")
        remedy = Text("Geef de laagste en de hoogste score die kan.",
                      "Give the lowest and the highest score that can be.")  # fmt: skip
        raise PlanError([Fault(rule, remedy, column="bounds")])


def _beyond(y: Floats, bounds: tuple[float, float] | None) -> list[Fault]:
    if bounds is None or len(y) == 0 or (bounds[0] < bounds[1] and bounds[0] <= y.min()
                                         and y.max() <= bounds[1]):  # fmt: skip
        return []
    rule = Text(
        "De uitkomst gaat over deze grenzen heen, of de laagste grens is niet de laagste.",
        "The outcome passes these bounds, or the low bound is not the lowest.",
    )
    remedy = Text("Geef de laagste en de hoogste score die kan.",
                  "Give the lowest and the highest score that can be.")  # fmt: skip
    return [Fault(rule, remedy, column="bounds")]


def _unequal(
    y: Floats, rank: Floats, school: Rows | None, w: Floats | None,
    bounds: tuple[float, float] | None, levels: list[str] | None, at: str, *, share: bool,
    pupils: Floats | None = None, least: float | None = None,
) -> Unequal:  # fmt: skip
    """The indices of one cohort. pupils: (n,) how many a row stands for, of which y may be their
    mean; least: the lowest outcome of all."""
    n = how_many(np.ones(len(y), dtype=bool), pupils)
    few = share and min(how_many(y == v, pupils) for v in (0.0, 1.0)) < fewest()
    if not may_leave(n) or few or is_constant(y) or is_constant(rank):
        return Unequal(at=at, withheld=True)
    many = w if pupils is None else pupils
    r = standing(rank, rank, many)
    fit = regress(y, {"r": r}, school, w, pupils=pupils)
    b, m = float(fit.least.beta[0]), fit.least.mean_y
    v = float(np.average((r - 0.5) ** 2, weights=many))
    least = float(y.min()) if least is None else least
    a, z = bounds if bounds is not None else (math.nan, math.nan)
    C = 2 * v * b / m if least >= 0 and m > 0 else None
    E = 8 * v * b / (z - a)
    W = 2 * v * b * (z - a) / ((z - m) * (m - a)) if a < m < z else None
    slope = (z - a) * (2 * m - z - a) / ((z - m) * (m - a)) ** 2 * 2 * v * b if W is not None else 0
    sd = math.sqrt(float(np.average((rank - np.average(rank, weights=many)) ** 2, weights=many))
                   * n / (n - 1))  # fmt: skip
    schools = None if school is None else len(np.unique(school))
    sii = fit.contrast({"r": 1})
    order = np.argsort(y, kind="stable")
    mass = np.ones(len(y)) if w is None else (w / w.mean())[order]
    low, high = quantiles(y[order], mass[None], TAILS)[0]
    return Unequal(
        at=at, pupils=n, schools=schools, mean=m, slope_index=sii,
        relative_index=_ratio(fit, b, m) if least >= 0 else None,
        concentration=None if C is None else _delta(fit, C, 2 * v / m, -C / m),
        erreygers=None if bounds is None else _delta(fit, E, 8 * v / (z - a), 0.0),
        wagstaff=None if W is None else _delta(
            fit, W, 2 * v * (z - a) / ((z - m) * (m - a)), slope
        ),
        gradient=None if levels is not None else regress(
            y, {"r": rank / sd}, school, w, pupils=pupils
        ).contrast({"r": 1}),
        p90_p10=None if share or pupils is not None else float(high - low),
        means=_means(y, rank, many, levels, share=share, pupils=pupils),
        doubts=doubts(sii, schools=schools),
    )  # fmt: skip


def _delta(fit: Fitted, value: float, of_slope: float, of_mean: float) -> Estimate:
    """A function of slope and mean by its derivatives to both."""
    found = fit.contrast({"r": of_slope}, of_mean)
    if found.se is None or found.low is None or found.high is None:
        return Estimate(value)
    moved = value - found.value
    return replace(found, value=value, low=found.low + moved, high=found.high + moved, p_value=None)


def _ratio(fit: Fitted, b: float, m: float) -> Estimate | None:
    """RII with limits on the logarithm; None where the line falls to 0 or below."""
    top, bottom = m + b / 2, m - b / 2
    if not min(top, bottom) > 0:
        return None
    found = _delta(fit, math.log(top / bottom), (1 / top + 1 / bottom) / 2, 1 / top - 1 / bottom)
    ratio = top / bottom
    return on_scale(found, ratio, ratio, float, math.exp)


def _means(
    y: Floats,
    rank: Floats,
    w: Floats | None,
    levels: list[str] | None,
    *,
    share: bool,
    pupils: Floats | None = None,
) -> dict[str, float | None]:
    """The mean outcome per level of background, where there are ten levels or fewer."""
    values = np.unique(rank)
    if len(values) > LEVELS:
        return {}
    out: dict[str, float | None] = {}
    for x in values:
        rows = rank == x
        name = f"{x:g}" if levels is None else levels[int(x)]
        counts = [how_many(rows, pupils)]
        if share:
            counts += [how_many(rows & (y == v), pupils) for v in (0.0, 1.0)]
        out[name] = float(np.average(y[rows], weights=None if w is None else w[rows])) if may_leave(
            *counts
        ) else None  # fmt: skip
    return out
