"""The effect against how much worse those missing would have scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from academic_workplace.errors import dutch
from academic_workplace.evidence.missing import MissingOutcome
from academic_workplace.report.figures.fitting import width
from academic_workplace.report.figures.scale import in_inches, named_below, round_numbers
from academic_workplace.report.figures.style import SIZES, drawn, drawn_on
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal, digits_for
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("missing")
HEIGHT = {False: 2.9, True: 3.0}  # inches
MOST = 1.0  # standard deviations that are drawn, or as far as the tip
TICKS = 6


def missing_picture(found: MissingOutcome, language: str, *, narrow: bool = False) -> Figure:
    """A line with its interval, zero, and where the interval first holds zero."""
    dutch(language)  # refuses any third language
    return drawn(
        lambda axes: _draw(axes, found, language, narrow=narrow), HEIGHT[narrow], narrow=narrow
    )


def missing_on(ax: Axes | None, found: MissingOutcome, language: str) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    return drawn_on(ax, lambda axes: _draw(axes, found, language, narrow=False), HEIGHT[False])


def _draw(ax: Axes, found: MissingOutcome, language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left."""
    line, unit = found.programme, found.unit
    if line is None or unit is None:  # whoever draws has looked
        return
    now, (small, _) = house(), SIZES[narrow]
    grey: dict[str, Any] = {"size": small, "color": now.soft}
    wide, tall = in_inches(ax, HEIGHT[narrow], narrow=narrow)
    left, right, top, bottom = 0.55, wide - 0.15, 0.42, tall - 0.52
    tip = found.tipping()
    end = min(MOST * unit, found.room)
    deltas = np.linspace(0.0, end, 101)
    told = np.array([line.at(found.way * float(d)) for d in deltas])
    values, lows, highs = told[:, 0], told[:, 2], told[:, 3]
    least, most = min(0.0, float(lows.min())), max(0.0, float(highs.max()))
    margin = 0.06 * (most - least)
    least, most = least - margin, most + margin

    def x(delta: Any) -> Any:
        return left + delta / end * (right - left)

    def y(value: Any) -> Any:
        return bottom - (value - least) / (most - least) * (bottom - top)

    ax.fill_between(x(deltas), y(lows), y(highs), color=now.band, lw=0, zorder=1)
    for edge in (lows, highs):
        ax.plot(x(deltas), y(edge), color=now.accent, lw=0.8, zorder=2)
    ax.plot(x(deltas), y(values), color=now.accent, lw=2.2, zorder=3)
    ax.plot([left, right], [y(0.0)] * 2, color=now.ink, lw=0.9, zorder=2.5)
    back = {"fc": now.paper, "ec": "none", "alpha": 0.8, "pad": 0.8}
    none = SAY["picture.none"][language]
    low_down = bottom - y(0.0) < 0.2  # no room between zero and the axis: above it, on the left
    above = float(values[-1]) < 0 or low_down
    ax.text(left + 0.06 if low_down else right - 0.04, y(0.0) + (-0.1 if above else 0.1), none,
            ha="left" if low_down else "right", va="center", zorder=6, bbox=back, **grey)  # fmt: skip
    digits = digits_for(most - least)
    for value in round_numbers(least, most, TICKS)[0]:
        ax.text(left - 0.08, y(value), decimal(value, digits, language), ha="right", va="center",
                **grey)  # fmt: skip
        ax.plot([left - 0.04, left], [y(value)] * 2, color=now.soft, lw=0.8)
    ax.plot([left, left], [top, bottom], color=now.soft, lw=0.9)
    ax.plot([left, right], [bottom, bottom], color=now.soft, lw=0.9)
    across = round_numbers(0.0, end, TICKS)[0]
    names = [decimal(value, digits_for(end), language) for value in across]
    named_below(ax, [float(x(value)) for value in across], names, bottom, wide, small)
    plan, outcome = found.effect.plan, found.effect.outcome
    way = "lower" if found.way < 0 else "higher"
    way = f"{way}_mean" if found.ones or found.counted else way
    name = SAY[f"picture.x.{way}"][language].format(unit=plan.measure(outcome).unit[language])
    ax.text((left + right) / 2, tall - 0.12, name, ha="center", va="center", **grey)
    ax.text(0.02, top - 0.2, SAY["picture.y"][language], va="center", **grey)
    sure = SAY["picture.sure"][language]
    far = highs if abs(float(highs[0])) > abs(float(lows[0])) else lows  # the half without zero
    middle = left + 0.1 + width(sure, small) / 2
    at_middle = float(np.interp((middle - left) / (right - left) * end, deltas, (far + values) / 2))
    ax.text(middle, y(at_middle), sure, ha="center", va="center", size=small, color=now.accent,
            zorder=6)  # fmt: skip
    if tip is not None and tip <= end:
        place = float(x(tip))
        ax.plot([place] * 2, [top - 0.02, bottom], color=now.second, lw=1.2, ls="--", zorder=4)
        ax.plot(place, y(0.0), "o", ms=5.5, mfc=now.second, mec=now.paper, mew=0.8, zorder=5)
        words = SAY["picture.tip"][language].format(
            delta=decimal(tip, digits_for(float(highs[0] - lows[0])), language)
        )
        room = width(words, small)
        at = min(max(place, left + room / 2), right - room / 2)
        ax.text(at, top - 0.13, words, ha="center", va="center", size=small, color=now.second)
