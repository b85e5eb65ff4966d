"""A theme beside the figure that it explains: a joint display.

What a figure is, who says what about it, and what the two mean together (Guetterman, Fetters &
Creswell, 2015, Annals of Family Medicine 13, 554-561). The meaning is written by people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from academic_workplace.errors import Fault, PlanError, not_known
from academic_workplace.items import Items
from academic_workplace.language import LANGUAGES, Text, default_language
from academic_workplace.voices.codes import Code
from academic_workplace.voices.frequencies import Frequencies, Frequency
from academic_workplace.voices.quotes import Quotation, Quotations


class Explains(Protocol):
    """Any result that tells itself in a sentence."""

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads."""
        ...


@dataclass(frozen=True, slots=True)
class Theme:
    """A code, the figure that it may explain (by name) and what the two mean together."""

    code: str
    figure: str
    meaning: Text


@dataclass(frozen=True, slots=True)
class DisplayRow:
    """A theme beside a figure. figure: None when there are no such results yet."""

    code: Code
    figure: Text | None
    frequency: Frequency
    quotations: tuple[Quotation, ...]
    meaning: Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JointDisplay(Items[DisplayRow]):
    """Figure, what people say, and meaning, a theme a row."""

    def table(self) -> pd.DataFrame:
        """A row per theme, in the language of messages."""
        language = default_language()
        rows = [
            (
                None if row.figure is None else row.figure[language],
                row.code.label[language],
                row.frequency.share,
                " | ".join(one.text for one in row.quotations),
                row.meaning[language],
            )
            for row in self.items
        ]
        return pd.DataFrame(rows, columns=["figure", "theme", "share", "quotations", "meaning"])

    def _repr_html_(self) -> str:
        return str(self.table().to_html(index=False))


def joint_display(
    themes: Iterable[Theme],
    figures: Mapping[str, Explains | Text],
    found: Frequencies,
    quoted: Quotations,
) -> JointDisplay:
    """Every theme with its figure, the respondents who mention it and what of them may be quoted.

    figures: by name, a result with ``.explain`` or a sentence in both languages; a name that is not
    there yet leaves its place open. Raises PlanError naming every unknown code.
    """
    codes = {one.code.key: one.code for one in found}
    given = tuple(themes)
    unknown = [theme.code for theme in given if theme.code not in codes]
    if unknown:
        raise PlanError([unknown_code(key, codes) for key in unknown])
    return JointDisplay(
        tuple(
            DisplayRow(
                codes[theme.code],
                _told(figures[theme.figure]) if theme.figure in figures else None,
                found.of(theme.code),
                quoted.about(theme.code),
                theme.meaning,
            )
            for theme in given
        )
    )


def unknown_code(key: str, codes: Iterable[str]) -> Fault:
    """The fault of a theme whose code is not in the codebook."""
    return not_known("display", key, tuple(codes))


def _told(figure: Explains | Text) -> Text:
    if isinstance(figure, Text):
        return figure
    return Text(*(figure.explain(language) for language in LANGUAGES))
