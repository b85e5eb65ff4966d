"""A map of small areas in words and a table."""

from __future__ import annotations

from academic_workplace.cohorts.neighbourhoods import NeighbourhoodMap
from academic_workplace.disclosure import fewest
from academic_workplace.errors import dutch
from academic_workplace.language import Text, default_language
from academic_workplace.report.document import Block, Paragraph, Table
from academic_workplace.report.figures.neighbourhoods import map_drawing, map_picture, plot_map
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, hidden, interval
from academic_workplace.report.wording import bounded, name_of
from academic_workplace.report.words import phrases

__all__ = [
    "map_blocks", "map_drawing", "map_notebook", "map_sentence", "map_table", "plot_map",
]  # fmt: skip

SAY = phrases("neighbourhoods")
ROWS = 40  # of a table in a notebook


def map_sentence(found: NeighbourhoodMap, language: str) -> str:
    """The share of all, how far areas lie apart, how they were drawn in, what is not shown."""
    dutch(language)  # refuses any third language
    event = name_of(found.event, found.labels, language)
    share = bounded(found.share, 100, 0, language)
    out = [SAY["share"][language].format(event=event, share=share)]
    shown = [a.smoothed for a in found.shown if a.smoothed is not None]
    if shown and found.rho.high > 0:
        low = decimal(100 * min(float(b.low) for b in shown), 0, language)
        high = decimal(100 * max(float(b.high) for b in shown), 0, language)
        out.append(SAY["range"][language].format(low=low, high=high))
    if shown:
        out.append(SAY["drawn_in" if found.rho.high > 0 else "alike"][language])
    n = sum(a.withheld for a in found)
    if n:
        said = SAY["withheld.one" if n == 1 else "withheld.many"][language]
        out.append(said.format(n=count(n, language), minimum=fewest()))
    return " ".join([*out, SAY["no_reason"][language]])


def map_table(found: NeighbourhoodMap, language: str) -> Table:
    """A row per area, by name."""
    rows: list[tuple[str, ...]] = []
    for a in found:
        if a.empty:
            rows.append((a.name, SAY["nobody"][language], NONE, NONE, NONE))
            continue
        if a.smoothed is None:
            rows.append((a.name, *[hidden(language)] * 4))
            continue
        span = NONE if a.low is None or a.high is None else interval(
            100 * a.low, 100 * a.high, 0, language
        )  # fmt: skip
        rows.append((a.name, bounded(a.pupils, 1, 0, language), bounded(a.share, 100, 0, language),
                     bounded(a.smoothed, 100, 0, language), span))  # fmt: skip
    header = tuple(
        SAY[f"table.{name}"][language]
        for name in ("area", "pupils", "counted", "drawn", "interval")
    )
    return Table(SAY["table.caption"][language], header, tuple(rows),
                 (False, True, True, True, True), SAY["table.note"][language])  # fmt: skip


def map_blocks(found: NeighbourhoodMap, language: str) -> list[Block]:
    """The sentences, the map and the table, for a report."""
    return [Paragraph(map_sentence(found, language)), map_picture(found, language),
            map_table(found, language)]  # fmt: skip


def map_notebook(found: NeighbourhoodMap) -> str:
    """The table below the sentences in a notebook."""
    nl, en = (map_table(found, language) for language in ("nl", "en"))
    head = [Text(a, b) for a, b in zip(nl.header, en.header, strict=True)]
    rows = (nl if default_language() == "nl" else en).rows
    return notebook_table(head, rows[:ROWS], (len(rows) - ROWS, SAY["one_area"], SAY["areas"]))
