"""Boundaries of areas from GeoJSON: read, checked and drawn as they are, without a projection.

Degrees (WGS84: longitude, latitude) and metres of the Dutch grid (RD, EPSG:28992) are known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from academic_workplace.errors import DataError, Fault
from academic_workplace.language import Text

Floats = NDArray[np.float64]

DEGREES = ((-180.0, 180.0), (-90.0, 90.0))
METRES = ((-7_000.0, 300_000.0), (289_000.0, 629_000.0))  # of the Dutch grid
SWAPPED = ((50.0, 54.0), (3.0, 8.0))  # the Netherlands with latitude first
CELLS = 24  # along either side of the net in which the place for words is sought
FINER = 6


class Grid(StrEnum):
    """What coordinates mean."""

    DEGREES = "EPSG:4326"
    METRES = "EPSG:28992"


NAMES = {
    "4326": Grid.DEGREES, "crs84": Grid.DEGREES, "28992": Grid.METRES,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """One area: polygons of rings (k, 2), the outer one first and counter-clockwise, then holes."""

    key: str
    name: str
    polygons: tuple[tuple[Floats, ...], ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """left, bottom, right, top."""
        points = np.concatenate([rings[0] for rings in self.polygons])
        (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
        return float(left), float(bottom), float(right), float(top)


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """Areas in the order of the file, and what their coordinates mean."""

    areas: tuple[Area, ...]
    grid: Grid
    file: str

    @property
    def aspect(self) -> float:
        """How many units of x are as long as one of y: degrees narrow away from the equator."""
        if self.grid is Grid.METRES:
            return 1.0
        boxes = np.array([area.box for area in self.areas])
        middle = (boxes[:, 1].min() + boxes[:, 3].max()) / 2
        return 1 / math.cos(math.radians(float(middle)))


def read_boundaries(
    source: str | Path | Mapping[str, Any], *, key: str, name: str | None = None
) -> Boundaries:
    """Areas from a GeoJSON file or its content, by the property ``key``.

    name: the property with the name for readers (the key itself unless given). Keys are compared
    as text without spaces around them.

    Raises DataError naming every fault: no file, no JSON, no FeatureCollection, a feature without
    key or with one that was there before, no Polygon or MultiPolygon, a ring with fewer than four
    points or that is not closed, coordinates that are no numbers or on no known grid.
    """
    file = "" if isinstance(source, Mapping) else str(source)
    content = source if isinstance(source, Mapping) else _content(Path(source))
    features = content.get("features") if isinstance(content, Mapping) else None
    if not isinstance(content, Mapping) or content.get("type") != "FeatureCollection" or not (
        isinstance(features, list) and features
    ):  # fmt: skip
        raise DataError([Fault(
            Text("Dit is geen GeoJSON met grenzen (een FeatureCollection met gebieden).",
                 "This is no GeoJSON with boundaries (a FeatureCollection with areas)."),
            Text("Sla de kaart op als GeoJSON, met een gebied per feature.",
                 "Save the map as GeoJSON, with an area per feature."),
            file=file,
        )])  # fmt: skip
    faults: list[Fault] = []
    areas: list[Area] = []
    for i, feature in enumerate(features, 1):
        area = _area(feature, i, key, name, file, faults)
        if area is not None:
            areas.append(area)
    seen = [area.key for area in areas]
    for twice in sorted({k for k in seen if seen.count(k) > 1}):
        faults.append(Fault(
            Text(f"Het gebied ‘{twice}’ staat er {seen.count(twice)} keer in.",
                 f"The area ‘{twice}’ is there {seen.count(twice)} times."),
            Text("Maak er één MultiPolygon van.", "Join its parts to one MultiPolygon."),
            file=file, column=key,
        ))  # fmt: skip
    grid = _grid(content, areas, file, faults) if areas else None
    if faults or grid is None:
        raise DataError(faults)
    return Boundaries(tuple(areas), grid, file)


def _content(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError:
        rule = Text("Dit bestand kan niet geopend worden.", "This file cannot be opened.")
        remedy = Text("Controleer de naam en de map.", "Check the name and the folder.")
    except (ValueError, RecursionError):
        rule = Text("Dit is geen JSON.", "This is no JSON.")
        remedy = Text(
            "Sla de kaart op als GeoJSON. Een shapefile of GeoPackage zet u eerst om (bijvoorbeeld"
            " met QGIS).",
            "Save the map as GeoJSON. Convert a shapefile or GeoPackage first (with QGIS, for"
            " instance).",
        )
    raise DataError([Fault(rule, remedy, file=str(path))])


def _area(
    feature: object, i: int, key: str, name: str | None, file: str, faults: list[Fault]
) -> Area | None:
    """One feature; None with a fault when it is no area with a key."""
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    properties = properties if isinstance(properties, Mapping) else {}
    count = len(faults)
    named: list[str] = []
    for property_ in dict.fromkeys((key, name or key)):
        value = properties.get(property_)
        if value is None or isinstance(value, Mapping | list) or not str(value).strip():
            there = ", ".join(str(each) for each in properties) or "–"
            faults.append(Fault(
                Text(f"Feature {i} heeft geen eigenschap ‘{property_}’.",
                     f"Feature {i} has no property ‘{property_}’."),
                Text(f"Kies een eigenschap die elk gebied heeft. Dit gebied heeft: {there}.",
                     f"Choose a property that every area has. This one has: {there}."),
                file=file, column=property_,
            ))  # fmt: skip
        named.append(str(value).strip())
    polygons = _polygons(geometry)
    if isinstance(polygons, Text):
        remedy = Text("Herstel de grens, of haal de kaart opnieuw op.",
                      "Repair the boundary, or fetch the map again.")  # fmt: skip
        rule = Text(f"Feature {i}: {polygons.nl}", f"Feature {i}: {polygons.en}")
        faults.append(Fault(rule, remedy, file=file, column=key))
    if len(faults) > count or isinstance(polygons, Text):
        return None
    return Area(named[0], named[-1], polygons)


def _polygons(geometry: object) -> tuple[tuple[Floats, ...], ...] | Text:
    """The rings of every polygon, or what is wrong with them."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    parts = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(parts, list) or not parts:
        return Text("dit is geen Polygon of MultiPolygon.", "this is no Polygon or MultiPolygon.")
    out = []
    for rings in [parts] if kind == "Polygon" else parts:
        if not isinstance(rings, list) or not rings:
            return Text("een veelhoek heeft geen rand.", "a polygon has no ring.")
        found = [_ring(ring, outer=j == 0) for j, ring in enumerate(rings)]
        wrong = [ring for ring in found if isinstance(ring, Text)]
        if wrong:
            return wrong[0]
        out.append(tuple(ring for ring in found if not isinstance(ring, Text)))
    return tuple(out)


def _ring(ring: Any, *, outer: bool) -> Floats | Text:
    """(k, 2) points; the outer ring counter-clockwise, holes clockwise, so that holes stay open."""
    try:
        points: Floats = np.array([[float(x) for x in point[:2]] for point in ring], np.float64)
    except (TypeError, ValueError, OverflowError):
        points = np.full((1, 2), np.nan)
    if points.size and (points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all()):
        return Text("een coördinaat is geen getal.", "a coordinate is no number.")
    if len(points) < 4:
        return Text("een rand heeft minder dan vier punten.", "a ring has fewer than four points.")
    if not np.array_equal(points[0], points[-1]):
        return Text("een rand is niet gesloten.", "a ring is not closed.")
    twice = area_of(points)
    if twice == 0:
        return Text("een rand omsluit niets.", "a ring encloses nothing.")
    return points if (twice > 0) == outer else points[::-1]


def area_of(ring: Floats) -> float:
    """The area within a closed ring, above 0 when it runs counter-clockwise."""
    x, y = (ring - ring[0]).T
    return float(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2


def _grid(
    content: Mapping[str, Any], areas: list[Area], file: str, faults: list[Fault]
) -> Grid | None:
    """What the coordinates mean: as the file says, otherwise as they look."""
    boxes = np.array([area.box for area in areas])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)

    def inside(box: tuple[tuple[float, float], tuple[float, float]]) -> bool:
        return all(a <= low[i] and high[i] <= b for i, (a, b) in enumerate(box))

    crs = content.get("crs")
    told = json.dumps(crs).casefold() if crs else ""
    said = next((grid for word, grid in NAMES.items() if word in told), None)
    seen = Grid.DEGREES if inside(DEGREES) else Grid.METRES if inside(METRES) else None
    if crs and said is None:
        rule = Text("Dit coördinatenstelsel is hier onbekend.", "This grid is not known here.")
    elif said is not None and seen is not said:
        rule = Text("De coördinaten passen niet bij het stelsel dat het bestand noemt.",
                    "The coordinates do not fit the grid that the file names.")  # fmt: skip
    elif seen is None:
        rule = Text("De coördinaten zijn geen graden (WGS84) en geen Nederlandse meters (RD).",
                    "The coordinates are no degrees (WGS84) and no Dutch metres (RD).")  # fmt: skip
    elif inside(SWAPPED):
        rule = Text("De breedtegraad staat voorop.", "The latitude comes first.")
    else:
        return seen
    remedy = Text("Sla de kaart op in WGS84 (lengte, breedte) of in RD (EPSG:28992).",
                  "Save the map in WGS84 (longitude, latitude) or in RD (EPSG:28992).")  # fmt: skip
    faults.append(Fault(rule, remedy, file=file))
    return None


# ---------------------------------------------------------------- where words stand


def inside(points: Floats, rings: tuple[Floats, ...]) -> NDArray[np.bool_]:
    """(k,) which points lie within a polygon: a line from them crosses its rings an odd time."""
    odd = np.zeros(len(points), dtype=bool)
    x, y = points.T
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            if y0 == y1:
                continue
            crosses = (y0 > y) != (y1 > y)
            odd ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return odd


def place_for_words(rings: tuple[Floats, ...], aspect: float) -> tuple[float, float, float]:
    """A point well within a polygon, and its distance to the boundary in units of x.

    The best of a net of points, and of a finer net about that one.
    """
    low, high = rings[0].min(axis=0), rings[0].max(axis=0)
    centre, step = (low + high) / 2, (high - low) / CELLS
    best, reach = centre, 0.0
    for size in (CELLS, FINER, FINER):
        at = np.arange(size) - (size - 1) / 2
        net = np.stack(np.meshgrid(at * step[0], at * step[1]), axis=-1).reshape(-1, 2) + centre
        within = net[inside(net, rings)]
        if len(within):
            apart = _distance(within, rings, aspect)
            if apart.max() > reach:
                best, reach = within[np.argmax(apart)], float(apart.max())
        centre, step = best, step * 2 / FINER
    return float(best[0]), float(best[1]), reach


def _distance(points: Floats, rings: tuple[Floats, ...], aspect: float) -> Floats:
    """(k,) from the nearest edge, with y stretched so that lengths are those of a map."""
    stretch = np.array([1.0, aspect])
    points = points * stretch
    out = np.full(len(points), np.inf)
    for ring in rings:
        for start, end in pairwise(ring * stretch):
            along = end - start
            length = float(along @ along)
            t = (
                np.clip((points - start) @ along / length, 0, 1)
                if length
                else np.zeros(len(points))
            )
            gap = points - start - t[:, None] * along
            out = np.minimum(out, np.hypot(gap[:, 0], gap[:, 1]))
    return out
