"""A line per arm from one measurement to the next, with the uncertainty of every mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academic_workplace.report.figures.fitting import lines, widest
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, as_written
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from academic_workplace.evidence.change import Change

TALL = 2.5  # inches
HEAD, LEFT = 0.12, 0.12
FOOT, LINE = 0.16, 0.135  # below the axis: for itself, and for each line of words
APART = 0.11  # inches between the bars of two arms at one measurement
ROW = 0.165  # a line of type
MARKS = ("o", "s", "^", "D", "v")
LINES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), (0, (3, 1)))


def draw_change(change: Change, language: str, *, narrow: bool) -> Figure:
    """The first outcome; on a phone the names of the arms stand above the lines."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(NARROW if narrow else WIDE, TALL), facecolor=house().paper)
    _draw(figure.add_axes((0, 0, 1, 1)), change, language, narrow=narrow)
    return figure


def plot_change(change: Change, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, TALL)).add_axes((0, 0, 1, 1))
    with as_written(ax):
        _draw(ax, change, language, narrow=False)
    return ax


def _draw(ax: Axes, change: Change, language: str, *, narrow: bool) -> None:
    """Draw in inches, so that type and spacing never stretch."""
    from academic_workplace.report.change import digits, moment, shown_means

    plan, wears = change.plan, house()
    outcome, (small, normal) = plan.outcomes[0], SIZES[narrow]
    arms = shown_means(change, outcome)
    wide = NARROW if narrow else WIDE
    ax.set_xlim(0, wide)
    ax.set_ylim(0, TALL)
    ax.axis("off")
    if not arms:
        return
    every = [m for means in arms.values() for m in means]
    times = list(dict.fromkeys(m.wave for m in every))
    names = {arm: plan.arm(arm).label[language] for arm in arms}
    room = 1.15 if narrow else min(2.0, 0.2 + widest(list(names.values()), small))
    labels = {arm: lines(name, room - 0.1, small, most=3) for arm, name in names.items()}
    ends = [x for m in every for x in (m.low, m.high, m.mean) if x is not None]
    low, high = min(ends), max(ends)
    margin = 0.08 * (high - low) or 0.5
    low, high = low - margin, high + margin
    ticks = [(x, decimal(x, _decimals(low, high), language)) for x in _ticks(low, high)]
    left = LEFT + widest([words for _, words in ticks], small)
    right = wide - room - 0.12

    share = (right - left) / max(len(times), 2)
    told = [lines(moment(plan, outcome, wave, language), share, small, most=3) for wave in times]
    bottom, top = FOOT + LINE * max(map(len, told)), TALL - HEAD

    def y_at(value: float) -> float:
        return bottom + (value - low) / (high - low) * (top - bottom)

    def x_at(i: int) -> float:
        return left + 0.2 + (right - left - 0.4) * (i / (len(times) - 1) if len(times) > 1 else 0.5)

    at = digits(every)
    for tick, words in ticks:
        ax.plot([left, right], [y_at(tick)] * 2, color=wears.line, lw=0.7, zorder=0)
        ax.text(
            left - 0.06, y_at(tick), words, size=small, color=wears.soft, ha="right", va="center"
        )
    for i, words_below in enumerate(told):
        half = widest(words_below, small) / 2
        middle = min(max(x_at(i), half + 0.02), wide - half - 0.02)  # none over the edge
        ax.text(middle, bottom - 0.08, "\n".join(words_below), size=small, color=wears.soft, ha="center",
                va="top", linespacing=1.1)  # fmt: skip
    last: list[tuple[float, str, str]] = []
    for k, (arm, means) in enumerate(arms.items()):
        colour = (wears.accent, wears.second, wears.ink)[k % 3] if k < len(arms) - 1 else wears.soft
        off = (k - (len(arms) - 1) / 2) * APART
        x = [x_at(times.index(m.wave)) + off for m in means]
        y = [y_at(m.mean) for m in means]
        ax.plot(x, y, color=colour, lw=1.8, ls=LINES[k % len(LINES)], zorder=2)
        for m, here in zip(means, x, strict=True):
            if m.low is not None and m.high is not None:
                ax.plot([here] * 2, [y_at(m.low), y_at(m.high)], color=colour, lw=1.1, zorder=1)
        ax.plot(x, y, MARKS[k % len(MARKS)], ms=6.5, mfc=wears.paper if k else colour, mec=colour,
                mew=1.5, ls="none", zorder=3)  # fmt: skip
        last.append((y[-1], arm, colour))
    _name(ax, last, labels, {a: decimal(m[-1].mean, at, language) for a, m in arms.items()},
          (right + 0.06, normal, small))  # fmt: skip


def _name(
    ax: Axes,
    last: list[tuple[float, str, str]],
    labels: dict[str, list[str]],
    values: dict[str, str],
    at: tuple[float, float, float],
) -> None:
    """The name of each arm and its last mean beside the end of its line, none over another."""
    (x, normal, small), floor = at, 0.1
    placed = []
    for y, arm, colour in sorted(last):
        half = ROW * (len(labels[arm]) + 1) / 2
        y = max(y, floor + half)
        floor = y + half + 0.11
        placed.append((y + half, arm, colour))
    over = max(0.0, floor - TALL)
    for top, arm, colour in placed:
        ax.text(x, top - over, values[arm], size=normal, color=colour, weight="bold", va="top")
        ax.text(x, top - over - ROW * 1.1, "\n".join(labels[arm]), size=small, color=colour,
                va="top", linespacing=1.1)  # fmt: skip


def _ticks(low: float, high: float) -> list[float]:
    """Three to five round values within the limits."""
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(nbins=4, min_n_ticks=3).tick_values(low, high)
    return [float(tick) for tick in found if low <= tick <= high]


def _decimals(low: float, high: float) -> int:
    """Of the ticks: as many as their step needs."""
    ticks = _ticks(low, high)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    return next((d for d in range(6) if abs(round(step, d) - step) < 1e-9 * abs(step)), 6)
