"""The event study: the difference by time since the start, each with its range."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from academic_workplace.errors import dutch
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, as_written
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("over_time")
HEIGHT = {False: 3.1, True: 3.0}  # of the picture, in inches; on a phone
NEAR = 0.07  # of the height: two names closer than this would touch


def event_picture(rows: pd.DataFrame, language: str, *, narrow: bool = False) -> Figure:
    """The effect by time since the start, each with its range and the range of all together.

    rows: those to be shown, with ``since``, ``estimate``, ``low``, ``high`` and the bands.
    """
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    width, height = (NARROW if narrow else WIDE), HEIGHT[narrow]
    figure = Figure(figsize=(width, height), facecolor=house().paper)
    left, right, top, foot = 0.45, (0.12 if narrow else 1.6), 0.34, 0.48
    ax = figure.add_axes((left / width, foot / height, (width - left - right) / width,
                          (height - top - foot) / height))  # fmt: skip
    _draw(ax, rows, language, narrow=narrow)
    return figure


def event_on(ax: Axes | None, rows: pd.DataFrame, language: str) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, HEIGHT[False])).add_axes((0.07, 0.16, 0.73, 0.73))
    with as_written(ax):
        _draw(ax, rows, language, narrow=False)
    return ax


def _draw(ax: Axes, rows: pd.DataFrame, language: str, *, narrow: bool) -> None:
    small, now = SIZES[narrow][0], house()
    x = rows.since.to_numpy(float)
    ends = rows[["band_low", "band_high", "low", "high", "estimate"]].to_numpy(float)
    values = [0.0, *ends[np.isfinite(ends)].tolist()]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    first, last = min([-1.0, *x.tolist()]) - 0.6, max([0.0, *x.tolist()]) + 0.6
    ax.set_xlim(first, last)
    ax.set_ylim(low - room, high + room)
    ax.axvspan(-0.5, last, color=now.band, lw=0, zorder=0)
    ax.axhline(0, color=now.soft, lw=0.9, zorder=1)
    ax.axvline(-0.5, color=now.soft, lw=0.9, zorder=1)
    for row in rows.to_dict("records"):
        at, before = float(row["since"]), row["since"] < 0
        if math.isfinite(row["band_low"]):
            limits = [row["band_low"], row["band_high"]]
            ax.plot([at, at], limits, color=now.soft, lw=1.1, zorder=2)
            for edge in limits:
                ax.plot([at - 0.07, at + 0.07], [edge, edge], color=now.soft, lw=1.1, zorder=2)
        colour = now.ink if before else now.accent
        if math.isfinite(row["low"]):
            ax.plot([at, at], [row["low"], row["high"]], color=colour, lw=3.4,
                    solid_capstyle="butt", zorder=3)  # fmt: skip
        ax.plot(at, row["estimate"], "s" if before else "o", ms=6.5,
                mfc=now.paper if before else now.accent, mec=colour, mew=1.5, zorder=4)  # fmt: skip
    ax.plot(-1, 0, "D", ms=6, mfc=now.paper, mec=now.soft, mew=1.3, zorder=4)
    if not narrow and len(rows):
        _name_last(ax, rows.to_dict("records")[-1], language, small, last)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(now.line)
    ax.grid(axis="y", color=now.line, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=now.soft)
    ticks = np.arange(math.ceil(first), math.floor(last) + 1)
    ax.set_xticks(ticks, [decimal(float(t), 0, language) for t in ticks])
    ax.set_xlabel(SAY["picture.axis"][language], size=small, color=now.soft)
    marks = [t for t in ax.get_yticks() if low - room <= t <= high + room]
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    digits += abs(step * 10**digits - round(step * 10**digits)) > 1e-6
    ax.set_yticks(marks, [decimal(t, digits, language) for t in marks])
    for shift, ha, key in ((-5, "right", "before"), (5, "left", "after")):
        ax.annotate(SAY[f"picture.{key}"][language], (-0.5, 1), xycoords=("data", "axes fraction"), xytext=(shift, 4),
                    textcoords="offset points", size=small, color=now.soft, ha=ha)  # fmt: skip


def _name_last(
    ax: Axes, row: Mapping[Hashable, Any], language: str, small: float, last: float
) -> None:
    """Say beside the last point what its two lines are."""
    low, high = ax.get_ylim()
    top = row["band_high"]
    if not math.isfinite(top):
        return
    middle = min(row["estimate"], top - NEAR * (high - low))
    for y, key, colour in ((top, "all", house().soft), (middle, "one", house().accent)):
        ax.annotate(SAY[f"picture.{key}"][language], (last, y), xytext=(6, 0), textcoords="offset points", size=small,
                    color=colour, va="center", annotation_clip=False)  # fmt: skip
