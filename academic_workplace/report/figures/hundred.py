"""A hundred marks: what a difference is in pupils."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academic_workplace.report.house import house

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def hundred_picture(above: int, expected: int = 50) -> Figure:
    """A hundred dots: those expected without a difference, and those more or fewer."""
    from matplotlib.figure import Figure

    colours = house()
    figure = Figure(figsize=(3.3, 0.9), facecolor=colours.paper)
    ax = figure.add_axes((0, 0, 1, 1))
    for i in range(100):
        x, y = i % 20, i // 20
        without, counted = i < expected, i < above
        if without and counted:
            inside, edge = colours.accent, colours.accent
        elif counted:
            inside, edge = colours.second, colours.second
        elif without:  # fewer than without a difference: an open place
            inside, edge = colours.paper, colours.accent
        else:
            inside, edge = colours.line, colours.line
        marker = "D" if counted and not without else "o"
        ax.plot(x, y, marker, ms=5.6 if marker == "D" else 7, mfc=inside, mec=edge, mew=1.2)
    ax.set_xlim(-0.7, 19.7)
    ax.set_ylim(4.7, -0.7)
    ax.axis("off")
    return figure
