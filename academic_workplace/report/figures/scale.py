"""Axes that count inches, and the round numbers along them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from academic_workplace.report.figures.fitting import apart, width
from academic_workplace.report.figures.style import NARROW, WIDE
from academic_workplace.report.house import house

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGE = 0.03  # inches that stay free at either side


def in_inches(ax: Axes, height: float, *, narrow: bool) -> tuple[float, float]:
    """Make axes count inches from the top left, so that type and spacing never stretch.

    Returns how wide and how high they are.
    """
    wide = NARROW if narrow else WIDE
    ax.set_xlim(0, wide)
    ax.set_ylim(height, 0)
    ax.axis("off")
    return wide, height


def round_numbers(low: float, high: float, about: int) -> tuple[list[float], int]:
    """Round values from low to high, 1, 2 or 5 apart and about so many, and their decimals.

    >>> round_numbers(-0.3, 1.1, 5)
    ([0.0, 0.5, 1.0], 1)
    """
    rough = (high - low) / about
    power = math.floor(math.log10(rough))
    step = next(s for s in (1, 2, 5, 10) if s * 10.0**power >= rough) * 10.0**power
    first, last = math.ceil(low / step), math.floor(high / step)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [i * step for i in range(first, last + 1)], digits


def named_below(
    ax: Axes, places: Sequence[float], names: Sequence[str], y: float, wide: float, size: float
) -> None:  # fmt: skip
    """A tick under a line at y for every place, with its name, none over another. In inches."""
    soft = house().soft
    spread = apart(places, [width(name, size) for name in names], EDGE, wide - EDGE)
    for place, name, centre in zip(places, names, spread, strict=True):
        ax.plot([place] * 2, [y, y + 0.04], color=soft, lw=0.8)
        ax.text(centre, y + 0.13, name, ha="center", va="center", size=size, color=soft)
