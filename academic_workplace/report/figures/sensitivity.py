"""How strong something hidden would have to be, beside what was measured."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from academic_workplace.errors import dutch
from academic_workplace.evidence.sensitivity import OmittedVariable
from academic_workplace.report.figures.balance import wide
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, drawn, drawn_on
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("sensitivity")
Name = Callable[[str], str]
NAMED = 6  # of the benchmarks that have a name in the picture
HEIGHT = {False: 3.7, True: 3.8}  # of the picture, in inches
STEP = 0.17  # between lines of type
MARGIN = 0.12  # right of the plot
TOP, KEY = 0.36, 0.2  # above the plot; for each line that is named there
SHARES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
APART = {True: 0.5, False: 0.25}  # the least room between two of them, across and upwards
LETTER = 0.064  # the width of a letter of the small type


def omitted_picture(
    found: OmittedVariable, language: str, name: Name | None = None, *, narrow: bool = False
) -> Figure:
    """What is left of the estimate for every strength of something hidden."""
    dutch(language)  # refuses any third language
    return drawn(
        lambda axes: _draw(axes, found, language, name or str, narrow=narrow),
        HEIGHT[narrow],
        narrow=narrow,
    )


def omitted_on(
    ax: Axes | None, found: OmittedVariable, language: str, name: Name | None = None
) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    return drawn_on(
        ax, lambda axes: _draw(axes, found, language, name or str, narrow=False), HEIGHT[False]
    )


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line of the picture in inches, from the top left to the right, and what lies beyond it."""

    key: str
    xs: Sequence[float]
    ys: Sequence[float]

    @property
    def style(self) -> tuple[str, str, str]:
        """The ground beyond it, its colour and its dash."""
        now = house()
        if self.key == "zero":
            return now.mark_ground, now.second, "-"
        return now.band, now.accent, "--"

    def beyond(self, y: float, right: float) -> float:
        """How much room there is to the right of it at this height."""
        return right - float(np.interp(y, self.ys, self.xs))


def _draw(ax: Axes, found: OmittedVariable, language: str, name: Name, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    (small, _), now = SIZES[narrow], house()
    width, height = NARROW if narrow else WIDE, HEIGHT[narrow]
    left, right, bottom = 0.5, width - MARGIN, height - 0.52
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    grey: dict[str, Any] = {"size": small, "color": now.soft}
    points = sorted(
        (b for b in (found.bound(x, 1.0) for x in found.benchmarks) if b.estimate is not None),
        key=lambda b: -(b.r2_treatment or 0.0) * (b.r2_outcome or 0.0),
    )
    x_end, y_end = (
        min(1.0, max(0.02, 1.7 * found.robustness, 1.25 * max(ends, default=0.0)))
        for ends in (
            [b.r2_treatment or 0.0 for b in points],
            [b.r2_outcome or 0.0 for b in points],
        )
    )
    top = TOP

    def at(x: float, y: float) -> tuple[float, float]:
        across, up = math.sqrt(x / x_end), math.sqrt(y / y_end)  # small shares lie apart
        return left + across * (right - left), bottom - up * (bottom - top)

    edges = _edges(found, at, (x_end, y_end))
    names = _names(edges, top, right, language, small)
    keys = [edge for edge in edges if edge.key not in names]  # no room for their names beside them
    if keys:
        top = TOP + KEY * len(keys)
        edges = _edges(found, at, (x_end, y_end))
        places = _names(edges, top, right, language, small)
        names = {key: place for key, place in places.items() if key in names}
    for edge in edges:
        ground, colour, dash = edge.style
        ax.fill_between(edge.xs, edge.ys, top, color=ground, lw=0, zorder=1)
        ax.plot(edge.xs, edge.ys, color=colour, lw=2.2, ls=dash, zorder=3)
        if edge.key in names:
            text = SAY[f"area.{edge.key}"][language]
            ax.text(right - 0.08, names[edge.key], text, ha="right", va="center", size=small,
                    color=colour, zorder=4)  # fmt: skip
    _axes(ax, at, (x_end, y_end), language, small)
    middle, words = (left + right) / 2, SAY["picture.x"][language]
    ax.text(middle, height - 0.1, words, ha="center", va="center", **grey)
    ax.text(0.02, top - 0.16, SAY["picture.y"][language], va="center", **grey)
    for i, edge in enumerate(keys):
        (_, colour, dash), y = edge.style, 0.12 + KEY * i
        ax.plot([0.02, 0.34], [y, y], color=colour, lw=2.2, ls=dash)
        text = SAY[f"picture.{edge.key}"][language]
        ax.text(0.42, y, text, va="center", size=small, color=now.ink)
    _points(ax, [(at(b.r2_treatment or 0.0, b.r2_outcome or 0.0), name(b.benchmark))
                 for b in points], right, bottom, small, narrow=narrow)  # fmt: skip


def _edges(
    found: OmittedVariable, at: Callable[[float, float], tuple[float, float]],
    ends: tuple[float, float],
) -> list[_Edge]:  # fmt: skip
    """From where the difference may be chance, and from where nothing is left of it."""
    x_end, y_end = ends
    out = []
    for key in ("chance", "zero"):
        strengths = x_end * np.linspace(0, 1, 800, endpoint=False) ** 2
        needed = ((float(x), found.outcome_needed(float(x), limit=key == "chance"))
                  for x in strengths)  # fmt: skip
        inside = [(x, y) for x, y in needed if y is not None and y <= y_end]
        if inside:
            # a Z of that strength or weaker: left of the first point no outcome is enough
            line = [at(inside[0][0], y_end), *(at(x, y) for x, y in inside)]
            xs, ys = zip(*line, strict=True)
            out.append(_Edge(key, xs, ys))
    return out


def _names(
    edges: Sequence[_Edge], top: float, right: float, language: str, size: float
) -> dict[str, float]:
    """At which height the name of each area stands at the right; not where it has no room."""
    out, above = {}, top
    for edge in reversed(edges):  # nothing left lies above what may be chance
        y = top + 0.15 if edge.key == "zero" else (above + edge.ys[-1]) / 2
        room = wide(SAY[f"area.{edge.key}"][language], size) + 0.16
        tall = edge.ys[-1] - above > 0.3
        if tall and edge.beyond(y + 0.09, right) >= room:
            out[edge.key] = y
        above = edge.ys[-1]
    return out


def _axes(
    ax: Axes,
    at: Callable[[float, float], tuple[float, float]],
    ends: tuple[float, float],
    language: str,
    size: float,
) -> None:
    """The two axes with a few shares."""
    x_end, y_end = ends
    now = house()
    grey: dict[str, Any] = {"size": size, "color": now.soft}
    ax.plot(
        *zip(at(0, y_end), at(0, 0), at(x_end, 0), strict=True), color=now.soft, lw=0.9, zorder=2
    )
    for horizontal, end in ((True, x_end), (False, y_end)):
        last = -math.inf
        for share in (s for s in SHARES if s <= end):
            x, y = at(share, 0) if horizontal else at(0, share)
            place = x if horizontal else -y
            if place - last < APART[horizontal]:
                continue
            last = place
            text = decimal(100 * share, 0 if share in (0.0, *SHARES[4:]) else 1, language) + "%"
            if horizontal:
                ax.plot([x, x], [y, y + 0.04], color=now.soft, lw=0.9)
                within = at(x_end, 0)[0] + MARGIN - wide(text, size) / 2
                ax.text(min(x, within), y + 0.13, text, ha="center", va="center", **grey)
            elif share:
                ax.plot([x - 0.04, x], [y, y], color=now.soft, lw=0.9)
                ax.plot([x, at(x_end, 0)[0]], [y, y], color=now.line, lw=0.5, zorder=1.5)
                ax.text(x - 0.07, y, text, ha="right", va="center", **grey)


def _points(
    ax: Axes,
    points: Sequence[tuple[tuple[float, float], str]],
    right: float,
    bottom: float,
    size: float,
    *,
    narrow: bool,
) -> None:
    """A point for each benchmark; the strongest have their names beside them, never overlapping."""
    now = house()
    for (x, y), _ in points:
        ax.plot(x, y, "o", ms=6, mfc=now.ink, mec=now.paper, mew=0.8, zorder=5, clip_on=False)
    back = {"fc": now.paper, "ec": "none", "alpha": 0.75, "pad": 0.8}
    free = bottom - 0.11  # names are set from the lowest upwards, the rightmost of a height first
    for (x, y), label in sorted(points[:NAMED], key=lambda p: (-round(p[0][1] / STEP), -p[0][0])):
        line = min(y, free)
        text = textwrap.shorten(label, 24 if narrow else 40, placeholder=" …")
        fits = x + 0.16 + LETTER * len(text) <= right
        side, edge = ("left", x + 0.16) if fits else ("right", x - 0.16)
        ax.plot(
            [x, edge - math.copysign(0.03, edge - x)], [y, line], color=now.ink, lw=0.6, zorder=4
        )
        ax.text(
            edge, line, text, size=size, color=now.ink, ha=side, va="center", zorder=6, bbox=back
        )
        free = line - STEP
