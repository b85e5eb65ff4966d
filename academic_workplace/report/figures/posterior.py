"""How likely every size of an effect is: by what was known, by what was measured, and by both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from academic_workplace.errors import dutch
from academic_workplace.evidence.posterior import EffectPosterior
from academic_workplace.report.figures.fitting import width
from academic_workplace.report.figures.scale import in_inches, named_below, round_numbers
from academic_workplace.report.figures.style import SIZES, drawn, drawn_on
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("posterior")
HEIGHT = {False: 2.7, True: 2.9}  # inches
POINTS = 241
TICKS = {False: 8, True: 5}
STEEPEST = 12  # times the hill of the data: what is higher is cut off
AWAY = 100.0  # standard deviations: beyond it there is nothing to draw
NAMES = 0.22  # inches of a line of names above the hills


def posterior_picture(found: EffectPosterior, language: str, *, narrow: bool = False) -> Figure:
    """Hills of what is likely, the range that is too small to matter, and no effect."""
    dutch(language)  # refuses any third language
    return drawn(
        lambda axes: _draw(axes, found, language, narrow=narrow), HEIGHT[narrow], narrow=narrow
    )


def posterior_on(ax: Axes | None, found: EffectPosterior, language: str) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    return drawn_on(ax, lambda axes: _draw(axes, found, language, narrow=False), HEIGHT[False])


def _draw(ax: Axes, found: EffectPosterior, language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left."""
    now, (small, _) = house(), SIZES[narrow]
    grey: dict[str, Any] = {"size": small, "color": now.soft}
    wide, tall = in_inches(ax, HEIGHT[narrow], narrow=narrow)
    left, right, bottom = 0.12, wide - 0.12, tall - 0.55
    hills, least, most = _hills(found)
    grid = np.linspace(least, most, POINTS)
    narrow_hills = [at for at in _sharp(found, grid) if least < at < most]
    if narrow_hills:
        grid = np.unique([*grid, *narrow_hills])
    heights = {key: density(grid) for key, (density, _) in hills.items()}
    highest = max(float(h.max()) for h in heights.values())
    highest = min(highest, STEEPEST * float(heights["data"].max()))  # a needle leaves no other hill
    top = 0.3 + NAMES * len(hills)

    def x(value: Any) -> Any:
        return left + (value - least) / (most - least) * (right - left)

    m = found.smallest
    ax.fill_between([x(max(-m, least)), x(min(m, most))], top, bottom, color=now.band, lw=0)
    ax.plot([x(0.0)] * 2, [top, bottom], color=now.soft, lw=0.9, zorder=1.5)
    words = SAY["picture.small"][language]
    half = width(words, small) / 2
    ax.text(min(max(float(x(0.0)), half + 0.03), wide - half - 0.03), top - 0.1, words,
            ha="center", va="center", **grey)  # fmt: skip
    styles = {
        "prior": (now.second, 1.6, "--"), "data": (now.ink, 1.6, ":"), "together": (now.accent, 2.4, "-"),
    }  # fmt: skip
    for key, height in heights.items():
        colour, weight, dash = styles[key]
        y = bottom - np.minimum(height / highest, 1) * (bottom - top - 0.06)
        ax.plot(x(grid), y, color=colour, lw=weight, ls=dash, zorder=3)
        if key == "together" or len(heights) == 1:
            ax.fill_between(x(grid), y, bottom, color=colour, alpha=0.12, lw=0, zorder=2)
    for i, key in enumerate(heights):
        colour, weight, dash = styles[key]
        y_name = 0.12 + NAMES * i
        ax.plot([left, left + 0.34], [y_name] * 2, color=colour, lw=weight, ls=dash)
        mean = decimal(hills[key][1], 2, language)
        name = f"{SAY[f'picture.{key}'][language]}: {mean}"
        ax.text(left + 0.42, y_name, name, va="center", size=small, color=colour)
    ax.plot([left, right], [bottom] * 2, color=now.soft, lw=0.9)
    values, digits = round_numbers(least, most, TICKS[narrow])
    told = [decimal(value, digits, language) for value in values]
    named_below(ax, [float(x(value)) for value in values], told, bottom, wide, small)
    name = SAY["picture.x"][language]
    ax.text(wide / 2, tall - 0.12, name, ha="center", va="center", **grey)


def _hills(found: EffectPosterior) -> tuple[dict[str, tuple[Any, float]], float, float]:
    """The densities with their means, and from where to where they are drawn."""
    hills: dict[str, tuple[Any, float]] = {}
    m = found.smallest
    ends = [-1.6 * m, 1.6 * m]
    if found.prior is not None:
        mean, sd = found.prior.mean, found.prior.sd

        def known(value: Any) -> Any:
            z = np.minimum(np.abs(value - mean) / sd, AWAY)
            return np.exp(-(z**2) / 2) / (sd * np.sqrt(2 * np.pi))

        hills["prior"] = known, mean
    hills["data"] = found.data.density, found.data.known.mean
    if found.together is not None:
        hills["together"] = found.together.density, found.together.known.mean
    for part in (found.data, found.together):
        if part is not None:
            reach = 0.35 * (part.known.high - part.known.low)
            ends += [part.known.low - reach, part.known.high + reach]
    if found.prior is not None:
        inside = 2.8 * found.prior.sd
        span = max(ends) - min(ends)
        ends += [max(found.prior.mean - inside, min(ends) - span / 2),
                 min(found.prior.mean + inside, max(ends) + span / 2)]  # fmt: skip
    return hills, min(ends), max(ends)


def _sharp(found: EffectPosterior, grid: NDArray[np.float64]) -> list[float]:
    """Places to draw of hills so narrow that the grid would step over them."""
    step, out = float(grid[1] - grid[0]), []
    parts = [x.known for x in (found.data, found.together) if x is not None]
    widths = [(k.mean, k.sd or (k.high - k.low) / 4) for k in parts]
    if found.prior is not None:
        widths.append((found.prior.mean, found.prior.sd))
    for mean, sd in widths:
        if sd < 2 * step:
            out += [mean, *(mean + sd * np.linspace(-5, 5, 61))]
    return out
