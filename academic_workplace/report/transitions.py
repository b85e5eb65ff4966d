"""From advice to position, for readers: sentences and the matrix as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from academic_workplace.disclosure import fewest, rounded
from academic_workplace.errors import dutch
from academic_workplace.intake.duo.regime import Advice
from academic_workplace.language import default_language, same
from academic_workplace.report.document import Block, Paragraph, Table
from academic_workplace.report.figures.transitions import (
    drawable,
    group_name,
    label,
    plot_transitions,
    top_down,
    transitions_block,
    transitions_drawing,
)
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, hidden, of_hundred, pupils_of
from academic_workplace.report.wording import capital, hundred, span
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from academic_workplace.cohorts.transitions import Matrix, Share, TransitionBounds, Transitions

__all__ = [
    "bounds_html", "bounds_sentences", "group_name", "matrix_table", "plot_transitions",
    "shares_table", "transitions_blocks", "transitions_drawing", "transitions_html",
    "transitions_sentences",
]  # fmt: skip

SAY = phrases("transitions")
MOST_GROUPS = 4  # of which the sentences tell


# ---------------------------------------------------------------- sentences


def transitions_sentences(result: Transitions, language: str) -> str:
    """Every comparison of all pupils (or of the first groups), and what to know beside it."""
    dutch(language)  # refuses any third language
    everyone = any(share.group == () for share in result.shares)
    groups: Sequence[tuple[str | None, ...]] = [()] if everyone else result.groups[:MOST_GROUPS]
    said: list[str] = []
    for group in groups:
        shares = [share for share in result.shares if share.group == group]
        sets = [shares[i : i + 3] for i in range(0, len(shares), 3)]
        told = [line for each in sets if (line := _sentence(each, result.which, language))]
        if group:
            name = capital(group_name(group, result.labels, language))
            said.append(SAY["of_group"][language].format(name=name))
        said += told or [SAY["too_few"][language]]
    said += _others(0 if everyone else len(result.groups) - len(groups), language)
    if any(share.low is not None for share in result.shares):
        said.append(SAY["in_brackets"][language])
    if result.matrices:
        said.append(SAY[f"rule.{result.rule.name.lower()}"][language])
    said += [note[language] for note in result.notes]
    said += _cautions([s for s in result.shares if s.group in groups], language)
    if any(share.withheld for share in result.shares):
        said.append(withheld_words(language))
    return " ".join(said)


def withheld_words(language: str) -> str:
    """Why a number is not shown."""
    return SAY["withheld"][language].format(minimum=fewest())


def _others(n: int, language: str) -> list[str]:
    if n <= 0:
        return []
    if n == 1:
        return [SAY["others.one"][language]]
    return [SAY["others.many"][language].format(n=count(n, language))]


def _cautions(shares: Sequence[Share], language: str) -> list[str]:
    from academic_workplace.cohorts.transitions import Caution

    found = {c for share in shares for c in share.cautions} - {Caution.NO_SPREAD}
    return [SAY[f"caution.{c.name.lower()}"][language] for c in Caution if c in found]


def _sentence(shares: Sequence[Share], which: Advice, language: str) -> str:
    """One comparison in hundreds of pupils; '' when nothing of it may be shown."""
    below, on, above = shares
    kind = above.contrast.value
    there = [s.move.value for s in (above, on, below) if s.value is not None]
    if kind == "position":
        key = "_".join(there)
        if key in ("", "on"):
            return ""
        said = SAY[f"position.{key}"]
    elif kind == "test":
        key = "_".join(move for move in there if move != "on")
        if not key:
            return ""
        said = SAY[f"test.{key}"]
    elif above.value is None:
        return ""
    else:
        said = SAY["revision" if kind == "revision" else "heeded"]
    numbers = {s.move.value: _hundred(s, language) for s in shares}
    advice = SAY[f"advice.{which.value}"][language]
    return said[language].format(advice=advice, year=above.year, **numbers)


def _hundred(share: Share, language: str) -> str:
    """``39 (37 tot 42)``: out of a hundred, with the limits where there are any."""
    if share.value is None or share.count is None or share.pupils is None:
        return hidden(language) if share.withheld else NONE
    value = rounded(share.count) / rounded(share.pupils)  # of the counts as they are printed
    if of_hundred(value) > 0 or not share.count:
        return hundred(value, share.low, share.high, language)
    if share.low is None or share.high is None:
        return SAY["under_one"][language]
    low, high = of_hundred(share.low), of_hundred(share.high)
    return SAY["under_one_limits"][language].format(low=low, high=high)


def bounds_sentences(result: TransitionBounds, language: str) -> str:
    """The shares of the first groups between their bounds, and why there are two numbers."""
    dutch(language)  # refuses any third language
    advice = SAY[f"advice.{result.which.value}"][language]
    said = []
    for g, group in enumerate(result.groups[:MOST_GROUPS]):
        low, high = result.value.low[g], result.value.high[g]
        name = capital(group_name(group, result.labels, language))
        if math.isnan(low[0]):
            said.append(SAY["bounds.nobody"][language].format(name=name))
            continue
        below, on, above = (_outwards(low[i], high[i], language) for i in range(3))
        said.append(
            SAY["bounds.sentence"][language].format(
                name=name, year=result.year, above=above, on=on, below=below, advice=advice
            )
        )
    said += _others(len(result.groups) - MOST_GROUPS, language)
    if result.hidden.any():
        said.append(SAY["bounds.hidden"][language])
    said.append(SAY[f"rule.{result.rule.name.lower()}"][language])
    return " ".join([*said, *(note[language] for note in result.notes)])


def _outwards(low: float, high: float, language: str) -> str:
    if low == high:
        return decimal(100 * low, 0, language)
    a, b = math.floor(round(100 * low, 9)), math.ceil(round(100 * high, 9))
    return span(str(a), str(b), language)


# ---------------------------------------------------------------- tables


def shares_table(result: Transitions, language: str) -> Table:
    """A row per group and comparison: of every hundred pupils below, on and above."""
    shares = list(result.shares)
    rows: list[tuple[str, ...]] = []
    for i in range(0, len(shares), 3):
        three = shares[i : i + 3]
        pupils = next((s.pupils for s in three if s.pupils is not None), None)
        advice = SAY[f"advice.{result.which.value}"][language]
        row = SAY[f"row.{three[0].contrast.value}"][language]
        rows.append((
            row.format(advice=advice, year=three[0].year),
            group_name(three[0].group, result.labels, language),
            hidden(language) if pupils is None else pupils_of(pupils, language),
            *(_hundred(share, language) for share in three),
        ))  # fmt: skip
    names = ("comparison", "group", "pupils", "below", "on", "above")
    keep = [i for i in range(len(names)) if i != 1 or result.by]
    header = tuple(SAY[f"shares.{names[i]}"][language] for i in keep)
    told = tuple(tuple(row[i] for i in keep) for row in rows)
    hides = any(share.withheld for share in shares)
    numeric = tuple(i >= 2 for i in keep)
    note = withheld_words(language) if hides else ""
    return Table(SAY["shares.caption"][language], header, told, numeric, note)


def matrix_table(
    matrix: Matrix, result: Transitions, language: str, *, hundreds: bool = False
) -> Table:
    """The matrix from high to low.

    hundreds: of every hundred pupils with that advice.
    """
    order, columns = top_down(matrix.advice), top_down(matrix.position)
    advice, total = SAY[f"advice.{result.which.value}"][language], SAY["matrix.all"][language]
    header = (capital(advice), *(label(matrix.position[j], language) for j in columns), total)
    rows = []
    for i in (*order, len(matrix.advice)):
        name = label(matrix.advice[i], language) if i < len(matrix.advice) else total
        whole = matrix.counts[i, -1]
        cells = [_number(matrix.counts[i, j], whole, language, hundreds=hundreds) for j in columns]
        last = hidden(language) if math.isnan(whole) else pupils_of(int(whole), language)
        rows.append((name, *cells, last))
    key = ("hundreds" if hundreds else "caption") + ("_of_group" if matrix.group else "")
    group = group_name(matrix.group, result.labels, language)
    caption = SAY[f"matrix.{key}"][language].format(advice=advice, year=matrix.year, group=group)
    hides = bool(np.isnan(matrix.counts).any())
    numeric = (False, *[True] * (len(header) - 1))
    return Table(caption, header, tuple(rows), numeric, withheld_words(language) if hides else "")


def _number(n: float, whole: float, language: str, *, hundreds: bool) -> str:
    if math.isnan(n) or (hundreds and math.isnan(whole)):
        return hidden(language)
    if not hundreds:
        return pupils_of(int(n), language)
    return NONE if not whole > 0 else str(of_hundred(n / whole))


def transitions_html(result: Transitions) -> str:
    """The shares and the matrices of everyone as tables for a notebook."""
    language = default_language()
    tables = [shares_table(result, language)]
    tables += [matrix_table(m, result, language) for m in result.matrices if not m.group]
    return "".join(
        notebook_table([same(head) for head in table.header], table.rows) for table in tables
    )


def bounds_html(result: TransitionBounds) -> str:
    """A row per group: the bounds of the three shares, in hundreds."""
    language = default_language()
    head = [SAY[f"bounds.{name}"] for name in ("group", "below", "on", "above", "counts")]
    rows = []
    for g, group in enumerate(result.groups):
        low, high = result.value.low[g], result.value.high[g]
        told = [NONE if math.isnan(a) else _outwards(a, b, language)
                for a, b in zip(low, high, strict=True)]  # fmt: skip
        rows.append([group_name(group, result.labels, language), *told,
                     count(int(result.hidden[g]), language)])  # fmt: skip
    return notebook_table(head, rows)


def transitions_blocks(result: Transitions, language: str) -> tuple[Block, ...]:
    """For a report: the sentences, the picture of the last year, and the numbers beside them."""
    blocks: list[Block] = [Paragraph(transitions_sentences(result, language))]
    whole = [matrix for matrix in result.matrices if not matrix.group]
    for matrix in sorted(whole, key=lambda m: -m.year)[:1]:
        if drawable(matrix):
            blocks.append(transitions_block(matrix, result, language))
        blocks.append(matrix_table(matrix, result, language))
    return (*blocks, shares_table(result, language))
