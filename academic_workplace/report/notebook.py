"""The small table that a notebook shows below the sentences of a result."""

from __future__ import annotations

import html as markup
from collections.abc import Sequence

from academic_workplace.language import Text, default_language
from academic_workplace.report.numerals import count
from academic_workplace.report.words import phrases

SAY = phrases("notebook")
LEFT = ' style="text-align:left"'  # notebooks set every cell to the right
SENTENCE = 30  # characters, beyond which a column is one to read


def notebook_table(
    head: Sequence[Text], rows: Sequence[Sequence[str]], more: tuple[int, Text, Text] | None = None
) -> str:
    """HTML in the language of messages, in which no cell is markup. The first cell names its row.

    more: how many rows were left out, and what one and several of them are called.
    """
    language = default_language()
    wide = [max(map(len, column)) > SENTENCE for column in zip(*rows, strict=True)]
    sides = [LEFT, *(LEFT if each else "" for each in wide[1:] or [False] * (len(head) - 1))]
    top = "".join(
        f'<th scope="col"{side}>{markup.escape(each[language])}</th>'
        for each, side in zip(head, sides, strict=True)
    )
    body = "".join(
        f'<tr><th scope="row"{LEFT}>{markup.escape(row[0])}</th>'
        + "".join(
            f"<td{side}>{markup.escape(cell)}</td>"
            for cell, side in zip(row[1:], sides[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    left = f"<p>{and_more(*more, language)}</p>" if more is not None and more[0] > 0 else ""
    return f'<div lang="{language}">{table}{left}</div>'


def and_more(n: int, one: Text, several: Text, language: str) -> str:
    """``En nog 3 groepen.``"""
    what = (one if n == 1 else several)[language]
    return SAY["more"][language].format(n=count(n, language), what=what)
