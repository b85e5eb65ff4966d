"""The house style of every picture: sizes, type, and how a figure becomes a file.

Direct labels, no colour alone, numbers beside the marks. A picture is drawn twice: for a page and
for a phone.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academic_workplace.report.document import Picture
from academic_workplace.report.house import house

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

WIDE, NARROW = 7.1, 3.5  # inches
SIZES = {True: (8.2, 9.2), False: (8.4, 9.6)}  # of type, in points: on a phone, on a page
DPI = 200


def in_both_widths(draw: Callable[[bool], Figure], alternative: str, caption: str) -> Picture:
    """A picture for a report. draw: the figure, narrow or wide."""
    wide = draw(False)
    return Picture(svg(wide), svg(draw(True)), png(wide), alternative, caption)


def drawn(draw: Callable[[Axes], None], height: float, *, narrow: bool) -> Figure:
    """A figure so many inches high, filled by what draws in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(NARROW if narrow else WIDE, height), facecolor=house().paper)
    draw(figure.add_axes((0, 0, 1, 1)))
    return figure


def drawn_on(ax: Axes | None, draw: Callable[[Axes], None], height: float) -> Axes:
    """The same on axes of the caller's, or on new and wide ones, which the notebook shows."""
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, height)).add_axes((0, 0, 1, 1))
    with as_written(ax):
        draw(ax)
    return ax


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture for a notebook, with its alternative text."""

    png: bytes
    alt: str

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, bytes | str], dict[str, dict[str, str]]]:
        """What Jupyter asks for; it has but one kind of picture to choose from."""
        del include, exclude
        return {"image/png": self.png, "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def svg(figure: Figure) -> str:
    """The figure as SVG with its letters as paths: the same on every machine, every time."""
    import matplotlib

    _as_it_is(figure)
    with matplotlib.rc_context({
        "svg.hashsalt": "academic-workplace", "svg.fonttype": "path", "text.parse_math": False,
    }):  # fmt: skip
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def png(figure: Figure) -> bytes:
    """The figure as PNG, for Word."""
    import matplotlib

    out = io.BytesIO()
    _as_it_is(figure)
    with matplotlib.rc_context({"text.parse_math": False}):  # for marks made when drawing
        figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def _as_it_is(figure: Figure) -> None:
    """Dollar signs in a label are dollar signs, and no formula."""
    for text in _texts(figure):
        text.set_parse_math(False)


def _texts(artist: Artist) -> Iterator[Text]:
    """Every text that is drawn; asking an axis that is off for its own would make them first."""
    from matplotlib.axis import Axis
    from matplotlib.text import Text

    if isinstance(artist, Text):
        yield artist
    if isinstance(artist, Axis) and not artist.axes.axison:
        return
    for child in artist.get_children():
        yield from _texts(child)


@contextmanager
def as_written(ax: Axes) -> Iterator[None]:
    """What is drawn on someone's axes within a ``with`` block is read letter by letter.

    Their own texts stay formulas where they were. Works also where they save the figure themselves.
    """
    from matplotlib.text import Text

    before = {text: text.get_text() for text in ax.findobj(Text)}
    yield
    for text in ax.findobj(Text):
        if before.get(text) != text.get_text():
            text.set_parse_math(False)
