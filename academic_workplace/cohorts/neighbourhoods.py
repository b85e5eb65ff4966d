"""A map of small areas: shares drawn in to that of all, within boundaries that the user supplies.

    e_i of n_i,   p_i ~ Beta(m s, (1 - m) s),   s = 1 / rho - 1

The share of an area is the posterior mean (e_i + m s) / (n_i + s) = B p_i + (1 - B) m with B =
n_i / (n_i + s): an area with few pupils says little of itself. m is the share of all pupils, rho
comes from moments (``places.py``; Kleinman, 1973; as Marshall, 1991, Appl. Stat. 40, does for
rates). Areas without boundaries of their own do not lend each other anything: there is no smoothing
over neighbours.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.cohorts.boundaries import Boundaries, read_boundaries
from academic_workplace.cohorts.columns import readers_words
from academic_workplace.cohorts.places import (
    Places,
    by_name,
    hidden_places,
    read_places,
    refuse_few,
    spread_of,
)
from academic_workplace.disclosure import fewest
from academic_workplace.disclosure.protect import Chosen
from academic_workplace.errors import SHOWN_ROWS, DataError, Fault, PlanError
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.items import Items
from academic_workplace.language import Text, both

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEVEL = 0.95
CLASSES = 5  # at most: more shades are not told apart in grey
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)  # widths of classes, in shares


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AreaShare:
    """One area. share: as counted; smoothed: drawn in to that of all; both within bounds, ().

    low, high: 95 % interval of the area's own share, given m and rho (equal tails of the posterior
    beta); None where counts are hidden. reliability: B. None when withheld or without pupils.
    """

    key: str
    name: str
    pupils: Bounds | None = None
    share: Bounds | None = None
    smoothed: Bounds | None = None
    low: float | None = None
    high: float | None = None
    reliability: Bounds | None = None
    withheld: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NeighbourhoodMap(Items[AreaShare]):
    """Areas in the order of their names.

    share: of all pupils. rho: how much areas differ beyond chance. breaks: (k + 1,) edges of the
    classes, or empty when nothing is shown. lost: pupils or rows without area or event. chosen: how
    what protects other areas was; None of counts that are public.
    """

    event: str
    share: Bounds
    rho: Bounds
    breaks: tuple[float, ...]
    boundaries: Boundaries
    lost: int
    labels: Mapping[str, Text] = field(default_factory=dict)
    chosen: Chosen | None = None

    def __repr__(self) -> str:
        return f"NeighbourhoodMap({len(self)} areas)"

    @property
    def shown(self) -> tuple[AreaShare, ...]:
        """The areas that are neither withheld nor empty."""
        return tuple(a for a in self.items if a.smoothed is not None)

    def class_of(self, area: AreaShare) -> int | None:
        """The place of an area's class, lowest first; None where it is not shown or depends on
        hidden counts."""
        if area.smoothed is None or not self.breaks:
            return None
        edges = np.array(self.breaks[1:-1])
        ends = np.searchsorted(edges, [area.smoothed.low, area.smoothed.high], side="right")
        return int(ends[0]) if ends[0] == ends[1] else None

    def table(self) -> pd.DataFrame:
        """A row per area by name, in full precision; empty where withheld."""
        rows = []
        for a in self.items:
            row: dict[str, object] = {"key": a.key, "name": a.name}
            for name in ("pupils", "share", "smoothed", "reliability"):
                b: Bounds | None = getattr(a, name)
                row[f"{name}_low"] = None if b is None else float(b.low)
                row[f"{name}_high"] = None if b is None else float(b.high)
            rows.append(row | {"low": a.low, "high": a.high, "class": self.class_of(a),
                               "withheld": a.withheld, "empty": a.empty})  # fmt: skip
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.neighbourhoods import map_sentence

        return map_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The map, as it is with equal lengths in both directions."""
        from academic_workplace.report.neighbourhoods import plot_map

        return plot_map(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.neighbourhoods import map_drawing

        return map_drawing(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.neighbourhoods import map_notebook

        return both(self.explain) + map_notebook(self)


def neighbourhood_map(
    rates: pd.DataFrame,
    boundaries: str | Path | Mapping[str, Any],
    *,
    key: str,
    area: str,
    event: str,
    pupils: str | None = None,
    name: str | None = None,
    empty: Sequence[object] | str = (),
    breaks: Sequence[float] = (),
    published: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> NeighbourhoodMap:
    """Shares of pupils per area, drawn in to that of all, on a map.

    rates: a row per pupil with ``event`` 0 or 1; or counts, with the number of pupils in the column
    ``pupils`` (``<5`` and -1 are 1 to 4). area: its column of areas. boundaries: a GeoJSON file or
    its content, in WGS84 or RD; key: the property that matches ``area``; name: that with the name
    for readers. empty: areas of the map of which it is known that they have no pupils. breaks:
    edges of classes, as shares; even ones unless given. published: the counts are public already,
    so that only areas with fewer than ten pupils are withheld; otherwise also areas in which fewer
    than ten do, or do not, and areas that would tell these from the total.

    With hidden counts every share has bounds that hold for all completions.

    Raises DataError naming every fault of table and boundaries: areas on one side only among them.
    """
    faults: list[Fault] = []
    found, where = None, None
    try:
        found = read_places(rates, event=event, place=area, pupils=pupils, argument="area")
        if not published:
            refuse_few(found, event)
    except DataError as error:
        faults += error.faults
    try:
        where = read_boundaries(boundaries, key=key, name=name)
    except DataError as error:
        faults += error.faults
    one_empty = isinstance(empty, str) or not isinstance(empty, Iterable)
    none = {str(each).strip() for each in ([empty] if one_empty else empty)}
    if found is not None and where is not None:
        faults += _one_sided(found, where, none, area, key, str(rates.attrs.get("source", "")))
    if faults or found is None or where is None:
        raise DataError(faults)
    edges = _given(breaks)
    share = found.share_of_all()
    rho = spread_of(found, _inside(share), given=False, trim=0.0).rho
    if published:
        gone: Bools = (found.pupils.low < fewest()) & (found.pupils.high > 0)
        chosen = None
    else:
        hidden, ranged, chosen = hidden_places(found)
        gone = hidden | ranged
    at = {place: i for i, place in enumerate(found.names)}
    items = []
    for one in sorted(where.areas, key=lambda a: by_name(a.name)):
        i = at.get(one.key)
        if i is None or (published and found.pupils.high[i] == 0):
            items.append(AreaShare(key=one.key, name=one.name, empty=True))
        elif gone[i]:
            items.append(AreaShare(key=one.key, name=one.name, withheld=True))
        else:
            items.append(_share(found, i, one.key, one.name, share, rho))
    shown = [a.smoothed for a in items if a.smoothed is not None]
    return NeighbourhoodMap(
        tuple(items), event, share, rho, edges or _breaks(shown), where, found.lost,
        readers_words(labels), chosen,
    )  # fmt: skip


def _inside(share: Bounds) -> Bounds:
    return Bounds(max(float(share.low), 1e-9), min(float(share.high), 1 - 1e-9))


def _one_sided(
    found: Places, where: Boundaries, empty: set[str], area: str, key: str, source: str
) -> list[Fault]:
    """A fault for areas of the table that are not on the map, and the other way round."""
    drawn = {a.key for a in where.areas}
    faults = []
    unknown = [place for place in found.names if place not in drawn]
    if unknown:
        near = difflib.get_close_matches(unknown[0], sorted(drawn), n=1)
        meant = (f" Bedoelt u ‘{near[0]}’?", f" Do you mean ‘{near[0]}’?") if near else ("", "")
        listed = _listed(unknown)
        faults.append(Fault(
            Text(f"Deze gebieden staan niet op de kaart: {listed}.",
                 f"These areas are not on the map: {listed}."),
            Text(f"Gebruik in de tabel dezelfde codes als ‘{key}’ op de kaart.{meant[0]}",
                 f"Use the codes of ‘{key}’ on the map in the table as well.{meant[1]}"),
            file=source, column=area, count=len(unknown),
        ))  # fmt: skip
    missing = sorted(drawn - set(found.names) - empty, key=by_name)
    if missing:
        listed = _listed(missing)
        faults.append(Fault(
            Text(f"Van deze gebieden op de kaart zijn er geen cijfers: {listed}.",
                 f"Of these areas on the map there are no figures: {listed}."),
            Text("Vul de tabel aan, of noem in empty de gebieden waar geen leerlingen wonen.",
                 "Complete the table, or name in empty the areas where no pupils live."),
            file=where.file, column=key, count=len(missing),
        ))  # fmt: skip
    wrong = sorted((empty - drawn) | (empty & set(found.names)), key=by_name)
    if wrong:
        listed = _listed(wrong)
        faults.append(Fault(
            Text(f"Deze lege gebieden staan niet op de kaart, of ze hebben toch cijfers: {listed}.",
                 f"These empty areas are not on the map, or they do have figures: {listed}."),
            Text("Haal ze weg uit empty.", "Remove them from empty."), column="empty",
            count=len(wrong),
        ))  # fmt: skip
    return faults


def _listed(keys: Sequence[str]) -> str:
    more = len(keys) - SHOWN_ROWS
    return ", ".join(keys[:SHOWN_ROWS]) + (f" (+ {more})" if more > 0 else "")


def _share(
    found: Places, i: int, key: str, name: str, share: Bounds, rho: Bounds
) -> AreaShare:  # fmt: skip
    e, rest = (Bounds(b.low[i], b.high[i]) for b in (found.events, found.rest))
    n = Bounds(found.pupils.low[i], found.pupils.high[i])
    own = Bounds(e.low / (e.low + rest.high), e.high / (e.high + rest.low))
    B = Bounds(weight(float(n.low), float(rho.low)), weight(float(n.high), float(rho.high)))
    ends = [(float(p), float(m), float(b)) for p, m in zip((own.low, own.high), (share.low,
            share.high), strict=True) for b in (B.low, B.high)]  # fmt: skip
    values = [b * p + (1 - b) * m for p, m, b in ends]
    low = high = None
    if share.exact and rho.exact and e.exact and n.exact:
        low, high = posterior(float(e.low), float(n.low), float(share.low), float(rho.low))
    return AreaShare(key=key, name=name, pupils=n, share=own, low=low, high=high,
                     smoothed=Bounds(min(values), max(values)), reliability=B)  # fmt: skip


def weight(n: float, rho: float) -> float:
    """B = n / (n + s) = n rho / (1 + (n - 1) rho): how much an area speaks for itself."""
    return n * rho / (1 + (n - 1) * rho)


def posterior(
    e: float, n: float, share: float, rho: float, level: float = LEVEL
) -> tuple[float, float]:
    """The interval with equal tails of Beta(m s + e, (1 - m) s + n - e); m where rho is 0."""
    if rho == 0:
        return share, share
    s = 1 / rho - 1
    a, b = share * s + e, (1 - share) * s + n - e
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    low, high = special.betaincinv(a, b, tails)
    return float(low), float(high)


def _given(breaks: Sequence[float]) -> tuple[float, ...]:
    several = isinstance(breaks, Iterable) and not isinstance(breaks, str)
    if several and not len(breaks):
        return ()
    known = several and all(isinstance(x, int | float | np.number) for x in breaks)
    edges = [float(x) for x in breaks] if known else []
    right = all(0 <= x <= 1 for x in edges) and all(a < b for a, b in pairwise(edges))
    if not right or not 2 <= len(edges) <= CLASSES + 1:
        rule = Text(f"De grenzen zijn 2 tot {CLASSES + 1} oplopende aandelen van 0 tot 1.",
                    f"The edges are 2 to {CLASSES + 1} rising shares from 0 to 1.")  # fmt: skip
        remedy = Text(
            "Geef bijvoorbeeld 0, 0,1, 0,2 en 1.", "Give 0, 0.1, 0.2 and 1, for instance."
        )
        raise PlanError([Fault(rule, remedy, column="breaks")])
    return tuple(edges)


def _breaks(shares: Sequence[Bounds]) -> tuple[float, ...]:
    """Even classes about all shares, on round numbers; at most ``CLASSES``."""
    if not shares:
        return ()
    low, high = min(float(b.low) for b in shares), max(float(b.high) for b in shares)
    for step in STEPS:
        first = math.floor(low / step + 1e-9)
        last = max(math.floor(high / step + 1e-9) + 1, first + 1)
        if last - first <= CLASSES:
            edges = [i * step for i in range(first, last + 1)]
            return tuple(round(x, 10) for x in edges)  # of 3 * 0.1, not of a result
    return (0.0, 0.25, 0.5, 0.75, 1.0)
