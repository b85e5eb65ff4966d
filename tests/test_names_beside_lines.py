"""Lines are named where they end, also on a phone: no key to look up, no name over another."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.report.figures import over, panels, series
from academic_workplace.report.figures.fitting import apart

NAMES = ("bij de instroom van 2018-2019", "zoals het is", "leerlingen met weinig opleiding")
YEARS = tuple(f"{year}-{year + 1}" for year in range(2018, 2024))


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 1.0)), min_size=1, max_size=8),
)
def test_what_is_set_apart_stands_within_the_limits_and_never_in_another(
    things: list[tuple[float, float]],
) -> None:
    wanted, heights = ([pair[k] for pair in things] for k in (0, 1))
    found = apart(wanted, heights, -10.0, 10.0)
    order = sorted(range(len(found)), key=lambda i: found[i])
    for i, j in pairwise(order):
        assert found[j] - found[i] >= (heights[i] + heights[j]) / 2 - 1e-9
        assert wanted[i] <= wanted[j]
    for y, height in zip(found, heights, strict=True):
        assert y - height / 2 >= -10 - 1e-9
        assert y + height / 2 <= 10 + 1e-9


def values(level: float) -> tuple[Estimate, ...]:
    return tuple(Estimate(level, 0.1, level - 0.2, level + 0.2) for _ in YEARS)


def over_years(narrow: bool) -> Figure:
    lines = tuple(over.Dots(name, values(level)) for name, level in zip(NAMES, LEVELS, strict=True))
    return over.over_figure(over.Over(YEARS, lines, "Kop", "geen verschil"), "nl", narrow=narrow)


def panel_of_years(narrow: bool) -> Figure:
    marks = (panels.Mark("accent"), panels.Mark("second", "s", False), panels.Mark("ink", "^"))
    found = tuple(
        panels.series(name, values(level), 1.0, mark)
        for name, level, mark in zip(NAMES, LEVELS, marks, strict=True)
    )
    panel = panels.Panel("Titel", found, YEARS, "", True)
    return panels.panels_figure([panel], "niets", "nl", narrow=narrow)


def lines_of_years(narrow: bool) -> Figure:
    time = series.Time(YEARS, np.arange(6.0), 3)
    kinds = (series.Kind.MEASURED, series.Kind.EXPECTED, series.Kind.BESIDE)
    curves = [
        series.Curve(np.full(6, level), name, kind)
        for name, level, kind in zip(NAMES, LEVELS, kinds, strict=True)
    ]
    return series.line_picture(curves, time, "nl", narrow=narrow)


LEVELS = (1.0, 0.98, 0.4)


@pytest.mark.parametrize("narrow", [True, False], ids=["phone", "page"])
@pytest.mark.parametrize("draw", [over_years, panel_of_years, lines_of_years])
def test_every_line_is_named_at_its_end_and_no_words_run_into_others(draw, narrow: bool) -> None:
    figure = draw(narrow)
    FigureCanvasAgg(figure).draw()
    (ax,) = figure.axes
    flat = {t.get_text().replace("\n", " "): t for t in ax.texts}
    boxes = [flat[name].get_window_extent() for name in NAMES]
    assert all(box.x0 >= ax.bbox.x1 for box in boxes)
    assert all(box.x1 <= figure.bbox.x1 + 1 for box in boxes)
    under = [t for t in ax.get_xticklabels() if t.get_text()]
    assert under
    boxes += [t.get_window_extent() for t in under]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
