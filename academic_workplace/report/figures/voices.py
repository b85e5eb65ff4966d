"""The pictures of interviews: themes per group, and how many themes were heard after n people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academic_workplace.errors import dutch
from academic_workplace.report.figures.fitting import cut, lines
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE
from academic_workplace.report.house import house
from academic_workplace.report.numerals import count, hidden, of_hundred
from academic_workplace.report.words import phrases
from academic_workplace.voices.saturation import Saturation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("voices")
PANEL, APART = 3.4, 0.3  # inches: of a theme, and between two beside each other
NAMES, LEFT, RIGHT = (
    0.98,
    1.05,
    2.25,
)  # where the names of groups end, and the scale begins and ends
ROW, TITLE, TICKS = 0.2, 0.2, 0.3  # inches: a group, a line of the theme, the numbers of the scale
BESIDE = 0.12  # inches between two rows of panels
TALL = 2.5  # inches, of the curve
SCALE = (0.0, 0.5, 1.0)
LEAST_PEOPLE, MORE = 20, 3  # the curve goes on to so many people, or so many times what was enough
STEPS = (5, 10, 20, 25, 50, 100, 200, 500, 1000, 10**9)  # between numbers on its axis


@dataclass(frozen=True, slots=True)
class Bar:
    """A group of a theme: its share with limits; None when that stays inside. whole: everyone."""

    label: str
    share: float | None
    low: float | None
    high: float | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """A theme with a row per group."""

    title: str
    bars: tuple[Bar, ...]


def value_of(bar: Bar, language: str) -> str:
    """``54 (46 tot 62)``, out of a hundred."""
    if bar.share is None or bar.low is None or bar.high is None:
        return hidden(language)
    return SAY["picture.value"][language].format(
        value=of_hundred(bar.share), low=of_hundred(bar.low), high=of_hundred(bar.high)
    )


def themes_picture(panels: Sequence[Panel], language: str, *, narrow: bool = False) -> Figure:
    """For every theme how many of every 100 mention it, everyone and per group."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    across = 1 if narrow else 2
    rows = [panels[i : i + across] for i in range(0, len(panels), across)]
    heights = [max(_height(panel, narrow=narrow) for panel in row) for row in rows]
    height = sum(heights) + BESIDE * (len(rows) - 1)
    size = (NARROW if narrow else WIDE, height)
    figure = Figure(figsize=size, facecolor=house().paper)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, size[0])
    ax.set_ylim(height, 0)
    ax.axis("off")
    y = 0.0
    for row, tall in zip(rows, heights, strict=True):
        for i, panel in enumerate(row):
            _draw(ax, panel, i * (PANEL + APART), y, language, narrow=narrow)
        y += tall + BESIDE
    return figure


def _title(panel: Panel, *, narrow: bool) -> list[str]:
    return lines(panel.title, PANEL, SIZES[narrow][1], bold=True, most=2)


def _height(panel: Panel, *, narrow: bool) -> float:
    return TITLE * len(_title(panel, narrow=narrow)) + 0.06 + ROW * len(panel.bars) + TICKS


def _draw(ax: Axes, panel: Panel, x: float, y: float, language: str, *, narrow: bool) -> None:
    """One panel, drawn in inches from its top left."""
    small, large = SIZES[narrow]
    now = house()
    for line in _title(panel, narrow=narrow):
        ax.text(x, y + 0.11, line, size=large, weight="bold", color=now.ink, va="center")
        y += TITLE
    y += 0.06

    def at(share: float) -> float:
        return x + LEFT + share * (RIGHT - LEFT)

    bottom = y + ROW * len(panel.bars)
    for share in SCALE:
        ax.plot([at(share)] * 2, [y, bottom], color=now.line, lw=0.8, zorder=1)
        ax.text(at(share), bottom + 0.1, count(of_hundred(share), language), size=small, color=now.soft,
                ha="center", va="center")  # fmt: skip
    for i, bar in enumerate(panel.bars):
        middle = y + ROW * (i + 0.5)
        colour = now.accent if bar.whole else now.ink
        weight = "bold" if bar.whole else "normal"
        label = cut(bar.label, NAMES, small, bold=bar.whole)
        ax.text(x, middle, label, size=small, color=colour, va="center", weight=weight)
        told = value_of(bar, language)
        if bar.share is None or bar.low is None or bar.high is None:
            ax.text(x + PANEL, middle, told, size=small, color=now.soft, ha="right", va="center")
            continue
        ax.plot([at(bar.low), at(bar.high)], [middle] * 2, color=colour, lw=1.6, zorder=2,
                solid_capstyle="butt")  # fmt: skip
        ax.plot([at(bar.share)], [middle], marker="o", ms=5.5 if bar.whole else 4.5, color=colour,
                mec=now.paper, mew=0.6, zorder=3)  # fmt: skip
        ax.text(
            x + PANEL,
            middle,
            told,
            size=small,
            color=colour,
            ha="right",
            va="center",
            weight=weight,
        )


def saturation_picture(found: Saturation, language: str, *, narrow: bool = False) -> Figure:
    """How many themes were heard after 1 to N people, with twice the spread on either side."""
    dutch(language)  # refuses any third language
    import numpy as np
    from matplotlib.figure import Figure

    small, _ = SIZES[narrow]
    now, width = house(), NARROW if narrow else WIDE
    figure = Figure(figsize=(width, TALL), facecolor=now.paper)
    left, below, above, right = 0.34, 0.48, 0.34, 0.16
    ax = figure.add_axes(
        (left / width, below / TALL, (width - left - right) / width, (TALL - below - above) / TALL)
    )
    N = min(found.respondents, max(LEAST_PEOPLE, MORE * (found.enough or found.respondents)))
    n, seen, spread = np.arange(1, N + 1), found.seen[:N], found.spread[:N]
    low, high = np.maximum(seen - 2 * spread, 0), np.minimum(seen + 2 * spread, found.codes)
    ax.fill_between(n, low, high, color=now.band, lw=0, zorder=1)
    ax.axhline(found.codes, color=now.soft, lw=0.9, ls=(0, (4, 3)), zorder=2)
    ax.plot(n, seen, color=now.accent, lw=2, zorder=3)
    ax.text(N, found.codes * 1.03, SAY["curve.all"][language].format(codes=found.codes), size=small,
            color=now.soft, ha="right", va="bottom")  # fmt: skip
    ax.set_xlim(0, N)
    ax.set_ylim(0, found.codes * 1.03)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(now.line)
    ax.tick_params(length=0, labelsize=small, labelcolor=now.soft)
    step = max(1, round(found.codes / 4))
    ax.set_yticks(list(range(0, found.codes + 1, step)))
    ticks = [1, *range(apart := next(s for s in STEPS if s * 6 >= N), N + 1, apart)]
    ax.set_xticks(ticks, [count(tick, language) for tick in ticks])
    ax.set_xlabel(SAY["curve.people"][language], size=small, color=now.soft, loc="right")
    figure.text(
        0, 1 - 0.1 / TALL, SAY["curve.themes"][language], size=small, color=now.soft, va="center"
    )
    return figure
